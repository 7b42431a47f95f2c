//! The shards of an evidence folder: what `shards.csv` says of them, and where they are on this machine.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use super::at_hand::{self, Record};
use super::files::Files;
use crate::container::Container;
use crate::error::Result;
use crate::evidence::manifest;
use crate::evidence::reading::{Reader, Row};
use crate::evidence::receipt::Status;
use crate::evidence::row::column;
use crate::place::Extent;
use crate::record::identity::file_name;

/// Where shards are looked for.
#[derive(Clone, Copy, Debug)]
pub enum Where<'w> {
    /// In this folder, or they are this file.
    Given(&'w Path),
    /// Where the run read them, if they are still there.
    Run,
    /// Nowhere.
    Nowhere,
}

/// What is known of a shard.
#[derive(Clone, Debug, Default)]
struct Known {
    file: String,
    format: String,
    compression: String,
    status: String,
}

/// The shards of an evidence folder.
pub struct Shards {
    tables: PathBuf,
    known: HashMap<[String; 4], Known>,
    files: Files,
    given: bool,
}

const COLUMNS: &[&str] =
    &["dataset", "release", "shard", "sha256", "file", "format", "compression", "status"];

impl Shards {
    /// Reads `shards.csv` in the folder of tables.
    ///
    /// # Errors
    /// When it is missing or cannot be read.
    pub fn open(tables: &Path, place: Where<'_>) -> Result<Shards> {
        let mut known = HashMap::new();
        for row in Reader::open(tables, "shards", COLUMNS)? {
            let row = row?;
            let cell = |index: usize| row.text(index).into_owned();
            let shard = Known { file: cell(4), format: cell(5), compression: cell(6), status: cell(7) };
            if shard.status != Status::Excluded.name() {
                known.insert([0, 1, 2, 3].map(cell), shard);
            }
        }
        let files = match place {
            Where::Given(path) => Files::at(path),
            Where::Run => Files::of_paths(&manifest::shard_paths(tables)),
            Where::Nowhere => Files::default(),
        };
        Ok(Shards { tables: tables.to_owned(), known, files, given: matches!(place, Where::Given(_)) })
    }

    fn known(&self, row: &Row) -> Option<&Known> {
        let text = |name: usize| row.text(name).into_owned();
        self.known.get(&[
            text(const { column("dataset") }),
            text(const { column("release") }),
            text(const { column("shard") }),
            text(const { column("shard_sha256") }),
        ])
    }

    /// The name of the file that a row's shard was read from, without its folder.
    pub fn file(&self, row: &Row) -> String {
        let known = self.known(row).map(|known| known.file.clone()).filter(|file| !file.is_empty());
        known.unwrap_or_else(|| file_name(&row.text(const { column("shard") })).to_owned())
    }

    /// How a row's shard is compressed; by its name, where `shards.csv` does not say it.
    pub fn container(&self, row: &Row) -> Container {
        let file = self.file(row);
        match self.known(row).map_or("", |known| &known.compression) {
            "gzip" => Container::Gzip,
            "zstd" => Container::Zstd,
            "" if file.ends_with(".gz") => Container::Gzip,
            "" if file.ends_with(".zst") => Container::Zstd,
            _ => Container::Plain,
        }
    }

    /// True when the place of a row may hold several lines: a document of a text file.
    pub fn has_documents_of_lines(&self, row: &Row) -> bool {
        self.known(row).is_none_or(|known| matches!(known.format.as_str(), "text" | "oscar with metadata"))
    }

    /// True when `shards.csv` says that a row's shard was not read whole.
    pub fn left_gap(&self, row: &Row) -> bool {
        self.known(row).is_some_and(|known| known.status != Status::Whole.name())
    }

    /// Looks for the record of a row in the shards on this machine. Names do not tell, since two subsets of a crawl have
    /// the same ones: a file with other bytes at the place is another shard, and counts only where the user named it.
    pub fn record(&self, row: &Row) -> AtHand {
        let Some(place) = row.place() else { return AtHand::Missing };
        let mut first = AtHand::Missing;
        for path in self.files.of_shard(&row.text(const { column("shard") }), &self.file(row)) {
            let found = match at_hand::of_shard(&path, &place) {
                Ok(record) if is_right(row, &record) => return AtHand::Right(record),
                Ok(record) => AtHand::Other(path, format!("SHA-256 {}", record.sha256)),
                Err(error) => AtHand::Other(path, error.to_string()),
            };
            if self.given && matches!(first, AtHand::Missing) {
                first = found;
            }
        }
        first
    }

    /// The place of a row's kept copy: its file in the evidence, and the bytes there.
    pub fn copy_place(&self, row: &Row) -> Option<(PathBuf, Extent)> {
        let file = row.text(const { column("kept_file") });
        let offset = row.number(const { column("kept_offset") })?;
        let length = row.number(const { column("kept_length") })?;
        at_hand::is_inside(&file).then(|| (self.tables.join(&*file), Extent { offset, length }))
    }

    /// Reads the kept copy of a row's record.
    pub fn copy(&self, row: &Row) -> AtHand {
        let (Some((path, extent)), Some(place)) = (self.copy_place(row), row.place()) else {
            return AtHand::Missing;
        };
        match at_hand::of_copy(&self.tables, &row.text(const { column("kept_file") }), extent, &place) {
            Ok(record) if is_right(row, &record) => AtHand::Right(record),
            Ok(record) => AtHand::Other(path, format!("SHA-256 {}", record.sha256)),
            // Copies are for few eyes, and are left out of what is handed on.
            Err(error) if error.kind() == io::ErrorKind::NotFound => AtHand::Missing,
            Err(error) => AtHand::Other(path, error.to_string()),
        }
    }
}

/// What of a row's record is on this machine.
#[derive(Clone, Debug)]
pub enum AtHand {
    /// The record, with the very bytes.
    Right(Record),
    /// A file that should hold it and does not: what it holds instead, or why it cannot be read.
    Other(PathBuf, String),
    /// Nothing.
    Missing,
}

impl AtHand {
    /// This one, or another one when this is nothing.
    pub fn or(self, other: impl FnOnce() -> AtHand) -> AtHand {
        match self {
            AtHand::Missing => other(),
            _ => self,
        }
    }

    /// The record, when it is the right one.
    pub fn right(&self) -> Option<&Record> {
        match self {
            AtHand::Right(record) => Some(record),
            _ => None,
        }
    }
}

/// True when a record has the bytes that the row is about.
fn is_right(row: &Row, record: &Record) -> bool {
    record.sha256 == row.cell(const { column("record_sha256") })
}
