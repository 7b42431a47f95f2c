//! The key of the hashes in a fingerprint file.
//!
//! Hashes are not encryption: whoever holds the key can test whether a text they know is in a file. With the public
//! key that is everybody, and files of different publishers can be compared.

use std::fs;
use std::path::Path;

use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};
use aes::{Aes128Enc, Block};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// Shortest key file, in bytes: 128 bits.
const SHORTEST: usize = 16;

/// Said before the bytes of a key file are hashed into a key.
const PURPOSE: &[u8] = b"shardproof fingerprint key 1\n";
/// Said before a key is hashed into its name.
const NAMING: &[u8] = b"shardproof fingerprint key name 1\n";

/// Numbers that are hashed together: processors encrypt several blocks at once.
const TOGETHER: usize = 32;

/// A 128-bit key.
#[derive(Clone)]
pub struct Key {
    bytes: [u8; 16],
    cipher: Aes128Enc,
}

impl Key {
    /// The key that the format fixes: anybody can compare.
    pub fn public() -> Key {
        Key::new(*b"shardproof/fpr/1")
    }

    fn new(bytes: [u8; 16]) -> Key {
        Key { bytes, cipher: Aes128Enc::new(&Array(bytes)) }
    }

    /// The key of a file, which may hold anything that nobody can guess.
    ///
    /// # Errors
    /// When the file cannot be read or is shorter than 16 bytes.
    pub fn load(path: &Path) -> Result<Key> {
        let bytes = fs::read(path).map_err(|error| {
            Error::request(format!("cannot read the key `{}`: {error}", crate::escape::shown(path)))
        })?;
        if bytes.trim_ascii().len() < SHORTEST {
            let what = format!("the key `{}` is shorter than {SHORTEST} bytes", crate::escape::shown(path));
            return Err(
                Error::request(what).hint("make one with `head -c 32 /dev/urandom | base64 > archive.key`")
            );
        }
        let digest = Sha256::new().chain_update(PURPOSE).chain_update(bytes.trim_ascii()).finalize();
        let mut key = [0; 16];
        key.copy_from_slice(&digest[..16]);
        Ok(Key::new(key))
    }

    /// The name of the key: `public`, or the first 16 hexadecimal digits of a hash of it.
    pub fn name(&self) -> String {
        if *self == Key::public() {
            return "public".to_owned();
        }
        let digest = Sha256::new().chain_update(NAMING).chain_update(self.bytes).finalize();
        HEXLOWER.encode(&digest[..8])
    }

    /// The keyed hash of each number, in its place: the first eight bytes, little-endian, of the AES-128 encryption of the
    /// number's eight bytes, little-endian, and eight zero bytes. Without the key nobody can tell which number a hash is of.
    pub fn hash_all(&self, values: &mut [u64]) {
        let mut blocks = [Block::default(); TOGETHER];
        for values in values.chunks_mut(TOGETHER) {
            for (block, value) in blocks.iter_mut().zip(values.iter()) {
                block.fill(0);
                block[..8].copy_from_slice(&value.to_le_bytes());
            }
            self.cipher.encrypt_blocks(&mut blocks[..values.len()]);
            for (value, block) in values.iter_mut().zip(&blocks) {
                *value = block.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
            }
        }
    }

    /// The keyed hash of one number, as [`Key::hash_all`] makes it.
    pub fn hash(&self, value: u64) -> u64 {
        let mut values = [value];
        self.hash_all(&mut values);
        values[0]
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        self.bytes == other.bytes
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
        assert_ne!(key.name(), Key::public().name());
        assert_eq!(key.name().len(), 16);
        assert_ne!(key.hash(1), Key::public().hash(1));
        fs::write(&path, "0123456789abcdef\n").unwrap();
        assert!(Key::load(&path).unwrap() == key, "a line end is no part of the key");
        fs::write(&path, "too short      \n\n\n").unwrap();
        assert!(Key::load(&path).is_err());
    }

    #[test]
    fn the_hash_is_the_standard_cipher() {
        // FIPS 197, appendix B has this key; the encryption of the block was computed with OpenSSL.
        let key = Key::new(*b"\x2b\x7e\x15\x16\x28\xae\xd2\xa6\xab\xf7\x15\x88\x09\xcf\x4f\x3c");
        assert_eq!(key.hash(0x0706_0504_0302_0100), 0xc8a7_137b_e39e_0f72);
        let mut many: Vec<u64> = (0..100).collect();
        key.hash_all(&mut many);
        assert!((0..100).all(|value| many[value as usize] == key.hash(value)));
    }
}
