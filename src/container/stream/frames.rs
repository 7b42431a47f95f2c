//! Zstandard frames (RFC 8878), block by block.
//!
//! The library is given no more than the next block at a time. So what is handed out in front of damage does not depend on
//! the pieces in which the stored bytes come.

use std::io;

use super::borders::{self, LARGEST_BLOCK, Walk};
use zstd::stream::raw::{Decoder, InBuffer, Operation, OutBuffer};

use crate::container::feed::Feed;
use crate::container::gzip;

/// Stored bytes that tell how long the head of a frame is: the magic number and the descriptor.
const FIRST: usize = 5;

/// A decoder of one frame after the other.
pub struct Frames {
    decoder: Decoder<'static>,
    /// Stored bytes that the library needs for its next step.
    wanted: usize,
    /// The borders of the frame, from the bytes that were decoded.
    walk: Walk,
}

/// Where a frame that cannot be decoded to its end does end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Here, where the next one begins or the file ends.
    Here,
    /// Behind the end of the file, by its heads. What is left of the file may be a part of what it holds.
    Cut,
    /// Nobody knows.
    Unknown,
}

impl Frames {
    /// A decoder.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn new() -> io::Result<Frames> {
        Ok(Frames { decoder: Decoder::new()?, wanted: FIRST, walk: Walk::default() })
    }

    /// Begins a frame.
    ///
    /// # Errors
    /// Those of the library.
    pub fn open(&mut self) -> io::Result<()> {
        (self.wanted, self.walk) = (FIRST, Walk::default());
        self.decoder.reinit()
    }

    /// Appends what the next step decodes to `into`. True when the frame has ended, and its checksum, if it has one, agreed.
    ///
    /// A step gathers small blocks, up to the size of the largest one: so what a small frame holds is handed out when its
    /// checksum has agreed, and not at all where it does not.
    ///
    /// # Errors
    /// Damage, a cut, or what the source reports. Nothing was appended then.
    pub fn step(&mut self, feed: &mut Feed, into: &mut Vec<u8>) -> io::Result<bool> {
        let before = into.len();
        loop {
            match self.block(feed, into) {
                Ok(true) => return Ok(true),
                Ok(false) if into.len() - before < LARGEST_BLOCK => {}
                Ok(false) => return Ok(false),
                // What stands in front of a cut, or came before the source failed, is not in doubt.
                Err(error) if error.kind() != io::ErrorKind::InvalidData && into.len() > before => {
                    return Ok(false);
                }
                Err(error) => {
                    into.truncate(before);
                    return Err(error);
                }
            }
        }
    }

    /// Decodes the next block, or what stands between two.
    fn block(&mut self, feed: &mut Feed, into: &mut Vec<u8>) -> io::Result<bool> {
        feed.ensure(self.wanted)?;
        let stored = feed.visible();
        let stored = &stored[..self.wanted.min(stored.len())];
        let before = into.len();
        into.reserve(LARGEST_BLOCK);
        let mut input = InBuffer::around(stored);
        let step = self.decoder.run(&mut input, &mut OutBuffer::around_pos(into, before));
        let left = step.map_err(|error| gzip::corrupt(&format!("the zstd frame is damaged ({error})")))?;
        let (taken, at_end) = (input.pos(), stored.is_empty());
        self.walk.pass(stored.get(..taken).unwrap_or_default());
        feed.skip(taken);
        if left > 0 && into.len() == before && at_end {
            return Err(gzip::cut());
        }
        self.wanted = left.max(1);
        Ok(left == 0)
    }

    /// Goes on to the end of the frame, by its heads, without decoding it.
    pub fn leave(&mut self, feed: &mut Feed) -> End {
        while !self.walk.is_over() && !self.walk.is_lost() {
            if feed.ensure(1).is_err() || feed.visible().is_empty() {
                return if self.walk.is_in_verbatim() { End::Cut } else { End::Unknown };
            }
            let taken = self.walk.pass(feed.visible());
            feed.skip(taken);
        }
        let is_border = self.walk.is_over()
            && feed.ensure(FIRST).is_ok()
            && (feed.visible().is_empty() || borders::is_magic(feed.visible()));
        if is_border { End::Here } else { End::Unknown }
    }
}
