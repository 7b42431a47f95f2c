//! `shardproof redact`: a copy of the evidence that is fit for sharing.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::ValueHint;
use serde_json::{Value, json};

use super::{display, outside};
use crate::bag::{PAYLOAD, check, files};
use crate::error::{Error, Result};
use crate::escape::{printable_line, shown};
use crate::evidence::{custody, manifest};
use crate::exit::Exit;
use crate::redact::{Redacted, json, table};

const EXAMPLES: &str = "\
Examples:
  shardproof redact evidence/ --out shared/
  shardproof redact evidence/ --out shared/ && shardproof seal shared/ --key publisher.key

Taken out: query strings and fragments of addresses, excerpts, addresses of servers, `records/`, and files that are
neither tables nor JSON. `manifest.json` of the copy names all of it and has the digest of the original's manifest.
Rows keep their ids. The original may be sealed; it is not changed.
Exit codes: 0 copied, 1 not possible, 2 wrong request.";

/// Options of `redact`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The evidence folder, sealed or not
    #[arg(value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    folder: PathBuf,

    /// Folder for the copy: new or empty
    #[arg(short, long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    out: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// A wrong request, or a copy that cannot be written.
pub fn run(args: &Args) -> Result<Exit> {
    let from = origin(&args.folder)?;
    let original = read_manifest(&from)?;
    refuse_full(&args.out)?;
    outside::check(&args.out, &args.folder)?;
    fs::create_dir_all(&args.out).map_err(|error| Error::io("make the folder", &args.out, &error))?;
    let (mut redacted, mut outputs, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
    for path in files::below(&from)? {
        let ending = path.rsplit_once('.').map(|(_, ending)| ending);
        match ending.filter(|_| !path.contains('/')) {
            Some("csv") => {
                let (file, rows) = copy_table(&from, &args.out, &path)?;
                outputs.push(written(&args.out, &path, Some(rows))?);
                redacted.push(file);
            }
            _ if [manifest::FILE, manifest::DIGEST_FILE].contains(&path.as_str()) => {}
            Some("json") => {
                redacted.push(copy_json(&from, &args.out, &path)?);
                outputs.push(written(&args.out, &path, None)?);
            }
            _ => left_out.push(path),
        }
    }
    let cells: u64 = redacted.iter().flat_map(|file| file.cells.values()).sum();
    write_manifest(&args.out, &from, original, &redacted, &outputs, &left_out)?;
    let line = format!(
        "copied into `{}`: {} files with {} cells changed or emptied, {} files left out; `{}` names them",
        shown(&args.out),
        display::count(redacted.len() as u64),
        display::count(cells),
        display::count(left_out.len() as u64),
        manifest::FILE
    );
    let _ = writeln!(io::stderr(), "{}", printable_line(&line));
    Ok(Exit::AllExamined)
}

/// The folder in which the tables stand.
fn origin(folder: &Path) -> Result<PathBuf> {
    let from = if check::is_bag(folder) { folder.join(PAYLOAD) } else { folder.to_owned() };
    match from.join(manifest::FILE).is_file() {
        true => Ok(from),
        false => Err(Error::request(format!("`{}` is no finished evidence folder", shown(folder)))
            .hint("name a folder that `scan` has completed; nothing was written")),
    }
}

fn read_manifest(from: &Path) -> Result<Value> {
    let path = from.join(manifest::FILE);
    let bytes = fs::read(&path).map_err(|error| Error::io("read", &path, &error))?;
    let value: Value = serde_json::from_slice(&bytes)
        .map_err(|error| Error::request(format!("`{}` is no manifest: {error}", shown(&path))))?;
    match value.is_object() {
        true => Ok(value),
        false => Err(Error::request(format!("`{}` is no manifest", shown(&path)))),
    }
}

fn refuse_full(out: &Path) -> Result<()> {
    match fs::read_dir(out).map(|mut entries| entries.next().is_none()) {
        Ok(false) => Err(Error::request(format!("the folder `{}` holds files already", shown(out)))
            .hint("name a new or empty folder with `--out`; nothing was changed")),
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::io("use the folder", out, &error))
        }
        _ => Ok(()),
    }
}

fn copy_table(from: &Path, out: &Path, path: &str) -> Result<(Redacted, u64)> {
    let (source, target) = (from.join(path), out.join(path));
    let copied = || {
        let writer = BufWriter::new(File::create(&target)?);
        table::copy(BufReader::new(File::open(&source)?), writer)
    };
    let (rows, cells) = copied().map_err(|error| Error::io("copy", &source, &error))?;
    Ok((redacted(&source, path, cells)?, rows))
}

fn copy_json(from: &Path, out: &Path, path: &str) -> Result<Redacted> {
    let source = from.join(path);
    let bytes = fs::read(&source).map_err(|error| Error::io("read", &source, &error))?;
    let mut value: Value = serde_json::from_slice(&bytes).map_err(|error| {
        Error::request(format!("`{}` is no JSON: {error}", shown(&source))).hint("take the file away")
    })?;
    let count = json::shorten(&mut value);
    write(&out.join(path), &value)?;
    redacted(&source, path, BTreeMap::from([("strings".to_owned(), count)]))
}

fn redacted(source: &Path, path: &str, mut cells: BTreeMap<String, u64>) -> Result<Redacted> {
    let original_sha256 = custody::sha256_of(source).map_err(|error| Error::io("read", source, &error))?;
    cells.retain(|_, count| *count > 0);
    Ok(Redacted { path: path.to_owned(), original_sha256, cells })
}

/// A file of the copy, as the manifest lists it.
fn written(out: &Path, path: &str, rows: Option<u64>) -> Result<Value> {
    let file = files::hash(out, path)?;
    Ok(json!({ "path": path, "rows": rows, "bytes": file.bytes, "sha256": file.digests.first() }))
}

fn write_manifest(
    out: &Path,
    from: &Path,
    mut manifest: Value,
    redacted: &[Redacted],
    outputs: &[Value],
    left_out: &[String],
) -> Result<()> {
    let source = from.join(manifest::FILE);
    let original = custody::sha256_of(&source).map_err(|error| Error::io("read", &source, &error))?;
    let strings = json::shorten(&mut manifest);
    for (language, words) in [("en", " This is a redacted copy."), ("fr", " Ceci est une copie expurgée.")] {
        if let Some(Value::String(scope)) = manifest.pointer_mut(&format!("/statement_of_scope/{language}")) {
            scope.push_str(words);
        }
    }
    if let Some(manifest) = manifest.as_object_mut() {
        manifest.insert("outputs".to_owned(), json!(outputs));
        manifest.insert(
            "redactions".to_owned(),
            json!({
                "tool": { "name": "shardproof", "version": env!("CARGO_PKG_VERSION"), "commit": env!("SHARDPROOF_COMMIT") },
                "original_manifest_sha256": original,
                "manifest_strings": strings,
                "taken_out": {
                    "en": "Query strings and fragments of addresses, excerpts, addresses of servers, kept records and the files under left_out.",
                    "fr": "Les paramètres et fragments des adresses, les extraits, les adresses des serveurs, les enregistrements conservés et les fichiers cités sous left_out.",
                },
                "files": redacted,
                "left_out": left_out,
            }),
        );
    }
    let text =
        serde_json::to_string_pretty(&manifest).map_err(|error| Error::failure(error.to_string()))? + "\n";
    // The manifest is written last: a copy without it is not complete.
    put(&out.join(manifest::DIGEST_FILE), &manifest::digest_line(text.as_bytes()))?;
    put(&out.join(manifest::FILE), &text)
}

fn put(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|error| Error::io("write", path, &error))
}

fn write(path: &Path, value: &Value) -> Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Error::failure(error.to_string()))? + "\n";
    put(path, &text)
}
