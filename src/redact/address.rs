//! Addresses without their query strings and fragments.

use std::borrow::Cow;

/// What begins a query or a fragment: bare, and escaped, as it stands in the path of a mirror's address, once or twice.
const MARKS: &[&str] = &["?", "#", "%3f", "%23", "%253f", "%2523"];

/// What ends an address inside a longer text.
fn ends_address(character: char) -> bool {
    character.is_whitespace() || matches!(character, '"' | '\'' | '`' | '<' | '>')
}

/// An address up to its query or fragment. It may be escaped for JSON already.
pub fn shorten(address: &str) -> &str {
    let lower = address.to_ascii_lowercase();
    let end = MARKS.iter().filter_map(|mark| lower.find(mark)).min();
    // Lower-casing ASCII moves nothing.
    end.and_then(|end| address.get(..end)).unwrap_or(address)
}

/// A text in which every address is shortened.
pub fn shorten_all(text: &str) -> Cow<'_, str> {
    if !text.contains("://") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, address) = rest.split_at(at);
        let end = address.find(ends_address).unwrap_or(address.len());
        let (address, after) = address.split_at(end);
        out.push_str(before);
        out.push_str(shorten(address));
        rest = after;
    }
    out.push_str(rest);
    match out == text {
        true => Cow::Borrowed(text),
        false => Cow::Owned(out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_and_fragments_go_however_they_are_written() {
        for (address, short) in [
            ("https://a.fr/b?c=d#e", "https://a.fr/b"),
            ("https://a.fr/b#e?c", "https://a.fr/b"),
            ("https://a.fr/b", "https://a.fr/b"),
            (
                "https://www-a-fr.cdn.ampproject.org/c/s/www.a.fr/b%3Fid%3D5",
                "https://www-a-fr.cdn.ampproject.org/c/s/www.a.fr/b",
            ),
            (
                "https://web.archive.org/web/2020/https://a.fr/b%253fx",
                "https://web.archive.org/web/2020/https://a.fr/b",
            ),
            ("https://a.fr/é?x", "https://a.fr/é"),
            ("?x", ""),
        ] {
            assert_eq!(shorten(address), short);
        }
        assert_eq!(
            shorten_all("at `https://a.fr/b?s=1`, byte 3; http://b.fr/#x why? \"https://c.fr?y\""),
            "at `https://a.fr/b`, byte 3; http://b.fr/ why? \"https://c.fr\""
        );
        assert!(matches!(shorten_all("why? no address"), Cow::Borrowed(_)));
    }
}
