//! The quick way through literals and matches, by which nearly all of a stream is decoded.
//!
//! What can be looked at once is not looked at in each step: there is room in the output for the longest match, and input
//! for all bits that a step can take. What stands near the end of either is left to [`Deflate::unit`].

use multiversion::multiversion;

use super::bits::Bits;
use super::code::Code;
use super::entry::Entry;
use super::header::{BRIEF, WHOLE};
use super::{Corrupt, Deflate, LONGEST_MATCH, Next, Work, repeat};

/// Bytes that a match is copied by, where its source lies as far back.
const PIECE: usize = 16;
/// Bytes of output that a step may write: two literals, and a match rounded up, or two pieces.
const ROOM: usize = LONGEST_MATCH + 2 * PIECE + 2;

const WHOLE_LITERALS: usize = 1 << WHOLE.literals;
const WHOLE_DISTANCES: usize = 1 << WHOLE.distances;
const BRIEF_LITERALS: usize = 1 << BRIEF.literals;
const BRIEF_DISTANCES: usize = 1 << BRIEF.distances;

impl Deflate {
    /// Decodes literals and matches while there is room and input for any of them.
    ///
    /// # Errors
    /// When the stream is damaged. All that stands before the damage is in the output.
    pub(super) fn quickly(&mut self, work: &mut Work<'_>, origin: usize) -> Result<(), Corrupt> {
        let mut bits = self.lend(work);
        let codes = (&self.literals, &self.distances);
        let is_over = if let Some(tables) = Tables::<WHOLE_LITERALS, WHOLE_DISTANCES>::of(codes) {
            decode(tables, &mut bits, work, origin)
        } else if let Some(tables) = Tables::<BRIEF_LITERALS, BRIEF_DISTANCES>::of(codes) {
            decode(tables, &mut bits, work, origin)
        } else {
            Ok(false)
        };
        self.give_back(work, bits);
        if is_over? {
            self.next = Next::Block;
        }
        Ok(())
    }
}

/// The codes of a block, with tables of sizes that the compiler knows: so they are looked up without a check.
#[derive(Clone, Copy)]
struct Tables<'c, const L: usize, const D: usize> {
    literals: &'c [Entry; L],
    distances: &'c [Entry; D],
    /// For codes that are longer than the index of a table.
    codes: (&'c Code, &'c Code),
}

impl<'c, const L: usize, const D: usize> Tables<'c, L, D> {
    /// `None` for tables of other sizes.
    fn of(codes: (&'c Code, &'c Code)) -> Option<Tables<'c, L, D>> {
        let (literals, distances) = (codes.0.table().try_into().ok()?, codes.1.table().try_into().ok()?);
        Some(Tables { literals, distances, codes })
    }

    #[inline(always)]
    fn literal(&self, bits: &Bits<'_>) -> Entry {
        self.literals[bits.bits as usize % L]
    }
}

/// Decodes while there is room and input. True when the block has ended.
///
/// Most of what it does is to shift by numbers of bits that were read: processors of the last ten years have instructions
/// for that (BMI2), with which it takes a tenth less time.
#[multiversion(targets("x86_64+bmi1+bmi2"))]
fn decode<const L: usize, const D: usize>(
    tables: Tables<'_, L, D>,
    state: &mut Bits<'_>,
    work: &mut Work<'_>,
    origin: usize,
) -> Result<bool, Corrupt> {
    // Variables of its own: what lies behind a reference would be read again after each byte that is written.
    let mut bits = *state;
    let (out, mut filled) = (&mut *work.out, work.filled);
    let last_filled = work.enough.min(out.len().saturating_sub(ROOM));
    bits.refill();
    // The next entry is looked up as early as its bits are there, since all else waits for it.
    let mut entry = tables.literal(&bits);
    let is_over = loop {
        if !bits.is_plenty() || filled >= last_filled {
            break Ok(false);
        }
        if entry.is_literal() {
            bits.take(entry);
            out[filled] = entry.byte();
            filled += 1;
            entry = tables.literal(&bits);
            if entry.is_literal() {
                bits.take(entry);
                out[filled] = entry.byte();
                filled += 1;
                entry = tables.literal(&bits);
                if entry.is_literal() {
                    bits.take(entry);
                    out[filled] = entry.byte();
                    filled += 1;
                    entry = tables.literal(&bits);
                    bits.refill();
                    continue;
                }
            }
        }
        if entry.is_special() {
            if entry.is_long() {
                entry = tables.codes.0.long(bits.bits);
            }
            if entry.is_literal() {
                bits.take(entry);
                out[filled] = entry.byte();
                filled += 1;
                bits.refill();
                entry = tables.literal(&bits);
                continue;
            }
            if entry.is_end() {
                bits.take(entry);
                break Ok(true);
            }
            if entry.is_special() {
                break Err(Corrupt);
            }
        }
        let length = entry.value(bits.bits);
        bits.take(entry);
        bits.refill();
        let mut reach = tables.distances[bits.bits as usize % D];
        if reach.is_special() {
            reach = tables.codes.1.long(bits.bits);
            if reach.is_special() {
                break Err(Corrupt);
            }
        }
        let distance = reach.value(bits.bits);
        bits.take(reach);
        entry = tables.literal(&bits);
        bits.refill();
        if distance > filled - origin {
            break Err(Corrupt);
        }
        let end = filled + length;
        match distance >= PIECE {
            true => copy_far(out, filled, distance, end),
            false => repeat(&mut out[filled - distance..end], distance),
        }
        filled = end;
    };
    (*state, work.filled) = (bits, filled);
    is_over
}

/// Copies a match from a piece back or farther, up to `end` and some bytes more. Most matches are not longer than two
/// pieces: for those nothing has to be decided, which no processor could foretell.
#[inline(always)]
fn copy_far(out: &mut [u8], mut filled: usize, distance: usize, end: usize) {
    let mut piece = |filled: usize| out.copy_within(filled - distance..filled - distance + PIECE, filled);
    piece(filled);
    piece(filled + PIECE);
    filled += 2 * PIECE;
    while filled < end {
        piece(filled);
        filled += PIECE;
    }
}
