//! Records: what a shard holds, one after the other.
//!
//! Three shapes are known. WARC and ARC records have a head that tells the length of their block. JSON lines are
//! documents whose fields a table of field maps names. Text is lines without any address. What is common to them
//! is in this file; each shape has its own.

pub mod arc;
pub mod archive;
pub mod date;
pub mod digest;
pub mod fields;
pub mod http;
pub mod identity;
pub mod json;
pub mod sniff;
pub mod warc;
pub mod wat;

use serde::{Deserialize, Serialize};

/// The type of a record, in the words of ISO 28500; ARC files and line files have one of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordType {
    /// About the archive file.
    Warcinfo,
    /// What the crawler asked.
    Request,
    /// What the server answered.
    Response,
    /// About another record. In a WAT file, the record that stands for it.
    Metadata,
    /// A resource without a protocol message around it.
    Resource,
    /// A capture whose content stands elsewhere.
    Revisit,
    /// Content made from another record: the text of a WET file.
    Conversion,
    /// A later part of a record that was split.
    Continuation,
    /// The first record of an ARC file.
    ArcHeader,
    /// A document of a line file.
    Document,
    /// A type this tool does not know, or none.
    Unknown,
}

impl RecordType {
    /// From the value of `WARC-Type`.
    pub fn from_warc(value: &[u8]) -> RecordType {
        const NAMES: &[RecordType] = &[
            RecordType::Response,
            RecordType::Request,
            RecordType::Metadata,
            RecordType::Conversion,
            RecordType::Warcinfo,
            RecordType::Resource,
            RecordType::Revisit,
            RecordType::Continuation,
        ];
        let found = NAMES.iter().find(|kind| value.eq_ignore_ascii_case(kind.name().as_bytes()));
        found.copied().unwrap_or(RecordType::Unknown)
    }

    /// The name used in rows and receipts.
    pub fn name(self) -> &'static str {
        match self {
            RecordType::Warcinfo => "warcinfo",
            RecordType::Request => "request",
            RecordType::Response => "response",
            RecordType::Metadata => "metadata",
            RecordType::Resource => "resource",
            RecordType::Revisit => "revisit",
            RecordType::Conversion => "conversion",
            RecordType::Continuation => "continuation",
            RecordType::ArcHeader => "arc_header",
            RecordType::Document => "document",
            RecordType::Unknown => "unknown",
        }
    }

    /// True for records that carry content or stand for it. A WAT file's `metadata` records are decided by what
    /// they are about, which only their block tells.
    pub fn is_content(self) -> bool {
        matches!(
            self,
            RecordType::Response
                | RecordType::Resource
                | RecordType::Revisit
                | RecordType::Conversion
                | RecordType::Document
        )
    }
}

/// Longest head of a record, in bytes. Addresses of some hundred kilobytes exist (`data:` URIs); a head beyond
/// this is taken for damage, so that a file without blank lines cannot fill the memory.
pub const LONGEST_HEAD: usize = 1024 * 1024;

/// Longest document of a line file that is examined, in bytes of the line. Common Crawl cuts pages at 5 MiB, and
/// escaping in JSON at worst triples text; a longer line is `unread(too_large)`.
pub const LONGEST_LINE: usize = 16 * 1024 * 1024;

/// Largest block of which the whole is held in memory, in bytes: for WAT records, and to look again at a block whose
/// length proved wrong.
pub const LARGEST_BLOCK: usize = 16 * 1024 * 1024;
