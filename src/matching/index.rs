//! From the text of a pattern to the patterns that have this text.
//!
//! Pairs of hash and pattern lie sorted by hash, and a directory over the upper bits of the hash says where
//! to begin. That is as quick as a hash map, half its size, and keeps patterns with the same text side by
//! side, which is what the checks for doubles need.

use std::hash::{BuildHasher, Hasher};

use foldhash::quality::FixedState;

use super::patterns::Patterns;

/// The hash of a text for [`Index`] and the filter. It never leaves the process.
pub(super) fn hash(text: &str) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    hasher.write(text.as_bytes());
    hasher.finish()
}

#[derive(Debug)]
pub(super) struct Index {
    /// Hash and pattern, sorted by hash, then by effect, period and number.
    entries: Vec<(u64, u32)>,
    /// Where the entries begin whose hash has the place's number in its upper bits.
    starts: Vec<u32>,
    shift: u32,
}

impl Index {
    pub fn new(patterns: &Patterns) -> Index {
        let mut entries: Vec<(u64, u32)> = patterns.ids().map(|id| (hash(patterns.text(id)), id)).collect();
        entries.sort_unstable();
        for same in entries.chunk_by_mut(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
            same.sort_by_key(|&(_, id)| (patterns.get(id).effect, patterns.get(id).period, id));
        }
        // One place of the directory for each entry or two.
        let bits = entries.len().checked_ilog2().unwrap_or(0).max(1);
        let shift = u64::BITS - bits;
        let mut starts = Vec::with_capacity((1 << bits) + 1);
        for (at, entry) in entries.iter().enumerate() {
            let place = (entry.0 >> shift) as usize;
            starts.resize(starts.len().max(place + 1), at as u32);
        }
        starts.resize((1 << bits) + 1, entries.len() as u32);
        Index { entries, starts, shift }
    }

    /// The patterns whose text has this hash. Their texts have still to be compared.
    pub fn with_hash(&self, hash: u64) -> impl Iterator<Item = u32> {
        let place = (hash >> self.shift) as usize;
        let near = &self.entries[self.starts[place] as usize..self.starts[place + 1] as usize];
        near.iter()
            .skip_while(move |entry| entry.0 < hash)
            .take_while(move |entry| entry.0 == hash)
            .map(|entry| entry.1)
    }

    /// Groups of two patterns or more that share a hash.
    pub fn groups(&self) -> impl Iterator<Item = impl Iterator<Item = u32> + Clone> {
        self.entries
            .chunk_by(|a, b| a.0 == b.0)
            .filter(|same| same.len() > 1)
            .map(|same| same.iter().map(|entry| entry.1))
    }
}

#[cfg(test)]
mod tests {
    use super::super::patterns::{Effect, Period};
    use super::*;

    fn patterns(texts: impl IntoIterator<Item = String>) -> Patterns {
        let mut patterns = Patterns::default();
        for text in texts {
            patterns.push(&text, "", Effect::Claims { title: 0 }, Period::ALWAYS, 0);
        }
        patterns
    }

    #[test]
    fn every_text_is_found_at_any_size() {
        for size in [0, 1, 2, 3, 7, 64, 1000] {
            let index = Index::new(&patterns((0..size).map(|n| format!("{n}.fr"))));
            for n in 0..size {
                assert_eq!(
                    index.with_hash(hash(&format!("{n}.fr"))).collect::<Vec<_>>(),
                    [n],
                    "{n} of {size}"
                );
            }
            assert_eq!(index.with_hash(hash("lemonde.fr")).count(), 0, "of {size}");
        }
    }

    #[test]
    fn equal_texts_stand_together() {
        let index = Index::new(&patterns(["a.fr", "b.fr", "a.fr"].map(String::from)));
        let groups: Vec<Vec<u32>> = index.groups().map(Iterator::collect).collect();
        assert_eq!(groups, [[0, 2]]);
    }
}
