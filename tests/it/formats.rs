//! Every format in every framing at both depths: the same documents are found, each at its true place.

use std::collections::BTreeMap;
use std::io::Read;

use crate::kit::doc::Doc;
use crate::kit::frame::{Framing, Kind, Placed};
use crate::kit::press::{self, Expected};
use crate::kit::shards::{Built, Format, build};
use crate::kit::work::{Work, plain};
use crate::probe::{self, DEPTHS, Row, Scanned, number};

/// The date of all records of the kit's WAT files: that of their making.
const WAT_DATE: &str = "2024-05-31T01:17:49Z";

/// A case: a shard of the standard documents, scanned.
struct Case {
    what: String,
    built: Built,
    docs: Vec<Doc>,
    scanned: Scanned,
}

/// Runs `check` on each format in `of`, in each framing, at each depth.
fn each(of: impl Fn(Format) -> bool, check: impl Fn(&Case)) {
    for format in Format::ALL.into_iter().filter(|format| of(*format)) {
        for framing in Framing::ALL {
            let docs = press::docs();
            let built = build(format, framing, &docs);
            let work = Work::new();
            let files = work.put_built(&built);
            for depth in DEPTHS {
                let what = format!("{format:?} {framing:?} {depth}");
                let mut arguments = vec!["--depth", depth];
                arguments.extend(files.iter().map(String::as_str));
                let scanned = probe::scan_into(&work, &what, depth, &arguments);
                check(&Case { what, built: built.clone(), docs: docs.clone(), scanned });
            }
        }
    }
}

fn records(format: Format) -> bool {
    format.kind() == Kind::Records
}

fn lines(format: Format) -> bool {
    format.kind() == Kind::Lines && format.has_address()
}

#[test]
fn archives_are_found_clear_and_placed_as_they_are() {
    each(records, |case| {
        assert_eq!(case.scanned.run.exit, 0, "{}: {}", case.what, case.scanned.run.stderr);
        rows_are_true(case);
        receipt_is_true(case);
    });
}

#[test]
fn line_files_are_found_clear_and_placed_as_they_are() {
    each(lines, |case| {
        assert_eq!(case.scanned.run.exit, 0, "{}: {}", case.what, case.scanned.run.stderr);
        rows_are_true(case);
        receipt_is_true(case);
    });
}

#[test]
fn a_corpus_without_addresses_is_never_called_examined() {
    each(
        |format| !format.has_address(),
        |case| {
            let (what, receipt) = (&case.what, case.scanned.receipt());
            assert_eq!(case.scanned.run.exit, 3, "{what}: {}", case.scanned.run.stderr);
            assert_ne!(receipt["status"], "whole", "{what}");
            assert!(
                receipt["reason"].contains("no addresses: domain rules cannot apply"),
                "{what}: {receipt:?}"
            );
            let all = case.docs.len() as u64;
            assert_eq!(number(receipt, "unread"), all, "{what}");
            assert_eq!(number(receipt, "content_records"), all, "{what}");
            assert_eq!(receipt["unread_reasons"], format!("no_addresses={all}"), "{what}");
            assert!(case.scanned.matches.is_empty(), "{what}");
        },
    );
}

#[test]
fn of_a_wat_file_only_the_records_about_responses_are_rows() {
    each(
        |format| format == Format::Wat,
        |case| {
            let about_responses: Vec<&str> =
                case.built.content().map(|record| record.record_id.as_deref().expect("an id")).collect();
            for row in &case.scanned.matches {
                let id = plain(&row["archive_record_id"]);
                assert!(about_responses.contains(&id.as_str()), "{}: {id}", case.what);
            }
            assert_eq!(
                number(case.scanned.receipt(), "content_records"),
                case.docs.len() as u64,
                "{}",
                case.what
            );
        },
    );
}

#[test]
fn a_rule_is_named_as_the_list_has_it() {
    let (docs, work) = (press::docs(), Work::new());
    let built = build(Format::C4, Framing::Plain, &docs);
    work.put_built(&built);
    let scanned = probe::scan(&work, "C4", &[built.name()]);
    let rules: Vec<&str> = scanned.matches.iter().map(|row| row["rule"].as_str()).collect();
    let listed = docs.iter().filter_map(|doc| match press::expected_of(doc) {
        Expected::Found { rule, .. } => Some(rule),
        Expected::Clear => None,
    });
    assert_eq!(rules, listed.collect::<Vec<_>>());
}

/// Every row against the builder's places; the order is that of the shard.
fn rows_are_true(case: &Case) {
    let Case { what, built, docs, scanned } = case;
    assert_eq!(probe::hits(&scanned.matches), probe::truth(built, docs), "{what}");
    let decoded = built.decoded(0);
    let found = built.content().filter(|record| is_found(docs, record));
    for (row, record) in scanned.matches.iter().zip(found) {
        let what = format!("{what}, document {:?}: {row:?}", record.doc);
        let doc = &docs[record.doc.expect("a content record")];
        if probe::is_fetchable(built) {
            let from = number(row, "offset") as usize;
            let member = &built.bytes()[from..from + number(row, "length") as usize];
            let mut record_bytes = Vec::new();
            flate2::read::GzDecoder::new(member).read_to_end(&mut record_bytes).expect("a member");
            let place = record.decoded.start as usize..record.decoded.end as usize;
            assert!(record_bytes == decoded[place], "the member is the record: {what}");
        }
        let in_stream = built.format.kind() == Kind::Records && !probe::is_fetchable(built);
        let flags: Vec<&str> = row["flags"].split(';').collect();
        assert_eq!(flags.contains(&"decoded_place"), in_stream, "{what}");
        assert_eq!(flags.contains(&"revisit"), record.record_type == "revisit", "{what}");
        assert!(!flags.contains(&"unverified_stream"), "{what}");
        let date = if built.format == Format::Wat { WAT_DATE } else { &doc.date };
        assert_eq!(row["archive_date"], date, "{what}");
        assert_eq!(plain(&row["archive_record_id"]), record.record_id.clone().unwrap_or_default(), "{what}");
        assert_eq!(row["record_type"], kind_name(record), "{what}");
        assert_eq!(row["original_url"].is_empty(), row["match_kind"] == "domain", "{what}");
        // What a line repeats of its capture's digest does not describe the line.
        let has_digest = built.format.kind() == Kind::Records && record.payload_digest.is_some();
        match record.record_type {
            "revisit" => assert!(matches!(&*row["digest_check"], "match" | "none"), "{what}"),
            _ => assert_eq!(row["digest_check"], if has_digest { "match" } else { "none" }, "{what}"),
        }
    }
}

fn receipt_is_true(case: &Case) {
    let Case { what, built, docs, scanned } = case;
    assert_eq!(scanned.shards.len(), built.files.len(), "{what}");
    let receipt = scanned.of(built.name());
    let found = built.content().filter(|record| is_found(docs, record)).count() as u64;
    let content = built.content().count() as u64;
    let of = |column: &str| number(receipt, column);
    assert_eq!(
        (of("content_records"), of("found"), of("clear")),
        (content, found, content - found),
        "{what}"
    );
    assert_eq!((of("unread"), of("damaged")), (0, 0), "{what}");
    assert_eq!(of("digest_mismatch"), 0, "{what}");
    let matching = scanned.matches.iter().filter(|row| row["digest_check"] == "match").count() as u64;
    assert_eq!(of("digest_match"), matching, "{what}");
    if probe::is_fetchable(built) {
        assert_eq!(of("members"), built.members.len() as u64, "{what}");
        assert_eq!(receipt["framing"], "member_per_record", "{what}");
    } else {
        assert_eq!(receipt["framing"], "stream", "{what}");
    }
    if built.format.kind() == Kind::Lines {
        let lines = built.decoded(0).iter().filter(|&&byte| byte == b'\n').count() as u64;
        assert_eq!(of("lines"), lines, "{what}");
    }
    for (file, (name, bytes)) in built.files.iter().enumerate() {
        let row = scanned.of(name);
        assert_eq!(row["status"], "whole", "{what}: {row:?}");
        assert_eq!(row["length_promised"], "length not promised", "{what}");
        assert_eq!(number(row, "bytes_read"), bytes.len() as u64, "{what}");
        assert_eq!(row["sha256"], probe::sha256(bytes), "{what}");
        let records = built.records.iter().filter(|record| record.file == file).count() as u64;
        assert_eq!(number(row, "records"), records, "{what}");
        assert_eq!(others(row), other_records(built, file), "{what}");
    }
}

fn is_found(docs: &[Doc], record: &Placed) -> bool {
    record.doc.is_some_and(|doc| press::expected_of(&docs[doc]) != Expected::Clear)
}

/// The program's name for a type of record.
fn kind_name(record: &Placed) -> &'static str {
    match record.record_type {
        "line" | "text" => "document",
        "headers" => "metadata",
        "filedesc" => "arc_header",
        other => other,
    }
}

fn others(row: &Row) -> BTreeMap<String, u64> {
    let pair =
        |word: &str| word.split_once('=').map(|(name, n)| (name.to_string(), n.parse().expect("a number")));
    row["other_records"].split(';').filter_map(pair).collect()
}

fn other_records(built: &Built, file: usize) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for record in built.records.iter().filter(|record| record.file == file && record.doc.is_none()) {
        *counts.entry(kind_name(record).to_string()).or_default() += 1;
    }
    counts
}
