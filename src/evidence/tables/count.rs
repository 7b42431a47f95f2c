//! What is counted of a title.

use std::collections::HashSet;

/// What a title has in one shard, or in one release.
#[derive(Clone, Debug, Default)]
pub(super) struct Count {
    pub(super) shards: u64,
    pub(super) captures: u64,
    pub(super) mirrors: u64,
    /// Records that hold a copy of an article, and the own words in them.
    pub(super) copies: u64,
    pub(super) words: u64,
    pub(super) first: String,
    pub(super) last: String,
}

/// What a title has in one shard, with what must be distinct.
#[derive(Clone, Debug, Default)]
pub(super) struct InShard {
    pub(super) count: Count,
    pub(super) urls: HashSet<String>,
    pub(super) articles: HashSet<String>,
}

impl Count {
    pub(super) fn capture(&mut self, mirror: bool, date: &str) {
        self.captures += 1;
        self.mirrors += u64::from(mirror);
        self.date(date);
    }

    pub(super) fn date(&mut self, date: &str) {
        if date.is_empty() || date.starts_with('"') {
            return;
        }
        if self.first.is_empty() || date < self.first.as_str() {
            self.first = date.to_owned();
        }
        if date > self.last.as_str() {
            self.last = date.to_owned();
        }
    }

    pub(super) fn add(&mut self, other: &Count) {
        self.shards += u64::from(other.captures > 0 || other.copies > 0);
        self.copies += other.copies;
        self.words += other.words;
        self.captures += other.captures;
        self.mirrors += other.mirrors;
        for date in [&other.first, &other.last] {
            if !date.is_empty() && (self.first.is_empty() || *date < self.first) {
                self.first.clone_from(date);
            }
            if *date > self.last {
                self.last.clone_from(date);
            }
        }
    }
}
