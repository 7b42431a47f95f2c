//! OSCAR 21.09: no file of a pair is called whole when the other was not looked at.

use crate::kit::articles;
use crate::kit::frame::Framing;
use crate::kit::press;
use crate::kit::shards::{Format, build};
use crate::kit::work::{Work, plain};
use crate::probe::{self, Row};

#[test]
fn metadata_alone_is_examined_whether_or_not_its_text_lies_beside_it() {
    let built = build(Format::Oscar2109, Framing::GzipWhole, &press::docs());
    let (text, metadata) = (built.files[0].0.clone(), built.files[1].0.clone());
    let scan = |work: &Work, shards: &[&str]| {
        work.put("list.csv", press::PUBLISHERS_CSV);
        let args = [&["scan"], shards, &["-d", "list.csv", "-o", "out"]].concat();
        work.run(&args).expect(0);
        let rows = work.evidence("out").rows("matches.csv");
        let missing = rows.iter().filter(|row| row["flags"].contains("text_not_at_hand")).count();
        (rows.len(), missing)
    };
    let work = Work::new();
    work.put_built(&built);
    let (both, missing) = scan(&work, &[&text, &metadata]);
    assert!(both > 0 && missing == 0, "{both} rows, {missing} without text");

    let beside = Work::new();
    beside.put_built(&built);
    assert_eq!(
        scan(&beside, &[&metadata]),
        (both, both),
        "the text lies beside it and is no shard of the run"
    );

    let alone = Work::new();
    alone.put(&metadata, &built.files[1].1);
    assert_eq!(scan(&alone, &[&metadata]), (both, both), "the text is not there");
}

/// Scans a pair of these texts and metadata lines, `OFFSET COUNT HOST`, by domain. Answers the rows and the text's receipt.
fn scan_pair(text: &str, metadata: &[(u64, u64, &str)]) -> (Vec<Row>, Row) {
    let work = Work::new();
    put_pair(&work, text, metadata);
    let scanned = probe::scan(&work, text, &["in"]);
    let receipt = scanned.of("fr_part_1.txt").clone();
    (scanned.matches, receipt)
}

fn put_pair(work: &Work, text: &str, metadata: &[(u64, u64, &str)]) {
    let line = |&(offset, count, host): &(u64, u64, &str)| {
        let url = format!("https://{host}/");
        format!(
            "{{\"headers\":{{\"warc-target-uri\":\"{url}\"}},\"offset\":{offset},\"nb_sentences\":{count}}}\n"
        )
    };
    work.put("in/fr_part_1.txt", text);
    work.put("in/fr_meta_part_1.jsonl", metadata.iter().map(line).collect::<String>());
}

#[test]
fn text_that_no_metadata_line_claims_is_told_wherever_it_stands() {
    let text = "one\n\ntwo a\ntwo b\n\nthree\n";
    let other = "autre.example";
    let whole = [(0, 1, other), (2, 2, other), (5, 1, other)];
    assert_eq!(scan_pair(text, &whole).1["status"], "whole");
    for (what, metadata, problem) in [
        ("between", [whole[0], whole[2]].as_slice(), "2 lines of text"),
        ("before", &whole[1..], "a line of text"),
        ("behind", &whole[..2], "a line of text"),
        ("too little is claimed", &[whole[0], (2, 1, other), whole[2]], "a line of text"),
    ] {
        let (_, receipt) = scan_pair(text, metadata);
        assert_eq!((&*receipt["status"], &*receipt["unread_reasons"]), ("partial", "no_address=1"), "{what}");
        assert!(
            receipt["problems"].contains(&format!("{problem} that no metadata line")),
            "{what}: {receipt:?}"
        );
        assert_eq!(receipt["lines"], "6", "{what}");
    }
}

#[test]
fn a_metadata_line_without_text_gives_no_row() {
    let text = "one\n\ntwo\n";
    let listed = "www.lemonde.fr";
    let (rows, receipt) = scan_pair(text, &[(0, 1, listed), (2, 1, listed)]);
    assert_eq!((rows.len(), &*receipt["status"]), (2, "whole"));
    for claim in [(99_999, 0), (99_999, 1), (3, 0), (2, 0)] {
        let (rows, receipt) = scan_pair(text, &[(0, 1, listed), (claim.0, claim.1, listed)]);
        assert_eq!((rows.len(), &*receipt["damaged"], &*receipt["status"]), (1, "1", "partial"), "{claim:?}");
    }
}

#[test]
fn articles_are_looked_for_in_text_that_no_metadata_line_claims() {
    let work = Work::new();
    let all = articles::articles(1, 2, 300);
    articles::fingerprint(&work, "a", &all);
    let texts: Vec<String> = all.iter().map(|one| one.paragraphs.join("\n") + "\n").collect();
    let count = |n: usize| all[n].paragraphs.len() as u64;
    let text = format!("{}\n{}", texts[0], texts[1]);
    put_pair(&work, &text, &[(count(0) + 1, count(1), "autre.example")]);
    let found = articles::scan(&work, &["in", "-f", "a.fpr", "--private", "a.fpx"], "out");
    assert_eq!(found.classes(), ["full", "full"], "{:?}", found.rows);
    let row = &found.rows[0];
    assert_eq!((&*plain(&row["archive_url"]), &*row["offset"], &*row["line"]), ("", "0", "1"));
    assert_eq!(row["record_sha256"], probe::sha256(texts[0].trim_end().as_bytes()));
    let receipt = found.shards.iter().find(|row| row["file"] == "fr_part_1.txt").expect("a receipt");
    assert_eq!((&*receipt["status"], &*receipt["found"]), ("partial", "2"));
    work.run(["verify", "out", "-f", "a.fpr", "--private", "a.fpx"]).expect(0);
}
