//! `shardproof verify`: a folder of evidence in, what became of each row and each file out.

mod args;
mod given;

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use indicatif::ProgressBar;
use rayon::ThreadPoolBuilder;
use serde_json::Value;

use super::display::Style;
use crate::bag::check as bag;
use crate::error::{Error, Result};
use crate::escape::{printable, printable_line, shown};
use crate::evidence::copies::Spread;
use crate::evidence::manifest::Settings;
use crate::exit::Exit;
use crate::matching::articles::matcher::TextReader;
use crate::matching::{DomainRules, publishers};
use crate::record::fields::{self, FieldMap};
use crate::scan::Wanted;
use crate::verify::folder::{self, Trouble};
use crate::verify::headers;
use crate::verify::receipts::Receipts;
use crate::verify::report::{self, Counts};
use crate::verify::rows::{Rows, Sample};
use crate::verify::source::Sources;
use crate::verify::stored::{self, Hash};
use crate::verify::{Checked, Outcome, sums};

pub use args::Args;

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
    let tables = given::tables_of(&args.evidence)?;
    given::refuse_out(args)?;
    let list = args.domains.as_deref().map(publishers::load).transpose();
    let list = list.map_err(|error| Error::request(error.to_string()))?;
    let matcher = given::matcher(args)?;
    let files = folder::check(&tables).map_err(|error| Error::io("look into", &tables, &error))?;
    let settings =
        files.manifest.get("settings").cloned().and_then(|value| serde_json::from_value(value).ok());
    let settings: Option<Settings> = settings;
    let matcher = matcher.map(|matcher| given::of_the_run(matcher, settings.as_ref())).transpose()?;
    given::remark_on(args, list.as_ref(), settings.as_ref());
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
    let headers = headers::check(&tables, &files.manifest);
    print_troubles(&headers)?;
    wrong += headers.len();
    let held = given::sources(args, &files.manifest, &network).and_then(|sources| {
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
    let is_redacted = manifest.get("redactions").is_some();
    if is_redacted {
        args.say("the folder is a redacted copy: what was taken out is not compared");
    }
    let rows =
        Rows { folder: tables, receipts: &receipts, sources, wanted, fields, is_redacted, done: &done };
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
