//! What the commands share that learn from the texts of shards: the shards are walked as in a scan, and no evidence is
//! kept.

use std::io;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::ValueHint;

use super::display::{self, Style, Total};
use super::network;
use crate::error::{Error, Result};
use crate::escape::{printable, shown};
use crate::evidence::part::Sealed;
use crate::evidence::partition::Partition;
use crate::evidence::receipt::{Depth, Status};
use crate::exit::Exit;
use crate::matching::articles::matcher::TextReader;
use crate::record::fields::{self, FieldMap};
use crate::scan::progress::Progress;
use crate::scan::{Options, Scan, Wanted};
use crate::source::plan::{self, Plan};
use crate::source::remote::Network;

const FIELDS_HINT: &str =
    "for example `--fields url=link,text=body`; a dot goes into an object: `url=meta.url`";

/// The shards whose texts are read, and how.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Args {
    /// Shards: files, folders, patterns, addresses (https://, s3://, hf://), `*.paths.gz` listings, or `-` for a list on
    /// standard input
    #[arg(required = true, value_name = "SHARDS", value_hint = ValueHint::AnyPath)]
    shards: Vec<String>,

    /// Where the fields of JSON lines stand, for example `url=u,text=t,date=ts`
    #[arg(long, value_name = "MAP")]
    fields: Option<String>,

    /// Worker threads [default: all cores]
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,

    #[command(flatten)]
    network: network::Args,
}

/// Shards that were found, not read yet.
pub struct Sample {
    /// The shards.
    pub plan: Plan,
    /// Workers.
    pub threads: NonZeroUsize,
    fields: Option<FieldMap>,
    network: Network,
    interrupt: Arc<AtomicBool>,
}

/// What became of the shards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walked {
    /// Shards.
    pub shards: u64,
    /// Content records that were examined.
    pub records: u64,
    /// Shards that left a gap, each with its reason.
    pub gaps: Vec<(String, String)>,
    /// Shards of which nothing could be read.
    pub failed: u64,
}

impl Args {
    /// Finds the shards.
    ///
    /// # Errors
    /// A wrong request.
    pub fn resolve(&self) -> Result<Sample> {
        let fields = self.fields.as_deref().map(fields::custom).transpose();
        let fields = fields.map_err(|error| Error::request(error.to_string()).hint(FIELDS_HINT))?;
        let threads = self.threads.or_else(|| std::thread::available_parallelism().ok());
        let interrupt = Arc::new(AtomicBool::new(false));
        let network = self.network.network(&interrupt);
        Ok(Sample {
            plan: plan::resolve(&self.shards, io::stdin(), &network, None)?,
            threads: threads.unwrap_or(NonZeroUsize::MIN),
            fields,
            network,
            interrupt,
        })
    }
}

impl Sample {
    /// Hands every text to `reader`. `None` when it was interrupted.
    ///
    /// # Errors
    /// When no shard could be read, or the folder for the receipts cannot be made.
    pub fn walk(&self, reader: &dyn TextReader, quiet: bool) -> Result<Option<Walked>> {
        let failed = |error: io::Error| Error::failure(format!("cannot use a temporary folder: {error}"));
        let folder = tempfile::Builder::new().prefix("shardproof-").tempdir().map_err(failed)?;
        let options = Options {
            out: folder.path().to_owned(),
            depth: Depth::Content,
            shard_hash: false,
            keep: false,
            census: false,
            dataset: None,
            release: None,
            fields: self.fields.clone(),
        };
        let progress = Progress::default();
        catch(&self.interrupt)?;
        let scan = Scan {
            wanted: Wanted { rules: None, texts: Some(reader) },
            options: &options,
            partition: Partition::WHOLE,
            parts: folder.path(),
            network: &self.network,
            progress: &progress,
            interrupt: &self.interrupt,
        };
        let shards = &self.plan.shards;
        let total = Total::of(shards.iter());
        let over = AtomicBool::new(false);
        let done = std::thread::scope(|scope| {
            let watcher =
                scope.spawn(|| display::watch(Style::choose(quiet, false), &progress, total, &over));
            let done = scan.all(shards, &vec![false; shards.len()], self.threads);
            over.store(true, Ordering::Relaxed);
            watcher.thread().unpark();
            done
        });
        if !done.map_err(failed)? {
            return Ok(None);
        }
        let mut walked = Walked { shards: total.shards, ..Walked::default() };
        for (number, shard) in shards.iter().enumerate() {
            let sealed = Sealed::open(&scan.part(number)).map_err(failed)?;
            let Some(Sealed { footer, .. }) = sealed else {
                return Err(failed(io::Error::other(format!("no receipt of `{}`", printable(&shard.name)))));
            };
            let receipt = footer.receipt;
            walked.records += receipt.tally.clear + receipt.tally.found;
            walked.failed += u64::from(receipt.status == Status::Failed);
            if receipt.is_gap() {
                walked.gaps.push((printable(&shard.name), receipt.reason));
            }
        }
        match walked.failed == walked.shards {
            false => Ok(Some(walked)),
            true => Err(Error::failure(match walked.gaps.first() {
                Some((shard, reason)) => format!("none of the shards could be read; `{shard}`: {reason}"),
                None => "none of the shards could be read".to_owned(),
            })),
        }
    }

    /// Refuses a result that would be written over something that is read, or that has no folder to stand in: better now
    /// than after the shards were read.
    ///
    /// # Errors
    /// A wrong request.
    pub fn check_out<'p>(&self, out: &Path, mut read: impl Iterator<Item = &'p Path>) -> Result<()> {
        let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !folder.is_dir() || out.is_dir() {
            return Err(Error::request(format!("`{}` is no file that can be written", shown(out)))
                .hint("name a file in a folder that is there"));
        }
        let same = |path: &Path| {
            path == out
                || path
                    .canonicalize()
                    .ok()
                    .zip(out.canonicalize().ok())
                    .is_some_and(|(one, other)| one == other)
        };
        match self.plan.shards.iter().filter_map(|shard| shard.location.path()).any(same) || read.any(same) {
            true => Err(Error::request(format!("`{}` is read and would be written over", shown(out)))),
            false => Ok(()),
        }
    }
}

/// The first Ctrl-C asks the workers to stop, so that the temporary folder is removed; the second one ends the process.
fn catch(interrupt: &Arc<AtomicBool>) -> Result<()> {
    let interrupt = Arc::clone(interrupt);
    let handler = move || {
        if interrupt.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(Exit::Interrupted.code()));
        }
    };
    ctrlc::set_handler(handler).map_err(|error| Error::failure(format!("cannot watch for Ctrl-C: {error}")))
}
