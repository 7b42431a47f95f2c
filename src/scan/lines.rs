//! Shards of JSON lines: while one window of lines is examined by several workers, the next one is decoded.

use std::io::{self, BufRead};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::batch::Batch;
use super::checkpoint::{Bytes, Standing};
use super::collector::Collector;
use super::judge::{self, Judge, Judgement};
use super::pool::{Lent, Pool};
use super::texts::{self, Examined, Examiner};
use super::workplace::Workplace;
use crate::container::stream::{Gap, Stream};
use crate::evidence::finding::{Facts, Finding, Flag, Whence};
use crate::evidence::tally::{Outcome, Unread};
use crate::matching::articles::matcher::{Held, TextReader};
use crate::place::{Extent, Place};
use crate::record::digest::DigestCheck;
use crate::record::fields::{FieldMap, LineRecord};
use crate::record::{LONGEST_LINE, RecordType};

/// Decoded bytes of a stretch, about.
const STRETCH: usize = 256 * 1024;

/// What a receipt notes of a file that ends without a line end.
const OPEN: &str = "the last line has no line end";

/// What is needed to examine a line.
#[derive(Clone, Copy)]
pub struct LineTask<'r> {
    /// Judges addresses.
    pub judge: Judge<'r>,
    /// Count hosts.
    pub census: bool,
    /// Copy the lines that are found.
    pub keep: bool,
    /// Who reads the texts, if they are examined.
    pub articles: Option<&'r dyn TextReader>,
    /// Where the fields stand.
    pub map: &'r FieldMap,
    /// The language that the file's name states.
    pub language: &'r str,
    /// The lines describe texts whose file is not at hand.
    pub text_missing: bool,
}

/// Decoded lines, and what ended the window.
#[derive(Default)]
struct Window {
    bytes: Vec<u8>,
    /// The line that begins behind the last line end is not in the window whole.
    ended: Ended,
}

#[derive(Default)]
enum Ended {
    /// The window is full.
    #[default]
    Full,
    /// Stored bytes could not be decoded; a line that had begun is broken. So many bytes of it were passed over, since it
    /// was too long to be held.
    Gap(Gap, u64),
    /// The line that has begun is too long to be held. It was passed over.
    LongLine(LongLine),
    /// The file.
    File,
}

/// A line that was not held.
#[derive(Clone, Copy)]
struct LongLine {
    /// Bytes without its line end.
    length: u64,
    /// The file ends with it, without a line end.
    is_open: bool,
}

/// Reads all lines of `stream` and gives it back. The first one begins with the bytes `begun`.
///
/// # Errors
/// When results cannot be written. An error of the source is a gap of the shard.
pub fn scan(
    (mut stream, begun): (Stream, Vec<u8>),
    place: &Workplace<'_>,
    task: &LineTask<'_>,
    collector: &mut Collector<'_>,
) -> io::Result<Stream> {
    let mut window = Window { bytes: begun, ended: Ended::Full };
    // The bytes of the window before, whose memory is used again.
    let mut spare = Vec::new();
    let mut own = Examiner::default();
    let examiners = Pool::default();
    window.fill(&mut stream, place.window);
    let mut received = 0;
    while !place.is_interrupted() {
        let lines = window.lines();
        let mut next = Window { bytes: std::mem::take(&mut spare), ended: Ended::Full };
        next.bytes.clear();
        next.bytes.extend_from_slice(&window.bytes[lines..]);
        let is_full = matches!(window.ended, Ended::Full);
        // A checkpoint holds what was decoded and not examined, so then nothing is decoded ahead.
        let due = is_full && collector.is_checkpoint_due(stream.offset()) && stream.can_be_left();
        let ahead = is_full && !due;
        let work = || -> Vec<Batch> {
            let stretches = stretches(&window.bytes[..lines]);
            match stretches.len() {
                0 | 1 => stretches.into_iter().map(|bytes| examine(bytes, task, &mut own)).collect(),
                _ => {
                    let examine = |lent: &mut Lent<'_, _>, bytes| examine(bytes, task, lent.tool());
                    stretches.into_par_iter().map_init(|| examiners.lend(), examine).collect()
                }
            }
        };
        let read_on = || {
            next.fill(&mut stream, place.window);
        };
        let batches = match ahead {
            true => place.pool.install(|| rayon::join(work, read_on)).0,
            false => place.pool.install(work),
        };
        for batch in batches {
            let base = collector.decoded();
            collector.add(batch, base)?;
        }
        place.progress.read(stream.received() - received);
        received = stream.received();
        let ended = std::mem::take(&mut window.ended);
        match ended {
            Ended::Full if due => {
                if let Some(state) = stream.state() {
                    let standing = Standing::Line(next.bytes.clone());
                    collector.checkpoint(Bytes::Decoded(Box::new(state)), standing)?;
                }
                next.fill(&mut stream, place.window);
            }
            Ended::Full => {}
            Ended::File => return last(&window.bytes[lines..], stream, task, collector),
            Ended::LongLine(line) => {
                next.bytes.clear();
                collector.add(line.batch(task), collector.decoded())?;
                next.fill(&mut stream, place.window);
            }
            Ended::Gap(gap, passed) => {
                let begun = next.bytes.len() as u64 + passed;
                collector.add(broken_line(begun, &gap), collector.decoded())?;
                collector.unverified(stream.checked(), collector.decoded());
                collector.gap(&gap);
                next.bytes.clear();
                next.fill(&mut stream, place.window);
            }
        }
        spare = std::mem::replace(&mut window, next).bytes;
    }
    Ok(stream)
}

impl Window {
    /// Bytes up to and with the last line end; all of them where the file ends.
    fn lines(&self) -> usize {
        memchr::memrchr(b'\n', &self.bytes).map_or(0, |at| at + 1)
    }

    /// Decodes until the window is full.
    fn fill(&mut self, stream: &mut Stream, size: usize) {
        loop {
            if self.bytes.len() >= size {
                match self.bytes.len() - self.lines() > LONGEST_LINE {
                    true => return self.pass_over(stream),
                    false if self.lines() > 0 => return,
                    false => {}
                }
            }
            match stream.append(&mut self.bytes) {
                Ok(0) => {
                    self.ended = Ended::File;
                    return;
                }
                Ok(_) => {}
                Err(_) => return self.end_in_gap(stream, 0),
            }
        }
    }

    /// Reads to the end of a line that is too long, without holding it.
    fn pass_over(&mut self, stream: &mut Stream) {
        let start = self.lines();
        let mut length = (self.bytes.len() - start) as u64;
        self.bytes.truncate(start);
        let is_open = loop {
            match stream.fill_buf() {
                Ok([]) => break true,
                Ok(bytes) => {
                    let end = memchr::memchr(b'\n', bytes);
                    let count = end.unwrap_or(bytes.len());
                    length += count as u64;
                    stream.consume(end.map_or(count, |end| end + 1));
                    if end.is_some() {
                        break false;
                    }
                }
                Err(_) => return self.end_in_gap(stream, length),
            }
        };
        self.ended = Ended::LongLine(LongLine { length, is_open });
    }

    /// `passed`: bytes of the line under way that are not held.
    fn end_in_gap(&mut self, stream: &mut Stream, passed: u64) {
        if let Some(gap) = stream.take_gap() {
            self.ended = Ended::Gap(gap, passed);
        }
    }
}

fn stretches(bytes: &[u8]) -> Vec<&[u8]> {
    let mut stretches = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let from = STRETCH.min(rest.len());
        let end = memchr::memchr(b'\n', &rest[from..]).map_or(rest.len(), |at| from + at + 1);
        let (stretch, behind) = rest.split_at(end);
        stretches.push(stretch);
        rest = behind;
    }
    stretches
}

/// Examines the lines of a stretch, each of which has its line end.
fn examine(bytes: &[u8], task: &LineTask<'_>, examiner: &mut Examiner) -> Batch {
    let mut batch = Batch::new(task.census);
    let mut at = 0;
    for end in memchr::memchr_iter(b'\n', bytes) {
        batch.tally.lines += 1;
        line(&bytes[at..end], at as u64, task, examiner, &mut batch);
        at = end + 1;
    }
    batch.decoded = bytes.len() as u64;
    batch
}

fn line(bytes: &[u8], at: u64, task: &LineTask<'_>, examiner: &mut Examiner, batch: &mut Batch) {
    // Whether a line of this length is held depends on where windows end, and so on the framing; what becomes of it must not.
    if bytes.len() > LONGEST_LINE {
        return too_long(bytes.len() as u64, at, batch);
    }
    if bytes.trim_ascii().is_empty() {
        return;
    }
    let record = match task.map.read(bytes) {
        Ok(record) => record,
        Err(error) => {
            batch.line_problem(at, error.to_string());
            return batch.tally.content(Outcome::Damaged);
        }
    };
    let mut judgement = match task.map.addresses() {
        true => task.judge.judge(record.url.given(), record.date.as_deref()),
        false => task.judge.without_address(),
    };
    let text: Examined = match (task.articles, &record.text) {
        (None, _) => Ok(Vec::new()),
        (Some(matcher), Some(text)) => Ok(examiner.json(text, record.url.given(), matcher)),
        (Some(_), None) => Err(Unread::NoText),
    };
    judgement.outcome = texts::outcome(judgement.outcome, &text);
    let text_bytes = record.text.map_or(0, |text| text.decoded_len() as u64);
    judgement.enter(batch, text_bytes);
    if judgement.outcome == Outcome::Found {
        let extent = Extent { offset: at, length: bytes.len() as u64 };
        let place = Place::Line(extent, batch.tally.lines);
        batch.findings.push(Finding {
            place,
            sha256: Some(Sha256::digest(bytes).into()),
            bytes: task.keep.then(|| bytes.to_vec()),
            ..finding(&record, judgement, text.unwrap_or_default(), task, place)
        });
    }
}

/// What a line says about its document.
pub fn finding(
    record: &LineRecord<'_>,
    judgement: Judgement,
    articles: Vec<(Whence, Held)>,
    task: &LineTask<'_>,
    place: Place,
) -> Finding {
    let owned =
        |field: &Option<std::borrow::Cow<'_, str>>| field.as_ref().map(|text| text.clone().into_owned());
    let mut flags = Vec::new();
    if record.date.is_some() && judgement.date.is_none() {
        flags.push(Flag::UnreadableDate);
    }
    if task.text_missing {
        flags.push(Flag::TextNotAtHand);
    }
    let named = (!task.language.is_empty()).then(|| task.language.to_owned());
    let facts = Facts {
        kind: RecordType::Document,
        id: owned(&record.id),
        refers_to: owned(&record.refers_to),
        url: record.url.given().unwrap_or_default().to_owned(),
        host: match judgement.host.is_empty() {
            true => record.url.given().map_or_else(String::new, judge::host),
            false => judgement.host,
        },
        date: owned(&record.date),
        status: None,
        mime: owned(&record.mime),
        language: owned(&record.language).or(named),
        truncated: None,
        digest: owned(&record.digest),
        // What a line repeats of its capture's digest does not describe the line's own text.
        digest_check: DigestCheck::None,
        flags,
    };
    Finding { place, sha256: None, facts, reasons: judgement.reasons, articles, bytes: None }
}

/// The last line, which has no line end.
fn last(
    bytes: &[u8],
    stream: Stream,
    task: &LineTask<'_>,
    collector: &mut Collector<'_>,
) -> io::Result<Stream> {
    if !bytes.is_empty() {
        let mut batch = Batch::new(task.census);
        batch.tally.lines = 1;
        line(bytes, 0, task, &mut Examiner::default(), &mut batch);
        batch.decoded = bytes.len() as u64;
        batch.notes.push(OPEN);
        collector.add(batch, collector.decoded())?;
    }
    Ok(stream)
}

impl LongLine {
    fn batch(self, task: &LineTask<'_>) -> Batch {
        let mut batch = Batch::new(task.census);
        batch.tally.lines = 1;
        too_long(self.length, 0, &mut batch);
        batch.decoded = self.length + u64::from(!self.is_open);
        batch.notes.extend(self.is_open.then_some(OPEN));
        batch
    }
}

fn too_long(length: u64, at: u64, batch: &mut Batch) {
    batch.line_problem(at, format!("a line of {length} bytes is too long to be examined"));
    batch.tally.content(Outcome::Unread(Unread::TooLarge));
}

/// The line that had begun, with so many bytes, where stored bytes could not be decoded.
fn broken_line(begun: u64, gap: &Gap) -> Batch {
    let mut batch = Batch::new(false);
    batch.tally.lines = 1;
    batch.line_problem(0, format!("broken: {}", gap.what));
    batch.tally.content(Outcome::Damaged);
    batch.decoded = begun;
    batch
}
