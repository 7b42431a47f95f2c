//! `shardproof fingerprint`: a publisher's articles in, a fingerprint file out.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{ValueEnum, ValueHint};
use serde_json::json;

use crate::articles::{self, Columns, Defaults, Item, Origin};
use crate::error::{Error, Result};
use crate::escape::{printable_line, shown};
use crate::exit::Exit;
use crate::fingerprint::article::{Flags, MOST_WORDS};
use crate::fingerprint::build::{Builder, Built, Refused, Settings};
use crate::fingerprint::file::Fingerprints;
use crate::fingerprint::header::Profile;
use crate::fingerprint::key::Key;
use crate::fingerprint::remarks::Remarks;
use crate::fingerprint::same_id::{Ids, Renamed};
use crate::fingerprint::side::SideBuilder;

const EXAMPLES: &str = "\
Examples:
  From an export in JSON lines, with the side file that stays with you:
      shardproof fingerprint articles.jsonl -o articles.fpr --private articles.fpx

  From a table whose columns have other names:
      shardproof fingerprint export.csv --columns id=guid,text=corps,title=titre -o articles.fpr

  What is in a file, and is it what was made?
      shardproof fingerprint --info articles.fpr

  Files of several publishers into one, so that text they share is known as shared:
      shardproof fingerprint --merge a.fpr b.fpr -o press.fpr

What the articles should be looked at for (skipped entries, versions, recurring paragraphs) goes to `OUT.report.csv`.
Exit codes: 0 all entries were taken, 2 wrong request, 3 some were skipped, 4 a file is not what it states (--info).";

const COLUMNS_HINT: &str = "for example `--columns id=guid,text=body,title=headline,url=link,date=published`";

/// Options of `fingerprint`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Articles: JSON lines, CSV, .txt, .html, WARC files, or folders of them; with --info or --merge, fingerprint files
    #[arg(required = true, value_name = "ARTICLES", value_hint = ValueHint::AnyPath)]
    inputs: Vec<PathBuf>,

    /// The fingerprint file to make
    #[arg(short, long, value_name = "FPR", value_hint = ValueHint::FilePath, required_unless_present = "info")]
    out: Option<PathBuf>,

    /// Also make the exact side file, which stays with the publisher: it is as private as the articles
    #[arg(long, value_name = "FPX", value_hint = ValueHint::FilePath, conflicts_with_all = ["info", "merge"])]
    private: Option<PathBuf>,

    /// Key of the hashes: only its holders can scan for the articles or guess them [default: a public key]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    key: Option<PathBuf>,

    /// Where the fields of an article stand: id, text, title, url, date, publisher, lang, credit
    #[arg(long, value_name = "MAP", conflicts_with_all = ["info", "merge"])]
    columns: Option<String>,

    /// The publisher of articles that do not name one
    #[arg(long, value_name = "NAME", conflicts_with_all = ["info", "merge"])]
    publisher: Option<String>,

    /// The language of articles that do not name one
    #[arg(long, value_name = "TAG", conflicts_with_all = ["info", "merge"])]
    language: Option<String>,

    /// Keep one fingerprint of four, for wide sharing: copies of some hundred words or more are still found
    #[arg(long, conflicts_with_all = ["info", "merge"])]
    sparse: bool,

    /// Addresses and titles in the file [default: keep; drop with --key]
    #[arg(long, value_enum, value_name = "WHAT", conflicts_with_all = ["info", "merge"])]
    addresses: Option<Addresses>,

    /// Show what fingerprint files hold, as JSON, and check their SHA-256
    #[arg(long, conflicts_with = "merge")]
    info: bool,

    /// Join fingerprint files that were made with one key
    #[arg(long)]
    merge: bool,

    /// Show errors only
    #[arg(short, long)]
    quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Addresses {
    /// Rows then name the article
    Keep,
    /// Rows then name its id alone
    Drop,
}

/// Runs the command.
///
/// # Errors
/// A wrong request, or a file that cannot be written.
pub fn run(args: &Args) -> Result<Exit> {
    let key = args.key.as_deref().map(Key::load).transpose()?;
    match (&args.out, args.info, args.merge) {
        (_, true, _) => info(&args.inputs, key.as_ref()),
        (Some(out), _, true) => merge(args, key.as_ref(), out),
        (Some(out), ..) => make(args, key.as_ref(), out),
        (None, ..) => Err(Error::request("`--out` is missing: name the fingerprint file to make")),
    }
}

fn make(args: &Args, key: Option<&Key>, out: &Path) -> Result<Exit> {
    let columns = args.columns.as_deref().map(Columns::parse).transpose();
    let columns = columns.map_err(|what| Error::request(what).hint(COLUMNS_HINT))?.unwrap_or_default();
    let defaults = Defaults { publisher: args.publisher.clone(), language: args.language.clone() };
    let addresses = args.addresses.unwrap_or(if key.is_some() { Addresses::Drop } else { Addresses::Keep });
    let settings = Settings {
        key: key.cloned().unwrap_or_else(Key::public),
        profile: if args.sparse { Profile::Sparse } else { Profile::Full },
        addresses: addresses == Addresses::Keep,
    };
    refuse_to_overwrite_inputs(args, out)?;
    let mut making = Making {
        builder: Builder::new(settings.clone()),
        side: args.private.as_ref().map(|_| SideBuilder::default()),
        key: settings.key.clone(),
        remarks: Remarks::default(),
        ids: Ids::default(),
        skipped: 0,
    };
    articles::read(&args.inputs, &columns, &defaults, &mut |origin, item| making.take(&origin, item))?;
    let Making { builder, side, mut remarks, skipped, .. } = making;
    if builder.is_empty() {
        let report = report_path(out);
        remarks.write(&report).map_err(|error| Error::io("write", &report, &error))?;
        return Err(Error::request("none of the inputs holds an article that can be taken")
            .hint(format!("`{}` says why, entry by entry", shown(&report))));
    }
    let built = builder.write(out).map_err(|error| Error::io("write", out, &error))?;
    if let (Some(side), Some(path)) = (side, &args.private) {
        side.write(path, &settings.key).map_err(|error| Error::io("write", path, &error))?;
    }
    remarks.compare(&built);
    say(args, &made(out, &built));
    write_remarks(args, out, &remarks)?;
    Ok(if skipped > 0 { Exit::Gaps } else { Exit::AllExamined })
}

fn write_remarks(args: &Args, out: &Path, remarks: &Remarks) -> Result<()> {
    let report = report_path(out);
    remarks.write(&report).map_err(|error| Error::io("write", &report, &error))?;
    let counts: BTreeMap<&str, u64> = remarks.counts();
    if !counts.is_empty() {
        let list: Vec<String> = counts.iter().map(|(what, count)| format!("{what} {count}")).collect();
        say(args, &format!("remarks in `{}`: {}", shown(&report), list.join(", ")));
    }
    Ok(())
}

/// A file that is both read and written would be lost.
fn refuse_to_overwrite_inputs(args: &Args, out: &Path) -> Result<()> {
    let same = |one: &Path, other: &Path| {
        one == other
            || one.canonicalize().ok().zip(other.canonicalize().ok()).is_some_and(|(one, other)| one == other)
    };
    let report = report_path(out);
    let outputs: Vec<&Path> =
        std::iter::once(out).chain([report.as_path()]).chain(args.private.as_deref()).collect();
    let is_input = |output: &Path| args.inputs.iter().chain(&args.key).any(|input| same(input, output));
    if let Some(output) = outputs.iter().find(|output| is_input(output)) {
        return Err(Error::request(format!("`{}` is read and would be written over", shown(output))));
    }
    match args.private.as_deref() {
        Some(side) if same(out, side) || same(&report, side) => {
            Err(Error::request("`--private` names the file of `--out` or its report"))
        }
        _ => Ok(()),
    }
}

/// `articles.fpr` has its report in `articles.fpr.report.csv`.
fn report_path(out: &Path) -> PathBuf {
    let mut name = out.as_os_str().to_owned();
    name.push(".report.csv");
    PathBuf::from(name)
}

/// Articles on their way.
struct Making {
    builder: Builder,
    side: Option<SideBuilder>,
    key: Key,
    remarks: Remarks,
    /// The ids of the articles that were taken.
    ids: Ids,
    skipped: u64,
}

impl Making {
    fn take(&mut self, origin: &Origin, item: Item) -> Result<()> {
        let mut article = match item {
            Item::Article(article) => article,
            Item::Skipped(trouble) => {
                self.skip(origin, &trouble.to_string());
                return Ok(());
            }
        };
        let original = article.id.clone();
        article.id = self.ids.free(&article.publisher, &original);
        let added = match self.builder.add(&article) {
            Ok(added) => added,
            Err(refused) => {
                self.skip(origin, &why(refused));
                return Ok(());
            }
        };
        self.ids.take(&article.publisher, &original, &article.id);
        let is_renamed = article.id != original;
        let index = added.article;
        if let Some(side) = &mut self.side {
            side.add(&article.publisher, &article.id, &added.words.hashes, added.quoted, &self.key);
        }
        self.remarks.taken(&added, &article.publisher, &article.id, &article.text, origin);
        if is_renamed {
            self.remarks.renamed(index, origin, &original);
        }
        Ok(())
    }

    fn skip(&mut self, origin: &Origin, why: &str) {
        self.skipped += 1;
        self.remarks.skipped(origin, why);
    }
}

fn why(refused: Refused) -> String {
    match refused {
        Refused::NoWords => "the text has no letter or digit".to_owned(),
        Refused::TooLong(words) => format!("{words} words: an article has at most {MOST_WORDS}"),
        Refused::Full => "the file is full: make several and scan with each".to_owned(),
    }
}

fn merge(args: &Args, key: Option<&Key>, out: &Path) -> Result<Exit> {
    refuse_to_overwrite_inputs(args, out)?;
    let mut builder: Option<Builder> = None;
    let mut first: Option<Settings> = None;
    let mut ends: Vec<(u64, &Path)> = Vec::new();
    for path in &args.inputs {
        let file = Fingerprints::open(path, key)?;
        let settings = Settings {
            key: file.key.clone(),
            profile: file.header.profile,
            addresses: file.header.addresses,
        };
        let profile = settings.profile;
        let of_first = first.get_or_insert(settings).clone();
        if of_first.profile != profile {
            return Err(Error::request(format!(
                "`{}` is sparse and others are not, or the other way round",
                shown(path)
            ))
            .hint("make the files with the same profile"));
        }
        let builder = builder.get_or_insert_with(|| Builder::new(Settings { addresses: false, ..of_first }));
        builder.add_file(&file).map_err(|refused| Error::request(why(refused)))?;
        let before = ends.last().map_or(0, |(end, _)| *end);
        ends.push((before + file.header.articles, path));
    }
    let Some(mut builder) = builder else { return Err(Error::request("there is nothing to merge")) };
    let settled = builder.settle_ids();
    let built = builder.write(out).map_err(|error| Error::io("write", out, &error))?;
    say(args, &made(out, &built));
    if settled.twins > 0 {
        say(args, &format!("articles that stand in several files and were taken once: {}", settled.twins));
    }
    report_renamed(args, out, &settled.renamed, &ends)?;
    Ok(Exit::AllExamined)
}

/// Remarks on the articles that a merge gave another id. `ends` has the number behind the last article of each file.
fn report_renamed(args: &Args, out: &Path, renamed: &[Renamed], ends: &[(u64, &Path)]) -> Result<()> {
    let mut remarks = Remarks::default();
    for article in renamed {
        let file = ends.iter().find(|(end, _)| u64::from(article.article) < *end);
        remarks.renamed_in(file.map_or(Path::new(""), |(_, path)| path), article);
    }
    write_remarks(args, out, &remarks)
}

fn made(out: &Path, built: &Built) -> String {
    let header = &built.header;
    let of = |flags| built.counts.iter().filter(|counts| counts.flags.has(flags)).count();
    let families =
        built.counts.iter().enumerate().filter(|(index, counts)| counts.family as usize == *index).count();
    format!(
        "`{}`: {} articles of {} publishers, {} words, {} fingerprints; {} families, {} short, {} held by other publishers \
         as well; sha256 {}",
        shown(out),
        header.articles,
        header.publishers.len(),
        header.words,
        header.shingles,
        families,
        of(Flags::SHORT),
        of(Flags::HELD),
        built.sha256,
    )
}

/// Prints what the files hold.
fn info(inputs: &[PathBuf], key: Option<&Key>) -> Result<Exit> {
    let mut exit = Exit::AllExamined;
    for path in inputs {
        let file = Fingerprints::open_any_key(path, key)?;
        let counts = || (0..file.len()).map(|article| file.counts(article));
        let intact = file.is_intact();
        if !intact {
            exit = Exit::CheckFailed;
        }
        let shown = json!({
            "file": shown(path),
            "header": file.header,
            "families": counts().enumerate().filter(|(index, counts)| counts.family as usize == *index).count(),
            "short": counts().filter(|counts| counts.flags.has(Flags::SHORT)).count(),
            "under_an_agency_mark": counts().filter(|counts| counts.agency != 0).count(),
            "held_by_other_publishers": counts().filter(|counts| counts.flags.has(Flags::HELD)).count(),
            "own_words": counts().map(|counts| u64::from(counts.own_words)).sum::<u64>(),
            "content_sha256": file.sha256(),
            "content_sha256_agrees": intact,
        });
        let text = serde_json::to_string_pretty(&shown).unwrap_or_default();
        match writeln!(io::stdout(), "{text}") {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                return Err(Error::failure(format!("cannot write to standard output: {error}")));
            }
            _ => {}
        }
    }
    Ok(exit)
}

fn say(args: &Args, line: &str) {
    if !args.quiet {
        // Nobody listening is no reason to stop.
        let _ = writeln!(io::stderr(), "{}", printable_line(line));
    }
}
