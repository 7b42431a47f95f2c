//! A time-stamp authority (RFC 3161) with a key and a certificate of its own.

use bcder::Oid;
use cryptographic_message_syntax::{SignedDataBuilder, SignerBuilder};
use x509_certificate::{
    CapturedX509Certificate, EcdsaCurve, InMemorySigningKeyPair, KeyAlgorithm, X509CertificateBuilder,
};

pub struct Authority {
    certificate: CapturedX509Certificate,
    key: InMemorySigningKeyPair,
}

impl Authority {
    pub fn new() -> Authority {
        let mut builder = X509CertificateBuilder::default();
        builder.subject().append_common_name_utf8_string("Test time").expect("a name");
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
        let kind: Oid = "1.2.840.113549.1.9.16.1.4".parse().expect("an OID");
        let signer = SignerBuilder::new(&self.key, self.certificate.clone()).content_type(kind.clone());
        let token = SignedDataBuilder::default()
            .content_inline(tlv(0x30, &info.concat()))
            .content_type(kind)
            .signer(signer)
            .build_der()
            .expect("a token");
        tlv(0x30, &[tlv(0x30, &tlv(0x02, &[0])), token].concat())
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
