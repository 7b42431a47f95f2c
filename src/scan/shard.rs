//! One shard through all stages. It cannot fail: what went wrong is in the receipt.

use std::io::{self, BufRead};
use std::path::Path;

use super::Wanted;
use super::checkpoint::{self, Points, Resumed};
use super::collector::Collector;
use super::judge::Judge;
use super::lines::{self, LineTask};
use super::members::{self, Ended, Suspects};
use super::open::{self, FirstRecord, Opened};
use super::text::{self, TextTask};
use super::worker::Task;
use super::workplace::{Options, Workplace};
use super::{pairs, streams, stretch};
use crate::container::Container;
use crate::container::feed::{Feed, is_of_source};
use crate::container::stream::Stream;
use crate::escape::printable;
use crate::evidence::receipt::{Depth, Framing, Problem, Receipt};
use crate::evidence::records::Keeper;
use crate::record::archive::Format;
use crate::record::fields::{FieldMap, Kind};
use crate::record::sniff::Shape;
use crate::record::{RecordType, identity};
use crate::source::file;
use crate::source::location::{Again, Location, Source};
use crate::source::plan::Shard as Planned;

/// Reads a shard and seals its part. `None` when the run was interrupted: there is no part then.
///
/// # Errors
/// Only when the results cannot be written.
pub fn scan(
    (number, shard): (usize, &Planned),
    part: &Path,
    wanted: Wanted<'_>,
    options: &Options,
    place: &Workplace<'_>,
) -> io::Result<Option<Receipt>> {
    if let Some(resumed) = checkpoint::open(part, number, shard, place) {
        let Resumed { checkpoint, feed, suspects, again, stamp, format } = resumed;
        let place = Workplace { depth: checkpoint.receipt.depth, ..*place };
        if let Some(collector) = Collector::resume(again.clone(), part, checkpoint, &place)? {
            let container = Container::Gzip;
            let first_record = FirstRecord::default();
            let place = &place;
            let shard = Shard { number, shard, again, wanted, options, place, container, first_record };
            return shard.archive(format, (feed, suspects), collector, stamp, part);
        }
    }
    checkpoint::forget(part)?;
    let Planned { name, location } = shard;
    let mut receipt = Receipt::new(identity::file_name(name), place.depth);
    // Until it says better itself, the shard is called what whoever asked for it called it.
    receipt.identity.shard.clone_from(name);
    let (stamp, looked) = match location.open(place.network, number) {
        Err(refusal) => ((0, 0), Err(refusal.reason)),
        Ok(source) => (source.stamp, look(source, options)),
    };
    let (opened, feed, again) = match looked {
        Ok(looked) => looked,
        Err(_) if place.is_interrupted() => return Ok(None),
        Err(reason) => {
            let collector = Collector::new(None, part, receipt.fail(reason), None, false, place)?;
            return collector.seal(stamp, part).map(Some);
        }
    };
    receipt.container = Some(opened.container);
    receipt.identity = options.name(open::name_of(name, &opened));
    let Opened { shape, container, mut first_record, .. } = opened;
    if options.keep && container == Container::Gzip && matches!(shape, Shape::Archive(Format::Arc)) {
        first_record.find_member(feed.visible());
    }
    if !again.encoding().is_empty() {
        receipt.note(&format!(
            "the server named the encoding {} for the bytes; they were taken as they came",
            printable(&again.encoding())
        ));
    }
    let keeper = options.keep.then(|| Keeper::new(part));
    let collector = Collector::new(Some(again.clone()), part, receipt, keeper, options.census, place)?;
    let shard = Shard { number, shard, again, wanted, options, place, container, first_record };
    match shape {
        Shape::Archive(format) => shard.archive(format, (feed, Suspects::default()), collector, stamp, part),
        Shape::Lines(map) => shard.lines(&map, feed, collector, stamp, part),
        Shape::Text => shard.text(feed, collector, stamp, part),
    }
}

/// The first look at a shard that was opened.
fn look(source: Source, options: &Options) -> Result<(Opened, Feed, Again), String> {
    let Source { bytes, again, .. } = source;
    let page = "the server called it a page (text/html): an HTML page was served in place of the shard";
    match Opened::read(Feed::new(bytes, options.shard_hash), options.fields.as_ref()) {
        // A page that is no page for its first bytes could pass for lines of text.
        Ok((Opened { shape: Shape::Text, .. }, _)) if again.is_page() => Err(page.to_owned()),
        Ok((opened, feed)) => Ok((opened, feed, again)),
        Err(reason) if again.is_page() => Err(format!("{reason}; {page}")),
        Err(reason) => Err(reason),
    }
}

/// A shard whose shape is known.
struct Shard<'s> {
    number: usize,
    shard: &'s Planned,
    again: Again,
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
        (mut feed, suspects): (Feed, Suspects),
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
        collector.write_points(Points::new(part, self.options, stamp, &self.again, format));
        match members::scan(&mut feed, self.place, &task, suspects, &mut collector) {
            Ok(Ended::Done) => {}
            Ok(Ended::Contradiction) => return self.again_in_full(part),
            // The end says why.
            Err(error) if is_of_source(&error) && feed.failure().is_some() => {}
            Err(error) if is_of_source(&error) => {
                let record = collector.receipt.tally.records;
                let what = format!("a part of the file could not be read again: {error}");
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
        checkpoint::forget(part)?;
        let place = Workplace { depth: Depth::Content, ..*self.place };
        scan((self.number, self.shard), part, self.wanted, self.options, &place)
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
            match self.planned_text() {
                Some(text) => {
                    collector.receipt.format = "oscar metadata".to_owned();
                    collector.receipt.note(&format!("read together with {}", text.file_name()));
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
        let stream = match self.metadata(&mut collector.receipt) {
            Some((location, map, metadata)) => {
                collector.receipt.format = "oscar with metadata".to_owned();
                collector.receipt.note(&format!("addresses from {}", location.file_name()));
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

    /// The text file of this metadata file, if it is a shard of the run itself.
    fn planned_text(&self) -> Option<Location> {
        let location = &self.shard.location;
        let beside = pairs::text_names(&location.file_name()).into_iter().map(|name| location.beside(&name));
        // A file that is planned and not there belongs to nobody on a disk, and has a receipt of its own on a server.
        let mut there = beside.filter(|text| text.path().is_none_or(Path::is_file));
        there.find(|text| self.place.is_planned(text))
    }

    /// The metadata file of this text, opened, if there is one and it is one. On a server it is asked for, the name of a
    /// planned shard first.
    fn metadata(&self, receipt: &mut Receipt) -> Option<(Location, Box<FieldMap>, Stream)> {
        let location = &self.shard.location;
        let names = pairs::metadata_names(&location.file_name());
        let mut beside: Vec<Location> = names.iter().map(|name| location.beside(name)).collect();
        if location.path().is_none() {
            beside.sort_by_key(|metadata| !self.place.is_planned(metadata));
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
        collector.receipt.promised = self.again.promised();
        match hash {
            Ok(Some(hash)) => collector.receipt.sha256 = Some(hash),
            Ok(None) => collector.receipt.no_sha256 = "left out on request (--shard-hash none)".to_owned(),
            Err(error) => {
                collector.receipt.no_sha256 = format!("not read whole: {error}");
                collector.receipt.interruption = format!("the file could not be read to its end: {error}");
                let record = collector.receipt.tally.records;
                let what = collector.receipt.interruption.clone();
                collector.receipt.problem(Problem { at: received, decoded: false, record, what });
            }
        }
        if !self.again.end_shows() && collector.receipt.interruption.is_empty() {
            let record = collector.receipt.tally.records;
            let what =
                "the server neither promised a length nor marked the end: a cut would not show".to_owned();
            collector.receipt.problem(Problem { at: received, decoded: false, record, what });
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
