//! Reading the bytes behind the window of a feed while the window is worked on.

use std::io::Read;

use super::buffer::Buffer;
use super::{Feed, SourceFailed};

/// Room in front of what is read ahead: a member that a window ends in is seldom longer.
pub(super) const FRONT: usize = 128 * 1024;

/// What was read ahead of the window.
#[derive(Default)]
pub(super) struct Ahead {
    /// Room for what is left in the window, then the bytes.
    bytes: Buffer,
    ended: bool,
    failed: Option<SourceFailed>,
}

/// Reading of the bytes that follow the window of a [`Feed`].
pub struct Following<'f> {
    source: &'f mut Box<dyn Read + Send>,
    ahead: &'f mut Ahead,
    may_wait: bool,
    ended: bool,
}

impl<'f> Following<'f> {
    pub(super) fn new(
        source: &'f mut Box<dyn Read + Send>,
        ahead: &'f mut Ahead,
        may_wait: bool,
        ended: bool,
    ) -> Following<'f> {
        Following { source, ahead, may_wait, ended }
    }

    /// True when it may have to wait long for them.
    pub fn may_wait(&self) -> bool {
        self.may_wait
    }

    /// Reads up to `wanted` bytes, once for each window.
    pub fn read(self, wanted: usize) {
        if !self.ended && self.ahead.bytes.len() <= FRONT {
            self.ahead.bytes.set_len(FRONT);
            (self.ahead.ended, self.ahead.failed) =
                SourceFailed::or_end(self.ahead.bytes.read(self.source, wanted));
        }
    }
}

impl Feed {
    /// Adds what was read ahead to the window. What is left in the window is copied in front of it, since that is less.
    pub(super) fn take_ahead(&mut self) {
        let Ahead { mut bytes, ended, failed } = std::mem::take(&mut self.ahead);
        self.ended |= ended;
        self.failed = failed.or(self.failed.take());
        let left = self.window.len();
        let room = FRONT.saturating_sub(left);
        match bytes.get(FRONT..) {
            Some(_) if left <= FRONT && self.mark.is_none() && !self.held && self.base >= room as u64 => {
                let before = std::mem::replace(&mut self.window, bytes);
                self.window[room..FRONT].copy_from_slice(&before);
                self.ahead.bytes = before;
                self.ahead.bytes.set_len(0);
                self.base -= room as u64;
                (self.consumed, self.hashed, self.gone) = (self.consumed + room, self.hashed + room, room);
            }
            Some(more) => {
                self.window.append(more);
                bytes.set_len(0);
                self.ahead.bytes = bytes;
            }
            None => self.ahead.bytes = bytes,
        }
    }
}
