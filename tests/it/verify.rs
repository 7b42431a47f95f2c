//! `verify`: what is as it was is called so, and whatever was changed is found and named.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::kit::articles::{self, fingerprint, page_with};
use crate::kit::digest::sha256;
use crate::kit::frame::Framing;
use crate::kit::press;
use crate::kit::server::{Answer, Server};
use crate::kit::shards::{Format, build, published};
use crate::kit::work::{Outcome, Work};
use crate::kit::{damaged_files, fixtures};
use crate::probe::{self, OUT, Row};
use crate::scanning::picture;

/// Runs `verify` on the evidence in `OUT`, and reads its report.
fn verify(work: &Work, arguments: &[&str]) -> (Outcome, Vec<Row>) {
    let _ = fs::remove_file(work.path("checked.csv"));
    let run = work.run([&["verify", OUT, "-o", "checked.csv"], arguments].concat());
    assert!(!run.stderr.contains("panicked"), "{arguments:?}: {}", run.stderr);
    let rows = match work.path("checked.csv").exists() {
        true => work.evidence(".").rows("checked.csv"),
        false => Vec::new(),
    };
    (run, rows)
}

/// All rows are the same, and nothing is wrong.
#[track_caller]
fn holds(work: &Work, what: &str, arguments: &[&str]) -> Vec<Row> {
    let (run, rows) = verify(work, arguments);
    assert_eq!(run.exit, 0, "{what}, {arguments:?}: {}{}", run.stdout, run.stderr);
    assert!(rows.iter().all(|row| row["outcome"] == "same"), "{what}, {arguments:?}");
    rows
}

/// How many rows have each outcome.
fn outcomes(rows: &[Row]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    rows.iter().for_each(|row| *counts.entry(row["outcome"].as_str()).or_default() += 1);
    counts
}

/// Standard documents in these formats, scanned. Returns the number of rows.
#[track_caller]
fn scanned(work: &Work, formats: &[(Format, Framing)], arguments: &[&str]) -> usize {
    for (format, framing) in formats {
        let built = build(*format, *framing, &press::docs());
        for (name, bytes) in &built.files {
            work.put(&format!("in/{format:?}/{name}"), bytes);
        }
    }
    probe::scan(work, "in", &[&["in"], arguments].concat()).matches.len()
}

#[test]
fn every_row_of_every_format_and_framing_is_the_same() {
    for framing in Framing::ALL {
        let work = Work::new();
        let what = format!("{framing:?}");
        let rows =
            scanned(&work, &Format::ALL.map(|format| (format, framing)), &["--keep-records", "--census"]);
        assert!(rows > 50, "{what}: {rows}");
        assert_eq!(holds(&work, &what, &[]).len(), rows, "{what}");
        assert_eq!(holds(&work, &what, &["--source", "in", "-d", "publishers.csv"]).len(), rows, "{what}");
    }
}

#[test]
fn rows_out_of_damaged_shards_are_the_same() {
    let work = Work::new();
    for defect in damaged_files::all() {
        work.put(&format!("in/{}", defect.file), &defect.damaged.bytes);
    }
    for depth in probe::DEPTHS {
        let rows = probe::scan_into(&work, depth, depth, &["in", "--depth", depth]).matches.len();
        assert!(rows > 10);
        fs::rename(work.path(depth), work.path(OUT)).unwrap();
        assert_eq!(holds(&work, depth, &["-d", "publishers.csv"]).len(), rows);
        fs::rename(work.path(OUT), work.path(depth)).unwrap();
    }
}

/// Articles in all formats that have text, searched with a side file.
fn searched(work: &Work) -> usize {
    let all = articles::articles(1, 6, 400);
    fingerprint(work, "a", &all);
    let mut docs = vec![
        all[0].captured("https://copie.example/whole"),
        page_with(10_001, "copie.example", &[&all[1].part(150, 300)]),
        page_with(10_002, "copie.example", &[&all[2].part(0, 70)]),
        page_with(10_004, "copie.example", &[]),
    ];
    // A notice on so many sites is no text of the article's own.
    for site in 0..8 {
        docs.push(page_with(20_000 + site, &format!("site-{site}.example"), &[&all[3].part(0, 60)]));
    }
    for format in Format::ALL.into_iter().filter(|format| format.has_text()) {
        for (name, bytes) in &published(format, &docs).files {
            work.put(&format!("in/{format:?}/{name}"), bytes);
        }
    }
    articles::scan(work, &["in", "-f", "a.fpr", "--private", "a.fpx"], OUT).rows.len()
}

const SEARCH: [&str; 4] = ["-f", "a.fpr", "--private", "a.fpx"];

#[test]
fn articles_are_found_again_with_class_and_words() {
    let work = Work::new();
    let rows = searched(&work);
    assert!(rows > 100, "{rows}");
    assert_eq!(holds(&work, "all", &SEARCH).len(), rows);
    assert_eq!(holds(&work, "some", &[&SEARCH[..], &["--sample", "20"]].concat()).len(), 20);
    assert_eq!(holds(&work, "without articles", &[]).len(), rows);
    let classes: BTreeSet<String> = work.evidence(OUT).column("matches.csv", "class").into_iter().collect();
    assert!(classes.contains("full") && classes.len() > 2, "{classes:?}");
    // Each of these says something that the text does not.
    for (column, value, named) in [
        ("class", "boilerplate", "class"),
        ("own_words", "9", "own_words"),
        ("shared_words", "9", "shared_words"),
        ("record_words", "9", "record_words"),
        ("article_id", "a-0002", "match_id"),
        ("found_in", "json-ld", "found_in"),
    ] {
        let text = fs::read_to_string(work.path("evidence/matches.csv")).unwrap();
        fs::write(work.path("evidence/matches.csv"), with_cell(&text, 0, column, value)).unwrap();
        let (run, rows) = verify(&work, &SEARCH);
        assert_eq!(run.exit, 4, "{column}: {}", run.stdout);
        assert!(rows[0]["differs"].split(';').any(|name| name == named), "{column}: {:?}", rows[0]);
        assert_eq!(rows[0]["outcome"], "changed", "{column}");
        fs::write(work.path("evidence/matches.csv"), text).unwrap();
    }
    fingerprint(&work, "b", &articles::articles(50, 2, 400));
    for wrong in [&["-f", "b.fpr", "--private", "b.fpx"][..], &["-f", "a.fpr"], &["--private", "a.fpx"]] {
        assert_eq!(verify(&work, wrong).0.exit, 2, "{wrong:?}");
    }
}

/// The table with another value in a cell of its row `row`, from 0.
fn with_cell(text: &str, row: usize, column: &str, value: &str) -> String {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let place = header.iter().position(|name| name == column).unwrap_or_else(|| panic!("no `{column}`"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&header).unwrap();
    for (number, record) in reader.records().map(Result::unwrap).enumerate() {
        let cells = record.iter().enumerate();
        let changed = cells.map(|(index, cell)| if (number, index) == (row, place) { value } else { cell });
        writer.write_record(changed).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

#[test]
fn a_cell_that_does_not_say_what_the_bytes_say_is_named() {
    let work = Work::new();
    scanned(&work, &[(Format::Warc, Framing::GzipPerRecord), (Format::C4, Framing::GzipWhole)], &[]);
    let text = fs::read_to_string(work.path("evidence/matches.csv")).unwrap();
    let last = work.evidence(OUT).rows("matches.csv").len() - 1;
    for (row, column, value, named) in [
        (0, "line", "77", "line"),
        (last, "archive_url", "\"https://www.lemonde.fr/other\"", "archive_url"),
        (last, "archive_record_id", "<urn:uuid:0>", "archive_record_id"),
        (last, "archive_date", "2001-01-01T00:00:00Z", "archive_date"),
        (last, "archive_status", "404", "archive_status"),
        (last, "archive_mime", "image/png", "archive_mime"),
        (last, "archive_digest", "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ", "archive_digest"),
        (last, "digest_check", "mismatch", "digest_check"),
        (last, "record_sha256", "00", "record_sha256"),
        (last, "record_type", "revisit", "record_type"),
        (last, "flags", "truncated", "flags"),
        (last, "host", "lemonde.fr", "host"),
        (last, "rule", "lemonde.fr/other", "match_id"),
        (last, "title", "Another", "match_id"),
        (last, "length", "9", "length"),
        (last, "offset", "x", "offset"),
    ] {
        fs::write(work.path("evidence/matches.csv"), with_cell(&text, row, column, value)).unwrap();
        let (run, rows) = verify(&work, &["-d", "publishers.csv"]);
        assert_eq!(run.exit, 4, "{column}: {}", run.stdout);
        let changed = &rows[row];
        assert_eq!(changed["outcome"], "changed", "{column}");
        let names: Vec<&str> = changed["differs"].split(';').collect();
        assert!(names.contains(&named) || column == "length", "{column}: {changed:?}");
        assert!(changed["expected"].contains(named) || column == "length", "{column}: {changed:?}");
        assert_eq!(rows.len(), last + 1, "{column}");
        assert!(run.stdout.contains("`matches.csv` is altered"), "{column}: {}", run.stdout);
    }
    // The record is as it was, and the rule is gone from the list.
    fs::write(work.path("evidence/matches.csv"), &text).unwrap();
    work.put("publishers.csv", "publisher,title,domain\nBBC,BBC News,bbc.co.uk/news\n");
    let (run, rows) = verify(&work, &["-d", "publishers.csv"]);
    assert_eq!(run.exit, 4, "{}", run.stdout);
    assert!(run.stderr.contains("not that of the run"), "{}", run.stderr);
    let kinds = outcomes(&rows);
    assert!(kinds["same"] > 0 && kinds["changed"] > 0, "{kinds:?}");
    assert!(rows.iter().all(|row| (row["outcome"] == "same") == row["differs"].is_empty()));
}

#[test]
fn what_became_of_the_shard_is_said_in_the_right_word() {
    for (format, framing) in [
        (Format::Warc, Framing::GzipPerRecord),
        (Format::Warc, Framing::Plain),
        (Format::C4, Framing::GzipWhole),
    ] {
        let what = format!("{format:?} {framing:?}");
        let work = Work::new();
        let rows = scanned(&work, &[(format, framing)], &[]);
        let path = work.path(&format!("in/{format:?}/{}", build(format, framing, &press::docs()).name()));
        let whole = fs::read(&path).unwrap();
        let words = |word: &str| BTreeMap::from([(word.to_owned(), rows)]);
        let after = |bytes: Option<&[u8]>| {
            match bytes {
                Some(bytes) => fs::write(&path, bytes).unwrap(),
                None => fs::remove_file(&path).unwrap(),
            }
            let (run, checked) = verify(&work, &["--source", "in"]);
            let counts: BTreeMap<String, usize> =
                outcomes(&checked).into_iter().map(|(word, count)| (word.to_owned(), count)).collect();
            (run, counts)
        };
        let (run, counts) = after(None);
        assert_eq!((run.exit, &counts), (4, &words("gone")), "{what}: no file: {}", run.stdout);
        assert!(run.stdout.contains("1 not at hand"), "{what}: {}", run.stdout);
        let (run, counts) = after(Some(b""));
        assert_eq!((run.exit, &counts), (4, &words("gone")), "{what}: empty: {}", run.stdout);
        let (run, counts) = after(Some(&vec![b'x'; whole.len()]));
        assert_eq!(run.exit, 4, "{what}");
        assert_eq!(
            counts.get("changed").copied().unwrap_or_default()
                + counts.get("gone").copied().unwrap_or_default(),
            rows,
            "{what}: another file of the same size: {counts:?}"
        );
        assert!(framing == Framing::GzipWhole || counts == words("changed"), "{what}: {counts:?}");
        assert!(run.stdout.contains("1 altered"), "{what}: {}", run.stdout);
        let (run, counts) = after(Some(b"<!DOCTYPE html><html><body>Please log in</body></html>"));
        assert_eq!(run.exit, 4, "{what}: {counts:?}");
        assert!(!counts.contains_key("same"), "{what}: {counts:?}");
        // Cut in the middle: what stands before the cut is the same.
        let (run, counts) = after(Some(&whole[..whole.len() / 2]));
        assert_eq!(run.exit, 4, "{what}");
        assert!(counts.keys().len() > 1 && counts.contains_key("same"), "{what}: {counts:?}");
        let (run, counts) = after(Some(&[&whole[..], b"more"].concat()));
        assert_eq!((run.exit, &counts), (4, &words("same")), "{what}: longer: {}", run.stdout);
        assert!(run.stdout.contains("where shards.csv states"), "{what}: {}", run.stdout);
        let (run, counts) = after(Some(&whole));
        assert_eq!((run.exit, &counts), (0, &words("same")), "{what}: {}", run.stdout);
    }
}

#[test]
fn one_changed_record_is_one_changed_row() {
    let work = Work::new();
    scanned(&work, &[(Format::Wet, Framing::GzipPerRecord)], &[]);
    let built = build(Format::Wet, Framing::GzipPerRecord, &press::docs());
    let path = work.path(&format!("in/Wet/{}", built.name()));
    let row = &work.evidence(OUT).rows("matches.csv")[2];
    let at = probe::number(row, "offset") as usize;
    let mut bytes = fs::read(&path).unwrap();
    bytes[at + 40] ^= 1;
    fs::write(&path, bytes).unwrap();
    let (run, rows) = verify(&work, &[]);
    assert_eq!(run.exit, 4);
    let changed: Vec<usize> = (0..rows.len()).filter(|row| rows[*row]["outcome"] == "changed").collect();
    assert_eq!(changed, [2], "{rows:?}");
    assert!(rows[2]["differs"].starts_with("record_sha256"), "{:?}", rows[2]);
    assert_ne!(rows[2]["observed"], rows[2]["expected"]);
}

#[test]
fn a_byte_changed_anywhere_in_the_folder_is_found_and_named() {
    let work = Work::new();
    let formats = [(Format::Warc, Framing::GzipPerRecord), (Format::Oscar2301, Framing::ZstdOneFrame)];
    scanned(&work, &formats, &["--keep-records", "--census", "--zero-rows"]);
    let folder = work.path(OUT);
    assert!(shardproof::verify::folder::check(&folder).unwrap().troubles.is_empty());
    let files: Vec<(String, Vec<u8>)> =
        picture(&folder).into_iter().filter(|(name, _)| !name.ends_with('/')).collect();
    assert!(files.iter().any(|(name, _)| name.starts_with("records/")), "{:?}", files.len());
    let all: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
    let mut state = 20_261_122_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize % below
    };
    let mut flips: Vec<usize> = (0..480).map(|_| random(all)).collect();
    // Small files are hit as well.
    let small =
        files.iter().position(|(name, _)| name == "manifest.sha256").expect("a digest of the manifest");
    let before: usize = files[..small].iter().map(|(_, bytes)| bytes.len()).sum();
    flips.extend((0..20).map(|_| before + random(files[small].1.len())));
    for (round, mut at) in flips.into_iter().enumerate() {
        let (name, bytes) = files
            .iter()
            .find(|(_, bytes)| {
                let is_here = at < bytes.len();
                at -= if is_here { 0 } else { bytes.len() };
                is_here
            })
            .expect("within all files");
        let mut changed = bytes.clone();
        changed[at] ^= 1 << random(8);
        fs::write(folder.join(name), &changed).unwrap();
        let checked = shardproof::verify::folder::check(&folder).unwrap();
        let named = checked.troubles.iter().any(|trouble| {
            trouble.file == *name || (name == "manifest.sha256" && trouble.what.contains("manifest.sha256"))
        });
        assert!(named, "round {round}: byte {at} of {name}: {:?}", checked.troubles);
        // The program itself says so, with its exit code.
        if round % 25 == 0 {
            let run = work.run(["verify", OUT, "-o", &format!("checked-{round}.csv")]);
            assert_eq!(run.exit, 4, "round {round}: byte {at} of {name}: {}{}", run.stdout, run.stderr);
            assert!(run.stdout.contains(name.as_str()), "round {round}: {name}: {}", run.stdout);
        }
        fs::write(folder.join(name), bytes).unwrap();
    }
    holds(&work, "restored", &[]);
}

/// A file and what becomes of it; nothing takes it away.
type Change<'c> = (&'c str, Option<Vec<u8>>);

#[test]
fn rows_and_files_that_were_moved_about_are_found() {
    let work = Work::new();
    scanned(
        &work,
        &[(Format::Warc, Framing::GzipPerRecord), (Format::C4, Framing::GzipWhole)],
        &["--keep-records"],
    );
    let folder = work.path(OUT);
    let before = picture(&folder);
    let text = |name: &str| String::from_utf8(before[name].clone()).unwrap();
    let lines = |name: &str| text(name).lines().map(|line| format!("{line}\n")).collect::<Vec<_>>();
    let mut without = lines("matches.csv");
    without.remove(3);
    let mut twice = lines("matches.csv");
    twice.insert(3, twice[3].clone());
    let kept: Vec<&String> =
        before.keys().filter(|name| name.starts_with("records/") && name.len() > 8).collect();
    let wrong_count = with_cell(&text("shards.csv"), 0, "clear", "9999");
    let wrong_title = with_cell(&text("publishers.csv"), 0, "captures", "9999");
    let wrong_presence = with_cell(&text("presence.csv"), 0, "distinct_urls", "9999");
    let cases: Vec<(&str, Vec<Change<'_>>, Vec<&str>)> = vec![
        (
            "a row removed",
            vec![("matches.csv", Some(without.concat().into()))],
            vec![
                "`matches.csv` is altered",
                "records have rows, and shards.csv says",
                "publishers.csv",
                "presence.csv",
            ],
        ),
        (
            "a row added",
            vec![("matches.csv", Some(twice.concat().into()))],
            vec!["`matches.csv` is altered", "stands there twice"],
        ),
        (
            "two files swapped",
            vec![(kept[0], Some(before[kept[1]].clone())), (kept[1], Some(before[kept[0]].clone()))],
            vec![kept[0], kept[1]],
        ),
        (
            "truncated",
            vec![("hosts.csv", Some(Vec::new())), ("shards.csv", Some(text("shards.csv")[..900].into()))],
            vec!["`shards.csv` is altered", "`hosts.csv` is not listed"],
        ),
        ("a file removed", vec![(kept[0], None)], vec![kept[0], "is missing"]),
        ("matches removed", vec![("matches.csv", None)], vec!["`matches.csv` is missing"]),
        ("the manifest removed", vec![("manifest.json", None)], vec!["`manifest.json` cannot be read"]),
        ("its digest removed", vec![("manifest.sha256", None)], vec!["`manifest.sha256` cannot be read"]),
        (
            "a file added",
            vec![("records/more.warc.gz", Some(b"x".to_vec()))],
            vec!["`records/more.warc.gz` is not listed"],
        ),
        (
            "a count",
            vec![("shards.csv", Some(wrong_count.into()))],
            vec!["clear + found + unread + damaged is", "states", "`shards.csv` is altered"],
        ),
        (
            "a title",
            vec![("publishers.csv", Some(wrong_title.into()))],
            vec!["captures is 9999, and the rows give"],
        ),
        (
            "presence",
            vec![("presence.csv", Some(wrong_presence.into()))],
            vec!["distinct_urls is 9999, and the rows give"],
        ),
    ];
    for (what, changes, expected) in cases {
        for (name, bytes) in &changes {
            match bytes {
                Some(bytes) => fs::write(folder.join(name), bytes).unwrap(),
                None => fs::remove_file(folder.join(name)).unwrap(),
            }
        }
        let (run, _) = verify(&work, &["--source", "in"]);
        assert_eq!(run.exit, 4, "{what}: {}{}", run.stdout, run.stderr);
        for words in expected {
            assert!(run.stdout.contains(words), "{what}: no `{words}` in\n{}", run.stdout);
        }
        for (name, _) in &changes {
            match before.get(*name) {
                Some(bytes) => fs::write(folder.join(name), bytes).unwrap(),
                None => fs::remove_file(folder.join(name)).unwrap(),
            }
        }
    }
    holds(&work, "restored", &[]);
}

/// The table with one more column behind the others, named as one of them, whose cells say something else.
fn with_column_twice(text: &str, column: &str) -> String {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = reader.headers().unwrap().clone();
    writer.write_record(header.iter().chain([column])).unwrap();
    reader.records().for_each(|row| writer.write_record(row.unwrap().iter().chain(["9"])).unwrap());
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

#[test]
fn a_column_that_stands_twice_is_told_under_digests_that_fit_it() {
    let work = Work::new();
    scanned(&work, &[(Format::Warc, Framing::GzipPerRecord)], &[]);
    let before = picture(&work.path(OUT));
    let text = |name: &str| String::from_utf8(before[name].clone()).unwrap();
    let tables = [
        ("matches.csv", "title"),
        ("shards.csv", "clear"),
        ("publishers.csv", "captures"),
        ("presence.csv", "captures"),
    ];
    for (name, column) in tables {
        let table = with_column_twice(&text(name), column);
        let mut manifest: serde_json::Value = serde_json::from_slice(&before["manifest.json"]).unwrap();
        let outputs = manifest["outputs"].as_array_mut().unwrap();
        let output = outputs.iter_mut().find(|output| output["path"] == name).unwrap();
        output["bytes"] = table.len().into();
        output["sha256"] = sha256(table.as_bytes()).into();
        let manifest = manifest.to_string();
        let changes = [
            (name, table),
            ("manifest.sha256", format!("{}  manifest.json\n", sha256(manifest.as_bytes()))),
            ("manifest.json", manifest),
        ];
        changes.iter().for_each(|(name, text)| drop(work.put(&format!("{OUT}/{name}"), text)));
        let (run, _) = verify(&work, &["--source", "in"]);
        assert_eq!(run.exit, 4, "{name}: {}{}", run.stdout, run.stderr);
        let words = format!("`{name}` has the column `{column}` twice");
        assert!(run.stdout.contains(&words), "no `{words}` in\n{}", run.stdout);
        changes.iter().for_each(|(name, _)| drop(work.put(&format!("{OUT}/{name}"), &before[*name])));
    }
    holds(&work, "restored", &[]);
}

#[test]
fn a_sample_is_drawn_again_by_its_seed() {
    let work = Work::new();
    let all = scanned(&work, &Format::ALL.map(|format| (format, format.published())), &[]);
    let ids = |seed: &str, number: &str| -> Vec<String> {
        let rows = holds(&work, seed, &["--sample", number, "--seed", seed]);
        rows.into_iter().map(|row| row["match_id"].clone()).collect()
    };
    let one = ids("one", "12");
    assert_eq!((one.len(), &one), (12, &ids("one", "12")));
    assert_ne!(one, ids("two", "12"));
    assert_eq!(ids("one", "100000").len(), all);
    let order = work.evidence(OUT).column("matches.csv", "match_id");
    let places: Vec<usize> =
        one.iter().map(|id| order.iter().position(|other| other == id).unwrap()).collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn a_wrong_request_is_told_before_anything_is_read() {
    let work = Work::new();
    scanned(&work, &[(Format::C4, Framing::GzipWhole)], &[]);
    fs::rename(work.path("in"), work.path("moved")).unwrap();
    work.put("there.csv", "mine");
    for (arguments, words) in [
        (&["verify", "publishers.csv"][..], "no folder of evidence"),
        (&["verify", "missing"], "no folder of evidence"),
        (&["verify", OUT], "`--source`"),
        (&["verify", OUT, "--source", "nowhere"], "nowhere"),
        (&["verify", OUT, "--source", "ftp://x.example"], "no scheme"),
        (&["verify", OUT, "--source", "https://x.example", "--source", "https://y.example"], "one address"),
        (&["verify", OUT, "--source", "moved", "-o", "there.csv"], "exists"),
        (&["verify", OUT, "--source", "moved", "-o", "evidence/checked.csv"], "would stand in the evidence"),
        (&["verify", OUT, "--source", "moved", "-o", "nowhere/checked.csv"], "cannot write"),
        (&["verify", OUT, "--source", "moved", "-f", "publishers.csv"], "publishers.csv"),
        (&["verify", OUT, "--source", "moved", "--sample", "0"], "--sample"),
        (&["verify", OUT, "--source", "moved", "--seed", "1"], "--sample"),
    ] {
        let run = work.run(arguments);
        assert_eq!(run.exit, 2, "{arguments:?}: {}{}", run.stdout, run.stderr);
        assert!(run.stderr.contains(words), "{arguments:?}: {}", run.stderr);
        assert!(!work.path("verification.csv").exists(), "{arguments:?}");
    }
    assert_eq!(fs::read(work.path("there.csv")).unwrap(), b"mine");
    work.run(["verify", OUT, "--source", "moved"]).expect(0);
    assert!(work.path("verification.csv").is_file());
}

#[test]
fn a_sealed_folder_is_looked_into() {
    let work = Work::new();
    scanned(&work, &[(Format::Warc, Framing::GzipPerRecord)], &[]);
    fs::rename(work.path(OUT), work.path("data")).unwrap();
    fs::create_dir(work.path(OUT)).unwrap();
    fs::rename(work.path("data"), work.path("evidence/data")).unwrap();
    work.put("evidence/bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n");
    holds(&work, "a bag", &["-d", "publishers.csv"]);
    let path = work.path("evidence/data/presence.csv");
    let mut bytes = fs::read(&path).unwrap();
    bytes[9] ^= 1;
    fs::write(&path, bytes).unwrap();
    let (run, _) = verify(&work, &[]);
    assert_eq!(run.exit, 4);
    assert!(run.stdout.contains("`presence.csv` is altered"), "{}", run.stdout);
}

#[test]
fn the_fixtures_are_the_same() {
    let work = Work::new();
    for (name, bytes) in fixtures::all() {
        work.put(&format!("in/{name}"), bytes);
    }
    let rows = probe::scan(&work, "fixtures", &["in/shards"]).matches.len();
    assert_eq!(holds(&work, "fixtures", &["-d", "publishers.csv"]).len(), rows);
}

/// Tries that fail quickly.
const HASTY: [&str; 6] = ["--retries", "1", "--first-wait", "1", "--timeout", "2"];

/// Serves the shards of the evidence under `/base/` and their names, and what lies beside them.
fn served(work: &Work) -> Server {
    let server = Server::new();
    for row in work.evidence(OUT).rows("shards.csv") {
        for (name, bytes) in picture(&work.path("in")) {
            if name.ends_with(&format!("/{}", row["file"])) {
                server.put(&format!("/base/{}", row["shard"]), bytes);
            }
        }
    }
    server
}

#[test]
fn rows_are_the_same_by_range_requests() {
    // Files of several corpora have the same names, so each is served by itself.
    for format in Format::ALL {
        let work = Work::new();
        let rows = scanned(&work, &[(format, format.published())], &[]);
        let server = served(&work);
        let base = server.url("/base/");
        let arguments = [&["--source", &base, "-d", "publishers.csv"][..], &HASTY].concat();
        let checked = holds(&work, &format!("{format:?}"), &arguments);
        assert_eq!(checked.len(), rows, "{format:?}");
        assert!(checked.iter().all(|row| matches!(&*row["http_status"], "200" | "206")), "{format:?}");
        // Neighbours are fetched together, and a shard that must be decoded is asked for once.
        let requests = server.requests().len();
        let files = work.evidence(OUT).rows("shards.csv").len();
        assert!(requests <= files, "{format:?}: {requests} requests for {rows} rows");
        assert_eq!(holds(&work, "hashed", &[&arguments[..], &["--shards"]].concat()).len(), rows);
        assert!(server.most_at_a_time() <= 4, "{format:?}: {}", server.most_at_a_time());
    }
}

#[test]
fn a_run_over_the_network_is_read_again_where_it_was_found() {
    let work = Work::new();
    let server = Server::new();
    let mut urls = Vec::new();
    for format in [Format::Warc, Format::C4] {
        let built = published(format, &press::docs());
        server.put(&format!("/x/{}", built.name()), built.bytes());
        urls.push(server.url(&format!("/x/{}?token=secret", built.name())));
    }
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    let rows = probe::scan(&work, "http", &urls).matches.len();
    assert_eq!(holds(&work, "http", &HASTY).len(), rows);
    let manifest = fs::read_to_string(work.path("evidence/manifest.json")).unwrap();
    assert!(!manifest.contains("secret"), "{manifest}");
}

/// What it is, the file that is served, the answer where it is no good one, the outcomes, the code in the report.
type Case<'c> = (&'c str, Option<Vec<u8>>, Option<Answer>, Vec<(&'c str, usize)>, &'c str);

#[test]
fn every_answer_of_a_server_has_its_word() {
    let work = Work::new();
    let rows = scanned(&work, &[(Format::Warc, Framing::GzipPerRecord)], &[]);
    let receipt = work.evidence(OUT).rows("shards.csv").remove(0);
    let path = format!("/base/{}", receipt["shard"]);
    let built = build(Format::Warc, Framing::GzipPerRecord, &press::docs());
    let first = &work.evidence(OUT).rows("matches.csv")[0];
    let begin = probe::number(first, "offset") as usize;
    let mut changed = built.bytes().to_vec();
    changed[begin + 30] ^= 1;
    // The same record with another head: only its stored bytes differ.
    let longer = [
        &built.bytes()[..begin],
        &[0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3, b'x', 0],
        &built.bytes()[begin + 10..],
    ]
    .concat();
    let all = |word: &'static str| vec![(word, rows)];
    let one = |word: &'static str| vec![(word, 1), ("same", rows - 1)];
    let cases: Vec<Case<'_>> = vec![
        ("changed record", Some(changed), None, one("changed"), "206"),
        ("changed length", Some(longer), None, all("changed"), "206"),
        ("another file of the same size", Some(vec![b'y'; built.bytes().len()]), None, all("changed"), "206"),
        ("shorter than the first row", Some(built.bytes()[..begin].to_vec()), None, all("gone"), "416"),
        ("no such file", None, None, all("gone"), "404"),
        ("gone", None, Some(Answer::status(410)), all("gone"), "410"),
        ("not allowed", None, Some(Answer::status(403)), all("denied"), "403"),
        ("not known", None, Some(Answer::status(401)), all("denied"), "401"),
        ("trouble", None, Some(Answer::status(500)), all("unreachable"), "500"),
        ("too many", None, Some(Answer::status(503)), all("unreachable"), "503"),
        ("a page", None, Some(Answer::page("<html>log in</html>")), all("unreachable"), "200"),
        ("silence", Some(built.bytes().to_vec()), Some(Answer::good().stall(0)), all("unreachable"), "206"),
        (
            "no ranges",
            Some(built.bytes().to_vec()),
            Some(Answer::good().without_ranges()),
            all("same"),
            "200",
        ),
        (
            "a moved file",
            Some(built.bytes().to_vec()),
            Some(Answer::good().etag("\"two\"")),
            all("same"),
            "206",
        ),
        (
            "another range",
            Some(built.bytes().to_vec()),
            Some(Answer::good().content_range("bytes 0-9/10")),
            all("unreachable"),
            "",
        ),
    ];
    for (what, file, answer, expected, status) in cases {
        let server = Server::new();
        if let Some(file) = file {
            server.put(&path, file);
        }
        if let Some(answer) = answer {
            server.always(&path, answer);
        }
        let base = server.url("/base");
        let (run, checked) = verify(&work, &[&["--source", &base][..], &HASTY].concat());
        let all_same = expected == all("same");
        assert_eq!(run.exit, if all_same { 0 } else { 4 }, "{what}: {}{}", run.stdout, run.stderr);
        assert_eq!(
            outcomes(&checked),
            expected.into_iter().filter(|(_, rows)| *rows > 0).collect(),
            "{what}: {}",
            run.stdout
        );
        for row in &checked {
            assert_eq!(row["http_status"], status, "{what}: {row:?}");
            let told = row["outcome"] == "same" || !row["reason"].is_empty() || !row["differs"].is_empty();
            assert!(told, "{what}: {row:?}");
        }
    }
    // A connection that breaks: what came is judged, and what did not is out of reach.
    let server = Server::new();
    server.put(&path, built.bytes());
    let length = probe::number(first, "length") as usize;
    server.always(&path, Answer::good().cut(length + 20));
    let (run, checked) = verify(&work, &["--source", &server.url("/base"), "--retries", "0"]);
    assert_eq!(run.exit, 4);
    assert_eq!(
        outcomes(&checked),
        BTreeMap::from([("same", 1), ("unreachable", rows - 1)]),
        "{}",
        run.stdout
    );
    // The next try goes on where it broke.
    server.next(&path, Answer::good().cut(length + 20));
    server.always(&path, Answer::good());
    holds(&work, "tried again", &["--source", &server.url("/base"), "--first-wait", "1"]);
    drop(server);
    let (run, checked) = verify(&work, &[&["--source", "http://127.0.0.1:9/base"][..], &HASTY].concat());
    assert_eq!(
        (run.exit, outcomes(&checked)),
        (4, BTreeMap::from([("unreachable", rows)])),
        "{}",
        run.stdout
    );
}

#[test]
fn shards_that_the_user_named_or_that_share_a_name_are_read_as_the_run_read_them() {
    let work = Work::new();
    let line = |n: usize| {
        format!(
            "{{\"link\":\"https://www.lemonde.fr/{n}\",\"body\":\"text {n}\",\"seen\":\"2020-01-01T00:00:00Z\"}}\n"
        )
    };
    work.put("in/a/mine.jsonl", (0..30).map(line).collect::<String>());
    work.put("in/b/mine.jsonl", (30..40).map(line).collect::<String>());
    let own = ["in", "--fields", "url=link,text=body,date=seen", "--dataset", "mine", "--release", "first"];
    for hash in ["sha256", "none"] {
        let _ = fs::remove_dir_all(work.path(OUT));
        let rows = probe::scan(&work, hash, &[&own[..], &["--shard-hash", hash]].concat()).matches.len();
        assert_eq!((rows, holds(&work, hash, &["-d", "publishers.csv"]).len()), (40, 40), "{hash}");
        // One of the two files is gone.
        fs::rename(work.path("in/b/mine.jsonl"), work.path("aside")).unwrap();
        let (run, checked) = verify(&work, &["--source", "in"]);
        assert_eq!(run.exit, 4, "{hash}: {}", run.stdout);
        assert_eq!(outcomes(&checked)["same"], 30, "{hash}: {}", run.stdout);
        fs::rename(work.path("aside"), work.path("in/b/mine.jsonl")).unwrap();
    }
    // The metadata of a pair without its text.
    let work = Work::new();
    let built = published(Format::Oscar2109, &press::docs());
    let (name, bytes) = &built.files[1];
    work.put(&format!("in/{name}"), bytes);
    let rows = probe::scan(&work, "alone", &["in"]).matches.len();
    assert!(rows > 0);
    assert_eq!(holds(&work, "alone", &["-d", "publishers.csv"]).len(), rows);
    // A pair whose metadata is gone: nobody can say what the text's address is.
    let work = Work::new();
    let rows = scanned(&work, &[(Format::Oscar2109, Format::Oscar2109.published())], &[]);
    fs::remove_file(work.path(&format!("in/Oscar2109/{name}"))).unwrap();
    let (run, checked) = verify(&work, &["--source", "in"]);
    assert_eq!((run.exit, outcomes(&checked)), (4, BTreeMap::from([("gone", rows)])), "{}", run.stdout);
    assert!(checked[0]["reason"].contains("metadata file"), "{:?}", checked[0]);
}

#[test]
fn a_cut_file_that_states_the_name_of_a_whole_one_is_told_from_it() {
    let work = Work::new();
    let built = build(Format::Warc, Framing::GzipPerRecord, &press::docs());
    let whole = work.put(&format!("in/{}", built.name()), built.bytes());
    work.put("in/cut.warc.gz", &built.bytes()[..built.bytes().len() / 2]);
    work.put("publishers.csv", press::PUBLISHERS_CSV);
    work.run(["scan", "in", "-d", "publishers.csv", "-o", OUT, "--quiet"]).expect(3);
    let rows = holds(&work, "both", &[]).len();
    assert!(rows > press::docs().len() / 2, "{rows}");
    holds(&work, "found by name", &["--source", "in"]);
    // Changed, the cut one is altered.
    let mut bytes = fs::read(work.path("in/cut.warc.gz")).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(work.path("in/cut.warc.gz"), bytes).unwrap();
    let (run, _) = verify(&work, &["--source", "in"]);
    assert!(run.exit == 4 && run.stdout.contains("`cut.warc.gz`"), "{}{}", run.exit, run.stdout);
    assert!(!run.stdout.contains(whole.file_name().unwrap().to_str().unwrap()), "{}", run.stdout);
}

#[test]
fn a_plan_the_parts_of_a_partition_and_a_seal_are_held_against_the_manifest_too() {
    let work = Work::new();
    work.put("list.csv", press::PUBLISHERS_CSV);
    for name in ["in/a.warc.gz", "in/b.warc.gz"] {
        let built = published(Format::Warc, &press::docs());
        work.put(name, &built.files[0].1);
    }
    let done = |arguments: &[&str]| {
        let run = work.run(arguments);
        assert_eq!(run.exit, 0, "{arguments:?}: {}{}", run.stdout, run.stderr);
    };
    let scan = ["scan", "in", "-d", "list.csv", "--partition", "1/2", "-o", OUT];
    done(&[&scan[..], &["--plan-only"]].concat());
    done(&scan);
    assert!(!holds(&work, "plan and parts", &[]).is_empty());
    for file in ["plan.json", "parts/plan.json.gz", "parts/00000000.part"] {
        let path = work.path(&format!("{OUT}/{file}"));
        let bytes = fs::read(&path).unwrap();
        let mut changed = bytes.clone();
        changed[20] ^= 1;
        fs::write(&path, changed).unwrap();
        let (run, _) = verify(&work, &[]);
        assert_eq!(run.exit, 4, "{file}: {}{}", run.stdout, run.stderr);
        assert!(run.stdout.contains(file), "{file}: {}", run.stdout);
        fs::write(&path, bytes).unwrap();
    }
    done(&["seal", OUT]);
    let (run, _) = verify(&work, &[]);
    assert!(run.exit == 0 && run.stdout.contains("seal: holds"), "{}{}", run.stdout, run.stderr);
    let path = work.path(&format!("{OUT}/bag-info.txt"));
    let mut bytes = fs::read(&path).unwrap();
    bytes[10] ^= 1;
    fs::write(&path, bytes).unwrap();
    let (run, _) = verify(&work, &[]);
    assert!(run.exit == 4 && run.stdout.contains("altered: bag-info.txt"), "{}{}", run.stdout, run.stderr);
}
