//! Text without addresses, looked through for articles (OSCAR 2019).
//!
//! Where blank lines separate documents, each is examined as a whole. In the form that was shuffled by line each line is
//! examined by itself, since its neighbours come from other pages; the receipt still counts such a file as one document.

use std::io;
use std::ops::Range;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::batch::Batch;
use super::checkpoint::{Bytes, Standing};
use super::collector::Collector;
use super::pool::{Lent, Pool};
use super::text::TextTask;
use super::texts::{self, Examined, Examiner};
use super::workplace::Workplace;
use crate::container::base64;
use crate::container::stream::Stream;
use crate::evidence::finding::{Facts, Finding, Whence};
use crate::evidence::tally::{Outcome, Unread};
use crate::matching::articles::matcher::{Held, TextReader};
use crate::place::{Extent, Place};
use crate::record::LONGEST_LINE;

/// A file without a blank line in so many decoded bytes from its start was shuffled by line.
const FIRST_LOOK: usize = 1024 * 1024;

/// A document is examined in pieces of at most so many bytes, cut at line ends. No page has as much text.
const LARGEST_PIECE: usize = 4 * 1024 * 1024;

/// Looks through the texts of `stream` and gives it back. An earlier process has `begun` with it.
///
/// # Errors
/// When results cannot be written.
pub fn scan(
    (mut stream, begun): (Stream, Begun),
    matcher: &dyn TextReader,
    place: &Workplace<'_>,
    task: &TextTask<'_>,
    collector: &mut Collector<'_>,
) -> io::Result<Stream> {
    let mut reading = Reading::new(begun);
    let mut received = 0;
    let examiners = Pool::default();
    while !reading.over && !place.is_interrupted() {
        let gap = reading.fill(&mut stream, place.window);
        let mut batch = Batch::new(false);
        let units = reading.units(gap, &mut batch);
        let examine = |lent: &mut Lent<'_, Examiner>, unit: &Unit| {
            let text = String::from_utf8_lossy(&reading.bytes[unit.bytes.clone()]);
            lent.tool().plain(&text, None, matcher)
        };
        let held: Vec<Vec<(Whence, Held)>> =
            place.pool.install(|| units.par_iter().map_init(|| examiners.lend(), examine).collect());
        for (unit, held) in units.into_iter().zip(held) {
            reading.enter(unit, held, task, &mut batch);
        }
        let used = reading.used(gap);
        batch.decoded = used as u64;
        batch.tally.text_bytes = used as u64;
        reading.bytes.drain(..used);
        collector.add(batch, collector.decoded())?;
        if gap && let Some(gap) = stream.take_gap() {
            collector.unverified(stream.checked(), collector.decoded());
            collector.gap(&gap);
        }
        place.progress.read(stream.received() - received);
        received = stream.received();
        if !gap
            && collector.is_checkpoint_due(stream.offset())
            && let Some(state) = stream.state()
        {
            collector.checkpoint(Bytes::Decoded(Box::new(state)), Standing::Text(reading.begun()))?;
        }
    }
    if let Some(outcome) = reading.open.take() {
        let mut batch = Batch::new(false);
        batch.tally.content(outcome);
        collector.add(batch, collector.decoded())?;
    }
    Ok(stream)
}

/// A text that is examined by itself: a document, or a line of a shuffled file.
struct Unit {
    bytes: Range<usize>,
    /// Number of its first line within the window, from 1.
    line: u64,
    /// A document ends with it.
    ends: bool,
}

/// What another process must know to go on.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Begun {
    /// What was decoded and not examined.
    #[serde(with = "base64")]
    bytes: Vec<u8>,
    open: Option<Outcome>,
    shuffled: Option<bool>,
}

struct Reading {
    bytes: Vec<u8>,
    /// What is known of the document that has begun and of which a part was examined.
    open: Option<Outcome>,
    /// Lines are examined one by one; `None` before anybody looked.
    shuffled: Option<bool>,
    over: bool,
    too_long: bool,
}

impl Reading {
    fn new(begun: Begun) -> Reading {
        Reading {
            bytes: begun.bytes,
            open: begun.open,
            shuffled: begun.shuffled,
            over: false,
            too_long: false,
        }
    }

    fn begun(&self) -> Begun {
        Begun { bytes: self.bytes.clone(), open: self.open, shuffled: self.shuffled }
    }

    /// Decodes until the window is full. True when stored bytes could not be decoded.
    fn fill(&mut self, stream: &mut Stream, window: usize) -> bool {
        let window = window.max(self.bytes.len() + window / 2);
        while self.bytes.len() < window {
            match stream.append(&mut self.bytes) {
                Ok(0) => {
                    self.over = true;
                    return false;
                }
                Ok(_) => {}
                Err(_) => return true,
            }
        }
        false
    }

    /// Bytes up to which the window can be examined now.
    fn used(&self, gap: bool) -> usize {
        let lines = memchr::memrchr(b'\n', &self.bytes).map_or(0, |at| at + 1);
        match () {
            () if self.over || gap || self.too_long => self.bytes.len(),
            () if self.shuffled == Some(true) => lines,
            // Up to the last blank line: the document behind it may go on.
            () => last_blank(&self.bytes[..lines]).unwrap_or_else(|| piece(&self.bytes)),
        }
    }

    /// The texts of the window.
    fn units(&mut self, gap: bool, batch: &mut Batch) -> Vec<Unit> {
        self.too_long = self.bytes.len() > LONGEST_LINE && memchr::memchr(b'\n', &self.bytes).is_none();
        if self.shuffled.is_none() {
            let first = &self.bytes[..self.bytes.len().min(FIRST_LOOK)];
            let has_lines = memchr::memchr(b'\n', first.trim_ascii()).is_some();
            self.shuffled = Some(has_lines && !has_blank(first));
        }
        let shuffled = self.shuffled == Some(true);
        if shuffled {
            batch.notes.push(
                "no blank line separates documents: all lines count as one, each was examined by itself",
            );
        }
        let end = self.used(gap);
        let mut units: Vec<Unit> = Vec::new();
        let mut line = 0;
        let mut begun: Option<(usize, u64)> = None;
        let mut at = 0;
        while at < end {
            let stop = memchr::memchr(b'\n', &self.bytes[at..end]).map_or(end, |length| at + length);
            line += 1;
            let is_blank = self.bytes[at..stop].trim_ascii().is_empty();
            match (is_blank, begun) {
                (true, Some((from, first))) => {
                    units.push(Unit { bytes: from..at.saturating_sub(1).max(from), line: first, ends: true });
                    begun = None;
                }
                (true, None) => match units.last_mut() {
                    Some(last) => last.ends = true,
                    None => {
                        if let Some(outcome) = self.open.take() {
                            batch.tally.content(outcome);
                        }
                    }
                },
                (false, _) if shuffled => {
                    units.push(Unit { bytes: at..stop, line, ends: false });
                }
                (false, None) => begun = Some((at, line)),
                (false, Some((from, first))) if stop - from > LARGEST_PIECE => {
                    units.push(Unit {
                        bytes: from..at.saturating_sub(1).max(from),
                        line: first,
                        ends: false,
                    });
                    begun = Some((at, line));
                }
                (false, Some(_)) => {}
            }
            at = stop + 1;
        }
        if let Some((from, first)) = begun {
            let to = end - usize::from(self.bytes.get(end.wrapping_sub(1)) == Some(&b'\n'));
            units.push(Unit { bytes: from..to.max(from), line: first, ends: false });
        }
        batch.tally.lines = line;
        if self.over && self.bytes.last().is_some_and(|byte| *byte != b'\n') {
            batch.notes.push("the last line has no line end");
        }
        if gap {
            // What the damage hit is no whole document.
            units.pop();
            self.open = Some(Outcome::Damaged);
        }
        units
    }

    fn enter(&mut self, unit: Unit, held: Vec<(Whence, Held)>, task: &TextTask<'_>, batch: &mut Batch) {
        let address = task.judge.without_address();
        let text: Examined = if self.too_long { Err(Unread::TooLarge) } else { Ok(held) };
        let outcome = texts::outcome(address.outcome, &text);
        let worse = match (self.open.take(), outcome) {
            (Some(Outcome::Damaged), _) => Outcome::Damaged,
            (Some(Outcome::Found), _) | (_, Outcome::Found) => Outcome::Found,
            (Some(open @ Outcome::Unread(_)), _) => open,
            _ => outcome,
        };
        let articles = text.unwrap_or_default();
        if !articles.is_empty() {
            let bytes = &self.bytes[unit.bytes.clone()];
            let extent = Extent { offset: unit.bytes.start as u64, length: bytes.len() as u64 };
            batch.findings.push(Finding {
                place: Place::Line(extent, unit.line),
                sha256: Some(Sha256::digest(bytes).into()),
                facts: Facts::of_document(),
                reasons: Vec::new(),
                articles,
                bytes: task.keep.then(|| bytes.to_vec()),
            });
        }
        match unit.ends {
            true => batch.tally.content(worse),
            false => self.open = Some(worse),
        }
    }
}

/// The lines from the start that make a piece of a document; 0 when there may be more of them.
fn piece(bytes: &[u8]) -> usize {
    if bytes.len() <= LARGEST_PIECE {
        return 0;
    }
    let before = memchr::memrchr(b'\n', &bytes[..=LARGEST_PIECE]);
    let behind = || memchr::memchr(b'\n', &bytes[LARGEST_PIECE..]).map(|at| LARGEST_PIECE + at);
    before.or_else(behind).map_or(0, |at| at + 1)
}

fn has_blank(bytes: &[u8]) -> bool {
    let whole = memchr::memrchr(b'\n', bytes).map_or(bytes, |at| &bytes[..at]);
    whole.trim_ascii().split(|&byte| byte == b'\n').any(|line| line.trim_ascii().is_empty())
}

/// Behind the last blank line.
fn last_blank(bytes: &[u8]) -> Option<usize> {
    let mut end = bytes.len();
    while end > 0 {
        let start = memchr::memrchr(b'\n', &bytes[..end - 1]).map_or(0, |at| at + 1);
        if bytes[start..end].trim_ascii().is_empty() {
            return Some(end);
        }
        end = start;
    }
    None
}
