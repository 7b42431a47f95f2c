//! Which shards of a plan a run reads, when many machines share one plan.
//!
//! Every machine sorts the same plan. Partition K of N reads the shards at the places K, K + N, K + 2 N, ... of it: the
//! shares differ by one shard at most, and neighbours, which often are of one size, go to different machines.

use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Partition `number` of `of`, both counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Partition {
    number: NonZeroUsize,
    of: NonZeroUsize,
}

impl Partition {
    /// All shards.
    pub const WHOLE: Partition = Partition { number: NonZeroUsize::MIN, of: NonZeroUsize::MIN };

    /// Its number, from 1.
    pub fn number(self) -> usize {
        self.number.get()
    }

    /// How many there are.
    pub fn of(self) -> usize {
        self.of.get()
    }

    /// Another one of the same division; `None` when there is none of this number.
    pub fn sibling(self, number: usize) -> Option<Partition> {
        let number = NonZeroUsize::new(number).filter(|number| *number <= self.of)?;
        Some(Partition { number, of: self.of })
    }

    /// True when the shard at this place of the plan, counted from 0, is read.
    pub fn holds(self, place: usize) -> bool {
        place % self.of() == self.number() - 1
    }

    /// How many of so many shards are read.
    pub fn count(self, shards: u64) -> u64 {
        let (number, of) = (self.number() as u64, self.of() as u64);
        shards.saturating_add(of - number) / of
    }

    /// The places that are read in a plan of so many shards.
    pub fn places(self, shards: usize) -> impl Iterator<Item = usize> + Clone {
        (self.number() - 1..shards).step_by(self.of())
    }
}

impl FromStr for Partition {
    type Err = String;

    fn from_str(text: &str) -> Result<Partition, String> {
        let read = |number: &str| {
            let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
            number.parse::<NonZeroUsize>().ok().filter(|_| digits)
        };
        let (number, of) = text.split_once('/').unwrap_or((text, ""));
        match (read(number), read(of)) {
            (Some(number), Some(of)) if number <= of => Ok(Partition { number, of }),
            (Some(_), Some(_)) => Err("there is no such partition: K is at most N".to_owned()),
            _ => Err("a partition is K/N, counted from 1, for example 3/8".to_owned()),
        }
    }
}

impl TryFrom<String> for Partition {
    type Error = String;

    fn try_from(text: String) -> Result<Partition, String> {
        text.parse()
    }
}

impl From<Partition> for String {
    fn from(partition: Partition) -> String {
        partition.to_string()
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_partitions_of_a_plan_share_it_out() {
        for (shards, of) in [(0, 1), (1, 1), (7, 1), (7, 2), (7, 3), (7, 7), (3, 5), (100, 9)] {
            let mut seen = vec![0; shards];
            let mut sizes = Vec::new();
            for number in 1..=of {
                let partition: Partition = format!("{number}/{of}").parse().unwrap();
                partition.places(shards).for_each(|place| seen[place] += 1);
                assert!(partition.places(shards).all(|place| partition.holds(place)));
                sizes.push(partition.places(shards).count());
                assert_eq!(partition.count(shards as u64), partition.places(shards).count() as u64);
            }
            assert!(seen.iter().all(|count| *count == 1), "{shards} in {of}: {seen:?}");
            assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1, "{shards} in {of}");
        }
        assert!((0..9).all(|place| Partition::WHOLE.holds(place)));
    }

    #[test]
    fn what_is_no_partition_is_refused() {
        for text in ["", "3", "/", "1/", "/3", "0/3", "4/3", "1/0", "-1/3", "+1/3", "1/3/4", "a/b", " 1/3"] {
            assert!(text.parse::<Partition>().is_err(), "{text}");
        }
        let partition: Partition = "2/3".parse().unwrap();
        assert_eq!(serde_json::to_string(&partition).unwrap(), "\"2/3\"");
        assert!(serde_json::from_str::<Partition>("\"4/3\"").is_err());
        assert_eq!(partition.sibling(3).map(|sibling| sibling.to_string()), Some("3/3".to_owned()));
        assert!(partition.sibling(4).is_none() && partition.sibling(0).is_none());
    }
}
