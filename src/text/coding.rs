//! Bodies that are still encoded. Common Crawl undoes codings and leaves the fields that state them, others store what was
//! sent: so the bytes decide.

use std::borrow::Cow;
use std::io::Read;

use flate2::bufread::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

/// Largest body after a coding was undone, in bytes.
const LARGEST_DECODED: u64 = 64 * 1024 * 1024;

/// Codings over each other that are undone.
const MOST_CODINGS: usize = 4;

/// Bytes at the beginning of a body that are looked at.
const LOOK: usize = 4096;

/// One control byte in fewer than so many bytes is no text; coded bytes have one in ten, and pages a stray one.
const TEXT_FOR_EACH_CONTROL: usize = 25;
/// The same where a coding is stated, which Common Crawl leaves over texts as well.
const TEXT_WHERE_CODED: usize = 100;

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// The body with its codings undone. `None` when it cannot be read: a coding that is not known here, or damage.
pub fn undone<'b>(body: &'b [u8], content_encoding: &str) -> Option<Cow<'b, [u8]>> {
    let codings = content_encoding.to_ascii_lowercase();
    let is_deflate = codings.split(',').any(|coding| coding.trim() == "deflate");
    let is_coded = !codings.is_empty();
    let mut body = Cow::Borrowed(body);
    for _ in 0..MOST_CODINGS {
        let decoded = match &*body {
            bytes if bytes.starts_with(&GZIP) => all_of(MultiGzDecoder::new(bytes))?,
            bytes if bytes.starts_with(&ZSTD) => all_of(zstd::Decoder::new(bytes).ok()?)?,
            bytes if is_deflate && is_no_text(bytes, true) => {
                all_of(ZlibDecoder::new(bytes)).or_else(|| all_of(DeflateDecoder::new(bytes)))?
            }
            bytes => match joined_chunks(bytes) {
                Some(joined) => joined,
                None => break,
            },
        };
        body = Cow::Owned(decoded);
    }
    (!is_no_text(&body, is_coded)).then_some(body)
}

fn all_of(reader: impl Read) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(LARGEST_DECODED + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= LARGEST_DECODED).then_some(bytes)
}

/// The body of chunks (RFC 9112, 7.1), if it is made of them from the first byte to the last.
fn joined_chunks(body: &[u8]) -> Option<Vec<u8>> {
    let mut rest = body;
    let mut joined = Vec::new();
    loop {
        let end = rest.iter().take(64).position(|&byte| byte == b'\n')?;
        let line = rest.get(..end)?.strip_suffix(b"\r")?;
        let digits = line.split(|&byte| byte == b';').next()?.trim_ascii();
        let length = usize::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        rest = rest.get(end + 1..)?;
        if length == 0 {
            return (rest == b"\r\n" || rest.is_empty()).then_some(joined);
        }
        let (chunk, behind) = rest.split_at_checked(length)?;
        joined.extend_from_slice(chunk);
        rest = behind.strip_prefix(b"\r\n")?;
    }
}

/// True for bytes that are the characters of no text.
fn is_no_text(body: &[u8], is_coded: bool) -> bool {
    const FILES: [&[u8]; 5] = [b"%PDF-", b"PK\x03\x04", b"\x89PNG\r\n", b"\xff\xd8\xff", b"\xd0\xcf\x11\xe0"];
    if FILES.iter().any(|magic| body.starts_with(magic)) {
        return true;
    }
    // Nearly every body is UTF-8, which takes less to see than what follows, and is text whatever follows.
    if simdutf8::basic::from_utf8(body).is_ok() {
        return false;
    }
    let look = &body[..body.len().min(LOOK)];
    let nuls = look.iter().filter(|&&byte| byte == 0).count();
    // UTF-16 has one in two bytes; text with a stray one is text.
    let nuls = if nuls * 4 > look.len() { 0 } else { nuls };
    let is_control = |byte: u8| byte < 0x20 && !matches!(byte, 0 | b'\t' | b'\n' | b'\x0c' | b'\r' | 0x1b);
    let controls = nuls + look.iter().filter(|&&byte| is_control(byte)).count();
    let text_for_each = if is_coded { TEXT_WHERE_CODED } else { TEXT_FOR_EACH_CONTROL };
    controls > look.len() / text_for_each
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const PAGE: &[u8] =
        b"<p>Un \xc3\xa9t\xc3\xa9 de mots, et encore un \xc3\xa9t\xc3\xa9 de mots qui suivent.</p>";

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn deflate(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn chunked(bytes: &[u8]) -> Vec<u8> {
        let chunks = bytes
            .chunks(30)
            .map(|chunk| [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat());
        [chunks.collect::<Vec<_>>().concat(), b"0\r\n\r\n".to_vec()].concat()
    }

    #[test]
    fn codings_are_undone_whatever_the_field_says_of_them() {
        let cases = [
            (gzip(PAGE), "gzip"),
            (gzip(PAGE), "x-gzip"),
            (gzip(PAGE), ""),
            (gzip(PAGE), "gzip, identity"),
            (gzip(&gzip(PAGE)), "gzip, gzip"),
            (chunked(&gzip(PAGE)), "gzip"),
            (chunked(PAGE), ""),
            (zlib(PAGE), "deflate"),
            (deflate(PAGE), "Deflate"),
            (gzip(&zlib(PAGE)), "deflate, gzip"),
            (zstd::encode_all(PAGE, 1).unwrap(), "zstd"),
            (PAGE.to_vec(), "gzip"),
            (PAGE.to_vec(), "br"),
            (PAGE.to_vec(), "deflate"),
        ];
        for (body, coding) in cases {
            assert_eq!(undone(&body, coding).as_deref(), Some(PAGE), "{coding}");
        }
    }

    #[test]
    fn what_cannot_be_undone_is_not_read() {
        // A text of a page of random words as brotli stores it begins like this: no magic tells it.
        let other: Vec<u8> = (0..200_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for (body, coding) in [
            (other.clone(), "br"),
            (other.clone(), ""),
            (other, "deflate"),
            (gzip(PAGE)[..30].to_vec(), "gzip"),
            (b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\nwords".to_vec(), ""),
        ] {
            assert_eq!(undone(&body, coding), None, "{coding}");
        }
        let utf_16: Vec<u8> = "Un été de mots".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for text in [&b""[..], b"a\0b", "caf\u{1}é \u{2}".as_bytes(), b"Un \xe9t\xe9 de mots", &utf_16] {
            assert_eq!(undone(text, "").as_deref(), Some(text));
        }
        let stray = [&b"Un \xe9t\xe9 de mots ".repeat(20)[..], b"\x0b \x01"].concat();
        assert_eq!(undone(&stray, "gzip").as_deref(), Some(&*stray));
    }
}
