//! Which runs of words are kept: closed syncmers.
//!
//! Each run of eight words is a shingle; in scripts without spaces, of sixteen characters. A shingle is kept when its
//! smallest inner run (two words, or five characters, by a hash) is its first or its last one. That depends on the
//! shingle alone, never on what stands around it, and still each six shingles in a row hold a kept one (of characters,
//! eleven): so any common run of 13 words or 26 characters shares a kept shingle, wherever it stands. Edgar 2021,
//! <https://peerj.com/articles/10805/>, has the proof; the share of kept ones is 2/7 of the words, 1/6 of the characters.
//! A shingle of fewer than four different words (six characters) is never kept.

use multiversion::multiversion;

use super::key::Key;
use crate::text::word_hash::is_single;

/// Words of a shingle.
pub const WORDS: usize = 8;
/// Characters of a shingle, in scripts without spaces.
pub const CHARACTERS: usize = 16;
/// Words of an inner run.
pub const INNER_WORDS: usize = 2;
/// Characters of an inner run.
pub const INNER_CHARACTERS: usize = 5;

/// Any common run of so many words shares a kept shingle.
pub const SURE_WORDS: usize = 2 * WORDS - INNER_WORDS - 1;
/// Any common run of so many characters of a script without spaces shares a kept shingle.
pub const SURE_CHARACTERS: usize = 2 * CHARACTERS - INNER_CHARACTERS - 1;

/// Bits of a kept hash.
pub const HASH_BITS: u32 = 56;

/// A sparse file holds the kept shingles whose hash ends in so many zero bits: one of four.
pub const SPARSE_BITS: u32 = 2;

/// A kept shingle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shingle {
    /// Keyed hash of its words: 56 bits.
    pub hash: u64,
    /// Index of its first word in the text.
    pub position: u32,
}

/// Chooses the kept shingles of texts; keeps its buffers.
#[derive(Clone, Debug, Default)]
pub struct Chooser {
    inner: Vec<i16>,
    middle: Vec<i16>,
    inner_characters: Vec<i16>,
    middle_characters: Vec<i16>,
    spare: Vec<i16>,
    kept: Vec<u32>,
    values: Vec<u64>,
}

impl Chooser {
    /// The kept shingles of a text with these words, in order, into `shingles`.
    pub fn choose(&mut self, words: &[u64], has_singles: bool, key: &Key, shingles: &mut Vec<Shingle>) {
        shingles.clear();
        self.kept.clear();
        match has_singles {
            false => choose_words(words, &mut self.inner, &mut self.middle, &mut self.kept),
            true => self.choose_mixed(words),
        }
        values_of(words, &mut self.kept, &mut self.values);
        key.hash_all(&mut self.values);
        let kept = self.kept.iter().zip(&self.values);
        shingles.extend(kept.map(|(&position, &hash)| Shingle { hash: hash >> (64 - HASH_BITS), position }));
    }

    /// Text with characters of scripts without spaces. The first word of a shingle tells which kind it is.
    fn choose_mixed(&mut self, words: &[u64]) {
        let Chooser { inner, middle, inner_characters, middle_characters, spare, kept, .. } = self;
        inner.clear();
        inner.extend(words.windows(INNER_WORDS).map(|pair| inner_words(pair[0], pair[1])));
        inner_characters.clear();
        let characters = |run: &[u64]| (polynomial(run).wrapping_mul(ORDER) >> 48) as i16;
        inner_characters.extend(words.windows(INNER_CHARACTERS).map(characters));
        least_of(inner, WORDS - INNER_WORDS - 1, middle, spare);
        least_of(inner_characters, CHARACTERS - INNER_CHARACTERS - 1, middle_characters, spare);
        kept.resize(words.len(), 0);
        let mut chosen = 0;
        for (position, &first) in words.iter().enumerate() {
            let (inner, middle, last) = match is_single(first) {
                true => (&*inner_characters, &*middle_characters, CHARACTERS - INNER_CHARACTERS),
                false => (&*inner, &*middle, WORDS - INNER_WORDS),
            };
            let ends = inner.get(position).zip(inner.get(position + last));
            let Some(((first, last), middle)) = ends.zip(middle.get(position + 1)) else { continue };
            kept[chosen] = position as u32;
            chosen += usize::from(first.min(last) <= middle);
        }
        kept.truncate(chosen);
    }
}

/// Text with spaces. These loops see every word of every text, and are written so that the compiler makes vector instructions
/// of them.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+bmi1+bmi2", "x86_64+avx2+bmi1+bmi2"))]
fn choose_words(words: &[u64], inner: &mut Vec<i16>, middle: &mut Vec<i16>, kept: &mut Vec<u32>) {
    inner.clear();
    inner.extend(words.windows(INNER_WORDS).map(|pair| inner_words(pair[0], pair[1])));
    let Some(count) = inner.len().checked_sub(WORDS - INNER_WORDS) else { return };
    // The least of the five ranks between the first and the last one of each shingle.
    middle.clear();
    let between = inner[1..].iter().zip(&inner[2..]).zip(&inner[3..]).zip(&inner[4..]).zip(&inner[5..]);
    middle.extend(between.map(|((((a, b), c), d), e)| *a.min(b).min(c.min(d)).min(e)));
    kept.resize(count, 0);
    let mut chosen = 0;
    let ends = inner.iter().zip(&inner[WORDS - INNER_WORDS..]);
    for (position, ((first, last), middle)) in ends.zip(&*middle).enumerate() {
        // Written always and counted when kept: the branch could not be foretold.
        kept[chosen] = position as u32;
        chosen += usize::from(first.min(last) <= middle);
    }
    kept.truncate(chosen);
}

/// The values of the shingles that were kept, with their positions; those of too few different words are dropped.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+bmi1+bmi2", "x86_64+avx2+bmi1+bmi2"))]
fn values_of(words: &[u64], kept: &mut Vec<u32>, values: &mut Vec<u64>) {
    // Values and positions are written side by side; those of too few different words are written over.
    values.clear();
    values.resize(kept.len(), 0);
    let mut count = 0;
    for at in 0..kept.len() {
        let position = kept[at];
        let run = &words[position as usize..];
        let (value, is_varied) = match run.first_chunk::<WORDS>() {
            Some(run) if !is_single(run[0]) => (polynomial(run), has_distinct(run, LEAST_WORDS)),
            _ => (polynomial(&run[..CHARACTERS]) ^ 1, has_distinct(&run[..CHARACTERS], LEAST_CHARACTERS)),
        };
        (kept[count], values[count]) = (position, value);
        count += usize::from(is_varied);
    }
    kept.truncate(count);
    values.truncate(count);
}

/// The least of each so many ranks in a row: of two first, then of four, of eight, and of two such runs that overlap.
fn least_of(ranks: &[i16], count: usize, least: &mut Vec<i16>, spare: &mut Vec<i16>) {
    least.clear();
    least.extend_from_slice(ranks);
    let mut width = 1;
    while width < count {
        let step = width.min(count - width);
        spare.clear();
        let behind = least.get(step..).unwrap_or_default();
        spare.extend(least.iter().zip(behind).map(|(one, other)| *one.min(other)));
        std::mem::swap(least, spare);
        width += step;
    }
}

/// Distinct words of a kept shingle, at least: rows of zeros and refrains of a word are nobody's own, and would make
/// everything match everything.
const LEAST_WORDS: usize = 4;
/// Distinct characters, in scripts without spaces.
const LEAST_CHARACTERS: usize = 6;

fn has_distinct(run: &[u64], least: usize) -> bool {
    if let [a, b, c, d, ..] = run
        && least == LEAST_WORDS
        && (a != b) & (a != c) & (a != d) & (b != c) & (b != d) & (c != d)
    {
        return true;
    }
    let mut distinct = 0;
    for (at, word) in run.iter().enumerate() {
        distinct += usize::from(!run[..at].contains(word));
        if distinct == least {
            return true;
        }
    }
    false
}

/// Words of the shingle whose first word has this hash.
pub fn length_of(first: u64) -> usize {
    if is_single(first) { CHARACTERS } else { WORDS }
}

const ORDER: u64 = 0xd6e8_feb8_6659_fd93;

/// The rank of an inner run of two words.
fn inner_words(one: u64, two: u64) -> i16 {
    ((one.rotate_left(23) ^ two).wrapping_mul(ORDER) >> 48) as i16
}

/// A polynomial over the words, modulo 2⁶⁴. The words' hashes are spread well, and what leaves here is hashed again.
fn polynomial(words: &[u64]) -> u64 {
    const POWERS: [u64; CHARACTERS] = {
        let mut powers = [1_u64; CHARACTERS];
        let mut index = 1;
        while index < CHARACTERS {
            powers[index] = powers[index - 1].wrapping_mul(0x9fb2_1c65_1e98_df25);
            index += 1;
        }
        powers
    };
    words.iter().zip(POWERS).fold(0, |sum, (word, power)| sum.wrapping_add(word.wrapping_mul(power)))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::text::normal::Words;

    fn shingles(text: &str) -> Vec<Shingle> {
        let mut words = Words::default();
        words.read_hashes(text);
        let mut shingles = Vec::new();
        Chooser::default().choose(&words.hashes, words.has_singles, &Key::public(), &mut shingles);
        shingles
    }

    fn share(one: &str, other: &str) -> bool {
        let held: HashSet<u64> = shingles(one).iter().map(|shingle| shingle.hash).collect();
        shingles(other).iter().any(|shingle| held.contains(&shingle.hash))
    }

    fn numbered(prefix: &str, count: usize) -> String {
        (0..count).map(|index| format!("{prefix}{index} ")).collect()
    }

    #[test]
    fn two_sevenths_of_the_words_are_kept_and_a_sixth_of_the_characters() {
        let kept = shingles(&numbered("w", 70_000)).len() as f64 / 70_000.0;
        assert!((kept - 2.0 / 7.0).abs() < 0.01, "{kept}");
        let text: String = (0..60_000_u32)
            .filter_map(|code| char::from_u32(0x4e00 + code.wrapping_mul(2_654_435_761) % 20_000))
            .collect();
        let kept = shingles(&text).len() as f64 / 60_000.0;
        assert!((kept - 1.0 / 6.0).abs() < 0.01, "{kept}");
    }

    #[test]
    fn another_key_gives_other_hashes_of_the_same_shingles() {
        let mut words = Words::default();
        words.read_hashes(&numbered("w", 50));
        let other = Key::load(&{
            let path = tempfile::NamedTempFile::new().unwrap().into_temp_path();
            std::fs::write(&path, "another key altogether").unwrap();
            path.keep().unwrap()
        })
        .unwrap();
        let (mut one, mut two) = (Vec::new(), Vec::new());
        Chooser::default().choose(&words.hashes, false, &Key::public(), &mut one);
        Chooser::default().choose(&words.hashes, false, &other, &mut two);
        assert!(!one.is_empty());
        assert!(one.iter().zip(&two).all(|(one, two)| one.position == two.position && one.hash != two.hash));
    }

    #[test]
    fn a_word_said_again_and_again_is_not_kept() {
        assert!(shingles(&"0 ".repeat(1000)).is_empty());
        assert!(shingles(&"one two three ".repeat(1000)).is_empty());
        assert!(shingles(&"哈".repeat(1000)).is_empty());
        assert!(!shingles(&"one two three four five ".repeat(10)).is_empty());
    }

    proptest! {
        #[test]
        fn any_common_run_of_thirteen_words_is_found(seed in 0..10_000_u32, before in 0..40_usize, behind in 0..40_usize) {
            let run: String = (0..SURE_WORDS).map(|index| format!("gemeinsam{} ", seed as usize * 31 + index)).collect();
            let one = format!("{} {run} {}", numbered("a", before), numbered("b", behind));
            let other = format!("{} {run} {}", numbered("c", behind), numbered("d", before));
            prop_assert!(share(&one, &other));
            prop_assert!(!share(&numbered("a", 60), &numbered("d", 60)));
        }

        #[test]
        fn any_common_run_of_26_characters_is_found(seed in 0..20_000_u32, before in 0..40_u32, behind in 0..40_u32) {
            let characters = |from: u32, count: u32| -> String {
                (from..from + count).filter_map(|index| char::from_u32(0x4e00 + index.wrapping_mul(40_503) % 20_000)).collect()
            };
            let run = characters(seed, SURE_CHARACTERS as u32);
            let one = format!("{}{run}{}", characters(50_000, before), characters(60_000, behind));
            let other = format!("{}{run}{}", characters(70_000, behind), characters(80_000, before));
            prop_assert!(share(&one, &other));
        }
    }
}
