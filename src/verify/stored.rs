//! The shards that are at hand, against what `shards.csv` says of them.

use std::fs;

use rayon::prelude::*;

use super::Outcome;
use super::folder::Trouble;
use super::receipts::{Receipt, Receipts};
use super::source::{Refusal, Sources, refusal};
use crate::evidence::output::digest_of_bytes;

/// What the check came to.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// Shards with the length and the SHA-256 that their receipts state.
    pub unaltered: u64,
    /// Shards of which the length was compared and nobody asked for more, or nobody hashed them in the run.
    pub length_only: u64,
    /// Shards that are not as their receipts say.
    pub troubles: Vec<Trouble>,
    /// Files that were not there to be compared.
    pub not_at_hand: Vec<String>,
    /// Shards on servers, which are read whole only when that is asked for.
    pub not_asked: u64,
}

enum One {
    Unaltered,
    LengthOnly,
    Altered(Trouble),
    NotAtHand(String),
    NotAsked,
}

/// Which shards are hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// Those of this machine.
    Local,
    /// All, also those on servers.
    All,
    /// None.
    Nothing,
}

/// Compares each shard that can be found.
pub fn check(receipts: &Receipts, sources: &Sources<'_>, hash: Hash) -> Checked {
    let read = receipts.all.iter().filter(|receipt| receipt.status != "excluded").collect::<Vec<_>>();
    let all: Vec<One> = read.par_iter().map(|receipt| compare(receipt, sources, hash)).collect();
    let mut checked = Checked::default();
    for one in all {
        match one {
            One::Unaltered => checked.unaltered += 1,
            One::LengthOnly => checked.length_only += 1,
            One::Altered(trouble) => checked.troubles.push(trouble),
            One::NotAtHand(file) => checked.not_at_hand.push(file),
            One::NotAsked => checked.not_asked += 1,
        }
    }
    checked
}

fn compare(receipt: &Receipt, sources: &Sources<'_>, hash: Hash) -> One {
    let stored = match sources.locate(receipt) {
        Ok(stored) => stored,
        Err(_) => return One::NotAtHand(receipt.file.clone()),
    };
    let is_remote = stored.location.path().is_none();
    if is_remote && hash != Hash::All {
        return One::NotAsked;
    }
    // Of a shard that could not be read there is nothing to compare with.
    if receipt.status == "failed" && receipt.sha256.is_empty() {
        return One::LengthOnly;
    }
    let altered = |what: String| One::Altered(Trouble::new(receipt.file.clone(), what));
    let length_differs =
        |length: u64| altered(format!("has {length} bytes, where shards.csv states {}", receipt.bytes));
    let refused = |refusal: Refusal| match refusal.outcome {
        Outcome::Gone => One::NotAtHand(receipt.file.clone()),
        _ => altered(format!("cannot be read: {}", refusal.reason)),
    };
    if let Some(path) = stored.location.path() {
        match fs::metadata(path) {
            Ok(state) if state.len() != receipt.bytes => return length_differs(state.len()),
            Ok(_) => {}
            Err(error) => return refused(refusal(&error)),
        }
    }
    if !is_remote && (receipt.sha256.is_empty() || hash == Hash::Nothing) {
        return One::LengthOnly;
    }
    let read = stored.read(None).map(|answer| digest_of_bytes(answer.body));
    match read {
        Err(error) => refused(error),
        Ok(Err(error)) => altered(format!("cannot be read: {error}")),
        Ok(Ok((length, _))) if length != receipt.bytes => length_differs(length),
        Ok(Ok(_)) if receipt.sha256.is_empty() => One::LengthOnly,
        Ok(Ok((_, sha256))) if sha256 == receipt.sha256 => One::Unaltered,
        Ok(Ok((_, sha256))) => {
            altered(format!("has the SHA-256 {sha256}, where shards.csv states {}", receipt.sha256))
        }
    }
}
