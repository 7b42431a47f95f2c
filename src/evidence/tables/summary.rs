//! What all shards together came to.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::evidence::output::Written;
use crate::evidence::receipt::{Receipt, Status};
use crate::evidence::tally::Tally;

/// Gaps that are named in the manifest and on the terminal; all of them are in `shards.csv`.
const GAPS_NAMED: usize = 10;

/// What all shards together came to.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary {
    /// Shards by the status of their receipts.
    pub shards: BTreeMap<&'static str, u64>,
    /// Counts over all shards.
    pub tally: Tally,
    /// Rows of `matches.csv`.
    pub matches: u64,
    /// Those that state a copy of an article, and those that note what is none.
    pub copies: u64,
    /// See `copies`.
    pub notes: u64,
    /// Stored bytes read.
    pub bytes: u64,
    /// Shards given more than once under different paths, of which one was counted.
    pub duplicates: u64,
    /// The first shards with a gap, each with its reason.
    pub gaps: Vec<(String, String)>,
    /// The files, in the order in which they were completed.
    pub files: Vec<Written>,
}

impl Summary {
    /// Shards of one status.
    pub fn count(&self, status: Status) -> u64 {
        self.shards.get(status.name()).copied().unwrap_or_default()
    }

    /// Shards that leave a gap.
    pub fn gap_total(&self) -> u64 {
        self.count(Status::Partial) + self.count(Status::Failed)
    }

    /// Takes the receipt of a shard into account.
    pub(super) fn note(&mut self, receipt: &Receipt) {
        *self.shards.entry(receipt.status.name()).or_default() += 1;
        if receipt.status == Status::Excluded {
            return;
        }
        self.tally.add(&receipt.tally);
        self.bytes += receipt.received;
        if receipt.is_gap() && self.gaps.len() < GAPS_NAMED {
            let name = &receipt.identity;
            let whose = [name.dataset.as_str(), &name.release, &receipt.file];
            let whose = whose.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
            self.gaps.push((whose, receipt.reason.clone()));
        }
    }
}
