//! The batches of a shard, put together in their order into its part and its receipt.

use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::batch::Batch;
use super::checkpoint::{self, Bytes, Points, Results, Standing};
use super::open::FirstRecord;
use super::progress::Progress;
use super::workplace::{Options, Workplace};
use crate::container::feed::of_source;
use crate::container::stream::Gap;
use crate::evidence::census::Census;
use crate::evidence::finding::Finding;
use crate::evidence::part::Part;
use crate::evidence::receipt::{Problem, Receipt};
use crate::evidence::records::Keeper;
use crate::place::{Extent, Place};
use crate::record::date::{self, CaptureDate};
use crate::source::file;
use crate::source::location::Again;
use crate::source::remote::Network;

/// Largest member that is copied out of the shard when records are kept, in bytes.
const LARGEST_COPY: u64 = 64 * 1024 * 1024;

/// Where the results of one shard come together.
pub struct Collector<'s> {
    again: Option<Again>,
    network: &'s Network,
    progress: &'s Progress,
    part: Part,
    keeper: Option<Keeper>,
    census: Option<Census>,
    dates: Option<(CaptureDate, CaptureDate)>,
    decoded: u64,
    points: Option<Points>,
    /// What became of the shard, so far.
    pub receipt: Receipt,
}

impl<'s> Collector<'s> {
    /// For a shard that was opened, if it could be, whose part will stand at `part`.
    ///
    /// # Errors
    /// When the part cannot be created.
    pub fn new(
        again: Option<Again>,
        part: &Path,
        receipt: Receipt,
        keeper: Option<Keeper>,
        census: bool,
        place: &Workplace<'s>,
    ) -> io::Result<Collector<'s>> {
        Ok(Collector {
            again,
            network: place.network,
            progress: place.progress,
            part: Part::create(part)?,
            keeper,
            census: census.then(Census::default),
            dates: None,
            decoded: 0,
            points: None,
            receipt,
        })
    }

    /// Goes on with a shard. `None` when its rows or copies are not those that were saved.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn resume(
        again: Again,
        part: &Path,
        saved: Results,
        options: &Options,
        place: &Workplace<'s>,
    ) -> io::Result<Option<Collector<'s>>> {
        let Some(keeper) = Keeper::resume(part, saved.kept.as_ref())? else { return Ok(None) };
        let Some(part) = Part::resume(part, saved.part)? else { return Ok(None) };
        let dates = saved.dates.and_then(|(first, last)| Some((date::read(&first)?, date::read(&last)?)));
        Ok(Some(Collector {
            again: Some(again),
            network: place.network,
            progress: place.progress,
            part,
            keeper: options.keep.then_some(keeper),
            census: saved.census,
            dates,
            decoded: saved.decoded,
            points: None,
            receipt: saved.receipt,
        }))
    }

    /// Writes checkpoints from here on.
    pub fn write_points(&mut self, points: Points) {
        self.points = Some(points);
    }

    /// True when a checkpoint is due, where so many stored bytes were consumed.
    pub fn is_checkpoint_due(&self, offset: u64) -> bool {
        self.points.as_ref().is_some_and(|points| points.is_due(offset))
    }

    /// Writes a checkpoint. All that came before these bytes was added.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn checkpoint(&mut self, bytes: Bytes, standing: Standing) -> io::Result<()> {
        let Some(points) = &mut self.points else { return Ok(()) };
        let iso = |date: CaptureDate| date.as_iso().to_owned();
        let dates = self.dates.map(|(first, last)| (iso(first), iso(last)));
        let results = Results {
            part: self.part.state()?,
            kept: self.keeper.as_mut().map_or(Ok(None), Keeper::state)?,
            census: self.census.clone(),
            receipt: self.receipt.clone(),
            decoded: self.decoded,
            dates,
        };
        points.write(bytes, standing, results)
    }

    /// Reads a part of the shard again, in pieces.
    ///
    /// # Errors
    /// An error of the source.
    pub fn read_again(&self, extent: Extent, mut sink: impl FnMut(&[u8])) -> io::Result<()> {
        let again = self.again.as_ref().ok_or(io::ErrorKind::NotFound)?;
        let read = again.read(self.network, extent, |piece| {
            sink(piece);
            Ok(())
        });
        read.map_err(|error| of_source(&error))
    }

    /// Decoded bytes of all batches so far.
    pub fn decoded(&self) -> u64 {
        self.decoded
    }

    /// Adds the next batch, whose decoded bytes count from `base`.
    ///
    /// # Errors
    /// When rows or copies cannot be written.
    pub fn add(&mut self, batch: Batch, base: u64) -> io::Result<()> {
        let (records, lines) = (self.receipt.tally.records, self.receipt.tally.lines);
        let mut lines_of = batch.problem_lines.into_iter();
        for problem in batch.problems {
            let at = if problem.decoded { base + problem.at } else { problem.at };
            let what = match lines_of.next() {
                Some(line) => format!("line {}: {}", lines + line, problem.what),
                None => problem.what,
            };
            self.receipt.problem(Problem { at, record: records + problem.record, what, ..problem });
        }
        batch.notes.iter().for_each(|note| self.receipt.note(note));
        batch.unverified.iter().for_each(|(from, to)| self.part.unverified(base + from, base + to));
        let before = self.part.rows();
        for mut finding in batch.findings {
            finding.place = moved(finding.place, base, lines);
            self.finding(finding)?;
        }
        self.receipt.tally.add(&batch.tally);
        self.decoded += batch.decoded;
        if let (Some(census), Some(more)) = (&mut self.census, batch.census) {
            census.add(more);
        }
        for date in batch.dates.into_iter().flat_map(|(first, last)| [first, last]) {
            let (first, last) = self.dates.unwrap_or((date, date));
            self.dates = Some((
                if date.as_iso() < first.as_iso() { date } else { first },
                if date.as_iso() > last.as_iso() { date } else { last },
            ));
        }
        self.progress.found(batch.tally.records, self.part.rows() - before);
        Ok(())
    }

    /// Enters stored bytes that could not be decoded; the record that they hit was entered by whoever read it.
    pub fn gap(&mut self, gap: &Gap) {
        let lost = gap.to - gap.from;
        self.receipt.tally.lost_bytes += lost;
        let record = self.receipt.tally.records;
        let what = format!("{} ({lost} stored bytes up to byte {})", gap.what, gap.to);
        self.receipt.problem(Problem { at: gap.from, decoded: false, record, what });
    }

    /// Marks decoded bytes whose stream could not be verified.
    pub fn unverified(&mut self, from: u64, to: u64) {
        self.part.unverified(from, to);
    }

    /// Copies a record that belongs in front of the kept ones: as it is stored where it fills a member, else decoded.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_first(&mut self, first: &FirstRecord) -> io::Result<()> {
        if let Some(keeper) = &mut self.keeper {
            match &first.member {
                Some(member) => keeper.append(member)?,
                None => keeper.append_decoded(&[&first.decoded])?,
            };
        }
        Ok(())
    }

    /// Seals the part with its receipt.
    ///
    /// # Errors
    /// When something cannot be written; the shard then has no part.
    pub fn seal(mut self, stamp: file::Stamp, part: &Path) -> io::Result<Receipt> {
        if let Some((first, last)) = self.dates {
            self.receipt.first_date = first.as_iso().to_owned();
            self.receipt.last_date = last.as_iso().to_owned();
        }
        if let Some(keeper) = self.keeper {
            keeper.seal()?;
        }
        let hosts = self.census.map(|census| census.write(part)).transpose()?;
        self.part.seal(stamp, self.receipt.clone(), hosts)?;
        checkpoint::forget(part)?;
        Ok(self.receipt)
    }

    fn finding(&mut self, mut finding: Finding) -> io::Result<()> {
        if finding.sha256.is_none() {
            self.hash_again(&mut finding)?;
        }
        let kept = match &mut self.keeper {
            None => None,
            Some(keeper) => {
                let kept = keeper.keep(&finding)?;
                if kept.is_none() {
                    self.receipt.note("a record was too large to be copied");
                }
                kept
            }
        };
        self.part.add(&self.receipt.identity, &finding, kept.as_ref())
    }

    /// A member larger than any window was not held: its bytes are hashed, and copied, from the file.
    fn hash_again(&mut self, finding: &mut Finding) -> io::Result<()> {
        let extent = finding.place.extent();
        let mut hash = Sha256::new();
        let mut copy = (self.keeper.is_some() && extent.length <= LARGEST_COPY).then(Vec::new);
        self.read_again(extent, |piece| {
            hash.update(piece);
            if let Some(copy) = &mut copy {
                copy.extend_from_slice(piece);
            }
        })?;
        finding.sha256 = Some(hash.finalize().into());
        finding.bytes = copy;
        Ok(())
    }
}

fn moved(place: Place, base: u64, lines: u64) -> Place {
    let from = |extent: Extent| Extent { offset: base + extent.offset, ..extent };
    match place {
        Place::Member(extent) => Place::Member(extent),
        Place::Decoded(extent) => Place::Decoded(from(extent)),
        Place::Line(extent, line) => Place::Line(from(extent), lines + line),
    }
}
