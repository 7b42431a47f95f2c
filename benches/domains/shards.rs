//! Shards of the corpora, in the sizes and framings of the real ones.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::common::Result;
use crate::pages::Pages;

/// The forms of a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Request, response and metadata, each a gzip member.
    Warc,
    /// Text, each a gzip member.
    Wet,
    /// JSON lines in one gzip stream.
    C4,
    /// JSON lines in one zstd frame.
    Oscar,
}

/// Bytes that are written at a time. Of a file that was written in small pieces the system keeps small ones, and every reader
/// takes longer to copy them than those of a file that was read from a disk.
const PIECE: usize = 1024 * 1024;

/// Writes a shard of at least so many decoded bytes and returns their number.
pub fn write(form: Form, pages: &mut Pages, decoded: u64, path: &Path) -> Result<u64> {
    let mut file = BufWriter::with_capacity(PIECE, File::create(path)?);
    let mut sum = 0;
    match form {
        Form::Warc | Form::Wet => {
            let mut number = 0;
            while sum < decoded {
                number += 1;
                for record in records(form, pages, number) {
                    let mut member = GzEncoder::new(&mut file, Compression::new(6));
                    member.write_all(&record)?;
                    member.finish()?;
                    sum += record.len() as u64;
                }
            }
        }
        Form::C4 => {
            let mut stream = GzEncoder::new(&mut file, Compression::new(6));
            sum = lines(form, pages, decoded, &mut stream)?;
            stream.finish()?;
        }
        Form::Oscar => {
            let mut frame = zstd::Encoder::new(&mut file, 3)?;
            frame.include_checksum(true)?;
            sum = lines(form, pages, decoded, &mut frame)?;
            frame.finish()?;
        }
    }
    file.flush()?;
    Ok(sum)
}

fn address(pages: &mut Pages, number: u64) -> String {
    let (host, section) = (pages.random() % 5000, pages.random() % 90);
    format!("https://www.site{host}.example/section-{section}/2024/05/article-number-{number}.html")
}

fn records(form: Form, pages: &mut Pages, number: u64) -> Vec<Vec<u8>> {
    let url = address(pages, number);
    let id = |kind: u64| format!("<urn:uuid:{kind:08x}-0000-4000-8000-{number:012x}>");
    let record = |kind: &str, id: &str, more: &str, block: &[u8]| {
        let mut bytes = format!(
            "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Date: 2024-05-21T10:20:30Z\r\nWARC-Record-ID: {id}\r\n\
             Content-Length: {}\r\n{more}WARC-Target-URI: {url}\r\n\r\n",
            block.len()
        )
        .into_bytes();
        bytes.extend_from_slice(block);
        bytes.extend_from_slice(b"\r\n\r\n");
        bytes
    };
    if form == Form::Wet {
        let more = format!(
            "Content-Type: text/plain\r\nWARC-Refers-To: {}\r\nWARC-Identified-Content-Language: fra\r\n\
             WARC-Block-Digest: sha1:Q2N5UWRQ3ZQYBUYRXW5BJN5LCGZKX{:03}\r\n",
            id(2),
            number % 1000
        );
        return vec![record("conversion", &id(1), &more, pages.next_text().as_bytes())];
    }
    let request = "GET / HTTP/1.1\r\nUser-Agent: CCBot/2.0 (https://commoncrawl.org/faq/)\r\nAccept: text/html\r\n\
                   Accept-Language: en-US,en;q=0.5\r\nConnection: Keep-Alive\r\n\r\n";
    let page = pages.next_page();
    let mut response = format!(
        "HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Tue, 21 May 2024 10:20:30 GMT\r\nContent-Type: text/html; \
         charset=UTF-8\r\nX-Crawler-Content-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        page.len()
    )
    .into_bytes();
    response.extend_from_slice(&page);
    let address = format!("WARC-IP-Address: 192.0.2.{}\r\n", number % 250);
    let more = format!(
        "Content-Type: application/http; msgtype=response\r\n{address}WARC-Concurrent-To: {}\r\n\
         WARC-Identified-Payload-Type: text/html\r\nWARC-Payload-Digest: sha1:4YQ2AGYVSAPTUYXWDRIDYXSVIXX3N{:03}\r\n",
        id(1),
        number % 1000
    );
    let metadata = "fetchTimeMs: 401\r\ncharset-detected: UTF-8\r\nlanguages-cld2: {\"reliable\":true}\r\n";
    vec![
        record(
            "request",
            &id(1),
            &format!("Content-Type: application/http; msgtype=request\r\n{address}"),
            request.as_bytes(),
        ),
        record("response", &id(2), &more, &response),
        record("metadata", &id(3), "Content-Type: application/warc-fields\r\n", metadata.as_bytes()),
    ]
}

fn lines(form: Form, pages: &mut Pages, decoded: u64, out: &mut impl Write) -> Result<u64> {
    let (mut sum, mut number) = (0, 0);
    while sum < decoded {
        number += 1;
        let url = address(pages, number);
        let text = pages.next_text();
        let line = match form {
            Form::Oscar => serde_json::json!({
                "content": text,
                "warc_headers": {
                    "warc-record-id": format!("<urn:uuid:00000001-0000-4000-8000-{number:012x}>"),
                    "warc-target-uri": url, "warc-date": "2022-11-27T10:20:30Z", "content-type": "text/plain",
                    "warc-type": "conversion", "content-length": text.len().to_string(),
                },
                "metadata": { "identification": { "label": "fr", "prob": 0.93 }, "annotation": null,
                    "sentence_identifications": [{ "label": "fr", "prob": 0.91 }, null] },
            }),
            _ => serde_json::json!({ "text": text, "timestamp": "2019-04-25T12:57:54Z", "url": url }),
        };
        let line = line.to_string() + "\n";
        out.write_all(line.as_bytes())?;
        sum += line.len() as u64;
    }
    Ok(sum)
}
