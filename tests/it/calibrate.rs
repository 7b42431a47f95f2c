//! The measurement of a scan's errors: it finds what is there, and it can say no.

use serde_json::Value;

use crate::kit::articles::{Invented, article, articles, fingerprint, json_lines, page_with, passage, shard};
use crate::kit::doc::Doc;
use crate::kit::work::{Outcome, Work};

fn hosts(count: u64) -> Vec<Doc> {
    (0..count)
        .map(|n| {
            let passages: Vec<String> = (0..5).map(|part| passage(30_000 + n * 10 + part, 40)).collect();
            let lines: Vec<&str> = passages.iter().map(String::as_str).collect();
            page_with(20_000 + n, &format!("host{n}.example"), &lines)
        })
        .collect()
}

/// A folder with two shards of host texts, and `a.fpr` of these articles.
fn work(held: &[Invented]) -> Work {
    let work = Work::new();
    for (number, docs) in hosts(24).chunks(12).enumerate() {
        work.put(&format!("shards/{number}.json"), shard(docs));
    }
    fingerprint(&work, "a", held);
    work
}

fn calibrate(work: &Work, args: &[&str]) -> Outcome {
    let common = ["calibrate", "shards", "-f", "a.fpr", "--articles", "a.jsonl", "--out", "report.json"];
    work.run([&common, args].concat())
}

fn report(work: &Work) -> Value {
    serde_json::from_slice(&std::fs::read(work.path("report.json")).unwrap()).expect("the report is JSON")
}

/// A measured share of a kind.
#[track_caller]
fn share(report: &Value, kind: &str) -> f64 {
    let kinds = report["result"]["kinds"].as_array().unwrap();
    let found = kinds.iter().find(|entry| entry["kind"] == kind).unwrap_or_else(|| panic!("no {kind}"));
    found["stated"]["rate"].as_f64().unwrap_or_else(|| panic!("nothing of the kind {kind}: {found}"))
}

#[test]
fn copies_are_found_and_decoys_are_not() {
    let work = work(&articles(1, 20, 400));
    let run = calibrate(&work, &[]).expect(0);
    let report = report(&work);
    for kind in ["whole", "half", "quarter", "teaser", "edited_5_percent", "scattered", "typography"] {
        assert_eq!(share(&report, kind), 1.0, "{kind}\n{}", run.stdout);
    }
    for kind in ["quote", "phrase", "shuffled", "host"] {
        assert_eq!(share(&report, kind), 0.0, "{kind}\n{}", run.stdout);
    }
    assert_eq!((&report["articles_planted"], &report["texts"]), (&20.into(), &24.into()));
    let wrong = &report["result"]["false_texts"];
    assert_eq!((&wrong["count"], &wrong["of"]), (&0.into(), &220.into()), "hosts by themselves do not count");
    assert!(wrong["high"].as_f64().unwrap() > 0.01, "nothing seen in 220 texts is not never");
    for words in
        ["whole", "100.0 % (at least 83.9 %)", "0 (at most 16.1 %)", "found: ", "false: 0 of 220 texts"]
    {
        assert!(run.stdout.contains(words), "no `{words}` in\n{}", run.stdout);
    }
}

#[test]
fn a_matcher_that_finds_less_shows_less() {
    let work = work(&articles(1, 40, 260));
    calibrate(&work, &[]).expect(0);
    let full = report(&work);
    work.run(["fingerprint", "a.jsonl", "-o", "a.fpr", "--sparse"]).expect(0);
    calibrate(&work, &[]).expect(0);
    let sparse = report(&work);
    assert_eq!(sparse["settings"]["profile"], "sparse");
    for kind in ["quarter", "edited_20_percent"] {
        assert!(share(&sparse, kind) < share(&full, kind), "{kind}: {sparse:#}");
    }
    assert!(sparse["result"]["recall"]["rate"].as_f64() < full["result"]["recall"]["rate"].as_f64());
}

#[test]
fn a_false_row_is_counted() {
    let held = articles(1, 10, 300);
    let work = work(&held);
    // The file holds none of them by its id; the text of the last one it does hold.
    let others = [article(51, 300), article(52, 300), held[0].clone().id("another")];
    work.put("others.jsonl", json_lines(&others));
    let run = calibrate(&work, &["--articles", "others.jsonl"]).expect(0);
    let report = report(&work);
    assert_eq!(report["articles_planted_that_the_file_does_not_hold"], 3);
    assert!((share(&report, "other") - 1.0 / 3.0).abs() < 1e-5, "{}", run.stdout);
    assert_eq!(report["result"]["false_texts"]["count"], 1);
    assert!(run.stdout.contains("false: 1 of 113 texts"), "{}", run.stdout);
    let named = &report["result"]["first_false_rows"];
    assert_eq!(named.as_array().unwrap().len(), 1, "{named}");
    assert!(named[0]["planted"].as_str().unwrap().ends_with("/another"), "{named}");
    assert!(named[0]["stated"].as_str().unwrap().ends_with("/a-0001"), "{named}");
    assert!(run.stdout.contains("/another` is stated as a copy of `"), "{}", run.stdout);
}

#[test]
fn the_commons_list_of_the_scan_takes_part() {
    let work = work(&articles(1, 5, 300));
    // All of an article stands on five domains, so that no copy of it can be stated any more.
    let spread: Vec<Doc> =
        (0..5).map(|site| article(1, 300).captured(&format!("https://s{site}.example/"))).collect();
    work.put("crawl/0.json", shard(&spread));
    work.run(["commons", "crawl", "-o", "c.fpc", "--quiet"]).expect(0);
    calibrate(&work, &["--commons", "c.fpc"]).expect(0);
    assert_eq!(share(&report(&work), "whole"), 0.8);
}

#[test]
fn the_same_seed_gives_the_same_report() {
    let work = work(&articles(1, 12, 300));
    let mut backwards = articles(1, 12, 300);
    backwards.reverse();
    work.put("b.jsonl", json_lines(&backwards));
    let few = ["--sample", "7", "--records", "9"];
    let bytes = |args: &[&str]| {
        calibrate(&work, &[&few, args].concat()).expect(0);
        std::fs::read(work.path("report.json")).unwrap()
    };
    let one = bytes(&["--threads", "1"]);
    assert!(one == bytes(&["--threads", "4"]), "another number of workers");
    assert!(one != bytes(&["--seed", "2"]), "another seed");
    let order = ["calibrate", "shards/1.json", "shards/0.json", "-f", "a.fpr", "--out", "report.json"];
    work.run([&order[..], &["--articles", "b.jsonl"], &few].concat()).expect(0);
    assert!(one == std::fs::read(work.path("report.json")).unwrap(), "another order");
    let report = report(&work);
    assert_eq!((&report["articles_planted"], &report["texts"]), (&7.into(), &9.into()));
}

#[test]
fn the_manifest_repeats_the_report() {
    let work = work(&articles(1, 4, 300));
    calibrate(&work, &["--private", "a.fpx"]).expect(0);
    let args =
        ["scan", "shards", "-f", "a.fpr", "--private", "a.fpx", "--calibration", "report.json", "-o", "out"];
    work.run(args).expect(0);
    let manifest = work.evidence("out").manifest();
    assert_eq!(manifest["articles"]["calibration"], report(&work));
    assert_eq!(
        report(&work)["settings"]["fingerprints_sha256"],
        manifest["settings"]["articles"]["fingerprints_sha256"]
    );
}

#[test]
fn records_in_which_the_scan_finds_something_take_no_copy() {
    let held = articles(1, 4, 300);
    let work = work(&held);
    let copies: Vec<Doc> = held.iter().map(|article| article.captured("https://copy.example/")).collect();
    work.put("copies/0.json", shard(&copies));
    calibrate(&work, &["copies"]).expect(0);
    let mixed = report(&work);
    assert_eq!((&mixed["records_examined"], &mixed["texts"]), (&28.into(), &24.into()));
    let args = ["calibrate", "copies", "-f", "a.fpr", "--articles", "a.jsonl"];
    assert!(work.run(args).expect(2).stderr.contains("no text of the shards can take a copy"));
}

#[test]
fn wrong_requests_and_gaps_are_named() {
    let work = work(&articles(1, 4, 300));
    work.put("others.jsonl", json_lines(&articles(50, 3, 300)));
    let args = ["calibrate", "shards", "-f", "a.fpr", "--articles", "others.jsonl"];
    let run = work.run(args).expect(2);
    assert!(run.stderr.contains("3 are not in `a.fpr`") && run.stderr.contains("hint: "), "{}", run.stderr);
    // The ids are known, and the texts are not those that were fingerprinted.
    let changed: Vec<Invented> =
        articles(1, 4, 300).into_iter().map(|article| article.and("Korrektur.")).collect();
    work.put("changed.jsonl", json_lines(&changed));
    let args = ["calibrate", "shards", "-f", "a.fpr", "--articles", "changed.jsonl"];
    assert!(work.run(args).expect(2).stderr.contains("4 are not as they were fingerprinted"));
    let run = calibrate(&work, &["--out", "a.jsonl"]);
    assert!(run.exit == 2, "{}", run.stderr);
    work.put("shards/bad.json", "[]");
    let run = calibrate(&work, &[]).expect(3);
    assert!(run.stderr.contains("gap: `shards/bad.json`: "), "{}", run.stderr);
    assert_eq!(report(&work)["shards_with_gaps"], 1);
    let args = ["calibrate", "shards/bad.json", "-f", "a.fpr", "--articles", "a.jsonl"];
    work.run(args).expect(1);
}

#[test]
fn both_commands_explain_themselves() {
    let work = Work::new();
    for (command, expected) in [
        ("calibrate", ["Examples:", "--calibration", "Exit codes:"]),
        ("commons", ["Examples:", "Memory:", "Exit codes:"]),
    ] {
        let run = work.run([command, "--help"]).expect(0);
        for words in expected {
            assert!(run.stdout.contains(words), "{command}: no {words} in\n{}", run.stdout);
        }
        assert!(run.stdout.lines().all(|line| line.chars().count() <= 110), "{command}: {}", run.stdout);
        assert!(work.run(["--help"]).stdout.contains(command));
    }
}

#[test]
fn articles_that_are_not_stated_by_themselves_are_not_planted() {
    let wire = Invented { credit: "AFP".into(), ..article(1, 300) };
    let version = article(2, 300).and(&passage(41_000, 10)).id("version");
    let work = work(&[wire, article(2, 300), version, article(3, 40), article(4, 300), article(5, 300)]);
    // Of two articles with one id nobody can say which one the file holds under it.
    work.put("twice.jsonl", json_lines(&[article(5, 300), article(6, 300).id("a-0005")]));
    work.run(["fingerprint", "a.jsonl", "-o", "a.fpr"]).expect(0);
    calibrate(&work, &["--articles", "twice.jsonl"]).expect(0);
    let report = report(&work);
    assert_eq!(report["articles"]["articles"], 8);
    assert_eq!(report["articles"]["not_eligible"], 3, "agency, version, short: {}", report["articles"]);
    assert_eq!(report["articles_planted"], 2, "the second and the fourth: {report:#}");
}
