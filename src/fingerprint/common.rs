//! What is not an article's own: versions of one text within an archive, text that recurs in it, and text that other
//! publishers hold as well.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::article::{Counts, Entry, Flags, Marks};
use super::shingle::{CHARACTERS, WORDS};

/// Shingles held by more articles than this are not counted for each pair of them, and are looked up after the others.
pub const HOT: usize = 64;

/// Articles behind one in a hot group that it is compared with. Versions of one text hold the same hot shingles, so they
/// stand side by side in each group; all pairs of a notice that thousands of articles hold would take all memory.
const NEIGHBOURS: usize = 16;

/// Shingles that two articles have in common: in groups of which all pairs are counted, and in hot ones.
#[derive(Clone, Copy, Default)]
struct Shared {
    counted: u32,
    hot: u32,
}

impl Shared {
    /// More than half of those of the article that has fewer. Hot ones may be a long notice under short articles, which
    /// is nobody's own text: with them it takes three quarters of the article that has more.
    fn is_version(self, one: u32, other: u32) -> bool {
        let all = u64::from(self.counted) + u64::from(self.hot);
        self.counted * 2 > one.min(other) || (self.hot > 0 && all * 4 > u64::from(one.max(other)) * 3)
    }
}

/// The family of each article: the index of its first member. Articles of a publisher are versions of one text when they
/// share more than half of the shingles of the one that has fewer. `entries` are sorted by hash.
pub fn families(entries: &[Entry], articles: &[(Counts, u64)]) -> Vec<u32> {
    let mut shared: HashMap<(u32, u32), Shared, FixedState> = HashMap::default();
    let mut owners = Vec::new();
    for group in entries.chunk_by(|one, other| one.hash == other.hash) {
        if group.len() < 2 {
            continue;
        }
        let is_hot = group.len() > HOT;
        let reach = if is_hot { NEIGHBOURS } else { HOT };
        owners.clear();
        owners.extend(group.iter().map(|entry| entry.article));
        owners.dedup();
        for (index, &one) in owners.iter().enumerate() {
            for &other in owners[index + 1..].iter().take(reach) {
                if articles[one as usize].0.publisher == articles[other as usize].0.publisher {
                    let shared = shared.entry((one, other)).or_default();
                    shared.hot += u32::from(is_hot);
                    shared.counted += u32::from(!is_hot);
                }
            }
        }
    }
    let mut family: Vec<u32> = (0..articles.len() as u32).collect();
    let mut pairs: Vec<((u32, u32), Shared)> = shared.into_iter().collect();
    pairs.sort_unstable_by_key(|(pair, _)| *pair);
    for ((one, other), shared) in pairs {
        if shared.is_version(articles[one as usize].0.shingles, articles[other as usize].0.shingles) {
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
    fn so_many_versions_are_a_family_and_a_notice_under_many_articles_is_none() {
        let texts: Vec<Vec<u64>> =
            (0..200).map(|index| [(1..20).collect(), vec![1000 + index, 2000 + index]].concat()).collect();
        let versions: Vec<(u32, &[u64])> = texts.iter().map(|text| (0, text.as_slice())).collect();
        let (entries, counts) = archive(&versions);
        assert!(counts.iter().all(|(counts, _)| counts.family == 0));
        assert!(entries.iter().all(|entry| !entry.marks().is_common()));
        let texts: Vec<Vec<u64>> = (0..200)
            .map(|index| [vec![1, 2, 3], (0..2).map(|at| 1000 + 2 * index + at).collect()].concat())
            .collect();
        let noticed: Vec<(u32, &[u64])> = texts.iter().map(|text| (0, text.as_slice())).collect();
        let (entries, counts) = archive(&noticed);
        assert!(counts.iter().enumerate().all(|(index, (counts, _))| counts.family as usize == index));
        assert!(entries.iter().all(|entry| entry.marks().has(Marks::RECURRING) == (entry.hash < 10)));
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
