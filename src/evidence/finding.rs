//! A record that a rule covers or that holds an article, with all that a row will say about it.

use crate::matching::MatchKind;
use crate::matching::articles::matcher::Held;
use crate::place::{Extent, Place};
use crate::record::RecordType;
use crate::record::digest::DigestCheck;
use crate::record::http::Checked;
use crate::record::warc::{Head, text};

/// SHA-256 of some bytes.
pub type Sha256Bytes = [u8; 32];

/// An honest weakness of a row, in its `flags`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flag {
    /// The place counts bytes of the decoded stream: the shard must be decoded from its start to reach it.
    DecodedPlace,
    /// The archive says that it cut the record.
    Truncated,
    /// The date of the record cannot be read; `archive_date` shows what stands there.
    UnreadableDate,
    /// A revisit: the content stands in an earlier capture.
    Revisit,
    /// Bytes follow the record within its member that its stated length does not cover.
    SurplusBytes,
    /// Stands inside the block of a record whose stated length proved wrong: it may be a record that was swallowed, or part
    /// of what that record holds.
    Doubtful,
    /// Stands in a compressed stream whose end, and so whose checksum, could not be verified.
    UnverifiedStream,
    /// The record describes a text whose file was not at hand.
    TextNotAtHand,
}

impl Flag {
    /// The word in the column.
    pub fn name(self) -> &'static str {
        match self {
            Flag::DecodedPlace => "decoded_place",
            Flag::Truncated => "truncated",
            Flag::UnreadableDate => "unreadable_date",
            Flag::Revisit => "revisit",
            Flag::SurplusBytes => "surplus_bytes",
            Flag::Doubtful => "doubtful",
            Flag::UnverifiedStream => "unverified_stream",
            Flag::TextNotAtHand => "text_not_at_hand",
        }
    }
}

/// What the archive says about a record, and what its bytes showed.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The record's type.
    pub kind: RecordType,
    /// `WARC-Record-ID` or the corpus's own id.
    pub id: Option<String>,
    /// The id of the record it was made from.
    pub refers_to: Option<String>,
    /// The address as it stands there.
    pub url: String,
    /// Its host, in ASCII and lower case.
    pub host: String,
    /// The date as it stands there.
    pub date: Option<String>,
    /// HTTP status code.
    pub status: Option<u16>,
    /// Content type as it stands there.
    pub mime: Option<String>,
    /// Language as it stands there.
    pub language: Option<String>,
    /// `WARC-Truncated`.
    pub truncated: Option<String>,
    /// The digest that the archive states.
    pub digest: Option<String>,
    /// Whether it is that of the bytes.
    pub digest_check: DigestCheck,
    /// Weaknesses.
    pub flags: Vec<Flag>,
}

impl Facts {
    /// Of a document of a corpus that says nothing about its documents.
    pub fn of_document() -> Facts {
        Facts {
            kind: RecordType::Document,
            id: None,
            refers_to: None,
            url: String::new(),
            host: String::new(),
            date: None,
            status: None,
            mime: None,
            language: None,
            truncated: None,
            digest: None,
            digest_check: DigestCheck::None,
            flags: Vec::new(),
        }
    }

    /// Of the record of an archive with this head, whose block showed `checked`.
    pub fn of_record(head: &Head<'_>, checked: Checked, host: String, flags: Vec<Flag>) -> Facts {
        let owned = |field: Option<&[u8]>| field.map(|value| text(value).into_owned());
        let of_block = || owned(head.content_type).filter(|_| head.kind != RecordType::Response);
        Facts {
            kind: head.kind,
            id: owned(head.id),
            refers_to: owned(head.refers_to),
            url: owned(head.target).unwrap_or_default(),
            host,
            date: owned(head.date),
            status: checked.status,
            mime: checked.mime.or_else(of_block),
            language: owned(head.language),
            truncated: owned(head.truncated),
            digest: owned(head.payload_digest.or(head.block_digest)),
            digest_check: checked.digest,
            flags,
        }
    }
}

/// One rule that covers a record.
#[derive(Clone, Debug)]
pub struct Reason {
    /// How.
    pub kind: MatchKind,
    /// The publisher of the rule.
    pub publisher: String,
    /// The title of the rule.
    pub title: String,
    /// The rule as a text: `lemonde.fr`, `bbc.co.uk/news`.
    pub rule: String,
    /// For a mirror, the address of the page that it hands on.
    pub original_url: Option<String>,
}

/// Which text of a record holds an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whence {
    /// What a reader sees.
    Text,
    /// The `articleBody` of the page's JSON-LD, which pages behind a paywall often carry; no text corpus has it.
    JsonLd,
}

impl Whence {
    /// The word in the column.
    pub fn name(self) -> &'static str {
        match self {
            Whence::Text => "text",
            Whence::JsonLd => "json-ld",
        }
    }
}

/// A record that at least one rule covers, or that holds something of an article.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Where it stands.
    pub place: Place,
    /// SHA-256 of exactly the bytes of the place. `None` when they were not at hand as a whole and must be read
    /// again.
    pub sha256: Option<Sha256Bytes>,
    /// About the record.
    pub facts: Facts,
    /// One row for each.
    pub reasons: Vec<Reason>,
    /// Articles of which it holds something: one row for each.
    pub articles: Vec<(Whence, Held)>,
    /// The bytes of the place, when records are kept and they were at hand.
    pub bytes: Option<Vec<u8>>,
}

impl Finding {
    /// The record turned out to be the only one of its member, so the member's bytes are its place.
    pub fn fills_member(&mut self, extent: Extent) {
        self.place = Place::Member(extent);
        self.facts.flags.retain(|flag| *flag != Flag::DecodedPlace);
    }
}
