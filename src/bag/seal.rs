//! Sealing: a folder becomes a bag where it stands.
//!
//! ```text
//! 1  all files are hashed, and held against the digests in the manifest      nothing is changed so far
//! 2  `.sealing/` is made                                                      from here on the folder is being sealed
//! 3  every entry is renamed into `data/`
//! 4  tag files are written into `.sealing/`, then renamed into place
//! 5  `.sealing/` is removed                                                   sealed
//! ```
//!
//! A process that dies leaves a folder that the same command finishes: files still beside `data/` are moved, and the tag
//! files, which hold nothing that cannot be computed again, are written anew.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::files::{self, Hashed};
use super::info::{self, Info};
use super::signature::Key;
use super::{
    DECLARATION, DECLARATION_TEXT, INFO, MANIFESTS, PAYLOAD, QUERY, RESERVED, ROOT, SEALING, SIGNATURE,
    TAG_MANIFESTS, list, query,
};
use crate::cell::hex;
use crate::error::{Error, Result};
use crate::escape::{printable, shown};
use crate::evidence::{kept, manifest};

/// The folder of a run under way, and its lock.
const WORK: &str = ".shardproof";
const RUN: &str = "run.json";
const LOCK: &str = "lock";
/// A plan, written before the first byte of a shard was read.
const PLAN: &str = "plan.json";

/// What the user says about the bag.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// The program, with version and commit.
    pub agent: String,
    /// Time of sealing, as `2026-01-31T12:00:00Z`.
    pub time: String,
    /// What the user has to say.
    pub comment: Option<String>,
    /// Whose bag it is.
    pub organization: Option<String>,
}

/// A bag that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// SHA-256 of the root, lower-case hexadecimal: what signature and time stamp are about.
    pub root: String,
    /// Payload files and bytes.
    pub files: usize,
    /// See `files`.
    pub bytes: u64,
    /// The parts of a run with gaps were removed: it cannot go on any more.
    pub parts_removed: bool,
}

/// Turns `folder` into a bag, or finishes what another process began.
///
/// # Errors
/// A wrong request when it is no finished evidence folder or plan, is a bag already, or does not hold what its manifest
/// says; nothing is changed then. A failure when it cannot be written; the same command goes on then.
pub fn seal(folder: &Path, wishes: &Wishes, key: Option<&Key>) -> Result<Sealed> {
    let begun = folder.join(SEALING).is_dir();
    if !begun {
        refuse_unfit(folder)?;
    }
    let _run = lock_run(folder)?;
    if !begun {
        refuse_empty(folder)?;
    }
    let paths = loose(folder)?;
    let loose_files: Vec<String> = paths.iter().filter(|path| !path.starts_with("data/")).cloned().collect();
    let hashed = files::hash_all(folder, &paths)?;
    let payload: Vec<Hashed> = hashed
        .into_iter()
        .map(|file| match file.path.starts_with("data/") {
            true => file,
            false => Hashed { path: format!("{PAYLOAD}/{}", file.path), ..file },
        })
        .collect();
    let descriptions = described(folder, &payload)?;
    let work = folder.join(SEALING);
    let io = |path: &Path| {
        let path = path.to_owned();
        move |error: io::Error| Error::io("write", &path, &error)
    };
    fs::create_dir_all(&work).map_err(io(&work))?;
    let lock = lock(&work.join(LOCK))?;
    let parts_removed = remove_parts(folder)?;
    move_into_payload(folder, &loose_files)?;

    let nonce = getrandom::u64().map_err(|error| Error::failure(format!("no random number: {error}")))?;
    let info = Info {
        agent: wishes.agent.clone(),
        date: wishes.time.get(..10).unwrap_or_default().to_owned(),
        descriptions,
        comment: wishes.comment.clone(),
        oxum: info::oxum(&payload),
        organization: wishes.organization.clone(),
        key: key.map(Key::public),
        nonce,
    };
    let root = tag_files(&work, &payload, &info)?;
    let digest = files::hash_bytes(ROOT, root.as_bytes()).digests[0].clone();
    if let Some(key) = key {
        let comment = format!("{} {} SHA-256 of {ROOT}: {digest}", wishes.time, wishes.agent);
        write(&work.join(SIGNATURE), key.sign(root.as_bytes(), &comment)?.as_bytes())?;
    }
    write(&work.join(QUERY), &query::render(root.as_bytes(), nonce))?;
    // A signature of an earlier attempt belongs to an earlier root.
    remove_if_there(&folder.join(SIGNATURE))?;
    for name in RESERVED {
        let made = work.join(name);
        if made.exists() {
            fs::rename(&made, folder.join(name)).map_err(io(&folder.join(name)))?;
        }
    }
    sync(folder);
    drop(lock);
    fs::remove_dir_all(&work).map_err(|error| Error::io("remove", &work, &error))?;
    Ok(Sealed {
        root: digest,
        files: payload.len(),
        bytes: payload.iter().map(|file| file.bytes).sum(),
        parts_removed,
    })
}

/// Refuses a folder that is no finished evidence, or is a bag.
fn refuse_unfit(folder: &Path) -> Result<()> {
    let name = shown(folder);
    if !folder.is_dir() {
        return Err(
            Error::request(format!("`{name}` is no folder")).hint("name the folder that `--out` named")
        );
    }
    if folder.join(DECLARATION).exists() && folder.join(PAYLOAD).is_dir() {
        return Err(Error::request(format!("`{name}` is sealed already; nothing was changed"))
            .hint("`shardproof unseal` checks it, `shardproof seal --attach` adds the answer of a time-stamp authority"));
    }
    let (complete, begun) = (folder.join(manifest::FILE).is_file(), folder.join(WORK).join(RUN).is_file());
    if !complete && begun {
        return Err(Error::request(format!("the run in `{name}` is not finished; nothing was changed"))
            .hint("the same `scan` command goes on"));
    }
    if !complete && !folder.join(PLAN).is_file() {
        return Err(Error::request(format!(
            "`{name}` is no finished evidence folder: it has neither `{}` nor `{PLAN}`",
            manifest::FILE
        ))
        .hint("finish the run first: the same `scan` command goes on"));
    }
    match RESERVED.iter().find(|reserved| folder.join(reserved).exists()) {
        Some(reserved) => {
            Err(Error::request(format!("`{name}` holds `{reserved}`, a name that a bag needs for itself"))
                .hint("move that file elsewhere"))
        }
        None => Ok(()),
    }
}

/// Refuses folders without anything in them: a bag lists files, so they would be left behind without a word, or stand in
/// it without anything that vouches for them.
fn refuse_empty(folder: &Path) -> Result<()> {
    match files::look(folder)?.empty.into_iter().find(|path| path.split('/').next() != Some(WORK)) {
        None => Ok(()),
        Some(path) => Err(Error::request(format!(
            "`{}` is an empty folder, which a bag cannot hold; nothing was changed",
            shown(&folder.join(path))
        ))
        .hint("remove it: the run did not write it, and a seal would not tell that it was there")),
    }
}

/// The payload as it stands now: what is still loose, and what is in `data/` already. Folders of runs and of sealing are
/// none of it, nor are the tag files of a bag under way.
fn loose(folder: &Path) -> Result<Vec<String>> {
    let all = files::below(folder)?;
    let is_own = |path: &str| {
        let first = path.split('/').next().unwrap_or(path);
        first == WORK || first == SEALING || (first != PAYLOAD && RESERVED.contains(&first))
    };
    Ok(all.into_iter().filter(|path| !is_own(path)).collect())
}

/// The statements of scope of the manifest or the plan, after the payload was held against the digests in it.
fn described(folder: &Path, payload: &[Hashed]) -> Result<Vec<String>> {
    let at = |name: &str| {
        [folder.join(name), folder.join(PAYLOAD).join(name)].into_iter().find(|path| path.is_file())
    };
    let Some(path) = at(manifest::FILE).or_else(|| at(PLAN)) else {
        return Err(Error::request(format!("`{}` holds no `{}`", shown(folder), manifest::FILE)));
    };
    let bytes = fs::read(&path).map_err(|error| Error::io("read", &path, &error))?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|error| {
        Error::request(format!("`{}` is no manifest: {error}", shown(&path)))
            .hint("run `scan` again into a new folder")
    })?;
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    refuse_altered(&path, &bytes, &value, payload, |name| at(name).map(fs::read))?;
    let scope = value.get("statement_of_scope");
    Ok(["en", "fr"]
        .iter()
        .map(|language| text(scope.and_then(|scope| scope.get(language))))
        .filter(|text| !text.is_empty())
        .collect())
}

/// Refuses files that are not those that the manifest at `path` lists, or that are missing: nobody could tell afterwards
/// whether they were so when they were sealed. `read` gives the bytes of a file by its name.
fn refuse_altered(
    path: &Path,
    bytes: &[u8],
    manifest: &Value,
    payload: &[Hashed],
    read: impl Fn(&str) -> Option<io::Result<Vec<u8>>>,
) -> Result<()> {
    let named = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let refuse = |what: String| {
        Err(Error::request(format!("{what}; nothing was changed"))
            .hint("seal the folder as the run left it; `scan` with the same options and a new folder makes it again"))
    };
    let mut listed = listed(manifest);
    if named == manifest::FILE {
        let line = manifest::digest_line(bytes);
        listed.insert(manifest::DIGEST_FILE.to_owned(), hex(&Sha256::digest(line)));
    }
    let sums = format!("{}/{}", kept::FOLDER, kept::SUMS);
    if let (true, Some(sums)) = (listed.contains_key(&sums), read(&sums)) {
        let sums = sums.map_err(|error| Error::io("read", path, &error))?;
        listed.extend(
            kept::listed(&sums).into_iter().map(|(name, sum)| (format!("{}/{name}", kept::FOLDER), sum)),
        );
    }
    let there: BTreeMap<&str, &str> = payload
        .iter()
        .filter_map(|file| Some((file.path.strip_prefix("data/")?, file.digests.first()?.as_str())))
        .collect();
    for (name, digest) in &listed {
        let state = match there.get(name.as_str()) {
            Some(stands) if stands == digest => continue,
            Some(_) => "is not the file",
            None => "is missing",
        };
        return refuse(format!("`{}` {state} that `{}` names", printable(name), shown(path)));
    }
    Ok(())
}

/// What a manifest lists, with the SHA-256 of each file: its outputs, a plan that was kept to, the list of kept parts. A
/// redacted copy has no parts, and a plan of its own among its outputs.
fn listed(manifest: &Value) -> BTreeMap<String, String> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let outputs = manifest.get("outputs").and_then(Value::as_array).into_iter().flatten();
    let outputs = outputs.map(|output| (text(output.get("path")), text(output.get("sha256"))));
    let at = |name: String, pointer: &str| {
        let digest = manifest.pointer(pointer).and_then(Value::as_str);
        digest.filter(|_| manifest.get("redactions").is_none()).map(|digest| (name, digest.to_owned()))
    };
    outputs
        .chain(at(PLAN.to_owned(), "/plan_followed/sha256"))
        .chain(at(format!("{}/{}", kept::FOLDER, kept::SUMS), "/parts/sha256sums"))
        .collect()
}

/// A run with gaps keeps its parts so that it can go on. It is held while the folder is sealed.
fn lock_run(folder: &Path) -> Result<Option<File>> {
    match folder.join(WORK).is_dir() {
        true => lock(&folder.join(WORK).join(LOCK)).map(Some),
        false => Ok(None),
    }
}

fn lock(path: &Path) -> Result<File> {
    let file = File::create(path).map_err(|error| Error::io("write", path, &error))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(Error::request(format!(
            "another process is at work in `{}`",
            shown(path.parent().and_then(Path::parent).unwrap_or(path))
        ))
        .hint("wait until it has ended")),
        // Some network file systems have no locks.
        _ => Ok(file),
    }
}

/// The parts say nothing that the tables do not say.
fn remove_parts(folder: &Path) -> Result<bool> {
    let work = folder.join(WORK);
    match fs::remove_dir_all(&work) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::io("remove", &work, &error)),
    }
}

fn move_into_payload(folder: &Path, loose: &[String]) -> Result<()> {
    let data = folder.join(PAYLOAD);
    for path in loose {
        let (from, to) = (folder.join(path), data.join(path));
        let above = to.parent().map_or_else(|| data.clone(), PathBuf::from);
        fs::create_dir_all(&above).map_err(|error| Error::io("make", &above, &error))?;
        fs::rename(&from, &to).map_err(|error| Error::io("move", &from, &error))?;
    }
    // What is left of the folders is empty, also where a process that died moved the files: there was no empty one before.
    loop {
        let empty = files::look(folder)?.empty;
        let left: Vec<String> = empty
            .into_iter()
            .filter(|path| !matches!(path.split('/').next(), Some(SEALING | PAYLOAD)))
            .collect();
        let removed = left.iter().filter(|path| fs::remove_dir(folder.join(path)).is_ok()).count();
        if removed == 0 {
            break;
        }
    }
    sync(&data);
    Ok(())
}

/// Writes declaration, info, manifests and tag manifests into `work`, and returns the text of the root.
fn tag_files(work: &Path, payload: &[Hashed], info: &Info) -> Result<String> {
    let texts = [
        (DECLARATION, DECLARATION_TEXT.to_owned()),
        (INFO, info.render()),
        (MANIFESTS[0], list::render(payload, 0)),
        (MANIFESTS[1], list::render(payload, 1)),
    ];
    let tags: Vec<Hashed> =
        texts.iter().map(|(name, text)| files::hash_bytes(name, text.as_bytes())).collect();
    for (name, text) in &texts {
        write(&work.join(name), text.as_bytes())?;
    }
    for (algorithm, name) in TAG_MANIFESTS.iter().enumerate() {
        write(&work.join(name), list::render(&tags, algorithm).as_bytes())?;
    }
    Ok(list::render(&tags, 0))
}

/// Writes a file that is on the disk when this returns.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let written =
        File::create(path).and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.map_err(|error| Error::io("write", path, &error))
}

fn remove_if_there(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::io("remove", path, &error)),
        _ => Ok(()),
    }
}

/// Renames are on the disk when their folder is. Not every system can do that, and none loses them while it runs.
fn sync(folder: &Path) {
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}
