//! The final tables, made from sealed parts.
//!
//! The parts are put in the order of their shards' names, so nothing of the way in which they came to be (threads,
//! order of arguments, interruptions, machines) shows in the result.

mod count;
mod order;
mod summary;
mod titles;
mod writing;

use std::io;
use std::path::{Path, PathBuf};

use super::articles::Sums;
use super::estimates::Sampled;
use writing::Writing;

pub use summary::Summary;

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
    let parts = order::in_order(plan.parts)?;
    let mut writing = Writing::new(plan)?;
    if plan.articles.is_some() {
        writing.spread(&parts)?;
    }
    for part in parts {
        writing.part(part)?;
    }
    writing.finish()
}
