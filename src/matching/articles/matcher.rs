//! The articles of one text.

use std::collections::BTreeMap;

use super::chains::{LARGEST_GAP, chain};
use super::class::LEAST_ROW;
use super::exact::Comparison;
use super::hits::{Finder, Hit};
use super::measure::Measure;
use super::overlap::{Overlap, Place, Run, ranges};
use crate::fingerprint::article::{Counts, Marks};
use crate::fingerprint::build::is_sparse;
use crate::fingerprint::common_places::CommonPlaces;
use crate::fingerprint::commons::Commons;
use crate::fingerprint::file::Fingerprints;
use crate::fingerprint::header::Profile;
use crate::fingerprint::quotes;
use crate::fingerprint::shingle::{CHARACTERS, Chooser, Shingle, WORDS, length_of};
use crate::fingerprint::side::{Side, ids, word_hashes};
use crate::text::normal::Words;

/// Whoever wants to see the texts of a scan. Shared by all workers.
pub trait TextReader: Sync {
    /// Reads the text of the record with this address. What it returns becomes rows.
    fn read(&self, text: &str, url: Option<&str>, scratch: &mut Scratch) -> Vec<Held>;
}

impl TextReader for Matcher {
    fn read(&self, text: &str, _: Option<&str>, scratch: &mut Scratch) -> Vec<Held> {
        self.examine(text, scratch)
    }
}

/// Finds articles in texts.
pub struct Matcher {
    /// The fingerprints.
    pub file: Fingerprints,
    /// Side files, for exact measures.
    pub sides: Vec<Side>,
    /// Shingles that many sites have.
    pub commons: Option<Commons>,
    /// Where the articles hold what is not their own.
    common: CommonPlaces,
    /// Excerpts are wanted.
    pub excerpts: bool,
}

/// What is known of an article, for rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Its publisher.
    pub publisher: String,
    /// The registrable domains of the publisher.
    pub domains: Vec<String>,
    /// The publisher's id.
    pub id: String,
    /// Date, ISO 8601 or empty.
    pub date: String,
    /// Address, where the file has it.
    pub url: String,
    /// Title, where the file has it.
    pub title: String,
    /// The agency under whose mark it stands; empty for none.
    pub agency: String,
    /// Other publishers that hold some of what was found.
    pub others: Vec<String>,
}

/// What a worker needs, used again from text to text.
#[derive(Default)]
pub struct Scratch {
    /// The words of the text.
    pub words: Words,
    placed: Words,
    /// Chooses the kept shingles.
    pub chooser: Chooser,
    /// The kept shingles.
    pub shingles: Vec<Shingle>,
    finder: Finder,
    comparison: Comparison,
    article: Vec<u32>,
    quoted: Vec<bool>,
}

/// An article of which a text holds something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Its index in the fingerprint file.
    pub article: u32,
    /// Its counts.
    pub counts: Counts,
    /// Its names.
    pub names: Names,
    /// What they have in common.
    pub overlap: Overlap,
    /// The longest run of own words as it stands in the text, cut to 200 characters.
    pub excerpt: String,
}

impl Matcher {
    /// With these files.
    pub fn new(file: Fingerprints, sides: Vec<Side>, commons: Option<Commons>, excerpts: bool) -> Matcher {
        let common = CommonPlaces::of(&file, commons.as_ref());
        Matcher { file, sides, commons, common, excerpts }
    }

    /// The articles of which `text` holds something, of each family the one that it holds most of.
    pub fn examine(&self, text: &str, scratch: &mut Scratch) -> Vec<Held> {
        let Scratch { words, placed, chooser, shingles, finder, comparison, article, quoted } = scratch;
        words.read_hashes(text);
        chooser.choose(&words.hashes, words.has_singles, &self.file.key, shingles);
        // What only candidates need is made when the first one comes.
        let mut text_hashes: Vec<u32> = Vec::new();
        let mut text_quoted: Option<Vec<bool>> = None;
        let mut best: BTreeMap<(u32, u32), (u32, Held)> = BTreeMap::new();
        finder.find(shingles, &self.file, |index, hits| {
            let counts = self.file.counts(index);
            let mut overlap = self.sampled(hits, &words.hashes, shingles, counts);
            if !overlap.reaches(LEAST_ROW * counts.factor()) {
                return;
            }
            if !self.sides.is_empty() && text_hashes.is_empty() {
                text_hashes = word_hashes(&self.file.key, &words.hashes);
            }
            let is_of_article = |article: &[u32]| {
                let length =
                    |hit: &Hit| words.hashes.get(hit.text as usize).map_or(0, |&first| length_of(first));
                article.len() == counts.words as usize
                    && hits.iter().all(|hit| has_run(article, &text_hashes, hit, length(hit)))
            };
            if self.read_words(index, article, quoted, is_of_article) {
                let common = comparison.compare(article, &text_hashes, counts.factor());
                (overlap.runs, overlap.chains) = (common.runs, common.chains);
                (overlap.quoted, overlap.exact) = (ranges(quoted), true);
            }
            let in_text = text_quoted.get_or_insert_with(|| {
                placed.read(text);
                let ranges = quotes::ranges(placed.repaired.as_deref().unwrap_or(text));
                quotes::of_words(&ranges, &placed.places)
            });
            overlap.add_quoted(in_text, counts);
            overlap.common = self.common_places(index, counts, &overlap);
            let measure = Measure::of(&overlap, counts, |_| false, |_| false);
            let rank = measure.own.max(measure.own_aligned);
            let family = (counts.publisher, counts.family);
            let is_better = best.get(&family).is_none_or(|(other, _)| *other < rank);
            if measure.shared.max(measure.aligned) < LEAST_ROW * counts.factor() || !is_better {
                return;
            }
            let excerpt = match self.excerpts {
                true => excerpt(placed.repaired.as_deref().unwrap_or(text), placed, &measure),
                false => String::new(),
            };
            let names = self.names(index, hits);
            best.insert(family, (rank, Held { article: index, counts, names, overlap, excerpt }));
        });
        let mut held: Vec<Held> = best.into_values().map(|(_, held)| held).collect();
        held.sort_unstable_by_key(|held| held.article);
        held
    }

    /// Reads the words of an article from the first side file that has them. One may have other words under the id of the
    /// article, from another export: they are not those of the fingerprints, and a copy would be lost.
    fn read_words(
        &self,
        index: u32,
        article: &mut Vec<u32>,
        quoted: &mut Vec<bool>,
        is_of_article: impl Fn(&[u32]) -> bool,
    ) -> bool {
        let Some(publisher) = self.file.publisher(index) else { return false };
        let mut others: Vec<&Side> = Vec::new();
        for id in ids(self.file.texts(index).id) {
            for side in self.sides.iter().filter(|side| side.count(&publisher.name, id).is_some()) {
                if side.read(&publisher.name, id, article, quoted) && is_of_article(article) {
                    return true;
                }
                others.push(side);
            }
        }
        others.into_iter().for_each(Side::note_other_words);
        false
    }

    /// The common shingles of an article that reach into what a text has of it. Their words are counted as in
    /// [`crate::fingerprint::common::count_own`], so that no more words can be found own than the article has.
    fn common_places(&self, index: u32, counts: Counts, overlap: &Overlap) -> Vec<Place> {
        let mut is_held = vec![false; counts.words as usize];
        let runs = overlap.runs.iter().map(|run| (run.article, run.article_end()));
        for (from, to) in runs.chain(overlap.chains.iter().map(|chain| (chain.from, chain.to))) {
            let to = (to as usize).min(is_held.len());
            is_held.get_mut(from as usize..to).into_iter().for_each(|words| words.fill(true));
        }
        let length = if counts.factor() == 2 { CHARACTERS } else { WORDS } as u32;
        let reaches = |from: u32| {
            let to = ((from + length) as usize).min(is_held.len());
            is_held.get(from as usize..to).is_some_and(|words| words.contains(&true))
        };
        let places = self.common.article(index).filter(|&(position, _)| reaches(position));
        places.map(|(position, marks)| Place { position, length, marks: marks.0 }).collect()
    }

    fn names(&self, index: u32, hits: &[Hit]) -> Names {
        let texts = self.file.texts(index);
        let publisher = self.file.publisher(index);
        let mut others: Vec<String> = hits
            .iter()
            .filter(|hit| hit.marks.has(Marks::SHARED))
            .flat_map(|hit| self.file.find(hit.hash).map(|at| self.file.entry(at, hit.hash).article))
            .filter_map(|article| self.file.publisher(article))
            .filter(|other| publisher.is_none_or(|own| own.name != other.name))
            .map(|other| other.name.clone())
            .collect();
        others.sort_unstable();
        others.dedup();
        Names {
            publisher: publisher.map(|publisher| publisher.name.clone()).unwrap_or_default(),
            domains: publisher.map(|publisher| publisher.domains.clone()).unwrap_or_default(),
            id: texts.id.to_owned(),
            date: texts.date.to_owned(),
            url: texts.url.to_owned(),
            title: texts.title.to_owned(),
            agency: self.file.agency(index).unwrap_or_default().to_owned(),
            others,
        }
    }

    /// The overlap as far as kept shingles prove it.
    fn sampled(&self, hits: &[Hit], words: &[u64], shingles: &[Shingle], counts: Counts) -> Overlap {
        let length = |hit: &Hit| words.get(hit.text as usize).map_or(0, |&first| length_of(first)) as u32;
        let runs: Vec<Run> = hits
            .iter()
            .map(|hit| Run { article: hit.position, text: hit.text, length: length(hit) })
            .collect();
        let (mut chains, of_run) = chain(&runs, counts.factor());
        let is_chain: Vec<bool> = chains.iter().map(|chain| chain.runs > 1).collect();
        let in_chain = |chain: usize| is_chain[chain];
        // A sparse file does not hold what lies between. The same distance on both sides tells that it is equal, unless
        // the text has a shingle there that such a file would hold.
        let is_sparse_file = self.file.header.profile == Profile::Sparse;
        let reach = if is_sparse_file { LARGEST_GAP * counts.factor() } else { 0 };
        let is_refuted = |from: u32, to: u32| {
            let start = shingles.partition_point(|shingle| shingle.position <= from);
            let mut between = shingles[start..].iter().take_while(|shingle| shingle.position < to);
            is_sparse_file && between.any(|shingle| is_sparse(shingle.hash))
        };
        let mut proved: Vec<Run> = Vec::new();
        // For each chain its last run, and where the last shingle of it begins in the text.
        let mut last: Vec<Option<(usize, u32)>> = vec![None; chains.len()];
        // Shingles that overlap or touch are one run of the chain, as they are when words are compared.
        chains.iter_mut().for_each(|chain| chain.runs = 0);
        for (run, &chain) in runs.iter().zip(&of_run).filter(|(_, chain)| in_chain(**chain)) {
            // Shingles of one diagonal that overlap or touch prove the whole stretch.
            let continued = last[chain].filter(|&(at, begin)| {
                let before: &Run = &proved[at];
                before.diagonal() == run.diagonal()
                    && run.text <= before.text_end() + reach
                    && !is_refuted(begin, run.text)
            });
            let at = match continued {
                Some((at, _)) => at,
                None => {
                    proved.push(*run);
                    chains[chain].runs += 1;
                    proved.len() - 1
                }
            };
            proved[at].length = proved[at].length.max(run.text_end() - proved[at].text);
            last[chain] = Some((at, run.text));
        }
        proved.sort_unstable();
        let mut places: Vec<Place> = hits
            .iter()
            .zip(&of_run)
            .filter(|(_, chain)| in_chain(**chain))
            .map(|(hit, _)| {
                let commons = self.commons.as_ref().is_some_and(|commons| commons.holds(hit.hash));
                let marks = hit.marks.0 | if commons { Marks::COMMONS.0 } else { 0 };
                Place { position: hit.position, length: length(hit), marks }
            })
            .collect();
        places.sort_unstable();
        places.dedup();
        let quoted = places
            .iter()
            .filter(|place| Marks(place.marks).has(Marks::QUOTED))
            .map(|place| (place.position, place.position + place.length))
            .collect();
        Overlap {
            text_words: words.len() as u32,
            runs: proved,
            chains: chains.into_iter().filter(|chain| chain.runs > 0).collect(),
            places,
            common: Vec::new(),
            quoted,
            exact: false,
        }
    }
}

/// True when a shingle that was found has the same words in the article as in the text.
fn has_run(article: &[u32], text: &[u32], hit: &Hit, length: usize) -> bool {
    let in_article = article.get(hit.position as usize..hit.position as usize + length);
    in_article.is_some() && in_article == text.get(hit.text as usize..hit.text as usize + length)
}

/// Most characters of an excerpt.
const EXCERPT: usize = 200;

fn excerpt(text: &str, words: &Words, measure: &Measure) -> String {
    let (from, last) = (measure.own_run_text, (measure.own_run_text + measure.own_run).saturating_sub(1));
    let place = |at: u32| words.places.get(at as usize).copied();
    let (Some((start, _)), Some((_, end))) = (place(from), place(last)) else { return String::new() };
    let run = text.get(start as usize..end as usize).filter(|_| measure.own_run > 0).unwrap_or_default();
    run.chars().take(EXCERPT).collect()
}
