//! The head of a WARC record.
//!
//! Written by hand rather than with a WARC crate, because real archives hold what strict readers refuse: line feeds
//! only, names in any case, folded and repeated fields (a map keeps one of them), URIs in angle brackets, version
//! 0.18, impossible dates. ISO 28500 is the rule, `docs/formats.md` the list of exceptions.

use std::borrow::Cow;

use super::RecordType;

/// What stands for the length of a record's block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// Bytes.
    Known(u64),
    /// Absent, negative or not a number: only the end of the member can tell.
    Unusable,
}

/// The fields of a record's head that this tool looks at, as the bytes that stand there.
#[derive(Clone, Copy, Debug)]
pub struct Head<'h> {
    /// The record's type.
    pub kind: RecordType,
    /// `Content-Length`: bytes of the block.
    pub length: Length,
    /// `WARC-Target-URI`, or the first field of an ARC line.
    pub target: Option<&'h [u8]>,
    /// `WARC-Date`, or the digits of an ARC line.
    pub date: Option<&'h [u8]>,
    /// `WARC-Record-ID`.
    pub id: Option<&'h [u8]>,
    /// `WARC-Refers-To`.
    pub refers_to: Option<&'h [u8]>,
    /// `Content-Type` of the block.
    pub content_type: Option<&'h [u8]>,
    /// `WARC-Truncated`.
    pub truncated: Option<&'h [u8]>,
    /// `WARC-Payload-Digest`.
    pub payload_digest: Option<&'h [u8]>,
    /// `WARC-Block-Digest`.
    pub block_digest: Option<&'h [u8]>,
    /// `WARC-Identified-Content-Language`.
    pub language: Option<&'h [u8]>,
    /// `WARC-Filename`, in a `warcinfo` record.
    pub filename: Option<&'h [u8]>,
}

impl<'h> Head<'h> {
    /// A head without fields.
    pub fn empty(kind: RecordType) -> Head<'h> {
        Head {
            kind,
            length: Length::Unusable,
            target: None,
            date: None,
            id: None,
            refers_to: None,
            content_type: None,
            truncated: None,
            payload_digest: None,
            block_digest: None,
            language: None,
            filename: None,
        }
    }

    /// Reads a head: from the version line through the blank line, both included.
    ///
    /// A field that is given twice counts with its first value; none of the fields above may repeat by the
    /// standard. A line without a colon is passed over.
    pub fn parse(bytes: &'h [u8]) -> Head<'h> {
        let mut head = Head::empty(RecordType::Unknown);
        let mut lines = Lines { rest: bytes };
        lines.next();
        for line in lines {
            let Some(colon) = memchr::memchr(b':', line) else { continue };
            let (name, value) = (line[..colon].trim_ascii(), line[colon + 1..].trim_ascii());
            head.set(name, value);
        }
        head
    }

    fn set(&mut self, name: &[u8], value: &'h [u8]) {
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        let field = match name.len() {
            9 if is("WARC-Type") => {
                if self.kind == RecordType::Unknown {
                    self.kind = RecordType::from_warc(value);
                }
                return;
            }
            14 if is("Content-Length") => {
                if self.length == Length::Unusable {
                    self.length = parse_length(value);
                }
                return;
            }
            9 if is("WARC-Date") => &mut self.date,
            12 if is("Content-Type") => &mut self.content_type,
            13 if is("WARC-Filename") => &mut self.filename,
            14 if is("WARC-Record-ID") => &mut self.id,
            14 if is("WARC-Refers-To") => &mut self.refers_to,
            14 if is("WARC-Truncated") => &mut self.truncated,
            15 if is("WARC-Target-URI") => &mut self.target,
            17 if is("WARC-Block-Digest") => &mut self.block_digest,
            19 if is("WARC-Payload-Digest") => &mut self.payload_digest,
            32 if is("WARC-Identified-Content-Language") => &mut self.language,
            _ => return,
        };
        field.get_or_insert(value);
    }
}

/// The value of `Content-Length`, in bytes.
pub(super) fn parse_length(value: &[u8]) -> Length {
    let digits =
        std::str::from_utf8(value).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    match digits.and_then(|text| text.parse().ok()) {
        Some(length) => Length::Known(length),
        None => Length::Unusable,
    }
}

/// The text of a field: folded lines joined by one blank, bytes that are not UTF-8 replaced.
pub fn text(value: &[u8]) -> Cow<'_, str> {
    // Nearly always it is UTF-8, and the quick check is quicker than the careful conversion.
    let text = std::str::from_utf8(value).map_or_else(|_| String::from_utf8_lossy(value), Cow::Borrowed);
    if !text.contains('\n') {
        return text;
    }
    let unfolded: Vec<&str> = text.lines().map(str::trim).collect();
    Cow::Owned(unfolded.join(" "))
}

/// Where the head ends: the index behind its blank line. `None` when the blank line has not come yet.
///
/// Lines end in CRLF or LF alone, since archives that went through a version control system have lost their CRs.
pub fn end(bytes: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'\n', bytes).find_map(|at| match &bytes[at + 1..] {
        [b'\n', ..] => Some(at + 2),
        [b'\r', b'\n', ..] => Some(at + 3),
        _ => None,
    })
}

/// True when the bytes start like a record: `WARC/` and a digit.
pub fn opens(bytes: &[u8]) -> bool {
    matches!(bytes, [b'W', b'A', b'R', b'C', b'/', digit, ..] if digit.is_ascii_digit())
}

/// Lines with their folded continuations.
struct Lines<'h> {
    rest: &'h [u8],
}

impl<'h> Iterator for Lines<'h> {
    type Item = &'h [u8];

    fn next(&mut self) -> Option<&'h [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let end = memchr::memchr_iter(b'\n', self.rest)
            .find(|&at| !matches!(self.rest.get(at + 1), Some(b' ' | b'\t')))
            .map_or(self.rest.len(), |at| at + 1);
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_in_any_case_folded_and_with_either_line_end() {
        let bytes = b"WARC/1.0\nwarc-type:response\r\nWARC-Target-URI:  <http://a.example/\r\n b>\r\n\
            CONTENT-LENGTH: 12\r\nWARC-Date: first\r\nWARC-Date: second\nno colon here\r\n\r\n";
        assert_eq!(end(bytes), Some(bytes.len()));
        let head = Head::parse(bytes);
        assert_eq!(head.kind, RecordType::Response);
        assert_eq!(head.length, Length::Known(12));
        assert_eq!(text(head.target.unwrap()), "<http://a.example/ b>");
        assert_eq!(head.date, Some(b"first".as_slice()));
        assert_eq!(head.id, None);
    }

    #[test]
    fn a_length_that_is_none_is_unusable() {
        for value in ["-5", "", "12x", "99999999999999999999", "+3"] {
            assert_eq!(parse_length(value.as_bytes()), Length::Unusable, "{value}");
        }
    }

    #[test]
    fn the_head_ends_at_the_first_blank_line() {
        assert_eq!(end(b"WARC/1.0\r\nA: b\r\n\r\nbody\n\n"), Some(18));
        assert_eq!(end(b"WARC/1.0\nA: b\n\nbody"), Some(15));
        assert_eq!(end(b"WARC/1.0\r\nA: b\r\n"), None);
    }
}
