//! Where a shard lies now, and its bytes, or why there are none.
//!
//! A shard is looked for by its whole name (`crawl-data/.../x.warc.gz`) first, then by the name of the file that was read.
//! Of several files the one with the length that the receipt states is taken, and of several of these the one with its
//! SHA-256: two subsets of a crawl have files of the same names.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::Outcome;
use super::receipts::Receipt;
use crate::error::{Error, Result};
use crate::escape::shown;
use crate::evidence::output::digest_of;
use crate::place::Extent;
use crate::record::identity::file_name;

/// Why bytes cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// `Gone`, `Denied` or `Unreachable`.
    pub outcome: Outcome,
    /// In words.
    pub reason: String,
    /// The code with which a server answered.
    pub http_status: Option<u16>,
}

/// Bytes that are on their way.
pub struct Answer {
    /// The bytes that were asked for, or fewer where the shard ends before them.
    pub body: Box<dyn Read + Send>,
    /// The code with which a server answered.
    pub http_status: Option<u16>,
}

/// A shard in the place where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// A local file.
    File(PathBuf),
}

impl Stored {
    /// Its path or address, for the report.
    pub fn name(&self) -> String {
        match self {
            Stored::File(path) => path.to_string_lossy().into_owned(),
        }
    }

    /// Asks for stored bytes: those of `extent`, or all.
    ///
    /// # Errors
    /// Why there are none.
    pub fn read(&self, extent: Option<Extent>) -> std::result::Result<Answer, Refusal> {
        match self {
            Stored::File(path) => read_file(path, extent).map_err(|error| refusal(&error)),
        }
    }
}

impl Stored {
    /// The file, for a first look.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub fn file(&self) -> std::result::Result<File, Refusal> {
        let Stored::File(path) = self;
        File::open(path).map_err(|error| refusal(&error))
    }
}

fn read_file(path: &Path, extent: Option<Extent>) -> io::Result<Answer> {
    let mut file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::Error::new(io::ErrorKind::NotFound, "a folder stands there, not a file"));
    }
    let body: Box<dyn Read + Send> = match extent {
        None => Box::new(file),
        Some(extent) => {
            file.seek(SeekFrom::Start(extent.offset))?;
            Box::new(BufReader::with_capacity(128 * 1024, file).take(extent.length))
        }
    };
    Ok(Answer { body, http_status: None })
}

/// An error of a file, in the words of the outcome.
pub fn refusal(error: &io::Error) -> Refusal {
    let outcome = match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Outcome::Gone,
        io::ErrorKind::PermissionDenied => Outcome::Denied,
        _ => Outcome::Unreachable,
    };
    Refusal { outcome, reason: error.to_string(), http_status: None }
}

/// Where shards are looked for.
pub struct Sources {
    /// For messages: the folder, or `the paths in the manifest`.
    name: String,
    /// Files by their names, each list in order.
    files: HashMap<String, Vec<PathBuf>>,
}

impl Sources {
    /// The files under some folders, and files by themselves.
    ///
    /// # Errors
    /// A wrong request: a path that is not there, or a folder that cannot be looked into.
    pub fn of(paths: &[PathBuf]) -> Result<Sources> {
        let names: Vec<String> = paths.iter().map(|path| format!("`{}`", shown(path))).collect();
        let mut sources = Sources { name: names.join(", "), files: HashMap::new() };
        for path in paths {
            let wrong = |error: io::Error| {
                Error::request(format!("cannot look for shards in `{}`: {error}", shown(path)))
                    .hint("name a folder in which the shards lie with `--source`")
            };
            match fs::metadata(path).map_err(wrong)?.is_dir() {
                true => sources.walk(path).map_err(wrong)?,
                false => sources.add(path.clone()),
            }
        }
        sources.sort();
        Ok(sources)
    }

    /// The paths that a manifest records. Such a file may be gone by now: that is a finding.
    pub fn recorded(paths: impl IntoIterator<Item = PathBuf>) -> Sources {
        let name = "the paths in the manifest".to_owned();
        let mut sources = Sources { name, files: HashMap::new() };
        paths.into_iter().for_each(|path| sources.add(path));
        sources.sort();
        sources
    }

    /// What is searched, in words.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// True when no file is known at all.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Where a shard lies.
    ///
    /// # Errors
    /// It is in none of the places.
    pub fn locate(&self, receipt: &Receipt) -> std::result::Result<Stored, Refusal> {
        let named = |name: &str| self.files.get(name).map(Vec::as_slice).unwrap_or_default();
        let whole = Path::new(&receipt.shard);
        let by_shard = named(file_name(&receipt.shard));
        let mut found: Vec<&PathBuf> = by_shard.iter().filter(|path| path.ends_with(whole)).collect();
        if found.is_empty() {
            found = named(&receipt.file).iter().collect();
        }
        if found.is_empty() {
            found = by_shard.iter().collect();
        }
        let length = |path: &PathBuf| fs::metadata(path).map_or(0, |state| state.len());
        if found.len() > 1 && found.iter().any(|path| length(path) == receipt.bytes) {
            found.retain(|path| length(path) == receipt.bytes);
        }
        if found.len() > 1 && !receipt.sha256.is_empty() {
            let is_it = |path: &&PathBuf| digest_of(path).is_ok_and(|(_, sha256)| sha256 == receipt.sha256);
            let by_digest = found.iter().copied().find(is_it);
            found = by_digest.map_or(found, |path| vec![path]);
        }
        match found.first() {
            Some(path) => Ok(Stored::File((*path).clone())),
            None => Err(Refusal {
                outcome: Outcome::Gone,
                reason: format!("no file of this name in {}", self.name),
                http_status: None,
            }),
        }
    }

    /// The file of this name in the folder of a shard that was found: the other one of a pair.
    pub fn beside(&self, stored: &Stored, names: &[String]) -> Option<Stored> {
        let Stored::File(path) = stored;
        let beside = names.iter().map(|name| path.with_file_name(name)).find(|path| path.is_file());
        let known = || names.iter().find_map(|name| self.files.get(name)?.first().cloned());
        beside.or_else(known).map(Stored::File)
    }

    fn walk(&mut self, folder: &Path) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            // A link to a folder could lead back up.
            match path.is_dir() {
                true if path.is_symlink() => {}
                true => self.walk(&path)?,
                false => self.add(path),
            }
        }
        Ok(())
    }

    fn add(&mut self, path: PathBuf) {
        if let Some(name) = path.file_name() {
            let name = name.to_string_lossy().into_owned();
            self.files.entry(name).or_default().push(path);
        }
    }

    fn sort(&mut self) {
        for paths in self.files.values_mut() {
            paths.sort();
            paths.dedup();
        }
    }
}
