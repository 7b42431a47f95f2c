//! Local files.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::UNIX_EPOCH;

use crate::place::Extent;

/// What identifies the state of a stored file between two runs: its length in bytes and its time of change in
/// nanoseconds since 1970. Not a promise about its content; the SHA-256 of a shard is.
pub type Stamp = (u64, u128);

/// Opens a shard for reading from its start.
///
/// # Errors
/// When it is not there, is no file, or must not be read.
pub fn open(path: &Path) -> io::Result<(File, Stamp)> {
    let file = File::open(path)?;
    let state = file.metadata()?;
    if state.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "a folder, not a file"));
    }
    Ok((file, stamp(&state)))
}

/// The stamp of a file, if it is there.
pub fn stamp_of(path: &Path) -> Option<Stamp> {
    std::fs::metadata(path).ok().map(|state| stamp(&state))
}

fn stamp(state: &std::fs::Metadata) -> Stamp {
    let changed = state.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    (state.len(), changed.map_or(0, |time| time.as_nanos()))
}

/// Reads a part of a shard again, in pieces.
///
/// # Errors
/// When it cannot be read, or ends early.
pub fn read_again(path: &Path, extent: Extent, sink: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(extent.offset))?;
    hand_on(file, extent.length, sink)
}

/// Hands the next `left` bytes of a reader on, in pieces.
///
/// # Errors
/// When it cannot be read, or ends early; or what `sink` returns.
pub fn hand_on(
    mut from: impl Read,
    mut left: u64,
    mut sink: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut piece = vec![0; 256 * 1024];
    while left > 0 {
        let most = usize::try_from(left).map_or(piece.len(), |left| left.min(piece.len()));
        match from.read(&mut piece[..most])? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => {
                sink(&piece[..count])?;
                left -= count as u64;
            }
        }
    }
    Ok(())
}
