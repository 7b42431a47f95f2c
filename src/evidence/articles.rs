//! `articles.csv`: what was found of each article, over all records.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::copies::{Evidence, Judged};
use super::output::Table;
use super::row::column;
use crate::cell::{cell, token};
use crate::escape::literal;
use crate::fingerprint::file::Fingerprints;
use crate::matching::articles::class::Class;
use crate::matching::articles::measure::share;

/// The columns, in order.
pub const COLUMNS: &[&str] = &[
    "publisher",
    "article_id",
    "article_url",
    "article_title",
    "article_date",
    "article_words",
    "article_own_words",
    "found",
    "class",
    "copies",
    "copies_own_site",
    "copies_elsewhere",
    "notes",
    "hosts",
    "best_coverage",
    "best_own_coverage",
    "longest_own_run_words",
    "own_words_found",
    "own_words_coverage",
    "first_date",
    "last_date",
    "match_ids",
];

/// Most match ids that a cell holds; `matches.csv` has all, by article id.
const MOST_IDS: usize = 1000;

/// The cells that all rows about an article share, in the order of the first columns.
pub type Names = [String; 7];

/// The cells of an article of a fingerprint file.
pub fn names(file: &Fingerprints, article: u32) -> Names {
    let (texts, counts) = (file.texts(article), file.counts(article));
    let publisher = file.publisher(article).map(|publisher| publisher.name.as_str()).unwrap_or_default();
    let text = |value: &str| if value.is_empty() { String::new() } else { literal(value) };
    [
        cell(publisher).into_owned(),
        token(texts.id).into_owned(),
        text(texts.url),
        text(texts.title),
        cell(texts.date).into_owned(),
        counts.words.to_string(),
        counts.own_words.to_string(),
    ]
}

/// What was found of one article.
#[derive(Clone, Debug, Default)]
struct Sum {
    names: Names,
    own_words: u32,
    best: Option<Class>,
    copies: u64,
    own_site: u64,
    notes: u64,
    hosts: BTreeSet<String>,
    coverage: f64,
    own_coverage: f64,
    run: u32,
    /// Ranges of own words found in copies, sorted and apart.
    ranges: Vec<(u32, u32)>,
    first: String,
    last: String,
    ids: Vec<String>,
}

/// Sums over the rows about articles.
#[derive(Default)]
pub struct Sums {
    articles: BTreeMap<(String, String), Sum>,
}

const SHARED_CELLS: [usize; 7] = [
    column("publisher"),
    column("article_id"),
    column("article_url"),
    column("article_title"),
    column("article_date"),
    column("article_words"),
    column("article_own_words"),
];

impl Sums {
    /// Takes a complete row into account.
    pub fn add(&mut self, row: &[String], evidence: &Evidence, judged: &Judged) {
        let key = (row[SHARED_CELLS[0]].clone(), row[SHARED_CELLS[1]].clone());
        let sum = self.articles.entry(key).or_insert_with(|| Sum {
            names: SHARED_CELLS.map(|index| row[index].clone()),
            own_words: evidence.counts.own_words,
            ..Sum::default()
        });
        let Judged { class, measure, .. } = judged;
        sum.best = Some(sum.best.map_or(*class, |best| best.min(*class)));
        if !class.is_copy() {
            sum.notes += 1;
            return;
        }
        sum.copies += 1;
        sum.own_site += u64::from(evidence.own_site);
        if !evidence.domain.is_empty() {
            sum.hosts.insert(evidence.domain.clone());
        }
        sum.coverage = sum.coverage.max(measure.coverage(evidence.counts));
        sum.own_coverage = sum.own_coverage.max(measure.own_coverage(evidence.counts));
        sum.run = sum.run.max(measure.own_run);
        sum.ranges = union(&sum.ranges, &measure.own_ranges);
        let date = &row[const { column("archive_date") }];
        if !date.is_empty() && !date.starts_with('"') {
            if sum.first.is_empty() || *date < sum.first {
                sum.first.clone_from(date);
            }
            if *date > sum.last {
                sum.last.clone_from(date);
            }
        }
        if sum.ids.len() < MOST_IDS {
            sum.ids.push(row[const { column("match_id") }].clone());
        }
    }

    /// Adds an article, of which nothing may have been found.
    pub fn add_missing(&mut self, names: Names) {
        let key = (names[0].clone(), names[1].clone());
        self.articles.entry(key).or_insert_with(|| Sum { names, ..Sum::default() });
    }

    /// Writes the table.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(self, table: &mut Table) -> io::Result<()> {
        let decimal = |value: f64| format!("{value:.4}");
        for sum in self.articles.into_values() {
            let found: u32 = sum.ranges.iter().map(|(from, to)| to - from).sum();
            let is_copy = sum.copies > 0;
            let or_empty = |value: String| if is_copy { value } else { String::new() };
            let rest = [
                if is_copy { "yes" } else { "no" }.to_owned(),
                sum.best.map(|class| class.name().to_owned()).unwrap_or_default(),
                sum.copies.to_string(),
                sum.own_site.to_string(),
                (sum.copies - sum.own_site).to_string(),
                sum.notes.to_string(),
                sum.hosts.len().to_string(),
                or_empty(decimal(sum.coverage)),
                or_empty(decimal(sum.own_coverage)),
                or_empty(sum.run.to_string()),
                or_empty(found.to_string()),
                or_empty(decimal(share(found, sum.own_words))),
                sum.first,
                sum.last,
                sum.ids.join(";"),
            ];
            table.row(sum.names.into_iter().chain(rest))?;
        }
        Ok(())
    }
}

/// The union of two lists of ranges, each sorted and apart.
fn union(one: &[(u32, u32)], other: &[(u32, u32)]) -> Vec<(u32, u32)> {
    let mut all: Vec<(u32, u32)> = one.iter().chain(other).copied().collect();
    all.sort_unstable();
    let mut ranges: Vec<(u32, u32)> = Vec::with_capacity(all.len());
    for (from, to) in all {
        match ranges.last_mut() {
            Some((_, end)) if from <= *end => *end = (*end).max(to),
            _ => ranges.push((from, to)),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_found_in_several_records_count_once() {
        assert_eq!(union(&[(0, 10), (20, 30)], &[(5, 12), (40, 50)]), [(0, 12), (20, 30), (40, 50)]);
        assert_eq!(union(&[], &[(1, 2)]), [(1, 2)]);
    }
}
