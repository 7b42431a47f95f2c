//! `shardproof verify`: a folder of evidence in, what became of each row and each file out.

use std::fs;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::ValueHint;
use indicatif::ProgressBar;
use rayon::ThreadPoolBuilder;
use serde_json::Value;

use super::display::Style;
use super::network;
use super::search::{self, Files};
use crate::bag::check as bag;
use crate::error::{Error, Result};
use crate::escape::{printable, printable_line, shown};
use crate::evidence::copies::Spread;
use crate::evidence::manifest::Settings;
use crate::exit::Exit;
use crate::fingerprint::commons::Commons;
use crate::fingerprint::side::Side;
use crate::matching::articles::class;
use crate::matching::articles::matcher::{Matcher, TextReader};
use crate::matching::{DomainRules, PublisherList, publishers};
use crate::record::fields::{self, FieldMap};
use crate::scan::Wanted;
use crate::source::remote::Network;
use crate::text::normal::NORMAL_FORM;
use crate::verify::folder::{self, Trouble};
use crate::verify::receipts::Receipts;
use crate::verify::report::{self, Counts};
use crate::verify::rows::{Rows, Sample};
use crate::verify::source::Sources;
use crate::verify::stored::{self, Hash};
use crate::verify::{Checked, Outcome, sums};

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
    evidence: PathBuf,

    /// Folder in which the shards lie, a shard, or the address that stands in front of the shards' names (https://, s3://,
    /// hf://); can be given more than once [default: where the run found them]
    #[arg(long, value_name = "PLACE", value_hint = ValueHint::AnyPath)]
    source: Vec<String>,

    /// Publisher list: check that its rules cover the addresses
    #[arg(short, long, value_name = "CSV", value_hint = ValueHint::FilePath)]
    domains: Option<PathBuf>,

    /// Fingerprints of the run: check that the articles are found again
    #[arg(short, long, value_name = "FPR", value_hint = ValueHint::FilePath)]
    fingerprints: Option<PathBuf>,

    /// Private side file of the run; can be given for each publisher
    #[arg(long, value_name = "FPX", value_hint = ValueHint::FilePath, requires = "fingerprints")]
    private: Vec<PathBuf>,

    /// Key of the fingerprints, if they were made with one
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "fingerprints")]
    key: Option<PathBuf>,

    /// List of common text of the run
    #[arg(long, value_name = "FPC", value_hint = ValueHint::FilePath, requires = "fingerprints")]
    commons: Option<PathBuf>,

    /// Check so many rows, drawn by chance, in place of all
    #[arg(long, value_name = "N")]
    sample: Option<NonZeroUsize>,

    /// What the draw is made with: the same text draws the same rows [default: 0]
    #[arg(long, value_name = "TEXT", requires = "sample")]
    seed: Option<String>,

    /// Read all shards whole and compare their SHA-256, also those on servers. Without it those of this machine are, unless
    /// a sample is drawn
    #[arg(long)]
    shards: bool,

    /// File to write: one row for each row that was checked. It must not exist yet
    #[arg(short, long, value_name = "CSV", default_value = "verification.csv", value_hint = ValueHint::FilePath)]
    out: PathBuf,

    /// Worker threads [default: all cores]
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,

    /// Show the summary and what is wrong only
    #[arg(short, long)]
    quiet: bool,

    #[command(flatten)]
    network: network::Args,
}

/// Runs the command.
///
/// # Errors
/// A wrong request, or a report that cannot be written.
pub fn run(args: &Args) -> Result<Exit> {
    let pool = ThreadPoolBuilder::new()
        .num_threads(args.threads.map_or(0, NonZeroUsize::get))
        .build()
        .map_err(|error| Error::failure(format!("cannot start the workers: {error}")))?;
    pool.install(|| verify(args))
}

fn verify(args: &Args) -> Result<Exit> {
    let tables = tables_of(&args.evidence)?;
    refuse_out(args)?;
    let list = args.domains.as_deref().map(publishers::load).transpose();
    let list = list.map_err(|error| Error::request(error.to_string()))?;
    let matcher = matcher(args)?;
    let files = folder::check(&tables).map_err(|error| Error::io("look into", &tables, &error))?;
    let settings =
        files.manifest.get("settings").cloned().and_then(|value| serde_json::from_value(value).ok());
    let settings: Option<Settings> = settings;
    let matcher = matcher.map(|matcher| of_the_run(matcher, settings.as_ref())).transpose()?;
    args.remark_on(list.as_ref(), settings.as_ref());
    let fields = settings.as_ref().and_then(|settings| settings.fields.as_deref());
    let fields = fields.and_then(|spec| fields::custom(spec).ok());
    let network = args.network.network(&Arc::new(AtomicBool::new(false)));
    let rules = list.map(DomainRules::new);
    let wanted =
        Wanted { rules: rules.as_ref(), texts: matcher.as_ref().map(|matcher| matcher as &dyn TextReader) };
    if files.has_parts {
        args.say("the folder holds the parts of a run that can go on (`.shardproof`); they are no evidence and were not checked");
    }
    if tables != args.evidence {
        args.say("the folder is sealed: `unseal` says by whom and when");
    }
    let mut wrong = files.troubles.len() + seal_troubles(&args.evidence)?;
    print(&format!("files: {} unaltered, {} not", files.unaltered, files.troubles.len()))?;
    print_troubles(&files.troubles)?;
    let held = sources(args, &files.manifest, &network).and_then(|sources| {
        say_what_holds(args, &tables, &files.manifest, &sources, wanted, fields.as_ref())
    });
    match held {
        Ok(troubles) => wrong += troubles,
        // What was changed may not be readable any more: that it was is the finding.
        Err(error) if wrong > 0 && error.exit() == Exit::WrongRequest => {
            print(&format!("rows: not all checked: {error}"))?;
        }
        Err(error) => return Err(error),
    }
    Ok(if wrong == 0 { Exit::AllExamined } else { Exit::CheckFailed })
}

/// Says what of a seal does not hold, and how much, if the folder is sealed.
fn seal_troubles(folder: &Path) -> Result<usize> {
    if !bag::is_bag(folder) {
        return Ok(0);
    }
    let troubles = bag::check(folder, None)?.troubles;
    match troubles.len() {
        0 => print("seal: holds")?,
        count => print(&format!("seal: {count} files are not as they were sealed"))?,
    }
    for trouble in &troubles {
        print(&format!("{}: {}: {}", trouble.kind.name(), printable(&trouble.path), trouble.reason))?;
    }
    Ok(troubles.len())
}

/// Checks what the tables say; returns how much of it is not so.
fn say_what_holds(
    args: &Args,
    tables: &Path,
    manifest: &Value,
    sources: &Sources<'_>,
    wanted: Wanted<'_>,
    fields: Option<&FieldMap>,
) -> Result<usize> {
    let sums = sums::check(tables, manifest)?;
    match sums.len() {
        0 => print("sums: all counts agree")?,
        count => print(&format!("sums: {count} counts do not agree"))?,
    }
    print_troubles(&sums)?;
    let receipts = Receipts::read(tables)?;
    let bar = match Style::choose(args.quiet, false) {
        Style::Bar => ProgressBar::no_length().with_message("rows"),
        Style::Json | Style::Nothing => ProgressBar::hidden(),
    };
    let done = |rows: usize| bar.inc(rows as u64);
    let rows = Rows { folder: tables, receipts: &receipts, sources, wanted, fields, done: &done };
    let hash = match (args.shards, args.sample) {
        (true, _) => Hash::All,
        (false, None) => Hash::Local,
        (false, Some(_)) => Hash::Nothing,
    };
    let shards = stored::check(&receipts, sources, hash);
    print(&format!(
        "shards: {} unaltered, {} of the stated length and not hashed, {} altered, {} not at hand, {} on servers and not \
         read",
        shards.unaltered,
        shards.length_only,
        shards.troubles.len(),
        shards.not_at_hand.len(),
        shards.not_asked
    ))?;
    print_troubles(&shards.troubles)?;
    for file in &shards.not_at_hand {
        args.say(&format!("not at hand: `{file}`"));
    }
    let counts = check_rows(args, &rows)?;
    bar.finish_and_clear();
    let word = |outcome: Outcome| format!("{} {}", counts.of(outcome), outcome.name());
    print(&format!("rows: {} checked: {}", counts.total(), Outcome::ALL.map(word).join(", ")))?;
    for first in &counts.first {
        print(&format!("problem: {first}"))?;
    }
    let not_same = counts.total() - counts.of(Outcome::Same);
    if not_same > counts.first.len() as u64 {
        print(&format!("and {} more, all in `{}`", not_same - counts.first.len() as u64, shown(&args.out)))?;
    }
    Ok(sums.len() + shards.troubles.len() + usize::try_from(not_same).unwrap_or(usize::MAX))
}

fn check_rows(args: &Args, rows: &Rows<'_>) -> Result<Counts> {
    let sample = args.sample.map(|number| Sample {
        rows: number.get(),
        seed: args.seed.clone().unwrap_or_else(|| "0".to_owned()),
    });
    let drawn = sample.as_ref().map(|sample| rows.draw(sample)).transpose()?;
    let checked = rows.check(drawn.as_deref())?;
    let spread = rows.wanted.texts.filter(|_| drawn.is_none()).and_then(|_| spread(&checked));
    if rows.wanted.texts.is_some() && spread.is_none() {
        args.say("the class of an article depends on all rows: it was not compared, since not all of them could be read");
    }
    report::write(&args.out, rows, drawn.as_deref(), checked, spread.as_ref())
}

/// What all rows tell about the spread of the articles; nothing unless each of them was read as it was.
fn spread(checked: &[Checked]) -> Option<Spread> {
    if checked.iter().any(|checked| checked.outcome != Outcome::Same) {
        return None;
    }
    let mut spread = Spread::default();
    for checked in checked.iter().filter(|checked| !checked.evidence.is_empty()) {
        spread.add(&serde_json::from_str(&checked.evidence).ok()?);
    }
    Some(spread)
}

impl Args {
    /// Says a line on standard error. Nobody listening is no reason to stop.
    fn say(&self, line: &str) {
        if !self.quiet {
            let _ = writeln!(io::stderr(), "note: {}", printable_line(line));
        }
    }

    fn remark_on(&self, list: Option<&PublisherList>, settings: Option<&Settings>) {
        let Some(settings) = settings else { return };
        let given = list.map(|list| list.sha256().to_owned());
        if given.is_some() && given != settings.domains_sha256 {
            self.say(
                "the publisher list is not that of the run: rows are compared with the one that was given",
            );
        }
        if settings.tool_version != env!("CARGO_PKG_VERSION") {
            self.say(&format!(
                "the evidence is of version {}, this is {}",
                settings.tool_version,
                env!("CARGO_PKG_VERSION")
            ));
        }
    }
}

/// The folder of the tables: the one that was named, or `data` in it when it is sealed (a BagIt bag, RFC 8493).
fn tables_of(evidence: &Path) -> Result<PathBuf> {
    let inner = evidence.join("data");
    let tables = match evidence.join("bagit.txt").is_file() {
        true => inner,
        false => evidence.to_owned(),
    };
    match ["manifest.json", "matches.csv"].iter().any(|name| tables.join(name).is_file()) {
        true => Ok(tables),
        false => Err(Error::request(format!(
            "`{}` is no folder of evidence: it has neither `manifest.json` nor `matches.csv`",
            shown(evidence)
        ))
        .hint(
            "name the folder that was given to `scan --out`; a run that was interrupted has no tables yet",
        )),
    }
}

/// The report stands outside of the folder, whose files its manifest lists, and takes no earlier one's place.
fn refuse_out(args: &Args) -> Result<()> {
    if args.out.exists() {
        return Err(Error::request(format!("`{}` exists", shown(&args.out)))
            .hint("name another file with `--out`; nothing was changed"));
    }
    let folder = match args.out.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let within = |folder: &Path| -> io::Result<bool> {
        Ok(fs::canonicalize(folder)?.starts_with(fs::canonicalize(&args.evidence)?))
    };
    match within(folder) {
        Ok(false) => Ok(()),
        Ok(true) => Err(Error::request(format!("`{}` would stand in the evidence", shown(&args.out)))
            .hint("its manifest lists what the run wrote; name a file outside with `--out`")),
        Err(error) => {
            Err(Error::request(format!("cannot write into the folder `{}`: {error}", shown(folder))))
        }
    }
}

fn sources<'n>(args: &Args, manifest: &Value, network: &'n Network) -> Result<Sources<'n>> {
    if !args.source.is_empty() {
        return Sources::of(&args.source, network);
    }
    let paths = || manifest.get("shard_paths").and_then(Value::as_array).into_iter().flatten();
    Sources::recorded(paths().filter_map(Value::as_str), network).ok_or_else(|| {
        let what = match paths().find_map(Value::as_str) {
            Some(path) => format!("the shards are not where the run found them (`{}`)", printable(path)),
            None => "the manifest does not say where the shards are".to_owned(),
        };
        Error::request(what).hint("name the folder in which they lie, or the address, with `--source`")
    })
}

fn matcher(args: &Args) -> Result<Option<Matcher>> {
    let files = args.fingerprints.as_deref().map(|fingerprints| Files {
        fingerprints,
        private: &args.private,
        key: args.key.as_deref(),
        commons: args.commons.as_deref(),
    });
    files.map(|files| search::open(&files, false)).transpose()
}

/// Another fingerprint file, or one file less, finds other words: that would say nothing about the rows.
fn of_the_run(mut matcher: Matcher, settings: Option<&Settings>) -> Result<Matcher> {
    let wrong = |what: &str| {
        Error::request(what)
            .hint("give the files of the run, whose SHA-256 stand in manifest.json; or leave `-f` out")
    };
    let Some(articles) = settings.and_then(|settings| settings.articles.as_ref()) else {
        return Err(wrong("the run looked for no articles"));
    };
    if matcher.file.sha256() != articles.fingerprints_sha256 {
        return Err(wrong("the fingerprint file is not that of the run"));
    }
    let sorted = |mut digests: Vec<String>| {
        digests.sort();
        digests
    };
    let sides = matcher.sides.iter().map(Side::sha256).collect();
    if sorted(sides) != sorted(articles.private_sha256.clone()) {
        return Err(wrong("the private side files are not those of the run"));
    }
    if matcher.commons.as_ref().map(Commons::sha256) != articles.commons_sha256 {
        return Err(wrong("the list of common text is not that of the run"));
    }
    if (articles.normal_form, articles.rule) != (NORMAL_FORM, class::VERSION) {
        return Err(wrong("this version has another normal form or another rule than the run"));
    }
    matcher.excerpts = articles.excerpts;
    Ok(matcher)
}

fn print_troubles(troubles: &[Trouble]) -> Result<()> {
    troubles.iter().try_for_each(|Trouble { file, what }| print(&format!("problem: `{file}` {what}")))
}

/// Prints a result. It holds names from the evidence, which anybody may have written.
fn print(line: &str) -> Result<()> {
    match writeln!(io::stdout(), "{}", printable_line(line)) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::failure(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}
