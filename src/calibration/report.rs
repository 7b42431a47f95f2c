//! What was measured: JSON for a file and for the manifest of a scan, a table for a person.

use std::fmt::Write;

use serde::Serialize;

use super::plant::Kind;
use super::rate::{Rate, rounded};
use super::{Outcome, Trial};
use crate::escape::printable;

/// The version of the report's form.
pub const VERSION: u32 = 1;

/// What one kind came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OfKind {
    /// The kind.
    pub kind: &'static str,
    /// A row should state a copy.
    pub is_copy: bool,
    /// Articles too short for the kind.
    pub left_out: u64,
    /// Copies: texts in which the article was found. Decoys: texts with a row that states a copy.
    pub stated: Rate,
    /// Rows that state a copy of an article that was not planted there.
    pub false_rows: u64,
    /// Mean of measured minus planted coverage of the article, over the copies that were found.
    pub coverage_error: Option<f64>,
}

impl OfKind {
    fn new(kind: Kind, outcomes: &[Option<Outcome>]) -> OfKind {
        let planted = || outcomes.iter().flatten();
        let errors: Vec<f64> = planted().filter_map(|outcome| outcome.found).collect();
        let stated = match kind.is_copy() {
            true => errors.len(),
            false => planted().filter(|outcome| !outcome.false_rows.is_empty()).count(),
        };
        let mean = errors.iter().sum::<f64>() / errors.len() as f64;
        OfKind {
            kind: kind.name(),
            is_copy: kind.is_copy(),
            left_out: (outcomes.len() - planted().count()) as u64,
            stated: Rate::new(stated as u64, planted().count() as u64),
            false_rows: planted().map(|outcome| outcome.false_rows.len() as u64).sum(),
            coverage_error: (!errors.is_empty()).then(|| rounded(mean)),
        }
    }
}

/// A row that states a copy of an article that was not planted there. Articles are named by publisher and id.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FalseRow {
    /// The kind of text.
    pub kind: &'static str,
    /// The article of which the text was made; empty for a text by itself.
    pub planted: String,
    /// The article of which a copy is stated.
    pub stated: String,
}

/// Most false rows that are named.
const NAMED: usize = 50;
/// Most of them that the table shows.
const SHOWN: usize = 10;

/// The result of a trial.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Result {
    /// Kind by kind.
    pub kinds: Vec<OfKind>,
    /// Planted copies that were found, over all kinds of copies. The kinds share their articles, so that the interval is
    /// narrower than the truth.
    pub recall: Rate,
    /// Texts with a row that states a copy of an article that is not there: copies and decoys, hosts alone left out.
    pub false_texts: Rate,
    /// Such rows for each thousand texts.
    pub false_rows_per_1000_texts: f64,
    /// The first of these rows, to be looked at: an article of the kind `other` may hold text of one that the file has.
    pub first_false_rows: Vec<FalseRow>,
}

impl Result {
    /// Runs the trial on the workers of the current pool.
    pub fn of(trial: &Trial<'_>) -> Result {
        let mut kinds = Vec::new();
        let mut named = Vec::new();
        let (mut found, mut copies, mut wrong, mut texts, mut rows) = (0, 0, 0, 0, 0);
        for kind in Kind::OF_ARTICLES.into_iter().chain([Kind::Other, Kind::Host]) {
            let outcomes = trial.run(kind);
            let of_kind = OfKind::new(kind, &outcomes);
            if kind.is_copy() {
                found += of_kind.stated.count;
                copies += of_kind.stated.of;
            }
            if kind != Kind::Host {
                wrong +=
                    outcomes.iter().flatten().filter(|outcome| !outcome.false_rows.is_empty()).count() as u64;
                texts += of_kind.stated.of;
                rows += of_kind.false_rows;
            }
            let articles = if kind == Kind::Other { trial.others } else { trial.subjects };
            for (index, outcome) in outcomes.iter().enumerate() {
                for stated in outcome.iter().flat_map(|outcome| &outcome.false_rows).cloned() {
                    let article = articles.get(index).filter(|_| kind != Kind::Host);
                    let planted = article.map_or_else(String::new, |article| article.name.clone());
                    named.push(FalseRow { kind: kind.name(), planted, stated });
                }
            }
            kinds.push(of_kind);
        }
        Result {
            first_false_rows: named.into_iter().take(NAMED).collect(),
            kinds,
            recall: Rate::new(found, copies),
            false_texts: Rate::new(wrong, texts),
            false_rows_per_1000_texts: rounded(rows as f64 * 1000.0 / texts.max(1) as f64),
        }
    }

    /// The table.
    pub fn table(&self) -> String {
        let mut table = format!(
            "{:<20} {:>6}  {:>6}  {:<30} {:>10}  {:>14}\n",
            "", "texts", "stated", "share (95 % interval)", "false rows", "coverage error"
        );
        for (title, is_copy) in [("copies", true), ("decoys", false)] {
            let _ = writeln!(table, "{title}");
            for kind in self.kinds.iter().filter(|kind| kind.is_copy == is_copy) {
                let error = kind.coverage_error.map_or(String::new(), |error| format!("{error:+.3}"));
                let _ = writeln!(
                    table,
                    "  {:<18} {:>6}  {:>6}  {:<30} {:>10}  {error:>14}",
                    kind.kind,
                    kind.stated.of,
                    kind.stated.count,
                    kind.stated.words(),
                    kind.false_rows,
                );
            }
        }
        let _ = writeln!(
            table,
            "found: {} of {} planted copies, {}",
            self.recall.count,
            self.recall.of,
            self.recall.words()
        );
        let _ = writeln!(
            table,
            "false: {} of {} texts, {}; {} false rows in a thousand texts",
            self.false_texts.count,
            self.false_texts.of,
            self.false_texts.words(),
            self.false_rows_per_1000_texts,
        );
        for row in self.first_false_rows.iter().take(SHOWN) {
            let (kind, planted, stated) = (row.kind, printable(&row.planted), printable(&row.stated));
            let _ = writeln!(table, "  {kind} `{planted}` is stated as a copy of `{stated}`");
        }
        let left_out: Vec<String> = self
            .kinds
            .iter()
            .filter(|kind| kind.left_out > 0)
            .map(|kind| format!("{} {}", kind.kind, kind.left_out))
            .collect();
        if !left_out.is_empty() {
            let _ = writeln!(
                table,
                "left out, since the article is too short for the kind: {}",
                left_out.join(", ")
            );
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_miss_and_a_false_row_are_counted() {
        let found = Outcome { found: Some(-0.1), false_rows: Vec::new() };
        let wrong = Outcome { found: None, false_rows: vec!["P/1".into(), "P/2".into()] };
        let copies = OfKind::new(Kind::Half, &[Some(found), Some(wrong.clone()), None]);
        assert_eq!((copies.stated.count, copies.stated.of, copies.left_out, copies.false_rows), (1, 2, 1, 2));
        assert_eq!(copies.coverage_error, Some(-0.1));
        let decoys = OfKind::new(Kind::Quote, &[Some(Outcome::default()), Some(wrong)]);
        assert_eq!((decoys.stated.count, decoys.stated.of, decoys.coverage_error), (1, 2, None));
    }
}
