//! The frame that all binary files of this tool share; `docs/formats.md` describes it byte by byte.
//!
//! ```text
//! 8 bytes    what the file is
//! 8 bytes    length of the header with its padding, little-endian like every number
//! header     JSON, filled up with spaces so that the body starts at a multiple of eight
//! body
//! 32 bytes   SHA-256 of everything before
//! 8 bytes    XXH3-64 of everything before, SHA-256 included: this one is checked whenever a file is opened
//! ```
//!
//! SHA-256 of two gigabytes would take longer than many a scan, so opening checks the fast sum, which tells damage.
//! `fingerprint --info` checks the other one. Neither proves who made a file.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use memmap2::Mmap;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use xxhash_rust::xxh3::{Xxh3Default, xxh3_64};

use crate::error::{Error, Result};
use crate::escape::shown;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Fingerprints of articles.
    Fingerprints,
    /// The exact side file of a fingerprint file.
    Side,
    /// Shingles that many sites have.
    Commons,
}

impl Kind {
    const ALL: [Kind; 3] = [Kind::Fingerprints, Kind::Side, Kind::Commons];

    /// The first eight bytes. The line end and the byte 1A tell a file that was sent as text.
    fn magic(self) -> &'static [u8; 8] {
        match self {
            Kind::Fingerprints => b"SPfpr\r\n\x1a",
            Kind::Side => b"SPfpx\r\n\x1a",
            Kind::Commons => b"SPfpc\r\n\x1a",
        }
    }

    /// For messages.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Fingerprints => "fingerprint file",
            Kind::Side => "private side file",
            Kind::Commons => "commons list",
        }
    }
}

const FRONT: usize = 16;
const SHA256: usize = 32;
const FOOTER: usize = SHA256 + 8;

/// A file under way: written aside, put in its place when it is complete.
pub struct Writing {
    path: PathBuf,
    file: BufWriter<NamedTempFile>,
    sha256: Sha256,
    sum: Xxh3Default,
}

impl Writing {
    /// Starts the file that will stand at `path`.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn create(path: &Path, kind: Kind, header: &impl Serialize) -> io::Result<Writing> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut header = serde_json::to_vec(header)?;
        header.resize(header.len().next_multiple_of(8), b' ');
        let mut writing = Writing {
            path: path.to_owned(),
            file: BufWriter::with_capacity(1 << 20, NamedTempFile::new_in(folder)?),
            sha256: Sha256::new(),
            sum: Xxh3Default::new(),
        };
        writing.write_all(kind.magic())?;
        writing.write_all(&(header.len() as u64).to_le_bytes())?;
        writing.write_all(&header)?;
        Ok(writing)
    }

    /// Ends the file and puts it in its place. Returns its content's SHA-256, as the footer states it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> io::Result<String> {
        let digest = self.sha256.clone().finalize();
        self.write_all(&digest)?;
        let sum = self.sum.digest();
        self.file.write_all(&sum.to_le_bytes())?;
        let file = self.file.into_inner().map_err(|error| error.into_error())?;
        crate::fingerprint::binary::readable(file.as_file())?;
        file.persist(&self.path).map_err(|error| error.error)?;
        Ok(HEXLOWER.encode(&digest))
    }
}

/// A temporary file is its owner's alone; a result has the rights of any new file.
#[cfg(unix)]
fn readable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &File) -> io::Result<()> {
    Ok(())
}

impl Write for Writing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.sha256.update(&bytes[..count]);
        self.sum.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A file that was opened: mapped into memory, its fast sum checked.
pub struct Opened {
    map: Mmap,
    header: Range<usize>,
}

impl Opened {
    /// Opens a file of this kind.
    ///
    /// # Errors
    /// When it cannot be read, is another kind of file, was cut, or was changed.
    pub fn open(path: &Path, kind: Kind) -> Result<Opened> {
        let refuse = |what: &str| Error::request(format!("the {} `{}` {what}", kind.name(), shown(path)));
        let file = File::open(path).map_err(|error| refuse(&format!("cannot be opened: {error}")))?;
        let map = map(&file).map_err(|error| refuse(&format!("cannot be read: {error}")))?;
        if !map.starts_with(kind.magic()) {
            return Err(match Kind::ALL.into_iter().find(|other| map.starts_with(other.magic())) {
                Some(other) => refuse(&format!("is a {}", other.name())),
                None => refuse("is none: it does not begin as one"),
            });
        }
        let again = "make it again, or get it again";
        let length = map.get(8..FRONT).and_then(|bytes| bytes.try_into().ok()).map(u64::from_le_bytes);
        let header = length
            .and_then(|length| FRONT.checked_add(usize::try_from(length).ok()?))
            .filter(|end| end.checked_add(FOOTER).is_some_and(|least| least <= map.len()))
            .map(|end| FRONT..end)
            .ok_or_else(|| refuse("is cut: it ends inside its header").hint(again))?;
        let (content, sum) = map.split_at(map.len() - 8);
        // Through the mapping, so that the pages stand ready for the look-ups: reading them beside it takes longer.
        if xxh3_64(content).to_le_bytes() != *sum {
            return Err(refuse(
                "is damaged: its checksum does not agree with its bytes, or its end is missing",
            )
            .hint(again));
        }
        Ok(Opened { map, header })
    }

    /// The header.
    ///
    /// # Errors
    /// When it is not the header of a version that this tool reads.
    pub fn header<H: DeserializeOwned>(&self) -> std::result::Result<H, String> {
        serde_json::from_slice(&self.map[self.header.clone()])
            .map_err(|error| format!("has a header that this version does not read: {error}"))
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.map[self.body_range()]
    }

    /// Where the body stands in the file.
    pub fn body_range(&self) -> Range<usize> {
        self.header.end..self.map.len() - FOOTER
    }

    /// The SHA-256 of the content, as the footer states it, lower-case hexadecimal.
    pub fn sha256(&self) -> String {
        let end = self.map.len() - 8;
        HEXLOWER.encode(&self.map[end - SHA256..end])
    }

    /// True when the SHA-256 is that of the content.
    pub fn is_intact(&self) -> bool {
        let content = &self.map[..self.map.len() - FOOTER];
        HEXLOWER.encode(&Sha256::digest(content)) == self.sha256()
    }
}

/// The SHA-256 of the content that a binary file of this tool states, lower-case hexadecimal; none for another file.
/// Nothing is checked here.
///
/// # Errors
/// When it cannot be read.
pub fn stated_sha256(path: &Path) -> io::Result<Option<String>> {
    let mut file = File::open(path)?;
    let mut front = Vec::new();
    (&file).take(8).read_to_end(&mut front)?;
    if !Kind::ALL.iter().any(|kind| front == kind.magic()) || file.metadata()?.len() < FOOTER as u64 {
        return Ok(None);
    }
    let mut stated = [0; SHA256];
    file.seek(SeekFrom::End(-(FOOTER as i64)))?;
    file.read_exact(&mut stated)?;
    Ok(Some(HEXLOWER.encode(&stated)))
}

/// Maps a file into memory.
#[allow(unsafe_code, reason = "mapping has no safe form; see the comment inside")]
fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: the mapping is read-only and private to this process's view of the file. What the language cannot promise
    // is that no other process changes or cuts the file meanwhile. Every number read from it is checked where it is
    // used, so changed bytes lead to wrong answers at worst; a cut file ends the process. Files of this kind are put in
    // place whole by renaming and never written again.
    unsafe { Mmap::map(file) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn written(path: &Path) -> String {
        let mut writing = Writing::create(path, Kind::Side, &json!({ "version": 1 })).unwrap();
        writing.write_all(b"the body").unwrap();
        writing.finish().unwrap()
    }

    #[test]
    fn a_file_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let sha256 = written(&path);
        let opened = Opened::open(&path, Kind::Side).unwrap();
        assert_eq!(opened.body(), b"the body");
        assert_eq!(opened.header::<Value>().unwrap()["version"], 1);
        assert_eq!(opened.sha256(), sha256);
        assert!(opened.is_intact());
        assert_eq!(opened.body_range().start % 8, 0);
        assert_eq!(stated_sha256(&path).unwrap(), Some(sha256));
        std::fs::write(&path, b"SPfpx\r\n\x1a").unwrap();
        assert_eq!(stated_sha256(&path).unwrap(), None);
    }

    #[test]
    fn every_cut_and_every_flipped_bit_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        written(&path);
        let whole = std::fs::read(&path).unwrap();
        for end in 0..whole.len() {
            std::fs::write(&path, &whole[..end]).unwrap();
            assert!(Opened::open(&path, Kind::Side).is_err(), "cut at {end}");
        }
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 4;
            std::fs::write(&path, &bytes).unwrap();
            assert!(Opened::open(&path, Kind::Side).is_err(), "flipped at {at}");
        }
        std::fs::write(&path, &whole).unwrap();
        let error = Opened::open(&path, Kind::Fingerprints).err().unwrap().to_string();
        assert!(error.contains("is a private side file"), "{error}");
    }
}
