//! The options of `scan`.

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::{ValueEnum, ValueHint};
use serde_json::json;

use crate::command::shards::DrawArgs;
use crate::command::{mandate, network, plan_only, search};
use crate::escape::printable_line;
use crate::evidence::partition::Partition;

const EXAMPLES: &str = "\
Examples:
  Files, folders, patterns and listings in any mix:
      shardproof scan CC-MAIN-*.warc.wet.gz c4/en/ -d publishers.csv -o evidence/

  Shards on servers, each by its address or all of a listing:
      shardproof scan https://host/wet.paths.gz s3://bucket/key.warc.gz -d publishers.csv -o evidence/
      shardproof scan hf://datasets/allenai/c4/en/c4-train.00000-of-01024.json.gz -d publishers.csv -o evidence/

  A list of paths on standard input:
      find . -name '*.json.gz' | shardproof scan - -d publishers.csv -o evidence/

  Fifty shards of a crawl, drawn at random, with estimates for the whole crawl:
      shardproof scan wet.paths.gz --sample 50 --seed 2026-03-01 -d publishers.csv -o evidence/

  Copies of a publisher's articles, on any site:
      shardproof fingerprint articles.jsonl -o articles.fpr --private articles.fpx
      shardproof scan c4/en/ -f articles.fpr --private articles.fpx -o evidence/

  The third share of eight, for `shardproof merge`:
      shardproof scan wet.paths.gz -d publishers.csv -o part-3/ --partition 3/8

  A corpus in JSON lines that is not built in:
      shardproof scan mine.jsonl.gz --fields url=link,text=body,date=seen -d publishers.csv -o evidence/

  A plan that is fixed, and can be sealed and stamped, before anything is read:
      shardproof scan wet.paths.gz -d publishers.csv -o plan/ --plan-only
      shardproof scan wet.paths.gz -d publishers.csv -o evidence/ --plan plan/plan.json

Ctrl-C keeps the finished shards; the same command goes on where it stopped.
Exit codes: 0 all examined, 1 nothing usable, 2 wrong request, 3 done with gaps, 130 interrupted.";

/// Options of `scan`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Shards: files, folders, patterns, addresses (https://, s3://, hf://), `*.paths.gz` listings, or `-` for a list on
    /// standard input
    #[arg(required = true, value_name = "SHARDS", value_hint = ValueHint::AnyPath)]
    pub(super) shards: Vec<String>,

    /// Publisher list: CSV with the header `publisher,title,domain` and, if wanted, `exclude,valid_from,valid_to`
    #[arg(short, long, value_name = "CSV", value_hint = ValueHint::FilePath, required_unless_present = "fingerprints")]
    pub(super) domains: Option<PathBuf>,

    /// Article fingerprints, made by `shardproof fingerprint`: texts are searched for copies
    #[arg(short, long, value_name = "FPR", value_hint = ValueHint::FilePath)]
    pub(super) fingerprints: Option<PathBuf>,

    #[command(flatten)]
    pub(super) beside: search::Beside,

    /// Write the beginning of the longest common run, as it stands in the record, into the column `excerpt`
    #[arg(long, requires = "fingerprints")]
    pub(super) excerpts: bool,

    /// Report of `shardproof calibrate`, to be repeated in the manifest
    #[arg(long, value_name = "JSON", value_hint = ValueHint::FilePath, requires = "fingerprints")]
    pub(super) calibration: Option<PathBuf>,

    /// Folder for the evidence: new, empty, or of the same run
    #[arg(short, long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub(super) out: PathBuf,

    /// Copy the records of all rows, byte for byte, into `records/`
    #[arg(long)]
    pub(super) keep_records: bool,

    /// Write `hosts.csv`: every registrable domain with its records and bytes of text
    #[arg(long)]
    pub(super) census: bool,

    /// Keep the rows of `presence.csv` that say zero
    #[arg(long)]
    pub(super) zero_rows: bool,

    /// How deep to look: the address of each record, or each byte with all checksums [default: address; content
    /// with --fingerprints]
    #[arg(long, value_enum, value_name = "DEPTH")]
    pub(super) depth: Option<DepthArg>,

    /// Hash of each shard, which ties its rows to the file
    #[arg(long, value_enum, default_value = "sha256", value_name = "HASH")]
    pub(super) shard_hash: HashArg,

    /// Where the fields of JSON lines stand, for example `url=u,text=t,date=ts`
    #[arg(long, value_name = "MAP")]
    pub(super) fields: Option<String>,

    /// Name of the corpus, where the shards do not say it
    #[arg(long, value_name = "NAME")]
    pub(super) dataset: Option<String>,

    /// Name of the release, where the shards do not say it
    #[arg(long, value_name = "NAME")]
    pub(super) release: Option<String>,

    #[command(flatten)]
    pub(super) draw: DrawArgs,

    /// Read a share of the shards: the K-th of N, counted from 1, for `shardproof merge`
    #[arg(long, value_name = "K/N")]
    pub(super) partition: Option<Partition>,

    #[command(flatten)]
    pub(super) plan: plan_only::Args,

    #[command(flatten)]
    pub(super) mandate: mandate::Args,

    /// Worker threads [default: all cores]
    #[arg(long, value_name = "N")]
    pub(super) threads: Option<NonZeroUsize>,

    /// Show errors only
    #[arg(short, long)]
    pub(super) quiet: bool,

    /// Show progress as JSON lines on standard error
    #[arg(long, conflicts_with = "quiet")]
    pub(super) json_progress: bool,

    #[command(flatten)]
    pub(super) network: network::Args,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum DepthArg {
    /// The address of each record; a record is read whole only where a rule covers it
    Address,
    /// Every byte of every record
    Content,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum HashArg {
    /// SHA-256 of the whole shard
    Sha256,
    /// None; the receipts say so
    None,
}

impl Args {
    /// The files that are read beside the shards.
    pub(super) fn lists(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let one = [
            ("publisher_list", &self.domains),
            ("fingerprints", &self.fingerprints),
            ("commons", &self.beside.commons),
            ("calibration", &self.calibration),
        ];
        let private = self.beside.private.iter().map(|path| ("private", path.as_path()));
        one.into_iter().filter_map(|(kind, path)| Some((kind, path.as_deref()?))).chain(private)
    }

    /// Says a line on standard error, in the form that was asked for. Nobody listening is no reason to stop.
    pub(super) fn say(&self, line: &str) {
        let _ = match (self.quiet, self.json_progress) {
            (true, _) => Ok(()),
            (false, true) => writeln!(io::stderr(), "{}", json!({ "message": line })),
            (false, false) => writeln!(io::stderr(), "{}", printable_line(line)),
        };
    }
}
