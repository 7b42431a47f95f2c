//! Text to words in the normal form, fast: each word as a hash of its normalised bytes.
//!
//! The definition is in [`super::exact`]; this reaches the same words. Most text is ASCII, so that eight bytes are
//! looked at together. A word with any other character goes character by character through a table, and one whose
//! characters depend on each other through the definition itself.
//!
//! Hashes have 64 bits. The lowest one tells a character of a script without spaces from a word, since such characters
//! are compared in longer runs.

use super::fold::{Folded, Table};
use super::repair;
use super::{exact, references};

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
    /// The text with ASCII letters for those that fold to them.
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
            Some(garbled) => {
                garbled + simdutf8::basic::from_utf8(&self.folded).map_or(0, |text| scan(text, &mut push))
            }
            None => scan(text, &mut push),
        };
        self.has_singles = singles & 1 == 1;
        if garbled >= repair::GARBLED {
            self.read(text);
        }
    }

    fn clear(&mut self) {
        self.hashes.clear();
        self.places.clear();
        self.repaired = None;
    }
}

/// Writes `text` into `folded` with what the normal form makes of each character where that is ASCII: letters without
/// their accents, blanks for marks. The words stay the same and are cut out faster. Returns the number of sequences that
/// look garbled; `None` for a text that needs no such help, or that holds references, which a folded letter could complete.
fn fold_ahead(text: &str, folded: &mut Vec<u8>) -> Option<usize> {
    if text.is_ascii() || memchr::memchr(b'&', text.as_bytes()).is_some() {
        return None;
    }
    let (bytes, table) = (text.as_bytes(), Table::get());
    folded.clear();
    folded.reserve(text.len() + PIECE);
    let (mut at, mut garbled) = (0, 0);
    loop {
        at += copy_ascii(&bytes[at..], folded);
        // Letters with accents seldom stand alone in a text, and other scripts never.
        let Some(&first) = bytes.get(at) else { return Some(garbled) };
        let (code, length) = match first {
            0xc2..0xe0 => (u32::from(first & 0x1f) << 6 | continuation(bytes, at + 1), 2),
            0xe0..0xf0 => {
                let high = u32::from(first & 0x0f) << 12 | continuation(bytes, at + 1) << 6;
                (high | continuation(bytes, at + 2), 3)
            }
            // Beyond the table: the slow way knows.
            _ => (u32::MAX, 4),
        };
        let behind = at + length;
        if matches!(code, 0xc2..=0xf4) && bytes.get(behind).is_some_and(|next| *next >= 0x80) {
            garbled += usize::from(is_garbled(&text[at..]));
        }
        match table.fold_in_plane(code) {
            Folded::Part(part) if part.get().is_ascii() => folded.extend_from_slice(part.get()),
            Folded::Separator => folded.push(b' '),
            Folded::Nothing => {}
            _ => folded.extend_from_slice(&bytes[at..behind]),
        }
        at = behind;
    }
}

/// Bytes that are copied at once.
const PIECE: usize = 16;

/// Appends the ASCII characters that `bytes` begins with to `copied`, and returns how many they are.
fn copy_ascii(bytes: &[u8], copied: &mut Vec<u8>) -> usize {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let mut at = 0;
    while let Some(piece) = bytes[at..].first_chunk::<PIECE>() {
        // A copy of fixed length is an instruction or two; what is too much of it goes again.
        copied.extend_from_slice(piece);
        let halves = [load(piece, 0) & HIGH, load(piece, 8) & HIGH];
        let ascii = match halves {
            [0, 0] => {
                at += PIECE;
                continue;
            }
            [0, high] => 8 + high.trailing_zeros() as usize / 8,
            [low, _] => low.trailing_zeros() as usize / 8,
        };
        copied.truncate(copied.len() - PIECE + ascii);
        return at + ascii;
    }
    let rest = &bytes[at..];
    let ascii = rest.iter().position(|byte| !byte.is_ascii()).unwrap_or(rest.len());
    copied.extend_from_slice(&rest[..ascii]);
    at + ascii
}

fn is_garbled(text: &str) -> bool {
    let mut next = ['\0'; 4];
    let mut length = 0;
    for (slot, character) in next.iter_mut().zip(text.chars()) {
        *slot = character;
        length += 1;
    }
    repair::sequence(&next[..length]).is_some()
}

/// True for the hash of a character of a script without spaces.
pub fn is_single(hash: u64) -> bool {
    hash & 1 == 1
}

/// The hash of a normalised word.
pub fn hash_of(word: &[u8], single: bool) -> u64 {
    let mut hash = SEED;
    for chunk in word.chunks(8) {
        let mut bytes = [0; 8];
        bytes[..chunk.len()].copy_from_slice(chunk);
        hash = mix(hash ^ u64::from_le_bytes(bytes));
    }
    mark(hash, single)
}

const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

/// Both halves of a product, which spreads each bit over all.
fn mix(value: u64) -> u64 {
    const FACTOR: u128 = 0xe703_7ed1_a0b4_28db;
    let product = u128::from(value) * FACTOR;
    (product as u64) ^ ((product >> 64) as u64)
}

fn mark(hash: u64, single: bool) -> u64 {
    (hash & !1) | u64::from(single)
}

const LOWER: u64 = 0x2020_2020_2020_2020;

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
    // Where the block begins, where in it we are, and where a word began that goes on from the block before.
    let (mut block, mut at, mut open) = (0, 0, None);
    while block < bytes.len() {
        let Bits { words, others } = Bits::of(bytes, block);
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
        at = 0;
    }
    if let Some(start) = open {
        word(hash_ascii(bytes, start, bytes.len() - start), start, bytes.len());
    }
    slow.garbled
}

/// A bit for each byte of a block, the first in the lowest place.
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

    /// Compares and sums without branches, so that the compiler makes vector instructions of it.
    fn of_block(block: &[u8; BLOCK]) -> Bits {
        let (mut words, mut others) = ([0_u8; BLOCK], [0_u8; BLOCK]);
        for ((&byte, word), other) in block.iter().zip(&mut words).zip(&mut others) {
            let is_letter = u8::from((byte | 0x20).wrapping_sub(b'a') < 26);
            let is_digit = u8::from(byte.wrapping_sub(b'0') < 10);
            let is_plain = u8::from(byte.wrapping_sub(0x20) < 0x5f);
            let is_space = u8::from(byte.wrapping_sub(b'\t') < 5);
            *word = is_letter | is_digit;
            *other = (1 - (is_plain | is_space)) | u8::from(byte == b'&');
        }
        Bits { words: pack(&words), others: pack(&others) }
    }
}

/// Bytes of zero and one into bits.
fn pack(flags: &[u8; BLOCK]) -> u64 {
    /// Moves the lowest bit of each byte to its place among the highest eight bits.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    flags.as_chunks::<8>().0.iter().enumerate().fold(0, |bits, (index, chunk)| {
        bits | (u64::from_le_bytes(*chunk).wrapping_mul(GATHER) >> 56) << (index * 8)
    })
}

/// The hash of an ASCII word, which [`hash_of`] gives for its lower-case form.
fn hash_ascii(bytes: &[u8], start: usize, length: usize) -> u64 {
    let Some(window) = bytes.get(start..start + 16).filter(|_| length <= 16) else {
        return hash_long(bytes.get(start..start + length).unwrap_or_default());
    };
    let word = |at: usize| window[at..].first_chunk().map_or(0, |chunk| u64::from_le_bytes(*chunk) | LOWER);
    // Both halves are computed always: which one is wanted could not be foretold.
    let first = mix(SEED ^ (word(0) & (u64::MAX >> (64 - 8 * length.min(8)))));
    let second = mix(first ^ (word(8) & (u64::MAX >> (128_usize.wrapping_sub(8 * length) & 63))));
    mark(if length > 8 { second } else { first }, false)
}

fn hash_long(word: &[u8]) -> u64 {
    let hash = word.chunks(8).fold(SEED, |hash, chunk| {
        let mut bytes = [0; 8];
        bytes[..chunk.len()].copy_from_slice(chunk);
        bytes.make_ascii_lowercase();
        mix(hash ^ u64::from_le_bytes(bytes))
    });
    mark(hash, false)
}

/// The next eight bytes, the first in the lowest place; zero behind the end.
fn load(bytes: &[u8], at: usize) -> u64 {
    let rest = &bytes[at..];
    match rest.first_chunk() {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => rest.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte)),
    }
}

/// How many of the lowest bytes are ASCII letters and digits, one after the other.
fn leading_words(chunk: u64) -> u32 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * EACH;
    /// The highest bit of each byte below 80 tells whether it is at least `from` and at most `to`.
    const fn within(low: u64, from: u64, to: u64) -> u64 {
        (low + (0x80 - from) * EACH) & !(low + (0x7f - to) * EACH)
    }
    let low = chunk & !HIGH;
    let letters = within(low | LOWER, b'a' as u64, b'z' as u64);
    let digits = within(low, b'0' as u64, b'9' as u64);
    (!((letters | digits) & !chunk) & HIGH).trailing_zeros() / 8
}

/// The six bits of a continuation byte.
fn continuation(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at).map_or(0, |byte| u32::from(byte & 0x3f))
}

/// The way through the table, character by character.
struct Slow<'t> {
    text: &'t str,
    table: &'static Table,
    /// The normalised bytes of the word so far.
    part: Vec<u8>,
    garbled: usize,
}

/// The hash of a word whose bytes come one by one, as [`hash_of`] gives it.
struct Running {
    hash: u64,
    chunk: u64,
    bits: u32,
    is_empty: bool,
}

impl Running {
    fn new() -> Running {
        Running { hash: SEED, chunk: 0, bits: 0, is_empty: true }
    }

    /// Takes the lowest `count` bytes of `bytes`, at most eight; those above are zero.
    fn push(&mut self, bytes: u64, count: u32) {
        self.is_empty = false;
        self.chunk |= bytes << self.bits;
        let bits = self.bits + 8 * count;
        if bits < 64 {
            self.bits = bits;
            return;
        }
        self.hash = mix(self.hash ^ self.chunk);
        self.chunk = bytes.checked_shr(64 - self.bits).unwrap_or_default();
        self.bits = bits - 64;
    }

    fn finish(&self) -> u64 {
        mark(if self.bits > 0 { mix(self.hash ^ self.chunk) } else { self.hash }, false)
    }
}

impl Slow<'_> {
    /// Reads from `at` to behind the next separator, and returns that place. Words of letters that each fold by
    /// themselves, as in most languages with spaces, end here; any other word goes from its beginning through
    /// [`Slow::run_any`].
    fn run(&mut self, from: usize, word: &mut impl FnMut(u64, usize, usize)) -> usize {
        let bytes = self.text.as_bytes();
        let mut running = Running::new();
        let mut start = from;
        let mut at = from;
        while let Some(&byte) = bytes.get(at) {
            let (character, length) = match byte {
                0..0x80 => {
                    let chunk = load(bytes, at);
                    let count = leading_words(chunk);
                    if count > 0 {
                        running.push((chunk | LOWER) & (u64::MAX >> (64 - 8 * count)), count);
                        at += count as usize;
                        continue;
                    }
                    if matches!(byte, b'&' | 0x7f | 0..=8 | 0x0e..=0x1f) {
                        return self.run_any(from, word);
                    }
                    (u32::from(b' '), 1)
                }
                0xc2..0xe0 => (u32::from(byte & 0x1f) << 6 | continuation(bytes, at + 1), 2),
                0xe0..0xf0 => {
                    let high = u32::from(byte & 0x0f) << 12 | continuation(bytes, at + 1) << 6;
                    (high | continuation(bytes, at + 2), 3)
                }
                _ => return self.run_any(from, word),
            };
            // Rarely does one of these stand before another character that is no ASCII.
            if matches!(character, 0xc2..=0xf4) && bytes.get(at + 2).is_some_and(|next| *next >= 0x80) {
                self.count_garbled(at);
            }
            match self.table.fold_in_plane(character) {
                Folded::Part(part) => {
                    if running.is_empty {
                        start = at;
                    }
                    running.push(part.bits(), part.len());
                }
                Folded::Separator => {
                    if !running.is_empty {
                        word(running.finish(), start, at);
                    }
                    return at + length;
                }
                Folded::Nothing => {}
                Folded::Single(_) | Folded::Exact => return self.run_any(from, word),
            }
            at += length;
        }
        if !running.is_empty {
            word(running.finish(), start, at);
        }
        at
    }

    /// Reads from `at` to behind the next separator, and returns that place.
    fn run_any(&mut self, at: usize, word: &mut impl FnMut(u64, usize, usize)) -> usize {
        let text = self.text;
        self.part.clear();
        let (mut at, mut start) = (at, at);
        while let Some(character) = text[at..].chars().next() {
            let next = at + character.len_utf8();
            if character.is_ascii_alphanumeric() {
                self.part.push(character.to_ascii_lowercase() as u8);
                at = next;
                continue;
            }
            if character == '&'
                && let Some((decoded, length)) = references::at_start(&text[at..])
            {
                if self.needs_definition(&decoded, at + length) {
                    return self.define(start, word);
                }
                for character in decoded.chars() {
                    self.fold(character, &mut start, at, at + length, word);
                }
                at += length;
                continue;
            }
            if matches!(character, '\u{c2}'..='\u{f4}') {
                self.count_garbled(at);
            }
            match self.table.fold(character) {
                Folded::Exact => return self.define(start, word),
                Folded::Single(_) if self.is_exact(next) => {
                    self.flush(start, at, word);
                    return self.define(at, word);
                }
                Folded::Separator => {
                    self.flush(start, at, word);
                    return next;
                }
                _ => self.fold(character, &mut start, at, next, word),
            }
            at = next;
        }
        self.flush(start, at, word);
        at
    }

    /// Takes a character at `at..next` that depends on nothing.
    fn fold(
        &mut self,
        character: char,
        start: &mut usize,
        at: usize,
        next: usize,
        word: &mut impl FnMut(u64, usize, usize),
    ) {
        match self.table.fold(character) {
            Folded::Part(bytes) => {
                if self.part.is_empty() {
                    *start = at;
                }
                self.part.extend_from_slice(bytes.get());
            }
            Folded::Single(bytes) => {
                self.flush(*start, at, word);
                word(hash_of(bytes.get(), true), at, next);
                *start = next;
            }
            Folded::Separator => {
                self.flush(*start, at, word);
                *start = next;
            }
            Folded::Nothing | Folded::Exact => {}
        }
    }

    fn flush(&mut self, start: usize, end: usize, word: &mut impl FnMut(u64, usize, usize)) {
        if !self.part.is_empty() {
            word(hash_of(&self.part, false), start, end);
            self.part.clear();
        }
    }

    /// True when what follows may join the character before it.
    fn is_exact(&self, at: usize) -> bool {
        let mut rest = self.text[at..]
            .char_indices()
            .skip_while(|(_, character)| self.table.fold(*character) == Folded::Nothing);
        rest.next().is_some_and(|(behind, character)| {
            self.table.fold(character) == Folded::Exact
                || (character == '&' && references::at_start(&self.text[at + behind..]).is_some())
        })
    }

    /// True when a decoded reference, or what follows it, depends on its neighbours.
    fn needs_definition(&self, decoded: &str, behind: usize) -> bool {
        let folds = |character| self.table.fold(character);
        decoded.chars().any(|character| folds(character) == Folded::Exact)
            || (decoded.chars().any(|character| matches!(folds(character), Folded::Single(_)))
                && self.is_exact(behind))
    }

    /// By the definition: from `from` to the next separator.
    fn define(&mut self, from: usize, word: &mut impl FnMut(u64, usize, usize)) -> usize {
        self.part.clear();
        let text = self.text;
        let mut to = from;
        while let Some(character) = text[to..].chars().next() {
            if character == '&'
                && let Some((_, length)) = references::at_start(&text[to..])
            {
                to += length;
                continue;
            }
            if self.table.fold(character) == Folded::Separator {
                break;
            }
            if to > from && matches!(character, '\u{c2}'..='\u{f4}') {
                self.count_garbled(to);
            }
            to += character.len_utf8();
        }
        exact::words(&text[from..to], |normalised, single| {
            word(hash_of(normalised.as_bytes(), single), from, to);
        });
        to
    }

    fn count_garbled(&mut self, at: usize) {
        self.garbled += usize::from(is_garbled(&self.text[at..]));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
    fn a_word_knows_its_place() {
        let text = "Un «été», 東京.";
        let mut words = Words::default();
        words.read(text);
        let places: Vec<&str> =
            words.places.iter().map(|&(from, to)| &text[from as usize..to as usize]).collect();
        assert_eq!(places, ["Un", "été", "東", "京"]);
        assert!(words.has_singles);
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
