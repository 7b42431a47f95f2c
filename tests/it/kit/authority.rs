//! A time-stamp authority (RFC 3161) with a key and a certificate of its own.

use sha2::{Digest, Sha256};
use x509_certificate::{
    CapturedX509Certificate, EcdsaCurve, InMemorySigningKeyPair, KeyAlgorithm, Signer, X509CertificateBuilder,
};

const NAME: &str = "Test time";
/// The content of a token, 1.2.840.113549.1.9.16.1.4.
const TST_INFO: &[u8] = &[42, 134, 72, 134, 247, 13, 1, 9, 16, 1, 4];
const SIGNED_DATA: &[u8] = &[42, 134, 72, 134, 247, 13, 1, 7, 2];
const CONTENT_TYPE: &[u8] = &[42, 134, 72, 134, 247, 13, 1, 9, 3];
const MESSAGE_DIGEST: &[u8] = &[42, 134, 72, 134, 247, 13, 1, 9, 4];
const SHA256: &[u8] = &[96, 134, 72, 1, 101, 3, 4, 2, 1];
const ECDSA_WITH_SHA256: &[u8] = &[42, 134, 72, 206, 61, 4, 3, 2];
const COMMON_NAME: &[u8] = &[85, 4, 3];

pub struct Authority {
    certificate: CapturedX509Certificate,
    key: InMemorySigningKeyPair,
}

impl Authority {
    pub fn new() -> Authority {
        let mut builder = X509CertificateBuilder::default();
        builder.subject().append_common_name_utf8_string(NAME).expect("a name");
        let (certificate, key) = builder
            .create_with_random_keypair(KeyAlgorithm::Ecdsa(EcdsaCurve::Secp256r1))
            .expect("a certificate");
        Authority { certificate, key }
    }

    /// The answer to a query with a nonce of eight or nine bytes and `certReq`, as `seal` writes it.
    pub fn answer(&self, query: &[u8]) -> Vec<u8> {
        // Behind head and version: the imprint, 51 bytes; then the nonce; `certReq` has the last three bytes.
        self.stamp(&query[5..56], &query[56..query.len() - 3])
    }

    /// An answer with the imprint and the nonce as they stand in a query.
    pub fn stamp(&self, imprint: &[u8], nonce: &[u8]) -> Vec<u8> {
        let info = [
            tlv(0x02, &[1]),
            tlv(0x06, &[0x2a, 3, 4]),
            imprint.to_vec(),
            tlv(0x02, &[7]),
            tlv(0x18, b"20260131120000Z"),
            // Accuracy: one second.
            tlv(0x30, &tlv(0x02, &[1])),
            nonce.to_vec(),
        ];
        let token = self.signed(&tlv(0x30, &info.concat()));
        tlv(0x30, &[tlv(0x30, &tlv(0x02, &[0])), token].concat())
    }

    /// Signed data (RFC 5652) over a `TSTInfo`, with the certificate.
    fn signed(&self, info: &[u8]) -> Vec<u8> {
        let kind = tlv(0x06, TST_INFO);
        let algorithm = |oid| tlv(0x30, &tlv(0x06, oid));
        let attribute = |oid, value: &[u8]| tlv(0x30, &[tlv(0x06, oid), tlv(0x31, value)].concat());
        let digest = tlv(0x04, &Sha256::digest(info));
        let attributes = [attribute(CONTENT_TYPE, &kind), attribute(MESSAGE_DIGEST, &digest)].concat();
        let signature: Vec<u8> = self.key.try_sign(&tlv(0x31, &attributes)).expect("a signature").into();
        let name = tlv(0x30, &[tlv(0x06, COMMON_NAME), tlv(0x0c, NAME.as_bytes())].concat());
        let issuer = tlv(0x30, &tlv(0x31, &name));
        let signer = [
            tlv(0x02, &[1]),
            tlv(0x30, &[issuer, tlv(0x02, &[1])].concat()),
            algorithm(SHA256),
            tlv(0xa0, &attributes),
            algorithm(ECDSA_WITH_SHA256),
            tlv(0x04, &signature),
        ];
        let data = [
            tlv(0x02, &[3]),
            tlv(0x31, &algorithm(SHA256)),
            tlv(0x30, &[kind, tlv(0xa0, &tlv(0x04, info))].concat()),
            tlv(0xa0, self.certificate.constructed_data()),
            tlv(0x31, &tlv(0x30, &signer.concat())),
        ];
        tlv(0x30, &[tlv(0x06, SIGNED_DATA), tlv(0xa0, &tlv(0x30, &data.concat()))].concat())
    }

    /// An answer that grants nothing: status 2, with a reason.
    pub fn refusal() -> Vec<u8> {
        let reason = tlv(0x30, &tlv(0x0c, b"no"));
        tlv(0x30, &tlv(0x30, &[tlv(0x02, &[2]), reason, tlv(0x03, &[5, 0x20])].concat()))
    }
}

/// A value of the distinguished encoding rules.
fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut bytes = match length {
        0..0x80 => vec![tag, length as u8],
        0x80..0x100 => vec![tag, 0x81, length as u8],
        _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
    };
    bytes.extend_from_slice(content);
    bytes
}
