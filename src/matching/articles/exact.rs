//! Word for word: the runs that an article and a text have in common, where the words of both are at hand.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::chains;
use super::overlap::{Chain, Run};

/// Words of the shortest run that counts by itself beside others of its chain.
pub const SHORTEST: usize = 5;

/// Words of a run that opens a chain; what is shorter may be chance.
const OPENING: usize = 8;

/// Words of a run that leaves no doubt that the text was taken from this article, or from where the article has it.
const SURE: usize = 40;

/// Words of a run that opens a chain in such a text: a short piece that was taken along. Among the labelled records
/// five would make a copy of a long quotation, six of none.
const BESIDE: usize = 7;

/// Positions of one five-word run in an article that are followed; it is a refrain if there are more.
const MOST_PLACES: usize = 16;

/// Compares texts with articles; keeps its buffers.
#[derive(Default)]
pub struct Comparison {
    places: HashMap<u64, Vec<u32>, FixedState>,
}

/// What the comparison found: runs in the order of the article, and chains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Common {
    /// Runs of five words or more (in scripts without spaces, ten characters) that belong to a chain.
    pub runs: Vec<Run>,
    /// Chains with a run of eight words or more, or of seven beside one of forty. `found` counts all words of the article that stand on the chain's
    /// diagonal in the text, single ones between runs as well.
    pub chains: Vec<Chain>,
}

impl Comparison {
    /// Compares the words of an article with those of a text. `factor` is 2 in scripts without spaces.
    pub fn compare(&mut self, article: &[u32], text: &[u32], factor: u32) -> Common {
        let shortest = SHORTEST * factor as usize;
        self.index(article, shortest);
        let runs = self.runs(article, text, shortest);
        let (found, of_run) = chains::chain(&runs, factor);
        let mut longest = vec![0; found.len()];
        for (run, &chain) in runs.iter().zip(&of_run) {
            longest[chain] = longest[chain].max(run.length as usize);
        }
        let mut is_open: Vec<bool> =
            longest.iter().map(|&longest| longest >= OPENING * factor as usize).collect();
        open_neighbours(&runs, &of_run, &mut is_open);
        if longest.iter().any(|&longest| longest >= SURE * factor as usize) {
            let is_beside = |&longest: &usize| longest >= BESIDE * factor as usize;
            is_open.iter_mut().zip(&longest).for_each(|(open, longest)| *open |= is_beside(longest));
        }
        let mut common = Common::default();
        let mut by_chain: Vec<Vec<Run>> = vec![Vec::new(); found.len()];
        for (run, &chain) in runs.iter().zip(&of_run).filter(|(_, chain)| is_open[**chain]) {
            common.runs.push(*run);
            by_chain[chain].push(*run);
        }
        common.runs.sort_unstable();
        for (chain, runs) in found.iter().zip(&by_chain).filter(|(_, runs)| !runs.is_empty()) {
            let between: u32 =
                runs.windows(2).map(|pair| equal_between(&pair[0], &pair[1], article, text)).sum();
            common.chains.push(Chain { found: chain.found + between, ..*chain });
        }
        common
    }

    fn index(&mut self, article: &[u32], shortest: usize) {
        self.places.clear();
        for (at, run) in article.windows(shortest).enumerate().filter(|(_, run)| has_three(run)) {
            let places = self.places.entry(hash(run)).or_default();
            if places.len() < MOST_PLACES {
                places.push(at as u32);
            }
        }
    }

    /// Maximal runs in the order of the text.
    fn runs(&self, article: &[u32], text: &[u32], shortest: usize) -> Vec<Run> {
        let mut runs = Vec::new();
        // For each diagonal where its last run ends in the text.
        let mut ends: HashMap<i64, u32, FixedState> = HashMap::default();
        for (at, window) in text.windows(shortest).enumerate() {
            let Some(places) = self.places.get(&hash(window)) else { continue };
            for &place in places {
                let diagonal = i64::from(place) - at as i64;
                if ends.get(&diagonal).is_some_and(|&end| at < end as usize) {
                    continue;
                }
                let pairs = article[place as usize..].iter().zip(&text[at..]);
                let length = pairs.take_while(|(one, other)| one == other).count();
                if length >= shortest {
                    runs.push(Run { article: place, text: at as u32, length: length as u32 });
                    ends.insert(diagonal, (at + length) as u32);
                }
            }
        }
        runs
    }
}

/// A short run stands by itself where the text goes on, without a word between, from another run of the article: pieces
/// of an article that were taken from several places of it.
fn open_neighbours(runs: &[Run], of_run: &[usize], is_open: &mut [bool]) {
    let touches = |one: &Run, two: &Run| two.text <= one.text_end() + 1 && two.text_end() > one.text_end();
    for pair in runs.windows(2).zip(of_run.windows(2)) {
        let ([one, two], [first, second]) = (pair.0, pair.1) else { continue };
        if touches(one, two) && (is_open[*first] || is_open[*second]) {
            (is_open[*first], is_open[*second]) = (true, true);
        }
    }
}

/// Words between two runs that stand in both at the distance of the first run or of the second.
fn equal_between(one: &Run, two: &Run, article: &[u32], text: &[u32]) -> u32 {
    let (from, to) = (one.article_end() as usize, two.article as usize);
    let (from_text, to_text) = (one.text_end() as usize, two.text as usize);
    if from >= to || from_text >= to_text {
        return 0;
    }
    let (gap, gap_text) = (&article[from..to], &text[from_text..to_text]);
    let forward: Vec<bool> = gap.iter().zip(gap_text).map(|(one, other)| one == other).collect();
    let backward: Vec<bool> =
        gap.iter().rev().zip(gap_text.iter().rev()).map(|(one, other)| one == other).collect();
    let is_equal = |at: usize| {
        forward.get(at).is_some_and(|&equal| equal)
            || backward.get(gap.len() - 1 - at).is_some_and(|&equal| equal)
    };
    (0..gap.len()).filter(|&at| is_equal(at)).count() as u32
}

/// True for a run with three different words or more: a row of zeros has a run everywhere.
fn has_three(run: &[u32]) -> bool {
    let mut others = run.iter().filter(|word| **word != run[0]);
    others.next().is_some_and(|second| others.any(|third| third != second))
}

/// A polynomial over the words; equal hashes are compared word by word.
fn hash(words: &[u32]) -> u64 {
    words.iter().fold(0, |hash: u64, &word| {
        hash.wrapping_mul(0x9fb2_1c65_1e98_df25).wrapping_add(u64::from(word) + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(range: std::ops::Range<u32>) -> Vec<u32> {
        range.collect()
    }

    #[test]
    fn a_copy_is_one_run_and_noise_is_none() {
        let article = words(0..100);
        let text = [words(1000..1010), words(20..80), words(2000..2010)].concat();
        let common = Comparison::default().compare(&article, &text, 1);
        assert_eq!(common.runs, [Run { article: 20, text: 10, length: 60 }]);
        assert_eq!(common.chains, [Chain { from: 20, to: 80, found: 60, runs: 1 }]);
        assert_eq!(Comparison::default().compare(&article, &words(5000..5100), 1), Common::default());
        // Seven words alone are no copy of anything.
        assert_eq!(Comparison::default().compare(&article, &words(3..10), 1), Common::default());
    }

    #[test]
    fn seven_words_count_beside_forty_and_not_beside_fewer() {
        let article = words(0..200);
        let text = |long: u32, short: u32| {
            [words(20..20 + long), words(1000..1100), words(150..150 + short), words(2000..2010)].concat()
        };
        let found = |long, short| {
            let runs = Comparison::default().compare(&article, &text(long, short), 1).runs;
            runs.iter().map(|run| run.length).collect::<Vec<u32>>()
        };
        assert_eq!(found(40, 7), [40, 7]);
        assert_eq!(found(39, 7), [39]);
        assert_eq!(found(100, 6), [100]);
    }

    #[test]
    fn changed_words_leave_runs_and_the_words_between_them() {
        let article = words(0..60);
        let mut text = article.clone();
        for at in [10, 16, 19, 25] {
            text[at] += 500;
        }
        let common = Comparison::default().compare(&article, &text, 1);
        let lengths: Vec<u32> = common.runs.iter().map(|run| run.length).collect();
        assert_eq!(lengths, [10, 5, 5, 34]);
        assert_eq!(common.chains, [Chain { from: 0, to: 60, found: 56, runs: 4 }]);
    }
}
