//! Rows that can be fetched alone: each fills a compressed member, whose stored bytes are its place.
//!
//! Neighbours are fetched together, since a request costs more than the bytes between two records. Of a range that breaks
//! off, what came is judged, and only what did not come is unreachable.

use std::io::{self, BufReader, Read};

use sha2::{Digest, Sha256};

use super::compare::{Difference, compare, compare_digest};
use super::record::Reading;
use super::rows::Item;
use super::source::{Answer, ENDS, Refusal, Stored, refusal};
use super::{Checked, Outcome};
use crate::container::gzip::{Inflater, Member};
use crate::evidence::finding::{Finding, Sha256Bytes};
use crate::place::{Extent, Place};
use crate::scan::texts::Examiner;

/// Bytes between two places that are fetched along rather than asked around.
const LARGEST_GAP: u64 = 64 * 1024;

/// Bytes that are fetched with one request, unless one record has more.
const LARGEST_RANGE: u64 = 4 * 1024 * 1024;

/// Rows that are fetched together, in the order of their places.
pub struct Range<'i> {
    extent: Extent,
    items: Vec<&'i Item>,
}

/// Puts rows together. Each has a place in the stored file.
pub fn ranges<'i>(items: &[&'i Item]) -> Vec<Range<'i>> {
    let mut sorted: Vec<&'i Item> = items.to_vec();
    sorted.sort_by_key(|item| (item.extent.offset, item.extent.length));
    let mut ranges: Vec<Range<'i>> = Vec::new();
    for item in sorted {
        if let Some(range) = ranges.last_mut() {
            let repeats = range.items.last().is_some_and(|last| last.extent == item.extent);
            let gap = item.extent.offset.checked_sub(range.extent.end());
            let length = item.extent.end() - range.extent.offset;
            if repeats || gap.is_some_and(|gap| gap <= LARGEST_GAP) && length <= LARGEST_RANGE {
                range.extent.length = range.extent.length.max(length);
                range.items.push(item);
                continue;
            }
        }
        ranges.push(Range { extent: item.extent, items: vec![item] });
    }
    ranges
}

/// What a thread uses again.
#[derive(Default)]
pub struct Tools {
    inflater: Inflater,
    examiner: Examiner,
}

/// Fetches a range and checks its rows.
pub fn check(
    range: &Range<'_>,
    stored: &Stored<'_>,
    reading: &Reading<'_>,
    tools: &mut Tools,
) -> Vec<(usize, Checked)> {
    let Answer { mut body, http_status } = match stored.read(Some(range.extent)) {
        Ok(answer) => answer,
        Err(refusal) => return range.items.iter().map(|item| (item.index, refused(&refusal))).collect(),
    };
    let mut checked = Vec::with_capacity(range.items.len());
    let mut at = range.extent.offset;
    let mut rest = range.items.as_slice();
    while let Some(first) = rest.first() {
        let count = rest.iter().take_while(|item| item.extent == first.extent).count();
        let (same_place, behind) = rest.split_at(count);
        rest = behind;
        let mut bytes = Watched::new(&mut body, first.extent.offset - at);
        bytes.drain();
        let failed = bytes.failed.take();
        at = first.extent.offset;
        let mut bytes = Watched::new(&mut body, first.extent.length);
        let found = match failed {
            Some(error) => Err(error),
            None => Ok(record(&mut bytes, first, reading, tools)),
        };
        bytes.drain();
        at += bytes.seen;
        let failed = bytes.failed.take();
        let (seen, digest) = bytes.finish();
        let found = match (found, failed) {
            (Err(error), _) | (_, Some(error)) => {
                let refusal = Refusal { http_status, ..refusal(&error) };
                let refusal = Refusal { outcome: Outcome::Unreachable, ..refusal };
                checked.extend(same_place.iter().chain(rest).map(|item| (item.index, refused(&refusal))));
                break;
            }
            (Ok(found), None) => found,
        };
        for item in same_place {
            let state = State { found: &found, digest: &digest, seen, http_status };
            checked.push((item.index, state.judge(item, reading)));
        }
    }
    checked
}

/// What came of the bytes of a place.
pub struct State<'s> {
    /// The record that was read out of them, or why there is none.
    pub found: &'s Result<Finding, String>,
    /// SHA-256 of the bytes that came.
    pub digest: &'s Sha256Bytes,
    /// How many came.
    pub seen: u64,
    /// The code with which a server answered.
    pub http_status: Option<u16>,
}

impl State<'_> {
    /// Judges a row by it.
    pub fn judge(&self, item: &Item, reading: &Reading<'_>) -> Checked {
        let status = self.http_status;
        let length = item.extent.length;
        if self.seen == 0 && length > 0 {
            return Checked::new(Outcome::Gone, ENDS, status);
        }
        let mut checked = Checked::new(Outcome::Same, "", status);
        if self.seen < length {
            checked.reason = format!("the file ends {} bytes into the bytes of the row", self.seen);
            checked.differences.push(Difference {
                column: "length",
                expected: length.to_string(),
                observed: self.seen.to_string(),
            });
        }
        match self.found {
            Ok(found) => {
                let found = Finding { sha256: Some(*self.digest), ..found.clone() };
                let compared = compare(&item.row, &found, reading.wanted, reading.is_redacted);
                checked.differences.extend(compared.differences);
                checked.evidence = compared.evidence;
            }
            Err(reason) => {
                checked.differences.extend(compare_digest(&item.row, self.digest));
                if checked.reason.is_empty() {
                    checked.reason.clone_from(reason);
                }
            }
        }
        if !checked.differences.is_empty() || !checked.reason.is_empty() {
            checked.outcome = Outcome::Changed;
        }
        checked
    }
}

/// A row that could not be read.
pub fn refused(refusal: &Refusal) -> Checked {
    Checked::new(refusal.outcome, refusal.reason.clone(), refusal.http_status)
}

fn record(
    bytes: &mut Watched<'_>,
    item: &Item,
    reading: &Reading<'_>,
    tools: &mut Tools,
) -> Result<Finding, String> {
    let Tools { inflater, examiner } = tools;
    let input = BufReader::with_capacity(16 * 1024, bytes);
    let mut member = Member::open(input, inflater).map_err(|error| error.to_string())?;
    reading.archive(&mut member, Place::Member(item.extent), examiner)
}

/// Bytes on their way to a reader: counted, hashed, and whatever goes wrong with them remembered.
struct Watched<'b> {
    body: &'b mut dyn Read,
    left: u64,
    seen: u64,
    hash: Sha256,
    failed: Option<io::Error>,
}

impl<'b> Watched<'b> {
    /// The next `length` bytes of `body`.
    fn new(body: &'b mut dyn Read, length: u64) -> Watched<'b> {
        Watched { body, left: length, seen: 0, hash: Sha256::new(), failed: None }
    }

    /// Takes what no reader wanted.
    fn drain(&mut self) {
        let mut piece = [0; 8 * 1024];
        while self.failed.is_none() && matches!(self.read(&mut piece), Ok(1..)) {}
    }

    fn finish(self) -> (u64, Sha256Bytes) {
        (self.seen, self.hash.finalize().into())
    }
}

impl Read for Watched<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).map_or(into.len(), |left| left.min(into.len()));
        loop {
            match self.body.read(&mut into[..most]) {
                Ok(count) => {
                    self.hash.update(&into[..count]);
                    self.seen += count as u64;
                    self.left -= count as u64;
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let again = io::Error::new(error.kind(), error.to_string());
                    self.failed = Some(error);
                    return Err(again);
                }
            }
        }
    }
}
