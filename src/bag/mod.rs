//! A finished evidence folder as a BagIt bag (RFC 8493), with one root to sign and to stamp.
//!
//! ```text
//! data/...                                  the payload: the folder as it was
//!   <- manifest-sha256.txt, -sha512.txt     digests of every payload file
//!        bagit.txt, bag-info.txt            what this is; the signer's key and the nonce of the time-stamp query
//!          <- tagmanifest-sha256.txt        the root: digests of the four files above
//!             tagmanifest-sha512.txt
//!               <- tagmanifest-sha256.txt.minisig          signature, if a key was given
//!                  tagmanifest-sha256.txt.tsq              time-stamp query (RFC 3161)
//!                  tagmanifest-sha256.txt.tsr, .tsr.cksum  the answer and its digests, once attached
//! ```
//!
//! Every byte is vouched for. Payload and tag files have two digests each, so an altered file is told from an altered
//! list. The tag manifests, the query and the first comment of the signature are computed again and compared; the rest
//! of the signature is checked with the key that `bag-info.txt` holds; the answer has digests beside it.

pub mod answer;
pub mod attach;
pub mod check;
pub mod files;
pub mod info;
pub mod list;
pub mod query;
pub mod seal;
pub mod signature;

/// The payload's folder.
pub const PAYLOAD: &str = "data";
/// The bag declaration (RFC 8493, 2.1.1).
pub const DECLARATION: &str = "bagit.txt";
/// Its content.
pub const DECLARATION_TEXT: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
/// The metadata (RFC 8493, 2.2.2).
pub const INFO: &str = "bag-info.txt";
/// The payload manifests, by SHA-256 and by SHA-512.
pub const MANIFESTS: [&str; 2] = ["manifest-sha256.txt", "manifest-sha512.txt"];
/// The tag manifests, by SHA-256 and by SHA-512. The first one is the root.
pub const TAG_MANIFESTS: [&str; 2] = ["tagmanifest-sha256.txt", "tagmanifest-sha512.txt"];
/// The file that is signed and stamped.
pub const ROOT: &str = TAG_MANIFESTS[0];
/// The detached signature of the root.
pub const SIGNATURE: &str = "tagmanifest-sha256.txt.minisig";
/// The time-stamp query over the root.
pub const QUERY: &str = "tagmanifest-sha256.txt.tsq";
/// The answer of a time-stamp authority.
pub const ANSWER: &str = "tagmanifest-sha256.txt.tsr";
/// The answer's digests, for `cksum --check`.
pub const ANSWER_DIGESTS: &str = "tagmanifest-sha256.txt.tsr.cksum";
/// What stands in the folder while it is being sealed.
pub const SEALING: &str = ".sealing";

/// The files of the bag that the tag manifests list.
pub const TAG_FILES: [&str; 4] = [INFO, DECLARATION, MANIFESTS[0], MANIFESTS[1]];

/// All names in the bag's folder that are the bag's own.
pub const RESERVED: [&str; 11] = [
    PAYLOAD,
    DECLARATION,
    INFO,
    MANIFESTS[0],
    MANIFESTS[1],
    TAG_MANIFESTS[0],
    TAG_MANIFESTS[1],
    SIGNATURE,
    QUERY,
    ANSWER,
    ANSWER_DIGESTS,
];
