//! The copy for sharing: what must go is nowhere in it, and what must stay is.

use std::fs;

use crate::kit::articles;
use crate::kit::work::{Work, plain};
use crate::scanning::{line, picture, same, scan, work};

/// What no byte of the copy may hold.
const HIDDEN: [&str; 5] = ["hidden-query", "hidden-fragment", "hidden-mirror", "hidden-command", "10.9.8.7"];

/// Evidence with queries in every place where one can stand.
fn prepared() -> Work {
    let work = work();
    let url = |url: &str| line("x.example", 1).replace("https://x.example/page/1", url);
    let lines = [
        url("https://www.lemonde.fr/a?s=hidden-query&x=1#hidden-fragment"),
        url("https://www.lemonde.fr/b#hidden-fragment"),
        url("https://www.lemonde.fr/plain"),
        url("https://www-lemonde-fr.cdn.ampproject.org/c/s/www.lemonde.fr/c%3Fid%3Dhidden-mirror"),
        url("https://www-lemonde-fr.translate.goog/d?id=hidden-mirror&_x_tr_sl=fr"),
        url("https://web.archive.org/web/2020/https://www.lemonde.fr/e?id=hidden-mirror"),
    ];
    work.put("s/a.json", lines.concat());
    scan(&work, &["s", "--keep-records", "--purpose", "see https://me.example/?hidden-command"], "e")
        .expect(0);
    work.put(
        "e/acquisition.csv",
        "shard,url,remote_ip,bytes\na,https://h.example/a?hidden-query,10.9.8.7,5\n",
    );
    work.put("e/note.txt", "hidden-query");
    let held = picture(&work.path("e"));
    // The check itself can say no: the original holds them.
    for hidden in HIDDEN {
        assert!(holds(&held, hidden), "{hidden} is not in the original");
    }
    work
}

fn holds(picture: &std::collections::BTreeMap<String, Vec<u8>>, text: &str) -> bool {
    picture.values().any(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
}

#[test]
fn nothing_hidden_is_anywhere_in_the_copy() {
    let work = prepared();
    let before = picture(&work.path("e"));
    let run = work.run(["redact", "e", "-o", "shared"]).expect(0);
    assert!(run.stderr.contains("copied into `shared`"), "{}", run.stderr);
    same("the original", &before, &picture(&work.path("e")));
    let copy = picture(&work.path("shared"));
    for hidden in HIDDEN {
        assert!(!holds(&copy, hidden), "{hidden} is in the copy");
    }
    assert!(!copy.keys().any(|name| name.starts_with("records")) && !copy.contains_key("note.txt"));
    let (one, other) = (work.evidence("e"), work.evidence("shared"));
    let (original, shared) = (one.rows("matches.csv"), other.rows("matches.csv"));
    assert_eq!(original.len(), 6);
    for (old, new) in original.iter().zip(&shared) {
        for (column, cell) in old {
            match column.as_str() {
                "archive_url" | "original_url" => {
                    let (old, new) = (plain(cell), plain(&new[column]));
                    assert!(old.starts_with(&new) && !new.contains(['?', '#']), "{column}: {new}");
                    assert!(old.is_empty() || new.starts_with("https://"), "{column}: {new}");
                }
                _ => assert_eq!(cell, &new[column], "{column}"),
            }
        }
    }
    assert_eq!(other.column("acquisition.csv", "remote_ip"), [""]);
    assert_eq!(other.column("acquisition.csv", "url"), ["https://h.example/a"]);
}

#[test]
fn the_manifest_of_the_copy_says_what_was_taken_out() {
    let work = prepared();
    work.run(["redact", "e", "-o", "shared"]).expect(0);
    let manifest = work.evidence("shared").manifest();
    let redactions = &manifest["redactions"];
    let digest = |path: &str| shardproof::evidence::custody::sha256_of(&work.path(path)).unwrap();
    assert_eq!(redactions["original_manifest_sha256"], digest("e/manifest.json").as_str());
    let left_out: Vec<&str> =
        redactions["left_out"].as_array().unwrap().iter().filter_map(|name| name.as_str()).collect();
    assert!(
        left_out.contains(&"note.txt") && left_out.iter().any(|name| name.starts_with("records/")),
        "{left_out:?}"
    );
    let files = redactions["files"].as_array().unwrap();
    let matches = files.iter().find(|file| file["path"] == "matches.csv").unwrap();
    assert_eq!(matches["cells"]["archive_url"], 5);
    assert_eq!(matches["original_sha256"], digest("e/matches.csv").as_str());
    for output in manifest["outputs"].as_array().unwrap() {
        let path = output["path"].as_str().unwrap();
        assert_eq!(output["sha256"], digest(&format!("shared/{path}")).as_str(), "{path}");
    }
    assert_eq!(manifest["settings"], work.evidence("e").manifest()["settings"]);
    // The copy is evidence that can be sealed, and a sealed original can be copied.
    work.run(["seal", "shared"]).expect(0);
    work.run(["seal", "e"]).expect(0);
    work.run(["redact", "e", "-o", "again"]).expect(0);
    assert!(!holds(&picture(&work.path("again")), "hidden-query"));
    work.run(["unseal", "e"]).expect(0);
}

#[test]
fn excerpts_are_emptied() {
    let work = prepared();
    let table = fs::read_to_string(work.path("e/matches.csv")).unwrap();
    let at = table.lines().next().unwrap().split(',').position(|column| column == "excerpt").unwrap();
    let rows = csv::Reader::from_reader(table.as_bytes()).into_records().map(Result::unwrap).map(|row| {
        row.iter()
            .enumerate()
            .map(|(n, cell)| if n == at { "\"secret words\"" } else { cell }.to_owned())
            .collect::<Vec<_>>()
    });
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(table.lines().next().unwrap().split(',')).unwrap();
    rows.for_each(|row| writer.write_record(&row).unwrap());
    fs::write(work.path("e/matches.csv"), writer.into_inner().unwrap()).unwrap();
    work.run(["redact", "e", "-o", "shared"]).expect(0);
    assert!(!holds(&picture(&work.path("shared")), "secret words"));
    let manifest = work.evidence("shared").manifest();
    let files = manifest["redactions"]["files"].as_array().unwrap();
    let matches = files.iter().find(|file| file["path"] == "matches.csv").unwrap();
    assert_eq!(matches["cells"]["excerpt"], 6);
    assert!(manifest["statement_of_scope"]["en"].as_str().unwrap().ends_with("This is a redacted copy."));
}

#[test]
fn a_copy_can_be_verified_and_a_change_of_it_is_told() {
    let work = work();
    let article = articles::article(1, 300).id("https://www.gazette-essai.example/page?id=hidden-id");
    articles::fingerprint(&work, "a", std::slice::from_ref(&article));
    let docs = [
        article.captured("https://www.lemonde.fr/a?s=hidden-query"),
        article.captured("https://copie.example/b?s='hidden-query' or not"),
    ];
    work.put("s/a.json", articles::shard(&docs));
    let files = ["-f", "a.fpr", "--private", "a.fpx"];
    let scanned = [&["s"], files.as_slice(), &["--excerpts"]].concat();
    scan(&work, &scanned, "e").expect(0);
    work.run(["redact", "e", "-o", "shared"]).expect(0);
    assert!(!holds(&picture(&work.path("shared")), "hidden"));
    let verify = |list: &[&str], exit| {
        let _ = fs::remove_file(work.path("v.csv"));
        let args = ["verify", "shared", "--source", "s", "--out", "v.csv"];
        work.run([args.as_slice(), list].concat()).expect(exit)
    };
    let with_all = [files.as_slice(), &["-d", "list.csv"]].concat();
    let checked = verify(&with_all, 0);
    assert!(checked.stdout.contains("rows: 3 checked: 3 same"), "{}", checked.stdout);
    assert!(checked.stderr.contains("redacted copy"), "{}", checked.stderr);
    verify(&[], 0);

    // Somebody changes what redaction left.
    let table = fs::read_to_string(work.path("shared/matches.csv")).unwrap();
    for (old, new) in [
        ("https://www.lemonde.fr/a", "https://www.lemonde.fr/b"),
        ("https://www.gazette-essai.example/page", "https://www.gazette-essai.example/other"),
    ] {
        assert!(table.contains(old), "{table}");
        fs::write(work.path("shared/matches.csv"), table.replace(old, new)).unwrap();
        let checked = verify(&with_all, 4);
        assert!(checked.stdout.contains("changed: differs in"), "{}", checked.stdout);
    }
}

#[test]
fn lines_about_a_row_of_a_copy_open_no_record_that_was_left_out() {
    let work = prepared();
    work.run(["redact", "e", "-o", "shared"]).expect(0);
    let id = &work.evidence("e").column("matches.csv", "match_id")[0];
    for (evidence, is_kept) in [("e", true), ("shared", false)] {
        let shown = work.run(["show", evidence, id, "--lang", "en"]).expect(0).stdout;
        assert!(shown.contains("From the file on this machine"), "{shown}");
        assert_eq!(shown.contains("From the kept copy"), is_kept, "{shown}");
        assert_eq!(shown.contains(&format!("{evidence}/records/")), is_kept, "{shown}");
    }
}

#[test]
fn a_copy_of_a_planned_run_or_of_a_partition_can_be_verified() {
    let work = work();
    work.put("s/a.json", line("www.lemonde.fr", 1));
    work.put("s/b.json", line("www.lemonde.fr", 2));
    let purpose = ["s", "--purpose", "see https://me.example/?hidden-purpose"];
    scan(&work, &[&purpose[..], &["--plan-only"]].concat(), "plan").expect(0);
    scan(&work, &["s", "--plan", "plan/plan.json"], "planned").expect(0);
    scan(&work, &["s", "--partition", "1/2"], "part").expect(0);
    for evidence in ["planned", "part"] {
        let copy = format!("shared-{evidence}");
        work.run(["redact", evidence, "-o", &copy]).expect(0);
        assert!(!holds(&picture(&work.path(&copy)), "hidden"), "{evidence}");
        let out = format!("{evidence}.csv");
        let verify = ["verify", &copy, "--source", "s", "--out", &out];
        let checked = work.run(verify).expect(0);
        assert!(checked.stdout.contains(" unaltered, 0 not"), "{}", checked.stdout);
        work.run(["seal", &copy]).expect(0);
        work.run(["unseal", &copy]).expect(0);
    }
    // What redaction left of the plan is listed, and a part that somebody puts there is not.
    let redacted = work.path("shared-planned/data/plan.json");
    fs::write(&redacted, fs::read_to_string(&redacted).unwrap() + " ").unwrap();
    work.put("shared-part/data/parts/00000000.part", "x");
    for (copy, word) in [("shared-planned", "`plan.json` is altered"), ("shared-part", "is not listed")] {
        let checked = work.run(["verify", copy, "--source", "s", "--out", "v.csv"]).expect(4);
        assert!(checked.stdout.contains(word), "{}", checked.stdout);
        fs::remove_file(work.path("v.csv")).unwrap();
    }
}

#[test]
fn what_cannot_be_copied_is_refused() {
    let work = prepared();
    work.put("empty/x.csv", "a\n");
    work.put("full/x", "");
    for (args, word) in [
        (["redact", "empty", "-o", "shared"], "no finished evidence folder"),
        (["redact", "gone", "-o", "shared"], "no finished evidence folder"),
        (["redact", "e", "-o", "full"], "holds files already"),
        (["redact", "e", "-o", "e"], "holds files already"),
    ] {
        let run = work.run(args).expect(2);
        assert!(run.stderr.contains(word), "{}", run.stderr);
    }
    work.put("e/broken.json", "{");
    work.run(["redact", "e", "-o", "shared"]).expect(2);
    assert!(!work.path("shared/manifest.json").exists(), "a copy that is not complete has no manifest");
}
