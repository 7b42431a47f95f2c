//! `shardproof scan`: shards and a publisher list in, evidence out.

mod args;
mod outcome;
mod settings;

use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::display::{self, Style, Total};
use super::folder::{Folder, State};
use super::{mandate, partition, plan_only, search, still};
use crate::error::{Error, Result};
use crate::escape::shown;
use crate::evidence::articles::{self, Sums};
use crate::evidence::custody::{self, Custody};
use crate::evidence::estimates::Sampled;
use crate::evidence::manifest::{self, Run};
use crate::evidence::tables::{self, Missing, Plan as Tables, Summary};
use crate::exit::Exit;
use crate::fingerprint::file::Fingerprints;
use crate::matching::articles::matcher::TextReader;
use crate::matching::{DomainRules, PublisherList, publishers};
use crate::scan::progress::Progress;
use crate::scan::{Scan, Wanted};
use crate::source::address::fit_to_be_written;
use crate::source::exchanges::{self, Journal};
use crate::source::plan::{self, Shard};

pub use args::Args;

pub(super) use outcome::{exit, gaps, totals};

/// Runs the command. `given` are the arguments as they were given, for the manifest.
///
/// # Errors
/// A wrong request, or results that cannot be written.
pub fn run(args: &Args, given: &[String]) -> Result<Exit> {
    let begun = (Instant::now(), seconds_now());
    custody::begin();
    // An address may carry a secret, which neither a plan nor a manifest repeats.
    let command: Vec<String> = given.iter().map(|argument| fit_to_be_written(argument)).collect();
    let interrupt = Arc::new(AtomicBool::new(false));
    let network = args.network.network(&interrupt);
    let plan = args.draw.from(plan::resolve(&args.shards, io::stdin(), &network, Some(&args.out))?)?;
    let share = partition::share(args.partition, plan.shards.len())?;
    let list = args.domains.as_deref().map(publishers::load).transpose();
    let list = list.map_err(|error| Error::request(error.to_string()))?;
    let matcher = settings::matcher(args)?;
    let calibration = args.calibration.as_deref().map(settings::calibration).transpose()?;
    let options = settings::options(args)?;
    let settings = settings::settings(args, &options, &plan, list.as_ref(), matcher.as_ref());
    let mut custody =
        Custody { mandate: args.mandate.mandate(), inputs: mandate::inputs(args.lists())?, plan: None };
    if args.plan.is_all() {
        plan_only::write(&args.out, &settings, &plan.shards, &command, &custody, &mandate::now())?;
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
            still::check(&args.out, &plan.shards)?;
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
    if let Some(warning) = matcher.as_ref().and_then(search::other_words) {
        args.say(&format!("note: {warning}"));
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
    let exit = outcome::exit(&summary);
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
    outcome::report(args, &summary, begun.0.elapsed());
    Ok(exit)
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

pub(super) fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

pub(super) fn seconds_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}
