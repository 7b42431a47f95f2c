//! Copies of the matching records, byte for byte, in a file of the same kind as the shard.
//!
//! A record that fills a member is copied as it is stored. One out of a larger stream cannot be, so its decoded
//! bytes become a member of their own: the record is the same, its compression is ours.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use super::finding::Finding;
use super::row::Kept;
use super::table::hex;
use crate::place::Place;
use crate::record::identity::Identity;

/// The folder of kept records, in the evidence folder.
pub const FOLDER: &str = "records";

/// The kept records of one shard, under way.
pub struct Keeper {
    /// Path from the evidence folder.
    name: String,
    path: PathBuf,
    aside: PathBuf,
    file: Option<BufWriter<File>>,
    length: u64,
}

impl Keeper {
    /// Keeps records of `shard`, a file of `stored` bytes, in the evidence folder `out`. `ending` is `warc.gz`,
    /// `arc.gz` or `jsonl.gz`.
    pub fn new(out: &Path, shard: &Identity, stored: u64, ending: &str) -> Keeper {
        let name = format!("{FOLDER}/{}.{ending}", stem(shard, stored));
        let path = out.join(&name);
        let aside = path.with_extension("gz.tmp");
        Keeper { name, path, aside, file: None, length: 0 }
    }

    /// Copies the record of a finding and tells where the copy stands. `None` when its bytes are not at hand.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&mut self, finding: &Finding) -> io::Result<Option<Kept>> {
        let Some(bytes) = &finding.bytes else { return Ok(None) };
        match finding.place {
            Place::Member(_) => self.append(bytes).map(Some),
            Place::Decoded(_) => self.append(&compress(&[bytes])?).map(Some),
            Place::Line(..) => self.append(&compress(&[bytes, b"\n"])?).map(Some),
        }
    }

    /// Copies stored bytes that are no finding: the first record of an ARC file, without which a copy is not valid.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn append(&mut self, member: &[u8]) -> io::Result<Kept> {
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                if let Some(folder) = self.aside.parent() {
                    fs::create_dir_all(folder)?;
                }
                self.file.insert(BufWriter::new(File::create(&self.aside)?))
            }
        };
        file.write_all(member)?;
        let kept = Kept { file: self.name.clone(), offset: self.length, length: member.len() as u64 };
        self.length += member.len() as u64;
        Ok(kept)
    }

    /// Puts the copies in their place, before the part that points at them is sealed.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn seal(self) -> io::Result<()> {
        let Some(mut file) = self.file else { return Ok(()) };
        file.flush()?;
        file.get_ref().sync_data()?;
        fs::rename(&self.aside, &self.path)
    }
}

fn compress(pieces: &[&[u8]]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    for piece in pieces {
        encoder.write_all(piece)?;
    }
    encoder.finish()
}

/// A file name out of a shard's name: its last component without the known endings, harmless characters only, and
/// eight digits of a digest so that equal names of two releases, or of a shard and a cut copy of it, do not meet.
fn stem(shard: &Identity, stored: u64) -> String {
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
    let digest = Sha256::digest(format!("{}\n{}\n{}\n{stored}", shard.dataset, shard.release, shard.shard));
    format!("{plain}-{}", &hex(&digest)[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leaves_the_folder() {
        for name in ["../../x.warc.gz", "/etc/passwd", "a/../../b", "..", "", "=x\u{1b}", "C:\\x"] {
            let shard = Identity { shard: name.into(), ..Identity::default() };
            let stem = stem(&shard, 7);
            assert!(stem.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-'), "{stem}");
        }
    }
}
