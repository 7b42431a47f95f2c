//! Where something stands in a shard.

use serde::{Deserialize, Serialize};

/// A run of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    /// First byte, counted from 0.
    pub offset: u64,
    /// Number of bytes.
    pub length: u64,
}

impl Extent {
    /// The first byte behind the extent.
    pub fn end(&self) -> u64 {
        self.offset.saturating_add(self.length)
    }
}

/// The address of a record within its shard.
///
/// Only the first form can be fetched alone from the stored file. The other two need the shard decoded from its
/// start (or, for a file that is not compressed, are the same thing as a byte range of the file).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A compressed member that the record fills alone: bytes of the stored file.
    Member(Extent),
    /// A record among others in one decoded stream: bytes of that stream.
    Decoded(Extent),
    /// A line: bytes of the decoded stream without the line end, and the line's number counted from 1.
    Line(Extent, u64),
}

impl Place {
    /// The bytes, whichever stream they are counted in.
    pub fn extent(&self) -> Extent {
        match self {
            Place::Member(extent) | Place::Decoded(extent) | Place::Line(extent, _) => *extent,
        }
    }

    /// The line's number counted from 1, for line files.
    pub fn line(&self) -> Option<u64> {
        match self {
            Place::Line(_, line) => Some(*line),
            _ => None,
        }
    }
}
