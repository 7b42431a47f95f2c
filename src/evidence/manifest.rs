//! The manifest of a run: with what, over what, with which result, and in words what it shows and does not show.

use std::path::Path;
use std::{fs, io};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::custody::Custody;
use super::kept::Kept;
use super::output::aside;
use super::partition::Partition;
use super::receipt::{self, Depth, Status};
use super::row;
use super::tables::Summary;
use crate::cell::hex;
use crate::fingerprint::file::Fingerprints;
use crate::matching::articles::class;
use crate::source::draw::Draw;

/// The name of the manifest in the evidence folder.
pub const FILE: &str = "manifest.json";

/// The name of the file that holds the digest of the manifest, in the form that `sha256sum --check` reads.
pub const DIGEST_FILE: &str = "manifest.sha256";

/// What stands in [`DIGEST_FILE`] for a manifest of these bytes.
pub fn digest_line(manifest: &[u8]) -> String {
    format!("{}  {FILE}\n", hex(&Sha256::digest(manifest)))
}

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
    /// Which of the shards are read, if not all of them.
    pub partition: Option<Partition>,
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
    /// The draw of which the shards are, if they are a sample.
    pub draw: Option<DrawSettings>,
}

/// What decides which shards were drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawSettings {
    /// Shards that could be drawn.
    pub population: u64,
    /// Shards that were drawn.
    pub n: u64,
    /// The seed.
    pub seed: String,
    /// The method.
    pub method: String,
    /// SHA-256 over the names of the population.
    pub plan_sha256: String,
}

impl DrawSettings {
    /// Of a draw.
    pub fn of(draw: &Draw) -> DrawSettings {
        DrawSettings {
            population: draw.population,
            n: draw.n,
            seed: draw.seed.clone(),
            method: draw.method.clone(),
            plan_sha256: draw.plan_sha256.clone(),
        }
    }
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
        let words = |(name, one, other)| format!("{name}: {one} here, {other} now");
        self.differing(other).into_iter().map(words).collect()
    }

    /// The settings in which two runs differ: their names and both values.
    pub fn differing(&self, other: &Settings) -> Vec<(String, Value, Value)> {
        let values = |settings: &Settings| serde_json::to_value(settings).unwrap_or_default();
        let (one, two) = (values(self), values(other));
        let fields = one.as_object().into_iter().flatten();
        fields
            .map(|(name, value)| (name.clone(), value.clone(), two.get(name).cloned().unwrap_or_default()))
            .filter(|(_, one, other)| one != other)
            .collect()
    }
}

/// What else the manifest tells.
pub struct Run<'r> {
    /// The settings.
    pub settings: &'r Settings,
    /// The arguments as they were given.
    pub command: &'r [String],
    /// The publisher list, if there is one: see [`publisher_list`].
    pub list: Option<Value>,
    /// The articles, if they were looked for: see [`articles`].
    pub articles: Option<Value>,
    /// The paths of the shards as they were given, in the order of the plan: where `verify` looks for them.
    pub shard_paths: &'r [String],
    /// How the shards were drawn, if they are a sample.
    pub draw: Option<&'r Draw>,
    /// The parts of a partition, kept for a merge.
    pub parts: Option<&'r Kept>,
    /// The partitions that were merged, if they were.
    pub merged: Option<&'r Merged>,
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

/// What the manifest of a merged run tells of its partitions.
#[derive(Clone, Debug, Serialize)]
pub struct Merged {
    /// What their manifests say of the machines and times, and the digest of each manifest.
    pub partitions: Vec<Value>,
    /// The partitions that were not given.
    pub missing: Vec<Partition>,
}

/// Writes the manifest, last of all files: an evidence folder without it is not complete. Its digest, which nothing else
/// in the folder has, stands beside it.
///
/// # Errors
/// When it cannot be written.
pub fn write(out: &Path, run: &Run<'_>, summary: &Summary) -> io::Result<()> {
    let (en, fr) = statement(run.settings, run.merged, summary);
    let mut manifest = json!({
        "schema_version": VERSION,
        "tool": { "name": "shardproof", "version": run.settings.tool_version, "commit": run.commit },
        "settings": run.settings,
        "command": run.command,
        "publisher_list": run.list,
        "articles": run.articles,
        "shard_paths": run.shard_paths,
        "plan": run.draw,
        "parts": run.parts,
        "merged": run.merged,
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
    let text = serde_json::to_string_pretty(&manifest)? + "\n";
    for (name, content) in [(DIGEST_FILE, &digest_line(text.as_bytes())), (FILE, &text)] {
        let path = aside(out, name);
        fs::write(&path, content)?;
        fs::rename(path, out.join(name))?;
    }
    Ok(())
}

/// The publisher list: the name of its file, its digest, the number of its rules and what its check had to say.
pub fn publisher_list(name: &str, sha256: &str, rules: u64, warnings: &[String]) -> Value {
    json!({ "file": name, "sha256": sha256, "rules": rules, "warnings": warnings })
}

/// What was looked for in texts, by which rule it counts as a copy, and what `calibrate` measured, if its report was given.
pub fn articles(name: &str, file: &Fingerprints, calibration: Option<&Value>) -> Value {
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
        "calibration": calibration,
    })
}

/// The settings and the exit code of a finished run, if one stands in the folder.
pub fn finished(out: &Path) -> Option<(Settings, u8)> {
    let manifest = read(out)?;
    let settings = serde_json::from_value(manifest.get("settings")?.clone()).ok()?;
    let exit = u8::try_from(manifest.get("exit_code")?.as_u64()?).ok()?;
    Some((settings, exit))
}

/// The paths of the tables that the manifest in `folder` lists; none when there is no manifest that can be read.
pub fn outputs(folder: &Path) -> Vec<String> {
    let manifest = read(folder).unwrap_or_default();
    let outputs = manifest.get("outputs").and_then(|outputs| outputs.as_array());
    let paths = outputs.into_iter().flatten().filter_map(|output| output.get("path")?.as_str());
    paths.map(str::to_owned).collect()
}

/// The paths and addresses of the run's shards, as they were given. Relative paths count from the folder in which the
/// command was given.
pub fn shard_paths(folder: &Path) -> Vec<String> {
    let manifest = read(folder).unwrap_or_default();
    let paths = manifest.get("shard_paths").and_then(|paths| paths.as_array());
    paths.into_iter().flatten().filter_map(|path| path.as_str()).map(str::to_owned).collect()
}

/// When the run of a finished folder began and ended, in seconds since 1970.
pub fn times(folder: &Path) -> Option<(u64, u64)> {
    let manifest = read(folder)?;
    Some((manifest.get("started")?.as_u64()?, manifest.get("ended")?.as_u64()?))
}

fn read(folder: &Path) -> Option<serde_json::Value> {
    serde_json::from_slice(&fs::read(folder.join(FILE)).ok()?).ok()
}

/// What was and was not examined, never going further than the bytes.
fn statement(settings: &Settings, merged: Option<&Merged>, summary: &Summary) -> (String, String) {
    let (whole, gaps) = (summary.count(Status::Whole), summary.gap_total());
    let shards = settings.partition.map_or(settings.shards, |own| own.count(settings.shards));
    let tally = &summary.tally;
    let (unexamined, examined) = (tally.unread_total() + tally.damaged, tally.clear + tally.found);
    let mut en = format!(
        "Of {shards} shards, {whole} were read completely and every content record in them was examined; {gaps} left a gap, \
         which shards.csv names. {examined} content records were examined, and {} of them gave {} rows of \
         matches.csv; {unexamined} were read and could not be examined. A row says that the shard contains the \
         record; it does not say that anybody used it.",
        tally.found, summary.matches
    );
    let mut fr = format!(
        "Sur {shards} fichiers, {whole} ont été lus en entier et chaque enregistrement de contenu y a été examiné ; {gaps} \
         laissent une lacune, nommée dans shards.csv. {examined} enregistrements de contenu ont été examinés, et {} \
         d'entre eux ont donné {} lignes de matches.csv ; {unexamined} ont été lus sans pouvoir être examinés. Une ligne \
         dit que le fichier contient l'enregistrement ; elle ne dit pas que quiconque l'a utilisé.",
        tally.found, summary.matches
    );
    if let Some(partition) = settings.partition {
        en.push_str(&format!(
            " This is partition {partition} of a run over {} shards; the others were not looked at here.",
            settings.shards
        ));
        fr.push_str(&format!(
            " Ceci est la partition {partition} d'une analyse de {} fichiers ; les autres n'ont pas été examinés ici.",
            settings.shards
        ));
    }
    if let Some(missing) = merged.map(|merged| &merged.missing).filter(|missing| !missing.is_empty()) {
        let names: Vec<String> = missing.iter().map(ToString::to_string).collect();
        let names = names.join(", ");
        en.push_str(&format!(
            " Not looked at, since their results were not there: the shards of partition {names}."
        ));
        fr.push_str(&format!(" Non examinés, faute de résultats : les fichiers de la partition {names}."));
    }
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
    if let Some(draw) = &settings.draw {
        en.push_str(&format!(
            " The {} shards are a random draw from {}, fixed by a seed; nothing was looked at in the others, and \
             estimates.csv says within which limits this sample speaks of them.",
            draw.n, draw.population
        ));
        fr.push_str(&format!(
            " Les {} fichiers sont tirés au sort parmi {}, le tirage étant fixé par une graine ; rien n'a été examiné dans \
             les autres, et estimates.csv dit dans quelles limites cet échantillon permet d'en parler.",
            draw.n, draw.population
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
            partition: None,
            depth: Depth::Address,
            shard_hash: "sha256".into(),
            keep_records: false,
            census: false,
            zero_rows: false,
            dataset: None,
            release: None,
            fields: None,
            draw: None,
        };
        assert!(settings.differences(&settings).is_empty());
        let other = Settings { depth: Depth::Content, shards: 4, ..settings.clone() };
        assert_eq!(
            settings.differences(&other),
            ["shards: 3 here, 4 now", "depth: \"address\" here, \"content\" now"]
        );
    }
}
