//! How often a scan with these settings would be wrong, measured on the user's own articles and shards.
//!
//! Copies and decoys are made of articles that the fingerprint file holds, put into texts of the shards, and examined
//! as the texts of a scan are. Nothing of it reaches a table of evidence.
//!
//! ```text
//! chance     choices that can be repeated; smallest: a sample that no order changes
//! subject    the articles; cut: pieces of them
//! hosts      the texts of the shards that take them
//! plant      an article and a text to a copy or a decoy
//! rate       a share with its interval
//! report     all counts, as JSON and as a table
//! ```
//!
//! What it does not measure: copies that were rewritten rather than edited; text that stands on many hosts (each planted
//! text is judged alone, as if it stood on no host); chance and reuse in texts other than the sampled ones. The texts are
//! such that the matcher finds nothing in them, since nobody could tell a false row there from a true one; that decoys
//! of the kind `host` come to nothing is therefore a check of the measurement, and they are not part of the rate.

pub mod chance;
pub mod cut;
pub mod hosts;
pub mod plant;
pub mod rate;
pub mod report;
pub mod smallest;
pub mod subject;

use rayon::prelude::*;

use crate::evidence::copies::Evidence;
use crate::matching::articles::matcher::{Held, Matcher, Scratch};

use chance::Chance;
use hosts::Hosts;
use plant::{Kind, Planted, plant};
use subject::Subject;

/// What became of one planted text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// A row states a copy of the planted article, or of a version of it. Measured minus true coverage of the article.
    pub found: Option<f64>,
    /// Articles, as publisher and id, that are not there and of which a row states a copy.
    pub false_rows: Vec<String>,
}

/// All that is planted and examined.
pub struct Trial<'t> {
    /// With what is searched.
    pub matcher: &'t Matcher,
    /// The articles that are planted.
    pub subjects: &'t [Subject],
    /// Articles that the fingerprint file does not hold.
    pub others: &'t [Subject],
    /// The texts that take them.
    pub hosts: &'t Hosts,
    /// Decides what is planted where.
    pub seed: u64,
}

impl Trial<'_> {
    /// Plants and examines all texts of a kind, on the workers of the current pool. `None` stands for an article that is
    /// too short for the kind.
    pub fn run(&self, kind: Kind) -> Vec<Option<Outcome>> {
        let of_article = |scratch: &mut Scratch, subject: &Subject| {
            let mut chance = Chance::of(self.seed, subject.rank, kind.name());
            plant(kind, subject, self.hosts, &mut chance)
                .map(|planted| self.examine(&planted, kind.is_copy().then_some(subject), scratch))
        };
        let of_host = |scratch: &mut Scratch, host: usize| {
            let planted = Planted { text: self.hosts.text(host).to_owned(), words: 0 };
            Some(self.examine(&planted, None, scratch))
        };
        match kind {
            Kind::Host => (0..self.hosts.len()).into_par_iter().map_init(Scratch::default, of_host).collect(),
            Kind::Other => self.others.par_iter().map_init(Scratch::default, of_article).collect(),
            _ => self.subjects.par_iter().map_init(Scratch::default, of_article).collect(),
        }
    }

    fn examine(&self, planted: &Planted, subject: Option<&Subject>, scratch: &mut Scratch) -> Outcome {
        let mut outcome = Outcome::default();
        for held in self.matcher.examine(&planted.text, scratch) {
            let Held { article, counts, names, overlap, .. } = held;
            let evidence = Evidence { article, counts, domain: String::new(), own_site: false, overlap };
            let judged = evidence.judge(None);
            let there = subject.filter(|subject| subject.family == Some((counts.publisher, counts.family)));
            match (judged.class.is_copy(), there) {
                (true, Some(subject)) => {
                    let truth = planted.words as f64 / subject.words.len().max(1) as f64;
                    outcome.found = Some(judged.measure.coverage(counts) - truth);
                }
                (true, None) => outcome.false_rows.push(subject::name(&names.publisher, &names.id)),
                (false, _) => {}
            }
        }
        outcome
    }
}
