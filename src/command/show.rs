//! `shardproof show`: one row of the evidence in words, and the lines that check it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{ValueEnum, ValueHint};

use crate::articles::{self, Article, Columns, Defaults, Item};
use crate::container::Container;
use crate::error::{Error, Result};
use crate::escape::{printable, shown};
use crate::evidence::reading::{self, Reader, Row};
use crate::evidence::row::{self, column};
use crate::evidence::{manifest, receipt};
use crate::exit::Exit;
use crate::place::{Extent, Place};
use crate::record::fields::{self, FieldMap};
use crate::record::identity::file_name;
use crate::report::at_hand::{self, Record};
use crate::report::head::{self, Field, Head};
use crate::report::language::Language;
use crate::report::layout::Page;
use crate::report::recipe::{self, Origin, What};
use crate::report::{address, passages, words};
use crate::source::listing;

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
    let (mut text, mut agrees) = (String::new(), true);
    for row in &rows {
        let mut shown = Shown {
            tables: &tables,
            row,
            shard: shard(&tables, row)?,
            source: source.as_ref(),
            language,
            local: None,
        };
        shown.local = shown.find_local();
        let mut page = Page::new(language);
        page.heading(row.cell(const { column("match_id") }));
        words::account(row, language, &mut page);
        agrees &= shown.record(args, &columns, &mut page)?;
        shown.recipe(&mut page);
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

/// What `shards.csv` says of a row's shard.
#[derive(Clone, Debug, Default)]
struct Shard {
    file: String,
    format: String,
    compression: String,
    status: String,
}

const SHARD_COLUMNS: &[&str] =
    &["dataset", "release", "shard", "sha256", "file", "format", "compression", "status"];

fn shard(tables: &Path, row: &Row) -> Result<Shard> {
    let named = [const { column("dataset") }, const { column("release") }, const { column("shard") }];
    let digest = row.cell(const { column("shard_sha256") });
    for shard in Reader::open(tables, "shards", SHARD_COLUMNS)? {
        let shard = shard?;
        let same_name =
            named.iter().enumerate().all(|(index, column)| shard.cell(index) == row.cell(*column));
        if same_name && shard.cell(3) == digest && shard.cell(7) != receipt::Status::Excluded.name() {
            let cell = |index: usize| shard.text(index).into_owned();
            return Ok(Shard { file: cell(4), format: cell(5), compression: cell(6), status: cell(7) });
        }
    }
    Ok(Shard::default())
}

/// A row that is being shown.
struct Shown<'s> {
    tables: &'s Path,
    row: &'s Row,
    shard: Shard,
    source: Option<&'s Source>,
    language: Language,
    /// What stands at the row's place in a file that is on this machine.
    local: Option<Record>,
}

impl Shown<'_> {
    fn say(&self, english: &str, french: &str) -> String {
        self.language.pick(english, french).to_owned()
    }

    fn container(&self) -> Container {
        let name = self.row.text(const { column("shard") });
        match self.shard.compression.as_str() {
            "gzip" => Container::Gzip,
            "zstd" => Container::Zstd,
            "" if name.ends_with(".gz") => Container::Gzip,
            "" if name.ends_with(".zst") => Container::Zstd,
            _ => Container::Plain,
        }
    }

    fn shard_name(&self) -> String {
        self.row.text(const { column("shard") }).into_owned()
    }

    /// The name of the file that was read.
    fn file(&self) -> String {
        match self.shard.file.is_empty() {
            true => file_name(&self.shard_name()).to_owned(),
            false => self.shard.file.clone(),
        }
    }

    fn copy(&self) -> Option<(String, Extent)> {
        let file = self.row.text(const { column("kept_file") }).into_owned();
        let offset = self.row.number(const { column("kept_offset") })?;
        let length = self.row.number(const { column("kept_length") })?;
        (!file.is_empty()).then_some((file, Extent { offset, length }))
    }

    /// Files that may be the shard: where the user says that they are, else where the run read them.
    fn candidates(&self) -> Vec<PathBuf> {
        let (name, file) = (self.shard_name(), self.file());
        match self.source {
            Some(Source::Local(root)) => at_hand::candidates(root, &name, &file),
            Some(Source::Web(_)) => Vec::new(),
            None => {
                let mut found = Vec::new();
                for word in manifest::shard_arguments(self.tables) {
                    let path = PathBuf::from(&word);
                    match listing::is_listing(&path) {
                        true => {
                            let lines = listing::read(&path).unwrap_or_default();
                            found.extend(lines.iter().map(|line| listing::locate(&path, line)));
                        }
                        false if path.is_dir() => found.extend(at_hand::candidates(&path, &name, &file)),
                        false => found.push(path),
                    }
                }
                found.retain(|path| path.file_name().is_some_and(|name| *name == *file) && path.is_file());
                found
            }
        }
    }

    /// Reads the row's place in the files that may be the shard, until one has the bytes of the row. Names do not tell:
    /// two subsets of a crawl have the same ones. A file with others counts only where the user named it.
    fn find_local(&self) -> Option<Record> {
        let place = self.row.place()?;
        let mut first = None;
        for path in self.candidates() {
            match at_hand::of_shard(&path, &place) {
                Ok(record) if self.is_right(&record) => return Some(record),
                Ok(record) => drop(first.get_or_insert(record)),
                Err(_) => {}
            }
        }
        first.filter(|_| self.source.is_some())
    }

    fn is_right(&self, record: &Record) -> bool {
        record.sha256 == self.row.cell(const { column("record_sha256") })
    }

    /// The record, if it is at hand.
    fn at_hand(&self, place: &Place) -> Option<Record> {
        self.local.clone().or_else(|| {
            let (file, extent) = self.copy()?;
            at_hand::of_copy(self.tables, &file, extent, place).ok()
        })
    }

    /// Writes what the record says about itself and where the shared words stand. False when the bytes at hand are not
    /// those of the row.
    fn record(&self, args: &Args, columns: &Columns, page: &mut Page) -> Result<bool> {
        page.heading(
            self.language
                .pick("What the record says about itself", "Ce que l'enregistrement dit de lui-même"),
        );
        let Some(place) = self.row.place() else { return Ok(true) };
        let Some(record) = self.at_hand(&place) else {
            page.prose(&self.say(
                "The record is not at hand. Name the folder of the shards with --source to see its head.",
                "L'enregistrement n'est pas disponible ici. Indiquez le dossier des fichiers avec --source pour voir son en-tête.",
            ));
            return Ok(true);
        };
        page.item(&self.say("Read from", "Lu dans"), &record.path.to_string_lossy());
        if !self.is_right(&record) {
            page.item(
                &self.say("SHA-256 of the bytes there", "SHA-256 des octets à cet endroit"),
                &record.sha256,
            );
            page.prose(&self.say(
                "THESE ARE NOT THE BYTES OF THE ROW: the file is another one, or it was changed. Nothing of it is shown.",
                "CE NE SONT PAS LES OCTETS DE LA LIGNE : le fichier est un autre, ou il a été modifié. Rien n'en est montré.",
            ));
            return Ok(false);
        }
        self.head(&record, page);
        if !args.articles.is_empty() {
            self.passages(args, columns, &record, page)?;
        }
        Ok(true)
    }

    fn head(&self, record: &Record, page: &mut Page) {
        let more =
            |left: usize| self.say(&format!("{left} characters more"), &format!("encore {left} caractères"));
        match head::of(&record.bytes) {
            Head::Lines(lines, rest) => {
                lines.iter().for_each(|line| page.raw(line, more));
                if rest > 0 {
                    page.space();
                    page.prose(&self.say(&format!("{rest} lines more"), &format!("encore {rest} lignes")));
                }
            }
            Head::Fields(fields) => {
                for (name, field) in fields {
                    match field {
                        Field::Value(value) => page.raw(&format!("{name}: {value}"), more),
                        Field::Long(count) => {
                            let text = self.say(
                                &format!("(a text of {count} characters)"),
                                &format!("(un texte de {count} caractères)"),
                            );
                            page.raw(&format!("{name}: {text}"), more);
                        }
                    }
                }
            }
            Head::Text(lines) => page.prose(&self.say(
                &format!("It is a text of {lines} lines without a head. What is said above of its address and date stands in the file of metadata, if there is one."),
                &format!("C'est un texte de {lines} lignes sans en-tête. Ce qui est dit plus haut de son adresse et de sa date figure dans le fichier de métadonnées, s'il y en a un."),
            )),
        }
    }

    fn passages(&self, args: &Args, columns: &Columns, record: &Record, page: &mut Page) -> Result<()> {
        page.heading(self.language.pick("Where the shared words stand", "Où se trouvent les mots communs"));
        if self.row.cell(const { column("match_kind") }) != "article" {
            page.prose(&self.say(
                "This row is about an address, not about an article.",
                "Cette ligne porte sur une adresse, pas sur un article.",
            ));
            return Ok(());
        }
        let Some(article) = self.article(args, columns)? else {
            let id = self.row.text(const { column("article_id") });
            return Err(Error::request(format!("the articles given do not hold `{}`", printable(&id)))
                .hint("give the articles and `--columns` that were given to `fingerprint`"));
        };
        let custom = self.custom_fields();
        let texts = passages::texts(&record.bytes, custom.as_ref());
        let shared = passages::shared(&article.text, &texts);
        if shared.passages.is_empty() {
            page.prose(&self.say(
                "No run of words stands in both: the article given is not as it was fingerprinted, or the record's text is not read here.",
                "Aucune suite de mots ne figure dans les deux : l'article fourni n'est pas tel qu'il a été empreint, ou le texte de l'enregistrement n'est pas lu ici.",
            ));
        }
        for passage in &shared.passages {
            let name = |(from, to): (usize, usize), english: &str, french: &str| {
                self.say(
                    &format!("{english}, words {from} to {to}"),
                    &format!("{french}, mots {from} à {to}"),
                )
            };
            let names = [
                name(passage.article, "Article", "Article"),
                name(passage.record, "Record", "Enregistrement"),
            ];
            page.space();
            page.side_by_side([&names[0], &names[1]], [&passage.texts[0], &passage.texts[1]]);
        }
        if shared.shorter > 0 {
            page.space();
            page.prose(&self.say(
                &format!("{} shorter runs are not shown.", shared.shorter),
                &format!("{} suites plus courtes ne sont pas montrées.", shared.shorter),
            ));
        }
        Ok(())
    }

    /// The row's article among those that were given. One without a publisher of its own counts as the row's publisher's.
    fn article(&self, args: &Args, columns: &Columns) -> Result<Option<Article>> {
        let publisher = self.row.text(const { column("publisher") });
        let id = self.row.text(const { column("article_id") });
        let defaults = Defaults { publisher: Some(publisher.clone().into_owned()), language: None };
        let mut found = None;
        articles::read(&args.articles, columns, &defaults, &mut |_, item| {
            if let Item::Article(article) = item
                && article.id == id
                && article.publisher == publisher
            {
                found = Some(article);
            }
            Ok(())
        })?;
        Ok(found)
    }

    fn custom_fields(&self) -> Option<FieldMap> {
        let (settings, _) = manifest::finished(self.tables)?;
        fields::custom(settings.fields.as_deref()?).ok()
    }

    fn recipe(&self, page: &mut Page) {
        page.heading(self.language.pick(
            "How to check it with public tools alone",
            "Comment le vérifier avec des outils publics seulement",
        ));
        let Some(place) = self.row.place() else { return };
        let several = matches!(self.shard.format.as_str(), "" | "text" | "oscar with metadata");
        let name = self.shard_name();
        let text = |index: usize| self.row.text(index);
        let url = match self.source {
            Some(Source::Web(base)) => Some(address::below(base, &name, &self.file())),
            _ => address::published(
                &text(const { column("dataset") }),
                &text(const { column("release") }),
                &name,
            ),
        };
        if let Some(url) = &url {
            page.prose(&self.say("From the web:", "Depuis le web :"));
            self.lines(recipe::lines(&place, self.container(), several, Origin::Web(url)), page);
        }
        match (&self.local, &url) {
            (Some(record), _) => {
                page.prose(
                    &self.say("From the file on this machine:", "Depuis le fichier sur cette machine :"),
                );
                self.lines(
                    recipe::lines(&place, self.container(), several, Origin::File(&record.path)),
                    page,
                );
            }
            (None, None) => {
                page.prose(&self.say(
                    "In the folder where the file is (no public address is known; --source can name one):",
                    "Dans le dossier où se trouve le fichier (aucune adresse publique n'est connue ; --source peut en donner une) :",
                ));
                let path = PathBuf::from(self.file());
                self.lines(recipe::lines(&place, self.container(), several, Origin::File(&path)), page);
            }
            (None, Some(_)) => {}
        }
        if let Some((file, extent)) = self.copy() {
            page.prose(&self.say("From the kept copy:", "Depuis la copie conservée :"));
            let path = self.tables.join(file);
            self.lines(recipe::kept(&place, &path, extent.offset, extent.length), page);
        }
        if !matches!(self.shard.status.as_str(), "" | "whole") {
            page.prose(&self.say(
                "The file left a gap in the scan (shards.csv says which). If it is damaged, gunzip or zstd may stop before the record.",
                "Le fichier a laissé une lacune dans l'examen (shards.csv dit laquelle). S'il est endommagé, gunzip ou zstd peuvent s'arrêter avant l'enregistrement.",
            ));
        }
    }

    fn lines(&self, lines: Option<Vec<(What, String)>>, page: &mut Page) {
        let Some(lines) = lines else {
            return page.prose(&self.say(
                "The name of the file ends in a line feed and cannot be written here.",
                "Le nom du fichier finit par un saut de ligne et ne peut pas être écrit ici.",
            ));
        };
        let record = self.row.text(const { column("record_sha256") });
        let shard = self.row.text(const { column("shard_sha256") });
        for (what, line) in lines {
            let (english, french) = match what {
                What::Record => (format!("must print {record}"), format!("doit afficher {record}")),
                What::Line => (
                    "the same, by the number of the line".to_owned(),
                    "de même, par le numéro de ligne".to_owned(),
                ),
                What::Read => ("shows the record".to_owned(), "montre l'enregistrement".to_owned()),
                What::Shard if shard.is_empty() => continue,
                What::Shard => (
                    format!("the whole file: must print {shard}"),
                    format!("le fichier entier : doit afficher {shard}"),
                ),
            };
            page.point(&self.language.pick(english, french));
            page.command(&line);
        }
    }
}
