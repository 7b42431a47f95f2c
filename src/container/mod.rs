//! How the bytes of a shard are wrapped.
//!
//! Decided from the first bytes, never from the file name: people rename shards, and real archives hold plain
//! text named `.xz`. What comes out is decoded bytes together with the place of each compressed member, since
//! that place is the address of a record in Common Crawl.

pub mod base64;
pub mod deflate;
pub mod feed;
pub mod gzip;
pub mod stream;

use std::io::{self, BufRead};

use serde::{Deserialize, Serialize};

/// The compression of a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Container {
    /// Gzip members, one or many (RFC 1952).
    Gzip,
    /// Zstandard frames, one or many (RFC 8878).
    Zstd,
    /// Not compressed.
    Plain,
}

/// What the first bytes of a file say about its wrapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sniffed {
    /// A wrapping this tool reads.
    Known(Container),
    /// A wrapping or file type this tool recognises but does not read, by its name.
    Unsupported(&'static str),
}

/// Magic numbers of what is recognised and not read. A shard in one of these is reported by name.
const UNSUPPORTED: &[(&[u8], &str)] = &[
    (b"\x04\x22\x4d\x18", "LZ4 frames"),
    (b"\x02\x21\x4c\x18", "legacy LZ4 frames"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"BZh", "bzip2"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"PAR1", "Parquet"),
    (b"\x89PNG", "a PNG picture"),
    (b"%PDF", "a PDF document"),
    (b"\x7fELF", "an ELF program"),
    (b"ARROW1", "an Arrow file"),
];

/// What a zstd frame begins with.
pub const ZSTD_FRAME: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Tells the wrapping from the first bytes of a file (16 are enough).
pub fn sniff(first: &[u8]) -> Sniffed {
    // Skippable zstd frames (magic 0x184D2A50 to 5F) open the `.warc.zst` files that carry a dictionary.
    let skippable = first.len() >= 4 && first[0] & 0xf0 == 0x50 && first[1..4] == [0x2a, 0x4d, 0x18];
    if first.starts_with(&gzip::MAGIC) {
        return Sniffed::Known(Container::Gzip);
    }
    if first.starts_with(&ZSTD_FRAME) || skippable {
        return Sniffed::Known(Container::Zstd);
    }
    match UNSUPPORTED.iter().find(|(magic, _)| first.starts_with(magic)) {
        Some((_, name)) => Sniffed::Unsupported(name),
        None => Sniffed::Known(Container::Plain),
    }
}

/// [`Read`](std::io::Read) for a reader that is at home in buffers.
fn read_buffered(reader: &mut impl BufRead, into: &mut [u8]) -> io::Result<usize> {
    let available = reader.fill_buf()?;
    let count = available.len().min(into.len());
    into[..count].copy_from_slice(&available[..count]);
    reader.consume(count);
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapping_is_told_from_the_bytes() {
        assert_eq!(sniff(b"\x1f\x8b\x08\0"), Sniffed::Known(Container::Gzip));
        assert_eq!(sniff(b"\x28\xb5\x2f\xfd"), Sniffed::Known(Container::Zstd));
        assert_eq!(sniff(b"\x5d\x2a\x4d\x18"), Sniffed::Known(Container::Zstd));
        assert_eq!(sniff(b"WARC/1.0\r\n"), Sniffed::Known(Container::Plain));
        assert_eq!(sniff(b"\x04\x22\x4d\x18@@"), Sniffed::Unsupported("LZ4 frames"));
        assert_eq!(sniff(b""), Sniffed::Known(Container::Plain));
    }
}
