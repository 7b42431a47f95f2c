//! Shingles that stand on many sites: consent texts, furniture of content systems, licences, ubiquitous statements.
//!
//! A list is made from a sample of a crawl. It holds hashes under the key of the fingerprint file that it is for.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use foldhash::fast::FixedState;
use serde::{Deserialize, Serialize};

use super::binary::{Kind, Opened, Writing};
use super::key::Key;
use super::shingle::HASH_BITS;
use crate::error::{Error, Result};
use crate::escape::shown;
use crate::text::normal::NORMAL_FORM;

/// The version of the file's form.
pub const VERSION: u32 = 1;

/// Registrable domains from which on a shingle is common.
pub const DOMAINS: usize = 5;

/// What a commons list says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Version of the form.
    pub version: u32,
    /// Version of the normal form.
    pub normal_form: u32,
    /// Name of the key.
    pub key: String,
    /// Registrable domains from which on a shingle is in the list.
    pub domains: usize,
    /// Shingles.
    pub shingles: u64,
    /// Texts that were looked at.
    pub texts: u64,
}

/// Parts of the shingles, so that workers seldom meet at one. Parts never have to be merged.
const PARTS: usize = 256;

/// Shingles and the domains that have them, while a sample is read. Shared by all workers.
pub struct Counter {
    parts: Vec<Mutex<HashMap<u64, Domains, FixedState>>>,
    texts: AtomicU64,
}

/// The first domains that have a shingle, as hashes; zero where there is none yet.
type Domains = [u32; DOMAINS];

impl Default for Counter {
    fn default() -> Counter {
        Counter { parts: (0..PARTS).map(|_| Mutex::default()).collect(), texts: AtomicU64::new(0) }
    }
}

impl Counter {
    /// Adds the shingles of a text on a registrable domain. The order of texts does not matter: which domains are kept
    /// depends on it, and that there are five does not.
    pub fn add(&self, domain: &str, shingles: impl Iterator<Item = u64>) {
        self.texts.fetch_add(1, Ordering::Relaxed);
        let domain = domain
            .bytes()
            .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        let domain = domain.max(1);
        for shingle in shingles {
            let Some(part) = self.parts.get(shingle as usize % PARTS) else { continue };
            let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
            let known = part.entry(shingle).or_default();
            if let Some(slot) = known.iter_mut().find(|slot| **slot == domain || **slot == 0) {
                *slot = domain;
            }
        }
    }

    /// Distinct shingles so far.
    pub fn len(&self) -> usize {
        self.parts.iter().map(|part| part.lock().unwrap_or_else(PoisonError::into_inner).len()).sum()
    }

    /// True before anything was added.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes the list; returns its header and its SHA-256.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(self, path: &Path, key: &Key) -> io::Result<(Header, String)> {
        let is_common = |domains: &Domains| domains.iter().all(|domain| *domain != 0);
        let mut common: Vec<u64> = self
            .parts
            .into_iter()
            .flat_map(|part| part.into_inner().unwrap_or_else(PoisonError::into_inner))
            .filter(|(_, domains)| is_common(domains))
            .map(|(shingle, _)| shingle)
            .collect();
        common.sort_unstable();
        let header = Header {
            version: VERSION,
            normal_form: NORMAL_FORM,
            key: key.name(),
            domains: DOMAINS,
            shingles: common.len() as u64,
            texts: self.texts.into_inner(),
        };
        let mut file = Writing::create(path, Kind::Commons, &header)?;
        for shingle in common {
            file.write_all(&shingle.to_le_bytes())?;
        }
        Ok((header, file.finish()?))
    }
}

/// An open commons list.
pub struct Commons {
    opened: Opened,
    /// What the list says about itself.
    pub header: Header,
}

impl Commons {
    /// Opens a list that was made with `key`.
    ///
    /// # Errors
    /// When it is damaged, of another version, or made with another key.
    pub fn open(path: &Path, key: &Key) -> Result<Commons> {
        let opened = Opened::open(path, Kind::Commons)?;
        let refuse = |what: &str| Error::request(format!("the commons list `{}` {what}", shown(path)));
        let header: Header = opened.header().map_err(|what| refuse(&what))?;
        if header.version != VERSION || header.normal_form != NORMAL_FORM {
            return Err(refuse("is of another version").hint("make it again with this version of the tool"));
        }
        if header.key != key.name() {
            return Err(refuse(&format!("was made with the key named {}, not {}", header.key, key.name()))
                .hint("a commons list and the fingerprint file it is for have the same key"));
        }
        if header.shingles.checked_mul(8) != Some(opened.body().len() as u64) {
            return Err(refuse("contradicts itself: its shingles do not fill it"));
        }
        Ok(Commons { opened, header })
    }

    /// SHA-256 of the content, as the file states it.
    pub fn sha256(&self) -> String {
        self.opened.sha256()
    }

    /// All shingles of the list, rising.
    pub fn hashes(&self) -> impl Iterator<Item = u64> + '_ {
        self.opened.body().as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes))
    }

    /// True when the list has this shingle.
    pub fn holds(&self, hash: u64) -> bool {
        debug_assert!(hash >> HASH_BITS == 0, "a kept hash has 56 bits");
        self.opened
            .body()
            .as_chunks::<8>()
            .0
            .binary_search_by_key(&hash, |bytes| u64::from_le_bytes(*bytes))
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shingle_of_five_domains_is_common() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("commons.fpc");
        let counter = Counter::default();
        for domain in ["a.fr", "b.fr", "c.fr", "c.fr", "d.fr", "e.fr"] {
            counter.add(domain, [7, 8].into_iter().filter(|shingle| *shingle == 7 || domain != "e.fr"));
        }
        let (header, _) = counter.write(&path, &Key::public()).unwrap();
        assert_eq!((header.shingles, header.texts), (1, 6));
        let commons = Commons::open(&path, &Key::public()).unwrap();
        assert!(commons.holds(7) && !commons.holds(8) && !commons.holds(9));
    }
}
