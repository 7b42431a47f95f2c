//! What has been done so far, counted by all workers, shown by whoever wants to.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Running totals. Counters only: no result depends on them.
#[derive(Debug, Default)]
pub struct Progress {
    bytes: AtomicU64,
    records: AtomicU64,
    rows: AtomicU64,
    shards: AtomicU64,
    gaps: AtomicU64,
}

/// The totals at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Stored bytes read.
    pub bytes: u64,
    /// Records of whatever type.
    pub records: u64,
    /// Rows.
    pub rows: u64,
    /// Shards that have ended.
    pub shards: u64,
    /// Those among them that leave a gap.
    pub gaps: u64,
}

impl Progress {
    /// Stored bytes were read.
    pub fn read(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Relaxed);
    }

    /// Records were seen and rows were made of them.
    pub fn found(&self, records: u64, rows: u64) {
        self.records.fetch_add(records, Relaxed);
        self.rows.fetch_add(rows, Relaxed);
    }

    /// A shard has ended.
    pub fn ended(&self, gap: bool) {
        self.shards.fetch_add(1, Relaxed);
        self.gaps.fetch_add(u64::from(gap), Relaxed);
    }

    /// The totals now.
    pub fn now(&self) -> Moment {
        Moment {
            bytes: self.bytes.load(Relaxed),
            records: self.records.load(Relaxed),
            rows: self.rows.load(Relaxed),
            shards: self.shards.load(Relaxed),
            gaps: self.gaps.load(Relaxed),
        }
    }
}
