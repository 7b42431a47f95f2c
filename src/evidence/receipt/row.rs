//! The row of a receipt in `shards.csv`.

use super::{Framing, Receipt};
use crate::cell::{cell, hex};
use crate::container::Container;
use crate::evidence::row;

/// The version of the columns of `shards.csv`, in the manifest.
pub const VERSION: u32 = row::VERSION;

/// What a column says of a receipt.
type Value = fn(&Receipt) -> String;

/// The names of the columns of `shards.csv`.
pub const COLUMNS: &[&str] = &{
    let mut names = [""; CELLS.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = CELLS[at].0;
        at += 1;
    }
    names
};

/// The columns, each beside what stands in it.
const CELLS: &[(&str, Value)] = &[
    ("dataset", |receipt| text(&receipt.identity.dataset)),
    ("release", |receipt| text(&receipt.identity.release)),
    ("subset", |receipt| text(&receipt.identity.subset)),
    ("shard", |receipt| text(&receipt.identity.shard)),
    ("file", |receipt| text(&receipt.file)),
    ("status", |receipt| receipt.status.name().to_owned()),
    ("reason", |receipt| text(&receipt.reason)),
    ("format", |receipt| receipt.format.clone()),
    ("compression", |receipt| compression(receipt.container).to_owned()),
    ("framing", |receipt| receipt.framing.map(Framing::name).unwrap_or_default().to_owned()),
    ("depth", |receipt| receipt.depth.name().to_owned()),
    ("not_checked", |receipt| receipt.not_checked().to_owned()),
    // The same for each way the shard may have come: what a server said stands in `acquisition.csv`.
    ("length_promised", |_| "length not promised".to_owned()),
    ("bytes_read", |receipt| receipt.received.to_string()),
    ("lost_bytes", |receipt| receipt.tally.lost_bytes.to_string()),
    ("sha256", |receipt| receipt.sha256.map(|digest| hex(&digest)).unwrap_or_default()),
    ("no_sha256", |receipt| text(&receipt.no_sha256)),
    ("members", |receipt| receipt.tally.members.to_string()),
    ("lines", |receipt| receipt.tally.lines.to_string()),
    ("records", |receipt| receipt.tally.records.to_string()),
    ("content_records", |receipt| receipt.tally.content.to_string()),
    ("clear", |receipt| receipt.tally.clear.to_string()),
    ("found", |receipt| receipt.tally.found.to_string()),
    ("unread", |receipt| receipt.tally.unread_total().to_string()),
    ("damaged", |receipt| receipt.tally.damaged.to_string()),
    ("unread_reasons", |receipt| receipt.tally.unread_by_reason()),
    ("other_records", |receipt| receipt.tally.others_by_type()),
    ("excluded_by_list", |receipt| receipt.tally.excluded.to_string()),
    ("digest_match", |receipt| receipt.tally.digest_match.to_string()),
    ("digest_mismatch", |receipt| receipt.tally.digest_mismatch.to_string()),
    ("digest_known_defect", |receipt| receipt.tally.digest_known_defect.to_string()),
    ("text_bytes", |receipt| receipt.tally.text_bytes.to_string()),
    ("first_date", |receipt| receipt.first_date.clone()),
    ("last_date", |receipt| receipt.last_date.clone()),
    ("problem_count", |receipt| receipt.problems_total.to_string()),
    ("problems", |receipt| text(&receipt.all_problems())),
    ("notes", |receipt| text(&receipt.notes.join("; "))),
];

impl Receipt {
    /// The row of `shards.csv`, in the order of [`COLUMNS`].
    pub fn row(&self) -> Vec<String> {
        CELLS.iter().map(|(_, value)| value(self)).collect()
    }
}

fn text(text: &str) -> String {
    cell(text).into_owned()
}

fn compression(container: Option<Container>) -> &'static str {
    match container {
        Some(Container::Gzip) => "gzip",
        Some(Container::Zstd) => "zstd",
        Some(Container::Plain) => "none",
        None => "",
    }
}
