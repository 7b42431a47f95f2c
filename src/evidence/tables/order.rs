//! The order of the parts, in which nothing shows of how they came to be.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::escape::shown;
use crate::evidence::part::{Footer, Sealed};

/// A part in its place of the order.
pub(super) struct Placed {
    pub(super) path: PathBuf,
    /// Its index among the parts.
    pub(super) index: usize,
    /// The same shard stands earlier, under this file name.
    pub(super) duplicate_of: Option<String>,
}

/// Parts by the names of their shards, and the later ones of equal shards marked.
pub(super) fn in_order(parts: &[PathBuf]) -> io::Result<Vec<Placed>> {
    type Key = (String, String, String, String, Option<[u8; 32]>, u64);
    let mut keyed: Vec<(Key, &PathBuf, usize)> = Vec::with_capacity(parts.len());
    for (index, path) in parts.iter().enumerate() {
        let Footer { receipt, .. } = sealed(path)?.footer;
        let name = receipt.identity;
        let key = (name.dataset, name.release, name.shard, receipt.file, receipt.sha256, receipt.received);
        keyed.push((key, path, index));
    }
    // What is equal so far goes by its place in the plan, which is the part's name; its folder may be that of a partition.
    keyed.sort_by(|(one, path, _), (other, than, _)| (one, path.file_name()).cmp(&(other, than.file_name())));
    let mut placed: Vec<Placed> = Vec::with_capacity(keyed.len());
    let mut seen: HashMap<(&String, &String, &String, [u8; 32]), &String> = HashMap::new();
    for ((dataset, release, shard, file, sha256, _), path, index) in &keyed {
        // Without the hash of the whole nobody can say that two files of one name are the same.
        let duplicate_of = sha256.and_then(|sha256| {
            let first = *seen.entry((dataset, release, shard, sha256)).or_insert(file);
            (!std::ptr::eq(first, file)).then(|| first.clone())
        });
        placed.push(Placed { path: (*path).clone(), index: *index, duplicate_of });
    }
    Ok(placed)
}

pub(super) fn sealed(path: &Path) -> io::Result<Sealed> {
    Sealed::open(path)?.ok_or_else(|| io::Error::other(format!("`{}` is not a sealed part", shown(path))))
}
