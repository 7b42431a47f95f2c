//! The evidence depends on the bytes of the shards alone: not on threads, order, packing or depth.

use std::sync::OnceLock;

use crate::kit::doc::Doc;
use crate::kit::frame::Framing;
use crate::kit::shards::{Format, build, cut, published};
use crate::kit::work::{Evidence, Work};
use crate::kit::{gzip, press};
use crate::probe::{self, OUT, Row, number};

/// Columns that tell where a record stands in a file of this packing.
const PLACE: [&str; 8] =
    ["match_id", "offset", "length", "line", "record_sha256", "flags", "shard", "shard_sha256"];

/// Letters and digits without any sense, different for each `seed`.
fn noise(seed: usize, bytes: usize) -> String {
    let mut state = (seed as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut block = String::new();
    while block.len() < 40_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        block.push_str(&format!("{:016x}", state ^ (state >> 29)));
        block.push(if block.len() % 1700 < 17 { '\n' } else { ' ' });
    }
    block.repeat(bytes / block.len() + 1)
}

/// Pages of all sizes, the standard ones among them; two of 3 MB and one of 20 MB, which no window holds.
fn docs() -> &'static [Doc] {
    static DOCS: OnceLock<Vec<Doc>> = OnceLock::new();
    DOCS.get_or_init(|| {
        let mut press = press::docs().into_iter().enumerate();
        let mut docs = Vec::new();
        for n in 0..160 {
            let filler = Doc::filler(n);
            docs.push(match n % 4 {
                0 => filler,
                _ => Doc { text: noise(n, 500 * (n + 1)), ..filler },
            });
            if n % 10 == 5 {
                let (i, doc) = press.next().expect("sixteen of them");
                // The first, the seventh and the eighth are an article, an odd host and a page of no list.
                docs.push(match i {
                    0 => Doc { text: noise(1000, 3_000_000), ..doc },
                    6 => Doc { text: noise(1001, 20_000_000), ..doc },
                    7 => Doc { text: noise(1002, 3_000_000), ..doc },
                    _ => doc,
                });
            }
        }
        docs
    })
}

/// The big shard as WARC or C4 in several packings: name and bytes. Made once for all tests.
fn packed(format: Format) -> &'static [(String, Vec<u8>)] {
    static WARC: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();
    static LINES: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();
    let made = if format == Format::Warc { &WARC } else { &LINES };
    made.get_or_init(|| pack(format))
}

fn pack(format: Format) -> Vec<(String, Vec<u8>)> {
    let built = build(format, Framing::Plain, docs());
    let plain = built.bytes().to_vec();
    // Stored members, so that the windows are full of members and not of zeros.
    let members = built.records.iter().flat_map(|record| {
        let mut place = cut(&record.decoded);
        place.end += usize::from(record.line.is_some());
        gzip::stored(&plain[place])
    });
    let name = built.name();
    vec![
        (format!("{name}.members.gz"), members.collect()),
        (format!("{name}.whole.gz"), gzip::stored(&plain)),
        (format!("{name}.zst"), zstd::encode_all(&plain[..], 1).expect("writing to memory")),
        (name.to_string(), plain),
    ]
}

/// The rows of all tables of matches, without the columns of the packing.
fn without_places(evidence: &Evidence) -> Vec<Row> {
    let mut rows: Vec<Row> =
        ["matches.csv", "presence.csv"].iter().flat_map(|name| evidence.rows(name)).collect();
    rows.iter_mut().for_each(|row| PLACE.iter().for_each(|column| drop(row.remove(*column))));
    rows
}

fn packing_does_not_show(format: Format, exit: i32) {
    let work = Work::new();
    let mut first: Option<(Vec<Row>, Vec<u8>, String)> = None;
    for (name, bytes) in packed(format) {
        work.put(name, bytes);
        let scanned = probe::scan_into(&work, name, &format!("of {name}"), &[name, "--shard-hash", "none"]);
        assert_eq!(scanned.run.exit, exit, "{name}: {:?}", scanned.shards);
        let counts: Vec<&str> = ["records", "content_records", "clear", "found", "unread", "other_records"]
            .map(|column| scanned.receipt()[column].as_str())
            .into();
        let result =
            (without_places(&scanned.evidence), scanned.evidence.bytes("publishers.csv"), counts.join(" "));
        assert!(!result.0.is_empty(), "{name}");
        if name.ends_with(".members.gz") {
            large_records_are_there(&scanned.matches, format, bytes);
        }
        let expected = first.get_or_insert_with(|| result.clone());
        assert_eq!(expected.2, result.2, "{name}: counts");
        assert_eq!(expected.0, result.0, "{name}: rows");
        assert!(expected.1 == result.1, "{name}: publishers.csv");
    }
}

/// The records that no window holds are among the rows, at places that hold what the rows say.
fn large_records_are_there(rows: &[Row], format: Format, bytes: &[u8]) {
    let longest = rows.iter().map(|row| number(row, "length")).max();
    assert!(longest > Some(if format == Format::Warc { 20_000_000 } else { 3_000_000 }), "{longest:?}");
    for row in rows.iter().filter(|_| format == Format::Warc) {
        let from = number(row, "offset") as usize;
        let member = &bytes[from..from + number(row, "length") as usize];
        assert_eq!(probe::sha256(member), row["record_sha256"], "{row:?}");
    }
}

#[test]
fn the_packing_of_a_warc_does_not_show() {
    packing_does_not_show(Format::Warc, 0);
}

#[test]
fn the_packing_of_a_line_file_does_not_show() {
    // A line of 20 MB is too long to be examined, in any packing.
    packing_does_not_show(Format::C4, 3);
}

#[test]
fn threads_do_not_show_and_depth_only_in_receipts() {
    let work = Work::new();
    let mut expected = None;
    for format in [Format::Warc, Format::C4] {
        let (name, bytes) = &packed(format)[0];
        work.put(&format!("in/{name}"), bytes);
    }
    for threads in ["1", "2", "8"] {
        let what = format!("{threads} threads");
        let scanned = probe::scan_into(&work, &what, &what, &["in", "--threads", threads]);
        let tree = scanned.evidence.tree();
        assert!(tree.len() >= 4, "{:?}", tree.keys());
        let expected = expected.get_or_insert_with(|| tree.clone());
        assert!(*expected == tree, "{what}: {:?}", differing(expected, &tree));
    }
    let deep = probe::scan_into(&work, "depth content", OUT, &["in", "--depth", "content"]).evidence.tree();
    let shallow = expected.expect("three runs");
    for name in ["matches.csv", "presence.csv", "publishers.csv"] {
        assert!(deep[name] == shallow[name], "{name} depends on the depth");
    }
}

#[test]
fn neither_the_order_of_arguments_nor_a_folder_shows() {
    let work = Work::new();
    let mut names = Vec::new();
    for format in Format::ALL {
        let built = published(format, &press::docs());
        for (name, bytes) in &built.files {
            let name = format!("in/{format:?}/{name}");
            work.put(&name, bytes);
            names.push(name);
        }
    }
    let in_order: Vec<&str> = names.iter().map(String::as_str).collect();
    let reversed: Vec<&str> = in_order.iter().rev().copied().collect();
    let folders = ["in/Warc", "in"];
    let ways =
        [("a folder", &["in"][..]), ("files", &in_order), ("reversed", &reversed), ("twice", &folders)];
    let mut expected = None;
    for (i, (what, arguments)) in ways.into_iter().enumerate() {
        for threads in ["1", "8"] {
            let what = format!("{what}, {threads} threads");
            let arguments = [arguments, &["--threads", threads, "--census", "--zero-rows"]].concat();
            let tree =
                probe::scan_into(&work, &what, &format!("out-{i}-{threads}"), &arguments).evidence.tree();
            let expected = expected.get_or_insert_with(|| tree.clone());
            assert!(*expected == tree, "{what}: {:?}", differing(expected, &tree));
        }
    }
}

type Tree = std::collections::BTreeMap<String, Vec<u8>>;

/// The names of the files that differ.
fn differing<'t>(one: &'t Tree, other: &'t Tree) -> Vec<&'t String> {
    one.keys().chain(other.keys()).filter(|name| one.get(*name) != other.get(*name)).collect()
}

/// A shard of C4 in lines of about 1.5 KB, more than a few stretches of them, some of which are cut.
fn lines_with_cut_ones(cut: &[usize]) -> String {
    let line = |n: usize| {
        let text = "mot ".repeat(350);
        let line = format!(
            "{{\"url\":\"https://autre.example/{n}\",\"text\":\"{text}\",\"timestamp\":\"2019-04-25T12:57:54Z\"}}"
        );
        let end = if cut.contains(&n) { line.len() / 2 } else { line.len() };
        line[..end].to_owned()
    };
    (1..=2000).map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn problems_name_the_line_of_the_shard_with_any_threads() {
    let work = Work::new();
    let cut = [266, 408, 1279, 2000];
    work.put("in/shard.json", lines_with_cut_ones(&cut));
    let mut expected = None;
    for threads in ["1", "2", "7"] {
        let what = format!("{threads} threads");
        let scanned = probe::scan_into(&work, &what, &what, &["in", "--threads", threads]);
        let problems = &scanned.receipt()["problems"];
        for line in cut {
            assert!(problems.contains(&format!(": line {line}: ")), "{what}, line {line}: {problems}");
        }
        let tree = scanned.evidence.tree();
        assert!(*expected.get_or_insert_with(|| tree.clone()) == tree, "{what}");
    }
}
