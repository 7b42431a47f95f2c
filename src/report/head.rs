//! What a record says about itself, without its text.

use serde_json::Value;

use crate::record::archive::Format;
use crate::record::warc::{self, Length};

/// Lines of a head that are shown; real ones have some forty.
const MOST_LINES: usize = 80;
/// Longest text of a field that is shown, in characters. What is longer is the text of the page.
const LONGEST_FIELD: usize = 200;

/// The head of a record, by what the record is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// The lines of a WARC or ARC head and of the HTTP head behind it, and how many more there are.
    Lines(Vec<String>, usize),
    /// The fields of a JSON object; a long text is replaced by its number of characters.
    Fields(Vec<(String, Field)>),
    /// A text without fields: its lines.
    Text(usize),
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// As JSON.
    Value(String),
    /// A text of so many characters, which is left out.
    Long(usize),
}

/// Reads the head of a record from its decoded bytes.
pub fn of(record: &[u8]) -> Head {
    if let Ok(Value::Object(object)) = serde_json::from_slice(record) {
        let mut fields = Vec::new();
        object.iter().for_each(|(name, value)| flatten(name, value, &mut fields));
        return Head::Fields(fields);
    }
    match end(record) {
        None => Head::Text(record.split(|byte| *byte == b'\n').count()),
        Some(end) => {
            let (head, block) = record.split_at(end);
            let mut lines = lines(head);
            if block.starts_with(b"HTTP") {
                let http = warc::end(block).unwrap_or(block.len());
                lines.push(String::new());
                lines.extend(self::lines(block.get(..http).unwrap_or_default()));
            }
            let more = lines.len().saturating_sub(MOST_LINES);
            lines.truncate(MOST_LINES);
            Head::Lines(lines, more)
        }
    }
}

/// Where the head of an archive record ends. `None` when the bytes are none.
pub fn end(record: &[u8]) -> Option<usize> {
    if Format::Warc.opens(record) {
        return warc::end(record);
    }
    Format::Arc.opens(record).then(|| memchr::memchr(b'\n', record).map(|end| end + 1)).flatten()
}

/// The head and the block of an archive record; the line ends that close the record are no part of the block. `None` when
/// the bytes are none.
pub fn split(record: &[u8]) -> Option<(warc::Head<'_>, &[u8])> {
    let format = if Format::Warc.opens(record) { Format::Warc } else { Format::Arc };
    let (head, block) = record.split_at(end(record)?);
    let head = format.parse(head)?;
    let length = match head.length {
        Length::Known(length) => usize::try_from(length).unwrap_or(usize::MAX).min(block.len()),
        Length::Unusable => block.len(),
    };
    Some((head, block.get(..length).unwrap_or_default()))
}

fn lines(head: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(head);
    text.lines().map(str::trim_end).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

fn flatten(name: &str, value: &Value, fields: &mut Vec<(String, Field)>) {
    match value {
        Value::Object(object) if !object.is_empty() => {
            object.iter().for_each(|(inner, value)| flatten(&format!("{name}.{inner}"), value, fields));
        }
        _ => {
            let text = match value {
                Value::String(text) => text.clone(),
                _ => value.to_string(),
            };
            let characters = text.chars().count();
            let field = match characters > LONGEST_FIELD || text.contains('\n') {
                true => Field::Long(characters),
                false => Field::Value(text),
            };
            fields.push((name.to_owned(), field));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_without_the_text() {
        let warc =
            b"WARC/1.0\r\nWARC-Type: response\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n\r\n<p>the text\r\n\r\n";
        let Head::Lines(lines, 0) = of(warc) else { panic!() };
        assert_eq!(lines, ["WARC/1.0", "WARC-Type: response", "", "HTTP/1.1 200 OK", "A: b"]);
        let arc = b"http://a.example/ 1.2.3.4 20090917120000 text/html 20\nHTTP/1.1 200 OK\nA: b\n\ntext\n";
        let Head::Lines(lines, 0) = of(arc) else { panic!() };
        assert_eq!((lines.len(), lines[3].as_str()), (4, "A: b"));
        let conversion = b"WARC/1.0\r\nWARC-Type: conversion\r\n\r\nthe text\r\n\r\n";
        assert_eq!(of(conversion), Head::Lines(vec!["WARC/1.0".into(), "WARC-Type: conversion".into()], 0));
        assert_eq!(of(b"one\ntwo"), Head::Text(2));
    }

    #[test]
    fn the_text_of_a_line_is_left_out() {
        let line =
            serde_json::json!({"text": "x".repeat(300), "m": {"url": "http://a/", "n": 3}, "c": "a\nb"});
        let Head::Fields(fields) = of(line.to_string().as_bytes()) else { panic!() };
        let value = |text: &str| Field::Value(text.to_owned());
        let expected = [
            ("text", Field::Long(300)),
            ("m.url", value("http://a/")),
            ("m.n", value("3")),
            ("c", Field::Long(3)),
        ];
        assert_eq!(fields, expected.map(|(name, field)| (name.to_owned(), field)));
    }
}
