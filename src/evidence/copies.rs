//! Rows about articles: what they say is complete only when all shards were read, since text that stands on many hosts
//! is not the article's own.
//!
//! A part therefore holds the overlap itself, in one cell more than `matches.csv` has; the tables are made from it.

use std::collections::{HashMap, HashSet};

use foldhash::fast::FixedState;
use serde::{Deserialize, Serialize};

use super::finding::{Facts, Whence};
use super::row::column;
use crate::cell::{cell, token};
use crate::escape::literal;
use crate::fingerprint::article::{Counts, Flags, Marks};
use crate::matching::address::registrable_domain;
use crate::matching::articles::class::{self, Class, HOSTS, MUCH};
use crate::matching::articles::matcher::Held;
use crate::matching::articles::measure::{Measure, share};
use crate::matching::articles::overlap::Overlap;
use crate::record::date;

/// What the last cell of a part's row holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Evidence {
    /// Index of the article in the fingerprint file.
    #[serde(rename = "a")]
    pub article: u32,
    /// Its counts.
    #[serde(rename = "n")]
    pub counts: Counts,
    /// Registrable domain of the record's host; empty where the corpus has no addresses.
    #[serde(rename = "d")]
    pub domain: String,
    /// That is one of the publisher's.
    #[serde(rename = "s")]
    pub own_site: bool,
    /// What was found.
    #[serde(rename = "o")]
    pub overlap: Overlap,
}

/// Fills the cells of a row about an article, as far as one record tells. Returns the additional cell.
pub fn begin(row: &mut [String], facts: &Facts, whence: Whence, held: &Held) -> String {
    let names = &held.names;
    let domain = if facts.host.is_empty() { "" } else { registrable_domain(&facts.host) };
    let own_site = names.domains.iter().any(|own| own == domain);
    let captured = facts.date.as_deref().and_then(date::read);
    let is_older = match (captured, names.date.get(..10)) {
        (Some(captured), Some(day)) => captured.as_iso().get(..10).is_some_and(|seen| seen < day),
        _ => false,
    };
    let mut set = |name: usize, value: String| row[name] = value;
    let yes = |is_so: bool| if is_so { "yes" } else { "no" }.to_owned();
    let text = |value: &str| if value.is_empty() { String::new() } else { literal(value) };
    set(const { column("match_kind") }, "article".to_owned());
    set(const { column("publisher") }, cell(&names.publisher).into_owned());
    set(const { column("article_id") }, token(&names.id).into_owned());
    set(const { column("article_url") }, text(&names.url));
    set(const { column("article_title") }, text(&names.title));
    set(const { column("article_date") }, cell(&names.date).into_owned());
    set(const { column("article_words") }, held.counts.words.to_string());
    set(const { column("article_own_words") }, held.counts.own_words.to_string());
    set(const { column("record_words") }, held.overlap.text_words.to_string());
    set(const { column("found_in") }, whence.name().to_owned());
    set(const { column("own_site") }, yes(own_site));
    set(const { column("record_older") }, yes(is_older));
    set(const { column("agency") }, cell(&names.agency).into_owned());
    let others: Vec<String> = names.others.iter().map(|name| name.replace(';', ",")).collect();
    set(const { column("other_publishers") }, cell(&others.join(";")).into_owned());
    set(const { column("measure") }, if held.overlap.exact { "exact" } else { "lower_bound" }.to_owned());
    let evidence = Evidence {
        article: held.article,
        counts: held.counts,
        domain: domain.to_owned(),
        own_site,
        overlap: held.overlap.clone(),
    };
    serde_json::to_string(&evidence).unwrap_or_default()
}

/// A row's overlap, judged with what all shards tell.
pub struct Judged {
    /// What it came to.
    pub class: Class,
    /// Its measure.
    pub measure: Measure,
    /// Other registrable domains on which the article was found.
    pub other_hosts: usize,
}

impl Evidence {
    /// Judges the overlap. `spread` knows all records of the run; without it none is known but this one.
    pub fn judge(&self, spread: Option<&Spread>) -> Judged {
        let is_common = |position: u32| {
            !self.own_site && spread.is_some_and(|spread| spread.is_common(self.article, position))
        };
        let blocked = self.agency_range();
        let is_blocked = |word: u32| blocked.is_some_and(|(from, to)| (from..to).contains(&word));
        let measure = Measure::of(&self.overlap, self.counts, is_common, is_blocked);
        let class = class::classify(&measure, self.counts);
        Judged { class, measure, other_hosts: spread.map_or(0, |spread| spread.other_hosts(self)) }
    }

    /// Words of an article under an agency's mark that are the agency's: all of them when no other publisher is known to
    /// hold it, else those from the first to the last that another one holds. Another paper may have cut a paragraph.
    fn agency_range(&self) -> Option<(u32, u32)> {
        if self.counts.agency == 0 {
            return None;
        }
        if !self.counts.flags.has(Flags::HELD) {
            return Some((0, u32::MAX));
        }
        let held = || self.overlap.places.iter().filter(|place| Marks(place.marks).has(Marks::SHARED));
        let from = held().map(|place| place.position).min()?;
        let to = held().map(|place| place.position + place.length).max()?;
        Some((from, to))
    }
}

/// Completes the cells of a row.
pub fn complete(row: &mut [String], judged: &Judged, evidence: &Evidence) {
    let (measure, counts) = (&judged.measure, evidence.counts);
    let mut set = |name: usize, value: String| row[name] = value;
    let decimal = |value: f64| format!("{value:.4}");
    set(const { column("class") }, judged.class.name().to_owned());
    set(const { column("shared_words") }, measure.shared.to_string());
    set(const { column("own_words") }, measure.own.to_string());
    set(const { column("unquoted_own_words") }, measure.unquoted.to_string());
    set(const { column("aligned_words") }, measure.aligned.to_string());
    set(const { column("article_coverage") }, decimal(measure.coverage(counts)));
    set(const { column("own_coverage") }, decimal(measure.own_coverage(counts)));
    set(const { column("record_coverage") }, decimal(measure.record_coverage));
    set(const { column("longest_run_words") }, measure.run.to_string());
    set(const { column("longest_own_run_words") }, measure.own_run.to_string());
    set(const { column("runs_of_50_words") }, measure.long_runs.to_string());
    set(const { column("shingles") }, evidence.overlap.places.len().to_string());
    set(const { column("other_hosts") }, judged.other_hosts.to_string());
}

/// How far the articles are spread over hosts.
#[derive(Default)]
pub struct Spread {
    /// For each shingle the first domains whose records hold it and little else of the article.
    shingles: HashMap<(u32, u32), Vec<u64>, FixedState>,
    /// For each article the domains on which it was found.
    articles: HashMap<u32, HashSet<u64, FixedState>, FixedState>,
}

impl Spread {
    /// Takes a row into account.
    ///
    /// Records that hold much of the article are not asked: a hundred copies of an article do not make it common, but a
    /// notice on five sites, with nothing else of the article there, is no text of its own.
    pub fn add(&mut self, evidence: &Evidence) {
        if evidence.own_site || evidence.domain.is_empty() {
            return;
        }
        let domain = hash(&evidence.domain);
        self.articles.entry(evidence.article).or_default().insert(domain);
        let words = evidence.overlap.weight();
        if share(words, evidence.counts.words) >= MUCH {
            return;
        }
        for place in &evidence.overlap.places {
            let domains = self.shingles.entry((evidence.article, place.position)).or_default();
            if domains.len() < HOSTS && !domains.contains(&domain) {
                domains.push(domain);
            }
        }
    }

    fn is_common(&self, article: u32, position: u32) -> bool {
        self.shingles.get(&(article, position)).is_some_and(|domains| domains.len() >= HOSTS)
    }

    fn other_hosts(&self, evidence: &Evidence) -> usize {
        let Some(domains) = self.articles.get(&evidence.article) else { return 0 };
        domains.len() - usize::from(domains.contains(&hash(&evidence.domain)))
    }
}

fn hash(domain: &str) -> u64 {
    use std::hash::BuildHasher;
    FixedState::default().hash_one(domain)
}
