//! The HTTP message of a page, with its transfer and content encodings taken off.
//!
//! Common Crawl stores pages without them; a crawl that a publisher made of its own pages stores what came
//! over the line.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use super::LONGEST_ENTRY;
use crate::record::warc;

/// A message, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Message<'b> {
    /// The status code; `None` when the first line is no status line.
    pub status: Option<u16>,
    /// The value of `Content-Type`, empty when there is none.
    pub content_type: String,
    transfer_encoding: String,
    content_encoding: String,
    stored: &'b [u8],
}

impl<'b> Message<'b> {
    /// Reads the head of a message.
    pub fn parse(block: &'b [u8]) -> Message<'b> {
        let (head, stored) = block.split_at(warc::end(block).unwrap_or(block.len()));
        let head = String::from_utf8_lossy(head);
        let mut lines = head.lines();
        let status = lines.next().filter(|line| line.starts_with("HTTP"));
        let status = status.and_then(|line| line.split_ascii_whitespace().nth(1)?.parse().ok());
        let mut message = Message { status, stored, ..Message::default() };
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            let field = match name.trim().to_ascii_lowercase().as_str() {
                "content-type" => &mut message.content_type,
                "transfer-encoding" => &mut message.transfer_encoding,
                "content-encoding" => &mut message.content_encoding,
                _ => continue,
            };
            *field = value.trim().to_ascii_lowercase();
        }
        message
    }

    /// True for the types of web pages.
    pub fn is_page(&self) -> bool {
        is_page(&self.content_type)
    }

    /// The body as the server meant it. Bytes that are not in the encoding that the head declares are taken
    /// as they are, since archives drop encodings and keep the head.
    ///
    /// # Errors
    /// One sentence when the body cannot be decoded, or is larger than is held.
    pub fn body(&self) -> Result<Cow<'b, [u8]>, String> {
        let body = match self.transfer_encoding.contains("chunked") && starts_chunk(self.stored) {
            true => Cow::Owned(unchunked(self.stored).ok_or("the chunks of the page are not whole")?),
            false => Cow::Borrowed(self.stored),
        };
        let opens_page = body.trim_ascii_start().starts_with(b"<");
        match self.content_encoding.as_str() {
            "" | "identity" => Ok(body),
            _ if opens_page => Ok(body),
            "gzip" | "x-gzip" => read(MultiGzDecoder::new(&*body)),
            "deflate" if body.first().is_some_and(|byte| byte & 0x0f == 8) => read(ZlibDecoder::new(&*body)),
            "deflate" => read(DeflateDecoder::new(&*body)),
            "zstd" => read(zstd::Decoder::new(&*body).map_err(|error| error.to_string())?),
            other => Err(format!("the page is compressed by `{}`", crate::escape::printable(other))),
        }
    }
}

/// True for the content types of web pages.
pub(super) fn is_page(content_type: &str) -> bool {
    let name = content_type.split(';').next().unwrap_or_default().trim();
    name.eq_ignore_ascii_case("text/html") || name.eq_ignore_ascii_case("application/xhtml+xml")
}

fn read<'b>(decoder: impl Read) -> Result<Cow<'b, [u8]>, String> {
    let mut body = Vec::new();
    let most = LONGEST_ENTRY as u64;
    let count = decoder
        .take(most + 1)
        .read_to_end(&mut body)
        .map_err(|error| format!("the content encoding of the page is damaged: {error}"))?;
    match count as u64 > most {
        true => Err(format!("the page has more than {most} bytes")),
        false => Ok(Cow::Owned(body)),
    }
}

/// The size line of a chunk and what follows it (RFC 9112, 7.1).
fn chunk(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let end = memchr::memchr(b'\n', bytes.get(..bytes.len().min(1024))?)?;
    let line = std::str::from_utf8(bytes.get(..end)?).ok()?;
    let size = line.split(';').next()?.trim();
    let size = usize::from_str_radix(size, 16).ok()?;
    Some((size, bytes.get(end + 1..)?))
}

fn starts_chunk(bytes: &[u8]) -> bool {
    chunk(bytes).is_some()
}

fn unchunked(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    loop {
        let (size, behind) = chunk(rest)?;
        if size == 0 {
            return Some(body);
        }
        let (data, behind) = behind.split_at_checked(size)?;
        body.extend_from_slice(data);
        rest = behind.strip_prefix(b"\r\n").or_else(|| behind.strip_prefix(b"\n"))?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn body(head: &str, stored: &[u8]) -> Result<Vec<u8>, String> {
        let block = [format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n").as_bytes(), stored].concat();
        Message::parse(&block).body().map(Cow::into_owned)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn the_head_tells_status_and_type() {
        let message =
            Message::parse(b"HTTP/1.1 404 Not Found\r\nContent-TYPE: Text/HTML; charset=x\r\n\r\nbody");
        assert_eq!((message.status, message.is_page()), (Some(404), true));
        assert_eq!(message.stored, b"body");
        let message = Message::parse(b"no head at all");
        assert_eq!((message.status, message.is_page()), (None, false));
        assert!(!is_page("image/png") && !is_page(""));
    }

    #[test]
    fn chunks_and_compression_are_taken_off() {
        let page = b"<p>words</p>";
        assert_eq!(body("A: b", page).unwrap(), page);
        let chunks = b"5\r\n<p>wo\r\n7;x=y\r\nrds</p>\r\n0\r\n\r\n";
        assert_eq!(body("Transfer-Encoding: chunked", chunks).unwrap(), page);
        assert_eq!(body("Content-Encoding: gzip", &gzip(page)).unwrap(), page);
        let zipped = gzip(page);
        let both = [format!("{:x}\r\n", zipped.len()).as_bytes(), &zipped, b"\r\n0\r\n\r\n"].concat();
        assert_eq!(body("Transfer-Encoding: chunked\r\nContent-Encoding: gzip", &both).unwrap(), page);
    }

    #[test]
    fn encodings_that_the_archive_took_off_are_no_trouble() {
        let page = b"<p>words</p>";
        assert_eq!(body("Transfer-Encoding: chunked\r\nContent-Encoding: br", page).unwrap(), page);
    }

    #[test]
    fn what_cannot_be_decoded_is_told() {
        assert!(body("Content-Encoding: br", b"\x8b\x05").unwrap_err().contains("`br`"));
        assert!(body("Transfer-Encoding: chunked", b"5\r\n<p>").unwrap_err().contains("chunks"));
        let zipped = gzip(b"<p>words</p>");
        assert!(body("Content-Encoding: gzip", &zipped[..zipped.len() - 9]).is_err());
        let bomb = gzip(&vec![b'x'; LONGEST_ENTRY + 1]);
        assert!(body("Content-Encoding: gzip", &bomb).unwrap_err().contains("more than"));
    }
}
