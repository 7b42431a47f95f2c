//! Names and addresses in a line that a person copies into a shell. Shards are named by archives and by whoever made
//! the folders, so a name may hold anything.

use std::path::Path;

use crate::escape::needs_escape;

/// A word for a POSIX shell that stands for exactly these bytes, made of characters that a terminal shows as they are.
/// `None` for a name that ends in a line feed, which no such word can stand for.
pub fn word(bytes: &[u8]) -> Option<String> {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"._/:@%+=,-".contains(byte);
    let text = std::str::from_utf8(bytes).ok().filter(|text| !text.chars().any(needs_escape));
    match text {
        Some(text) if !text.is_empty() && bytes.iter().all(plain) => Some(text.to_owned()),
        Some(text) => Some(format!("'{}'", text.replace('\'', r"'\''"))),
        None if bytes.ends_with(b"\n") => None,
        // What the shell puts in place of `$(...)` loses line feeds at its end, and nothing else.
        None => {
            Some(format!("\"$(printf '{}')\"", bytes.iter().map(|byte| printf(*byte)).collect::<String>()))
        }
    }
}

/// [`word`] for a path.
pub fn path(path: &Path) -> Option<String> {
    word(path.as_os_str().as_encoded_bytes())
}

fn printf(byte: u8) -> String {
    match byte.is_ascii_alphanumeric() || b"._/-".contains(&byte) {
        true => char::from(byte).to_string(),
        false => format!("\\{byte:03o}"),
    }
}

/// A path as part of a web address: its components stay, everything unusual is percent-encoded (RFC 3986).
pub fn in_address(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_gives_back_every_name() {
        for name in [
            "a.warc.gz",
            "",
            "a b",
            "it's",
            "$(touch x)",
            "`x`;x&|<>\"\\",
            "é",
            "a\nb",
            "\u{1b}[2J",
            "\u{202e}",
            "-n",
            "%s\\n\u{7}'",
        ] {
            let word = word(name.as_bytes()).unwrap();
            assert!(!word.chars().any(needs_escape), "{word}");
            let script = format!("printf %s {word}");
            let output = std::process::Command::new("sh").arg("-c").arg(&script).output().unwrap();
            assert_eq!(output.stdout, name.as_bytes(), "{script}");
        }
        assert_eq!(word(b"a\xffb").as_deref(), Some("\"$(printf 'a\\377b')\""));
        assert_eq!(word(b"a\n"), None);
    }

    #[test]
    fn an_address_holds_no_surprise() {
        assert_eq!(in_address("crawl-data/a_b-c.warc.gz"), "crawl-data/a_b-c.warc.gz");
        assert_eq!(in_address("a b?c#d'é"), "a%20b%3Fc%23d%27%C3%A9");
    }
}
