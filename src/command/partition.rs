//! `scan --partition K/N`: a share of the shards, and what a merge needs of it.

use std::path::Path;

use crate::error::{Error, Result};
use crate::evidence::articles;
use crate::evidence::kept::{self, Common, Kept};
use crate::evidence::partition::Partition;
use crate::fingerprint::file::Fingerprints;
use crate::source::plan::Shard;

/// The share of a plan of so many shards.
///
/// # Errors
/// A wrong request, when there are more partitions than shards: a run that reads nothing would look like one that finds
/// nothing.
pub fn share(partition: Option<Partition>, shards: usize) -> Result<Partition> {
    let share = partition.unwrap_or(Partition::WHOLE);
    match share.of() > shards {
        true => Err(Error::request(format!("`--partition {share}`: there are {shards} shards only"))
            .hint(format!("divide them into at most {shards} partitions; nothing was read"))),
        false => Ok(share),
    }
}

/// What all partitions of the run share.
pub fn common(titles: &[(&str, &str)], listed: usize, shards: &[Shard]) -> Common {
    Common {
        titles: titles
            .iter()
            .map(|(publisher, title)| ((*publisher).to_owned(), (*title).to_owned()))
            .collect(),
        listed,
        shards: shards.iter().map(Shard::asked).collect(),
    }
}

/// Keeps the parts of the partition, and all articles if they are given.
///
/// # Errors
/// When they cannot be written.
pub fn keep(
    partition: Partition,
    out: &Path,
    work: &Path,
    common: &Common,
    articles: Option<&Fingerprints>,
) -> Result<Kept> {
    let own = partition.places(common.shards.len());
    let mut names = articles.map(|file| (0..file.len()).map(move |article| articles::names(file, article)));
    let names = names.as_mut().map(|names| names as &mut dyn Iterator<Item = articles::Names>);
    kept::keep(out, work, own, common, names).map_err(|error| Error::io("keep the parts in", out, &error))
}
