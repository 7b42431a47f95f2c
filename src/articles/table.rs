//! Articles out of CSV: a header row, then one article a row.

use std::borrow::Cow;
use std::io::BufRead;
use std::result::Result as StdResult;

use encoding_rs::WINDOWS_1252;

use super::Trouble;
use super::columns::{Columns, Field};
use super::draft::{Desk, Draft};
use super::folder::Found;
use super::rows::{Ended, Rows};
use crate::error::{Error, Result};
use crate::escape::printable;

/// Reads all rows. `delimiter` parts the cells. `is_unicode` says that a byte order mark told the encoding;
/// without one, rows that are not UTF-8 are windows-1252.
///
/// # Errors
/// When the file cannot be read on, the header lacks a column, and what the receiver of entries returns.
pub(super) fn read(
    input: impl BufRead,
    delimiter: u8,
    is_unicode: bool,
    found: &Found,
    desk: &mut Desk<'_>,
) -> Result<()> {
    let mut rows = Rows::new(input, delimiter);
    let mut cells = Cells { delimiter, is_unicode };
    let mut table: Option<Table> = None;
    loop {
        let ended = rows.next();
        let origin = found.line(rows.start());
        let read = match ended {
            Ended::File => return Ok(()),
            Ended::Broken(error) => {
                desk.lost(origin, found, &error)?;
                continue;
            }
            Ended::Faulty(trouble) => Err(trouble),
            Ended::Whole => cells.read(rows.row()),
        };
        match (read, &table) {
            (Ok(cells), _) if cells.iter().all(|cell| cell.trim().is_empty()) => {}
            (Ok(cells), None) => {
                let refused = |(what, hint)| {
                    Error::request(format!("`{}`: {what}", printable(&found.shown))).hint(hint)
                };
                table = Some(Table::of(cells, desk.columns).map_err(refused)?);
            }
            (Ok(cells), Some(table)) => match table.draft(cells) {
                Ok(draft) => desk.finish(origin, draft, || format!("{}#{}", found.label, rows.start()))?,
                Err(trouble) => desk.skip(origin, trouble)?,
            },
            (Err(trouble), _) => desk.skip(origin, trouble)?,
        }
    }
}

/// Cuts rows into cells and decodes them.
struct Cells {
    delimiter: u8,
    /// The file is Unicode: by its mark, or because a row before has shown it.
    is_unicode: bool,
}

impl Cells {
    fn read(&mut self, row: &[u8]) -> StdResult<Vec<String>, Trouble> {
        let row = self.decode(row)?;
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .delimiter(self.delimiter)
            .buffer_capacity(row.len().clamp(64, 64 * 1024))
            .from_reader(row.as_bytes());
        let mut record = csv::StringRecord::new();
        reader.read_record(&mut record).map_err(|error| Trouble::Damaged(error.to_string()))?;
        Ok(record.iter().map(str::to_owned).collect())
    }

    /// Words of other encodings are practically never valid UTF-8 by accident, so a row that is shows what
    /// the file is; in such a file, a row that is not is broken.
    fn decode<'r>(&mut self, row: &'r [u8]) -> StdResult<Cow<'r, str>, Trouble> {
        match simdutf8::basic::from_utf8(row) {
            Ok(text) => {
                self.is_unicode |= !text.is_ascii();
                Ok(Cow::Borrowed(text))
            }
            Err(_) if self.is_unicode => Err(Trouble::WrongEncoding),
            Err(_) => Ok(WINDOWS_1252.decode_without_bom_handling(row).0),
        }
    }
}

/// What the header says.
struct Table {
    /// The number of columns.
    width: usize,
    /// The field and its column, in the order in which they are tried.
    places: Vec<(Field, usize)>,
}

impl Table {
    /// Reads the header. The error is what is wrong, and what to do.
    fn of(header: Vec<String>, columns: &Columns) -> StdResult<Table, (String, String)> {
        let keys: Vec<String> = header.iter().map(|cell| cell.trim().to_owned()).collect();
        let there = || keys.iter().map(|key| format!("`{}`", printable(key))).collect::<Vec<_>>().join(", ");
        let mut places = Vec::new();
        for field in Field::all() {
            let found = columns.places(field, &keys);
            if let Some(name) = columns.named(field).filter(|_| found.is_empty()) {
                return Err((
                    format!("no column is called `{}`", printable(name)),
                    format!("the columns are {}", there()),
                ));
            }
            if found.is_empty() && field == Field::Text {
                return Err((
                    format!("no column holds the text; the columns are {}", there()),
                    "name it, as in `text=COLUMN`".to_owned(),
                ));
            }
            places.extend(found.into_iter().map(|place| (field, place)));
        }
        Ok(Table { width: keys.len(), places })
    }

    /// What a row says. One with other cells than the header has lost a line end, or has a delimiter in a
    /// text that no quotation marks enclose: which cell is the text cannot be told.
    fn draft(&self, mut cells: Vec<String>) -> StdResult<Draft, Trouble> {
        let surplus = cells.iter().skip(self.width).any(|cell| !cell.trim().is_empty());
        if surplus || cells.len() < self.width {
            let what = format!("{} cells in a row, {} in the header", cells.len(), self.width);
            return Err(Trouble::Damaged(what));
        }
        let mut draft = Draft::default();
        let mut done = None;
        for (field, place) in &self.places {
            let Some(cell) = cells.get_mut(*place) else { continue };
            if done != Some(*field) && !cell.trim().is_empty() {
                done = Some(*field);
                draft.set(*field, std::mem::take(cell));
            }
        }
        Ok(draft)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(header: &[&str], columns: &str) -> StdResult<Table, (String, String)> {
        let header = header.iter().map(|cell| (*cell).to_owned()).collect();
        Table::of(header, &Columns::parse(columns).unwrap())
    }

    fn row(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn cells_go_to_their_fields() {
        let table = table(&["Body", " Text ", "link"], "").unwrap();
        let draft = table.draft(row(&["body", " ", "u", ""])).unwrap();
        assert_eq!((draft.text.as_str(), draft.url.as_str()), ("body", "u"));
        assert_eq!(table.draft(row(&["body", "text", "u"])).unwrap().text, "text");
    }

    #[test]
    fn a_row_of_another_width_is_damaged() {
        let table = table(&["id", "text"], "").unwrap();
        for cells in [&["1"][..], &["1", "a", "b"]] {
            assert!(matches!(table.draft(row(cells)), Err(Trouble::Damaged(_))), "{cells:?}");
        }
    }

    #[test]
    fn a_missing_column_is_told_with_those_that_are_there() {
        let (what, _) = table(&["nr", "wort\u{1b}"], "").err().unwrap();
        assert_eq!(what, "no column holds the text; the columns are `nr`, `wort\\u001b`");
        let (what, hint) = table(&["nr", "text"], "id=key").err().unwrap();
        assert_eq!(
            (what.as_str(), hint.as_str()),
            ("no column is called `key`", "the columns are `nr`, `text`")
        );
    }

    #[test]
    fn rows_are_unicode_or_windows_but_not_both() {
        let mut cells = Cells { delimiter: b';', is_unicode: false };
        assert_eq!(cells.read(b"a;\x80 \x93x\x94").unwrap(), ["a", "€ “x”"]);
        assert_eq!(cells.read("a;é".as_bytes()).unwrap(), ["a", "é"]);
        assert_eq!(cells.read(b"a;\xe9"), Err(Trouble::WrongEncoding));
        let mut marked = Cells { delimiter: b';', is_unicode: true };
        assert_eq!(marked.read(b"a;\xe9"), Err(Trouble::WrongEncoding));
    }
}
