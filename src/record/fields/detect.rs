//! Telling a corpus from its first line.

use std::borrow::Cow;
use std::fmt;

use super::layouts::shapes;
use super::{FieldMap, LineError, known, utf8};
use crate::record::json;

/// What the first line of a shard shows the shard to be.
#[derive(Clone, Debug)]
pub enum Detected {
    /// A known corpus.
    Known(&'static FieldMap),
    /// Documents of some kind, in fields that fit no known corpus.
    Unknown(UnknownFields),
    /// A list, or an object in which nothing is named as a text or an address would be.
    NotCorpus,
}

/// The keys of a line that fits no known corpus; prints as the sentence to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFields {
    /// The first keys of the line.
    pub keys: Vec<String>,
    /// How many more there are.
    pub more: usize,
}

impl UnknownFields {
    /// As many keys as a reader takes in at a glance.
    const SHOWN: usize = 12;
    /// Longer than any key of a real corpus.
    const LONGEST_KEY: usize = 60;

    fn of(keys: &[Cow<'_, str>]) -> UnknownFields {
        let shown = keys.iter().take(Self::SHOWN).map(|key| key.chars().take(Self::LONGEST_KEY).collect());
        UnknownFields { keys: shown.collect(), more: keys.len().saturating_sub(Self::SHOWN) }
    }
}

impl fmt::Display for UnknownFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Keys come from the web's side, and the sentence goes to a terminal.
        let keys: Vec<String> = self.keys.iter().map(|key| format!("`{}`", key.escape_debug())).collect();
        write!(f, "JSON lines whose fields fit no known corpus: {}", keys.join(", "))?;
        if self.more > 0 { write!(f, " and {} more", self.more) } else { Ok(()) }
    }
}

/// Tells the corpus from its first line. The order of the keys plays no part, since OSCAR 22.01 has a new one in every
/// record.
pub fn detect(line: &[u8]) -> Result<Detected, LineError> {
    if line.trim_ascii_start().first() == Some(&b'[') {
        return Ok(Detected::NotCorpus);
    }
    let line = utf8(line)?;
    let keys = json::keys(line)?;
    for ((_, shape), map) in shapes().zip(known()) {
        if shape.fits(line, keys.len())? {
            return Ok(Detected::Known(map));
        }
    }
    let named_so = |key: &Cow<'_, str>| {
        let key = key.to_ascii_lowercase();
        ["text", "content", "body", "url", "uri"].iter().any(|word| key.contains(word))
    };
    Ok(if keys.iter().any(named_so) {
        Detected::Unknown(UnknownFields::of(&keys))
    } else {
        Detected::NotCorpus
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_corpus_is_not_claimed_for_a_likeness() {
        for (line, sentence) in [
            (
                r#"{"url":"U","text":"T","timestamp":"D","author":"A"}"#,
                "`url`, `text`, `timestamp`, `author`",
            ),
            (r#"{"url":"U","text":"T"}"#, "`url`, `text`"),
            (r#"{"page_url":"U","\u001b[2J":1}"#, r"`page_url`, `\u{1b}[2J`"),
        ] {
            let Ok(Detected::Unknown(fields)) = detect(line.as_bytes()) else { panic!("{line}") };
            assert_eq!(
                fields.to_string(),
                format!("JSON lines whose fields fit no known corpus: {sentence}")
            );
        }
        let many: Vec<String> = (0..20).map(|number| format!(r#""text{number}":1"#)).collect();
        let Ok(Detected::Unknown(fields)) = detect(format!("{{{}}}", many.join(",")).as_bytes()) else {
            panic!()
        };
        assert!(fields.to_string().ends_with("`text11` and 8 more"));
        for line in ["[", r#"["text"]"#, "{}", r#"{"method":"GET","status":200}"#] {
            assert!(matches!(detect(line.as_bytes()), Ok(Detected::NotCorpus)), "{line}");
        }
    }
}
