//! The answer of a time-stamp authority, put into the bag.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::answer::{self, Stamp};
use super::check::{self, Stamped, answer_digests};
use super::files::hash_bytes;
use super::info::Info;
use super::{ANSWER, ANSWER_DIGESTS, INFO, ROOT};
use crate::error::{Error, Result};
use crate::escape::shown;

/// Checks the answer in the file `response` and puts it into the bag `folder` with its digests.
///
/// # Errors
/// A wrong request when the folder is no bag, has an answer, or is altered, or when this is no answer to its query;
/// nothing is changed then.
pub fn attach(folder: &Path, response: &Path) -> Result<Stamp> {
    let checked = check::check(folder, None)?;
    // A process that died between the two files left one of them.
    let unfinished = |path: &str| path == ANSWER || path == ANSWER_DIGESTS;
    if let Some(trouble) = checked.troubles.iter().find(|trouble| !unfinished(&trouble.path)) {
        return Err(Error::request(format!(
            "`{}` is {}, so nothing is attached to this bag: {}",
            trouble.path,
            trouble.kind.name(),
            trouble.reason
        ))
        .hint("`shardproof unseal` names all that does not hold"));
    }
    if let (Stamped::At(_), true) = (&checked.stamped, checked.troubles.is_empty()) {
        return Err(Error::request(format!(
            "`{}` has a time stamp already; nothing was changed",
            shown(folder)
        )));
    }
    let bytes = read(response)?;
    let root = fs::read(folder.join(ROOT)).map_err(|error| Error::io("read", &folder.join(ROOT), &error))?;
    let info = fs::read(folder.join(INFO)).map_err(|error| Error::io("read", &folder.join(INFO), &error))?;
    let nonce = Info::parse(&info).map(|info| info.nonce).unwrap_or_default();
    let stamp = answer::check(&bytes, &root, nonce).map_err(|reason| {
        Error::request(format!("`{}` is no time stamp of this bag: {reason}", shown(response))).hint(
            "send this bag's own `.tsq` to the authority and attach what it answers; nothing was changed",
        )
    })?;
    let digests = answer_digests(&hash_bytes(ANSWER, &bytes));
    for (name, content) in [(ANSWER_DIGESTS, digests.as_bytes()), (ANSWER, &bytes)] {
        super::seal::write(&folder.join(name), content)?;
    }
    Ok(stamp)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let unreadable = |error: io::Error| {
        Error::request(format!("cannot read `{}`: {error}", shown(path))).hint("nothing was changed")
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(answer::LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    match bytes.len() as u64 > answer::LARGEST {
        true => Err(Error::request(format!("`{}` is too large to be a time stamp", shown(path)))),
        false => Ok(bytes),
    }
}
