//! Evidence read again: is every row still what it says, and is the folder what the run wrote?
//!
//! In comes a folder of evidence and a place where the shards can be had. The rows are taken from the CSV alone; the bytes
//! of each are fetched again, hashed, and read as a record by the readers of the scan, on a way of their own:
//!
//! ```text
//! folder    the files against the manifest: altered, missing, not listed
//! headers   the heads of the tables: no column twice
//! sums      the counts against each other; summaries: the summaries against the rows
//! receipts  shards.csv; stored: the shards at hand against it, by length and SHA-256
//! source    where a shard lies, and its bytes or why there are none
//! record    the bytes of a place to what the scan would have found in them
//! members   rows that can be fetched alone; streams: rows of a shard that is decoded from its start
//! compare   a row and what was found: which columns differ
//! rows      all rows, or a sample; spread: the class of articles, which depends on all of them
//! report    verification.csv
//! ```

pub mod compare;
pub mod folder;
pub mod headers;
pub mod members;
pub mod receipts;
pub mod record;
pub mod report;
pub mod rows;
pub mod source;
pub mod stored;
pub mod streams;
pub mod summaries;
pub mod sums;

use compare::Difference;

/// What became of a row when its bytes were asked for again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The bytes are there, and everything that was compared is as the row says.
    Same,
    /// The bytes are there and something differs, or only some of them are there.
    Changed,
    /// There is no such file, or it ends before the bytes.
    Gone,
    /// The file may not be read.
    Denied,
    /// It could not be found out: trouble of the network, the disk or the server.
    Unreachable,
}

impl Outcome {
    /// All of them, in the order of the summary.
    pub const ALL: [Outcome; 5] =
        [Outcome::Same, Outcome::Changed, Outcome::Gone, Outcome::Denied, Outcome::Unreachable];

    /// The word in the column.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Same => "same",
            Outcome::Changed => "changed",
            Outcome::Gone => "gone",
            Outcome::Denied => "denied",
            Outcome::Unreachable => "unreachable",
        }
    }
}

/// What was found out about a row.
#[derive(Clone, Debug)]
pub struct Checked {
    /// In one word.
    pub outcome: Outcome,
    /// The columns that differ.
    pub differences: Vec<Difference>,
    /// Why the outcome is not `same`, in words; empty where the differences say it.
    pub reason: String,
    /// The code with which a server answered.
    pub http_status: Option<u16>,
    /// When, in seconds since 1970.
    pub at: u64,
    /// The overlap with an article, as one cell of a part holds it, to be judged when all rows were read.
    pub evidence: String,
}

impl Checked {
    /// A row without differences, until they are found.
    pub fn new(outcome: Outcome, reason: impl Into<String>, http_status: Option<u16>) -> Checked {
        Checked {
            outcome,
            differences: Vec::new(),
            reason: reason.into(),
            http_status,
            at: report::seconds_now(),
            evidence: String::new(),
        }
    }
}
