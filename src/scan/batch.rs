//! A stretch of a shard, and what a worker found in it.
//!
//! Stretches are worked on side by side and put together in their order. So whatever counts from the start of the shard
//! (lines, records, decoded bytes) counts from the start of the stretch here, and the collector adds what came before.

use crate::evidence::census::Census;
use crate::evidence::finding::Finding;
use crate::evidence::receipt::Problem;
use crate::evidence::tally::{Outcome, Tally};
use crate::record::date::CaptureDate;

/// Findings and counts of a stretch.
#[derive(Default)]
pub struct Batch {
    /// Counts.
    pub tally: Tally,
    /// Records that a rule covers, in their order. [`Place::Decoded`](crate::place::Place) and line numbers count from
    /// the start of the stretch.
    pub findings: Vec<Finding>,
    /// Decoded bytes `from..to` out of a compressed stream that was not verified to its end.
    pub unverified: Vec<(u64, u64)>,
    /// What is wrong. Records are counted from the start of the stretch, and decoded bytes as well.
    pub problems: Vec<Problem>,
    /// In line files the line of each problem, counted from 1 at the start of the stretch; else empty.
    pub problem_lines: Vec<u64>,
    /// Worth knowing.
    pub notes: Vec<&'static str>,
    /// Hosts, if they are counted.
    pub census: Option<Census>,
    /// Decoded bytes of the stretch.
    pub decoded: u64,
    /// Earliest and latest date of a content record.
    pub dates: Option<(CaptureDate, CaptureDate)>,
}

impl Batch {
    /// An empty batch, with or without a census.
    pub fn new(census: bool) -> Batch {
        Batch { census: census.then(Census::default), ..Batch::default() }
    }

    /// Notes something wrong at this place.
    pub fn problem(&mut self, at: u64, decoded: bool, what: impl Into<String>) {
        self.problems.push(Problem { at, decoded, record: self.tally.records, what: what.into() });
    }

    /// Notes something wrong in the line that was counted last.
    pub fn line_problem(&mut self, at: u64, what: impl Into<String>) {
        self.problem_lines.push(self.tally.lines);
        self.problem(at, true, what);
    }

    /// Notes a content record that is not whole.
    pub fn damaged(&mut self, at: u64, decoded: bool, what: impl Into<String>) {
        self.problem(at, decoded, what);
        self.tally.content(Outcome::Damaged);
    }

    /// Adds a stretch that follows this one, of which decoded bytes were already counted from this one's start.
    pub fn append(&mut self, next: Batch) {
        let records = self.tally.records;
        self.problems.extend(
            next.problems.into_iter().map(|problem| Problem { record: records + problem.record, ..problem }),
        );
        self.tally.add(&next.tally);
        self.findings.extend(next.findings);
        self.unverified.extend(next.unverified);
        self.notes.extend(next.notes);
        self.decoded += next.decoded;
        if let (Some(census), Some(more)) = (&mut self.census, next.census) {
            census.add(more);
        }
        for date in next.dates.into_iter().flat_map(|(first, last)| [first, last]) {
            self.date(date);
        }
    }

    /// Takes the date of a content record into account.
    pub fn date(&mut self, date: CaptureDate) {
        let (first, last) = self.dates.unwrap_or((date, date));
        self.dates = Some((
            if date.is_before(&first) { date } else { first },
            if last.is_before(&date) { date } else { last },
        ));
    }
}
