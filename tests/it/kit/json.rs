//! JSON objects whose keys keep the order and whose spacing keeps the habit of their corpus.
//!
//! `serde_json` sorts keys and writes no spaces; C4 and mC4 differ by nothing but order.

/// An object in the making.
pub struct Object {
    out: String,
    style: Style,
}

/// How a corpus writes its lines.
#[derive(Clone, Copy)]
pub enum Style {
    /// No spaces, UTF-8 as it is (Rust and Java writers).
    Compact,
    /// `", "` and `": "`, UTF-8 as it is (Python with `ensure_ascii=False`).
    Spaced,
    /// No spaces, everything beyond ASCII as `\uXXXX`.
    Ascii,
}

impl Object {
    pub fn new(style: Style) -> Object {
        Object { out: "{".into(), style }
    }

    /// A string member.
    pub fn text(self, key: &str, value: &str) -> Object {
        let value = self.style.quoted(value);
        self.raw(key, &value)
    }

    /// A member whose value is JSON already.
    pub fn raw(mut self, key: &str, value: &str) -> Object {
        let (comma, colon) = if matches!(self.style, Style::Spaced) { (", ", ": ") } else { (",", ":") };
        if self.out.len() > 1 {
            self.out.push_str(comma);
        }
        self.out.push_str(&self.style.quoted(key));
        self.out.push_str(colon);
        self.out.push_str(value);
        self
    }

    pub fn end(mut self) -> String {
        self.out.push('}');
        self.out
    }
}

impl Style {
    /// A JSON string literal.
    pub fn quoted(self, value: &str) -> String {
        let literal = serde_json::Value::from(value).to_string();
        if !matches!(self, Style::Ascii) {
            return literal;
        }
        let mut out = String::new();
        for c in literal.chars() {
            if c.is_ascii() {
                out.push(c);
            } else {
                c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
            }
        }
        out
    }
}
