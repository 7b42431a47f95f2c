//! `estimates.csv`: what a random draw of shards says about all shards that could be drawn.
//!
//! Only shards that were read whole count; a drawn shard that was not is treated as if it had not been drawn, and the row
//! says how many there are. Only what adds up over shards is estimated: addresses, payloads and articles that are counted
//! once however often they occur do not. A shard of another corpus counts zero for this one, so that a draw over several
//! releases is estimated rightly, if widely.

use std::collections::{BTreeMap, HashMap};
use std::io;

use super::interval::{self, Interval, Stratum};
use super::output::Table;
use super::receipt::Receipt;
use crate::cell::cell;
use crate::source::draw::Draw;

/// The columns of `estimates.csv`.
pub const COLUMNS: &[&str] = &[
    "publisher",
    "title",
    "dataset",
    "release",
    "measure",
    "shards_in_plan",
    "shards_drawn",
    "shards_whole",
    "shards_not_whole",
    "total_in_sample",
    "total_in_shards_not_whole",
    "estimate",
    "ci_low",
    "ci_high",
    "ci_high_share",
    "method",
];

/// The draw of which the shards are.
#[derive(Clone, Copy, Debug)]
pub struct Sampled<'d> {
    /// The draw.
    pub draw: &'d Draw,
    /// How many of the titles come from the publisher list; those behind them are owners of articles.
    pub listed: usize,
}

/// What a title has in one shard.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Records that a rule covers.
    pub captures: u64,
    /// Records that hold a copy of an article.
    pub copies: u64,
    /// Own words of articles in them.
    pub words: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Measure {
    Shards,
    RecordsFound,
    Captures,
    Copies,
    Words,
}

impl Measure {
    fn name(self) -> &'static str {
        match self {
            Measure::Shards => "shards_with_match",
            Measure::RecordsFound => "records_found",
            Measure::Captures => "captures",
            Measure::Copies => "article_copies",
            Measure::Words => "words",
        }
    }
}

/// A title, or all of them together, in a corpus.
type Whose = (Option<usize>, u32);

/// What was seen of one measure.
#[derive(Clone, Debug, Default)]
struct Seen {
    /// Shards that hold something, sum and sum of squares, by stratum.
    strata: HashMap<u32, Stratum>,
    total: u64,
    /// Records of which the total is made.
    units: u64,
    not_whole: u64,
}

/// The estimates of a run under way.
pub struct Estimates<'d> {
    sampled: Sampled<'d>,
    stratum_of_each: Vec<u32>,
    /// Shards read whole, by stratum.
    read: Vec<u64>,
    /// Dataset and release, with a number and the shards of it that were read whole.
    corpora: BTreeMap<(String, String), (u32, u64)>,
    most_records: u64,
    seen: HashMap<(Whose, Measure), Seen>,
}

impl<'d> Estimates<'d> {
    /// Before any shard.
    pub fn new(sampled: Sampled<'d>) -> Estimates<'d> {
        Estimates {
            sampled,
            stratum_of_each: sampled.draw.stratum_of_each(),
            read: vec![0; sampled.draw.strata.len()],
            corpora: BTreeMap::new(),
            most_records: 0,
            seen: HashMap::new(),
        }
    }

    /// Takes in a shard: its number in the draw, its receipt, and what each title has in it.
    pub fn shard(&mut self, number: usize, receipt: &Receipt, titles: impl Iterator<Item = (usize, Counts)>) {
        if !receipt.is_whole() && receipt.tally.content == 0 {
            return;
        }
        let name = (receipt.identity.dataset.clone(), receipt.identity.release.clone());
        let next = self.corpora.len() as u32;
        let (corpus, whole) = self.corpora.entry(name).or_insert((next, 0));
        *whole += u64::from(receipt.is_whole());
        let corpus = *corpus;
        let stratum = self.stratum_of_each.get(number).copied().unwrap_or_default();
        if receipt.is_whole() {
            if let Some(read) = self.read.get_mut(stratum as usize) {
                *read += 1;
            }
            self.most_records = self.most_records.max(receipt.tally.content);
        }
        let mut add = |title, measure, count, units| {
            if count == 0 {
                return;
            }
            let seen = self.seen.entry(((title, corpus), measure)).or_default();
            if receipt.is_whole() {
                seen.strata.entry(stratum).or_default().add(count);
                seen.total += count;
                seen.units += units;
            } else {
                seen.not_whole += count;
            }
        };
        let found = receipt.tally.found;
        add(None, Measure::RecordsFound, found, found);
        add(None, Measure::Shards, u64::from(found > 0), 1);
        for (title, counts) in titles {
            let is_listed = title < self.sampled.listed;
            let some = if is_listed { counts.captures } else { counts.copies };
            add(Some(title), Measure::Shards, u64::from(some > 0), 1);
            match is_listed {
                true => add(Some(title), Measure::Captures, counts.captures, counts.captures),
                false => {
                    add(Some(title), Measure::Copies, counts.copies, counts.copies);
                    add(Some(title), Measure::Words, counts.words, counts.copies);
                }
            }
        }
    }

    /// Writes the table: all titles together, then each title, in each corpus.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, titles: &[(&str, &str)], table: &mut Table) -> io::Result<()> {
        let none = Seen::default();
        let nothing = self.strata(&none);
        let of_none = (self.of_shards(&nothing), interval::bound_of_none(&nothing));
        let listed = [Measure::Shards, Measure::Captures];
        let owned = [Measure::Shards, Measure::Copies, Measure::Words];
        let all = std::iter::once((None, ("", ""), &[Measure::Shards, Measure::RecordsFound][..]));
        let each = titles.iter().enumerate().map(|(index, names)| {
            let measures = if index < self.sampled.listed { &listed[..] } else { &owned[..] };
            (Some(index), *names, measures)
        });
        for (title, names, measures) in all.chain(each) {
            for ((dataset, release), (corpus, whole)) in &self.corpora {
                for measure in measures {
                    let seen = self.seen.get(&((title, *corpus), *measure)).unwrap_or(&none);
                    let found = match whole {
                        0 => Found::nothing("none_whole"),
                        _ => self.found(*measure, seen, &of_none),
                    };
                    let names = [names.0, names.1, dataset, release].map(|name| cell(name).into_owned());
                    table.row(names.into_iter().chain(self.cells(*measure, seen, &found)))?;
                }
            }
        }
        Ok(())
    }

    /// The strata with what was seen in them; what was not seen is zero in the shards that were read.
    fn strata(&self, seen: &Seen) -> Vec<Stratum> {
        let strata = self.sampled.draw.strata.iter().zip(&self.read).enumerate();
        strata
            .map(|(number, (drawn, read))| {
                let held = seen.strata.get(&(number as u32)).copied().unwrap_or_default();
                Stratum { population: drawn.population, read: *read, ..held }
            })
            .collect()
    }

    fn of_shards(&self, strata: &[Stratum]) -> Found {
        let holding: u64 = strata.iter().map(|stratum| stratum.holding).sum();
        let method = if holding == 0 { "zero_bound" } else { "hypergeometric" };
        interval::holding(strata).map_or(Found::nothing("none_whole"), |interval| Found::of(interval, method))
    }

    fn found(&self, measure: Measure, seen: &Seen, of_none: &(Found, u64)) -> Found {
        let whole: u64 = self.read.iter().sum();
        let draw = self.sampled.draw;
        if whole == draw.population {
            let all = seen.total as f64;
            return Found::of(Interval { estimate: all, low: all, high: all }, "all_read");
        }
        match (measure, seen.total) {
            (Measure::Shards, 0) => of_none.0,
            (Measure::Shards, _) => self.of_shards(&self.strata(seen)),
            // Nobody knows how many a shard may hold that was not read; no more than it has records.
            (Measure::Captures | Measure::RecordsFound, 0) => {
                let high = of_none.1 as f64 * self.most_records as f64;
                Found::of(Interval { estimate: 0.0, low: 0.0, high }, "zero_bound_times_records")
            }
            (Measure::Copies | Measure::Words, 0) => {
                Found { estimate: Some(0), low: Some(0), ..Found::nothing("zero_see_shards") }
            }
            _ => match interval::total(&self.strata(seen), seen.units) {
                Some(interval) => Found::of(interval, "log_t"),
                None => Found::nothing("one_shard_shows_no_variance"),
            },
        }
    }

    fn cells(&self, measure: Measure, seen: &Seen, found: &Found) -> impl Iterator<Item = String> + use<> {
        let draw = self.sampled.draw;
        let whole: u64 = self.read.iter().sum();
        let number = |value: Option<u64>| value.map(|value| value.to_string()).unwrap_or_default();
        let share = found.high.filter(|_| measure == Measure::Shards && draw.population > 0);
        let share = share.map(|high| format!("{:.6}", high as f64 / draw.population as f64));
        [
            measure.name().to_owned(),
            draw.population.to_string(),
            draw.n.to_string(),
            whole.to_string(),
            (draw.n - whole).to_string(),
            seen.total.to_string(),
            seen.not_whole.to_string(),
            number(found.estimate),
            number(found.low),
            number(found.high),
            share.unwrap_or_default(),
            found.method.to_owned(),
        ]
        .into_iter()
    }
}

/// An interval in whole numbers, rounded outwards, and how it came to be.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Found {
    estimate: Option<u64>,
    low: Option<u64>,
    high: Option<u64>,
    method: &'static str,
}

impl Found {
    fn of(interval: Interval, method: &'static str) -> Found {
        // A float beyond the range of the number becomes its end.
        Found {
            estimate: Some(interval.estimate.round() as u64),
            low: Some(interval.low.floor() as u64),
            high: Some(interval.high.ceil() as u64),
            method,
        }
    }

    fn nothing(method: &'static str) -> Found {
        Found { estimate: None, low: None, high: None, method }
    }
}
