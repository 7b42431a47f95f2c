//! What the bits of a stream mean: an entry of a table.

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
    pub const LONGER: Entry = Entry(Entry::SPECIAL | Entry::LONG);

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
    pub fn with_code(self, bits: u32) -> Entry {
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

    /// A number whose lowest six bits are [`Entry::bits`].
    #[inline(always)]
    pub fn shift(self) -> u32 {
        self.0
    }

    /// The length or distance, with the extra bits of the stream that begins with the code.
    #[inline(always)]
    pub fn value(self, stream: u64) -> usize {
        let with_extra = stream & ((1 << self.bits()) - 1);
        // Bits 12 and 13 are not set here, and a processor looks at six bits.
        ((self.0 >> 16) as usize) + (with_extra >> (self.0 >> 8 & 0x3f)) as usize
    }
}
