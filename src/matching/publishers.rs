//! The list of publishers: which title claims which domain.
//!
//! In comes a CSV file with the columns `publisher,title,domain` and perhaps `exclude,valid_from,valid_to`. Out
//! go patterns, numbered titles and the lints a user should read. A list with one row that cannot be used is refused as a
//! whole: scanning with the rest would report the missing title as absent.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::columns::{self, Columns};
use super::coverage::Coverage;
use super::index::Index;
use super::lints::Lint;
use super::names::Names;
use super::overlaps;
use super::patterns::{Effect, Patterns};
use super::refusals::{ListError, Refusal};
use super::rows::Rows;

/// A list of a million rules has some 40 MB. The limit also keeps every position in a list within 32 bits.
const LARGEST: u64 = 1 << 30;

/// A list that was read, checked and made ready for looking things up.
#[derive(Debug)]
pub struct PublisherList {
    pub(super) patterns: Patterns,
    pub(super) coverage: Coverage,
    /// Titles; the owner of a title is its publisher.
    pub(super) titles: Names,
    publishers: Names,
    lints: Vec<Lint>,
    rows: u64,
    sha256: String,
}

/// One rule of a list: this place is content of this title.
#[derive(Clone, Copy)]
pub struct Rule<'r> {
    list: &'r PublisherList,
    id: u32,
    title: u32,
}

/// A title with its publisher; the pair is what evidence is counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Title<'r> {
    /// Numbers follow the order of first appearance in the list, without gaps.
    pub id: u32,
    /// As the list has it.
    pub publisher: &'r str,
    /// As the list has it.
    pub title: &'r str,
}

/// Reads the list in a file.
pub fn load(path: &Path) -> Result<PublisherList, ListError> {
    let bytes = read(path).map_err(|why| ListError::from(Refusal::Unreadable { why }).at(path))?;
    parse(&bytes).map_err(|error| error.at(path))
}

/// Reads a list from its bytes.
pub fn parse(bytes: &[u8]) -> Result<PublisherList, ListError> {
    let text = checked_text(bytes)?;
    let Rows { mut patterns, publishers, titles, mut lints, mut problems, count, .. } = read_rows(text)?;
    let titles = titles.finish();
    let index = Index::new(&patterns);
    let index = overlaps::drop_duplicates(&mut patterns, index, &mut lints);
    overlaps::check_equals(&patterns, &titles, &index, &mut lints, &mut problems);
    problems.refuse()?;
    let coverage = Coverage::new(&patterns, index);
    overlaps::check_nesting(&patterns, &titles, &coverage, &mut lints);
    Ok(PublisherList {
        patterns: patterns.finish(),
        coverage,
        titles,
        publishers: publishers.finish(),
        lints: lints.finish(),
        rows: count,
        sha256: data_encoding::HEXLOWER.encode(&Sha256::digest(bytes)),
    })
}

impl PublisherList {
    /// The rules, in the order of the list. Exclusions are not among them.
    pub fn rules(&self) -> impl Iterator<Item = Rule<'_>> {
        self.patterns.ids().filter_map(|id| self.rule(id))
    }

    /// The distinct pairs of publisher and title that have a rule, in order of first appearance.
    pub fn titles(&self) -> impl ExactSizeIterator<Item = Title<'_>> {
        (0..self.titles.len() as u32).map(|id| self.title(id))
    }

    /// What a user should look at.
    pub fn lints(&self) -> &[Lint] {
        &self.lints
    }

    /// The number of rows below the header, blank ones left out.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The SHA-256 of the file, byte for byte, in lower-case hexadecimal digits.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The pattern as a rule, if it is one.
    pub(super) fn rule(&self, id: u32) -> Option<Rule<'_>> {
        match self.patterns.get(id).effect {
            Effect::Claims { title } => Some(Rule { list: self, id, title }),
            Effect::ExcludesTitle { .. } | Effect::ExcludesPublisher { .. } => None,
        }
    }

    fn title(&self, id: u32) -> Title<'_> {
        Title { id, publisher: self.publishers.name(self.titles.owner(id)), title: self.titles.name(id) }
    }
}

impl<'r> Rule<'r> {
    /// The publisher as the list has it.
    pub fn publisher(&self) -> &'r str {
        self.list.title(self.title).publisher
    }

    /// The title as the list has it.
    pub fn title(&self) -> &'r str {
        self.list.title(self.title).title
    }

    /// The number of the pair of publisher and title, as in [`Title::id`].
    pub fn title_id(&self) -> u32 {
        self.title
    }

    /// The rule in its one spelling: `lemonde.fr`, `bbc.co.uk/news`.
    pub fn text(&self) -> &'r str {
        self.list.patterns.text(self.id)
    }

    /// The line of the list on which the row begins.
    pub fn line(&self) -> u32 {
        self.list.patterns.get(self.id).line
    }
}

impl fmt::Debug for Rule<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ({}, line {})", self.text(), self.title(), self.line())
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // One byte more than allowed shows that the file is too large.
    File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of a list, without a byte order mark.
fn checked_text(bytes: &[u8]) -> Result<&str, Refusal> {
    if bytes.len() as u64 > LARGEST {
        return Err(Refusal::TooLarge { limit: LARGEST });
    }
    let text = str::from_utf8(bytes).map_err(|error| {
        let byte = error.valid_up_to();
        let line = 1 + memchr::memchr_iter(b'\n', &bytes[..byte]).count() as u64;
        Refusal::NotUtf8 { line, byte, utf16: bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") }
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() { Err(Refusal::Empty) } else { Ok(text) }
}

fn read_rows(text: &str) -> Result<Rows, Refusal> {
    let unreadable = |error: csv::Error| Refusal::Unreadable { why: error.into() };
    let delimiter = columns::delimiter(text);
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    reader.read_record(&mut record).map_err(unreadable)?;
    let columns = Columns::read(&record, delimiter)?;
    let mut rows = Rows::default();
    while reader.read_record(&mut record).map_err(unreadable)? {
        // The size limit of a list keeps the number of its lines within 32 bits.
        let line = record.position().map_or(0, |position| position.line() as u32);
        rows.read(line, &record, &columns);
    }
    if rows.count == 0 {
        return Err(Refusal::NoRows);
    }
    rows.end(&columns);
    Ok(rows)
}
