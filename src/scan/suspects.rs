//! What the members before a place leave in doubt about it.

use std::io;

use serde::{Deserialize, Serialize};

use super::collector::Collector;
use super::skim::{NEAR, Skimmed};
use super::stretch::Walked;
use crate::container::gzip::Inflater;
use crate::place::{Extent, Place};

/// Stored bytes behind the end of a member that tell whether it goes on.
const BEHIND: u64 = 64 * 1024;

/// Members that were taken to end where the next one seems to begin, without being decoded, and members that could be
/// decoded in part only.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Suspects {
    /// Those that may reach beyond what was read.
    reaching: Vec<Skimmed>,
    /// There was one in this shard.
    any: bool,
    /// Offset in the file up to which a damaged member could be decoded: what begins before may be a part of what it holds.
    pub doubtful: u64,
}

impl Suspects {
    /// Takes in what was skimmed in a stretch.
    pub fn add(&mut self, walked: &mut Walked) {
        self.reaching.append(&mut walked.skimmed);
        self.any |= walked.has_skimmed;
        self.doubtful = self.doubtful.max(walked.doubtful);
    }

    /// Takes in a member that was skimmed.
    pub fn add_one(&mut self, skimmed: Skimmed) {
        self.reaching.push(skimmed);
        self.any = true;
    }

    /// Forgets those that concern nothing from `offset` on.
    pub fn forget_before(&mut self, offset: u64) {
        self.reaching.retain(|skimmed| skimmed.concerns(offset, true));
    }

    /// True when no member before these findings and damages, which were come upon behind it, can have misled about them:
    /// none that was skimmed reaches to one of them. Those that could are read again from the file: it is rare.
    ///
    /// # Errors
    /// When the file cannot be read again.
    pub fn clear(
        &mut self,
        walked: &Walked,
        collector: &Collector<'_>,
        inflater: &mut Inflater,
    ) -> io::Result<bool> {
        // A place that counts decoded bytes is wrong if any member before it is none.
        if self.any && walked.shares_a_member() {
            return Ok(false);
        }
        let findings = walked.batch.findings.iter().filter_map(|finding| match finding.place {
            Place::Member(extent) => Some(extent.offset),
            Place::Decoded(_) | Place::Line(..) => None,
        });
        let findings = findings.map(|offset| (offset, false));
        let damages = walked.damaged.iter().map(|offset| (*offset, true));
        for (offset, is_damage) in findings.chain(damages) {
            let concerned = |skimmed: &mut Skimmed| skimmed.concerns(offset, is_damage);
            let concerned: Vec<Skimmed> = self.reaching.extract_if(.., concerned).collect();
            if !are_true(&concerned, offset, collector, inflater)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// True when these members, which begin before `offset`, end where they were taken to end. Most stand close together and
/// are read at once: from a server each reading is a request.
fn are_true(
    suspects: &[Skimmed],
    offset: u64,
    collector: &Collector<'_>,
    inflater: &mut Inflater,
) -> io::Result<bool> {
    let read = |from: u64, length: u64| {
        let mut stored = Vec::new();
        let extent = Extent { offset: from, length: length.min(offset - from) };
        collector.read_again(extent, |piece| stored.extend_from_slice(piece)).map(|()| stored)
    };
    let is_near = |from: u64| offset - from <= NEAR;
    let first = suspects.iter().map(|suspect| suspect.extent.offset).filter(|from| is_near(*from)).min();
    let near = first.map_or(Ok(Vec::new()), |first| read(first, NEAR))?;
    for suspect in suspects {
        let Extent { offset: from, length } = suspect.extent;
        let alone = if is_near(from) { Vec::new() } else { read(from, length + BEHIND)? };
        let stored = match first.filter(|_| is_near(from)) {
            Some(first) => &near[((from - first) as usize).min(near.len())..],
            None => &alone,
        };
        if !suspect.is_true(stored, inflater) {
            return Ok(false);
        }
    }
    Ok(true)
}
