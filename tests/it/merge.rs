//! The partitions of a run, merged: the same bytes as one run over all shards, or a refusal.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::kit::doc::Doc;
use crate::kit::frame::Framing;
use crate::kit::shards::{Format, build, published};
use crate::kit::work::{Outcome, Work};
use crate::kit::{articles, fixtures, press};
use crate::scanning::{line, picture, same, scan, work};

/// Every file of a folder of evidence but the manifest and its digest, and what a run that has gaps keeps for the next one.
fn evidence(work: &Work, out: &str) -> BTreeMap<String, Vec<u8>> {
    let mut tree = picture(&work.path(out));
    tree.retain(|name, _| !name.starts_with("manifest.") && !name.starts_with(".shardproof/"));
    tree
}

/// Scans the partitions into `OUT-1` and so on.
#[track_caller]
fn partitions(work: &Work, args: &[&str], of: usize, out: &str) -> Vec<String> {
    let part = |number| {
        let (folder, share) = (format!("{out}-{number}"), format!("{number}/{of}"));
        let run = work.run([args, &["-o", &folder, "--partition", &share]].concat());
        assert!(matches!(run.exit, 0 | 1 | 3), "{share}: {}: {}", run.exit, run.stderr);
        folder
    };
    (1..=of).map(part).collect()
}

fn merge(work: &Work, folders: &[String], args: &[&str], out: &str) -> Outcome {
    let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
    work.run([&["merge"], folders.as_slice(), args, &["-o", out]].concat())
}

/// Scans as a whole and in one to `most` partitions; all must be the same.
#[track_caller]
fn the_same_in_any_division(what: &str, work: &Work, args: &[&str], most: usize) {
    let whole = format!("{what}-whole");
    let exit = work.run([args, &["-o", &whole]].concat()).exit;
    let expected = evidence(work, &whole);
    assert!(expected.contains_key("matches.csv"), "{what}");
    for of in 1..=most {
        let name = format!("{what}-{of}");
        let mut folders = partitions(work, args, of, &name);
        // The order in which they are given decides nothing.
        folders.rotate_left(of / 2);
        let out = format!("{name}-merged");
        let run = merge(work, &folders, &[], &out);
        assert_eq!(run.exit, exit, "{name}: {}", run.stderr);
        same(&name, &expected, &evidence(work, &out));
    }
}

/// Small shards of all formats, and some damaged ones.
fn of_all_formats() -> Work {
    let work = Work::new();
    work.put("list.csv", press::PUBLISHERS_CSV);
    for shard in fixtures::shards() {
        let folder = shard.folder;
        shard
            .built
            .files
            .iter()
            .for_each(|(name, bytes)| drop(work.put(&format!("s/{folder}/{name}"), bytes)));
    }
    for format in [Format::Warc, Format::C4] {
        let built = published(format, &press::docs());
        work.put(&format!("s/cut/{}", built.name()), &built.bytes()[..built.bytes().len() / 2]);
        // The same shard under another path: counted once, whichever partition reads it.
        work.put(&format!("s/again/{}", built.name()), built.bytes());
        work.put(&format!("s/and-again/{}", built.name()), built.bytes());
    }
    work
}

#[test]
fn all_formats_in_any_division_give_the_evidence_of_one_run() {
    let work = of_all_formats();
    let all = ["scan", "s", "-d", "list.csv", "--keep-records", "--census", "--zero-rows"];
    the_same_in_any_division("all", &work, &all, 4);
    the_same_in_any_division("plain", &work, &["scan", "s", "-d", "list.csv", "--depth", "content"], 2);
    let unhashed = ["scan", "s", "-d", "list.csv", "--shard-hash", "none", "--keep-records"];
    the_same_in_any_division("unhashed", &work, &unhashed, 3);
}

#[test]
fn what_other_shards_say_about_an_article_is_known_after_the_merge() {
    let work = Work::new();
    work.put("list.csv", press::PUBLISHERS_CSV);
    let all: Vec<_> = articles::articles(1, 6, 400);
    articles::fingerprint(&work, "a", &all);
    // A passage on many hosts is nobody's own. No partition alone sees them all.
    let passage = all[0].part(100, 160);
    for n in 0..12u64 {
        let mut docs = vec![
            articles::page_with(20_000 + n, &format!("host-{n}.example"), &[&passage]),
            all[n as usize % 5].captured(&format!("https://copy-{n}.example/a")),
            Doc::filler(n as usize),
        ];
        docs.extend(press::docs().into_iter().take(2));
        let format = [Format::Mc4, Format::Wet, Format::Warc][n as usize % 3];
        let built = build(format, format.published(), &docs);
        work.put(&format!("s/{n:02}-{}", built.name()), built.bytes());
    }
    let args = ["scan", "s", "-d", "list.csv", "-f", "a.fpr", "--private", "a.fpx"];
    the_same_in_any_division("articles", &work, &[&args[..], &["--zero-rows", "--census"]].concat(), 4);
    the_same_in_any_division("kept", &work, &[&args[..], &["--keep-records", "--excerpts"]].concat(), 3);
    let zero = work.evidence("articles-4-merged").column("articles.csv", "found");
    assert!(zero.iter().any(|found| found == "no") && zero.iter().any(|found| found == "yes"), "{zero:?}");
}

/// Five shards of one page each and the list.
fn small() -> Work {
    let work = work();
    (0..5).for_each(|n| drop(work.put(&format!("s/{n}.json"), line("www.lemonde.fr", n))));
    work
}

const SMALL: [&str; 5] = ["scan", "s", "-d", "list.csv", "--quiet"];

#[test]
fn a_partition_is_evidence_of_its_own() {
    let work = small();
    partitions(&work, &SMALL, 2, "p");
    let (one, two) = (work.evidence("p-1"), work.evidence("p-2"));
    assert_eq!(one.column("shards.csv", "file"), ["0.json", "2.json", "4.json"]);
    assert_eq!(two.column("shards.csv", "file"), ["1.json", "3.json"]);
    let manifest = two.manifest();
    assert_eq!(manifest["settings"]["partition"], "2/2");
    assert_eq!(manifest["results"]["shards"]["whole"], 2);
    let scope = manifest["statement_of_scope"]["en"].as_str().unwrap();
    assert!(scope.starts_with("Of 2 shards") && scope.contains("partition 2/2 of a run over 5"), "{scope}");
    assert!(!work.path("p-2/.shardproof").exists());
    // Public tools are enough to check what a merge reads.
    let list = String::from_utf8(two.bytes("parts/sha256sums.txt")).unwrap();
    for line in list.lines() {
        let (sha256, name) = line.split_once("  ").unwrap();
        let digest = crate::kit::digest::sha256(&two.bytes(&format!("parts/{name}")));
        assert_eq!(digest, sha256, "{name}");
    }
    let run = work.run([&SMALL[..4], &["-o", "p-2", "--partition", "2/2"]].concat()).expect(0);
    assert!(run.stderr.contains("complete"), "{}", run.stderr);
    let run = work.run([&SMALL[..], &["-o", "p-2", "--partition", "1/2"]].concat()).expect(2);
    assert!(run.stderr.contains("partition"), "{}", run.stderr);
}

#[test]
fn no_such_partition_is_a_wrong_request() {
    let work = small();
    for share in ["0/2", "3/2", "3", "1/0", "a/b", "1/2/3", "-1/2", "1/6", ""] {
        let run = work.run([&SMALL[..], &["-o", "out", &format!("--partition={share}")]].concat()).expect(2);
        assert!(run.stderr.starts_with("error: ") && run.stderr.contains("partition"), "{}", run.stderr);
        assert!(!work.path("out").exists(), "{share}");
    }
}

#[test]
fn a_partition_with_gaps_goes_on_and_is_merged_anew() {
    let work = small();
    work.put("x.paths", "s/0.json\ns/1.json\nlate.json\n");
    let args = ["scan", "x.paths", "-d", "list.csv"];
    let folders = partitions(&work, &args, 2, "p");
    let run = merge(&work, &folders, &[], "out").expect(3);
    assert!(run.stderr.contains("late.json"), "{}", run.stderr);
    // The plan is sorted by name: `late.json` is the first and read by the first partition.
    work.put("late.json", line("www.lemonde.fr", 9));
    let run = work.run([&args[..], &["-o", "p-1", "--partition", "1/2"]].concat()).expect(0);
    assert!(run.stderr.contains("going on: 1 of 2"), "{}", run.stderr);
    merge(&work, &folders, &[], "out").expect(0);
    scan(&work, &["x.paths"], "whole").expect(0);
    same("late", &evidence(&work, "whole"), &evidence(&work, "out"));
    let run = merge(&work, &folders, &[], "out").expect(0);
    assert!(run.stderr.contains("complete"), "{}", run.stderr);
}

#[test]
fn partitions_that_do_not_belong_together_are_refused() {
    let work = small();
    work.put("other.csv", "publisher,title,domain\nX,Y,example.org\n");
    work.put("t/0.json", line("www.lemonde.fr", 0));
    work.put("t/1.json", line("www.lemonde.fr", 1));
    partitions(&work, &SMALL, 2, "p");
    let other = |name: &str, args: &[&str]| {
        partitions(&work, args, 2, name);
        format!("{name}-2")
    };
    let cases = [
        (other("depth", &[&SMALL[..], &["--depth", "content"]].concat()), "depth"),
        (other("census", &[&SMALL[..], &["--census"]].concat()), "census"),
        (other("kept", &[&SMALL[..], &["--keep-records"]].concat()), "keep_records"),
        (other("zero", &[&SMALL[..], &["--zero-rows"]].concat()), "zero_rows"),
        (other("hash", &[&SMALL[..], &["--shard-hash", "none"]].concat()), "shard_hash"),
        (other("named", &[&SMALL[..], &["--dataset", "mine"]].concat()), "dataset"),
        (other("list", &["scan", "s", "-d", "other.csv"]), "domains_sha256"),
        (other("shards", &["scan", "t", "-d", "list.csv"]), "shards_sha256"),
    ];
    for (folder, word) in &cases {
        let run = merge(&work, &["p-1".into(), folder.clone()], &[], "out").expect(2);
        let says =
            run.stderr.starts_with("error: ") && run.stderr.contains(word) && run.stderr.contains("p-1");
        assert!(says, "{folder}: {}", run.stderr);
    }
    partitions(&work, &SMALL, 3, "three");
    scan(&work, &["s"], "whole").expect(0);
    work.put("empty/x", "");
    let refused = |folders: &[&str], words: &[&str]| {
        let folders: Vec<String> = folders.iter().map(ToString::to_string).collect();
        let run = merge(&work, &folders, &[], "out").expect(2);
        for word in words {
            assert!(run.stderr.contains(word), "{folders:?}: no {word} in {}", run.stderr);
        }
    };
    refused(&["p-1", "three-2"], &["partitions: 2 and 3"]);
    refused(&["p-1", "p-1"], &["twice", "1/2"]);
    refused(&["p-2", "p-1", "p-2"], &["twice", "2/2"]);
    refused(&["p-1"], &["partition 2/2 is missing", "--allow-missing"]);
    refused(&["three-2"], &["partition 1/3 and 1 more is missing"]);
    refused(&["p-1", "whole"], &["`whole`", "whole run"]);
    refused(&["p-1", "empty"], &["`empty`", "manifest.json"]);
    refused(&["p-1", "nowhere"], &["`nowhere`"]);
    assert!(!work.path("out").exists(), "a refusal writes nothing");
    merge(&work, &["p-1".into(), "p-2".into()], &[], "p-1").expect(2);
    merge(&work, &["p-1".into(), "p-2".into()], &[], "t").expect(2);
}

#[test]
fn partitions_of_another_version_are_refused() {
    let work = small();
    let folders = partitions(&work, &SMALL, 2, "p");
    for folder in &folders {
        let mut manifest = work.evidence(folder).manifest();
        manifest["settings"]["tool_version"] = "0.0.1".into();
        restate(&work, folder, &manifest);
    }
    let run = merge(&work, &folders, &[], "out").expect(2);
    assert!(run.stderr.contains("version 0.0.1"), "{}", run.stderr);
}

/// Writes another manifest, and the digest that covers it, as somebody does who knows the form.
fn restate(work: &Work, folder: &str, manifest: &Value) {
    let text = manifest.to_string();
    let digest = crate::kit::digest::sha256(text.as_bytes());
    work.put(&format!("{folder}/manifest.sha256"), format!("{digest}  manifest.json\n"));
    work.put(&format!("{folder}/manifest.json"), text);
}

#[test]
fn a_manifest_that_its_digest_does_not_cover_is_refused() {
    let work = small();
    let folders = partitions(&work, &SMALL, 2, "p");
    let (bytes, digest) =
        (work.evidence("p-2").bytes("manifest.json"), work.evidence("p-2").bytes("manifest.sha256"));
    let text = String::from_utf8(bytes.clone()).unwrap();
    let manifests = [
        // What a merge repeats, what it does not, and what does not parse.
        text.replacen("\"operator\": null", "\"operator\": \"Nobody\"", 1),
        text.replacen("\"ended\": 1", "\"ended\": 2", 1),
        text.replacen("\"exit_code\": 0", "\"exit_code\": 3", 1),
        text.clone() + "\n",
        text[..text.len() / 2].to_owned(),
    ];
    let refused = |what: &str| {
        let run = merge(&work, &folders, &[], "out").expect(2);
        for word in ["`p-2`", "manifest.json", "manifest.sha256", "nothing was written", "scan the partition"]
        {
            assert!(run.stderr.contains(word), "{what}: no `{word}` in {}", run.stderr);
        }
        assert!(!work.path("out").exists(), "{what}");
    };
    for changed in manifests.iter().filter(|changed| **changed != text) {
        work.put("p-2/manifest.json", changed);
        refused(changed);
    }
    work.put("p-2/manifest.json", &bytes);
    work.put("p-2/manifest.sha256", digest.to_ascii_uppercase());
    refused("another digest");
    std::fs::remove_file(work.path("p-2/manifest.sha256")).unwrap();
    refused("no digest");
    work.put("p-2/manifest.sha256", &digest);
    merge(&work, &folders, &[], "out").expect(0);
}

#[test]
fn what_was_changed_after_the_scan_is_refused() {
    let args = ["scan", "s", "-d", "list.csv", "--keep-records", "--census"];
    let work = small();
    let folders = partitions(&work, &args, 2, "p");
    merge(&work, &folders, &[], "untouched").expect(0);
    let before = picture(&work.path("p-2/parts"));
    assert!(before.len() >= 8, "{:?}", before.keys());
    for (name, bytes) in &before {
        let path = format!("p-2/parts/{name}");
        let mut changed = bytes.clone();
        let middle = changed.len() / 2;
        changed[middle] ^= 1;
        let states = [Some(changed), Some(bytes[..bytes.len() - 1].to_vec()), Some(Vec::new()), None];
        for state in states {
            // A file of its own: the kept records have a second name in `records/`.
            std::fs::remove_file(work.path(&path)).unwrap();
            state.iter().for_each(|bytes| drop(work.put(&path, bytes)));
            let run = merge(&work, &folders, &[], "out").expect(2);
            assert!(
                run.stderr.contains("p-2") && run.stderr.contains(name.as_str()),
                "{name}: {}",
                run.stderr
            );
            work.put(&path, bytes);
        }
    }
    work.put("p-2/parts/00000099.part", "one more");
    assert!(merge(&work, &folders, &[], "out").expect(2).stderr.contains("00000099.part"));
    std::fs::remove_file(work.path("p-2/parts/00000099.part")).unwrap();
    assert!(!work.path("out").exists());
    merge(&work, &folders, &[], "out").expect(0);
}

#[test]
fn a_missing_partition_is_a_gap_that_is_named() {
    let work = small();
    let folders = partitions(&work, &SMALL, 3, "p");
    let given = [folders[0].clone(), folders[2].clone()];
    let run = merge(&work, &given, &["--allow-missing"], "out").expect(3);
    assert!(run.stderr.contains("gap: `1.json`") && run.stderr.contains("partition 2/3"), "{}", run.stderr);
    let out = work.evidence("out");
    let rows = out.rows("shards.csv");
    assert_eq!(rows.len(), 5);
    for row in &rows {
        let is_missing = ["1.json", "4.json"].contains(&row["file"].as_str());
        assert_eq!(row["status"], if is_missing { "failed" } else { "whole" }, "{row:?}");
        assert_eq!(row["reason"].contains("partition 2/3"), is_missing, "{row:?}");
        assert!(row["shard"].ends_with(&row["file"]), "{row:?}");
    }
    assert_eq!(out.rows("matches.csv").len(), 3);
    let manifest = out.manifest();
    assert_eq!((&manifest["exit_code"], &manifest["merged"]["missing"][0]), (&3.into(), &Value::from("2/3")));
    assert!(manifest["statement_of_scope"]["en"].as_str().unwrap().contains("Not looked at"), "{manifest}");
    // When it comes, the same folder becomes whole.
    merge(&work, &folders, &["--allow-missing"], "out").expect(0);
    scan(&work, &["s"], "whole").expect(0);
    same("complete", &evidence(&work, "whole"), &evidence(&work, "out"));
    let manifest = out.manifest();
    let digests: Vec<String> = manifest["merged"]["partitions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|partition| partition["manifest_sha256"].as_str().unwrap().to_owned())
        .collect();
    let expected: Vec<String> = folders
        .iter()
        .map(|folder| crate::kit::digest::sha256(&work.evidence(folder).bytes("manifest.json")))
        .collect();
    assert_eq!(digests, expected);
}

#[test]
fn nothing_but_missing_and_failed_shards_is_nothing_usable() {
    let work = small();
    work.put("x.paths", "gone.json\ns/1.json\n");
    let folders = partitions(&work, &["scan", "x.paths", "-d", "list.csv"], 2, "p");
    merge(&work, &folders[..1], &["--allow-missing"], "out").expect(1);
}

#[test]
fn the_order_and_the_damage_of_shards_play_no_part() {
    let work = Work::new();
    work.put("list.csv", press::PUBLISHERS_CSV);
    for n in 0..7 {
        let built = build(Format::C4, Framing::GzipWhole, &[press::docs(), vec![Doc::filler(n)]].concat());
        let bytes = match n % 3 {
            0 => built.bytes().to_vec(),
            _ => built.bytes()[..built.bytes().len() - 40 * n].to_vec(),
        };
        work.put(&format!("{}.json.gz", 9 - n), bytes);
    }
    work.put("x.paths", "3.json.gz\n9.json.gz\n5.json.gz\n4.json.gz\n6.json.gz\n8.json.gz\n7.json.gz\n");
    let args = ["scan", "x.paths", "-d", "list.csv", "--keep-records", "--threads", "1"];
    the_same_in_any_division("damage", &work, &args, 4);
}
