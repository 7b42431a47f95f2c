//! Where a large shard was read up to, so that a process that died in the middle of it goes on there.
//!
//! In an archive whose records fill gzip members each member's border is such a place: nothing of the bytes before is
//! needed any more. In a file that is one stream each line's or record's end is, together with the state of its decoder and
//! the bytes that the rest may repeat; but for zstd, whose decoder keeps its state to itself: there the border of two frames
//! is. The rows so far stand in the part under way, kept records in their file; what else is needed stands in a file beside
//! them. Texts that are read together with their metadata begin again, and so does an archive that is one large gzip member.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::documents::Begun;
use super::suspects::Suspects;
use super::text::Counter;
use super::workplace::Workplace;
use crate::container::base64;
use crate::container::feed::{Feed, FeedState};
use crate::container::stream::{Stream, StreamState};
use crate::evidence::census::Census;
use crate::evidence::output::HashedState;
use crate::evidence::part::PartState;
use crate::evidence::receipt::Receipt;
use crate::record::archive::Format;
use crate::source::file::Stamp;
use crate::source::location::Again;
use crate::source::plan::Shard;
use crate::source::remote::served::Served;

/// Stored bytes between two checkpoints: some seconds of a connection.
const EVERY: u64 = 32 * 1024 * 1024;

/// What the shard's records are.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Records {
    /// Archive records.
    Archive(Format),
    /// JSON lines, by the name of their corpus and the release that their keys tell.
    Lines(String, Option<String>),
    /// Text without addresses.
    Text,
}

/// What is needed beside the bytes, where it goes on.
#[derive(Serialize, Deserialize)]
pub enum Standing {
    /// In front of a gzip member; members before it may reach into it.
    Member(Suspects),
    /// In front of an archive record, at this offset in the decoded bytes. Records before the other one are doubtful.
    Record(u64, u64),
    /// Behind a line. The next one has begun with these bytes.
    Line(#[serde(with = "base64")] Vec<u8>),
    /// In a text that is looked through.
    Text(Begun),
    /// In a text that is only counted.
    Count(Counter),
}

/// How far the bytes have come.
#[derive(Clone, Serialize, Deserialize)]
pub enum Bytes {
    /// The stored ones.
    Stored(FeedState),
    /// The decoded ones.
    Decoded(Box<StreamState>),
}

impl Bytes {
    fn stored(&self) -> &FeedState {
        match self {
            Bytes::Stored(feed) => feed,
            Bytes::Decoded(stream) => &stream.feed,
        }
    }
}

/// All that is needed to go on.
#[derive(Serialize, Deserialize)]
pub struct Checkpoint {
    stamp: Stamp,
    served: Option<Served>,
    records: Records,
    standing: Standing,
    bytes: Bytes,
    /// The results so far.
    pub results: Results,
}

/// What came of a shard so far.
#[derive(Serialize, Deserialize)]
pub struct Results {
    /// The rows.
    pub part: PartState,
    /// The copies of records; none where nothing was kept.
    pub kept: Option<HashedState>,
    /// The counts of hosts, if they are counted.
    pub census: Option<Census>,
    /// The receipt.
    pub receipt: Receipt,
    /// Decoded bytes.
    pub decoded: u64,
    /// The earliest and the latest date, in ISO 8601.
    pub dates: Option<(String, String)>,
}

/// Where checkpoints of a shard are written, and when the next one is due.
pub struct Points {
    path: PathBuf,
    stamp: Stamp,
    served: Option<Served>,
    records: Records,
    next: u64,
}

/// The bytes of a shard that goes on.
pub enum Rest {
    /// The stored ones.
    Stored(Box<Feed>),
    /// The decoded ones.
    Decoded(Box<Stream>),
}

/// A shard that goes on.
pub struct Resumed {
    /// What its records are.
    pub records: Records,
    /// Where it goes on.
    pub standing: Standing,
    /// Its bytes from there on.
    pub rest: Rest,
    /// The results so far.
    pub results: Results,
    /// How to read a part of it again.
    pub again: Again,
    /// Identifies the stored file.
    pub stamp: Stamp,
}

impl Points {
    /// For the shard whose part will stand at `part`.
    pub fn new(part: &Path, stamp: Stamp, again: &Again, records: Records) -> Points {
        Points { path: path(part), stamp, served: again.served(), records, next: EVERY }
    }

    /// True when so much was read that a checkpoint is due.
    pub fn is_due(&self, offset: u64) -> bool {
        offset >= self.next
    }

    /// Writes a checkpoint, in the place of the one before.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&mut self, bytes: Bytes, standing: Standing, results: Results) -> io::Result<()> {
        self.next = bytes.stored().offset + EVERY;
        let (stamp, served, records) = (self.stamp, self.served.clone(), self.records.clone());
        let mut json = serde_json::to_vec(&Checkpoint { stamp, served, records, standing, bytes, results })?;
        json.extend_from_slice(digest(&json).as_bytes());
        let aside = self.path.with_extension("checkpoint.tmp");
        fs::write(&aside, json)?;
        fs::rename(aside, &self.path)
    }
}

/// Opens a shard where an earlier process stopped. `None` when there is no such place, or the shard is not the same.
pub fn open(part: &Path, number: usize, shard: &Shard, place: &Workplace<'_>) -> Option<Resumed> {
    let checkpoint = read(&path(part))?;
    let Checkpoint { stamp, served, records, standing, bytes, results } = checkpoint;
    let stored = bytes.stored();
    let source = shard.location.open_rest(place.network, number, (stamp, served), stored.from).ok()?;
    let feed = Feed::resume(source.bytes, stored)?.that_may_wait(source.again.is_of_server());
    let rest = match &bytes {
        Bytes::Stored(_) => Rest::Stored(Box::new(feed)),
        Bytes::Decoded(state) => Rest::Decoded(Box::new(Stream::resume(feed, state)?)),
    };
    Some(Resumed { records, standing, rest, results, again: source.again, stamp: source.stamp })
}

/// The checkpoint in a file. `None` when there is none, or it did not reach the disk whole.
fn read(path: &Path) -> Option<Checkpoint> {
    let bytes = fs::read(path).ok()?;
    let (json, sum) = bytes.split_at_checked(bytes.len().checked_sub(DIGEST)?)?;
    (digest(json).as_bytes() == sum).then_some(())?;
    serde_json::from_slice(json).ok()
}

/// Length of a digest in characters.
const DIGEST: usize = 64;

fn digest(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
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
