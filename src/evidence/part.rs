//! The part of one shard: its rows and its receipt, sealed together.
//!
//! Rows go to a file aside while the shard is read. Sealing appends the receipt and renames: a file without its last line
//! is no part, so a process may die at any moment. The last line holds the digest of the rows, so a part that a power
//! failure left half-written is known as well, without waiting for the disk at each of a hundred thousand shards. The
//! final tables are made from parts alone.
//!
//! Form: CSV records in the columns of `matches.csv` and one more (see [`super::copies`]) without header, then one line of
//! JSON, the [`Footer`].

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::census;
use super::copies::Evidence;
use super::finding::{Finding, Flag};
use super::output::{Hashed, HashedState};
use super::receipt::Receipt;
use super::row::{self, Kept};
use crate::cell::hex;
use crate::escape::shown;
use crate::record::identity::Identity;

/// Where the part of the shard with this number stands in a folder of parts.
pub fn path(folder: &Path, number: usize) -> PathBuf {
    folder.join(format!("{number:08}.part"))
}

/// The number of the shard whose part stands at `path`.
pub fn number(path: &Path) -> Option<usize> {
    path.file_stem()?.to_str()?.parse().ok()
}

/// The last line of a part.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Footer {
    /// Identifies the stored file that was read: its length in bytes and its time of change in nanoseconds.
    pub stamp: (u64, u128),
    /// Number of rows.
    pub rows: u64,
    /// SHA-256 of the rows as they stand in the part, lower-case hexadecimal.
    pub rows_sha256: String,
    /// SHA-256 of the census beside the part, lower-case hexadecimal, if there is one.
    pub hosts_sha256: Option<String>,
    /// Decoded bytes `from..to` out of a compressed stream that could not be verified to its end.
    pub unverified: Vec<(u64, u64)>,
    /// What became of the shard.
    pub receipt: Receipt,
}

/// How far a part had come, for another process to go on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PartState {
    file: HashedState,
    rows: u64,
    unverified: Vec<(u64, u64)>,
}

/// A part under way.
pub struct Part {
    path: PathBuf,
    aside: PathBuf,
    rows: csv::Writer<Hashed>,
    count: u64,
    unverified: Vec<(u64, u64)>,
}

impl Part {
    /// Starts the part that will stand at `path`.
    ///
    /// # Errors
    /// When the file aside cannot be created.
    pub fn create(path: &Path) -> io::Result<Part> {
        let aside = path.with_extension("part.tmp");
        let file = Hashed::create(&aside)?;
        Ok(Part {
            path: path.to_owned(),
            aside,
            rows: csv::Writer::from_writer(file),
            count: 0,
            unverified: Vec::new(),
        })
    }

    /// How far it has come. The rows have left this process.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn state(&mut self) -> io::Result<PartState> {
        self.rows.flush()?;
        let file = self.rows.get_ref().state();
        Ok(PartState { file, rows: self.count, unverified: self.unverified.clone() })
    }

    /// Goes on with the part that will stand at `path`. `None` when its rows are not those of the state.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn resume(path: &Path, state: PartState) -> io::Result<Option<Part>> {
        let aside = path.with_extension("part.tmp");
        let PartState { file, rows: count, unverified } = state;
        let Some(file) = Hashed::reopen(&aside, &file)? else { return Ok(None) };
        let rows = csv::Writer::from_writer(file);
        Ok(Some(Part { path: path.to_owned(), aside, rows, count, unverified }))
    }

    /// Number of rows so far.
    pub fn rows(&self) -> u64 {
        self.count
    }

    /// Adds the rows of a finding.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn add(&mut self, shard: &Identity, finding: &Finding, kept: Option<&Kept>) -> io::Result<()> {
        for row in row::rows(shard, finding, kept) {
            self.rows.write_record(row).map_err(io::Error::other)?;
            self.count += 1;
        }
        Ok(())
    }

    /// Marks decoded bytes `from..to`: their compressed stream ended before its checksum could speak. Rows with a place
    /// in them say so.
    pub fn unverified(&mut self, from: u64, to: u64) {
        self.unverified.push((from, to));
    }

    /// Rows become evidence here and nowhere else. `hosts_sha256` is that of the census that was written beside.
    ///
    /// # Errors
    /// When something cannot be written; the part then does not exist.
    pub fn seal(self, stamp: (u64, u128), receipt: Receipt, hosts_sha256: Option<String>) -> io::Result<()> {
        let Part { path, aside, rows, count, unverified } = self;
        let mut file = rows.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
        let rows_sha256 = file.sha256();
        let footer = Footer { stamp, rows: count, rows_sha256, hosts_sha256, unverified, receipt };
        serde_json::to_writer(&mut file, &footer)?;
        file.write_all(b"\n")?;
        file.flush()?;
        fs::rename(aside, path)
    }
}

/// A sealed part.
pub struct Sealed {
    path: PathBuf,
    file: File,
    rows_length: u64,
    /// Its last line.
    pub footer: Footer,
}

/// Longest footer read, in bytes. Real ones are some kilobytes.
const LONGEST_FOOTER: u64 = 1024 * 1024;

impl Sealed {
    /// Opens a part. `None` when there is none, or none that was sealed.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn open(path: &Path) -> io::Result<Option<Sealed>> {
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let length = file.metadata()?.len();
        let tail_start = length.saturating_sub(LONGEST_FOOTER);
        file.seek(SeekFrom::Start(tail_start))?;
        let mut tail = Vec::new();
        (&mut file).take(LONGEST_FOOTER).read_to_end(&mut tail)?;
        let Some((b'\n', line)) = tail.split_last() else { return Ok(None) };
        let start = memchr::memrchr(b'\n', line).map_or(0, |at| at + 1);
        let Ok(footer) = serde_json::from_slice(&line[start..]) else { return Ok(None) };
        Ok(Some(Sealed { path: path.to_owned(), file, rows_length: tail_start + start as u64, footer }))
    }

    /// True when the rows, and the census beside them, are those that were sealed. Kept records were on the disk before
    /// the part was.
    ///
    /// # Errors
    /// When the part cannot be read.
    pub fn is_intact(&mut self) -> io::Result<bool> {
        self.file.seek(SeekFrom::Start(0))?;
        let is_of_rows = sha256((&mut self.file).take(self.rows_length))? == self.footer.rows_sha256;
        let is_of_hosts = match &self.footer.hosts_sha256 {
            None => true,
            Some(sealed) => {
                File::open(census::beside(&self.path)).and_then(sha256).is_ok_and(|hosts| hosts == *sealed)
            }
        };
        Ok(is_of_rows && is_of_hosts)
    }

    /// Its rows in order, each with what was known only at the end of the shard: its SHA-256, the flag of a stream that
    /// could not be verified, and the file of kept records. Rows about articles come with their evidence, and are complete
    /// only when it was judged.
    ///
    /// # Errors
    /// When the part cannot be read, when its rows are not those that were sealed, or what `each` returns.
    pub fn rows(
        mut self,
        kept_file: &str,
        mut each: impl FnMut(Vec<String>, Option<Evidence>) -> io::Result<()>,
    ) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        let rows = BufReader::new(self.file.take(self.rows_length));
        let mut hash = Sha256::new();
        let rows = Watched { rows, seen: |bytes: &[u8]| hash.update(bytes) };
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(rows);
        let mut record = csv::StringRecord::new();
        let shard_sha256 = self.footer.receipt.sha256.map(|digest| hex(&digest)).unwrap_or_default();
        while reader.read_record(&mut record).map_err(io::Error::other)? {
            let unverified = is_within(&record, &self.footer.unverified);
            let evidence = match record.get(row::COLUMNS.len()).filter(|cell| !cell.is_empty()) {
                Some(cell) => Some(serde_json::from_str(cell)?),
                None => None,
            };
            each(completed(&record, unverified, &shard_sha256, kept_file), evidence)?;
        }
        drop(reader);
        match hex(&hash.finalize()) == self.footer.rows_sha256 {
            true => Ok(()),
            false => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("the rows in `{}` are not those that were sealed", shown(&self.path)),
            )),
        }
    }
}

/// A reader all of whose bytes are shown to somebody else as well.
struct Watched<R, S> {
    rows: R,
    seen: S,
}

impl<R: Read, S: FnMut(&[u8])> Read for Watched<R, S> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.rows.read(into)?;
        (self.seen)(&into[..count]);
        Ok(count)
    }
}

/// SHA-256 of all that can be read, lower-case hexadecimal.
pub(super) fn sha256(mut bytes: impl Read) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut piece = vec![0; 64 * 1024];
    loop {
        match bytes.read(&mut piece)? {
            0 => return Ok(hex(&hash.finalize())),
            count => hash.update(&piece[..count]),
        }
    }
}

/// A row with what was known only at the end of its shard.
fn completed(
    record: &csv::StringRecord,
    unverified: bool,
    shard_sha256: &str,
    kept_file: &str,
) -> Vec<String> {
    const FLAGS: usize = row::column("flags");
    const SHARD_SHA256: usize = row::column("shard_sha256");
    const KEPT_FILE: usize = row::column("kept_file");
    let is_kept = record.get(row::column("kept_length")).is_some_and(|length| !length.is_empty());
    let mut flags = record.get(FLAGS).unwrap_or_default().to_owned();
    if unverified {
        let joint = if flags.is_empty() { "" } else { ";" };
        flags = format!("{flags}{joint}{}", Flag::UnverifiedStream.name());
    }
    let cells = record.iter().take(row::COLUMNS.len()).enumerate().map(|(index, cell)| match index {
        FLAGS => &flags,
        SHARD_SHA256 => shard_sha256,
        KEPT_FILE if is_kept => kept_file,
        _ => cell,
    });
    cells.map(str::to_owned).collect()
}

/// True for a row whose place counts decoded bytes, any of which lie in one of the ranges.
fn is_within(record: &csv::StringRecord, ranges: &[(u64, u64)]) -> bool {
    if ranges.is_empty() {
        return false;
    }
    let cell = |index: usize| record.get(index).unwrap_or_default();
    let is_line = !cell(const { row::column("line") }).is_empty();
    let is_decoded =
        cell(const { row::column("flags") }).split(';').any(|flag| flag == Flag::DecodedPlace.name());
    let number = |index: usize| cell(index).parse::<u64>();
    let place = number(const { row::column("offset") }).and_then(|offset| {
        let length = number(const { row::column("length") })?;
        Ok((offset, offset.saturating_add(length.max(1))))
    });
    (is_line || is_decoded)
        && place.is_ok_and(|(begin, end)| ranges.iter().any(|(from, to)| begin < *to && *from < end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::receipt::Depth;

    #[test]
    fn only_a_sealed_part_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("1.part");
        assert!(Sealed::open(&path).unwrap().is_none());
        let part = Part::create(&path).unwrap();
        assert!(Sealed::open(&path).unwrap().is_none());
        let receipt = Receipt::new("file \"name\"\n", Depth::Content).fail("no\nsuch");
        part.seal((5, 6), receipt, None).unwrap();
        let whole = fs::read(&path).unwrap();
        let sealed = Sealed::open(&path).unwrap().unwrap();
        assert_eq!(sealed.footer.receipt.reason, "no\nsuch");
        sealed.rows("", |_, _| panic!("there is no row")).unwrap();
        assert!(Sealed::open(&path).unwrap().unwrap().is_intact().unwrap());
        fs::write(&path, [b"0\n".as_slice(), &whole].concat()).unwrap();
        assert!(!Sealed::open(&path).unwrap().unwrap().is_intact().unwrap(), "rows that were not sealed");
        let read = Sealed::open(&path).unwrap().unwrap().rows("", |_, _| Ok(()));
        assert!(read.unwrap_err().to_string().contains("not those that were sealed"));
        for end in 0..whole.len() {
            fs::write(&path, &whole[..end]).unwrap();
            assert!(Sealed::open(&path).unwrap().is_none(), "cut at {end}");
        }
    }

    #[test]
    fn a_part_whose_census_is_not_the_sealed_one_is_not_intact() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("1.part");
        let part = Part::create(&path).unwrap();
        let mut census = census::Census::default();
        census.count("example.org", 12);
        let hosts = census.write(&path).unwrap();
        part.seal((5, 6), Receipt::new("a", Depth::Content).fail("b"), Some(hosts)).unwrap();
        let is_intact = || Sealed::open(&path).unwrap().unwrap().is_intact().unwrap();
        assert!(is_intact());
        fs::write(census::beside(&path), "").unwrap();
        assert!(!is_intact(), "as a power failure leaves it");
        fs::remove_file(census::beside(&path)).unwrap();
        assert!(!is_intact());
    }
}
