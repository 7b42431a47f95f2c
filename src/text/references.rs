//! Character references: `&eacute;`, `&#233;`, `&#xE9;`, also where they were encoded twice: `&amp;eacute;`.
//!
//! Only those that a semicolon closes are decoded. HTML knows some without it, but in running text `&copy` may as well
//! be a part of an address.

use std::borrow::Cow;

/// Longest reference, in bytes with `&` and `;`: a name has at most 32 characters.
const LONGEST: usize = 34;

/// Decodes the references of a text.
pub fn decode(text: &str) -> Cow<'_, str> {
    let mut decoded = String::new();
    let mut done = 0;
    for at in memchr::memchr_iter(b'&', text.as_bytes()) {
        if at < done {
            continue;
        }
        if let Some((characters, length)) = at_start(&text[at..]) {
            decoded.push_str(&text[done..at]);
            decoded.push_str(&characters);
            done = at + length;
        }
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    decoded.push_str(&text[done..]);
    Cow::Owned(decoded)
}

/// The reference that `text` starts with: its characters, and its length in bytes. Where it stands for `&` and makes a
/// reference with what follows, that one counts as well.
pub fn at_start(text: &str) -> Option<(String, usize)> {
    let (decoded, length) = single(text)?;
    if decoded == "&" {
        let tail: String = text[length..].chars().take(LONGEST).collect();
        if let Some((decoded, more)) = single(&format!("&{tail}")) {
            return Some((decoded, length + more - 1));
        }
    }
    Some((decoded, length))
}

fn single(text: &str) -> Option<(String, usize)> {
    let bytes = text.as_bytes();
    let window = bytes.get(1..)?;
    let end = memchr::memchr(b';', &window[..window.len().min(LONGEST - 1)])?;
    let name = &window[..end];
    let is_reference = match name {
        [b'#', b'x' | b'X', digits @ ..] => {
            (1..=6).contains(&digits.len()) && digits.iter().all(u8::is_ascii_hexdigit)
        }
        [b'#', digits @ ..] => (1..=7).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit),
        [first, rest @ ..] => {
            first.is_ascii_alphabetic() && !rest.is_empty() && rest.iter().all(u8::is_ascii_alphanumeric)
        }
        [] => false,
    };
    if bytes.first() != Some(&b'&') || !is_reference {
        return None;
    }
    let reference = text.get(..end + 2)?;
    let characters = htmlize::unescape(reference);
    // HTML decodes a name's beginning as well (`&notit;` begins with `&not`): that is no reference here.
    let is_whole =
        characters != reference && (name[0] == b'#' || name == b"semi" || !characters.ends_with(';'));
    is_whole.then(|| (characters.into_owned(), reference.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_references_are_decoded_and_nothing_else() {
        let cases = [
            ("caf&eacute;s", "cafés"),
            ("&#233;&#xE9;&#XE9;", "ééé"),
            ("l&#146;&eacute;t&eacute;", "l\u{2019}été"),
            ("&amp;eacute;", "é"),
            ("&amp;amp;eacute; &amp; &amp;x", "&eacute; & &x"),
            ("&eacute &unknown; R&D; &; &#; &#x; &", "&eacute &unknown; R&D; &; &#; &#x; &"),
            ("&notit;", "&notit;"),
            ("a&semi;b", "a;b"),
            ("a&semi;b", "a;b"),
            ("é&", "é&"),
        ];
        for (text, decoded) in cases {
            assert_eq!(decode(text), decoded);
        }
    }
}
