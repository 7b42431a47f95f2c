//! What a shard is read with: the workers and the window it may use, and how the user wants it read.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;
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
    pub planned: &'w Planned<'w>,
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

    /// Number of workers that work on each shard which is being read, at the most. One is whoever reads the shard: handing it
    /// to another one would gain nothing, and it lies in the cache of whoever has read it.
    pub fn workers(&self) -> usize {
        self.pool.current_num_threads().div_ceil(self.reading.load(Ordering::Relaxed).max(1))
    }
}

/// The shards of a run, to be asked whether a file is one of them.
#[derive(Debug)]
pub struct Planned<'s> {
    shards: &'s [Shard],
    /// Name and place of each. Made when the first question comes: most runs ask none, and each place is looked up on the
    /// disk.
    places: OnceLock<BTreeSet<(String, Location)>>,
}

impl<'s> Planned<'s> {
    /// Of these shards.
    pub fn new(shards: &'s [Shard]) -> Planned<'s> {
        Planned { shards, places: OnceLock::new() }
    }

    /// True when this file is a shard of the run itself, however the way to it is spelt. A link of another name is not the
    /// same: files that belong together are told by their names.
    pub fn holds(&self, location: &Location) -> bool {
        let places = || self.shards.iter().map(|shard| place(&shard.location)).collect();
        self.places.get_or_init(places).contains(&place(location))
    }
}

fn place(location: &Location) -> (String, Location) {
    let resolved = location.path().and_then(|path| fs::canonicalize(path).ok());
    (location.file_name(), resolved.map_or_else(|| location.clone(), Location::File))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_of_the_run_is_known_however_it_is_spelt() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| Location::File(folder.path().join(name));
        fs::create_dir(folder.path().join("deep")).unwrap();
        for name in ["a.txt", "b.txt", "deep/a.txt"] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        let remote = |address: &str| Location::of(address).unwrap().unwrap();
        let shard = |location: Location| Shard { name: location.file_name(), location };
        let shards = [at("deep/../a.txt"), at("gone.txt"), remote("https://example.org/a/b.txt")].map(shard);
        let planned = Planned::new(&shards);
        assert!(planned.holds(&at("a.txt")) && planned.holds(&at("./deep/../a.txt")));
        assert!(planned.holds(&at("gone.txt")));
        assert!(planned.holds(&remote("https://example.org/a/b.txt")));
        for other in [at("b.txt"), at("deep/a.txt"), remote("https://example.org/b.txt")] {
            assert!(!planned.holds(&other), "{other:?}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(folder.path().join("a.txt"), folder.path().join("link.txt")).unwrap();
            assert!(!planned.holds(&at("link.txt")), "the same file under another name");
        }
    }
}
