//! The content of the repository's `fixtures/`: small shards of every corpus and damaged files, for people
//! and for tests that read from disk.
//!
//! Nothing in the folder is made by hand. `tests/it/fixtures.rs` compares it with what is built here, and
//! writes it anew when `UPDATE_FIXTURES=1` is set.

use super::damage::State;
use super::damaged_files;
use super::doc::Doc;
use super::press::{self, Expected};
use super::shards::{Built, Format, published};

/// A shard in `fixtures/shards`.
pub struct Shard {
    /// Path of its folder below `fixtures/shards`.
    pub folder: &'static str,
    pub built: Built,
    pub docs: Vec<Doc>,
}

/// Every file of `fixtures/` by its path there, README included.
pub fn all() -> Vec<(String, Vec<u8>)> {
    let mut files = vec![("publishers.csv".to_string(), press::PUBLISHERS_CSV.as_bytes().to_vec())];
    for shard in shards() {
        let named =
            |(name, bytes): &(String, Vec<u8>)| (format!("shards/{}/{name}", shard.folder), bytes.clone());
        files.extend(shard.built.files.iter().map(named));
    }
    files.extend(
        damaged_files::all()
            .into_iter()
            .map(|defect| (format!("damaged/{}", defect.file), defect.damaged.bytes)),
    );
    let readme = readme().into_bytes();
    files.push(("README.md".into(), readme));
    files
}

/// One shard for each corpus, of the standard documents in the corpus's language.
pub fn shards() -> Vec<Shard> {
    let (all, french, english) = (press::docs(), press::docs_in("fra"), press::docs_in("eng"));
    let listed = all.iter().filter(|doc| press::expected_of(doc) != Expected::Clear);
    let robots: Vec<Doc> = listed.map(robots_txt).collect();
    let table: [(&'static str, Format, &[Doc]); 14] = [
        ("CC-MAIN-2024-22/warc", Format::Warc, &all),
        ("CC-MAIN-2024-22/wet", Format::Wet, &all),
        ("CC-MAIN-2024-22/wat", Format::Wat, &all),
        ("CC-MAIN-2024-22/robotstxt", Format::Robotstxt, &robots),
        ("CC-MAIN-2024-22/crawldiagnostics", Format::CrawlDiagnostics, &all[..4]),
        ("CC-NEWS/2024/05", Format::CcNews, &all),
        ("crawl-002/2009/09/17/12", Format::Arc, &all),
        ("c4/en", Format::C4, &english),
        ("c4/multilingual", Format::Mc4, &french),
        ("oscar-2019/fr", Format::Oscar2019, &french),
        ("oscar-21.09/fr", Format::Oscar2109, &french),
        ("oscar-22.01/fr_meta", Format::Oscar2201, &french),
        ("oscar-23.01/fr_meta", Format::Oscar2301, &french),
        ("hplt-2/fra_Latn", Format::Hplt, &french),
    ];
    table
        .map(|(folder, format, docs)| Shard { folder, built: published(format, docs), docs: docs.to_vec() })
        .into()
}

/// The robots.txt of the site of `doc`.
fn robots_txt(doc: &Doc) -> Doc {
    let scheme = doc.url.split("://").next().unwrap_or("https");
    Doc { url: format!("{scheme}://{}/robots.txt", doc.authority()), ..doc.clone() }
}

fn readme() -> String {
    let mut out = README_HEAD.to_string();
    out.push_str(&row(
        "publishers.csv",
        press::PUBLISHERS_CSV.len(),
        "`press::PUBLISHERS_CSV`",
        "hosts, two path rules, a name in its own script",
    ));
    for shard in shards() {
        let built = &shard.built;
        for (file, (name, bytes)) in built.files.iter().enumerate() {
            let made = format!("`build(Format::{:?}, Framing::{:?})`", built.format, built.framing);
            let records = built.records.iter().filter(|record| record.file == file).count();
            let found = match built.format {
                Format::Oscar2019 => "no addresses, so none".into(),
                Format::Robotstxt => "by the rules without a path".into(),
                _ => press::found(&shard.docs).to_string(),
            };
            let shows = format!("{} documents, {records} records; to be found: {found}", shard.docs.len());
            out.push_str(&row(&format!("shards/{}/{name}", shard.folder), bytes.len(), &made, &shows));
        }
    }
    out.push_str(README_DAMAGED);
    for defect in damaged_files::all() {
        let damaged = &defect.damaged;
        let all = damaged.records.iter().filter(|(record, _)| record.doc.is_some()).count();
        let shows = format!(
            "{}; {} of {all} content records intact",
            defect.shows,
            damaged.docs(State::Intact).len()
        );
        out.push_str(&row(&format!("damaged/{}", defect.file), damaged.bytes.len(), &damaged.what, &shows));
    }
    out
}

/// A line of the table.
fn row(file: &str, bytes: usize, made: &str, shows: &str) -> String {
    format!("| `{file}` | {bytes} | {made} | {shows} | `fixtures.rs` |\n")
}

const README_HEAD: &str = "# Fixtures

Small shards of every corpus and damaged files, written by `tests/it/kit/fixtures.rs`, and `vectors/normal-form.json`, written
by hand: invented texts with their words in the normal form, which the tool (`tests/it/normal_form.rs`) and a second
implementation (`tests/normal_form.py`) must both reach. To change what the kit writes, change it there and run `UPDATE_FIXTURES=1 cargo test --test it fixtures`. The test `fixtures.rs` fails when this folder and the
kit differ. All texts are invented (`tests/it/kit/texts.rs`), so the files fall under the licence of this repository.
Names of hosts are real or reserved for examples; no page at those addresses was read or copied.

`publishers.csv` is the list to scan with. Each shard holds the standard documents of `tests/it/kit/press.rs` that fit
the language of its corpus, under a name and in a framing as published.

`fuzz/` has a folder of small inputs for each fuzz target, which `tests/it/kit/fuzz.rs` makes and `tests/it/fuzz.rs` reads, and
`text.txt`, an invented article. A file that begins with `found_` broke a target once and stays as it was found.

| file | bytes | how made | what it shows | read by |
|---|---|---|---|---|
";

const README_DAMAGED: &str = "
## Damaged files

One file a defect, named for it (`tests/it/kit/damaged_files.rs`). All are made of the same four documents, of which two
must be found; the archives inside payloads have one document more. Where the text says `valid` there is nothing to
report.

| file | bytes | how made | what it shows | read by |
|---|---|---|---|---|
";
