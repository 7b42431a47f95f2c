//! A stretch of gzip members, walked one after the other by one worker.

use std::io;

use sha2::{Digest, Sha256};

use super::batch::{Batch, Stretch};
use super::skim::{FIRST_LOOK, Skimmed, skim};
use super::worker::{Frame, Task, Worker};
use crate::container::gzip::{self, Inflater, Member};
use crate::evidence::finding::Flag;
use crate::evidence::receipt::Depth;
use crate::place::Extent;
use crate::record::archive::Archive;

/// Said of a shard in which records are not compressed one by one.
pub const SHARED: &str = "several records share a compressed member: places count decoded bytes";

/// What a walk came to.
pub struct Walked {
    /// What was found.
    pub batch: Batch,
    /// Where in the stretch a member starts that goes on behind it.
    pub unfinished: Option<usize>,
    /// Members that were not decoded to their ends.
    pub skimmed: Vec<Skimmed>,
    /// A member that was not decoded does not end where it was taken to end.
    pub contradiction: bool,
}

/// Walks the members of a stretch.
pub fn walk(
    stretch: &Stretch<'_>,
    depth: Depth,
    task: &Task<'_>,
    worker: &mut Worker,
    inflater: &mut Inflater,
) -> Walked {
    let mut walked = Walked {
        batch: Batch::new(task.census),
        unfinished: None,
        skimmed: Vec::new(),
        contradiction: false,
    };
    let batch = &mut walked.batch;
    let (mut at, mut doubtful, mut look) = (0, 0, FIRST_LOOK);
    let mut checked = 0;
    while at < stretch.bytes.len() {
        if depth == Depth::Address
            && let Some(skimmed) = skim(stretch, at, task, inflater, batch, &mut look)
        {
            at += skimmed.extent.length as usize;
            walked.skimmed.push(skimmed);
            continue;
        }
        let (mut found, result) = member(stretch, at, task, worker, inflater, batch.decoded);
        if at < doubtful {
            found.findings.iter_mut().for_each(|finding| finding.facts.flags.push(Flag::Doubtful));
        }
        // How far the member could be decoded, if it is damaged. What begins in there may be a part of what it holds.
        let reached = at + inflater.compressed() as usize;
        if result.is_err() {
            // Damage may be none: a skimmed member may end elsewhere, and this be the middle of what it holds.
            if !walked.skimmed.iter().skip(checked).all(|skimmed| is_true(stretch, skimmed, inflater)) {
                walked.contradiction = true;
                return walked;
            }
            checked = walked.skimmed.len();
        }
        match result {
            Err(error) if gzip::is_cut(&error) && !stretch.is_last => {
                walked.unfinished = Some(at);
                return walked;
            }
            Ok(length) => {
                if !found.findings.is_empty() && !all_true(stretch, at, &walked.skimmed, inflater) {
                    walked.contradiction = true;
                    return walked;
                }
                batch.append(found);
                at += length;
            }
            Err(error) => {
                doubtful = reached;
                let next = match is_border(stretch, doubtful, task, inflater) && !gzip::is_cut(&error) {
                    true => doubtful,
                    false => {
                        let opens = |first: &[u8]| task.format.opens(first);
                        let next = gzip::find_member(stretch.bytes, at + 1, inflater, opens);
                        next.unwrap_or(stretch.bytes.len())
                    }
                };
                batch.append(found);
                batch.tally.lost_bytes += (next - at) as u64;
                at = next;
            }
        }
    }
    walked
}

/// True where a member begins or the file ends: behind a member whose trailer is wrong the next one stands, whatever the
/// member itself holds.
fn is_border(stretch: &Stretch<'_>, at: usize, task: &Task<'_>, inflater: &mut Inflater) -> bool {
    match stretch.bytes.get(at..) {
        Some([]) => stretch.is_last,
        Some(rest) => gzip::looks_like_member(rest, inflater, |first| task.format.opens(first)),
        None => false,
    }
}

/// True when no skimmed member of the stretch reaches to `at`.
fn all_true(stretch: &Stretch<'_>, at: usize, skimmed: &[Skimmed], inflater: &mut Inflater) -> bool {
    let place = stretch.offset + at as u64;
    skimmed.iter().filter(|skimmed| skimmed.reach > place).all(|skimmed| is_true(stretch, skimmed, inflater))
}

fn is_true(stretch: &Stretch<'_>, skimmed: &Skimmed, inflater: &mut Inflater) -> bool {
    let from = (skimmed.extent.offset - stretch.offset) as usize;
    skimmed.is_true(&stretch.bytes[from..], inflater)
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
