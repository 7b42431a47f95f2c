//! Input made to exhaust memory or patience: it is refused in words, and memory stays bounded.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::kit::damage::{Damaged, State};
use crate::kit::defects;
use crate::kit::doc::Doc;
use crate::kit::frame::Framing;
use crate::kit::press;
use crate::kit::shards::{Format, build};
use crate::kit::work::Work;
use crate::probe::{self, DEPTHS, OUT, Row, number};

/// What a run may hold, in kB: 200 MB.
const MOST: u64 = 200_000;

/// Scans a file with the memory that it takes in view. Answers its receipt and its rows, once the documents that a
/// rule covers and that are intact were all reported.
fn bounded(name: &str, damaged: &Damaged, docs: &[Doc], depth: &str, more: u64) -> (Row, Vec<Row>) {
    let what = format!("{} at depth {depth}", damaged.what);
    let work = Work::new();
    work.put(name, &damaged.bytes);
    work.put("publishers.csv", press::PUBLISHERS_CSV);
    let mut child = Command::new(env!("CARGO_BIN_EXE_shardproof"))
        .args(["scan", name, "-d", "publishers.csv", "-o", OUT, "--quiet", "--depth", depth])
        .current_dir(work.path(""))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program was built with its tests");
    let mut peak = None;
    let status = loop {
        if let Some(status) = child.try_wait().expect("waiting for our own child") {
            break status;
        }
        peak = peak.max(held(child.id()));
        std::thread::sleep(Duration::from_millis(3));
    };
    assert!(matches!(status.code(), Some(0 | 3)), "{what}: {status}");
    assert!(peak.is_none_or(|held| held < MOST), "{what} held {peak:?} kB");
    assert!(peak.is_some() || !cfg!(target_os = "linux"), "{what}: the memory was not measured");

    let evidence = work.evidence(OUT);
    let receipt = evidence.rows("shards.csv").remove(0);
    probe::adds_up(&what, &receipt);
    let intact: Vec<Doc> = damaged.docs(State::Intact).into_iter().map(|doc| docs[doc].clone()).collect();
    let expected = press::found(&intact) as u64 + more;
    assert_eq!(number(&receipt, "found"), expected, "{what}: {receipt:?}");
    (receipt, evidence.rows("matches.csv"))
}

/// The most memory in kB that a process has held. None where the system does not tell, or it has ended.
fn held(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

#[test]
fn a_bomb_is_read_in_bounded_memory() {
    let docs = press::docs()[..5].to_vec();
    let built = build(Format::Warc, Framing::GzipPerRecord, &docs);
    // One that a rule covers is hashed and checked at any depth; one that none covers is inflated at `content`.
    for (doc, depth, found) in [(1, "address", 1), (3, "content", 0)] {
        let bomb = defects::bomb(&built, doc, &docs[doc], 100);
        let (receipt, _) = bounded("bomb.warc.gz", &bomb, &docs, depth, found);
        assert_eq!(receipt["status"], "whole", "its lengths are true: {receipt:?}");
    }
}

#[test]
fn a_line_without_end_is_too_large_and_those_around_it_are_read() {
    let docs = press::docs()[..5].to_vec();
    for framing in [Framing::GzipPerRecord, Framing::Plain] {
        let built = build(Format::Mc4, framing, &docs);
        let endless = defects::endless_line(&built, 3, 40);
        let (receipt, rows) = bounded("endless.json", &endless, &docs, "address", 0);
        assert_eq!(receipt["status"], "partial", "{framing:?}: {receipt:?}");
        assert_eq!(receipt["unread_reasons"], "too_large=1", "{framing:?}: {receipt:?}");
        // The lines behind it keep their true numbers. In gzip it stands before the whole member of the document.
        let first = if framing == Framing::Plain { 3 } else { 2 };
        let is_listed = |doc: &usize| press::expected_of(&docs[*doc]) != press::Expected::Clear;
        let line = |doc: usize| (doc + 1 + usize::from(doc >= first)).to_string();
        let expected: Vec<String> = (0..docs.len()).filter(is_listed).map(line).collect();
        assert_eq!(
            rows.iter().map(|row| &row["line"]).collect::<Vec<_>>(),
            expected.iter().collect::<Vec<_>>()
        );
    }
}

#[test]
fn a_head_without_end_costs_its_member_alone() {
    let docs = press::docs()[..5].to_vec();
    let built = build(Format::Warc, Framing::GzipPerRecord, &docs);
    for depth in DEPTHS {
        let endless = defects::head_without_end(&built, 1, 40);
        let (receipt, _) = bounded("head.warc.gz", &endless, &docs, depth, 0);
        assert_eq!(receipt["status"], "partial", "{receipt:?}");
    }
}
