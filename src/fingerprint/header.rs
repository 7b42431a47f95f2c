//! What a fingerprint file says about itself, as JSON in front of its content.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::shingle;

/// The version of the file's form.
pub const VERSION: u32 = 2;

/// Smallest and largest number of high bits that the directory knows. The largest makes it 256 MB.
pub const PREFIX_BITS: RangeInclusive<u32> = 8..=26;

/// What a fingerprint file says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Version of the form.
    pub version: u32,
    /// Version of the normal form.
    pub normal_form: u32,
    /// Which shingles are kept.
    pub scheme: Scheme,
    /// Name of the key.
    pub key: String,
    /// `full`, or `sparse` for one kept shingle of four.
    pub profile: Profile,
    /// The publishers, in the order of their names.
    pub publishers: Vec<Publisher>,
    /// Names of the agencies that articles refer to.
    pub agencies: Vec<String>,
    /// Number of articles.
    pub articles: u64,
    /// Words of all articles.
    pub words: u64,
    /// Kept shingles of all articles.
    pub shingles: u64,
    /// Addresses and titles are there.
    pub addresses: bool,
    /// Bytes of the articles' texts (ids, dates, addresses).
    pub text_bytes: u64,
    /// High bits of a hash that choose its bucket.
    pub prefix_bits: u32,
}

/// The numbers that decide which shingles are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scheme {
    /// `closed syncmers`.
    pub name: String,
    /// Words of a shingle.
    pub words: usize,
    /// Words of an inner run.
    pub inner_words: usize,
    /// Characters of a shingle in scripts without spaces.
    pub characters: usize,
    /// Characters of an inner run.
    pub inner_characters: usize,
    /// The hash.
    pub hash: String,
}

impl Scheme {
    /// That of this version.
    pub fn current() -> Scheme {
        Scheme {
            name: "closed syncmers".to_owned(),
            words: shingle::WORDS,
            inner_words: shingle::INNER_WORDS,
            characters: shingle::CHARACTERS,
            inner_characters: shingle::INNER_CHARACTERS,
            hash: "aes-128, 56 bits".to_owned(),
        }
    }
}

/// How many of the kept shingles a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// All.
    Full,
    /// One of four, for wide sharing: copies of some hundred words are still found.
    Sparse,
}

/// A publisher in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publisher {
    /// Its name.
    pub name: String,
    /// Its registrable domains: its name if it is one, and those of its articles' addresses.
    pub domains: Vec<String>,
    /// Its articles.
    pub articles: u64,
}
