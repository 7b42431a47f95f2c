//! Text to words in the normal form, fast: each word as a hash of its normalised bytes.
//!
//! The definition is in [`super::exact`]; this reaches the same words. Most text is ASCII, so that 64 bytes are looked at
//! together; `ahead` makes it ASCII where it can, and `slow` reads what is left.

use wide::u8x16;

use super::ahead::fold_ahead;
use super::fold::Table;
use super::slow::Slow;
use super::word_hash::{hash_ascii, is_single};
use super::{exact, repair};

/// The version of the normal form. Whatever changes a word changes it, and with it every fingerprint file.
pub const NORMAL_FORM: u32 = 1;

/// The words of a text, by the definition.
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let repaired = repair::repair(text);
    exact::words(repaired.as_deref().unwrap_or(text), |word, _| words.push(word.to_owned()));
    words
}

/// Words and where each stands: the bytes `from..to` of the text that [`Words::repaired`] holds, or else of the text itself.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// Hash of each word.
    pub hashes: Vec<u64>,
    /// Where each stands; empty when it was not asked for.
    pub places: Vec<(u32, u32)>,
    /// The text that was looked at, where the given one was garbled.
    pub repaired: Option<String>,
    /// True when some are characters of a script without spaces.
    pub has_singles: bool,
    /// Memory for the text with ASCII letters for those that fold to them.
    folded: Vec<u8>,
}

impl Words {
    /// Reads the words of a text, and where they stand.
    pub fn read(&mut self, text: &str) {
        self.clear();
        let (hashes, places) = (&mut self.hashes, &mut self.places);
        let garbled = scan(text, &mut |hash, from, to| {
            hashes.push(hash);
            places.push((from as u32, to as u32));
        });
        if garbled >= repair::GARBLED
            && let Some(repaired) = repair::repair(text)
        {
            self.clear();
            let (hashes, places) = (&mut self.hashes, &mut self.places);
            scan(&repaired, &mut |hash, from, to| {
                hashes.push(hash);
                places.push((from as u32, to as u32));
            });
            self.repaired = Some(repaired);
        }
        self.has_singles = self.hashes.iter().any(|&hash| is_single(hash));
    }

    /// Reads the hashes of the words only.
    pub fn read_hashes(&mut self, text: &str) {
        self.clear();
        let hashes = &mut self.hashes;
        let mut singles = 0;
        let mut push = |hash: u64, _: usize, _: usize| {
            singles |= hash;
            hashes.push(hash);
        };
        let garbled = match fold_ahead(text, &mut self.folded) {
            Some((length, garbled)) => {
                let folded = simdutf8::basic::from_utf8(&self.folded[..length]);
                garbled + folded.map_or(0, |text| scan(text, &mut push))
            }
            None => scan(text, &mut push),
        };
        if garbled >= repair::GARBLED
            && let Some(repaired) = repair::repair(text)
        {
            (singles, self.repaired) = (0, Some(repaired));
            hashes.clear();
            let mut push = |hash: u64, _: usize, _: usize| {
                singles |= hash;
                hashes.push(hash);
            };
            scan(self.repaired.as_deref().unwrap_or_default(), &mut push);
        }
        self.has_singles = singles & 1 == 1;
    }

    fn clear(&mut self) {
        self.hashes.clear();
        self.places.clear();
        self.repaired = None;
    }
}

/// Bytes that are looked at together.
const BLOCK: usize = 64;

/// Hands the hash and the byte range of each word to `word`. Returns the number of sequences that look garbled: from
/// [`repair::GARBLED`] on, the text may have to be repaired and read again.
///
/// Words of ASCII letters and digits are cut out of a block by its bits; a block costs few instructions and no branch for
/// each byte, which is what makes this fast.
fn scan(text: &str, word: &mut impl FnMut(u64, usize, usize)) -> usize {
    let bytes = text.as_bytes();
    let mut slow = Slow { text, table: Table::get(), part: Vec::new(), garbled: 0 };
    // Where the block begins, and where a word began that goes on from the block before.
    let (mut block, mut open) = (0, None);
    while block < bytes.len() {
        let Bits { words, others } = Bits::of(bytes, block);
        if others == 0 {
            // A word begins where none was before, and ends where none is: no word has to wait for the one before it.
            let before = words << 1 | u64::from(open.is_some());
            let (mut starts, mut ends) = (words & !before, before & !words);
            while ends != 0 {
                let start = open.take().unwrap_or_else(|| block + pop(&mut starts));
                let end = block + pop(&mut ends);
                word(hash_ascii(bytes, start, end - start), start, end);
            }
            if starts != 0 {
                open = Some(block + pop(&mut starts));
            }
            block += BLOCK;
            continue;
        }
        let mut at = 0;
        loop {
            let start = match open.take() {
                Some(start) => start,
                None => {
                    let next = ((words | others) & (u64::MAX << at)).trailing_zeros() as usize;
                    if next == BLOCK {
                        break;
                    }
                    at = next;
                    block + next
                }
            };
            at += (!(words >> at)).trailing_zeros() as usize;
            if at >= BLOCK {
                open = Some(start);
                break;
            }
            match others >> at & 1 == 1 {
                false => {
                    word(hash_ascii(bytes, start, block + at - start), start, block + at);
                    at += 1;
                }
                true => at = slow.run(start, word) - block,
            }
            if at >= BLOCK {
                break;
            }
        }
        // The slow way may have gone on behind the block.
        block += at.max(BLOCK);
    }
    if let Some(start) = open {
        word(hash_ascii(bytes, start, bytes.len() - start), start, bytes.len());
    }
    slow.garbled
}

/// Takes the lowest bit out, and says where it stood.
fn pop(bits: &mut u64) -> usize {
    let at = bits.trailing_zeros() as usize;
    *bits &= bits.wrapping_sub(1);
    at
}

/// A bit for each byte of a block, the first in the lowest place.
#[derive(Debug, PartialEq)]
struct Bits {
    /// ASCII letters and digits.
    words: u64,
    /// Bytes that only the slow way can judge: other characters, references, and control characters, which vanish.
    others: u64,
}

impl Bits {
    fn of(bytes: &[u8], from: usize) -> Bits {
        let rest = &bytes[from..];
        match rest.first_chunk() {
            Some(block) => Bits::of_block(block),
            None => {
                let mut block = [b' '; BLOCK];
                block[..rest.len()].copy_from_slice(rest);
                Bits::of_block(&block)
            }
        }
    }

    fn of_block(block: &[u8; BLOCK]) -> Bits {
        let mut bits = Bits { words: 0, others: 0 };
        for (index, piece) in block.as_chunks::<PIECE>().0.iter().enumerate() {
            let bytes = u8x16::new(*piece);
            let is_letter = is_among(bytes | u8x16::splat(0x20), b'a', b'z');
            let is_word = is_letter | is_among(bytes, b'0', b'9');
            let is_plain = is_among(bytes, b' ', b'~') | is_among(bytes, b'\t', b'\r');
            let is_other = !is_plain | bytes.simd_eq(u8x16::splat(b'&'));
            bits.words |= u64::from(is_word.to_bitmask()) << (index * PIECE);
            bits.others |= u64::from(is_other.to_bitmask()) << (index * PIECE);
        }
        bits
    }
}

/// Bytes of a vector.
const PIECE: usize = 16;

/// All bits of those bytes that are neither smaller nor larger.
fn is_among(bytes: u8x16, first: u8, last: u8) -> u8x16 {
    let above = bytes - u8x16::splat(first);
    above.min(u8x16::splat(last - first)).simd_eq(above)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::word_hash::hash_of;
    use super::*;

    fn both(text: &str) -> (Vec<u64>, Vec<u64>) {
        let mut fast = Words::default();
        fast.read_hashes(text);
        let mut placed = Words::default();
        placed.read(text);
        assert_eq!(fast.hashes, placed.hashes);
        assert_eq!(fast.has_singles, placed.has_singles);
        let repaired = repair::repair(text);
        let mut exact = Vec::new();
        exact::words(repaired.as_deref().unwrap_or(text), |word, single| {
            exact.push(hash_of(word.as_bytes(), single));
        });
        (fast.hashes, exact)
    }

    #[test]
    fn the_fast_way_reaches_the_words_of_the_definition() {
        for text in [
            "The quick brown fox, 12345678 123456789 ABCDEFGHIJKLMNOP ABCDEFGHIJKLMNOPQ a.",
            "a word of forty-one letters at the border: WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWé end",
            "L’été à l'École : «\u{a0}œuvre\u{a0}» e\u{301}t\u{e9} aujour\u{ad}d’hui",
            "caf&eacute;s caf&amp;eacute;s AT&T R&D; x&y; a\u{1}b \u{7f}c",
            "東京タワーは333m ｶﾞ か\u{3099}き ภาษาไทย ៣",
            "한국어 각 Ⅳ½ ﬃ ΐ Σίσυφος ΣΑΣ й \u{345}",
            "dÃ©butÃ© siÃ¨cle Ã la",
            "&#12363;&#12441; か&#12441;",
        ] {
            let (fast, exact) = both(text);
            assert_eq!(fast, exact, "{text}");
        }
    }

    #[test]
    fn each_byte_has_the_bit_of_its_kind() {
        for byte in 0..=u8::MAX {
            let word = u64::from(byte.is_ascii_alphanumeric());
            let other = u64::from(byte == b'&' || !matches!(byte, b' '..=b'~' | b'\t'..=b'\r'));
            for place in 0..BLOCK {
                let mut block = [b' '; BLOCK];
                block[place] = byte;
                assert_eq!(Bits::of_block(&block), Bits { words: word << place, others: other << place });
            }
        }
    }

    #[test]
    fn a_word_knows_its_place() {
        let text = "Un «été», 東京.";
        let mut words = Words::default();
        words.read(text);
        let places: Vec<&str> =
            words.places.iter().map(|&(from, to)| &text[from as usize..to as usize]).collect();
        assert_eq!(places, ["Un", "été", "東", "京"]);
        assert!(words.has_singles);
    }

    #[test]
    fn long_texts_have_the_words_of_the_definition() {
        let lengths = |n: usize| (n * n % 61) / 5 + 1;
        let varied: String = (0..5000).map(|n| "a".repeat(lengths(n)) + " ").collect();
        for text in [
            // As many words as a block can have, beginning at either place.
            "a ".repeat(5000),
            " a".repeat(5000),
            varied.clone(),
            varied.replace("aaaa a", "été, a"),
            varied.replace("aaaaa ", "&eacute; "),
            "a".repeat(100_000),
            format!("{}é{}", "a".repeat(10_000), " b".repeat(1000)),
        ] {
            let (fast, exact) = both(&text);
            assert!(fast == exact, "{} words, not {}: {:.20}", fast.len(), exact.len(), text);
        }
    }

    proptest! {
        #[test]
        fn words_of_any_length_stand_anywhere(text in "([A-Za-z0-9]{1,40}[ ,\n]{1,3}|é|&amp;|[\u{0}-\u{1f}]){0,30}") {
            let (fast, exact) = both(&text);
            prop_assert_eq!(fast, exact);
        }

        #[test]
        fn any_text_has_the_words_of_the_definition(text in "(\\PC|[ -~]|[\u{80}-\u{ff}]|&amp;|&eacute;|[\u{300}-\u{310}か-ご\u{3099}가-각\u{1100}-\u{11ff}]|Ã©|\\s){0,40}") {
            let (fast, exact) = both(&text);
            prop_assert_eq!(fast, exact);
        }
    }
}
