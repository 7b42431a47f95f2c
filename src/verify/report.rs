//! `verification.csv`: what became of each row, and when.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, SecondsFormat};

use super::compare::{Difference, compare_class};
use super::rows::Rows;
use super::{Checked, Outcome};
use crate::cell::cell;
use crate::error::{Error, Result};
use crate::escape::literal;
use crate::evidence::copies::Spread;
use crate::evidence::reading::Reader;
use crate::evidence::row::{COLUMNS as MATCHES, column};

/// The columns.
pub const COLUMNS: &[&str] = &[
    "match_id",
    "shard",
    "offset",
    "length",
    "line",
    "outcome",
    "differs",
    "expected",
    "observed",
    "reason",
    "http_status",
    "checked_at",
];

/// Rows of the report by their outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    counts: [u64; Outcome::ALL.len()],
    /// The first rows that are not the same, in words.
    pub first: Vec<String>,
}

/// Rows that are named on the terminal; all of them are in the report.
const NAMED: usize = 10;

impl Counts {
    /// Rows with this outcome.
    pub fn of(&self, outcome: Outcome) -> u64 {
        self.counts[outcome as usize]
    }

    /// All rows.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    fn add(&mut self, id: &str, checked: &Checked) {
        self.counts[checked.outcome as usize] += 1;
        if checked.outcome != Outcome::Same && self.first.len() < NAMED {
            let why = match checked.differences.is_empty() {
                true => checked.reason.clone(),
                false => format!("differs in {}", names(&checked.differences)),
            };
            self.first.push(format!("{id}: {}: {why}", checked.outcome.name()));
        }
    }
}

/// Writes the report about the rows with these numbers (all of them without), which were checked in this order. `spread`
/// knows the articles of all rows, if all were read.
///
/// # Errors
/// When the rows cannot be read again or the report cannot be written.
pub fn write(
    path: &Path,
    rows: &Rows<'_>,
    drawn: Option<&[u64]>,
    checked: Vec<Checked>,
    spread: Option<&Spread>,
) -> Result<Counts> {
    let aside = path.with_extension("csv.tmp");
    let failed = |error: io::Error| Error::io("write", path, &error);
    let mut writer = csv::Writer::from_writer(BufWriter::new(File::create(&aside).map_err(failed)?));
    writer.write_record(COLUMNS).map_err(|error| failed(io::Error::other(error)))?;
    let mut counts = Counts::default();
    let mut drawn = drawn.map(|numbers| numbers.iter().copied().peekable());
    let mut checked = checked.into_iter();
    for (number, row) in (0_u64..).zip(Reader::open(rows.folder, "matches", MATCHES)?) {
        let row = row?;
        if let Some(drawn) = &mut drawn
            && drawn.next_if_eq(&number).is_none()
        {
            continue;
        }
        let Some(mut checked) = checked.next() else { break };
        if let Some(spread) = spread.filter(|_| !checked.evidence.is_empty()) {
            checked.differences.extend(compare_class(&row, &checked.evidence, spread));
            if !checked.differences.is_empty() {
                checked.outcome = Outcome::Changed;
            }
        }
        let own = |name: usize| row.cell(name);
        let id = own(const { column("match_id") });
        counts.add(id, &checked);
        let cells = [
            id,
            own(const { column("shard") }),
            own(const { column("offset") }),
            own(const { column("length") }),
            own(const { column("line") }),
            checked.outcome.name(),
            &names(&checked.differences),
            &object(&checked.differences, |difference| &difference.expected),
            &object(&checked.differences, |difference| &difference.observed),
            &cell(&checked.reason),
            &checked.http_status.map(|status| status.to_string()).unwrap_or_default(),
            &iso(checked.at),
        ];
        writer.write_record(cells).map_err(|error| failed(io::Error::other(error)))?;
    }
    let file = writer.into_inner().map_err(|error| failed(io::Error::other(error.to_string())))?;
    let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
    file.sync_data().map_err(failed)?;
    fs::rename(&aside, path).map_err(failed)?;
    Ok(counts)
}

fn names(differences: &[Difference]) -> String {
    differences.iter().map(|difference| difference.column).collect::<Vec<_>>().join(";")
}

/// A JSON object of columns and cells; empty without any. It begins with a brace, so no spreadsheet runs it.
fn object(differences: &[Difference], value: impl Fn(&Difference) -> &str) -> String {
    if differences.is_empty() {
        return String::new();
    }
    let member =
        |difference: &Difference| format!("\"{}\":{}", difference.column, literal(value(difference)));
    format!("{{{}}}", differences.iter().map(member).collect::<Vec<_>>().join(","))
}

/// Seconds since 1970.
pub fn seconds_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

/// A time in ISO 8601 UTC, by seconds since 1970.
pub fn iso(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    time.map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true)).unwrap_or_default()
}
