//! What a shard holds, told from its first decoded bytes.

use memchr::memmem;

use super::LONGEST_LINE;
use super::archive::Format;
use super::fields::{self, Detected, FieldMap};
use super::warc::{self, Length};

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

/// Decoded bytes that are enough to tell, unless the first lines are long.
pub const LOOK: usize = 64 * 1024;

/// Decoded bytes that are looked at, at most: a first line that is too long to be examined may stand before a whole one.
pub const FARTHEST: usize = 2 * LONGEST_LINE;

/// Lines of a JSON file that are looked at, when the first ones are broken.
const LINES_TRIED: usize = 100;

/// Characters of a text that may be none, or control characters, whatever its length. Beyond that, one in a hundred.
const STRAY: usize = 3;

/// True when more bytes than these are needed: there is no line yet by which the lines can be told.
pub fn wants_more(first: &[u8]) -> bool {
    let start = beginning(first);
    let told = opens_archive(start).is_some() || is_page(start) || is_array(start, false);
    if told {
        return false;
    }
    if !opens_object(start) {
        match torn_archive(start) {
            Torn::Archive => return false,
            Torn::Unknown => return true,
            // Far bytes of what is no text at all tell nothing.
            Torn::Nothing if text(start).is_err() => return false,
            Torn::Nothing => {}
        }
    }
    // Where a shard was cut, the first line is torn, and whatever stands in it says nothing about the next one.
    let mut lines = lines(start, false);
    match lines.next() {
        Some(line) if opens_object(line) && fields::detect(line).is_ok() => false,
        Some(_) => lines.next().is_none(),
        None => true,
    }
}

/// Tells the shape, or says what the file is instead.
///
/// `custom` is the field map that the user gave; it then reads any JSON lines. `whole` says that `first` is all there
/// is, so its last line is not merely cut by the look.
///
/// # Errors
/// One sentence that says why this is no shard.
pub fn sniff(first: &[u8], whole: bool, custom: Option<&FieldMap>) -> Result<Shape, String> {
    let start = beginning(first);
    if start.is_empty() {
        return Err("the file holds nothing but blanks".into());
    }
    if let Some(format) = opens_archive(start) {
        return Ok(Shape::Archive(format));
    }
    if opens_object(start) {
        return json_lines(start, whole, custom);
    }
    if let Some(told) = torn_json_lines(start, whole, custom) {
        return told;
    }
    if torn_archive(start) == Torn::Archive {
        return Ok(Shape::Archive(Format::Warc));
    }
    if is_array(start, whole) {
        return Err("a JSON array, not JSON lines: one document a line is needed".into());
    }
    if is_page(start) {
        return Err("an HTML or XML page: perhaps an error page saved in place of the shard".into());
    }
    text(start)
}

fn beginning(first: &[u8]) -> &[u8] {
    first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first).trim_ascii_start()
}

fn opens_archive(start: &[u8]) -> Option<Format> {
    [Format::Warc, Format::Arc].into_iter().find(|format| format.opens(start))
}

/// The lines that hold something and can be examined, of those that end in the look.
fn lines(start: &[u8], whole: bool) -> impl Iterator<Item = &[u8]> {
    let end = match whole {
        true => start.len(),
        false => memchr::memrchr(b'\n', start).map_or(0, |at| at + 1),
    };
    let all = start[..end].split(|&byte| byte == b'\n');
    all.filter(|line| line.len() <= LONGEST_LINE && !line.trim_ascii().is_empty()).take(LINES_TRIED)
}

/// An object begins, which a text in braces (`{{cite}}`) is not.
fn opens_object(start: &[u8]) -> bool {
    let within = start.strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    within.is_some_and(|within| within.starts_with(b"\"") || within.starts_with(b"}") || within.is_empty())
}

fn json_lines(start: &[u8], whole: bool, custom: Option<&FieldMap>) -> Result<Shape, String> {
    if let Some(map) = custom {
        return Ok(Shape::Lines(Box::new(map.clone())));
    }
    let mut first_refusal = None;
    for line in lines(start, whole) {
        match shape_of(line, None) {
            Ok(shape) => return Ok(shape),
            Err(refusal) => first_refusal.get_or_insert(refusal),
        };
    }
    Err(first_refusal.unwrap_or_else(|| "no JSON document in the first lines".to_owned()))
}

/// Tells JSON lines whose first lines are torn, or are no objects. `None` when the lines are something else: a text may
/// hold a line of JSON as well, so most of what follows must be objects too.
fn torn_json_lines(start: &[u8], whole: bool, custom: Option<&FieldMap>) -> Option<Result<Shape, String>> {
    let lines: Vec<&[u8]> = lines(start, whole).collect();
    let most_are_objects = |lines: &[&[u8]]| {
        2 * lines.iter().filter(|line| opens_object(line.trim_ascii_start())).count() > lines.len()
    };
    let read = |line: &&[u8]| opens_object(line.trim_ascii_start()).then(|| shape_of(line, custom));
    let shapes: Vec<_> = lines.iter().map(read).collect();
    let known = shapes.iter().position(|shape| matches!(shape, Some(Ok(_))));
    if let Some(at) = known.filter(|&at| most_are_objects(&lines[at..])) {
        return shapes.into_iter().nth(at).flatten();
    }
    let refusal = || shapes.into_iter().flatten().next();
    most_are_objects(&lines).then(refusal).flatten()
}

/// Whether bytes that do not begin like a record hold records.
#[derive(PartialEq)]
enum Torn {
    Archive,
    /// A head is there, and what follows its record has not come.
    Unknown,
    Nothing,
}

/// Looks for WARC records behind a beginning that is missing or damaged: a head at the beginning of a line that states a length,
/// behind which another one stands. A text may speak of a head, and hardly of the length of what it says next.
fn torn_archive(start: &[u8]) -> Torn {
    let mut torn = Torn::Nothing;
    for at in memmem::find_iter(start, b"\nWARC/") {
        let head = &start[at + 1..];
        let Some(end) = warc::end(head).filter(|_| warc::opens(head)) else { continue };
        let Length::Known(length) = warc::Head::parse(&head[..end]).length else { continue };
        let behind = usize::try_from(length).ok().and_then(|length| head.get(end.checked_add(length)?..));
        match behind.map(<[u8]>::trim_ascii_start) {
            Some(next) if warc::opens(next) => return Torn::Archive,
            Some(next) if next.len() > 4 => {}
            _ => torn = Torn::Unknown,
        }
    }
    torn
}

/// What the keys of a line say.
fn shape_of(line: &[u8], custom: Option<&FieldMap>) -> Result<Shape, String> {
    let unreadable = |error: &dyn std::fmt::Display| format!("the first line is no JSON document: {error}");
    if let Some(map) = custom {
        return match map.read(line) {
            Ok(_) => Ok(Shape::Lines(Box::new(map.clone()))),
            Err(error) => Err(unreadable(&error)),
        };
    }
    match fields::detect(line) {
        Ok(Detected::Known(map)) => Ok(Shape::Lines(Box::new(map.clone()))),
        Ok(Detected::Unknown(keys)) => Err(format!("{keys}; name them with `--fields`")),
        Ok(Detected::NotCorpus) => {
            Err("JSON lines without a text or an address under a known name; name the fields with `--fields`"
                .into())
        }
        Err(error) => Err(unreadable(&error)),
    }
}

/// A JSON array begins, of objects or as a whole line. A text may begin with a bracket as well.
fn is_array(start: &[u8], whole: bool) -> bool {
    let Some(within) = start.strip_prefix(b"[").map(<[u8]>::trim_ascii_start) else { return false };
    let line = lines(start, whole).next().unwrap_or_default();
    let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok();
    within.is_empty() || within.starts_with(b"{") || line.trim_ascii() == b"[" || is_json
}

/// A tag, a comment or a declaration begins: `<3` and `<<` do not.
fn is_page(start: &[u8]) -> bool {
    let Some(within) = start.strip_prefix(b"<") else { return false };
    within.first().is_some_and(|byte| byte.is_ascii_alphabetic() || b"!?/".contains(byte))
}

/// Text without addresses is accepted only as far as it is text, and no index or listing that lies beside shards.
fn text(start: &[u8]) -> Result<Shape, String> {
    let start = &start[..start.len().min(LOOK)];
    let (mut characters, mut strange, mut broken) = (0, 0, 0);
    for chunk in start.utf8_chunks() {
        let is_control = |character: &char| character.is_control() && !character.is_whitespace();
        characters += chunk.valid().chars().count();
        strange += chunk.valid().chars().filter(is_control).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    // Text of the web holds the odd byte of another encoding, and windows-1252 read as Latin-1; other files hold zeros, or
    // far more of these.
    let stray = strange + broken;
    if start.contains(&0) || stray > STRAY + characters / 100 || 4 * stray > characters {
        let what = if broken > 0 { "UTF-8 text" } else { "text" };
        return Err(format!("neither a known archive or corpus format nor {what}"));
    }
    let line = start.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let line = line.trim_end_matches('\r');
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

    const LINE: &str = r#"{"url":"http://a.example/","text":"t","timestamp":"2019-04-25T12:57:54Z"}"#;

    #[test]
    fn a_first_line_that_is_no_object_does_not_hide_the_corpus() {
        for first in [
            "e texte\",\"timestamp\":\"2019\"}",
            "null",
            "\"x\"",
            "# c",
            "\u{feff}\u{feff}{}",
            "[1",
            "<a",
            "{{x",
        ] {
            for torn in [1, 3] {
                let file = format!("{}{LINE}\n{LINE}\n", format!("{first}\n").repeat(torn));
                assert_eq!(shape(file.as_bytes()), Ok("lines"), "{file}");
            }
        }
        let map = fields::custom("url=u").unwrap();
        let file = b"torn\"}\n{\"u\":\"http://a.example/\"}\n";
        assert!(matches!(sniff(file, true, Some(&map)), Ok(Shape::Lines(map)) if map.name() == "custom"));
        assert!(shape(b"torn\"}\n{\"u\":1,\"text_\":2}\n{\"u\":1}\n").unwrap_err().contains("--fields"));
    }

    #[test]
    fn records_behind_a_torn_beginning_are_told_and_a_text_about_them_is_not() {
        let record = "WARC/1.0\r\nWARC-Type: metadata\r\nContent-Length: 3\r\n\r\nabc\r\n\r\n";
        for torn in ["x", "ARC/1.0\r\n\r\n", "de>\r\n", "\u{1}\u{2}\u{3}\u{4}\u{5}"] {
            let file = format!("{torn}\n{record}{record}");
            assert_eq!(shape(file.as_bytes()), Ok("warc"), "{torn}");
            // Where the second one has not come, nobody can say.
            assert!(
                !wants_more(file.as_bytes()) && wants_more(format!("{torn}\n{record}").as_bytes()),
                "{torn}"
            );
        }
        for text in [
            format!("Un texte\n{record}"),
            format!("Un texte\n{record}Un autre\n"),
            format!("Un texte\n{}{record}", record.replace(": 3", ": 2")),
            "Un texte\nWARC/1.0\nWARC/1.0\n".to_owned(),
        ] {
            assert_eq!(shape(text.as_bytes()), Ok("text"), "{text}");
        }
    }

    #[test]
    fn a_line_of_json_within_a_text_does_not_make_it_json_lines() {
        for file in [
            format!("Un texte\n{LINE}\nsuite\n\nUn autre\n"),
            format!("Un texte\n\n{LINE}\n\nUn autre\n\nUn autre\n"),
            "Un texte\n{}\n\nUn autre\n".to_owned(),
        ] {
            assert_eq!(shape(file.as_bytes()), Ok("text"), "{file}");
        }
    }

    #[test]
    fn what_a_text_may_begin_with_or_hold_does_not_refuse_it() {
        for first in ["[1] abc\n", "[Photo]\n", "<3 abc\n", "{{cite}}\n", "l\u{92}article\n", "a\u{7}bcd\n"] {
            assert_eq!(shape(format!("{first}\ndef\n").as_bytes()), Ok("text"), "{first}");
        }
        assert_eq!(shape(b"un caf\xe9\n\ndef\n"), Ok("text"));
        // Latin-1, a part of which would be read and a part not.
        assert!(shape(&b"d\xe9j\xe0 vu, \xe9t\xe9 pass\xe9\n".repeat(20)).unwrap_err().contains("UTF-8"));
    }

    #[test]
    fn more_is_wanted_until_a_line_tells() {
        for (first, wants) in [
            ("{\"url\":\"", true),
            ("torn line\n{\"url\":", true),
            ("{\"url\":\n{\"url\":", true),
            ("one\ntwo\nthree", false),
            ("<!doctype html>", false),
            ("[{\"url\":", false),
            ("WARC/1.0", false),
            ("a\0b", false),
        ] {
            assert_eq!(wants_more(first.as_bytes()), wants, "{first}");
        }
        assert!(!wants_more(format!("\u{feff}{LINE}\n").as_bytes()));
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
