//! The fingerprint file, opened for look-ups.

use std::ops::Range;
use std::path::Path;

use super::article::{Counts, Entry, MOST_WORDS};
use super::binary::{Kind, Opened};
use super::header::{Header, PREFIX_BITS, Publisher, Scheme, VERSION};
use super::key::Key;
use super::sections::Sections;
use super::shingle::HASH_BITS;
use crate::error::{Error, Result};
use crate::escape::shown;
use crate::text::normal::NORMAL_FORM;

/// Entries with the same hash that are counted one by one.
const FEW: usize = 8;

/// The texts of an article.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Texts<'f> {
    /// The publisher's id.
    pub id: &'f str,
    /// Date of publication, ISO 8601 or empty.
    pub date: &'f str,
    /// Language tag or empty.
    pub language: &'f str,
    /// Address; empty when the file was made without.
    pub url: &'f str,
    /// Title; empty when the file was made without.
    pub title: &'f str,
}

/// An open fingerprint file. Shared by all workers.
pub struct Fingerprints {
    opened: Opened,
    /// What the file says about itself.
    pub header: Header,
    /// The key of its hashes.
    pub key: Key,
    sections: Sections,
}

impl Fingerprints {
    /// Opens a file. `key` is the one given by the user, if any.
    ///
    /// # Errors
    /// When the file is damaged, of another version, or made with another key.
    pub fn open(path: &Path, key: Option<&Key>) -> Result<Fingerprints> {
        Fingerprints::read(path, Some(key.cloned().unwrap_or_else(Key::public)))
    }

    /// Opens a file to look at it. A key is checked if there is one.
    ///
    /// # Errors
    /// As [`Fingerprints::open`].
    pub fn open_any_key(path: &Path, key: Option<&Key>) -> Result<Fingerprints> {
        Fingerprints::read(path, key.cloned())
    }

    fn read(path: &Path, key: Option<Key>) -> Result<Fingerprints> {
        let opened = Opened::open(path, Kind::Fingerprints)?;
        let refuse = |what: &str| Error::request(format!("the fingerprint file `{}` {what}", shown(path)));
        let header: Header = opened.header().map_err(|what| refuse(&what))?;
        if header.version != VERSION || header.scheme != Scheme::current() {
            return Err(refuse(&format!(
                "has version {}; this tool reads version {VERSION}",
                header.version
            ))
            .hint("make it again with this version of the tool"));
        }
        if header.normal_form != NORMAL_FORM {
            return Err(refuse(&format!(
                "was made with normal form {}; this tool has {NORMAL_FORM}",
                header.normal_form
            ))
            .hint("make it again with this version of the tool"));
        }
        if let Some(key) = key.as_ref().filter(|key| key.name() != header.key) {
            return Err(match header.key.as_str() {
                "public" => refuse("was made with the public key").hint("leave `--key` out"),
                name => refuse(&format!("was made with the key named {name}, not {}", key.name()))
                    .hint("give its key with `--key FILE`"),
            });
        }
        let inside = "contradicts itself: its parts do not fill it";
        let (sections, length) = Sections::of(&header).ok_or_else(|| refuse(inside))?;
        let is_prefix = PREFIX_BITS.contains(&header.prefix_bits);
        if length != opened.body().len() || !is_prefix || header.shingles > u64::from(u32::MAX) {
            return Err(refuse(inside));
        }
        let fingerprints = Fingerprints { opened, header, key: key.unwrap_or_else(Key::public), sections };
        if !fingerprints.is_coherent() {
            return Err(refuse("contradicts itself: its directory does not lead to its entries"));
        }
        if !fingerprints.are_articles_coherent() {
            return Err(refuse("contradicts itself: the counts of its articles cannot be"));
        }
        Ok(fingerprints)
    }

    /// SHA-256 of the content, as the file states it.
    pub fn sha256(&self) -> String {
        self.opened.sha256()
    }

    /// True when that is the SHA-256 of the content.
    pub fn is_intact(&self) -> bool {
        self.opened.is_intact()
    }

    /// Number of articles.
    pub fn len(&self) -> u32 {
        self.header.articles as u32
    }

    /// True without any article.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Counts and flags of an article.
    pub fn counts(&self, article: u32) -> Counts {
        self.record(article).map(|(counts, _)| counts).unwrap_or_default()
    }

    /// The texts of an article.
    pub fn texts(&self, article: u32) -> Texts<'_> {
        let Some((_, start)) = self.record(article) else { return Texts::default() };
        let mut rest = usize::try_from(start)
            .ok()
            .and_then(|start| self.section(&self.sections.texts).get(start..))
            .unwrap_or_default();
        let mut next = || {
            let (length, behind) = rest.split_first_chunk::<4>()?;
            let (text, behind) = behind.split_at_checked(u32::from_le_bytes(*length) as usize)?;
            rest = behind;
            std::str::from_utf8(text).ok()
        };
        let [id, date, language, url, title] = std::array::from_fn(|_| next().unwrap_or_default());
        Texts { id, date, language, url, title }
    }

    /// The publisher of an article.
    pub fn publisher(&self, article: u32) -> Option<&Publisher> {
        self.header.publishers.get(self.counts(article).publisher as usize)
    }

    /// The agency under whose mark an article stands.
    pub fn agency(&self, article: u32) -> Option<&str> {
        let number = usize::from(self.counts(article).agency).checked_sub(1)?;
        self.header.agencies.get(number).map(String::as_str)
    }

    /// The blocks of the filter.
    pub(super) fn filter(&self) -> &[[u8; 8]] {
        self.section(&self.sections.filter).as_chunks::<8>().0
    }

    /// The entries with this hash, in the order of articles and positions.
    pub fn find(&self, hash: u64) -> Range<u32> {
        let bucket = self.bucket_of(hash);
        let middle = self.middle(&bucket);
        self.find_in(&bucket, middle, hash)
    }

    /// The entries among which those of a hash are.
    pub(super) fn bucket_of(&self, hash: u64) -> Range<u32> {
        self.bucket((hash >> (HASH_BITS - self.header.prefix_bits)) as usize)
    }

    /// What the file holds of the hash of the entry in the middle of a bucket.
    pub(super) fn middle(&self, bucket: &Range<u32>) -> u64 {
        self.hash_part(middle(bucket))
    }

    /// The entries of a bucket with this hash; `part` is what [`Fingerprints::middle`] tells of the bucket.
    pub(super) fn find_in(&self, bucket: &Range<u32>, part: u64, hash: u64) -> Range<u32> {
        let wanted = hash & self.hash_mask();
        // What stands before the middle is lower when the middle is.
        let start = if part < wanted { middle(bucket) } else { bucket.start };
        let start = first(start..bucket.end, |entry| self.hash_part(entry) >= wanted);
        // Few entries have the same hash, but a sentence of many articles has thousands.
        let few = (start..bucket.end).take(FEW).take_while(|&entry| self.hash_part(entry) == wanted).count();
        let end = start + few as u32;
        let end =
            if few < FEW { end } else { first(end..bucket.end, |entry| self.hash_part(entry) != wanted) };
        start..end
    }

    /// The article of an entry.
    pub fn owner(&self, index: u32) -> u32 {
        let width = self.sections.owner_bytes;
        let mask = u32::MAX >> (32 - 8 * width);
        load(self.opened.body(), self.sections.owners.start + index as usize * width) as u32 & mask
    }

    /// An entry; `hash` is the one that it was found by.
    pub fn entry(&self, index: u32, hash: u64) -> Entry {
        let places = self.section(&self.sections.places).as_chunks::<3>().0;
        Entry::from_file(hash, self.owner(index), places.get(index as usize).copied().unwrap_or_default())
    }

    /// All entries in the order of their hashes.
    pub fn entries(&self) -> impl Iterator<Item = Entry> + '_ {
        (0..1_usize << self.header.prefix_bits).flat_map(move |bucket| {
            self.bucket(bucket).zip(self.hashes(bucket)).map(|(index, hash)| self.entry(index, hash))
        })
    }

    /// The hashes of a bucket. Some bits of its number may stand with the entries as well.
    fn hashes(&self, bucket: usize) -> impl Iterator<Item = u64> + '_ {
        let prefix = (bucket as u64) << (HASH_BITS - self.header.prefix_bits);
        self.bucket(bucket).map(move |entry| prefix | self.hash_part(entry))
    }

    /// The low bits of an entry's hash.
    fn hash_part(&self, entry: u32) -> u64 {
        let at = self.sections.hashes.start + entry as usize * self.sections.hash_bytes;
        load(self.opened.body(), at) & self.hash_mask()
    }

    fn hash_mask(&self) -> u64 {
        u64::MAX >> (64 - 8 * self.sections.hash_bytes)
    }

    fn section(&self, range: &Range<usize>) -> &[u8] {
        self.opened.body().get(range.clone()).unwrap_or_default()
    }

    fn record(&self, article: u32) -> Option<(Counts, u64)> {
        let at = article as usize * Counts::SIZE;
        self.section(&self.sections.articles).get(at..)?.first_chunk().map(Counts::from_bytes)
    }

    fn bucket(&self, number: usize) -> Range<u32> {
        let ends = self.section(&self.sections.directory).as_chunks::<4>().0;
        let word = |at: usize| ends.get(at).map_or(0, |bytes| u32::from_le_bytes(*bytes));
        word(number)..word(number + 1)
    }

    /// True when the directory rises to the number of entries. The sum tells damage; this tells a file that another
    /// program made wrongly.
    fn is_coherent(&self) -> bool {
        let directory = self.section(&self.sections.directory);
        let mut before = 0;
        for bytes in directory.as_chunks::<4>().0 {
            let end = u32::from_le_bytes(*bytes);
            if end < before {
                return false;
            }
            before = end;
        }
        u64::from(before) == self.header.shingles
    }

    /// True when the counts of the articles can be those of articles. A scan makes room for the words of a candidate, so
    /// a file with wrong counts could take all memory.
    fn are_articles_coherent(&self) -> bool {
        let Header { publishers, agencies, articles, words, .. } = &self.header;
        let mut sum = 0;
        let mut can_be = |counts: Counts| {
            sum += u64::from(counts.words);
            counts.words as usize <= MOST_WORDS
                && counts.own_words <= counts.words
                && (counts.publisher as usize) < publishers.len()
                && u64::from(counts.family) < *articles
                && usize::from(counts.agency) <= agencies.len()
        };
        let records = self.section(&self.sections.articles).as_chunks::<{ Counts::SIZE }>().0;
        records.iter().all(|record| can_be(Counts::from_bytes(record).0)) && sum == *words
    }
}

/// The eight bytes from there on as a number; zeros stand for those behind the end.
fn load(bytes: &[u8], at: usize) -> u64 {
    let rest = bytes.get(at..).unwrap_or_default();
    match rest.first_chunk() {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => rest.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)),
    }
}

/// The entry in the middle of a bucket.
fn middle(bucket: &Range<u32>) -> u32 {
    bucket.start + bucket.end.saturating_sub(bucket.start) / 2
}

/// The first entry of which it is true, of entries of which it is false first and then true; the end if there is none.
fn first(entries: Range<u32>, is_true: impl Fn(u32) -> bool) -> u32 {
    let Range { start: mut low, end: mut high } = entries;
    while low < high {
        let entry = low + (high - low) / 2;
        match is_true(entry) {
            true => high = entry,
            false => low = entry + 1,
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_up_to_the_end() {
        assert_eq!(load(&[1, 2, 3, 4, 5, 6, 7, 8, 9], 1), 0x0908_0706_0504_0302);
        assert_eq!([load(&[1, 2, 3], 1), load(&[1, 2, 3], 3), load(&[], 5)], [0x0302, 0, 0]);
    }

    #[test]
    fn the_first_is_found_in_any_range() {
        for length in 0..20 {
            for border in 5..=5 + length {
                assert_eq!(first(5..5 + length, |entry| entry >= border), border);
            }
        }
        assert_eq!([middle(&(4..4)), middle(&(4..7))], [4, 5]);
    }
}
