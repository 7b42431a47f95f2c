//! ARC files of crawl-002 (2009): one line of head with LF, no space after the colons of the HTTP head, the
//! body decoded though `Transfer-Encoding` still says otherwise.

use super::dates;
use super::digest;
use super::doc::Doc;
use super::frame::{Kind, Piece, Placed, Sheet};
use super::warc::ip;

const STEM: &str = "1253241189984_12";

/// `filedesc`, then a record for each document. ARC has no record ids and no digests that a reader could
/// check.
pub fn sheet(docs: &[Doc]) -> Sheet {
    let pieces =
        std::iter::once(filedesc()).chain(docs.iter().enumerate().map(|(i, doc)| record(i, doc))).collect();
    Sheet { name: format!("{STEM}.arc"), kind: Kind::Records, pieces }
}

fn filedesc() -> Piece {
    let block = "1 0 CommonCrawl\nURL IP-address Archive-date Content-type Archive-length\n\n";
    let head = format!("filedesc://{STEM}.arc.gz 0.0.0.0 20090917193309 text/plain {}\n", block.len());
    Piece { bytes: [head, block.into()].concat().into_bytes(), record: Some(Placed::new("filedesc")) }
}

fn record(i: usize, doc: &Doc) -> Piece {
    let http = format!(
        "HTTP/1.1 {} OK\r\nDate:{}\r\nServer:Apache\r\nConnection:close\r\nTransfer-Encoding:chunked\r\n\
         Content-Type:{}; charset=UTF-8\r\nx_commoncrawl_ParseSegmentId:6307\r\nx_commoncrawl_OriginalURL:{}\r\n\
         x_commoncrawl_URLFP:{}\r\nx_commoncrawl_HostFP:{}\r\nx_commoncrawl_Signature:{}\r\nx_commoncrawl_CrawlNo:1\r\n\
         x_commoncrawl_FetchTimestamp:{}\r\n\r\n",
        doc.status,
        dates::http(&doc.date),
        doc.mime,
        doc.url,
        number(&doc.url),
        number(&doc.host()),
        digest::hex(&doc.text, 16),
        dates::seconds(&doc.date) * 1000 + 733
    );
    let block = [http.as_bytes(), &doc.payload()].concat();
    let head = format!("{} {} {} {} {}\n", doc.url, ip(i), dates::digits14(&doc.date), doc.mime, block.len());
    Piece {
        bytes: [head.as_bytes(), &block, b"\n"].concat(),
        record: Some(Placed::new("response").content(i, doc.is_page())),
    }
}

/// A 64-bit number drawn from `seed`, in decimal.
fn number(seed: &str) -> i64 {
    u64::from_str_radix(&digest::hex(seed, 8), 16).expect("16 hex digits") as i64
}
