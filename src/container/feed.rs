//! The stored bytes of one shard, in order, read once.
//!
//! A window of bytes can be looked at without consuming it, so that members can be found in it; the same bytes can be
//! consumed one after the other through [`BufRead`], for a member that is larger than any window; and several workers
//! can take them by turns ([`Relay`]). In each way every byte is counted once and enters the shard's SHA-256 once.

mod buffer;
mod relay;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io::{self, BufRead, Read};

use serde::{Deserialize, Serialize};
use sha2::digest::common::hazmat::{SerializableState, SerializedState};
use sha2::{Digest, Sha256};

use buffer::Buffer;

pub use relay::{Relay, Stretch, Taken};

/// Bytes asked of the source at a time.
const READ: usize = 256 * 1024;
/// Consumed bytes that are kept behind a mark, so that damage can be searched again from where it began. Damaged
/// deflate data rarely decodes for longer.
pub const KEPT: usize = 1024 * 1024;

/// Why the source could not be read on. Tells its errors from those of writing results, which have the same type.
#[derive(Clone, Debug)]
struct SourceFailed(String);

impl fmt::Display for SourceFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SourceFailed {}

impl SourceFailed {
    /// Whether reading came to the end of the source, and why if it has none: what fails is not asked again.
    fn or_end(read: io::Result<bool>) -> (bool, Option<SourceFailed>) {
        match read {
            Ok(ended) => (ended, None),
            Err(error) => (true, Some(SourceFailed(error.to_string()))),
        }
    }
}

/// True for an error of the source, as opposed to bytes that came and are wrong, or results that cannot be written.
pub fn is_of_source(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<SourceFailed>())
}

/// An error of reading a part of the source again, marked as what it is.
pub fn of_source(error: &io::Error) -> io::Error {
    io::Error::other(SourceFailed(error.to_string()))
}

/// A forward-only reader with a window that can be looked at.
pub struct Feed {
    source: Box<dyn Read + Send>,
    window: Buffer,
    /// Memory that stretches have left behind.
    spare: Vec<Buffer>,
    /// The same, for one that is longer than it should be.
    large: Option<Buffer>,
    /// Consumed part of `window`.
    consumed: usize,
    /// Part of `window` in front of the mark.
    mark: Option<usize>,
    /// Part of `window` that the hash has seen. After [`Feed::resume`] it may end behind the window.
    hashed: usize,
    /// Offset in the file of `window[0]`.
    base: u64,
    may_wait: bool,
    ended: bool,
    /// Why the source ended, when it was not at its end.
    failed: Option<SourceFailed>,
    /// Nothing that was consumed is dropped.
    held: bool,
    /// The last [`KEPT`] bytes that were consumed are not dropped.
    trails: bool,
    hash: Option<Sha256>,
}

/// How far a feed had come, for another process to go on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FeedState {
    /// Offset in the file from which on its bytes are needed: those behind a mark are.
    pub from: u64,
    /// Offset in the file of the next byte to be consumed.
    pub offset: u64,
    marked: bool,
    /// First byte that the hash has not seen; never before `offset`.
    hashed: u64,
    /// The state of the hash, in the form of this version of its crate.
    hash: Option<Vec<u8>>,
}

impl Feed {
    /// How far it has come. What came and was not hashed yet is hashed now.
    pub fn state(&mut self) -> FeedState {
        self.window().1.run();
        let hash = self.hash.as_ref().map(|hash| hash.serialize().to_vec());
        let mark = self.mark.filter(|mark| self.is_near(*mark));
        FeedState {
            from: self.base + mark.unwrap_or(self.consumed) as u64,
            offset: self.offset(),
            marked: mark.is_some(),
            hashed: self.base + self.hashed as u64,
            hash,
        }
    }

    /// A feed that goes on: `source` begins where the state says, with [`FeedState::from`]. `None` when the state is not
    /// one, or the bytes behind its mark do not come.
    pub fn resume(source: Box<dyn Read + Send>, state: &FeedState) -> Option<Feed> {
        let hash = match &state.hash {
            Some(bytes) => {
                let state = SerializedState::<Sha256>::try_from(bytes.as_slice()).ok()?;
                Some(Sha256::deserialize(&state).ok()?)
            }
            None => None,
        };
        let behind = |offset: u64| usize::try_from(offset.checked_sub(state.from)?).ok();
        let (hashed, consumed) = (behind(state.hashed)?, behind(state.offset)?);
        let mark = state.marked.then_some(0);
        let mut feed = Feed { base: state.from, mark, hashed, hash, ..Feed::new(source, false) };
        if consumed > KEPT
            || hashed < consumed
            || feed.ensure(consumed).is_err()
            || feed.visible().len() < consumed
        {
            return None;
        }
        feed.skip(consumed);
        Some(feed)
    }

    /// A feed over a shard's stored bytes. `hash` asks for the SHA-256 of all of them.
    pub fn new(source: Box<dyn Read + Send>, hash: bool) -> Feed {
        Feed {
            source,
            window: Buffer::default(),
            spare: Vec::new(),
            large: None,
            consumed: 0,
            mark: None,
            hashed: 0,
            base: 0,
            may_wait: false,
            ended: false,
            failed: None,
            held: false,
            trails: false,
            hash: hash.then(Sha256::new),
        }
    }

    /// The same, with a word on whether reading may have to wait long for bytes, as for those of a server.
    pub fn that_may_wait(self, may_wait: bool) -> Feed {
        Feed { may_wait, ..self }
    }

    /// True when it may.
    pub fn may_wait(&self) -> bool {
        self.may_wait
    }

    /// Offset in the file of the next byte to be consumed.
    pub fn offset(&self) -> u64 {
        self.base + self.consumed as u64
    }

    /// Number of bytes that came from the source so far.
    pub fn received(&self) -> u64 {
        self.base + self.window.len() as u64
    }

    /// Makes at least `wanted` bytes visible, or all that are left. A source that fails is like one that ends there: what
    /// came before is handed out first, and the error is told, each time, when nothing else is left.
    ///
    /// # Errors
    /// What the source reports.
    pub fn ensure(&mut self, wanted: usize) -> io::Result<()> {
        if self.visible().len() < wanted && !self.ended {
            self.drop_consumed();
        }
        while self.visible().len() < wanted && !self.ended {
            let missing = (wanted - self.visible().len()).max(READ);
            (self.ended, self.failed) = SourceFailed::or_end(self.window.read(&mut self.source, missing));
        }
        match &self.failed {
            Some(failed) if self.visible().is_empty() && wanted > 0 => Err(io::Error::other(failed.clone())),
            _ => Ok(()),
        }
    }

    /// Why the source ended where it did, if that was not its end.
    pub fn failure(&self) -> Option<String> {
        self.failed.as_ref().map(ToString::to_string)
    }

    /// Keeps all that is consumed from the start on, for [`Feed::release`].
    pub fn hold(&mut self) {
        self.held = true;
    }

    /// Makes all bytes from the start visible again; from here on they are consumed as if nobody had looked.
    pub fn release(&mut self) {
        self.held = false;
        (self.consumed, self.mark) = (0, None);
    }

    /// The bytes that can be seen without reading more.
    pub fn visible(&self) -> &[u8] {
        &self.window[self.consumed..]
    }

    /// True when the visible bytes are the last of the shard.
    pub fn is_last(&self) -> bool {
        self.ended
    }

    /// Consumes visible bytes without looking at them. More than are visible counts as all of them.
    pub fn skip(&mut self, bytes: usize) {
        self.consumed = self.consumed.saturating_add(bytes).min(self.window.len());
    }

    /// Splits the feed into what is visible and the work of hashing it, so that both can go on side by side.
    pub fn window(&mut self) -> (&[u8], Hashing<'_>) {
        let bytes = self.window.get(self.hashed..).unwrap_or_default();
        let hashing = Hashing { bytes, hash: self.hash.as_mut(), mark: &mut self.hashed };
        (&self.window[self.consumed..], hashing)
    }

    /// Reads what is left, for the hash alone. Returns the number of stored bytes received in all, and the SHA-256 of
    /// the whole shard if it was asked for and the source could be read to its end.
    pub fn finish(mut self) -> (u64, io::Result<Option<[u8; 32]>>) {
        loop {
            self.skip(usize::MAX);
            if let Err(error) = self.ensure(READ) {
                return (self.received(), Err(error));
            }
            if self.visible().is_empty() {
                break;
            }
        }
        self.window().1.run();
        (self.received(), Ok(self.hash.map(|hash| hash.finalize().into())))
    }

    /// Keeps what is consumed from here on for a while, for [`Feed::go_back`].
    pub fn mark(&mut self) {
        self.mark = Some(self.consumed);
    }

    /// Keeps the last [`KEPT`] bytes that are consumed from here on, for [`Feed::go_back`], or no longer does.
    pub fn trail(&mut self, trails: bool) {
        self.trails = trails;
    }

    /// Makes the bytes from `offset` on visible again. False when they are gone.
    pub fn go_back(&mut self, offset: u64) -> bool {
        let back = offset.checked_sub(self.base).and_then(|at| usize::try_from(at).ok());
        match back.filter(|at| *at <= self.consumed && self.is_near(*at)) {
            Some(at) => {
                self.consumed = at;
                true
            }
            None => false,
        }
    }

    /// True for a place in `window` that is not too far back to be kept. Whether bytes can be gone back to must depend on
    /// the file alone and not on how it came in pieces.
    fn is_near(&self, at: usize) -> bool {
        self.consumed.saturating_sub(at) <= KEPT
    }

    fn drop_consumed(&mut self) {
        self.window().1.run();
        if self.held {
            return;
        }
        self.mark = self.mark.filter(|mark| self.is_near(*mark) && *mark <= self.consumed);
        let gone = match self.trails {
            // Seldom, since what is kept has to be moved.
            true if self.consumed < 2 * KEPT => 0,
            true => self.consumed - KEPT,
            false => self.mark.unwrap_or(self.consumed),
        };
        self.window.drop_first(gone);
        self.base += gone as u64;
        self.hashed -= gone;
        self.consumed -= gone;
        self.mark = self.mark.and_then(|mark| mark.checked_sub(gone));
    }
}

/// Hashing of the bytes that a [`Feed`] has not hashed yet.
pub struct Hashing<'f> {
    bytes: &'f [u8],
    hash: Option<&'f mut Sha256>,
    mark: &'f mut usize,
}

impl Hashing<'_> {
    /// Does it.
    pub fn run(self) {
        if let Some(hash) = self.hash {
            hash.update(self.bytes);
        }
        *self.mark += self.bytes.len();
    }
}

impl Read for Feed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        super::read_buffered(self, into)
    }
}

impl BufRead for Feed {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.ensure(1)?;
        Ok(self.visible())
    }

    fn consume(&mut self, bytes: usize) {
        self.skip(bytes);
    }
}
