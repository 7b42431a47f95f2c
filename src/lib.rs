//! Shows which protected content stands in which shard of a public training corpus, in a form that a stranger can
//! check.
//!
//! The library is the program without its command line. A record takes this way, and each module knows only those
//! before it:
//!
//! ```text
//! place, error, exit, escape, cell, sheet
//!   <- source      releases and arguments to shards, draws of them, shards to bytes
//!   <- container   gzip members, zstd frames, plain bytes: decoded bytes and the place of each member
//!   <- record      WARC, ARC, JSON lines, text: one record, its address, its date
//!   <- text        a body to characters, a page to what a reader sees, a text to words in one normal form
//!   <- articles    a publisher's exports to articles
//!   <- fingerprint articles to keyed hashes in a file, and the file opened for look-ups
//!   <- matching    the publisher list: which rule covers an address; the articles: which of them a text holds
//!   <- evidence    rows, receipts, parts, tables, estimates, manifest
//!   <- redact      a copy of the evidence that is fit for sharing
//!   <- bag         a finished folder sealed: digests, signature, time stamp, and the check of all of them
//!   <- scan        a shard through all stages; many shards side by side
//!   <- verify      rows and folders of evidence, read again
//!   <- calibration copies and decoys planted in a user's own texts: how often is the matcher right?
//!   <- report      one row in words, and the lines that check it with public tools
//!   <- trace       a row of a derived corpus back to its capture
//!   <- command     what a person types
//!   <- cli
//! ```
//!
//! What everything rests on: *coverage is evidence*. A content record is exactly one of clear, found, unread or
//! damaged, and the four add up; a shard ends in exactly one receipt; "not found" never looks like "not looked at".
//!
//! # Example
//!
//! The judgement on one address, as the scan makes it for each record:
//!
//! ```
//! use shardproof::matching::{DomainRules, Examined, address, publishers};
//!
//! let list = publishers::parse(b"publisher,title,domain\nExample Press,The Example,example.fr\n")?;
//! let rules = DomainRules::new(list);
//! let covers = |url: &str| {
//!     let address = address::parse(url).ok()?;
//!     match rules.examine(&address, url, None) {
//!         Examined::Found(hits) => Some(hits[0].rule.title().to_owned()),
//!         _ => None,
//!     }
//! };
//! assert_eq!(covers("https://www.example.fr/a"), Some("The Example".to_owned()));
//! assert_eq!(covers("https://notexample.fr/a"), None);
//! assert_eq!(covers("https://other.org/?from=example.fr"), None);
//! # Ok::<(), shardproof::matching::ListError>(())
//! ```

pub mod articles;
pub mod bag;
pub mod calibration;
pub mod cell;
pub mod cli;
pub mod command;
pub mod container;
pub mod error;
pub mod escape;
pub mod evidence;
pub mod exit;
pub mod fingerprint;
pub mod matching;
pub mod place;
pub mod record;
pub mod redact;
pub mod report;
pub mod scan;
pub mod sheet;
pub mod source;
pub mod text;
pub mod trace;
pub mod verify;
