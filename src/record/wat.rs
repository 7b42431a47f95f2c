//! The envelope in a WAT record: which record it stands for.

use super::RecordType;
use super::json::{Selection, Value};

/// What a WAT record says about the record that it stands for.
pub struct Envelope {
    /// The type of that record.
    pub kind: RecordType,
    /// The date of the capture, as it stands there.
    pub date: Option<String>,
}

/// Reads the block of a WAT record. `None` when it does not say what it is about.
pub fn envelope(block: &[u8]) -> Option<Envelope> {
    let mut selection = Selection::default();
    let kind = selection.add(["Envelope", "WARC-Header-Metadata", "WARC-Type"]);
    let date = selection.add(["Envelope", "WARC-Header-Metadata", "WARC-Date"]);
    let json = std::str::from_utf8(block.trim_ascii()).ok()?;
    let found = selection.scan(json).ok()?;
    let kind = match found.get(kind)? {
        Some(Value::String(name)) => RecordType::from_warc(name.decode().as_bytes()),
        // About an ARC record, or about the archive file itself.
        None => RecordType::Unknown,
        Some(_) => return None,
    };
    let date = match found.get(date)? {
        Some(Value::String(date)) => Some(date.decode().into_owned()),
        _ => None,
    };
    Some(Envelope { kind, date })
}
