//! What a sample of shards says about all of them: the mathematics of the estimates.
//!
//! A shard is a cluster of records, so all variance is computed between shards, within strata, with the correction for a
//! finite population (Cochran, *Sampling Techniques*, 1977, chapters 2, 5 and 9). Three things make the textbook interval
//! too narrow for what this tool counts, and each is met:
//!
//! - Counts are skew. The interval is symmetric on a logarithmic scale: *Y / C* to *Y · C* with *C* = exp(*t · SE / Y*).
//! - Few shards carry the total, and these alone tell how much shards differ. *t* is Student's with one degree of freedom
//!   more than the shards that carry it, (sum)² / (sum of squares), and with no more than the strata leave.
//! - A few equal counts look as if they had no variance. *SE / Y* is never less than that of so many units scattered by
//!   chance.
//!
//! How many shards hold anything is bounded exactly, by the hypergeometric distribution, also where none does.

#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use statrs::distribution::{ContinuousCDF, StudentsT};
use statrs::function::factorial::ln_binomial;

/// Both ends of an interval leave out this much.
const TAIL: f64 = 0.025;
/// A bound at one end leaves out this much.
const ONE_TAIL: f64 = 0.05;

/// A stratum of the draw, with what was read of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stratum {
    /// Shards in it.
    pub population: u64,
    /// Shards that were drawn and read whole.
    pub read: u64,
    /// Those of them that hold something.
    pub holding: u64,
    /// Sum of the counts of the shards that were read.
    pub sum: f64,
    /// Sum of the squares of these counts.
    pub squares: f64,
}

impl Stratum {
    /// Adds the count of a shard that was read whole.
    pub fn add(&mut self, count: u64) {
        self.read += 1;
        self.holding += u64::from(count > 0);
        self.sum += count as f64;
        self.squares += (count as f64) * (count as f64);
    }

    fn join(self, other: Stratum) -> Stratum {
        Stratum {
            population: self.population + other.population,
            read: self.read + other.read,
            holding: self.holding + other.holding,
            sum: self.sum + other.sum,
            squares: self.squares + other.squares,
        }
    }

    /// The total of the stratum, estimated, and the variance of this estimate. Of two shards or more, or of all.
    fn total(&self) -> (f64, f64) {
        let (all, read) = (self.population as f64, self.read as f64);
        let mean = self.sum / read;
        let between =
            if self.read < 2 { 0.0 } else { (self.squares - read * mean * mean).max(0.0) / (read - 1.0) };
        (all * mean, all * all * (1.0 - read / all) * between / read)
    }
}

/// An estimate with its interval of 95 %.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The estimate.
    pub estimate: f64,
    /// Lower end: never less than what was seen.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The total over all shards. `units` is the number of records that the counts of the strata are made of. `None` when
/// nothing was seen, or when fewer than two shards were read and there are more.
pub fn total(given: &[Stratum], units: u64) -> Option<Interval> {
    let strata = joined(given);
    let all = strata.iter().copied().fold(Stratum::default(), Stratum::join);
    if all.sum <= 0.0 || all.read == 0 || (all.read < 2 && all.read < all.population) {
        return None;
    }
    let parts = strata.iter().map(Stratum::total);
    let (estimate, variance) = parts.fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
    let unread = 1.0 - all.read as f64 / all.population as f64;
    let by_chance = (unread / units.max(1) as f64).sqrt();
    let relative = (variance.sqrt() / estimate).max(by_chance);
    // So many equal shards would be as uneven as these are (Kish 1965).
    let carrying = (all.sum * all.sum / all.squares) as u64;
    let freedom = all.read.saturating_sub(strata.len() as u64).min(carrying + 1).max(1);
    let factor = (quantile(freedom) * relative).exp();
    // A stratum in which nothing was seen shows no variance. What it may hide is known of shards, and each holds one at least.
    let hidden = holding(given).map_or(0.0, |shards| shards.high);
    Some(Interval { estimate, low: (estimate / factor).max(all.sum), high: (estimate * factor).max(hidden) })
}

/// Student's 97.5th percentile.
fn quantile(freedom: u64) -> f64 {
    // One degree of freedom or more is always a distribution.
    StudentsT::new(0.0, 1.0, freedom as f64).map_or(f64::INFINITY, |student| student.inverse_cdf(1.0 - TAIL))
}

/// Strata of which a variance can be computed: one with a single shard read is joined to its neighbour.
fn joined(strata: &[Stratum]) -> Vec<Stratum> {
    let enough = |stratum: &Stratum| stratum.read >= 2 || (stratum.read == 1 && stratum.population == 1);
    let mut joined: Vec<Stratum> = Vec::with_capacity(strata.len());
    for stratum in strata {
        match joined.last_mut().filter(|last| !enough(last)) {
            Some(last) => *last = last.join(*stratum),
            None => joined.push(*stratum),
        }
    }
    if joined.len() > 1 && joined.last().is_some_and(|last| !enough(last)) {
        let last = joined.pop().unwrap_or_default();
        if let Some(before) = joined.last_mut() {
            *before = before.join(last);
        }
    }
    joined
}

/// How many shards hold something, at least and at most, with 95 % confidence. `None` when none was read.
///
/// Strata are not always read in equal shares: each gives two shards, however small it is. Shards that lie in a stratum
/// that was read more thickly are seen more often than others, so the ends are those of the worst way in which they can lie.
pub fn holding(strata: &[Stratum]) -> Option<Interval> {
    let all = strata.iter().copied().fold(Stratum::default(), Stratum::join);
    if all.read == 0 {
        return None;
    }
    let estimate = joined(strata)
        .iter()
        .map(|stratum| stratum.population as f64 * stratum.holding as f64 / stratum.read as f64)
        .sum();
    let (low, high) = match (all.holding, all.read - all.holding) {
        (0, _) => (0, bound_of_none(strata)),
        // That every shard holds something is that none is empty.
        (_, 0) => (all.population - bound_of_none(strata), all.population),
        _ => (
            all.population - most(strata, |stratum| stratum.read - stratum.holding),
            most(strata, |stratum| stratum.holding),
        ),
    };
    Some(Interval { estimate, low: (low as f64).min(estimate), high: (high as f64).max(estimate) })
}

/// The largest number of shards of a kind, of which `seen` tells how many were read in a stratum.
fn most(strata: &[Stratum], seen: impl Fn(&Stratum) -> u64) -> u64 {
    let all = strata.iter().copied().fold(Stratum::default(), Stratum::join);
    let share = |stratum: &Stratum| stratum.read as f64 / stratum.population.max(1) as f64;
    let mut thinly: Vec<&Stratum> = strata.iter().collect();
    thinly.sort_by(|one, other| share(one).total_cmp(&share(other)));
    let known: u64 = strata.iter().map(&seen).sum();
    let of_known: f64 = strata.iter().map(|stratum| share(stratum) * seen(stratum) as f64).sum();
    // How many are read of so many at the least: those beyond the known ones lie where least was read.
    let expected = |number: u64| {
        let mut left = number - known;
        let further = thinly.iter().map(|stratum| {
            let here = left.min(stratum.population - stratum.read);
            left -= here;
            share(stratum) * here as f64
        });
        of_known + further.sum::<f64>()
    };
    largest(known, all.population - all.read + known, |number| {
        // Of a population that was read in this share throughout.
        let population = all.read as f64 * number as f64 / expected(number);
        at_most(known, all.read, number, (population * (1.0 - 1e-9)).ceil() as u64)
    })
}

/// The largest number from `least` to `most` of which the chance, which falls, is above the tail.
fn largest(least: u64, most: u64, chance: impl Fn(u64) -> f64) -> u64 {
    let (mut low, mut high) = (least, most);
    while low < high {
        let middle = high - (high - low) / 2;
        if chance(middle) > TAIL { low = middle } else { high = middle - 1 }
    }
    low
}

/// The chance to see at most `seen` in a sample of `read` of `population` when `number` are there.
fn at_most(seen: u64, read: u64, number: u64, population: u64) -> f64 {
    let expected = read as f64 * number as f64 / population as f64;
    let term = |seen: u64| {
        let ways = ln_binomial(number, seen) + ln_binomial(population - number, read - seen);
        (ways - ln_binomial(population, read)).exp()
    };
    let possible = (read + number).saturating_sub(population)..=number.min(read);
    // Away from the middle the terms shrink, so that few of them count.
    match (seen as f64) < expected {
        true => sum((*possible.start()..=seen.min(*possible.end())).rev().map(term)),
        false => 1.0 - sum((seen + 1..=*possible.end()).map(term)),
    }
}

/// The sum of terms that shrink.
fn sum(terms: impl Iterator<Item = f64>) -> f64 {
    let mut sum = 0.0;
    for term in terms {
        sum += term;
        if term < sum * 1e-12 {
            break;
        }
    }
    sum
}

/// The largest number of shards that can hold something although none of those that were read does, with 95 %
/// confidence: of all ways in which so many shards can lie in the strata, the one that hides them best.
pub fn bound_of_none(strata: &[Stratum]) -> u64 {
    // Shards of a stratum of which none was read hide for nothing.
    let mut hidden: u64 =
        strata.iter().filter(|stratum| stratum.read == 0).map(|stratum| stratum.population).sum();
    let read = strata.iter().filter(|stratum| stratum.read > 0);
    let mut next: BinaryHeap<Hiding> = read
        .filter(|stratum| stratum.population > stratum.read)
        .map(|stratum| Hiding { left: stratum.population, read: stratum.read })
        .collect();
    let mut chance = 0.0;
    // Each further shard of a stratum is harder to hide than the one before, so the easiest one next is the best way.
    while let Some(place) = next.pop() {
        chance += place.cost();
        if chance < ONE_TAIL.ln() {
            break;
        }
        hidden += 1;
        if place.left - 1 > place.read {
            next.push(Hiding { left: place.left - 1, ..place });
        }
    }
    hidden
}

/// A stratum in which another shard may be hidden: shards that hold nothing so far, and shards that were read.
#[derive(Clone, Copy, Debug)]
struct Hiding {
    left: u64,
    read: u64,
}

impl Hiding {
    /// Logarithm of the chance that the next one is not among those that were read, if the others are not.
    fn cost(&self) -> f64 {
        (-(self.read as f64) / self.left as f64).ln_1p()
    }
}

impl Ord for Hiding {
    fn cmp(&self, other: &Hiding) -> Ordering {
        self.cost().total_cmp(&other.cost())
    }
}

impl PartialOrd for Hiding {
    fn partial_cmp(&self, other: &Hiding) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Hiding {
    fn eq(&self, other: &Hiding) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Hiding {}
