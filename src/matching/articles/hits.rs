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
    /// Hands the hits of each article that could become a row to `each`: articles in their order, hits in the order of
    /// the text.
    pub fn find(&mut self, shingles: &[Shingle], file: &Fingerprints, mut each: impl FnMut(u32, &[Hit])) {
        self.look_up(shingles, file);
        let Finder { found, pairs, hits, .. } = self;
        pairs.clear();
        for (shingle, entries) in found.iter().filter(|(_, entries)| entries.len() <= HOT) {
            pairs.extend(entries.clone().map(|entry| Pair {
                article: file.owner(entry),
                text: shingle.position,
                entry,
                hash: shingle.hash,
            }));
        }
        pairs.sort_unstable();
        for pairs in pairs.chunk_by(|one, other| one.article == other.article) {
            if !may_be_row(pairs) {
                continue;
            }
            let article = pairs[0].article;
            hits.clear();
            hits.extend(pairs.iter().map(|pair| Hit::new(pair, file)));
            // Shingles that more articles hold open no comparison; where one is open they count as well.
            for (shingle, entries) in found.iter().filter(|(_, entries)| entries.len() > HOT) {
                let own = entries_of(article, entries, file);
                let pair = |entry| Pair { article, text: shingle.position, entry, hash: shingle.hash };
                hits.extend(own.map(|entry| Hit::new(&pair(entry), file)));
            }
            hits.sort_unstable_by_key(|hit| (hit.text, hit.position));
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

/// False when the shingles of one article, which stand in the order of the text, cannot reach the words of a row.
fn may_be_row(pairs: &[Pair]) -> bool {
    let ends = pairs.windows(2).map(|pair| (pair[1].text - pair[0].text).min(WORDS as u32));
    pairs.len() > 1 && ends.sum::<u32>() + WORDS as u32 + BESIDE >= LEAST_ROW
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

impl Hit {
    fn new(pair: &Pair, file: &Fingerprints) -> Hit {
        let entry = file.entry(pair.entry, pair.hash);
        Hit { text: pair.text, position: entry.position(), marks: entry.marks(), hash: pair.hash }
    }
}
