//! Which field of a line holds what, and reading a line by it.
//!
//! In comes one line of a corpus written as JSON lines; out goes a [`LineRecord`] that borrows from it. The corpus is
//! told from the keys of its first line ([`detect`]), never from the file name, or the user says where things stand
//! ([`custom`]). A map says where a field is, not what must be there: a line without an address is still a record, and
//! [`Address`] says why it has none, so that it can be counted as not looked at rather than as clear.

mod custom;
mod detect;
mod layouts;

use std::borrow::Cow;
use std::fmt;

use super::json::{JsonError, RawString, Selection, Value};

pub use custom::{FieldSpecError, custom};
pub use detect::{Detected, UnknownFields, detect};
pub use layouts::{known, named};

/// What a field is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Url,
    /// A key that holds the address in some releases and a mere name in others: taken if it begins as an address does.
    UrlOrName,
    Text,
    Date,
    Id,
    RefersTo,
    Digest,
    Language,
    Mime,
    Origin,
    Offset,
    Sentences,
}

/// What the lines of a corpus are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Each line is a document.
    Documents,
    /// Each line describes a document whose text stands in another file, to be read in step with this one.
    Companion,
}

/// Where the fields of a corpus stand. Built in ([`known`]) or made from the user's words ([`custom`]).
#[derive(Clone, Debug)]
pub struct FieldMap {
    name: &'static str,
    release: Option<&'static str>,
    selection: Selection,
    /// The place in what `selection` finds of each field; the first that holds something is taken.
    places: Vec<(Field, usize)>,
}

impl FieldMap {
    fn new(name: &'static str, release: Option<&'static str>) -> FieldMap {
        FieldMap { name, release, selection: Selection::default(), places: Vec::new() }
    }

    fn add<'k>(&mut self, field: Field, path: impl IntoIterator<Item = &'k str>) {
        let place = self.selection.add(path);
        self.places.push((field, place));
    }

    /// The name of the corpus for reports, such as `c4`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The release, where the keys alone tell it.
    pub fn release(&self) -> Option<&'static str> {
        self.release
    }

    /// What its lines are.
    pub fn kind(&self) -> Kind {
        if self.has(Field::Offset) { Kind::Companion } else { Kind::Documents }
    }

    /// Whether its lines have addresses. Where they have none, "no hit for a domain" says nothing.
    pub fn addresses(&self) -> bool {
        self.has(Field::Url)
    }

    /// Whether its lines have the text of the document.
    pub fn texts(&self) -> bool {
        self.has(Field::Text)
    }

    fn has(&self, field: Field) -> bool {
        self.places.iter().any(|(placed, _)| *placed == field)
    }

    /// Reads a line, after checking that it is one whole JSON object in UTF-8.
    pub fn read<'l>(&self, line: &'l [u8]) -> Result<LineRecord<'l>, LineError> {
        let found = self.selection.scan(utf8(line)?)?;
        let mut record = LineRecord::default();
        for (field, place) in &self.places {
            if let Some(value) = found.get(*place).copied().flatten() {
                record.fill(*field, value);
            }
        }
        Ok(record)
    }
}

/// What a line says, borrowed from it. The corpus's words, unchecked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineRecord<'l> {
    /// The address of the page, or why there is none.
    pub url: Address<'l>,
    /// The date of capture as it is written; [`super::date::read`] reads it.
    pub date: Option<Cow<'l, str>>,
    /// The record's own id.
    pub id: Option<Cow<'l, str>>,
    /// The id of the record that this one was made from.
    pub refers_to: Option<Cow<'l, str>>,
    /// A digest. Most corpora copied it from the WET record, so it does not describe the text in this line.
    pub digest: Option<Cow<'l, str>>,
    /// The language, in the corpus's own code.
    pub language: Option<Cow<'l, str>>,
    /// The media type: of the page, or of the WET record where that is what the corpus kept.
    pub mime: Option<Cow<'l, str>>,
    /// What the text was taken from: an archive file, a segment of a crawl or another corpus.
    pub origin: Option<Cow<'l, str>>,
    /// The text: its length is known, and it is decoded when asked for.
    pub text: Option<RawString<'l>>,
    /// In a companion file: the line of the text file after which the document begins.
    pub offset: Option<u64>,
    /// In a companion file: the number of lines of the document.
    pub sentences: Option<u64>,
}

/// The address that a line gives, or why it gives none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Address<'l> {
    /// The address as it is written, not empty.
    Given(Cow<'l, str>),
    /// The field is not there, or is `null`.
    #[default]
    Absent,
    /// The field is there, and empty.
    Empty,
    /// The field is there, and is something other than a string.
    NotText,
}

impl Address<'_> {
    /// The address, if there is one.
    pub fn given(&self) -> Option<&str> {
        if let Address::Given(url) = self { Some(url) } else { None }
    }
}

impl<'l> LineRecord<'l> {
    /// Takes a value for a field, unless a path of higher preference has filled it.
    fn fill(&mut self, field: Field, value: Value<'l>) {
        match field {
            Field::Url => self.fill_url(value),
            Field::UrlOrName if begins_as_address(value) => self.fill_url(value),
            Field::UrlOrName => {}
            Field::Text => fill(&mut self.text, string(value)),
            Field::Date => fill(&mut self.date, words(value)),
            Field::Id => fill(&mut self.id, words(value)),
            Field::RefersTo => fill(&mut self.refers_to, words(value)),
            Field::Digest => fill(&mut self.digest, words(value)),
            Field::Language => fill(&mut self.language, words(value)),
            Field::Mime => fill(&mut self.mime, words(value)),
            Field::Origin => fill(&mut self.origin, words(value)),
            Field::Offset => fill(&mut self.offset, whole_number(value)),
            Field::Sentences => fill(&mut self.sentences, whole_number(value)),
        }
    }

    fn fill_url(&mut self, value: Value<'l>) {
        let url = match value {
            Value::String(string) if string.decoded_len() > 0 => Address::Given(string.decode()),
            Value::String(_) => Address::Empty,
            Value::Number(_) | Value::Other => Address::NotText,
            Value::Null => Address::Absent,
        };
        // An address ends the search; until then the first path that holds anything gives the reason.
        let better = match self.url {
            Address::Given(_) => false,
            Address::Absent => true,
            Address::Empty | Address::NotText => url.given().is_some(),
        };
        if better {
            self.url = url;
        }
    }
}

fn fill<T>(place: &mut Option<T>, value: Option<T>) {
    if place.is_none() {
        *place = value;
    }
}

fn string(value: Value<'_>) -> Option<RawString<'_>> {
    if let Value::String(string) = value { Some(string) } else { None }
}

/// A string, or a number as it is written: OSCAR's copy in HF form numbers its records.
fn words(value: Value<'_>) -> Option<Cow<'_, str>> {
    match value {
        Value::String(string) => Some(string.decode()),
        Value::Number(digits) => Some(Cow::Borrowed(digits)),
        Value::Null | Value::Other => None,
    }
}

fn whole_number(value: Value<'_>) -> Option<u64> {
    if let Value::Number(digits) = value { digits.parse().ok() } else { None }
}

fn begins_as_address(value: Value<'_>) -> bool {
    let Some(name) = words(value) else { return false };
    ["http://", "https://"]
        .iter()
        .any(|scheme| name.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme)))
}

fn utf8(line: &[u8]) -> Result<&str, LineError> {
    simdutf8::compat::from_utf8(line).map_err(|error| LineError::NotUtf8 { at: error.valid_up_to() })
}

/// Why a line cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineError {
    /// It is not UTF-8.
    NotUtf8 {
        /// The first byte of the line that is not.
        at: usize,
    },
    /// It is not one whole JSON object.
    Json(JsonError),
}

impl From<JsonError> for LineError {
    fn from(error: JsonError) -> LineError {
        LineError::Json(error)
    }
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LineError::NotUtf8 { at } => write!(f, "not UTF-8 at byte {at} of the line"),
            LineError::Json(_) => write!(f, "not one whole JSON object"),
        }
    }
}

impl std::error::Error for LineError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            LineError::NotUtf8 { .. } => None,
            LineError::Json(error) => Some(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::path::Path;

    /// The map of the corpus that the line is from.
    pub(super) fn detected(line: &str) -> &'static FieldMap {
        match detect(line.as_bytes()) {
            Ok(Detected::Known(map)) => map,
            other => panic!("{other:?} for {line}"),
        }
    }

    #[test]
    fn a_companion_says_where_its_text_is() {
        let line = br#"{"headers":{"warc-target-uri":"U"},"offset":12,"nb_sentences":3}"#;
        let map = detected(std::str::from_utf8(line).unwrap());
        let record = map.read(line).unwrap();
        assert_eq!((map.kind(), record.offset, record.sentences), (Kind::Companion, Some(12), Some(3)));
        assert!(map.addresses() && !map.texts());
        assert_eq!(detected(r#"{"text":""}"#).kind(), Kind::Documents);
        assert!(!detected(r#"{"text":""}"#).addresses());
    }

    #[test]
    fn a_line_without_an_address_says_why() {
        let map = custom("url=a.u").unwrap();
        for (line, url) in [
            (r#"{"a":{"u":"U"}}"#, Address::Given("U".into())),
            (r#"{"a":{}}"#, Address::Absent),
            (r#"{"a":{"u":null}}"#, Address::Absent),
            (r#"{"a":{"u":""}}"#, Address::Empty),
            (r#"{"a":{"u":["U"]}}"#, Address::NotText),
            (r#"{"a":{"u":5}}"#, Address::NotText),
        ] {
            assert_eq!(map.read(line.as_bytes()).unwrap().url, url, "{line}");
        }
        let dclm = r#"{"text":"T","url":"","metadata":{"WARC-Target-URI":"U"}}"#;
        assert_eq!(detected(dclm).read(dclm.as_bytes()).unwrap().url.given(), Some("U"));
    }

    #[test]
    fn a_broken_line_is_an_error_whatever_it_holds() {
        let map = detected(r#"{"url":"U","text":"T","timestamp":"D"}"#);
        assert_eq!(map.read(b"{\"url\":\"U\",\"text\":\"\xff\"}"), Err(LineError::NotUtf8 { at: 19 }));
        let error = map.read(br#"{"url":"U","text":"T"#).unwrap_err();
        assert_eq!(error, LineError::Json(JsonError { at: 18, what: "a string is not closed" }));
        assert_eq!(error.to_string(), "not one whole JSON object");
    }

    /// The bytes of a sample, decompressed.
    fn sample(path: &Path) -> Vec<u8> {
        let stored = std::fs::read(path).unwrap();
        let mut bytes = Vec::new();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("gz") => flate2::read::MultiGzDecoder::new(&stored[..]).read_to_end(&mut bytes).unwrap(),
            Some("zst") => {
                zstd::stream::read::Decoder::new(&stored[..]).unwrap().read_to_end(&mut bytes).unwrap()
            }
            _ => return stored,
        };
        bytes
    }

    fn begins(url: Option<&str>) -> bool {
        url.is_some_and(|url| url.starts_with("http"))
    }

    #[test]
    fn real_samples_are_read_whole() {
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
        if !samples.is_dir() {
            eprintln!("skipped: no samples at {}", samples.display());
            return;
        }
        for (file, corpus, lines, broken, without_text) in [
            ("c4/c4-sample.00000-of-00001.json.gz", ("c4", None), 1000, 0, 0),
            ("c4/c4-train.00000-of-01024.json.gz", ("c4", None), 3, 0, 0),
            ("c4/multilingual/c4-af.tfrecord-00000-of-00064.json.gz", ("c4", None), 3, 0, 0),
            ("oscar-22.01/oscar-io-data.jsonl", ("oscar", Some("OSCAR-2201")), 63, 0, 0),
            ("adjacent/dolma-cc_en_head-0091.jsonl.gz", ("dolma", None), 10, 0, 0),
            // One of its lines is not valid UTF-8, and the text of two is `null`.
            ("adjacent/hplt2-sample100-CC.zst", ("hplt", None), 100, 1, 2),
        ] {
            let bytes = sample(&samples.join(file));
            let all: Vec<&[u8]> =
                bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
            let map = detected(std::str::from_utf8(all[0]).unwrap());
            assert_eq!((map.name(), map.release()), corpus, "{file}");
            let records: Vec<LineRecord<'_>> = all.iter().filter_map(|line| map.read(line).ok()).collect();
            assert_eq!((all.len(), all.len() - records.len()), (lines, broken), "{file}");
            assert_eq!(records.iter().filter(|record| record.text.is_none()).count(), without_text, "{file}");
            for record in records {
                assert!(begins(record.url.given()), "{file}: {:?}", record.url);
                assert!(
                    record.date.as_deref().and_then(super::super::date::read).is_some(),
                    "{file}: {:?}",
                    record.date
                );
                assert!(record.text.is_none_or(|text| text.decoded_len() == text.decode().len()), "{file}");
            }
        }
    }

    #[test]
    fn an_object_over_many_lines_is_read_like_one() {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples/adjacent/cc_news-newyorker.json");
        let Ok(bytes) = std::fs::read(&path) else {
            eprintln!("skipped: no sample at {}", path.display());
            return;
        };
        let Ok(Detected::Known(map)) = detect(&bytes) else { panic!() };
        let record = map.read(&bytes).unwrap();
        assert_eq!((map.name(), record.date.as_deref()), ("cc_news", Some("2017-08-14 09:25:22+00:00")));
        assert!(begins(record.url.given()) && record.text.is_some());
    }
}
