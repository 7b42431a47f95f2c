//! A capture that a derived row may be traced to.

use super::derived::{Known, second};
use super::index::IndexLine;
use super::rights::Rights;
use crate::evidence::reading::Row;
use crate::evidence::row::column;
use crate::place::{Extent, Place};
use crate::record::date;
use crate::record::identity::file_name;
use crate::record::warc::text;
use crate::report::at_hand;
use crate::report::files::Files;
use crate::report::head;
use crate::report::shards::{AtHand, Shards};

/// The word for a capture that an index names, in place of a record type.
const INDEX_LINE: &str = "index line";

/// What a capture was taken from.
#[derive(Clone, Debug)]
enum Origin {
    /// A row of evidence.
    Row(Box<Row>),
    /// A line of an index.
    Line,
}

/// A capture, or the text of one.
#[derive(Clone, Debug)]
pub struct Capture {
    /// The input that names it, counted from 0.
    pub input: usize,
    /// Match ids of its rows, if it is from evidence.
    pub match_ids: Vec<String>,
    /// Its type, or that it is an index line.
    pub kind: String,
    /// The release, where the evidence says it.
    pub release: String,
    /// Shard or file name.
    pub shard: String,
    /// Its bytes in that file.
    pub extent: Extent,
    /// Record id.
    pub id: String,
    /// Address.
    pub url: String,
    /// ISO 8601 UTC.
    pub date: String,
    /// HTTP status.
    pub status: String,
    /// Content type.
    pub mime: String,
    /// Digest as the source writes it.
    pub digest: String,
    /// SHA-256 of its bytes, from evidence.
    pub sha256: String,
    origin: Origin,
}

impl Capture {
    /// True for rows that can be captures, or texts made from one.
    pub fn is_one(row: &Row) -> bool {
        matches!(
            row.cell(const { column("record_type") }),
            "response" | "resource" | "revisit" | "conversion"
        )
    }

    /// From a row of evidence.
    pub fn of_row(input: usize, row: Row) -> Option<Capture> {
        let cell = |name: usize| row.text(name).into_owned();
        Some(Capture {
            input,
            match_ids: vec![cell(const { column("match_id") })],
            kind: cell(const { column("record_type") }),
            release: cell(const { column("release") }),
            shard: cell(const { column("shard") }),
            extent: row.place()?.extent(),
            id: cell(const { column("archive_record_id") }),
            url: cell(const { column("archive_url") }),
            date: cell(const { column("archive_date") }),
            status: cell(const { column("archive_status") }),
            mime: cell(const { column("archive_mime") }),
            digest: cell(const { column("archive_digest") }),
            sha256: cell(const { column("record_sha256") }),
            origin: Origin::Row(Box::new(row)),
        })
    }

    /// From a line of an index, with its date in ISO 8601. `None` when it names no place.
    pub fn of_line(input: usize, line: IndexLine, date: &str) -> Option<Capture> {
        let extent = Extent { offset: line.offset.parse().ok()?, length: line.length.parse().ok()? };
        Some(Capture {
            input,
            match_ids: Vec::new(),
            kind: INDEX_LINE.to_owned(),
            release: String::new(),
            shard: line.filename,
            extent,
            id: String::new(),
            url: line.url,
            date: date.to_owned(),
            status: line.status,
            mime: line.mime,
            digest: line.digest,
            sha256: String::new(),
            origin: Origin::Line,
        })
    }

    /// What it can be known by. The digest of an index line has no name before it, and is of another thing than those of
    /// texts.
    pub fn known(&self) -> Known<'_> {
        let digest = if matches!(self.origin, Origin::Line) { "" } else { &self.digest };
        Known { id: &self.id, url: &self.url, date: &self.date, digest }
    }

    /// True for a text that was made from the capture.
    pub fn is_text(&self) -> bool {
        self.kind == "conversion"
    }

    /// True for a line of an index, which tells less than a row.
    pub fn is_line(&self) -> bool {
        matches!(self.origin, Origin::Line)
    }

    /// Its place, by which one capture in two inputs is known.
    pub fn place(&self) -> (&str, u64) {
        (file_name(&self.shard), self.extent.offset)
    }

    /// Reads the headers where the record is on this machine: in a kept copy, in a shard of its evidence, or in `files`.
    pub fn rights(&self, shards: Option<&Shards>, files: Option<&Files>) -> Rights {
        if self.is_text() {
            return Rights::Unobservable;
        }
        match (&self.origin, shards) {
            (Origin::Row(row), Some(shards)) => {
                // A copy that was changed does not keep the shard from being looked at.
                let copy = shards.copy(row);
                let found = if copy.right().is_some() { copy } else { shards.record(row) };
                match found {
                    AtHand::Right(record) => read(&record.bytes),
                    AtHand::Other(..) => {
                        Rights::NotLookedAt("the bytes at hand are not those of the capture's row")
                    }
                    AtHand::Missing => Rights::NotLookedAt("the shard is not at hand"),
                }
            }
            _ => self.rights_of_line(files),
        }
    }

    fn rights_of_line(&self, files: Option<&Files>) -> Rights {
        let Some(files) = files else { return Rights::NotLookedAt("the shard is not at hand") };
        let candidates = files.of_shard(&self.shard, file_name(&self.shard));
        let mut rights = Rights::NotLookedAt("the shard is not at hand");
        for path in candidates {
            let Ok(record) = at_hand::of_shard(&path, &Place::Member(self.extent)) else { continue };
            // An index states no hash of the bytes, so the record itself must name the capture.
            if self.is_named_by(&record.bytes) {
                return read(&record.bytes);
            }
            rights = Rights::NotLookedAt("the bytes at hand are not that capture");
        }
        rights
    }

    fn is_named_by(&self, record: &[u8]) -> bool {
        let Some((head, _)) = head::split(record) else { return false };
        let target = head.target.map(text).unwrap_or_default();
        let captured = head.date.map(text).and_then(|date| date::read(&date));
        let captured = captured.as_ref().and_then(|date| second(date.as_iso()));
        target.trim_matches(['<', '>']) == self.url && captured.is_some() && captured == second(&self.date)
    }
}

fn read(record: &[u8]) -> Rights {
    match head::split(record) {
        Some((head, block)) => Rights::read(&head, block),
        None => Rights::Unobservable,
    }
}
