//! Why a list is refused: one message, with the lines at fault and the way out.
//!
//! A list is checked to its end before it is refused, so that a user corrects it once, not once for each line.

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
    Unreadable { why: io::Error },
    TooLarge { limit: u64 },
    Empty,
    NotUtf8 { line: u64, byte: usize, utf16: bool },
    NoHeader { row: String },
    /// `meant` pairs a missing column with the one that probably stands for it.
    MissingColumns { missing: Vec<&'static str>, found: Vec<String>, meant: Vec<(&'static str, String)> },
    RepeatedColumn { name: String },
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

    #[cfg(test)]
    pub(super) fn refusal(&self) -> &Refusal {
        &self.refusal
    }
}

impl std::error::Error for ListError {}

impl fmt::Display for ListError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => write!(out, "publisher list `{}`: ", path.display())?,
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
                write!(out, "more than {limit} bytes\nhint: is this a list? split it and scan once for each part")
            }
            Self::Empty => write!(out, "the file is empty\nhint: it begins with `{header}` and has one rule a row"),
            Self::NotUtf8 { line, byte, utf16 } => {
                let looks = if *utf16 { "UTF-16" } else { "Latin-1 or Windows-1252" };
                write!(out, "line {line} is not UTF-8 (byte {byte} of the file)\n")?;
                write!(out, "hint: it looks like {looks}; save it as UTF-8 (in Excel: `CSV UTF-8`)")
            }
            Self::NoHeader { row } => {
                write!(out, "the first row is `{row}`, which holds a domain where the names of the columns belong\n")?;
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
            Self::NoRows => write!(out, "no row below the header\nhint: a row is as in `Groupe Le Monde,Le Monde,lemonde.fr`"),
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
                write!(out, "a cell goes over several lines and holds rows; close the quotation mark that opens it")
            }
            Self::TooManyCells { cells, columns } => {
                write!(out, "{cells} cells under {columns} columns; put a cell that holds the separator in quotation marks")
            }
            Self::DatesReversed { from, to } => write!(out, "`valid_from` `{from}` is after `valid_to` `{to}`; exchange them?"),
            Self::ExcludesItself { exclude, rule } => {
                write!(out, "`exclude` `{}` takes out all of `{rule}`; delete one of them", short(exclude))
            }
            Self::Contradiction { rule, claimed_on } => {
                write!(out, "takes out `{rule}`, which line {claimed_on} claims for the same publisher; delete one of them")
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
