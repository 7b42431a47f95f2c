//! Depth `address`: the head of a record and the border of its member, without decoding what lies between.
//!
//! A head says how many bytes its member decodes to, and a gzip trailer repeats that number. So the member ends where
//! the first look-alike of a member stands, if the trailer before it has exactly this number. It is decoded to its end
//! whenever that does not fit, when a rule covers the record, or when only its body tells what it is about.
//!
//! One way to be wrong is left: a page that holds an archive, forged so that the four bytes in front of it are the
//! length of the very record that holds the page. Its members would then pass for members of the shard. Hence a record
//! that a rule covers is believed only after each skimmed member that could reach as far was decoded and did end where
//! it was taken to end ([`Skimmed::is_true`]).

use std::io::{self, Read};

use serde::{Deserialize, Serialize};

use super::batch::Batch;
use super::worker::Task;
use crate::container::feed::Stretch;
use crate::container::gzip::{self, Inflater, MAGIC, MEMBERS, Member, TRAILER};
use crate::evidence::tally::Outcome;
use crate::place::Extent;
use crate::record::archive::{Format, is_wat};
use crate::record::warc::{self, Length};
use crate::record::{LONGEST_HEAD, RecordType};

/// Decoded bytes looked at for the head of a record, at first. Heads of a shard are of much the same length, so the next
/// look is that of the longest one lately, and a little more.
pub const FIRST_LOOK: usize = 640;
/// Bytes by which the next look is longer than a head, and by which it shrinks with each shorter one.
const MORE: usize = 32;
/// A member that decodes to so many bytes or fewer is decoded to its end, since that costs little more than its head. The
/// number is fixed, so that what is checked depends on the file alone.
const SHORT: u64 = 640;
/// Stored bytes of the longest member that is skimmed. Any other is decoded, whatever the size of the window in which it stands.
pub const LONGEST: usize = 2 * 1024 * 1024;
/// Stored bytes before damage in which no member is believed unless it was decoded.
pub const NEAR: u64 = 256 * 1024;
/// Deflate makes so many bytes out of one at the most (RFC 1951: a length of 258 takes two bits).
const MOST_EXPANSION: u64 = 1032;

/// A member that was taken to end at a border without being decoded to its end.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Skimmed {
    /// Where it is taken to stand in the file.
    pub extent: Extent,
    /// Offset in the file behind which it cannot reach if its stated length is true.
    pub reach: u64,
}

impl Skimmed {
    /// True when a finding or damage at `offset`, behind this member, could stand inside of it. Its reach trusts the length that
    /// its head states, which damage behind it puts in question.
    pub fn concerns(&self, offset: u64, is_damage: bool) -> bool {
        self.reach > offset || is_damage && self.extent.offset + NEAR > offset
    }

    /// True when the member, whose stored bytes and what follows them are `stored`, does end where it was taken to.
    pub fn is_true(&self, stored: impl io::BufRead, inflater: &mut Inflater) -> bool {
        let Ok(mut member) = Member::open(stored, inflater) else { return false };
        let mut piece = [0; 8192];
        loop {
            match member.read(&mut piece) {
                Ok(0) => return member.compressed() == self.extent.length,
                // A damaged member reaches nowhere, and its damage is not looked for at this depth.
                Err(error) if !gzip::is_cut(&error) => return true,
                Err(_) => return false,
                Ok(_) if member.compressed() > self.extent.length => return false,
                Ok(_) => {}
            }
        }
    }
}

/// Skims the member at `at`, beginning with `first_look` bytes, and enters its record into `batch`. `None` when it must be read in full.
pub fn skim(
    stretch: &Stretch<'_>,
    at: usize,
    task: &Task<'_>,
    inflater: &mut Inflater,
    batch: &mut Batch,
    first_look: &mut usize,
) -> Option<Skimmed> {
    let mut input = &stretch.bytes[at..];
    inflater.open(&mut input).ok()?;
    let gzip_head = inflater.compressed();
    let mut look = *first_look;
    let head_end = loop {
        let first = inflater.peek(&mut input, look);
        match head_end(task.format, first) {
            Some(end) => break end,
            None if first.len() < look || look >= LONGEST_HEAD => return None,
            None => look *= 2,
        }
    };
    *first_look = (head_end + MORE).max(first_look.saturating_sub(MORE));
    let first = inflater.buffered();
    let head = task.format.parse(&first[..head_end])?;
    let Length::Known(length) = head.length else { return None };
    let judgement = match head.kind.is_content() {
        _ if is_wat(&head) => return None,
        false => None,
        true => {
            let (url, date) = (head.target.map(warc::text), head.date.map(warc::text));
            Some(task.judge.judge(url.as_deref(), date.as_deref()))
        }
    };
    if judgement.as_ref().is_some_and(|judgement| judgement.outcome == Outcome::Found) {
        return None;
    }
    let closing = match task.format {
        Format::Warc => 4,
        Format::Arc => 1,
    };
    let decoded = (head_end as u64).checked_add(length)?.checked_add(closing)?;
    let kind = head.kind;
    let stored_length = match decoded <= SHORT {
        true => whole(inflater, &mut input, decoded)?,
        false => border(stretch, at, decoded)?,
    };
    match judgement {
        Some(judgement) => judgement.enter(batch, if kind == RecordType::Conversion { length } else { 0 }),
        None => batch.tally.other(kind),
    }
    batch.tally.members += 1;
    batch.decoded += decoded;
    let extent = Extent { offset: stretch.offset + at as u64, length: stored_length };
    // What cannot be compressed is stored, with 5 bytes for each 16 kB or more (RFC 1951), behind a short header.
    let longest = decoded.saturating_add(decoded / 1024).saturating_add(1024).saturating_add(gzip_head);
    Some(Skimmed { extent, reach: extent.offset.saturating_add(longest) })
}

/// Stored length of a short member, decoded to its end: if it is sound and as long as its head says.
fn whole(inflater: &mut Inflater, input: &mut &[u8], decoded: u64) -> Option<u64> {
    let all = inflater.look(input, decoded as usize + 1).ok()?.len() as u64;
    inflater.ended().filter(|_| all == decoded)
}

fn head_end(format: Format, first: &[u8]) -> Option<usize> {
    match format {
        Format::Warc => warc::end(first),
        Format::Arc => memchr::memchr(b'\n', first).map(|at| at + 1),
    }
}

/// Stored length of the member at `at` that decodes to `decoded` bytes: up to the place where its trailer has that
/// number and a member (or the end of the stretch) follows.
///
/// The first place with the magic bytes of a member decides. If the trailer before it has another number, the member may
/// be longer or shorter than its head says, hold an archive of its own, or be followed by one that is damaged: then only
/// decoding it tells, and going on to the next place could pass over records. By chance these bytes stand once in 16 MB.
fn border(stretch: &Stretch<'_>, at: usize, decoded: u64) -> Option<u64> {
    let stored = &stretch.bytes[at..];
    let near = &stored[..stored.len().min(LONGEST + MAGIC.len())];
    let next = match MEMBERS.find(&near[MAGIC.len()..]).map(|next| next + MAGIC.len()) {
        Some(next) => stored.get(next + 3).is_some_and(|flags| flags & 0xe0 == 0).then_some(next),
        None => (stored.len() <= LONGEST).then_some(stored.len()),
    }?;
    // RFC 1952: the length modulo 2^32.
    let is_stated = next > TRAILER && stored[next - 4..next] == (decoded as u32).to_le_bytes();
    (is_stated && decoded / MOST_EXPANSION <= next as u64).then_some(next as u64)
}
