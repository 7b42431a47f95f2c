//! The files of an evidence folder against its manifest: any byte that was changed, added or taken away is found.
//!
//! `manifest.json` has the SHA-256 of every other file, and `manifest.sha256` that of the manifest. Who changed a file can
//! change these two as well: only a seal, or a copy that somebody else keeps, shows that.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use rayon::prelude::*;
use serde_json::Value;

use crate::evidence::custody::PLAN_FILE;
use crate::evidence::kept::{self, Kept};
use crate::evidence::manifest::{DIGEST_FILE, FILE, digest_line};
use crate::evidence::output::digest_of;

/// The folder of a run that may go on: its parts, which are no evidence and are not listed.
const WORK: &str = ".shardproof";

/// How the names of the parts of a partition begin.
const KEPT: &str = "parts/";

/// A file that is not what the run wrote.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trouble {
    /// Its path from the evidence folder.
    pub file: String,
    /// What is wrong.
    pub what: String,
}

impl Trouble {
    /// Of this file.
    pub fn new(file: impl Into<String>, what: impl Into<String>) -> Trouble {
        Trouble { file: file.into(), what: what.into() }
    }
}

/// What the check came to.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// The manifest; `Null` when there is none that can be read.
    pub manifest: Value,
    /// Files that are as the manifest says, itself among them.
    pub unaltered: u64,
    /// Those that are not, in the order of their names.
    pub troubles: Vec<Trouble>,
    /// Parts of the run stand in the folder, which no manifest lists.
    pub has_parts: bool,
}

/// Checks the files in `folder`.
///
/// # Errors
/// When the folder cannot be looked into.
pub fn check(folder: &Path) -> io::Result<Checked> {
    let mut checked = Checked { has_parts: folder.join(WORK).exists(), ..Checked::default() };
    let mut known: BTreeSet<String> = [FILE, DIGEST_FILE].map(str::to_owned).into();
    match fs::read(folder.join(FILE)) {
        Ok(bytes) => {
            match fs::read(folder.join(DIGEST_FILE)) {
                Ok(digest) if digest == digest_line(&bytes).as_bytes() => checked.unaltered += 2,
                Ok(_) => {
                    let what = format!(
                        "is not the file whose SHA-256 `{DIGEST_FILE}` states: one of the two was changed"
                    );
                    checked.troubles.push(Trouble::new(FILE, what));
                }
                Err(error) => {
                    let what = format!("cannot be read, so nothing covers `{FILE}`: {error}");
                    checked.troubles.push(Trouble::new(DIGEST_FILE, what));
                }
            }
            match serde_json::from_slice(&bytes) {
                Ok(manifest) => checked.manifest = manifest,
                Err(error) => checked.troubles.push(Trouble::new(FILE, format!("is no JSON: {error}"))),
            }
        }
        Err(error) => checked.troubles.push(Trouble::new(FILE, format!("cannot be read: {error}"))),
    }
    let listed = checked.manifest.get("outputs").and_then(Value::as_array);
    let listed: &[Value] = listed.map(Vec::as_slice).unwrap_or_default();
    let compared: Vec<Option<Trouble>> = listed.par_iter().map(|output| compare(folder, output)).collect();
    known.extend(listed.iter().filter_map(|output| output.get("path")?.as_str()).map(str::to_owned));
    checked.unaltered += compared.iter().filter(|trouble| trouble.is_none()).count() as u64;
    checked.troubles.extend(compared.into_iter().flatten());
    // A redacted copy has no parts, and its plan is one of its outputs.
    let is_copy = checked.manifest.get("redactions").is_some();
    if !is_copy {
        checked.plan(folder, &mut known);
    }
    let has_kept = !is_copy && checked.kept(folder);
    let mut found = Vec::new();
    walk(folder, folder, &mut found)?;
    found.retain(|name| !(has_kept && name.starts_with(KEPT)));
    let strangers = found.into_iter().filter(|name| !known.contains(name));
    checked.troubles.extend(strangers.map(|name| Trouble::new(name, "is not listed in the manifest")));
    checked.troubles.sort();
    Ok(checked)
}

impl Checked {
    /// The plan that the run kept to, of which the manifest has the digest.
    fn plan(&mut self, folder: &Path, known: &mut BTreeSet<String>) {
        let Some(sha256) = self.manifest.pointer("/plan_followed/sha256").and_then(Value::as_str) else {
            return;
        };
        known.insert(PLAN_FILE.to_owned());
        match digest_of(&folder.join(PLAN_FILE)) {
            Ok((_, digest)) if digest == sha256 => self.unaltered += 1,
            Ok(_) => self.troubles.push(Trouble::new(PLAN_FILE, "is not the plan that the run kept to")),
            Err(error) => self.troubles.push(Trouble::new(PLAN_FILE, format!("cannot be read: {error}"))),
        }
    }

    /// The parts of a partition, which have a list of digests of their own. False when there are none.
    fn kept(&mut self, folder: &Path) -> bool {
        let kept = self.manifest.get("parts").cloned().unwrap_or_default();
        let Ok(kept) = serde_json::from_value::<Kept>(kept) else { return false };
        match kept::check(folder, &kept) {
            Ok(()) => self.unaltered += kept.files + 1,
            Err(error) => self.troubles.push(Trouble::new(kept::FOLDER, error.to_string())),
        }
        true
    }
}

/// A file that the manifest lists. `None` when it is as listed.
fn compare(folder: &Path, output: &Value) -> Option<Trouble> {
    let text = |name: &str| output.get(name).and_then(Value::as_str);
    let Some(name) = text("path") else { return Some(Trouble::new(FILE, "lists a file without a name")) };
    let trouble = |what: String| Some(Trouble::new(name, what));
    let path = Path::new(name);
    if !path.components().all(|part| matches!(part, Component::Normal(_))) {
        return trouble("is listed in the manifest and lies outside of the folder".to_owned());
    }
    let path = folder.join(path);
    match fs::symlink_metadata(&path) {
        Ok(state) if state.is_symlink() => return trouble("is a link, not a file".to_owned()),
        _ => {}
    }
    match digest_of(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => trouble("is missing".to_owned()),
        Err(error) => trouble(format!("cannot be read: {error}")),
        Ok((bytes, sha256)) => {
            let listed = (output.get("bytes").and_then(Value::as_u64), text("sha256"));
            match listed == (Some(bytes), Some(sha256.as_str())) {
                true => None,
                false => trouble(format!(
                    "is altered: {bytes} bytes with SHA-256 {sha256}, where the manifest states {} bytes with {}",
                    listed.0.unwrap_or_default(),
                    listed.1.unwrap_or("none")
                )),
            }
        }
    }
}

/// The files under `at`, by their paths from `folder`. An empty folder counts as a file, since nothing wrote it.
fn walk(folder: &Path, at: &Path, into: &mut Vec<String>) -> io::Result<()> {
    let mut entries: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(at)? {
        entries.push(entry?.path());
    }
    if entries.is_empty() && at != folder {
        into.extend(name(folder, at));
    }
    for path in entries {
        let is_folder = fs::symlink_metadata(&path)?.is_dir();
        match is_folder {
            true if path == folder.join(WORK) => {}
            true => walk(folder, &path, into)?,
            false => into.extend(name(folder, &path)),
        }
    }
    Ok(())
}

fn name(folder: &Path, path: &Path) -> Option<String> {
    let parts = path.strip_prefix(folder).ok()?.components();
    Some(parts.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/"))
}
