//! One line of JSON, read for a few chosen fields.
//!
//! In comes a line that must be one whole JSON object; out come the values at the chosen paths, borrowed from the
//! line. Nothing else is kept: no tree is built, and the inside of a string is passed over at the speed of `memchr2`.
//! Still the whole line is checked, each token of it, because a line that was cut or joined to another must be
//! reported as broken. Its first half may well hold a complete address, and using it would make half a record look
//! like a whole one.
//!
//! Where this differs from RFC 8259, it is to lose less:
//! - a key that comes twice counts as it does in Python and JavaScript: the last one wins, with all that is under it;
//! - control characters may stand bare inside a string, and `NaN`, `Infinity` and `-Infinity` are values, since Python
//!   writes them; neither can hide where a string or the line ends;
//! - half of a surrogate pair reads as U+FFFD, since the other half is gone and the rest of the text is not;
//! - a byte order mark may stand before the object.
//!
//! To whoever changes this: `escape` both checks strings and decodes them, so the length counted in passing is the
//! length that decoding gives; the properties at the end compare all of it with `serde_json`.

mod escape;
mod scanner;

use std::borrow::Cow;
use std::fmt;

use memchr::memchr;

use escape::escape;
use scanner::Scanner;

pub use scanner::MAX_DEPTH;

/// Why a line is not one whole JSON object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// The byte of the line at which it stopped making sense.
    pub at: usize,
    /// What is wrong there.
    pub what: &'static str,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {} of the line", self.what, self.at)
    }
}

impl std::error::Error for JsonError {}

/// A string as it stands in the line. Its escapes are checked, and decoded only when asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawString<'l> {
    raw: &'l str,
    decoded_len: usize,
}

impl<'l> RawString<'l> {
    /// What stands between the quotes, escapes and all.
    pub fn raw(&self) -> &'l str {
        self.raw
    }

    /// How many bytes of UTF-8 the decoded string has; known without decoding it.
    pub fn decoded_len(&self) -> usize {
        self.decoded_len
    }

    /// The string that is meant.
    pub fn decode(&self) -> Cow<'l, str> {
        // Every escape is longer than the character it stands for, so equal lengths mean that there is none.
        if self.decoded_len == self.raw.len() {
            return Cow::Borrowed(self.raw);
        }
        let mut decoded = String::with_capacity(self.decoded_len);
        self.decode_to(&mut decoded);
        Cow::Owned(decoded)
    }

    /// The string that is meant, in place of what `decoded` holds. For whoever decodes many.
    pub fn decode_to(&self, decoded: &mut String) {
        decoded.clear();
        let mut rest = self.raw;
        while let Some(plain) = memchr(b'\\', rest.as_bytes()) {
            decoded.push_str(&rest[..plain]);
            // No escape is refused here, since a `RawString` is only made of checked ones.
            let (char, length) =
                escape(&rest.as_bytes()[plain..]).unwrap_or((char::REPLACEMENT_CHARACTER, 1));
            decoded.push(char);
            rest = &rest[plain + length..];
        }
        decoded.push_str(rest);
    }
}

/// What stands at a chosen path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'l> {
    /// A string.
    String(RawString<'l>),
    /// A number, as it is written.
    Number(&'l str),
    /// `null`.
    Null,
    /// A list, an object, `true`, `false` or one of Python's words for what is not a number.
    Other,
}

/// The paths to read from each line. Made once, used for every line.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    root: Node,
    slots: usize,
}

/// One step of the chosen paths, with the steps that may follow.
#[derive(Clone, Debug, Default)]
struct Node {
    slot: Option<usize>,
    children: Vec<(String, Node)>,
}

impl Node {
    fn child(&self, key: &str) -> Option<&Node> {
        self.children.iter().find(|(name, _)| name == key).map(|(_, child)| child)
    }

    fn element(&self, index: usize) -> Option<&Node> {
        self.children.iter().find(|(name, _)| name.parse() == Ok(index)).map(|(_, child)| child)
    }

    fn clear(&self, found: &mut [Option<Value<'_>>]) {
        if let Some(value) = self.slot.and_then(|slot| found.get_mut(slot)) {
            *value = None;
        }
        self.children.iter().for_each(|(_, child)| child.clear(found));
    }
}

impl Selection {
    /// Adds a path, given as its keys from the outside in, and returns the place of its value in what
    /// [`Selection::scan`] finds. A whole number also picks that element of a list, counted from 0. A path added twice
    /// has one place.
    pub fn add<'k>(&mut self, path: impl IntoIterator<Item = &'k str>) -> usize {
        let mut node = &mut self.root;
        for key in path {
            let known = node.children.iter().position(|(name, _)| name == key);
            let index = known.unwrap_or(node.children.len());
            if known.is_none() {
                node.children.push((key.to_owned(), Node::default()));
            }
            node = &mut node.children[index].1;
        }
        *node.slot.get_or_insert_with(|| {
            self.slots += 1;
            self.slots - 1
        })
    }

    /// Checks the whole line and returns the value at each path, `None` where the line has no such path.
    pub fn scan<'l>(&self, line: &'l str) -> Result<Vec<Option<Value<'l>>>, JsonError> {
        let mut scanner = Scanner::new(line, self.slots);
        scanner.whole_line(|scanner, key| scanner.member(&self.root, key))?;
        Ok(scanner.into_found())
    }
}

/// The keys of the line's object, from the first to the last. Checks the whole line.
pub fn keys(line: &str) -> Result<Vec<Cow<'_, str>>, JsonError> {
    let mut keys = Vec::new();
    let mut scanner = Scanner::new(line, 0);
    scanner.whole_line(|scanner, key| {
        keys.push(key.decode());
        scanner.value(None).map(drop)
    })?;
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value as Tree;

    fn pick<'l>(path: &[&str], line: &'l str) -> Result<Option<Value<'l>>, JsonError> {
        let mut selection = Selection::default();
        let slot = selection.add(path.iter().copied());
        selection.scan(line).map(|found| found[slot])
    }

    fn text(path: &[&str], line: &str) -> Option<String> {
        match pick(path, line) {
            Ok(Some(Value::String(string))) => Some(string.decode().into_owned()),
            _ => None,
        }
    }

    #[test]
    fn values_are_found_wherever_they_stand() {
        let line = r#" { "a" : {"b":["x",{"c":"deep"}], "d":null}, "e.f":"dotted", "n":-1.5e+3, "t":true } "#;
        assert_eq!(text(&["a", "b", "0"], line).as_deref(), Some("x"));
        assert_eq!(text(&["a", "b", "1", "c"], line).as_deref(), Some("deep"));
        assert_eq!(text(&["e.f"], line).as_deref(), Some("dotted"));
        assert_eq!(pick(&["a", "d"], line), Ok(Some(Value::Null)));
        assert_eq!(pick(&["n"], line), Ok(Some(Value::Number("-1.5e+3"))));
        assert_eq!(pick(&["t"], line), Ok(Some(Value::Other)));
        assert_eq!(pick(&["a"], line), Ok(Some(Value::Other)));
        for absent in [&["b"][..], &["a", "b", "2"], &["a", "b", "c"], &["e", "f"], &["n", "x"]] {
            assert_eq!(pick(absent, line), Ok(None), "{absent:?}");
        }
        assert_eq!(keys(line), Ok(["a", "e.f", "n", "t"].map(Cow::from).to_vec()));
    }

    #[test]
    fn escapes_are_decoded_in_values_and_keys() {
        for (escaped, decoded) in [
            (r"plain", "plain"),
            (r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"),
            (r"\u00e9t\u00E9 \u20ac", "été €"),
            (r"\ud83d\ude00!", "😀!"),
            (r"\ud83d", "\u{fffd}"),
            (r"\ude00\ud83d", "\u{fffd}\u{fffd}"),
            (r"\ud83dx\ud83d\n\ud83d\u0041", "\u{fffd}x\u{fffd}\n\u{fffd}A"),
            (r"\ud83d\ud83d\ude00", "\u{fffd}😀"),
            ("bare\tcontrol", "bare\tcontrol"),
        ] {
            let line = format!(r#"{{"\u0075rl":"{escaped}"}}"#);
            let Ok(Some(Value::String(string))) = pick(&["url"], &line) else { panic!("{line}") };
            assert_eq!(string.decode(), decoded);
            assert_eq!(string.decoded_len(), decoded.len(), "{escaped}");
            assert_eq!(string.raw(), escaped);
        }
    }

    #[test]
    fn the_last_of_two_equal_keys_wins_with_all_under_it() {
        assert_eq!(text(&["u"], r#"{"u":"first","\u0075":"last"}"#).as_deref(), Some("last"));
        assert_eq!(pick(&["m", "u"], r#"{"m":{"u":"first"},"m":{"v":1}}"#), Ok(None));
        assert_eq!(pick(&["m", "u"], r#"{"m":{"u":"first"},"m":"none"}"#), Ok(None));
    }

    #[test]
    fn what_python_writes_is_read() {
        let line = r#"{"p":NaN,"q":[Infinity,-Infinity],"url":"u"}"#;
        assert_eq!(text(&["url"], line).as_deref(), Some("u"));
        assert_eq!(text(&["url"], "\u{feff}{\"url\":\"u\"}\r").as_deref(), Some("u"));
    }

    #[test]
    fn a_broken_line_says_where_and_why() {
        for (line, at, what) in [
            ("", 0, "an object was expected"),
            ("[1]", 0, "an object was expected"),
            ("{", 1, "a key was expected"),
            (r#"{"a""#, 4, "`:` was expected after a key"),
            (r#"{"a":"#, 5, "the line ends where a value was expected"),
            (r#"{"a":"b"#, 5, "a string is not closed"),
            (r#"{"a":"b\"}"#, 5, "a string is not closed"),
            (r#"{"a":"b"{"#, 8, "`,` or `}` was expected"),
            (r#"{"a":1,}"#, 7, "a key was expected"),
            (r#"{"a":[1,]}"#, 8, "a value was expected"),
            (r#"{"a":[1}"#, 7, "`,` or `]` was expected"),
            (r#"{"a":01}"#, 6, "`,` or `}` was expected"),
            (r#"{"a":-}"#, 6, "a digit was expected"),
            (r#"{"a":1.}"#, 7, "a digit was expected"),
            (r#"{"a":nul}"#, 5, "a value was expected"),
            (r#"{"a":"\x"}"#, 6, "no known escape begins"),
            (r#"{"a":"\u12g4"}"#, 6, "no known escape begins"),
            (r#"{"a":1}{"#, 7, "something follows the object"),
        ] {
            assert_eq!(pick(&["a"], line), Err(JsonError { at, what }), "{line}");
            assert_eq!(keys(line), Err(JsonError { at, what }), "{line}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |lists: usize| format!(r#"{{"a":{}{}}}"#, "[".repeat(lists), "]".repeat(lists));
        assert_eq!(pick(&["a"], &nested(MAX_DEPTH - 1)), Ok(Some(Value::Other)));
        assert!(pick(&["a"], &nested(MAX_DEPTH)).is_err());
        assert!(pick(&["a"], &"{\"a\":".repeat(1_000_000)).is_err());
    }

    /// Any tree, with keys from a small set so that paths meet.
    fn tree() -> impl Strategy<Value = Tree> {
        let leaf = prop_oneof![
            Just(Tree::Null),
            any::<bool>().prop_map(Tree::from),
            any::<i64>().prop_map(Tree::from),
            any::<f64>().prop_map(Tree::from),
            any::<String>().prop_map(Tree::from),
            "[\\\\\"/\\n\\té€😀]{0,8}".prop_map(Tree::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Tree::from),
                prop::collection::btree_map(key(), inner, 0..4).prop_map(|map| map.into_iter().collect()),
            ]
        })
    }

    fn key() -> impl Strategy<Value = String> {
        prop_oneof!["[ab01]", Just("a\"b".to_owned()), Just("é\n".to_owned())]
    }

    fn object() -> impl Strategy<Value = Tree> {
        prop::collection::btree_map(key(), tree(), 0..5).prop_map(|map| map.into_iter().collect())
    }

    /// The same line with every character beyond ASCII as an escape, as Python writes it.
    fn only_ascii(line: &str) -> String {
        let mut units = [0; 2];
        let escaped = |char: char| match char.is_ascii() {
            true => char.to_string(),
            false => char.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect(),
        };
        line.chars().map(escaped).collect()
    }

    proptest! {
        #[test]
        fn agrees_with_serde_json(tree in object(), path in prop::collection::vec(key(), 1..4), pretty: bool) {
            let line = if pretty { serde_json::to_string_pretty(&tree) } else { serde_json::to_string(&tree) }.unwrap();
            let expected = path.iter().try_fold(&tree, |tree, key| match tree {
                Tree::Array(list) => list.get(key.parse::<usize>().ok()?),
                tree => tree.get(key),
            });
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            for line in [only_ascii(&line), line] {
                match (pick(&path, &line).unwrap(), expected) {
                    (None, None) | (Some(Value::Null), Some(Tree::Null)) => {}
                    (Some(Value::String(string)), Some(Tree::String(expected))) => {
                        prop_assert_eq!(&string.decode(), expected);
                        prop_assert_eq!(string.decoded_len(), expected.len());
                    }
                    (Some(Value::Number(digits)), Some(expected @ Tree::Number(_))) => {
                        prop_assert_eq!(digits, expected.to_string());
                    }
                    (Some(Value::Other), Some(Tree::Bool(_) | Tree::Array(_) | Tree::Object(_))) => {}
                    (found, expected) => prop_assert!(false, "{:?} for {:?} in {}", found, expected, line),
                }
            }
        }

        #[test]
        fn every_line_cut_short_is_broken(tree in object()) {
            let line = only_ascii(&tree.to_string());
            for cut in 0..line.len() {
                prop_assert!(pick(&["a"], &line[..cut]).is_err(), "cut at {}: {}", cut, line);
            }
        }

        #[test]
        fn accepts_what_serde_json_accepts(line in "\\{(\"a\"|[\\[\\]{}:,\"\\\\abnu0-9e+.-]| |null|true|\"b\":|\\\\u[0-9a-f]{4}){0,12}\\}") {
            let ours = pick(&["a"], &line);
            let theirs = serde_json::from_str::<Tree>(&line);
            // What it may refuse beyond us: halves of surrogate pairs and numbers too large for an `f64`.
            let by_choice = |error: &serde_json::Error| {
                ["surrogate", "hex escape", "out of range"].iter().any(|why| error.to_string().contains(why))
            };
            match theirs {
                Ok(_) => prop_assert!(ours.is_ok(), "{:?}", ours),
                Err(error) => prop_assert!(ours.is_err() || by_choice(&error), "{}", error),
            }
        }

        #[test]
        fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..64), json in "[\\[\\]{}:,\"\\\\au0-9dDtrue -]{0,32}") {
            let _ = pick(&["a", "0"], &String::from_utf8_lossy(&bytes));
            let _ = pick(&["a", "0"], &json);
            let _ = keys(&json);
        }
    }
}
