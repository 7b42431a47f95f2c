//! `shardproof calibrate`: how often would a scan of these shards for these articles be wrong?

use std::fs;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::ValueHint;
use serde_json::json;

use super::display::count;
use super::sample::{self, Walked};
use super::search::{self, Files};
use crate::articles::{self, Columns, Defaults, Item};
use crate::calibration::Trial;
use crate::calibration::hosts::HostReader;
use crate::calibration::report;
use crate::calibration::subject::{Choosing, Read, Subject};
use crate::error::{Error, Result};
use crate::escape::{printable_line, shown};
use crate::exit::Exit;
use crate::fingerprint::commons::Commons;
use crate::fingerprint::file::Fingerprints;
use crate::fingerprint::side::Side;
use crate::matching::articles::class;
use crate::matching::articles::matcher::Matcher;
use crate::text::normal::NORMAL_FORM;

const EXAMPLES: &str = "\
Examples:
  Before a scan, with the same settings:
      shardproof calibrate c4/en/ -f articles.fpr --articles articles.jsonl --out report.json
      shardproof scan c4/en/ -f articles.fpr --calibration report.json -o evidence/

Copies and decoys of some articles are put into texts of the shards, in memory, and examined as a scan does:
  whole, half, quarter, teaser    the article, consecutive sentences of it, its first words
  edited_5_percent, _20_percent   words replaced by others
  scattered, typography           other lines between its paragraphs; other quotes, dashes, blanks, accents
  quote, phrase, shuffled         decoys: one or two quoted sentences, some words, all words in random order
  other, host                     decoys: articles that the fingerprint file does not hold, texts by themselves
The texts are such that the scan finds nothing in them. Not measured: copies that were rewritten, and text that stands
on many hosts, since each text is judged alone.

Exit codes: 0 measured, 1 nothing usable, 2 wrong request, 3 measured with gaps in the shards, 130 interrupted.";

const COLUMNS_HINT: &str = "for example `--columns id=guid,text=body,title=headline,url=link,date=published`";

/// Options of `calibrate`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    shards: sample::Args,

    /// Article fingerprints, made by `shardproof fingerprint`
    #[arg(short, long, value_name = "FPR", value_hint = ValueHint::FilePath)]
    fingerprints: PathBuf,

    /// Private side file of the fingerprints, if the scan has it; can be given for each publisher
    #[arg(long, value_name = "FPX", value_hint = ValueHint::FilePath)]
    private: Vec<PathBuf>,

    /// Key of the fingerprints, if they were made with one
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    key: Option<PathBuf>,

    /// Text that many sites have, if the scan has it
    #[arg(long, value_name = "FPC", value_hint = ValueHint::FilePath)]
    commons: Option<PathBuf>,

    /// The articles of which the fingerprints were made, as given to `fingerprint`; can be given again
    #[arg(long, required = true, value_name = "FILE", value_hint = ValueHint::AnyPath)]
    articles: Vec<PathBuf>,

    /// Where the fields of an article stand: id, text, title, url, date, publisher, lang, credit
    #[arg(long, value_name = "MAP")]
    columns: Option<String>,

    /// The publisher of articles that do not name one
    #[arg(long, value_name = "NAME")]
    publisher: Option<String>,

    /// Articles to plant
    #[arg(long, value_name = "N", default_value = "200")]
    sample: NonZeroUsize,

    /// Texts of the shards to plant them in
    #[arg(long, value_name = "N", default_value = "1000")]
    records: NonZeroUsize,

    /// Decides what is planted where: the same seed gives the same report
    #[arg(long, value_name = "N", default_value = "1")]
    seed: u64,

    /// Write the report as JSON, for `scan --calibration`
    #[arg(short, long, value_name = "JSON", value_hint = ValueHint::FilePath)]
    out: Option<PathBuf>,

    /// Show the table and errors only
    #[arg(short, long)]
    quiet: bool,
}

/// Runs the command.
///
/// # Errors
/// A wrong request, shards of which none can be read, or a report that cannot be written.
pub fn run(args: &Args) -> Result<Exit> {
    let columns = args.columns.as_deref().map(Columns::parse).transpose();
    let columns = columns.map_err(|what| Error::request(what).hint(COLUMNS_HINT))?.unwrap_or_default();
    let sample = args.shards.resolve()?;
    if let Some(out) = &args.out {
        let files = [Some(&args.fingerprints), args.key.as_ref(), args.commons.as_ref()];
        let read = files.into_iter().flatten().chain(&args.private).chain(&args.articles);
        sample.check_out(out, read.map(PathBuf::as_path))?;
    }
    let matcher = matcher(args)?;
    let chosen = Chosen::read(args, &columns, &matcher.file)?;
    let reader = HostReader::new(&matcher, args.records.get(), args.seed);
    let Some(walked) = sample.walk(&reader, args.quiet)? else { return Ok(Exit::Interrupted) };
    let hosts = reader.finish();
    if hosts.is_empty() {
        return Err(Error::request("no text of the shards can take a copy")
            .hint("needed are texts of 100 to 5,000 words in which the scan finds nothing"));
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(sample.threads.get()).build();
    let pool = pool.map_err(|error| Error::failure(format!("cannot start the workers: {error}")))?;
    let trial = Trial {
        matcher: &matcher,
        subjects: &chosen.subjects,
        others: &chosen.others,
        hosts: &hosts,
        seed: args.seed,
    };
    let result = pool.install(|| report::Result::of(&trial));
    if let Some(out) = &args.out {
        let report = whole_report(args, &matcher, &chosen, &walked, hosts.len(), &result);
        write(out, &report)?;
    }
    let planted = format!(
        "{} articles and {} that the file does not hold, in {} texts of {} records\n",
        count(chosen.subjects.len() as u64),
        count(chosen.others.len() as u64),
        count(hosts.len() as u64),
        count(walked.records),
    );
    print(&(planted + &result.table()))?;
    if chosen.skipped > 0 {
        say(args, &format!("note: {} entries of the articles could not be taken", chosen.skipped));
    }
    if chosen.read.changed > 0 {
        say(args, &format!("note: {} articles are not as they were fingerprinted", chosen.read.changed));
    }
    for (shard, reason) in &walked.gaps {
        say(args, &format!("gap: `{shard}`: {reason}"));
    }
    Ok(if walked.gaps.is_empty() { Exit::AllExamined } else { Exit::Gaps })
}

fn matcher(args: &Args) -> Result<Matcher> {
    let files = Files {
        fingerprints: &args.fingerprints,
        private: &args.private,
        key: args.key.as_deref(),
        commons: args.commons.as_deref(),
    };
    search::open(&files, false)
}

/// The articles that are planted.
struct Chosen {
    subjects: Vec<Subject>,
    others: Vec<Subject>,
    read: Read,
    skipped: u64,
}

impl Chosen {
    fn read(args: &Args, columns: &Columns, file: &Fingerprints) -> Result<Chosen> {
        let defaults = Defaults { publisher: args.publisher.clone(), language: None };
        let mut choosing = Choosing::new(file, args.sample.get(), args.seed);
        let mut skipped = 0;
        articles::read(&args.articles, columns, &defaults, &mut |_, item| {
            match item {
                Item::Article(article) => choosing.take(article),
                Item::Skipped(_) => skipped += 1,
            }
            Ok(())
        })?;
        let read = choosing.read;
        let (subjects, others) = choosing.finish();
        match subjects.is_empty() {
            false => Ok(Chosen { subjects, others, read, skipped }),
            true => Err(Error::request(format!(
                "none of the {} articles can be planted: {} are not in `{}`, {} are not as they were fingerprinted, {} \
                 are short, under an agency's mark or a version of another",
                read.articles,
                read.not_in_the_file,
                shown(&args.fingerprints),
                read.changed,
                read.not_eligible
            ))
            .hint("give the articles, `--columns` and `--publisher` that were given to `fingerprint`")),
        }
    }
}

/// The report for a file: with the settings, and nothing that differs from run to run.
fn whole_report(
    args: &Args,
    matcher: &Matcher,
    chosen: &Chosen,
    walked: &Walked,
    hosts: usize,
    result: &report::Result,
) -> serde_json::Value {
    json!({
        "report": "shardproof calibration",
        "version": report::VERSION,
        "tool_version": env!("CARGO_PKG_VERSION"),
        "settings": {
            "fingerprints_sha256": matcher.file.sha256(),
            "private_sha256": matcher.sides.iter().map(Side::sha256).collect::<Vec<_>>(),
            "commons_sha256": matcher.commons.as_ref().map(Commons::sha256),
            "key": matcher.file.key.name(),
            "profile": matcher.file.header.profile,
            "normal_form": NORMAL_FORM,
            "rule": class::VERSION,
            "seed": args.seed,
            "articles_wanted": args.sample,
            "texts_wanted": args.records,
        },
        "articles": chosen.read,
        "articles_planted": chosen.subjects.len(),
        "articles_planted_that_the_file_does_not_hold": chosen.others.len(),
        "shards": walked.shards,
        "shards_with_gaps": walked.gaps.len(),
        "records_examined": walked.records,
        "texts": hosts,
        "result": result,
        "not_measured": [
            "copies that were rewritten rather than edited",
            "text that stands on many hosts: each text is judged alone, without host frequency",
            "records in which the scan finds something: nobody can tell there which row is false",
        ],
    })
}

fn write(out: &Path, report: &serde_json::Value) -> Result<()> {
    let text = serde_json::to_string_pretty(report).unwrap_or_default() + "\n";
    fs::write(out, text).map_err(|error| Error::io("write", out, &error))
}

fn print(text: &str) -> Result<()> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::failure(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

fn say(args: &Args, line: &str) {
    if !args.quiet {
        // Nobody listening is no reason to stop.
        let _ = writeln!(io::stderr(), "{}", printable_line(line));
    }
}
