//! Damaged files held against what is true of them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use crate::kit::damage::{Damaged, State};
use crate::kit::doc::Doc;
use crate::kit::press::{self, Expected};
use crate::kit::work::{Work, plain};
use crate::probe::{self, DEPTHS, Row, number};

/// A damaged file, and the documents that its records are counted by.
pub struct Case {
    pub what: String,
    pub damaged: Damaged,
    pub docs: Vec<Doc>,
    /// Whether the damage shows at depth `address`: not where it lies in the body of a record that no rule covers.
    pub shallow: bool,
}

impl Case {
    pub fn new(what: String, damaged: Damaged, docs: &[Doc]) -> Case {
        Case { what: format!("{what}, {}", damaged.what), damaged, docs: docs.into(), shallow: true }
    }

    pub fn deep(self) -> Case {
        Case { shallow: false, ..self }
    }

    /// The addresses of the documents in this state that a rule covers.
    fn listed(&self, state: State) -> BTreeSet<&str> {
        let docs = self.damaged.docs(state).into_iter().map(|doc| &self.docs[doc]);
        docs.filter(|doc| press::expected_of(doc) != Expected::Clear).map(|doc| doc.url.as_str()).collect()
    }
}

/// Scans all `cases` at both depths and holds each against what is true of it.
pub fn judge(cases: &[Case]) {
    let work = Work::new();
    let name = |i: usize| format!("case-{i}");
    for (i, case) in cases.iter().enumerate() {
        work.put(&format!("crawl-data/{}", name(i)), &case.damaged.bytes);
    }
    for depth in DEPTHS {
        let scanned = probe::scan_into(&work, depth, depth, &["crawl-data", "--depth", depth]);
        let mut rows: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
        for row in &scanned.matches {
            rows.entry(row["shard"].rsplit('/').next().expect("a name")).or_default().push(row);
        }
        for (i, case) in cases.iter().enumerate() {
            let rows = rows.remove(name(i).as_str()).unwrap_or_default();
            judge_one(case, depth, &rows, scanned.of(&name(i)));
        }
        assert!(rows.is_empty(), "rows of no file: {rows:?}");
    }
}

fn judge_one(case: &Case, depth: &str, rows: &[&Row], receipt: &Row) {
    let what = format!("{} at depth {depth}: {receipt:?}", case.what);
    let seen = case.damaged.faulty && (case.shallow || depth == "content");
    if seen {
        assert_ne!(receipt["status"], "whole", "{what}");
        let lost = number(receipt, "damaged") + number(receipt, "lost_bytes") + number(receipt, "unread");
        // Of a file that has failed altogether the reason says why.
        if receipt["status"] != "failed" {
            assert!(number(receipt, "problem_count") > 0, "{what}");
            assert!(lost > 0, "nothing says what is lost: {what}");
        }
    } else if !case.damaged.faulty {
        assert_eq!(receipt["status"], "whole", "{what}");
        let content = case.damaged.docs(State::Intact).len() as u64;
        assert_eq!(number(receipt, "content_records"), content, "{what}");
    }
    let intact = case.damaged.docs(State::Intact).len() as u64;
    assert!(number(receipt, "clear") + number(receipt, "found") >= intact, "intact records are lost: {what}");

    let has = |row: &Row, word: &str| row["flags"].split(';').any(|flag| flag == word);
    let urls: Vec<String> = rows.iter().map(|row| plain(&row["archive_url"])).collect();
    assert_eq!(urls.iter().collect::<BTreeSet<_>>().len(), urls.len(), "a record twice: {urls:?}, {what}");
    let (intact, unverified, touched) =
        (case.listed(State::Intact), case.listed(State::Unverified), case.listed(State::Touched));
    for url in &intact {
        assert!(urls.iter().any(|found| found == url), "{url} is intact and was not reported: {what}");
    }
    let decoded = decoded(&case.damaged.bytes);
    for (row, url) in rows.iter().zip(&urls) {
        let url = url.as_str();
        let honest = intact.contains(url)
            || unverified.contains(url)
                && (has(row, "unverified_stream") || row["digest_check"] == "mismatch")
            // Changed bytes may still decode: then the row says that its stream could not be verified.
            || touched.contains(url)
                && (has(row, "surplus_bytes")
                    || has(row, "unverified_stream")
                    || row["digest_check"] == "mismatch");
        assert!(honest, "a row for what is not there as it was: {row:?}, {what}");
        let bytes =
            if row["line"].is_empty() && !has(row, "decoded_place") { &case.damaged.bytes } else { &decoded };
        let (from, length) = (number(row, "offset") as usize, number(row, "length") as usize);
        if let Some(place) = bytes.get(from..from + length) {
            assert_eq!(probe::sha256(place), row["record_sha256"], "the place is another: {row:?}, {what}");
        }
    }
}

/// As much of the stream as can be decoded, from the first member or frame on.
pub fn decoded(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let is_first = |at: &usize| {
        [&[0x1f, 0x8b, 8][..], &[0x28, 0xb5, 0x2f, 0xfd]].iter().any(|magic| bytes[*at..].starts_with(magic))
    };
    let wrapped = (0..bytes.len()).find(is_first).map(|at| &bytes[at..]);
    let mut decoder: Box<dyn Read> = match wrapped {
        Some(bytes @ [0x1f, ..]) => Box::new(flate2::read::MultiGzDecoder::new(bytes)),
        Some(bytes) => Box::new(zstd::Decoder::new(bytes).expect("memory for a decoder")),
        None => Box::new(bytes),
    };
    // An error ends it, and what came before is kept.
    let _ = decoder.read_to_end(&mut out);
    out
}

/// Six documents, three of which are to be found.
pub fn six() -> Vec<Doc> {
    press::docs()[..6].to_vec()
}
