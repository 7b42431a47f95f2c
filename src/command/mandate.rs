//! What the user says about a run, for the manifest.

use std::path::Path;

use crate::error::{Error, Result};
use crate::escape::shown;
use crate::evidence::custody::{self, Input, Mandate};

/// The options; free text each.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Args {
    /// What the run is for, in words, for the manifest
    #[arg(long, value_name = "TEXT")]
    purpose: Option<String>,

    /// Who runs it, for the manifest
    #[arg(long, value_name = "NAME")]
    operator: Option<String>,

    /// For whom it is run, for the manifest
    #[arg(long, value_name = "NAME")]
    on_behalf_of: Option<String>,
}

impl Args {
    /// What was said.
    pub fn mandate(&self) -> Mandate {
        Mandate {
            purpose: self.purpose.clone(),
            operator: self.operator.clone(),
            on_behalf_of: self.on_behalf_of.clone(),
        }
    }
}

/// The time now, UTC, as `2026-01-31T12:00:00Z`.
pub fn now() -> String {
    chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// Names and digests of the files that a run read beside its shards.
///
/// # Errors
/// When one cannot be read any more.
pub fn inputs<'p>(files: impl IntoIterator<Item = (&'static str, &'p Path)>) -> Result<Vec<Input>> {
    let input = |(kind, path): (&'static str, &Path)| {
        let sha256 = path.is_file().then(|| custody::sha256_of(path)).transpose();
        let sha256 =
            sha256.map_err(|error| Error::request(format!("cannot read `{}`: {error}", shown(path))))?;
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Input { kind, file, sha256 })
    };
    files.into_iter().map(input).collect()
}
