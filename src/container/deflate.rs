//! A decoder of DEFLATE (RFC 1951), in safe code.
//!
//! Why one of our own, beside the one of `flate2`: where records are only looked at, setting a decoder up and decoding the
//! first few hundred bytes of each member is nearly all the work, and where texts are read, unpacking is half of it.
//! This one takes two thirds of the time for the first and some seven tenths for the second (`docs/benchmarks.md`). Nothing
//! rests on it alone: the checksum of each member is computed over what it made ([`super::gzip`]), and its tests compare
//! it with `flate2` on intact, cut and damaged streams.
//!
//! Bytes come and go in pieces of any size. What was decoded must stay in front of what comes, as far as a match can
//! reach back: 32 KiB.

mod bits;
mod code;
mod entry;
mod header;
mod quick;
mod state;
mod symbols;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use code::Code;
use header::{BRIEF, DISTANCES, Header, Index, LITERALS, WHOLE};

pub use state::DeflateState;

/// Bytes that a match can reach back.
pub const HISTORY: usize = 32 * 1024;

/// Longest match.
const LONGEST_MATCH: usize = 258;
/// Bits that the longest unit takes, a length and a distance with their extra bits: 15 + 5 + 15 + 13.
const LONGEST_UNIT: u32 = 48;
/// So few bytes are not worth large tables.
const FEW: usize = 1024;

/// The stream is none, or damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrupt;

/// Why the decoder stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// All input was taken, and more is needed.
    Input,
    /// As much was made as was asked for.
    Enough,
    /// The stream has ended. What follows it begins with [`Deflate::leftover`].
    Ended,
}

/// What comes next in the stream.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Next {
    /// The head of a block.
    Block,
    /// What describes the codes of a block.
    Codes,
    /// The length of a stored block, when its rest of a byte was passed over.
    StoredLength,
    /// So many stored bytes.
    Stored(usize),
    /// Literals and matches.
    Symbols,
    /// The rest of a match: its length and distance.
    Match(usize, usize),
    /// Nothing.
    End,
    /// Nothing that makes sense.
    Damage,
}

/// A decoder, for one stream after the other.
pub struct Deflate {
    /// Bits taken from the input and not decoded yet; the next one is the lowest. Those above `count` are zero.
    bits: u64,
    count: u32,
    next: Next,
    is_last_block: bool,
    /// Bytes made of this stream, as far as a match can reach back.
    made: usize,
    header: Header,
    literals: Code,
    distances: Code,
}

impl Default for Deflate {
    fn default() -> Deflate {
        Deflate {
            bits: 0,
            count: 0,
            next: Next::Block,
            is_last_block: false,
            made: 0,
            header: Header::default(),
            literals: Code::new(LITERALS, WHOLE.literals),
            distances: Code::new(DISTANCES, WHOLE.distances),
        }
    }
}

/// Input and output of one call.
struct Work<'w> {
    input: &'w [u8],
    /// Bytes taken.
    taken: usize,
    out: &'w mut [u8],
    /// Bytes of `out` that are filled.
    filled: usize,
    /// Where it may stop.
    enough: usize,
}

impl Work<'_> {
    /// How the codes of a block are looked up, by what is still asked for.
    fn index(&self) -> Index {
        if self.enough.saturating_sub(self.filled) <= FEW { BRIEF } else { WHOLE }
    }
}

impl Deflate {
    /// Begins a new stream.
    pub fn reset(&mut self) {
        (self.bits, self.count, self.made) = (0, 0, 0);
        (self.next, self.is_last_block) = (Next::Block, false);
    }

    /// Decodes from `input` into `out` behind its first `filled` bytes, which end with what was made before (see
    /// [`HISTORY`]), until `enough` bytes of it are filled, or a few more where there is room. Returns the bytes taken from
    /// the input, the bytes of `out` that are filled, and why it stopped. Not called again behind the end.
    ///
    /// # Errors
    /// When the stream is damaged, and all that stands before the damage was handed out by earlier calls.
    pub fn decode(
        &mut self,
        input: &[u8],
        out: &mut [u8],
        filled: usize,
        enough: usize,
    ) -> Result<(usize, usize, Stop), Corrupt> {
        let enough = enough.min(out.len());
        let mut work = Work { input, taken: 0, out, filled, enough };
        let stop = match self.run(&mut work) {
            Err(Corrupt) if work.filled > filled => {
                self.next = Next::Damage;
                Stop::Enough
            }
            stop => stop?,
        };
        self.made = (self.made + (work.filled - filled)).min(HISTORY);
        Ok((work.taken, work.filled, stop))
    }

    /// The first bytes behind the end of the stream, which were taken from the input with its last bits: fewer than 8.
    pub fn leftover(&self) -> impl Iterator<Item = u8> + use<> {
        let (bits, count) = (self.bits >> (self.count % 8), self.count / 8);
        bits.to_le_bytes().into_iter().take(count as usize)
    }

    fn run(&mut self, work: &mut Work<'_>) -> Result<Stop, Corrupt> {
        // What `made` counts before this call lies in front of this.
        let origin = work.filled - self.made.min(work.filled);
        loop {
            match self.next {
                Next::Block if self.is_last_block => self.next = Next::End,
                Next::Block => {
                    if !self.need(work, 3) {
                        return Ok(Stop::Input);
                    }
                    let head = self.take(3);
                    self.is_last_block = head & 1 == 1;
                    self.next = match head >> 1 {
                        0 => {
                            self.take(self.count % 8);
                            Next::StoredLength
                        }
                        1 => {
                            self.header.reset();
                            header::fixed(&mut self.literals, &mut self.distances, work.index())?;
                            Next::Symbols
                        }
                        2 => {
                            self.header.reset();
                            Next::Codes
                        }
                        _ => return Err(Corrupt),
                    };
                }
                Next::Codes => {
                    if !self.codes(work)? {
                        return Ok(Stop::Input);
                    }
                    self.header.build(&mut self.literals, &mut self.distances, work.index())?;
                    self.next = Next::Symbols;
                }
                Next::StoredLength => {
                    if !self.need(work, 32) {
                        return Ok(Stop::Input);
                    }
                    let (length, inverse) = (self.take(16), self.take(16));
                    if length != inverse ^ 0xffff {
                        return Err(Corrupt);
                    }
                    self.next = Next::Stored(length as usize);
                }
                Next::Stored(0) => self.next = Next::Block,
                Next::Stored(left) => {
                    let done = self.stored(work, left);
                    if done == 0 {
                        return Ok(if work.filled < work.enough { Stop::Input } else { Stop::Enough });
                    }
                    self.next = Next::Stored(left - done);
                }
                Next::Match(length, distance) => {
                    let done = copy(work, length.min(work.out.len() - work.filled), distance);
                    match length - done {
                        0 => self.next = Next::Symbols,
                        left => {
                            self.next = Next::Match(left, distance);
                            return Ok(Stop::Enough);
                        }
                    }
                }
                Next::Symbols => {
                    if work.filled >= work.enough {
                        return Ok(Stop::Enough);
                    }
                    self.quickly(work, origin)?;
                    if matches!(self.next, Next::Symbols)
                        && work.filled < work.enough
                        && !self.unit(work, origin)?
                    {
                        return Ok(Stop::Input);
                    }
                }
                Next::End => return Ok(Stop::Ended),
                Next::Damage => return Err(Corrupt),
            }
        }
    }

    /// Reads what describes the codes of a block. False when more input is needed.
    fn codes(&mut self, work: &mut Work<'_>) -> Result<bool, Corrupt> {
        while let Some(wanted) = self.header.wants() {
            if self.header.is_at_lengths() {
                let mut bits = self.lend(work);
                self.header.quickly(&mut bits, &mut self.literals, &mut self.distances)?;
                self.give_back(work, bits);
                if self.header.wants().is_none() {
                    break;
                }
            }
            // The last bits of a stream may be fewer than a code and its extra bits could have.
            self.need(work, wanted);
            match self.header.read(self.bits, self.count)? {
                Some(bits) => drop(self.take(bits)),
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Copies stored bytes: from the bits at hand, then from the input. Returns how many.
    fn stored(&mut self, work: &mut Work<'_>, left: usize) -> usize {
        let most = left.min(work.enough.saturating_sub(work.filled));
        let mut done = 0;
        while done < most && self.count >= 8 {
            work.out[work.filled] = self.take(8) as u8;
            work.filled += 1;
            done += 1;
        }
        let rest = &work.input[work.taken..];
        let count = (most - done).min(rest.len());
        work.out[work.filled..work.filled + count].copy_from_slice(&rest[..count]);
        work.filled += count;
        work.taken += count;
        done + count
    }

    /// Decodes one literal or match, near the end of input or output. False when more input is needed.
    fn unit(&mut self, work: &mut Work<'_>, origin: usize) -> Result<bool, Corrupt> {
        self.need(work, LONGEST_UNIT);
        let mut entry = self.literals.look_up(self.bits);
        if entry.bits() > self.count {
            return Ok(false);
        }
        if entry.is_literal() {
            self.take(entry.bits());
            work.out[work.filled] = entry.byte();
            work.filled += 1;
            return Ok(true);
        }
        if entry.is_special() {
            // Zeros stand for bits that have not come.
            return match entry.is_end() {
                true => {
                    self.take(entry.bits());
                    self.next = Next::Block;
                    Ok(true)
                }
                false if self.count < LONGEST_UNIT => Ok(false),
                false => Err(Corrupt),
            };
        }
        let (length, length_bits) = (entry.value(self.bits), entry.bits());
        entry = self.distances.look_up(self.bits >> length_bits);
        if length_bits + entry.bits() > self.count {
            return Ok(false);
        }
        if entry.is_special() {
            return if self.count < LONGEST_UNIT { Ok(false) } else { Err(Corrupt) };
        }
        let distance = entry.value(self.bits >> length_bits);
        if distance > work.filled - origin {
            return Err(Corrupt);
        }
        self.take(length_bits + entry.bits());
        self.next = Next::Match(length, distance);
        Ok(true)
    }

    /// Takes input until there are so many bits, 56 at the most. False when it ends before.
    fn need(&mut self, work: &mut Work<'_>, wanted: u32) -> bool {
        if self.count < wanted
            && let Some(next) = work.input.get(work.taken..).and_then(|rest| rest.first_chunk::<8>())
        {
            let more = (63 - self.count) / 8;
            self.bits |= u64::from_le_bytes(*next) << self.count;
            self.count += more * 8;
            self.bits &= (1 << self.count) - 1;
            work.taken += more as usize;
        }
        while self.count < wanted {
            let Some(byte) = work.input.get(work.taken) else { return false };
            self.bits |= u64::from(*byte) << self.count;
            self.count += 8;
            work.taken += 1;
        }
        true
    }

    fn take(&mut self, bits: u32) -> u64 {
        let taken = self.bits & ((1 << bits) - 1);
        self.bits >>= bits;
        self.count -= bits;
        taken
    }
}

/// Copies bytes of a match that fit. Returns how many.
fn copy(work: &mut Work<'_>, length: usize, distance: usize) -> usize {
    let end = work.filled + length;
    repeat(&mut work.out[work.filled - distance..end], distance);
    work.filled = end;
    length
}

/// Fills `bytes` with repetitions of its first `distance` bytes.
fn repeat(bytes: &mut [u8], distance: usize) {
    if let (1, Some(byte)) = (distance, bytes.first().copied()) {
        return bytes.fill(byte);
    }
    let mut done = distance;
    while done < bytes.len() {
        let count = done.min(bytes.len() - done);
        bytes.copy_within(..count, done);
        done += count;
    }
}
