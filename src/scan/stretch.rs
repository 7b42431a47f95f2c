//! A stretch of gzip members, walked one after the other by one worker.

use std::io;

use sha2::{Digest, Sha256};

use super::batch::Batch;
use super::skim::{FIRST_LOOK, Skimmed, skim};
use super::worker::{Frame, Task, Worker};
use crate::container::feed::{KEPT, Stretch};
use crate::container::gzip::{self, Inflater, Member};
use crate::evidence::finding::Flag;
use crate::evidence::receipt::Depth;
use crate::place::{Extent, Place};
use crate::record::archive::{Archive, Format};

/// Said of a shard in which records are not compressed one by one.
pub const SHARED: &str = "several records share a compressed member: places count decoded bytes";

/// What a walk came to.
pub struct Walked {
    /// What was found.
    pub batch: Batch,
    /// Where in the stretch a member starts that goes on behind it.
    pub unfinished: Option<usize>,
    /// Members that were not decoded to their ends, but for those that were proved to end where they were taken to.
    pub skimmed: Vec<Skimmed>,
    /// A member was not decoded to its end.
    pub has_skimmed: bool,
    /// Offsets in the file of the members that could not be decoded to their ends.
    pub damaged: Vec<u64>,
    /// Offset in the file up to which one of them could be decoded.
    pub doubtful: u64,
    /// A member that was not decoded does not end where it was taken to end.
    pub contradiction: bool,
}

impl Walked {
    /// What a walk begins with, or came to in one member.
    pub fn new(batch: Batch) -> Walked {
        Walked {
            batch,
            unfinished: None,
            skimmed: Vec::new(),
            has_skimmed: false,
            damaged: Vec::new(),
            doubtful: 0,
            contradiction: false,
        }
    }

    /// A finding whose place counts decoded bytes.
    pub fn shares_a_member(&self) -> bool {
        shares_a_member(&self.batch)
    }
}

fn shares_a_member(batch: &Batch) -> bool {
    batch.findings.iter().any(|finding| matches!(finding.place, Place::Decoded(_)))
}

/// Walks the members of a stretch, behind whose end a member begins or the file ends. What begins before byte `doubtful` of
/// the file may be a part of what a damaged member holds.
///
/// What it comes to must be the same however the file was cut into stretches: no more may enter it than the bytes at hand
/// and what [`Suspects`](super::suspects::Suspects) keeps from one stretch to the next.
pub fn walk(
    stretch: &Stretch<'_>,
    depth: Depth,
    task: &Task<'_>,
    (worker, inflater): &mut (Worker, Inflater),
    doubtful: u64,
) -> Walked {
    let mut walked = Walked { doubtful, ..Walked::new(Batch::new(task.census)) };
    let (mut at, mut look) = (0, FIRST_LOOK);
    while at < stretch.bytes.len() {
        if depth == Depth::Address
            && let Some(skimmed) = skim(stretch, at, task, inflater, &mut walked.batch, &mut look)
        {
            at += skimmed.extent.length as usize;
            walked.skimmed.push(skimmed);
            walked.has_skimmed = true;
            continue;
        }
        let (mut found, result) = member(stretch, at, task, worker, inflater, walked.batch.decoded);
        // How far the member could be decoded, if it is damaged.
        let reached = at + inflater.compressed() as usize;
        if result.as_ref().is_err_and(gzip::is_cut) && !stretch.is_last {
            walked.unfinished = Some(at);
            return walked;
        }
        if stretch.offset + (at as u64) < walked.doubtful {
            mark_doubtful(&mut found);
        }
        // Neither a finding nor damage may be the middle of what a skimmed member holds.
        let matters = result.is_err() || !found.findings.is_empty();
        if matters && !all_true(stretch, (at, result.is_err()), &mut walked.skimmed, inflater)
            || shares_a_member(&found) && walked.has_skimmed
        {
            walked.contradiction = true;
            return walked;
        }
        walked.batch.append(found);
        match result {
            Ok(length) => at += length,
            Err(error) => {
                walked.damaged.push(stretch.offset + at as u64);
                let (next, doubtful) = behind(stretch, (at, reached), gzip::is_cut(&error), task, inflater);
                walked.doubtful = walked.doubtful.max(stretch.offset + doubtful as u64);
                walked.batch.tally.lost_bytes += (next - at) as u64;
                at = next;
            }
        }
    }
    walked
}

/// Where the walk goes on behind a damaged member at `at` that could be decoded up to `reached`; and the place up to which a
/// member that is found may be a part of what the damaged one holds.
fn behind(
    stretch: &Stretch<'_>,
    (at, reached): (usize, usize),
    is_cut: bool,
    task: &Task<'_>,
    inflater: &mut Inflater,
) -> (usize, usize) {
    let from = search_from(at, reached);
    if !is_cut && is_border(stretch, reached, task, inflater) {
        let next = ran_into(&stretch.bytes[from..reached], task.format, inflater);
        let next = next.map_or(reached, |next| from + next);
        return (next, next);
    }
    let next = gzip::find_member(stretch.bytes, from, inflater, |first| task.format.opens(first));
    (next.unwrap_or(stretch.bytes.len()), reached)
}

/// Where the search for the next member begins, behind a damaged one at `at` that could be decoded up to `reached`: at its
/// second byte, since what is broken may have run into what is intact, but no farther back than a [`Feed`] keeps.
///
/// [`Feed`]: crate::container::feed::Feed
pub fn search_from(at: usize, reached: usize) -> usize {
    (at + 1).max(reached.saturating_sub(KEPT))
}

/// Where members begin that follow one another to the very end of `bytes`, at which a damaged member seems to end: what is
/// broken has run into them. What a member holds ends before its trailer, so that these are members of the shard.
pub fn ran_into(bytes: &[u8], format: Format, inflater: &mut Inflater) -> Option<usize> {
    let mut from = 0;
    while let Some(first) = gzip::find_member(bytes, from, inflater, |first| format.opens(first)) {
        let mut at = first;
        while let Some(length) = gzip::whole_member(&bytes[at..], inflater) {
            at += length;
        }
        if at == bytes.len() {
            return Some(first);
        }
        // Where one of them ends nothing goes on, so that none of them is one.
        from = at + 1;
    }
    None
}

/// Says of all findings that they may lie inside another record.
pub fn mark_doubtful(batch: &mut Batch) {
    batch.findings.iter_mut().for_each(|finding| finding.facts.flags.push(Flag::Doubtful));
}

/// True where a member begins or the file ends: behind a member whose trailer is wrong the next one stands, whatever the
/// member itself holds.
fn is_border(stretch: &Stretch<'_>, at: usize, task: &Task<'_>, inflater: &mut Inflater) -> bool {
    match stretch.bytes.get(at..) {
        Some([]) => true,
        Some(rest) => gzip::looks_like_member(rest, inflater, |first| task.format.opens(first)),
        None => false,
    }
}

/// True when the skimmed members of the stretch that concern the finding or damage at `at` end where they were taken to. What
/// was proved is taken out of them.
fn all_true(
    stretch: &Stretch<'_>,
    (at, is_damage): (usize, bool),
    skimmed: &mut Vec<Skimmed>,
    inflater: &mut Inflater,
) -> bool {
    let place = stretch.offset + at as u64;
    skimmed.extract_if(.., |skimmed| skimmed.concerns(place, is_damage)).all(|skimmed| {
        let from = (skimmed.extent.offset - stretch.offset) as usize;
        skimmed.is_true(&stretch.bytes[from..], inflater)
    })
}

/// Reads the member at `at` to its end; `decoded` bytes of the stretch stand before it. Returns what was found in it,
/// and its stored length or why it has no end.
pub fn member(
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
