//! The articles of one text.

use std::collections::BTreeMap;

use super::chains::{LARGEST_GAP, chain};
use super::class::LEAST_ROW;
use super::exact::Comparison;
use super::hits::{Finder, Hit};
use super::measure::Measure;
use super::overlap::{COMMONS, Overlap, Place, Run, ranges};
use crate::fingerprint::article::{Counts, Marks};
use crate::fingerprint::commons::Commons;
use crate::fingerprint::file::Fingerprints;
use crate::fingerprint::header::Profile;
use crate::fingerprint::quotes;
use crate::fingerprint::shingle::{Chooser, Shingle, length_of};
use crate::fingerprint::side::{Side, word_hashes};
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
            let mut overlap = self.sampled(hits, &words.hashes, counts);
            if !overlap.reaches(LEAST_ROW * counts.factor()) {
                return;
            }
            if self.has_words(index, article, quoted) && article.len() == counts.words as usize {
                if text_hashes.is_empty() {
                    text_hashes = word_hashes(&self.file.key, &words.hashes);
                }
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

    fn has_words(&self, index: u32, article: &mut Vec<u32>, quoted: &mut Vec<bool>) -> bool {
        let Some(publisher) = self.file.publisher(index) else { return false };
        let id = self.file.texts(index).id;
        self.sides.iter().any(|side| side.read(&publisher.name, id, article, quoted))
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
    fn sampled(&self, hits: &[Hit], words: &[u64], counts: Counts) -> Overlap {
        let length = |hit: &Hit| words.get(hit.text as usize).map_or(0, |&first| length_of(first)) as u32;
        let runs: Vec<Run> = hits
            .iter()
            .map(|hit| Run { article: hit.position, text: hit.text, length: length(hit) })
            .collect();
        let (chains, of_run) = chain(&runs, counts.factor());
        let in_chain = |chain: usize| chains[chain].runs > 1;
        // A sparse file does not hold what lies between; the same distance on both sides tells that it is equal.
        let reach = if self.file.header.profile == Profile::Sparse { LARGEST_GAP } else { 0 };
        let mut proved: Vec<Run> = Vec::new();
        let mut last: Vec<Option<usize>> = vec![None; chains.len()];
        for (run, &chain) in runs.iter().zip(&of_run).filter(|(_, chain)| in_chain(**chain)) {
            // Shingles of one diagonal that overlap or touch prove the whole stretch.
            match last[chain].map(|at| &mut proved[at]) {
                Some(before)
                    if before.diagonal() == run.diagonal() && run.text <= before.text_end() + reach =>
                {
                    before.length = run.text_end() - before.text;
                }
                _ => {
                    proved.push(*run);
                    last[chain] = Some(proved.len() - 1);
                }
            }
        }
        proved.sort_unstable();
        let mut places: Vec<Place> = hits
            .iter()
            .zip(&of_run)
            .filter(|(_, chain)| in_chain(**chain))
            .map(|(hit, _)| {
                let commons = self.commons.as_ref().is_some_and(|commons| commons.holds(hit.hash));
                let marks = hit.marks.0 | if commons { COMMONS } else { 0 };
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
            chains: chains.into_iter().filter(|chain| chain.runs > 1).collect(),
            places,
            quoted,
            exact: false,
        }
    }
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
