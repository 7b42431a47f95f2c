//! What a shard holds, told from its first decoded bytes.

use super::archive::Format;
use super::fields::{self, Detected, FieldMap};

/// The shape of a shard's records.
#[derive(Clone, Debug)]
pub enum Shape {
    /// WARC or ARC records.
    Archive(Format),
    /// One JSON document a line, read by this map.
    Lines(Box<FieldMap>),
    /// Lines of text without any address, as in OSCAR 2019.
    Text,
}

/// Decoded bytes that are enough to tell, unless the first line is longer.
pub const LOOK: usize = 64 * 1024;

/// Lines of a JSON file that are looked at, when the first ones are broken.
const LINES_TRIED: usize = 100;

/// True when more bytes than these are needed: a JSON line has begun and not ended.
pub fn wants_more(first: &[u8]) -> bool {
    let start = first.trim_ascii_start();
    start.starts_with(b"{") && !start.contains(&b'\n')
}

/// Tells the shape, or says what the file is instead.
///
/// `custom` is the field map that the user gave; it then reads any JSON lines. `whole` says that `first` is all there
/// is, so its last line is not merely cut by the look.
///
/// # Errors
/// One sentence that says why this is no shard.
pub fn sniff(first: &[u8], whole: bool, custom: Option<&FieldMap>) -> Result<Shape, String> {
    let start = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first).trim_ascii_start();
    if start.is_empty() {
        return Err("the file holds nothing but blanks".into());
    }
    for format in [Format::Warc, Format::Arc] {
        if format.opens(start) {
            return Ok(Shape::Archive(format));
        }
    }
    match start[0] {
        b'{' => json_lines(start, whole, custom),
        b'[' => Err("a JSON array, not JSON lines: one document a line is needed".into()),
        b'<' => Err("an HTML or XML page: perhaps an error page saved in place of the shard".into()),
        _ => text(start),
    }
}

fn json_lines(start: &[u8], whole: bool, custom: Option<&FieldMap>) -> Result<Shape, String> {
    if let Some(map) = custom {
        return Ok(Shape::Lines(Box::new(map.clone())));
    }
    let mut lines: Vec<&[u8]> = start.split(|&byte| byte == b'\n').take(LINES_TRIED).collect();
    if !whole && lines.len() > 1 {
        lines.pop();
    }
    let mut first_refusal = None;
    for line in lines.into_iter().filter(|line| !line.trim_ascii().is_empty()) {
        let refusal = match fields::detect(line) {
            Ok(Detected::Known(map)) => return Ok(Shape::Lines(Box::new(map.clone()))),
            Ok(Detected::Unknown(keys)) => format!("{keys}; name them with `--fields`"),
            Ok(Detected::NotCorpus) => {
                "JSON lines without a text or an address under a known name; name the fields with `--fields`"
                    .to_owned()
            }
            Err(error) => format!("the first line is no JSON document: {error}"),
        };
        first_refusal.get_or_insert(refusal);
    }
    Err(first_refusal.unwrap_or_else(|| "no JSON document in the first lines".to_owned()))
}

/// Text without addresses is accepted only as far as it is text, and no index or listing that lies beside shards.
fn text(start: &[u8]) -> Result<Shape, String> {
    let valid = match std::str::from_utf8(start) {
        Ok(text) => text,
        // The look may end inside a character.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&start[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return Err("neither a known archive or corpus format nor UTF-8 text".into()),
    };
    let printable = |character: char| !character.is_control() || character.is_whitespace();
    if !valid.chars().all(printable) {
        return Err("neither a known archive or corpus format nor text".into());
    }
    let line = valid.lines().next().unwrap_or_default();
    if is_index_line(line) {
        return Err("an index of captures (CDX), not a shard".into());
    }
    if !line.contains(' ') && line.contains('/') && (line.contains(".gz") || line.ends_with('/')) {
        return Err(
            "a listing of paths, not a shard: give it as an argument named `*.paths` or `*.paths.gz`".into(),
        );
    }
    Ok(Shape::Text)
}

/// `fr,lemonde)/path 20240518015810 ...`
fn is_index_line(line: &str) -> bool {
    let mut fields = line.split_ascii_whitespace();
    let key = fields.next().unwrap_or_default();
    let time = fields.next().unwrap_or_default();
    key == "CDX" || key.contains(")/") && time.len() == 14
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(first: &[u8]) -> Result<&'static str, String> {
        sniff(first, true, None).map(|shape| match shape {
            Shape::Archive(Format::Warc) => "warc",
            Shape::Archive(Format::Arc) => "arc",
            Shape::Lines(_) => "lines",
            Shape::Text => "text",
        })
    }

    #[test]
    fn shapes_are_told_from_the_bytes() {
        assert_eq!(shape(b"\r\nWARC/1.0\r\n"), Ok("warc"));
        assert_eq!(shape(b"filedesc://x 0.0.0.0 20090917120000 text/plain 73\n"), Ok("arc"));
        assert_eq!(
            shape(br#"{"url":"http://a.example/","text":"t","timestamp":"2019-04-25T12:57:54Z"}"#),
            Ok("lines")
        );
        assert_eq!(shape(b"not json\n"), Ok("text"));
        assert_eq!(shape("Un texte à lire\n\nUn autre".as_bytes()), Ok("text"));
    }

    #[test]
    fn a_broken_first_line_does_not_hide_the_corpus() {
        let line = br#"{"url":"http://a.example/","text":"t","timestamp":"2019-04-25T12:57:54Z"}"#;
        assert_eq!(shape(&[b"{\"url\":\"http\n".as_slice(), line].concat()), Ok("lines"));
    }

    #[test]
    fn what_is_no_shard_is_named() {
        for (first, word) in [
            (b"".as_slice(), "blanks"),
            (b"[1,2]", "array"),
            (b"<!doctype html>", "HTML"),
            (b"\x00\x01\x02\xff", "UTF-8"),
            (b"a\x00b", "nor text"),
            (b"fr,lemonde)/ 20240518015810 {\"url\": \"x\"}", "index"),
            (b"crawl-data/CC-MAIN-2024-22/segments/x/wet/y.warc.wet.gz\n", "listing"),
            (b"{\"a\": true}\n", ""),
        ] {
            let error = shape(first).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
    }
}
