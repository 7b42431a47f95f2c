//! OSCAR 21.09: texts in one file, their addresses in another, read in step.
//!
//! A metadata line says which lines of the text file are its document (`offset`, a count of lines, and `nb_sentences`).
//! The rows point at the text, since that is what the corpus contains. Texts that no metadata line claims are told as
//! problems wherever they stand (`unclaimed.rs`): nobody can say whose they are.

mod unclaimed;

use std::io::{self, BufRead};

use sha2::{Digest, Sha256};

use super::batch::Batch;
use super::collector::Collector;
use super::lines::{self, LineTask};
use super::texts::{self, Examined, Examiner};
use super::workplace::Workplace;
use crate::container::stream::Stream;
use crate::evidence::finding::Finding;
use crate::evidence::tally::{Outcome, Unread};
use crate::place::{Extent, Place};
use crate::record::LONGEST_LINE;
use crate::record::fields::LineRecord;

/// Documents that are gathered before they are written down.
const GATHERED: u64 = 1000;

/// Longest text of a document that is copied when records are kept, in bytes.
const LARGEST_COPY: usize = 64 * 1024 * 1024;

/// Reads the texts with their metadata and gives the text stream back.
///
/// # Errors
/// When results cannot be written.
pub fn scan(
    text: Stream,
    metadata: Stream,
    place: &Workplace<'_>,
    task: &LineTask<'_>,
    collector: &mut Collector<'_>,
) -> io::Result<Stream> {
    let text = TextLines { stream: text, line: 0, at: 0, over: false, lost: false };
    let mut metadata = MetadataLines { stream: metadata, line: Vec::new() };
    let (examiner, batch) = (Examiner::default(), Batch::new(task.census));
    let mut pair = Pair { text, place, task, collector, examiner, batch, received: 0 };
    while !place.is_interrupted() {
        match metadata.next() {
            Next::Line => pair.document(&metadata.line)?,
            Next::End => break,
            Next::TooLong => pair.batch.tally.content(Outcome::Unread(Unread::TooLarge)),
            Next::Gap(what) => pair.damaged(format!("the metadata file: {what}")),
        }
        pair.write_if_many()?;
    }
    pair.unclaimed_up_to(u64::MAX)?;
    pair.batch.tally.lines = pair.text.line;
    pair.batch.decoded = pair.text.at;
    pair.write()?;
    Ok(pair.text.stream)
}

/// The texts, and what was found in them and is not yet written.
struct Pair<'p, 's> {
    text: TextLines,
    place: &'p Workplace<'p>,
    task: &'p LineTask<'p>,
    collector: &'p mut Collector<'s>,
    examiner: Examiner,
    /// Its places count from the start of the text.
    batch: Batch,
    /// Stored bytes of the text that were told as progress.
    received: u64,
}

impl Pair<'_, '_> {
    fn write_if_many(&mut self) -> io::Result<()> {
        if self.batch.tally.records >= GATHERED { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> io::Result<()> {
        self.text.enter_gaps(self.collector);
        let batch = std::mem::replace(&mut self.batch, Batch::new(self.task.census));
        self.collector.add(batch, 0)?;
        let received = self.text.stream.received();
        self.place.progress.read(received - self.received);
        self.received = received;
        Ok(())
    }

    fn damaged(&mut self, what: impl Into<String>) {
        self.batch.damaged(self.text.at, true, what);
    }

    /// One document: its metadata line and its lines of text.
    fn document(&mut self, bytes: &[u8]) -> io::Result<()> {
        let task = self.task;
        let record = match task.map.read(bytes) {
            Ok(record) => record,
            Err(error) => {
                self.damaged(format!("the metadata line of the document: {error}"));
                return Ok(());
            }
        };
        let (Some(offset), Some(count)) = (record.offset, record.sentences) else {
            self.damaged("a metadata line without `offset` or `nb_sentences`");
            return Ok(());
        };
        if offset < self.text.line {
            self.damaged(format!("metadata and text are out of step: line {offset} was passed"));
            return Ok(());
        }
        self.unclaimed_up_to(offset)?;
        if self.text.over {
            self.damaged(format!("a metadata line points to line {offset}, and the text ends before it"));
        } else if count == 0 {
            self.damaged("a metadata line that claims no line of the text");
        } else {
            self.claimed(&record, count);
        }
        Ok(())
    }

    /// The lines that come next are the text of this record.
    fn claimed(&mut self, record: &LineRecord<'_>, count: u64) {
        let Pair { text, task, examiner, batch, .. } = self;
        let mut judgement = task.judge.judge(record.url.given(), record.date.as_deref());
        let found = judgement.outcome == Outcome::Found;
        let hashed = found || task.articles.is_some();
        let (start, first_line) = (text.at, text.line + 1);
        let mut hash = Sha256::new();
        let mut copy = (hashed && task.keep).then(Vec::new);
        let mut gathered = task.articles.map(|_| Vec::new());
        let mut length = 0;
        let whole = text.take(count, |piece| {
            length += piece.len() as u64;
            if hashed {
                hash.update(piece);
            }
            match &mut gathered {
                Some(bytes) if bytes.len() + piece.len() > LONGEST_LINE => gathered = None,
                Some(bytes) => bytes.extend_from_slice(piece),
                None => {}
            }
            match &mut copy {
                Some(kept) if kept.len() + piece.len() > LARGEST_COPY => copy = None,
                Some(kept) => kept.extend_from_slice(piece),
                None => {}
            }
        });
        if !whole {
            let what = "the text file ends before the document, or inside its last line";
            return batch.damaged(start, true, what);
        }
        let text: Examined = match (task.articles, gathered) {
            (None, _) => Ok(Vec::new()),
            (Some(_), None) => Err(Unread::TooLarge),
            (Some(matcher), Some(bytes)) => {
                Ok(examiner.plain(&String::from_utf8_lossy(&bytes), record.url.given(), matcher))
            }
        };
        judgement.outcome = texts::outcome(judgement.outcome, &text);
        judgement.enter(batch, length);
        if judgement.outcome == Outcome::Found {
            let place = Place::Line(Extent { offset: start, length }, first_line);
            let finding = lines::finding(record, judgement, text.unwrap_or_default(), task, place);
            batch.findings.push(Finding { sha256: Some(hash.finalize().into()), bytes: copy, ..finding });
        }
    }
}

/// The lines of the text file.
struct TextLines {
    stream: Stream,
    /// Lines passed.
    line: u64,
    /// Decoded bytes passed.
    at: u64,
    over: bool,
    /// Lines were lost in a gap: nobody can say which line comes next.
    lost: bool,
}

impl TextLines {
    /// Hands `count` lines to `sink`, with their line ends but for the last one. False when the file ends before, or
    /// inside the last of them: a line without its line end may have been cut.
    fn take(&mut self, count: u64, mut sink: impl FnMut(&[u8])) -> bool {
        if self.lost {
            return false;
        }
        for index in 0..count {
            let mut is_empty = true;
            loop {
                let bytes = match self.stream.fill_buf() {
                    Ok([]) => {
                        self.over = true;
                        self.line += u64::from(!is_empty);
                        return false;
                    }
                    Ok(bytes) => bytes,
                    // What is lost is told by the stream's gap. A later line must not pass for another document's.
                    Err(_) => {
                        self.lost = true;
                        return false;
                    }
                };
                is_empty = false;
                let end = memchr::memchr(b'\n', bytes);
                let used = end.map_or(bytes.len(), |end| end + 1);
                let is_last_end = end.is_some() && index + 1 == count;
                sink(&bytes[..used - usize::from(is_last_end)]);
                self.stream.consume(used);
                self.at += used as u64;
                if end.is_some() {
                    break;
                }
            }
            self.line += 1;
        }
        true
    }

    fn enter_gaps(&mut self, collector: &mut Collector<'_>) {
        if let Some(gap) = self.stream.take_gap() {
            collector.unverified(self.stream.checked(), self.at);
            collector.gap(&gap);
        }
    }
}

/// The lines of the metadata file.
struct MetadataLines {
    stream: Stream,
    line: Vec<u8>,
}

enum Next {
    Line,
    TooLong,
    Gap(String),
    End,
}

impl MetadataLines {
    fn next(&mut self) -> Next {
        self.line.clear();
        let mut too_long = false;
        loop {
            let bytes = match self.stream.fill_buf() {
                Ok([]) if too_long => return Next::TooLong,
                Ok([]) if self.line.is_empty() => return Next::End,
                Ok([]) => return Next::Line,
                Ok(bytes) => bytes,
                Err(error) => {
                    let what = self.stream.take_gap().map_or_else(|| error.to_string(), |gap| gap.what);
                    return Next::Gap(what);
                }
            };
            let end = memchr::memchr(b'\n', bytes);
            let used = end.map_or(bytes.len(), |end| end + 1);
            too_long |= self.line.len() + used > LONGEST_LINE;
            if !too_long {
                self.line.extend_from_slice(&bytes[..end.unwrap_or(used)]);
            }
            self.stream.consume(used);
            match end {
                None => {}
                Some(_) if too_long => return Next::TooLong,
                Some(_) if self.line.trim_ascii().is_empty() => self.line.clear(),
                Some(_) => return Next::Line,
            }
        }
    }
}

/// The name of the metadata file that belongs to a text file: `fr_part_1.txt.gz` has `fr_meta_part_1.jsonl.gz`.
pub fn metadata_names(text: &str) -> Vec<String> {
    let Some((stem, _)) = text.split_once(".txt") else { return Vec::new() };
    let stem = match stem.split_once("_part_") {
        Some((language, number)) => format!("{language}_meta_part_{number}"),
        None => format!("{stem}_meta"),
    };
    ["jsonl.gz", "jsonl", "jsonl.zst", "json.gz"].map(|ending| format!("{stem}.{ending}")).to_vec()
}

/// The name of the text file that a metadata file belongs to.
pub fn text_names(metadata: &str) -> Vec<String> {
    let Some((stem, _)) = metadata.split_once(".json") else { return Vec::new() };
    let Some(at) = stem.find("_meta") else { return Vec::new() };
    let stem = format!("{}{}", &stem[..at], &stem[at + "_meta".len()..]);
    ["txt.gz", "txt", "txt.zst"].map(|ending| format!("{stem}.{ending}")).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_files_of_a_part_name_each_other() {
        assert!(metadata_names("fr_part_1.txt.gz").contains(&"fr_meta_part_1.jsonl.gz".to_owned()));
        assert!(metadata_names("br.txt.gz").contains(&"br_meta.jsonl.gz".to_owned()));
        assert!(text_names("fr_meta_part_12.jsonl.gz").contains(&"fr_part_12.txt.gz".to_owned()));
        assert!(text_names("c4-train.json.gz").is_empty() && metadata_names("x.warc.gz").is_empty());
    }
}
