//! One record after the other out of decoded bytes: each becomes an outcome, a covered one a finding.

mod open;

use std::io::{self, BufRead};

use super::batch::Batch;
use super::judge::Judge;
use super::texts::Examiner;
use crate::evidence::tally::Unread;
use crate::matching::articles::matcher::TextReader;
use crate::place::Extent;
use crate::record::archive::{Archive, Format, Trouble, is_wat};
use crate::record::warc::{Head, Length};
use crate::record::wat::envelope;
use crate::record::{LARGEST_BLOCK, RecordType};

use open::Open;

/// Bytes behind a record that its length does not cover and that are not worth a word: ARC files of 2012 count two
/// bytes too few (see `docs/formats.md`).
const TOLERATED_SURPLUS: u64 = 16;

/// How the decoded bytes end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// At the end of a compressed member, which is one or several whole records. The member's end is trusted more than a
    /// record's stated length.
    Member,
    /// At the end of the file: a record that lacks its closing line ends may have been cut there.
    Stream,
}

/// What a worker needs to know, shared by all.
#[derive(Clone, Copy)]
pub struct Task<'r> {
    /// Judges addresses.
    pub judge: Judge<'r>,
    /// Count hosts.
    pub census: bool,
    /// Copy the records that are found.
    pub keep: bool,
    /// Who reads the texts, if they are examined.
    pub articles: Option<&'r dyn TextReader>,
    /// The release, for its known defects.
    pub release: &'r str,
    /// The archive format.
    pub format: Format,
}

/// Buffers of a worker, used again from record to record.
#[derive(Default)]
pub struct Worker {
    head: Vec<u8>,
    block: Vec<u8>,
    /// The record that is read, from its head to its end, where its text is examined.
    raw: Vec<u8>,
    examiner: Examiner,
}

impl Worker {
    /// Walks the records of `archive` into `batch`, at most `most` of them. True when there may be more.
    ///
    /// # Errors
    /// That of the input. The record that was under way is entered as damaged.
    pub fn walk<R: BufRead>(
        &mut self,
        archive: &mut Archive<R>,
        most: u64,
        frame: Frame,
        task: &Task<'_>,
        batch: &mut Batch,
    ) -> io::Result<bool> {
        let start = archive.position();
        let mut head = std::mem::take(&mut self.head);
        let result = self.records(archive, &mut head, most, frame, task, batch);
        self.head = head;
        batch.decoded += archive.position() - start;
        result
    }

    fn records<R: BufRead>(
        &mut self,
        archive: &mut Archive<R>,
        head: &mut Vec<u8>,
        most: u64,
        frame: Frame,
        task: &Task<'_>,
        batch: &mut Batch,
    ) -> io::Result<bool> {
        let enough = batch.tally.records.saturating_add(most);
        while batch.tally.records < enough {
            match archive.next(head) {
                Ok(None) => return Ok(false),
                Ok(Some(at)) => {
                    if !self.record(archive, head, at, frame, task, batch)? {
                        archive.resync(head).or_else(stay)?;
                    }
                }
                Err(Trouble::Stray { extent, at_end }) => {
                    // At the end of a file they may be the beginning of a record that was cut.
                    let forgiven = task.format == Format::Arc
                        && extent.length <= TOLERATED_SURPLUS
                        && (frame == Frame::Member || !at_end);
                    stray(extent, forgiven, batch);
                }
                Err(Trouble::HeadCut { at }) => {
                    batch.damaged(at, true, "the bytes end inside the head of a record");
                    return Ok(false);
                }
                Err(Trouble::HeadTooLong { at }) => {
                    batch.damaged(at, true, "a record's head has no end");
                    archive.resync(head).or_else(stay)?;
                }
                Err(Trouble::Input(error)) => {
                    batch.damaged(archive.position(), true, format!("{error}; a record is lost"));
                    return Err(error);
                }
            }
        }
        Ok(true)
    }

    /// One record. False when the reader has lost its way and must look for the next head.
    fn record<R: BufRead>(
        &mut self,
        archive: &mut Archive<R>,
        bytes: &[u8],
        at: u64,
        frame: Frame,
        task: &Task<'_>,
        batch: &mut Batch,
    ) -> io::Result<bool> {
        let Some(head) = task.format.parse(bytes) else { return Ok(false) };
        let length = match (head.length, task.format, frame) {
            (Length::Known(length), ..) => length,
            // The end of the member tells.
            (Length::Unusable, Format::Arc, Frame::Member) => u64::MAX,
            (Length::Unusable, ..) => {
                batch.damaged(at, true, "a record without a usable length");
                return Ok(false);
            }
        };
        let opened = match is_wat(&head) {
            true => self.open_wat(archive, (head, bytes, length), frame, task),
            false => Ok(Open::new(head, bytes, head.kind.is_content(), None, task)),
        };
        let opened = opened.map(|open| open.gather(&mut self.raw, bytes, task));
        let outcome = opened.and_then(|mut open| {
            let rest = length - open.seen;
            let is_stream = frame == Frame::Stream;
            let whole = match rest {
                // Read already, and held as it has to be.
                0 if open.seen > 0 => true,
                _ => archive.block(rest, is_stream, |piece| open.update(piece))? || length == u64::MAX,
            };
            let closed = archive.close(is_stream, |piece| open.close(piece))?;
            Ok((open, whole, closed))
        });
        let (mut open, whole, closed) = match outcome {
            Ok(outcome) => outcome,
            Err(Trouble::Input(error)) => {
                let kind = head.kind;
                let what = format!("{error}, inside a {} record", kind.name());
                match kind.is_content() || kind == RecordType::Unknown || is_wat(&head) {
                    true => batch.damaged(at, true, what),
                    false => {
                        batch.problem(at, true, what);
                        batch.tally.other(kind);
                    }
                }
                return Err(error);
            }
            Err(_) => return Ok(false),
        };
        if !whole {
            let missing = length - open.seen;
            open.broken(batch, at, format!("the record ends {missing} bytes before its stated length"));
            return Ok(true);
        }
        // The block of an ARC file's first record ends in the line end that closes it.
        let closes_itself = head.kind == RecordType::ArcHeader;
        if frame == Frame::Stream && closed.at_end && !closed.complete && !closes_itself {
            open.broken(batch, at, "the file ends before the line ends that close the record".to_owned());
            return Ok(true);
        }
        if frame == Frame::Stream && !closed.at_end && !closed.complete && archive.rewind() {
            let what =
                "a record's stated length is wrong: other bytes follow than the line ends that close it";
            open.broken(batch, at, what.to_owned());
            return Ok(false);
        }
        open.doubtful = at < archive.doubtful_until();
        let surplus = !closed.at_end && !closed.complete;
        let extent = Extent { offset: at, length: closed.end - at };
        let (held, raw) = open.examine(&mut self.examiner, task);
        open.enter(batch, extent, surplus, held, raw.as_deref());
        self.raw = raw.unwrap_or_default();
        Ok(true)
    }

    /// A WAT record stands for another record, and only its block tells for which.
    fn open_wat<'h, R: BufRead>(
        &mut self,
        archive: &mut Archive<R>,
        (head, bytes, length): (Head<'h>, &[u8], u64),
        frame: Frame,
        task: &Task<'h>,
    ) -> Result<Open<'h>, Trouble> {
        let block = &mut self.block;
        block.clear();
        let held = length.min(LARGEST_BLOCK as u64);
        archive.block(held, frame == Frame::Stream, |piece| block.extend_from_slice(piece))?;
        let about = match length > held {
            true => Err(Unread::TooLarge),
            false => envelope(block).ok_or(Unread::UnreadableEnvelope),
        };
        let is_content = about.as_ref().map_or(true, |about| about.kind.is_content());
        // The record's own date is that of its making; rules with dates go by that of the capture.
        let captured = about.as_ref().ok().and_then(|about| about.date.clone());
        let mut open = Open::new(head, bytes, is_content, captured, task);
        if let Err(reason) = about {
            open.leave_unread(reason);
        }
        open.update(block);
        Ok(open)
    }
}

/// The input's error ends the walk; anything else was already told.
fn stay(trouble: Trouble) -> io::Result<()> {
    match trouble {
        Trouble::Input(error) => Err(error),
        _ => Ok(()),
    }
}

fn stray(extent: Extent, forgiven: bool, batch: &mut Batch) {
    if forgiven {
        batch.notes.push("records are longer than they state, as in Common Crawl's ARC files of 2012");
        return;
    }
    batch.tally.lost_bytes += extent.length;
    batch.problem(extent.offset, true, format!("{} bytes belong to no record", extent.length));
}
