//! What a publisher should know of the articles before anybody relies on a search for them.

use std::io;
use std::path::Path;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::article::{Flags, SHORT};
use super::build::{Added, Built};
use super::same_id::Renamed;
use super::shingle::{SURE_CHARACTERS, SURE_WORDS};
use crate::articles::Origin;
use crate::cell::{cell, token};
use crate::escape::shown;

/// Words of the shortest paragraph that is worth a remark when it recurs.
const PARAGRAPH: usize = 12;

/// Phrases that belong to a page and not to an article, in lower case.
const PHRASES: &[&str] = &[
    "accept cookies",
    "accept all cookies",
    "we use cookies",
    "cookie policy",
    "cookie settings",
    "privacy policy",
    "terms of use",
    "all rights reserved",
    "sign up for our newsletter",
    "subscribe to our newsletter",
    "subscribe to continue reading",
    "already a subscriber",
    "log in to continue",
    "accepter les cookies",
    "utilisons des cookies",
    "politique de confidentialité",
    "tous droits réservés",
    "réservé aux abonnés",
    "déjà abonné",
    "abonnez-vous",
    "inscrivez-vous à notre newsletter",
    "recevez notre newsletter",
    "poursuivre votre lecture",
    "il vous reste",
    "cookies akzeptieren",
    "verwenden cookies",
    "datenschutzerklärung",
    "alle rechte vorbehalten",
    "jetzt abonnieren",
    "newsletter abonnieren",
    "bereits abonnent",
    "weiterlesen mit",
    "aceptar cookies",
    "utilizamos cookies",
    "política de privacidad",
    "todos los derechos reservados",
    "suscríbete",
    "solo para suscriptores",
    "informativa sulla privacy",
    "tutti i diritti riservati",
    "abbonati per leggere",
    "iscriviti alla newsletter",
    "política de privacidade",
    "todos os direitos reservados",
    "assine a newsletter",
    "polityka prywatności",
    "wszelkie prawa zastrzeżone",
    "çerez politikası",
    "tüm hakları saklıdır",
];

static PHRASE: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new(PHRASES).ok());

/// A line of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Remark {
    what: &'static str,
    article: Option<u32>,
    origin: String,
    detail: String,
}

/// Gathers remarks while articles are read.
#[derive(Default)]
pub struct Remarks {
    remarks: Vec<Remark>,
    /// Publisher, id and origin of each article.
    names: Vec<(String, String, String)>,
    /// Hash and number of words of each longer paragraph, with its article and its number there.
    paragraphs: Vec<(u64, u32, u32, u32)>,
    /// Hash of all words of each article.
    texts: Vec<(u64, u32)>,
}

impl Remarks {
    /// An entry of the input that is no article, or cannot be taken.
    pub fn skipped(&mut self, origin: &Origin, why: &str) {
        self.remarks.push(Remark {
            what: "skipped",
            article: None,
            origin: origin.to_string(),
            detail: why.to_owned(),
        });
    }

    /// An article that was given another id, since its own stood for another one.
    pub fn renamed(&mut self, article: u32, origin: &Origin, id: &str) {
        self.remark(
            "same_id",
            article,
            &origin.to_string(),
            format!("the id `{id}` stands for an earlier article as well"),
        );
    }

    /// An article of a merged file that was given another id, since its own stands for another article.
    pub fn renamed_in(&mut self, file: &Path, renamed: &Renamed) {
        let origin = format!("`{}`", shown(file));
        let number = self.names.len() as u32;
        let detail =
            format!("the id `{}` stands for another article of the merged files as well", renamed.id);
        self.remark("same_id", number, &origin, detail);
        self.names.push((renamed.publisher.clone(), renamed.given.clone(), origin));
    }

    /// An article that was taken.
    pub fn taken(&mut self, added: &Added<'_>, publisher: &str, id: &str, text: &str, origin: &Origin) {
        let (article, counts, origin) = (added.article, added.counts, origin.to_string());
        let factor = counts.factor();
        let sure = if counts.flags.has(Flags::UNSPACED) { SURE_CHARACTERS } else { SURE_WORDS } as u32;
        if counts.words < sure || counts.shingles == 0 {
            let detail = format!("{} words: too short to be found", counts.words);
            self.remark("too_short", article, &origin, detail);
        } else if counts.flags.has(Flags::SHORT) {
            let detail = format!(
                "{} words: found at most as a note, since a copy has {} or more",
                counts.words,
                SHORT * factor
            );
            self.remark("short", article, &origin, detail);
        }
        if let Some(agency) = added.agency {
            let detail = format!(
                "stands under the mark of {agency}: nothing of it is its own unless other publishers of the file hold some of it, and \
                 then nothing between the first and the last passage that they hold"
            );
            self.remark("agency", article, &origin, detail);
        }
        let lower = text.to_lowercase();
        if let Some(found) = PHRASE.as_ref().and_then(|phrases| phrases.find(&lower)) {
            let detail = format!(
                "contains `{}`: text of the page may have come into the article",
                &lower[found.range()]
            );
            self.remark("phrase", article, &origin, detail);
        }
        let words = &added.words.hashes;
        let sum = |words: &[u64]| {
            words.iter().fold(0_u64, |sum, &word| (sum ^ word).wrapping_mul(0x9fb2_1c65_1e98_df25))
        };
        self.texts.push((sum(words), article));
        if added.words.repaired.is_none() {
            let mut at = 0;
            for (number, paragraph) in text
                .split('\n')
                .scan(0, |offset, line| {
                    *offset += line.len() + 1;
                    Some(*offset)
                })
                .enumerate()
            {
                let end =
                    at + added.words.places[at..].partition_point(|&(from, _)| (from as usize) < paragraph);
                if end - at >= PARAGRAPH {
                    self.paragraphs.push((
                        sum(&words[at..end]),
                        article,
                        number as u32 + 1,
                        (end - at) as u32,
                    ));
                }
                at = end;
            }
        }
        self.names.push((publisher.to_owned(), id.to_owned(), origin));
    }

    fn remark(&mut self, what: &'static str, article: u32, origin: &str, detail: String) {
        self.remarks.push(Remark { what, article: Some(article), origin: origin.to_owned(), detail });
    }

    /// Compares the articles with each other, now that all were read.
    pub fn compare(&mut self, built: &Built) {
        let counts = |article: u32| {
            let index = built.order.get(article as usize).copied().unwrap_or_default();
            (index, built.counts.get(index as usize).copied().unwrap_or_default())
        };
        let mut by_index = vec![0; built.order.len()];
        for (article, &index) in built.order.iter().enumerate() {
            by_index[index as usize] = article as u32;
        }
        let mut texts = std::mem::take(&mut self.texts);
        texts.sort_unstable();
        let mut same = vec![false; built.order.len()];
        for group in texts.chunk_by(|one, other| one.0 == other.0).filter(|group| group.len() > 1) {
            for &(_, article) in &group[1..] {
                same[article as usize] = true;
                let detail = format!("the same words as {}", self.name(group[0].1));
                self.about("same_text", article, detail);
            }
        }
        for article in 0..built.order.len() as u32 {
            let (index, counts) = counts(article);
            if counts.family != index && !same[article as usize] {
                let first = by_index.get(counts.family as usize).copied().unwrap_or_default();
                let detail = format!(
                    "shares more than half of its text with {}: versions of one text",
                    self.name(first)
                );
                self.about("version", article, detail);
            }
        }
        let mut paragraphs = std::mem::take(&mut self.paragraphs);
        paragraphs.sort_unstable();
        for group in paragraphs.chunk_by(|one, other| one.0 == other.0) {
            let families: std::collections::BTreeSet<u32> =
                group.iter().map(|(_, article, ..)| counts(*article).1.family).collect();
            if families.len() < 2 {
                continue;
            }
            for &(_, article, number, words) in group {
                let other = group
                    .iter()
                    .map(|(_, other, ..)| *other)
                    .find(|other| *other != article)
                    .unwrap_or(article);
                let detail = format!(
                    "line {number}, {words} words, stands in {} texts, for example {}: it is not counted as its own",
                    families.len(),
                    self.name(other)
                );
                self.about("recurring", article, detail);
            }
        }
    }

    fn about(&mut self, what: &'static str, article: u32, detail: String) {
        let origin = self.names.get(article as usize).map(|(.., origin)| origin.clone()).unwrap_or_default();
        self.remarks.push(Remark { what, article: Some(article), origin, detail });
    }

    fn name(&self, article: u32) -> String {
        self.names
            .get(article as usize)
            .map(|(publisher, id, _)| format!("{publisher} {id}"))
            .unwrap_or_default()
    }

    /// How often each kind of remark was made, in the order of the kinds' names.
    pub fn counts(&self) -> std::collections::BTreeMap<&'static str, u64> {
        let mut counts = std::collections::BTreeMap::new();
        for remark in &self.remarks {
            *counts.entry(remark.what).or_default() += 1;
        }
        counts
    }

    /// Writes the report as CSV.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let mut file = csv::Writer::from_path(path).map_err(io::Error::other)?;
        file.write_record(["remark", "publisher", "article_id", "origin", "detail"])
            .map_err(io::Error::other)?;
        for remark in &self.remarks {
            let name = remark.article.and_then(|article| self.names.get(article as usize));
            let (publisher, id) =
                name.map(|(publisher, id, _)| (publisher.as_str(), id.as_str())).unwrap_or_default();
            file.write_record([
                remark.what,
                &cell(publisher),
                &token(id),
                &cell(&remark.origin),
                &cell(&remark.detail),
            ])
            .map_err(io::Error::other)?;
        }
        file.flush()
    }
}
