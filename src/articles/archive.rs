//! Articles out of WARC files: each page of a publisher's own crawl.
//!
//! Pages are `response` records with status 200 and a type of web pages, and `resource` records of such a
//! type. Requests, redirects, pictures and the like are no entries. The rules for damage are those of the
//! scan.

use std::borrow::Cow;
use std::result::Result as StdResult;

use super::draft::{Desk, Draft};
use super::folder::Found;
use super::input::Bytes;
use super::message::{self, Message};
use super::{LONGEST_ENTRY, Trouble, page};
use crate::error::Result;
use crate::record::RecordType;
use crate::record::archive::{self, Archive, Format};
use crate::record::warc::{self, Head, Length};
use crate::text::charset;

/// Of a block that is too large to be held, this much is looked at to tell whether it is a page, in bytes.
const HTTP_HEAD: usize = 64 * 1024;

/// Reads all records. An archive in which no page is found is handed on as [`Trouble::NoPage`].
///
/// # Errors
/// When the file cannot be read on, and what the receiver of entries returns.
pub(super) fn read(bytes: Bytes, format: Format, found: &Found, desk: &mut Desk<'_>) -> Result<()> {
    let before = desk.given();
    let mut walk = Walk { archive: Archive::new(bytes, format, 0), format, found };
    let mut head = Vec::new();
    loop {
        let start = walk.archive.position();
        match walk.archive.next(&mut head) {
            Ok(None) => break,
            Ok(Some(at)) => {
                if !walk.record(&head, at, desk)? {
                    walk.resync(&mut head, desk)?;
                }
            }
            Err(archive::Trouble::Stray { extent, .. }) => {
                walk.damaged(extent.offset, format!("{} bytes belong to no record", extent.length), desk)?;
            }
            Err(archive::Trouble::HeadCut { at }) => {
                walk.damaged(at, "the file ends inside the head of a record", desk)?;
                break;
            }
            Err(archive::Trouble::HeadTooLong { at }) => {
                walk.damaged(at, "a record's head has no end", desk)?;
                walk.resync(&mut head, desk)?;
            }
            Err(archive::Trouble::Input(error)) => desk.lost(found.offset(start), found, &error)?,
        }
    }
    match desk.given() == before {
        true => desk.skip(found.origin(), Trouble::NoPage),
        false => Ok(()),
    }
}

struct Walk<'f> {
    archive: Archive<Bytes>,
    format: Format,
    found: &'f Found,
}

impl Walk<'_> {
    /// One record. False when the reader has lost its way and must look for the next head.
    fn record(&mut self, bytes: &[u8], at: u64, desk: &mut Desk<'_>) -> Result<bool> {
        let Some(head) = self.format.parse(bytes) else {
            return self.damaged(at, "a record's head cannot be read", desk).map(|()| false);
        };
        let Length::Known(length) = head.length else {
            return self.damaged(at, "a record without a usable length", desk).map(|()| false);
        };
        let most = if length > LONGEST_ENTRY as u64 { HTTP_HEAD } else { LONGEST_ENTRY };
        let may_be_page = matches!(head.kind, RecordType::Response | RecordType::Resource);
        let mut block = Vec::new();
        let archive = &mut self.archive;
        let hold = |piece: &[u8]| {
            let room = if may_be_page { most - block.len() } else { 0 };
            block.extend_from_slice(piece.get(..room).unwrap_or(piece));
        };
        let walked =
            archive.block(length, true, hold).and_then(|whole| Ok((whole, archive.close(true, |_| ())?)));
        let (whole, closed) = match walked {
            Ok(walked) => walked,
            Err(archive::Trouble::Input(error)) => {
                return desk.lost(self.found.offset(at), self.found, &error).map(|()| true);
            }
            Err(_) => return self.damaged(at, "a record cannot be read", desk).map(|()| false),
        };
        // The block of an ARC file's first record ends in the line end that closes it.
        let is_closed = closed.complete || head.kind == RecordType::ArcHeader;
        if !whole || (closed.at_end && !is_closed) {
            return self.damaged(at, "the file ends inside a record", desk).map(|()| true);
        }
        if !is_closed && self.archive.rewind() {
            return self.damaged(at, "a record's stated length is wrong", desk).map(|()| false);
        }
        let Some(source) = source(&head, &block) else { return Ok(true) };
        let origin = self.found.offset(at);
        if length > LONGEST_ENTRY as u64 {
            return desk.skip(origin, Trouble::TooLarge(length)).map(|()| true);
        }
        match draft(&head, source) {
            Ok(draft) => desk.finish(origin, draft, || format!("{}#{at}", self.found.label))?,
            Err(trouble) => desk.skip(origin, trouble)?,
        }
        Ok(true)
    }

    fn damaged(&self, at: u64, what: impl Into<String>, desk: &mut Desk<'_>) -> Result<()> {
        desk.skip(self.found.offset(at), Trouble::Damaged(what.into()))
    }

    fn resync(&mut self, head: &mut Vec<u8>, desk: &mut Desk<'_>) -> Result<()> {
        let start = self.archive.position();
        match self.archive.resync(head) {
            Err(archive::Trouble::Input(error)) => desk.lost(self.found.offset(start), self.found, &error),
            _ => Ok(()),
        }
    }
}

/// Where a page's bytes are taken from.
enum Source<'b> {
    Response(Message<'b>),
    Resource { content_type: String, body: &'b [u8] },
}

/// The page in a block, if it holds one.
fn source<'b>(head: &Head<'_>, block: &'b [u8]) -> Option<Source<'b>> {
    match head.kind {
        RecordType::Response => {
            let message = Message::parse(block);
            (message.status == Some(200) && message.is_page()).then_some(Source::Response(message))
        }
        RecordType::Resource => {
            let content_type = warc::text(head.content_type?).into_owned();
            message::is_page(&content_type).then_some(Source::Resource { content_type, body: block })
        }
        _ => None,
    }
}

/// What the page says; its address is that of the record where the page gives none.
fn draft(head: &Head<'_>, source: Source<'_>) -> StdResult<Draft, Trouble> {
    let (content_type, body) = match source {
        Source::Response(message) => {
            let body = message.body().map_err(Trouble::Damaged)?;
            (message.content_type, body)
        }
        Source::Resource { content_type, body } => (content_type, Cow::Borrowed(body)),
    };
    let html = charset::decode(&body, charset::of_content_type(&content_type));
    let mut draft = page::draft(&html).ok_or(Trouble::NoPage)?;
    if draft.url.is_empty() {
        let target = head.target.map(warc::text).unwrap_or_default();
        // Versions of wget wrote it in angle brackets.
        draft.url = target.trim_matches(['<', '>', ' ']).to_owned();
    }
    Ok(draft)
}
