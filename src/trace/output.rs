//! `origins.csv`: the derived rows with their captures; and `trace.json`: what was searched, and what came of it.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use serde::Serialize;
use serde_json::json;

use super::capture::Capture;
use super::derived::{Derived, Join};
use super::rights::{self, Rights, Signals};
use crate::cell::{cell, token};
use crate::escape::literal;
use crate::evidence::output::{Table, aside};
use crate::evidence::reading::Row;
use crate::evidence::row::column;

/// The version of the columns and of `trace.json`.
const VERSION: u32 = 1;

/// The columns of `origins.csv`; those of [`rights::COLUMNS`] are the last ones.
pub const COLUMNS: &[&str] = &[
    "match_id",
    "dataset",
    "release",
    "shard",
    "line",
    "archive_url",
    "archive_date",
    "origin",
    "joined_by",
    "capture_input",
    "capture_match_ids",
    "capture_type",
    "capture_release",
    "capture_shard",
    "capture_offset",
    "capture_length",
    "capture_record_id",
    "capture_url",
    "capture_date",
    "capture_status",
    "capture_mime",
    "capture_digest",
    "capture_sha256",
    "rights_state",
    "rights_note",
    rights::COLUMNS[0],
    rights::COLUMNS[1],
    rights::COLUMNS[2],
    rights::COLUMNS[3],
    rights::COLUMNS[4],
    rights::COLUMNS[5],
];

/// The words in the column `origin`.
const FOUND: &str = "found";
const NOT_FOUND: &str = "not found in what was searched";
const NAMES_NONE: &str = "names no capture";

/// What was searched.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Input {
    /// File or folder name, without the way there.
    pub name: String,
    /// `evidence` or `index`.
    pub kind: &'static str,
    /// Rows, or index lines.
    pub entries: u64,
    /// Lines that could not be understood.
    pub not_understood: u64,
    /// What could not be read; for evidence, its shards that left a gap.
    pub gaps: Vec<String>,
    /// SHA-256 of each file, by name.
    pub sha256: BTreeMap<String, String>,
}

impl Input {
    /// What of it was not looked at, in words.
    pub fn gap_lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.gaps.iter().map(|gap| format!("`{}`: {gap}", self.name)).collect();
        if self.not_understood > 0 {
            lines.push(format!("`{}`: {} lines were not understood", self.name, self.not_understood));
        }
        lines
    }
}

/// Counts over the derived rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Rows that were traced.
    pub rows: u64,
    /// Those with an origin.
    pub found: u64,
    /// Those without.
    pub not_found: u64,
    /// Those that name no capture: neither an id nor an address with a time.
    pub names_none: u64,
    /// Captures, by how they were joined.
    pub joined_by: BTreeMap<&'static str, u64>,
    /// Captures, by what is known of their headers.
    pub rights: BTreeMap<&'static str, u64>,
}

/// The table under way.
pub struct Output {
    table: Table,
    /// The counts so far.
    pub counts: Counts,
}

impl Output {
    /// Starts the table in `folder`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(folder: &Path) -> io::Result<Output> {
        Ok(Output { table: Table::create(folder, "origins", COLUMNS)?, counts: Counts::default() })
    }

    /// Adds a derived row with its captures.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(&mut self, row: &Row, captures: &[(Join, &Capture, Rights)]) -> io::Result<()> {
        self.counts.rows += 1;
        let same = [
            const { column("match_id") },
            const { column("dataset") },
            const { column("release") },
            const { column("shard") },
            const { column("line") },
            const { column("archive_url") },
            const { column("archive_date") },
        ];
        let begin = same.map(|name| row.cell(name).to_owned());
        if captures.is_empty() {
            let (origin, count) = match Derived::names_capture(row) {
                true => (NOT_FOUND, &mut self.counts.not_found),
                false => (NAMES_NONE, &mut self.counts.names_none),
            };
            *count += 1;
            let mut cells = begin.to_vec();
            cells.push(origin.to_owned());
            cells.resize(COLUMNS.len(), String::new());
            return self.table.row(cells);
        }
        self.counts.found += 1;
        for (join, capture, rights) in captures {
            *self.counts.joined_by.entry(join.name()).or_default() += 1;
            *self.counts.rights.entry(rights.state()).or_default() += 1;
            let text = |text: &str| token(text).into_owned();
            let url = if capture.url.is_empty() { String::new() } else { literal(&capture.url) };
            let middle = [
                FOUND.to_owned(),
                join.name().to_owned(),
                (capture.input + 1).to_string(),
                capture.match_ids.join(";"),
                capture.kind.clone(),
                cell(&capture.release).into_owned(),
                cell(&capture.shard).into_owned(),
                capture.extent.offset.to_string(),
                capture.extent.length.to_string(),
                text(&capture.id),
                url,
                text(&capture.date),
                text(&capture.status),
                text(&capture.mime),
                text(&capture.digest),
                capture.sha256.clone(),
                rights.state().to_owned(),
                if let Rights::NotLookedAt(why) = rights { (*why).to_owned() } else { String::new() },
            ];
            let signals = match rights {
                Rights::Present(signals) => signals.clone(),
                _ => Signals::default(),
            };
            let signals = signals.values.map(|value| if value.is_empty() { value } else { literal(&value) });
            self.table.row(begin.iter().cloned().chain(middle).chain(signals))?;
        }
        Ok(())
    }

    /// Puts the table under its name, then `trace.json`: a folder without it is not complete.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn finish(
        self,
        folder: &Path,
        derived: &Input,
        inputs: &[Input],
        shards: bool,
    ) -> io::Result<Counts> {
        let written = self.table.finish()?;
        for file in &written {
            fs::rename(aside(folder, &file.path), folder.join(&file.path))?;
        }
        let trace = json!({
            "schema_version": VERSION,
            "tool": {
                "name": "shardproof",
                "version": env!("CARGO_PKG_VERSION"),
                "commit": env!("SHARDPROOF_COMMIT"),
            },
            "derived": derived,
            "captures": inputs,
            "shards_given": shards,
            "counts": self.counts,
            "outputs": written,
            "statement_of_scope": {
                "en": "A row with an origin names a capture that has the id, or the address and the time, which the derived \
                       record states. A row without one says that no such capture stands in what was searched, which `captures` \
                       lists; it may stand elsewhere. The headers are those of the capture, not of the page today; pages may \
                       state rights in other places (robots.txt, markup) that were not looked at.",
                "fr": "Une ligne avec une origine nomme une capture qui porte l'identifiant, ou l'adresse et l'heure, \
                       qu'indique l'enregistrement dérivé. Une ligne sans origine dit qu'aucune capture de ce genre ne figure \
                       dans ce qui a été examiné, énuméré sous `captures` ; il peut y en avoir ailleurs. Les en-têtes sont ceux \
                       de la capture, non de la page actuelle ; une page peut indiquer des droits en d'autres endroits \
                       (robots.txt, balisage) qui n'ont pas été examinés.",
            },
        });
        let path = aside(folder, "trace.json");
        fs::write(&path, serde_json::to_string_pretty(&trace)? + "\n")?;
        fs::rename(path, folder.join("trace.json"))?;
        Ok(self.counts)
    }
}
