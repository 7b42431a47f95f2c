//! WARC and ARC: how a record begins and ends in each.

use memchr::memmem;
use serde::{Deserialize, Serialize};

use crate::record::{arc, warc};

/// The two archive formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// WARC (ISO 28500), which includes WET and WAT files.
    Warc,
    /// ARC version 1.
    Arc,
}

impl Format {
    /// Its name in receipts.
    pub fn name(self) -> &'static str {
        match self {
            Format::Warc => "warc",
            Format::Arc => "arc",
        }
    }

    /// True when decoded bytes start like a record of the format.
    pub fn opens(self, bytes: &[u8]) -> bool {
        match self {
            Format::Warc => warc::opens(bytes),
            Format::Arc => arc::opens(bytes),
        }
    }

    /// True for a line that begins a record where none was expected.
    pub(super) fn begins(self, line: &[u8]) -> bool {
        match self {
            Format::Warc => warc::opens(line),
            Format::Arc => arc::opens(line) && arc::is_of_known_scheme(line),
        }
    }

    /// Where a record opens in a line that begins with other bytes: a WARC head has its version alone on a line.
    pub(super) fn opens_behind(self, line: &[u8]) -> Option<usize> {
        let at = memmem::rfind(line, b"WARC/").filter(|_| self == Format::Warc && line.ends_with(b"\n"))?;
        let version = line[at + 5..].trim_ascii_end();
        let is_version = version.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
        (is_version && self.opens(&line[at..])).then_some(at)
    }

    /// The head in these bytes, if they hold one.
    pub fn parse(self, bytes: &[u8]) -> Option<warc::Head<'_>> {
        match self {
            Format::Warc => warc::opens(bytes).then(|| warc::Head::parse(bytes)),
            Format::Arc => arc::parse(bytes),
        }
    }

    /// Line ends that close a record: two for WARC, one for ARC.
    pub(super) fn closing_lines(self) -> u64 {
        match self {
            Format::Warc => 2,
            Format::Arc => 1,
        }
    }
}
