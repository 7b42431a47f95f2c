//! The bytes of a file on a server, for a reader that knows nothing of servers.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::{Buf, Bytes};
use tokio::runtime::Handle;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;

use super::fault::Fault;
use super::served::Served;

/// How often a reader that waits looks whether the user wants to stop.
const LOOK: Duration = Duration::from_millis(100);

/// What the fetching side hands on, in order.
pub enum Message {
    /// The server answers; said again when an answer before the first byte was lost.
    Begun,
    /// The server says that the file is the one that is kept; no bytes will come.
    Unchanged,
    /// The next bytes.
    Bytes(Bytes),
    /// The file, or the part that was asked for, ends here. A channel that is closed without this is a fault.
    End,
    /// There will be no more bytes, although the file does not end here.
    Failed(Fault),
}

/// What both sides know of the file.
pub type Known = Arc<Mutex<Served>>;

/// The end of the channel that is read from. The fetching task ends with it.
pub struct Reading {
    pub(super) messages: UnboundedReceiver<Message>,
    /// Bytes that the task may still read ahead.
    pub(super) room: Arc<Semaphore>,
    pub(super) handle: Handle,
    pub(super) task: JoinHandle<()>,
    pub(super) interrupt: Arc<AtomicBool>,
    /// The file's place among those that are read from its host.
    pub(super) turn: Option<OwnedSemaphorePermit>,
    pub(super) piece: Bytes,
    pub(super) over: Option<Result<(), String>>,
}

impl Reading {
    /// Waits for the server's answer. False when it says that the kept file is the same.
    ///
    /// # Errors
    /// What kept it from giving one.
    pub(super) fn begin(&mut self) -> Result<bool, Fault> {
        match self.next() {
            Message::Failed(fault) => return Err(fault),
            Message::Unchanged => return Ok(false),
            Message::Bytes(piece) => self.piece = piece,
            Message::Begun => {}
            Message::End => self.over = Some(Ok(())),
        }
        Ok(true)
    }

    fn next(&mut self) -> Message {
        let broken = || Message::Failed(Fault::last("the exchange came to no end"));
        loop {
            match self.messages.try_recv() {
                Ok(message) => return message,
                Err(TryRecvError::Disconnected) => return broken(),
                Err(TryRecvError::Empty) => {}
            }
            if self.interrupt.load(Ordering::Relaxed) {
                return Message::Failed(Fault::last("interrupted"));
            }
            let waited =
                self.handle.block_on(async { tokio::time::timeout(LOOK, self.messages.recv()).await });
            if let Ok(message) = waited {
                return message.unwrap_or_else(broken);
            }
        }
    }
}

impl Read for Reading {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match &self.over {
                Some(Ok(())) => return Ok(0),
                Some(Err(what)) => return Err(io::Error::other(what.clone())),
                None => {}
            }
            match self.next() {
                Message::Begun | Message::Unchanged => {}
                Message::Bytes(piece) => self.piece = piece,
                Message::Failed(fault) => self.over = Some(Err(fault.what)),
                Message::End => self.over = Some(Ok(())),
            }
            // What has been read to its end makes room for the next file of the host.
            if self.over.is_some() {
                self.turn = None;
            }
        }
        let count = self.piece.len().min(into.len());
        self.piece.copy_to_slice(&mut into[..count]);
        self.room.add_permits(count);
        Ok(count)
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        // Whoever stops early wants no more bytes.
        self.task.abort();
    }
}
