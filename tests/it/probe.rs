//! Questions that many tests ask of a run: what was found, and whether the receipts add up.

use std::collections::BTreeMap;
use std::ops::Range;

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::kit::doc::Doc;
use crate::kit::frame::{Framing, Kind, Placed};
use crate::kit::press::{self, Expected};
use crate::kit::shards::Built;
use crate::kit::work::{Evidence, Outcome, Work, plain};

/// A row of a table, by column.
pub type Row = BTreeMap<String, String>;

pub const DEPTHS: [&str; 2] = ["address", "content"];

/// The name of the publisher list in the working folder.
const LIST: &str = "publishers.csv";
/// The evidence folder in the working folder.
pub const OUT: &str = "evidence";

/// One run with its tables.
pub struct Scanned {
    pub run: Outcome,
    pub evidence: Evidence,
    pub matches: Vec<Row>,
    pub shards: Vec<Row>,
}

impl Scanned {
    /// The one receipt of a run over one shard.
    #[track_caller]
    pub fn receipt(&self) -> &Row {
        assert_eq!(self.shards.len(), 1, "one shard was scanned: {:?}", self.shards);
        &self.shards[0]
    }

    /// The receipt of the file with this name.
    #[track_caller]
    pub fn of(&self, file: &str) -> &Row {
        self.shards
            .iter()
            .find(|row| row["file"] == file)
            .unwrap_or_else(|| panic!("no receipt for `{file}`"))
    }
}

/// Runs `scan` with the standard list into `OUT`, and checks that every receipt adds up.
#[track_caller]
pub fn scan(work: &Work, what: &str, arguments: &[&str]) -> Scanned {
    scan_into(work, what, OUT, arguments)
}

/// The same into another folder.
#[track_caller]
pub fn scan_into(work: &Work, what: &str, out: &str, arguments: &[&str]) -> Scanned {
    work.put(LIST, press::PUBLISHERS_CSV);
    let run = work.run(["scan", "-d", LIST, "-o", out, "--quiet"].iter().chain(arguments));
    assert!(!run.stderr.contains("panicked"), "{what}: {}", run.stderr);
    assert!(matches!(run.exit, 0 | 1 | 3), "{what}: exit {}: {}", run.exit, run.stderr);
    let evidence = work.evidence(out);
    let (matches, shards) = (evidence.rows("matches.csv"), evidence.rows("shards.csv"));
    shards.iter().for_each(|row| adds_up(what, row));
    let found: u64 = shards.iter().map(|row| number(row, "found")).sum();
    // Each document of the kit is covered by one rule at the most, so a found record is a row.
    assert_eq!(matches.len() as u64, found, "{what}: rows and found records");
    Scanned { run, evidence, matches, shards }
}

/// A folder in memory where the system has such: sealing thousands of parts there does not wait for a disk.
pub fn quick_folder() -> TempDir {
    let memory = std::path::Path::new("/dev/shm");
    let made = TempDir::with_prefix_in("shardproof-", memory);
    made.or_else(|_| TempDir::with_prefix("shardproof-")).expect("a temporary folder")
}

/// A count in a row.
#[track_caller]
pub fn number(row: &Row, column: &str) -> u64 {
    row[column].parse().unwrap_or_else(|_| panic!("`{column}` is no number in {row:?}"))
}

/// The receipt's accounts, and that its words agree with them.
#[track_caller]
pub fn adds_up(what: &str, row: &Row) {
    let of = |column: &str| number(row, column);
    let is_whole = row["status"] == "whole";
    let gaps = ["unread", "damaged", "lost_bytes", "problem_count"].map(of);
    let accounts = [
        ("outcomes", of("content_records") == of("clear") + of("found") + of("unread") + of("damaged")),
        ("records", of("records") == of("content_records") + listed(&row["other_records"])),
        ("unread reasons", of("unread") == listed(&row["unread_reasons"])),
        ("a reason, unless whole", is_whole == row["reason"].is_empty()),
        ("a whole shard has no gap", !is_whole || gaps == [0; 4]),
        ("problems are told", (of("problem_count") > 0) != row["problems"].is_empty()),
    ];
    for (account, holds) in accounts {
        assert!(holds, "{account}: {what}, {row:?}");
    }
}

/// The sum of `request=3;metadata=4`.
fn listed(words: &str) -> u64 {
    let count =
        |word: &str| word.rsplit_once('=').and_then(|(_, n)| n.parse::<u64>().ok()).expect("name=number");
    words.split(';').filter(|word| !word.is_empty()).map(count).sum()
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a row says about where a record stands, and why it is there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    pub url: String,
    pub kind: String,
    pub rule: String,
    pub offset: u64,
    pub length: u64,
    pub line: String,
    pub sha256: String,
}

/// The rows as hits, in order.
pub fn hits(rows: &[Row]) -> Vec<Hit> {
    let hit = |row: &Row| Hit {
        url: plain(&row["archive_url"]),
        kind: row["match_kind"].clone(),
        rule: one_spelling(&row["rule"]),
        offset: number(row, "offset"),
        length: number(row, "length"),
        line: row["line"].clone(),
        sha256: row["record_sha256"].clone(),
    };
    rows.iter().map(hit).collect()
}

/// A rule with its host in ASCII. Which spelling a row shows is asked in `formats` alone.
fn one_spelling(rule: &str) -> String {
    rule.replace("journal-é.example", "xn--journal--i1a.example")
}

/// What must be said about a document at this place. None for one that no rule covers.
pub fn hit_at(built: &Built, docs: &[Doc], record: &Placed, file: &[u8], decoded: &[u8]) -> Option<Hit> {
    let doc = &docs[record.doc?];
    let Expected::Found { rule, kind } = press::expected_of(doc) else { return None };
    if !built.format.has_address() {
        return None;
    }
    let (place, from) = place(built, record, file, decoded);
    Some(Hit {
        url: doc.url.clone(),
        kind: kind.into(),
        rule: one_spelling(rule),
        offset: place.start,
        length: place.end - place.start,
        line: record.line.map(|line| line.to_string()).unwrap_or_default(),
        sha256: sha256(&from[place.start as usize..place.end as usize]),
    })
}

/// The hits of an undamaged shard.
pub fn truth(built: &Built, docs: &[Doc]) -> Vec<Hit> {
    let decoded = built.decoded(0);
    built.content().filter_map(|record| hit_at(built, docs, record, built.bytes(), &decoded)).collect()
}

/// The place that a row must name, and the bytes that it counts in. A zstd frame cannot be fetched alone by common
/// tools, so only gzip members are named.
pub fn place<'b>(
    built: &Built,
    record: &Placed,
    file: &'b [u8],
    decoded: &'b [u8],
) -> (Range<u64>, &'b [u8]) {
    match &record.compressed {
        Some(member) if is_fetchable(built) => (member.clone(), file),
        _ => (record.decoded.clone(), decoded),
    }
}

/// Whether rows of this shard name members of the file.
pub fn is_fetchable(built: &Built) -> bool {
    built.framing == Framing::GzipPerRecord && built.format.kind() == Kind::Records
}
