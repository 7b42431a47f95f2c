//! The manifest of a run: with what, over what, with which result, and in words what it shows and does not show.

use std::path::Path;
use std::{fs, io};

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::custody::Custody;
use super::output::aside;
use super::receipt::{self, Depth, Status};
use super::row;
use super::tables::Summary;
use crate::fingerprint::file::Fingerprints;
use crate::matching::articles::class;

/// The name of the manifest in the evidence folder.
pub const FILE: &str = "manifest.json";

/// The version of the manifest's form.
const VERSION: u32 = 1;

/// What decides the result of a run. Two runs with equal settings over the same shards write the same evidence; a
/// folder is gone on with under the same settings only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Version of this tool.
    pub tool_version: String,
    /// SHA-256 of the publisher list, if there is one.
    pub domains_sha256: Option<String>,
    /// How articles are looked for, if they are.
    pub articles: Option<ArticleSettings>,
    /// SHA-256 over the paths of the shards, sorted, one a line.
    pub shards_sha256: String,
    /// Number of shards.
    pub shards: u64,
    /// Depth.
    pub depth: Depth,
    /// `sha256` or `none`.
    pub shard_hash: String,
    /// Matching records are copied.
    pub keep_records: bool,
    /// Hosts are counted.
    pub census: bool,
    /// Rows of `presence.csv` that say zero are kept.
    pub zero_rows: bool,
    /// The corpus, where the user named it.
    pub dataset: Option<String>,
    /// The release, where the user named it.
    pub release: Option<String>,
    /// The field map, where the user gave one.
    pub fields: Option<String>,
}

/// What decides which articles are found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArticleSettings {
    /// SHA-256 of the fingerprint file's content.
    pub fingerprints_sha256: String,
    /// SHA-256 of each private side file's content.
    pub private_sha256: Vec<String>,
    /// SHA-256 of the commons list's content.
    pub commons_sha256: Option<String>,
    /// Name of the key.
    pub key: String,
    /// Version of the normal form.
    pub normal_form: u32,
    /// Version of the rule for a statement of a copy.
    pub rule: u32,
    /// Excerpts are written.
    pub excerpts: bool,
}

impl Settings {
    /// The settings in which two runs differ, each as `name: this one, that one`.
    pub fn differences(&self, other: &Settings) -> Vec<String> {
        let values = |settings: &Settings| serde_json::to_value(settings).unwrap_or_default();
        let (one, two) = (values(self), values(other));
        let fields = one.as_object().into_iter().flatten();
        fields
            .filter(|(name, value)| two.get(name) != Some(value))
            .map(|(name, value)| format!("{name}: {} here, {value} now", two.get(name).unwrap_or_default()))
            .collect()
    }
}

/// What else the manifest tells.
pub struct Run<'r> {
    /// The settings.
    pub settings: &'r Settings,
    /// The arguments as they were given.
    pub command: &'r [String],
    /// Name of the publisher list, if there is one, its rules and what its check had to say.
    pub list: Option<String>,
    /// Number of rules.
    pub rules: u64,
    /// Warnings about the list.
    pub lints: &'r [String],
    /// Name of the fingerprint file and what it holds, if articles were looked for.
    pub fingerprints: Option<(String, &'r Fingerprints)>,
    /// What `calibrate` measured, if its report was given.
    pub calibration: Option<&'r serde_json::Value>,
    /// What was left aside while the shards were looked for.
    pub set_aside: &'r [String],
    /// The commit this tool was built from.
    pub commit: &'r str,
    /// Worker threads.
    pub threads: usize,
    /// Start and end, seconds since 1970.
    pub times: (u64, u64),
    /// The exit code.
    pub exit: u8,
    /// Who ran it, with which files, on which machine.
    pub custody: &'r Custody,
}

/// Writes the manifest, last of all files: an evidence folder without it is not complete.
///
/// # Errors
/// When it cannot be written.
pub fn write(out: &Path, run: &Run<'_>, summary: &Summary) -> io::Result<()> {
    let (en, fr) = statement(run.settings, summary);
    let mut manifest = json!({
        "schema_version": VERSION,
        "tool": { "name": "shardproof", "version": run.settings.tool_version, "commit": run.commit },
        "settings": run.settings,
        "command": run.command,
        "publisher_list": run.list.as_ref().map(|list| json!({
            "file": list, "sha256": run.settings.domains_sha256, "rules": run.rules, "warnings": run.lints,
        })),
        "articles": run.fingerprints.as_ref().map(|(name, file)| articles(name, file, run)),
        "set_aside": run.set_aside,
        "columns": { "matches": row::VERSION, "shards": receipt::VERSION },
        "environment": { "os": std::env::consts::OS, "architecture": std::env::consts::ARCH, "threads": run.threads },
        "started": run.times.0,
        "ended": run.times.1,
        "exit_code": run.exit,
        "results": {
            "shards": summary.shards,
            "duplicate_shards": summary.duplicates,
            "stored_bytes_read": summary.bytes,
            "matches": summary.matches,
            "article_copies": summary.copies,
            "article_notes": summary.notes,
            "counts": summary.tally,
            "counts_add_up": summary.tally.adds_up(),
            "first_gaps": summary.gaps,
        },
        "outputs": summary.files,
        "statement_of_scope": { "en": en, "fr": fr },
    });
    run.custody.add_to(&mut manifest);
    let path = aside(out, FILE);
    fs::write(&path, serde_json::to_string_pretty(&manifest)? + "\n")?;
    fs::rename(path, out.join(FILE))
}

/// What was looked for in texts, and by which rule it counts as a copy.
fn articles(name: &str, file: &Fingerprints, run: &Run<'_>) -> serde_json::Value {
    let header = &file.header;
    json!({
        "file": name,
        "profile": header.profile,
        "publishers": header.publishers.len(),
        "articles": header.articles,
        "words": header.words,
        "shingles": header.shingles,
        "scheme": header.scheme,
        "rule": class::rule(),
        "calibration": run.calibration,
    })
}

/// The settings and the exit code of a finished run, if one stands in the folder.
pub fn finished(out: &Path) -> Option<(Settings, u8)> {
    let manifest: serde_json::Value = serde_json::from_slice(&fs::read(out.join(FILE)).ok()?).ok()?;
    let settings = serde_json::from_value(manifest.get("settings")?.clone()).ok()?;
    let exit = u8::try_from(manifest.get("exit_code")?.as_u64()?).ok()?;
    Some((settings, exit))
}

/// What was and was not examined, never going further than the bytes.
fn statement(settings: &Settings, summary: &Summary) -> (String, String) {
    let (whole, gaps) = (summary.count(Status::Whole), summary.gap_total());
    let tally = &summary.tally;
    let (unexamined, examined) = (tally.unread_total() + tally.damaged, tally.clear + tally.found);
    let mut en = format!(
        "Of {} shards, {whole} were read completely and every content record in them was examined; {gaps} left a gap, \
         which shards.csv names. {examined} content records were examined, and {} of them gave {} rows of \
         matches.csv; {unexamined} were read and could not be examined. A row says that the shard contains the \
         record; it does not say that anybody used it.",
        settings.shards, tally.found, summary.matches
    );
    let mut fr = format!(
        "Sur {} fichiers, {whole} ont été lus en entier et chaque enregistrement de contenu y a été examiné ; {gaps} \
         laissent une lacune, nommée dans shards.csv. {examined} enregistrements de contenu ont été examinés, et {} \
         d'entre eux ont donné {} lignes de matches.csv ; {unexamined} ont été lus sans pouvoir être examinés. Une ligne \
         dit que le fichier contient l'enregistrement ; elle ne dit pas que quiconque l'a utilisé.",
        settings.shards, tally.found, summary.matches
    );
    if settings.articles.is_some() {
        en.push_str(&format!(
            " Texts were compared with article fingerprints: {} rows state that the record contains a copy of an article or \
             of a part of it, {} note another overlap and state no copy. A reworded text is not found.",
            summary.copies, summary.notes
        ));
        fr.push_str(&format!(
            " Les textes ont été comparés aux empreintes d'articles : {} lignes disent que l'enregistrement contient la \
             copie d'un article ou d'une partie d'article, {} signalent un autre recoupement sans affirmer de copie. Un \
             texte reformulé n'est pas retrouvé.",
            summary.copies, summary.notes
        ));
    }
    if settings.depth == Depth::Address {
        en.push_str(
            " At depth `address`, the bodies and checksums of records that no rule covers were not checked where each \
             record is compressed by itself.",
        );
        fr.push_str(
            " À la profondeur `address`, le corps et les sommes de contrôle des enregistrements qu'aucune règle ne vise \
             n'ont pas été vérifiés lorsque chaque enregistrement est comprimé à part.",
        );
    }
    (en, fr)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_that_differ_are_named() {
        let settings = Settings {
            tool_version: "1".into(),
            domains_sha256: Some("a".into()),
            articles: None,
            shards_sha256: "b".into(),
            shards: 3,
            depth: Depth::Address,
            shard_hash: "sha256".into(),
            keep_records: false,
            census: false,
            zero_rows: false,
            dataset: None,
            release: None,
            fields: None,
        };
        assert!(settings.differences(&settings).is_empty());
        let other = Settings { depth: Depth::Content, shards: 4, ..settings.clone() };
        assert_eq!(
            settings.differences(&other),
            ["shards: 4 here, 3 now", "depth: \"content\" here, \"address\" now"]
        );
    }
}
