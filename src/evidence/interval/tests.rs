use super::*;
use crate::calibration::chance::Chance;

fn one(population: u64, counts: &[u64]) -> Vec<Stratum> {
    let mut stratum = Stratum { population, ..Stratum::default() };
    counts.iter().for_each(|count| stratum.add(*count));
    vec![stratum]
}

fn none(population: u64, read: u64) -> u64 {
    bound_of_none(&one(population, &vec![0; read as usize]))
}

#[test]
fn the_bound_of_none_is_that_of_the_table() {
    // Exact values for a simple sample, by counting the ways to draw.
    for (population, read, bound) in [
        (1_024, 30, 95),
        (1_024, 100, 28),
        (1_024, 300, 8),
        (1_024, 1_000, 0),
        (2_048, 300, 18),
        (2_048, 1_000, 4),
        (100_000, 30, 9_502),
        (100_000, 100, 2_949),
        (100_000, 300, 992),
        (100_000, 1_000, 297),
        (100_000, 3_000, 98),
    ] {
        assert_eq!(none(population, read), bound, "{read} of {population}");
    }
    assert_eq!((none(10, 10), none(10, 0)), (0, 10));
}

#[test]
fn strata_hide_a_little_more_and_unread_ones_all() {
    let strata = |read: &[u64]| -> Vec<Stratum> {
        read.iter().map(|read| Stratum { population: 100, read: *read, ..Stratum::default() }).collect()
    };
    let whole = none(1_000, 20);
    let spread = bound_of_none(&strata(&[2; 10]));
    assert!((whole..whole + 3).contains(&spread), "{whole} {spread}");
    let gap = bound_of_none(&strata(&[2, 2, 2, 2, 2, 2, 2, 2, 2, 0]));
    assert!(gap > spread + 80, "{spread} {gap}");
}

#[test]
fn the_number_of_shards_that_hold_something_is_that_of_the_exact_test() {
    // 3 of 20 seen, of 100: by adding up the hypergeometric distribution.
    let mut counts = vec![0; 17];
    counts.extend([1, 5, 2]);
    let found = holding(&one(100, &counts)).unwrap();
    assert_eq!((found.estimate, found.low, found.high), (15.0, 5.0, 35.0));
    // The same by brute force.
    let ways = |n: u64, k: u64| (0..k).fold(1.0, |ways, i| ways * (n - i) as f64 / (i + 1) as f64);
    let chance = |number: u64, seen: std::ops::RangeInclusive<u64>| -> f64 {
        seen.filter(|seen| *seen <= number && 20 - seen <= 100 - number)
            .map(|seen| ways(number, seen) * ways(100 - number, 20 - seen) / ways(100, 20))
            .sum()
    };
    let low = (3..=100).find(|number| chance(*number, 3..=20) > TAIL).unwrap();
    let high = (3..=83).rev().find(|number| chance(*number, 0..=3) > TAIL).unwrap();
    assert_eq!((found.low, found.high), (low as f64, high as f64));
    let every = holding(&one(100, &[1; 20])).unwrap();
    assert_eq!((every.high, every.low), (100.0, 100.0 - none(100, 20) as f64));
}

#[test]
fn an_estimate_by_hand() {
    // Counts 0, 2, 4, 10 of 4 in 40: mean 4, variance 56/3, factor exp(t * SE / Y) with 3 degrees of freedom.
    let found = total(&one(40, &[0, 2, 4, 10]), 16).unwrap();
    assert!((found.estimate - 160.0).abs() < 1e-9);
    let relative: f64 = (1600.0 * 0.9 * (56.0 / 3.0) / 4.0_f64).sqrt() / 160.0;
    let factor = (3.182_446_31 * relative).exp();
    assert!((found.high - 160.0 * factor).abs() < 1e-3, "{found:?}");
    assert!((found.low - (160.0 / factor).max(16.0)).abs() < 1e-3, "{found:?}");
}

#[test]
fn what_cannot_be_estimated_is_not() {
    assert_eq!(total(&one(40, &[3]), 3), None, "one shard shows no variance");
    assert_eq!(total(&one(40, &[0, 0]), 0), None, "none is a bound, no interval");
    assert_eq!(total(&one(40, &[]), 0), None);
    let all = total(&one(3, &[1, 0, 7]), 8).unwrap();
    assert_eq!((all.estimate, all.low, all.high), (8.0, 8.0, 8.0), "all were read");
    let equal = total(&one(100, &[2, 2, 2]), 6).unwrap();
    assert!(equal.high > 1.5 * equal.estimate, "equal counts are not taken for certainty: {equal:?}");
    // A stratum with one shard joins its neighbour.
    let lone = [one(50, &[1, 3]), one(50, &[8])].concat();
    assert_eq!(total(&lone, 12).unwrap().estimate, 400.0);
    let first = [one(50, &[8]), one(50, &[1, 3])].concat();
    assert_eq!(total(&first, 12), total(&lone, 12));
}

/// Random numbers for populations.
struct Source(Chance);

impl Source {
    fn share(&mut self) -> f64 {
        (self.0.below(1 << 52) as f64 + 0.5) / (1_u64 << 52) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.share().ln()).sqrt() * (std::f64::consts::TAU * self.share()).cos()
    }

    fn poisson(&mut self, mean: f64) -> u64 {
        let (floor, mut product, mut count) = ((-mean).exp(), self.share(), 0);
        while product > floor {
            product *= self.share();
            count += 1;
        }
        count
    }

    /// 1 or more, ten in the mean.
    fn geometric(&mut self) -> u64 {
        1 + (self.share().ln() / 0.9_f64.ln()) as u64
    }
}

const SHARDS: usize = 2_000;

type Population = (&'static str, fn(&mut Source, usize) -> u64);

/// How titles lie in shards: thinly or thickly scattered, in clumps, in shards of very unequal share, by segment.
const POPULATIONS: &[Population] = &[
    ("thin", |source, _| source.poisson(0.02)),
    ("scattered", |source, _| source.poisson(0.5)),
    ("thick", |source, _| source.poisson(3.0)),
    ("rare clumps", |source, _| if source.share() < 0.02 { source.geometric() } else { 0 }),
    ("clumps", |source, _| if source.share() < 0.1 { source.geometric() } else { 0 }),
    ("clumps everywhere", |source, _| source.geometric()),
    ("skew", |source, _| {
        let mean = (source.normal() - 0.5).exp();
        source.poisson(2.0 * mean)
    }),
    ("by segment", |source, shard| {
        let mut segment = Source(Chance::of(9, shard as u64 / 20, "segment"));
        source.poisson(0.2 * segment.normal().exp())
    }),
    ("regular", |_, shard| u64::from(shard.is_multiple_of(10))),
];

/// The share of draws in which the interval, narrowed by `narrow`, holds the truth: of totals, and of shards.
fn coverage(population: &Population, read: usize, narrow: f64) -> (f64, f64) {
    let draws = 1_000;
    let mut source = Source(Chance::of(3, read as u64, population.0));
    let (mut totals, mut shards) = (0, 0);
    let mut counts = Vec::new();
    for number in 0..draws {
        if number % 50 == 0 {
            counts = (0..SHARDS).map(|shard| population.1(&mut source, shard)).collect::<Vec<u64>>();
        }
        let (size, each) = (SHARDS * 2 / read, 2);
        let strata: Vec<Stratum> = counts
            .chunks(size)
            .map(|chunk| {
                let mut chunk = chunk.to_vec();
                source.0.shuffle(&mut chunk, each);
                let mut stratum = Stratum { population: chunk.len() as u64, ..Stratum::default() };
                chunk.iter().take(each).for_each(|count| stratum.add(*count));
                stratum
            })
            .collect();
        let truth = counts.iter().sum::<u64>() as f64;
        let true_shards = counts.iter().filter(|count| **count > 0).count() as f64;
        let seen: f64 = strata.iter().map(|stratum| stratum.sum).sum();
        let covers = |found: Interval, truth: f64| {
            let low = found.estimate * (found.low / found.estimate).powf(narrow);
            let high = found.estimate * (found.high / found.estimate).powf(narrow);
            low <= truth + 1e-6 && truth <= high + 1e-6
        };
        let held = holding(&strata).unwrap();
        let is_held = match seen > 0.0 {
            true => covers(held, true_shards),
            false => true_shards <= held.high * narrow,
        };
        shards += u32::from(is_held);
        totals += u32::from(match total(&strata, seen as u64) {
            Some(found) => covers(found, truth),
            None => is_held,
        });
    }
    (f64::from(totals) / f64::from(draws), f64::from(shards) / f64::from(draws))
}

#[test]
fn the_interval_holds_the_truth_as_often_as_it_says() {
    for population in POPULATIONS {
        for read in [20, 50, 200] {
            let (totals, shards) = coverage(population, read, 1.0);
            assert!(totals >= 0.93, "{}, {read} read: totals {totals}", population.0);
            assert!(shards >= 0.93, "{}, {read} read: shards {shards}", population.0);
        }
    }
}

#[test]
fn a_stratum_that_was_read_more_thickly_does_not_speak_for_the_others() {
    // Two of a folder of four hold something, and none of eight in a folder of seven hundred.
    let strata = [one(703, &[0; 8]), one(4, &[1, 1])].concat();
    let found = holding(&strata).unwrap();
    assert_eq!(found.estimate, 4.0);
    assert!(found.low <= 4.0, "four shards hold something: {found:?}");
    assert!(found.high >= none(703, 8) as f64, "what the large folder may hide: {found:?}");
    assert!(total(&strata, 2).unwrap().high >= found.high, "each of these shards holds one at least");
    // Where all were read in one share, the strata are one sample.
    let shares = [one(100, &[0, 0, 1]), one(200, &[0, 1, 0, 0, 0, 1])].concat();
    let (strata, whole) =
        (holding(&shares).unwrap(), holding(&one(300, &[0, 0, 0, 0, 0, 0, 1, 1, 1])).unwrap());
    assert_eq!((strata.low, strata.high), (whole.low, whole.high));
}

/// Sizes of the strata, and how many are read of each: as a draw of 20 gives them.
const UNEVEN: &[(&[usize], &[usize])] = &[
    (&[703, 4], &[18, 2]),
    (&[1_000, 30, 30, 30], &[14, 2, 2, 2]),
    (&[300, 300, 10, 10], &[8, 8, 2, 2]),
    (&[90, 110, 100, 100], &[4, 6, 5, 5]),
];

#[test]
fn the_number_of_shards_is_held_where_folders_differ_in_size() {
    // Shards of a hundred that hold something: in the largest folder, in the smallest.
    for shares in [[5, 5], [30, 30], [0, 100], [10, 100], [30, 0]] {
        for (sizes, reads) in UNEVEN {
            let mut source = Source(Chance::of(4, shares[0], "uneven"));
            let smallest = sizes.iter().min().unwrap();
            let holds = |size: &usize| size * shares[usize::from(size == smallest)] as usize / 100;
            let truth = sizes.iter().map(holds).sum::<usize>() as f64;
            let held = (0..300).filter(|_| {
                let strata = sizes.iter().zip(*reads).flat_map(|(size, read)| {
                    let mut counts: Vec<u64> =
                        (0..*size).map(|shard| u64::from(shard < holds(size))).collect();
                    source.0.shuffle(&mut counts, *read);
                    one(*size as u64, &counts[..*read])
                });
                let found = holding(&strata.collect::<Vec<_>>()).unwrap();
                assert!(found.low <= found.estimate && found.estimate <= found.high, "{found:?}");
                found.low <= truth && truth <= found.high
            });
            let held = held.count();
            assert!(held >= 279, "{sizes:?}, {shares:?} in a hundred: {held} of 300 intervals hold {truth}");
        }
    }
}

#[test]
fn a_narrower_interval_would_not() {
    let short = |narrow| {
        let all = POPULATIONS.iter().map(|population| coverage(population, 50, narrow));
        all.filter(|(totals, _)| *totals < 0.93).count()
    };
    assert!(short(0.75) >= 4, "only {} populations show that the interval is too narrow", short(0.75));
}
