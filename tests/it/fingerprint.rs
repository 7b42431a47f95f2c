//! The command `fingerprint`: what it takes, what it says of it, and what must never be in its files.

use std::collections::BTreeMap;

use serde_json::Value;
use xxhash_rust::xxh3::xxh3_64;

use crate::kit::articles::{self, Invented, article, json_lines, page_with, passage, search, shard};
use crate::kit::doc::Doc;
use crate::kit::frame::Framing;
use crate::kit::shards::{Format, build};
use crate::kit::work::{Work, plain};

const KEY: &str = "a key of more than sixteen bytes\n";

fn make(work: &Work, arguments: &[&str], exit: i32) {
    let run = work.run([&["fingerprint"], arguments].concat()).expect(exit);
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
}

fn bytes(work: &Work, name: &str) -> Vec<u8> {
    std::fs::read(work.path(name)).unwrap_or_else(|error| panic!("reading `{name}`: {error}"))
}

#[track_caller]
fn info(work: &Work, name: &str, exit: i32) -> Value {
    let run = work.run(["fingerprint", "--info", name]).expect(exit);
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stdout))
}

/// The ids in the report of `name` by remark.
fn remarks(work: &Work, name: &str) -> BTreeMap<String, Vec<String>> {
    let bytes = bytes(work, &format!("{name}.report.csv"));
    let mut reader = csv::Reader::from_reader(&bytes[..]);
    let mut remarks: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in reader.deserialize() {
        let row: BTreeMap<String, String> = row.expect("the columns of the report");
        assert!(!row["detail"].is_empty() && row["origin"].contains('`'), "{row:?}");
        remarks.entry(row["remark"].clone()).or_default().push(plain(&row["article_id"]));
    }
    remarks
}

#[test]
fn the_order_of_the_entries_does_not_show() {
    let work = Work::new();
    let mut all = articles::articles(1, 12, 120);
    all.push(article(13, 90).of("Le Relais", "www.relais.example"));
    all.push(article(14, 90).of("Agence B", "www.relais.example").and(&article(1, 120).part(0, 60)));
    all.push(article(3, 120).id("version").and("Mise à jour."));
    articles::fingerprint(&work, "once", &all);
    articles::fingerprint(&work, "again", &all);
    let mut other = all.clone();
    other.reverse();
    articles::fingerprint(&work, "reversed", &other);
    other.rotate_left(4);
    other.swap(1, 9);
    articles::fingerprint(&work, "mixed", &other);
    for name in ["again", "reversed", "mixed"] {
        for ending in ["fpr", "fpx"] {
            let same = bytes(&work, &format!("once.{ending}")) == bytes(&work, &format!("{name}.{ending}"));
            assert!(same, "{name}.{ending}");
        }
    }
}

#[test]
fn articles_in_several_files_are_those_of_one() {
    let work = Work::new();
    let all = articles::articles(1, 6, 120);
    articles::fingerprint(&work, "one", &all);
    work.put("many/a.jsonl", json_lines(&all[4..]));
    work.put("many/below/b.jsonl", json_lines(&all[..4]));
    make(&work, &["many", "-o", "many.fpr", "--private", "many.fpx"], 0);
    assert!(bytes(&work, "one.fpr") == bytes(&work, "many.fpr"));
    assert!(bytes(&work, "one.fpx") == bytes(&work, "many.fpx"));
}

#[test]
fn a_table_gives_the_file_of_json_lines() {
    let work = Work::new();
    let all = articles::articles(1, 5, 130);
    articles::fingerprint(&work, "lines", &all);
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["guid", "corps", "titre", "lien", "paru"]).expect("memory");
    for article in all.iter().rev() {
        let cells = [&article.id, &article.text(), &article.title, &article.url, &article.date];
        table.write_record(cells).expect("memory");
    }
    work.put("export.csv", table.into_inner().expect("memory"));
    let columns = "id=guid,text=corps,title=titre,url=lien,date=paru";
    make(&work, &["export.csv", "--columns", columns, "-o", "table.fpr", "--private", "table.fpx"], 0);
    assert!(bytes(&work, "lines.fpr") == bytes(&work, "table.fpr"));
    assert!(bytes(&work, "lines.fpx") == bytes(&work, "table.fpx"));
    make(&work, &["export.csv", "--columns", "text=body", "-o", "no.fpr"], 2);
    make(&work, &["export.csv", "--columns", "corps", "-o", "no.fpr"], 2);
    assert!(!work.path("no.fpr").exists());
}

#[test]
fn pages_in_a_folder_and_in_an_archive_give_the_same_file() {
    let work = Work::new();
    let all: Vec<Invented> = articles::articles(1, 4, 150);
    for article in &all {
        work.put(&format!("pages/{}.html", article.id), article.page());
    }
    let docs: Vec<Doc> = all
        .iter()
        .map(|article| Doc { body: Some(article.page().into_bytes()), ..article.captured(&article.url) })
        .collect();
    for framing in [Framing::Plain, Framing::GzipPerRecord, Framing::Zstd] {
        let built = build(Format::Warc, framing, &docs);
        let name = format!("{framing:?}.fpr");
        work.put_built(&built);
        make(&work, &[built.name(), "-o", &name, "--private", "warc.fpx"], 0);
        make(&work, &["pages", "-o", "pages.fpr", "--private", "pages.fpx"], 0);
        let header = |name: &str| info(&work, name, 0)["header"].clone();
        assert_eq!(header(&name)["words"], header("pages.fpr")["words"], "{framing:?}");
        assert_eq!(header(&name)["shingles"], header("pages.fpr")["shingles"], "{framing:?}");
        assert!(bytes(&work, "warc.fpx") == bytes(&work, "pages.fpx"), "{framing:?}: the words");
        assert!(bytes(&work, &name) == bytes(&work, "pages.fpr"), "{framing:?}");
    }
}

#[test]
fn text_files_are_articles_and_are_found() {
    let work = Work::new();
    let all = articles::articles(1, 3, 150);
    for article in &all {
        work.put(&format!("texts/{}.txt", article.id), format!("{}\n\n{}\n", article.title, article.text()));
    }
    make(&work, &["texts", "-o", "none.fpr"], 2);
    make(&work, &["texts", "--publisher", "Gazette", "-o", "a.fpr", "--private", "a.fpx"], 0);
    assert_eq!(info(&work, "a.fpr", 0)["header"]["publishers"][0]["name"], "Gazette");
    let found = search(&work, &[all[1].captured("https://copie.example/1"), Doc::filler(1)]);
    assert_eq!(found.classes(), ["full"]);
    assert!(plain(&found.rows[0]["article_id"]).contains(&all[1].id), "{:?}", found.rows[0]);
    assert_eq!(plain(&found.rows[0]["article_title"]), all[1].title);
    assert_eq!(found.rows[0]["publisher"], "Gazette");
}

#[test]
fn the_report_names_what_a_publisher_should_look_at() {
    let work = Work::new();
    let shared = passage(900, 30);
    let mut updated = article(3, 150).id("version");
    updated.paragraphs[1] = passage(901, 40);
    let agency = Invented { credit: "AFP".into(), ..article(9, 150).id("agency") };
    let entries = [
        article(1, 150).id("one").json(),
        article(2, 150).id("one").json(),
        article(3, 150).id("first").json(),
        article(3, 150).id("same").json(),
        updated.json(),
        article(4, 30).id("short").json(),
        article(5, 6).id("too-short").json(),
        article(6, 150).id("recurring-1").and(&shared).json(),
        article(7, 150).id("recurring-2").and(&shared).json(),
        article(8, 150).id("phrase").and("Réservé aux abonnés").json(),
        agency.json(),
        r#"{"id":"empty","url":"https://x.example/","text":"  "}"#.into(),
        r#"{"id":"without","url":"https://x.example/"}"#.into(),
        r#"{"id":"second","url":"https://x.example/","text":"..."}"#.into(),
        article(19, 150).id("second").json(),
        r#"{"id":"marks","url":"https://x.example/","text":"... --- !!!"}"#.into(),
        r#"{"id":"cut","te"#.into(),
        "[1, 2]".into(),
    ];
    work.put("a.jsonl", entries.join("\n") + "\n");
    make(&work, &["a.jsonl", "-o", "a.fpr"], 3);
    let remarks = remarks(&work, "a.fpr");
    let ids = |remark: &str| {
        let mut ids: Vec<&str> = remarks.get(remark).into_iter().flatten().map(String::as_str).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(ids("skipped").len(), 6, "{remarks:?}");
    assert_eq!(ids("same_id"), ["one#2"]);
    assert_eq!(ids("same_text"), ["same"]);
    assert_eq!(ids("version"), ["version"]);
    assert_eq!(ids("short"), ["short"]);
    assert_eq!(ids("too_short"), ["too-short"]);
    assert_eq!(ids("recurring"), ["recurring-1", "recurring-2"]);
    assert_eq!(ids("phrase"), ["phrase"]);
    assert_eq!(ids("agency"), ["agency"]);
    assert_eq!(info(&work, "a.fpr", 0)["header"]["articles"], 12);
}

#[test]
fn nothing_to_remark_is_an_empty_report_and_nothing_to_take_is_no_file() {
    let work = Work::new();
    articles::fingerprint(&work, "a", &articles::articles(1, 3, 150));
    assert_eq!(remarks(&work, "a.fpr"), BTreeMap::new());
    for (name, content) in [
        ("empty.jsonl", ""),
        ("bad.jsonl", "{\n"),
        ("texts.jsonl", "{\"id\":\"1\",\"url\":\"https://a.example/\"}\n"),
    ] {
        work.put(name, content);
        let run = work.run(["fingerprint", name, "-o", "none.fpr"]).expect(2);
        assert!(run.stderr.starts_with("error: "), "{name}: {}", run.stderr);
        assert!(!work.path("none.fpr").exists(), "{name}");
    }
    for arguments in [&["absent.jsonl", "-o", "none.fpr"][..], &["a.jsonl"], &["-o", "none.fpr"]] {
        make(&work, arguments, 2);
    }
}

#[test]
fn info_shows_the_header_and_checks_the_sum() {
    let work = Work::new();
    let all = articles::articles(1, 4, 150);
    articles::fingerprint(&work, "a", &all);
    let shown = info(&work, "a.fpr", 0);
    assert_eq!(shown["content_sha256_agrees"], true);
    assert_eq!(shown["header"]["articles"], 4);
    assert_eq!(shown["header"]["words"], 600);
    assert_eq!(shown["header"]["profile"], "full");
    assert_eq!(shown["header"]["key"], "public");
    assert_eq!(shown["header"]["normal_form"], 1);
    assert_eq!(shown["header"]["publishers"][0]["name"], "gazette-essai.example");
    assert_eq!(shown["own_words"], 600);
    // The sum that opening checks is mended, the one that tells the content is not.
    let mut changed = bytes(&work, "a.fpr");
    let end = changed.len() - 8;
    changed[end - 40] ^= 1;
    let sum = xxh3_64(&changed[..end]).to_le_bytes();
    changed[end..].copy_from_slice(&sum);
    work.put("changed.fpr", changed);
    assert_eq!(info(&work, "changed.fpr", 4)["content_sha256_agrees"], false);
    let both = work.run(["fingerprint", "--info", "a.fpr", "changed.fpr"]).expect(4);
    assert_eq!(both.stdout.matches("content_sha256_agrees").count(), 2);
    work.run(["fingerprint", "--info", "a.fpx"]).expect(2);
    work.run(["fingerprint", "--info", "absent.fpr"]).expect(2);
}

#[test]
fn text_of_two_publishers_is_shared_once_their_files_are_one() {
    let work = Work::new();
    let common = passage(900, 120);
    let one = article(1, 150).of("Un", "un.example").and(&common);
    let other = article(2, 150).of("Autre", "autre.example").and(&common);
    articles::fingerprint(&work, "a", std::slice::from_ref(&one));
    articles::fingerprint(&work, "b", &[other]);
    let docs = [page_with(10_001, "tiers.example", &[&common]), one.captured("https://copie.example/1")];
    assert_eq!(search(&work, &docs).classes(), ["partial", "full"], "before");
    make(&work, &["--merge", "a.fpr", "b.fpr", "-o", "ab.fpr"], 0);
    make(&work, &["--merge", "b.fpr", "a.fpr", "-o", "ba.fpr"], 0);
    assert!(bytes(&work, "ab.fpr") == bytes(&work, "ba.fpr"), "the order of the files does not show");
    let sides = ["--private", "a.fpx", "--private", "b.fpx"];
    for (what, more) in [("sampled", &[][..]), ("exact", &sides)] {
        let found = articles::scan(&work, &[&["shard.json", "-f", "ab.fpr"], more].concat(), what);
        let of_page: Vec<_> =
            found.rows.iter().filter(|row| row["archive_url"].contains("tiers.example")).collect();
        assert!(!of_page.is_empty(), "{what}: {:?}", found.rows);
        for row in of_page {
            assert_eq!(row["class"], "shared", "{what}: {row:?}");
            let others = if row["publisher"] == "Un" { "Autre" } else { "Un" };
            assert_eq!(row["other_publishers"], others, "{what}");
        }
        // The rest of the article is its own, so a copy of all of it stays one.
        let copies: Vec<_> = found.rows.iter().filter(|row| row["class"] == "full").collect();
        assert_eq!(copies.len(), 1, "{what}: {:?}", found.rows);
        assert_eq!(copies[0]["publisher"], "Un", "{what}");
    }
}

#[test]
fn an_id_of_two_merged_files_stands_for_one_article() {
    let work = Work::new();
    let (one, other) = (article(1, 150).id("x"), article(2, 150).id("x"));
    articles::fingerprint(&work, "a", std::slice::from_ref(&one));
    articles::fingerprint(&work, "b", &[other.clone(), article(3, 150).id("x#2")]);
    let orders = [["a.fpr", "b.fpr", "a.fpr"], ["b.fpr", "a.fpr", "b.fpr"], ["b.fpr", "b.fpr", "a.fpr"]];
    for (index, order) in orders.iter().enumerate() {
        let out = format!("{index}.fpr");
        make(&work, &[&["--merge"], &order[..], &["-o", &out]].concat(), 0);
        assert!(
            bytes(&work, "0.fpr") == bytes(&work, &out),
            "{order:?}: the order of the files does not show"
        );
        assert_eq!(info(&work, &out, 0)["header"]["articles"], 3, "{order:?}: equal articles are one");
        assert_eq!(remarks(&work, &out)["same_id"], ["x#3"], "{order:?}");
    }
    let both = [&*one.text(), &other.text()];
    work.put("shard.json", shard(&[page_with(10_001, "tiers.example", &both), Doc::filler(1)]));
    let sides = ["--private", "a.fpx", "--private", "b.fpx"];
    for (what, more) in [("sampled", &[][..]), ("exact", &sides)] {
        let found = articles::scan(&work, &[&["shard.json", "-f", "0.fpr"], more].concat(), what);
        assert_eq!(found.classes(), ["full", "full"], "{what}: {:?}", found.rows);
        let ids: Vec<String> = found.rows.iter().map(|row| plain(&row["article_id"])).collect();
        assert_eq!(ids, ["x", "x#3"], "{what}");
        let measure = if more.is_empty() { "lower_bound" } else { "exact" };
        assert!(found.rows.iter().all(|row| row["measure"] == measure), "{what}: {:?}", found.rows);
    }
}

#[test]
fn a_side_file_with_other_words_is_not_used() {
    let work = Work::new();
    let one = article(1, 150).id("x");
    articles::fingerprint(&work, "a", std::slice::from_ref(&one));
    articles::fingerprint(&work, "same-length", &[article(2, 150).id("x")]);
    articles::fingerprint(&work, "longer", &[article(3, 160).id("x")]);
    work.put("shard.json", shard(&[one.captured("https://copie.example/1"), Doc::filler(1)]));
    for (side, before) in [("same-length", false), ("longer", true)] {
        let path = format!("{side}.fpx");
        let arguments = ["scan", "shard.json", "-f", "a.fpr", "--private", &path, "-o", side];
        let run = work.run(arguments).expect(if before { 2 } else { 0 });
        assert!(run.stderr.contains("other words"), "{side}: {}", run.stderr);
        if !before {
            let evidence = work.evidence(side);
            let rows = evidence.rows("matches.csv");
            assert_eq!(rows.len(), 1, "{side}: {rows:?}");
            assert_eq!([&*rows[0]["class"], &rows[0]["measure"]], ["full", "lower_bound"], "{side}");
        }
    }
}

#[test]
fn a_file_merged_alone_is_the_same_file() {
    let work = Work::new();
    work.put("archive.key", KEY);
    work.put("a.jsonl", json_lines(&articles::articles(1, 5, 150)));
    for (name, key, more) in [
        ("public", &[][..], &[][..]),
        ("sparse", &[], &["--sparse"]),
        ("dropped", &[], &["--addresses", "drop"]),
        ("keyed", &["--key", "archive.key"], &[]),
        ("kept", &["--key", "archive.key"], &["--addresses", "keep"]),
    ] {
        let (out, merged) = (format!("{name}.fpr"), format!("{name}-merged.fpr"));
        make(&work, &[&["a.jsonl", "-o", &out], key, more].concat(), 0);
        make(&work, &[&["--merge", &out, "-o", &merged], key].concat(), 0);
        assert!(bytes(&work, &out) == bytes(&work, &merged), "{name}");
    }
}

#[test]
fn files_that_do_not_fit_are_not_merged() {
    let work = Work::new();
    work.put("archive.key", KEY);
    work.put("a.jsonl", json_lines(&articles::articles(1, 2, 150)));
    make(&work, &["a.jsonl", "-o", "full.fpr", "--private", "full.fpx"], 0);
    make(&work, &["a.jsonl", "-o", "sparse.fpr", "--sparse"], 0);
    make(&work, &["a.jsonl", "-o", "keyed.fpr", "--key", "archive.key"], 0);
    for files in [
        ["full.fpr", "sparse.fpr"],
        ["sparse.fpr", "full.fpr"],
        ["full.fpr", "keyed.fpr"],
        ["full.fpr", "full.fpx"],
        ["full.fpr", "absent.fpr"],
    ] {
        let run = work.run(["fingerprint", "--merge", files[0], files[1], "-o", "no.fpr"]).expect(2);
        assert!(run.stderr.starts_with("error: "), "{files:?}: {}", run.stderr);
        assert!(run.stderr.contains(files[1]) || run.stderr.contains(files[0]), "{files:?}: {}", run.stderr);
        assert!(!work.path("no.fpr").exists(), "{files:?}");
    }
}

#[test]
fn only_the_holder_of_the_key_can_scan() {
    let work = Work::new();
    work.put("archive.key", KEY);
    work.put("other.key", "another key of enough bytes");
    work.put("short.key", "too short");
    let all = articles::articles(1, 3, 150);
    work.put("a.jsonl", json_lines(&all));
    make(&work, &["a.jsonl", "-o", "a.fpr", "--private", "a.fpx", "--key", "archive.key"], 0);
    make(&work, &["a.jsonl", "-o", "b.fpr", "--private", "b.fpx"], 0);
    work.put("shard.json", shard(&[all[0].captured("https://copie.example/1"), Doc::filler(1)]));
    for arguments in [
        &["-f", "a.fpr"][..],
        &["-f", "a.fpr", "--key", "other.key"],
        &["-f", "a.fpr", "--key", "short.key"],
        &["-f", "a.fpr", "--key", "absent.key"],
        &["-f", "b.fpr", "--key", "archive.key"],
        &["-f", "b.fpr", "--private", "a.fpx"],
        &["-f", "a.fpr", "--key", "archive.key", "--private", "b.fpx"],
    ] {
        let run = work.run([&["scan", "shard.json", "-o", "no"], arguments].concat()).expect(2);
        assert!(run.stderr.starts_with("error: "), "{arguments:?}: {}", run.stderr);
        let says = run.stderr.contains("hint: ") || run.stderr.contains("absent.key");
        assert!(says, "{arguments:?}: {}", run.stderr);
        assert!(!work.path("no").exists(), "{arguments:?}");
    }
    let right = ["shard.json", "-f", "a.fpr", "--key", "archive.key", "--private", "a.fpx"];
    let found = articles::scan(&work, &right, "out");
    assert_eq!(found.classes(), ["full"]);
    assert_eq!(found.rows[0]["article_url"], "", "addresses are not in a file with a key");
    assert_ne!(info(&work, "a.fpr", 0)["header"]["key"], "public");
}

#[test]
fn no_word_of_an_article_is_in_the_files() {
    let work = Work::new();
    work.put("archive.key", KEY);
    let all = articles::articles(1, 6, 120);
    work.put("a.jsonl", json_lines(&all));
    make(&work, &["a.jsonl", "-o", "open.fpr", "--private", "open.fpx"], 0);
    make(&work, &["a.jsonl", "-o", "keyed.fpr", "--private", "keyed.fpx", "--key", "archive.key"], 0);
    make(&work, &["a.jsonl", "-o", "bare.fpr", "--addresses", "drop"], 0);
    let texts: String = all.iter().map(Invented::text).collect();
    let words: std::collections::BTreeSet<&str> =
        texts.split(|character: char| !character.is_alphanumeric()).filter(|word| word.len() > 5).collect();
    assert!(words.len() > 500);
    for name in ["open.fpr", "open.fpx", "keyed.fpr", "keyed.fpx", "bare.fpr"] {
        let bytes = bytes(&work, name);
        for word in &words {
            for form in [(*word).to_owned(), word.to_lowercase(), unaccented(word)] {
                assert!(memchr::memmem::find(&bytes, form.as_bytes()).is_none(), "`{form}` is in {name}");
            }
        }
        let holds = |text: &str| memchr::memmem::find(&bytes, text.as_bytes()).is_some();
        let is_open = name == "open.fpr";
        for article in &all {
            assert_eq!((holds(&article.url), holds(&article.title)), (is_open, is_open), "{name}");
        }
        assert!(name.ends_with("fpx") || holds(&all[0].id), "{name}: ids are there");
    }
}

fn unaccented(word: &str) -> String {
    word.to_lowercase().replace(['é', 'è'], "e").replace('ô', "o")
}

#[test]
fn a_sparse_file_is_a_quarter_and_finds_a_long_copy() {
    let work = Work::new();
    let all = articles::articles(1, 12, 600);
    work.put("a.jsonl", json_lines(&all));
    make(&work, &["a.jsonl", "-o", "full.fpr"], 0);
    make(&work, &["a.jsonl", "-o", "sparse.fpr", "--sparse"], 0);
    let shingles = |name: &str| info(&work, name, 0)["header"]["shingles"].as_f64().expect("a number");
    let share = shingles("sparse.fpr") / shingles("full.fpr");
    assert!((0.21..0.29).contains(&share), "{share}");
    let docs: Vec<Doc> = all
        .iter()
        .enumerate()
        .map(|(i, article)| {
            page_with(10_000 + i as u64, "copie.example", &[&article.part(100 + i * 10, 250 + i * 10)])
        })
        .chain(Doc::fillers(4))
        .collect();
    work.put("shard.json", shard(&docs));
    let found = articles::scan(&work, &["shard.json", "-f", "sparse.fpr"], "out");
    let copied: Vec<String> = found.rows.iter().map(|row| plain(&row["article_id"])).collect();
    let expected: Vec<&String> = all.iter().map(|article| &article.id).collect();
    assert_eq!(copied.iter().collect::<Vec<_>>(), expected);
    assert!(found.classes().iter().all(|class| *class == "partial"), "{:?}", found.classes());
    assert!(found.rows.iter().all(|row| row["measure"] == "lower_bound"));
}

#[test]
fn a_file_that_is_read_is_never_written_over() {
    let work = Work::new();
    work.put("archive.key", KEY);
    let lines = json_lines(&articles::articles(1, 2, 150));
    work.put("a.jsonl", &lines);
    work.put("c.fpr.report.csv", "id,text,url\n1,\"some text\",https://a.example/\n");
    make(&work, &["a.jsonl", "-o", "a.fpr"], 0);
    make(&work, &["a.jsonl", "-o", "b.fpr"], 0);
    let before = crate::scanning::picture(&work.path(""));
    for arguments in [
        &["a.jsonl", "-o", "a.jsonl"][..],
        &["a.jsonl", "-o", "./a.jsonl"],
        &["a.jsonl", "-o", "x.fpr", "--private", "a.jsonl"],
        &["a.jsonl", "-o", "x.fpr", "--private", "x.fpr"],
        &["a.jsonl", "-o", "archive.key", "--key", "archive.key"],
        &["--merge", "a.fpr", "b.fpr", "-o", "a.fpr"],
        &["c.fpr.report.csv", "-o", "c.fpr"],
        &["a.jsonl", "-o", "x.fpr", "--private", "x.fpr.report.csv"],
    ] {
        let run = work.run([&["fingerprint"], arguments].concat());
        assert_eq!(run.exit, 2, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.starts_with("error: "), "{arguments:?}: {}", run.stderr);
        let what = format!("{arguments:?}");
        crate::scanning::same(&what, &before, &crate::scanning::picture(&work.path("")));
    }
}
