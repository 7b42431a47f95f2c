//! `shardproof shards`: a release in, the addresses of its shards out.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use clap::ValueHint;

use super::network;
use crate::error::{Error, Result};
use crate::escape::printable_line;
use crate::exit::Exit;
use crate::source::catalogue::{self, Request, Via};
use crate::source::plan::{Plan, Shard};

const EXAMPLES: &str = "\
Examples:
  The text files of a crawl, by a listing that was downloaded:
      shardproof shards commoncrawl CC-MAIN-2024-22 wet --paths wet.paths.gz

  Fifty shards of French C4 from Hugging Face, drawn at random, and a scan of them:
      shardproof shards c4 fr --via hf --sample 50 --seed 2026-03-01 > drawn.paths
      shardproof scan drawn.paths -d publishers.csv -o evidence/

  A month of news in a mirror on disk, which holds the tree of the bucket:
      shardproof shards cc-news 2024-05 --base /mirror | shardproof scan - -d list.csv -o evidence/

Dataset      Release                               Subset
commoncrawl  CC-MAIN-2024-22                       warc, wat, wet, robotstxt, non200
cc-news      2024-05
c4           en, en.noblocklist, en.noclean,       train, validation [default: both]
             realnewslike, or a language (fr)
c4           multilingual                          a language (en, fr, de)
oscar        2019, 2109, 2201, 2301                a language (en, fr, de)

What is printed is what the release should hold. Nobody looks whether a shard is there before it is scanned.
Exit codes: 0 printed, 1 cannot be written, 2 wrong request.";

/// A draw out of the shards.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct DrawArgs {
    /// Draw so many of the shards at random, spread over the segments; `scan` then estimates for all of them
    #[arg(long, value_name = "N", requires = "seed")]
    sample: Option<usize>,

    /// Seed of the draw: any text; the same seed draws the same shards. Fix it in public before you look
    #[arg(long, value_name = "SEED", requires = "sample", value_parser = seed)]
    seed: Option<String>,
}

impl DrawArgs {
    /// The plan, or what is drawn of it.
    ///
    /// # Errors
    /// A wrong request when so many cannot be drawn.
    pub fn from(&self, plan: Plan) -> Result<Plan> {
        match (self.sample, &self.seed) {
            (Some(n), Some(seed)) => plan.sample(n, seed),
            _ => Ok(plan),
        }
    }
}

/// A seed is written down by people: no blank ends, nothing that cannot be seen.
fn seed(text: &str) -> std::result::Result<String, String> {
    match text.trim() != text || text.is_empty() || text.len() > 200 || printable_line(text) != text {
        true => Err("a seed has 1 to 200 characters that can be read, and no blank at its ends".to_owned()),
        false => Ok(text.to_owned()),
    }
}

/// Options of `shards`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// `commoncrawl`, `cc-news`, `c4` or `oscar`
    dataset: String,

    /// The release, as its corpus names it
    release: String,

    /// The part of the release: kind of file, split or language
    subset: Option<String>,

    /// How the shards are reached
    #[arg(long, value_enum, default_value_t, value_name = "WAY", conflicts_with = "base")]
    via: Via,

    /// Address or folder of a mirror that holds the paths of the release
    #[arg(long, value_name = "URL-OR-FOLDER", value_hint = ValueHint::AnyPath)]
    base: Option<String>,

    /// Local copy of the listing, for example `wet.paths.gz` [default: it is read from where the shards are]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    paths: Option<PathBuf>,

    #[command(flatten)]
    draw: DrawArgs,

    #[command(flatten)]
    network: network::Args,
}

/// Runs the command.
///
/// # Errors
/// A wrong request, or standard output that cannot be written.
pub fn run(args: &Args) -> Result<Exit> {
    let network = args.network.network(&Arc::default());
    let request = Request {
        dataset: &args.dataset,
        release: &args.release,
        subset: args.subset.as_deref(),
        via: args.via,
        base: args.base.as_deref(),
        paths: args.paths.as_deref(),
    };
    let found = catalogue::shards(&request, &network)?;
    for remark in &found.remarks {
        // Nobody listening is no reason to stop.
        let _ = writeln!(io::stderr(), "note: {}", printable_line(remark));
    }
    let shards = found.addresses.iter().map(|address| Shard::of(address)).collect::<Result<_>>()?;
    let plan = args.draw.from(Plan { shards, ..Plan::default() })?;
    let mut text = String::new();
    if let Some(draw) = &plan.draw {
        text.push_str(&draw.comment());
        text.push('\n');
    }
    for shard in &plan.shards {
        text.push_str(&shard.location.written());
        text.push('\n');
    }
    match io::stdout().lock().write_all(text.as_bytes()) {
        // Whoever wanted the first lines only has them.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::failure(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(Exit::AllExamined),
    }
}
