//! Copies of the matching records, byte for byte, in a file of the same kind as the shard.
//!
//! A record that fills a member is copied as it is stored. One out of a larger stream cannot be, so its decoded
//! bytes become a member of their own: the record is the same, its compression is ours.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use super::finding::{Finding, Sha256Bytes};
use super::output::{Hashed, HashedState, Written};
use super::receipt::Receipt;
use super::row::Kept;
use crate::cell::hex;
use crate::place::Place;
use crate::record::identity::Identity;

/// The folder of kept records, in the evidence folder.
pub const FOLDER: &str = "records";

/// The kept records of one shard, beside its part until the tables are made.
pub struct Keeper {
    path: PathBuf,
    aside: PathBuf,
    file: Option<Hashed>,
    length: u64,
}

/// Where the copies of a part stand until they get their final name.
pub fn beside(part: &Path) -> PathBuf {
    part.with_extension("records")
}

impl Keeper {
    /// Keeps records of the shard whose part will stand at `part`.
    pub fn new(part: &Path) -> Keeper {
        let path = beside(part);
        let aside = part.with_extension("records.tmp");
        Keeper { path, aside, file: None, length: 0 }
    }

    /// How far it has come; nothing when nothing was kept. The copies have left this process.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn state(&mut self) -> io::Result<Option<HashedState>> {
        self.file.as_mut().map_or(Ok(None), |file| file.flush().map(|()| Some(file.state())))
    }

    /// Goes on with the copies of the shard whose part will stand at `part`. `None` when they are not those of the state.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn resume(part: &Path, state: Option<&HashedState>) -> io::Result<Option<Keeper>> {
        let keeper = Keeper::new(part);
        let Some(state) = state else { return Ok(Some(keeper)) };
        let file = Hashed::reopen(&keeper.aside, state)?;
        Ok(file.map(|file| Keeper { length: state.bytes(), file: Some(file), ..keeper }))
    }

    /// Copies the record of a finding and tells where the copy stands. `None` when its bytes are not at hand.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&mut self, finding: &Finding) -> io::Result<Option<Kept>> {
        let Some(bytes) = &finding.bytes else { return Ok(None) };
        match finding.place {
            Place::Member(_) => self.append(bytes).map(Some),
            Place::Decoded(_) => self.append_decoded(&[bytes]).map(Some),
            Place::Line(..) => self.append_decoded(&[bytes, b"\n"]).map(Some),
        }
    }

    /// Copies decoded bytes as a member of their own; also those of an ARC file's first record, without which a copy of
    /// others is not valid.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn append_decoded(&mut self, pieces: &[&[u8]]) -> io::Result<Kept> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        for piece in pieces {
            encoder.write_all(piece)?;
        }
        self.append(&encoder.finish()?)
    }

    /// Copies stored bytes.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn append(&mut self, member: &[u8]) -> io::Result<Kept> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(Hashed::create(&self.aside)?),
        };
        file.write_all(member)?;
        let kept = Kept { offset: self.length, length: member.len() as u64 };
        self.length += member.len() as u64;
        Ok(kept)
    }

    /// Completes the copies, before the part that points at them is sealed. Copies of an earlier state go.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn seal(self) -> io::Result<()> {
        match self.file {
            Some(mut file) => {
                file.flush()?;
                file.sync_data()?;
                fs::rename(&self.aside, &self.path)
            }
            None if self.path.exists() => fs::remove_file(&self.path),
            None => Ok(()),
        }
    }
}

/// The files of kept records in the evidence folder, put there while the tables are made.
pub struct Collection {
    out: PathBuf,
    names: BTreeSet<String>,
}

impl Collection {
    /// The collection in the evidence folder `out`.
    pub fn new(out: &Path) -> Collection {
        Collection { out: out.to_owned(), names: BTreeSet::new() }
    }

    /// Puts the copies of a part into the collection and returns their path from the evidence folder; empty when there
    /// are none.
    ///
    /// # Errors
    /// When they cannot be put there.
    pub fn add(&mut self, part: &Path, receipt: &Receipt) -> io::Result<String> {
        let copies = beside(part);
        if !copies.exists() {
            return Ok(String::new());
        }
        let folder = self.out.join(FOLDER);
        fs::create_dir_all(&folder)?;
        let stem = stem(&receipt.identity, receipt.sha256);
        let ending = ending(receipt);
        let mut name = format!("{stem}.{ending}");
        // Two shards of one name, of which the hashes were not asked for. The order of the parts decides.
        let mut number = 2;
        while !self.names.insert(name.clone()) {
            name = format!("{stem}-{number}.{ending}");
            number += 1;
        }
        let path = folder.join(&name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        // A part that is kept for the next run needs its copies as well.
        if fs::hard_link(&copies, &path).is_err() {
            fs::copy(&copies, &path)?;
        }
        Ok(format!("{FOLDER}/{name}"))
    }

    /// Removes what no row points at: copies of an earlier state of a shard. Returns the files that stay.
    ///
    /// # Errors
    /// When the folder cannot be read or a file not be removed.
    pub fn finish(self) -> io::Result<Vec<Written>> {
        let folder = self.out.join(FOLDER);
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            if !self.names.contains(&*entry.file_name().to_string_lossy()) {
                fs::remove_file(entry.path())?;
            }
        }
        self.names.iter().map(|name| Written::of(&self.out, format!("{FOLDER}/{name}"))).collect()
    }
}

/// The ending of a file of kept records, by what they are.
fn ending(receipt: &Receipt) -> &'static str {
    match receipt.format.as_str() {
        "warc" => "warc.gz",
        "arc" => "arc.gz",
        "text" | "oscar with metadata" => "txt.gz",
        _ => "jsonl.gz",
    }
}

/// A file name out of a shard's name: its last component without the known endings, harmless characters only, and
/// eight digits of a digest so that equal names of two releases, or of a shard and a cut copy of it, do not meet.
fn stem(shard: &Identity, sha256: Option<Sha256Bytes>) -> String {
    let name = crate::record::identity::file_name(&shard.shard);
    let stem = name.split(".warc").next().unwrap_or(name);
    let stem = stem.split(".arc").next().unwrap_or(stem);
    let plain: String = stem
        .chars()
        .take(100)
        .map(
            |character| {
                if character.is_ascii_alphanumeric() || "_-".contains(character) { character } else { '_' }
            },
        )
        .collect();
    let content = sha256.map(|digest| hex(&digest)).unwrap_or_default();
    let digest = Sha256::digest(format!("{}\n{}\n{}\n{content}", shard.dataset, shard.release, shard.shard));
    format!("{plain}-{}", &hex(&digest)[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leaves_the_folder() {
        for name in ["../../x.warc.gz", "/etc/passwd", "a/../../b", "..", "", "=x\u{1b}", "C:\\x"] {
            let shard = Identity { shard: name.into(), ..Identity::default() };
            let stem = stem(&shard, None);
            assert!(stem.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-'), "{stem}");
        }
    }
}
