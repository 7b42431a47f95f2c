//! `shardproof show`: one row of the evidence in words, and the lines that check it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{ValueEnum, ValueHint};

use crate::articles::{self, Columns, Defaults, Item};
use crate::error::{Error, Result};
use crate::escape::{printable, shown};
use crate::evidence::manifest;
use crate::evidence::reading::{self, Reader, Row};
use crate::evidence::row::{self, column};
use crate::exit::Exit;
use crate::record::fields;
use crate::report::contents::Contents;
use crate::report::language::Language;
use crate::report::layout::Page;
use crate::report::shards::{AtHand, Shards, Where};
use crate::report::steps::Steps;
use crate::report::words;

const EXAMPLES: &str = "\
Examples:
  A row in words, and the lines that check it with curl, gunzip and sha256sum:
      shardproof show evidence/ m_8a305aa2e4d733f91f76b58e

  The same in French, with the record's head read from a folder of shards:
      shardproof show evidence/ m_8a305a --lang fr --source shards/

  Where the shared words stand, beside the article:
      shardproof show evidence/ m_0f1e2d --articles articles.jsonl

Exit codes: 0 shown, 2 wrong request, 4 the bytes at hand are not those of the row.";

/// Options of `show`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Folder of the evidence, or a sealed one
    #[arg(value_name = "EVIDENCE", value_hint = ValueHint::DirPath)]
    evidence: PathBuf,

    /// The match id of the row, or its beginning if no other row has it
    #[arg(value_name = "ID")]
    id: String,

    /// Language [default: that of LC_ALL, LC_MESSAGES or LANG, else English]
    #[arg(long, value_enum, value_name = "LANGUAGE")]
    lang: Option<Lang>,

    /// Where the shards are: a folder, one shard, or a web address that the lines shall use
    #[arg(long, value_name = "PLACE", value_hint = ValueHint::AnyPath)]
    source: Option<String>,

    /// The articles, as given to `fingerprint`, to show the shared words in both; can be given again
    #[arg(long, value_name = "FILE", value_hint = ValueHint::AnyPath)]
    articles: Vec<PathBuf>,

    /// Where the fields of an article stand: id, text, title, url, date, publisher, lang, credit
    #[arg(long, value_name = "MAP", requires = "articles")]
    columns: Option<String>,
}

/// A language on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Lang {
    /// English
    En,
    /// French
    Fr,
}

/// Runs the command.
///
/// # Errors
/// A wrong request: no evidence, no such row, a source or articles that cannot be read.
pub fn run(args: &Args) -> Result<Exit> {
    let tables = reading::tables_of(&args.evidence)?;
    let source = args.source.as_deref().map(Source::parse).transpose()?;
    let columns = args.columns.as_deref().map(Columns::parse).transpose();
    let columns = columns.map_err(Error::request)?.unwrap_or_default();
    let language = match args.lang {
        Some(Lang::En) => Language::English,
        Some(Lang::Fr) => Language::French,
        None => Language::of_environment(|name| std::env::var(name).ok()),
    };
    let rows = find(&tables, &args.id)?;
    let (place, base) = match &source {
        None => (Where::Run, None),
        Some(Source::Local(path)) => (Where::Given(path), None),
        Some(Source::Web(url)) => (Where::Nowhere, Some(url.as_str())),
    };
    let shards = Shards::open(&tables, place)?;
    let custom = manifest::finished(&tables).and_then(|(settings, _)| settings.fields);
    let custom = custom.and_then(|fields| fields::custom(&fields).ok());
    let (mut text, mut agrees) = (String::new(), true);
    for row in &rows {
        let local = shards.record(row);
        let missing = match (&local, place) {
            (AtHand::Missing, Where::Given(_)) => args.source.as_deref(),
            _ => None,
        };
        let record = local.clone().or(|| shards.copy(row));
        let contents = Contents { row, record: &record, missing, language };
        let mut page = Page::new(language);
        page.heading(row.cell(const { column("match_id") }));
        words::account(row, language, &mut page);
        contents.about_itself(&mut page);
        if !args.articles.is_empty() {
            contents.shared_words(&article(args, &columns, row)?, custom.as_ref(), &mut page);
        }
        agrees &= !matches!(record, AtHand::Other(..));
        let local = local.right().map(|record| record.path.as_path());
        Steps { row, shards: &shards, local, base, language }.write(&mut page);
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&page.finish());
    }
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            return Err(Error::failure(format!("cannot write to standard output: {error}")));
        }
        _ => {}
    }
    match agrees {
        true => Ok(Exit::AllExamined),
        false => {
            let _ = writeln!(io::stderr(), "the bytes at hand are not those of the row");
            Ok(Exit::CheckFailed)
        }
    }
}

/// Where the user says that the shards are.
enum Source {
    Web(String),
    Local(PathBuf),
}

impl Source {
    fn parse(text: &str) -> Result<Source> {
        match url::Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(Source::Web(url.into())),
            Ok(url) if url.scheme().len() > 1 && !Path::new(text).exists() => Err(Error::request(format!(
                "`--source {}`: no address that the lines could use",
                printable(text)
            ))
            .hint("name a folder, a file, or an address that begins with `https://`")),
            _ if Path::new(text).exists() => Ok(Source::Local(PathBuf::from(text))),
            _ => Err(Error::request(format!("`--source {}`: no such file or folder", printable(text)))
                .hint("name a folder with the shards, a shard, or an address that begins with `https://`")),
        }
    }
}

/// The rows with this id: several where two files claim to be the same shard. An abbreviation must fit one id.
fn find(tables: &Path, id: &str) -> Result<Vec<Row>> {
    let reader = Reader::open(tables, "matches", row::COLUMNS)?;
    let wanted = if id.starts_with("m_") { id.to_owned() } else { format!("m_{id}") };
    let mut found: Vec<Row> = Vec::new();
    let mut total: u64 = 0;
    let of = |row: &Row| row.cell(const { column("match_id") }).to_owned();
    for row in reader {
        let row = row?;
        total += 1;
        if row.cell(const { column("match_id") }).starts_with(&wanted) {
            found.push(row);
        }
    }
    if found.iter().any(|row| of(row) == wanted) {
        found.retain(|row| of(row) == wanted);
    }
    let mut ids: Vec<String> = found.iter().map(of).collect();
    ids.sort_unstable();
    ids.dedup();
    match ids.len() {
        0 => {
            Err(Error::request(format!("no row of `{}` has the match id `{}`", shown(tables), printable(id)))
                .hint(format!(
                    "{total} rows were looked at; the ids stand in the column `match_id` of `matches.csv`"
                )))
        }
        1 => Ok(found),
        count => {
            let first: Vec<String> = ids.iter().take(5).map(|id| format!("`{id}`")).collect();
            Err(Error::request(format!("{count} rows have a match id that begins with `{}`", printable(id)))
                .hint(format!("give more of it: {}", first.join(", "))))
        }
    }
}

/// The text of a row's article among those that were given; empty for a row about an address. An article without a
/// publisher counts as the row's publisher's.
fn article(args: &Args, columns: &Columns, row: &Row) -> Result<String> {
    let publisher = row.text(const { column("publisher") });
    let id = row.text(const { column("article_id") });
    if row.cell(const { column("match_kind") }) != "article" {
        return Ok(String::new());
    }
    let defaults = Defaults { publisher: Some(publisher.clone().into_owned()), language: None };
    let mut found = None;
    articles::read(&args.articles, columns, &defaults, &mut |_, item| {
        if let Item::Article(article) = item
            && article.id == id
            && article.publisher == publisher
        {
            found = Some(article.text);
        }
        Ok(())
    })?;
    found.ok_or_else(|| {
        Error::request(format!(
            "the articles given do not hold `{}` of `{}`",
            printable(&id),
            printable(&publisher)
        ))
        .hint("give the articles and `--columns` that were given to `fingerprint`")
    })
}
