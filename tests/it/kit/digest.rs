//! Digests and identifiers in the forms that the archives write.

use data_encoding::{BASE32, HEXLOWER};
use sha1::{Digest, Sha1};
use sha2::Sha256;

/// `sha1:` and base32, as in `WARC-Block-Digest`.
pub fn warc(bytes: &[u8]) -> String {
    format!("sha1:{}", BASE32.encode(&Sha1::digest(bytes)))
}

/// SHA-256 in lower-case hex, as in `record_sha256`.
pub fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

/// The first `2 * bytes` hex digits that `seed` leads to: stands in for MD5 fields and other opaque numbers.
pub fn hex(seed: &str, bytes: usize) -> String {
    HEXLOWER.encode(&Sha1::digest(seed.as_bytes())[..bytes])
}

/// `<urn:uuid:...>` of the record that plays `role` for document `index`. The same in every format, so that a
/// WET record refers to the response of the WARC beside it.
pub fn record_id(role: &str, index: usize) -> String {
    format!("<urn:uuid:{}>", uuid(&format!("{role}/{index}")))
}

/// A version 5 UUID drawn from `seed`.
fn uuid(seed: &str) -> String {
    let mut bytes: Vec<u8> = Sha1::digest(seed.as_bytes())[..16].to_vec();
    bytes[6] = bytes[6] & 0x0f | 0x50;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = HEXLOWER.encode(&bytes);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
