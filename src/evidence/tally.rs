//! The count of what was read: coverage is evidence, so the outcomes must add up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::record::RecordType;
use crate::record::digest::DigestCheck;

/// Why a content record was read and yet not examined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unread {
    /// The corpus carries no addresses, so a domain rule cannot apply.
    NoAddresses,
    /// This record has no address where others have one.
    NoAddress,
    /// Its address has no host that can be read.
    UnreadableAddress,
    /// A rule with dates covers it, and its own date cannot be read.
    UnreadableDate,
    /// Larger than what is held in memory.
    TooLarge,
    /// A WAT record whose JSON does not say which record it is about.
    UnreadableEnvelope,
    /// Its text, which articles are looked for in, stands elsewhere: a revisit, a WAT record, a line of metadata.
    NoText,
    /// Its body may hold text in a form that is not read: PDF, office files, archives.
    UnreadableBody,
}

impl Unread {
    /// The word in receipts.
    pub fn name(self) -> &'static str {
        match self {
            Unread::NoAddresses => "no_addresses",
            Unread::NoAddress => "no_address",
            Unread::UnreadableAddress => "unreadable_address",
            Unread::UnreadableDate => "unreadable_date",
            Unread::TooLarge => "too_large",
            Unread::UnreadableEnvelope => "unreadable_envelope",
            Unread::NoText => "no_text",
            Unread::UnreadableBody => "unreadable_body",
        }
    }
}

/// What became of one content record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Examined; no rule covers it.
    Clear,
    /// Examined; no rule covers it because the list takes it out.
    Excluded,
    /// Examined; a rule covers it.
    Found,
    /// Read, and not examined.
    Unread(Unread),
    /// Not whole: damaged, cut, or contradicting itself.
    Damaged,
}

/// Counts over the records of a shard, or of a stretch of one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Compressed members or frames.
    pub members: u64,
    /// All records, of whatever type.
    pub records: u64,
    /// Lines, in line files.
    pub lines: u64,
    /// Records that carry content or stand for it, and damaged ones of unknown type.
    pub content: u64,
    /// Content records that no rule covers.
    pub clear: u64,
    /// Content records that a rule covers.
    pub found: u64,
    /// Content records that were not examined, by reason.
    pub unread: BTreeMap<Unread, u64>,
    /// Content records that are not whole.
    pub damaged: u64,
    /// Records that carry no content, by type.
    pub others: BTreeMap<RecordType, u64>,
    /// Among the clear: taken out by an exclusion of the list.
    pub excluded: u64,
    /// Among the found: digest checks by outcome.
    pub digest_match: u64,
    /// See `digest_match`.
    pub digest_mismatch: u64,
    /// See `digest_match`.
    pub digest_known_defect: u64,
    /// Bytes of text in the content records, where the corpus has text: UTF-8 bytes, decoded.
    pub text_bytes: u64,
    /// Stored bytes (decoded ones for a plain file) that belong to no record that could be read.
    pub lost_bytes: u64,
}

impl Tally {
    /// Counts a content record.
    pub fn content(&mut self, outcome: Outcome) {
        self.records += 1;
        self.content += 1;
        match outcome {
            Outcome::Clear => self.clear += 1,
            Outcome::Excluded => {
                self.clear += 1;
                self.excluded += 1;
            }
            Outcome::Found => self.found += 1,
            Outcome::Unread(reason) => *self.unread.entry(reason).or_default() += 1,
            Outcome::Damaged => self.damaged += 1,
        }
    }

    /// Counts a record that carries no content.
    pub fn other(&mut self, kind: RecordType) {
        self.records += 1;
        *self.others.entry(kind).or_default() += 1;
    }

    /// Counts the digest check of a found record.
    pub fn digest(&mut self, check: DigestCheck) {
        match check {
            DigestCheck::Match => self.digest_match += 1,
            DigestCheck::Mismatch => self.digest_mismatch += 1,
            DigestCheck::KnownDefect => self.digest_known_defect += 1,
            DigestCheck::None => {}
        }
    }

    /// Content records that were not examined.
    pub fn unread_total(&self) -> u64 {
        self.unread.values().sum()
    }

    /// Content records that were not examined, in words: `no_address=3;too_large=1`.
    pub fn unread_by_reason(&self) -> String {
        words(self.unread.iter().map(|(reason, count)| (reason.name(), count)))
    }

    /// Records of other types, in words: `request=3;warcinfo=1`.
    pub fn others_by_type(&self) -> String {
        words(self.others.iter().map(|(kind, count)| (kind.name(), count)))
    }

    /// Adds the counts of another stretch.
    pub fn add(&mut self, other: &Tally) {
        self.members += other.members;
        self.records += other.records;
        self.lines += other.lines;
        self.content += other.content;
        self.clear += other.clear;
        self.found += other.found;
        self.damaged += other.damaged;
        self.excluded += other.excluded;
        self.digest_match += other.digest_match;
        self.digest_mismatch += other.digest_mismatch;
        self.digest_known_defect += other.digest_known_defect;
        self.text_bytes += other.text_bytes;
        self.lost_bytes += other.lost_bytes;
        for (reason, count) in &other.unread {
            *self.unread.entry(*reason).or_default() += count;
        }
        for (kind, count) in &other.others {
            *self.others.entry(*kind).or_default() += count;
        }
    }

    /// The accounting identities. They hold on any input; a test asks after every run.
    pub fn adds_up(&self) -> bool {
        self.content == self.clear + self.found + self.unread_total() + self.damaged
            && self.records == self.content + self.others.values().sum::<u64>()
    }
}

fn words<'c>(counts: impl Iterator<Item = (&'static str, &'c u64)>) -> String {
    let words: Vec<String> = counts.map(|(name, count)| format!("{name}={count}")).collect();
    words.join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_add_up_and_a_forgotten_one_shows() {
        let mut tally = Tally::default();
        for outcome in [
            Outcome::Clear,
            Outcome::Excluded,
            Outcome::Found,
            Outcome::Unread(Unread::NoAddress),
            Outcome::Damaged,
        ] {
            tally.content(outcome);
        }
        tally.other(RecordType::Request);
        let mut sum = Tally::default();
        sum.add(&tally);
        sum.add(&tally);
        assert_eq!((sum.records, sum.content, sum.clear), (12, 10, 4));
        assert!(sum.adds_up());
        sum.found += 1;
        assert!(!sum.adds_up());
    }
}
