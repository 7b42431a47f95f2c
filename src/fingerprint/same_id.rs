//! An id stands for one article of its publisher, whatever files the articles came from.

use std::collections::{BTreeSet, HashMap};

use super::article::Entry;
use super::build::{Builder, all_texts_at, text_at};

/// The ids that are taken, with how often each stood.
#[derive(Default)]
pub struct Ids {
    times: HashMap<(String, String), u32>,
}

impl Ids {
    /// `id` while it is free, else it with the first free number behind it.
    pub fn free(&self, publisher: &str, id: &str) -> String {
        let times = |id: &str| self.times.get(&(publisher.to_owned(), id.to_owned())).copied();
        let Some(stood) = times(id) else { return id.to_owned() };
        let mut numbered = (stood.saturating_add(1)..).map(|number| format!("{id}#{number}"));
        numbered.find(|id| times(id).is_none()).unwrap_or_else(|| id.to_owned())
    }

    /// Notes that an article with this id was taken, under the id that it was given.
    pub fn take(&mut self, publisher: &str, id: &str, given: &str) {
        *self.times.entry((publisher.to_owned(), id.to_owned())).or_default() += 1;
        if given != id {
            *self.times.entry((publisher.to_owned(), given.to_owned())).or_default() += 1;
        }
    }
}

/// The id that an article had before [`Ids::free`] put a number behind it.
pub fn without_number(id: &str) -> Option<&str> {
    let (before, number) = id.rsplit_once('#')?;
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(before)
}

/// What became of equal ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Articles that were given another id, in the order of publisher and id.
    pub renamed: Vec<Renamed>,
    /// Articles that were there already, with all that is known of them.
    pub twins: usize,
}

/// An article whose id stands for another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// Its number in the order of adding.
    pub article: u32,
    /// Its publisher.
    pub publisher: String,
    /// Its id so far.
    pub id: String,
    /// The id it has now.
    pub given: String,
}

/// All that tells two articles of one id apart, and nothing that depends on the order of adding: texts, words, flags,
/// agency, kept shingles.
type Content = (Vec<u8>, u32, u16, Option<String>, Vec<Entry>);

impl Builder {
    /// Leaves each id to one article: of equal articles one stays, and of different ones all but the first, by what they
    /// are and not by their order, are given another id.
    pub fn settle_ids(&mut self) -> Settled {
        let mut settled = Settled::default();
        let groups = self.same_ids();
        if groups.is_empty() {
            return settled;
        }
        let mut ids = Ids::default();
        let mut names = vec![String::new(); self.publishers.len()];
        for (name, (number, _)) in &self.publishers {
            names[*number as usize].clone_from(name);
        }
        for article in 0..self.articles.len() as u32 {
            ids.times.entry(self.name(article, &names)).or_insert(1);
        }
        let contents = self.contents(&groups);
        let mut twins = BTreeSet::new();
        for mut group in groups {
            group.sort_by_key(|article| contents.get(article));
            for pair in group.windows(2) {
                match contents.get(&pair[0]) == contents.get(&pair[1]) {
                    true => _ = twins.insert(pair[1]),
                    false => settled.renamed.push(self.rename(pair[1], &names, &mut ids)),
                }
            }
        }
        settled.twins = twins.len();
        self.remove(&twins);
        settled
    }

    /// Articles with equal publisher and id, in the order of publishers' names and ids.
    fn same_ids(&self) -> Vec<Vec<u32>> {
        let mut ranks = vec![0; self.publishers.len()];
        for (rank, (number, _)) in self.publishers.values().enumerate() {
            ranks[*number as usize] = rank;
        }
        let key = |article: u32| {
            let (counts, start) = self.articles[article as usize];
            (ranks.get(counts.publisher as usize), text_at(&self.texts, start as usize))
        };
        let mut sorted: Vec<u32> = (0..self.articles.len() as u32).collect();
        sorted.sort_by(|&one, &other| key(one).cmp(&key(other)));
        let groups = sorted.chunk_by(|&one, &other| key(one) == key(other));
        groups.filter(|group| group.len() > 1).map(<[u32]>::to_vec).collect()
    }

    fn contents(&self, groups: &[Vec<u32>]) -> HashMap<u32, Content> {
        let content = |&article: &u32| {
            let (counts, start) = self.articles[article as usize];
            let number = usize::from(counts.agency).checked_sub(1);
            let agency = number.and_then(|number| self.agencies.get(number)).cloned();
            let texts = all_texts_at(&self.texts, start as usize).to_vec();
            (article, (texts, counts.words, counts.flags.0, agency, Vec::new()))
        };
        let mut contents: HashMap<u32, Content> = groups.iter().flatten().map(content).collect();
        for entry in &self.entries {
            if let Some((.., entries)) = contents.get_mut(&entry.article) {
                entries.push(entry.alone(0));
            }
        }
        contents.values_mut().for_each(|(.., entries)| entries.sort_unstable());
        contents
    }

    /// Publisher and id of an article, with the publishers' names by their numbers.
    fn name(&self, article: u32, names: &[String]) -> (String, String) {
        let (counts, start) = self.articles[article as usize];
        let id = String::from_utf8_lossy(text_at(&self.texts, start as usize)).into_owned();
        (names.get(counts.publisher as usize).cloned().unwrap_or_default(), id)
    }

    fn rename(&mut self, article: u32, names: &[String], ids: &mut Ids) -> Renamed {
        let (publisher, id) = self.name(article, names);
        let given = ids.free(&publisher, &id);
        ids.take(&publisher, &id, &given);
        let start = self.articles[article as usize].1 as usize;
        let rest = all_texts_at(&self.texts, start).get(4 + id.len()..).unwrap_or_default().to_vec();
        self.articles[article as usize].1 = self.texts.len() as u64;
        self.texts.extend_from_slice(&(given.len() as u32).to_le_bytes());
        self.texts.extend_from_slice(given.as_bytes());
        self.texts.extend_from_slice(&rest);
        Renamed { article, publisher, id, given }
    }

    /// Takes articles out again.
    fn remove(&mut self, articles: &BTreeSet<u32>) {
        let mut number = 0;
        let mut left = 0;
        let mut numbers = Vec::with_capacity(self.articles.len());
        self.articles.retain(|_| {
            let stays = !articles.contains(&number);
            number += 1;
            numbers.push(stays.then_some(left));
            left += u32::from(stays);
            stays
        });
        self.entries.retain_mut(|entry| match numbers.get(entry.article as usize).copied().flatten() {
            Some(number) => {
                entry.article = number;
                true
            }
            None => false,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_id_gets_the_first_free_number() {
        let mut ids = Ids::default();
        for (id, given) in [("x", "x"), ("x", "x#2"), ("x#3", "x#3"), ("x", "x#4"), ("y", "y")] {
            let free = ids.free("p", id);
            assert_eq!(free, given);
            ids.take("p", id, &free);
        }
        assert_eq!(ids.free("q", "x"), "x");
        assert_eq!(
            [without_number("x#2"), without_number("x#2b"), without_number("x#")],
            [Some("x"), None, None]
        );
    }
}
