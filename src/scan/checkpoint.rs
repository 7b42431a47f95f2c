//! Where a large archive was read up to, so that a process that died in the middle of it goes on there.
//!
//! Only archives in which each record fills a gzip member have such places: at the border of two members nothing of the
//! bytes before is needed any more. A line file is one compressed stream, which can be entered at its start alone. The
//! rows so far stand in the part under way; what else is needed stands in a file beside it. Kept records and counts of
//! hosts have files of their own, and shards that are read for them begin again.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::members::Suspects;
use super::workplace::{Options, Workplace};
use crate::container::feed::{Feed, FeedState};
use crate::evidence::part::PartState;
use crate::evidence::receipt::Receipt;
use crate::record::archive::Format;
use crate::source::file::Stamp;
use crate::source::location::Again;
use crate::source::plan::Shard;
use crate::source::remote::served::Served;

/// Stored bytes between two checkpoints: some seconds of a connection.
const EVERY: u64 = 64 * 1024 * 1024;

/// All that is needed to go on.
#[derive(Serialize, Deserialize)]
pub struct Checkpoint {
    stamp: Stamp,
    served: Option<Served>,
    is_arc: bool,
    feed: FeedState,
    suspects: Suspects,
    /// The rows so far.
    pub part: PartState,
    /// The receipt so far.
    pub receipt: Receipt,
    /// Decoded bytes so far.
    pub decoded: u64,
    /// The earliest and the latest date so far, in ISO 8601.
    pub dates: Option<(String, String)>,
}

/// Where checkpoints of a shard are written, and when the next one is due.
pub struct Points {
    path: PathBuf,
    stamp: Stamp,
    served: Option<Served>,
    format: Format,
    next: u64,
}

/// A shard that goes on.
pub struct Resumed {
    /// What was saved.
    pub checkpoint: Checkpoint,
    /// Its bytes from there on.
    pub feed: Feed,
    /// Members before it that may reach into it.
    pub suspects: Suspects,
    /// How to read a part of it again.
    pub again: Again,
    /// Identifies the stored file.
    pub stamp: Stamp,
    /// What its records are.
    pub format: Format,
}

impl Points {
    /// For the shard whose part will stand at `part`; `None` when it has no places to go on from.
    pub fn new(
        part: &Path,
        options: &Options,
        stamp: Stamp,
        again: &Again,
        format: Format,
    ) -> Option<Points> {
        let can = !options.keep && !options.census;
        let served = again.served();
        can.then(|| Points { path: path(part), stamp, served, format, next: EVERY })
    }

    /// True when so much was read that a checkpoint is due.
    pub fn is_due(&self, offset: u64) -> bool {
        offset >= self.next
    }

    /// Writes a checkpoint, in the place of the one before.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(
        &mut self,
        (feed, suspects): (FeedState, &Suspects),
        part: PartState,
        receipt: &Receipt,
        decoded: u64,
        dates: Option<(String, String)>,
    ) -> io::Result<()> {
        self.next = feed.offset + EVERY;
        let checkpoint = Checkpoint {
            stamp: self.stamp,
            served: self.served.clone(),
            is_arc: self.format == Format::Arc,
            feed,
            suspects: suspects.clone(),
            part,
            receipt: receipt.clone(),
            decoded,
            dates,
        };
        let aside = self.path.with_extension("checkpoint.tmp");
        fs::write(&aside, serde_json::to_vec(&checkpoint)?)?;
        fs::rename(aside, &self.path)
    }
}

/// Opens a shard where an earlier process stopped. `None` when there is no such place, or the shard is not the same.
pub fn open(part: &Path, number: usize, shard: &Shard, place: &Workplace<'_>) -> Option<Resumed> {
    let checkpoint: Checkpoint = serde_json::from_slice(&fs::read(path(part)).ok()?).ok()?;
    let state = (checkpoint.stamp, checkpoint.served.clone());
    let source = shard.location.open_rest(place.network, number, state, checkpoint.feed.offset).ok()?;
    let feed = Feed::resume(source.bytes, &checkpoint.feed)?;
    place.progress.read(checkpoint.feed.offset);
    let format = if checkpoint.is_arc { Format::Arc } else { Format::Warc };
    let suspects = checkpoint.suspects.clone();
    Some(Resumed { checkpoint, feed, suspects, again: source.again, stamp: source.stamp, format })
}

/// Forgets where the shard was read up to.
///
/// # Errors
/// When the file cannot be removed.
pub fn forget(part: &Path) -> io::Result<()> {
    match fs::remove_file(path(part)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn path(part: &Path) -> PathBuf {
    part.with_extension("checkpoint")
}
