//! `shardproof commons`: shards in, the list of text that many sites have out.

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use clap::ValueHint;
use foldhash::fast::FixedState;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::display::count;
use super::sample;
use crate::error::{Error, Result};
use crate::escape::{printable_line, shown};
use crate::exit::Exit;
use crate::fingerprint::commons::{Counter, DOMAINS};
use crate::fingerprint::key::Key;
use crate::matching::address::{self, registrable_domain};
use crate::matching::articles::matcher::{Held, Scratch, TextReader};

const EXAMPLES: &str = "\
Examples:
  From a few shards of a crawl, for the fingerprints that have the public key:
      shardproof commons CC-MAIN-2016-*.warc.wet.gz -o commons.fpc
      shardproof scan c4/en/ -f articles.fpr --commons commons.fpc -o evidence/

Text on five registrable domains is common, whatever it is: consent texts and furniture, and also an article that five
sites of the sample hold. A scan with the list no longer calls that article's text its own. Take the sample from a time
before the articles, or from shards that are not to be scanned.
Memory: 40 to 80 bytes for each distinct fingerprint; a text of a thousand words has some 280 of them.
Exit codes: 0 list made of all texts, 1 nothing usable, 2 wrong request, 3 made with gaps, 130 interrupted.";

/// Options of `commons`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    sample: sample::Args,

    /// The list to make
    #[arg(short, long, value_name = "FPC", value_hint = ValueHint::FilePath)]
    out: PathBuf,

    /// Key of the fingerprints that the list is for, if they were made with one
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    key: Option<PathBuf>,

    /// Show errors only
    #[arg(short, long)]
    quiet: bool,
}

/// Runs the command.
///
/// # Errors
/// A wrong request, shards of which none can be read, or a list that cannot be written.
pub fn run(args: &Args) -> Result<Exit> {
    let sample = args.sample.resolve()?;
    sample.check_out(&args.out, args.key.as_deref().into_iter())?;
    let key = args.key.as_deref().map(Key::load).transpose()?.unwrap_or(Key::public());
    let learning = Learning::new(key.clone());
    let Some(walked) = sample.walk(&learning, args.quiet)? else { return Ok(Exit::Interrupted) };
    let Learning { counter, domains, unaddressed, .. } = learning;
    let domains = domains.into_inner().unwrap_or_else(PoisonError::into_inner);
    if domains.is_empty() {
        return Err(Error::request(
            "none of the texts has an address, so nobody can tell how many sites have it",
        )
        .hint("a list is made from a corpus with addresses, such as WET, C4 or OSCAR 23"));
    }
    let distinct = counter.len() as u64;
    let written = counter.write(&args.out, &key);
    let (header, sha256) = written.map_err(|error| Error::io("write", &args.out, &error))?;
    say(
        args,
        &format!(
            "`{}`: {} texts of {} domains, {} distinct fingerprints, {} in the list, on {DOMAINS} domains or more; \
             {} texts without an address were left out; sha256 {sha256}",
            shown(&args.out),
            count(header.texts),
            count(domains.len() as u64),
            count(distinct),
            count(header.shingles),
            count(unaddressed.into_inner()),
        ),
    );
    for (shard, reason) in &walked.gaps {
        say(args, &format!("gap: `{shard}`: {reason}"));
    }
    Ok(if walked.gaps.is_empty() { Exit::AllExamined } else { Exit::Gaps })
}

/// Learns the fingerprints of texts.
struct Learning {
    key: Key,
    counter: Counter,
    /// Registrable domains, by hash.
    domains: Mutex<HashSet<u64, FixedState>>,
    /// Texts that were seen, by hash. A shard in a single gzip member may be begun twice, and pages recur in crawls.
    seen: Vec<Mutex<HashSet<u64, FixedState>>>,
    unaddressed: AtomicU64,
}

/// Parts of the set of texts, so that workers seldom meet at one.
const PARTS: usize = 64;

impl Learning {
    fn new(key: Key) -> Learning {
        Learning {
            key,
            counter: Counter::default(),
            domains: Mutex::default(),
            seen: (0..PARTS).map(|_| Mutex::default()).collect(),
            unaddressed: AtomicU64::new(0),
        }
    }

    /// True the first time that a text comes from an address.
    fn is_new(&self, text: &str, url: Option<&str>) -> bool {
        let hash = xxh3_64_with_seed(text.as_bytes(), xxh3_64(url.unwrap_or_default().as_bytes()));
        self.seen.get(hash as usize % PARTS).is_some_and(|seen| lock(seen).insert(hash))
    }
}

impl TextReader for Learning {
    fn read(&self, text: &str, url: Option<&str>, scratch: &mut Scratch) -> Vec<Held> {
        if !self.is_new(text, url) {
            return Vec::new();
        }
        let Some(address) = url.and_then(|url| address::parse(url).ok()) else {
            self.unaddressed.fetch_add(1, Relaxed);
            return Vec::new();
        };
        let domain = registrable_domain(&address.host);
        let Scratch { words, chooser, shingles, .. } = scratch;
        words.read_hashes(text);
        chooser.choose(&words.hashes, words.has_singles, &self.key, shingles);
        self.counter.add(domain, shingles.iter().map(|shingle| shingle.hash));
        lock(&self.domains).insert(xxh3_64(domain.as_bytes()));
        Vec::new()
    }
}

/// A worker that died took its shard with it, whose receipt says so; what others learned stands.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn say(args: &Args, line: &str) {
    if !args.quiet {
        // Nobody listening is no reason to stop.
        let _ = writeln!(io::stderr(), "{}", printable_line(line));
    }
}
