//! The receipt of a shard: what was read, how it ended, what was not examined and why.
//!
//! A shard ends in exactly one receipt, whatever happened to it, and only a receipt that is whole lets "not found"
//! be said about that shard.

mod row;

use serde::{Deserialize, Serialize};

pub use row::{COLUMNS, VERSION};

use super::finding::Sha256Bytes;
use super::tally::{Tally, Unread};
use crate::container::Container;
use crate::record::identity::Identity;

/// How much of a shard was examined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Read to its end, and each content record in it was examined.
    Whole,
    /// Something was read, and something was not examined: the reason says what.
    Partial,
    /// Nothing in it could be examined.
    Failed,
    /// A file of a folder that is no shard by its name; it was not read.
    Excluded,
}

impl Status {
    /// The word in the column.
    pub fn name(self) -> &'static str {
        match self {
            Status::Whole => "whole",
            Status::Partial => "partial",
            Status::Failed => "failed",
            Status::Excluded => "excluded",
        }
    }
}

/// How deep the records were looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Depth {
    /// The address of each record; the rest of a record only where a rule covers it.
    Address,
    /// Each byte of each record, with all checksums.
    Content,
}

impl Depth {
    /// The word in the column.
    pub fn name(self) -> &'static str {
        match self {
            Depth::Address => "address",
            Depth::Content => "content",
        }
    }
}

/// How records lie in the shard's compression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Framing {
    /// Each record fills a member of its own and can be fetched alone.
    MemberPerRecord,
    /// Records lie among others in one decoded stream.
    Stream,
}

impl Framing {
    /// The word in the column.
    pub fn name(self) -> &'static str {
        match self {
            Framing::MemberPerRecord => "member_per_record",
            Framing::Stream => "stream",
        }
    }
}

/// Something wrong at a place of a shard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Offset: of the stored file, or of the decoded stream where `decoded` says so.
    pub at: u64,
    /// The offset counts decoded bytes.
    pub decoded: bool,
    /// Records before it in the shard.
    pub record: u64,
    /// What is wrong and what it costs.
    pub what: String,
}

/// Problems a receipt spells out. The rest is only counted, so that a shard full of rubbish keeps a short receipt.
const PROBLEMS_SHOWN: usize = 20;

/// What became of a shard.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Receipt {
    /// The shard's name in its corpus.
    pub identity: Identity,
    /// The name of the file that was read, without its folder.
    pub file: String,
    /// `warc`, `arc`, `text`, or the name of the field map; empty when it could not be told.
    pub format: String,
    /// The compression; `None` when it could not be told.
    pub container: Option<Container>,
    /// How records lie in it.
    pub framing: Option<Framing>,
    /// How deep they were looked at.
    pub depth: Depth,
    /// How much was examined.
    pub status: Status,
    /// Why the status is what it is; empty for a whole shard.
    pub reason: String,
    /// The length that whoever served the shard promised, in stored bytes. A local file promises nothing. A promise is a
    /// fact of the exchange and stands in `acquisition.csv`; here only a broken one shows, in the reason.
    pub promised: Option<u64>,
    /// Why the bytes ended before the file did; empty when they did not. Another try may bring more.
    #[serde(default)]
    pub interruption: String,
    /// Stored bytes read.
    pub received: u64,
    /// SHA-256 of all stored bytes.
    pub sha256: Option<Sha256Bytes>,
    /// Why there is no SHA-256; empty when there is.
    pub no_sha256: String,
    /// Counts.
    pub tally: Tally,
    /// The first problems.
    pub problems: Vec<Problem>,
    /// How many there were.
    pub problems_total: u64,
    /// Things worth knowing that take nothing from the result.
    pub notes: Vec<String>,
    /// Earliest date of a content record that was read, ISO 8601 UTC. Known at depth `content`, and for line files.
    pub first_date: String,
    /// The latest one.
    pub last_date: String,
}

impl Receipt {
    /// A receipt for a shard of which nothing is known yet.
    pub fn new(file: &str, depth: Depth) -> Receipt {
        Receipt {
            identity: Identity { shard: file.to_owned(), ..Identity::default() },
            file: file.to_owned(),
            format: String::new(),
            container: None,
            framing: None,
            depth,
            status: Status::Failed,
            reason: String::new(),
            promised: None,
            interruption: String::new(),
            received: 0,
            sha256: None,
            no_sha256: String::new(),
            tally: Tally::default(),
            problems: Vec::new(),
            problems_total: 0,
            notes: Vec::new(),
            first_date: String::new(),
            last_date: String::new(),
        }
    }

    /// Notes a problem.
    pub fn problem(&mut self, problem: Problem) {
        self.problems_total += 1;
        if self.problems.len() < PROBLEMS_SHOWN {
            self.problems.push(problem);
        }
    }

    /// Notes something that takes nothing from the result, once.
    pub fn note(&mut self, note: &str) {
        if !self.notes.iter().any(|known| known == note) {
            self.notes.push(note.to_owned());
        }
    }

    /// Ends a shard of which nothing could be examined.
    pub fn fail(mut self, reason: impl Into<String>) -> Receipt {
        self.status = Status::Failed;
        self.reason = reason.into();
        if self.sha256.is_none() && self.no_sha256.is_empty() {
            self.no_sha256 = "not read whole".to_owned();
        }
        self
    }

    /// Ends a shard that was read as far as it goes: the counts decide what it is called.
    pub fn conclude(&mut self) {
        let tally = &self.tally;
        let unread = tally.unread_total();
        let mut reasons = Vec::new();
        if !self.interruption.is_empty() {
            reasons.push(self.interruption.clone());
        }
        if tally.unread.get(&Unread::NoAddresses).copied().unwrap_or_default() > 0 {
            reasons.push("no addresses: domain rules cannot apply".to_owned());
        }
        if let Some(problem) = self.problems.first().filter(|problem| problem.what != self.interruption) {
            reasons.push(self.describe(problem));
        }
        if let Some(promised) = self.promised.filter(|promised| *promised != self.received) {
            reasons.push(format!("{} bytes were promised and {} came", promised, self.received));
        }
        if unread > tally.unread.get(&Unread::NoAddresses).copied().unwrap_or_default() {
            reasons
                .push(format!("{unread} content records were not examined ({})", tally.unread_by_reason()));
        }
        if tally.records == 0 && reasons.is_empty() {
            reasons.push("no record in it".to_owned());
        }
        let examined = tally.clear + tally.found;
        self.status = match (reasons.is_empty(), examined + unread + tally.others.values().sum::<u64>()) {
            (true, _) => Status::Whole,
            (false, 0) => Status::Failed,
            (false, _) => Status::Partial,
        };
        self.reason = reasons.join("; ");
    }

    /// True when nothing was left out: only then does "not found" say something about the shard.
    pub fn is_whole(&self) -> bool {
        self.status == Status::Whole
    }

    /// True when the run has a gap because of this shard.
    pub fn is_gap(&self) -> bool {
        matches!(self.status, Status::Partial | Status::Failed)
    }

    fn describe(&self, problem: &Problem) -> String {
        let unit = if problem.decoded { "decoded byte" } else { "byte" };
        format!("record {} at {unit} {}: {}", problem.record + 1, problem.at, problem.what)
    }

    fn all_problems(&self) -> String {
        let mut words: Vec<String> = self.problems.iter().map(|problem| self.describe(problem)).collect();
        let more = self.problems_total - self.problems.len() as u64;
        if more > 0 {
            words.push(format!("and {more} more"));
        }
        words.join("; ")
    }

    /// What the chosen depth leaves unchecked, in words.
    pub fn not_checked(&self) -> &'static str {
        match (self.depth, self.framing) {
            (Depth::Address, Some(Framing::MemberPerRecord)) => {
                "bodies and checksums of records that no rule covers"
            }
            _ => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::tally::Outcome;

    fn concluded(outcomes: &[Outcome]) -> Receipt {
        let mut receipt = receipt(outcomes);
        receipt.conclude();
        receipt
    }

    fn receipt(outcomes: &[Outcome]) -> Receipt {
        let mut receipt = Receipt::new("x.warc.gz", Depth::Content);
        outcomes.iter().for_each(|outcome| receipt.tally.content(*outcome));
        receipt
    }

    #[test]
    fn only_a_shard_without_any_gap_is_whole() {
        use Outcome::*;
        assert_eq!(concluded(&[Clear, Found]).status, Status::Whole);
        assert_eq!(concluded(&[Clear, Unread(super::Unread::NoAddress)]).status, Status::Partial);
        assert_eq!(concluded(&[]).status, Status::Failed);
        let mut damaged = receipt(&[Clear, Damaged]);
        damaged.problem(Problem { at: 9, decoded: false, record: 1, what: "cut".into() });
        damaged.conclude();
        assert_eq!((damaged.status, damaged.reason.as_str()), (Status::Partial, "record 2 at byte 9: cut"));
        let mut short = receipt(&[Clear]);
        short.promised = Some(10);
        short.received = 9;
        short.conclude();
        assert_eq!(short.status, Status::Partial);
    }
}
