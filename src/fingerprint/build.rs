//! Articles into a fingerprint file.
//!
//! All kept shingles are held in memory, 16 bytes each: 2.2 GB for a million articles of 500 words.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use rayon::prelude::*;

use super::article::{Counts, Entry, Flags, MOST_WORDS, Marks, SHORT};
use super::binary::{Kind, Writing};
use super::common;
use super::file::{Fingerprints, Texts};
use super::header::{Header, PREFIX_BITS, Profile, Publisher, Scheme, VERSION};
use super::key::Key;
use super::sections::{hash_bytes, owner_bytes};
use super::shingle::{Chooser, HASH_BITS, SPARSE_BITS, Shingle, length_of};
use super::{agency, filter, quotes};
use crate::articles::Article;
use crate::matching::address::{self, registrable_domain};
use crate::text::normal::{NORMAL_FORM, Words};
use crate::text::word_hash::is_single;

/// Entries of a bucket, about.
const BUCKET: u64 = 8;

/// How a file is made.
#[derive(Clone)]
pub struct Settings {
    /// The key.
    pub key: Key,
    /// All kept shingles, or one of four.
    pub profile: Profile,
    /// Addresses and titles go into the file.
    pub addresses: bool,
}

/// An article could not be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It has so many words, more than positions can tell.
    TooLong(usize),
    /// No letter or digit.
    NoWords,
    /// The file has as many articles or shingles as its numbers can tell.
    Full,
}

/// Articles on their way into a file.
pub struct Builder {
    settings: Settings,
    pub(super) articles: Vec<(Counts, u64)>,
    pub(super) texts: Vec<u8>,
    pub(super) publishers: BTreeMap<String, (u32, Vec<String>)>,
    pub(super) agencies: Vec<String>,
    pub(super) entries: Vec<Entry>,
    words: Words,
    chooser: Chooser,
    shingles: Vec<Shingle>,
    quoted: Vec<bool>,
}

/// What an article came to, as it was read.
#[derive(Clone, Copy, Debug)]
pub struct Added<'b> {
    /// Its index in the file as it is built.
    pub article: u32,
    /// Counts so far; own words and family are known at the end.
    pub counts: Counts,
    /// The agency under whose mark it stands.
    pub agency: Option<&'b str>,
    /// Its words.
    pub words: &'b Words,
    /// For each word whether it stands between quotation marks.
    pub quoted: &'b [bool],
}

impl Builder {
    /// An empty file.
    pub fn new(settings: Settings) -> Builder {
        Builder {
            settings,
            articles: Vec::new(),
            texts: Vec::new(),
            publishers: BTreeMap::new(),
            agencies: Vec::new(),
            entries: Vec::new(),
            words: Words::default(),
            chooser: Chooser::default(),
            shingles: Vec::new(),
            quoted: Vec::new(),
        }
    }

    /// True before anything was added.
    pub fn is_empty(&self) -> bool {
        self.articles.is_empty()
    }

    /// Adds an article.
    ///
    /// # Errors
    /// When it cannot be taken.
    pub fn add(&mut self, article: &Article) -> Result<Added<'_>, Refused> {
        self.words.read(&article.text);
        let hashes = &self.words.hashes;
        if hashes.is_empty() {
            return Err(Refused::NoWords);
        }
        if hashes.len() > MOST_WORDS {
            return Err(Refused::TooLong(hashes.len()));
        }
        self.chooser.choose(hashes, self.words.has_singles, &self.settings.key, &mut self.shingles);
        if self.settings.profile == Profile::Sparse {
            self.shingles.retain(|shingle| is_sparse(shingle.hash));
        }
        let index = self.articles.len() as u32;
        if index == u32::MAX || self.entries.len() + self.shingles.len() > u32::MAX as usize {
            return Err(Refused::Full);
        }
        let singles = hashes.iter().filter(|&&hash| is_single(hash)).count();
        let unspaced = if singles * 2 > hashes.len() { Flags::UNSPACED } else { Flags::default() };
        let mark = agency::mark(&article.text, &article.credit, &article.publisher);
        let mut counts = Counts {
            words: hashes.len() as u32,
            shingles: self.shingles.len() as u32,
            publisher: self.publisher(&article.publisher, &article.url),
            family: index,
            flags: unspaced,
            agency: mark.map_or(0, |name| self.agency(name)),
            ..Counts::default()
        };
        if counts.words < SHORT * counts.factor() {
            counts.flags = counts.flags | Flags::SHORT;
        }
        self.quoted = self.quoted(&article.text);
        for shingle in &self.shingles {
            let from = shingle.position as usize;
            let to = from + self.words.hashes.get(from).map_or(0, |&first| length_of(first));
            let is_quoted = self.quoted.get(from..to).is_some_and(|words| words.iter().all(|&quoted| quoted));
            let marks = if is_quoted { Marks::QUOTED } else { Marks::default() };
            self.entries.push(Entry::new(shingle.hash, index, shingle.position, marks));
        }
        let url_and_title = if self.settings.addresses { (&*article.url, &*article.title) } else { ("", "") };
        self.push(
            counts,
            Texts {
                id: &article.id,
                date: &article.date,
                language: &article.language,
                url: url_and_title.0,
                title: url_and_title.1,
            },
        );
        Ok(Added { article: index, counts, agency: mark, words: &self.words, quoted: &self.quoted })
    }

    /// Adds all articles of another file, which was made with the same settings.
    pub fn add_file(&mut self, file: &Fingerprints) -> Result<(), Refused> {
        let first = self.articles.len() as u32;
        if u64::from(first) + file.header.articles > u64::from(u32::MAX)
            || self.entries.len() as u64 + file.header.shingles > u64::from(u32::MAX)
        {
            return Err(Refused::Full);
        }
        self.settings.addresses |= file.header.addresses;
        for article in 0..file.len() {
            let mut counts = file.counts(article);
            // Told anew of all articles when they are written.
            counts.flags = counts.flags.without(Flags::HELD);
            if let Some(publisher) = file.publisher(article) {
                counts.publisher = self.publisher(&publisher.name, "");
                self.domains(&publisher.name, &publisher.domains);
            }
            counts.agency = file.agency(article).map_or(0, |name| self.agency(name));
            self.push(counts, file.texts(article));
        }
        self.entries.extend(file.entries().map(|entry| entry.alone(first + entry.article)));
        Ok(())
    }

    /// Writes the file. The order of the articles is that of publishers and ids, so that the order of the input does not
    /// matter. Returns what is in the file, and for each article in the order of adding its new index.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(mut self, path: &Path) -> io::Result<Built> {
        let order = self.put_in_order();
        self.entries.par_sort_unstable();
        self.entries.dedup();
        let families = common::families(&self.entries, &self.articles);
        for ((counts, _), family) in self.articles.iter_mut().zip(families) {
            counts.family = family;
        }
        common::mark(&mut self.entries, &self.articles);
        common::count_own(&self.entries, &mut self.articles);
        let header = self.header();
        let mut file = Writing::create(path, Kind::Fingerprints, &header)?;
        for (counts, texts) in &self.articles {
            file.write_all(&counts.to_bytes(*texts))?;
        }
        file.write_all(&self.texts)?;
        for block in filter::of(self.entries.iter().map(|entry| entry.hash)) {
            file.write_all(&block.to_le_bytes())?;
        }
        let mut end = 0_usize;
        file.write_all(&0_u32.to_le_bytes())?;
        for bucket in 1..=1_u64 << header.prefix_bits {
            while self
                .entries
                .get(end)
                .is_some_and(|entry| entry.hash >> (HASH_BITS - header.prefix_bits) < bucket)
            {
                end += 1;
            }
            file.write_all(&(end as u32).to_le_bytes())?;
        }
        let (of_hash, of_owner) = (hash_bytes(header.prefix_bits), owner_bytes(header.articles));
        for entry in &self.entries {
            file.write_all(&entry.hash.to_le_bytes()[..of_hash])?;
        }
        for entry in &self.entries {
            file.write_all(&entry.article.to_le_bytes()[..of_owner])?;
        }
        for entry in &self.entries {
            file.write_all(&entry.place())?;
        }
        let sha256 = file.finish()?;
        let counts = self.articles.into_iter().map(|(counts, _)| counts).collect();
        Ok(Built { header, sha256, order, counts })
    }

    fn header(&self) -> Header {
        let mut publishers: Vec<Publisher> = self
            .publishers
            .iter()
            .map(|(name, (_, domains))| Publisher {
                name: name.clone(),
                domains: domains.clone(),
                articles: 0,
            })
            .collect();
        for (counts, _) in &self.articles {
            if let Some(publisher) = publishers.get_mut(counts.publisher as usize) {
                publisher.articles += 1;
            }
        }
        let shingles = self.entries.len() as u64;
        let prefix_bits = (shingles / BUCKET).max(1).ilog2().clamp(*PREFIX_BITS.start(), *PREFIX_BITS.end());
        Header {
            version: VERSION,
            normal_form: NORMAL_FORM,
            scheme: Scheme::current(),
            key: self.settings.key.name(),
            profile: self.settings.profile,
            publishers,
            agencies: self.agencies.clone(),
            articles: self.articles.len() as u64,
            words: self.articles.iter().map(|(counts, _)| u64::from(counts.words)).sum(),
            shingles,
            addresses: self.settings.addresses,
            text_bytes: self.texts.len() as u64,
            prefix_bits,
        }
    }

    /// Sorts articles by publisher and id, and publishers and agencies by name. Returns the new index of each article.
    fn put_in_order(&mut self) -> Vec<u32> {
        let mut publishers = vec![0; self.publishers.len()];
        for (rank, (number, _)) in self.publishers.values().enumerate() {
            publishers[*number as usize] = rank as u32;
        }
        let mut names = self.agencies.clone();
        names.sort_unstable();
        let agencies: Vec<u16> = self
            .agencies
            .iter()
            .map(|name| names.binary_search(name).map_or(0, |rank| rank as u16 + 1))
            .collect();
        self.agencies = names;
        for (counts, _) in &mut self.articles {
            counts.publisher = publishers.get(counts.publisher as usize).copied().unwrap_or_default();
            let number = usize::from(counts.agency).checked_sub(1);
            counts.agency = number.and_then(|number| agencies.get(number)).copied().unwrap_or_default();
        }
        let mut sorted: Vec<u32> = (0..self.articles.len() as u32).collect();
        let text = |index: u32| {
            let start = self.articles[index as usize].1 as usize;
            // The id comes first, and stands for one article of the publisher.
            text_at(&self.texts, start)
        };
        let key = |index: u32| (self.articles[index as usize].0.publisher, text(index));
        sorted.par_sort_by(|&one, &other| key(one).cmp(&key(other)));
        let mut order = vec![0; sorted.len()];
        for (rank, &index) in sorted.iter().enumerate() {
            order[index as usize] = rank as u32;
        }
        let mut texts = Vec::with_capacity(self.texts.len());
        let mut articles = Vec::with_capacity(self.articles.len());
        for &index in &sorted {
            let (counts, start) = self.articles[index as usize];
            articles.push((counts, texts.len() as u64));
            texts.extend_from_slice(all_texts_at(&self.texts, start as usize));
        }
        (self.articles, self.texts) = (articles, texts);
        self.entries.par_iter_mut().for_each(|entry| entry.article = order[entry.article as usize]);
        order
    }

    fn push(&mut self, counts: Counts, texts: Texts<'_>) {
        self.articles.push((counts, self.texts.len() as u64));
        for text in [texts.id, texts.date, texts.language, texts.url, texts.title] {
            self.texts.extend_from_slice(&(text.len() as u32).to_le_bytes());
            self.texts.extend_from_slice(text.as_bytes());
        }
    }

    fn publisher(&mut self, name: &str, url: &str) -> u32 {
        let next = self.publishers.len() as u32;
        let number = self.publishers.entry(name.to_owned()).or_insert((next, Vec::new())).0;
        let domain_of = |address: &str| {
            let address = address::parse(address).ok()?;
            Some(registrable_domain(&address.host).to_owned()).filter(|domain| domain.contains('.'))
        };
        let named = if name.contains([' ', '/']) { None } else { domain_of(&format!("http://{name}/")) };
        let domains: Vec<String> = named.into_iter().chain(domain_of(url)).collect();
        self.domains(name, &domains);
        number
    }

    fn domains(&mut self, publisher: &str, domains: &[String]) {
        let Some((_, known)) = self.publishers.get_mut(publisher) else { return };
        for domain in domains {
            if let Err(at) = known.binary_search(domain) {
                known.insert(at, domain.clone());
            }
        }
    }

    fn agency(&mut self, name: &str) -> u16 {
        let at = self.agencies.iter().position(|known| known == name).unwrap_or_else(|| {
            self.agencies.push(name.to_owned());
            self.agencies.len() - 1
        });
        at as u16 + 1
    }

    /// For each word whether it stands between quotation marks.
    fn quoted(&self, text: &str) -> Vec<bool> {
        let text = self.words.repaired.as_deref().unwrap_or(text);
        quotes::of_words(&quotes::ranges(text), &self.words.places)
    }
}

/// True for the hashes that a sparse file keeps.
pub fn is_sparse(hash: u64) -> bool {
    hash & ((1 << SPARSE_BITS) - 1) == 0
}

pub(super) fn text_at(texts: &[u8], start: usize) -> &[u8] {
    let length = texts
        .get(start..)
        .and_then(|rest| rest.first_chunk::<4>())
        .map_or(0, |bytes| u32::from_le_bytes(*bytes));
    texts.get(start + 4..start + 4 + length as usize).unwrap_or_default()
}

pub(super) fn all_texts_at(texts: &[u8], start: usize) -> &[u8] {
    let mut end = start;
    for _ in 0..5 {
        end += 4 + text_at(texts, end).len();
    }
    texts.get(start..end).unwrap_or_default()
}

/// What was written.
#[derive(Clone, Debug)]
pub struct Built {
    /// The file's header.
    pub header: Header,
    /// SHA-256 of its content.
    pub sha256: String,
    /// For each article in the order of adding, its index in the file.
    pub order: Vec<u32>,
    /// Counts of each article in the file.
    pub counts: Vec<Counts>,
}
