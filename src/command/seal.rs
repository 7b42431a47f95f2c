//! `shardproof seal`: a finished evidence folder becomes a bag, with a signature and a time-stamp query.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::ValueHint;

use super::{display, mandate};
use crate::bag::attach;
use crate::bag::seal::{self, Sealed, Wishes};
use crate::bag::signature::{Key, Locked};
use crate::bag::{QUERY, ROOT, SIGNATURE};
use crate::error::{Error, Result};
use crate::escape::{printable, printable_line, shown};
use crate::exit::Exit;

const EXAMPLES: &str = "\
Examples:
  Seal and sign:
      shardproof seal evidence/ --key publisher.key

  Have it stamped by a time-stamp authority, and add its answer:
      curl -s -H 'Content-Type: application/timestamp-query' \\
          --data-binary @evidence/tagmanifest-sha256.txt.tsq https://tsa.example/ > answer.tsr
      shardproof seal evidence/ --attach answer.tsr

The files move into `data/`; nothing leaves the machine. Sealing is final: a run with gaps that is sealed cannot go on
any more. A process that was ended in the middle is finished by the same command.
Exit codes: 0 sealed or attached, 1 not possible, 2 wrong request; nothing was changed.";

/// Options of `seal`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The evidence folder
    #[arg(value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    folder: PathBuf,

    /// Secret key of minisign, to sign with
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    key: Option<PathBuf>,

    /// File whose first line is the key's password [default: it is asked for]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "key")]
    password_file: Option<PathBuf>,

    /// A remark about the bag, for `bag-info.txt`
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,

    /// Whose bag it is, for `bag-info.txt`
    #[arg(long, value_name = "NAME")]
    organization: Option<String>,

    /// The answer of a time-stamp authority to the bag's query, to be checked and added to a sealed folder
    #[arg(long, value_name = "TSR", value_hint = ValueHint::FilePath, conflicts_with_all = ["key", "comment", "organization"])]
    attach: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// A wrong request, or a folder that cannot be written.
pub fn run(args: &Args) -> Result<Exit> {
    if let Some(response) = &args.attach {
        let stamp = attach::attach(&args.folder, response)?;
        let checked = match stamp.unchecked {
            None => "its signature holds with the certificate in it".to_owned(),
            Some(reason) => format!("its signature was not checked here ({})", printable(&reason)),
        };
        say(&format!("attached: stamped at {}; {checked}", printable(&stamp.time)));
        say("whether the authority is to be trusted, `openssl ts -verify` tells with its root certificate");
        return Ok(Exit::AllExamined);
    }
    let key = args.key.as_deref().map(|path| key(path, args.password_file.as_deref())).transpose()?;
    let wishes = Wishes {
        agent: concat!("shardproof ", env!("CARGO_PKG_VERSION"), " (commit ", env!("SHARDPROOF_COMMIT"), ")")
            .to_owned(),
        time: mandate::now(),
        comment: args.comment.clone(),
        organization: args.organization.clone(),
    };
    let sealed = seal::seal(&args.folder, &wishes, key.as_ref())?;
    report(&args.folder, &sealed, key.as_ref());
    Ok(Exit::AllExamined)
}

fn report(folder: &Path, sealed: &Sealed, key: Option<&Key>) {
    say(&format!(
        "sealed `{}`: {} files, {} bytes; SHA-256 of `{ROOT}`: {}",
        shown(folder),
        display::count(sealed.files as u64),
        display::count(sealed.bytes),
        sealed.root
    ));
    if sealed.parts_removed {
        say("the run had gaps and kept parts to go on with; they were removed");
    }
    if let Some(key) = key {
        say(&format!("signed in `{SIGNATURE}`; public key: {}", key.public()));
    }
    say(&format!("for a time stamp, send `{QUERY}` to an authority and add its answer with `--attach`"));
}

fn key(path: &Path, password: Option<&Path>) -> Result<Key> {
    let read = |path: &Path| {
        fs::read_to_string(path).map_err(|error| {
            Error::request(format!("cannot read `{}`: {error}", shown(path))).hint("nothing was changed")
        })
    };
    let locked = Locked::new(read(path)?);
    let password = match (locked.is_open(), password) {
        (true, _) => None,
        (false, Some(path)) => Some(read(path)?.lines().next().unwrap_or_default().to_owned()),
        (false, None) => {
            let asked = rpassword::prompt_password(format!("Password of `{}`: ", shown(path)));
            Some(asked.map_err(|error| {
                Error::request(format!("cannot ask for the password of `{}`: {error}", shown(path)))
                    .hint("give it with `--password-file`")
            })?)
        }
    };
    locked.open(password)
}

/// Says a line on standard error. Nobody listening is no reason to stop.
fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{}", printable_line(line));
}
