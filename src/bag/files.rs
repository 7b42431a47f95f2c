//! The files below a folder, and their digests.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use rayon::prelude::*;
use sha2::{Digest, Sha256, Sha512};

use crate::cell::hex;
use crate::error::{Error, Result};
use crate::escape::shown;

/// Bytes that are read at once.
const BUFFER: usize = 1 << 20;

/// A file as it stands on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hashed {
    /// Path from the folder, with `/` between names.
    pub path: String,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256 and SHA-512, lower-case hexadecimal: in the order of the manifests.
    pub digests: [String; 2],
}

/// What stands below a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Paths of files, sorted, with `/` between names.
    pub files: Vec<String>,
    /// What a bag cannot hold, with the reason.
    pub unfit: Vec<(String, &'static str)>,
    /// Folders without anything in them, sorted: a bag lists files, so nothing in it would vouch for these.
    pub empty: Vec<String>,
}

/// Looks through a folder. One that is not there holds nothing.
///
/// # Errors
/// A failure when it cannot be read.
pub fn look(folder: &Path) -> Result<Found> {
    let mut found = Found::default();
    if folder.exists() {
        walk(folder, "", &mut found)?;
    }
    found.files.sort();
    found.empty.sort();
    Ok(found)
}

/// The paths of all files below `folder`, sorted, with `/` between names. A folder that is not there has none.
///
/// # Errors
/// A wrong request when something there cannot stand in a bag.
pub fn below(folder: &Path) -> Result<Vec<String>> {
    let found = look(folder)?;
    match found.unfit.first() {
        None => Ok(found.files),
        Some((path, reason)) => Err(Error::request(format!("`{}` {reason}", shown(&folder.join(path))))
            .hint("put the file itself there, under a name of letters, digits, `.`, `_` and `-`")),
    }
}

fn walk(folder: &Path, prefix: &str, found: &mut Found) -> Result<()> {
    let failed = |error: io::Error| Error::io("read the folder", folder, &error);
    let mut is_empty = true;
    for entry in fs::read_dir(folder).map_err(failed)? {
        is_empty = false;
        let entry = entry.map_err(failed)?;
        let kind = entry.file_type().map_err(failed)?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if !entry.file_name().to_str().is_some_and(is_plain) {
            found.unfit.push((path, "has a name that not every tool can read back"));
        } else if kind.is_dir() {
            walk(&entry.path(), &format!("{path}/"), found)?;
        } else if kind.is_file() {
            found.files.push(path);
        } else {
            // A link would lead out of the bag.
            found.unfit.push((path, "is neither a file nor a folder"));
        }
    }
    if let (true, Some(path)) = (is_empty, prefix.strip_suffix('/')) {
        found.empty.push(path.to_owned());
    }
    Ok(())
}

/// BagIt escapes `%` and line ends in names, and its tools disagree about it.
fn is_plain(name: &str) -> bool {
    !name.contains(['%', '\\']) && !name.chars().any(crate::escape::needs_escape)
}

/// Hashes the files at `paths` below `folder`, side by side, in the order of `paths`.
///
/// # Errors
/// A failure when one cannot be read.
pub fn hash_all(folder: &Path, paths: &[String]) -> Result<Vec<Hashed>> {
    paths.par_iter().map(|path| hash(folder, path)).collect()
}

/// Hashes one file.
///
/// # Errors
/// A failure when it cannot be read.
pub fn hash(folder: &Path, path: &str) -> Result<Hashed> {
    let full = folder.join(path);
    let failed = |error: io::Error| Error::io("read", &full, &error);
    let mut file = File::open(&full).map_err(failed)?;
    let (mut sha256, mut sha512, mut bytes) = (Sha256::new(), Sha512::new(), 0);
    let mut buffer = vec![0; BUFFER];
    loop {
        let count = match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(failed(error)),
        };
        let piece = buffer.get(..count).unwrap_or_default();
        sha256.update(piece);
        sha512.update(piece);
        bytes += count as u64;
    }
    Ok(Hashed { path: path.to_owned(), bytes, digests: [hex(&sha256.finalize()), hex(&sha512.finalize())] })
}

/// The digests of bytes in memory, as a file of that content would have them.
pub fn hash_bytes(path: &str, bytes: &[u8]) -> Hashed {
    let digests = [hex(&Sha256::digest(bytes)), hex(&Sha512::digest(bytes))];
    Hashed { path: path.to_owned(), bytes: bytes.len() as u64, digests }
}
