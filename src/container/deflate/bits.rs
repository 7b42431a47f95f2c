//! The next bits of a stream, taken where there is input enough not to ask for each of them.

use super::entry::Entry;
use super::{Deflate, Work};

/// Bits that are there after a refill.
pub const REFILLED: u32 = 56;

/// The next bits of the stream, lent by a decoder.
#[derive(Clone, Copy)]
pub struct Bits<'i> {
    /// The next one is the lowest. Those above `count` are zero, or what they will be.
    pub bits: u64,
    /// In its lowest six bits, how many there are.
    count: u32,
    input: &'i [u8],
    /// Where the input goes on behind `count` bits.
    at: usize,
    /// No refill reads behind the input while `at` is smaller.
    last: usize,
}

impl<'i> Bits<'i> {
    /// True while a step may refill twice.
    #[inline(always)]
    pub fn is_plenty(&self) -> bool {
        self.at < self.last
    }

    /// Afterwards there are [`REFILLED`] bits or more.
    #[inline(always)]
    pub fn refill(&mut self) {
        if let Some(next) = self.input.get(self.at..).and_then(|rest| rest.first_chunk()) {
            self.bits |= u64::from_le_bytes(*next) << (self.count % u64::BITS);
            self.at += (63 - self.count as usize % 64) / 8;
            self.count |= REFILLED;
        }
    }

    /// Takes the bits of a code and its extra bits.
    #[inline(always)]
    pub fn take(&mut self, entry: Entry) {
        // With all of the entry: processors look at the lowest six bits of what they shift by, and a step less is a step less
        // for each byte that is decoded.
        self.bits >>= entry.shift() % u64::BITS;
        self.count = self.count.wrapping_sub(entry.shift());
    }
}

/// Bytes of input that a step may read: two times eight.
const AHEAD: usize = 16;

impl Deflate {
    /// Lends the next bits.
    pub(super) fn lend<'i>(&self, work: &Work<'i>) -> Bits<'i> {
        let last = work.input.len().saturating_sub(AHEAD);
        Bits { bits: self.bits, count: self.count, input: work.input, at: work.taken, last }
    }

    /// Takes back the bits that were not needed: whole bytes go to the input, but for those of an earlier one.
    pub(super) fn give_back(&mut self, work: &mut Work<'_>, bits: Bits<'_>) {
        let count = bits.count % u64::BITS;
        let back = (count as usize / 8).min(bits.at - work.taken);
        self.count = count - back as u32 * 8;
        self.bits = bits.bits & ((1 << self.count) - 1);
        work.taken = bits.at - back;
    }
}
