//! Wrong requests and files that are no shards: one clear message, the right exit code, nothing changed.

use std::time::Instant;

use crate::kit::frame::Framing;
use crate::kit::press;
use crate::kit::shards::{Format, build};
use crate::kit::work::{Outcome, Work};
use crate::scanning::{adds_up, line, picture, same, scan, work};

fn prepared() -> Work {
    let work = work();
    work.put("shard.json", line("www.lemonde.fr", 1));
    work.put("docs/README.md", "read me");
    work.put("bare/sub/.hidden", "x");
    work.put("empty.paths", "\n\n");
    work.put("empty.csv", "");
    work.put("no_header.csv", "Groupe Le Monde,Le Monde,lemonde.fr\n");
    work.put("wrong_column.csv", "publisher,title,website\nGroupe Le Monde,Le Monde,lemonde.fr\n");
    work.put("latin.csv", b"publisher,title,domain\nLes \xc9chos,Les \xc9chos,lesechos.fr\n");
    work.put("only_header.csv", "publisher,title,domain\n");
    work.put("bad_date.csv", "publisher,title,domain,valid_from\nA,B,lemonde.fr,2024-02-31\n");
    work.put("suffix.csv", "publisher,title,domain\nA,B,co.uk\n");
    work
}

/// What the request is, its arguments behind `scan`, what the message must hold.
const WRONG: &[(&str, &[&str], &[&str])] = &[
    ("missing shard", &["nothing.gz", "-d", "list.csv", "-o", "out"], &["`nothing.gz`"]),
    ("one of two missing", &["shard.json", "gone.gz", "-d", "list.csv", "-o", "out"], &["`gone.gz`"]),
    ("folder without shards", &["docs", "-d", "list.csv", "-o", "out"], &["`docs`", "no shards"]),
    ("folder of hidden files", &["bare", "-d", "list.csv", "-o", "out"], &["`bare`", "no shards"]),
    ("glob without files", &["*.warc", "-d", "list.csv", "-o", "out"], &["`*.warc`"]),
    ("broken glob", &["a[", "-d", "list.csv", "-o", "out"], &["`a[`"]),
    ("empty listing", &["empty.paths", "-d", "list.csv", "-o", "out"], &["`empty.paths`", "empty"]),
    ("empty standard input", &["-", "-d", "list.csv", "-o", "out"], &["`-`", "empty"]),
    ("unknown scheme", &["ftp://x.example/y.gz", "-d", "list.csv", "-o", "out"], &["ftp://", "https://"]),
    ("half an address", &["s3://bucket", "-d", "list.csv", "-o", "out"], &["s3://BUCKET/KEY"]),
    ("list missing", &["shard.json", "-d", "absent.csv", "-o", "out"], &["`absent.csv`"]),
    ("list is a folder", &["shard.json", "-d", "docs", "-o", "out"], &["`docs`"]),
    ("list empty", &["shard.json", "-d", "empty.csv", "-o", "out"], &["`empty.csv`", "empty"]),
    ("list without header", &["shard.json", "-d", "no_header.csv", "-o", "out"], &["publisher,title,domain"]),
    ("wrong column", &["shard.json", "-d", "wrong_column.csv", "-o", "out"], &["`domain`", "`website`"]),
    ("Latin-1", &["shard.json", "-d", "latin.csv", "-o", "out"], &["line 2", "UTF-8", "Latin-1"]),
    ("only a header", &["shard.json", "-d", "only_header.csv", "-o", "out"], &["no row"]),
    ("bad date", &["shard.json", "-d", "bad_date.csv", "-o", "out"], &["line 2", "2024-02-31"]),
    (
        "public suffix",
        &["shard.json", "-d", "suffix.csv", "-o", "out"],
        &["line 2", "`co.uk`", "public suffix"],
    ),
    (
        "output is a file",
        &["shard.json", "-d", "list.csv", "-o", "shard.json"],
        &["output folder", "shard.json"],
    ),
    ("output below a file", &["shard.json", "-d", "list.csv", "-o", "shard.json/x"], &["shard.json/x"]),
    (
        "output deep below a file",
        &["shard.json", "-d", "list.csv", "-o", "shard.json/x/y"],
        &["shard.json/x/y"],
    ),
    ("output below a device", &["shard.json", "-d", "list.csv", "-o", "/dev/null/x"], &["/dev/null/x"]),
    (
        "output where nobody may write",
        &["shard.json", "-d", "list.csv", "-o", "/proc/nope/x"],
        &["/proc/nope/x"],
    ),
    ("output with foreign files", &["shard.json", "-d", "list.csv", "-o", "docs"], &["`docs`", "--out"]),
    (
        "unknown field",
        &["shard.json", "--fields", "colour=c", "-d", "list.csv", "-o", "out"],
        &["--fields", "colour"],
    ),
    ("field without path", &["shard.json", "--fields", "url=", "-d", "list.csv", "-o", "out"], &["--fields"]),
    (
        "field map of one word",
        &["shard.json", "--fields", "url", "-d", "list.csv", "-o", "out"],
        &["--fields"],
    ),
    ("empty field map", &["shard.json", "--fields", "", "-d", "list.csv", "-o", "out"], &["--fields"]),
    ("no threads", &["shard.json", "--threads", "0", "-d", "list.csv", "-o", "out"], &["--threads"]),
    (
        "unknown depth",
        &["shard.json", "--depth", "deep", "-d", "list.csv", "-o", "out"],
        &["--depth", "content"],
    ),
    ("no list", &["shard.json", "-o", "out"], &["--domains"]),
    ("no output", &["shard.json", "-d", "list.csv"], &["--out"]),
    ("no shards", &["-d", "list.csv", "-o", "out"], &["SHARDS"]),
];

#[test]
fn a_wrong_request_is_refused_and_changes_nothing() {
    let work = prepared();
    let before = picture(&work.path(""));
    let mut without_a_way_out = Vec::new();
    for (what, args, expected) in WRONG {
        let run = work.run([&["scan"], *args].concat());
        assert_eq!(run.exit, 2, "{what}: {}", run.stderr);
        one_error(what, &run);
        for word in *expected {
            assert!(run.stderr.contains(word), "{what}: no {word} in\n{}", run.stderr);
        }
        if !["hint: ", "tip: ", "--help", "possible values"].iter().any(|word| run.stderr.contains(word)) {
            without_a_way_out.push(what);
        }
        same(what, &before, &picture(&work.path("")));
    }
    assert!(without_a_way_out.is_empty(), "these messages do not say what to do: {without_a_way_out:?}");
}

#[track_caller]
fn one_error(what: &str, run: &Outcome) {
    assert!(run.stderr.starts_with("error: "), "{what}: {}", run.stderr);
    assert_eq!(run.stderr.matches("error: ").count(), 1, "{what}: {}", run.stderr);
    assert_eq!(run.stdout, "", "{what}");
    assert!(!run.stderr.contains("panicked"), "{what}: {}", run.stderr);
}

#[test]
fn a_file_that_is_no_shard_gets_a_failed_receipt() {
    let noise: Vec<u8> = (0..4000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8 | 0x80).collect();
    let parquet = [&b"PAR1"[..], &[0; 64], b"PAR1"].concat();
    let gzipped_nothing = crate::kit::gzip::member(b"");
    let cases: &[(&str, &[u8], &str)] = &[
        ("empty", b"", "empty"),
        ("blanks", b"  \n\n \n", "blank"),
        ("nothing.gz", &gzipped_nothing, "nothing"),
        ("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "PNG"),
        ("noise.warc.gz", &noise, "neither"),
        ("page.warc.gz", b"<!DOCTYPE html><html><title>403 Forbidden</title></html>", "HTML"),
        ("error.xml", b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "XML"),
        ("frames.warc.lz4", b"\x04\x22\x4d\x18\x64\x40\xa7aaaaaaaa", "LZ4"),
        ("text.xz", b"\xfd7zXZ\0\0\x04\xe6\xd6\xb4\x46", "xz"),
        ("part.parquet", &parquet, "Parquet"),
        (
            "index",
            b"fr,lemonde)/ 20240518015810 {\"url\": \"https://www.lemonde.fr/\", \"status\": \"200\"}\n",
            "index",
        ),
        ("listing.txt", b"crawl-data/CC-MAIN-2024-22/segments/1/wet/a.warc.wet.gz\n", "listing"),
        ("array.json", b"[{\"url\": \"https://www.lemonde.fr/\", \"text\": \"x\"}]\n", "array"),
        ("unknown.jsonl", b"{\"address\": \"https://www.lemonde.fr/\", \"words\": \"x\"}\n", "--fields"),
        ("pretty.json", b"{\n  \"url\": \"https://www.lemonde.fr/\",\n  \"text\": \"x\"\n}\n", "JSON"),
    ];
    for (name, bytes, word) in cases {
        let work = work();
        work.put(name, bytes);
        let run = scan(&work, &[name], "out").expect(1);
        assert!(run.stderr.contains(&format!("gap: `{name}`")), "{name}: {}", run.stderr);
        let rows = work.evidence("out").rows("shards.csv");
        assert_eq!(rows.len(), 1, "{name}");
        assert_eq!(rows[0]["status"], "failed", "{name}: {:?}", rows[0]);
        assert!(rows[0]["reason"].contains(word), "{name}: no {word} in `{}`", rows[0]["reason"]);
        adds_up(name, &rows[0]);
        assert_eq!(work.evidence("out").manifest()["exit_code"], 1, "{name}");
        assert!(work.evidence("out").rows("matches.csv").is_empty(), "{name}");
        assert_eq!(
            std::fs::read(work.path(name)).expect("still there"),
            *bytes,
            "{name}: the file was changed"
        );
    }
}

#[test]
fn what_a_listing_names_may_be_missing() {
    let work = work();
    work.put("a/1.json", line("www.lemonde.fr", 1));
    work.put("a/2.json", line("example.org", 2));
    work.put("some.paths", "a/1.json\na/gone.json\na/2.json\n");
    work.put("none.paths", "a/gone.json\nb/gone.json\n");
    let run = scan(&work, &["some.paths"], "some").expect(3);
    assert!(run.stderr.contains("gap: `gone.json`"), "{}", run.stderr);
    let statuses = |out: &str| {
        let mut statuses = work.evidence(out).column("shards.csv", "status");
        statuses.sort();
        statuses
    };
    assert_eq!(statuses("some"), ["failed", "whole", "whole"]);
    assert_eq!(work.evidence("some").rows("matches.csv").len(), 1);
    scan(&work, &["none.paths"], "none").expect(1);
    assert_eq!(statuses("none"), ["failed", "failed"]);
    let rows = work.evidence("none").rows("shards.csv");
    let name = |row: &std::collections::BTreeMap<String, String>| (row["shard"].clone(), row["file"].clone());
    assert_ne!(name(&rows[0]), name(&rows[1]), "which of the two is missing?");
    let run = work.run_with(["scan", "-", "-d", "list.csv", "-o", "stdin"], b"a/1.json\nx/gone.json\n");
    run.expect(3);
    assert_eq!(work.evidence("stdin").rows("shards.csv").len(), 2);
}

#[test]
fn a_shard_that_is_given_twice_counts_once() {
    let warc = build(Format::Warc, Framing::GzipPerRecord, &press::docs());
    let found = press::found(&press::docs());
    let cases: &[(&str, &[&str], &[&str], usize)] = &[
        ("same path", &["x.warc.gz", "x.warc.gz"], &[], 0),
        ("same path by pattern", &["x.warc.gz", "x*.gz"], &[], 0),
        ("same path in two spellings", &["x.warc.gz", "./x.warc.gz"], &[], 1),
        ("same path in two spellings, no hash", &["x.warc.gz", "./x.warc.gz"], &["--shard-hash", "none"], 1),
        ("same bytes under two names", &["x.warc.gz", "y.warc.gz"], &[], 1),
        ("same bytes under two names, kept", &["x.warc.gz", "y.warc.gz"], &["--keep-records"], 1),
    ];
    for (what, shards, options, excluded_at_most) in cases {
        let work = work();
        work.put("list.csv", press::PUBLISHERS_CSV);
        work.put("x.warc.gz", warc.bytes());
        work.put("y.warc.gz", warc.bytes());
        let run = scan(&work, &[*shards, *options].concat(), "out");
        assert_eq!(run.exit, 0, "{what}: {}", run.stderr);
        let evidence = work.evidence("out");
        let statuses = evidence.column("shards.csv", "status");
        let of = |status: &str| statuses.iter().filter(|found| *found == status).count();
        assert_eq!(of("whole"), 1, "{what}: {statuses:?}");
        assert!(of("excluded") <= *excluded_at_most, "{what}: {statuses:?}");
        assert_eq!(evidence.rows("matches.csv").len(), found, "{what}");
        assert_eq!(evidence.manifest()["results"]["counts"]["found"], found, "{what}");
    }
}

#[test]
fn a_list_of_a_million_rows_loads() {
    use std::fmt::Write;
    let work = Work::new();
    let mut list = String::from("publisher,title,domain\n");
    (0..1_000_000).for_each(|n| writeln!(list, "P{},T{},site-{n}.fr", n % 100, n % 1000).expect("to memory"));
    work.put("list.csv", list);
    work.put("shard.json", [line("www.site-777777.fr", 1), line("site-1000000.fr", 2)].concat());
    let begin = Instant::now();
    scan(&work, &["shard.json"], "out").expect(0);
    assert_eq!(work.evidence("out").column("matches.csv", "rule"), ["site-777777.fr"]);
    // An unoptimised program on a busy machine takes some 25 s; a square algorithm would never end.
    assert!(begin.elapsed().as_secs() < 110, "{:?}", begin.elapsed());
}

#[test]
fn the_folder_of_another_run_is_left_as_it_is() {
    let work = prepared();
    work.put("other.csv", "publisher,title,domain\nX,Y,example.org\n");
    scan(&work, &["shard.json"], "out").expect(0);
    let before = picture(&work.path("out"));
    let cases: &[(&str, &[&str], &str)] = &[
        ("other list", &["shard.json", "-d", "other.csv", "-o", "out"], "domains"),
        ("other options", &["shard.json", "--census", "-d", "list.csv", "-o", "out"], "census"),
        ("other depth", &["shard.json", "--depth", "content", "-d", "list.csv", "-o", "out"], "depth"),
    ];
    for (what, args, word) in cases {
        let run = work.run([&["scan"], *args].concat());
        assert_eq!(run.exit, 2, "{what}: {}", run.stderr);
        one_error(what, &run);
        assert!(run.stderr.contains(word) && run.stderr.contains("--out"), "{what}: {}", run.stderr);
        same(what, &before, &picture(&work.path("out")));
    }
    std::fs::remove_file(work.path("out/manifest.json")).expect("ours");
    let before = picture(&work.path("out"));
    assert_eq!(scan(&work, &["shard.json"], "out").exit, 2, "tables without a manifest are foreign files");
    same("without manifest", &before, &picture(&work.path("out")));
}
