//! Field maps in the user's words, for lines that no known corpus has.

use crate::escape::printable;
use std::fmt;

use super::{Field, FieldMap};

/// The names that the user may give to a field.
const NAMES: &[(&str, Field)] = &[
    ("url", Field::Url),
    ("text", Field::Text),
    ("date", Field::Date),
    ("id", Field::Id),
    ("refers_to", Field::RefersTo),
    ("digest", Field::Digest),
    ("lang", Field::Language),
    ("mime", Field::Mime),
    ("origin", Field::Origin),
];

/// Makes a map from the user's words, such as `url=u,text=doc.body,lang=langs.0`. A path is keys joined by dots; a
/// backslash before a dot, a comma, `=` or a backslash makes it part of the key.
pub fn custom(spec: &str) -> Result<FieldMap, FieldSpecError> {
    let mut map = FieldMap::new("custom", None);
    for part in split(spec, ',') {
        let Some((name, path)) = part.split_once('=') else {
            return Err(FieldSpecError::NoPath { part: part.to_owned() });
        };
        let Some((name, field)) = NAMES.iter().find(|(known, _)| *known == name.trim()) else {
            return Err(FieldSpecError::UnknownName { name: name.trim().to_owned() });
        };
        if map.has(*field) {
            return Err(FieldSpecError::Twice { name });
        }
        let path: Vec<String> = split(path.trim(), '.').map(unescape).collect();
        if path.iter().any(String::is_empty) {
            return Err(FieldSpecError::EmptyKey { name });
        }
        map.add(*field, path.iter().map(String::as_str));
    }
    if map.addresses() || map.texts() { Ok(map) } else { Err(FieldSpecError::NothingToScan) }
}

/// The parts between those separators that have no backslash before them.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut escaped = false;
    text.split(move |char| {
        let cuts = char == separator && !escaped;
        escaped = char == '\\' && !escaped;
        cuts
    })
}

fn unescape(key: &str) -> String {
    let mut chars = key.chars();
    std::iter::from_fn(|| match chars.next()? {
        '\\' => Some(chars.next().unwrap_or('\\')),
        char => Some(char),
    })
    .collect()
}

/// What is wrong with the user's words for a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldSpecError {
    /// A part is not a name and a path.
    NoPath {
        /// The part.
        part: String,
    },
    /// A name that no field has.
    UnknownName {
        /// The name.
        name: String,
    },
    /// A name that is given twice.
    Twice {
        /// The name.
        name: &'static str,
    },
    /// A path with nothing between its dots.
    EmptyKey {
        /// The name it is given to.
        name: &'static str,
    },
    /// Neither `url` nor `text` is given.
    NothingToScan,
}

impl fmt::Display for FieldSpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FieldSpecError::NoPath { part } => {
                write!(f, "`--fields`: `{}` is not a name and a path, as in `url=meta.url`", printable(part))
            }
            FieldSpecError::UnknownName { name } => {
                let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
                write!(
                    f,
                    "`--fields`: no field is called `{}`; the names are {}",
                    printable(name),
                    names.join(", ")
                )
            }
            FieldSpecError::Twice { name } => write!(f, "`--fields`: `{}` is given twice", printable(name)),
            FieldSpecError::EmptyKey { name } => {
                write!(
                    f,
                    "`--fields`: the path of `{name}` has an empty key; write `\\.` for a dot inside a key"
                )
            }
            FieldSpecError::NothingToScan => {
                write!(
                    f,
                    "`--fields`: `url` or `text` is needed, since without both there is nothing to look for"
                )
            }
        }
    }
}

impl std::error::Error for FieldSpecError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::fields::Kind;

    #[test]
    fn fields_by_the_users_words() {
        let map = custom(
            r"url=u, text=doc.body,date = ts,id=a\.b\,c\=d\\.0,refers_to=r,digest=h,lang=l.1,mime=m,origin=o",
        )
        .unwrap();
        let line = br#"{"u":"U","doc":{"body":"T\n"},"ts":5,"a.b,c=d\\":["I"],"r":"R","h":"H","l":["x","fr"],"m":"M","o":"O"}"#;
        let record = map.read(line).unwrap();
        assert_eq!(record.url.given(), Some("U"));
        assert_eq!(record.text.map(|text| (text.raw(), text.decoded_len())), Some((r"T\n", 2)));
        let rest = [
            record.date,
            record.id,
            record.refers_to,
            record.digest,
            record.language,
            record.mime,
            record.origin,
        ];
        assert_eq!(rest.map(Option::unwrap_or_default), ["5", "I", "R", "H", "fr", "M", "O"]);
        assert_eq!((map.name(), map.release(), map.kind()), ("custom", None, Kind::Documents));
    }

    #[test]
    fn wrong_words_are_answered() {
        for (spec, message) in [
            ("", "`` is not a name and a path, as in `url=meta.url`"),
            ("url=u,text", "`text` is not a name and a path, as in `url=meta.url`"),
            (
                "url=u,author=a",
                "no field is called `author`; the names are url, text, date, id, refers_to, digest, lang, mime, origin",
            ),
            ("url=u,url=v", "`url` is given twice"),
            ("url=a..b", "the path of `url` has an empty key; write `\\.` for a dot inside a key"),
            ("text=", "the path of `text` has an empty key; write `\\.` for a dot inside a key"),
            ("id=i,date=d", "`url` or `text` is needed, since without both there is nothing to look for"),
        ] {
            assert_eq!(custom(spec).unwrap_err().to_string(), format!("`--fields`: {message}"), "{spec}");
        }
    }
}
