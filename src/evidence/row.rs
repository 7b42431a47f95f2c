//! The rows of `matches.csv`: their columns, their order, their version.

use sha2::{Digest, Sha256};

use super::copies;
use super::finding::{Facts, Finding, Flag, Reason};
use crate::cell::{cell, hex, token};
use crate::escape::literal;
use crate::matching::MatchKind;
use crate::place::Place;
use crate::record::date;
use crate::record::identity::Identity;

/// The version of the columns, in the manifest. A change of it is a line in the changelog.
pub const VERSION: u32 = 2;

/// The columns, in order. `docs/evidence.md` says what each shows and what it does not.
pub const COLUMNS: &[&str] = &[
    "match_id",
    "dataset",
    "release",
    "shard",
    "offset",
    "length",
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
    "match_kind",
    "publisher",
    "title",
    "rule",
    "original_url",
    "article_id",
    "article_url",
    "shared_words",
    "article_coverage",
    "record_coverage",
    "longest_run_words",
    "record_words",
    "class",
    "found_in",
    "own_words",
    "own_coverage",
    "unquoted_own_words",
    "longest_own_run_words",
    "runs_of_50_words",
    "aligned_words",
    "shingles",
    "measure",
    "article_title",
    "article_date",
    "article_words",
    "article_own_words",
    "own_site",
    "record_older",
    "agency",
    "other_publishers",
    "other_hosts",
    "flags",
    "excerpt",
    "kept_file",
    "kept_offset",
    "kept_length",
    "shard_sha256",
];

/// The index of a column, asked for at compile time: a name that is not in [`COLUMNS`] does not compile.
#[allow(clippy::panic, reason = "used in constants only, where a panic is a compile error")]
pub const fn column(name: &str) -> usize {
    let mut index = 0;
    while index < COLUMNS.len() {
        if same(COLUMNS[index].as_bytes(), name.as_bytes()) {
            return index;
        }
        index += 1;
    }
    panic!("no such column")
}

const fn same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// Where the copy of a record stands among those of its shard. The file gets its name when the tables are made.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Offset of the member in that file.
    pub offset: u64,
    /// Its compressed length.
    pub length: u64,
}

/// The rows of a finding as a part holds them: one for each rule that covers it and one for each article, with a cell
/// more than [`COLUMNS`], see [`super::copies`].
pub fn rows<'f>(
    shard: &'f Identity,
    finding: &'f Finding,
    kept: Option<&'f Kept>,
) -> impl Iterator<Item = Vec<String>> + 'f {
    let rules = finding.reasons.iter().map(move |reason| {
        let mut row = row(shard, finding, kept);
        rule(&mut row, shard, finding, reason);
        row.push(String::new());
        row
    });
    let articles = finding.articles.iter().map(move |(whence, held)| {
        let mut row = row(shard, finding, kept);
        let names = &held.names;
        let id = match_id(shard, &finding.place, ["article", &names.publisher, &names.id]);
        row[const { column("match_id") }] = id;
        row[const { column("excerpt") }] = literal_or_empty(&held.excerpt);
        let evidence = copies::begin(&mut row, &finding.facts, *whence, held);
        row.push(evidence);
        row
    });
    rules.chain(articles)
}

fn literal_or_empty(text: &str) -> String {
    if text.is_empty() { String::new() } else { literal(text) }
}

/// The cells that tell where a record stands and what it says, whatever it was found for; the others are empty.
pub fn row(shard: &Identity, finding: &Finding, kept: Option<&Kept>) -> Vec<String> {
    let Finding { place, sha256, facts, .. } = finding;
    let extent = place.extent();
    let text =
        |value: &Option<String>| value.as_deref().map(|text| token(text).into_owned()).unwrap_or_default();
    let mut row = Vec::with_capacity(COLUMNS.len() + 1);
    row.resize(COLUMNS.len(), String::new());
    let mut set = |name: usize, value: String| row[name] = value;
    set(const { column("dataset") }, cell(&shard.dataset).into_owned());
    set(const { column("release") }, cell(&shard.release).into_owned());
    set(const { column("shard") }, cell(&shard.shard).into_owned());
    set(const { column("offset") }, extent.offset.to_string());
    set(const { column("length") }, extent.length.to_string());
    set(const { column("line") }, place.line().map(|line| line.to_string()).unwrap_or_default());
    set(const { column("record_sha256") }, sha256.map(|digest| hex(&digest)).unwrap_or_default());
    set(const { column("record_type") }, facts.kind.name().to_owned());
    set(const { column("archive_record_id") }, text(&facts.id));
    set(const { column("archive_refers_to") }, text(&facts.refers_to));
    set(const { column("archive_url") }, literal(&facts.url));
    set(const { column("host") }, cell(&facts.host).into_owned());
    set(const { column("archive_date") }, archive_date(facts));
    set(const { column("archive_status") }, facts.status.map(|code| code.to_string()).unwrap_or_default());
    set(const { column("archive_mime") }, text(&facts.mime));
    set(const { column("archive_language") }, text(&facts.language));
    set(const { column("archive_truncated") }, text(&facts.truncated));
    set(const { column("archive_digest") }, text(&facts.digest));
    set(const { column("digest_check") }, facts.digest_check.name().to_owned());
    set(const { column("flags") }, flags(&facts.flags));
    if let Some(kept) = kept {
        set(const { column("kept_offset") }, kept.offset.to_string());
        set(const { column("kept_length") }, kept.length.to_string());
    }
    row
}

/// The cells of a rule.
fn rule(row: &mut [String], shard: &Identity, finding: &Finding, reason: &Reason) {
    let mut set = |name: usize, value: String| row[name] = value;
    let id = match_id(shard, &finding.place, [&reason.rule, &reason.publisher, &reason.title]);
    set(const { column("match_id") }, id);
    set(const { column("match_kind") }, kind(reason.kind).to_owned());
    set(const { column("publisher") }, cell(&reason.publisher).into_owned());
    set(const { column("title") }, cell(&reason.title).into_owned());
    set(const { column("rule") }, cell(&reason.rule).into_owned());
    set(const { column("original_url") }, reason.original_url.as_deref().map(literal).unwrap_or_default());
}

/// The word in the column `match_kind`.
fn kind(kind: MatchKind) -> &'static str {
    match kind {
        MatchKind::Domain => "domain",
        MatchKind::Mirror => "mirror",
    }
}

/// The date in ISO 8601 UTC where it is one, else what stands there as a literal.
fn archive_date(facts: &Facts) -> String {
    match facts.date.as_deref() {
        None => String::new(),
        Some(raw) => date::read(raw).map_or_else(|| literal(raw), |date| date.as_iso().to_owned()),
    }
}

/// Words in a fixed order, each once, joined by `;`.
pub fn flags(flags: &[Flag]) -> String {
    let mut sorted = flags.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    sorted.iter().map(|flag| flag.name()).collect::<Vec<_>>().join(";")
}

/// `m_` and the first 24 hexadecimal digits of a SHA-256 over what makes a row that row. The letter in front keeps
/// a spreadsheet from reading the id as a number. `why` is rule, publisher and title, or the word `article`, its
/// publisher and its id.
pub fn match_id(shard: &Identity, place: &Place, why: [&str; 3]) -> String {
    let extent = place.extent();
    let unit = match place {
        Place::Member(_) => "member",
        Place::Decoded(_) => "decoded",
        Place::Line(..) => "line",
    };
    let [what, publisher, name] = why;
    let text = format!(
        "{}\n{}\n{}\n{unit} {} {}\n{what}\n{publisher}\n{name}",
        shard.dataset, shard.release, shard.shard, extent.offset, extent.length,
    );
    format!("m_{}", &hex(&Sha256::digest(text))[..24])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::Extent;

    #[test]
    fn a_row_says_what_the_finding_says() {
        let shard = Identity {
            dataset: "c4".into(),
            release: "en".into(),
            shard: "en/x.json.gz".into(),
            ..Identity::default()
        };
        let facts = Facts {
            id: Some("=evil".into()),
            url: "http://a.example/,\"x\"".into(),
            host: "a.example".into(),
            date: Some("20190425125754".into()),
            status: Some(200),
            flags: vec![Flag::Truncated, Flag::DecodedPlace, Flag::Truncated],
            ..Facts::of_document()
        };
        let reason = Reason {
            kind: MatchKind::Domain,
            publisher: "P".into(),
            title: "T".into(),
            rule: "a.example".into(),
            original_url: None,
        };
        let other = Reason { rule: "other.example".into(), ..reason.clone() };
        let finding = Finding {
            place: Place::Line(Extent { offset: 7, length: 9 }, 3),
            sha256: Some([0xab; 32]),
            facts,
            reasons: vec![reason, other],
            articles: Vec::new(),
            bytes: None,
        };
        let rows: Vec<Vec<String>> = rows(&shard, &finding, None).collect();
        assert_eq!(rows.len(), 2);
        let cell = |name: &str| rows[0][column(name)].as_str();
        assert_eq!(cell("line"), "3");
        assert_eq!(cell("archive_record_id"), "\"=evil\"");
        assert_eq!(cell("archive_url"), r#""http://a.example/,\"x\"""#);
        assert_eq!(cell("archive_date"), "2019-04-25T12:57:54Z");
        assert_eq!(cell("flags"), "decoded_place;truncated");
        assert!(cell("match_id").starts_with("m_") && cell("match_id").len() == 26);
        assert_ne!(rows[0][0], rows[1][0], "one id a rule");
    }
}
