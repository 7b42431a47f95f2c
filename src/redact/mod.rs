//! A copy of an evidence folder that is fit for sharing.
//!
//! Taken out: what follows `?` or `#` in an address (sessions, searches, names stand there), excerpts, the addresses of
//! servers, kept records, and whatever is no table or JSON of this program. Rows keep their ids and their number, so that
//! the copy and the original can be laid side by side.

pub mod address;
pub mod json;
pub mod table;

use std::collections::BTreeMap;

use serde::Serialize;

/// What was taken out of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Redacted {
    /// Path from the folder.
    pub path: String,
    /// SHA-256 of the original, lower-case hexadecimal.
    pub original_sha256: String,
    /// Cells that were changed or emptied, by column; in a JSON file strings, under `strings`.
    pub cells: BTreeMap<String, u64>,
}
