//! The reader of JSON lines takes what `serde_json` takes, refuses what it refuses, and reads the same fields.

use serde_json::Value;
use shardproof::record::fields::{Address, FieldMap, custom, detect, known};
use shardproof::record::json::RawString;

/// A map with an address, a text and paths of several steps.
const FIELDS: &str = "url=url,text=text,date=a.timestamp,id=a.0.id";

/// The bytes are one line.
pub fn holds(line: &[u8]) {
    let _ = detect(line);
    let map = custom(FIELDS).expect("a right specification");
    let is_read = map.read(line).is_ok();
    for known in known() {
        assert_eq!(
            known.read(line).is_ok(),
            is_read,
            "whether a line is whole does not hang on what is looked for"
        );
    }
    if is_read && line.ends_with(b"}") {
        assert!(map.read(&line[..line.len() - 1]).is_err(), "a line without its last byte is not whole");
    }
    let complaint = compare(line, &map);
    assert_eq!(complaint, None, "{}", String::from_utf8_lossy(line));
}

/// How the map's reading differs from that of `serde_json`, where it should not.
pub fn compare(line: &[u8], map: &FieldMap) -> Option<String> {
    // A byte order mark may stand before the object.
    let theirs = serde_json::from_slice::<Value>(line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line));
    let (record, object) = match (map.read(line), theirs) {
        (Ok(record), Ok(object @ Value::Object(_))) => (record, object),
        (Ok(_), Ok(other)) => return Some(format!("taken, and not an object: {other}")),
        (Ok(_), Err(error)) if is_by_choice(&error, line) => return None,
        (Ok(_), Err(error)) => return Some(format!("taken, though: {error}")),
        (Err(error), Ok(Value::Object(_))) => return Some(format!("refused: {error}")),
        (Err(_), _) => return None,
    };
    let url = match object.get("url") {
        Some(Value::String(url)) if url.is_empty() => Address::Empty,
        Some(Value::String(url)) => Address::Given(url.as_str().into()),
        Some(Value::Null) | None => Address::Absent,
        Some(_) => Address::NotText,
    };
    let text = object.get("text").and_then(Value::as_str);
    let date = object.pointer("/a/timestamp").and_then(Value::as_str);
    let id = object.pointer("/a/0/id").and_then(Value::as_str);
    let is_number = |value: Option<&Value>| value.is_some_and(Value::is_number);
    let differs = [
        ("url", record.url != url),
        ("text", record.text.as_ref().map(RawString::decode).as_deref() != text),
        ("length", record.text.map(|text| text.decoded_len()) != text.map(str::len)),
        // A number is taken as it is written.
        ("date", record.date.as_deref() != date && !is_number(object.pointer("/a/timestamp"))),
        ("id", record.id.as_deref() != id && !is_number(object.pointer("/a/0/id"))),
    ];
    differs.iter().find(|(_, differs)| *differs).map(|(field, _)| format!("`{field}` of {record:?}"))
}

/// What `serde_json` refuses and this reader takes: halves of surrogate pairs, numbers too large for an `f64`, bare
/// control characters, and the words that Python writes for what is no number.
fn is_by_choice(error: &serde_json::Error, line: &[u8]) -> bool {
    let error = error.to_string();
    let reasons = ["surrogate", "hex escape", "out of range", "control character"];
    let holds = |word: &[u8]| line.windows(word.len()).any(|window| window == word);
    reasons.iter().any(|reason| error.contains(reason)) || holds(b"NaN") || holds(b"Infinity")
}
