//! The bytes of a place, read as what the scan said they are: a record of an archive, a line, a text.
//!
//! The readers are those of the scan; the way through them is not. One record is read by itself, with no window, no batch
//! and no neighbour, so a mistake of those would show as a difference.

use std::collections::HashMap;
use std::io::BufRead;

use sha2::{Digest, Sha256};

use crate::evidence::finding::{Facts, Finding, Flag, Sha256Bytes, Whence};
use crate::matching::articles::matcher::Held;
use crate::place::Place;
use crate::record::archive::{Archive, Format, Trouble, is_wat};
use crate::record::fields::FieldMap;
use crate::record::http::BlockCheck;
use crate::record::warc::{Length, text};
use crate::record::wat::envelope;
use crate::record::{LARGEST_BLOCK, LONGEST_LINE, RecordType};
use crate::scan::Wanted;
use crate::scan::judge::{self, Judge};
use crate::scan::lines::{self, LineTask};
use crate::scan::texts::Examiner;

/// What the records of a shard are.
pub enum Form {
    /// WARC or ARC records.
    Archive(Format),
    /// JSON documents, read by this map.
    Lines(Box<FieldMap>),
    /// Texts whose metadata lines stand in another file: those lines by the number of the first line of their text.
    Texts(Box<FieldMap>, HashMap<u64, Vec<u8>>),
    /// Texts about which nothing is said.
    Plain,
    /// Another file stands there than the run read.
    Unknown,
}

/// How the records of a shard are read.
pub struct Reading<'r> {
    /// What they are.
    pub form: Form,
    /// The release, for its known defects.
    pub release: &'r str,
    /// The language that the name of the file states; empty for none.
    pub language: &'r str,
    /// The list and the articles, where they are at hand.
    pub wanted: Wanted<'r>,
    /// The rows are those of a redacted copy.
    pub is_redacted: bool,
}

impl Reading<'_> {
    /// True when the records are texts of any length.
    pub fn is_text(&self) -> bool {
        matches!(self.form, Form::Texts(..) | Form::Plain)
    }

    /// Reads the record in decoded bytes that are held whole.
    ///
    /// # Errors
    /// In words, why the bytes are no such record.
    pub fn held(&self, bytes: &[u8], place: Place, examiner: &mut Examiner) -> Result<Finding, String> {
        let found = match &self.form {
            Form::Unknown => return Err("the file is not of the form that the run read".to_owned()),
            Form::Archive(_) => self.archive(bytes, place, examiner)?,
            Form::Lines(map) => self.line(map, bytes, place, examiner)?,
            Form::Texts(map, described) => match place.line().and_then(|line| described.get(&line)) {
                Some(line) => self.described(map, line, bytes, place, examiner)?,
                None => self.undescribed(bytes, place, examiner),
            },
            Form::Plain => self.undescribed(bytes, place, examiner),
        };
        Ok(Finding { sha256: Some(sha256(bytes)), ..found })
    }

    /// Reads the first record of an archive's decoded bytes, and closes it. The digest of the bytes is left to the caller.
    ///
    /// # Errors
    /// In words, why the bytes are no record.
    pub fn archive(
        &self,
        input: impl BufRead,
        place: Place,
        examiner: &mut Examiner,
    ) -> Result<Finding, String> {
        let Form::Archive(format) = self.form else { return Err("no archive".to_owned()) };
        let mut archive = Archive::new(input, format, 0);
        let mut bytes = Vec::new();
        if archive.next(&mut bytes).map_err(words)?.is_none() {
            return Err("there is no record in the bytes".to_owned());
        }
        let Some(head) = format.parse(&bytes) else {
            return Err("the bytes begin with no record".to_owned());
        };
        let length = match (head.length, format) {
            (Length::Known(length), _) => length,
            (Length::Unusable, Format::Arc) => u64::MAX,
            (Length::Unusable, Format::Warc) => return Err("the record states no usable length".to_owned()),
        };
        let is_wat = is_wat(&head);
        let mut block = Vec::new();
        let (mut seen, mut check) = (0_u64, BlockCheck::new(&head, self.release));
        let gathers = is_wat || self.wanted.texts.is_some();
        let whole = archive.block(length, false, |piece| {
            seen += piece.len() as u64;
            check.update(piece);
            if gathers && seen <= LARGEST_BLOCK as u64 {
                block.extend_from_slice(piece);
            }
        });
        if !whole.map_err(words)? && length != u64::MAX {
            return Err(format!("the record ends {} bytes before its stated length", length - seen));
        }
        archive.close(false, |_| ()).map_err(words)?;
        let is_held = block.len() as u64 == seen;
        let url = head.target.map(text);
        let date = head.date.map(text);
        let captured = match is_wat && is_held {
            true => envelope(&block).and_then(|about| about.date),
            false => None,
        };
        let judgement = Judge::new(self.wanted.rules, false)
            .judge(url.as_deref(), captured.as_deref().or(date.as_deref()));
        let mut flags = Vec::new();
        let signs = [
            (Flag::Truncated, head.truncated.is_some()),
            (Flag::UnreadableDate, date.is_some() && judgement.date.is_none()),
            (Flag::Revisit, head.kind == RecordType::Revisit),
        ];
        flags.extend(signs.into_iter().filter_map(|(flag, is_set)| is_set.then_some(flag)));
        let articles = match self.wanted.texts {
            Some(reader) if is_held && !is_wat => examiner.block(&head, &block, reader).unwrap_or_default(),
            _ => Vec::new(),
        };
        let host = url.as_deref().map(judge::host).unwrap_or_default();
        let facts = Facts::of_record(&head, check.finish(), host, flags);
        Ok(Finding { reasons: judgement.reasons, articles, ..finding(place, facts) })
    }

    fn line(
        &self,
        map: &FieldMap,
        bytes: &[u8],
        place: Place,
        examiner: &mut Examiner,
    ) -> Result<Finding, String> {
        let record = map.read(bytes).map_err(|error| error.to_string())?;
        let judge = Judge::new(self.wanted.rules, false);
        let judgement = match map.addresses() {
            true => judge.judge(record.url.given(), record.date.as_deref()),
            false => judge.without_address(),
        };
        let articles = match (self.wanted.texts, &record.text) {
            (Some(reader), Some(text)) => examiner.json(text, record.url.given(), reader),
            _ => Vec::new(),
        };
        Ok(lines::finding(&record, judgement, articles, &self.task(map, judge), place))
    }

    fn described(
        &self,
        map: &FieldMap,
        line: &[u8],
        bytes: &[u8],
        place: Place,
        examiner: &mut Examiner,
    ) -> Result<Finding, String> {
        let record = map.read(line).map_err(|error| format!("the metadata line: {error}"))?;
        let judge = Judge::new(self.wanted.rules, false);
        let judgement = judge.judge(record.url.given(), record.date.as_deref());
        let articles = match bytes.len() <= LONGEST_LINE {
            true => self.plain(bytes, record.url.given(), examiner),
            false => Vec::new(),
        };
        Ok(lines::finding(&record, judgement, articles, &self.task(map, judge), place))
    }

    /// A text without address.
    fn undescribed(&self, bytes: &[u8], place: Place, examiner: &mut Examiner) -> Finding {
        let articles = self.plain(bytes, None, examiner);
        Finding { articles, ..finding(place, Facts::of_document()) }
    }

    fn plain(&self, bytes: &[u8], url: Option<&str>, examiner: &mut Examiner) -> Vec<(Whence, Held)> {
        let reader = self.wanted.texts;
        reader.map_or_else(Vec::new, |reader| examiner.plain(&String::from_utf8_lossy(bytes), url, reader))
    }

    fn task<'t>(&'t self, map: &'t FieldMap, judge: Judge<'t>) -> LineTask<'t> {
        let language = self.language;
        LineTask { judge, census: false, keep: false, articles: None, map, language, text_missing: false }
    }
}

/// SHA-256 of bytes that are held.
pub fn sha256(bytes: &[u8]) -> Sha256Bytes {
    Sha256::digest(bytes).into()
}

fn finding(place: Place, facts: Facts) -> Finding {
    Finding { place, sha256: None, facts, reasons: Vec::new(), articles: Vec::new(), bytes: None }
}

fn words(trouble: Trouble) -> String {
    match trouble {
        Trouble::Input(error) => error.to_string(),
        Trouble::HeadCut { .. } => "the bytes end inside the head of the record".to_owned(),
        Trouble::HeadTooLong { .. } => "the head of the record has no end".to_owned(),
        Trouble::Stray { extent, .. } => format!("{} bytes belong to no record", extent.length),
    }
}
