//! CC-MAIN WARC files: the main subset, `robotstxt` and `crawldiagnostics`.
//!
//! The layout is that of CC-MAIN-2024-22: field order, CRLF, digests, and the encodings already taken off the
//! body.

use super::dates;
use super::digest;
use super::doc::Doc;
use super::frame::{Kind, Piece, Placed, Sheet};

/// The crawl that every generated shard of Common Crawl belongs to.
pub const CRAWL: &str = "CC-MAIN-2024-22";
/// The shard's name up to `.warc`, shared by its WARC, WET and WAT.
pub const STEM: &str = "CC-MAIN-20240517233122-20240518023122-00000";
pub const SEGMENT: &str = "1715971057216.39";

const WARCINFO: &str = "warcinfo";

/// The head of a WARC record, field by field.
pub struct Head(String);

impl Head {
    pub fn new() -> Head {
        Head("WARC/1.0\r\n".into())
    }

    pub fn field(mut self, name: &str, value: &str) -> Head {
        self.0.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    /// Closes the head and adds the block: a whole record.
    pub fn block(self, block: &[u8]) -> Vec<u8> {
        [self.0.as_bytes(), b"\r\n", block, b"\r\n\r\n"].concat()
    }
}

/// `warc/`: warcinfo, then request, response and metadata of each document.
pub fn main(docs: &[Doc]) -> Sheet {
    let mut pieces = vec![warcinfo()];
    for (i, doc) in docs.iter().enumerate() {
        pieces.extend([
            request(i, doc),
            response(i, doc, &doc.payload(), doc.is_page()),
            metadata(i, doc, doc.is_page()),
        ]);
    }
    sheet(pieces)
}

/// `robotstxt/`: request and response, no language record. Addresses are kept as given: redirect targets do
/// occur.
pub fn robotstxt(docs: &[Doc]) -> Sheet {
    let mut pieces = vec![warcinfo()];
    for (i, doc) in docs.iter().enumerate() {
        let rules = match doc.mime.as_str() {
            "text/plain" => doc.payload(),
            _ => b"User-agent: CCBot\nDisallow: /\n\nUser-agent: *\nDisallow: /search\n".to_vec(),
        };
        let plain = Doc { mime: "text/plain".into(), ..doc.clone() };
        pieces.extend([request(i, doc), response(i, &plain, &rules, doc.mime == "text/plain")]);
    }
    sheet(pieces)
}

/// `crawldiagnostics/`: what was not fetched with success. A document of status 200 becomes a 404 and a
/// `revisit` (304) in turn.
pub fn diagnostics(docs: &[Doc]) -> Sheet {
    let mut pieces = vec![warcinfo()];
    for (i, doc) in docs.iter().enumerate() {
        let status = match doc.status {
            200 => [404, 304][i % 2],
            other => other,
        };
        let doc = doc.clone().status(status);
        let capture = match status {
            304 => revisit(i, &doc),
            _ => response(
                i,
                &doc,
                b"<html><head><title>Error</title></head><body><h1>Error</h1></body></html>\r\n",
                false,
            ),
        };
        pieces.extend([request(i, &doc), capture, metadata(i, &doc, false)]);
    }
    sheet(pieces)
}

/// A lone response record about `doc` with this body: what a test puts where the crawler would not.
pub fn response(i: usize, doc: &Doc, payload: &[u8], has_text: bool) -> Piece {
    let block = [http_head(doc, payload.len()).as_bytes(), payload].concat();
    let id = digest::record_id("response", i);
    let payload_digest = digest::warc(payload);
    let head = Head::new()
        .field("WARC-Type", "response")
        .field("WARC-Date", &doc.date)
        .field("WARC-Record-ID", &id)
        .field("Content-Length", &block.len().to_string())
        .field("Content-Type", "application/http; msgtype=response")
        .field("WARC-Warcinfo-ID", &digest::record_id(WARCINFO, 0))
        .field("WARC-Concurrent-To", &digest::record_id("request", i))
        .field("WARC-IP-Address", &ip(i))
        .field("WARC-Target-URI", &doc.url)
        .field("WARC-Payload-Digest", &payload_digest)
        .field("WARC-Block-Digest", &digest::warc(&block))
        .field("WARC-Identified-Payload-Type", &doc.mime);
    Piece {
        bytes: head.block(&block),
        record: Some(Placed::new("response").content(i, has_text).id(&id).digest(&payload_digest)),
    }
}

/// The address that a document was fetched from.
pub fn ip(i: usize) -> String {
    format!("203.0.113.{}", i % 254 + 1)
}

/// The request a crawler sends for `doc`.
pub fn http_request(doc: &Doc) -> String {
    format!(
        "GET {} HTTP/1.1\r\nUser-Agent: CCBot/2.0 (https://commoncrawl.org/faq/)\r\n\
         Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\n\
         Accept-Encoding: br,gzip\r\nHost: {}\r\nConnection: Keep-Alive\r\n\r\n",
        doc.path(),
        doc.authority()
    )
}

/// The head of the answer, encodings hidden behind `X-Crawler-` as since August 2018.
pub fn http_head(doc: &Doc, length: usize) -> String {
    let charset = if doc.mime.starts_with("text/") { "; charset=UTF-8" } else { "" };
    format!(
        "HTTP/1.1 {} {}\r\ndate: {}\r\nserver: nginx\r\ncontent-type: {}{charset}\r\nX-Crawler-content-encoding: gzip\r\n\
         vary: Accept-Encoding\r\nset-cookie: a=1; Path=/\r\nset-cookie: b=2; Path=/\r\n\
         X-Crawler-transfer-encoding: chunked\r\nContent-Length: {length}\r\n\r\n",
        doc.status,
        reason(doc.status),
        dates::http(&doc.date),
        doc.mime
    )
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        301 => "Moved Permanently",
        304 => "Not Modified",
        404 => "Not Found",
        _ => "",
    }
}

fn sheet(pieces: Vec<Piece>) -> Sheet {
    Sheet { name: format!("{STEM}.warc"), kind: Kind::Records, pieces }
}

fn warcinfo() -> Piece {
    let block = format!(
        "isPartOf: {CRAWL}\r\npublisher: Common Crawl\r\ndescription: Wide crawl of the web for May 2024\r\n\
         operator: Common Crawl Admin (info@commoncrawl.org)\r\nhostname: ip-10-67-67-211\r\n\
         software: Apache Nutch 1.19 (modified, https://github.com/commoncrawl/nutch/)\r\n\
         robots: checked via crawler-commons 1.5-SNAPSHOT (https://github.com/crawler-commons/crawler-commons)\r\n\
         format: WARC File Format 1.1\r\n\
         conformsTo: https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n"
    );
    let id = digest::record_id(WARCINFO, 0);
    let head = Head::new()
        .field("WARC-Type", WARCINFO)
        .field("WARC-Date", "2024-05-17T23:31:22Z")
        .field("WARC-Record-ID", &id)
        .field("Content-Length", &block.len().to_string())
        .field("Content-Type", "application/warc-fields")
        .field("WARC-Filename", &format!("{STEM}.warc.gz"))
        .field("WARC-Block-Digest", &digest::warc(block.as_bytes()));
    Piece { bytes: head.block(block.as_bytes()), record: Some(Placed::new(WARCINFO).id(&id)) }
}

fn request(i: usize, doc: &Doc) -> Piece {
    let block = http_request(doc);
    let id = digest::record_id("request", i);
    let empty = digest::warc(b"");
    let head = Head::new()
        .field("WARC-Type", "request")
        .field("WARC-Date", &doc.date)
        .field("WARC-Record-ID", &id)
        .field("Content-Length", &block.len().to_string())
        .field("Content-Type", "application/http; msgtype=request")
        .field("WARC-Warcinfo-ID", &digest::record_id(WARCINFO, 0))
        .field("WARC-IP-Address", &ip(i))
        .field("WARC-Target-URI", &doc.url)
        .field("WARC-Payload-Digest", &empty)
        .field("WARC-Block-Digest", &digest::warc(block.as_bytes()));
    Piece {
        bytes: head.block(block.as_bytes()),
        record: Some(Placed::new("request").about(i).id(&id).digest(&empty)),
    }
}

/// A 304: no payload, so no payload digest.
fn revisit(i: usize, doc: &Doc) -> Piece {
    let block =
        format!("HTTP/1.1 304 Not Modified\r\ndate: {}\r\nserver: nginx\r\n\r\n", dates::http(&doc.date));
    let id = digest::record_id("response", i);
    let head = Head::new()
        .field("WARC-Type", "revisit")
        .field("WARC-Date", &doc.date)
        .field("WARC-Record-ID", &id)
        .field("Content-Length", &block.len().to_string())
        .field("Content-Type", "application/http; msgtype=response")
        .field("WARC-Warcinfo-ID", &digest::record_id(WARCINFO, 0))
        .field("WARC-Concurrent-To", &digest::record_id("request", i))
        .field("WARC-IP-Address", &ip(i))
        .field("WARC-Target-URI", &doc.url)
        .field("WARC-Profile", "http://netpreserve.org/warc/1.1/revisit/server-not-modified")
        .field("WARC-Block-Digest", &digest::warc(block.as_bytes()));
    Piece {
        bytes: head.block(block.as_bytes()),
        record: Some(Placed::new("revisit").content(i, false).id(&id)),
    }
}

fn metadata(i: usize, doc: &Doc, with_language: bool) -> Piece {
    let mut block = format!("fetchTimeMs: {}\r\n", 200 + i);
    if with_language {
        let name = if doc.lang == "fra" { "FRENCH" } else { "ENGLISH" };
        block.push_str(&format!(
            "charset-detected: UTF-8\r\nlanguages-cld2: {{\"reliable\":true,\"text-bytes\":{},\"languages\":[{{\"code\":\"{}\",\
             \"code-iso-639-3\":\"{}\",\"text-covered\":0.99,\"score\":1200.0,\"name\":\"{name}\"}}]}}\r\n",
            doc.text.len(),
            doc.lang2(),
            doc.lang
        ));
    }
    block.push_str("\r\n");
    let id = digest::record_id("metadata", i);
    let sum = digest::warc(block.as_bytes());
    let head = Head::new()
        .field("WARC-Type", "metadata")
        .field("WARC-Date", &doc.date)
        .field("WARC-Record-ID", &id)
        .field("Content-Length", &block.len().to_string())
        .field("Content-Type", "application/warc-fields")
        .field("WARC-Warcinfo-ID", &digest::record_id(WARCINFO, 0))
        .field("WARC-Concurrent-To", &digest::record_id("response", i))
        .field("WARC-Target-URI", &doc.url)
        .field("WARC-Payload-Digest", &sum)
        .field("WARC-Block-Digest", &sum);
    Piece {
        bytes: head.block(block.as_bytes()),
        record: Some(Placed::new("metadata").about(i).id(&id).digest(&sum)),
    }
}
