//! One table of the evidence, on its way into a file.
//!
//! CSV (RFC 4180, UTF-8, LF) with a header, split at a million rows, hashed as it is written, and put under its name
//! only when all tables are complete: what stood there before is untouched until then.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::cell::hex;

/// Rows of one file; a spreadsheet holds 1,048,576.
const ROWS_PER_FILE: u64 = 1_000_000;

/// A file that was written, for the manifest.
#[derive(Clone, Debug, Serialize)]
pub struct Written {
    /// Path from the evidence folder.
    pub path: String,
    /// Rows without the header; none for a file that is no table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256 of the bytes, lower-case hexadecimal.
    pub sha256: String,
}

impl Written {
    /// A file that stands in the evidence folder and is no table, read for its digest.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(folder: &Path, path: String) -> io::Result<Written> {
        let (bytes, sha256) = digest_of(&folder.join(&path))?;
        Ok(Written { path, rows: None, bytes, sha256 })
    }
}

/// The length of a file in bytes, and the SHA-256 of its bytes in lower-case hexadecimal.
///
/// # Errors
/// When it cannot be read.
pub fn digest_of(path: &Path) -> io::Result<(u64, String)> {
    digest_of_bytes(File::open(path)?)
}

/// The same of bytes that are read to their end.
///
/// # Errors
/// What the reader reports.
pub fn digest_of_bytes(mut bytes: impl Read) -> io::Result<(u64, String)> {
    let (mut hash, mut length) = (Sha256::new(), 0);
    let mut piece = vec![0; 256 * 1024];
    loop {
        match bytes.read(&mut piece)? {
            0 => return Ok((length, hex(&hash.finalize()))),
            count => {
                hash.update(&piece[..count]);
                length += count as u64;
            }
        }
    }
}

/// A table under way.
pub struct Table {
    folder: PathBuf,
    name: &'static str,
    columns: &'static [&'static str],
    rows_per_file: u64,
    file: csv::Writer<Hashed>,
    rows: u64,
    written: Vec<Written>,
}

/// A file that is hashed as it is written.
pub(super) struct Hashed {
    pub(super) file: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

/// How far a file had come, for another process to go on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HashedState {
    bytes: u64,
    sha256: String,
}

impl HashedState {
    /// Length of the file so far, in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Hashed {
    pub(super) fn create(path: &Path) -> io::Result<Hashed> {
        Ok(Hashed { file: BufWriter::new(File::create(path)?), hash: Sha256::new(), bytes: 0 })
    }

    /// How far it has come. What goes on from there must find the bytes: they are to be flushed first.
    pub(super) fn state(&self) -> HashedState {
        HashedState { bytes: self.bytes, sha256: self.sha256() }
    }

    /// Opens a file that was written in part, to go on there. `None` when its bytes are not those of the state.
    pub(super) fn reopen(path: &Path, state: &HashedState) -> io::Result<Option<Hashed>> {
        let HashedState { bytes, ref sha256 } = *state;
        let mut file = match File::options().read(true).write(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut hash = Sha256::new();
        let mut left = bytes;
        let mut piece = vec![0; 64 * 1024];
        while left > 0 {
            let most = usize::try_from(left).map_or(piece.len(), |left| left.min(piece.len()));
            match file.read(&mut piece[..most])? {
                0 => return Ok(None),
                count => {
                    hash.update(&piece[..count]);
                    left -= count as u64;
                }
            }
        }
        if hex(&hash.clone().finalize()) != *sha256 {
            return Ok(None);
        }
        file.set_len(bytes)?;
        Ok(Some(Hashed { file: BufWriter::new(file), hash, bytes }))
    }

    /// Waits until the bytes are on the disk. They are to be flushed first.
    pub(super) fn sync_data(&self) -> io::Result<()> {
        self.file.get_ref().sync_data()
    }

    /// SHA-256 of the bytes so far, lower-case hexadecimal.
    pub(super) fn sha256(&self) -> String {
        hex(&self.hash.clone().finalize())
    }
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.hash.update(&bytes[..count]);
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Table {
    /// Starts `name`.csv in `folder`.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn create(folder: &Path, name: &'static str, columns: &'static [&'static str]) -> io::Result<Table> {
        Table::with_size(folder, name, columns, ROWS_PER_FILE)
    }

    fn with_size(
        folder: &Path,
        name: &'static str,
        columns: &'static [&'static str],
        rows_per_file: u64,
    ) -> io::Result<Table> {
        let file = open(folder, &file_name(name, 1), columns)?;
        Ok(Table {
            folder: folder.to_owned(),
            name,
            columns,
            rows_per_file,
            file,
            rows: 0,
            written: Vec::new(),
        })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl AsRef<[u8]>>) -> io::Result<()> {
        if self.rows == self.rows_per_file {
            let number = self.written.len() + 1;
            let next = open(&self.folder, &file_name(self.name, number + 1), self.columns)?;
            let full = std::mem::replace(&mut self.file, next);
            self.written.push(close(full, file_name(self.name, number), self.rows)?);
            self.rows = 0;
        }
        self.file.write_record(cells).map_err(io::Error::other)?;
        self.rows += 1;
        Ok(())
    }

    /// Ends the table: its files are complete, still under the names of [`aside`].
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn finish(mut self) -> io::Result<Vec<Written>> {
        let path = file_name(self.name, self.written.len() + 1);
        self.written.push(close(self.file, path, self.rows)?);
        Ok(self.written)
    }
}

/// `matches.csv`, then `matches-2.csv` and so on.
fn file_name(name: &str, number: usize) -> String {
    match number {
        1 => format!("{name}.csv"),
        _ => format!("{name}-{number}.csv"),
    }
}

/// Where a file stands until all are complete.
pub fn aside(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.tmp"))
}

fn open(folder: &Path, name: &str, columns: &[&str]) -> io::Result<csv::Writer<Hashed>> {
    let mut writer = csv::Writer::from_writer(Hashed::create(&aside(folder, name))?);
    writer.write_record(columns).map_err(io::Error::other)?;
    Ok(writer)
}

fn close(file: csv::Writer<Hashed>, path: String, rows: u64) -> io::Result<Written> {
    let mut file = file.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
    file.flush()?;
    file.file.get_ref().sync_data()?;
    Ok(Written { path, rows: Some(rows), bytes: file.bytes, sha256: file.sha256() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_table_is_split_and_each_file_has_the_header() {
        let folder = tempfile::tempdir().unwrap();
        let mut table = Table::with_size(folder.path(), "t", &["a", "b"], 2).unwrap();
        for row in 0..5 {
            table.row(["x".to_owned(), row.to_string()]).unwrap();
        }
        let written = table.finish().unwrap();
        let names: Vec<(&str, Option<u64>)> =
            written.iter().map(|file| (file.path.as_str(), file.rows)).collect();
        assert_eq!(names, [("t.csv", Some(2)), ("t-2.csv", Some(2)), ("t-3.csv", Some(1))]);
        let last = std::fs::read(aside(folder.path(), "t-3.csv")).unwrap();
        assert_eq!(last, b"a,b\nx,4\n");
        assert_eq!(written[2].sha256, hex(&Sha256::digest(&last)));
        assert!(!folder.path().join("t.csv").exists(), "not in place before all are complete");
    }
}
