//! The counts of a folder, held against each other: the accounts of each shard, the rows against the records found, the
//! manifest against the tables.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use serde_json::Value;
use xxhash_rust::xxh3::xxh3_128;

use super::folder::Trouble;
use super::receipts::{Key, key_of};
use super::summaries::Summaries;
use crate::error::Result;
use crate::evidence::manifest;
use crate::evidence::reading::{Reader, Row};
use crate::evidence::row::{COLUMNS, column};

/// The columns of `shards.csv` that are added up.
const SHARDS: &[&str] = &[
    "dataset",
    "release",
    "shard",
    "sha256",
    "file",
    "status",
    "format",
    "bytes_read",
    "records",
    "content_records",
    "clear",
    "found",
    "unread",
    "damaged",
    "unread_reasons",
    "other_records",
];

/// The first of [`SHARDS`] that the manifest repeats, and its name there.
const REPEATED: &[(&str, &str)] = &[
    ("records", "records"),
    ("content_records", "content"),
    ("clear", "clear"),
    ("found", "found"),
    ("damaged", "damaged"),
];

/// The records that a shard's receipts say were found, and those that have rows.
#[derive(Default)]
struct Found {
    stated: u64,
    receipts: u64,
    /// Texts are found in pieces, and documents without text have no place of their own.
    is_text: bool,
    rows: u64,
    places: HashSet<(u64, u64)>,
}

/// Adds up the tables in `folder`; `manifest` is its manifest.
///
/// # Errors
/// When a table cannot be read.
pub fn check(folder: &Path, manifest: &Value) -> Result<Vec<Trouble>> {
    let mut troubles = Vec::new();
    let mut found: HashMap<Key, Found> = HashMap::new();
    let mut summaries = Summaries::default();
    let mut totals: BTreeMap<&str, u64> = BTreeMap::new();
    let mut statuses: BTreeMap<String, u64> = BTreeMap::new();
    for row in Reader::open(folder, "shards", SHARDS)? {
        let row = row?;
        shard(&row, &mut troubles);
        let status = of(&row, "status");
        *statuses.entry(status.to_owned()).or_default() += 1;
        if status == "excluded" {
            continue;
        }
        let key = ["dataset", "release", "shard", "sha256"].map(|name| row.text(index(name)).into_owned());
        summaries.shard(&key, status, of(&row, "content_records"));
        let entry = found.entry(key).or_default();
        entry.stated += number(&row, "found");
        entry.receipts += 1;
        entry.is_text |= matches!(of(&row, "format"), "text" | "oscar with metadata");
        for (name, _) in REPEATED {
            *totals.entry(name).or_default() += number(&row, name);
        }
        *totals.entry("bytes_read").or_default() += number(&row, "bytes_read");
    }
    let mut rows = Rows::default();
    for row in Reader::open(folder, "matches", COLUMNS)? {
        let row = row?;
        rows.add(&row, &mut found, &mut troubles);
        summaries.row(&row);
    }
    for (key, found) in &found {
        troubles.extend(
            found.trouble().map(|what| Trouble::new("matches.csv", format!("shard `{}`: {what}", key[2]))),
        );
    }
    repeated(manifest, &statuses, &totals, &rows, &mut troubles);
    summaries.compare(folder, &mut troubles)?;
    troubles.sort();
    Ok(troubles)
}

/// Rows of `matches.csv` by what they say.
#[derive(Default)]
struct Rows {
    all: u64,
    copies: u64,
    notes: u64,
    /// Digests of the ids, each with its shard.
    ids: HashSet<u128>,
}

impl Rows {
    fn add(&mut self, row: &Row, found: &mut HashMap<Key, Found>, troubles: &mut Vec<Trouble>) {
        self.all += 1;
        if row.cell(const { column("match_kind") }) == "article" {
            match is_copy(row.cell(const { column("class") })) {
                true => self.copies += 1,
                false => self.notes += 1,
            }
        }
        let key = key_of(row);
        let id = row.cell(const { column("match_id") });
        let Some(found) = found.get_mut(&key) else {
            let what =
                format!("row {id}: shards.csv has no shard `{}` with this SHA-256 that was read", key[2]);
            return troubles.push(Trouble::new("matches.csv", what));
        };
        found.rows += 1;
        if let Some(place) = row.place() {
            found.places.insert((place.extent().offset, place.extent().length));
        }
        // Two files of one name that nobody hashed give equal ids for equal places.
        let is_new = self.ids.insert(xxh3_128(format!("{id}\n{}", key.join("\n")).as_bytes()));
        if !is_new && found.receipts == 1 {
            troubles.push(Trouble::new("matches.csv", format!("row {id} stands there twice")));
        }
    }
}

impl Found {
    fn trouble(&self) -> Option<String> {
        let places = self.places.len() as u64;
        let agrees = match (self.is_text, self.receipts) {
            (false, 1) => places == self.stated,
            _ => (self.stated == 0) == (self.rows == 0) && places <= self.rows,
        };
        (!agrees).then(|| {
            format!("{} records have rows, and shards.csv says that {} were found", places, self.stated)
        })
    }
}

/// The accounts of one shard.
fn shard(row: &Row, troubles: &mut Vec<Trouble>) {
    let of_row = |name: &str| number(row, name);
    let content = ["clear", "found", "unread", "damaged"].map(of_row).iter().sum();
    let accounts = [
        ("content_records", of_row("content_records"), "clear + found + unread + damaged", content),
        (
            "records",
            of_row("records"),
            "content_records + other_records",
            of_row("content_records") + listed(of(row, "other_records")),
        ),
        ("unread", of_row("unread"), "the sum of unread_reasons", listed(of(row, "unread_reasons"))),
    ];
    for (name, stated, sum, added) in accounts.into_iter().filter(|account| account.1 != account.3) {
        let what = format!("shard `{}`: {name} is {stated}, and {sum} is {added}", of(row, "file"));
        troubles.push(Trouble::new("shards.csv", what));
    }
}

/// What the manifest repeats.
fn repeated(
    manifest: &Value,
    statuses: &BTreeMap<String, u64>,
    totals: &BTreeMap<&str, u64>,
    rows: &Rows,
    troubles: &mut Vec<Trouble>,
) {
    let Some(results) = manifest.get("results") else { return };
    let mut compare = |name: &str, stated: Option<u64>, counted: u64| {
        if stated.unwrap_or_default() != counted {
            let stated = stated.map_or("nothing".to_owned(), |stated| stated.to_string());
            let what = format!("states {stated} for {name}, and the tables have {counted}");
            troubles.push(Trouble::new(manifest::FILE, what));
        }
    };
    let number = |name: &str| results.get(name).and_then(Value::as_u64);
    compare("matches", number("matches"), rows.all);
    compare("article_copies", number("article_copies"), rows.copies);
    compare("article_notes", number("article_notes"), rows.notes);
    let total = |name: &str| totals.get(name).copied().unwrap_or_default();
    compare("stored_bytes_read", number("stored_bytes_read"), total("bytes_read"));
    let counts = results.get("counts");
    for (name, there) in REPEATED {
        compare(name, counts.and_then(|counts| counts.get(there)?.as_u64()), total(name));
    }
    let shards = results.get("shards").and_then(Value::as_object);
    let stated = |status: &str| shards.and_then(|shards| shards.get(status)?.as_u64());
    for status in ["whole", "partial", "failed", "excluded"] {
        compare(
            &format!("{status} shards"),
            stated(status),
            statuses.get(status).copied().unwrap_or_default(),
        );
    }
    for output in manifest.get("outputs").and_then(Value::as_array).into_iter().flatten() {
        // One file each is the usual case; what was split is covered by the sums above.
        if output.get("path").and_then(Value::as_str) == Some("matches.csv") && rows.all <= 1_000_000 {
            compare("rows of matches.csv", output.get("rows").and_then(Value::as_u64), rows.all);
        }
    }
}

/// True for the classes that state a copy.
pub fn is_copy(class: &str) -> bool {
    matches!(class, "full" | "partial" | "teaser")
}

fn index(name: &str) -> usize {
    SHARDS.iter().position(|column| *column == name).unwrap_or(SHARDS.len())
}

fn of<'r>(row: &'r Row, name: &str) -> &'r str {
    row.cell(index(name))
}

fn number(row: &Row, name: &str) -> u64 {
    row.number(index(name)).unwrap_or_default()
}

/// The sum of `request=3;metadata=4`.
fn listed(words: &str) -> u64 {
    words.split(';').filter_map(|word| word.rsplit_once('=')?.1.parse::<u64>().ok()).sum()
}
