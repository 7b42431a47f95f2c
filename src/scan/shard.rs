//! One shard through all stages. It cannot fail: what went wrong is in the receipt.

mod companion;

use std::io;
use std::path::Path;

use super::Wanted;
use super::checkpoint::{self, Points, Records, Rest, Resumed, Standing};
use super::collector::Collector;
use super::judge::Judge;
use super::lines::{self, LineTask};
use super::members::{self, Ended};
use super::open::{self, Opened};
use super::suspects::Suspects;
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
use crate::record::fields::{self, FieldMap, Kind};
use crate::record::identity;
use crate::record::sniff::Shape;
use crate::source::file;
use crate::source::location::{Again, Source};
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
        let place = Workplace { depth: resumed.results.receipt.depth, ..*place };
        let container = resumed.results.receipt.container.unwrap_or(Container::Plain);
        let again = resumed.again.clone();
        let shard = Shard { number, shard, again, wanted, options, place: &place, container };
        if let Some(ended) = shard.go_on(resumed, part) {
            return ended;
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
    if let Some(note) = coded(&again) {
        receipt.note(&note);
    }
    let keeper = options.keep.then(|| Keeper::new(part));
    let mut collector = Collector::new(Some(again.clone()), part, receipt, keeper, options.census, place)?;
    if matches!(shape, Shape::Archive(Format::Arc)) {
        collector.keep_first(&first_record)?;
    }
    let shard = Shard { number, shard, again, wanted, options, place, container };
    match shape {
        Shape::Archive(format) if container == Container::Gzip => {
            shard.members(format, (feed, Suspects::default()), collector, stamp, part)
        }
        Shape::Archive(format) => {
            shard.records(format, (Stream::new(feed, container)?, (0, 0)), collector, stamp, part)
        }
        Shape::Lines(map) => shard.lines(&map, feed, collector, stamp, part),
        Shape::Text => shard.text(feed, collector, stamp, part),
    }
}

/// The first look at a shard that was opened.
fn look(source: Source, options: &Options) -> Result<(Opened, Feed, Again), String> {
    let Source { bytes, again, .. } = source;
    let page = "the server called it a page (text/html): an HTML page was served in place of the shard";
    let feed = Feed::new(bytes, options.shard_hash).that_may_wait(again.is_of_server());
    match Opened::read(feed, options.fields.as_ref()) {
        // A page that is no page for its first bytes could pass for lines of text.
        Ok((Opened { shape: Shape::Text, .. }, _)) if again.is_page() => Err(page.to_owned()),
        Ok((opened, feed)) => Ok((opened, feed, again)),
        Err(reason) if again.is_page() => Err(format!("{reason}; {page}")),
        Err(reason) => Err(match coded(&again) {
            Some(note) => format!("{reason}; {note}"),
            None => reason,
        }),
    }
}

/// What is to be known of an encoding that nobody asked for.
fn coded(again: &Again) -> Option<String> {
    let encoding = again.encoding();
    let note = "for the bytes; they were taken as they came";
    (!encoding.is_empty()).then(|| format!("the server named the encoding {} {note}", printable(&encoding)))
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
}

impl Shard<'_> {
    /// Goes on where an earlier process stopped. `None` when the rows so far are not those that were saved.
    fn go_on(&self, resumed: Resumed, part: &Path) -> Option<io::Result<Option<Receipt>>> {
        let Resumed { records, standing, rest, results, again, stamp } = resumed;
        let collector = match Collector::resume(again, part, results, self.options, self.place) {
            Ok(collector) => collector?,
            Err(error) => return Some(Err(error)),
        };
        Some(match (records, standing, rest) {
            (Records::Archive(format), Standing::Member(suspects), Rest::Stored(feed)) => {
                self.place.progress.read(feed.offset());
                self.members(format, (*feed, suspects), collector, stamp, part)
            }
            (Records::Archive(format), Standing::Record(at, doubtful), Rest::Decoded(stream)) => {
                self.records(format, (*stream, (at, doubtful)), collector, stamp, part)
            }
            (Records::Lines(name, release), Standing::Line(begun), Rest::Decoded(stream)) => {
                let own = self.options.fields.as_ref().filter(|map| map.name() == name);
                let map = own.or_else(|| fields::named(&name, release.as_deref()))?;
                self.stream_of_lines(map, (*stream, begun), collector, stamp, part)
            }
            (Records::Text, standing @ (Standing::Text(_) | Standing::Count(_)), Rest::Decoded(stream)) => {
                self.stream_of_text((*stream, Some(standing)), collector, stamp, part)
            }
            _ => return None,
        })
    }

    /// An archive in which each record fills a gzip member.
    fn members(
        &self,
        format: Format,
        (mut feed, suspects): (Feed, Suspects),
        mut collector: Collector<'_>,
        stamp: file::Stamp,
        part: &Path,
    ) -> io::Result<Option<Receipt>> {
        collector.receipt.format = format.name().to_owned();
        let release = collector.receipt.identity.release.clone();
        let task = self.task(format, &release);
        collector.write_points(self.points(part, stamp, Records::Archive(format)));
        match members::scan(&mut feed, self.place, &task, suspects, &mut collector) {
            Ok(Ended::Done) => {}
            Ok(Ended::Contradiction) => {
                // What it still holds goes into its files now and not into those of the second reading.
                drop(collector);
                return self.again_in_full(part);
            }
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

    /// An archive that is one stream of records.
    fn records(
        &self,
        format: Format,
        begun: (Stream, (u64, u64)),
        mut collector: Collector<'_>,
        stamp: file::Stamp,
        part: &Path,
    ) -> io::Result<Option<Receipt>> {
        collector.receipt.format = format.name().to_owned();
        collector.receipt.framing = Some(Framing::Stream);
        let release = collector.receipt.identity.release.clone();
        let task = self.task(format, &release);
        collector.write_points(self.points(part, stamp, Records::Archive(format)));
        let stream = streams::scan(begun, self.place, &task, &mut collector)?;
        self.end(stream.into_feed(), collector, stamp, part)
    }

    fn task<'t>(&'t self, format: Format, release: &'t str) -> Task<'t> {
        let Options { census, keep, .. } = *self.options;
        Task { judge: self.judge(), census, keep, articles: self.wanted.texts, release, format }
    }

    fn points(&self, part: &Path, stamp: file::Stamp, records: Records) -> Points {
        Points::new(part, stamp, &self.again, records)
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
        if let (Kind::Companion, Some(text)) = (map.kind(), self.planned_text()) {
            collector.receipt.format = "oscar metadata".to_owned();
            collector.receipt.framing = Some(Framing::Stream);
            collector.receipt.note(&format!("read together with {}", text.file_name()));
            return self.only_counted(feed, collector, stamp, part);
        }
        let stream = Stream::new(feed, self.container)?;
        self.stream_of_lines(map, (stream, Vec::new()), collector, stamp, part)
    }

    /// Lines, the first of which has begun with some bytes.
    fn stream_of_lines(
        &self,
        map: &FieldMap,
        begun: (Stream, Vec<u8>),
        mut collector: Collector<'_>,
        stamp: file::Stamp,
        part: &Path,
    ) -> io::Result<Option<Receipt>> {
        collector.receipt.format = map.name().to_owned();
        collector.receipt.framing = Some(Framing::Stream);
        let text_missing = map.kind() == Kind::Companion;
        if text_missing {
            collector
                .receipt
                .note("the text file is not among the shards: addresses were examined, texts were not");
        }
        let language = collector.receipt.identity.language.clone();
        let task = self.line_task(map, &language, text_missing);
        let records = Records::Lines(map.name().to_owned(), map.release().map(str::to_owned));
        collector.write_points(self.points(part, stamp, records));
        let stream = lines::scan(begun, self.place, &task, &mut collector)?;
        self.end(stream.into_feed(), collector, stamp, part)
    }

    fn text(
        &self,
        feed: Feed,
        mut collector: Collector<'_>,
        stamp: file::Stamp,
        part: &Path,
    ) -> io::Result<Option<Receipt>> {
        if self.options.fields.is_some() {
            collector.receipt.note("--fields was not used: these are no JSON lines");
        }
        let stream = Stream::new(feed, self.container)?;
        let Some((location, map, metadata)) = self.metadata(&mut collector.receipt) else {
            return self.stream_of_text((stream, None), collector, stamp, part);
        };
        collector.receipt.format = "oscar with metadata".to_owned();
        collector.receipt.framing = Some(Framing::Stream);
        collector.receipt.note(&format!("addresses from {}", location.file_name()));
        let named = identity::of_lines(&self.shard.name, map.name(), map.release());
        collector.receipt.identity = self.options.name(named);
        let language = collector.receipt.identity.language.clone();
        let task = self.line_task(&map, &language, false);
        let stream = pairs::scan(stream, metadata, self.place, &task, &mut collector)?;
        self.end(stream.into_feed(), collector, stamp, part)
    }

    /// Text without addresses.
    fn stream_of_text(
        &self,
        begun: (Stream, Option<Standing>),
        mut collector: Collector<'_>,
        stamp: file::Stamp,
        part: &Path,
    ) -> io::Result<Option<Receipt>> {
        collector.receipt.format = "text".to_owned();
        collector.receipt.framing = Some(Framing::Stream);
        let task = TextTask { judge: self.judge(), keep: self.options.keep, articles: self.wanted.texts };
        collector.write_points(self.points(part, stamp, Records::Text));
        let stream = text::scan(begun, self.place, &task, &mut collector)?;
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
