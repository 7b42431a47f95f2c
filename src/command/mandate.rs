//! What the user says about a run, for the manifest.

use std::path::Path;

use crate::error::{Error, Result};
use crate::escape::shown;
use crate::evidence::custody::{self, Input, Mandate};
use crate::fingerprint::binary;

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

/// Names and digests of the files that a run read beside its shards. Of a binary file of this tool, whose fast sum is
/// checked when it is opened, the digest is the one that it states.
///
/// # Errors
/// When one cannot be read any more.
pub fn inputs<'p>(files: impl IntoIterator<Item = (&'static str, &'p Path)>) -> Result<Vec<Input>> {
    let input = |(kind, path): (&'static str, &Path)| {
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let unread = |error| Error::request(format!("cannot read `{}`: {error}", shown(path)));
        let mut input = Input { kind, file, sha256: None, content_sha256: None };
        if path.is_file() {
            // The fingerprints of a million articles would take longer to hash than a shard to scan.
            input.content_sha256 = binary::stated_sha256(path).map_err(unread)?;
            if input.content_sha256.is_none() {
                input.sha256 = Some(custody::sha256_of(path).map_err(unread)?);
            }
        }
        Ok(input)
    };
    files.into_iter().map(input).collect()
}
