//! The records of a WARC or ARC file, one after the other, out of decoded bytes.
//!
//! The bytes may be those of one compressed member or of a whole stream: the reader does not know. It gives the head
//! of a record, then its block in pieces, then what stands behind it. After trouble it looks for the next head and
//! goes on there; how much was passed over is part of what it reports.

mod format;
#[cfg(test)]
mod tests;

use std::io::{self, BufRead};

use super::{LARGEST_BLOCK, LONGEST_HEAD, RecordType, warc};
use crate::place::Extent;

pub use format::Format;

/// Why the next record could not be handed on.
#[derive(Debug)]
pub enum Trouble {
    /// The bytes themselves: damaged, cut or unreadable. Nothing behind can be reached through this reader, unless
    /// its input goes on after a gap.
    Input(io::Error),
    /// The bytes end inside a head.
    HeadCut {
        /// Offset of the head in the decoded bytes.
        at: u64,
    },
    /// A head longer than [`LONGEST_HEAD`].
    HeadTooLong {
        /// Offset of the head in the decoded bytes.
        at: u64,
    },
    /// Bytes that belong to no record. The reader stands at the next head, or at the end.
    Stray {
        /// Where, in the decoded bytes.
        extent: Extent,
        /// No head follows.
        at_end: bool,
    },
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Trouble {
        Trouble::Input(error)
    }
}

/// What stands behind a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// Offset behind the record and the line ends that close it.
    pub end: u64,
    /// The bytes end here.
    pub at_end: bool,
    /// All the line ends that close a record were there.
    pub complete: bool,
}

/// A reader of records.
pub struct Archive<R> {
    input: R,
    format: Format,
    position: u64,
    /// The next head's first line was already read, at this offset, while looking for it.
    found: Option<u64>,
    /// An error of the input that came behind a record that was complete.
    deferred: Option<io::Error>,
    /// The last block with the line ends behind it, if it was held.
    block: Vec<u8>,
    held: bool,
    /// A block that is read again, and how many of its bytes are left.
    replay: Vec<u8>,
    again: usize,
    doubtful: u64,
    /// True at the beginning of a file, which may be the middle of a record.
    is_beginning: bool,
}

impl<R: BufRead> Archive<R> {
    /// Reads records out of `input`, whose first byte has offset `position` in the decoded bytes.
    pub fn new(input: R, format: Format, position: u64) -> Archive<R> {
        Archive {
            input,
            format,
            position,
            found: None,
            deferred: None,
            block: Vec::new(),
            held: false,
            replay: Vec::new(),
            again: 0,
            doubtful: 0,
            is_beginning: false,
        }
    }

    /// The same out of the stream of a file, where records before the offset `doubtful` are doubtful
    /// ([`Archive::doubtful_until`]).
    pub fn go_on(input: R, format: Format, position: u64, doubtful: u64) -> Archive<R> {
        Archive { doubtful, is_beginning: position == 0, ..Archive::new(input, format, position) }
    }

    /// True when nothing is known of what comes next: all that was read was handed on.
    pub fn is_between_records(&self) -> bool {
        self.found.is_none() && self.deferred.is_none() && self.again == 0
    }

    /// Offset of the next byte.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Records before this offset were found inside the block of another one that proved to state a wrong length. They
    /// may be records that it swallowed, or part of what it holds.
    pub fn doubtful_until(&self) -> u64 {
        self.doubtful
    }

    /// The bytes behind the records, for what they can tell (the length of a member, a gap).
    pub fn input(&mut self) -> &mut R {
        &mut self.input
    }

    /// Gives them back.
    pub fn into_input(self) -> R {
        self.input
    }

    /// The head of the next record goes into `head`; its offset is returned. `None` at the end.
    ///
    /// # Errors
    /// See [`Trouble`]. After [`Trouble::Stray`] the reader may be asked again.
    pub fn next(&mut self, head: &mut Vec<u8>) -> Result<Option<u64>, Trouble> {
        if let Some(error) = self.deferred.take() {
            return Err(Trouble::Input(error));
        }
        let at = match self.found.take() {
            Some(at) => at,
            None => {
                head.clear();
                self.skip_line_ends(&mut 0, |_| ())?;
                let at = self.position;
                if self.line(head)? == 0 {
                    return Ok(None);
                }
                let is_head = match std::mem::take(&mut self.is_beginning) {
                    true => self.format.begins(head),
                    false => self.format.opens(head),
                };
                if !is_head {
                    match self.format.opens_behind(head) {
                        Some(stray) => {
                            head.drain(..stray);
                            self.found = Some(at + stray as u64);
                        }
                        None => self.seek(head)?,
                    }
                    let length = self.found.unwrap_or(self.position) - at;
                    let extent = Extent { offset: at, length };
                    return Err(Trouble::Stray { extent, at_end: self.found.is_none() });
                }
                at
            }
        };
        if self.format == Format::Warc {
            while warc::end(head).is_none() {
                if head.len() >= LONGEST_HEAD {
                    return Err(Trouble::HeadTooLong { at });
                }
                if self.line(head)? == 0 {
                    return Err(Trouble::HeadCut { at });
                }
            }
        } else if !head.ends_with(b"\n") {
            return Err(Trouble::HeadCut { at });
        }
        Ok(Some(at))
    }

    /// Hands the next `length` bytes to `sink`. True when all of them were there. With `hold`, a block of ordinary size is
    /// kept for [`Archive::rewind`].
    ///
    /// # Errors
    /// [`Trouble::Input`].
    pub fn block(&mut self, length: u64, hold: bool, mut sink: impl FnMut(&[u8])) -> Result<bool, Trouble> {
        self.held = hold && length <= LARGEST_BLOCK as u64 && self.again == 0;
        self.block.clear();
        let mut left = length;
        while left > 0 {
            let again = self.again;
            let bytes = match again {
                0 => self.input.fill_buf()?,
                _ => &self.replay[self.replay.len() - again..],
            };
            if bytes.is_empty() {
                return Ok(false);
            }
            let count = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
            sink(&bytes[..count]);
            if self.held {
                self.block.extend_from_slice(&bytes[..count]);
            }
            self.advance(count);
            left -= count as u64;
        }
        Ok(true)
    }

    /// Hands the line ends behind a block to `sink`. With `defer`, an error of the input behind a record that is complete
    /// is kept for [`Archive::next`], since it belongs to what follows.
    ///
    /// # Errors
    /// [`Trouble::Input`]; for a compressed member this is where its checksum speaks.
    pub fn close(&mut self, defer: bool, sink: impl FnMut(&[u8])) -> Result<Closed, Trouble> {
        let mut lines = 0;
        let mut ends = Vec::new();
        let mut sink = sink;
        let both = |piece: &[u8]| {
            ends.extend_from_slice(piece);
            sink(piece);
        };
        let at_end = match self.skip_line_ends(&mut lines, both).and_then(|()| Ok(self.fill()?.is_empty())) {
            Ok(at_end) => at_end,
            Err(error) if defer && lines >= self.format.closing_lines() => {
                self.deferred = Some(error);
                false
            }
            Err(error) => return Err(error.into()),
        };
        if self.held {
            self.block.extend_from_slice(&ends);
        }
        Ok(Closed { end: self.position, at_end, complete: lines >= self.format.closing_lines() })
    }

    /// After a block that is not followed by the line ends that close a record: goes back to its start if a record begins in
    /// it, whose head may end behind it, since its length then proved too long. False when none does, or when the block was
    /// not held.
    pub fn rewind(&mut self) -> bool {
        let begins = |line: &[u8]| self.format.begins(line);
        let within = self.held && self.block.split_inclusive(|byte| *byte == b'\n').any(begins);
        let behind = match self.format {
            _ if !self.held => return false,
            Format::Warc if within => Vec::new(),
            // Pages in ARC files may lack the line end that closes them: what follows tells.
            _ => match self.line_behind() {
                Some(line) if !self.format.begins(&line) && (within || self.begins_across(&line)) => line,
                _ => return false,
            },
        };
        self.held = false;
        self.doubtful = self.position;
        self.position -= self.block.len() as u64;
        std::mem::swap(&mut self.block, &mut self.replay);
        self.replay.extend_from_slice(&behind);
        self.again = self.replay.len();
        true
    }

    /// True when the last line of the block has no end, and begins a record together with the line behind it.
    fn begins_across(&self, behind: &[u8]) -> bool {
        let last = self.block.split(|byte| *byte == b'\n').next_back().unwrap_or_default();
        !last.is_empty() && self.format.begins(&[last, behind].concat())
    }

    /// The line that follows, which is read again afterwards. `None` when the input fails; that is told by [`Archive::next`].
    fn line_behind(&mut self) -> Option<Vec<u8>> {
        let (mut line, at) = (Vec::new(), self.position);
        let read = self.line(&mut line);
        self.replay.clone_from(&line);
        (self.again, self.position) = (line.len(), at);
        read.map_err(|error| self.deferred = Some(error)).is_ok().then_some(line)
    }

    /// After an error of the input that it survived, or a block that did not fit: finds the next head.
    ///
    /// # Errors
    /// [`Trouble::Input`].
    pub fn resync(&mut self, head: &mut Vec<u8>) -> Result<(), Trouble> {
        head.clear();
        self.found = None;
        self.seek(head)
    }

    /// Reads lines until one opens a record, which is then in `head`.
    fn seek(&mut self, head: &mut Vec<u8>) -> Result<(), Trouble> {
        loop {
            let at = self.position;
            head.clear();
            if self.line(head)? == 0 {
                return Ok(());
            }
            if self.format.opens(head) {
                self.found = Some(at);
                return Ok(());
            }
        }
    }

    /// Appends one line to `into`, of at most [`LONGEST_HEAD`] bytes, with its line end. 0 at the end of the bytes.
    fn line(&mut self, into: &mut Vec<u8>) -> io::Result<usize> {
        let mut length = 0;
        while length < LONGEST_HEAD {
            let bytes = self.fill()?;
            if bytes.is_empty() {
                break;
            }
            let end = memchr::memchr(b'\n', bytes);
            let count = end.map_or(bytes.len(), |at| at + 1).min(LONGEST_HEAD - length);
            into.extend_from_slice(&bytes[..count]);
            self.advance(count);
            length += count;
            if end.is_some() && into.ends_with(b"\n") {
                break;
            }
        }
        Ok(length)
    }

    /// Passes over CR and LF, counting the LFs.
    fn skip_line_ends(&mut self, lines: &mut u64, mut sink: impl FnMut(&[u8])) -> io::Result<()> {
        loop {
            let bytes = self.fill()?;
            let count = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            if count == 0 {
                return Ok(());
            }
            *lines += memchr::memchr_iter(b'\n', &bytes[..count]).count() as u64;
            sink(&bytes[..count]);
            self.advance(count);
        }
    }

    /// The next bytes: those of a block that is read again, then the input's.
    fn fill(&mut self) -> io::Result<&[u8]> {
        match self.again {
            0 => self.input.fill_buf(),
            again => Ok(&self.replay[self.replay.len() - again..]),
        }
    }

    fn advance(&mut self, bytes: usize) {
        match self.again {
            0 => self.input.consume(bytes),
            again => self.again = again - bytes,
        }
        self.position += bytes as u64;
    }
}

/// True for a `metadata` record of a WAT file, which stands for another record; in a WARC file the content type of
/// such records is `application/warc-fields`.
pub fn is_wat(head: &warc::Head<'_>) -> bool {
    head.kind == RecordType::Metadata
        && head.content_type.is_some_and(|mime| mime.to_ascii_lowercase().starts_with(b"application/json"))
}
