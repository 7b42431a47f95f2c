//! Results stand outside of the evidence they are made from: its manifest lists what the run wrote, and a seal covers it.

use std::fs;
use std::path::Path;

use crate::error::{Error, Result};
use crate::escape::shown;

/// Refuses an output that would stand in the folder `evidence`.
///
/// # Errors
/// When it would, or when the folder around it cannot be found.
pub fn check(out: &Path, evidence: &Path) -> Result<()> {
    // What does not exist yet will stand in the nearest folder that does.
    let there = out.ancestors().find(|path| path.exists()).filter(|path| *path != Path::new(""));
    let there = there.unwrap_or(Path::new("."));
    let resolved = |path: &Path| {
        fs::canonicalize(path).map_err(|error| {
            Error::request(format!("cannot write into the folder `{}`: {error}", shown(path)))
        })
    };
    match resolved(there)?.starts_with(resolved(evidence)?) {
        false => Ok(()),
        true => Err(Error::request(format!("`{}` would stand in the evidence", shown(out)))
            .hint("its manifest lists what the run wrote; name a place outside with `--out`")),
    }
}
