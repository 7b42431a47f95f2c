//! A small shard of each format, cut at every byte: no cut passes for the whole, and nothing behind a cut is reported.
//!
//! Hundreds of cut files lie in one folder and are scanned in one run, each a shard of its own.

use std::collections::BTreeMap;

use crate::kit::damage::{self, Damaged, State};
use crate::kit::doc::Doc;
use crate::kit::frame::{Framing, Kind};
use crate::kit::press;
use crate::kit::shards::{Built, Format, build};
use crate::kit::work::Work;
use crate::probe::{self, Hit, Row};

/// Cut files of one run.
const PER_RUN: usize = 1500;

#[test]
fn an_archive_cut_anywhere_is_not_whole() {
    formats(Kind::Records).for_each(|format| cut_everywhere(format, format.published()));
}

#[test]
fn a_plain_archive_cut_anywhere_is_not_whole() {
    formats(Kind::Records).for_each(|format| cut_everywhere(format, Framing::Plain));
}

#[test]
fn a_line_file_cut_anywhere_is_not_whole() {
    formats(Kind::Lines).for_each(|format| cut_everywhere(format, format.published()));
}

#[test]
fn a_plain_line_file_cut_anywhere_is_not_whole() {
    formats(Kind::Lines).for_each(|format| cut_everywhere(format, Framing::Plain));
}

#[test]
fn an_archive_in_one_stream_cut_anywhere_is_not_whole() {
    for framing in [Framing::GzipWhole, Framing::Zstd] {
        [Format::Warc, Format::Arc].into_iter().for_each(|format| cut_everywhere(format, framing));
    }
}

#[test]
fn an_empty_file_has_failed() {
    let work = Work::new();
    work.put("nothing.warc.gz", b"");
    let scanned = probe::scan(&work, "an empty file", &["nothing.warc.gz"]);
    assert_eq!(scanned.run.exit, 1, "{}", scanned.run.stderr);
    assert_eq!(scanned.receipt()["status"], "failed", "{:?}", scanned.receipt());
    assert!(scanned.receipt()["reason"].contains("empty"), "{:?}", scanned.receipt());
}

fn formats(kind: Kind) -> impl Iterator<Item = Format> {
    Format::ALL.into_iter().filter(move |format| format.kind() == kind)
}

/// As few documents as make three records or more.
fn shard(format: Format, framing: Framing) -> (Built, Vec<Doc>) {
    let short = |i: usize, url: &str, text: &str| Doc {
        url: url.into(),
        text: text.into(),
        ..press::docs()[i].clone()
    };
    let docs = [
        short(0, "https://www.lemonde.fr/une", "La une\nUne ligne, é."),
        short(2, "https://recettes.example/", "Tarte\nDeux algues."),
        short(6, "https://WWW.LeParisien.FR.:443/b", "Sport\nUn nul."),
    ];
    let number = match format {
        Format::Warc | Format::Wat | Format::CrawlDiagnostics => 1,
        Format::Robotstxt | Format::CcNews => 1,
        _ => 3,
    };
    let docs = docs[..number].to_vec();
    let built = build(format, framing, &docs);
    assert!(built.records.len() >= 3, "{format:?}");
    (built, docs)
}

fn cut_everywhere(format: Format, framing: Framing) {
    let (built, docs) = shard(format, framing);
    let cuts: Vec<Damaged> = (1..built.bytes().len() as u64).map(|at| damage::cut(&built, at)).collect();
    for (run, cuts) in cuts.chunks(PER_RUN).enumerate() {
        let what = format!("{format:?} {framing:?}, run {run}");
        let work = Work::new();
        let names: Vec<String> = cuts.iter().map(|cut| put(&work, &built, cut)).collect();
        let out = probe::quick_folder();
        let scanned = probe::scan_into(&work, &what, &out.path().to_string_lossy(), &["crawl-data"]);
        let files = built.files.len();
        assert_eq!(scanned.shards.len(), cuts.len() * files, "{what}: a receipt for each file");
        let receipts: BTreeMap<&str, &Row> =
            scanned.shards.iter().map(|row| (row["file"].as_str(), row)).collect();
        let mut rows: BTreeMap<&str, Vec<Row>> = BTreeMap::new();
        for row in &scanned.matches {
            let file = row["shard"].rsplit('/').next().expect("a name");
            rows.entry(file).or_default().push(row.clone());
        }
        for (cut, name) in cuts.iter().zip(&names) {
            let what = format!("{format:?} {framing:?} {}", cut.what);
            judge(
                &what,
                cut,
                receipts[name.as_str()],
                rows.remove(name.as_str()).unwrap_or_default(),
                &built,
                &docs,
            );
        }
        assert!(rows.is_empty(), "{what}: rows of no cut file: {:?}", rows.keys());
    }
}

/// Puts the cut file under a name of its own, with its companion if it has one. Answers the name.
fn put(work: &Work, built: &Built, cut: &Damaged) -> String {
    let number = cut.bytes.len();
    let suffix = built.framing.suffix();
    let name = match built.format {
        // Files of a pair know one another by their names.
        Format::Oscar2109 => {
            work.put(&format!("crawl-data/fr_meta_part_{number}.jsonl{suffix}"), &built.files[1].1);
            format!("fr_part_{number}.txt{suffix}")
        }
        _ => format!("cut-{number}{suffix}"),
    };
    // A path like that of the bucket names a shard, whatever its own warcinfo record says.
    work.put(&format!("crawl-data/{name}"), &cut.bytes);
    name
}

/// Holds what one cut file came to against what is true of it.
fn judge(what: &str, cut: &Damaged, receipt: &Row, rows: Vec<Row>, built: &Built, docs: &[Doc]) {
    assert_eq!(receipt["length_promised"], "length not promised", "{what}: {receipt:?}");
    let is_whole = receipt["status"] == "whole";
    // Text without addresses can end anywhere and is never whole. Nor is a text of 21.09 without its last line end:
    // nothing tells it from one that was cut inside that line.
    let is_paired = built.format == Format::Oscar2109;
    assert_eq!(is_whole, !cut.faulty && built.format.has_address() && !is_paired, "{what}: {receipt:?}");

    let decoded = built.decoded(0);
    let hits = |state: State| -> Vec<Hit> {
        let ends_at_cut = |end: u64| built.framing == Framing::Plain && end == cut.bytes.len() as u64;
        let placed = cut.placed(state).filter(|record| !(is_paired && ends_at_cut(record.decoded.end)));
        placed.filter_map(|record| probe::hit_at(built, docs, record, built.bytes(), &decoded)).collect()
    };
    let is_stream = !probe::is_fetchable(built) && built.framing != Framing::Plain;
    let (sure, open) = (hits(State::Intact), hits(State::Unverified));
    let (flagged, found): (Vec<Row>, Vec<Row>) =
        rows.into_iter().partition(|row| row["flags"].split(';').any(|flag| flag == "unverified_stream"));
    assert_eq!(probe::hits(&found), sure, "{what}: {receipt:?}");
    let flagged = probe::hits(&flagged);
    if !is_stream {
        assert!(flagged.is_empty(), "{what}: {flagged:?}, {receipt:?}");
    }
    // In a stream whose end is missing, the reader may or may not get at the last record before the cut.
    assert!(open.starts_with(&flagged) && flagged.len() + 1 >= open.len(), "{what}: {flagged:?} of {open:?}");
}
