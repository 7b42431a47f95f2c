//! The way of a record, from the stored bytes of a shard to its sealed part.
//!
//! ```text
//! all       shards to workers: many shards side by side, one large shard by all workers
//! open      the first look: what a shard is, and what it says about itself
//! shard     one shard through its stages, into a receipt
//! members   gzip members, each a record                      (WARC, WET, WAT, ARC as published)
//! crew      stretches of members side by side, by all workers
//! stretch   some of these members, one after the other; skim: no more of a member than its record's head
//! streams   records of one decoded stream                    (plain and zstd archives)
//! lines     JSON documents, a window of lines at a time       (C4, OSCAR 22.01 and later, and neighbours)
//! pairs     texts and their metadata, read in step            (OSCAR 21.09)
//! text      text without addresses; documents: looked through for articles   (OSCAR 2019)
//! worker    one archive record after the other                (used by members and streams)
//! judge     an address and a date against the publisher list; texts: a text against the article fingerprints
//! workplace what a shard is read with: workers, window, options
//! checkpoint where a large shard was read up to, so that another process goes on there
//! pool      what workers work with, used again
//! batch     what was found in a stretch; collector: stretches in order, into the part
//! ```

pub mod batch;
pub mod checkpoint;
pub mod collector;
pub mod crew;
pub mod documents;
pub mod judge;
pub mod lines;
pub mod members;
pub mod open;
pub mod pairs;
pub mod pool;
pub mod progress;
pub mod shard;
pub mod skim;
pub mod streams;
pub mod stretch;
pub mod suspects;
pub mod text;
pub mod texts;
pub mod worker;
pub mod workplace;

use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rayon::ThreadPoolBuilder;

use crate::evidence::part::{self, Sealed};
use crate::evidence::partition::Partition;
use crate::evidence::receipt::Status;
use crate::matching::DomainRules;
use crate::matching::articles::matcher::TextReader;
use crate::source::plan::Shard;
use crate::source::remote::Network;

use progress::Progress;
use workplace::{Planned, Workplace};

pub use workplace::Options;

/// Bytes of a window for each worker that works on it: so much stays in the cache of a core. Smaller ones would be too
/// small for many records.
const SMALLEST_WINDOW: usize = 1024 * 1024;
/// A window is never larger than this, which would gain nothing.
const LARGEST_WINDOW: usize = 8 * 1024 * 1024;

/// What is looked for: a publisher list, articles, or both.
#[derive(Clone, Copy, Default)]
pub struct Wanted<'w> {
    /// The publisher list.
    pub rules: Option<&'w DomainRules>,
    /// Who reads the texts: the matcher of article fingerprints, or a command that learns from texts.
    pub texts: Option<&'w dyn TextReader>,
}

/// A scan of many shards.
pub struct Scan<'s> {
    /// What is looked for.
    pub wanted: Wanted<'s>,
    /// How.
    pub options: &'s Options,
    /// Which of the shards are read.
    pub partition: Partition,
    /// The folder of the parts.
    pub parts: &'s Path,
    /// The way to the shards that stand on servers.
    pub network: &'s Network,
    /// What has been done.
    pub progress: &'s Progress,
    /// Set when the user wants to stop.
    pub interrupt: &'s AtomicBool,
}

impl Scan<'_> {
    /// Where the part of the shard with this number stands.
    pub fn part(&self, number: usize) -> PathBuf {
        part::path(self.parts, number)
    }

    /// Shards that already have a part which can be used: sealed, of the same stored file, and not a failure that may
    /// have passed. No server is asked.
    pub fn finished(&self, shards: &[Shard]) -> Vec<bool> {
        let is_finished = |(number, shard): (usize, &Shard)| {
            if !self.partition.holds(number) {
                return false;
            }
            let Some(mut sealed) = Sealed::open(&self.part(number)).ok().flatten() else { return false };
            sealed.footer.receipt.status != Status::Failed
                && sealed.footer.receipt.interruption.is_empty()
                && Some(sealed.footer.stamp) == shard.location.stamp()
                && sealed.is_intact().unwrap_or(false)
        };
        shards.iter().enumerate().map(is_finished).collect()
    }

    /// Reads all shards that are not finished, with so many workers. False when it was interrupted.
    ///
    /// # Errors
    /// When results cannot be written, or the workers cannot be started.
    pub fn all(&self, shards: &[Shard], finished: &[bool], threads: NonZeroUsize) -> io::Result<bool> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads.get())
            .thread_name(|index| format!("worker {index}"))
            .build()
            .map_err(io::Error::other)?;
        let open = threads.get().min(shards.len()).max(1);
        let reading = AtomicUsize::new(open);
        let workplace = Workplace {
            planned: &Planned::new(shards),
            pool: &pool,
            reading: &reading,
            window: (threads.get().div_ceil(open) * SMALLEST_WINDOW).min(LARGEST_WINDOW),
            depth: self.options.depth,
            network: self.network,
            progress: self.progress,
            interrupt: self.interrupt,
        };
        let next = AtomicUsize::new(0);
        let failure = Mutex::new(None);
        std::thread::scope(|scope| {
            for _ in 0..open {
                scope.spawn(|| {
                    while !workplace.is_interrupted() {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let Some(shard) = shards.get(number) else { break };
                        if finished[number] || !self.partition.holds(number) {
                            continue;
                        }
                        match shard::scan(
                            (number, shard),
                            &self.part(number),
                            self.wanted,
                            self.options,
                            &workplace,
                        ) {
                            Ok(Some(receipt)) => self.progress.ended(receipt.is_gap()),
                            Ok(None) => break,
                            Err(error) => {
                                // A full disk stops all: the other shards would meet it as well.
                                self.interrupt.store(true, Ordering::Relaxed);
                                if let Ok(mut failure) = failure.lock() {
                                    failure.get_or_insert(error);
                                }
                            }
                        }
                    }
                    reading.fetch_sub(1, Ordering::Relaxed);
                });
            }
        });
        let journal = self.network.check_journal();
        match failure.into_inner() {
            Ok(Some(error)) => Err(error),
            _ if journal.is_err() => journal.map(|()| false),
            _ => Ok(!workplace.is_interrupted()),
        }
    }
}
