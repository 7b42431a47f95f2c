//! Shards in which each record fills a gzip member: stretches of members, walked by one worker or side by side.
//!
//! Advice to whoever changes this file. A shard is cut at places that *look* like the start of a member; each worker
//! then walks his stretch member by member, and only if its last member ends exactly where the next stretch begins was
//! the cut right. Where it does not (an archive stored inside a page, a chance pattern) what was found behind it is
//! dropped and that member is read alone. The tests of nested archives tell when this is wrong.

use std::io;

use super::batch::Batch;
use super::checkpoint::{Bytes, Standing};
use super::collector::Collector;
use super::crew::{self, Over, Taking, Tools, last_border};
use super::pool::Pool;
use super::skim::{self, FIRST_LOOK};
use super::stretch::{SHARED, Walked, mark_doubtful, member, ran_into, search_from, walk};
use super::suspects::Suspects;
use super::worker::{Frame, Task};
use super::workplace::Workplace;
use crate::container::feed::{Feed, Relay, Stretch, is_of_source};
use crate::container::gzip::{self, Inflater, Member};
use crate::evidence::receipt::Depth;
use crate::place::Extent;
use crate::record::archive::{Archive, Format};

/// Stored bytes that tell whether a member begins: the head of a record, or of many small members that hold none.
const BORDER: usize = 64 * 1024;

/// Records of one large member that are gathered before they are written down.
const GATHERED: u64 = 1000;

/// How the members of a shard came to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// All were read, or the user wants to stop.
    Done,
    /// At depth `address`, the borders of members contradict each other: every member must be decoded.
    Contradiction,
}

/// Reads all members of `feed`, where `suspects` are left from what an earlier process has read of them.
///
/// # Errors
/// When the source fails or results cannot be written.
pub fn scan(
    feed: &mut Feed,
    place: &Workplace<'_>,
    task: &Task<'_>,
    mut suspects: Suspects,
    collector: &mut Collector<'_>,
) -> io::Result<Ended> {
    let (mut own, tools) = (Tools::default(), Pool::default());
    let mut inflater = Inflater::default();
    while !place.is_interrupted() {
        if collector.is_checkpoint_due(feed.offset()) {
            collector.checkpoint(Bytes::Stored(feed.state()), Standing::Member(suspects.clone()))?;
        }
        feed.ensure(1)?;
        if feed.visible().is_empty() {
            break;
        }
        let doubtful = suspects.doubtful;
        let mut take_in = |stretch: &Stretch<'_>, walked: Walked, relay: Option<&Relay<'_>>| {
            let taking = take_in(stretch, walked, relay, place, (&mut suspects, collector), &mut inflater);
            taking.unwrap_or_else(|error| Taking::Stop(Err(error)))
        };
        let over = match place.workers() {
            1 => alone(feed, (place, task), doubtful, &mut own, |stretch, walked| {
                take_in(stretch, walked, None)
            })?,
            _ => crew::work(feed, (place, task), doubtful, (&mut own, &tools), |stretch, walked, relay| {
                take_in(stretch, walked, Some(relay))
            }),
        };
        let is_large = match over {
            Over::Stopped(Ok(Stop::Contradiction)) => return Ok(Ended::Contradiction),
            Over::Stopped(Err(error)) => return Err(error),
            Over::Stopped(Ok(Stop::Large(at))) => {
                feed.skip(at);
                true
            }
            Over::Out => !feed.visible().is_empty(),
            Over::Paused => false,
        };
        if is_large
            && large_member(feed, place, task, &mut own, &mut suspects, collector)? == Ended::Contradiction
        {
            return Ok(Ended::Contradiction);
        }
    }
    Ok(Ended::Done)
}

/// Why a stretch was not taken in to its end.
enum Stop {
    /// What the borders of members say cannot be.
    Contradiction,
    /// At this byte of it a member begins that goes on behind it.
    Large(usize),
}

/// Walks the next window.
fn alone<T>(
    feed: &mut Feed,
    (place, task): (&Workplace<'_>, &Task<'_>),
    doubtful: u64,
    own: &mut Tools,
    mut take_in: impl FnMut(&Stretch<'_>, Walked) -> Taking<T>,
) -> io::Result<Over<T>> {
    feed.ensure(place.window)?;
    let (offset, is_last) = (feed.offset(), feed.is_last());
    let (bytes, hashing) = feed.window();
    let end = match is_last {
        true => bytes.len(),
        false => last_border(bytes, task.format, &mut own.1).unwrap_or(0),
    };
    if end == 0 {
        return Ok(Over::Out);
    }
    hashing.run();
    let stretch = Stretch { bytes: &bytes[..end], offset, is_last };
    let walked = walk(&stretch, place.depth, task, own, doubtful);
    if let Taking::Stop(reason) = take_in(&stretch, walked) {
        return Ok(Over::Stopped(reason));
    }
    feed.skip(end);
    Ok(Over::Paused)
}

/// Takes in what was found in a stretch, and enters a checkpoint behind it where one is due and the bytes come by a relay.
fn take_in(
    stretch: &Stretch<'_>,
    mut walked: Walked,
    relay: Option<&Relay<'_>>,
    place: &Workplace<'_>,
    (suspects, collector): (&mut Suspects, &mut Collector<'_>),
    inflater: &mut Inflater,
) -> io::Result<Taking<io::Result<Stop>>> {
    if walked.contradiction || !suspects.clear(&walked, collector, inflater)? {
        return Ok(Taking::Stop(Ok(Stop::Contradiction)));
    }
    suspects.add(&mut walked);
    let base = collector.decoded();
    collector.add(walked.batch, base)?;
    let passed = walked.unfinished.unwrap_or(stretch.bytes.len());
    let next = stretch.offset + passed as u64;
    place.progress.read(passed as u64);
    suspects.forget_before(next);
    if let Some(at) = walked.unfinished {
        return Ok(Taking::Stop(Ok(Stop::Large(at))));
    }
    if let Some(relay) = relay.filter(|_| collector.is_checkpoint_due(next)) {
        collector.checkpoint(Bytes::Stored(relay.state(next)), Standing::Member(suspects.clone()))?;
    }
    Ok(if place.is_interrupted() { Taking::Pause } else { Taking::Done })
}

/// A member that fills the window, or that goes on behind a border which was none: what becomes of it is what
/// [`walk`] would make of it in a stretch of any size.
fn large_member(
    feed: &mut Feed,
    place: &Workplace<'_>,
    task: &Task<'_>,
    own: &mut Tools,
    suspects: &mut Suspects,
    collector: &mut Collector<'_>,
) -> io::Result<Ended> {
    feed.ensure(place.window.max(skim::LONGEST + BORDER))?;
    let (offset, base) = (feed.offset(), collector.decoded());
    let stretch = Stretch { bytes: feed.visible(), offset, is_last: feed.is_last() };
    if place.depth == Depth::Address {
        let (mut batch, mut look) = (Batch::new(task.census), FIRST_LOOK);
        if let Some(skimmed) = skim::skim(&stretch, 0, task, &mut own.1, &mut batch, &mut look) {
            let length = skimmed.extent.length;
            suspects.add_one(skimmed);
            collector.add(batch, base)?;
            feed.skip(length as usize);
            place.progress.read(length);
            return Ok(Ended::Done);
        }
    }
    let (batch, result) = member(&stretch, 0, task, &mut own.0, &mut own.1, 0);
    let compressed = own.1.compressed();
    if result.as_ref().is_err_and(gzip::is_cut) && !stretch.is_last {
        feed.trail(true);
        let ended = streamed_member(feed, place, task, own, suspects, collector);
        feed.trail(false);
        return ended;
    }
    if !take((batch, base), (offset, result.is_err()), suspects, collector, &mut own.1)? {
        return Ok(Ended::Contradiction);
    }
    match result {
        Ok(length) => {
            feed.skip(length);
            place.progress.read(length as u64);
        }
        Err(error) => {
            let damaged = Damaged { offset, length: compressed, is_cut: gzip::is_cut(&error) };
            feed.trail(true);
            pass(feed, damaged, task.format, &mut own.1, suspects, collector)?;
            feed.trail(false);
        }
    }
    Ok(Ended::Done)
}

/// Takes in what was found in a member at `offset`, before which `base` decoded bytes stand; the last of it if it is damaged.
/// False when a member before it was none.
fn take(
    (batch, base): (Batch, u64),
    (offset, is_damaged): (u64, bool),
    suspects: &mut Suspects,
    collector: &mut Collector<'_>,
    inflater: &mut Inflater,
) -> io::Result<bool> {
    let mut walked = Walked::new(batch);
    if offset < suspects.doubtful {
        mark_doubtful(&mut walked.batch);
    }
    walked.damaged.extend(is_damaged.then_some(offset));
    if !suspects.clear(&walked, collector, inflater)? {
        return Ok(false);
    }
    collector.add(walked.batch, base)?;
    Ok(true)
}

/// A member larger than the window, read as a stream in little memory.
fn streamed_member(
    feed: &mut Feed,
    place: &Workplace<'_>,
    task: &Task<'_>,
    (worker, inflater): &mut Tools,
    suspects: &mut Suspects,
    collector: &mut Collector<'_>,
) -> io::Result<Ended> {
    let (offset, base) = (feed.offset(), collector.decoded());
    let member = Member::open(&mut *feed, inflater)?;
    let mut archive = Archive::new(member, task.format, 0);
    let mut records = 0;
    let error = loop {
        let mut batch = Batch::new(task.census);
        let result = worker.walk(&mut archive, GATHERED, Frame::Member, task, &mut batch);
        records += batch.tally.records;
        if records > 1 {
            batch.notes.push(SHARED);
        }
        let length = archive.input().compressed();
        if matches!(result, Ok(false)) {
            batch.tally.members += 1;
            if records == 1
                && let [finding] = batch.findings.as_mut_slice()
            {
                // Not at hand as a whole: the collector reads it again.
                finding.fills_member(Extent { offset, length });
                (finding.sha256, finding.bytes) = (None, None);
            }
        }
        for problem in batch.problems.iter_mut().filter(|_| records < 2) {
            (problem.at, problem.decoded) = (offset, false);
        }
        let is_damaged = result.as_ref().is_err_and(|error| !is_of_source(error));
        if !take((batch, base), (offset, is_damaged), suspects, collector, &mut Inflater::default())? {
            return Ok(Ended::Contradiction);
        }
        match result {
            Ok(true) if place.is_interrupted() => return Ok(Ended::Done),
            Ok(true) => {}
            Ok(false) => break None,
            Err(error) => break Some(error),
        }
    };
    let (length, position) = (archive.input().compressed(), archive.position());
    place.progress.read(length);
    match error {
        None => {}
        Some(error) if is_of_source(&error) => return Err(error),
        Some(error) => {
            collector.unverified(base, base + position);
            let damaged = Damaged { offset, length, is_cut: gzip::is_cut(&error) };
            pass(feed, damaged, task.format, inflater, suspects, collector)?;
        }
    }
    Ok(Ended::Done)
}

/// A member that could not be decoded to its end.
struct Damaged {
    /// Where it starts in the file.
    offset: u64,
    /// Stored bytes that could be decoded.
    length: u64,
    /// The file ends in it.
    is_cut: bool,
}

/// Passes over a damaged member: to the member behind it, or to the next place where one seems to start.
fn pass(
    feed: &mut Feed,
    damaged: Damaged,
    format: Format,
    inflater: &mut Inflater,
    suspects: &mut Suspects,
    collector: &mut Collector<'_>,
) -> io::Result<()> {
    const SEARCH: usize = 1024 * 1024;
    const OVERLAP: usize = 4096;
    let opens = |first: &[u8]| format.opens(first);
    let reached = damaged.offset + damaged.length;
    let from = damaged.offset + search_from(0, damaged.length as usize) as u64;
    let mut is_found = false;
    if !damaged.is_cut {
        stand(feed, reached)?;
        feed.ensure(BORDER)?;
        let rest = feed.visible();
        is_found = rest.is_empty() || gzip::looks_like_member(rest, inflater, opens);
    }
    stand(feed, from)?;
    let mut doubtful = reached;
    if is_found {
        let held = feed.visible().get(..reached.saturating_sub(feed.offset()) as usize).unwrap_or_default();
        let next = ran_into(held, format, inflater).unwrap_or(held.len());
        feed.skip(next);
        doubtful = feed.offset();
    }
    suspects.doubtful = suspects.doubtful.max(doubtful);
    while !is_found {
        feed.ensure(SEARCH)?;
        let visible = feed.visible();
        let (at, found) = match gzip::find_member(visible, 0, inflater, opens) {
            Some(at) => (at, true),
            None if feed.is_last() => (visible.len(), true),
            None => (visible.len() - OVERLAP, false),
        };
        feed.skip(at);
        is_found = found;
    }
    collector.receipt.tally.lost_bytes += feed.offset() - damaged.offset;
    Ok(())
}

/// Goes back or on to `offset`, where bytes that were seen stand.
fn stand(feed: &mut Feed, offset: u64) -> io::Result<()> {
    if !feed.go_back(offset) {
        let ahead = offset.saturating_sub(feed.offset()) as usize;
        feed.ensure(ahead)?;
        feed.skip(ahead);
    }
    Ok(())
}
