//! Names kept once each: publishers, and the titles of each publisher.
//!
//! A list of a million rows repeats a few thousand names. They lie one behind the other in a single text, and
//! a row holds a number.

use std::collections::HashMap;
use std::hash::BuildHasher;

use foldhash::quality::FixedState;

/// Numbered names, each with the number of its owner: a title belongs to a publisher. A publisher belongs to
/// nobody, written as 0.
#[derive(Debug, Default)]
pub(super) struct Names {
    text: String,
    /// Owner, and where the name ends in the text.
    entries: Vec<(u32, u32)>,
}

impl Names {
    pub fn name(&self, id: u32) -> &str {
        let id = id as usize;
        let start = id.checked_sub(1).map_or(0, |before| self.entries[before].1);
        &self.text[start as usize..self.entries[id].1 as usize]
    }

    pub fn owner(&self, id: u32) -> u32 {
        self.entries[id as usize].0
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }
}

/// Names while they are being collected.
#[derive(Debug, Default)]
pub(super) struct Naming {
    names: Names,
    seen: HashMap<u64, u32, FixedState>,
}

impl Naming {
    /// The number of the name; numbers follow the order of first appearance.
    pub fn id(&mut self, owner: u32, name: &str) -> u32 {
        let mut key = FixedState::default().hash_one((owner, name));
        while let Some(&id) = self.seen.get(&key) {
            if self.names.owner(id) == owner && self.names.name(id) == name {
                return id;
            }
            // Two names share a hash, so the later one takes the next free key.
            key = key.wrapping_add(1);
        }
        // A list is limited to a size at which neither number can overflow.
        let id = self.names.entries.len() as u32;
        self.names.text.push_str(name);
        self.names.entries.push((owner, self.names.text.len() as u32));
        self.seen.insert(key, id);
        id
    }

    pub fn finish(self) -> Names {
        self.names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_number_for_each_owner() {
        let mut naming = Naming::default();
        let ids = [(0, "La Vie"), (0, "Télérama"), (0, "La Vie"), (1, "La Vie"), (0, "")]
            .map(|(o, n)| naming.id(o, n));
        assert_eq!(ids, [0, 1, 0, 2, 3]);
        let names = naming.finish();
        assert_eq!((names.len(), names.name(1), names.owner(1)), (4, "Télérama", 0));
        assert_eq!((names.name(2), names.owner(2), names.name(3)), ("La Vie", 1, ""));
    }
}
