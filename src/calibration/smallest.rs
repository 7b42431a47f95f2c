//! A sample in bounded memory that does not depend on the order of what is sampled: the items of smallest rank.

use std::collections::BTreeMap;

/// The items of smallest rank among all that were offered.
#[derive(Clone, Debug)]
pub struct Smallest<T> {
    most: usize,
    kept: BTreeMap<u64, T>,
}

impl<T> Smallest<T> {
    /// Keeps at most so many.
    pub fn new(most: usize) -> Smallest<T> {
        Smallest { most, kept: BTreeMap::new() }
    }

    /// True when an item of this rank would be kept as things are. Once false, it stays false.
    pub fn wants(&self, rank: u64) -> bool {
        self.kept.len() < self.most || self.kept.last_key_value().is_some_and(|(last, _)| rank <= *last)
    }

    /// Offers an item. One of the same rank that is there already is handed to `again`.
    pub fn offer(&mut self, rank: u64, item: T, again: impl FnOnce(&mut T)) {
        if !self.wants(rank) {
            return;
        }
        match self.kept.get_mut(&rank) {
            Some(known) => again(known),
            None => drop(self.kept.insert(rank, item)),
        }
        if self.kept.len() > self.most {
            self.kept.pop_last();
        }
    }

    /// The items with their ranks, in the order of ranks.
    pub fn into_items(self) -> impl Iterator<Item = (u64, T)> {
        self.kept.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_offers_does_not_matter() {
        let ranks = [5_u64, 3, 9, 1, 7, 3];
        let sample = |ranks: &mut dyn Iterator<Item = u64>| {
            let mut smallest = Smallest::new(3);
            ranks.for_each(|rank| smallest.offer(rank, 1, |count| *count += 1));
            smallest.into_items().collect::<Vec<_>>()
        };
        assert_eq!(sample(&mut ranks.into_iter()), [(1, 1), (3, 2), (5, 1)]);
        assert_eq!(sample(&mut ranks.into_iter().rev()), [(1, 1), (3, 2), (5, 1)]);
        let mut none = Smallest::new(0);
        assert!(!none.wants(0));
        none.offer(0, (), |()| {});
        assert_eq!(none.into_items().count(), 0);
    }
}
