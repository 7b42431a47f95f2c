//! `presence.csv`, `publishers.csv` and `articles.csv`, computed once more from the rows of `matches.csv`.
//!
//! On a way of its own: the tables come from sealed parts, this from what stands in the folder. `hosts.csv` does not follow
//! from the rows, since it counts all records; of `articles.csv` only the counts of rows do.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

use xxhash_rust::xxh3::xxh3_64;

use super::folder::Trouble;
use super::receipts::{Key, key_of};
use super::sums::is_copy;
use crate::error::Result;
use crate::evidence::reading::{Reader, Row};
use crate::evidence::row::column;

const PRESENCE: &[&str] = &[
    "dataset",
    "release",
    "shard",
    "publisher",
    "title",
    "captures",
    "mirror_captures",
    "distinct_urls",
    "articles",
    "words",
    "shard_status",
    "content_records",
];

const PUBLISHERS: &[&str] = &[
    "dataset",
    "release",
    "publisher",
    "title",
    "captures",
    "mirror_captures",
    "distinct_urls",
    "distinct_payloads",
    "words",
    "shards_with_match",
    "shards_whole",
    "shards_with_gaps",
    "first_date",
    "last_date",
];

const ARTICLES: &[&str] =
    &["publisher", "article_id", "copies", "copies_own_site", "copies_elsewhere", "notes"];

/// What a title has in one shard, or in one release.
#[derive(Default)]
struct Count {
    captures: u64,
    mirrors: u64,
    words: u64,
    /// Hashes of values, for they are only counted.
    urls: HashSet<u64>,
    payloads: HashSet<u64>,
    articles: HashSet<u64>,
    shards: HashSet<u64>,
    dates: Option<(String, String)>,
}

#[derive(Default)]
struct Article {
    copies: u64,
    own_site: u64,
    notes: u64,
}

/// Dataset, release, shard, publisher, title.
type InShard = [String; 5];
/// Dataset, release, publisher, title.
type InRelease = [String; 4];

/// The summaries, as they follow from the rows.
#[derive(Default)]
pub struct Summaries {
    presence: BTreeMap<InShard, Count>,
    publishers: BTreeMap<InRelease, Count>,
    articles: BTreeMap<[String; 2], Article>,
    /// Files by dataset, release and shard: where there are several, no row of `presence.csv` can be told from another.
    shards: HashMap<[String; 3], u64>,
    /// What `presence.csv` repeats of a shard: its status, and its content records unless it failed.
    receipts: HashMap<[String; 3], [String; 2]>,
    /// Shards of a release: whole, with gaps, and more than one file of a name.
    releases: HashMap<[String; 2], (u64, u64, bool)>,
}

impl Summaries {
    /// Takes a shard into account that was read.
    pub fn shard(&mut self, [dataset, release, shard, _]: &Key, status: &str, content: &str) {
        let name = [dataset.clone(), release.clone(), shard.clone()];
        let content = if status == "failed" { "" } else { content };
        self.receipts.insert(name.clone(), [status.to_owned(), content.to_owned()]);
        let files = self.shards.entry(name).or_default();
        *files += 1;
        let several = *files > 1;
        let entry = self.releases.entry([dataset.clone(), release.clone()]).or_default();
        entry.0 += u64::from(status == "whole");
        entry.1 += u64::from(matches!(status, "partial" | "failed"));
        entry.2 |= several;
    }

    /// Takes a row of `matches.csv` into account.
    pub fn row(&mut self, row: &Row) {
        let [dataset, release, shard, sha256] = key_of(row);
        let text = |name: usize| row.text(name).into_owned();
        let (publisher, title) = (text(const { column("publisher") }), text(const { column("title") }));
        let is_article = row.cell(const { column("match_kind") }) == "article";
        let is_copy = is_copy(row.cell(const { column("class") }));
        let id = text(const { column("article_id") });
        if is_article {
            let article = self.articles.entry([publisher.clone(), id.clone()]).or_default();
            article.copies += u64::from(is_copy);
            article.notes += u64::from(!is_copy);
            article.own_site += u64::from(is_copy && row.cell(const { column("own_site") }) == "yes");
            if !is_copy {
                return;
            }
        }
        let in_shard = [dataset.clone(), release.clone(), shard.clone(), publisher.clone(), title.clone()];
        let in_release = [dataset, release, publisher, title];
        let place = xxh3_64(format!("{shard}\n{sha256}").as_bytes());
        let counts =
            [self.presence.entry(in_shard).or_default(), self.publishers.entry(in_release).or_default()];
        for count in counts {
            count.shards.insert(place);
            count.date(row.cell(const { column("archive_date") }));
            if is_article {
                count.words += row.number(const { column("own_words") }).unwrap_or_default();
                count.articles.insert(xxh3_64(id.as_bytes()));
                continue;
            }
            count.captures += 1;
            count.mirrors += u64::from(row.cell(const { column("match_kind") }) == "mirror");
            count.urls.insert(xxh3_64(row.cell(const { column("archive_url") }).as_bytes()));
            let digest = row.cell(const { column("archive_digest") });
            if !digest.is_empty() {
                count.payloads.insert(xxh3_64(digest.as_bytes()));
            }
        }
    }

    /// Compares them with the tables in `folder`.
    ///
    /// # Errors
    /// When a table cannot be read.
    pub fn compare(mut self, folder: &Path, troubles: &mut Vec<Trouble>) -> Result<()> {
        self.presence(folder, troubles)?;
        self.publishers(folder, troubles)?;
        if folder.join("articles.csv").is_file() {
            self.articles(folder, troubles)?;
        }
        Ok(())
    }

    fn presence(&mut self, folder: &Path, troubles: &mut Vec<Trouble>) -> Result<()> {
        let mut seen: HashMap<InShard, [u64; 5]> = HashMap::new();
        for row in Reader::open(folder, "presence", PRESENCE)? {
            let row = row?;
            let key = [0, 1, 2, 3, 4].map(|index| row.text(index).into_owned());
            self.repeated(&row, troubles);
            let sums = seen.entry(key).or_default();
            for (sum, index) in sums.iter_mut().zip(5..) {
                *sum += row.number(index).unwrap_or_default();
            }
        }
        for key in self.presence.keys() {
            seen.entry(key.clone()).or_default();
        }
        let none = Count::default();
        for (key, stated) in seen {
            let count = self.presence.get(&key).unwrap_or(&none);
            let [dataset, release, shard, publisher, title] = &key;
            let files = self.shards.get(&[dataset.clone(), release.clone(), shard.clone()]);
            let mut counted = count.sums();
            if files.is_some_and(|files| *files > 1) {
                // What is distinct in each of two files is not distinct in both.
                (counted[2], counted[3]) = (stated[2], stated[3]);
            }
            for ((name, stated), counted) in PRESENCE[5..10].iter().zip(stated).zip(counted) {
                differs(troubles, "presence.csv", &[shard, publisher, title], name, &stated, &counted);
            }
        }
        Ok(())
    }

    /// What a row of `presence.csv` repeats of its shard, and which of its counts are empty: a zero says that somebody
    /// looked, for the title by its addresses or for the owner of articles by their text.
    fn repeated(&self, row: &Row, troubles: &mut Vec<Trouble>) {
        let [dataset, release, shard, publisher, title] =
            [0, 1, 2, 3, 4].map(|index| row.text(index).into_owned());
        let name = [dataset, release, shard];
        let whose = [name[2].as_str(), &publisher, &title];
        let Some(receipt) = self.receipts.get(&name) else {
            let what = format!("`{}`: shards.csv has no such shard that was read", name[2]);
            return troubles.push(Trouble::new("presence.csv", what));
        };
        if self.shards.get(&name).is_some_and(|files| *files == 1) {
            for (index, stated) in (10..).zip(receipt) {
                let cell = row.cell(index);
                if cell != stated {
                    let what = format!(
                        "{}: {} is {cell}, and shards.csv has {stated}",
                        quoted(&whose),
                        PRESENCE[index]
                    );
                    troubles.push(Trouble::new("presence.csv", what));
                }
            }
        }
        let filled = |columns: std::ops::Range<usize>| {
            columns.map(|index| !row.cell(index).is_empty()).collect::<Vec<_>>()
        };
        let fits = match (row.cell(10), filled(5..8).as_slice(), filled(8..10).as_slice()) {
            ("failed", addresses, texts) => !addresses.contains(&true) && !texts.contains(&true),
            (_, [true, true, true], [false, false]) | (_, [false, false, false], [true, true]) => true,
            _ => false,
        };
        if !fits {
            let what = format!(
                "{}: a count is empty where somebody looked, or stands where nobody did",
                quoted(&whose)
            );
            troubles.push(Trouble::new("presence.csv", what));
        }
    }

    fn publishers(&mut self, folder: &Path, troubles: &mut Vec<Trouble>) -> Result<()> {
        let none = Count::default();
        let mut seen: HashSet<InRelease> = HashSet::new();
        for row in Reader::open(folder, "publishers", PUBLISHERS)? {
            let row = row?;
            let key = [0, 1, 2, 3].map(|index| row.text(index).into_owned());
            let count = self.publishers.get(&key).unwrap_or(&none);
            let [dataset, release, publisher, title] = &key;
            let shards = self.releases.get(&[dataset.clone(), release.clone()]).copied().unwrap_or_default();
            let [captures, mirrors, urls, _, words] = count.sums();
            let with_match = match shards.2 {
                true => row.number(9).unwrap_or_default(),
                false => count.shards.len() as u64,
            };
            let payloads = count.payloads.len() as u64;
            let counted = [captures, mirrors, urls, payloads, words, with_match, shards.0, shards.1];
            let named = [release.as_str(), publisher, title];
            for (index, counted) in (4..).zip(counted) {
                let stated = row.number(index).unwrap_or_default();
                differs(troubles, "publishers.csv", &named, PUBLISHERS[index], &stated, &counted);
            }
            let (first, last) = count.dates.clone().unwrap_or_default();
            for (index, counted) in [(12, first), (13, last)] {
                let stated = row.cell(index).to_owned();
                differs(troubles, "publishers.csv", &named, PUBLISHERS[index], &stated, &counted);
            }
            if !seen.insert(key.clone()) {
                let what = format!("`{publisher}`, `{title}` stands there twice");
                troubles.push(Trouble::new("publishers.csv", what));
            }
        }
        // Who has a row in one release has one in each, also with zeros: nobody else says that the title was looked for.
        let whose: BTreeSet<[String; 2]> = seen
            .iter()
            .chain(self.publishers.keys())
            .map(|[_, _, publisher, title]| [publisher.clone(), title.clone()])
            .collect();
        for [dataset, release] in self.releases.keys() {
            for [publisher, title] in &whose {
                let key = [dataset.clone(), release.clone(), publisher.clone(), title.clone()];
                if !seen.contains(&key) {
                    let what = format!("`{publisher}`, `{title}` has no row for `{dataset}`, `{release}`");
                    troubles.push(Trouble::new("publishers.csv", what));
                }
            }
        }
        Ok(())
    }

    fn articles(&mut self, folder: &Path, troubles: &mut Vec<Trouble>) -> Result<()> {
        let mut articles = std::mem::take(&mut self.articles);
        for row in Reader::open(folder, "articles", ARTICLES)? {
            let row = row?;
            let key = [0, 1].map(|index| row.text(index).into_owned());
            let article = articles.remove(&key).unwrap_or_default();
            let elsewhere = article.copies.saturating_sub(article.own_site);
            let counted = [article.copies, article.own_site, elsewhere, article.notes];
            for (index, counted) in (2..).zip(counted) {
                let stated = row.number(index).unwrap_or_default();
                differs(troubles, "articles.csv", &[&key[0], &key[1]], ARTICLES[index], &stated, &counted);
            }
        }
        for [publisher, id] in articles.keys() {
            let what = format!("`{publisher}`, `{id}` has rows and stands not there");
            troubles.push(Trouble::new("articles.csv", what));
        }
        Ok(())
    }
}

impl Count {
    /// In the order of [`PRESENCE`].
    fn sums(&self) -> [u64; 5] {
        [self.captures, self.mirrors, self.urls.len() as u64, self.articles.len() as u64, self.words]
    }

    /// A date that could not be read stands there as a literal, and is none.
    fn date(&mut self, date: &str) {
        if date.is_empty() || date.starts_with('"') {
            return;
        }
        let (first, last) = self.dates.get_or_insert_with(|| (date.to_owned(), date.to_owned()));
        if date < first.as_str() {
            date.clone_into(first);
        }
        if date > last.as_str() {
            date.clone_into(last);
        }
    }
}

fn differs<T: PartialEq + std::fmt::Display>(
    troubles: &mut Vec<Trouble>,
    file: &str,
    whose: &[&str],
    column: &str,
    stated: &T,
    counted: &T,
) {
    if stated != counted {
        let what = format!("{}: {column} is {stated}, and the rows give {counted}", quoted(whose));
        troubles.push(Trouble::new(file, what));
    }
}

fn quoted(whose: &[&str]) -> String {
    whose.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
