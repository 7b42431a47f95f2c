//! Cells of the evidential tables: nothing that an archive says can break a row or run in a spreadsheet.
//!
//! Free text of an archive is written as a JSON string literal. The cell then always begins with `"`, control
//! characters are escaped and nothing is lost; a reader that wants the text decodes the literal. A value that fits
//! the narrow form of its field (a record id, a digest, a date) is written bare, since it can do no harm. The same
//! guard lies over every other cell, because lists come from strangers too.

use std::borrow::Cow;

use crate::escape::{literal, needs_escape};

/// A cell of any origin: as it is when it is harmless, else as a literal.
pub fn cell(text: &str) -> Cow<'_, str> {
    let harmless = match text.chars().next() {
        None => true,
        // A cell that began with a quote could be mistaken for a literal.
        Some(first) => !matches!(first, '=' | '+' | '-' | '@' | '"' | '\'' | '|' | '%'),
    };
    if harmless && !text.chars().any(needs_escape) { Cow::Borrowed(text) } else { Cow::Owned(literal(text)) }
}

/// A token of an archive (id, digest, media type, language): bare when it is made of the characters that such
/// tokens have, else as a literal.
pub fn token(text: &str) -> Cow<'_, str> {
    let starts = text.bytes().next().is_none_or(|byte| byte.is_ascii_alphanumeric() || byte == b'<');
    let plain = text.len() <= 256
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"<>:;._/+=,# -".contains(&byte));
    if starts && plain { Cow::Borrowed(text) } else { Cow::Owned(literal(text)) }
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &[&str] = &[
        "=cmd|' /C calc'!A0",
        "+1+1",
        "-2",
        "@SUM(A1)",
        "\t=1",
        "\r\n=1",
        "a,b\"c\nd",
        "\u{1b}[2J",
        "\u{202e}gpj.exe",
        "é\u{0}",
        "\"quoted\"",
        "😀\u{85}",
    ];

    #[test]
    fn hostile_text_becomes_a_literal_that_gives_it_back() {
        for text in HOSTILE {
            for written in [literal(text), cell(text).into_owned(), token(text).into_owned()] {
                assert!(!written.chars().any(char::is_control), "{written}");
                match written.starts_with('"') {
                    true => assert_eq!(&serde_json::from_str::<String>(&written).unwrap(), text),
                    false => assert_eq!(&written, text),
                }
                assert!(!written.starts_with(['=', '+', '-', '@', '\t', '\r']), "{written}");
            }
        }
    }

    #[test]
    fn harmless_values_stay_bare() {
        for text in [
            "",
            "<urn:uuid:ffbfb0c0-6456-42b0-af03-3867be6fc09f>",
            "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ",
            "text/html; charset=utf-8",
        ] {
            assert_eq!(token(text), text);
        }
        assert_eq!(cell("L'Équipe, le journal"), "L'Équipe, le journal");
    }
}
