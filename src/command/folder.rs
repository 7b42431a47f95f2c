//! The evidence folder: whose it is, and whether a run may start or go on in it.
//!
//! ```text
//! no folder, or an empty one    a run starts
//! run.json of equal settings    the run goes on
//! run.json of other settings    refused
//! manifest.json                 complete; refused unless it is the same run
//! plan.json                     a run starts that keeps to it
//! anything else                 refused, and left as it is
//! ```

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use super::plan_only;
use crate::error::{Error, Result};
use crate::escape::shown;
use crate::evidence::manifest::{self, Settings};

/// The folder of a run under way, in the evidence folder: its settings and its parts.
const WORK: &str = ".shardproof";
const SETTINGS: &str = "run.json";
const LOCK: &str = "lock";

/// An evidence folder that this process may write to.
pub struct Folder {
    work: PathBuf,
    _lock: File,
}

/// What stands in the folder that the user named.
pub enum State {
    /// A run may start or go on.
    Open(Folder),
    /// The same run is complete, with this exit code.
    Complete(u8),
}

impl Folder {
    /// Opens `out` for a run with these settings.
    ///
    /// # Errors
    /// A wrong request when the folder belongs to something else; a failure when it cannot be written. Nothing that
    /// stood there is touched.
    pub fn open(out: &Path, settings: &Settings) -> Result<State> {
        let work = out.join(WORK);
        let stands = match fs::read_dir(out) {
            Ok(mut entries) => entries.next().is_some(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
            Err(error) => return Err(unusable(out, &error)),
        };
        let begun = stands && work.join(SETTINGS).is_file();
        if let Some((earlier, exit)) = manifest::finished(out) {
            refuse_others(out, &earlier, settings)?;
            if !begun {
                // A process that died while it tidied up leaves parts that no run needs.
                return match fs::remove_dir_all(&work) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        Err(Error::io("remove", &work, &error))
                    }
                    _ => Ok(State::Complete(exit)),
                };
            }
        } else if begun {
            refuse_others(out, &read_settings(&work.join(SETTINGS))?, settings)?;
        } else if stands && !is_only_work(out) {
            return Err(Error::request(format!(
                "the output folder `{}` holds files that are not of a run",
                shown(out)
            ))
            .hint("name a new or empty folder with `--out`; nothing was changed"));
        }
        fs::create_dir_all(&work).map_err(|error| unusable(out, &error))?;
        let lock = lock(out, &work.join(LOCK))?;
        if !begun {
            write_settings(&work, settings)?;
        }
        Ok(State::Open(Folder { work, _lock: lock }))
    }

    /// Where the parts stand.
    pub fn parts(&self) -> &Path {
        &self.work
    }

    /// Removes the parts, when the tables say all that they say.
    ///
    /// # Errors
    /// When they cannot be removed.
    pub fn clean(self) -> Result<()> {
        // Without its settings the folder is nobody's, so what is left after a crash in here is only rubbish.
        let settings = self.work.join(SETTINGS);
        fs::remove_file(&settings).map_err(|error| Error::io("remove", &settings, &error))?;
        fs::remove_dir_all(&self.work).map_err(|error| Error::io("remove", &self.work, &error))
    }
}

/// A process that died before it wrote its settings leaves nothing but an empty work folder; a plan may stand there from
/// the beginning.
fn is_only_work(out: &Path) -> bool {
    let Ok(entries) = fs::read_dir(out) else { return false };
    entries.flatten().all(|entry| entry.file_name() == WORK || entry.file_name() == plan_only::FILE)
}

fn refuse_others(out: &Path, earlier: &Settings, settings: &Settings) -> Result<()> {
    let differences = earlier.differences(settings);
    if differences.is_empty() {
        return Ok(());
    }
    Err(Error::request(format!(
        "the output folder `{}` belongs to a run with other settings ({})",
        shown(out),
        differences.join("; ")
    ))
    .hint("go on with the settings of that run, or name another folder with `--out`; nothing was changed"))
}

fn read_settings(path: &Path) -> Result<Settings> {
    let bytes = fs::read(path).map_err(|error| Error::io("read", path, &error))?;
    serde_json::from_slice(&bytes).map_err(|error| {
        Error::request(format!("`{}` is not of this version: {error}", shown(path)))
            .hint("name another folder with `--out`; nothing was changed")
    })
}

fn write_settings(work: &Path, settings: &Settings) -> Result<()> {
    let (path, aside) = (work.join(SETTINGS), work.join("run.json.tmp"));
    let text = serde_json::to_string_pretty(settings).map_err(|error| Error::failure(error.to_string()))?;
    fs::write(&aside, text + "\n").map_err(|error| Error::io("write", &aside, &error))?;
    fs::rename(&aside, &path).map_err(|error| Error::io("write", &path, &error))
}

/// Two processes in one folder would write over each other. The lock goes with the process, however it ends.
fn lock(out: &Path, path: &Path) -> Result<File> {
    let file = File::create(path).map_err(|error| unusable(out, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(Error::request(format!("another run is at work in the output folder `{}`", shown(out))))
        }
        // Some network file systems have no locks; a run there is possible all the same.
        Err(TryLockError::Error(_)) => Ok(file),
    }
}

fn unusable(out: &Path, error: &std::io::Error) -> Error {
    Error::request(format!("cannot use the output folder `{}`: {error}", shown(out)))
        .hint("name a folder that can be written with `--out`; nothing was read")
}
