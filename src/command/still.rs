//! A complete run that is asked for again: are its shards still the files that its evidence is about?

use std::collections::HashMap;
use std::path::Path;

use super::display::count;
use crate::error::{Error, Result};
use crate::escape::shown;
use crate::evidence::{custody, manifest};
use crate::source::plan::Shard;
use crate::verify::receipts::{Receipt, Receipts};

/// Files that are named in a message.
const NAMED: usize = 3;

type ByName<'r> = HashMap<&'r str, Vec<&'r Receipt>>;

/// Refuses the request when a local shard was changed since the run in `out`, which answered for another file then. Files
/// that are as old as the run are known by their length; of younger ones the SHA-256 is compared, where the run kept it. No
/// server is asked, and a file that is gone was read when it was there.
///
/// # Errors
/// A wrong request that names what was changed; a failure when `shards.csv` cannot be read.
pub fn check(out: &Path, shards: &[Shard]) -> Result<()> {
    let (receipts, times) = (Receipts::read(out)?, manifest::times(out));
    let mut by_name: ByName<'_> = HashMap::new();
    // One that was not read to its end says nothing about the file.
    for receipt in receipts.all.iter().filter(|receipt| ["whole", "partial"].contains(&&*receipt.status)) {
        by_name.entry(&receipt.file).or_default().push(receipt);
    }
    let changed: Vec<String> = shards.iter().filter_map(|shard| changed(shard, &by_name, times)).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let rest = match changed.len().saturating_sub(NAMED) {
        0 => String::new(),
        rest => format!("; and {} more", count(rest as u64)),
    };
    Err(Error::request(format!(
        "the evidence in `{}` is complete, and is about other files than stand there now: {}{rest}",
        shown(out),
        changed[..changed.len().min(NAMED)].join("; ")
    ))
    .hint("name another folder with `--out` to read what stands there now; nothing was changed"))
}

/// What is no longer as it was about a shard, in words. `times` are the seconds since 1970 when the run began and ended.
fn changed(shard: &Shard, by_name: &ByName<'_>, times: Option<(u64, u64)>) -> Option<String> {
    let file = shard.location.path()?;
    let (length, modified) = shard.location.stamp()?;
    let of_name = by_name.get(&*shard.location.file_name())?;
    let of_length: Vec<&&Receipt> = of_name.iter().filter(|receipt| receipt.bytes == length).collect();
    let path = shown(file);
    if of_length.is_empty() {
        return Some(format!("`{path}` has {length} bytes, and had {}", of_name.first()?.bytes));
    }
    let modified = u64::try_from(modified / 1_000_000_000).unwrap_or(u64::MAX);
    let (begin, end) = times?;
    if of_length.iter().any(|receipt| receipt.sha256.is_empty()) {
        return (modified > end)
            .then(|| format!("`{path}` was written after the run, which kept no SHA-256"));
    }
    if modified < begin {
        return None;
    }
    match custody::sha256_of(file) {
        Ok(sha256) if of_length.iter().any(|receipt| receipt.sha256 == sha256) => None,
        Ok(_) => Some(format!("`{path}` has another SHA-256")),
        Err(error) => Some(format!("`{path}` cannot be read: {error}")),
    }
}
