//! Rows whose places count decoded bytes: the shard is decoded once from its start for all of them, in their order.

use std::collections::HashMap;
use std::io::{self, BufRead};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::compare::Difference;
use super::members::{State, refused};
use super::record::Reading;
use super::rows::Item;
use super::source::{Answer, Refusal, Stored};
use super::{Checked, Outcome};
use crate::container::feed::{Feed, is_of_source};
use crate::container::stream::Stream;
use crate::container::{self, Container, Sniffed};
use crate::evidence::finding::{Finding, Sha256Bytes};
use crate::place::{Extent, Place};
use crate::record::LONGEST_LINE;
use crate::record::fields::FieldMap;
use crate::scan::texts::Examiner;

/// Largest record that is read as one, in bytes; of a larger one the digest alone is compared.
const LARGEST_HELD: u64 = 64 * 1024 * 1024;

/// Bytes of records that are held before they are read side by side.
const HELD_TOGETHER: usize = 16 * 1024 * 1024;

/// A place that is passed, and what was seen of it.
struct Passing<'i> {
    items: Vec<&'i Item>,
    extent: Extent,
    /// The bytes, as long as they are few enough.
    bytes: Vec<u8>,
    /// The digest of what was not held.
    hash: Option<Sha256>,
    seen: u64,
    /// Line ends before the place.
    lines: u64,
    /// Stored bytes before it could not be decoded: how many lines they held, nobody knows.
    behind_gap: bool,
}

/// Decodes a shard and checks its rows. `opened` is the shard at its start, with the code of the server's answer, where
/// somebody has opened it.
pub fn check(
    items: &[&Item],
    stored: &Stored<'_>,
    opened: Option<(Stream, Option<u16>)>,
    reading: &Reading<'_>,
) -> Vec<(usize, Checked)> {
    let opened = opened.map_or_else(
        || {
            let Answer { body, http_status } = stored.read(None)?;
            let refused = |error: io::Error| Refusal { http_status, ..unreachable(&error) };
            Ok((open(Feed::new(body, false)).map_err(refused)?, http_status))
        },
        Ok,
    );
    match opened {
        Ok((stream, http_status)) => {
            let side_by_side = stored.location.path().is_some();
            let mut walk =
                Walk { checked: Vec::new(), done: Vec::new(), held: 0, reading, http_status, side_by_side };
            walk.through(stream, places(items));
            walk.checked
        }
        Err(refusal) => items.iter().map(|item| (item.index, refused(&refusal))).collect(),
    }
}

fn unreachable(error: &io::Error) -> Refusal {
    Refusal { outcome: Outcome::Unreachable, reason: error.to_string(), http_status: None }
}

fn open(mut feed: Feed) -> io::Result<Stream> {
    feed.ensure(64)?;
    let container = match container::sniff(feed.visible()) {
        Sniffed::Known(container) => container,
        // Another file stands there now; its bytes are what there is to compare with.
        Sniffed::Unsupported(_) => Container::Plain,
    };
    Stream::new(feed, container)
}

/// The places of the rows, in order, each once; the next one last.
fn places<'i>(items: &[&'i Item]) -> Vec<Passing<'i>> {
    let mut by_extent: HashMap<(u64, u64), Vec<&'i Item>> = HashMap::new();
    for &item in items {
        by_extent.entry((item.extent.offset, item.extent.length)).or_default().push(item);
    }
    let mut places: Vec<Passing<'i>> = by_extent
        .into_iter()
        .map(|((offset, length), items)| Passing {
            items,
            extent: Extent { offset, length },
            bytes: Vec::new(),
            hash: None,
            seen: 0,
            lines: 0,
            behind_gap: false,
        })
        .collect();
    places.sort_by_key(|place| std::cmp::Reverse((place.extent.offset, place.extent.length)));
    places
}

struct Walk<'w, 'i> {
    checked: Vec<(usize, Checked)>,
    /// Places whose bytes are all there, to be read side by side.
    done: Vec<Passing<'i>>,
    held: usize,
    reading: &'w Reading<'w>,
    http_status: Option<u16>,
    /// Records are read by several workers. Not while a server is kept waiting: a worker that waits for the others may begin
    /// with another shard, and then wait for its turn at the same server for ever.
    side_by_side: bool,
}

impl<'i> Walk<'_, 'i> {
    fn through(&mut self, mut stream: Stream, mut waiting: Vec<Passing<'i>>) {
        let mut open: Vec<Passing<'i>> = Vec::new();
        let (mut at, mut lines, mut gap) = (0_u64, 0_u64, None);
        while !(waiting.is_empty() && open.is_empty()) {
            let bytes = match stream.fill_buf() {
                Ok([]) => break,
                Ok(bytes) => bytes,
                Err(error) if is_of_source(&error) => {
                    let refusal = Refusal { http_status: self.http_status, ..unreachable(&error) };
                    let missing = open.drain(..).chain(waiting.drain(..)).flat_map(|place| place.items);
                    self.checked.extend(missing.map(|item| (item.index, refused(&refusal))));
                    break;
                }
                Err(error) => {
                    let from = stream.take_gap().map_or(0, |gap| gap.from);
                    gap.get_or_insert_with(|| format!("damage at byte {from} of the file: {error}"));
                    continue;
                }
            };
            let end = at + bytes.len() as u64;
            let mut counted = 0;
            while let Some(mut place) = waiting.pop_if(|place| place.extent.offset < end) {
                let before = (place.extent.offset - at) as usize;
                lines += count_lines(&bytes[counted..before]);
                counted = before;
                (place.lines, place.behind_gap) = (lines, gap.is_some());
                open.push(place);
            }
            lines += count_lines(&bytes[counted..]);
            open.iter_mut().for_each(|place| place.take(at, bytes));
            let count = bytes.len();
            stream.consume(count);
            at = end;
            for place in open.extract_if(.., |place| place.seen == place.extent.length) {
                self.held += place.bytes.len();
                self.done.push(place);
            }
            if self.held > HELD_TOGETHER {
                self.read();
            }
        }
        self.read();
        open.extend(waiting.into_iter().rev());
        open.into_iter().for_each(|place| self.cut(place, gap.as_deref()));
    }

    /// Reads the places whose bytes are there.
    fn read(&mut self) {
        let places = std::mem::take(&mut self.done);
        self.held = 0;
        let (reading, http_status) = (self.reading, self.http_status);
        let read = |examiner: &mut Examiner, place: Passing<'i>| -> Vec<(usize, Checked)> {
            let digest = place.digest();
            let found = match place.hash {
                Some(_) => Err("too large to be read as one record: only its digest was compared".to_owned()),
                None => place.record(reading, examiner),
            };
            let state = State { found: &found, digest: &digest, seen: place.seen, http_status };
            let judge = |item: &&Item| (item.index, place.judge(&state, item, reading));
            place.items.iter().map(judge).collect()
        };
        if self.side_by_side {
            let checked = places.into_par_iter().map_init(Examiner::default, read);
            self.checked.par_extend(checked.flatten_iter());
        } else {
            let mut examiner = Examiner::default();
            self.checked.extend(places.into_iter().flat_map(|place| read(&mut examiner, place)));
        }
    }

    /// A place that the decoded bytes do not reach, or of which only a part is there.
    fn cut(&mut self, place: Passing<'_>, gap: Option<&str>) {
        let found = Err(gap.unwrap_or("the decoded bytes end inside those of the row").to_owned());
        let digest = place.digest();
        let state = State { found: &found, digest: &digest, seen: place.seen, http_status: self.http_status };
        for item in &place.items {
            let mut checked = state.judge(item, self.reading);
            // Damage is no end: the bytes may be there, and cannot be had.
            if let (Outcome::Gone, Some(gap)) = (checked.outcome, gap) {
                (checked.outcome, checked.reason) = (Outcome::Changed, gap.to_owned());
            }
            self.checked.push((item.index, checked));
        }
    }
}

impl Passing<'_> {
    /// Takes the part of `bytes`, which begin at `at`, that belongs to the place.
    fn take(&mut self, at: u64, bytes: &[u8]) {
        let from = (self.extent.offset + self.seen).saturating_sub(at) as usize;
        let to = usize::try_from(self.extent.end() - at).map_or(bytes.len(), |end| end.min(bytes.len()));
        let Some(piece) = bytes.get(from..to) else { return };
        self.seen += piece.len() as u64;
        if self.hash.is_none() && self.seen > LARGEST_HELD {
            self.hash = Some(Sha256::new().chain_update(&self.bytes));
            self.bytes = Vec::new();
        }
        match &mut self.hash {
            Some(hash) => hash.update(piece),
            None => self.bytes.extend_from_slice(piece),
        }
    }

    fn digest(&self) -> Sha256Bytes {
        match &self.hash {
            Some(hash) => hash.clone().finalize().into(),
            None => Sha256::digest(&self.bytes).into(),
        }
    }

    fn record(&self, reading: &Reading<'_>, examiner: &mut Examiner) -> Result<Finding, String> {
        let place = match self.items.first().map(|item| item.place) {
            // Behind damage nobody can count lines: the row's own number stands.
            Some(Place::Line(extent, line)) if self.behind_gap => Place::Line(extent, line),
            Some(Place::Line(extent, _)) => Place::Line(extent, self.lines + 1),
            _ => Place::Decoded(self.extent),
        };
        if place.line().is_some() && self.bytes.len() > LONGEST_LINE && !reading.is_text() {
            return Err("longer than any line that is read".to_owned());
        }
        reading.held(&self.bytes, place, examiner)
    }

    /// Judges a row of this place. One that is too large to be read is judged by its digest.
    fn judge(&self, state: &State<'_>, item: &Item, reading: &Reading<'_>) -> Checked {
        let mut checked = state.judge(item, reading);
        let only_digest = self.hash.is_some();
        if only_digest && checked.differences.is_empty() {
            checked.outcome = Outcome::Same;
        }
        if let (Place::Line(_, line), false) = (item.place, self.behind_gap)
            && state.found.is_err()
            && line != self.lines + 1
        {
            checked.differences.push(Difference {
                column: "line",
                expected: line.to_string(),
                observed: (self.lines + 1).to_string(),
            });
            checked.outcome = Outcome::Changed;
        }
        checked
    }
}

fn count_lines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// The metadata lines of an OSCAR 21.09 pair, by the number of the first line of their text, from 1.
///
/// # Errors
/// When the file breaks off on its way. Lines that cannot be read describe nothing.
pub fn described(
    mut stream: Stream,
    map: &FieldMap,
    http_status: Option<u16>,
) -> Result<HashMap<u64, Vec<u8>>, Refusal> {
    let refused = |error: io::Error| Refusal {
        outcome: Outcome::Unreachable,
        reason: format!("the metadata file: {error}"),
        http_status,
    };
    let mut described = HashMap::new();
    let mut line = Vec::new();
    loop {
        match stream.fill_buf() {
            Ok([]) => break,
            Ok(bytes) => {
                let end = memchr::memchr(b'\n', bytes);
                let count = end.map_or(bytes.len(), |end| end + 1);
                if line.len() + count <= LONGEST_LINE {
                    line.extend_from_slice(&bytes[..end.unwrap_or(count)]);
                }
                stream.consume(count);
                if end.is_some() {
                    enter(&mut described, map, &mut line);
                }
            }
            Err(error) if is_of_source(&error) => return Err(refused(error)),
            Err(_) => {
                line.clear();
                drop(stream.take_gap());
            }
        }
    }
    enter(&mut described, map, &mut line);
    Ok(described)
}

fn enter(described: &mut HashMap<u64, Vec<u8>>, map: &FieldMap, line: &mut Vec<u8>) {
    let line = std::mem::take(line);
    let offset = map.read(&line).ok().and_then(|record| record.offset);
    if let Some(offset) = offset {
        described.insert(offset.saturating_add(1), line);
    }
}
