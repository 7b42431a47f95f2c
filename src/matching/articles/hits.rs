//! The shingles of a text that a fingerprint file holds.

use crate::fingerprint::article::{Entry, Marks};
use crate::fingerprint::common::HOT;
use crate::fingerprint::file::Fingerprints;
use crate::fingerprint::shingle::Shingle;

/// A shingle of the text that an article holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// Index of the article.
    pub article: u32,
    /// Position in the text, in words.
    pub text: u32,
    /// Position in the article, in words.
    pub position: u32,
    /// Marks of the article's entry.
    pub marks: Marks,
    /// The hash.
    pub hash: u64,
}

/// Looks up shingles; keeps its buffers.
#[derive(Default)]
pub struct Finder {
    hits: Vec<Hit>,
    /// Shingles that more than [`HOT`] articles hold. They open no comparison.
    hot: Vec<Shingle>,
}

impl Finder {
    /// The hits of each article that has two or more, articles in their order, hits in the order of the text.
    pub fn find<'f>(
        &'f mut self,
        shingles: &[Shingle],
        file: &Fingerprints,
    ) -> impl Iterator<Item = &'f [Hit]> {
        self.hits.clear();
        self.hot.clear();
        for shingle in shingles.iter().filter(|shingle| file.may_hold(shingle.hash)) {
            let entries = file.find(shingle.hash);
            if entries.len() > HOT {
                self.hot.push(*shingle);
                continue;
            }
            self.hits.extend(entries.map(|index| Hit::new(shingle, file.entry(index, shingle.hash))));
        }
        if self.hits.len() > 1 {
            self.hits.sort_unstable();
            self.add_hot(file);
        }
        self.hits.chunk_by(|one, other| one.article == other.article).filter(|hits| hits.len() > 1)
    }

    /// Where a comparison is open, the hot shingles count as well.
    fn add_hot(&mut self, file: &Fingerprints) {
        if self.hot.is_empty() {
            return;
        }
        let opened: Vec<u32> = self
            .hits
            .chunk_by(|one, other| one.article == other.article)
            .filter(|hits| hits.len() > 1)
            .map(|hits| hits[0].article)
            .collect();
        for shingle in &self.hot {
            let entries = file.find(shingle.hash);
            let entry = |index: u32| file.entry(index, shingle.hash);
            for &article in &opened {
                let mut low = entries.start;
                let mut high = entries.end;
                while low < high {
                    let middle = low + (high - low) / 2;
                    match entry(middle).article < article {
                        true => low = middle + 1,
                        false => high = middle,
                    }
                }
                let own = (low..entries.end).map(entry).take_while(|entry| entry.article == article);
                self.hits.extend(own.map(|entry| Hit::new(shingle, entry)));
            }
        }
        self.hits.sort_unstable();
    }
}

impl Hit {
    fn new(shingle: &Shingle, entry: Entry) -> Hit {
        Hit {
            article: entry.article,
            text: shingle.position,
            position: entry.position(),
            marks: entry.marks(),
            hash: shingle.hash,
        }
    }
}
