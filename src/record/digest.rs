//! Digests that the archive states about its own records, checked against the bytes.
//!
//! The form is `algorithm:value` with the value in Base32 or hexadecimal, in any case, and `sha-1` beside `sha1`
//! (ISO 28500 leaves it open, and all of these occur). SHA-1 is a cross-check here, never this tool's own digest.

use data_encoding::{BASE32_NOPAD, HEXLOWER_PERMISSIVE};
use md5::Md5;
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// The outcome of the check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DigestCheck {
    /// The archive's digest is that of the bytes.
    Match,
    /// It is not.
    Mismatch,
    /// The archive states none, or none that can be checked here.
    None,
    /// It is not, by a defect of the whole release that is known, and another digest vouches for the bytes.
    KnownDefect,
}

impl DigestCheck {
    /// The word in the column `digest_check`.
    pub fn name(self) -> &'static str {
        match self {
            DigestCheck::Match => "match",
            DigestCheck::Mismatch => "mismatch",
            DigestCheck::None => "none",
            DigestCheck::KnownDefect => "known_defect",
        }
    }
}

/// A digest as stated, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    algorithm: Algorithm,
    value: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Algorithm {
    Md5,
    Sha1,
    Sha256,
}

impl Algorithm {
    fn length(self) -> usize {
        match self {
            Algorithm::Md5 => 16,
            Algorithm::Sha1 => 20,
            Algorithm::Sha256 => 32,
        }
    }
}

impl Stated {
    /// Reads `sha1:B32...` and its variants. `None` for anything else, which cannot be checked.
    pub fn parse(field: &[u8]) -> Option<Stated> {
        let text = std::str::from_utf8(field).ok()?;
        let (label, value) = text.split_once(':')?;
        let algorithm = match label.to_ascii_lowercase().as_str() {
            "sha1" | "sha-1" => Algorithm::Sha1,
            "sha256" | "sha-256" => Algorithm::Sha256,
            "md5" => Algorithm::Md5,
            _ => return None,
        };
        let value = value.trim();
        let hexadecimal = HEXLOWER_PERMISSIVE.decode(value.as_bytes()).ok();
        let base32 = || BASE32_NOPAD.decode(value.trim_end_matches('=').to_ascii_uppercase().as_bytes()).ok();
        // 32 characters may be hexadecimal MD5 or Base32 SHA-1: only the right length counts.
        let right = |decoded: &Vec<u8>| decoded.len() == algorithm.length();
        let value = hexadecimal.filter(right).or_else(|| base32().filter(right))?;
        Some(Stated { algorithm, value })
    }

    /// A running digest of the same kind.
    pub fn start(&self) -> Running {
        match self.algorithm {
            Algorithm::Md5 => Running::Md5(Md5::new()),
            Algorithm::Sha1 => Running::Sha1(Sha1::new()),
            Algorithm::Sha256 => Running::Sha256(Sha256::new()),
        }
    }

    /// True when `running`, which was started from this digest or one of its kind, has come to the same value.
    pub fn agrees(&self, running: &Running) -> bool {
        match running.clone() {
            Running::Md5(digest) => digest.finalize().as_slice() == self.value,
            Running::Sha1(digest) => digest.finalize().as_slice() == self.value,
            Running::Sha256(digest) => digest.finalize().as_slice() == self.value,
        }
    }
}

/// A digest under way.
#[derive(Clone)]
pub enum Running {
    /// MD5.
    Md5(Md5),
    /// SHA-1.
    Sha1(Sha1),
    /// SHA-256.
    Sha256(Sha256),
}

impl Running {
    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Running::Md5(digest) => digest.update(bytes),
            Running::Sha1(digest) => digest.update(bytes),
            Running::Sha256(digest) => digest.update(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(field: &str, bytes: &[u8]) -> Option<bool> {
        let stated = Stated::parse(field.as_bytes())?;
        let mut running = stated.start();
        running.update(bytes);
        Some(stated.agrees(&running))
    }

    #[test]
    fn all_spellings_of_a_digest_are_read() {
        // The empty string's SHA-1 is known from many revisit records.
        for field in [
            "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ",
            "sha-1:3i42h3s6nnfq2msvx7xzkyayscx5qbyj",
            "SHA1:da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
            "md5:d41d8cd98f00b204e9800998ecf8427e",
        ] {
            assert_eq!(check(field, b""), Some(true), "{field}");
            assert_eq!(check(field, b"x"), Some(false), "{field}");
        }
    }

    #[test]
    fn what_cannot_be_checked_is_not_guessed() {
        for field in
            ["", "sha1:", "sha1:short", "crc32:00000000", "3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ", "sha1:\u{fffd}"]
        {
            assert_eq!(check(field, b""), None, "{field}");
        }
    }
}
