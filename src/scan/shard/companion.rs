//! The other file of an OSCAR 21.09 shard: texts stand in one, their addresses in another.

use std::io::{self, BufRead};
use std::path::Path;

use super::Shard;
use crate::container::feed::Feed;
use crate::container::stream::Stream;
use crate::evidence::receipt::Receipt;
use crate::record::RecordType;
use crate::record::fields::{FieldMap, Kind};
use crate::record::sniff::Shape;
use crate::scan::collector::Collector;
use crate::scan::open::Opened;
use crate::scan::pairs;
use crate::source::file;
use crate::source::location::Location;

impl Shard<'_> {
    /// The text file of this metadata file, if it is a shard of the run itself.
    pub(super) fn planned_text(&self) -> Option<Location> {
        let location = &self.shard.location;
        let beside = pairs::text_names(&location.file_name()).into_iter().map(|name| location.beside(&name));
        // A file that is planned and not there belongs to nobody on a disk, and has a receipt of its own on a server.
        let mut there = beside.filter(|text| text.path().is_none_or(Path::is_file));
        there.find(|text| self.place.planned.holds(text))
    }

    /// The metadata file of this text, opened, if there is one and it is one. On a server it is asked for, the name of a
    /// planned shard first.
    pub(super) fn metadata(&self, receipt: &mut Receipt) -> Option<(Location, Box<FieldMap>, Stream)> {
        let location = &self.shard.location;
        let names = pairs::metadata_names(&location.file_name());
        let mut beside: Vec<Location> = names.iter().map(|name| location.beside(name)).collect();
        if location.path().is_none() {
            beside.sort_by_key(|metadata| !self.place.planned.holds(metadata));
        }
        for metadata in beside {
            let source = match metadata.open_within(self.place.network, self.number) {
                Ok(source) => source,
                Err(refusal) if refusal.is_absent => continue,
                Err(refusal) => {
                    receipt.note(&format!("the metadata file {}: {}", metadata.file_name(), refusal.reason));
                    return None;
                }
            };
            let (opened, feed) = Opened::read(Feed::new(source.bytes, false), None).ok()?;
            let Shape::Lines(map) = opened.shape else { return None };
            if map.kind() != Kind::Companion {
                return None;
            }
            let stream = Stream::new(feed, opened.container).ok()?;
            return Some((metadata, map, stream));
        }
        None
    }

    /// A metadata file whose texts are another shard: its lines are counted, and examined with the texts.
    pub(super) fn only_counted(
        &self,
        feed: Feed,
        mut collector: Collector<'_>,
        stamp: file::Stamp,
        part: &Path,
    ) -> io::Result<Option<Receipt>> {
        let mut stream = Stream::new(feed, self.container)?;
        let mut counter = LineCounter::default();
        while !self.place.is_interrupted() {
            match stream.fill_buf() {
                Ok([]) => break,
                Ok(bytes) => {
                    counter.count(bytes);
                    let count = bytes.len();
                    stream.consume(count);
                }
                Err(_) => match stream.take_gap() {
                    Some(gap) => collector.gap(&gap),
                    None => break,
                },
            }
        }
        self.place.progress.read(stream.received());
        let (lines, metadata) = counter.finish();
        let tally = &mut collector.receipt.tally;
        tally.lines = lines;
        (0..metadata).for_each(|_| tally.other(RecordType::Metadata));
        self.end(stream.into_feed(), collector, stamp, part)
    }
}

/// Counts the lines of a file that comes in pieces.
#[derive(Default)]
struct LineCounter {
    lines: u64,
    /// Those that are not blank.
    metadata: u64,
    /// The current line has begun, and holds something.
    begun: bool,
    holds: bool,
}

impl LineCounter {
    fn count(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            self.begun = true;
            self.holds |= !piece.trim_ascii().is_empty();
            if piece.ends_with(b"\n") {
                self.end_line();
            }
        }
    }

    fn end_line(&mut self) {
        self.lines += u64::from(self.begun);
        self.metadata += u64::from(self.holds);
        (self.begun, self.holds) = (false, false);
    }

    /// Lines, and those that are not blank.
    fn finish(mut self) -> (u64, u64) {
        self.end_line();
        (self.lines, self.metadata)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_in_pieces_of_any_size() {
        for (file, expected) in [("a\nb\n", (2, 2)), ("a\n\n \nb", (4, 2)), ("a\n\n", (2, 1)), ("", (0, 0))] {
            for step in [1, 2, 100] {
                let mut counter = LineCounter::default();
                file.as_bytes().chunks(step).for_each(|piece| counter.count(piece));
                assert_eq!(counter.finish(), expected, "{file:?} in pieces of {step}");
            }
        }
    }
}
