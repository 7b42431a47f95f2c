//! WET files: the text of the pages of one WARC.

use super::digest;
use super::doc::Doc;
use super::frame::{Kind, Piece, Placed, Sheet};
use super::warc::{CRAWL, Head, STEM};

/// Warcinfo, then a conversion record for each page (status 200, HTML).
pub fn sheet(docs: &[Doc]) -> Sheet {
    let pages = docs.iter().enumerate().filter(|(_, doc)| doc.is_page());
    let pieces = std::iter::once(warcinfo()).chain(pages.map(|(i, doc)| conversion(i, doc))).collect();
    Sheet { name: format!("{STEM}.warc.wet"), kind: Kind::Records, pieces }
}

/// The block of a page's conversion record. OSCAR, RedPajama and DCLM repeat its length and digest.
pub fn block(doc: &Doc) -> Vec<u8> {
    format!("{}\n", doc.lines().join("\n")).into_bytes()
}

/// The id of a page's conversion record, which OSCAR repeats.
pub fn id(i: usize) -> String {
    digest::record_id("conversion", i)
}

fn warcinfo() -> Piece {
    let block = format!(
        "Software-Info: ia-web-commons.1.1.10-SNAPSHOT-20240513074037\r\nExtracted-Date: Fri, 31 May 2024 01:16:46 GMT\r\n\
         robots: checked via crawler-commons 1.5-SNAPSHOT (https://github.com/crawler-commons/crawler-commons)\r\n\
         isPartOf: {CRAWL}\r\noperator: Common Crawl Admin (info@commoncrawl.org)\r\n\
         description: Wide crawl of the web for May 2024\r\npublisher: Common Crawl\r\n\r\n"
    );
    let id = digest::record_id("wet-warcinfo", 0);
    let head = Head::new()
        .field("WARC-Type", "warcinfo")
        .field("WARC-Date", "2024-05-31T01:16:46Z")
        .field("WARC-Filename", &format!("{STEM}.warc.wet.gz"))
        .field("WARC-Record-ID", &id)
        .field("Content-Type", "application/warc-fields")
        .field("Content-Length", &block.len().to_string())
        .field("WARC-Block-Digest", &digest::warc(block.as_bytes()));
    Piece { bytes: head.block(block.as_bytes()), record: Some(Placed::new("warcinfo").id(&id)) }
}

fn conversion(i: usize, doc: &Doc) -> Piece {
    let block = block(doc);
    let sum = digest::warc(&block);
    let head = Head::new()
        .field("WARC-Type", "conversion")
        .field("WARC-Target-URI", &doc.url)
        .field("WARC-Date", &doc.date)
        .field("WARC-Record-ID", &id(i))
        .field("WARC-Refers-To", &digest::record_id("response", i))
        .field("WARC-Block-Digest", &sum)
        .field("WARC-Identified-Content-Language", &doc.lang)
        .field("Content-Type", "text/plain")
        .field("Content-Length", &block.len().to_string())
        .field("WARC-Payload-Digest", &sum);
    Piece {
        bytes: head.block(&block),
        record: Some(Placed::new("conversion").content(i, true).id(&id(i)).digest(&sum)),
    }
}
