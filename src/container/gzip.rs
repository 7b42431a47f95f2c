//! Gzip members, one at a time.
//!
//! Common Crawl compresses each record as a member of its own, so a member's offset is the record's address. A
//! decoder that joins members would hide those offsets, and the usual one (`GzDecoder`) stops behind the first
//! member without an error: a whole shard then looks like one `warcinfo` record. Hence this file drives members
//! singly. A member without its trailer, or whose checksum disagrees, is an error: what it held is not handed on.

mod state;
#[cfg(test)]
mod tests;

use std::io::{self, BufRead, Read};
use std::sync::LazyLock;

use memchr::memmem;

use super::deflate::{Deflate, HISTORY, Stop};

pub use state::InflaterState;

/// First bytes of each member: the two of RFC 1952 and the only compression method in use, deflate.
pub const MAGIC: [u8; 3] = [0x1f, 0x8b, 0x08];

/// Finds [`MAGIC`]; made once, since members are many and short.
pub static MEMBERS: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(&MAGIC));

/// Shortest possible member: header, an empty deflate block, trailer.
const SMALLEST_HEADER: usize = 10;
/// CRC-32 and length modulo 2^32 of the decoded bytes.
pub const TRAILER: usize = 8;
/// Bytes decoded at a time.
const OUT: usize = 32 * 1024;
/// Bytes held decoded: what was decoded before, as far as a match reaches back, and some steps.
const HELD: usize = HISTORY + 3 * OUT;
/// An optional name or comment of a header longer than this is taken for damage, so that no input makes us
/// read on for ever. No writer of archives comes near.
const LONGEST_TEXT_FIELD: usize = 64 * 1024;

/// A decoder of one member after the other. It is kept, since setting one up costs more than a small record.
pub struct Inflater {
    deflate: Deflate,
    crc: crc32fast::Hasher,
    /// Part of `out` that entered the checksum. What is only looked at need not.
    checked: usize,
    /// Bytes decoded of the member.
    amount: u64,
    out: Vec<u8>,
    start: usize,
    filled: usize,
    compressed: u64,
    /// The deflate stream has ended; so many bytes of the trailer came with its end.
    trailer: Option<([u8; TRAILER], usize)>,
    ended: bool,
}

impl Default for Inflater {
    fn default() -> Inflater {
        Inflater {
            deflate: Deflate::default(),
            crc: crc32fast::Hasher::new(),
            checked: 0,
            amount: 0,
            out: vec![0; HELD],
            start: 0,
            filled: 0,
            compressed: 0,
            trailer: None,
            ended: false,
        }
    }
}

/// The member is damaged: an error of the deflate stream, of a checksum or of the header.
pub fn corrupt(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// The stored bytes end inside the member.
pub fn cut() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the file ends inside a compressed member")
}

/// True for an error that says that the input ended too early, rather than that it is damaged.
pub fn is_cut(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::UnexpectedEof
}

impl Inflater {
    /// Opens the member at the start of `input`.
    ///
    /// # Errors
    /// [`corrupt`] when no gzip header stands there, [`cut`] when it is not complete.
    pub fn open(&mut self, input: &mut impl BufRead) -> io::Result<()> {
        self.deflate.reset();
        self.crc.reset();
        self.checked = 0;
        self.amount = 0;
        self.start = 0;
        self.filled = 0;
        self.compressed = 0;
        self.trailer = None;
        self.ended = false;
        self.read_header(input)
    }

    /// The decoded bytes that wait to be consumed, after decoding more if there were none. Empty at the end of
    /// the member, which is reached only when the trailer was there and agreed. A trailer that is wrong is an error
    /// after the last bytes were handed out, not instead of them.
    ///
    /// # Errors
    /// [`corrupt`], [`cut`], or what the input reports.
    pub fn fill(&mut self, input: &mut impl BufRead) -> io::Result<&[u8]> {
        while self.start == self.filled && !self.ended {
            self.decode(input, self.filled + OUT)?;
        }
        Ok(&self.out[self.start..self.filled])
    }

    /// The first decoded bytes, `most` at the most: fewer only where the member or the input ends.
    ///
    /// # Errors
    /// As [`Inflater::fill`], but an input that ends inside the member is no error here.
    pub fn look(&mut self, input: &mut impl BufRead, most: usize) -> io::Result<&[u8]> {
        let most = most.min(OUT);
        while (self.filled < most || self.trailer.is_some()) && !self.ended {
            match self.decode(input, most) {
                Ok(()) => {}
                Err(error) if is_cut(&error) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(&self.out[..self.filled.min(most)])
    }

    /// The first decoded bytes, `most` at the most, whatever stands behind them: fewer where the stream ends, is cut or
    /// damaged. The trailer is not looked at.
    pub fn peek(&mut self, input: &mut impl BufRead, most: usize) -> &[u8] {
        let most = most.min(OUT);
        while self.filled < most && self.trailer.is_none() && self.decode(input, most).is_ok() {}
        &self.out[..self.filled.min(most)]
    }

    /// The decoded bytes that wait to be consumed.
    pub fn buffered(&self) -> &[u8] {
        &self.out[self.start..self.filled]
    }

    /// Drops what is buffered, after the inflater was lent to a search.
    pub fn abandon(&mut self) {
        (self.start, self.filled, self.checked) = (0, 0, 0);
    }

    /// Marks decoded bytes as consumed.
    pub fn consume(&mut self, bytes: usize) {
        self.start = (self.start + bytes).min(self.filled);
    }

    /// Compressed bytes consumed so far; once the end was seen, the length of the member.
    pub fn compressed(&self) -> u64 {
        self.compressed
    }

    /// The stored length of the member, once its trailer was there and agreed.
    pub fn ended(&self) -> Option<u64> {
        self.ended.then_some(self.compressed)
    }

    fn read_header(&mut self, input: &mut impl BufRead) -> io::Result<()> {
        const EXTRA: u8 = 4;
        const NAME: u8 = 8;
        const COMMENT: u8 = 16;
        const HEADER_CRC: u8 = 2;
        const RESERVED: u8 = 0xe0;
        let mut fixed = [0; SMALLEST_HEADER];
        self.read_exactly(input, &mut fixed)?;
        let flags = fixed[3];
        if fixed[..3] != MAGIC || flags & RESERVED != 0 {
            return Err(corrupt("no gzip header where a member should start"));
        }
        if flags & EXTRA != 0 {
            let mut length = [0; 2];
            self.read_exactly(input, &mut length)?;
            let mut extra = vec![0; usize::from(u16::from_le_bytes(length))];
            self.read_exactly(input, &mut extra)?;
        }
        for text in [NAME, COMMENT] {
            if flags & text != 0 {
                self.skip_text(input)?;
            }
        }
        if flags & HEADER_CRC != 0 {
            self.read_exactly(input, &mut [0; 2])?;
        }
        Ok(())
    }

    fn read_exactly(&mut self, input: &mut impl BufRead, into: &mut [u8]) -> io::Result<()> {
        match input.read_exact(into) {
            Ok(()) => {
                self.compressed += into.len() as u64;
                Ok(())
            }
            Err(error) if is_cut(&error) => Err(cut()),
            Err(error) => Err(error),
        }
    }

    fn skip_text(&mut self, input: &mut impl BufRead) -> io::Result<()> {
        let mut left = LONGEST_TEXT_FIELD;
        while left > 0 {
            let bytes = input.fill_buf()?;
            if bytes.is_empty() {
                return Err(cut());
            }
            let piece = &bytes[..bytes.len().min(left)];
            let end = memchr::memchr(0, piece);
            let count = end.map_or(piece.len(), |end| end + 1);
            input.consume(count);
            self.compressed += count as u64;
            left -= count;
            if end.is_some() {
                return Ok(());
            }
        }
        Err(corrupt("a gzip header field has no end"))
    }

    /// One step: decodes behind what is buffered, until about `enough` bytes are held in all, or checks the trailer at
    /// the end.
    fn decode(&mut self, input: &mut impl BufRead, enough: usize) -> io::Result<()> {
        self.crc.update(&self.out[self.checked..self.filled]);
        self.checked = self.filled;
        if let Some((bytes, count)) = self.trailer {
            return self.check_trailer(input, bytes, count);
        }
        let mut enough = enough;
        if self.start == self.filled && self.filled > HELD - OUT {
            self.out.copy_within(self.filled - HISTORY..self.filled, 0);
            enough -= self.filled - HISTORY;
            (self.start, self.filled, self.checked) = (HISTORY, HISTORY, HISTORY);
        }
        let compressed = input.fill_buf()?;
        if compressed.is_empty() {
            return Err(cut());
        }
        let before = self.filled;
        let decoded = self.deflate.decode(compressed, &mut self.out, self.filled, enough);
        let (taken, filled, stop) = decoded.map_err(|_| corrupt("the deflate stream is damaged"))?;
        input.consume(taken);
        self.compressed += taken as u64;
        self.amount += (filled - before) as u64;
        self.filled = filled;
        if stop == Stop::Ended {
            let mut bytes = [0; TRAILER];
            let leftover = bytes.iter_mut().zip(self.deflate.leftover()).map(|(place, byte)| *place = byte);
            let count = leftover.count();
            self.trailer = Some((bytes, count));
        }
        Ok(())
    }

    /// Checks the trailer, of which the first `count` bytes are there.
    fn check_trailer(
        &mut self,
        input: &mut impl BufRead,
        mut bytes: [u8; TRAILER],
        count: usize,
    ) -> io::Result<()> {
        self.read_exactly(input, &mut bytes[count..])?;
        let [a, b, c, d, e, f, g, h] = bytes;
        if u32::from_le_bytes([a, b, c, d]) != self.crc.clone().finalize() {
            return Err(corrupt("the checksum of the member does not agree with its bytes"));
        }
        if u32::from_le_bytes([e, f, g, h]) != self.amount as u32 {
            return Err(corrupt("the length in the member's trailer does not agree with its bytes"));
        }
        self.trailer = None;
        self.ended = true;
        Ok(())
    }
}

/// The decoded bytes of one member, as a reader.
pub struct Member<'i, R> {
    inflater: &'i mut Inflater,
    input: R,
}

impl<'i, R: BufRead> Member<'i, R> {
    /// Opens the member at the start of `input`. Errors as [`Inflater::open`].
    pub fn open(mut input: R, inflater: &'i mut Inflater) -> io::Result<Member<'i, R>> {
        inflater.open(&mut input)?;
        Ok(Member { inflater, input })
    }

    /// See [`Inflater::compressed`].
    pub fn compressed(&self) -> u64 {
        self.inflater.compressed()
    }
}

impl<R: BufRead> Read for Member<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        super::read_buffered(self, into)
    }
}

impl<R: BufRead> BufRead for Member<'_, R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inflater.fill(&mut self.input)
    }

    fn consume(&mut self, bytes: usize) {
        self.inflater.consume(bytes);
    }
}

/// Finds the next place at or behind `from` where a member seems to start.
///
/// `opens` is asked about the first decoded bytes (at most `LOOK`, and what it says yes to it must not deny when more
/// follows), since the three magic bytes alone occur by
/// chance once in 16 MB of compressed data. An empty member passes without being asked.
pub fn find_member(
    bytes: &[u8],
    from: usize,
    inflater: &mut Inflater,
    opens: impl Fn(&[u8]) -> bool,
) -> Option<usize> {
    let rest = bytes.get(from..)?;
    MEMBERS.find_iter(rest).map(|at| from + at).find(|&at| looks_like_member(&bytes[at..], inflater, &opens))
}

/// The last place before `before` where a member seems to start. See [`find_member`].
pub fn find_last_member(
    bytes: &[u8],
    inflater: &mut Inflater,
    opens: impl Fn(&[u8]) -> bool,
) -> Option<usize> {
    // `memmem` searches backwards ten times slower.
    let begins = |at: &usize| bytes[*at..].starts_with(&MAGIC);
    let mut places = memchr::memrchr_iter(MAGIC[0], bytes).filter(begins);
    places.find(|&at| looks_like_member(&bytes[at..], inflater, &opens))
}

/// The stored length of the member that `bytes` begin with, if it is whole and its trailer agrees.
pub fn whole_member(bytes: &[u8], inflater: &mut Inflater) -> Option<usize> {
    let mut member = Member::open(bytes, inflater).ok()?;
    io::copy(&mut member, &mut io::sink()).ok()?;
    usize::try_from(member.compressed()).ok()
}

/// Decoded bytes that are enough to recognise a WARC record.
const FIRST_LOOK: usize = 64;
/// Decoded bytes that are enough to tell whether a record begins. An ARC record begins with a line, which holds the
/// whole address.
const LOOK: usize = 4096;

/// True when a member seems to start here whose content `opens` recognises, or an empty one.
pub fn looks_like_member(bytes: &[u8], inflater: &mut Inflater, opens: impl Fn(&[u8]) -> bool) -> bool {
    let mut input = bytes;
    if inflater.open(&mut input).is_err() {
        return false;
    }
    // Where anything is recognised, the decoding itself is the check.
    if !opens(&[]) {
        match inflater.look(&mut input, FIRST_LOOK) {
            Ok(first) if opens(first) => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
    let Ok(first) = inflater.look(&mut input, LOOK) else { return false };
    match first.is_empty() {
        true => inflater.ended,
        false => opens(first),
    }
}
