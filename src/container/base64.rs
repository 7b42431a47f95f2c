//! Bytes inside the JSON of a state: `#[serde(with = "base64")]`.

use data_encoding::BASE64;
use serde::{Deserialize, Deserializer, Serializer, de::Error};

/// Writes them as Base64.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&BASE64.encode(bytes))
}

/// Reads them.
///
/// # Errors
/// Those of the deserializer, and text that is not Base64.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    BASE64.decode(String::deserialize(deserializer)?.as_bytes()).map_err(D::Error::custom)
}
