//! The options of `verify`.

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::ValueHint;

use crate::command::{network, search};
use crate::escape::printable_line;

const EXAMPLES: &str = "\
Examples:
  Is every row still what it says? The shards lie where the run found them:
      shardproof verify evidence/

  They lie elsewhere now, and the rules and articles are at hand too:
      shardproof verify evidence/ --source mirror/ -d publishers.csv -f articles.fpr -o checked.csv

  By range requests from the server that publishes them, at most one for each row:
      shardproof verify evidence/ --source https://data.commoncrawl.org/

  A hundred rows, drawn so that anybody can draw them again:
      shardproof verify evidence/ --source mirror/ --sample 100 --seed 2026-11-22

Each row is same, changed, gone, denied or unreachable. The files of the folder are compared with its manifest, the counts
with each other, and the shards at hand with shards.csv.
Exit codes: 0 all is as it was, 1 nothing usable, 2 wrong request, 4 something is not.";

/// Options of `verify`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Folder of evidence, as `scan` wrote it or sealed
    #[arg(value_name = "EVIDENCE", value_hint = ValueHint::DirPath)]
    pub(super) evidence: PathBuf,

    /// Folder in which the shards lie, a shard, or the address that stands in front of the shards' names (https://, s3://,
    /// hf://); can be given more than once [default: where the run found them]
    #[arg(long, value_name = "PLACE", value_hint = ValueHint::AnyPath)]
    pub(super) source: Vec<String>,

    /// Publisher list: check that its rules cover the addresses
    #[arg(short, long, value_name = "CSV", value_hint = ValueHint::FilePath)]
    pub(super) domains: Option<PathBuf>,

    /// Fingerprints of the run: check that the articles are found again
    #[arg(short, long, value_name = "FPR", value_hint = ValueHint::FilePath)]
    pub(super) fingerprints: Option<PathBuf>,

    #[command(flatten)]
    pub(super) beside: search::Beside,

    /// Check so many rows, drawn by chance, in place of all
    #[arg(long, value_name = "N")]
    pub(super) sample: Option<NonZeroUsize>,

    /// What the draw is made with: the same text draws the same rows [default: 0]
    #[arg(long, value_name = "TEXT", requires = "sample")]
    pub(super) seed: Option<String>,

    /// Read all shards whole and compare their SHA-256, also those on servers. Without it those of this machine are, unless
    /// a sample is drawn
    #[arg(long)]
    pub(super) shards: bool,

    /// File to write: one row for each row that was checked. It must not exist yet
    #[arg(short, long, value_name = "CSV", default_value = "verification.csv", value_hint = ValueHint::FilePath)]
    pub(super) out: PathBuf,

    /// Worker threads [default: all cores]
    #[arg(long, value_name = "N")]
    pub(super) threads: Option<NonZeroUsize>,

    /// Show the summary and what is wrong only
    #[arg(short, long)]
    pub(super) quiet: bool,

    #[command(flatten)]
    pub(super) network: network::Args,
}

impl Args {
    /// Says a line on standard error. Nobody listening is no reason to stop.
    pub(super) fn say(&self, line: &str) {
        if !self.quiet {
            let _ = writeln!(io::stderr(), "note: {}", printable_line(line));
        }
    }
}
