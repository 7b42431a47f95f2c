//! Why a list is refused: one message, with the lines at fault and the way out.
//!
//! A list is checked to its end before it is refused, so that a user corrects it once, not once for each
//! line.

use crate::escape::shown;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::cells::Fault;
use super::columns::REQUIRED;

/// A message shows this many lines at fault and counts the others.
const SHOWN: usize = 10;

/// A list that cannot be used.
#[derive(Debug)]
pub struct ListError {
    path: Option<PathBuf>,
    refusal: Refusal,
}

/// What is wrong with a list.
#[derive(Debug)]
pub(super) enum Refusal {
    Unreadable {
        why: io::Error,
    },
    TooLarge {
        limit: u64,
    },
    Empty,
    NotUtf8 {
        line: u64,
        byte: usize,
        utf16: bool,
    },
    NoHeader {
        row: String,
    },
    /// `meant` pairs a missing column with the one that probably stands for it.
    MissingColumns {
        missing: Vec<&'static str>,
        found: Vec<String>,
        meant: Vec<(&'static str, String)>,
    },
    RepeatedColumn {
        name: String,
    },
    NoRows,
    Rows(Problems),
}

/// What is wrong with one row.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub line: u32,
    pub kind: ProblemKind,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum ProblemKind {
    Cell { column: &'static str, value: String, fault: Fault },
    EmptyCell { column: &'static str },
    LineBreak { column: &'static str },
    SwallowedRows,
    TooManyCells { cells: usize, columns: usize },
    DatesReversed { from: String, to: String },
    ExcludesItself { exclude: String, rule: String },
    Contradiction { rule: String, claimed_on: u32 },
}

/// The rows at fault: the first few, and the number of all.
#[derive(Debug, Default)]
pub(super) struct Problems {
    first: Vec<Problem>,
    count: u64,
}

impl Problems {
    pub fn push(&mut self, line: u32, kind: ProblemKind) {
        self.count += 1;
        if self.first.len() < SHOWN {
            self.first.push(Problem { line, kind });
        }
    }

    /// Refuses if there is a problem.
    pub fn refuse(self) -> Result<(), Refusal> {
        if self.count == 0 { Ok(()) } else { Err(Refusal::Rows(self)) }
    }
}

impl From<Refusal> for ListError {
    fn from(refusal: Refusal) -> ListError {
        ListError { path: None, refusal }
    }
}

impl ListError {
    /// Adds the file that was read.
    pub(super) fn at(mut self, path: &Path) -> ListError {
        self.path = Some(path.to_owned());
        self
    }
}

impl std::error::Error for ListError {}

impl fmt::Display for ListError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => write!(out, "publisher list `{}`: ", shown(path))?,
            None => write!(out, "publisher list: ")?,
        }
        self.refusal.fmt(out)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = REQUIRED.join(",");
        match self {
            Self::Unreadable { why } => {
                write!(out, "cannot be read: {why}\nhint: give a CSV file that begins with `{header}`")
            }
            Self::TooLarge { limit } => {
                write!(
                    out,
                    "more than {limit} bytes\nhint: is this a list? split it and scan once for each part"
                )
            }
            Self::Empty => {
                write!(out, "the file is empty\nhint: it begins with `{header}` and has one rule a row")
            }
            Self::NotUtf8 { line, byte, utf16 } => {
                let looks = if *utf16 { "UTF-16" } else { "Latin-1 or Windows-1252" };
                writeln!(out, "line {line} is not UTF-8 (byte {byte} of the file)")?;
                write!(out, "hint: it looks like {looks}; save it as UTF-8 (in Excel: `CSV UTF-8`)")
            }
            Self::NoHeader { row } => {
                writeln!(
                    out,
                    "the first row is `{row}`, which holds a domain where the names of the columns belong"
                )?;
                write!(out, "hint: put `{header}` before it")
            }
            Self::MissingColumns { missing, found, meant } => {
                write!(out, "no column {}; the file has {}\nhint: ", quoted(missing), quoted(found))?;
                for (name, other) in meant {
                    write!(out, "did you mean `{name}` by `{other}`? ")?;
                }
                write!(out, "the first row names at least `{header}`")
            }
            Self::RepeatedColumn { name } => {
                write!(out, "two columns are called `{name}`\nhint: rename the one that is not to be used")
            }
            Self::NoRows => {
                write!(
                    out,
                    "no row below the header\nhint: a row is as in `Groupe Le Monde,Le Monde,lemonde.fr`"
                )
            }
            Self::Rows(problems) => problems.fmt(out),
        }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.count == 1 { "" } else { "s" };
        writeln!(out, "{} row{plural} cannot be used", self.count)?;
        for problem in &self.first {
            writeln!(out, "line {}: {}", problem.line, problem.kind)?;
        }
        let more = self.count - self.first.len() as u64;
        if more > 0 {
            writeln!(out, "and {more} more")?;
        }
        write!(out, "hint: correct or delete these rows; nothing is scanned with part of a list")
    }
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cell { column, value, fault } => write!(out, "`{column}` `{}` {fault}", short(value)),
            Self::EmptyCell { column } => write!(out, "`{column}` is empty; each rule needs one"),
            Self::LineBreak { column } => write!(out, "`{column}` goes over several lines; write it in one"),
            Self::SwallowedRows => {
                write!(
                    out,
                    "a cell goes over several lines and holds rows; close the quotation mark that opens it"
                )
            }
            Self::TooManyCells { cells, columns } => {
                write!(
                    out,
                    "{cells} cells under {columns} columns; put a cell that holds the separator in quotation marks"
                )
            }
            Self::DatesReversed { from, to } => {
                write!(out, "`valid_from` `{from}` is after `valid_to` `{to}`; exchange them?")
            }
            Self::ExcludesItself { exclude, rule } => {
                write!(out, "`exclude` `{}` takes out all of `{rule}`; delete one of them", short(exclude))
            }
            Self::Contradiction { rule, claimed_on } => {
                write!(
                    out,
                    "takes out `{rule}`, which line {claimed_on} claims for the same publisher; delete one of them"
                )
            }
        }
    }
}

fn quoted(names: &[impl AsRef<str>]) -> String {
    names.iter().map(|name| format!("`{}`", short(name.as_ref()))).collect::<Vec<_>>().join(", ")
}

/// The beginning of a value that may be a whole file by mistake.
fn short(value: &str) -> String {
    const LONGEST: usize = 80;
    match value.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &value[..end]),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::publishers;

    /// The message for a list whose header is `publisher,title,domain,exclude,valid_from,valid_to`.
    fn message(rows: &str) -> String {
        let list = format!("publisher,title,domain,exclude,valid_from,valid_to\n{rows}");
        publishers::parse(list.as_bytes()).expect_err(rows).to_string()
    }

    fn refused(list: &[u8]) -> String {
        publishers::parse(list).expect_err("the list is refused").to_string()
    }

    #[test]
    fn lists_without_a_usable_header() {
        for (list, expected) in [
            (
                &b""[..],
                "the file is empty\nhint: it begins with `publisher,title,domain` and has one rule a row",
            ),
            (
                b"\xEF\xBB\xBF \r\n\n",
                "the file is empty\nhint: it begins with `publisher,title,domain` and has one rule a row",
            ),
            (
                b"Groupe Le Monde,Le Monde,lemonde.fr\n",
                "the first row is `Groupe Le Monde,Le Monde,lemonde.fr`, which holds a domain where the names of the columns \
                 belong\nhint: put `publisher,title,domain` before it",
            ),
            (
                b"publisher,title,domian\na,b,c.fr",
                "no column `domain`; the file has `publisher`, `title`, `domian`\nhint: did you mean `domain` by `domian`? \
                 the first row names at least `publisher,title,domain`",
            ),
            (
                b"Site;Note\na;b",
                "no column `publisher`, `title`, `domain`; the file has `site`, `note`\nhint: did you mean `domain` by \
                 `site`? the first row names at least `publisher,title,domain`",
            ),
            (
                b"publisher,title,domain,Domain\n",
                "two columns are called `domain`\nhint: rename the one that is not to be used",
            ),
            (
                b"publisher,title,domain\n\n,,\n",
                "no row below the header\nhint: a row is as in `Groupe Le Monde,Le Monde,lemonde.fr`",
            ),
            (
                b"publisher,title,domain\nGroupe,T\xE9l\xE9rama,telerama.fr\n",
                "line 2 is not UTF-8 (byte 31 of the file)\nhint: it looks like Latin-1 or Windows-1252; save it as UTF-8 (in \
                 Excel: `CSV UTF-8`)",
            ),
            (
                b"\xFF\xFEp\0u\0",
                "line 1 is not UTF-8 (byte 0 of the file)\nhint: it looks like UTF-16; save it as UTF-8 (in Excel: `CSV UTF-8`)",
            ),
        ] {
            assert_eq!(refused(list), format!("publisher list: {expected}"));
        }
    }

    #[test]
    fn each_row_at_fault_is_named() {
        for (row, expected) in [
            (
                "a,b,le monde.fr",
                "`domain` `le monde.fr` is no domain, it holds a blank; write it as in `lemonde.fr`",
            ),
            ("a,b,http://", "`domain` `http://` is no domain; write it as in `lemonde.fr`"),
            ("a,b,lemonde", "`domain` `lemonde` is no domain, it has no dot; write it as in `lemonde.fr`"),
            ("a,b,a.fr|b.fr", "`domain` `a.fr|b.fr` holds several domains; give each a row of its own"),
            (
                "a,b,a.fr?x",
                "`domain` `a.fr?x` holds `?` or `#`, which rules do not look at; end it before them",
            ),
            ("a,b,x@a.fr", "`domain` `x@a.fr` is a mail address; write only the domain of the site"),
            ("a,b,a.*", "`domain` `a.*` holds `*`; a domain covers all below it, so leave the star out"),
            (
                "a,b,a.fr/news/*",
                "`domain` `a.fr/news/*` holds `*`; a path covers all below it, so leave the star out",
            ),
            (
                "a,b,a.fr,/shop/*",
                "`exclude` `/shop/*` holds `*`; a path covers all below it, so leave the star out",
            ),
            (
                "a,b,a.fr/;b.fr/",
                "`domain` `a.fr/;b.fr/` holds several places; give each a row of its own, or part them by `;` in \
                 `exclude`",
            ),
            (
                "a,b,a.fr,\"/shop,/jobs\"",
                "`exclude` `/shop,/jobs` holds several places; give each a row of its own, or part them by `;` in \
                 `exclude`",
            ),
            (
                "a,b,co.uk",
                "`domain` `co.uk` is a public suffix, under which anybody registers names; write the domain of the site",
            ),
            ("a,b,", "`domain` is empty; each rule needs one"),
            ("a", "`domain` is empty; each rule needs one"),
            (",b,a.fr", "`publisher` is empty; each rule needs one"),
            ("a,,a.fr", "`title` is empty; each rule needs one"),
            ("a,\"b\nc\",a.fr", "`title` goes over several lines; write it in one"),
            (
                "a,b,c,d,e,f,a.fr",
                "7 cells under 6 columns; put a cell that holds the separator in quotation marks",
            ),
            (
                "a,\"b,a.fr,,,\nc,d,e.fr,,,\n",
                "a cell goes over several lines and holds rows; close the quotation mark that opens it",
            ),
            ("a,b,a.fr,,31/05/2008,", "`valid_from` `31/05/2008` is no date; write it as in `2008-05-31`"),
            ("a,b,a.fr,,,2008-02-30", "`valid_to` `2008-02-30` is no date; write it as in `2008-05-31`"),
            (
                "a,b,a.fr,,2009-01-01,2008-01-01",
                "`valid_from` `2009-01-01` is after `valid_to` `2008-01-01`; exchange them?",
            ),
            ("a,b,a.fr,b c", "`exclude` `b` is no domain, it has no dot; write it as in `lemonde.fr`"),
            ("a,b,b.a.fr,www.a.fr", "`exclude` `www.a.fr` takes out all of `b.a.fr`; delete one of them"),
            ("a,b,a.fr/x,/x", "`exclude` `/x` takes out all of `a.fr/x`; delete one of them"),
        ] {
            let expected = format!(
                "publisher list: 1 row cannot be used\nline 2: {expected}\n\
                 hint: correct or delete these rows; nothing is scanned with part of a list"
            );
            assert_eq!(message(row), expected, "{row}");
        }
    }

    #[test]
    fn a_publisher_cannot_claim_and_exclude_the_same_place() {
        let message = message("a,b,a.fr\na,,www.a.fr,yes\n");
        assert!(message.contains(
            "\nline 3: takes out `a.fr`, which line 2 claims for the same publisher; delete one of them\n"
        ));
    }

    #[test]
    fn many_rows_at_fault_are_counted() {
        let message = message(&"a,b,\n".repeat(12));
        assert!(message.starts_with("publisher list: 12 rows cannot be used\nline 2: "), "{message}");
        assert!(message.contains("\nline 11: ") && !message.contains("\nline 12: "), "{message}");
        assert!(message.contains("\nand 2 more\nhint: "), "{message}");
    }

    #[test]
    fn a_long_value_is_cut() {
        let message = message(&format!("a,b,{}", "é ".repeat(1000)));
        assert!(message.len() < 500 && message.contains("é ...`"), "{message}");
    }
}
