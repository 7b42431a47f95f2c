//! Text without addresses, as in OSCAR 2019: a domain rule cannot apply, so documents are counted and called unread.
//! Where articles are looked for, [`super::documents`] examines the texts.
//!
//! The corpus exists in two forms: with a blank line between documents, and shuffled by line without any. The second
//! counts as one document of many lines, and the receipt says so.

use std::io::{self, BufRead};

use serde::{Deserialize, Serialize};

use super::batch::Batch;
use super::checkpoint::{Bytes, Standing};
use super::collector::Collector;
use super::documents::{self, Begun};
use super::judge::Judge;
use super::workplace::Workplace;
use crate::container::stream::Stream;
use crate::evidence::tally::{Outcome, Unread};
use crate::matching::articles::matcher::TextReader;

/// What is needed to examine a text.
pub struct TextTask<'r> {
    /// Judges addresses, of which there are none.
    pub judge: Judge<'r>,
    /// Copy the texts that are found.
    pub keep: bool,
    /// Who reads the texts, if they are examined.
    pub articles: Option<&'r dyn TextReader>,
}

/// Counts the documents of `stream`, examines them if articles are looked for, and gives it back. `standing` says where an
/// earlier process stopped.
///
/// # Errors
/// When results cannot be written.
pub fn scan(
    (mut stream, standing): (Stream, Option<Standing>),
    place: &Workplace<'_>,
    task: &TextTask<'_>,
    collector: &mut Collector<'_>,
) -> io::Result<Stream> {
    if let Some(matcher) = task.articles {
        let begun = match standing {
            Some(Standing::Text(begun)) => begun,
            _ => Begun::default(),
        };
        return documents::scan((stream, begun), matcher, place, task, collector);
    }
    let mut counter = match standing {
        Some(Standing::Count(counter)) => counter,
        _ => Counter::default(),
    };
    let mut received = 0;
    while !place.is_interrupted() {
        match stream.fill_buf() {
            Ok([]) => break,
            Ok(bytes) => {
                let count = bytes.len();
                counter.count(bytes);
                stream.consume(count);
            }
            Err(_) => match stream.take_gap() {
                Some(gap) => {
                    collector.gap(&gap);
                    collector.receipt.tally.content(Outcome::Damaged);
                }
                None => break,
            },
        }
        place.progress.read(stream.received() - received);
        received = stream.received();
        if collector.is_checkpoint_due(stream.offset())
            && let Some(state) = stream.state()
        {
            collector.checkpoint(Bytes::Decoded(Box::new(state)), Standing::Count(counter.clone()))?;
        }
    }
    collector.add(counter.finish(), 0)?;
    Ok(stream)
}

/// Counts of a text.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Counter {
    bytes: u64,
    line_ends: u64,
    text_lines: u64,
    documents: u64,
    blank_lines: u64,
    /// The current line holds something.
    in_line: bool,
    in_document: bool,
    ends_in_line: bool,
}

impl Counter {
    fn count(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        let mut rest = bytes;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            self.begin(&rest[..end]);
            self.end_line();
            rest = &rest[end + 1..];
        }
        self.begin(rest);
        self.ends_in_line = bytes.last().is_some_and(|byte| *byte != b'\n');
    }

    fn begin(&mut self, piece: &[u8]) {
        self.in_line |= !piece.trim_ascii().is_empty();
    }

    fn end_line(&mut self) {
        self.line_ends += 1;
        match self.in_line {
            true => {
                self.text_lines += 1;
                self.documents += u64::from(!self.in_document);
            }
            false => self.blank_lines += 1,
        }
        self.in_document = self.in_line;
        self.in_line = false;
    }

    fn finish(mut self) -> Batch {
        let mut batch = Batch::new(false);
        if self.ends_in_line {
            self.end_line();
            batch.notes.push("the last line has no line end");
        }
        let documents = self.documents;
        if self.blank_lines == 0 && self.text_lines > 1 {
            batch.notes.push("no blank line separates documents: all lines count as one");
        }
        batch.tally.lines = self.line_ends;
        batch.tally.text_bytes = self.bytes;
        batch.tally.records = documents;
        batch.tally.content = documents;
        batch.tally.unread.insert(Unread::NoAddresses, documents);
        batch.decoded = self.bytes;
        batch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str, step: usize) -> (u64, u64) {
        let mut counter = Counter::default();
        text.as_bytes().chunks(step).for_each(|piece| counter.count(piece));
        let batch = counter.finish();
        assert!(batch.tally.adds_up());
        (batch.tally.records, batch.tally.lines)
    }

    #[test]
    fn documents_are_separated_by_blank_lines() {
        for step in [1, 3, 100] {
            assert_eq!(count("a\nb\n\nc\n\n\nd\n", step), (3, 7));
            assert_eq!(count("a\nb\nc", step), (1, 3));
            assert_eq!(count("a\nb\n \nc", step), (2, 4));
            assert_eq!(count("", step), (0, 0));
        }
    }
}
