//! Prefix codes of DEFLATE (RFC 1951, 3.2.2) and the tables that decode them.
//!
//! A table is looked up with the next bits of the stream and answers with an [`Entry`]. Codes longer than the index of
//! the table are rare: their entries say so, and they are decoded bit by bit.

use super::Corrupt;

/// Longest code of literals, lengths and distances, in bits.
const LONGEST: usize = 15;
/// Most symbols of one code: literals, the end of a block, lengths.
pub const MOST_SYMBOLS: usize = 288;

/// Entries that are copied at once.
const PIECE: usize = 16;

/// Bits of the largest table.
pub const MOST_INDEX: u32 = 11;
/// So many bits in reverse: the stream has the first bit of a code lowest.
const REVERSED: &[u16; 1 << MOST_INDEX] = &reversed();

const fn reversed() -> [u16; 1 << MOST_INDEX] {
    let mut reversed = [0; 1 << MOST_INDEX];
    let mut bits = 0;
    while bits < reversed.len() {
        reversed[bits] = (bits as u16).reverse_bits() >> (u16::BITS - MOST_INDEX);
        bits += 1;
    }
    reversed
}

/// What some bits of the stream mean.
///
/// ```text
/// bits  0..8    bits of the stream that the code and its extra bits take
/// bits  8..12   bits of the code alone
/// bit  13       the end of the block
/// bit  14       the code is longer than the index of the table
/// bit  15       none of literal and base: look at bits 13 and 14; neither of them: no code begins like this
/// bits 16..31   literal byte, or the base of a length or distance
/// bit  31       a literal
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry(u32);

impl Entry {
    const END: u32 = 1 << 13;
    const LONG: u32 = 1 << 14;
    const SPECIAL: u32 = 1 << 15;
    const LITERAL: u32 = 1 << 31;

    /// No code begins with these bits.
    pub const NONE: Entry = Entry(Entry::SPECIAL);

    /// Only longer codes begin with these bits.
    const LONGER: Entry = Entry(Entry::SPECIAL | Entry::LONG);

    /// A byte.
    pub const fn literal(byte: u8) -> Entry {
        Entry(Entry::LITERAL | (byte as u32) << 16)
    }

    /// The end of a block.
    pub const fn end() -> Entry {
        Entry(Entry::SPECIAL | Entry::END)
    }

    /// A length or distance: `base` and the value of so many `extra` bits.
    pub const fn base(base: u16, extra: u8) -> Entry {
        Entry((base as u32) << 16 | extra as u32)
    }

    /// The entry of a symbol whose code has so many bits.
    fn with_code(self, bits: u32) -> Entry {
        Entry(self.0 + (bits | bits << 8))
    }

    /// True for a byte.
    #[inline(always)]
    pub fn is_literal(self) -> bool {
        self.0 & Entry::LITERAL != 0
    }

    /// True when it is neither a byte nor a base.
    #[inline(always)]
    pub fn is_special(self) -> bool {
        self.0 & Entry::SPECIAL != 0
    }

    /// True for a code that is longer than the index.
    pub fn is_long(self) -> bool {
        self.0 & Entry::LONG != 0
    }

    /// True for the end of a block.
    pub fn is_end(self) -> bool {
        self.0 & Entry::END != 0
    }

    /// The byte.
    #[inline(always)]
    pub fn byte(self) -> u8 {
        (self.0 >> 16) as u8
    }

    /// Bits of the stream that code and extra bits take.
    #[inline(always)]
    pub fn bits(self) -> u32 {
        self.0 & 0xff
    }

    /// The length or distance, with the extra bits of the stream that begins with the code.
    #[inline(always)]
    pub fn value(self, stream: u64) -> usize {
        let with_extra = stream & ((1 << self.bits()) - 1);
        ((self.0 >> 16) as usize) + (with_extra >> (self.0 >> 8 & 0xf)) as usize
    }
}

/// A code, ready to decode.
pub struct Code {
    /// Space for entries by the next bits of the stream.
    table: Vec<Entry>,
    /// Bits of the index.
    index: u32,
    /// Number of codes of each length.
    counts: [u16; LONGEST + 1],
    /// What the codes mean, in their order. The meanings of symbols without a code stand in the second half.
    sorted: [Entry; 2 * MOST_SYMBOLS],
    /// The first code that is longer than the index, as if it were as long, and the number of codes before it.
    longer: (u32, u32),
}

impl Code {
    /// Space for a code that is looked up by at most so many bits.
    pub fn new(index: u32) -> Code {
        let index = index.min(MOST_INDEX);
        Code {
            table: vec![Entry::NONE; 1 << index],
            index,
            counts: [0; LONGEST + 1],
            sorted: [Entry::NONE; 2 * MOST_SYMBOLS],
            longer: (0, 0),
        }
    }

    /// The table, whose length is a power of two.
    #[inline(always)]
    pub fn table(&self) -> &[Entry] {
        &self.table[..1 << self.index]
    }

    /// Makes the code in which symbol n has `lengths[n]` bits and the meaning `meanings[n]`, looked up by `index` bits. A set
    /// of lengths must use up all codes; the exception is a single code of one bit (RFC 1951, 3.2.7), where `may_be_single`
    /// allows it.
    ///
    /// # Errors
    /// When the lengths make no such code.
    pub fn build(
        &mut self,
        lengths: &[u8],
        meanings: &[Entry],
        may_be_single: bool,
        index: u32,
    ) -> Result<(), Corrupt> {
        self.index = index.min(self.table.len().ilog2());
        let mut padded = [0; MOST_SYMBOLS];
        padded[..lengths.len()].copy_from_slice(lengths);
        let eights = &padded.as_chunks::<8>().0[..lengths.len().div_ceil(8)];
        self.counts = count(eights);
        let mut starts = [0u16; LONGEST + 2];
        // Codes that are left, if all were of the length that is looked at.
        let mut left = 1i32;
        for length in 1..=LONGEST {
            starts[length + 1] = starts[length] + self.counts[length];
            left = left * 2 - i32::from(self.counts[length]);
            if left < 0 {
                return Err(Corrupt);
            }
        }
        if left > 0 && !(may_be_single && self.counts[2..] == [0; LONGEST - 1]) {
            return Err(Corrupt);
        }
        starts[0] = MOST_SYMBOLS as u16;
        for (eight, meanings) in eights.iter().zip(meanings.as_chunks::<8>().0) {
            if u64::from_le_bytes(*eight) == 0 {
                continue;
            }
            for (length, meaning) in eight.iter().zip(meanings) {
                let place = &mut starts[usize::from(*length) & 15];
                self.sorted[usize::from(*place)] = *meaning;
                *place += 1;
            }
        }
        // What longer codes begin with, or nothing.
        self.fill(if left > 0 { Entry::NONE } else { Entry::LONGER });
        Ok(())
    }

    /// Fills the table. It grows by doubling: the entries of all codes of up to n bits fill its first 2^n places, and each
    /// further bit repeats them, since the bits behind a code do not change its meaning. Places that no code reaches
    /// repeat the very first place, `rest`.
    fn fill(&mut self, rest: Entry) {
        // Behind a reference to all of it the compiler need not read again where the table is.
        let (table, mut sorted) = (&mut self.table[..], &self.sorted[..]);
        table[0] = rest;
        // The first code of a length, as if it had the bits of the largest table, and the number of shorter ones.
        let (mut code, mut shorter) = (0, 0);
        for length in 1..=self.index {
            double(table, 1 << (length - 1));
            let (meanings, longer) = sorted.split_at(usize::from(self.counts[length as usize]));
            for meaning in meanings {
                let place = REVERSED[code % REVERSED.len()];
                table[usize::from(place)] = meaning.with_code(length);
                code += 1 << (MOST_INDEX - length);
            }
            sorted = longer;
            shorter += meanings.len();
        }
        self.longer = ((code >> (MOST_INDEX - self.index) << 1) as u32, shorter as u32);
    }

    /// The entry that the next bits of the stream stand for.
    pub fn look_up(&self, stream: u64) -> Entry {
        let entry = self.table[stream as usize & ((1 << self.index) - 1)];
        if entry.is_long() { self.long(stream) } else { entry }
    }

    /// Decodes a code that is longer than the index bit by bit, up to `LONGEST` bits of the stream.
    pub fn long(&self, stream: u64) -> Entry {
        let shorter_code = (stream << (u64::BITS - self.index)).reverse_bits() as u32;
        let mut stream = stream >> self.index;
        // The code so far, the first code of a length, and the number of codes shorter than it.
        let (mut code, (mut first, mut shorter)) = (shorter_code << 1, self.longer);
        for length in self.index as usize + 1..=LONGEST {
            code |= (stream & 1) as u32;
            stream >>= 1;
            let count = u32::from(self.counts[length]);
            if code < first + count {
                // A code that is not in use lies in front of the first.
                let meaning = code.checked_sub(first).map(|at| self.sorted[(shorter + at) as usize]);
                return meaning.map_or(Entry::NONE, |meaning| meaning.with_code(length as u32));
            }
            shorter += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        Entry::NONE
    }
}

/// Repeats the first `size` entries behind them, and perhaps some more, which the next repetition writes over.
fn double(table: &mut [Entry], size: usize) {
    // A copy of fixed length is an instruction or two.
    match table.first_chunk::<PIECE>().copied() {
        Some(first) if size <= PIECE => table[size..size + PIECE].copy_from_slice(&first),
        _ => table.copy_within(..size, size),
    }
}

/// The number of lengths of each value; those of zero are not counted. Most are: most bytes do not occur in a text.
fn count(lengths: &[[u8; 8]]) -> [u16; LONGEST + 1] {
    // Neighbours often have the same length: counted in turns, they need not wait for each other.
    let mut turns = [[0u16; LONGEST + 1]; 4];
    for eight in lengths.iter().filter(|eight| u64::from_le_bytes(**eight) != 0) {
        for (turn, length) in eight.iter().enumerate() {
            turns[turn % 4][usize::from(*length) & 15] += 1;
        }
    }
    let mut all = [0; LONGEST + 1];
    for (length, count) in all.iter_mut().enumerate().skip(1) {
        *count = turns.iter().map(|counts| counts[length]).sum();
    }
    all
}
