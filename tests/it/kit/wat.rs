//! WAT files: a metadata record of JSON about every record of one WARC, made from that WARC's bytes.

use super::digest;
use super::doc::Doc;
use super::frame::{Framing, Kind, Member, Piece, Placed, Sheet};
use super::json::{Object, Style};
use super::warc::{self, Head, STEM};

const DATE: &str = "2024-05-31T01:17:49Z";

/// Warcinfo, then the records about the WARC's warcinfo, requests, responses and metadata. The content record
/// of a document is the one about its response.
pub fn sheet(docs: &[Doc]) -> Sheet {
    let source = warc::main(docs);
    let framed = source.frame(Framing::GzipPerRecord, 0);
    let mut pieces = vec![warcinfo()];
    for (n, (piece, member)) in source.pieces.iter().zip(&framed.members).enumerate() {
        let record = piece.record.as_ref().expect("every piece of a WARC is a record");
        pieces.push(metadata(n, record, &piece.bytes, member));
    }
    Sheet { name: format!("{STEM}.warc.wat"), kind: Kind::Records, pieces }
}

fn warcinfo() -> Piece {
    let block = "Software-Info: ia-web-commons.1.1.10-SNAPSHOT-20240513074037\r\n\
         Extracted-Date: Fri, 31 May 2024 01:16:45 GMT\r\nip: 10.67.67.159\r\nhostname: ip-10-67-67-159.ec2.internal\r\n\
         format: WARC File Format 1.0\r\n\
         conformsTo: http://bibnum.bnf.fr/WARC/WARC_ISO_28500_version1_latestdraft.pdf\r\n\r\n";
    let id = digest::record_id("wat-warcinfo", 0);
    let head = Head::new()
        .field("WARC-Type", "warcinfo")
        .field("WARC-Date", "2024-05-31T01:16:45Z")
        .field("WARC-Filename", &format!("{STEM}.warc.wat.gz"))
        .field("WARC-Record-ID", &id)
        .field("Content-Type", "application/warc-fields")
        .field("Content-Length", &block.len().to_string())
        .field("WARC-Block-Digest", &digest::warc(block.as_bytes()));
    Piece { bytes: head.block(block.as_bytes()), record: Some(Placed::new("warcinfo").id(&id)) }
}

fn metadata(n: usize, about: &Placed, source: &[u8], member: &Member) -> Piece {
    let parts = Parts::of(source);
    let block = json(&parts, source, member);
    let sum = digest::warc(block.as_bytes());
    let id = digest::record_id("wat", n);
    let target = parts.value("WARC-Target-URI").or(parts.value("WARC-Filename")).expect("one of the two");
    let head = Head::new()
        .field("WARC-Type", "metadata")
        .field("WARC-Target-URI", target)
        .field("WARC-Date", DATE)
        .field("WARC-Record-ID", &id)
        .field("WARC-Refers-To", about.record_id.as_deref().expect("every WARC record has an id"))
        .field("Content-Type", "application/json")
        .field("Content-Length", &block.len().to_string())
        .field("WARC-Payload-Digest", &sum)
        .field("WARC-Block-Digest", &sum);
    let record =
        Placed { doc: about.doc, about: about.about, ..Placed::new("metadata").id(&id).digest(&sum) };
    Piece { bytes: head.block(block.as_bytes()), record: Some(record) }
}

/// A WARC record taken apart.
struct Parts<'a> {
    head_length: usize,
    fields: Vec<(&'a str, &'a str)>,
    block: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(record: &'a [u8]) -> Parts<'a> {
        let (head, rest) = split_head(record);
        Parts { head_length: head.len() + 4, fields: fields(head), block: &rest[..rest.len() - 4] }
    }

    fn value(&self, name: &str) -> Option<&'a str> {
        self.fields.iter().find(|field| field.0 == name).map(|field| field.1)
    }
}

/// What stands before and after the first blank line.
fn split_head(bytes: &[u8]) -> (&str, &[u8]) {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head ends in a blank line");
    (std::str::from_utf8(&bytes[..end]).expect("heads are UTF-8"), &bytes[end + 4..])
}

/// Name and value of each line but the first.
fn fields(head: &str) -> Vec<(&str, &str)> {
    head.lines().skip(1).filter_map(|line| line.split_once(": ")).collect()
}

/// Each name once, as in the JSON of Common Crawl; the last value stays.
fn map(fields: &[(&str, &str)]) -> String {
    let last = |i: usize| fields[i + 1..].iter().all(|later| later.0 != fields[i].0);
    let kept = fields.iter().enumerate().filter(|(i, _)| last(*i));
    kept.fold(Object::new(Style::Compact), |object, (_, (name, value))| object.text(name, value)).end()
}

fn json(parts: &Parts, source: &[u8], member: &Member) -> String {
    let mut crc = flate2::Crc::new();
    crc.update(source);
    let gzip = Object::new(Style::Compact)
        .text("Deflate-Length", &(member.compressed.end - member.compressed.start).to_string())
        .text("Header-Length", "10")
        .text("Footer-Length", "8")
        .text("Inflated-CRC", &(crc.sum() as i32).to_string())
        .text("Inflated-Length", &source.len().to_string())
        .end();
    let container = Object::new(Style::Compact)
        .text("Filename", &format!("{STEM}.warc.gz"))
        .raw("Compressed", "true")
        .text("Offset", &member.compressed.start.to_string())
        .raw("Gzip-Metadata", &gzip)
        .end();
    let envelope = Object::new(Style::Compact)
        .raw("Payload-Metadata", &payload(parts))
        .text("Format", "WARC/1.0")
        .text("WARC-Header-Length", &parts.head_length.to_string())
        .raw("WARC-Header-Metadata", &map(&parts.fields))
        .end();
    Object::new(Style::Compact).raw("Container", &container).raw("Envelope", &envelope).end()
}

fn payload(parts: &Parts) -> String {
    let kind = parts.value("WARC-Type").expect("every record has a type");
    let content_type = match kind {
        "metadata" => "application/metadata-fields",
        _ => parts.value("Content-Type").expect("every record of ours has one"),
    };
    let object = Object::new(Style::Compact).text("Actual-Content-Type", content_type);
    let object = match kind {
        "request" => object
            .raw("HTTP-Request-Metadata", &http(parts, "Request-Message", ["Method", "Path", "Version"])),
        "response" => object
            .raw("HTTP-Response-Metadata", &http(parts, "Response-Message", ["Version", "Status", "Reason"])),
        "metadata" => object.raw("WARC-Metadata-Metadata", &listed(parts.block)),
        _ => object.raw("WARC-Info-Metadata", &map_of_lines(parts.block)),
    };
    object
        .text("Actual-Content-Length", &parts.block.len().to_string())
        .text("Trailing-Slop-Length", "4")
        .text("Block-Digest", &digest::warc(parts.block))
        .end()
}

/// An HTTP message; `first` names the three parts of its first line.
fn http(parts: &Parts, message: &str, first: [&str; 3]) -> String {
    let (head, body) = split_head(parts.block);
    let line = head.lines().next().unwrap_or_default();
    let words = first.into_iter().zip(line.splitn(3, ' '));
    let message_json =
        words.fold(Object::new(Style::Compact), |object, (name, word)| object.text(name, word)).end();
    let object = Object::new(Style::Compact)
        .raw(message, &message_json)
        .text("Headers-Length", &(head.len() + 2).to_string())
        .raw("Headers", &map(&fields(head)));
    let page = std::str::from_utf8(body).ok().filter(|page| page.contains("<html"));
    let object = match page {
        Some(page) => object.raw("HTML-Metadata", &html(page)),
        None => object,
    };
    object
        .text("Entity-Length", &body.len().to_string())
        .text("Entity-Digest", &digest::warc(body))
        .text("Entity-Trailing-Slop-Length", "0")
        .end()
}

fn html(page: &str) -> String {
    let between = |from: &str, to: &str| {
        page.split_once(from).and_then(|(_, rest)| rest.split_once(to)).map(|(value, _)| value)
    };
    let mut head = Object::new(Style::Compact).raw("Metas", "[]");
    if let Some(title) = between("<title>", "</title>") {
        head = head.text("Title", title);
    }
    if let Some(url) = between("<link rel=\"canonical\" href=\"", "\"") {
        let link = Object::new(Style::Compact)
            .text("path", "LINK@/href")
            .text("url", url)
            .text("rel", "canonical")
            .end();
        head = head.raw("Link", &format!("[{link}]"));
    }
    let link = Object::new(Style::Compact).text("path", "A@/href").text("url", "/").end();
    Object::new(Style::Compact).raw("Head", &head.end()).raw("Links", &format!("[{link}]")).end()
}

/// The lines of an `application/warc-fields` block as a list of names and values.
fn listed(block: &[u8]) -> String {
    let text = String::from_utf8_lossy(block);
    let entries = text.lines().filter_map(|line| line.split_once(": "));
    let entries: Vec<String> = entries
        .map(|(name, value)| Object::new(Style::Compact).text("Name", name).text("Value", value).end())
        .collect();
    Object::new(Style::Compact).raw("Metadata-Records", &format!("[{}]", entries.join(","))).end()
}

fn map_of_lines(block: &[u8]) -> String {
    let text = String::from_utf8_lossy(block);
    map(&text.lines().filter_map(|line| line.split_once(": ")).collect::<Vec<_>>())
}
