//! The folder `parts/` in the evidence of a partition: all that a merge needs, and nothing else.
//!
//! ```text
//! 00000012.part      the sealed part of the shard at place 12 of the whole plan, counted from 0
//! 00000012.records   its kept records, if there are any
//! 00000012.hosts     its census, if one was asked for
//! exchanges          what the network did, if a server was asked
//! plan.json.gz       the names of all shards of the whole plan, and the titles of the lists
//! articles.csv       all articles that were looked for, where rows that say zero are kept
//! sha256sums.txt     the digests of these files, as `sha256sum --check` reads them
//! ```
//!
//! A part seals its rows only. The list of digests covers each byte that a merge reads, and the manifest has the digest of
//! the list.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::articles::{Names, Sums};
use super::{census, part, records};
use crate::cell::hex;
use crate::escape::{printable, shown};
use crate::source::exchanges;

/// The folder, in the evidence folder.
pub const FOLDER: &str = "parts";
const PLAN: &str = "plan.json.gz";
const ARTICLES: &str = "articles.csv";
/// The list of digests in it.
pub const SUMS: &str = "sha256sums.txt";

/// What was kept, for the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The folder.
    pub folder: String,
    /// Files in it, the list of digests not counted.
    pub files: u64,
    /// SHA-256 of the list of digests, lower-case hexadecimal.
    pub sha256sums: String,
}

/// What all partitions of a run share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Common {
    /// Publisher and title of each entry of the lists, in their order.
    pub titles: Vec<(String, String)>,
    /// How many of them come from the publisher list; those behind them are owners of articles.
    pub listed: usize,
    /// What all shards of the plan were asked for by, in its order: paths, and addresses without secrets.
    pub shards: Vec<String>,
}

/// Keeps the parts with these numbers, which stand in `work`, in the evidence folder `out`.
///
/// # Errors
/// When a part is not there or something cannot be written.
pub fn keep(
    out: &Path,
    work: &Path,
    numbers: impl Iterator<Item = usize>,
    common: &Common,
    articles: Option<&mut dyn Iterator<Item = Names>>,
) -> io::Result<Kept> {
    let (folder, aside) = (out.join(FOLDER), out.join(format!("{FOLDER}.tmp")));
    remove(&aside)?;
    fs::create_dir(&aside)?;
    for number in numbers {
        let sealed = part::path(work, number);
        link(&sealed, &aside)?;
        for beside in [records::beside(&sealed), census::beside(&sealed)] {
            if beside.exists() {
                link(&beside, &aside)?;
            }
        }
    }
    let journal = work.join(exchanges::JOURNAL);
    if journal.exists() {
        link(&journal, &aside)?;
    }
    write_plan(&aside.join(PLAN), common)?;
    if let Some(articles) = articles {
        let mut table = csv::Writer::from_path(aside.join(ARTICLES)).map_err(io::Error::other)?;
        for names in articles {
            table.write_record(names).map_err(io::Error::other)?;
        }
        table.flush()?;
    }
    let sums = sums(&aside)?;
    let list: String = sums.iter().map(|(name, sha256)| format!("{sha256}  {name}\n")).collect();
    let mut file = File::create(aside.join(SUMS))?;
    file.write_all(list.as_bytes())?;
    file.sync_data()?;
    remove(&folder)?;
    fs::rename(&aside, &folder)?;
    Ok(Kept { folder: FOLDER.to_owned(), files: sums.len() as u64, sha256sums: hex(&Sha256::digest(&list)) })
}

/// Checks that the folder of parts in the evidence folder `out` is what was kept, byte for byte.
///
/// # Errors
/// When it is not, with the first thing that differs, or when it cannot be read.
pub fn check(out: &Path, kept: &Kept) -> io::Result<()> {
    let folder = out.join(FOLDER);
    let list = read(&folder.join(SUMS))?;
    if hex(&Sha256::digest(&list)) != kept.sha256sums {
        return Err(refused(format!(
            "`{FOLDER}/{SUMS}` is not the one that {} names",
            super::manifest::FILE
        )));
    }
    let sealed = listed(&list);
    let mut found = sums(&folder)?;
    found.remove(SUMS);
    for (name, sha256) in &sealed {
        match found.remove(name) {
            None => return Err(refused(format!("`{FOLDER}/{}` is missing", printable(name)))),
            Some(other) if other != *sha256 => {
                return Err(refused(format!("`{FOLDER}/{}` was changed after it was kept", printable(name))));
            }
            Some(_) => {}
        }
    }
    match found.keys().next() {
        Some(name) => {
            Err(refused(format!("`{FOLDER}/{}` was added after the parts were kept", printable(name))))
        }
        None => Ok(()),
    }
}

/// The digests in a list, by the names of the files.
pub fn listed(list: &[u8]) -> BTreeMap<String, String> {
    let lines = String::from_utf8_lossy(list);
    let lines = lines.lines().filter_map(|line| line.split_once("  "));
    lines.map(|(sha256, name)| (name.to_owned(), sha256.to_owned())).collect()
}

/// The parts with these numbers in the evidence folder `out`.
///
/// # Errors
/// When one is not there.
pub fn parts(out: &Path, numbers: impl Iterator<Item = usize>) -> io::Result<Vec<PathBuf>> {
    let folder = out.join(FOLDER);
    let there = |number| {
        let path = part::path(&folder, number);
        match path.is_file() {
            true => Ok(path),
            false => Err(refused(format!("`{}` is missing", shown(&path)))),
        }
    };
    numbers.map(there).collect()
}

/// The journal of what the network did, which is there when a server was asked.
pub fn journal(out: &Path) -> PathBuf {
    out.join(FOLDER).join(exchanges::JOURNAL)
}

/// What all partitions share, from the evidence folder `out`.
///
/// # Errors
/// When it cannot be read.
pub fn common(out: &Path) -> io::Result<Common> {
    let file = BufReader::new(File::open(out.join(FOLDER).join(PLAN))?);
    Ok(serde_json::from_reader(BufReader::new(GzDecoder::new(file)))?)
}

/// Adds all articles that were looked for, from the evidence folder `out`.
///
/// # Errors
/// When they cannot be read.
pub fn add_missing(out: &Path, sums: &mut Sums) -> io::Result<()> {
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.has_headers(false).from_path(out.join(FOLDER).join(ARTICLES));
    for row in reader.map_err(io::Error::other)?.into_deserialize::<Names>() {
        sums.add_missing(row.map_err(io::Error::other)?);
    }
    Ok(())
}

fn write_plan(path: &Path, common: &Common) -> io::Result<()> {
    let mut file = GzEncoder::new(BufWriter::new(File::create(path)?), Compression::default());
    serde_json::to_writer(&mut file, common)?;
    file.finish()?.flush()
}

/// A part is never written to again, only replaced, so a second name for it is as good as a copy.
fn link(from: &Path, folder: &Path) -> io::Result<()> {
    let to = folder.join(from.file_name().unwrap_or_default());
    match fs::hard_link(from, &to) {
        Ok(()) => Ok(()),
        Err(_) => fs::copy(from, &to).map(drop),
    }
}

/// SHA-256 of each file of a folder, by name.
fn sums(folder: &Path) -> io::Result<BTreeMap<String, String>> {
    let mut sums = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let sha256 = part::sha256(File::open(entry.path())?)?;
        sums.insert(entry.file_name().to_string_lossy().into_owned(), sha256);
    }
    Ok(sums)
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    fs::read(path).map_err(|error| io::Error::new(error.kind(), format!("`{}`: {error}", shown(path))))
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn refused(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::part::Part;
    use crate::evidence::receipt::{Depth, Receipt};

    fn kept() -> (tempfile::TempDir, Kept, Common) {
        let out = tempfile::tempdir().unwrap();
        let work = out.path().join("work");
        fs::create_dir(&work).unwrap();
        for number in [1, 3] {
            let part = Part::create(&part::path(&work, number)).unwrap();
            part.seal((1, 2), Receipt::new("a", Depth::Address).fail("gone"), None).unwrap();
        }
        fs::write(work.join("00000003.hosts"), "a.fr,1,2\n").unwrap();
        let common =
            Common { titles: vec![("P".into(), "T\n".into())], listed: 1, shards: vec!["a\nb".into()] };
        let names: Names = ["1", "2", "\"3,\"", "4", "", "6", "7"].map(str::to_owned);
        let mut articles = std::iter::once(names);
        let kept = keep(out.path(), &work, [1, 3].into_iter(), &common, Some(&mut articles)).unwrap();
        (out, kept, common)
    }

    #[test]
    fn what_is_kept_is_read_again() {
        let (out, kept, shared) = kept();
        assert_eq!(kept.files, 5);
        check(out.path(), &kept).unwrap();
        assert_eq!(common(out.path()).unwrap(), shared);
        assert_eq!(parts(out.path(), [1, 3].into_iter()).unwrap().len(), 2);
        assert!(parts(out.path(), [1, 2].into_iter()).is_err());
        add_missing(out.path(), &mut Sums::default()).unwrap();
    }

    #[test]
    fn a_change_of_any_file_is_seen() {
        let (out, kept, _) = kept();
        let folder = out.path().join(FOLDER);
        let names: Vec<String> = sums(&folder).unwrap().into_keys().chain(["new.part".to_owned()]).collect();
        for name in names {
            let path = folder.join(&name);
            let before = fs::read(&path).ok();
            let mut changed = before.clone().unwrap_or_default();
            changed.push(b'\n');
            fs::write(&path, changed).unwrap();
            let error = check(out.path(), &kept).unwrap_err().to_string();
            assert!(error.contains(&name), "{name}: {error}");
            match before {
                Some(before) => {
                    fs::remove_file(&path).unwrap();
                    let error = check(out.path(), &kept).unwrap_err().to_string();
                    assert!(error.contains(&name), "{name}: {error}");
                    fs::write(&path, before).unwrap();
                }
                None => fs::remove_file(&path).unwrap(),
            }
            check(out.path(), &kept).unwrap();
        }
    }
}
