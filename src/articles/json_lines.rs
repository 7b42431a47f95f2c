//! Articles out of JSON lines: one object a line, its fields named by the request or by custom.

use std::io::BufRead;
use std::result::Result as StdResult;

use serde_json::Value as Tree;

use super::columns::{Columns, Field};
use super::draft::{Desk, Draft, words};
use super::folder::Found;
use super::{LARGEST_TEXT, LONGEST_ENTRY, Trouble};
use crate::error::Result;
use crate::record::json::{self, JsonError, Selection, Value};

/// Reads all lines. After damage to the stored bytes, line numbers count the lines that could be read. A
/// compressed file shows some damage only at the end of a member; the lines before it have been handed on by
/// then.
///
/// # Errors
/// When the file cannot be read on, and what the receiver of entries returns.
pub(super) fn read(input: impl BufRead, found: &Found, desk: &mut Desk<'_>) -> Result<()> {
    let mut lines = Lines { input, line: Vec::new(), number: 0 };
    let mut layout = Layout::default();
    loop {
        let ended = lines.next();
        let origin = found.line(lines.number);
        match ended {
            Ended::Whole => {
                let bytes = lines.line.trim_ascii();
                if bytes.is_empty() {
                    continue;
                }
                match draft(bytes, desk.columns, &mut layout) {
                    Ok(draft) => {
                        let nameless = || format!("{}#{}", found.label, lines.number);
                        desk.finish(origin, draft, nameless)?;
                    }
                    Err(trouble) => desk.skip(origin, trouble)?,
                }
            }
            Ended::TooLong(length) => desk.skip(origin, Trouble::TooLarge(length))?,
            Ended::Broken(error) => desk.lost(origin, found, &error)?,
            Ended::File => return Ok(()),
        }
    }
}

/// How a line ended.
enum Ended {
    /// It is in the buffer whole.
    Whole,
    /// It is too long to be held and was passed over; its length in bytes.
    TooLong(u64),
    /// Stored bytes could not be decoded; what had begun is lost.
    Broken(std::io::Error),
    /// No line follows.
    File,
}

struct Lines<R> {
    input: R,
    line: Vec<u8>,
    /// Of the last line, counted from 1.
    number: u64,
}

impl<R: BufRead> Lines<R> {
    fn next(&mut self) -> Ended {
        self.line.clear();
        self.number += 1;
        let mut length = 0;
        loop {
            let bytes = match self.input.fill_buf() {
                Ok(bytes) => bytes,
                Err(error) => return Ended::Broken(error),
            };
            if bytes.is_empty() && length == 0 {
                return Ended::File;
            }
            let end = memchr::memchr(b'\n', bytes);
            let count = end.unwrap_or(bytes.len());
            length += count as u64;
            if length <= LONGEST_ENTRY as u64 {
                self.line.extend_from_slice(bytes.get(..count).unwrap_or_default());
            }
            let is_last = end.is_some() || bytes.is_empty();
            self.input.consume(count + usize::from(end.is_some()));
            if is_last {
                return match length <= LONGEST_ENTRY as u64 {
                    true => Ended::Whole,
                    false => Ended::TooLong(length),
                };
            }
        }
    }
}

/// Where the fields stand in lines with these keys. Lines of one file mostly have the same keys, so it is
/// made again only when they change.
#[derive(Default)]
struct Layout {
    keys: Vec<String>,
    selection: Selection,
    /// The field, its place in what the selection finds, and the way to it.
    places: Vec<(Field, usize, Vec<String>)>,
}

impl Layout {
    fn of(keys: Vec<String>, columns: &Columns) -> Layout {
        let mut layout = Layout { keys, ..Layout::default() };
        for field in Field::all() {
            let mut ways: Vec<Vec<String>> = columns
                .places(field, &layout.keys)
                .into_iter()
                .filter_map(|place| layout.keys.get(place).map(|key| vec![key.clone()]))
                .collect();
            // A key that has the dot in itself was found above and goes before a way into an object.
            if let Some(name) = columns.named(field).filter(|name| ways.is_empty() && name.contains('.')) {
                ways.push(name.split('.').map(str::to_owned).collect());
            }
            for way in ways {
                let slot = layout.selection.add(way.iter().map(String::as_str));
                layout.places.push((field, slot, way));
            }
        }
        layout
    }
}

/// What a line says.
fn draft(bytes: &[u8], columns: &Columns, layout: &mut Layout) -> StdResult<Draft, Trouble> {
    let line = simdutf8::basic::from_utf8(bytes).map_err(|_| Trouble::WrongEncoding)?;
    let not_json = |error: JsonError| Trouble::NotJson(error.to_string());
    let keys = json::keys(line).map_err(not_json)?;
    if !layout.keys.iter().eq(keys.iter().map(|key| key.as_ref())) {
        *layout = Layout::of(keys.into_iter().map(|key| key.into_owned()).collect(), columns);
    }
    let values = layout.selection.scan(line).map_err(not_json)?;
    let mut tree = None;
    let mut draft = Draft::default();
    let mut has_text = false;
    for field in Field::all() {
        for (_, slot, way) in layout.places.iter().filter(|(of, ..)| *of == field) {
            let value = match values.get(*slot).copied().flatten() {
                None => continue,
                Some(Value::Null) => String::new(),
                Some(Value::Number(number)) => number.to_owned(),
                Some(Value::String(string)) if string.decoded_len() > LARGEST_TEXT => {
                    match field {
                        Field::Text => return Err(Trouble::TooLarge(string.decoded_len() as u64)),
                        // Nothing else that describes an article is that long.
                        _ => continue,
                    }
                }
                Some(Value::String(string)) => string.decode().into_owned(),
                Some(Value::Other) => nested(line, &mut tree, way, field)?,
            };
            has_text |= field == Field::Text;
            if !value.trim().is_empty() {
                draft.set(field, value);
                break;
            }
        }
    }
    match has_text {
        true => Ok(draft),
        false => Err(Trouble::NoText),
    }
}

/// The words of a list or an object. Reads the whole line as a tree, once.
fn nested(line: &str, tree: &mut Option<Tree>, way: &[String], field: Field) -> StdResult<String, Trouble> {
    let tree = match tree {
        Some(tree) => tree,
        None => {
            // A byte order mark and Python's words for what is no number are refused here, not by the quick
            // reader.
            let read = serde_json::from_str(line.trim_start_matches('\u{feff}'));
            tree.insert(read.map_err(|error| Trouble::NotJson(error.to_string()))?)
        }
    };
    let value = way.iter().try_fold(&*tree, |value, key| match value {
        Tree::Array(list) => key.parse().ok().and_then(|index: usize| list.get(index)),
        _ => value.get(key),
    });
    let between = if field == Field::Text { "\n\n" } else { ", " };
    Ok(value.map(|value| words(value, between)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft_of(line: &str, columns: &str) -> StdResult<Draft, Trouble> {
        draft(line.as_bytes(), &Columns::parse(columns).unwrap(), &mut Layout::default())
    }

    #[test]
    fn fields_are_found_under_the_names_of_custom() {
        let line = r#"{"GUID":7,"articleBody":"words","Headline":"t","link":"u","pubDate":"d","outlet":"p",
            "inLanguage":"de","author":[{"name":"A"},{"name":"B"}]}"#;
        let draft = draft_of(line, "").unwrap();
        let fields = [&draft.id, &draft.text, &draft.title, &draft.url, &draft.date, &draft.publisher];
        assert_eq!(fields, ["7", "words", "t", "u", "d", "p"]);
        assert_eq!((draft.language.as_str(), draft.credit.as_str()), ("de", "A, B"));
    }

    #[test]
    fn the_first_name_that_holds_something_wins() {
        assert_eq!(draft_of(r#"{"text":" ","body":"b","content":"c"}"#, "").unwrap().text, "b");
        assert_eq!(draft_of(r#"{"text":null,"body":"b"}"#, "").unwrap().text, "b");
    }

    #[test]
    fn named_fields_go_into_objects() {
        let line = r#"{"a":{"b":"words"},"id":{"x":1},"a.c":"dotted"}"#;
        assert_eq!(draft_of(line, "text=a.b").unwrap().text, "words");
        assert_eq!(draft_of(line, "text=a.c").unwrap().text, "dotted");
        assert_eq!(draft_of(line, "text=a.d").unwrap_err(), Trouble::NoText);
        assert_eq!(draft_of(r#"{"content":{"rendered":"words"}}"#, "").unwrap().text, "words");
    }

    #[test]
    fn paragraphs_are_joined() {
        let line = r#"{"text":["one",{"text":"two"},null," ",["three"]]}"#;
        assert_eq!(draft_of(line, "").unwrap().text, "one\n\ntwo\n\nthree");
    }

    #[test]
    fn a_line_that_is_no_article_says_why() {
        assert!(matches!(draft_of("{\"text\":", "").unwrap_err(), Trouble::NotJson(_)));
        assert!(matches!(draft_of("plain words", "").unwrap_err(), Trouble::NotJson(_)));
        assert_eq!(draft_of(r#"{"title":"t"}"#, "").unwrap_err(), Trouble::NoText);
        assert_eq!(draft_of(r#"{"text":"a"}"#, "text=body").unwrap_err(), Trouble::NoText);
        let wrong = draft(b"{\"text\":\"caf\xe9\"}", &Columns::default(), &mut Layout::default());
        assert_eq!(wrong.unwrap_err(), Trouble::WrongEncoding);
        let size = LARGEST_TEXT + 1;
        let huge = format!("{{\"text\":\"{}\"}}", "x".repeat(size));
        assert_eq!(draft_of(&huge, "").unwrap_err(), Trouble::TooLarge(size as u64));
    }

    #[test]
    fn a_line_of_any_length_is_passed_over() {
        let long = LONGEST_ENTRY + 1;
        let bytes = [b"a\n".to_vec(), vec![b'x'; long], b"\nlast".to_vec()].concat();
        let mut lines = Lines { input: bytes.as_slice(), line: Vec::new(), number: 0 };
        assert!(matches!(lines.next(), Ended::Whole) && lines.line == b"a");
        assert!(matches!(lines.next(), Ended::TooLong(length) if length == long as u64));
        assert!(lines.line.len() <= LONGEST_ENTRY);
        assert!(matches!(lines.next(), Ended::Whole) && lines.line == b"last");
        assert!(matches!(lines.next(), Ended::File));
    }
}
