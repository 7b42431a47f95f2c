//! The rows of `matches.csv`, all or a sample, each asked for again.
//!
//! Rows are taken shard by shard, since a shard that must be decoded from its start is decoded once for all its rows. What
//! was found out is kept small until the end: the class of an article depends on all rows of the run.

use std::collections::{BinaryHeap, HashMap};
use std::path::Path;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::compare::{Difference, identity_of};
use super::members::{self, Tools, refused};
use super::receipts::{Key, Receipt, Receipts, key_of};
use super::record::{Form, Reading};
use super::source::{Answer, Refusal, Sources, Stored};
use super::{Checked, Outcome, streams};
use crate::container::feed::Feed;
use crate::container::stream::Stream;
use crate::error::Result;
use crate::evidence::reading::{Reader, Row};
use crate::evidence::row::{COLUMNS, column};
use crate::place::{Extent, Place};
use crate::record::archive::Format;
use crate::record::fields::{FieldMap, Kind};
use crate::record::identity;
use crate::record::sniff::Shape;
use crate::scan::Wanted;
use crate::scan::open::Opened;
use crate::scan::pairs;

/// Rows that are gathered before they are worked on, up to the end of their shard.
const GATHERED: usize = 20_000;

/// A row and where its bytes are.
pub struct Item {
    /// Its number among the rows that are checked, from 0.
    pub index: usize,
    /// The row.
    pub row: Row,
    /// Its place.
    pub place: Place,
    /// The bytes of the place.
    pub extent: Extent,
}

/// Some rows in place of all.
#[derive(Clone, Debug)]
pub struct Sample {
    /// How many.
    pub rows: usize,
    /// What the draw is made with.
    pub seed: String,
}

/// A shard whose form is known, and its decoded bytes from the start where it was opened for that.
struct Ready {
    form: Form,
    stream: Option<(Stream, Option<u16>)>,
}

/// What is checked, and with what.
pub struct Rows<'r> {
    /// The folder of the tables.
    pub folder: &'r Path,
    /// The receipts of the shards.
    pub receipts: &'r Receipts,
    /// Where the shards lie.
    pub sources: &'r Sources<'r>,
    /// The list and the articles, where they are at hand.
    pub wanted: Wanted<'r>,
    /// The field map that the run was given.
    pub fields: Option<&'r FieldMap>,
    /// The folder is a redacted copy.
    pub is_redacted: bool,
    /// Hears of rows that are done, as they are.
    pub done: &'r (dyn Fn(usize) + Sync),
}

impl Rows<'_> {
    /// The numbers of the rows that a sample draws, from 0, in order. Each row is ranked by the SHA-256 of the seed, its
    /// number and its id, one a line; the lowest are drawn, so anybody can draw them again.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn draw(&self, sample: &Sample) -> Result<Vec<u64>> {
        let mut lowest: BinaryHeap<([u8; 32], u64)> = BinaryHeap::new();
        for (number, row) in (0_u64..).zip(Reader::open(self.folder, "matches", &["match_id"])?) {
            let text = format!("{}\n{number}\n{}", sample.seed, row?.cell(0));
            lowest.push((Sha256::digest(text).into(), number));
            if lowest.len() > sample.rows {
                lowest.pop();
            }
        }
        let mut numbers: Vec<u64> = lowest.into_iter().map(|(_, number)| number).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Checks all rows, or those with these numbers.
    ///
    /// # Errors
    /// When the rows cannot be read. What cannot be fetched is an outcome.
    pub fn check(&self, drawn: Option<&[u64]>) -> Result<Vec<Checked>> {
        let mut results: Vec<Option<Checked>> = Vec::new();
        let mut gathered: Vec<(Key, Vec<Item>)> = Vec::new();
        let mut waiting = 0;
        let mut drawn = drawn.map(|numbers| numbers.iter().copied().peekable());
        for (number, row) in (0_u64..).zip(Reader::open(self.folder, "matches", COLUMNS)?) {
            let row = row?;
            if let Some(drawn) = &mut drawn {
                match drawn.peek() {
                    None => break,
                    Some(next) if *next != number => continue,
                    Some(_) => drop(drawn.next()),
                }
            }
            let key = key_of(&row);
            if gathered.last().is_none_or(|(last, _)| *last != key) {
                if waiting >= GATHERED {
                    self.work(&mut gathered, &mut results);
                    waiting = 0;
                }
                gathered.push((key, Vec::new()));
            }
            let index = results.len() + waiting;
            waiting += 1;
            match (row.place(), gathered.last_mut()) {
                (Some(place), Some((_, items))) => {
                    items.push(Item { index, place, extent: place.extent(), row });
                }
                _ => {
                    let mut checked = Checked::new(Outcome::Changed, "the row names no place", None);
                    checked.differences.push(Difference {
                        column: "offset",
                        expected: row.cell(const { column("offset") }).to_owned(),
                        observed: String::new(),
                    });
                    set(&mut results, index, checked);
                }
            }
        }
        self.work(&mut gathered, &mut results);
        let missing = || Checked::new(Outcome::Unreachable, "nobody looked at the row", None);
        Ok(results.into_iter().map(|checked| checked.unwrap_or_else(missing)).collect())
    }

    fn work(&self, gathered: &mut Vec<(Key, Vec<Item>)>, results: &mut Vec<Option<Checked>>) {
        let groups: Vec<(Key, Vec<Item>)> = std::mem::take(gathered);
        let checked: Vec<Vec<(usize, Checked)>> =
            groups.par_iter().map(|(key, items)| self.shard(key, items)).collect();
        for (index, checked) in checked.into_iter().flatten() {
            set(results, index, checked);
        }
    }

    /// The rows of one shard. Where several files bear its name and no hash tells them apart, a row may be from any.
    fn shard(&self, key: &Key, items: &[Item]) -> Vec<(usize, Checked)> {
        let mut best: HashMap<usize, Checked> = HashMap::new();
        for receipt in self.receipts.of(key) {
            if best.len() == items.len() && best.values().all(|checked| checked.outcome == Outcome::Same) {
                break;
            }
            for (index, checked) in self.stored(receipt, items) {
                let known = best.get(&index).is_some_and(|known| known.outcome <= checked.outcome);
                if !known {
                    best.insert(index, checked);
                }
            }
        }
        for item in items {
            best.entry(item.index).or_insert_with(|| unknown_shard(item));
        }
        best.into_iter().collect()
    }

    fn stored(&self, receipt: &Receipt, items: &[Item]) -> Vec<(usize, Checked)> {
        let all = |refusal: &Refusal| items.iter().map(|item| (item.index, refused(refusal))).collect();
        let stored = match self.sources.locate(receipt) {
            Ok(stored) => stored,
            Err(refusal) => return all(&refusal),
        };
        let Ready { form, stream } = match self.form(receipt, &stored) {
            Ok(ready) => ready,
            Err(refusal) => return all(&refusal),
        };
        let identity = items.first().map(|item| identity_of(&item.row)).unwrap_or_default();
        let language = identity::of_lines(&receipt.file, identity::UNKNOWN, None).language;
        let Rows { wanted, is_redacted, .. } = *self;
        let reading = Reading { form, release: &identity.release, language: &language, wanted, is_redacted };
        let (alone, streamed): (Vec<&Item>, Vec<&Item>) =
            items.iter().partition(|item| matches!(item.place, Place::Member(_)));
        // First, since a shard that is open keeps others of its server waiting.
        let mut checked = match streamed.is_empty() {
            true => Vec::new(),
            false => streams::check(&streamed, &stored, stream, &reading),
        };
        (self.done)(checked.len());
        let ranges = members::ranges(&alone);
        let check = |tools: &mut Tools, range| {
            let checked = members::check(range, &stored, &reading, tools);
            (self.done)(checked.len());
            checked
        };
        checked.par_extend(ranges.par_iter().map_init(Tools::default, check).flatten_iter());
        checked
    }

    /// What the records of a shard are, by what the run said of it.
    fn form(&self, receipt: &Receipt, stored: &Stored<'_>) -> std::result::Result<Ready, Refusal> {
        let form = match receipt.format.as_str() {
            "warc" => Form::Archive(Format::Warc),
            "arc" => Form::Archive(Format::Arc),
            "text" => Form::Plain,
            "oscar with metadata" => self.texts(receipt, stored)?,
            _ => {
                let answer = stored.read(None)?;
                let http_status = answer.http_status;
                return Ok(match self.lines(answer) {
                    Some((map, stream)) => {
                        Ready { form: Form::Lines(map), stream: Some((stream, http_status)) }
                    }
                    None => Ready { form: Form::Unknown, stream: None },
                });
            }
        };
        Ok(Ready { form, stream: None })
    }

    /// The metadata lines of a pair: in them stand the addresses of its texts.
    fn texts(&self, receipt: &Receipt, stored: &Stored<'_>) -> std::result::Result<Form, Refusal> {
        let mut missing = "the metadata file, which has the address and the date, is not there".to_owned();
        for metadata in self.sources.beside(stored, &pairs::metadata_names(&receipt.file)) {
            let answer = match metadata.read(None) {
                Err(refusal) if refusal.outcome == Outcome::Gone => {
                    missing = format!("the metadata file: {}", refusal.reason);
                    continue;
                }
                answer => answer?,
            };
            let http_status = answer.http_status;
            return match self.lines(answer) {
                Some((map, stream)) if map.kind() == Kind::Companion => {
                    let described = streams::described(stream, &map, http_status)?;
                    Ok(Form::Texts(map, described))
                }
                _ => Ok(Form::Unknown),
            };
        }
        Err(Refusal { outcome: Outcome::Gone, reason: missing, http_status: None })
    }

    /// The field map of a file of JSON lines, and its decoded bytes; `None` when it is none.
    fn lines(&self, answer: Answer) -> Option<(Box<FieldMap>, Stream)> {
        let (opened, feed) = Opened::read(Feed::new(answer.body, false), self.fields).ok()?;
        match opened.shape {
            Shape::Lines(map) => Some((map, Stream::new(feed, opened.container).ok()?)),
            _ => None,
        }
    }
}

fn unknown_shard(item: &Item) -> Checked {
    let mut checked = Checked::new(Outcome::Changed, "`shards.csv` has no such shard", None);
    checked.differences.push(Difference {
        column: "shard",
        expected: item.row.cell(const { column("shard") }).to_owned(),
        observed: String::new(),
    });
    checked
}

fn set(results: &mut Vec<Option<Checked>>, index: usize, checked: Checked) {
    if results.len() <= index {
        results.resize(index + 1, None);
    }
    if let Some(place) = results.get_mut(index) {
        *place = Some(checked);
    }
}
