//! What a shard is read with: the workers and the window it may use, and how the user wants it read.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rayon::ThreadPool;

use super::progress::Progress;
use crate::evidence::receipt::Depth;
use crate::record::fields::FieldMap;
use crate::record::identity::Identity;
use crate::source::location::Location;
use crate::source::plan::Shard;
use crate::source::remote::Network;

/// How a run scans.
#[derive(Clone, Debug)]
pub struct Options {
    /// The evidence folder.
    pub out: PathBuf,
    /// How deep.
    pub depth: Depth,
    /// Hash each shard.
    pub shard_hash: bool,
    /// Copy the records that a rule covers.
    pub keep: bool,
    /// Count hosts.
    pub census: bool,
    /// The corpus, where the user names it.
    pub dataset: Option<String>,
    /// The release, where the user names it.
    pub release: Option<String>,
    /// The field map of JSON lines, where the user gives one.
    pub fields: Option<FieldMap>,
}

impl Options {
    /// A shard's name, with what the user knows better.
    pub fn name(&self, mut named: Identity) -> Identity {
        if let Some(dataset) = &self.dataset {
            named.dataset.clone_from(dataset);
        }
        if let Some(release) = &self.release {
            named.release.clone_from(release);
        }
        named
    }
}

/// What a shard is read with.
#[derive(Clone, Copy)]
pub struct Workplace<'w> {
    /// All shards of the run.
    pub shards: &'w [Shard],
    /// Workers.
    pub pool: &'w ThreadPool,
    /// Number of shards that are being read.
    pub reading: &'w AtomicUsize,
    /// Bytes that are looked at together.
    pub window: usize,
    /// Depth.
    pub depth: Depth,
    /// The way to the shards that stand on servers.
    pub network: &'w Network,
    /// What has been done.
    pub progress: &'w Progress,
    /// Set when the user wants to stop.
    pub interrupt: &'w AtomicBool,
}

impl Workplace<'_> {
    /// True when the user wants to stop.
    pub fn is_interrupted(&self) -> bool {
        self.interrupt.load(Ordering::Relaxed)
    }

    /// True when there are more workers than shards that are being read. Else whoever reads a shard works on it alone: handing
    /// it to a worker would gain nothing, and it lies in the cache of whoever has read it.
    pub fn has_helpers(&self) -> bool {
        self.reading.load(Ordering::Relaxed) < self.pool.current_num_threads()
    }

    /// True when this file is a shard of the run itself, however it is spelt.
    pub fn is_planned(&self, location: &Location) -> bool {
        let same = |shard: &Shard| match (&shard.location, location) {
            (Location::File(one), Location::File(other)) => {
                one.file_name() == other.file_name()
                    && fs::canonicalize(one).ok() == fs::canonicalize(other).ok()
            }
            (one, other) => one == other,
        };
        self.shards.iter().any(same)
    }
}
