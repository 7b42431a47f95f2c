//! Shards in which each record fills a gzip member: the members of a window are worked on side by side.
//!
//! Advice to whoever changes this file. A window is cut at places that *look* like the start of a member; each worker
//! then walks its stretch member by member, and only if its last member ends exactly where the next stretch begins was
//! the cut right. Where it does not (an archive stored inside a page, a chance pattern) the window's other results are
//! dropped and that member is read alone. The tests of nested archives tell when this is wrong.

use std::io;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::batch::{Batch, Stretch};
use super::checkpoint::{Bytes, Standing};
use super::collector::Collector;
use super::pool::{Lent, Pool};
use super::skim::Skimmed;
use super::stretch::{SHARED, Walked, member, walk};
use super::worker::{Frame, Task, Worker};
use super::workplace::Workplace;
use crate::container::feed::{Feed, is_of_source};
use crate::container::gzip::{self, Inflater, Member};
use crate::place::{Extent, Place};
use crate::record::archive::{Archive, Format};

/// Stored bytes of a stretch, at least: some ten to a hundred records.
const STRETCH: usize = 256 * 1024;

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
    let mut own = (Worker::default(), Inflater::default());
    let tools = Pool::default();
    while !place.is_interrupted() {
        if collector.is_checkpoint_due(feed.offset()) {
            collector.checkpoint(Bytes::Stored(feed.state()), Standing::Member(suspects.clone()))?;
        }
        feed.ensure(place.window)?;
        let (start, is_last) = (feed.offset(), feed.is_last());
        let (bytes, hashing, following) = feed.parts();
        if bytes.is_empty() {
            break;
        }
        let end = if is_last { bytes.len() } else { last_border(bytes, task.format, &mut own.1) };
        let stretches = match place.has_helpers() {
            true => stretches(&bytes[..end], task.format, &mut own.1),
            false if end > 0 => vec![(0, end)],
            false => Vec::new(),
        };
        let walk = |(worker, inflater): &mut (Worker, Inflater), &(from, to): &(usize, usize)| {
            let stretch = Stretch {
                bytes: &bytes[from..to],
                offset: start + from as u64,
                is_last: is_last && to == end,
            };
            walk(&stretch, place.depth, task, worker, inflater)
        };
        let results: Vec<Walked> = if stretches.len() < 2 {
            hashing.run();
            stretches.iter().map(|stretch| walk(&mut own, stretch)).collect()
        } else {
            let walk = |lent: &mut Lent<'_, (Worker, Inflater)>, stretch| walk(lent.tool(), stretch);
            // Each by itself, so that nobody is left with several at the end of a window.
            let stretches = stretches.par_iter().with_max_len(1);
            let side_by_side = || stretches.map_init(|| tools.lend(), walk).collect();
            if following.may_wait() {
                let mut results = Vec::new();
                place.pool.in_place_scope(|scope| {
                    scope.spawn(|_| results = rayon::join(|| hashing.run(), side_by_side).1);
                    // Here, where waiting for a server keeps no worker from its work.
                    following.read(place.window);
                });
                results
            } else {
                // By a worker: beside all of them it would take turns with one, for which the others wait.
                let read_on = || following.read(place.window);
                let work = || rayon::join(|| hashing.run(), || rayon::join(read_on, side_by_side).1).1;
                place.pool.install(work)
            }
        };
        let mut done = end;
        for ((from, _), walked) in stretches.iter().zip(results) {
            if walked.contradiction || !suspects.clear(&walked.batch, collector, &mut own.1)? {
                return Ok(Ended::Contradiction);
            }
            suspects.add(walked.skimmed);
            if suspects.any && shares_a_member(&walked.batch) {
                return Ok(Ended::Contradiction);
            }
            let base = collector.decoded();
            collector.add(walked.batch, base)?;
            if let Some(at) = walked.unfinished {
                done = from + at;
                break;
            }
        }
        feed.skip(done);
        place.progress.read(feed.offset() - start);
        suspects.forget_before(feed.offset());
        if done < end || end == 0 {
            let ended = large_member(feed, place, task, &mut own, &mut suspects, collector)?;
            if ended == Ended::Contradiction {
                return Ok(ended);
            }
        }
    }
    Ok(Ended::Done)
}

/// A finding whose place counts decoded bytes, which members that only seemed to be some have made wrong.
fn shares_a_member(batch: &Batch) -> bool {
    batch.findings.iter().any(|finding| matches!(finding.place, Place::Decoded(_)))
}

/// Members that were taken to end where the next one seems to begin, without being decoded.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Suspects {
    /// Those that may reach beyond what was read.
    reaching: Vec<Skimmed>,
    /// There was one in this shard.
    any: bool,
}

impl Suspects {
    fn add(&mut self, skimmed: Vec<Skimmed>) {
        self.any |= !skimmed.is_empty();
        self.reaching.extend(skimmed);
    }

    fn forget_before(&mut self, offset: u64) {
        self.reaching.retain(|skimmed| skimmed.reach > offset);
    }

    /// True when no suspect of an earlier stretch reaches to a finding of this one. Those that could are read again from
    /// the file: it is rare.
    fn clear(
        &mut self,
        batch: &Batch,
        collector: &Collector<'_>,
        inflater: &mut Inflater,
    ) -> io::Result<bool> {
        if self.any && shares_a_member(batch) {
            return Ok(false);
        }
        for finding in &batch.findings {
            let Place::Member(Extent { offset, .. }) = finding.place else { continue };
            for suspect in self.reaching.extract_if(.., |skimmed| skimmed.reach > offset) {
                let mut stored = Vec::new();
                let extent = Extent { length: offset - suspect.extent.offset, ..suspect.extent };
                collector.read_again(extent, |piece| stored.extend_from_slice(piece))?;
                if !suspect.is_true(stored.as_slice(), inflater) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }
}

/// The last place in the window where a member seems to start; 0 when the first one fills it.
fn last_border(bytes: &[u8], format: Format, inflater: &mut Inflater) -> usize {
    gzip::find_last_member(bytes, inflater, |first| format.opens(first)).unwrap_or(0)
}

fn stretches(bytes: &[u8], format: Format, inflater: &mut Inflater) -> Vec<(usize, usize)> {
    let mut stretches = Vec::new();
    let mut from = 0;
    while from < bytes.len() {
        let to = gzip::find_member(bytes, from + STRETCH, inflater, |first| format.opens(first))
            .unwrap_or(bytes.len());
        stretches.push((from, to));
        from = to;
    }
    stretches
}

/// A member that fills the window, or that goes on behind a border which was none.
fn large_member(
    feed: &mut Feed,
    place: &Workplace<'_>,
    task: &Task<'_>,
    own: &mut (Worker, Inflater),
    suspects: &mut Suspects,
    collector: &mut Collector<'_>,
) -> io::Result<Ended> {
    feed.ensure(place.window)?;
    let (offset, base) = (feed.offset(), collector.decoded());
    // Damage often looks like a member without end, so the window is tried first: behind the damage the search for the
    // next member can then begin at its second byte.
    let stretch = Stretch { bytes: feed.visible(), offset, is_last: feed.is_last() };
    let (batch, result) = member(&stretch, 0, task, &mut own.0, &mut own.1, 0);
    match result {
        Err(error) if gzip::is_cut(&error) && !stretch.is_last => {
            streamed_member(feed, place, task, own, suspects, collector)
        }
        _ if !suspects.clear(&batch, collector, &mut own.1)? => Ok(Ended::Contradiction),
        Ok(length) => {
            feed.skip(length);
            place.progress.read(length as u64);
            collector.add(batch, base)?;
            Ok(Ended::Done)
        }
        Err(_) => {
            collector.add(batch, base)?;
            next_member(feed, offset, task.format, &mut own.1, collector)?;
            Ok(Ended::Done)
        }
    }
}

/// A member larger than the window, read as a stream in little memory.
fn streamed_member(
    feed: &mut Feed,
    place: &Workplace<'_>,
    task: &Task<'_>,
    (worker, inflater): &mut (Worker, Inflater),
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
        if !suspects.clear(&batch, collector, &mut Inflater::default())? {
            return Ok(Ended::Contradiction);
        }
        collector.add(batch, base)?;
        match result {
            Ok(true) if place.is_interrupted() => return Ok(Ended::Done),
            Ok(true) => {}
            Ok(false) => break None,
            Err(error) => break Some(error),
        }
    };
    place.progress.read(archive.input().compressed());
    match error {
        None => Ok(Ended::Done),
        Some(error) if is_of_source(&error) => Err(error),
        Some(_) => {
            collector.unverified(base, base + archive.position());
            next_member(feed, offset, task.format, inflater, collector)?;
            Ok(Ended::Done)
        }
    }
}

/// Behind damage: passes over bytes until a member seems to start.
fn next_member(
    feed: &mut Feed,
    from: u64,
    format: Format,
    inflater: &mut Inflater,
    collector: &mut Collector<'_>,
) -> io::Result<()> {
    const SEARCH: usize = 1024 * 1024;
    const OVERLAP: usize = 4096;
    // The damaged member's own start must not be found again.
    if feed.offset() == from {
        feed.skip(1);
    }
    loop {
        feed.ensure(SEARCH)?;
        let visible = feed.visible();
        match gzip::find_member(visible, 0, inflater, |first| format.opens(first)) {
            Some(at) => {
                feed.skip(at);
                break;
            }
            None if feed.is_last() => {
                feed.skip(usize::MAX);
                break;
            }
            None => feed.skip(visible.len() - OVERLAP),
        }
    }
    collector.receipt.tally.lost_bytes += feed.offset() - from;
    Ok(())
}
