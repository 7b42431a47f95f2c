//! Who ran what, on which machine, for whom: the part of a manifest that no digest of a shard depends on.
//!
//! Nothing of it enters an evidential table, and nothing is asked of the network. A password or a key that stands in the
//! command line is not repeated.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::sync::OnceLock;
use std::thread;

use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

use crate::cell::hex;

/// What takes the place of a secret.
const HIDDEN: &str = "***";

/// Words in the name of an option or of a parameter of an address whose value is a secret.
const SECRET: &[&str] =
    &["password", "secret", "token", "signature", "credential", "apikey", "api_key", "auth", "sig"];

/// The name of a plan in a folder.
pub const PLAN_FILE: &str = "plan.json";

/// What the user says about a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Mandate {
    /// What the run is for.
    pub purpose: Option<String>,
    /// Who runs it.
    pub operator: Option<String>,
    /// For whom.
    pub on_behalf_of: Option<String>,
}

/// A file that was read beside the shards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Input {
    /// What it is: `publisher_list`, `fingerprints`, `private`, `commons`, `calibration`.
    pub kind: &'static str,
    /// Its name, without the folder.
    pub file: String,
    /// SHA-256 of the file's bytes, lower-case hexadecimal. None for a pipe, which cannot be read twice, and where
    /// `content_sha256` stands instead.
    pub sha256: Option<String>,
    /// SHA-256 of a binary file of this tool without its last forty bytes, as these bytes state it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_sha256: Option<String>,
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Custody {
    /// What the user says.
    pub mandate: Mandate,
    /// The files beside the shards.
    pub inputs: Vec<Input>,
    /// SHA-256 of the plan that the run followed, if it followed one.
    pub plan: Option<String>,
}

impl Custody {
    /// Adds it to a manifest: new keys, and more of what `tool` and `environment` tell. `command` is cleaned of secrets.
    pub fn add_to(&self, manifest: &mut Value) {
        let Some(manifest) = manifest.as_object_mut() else { return };
        if let Some(command) = manifest.get_mut("command").and_then(Value::as_array_mut) {
            let words: Vec<String> = command.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            *command = without_secrets(&words).into_iter().map(Value::String).collect();
        }
        join(manifest, "tool", tool());
        join(manifest, "environment", environment());
        join(manifest, "inputs", json!({ "files": self.inputs, "suffix_list": suffix_list() }));
        if let Value::Object(mandate) = json!(self.mandate) {
            manifest.extend(mandate);
        }
        manifest.insert(
            "plan_followed".to_owned(),
            json!(self.plan.as_ref().map(|sha256| json!({ "sha256": sha256 }))),
        );
    }
}

fn join(manifest: &mut Map<String, Value>, key: &str, more: Value) {
    let there = manifest.entry(key.to_owned()).or_insert_with(|| json!({}));
    if let (Some(there), Value::Object(more)) = (there.as_object_mut(), more) {
        there.extend(more);
    }
}

/// The build: what `tool` says beside name, version and commit.
pub fn tool() -> Value {
    json!({
        "executable_sha256": executable_sha256(),
        "build_target": env!("SHARDPROOF_TARGET"),
        "build_profile": if cfg!(debug_assertions) { "debug" } else { "release" },
        "features": [],
    })
}

/// The Public Suffix List is compiled in; the version of the crate that holds it says which one.
pub fn suffix_list() -> Value {
    json!({ "crate": "psl", "version": env!("SHARDPROOF_PSL") })
}

/// SHA-256 of the program itself, once it is known.
static EXECUTABLE: OnceLock<Option<String>> = OnceLock::new();

/// Begins to hash the program, aside: the manifest wants it at the end, and by then another may stand in its place.
pub fn begin() {
    // Without a thread it is hashed where it is wanted.
    let _ = thread::Builder::new().name("program".to_owned()).spawn(executable_sha256);
}

/// SHA-256 of the program itself. A debug build is no release that anybody could compare, and large: it is left out.
fn executable_sha256() -> Option<String> {
    if cfg!(debug_assertions) {
        return None;
    }
    let hash = || std::env::current_exe().and_then(|path| sha256_of(&path)).ok();
    EXECUTABLE.get_or_init(hash).clone()
}

/// SHA-256 of a file, lower-case hexadecimal.
///
/// # Errors
/// When it cannot be read.
pub fn sha256_of(path: &Path) -> io::Result<String> {
    let (mut hash, mut file) = (Sha256::new(), BufReader::with_capacity(1 << 18, File::open(path)?));
    loop {
        let piece = file.fill_buf()?;
        if piece.is_empty() {
            return Ok(hex(&hash.finalize()));
        }
        hash.update(piece);
        let count = piece.len();
        file.consume(count);
    }
}

/// The machine: what `environment` says beside system, architecture and threads.
fn environment() -> Value {
    let wanted = RefreshKind::nothing()
        .with_cpu(CpuRefreshKind::nothing())
        .with_memory(MemoryRefreshKind::nothing().with_ram());
    let system = System::new_with_specifics(wanted);
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| std::env::var(name).ok());
    json!({
        "os_version": System::long_os_version(),
        "kernel": System::kernel_version(),
        "cpu": system.cpus().first().map(|cpu| cpu.brand().trim()),
        "cpus": system.cpus().len(),
        "memory_bytes": system.total_memory(),
        "locale": locale.filter(|locale| !locale.is_empty()),
        "timezone": iana_time_zone::get_timezone().ok(),
        "utc_offset": chrono::Local::now().format("%:z").to_string(),
    })
}

/// A command line without what must stay secret: the value of an option such as `--token`, the user's part of an address,
/// and parameters of an address that give access.
pub fn without_secrets(words: &[String]) -> Vec<String> {
    let mut hide_next = false;
    let clean = |word: &String| {
        if std::mem::take(&mut hide_next) {
            return HIDDEN.to_owned();
        }
        if let Some(option) = word.strip_prefix("--") {
            let (name, value) =
                option.split_once('=').map_or((option, None), |(name, value)| (name, Some(value)));
            if is_secret(name) && !name.ends_with("-file") {
                hide_next = value.is_none();
                return value.map_or_else(|| word.clone(), |_| format!("--{name}={HIDDEN}"));
            }
        }
        address_without_secrets(word)
    };
    words.iter().map(clean).collect()
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET.iter().any(|word| name.contains(word))
}

fn address_without_secrets(word: &str) -> String {
    let Some((scheme, rest)) = word.split_once("://") else { return word.to_owned() };
    let (place, query) = rest.split_once('?').map_or((rest, None), |(place, query)| (place, Some(query)));
    let (host, path) = place.split_at(place.find('/').unwrap_or(place.len()));
    let host = host.rsplit_once('@').map_or_else(|| host.to_owned(), |(_, host)| format!("{HIDDEN}@{host}"));
    let pair = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if is_secret(name) => format!("{name}={HIDDEN}"),
        _ => pair.to_owned(),
    };
    let query = query.map(|query| "?".to_owned() + &query.split('&').map(pair).collect::<Vec<_>>().join("&"));
    format!("{scheme}://{host}{path}{}", query.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_of_the_command_line_is_repeated() {
        let words = [
            "shardproof",
            "scan",
            "https://me:hunter2@host/a?x=1&X-Amz-Signature=hunter2&token=hunter2",
            "--s3-secret",
            "hunter2",
            "--api-token=hunter2",
            "--password-file",
            "pass.txt",
            "--private",
            "a.fpx",
            "s3://bucket/a@b.gz",
        ];
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        assert_eq!(
            without_secrets(&words)[2..].join(" "),
            "https://***@host/a?x=1&X-Amz-Signature=***&token=*** --s3-secret *** --api-token=*** --password-file pass.txt \
             --private a.fpx s3://bucket/a@b.gz"
        );
    }

    #[test]
    fn a_manifest_keeps_what_it_has_and_gets_more() {
        let mut manifest = json!({ "tool": { "name": "x" }, "command": ["a", "--token", "b"] });
        let custody = Custody { plan: Some("ab".into()), ..Custody::default() };
        custody.add_to(&mut manifest);
        assert_eq!(manifest["tool"]["name"], "x");
        assert_eq!(manifest["command"], json!(["a", "--token", "***"]));
        assert_eq!(manifest["plan_followed"]["sha256"], "ab");
        assert!(manifest["environment"]["cpus"].as_u64().unwrap() > 0);
        assert!(manifest["inputs"]["suffix_list"]["version"].as_str().unwrap().starts_with("2."));
        assert!(manifest["tool"]["build_target"].as_str().unwrap().contains('-'));
    }

    #[test]
    fn the_digest_of_a_file_is_that_of_its_bytes() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "abc").unwrap();
        assert!(sha256_of(file.path()).unwrap().starts_with("ba7816bf8f01cfea"));
    }
}
