//! Chance that can be repeated: the same seed gives the same choice on every machine and in every version.
//!
//! The generators of the usual crates promise no such thing over their versions, and a report that names its seed must
//! be one that anybody can make again. SplitMix64 (Steele, Lea and Flood 2014) is ten lines.

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The stream that belongs to a rank and a purpose, so that no choice depends on those made before it.
    pub fn of(seed: u64, rank: u64, purpose: &str) -> Chance {
        Chance(self::rank(seed, &[&rank.to_le_bytes(), purpose.as_bytes()]))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    /// A number from 0 to below `end`; 0 when `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.next()) * end as u128) >> 64) as usize
    }

    /// Puts the first `count` items in random order, each of all.
    pub fn shuffle<T>(&mut self, items: &mut [T], count: usize) {
        for at in 0..count.min(items.len()) {
            let other = at + self.below(items.len() - at);
            items.swap(at, other);
        }
    }
}

/// The rank of an item, which depends on nothing but itself and the seed.
pub fn rank(seed: u64, parts: &[&[u8]]) -> u64 {
    // Each part is hashed into the seed of the next one, so that where one ends matters.
    parts.iter().fold(seed, |seed, part| xxh3_64_with_seed(part, seed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_that_of_the_published_generator() {
        // First numbers of the reference implementation for the seed 1234567.
        let mut chance = Chance(1_234_567);
        assert_eq!(chance.next(), 6_457_827_717_110_365_317);
        assert_eq!(chance.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn all_are_drawn_and_none_outside() {
        let mut chance = Chance::of(1, 2, "test");
        let mut seen = [0; 7];
        (0..7_000).for_each(|_| seen[chance.below(7)] += 1);
        assert!(seen.iter().all(|&count| (850..1_150).contains(&count)), "{seen:?}");
        assert_eq!(chance.below(0), 0);
        let mut items: Vec<u32> = (0..50).collect();
        chance.shuffle(&mut items, 50);
        assert_ne!(items, (0..50).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..50).collect::<Vec<_>>());
    }

    #[test]
    fn seed_purpose_and_borders_matter() {
        assert_ne!(rank(1, &[b"ab", b"c"]), rank(1, &[b"a", b"bc"]));
        assert_ne!(rank(1, &[b"ab"]), rank(2, &[b"ab"]));
        assert_ne!(Chance::of(1, 2, "a").next(), Chance::of(1, 2, "b").next());
    }
}
