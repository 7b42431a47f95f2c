//! The walk over one line: every token is checked, and only the chosen values are kept.

use memchr::memchr2;

use super::escape::escape;
use super::{JsonError, Node, RawString, Value};

/// How deep lists and objects may lie in each other. Known corpora need four; the limit keeps a crafted line from
/// using up the stack.
pub const MAX_DEPTH: usize = 128;

pub(super) type Scanned<T> = Result<T, JsonError>;

/// A place in the line, and what was found before it.
pub(super) struct Scanner<'l> {
    line: &'l str,
    at: usize,
    depth: usize,
    found: Vec<Option<Value<'l>>>,
}

impl<'l> Scanner<'l> {
    /// At the start of the line, with room for so many values.
    pub(super) fn new(line: &'l str, slots: usize) -> Scanner<'l> {
        Scanner { line, at: 0, depth: 0, found: vec![None; slots] }
    }

    /// The values that were kept.
    pub(super) fn into_found(self) -> Vec<Option<Value<'l>>> {
        self.found
    }

    /// One object, and nothing but blanks around it. `member` reads the value of each of its keys.
    pub(super) fn whole_line(
        &mut self,
        member: impl FnMut(&mut Self, RawString<'l>) -> Scanned<()>,
    ) -> Scanned<()> {
        if self.line.starts_with('\u{feff}') {
            self.at = '\u{feff}'.len_utf8();
        }
        self.blanks();
        if self.peek() != Some(b'{') {
            return self.fail("an object was expected");
        }
        self.object(member)?;
        self.blanks();
        if self.at < self.line.len() { self.fail("something follows the object") } else { Ok(()) }
    }

    /// A value, of which `node` says what to keep inside it.
    pub(super) fn value(&mut self, node: Option<&Node>) -> Scanned<Value<'l>> {
        match self.peek() {
            Some(b'"') => self.string().map(Value::String),
            Some(b'{') => {
                self.object(|scanner, key| match node {
                    Some(node) => scanner.member(node, key),
                    None => scanner.value(None).map(drop),
                })?;
                Ok(Value::Other)
            }
            Some(b'[') => {
                self.list(node)?;
                Ok(Value::Other)
            }
            Some(b'n') => self.word("null", Value::Null),
            Some(b't') => self.word("true", Value::Other),
            Some(b'f') => self.word("false", Value::Other),
            Some(b'N') => self.word("NaN", Value::Other),
            Some(b'I') => self.word("Infinity", Value::Other),
            Some(b'-') if self.line[self.at..].starts_with("-I") => self.word("-Infinity", Value::Other),
            Some(b'-' | b'0'..=b'9') => self.number().map(Value::Number),
            Some(_) => self.fail("a value was expected"),
            None => self.fail("the line ends where a value was expected"),
        }
    }

    /// The value of `key` in an object of which `node` says what to keep.
    pub(super) fn member(&mut self, node: &Node, key: RawString<'l>) -> Scanned<()> {
        let chosen = node.child(&key.decode());
        // What an earlier key of the same name brought no longer counts, even if this one brings less.
        if let Some(chosen) = chosen {
            chosen.clear(&mut self.found);
        }
        self.keep(chosen)
    }

    /// A value, kept if a path ends here.
    fn keep(&mut self, chosen: Option<&Node>) -> Scanned<()> {
        let value = self.value(chosen)?;
        if let Some(place) = chosen.and_then(|node| node.slot).and_then(|slot| self.found.get_mut(slot)) {
            *place = Some(value);
        }
        Ok(())
    }

    fn object(&mut self, mut member: impl FnMut(&mut Self, RawString<'l>) -> Scanned<()>) -> Scanned<()> {
        self.open()?;
        let mut more = !self.take(b'}');
        while more {
            if self.peek() != Some(b'"') {
                return self.fail("a key was expected");
            }
            let key = self.string()?;
            self.blanks();
            if !self.take(b':') {
                return self.fail("`:` was expected after a key");
            }
            self.blanks();
            member(self, key)?;
            more = self.goes_on(b'}', "`,` or `}` was expected")?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn list(&mut self, node: Option<&Node>) -> Scanned<()> {
        self.open()?;
        let mut more = !self.take(b']');
        let mut index = 0;
        while more {
            self.keep(node.and_then(|node| node.element(index)))?;
            index += 1;
            more = self.goes_on(b']', "`,` or `]` was expected")?;
        }
        self.depth -= 1;
        Ok(())
    }

    /// Steps over `{` or `[`.
    fn open(&mut self) -> Scanned<()> {
        if self.depth == MAX_DEPTH {
            return self.fail("lists and objects lie too deep in each other");
        }
        self.depth += 1;
        self.at += 1;
        self.blanks();
        Ok(())
    }

    /// Whether a comma follows, and not the end of the list or object.
    fn goes_on(&mut self, end: u8, otherwise: &'static str) -> Scanned<bool> {
        self.blanks();
        if self.take(end) {
            return Ok(false);
        }
        if !self.take(b',') {
            return self.fail(otherwise);
        }
        self.blanks();
        Ok(true)
    }

    /// A string, from its opening quote to past its closing one.
    fn string(&mut self) -> Scanned<RawString<'l>> {
        let bytes = self.line.as_bytes();
        let quote = self.at;
        let start = quote + 1;
        self.at = start;
        // By how much the escapes are longer than what they stand for.
        let mut saved = 0;
        loop {
            match memchr2(b'"', b'\\', &bytes[self.at..]) {
                Some(plain) => self.at += plain,
                None => return Err(JsonError { at: quote, what: "a string is not closed" }),
            }
            if bytes[self.at] == b'"' {
                break;
            }
            // Texts in other scripts can be one escape after the other; a search between them would find nothing.
            while self.peek() == Some(b'\\') {
                let Some((char, length)) = escape(&bytes[self.at..]) else {
                    return self.fail("no known escape begins");
                };
                self.at += length;
                saved += length - char.len_utf8();
            }
        }
        let raw = &self.line[start..self.at];
        self.at += 1;
        Ok(RawString { raw, decoded_len: raw.len() - saved })
    }

    fn number(&mut self) -> Scanned<&'l str> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _sign = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Ok(&self.line[start..self.at])
    }

    fn digits(&mut self) -> Scanned<()> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { self.fail("a digit was expected") } else { Ok(()) }
    }

    fn word(&mut self, word: &'static str, value: Value<'l>) -> Scanned<Value<'l>> {
        if !self.line[self.at..].starts_with(word) {
            return self.fail("a value was expected");
        }
        self.at += word.len();
        Ok(value)
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.line.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn fail<T>(&self, what: &'static str) -> Scanned<T> {
        Err(JsonError { at: self.at, what })
    }
}
