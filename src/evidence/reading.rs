//! A table of an evidence folder, read back row by row.
//!
//! Columns are found by their names, so a table with others beside them can be read. What was split is read as one, and
//! a file that is missing, a row that is short, a column that stands twice or a cell that cannot be decoded is an error: a
//! table that was read in part would look like a shorter one.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::manifest;
use crate::error::{Error, Result};
use crate::escape::{printable, shown};
use crate::place::{Extent, Place};

/// The folder that holds the tables: `folder` itself, or `data` in it when it is a sealed one (a BagIt bag, RFC 8493).
///
/// # Errors
/// When it is no folder, or holds no `matches.csv`.
pub fn tables_of(folder: &Path) -> Result<PathBuf> {
    let inner = folder.join("data");
    let tables = match folder.join("bagit.txt").is_file() && inner.is_dir() {
        true => inner,
        false => folder.to_owned(),
    };
    match tables.join("matches.csv").is_file() {
        true => Ok(tables),
        false => Err(Error::request(format!(
            "`{}` is no folder of evidence: it has no `matches.csv`",
            shown(folder)
        ))
        .hint(
            "name the folder that was given to `scan --out`; a run that was interrupted has no tables yet",
        )),
    }
}

/// A table that is read from its first row to its last.
pub struct Reader {
    folder: PathBuf,
    columns: &'static [&'static str],
    /// Files that are still to be read, the next one last.
    names: Vec<String>,
    open: Option<OpenFile>,
    rows: u64,
}

struct OpenFile {
    path: PathBuf,
    rows: csv::Reader<File>,
    /// Where each of the columns asked for stands in this file.
    order: Arc<[usize]>,
}

/// A row, with its cells in the order of the columns that were asked for.
#[derive(Clone, Debug)]
pub struct Row {
    cells: csv::StringRecord,
    order: Arc<[usize]>,
}

impl Reader {
    /// Opens the table `name`, for example `matches`, in `folder`, for the cells of `columns`.
    ///
    /// # Errors
    /// A wrong request, when the table, one of its files or one of the columns is missing.
    pub fn open(folder: &Path, name: &str, columns: &'static [&'static str]) -> Result<Reader> {
        let mut names = files(folder, name)?;
        names.reverse();
        let mut reader = Reader { folder: folder.to_owned(), columns, names, open: None, rows: 0 };
        reader.advance()?;
        Ok(reader)
    }

    /// Rows that were read so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Opens the next file. False when there is none.
    fn advance(&mut self) -> Result<bool> {
        let Some(name) = self.names.pop() else { return Ok(false) };
        let path = self.folder.join(name);
        let file = File::open(&path).map_err(|error| unreadable(&path, &error))?;
        let mut rows = csv::Reader::from_reader(file);
        let header = rows.headers().map_err(|error| unreadable(&path, &error))?;
        if let Some(column) = twice(header) {
            return Err(Error::request(format!(
                "`{}` has the column `{}` twice",
                shown(&path),
                printable(column)
            ))
            .hint("nobody can tell which of the two counts: the file was changed"));
        }
        let place = |column: &'static str| header.iter().position(|name| name == column).ok_or(column);
        let order =
            self.columns.iter().copied().map(place).collect::<std::result::Result<Arc<[usize]>, &str>>();
        let order = order.map_err(|column| {
            Error::request(format!("`{}` has no column `{column}`", shown(&path)))
                .hint("name evidence of this version")
        })?;
        self.open = Some(OpenFile { path, rows, order });
        Ok(true)
    }

    fn next_row(&mut self) -> Result<Option<Row>> {
        loop {
            let Some(open) = &mut self.open else { return Ok(None) };
            let mut cells = csv::StringRecord::new();
            if open.rows.read_record(&mut cells).map_err(|error| unreadable(&open.path, &error))? {
                self.rows += 1;
                let row = Row { cells, order: Arc::clone(&open.order) };
                row.check(&open.path)?;
                return Ok(Some(row));
            }
            self.open = None;
            self.advance()?;
        }
    }
}

impl Iterator for Reader {
    type Item = Result<Row>;

    fn next(&mut self) -> Option<Result<Row>> {
        let row = self.next_row().transpose();
        if matches!(row, Some(Err(_))) {
            (self.open, self.names) = (None, Vec::new());
        }
        row
    }
}

impl Row {
    /// A cell as it stands in the file, by the index of its column among those that were asked for.
    pub fn cell(&self, index: usize) -> &str {
        self.order.get(index).and_then(|at| self.cells.get(*at)).unwrap_or_default()
    }

    /// A cell as the text it holds: what was written as a JSON string literal is decoded.
    pub fn text(&self, index: usize) -> Cow<'_, str> {
        decoded(self.cell(index)).unwrap_or(Cow::Borrowed(""))
    }

    /// A cell that holds a whole number.
    pub fn number(&self, index: usize) -> Option<u64> {
        self.cell(index).parse().ok()
    }

    /// The place of a row of `matches.csv` that was read with [`super::row::COLUMNS`]. `None` when it has none.
    pub fn place(&self) -> Option<Place> {
        use super::row::column;
        let offset = self.number(const { column("offset") })?;
        let extent = Extent { offset, length: self.number(const { column("length") })? };
        let mut flags = self.cell(const { column("flags") }).split(';');
        match self.cell(const { column("line") }) {
            "" if flags.any(|flag| flag == "decoded_place") => Some(Place::Decoded(extent)),
            "" => Some(Place::Member(extent)),
            line => Some(Place::Line(extent, line.parse().ok()?)),
        }
    }

    fn check(&self, path: &Path) -> Result<()> {
        match self.cells.iter().all(|cell| decoded(cell).is_some()) {
            true => Ok(()),
            false => {
                let line = self.cells.position().map_or(0, csv::Position::line);
                Err(Error::request(format!(
                    "`{}`, line {line}: a cell begins with `\"` and is no JSON string",
                    shown(path)
                ))
                .hint("the file was changed, or written by a spreadsheet"))
            }
        }
    }
}

/// The text of a cell. `None` when it begins like a literal and is none.
fn decoded(cell: &str) -> Option<Cow<'_, str>> {
    match cell.starts_with('"') {
        false => Some(Cow::Borrowed(cell)),
        true => serde_json::from_str::<String>(cell).ok().map(Cow::Owned),
    }
}

/// The files of a table in order: `matches.csv`, `matches-2.csv` and so on, none left out.
///
/// # Errors
/// A wrong request, when one is missing or the folder cannot be read.
pub fn files(folder: &Path, name: &str) -> Result<Vec<String>> {
    let number = |file: &str| -> Option<u64> {
        let middle = file.strip_prefix(name)?.strip_suffix(".csv")?;
        match middle.strip_prefix('-') {
            None => middle.is_empty().then_some(1),
            Some(number) => number.parse().ok().filter(|number| *number > 1),
        }
    };
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let mut found = Vec::new();
    for entry in entries {
        let file = entry.map_err(|error| unreadable(folder, &error))?.file_name();
        found.extend(file.to_str().and_then(|file| Some((number(file)?, file.to_owned()))));
    }
    found.sort();
    let stated = manifest::outputs(folder).into_iter().filter_map(|file| number(&file)).max().unwrap_or(1);
    let last = found.last().map_or(1, |(number, _)| *number).max(stated);
    let mut numbers = found.iter().map(|(number, _)| *number);
    if let Some(missing) = (1..=last).find(|wanted| numbers.next() != Some(*wanted)) {
        let file = if missing == 1 { format!("{name}.csv") } else { format!("{name}-{missing}.csv") };
        return Err(Error::request(format!("`{}` is missing", shown(&folder.join(file))))
            .hint("the evidence is not complete without it"));
    }
    Ok(found.into_iter().map(|(_, file)| file).collect())
}

/// The first column that stands twice in the header of a table. Two readers may take the one or the other of them, and
/// read two different tables out of the same bytes.
pub fn twice(header: &csv::StringRecord) -> Option<&str> {
    let mut seen = HashSet::new();
    header.iter().find(|column| !seen.insert(*column))
}

fn unreadable(path: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::request(format!("cannot read `{}`: {error}", shown(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[&str] = &["b", "a"];

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        files.iter().for_each(|(name, text)| fs::write(folder.path().join(name), text).unwrap());
        folder
    }

    fn read(folder: &tempfile::TempDir) -> Result<Vec<String>> {
        let rows = Reader::open(folder.path(), "t", COLUMNS)?;
        rows.map(|row| row.map(|row| format!("{}|{}", row.text(1), row.text(0)))).collect()
    }

    #[test]
    fn split_files_are_one_table_and_literals_are_decoded() {
        let names = (2..=10).map(|number| format!("t-{number}.csv")).collect::<Vec<_>>();
        let mut files =
            vec![("t.csv", "a,x,b\n1,,\"\"\"=é\\u0000\"\"\"\n"), ("table.csv", "no"), ("t-1.csv", "no")];
        files.extend(names.iter().map(|name| (name.as_str(), "b,a\nB,2\n")));
        let rows = read(&folder(&files)).unwrap();
        assert_eq!(rows.len(), 10);
        assert_eq!(rows[0], "1|=é\u{0}");
        assert_eq!(rows[9], "2|B");
    }

    #[test]
    fn what_is_missing_or_broken_is_an_error() {
        let manifest = r#"{"outputs":[{"path":"t.csv"},{"path":"t-2.csv"}]}"#;
        for (files, words) in [
            (&[][..], "`t.csv` is missing"),
            (&[("t.csv", "a,b\n"), ("t-3.csv", "a,b\n")], "`t-2.csv` is missing"),
            (&[("t.csv", "a,b\n"), ("manifest.json", manifest)], "`t-2.csv` is missing"),
            (&[("t.csv", "a,c\n")], "no column `b`"),
            (&[("t.csv", "a,b,a\n1,2,3\n")], "column `a` twice"),
            (&[("t.csv", "a,b\n1\n")], "cannot read"),
            (&[("t.csv", "a,b\n\"\"\"x\",2\n")], "line 2: a cell begins"),
            (&[("t.csv", "a,b\n1,\u{0}\n1,2,3\n")], "cannot read"),
        ] {
            let error = read(&folder(files)).unwrap_err().to_string();
            let error = error.replace("/", "`");
            assert!(error.contains(words), "{error} has no {words}");
        }
    }

    #[test]
    fn the_tables_of_a_sealed_folder_are_found() {
        let bag = folder(&[("bagit.txt", "")]);
        assert!(tables_of(bag.path()).is_err());
        fs::create_dir(bag.path().join("data")).unwrap();
        fs::write(bag.path().join("data/matches.csv"), "").unwrap();
        assert_eq!(tables_of(bag.path()).unwrap(), bag.path().join("data"));
    }
}
