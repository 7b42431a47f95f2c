//! What must hold for any bytes.
//!
//! Each file has one function, `holds`, which panics when it does not. `tests/it/fuzz.rs` holds them for the files in
//! `fixtures/fuzz` and for bytes near to them; the targets in `fuzz/` look for bytes for which they do not hold. So this
//! folder belongs to two packages, and uses nothing of the test kit.

pub mod deflate;
pub mod fingerprints;
pub mod heads;
pub mod lines;
pub mod page;
pub mod shard;

/// What must hold for some bytes.
pub type Property = fn(&[u8]);

/// The properties by the names of their targets.
pub const ALL: [(&str, Property); 6] = [
    ("deflate", deflate::holds),
    ("fingerprints", fingerprints::holds),
    ("heads", heads::holds),
    ("lines", lines::holds),
    ("page", page::holds),
    ("shard", shard::holds),
];
