//! A file, opened: its decoded bytes, and what it is.
//!
//! The bytes decide. Only where they do not tell, the name does: a text and a table look like each other.

use std::fs::File;
use std::io::{self, BufRead, Read};

use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::columns::Field;
use super::folder::Found;
use crate::container::feed::Feed;
use crate::container::stream::Stream;
use crate::container::{self, Sniffed};
use crate::record::archive::Format;
use crate::sheet;

/// Decoded bytes that are looked at to tell what a file is.
const LOOK: usize = 64 * 1024;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing but blanks.
    Empty,
    /// WARC or ARC.
    Archive(Format),
    /// One JSON object a line.
    JsonLines,
    /// CSV, with the byte that parts its cells.
    Table(u8),
    /// One web page.
    Html,
    /// One article as text.
    Text,
}

/// A file whose kind is known.
pub(super) struct Input {
    pub kind: Kind,
    pub bytes: Bytes,
}

/// Why a file is not read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reason {
    pub what: String,
    pub hint: &'static str,
}

impl Reason {
    fn new(what: impl Into<String>, hint: &'static str) -> Reason {
        Reason { what: what.into(), hint }
    }
}

const KINDS: &str = "JSON lines, CSV, WARC, and folders of `.txt` and `.html` files are read, also as gzip or \
                     zstd; a name in `.txt`, `.csv` or `.jsonl` tells what the bytes do not";

impl Input {
    /// Opens a file and looks at its first bytes.
    pub fn open(found: &Found) -> std::result::Result<Input, Reason> {
        let unopened = |error: io::Error| {
            Reason::new(format!("cannot be opened: {error}"), "check the path and the right to read it")
        };
        // Opening a pipe that nobody writes to would wait for ever.
        if found.in_folder && !found.path.is_file() {
            return Err(Reason::new("no regular file", "name a linked folder itself"));
        }
        let file = File::open(&found.path).map_err(unopened)?;
        let mut feed = Feed::new(Box::new(file), false);
        feed.ensure(64).map_err(unopened)?;
        let container = match container::sniff(feed.visible()) {
            Sniffed::Known(container) => container,
            Sniffed::Unsupported(name) => return Err(Reason::new(name, KINDS)),
        };
        let bytes = Bytes::new(Stream::new(feed, container).map_err(unopened)?);
        let kind = kind(&bytes.head, bytes.error.is_none(), &found.name().to_ascii_lowercase())?;
        Ok(Input { kind, bytes })
    }
}

/// Tells the kind of a file from its first decoded bytes and its name in lower case. `intact` says that no
/// damage was met in them.
fn kind(head: &[u8], intact: bool, name: &str) -> std::result::Result<Kind, Reason> {
    for format in [Format::Warc, Format::Arc] {
        if format.opens(head) {
            return Ok(Kind::Archive(format));
        }
    }
    let encoding = Encoding::for_bom(head).map_or(UTF_8, |(encoding, _)| encoding);
    let head = encoding.decode(head).0;
    let start = head.trim_start();
    let first_line = start.lines().next().unwrap_or_default();
    let table = Kind::Table(sheet::delimiter(first_line));
    let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(name);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let named = match extension {
        "jsonl" | "ndjson" | "json" => Some(Kind::JsonLines),
        "csv" | "tsv" => Some(table),
        "html" | "htm" | "xhtml" => Some(Kind::Html),
        "txt" | "text" => Some(Kind::Text),
        _ => None,
    };
    // A zero byte that is left after decoding is in no text.
    let is_binary = start.contains('\0');
    match named {
        _ if start.is_empty() && intact => Ok(Kind::Empty),
        Some(Kind::JsonLines) if start.starts_with('[') => Err(Reason::new(
            "one JSON list, not one object a line",
            "write one object a line, as `jq -c '.[]'` does",
        )),
        Some(Kind::JsonLines) if first_line.trim() == "{" => Err(Reason::new(
            "a JSON object over several lines",
            "write each object on one line, as `jq -c .` does",
        )),
        _ if is_binary => Err(Reason::new("binary data", KINDS)),
        _ if opens_object(start) && named != Some(table) => Ok(Kind::JsonLines),
        _ if opens_page(start) => Ok(Kind::Html),
        Some(kind) => Ok(kind),
        None if names_text(first_line) => Ok(table),
        None => Err(Reason::new("nothing that looks like articles", KINDS)),
    }
}

fn opens_object(start: &str) -> bool {
    start.strip_prefix('{').is_some_and(|rest| rest.trim_start().starts_with(['"', '}']))
}

fn opens_page(start: &str) -> bool {
    let opens = |tag: &str| start.get(..tag.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(tag));
    let has_root = || {
        let head = start.get(..1024).unwrap_or(start).to_ascii_lowercase();
        head.contains("<html")
    };
    opens("<!doctype html") || opens("<html") || ((opens("<?xml") || opens("<!--")) && has_root())
}

/// True when a header line names a column for the text.
fn names_text(line: &str) -> bool {
    let cells = || line.split(char::from(sheet::delimiter(line))).map(|cell| cell.trim_matches(['"', ' ']));
    cells().count() > 1
        && cells().any(|cell| Field::Text.names().iter().any(|name| name.eq_ignore_ascii_case(cell)))
}

/// The decoded bytes of a file, the first of which were looked at. An error is returned once for each gap;
/// the call after it goes on behind the gap.
pub(super) struct Bytes {
    head: Vec<u8>,
    at: usize,
    error: Option<io::Error>,
    stream: Stream,
}

impl Bytes {
    fn new(mut stream: Stream) -> Bytes {
        let mut head = Vec::new();
        let mut error = None;
        while head.len() < LOOK {
            match stream.fill_buf() {
                Ok([]) => break,
                Ok(bytes) => {
                    let count = bytes.len().min(LOOK - head.len());
                    head.extend_from_slice(bytes.get(..count).unwrap_or_default());
                    stream.consume(count);
                }
                Err(met) => {
                    error = Some(met);
                    break;
                }
            }
        }
        Bytes { head, at: 0, error, stream }
    }
}

impl Read for Bytes {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(into)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Bytes {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self.at < self.head.len() {
            true => Ok(self.head.get(self.at..).unwrap_or_default()),
            false => match self.error.take() {
                Some(error) => Err(error),
                None => self.stream.fill_buf(),
            },
        }
    }

    fn consume(&mut self, bytes: usize) {
        match self.at < self.head.len() {
            true => self.at += bytes,
            false => self.stream.consume(bytes),
        }
    }
}

/// The bytes as UTF-8, for lines and tables: a byte order mark is taken off, and UTF-16 is converted. What
/// has no such mark stays as it is. True when there was a mark.
pub(super) fn unicode(mut bytes: Bytes) -> (Box<dyn BufRead>, bool) {
    let Some((encoding, length)) = Encoding::for_bom(&bytes.head) else { return (Box::new(bytes), false) };
    bytes.consume(length);
    let input: Box<dyn BufRead> = match encoding == UTF_16LE || encoding == UTF_16BE {
        true => Box::new(Utf16 {
            input: bytes,
            decoder: encoding.new_decoder_without_bom_handling(),
            out: String::new(),
            at: 0,
            over: false,
        }),
        false => Box::new(bytes),
    };
    (input, true)
}

struct Utf16 {
    input: Bytes,
    decoder: Decoder,
    out: String,
    at: usize,
    over: bool,
}

impl Read for Utf16 {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(into)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Utf16 {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.at >= self.out.len() && !self.over {
            let bytes = self.input.fill_buf()?;
            self.over = bytes.is_empty();
            self.out.clear();
            self.at = 0;
            let room = self.decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(LOOK);
            self.out.reserve(room);
            let (_, taken, _) = self.decoder.decode_to_string(bytes, &mut self.out, self.over);
            self.input.consume(taken);
        }
        Ok(self.out.as_bytes().get(self.at..).unwrap_or_default())
    }

    fn consume(&mut self, bytes: usize) {
        self.at += bytes;
    }
}
