//! The symbols of a code, in the order of their codes (RFC 1951, 3.2.2): by length, and those of one length as they are
//! numbered.

/// Longest code of literals, lengths and distances, in bits.
pub const LONGEST: usize = 15;
/// Most symbols of one code: literals, the end of a block, lengths.
pub const MOST_SYMBOLS: usize = 288;
/// Most symbols that are given codes at once. One code of lengths stands for six of them.
pub const RUN: usize = 8;

/// Space for all symbols, should they be of one length.
const ROW: usize = MOST_SYMBOLS + RUN;
/// Space for the symbols of all lengths. It is a power of two, which no check of a place takes time for; those without a code
/// stand last, since one code of lengths stands for up to 138 of them, and they may be more than there are.
const SPACE: usize = (LONGEST * ROW + MOST_SYMBOLS + 138).next_power_of_two();
/// Where the symbols of each length begin.
const BEGINS: &[u16; LONGEST + 1] = &begins();

const fn begins() -> [u16; LONGEST + 1] {
    let mut begins = [(LONGEST * ROW) as u16; LONGEST + 1];
    let mut length = 1;
    while length <= LONGEST {
        begins[length] = ((length - 1) * ROW) as u16;
        length += 1;
    }
    begins
}

/// The symbols of a code, by the lengths of their codes.
pub struct Symbols {
    /// Their numbers.
    numbers: Box<[u16; SPACE + RUN]>,
    /// Where those of each length end.
    ends: [u16; LONGEST + 1],
}

impl Default for Symbols {
    fn default() -> Symbols {
        Symbols { numbers: Box::new([0; _]), ends: *BEGINS }
    }
}

impl Symbols {
    /// Takes all codes from all symbols.
    pub fn clear(&mut self) {
        self.ends = *BEGINS;
    }

    /// Gives codes of so many bits to `times` symbols, of which this is the first: up to [`RUN`], or any number if they get none,
    /// of zero bits.
    #[inline(always)]
    pub fn give(&mut self, length: u8, times: usize, first: usize) {
        let end = &mut self.ends[usize::from(length) % (LONGEST + 1)];
        // All are written, which takes an instruction or two; the next ones are written over those that are too many.
        let run: [u16; RUN] = std::array::from_fn(|number| (first + number) as u16);
        self.numbers[usize::from(*end) % SPACE..][..RUN].copy_from_slice(&run);
        *end += times as u16;
    }

    /// Takes the codes of so many bits from the last `times` symbols.
    pub fn take(&mut self, length: u8, times: usize) {
        self.ends[usize::from(length) % (LONGEST + 1)] -= times as u16;
    }

    /// Gives symbol n a code of `lengths[n]` bits.
    pub fn set(&mut self, lengths: &[u8]) {
        self.clear();
        for (length, symbol) in lengths.iter().zip(0..) {
            self.give(*length, 1, symbol);
        }
    }

    /// The symbols whose codes have so many bits.
    #[inline(always)]
    pub fn of_length(&self, length: usize) -> &[u16] {
        &self.numbers[usize::from(BEGINS[length])..usize::from(self.ends[length])]
    }

    /// The number of codes that are left, counted in codes of the greatest length, of which a shorter one takes the place of
    /// several. `None` when there are too few for all symbols.
    pub fn left(&self) -> Option<u32> {
        let numbers = self.ends.iter().zip(BEGINS).map(|(end, begin)| u32::from(end - begin));
        let codes = numbers.zip(0..).skip(1).map(|(number, length)| number << (LONGEST - length));
        (1u32 << LONGEST).checked_sub(codes.sum())
    }

    /// True when no code has more than one bit.
    pub fn are_short(&self) -> bool {
        self.ends[2..] == BEGINS[2..]
    }
}
