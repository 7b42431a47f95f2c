//! Paths in one form, so that the same place has one spelling.
//!
//! `/a//b/./c/../%7Ed/` and `/a/b/~d` are the same place for a server, and a rule must not depend on which of
//! them an archive wrote. Case stays: paths that differ in case may be different pages.

use std::borrow::Cow;

/// The comparable form of `path`: unreserved characters unescaped, all others escaped in one way, empty and
/// dot segments resolved, no slash at the end. The root is the empty text.
pub fn normal(path: &str) -> Cow<'_, str> {
    if is_normal(path) {
        return Cow::Borrowed(path);
    }
    let mut segments: Vec<&str> = Vec::new();
    let spelled = spelled(path);
    // As a browser resolves them: `..` takes an empty segment back like any other.
    for segment in spelled.strip_prefix('/').unwrap_or(&spelled).split('/') {
        match segment {
            "." => {}
            ".." => {
                segments.pop();
            }
            _ => segments.push(segment),
        }
    }
    let mut normal = String::with_capacity(spelled.len());
    for segment in segments.into_iter().filter(|segment| !segment.is_empty()) {
        normal.push('/');
        normal.push_str(segment);
    }
    Cow::Owned(normal)
}

/// The prefixes of a normal path at which a rule may end, the longest first: `/a/b` and `/a` of `/a/b`. A `;`
/// opens the parameters of a segment (`/news;jsessionid=1`), so the segment ends there too.
pub fn prefixes(path: &str, longest: usize) -> impl Iterator<Item = &str> {
    let ends_at = |end: usize| match path.as_bytes().get(end) {
        Some(&next) => matches!(next, b'/' | b';'),
        None => end == path.len(),
    };
    // No rule is longer than `longest`, and an endless path must not cost more than that.
    (1..=longest.min(path.len())).rev().filter(move |&end| ends_at(end)).map(|end| &path[..end])
}

/// Tells whether `path` stands in its normal form already, as nearly all do.
fn is_normal(path: &str) -> bool {
    let mut before = 0;
    for byte in path.bytes() {
        let dubious = before == b'/' && matches!(byte, b'/' | b'.');
        if dubious || !stays(byte) {
            return false;
        }
        before = byte;
    }
    before != b'/' && (path.is_empty() || path.starts_with('/'))
}

/// Characters that stand for themselves in a path (RFC 3986 `pchar`, without `%`).
fn stays(byte: u8) -> bool {
    is_unreserved(byte) || b"/!$&'()*+,;=:@".contains(&byte)
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// Spells each character in the one way that is normal; segments are left alone.
fn spelled(path: &str) -> String {
    // Browsers drop these wherever they stand, even within an escape.
    let bytes: Vec<u8> = path.bytes().filter(|byte| !matches!(byte, b'\t' | b'\n' | b'\r')).collect();
    let mut spelled = String::with_capacity(path.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'%' => match escape(bytes.get(at..at + 2)) {
                Some(meant) => {
                    at += 2;
                    if is_unreserved(meant) {
                        spelled.push(char::from(meant))
                    } else {
                        push_escaped(&mut spelled, meant)
                    }
                }
                // A stray `%` must not become an escape together with what follows it.
                None => push_escaped(&mut spelled, b'%'),
            },
            b'\\' => spelled.push('/'),
            _ if stays(byte) => spelled.push(char::from(byte)),
            _ => push_escaped(&mut spelled, byte),
        }
    }
    spelled
}

fn escape(digits: Option<&[u8]>) -> Option<u8> {
    let [high, low] = *digits? else { return None };
    let value = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    Some(value(high)? * 16 + value(low)?)
}

fn push_escaped(text: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    text.push('%');
    text.push(char::from(DIGITS[usize::from(byte >> 4)]));
    text.push(char::from(DIGITS[usize::from(byte & 15)]));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_place_has_one_spelling() {
        for (path, expected) in [
            ("", ""),
            ("/", ""),
            ("//", ""),
            ("/news", "/news"),
            ("/news/", "/news"),
            ("//news//x", "/news/x"),
            ("/./news/../sport/.", "/sport"),
            ("/../../news", "/news"),
            ("/news//../x", "/news/x"),
            ("/a//../news", "/a/news"),
            ("/a//../../news", "/news"),
            ("//..//x", "/x"),
            ("/%2e%2E/news", "/news"),
            ("\\news\\x", "/news/x"),
            ("/n%65ws", "/news"),
            ("/%6e%65%77%73/%7Ex", "/news/~x"),
            ("/ne\tws\n", "/news"),
            ("/News", "/News"),
            ("/a%2fb", "/a%2Fb"),
            ("/a%3Fb", "/a%3Fb"),
            ("/été", "/%C3%A9t%C3%A9"),
            ("/%c3%a9t%c3%a9", "/%C3%A9t%C3%A9"),
            ("/a b", "/a%20b"),
            ("/100%", "/100%25"),
            ("/100%zz%4", "/100%25zz%254"),
            ("/%2%61", "/%252a"),
            ("/.well-known", "/.well-known"),
            ("/...", "/..."),
        ] {
            assert_eq!(normal(path), expected, "{path}");
        }
        assert!(matches!(normal("/news/2020/a.html"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_rule_may_end_where_a_segment_ends() {
        let ends = |path| prefixes(path, 100).collect::<Vec<_>>();
        assert_eq!(ends("/news/a/b"), ["/news/a/b", "/news/a", "/news"]);
        assert_eq!(ends("/newsround"), ["/newsround"]);
        assert_eq!(ends("/news;id=1/x"), ["/news;id=1/x", "/news;id=1", "/news"]);
        assert_eq!(ends(""), [""; 0]);
        assert_eq!(prefixes("/news/a/b", 6).collect::<Vec<_>>(), ["/news"]);
    }

    proptest! {
        #[test]
        fn a_normal_path_stays_as_it_is(path in "[/a.%2Ee;é\\\\ \t]{0,20}") {
            let once = normal(&path).into_owned();
            prop_assert_eq!(&*normal(&once), &*once);
            prop_assert!(once.is_empty() || once.starts_with('/'));
            prop_assert!(once.is_ascii());
        }
    }
}
