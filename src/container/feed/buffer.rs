//! Memory for bytes of a source, used again and again.

use std::io::{self, Read};
use std::ops::{Deref, DerefMut};

/// Bytes that memory is made for at first.
const FIRST: usize = 64 * 1024;

/// Bytes at the start of a larger memory. A `Vec` would do, but reading into one either clears its memory first or, with
/// `read_to_end`, begins with 8 KiB each time: eight calls for a megabyte, 3 to 5 % of a scan that only looks at heads.
#[derive(Default)]
pub(super) struct Buffer {
    /// What lies behind the first `len` bytes is left from before.
    memory: Vec<u8>,
    len: usize,
}

impl Buffer {
    /// Reads up to `wanted` bytes behind those that are there. True when the source ended before.
    pub fn read(&mut self, source: &mut impl Read, wanted: usize) -> io::Result<bool> {
        let end = self.len + wanted;
        while self.len < end {
            // A small file needs no more than the first.
            if self.memory.len() == self.len {
                self.make_room(if self.len < FIRST { end.min(FIRST) } else { end });
            }
            let room = end.min(self.memory.len());
            match source.read(&mut self.memory[self.len..room]) {
                Ok(0) => return Ok(true),
                Ok(count) => self.len += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    /// Makes it so many bytes long. What they are is left open where it becomes longer.
    pub fn set_len(&mut self, len: usize) {
        self.make_room(len);
        self.len = len;
    }

    pub fn append(&mut self, bytes: &[u8]) {
        let from = self.len;
        self.set_len(from + bytes.len());
        self[from..].copy_from_slice(bytes);
    }

    /// Bytes for which memory is there.
    pub fn room(&self) -> usize {
        self.memory.len()
    }

    pub fn drop_first(&mut self, count: usize) {
        self.memory.copy_within(count..self.len, 0);
        self.len -= count;
    }

    /// New memory rather than more of the old, and more than is wanted now: growing step by step leaves free pieces of every
    /// size behind, which no later step fits into. Of memory that comes as zeros the system gives only what is touched.
    fn make_room(&mut self, len: usize) {
        if self.memory.len() < len {
            let mut memory = vec![0; len + len / 2];
            memory[..self.len].copy_from_slice(&self.memory[..self.len]);
            self.memory = memory;
        }
    }
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.memory[..self.len]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.memory[..self.len]
    }
}
