//! From records to a file: the framings, and the places that come out of them.

use std::io::Write;
use std::ops::Range;

use super::gzip;

/// How the bytes of a shard are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    Plain,
    /// A gzip member for each record; in line files a member for each few lines.
    GzipPerRecord,
    /// One gzip member over everything.
    GzipWhole,
    /// Several zstd frames: one a record; in line files cut anywhere, also inside a line or a character.
    Zstd,
    ZstdOneFrame,
}

impl Framing {
    pub const ALL: [Framing; 5] =
        [Framing::Plain, Framing::GzipPerRecord, Framing::GzipWhole, Framing::Zstd, Framing::ZstdOneFrame];

    /// What the file name ends with.
    pub fn suffix(self) -> &'static str {
        match self {
            Framing::Plain => "",
            Framing::GzipPerRecord | Framing::GzipWhole => ".gz",
            Framing::Zstd | Framing::ZstdOneFrame => ".zst",
        }
    }

    fn pack(self, data: &[u8]) -> Vec<u8> {
        match self {
            Framing::Plain => data.to_vec(),
            Framing::GzipPerRecord | Framing::GzipWhole => gzip::member(data),
            Framing::Zstd | Framing::ZstdOneFrame => {
                let mut encoder = zstd::Encoder::new(Vec::new(), 3).expect("level 3 exists");
                encoder.include_checksum(true).expect("before the first byte");
                encoder.write_all(data).expect("writing to memory");
                encoder.finish().expect("writing to memory")
            }
        }
    }
}

/// What a record's place is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Records with heads: WARC, WET, WAT, ARC.
    Records,
    /// One or several lines.
    Lines,
}

/// Where a record truly stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Index into `Built::files`.
    pub file: usize,
    /// The document whose content this record is. None for warcinfo, request, metadata and the like.
    pub doc: Option<usize>,
    /// The document that this record belongs to, whatever its type.
    pub about: Option<usize>,
    /// WARC type; `filedesc` and `response` in ARC; `line`, `text` (OSCAR text files) or `headers` (21.09)
    /// else.
    pub record_type: &'static str,
    /// Begin and end of its member in the file, if it fills one. Never given for line files.
    pub compressed: Option<Range<u64>>,
    /// In the decoded stream. WARC: head to closing CRLF CRLF. Lines: without the last newline.
    pub decoded: Range<u64>,
    /// 1-based number of its first line (line files).
    pub line: Option<u64>,
    pub record_id: Option<String>,
    /// `WARC-Payload-Digest`; in line files the digest field that the corpus repeats.
    pub payload_digest: Option<String>,
    /// Whether the text of `doc` is in it.
    pub has_text: bool,
}

impl Placed {
    pub fn new(record_type: &'static str) -> Placed {
        Placed {
            file: 0,
            doc: None,
            about: None,
            record_type,
            compressed: None,
            decoded: 0..0,
            line: None,
            record_id: None,
            payload_digest: None,
            has_text: false,
        }
    }

    /// A record that goes with document `about` without being its content.
    pub fn about(self, about: usize) -> Placed {
        Placed { about: Some(about), ..self }
    }

    /// The record that is the content of document `doc`.
    pub fn content(self, doc: usize, has_text: bool) -> Placed {
        Placed { doc: Some(doc), about: Some(doc), has_text, ..self }
    }

    pub fn id(self, id: &str) -> Placed {
        Placed { record_id: Some(id.into()), ..self }
    }

    pub fn digest(self, digest: &str) -> Placed {
        Placed { payload_digest: Some(digest.into()), ..self }
    }
}

/// A stretch of the decoded stream: a record, or what stands between records.
#[derive(Clone, Debug)]
pub struct Piece {
    /// With the newline, in line files.
    pub bytes: Vec<u8>,
    pub record: Option<Placed>,
}

/// The pieces of one file, and its name without the suffix of the framing.
#[derive(Clone, Debug)]
pub struct Sheet {
    pub name: String,
    pub kind: Kind,
    pub pieces: Vec<Piece>,
}

/// A gzip member or zstd frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub file: usize,
    pub compressed: Range<u64>,
    pub decoded: Range<u64>,
}

/// A file and what is true of it.
pub struct Framed {
    pub bytes: Vec<u8>,
    /// Empty for a plain file.
    pub members: Vec<Member>,
    pub records: Vec<Placed>,
}

impl Sheet {
    /// The decoded stream.
    pub fn decoded(&self) -> Vec<u8> {
        self.pieces.iter().flat_map(|piece| piece.bytes.iter().copied()).collect()
    }

    /// Packs the sheet as file number `file`.
    pub fn frame(&self, framing: Framing, file: usize) -> Framed {
        let decoded = self.decoded();
        let mut bytes = Vec::new();
        let mut members = Vec::new();
        for range in self.cuts(framing, &decoded) {
            let begin = bytes.len() as u64;
            bytes.extend(framing.pack(&decoded[range.clone()]));
            let compressed = begin..bytes.len() as u64;
            members.push(Member { file, compressed, decoded: range.start as u64..range.end as u64 });
        }
        if framing == Framing::Plain {
            members.clear();
        }
        Framed { records: self.places(file, &members), bytes, members }
    }

    /// The stretches of the decoded stream that become members.
    fn cuts(&self, framing: Framing, decoded: &[u8]) -> Vec<Range<usize>> {
        let mut ends = match (framing, self.kind) {
            (Framing::GzipPerRecord | Framing::Zstd, Kind::Records) => self.ends(|_| true),
            // Two pieces, then three: no line fills a member.
            (Framing::GzipPerRecord, Kind::Lines) => self.ends(|i| i % 5 == 1 || i % 5 == 4),
            (Framing::Zstd, Kind::Lines) => {
                (1..4).map(|k| inside_a_line(decoded, k * decoded.len() / 4)).collect()
            }
            _ => Vec::new(),
        };
        ends.push(decoded.len());
        ends.dedup();
        let begins = std::iter::once(0).chain(ends.iter().copied());
        begins.zip(ends.iter().copied()).map(|(from, to)| from..to).collect()
    }

    /// Ends of the pieces that `closes` picks.
    fn ends(&self, closes: impl Fn(usize) -> bool) -> Vec<usize> {
        let mut end = 0;
        let mut ends = Vec::new();
        for (i, piece) in self.pieces.iter().enumerate() {
            end += piece.bytes.len();
            if closes(i) {
                ends.push(end);
            }
        }
        ends
    }

    fn places(&self, file: usize, members: &[Member]) -> Vec<Placed> {
        let (mut at, mut line, mut records) = (0u64, 1u64, Vec::new());
        for piece in &self.pieces {
            let whole = at..at + piece.bytes.len() as u64;
            if let Some(record) = &piece.record {
                let mut record = Placed { file, decoded: whole.clone(), ..record.clone() };
                match self.kind {
                    Kind::Records => {
                        let own = members.iter().find(|member| member.decoded == whole);
                        record.compressed = own.map(|member| member.compressed.clone());
                    }
                    Kind::Lines => {
                        record.decoded.end -= u64::from(piece.bytes.ends_with(b"\n"));
                        record.line = Some(line);
                    }
                }
                records.push(record);
            }
            at = whole.end;
            line += piece.bytes.iter().filter(|&&byte| byte == b'\n').count() as u64;
        }
        records
    }
}

/// `at`, or the next byte if a line ends there.
fn inside_a_line(decoded: &[u8], at: usize) -> usize {
    if at > 0 && decoded[at - 1] == b'\n' { (at + 1).min(decoded.len()) } else { at }
}
