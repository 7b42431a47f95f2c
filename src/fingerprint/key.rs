//! The key of the hashes in a fingerprint file.
//!
//! Hashes are not encryption: whoever holds the key can test whether a text they know is in a file. With the public
//! key that is everybody, and files of different publishers can be compared.

use std::fs;
use std::hash::Hasher;
use std::path::Path;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use siphasher::sip::SipHasher24;

use crate::error::{Error, Result};

/// Shortest key file, in bytes: 128 bits.
const SHORTEST: usize = 16;

/// Said before the bytes of a key file are hashed into a key.
const PURPOSE: &[u8] = b"shardproof fingerprint key 1\n";
/// Said before a key is hashed into its name.
const NAMING: &[u8] = b"shardproof fingerprint key name 1\n";

/// A 128-bit key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key([u8; 16]);

impl Key {
    /// The key that the format fixes: anybody can compare.
    pub const PUBLIC: Key = Key(*b"shardproof/fpr/1");

    /// The key of a file, which may hold anything that nobody can guess.
    ///
    /// # Errors
    /// When the file cannot be read or is shorter than 16 bytes.
    pub fn load(path: &Path) -> Result<Key> {
        let bytes = fs::read(path).map_err(|error| Error::io("read the key", path, &error))?;
        if bytes.trim_ascii().len() < SHORTEST {
            let what = format!("the key `{}` is shorter than {SHORTEST} bytes", crate::escape::shown(path));
            return Err(
                Error::request(what).hint("make one with `head -c 32 /dev/urandom | base64 > archive.key`")
            );
        }
        let digest = Sha256::new().chain_update(PURPOSE).chain_update(bytes.trim_ascii()).finalize();
        let mut key = [0; 16];
        key.copy_from_slice(&digest[..16]);
        Ok(Key(key))
    }

    /// The name of the key: `public`, or the first 16 hexadecimal digits of a hash of it.
    pub fn name(&self) -> String {
        if *self == Key::PUBLIC {
            return "public".to_owned();
        }
        let digest = Sha256::new().chain_update(NAMING).chain_update(self.0).finalize();
        HEXLOWER.encode(&digest[..8])
    }

    /// SipHash-2-4 of a number under this key.
    pub fn hash(&self, value: u64) -> u64 {
        let mut hasher = SipHasher24::new_with_key(&self.0);
        hasher.write_u64(value);
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_makes_a_key_and_a_short_one_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        fs::write(&path, "0123456789abcdef").unwrap();
        let key = Key::load(&path).unwrap();
        assert_ne!(key.name(), Key::PUBLIC.name());
        assert_eq!(key.name().len(), 16);
        assert_ne!(key.hash(1), Key::PUBLIC.hash(1));
        fs::write(&path, "0123456789abcdef\n").unwrap();
        assert!(Key::load(&path).unwrap() == key, "a line end is no part of the key");
        fs::write(&path, "too short      \n\n\n").unwrap();
        assert!(Key::load(&path).is_err());
    }

    #[test]
    fn the_hash_is_that_of_the_published_function() {
        // The reference implementation's test vector for the key 00 01 .. 0f and the message 00 01 .. 07.
        let key = Key(std::array::from_fn(|index| index as u8));
        assert_eq!(key.hash(0x0706_0504_0302_0100), 0x93f5_f579_9a93_2462);
    }
}
