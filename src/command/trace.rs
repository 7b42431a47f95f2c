//! `shardproof trace`: rows of C4, OSCAR and other derived corpora back to their captures.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::ValueHint;

use super::display::count;
use super::outside;
use crate::cell::hex;
use crate::container::feed::Feed;
use crate::error::{Error, Result};
use crate::escape::{printable_line, shown};
use crate::evidence::reading::{self, Reader};
use crate::evidence::receipt::Status;
use crate::evidence::row;
use crate::exit::Exit;
use crate::report::files::Files;
use crate::report::shards::{Shards, Where};
use crate::trace::capture::Capture;
use crate::trace::derived::Derived;
use crate::trace::index;
use crate::trace::origins::Origins;
use crate::trace::output::{Input, Output};
use crate::trace::rights::Rights;

const EXAMPLES: &str = "\
Examples:
  Rows of C4 to captures that a scan of Common Crawl found, with what their headers say about rights:
      shardproof trace c4-evidence/ --captures cc-evidence/ --source CC-MAIN-2019-18/ -o origins/

  The same to the captures that the index of the crawl names:
      shardproof trace c4-evidence/ --captures cdx-00123.gz cdx-00124.gz -o origins/

A row is joined by the id of the record that it was made from, else by address and time to the second. An origin that is
not found may stand in what was not searched.
Exit codes: 0 every row has an origin, 2 wrong request, 3 some have none or an input left a gap.";

/// Options of `trace`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Folder of evidence with rows of C4, OSCAR or another derived corpus
    #[arg(value_name = "EVIDENCE", value_hint = ValueHint::DirPath)]
    evidence: PathBuf,

    /// Where captures are looked for: folders of evidence of Common Crawl, or index files (CDXJ) and folders of them
    #[arg(long, required = true, num_args = 1.., value_name = "PLACE", value_hint = ValueHint::AnyPath)]
    captures: Vec<PathBuf>,

    /// Folder with the shards of the captures, for their headers [default: kept records, and where the scan read them]
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::AnyPath)]
    source: Option<PathBuf>,

    /// Folder for the result: new or empty
    #[arg(short, long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    out: PathBuf,

    /// Show errors only
    #[arg(short, long)]
    quiet: bool,
}

/// Runs the command.
///
/// # Errors
/// A wrong request, or a result that cannot be written.
pub fn run(args: &Args) -> Result<Exit> {
    if let Some(source) = args.source.as_ref().filter(|source| !source.exists()) {
        return Err(Error::request(format!("`--source {}`: no such file or folder", shown(source))));
    }
    let places = args.captures.iter().map(|path| Place::find(path)).collect::<Result<Vec<_>>>()?;
    let (derived, derived_input) = derived(&args.evidence)?;
    for folder in args.captures.iter().chain([&args.evidence]).filter(|path| path.is_dir()) {
        outside::check(&args.out, folder)?;
    }
    prepare(&args.out)?;
    let mut origins = Origins::default();
    let (mut inputs, mut shards) = (Vec::new(), Vec::new());
    for place in places.iter().flatten() {
        let number = inputs.len();
        match place {
            Place::Evidence(tables) => {
                let place = args.source.as_deref().map_or(Where::Run, Where::Given);
                inputs.push(evidence(tables, number, &derived, &mut origins)?);
                shards.push(Some(Shards::open(tables, place)?));
            }
            Place::Index(path) => {
                inputs.push(index(path, number, &derived, &mut origins)?);
                shards.push(None);
            }
        }
    }
    let files = args.source.as_deref().map(Files::at);
    let failed = |error: io::Error| Error::io("write into", &args.out, &error);
    let mut output = Output::create(&args.out).map_err(failed)?;
    // Many rows can be of one capture, and a record in a stream is far from its start.
    let mut known: HashMap<usize, Rights> = HashMap::new();
    for (number, row) in derived.rows.iter().enumerate() {
        let captures = origins.of(number).into_iter().map(|(join, index, capture)| {
            let shards = shards.get(capture.input).and_then(Option::as_ref);
            let rights = known.entry(index).or_insert_with(|| capture.rights(shards, files.as_ref()));
            (join, capture, rights.clone())
        });
        let captures: Vec<_> = captures.collect();
        output.add(row, &captures).map_err(failed)?;
    }
    let counts = output.finish(&args.out, &derived_input, &inputs, files.is_some()).map_err(failed)?;
    let gaps: Vec<String> = inputs.iter().flat_map(Input::gap_lines).collect();
    if !args.quiet {
        let names_none = match counts.names_none {
            0 => String::new(),
            rows => format!(", {} name no capture", count(rows)),
        };
        say(&format!(
            "{} rows: {} with an origin, {} not found in what was searched{names_none}",
            count(counts.rows),
            count(counts.found),
            count(counts.not_found)
        ));
        gaps.iter().take(20).for_each(|gap| say(&format!("gap: {gap}")));
    }
    match counts.found == counts.rows && gaps.is_empty() {
        true => Ok(Exit::AllExamined),
        false => Ok(Exit::Gaps),
    }
}

fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{}", printable_line(line));
}

/// Where captures are looked for.
enum Place {
    Evidence(PathBuf),
    Index(PathBuf),
}

impl Place {
    /// What an argument names: evidence, an index file, or the index files of a folder.
    fn find(path: &Path) -> Result<Vec<Place>> {
        if path.is_file() {
            return Ok(vec![Place::Index(path.to_owned())]);
        }
        if !path.is_dir() {
            return Err(Error::request(format!("`--captures {}`: no such file or folder", shown(path))));
        }
        if let Ok(tables) = reading::tables_of(path) {
            return Ok(vec![Place::Evidence(tables)]);
        }
        let entries = fs::read_dir(path).map_err(|error| Error::io("look into", path, &error))?;
        let files = entries.flatten().map(|entry| entry.path());
        let mut files: Vec<PathBuf> = files.filter(|path| path.is_file() && is_index(path)).collect();
        files.sort();
        match files.is_empty() {
            false => Ok(files.into_iter().map(Place::Index).collect()),
            true => Err(Error::request(format!(
                "`--captures {}` is no folder of evidence, and has no index files",
                shown(path)
            ))
            .hint("index files are named `cdx-00000.gz` or `*.cdxj`; another can be given by itself")),
        }
    }
}

fn is_index(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name).to_owned();
    name.starts_with("cdx-") || name.ends_with(".cdxj") || name.ends_with(".cdx")
}

/// The rows that are to be traced.
fn derived(folder: &Path) -> Result<(Derived, Input)> {
    let tables = reading::tables_of(folder)?;
    let mut derived = Derived::default();
    let mut reader = Reader::open(&tables, "matches", row::COLUMNS)?;
    for row in reader.by_ref() {
        let row = row?;
        if Derived::is_derived(&row) {
            derived.add(row);
        }
    }
    let input = Input {
        name: name(folder),
        kind: "evidence",
        entries: reader.rows(),
        sha256: digests(&tables)?,
        ..Input::default()
    };
    match derived.rows.is_empty() {
        false => Ok((derived, input)),
        true => Err(Error::request(format!("`{}` has no row of a derived corpus", shown(folder)))
            .hint("rows of C4, OSCAR and WET files are traced; rows of WARC files are captures themselves")),
    }
}

fn evidence(tables: &Path, number: usize, derived: &Derived, origins: &mut Origins) -> Result<Input> {
    let mut reader = Reader::open(tables, "matches", row::COLUMNS)?;
    for row in reader.by_ref() {
        let row = row?;
        if Capture::is_one(&row)
            && let Some(capture) = Capture::of_row(number, row)
        {
            origins.add(derived, capture);
        }
    }
    let mut gaps = Vec::new();
    for shard in Reader::open(tables, "shards", &["shard", "status"])? {
        let shard = shard?;
        if [Status::Partial, Status::Failed].iter().any(|gap| gap.name() == shard.cell(1)) {
            gaps.push(format!("{}: {}", shard.text(0), shard.cell(1)));
        }
    }
    Ok(Input {
        name: name(tables),
        kind: "evidence",
        entries: reader.rows(),
        gaps,
        sha256: digests(tables)?,
        ..Input::default()
    })
}

fn index(path: &Path, number: usize, derived: &Derived, origins: &mut Origins) -> Result<Input> {
    let mut placeless = 0;
    let read = index::read(
        path,
        |second| derived.has_second(second),
        |line, date| match Capture::of_line(number, line, date) {
            Some(capture) => origins.add(derived, capture),
            None => placeless += 1,
        },
    );
    let read =
        read.map_err(|error| Error::request(format!("cannot read the index `{}`: {error}", shown(path))))?;
    if read.lines == 0 && read.gaps.is_empty() {
        return Err(Error::request(format!("`{}` holds no line of a capture index", shown(path)))
            .hint("lines have the form CDXJ: `key 20190425125754 {\"url\": ...}`"));
    }
    Ok(Input {
        name: name(path),
        kind: "index",
        entries: read.lines,
        not_understood: read.not_understood + placeless,
        gaps: read.gaps,
        sha256: [(name(path), read.sha256)].into(),
    })
}

fn name(path: &Path) -> String {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    whole.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// SHA-256 of the files that a folder of evidence is read from.
fn digests(tables: &Path) -> Result<BTreeMap<String, String>> {
    let mut digests = BTreeMap::new();
    for file in reading::files(tables, "matches")?.into_iter().chain(["shards.csv".to_owned()]) {
        let path = tables.join(&file);
        let hashed = File::open(&path).and_then(|input| Feed::new(Box::new(input), true).finish().1);
        let digest = hashed.map_err(|error| Error::io("read", &path, &error))?;
        digests.insert(file, digest.map(|digest| hex(&digest)).unwrap_or_default());
    }
    Ok(digests)
}

/// Makes the folder for the result, which must hold nothing.
fn prepare(out: &Path) -> Result<()> {
    let unusable = |error: io::Error| {
        Error::request(format!("cannot use the output folder `{}`: {error}", shown(out)))
            .hint("name a folder that can be written with `--out`; nothing was read")
    };
    fs::create_dir_all(out).map_err(unusable)?;
    match fs::read_dir(out).map_err(unusable)?.next() {
        None => Ok(()),
        Some(_) => Err(Error::request(format!("the output folder `{}` is not empty", shown(out)))
            .hint("name a new or empty folder with `--out`; nothing was changed")),
    }
}
