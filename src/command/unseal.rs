//! `shardproof unseal`: checks a sealed folder, and changes nothing.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::ValueHint;

use super::display;
use crate::bag::check::{self, Checked, Signed, Stamped};
use crate::bag::{ROOT, signature};
use crate::error::{Error, Result};
use crate::escape::{printable, printable_line, shown};
use crate::exit::Exit;

const EXAMPLES: &str = "\
Examples:
  shardproof unseal evidence/
  shardproof unseal evidence/ --public-key publisher.pub

Every file is read and held against all digests; the signature, the query and the time stamp are checked. What does not
hold is named on standard output, one line a file. Nothing is changed: the evidence is read from `data/`.
Exit codes: 0 all holds, 1 not possible, 2 wrong request, 4 something does not hold.";

/// Options of `unseal`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The sealed folder
    #[arg(value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    folder: PathBuf,

    /// Public key that must have signed: the Base64 line or the file of minisign [default: the one that the bag names]
    #[arg(long, value_name = "KEY")]
    public_key: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// A wrong request, or a file that cannot be read.
pub fn run(args: &Args) -> Result<Exit> {
    let key = args.public_key.as_deref().map(public_key).transpose()?;
    let checked = check::check(&args.folder, key.as_ref())?;
    let mut out = String::new();
    for trouble in &checked.troubles {
        out.push_str(&format!(
            "{}: {}: {}\n",
            trouble.kind.name(),
            printable(&trouble.path),
            printable(&trouble.reason)
        ));
    }
    match io::stdout().write_all(out.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            return Err(Error::failure(format!("cannot write to standard output: {error}")));
        }
        _ => {}
    }
    for line in said(&args.folder, &checked) {
        let _ = writeln!(io::stderr(), "{}", printable_line(&line));
    }
    Ok(if checked.troubles.is_empty() { Exit::AllExamined } else { Exit::CheckFailed })
}

/// What was checked and what it shows, in words.
fn said(folder: &Path, checked: &Checked) -> Vec<String> {
    let name = shown(folder);
    let files = format!(
        "{} payload files, {} bytes",
        display::count(checked.files as u64),
        display::count(checked.bytes)
    );
    let first = match checked.troubles.len() {
        0 => format!("`{name}` is as it was sealed: {files}; SHA-256 of `{ROOT}`: {}", checked.root),
        count => format!("`{name}` is not as it was sealed: {count} files are altered, missing or added"),
    };
    let signed = match &checked.signed {
        Signed::No => "not signed".to_owned(),
        Signed::By { key, comment, expected } => format!(
            "signed by the key {key}{}: {}",
            if *expected {
                ", which is the one given"
            } else {
                ", which only the bag itself names (compare it with `--public-key`)"
            },
            printable(comment)
        ),
        Signed::Broken => "the signature does not hold or cannot be judged".to_owned(),
    };
    let stamped = match &checked.stamped {
        Stamped::No => "no time stamp; the query for one is there".to_owned(),
        Stamped::At(stamp) => format!(
            "stamped at {}; {}; whether the authority is to be trusted, `openssl ts -verify` tells",
            printable(&stamp.time),
            match &stamp.unchecked {
                None => "the signature holds with the certificate in it".to_owned(),
                Some(reason) => format!("the signature was not checked here ({})", printable(reason)),
            }
        ),
        Stamped::Broken => "the time stamp does not hold or cannot be judged".to_owned(),
    };
    vec![first, signed, stamped]
}

fn public_key(given: &str) -> Result<minisign::PublicKey> {
    let text = match fs::read_to_string(given) {
        Ok(text) => text,
        Err(_) => given.to_owned(),
    };
    signature::public_key(&text).ok_or_else(|| {
        Error::request(format!(
            "`--public-key {}` is neither a minisign key nor a file with one",
            printable(given)
        ))
        .hint("give the line that begins with `RW`, or the path of the `.pub` file")
    })
}
