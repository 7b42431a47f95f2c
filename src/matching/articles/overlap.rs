//! What one text and one article have in common, before anybody judges it.

use serde::{Deserialize, Serialize};

use crate::fingerprint::article::Counts;

/// A run of words that stands in both, word for word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "(u32, u32, u32)", from = "(u32, u32, u32)")]
pub struct Run {
    /// Index of its first word in the article.
    pub article: u32,
    /// Index of its first word in the text.
    pub text: u32,
    /// Words.
    pub length: u32,
}

impl Run {
    /// Index behind its last word in the article.
    pub fn article_end(&self) -> u32 {
        self.article + self.length
    }

    /// Index behind its last word in the text.
    pub fn text_end(&self) -> u32 {
        self.text + self.length
    }

    /// Runs of one diagonal stand at the same distance in both.
    pub fn diagonal(&self) -> i64 {
        i64::from(self.article) - i64::from(self.text)
    }
}

impl From<Run> for (u32, u32, u32) {
    fn from(run: Run) -> Self {
        (run.article, run.text, run.length)
    }
}

impl From<(u32, u32, u32)> for Run {
    fn from((article, text, length): (u32, u32, u32)) -> Run {
        Run { article, text, length }
    }
}

/// Runs that follow each other in the article as they do in the text, with few words between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "(u32, u32, u32, u32)", from = "(u32, u32, u32, u32)")]
pub struct Chain {
    /// Index of its first word in the article.
    pub from: u32,
    /// Index behind its last word in the article.
    pub to: u32,
    /// Shingles found in it; with the side file, words found in it.
    pub found: u32,
    /// Runs it is made of.
    pub runs: u32,
}

impl From<Chain> for (u32, u32, u32, u32) {
    fn from(chain: Chain) -> Self {
        (chain.from, chain.to, chain.found, chain.runs)
    }
}

impl From<(u32, u32, u32, u32)> for Chain {
    fn from((from, to, found, runs): (u32, u32, u32, u32)) -> Chain {
        Chain { from, to, found, runs }
    }
}

/// A shingle that was found, with its article's marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "(u32, u32, u32)", from = "(u32, u32, u32)")]
pub struct Place {
    /// Index of its first word in the article.
    pub position: u32,
    /// Words.
    pub length: u32,
    /// Marks, see [`crate::fingerprint::article::Marks`].
    pub marks: u32,
}

impl From<Place> for (u32, u32, u32) {
    fn from(place: Place) -> Self {
        (place.position, place.length, place.marks)
    }
}

impl From<(u32, u32, u32)> for Place {
    fn from((position, length, marks): (u32, u32, u32)) -> Place {
        Place { position, length, marks }
    }
}

/// What a text and an article have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overlap {
    /// Words of the text.
    #[serde(rename = "w")]
    pub text_words: u32,
    /// Runs, in the order of the article.
    #[serde(rename = "r")]
    pub runs: Vec<Run>,
    /// Chains of them.
    #[serde(rename = "c")]
    pub chains: Vec<Chain>,
    /// Shingles found, in the order of the article, each once.
    #[serde(rename = "p")]
    pub places: Vec<Place>,
    /// Shingles that are not the article's own and reach into its runs or chains, found or not: a text may have a part of
    /// one.
    #[serde(rename = "m", default, skip_serializing_if = "Vec::is_empty")]
    pub common: Vec<Place>,
    /// Ranges of the article's words that stand between quotation marks, in the article or in the text.
    #[serde(rename = "q")]
    pub quoted: Vec<(u32, u32)>,
    /// Word for word; else runs are lower bounds.
    #[serde(rename = "e")]
    pub exact: bool,
}

/// Most words between two quotation marks of a text that are taken for a quotation; a page may lack a mark.
const LONGEST_QUOTATION: usize = 150;

impl Overlap {
    /// Words of the article are quoted as well where the text puts them between quotation marks, and where the text's
    /// words stand between marks at another place of the article: a sentence is printed again beside the column.
    pub fn add_quoted(&mut self, in_text: &[bool], article: Counts) {
        let mut quoted = vec![false; article.words as usize];
        for &(from, to) in &self.quoted {
            let to = (to as usize).min(quoted.len());
            quoted.get_mut(from as usize..to).into_iter().flatten().for_each(|word| *word = true);
        }
        let mut text = vec![false; in_text.len()];
        let mut at = 0;
        for group in in_text.chunk_by(|one, other| one == other) {
            if group.first() == Some(&true) && group.len() <= LONGEST_QUOTATION * article.factor() as usize {
                text[at..at + group.len()].fill(true);
            }
            at += group.len();
        }
        let pairs = |&Run { article, text, length }: &Run| {
            (0..length as usize).map(move |at| (article as usize + at, text as usize + at))
        };
        for (word, at) in self.runs.iter().flat_map(pairs) {
            if quoted.get(word) == Some(&true)
                && let Some(slot) = text.get_mut(at)
            {
                *slot = true;
            }
        }
        for (word, at) in self.runs.iter().flat_map(pairs) {
            if text.get(at) == Some(&true)
                && let Some(slot) = quoted.get_mut(word)
            {
                *slot = true;
            }
        }
        self.quoted = ranges(&quoted);
    }

    /// True when so many words are shared, or followed from first to last in a chain.
    pub fn reaches(&self, words: u32) -> bool {
        let follows = |chain: &Chain| chain.to - chain.from >= words;
        self.weight() >= words || self.chains.iter().any(follows)
    }

    /// Words of its runs, to choose among overlaps of one article.
    pub fn weight(&self) -> u32 {
        self.runs.iter().map(|run| run.length).sum()
    }
}

/// Ranges of words for which the flag is set.
pub fn ranges(flags: &[bool]) -> Vec<(u32, u32)> {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for (at, _) in flags.iter().enumerate().filter(|(_, flag)| **flag) {
        let at = at as u32;
        match ranges.last_mut() {
            Some((_, end)) if *end == at => *end += 1,
            _ => ranges.push((at, at + 1)),
        }
    }
    ranges
}
