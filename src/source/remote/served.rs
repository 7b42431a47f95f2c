//! What a server says about the state of a file, by which two answers are known to be about the same bytes.

use reqwest::header::{AsHeaderName, TRANSFER_ENCODING};
use reqwest::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap, LAST_MODIFIED,
};
use serde::{Deserialize, Serialize};

/// The state of a file as a server told it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// `ETag`, as it came; empty when none did.
    pub etag: String,
    /// `Last-Modified`, as it came; empty when none did.
    pub last_modified: String,
    /// Bytes of the whole file.
    pub total: Option<u64>,
    /// The media type.
    pub content_type: String,
    /// The encoding that the server named for the bytes, unless `identity`.
    pub encoding: String,
    /// The end of the answer is marked, by its length or by the form of its transfer: a cut shows.
    pub end_shows: bool,
    /// The code of the last answer, also of one that refused the file.
    pub status: Option<u16>,
}

/// A `Content-Range: bytes FROM-TO/TOTAL`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentRange {
    /// First byte.
    pub from: u64,
    /// First byte behind it.
    pub end: u64,
    /// Bytes of the whole file, unless the server does not say (`*`).
    pub total: Option<u64>,
}

impl Served {
    /// From the headers of an answer that holds the whole file (`range` is `None`) or a part of it.
    pub fn of(headers: &HeaderMap, range: Option<ContentRange>) -> Served {
        let length = text(headers, CONTENT_LENGTH).parse().ok();
        let encoding = text(headers, CONTENT_ENCODING);
        let chunked = text(headers, TRANSFER_ENCODING).to_ascii_lowercase().contains("chunked");
        Served {
            etag: text(headers, ETAG),
            last_modified: text(headers, LAST_MODIFIED),
            total: range.map_or(length, |range| range.total),
            content_type: text(headers, CONTENT_TYPE),
            encoding: if encoding.eq_ignore_ascii_case("identity") { String::new() } else { encoding },
            end_shows: length.is_some() || chunked,
            status: Some(if range.is_some() { 206 } else { 200 }),
        }
    }

    /// True when both are about the same bytes: the same `ETag` (compared letter by letter, weak or strong) or, where
    /// there is none, the same `Last-Modified`, and no other length.
    pub fn is_same(&self, other: &Served) -> bool {
        let total = match (self.total, other.total) {
            (Some(one), Some(two)) => one == two,
            _ => true,
        };
        let named = match self.etag.is_empty() && other.etag.is_empty() {
            true => !self.last_modified.is_empty() && self.last_modified == other.last_modified,
            false => self.etag == other.etag,
        };
        total && named && self.encoding == other.encoding
    }

    /// True when another answer can be compared with this one.
    pub fn can_be_compared(&self) -> bool {
        !self.etag.is_empty() || !self.last_modified.is_empty()
    }

    /// What goes into `If-Range`: a strong `ETag` or a date (RFC 9110, 13.1.5).
    pub fn validator(&self) -> Option<&str> {
        let is_strong = !self.etag.is_empty() && !self.etag.starts_with("W/");
        match (is_strong, self.etag.is_empty() && !self.last_modified.is_empty()) {
            (true, _) => Some(&self.etag),
            (false, true) => Some(&self.last_modified),
            (false, false) => None,
        }
    }

    /// The server called the bytes a page.
    pub fn is_page(&self) -> bool {
        let kind = self.content_type.to_ascii_lowercase();
        kind.starts_with("text/html") || kind.starts_with("application/xhtml")
    }
}

/// The range that an answer says it holds.
pub fn content_range(headers: &HeaderMap) -> Option<ContentRange> {
    let header = text(headers, CONTENT_RANGE);
    let (range, total) = header.strip_prefix("bytes ")?.split_once('/')?;
    let (from, to) = range.split_once('-')?;
    let (from, to): (u64, u64) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
    let total = match total.trim() {
        "*" => None,
        total => Some(total.parse().ok()?),
    };
    let end = to.checked_add(1)?;
    (from < end && total.is_none_or(|total| end <= total)).then_some(ContentRange { from, end, total })
}

/// The text of a header; bytes that are no text are shown as such.
pub fn text(headers: &HeaderMap, name: impl AsHeaderName) -> String {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served(etag: &str, last_modified: &str, total: Option<u64>) -> Served {
        Served { etag: etag.into(), last_modified: last_modified.into(), total, ..Served::default() }
    }

    #[test]
    fn only_equal_states_are_the_same() {
        let one = served("\"a\"", "Mon", Some(9));
        assert!(one.is_same(&served("\"a\"", "Tue", Some(9))) && one.is_same(&served("\"a\"", "", None)));
        for other in [
            served("\"b\"", "Mon", Some(9)),
            served("W/\"a\"", "Mon", Some(9)),
            served("\"a\"", "Mon", Some(8)),
        ] {
            assert!(!one.is_same(&other), "{other:?}");
        }
        assert!(!one.is_same(&served("", "Mon", Some(9))), "an ETag that is gone");
        assert!(served("", "Mon", Some(9)).is_same(&served("", "Mon", Some(9))));
        let nothing = served("", "", Some(9));
        assert!(!nothing.is_same(&nothing) && !nothing.can_be_compared());
    }

    #[test]
    fn a_weak_name_is_no_validator() {
        assert_eq!(served("\"a\"", "Mon", None).validator(), Some("\"a\""));
        assert_eq!(served("W/\"a\"", "Mon", None).validator(), None);
        assert_eq!(served("", "Mon", None).validator(), Some("Mon"));
        assert_eq!(served("", "", None).validator(), None);
    }

    #[test]
    fn a_range_must_be_one() {
        let range = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_RANGE, value.parse().unwrap());
            content_range(&headers)
        };
        assert_eq!(range("bytes 5-9/10"), Some(ContentRange { from: 5, end: 10, total: Some(10) }));
        assert_eq!(range("bytes 5-9/*").map(|range| range.total), Some(None));
        for wrong in
            ["bytes 5-9", "bytes 9-5/10", "bytes 5-10/10", "lines 1-2/3", "bytes */10", "bytes -5/10"]
        {
            assert_eq!(range(wrong), None, "{wrong}");
        }
    }
}
