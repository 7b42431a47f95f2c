//! Fingerprint files that are damaged, lie or belong to others, and articles that are none: one clear refusal, no
//! panic, nothing changed, bounded memory.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::xxh3_64;

use crate::kit::articles::{self, article, json_lines, page_with, passage, shard};
use crate::kit::doc::Doc;
use crate::kit::work::{Outcome, Work};
use crate::scanning::{picture, same};

const FOOTER: usize = 40;

/// Small files, a shard, and a folder of evidence of a run that is complete.
fn prepared() -> Work {
    let work = Work::new();
    let all = articles::articles(1, 2, 60);
    articles::fingerprint(&work, "a", &all);
    work.put("shard.json", shard(&[all[0].captured("https://copie.example/1"), Doc::filler(1)]));
    articles::scan(&work, &["shard.json", "-f", "a.fpr", "--private", "a.fpx"], "out");
    let notice = passage(900, 30);
    let page = |n: u64| page_with(10_000 + n, &format!("hote-{n}.example"), &[&notice]);
    work.put("sample.json", shard(&(0..6).map(page).collect::<Vec<_>>()));
    work.run(["commons", "sample.json", "-o", "a.fpc"]).expect(0);
    work
}

fn bytes(work: &Work, name: &str) -> Vec<u8> {
    std::fs::read(work.path(name)).unwrap_or_else(|error| panic!("reading `{name}`: {error}"))
}

/// The arguments of a scan with `bad` in the place of the file of this ending.
fn with<'a>(ending: &str, bad: &'a str) -> Vec<&'a str> {
    let [file, side, commons] =
        ["fpr", "fpx", "fpc"].map(|each| if each == ending { Some(bad) } else { None });
    let mut arguments = vec!["scan", "shard.json", "-o", "out", "-f", file.unwrap_or("a.fpr")];
    arguments.extend(["--private", side.unwrap_or("a.fpx")]);
    arguments.extend(commons.into_iter().flat_map(|commons| ["--commons", commons]));
    arguments
}

#[track_caller]
fn refused(what: &str, run: &Outcome) {
    assert_eq!(run.exit, 2, "{what}: {}", run.stderr);
    assert!(run.stderr.starts_with("error: "), "{what}: {}", run.stderr);
    assert!(!run.stderr.contains("panicked") && run.stdout.is_empty(), "{what}: {}", run.stderr);
    let lines: Vec<&str> = run.stderr.lines().collect();
    let is_one = lines.len() == 1 || (lines.len() == 2 && lines[1].starts_with("hint: "));
    assert!(is_one, "{what}: more than a line: {}", run.stderr);
}

/// `count` places spread over a length, the first and the last among them.
fn spread(length: usize, count: usize) -> Vec<usize> {
    let last = length.saturating_sub(1);
    let mut places: Vec<usize> = (0..count).map(|k| last * k / (count - 1)).collect();
    places.dedup();
    places
}

/// The content with true sums behind it.
fn sealed(content: &[u8]) -> Vec<u8> {
    let mut bytes = content.to_vec();
    bytes.extend(Sha256::digest(content));
    let sum = xxh3_64(&bytes);
    bytes.extend(sum.to_le_bytes());
    bytes
}

/// The file with another header and true sums.
fn with_header(file: &[u8], edit: impl FnOnce(&mut Value)) -> Vec<u8> {
    let length = u64::from_le_bytes(file[8..16].try_into().expect("eight bytes")) as usize;
    let mut header: Value = serde_json::from_slice(&file[16..16 + length]).expect("a JSON header");
    edit(&mut header);
    let mut text = serde_json::to_vec(&header).expect("JSON");
    text.resize(text.len().next_multiple_of(8), b' ');
    let body = &file[16 + length..file.len() - FOOTER];
    sealed(&[&file[..8], &(text.len() as u64).to_le_bytes(), &text, body].concat())
}

/// Runs the scan with each of these files; the evidence that was there must stay as it is.
fn all_refused(work: &Work, ending: &str, files: impl IntoIterator<Item = (String, Vec<u8>)>) {
    let before = picture(&work.path("out"));
    for (what, content) in files {
        work.put("bad", content);
        let run = work.run(with(ending, "bad"));
        refused(&format!("{ending}: {what}"), &run);
        assert!(run.stderr.contains("`bad`"), "{ending}: {what}: {}", run.stderr);
    }
    same(ending, &before, &picture(&work.path("out")));
}

fn cut_and_flipped(ending: &str) {
    let work = prepared();
    let whole = bytes(&work, &format!("a.{ending}"));
    let places = spread(whole.len(), 200);
    let cuts = places.iter().map(|&at| (format!("cut at {at}"), whole[..at].to_vec()));
    all_refused(&work, ending, cuts);
    let flips = places.iter().enumerate().map(|(k, &at)| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (k % 8);
        (format!("bit {} of byte {at} flipped", k % 8), bytes)
    });
    all_refused(&work, ending, flips);
    let longer = [&whole[..], b"\n"].concat();
    all_refused(&work, ending, [("a byte more".to_owned(), longer), ("twice".to_owned(), whole.repeat(2))]);
}

#[test]
fn a_fingerprint_file_cut_or_changed_anywhere_is_refused() {
    cut_and_flipped("fpr");
}

#[test]
fn a_side_file_cut_or_changed_anywhere_is_refused() {
    cut_and_flipped("fpx");
}

#[test]
fn a_commons_list_cut_or_changed_anywhere_is_refused() {
    cut_and_flipped("fpc");
}

#[test]
fn what_is_no_such_file_is_refused() {
    let work = prepared();
    work.put("folder/inside", "x");
    work.put("empty", "");
    work.put("text", "id,text\n1,words\n".repeat(50));
    work.put("zeros", vec![0; 4096]);
    let before = picture(&work.path(""));
    for ending in ["fpr", "fpx", "fpc"] {
        let other = if ending == "fpr" { "a.fpx" } else { "a.fpr" };
        for bad in ["folder", "empty", "text", "zeros", "a.jsonl", "shard.json", "absent", other] {
            let run = work.run(with(ending, bad));
            refused(&format!("{bad} as .{ending}"), &run);
            assert!(run.stderr.contains(&format!("`{bad}`")), "{bad} as .{ending}: {}", run.stderr);
        }
    }
    for arguments in [
        &["scan", "shard.json", "-o", "new"][..],
        &["scan", "shard.json", "-o", "new", "-f", "a.fpr", "--depth", "address"],
        &["scan", "shard.json", "-o", "new", "--private", "a.fpx"],
        &["scan", "shard.json", "-o", "new", "-f", "a.fpr", "--commons", "a.fpr"],
        &["scan", "shard.json", "-o", "new", "-f", "a.fpr", "--commons", "text"],
        &["scan", "shard.json", "-o", "new", "-f", "a.fpr", "--calibration", "text"],
        &["scan", "shard.json", "-o", "new", "-d", "absent.csv", "-f", "a.fpr"],
    ] {
        let run = work.run(arguments);
        assert_eq!(run.exit, 2, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.starts_with("error: "), "{arguments:?}: {}", run.stderr);
    }
    same("after all", &before, &picture(&work.path("")));
}

#[test]
fn a_later_version_is_refused_and_named() {
    let work = prepared();
    let [fpr, fpx, fpc] = ["a.fpr", "a.fpx", "a.fpc"].map(|name| bytes(&work, name));
    let same_again = with_header(&fpr, |_| ());
    assert!(same_again == fpr, "the header is rebuilt as it was");
    for (name, value) in
        [("version", json!(3)), ("normal_form", json!(2)), ("version", json!(0)), ("version", json!("1"))]
    {
        let files = [("fpr", &fpr), ("fpx", &fpx), ("fpc", &fpc)];
        for (ending, file) in files {
            let changed = with_header(file, |header| header[name] = value.clone());
            work.put("bad", &changed);
            let run = work.run(with(ending, "bad"));
            refused(&format!("{ending}: {name} {value}"), &run);
            assert!(run.stderr.contains("version") || run.stderr.contains("normal form"), "{}", run.stderr);
        }
    }
    let scheme = with_header(&fpr, |header| header["scheme"]["words"] = json!(9));
    all_refused(&work, "fpr", [("scheme".to_owned(), scheme)]);
    let run = work.run(["fingerprint", "--info", "bad"]);
    refused("--info", &run);
}

#[test]
fn a_header_that_contradicts_its_body_is_refused() {
    let work = prepared();
    let (fpr, fpx) = (bytes(&work, "a.fpr"), bytes(&work, "a.fpx"));
    let numbers = [json!(0), json!(1), json!(3), json!(u32::MAX), json!(1u64 << 40), json!(u64::MAX)];
    let others = [json!(-1), json!(1.5), json!(null), json!("two"), json!([])];
    for (ending, file, fields) in [
        ("fpr", &fpr, &["articles", "words", "shingles", "text_bytes", "prefix_bits"][..]),
        ("fpx", &fpx, &["articles", "words"]),
    ] {
        let changed = fields.iter().flat_map(|field| {
            numbers.iter().chain(&others).map(move |value| {
                let what = format!("{field} {value}");
                (what, with_header(file, |header| header[*field] = value.clone()))
            })
        });
        let missing = fields.iter().map(|field| {
            let edit = |header: &mut Value| drop(header.as_object_mut().expect("an object").remove(*field));
            (format!("no {field}"), with_header(file, edit))
        });
        all_refused(&work, ending, changed.chain(missing));
    }
    let none = with_header(&fpr, |header| *header = json!([]));
    all_refused(&work, "fpr", [("a list".to_owned(), none)]);
}

#[test]
fn a_commons_list_of_another_key_is_refused() {
    let work = prepared();
    work.put("archive.key", "a key of more than sixteen bytes");
    work.run(["commons", "sample.json", "-o", "b.fpc", "--key", "archive.key"]).expect(0);
    let before = picture(&work.path("out"));
    refused("another key", &work.run(with("fpc", "b.fpc")));
    same("another key", &before, &picture(&work.path("out")));
    let mut right = with("fpc", "a.fpc");
    right[3] = "with";
    work.run(right).expect(0);
}

// Found by a fuzzer: an article of a billion words made a scan take a gigabyte for each candidate.
#[test]
fn counts_of_articles_that_cannot_be_are_refused() {
    let work = prepared();
    let whole = bytes(&work, "a.fpr");
    let content = &whole[..whole.len() - FOOTER];
    let first = 16 + u64::from_le_bytes(whole[8..16].try_into().expect("eight bytes")) as usize;
    // The places of `docs/formats.md`, each at its highest byte but for the last one.
    let fields = [
        ("words", 11),
        ("own words", 15),
        ("publisher", 23),
        ("family", 27),
        ("agency", 31),
        ("one word more", 8),
    ];
    let changed = fields.map(|(what, at)| {
        let mut bytes = content.to_vec();
        bytes[first + at] = bytes[first + at].wrapping_add(1);
        (what.to_owned(), sealed(&bytes))
    });
    all_refused(&work, "fpr", changed);
    work.put("same", sealed(content));
    work.run(with("fpr", "same")).expect(0);
}

/// Whoever makes the sums true can write any body: it may find less or be refused, and nothing worse.
#[test]
fn a_body_that_lies_never_ends_in_a_panic() {
    let work = prepared();
    for (ending, count) in [("fpr", 50), ("fpx", 12), ("fpc", 12)] {
        let whole = bytes(&work, &format!("a.{ending}"));
        let content = &whole[..whole.len() - FOOTER];
        let header = 16 + u64::from_le_bytes(whole[8..16].try_into().expect("eight bytes")) as usize;
        for (k, at) in spread(content.len() - header, count).into_iter().enumerate() {
            let mut bytes = content.to_vec();
            let value = &mut bytes[header + at];
            *value = [!*value, 0xff, value.wrapping_add(1)][k % 3];
            work.put("bad", sealed(&bytes));
            let out = format!("lies-{ending}-{k}");
            let mut arguments = with(ending, "bad");
            arguments[3] = &out;
            let run = work.run(arguments);
            let what = format!("{ending}: byte {at} of the body changed");
            assert!(matches!(run.exit, 0 | 2), "{what}: exit {}: {}", run.exit, run.stderr);
            assert!(!run.stderr.contains("panicked"), "{what}: {}", run.stderr);
            if run.exit == 2 {
                refused(&what, &run);
                assert!(!work.path(&out).exists(), "{what}: the folder was made");
            }
        }
    }
}

/// How a run ended, how long it took, and the most memory that it held in kB.
struct Watched {
    exit: Option<i32>,
    took: Duration,
    peak: u64,
}

fn watched(work: &Work, arguments: &[&str]) -> Watched {
    let begin = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_shardproof"))
        .args(arguments)
        .current_dir(work.path(""))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program was built with its tests");
    let mut peak = 0;
    loop {
        if let Some(status) = child.try_wait().expect("waiting for our own child") {
            return Watched { exit: status.code(), took: begin.elapsed(), peak };
        }
        if begin.elapsed() > Duration::from_secs(60) {
            child.kill().and_then(|()| child.wait()).expect("ending our own child");
            panic!("{arguments:?}: no end after a minute; {peak} kB");
        }
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
        peak = peak.max(line.trim().trim_end_matches(" kB").parse().unwrap_or_default());
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Runs `fingerprint` on `name` and returns the skipped entries.
#[track_caller]
fn bounded(work: &Work, name: &str, exit: i32, most: u64) -> Vec<String> {
    let arguments = ["fingerprint", name, "--publisher", "P", "-o", "b.fpr", "--private", "b.fpx", "-q"];
    let run = watched(work, &arguments);
    assert_eq!(run.exit, Some(exit), "{name}");
    assert!(run.took < Duration::from_secs(10), "{name} took {:?}", run.took);
    assert!(run.peak < most, "{name} held {} kB", run.peak);
    let report = bytes(work, "b.fpr.report.csv");
    let mut reader = csv::Reader::from_reader(&report[..]);
    let rows = reader.records().map(|row| row.expect("a row of five cells"));
    rows.filter(|row| &row[0] == "skipped").map(|row| row[4].to_owned()).collect()
}

#[test]
fn entries_that_are_no_articles_are_reported_one_by_one() {
    let work = Work::new();
    let good = article(1, 100).json();
    let latin = [&b"{\"id\":\"l\",\"text\":\"d\xe9j\xe0 vu\"}\n"[..], good.as_bytes(), b"\n"].concat();
    work.put("latin.jsonl", latin);
    let skipped = bounded(&work, "latin.jsonl", 3, 100_000);
    assert_eq!(skipped.len(), 1);
    assert!(skipped[0].contains("UTF-8"), "{skipped:?}");

    let empty = "{\"id\":\"e\",\"text\":\"\"}\n".repeat(20_000);
    work.put("empty.jsonl", empty + &good + "\n");
    assert_eq!(bounded(&work, "empty.jsonl", 3, 150_000).len(), 20_000);

    work.put("blank.jsonl", "\n".repeat(10_000) + &good + "\n" + &"\r\n".repeat(100_000));
    assert_eq!(bounded(&work, "blank.jsonl", 0, 100_000).len(), 0, "a blank line is no entry");

    work.put("only_blank.jsonl", "\n".repeat(100_000));
    assert_eq!(bounded(&work, "only_blank.jsonl", 2, 100_000).len(), 1, "the file itself");

    let words: String = (0..1000).map(|n| format!("{{\"id\":\"w{n}\",\"text\":\"mot{n}\"}}\n")).collect();
    work.put("words.jsonl", words);
    assert_eq!(
        bounded(&work, "words.jsonl", 0, 100_000).len(),
        0,
        "a word is an article, too short to be found"
    );
    let report = String::from_utf8(bytes(&work, "b.fpr.report.csv")).expect("UTF-8");
    assert_eq!(report.matches("too_short").count(), 1000);

    for (name, content) in
        [("c.csv", &b"id,text\n1,d\xe9j\xe0 vu\n2,bien des mots\n"[..]), ("d.txt", b"\xff\xfe")]
    {
        work.put(name, content);
        let run = work.run(["fingerprint", name, "--publisher", "P", "-o", "c.fpr"]);
        assert!(matches!(run.exit, 0 | 2 | 3), "{name}: {}", run.stderr);
        assert!(!run.stderr.contains("panicked"), "{name}: {}", run.stderr);
    }
}

#[test]
fn an_article_of_50_megabytes_is_reported_in_bounded_memory() {
    let work = Work::new();
    let huge = "mot ".repeat(50_000_000 / 4);
    work.put("huge.jsonl", format!("{{\"id\":\"h\",\"text\":\"{huge}\"}}\n{}\n", article(1, 100).json()));
    let skipped = bounded(&work, "huge.jsonl", 3, 300_000);
    assert_eq!(skipped.len(), 1);
    assert!(skipped[0].contains("too large"), "{skipped:?}");
    work.put("texts/huge.txt", huge);
    work.put("texts/good.txt", article(1, 100).text());
    assert_eq!(bounded(&work, "texts", 3, 300_000).len(), 1);
}

/// Numbers in tables are such words: a page of them meets an article that has some.
#[test]
fn an_article_of_one_repeated_word_is_bounded_in_time_and_memory() {
    for (repeated, on_page) in [(2_000, 2_000), (60, 10_000)] {
        let work = Work::new();
        let text = "bonjour ".repeat(repeated);
        let all = [article(1, 100).id("repeated").and(&text), article(2, 100)];
        work.put("repeated.jsonl", json_lines(&all));
        assert_eq!(bounded(&work, "repeated.jsonl", 0, 150_000).len(), 0);
        let page = "bonjour ".repeat(on_page);
        let docs = [
            Doc::new("repeated", "https://page.example/1", &page),
            all[1].captured("https://copie.example/2"),
        ];
        work.put("shard.json", shard(&docs));
        for (out, more) in [("sampled", &[][..]), ("exact", &["--private", "b.fpx"])] {
            let what = format!("{repeated} and {on_page}, {out}");
            let arguments = [&["scan", "shard.json", "-q", "-f", "b.fpr", "-o", out], more].concat();
            let run = watched(&work, &arguments);
            assert_eq!(run.exit, Some(0), "{what}");
            assert!(run.took < Duration::from_secs(3), "{what} took {:?}", run.took);
            assert!(run.peak < 100_000, "{what} held {} kB", run.peak);
            let ids = work.evidence(out).column("matches.csv", "article_id");
            assert!(ids.iter().any(|id| id.contains(&all[1].id)), "{what}: {ids:?}");
        }
    }
}

#[test]
fn an_article_of_more_words_than_positions_can_tell_is_skipped() {
    let work = Work::new();
    let long = articles::Invented { paragraphs: vec!["a b c d ".repeat(1_100_000)], ..article(1, 10) };
    work.put("long.jsonl", json_lines(&[long, article(2, 100)]));
    let skipped = bounded(&work, "long.jsonl", 3, 400_000);
    assert_eq!(skipped.len(), 1);
    assert!(skipped[0].contains("words"), "{skipped:?}");
}

#[test]
fn a_side_file_of_other_articles_is_refused() {
    let work = prepared();
    articles::fingerprint(&work, "b", &articles::articles(50, 2, 60));
    let with = |side: &str| {
        ["scan", "shard.json", "-f", "a.fpr", "--private", side, "-o", "side"].map(str::to_owned).to_vec()
    };
    let run = work.run(with("b.fpx")).expect(2);
    assert!(run.stderr.contains("holds none of the articles"), "{}", run.stderr);
    work.run(with("a.fpx")).expect(0);
}
