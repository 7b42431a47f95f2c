//! Addresses without their query strings and fragments.

use std::borrow::Cow;

/// An address up to its query or fragment, whose mark may be escaped any number of times, as in the path of a mirror's
/// address. It may be escaped for JSON already.
pub fn shorten(address: &str) -> &str {
    let is_mark = |at: usize| {
        let behind = &address.as_bytes()[at..];
        let Some(mut escaped) = behind.strip_prefix(b"%") else { return matches!(behind[0], b'?' | b'#') };
        while let Some(deeper) = escaped.strip_prefix(b"25") {
            escaped = deeper;
        }
        matches!(escaped, [b'3', b'f' | b'F', ..] | [b'2', b'3', ..])
    };
    (0..address.len()).find(|&at| is_mark(at)).map_or(address, |end| &address[..end])
}

/// Where an address that stands in a text ends. A query may hold quotes and brackets, so that only a blank ends it, or the
/// quote before the address; where an address begins the text, all of it may be one.
fn end(address: &str, before: Option<char>) -> usize {
    let at = match before {
        None => None,
        Some(quote @ ('"' | '`')) => {
            let is_escaped = |at: usize| address[..at].ends_with('\\');
            address.match_indices(quote).map(|(at, _)| at).find(|&at| !is_escaped(at))
        }
        Some(_) => address.find(char::is_whitespace),
    };
    at.unwrap_or(address.len())
}

/// A text in which every address is shortened.
pub fn shorten_all(text: &str) -> Cow<'_, str> {
    if !text.contains("://") {
        return Cow::Borrowed(text);
    }
    let is_scheme = |character: char| character.is_ascii_alphanumeric() || "+-.".contains(character);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, address) = rest.split_at(at);
        let (address, behind) =
            address.split_at(end(address, before.trim_end_matches(is_scheme).chars().next_back()));
        out.push_str(before);
        out.push_str(shorten(address));
        rest = behind;
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
            ("https://a.fr/100%25/%2525252523x", "https://a.fr/100%25/"),
            ("https://a.fr/%", "https://a.fr/%"),
            ("?x", ""),
        ] {
            assert_eq!(shorten(address), short);
        }
        for (text, short) in [
            (
                "at `https://a.fr/b?s=1`, byte 3; http://b.fr/#x why? \"https://c.fr?y\"",
                "at `https://a.fr/b`, byte 3; http://b.fr/ why? \"https://c.fr\"",
            ),
            ("at `https://a.fr/b?s='1' and <2>`, byte 3", "at `https://a.fr/b`, byte 3"),
            ("see https://a.fr/b?s='1'>2 or not", "see https://a.fr/b or not"),
            (r#"{"url":"https://a.fr/?q=\"private\" x","n":1}"#, r#"{"url":"https://a.fr/","n":1}"#),
            ("https://a.fr/?q=private words", "https://a.fr/"),
        ] {
            assert_eq!(shorten_all(text), short);
        }
        assert!(matches!(shorten_all("why? no address"), Cow::Borrowed(_)));
    }
}
