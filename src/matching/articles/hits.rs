//! The shingles of a text that a fingerprint file holds.

use std::ops::Range;

use super::class::LEAST_ROW;
use crate::fingerprint::article::Marks;
use crate::fingerprint::common::HOT;
use crate::fingerprint::file::Fingerprints;
use crate::fingerprint::look_up::LookUp;
use crate::fingerprint::shingle::{Shingle, WORDS};

/// Times that one shingle counts in a text. What stands there more often is a refrain, and each time would be compared
/// with each place in each article.
const MOST_TIMES: usize = 8;

/// Words that a run may have beside its kept shingles: up to five at each end.
const BESIDE: u32 = 10;

/// Articles of one hot shingle that are counted to find those that fit best.
const MOST_OWNERS: usize = 1024;

/// A shingle of the text that an article holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Position in the text, in words.
    pub text: u32,
    /// Position in the article, in words.
    pub position: u32,
    /// Marks of the article's entry.
    pub marks: Marks,
    /// The hash.
    pub hash: u64,
}

/// A shingle of the text and an entry of the file that has its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Pair {
    article: u32,
    text: u32,
    entry: u32,
    hash: u64,
}

/// Looks up shingles; keeps its buffers.
#[derive(Default)]
pub struct Finder {
    look_up: LookUp,
    /// Shingles that the file holds, with their entries.
    found: Vec<(Shingle, Range<u32>)>,
    pairs: Vec<Pair>,
    hits: Vec<Hit>,
}

impl Finder {
    /// Hands the hits of each article that could become a row to `each`, with its hits in the order of the text: articles
    /// in their order; then those that have shingles which more than [`HOT`] entries have and which none of the articles
    /// before has, those with most of them first.
    pub fn find(&mut self, shingles: &[Shingle], file: &Fingerprints, mut each: impl FnMut(u32, &[Hit])) {
        self.look_up(shingles, file);
        let Finder { found, pairs, hits, .. } = self;
        pairs.clear();
        for (shingle, entries) in found.iter().filter(|(_, entries)| entries.len() <= HOT) {
            pairs.extend(entries.clone().map(|entry| Pair::new(shingle, entry, file)));
        }
        pairs.sort_unstable();
        let mut hot: Vec<&(Shingle, Range<u32>)> =
            found.iter().filter(|(_, entries)| entries.len() > HOT).collect();
        hot.sort_unstable_by_key(|(shingle, _)| shingle.position);
        let mut is_left = vec![true; hot.len()];
        for pairs in pairs.chunk_by(|one, other| one.article == other.article) {
            if !may_be_row(pairs.iter().map(|pair| pair.text)) {
                continue;
            }
            hits.clear();
            hits.extend(pairs.iter().map(|pair| Hit::new(pair, file)));
            add_hot(pairs[0].article, &hot, &mut is_left, file, hits);
            each(pairs[0].article, hits);
        }
        for _ in 0..HOT {
            let left = hot.iter().zip(&is_left).filter(|(_, is_left)| **is_left).map(|(hot, _)| *hot);
            let Some(article) = best_of(left, pairs, file) else { return };
            hits.clear();
            add_hot(article, &hot, &mut is_left, file, hits);
            each(article, hits);
        }
    }

    fn look_up(&mut self, shingles: &[Shingle], file: &Fingerprints) {
        let Finder { look_up, found, .. } = self;
        look_up.find(shingles, file, found);
        if found.len() > MOST_TIMES {
            found.sort_unstable_by_key(|(shingle, _)| (shingle.hash, shingle.position));
            let (mut last, mut times) = (None, 0);
            found.retain(|(shingle, _)| {
                times = if last == Some(shingle.hash) { times + 1 } else { 1 };
                last = Some(shingle.hash);
                times <= MOST_TIMES
            });
        }
    }
}

/// Adds the hot shingles that an article has to its hits; they are no longer left.
fn add_hot(
    article: u32,
    hot: &[&(Shingle, Range<u32>)],
    is_left: &mut [bool],
    file: &Fingerprints,
    hits: &mut Vec<Hit>,
) {
    for ((shingle, entries), is_left) in hot.iter().zip(is_left) {
        let before = hits.len();
        let own = entries_of(article, entries, file);
        hits.extend(own.map(|entry| Hit::new(&Pair::new(shingle, entry, file), file)));
        *is_left &= hits.len() == before;
    }
    hits.sort_unstable_by_key(|hit| (hit.text, hit.position));
}

/// The article that has most of these hot shingles, the first of equals, if it could become a row by them alone.
fn best_of<'h>(
    hot: impl Iterator<Item = &'h (Shingle, Range<u32>)>,
    pairs: &mut Vec<Pair>,
    file: &Fingerprints,
) -> Option<u32> {
    pairs.clear();
    for (shingle, entries) in hot {
        pairs.extend(entries.clone().take(MOST_OWNERS).map(|entry| Pair::new(shingle, entry, file)));
    }
    pairs.sort_unstable();
    let mut best = None;
    for pairs in pairs.chunk_by(|one, other| one.article == other.article) {
        let is_better = best.is_none_or(|(count, _)| count < pairs.len());
        if is_better && may_be_row(pairs.iter().map(|pair| pair.text)) {
            best = Some((pairs.len(), pairs[0].article));
        }
    }
    best.map(|(_, article)| article)
}

/// False when the shingles of one article, at these positions in the order of the text, cannot reach the words of a row.
fn may_be_row(mut positions: impl Iterator<Item = u32>) -> bool {
    let Some(mut last) = positions.next() else { return false };
    let mut count = 1;
    let mut words = WORDS as u32 + BESIDE;
    for position in positions {
        words += (position - last).min(WORDS as u32);
        (last, count) = (position, count + 1);
    }
    count > 1 && words >= LEAST_ROW
}

/// The entries of one article among those of one hash, which stand in the order of articles.
fn entries_of<'f>(
    article: u32,
    entries: &Range<u32>,
    file: &'f Fingerprints,
) -> impl Iterator<Item = u32> + 'f {
    let (mut low, mut high) = (entries.start, entries.end);
    while low < high {
        let middle = low + (high - low) / 2;
        match file.owner(middle) < article {
            true => low = middle + 1,
            false => high = middle,
        }
    }
    (low..entries.end).take_while(move |&entry| file.owner(entry) == article)
}

impl Pair {
    fn new(shingle: &Shingle, entry: u32, file: &Fingerprints) -> Pair {
        Pair { article: file.owner(entry), text: shingle.position, entry, hash: shingle.hash }
    }
}

impl Hit {
    fn new(pair: &Pair, file: &Fingerprints) -> Hit {
        let entry = file.entry(pair.entry, pair.hash);
        Hit { text: pair.text, position: entry.position(), marks: entry.marks(), hash: pair.hash }
    }
}
