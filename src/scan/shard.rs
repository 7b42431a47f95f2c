//! One shard through all stages. It cannot fail: what went wrong is in the receipt.

use std::io::{self, BufRead};
use std::path::{Path, PathBuf};

use super::Wanted;
use super::collector::Collector;
use super::judge::Judge;
use super::lines::{self, LineTask};
use super::members::{self, Ended};
use super::open::{self, FirstRecord, Opened};
use super::text::{self, TextTask};
use super::worker::Task;
use super::workplace::{Options, Workplace};
use super::{pairs, streams, stretch};
use crate::container::Container;
use crate::container::feed::{Feed, is_of_source};
use crate::container::stream::Stream;
use crate::evidence::receipt::{Depth, Framing, Problem, Receipt};
use crate::evidence::records::Keeper;
use crate::record::archive::Format;
use crate::record::fields::{FieldMap, Kind};
use crate::record::sniff::Shape;
use crate::record::{RecordType, identity};
use crate::source::file;
use crate::source::plan::Shard as Planned;

/// Reads a shard and seals its part. `None` when the run was interrupted: there is no part then.
///
/// # Errors
/// Only when the results cannot be written.
pub fn scan(
    shard: &Planned,
    part: &Path,
    wanted: Wanted<'_>,
    options: &Options,
    place: &Workplace<'_>,
) -> io::Result<Option<Receipt>> {
    let Planned { name, path } = shard;
    let mut receipt = Receipt::new(identity::file_name(name), place.depth);
    // Until it says better itself, the shard is called what whoever asked for it called it.
    receipt.identity.shard.clone_from(name);
    let looked = file::open(path).map_err(|error| (format!("cannot be opened: {error}"), (0, 0)));
    let looked = looked.and_then(|(file, stamp)| {
        let opened = Opened::read(file, options.fields.as_ref()).map_err(|reason| (reason, stamp))?;
        // Read again from its start: what the first look consumed is part of the shard.
        let (file, _) = file::open(path).map_err(|error| (format!("cannot be opened: {error}"), stamp))?;
        Ok((opened, Feed::new(Box::new(file), options.shard_hash), stamp))
    });
    let (opened, feed, stamp) = match looked {
        Ok(looked) => looked,
        Err((reason, stamp)) => {
            let collector = Collector::new(path, part, receipt.fail(reason), None, false, place.progress)?;
            return collector.seal(stamp, part).map(Some);
        }
    };
    receipt.container = Some(opened.container);
    receipt.identity = options.name(open::name_of(name, &opened));
    let Opened { shape, container, mut first_record, .. } = opened;
    if options.keep && container == Container::Gzip && matches!(shape, Shape::Archive(Format::Arc)) {
        first_record.find_member(path)?;
    }
    let keeper = options.keep.then(|| Keeper::new(part));
    let collector = Collector::new(path, part, receipt, keeper, options.census, place.progress)?;
    let shard = Shard { shard, path, wanted, options, place, container, first_record };
    match shape {
        Shape::Archive(format) => shard.archive(format, feed, collector, stamp, part),
        Shape::Lines(map) => shard.lines(&map, feed, collector, stamp, part),
        Shape::Text => shard.text(feed, collector, stamp, part),
    }
}

/// A shard whose shape is known.
struct Shard<'s> {
    shard: &'s Planned,
    path: &'s Path,
    wanted: Wanted<'s>,
    options: &'s Options,
    place: &'s Workplace<'s>,
    container: Container,
    first_record: FirstRecord,
}

impl Shard<'_> {
    fn archive(
        &self,
        format: Format,
        mut feed: Feed,
        mut collector: Collector<'_>,
        stamp: file::Stamp,
        part: &Path,
    ) -> io::Result<Option<Receipt>> {
        collector.receipt.format = if format == Format::Warc { "warc" } else { "arc" }.to_owned();
        let release = collector.receipt.identity.release.clone();
        let judge = self.judge();
        let Options { census, keep, .. } = *self.options;
        let articles = self.wanted.texts;
        let task = Task { judge, census, keep, articles, release: &release, format };
        if format == Format::Arc && self.options.keep {
            collector.keep_first(&self.first_record)?;
        }
        if self.container != Container::Gzip {
            collector.receipt.framing = Some(Framing::Stream);
            let stream =
                streams::scan(Stream::new(feed, self.container)?, self.place, &task, &mut collector)?;
            return self.end(stream.into_feed(), collector, stamp, part);
        }
        match members::scan(&mut feed, self.place, &task, &mut collector) {
            Ok(Ended::Done) => {}
            Ok(Ended::Contradiction) => return self.again_in_full(part),
            Err(error) if is_of_source(&error) => {
                let record = collector.receipt.tally.records;
                let what = format!("the file could not be read on: {error}");
                collector.receipt.problem(Problem { at: feed.received(), decoded: false, record, what });
            }
            Err(error) => return Err(error),
        }
        let is_shared = collector.receipt.notes.iter().any(|note| note == stretch::SHARED);
        collector.receipt.framing = Some(if is_shared { Framing::Stream } else { Framing::MemberPerRecord });
        self.end(feed, collector, stamp, part)
    }

    /// Reads the shard once more, each member to its end.
    fn again_in_full(&self, part: &Path) -> io::Result<Option<Receipt>> {
        let place = Workplace { depth: Depth::Content, ..*self.place };
        scan(self.shard, part, self.wanted, self.options, &place)
    }

    fn lines(
        &self,
        map: &FieldMap,
        feed: Feed,
        mut collector: Collector<'_>,
        stamp: file::Stamp,
        part: &Path,
    ) -> io::Result<Option<Receipt>> {
        collector.receipt.format = map.name().to_owned();
        collector.receipt.framing = Some(Framing::Stream);
        let mut text_missing = false;
        if map.kind() == Kind::Companion {
            match self.beside(pairs::text_names).filter(|text| self.place.is_planned(text)) {
                Some(text) => {
                    collector.receipt.format = "oscar metadata".to_owned();
                    collector.receipt.note(&format!("read together with {}", file_name(&text)));
                    return self.only_counted(feed, collector, stamp, part);
                }
                None => text_missing = true,
            }
        }
        if text_missing {
            collector
                .receipt
                .note("the text file is not among the shards: addresses were examined, texts were not");
        }
        let language = collector.receipt.identity.language.clone();
        let task = self.line_task(map, &language, text_missing);
        let stream = lines::scan(Stream::new(feed, self.container)?, self.place, &task, &mut collector)?;
        self.end(stream.into_feed(), collector, stamp, part)
    }

    fn text(
        &self,
        feed: Feed,
        mut collector: Collector<'_>,
        stamp: file::Stamp,
        part: &Path,
    ) -> io::Result<Option<Receipt>> {
        collector.receipt.format = "text".to_owned();
        collector.receipt.framing = Some(Framing::Stream);
        let stream = Stream::new(feed, self.container)?;
        let stream = match self.metadata() {
            Some((path, map, metadata)) => {
                collector.receipt.format = "oscar with metadata".to_owned();
                collector.receipt.note(&format!("addresses from {}", file_name(&path)));
                let named = identity::of_lines(&self.shard.name, map.name(), map.release());
                collector.receipt.identity = self.options.name(named);
                let language = collector.receipt.identity.language.clone();
                let task = self.line_task(&map, &language, false);
                pairs::scan(stream, metadata, self.place, &task, &mut collector)?
            }
            None => {
                let task =
                    TextTask { judge: self.judge(), keep: self.options.keep, articles: self.wanted.texts };
                text::scan(stream, self.place, &task, &mut collector)?
            }
        };
        self.end(stream.into_feed(), collector, stamp, part)
    }

    fn line_task<'t>(&'t self, map: &'t FieldMap, language: &'t str, text_missing: bool) -> LineTask<'t> {
        let Options { census, keep, .. } = *self.options;
        let articles = self.wanted.texts;
        LineTask { judge: self.judge(), census, keep, articles, map, language, text_missing }
    }

    fn judge(&self) -> Judge<'_> {
        Judge::new(self.wanted.rules, self.options.census)
    }

    /// A file of the same folder under one of the names that `names` makes of this one.
    fn beside(&self, names: impl Fn(&str) -> Vec<String>) -> Option<PathBuf> {
        let name = self.path.file_name()?.to_string_lossy();
        names(&name).into_iter().map(|name| self.path.with_file_name(name)).find(|path| path.is_file())
    }

    /// The metadata file of this text, opened, if there is one and it is one.
    fn metadata(&self) -> Option<(PathBuf, Box<FieldMap>, Stream)> {
        let path = self.beside(pairs::metadata_names)?;
        let opened = Opened::read(file::open(&path).ok()?.0, None).ok()?;
        let Shape::Lines(map) = opened.shape else { return None };
        let (file, _) = file::open(&path).ok().filter(|_| map.kind() == Kind::Companion)?;
        let stream = Stream::new(Feed::new(Box::new(file), false), opened.container).ok()?;
        Some((path, map, stream))
    }

    /// A metadata file whose texts are another shard: its lines are counted, and examined with the texts.
    fn only_counted(
        &self,
        feed: Feed,
        mut collector: Collector<'_>,
        stamp: file::Stamp,
        part: &Path,
    ) -> io::Result<Option<Receipt>> {
        let mut stream = Stream::new(feed, self.container)?;
        let mut lines = 0;
        while !self.place.is_interrupted() {
            match stream.fill_buf() {
                Ok([]) => break,
                Ok(bytes) => {
                    lines += memchr::memchr_iter(b'\n', bytes).count() as u64;
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
        let tally = &mut collector.receipt.tally;
        tally.lines = lines;
        (0..lines).for_each(|_| tally.other(RecordType::Metadata));
        self.end(stream.into_feed(), collector, stamp, part)
    }

    /// Hashes what is left, concludes the receipt and seals the part.
    fn end(
        &self,
        feed: Feed,
        mut collector: Collector<'_>,
        stamp: file::Stamp,
        part: &Path,
    ) -> io::Result<Option<Receipt>> {
        if self.place.is_interrupted() {
            return Ok(None);
        }
        let (received, hash) = feed.finish();
        collector.receipt.received = received;
        match hash {
            Ok(Some(hash)) => collector.receipt.sha256 = Some(hash),
            Ok(None) => collector.receipt.no_sha256 = "left out on request (--shard-hash none)".to_owned(),
            Err(error) => {
                collector.receipt.no_sha256 = format!("not read whole: {error}");
                let record = collector.receipt.tally.records;
                let what = format!("the file could not be read to its end: {error}");
                collector.receipt.problem(Problem { at: received, decoded: false, record, what });
            }
        }
        if received < stamp.0 {
            let record = collector.receipt.tally.records;
            let what =
                format!("the file had {} bytes when it was opened and ended after {received}", stamp.0);
            collector.receipt.problem(Problem { at: received, decoded: false, record, what });
        }
        collector.receipt.conclude();
        collector.seal(stamp, part).map(Some)
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
