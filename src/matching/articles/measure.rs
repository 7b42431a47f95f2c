//! An overlap in numbers, without what is not the article's own.

use super::overlap::Overlap;
use crate::fingerprint::article::{Counts, Marks};
use crate::fingerprint::shingle::{INNER_WORDS, WORDS};

/// Words at the end of a common passage that no kept shingle covers: at most so many.
const UNCOVERED: u32 = (WORDS - INNER_WORDS - 1) as u32;

/// Runs of so many words satisfy the usual definitions of memorised text (50 tokens are some 38 English words).
const LONG: u32 = 50;

/// Chains with fewer runs tell nothing about an edited copy.
const CHAINED: u32 = 3;

/// The common words of an article and a text, counted in words of the article.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measure {
    /// Words that stand in the text word for word, in runs.
    pub shared: u32,
    /// Those that are the article's own.
    pub own: u32,
    /// Own words outside quotation marks.
    pub unquoted: u32,
    /// Longest run.
    pub run: u32,
    /// Longest run of own words.
    pub own_run: u32,
    /// Where it begins in the text, in words.
    pub own_run_text: u32,
    /// Runs of 50 words or more.
    pub long_runs: u32,
    /// Words from the first to the last run of chains with three or more: an edited copy has few runs and long chains.
    pub aligned: u32,
    /// Those that are not common.
    pub own_aligned: u32,
    /// Aligned words outside quotation marks that are not common.
    pub unquoted_aligned: u32,
    /// Words found in such chains, single ones between runs as well (with the side file), or shingles found times their
    /// mean distance.
    pub chained: u32,
    /// Index behind the last own word in the article.
    pub own_end: u32,
    /// Words of the text that belong to runs.
    pub text_shared: u32,
    /// Share of the text that they are.
    pub record_coverage: f64,
    /// Words of the article that other articles of its publisher hold.
    pub recurring: u32,
    /// Words of the article that other publishers, the commons list or many hosts hold.
    pub held: u32,
    /// The words were compared one by one.
    pub exact: bool,
    /// Ranges of the article's words that are counted in `own`.
    pub own_ranges: Vec<(u32, u32)>,
}

/// A word of the article, as bits.
const SHARED: u8 = 1;
const COMMON: u8 = 2;
const OWNED: u8 = 4;
const QUOTED: u8 = 8;
const ALIGNED: u8 = 16;
const RECURRING: u8 = 32;
const HELD: u8 = 64;

impl Measure {
    /// Measures an overlap. `is_common` tells of a shingle's position whether many hosts have it; `is_blocked` tells of
    /// a word whether it is not own for another reason.
    pub fn of(
        overlap: &Overlap,
        article: Counts,
        is_common: impl Fn(u32) -> bool,
        is_blocked: impl Fn(u32) -> bool,
    ) -> Measure {
        let mut words = vec![0_u8; article.words as usize];
        let mut set = |from: u32, to: u32, bits: u8| {
            let to = (to as usize).min(words.len());
            words.get_mut(from as usize..to).into_iter().flatten().for_each(|word| *word |= bits);
        };
        overlap.runs.iter().for_each(|run| set(run.article, run.article_end(), SHARED));
        for &(from, to) in &overlap.quoted {
            set(from, to, QUOTED);
        }
        for place in &overlap.places {
            let (marks, end) = (Marks(place.marks), place.position + place.length);
            let held = is_held(marks) || is_common(place.position);
            let recurring = marks.has(Marks::RECURRING);
            let bits = match (held, recurring) {
                (false, false) => OWNED,
                (true, _) => COMMON | HELD,
                (false, true) => COMMON | RECURRING,
            };
            set(place.position, end, bits);
        }
        for place in &overlap.common {
            let kind = if is_held(Marks(place.marks)) { HELD } else { RECURRING };
            set(place.position, place.position + place.length, COMMON | kind);
        }
        let mut measure = Measure { exact: overlap.exact, ..Measure::default() };
        for chain in overlap.chains.iter().filter(|chain| chain.runs >= CHAINED) {
            set(chain.from, chain.to, ALIGNED);
            measure.chained += chain.found;
        }
        widen(&mut words, article.factor());
        for (at, word) in words.iter_mut().enumerate() {
            if is_blocked(at as u32) {
                *word |= COMMON | HELD;
            }
        }
        let count = |all: u8, none: u8| {
            words.iter().filter(|&&word| word & all == all && word & none == 0).count() as u32
        };
        measure.shared = count(SHARED, 0);
        measure.own = count(SHARED, COMMON);
        measure.unquoted = count(SHARED, COMMON | QUOTED);
        measure.aligned = count(ALIGNED, 0);
        measure.own_aligned = count(ALIGNED, COMMON);
        measure.unquoted_aligned = count(ALIGNED, COMMON | QUOTED);
        measure.recurring = count(SHARED | RECURRING, 0);
        measure.held = count(SHARED | HELD, 0);
        for (at, _) in words.iter().enumerate().filter(|(_, word)| **word & (SHARED | COMMON) == SHARED) {
            let at = at as u32;
            match measure.own_ranges.last_mut() {
                Some((_, end)) if *end == at => *end += 1,
                _ => measure.own_ranges.push((at, at + 1)),
            }
        }
        measure.own_end = measure.own_ranges.last().map_or(0, |(_, end)| *end);
        measure.count_runs(overlap, &words);
        measure
    }

    fn count_runs(&mut self, overlap: &Overlap, words: &[u8]) {
        let mut in_text: Vec<(u32, u32)> = Vec::with_capacity(overlap.runs.len());
        for run in &overlap.runs {
            self.run = self.run.max(run.length);
            self.long_runs += u32::from(run.length >= LONG);
            in_text.push((run.text, run.text_end()));
            let mut length = 0;
            for at in 0..run.length {
                let is_own = words.get((run.article + at) as usize).is_some_and(|word| word & COMMON == 0);
                length = if is_own { length + 1 } else { 0 };
                if length > self.own_run {
                    self.own_run = length;
                    self.own_run_text = run.text + at + 1 - length;
                }
            }
        }
        in_text.sort_unstable();
        let mut end = 0;
        for (from, to) in in_text {
            self.text_shared += to.saturating_sub(from.max(end));
            end = end.max(to);
        }
        self.record_coverage = share(self.text_shared, overlap.text_words);
    }

    /// Share of the article's words, 0 to 1.
    pub fn coverage(&self, article: Counts) -> f64 {
        share(self.shared, article.words)
    }

    /// Share of the article's own words.
    pub fn own_coverage(&self, article: Counts) -> f64 {
        share(self.own, article.own_words)
    }
}

fn is_held(marks: Marks) -> bool {
    marks.has(Marks::SHARED) || marks.has(Marks::COMMONS)
}

/// A share, at most 1.
pub fn share(part: u32, whole: u32) -> f64 {
    if whole == 0 { 0.0 } else { f64::from(part.min(whole)) / f64::from(whole) }
}

/// Common passages end up to five words behind their last kept shingle, and begin as early before the first.
fn widen(words: &mut [u8], factor: u32) {
    let reach = (UNCOVERED * factor) as usize;
    let mut spread = |forward: bool| {
        let mut left = 0;
        let mut bits = 0;
        for index in 0..words.len() {
            let at = if forward { index } else { words.len() - 1 - index };
            let word = &mut words[at];
            if *word & COMMON != 0 {
                (left, bits) = (reach, *word & (COMMON | HELD | RECURRING));
            } else if *word & (OWNED | SHARED) != SHARED {
                left = 0;
            } else if left > 0 {
                left -= 1;
                // Not COMMON yet: the way back must not begin from here.
                *word |= bits & !COMMON;
            }
        }
    };
    spread(true);
    spread(false);
    for word in words {
        if *word & (HELD | RECURRING) != 0 {
            *word |= COMMON;
        }
    }
}
