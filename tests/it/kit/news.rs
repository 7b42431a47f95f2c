//! CC-NEWS: StormCrawler's WARC. Response before request, no metadata records, another order of fields.

use super::digest;
use super::doc::Doc;
use super::frame::{Kind, Piece, Placed, Sheet};
use super::warc::{Head, http_head, http_request, ip};

const STEM: &str = "CC-NEWS-20240517220000-00042";

/// Warcinfo, then response and request of each document. The last of several documents is a `resource`: its
/// HTTP head was not kept.
pub fn sheet(docs: &[Doc]) -> Sheet {
    let mut pieces = vec![warcinfo()];
    for (i, doc) in docs.iter().enumerate() {
        if i > 0 && i + 1 == docs.len() {
            pieces.push(resource(i, doc));
        } else {
            pieces.extend([response(i, doc), request(i, doc)]);
        }
    }
    Sheet { name: format!("{STEM}.warc"), kind: Kind::Records, pieces }
}

fn warcinfo() -> Piece {
    let block = "software: StormCrawler 1.18.1 https://stormcrawler.net/\r\ndescription: News crawl for Common Crawl\r\n\
         http-header-user-agent: CCBot/2.0 (https://commoncrawl.org/faq/)\r\nhttp-header-from: info@commoncrawl.org\r\n\
         operator: Common Crawl Admin (info@commoncrawl.org)\r\n\
         robots: checked by crawler-commons 1.4 (https://github.com/crawler-commons/crawler-commons)\r\n\
         format: WARC File Format 1.1\r\n\
         conformsTo: https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n";
    let id = digest::record_id("news-warcinfo", 0);
    let head = Head::new()
        .field("WARC-Type", "warcinfo")
        .field("WARC-Date", "2024-05-17T22:00:00Z")
        .field("WARC-Filename", &format!("{STEM}.warc.gz"))
        .field("WARC-Record-ID", &id)
        .field("Content-Type", "application/warc-fields")
        .field("Content-Length", &block.len().to_string());
    Piece { bytes: head.block(block.as_bytes()), record: Some(Placed::new("warcinfo").id(&id)) }
}

fn response(i: usize, doc: &Doc) -> Piece {
    let payload = doc.payload();
    let block = [http_head(doc, payload.len()).as_bytes(), &payload].concat();
    let id = digest::record_id("news-response", i);
    let sum = digest::warc(&payload);
    let head = Head::new()
        .field("WARC-Record-ID", &id)
        .field("WARC-Concurrent-To", &digest::record_id("news-request", i));
    Piece {
        bytes: rest(head, i, doc, "response", &block, "application/http; msgtype=response", &sum),
        record: Some(Placed::new("response").content(i, doc.is_page()).id(&id).digest(&sum)),
    }
}

fn request(i: usize, doc: &Doc) -> Piece {
    let block = http_request(doc);
    let id = digest::record_id("news-request", i);
    let sum = digest::warc(b"");
    let head = Head::new().field("WARC-Record-ID", &id);
    Piece {
        bytes: rest(head, i, doc, "request", block.as_bytes(), "application/http; msgtype=request", &sum),
        record: Some(Placed::new("request").about(i).id(&id).digest(&sum)),
    }
}

fn resource(i: usize, doc: &Doc) -> Piece {
    let block = doc.payload();
    let id = digest::record_id("news-response", i);
    let sum = digest::warc(&block);
    let head = Head::new().field("WARC-Record-ID", &id);
    Piece {
        bytes: rest(head, i, doc, "resource", &block, &format!("{};charset=utf-8", doc.mime), &sum),
        record: Some(Placed::new("resource").content(i, doc.is_page()).id(&id).digest(&sum)),
    }
}

/// The fields that all three share, in StormCrawler's order, and the block.
fn rest(
    head: Head,
    i: usize,
    doc: &Doc,
    kind: &str,
    block: &[u8],
    content_type: &str,
    payload_digest: &str,
) -> Vec<u8> {
    head.field("Content-Length", &block.len().to_string())
        .field("WARC-Date", &doc.date)
        .field("WARC-Type", kind)
        .field("WARC-IP-Address", &ip(i))
        .field("WARC-Target-URI", &doc.url)
        .field("Content-Type", content_type)
        .field("WARC-Payload-Digest", payload_digest)
        .field("WARC-Block-Digest", &digest::warc(block))
        .block(block)
}
