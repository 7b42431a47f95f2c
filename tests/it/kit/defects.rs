//! Defects inside well-packed files: wrong lengths, heads and lines without end, bombs, archives inside
//! payloads.
//!
//! The document that a defect is put into is `Touched` afterwards; all others keep their bytes. Where they
//! move, their new places are given.

use super::damage::{Damaged, State, begin, member, splice};
use super::doc::Doc;
use super::frame::{Framing, Kind};
use super::gzip::{self, Member};
use super::shards::{Built, Format, build};
use super::warc;

/// What is wrong with a `Content-Length`.
#[derive(Clone, Copy, Debug)]
pub enum Length {
    TooLong(u64),
    TooShort(u64),
    Negative,
    NotANumber,
    Absent,
}

/// The WARC head of the content record of `doc` states a wrong length.
pub fn content_length(built: &Built, doc: usize, wrong: Length) -> Damaged {
    let edit = |record: Vec<u8>| {
        let end = find(&record, b"\r\n\r\n").expect("a record has a head");
        let head = std::str::from_utf8(&record[..end]).expect("heads are UTF-8");
        let stated = |line: &&str| line.starts_with("Content-Length: ");
        let length: u64 = head.split("\r\n").find(stated).expect("a length")[16..].parse().expect("a number");
        let value = match wrong {
            Length::TooLong(by) => Some((length + by).to_string()),
            Length::TooShort(by) => Some((length - by).to_string()),
            Length::Negative => Some(format!("-{length}")),
            Length::NotANumber => Some(format!("{length} bytes")),
            Length::Absent => None,
        };
        let lines = head.split("\r\n").filter_map(|line| match (stated(&line), &value) {
            (false, _) => Some(line.to_string()),
            (true, Some(value)) => Some(format!("Content-Length: {value}")),
            (true, None) => None,
        });
        [lines.collect::<Vec<_>>().join("\r\n").as_bytes(), &record[end..]].concat()
    };
    rewritten(built, doc, edit).called(format!("Content-Length {wrong:?} in document {doc}"))
}

/// The member of `doc` holds a record head that goes on for `mebibytes` MiB and does not end.
pub fn head_without_end(built: &Built, doc: usize, mebibytes: usize) -> Damaged {
    let head = b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 10\r\nX-Long: ";
    let packed = gzip::repeated(head, b'x', mebibytes, b"");
    replaced(built, doc, &packed).called(format!("a head of {mebibytes} MiB without end"))
}

/// The response of `doc` has a body of `mebibytes` MiB of zeros, in about as many kB. Its lengths are true;
/// it has no digests.
pub fn bomb(built: &Built, doc: usize, page: &Doc, mebibytes: usize) -> Damaged {
    let http = warc::http_head(page, mebibytes << 20);
    let head = warc::Head::new()
        .field("WARC-Type", "response")
        .field("WARC-Date", &page.date)
        .field("WARC-Record-ID", &super::digest::record_id("response", doc))
        .field("Content-Length", &(http.len() + (mebibytes << 20)).to_string())
        .field("Content-Type", "application/http; msgtype=response")
        .field("WARC-Target-URI", &page.url)
        .block(http.as_bytes());
    let open = &head[..head.len() - 4];
    replaced(built, doc, &gzip::repeated(open, 0, mebibytes, b"\r\n\r\n"))
        .called(format!("a bomb of {mebibytes} MiB"))
}

/// A line of `mebibytes` MiB stands before the line of `doc` (for gzip: before its member). It is valid JSON,
/// so only its size is a reason not to read it.
pub fn endless_line(built: &Built, doc: usize, mebibytes: usize) -> Damaged {
    assert_eq!(built.format.kind(), Kind::Lines);
    let open =
        b"{\"url\": \"https://endless.example/\", \"timestamp\": \"2024-05-18T00:00:00Z\", \"text\": \"";
    let line = match built.framing {
        Framing::Plain => [&open[..], &vec![b'a'; mebibytes << 20], b"\"}\n"].concat(),
        Framing::GzipPerRecord => gzip::repeated(open, b'a', mebibytes, b"\"}\n"),
        other => panic!("a line cannot be put into {other:?} without packing it anew"),
    };
    let at = begin(built, doc);
    let mut damaged = splice(built, 0, at..at, &line).called(format!("a line of {mebibytes} MiB"));
    for (record, state) in &mut damaged.records {
        let behind = match built.framing {
            Framing::Plain => record.decoded.start > at,
            _ => record.decoded.start >= member(built, doc).decoded.start,
        };
        if behind && *state == State::Intact {
            record.line = record.line.map(|line| line + 1);
        }
    }
    damaged
}

/// The line of `doc` is not UTF-8: a Latin-1 `é` stands in the middle of its text.
pub fn line_not_utf8(built: &Built, doc: usize) -> Damaged {
    let edit = |mut line: Vec<u8>| {
        let middle = line.len() / 2;
        let at = (middle..line.len()).find(|&at| line[at] == b' ').expect("a text of several words");
        line[at] = 0xe9;
        line
    };
    rewritten(built, doc, edit).called(format!("line of document {doc} is not UTF-8"))
}

/// The line of `doc` stops in its middle; its newline is there.
pub fn line_cut(built: &Built, doc: usize) -> Damaged {
    let edit = |line: Vec<u8>| [&line[..line.len() / 2], b"\n"].concat();
    rewritten(built, doc, edit).called(format!("line of document {doc} is cut"))
}

/// Every gzip member carries an EXTRA field or a file name, in turn. Valid gzip; all places are given anew.
pub fn odd_gzip_heads(built: &Built) -> Damaged {
    assert_eq!((built.framing, built.format.kind()), (Framing::GzipPerRecord, Kind::Records));
    let heads = [
        // A subfield of our own, and the one of Common Crawl's ARC files.
        Member { extra: Some(b"sp\x08\0\x10\0\0\0\x20\0\0\0"), ..Member::default() },
        Member { name: Some("record.warc"), ..Member::default() },
        Member { extra: Some(b"LX\x04\0\0\0\0\0"), name: Some("\u{e9}.warc"), ..Member::default() },
    ];
    let decoded = built.decoded(0);
    let (mut bytes, mut records) = (Vec::new(), Vec::new());
    for (i, record) in built.records.iter().enumerate() {
        let begin = bytes.len() as u64;
        bytes.extend(heads[i % 3].of(&decoded[super::shards::cut(&record.decoded)]));
        let mut record = record.clone();
        record.compressed = Some(begin..bytes.len() as u64);
        records.push((record, State::Intact));
    }
    Damaged {
        what: "EXTRA and NAME in gzip heads".into(),
        name: built.name().into(),
        bytes,
        faulty: false,
        records,
    }
}

/// What the payload of an innocent record holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nest {
    /// One member: a single response record.
    Once,
    /// A whole WARC of several members.
    Several,
    /// A WARC with a record whose payload is again a WARC.
    Twice,
}

/// A WARC of `docs` and of one document more, on a host of no list: a `.warc.gz` of `inner` offered for
/// download.
///
/// Nothing of it is compressed, so the heads of the inner gzip members stand in the outer file as they are,
/// and a reader that only looks for them counts records that are none. The file is valid. The second answer
/// is the list of documents that its records count by; the download is number `docs.len() / 2`.
pub fn warc_inside(docs: &[Doc], inner: &[Doc], nest: Nest) -> (Damaged, Vec<Doc>) {
    let archive = match nest {
        Nest::Once => gzip::stored(&warc::response(0, &inner[0], &inner[0].payload(), true).bytes),
        Nest::Several => all_stored(inner),
        Nest::Twice => all_stored(&with_download(&inner[..1], all_stored(inner))),
    };
    let all = with_download(docs, archive);
    let built = build(Format::Warc, Framing::GzipPerRecord, &all);
    let carrier = built.of(docs.len() / 2).expect("just put in");
    let stored = gzip::stored(&built.decoded(0)[super::shards::cut(&carrier.decoded)]);
    let range = carrier.compressed.clone().expect("a member for each record");
    let mut damaged =
        splice(&built, 0, range.clone(), &stored).called(format!("an archive inside, {nest:?}")).harmless();
    let (record, state) =
        damaged.records.iter_mut().find(|(r, _)| r.doc == Some(docs.len() / 2)).expect("just put in");
    record.compressed = Some(range.start..range.start + stored.len() as u64);
    *state = State::Intact;
    (damaged, all)
}

/// `docs` with a download of `archive` in their middle.
fn with_download(docs: &[Doc], archive: Vec<u8>) -> Vec<Doc> {
    let mut all = docs.to_vec();
    let download =
        Doc::new("download", "https://files.example/backup.warc.gz", "").body("application/gzip", archive);
    all.insert(docs.len() / 2, download);
    all
}

/// A WARC of `docs`, every member stored.
fn all_stored(docs: &[Doc]) -> Vec<u8> {
    let built = build(Format::Warc, Framing::Plain, docs);
    let decoded = built.decoded(0);
    built
        .records
        .iter()
        .flat_map(|record| gzip::stored(&decoded[super::shards::cut(&record.decoded)]))
        .collect()
}

/// The file packed anew with the content record of `doc` edited.
fn rewritten(built: &Built, doc: usize, edit: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Damaged {
    let new = built.rewritten(doc, edit);
    let state = |touched: bool| if touched { State::Touched } else { State::Intact };
    let here = new.records.iter().filter(|record| record.file == 0);
    let records = here.map(|record| (record.clone(), state(record.doc == Some(doc)))).collect();
    Damaged {
        what: String::new(),
        name: new.name().into(),
        bytes: new.bytes().to_vec(),
        faulty: true,
        records,
    }
}

/// The member of `doc` replaced by `packed`.
fn replaced(built: &Built, doc: usize, packed: &[u8]) -> Damaged {
    assert_eq!(built.framing, Framing::GzipPerRecord);
    splice(built, 0, member(built, doc).compressed.clone(), packed)
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
