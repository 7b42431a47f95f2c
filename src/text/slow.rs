//! Words that hold more than ASCII letters and digits, or references: character by character through a table, and where
//! characters depend on each other through the definition itself.

use super::fold::{Folded, Table};
use super::word_hash::{LOWER, Running, hash_of, hash_single, load};
use super::{exact, references, repair};

/// The way through the table, character by character.
pub(super) struct Slow<'t> {
    pub(super) text: &'t str,
    pub(super) table: &'static Table,
    /// The normalised bytes of the word so far.
    pub(super) part: Vec<u8>,
    pub(super) garbled: usize,
}

impl Slow<'_> {
    /// Reads from `at` to behind the next separator, and returns that place. Words of letters that each fold by
    /// themselves, as in most languages with spaces, end here; any other word goes from its beginning through
    /// [`Slow::run_any`].
    pub(super) fn run(&mut self, from: usize, word: &mut impl FnMut(u64, usize, usize)) -> usize {
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
                Folded::Single(bytes) => {
                    self.flush(start, at, word);
                    if self.is_exact(next) {
                        return self.define(at, word);
                    }
                    word(hash_single(bytes.bits()), at, next);
                    start = next;
                }
                Folded::Part(bytes) => {
                    if self.part.is_empty() {
                        start = at;
                    }
                    self.part.extend_from_slice(bytes.get());
                }
                Folded::Separator => {
                    self.flush(start, at, word);
                    return next;
                }
                Folded::Nothing => {}
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
pub(super) fn continuation(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at).map_or(0, |byte| u32::from(byte & 0x3f))
}

pub(super) fn is_garbled(text: &str) -> bool {
    let mut next = ['\0'; 4];
    let mut length = 0;
    for (slot, character) in next.iter_mut().zip(text.chars()) {
        *slot = character;
        length += 1;
    }
    repair::sequence(&next[..length]).is_some()
}
