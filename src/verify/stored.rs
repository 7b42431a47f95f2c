//! The shards that are at hand, against what `shards.csv` says of them.

use std::fs;

use rayon::prelude::*;

use super::Outcome;
use super::folder::Trouble;
use super::receipts::{Receipt, Receipts};
use super::source::{Sources, Stored};
use crate::evidence::output::digest_of;

/// What the check came to.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// Shards with the length and the SHA-256 that their receipts state.
    pub unaltered: u64,
    /// Shards of which only the length could be compared, since nobody hashed them or nobody wants to now.
    pub length_only: u64,
    /// Shards that are not as their receipts say.
    pub troubles: Vec<Trouble>,
    /// Files that were not there to be compared.
    pub not_at_hand: Vec<String>,
}

enum One {
    Unaltered,
    LengthOnly,
    Altered(Trouble),
    NotAtHand(String),
}

/// Compares each shard that can be found; its SHA-256 only with `hash`.
pub fn check(receipts: &Receipts, sources: &Sources, hash: bool) -> Checked {
    let read = receipts.all.iter().filter(|receipt| receipt.status != "excluded").collect::<Vec<_>>();
    let all: Vec<One> = read.par_iter().map(|receipt| compare(receipt, sources, hash)).collect();
    let mut checked = Checked::default();
    for one in all {
        match one {
            One::Unaltered => checked.unaltered += 1,
            One::LengthOnly => checked.length_only += 1,
            One::Altered(trouble) => checked.troubles.push(trouble),
            One::NotAtHand(file) => checked.not_at_hand.push(file),
        }
    }
    checked
}

fn compare(receipt: &Receipt, sources: &Sources, hash: bool) -> One {
    let path = match sources.locate(receipt) {
        Ok(Stored::File(path)) => path,
        Err(_) => return One::NotAtHand(receipt.file.clone()),
    };
    let altered = |what: String| One::Altered(Trouble::new(receipt.file.clone(), what));
    let refused = |error: std::io::Error| match super::source::refusal(&error).outcome {
        Outcome::Gone => One::NotAtHand(receipt.file.clone()),
        _ => altered(format!("cannot be read: {error}")),
    };
    // Of a shard that could not be read there is nothing to compare with.
    if receipt.status == "failed" && receipt.sha256.is_empty() {
        return One::LengthOnly;
    }
    let length = match fs::metadata(&path) {
        Ok(state) => state.len(),
        Err(error) => return refused(error),
    };
    if length != receipt.bytes {
        return altered(format!("has {length} bytes, where shards.csv states {}", receipt.bytes));
    }
    if receipt.sha256.is_empty() || !hash {
        return One::LengthOnly;
    }
    match digest_of(&path) {
        Err(error) => refused(error),
        Ok((_, sha256)) if sha256 == receipt.sha256 => One::Unaltered,
        Ok((_, sha256)) => {
            altered(format!("has the SHA-256 {sha256}, where shards.csv states {}", receipt.sha256))
        }
    }
}
