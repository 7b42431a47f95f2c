//! `shardproof scan`: shards and a publisher list in, evidence out.

use std::io::{self, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::{ValueEnum, ValueHint};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::display::{self, Style, Total};
use super::folder::{Folder, State};
use super::mandate;
use super::network;
use super::partition;
use super::plan_only;
use super::search::{self, Files};
use super::shards::DrawArgs;
use crate::cell::hex;
use crate::error::{Error, Result};
use crate::escape::{printable_line, shown};
use crate::evidence::articles::{self, Sums};
use crate::evidence::custody::Custody;
use crate::evidence::estimates::Sampled;
use crate::evidence::manifest::{self, ArticleSettings, DrawSettings, Run, Settings};
use crate::evidence::partition::Partition;
use crate::evidence::receipt::{Depth, Status};
use crate::evidence::tables::{self, Missing, Plan as Tables, Summary};
use crate::exit::Exit;
use crate::fingerprint::commons::Commons;
use crate::fingerprint::file::Fingerprints;
use crate::fingerprint::side::Side;
use crate::matching::articles::class;
use crate::matching::articles::matcher::{Matcher, TextReader};
use crate::matching::{DomainRules, PublisherList, publishers};
use crate::record::fields;
use crate::scan::progress::Progress;
use crate::scan::{Options, Scan, Wanted};
use crate::source::address::fit_to_be_written;
use crate::source::exchanges::{self, Journal};
use crate::source::plan::{self, Plan, Shard};
use crate::text::normal::NORMAL_FORM;

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

const FIELDS_HINT: &str =
    "for example `--fields url=link,text=body,date=seen`; a dot goes into an object: `url=meta.url`";

/// Options of `scan`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Shards: files, folders, patterns, addresses (https://, s3://, hf://), `*.paths.gz` listings, or `-` for a list on
    /// standard input
    #[arg(required = true, value_name = "SHARDS", value_hint = ValueHint::AnyPath)]
    shards: Vec<String>,

    /// Publisher list: CSV with the header `publisher,title,domain` and, if wanted, `exclude,valid_from,valid_to`
    #[arg(short, long, value_name = "CSV", value_hint = ValueHint::FilePath, required_unless_present = "fingerprints")]
    domains: Option<PathBuf>,

    /// Article fingerprints, made by `shardproof fingerprint`: texts are searched for copies
    #[arg(short, long, value_name = "FPR", value_hint = ValueHint::FilePath)]
    fingerprints: Option<PathBuf>,

    /// Private side file of the fingerprints, for exact measures; can be given for each publisher
    #[arg(long, value_name = "FPX", value_hint = ValueHint::FilePath, requires = "fingerprints")]
    private: Vec<PathBuf>,

    /// Key of the fingerprints, if they were made with one
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "fingerprints")]
    key: Option<PathBuf>,

    /// Text that many sites have, made by `shardproof commons`: it is no article's own
    #[arg(long, value_name = "FPC", value_hint = ValueHint::FilePath, requires = "fingerprints")]
    commons: Option<PathBuf>,

    /// Write the beginning of the longest common run, as it stands in the record, into the column `excerpt`
    #[arg(long, requires = "fingerprints")]
    excerpts: bool,

    /// Report of `shardproof calibrate`, to be repeated in the manifest
    #[arg(long, value_name = "JSON", value_hint = ValueHint::FilePath, requires = "fingerprints")]
    calibration: Option<PathBuf>,

    /// Folder for the evidence: new, empty, or of the same run
    #[arg(short, long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    out: PathBuf,

    /// Copy the records of all rows, byte for byte, into `records/`
    #[arg(long)]
    keep_records: bool,

    /// Write `hosts.csv`: every registrable domain with its records and bytes of text
    #[arg(long)]
    census: bool,

    /// Keep the rows of `presence.csv` that say zero
    #[arg(long)]
    zero_rows: bool,

    /// How deep to look: the address of each record, or each byte with all checksums [default: address; content
    /// with --fingerprints]
    #[arg(long, value_enum, value_name = "DEPTH")]
    depth: Option<DepthArg>,

    /// Hash of each shard, which ties its rows to the file
    #[arg(long, value_enum, default_value = "sha256", value_name = "HASH")]
    shard_hash: HashArg,

    /// Where the fields of JSON lines stand, for example `url=u,text=t,date=ts`
    #[arg(long, value_name = "MAP")]
    fields: Option<String>,

    /// Name of the corpus, where the shards do not say it
    #[arg(long, value_name = "NAME")]
    dataset: Option<String>,

    /// Name of the release, where the shards do not say it
    #[arg(long, value_name = "NAME")]
    release: Option<String>,

    #[command(flatten)]
    draw: DrawArgs,

    /// Read a share of the shards: the K-th of N, counted from 1, for `shardproof merge`
    #[arg(long, value_name = "K/N")]
    partition: Option<Partition>,

    #[command(flatten)]
    plan: plan_only::Args,

    #[command(flatten)]
    mandate: mandate::Args,

    /// Worker threads [default: all cores]
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,

    /// Show errors only
    #[arg(short, long)]
    quiet: bool,

    /// Show progress as JSON lines on standard error
    #[arg(long, conflicts_with = "quiet")]
    json_progress: bool,

    #[command(flatten)]
    network: network::Args,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum DepthArg {
    /// The address of each record; a record is read whole only where a rule covers it
    Address,
    /// Every byte of every record
    Content,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum HashArg {
    /// SHA-256 of the whole shard
    Sha256,
    /// None; the receipts say so
    None,
}

/// Runs the command. `given` are the arguments as they were given, for the manifest.
///
/// # Errors
/// A wrong request, or results that cannot be written.
pub fn run(args: &Args, given: &[String]) -> Result<Exit> {
    let begun = (Instant::now(), seconds_now());
    let interrupt = Arc::new(AtomicBool::new(false));
    let network = args.network.network(&interrupt);
    let plan = args.draw.from(plan::resolve(&args.shards, io::stdin(), &network)?)?;
    let share = partition::share(args.partition, plan.shards.len())?;
    let list = args.domains.as_deref().map(publishers::load).transpose();
    let list = list.map_err(|error| Error::request(error.to_string()))?;
    let matcher = matcher(args)?;
    let calibration = args.calibration.as_deref().map(calibration).transpose()?;
    let fields = args.fields.as_deref().map(fields::custom).transpose();
    let fields = fields.map_err(|error| Error::request(error.to_string()).hint(FIELDS_HINT))?;
    let options = Options {
        out: args.out.clone(),
        depth: depth(args)?,
        shard_hash: args.shard_hash == HashArg::Sha256,
        keep: args.keep_records,
        census: args.census,
        dataset: args.dataset.clone(),
        release: args.release.clone(),
        fields,
    };
    let settings = settings(args, &options, &plan, list.as_ref(), matcher.as_ref());
    let mut custody =
        Custody { mandate: args.mandate.mandate(), inputs: mandate::inputs(args.lists())?, plan: None };
    if args.plan.is_all() {
        plan_only::write(&args.out, &settings, &plan.shards, given, &custody, &mandate::now())?;
        args.say(&format!(
            "the plan of {} shards stands in `{}`; nothing was read",
            plan.shards.len(),
            shown(&args.out)
        ));
        return Ok(Exit::AllExamined);
    }
    let followed = args.plan.follow(&args.out, &settings, &plan.shards)?;
    custody.plan = followed.as_ref().map(|plan| plan.sha256.clone());
    let folder = match Folder::open(&args.out, &settings)? {
        State::Open(folder) => folder,
        State::Complete(code) => {
            args.say(&format!("this run is complete in `{}`; nothing was read again", shown(&args.out)));
            return Ok(if code == Exit::AllExamined.code() { Exit::AllExamined } else { Exit::Gaps });
        }
    };
    followed.iter().try_for_each(|plan| plan.keep(&args.out))?;
    let lints: Vec<String> = list.iter().flat_map(PublisherList::lints).map(ToString::to_string).collect();
    for warning in lints.iter().chain(&plan.set_aside).take(20) {
        args.say(&format!("note: {warning}"));
    }
    let rules = list.map(DomainRules::new);
    let progress = Progress::default();
    catch_interrupt(&interrupt)?;
    let journal = folder.parts().join(exchanges::JOURNAL);
    network.write_down(Journal::new(journal));
    let scan = Scan {
        wanted: Wanted {
            rules: rules.as_ref(),
            texts: matcher.as_ref().map(|matcher| matcher as &dyn TextReader),
        },
        options: &options,
        partition: share,
        parts: folder.parts(),
        network: &network,
        progress: &progress,
        interrupt: &interrupt,
    };
    let finished = scan.finished(&plan.shards);
    let threads =
        args.threads.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
    let done = work(args, &scan, &plan.shards, &finished, threads)?;
    if let Some(trouble) = network.cache_trouble() {
        args.say(&format!("note: not all shards could be kept in the cache: {trouble}"));
    }
    if !done {
        let kept = scan.finished(&plan.shards).iter().filter(|is_finished| **is_finished).count();
        args.say(&format!(
            "interrupted: {kept} of {} shards are finished and kept in `{}`; the same command goes on",
            share.places(plan.shards.len()).count(),
            shown(&args.out)
        ));
        return Ok(Exit::Interrupted);
    }
    let articles = matcher.as_ref().map(|matcher| &matcher.file);
    let titles = titles(scan.wanted.rules, articles);
    // What a draw says is told when all its shards are there.
    let listed = rules.as_ref().map_or(0, |rules| rules.list().titles().count());
    let sampled = plan.draw.as_ref().filter(|_| args.partition.is_none());
    let sampled = sampled.map(|draw| Sampled { draw, listed });
    let summary = write_tables(args, &scan, (&titles, listed), articles, sampled, plan.shards.len())?;
    let kept = args.partition.map(|partition| {
        let common = partition::common(&titles, listed, &plan.shards);
        partition::keep(partition, &args.out, folder.parts(), &common, articles.filter(|_| args.zero_rows))
    });
    let kept = kept.transpose()?;
    let exit = exit(&summary);
    // An address may carry a secret.
    let command: Vec<String> = given.iter().map(|argument| fit_to_be_written(argument)).collect();
    let shard_paths: Vec<String> = plan.shards.iter().map(|shard| shard.location.written()).collect();
    let rule_count = rules.as_ref().map_or(0, |rules| rules.list().rules().count() as u64);
    let list = args.domains.as_deref().zip(settings.domains_sha256.as_deref());
    let run = Run {
        settings: &settings,
        command: &command,
        list: list
            .map(|(path, sha256)| manifest::publisher_list(&file_name(path), sha256, rule_count, &lints)),
        articles: args
            .fingerprints
            .as_deref()
            .zip(articles)
            .map(|(path, file)| manifest::articles(&file_name(path), file, calibration.as_ref())),
        shard_paths: &shard_paths,
        draw: plan.draw.as_ref(),
        parts: kept.as_ref(),
        merged: None,
        set_aside: &plan.set_aside,
        commit: env!("SHARDPROOF_COMMIT"),
        threads: threads.get(),
        times: (begun.1, seconds_now()),
        exit: exit.code(),
        custody: &custody,
    };
    manifest::write(&args.out, &run, &summary).map_err(|error| Error::io("write into", &args.out, &error))?;
    if summary.gap_total() == 0 {
        folder.clean()?;
    }
    report(args, &summary, begun.0.elapsed());
    Ok(exit)
}

impl Args {
    /// The files that are read beside the shards.
    fn lists(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let one = [
            ("publisher_list", &self.domains),
            ("fingerprints", &self.fingerprints),
            ("commons", &self.commons),
            ("calibration", &self.calibration),
        ];
        let private = self.private.iter().map(|path| ("private", path.as_path()));
        one.into_iter().filter_map(|(kind, path)| Some((kind, path.as_deref()?))).chain(private)
    }

    /// Says a line on standard error, in the form that was asked for. Nobody listening is no reason to stop.
    fn say(&self, line: &str) {
        let _ = match (self.quiet, self.json_progress) {
            (true, _) => Ok(()),
            (false, true) => writeln!(io::stderr(), "{}", json!({ "message": line })),
            (false, false) => writeln!(io::stderr(), "{}", printable_line(line)),
        };
    }
}

/// Articles can only be found where texts are read.
fn depth(args: &Args) -> Result<Depth> {
    match (args.depth, &args.fingerprints) {
        (Some(DepthArg::Address), Some(_)) => {
            Err(Error::request("`--depth address` reads no texts, and `--fingerprints` asks for them")
                .hint("leave `--depth` out"))
        }
        (Some(DepthArg::Content), _) | (None, Some(_)) => Ok(Depth::Content),
        (Some(DepthArg::Address) | None, None) => Ok(Depth::Address),
    }
}

fn matcher(args: &Args) -> Result<Option<Matcher>> {
    let files = args.fingerprints.as_deref().map(|fingerprints| Files {
        fingerprints,
        private: &args.private,
        key: args.key.as_deref(),
        commons: args.commons.as_deref(),
    });
    files.map(|files| search::open(&files, args.excerpts)).transpose()
}

/// A report of `calibrate`, as it stands.
fn calibration(path: &Path) -> Result<serde_json::Value> {
    let bytes = std::fs::read(path)
        .map_err(|error| Error::request(format!("cannot read `{}`: {error}", shown(path))))?;
    serde_json::from_slice(&bytes).map_err(|error| {
        Error::request(format!("`{}` is no report of `shardproof calibrate`: {error}", shown(path)))
    })
}

pub(super) fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn settings(
    args: &Args,
    options: &Options,
    plan: &Plan,
    list: Option<&PublisherList>,
    matcher: Option<&Matcher>,
) -> Settings {
    let names: Vec<String> = plan.shards.iter().map(Shard::asked).collect();
    Settings {
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        domains_sha256: list.map(|list| list.sha256().to_owned()),
        articles: matcher.map(|matcher| ArticleSettings {
            fingerprints_sha256: matcher.file.sha256(),
            private_sha256: matcher.sides.iter().map(Side::sha256).collect(),
            commons_sha256: matcher.commons.as_ref().map(Commons::sha256),
            key: matcher.file.key.name(),
            normal_form: NORMAL_FORM,
            rule: class::VERSION,
            excerpts: args.excerpts,
        }),
        shards_sha256: hex(&Sha256::digest(names.join("\n"))),
        shards: names.len() as u64,
        partition: args.partition,
        depth: options.depth,
        shard_hash: if options.shard_hash { "sha256" } else { "none" }.to_owned(),
        keep_records: options.keep,
        census: options.census,
        zero_rows: args.zero_rows,
        dataset: args.dataset.clone(),
        release: args.release.clone(),
        fields: args.fields.clone(),
        draw: plan.draw.as_ref().map(DrawSettings::of),
    }
}

/// The first Ctrl-C asks the workers to stop; the second one ends the process as it would have without us.
fn catch_interrupt(interrupt: &Arc<AtomicBool>) -> Result<()> {
    let interrupt = Arc::clone(interrupt);
    let handler = move || {
        if interrupt.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(Exit::Interrupted.code()));
        }
    };
    ctrlc::set_handler(handler).map_err(|error| Error::failure(format!("cannot watch for Ctrl-C: {error}")))
}

/// Scans while progress is shown. False when it was interrupted.
fn work(
    args: &Args,
    scan: &Scan<'_>,
    shards: &[Shard],
    finished: &[bool],
    threads: NonZeroUsize,
) -> Result<bool> {
    let own = scan.partition.places(shards.len());
    let open = own.clone().filter(|place| !finished[*place]);
    let total = Total::of(open.map(|place| &shards[place]));
    let own = own.count();
    if (total.shards as usize) < own {
        args.say(&format!("going on: {} of {own} shards are finished", own - total.shards as usize));
    }
    let style = Style::choose(args.quiet, args.json_progress);
    let over = AtomicBool::new(false);
    let done = std::thread::scope(|scope| {
        let watcher = scope.spawn(|| display::watch(style, scan.progress, total, &over));
        let done = scan.all(shards, finished, threads);
        over.store(true, Ordering::Relaxed);
        watcher.thread().unpark();
        done
    });
    done.map_err(|error| {
        Error::io("write into", &args.out, &error).hint(
            "finished shards are kept; make room or check the permissions, then the same command goes on",
        )
    })
}

/// Publisher and title of each entry of the lists, in their order.
fn titles<'l>(rules: Option<&'l DomainRules>, articles: Option<&'l Fingerprints>) -> Vec<(&'l str, &'l str)> {
    let rules = rules.into_iter().flat_map(|rules| rules.list().titles());
    let mut titles: Vec<(&str, &str)> = rules.map(|title| (title.publisher, title.title)).collect();
    // Articles belong to a publisher, of which a list may name many titles: they are counted in a row without title.
    titles.extend(
        articles
            .into_iter()
            .flat_map(|file| &file.header.publishers)
            .map(|publisher| (publisher.name.as_str(), "")),
    );
    titles
}

fn write_tables(
    args: &Args,
    scan: &Scan<'_>,
    (titles, listed): (&[(&str, &str)], usize),
    articles: Option<&Fingerprints>,
    sampled: Option<Sampled<'_>>,
    shards: usize,
) -> Result<Summary> {
    let parts: Vec<PathBuf> = scan.partition.places(shards).map(|number| scan.part(number)).collect();
    let add_missing = articles.map(|file| {
        move |sums: &mut Sums| {
            (0..file.len()).for_each(|article| sums.add_missing(articles::names(file, article)));
            Ok(())
        }
    });
    let plan = Tables {
        out: &args.out,
        parts: &parts,
        titles,
        listed,
        zero_rows: args.zero_rows,
        census: args.census,
        articles: add_missing.as_ref().map(|add| add as Missing<'_>),
        journals: &[scan.parts.join(exchanges::JOURNAL)],
        sampled,
    };
    tables::write(&plan).map_err(|error| Error::io("write into", &args.out, &error))
}

pub(super) fn exit(summary: &Summary) -> Exit {
    let readable = summary.count(Status::Whole) + summary.count(Status::Partial);
    match (summary.gap_total(), readable) {
        (0, _) => Exit::AllExamined,
        (_, 0) => Exit::NothingUsable,
        _ => Exit::Gaps,
    }
}

/// What a run came to, in one line.
pub(super) fn totals(summary: &Summary, articles: bool, elapsed: Duration) -> String {
    let tally = &summary.tally;
    let shards: u64 = summary.shards.values().sum();
    let unexamined = tally.unread_total() + tally.damaged;
    let copies = format!(
        " ({} state a copy of an article, {} note another overlap)",
        display::count(summary.copies),
        display::count(summary.notes)
    );
    format!(
        "{} shards: {} whole, {} partial, {} failed; {} content records: {} found, {} clear, {} not examined; {} rows{}; {}",
        display::count(shards),
        display::count(summary.count(Status::Whole)),
        display::count(summary.count(Status::Partial)),
        display::count(summary.count(Status::Failed)),
        display::count(tally.content),
        display::count(tally.found),
        display::count(tally.clear),
        display::count(unexamined),
        display::count(summary.matches),
        if articles { copies } else { String::new() },
        display::amount(summary.bytes, elapsed),
    )
}

/// The first gaps, a line each, and how many more there are.
pub(super) fn gaps(summary: &Summary, out: &Path) -> Vec<String> {
    let mut lines: Vec<String> =
        summary.gaps.iter().map(|(file, reason)| format!("gap: `{file}`: {reason}")).collect();
    let more = summary.gap_total().saturating_sub(summary.gaps.len() as u64);
    if more > 0 {
        lines.push(format!("and {more} more gaps, all in `{}`", shown(&out.join("shards.csv"))));
    }
    lines
}

/// The first gaps and the totals; for a script the totals are the last line, on a terminal the first.
fn report(args: &Args, summary: &Summary, elapsed: Duration) {
    let tally = &summary.tally;
    let shards: u64 = summary.shards.values().sum();
    let totals = totals(summary, args.fingerprints.is_some(), elapsed);
    if !args.json_progress {
        args.say(&totals);
    }
    gaps(summary, &args.out).iter().for_each(|line| args.say(line));
    if args.json_progress {
        let last = json!({
            "done": true, "shards": shards, "gaps": summary.gap_total(), "bytes": summary.bytes,
            "records": tally.records, "rows": summary.matches, "message": totals,
        });
        let _ = writeln!(io::stderr(), "{last}");
    } else if io::stderr().is_terminal() {
        args.say(&format!("evidence: `{}`", shown(&args.out)));
    }
}

pub(super) fn seconds_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}
