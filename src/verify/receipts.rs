//! The rows of `shards.csv`, by the shard they are about.

use std::collections::HashMap;
use std::path::Path;

use crate::error::Result;
use crate::evidence::reading::{Reader, Row};
use crate::evidence::row::column;

const COLUMNS: &[&str] =
    &["dataset", "release", "shard", "file", "status", "format", "framing", "bytes_read", "sha256"];

/// What the run said about a shard, as far as it helps to find and read it.
#[derive(Clone, Debug, Default)]
pub struct Receipt {
    /// Its name in the corpus.
    pub shard: String,
    /// The name of the file that was read.
    pub file: String,
    /// `whole`, `partial`, `failed` or `excluded`.
    pub status: String,
    /// `warc`, `arc`, `text` or the name of a field map.
    pub format: String,
    /// `member_per_record` or `stream`.
    pub framing: String,
    /// Stored bytes that were read.
    pub bytes: u64,
    /// SHA-256 of the file, lower-case hexadecimal; empty when there is none.
    pub sha256: String,
}

/// What names a shard in a row of `matches.csv`: dataset, release, shard, SHA-256.
pub type Key = [String; 4];

/// All receipts.
#[derive(Default)]
pub struct Receipts {
    /// In the order of the file.
    pub all: Vec<Receipt>,
    by_key: HashMap<Key, Vec<usize>>,
}

impl Receipts {
    /// Reads `shards.csv` of the folder.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(folder: &Path) -> Result<Receipts> {
        let mut receipts = Receipts::default();
        for row in Reader::open(folder, "shards", COLUMNS)? {
            receipts.add(&row?);
        }
        Ok(receipts)
    }

    fn add(&mut self, row: &Row) {
        let text = |index: usize| row.text(index).into_owned();
        let [dataset, release] = [text(0), text(1)];
        let receipt = Receipt {
            shard: text(2),
            file: text(3),
            status: text(4),
            format: text(5),
            framing: text(6),
            bytes: row.number(7).unwrap_or_default(),
            sha256: text(8),
        };
        // The rows of a shard that was given twice stand under the first of the two.
        if receipt.status != "excluded" {
            let key = [dataset, release, receipt.shard.clone(), receipt.sha256.clone()];
            self.by_key.entry(key).or_default().push(self.all.len());
        }
        self.all.push(receipt);
    }

    /// The shards that a row of this key can be from: one, or several of one name where hashes were left out.
    pub fn of(&self, key: &Key) -> impl Iterator<Item = &Receipt> {
        let found = self.by_key.get(key).map(Vec::as_slice).unwrap_or_default();
        found.iter().filter_map(|index| self.all.get(*index))
    }
}

/// The shard of a row of `matches.csv`.
pub fn key_of(row: &Row) -> Key {
    let text = |index: usize| row.text(index).into_owned();
    [
        text(const { column("dataset") }),
        text(const { column("release") }),
        text(const { column("shard") }),
        text(const { column("shard_sha256") }),
    ]
}
