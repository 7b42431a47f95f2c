//! The private side file: every word of every article as a keyed hash, for exact measures.
//!
//! Whoever has it and the key can read most of the articles by trying words. It stays with the publisher.

use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::binary::{Kind, Opened, Writing};
use super::key::Key;
use super::same_id::without_number;
use crate::error::{Error, Result};
use crate::escape::shown;
use crate::text::normal::NORMAL_FORM;

/// The version of the file's form.
pub const VERSION: u32 = 1;

/// Bytes of an article in the table.
const ROW: usize = 24;

/// Set in a word that stands between quotation marks.
const QUOTED: u32 = 1 << 31;

/// What a side file says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// What the file is, for whoever looks into it.
    pub private: String,
    /// Version of the form.
    pub version: u32,
    /// Version of the normal form.
    pub normal_form: u32,
    /// Name of the key.
    pub key: String,
    /// Number of articles.
    pub articles: u64,
    /// Words of all articles.
    pub words: u64,
}

/// The hashes of words in a side file: 31 bits.
pub fn word_hashes(key: &Key, words: &[u64]) -> Vec<u32> {
    let mut hashes = words.to_vec();
    key.hash_all(&mut hashes);
    hashes.into_iter().map(|hash| (hash >> 33) as u32).collect()
}

/// An article is known by its publisher and its id, whatever file it was merged into.
fn name_hash(publisher: &str, id: &str) -> u64 {
    let digest = Sha256::new().chain_update(publisher).chain_update([0]).chain_update(id).finalize();
    digest.iter().take(8).rev().fold(0, |value, &byte| value << 8 | u64::from(byte))
}

/// Articles on their way into a side file.
#[derive(Default)]
pub struct SideBuilder {
    rows: Vec<(u64, Range<u64>)>,
    words: Vec<u32>,
}

impl SideBuilder {
    /// Adds an article with these words, and for each word whether it is quoted.
    pub fn add(&mut self, publisher: &str, id: &str, words: &[u64], quoted: &[bool], key: &Key) {
        let start = self.words.len() as u64;
        let hashes = word_hashes(key, words);
        let marked = hashes.iter().zip(quoted).map(|(&hash, &quoted)| hash | if quoted { QUOTED } else { 0 });
        self.words.extend(marked);
        self.rows.push((name_hash(publisher, id), start..self.words.len() as u64));
    }

    /// Writes the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(mut self, path: &Path, key: &Key) -> io::Result<String> {
        self.rows.sort_unstable_by_key(|(name, words)| (*name, words.start));
        let header = Header {
            private: "exact word hashes; keep this file as you keep the articles".to_owned(),
            version: VERSION,
            normal_form: NORMAL_FORM,
            key: key.name(),
            articles: self.rows.len() as u64,
            words: self.words.len() as u64,
        };
        let mut file = Writing::create(path, Kind::Side, &header)?;
        let mut start = 0_u64;
        for (name, words) in &self.rows {
            let length = words.end - words.start;
            file.write_all(&name.to_le_bytes())?;
            file.write_all(&start.to_le_bytes())?;
            file.write_all(&length.to_le_bytes())?;
            start += length;
        }
        for (_, words) in &self.rows {
            for word in &self.words[words.start as usize..words.end as usize] {
                file.write_all(&word.to_le_bytes())?;
            }
        }
        file.finish()
    }
}

/// An open side file.
pub struct Side {
    opened: Opened,
    /// An article was met whose words are other ones here.
    has_other_words: AtomicBool,
    /// What the file says about itself.
    pub header: Header,
}

impl Side {
    /// Opens a side file that was made with `key`.
    ///
    /// # Errors
    /// When it is damaged, of another version, or made with another key.
    pub fn open(path: &Path, key: &Key) -> Result<Side> {
        let opened = Opened::open(path, Kind::Side)?;
        let refuse = |what: &str| Error::request(format!("the private side file `{}` {what}", shown(path)));
        let header: Header = opened.header().map_err(|what| refuse(&what))?;
        if header.version != VERSION || header.normal_form != NORMAL_FORM {
            return Err(refuse("is of another version").hint("make it again with this version of the tool"));
        }
        if header.key != key.name() {
            return Err(refuse(&format!("was made with the key named {}, not {}", header.key, key.name()))
                .hint("a side file and its fingerprint file have the same key"));
        }
        let rows = usize::try_from(header.articles).ok().and_then(|articles| articles.checked_mul(ROW));
        let words = usize::try_from(header.words).ok().and_then(|words| words.checked_mul(4));
        let length = rows.zip(words).and_then(|(rows, words)| rows.checked_add(words));
        if length != Some(opened.body().len()) {
            return Err(refuse("contradicts itself: its parts do not fill it"));
        }
        Ok(Side { opened, has_other_words: AtomicBool::new(false), header })
    }

    /// SHA-256 of the content, as the file states it.
    pub fn sha256(&self) -> String {
        self.opened.sha256()
    }

    /// Notes that this file has other words under the id of an article than the fingerprint file.
    pub fn note_other_words(&self) {
        self.has_other_words.store(true, Ordering::Relaxed);
    }

    /// True when that was noted.
    pub fn has_other_words(&self) -> bool {
        self.has_other_words.load(Ordering::Relaxed)
    }

    /// How many words an article has. `None` when the file does not have it.
    pub fn count(&self, publisher: &str, id: &str) -> Option<usize> {
        self.row(publisher, id).map(|(_, length)| length)
    }

    /// The words of an article into `words` and `quoted`. False when the file does not have it.
    pub fn read(&self, publisher: &str, id: &str, words: &mut Vec<u32>, quoted: &mut Vec<bool>) -> bool {
        words.clear();
        quoted.clear();
        let Some((start, length)) = self.row(publisher, id) else { return false };
        let data = self.parts().1.as_chunks::<4>().0;
        let Some(bytes) = data.get(start..start.saturating_add(length)) else { return false };
        for bytes in bytes {
            let word = u32::from_le_bytes(*bytes);
            words.push(word & !QUOTED);
            quoted.push(word & QUOTED != 0);
        }
        true
    }

    /// The table and the words.
    fn parts(&self) -> (&[u8], &[u8]) {
        self.opened.body().split_at(self.header.articles as usize * ROW)
    }

    /// Where an article's words begin, and how many they are.
    fn row(&self, publisher: &str, id: &str) -> Option<(usize, usize)> {
        let rows = self.parts().0.as_chunks::<ROW>().0;
        let number = |row: &[u8; ROW], at: usize| {
            row[at..at + 8].iter().rev().fold(0, |value: u64, &byte| value << 8 | u64::from(byte))
        };
        let name = name_hash(publisher, id);
        let at = rows.partition_point(|row| number(row, 0) < name);
        let row = rows.get(at).filter(|row| number(row, 0) == name)?;
        Some((number(row, 8) as usize, number(row, 16) as usize))
    }
}

/// The ids under which a side file may have an article: its own, and the one it had before two files were merged.
pub fn ids(id: &str) -> impl Iterator<Item = &str> {
    std::iter::once(id).chain(without_number(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("side.fpx");
        let mut builder = SideBuilder::default();
        builder.add("a.fr", "1", &[1, 2, 3], &[false, true, false], &Key::public());
        builder.add("a.fr", "2", &[4], &[false], &Key::public());
        builder.write(&path, &Key::public()).unwrap();
        let side = Side::open(&path, &Key::public()).unwrap();
        let (mut words, mut quoted) = (Vec::new(), Vec::new());
        assert!(side.read("a.fr", "1", &mut words, &mut quoted));
        assert_eq!(words, word_hashes(&Key::public(), &[1, 2, 3]));
        assert_eq!(quoted, [false, true, false]);
        assert!(side.read("a.fr", "2", &mut words, &mut quoted) && words.len() == 1);
        assert!(!side.read("b.fr", "1", &mut words, &mut quoted) && words.is_empty());
        let other = {
            let file = folder.path().join("key");
            std::fs::write(&file, "0123456789abcdefg").unwrap();
            Key::load(&file).unwrap()
        };
        assert!(Side::open(&path, &other).is_err());
    }
}
