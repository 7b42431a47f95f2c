//! Downloaded files that are kept, and read again while the server says that they are the same.
//!
//! A file is written aside and gets its name when it is whole; its note, with the state that the server named, comes last.
//! A file without a note is none, and neither is one whose bytes are not those that came: the server is asked then.

use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use xxhash_rust::xxh3::Xxh3Default;

use super::reading::Known;
use super::said;
use super::served::Served;
use crate::cell::hex;
use crate::source::address::Address;

/// A folder of downloaded files.
#[derive(Clone)]
pub struct Cache {
    folder: PathBuf,
    trouble: Arc<Mutex<Option<String>>>,
}

/// The place of one file.
#[derive(Clone, Debug)]
pub struct Place {
    data: PathBuf,
    note: PathBuf,
    address: String,
}

#[derive(PartialEq, Serialize, Deserialize)]
struct Note {
    address: String,
    served: Served,
    /// XXH3-64 of the file: it tells damage, and not who made it.
    xxh3: u64,
}

/// Bytes that are summed at a time.
const PIECE: usize = 256 * 1024;

impl Cache {
    /// A cache in this folder, which is made with the first file.
    pub fn new(folder: &Path) -> Cache {
        Cache { folder: folder.to_owned(), trouble: Arc::default() }
    }

    /// Where the file of an address is kept. Its own name is part of it, for people who look into the folder.
    pub fn place(&self, address: &Address) -> Place {
        let shown = address.shown();
        let digest = hex(&Sha256::digest(&shown));
        let name = address.name();
        let name = name.rsplit('/').next().unwrap_or_default();
        let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
        let name: String = name.chars().map(plain).take(120).collect();
        let data = self.folder.join(format!("{}-{name}", &digest[..24]));
        let note = self.folder.join(format!("{}.json", &digest[..24]));
        Place { data, note, address: shown }
    }

    /// Says why a file could not be kept, if one could not. The run goes on without it.
    pub fn trouble(&self) -> Option<String> {
        self.trouble.lock().ok()?.clone()
    }

    /// Keeps what is read from `source` in `place`, once it was read to its end.
    pub fn keep<R: Read>(&self, source: R, place: Place, known: Known) -> Keeping<R> {
        let aside = fs::create_dir_all(&self.folder).and_then(|()| NamedTempFile::new_in(&self.folder));
        let aside = aside.map_err(|error| self.fail(&error)).ok();
        Keeping { cache: self.clone(), source, aside, place, known, bytes: 0, sum: Xxh3Default::new() }
    }

    fn fail(&self, error: &io::Error) {
        if let Ok(mut trouble) = self.trouble.lock() {
            trouble.get_or_insert(error.to_string());
        }
    }
}

impl Place {
    /// The kept file with its state, if there is a whole one.
    pub fn open(&self) -> Option<(File, Served)> {
        let before = self.note()?;
        let mut file = File::open(&self.data).ok()?;
        // Another run may have replaced both in between; it takes the note away first.
        let same = self.note()? == before && before.served.total == Some(file.metadata().ok()?.len());
        (same && sum(&mut file).ok()? == before.xxh3).then_some((file, before.served))
    }

    fn note(&self) -> Option<Note> {
        let note: Note = serde_json::from_slice(&fs::read(&self.note).ok()?).ok()?;
        (note.address == self.address).then_some(note)
    }
}

/// XXH3-64 of a file, which is at its start again afterwards.
fn sum(file: &mut File) -> io::Result<u64> {
    let (mut sum, mut piece) = (Xxh3Default::new(), vec![0; PIECE]);
    loop {
        match file.read(&mut piece)? {
            0 => break,
            count => sum.update(&piece[..count]),
        }
    }
    file.rewind()?;
    Ok(sum.digest())
}

/// A reader whose bytes are kept.
pub struct Keeping<R> {
    cache: Cache,
    source: R,
    /// `None` when it could not be written, or stands in its place.
    aside: Option<NamedTempFile>,
    place: Place,
    known: Known,
    bytes: u64,
    sum: Xxh3Default,
}

impl<R> Keeping<R> {
    fn finish(&mut self) {
        let served = said(&self.known);
        let Some(aside) = self.aside.take() else { return };
        if served.total.is_some_and(|total| total != self.bytes) || !served.can_be_compared() {
            return;
        }
        let served = Served { total: Some(self.bytes), ..served };
        if let Err(error) = self.store(aside, served) {
            self.cache.fail(&error);
        }
    }

    fn store(&self, aside: NamedTempFile, served: Served) -> io::Result<()> {
        aside.as_file().sync_data()?;
        // The note of an earlier state must not stand beside this one.
        match fs::remove_file(&self.place.note) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        aside.persist(&self.place.data).map_err(|error| error.error)?;
        let mut note = NamedTempFile::new_in(&self.cache.folder)?;
        let address = self.place.address.clone();
        serde_json::to_writer(&mut note, &Note { address, served, xxh3: self.sum.digest() })?;
        note.persist(&self.place.note).map_err(|error| error.error)?;
        Ok(())
    }
}

impl<R: Read> Read for Keeping<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(into)?;
        self.bytes += count as u64;
        self.sum.update(&into[..count]);
        if count == 0 && !into.is_empty() {
            self.finish();
        } else if let Some(aside) = &mut self.aside
            && let Err(error) = aside.write_all(&into[..count])
        {
            self.cache.fail(&error);
            self.aside = None;
        }
        Ok(count)
    }
}
