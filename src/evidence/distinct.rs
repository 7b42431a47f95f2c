//! Counts of distinct values in little memory, however many rows a run has.
//!
//! Values are kept as 128 bits of their SHA-256, sorted in runs that go to unnamed files when they grow. Two different
//! values are counted as one with a probability below 10^-20 at a billion values.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Entries held in memory: 16 MB.
const HELD: usize = 500_000;
/// Bytes of an entry in a file: the group, then the value.
const ENTRY: usize = 20;

type Entry = [u8; ENTRY];

/// Distinct values by group.
pub struct Distinct {
    folder: PathBuf,
    held: Vec<Entry>,
    runs: Vec<File>,
}

impl Distinct {
    /// Counts with unnamed files in `folder`, if they are needed.
    pub fn new(folder: &Path) -> Distinct {
        Distinct { folder: folder.to_owned(), held: Vec::new(), runs: Vec::new() }
    }

    /// Adds a value to a group.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn add(&mut self, group: u32, value: &[u8]) -> io::Result<()> {
        let mut entry = [0; ENTRY];
        entry[..4].copy_from_slice(&group.to_be_bytes());
        entry[4..].copy_from_slice(&Sha256::digest(value)[..16]);
        self.held.push(entry);
        if self.held.len() >= HELD {
            self.sort();
            // Few distinct values stay in memory; many go to a file.
            if self.held.len() > HELD / 2 {
                self.spill()?;
            }
        }
        Ok(())
    }

    /// The number of distinct values of each group.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn counts(mut self) -> io::Result<BTreeMap<u32, u64>> {
        self.sort();
        let mut sources: Vec<Box<dyn Iterator<Item = io::Result<Entry>>>> = Vec::new();
        for mut run in self.runs {
            run.seek(SeekFrom::Start(0))?;
            sources.push(Box::new(entries(BufReader::new(run))));
        }
        sources.push(Box::new(self.held.into_iter().map(Ok)));
        let mut heads = Vec::new();
        for source in &mut sources {
            heads.push(source.next().transpose()?);
        }
        let mut counts = BTreeMap::new();
        while let Some(smallest) = heads.iter().flatten().min().copied() {
            let [a, b, c, d, ..] = smallest;
            *counts.entry(u32::from_be_bytes([a, b, c, d])).or_default() += 1;
            for (head, source) in heads.iter_mut().zip(&mut sources) {
                while *head == Some(smallest) {
                    *head = source.next().transpose()?;
                }
            }
        }
        Ok(counts)
    }

    fn sort(&mut self) {
        self.held.sort_unstable();
        self.held.dedup();
    }

    fn spill(&mut self) -> io::Result<()> {
        let mut file = BufWriter::new(tempfile::tempfile_in(&self.folder)?);
        for entry in self.held.drain(..) {
            file.write_all(&entry)?;
        }
        self.runs.push(file.into_inner().map_err(|error| error.into_error())?);
        Ok(())
    }
}

fn entries(mut reader: impl Read) -> impl Iterator<Item = io::Result<Entry>> {
    std::iter::from_fn(move || {
        let mut entry = [0; ENTRY];
        match reader.read_exact(&mut entry) {
            Ok(()) => Some(Ok(entry)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => None,
            Err(error) => Some(Err(error)),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_once_also_over_files() {
        let folder = tempfile::tempdir().unwrap();
        let mut distinct = Distinct::new(folder.path());
        for round in 0..3 {
            for value in 0..600_000u32 {
                distinct.add(value % 3, &(value + round).to_le_bytes()).unwrap();
            }
        }
        assert!(!distinct.runs.is_empty(), "the test must reach the files");
        let counts = distinct.counts().unwrap();
        // Value v + round falls into group v % 3, so each group sees all values but some at the two ends.
        assert_eq!(counts.values().copied().collect::<Vec<u64>>(), [600_000, 600_000, 600_000]);
        assert_eq!(Distinct::new(folder.path()).counts().unwrap().len(), 0);
    }
}
