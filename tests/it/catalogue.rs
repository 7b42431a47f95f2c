//! The catalogue of releases and the draw: addresses as they are published, and the same draw by every way.

use std::path::Path;

use serde_json::Value;

use crate::kit::server::{Answer, Server};
use crate::kit::work::{Outcome, Work};
use crate::scanning::{line, scan, work};

fn shards(work: &Work, args: &[&str]) -> Outcome {
    work.run([&["shards"], args].concat())
}

/// The addresses that are printed, without comments.
fn addresses(run: &Outcome) -> Vec<&str> {
    run.stdout.lines().filter(|line| !line.starts_with('#')).collect()
}

/// The draw that a list tells of.
fn draw(run: &Outcome) -> Value {
    let line = run.stdout.lines().find_map(|line| line.strip_prefix("# shardproof draw "));
    serde_json::from_str(line.expect("a draw")).expect("JSON")
}

#[test]
fn numbered_releases_have_the_names_of_the_corpus() {
    let work = Work::new();
    let base = "https://huggingface.co/datasets/allenai/c4/resolve/main";
    for (args, count, first, last) in [
        (vec!["c4", "en", "train"], 1024, "en/c4-train.00000-of-01024", "en/c4-train.01023-of-01024"),
        (vec!["c4", "en"], 1032, "en/c4-train.00000-of-01024", "en/c4-validation.00007-of-00008"),
        (
            vec!["c4", "en.noblocklist", "validation"],
            8,
            "en.noblocklist/c4-validation.00000-of-00008",
            "en.noblocklist/c4-validation.00007-of-00008",
        ),
        (
            vec!["c4", "realnewslike", "train"],
            512,
            "realnewslike/c4-train.00000-of-00512",
            "realnewslike/c4-train.00511-of-00512",
        ),
        (
            vec!["c4", "fr", "train"],
            2048,
            "multilingual/c4-fr.tfrecord-00000-of-02048",
            "multilingual/c4-fr.tfrecord-02047-of-02048",
        ),
        (
            vec!["c4", "multilingual", "fr"],
            2064,
            "multilingual/c4-fr-validation.tfrecord-00000-of-00016",
            "multilingual/c4-fr.tfrecord-02047-of-02048",
        ),
    ] {
        let run = shards(&work, &args).expect(0);
        let found = addresses(&run);
        let named = |path: &str| format!("{base}/{path}.json.gz");
        assert_eq!(
            (found.len(), found[0], found[count - 1]),
            (count, &*named(first), &*named(last)),
            "{args:?}"
        );
        assert!(found.is_sorted(), "{args:?}");
    }
    let run = shards(&work, &["c4", "fr", "--via", "hf"]).expect(0);
    assert!(
        run.stdout.starts_with("hf://datasets/allenai/c4@main/multilingual/c4-fr"),
        "{}",
        &run.stdout[..90]
    );
}

/// A listing of a crawl: `segments` times `each` paths.
fn listing(segments: usize, each: usize) -> Vec<String> {
    let path = |n: usize| {
        let segment = n / each;
        format!(
            "crawl-data/CC-MAIN-2024-22/segments/17159710{segment:05}.{}/wet/CC-MAIN-20240517233122-20240518023122-{n:05}.warc.wet.gz",
            segment * 7 % 100,
        )
    };
    (0..segments * each).map(path).collect()
}

#[test]
fn listed_releases_are_read_from_their_listing() {
    let work = Work::new();
    let text = listing(3, 5).join("\n") + "\n";
    work.put("wet.paths", &text);
    let run = shards(&work, &["commoncrawl", "CC-MAIN-2024-22", "wet", "--paths", "wet.paths"]).expect(0);
    let expected: Vec<String> =
        listing(3, 5).iter().map(|path| format!("https://data.commoncrawl.org/{path}")).collect();
    assert_eq!(addresses(&run), expected);
    let run =
        shards(&work, &["commoncrawl", "CC-MAIN-2024-22", "wet", "--paths", "wet.paths", "--via", "s3"]);
    assert!(run.expect(0).stdout.starts_with("s3://commoncrawl/crawl-data/CC-MAIN-2024-22/segments/"));

    work.put(
        "m/crawl-data/CC-NEWS/2024/05/warc.paths.gz",
        "crawl-data/CC-NEWS/2024/05/CC-NEWS-20240501001122-00042.warc.gz\n",
    );
    let run = shards(&work, &["cc-news", "2024-05", "--base", "m"]).expect(0);
    assert_eq!(run.stdout, "m/crawl-data/CC-NEWS/2024/05/CC-NEWS-20240501001122-00042.warc.gz\n");

    let sum = "0123456789abcdef".repeat(4);
    work.put(
        "m/fr_meta/checksum.sha256",
        format!("{sum}  fr_meta_part_1.jsonl.zst\n{sum}  fr_meta_part_10.jsonl.zst\n"),
    );
    work.put("m/fr/fr_sha256.txt", format!("fr_part_1.txt.gz\t {sum}\n"));
    work.put("2109.txt", format!("{sum}  fr_part_1.txt.gz\n{sum}  fr_meta_part_1.jsonl.gz\n"));
    let run = shards(&work, &["oscar", "2301", "fr", "--base", "m"]).expect(0);
    assert_eq!(
        addresses(&run),
        ["m/fr_meta/fr_meta_part_1.jsonl.zst", "m/fr_meta/fr_meta_part_10.jsonl.zst"]
    );
    let run = shards(&work, &["oscar", "2019", "fr", "--base", "m"]).expect(0);
    assert_eq!(addresses(&run), ["m/fr/fr_part_1.txt.gz"]);
    let run = shards(&work, &["oscar", "2109", "fr", "--paths", "2109.txt", "--via", "hf"]).expect(0);
    assert_eq!(addresses(&run), ["hf://datasets/oscar-corpus/OSCAR-2109@main/packaged/fr/fr_part_1.txt.gz"]);
    assert!(run.stderr.contains("1 files beside the shards"), "{}", run.stderr);
}

#[test]
fn the_listings_of_real_crawls_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples/paths");
    if !folder.is_dir() {
        println!("skipped: no listings of real crawls in ../shared/samples/paths");
        return;
    }
    let work = Work::new();
    for (file, release, subset, count) in [
        ("cc-main-2016-07-wat.paths.gz", "CC-MAIN-2016-07", "wat", 34_900),
        ("cc-main-2020-45-robotstxt.paths.gz", "CC-MAIN-2020-45", "robotstxt", 72_000),
        ("cc-main-2026-30-wet.paths.gz", "CC-MAIN-2026-30", "wet", 100_000),
        ("cc-main-non200responses.paths.gz", "CC-MAIN-2023-50", "non200", 90_000),
    ] {
        let path = folder.join(file);
        let args = ["shards", "commoncrawl", release, subset, "--paths", path.to_str().unwrap()];
        let run = work.run(args).expect(0);
        assert_eq!(addresses(&run).len(), count, "{file}");
        let run = work.run([&args[..], &["--sample", "200", "--seed", "x"]].concat()).expect(0);
        // A hundred segments, two shards from each, or thereabouts where segments are unequal.
        assert_eq!(addresses(&run).len(), 200, "{file}");
        let segments: std::collections::BTreeSet<&str> =
            addresses(&run).iter().filter_map(|address| address.split('/').nth(6)).collect();
        assert!(segments.len() >= 95, "{file}: {} segments", segments.len());
        let other = if subset == "wat" { "wet" } else { "wat" };
        let wrong = ["shards", "commoncrawl", release, other, "--paths", path.to_str().unwrap()];
        assert!(work.run(wrong).expect(2).stderr.contains("is not one of"), "{file}");
    }
}

#[test]
fn what_is_not_known_is_refused_with_the_way_out() {
    let work = Work::new();
    work.put("m/README", "");
    for (args, words) in [
        (vec!["pile", "1"], vec!["no dataset `pile`", "`oscar`"]),
        (vec!["commoncrawl", "CC-MAIN-2024-22"], vec!["which files", "`robotstxt`"]),
        (vec!["c4", "klingon"], vec!["`klingon`", "`realnewslike`"]),
        (vec!["oscar", "2301"], vec!["which language"]),
        (vec!["oscar", "2301", "fr", "--base", "m"], vec!["fr_meta/checksum.sha256", "--paths"]),
        (vec!["oscar", "2301", "fr", "--base", "nowhere"], vec!["`--base nowhere`"]),
        (vec!["c4", "en", "--paths", "m/README"], vec!["numbered"]),
        (vec!["c4", "en", "--via", "s3"], vec!["published by `https` and `hf`"]),
        (vec!["c4", "en", "--sample", "5"], vec!["--seed"]),
        (vec!["c4", "en", "--sample", "0", "--seed", "a"], vec!["`--sample 0`"]),
        (vec!["c4", "en", "--sample", "2000", "--seed", "a"], vec!["there are 1032 shards"]),
        (vec!["c4", "en", "--sample", "2", "--seed", "a\u{1b}[2J"], vec!["--seed"]),
    ] {
        let run = shards(&work, &args).expect(2);
        assert_eq!(run.stdout, "", "{args:?}");
        for word in words {
            assert!(run.stderr.contains(word), "{args:?}: no `{word}` in {}", run.stderr);
        }
        assert!(!run.stderr.contains('\u{1b}'), "{args:?}");
    }
}

#[test]
fn a_draw_is_repeated_and_spread_over_the_segments() {
    let work = Work::new();
    work.put("wet.paths", listing(10, 50).join("\n"));
    let args = ["commoncrawl", "CC-MAIN-2024-22", "wet", "--paths", "wet.paths", "--sample", "40", "--seed"];
    let drawn = |seed| shards(&work, &[&args[..], &[seed]].concat()).expect(0);
    let (one, again, other) = (drawn("2026-03-01"), drawn("2026-03-01"), drawn("2026-03-02"));
    assert_eq!(one.stdout, again.stdout);
    assert_ne!(addresses(&one), addresses(&other));
    assert_eq!(draw(&one)["plan_sha256"], draw(&other)["plan_sha256"]);
    for segment in 0..10 {
        let part = format!("/17159710{segment:05}.");
        let count = addresses(&one).iter().filter(|address| address.contains(&part)).count();
        assert_eq!(count, 4, "segment {segment}");
    }
    let told = draw(&one);
    assert_eq!((&told["population"], &told["n"]), (&500.into(), &40.into()));
    assert_eq!((&told["seed"], &told["method"]), (&"2026-03-01".into(), &"stratified-sha256-1".into()));
    let strata: Vec<(u64, u64)> = told["strata"]
        .as_array()
        .unwrap()
        .iter()
        .map(|stratum| (stratum["population"].as_u64().unwrap(), stratum["drawn"].as_u64().unwrap()))
        .collect();
    assert_eq!(strata, [(50, 4); 10]);
}

/// A mirror of a crawl with `segments` times `each` shards of a few lines; a third of them hold a listed page.
fn mirror(work: &Work, segments: usize, each: usize) {
    let paths = listing(segments, each);
    for (number, path) in paths.iter().enumerate() {
        let host = if number % 3 == 0 { "www.lemonde.fr" } else { "example.org" };
        work.put(&format!("mirror/{path}"), line(host, number) + &line("example.net", number));
    }
    let text = paths.join("\n");
    work.put("mirror/crawl-data/CC-MAIN-2024-22/wet.paths.gz", &text);
    work.put("mirror/wet.paths", &text);
}

#[test]
fn every_way_to_draw_gives_the_same_evidence() {
    let work = work();
    mirror(&work, 5, 8);
    let list = shards(
        &work,
        &["commoncrawl", "CC-MAIN-2024-22", "wet", "--base", "mirror", "--sample", "10", "--seed", "s"],
    )
    .expect(0);
    let from_list = ["scan", "-", "-d", "list.csv", "-o", "piped"];
    work.run_with(from_list, list.stdout.as_bytes()).expect(0);
    work.put("drawn.paths", &list.stdout);
    scan(&work, &["drawn.paths"], "saved").expect(0);
    scan(&work, &["mirror/wet.paths", "--sample", "10", "--seed", "s"], "listing").expect(0);
    scan(&work, &["mirror/crawl-data", "--sample", "10", "--seed", "s", "--threads", "3"], "folder")
        .expect(0);
    let piped = work.evidence("piped");
    let plan = &piped.manifest()["plan"];
    assert_eq!((&plan["population"], &plan["n"], &plan["seed"]), (&40.into(), &10.into(), &"s".into()));
    assert_eq!(*plan, draw(&list));
    assert_eq!(piped.rows("shards.csv").len(), 10);
    for other in ["saved", "listing", "folder"] {
        assert_eq!(work.evidence(other).manifest()["plan"], *plan, "{other}");
        assert_eq!(work.evidence(other).tree(), piped.tree(), "{other}");
    }
}

#[test]
fn another_draw_does_not_go_on_with_a_run() {
    let work = work();
    mirror(&work, 2, 8);
    let draw = |seed, out| scan(&work, &["mirror/wet.paths", "--sample", "6", "--seed", seed], out);
    draw("a", "out").expect(0);
    draw("a", "out").expect(0);
    let run = draw("b", "out").expect(2);
    assert!(run.stderr.contains("other settings") && run.stderr.contains("seed"), "{}", run.stderr);
    // A draw of all shards is not a run over all shards.
    scan(&work, &["mirror/wet.paths"], "all").expect(0);
    let run = scan(&work, &["mirror/wet.paths", "--sample", "16", "--seed", "a"], "all").expect(2);
    assert!(run.stderr.contains("draw"), "{}", run.stderr);
}

#[test]
fn a_list_that_is_not_what_was_drawn_is_refused() {
    let work = work();
    mirror(&work, 2, 8);
    let args = ["commoncrawl", "CC-MAIN-2024-22", "wet", "--base", "mirror", "--sample", "6", "--seed", "a"];
    let list = shards(&work, &args).expect(0).stdout;
    let lines: Vec<&str> = list.lines().collect();
    let cut = lines[..6].join("\n");
    let all = listing(2, 8);
    let unused = all.iter().find(|path| !list.contains(*path)).unwrap();
    let swapped = [&lines[..6], &[&*format!("mirror/{unused}")]].concat().join("\n");
    let doubled = format!("{list}{list}");
    for (list, args, words) in [
        (&cut, vec!["-"], "6 shards were drawn, and the list names 5"),
        (&swapped, vec!["-"], "other shards than were drawn"),
        (&doubled, vec!["-"], "two draws"),
        (&list, vec!["-", "list.csv"], "among other shards"),
        (&list, vec!["-", "--sample", "2", "--seed", "b"], "a sample already"),
    ] {
        let args = [&["scan"], &args[..], &["-d", "list.csv", "-o", "out"]].concat();
        let run = work.run_with(args, list.as_bytes()).expect(2);
        assert!(run.stderr.contains(words), "no `{words}` in {}", run.stderr);
    }
    // Without the line it is a list like any other, and nothing is estimated.
    work.run_with(["scan", "-", "-d", "list.csv", "-o", "out"], lines[1..].join("\n").as_bytes()).expect(0);
    assert!(!work.path("out/estimates.csv").exists());
    assert!(work.evidence("out").manifest()["plan"].is_null());
}

#[test]
fn a_release_on_a_server_is_listed_drawn_divided_and_merged() {
    let (work, server) = (work(), Server::new());
    mirror(&work, 5, 8);
    for path in listing(5, 8).iter().map(String::as_str).chain(["crawl-data/CC-MAIN-2024-22/wet.paths.gz"]) {
        let bytes = std::fs::read(work.path(&format!("mirror/{path}"))).unwrap();
        server.put(&format!("/{path}"), bytes);
    }
    let base = server.url("");
    let release = ["commoncrawl", "CC-MAIN-2024-22", "wet", "--sample", "10", "--seed", "s", "--base"];
    let near = shards(&work, &[&release[..], &["mirror"]].concat()).expect(0);
    let far = shards(&work, &[&release[..], &[&*base]].concat()).expect(0);
    assert_eq!(draw(&near), draw(&far));
    let names = |run: &Outcome, base: &str| -> Vec<String> {
        addresses(run).iter().map(|address| address.replace(base, "")).collect()
    };
    assert_eq!(names(&near, "mirror/"), names(&far, &format!("{base}/")));
    work.put("far.paths", &far.stdout);
    scan(&work, &["far.paths"], "whole").expect(0);
    let whole = work.evidence("whole");
    assert!(!whole.rows("estimates.csv").is_empty());
    let folders = ["1/3", "2/3", "3/3"].map(|share| {
        let out = format!("part-{}", &share[..1]);
        scan(&work, &["far.paths", "--partition", share], &out).expect(0);
        // What a third of a draw has says nothing about the release.
        assert!(!work.path(&format!("{out}/estimates.csv")).exists());
        out
    });
    let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
    work.run([&["merge", "-o", "merged"], folders.as_slice()].concat()).expect(0);
    let merged = work.evidence("merged");
    assert_eq!(merged.tree(), whole.tree());
    assert_eq!(merged.rows("acquisition.csv").len(), whole.rows("acquisition.csv").len());
    assert_eq!(merged.manifest()["plan"], whole.manifest()["plan"]);
    work.run(["verify", "merged", "-o", "checked.csv"]).expect(0);

    server.always("/crawl-data/CC-MAIN-2024-22/wet.paths.gz", Answer::status(404));
    let run = shards(&work, &[&release[..], &[&*base]].concat()).expect(1);
    assert!(run.stderr.contains("wet.paths.gz") && run.stderr.contains("404"), "{}", run.stderr);
}
