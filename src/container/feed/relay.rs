//! The bytes of a feed for several workers, who read on in turns. Whoever takes a stretch has read it himself and into
//! memory of its own, so that it lies in the cache of the core that works on it, and nobody waits for the others.

use std::io::Read;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use sha2::digest::common::hazmat::SerializableState;
use sha2::{Digest, Sha256};

use super::buffer::Buffer;
use super::{Feed, FeedState, SourceFailed};

/// Memory that is not kept for another stretch, in bytes: else every one would come to have as much as the largest.
const LARGE: usize = 512 * 1024;

/// Reading of a [`Feed`] in turns.
pub struct Relay<'f> {
    reading: Mutex<Reading<'f>>,
    memory: Mutex<Memory<'f>>,
    given_back: Condvar,
    hashing: Mutex<Hashed<'f>>,
}

/// Stored bytes of a shard that are at hand.
pub struct Stretch<'b> {
    /// The bytes.
    pub bytes: &'b [u8],
    /// Offset in the file of the first one.
    pub offset: u64,
    /// The source ends with them.
    pub is_last: bool,
}

/// Bytes that were taken out of a [`Feed`].
pub struct Taken {
    bytes: Buffer,
    offset: u64,
    is_last: bool,
    is_large: bool,
}

struct Reading<'f> {
    source: &'f mut Box<dyn Read + Send>,
    /// Bytes that came and were not taken.
    bytes: Buffer,
    /// Offset in the file of the first of them.
    offset: u64,
    ended: bool,
    failed: Option<SourceFailed>,
    /// Nothing more can be taken.
    over: bool,
}

/// Memory for stretches.
struct Memory<'f> {
    spare: &'f mut Vec<Buffer>,
    /// That of the one stretch at a time which is longer than it should be.
    large: Option<Buffer>,
    /// Number of stretches that may still get memory which nobody has used.
    left: usize,
    /// No more stretches are wanted.
    stopped: bool,
}

struct Hashed<'f> {
    hash: Option<&'f mut Sha256>,
    /// Offset in the file up to which the hash has seen it.
    done: u64,
}

impl Taken {
    /// The bytes.
    pub fn stretch(&self) -> Stretch<'_> {
        Stretch { bytes: &self.bytes, offset: self.offset, is_last: self.is_last }
    }

    /// Offset in the file of the first byte behind it.
    pub fn end(&self) -> u64 {
        self.offset + self.bytes.len() as u64
    }
}

impl Feed {
    /// Has `work` done on what is visible and what follows, with up to `stretches` of it in memory. It returns what was
    /// taken and not given back, in its order: that becomes visible again.
    pub fn relay<T>(&mut self, stretches: usize, work: impl FnOnce(&Relay<'_>) -> (T, Vec<Taken>)) -> T {
        // Nothing that was consumed is kept: what goes on is taken out of the window.
        (self.mark, self.held, self.trails) = (None, false, false);
        self.drop_consumed();
        let offset = self.offset();
        let relay = Relay {
            reading: Mutex::new(Reading {
                source: &mut self.source,
                bytes: std::mem::take(&mut self.window),
                offset,
                ended: self.ended,
                failed: self.failed.take(),
                over: false,
            }),
            memory: Mutex::new(Memory {
                left: stretches.saturating_sub(self.spare.len()),
                spare: &mut self.spare,
                large: Some(self.large.take().unwrap_or_default()),
                stopped: false,
            }),
            given_back: Condvar::new(),
            hashing: Mutex::new(Hashed { hash: self.hash.as_mut(), done: self.base + self.hashed as u64 }),
        };
        let (result, left) = work(&relay);
        let Relay { reading, hashing, memory, .. } = relay;
        self.large = memory.into_inner().unwrap_or_else(PoisonError::into_inner).large;
        let reading = reading.into_inner().unwrap_or_else(PoisonError::into_inner);
        let hashed = hashing.into_inner().unwrap_or_else(PoisonError::into_inner).done;
        (self.ended, self.failed) = (reading.ended, reading.failed);
        self.base = left.first().map_or(reading.offset, |first| first.offset);
        let mut pieces = left.into_iter().map(|taken| taken.bytes).chain([reading.bytes]);
        self.window = pieces.next().unwrap_or_default();
        pieces.for_each(|piece| self.window.append(&piece));
        (self.consumed, self.hashed) = (0, (hashed - self.base) as usize);
        result
    }
}

impl Relay<'_> {
    /// Takes the next bytes: `length` or fewer, where `last_border` finds a border in them, or up to `most` where it finds none.
    /// Waits for memory until a stretch is given back. `None` at the end, when there is no border, and after
    /// [`Relay::stop`].
    pub fn next(
        &self,
        (length, most): (usize, usize),
        mut last_border: impl FnMut(&[u8]) -> Option<usize>,
    ) -> Option<Taken> {
        let mut rest = self.memory(|memory| memory.small())?;
        let mut reading = lock(&self.reading);
        let (mut wanted, mut is_large) = (length, false);
        while !reading.over {
            reading.read(wanted);
            let came = reading.bytes.len();
            let is_last = reading.ended && came <= wanted;
            let end = if is_last { came } else { last_border(&reading.bytes[..wanted]).unwrap_or(0) };
            if end > 0 {
                rest.set_len(0);
                rest.append(&reading.bytes[end..]);
                let mut bytes = std::mem::replace(&mut reading.bytes, rest);
                bytes.set_len(end);
                let offset = reading.offset;
                reading.offset += end as u64;
                reading.over = is_last;
                return Some(Taken { bytes, offset, is_last, is_large });
            }
            reading.over = is_last || wanted >= most;
            wanted *= 2;
            if !is_large && !reading.over {
                let mut large = self.memory(|memory| memory.large.take())?;
                large.set_len(most);
                large.set_len(0);
                large.append(&reading.bytes);
                let small = std::mem::replace(&mut reading.bytes, large);
                lock(&self.memory).keep(small);
                is_large = true;
            }
        }
        drop(reading);
        lock(&self.memory).keep(rest);
        None
    }

    /// Memory, as soon as there is some. `None` when nothing more is wanted.
    fn memory(&self, take: impl Fn(&mut Memory<'_>) -> Option<Buffer>) -> Option<Buffer> {
        let mut memory = lock(&self.memory);
        while !memory.stopped {
            if let Some(buffer) = take(&mut memory) {
                return Some(buffer);
            }
            memory = self.given_back.wait(memory).unwrap_or_else(PoisonError::into_inner);
        }
        None
    }

    /// Has the hash see a stretch. They come in their order.
    pub fn enter_hash(&self, taken: &Taken) {
        lock(&self.hashing).take(taken);
    }

    /// Gives the memory of a stretch, which was hashed, to another one.
    pub fn give_back(&self, taken: Taken) {
        let mut memory = lock(&self.memory);
        match taken.is_large {
            true => memory.large = Some(taken.bytes),
            false => memory.keep(taken.bytes),
        }
        self.given_back.notify_all();
    }

    /// How far the feed has come, where all before `offset` was hashed and is done with.
    pub fn state(&self, offset: u64) -> FeedState {
        let hashing = lock(&self.hashing);
        let hash = hashing.hash.as_ref().map(|hash| hash.serialize().to_vec());
        FeedState { from: offset, offset, marked: false, hashed: hashing.done, hash }
    }

    /// Says that no more stretches are wanted.
    pub fn stop(&self) {
        lock(&self.memory).stopped = true;
        self.given_back.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Memory<'_> {
    fn keep(&mut self, buffer: Buffer) {
        match buffer.room() > LARGE {
            true => self.left += 1,
            false => self.spare.push(buffer),
        }
    }

    fn small(&mut self) -> Option<Buffer> {
        self.spare.pop().or_else(|| {
            self.left = self.left.checked_sub(1)?;
            Some(Buffer::default())
        })
    }
}

impl Reading<'_> {
    /// Reads until so many bytes are there, or the source ends.
    fn read(&mut self, wanted: usize) {
        let missing = wanted.saturating_sub(self.bytes.len());
        if missing > 0 && !self.ended {
            (self.ended, self.failed) = SourceFailed::or_end(self.bytes.read(self.source, missing));
        }
    }
}

impl Hashed<'_> {
    fn take(&mut self, taken: &Taken) {
        let seen = self.done.saturating_sub(taken.offset).min(taken.bytes.len() as u64);
        if let Some(hash) = &mut self.hash {
            hash.update(&taken.bytes[seen as usize..]);
        }
        self.done = self.done.max(taken.end());
    }
}
