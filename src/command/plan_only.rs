//! A plan, written before the first byte of a shard is read, and the run that keeps to it.
//!
//! `scan --plan-only` writes `plan.json` and stops; the folder can be sealed, so that a time stamp vouches for the day.
//! A later `scan` into that folder, or with `--plan FILE` into another one, is refused when anything that decides the
//! result is different: who saw the results cannot choose the shards after them.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::ValueHint;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::cell::hex;
use crate::error::{Error, Result};
use crate::escape::{printable, shown};
use crate::evidence::custody::{self, Custody};
use crate::evidence::manifest::{self, Settings};
use crate::source::plan::Shard;

pub use crate::evidence::custody::PLAN_FILE as FILE;

/// The version of the plan's form.
const VERSION: u32 = 1;

/// Where the parts of a run under way stand; see [`super::folder`].
const BEGUN: &str = ".shardproof/run.json";

/// Differences that a message spells out.
const SPELT_OUT: usize = 5;

/// The options.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Args {
    /// Write `plan.json` into the folder, with the shards, the settings and the digests of all lists, and stop
    #[arg(long, conflicts_with = "plan")]
    plan_only: bool,

    /// A plan that `--plan-only` wrote: a run that would deviate from it is refused
    #[arg(long, value_name = "JSON", value_hint = ValueHint::FilePath)]
    plan: Option<PathBuf>,
}

/// A plan that a run keeps to.
pub struct Followed {
    bytes: Vec<u8>,
    /// SHA-256 of the plan, lower-case hexadecimal.
    pub sha256: String,
}

impl Args {
    /// True when the plan is all that is wanted.
    pub fn is_all(&self) -> bool {
        self.plan_only
    }

    /// The plan of this run, if it has one: given by name, or standing in the folder. Nothing is changed.
    ///
    /// # Errors
    /// A wrong request when the run would deviate from it.
    pub fn follow(&self, out: &Path, settings: &Settings, shards: &[Shard]) -> Result<Option<Followed>> {
        let standing = out.join(FILE);
        let Some(path) = self.plan.clone().or_else(|| standing.is_file().then(|| standing.clone())) else {
            return Ok(None);
        };
        let bytes = read(&path)?;
        if standing.is_file() && read(&standing)? != bytes {
            return Err(Error::request(format!(
                "`{}` is another plan than `{}`",
                shown(&path),
                shown(&standing)
            ))
            .hint("name a new folder with `--out`; nothing was changed"));
        }
        let is_begun = out.join(BEGUN).is_file() || out.join(manifest::FILE).is_file();
        if !standing.is_file() && is_begun {
            return Err(Error::request(format!("the run in `{}` was begun without a plan", shown(out)))
                .hint("name a new folder with `--out`; nothing was changed"));
        }
        let differences = differences(&path, &bytes, settings, shards)?;
        if !differences.is_empty() {
            let more = differences.len().saturating_sub(SPELT_OUT);
            let mut named = differences.into_iter().take(SPELT_OUT).collect::<Vec<_>>().join("; ");
            if more > 0 {
                named.push_str(&format!("; and {more} more"));
            }
            return Err(Error::request(format!(
                "the run deviates from the plan `{}` ({named})",
                shown(&path)
            ))
            .hint("keep to the plan, or write another one with `--plan-only`; nothing was read"));
        }
        Ok(Some(Followed { sha256: hex(&Sha256::digest(&bytes)), bytes }))
    }
}

impl Followed {
    /// Puts the plan into the folder of the run, before it reads anything.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, out: &Path) -> Result<()> {
        match out.join(FILE).is_file() {
            true => Ok(()),
            false => put(out, &self.bytes),
        }
    }
}

/// Writes the plan of a run with these settings into the folder.
///
/// # Errors
/// A wrong request when the folder holds anything; a failure when it cannot be written.
pub fn write(
    out: &Path,
    settings: &Settings,
    shards: &[Shard],
    command: &[String],
    custody: &Custody,
    written: &str,
) -> Result<()> {
    let stands = match fs::read_dir(out) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(Error::io("use the folder", out, &error)),
    };
    if stands {
        return Err(Error::request(format!("the output folder `{}` holds files already", shown(out)))
            .hint("name a new or empty folder with `--out`; nothing was changed"));
    }
    let (en, fr) = scope(settings);
    let mut plan = json!({
        "schema_version": VERSION,
        "tool": { "name": "shardproof", "version": settings.tool_version, "commit": env!("SHARDPROOF_COMMIT") },
        "written": written,
        "settings": settings,
        "shards": shards.iter().map(Shard::asked).collect::<Vec<_>>(),
        "command": command,
        "statement_of_scope": { "en": en, "fr": fr },
    });
    custody.add_to(&mut plan);
    if let Some(plan) = plan.as_object_mut() {
        plan.remove("plan_followed");
    }
    let text = serde_json::to_string_pretty(&plan).map_err(|error| Error::failure(error.to_string()))? + "\n";
    fs::create_dir_all(out).map_err(|error| Error::io("make the folder", out, &error))?;
    put(out, text.as_bytes())
}

fn put(out: &Path, bytes: &[u8]) -> Result<()> {
    let (path, aside) = (out.join(FILE), out.join("plan.json.tmp"));
    fs::write(&aside, bytes).map_err(|error| Error::io("write", &aside, &error))?;
    fs::rename(&aside, &path).map_err(|error| Error::io("write", &path, &error))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| {
        Error::request(format!("cannot read the plan `{}`: {error}", shown(path))).hint("nothing was read")
    })
}

/// In what a run would deviate from a plan.
fn differences(path: &Path, bytes: &[u8], settings: &Settings, shards: &[Shard]) -> Result<Vec<String>> {
    let unfit = |error: &dyn std::fmt::Display| {
        Error::request(format!("`{}` is no plan of this version: {error}", shown(path)))
            .hint("a plan is written by `shardproof scan --plan-only`")
    };
    let plan: Value = serde_json::from_slice(bytes).map_err(|error| unfit(&error))?;
    let planned = plan.get("settings").cloned().unwrap_or_default();
    let planned: Settings = serde_json::from_value(planned).map_err(|error| unfit(&error))?;
    let names = plan.get("shards").and_then(Value::as_array).ok_or_else(|| unfit(&"it lists no shards"))?;
    let names: BTreeSet<String> = names.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let given: BTreeSet<String> = shards.iter().map(Shard::asked).collect();
    let missing = names
        .difference(&given)
        .map(|name| format!("the shard `{}` is planned and not given", printable(name)));
    let added = given
        .difference(&names)
        .map(|name| format!("the shard `{}` is given and not planned", printable(name)));
    let mut found = planned.differences(settings);
    // The digest of the shard list says no more than the names do.
    let shards: Vec<String> = missing.chain(added).collect();
    if !shards.is_empty() {
        found.retain(|difference| !difference.starts_with("shards"));
    }
    if plan.pointer("/inputs/suffix_list").is_some_and(|planned| *planned != custody::suffix_list()) {
        found.push("the Public Suffix List is of another version".to_owned());
    }
    found.extend(shards);
    Ok(found)
}

/// What the plan is, in words.
fn scope(settings: &Settings) -> (String, String) {
    let shards = settings.shards;
    (
        format!(
            "Plan of a scan of {shards} shards, written before any of them was read. It shows which shards, lists and \
             settings were chosen; it says nothing about what the shards contain."
        ),
        format!(
            "Plan d'une analyse de {shards} fichiers, écrit avant la lecture du premier. Il montre quels fichiers, listes et \
             réglages ont été choisis ; il ne dit rien du contenu des fichiers."
        ),
    )
}
