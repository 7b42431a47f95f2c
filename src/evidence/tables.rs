//! The final tables, made from sealed parts.
//!
//! The parts are put in the order of their shards' names, so nothing of the way in which they came to be (threads,
//! order of arguments, interruptions, machines) shows in the result.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::acquisition;
use super::articles::{self, Sums};
use super::census::{self, Totals};
use super::copies::{self, Spread};
use super::distinct::Distinct;
use super::estimates::{self, Counts, Estimates, Sampled};
use super::output::{Table, Written, aside};
use super::part::{Footer, Sealed};
use super::receipt::{self, Receipt, Status};
use super::records::Collection;
use super::row::{self, column};
use super::tally::Tally;
use crate::cell::cell;
use crate::escape::shown;

/// What the final tables are to hold.
pub struct Plan<'p> {
    /// The evidence folder.
    pub out: &'p Path,
    /// The sealed part of each shard.
    pub parts: &'p [PathBuf],
    /// Publisher and title of each entry of the publisher list, in its order, then the owners of articles.
    pub titles: &'p [(&'p str, &'p str)],
    /// How many of `titles` are entries of the publisher list: of these addresses are counted, of the others articles.
    pub listed: usize,
    /// Keep the rows of `presence.csv` that say zero.
    pub zero_rows: bool,
    /// Write `hosts.csv`.
    pub census: bool,
    /// Articles were looked for: write `articles.csv`.
    pub articles: Option<Missing<'p>>,
    /// The journals of what the network did, as far as they are there: there is none where no server was asked.
    pub journals: &'p [PathBuf],
    /// The draw of which the shards are: write `estimates.csv`. All its parts are then given, in the order of the plan.
    pub sampled: Option<Sampled<'p>>,
}

/// Adds the articles that were looked for and of which nothing may have been found. Asked for with `zero_rows` only.
pub type Missing<'p> = &'p dyn Fn(&mut Sums) -> io::Result<()>;

/// What all shards together came to.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary {
    /// Shards by the status of their receipts.
    pub shards: BTreeMap<&'static str, u64>,
    /// Counts over all shards.
    pub tally: Tally,
    /// Rows of `matches.csv`.
    pub matches: u64,
    /// Those that state a copy of an article, and those that note what is none.
    pub copies: u64,
    /// See `copies`.
    pub notes: u64,
    /// Stored bytes read.
    pub bytes: u64,
    /// Shards given more than once under different paths, of which one was counted.
    pub duplicates: u64,
    /// The first shards with a gap, each with its reason.
    pub gaps: Vec<(String, String)>,
    /// The files, in the order in which they were completed.
    pub files: Vec<Written>,
}

impl Summary {
    /// Shards of one status.
    pub fn count(&self, status: Status) -> u64 {
        self.shards.get(status.name()).copied().unwrap_or_default()
    }

    /// Shards that leave a gap.
    pub fn gap_total(&self) -> u64 {
        self.count(Status::Partial) + self.count(Status::Failed)
    }
}

/// Gaps that are named in the manifest and on the terminal; all of them are in `shards.csv`.
const GAPS_NAMED: usize = 10;

/// The columns of `presence.csv`.
pub const PRESENCE: &[&str] = &[
    "dataset",
    "release",
    "shard",
    "shard_status",
    "content_records",
    "publisher",
    "title",
    "captures",
    "mirror_captures",
    "distinct_urls",
    "articles",
    "words",
];

/// The columns of `publishers.csv`.
pub const PUBLISHERS: &[&str] = &[
    "publisher",
    "title",
    "dataset",
    "release",
    "shards_whole",
    "shards_with_gaps",
    "shards_with_match",
    "captures",
    "mirror_captures",
    "distinct_urls",
    "distinct_payloads",
    "words",
    "first_date",
    "last_date",
];

/// Makes the final tables, all of them or none.
///
/// # Errors
/// When a part cannot be read or a table cannot be written. What stood there before is then untouched.
pub fn write(plan: &Plan<'_>) -> io::Result<Summary> {
    let mut writing = Writing {
        plan,
        matches: Table::create(plan.out, "matches", row::COLUMNS)?,
        shards: Table::create(plan.out, "shards", receipt::COLUMNS)?,
        presence: Table::create(plan.out, "presence", PRESENCE)?,
        totals: BTreeMap::new(),
        corpora: BTreeMap::new(),
        sorted: sorted(plan.titles),
        urls: Distinct::new(plan.out),
        payloads: Distinct::new(plan.out),
        hosts: Totals::default(),
        records: Collection::new(plan.out),
        spread: Spread::default(),
        articles: Sums::default(),
        estimates: plan.sampled.map(Estimates::new),
        summary: Summary::default(),
    };
    let parts = in_order(plan.parts)?;
    if plan.articles.is_some() {
        for part in parts.iter().filter(|part| part.duplicate_of.is_none()) {
            let spread = &mut writing.spread;
            sealed(&part.path)?.rows("", |_, evidence| {
                evidence.iter().for_each(|evidence| spread.add(evidence));
                Ok(())
            })?;
        }
    }
    for part in parts {
        writing.part(part)?;
    }
    writing.finish()
}

/// A part in its place of the order.
struct Placed {
    path: PathBuf,
    /// Its index among the parts.
    index: usize,
    /// The same shard stands earlier, under this file name.
    duplicate_of: Option<String>,
}

/// Parts by the names of their shards, and the later ones of equal shards marked.
fn in_order(parts: &[PathBuf]) -> io::Result<Vec<Placed>> {
    type Key = (String, String, String, String, Option<[u8; 32]>, u64);
    let mut keyed: Vec<(Key, &PathBuf, usize)> = Vec::with_capacity(parts.len());
    for (index, path) in parts.iter().enumerate() {
        let Footer { receipt, .. } = sealed(path)?.footer;
        let name = receipt.identity;
        let key = (name.dataset, name.release, name.shard, receipt.file, receipt.sha256, receipt.received);
        keyed.push((key, path, index));
    }
    // What is equal so far goes by its place in the plan, which is the part's name; its folder may be that of a partition.
    keyed.sort_by(|(one, path, _), (other, than, _)| (one, path.file_name()).cmp(&(other, than.file_name())));
    let mut placed: Vec<Placed> = Vec::with_capacity(keyed.len());
    let mut seen: HashMap<(&String, &String, &String, [u8; 32]), &String> = HashMap::new();
    for ((dataset, release, shard, file, sha256, _), path, index) in &keyed {
        // Without the hash of the whole nobody can say that two files of one name are the same.
        let duplicate_of = sha256.and_then(|sha256| {
            let first = *seen.entry((dataset, release, shard, sha256)).or_insert(file);
            (!std::ptr::eq(first, file)).then(|| first.clone())
        });
        placed.push(Placed { path: (*path).clone(), index: *index, duplicate_of });
    }
    Ok(placed)
}

fn sealed(path: &Path) -> io::Result<Sealed> {
    Sealed::open(path)?.ok_or_else(|| io::Error::other(format!("`{}` is not a sealed part", shown(path))))
}

/// What a title has in one shard, or in one release.
#[derive(Clone, Debug, Default)]
struct Count {
    shards: u64,
    captures: u64,
    mirrors: u64,
    /// Records that hold a copy of an article, and the own words in them.
    copies: u64,
    words: u64,
    first: String,
    last: String,
}

/// What a title has in one shard, with what must be distinct.
#[derive(Clone, Debug, Default)]
struct InShard {
    count: Count,
    urls: HashSet<String>,
    articles: HashSet<String>,
}

impl Count {
    fn capture(&mut self, mirror: bool, date: &str) {
        self.captures += 1;
        self.mirrors += u64::from(mirror);
        self.date(date);
    }

    fn date(&mut self, date: &str) {
        if date.is_empty() || date.starts_with('"') {
            return;
        }
        if self.first.is_empty() || date < self.first.as_str() {
            self.first = date.to_owned();
        }
        if date > self.last.as_str() {
            self.last = date.to_owned();
        }
    }

    fn add(&mut self, other: &Count) {
        self.shards += u64::from(other.captures > 0 || other.copies > 0);
        self.copies += other.copies;
        self.words += other.words;
        self.captures += other.captures;
        self.mirrors += other.mirrors;
        for date in [&other.first, &other.last] {
            if !date.is_empty() && (self.first.is_empty() || *date < self.first) {
                self.first.clone_from(date);
            }
            if *date > self.last {
                self.last.clone_from(date);
            }
        }
    }
}

/// Shards of one release, by how they ended.
#[derive(Clone, Copy, Debug, Default)]
struct Shards {
    number: u32,
    whole: u64,
    gaps: u64,
}

type Corpus = (String, String);

struct Writing<'p> {
    plan: &'p Plan<'p>,
    matches: Table,
    shards: Table,
    presence: Table,
    totals: BTreeMap<(usize, Corpus), Count>,
    corpora: BTreeMap<Corpus, Shards>,
    /// Indices of the titles in the order of their names. A map would take a hundred bytes for each of a million titles.
    sorted: Vec<u32>,
    urls: Distinct,
    payloads: Distinct,
    hosts: Totals,
    records: Collection,
    spread: Spread,
    articles: Sums,
    estimates: Option<Estimates<'p>>,
    summary: Summary,
}

impl Writing<'_> {
    fn part(&mut self, placed: Placed) -> io::Result<()> {
        let part = sealed(&placed.path)?;
        let mut receipt = part.footer.receipt.clone();
        if let Some(first) = &placed.duplicate_of {
            receipt.status = Status::Excluded;
            receipt.reason = format!("the same shard, byte for byte, as `{first}`, which is counted once");
            self.summary.duplicates += 1;
        }
        self.shards.row(receipt.row())?;
        self.note(&receipt);
        if receipt.status == Status::Excluded {
            return Ok(());
        }
        let corpus = (receipt.identity.dataset.clone(), receipt.identity.release.clone());
        let next = self.corpora.len() as u32;
        let shards =
            self.corpora.entry(corpus.clone()).or_insert(Shards { number: next, ..Shards::default() });
        shards.whole += u64::from(receipt.is_whole());
        shards.gaps += u64::from(receipt.is_gap());
        let number = shards.number;
        let kept_file = self.records.add(&placed.path, &receipt)?;
        let counts = self.rows(part, number, &kept_file)?;
        self.present(&receipt, &counts)?;
        if let Some(estimates) = &mut self.estimates {
            let titles = counts.iter().map(|(title, InShard { count, .. })| {
                (*title, Counts { captures: count.captures, copies: count.copies, words: count.words })
            });
            estimates.shard(placed.index, &receipt, titles);
        }
        for (title, found) in counts {
            self.totals.entry((title, corpus.clone())).or_default().add(&found.count);
        }
        if self.plan.census {
            self.hosts.add(&placed.path, &receipt.identity)?;
        }
        Ok(())
    }

    fn note(&mut self, receipt: &Receipt) {
        *self.summary.shards.entry(receipt.status.name()).or_default() += 1;
        if receipt.status == Status::Excluded {
            return;
        }
        self.summary.tally.add(&receipt.tally);
        self.summary.bytes += receipt.received;
        if receipt.is_gap() && self.summary.gaps.len() < GAPS_NAMED {
            let name = &receipt.identity;
            let whose = [name.dataset.as_str(), &name.release, &receipt.file];
            let whose = whose.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
            self.summary.gaps.push((whose, receipt.reason.clone()));
        }
    }

    /// Copies the rows of a part and counts them by title.
    fn rows(&mut self, part: Sealed, corpus: u32, kept_file: &str) -> io::Result<BTreeMap<usize, InShard>> {
        let mut counts: BTreeMap<usize, InShard> = BTreeMap::new();
        let Writing { plan, matches, sorted, urls, payloads, spread, articles, summary, .. } = self;
        let list = plan.titles.len() as u32;
        part.rows(kept_file, |mut row, evidence| {
            let judged = evidence.as_ref().map(|evidence| {
                let judged = evidence.judge(Some(spread));
                copies::complete(&mut row, &judged, evidence);
                articles.add(&row, evidence, &judged);
                judged
            });
            matches.row(&row)?;
            summary.matches += 1;
            match &judged {
                Some(judged) if judged.class.is_copy() => summary.copies += 1,
                Some(_) => {
                    summary.notes += 1;
                    return Ok(());
                }
                None => {}
            }
            let cell = |index: usize| row.get(index).map(String::as_str).unwrap_or_default();
            let key =
                (unguarded(cell(const { column("publisher") })), unguarded(cell(const { column("title") })));
            let Some(title) = title_of(plan.titles, sorted, (&key.0, &key.1)) else { return Ok(()) };
            let InShard { count, urls: seen, articles } = counts.entry(title).or_default();
            if let Some(judged) = judged {
                count.copies += 1;
                count.words += u64::from(judged.measure.own);
                count.date(cell(const { column("archive_date") }));
                articles.insert(cell(const { column("article_id") }).to_owned());
                return Ok(());
            }
            let mirror = cell(const { column("match_kind") }) == "mirror";
            count.capture(mirror, cell(const { column("archive_date") }));
            let url = cell(const { column("archive_url") });
            if !seen.contains(url) {
                seen.insert(url.to_owned());
                urls.add(corpus * list + title as u32, url.as_bytes())?;
            }
            let digest = cell(const { column("archive_digest") });
            if !digest.is_empty() {
                payloads.add(corpus * list + title as u32, digest.as_bytes())?;
            }
            Ok(())
        })?;
        Ok(counts)
    }

    /// The rows of `presence.csv` about a shard. A cell is empty where nobody looked: addresses are looked for by the titles
    /// of the list, articles by their owners, and a zero would say that somebody had looked.
    fn present(&mut self, receipt: &Receipt, counts: &BTreeMap<usize, InShard>) -> io::Result<()> {
        let shard = &receipt.identity;
        for (index, (publisher, title)) in self.plan.titles.iter().enumerate() {
            let found = counts.get(&index);
            if found.is_none() && !self.plan.zero_rows {
                continue;
            }
            // A zero may stand only where something was examined.
            let examined = receipt.status != Status::Failed;
            let number = |value: u64| if examined { value.to_string() } else { String::new() };
            let none = InShard::default();
            let InShard { count, urls, articles } = found.unwrap_or(&none);
            let is_listed = index < self.plan.listed;
            let by_address = |value: u64| if is_listed { number(value) } else { String::new() };
            let by_article = |value: u64| if is_listed { String::new() } else { number(value) };
            self.presence.row([
                cell(&shard.dataset).into_owned(),
                cell(&shard.release).into_owned(),
                cell(&shard.shard).into_owned(),
                receipt.status.name().to_owned(),
                number(receipt.tally.content),
                cell(publisher).into_owned(),
                cell(title).into_owned(),
                by_address(count.captures),
                by_address(count.mirrors),
                by_address(urls.len() as u64),
                by_article(articles.len() as u64),
                by_article(count.words),
            ])?;
        }
        Ok(())
    }

    fn finish(mut self) -> io::Result<Summary> {
        let mut publishers = Table::create(self.plan.out, "publishers", PUBLISHERS)?;
        let (urls, payloads) = (self.urls.counts()?, self.payloads.counts()?);
        let list = self.plan.titles.len() as u32;
        for (index, (publisher, title)) in self.plan.titles.iter().enumerate() {
            for (corpus, shards) in &self.corpora {
                let count = self.totals.remove(&(index, corpus.clone())).unwrap_or_default();
                let group = shards.number * list + index as u32;
                let distinct = |counts: &BTreeMap<u32, u64>| counts.get(&group).copied().unwrap_or_default();
                let is_listed = index < self.plan.listed;
                let by_address = |value: u64| if is_listed { value.to_string() } else { String::new() };
                let by_article = |value: u64| if is_listed { String::new() } else { value.to_string() };
                publishers.row([
                    cell(publisher).into_owned(),
                    cell(title).into_owned(),
                    cell(&corpus.0).into_owned(),
                    cell(&corpus.1).into_owned(),
                    shards.whole.to_string(),
                    shards.gaps.to_string(),
                    count.shards.to_string(),
                    by_address(count.captures),
                    by_address(count.mirrors),
                    by_address(distinct(&urls)),
                    by_address(distinct(&payloads)),
                    by_article(count.words),
                    count.first,
                    count.last,
                ])?;
            }
        }
        let mut tables = vec![self.matches, self.shards, self.presence, publishers];
        if self.plan.census {
            let mut hosts = Table::create(self.plan.out, "hosts", census::COLUMNS)?;
            self.hosts.write(&mut hosts)?;
            tables.push(hosts);
        }
        if let Some(add_missing) = self.plan.articles {
            if self.plan.zero_rows {
                add_missing(&mut self.articles)?;
            }
            let mut articles = Table::create(self.plan.out, "articles", articles::COLUMNS)?;
            self.articles.write(&mut articles)?;
            tables.push(articles);
        }
        tables.extend(acquisition::table(self.plan.out, self.plan.journals, self.plan.parts)?);
        if let Some(found) = &self.estimates {
            let mut table = Table::create(self.plan.out, "estimates", estimates::COLUMNS)?;
            found.write(self.plan.titles, &mut table)?;
            tables.push(table);
        }
        for table in tables {
            self.summary.files.extend(table.finish()?);
        }
        for file in &self.summary.files {
            fs::rename(aside(self.plan.out, &file.path), self.plan.out.join(&file.path))?;
        }
        self.summary.files.extend(self.records.finish()?);
        Ok(self.summary)
    }
}

/// Indices of the titles, by publisher and title.
fn sorted(titles: &[(&str, &str)]) -> Vec<u32> {
    let mut sorted: Vec<u32> = (0..titles.len() as u32).collect();
    sorted.sort_unstable_by_key(|index| titles[*index as usize]);
    sorted
}

/// The index of the title with these names.
fn title_of(titles: &[(&str, &str)], sorted: &[u32], names: (&str, &str)) -> Option<usize> {
    let found = sorted.binary_search_by_key(&names, |index| titles[*index as usize]).ok()?;
    sorted.get(found).map(|index| *index as usize)
}

/// The value of a cell that the guard may have made a literal.
fn unguarded(cell: &str) -> String {
    match cell.starts_with('"') {
        true => serde_json::from_str(cell).unwrap_or_else(|_| cell.to_owned()),
        false => cell.to_owned(),
    }
}
