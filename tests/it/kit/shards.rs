//! Shards of every corpus, made in code: the bytes, and the true place of every record in them.
//!
//! A case is a list of `Doc`. `build` renders it in any format and framing, always to the same bytes for the
//! same list. Text corpora (WET and all line files) take only HTML pages of status 200, as the real ones do.

use std::ops::Range;

use super::doc::Doc;
use super::frame::{Framing, Kind, Member, Placed, Sheet};
use super::{arc, lines, news, oscar, warc, wat, wet};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Warc,
    Robotstxt,
    CrawlDiagnostics,
    CcNews,
    Wet,
    Wat,
    Arc,
    C4,
    Mc4,
    Oscar2019,
    /// Two files: text, and a line of heads for each document.
    Oscar2109,
    Oscar2201,
    Oscar2301,
    Hplt,
    Dolma,
    RedPajama,
    Dclm,
    /// The JSON lines of its pipeline, not the published parquet.
    FineWeb,
}

impl Format {
    pub const ALL: [Format; 18] = [
        Format::Warc,
        Format::Robotstxt,
        Format::CrawlDiagnostics,
        Format::CcNews,
        Format::Wet,
        Format::Wat,
        Format::Arc,
        Format::C4,
        Format::Mc4,
        Format::Oscar2019,
        Format::Oscar2109,
        Format::Oscar2201,
        Format::Oscar2301,
        Format::Hplt,
        Format::Dolma,
        Format::RedPajama,
        Format::Dclm,
        Format::FineWeb,
    ];

    /// The framing that the corpus is published in.
    pub fn published(self) -> Framing {
        match self {
            Format::Oscar2301 | Format::Hplt | Format::Dclm => Framing::ZstdOneFrame,
            _ if self.kind() == Kind::Records => Framing::GzipPerRecord,
            _ => Framing::GzipWhole,
        }
    }

    pub fn kind(self) -> Kind {
        match self {
            Format::Warc | Format::Robotstxt | Format::CrawlDiagnostics | Format::CcNews => Kind::Records,
            Format::Wet | Format::Wat | Format::Arc => Kind::Records,
            _ => Kind::Lines,
        }
    }

    /// Whether an address rule can find anything in it.
    pub fn has_address(self) -> bool {
        self != Format::Oscar2019
    }

    /// Whether the text of pages is in it.
    pub fn has_text(self) -> bool {
        !matches!(self, Format::Wat | Format::Robotstxt | Format::CrawlDiagnostics)
    }

    fn sheets(self, docs: &[Doc]) -> Vec<Sheet> {
        let pages: Vec<(usize, &Doc)> = docs.iter().enumerate().filter(|(_, doc)| doc.is_page()).collect();
        match self {
            Format::Warc => vec![warc::main(docs)],
            Format::Robotstxt => vec![warc::robotstxt(docs)],
            Format::CrawlDiagnostics => vec![warc::diagnostics(docs)],
            Format::CcNews => vec![news::sheet(docs)],
            Format::Wet => vec![wet::sheet(docs)],
            Format::Wat => vec![wat::sheet(docs)],
            Format::Arc => vec![arc::sheet(docs)],
            Format::C4 => vec![lines::c4(&pages)],
            Format::Mc4 => vec![lines::mc4(&pages)],
            Format::Oscar2019 => vec![oscar::oscar2019(&pages)],
            Format::Oscar2109 => oscar::oscar2109(&pages).into(),
            Format::Oscar2201 => vec![oscar::oscar2201(&pages)],
            Format::Oscar2301 => vec![oscar::oscar2301(&pages)],
            Format::Hplt => vec![lines::hplt(&pages, docs)],
            Format::Dolma => vec![lines::dolma(&pages)],
            Format::RedPajama => vec![lines::redpajama(&pages)],
            Format::Dclm => vec![lines::dclm(&pages)],
            Format::FineWeb => vec![lines::fineweb(&pages)],
        }
    }
}

/// A shard (two files for OSCAR 21.09) and what is true of it.
#[derive(Clone, Debug)]
pub struct Built {
    pub format: Format,
    pub framing: Framing,
    /// File name and bytes.
    pub files: Vec<(String, Vec<u8>)>,
    /// All records in the order of the files.
    pub records: Vec<Placed>,
    /// Gzip members or zstd frames; none in plain files.
    pub members: Vec<Member>,
    sheets: Vec<Sheet>,
}

/// Renders `docs` as `format`, packed in `framing`.
pub fn build(format: Format, framing: Framing, docs: &[Doc]) -> Built {
    Built::pack(format, framing, format.sheets(docs))
}

/// Renders `docs` as `format` in the framing it is published in.
pub fn published(format: Format, docs: &[Doc]) -> Built {
    build(format, format.published(), docs)
}

impl Built {
    fn pack(format: Format, framing: Framing, sheets: Vec<Sheet>) -> Built {
        let mut built = Built { format, framing, files: vec![], records: vec![], members: vec![], sheets };
        for (file, sheet) in built.sheets.iter().enumerate() {
            let framed = sheet.frame(framing, file);
            built.files.push((format!("{}{}", sheet.name, framing.suffix()), framed.bytes));
            built.records.extend(framed.records);
            built.members.extend(framed.members);
        }
        built
    }

    /// Name of the first file.
    pub fn name(&self) -> &str {
        &self.files[0].0
    }

    /// Bytes of the first file.
    pub fn bytes(&self) -> &[u8] {
        &self.files[0].1
    }

    /// The decoded stream of a file.
    pub fn decoded(&self, file: usize) -> Vec<u8> {
        self.sheets[file].decoded()
    }

    /// The content record of document `doc`, if the format takes it.
    pub fn of(&self, doc: usize) -> Option<&Placed> {
        self.records.iter().find(|record| record.doc == Some(doc))
    }

    /// The content records.
    pub fn content(&self) -> impl Iterator<Item = &Placed> {
        self.records.iter().filter(|record| record.doc.is_some())
    }

    /// How many records there are of each type, in the order of the first of each.
    pub fn counts(&self) -> Vec<(&'static str, usize)> {
        let mut counts: Vec<(&'static str, usize)> = Vec::new();
        for record in &self.records {
            match counts.iter_mut().find(|count| count.0 == record.record_type) {
                Some(count) => count.1 += 1,
                None => counts.push((record.record_type, 1)),
            }
        }
        counts
    }

    /// The bytes that a record's place names: its member in the file if it fills one, else its part of the
    /// decoded stream.
    pub fn slice(&self, record: &Placed) -> Vec<u8> {
        match &record.compressed {
            Some(range) => self.files[record.file].1[cut(range)].to_vec(),
            None => self.decoded(record.file)[cut(&record.decoded)].to_vec(),
        }
    }

    /// The same shard with the content record of `doc` in the first file rewritten by `edit` before packing.
    pub fn rewritten(&self, doc: usize, edit: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Built {
        let mut sheets = self.sheets.clone();
        let is_of_doc =
            |record: &Option<Placed>| record.as_ref().is_some_and(|record| record.doc == Some(doc));
        let piece = sheets[0].pieces.iter_mut().find(|piece| is_of_doc(&piece.record));
        let piece = piece.unwrap_or_else(|| panic!("document {doc} has no record in {:?}", self.format));
        piece.bytes = edit(std::mem::take(&mut piece.bytes));
        Built::pack(self.format, self.framing, sheets)
    }
}

/// A place as an index into bytes in memory.
pub fn cut(range: &Range<u64>) -> Range<usize> {
    range.start as usize..range.end as usize
}
