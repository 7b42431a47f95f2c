//! Shards in which each record fills a gzip member: the members of a window are worked on side by side.
//!
//! Advice to whoever changes this file. A window is cut at places that *look* like the start of a member; each worker
//! then walks its stretch member by member, and only if its last member ends exactly where the next stretch begins was
//! the cut right. Where it does not (an archive stored inside a page, a chance pattern) the window's other results are
//! dropped and that member is read as a stream. The tests `damage` and `nested` tell when this is wrong.
//!
//! At depth `address` a member is not decoded to its end: its head says how many bytes it decodes to, a gzip trailer
//! repeats that number, so the next member starts where the magic bytes follow exactly this number ([`skim`]).

use std::io;

use memchr::memmem;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::batch::Batch;
use super::collector::Collector;
use super::shard::Workplace;
use super::worker::{Frame, Task, Worker};
use crate::container::feed::Feed;
use crate::container::gzip::{self, Inflater, MAGIC, Member, TRAILER};
use crate::evidence::receipt::Depth;
use crate::evidence::tally::Outcome;
use crate::place::Extent;
use crate::record::archive::{Archive, Format, is_wat};
use crate::record::warc::{self, Length};
use crate::record::{LONGEST_HEAD, RecordType};

/// Stored bytes of a stretch, at least: some ten to a hundred records.
const STRETCH: usize = 256 * 1024;

/// Records of one large member that are gathered before they are written down.
const GATHERED: u64 = 1000;

/// Said of a shard in which records are not compressed one by one.
pub const SHARED: &str = "several records share a compressed member: places count decoded bytes";

/// Decoded bytes looked at for the head of a record, at first.
const FIRST_LOOK: usize = 1536;

/// Reads all members of `feed`.
///
/// # Errors
/// When the source fails or results cannot be written.
pub fn scan(
    feed: &mut Feed,
    place: &Workplace<'_>,
    task: &Task<'_>,
    collector: &mut Collector<'_>,
) -> io::Result<()> {
    let mut own = (Worker::default(), Inflater::default());
    while !place.is_interrupted() {
        feed.ensure(place.window)?;
        let (start, is_last) = (feed.offset(), feed.is_last());
        let (bytes, hashing) = feed.window();
        if bytes.is_empty() {
            return Ok(());
        }
        let end = if is_last { bytes.len() } else { last_border(bytes, task.format, &mut own.1) };
        let stretches = stretches(&bytes[..end], task.format, &mut own.1);
        let walk = |(worker, inflater): &mut (Worker, Inflater), &(from, to): &(usize, usize)| {
            let stretch = Stretch {
                bytes: &bytes[from..to],
                offset: start + from as u64,
                is_last: is_last && to == end,
            };
            walk(&stretch, place.depth, task, worker, inflater)
        };
        let results: Vec<(Batch, Option<usize>)> = if stretches.len() < 2 {
            hashing.run();
            stretches.iter().map(|stretch| walk(&mut own, stretch)).collect()
        } else {
            let fresh = || (Worker::default(), Inflater::default());
            let side_by_side = || stretches.par_iter().map_init(fresh, walk).collect();
            place.pool.install(|| rayon::join(|| hashing.run(), side_by_side)).1
        };
        let mut done = end;
        for ((from, _), (batch, unfinished)) in stretches.iter().zip(results) {
            let base = collector.decoded();
            collector.add(batch, base)?;
            if let Some(at) = unfinished {
                done = from + at;
                break;
            }
        }
        feed.skip(done);
        place.progress.read(feed.offset() - start);
        if done < end || end == 0 {
            large_member(feed, place, task, &mut own, collector)?;
        }
    }
    Ok(())
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

/// Stored bytes that begin where a member seems to start.
struct Stretch<'b> {
    bytes: &'b [u8],
    /// Offset in the file of the first byte.
    offset: u64,
    /// The file ends with the stretch.
    is_last: bool,
}

/// Walks the members of a stretch. The second value is where a member starts that goes on behind the stretch.
fn walk(
    stretch: &Stretch<'_>,
    depth: Depth,
    task: &Task<'_>,
    worker: &mut Worker,
    inflater: &mut Inflater,
) -> (Batch, Option<usize>) {
    let mut batch = Batch::new(task.census);
    let mut at = 0;
    while at < stretch.bytes.len() {
        if depth == Depth::Address
            && let Some(length) = skim(stretch, at, task, inflater, &mut batch)
        {
            at += length;
            continue;
        }
        let (found, result) = member(stretch, at, task, worker, inflater, batch.decoded);
        match result {
            Err(error) if gzip::is_cut(&error) && !stretch.is_last => return (batch, Some(at)),
            Ok(length) => {
                batch.append(found);
                at += length;
            }
            Err(_) => {
                let next =
                    gzip::find_member(stretch.bytes, at + 1, inflater, |first| task.format.opens(first));
                let next = next.unwrap_or(stretch.bytes.len());
                batch.append(found);
                batch.tally.lost_bytes += (next - at) as u64;
                at = next;
            }
        }
    }
    (batch, None)
}

/// Reads the member at `at` to its end; `decoded` bytes of the stretch stand before it. Returns what was found in it,
/// and its stored length or why it has no end.
fn member(
    stretch: &Stretch<'_>,
    at: usize,
    task: &Task<'_>,
    worker: &mut Worker,
    inflater: &mut Inflater,
    decoded: u64,
) -> (Batch, io::Result<usize>) {
    let mut batch = Batch::new(task.census);
    let offset = stretch.offset + at as u64;
    let stored = &stretch.bytes[at..];
    let member = match Member::open(stored, inflater) {
        Ok(member) => member,
        Err(error) => {
            batch.problem(offset, false, format!("bytes that are no record: {error}"));
            return (batch, Err(error));
        }
    };
    let mut archive = Archive::new(member, task.format, decoded);
    let result = worker.walk(&mut archive, u64::MAX, Frame::Member, task, &mut batch);
    for problem in batch.problems.iter_mut().filter(|_| batch.tally.records < 2) {
        (problem.at, problem.decoded) = (offset, false);
    }
    if batch.tally.records > 1 {
        batch.notes.push(SHARED);
    }
    if let Err(error) = result {
        batch.unverified.push((decoded, archive.position()));
        return (batch, Err(error));
    }
    let length = archive.input().compressed() as usize;
    batch.tally.members += 1;
    if batch.tally.records == 1
        && let [finding] = batch.findings.as_mut_slice()
    {
        let bytes = &stored[..length];
        finding.fills_member(Extent { offset, length: length as u64 });
        finding.sha256 = Some(Sha256::digest(bytes).into());
        finding.bytes = task.keep.then(|| bytes.to_vec());
    }
    (batch, Ok(length))
}

/// Depth `address`: the head of a record and the border of the next member, without what lies between. `None` when the
/// member must be read in full: a rule covers it, only its body tells what it is about, or its border does not show.
fn skim(
    stretch: &Stretch<'_>,
    at: usize,
    task: &Task<'_>,
    inflater: &mut Inflater,
    batch: &mut Batch,
) -> Option<usize> {
    let stored = &stretch.bytes[at..];
    let mut input = stored;
    inflater.open(&mut input).ok()?;
    let mut look = FIRST_LOOK;
    let head_end = loop {
        let first = inflater.look(&mut input, look).ok()?;
        match head_end(task.format, first) {
            Some(end) => break end,
            None if first.len() < look || look >= LONGEST_HEAD => return None,
            None => look *= 4,
        }
    };
    let first = inflater.buffered();
    let head = task.format.parse(&first[..head_end])?;
    let Length::Known(length) = head.length else { return None };
    let judgement = match head.kind.is_content() {
        _ if is_wat(&head) => return None,
        false => None,
        true => {
            let (url, date) = (head.target.map(warc::text), head.date.map(warc::text));
            Some(task.judge.judge(url.as_deref(), date.as_deref()))
        }
    };
    if judgement.as_ref().is_some_and(|judgement| judgement.outcome == Outcome::Found) {
        return None;
    }
    let closing = match task.format {
        Format::Warc => 4,
        Format::Arc => 1,
    };
    let decoded = (head_end as u64).checked_add(length)?.checked_add(closing)?;
    let kind = head.kind;
    let stored_length = border(stretch, at, decoded, task.format, inflater)?;
    match judgement {
        Some(judgement) => judgement.enter(batch, if kind == RecordType::Conversion { length } else { 0 }),
        None => batch.tally.other(kind),
    }
    batch.tally.members += 1;
    batch.decoded += decoded;
    Some(stored_length)
}

fn head_end(format: Format, first: &[u8]) -> Option<usize> {
    match format {
        Format::Warc => warc::end(first),
        Format::Arc => memchr::memchr(b'\n', first).map(|at| at + 1),
    }
}

/// Stored length of the member at `at` that decodes to `decoded` bytes: up to the place where its trailer has that
/// number and a member (or the end of the stretch) follows.
///
/// The first place that looks like a member decides. If the trailer before it has another number, the member may be
/// longer or shorter than its head says, or hold an archive of its own: then only decoding it tells, and going on to
/// the next place could pass over records.
fn border(
    stretch: &Stretch<'_>,
    at: usize,
    decoded: u64,
    format: Format,
    inflater: &mut Inflater,
) -> Option<usize> {
    let stored = &stretch.bytes[at..];
    if let Some(length) = inflater.ended() {
        return (inflater.buffered().len() as u64 == decoded).then_some(length as usize);
    }
    // RFC 1952: the length modulo 2^32.
    let stated = (decoded as u32).to_le_bytes();
    let trailer_before = |end: usize| end > TRAILER && stored[end - 4..end] == stated;
    for next in memmem::find_iter(&stored[MAGIC.len()..], &MAGIC).map(|next| next + MAGIC.len()) {
        if trailer_before(next) && stored.get(next + 3).is_some_and(|flags| flags & 0xe0 == 0) {
            return Some(next);
        }
        if gzip::looks_like_member(&stored[next..], inflater, |first| format.opens(first)) {
            return None;
        }
    }
    trailer_before(stored.len()).then_some(stored.len())
}

/// A member that fills the window, or that goes on behind a border which was none.
fn large_member(
    feed: &mut Feed,
    place: &Workplace<'_>,
    task: &Task<'_>,
    own: &mut (Worker, Inflater),
    collector: &mut Collector<'_>,
) -> io::Result<()> {
    feed.ensure(place.window)?;
    let (offset, base) = (feed.offset(), collector.decoded());
    // Damage often looks like a member without end, so the window is tried first: behind the damage the search for the
    // next member can then begin at its second byte.
    let stretch = Stretch { bytes: feed.visible(), offset, is_last: feed.is_last() };
    let (batch, result) = member(&stretch, 0, task, &mut own.0, &mut own.1, 0);
    match result {
        Err(error) if gzip::is_cut(&error) && !stretch.is_last => {
            streamed_member(feed, place, task, own, collector)
        }
        Ok(length) => {
            feed.skip(length);
            place.progress.read(length as u64);
            collector.add(batch, base)
        }
        Err(_) => {
            collector.add(batch, base)?;
            next_member(feed, offset, task.format, &mut own.1, collector)
        }
    }
}

/// A member larger than the window, read as a stream in little memory.
fn streamed_member(
    feed: &mut Feed,
    place: &Workplace<'_>,
    task: &Task<'_>,
    (worker, inflater): &mut (Worker, Inflater),
    collector: &mut Collector<'_>,
) -> io::Result<()> {
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
        collector.add(batch, base)?;
        match result {
            Ok(true) if place.is_interrupted() => return Ok(()),
            Ok(true) => {}
            Ok(false) => break None,
            Err(error) => break Some(error),
        }
    };
    place.progress.read(archive.input().compressed());
    match error {
        None => Ok(()),
        Some(error) if is_of_source(&error) => Err(error),
        Some(_) => {
            collector.unverified(base, base + archive.position());
            next_member(feed, offset, task.format, inflater, collector)
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

/// The source failed (a disk error), as opposed to bytes that came and are wrong.
fn is_of_source(error: &io::Error) -> bool {
    !matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof)
}
