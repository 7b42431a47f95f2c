//! The rows of a list, made into patterns.
//!
//! A row is a rule with its exclusions, or itself an exclusion. What is wrong with it is noted and reading
//! goes on, so that one message can name all that is to be corrected.

use super::cells::{self, Exclude, Place, Suffix};
use super::columns::Columns;
use super::lints::{Lints, Oddity};
use super::names::Naming;
use super::patterns::{Effect, Patterns, Period};
use super::refusals::{ProblemKind, Problems};

/// What the rows read so far amount to.
#[derive(Default)]
pub(super) struct Rows {
    pub patterns: Patterns,
    pub publishers: Naming,
    pub titles: Naming,
    pub lints: Lints,
    pub problems: Problems,
    /// Rows that are not blank.
    pub count: u64,
    undated: u64,
    first_undated: u32,
}

/// The cells of one row that rules are made of.
struct Row<'r> {
    publisher: &'r str,
    title: &'r str,
    domain: &'r str,
    exclude: &'r str,
    valid_from: &'r str,
    valid_to: &'r str,
}

impl Rows {
    /// Reads one row. `line` is where it begins.
    pub fn read(&mut self, line: u32, record: &csv::StringRecord, columns: &Columns) {
        if record.iter().all(|cell| cell.trim().is_empty()) {
            return;
        }
        self.count += 1;
        let read = Row::of(record, columns).and_then(|row| self.add(line, &row));
        if let Err(problem) = read {
            self.problems.push(line, problem);
        }
    }

    /// Says what only the whole list tells.
    pub fn end(&mut self, columns: &Columns) {
        if !columns.unused.is_empty() {
            self.lints.push(Oddity::UnusedColumns { names: columns.unused.clone() });
        }
        if (1..self.count).contains(&self.undated) {
            self.lints.push(Oddity::Undated { rows: self.undated, first: self.first_undated });
        }
    }

    fn add(&mut self, line: u32, row: &Row<'_>) -> Result<(), ProblemKind> {
        let place = row.place("domain", row.domain)?;
        let period = row.period()?;
        self.note(line, row, &place, period);
        let publisher = self.publishers.id(0, row.publisher);
        let parts = match cells::exclude(row.exclude) {
            Exclude::Row => {
                let effect = Effect::ExcludesPublisher { publisher };
                self.patterns.push(&place.host, &place.path, effect, period, line);
                return Ok(());
            }
            Exclude::Nothing => Vec::new(),
            Exclude::Parts(parts) => parts,
        };
        if row.title.is_empty() {
            return Err(ProblemKind::EmptyCell { column: "title" });
        }
        let title = self.titles.id(publisher, row.title);
        self.patterns.push(&place.host, &place.path, Effect::Claims { title }, period, line);
        for part in parts {
            let exclusion = row.exclusion(part, &place)?;
            if exclusion.takes_from(&place) {
                let effect = Effect::ExcludesTitle { title };
                self.patterns.push(&exclusion.host, &exclusion.path, effect, period, line);
            } else {
                self.lints.push(Oddity::NothingToExclude { line, exclude: part.to_owned() });
            }
        }
        Ok(())
    }

    /// Notes what is odd about a row for itself.
    fn note(&mut self, line: u32, row: &Row<'_>, place: &Place, period: Period) {
        if period.is_always() {
            self.undated += 1;
            if self.undated == 1 {
                self.first_undated = line;
            }
        }
        let rule = || format!("{}{}", place.host, place.path);
        if place.rewritten {
            self.lints.push(Oddity::Rewritten { line, cell: row.domain.to_owned(), rule: rule() });
        }
        if place.is_page() {
            self.lints.push(Oddity::SinglePage { line, rule: rule() });
        }
        match place.suffix {
            Suffix::Known => {}
            Suffix::Platform => self.lints.push(Oddity::Platform { line, rule: rule() }),
            Suffix::Unknown => self.lints.push(Oddity::UnknownSuffix { line, rule: rule() }),
        }
    }
}

impl<'r> Row<'r> {
    fn of(record: &'r csv::StringRecord, columns: &Columns) -> Result<Row<'r>, ProblemKind> {
        if record.iter().skip(columns.count).any(|cell| !cell.trim().is_empty()) {
            return Err(ProblemKind::TooManyCells { cells: record.len(), columns: columns.count });
        }
        if record.iter().any(|cell| columns.has_swallowed_rows(cell)) {
            return Err(ProblemKind::SwallowedRows);
        }
        let cell =
            |column: Option<usize>| column.and_then(|column| record.get(column)).unwrap_or_default().trim();
        let required = |name, column| match cell(Some(column)) {
            "" => Err(ProblemKind::EmptyCell { column: name }),
            text if text.contains(['\n', '\r']) => Err(ProblemKind::LineBreak { column: name }),
            text => Ok(text),
        };
        Ok(Row {
            publisher: required("publisher", columns.publisher)?,
            // A row that is an exclusion needs no title.
            title: required("title", columns.title).or_else(|problem| match problem {
                ProblemKind::EmptyCell { .. } => Ok(""),
                other => Err(other),
            })?,
            domain: required("domain", columns.domain)?,
            exclude: cell(columns.exclude),
            valid_from: cell(columns.valid_from),
            valid_to: cell(columns.valid_to),
        })
    }

    fn place(&self, column: &'static str, cell: &str) -> Result<Place, ProblemKind> {
        cells::place(cell).map_err(|fault| ProblemKind::Cell { column, value: cell.to_owned(), fault })
    }

    /// A part of the `exclude` cell: a path on the rule's own host, or a place of its own.
    fn exclusion(&self, part: &str, rule: &Place) -> Result<Place, ProblemKind> {
        let on_the_rule = part.starts_with('/').then(|| format!("{}{part}", rule.host));
        let exclusion = cells::place(on_the_rule.as_deref().unwrap_or(part))
            .map_err(|fault| ProblemKind::Cell { column: "exclude", value: part.to_owned(), fault })?;
        if exclusion.covers(rule) {
            return Err(ProblemKind::ExcludesItself {
                exclude: part.to_owned(),
                rule: self.domain.to_owned(),
            });
        }
        Ok(exclusion)
    }

    fn period(&self) -> Result<Period, ProblemKind> {
        let day = |column, cell: &str, open| {
            cells::day(cell, open).map_err(|fault| ProblemKind::Cell {
                column,
                value: cell.to_owned(),
                fault,
            })
        };
        let from = day("valid_from", self.valid_from, Period::ALWAYS.from)?;
        let to = day("valid_to", self.valid_to, Period::ALWAYS.to)?;
        if from > to {
            let (from, to) = (self.valid_from.to_owned(), self.valid_to.to_owned());
            return Err(ProblemKind::DatesReversed { from, to });
        }
        Ok(Period { from, to })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::date::Day;

    /// Reads rows below `publisher,title,domain,exclude,valid_from,valid_to`.
    fn read(rows: &[&[&str]]) -> Rows {
        let header = ["publisher", "title", "domain", "exclude", "valid_from", "valid_to"];
        let columns = Columns::read(&header.iter().collect(), b',').expect("a header");
        let mut read = Rows::default();
        for (row, line) in rows.iter().zip(2..) {
            read.read(line, &row.iter().collect(), &columns);
        }
        read.end(&columns);
        read
    }

    #[test]
    fn a_row_is_a_rule_with_its_exclusions_or_an_exclusion() {
        let rows = read(&[
            &["LM", "LM", "lemonde.fr", "/shop;blogs.lemonde.fr", "2008-01-01", ""],
            &["", " ", "", "", "", ""],
            &["LM", "", "jeux.lemonde.fr", "oui"],
        ]);
        let period = Period { from: Day(20080101), to: Period::ALWAYS.to };
        let patterns: Vec<_> =
            rows.patterns.ids().map(|id| (rows.patterns.text(id), rows.patterns.get(id))).collect();
        let patterns: Vec<_> =
            patterns.into_iter().map(|(text, p)| (text, p.effect, p.period, p.line)).collect();
        assert_eq!(
            patterns,
            [
                ("lemonde.fr", Effect::Claims { title: 0 }, period, 2),
                ("lemonde.fr/shop", Effect::ExcludesTitle { title: 0 }, period, 2),
                ("blogs.lemonde.fr", Effect::ExcludesTitle { title: 0 }, period, 2),
                ("jeux.lemonde.fr", Effect::ExcludesPublisher { publisher: 0 }, Period::ALWAYS, 4),
            ]
        );
        assert_eq!(rows.count, 2);
        assert_eq!(rows.lints.finish(), [Oddity::Undated { rows: 1, first: 4 }.into()]);
        assert!(rows.problems.refuse().is_ok());
    }

    #[test]
    fn a_row_at_fault_is_counted_and_reading_goes_on() {
        let rows = read(&[&["a", "b", "c"], &["a", "b", "a.fr"]]);
        assert_eq!((rows.count, rows.patterns.ids().len()), (2, 1));
        assert!(rows.problems.refuse().is_err());
    }
}
