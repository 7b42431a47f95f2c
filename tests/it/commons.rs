//! Lists of text that many sites have: what is in them, and what they change.

use std::collections::BTreeMap;

use crate::kit::articles::{article, fingerprint, page_with, passage};
use crate::kit::doc::Doc;
use crate::kit::frame::Framing;
use crate::kit::shards::{Format, build, published};
use crate::kit::work::{Outcome, Work};

/// Two notices of 80 words. The first stands on five domains, the second on four, on one of them often.
fn notices() -> [String; 2] {
    [passage(71_000, 80), passage(72_000, 80)]
}

fn sample() -> Vec<Doc> {
    let [five, four] = notices();
    let mut docs: Vec<Doc> =
        (0..5).map(|site| page_with(500 + site, &format!("site{site}.example"), &[&five])).collect();
    for (index, host) in ["a.example", "b.example", "c.example", "d.example", "www.d.example", "x.d.example"]
        .iter()
        .enumerate()
    {
        docs.push(page_with(600 + index as u64, host, &[&four]));
    }
    docs
}

/// A folder with the sample as two WET shards, and `a.fpr` of two articles, each with one of the notices.
fn work() -> Work {
    let work = Work::new();
    let docs = sample();
    for (number, half) in docs.chunks(6).enumerate() {
        let shard = published(Format::Wet, half);
        work.put(&format!("sample/{number}.warc.wet.gz"), shard.bytes());
    }
    let [five, four] = notices();
    fingerprint(&work, "a", &[article(1, 300).and(&five), article(2, 300).and(&four)]);
    work
}

fn commons(work: &Work, args: &[&str]) -> Outcome {
    work.run([&["commons"], args].concat())
}

/// The class of the row about each article, for a record that holds the notices and nothing else of it.
fn classes(work: &Work, out: &str, list: &[&str]) -> BTreeMap<String, String> {
    let [five, four] = notices();
    let docs = [page_with(900, "reader.example", &[&five]), page_with(901, "reader.example", &[&four])];
    let shard = published(Format::Wet, &docs);
    work.put("new/0.warc.wet.gz", shard.bytes());
    work.run([&["scan", "new", "-f", "a.fpr", "-o", out], list].concat()).expect(0);
    let rows = work.evidence(out).rows("matches.csv");
    rows.into_iter().map(|row| (row["article_id"].clone(), row["class"].clone())).collect()
}

#[test]
fn text_on_five_domains_is_no_articles_own_and_on_four_it_is() {
    let work = work();
    let run = commons(&work, &["sample", "-o", "c.fpc"]).expect(0);
    for words in ["11 texts of 9 domains", "0 texts without an address", "sha256 "] {
        assert!(run.stderr.contains(words), "no `{words}` in {}", run.stderr);
    }
    let without = classes(&work, "without", &[]);
    assert_eq!(without["a-0001"], "partial");
    assert_eq!(without["a-0002"], "partial");
    let with = classes(&work, "with", &["--commons", "c.fpc"]);
    assert_eq!(with["a-0001"], "shared");
    assert_eq!(with["a-0002"], "partial", "four domains are too few, however many hosts they have");
}

#[test]
fn the_list_is_the_same_whoever_reads_the_shards() {
    let work = work();
    let whole = build(Format::Wet, Framing::GzipWhole, &sample());
    work.put("whole/0.warc.wet.gz", whole.bytes());
    let plain = build(Format::Wet, Framing::Plain, &sample());
    work.put("plain/0.warc.wet", plain.bytes());
    let mut lists = Vec::new();
    for (args, name) in [
        (["sample", "--threads", "1"].as_slice(), "1.fpc"),
        (&["sample", "--threads", "4"], "4.fpc"),
        (&["whole", "--threads", "4"], "whole.fpc"),
        (&["plain", "--threads", "2"], "plain.fpc"),
        // A text that was seen already, at the same address, says nothing new.
        (&["sample", "plain", "whole", "--threads", "3"], "all.fpc"),
    ] {
        commons(&work, &[args, &["-o", name, "--quiet"]].concat()).expect(0);
        lists.push(std::fs::read(work.path(name)).unwrap());
    }
    assert!(lists.windows(2).all(|pair| pair[0] == pair[1]));
    // It could be another: without one of the domains, the first notice is not common.
    work.put("less/0.warc.wet.gz", published(Format::Wet, &sample()[1..]).bytes());
    commons(&work, &["less", "-o", "less.fpc", "--quiet"]).expect(0);
    assert_ne!(std::fs::read(work.path("less.fpc")).unwrap(), lists[0]);
}

#[test]
fn texts_without_an_address_are_counted_and_do_not_count() {
    let work = work();
    let docs = sample();
    let texts = published(Format::Oscar2019, &docs);
    work.put(&format!("bare/{}", texts.name()), texts.bytes());
    let run = commons(&work, &["sample", "bare", "-o", "c.fpc"]).expect(0);
    assert!(run.stderr.contains("11 texts of 9 domains"), "{}", run.stderr);
    assert!(!run.stderr.contains(" 0 texts without an address"), "{}", run.stderr);
    let run = commons(&work, &["bare", "-o", "none.fpc"]).expect(2);
    assert!(run.stderr.contains("none of the texts has an address"), "{}", run.stderr);
    assert!(!work.path("none.fpc").exists());
}

#[test]
fn a_shard_that_cannot_be_read_is_named() {
    let work = work();
    let shard = published(Format::Wet, &sample());
    work.put("cut/cut.warc.wet.gz", &shard.bytes()[..shard.bytes().len() / 2]);
    work.put("bad/bad.json", "[]");
    let run = commons(&work, &["sample", "cut", "-o", "c.fpc"]).expect(3);
    assert!(run.stderr.contains("gap: `cut/cut.warc.wet.gz`: "), "{}", run.stderr);
    let run = commons(&work, &["bad", "-o", "d.fpc"]).expect(1);
    assert!(run.stderr.contains("bad/bad.json") && !work.path("d.fpc").exists(), "{}", run.stderr);
}

#[test]
fn a_list_is_for_the_fingerprints_of_its_key() {
    let work = work();
    work.put("key", "a key that nobody can guess");
    commons(&work, &["sample", "-o", "c.fpc", "--key", "key", "--quiet"]).expect(0);
    let args = ["scan", "sample", "-f", "a.fpr", "--commons", "c.fpc", "-o", "out"];
    assert!(work.run(args).expect(2).stderr.contains("key"));
    let run = commons(&work, &["sample", "-o", "sample/0.warc.wet.gz"]).expect(2);
    assert!(run.stderr.contains("would be written over"), "{}", run.stderr);
    commons(&work, &["sample", "-o", "gone/c.fpc"]).expect(2);
}
