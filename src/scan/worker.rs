//! One record after the other out of decoded bytes: each becomes an outcome, a covered one a finding.

use std::io::{self, BufRead};

use sha2::{Digest, Sha256};

use super::batch::Batch;
use super::judge::{self, Judge, Judgement};
use super::texts::{self, Examined, Examiner};
use crate::evidence::finding::{Facts, Finding, Flag};
use crate::evidence::tally::{Outcome, Unread};
use crate::matching::articles::matcher::TextReader;
use crate::place::{Extent, Place};
use crate::record::archive::{Archive, Format, Trouble, is_wat};
use crate::record::http::BlockCheck;
use crate::record::warc::{Head, Length, text};
use crate::record::wat::envelope;
use crate::record::{LARGEST_BLOCK, RecordType};

/// Largest record of a stream that is copied when records are kept, in bytes.
const LARGEST_COPY: usize = 64 * 1024 * 1024;

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

/// A record whose head was read and whose block is being looked at.
struct Open<'h> {
    head: Head<'h>,
    /// `None` for a record that carries no content.
    judgement: Option<Judgement>,
    /// Bytes of the block seen so far.
    seen: u64,
    check: Option<BlockCheck>,
    hash: Option<Sha256>,
    copy: Option<Vec<u8>>,
    /// All of the record, where its text is examined, and where in it the block begins. Emptied when it grows too large.
    raw: Option<(Vec<u8>, usize)>,
    block_start: usize,
    release: &'h str,
    keep: bool,
    /// Found inside the block of a record whose length proved wrong.
    doubtful: bool,
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
            true => self.open_wat(archive, head, bytes, length, task),
            false => Ok(Open::new(head, bytes, head.kind.is_content(), None, task)),
        };
        let opened = opened.map(|open| open.gather(&mut self.raw, bytes, task));
        let outcome = opened.and_then(|mut open| {
            let rest = length - open.seen;
            let is_stream = frame == Frame::Stream;
            let whole = archive.block(rest, is_stream, |piece| open.update(piece))? || length == u64::MAX;
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
        if frame == Frame::Stream
            && !closed.at_end
            && !closed.complete
            && task.format == Format::Warc
            && archive.rewind()
        {
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
        head: Head<'h>,
        bytes: &[u8],
        length: u64,
        task: &Task<'h>,
    ) -> Result<Open<'h>, Trouble> {
        let block = &mut self.block;
        block.clear();
        let held = length.min(LARGEST_BLOCK as u64);
        archive.block(held, false, |piece| block.extend_from_slice(piece))?;
        let about = match length > held {
            true => Err(Unread::TooLarge),
            false => envelope(block).ok_or(Unread::UnreadableEnvelope),
        };
        let is_content = about.as_ref().map_or(true, |about| about.kind.is_content());
        // The record's own date is that of its making; rules with dates go by that of the capture.
        let captured = about.as_ref().ok().and_then(|about| about.date.clone());
        let mut open = Open::new(head, bytes, is_content, captured, task);
        if let Err(reason) = about {
            open.judgement = Some(Judgement::unread(reason));
            open.check = None;
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

impl<'h> Open<'h> {
    /// Opens the record with this head, which stands as `bytes` in the archive.
    /// `captured` is the date of the capture, where another one than the head's.
    fn new(
        head: Head<'h>,
        bytes: &[u8],
        is_content: bool,
        captured: Option<String>,
        task: &Task<'h>,
    ) -> Open<'h> {
        let judgement = is_content.then(|| {
            let (url, date) = (head.target.map(text), head.date.map(text));
            task.judge.judge(url.as_deref(), captured.as_deref().or(date.as_deref()))
        });
        let found = judgement.as_ref().is_some_and(|judgement| judgement.outcome == Outcome::Found);
        let mut open = Open {
            judgement,
            seen: 0,
            check: found.then(|| BlockCheck::new(&head, task.release)),
            hash: found.then(Sha256::new),
            copy: (found && task.keep).then(Vec::new),
            raw: None,
            block_start: bytes.len(),
            release: task.release,
            keep: task.keep,
            doubtful: false,
            head,
        };
        open.close(bytes);
        open
    }

    /// Gathers the bytes of a record whose text will be examined, in a buffer that is used again.
    fn gather(mut self, buffer: &mut Vec<u8>, head: &[u8], task: &Task<'_>) -> Open<'h> {
        if task.articles.is_some() && self.judgement.is_some() && self.seen == 0 {
            let mut raw = std::mem::take(buffer);
            raw.clear();
            raw.extend_from_slice(head);
            self.raw = Some((raw, head.len()));
        }
        self
    }

    /// Examines the text. Gives the gathered bytes back.
    fn examine(&mut self, examiner: &mut Examiner, task: &Task<'_>) -> (Examined, Option<Vec<u8>>) {
        let Some(matcher) = task.articles else { return (Ok(Vec::new()), None) };
        let Some((raw, block)) = self.raw.take() else { return (Err(Unread::NoText), None) };
        let end = block + self.seen as usize;
        match raw.get(block..end) {
            Some(block) => (examiner.block(&self.head, block, matcher), Some(raw)),
            None => (Err(Unread::TooLarge), Some(raw)),
        }
    }

    /// Takes bytes of the block.
    fn update(&mut self, piece: &[u8]) {
        self.seen += piece.len() as u64;
        if let Some(check) = &mut self.check {
            check.update(piece);
        }
        self.close(piece);
    }

    /// Takes bytes of the record outside its block.
    fn close(&mut self, piece: &[u8]) {
        if let Some(hash) = &mut self.hash {
            hash.update(piece);
        }
        match &mut self.raw {
            // What is missing shows: the block is then longer than what was gathered.
            Some((raw, block)) if raw.len() + piece.len() > *block + LARGEST_BLOCK => raw.truncate(*block),
            Some((raw, _)) => raw.extend_from_slice(piece),
            None => {}
        }
        match &mut self.copy {
            Some(copy) if copy.len() + piece.len() > LARGEST_COPY => self.copy = None,
            Some(copy) => copy.extend_from_slice(piece),
            None => {}
        }
    }

    /// The record is not whole.
    fn broken(self, batch: &mut Batch, at: u64, what: String) {
        match self.judgement {
            Some(_) => batch.damaged(at, true, what),
            None => {
                batch.problem(at, true, what);
                batch.tally.other(self.head.kind);
            }
        }
    }

    /// The record is whole: it enters the batch. `raw` are its bytes, where they were gathered.
    fn enter(self, batch: &mut Batch, extent: Extent, surplus: bool, examined: Examined, raw: Option<&[u8]>) {
        let Some(mut judgement) = self.judgement else { return batch.tally.other(self.head.kind) };
        let text_bytes = if self.head.kind == RecordType::Conversion { self.seen } else { 0 };
        judgement.outcome = texts::outcome(judgement.outcome, &examined);
        judgement.enter(batch, text_bytes);
        if judgement.outcome != Outcome::Found {
            return;
        }
        let articles = examined.unwrap_or_default();
        // A record that was found by its text alone was not hashed on its way.
        let (check, hash, copy) = match (self.check, raw) {
            (Some(check), _) => (check, self.hash, self.copy),
            (None, Some(raw)) => {
                let mut check = BlockCheck::new(&self.head, self.release);
                let block =
                    raw.len().min(self.block_start)..raw.len().min(self.block_start + self.seen as usize);
                check.update(&raw[block]);
                (check, Some(Sha256::new().chain_update(raw)), self.keep.then(|| raw.to_vec()))
            }
            (None, None) => return,
        };
        let checked = check.finish();
        let head = &self.head;
        let mut flags = vec![Flag::DecodedPlace];
        let signs = [
            (Flag::Truncated, head.truncated.is_some()),
            (Flag::UnreadableDate, head.date.is_some() && judgement.date.is_none()),
            (Flag::Revisit, head.kind == RecordType::Revisit),
            (Flag::SurplusBytes, surplus),
            (Flag::Doubtful, self.doubtful),
        ];
        flags.extend(signs.into_iter().filter_map(|(flag, is_set)| is_set.then_some(flag)));
        batch.tally.digest(checked.digest);
        let host = match judgement.host.is_empty() {
            true => head.target.map_or_else(String::new, |target| judge::host(&text(target))),
            false => judgement.host,
        };
        batch.findings.push(Finding {
            place: Place::Decoded(extent),
            sha256: hash.map(|hash| hash.finalize().into()),
            facts: Facts::of_record(head, checked, host, flags),
            reasons: judgement.reasons,
            articles,
            bytes: copy,
        });
    }
}
