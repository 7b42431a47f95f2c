//! Which captures a derived row is traced to.

use std::collections::HashMap;

use super::capture::Capture;
use super::derived::{Derived, Join};

/// The captures that some derived row belongs to.
#[derive(Default)]
pub struct Origins {
    /// The captures.
    pub captures: Vec<Capture>,
    /// For each derived row its captures.
    of_row: HashMap<usize, Vec<(Join, usize)>>,
    known: HashMap<(usize, String, u64, String), usize>,
}

impl Origins {
    /// Takes a capture into account, if a derived row belongs to it.
    pub fn add(&mut self, derived: &Derived, capture: Capture) {
        let rows = derived.of(&capture.known());
        if rows.is_empty() {
            return;
        }
        // A record has a row for each rule and article. Its address is part of the key, since an index can be wrong.
        let key = (capture.input, capture.shard.clone(), capture.extent.offset, capture.url.clone());
        if let Some(index) = self.known.get(&key)
            && let Some(known) = self.captures.get_mut(*index)
        {
            known.match_ids.extend(capture.match_ids);
            return;
        }
        let index = self.captures.len();
        self.known.insert(key, index);
        self.captures.push(capture);
        for (row, join) in rows {
            self.of_row.entry(row).or_default().push((join, index));
        }
    }

    /// The captures of a derived row, each once, with its index among [`Self::captures`].
    ///
    /// A text that was made from a capture is left out where the capture itself was found. Of the joins only the surest
    /// kind counts: a row that names a record by its id is not traced by its address as well.
    pub fn of(&self, row: usize) -> Vec<(Join, usize, &Capture)> {
        let found = self.of_row.get(&row).into_iter().flatten();
        let found = found.filter_map(|(join, index)| Some((*join, *index, self.captures.get(*index)?)));
        let mut found: Vec<(Join, usize, &Capture)> = found.collect();
        if found.iter().any(|(.., capture)| !capture.is_text()) {
            found.retain(|(.., capture)| !capture.is_text());
        }
        let best = found.iter().map(|(join, ..)| join.rank()).min();
        found.retain(|(join, ..)| Some(join.rank()) == best);
        // Of a row and an index line about one capture the row says more.
        found.sort_by_key(|(join, _, capture)| (capture.place(), capture.is_line(), capture.input, *join));
        found.dedup_by_key(|(.., capture)| capture.place());
        found
    }
}
