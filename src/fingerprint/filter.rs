//! A filter before the look-up: nearly all shingles of a corpus are in no archive, and a look at one cache line tells.
//!
//! A Bloom filter of 64-bit blocks. The high bits of a hash choose the block, so that sorted hashes fill it from front to
//! back; its low bits choose four bits of the block. With 12 bits a shingle some 2 % of foreign hashes pass.

use super::shingle::HASH_BITS;

/// Bits of the filter for each shingle.
const BITS: u64 = 12;

/// Blocks of the filter for so many shingles.
pub fn blocks(shingles: u64) -> u64 {
    (shingles.saturating_mul(BITS)).div_ceil(64).max(1)
}

/// The filter of these hashes.
pub fn of(hashes: impl ExactSizeIterator<Item = u64>) -> Vec<u64> {
    let mut filter = vec![0; blocks(hashes.len() as u64) as usize];
    let count = filter.len();
    for hash in hashes {
        filter[block(hash, count)] |= mask(hash);
    }
    filter
}

/// The block of a hash in a filter of so many blocks.
pub fn block(hash: u64, blocks: usize) -> usize {
    ((u128::from(hash) * blocks as u128) >> HASH_BITS) as usize
}

/// The bits of a block.
pub fn bits(filter: &[[u8; 8]], block: usize) -> u64 {
    filter.get(block).map_or(0, |bits| u64::from_le_bytes(*bits))
}

/// False when no shingle of the filter has this hash, whose block has these bits.
pub fn may_hold(bits: u64, hash: u64) -> bool {
    let mask = mask(hash);
    bits & mask == mask
}

/// The bits of a hash in its block.
fn mask(hash: u64) -> u64 {
    let bit = |shift: u32| 1_u64 << (hash >> shift & 63);
    bit(0) | bit(6) | bit(12) | bit(18)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_passes_and_of_the_rest_little() {
        let hash = |value: u64| value.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - HASH_BITS);
        let filter: Vec<[u8; 8]> =
            of((0..10_000_u32).map(|value| hash(value.into()))).into_iter().map(u64::to_le_bytes).collect();
        let passes = |hash| may_hold(bits(&filter, block(hash, filter.len())), hash);
        assert!((0..10_000).all(|value| passes(hash(value))));
        let passed = (1_000_000..1_100_000).filter(|value| passes(hash(*value))).count();
        assert!((500..4_000).contains(&passed), "{passed}");
        assert!(!may_hold(bits(&[], 0), 1));
    }
}
