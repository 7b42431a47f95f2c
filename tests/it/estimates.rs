//! What a draw says about all shards: each figure recomputed by the test.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::kit::articles;
use crate::kit::work::{Evidence, Work, plain};
use crate::scanning::{line, number, scan, work};

type Row = BTreeMap<String, String>;

const SHARDS: usize = 60;

/// Captures of Le Monde in a shard: unequal, and none in most.
fn captures(shard: usize) -> usize {
    if shard % 4 == 1 { 1 + shard % 7 } else { 0 }
}

/// Sixty shards of C4, none of which holds anything of the BBC.
fn prepared() -> Work {
    let work = work();
    for shard in 0..SHARDS {
        let found: String = (0..captures(shard)).map(|n| line("www.lemonde.fr", shard * 10 + n)).collect();
        let filler: String = (0..5).map(|n| line("example.org", shard * 10 + n)).collect();
        work.put(&format!("en/c4-train.{shard:05}-of-00060.json"), found + &filler);
    }
    work
}

fn row(evidence: &Evidence, title: &str, measure: &str) -> Row {
    let rows = evidence.rows("estimates.csv");
    let mut found = rows.iter().filter(|row| plain(&row["title"]) == title && row["measure"] == measure);
    let row = found.next().unwrap_or_else(|| panic!("no row {title} {measure}")).clone();
    assert!(found.next().is_none(), "two rows {title} {measure}");
    row
}

/// The number in the name of a shard.
fn number_of(shard: &str) -> usize {
    let at = shard.find("train.").expect("a file of C4") + 6;
    shard[at..at + 5].parse().expect("five digits")
}

/// Size, shards read and captures of each stratum, from the draw in the manifest and the shards that were whole.
fn strata(evidence: &Evidence) -> Vec<(f64, Vec<f64>)> {
    let plan = &evidence.manifest()["plan"];
    let mut drawn = evidence.rows("shards.csv").into_iter();
    let stratum = |stratum: &Value| {
        let count = stratum["drawn"].as_u64().unwrap() as usize;
        let rows: Vec<Row> = drawn.by_ref().take(count).collect();
        let whole = rows.iter().filter(|row| row["status"] == "whole");
        let counts = whole.map(|row| captures(number_of(&row["shard"])) as f64).collect();
        (stratum["population"].as_u64().unwrap() as f64, counts)
    };
    plan["strata"].as_array().unwrap().iter().map(stratum).collect()
}

#[test]
fn totals_are_estimated_from_strata_with_an_interval() {
    let work = prepared();
    scan(&work, &["en", "--sample", "20", "--seed", "x"], "out").expect(0);
    let evidence = work.evidence("out");
    let found = row(&evidence, "Le Monde", "captures");
    let strata = strata(&evidence);
    let seen: f64 = strata.iter().flat_map(|(_, counts)| counts).sum();
    let (mut total, mut variance) = (0.0, 0.0);
    for (size, counts) in &strata {
        let n = counts.len() as f64;
        let mean = counts.iter().sum::<f64>() / n;
        let between = counts.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / (n - 1.0);
        total += size * mean;
        variance += size * size * (1.0 - n / size) * between / n;
    }
    assert!(seen > 5.0, "the draw of this seed must show something");
    assert_eq!(number(&found, "total_in_sample") as f64, seen);
    assert_eq!(number(&found, "estimate") as f64, total.round());
    // With the normal distribution, which is narrower than what the program takes, and by chance alone.
    let narrow = (1.96 * variance.sqrt() / total).exp();
    let (low, high) = (number(&found, "ci_low") as f64, number(&found, "ci_high") as f64);
    assert!(low >= seen && low <= (total / narrow).max(seen), "{found:?}");
    assert!(high >= (total * narrow).floor() && high < total * narrow.powi(3), "{found:?}");
    let truth: usize = (0..SHARDS).map(captures).sum();
    assert!((low..=high).contains(&(truth as f64)), "{truth} is not in {low} to {high}");
    for (column, value) in
        [("shards_in_plan", 60), ("shards_drawn", 20), ("shards_whole", 20), ("shards_not_whole", 0)]
    {
        assert_eq!(number(&found, column), value, "{column}");
    }
    assert_eq!((found["method"].as_str(), found["dataset"].as_str()), ("log_t", "c4"));
    let all = row(&evidence, "", "records_found");
    assert_eq!(all["total_in_sample"], found["total_in_sample"]);
    let shards = row(&evidence, "Le Monde", "shards_with_match");
    let holding = strata.iter().flat_map(|(_, counts)| counts).filter(|count| **count > 0.0).count();
    assert_eq!(number(&shards, "total_in_sample"), holding as u64);
    assert_eq!(number(&shards, "estimate"), holding as u64 * 3);
    assert!(number(&shards, "ci_low") >= holding as u64 && number(&shards, "ci_high") <= 60);
    assert_eq!(shards["ci_high_share"], format!("{:.6}", number(&shards, "ci_high") as f64 / 60.0));
}

#[test]
fn none_seen_is_a_bound_and_never_a_zero_alone() {
    let work = prepared();
    scan(&work, &["en", "--sample", "20", "--seed", "x"], "out").expect(0);
    let evidence = work.evidence("out");
    let shards = row(&evidence, "BBC News", "shards_with_match");
    // Ten strata of six with two read: k of six can hide with the chance (6-k)(5-k)/30. The best way is to spread.
    let chance = |spread: &[u32]| spread.iter().map(|k| f64::from((6 - k) * (5 - k)) / 30.0).product::<f64>();
    let best = |number: usize| {
        let spread: Vec<u32> =
            (0..10).map(|stratum| (number / 10 + usize::from(stratum < number % 10)) as u32).collect();
        chance(&spread)
    };
    let bound = (0..50).take_while(|number| best(*number) >= 0.05).last().unwrap() as u64;
    assert_eq!(number(&shards, "ci_high"), bound);
    assert_eq!((shards["estimate"].as_str(), shards["ci_low"].as_str()), ("0", "0"));
    assert_eq!(shards["ci_high_share"], format!("{:.6}", bound as f64 / 60.0));
    assert_eq!(shards["method"], "zero_bound");
    let captures = row(&evidence, "BBC News", "captures");
    let most = evidence.column("shards.csv", "content_records");
    let most = most.iter().map(|count| count.parse::<u64>().unwrap()).max().unwrap();
    assert_eq!(number(&captures, "ci_high"), bound * most);
    assert_eq!(captures["method"], "zero_bound_times_records");
}

#[test]
fn a_drawn_shard_that_is_not_whole_counts_for_nothing_and_is_named() {
    let work = prepared();
    let draw = ["en", "--sample", "20", "--seed", "x"];
    scan(&work, &draw, "whole").expect(0);
    let (before, bound) = {
        let evidence = work.evidence("whole");
        (row(&evidence, "Le Monde", "captures"), row(&evidence, "BBC News", "shards_with_match"))
    };
    let drawn = work.evidence("whole").column("shards.csv", "shard");
    let holding =
        drawn.iter().find(|shard| captures(number_of(shard)) > 0).expect("one that holds something");
    let file = format!("en/c4-train.{:05}-of-00060.json", number_of(holding));
    let mut broken = std::fs::read(work.path(&file)).unwrap();
    broken.extend_from_slice(b"{\"url\": \"https://www.lemonde.fr/cut");
    work.put(&file, broken);
    scan(&work, &draw, "gap").expect(3);
    let evidence = work.evidence("gap");
    let found = row(&evidence, "Le Monde", "captures");
    let lost = captures(number_of(holding)) as u64;
    assert_eq!((number(&found, "shards_whole"), number(&found, "shards_not_whole")), (19, 1));
    assert_eq!(number(&found, "total_in_sample"), number(&before, "total_in_sample") - lost);
    assert_eq!(number(&found, "total_in_shards_not_whole"), lost);
    let wider = row(&evidence, "BBC News", "shards_with_match");
    assert!(number(&wider, "ci_high") > number(&bound, "ci_high"), "{wider:?}");
}

#[test]
fn little_read_gives_no_interval_and_all_read_no_doubt() {
    let work = prepared();
    let shards = |n: &str, out: &str| {
        scan(&work, &["en", "--sample", n, "--seed", "x"], out).expect(0);
        work.evidence(out)
    };
    let all = row(&shards("60", "all"), "Le Monde", "captures");
    let truth = (0..SHARDS).map(captures).sum::<usize>().to_string();
    for column in ["total_in_sample", "estimate", "ci_low", "ci_high"] {
        assert_eq!(all[column], truth, "{column}");
    }
    assert_eq!(all["method"], "all_read");
    let seeds = (0..).map(|seed: u32| seed.to_string());
    let one = seeds.map(|seed| {
        let out = format!("one{seed}");
        scan(&work, &["en", "--sample", "1", "--seed", &seed], &out).expect(0);
        row(&work.evidence(&out), "Le Monde", "captures")
    });
    let one = one.take(40).find(|row| row["total_in_sample"] != "0").expect("a draw that shows something");
    assert_eq!((one["estimate"].as_str(), one["ci_high"].as_str()), ("", ""));
    assert_eq!(one["method"], "one_shard_shows_no_variance");
}

#[test]
fn without_a_draw_there_is_nothing_to_estimate() {
    let work = prepared();
    scan(&work, &["en"], "out").expect(0);
    assert!(!work.path("out/estimates.csv").exists());
    let statement = |out: &str| work.evidence(out).manifest()["statement_of_scope"].to_string();
    assert!(!statement("out").contains("random draw"));
    scan(&work, &["en", "--sample", "20", "--seed", "x"], "drawn").expect(0);
    assert!(
        statement("drawn").contains("random draw from 60") && statement("drawn").contains("tirés au sort")
    );
    let listed = work.evidence("drawn").manifest()["outputs"].to_string();
    assert!(listed.contains("estimates.csv"), "{listed}");
}

#[test]
fn copies_of_articles_and_their_words_are_estimated() {
    let work = Work::new();
    let all = articles::articles(1, 12, 300);
    articles::fingerprint(&work, "a", &all);
    for shard in 0..24_u64 {
        let filler = articles::page_with(500 + shard, "example.net", &[]);
        let copied = all[shard as usize / 2].captured(&format!("https://copie.example/{shard}"));
        let docs = if shard % 2 == 0 { vec![filler, copied] } else { vec![filler] };
        work.put(&format!("s/{shard:02}.json"), articles::shard(&docs));
    }
    let arguments = ["s", "-f", "a.fpr", "--private", "a.fpx", "--sample", "12", "--seed", "x"];
    let found = articles::scan(&work, &arguments, "out");
    let publisher = &found.evidence.rows("publishers.csv")[0];
    let rows = found.evidence.rows("estimates.csv");
    let of = |measure: &str| {
        let named = |row: &&Row| row["publisher"] == publisher["publisher"] && row["measure"] == measure;
        rows.iter().find(named).unwrap_or_else(|| panic!("no row {measure}"))
    };
    assert_eq!(of("words")["total_in_sample"], publisher["words"]);
    assert_eq!(number(of("article_copies"), "total_in_sample") as usize, found.rows.len());
    assert_eq!(number(of("shards_with_match"), "total_in_sample"), number(publisher, "shards_with_match"));
    assert_eq!(number(of("article_copies"), "estimate") as usize, found.rows.len() * 2);
    // Nobody looked for addresses, so there is nothing to say about them.
    assert!(rows.iter().all(|row| row["measure"] != "captures"), "{rows:?}");
}
