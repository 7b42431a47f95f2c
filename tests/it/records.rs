//! `--keep-records`: the copies are the stored bytes, in files that other programs read.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use sha2::{Digest, Sha256};

use crate::kit::frame::Framing;
use crate::kit::press;
use crate::kit::shards::{Built, Format, build};
use crate::kit::work::{Evidence, Work, plain};
use crate::scanning::{line, number, scan};

const ARCHIVES: [Format; 6] =
    [Format::Warc, Format::Wet, Format::Wat, Format::Arc, Format::CcNews, Format::CrawlDiagnostics];
const LINES: [Format; 6] =
    [Format::C4, Format::Mc4, Format::Oscar2201, Format::Oscar2301, Format::Dolma, Format::RedPajama];

fn kept(built: &Built, depth: &str) -> Work {
    let work = Work::new();
    work.put("list.csv", press::PUBLISHERS_CSV);
    let names = work.put_built(built);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    scan(&work, &[&names[..], &["--keep-records", "--depth", depth]].concat(), "out").expect(0);
    work
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unzipped(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut out).expect("valid gzip");
    out
}

/// The bytes of the copy that a row points at.
fn copy(evidence: &Evidence, row: &BTreeMap<String, String>) -> Vec<u8> {
    let bytes = evidence.bytes(&plain(&row["kept_file"]));
    let offset = number(row, "kept_offset") as usize;
    bytes[offset..offset + number(row, "kept_length") as usize].to_vec()
}

#[test]
fn each_copy_is_the_stored_bytes_of_its_row() {
    for format in ARCHIVES {
        for framing in Framing::ALL {
            let built = build(format, framing, &press::docs());
            let what = format!("{format:?} {framing:?}");
            let work = kept(&built, "address");
            let evidence = work.evidence("out");
            let rows = evidence.rows("matches.csv");
            assert_eq!(rows.len(), press::found(&press::docs()), "{what}");
            for row in rows {
                let (from, length) = (number(&row, "offset") as usize, number(&row, "length") as usize);
                let copy = copy(&evidence, &row);
                if framing == Framing::GzipPerRecord {
                    assert!(copy == built.bytes()[from..from + length], "{what}: not byte for byte: {row:?}");
                    assert_eq!(hex(&copy), row["record_sha256"], "{what}");
                } else {
                    let decoded = built.decoded(0);
                    let record = unzipped(&copy);
                    assert!(record == decoded[from..from + length], "{what}: another record: {row:?}");
                    assert_eq!(hex(&record), row["record_sha256"], "{what}");
                    assert!(row["flags"].contains("decoded_place"), "{what}: {}", row["flags"]);
                }
            }
        }
    }
}

#[test]
fn each_kept_line_is_the_stored_line() {
    for format in LINES {
        for framing in [Framing::Plain, Framing::GzipWhole, Framing::GzipPerRecord, Framing::Zstd] {
            let built = build(format, framing, &press::docs());
            let what = format!("{format:?} {framing:?}");
            let work = kept(&built, "content");
            let evidence = work.evidence("out");
            let (rows, decoded) = (evidence.rows("matches.csv"), built.decoded(0));
            assert_eq!(rows.len(), press::found(&press::docs()), "{what}");
            let mut expected = Vec::new();
            for row in &rows {
                let (from, length) = (number(row, "offset") as usize, number(row, "length") as usize);
                let line = &decoded[from..from + length];
                assert_eq!(hex(line), row["record_sha256"], "{what}");
                let copied = unzipped(&copy(&evidence, row));
                assert!(copied == [line, b"\n"].concat(), "{what}: not the line: {row:?}");
                expected.extend_from_slice(&copied);
            }
            let file = plain(&rows[0]["kept_file"]);
            assert!(file.ends_with(".jsonl.gz"), "{what}: {file}");
            assert!(
                unzipped(&evidence.bytes(&file)) == expected,
                "{what}: the file holds other lines as well"
            );
        }
    }
}

#[test]
fn another_reader_finds_the_same_records() {
    for format in [Format::Warc, Format::Wet, Format::Wat, Format::CrawlDiagnostics] {
        for framing in [Framing::GzipPerRecord, Framing::Plain, Framing::ZstdOneFrame] {
            let built = build(format, framing, &press::docs());
            let what = format!("{format:?} {framing:?}");
            let work = kept(&built, "address");
            let evidence = work.evidence("out");
            let rows = evidence.rows("matches.csv");
            let path = evidence.path(&plain(&rows[0]["kept_file"]));
            assert!(path.to_string_lossy().ends_with(".warc.gz"), "{what}: {path:?}");
            let reader = warc::WarcReader::from_path_gzip(&path).expect("a file of records");
            let records: Vec<_> = reader
                .iter_records()
                .map(|record| record.unwrap_or_else(|error| panic!("{what}: {error}")))
                .collect();
            let ids: Vec<&str> = records.iter().map(warc::Record::warc_id).collect();
            let expected: Vec<&str> = rows.iter().map(|row| row["archive_record_id"].as_str()).collect();
            assert_eq!(ids, expected, "{what}");
            for record in &records {
                assert_eq!(record.content_length(), record.body().len() as u64, "{what}");
            }
        }
    }
}

#[test]
fn a_copy_of_an_arc_file_begins_with_its_first_record() {
    for framing in [Framing::GzipPerRecord, Framing::GzipWhole, Framing::Plain, Framing::ZstdOneFrame] {
        let built = build(Format::Arc, framing, &press::docs());
        let work = kept(&built, "address");
        let evidence = work.evidence("out");
        let rows = evidence.rows("matches.csv");
        let file = plain(&rows[0]["kept_file"]);
        assert!(file.ends_with(".arc.gz"), "{framing:?}: {file}");
        let bytes = evidence.bytes(&file);
        let text = unzipped(&bytes);
        assert!(text.starts_with(b"filedesc://"), "{framing:?}: no ARC file begins like this");
        let records: usize = rows.iter().map(|row| unzipped(&copy(&evidence, row)).len()).sum();
        let first = (built.records[0].decoded.end - built.records[0].decoded.start) as usize;
        assert_eq!(
            text.len(),
            first + records,
            "{framing:?}: more than the first record and those that were found"
        );
        if framing == Framing::GzipPerRecord {
            let first = built.records[0].compressed.clone().expect("a member");
            assert!(
                bytes.starts_with(&built.bytes()[..first.end as usize]),
                "the first member is not the stored one"
            );
        }
    }
}

#[test]
fn the_record_is_the_same_from_plain_gzip_and_zstd() {
    for format in [Format::Warc, Format::Wet, Format::Arc, Format::C4] {
        let texts: Vec<Vec<Vec<u8>>> = Framing::ALL
            .iter()
            .map(|&framing| {
                let work = kept(&build(format, framing, &press::docs()), "content");
                let evidence = work.evidence("out");
                evidence.rows("matches.csv").iter().map(|row| unzipped(&copy(&evidence, row))).collect()
            })
            .collect();
        assert!(texts.windows(2).all(|pair| pair[0] == pair[1]), "{format:?}");
    }
}

#[test]
fn shards_of_one_name_do_not_share_a_file_of_copies() {
    // Equal names and equal lengths, as parts of two collections may have; sixteen of them, at the same time.
    let work = Work::new();
    work.put("list.csv", crate::scanning::LIST);
    for n in 0..16 {
        work.put(&format!("{n:02}/data.json"), line("www.lemonde.fr", 10 + n));
    }
    scan(&work, &["--keep-records", "--threads", "8", "."], "out").expect(0);
    let evidence = work.evidence("out");
    let rows = evidence.rows("matches.csv");
    assert_eq!(rows.len(), 16);
    for row in &rows {
        let copied = unzipped(&copy(&evidence, row));
        let copied = copied.strip_suffix(b"\n").expect("a line");
        assert_eq!(hex(copied), row["record_sha256"], "the copy is of another record: {row:?}");
    }
    let places: BTreeSet<(&String, &String)> =
        rows.iter().map(|row| (&row["kept_file"], &row["kept_offset"])).collect();
    assert_eq!(places.len(), 16, "two rows point at one copy");
    // The id is over the name of the shard; the hash tells which file of that name it was.
    let ids: BTreeSet<_> = rows.iter().map(|row| (&row["match_id"], &row["shard_sha256"])).collect();
    assert_eq!(ids.len(), 16, "two rows cannot be told apart");
}

#[test]
fn equal_shards_side_by_side_do_not_disturb_each_other() {
    let built = build(Format::Warc, Framing::GzipPerRecord, &press::docs());
    for round in 0..5 {
        let work = Work::new();
        work.put("list.csv", press::PUBLISHERS_CSV);
        (0..8).for_each(|n| drop(work.put(&format!("in/{n}/x.warc.gz"), built.bytes())));
        let run = scan(&work, &["in", "--keep-records", "--threads", "8"], "out");
        assert_eq!(run.exit, 0, "round {round}: {}", run.stderr);
        let evidence = work.evidence("out");
        let rows = evidence.rows("matches.csv");
        assert_eq!(rows.len(), press::found(&press::docs()), "round {round}");
        for row in rows {
            assert_eq!(hex(&copy(&evidence, &row)), row["record_sha256"], "round {round}");
        }
    }
}

#[test]
fn nothing_is_kept_unasked_or_where_nothing_is_found() {
    let work = Work::new();
    work.put("list.csv", crate::scanning::LIST);
    work.put("a.json", line("www.lemonde.fr", 1));
    work.put("b.json", line("example.org", 1));
    scan(&work, &["a.json"], "unasked").expect(0);
    assert!(!work.path("unasked/records").exists());
    assert_eq!(work.evidence("unasked").column("matches.csv", "kept_file"), [""]);
    scan(&work, &["b.json", "--keep-records"], "clear").expect(0);
    assert!(!work.path("clear/records").exists(), "an empty folder says nothing");
}
