//! The JSON files of a folder without query strings.

use serde_json::Value;

use super::address::shorten_all;

/// Shortens the addresses in all strings of a value, keys included, and returns how many strings were changed.
pub fn shorten(value: &mut Value) -> u64 {
    match value {
        Value::String(text) => shorten_text(text),
        Value::Array(values) => values.iter_mut().map(shorten).sum(),
        Value::Object(entries) => {
            let mut count = 0;
            let old = std::mem::take(entries);
            for (mut key, mut value) in old {
                count += shorten_text(&mut key) + shorten(&mut value);
                entries.insert(key, value);
            }
            count
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

fn shorten_text(text: &mut String) -> u64 {
    let short = shorten_all(text).into_owned();
    let is_changed = short != *text;
    *text = short;
    u64::from(is_changed)
}
