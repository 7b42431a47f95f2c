//! The text of a record's body, by what the body is.

use std::borrow::Cow;

use serde::de::IgnoredAny;

use super::html::Page;
use super::{charset, coding, json_ld};

/// What a body is, as far as its text is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Markup: what a reader sees is the text.
    Markup,
    /// Characters.
    Plain,
    /// JSON: its strings are the text.
    Json,
    /// Pictures, sound, fonts: there is no text in it.
    Textless,
    /// Has text that this tool does not read: PDF, office files, archives.
    Opaque,
}

/// What was found in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Text, which may be empty.
    Text,
    /// There can be none.
    Textless,
    /// There may be some, in a form that is not read.
    Unreadable,
}

/// Reads the text of `body` into `page`. `content_type` and `content_encoding` are what the record says of it.
pub fn read(
    body: &[u8],
    content_type: Option<&str>,
    content_encoding: Option<&str>,
    page: &mut Page,
) -> Found {
    let coding = content_encoding.map(str::trim).unwrap_or_default();
    let may_be_coded = !matches!(form(content_type.unwrap_or_default(), body), Form::Textless | Form::Opaque);
    let decoded = match may_be_coded || !coding.is_empty() {
        true => coding::undone(body, coding),
        false => Some(Cow::Borrowed(body)),
    };
    let Some(body) = decoded.as_deref() else {
        return if is_textless(body) { Found::Textless } else { Found::Unreadable };
    };
    let declared = content_type.and_then(charset::of_content_type);
    match form(content_type.unwrap_or_default(), body) {
        Form::Textless => Found::Textless,
        Form::Opaque => Found::Unreadable,
        Form::Markup => {
            page.read(&charset::decode(body, declared));
            Found::Text
        }
        Form::Plain => {
            plain(&charset::decode(body, declared), page);
            Found::Text
        }
        Form::Json => {
            let text = charset::decode(body, declared);
            plain("", page);
            match serde_json::from_str::<IgnoredAny>(&text) {
                Ok(_) => strings(&text, &mut page.text),
                // Several values, a call around one, a comma too many: all of it, with its escapes undone.
                Err(_) => page.text.push_str(&json_ld::unescaped(&text)),
            }
            Found::Text
        }
    }
}

/// A text that is no page.
pub fn plain(text: &str, page: &mut Page) {
    page.text.clear();
    page.article_bodies.clear();
    page.text.push_str(text);
}

fn form(content_type: &str, body: &[u8]) -> Form {
    let mime = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let (family, name) = mime.split_once('/').unwrap_or((mime.as_str(), ""));
    match (family, name) {
        _ if name.contains("html") => Form::Markup,
        ("image", "svg+xml") => Form::Markup,
        ("image" | "audio" | "video" | "font", _) => Form::Textless,
        _ if name.ends_with("json") => Form::Json,
        _ if name.ends_with("xml") => Form::Markup,
        ("text", _) | (_, "javascript" | "x-javascript" | "ecmascript" | "x-httpd-php") => Form::Plain,
        _ => sniff(body),
    }
}

/// What the first bytes say, where the content type says nothing.
fn sniff(body: &[u8]) -> Form {
    let start = body[..body.len().min(1024)].trim_ascii_start();
    let begins = |tag: &[u8]| start.get(..tag.len()).is_some_and(|first| first.eq_ignore_ascii_case(tag));
    let is_markup = ["<!doctype", "<html", "<head", "<body", "<?xml", "<!--", "<div", "<p>"];
    match () {
        () if is_markup.iter().any(|tag| begins(tag.as_bytes())) => Form::Markup,
        () if is_textless(body) => Form::Textless,
        () if body.is_empty() => Form::Plain,
        () if body.contains(&0) || begins(b"%PDF") => Form::Opaque,
        () if simdutf8::basic::from_utf8(body).is_ok() => Form::Plain,
        () => Form::Opaque,
    }
}

/// True for the beginning of a picture, a sound or a font.
fn is_textless(body: &[u8]) -> bool {
    let magics: [&[u8]; 7] =
        [b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF", b"wOFF", b"wOF2", b"\x00\x00\x01\x00"];
    magics.iter().any(|magic| body.starts_with(magic))
}

/// All strings of valid JSON, a line each, without the names of fields. Read as they stand: a value in memory would keep one
/// of two fields of a name, and take many times the space.
fn strings(json: &str, text: &mut String) {
    let mut rest = json;
    while let Some((_, behind)) = rest.split_once('"') {
        let mut is_escaped = false;
        let is_end = |byte: u8| {
            let is_end = byte == b'"' && !is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            is_end
        };
        let Some(end) = behind.bytes().position(is_end) else { return };
        rest = behind.get(end + 1..).unwrap_or_default();
        if !rest.trim_start().starts_with(':') {
            text.push_str(&json_ld::unescaped(behind.get(..end).unwrap_or_default()));
            text.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn text(body: &[u8], content_type: &str, coding: &str) -> (Found, String) {
        let mut page = Page::default();
        let found = read(body, Some(content_type).filter(|mime| !mime.is_empty()), Some(coding), &mut page);
        (found, page.text.trim().to_owned())
    }

    #[test]
    fn the_form_of_a_body_decides_how_it_is_read() {
        let cases: &[(&[u8], &str, Found, &str)] = &[
            (b"<p>Un &eacute;t&eacute;", "text/html; charset=utf-8", Found::Text, "Un été"),
            (b"<p>Un \xe9t\xe9", "text/html; charset=iso-8859-1", Found::Text, "Un été"),
            (b"a <b> c", "text/plain", Found::Text, "a <b> c"),
            (b"<!DOCTYPE html><p>x", "", Found::Text, "x"),
            (b"words", "", Found::Text, "words"),
            (
                br#"{"a":["Un \u00e9t\u00e9",1],"b":{"c":"fin"}}"#,
                "application/json",
                Found::Text,
                "Un été\nfin",
            ),
            (
                br#"{"a":"Un \u00e9t\u00e9","a":"two \"x\" \\"}"#,
                "application/json",
                Found::Text,
                "Un \u{e9}t\u{e9}\ntwo \"x\" \\",
            ),
            (
                b"{\"u\":\"\\ud83d\",\"t\":\"\\u00e9t\\u00e9\",}",
                "application/json",
                Found::Text,
                "{\"u\":\"\u{fffd}\",\"t\":\"\u{e9}t\u{e9}\",}",
            ),
            (b"%PDF-1.4 \xe2\xe3", "text/html", Found::Unreadable, ""),
            (b"\x89PNG\r\n\x1a\n\0\0\0\x0d", "text/html", Found::Textless, ""),
            (b"\x89PNG....", "image/png", Found::Textless, ""),
            (b"%PDF-1.4 ...", "application/pdf", Found::Unreadable, ""),
            (b"%PDF-1.4 ...", "", Found::Unreadable, ""),
            (b"PK\x03\x04\x00", "application/zip", Found::Unreadable, ""),
        ];
        for (body, mime, found, expected) in cases {
            assert_eq!(text(body, mime, ""), (*found, (*expected).to_owned()), "{mime}");
        }
    }

    #[test]
    fn a_coding_that_is_still_there_is_undone() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(b"<p>words").unwrap();
        let stored = encoder.finish().unwrap();
        assert_eq!(text(&stored, "text/html", "gzip"), (Found::Text, "words".to_owned()));
        assert_eq!(text(&stored[..stored.len() - 9], "text/html", "gzip").0, Found::Unreadable);
        assert_eq!(text(b"<p>words", "text/html", "gzip"), (Found::Text, "words".to_owned()));
    }
}
