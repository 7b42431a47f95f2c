//! Many shingles looked up together.
//!
//! The parts of a large file stand in no cache, so that nearly every look into one waits for the memory. Each step is
//! done for all shingles of a text before the next one begins, in loops so short that many of these waits are under way
//! at once: with a million articles that takes less than half the time of one shingle after the other.

use std::ops::Range;

use super::file::Fingerprints;
use super::filter;
use super::shingle::Shingle;

/// Looks up the shingles of texts; keeps its buffers.
#[derive(Default)]
pub struct LookUp {
    blocks: Vec<u32>,
    bits: Vec<u64>,
    passed: Vec<Shingle>,
    buckets: Vec<Range<u32>>,
    middles: Vec<u64>,
}

impl LookUp {
    /// The shingles that the file holds, with their entries, into `found`; both in their order.
    pub fn find(
        &mut self,
        shingles: &[Shingle],
        file: &Fingerprints,
        found: &mut Vec<(Shingle, Range<u32>)>,
    ) {
        found.clear();
        self.filter(shingles, file.filter());
        let LookUp { passed, buckets, middles, .. } = self;
        buckets.clear();
        buckets.extend(passed.iter().map(|shingle| file.bucket_of(shingle.hash)));
        middles.clear();
        middles.extend(buckets.iter().map(|bucket| file.middle(bucket)));
        for ((shingle, bucket), &middle) in passed.iter().zip(&*buckets).zip(&*middles) {
            let entries = file.find_in(bucket, middle, shingle.hash);
            if !entries.is_empty() {
                found.push((*shingle, entries));
            }
        }
    }

    /// The shingles that pass the filter, into `passed`.
    fn filter(&mut self, shingles: &[Shingle], filter: &[[u8; 8]]) {
        let LookUp { blocks, bits, passed, .. } = self;
        blocks.clear();
        blocks.extend(shingles.iter().map(|shingle| filter::block(shingle.hash, filter.len()) as u32));
        bits.clear();
        bits.extend(blocks.iter().map(|&block| filter::bits(filter, block as usize)));
        passed.clear();
        let held =
            shingles.iter().zip(&*bits).filter(|(shingle, bits)| filter::may_hold(**bits, shingle.hash));
        passed.extend(held.map(|(shingle, _)| *shingle));
    }
}
