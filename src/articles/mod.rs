//! A publisher's own articles, out of the files in which they are exported.
//!
//! In come JSON lines, tables (CSV), text files, web pages and WARC files, or folders of them; what a file
//! is, is told from its bytes, and from its name only where bytes do not tell. Out goes one [`Item`] for each
//! entry: an article, or the reason why the entry is none. Files are read as streams, so an export of any
//! size needs little memory.
//!
//! ```text
//! folder      arguments to files, in order
//! input       a file to decoded bytes and its kind
//! json_lines, table, page, archive      a kind to drafts; columns names the fields
//! draft       what a source says to an article: defaults, id, HTML, dates
//! ```

mod archive;
mod columns;
mod dates;
mod draft;
mod folder;
mod input;
mod json_lines;
mod message;
mod page;
mod rows;
mod table;
mod trouble;

use std::fmt;
use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::escape::printable;
use draft::Desk;
use folder::Found;
use input::{Input, Kind};

pub use columns::Columns;
pub use trouble::Trouble;

/// Largest text of an article, in bytes of UTF-8. A larger one is an archive or a mistake of the export.
const LARGEST_TEXT: usize = 16 * 1024 * 1024;

/// Longest entry (a line, a row, a page) that is held in memory, in bytes. Escapes in JSON can make a text
/// six times as long as it is, and a page holds more than its text.
const LONGEST_ENTRY: usize = 64 * 1024 * 1024;

/// One article as its publisher gave it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Article {
    /// The publisher's id.
    pub id: String,
    /// The publisher: a name or a registrable domain.
    pub publisher: String,
    /// The title.
    pub title: String,
    /// The address.
    pub url: String,
    /// Date of publication in ISO 8601, `2024-05-31` or `2024-05-31T08:00:00Z`; empty when unknown.
    pub date: String,
    /// Language as a BCP 47 tag, empty when unknown.
    pub language: String,
    /// Byline or credit, empty when unknown.
    pub credit: String,
    /// The text: plain characters, paragraphs separated by an empty line.
    pub text: String,
}

/// Where an article or a trouble stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The file, as the argument names it; for a file in a folder with the way there.
    pub file: String,
    /// JSON lines and tables: the line on which the entry begins, counted from 1.
    pub line: Option<u64>,
    /// WARC: offset of the record in the decoded bytes.
    pub offset: Option<u64>,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", printable(&self.file))?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        match self.offset {
            Some(offset) => write!(f, ", byte {offset}"),
            None => Ok(()),
        }
    }
}

/// What is given for all articles that do not say it themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Defaults {
    /// The publisher: a name or a registrable domain.
    pub publisher: Option<String>,
    /// Language as a BCP 47 tag.
    pub language: Option<String>,
}

/// One entry of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// An article.
    Article(Article),
    /// Something else, and why.
    Skipped(Trouble),
}

/// Reads all inputs in order and hands every entry to `each`.
///
/// A file without any entry is handed on as [`Trouble::NoText`]. In a folder, a file of another kind is
/// handed on as [`Trouble::OtherKind`]; hidden files are left out.
///
/// # Errors
/// An input that cannot be opened or read, a file given by name that is of no kind that is read, a table
/// without a column for the text or without a column that `columns` names, and what `each` returns.
pub fn read(
    inputs: &[PathBuf],
    columns: &Columns,
    defaults: &Defaults,
    each: &mut dyn FnMut(Origin, Item) -> Result<()>,
) -> Result<()> {
    folder::check(inputs)?;
    let mut desk = Desk::new(columns, defaults, each);
    for path in inputs {
        for found in folder::files(path)? {
            file(&found, &mut desk)?;
        }
    }
    Ok(())
}

fn file(found: &Found, desk: &mut Desk<'_>) -> Result<()> {
    let before = desk.given();
    match Input::open(found) {
        Err(reason) if found.in_folder => {
            return desk.skip(found.origin(), Trouble::OtherKind(reason.what));
        }
        Err(reason) => {
            let message = format!("`{}`: {}", printable(&found.shown), reason.what);
            return Err(Error::request(message).hint(reason.hint));
        }
        Ok(Input { kind, bytes }) => match kind {
            Kind::Empty => {}
            Kind::Archive(format) => archive::read(bytes, format, found, desk)?,
            Kind::JsonLines => json_lines::read(input::unicode(bytes).0, found, desk)?,
            Kind::Table(delimiter) => {
                let (input, is_unicode) = input::unicode(bytes);
                table::read(input, delimiter, is_unicode, found, desk)?;
            }
            Kind::Html => page::read_html(bytes, found, desk)?,
            Kind::Text => page::read_text(bytes, found, desk)?,
        },
    }
    match desk.given() == before {
        true => desk.skip(found.origin(), Trouble::NoText),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests;
