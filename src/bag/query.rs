//! The time-stamp query over the root (RFC 3161, 2.4.1). Only a digest and a random number leave the machine, and only
//! when the user sends them.

use bcder::encode::{self, PrimitiveContent, Values};
use bcder::{ConstOid, Mode, OctetString, Oid};
use sha2::{Digest, Sha256};

/// 2.16.840.1.101.3.4.2.1, SHA-256.
pub const SHA256: ConstOid = Oid(&[96, 134, 72, 1, 101, 3, 4, 2, 1]);

/// The query over a file of this content: version 1, the SHA-256 of the content, the nonce, and the wish to get the
/// certificate of the authority with the answer. The same content and nonce give the same bytes.
pub fn render(content: &[u8], nonce: u64) -> Vec<u8> {
    let imprint = Sha256::digest(content);
    let algorithm = encode::sequence((SHA256.encode_ref(), ().encode()));
    let imprint = encode::sequence((algorithm, OctetString::encode_slice(imprint.as_slice())));
    let query = encode::sequence((1u8.encode(), imprint, nonce.encode(), true.encode()));
    query.to_captured(Mode::Der).as_slice().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::hex;

    #[test]
    fn a_query_has_the_bytes_that_openssl_writes() {
        // openssl ts -query -data <(printf abc) -sha256 -cert, with its nonce put in.
        let query = render(b"abc", 0x8b1f_0c0d_0e0f_1011);
        assert_eq!(
            hex(&query),
            "3044020101\
             3031300d060960864801650304020105000420\
             ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\
             0209008b1f0c0d0e0f1011\
             0101ff"
        );
    }
}
