//! The head of a block: which codes it has (RFC 1951, 3.2.6 and 3.2.7).

use multiversion::multiversion;
use serde::{Deserialize, Serialize};

use super::Corrupt;
use super::bits::Bits;
use super::code::{Code, MOST_INDEX, Meanings};
use super::entry::Entry;
use super::symbols::{MOST_SYMBOLS, RUN, Symbols};

/// Meanings of the symbols of literals and lengths. The last two have a code and no meaning; no symbols stand behind them.
pub const LITERALS: &Meanings = &literals();
/// Meanings of the symbols of distances. The last two have a code and no meaning; no symbols stand behind them.
pub const DISTANCES: &Meanings = &distances();
/// Meanings of the symbols that describe lengths of codes.
const LENGTHS: &Meanings = &length_meanings();

/// The order in which the lengths of the codes of lengths are given.
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
/// Stands for the length before it.
const PREVIOUS: u16 = 1 << 15;
/// Stands in front of the first length.
const NO_LENGTH: u8 = u8::MAX;
/// Bits of the longest code of lengths.
const LENGTHS_INDEX: u32 = 7;
/// Most symbols that a block may describe.
const MOST_LITERALS: usize = 286;
const MOST_DISTANCES: usize = 30;
/// Space for the lengths of all codes, and for those that one symbol more stands for, 138 at the most: a power of two, so that
/// no check of a place takes time.
const SPACE: usize = 512;
/// Bits that are looked at for lengths of codes.
const LENGTHS_AT_ONCE: u32 = 48;
/// The symbol of the end of a block, which every block needs.
const END: usize = 256;

const fn literals() -> Meanings {
    let mut meanings = [Entry::NONE; _];
    let mut byte = 0;
    while byte < 256 {
        meanings[byte] = Entry::literal(byte as u8);
        byte += 1;
    }
    meanings[END] = Entry::end();
    // Eight lengths without extra bits, then four each with one to five; the longest match has a symbol of its own.
    let (mut symbol, mut base) = (257, 3);
    while symbol < 285 {
        let extra = if symbol < 265 { 0 } else { (symbol - 261) / 4 };
        meanings[symbol] = Entry::base(base, extra as u8);
        base += 1 << extra;
        symbol += 1;
    }
    meanings[285] = Entry::base(258, 0);
    meanings
}

const fn distances() -> Meanings {
    let mut meanings = [Entry::NONE; _];
    let (mut symbol, mut base) = (0, 1);
    while symbol < MOST_DISTANCES {
        let extra = if symbol < 4 { 0 } else { symbol / 2 - 1 };
        meanings[symbol] = Entry::base(base, extra as u8);
        base += 1 << extra;
        symbol += 1;
    }
    meanings
}

/// The value of each is how many lengths it stands for, and in the bits above eight which.
const fn length_meanings() -> Meanings {
    let mut meanings = [Entry::NONE; _];
    let mut symbol = 0;
    while symbol < 16 {
        meanings[symbol] = Entry::base((symbol as u16) << 8 | 1, 0);
        symbol += 1;
    }
    meanings[16] = Entry::base(PREVIOUS | 3, 2);
    meanings[17] = Entry::base(3, 3);
    meanings[18] = Entry::base(11, 7);
    meanings
}

/// Bits by which the codes of a block are looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Index {
    /// Those of literals and lengths.
    pub literals: u32,
    /// Those of distances.
    pub distances: u32,
}

/// Good for a block that is decoded to its end.
pub const WHOLE: Index = Index { literals: MOST_INDEX, distances: 8 };
/// Good for a block of which some hundred bytes are wanted: making a larger table would take longer than it saves.
pub const BRIEF: Index = Index { literals: 10, distances: 7 };

/// Makes the codes of a block that describes none.
pub fn fixed(literals: &mut Code, distances: &mut Code, index: Index) -> Result<(), Corrupt> {
    let mut lengths = [8; MOST_SYMBOLS];
    lengths[144..256].fill(9);
    lengths[256..280].fill(7);
    literals.symbols.set(&lengths);
    literals.build(false, index.literals)?;
    distances.symbols.set(&[5; 32]);
    distances.build(false, index.distances)
}

/// As much of a description as has come, for another process to go on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HeaderState {
    numbers: (usize, usize, usize),
    first: [u8; 19],
    firsts: usize,
    all: Vec<u8>,
}

/// The description of a block's codes, read piece by piece.
pub struct Header {
    /// Symbols of literals and lengths, of distances, of lengths of codes; zero when they have not come.
    numbers: (usize, usize, usize),
    /// Lengths of the codes of lengths that have come, and their number.
    first: [u8; 19],
    firsts: usize,
    /// Lengths of all codes that have come, and their number. Behind them stand some more of the last one, then zeros.
    all: [u8; SPACE + RUN],
    alls: usize,
    /// True when they were given to the codes at once.
    are_given: bool,
    code: Code,
}

impl Default for Header {
    fn default() -> Header {
        Header {
            numbers: (0, 0, 0),
            first: [0; 19],
            firsts: 0,
            all: [0; _],
            alls: 0,
            are_given: false,
            code: Code::new(LENGTHS, LENGTHS_INDEX),
        }
    }
}

impl Header {
    /// Begins a new description.
    pub fn reset(&mut self) {
        (self.numbers, self.firsts, self.alls) = ((0, 0, 0), 0, 0);
        (self.first, self.all, self.are_given) = ([0; 19], [0; _], false);
    }

    /// As much as has come.
    pub fn state(&self) -> HeaderState {
        let all = self.all[..self.alls].to_vec();
        HeaderState { numbers: self.numbers, first: self.first, firsts: self.firsts, all }
    }

    /// A description that goes on. `None` when the state is not one.
    pub fn resume(state: &HeaderState) -> Option<Header> {
        let HeaderState { numbers: (literals, distances, firsts), first, .. } = *state;
        let (alls, most) = (state.all.len(), (MOST_LITERALS, MOST_DISTANCES, ORDER.len()));
        let fits = literals <= most.0 && distances <= most.1 && firsts <= most.2;
        if !fits || state.firsts > firsts || alls > literals + distances {
            return None;
        }
        let mut header =
            Header { numbers: state.numbers, first, firsts: state.firsts, alls, ..Header::default() };
        header.all.get_mut(..alls)?.copy_from_slice(&state.all);
        if firsts > 0 && state.firsts == firsts {
            header.lengths().ok()?;
        }
        Some(header)
    }

    /// False for a block that has the codes that need no description.
    pub fn is_description(&self) -> bool {
        self.numbers.2 > 0
    }

    /// Bits that are good to have for the next pieces; `None` when all have come.
    pub fn wants(&self) -> Option<u32> {
        match self.numbers {
            (_, _, 0) => Some(14),
            (_, _, numbers) if self.firsts < numbers => Some(LENGTHS_AT_ONCE),
            // Several codes of up to 7 bits with up to 7 extra bits.
            (literals, distances, _) => (self.alls < literals + distances).then_some(LENGTHS_AT_ONCE),
        }
    }

    /// Reads the next pieces from the first `count` bits of the stream and returns their length in bits; `None` when the
    /// next one is longer.
    pub fn read(&mut self, bits: u64, count: u32) -> Result<Option<u32>, Corrupt> {
        let firsts = self.numbers.2;
        if firsts == 0 {
            if count < 14 {
                return Ok(None);
            }
            let number = |from: u32, of: u32, least: usize| (bits >> from) as usize % (1 << of) + least;
            self.numbers = (number(0, 5, 257), number(5, 5, 1), number(10, 4, 4));
            let too_many = self.numbers.0 > MOST_LITERALS || self.numbers.1 > MOST_DISTANCES;
            return if too_many { Err(Corrupt) } else { Ok(Some(14)) };
        }
        if self.firsts < firsts {
            let number = (firsts - self.firsts).min(count as usize / 3);
            for (place, at) in ORDER[self.firsts..self.firsts + number].iter().zip(0..) {
                self.first[*place] = (bits >> (3 * at)) as u8 & 7;
            }
            self.firsts += number;
            if self.firsts == firsts {
                self.lengths()?;
            }
            return Ok((number > 0).then_some(3 * number as u32));
        }
        let entry = self.code.look_up(bits);
        if entry.bits() > count {
            return Ok(None);
        }
        let value = entry.value(bits);
        let previous = self.previous();
        (self.alls, _) = put(&mut self.all, self.alls, previous, value);
        self.check()?;
        Ok(Some(entry.bits()))
    }

    /// Makes the code of lengths.
    fn lengths(&mut self) -> Result<(), Corrupt> {
        self.code.symbols.set(&self.first);
        self.code.build(false, LENGTHS_INDEX)
    }

    /// The last length that has come.
    fn previous(&self) -> u8 {
        self.alls.checked_sub(1).map_or(NO_LENGTH, |last| self.all[last])
    }

    /// Lengths that are too many, or that repeat one which is not there.
    fn check(&self) -> Result<(), Corrupt> {
        let repeats_nothing = self.all[0] == NO_LENGTH;
        let are_too_many = self.alls > self.numbers.0 + self.numbers.1;
        if repeats_nothing || are_too_many { Err(Corrupt) } else { Ok(()) }
    }

    /// True when all lengths of codes come next.
    pub fn is_at_lengths(&self) -> bool {
        self.numbers.2 > 0 && self.firsts == self.numbers.2 && self.alls == 0
    }

    /// Reads lengths of codes while there is input enough, and gives them to the codes.
    pub fn quickly(
        &mut self,
        bits: &mut Bits<'_>,
        literals: &mut Code,
        distances: &mut Code,
    ) -> Result<(), Corrupt> {
        let Ok(table) = self.code.table().try_into() else { return Err(Corrupt) };
        let end = self.numbers.0;
        let codes = [
            Wanted { symbols: &mut literals.symbols, begin: 0, end },
            Wanted { symbols: &mut distances.symbols, begin: end, end: end + self.numbers.1 },
        ];
        self.alls = lengths(bits, table, &mut self.all, codes);
        self.are_given = self.wants().is_none();
        self.check()
    }

    /// Makes the codes, when all has come.
    pub fn build(&self, literals: &mut Code, distances: &mut Code, index: Index) -> Result<(), Corrupt> {
        if self.all[END] == 0 {
            return Err(Corrupt);
        }
        if !self.are_given {
            let (of_literals, of_distances) = self.all[..self.alls].split_at(self.numbers.0.min(self.alls));
            literals.symbols.set(of_literals);
            distances.symbols.set(of_distances);
        }
        literals.build(true, index.literals)?;
        distances.build(true, index.distances)
    }
}

/// A code whose lengths are read.
struct Wanted<'c> {
    symbols: &'c mut Symbols,
    /// Where they stand among the lengths of all codes.
    begin: usize,
    end: usize,
}

/// Writes lengths behind the first `alls`, where zeros stand: so many times as the lower bits of `value` say, what the upper
/// ones say. Returns how many there are, and the last one.
#[inline(always)]
fn put(all: &mut [u8; SPACE + RUN], alls: usize, previous: u8, value: usize) -> (usize, u8) {
    // Without a branch, which nothing could foretell: all bits of `PREVIOUS` stand for one.
    let is_previous = (value as i16 >> 15) as u8;
    let length = (value >> 8) as u8 & 0xf | previous & is_previous;
    // More than six are zeros.
    all[alls % SPACE..][..RUN].copy_from_slice(&[length; RUN]);
    (alls + (value & 0xff), length)
}

/// Reads lengths for one code after the other, and returns how many there are.
#[multiversion(targets("x86_64+avx2+bmi1+bmi2"))]
fn lengths(
    state: &mut Bits<'_>,
    table: &[Entry; 1 << LENGTHS_INDEX],
    all: &mut [u8; SPACE + RUN],
    codes: [Wanted<'_>; 2],
) -> usize {
    let (mut bits, mut alls, mut previous) = (*state, 0, NO_LENGTH);
    for Wanted { symbols, begin, end } in codes {
        symbols.clear();
        // Those that repeat the last one of the code before.
        symbols.give(previous, alls - begin, 0);
        while alls < end && bits.is_plenty() {
            bits.refill();
            // Each takes up to 14 bits.
            for _ in 0..4 {
                let entry = table[bits.bits as usize % table.len()];
                let (value, before) = (entry.value(bits.bits), alls);
                bits.take(entry);
                (alls, previous) = put(all, alls, previous, value);
                symbols.give(previous, alls - before, before - begin);
                if alls >= end {
                    symbols.take(previous, alls - end);
                    break;
                }
            }
        }
        if alls < end {
            break;
        }
    }
    *state = bits;
    alls
}
