//! The exchanges of a run with servers, written down as they end, in a journal that outlives the process.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::cell::cell;

/// Name of the journal of a run under way, in the folder of its parts.
pub const JOURNAL: &str = "exchanges";

/// The cells of an exchange: the number of its shard, then what `acquisition.csv` repeats.
pub const CELLS: usize = 17;

/// One exchange with a server. What it says about itself is text of the server.
#[derive(Clone, Debug, Default)]
pub struct Exchange {
    /// Number of the shard in the run.
    pub shard: usize,
    /// Counted from 1 for each file that is read.
    pub attempt: u64,
    /// The address without query.
    pub url: String,
    /// The range that was asked for; empty for the whole file.
    pub range: String,
    /// The status of the answer, if one came.
    pub status: Option<u16>,
    /// The header `ETag`.
    pub etag: String,
    /// The header `Last-Modified`.
    pub last_modified: String,
    /// The header `Content-Length`, bytes of this answer.
    pub content_length: Option<u64>,
    /// The header `Content-Type`.
    pub content_type: String,
    /// The header `Content-Encoding`.
    pub content_encoding: String,
    /// The header `x-amz-version-id`.
    pub version_id: String,
    /// The header `Date`: the server's clock.
    pub server_date: String,
    /// The address of the other end of the connection: the server, or a proxy.
    pub remote_ip: String,
    /// Bytes of the body that came.
    pub bytes: u64,
    /// When the request was begun, by our clock.
    pub started: Option<DateTime<Utc>>,
    /// When the last byte came or the exchange was given up, by our clock.
    pub ended: Option<DateTime<Utc>>,
    /// What went wrong; empty when nothing did.
    pub error: String,
}

impl Exchange {
    fn cells(&self) -> Vec<String> {
        let text = |text: &str| cell(text).into_owned();
        let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
        let time = |time: Option<DateTime<Utc>>| {
            time.map(|time| time.to_rfc3339_opts(SecondsFormat::Millis, true)).unwrap_or_default()
        };
        vec![
            self.shard.to_string(),
            self.attempt.to_string(),
            text(&self.url),
            self.range.clone(),
            number(self.status.map(u64::from)),
            text(&self.etag),
            text(&self.last_modified),
            number(self.content_length),
            text(&self.content_type),
            text(&self.content_encoding),
            text(&self.version_id),
            text(&self.server_date),
            self.remote_ip.clone(),
            self.bytes.to_string(),
            time(self.started),
            time(self.ended),
            text(&self.error),
        ]
    }
}

/// The exchanges of a run so far, in a file. No row of it holds a line end, so a row that a dying process left unfinished
/// is known.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: Mutex<io::Result<File>>,
}

impl Journal {
    /// Opens the journal at `path`, to go on behind its last whole row. The file is made with the first exchange.
    pub fn new(path: PathBuf) -> Journal {
        Journal { path, file: Mutex::new(Err(io::ErrorKind::NotFound.into())) }
    }

    /// Adds an exchange. An error is kept for [`Journal::check`]: the bytes of the shard came all the same.
    pub fn add(&self, exchange: &Exchange) {
        let Ok(mut file) = self.file.lock() else { return };
        if matches!(&*file, Err(error) if error.kind() == io::ErrorKind::NotFound) {
            *file = open(&self.path);
        }
        let result = file.as_mut().map(|file| {
            let mut row = csv::Writer::from_writer(Vec::new());
            row.write_record(exchange.cells()).map_err(io::Error::other)?;
            file.write_all(&row.into_inner().map_err(|error| io::Error::other(error.to_string()))?)
        });
        if let Ok(Err(error)) = result {
            *file = Err(error);
        }
    }

    /// Says whether all exchanges could be written down.
    ///
    /// # Errors
    /// When one could not.
    pub fn check(&self) -> io::Result<()> {
        match self.file.lock().as_deref() {
            Ok(Err(error)) if error.kind() != io::ErrorKind::NotFound => {
                Err(io::Error::new(error.kind(), error.to_string()))
            }
            _ => Ok(()),
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let whole = memchr::memrchr(b'\n', &bytes).map_or(0, |at| at + 1) as u64;
    file.set_len(whole)?;
    file.seek(SeekFrom::Start(whole))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_journal_goes_on_behind_its_last_whole_row() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let exchange =
            Exchange { url: "http://x.example/".into(), etag: "\"a\nb\"".into(), ..Exchange::default() };
        Journal::new(path.clone()).add(&exchange);
        let one = std::fs::read(&path).unwrap();
        assert_eq!(memchr::memchr_iter(b'\n', &one).count(), 1);
        std::fs::write(&path, [&one, &one[..20]].concat()).unwrap();
        let journal = Journal::new(path.clone());
        journal.add(&exchange);
        journal.check().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), [one.as_slice(), &one].concat());
    }

    #[test]
    fn a_journal_that_cannot_be_written_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::new(folder.path().to_owned());
        journal.add(&Exchange::default());
        assert!(journal.check().is_err());
    }
}
