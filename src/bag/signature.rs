//! The signature of the root, as minisign makes it: detached, prehashed, with a signed ("trusted") comment.
//!
//! It shows that whoever held the key signed this root. Whose key it is, the signature does not say: compare
//! `Signature-Key` of `bag-info.txt` with a key that was published elsewhere.

use std::io::Cursor;

use minisign::{PublicKey, SecretKey, SecretKeyBox, SignatureBox};

use super::{ROOT, SIGNATURE};
use crate::cell::hex;
use crate::error::{Error, Result};

/// A key to sign with.
pub struct Key {
    secret: SecretKey,
    public: PublicKey,
}

/// A key file whose password, if it has one, is still to come.
pub struct Locked {
    text: String,
}

impl Locked {
    /// Takes the text of a minisign key file.
    pub fn new(text: String) -> Locked {
        Locked { text }
    }

    /// True when the key can be used without a password (made with `minisign -G -W`).
    pub fn is_open(&self) -> bool {
        self.without_password().is_ok()
    }

    /// Opens the key; `password` is not looked at when there is none on it.
    ///
    /// # Errors
    /// A wrong request when this is no secret key, or the password is another one.
    pub fn open(self, password: Option<String>) -> Result<Key> {
        let opened = match password {
            Some(password) => SecretKeyBox::from(self.text).into_secret_key(Some(password)),
            None => self.without_password(),
        };
        let refused = |error: minisign::PError| {
            Error::request(format!("the key cannot be used: {error}"))
                .hint("name a secret key that `minisign -G` made; nothing was changed")
        };
        let secret = opened.map_err(refused)?;
        let public = PublicKey::from_secret_key(&secret).map_err(refused)?;
        Ok(Key { secret, public })
    }

    /// The minisign program leaves the checksum of a key without password empty, which the crate takes for damage. That
    /// the two halves of such a key belong together shows when it signs.
    fn without_password(&self) -> std::result::Result<SecretKey, minisign::PError> {
        let line = self.text.lines().nth(1).unwrap_or_default().trim();
        let bytes = data_encoding::BASE64.decode(line.as_bytes()).unwrap_or_default();
        let (no_password, no_checksum) =
            (bytes.get(2..4) == Some(&[0; 2]), bytes.get(126..) == Some(&[0; 32]));
        match no_password && no_checksum {
            true => SecretKey::from_bytes(&bytes),
            false => SecretKeyBox::from(self.text.clone()).into_unencrypted_secret_key(),
        }
    }
}

impl Key {
    /// The public key in Base64, as `minisign -P` takes it.
    pub fn public(&self) -> String {
        self.public.to_base64()
    }

    /// Signs the root; `comment` is signed too.
    ///
    /// # Errors
    /// A failure when the machine gives no random bytes.
    pub fn sign(&self, root: &[u8], comment: &str) -> Result<String> {
        let untrusted = untrusted(&self.public);
        minisign::sign(Some(&self.public), &self.secret, root, Some(comment), Some(&untrusted))
            .map(SignatureBox::into_string)
            .map_err(|error| Error::failure(format!("cannot sign `{ROOT}`: {error}")))
    }
}

/// Reads a public key: its Base64 line, or the text of a key file.
pub fn public_key(text: &str) -> Option<PublicKey> {
    let line = text.lines().map(str::trim).rfind(|line| !line.is_empty())?;
    PublicKey::from_base64(line).ok()
}

/// The name of a key, as minisign prints it.
pub fn key_id(key: &PublicKey) -> String {
    let id: Vec<u8> = key.keynum().iter().rev().copied().collect();
    hex(&id).to_ascii_uppercase()
}

/// The first comment is not signed. It says nothing that could not be computed, so that a change of it is seen.
fn untrusted(key: &PublicKey) -> String {
    format!("signature of {ROOT} with the minisign key {}", key_id(key))
}

/// Checks the signature file against the root and a key, byte for byte, and returns the trusted comment.
///
/// # Errors
/// Why it does not hold, in words.
pub fn check(key: &PublicKey, file: &[u8], root: &[u8]) -> std::result::Result<String, String> {
    let text = std::str::from_utf8(file).map_err(|_| "it is not UTF-8".to_owned())?;
    let signature = SignatureBox::from_string(text).map_err(|error| error.to_string())?;
    // The parser is lenient about blanks and Base64, and nobody signs the first comment.
    let is_own_form = signature.to_string() == text
        && signature.untrusted_comment().is_ok_and(|comment| comment == untrusted(key));
    if !is_own_form {
        return Err(format!("it is not as `{SIGNATURE}` was written"));
    }
    minisign::verify(key, &signature, Cursor::new(root), true, false, false)
        .map_err(|error| error.to_string())?;
    signature.trusted_comment().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_of_a_signature_counts() {
        let pair = minisign::KeyPair::generate_unencrypted_keypair().unwrap();
        let locked = Locked::new(pair.sk.to_box(None).unwrap().to_string());
        assert!(locked.is_open());
        let key = locked.open(None).unwrap();
        let text = key.sign(b"root", "2026 shardproof").unwrap();
        let public = public_key(&key.public()).unwrap();
        assert_eq!(check(&public, text.as_bytes(), b"root").unwrap(), "2026 shardproof");
        assert!(check(&public, text.as_bytes(), b"roos").is_err());
        for place in 0..text.len() {
            for bit in 0..8 {
                let mut bytes = text.clone().into_bytes();
                bytes[place] ^= 1 << bit;
                assert!(check(&public, &bytes, b"root").is_err(), "byte {place}, bit {bit}");
            }
        }
        let other = minisign::KeyPair::generate_unencrypted_keypair().unwrap();
        assert!(check(&other.pk, text.as_bytes(), b"root").is_err());
        assert_eq!(key_id(&public).len(), 16);
    }

    #[test]
    fn a_key_with_a_password_needs_it() {
        let text = "untrusted comment: minisign encrypted secret key\nRWRTY0IyAAAA\n";
        assert!(!Locked::new(text.into()).is_open());
        assert!(Locked::new(text.into()).open(Some("x".into())).is_err());
        assert!(Locked::new("no key".into()).open(None).is_err());
    }

    #[test]
    fn a_key_of_the_minisign_program_without_password_is_open() {
        // Made by `minisign -G -W`, version 0.11.
        let text = "untrusted comment: minisign encrypted secret key\n\
            RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAkGrv6Ay2HmeKJhmnX28BJ1VXZyDWs/hk7fA1r0rt\
            rQ14wv02gViO7bxU6bjPK1R9Hv5E96CvY76nkvSSsMLTPXBlZlMA5SUJAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
        let key = Locked::new(text.into()).open(None).unwrap();
        let signature = key.sign(b"root", "now").unwrap();
        let public = public_key(&key.public()).unwrap();
        assert_eq!(check(&public, signature.as_bytes(), b"root").unwrap(), "now");
        // One half of another key.
        let damaged = Locked::new(text.replace("Q14wv02", "Q15wv02")).open(None);
        assert!(damaged.unwrap().sign(b"root", "now").is_err());
    }
}
