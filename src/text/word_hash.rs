//! Hashes of words: 64 bits of their normalised UTF-8 bytes, eight at a time.
//!
//! The lowest bit tells a character of a script without spaces from a word, since such characters are compared in longer
//! runs. `docs/formats.md` has the numbers.

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

/// The hash of a character of a script without spaces, of at most eight bytes, as [`hash_of`] gives it.
pub(super) fn hash_single(bytes: u64) -> u64 {
    mark(mix(SEED ^ bytes), true)
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

pub(super) const LOWER: u64 = 0x2020_2020_2020_2020;

/// The hash of an ASCII word, which [`hash_of`] gives for its lower-case form.
pub(super) fn hash_ascii(bytes: &[u8], start: usize, length: usize) -> u64 {
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
pub(super) fn load(bytes: &[u8], at: usize) -> u64 {
    let rest = &bytes[at..];
    match rest.first_chunk() {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => rest.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte)),
    }
}

/// The hash of a word whose bytes come one by one, as [`hash_of`] gives it.
pub(super) struct Running {
    hash: u64,
    chunk: u64,
    bits: u32,
    pub(super) is_empty: bool,
}

impl Running {
    pub(super) fn new() -> Running {
        Running { hash: SEED, chunk: 0, bits: 0, is_empty: true }
    }

    /// Takes the lowest `count` bytes of `bytes`, at most eight; those above are zero.
    pub(super) fn push(&mut self, bytes: u64, count: u32) {
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

    pub(super) fn finish(&self) -> u64 {
        mark(if self.bits > 0 { mix(self.hash ^ self.chunk) } else { self.hash }, false)
    }
}
