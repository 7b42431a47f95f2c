//! What is not an article's own: versions of one text within an archive, text that recurs in it, and text that other
//! publishers hold as well.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::article::{Counts, Entry, Flags, Marks};
use super::shingle::{CHARACTERS, WORDS};

/// Shingles held by more articles than this tell nothing about a pair of them, and are looked up without opening a
/// comparison.
pub const HOT: usize = 64;

/// The family of each article: the index of its first member. Articles of a publisher are versions of one text when they
/// share more than half of the shingles of the one that has fewer. `entries` are sorted by hash.
pub fn families(entries: &[Entry], articles: &[(Counts, u64)]) -> Vec<u32> {
    let mut shared: HashMap<(u32, u32), u32, FixedState> = HashMap::default();
    let mut owners = Vec::new();
    for group in entries.chunk_by(|one, other| one.hash == other.hash) {
        if group.len() < 2 || group.len() > HOT {
            continue;
        }
        owners.clear();
        owners.extend(group.iter().map(|entry| entry.article));
        owners.dedup();
        for (index, &one) in owners.iter().enumerate() {
            for &other in &owners[index + 1..] {
                if articles[one as usize].0.publisher == articles[other as usize].0.publisher {
                    *shared.entry((one, other)).or_default() += 1;
                }
            }
        }
    }
    let mut family: Vec<u32> = (0..articles.len() as u32).collect();
    let mut pairs: Vec<((u32, u32), u32)> = shared.into_iter().collect();
    pairs.sort_unstable();
    for ((one, other), count) in pairs {
        let fewer = articles[one as usize].0.shingles.min(articles[other as usize].0.shingles);
        if count * 2 > fewer {
            let (one, other) = (first(&mut family, one), first(&mut family, other));
            let (low, high) = (one.min(other), one.max(other));
            family[high as usize] = low;
        }
    }
    (0..family.len() as u32).map(|article| first(&mut family, article)).collect()
}

fn first(family: &mut [u32], article: u32) -> u32 {
    let mut at = article;
    while family[at as usize] != at {
        // Halves the way for whoever comes next.
        family[at as usize] = family[family[at as usize] as usize];
        at = family[at as usize];
    }
    at
}

/// Times from which on a shingle within one article is a refrain: the head of a table, a row of figures.
const REFRAIN: usize = 3;

/// Marks the entries that recur in their article or in other families of their publisher, and those that other
/// publishers hold.
pub fn mark(entries: &mut [Entry], articles: &[(Counts, u64)]) {
    for group in entries.chunk_by_mut(|one, other| one.hash == other.hash) {
        let Some(first) = group.first().map(|entry| articles[entry.article as usize].0) else { continue };
        let of = |entry: &Entry| articles[entry.article as usize].0;
        for own in group.chunk_by_mut(|one, other| one.article == other.article) {
            if own.len() >= REFRAIN {
                own.iter_mut().for_each(|entry| entry.mark(Marks::RECURRING));
            }
        }
        if group.iter().all(|entry| of(entry).family == first.family) {
            continue;
        }
        let shared = group.iter().any(|entry| of(entry).publisher != first.publisher);
        let mut families: Vec<(u32, u32)> =
            group.iter().map(|entry| (of(entry).publisher, of(entry).family)).collect();
        families.sort_unstable();
        families.dedup();
        for entry in group {
            let publisher = of(entry).publisher;
            let start = families.partition_point(|&(other, _)| other < publisher);
            let recurs = families.get(start + 1).is_some_and(|&(other, _)| other == publisher);
            if shared {
                entry.mark(Marks::SHARED);
            }
            if recurs {
                entry.mark(Marks::RECURRING);
            }
        }
    }
}

/// Counts the words of each article that stand in no common shingle, and flags the articles of which others hold some.
pub fn count_own(entries: &[Entry], articles: &mut [(Counts, u64)]) {
    let mut common: Vec<(u32, u32)> = entries
        .iter()
        .filter(|entry| entry.marks().is_common())
        .map(|entry| (entry.article, entry.position()))
        .collect();
    common.sort_unstable();
    articles.iter_mut().for_each(|(counts, _)| counts.own_words = counts.words);
    for entry in entries.iter().filter(|entry| entry.marks().has(Marks::SHARED)) {
        let flags = &mut articles[entry.article as usize].0.flags;
        *flags = *flags | Flags::HELD;
    }
    for group in common.chunk_by(|one, other| one.0 == other.0) {
        let Some((counts, _)) = group.first().and_then(|(article, _)| articles.get_mut(*article as usize))
        else {
            continue;
        };
        let length = if counts.factor() == 2 { CHARACTERS } else { WORDS } as u32;
        let mut end = 0;
        let mut covered = 0;
        for &(_, position) in group {
            let to = (position + length).min(counts.words);
            covered += to.saturating_sub(end.max(position));
            end = end.max(to);
        }
        counts.own_words = counts.words - covered.min(counts.words);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Articles of these publishers, with these hashes in their order.
    fn archive(articles: &[(u32, &[u64])]) -> (Vec<Entry>, Vec<(Counts, u64)>) {
        let mut entries = Vec::new();
        let mut counts = Vec::new();
        for (index, (publisher, hashes)) in articles.iter().enumerate() {
            let shingles = hashes.len() as u32;
            counts.push((
                Counts { words: shingles * 8, shingles, publisher: *publisher, ..Counts::default() },
                0,
            ));
            let at = |position: usize| position as u32 * 8;
            entries.extend(
                hashes
                    .iter()
                    .enumerate()
                    .map(|(position, &hash)| Entry::new(hash, index as u32, at(position), Marks::default())),
            );
        }
        entries.sort_unstable();
        for (index, family) in families(&entries, &counts).into_iter().enumerate() {
            counts[index].0.family = family;
        }
        mark(&mut entries, &counts);
        count_own(&entries, &mut counts);
        (entries, counts)
    }

    fn marks(entries: &[Entry], article: u32, hash: u64) -> Marks {
        entries.iter().find(|entry| entry.article == article && entry.hash == hash).unwrap().marks()
    }

    #[test]
    fn versions_are_a_family_and_do_not_take_from_each_other() {
        let (entries, counts) = archive(&[(0, &[1, 2, 3, 4]), (0, &[1, 2, 3, 9]), (0, &[7, 8])]);
        assert_eq!(counts.iter().map(|(counts, _)| counts.family).collect::<Vec<_>>(), [0, 0, 2]);
        assert!(entries.iter().all(|entry| !entry.marks().is_common()));
        assert_eq!(counts[0].0.own_words, 32);
    }

    #[test]
    fn what_other_articles_or_publishers_hold_is_not_own() {
        let (entries, counts) = archive(&[(0, &[1, 2, 3, 4]), (0, &[1, 5, 6, 7]), (1, &[4, 10, 11, 12])]);
        assert_eq!(marks(&entries, 0, 1), Marks::RECURRING);
        assert_eq!(marks(&entries, 0, 4), Marks::SHARED);
        assert_eq!(marks(&entries, 2, 4), Marks::SHARED);
        assert_eq!(marks(&entries, 0, 2), Marks::default());
        assert_eq!(counts[0].0.own_words, 16);
        assert!(counts[0].0.flags.has(Flags::HELD) && counts[2].0.flags.has(Flags::HELD));
        assert!(!counts[1].0.flags.has(Flags::HELD));
    }

    #[test]
    fn a_refrain_is_not_own() {
        let (entries, counts) = archive(&[(0, &[1, 2, 1, 3, 1, 4])]);
        assert_eq!(marks(&entries, 0, 1), Marks::RECURRING);
        assert_eq!(marks(&entries, 0, 2), Marks::default());
        assert_eq!(counts[0].0.own_words, 24);
    }
}
