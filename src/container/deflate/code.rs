//! Prefix codes of DEFLATE (RFC 1951, 3.2.2) and the tables that decode them.
//!
//! A table is looked up with the next bits of the stream and answers with an [`Entry`]. Codes longer than the index of
//! the table are rare: their entries say so, and they are decoded bit by bit.

use std::ops::RangeInclusive;

use super::Corrupt;
use super::entry::Entry;
use super::symbols::{LONGEST, MOST_SYMBOLS, Symbols};

/// Bits of the codes whose part of the table is repeated.
const REPEATED: u32 = 6;

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

/// What each symbol of a code means. There are more than symbols, to a power of two: a place needs no check that takes time.
pub type Meanings = [Entry; MOST_SYMBOLS.next_power_of_two()];

/// A code, ready to decode.
pub struct Code {
    /// Its symbols. A change of them is followed by [`Code::build`].
    pub symbols: Symbols,
    /// What they mean.
    meanings: &'static Meanings,
    /// Space for entries by the next bits of the stream.
    table: Vec<Entry>,
    /// Bits of the index.
    index: u32,
    /// The first code that is one bit longer than the index.
    longer: u32,
}

impl Code {
    /// Space for a code of symbols with these meanings, which is looked up by at most so many bits.
    pub fn new(meanings: &'static Meanings, index: u32) -> Code {
        let index = index.clamp(REPEATED, MOST_INDEX);
        let table = vec![Entry::NONE; 1 << index];
        Code { symbols: Symbols::default(), meanings, table, index, longer: 0 }
    }

    /// The table, whose length is a power of two.
    #[inline(always)]
    pub fn table(&self) -> &[Entry] {
        &self.table[..1 << self.index]
    }

    /// Makes the table for the symbols, looked up by `index` bits. They must use up all codes; the exception is a single code
    /// of one bit (RFC 1951, 3.2.7), where `may_be_single` allows it.
    ///
    /// # Errors
    /// When their lengths make no such code.
    pub fn build(&mut self, may_be_single: bool, index: u32) -> Result<(), Corrupt> {
        self.index = index.clamp(REPEATED, self.table.len().ilog2());
        let left = self.symbols.left().ok_or(Corrupt)?;
        if left > 0 && !(may_be_single && self.symbols.are_short()) {
            return Err(Corrupt);
        }
        // What longer codes begin with, or nothing.
        self.fill(if left > 0 { Entry::NONE } else { Entry::LONGER });
        Ok(())
    }

    /// Fills the table, and places that no code of up to `index` bits reaches with `rest`.
    ///
    /// The bits behind a code do not change its meaning, so an entry stands once for each of their values. Of the short
    /// codes, which stand often, the places of the first bits are filled and then repeated as a whole.
    fn fill(&mut self, rest: Entry) {
        let (table, symbols, meanings) = (&mut self.table[..1 << self.index], &self.symbols, self.meanings);
        let mut code = 0;
        let mut place = |table: &mut [Entry], lengths: RangeInclusive<u32>| {
            for length in lengths {
                for symbol in symbols.of_length(length as usize) {
                    let entry = meanings[usize::from(*symbol) % meanings.len()].with_code(length);
                    let mut place = usize::from(REVERSED[code % REVERSED.len()]);
                    while let Some(there) = table.get_mut(place) {
                        *there = entry;
                        place += 1 << length;
                    }
                    code += 1 << (MOST_INDEX - length);
                }
            }
        };
        place(&mut table[..1 << REPEATED], 1..=REPEATED);
        for index in REPEATED..self.index {
            table.copy_within(..1 << index, 1 << index);
        }
        place(table, REPEATED + 1..=self.index);
        self.longer = (code >> (MOST_INDEX - self.index) << 1) as u32;
        for code in (code..REVERSED.len()).step_by(1 << (MOST_INDEX - self.index)) {
            table[usize::from(REVERSED[code])] = rest;
        }
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
        // The code so far, and the first code of a length.
        let (mut code, mut first) = (shorter_code << 1, self.longer);
        for length in self.index as usize + 1..=LONGEST {
            code |= (stream & 1) as u32;
            stream >>= 1;
            let symbols = self.symbols.of_length(length);
            let next = first + symbols.len() as u32;
            if code < next {
                // A code that is not in use lies in front of the first.
                let symbol = code.checked_sub(first).map(|at| usize::from(symbols[at as usize]));
                return symbol.map_or(Entry::NONE, |symbol| self.meanings[symbol].with_code(length as u32));
            }
            first = next << 1;
            code <<= 1;
        }
        Entry::NONE
    }
}
