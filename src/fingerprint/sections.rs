//! Where the sections of a fingerprint file stand (`docs/formats.md`).

use std::ops::Range;

use super::article::Counts;
use super::filter;
use super::header::Header;
use super::shingle::HASH_BITS;

/// Bytes of a hash that stand with each entry: those with bits that the directory does not know.
pub fn hash_bytes(prefix_bits: u32) -> usize {
    HASH_BITS.saturating_sub(prefix_bits).div_ceil(8) as usize
}

/// Bytes of the number of an article that stand with each entry: as few as so many articles need.
pub fn owner_bytes(articles: u64) -> usize {
    (1..4).find(|bytes| articles <= 1 << (8 * bytes)).unwrap_or(4)
}

/// Where each section of a file's content stands, in bytes from its start.
#[derive(Clone, Debug)]
pub struct Sections {
    /// What is counted of each article.
    pub articles: Range<usize>,
    /// The articles' ids, dates and addresses.
    pub texts: Range<usize>,
    /// The filter in front of the look-ups.
    pub filter: Range<usize>,
    /// Where the bucket of each high part of a hash begins.
    pub directory: Range<usize>,
    /// The low parts of the kept hashes.
    pub hashes: Range<usize>,
    /// The number of the article of each kept hash.
    pub owners: Range<usize>,
    /// The place of each kept hash in its article.
    pub places: Range<usize>,
    /// Bytes of a low part.
    pub hash_bytes: usize,
    /// Bytes of the number of an article.
    pub owner_bytes: usize,
}

impl Sections {
    /// Those of a file with this header, and where the last one ends. `None` when no file is so large.
    pub fn of(header: &Header) -> Option<(Sections, usize)> {
        let mut end = 0_usize;
        let mut next = |count: u64, size: usize| {
            let start = end;
            end = start.checked_add(usize::try_from(count).ok()?.checked_mul(size)?)?;
            Some(start..end)
        };
        let (hash_bytes, owner_bytes) = (hash_bytes(header.prefix_bits), owner_bytes(header.articles));
        let buckets = 1_u64.checked_shl(header.prefix_bits)?.checked_add(1)?;
        let sections = Sections {
            articles: next(header.articles, Counts::SIZE)?,
            texts: next(header.text_bytes, 1)?,
            filter: next(filter::blocks(header.shingles), 8)?,
            directory: next(buckets, 4)?,
            hashes: next(header.shingles, hash_bytes)?,
            owners: next(header.shingles, owner_bytes)?,
            places: next(header.shingles, 3)?,
            hash_bytes,
            owner_bytes,
        };
        Some((sections, end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_as_few_bytes_as_they_need() {
        assert_eq!([8, 16, 17, 24, 26].map(hash_bytes), [6, 5, 5, 4, 4]);
        let articles = [0, 1, 256, 257, 1 << 16, (1 << 16) + 1, 1 << 24, (1 << 24) + 1];
        assert_eq!(articles.map(owner_bytes), [1, 1, 1, 2, 2, 3, 3, 4]);
    }
}
