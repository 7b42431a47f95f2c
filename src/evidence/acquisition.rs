//! `acquisition.csv`: what the network did, one row for each exchange that asked a server for bytes of a shard.
//!
//! The rows are written down as the exchanges end, in a journal of the run that outlives the process; the table joins
//! them with the names of the shards. It differs from run to run, and no other table depends on it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::output::Table;
use super::part::{self, Sealed};
use crate::cell::cell;
use crate::source::exchanges::CELLS;

/// The columns of `acquisition.csv`.
pub const COLUMNS: &[&str] = &[
    "dataset",
    "release",
    "shard",
    "file",
    "attempt",
    "url",
    "range",
    "http_status",
    "etag",
    "last_modified",
    "content_length",
    "content_type",
    "content_encoding",
    "version_id",
    "server_date",
    "remote_ip",
    "bytes",
    "started_at",
    "ended_at",
    "error",
];

/// The columns that come from the shard's receipt.
const NAMES: usize = 4;

/// Makes the table from those of the journals that are there, if one is, and the sealed parts of the shards.
///
/// # Errors
/// When one of them cannot be read or the table cannot be written.
pub fn table(out: &Path, journals: &[PathBuf], parts: &[PathBuf]) -> io::Result<Option<Table>> {
    let parts: HashMap<usize, &PathBuf> =
        parts.iter().filter_map(|part| Some((part::number(part)?, part))).collect();
    let mut table = None;
    for journal in journals.iter().filter(|journal| journal.exists()) {
        let table = match &mut table {
            Some(table) => table,
            none => none.insert(Table::create(out, "acquisition", COLUMNS)?),
        };
        add(journal, &parts, table)?;
    }
    Ok(table)
}

fn add(journal: &Path, parts: &HashMap<usize, &PathBuf>, table: &mut Table) -> io::Result<()> {
    let mut names: HashMap<usize, [String; NAMES]> = HashMap::new();
    let file = File::open(journal)?;
    let mut rows = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file);
    for row in rows.records() {
        let row = row.map_err(io::Error::other)?;
        let number = row.get(0).and_then(|number| number.parse::<usize>().ok());
        let Some((number, part)) = number.and_then(|number| Some((number, *parts.get(&number)?))) else {
            continue;
        };
        // A row that was cut has too few cells.
        if row.len() != CELLS {
            continue;
        }
        let name = match names.entry(number) {
            Entry::Occupied(name) => name.into_mut(),
            Entry::Vacant(place) => place.insert(name_of(part)?),
        };
        table.row(name.iter().map(String::as_str).chain(row.iter().skip(1)))?;
    }
    Ok(())
}

fn name_of(part: &Path) -> io::Result<[String; NAMES]> {
    let Some(sealed) = Sealed::open(part)? else { return Ok(Default::default()) };
    let receipt = sealed.footer.receipt;
    let name = receipt.identity;
    Ok([name.dataset, name.release, name.shard, receipt.file].map(|name| cell(&name).into_owned()))
}
