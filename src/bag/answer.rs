//! The answer of a time-stamp authority (RFC 3161, 2.4.2): does it answer this query, and is it what it says?
//!
//! Checked here: it is granted; the token is signed data over a `TSTInfo`; the imprint is the SHA-256 of the root; the
//! nonce is the query's; the signature is that of the certificate which came with the token. Not checked here: whether
//! that certificate may sign time stamps, who issued it, whether it was revoked, and whether anybody should trust the
//! authority. That needs its root certificate: `openssl ts -verify -CAfile`.

use bcder::decode::{BytesSource, Constructed, DecodeError, Source};
use bcder::{Captured, ConstOid, Integer, Mode, OctetString, Oid, Tag};
use cryptographic_message_syntax::asn1::rfc5652;
use cryptographic_message_syntax::{CmsError, SignedData};
use sha2::{Digest, Sha256};

use super::query::SHA256;

/// 1.2.840.113549.1.9.16.1.4, the content of a token.
const TST_INFO: ConstOid = Oid(&[42, 134, 72, 134, 247, 13, 1, 9, 16, 1, 4]);

/// 1.3.14.3.2.26, SHA-1.
const SHA1: ConstOid = Oid(&[43, 14, 3, 2, 26]);

/// Bytes of an answer; real ones have some thousand.
pub const LARGEST: u64 = 1 << 20;

/// What an answer shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The time that the authority states, as it stands in the token: `20260131120000Z`.
    pub time: String,
    /// Why the signature was not checked, if it was not: an algorithm or form that this program does not know.
    pub unchecked: Option<String>,
}

/// What a token says (RFC 3161, `TSTInfo`), as far as it matters here.
struct Token {
    algorithm: Vec<u8>,
    imprint: Vec<u8>,
    time: String,
    nonce: Option<Vec<u8>>,
}

/// Checks an answer against the root and the nonce of the query over it.
///
/// # Errors
/// Why it is no answer to this query, in words.
pub fn check(answer: &[u8], root: &[u8], nonce: u64) -> Result<Stamp, String> {
    let unreadable =
        |error: &dyn std::fmt::Display| format!("it cannot be read as a time-stamp response: {error}");
    let (status, token) = Constructed::decode(BytesSource::new(answer.to_vec().into()), Mode::Ber, response)
        .map_err(|error| unreadable(&error))?;
    // 0 is granted, 1 granted with modifications.
    if !(0..=1).contains(&status) {
        return Err(format!("the authority refused the query (status {status})"));
    }
    let token = token.ok_or("it holds no token")?;
    let raw = rfc5652::SignedData::decode_ber(token.as_slice()).map_err(|error| unreadable(&error))?;
    if raw.content_info.content_type != TST_INFO {
        return Err("its token is no time stamp".to_owned());
    }
    let content = raw.content_info.content.as_ref().ok_or("its token is empty")?.to_bytes();
    let told = Constructed::decode(BytesSource::new(content), Mode::Ber, tst_info)
        .map_err(|error| unreadable(&error))?;
    if told.algorithm != SHA256.0 || told.imprint != Sha256::digest(root).as_slice() {
        return Err("it stamps another file".to_owned());
    }
    if told.nonce.as_deref() != Some(Integer::from(nonce).as_slice()) {
        return Err("it answers another query: its nonce differs".to_owned());
    }
    Ok(Stamp { time: told.time, unchecked: signature(&raw)? })
}

/// Status and token of a `TimeStampResp`.
fn response<S: Source>(
    cons: &mut Constructed<'_, S>,
) -> Result<(i64, Option<Captured>), DecodeError<S::Error>> {
    cons.take_sequence(|cons| {
        let status = cons.take_sequence(|cons| {
            let status = cons.take_primitive_if(Tag::INTEGER, Integer::i64_from_primitive)?;
            // The reasons for a refusal, in words and as bits.
            cons.skip_all()?;
            Ok(status)
        })?;
        let token = cons.capture_all()?;
        Ok((status, (!token.as_slice().is_empty()).then_some(token)))
    })
}

/// The fields of a `TSTInfo` in their order; what follows the nonce is skipped.
fn tst_info<S: Source>(cons: &mut Constructed<'_, S>) -> Result<Token, DecodeError<S::Error>> {
    cons.take_sequence(|cons| {
        cons.take_primitive_if(Tag::INTEGER, Integer::i64_from_primitive)?;
        Oid::take_from(cons)?;
        let (algorithm, imprint) = cons.take_sequence(|cons| {
            let algorithm = cons.take_sequence(|cons| {
                let algorithm = Oid::take_from(cons)?;
                cons.skip_all()?;
                Ok(algorithm)
            })?;
            Ok((algorithm, OctetString::take_from(cons)?))
        })?;
        Integer::take_from(cons)?;
        let time = cons.take_primitive_if(Tag::GENERALIZED_TIME, |time| time.take_all())?;
        // Accuracy and ordering stand before the nonce, if they are there.
        cons.take_opt_sequence(|cons| cons.skip_all())?;
        cons.take_opt_bool()?;
        let nonce = cons.take_opt_primitive_if(Tag::INTEGER, Integer::from_primitive)?;
        cons.skip_all()?;
        Ok(Token {
            algorithm: algorithm.0.as_ref().to_vec(),
            imprint: imprint.to_bytes().to_vec(),
            time: String::from_utf8_lossy(&time).into_owned(),
            nonce: nonce.map(|nonce| nonce.as_slice().to_vec()),
        })
    })
}

/// Checks the token's signature with the certificate that came with it; says why not, where it cannot.
fn signature(raw: &rfc5652::SignedData) -> Result<Option<String>, String> {
    let unchecked = |error: CmsError| Ok(Some(error.to_string()));
    if raw.signer_infos.iter().any(|signer| signer.digest_algorithm.algorithm == SHA1) {
        return Ok(Some("it rests on SHA-1, which is broken".to_owned()));
    }
    let token = match SignedData::try_from(raw) {
        Ok(token) => token,
        Err(error) => return unchecked(error),
    };
    let mut signers = token.signers();
    let (Some(signer), None) = (signers.next(), signers.next()) else {
        return Err("its token has not exactly one signature".to_owned());
    };
    let checked = signer
        .verify_message_digest_with_signed_data(&token)
        .and_then(|()| signer.verify_signature_with_signed_data(&token));
    match checked {
        Ok(()) => Ok(None),
        Err(
            error @ (CmsError::DigestNotEqual
            | CmsError::SignatureVerificationError
            | CmsError::NoSignedAttributes),
        ) => Err(format!("its signature does not hold: {error}")),
        Err(error) => unchecked(error),
    }
}
