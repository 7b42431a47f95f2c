//! The bytes of a row's record, where a shard or a kept copy is on this machine.

use std::fs::File;
use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};

use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};

use crate::cell::hex;
use crate::container::feed::Feed;
use crate::container::stream::Stream;
use crate::container::{self, Sniffed};
use crate::place::{Extent, Place};

/// Most bytes of a record that are looked at, stored or decoded. What is longer is hashed whole and shown in part.
const LARGEST: u64 = 64 * 1024 * 1024;

/// A record that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The file.
    pub path: PathBuf,
    /// Its decoded bytes, from the first on.
    pub bytes: Vec<u8>,
    /// SHA-256 of exactly the bytes of the place, lower-case hexadecimal.
    pub sha256: String,
}

/// Reads the record at this place of a shard.
///
/// # Errors
/// When the file cannot be read or decoded as far as the place.
pub fn of_shard(path: &Path, place: &Place) -> io::Result<Record> {
    let mut file = File::open(path)?;
    let extent = place.extent();
    let read = match place {
        Place::Member(_) => {
            file.seek(SeekFrom::Start(extent.offset))?;
            let stored = bytes(file, extent.length)?;
            Taken { shown: unpacked(&stored.shown), ..stored }
        }
        _ => decoded(file, extent)?,
    };
    Ok(Record { path: path.to_owned(), bytes: read.shown, sha256: read.sha256 })
}

/// Reads the copy of a record that `kept_file`, `kept_offset` and `kept_length` of a row name, in the folder of evidence.
///
/// # Errors
/// When it is not there, or the name leads out of the folder.
pub fn of_copy(folder: &Path, file: &str, copy: Extent, place: &Place) -> io::Result<Record> {
    if !is_inside(file) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a path inside the evidence"));
    }
    let path = folder.join(file);
    let mut file = File::open(&path)?;
    file.seek(SeekFrom::Start(copy.offset))?;
    let stored = bytes(file, copy.length)?;
    let mut decoded = unpacked(&stored.shown);
    let sha256 = match place {
        Place::Member(_) => stored.sha256,
        _ => {
            // A kept line has its line feed, which is not part of the place.
            decoded.truncate(usize::try_from(place.extent().length).unwrap_or(usize::MAX));
            hex(&Sha256::digest(&decoded))
        }
    };
    Ok(Record { path, bytes: decoded, sha256 })
}

/// True for a path that leads from a folder to something in it.
pub fn is_inside(path: &str) -> bool {
    !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

/// Bytes that were read: all of them hashed, the first of them kept.
struct Taken {
    shown: Vec<u8>,
    sha256: String,
}

fn bytes(input: impl Read, length: u64) -> io::Result<Taken> {
    let mut input = io::BufReader::with_capacity(256 * 1024, input.take(length));
    take(&mut input, length)
}

/// The bytes of an extent of the decoded stream.
fn decoded(file: File, extent: Extent) -> io::Result<Taken> {
    let mut feed = Feed::new(Box::new(file), false);
    feed.ensure(64)?;
    let container = match container::sniff(feed.visible()) {
        Sniffed::Known(container) => container,
        Sniffed::Unsupported(name) => return Err(io::Error::new(io::ErrorKind::InvalidData, name)),
    };
    let mut stream = Stream::new(feed, container)?;
    let mut left = extent.offset;
    while left > 0 {
        let available = match stream.fill_buf().map(|bytes| bytes.len() as u64) {
            Ok(count) => count,
            // Behind damage the stream goes on, and so do the places of rows.
            Err(_) if stream.take_gap().is_some() => continue,
            Err(error) => return Err(error),
        };
        if available == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let step = available.min(left);
        stream.consume(step as usize);
        left -= step;
    }
    take(&mut stream, extent.length)
}

fn take(input: &mut impl BufRead, length: u64) -> io::Result<Taken> {
    let (mut hash, mut shown, mut left) = (Sha256::new(), Vec::new(), length);
    while left > 0 {
        let available = input.fill_buf()?;
        let count = usize::try_from(left).map_or(available.len(), |left| left.min(available.len()));
        let piece = available.get(..count).unwrap_or_default();
        if piece.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        hash.update(piece);
        if (shown.len() as u64) < LARGEST {
            shown.extend_from_slice(piece);
        }
        input.consume(count);
        left -= count as u64;
    }
    Ok(Taken { shown, sha256: hex(&hash.finalize()) })
}

/// The content of a member. One that is damaged gives what can be read of it; its hash tells that it is another.
fn unpacked(member: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = MultiGzDecoder::new(member).take(LARGEST).read_to_end(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn each_kind_of_place_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let extent = Extent { offset: 4, length: 3 };
        for (stored, place) in [
            (b"one\ntwo\n".to_vec(), Place::Line(extent, 2)),
            (gzip(b"one\ntwo\n"), Place::Line(extent, 2)),
            ([gzip(b"one\n"), gzip(b"two\n")].concat(), Place::Decoded(extent)),
            (zstd::encode_all(&b"one\ntwo\n"[..], 1).unwrap(), Place::Decoded(extent)),
        ] {
            fs::write(&path, stored).unwrap();
            let record = of_shard(&path, &place).unwrap();
            assert_eq!((record.bytes.as_slice(), record.sha256), (&b"two"[..], hex(&Sha256::digest(b"two"))));
            assert!(of_shard(&path, &Place::Decoded(Extent { offset: 7, length: 2 })).is_err());
        }
        let (first, second) = (gzip(b"one"), gzip(b"two"));
        fs::write(&path, [first.as_slice(), &second].concat()).unwrap();
        let member = Extent { offset: first.len() as u64, length: second.len() as u64 };
        let record = of_shard(&path, &Place::Member(member)).unwrap();
        assert_eq!((record.bytes.as_slice(), record.sha256), (&b"two"[..], hex(&Sha256::digest(&second))));
        let copy =
            of_copy(folder.path(), "x", member, &Place::Line(Extent { offset: 0, length: 2 }, 1)).unwrap();
        assert_eq!(copy.sha256, hex(&Sha256::digest(b"tw")));
    }

    #[test]
    fn a_copy_is_never_looked_for_outside_the_evidence() {
        let folder = tempfile::tempdir().unwrap();
        let copy = Extent { offset: 0, length: 1 };
        for name in ["", "../x", "/etc/passwd", "records/../../x"] {
            let error = of_copy(folder.path(), name, copy, &Place::Member(copy)).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{name}");
        }
    }
}
