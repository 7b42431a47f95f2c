//! The articles that are planted: a sample of those that the fingerprint file holds.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::chance;
use super::smallest::Smallest;
use crate::articles::Article;
use crate::fingerprint::article::{Counts, Flags, SHORT};
use crate::fingerprint::file::Fingerprints;
use crate::text::normal::Words;
use crate::text::word_hash::is_single;

/// An article to be planted.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Its rank in the sample.
    pub rank: u64,
    /// Its publisher and family in the fingerprint file; `None` when the file does not hold it.
    pub family: Option<(u32, u32)>,
    /// Its publisher and id.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Its text.
    pub text: String,
    /// Where each word stands in the text, in bytes.
    pub words: Vec<(u32, u32)>,
    /// For each word, whether it is a character of a script without spaces.
    pub singles: Vec<bool>,
    /// 2 where most words are such characters, else 1: the factor of all numbers of words.
    pub factor: usize,
}

impl Subject {
    /// An article, with its words counted.
    pub fn new(rank: u64, family: Option<(u32, u32)>, title: String, text: String) -> Subject {
        let mut words = Words::default();
        words.read(&text);
        let singles: Vec<bool> = words.hashes.iter().map(|&hash| is_single(hash)).collect();
        let count = singles.iter().filter(|is_single| **is_single).count();
        Subject {
            rank,
            family,
            name: String::new(),
            title,
            factor: if count * 2 > singles.len() { 2 } else { 1 },
            // Places are those of the repaired text, where the article itself is garbled.
            text: words.repaired.unwrap_or(text),
            words: words.places,
            singles,
        }
    }
}

/// What became of the articles that were read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Read {
    /// Articles of the input.
    pub articles: u64,
    /// Those that the fingerprint file does not hold.
    pub not_in_the_file: u64,
    /// Held, with another number of words: the text is not the one that was fingerprinted.
    pub changed: u64,
    /// Held, and never stated as a copy or not by themselves: short, under an agency's mark, or a version of another.
    pub not_eligible: u64,
    /// Held and eligible. An id that stands twice is counted twice and not chosen.
    pub eligible: u64,
}

/// Chooses articles as they are read.
pub struct Choosing<'f> {
    file: &'f Fingerprints,
    seed: u64,
    /// Articles of the file by the hash of publisher and id.
    known: HashMap<u64, u32, FixedState>,
    chosen: Smallest<Option<Draft>>,
    others: Smallest<Option<Draft>>,
    words: Words,
    /// What became of the articles so far.
    pub read: Read,
}

/// An article of the sample, not cut into words yet: most drafts are dropped again.
#[derive(Clone, Debug)]
struct Draft {
    name: String,
    family: Option<(u32, u32)>,
    title: String,
    text: String,
}

impl<'f> Choosing<'f> {
    /// Chooses at most `most` articles that the file holds, and as many that it does not.
    pub fn new(file: &'f Fingerprints, most: usize, seed: u64) -> Choosing<'f> {
        let name = |article: u32| file.publisher(article).map_or("", |publisher| &publisher.name);
        let known = (0..file.len()).map(|article| {
            (chance::rank(0, &[name(article).as_bytes(), file.texts(article).id.as_bytes()]), article)
        });
        Choosing {
            file,
            seed,
            known: known.collect(),
            chosen: Smallest::new(most),
            others: Smallest::new(most),
            words: Words::default(),
            read: Read::default(),
        }
    }

    /// Takes an article of the input into account.
    pub fn take(&mut self, article: Article) {
        self.read.articles += 1;
        let name = [article.publisher.as_bytes(), article.id.as_bytes()];
        let rank = chance::rank(self.seed, &name);
        let index = self.known.get(&chance::rank(0, &name)).copied();
        let counts = index.map(|index| (index, self.file.counts(index)));
        self.words.read_hashes(&article.text);
        let words = self.words.hashes.len();
        let family = match counts {
            None => {
                self.read.not_in_the_file += 1;
                if words < SHORT as usize {
                    return;
                }
                None
            }
            Some((_, counts)) if counts.words as usize != words => {
                self.read.changed += 1;
                return;
            }
            Some((index, counts)) if !is_eligible(index, counts) => {
                self.read.not_eligible += 1;
                return;
            }
            Some((_, counts)) => {
                self.read.eligible += 1;
                Some((counts.publisher, counts.family))
            }
        };
        let sample = if family.is_some() { &mut self.chosen } else { &mut self.others };
        let name = self::name(&article.publisher, &article.id);
        let draft = Draft { name, family, title: article.title, text: article.text };
        // Of two articles with one id nobody knows which one the file holds.
        sample.offer(rank, Some(draft), |known| *known = None);
    }

    /// The chosen articles, and those that the file does not hold, in the order of their ranks.
    pub fn finish(self) -> (Vec<Subject>, Vec<Subject>) {
        let subject = |(rank, draft): (u64, Option<Draft>)| {
            draft.map(|draft| Subject {
                name: draft.name,
                ..Subject::new(rank, draft.family, draft.title, draft.text)
            })
        };
        (
            self.chosen.into_items().filter_map(subject).collect(),
            self.others.into_items().filter_map(subject).collect(),
        )
    }
}

/// An article in one word, for the report.
pub fn name(publisher: &str, id: &str) -> String {
    format!("{publisher}/{id}")
}

fn is_eligible(index: u32, counts: Counts) -> bool {
    counts.family == index && counts.agency == 0 && !counts.flags.has(Flags::SHORT)
}
