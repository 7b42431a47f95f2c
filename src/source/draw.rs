//! A random draw of shards that anybody can repeat.
//!
//! ```text
//! names        of all shards, sorted by their bytes, without the folders that all of them share
//! groups       runs of shards in one folder (the segments of a crawl); with one folder, each shard by itself
//! strata       neighbouring groups put together: at most 100, and so few that each gives two shards or more
//! allocation   as the strata's sizes, the largest remainder first
//! draw         in each stratum the shards with the smallest SHA-256 of seed and name
//! ```
//!
//! Two shards a stratum are needed to see how much shards differ in it. The rank of a shard depends on nothing but the
//! seed and its name, so the draw is the same from any mirror, on any machine and in any version of this tool.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::plan::Shard;
use crate::cell::hex;
use crate::error::{Error, Result};

/// The name of the method. A change of anything above is a new one.
pub const METHOD: &str = "stratified-sha256-1";

/// How the line of a list begins that tells of a draw.
const COMMENT: &str = "# shardproof draw ";

/// A stratum has no use for more than this many neighbours: a crawl has a hundred segments.
const MOST_STRATA: usize = 100;

/// A draw: what is needed to repeat it and to estimate from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draw {
    /// Shards that could be drawn.
    pub population: u64,
    /// Shards that were drawn.
    pub n: u64,
    /// The seed, as the user gave it.
    pub seed: String,
    /// [`METHOD`].
    pub method: String,
    /// SHA-256 over the names of the population, sorted, one a line.
    pub plan_sha256: String,
    /// SHA-256 over the file names of what was drawn, in the order of the names, one a line.
    pub drawn_sha256: String,
    /// The strata, in the order of the names.
    pub strata: Vec<Stratum>,
}

/// A stratum: shards that follow each other in the order of their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stratum {
    /// Its shards.
    pub population: u64,
    /// Those that were drawn.
    pub drawn: u64,
}

impl Draw {
    /// The line of a list that tells of the draw.
    pub fn comment(&self) -> String {
        // A value of strings and numbers can always be written.
        format!("{COMMENT}{}", serde_json::to_string(self).unwrap_or_default())
    }

    /// The draw that a list tells of, if it does.
    ///
    /// # Errors
    /// A wrong request when the line cannot be read, or when there are two.
    pub fn of_list(text: &str) -> Result<Option<Draw>> {
        let mut found = text.lines().filter_map(|line| line.trim().strip_prefix(COMMENT));
        let Some(json) = found.next() else { return Ok(None) };
        if found.next().is_some() {
            return Err(Error::request("the list tells of two draws").hint("scan each of them by itself"));
        }
        let draw: Draw = serde_json::from_str(json).map_err(|error| {
            Error::request(format!("the draw in the list cannot be read: {error}"))
                .hint("make the list again with `shardproof shards ... --sample N --seed S`")
        })?;
        if draw.method != METHOD {
            return Err(Error::request(
                "the draw in the list was made by another method than this version has",
            )
            .hint(format!("this version draws by `{METHOD}`")));
        }
        Ok(Some(draw))
    }

    /// Refuses a list that is not what was drawn: to estimate from it would be wrong.
    ///
    /// # Errors
    /// A wrong request. `shards` are those of the list, sorted by name.
    pub fn check(&self, shards: &[Shard]) -> Result<()> {
        let sum = |of: fn(&Stratum) -> u64| self.strata.iter().map(of).fold(0, u64::saturating_add);
        let fits = self.strata.iter().all(|stratum| stratum.drawn <= stratum.population);
        let wrong = if sum(|stratum| stratum.population) != self.population
            || sum(|stratum| stratum.drawn) != self.n
            || !fits
        {
            "the numbers of the draw do not add up".to_owned()
        } else if shards.len() as u64 != self.n {
            format!("{} shards were drawn, and the list names {}", self.n, shards.len())
        } else if digest_of_files(shards.iter().map(|shard| shard.name.as_str())) != self.drawn_sha256 {
            "the list names other shards than were drawn".to_owned()
        } else {
            return Ok(());
        };
        Err(Error::request(format!("the list does not fit the draw that it tells of: {wrong}")).hint(
            "give the list as it was made, or take the line `# shardproof draw` out and have no estimates",
        ))
    }

    /// The stratum of each shard that was drawn, in the order of their names.
    pub fn stratum_of_each(&self) -> Vec<u32> {
        let each = |(number, stratum): (usize, &Stratum)| {
            std::iter::repeat_n(number as u32, usize::try_from(stratum.drawn).unwrap_or_default())
        };
        self.strata.iter().enumerate().flat_map(each).collect()
    }
}

/// Draws `n` of the shards, which are sorted by name, each name once. Returns what was drawn, in the same order.
///
/// # Errors
/// A wrong request when there are not so many.
pub fn draw(shards: Vec<Shard>, n: usize, seed: &str) -> Result<(Vec<Shard>, Draw)> {
    if n > shards.len() || n == 0 {
        return Err(Error::request(format!("`--sample {n}`: there are {} shards", shards.len()))
            .hint("draw at least one and at most all; without `--sample` all are read"));
    }
    let names: Vec<&str> = shards.iter().map(|shard| shard.name.as_str()).collect();
    let shared = shared_folders(&names);
    let names: Vec<&str> = names.iter().map(|name| name.get(shared..).unwrap_or(name)).collect();
    let sizes = strata(&groups(&names), n);
    let counts = allocation(&sizes, n);
    let mut is_drawn = vec![false; names.len()];
    let mut start = 0;
    for (size, count) in sizes.iter().zip(&counts) {
        let mut ranked: Vec<([u8; 32], usize)> =
            (start..start + size).map(|index| (rank(seed, names[index]), index)).collect();
        ranked.sort_unstable();
        ranked.iter().take(*count).for_each(|(_, index)| is_drawn[*index] = true);
        start += size;
    }
    let strata = sizes.iter().zip(&counts);
    let plan_sha256 = hex(&Sha256::digest(names.join("\n")));
    let population = shards.len() as u64;
    let drawn: Vec<Shard> =
        shards.into_iter().zip(is_drawn).filter(|(_, is_drawn)| *is_drawn).map(|(shard, _)| shard).collect();
    let draw = Draw {
        population,
        n: n as u64,
        seed: seed.to_owned(),
        method: METHOD.to_owned(),
        plan_sha256,
        drawn_sha256: digest_of_files(drawn.iter().map(|shard| shard.name.as_str())),
        strata: strata
            .map(|(size, count)| Stratum { population: *size as u64, drawn: *count as u64 })
            .collect(),
    };
    Ok((drawn, draw))
}

fn rank(seed: &str, name: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [METHOD, seed, name] {
        hash.update(part.as_bytes());
        hash.update(b"\n");
    }
    hash.finalize().into()
}

/// The last component of each name, which stays the same wherever the shards lie.
fn digest_of_files<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let files: Vec<&str> = names.map(|name| name.rsplit('/').next().unwrap_or(name)).collect();
    hex(&Sha256::digest(files.join("\n")))
}

/// The length of the folders with which all names begin.
fn shared_folders(names: &[&str]) -> usize {
    let Some((first, last)) = names.first().zip(names.last()) else { return 0 };
    // The names are sorted: what the first and the last have in common, all have.
    let common = first.bytes().zip(last.bytes()).take_while(|(one, other)| one == other).count();
    let end = if common == first.len() {
        first.rfind('/')
    } else {
        first.as_bytes()[..common].iter().rposition(|byte| *byte == b'/')
    };
    end.map_or(0, |slash| slash + 1)
}

/// The sizes of the runs of names in one folder; ones, if there is no other folder.
fn groups(names: &[&str]) -> Vec<usize> {
    let folder = |name: &&str| name.rfind('/').map_or(0, |slash| slash + 1);
    let runs: Vec<usize> = names
        .chunk_by(|one, other| one[..folder(one)] == other[..folder(other)])
        .map(<[&str]>::len)
        .collect();
    if runs.len() == 1 { vec![1; names.len()] } else { runs }
}

/// Puts neighbouring groups together into strata of about the same size.
fn strata(groups: &[usize], n: usize) -> Vec<usize> {
    let total: usize = groups.iter().sum();
    let wanted = groups.len().min(n / 2).clamp(1, MOST_STRATA);
    let (mut strata, mut size, mut before) = (Vec::with_capacity(wanted), 0, 0);
    for group in groups {
        let border = (before * wanted / total + 1) * total;
        size += group;
        if (before + size) * wanted >= border {
            strata.push(size);
            before += size;
            size = 0;
        }
    }
    if size > 0 {
        strata.push(size);
    }
    strata
}

/// How many to draw from each stratum: two where it has two, the rest so that shares are as equal as they can be.
fn allocation(sizes: &[usize], n: usize) -> Vec<usize> {
    let total: usize = sizes.iter().sum();
    let mut counts: Vec<usize> = sizes.iter().map(|size| (*size).min(2).min(n)).collect();
    let mut left = n.saturating_sub(counts.iter().sum());
    while left > 0 {
        // What a stratum should have, less what it has, in units of a shard of all.
        let missing = |index: usize| (sizes[index] * n) as i128 - (counts[index] * total) as i128;
        let open = (0..sizes.len()).filter(|index| counts[*index] < sizes[*index]);
        let Some(next) = open.max_by_key(|index| (missing(*index), std::cmp::Reverse(*index))) else { break };
        counts[next] += 1;
        left -= 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    use crate::source::location::Location;

    fn shards(names: impl IntoIterator<Item = String>) -> Vec<Shard> {
        let shard = |name: String| Shard { location: Location::File(PathBuf::from(&name)), name };
        let mut shards: Vec<Shard> = names.into_iter().map(shard).collect();
        shards.sort();
        shards
    }

    fn crawl(base: &str) -> Vec<Shard> {
        shards((0..1000).map(|n| format!("{base}crawl-data/X/segments/{}.1/wet/a-{n:05}.gz", 100 + n % 10)))
    }

    #[test]
    fn the_same_seed_draws_the_same_from_any_mirror() {
        let names = |base: &str, seed| {
            let (drawn, draw) = draw(crawl(base), 40, seed).unwrap();
            let names: Vec<String> = drawn.iter().map(|shard| shard.name[base.len()..].to_owned()).collect();
            (names, draw)
        };
        let (one, other) = (names("", "7"), names("https://mirror.example/x/", "7"));
        assert_eq!(one, other);
        assert_ne!(one.0, names("", "8").0);
        // Written down: a change of the method must not go unseen.
        assert_eq!(one.0[0], "crawl-data/X/segments/100.1/wet/a-00260.gz");
        assert_eq!(&one.1.plan_sha256[..16], "db366a3051a7e5dc");
    }

    #[test]
    fn each_segment_gives_its_share() {
        let (drawn, draw) = draw(crawl(""), 43, "s").unwrap();
        assert_eq!(draw.strata.len(), 10);
        assert!(
            draw.strata.iter().all(|stratum| stratum.population == 100 && (4..=5).contains(&stratum.drawn))
        );
        for segment in 100..110 {
            let of = drawn.iter().filter(|shard| shard.name.contains(&format!("/{segment}.1/"))).count();
            assert!((4..=5).contains(&of), "{segment}: {of}");
        }
        draw.check(&drawn).unwrap();
    }

    #[test]
    fn too_few_for_all_segments_are_drawn_from_neighbours_together() {
        let (_, draw) = draw(crawl(""), 5, "s").unwrap();
        let sizes: Vec<(u64, u64)> =
            draw.strata.iter().map(|stratum| (stratum.population, stratum.drawn)).collect();
        assert_eq!(sizes, [(500, 3), (500, 2)]);
    }

    #[test]
    fn numbered_names_are_spread_by_position() {
        let all = shards((0..1024).map(|n| format!("en/c4-train.{n:05}-of-01024.json.gz")));
        let (drawn, draw) = draw(all, 20, "1").unwrap();
        assert_eq!((draw.strata.len(), drawn.len()), (10, 20));
        let number = |shard: &Shard| shard.name[12..17].parse::<usize>().unwrap();
        for (index, shard) in drawn.iter().enumerate() {
            let stratum = number(shard) * 10 / 1024;
            assert!(stratum.abs_diff(index / 2) <= 1, "{}", shard.name);
        }
    }

    #[test]
    fn any_population_adds_up() {
        for (sizes, n) in [
            (vec![1], 1),
            (vec![1, 1, 1], 2),
            (vec![900, 1, 1, 1, 98], 10),
            (vec![1, 1, 1, 997], 1000),
            (vec![5; 300], 77),
            (vec![3, 700, 2, 2], 3),
        ] {
            let names = sizes
                .iter()
                .enumerate()
                .flat_map(|(folder, size)| (0..*size).map(move |file| format!("x/{folder:04}/{file:04}")));
            let all = shards(names);
            let population = all.len();
            let (drawn, draw) = draw(all, n, "z").unwrap();
            assert_eq!((drawn.len(), draw.population), (n, population as u64), "{sizes:?}");
            draw.check(&drawn).unwrap();
            assert_eq!(draw.stratum_of_each().len(), n);
            assert!(
                draw.strata.iter().all(|stratum| stratum.drawn >= stratum.population.min(2).min(n as u64))
            );
        }
    }

    #[test]
    fn every_shard_is_drawn_about_as_often() {
        let mut seen = vec![0_u32; 1000];
        for seed in 0..500 {
            for shard in draw(crawl(""), 40, &seed.to_string()).unwrap().0 {
                seen[shard.name[shard.name.len() - 8..shard.name.len() - 3].parse::<usize>().unwrap()] += 1;
            }
        }
        // 500 times 40 of 1,000: 20 each, give or take four and a half.
        assert!(
            seen.iter().all(|count| (3..45).contains(count)),
            "{:?} to {:?}",
            seen.iter().min(),
            seen.iter().max()
        );
    }

    #[test]
    fn a_list_that_does_not_fit_is_refused() {
        let (drawn, draw) = draw(crawl(""), 40, "s").unwrap();
        let text = format!("{}\nx\n", draw.comment());
        assert_eq!(Draw::of_list(&text).unwrap().unwrap(), draw);
        assert!(draw.check(&drawn[1..]).unwrap_err().to_string().contains("names 39"));
        let mut other = drawn.clone();
        other[3].name.push('x');
        assert!(draw.check(&other).unwrap_err().to_string().contains("other shards"));
        let forged = Draw { population: 7, ..draw.clone() };
        assert!(forged.check(&drawn).unwrap_err().to_string().contains("add up"));
        assert!(Draw::of_list("# shardproof draw {\n").is_err());
        assert!(Draw::of_list(&(text.clone() + &text)).is_err());
        assert!(Draw::of_list("# a comment\nx\n").unwrap().is_none());
    }

    #[test]
    fn no_more_than_there_are() {
        for n in [0, 1001] {
            assert!(
                super::draw(crawl(""), n, "s").unwrap_err().to_string().contains("there are 1000 shards")
            );
        }
    }
}
