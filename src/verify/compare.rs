//! A row of `matches.csv` and what its bytes showed: which columns differ.

use crate::cell::hex;
use crate::evidence::copies::{self, Evidence, Judged, Spread};
use crate::evidence::finding::{Finding, Flag, Sha256Bytes};
use crate::evidence::reading::Row;
use crate::evidence::row::{self, COLUMNS, column};
use crate::record::identity::Identity;
use crate::redact::table::redacted;
use crate::scan::Wanted;

/// A column that does not say what the bytes say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The column.
    pub column: &'static str,
    /// What the row says.
    pub expected: String,
    /// What the bytes say.
    pub observed: String,
}

/// Columns that follow from the bytes alone.
const OF_RECORD: &[&str] = &[
    "line",
    "record_sha256",
    "record_type",
    "archive_record_id",
    "archive_refers_to",
    "archive_url",
    "host",
    "archive_date",
    "archive_status",
    "archive_mime",
    "archive_language",
    "archive_truncated",
    "archive_digest",
    "digest_check",
];

/// Columns that follow from the bytes and the rule.
const OF_RULE: &[&str] = &["match_kind", "publisher", "title", "rule", "original_url"];

/// Columns that follow from the text and the article.
const OF_ARTICLE: &[&str] = &[
    "match_kind",
    "publisher",
    "article_id",
    "article_url",
    "article_title",
    "article_date",
    "article_words",
    "article_own_words",
    "record_words",
    "found_in",
    "measure",
    "own_site",
    "record_older",
    "agency",
    "other_publishers",
    "excerpt",
];

/// Columns that follow from the overlap of text and article.
const OF_OVERLAP: &[&str] = &[
    "shared_words",
    "article_coverage",
    "record_coverage",
    "longest_run_words",
    "runs_of_50_words",
    "aligned_words",
    "shingles",
];

/// Columns that need all rows of the run: what stands on many hosts is not the article's own.
const OF_RUN: &[&str] =
    &["class", "own_words", "own_coverage", "unquoted_own_words", "longest_own_run_words", "other_hosts"];

/// Flags that a record shows by itself.
const FLAGS: [Flag; 3] = [Flag::Truncated, Flag::UnreadableDate, Flag::Revisit];

/// What a comparison came to.
#[derive(Debug, Default)]
pub struct Compared {
    /// The columns that differ.
    pub differences: Vec<Difference>,
    /// For a row about an article: the overlap, as a part holds it. Empty when it is not known.
    pub evidence: String,
}

/// The shard of a row, in the row's own words.
pub fn identity_of(row: &Row) -> Identity {
    let text = |index: usize| row.text(index).into_owned();
    Identity {
        dataset: text(const { column("dataset") }),
        release: text(const { column("release") }),
        shard: text(const { column("shard") }),
        ..Identity::default()
    }
}

/// Compares a row with what stands in its place; if it is one of a redacted copy, with what redaction leaves of that.
pub fn compare(row: &Row, found: &Finding, wanted: Wanted<'_>, is_redacted: bool) -> Compared {
    let mut compared = compare_all(row, found, wanted, is_redacted);
    if is_redacted {
        compared.differences.retain(|one| redacted(one.column, &one.observed) != one.expected);
    }
    compared
}

fn compare_all(row: &Row, found: &Finding, wanted: Wanted<'_>, is_redacted: bool) -> Compared {
    let identity = identity_of(row);
    let mut compared = Compared::default();
    let differences = &mut compared.differences;
    let text = |name: usize| row.text(name).into_owned();
    let is_article = row.cell(const { column("match_kind") }) == "article";
    let publisher = text(const { column("publisher") });
    let why = match is_article {
        true => ["article".to_owned(), publisher, text(const { column("article_id") })],
        false => [text(const { column("rule") }), publisher, text(const { column("title") })],
    };
    let mut id = row::match_id(&identity, &found.place, [&why[0], &why[1], &why[2]]);
    let cell = row.cell(const { column("match_id") });
    // Articles often have their addresses as ids. Then the id of the row is that of what stands here, or it is looked for
    // in vain below.
    if is_redacted && why.iter().any(|part| part.contains("://")) {
        cell.clone_into(&mut id);
    }
    if cell != id {
        differences.push(difference("match_id", cell, &id));
    }
    let observed = row::row(&identity, found, None);
    differing(row, &observed, OF_RECORD, differences);
    flags(row, found, differences);
    let looked_for = if is_article { wanted.texts.is_some() } else { wanted.rules.is_some() };
    if !looked_for {
        return compared;
    }
    let again = row::rows(&identity, found, None).find(|again| again.first() == Some(&id));
    match (again, is_article) {
        (None, true) => {
            let what = "article_id";
            let expected = row.cell(const { column("article_id") });
            differences.push(difference(what, expected, "the text holds nothing of this article"));
        }
        (None, false) => {
            let expected = row.cell(const { column("rule") });
            differences.push(difference("rule", expected, "no such rule of the list covers the address"));
        }
        (Some(again), false) => differing(row, &again, OF_RULE, differences),
        (Some(mut again), true) => {
            compared.evidence = again.pop().unwrap_or_default();
            differing(row, &again, OF_ARTICLE, differences);
            if let Some((evidence, judged)) = judged(&compared.evidence, None) {
                copies::complete(&mut again, &judged, &evidence);
                differing(row, &again, OF_OVERLAP, differences);
            }
        }
    }
    compared
}

/// Compares only the digest of the bytes: they were too many to be held, or are no record.
pub fn compare_digest(row: &Row, sha256: &Sha256Bytes) -> Vec<Difference> {
    let (expected, observed) = (row.cell(const { column("record_sha256") }), hex(sha256));
    match expected == observed {
        true => Vec::new(),
        false => vec![difference("record_sha256", expected, &observed)],
    }
}

/// Compares what depends on all rows of the run, once all of them are known to `spread`.
pub fn compare_class(row: &Row, evidence: &str, spread: &Spread) -> Vec<Difference> {
    let mut differences = Vec::new();
    if let Some((evidence, judged)) = judged(evidence, Some(spread)) {
        let mut again = vec![String::new(); COLUMNS.len()];
        copies::complete(&mut again, &judged, &evidence);
        differing(row, &again, OF_RUN, &mut differences);
    }
    differences
}

fn judged(evidence: &str, spread: Option<&Spread>) -> Option<(Evidence, Judged)> {
    let evidence: Evidence = serde_json::from_str(evidence).ok()?;
    let judged = evidence.judge(spread);
    Some((evidence, judged))
}

fn differing(row: &Row, observed: &[String], names: &[&'static str], into: &mut Vec<Difference>) {
    for (index, name) in COLUMNS.iter().enumerate().filter(|(_, name)| names.contains(name)) {
        let observed = observed.get(index).map(String::as_str).unwrap_or_default();
        if row.cell(index) != observed {
            into.push(difference(name, row.cell(index), observed));
        }
    }
}

fn flags(row: &Row, found: &Finding, into: &mut Vec<Difference>) {
    let expected = row.cell(const { column("flags") });
    let differs =
        |flag: &Flag| expected.split(';').any(|word| word == flag.name()) != found.facts.flags.contains(flag);
    if FLAGS.iter().any(differs) {
        into.push(difference("flags", expected, &row::flags(&found.facts.flags)));
    }
}

/// A difference, with cells as they stand in the file.
fn difference(column: &'static str, expected: &str, observed: &str) -> Difference {
    Difference { column, expected: expected.to_owned(), observed: observed.to_owned() }
}
