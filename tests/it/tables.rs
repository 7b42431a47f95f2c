//! The tables beside `matches.csv`, each recomputed by the test from what it knows itself.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::kit::articles;
use crate::kit::doc::Doc;
use crate::kit::frame::Framing;
use crate::kit::press;
use crate::kit::shards::{Format, build};
use crate::kit::wet;
use crate::kit::work::{Evidence, Work, plain};
use crate::scanning::{line, number, scan, work};

type Row = BTreeMap<String, String>;

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Three shards of two corpora, and one that cannot be read.
fn mixed(options: &[&str]) -> Work {
    let work = Work::new();
    work.put("list.csv", press::PUBLISHERS_CSV);
    for (format, framing) in [
        (Format::Warc, Framing::GzipPerRecord),
        (Format::Wet, Framing::GzipPerRecord),
        (Format::C4, Framing::GzipWhole),
    ] {
        let built = build(format, framing, &press::docs());
        built.files.iter().for_each(|(name, bytes)| drop(work.put(&format!("in/{name}"), bytes)));
    }
    work.put("in/failed.json", "[]");
    scan(&work, &[&["in"], options].concat(), "out").expect(3);
    work
}

fn titles() -> Vec<(String, String)> {
    let rows = press::PUBLISHERS_CSV.lines().skip(1).map(|row| row.split(',').collect::<Vec<_>>());
    rows.map(|cells| (cells[0].to_owned(), cells[1].to_owned())).collect()
}

fn key(row: &Row) -> (String, String) {
    (plain(&row["publisher"]), plain(&row["title"]))
}

#[test]
fn presence_has_a_row_for_each_shard_and_title_with_a_match() {
    for zero_rows in [false, true] {
        let work = mixed(if zero_rows { &["--zero-rows"] } else { &[] });
        let evidence = work.evidence("out");
        let (matches, shards) = (evidence.rows("matches.csv"), evidence.rows("shards.csv"));
        let presence = evidence.rows("presence.csv");
        let mut expected = 0;
        for shard in &shards {
            for title in titles() {
                let of: Vec<&Row> = matches
                    .iter()
                    .filter(|row| {
                        row["shard"] == shard["shard"]
                            && row["dataset"] == shard["dataset"]
                            && key(row) == title
                    })
                    .collect();
                let rows: Vec<&Row> = presence
                    .iter()
                    .filter(|row| {
                        row["shard"] == shard["shard"]
                            && row["dataset"] == shard["dataset"]
                            && key(row) == title
                    })
                    .collect();
                assert_eq!(
                    rows.len(),
                    usize::from(zero_rows || !of.is_empty()),
                    "{title:?} in {}",
                    shard["shard"]
                );
                expected += rows.len();
                let Some(row) = rows.first() else { continue };
                assert_eq!(row["shard_status"], shard["status"]);
                if shard["status"] == "failed" {
                    let counts = ["captures", "mirror_captures", "distinct_urls", "content_records"];
                    assert!(
                        counts.iter().all(|column| row[*column].is_empty()),
                        "a zero where nothing was looked at: {row:?}"
                    );
                    continue;
                }
                let urls: BTreeSet<&String> = of.iter().map(|row| &row["archive_url"]).collect();
                assert_eq!(number(row, "captures"), of.len() as u64, "{row:?}");
                assert_eq!(number(row, "distinct_urls"), urls.len() as u64, "{row:?}");
                let mirrors = of.iter().filter(|row| row["match_kind"] == "mirror").count();
                assert_eq!(number(row, "mirror_captures"), mirrors as u64, "{row:?}");
                assert_eq!(row["content_records"], shard["content_records"], "{row:?}");
            }
        }
        assert_eq!(presence.len(), expected, "rows of no known title");
    }
}

#[test]
fn publishers_adds_up_what_matches_has() {
    let work = mixed(&[]);
    let evidence = work.evidence("out");
    let (matches, shards) = (evidence.rows("matches.csv"), evidence.rows("shards.csv"));
    let rows = evidence.rows("publishers.csv");
    assert!(!rows.is_empty());
    for row in &rows {
        let same = |other: &&Row| other["dataset"] == row["dataset"] && other["release"] == row["release"];
        let of: Vec<&Row> = matches.iter().filter(same).filter(|found| key(found) == key(row)).collect();
        let distinct = |column: &str| {
            of.iter().map(|row| &row[column]).filter(|cell| !cell.is_empty()).collect::<BTreeSet<_>>().len()
                as u64
        };
        assert_eq!(number(row, "captures"), of.len() as u64, "{row:?}");
        assert_eq!(number(row, "distinct_urls"), distinct("archive_url"), "{row:?}");
        assert_eq!(number(row, "distinct_payloads"), distinct("archive_digest"), "{row:?}");
        assert_eq!(number(row, "shards_with_match"), distinct("shard"), "{row:?}");
        let dates: BTreeSet<&String> = of.iter().map(|row| &row["archive_date"]).collect();
        assert_eq!(row["first_date"], dates.first().map_or("", |date| date.as_str()), "{row:?}");
        assert_eq!(row["last_date"], dates.last().map_or("", |date| date.as_str()), "{row:?}");
        let whole = shards.iter().filter(same).filter(|shard| shard["status"] == "whole").count();
        let gaps = shards
            .iter()
            .filter(same)
            .filter(|shard| ["partial", "failed"].contains(&&*shard["status"]))
            .count();
        assert_eq!(
            (number(row, "shards_whole"), number(row, "shards_with_gaps")),
            (whole as u64, gaps as u64),
            "{row:?}"
        );
    }
    let counted: u64 = rows.iter().map(|row| number(row, "captures")).sum();
    assert_eq!(counted, matches.len() as u64);
    let corpora: BTreeSet<(&String, &String)> =
        shards.iter().map(|row| (&row["dataset"], &row["release"])).collect();
    assert_eq!(
        rows.len(),
        corpora.len() * titles().len(),
        "each title of the list in each corpus, also with zero"
    );
}

#[test]
fn the_census_counts_every_registrable_domain() {
    // The last of its documents gives the census a domain with three hosts.
    let mut docs = press::docs();
    for host in ["a.deep.guardian.co.uk", "guardian.co.uk", "www.guardian.co.uk:8080"] {
        docs.push(Doc { url: format!("http://{host}/x"), ..Doc::filler(docs.len()) });
    }
    let domain = |url: &str| {
        let host = Doc { url: url.into(), ..Doc::filler(0) }.host();
        psl::domain_str(&host).unwrap_or(&host).to_owned()
    };
    for (format, text) in [
        (Format::Wet, Some((|doc: &Doc| wet::block(doc).len()) as fn(&Doc) -> usize)),
        (Format::C4, Some(|doc: &Doc| doc.lines().join("\n").len())),
        (Format::Warc, None),
    ] {
        let mut expected: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for doc in &docs {
            let count = expected.entry(domain(&doc.url)).or_default();
            count.0 += 1;
            count.1 += text.map_or(0, |text| text(doc)) as u64;
        }
        for depth in ["address", "content"] {
            let (work, what) = (work(), format!("{format:?} {depth}"));
            let built = build(format, format.published(), &docs);
            let names = work.put_built(&built);
            scan(&work, &[&names[0], "--census", "--depth", depth], "out").expect(0);
            let rows = work.evidence("out").rows("hosts.csv");
            let found: BTreeMap<String, (u64, u64)> = rows
                .iter()
                .map(|row| {
                    (row["registrable_domain"].clone(), (number(row, "records"), number(row, "text_bytes")))
                })
                .collect();
            let records = |counts: &BTreeMap<String, (u64, u64)>| {
                counts.iter().map(|(domain, count)| (domain.clone(), count.0)).collect::<Vec<_>>()
            };
            assert_eq!(records(&found), records(&expected), "{what}");
            if text.is_some() {
                assert_eq!(found, expected, "{what}: bytes of text");
            }
            let order: Vec<(std::cmp::Reverse<u64>, &String)> = rows
                .iter()
                .map(|row| (std::cmp::Reverse(number(row, "records")), &row["registrable_domain"]))
                .collect();
            assert!(order.is_sorted(), "{what}: most records first");
            let ranks: Vec<u64> = rows.iter().map(|row| number(row, "rank")).collect();
            assert_eq!(ranks, (1..=rows.len() as u64).collect::<Vec<_>>(), "{what}");
            let share: f64 =
                rows.iter().map(|row| row["record_share"].parse::<f64>().expect("a number")).sum();
            assert!((share - 1.0).abs() < 1e-6, "{what}: {share}");
        }
    }
}

#[test]
fn the_manifest_tells_what_was_done_and_its_digests_hold() {
    let work = mixed(&["--census", "--zero-rows", "--depth", "content"]);
    let evidence = work.evidence("out");
    let manifest = evidence.manifest();
    let outputs = manifest["outputs"].as_array().expect("a list");
    let names: BTreeSet<&str> = outputs.iter().filter_map(|file| file["path"].as_str()).collect();
    assert_eq!(
        names,
        BTreeSet::from(["matches.csv", "shards.csv", "presence.csv", "publishers.csv", "hosts.csv"])
    );
    for file in outputs {
        let name = file["path"].as_str().expect("a path");
        let bytes = evidence.bytes(name);
        assert_eq!(file["sha256"], sha256(&bytes), "{name}");
        assert_eq!(file["bytes"], bytes.len(), "{name}");
        assert_eq!(file["rows"], evidence.rows(name).len(), "{name}");
    }
    let results = &manifest["results"];
    assert_eq!(results["counts_add_up"], true);
    let shards = evidence.rows("shards.csv");
    let sum = |column: &str| shards.iter().map(|row| number(row, column)).sum::<u64>();
    for (name, column) in [
        ("records", "records"),
        ("content", "content_records"),
        ("clear", "clear"),
        ("found", "found"),
        ("damaged", "damaged"),
    ] {
        assert_eq!(results["counts"][name], sum(column), "{name}");
    }
    assert_eq!((&results["shards"]["whole"], &results["shards"]["failed"]), (&3.into(), &1.into()));
    assert_eq!(results["matches"], evidence.rows("matches.csv").len());
    let settings = &manifest["settings"];
    assert_eq!(
        (&settings["depth"], &settings["census"], &settings["zero_rows"]),
        (&"content".into(), &true.into(), &true.into())
    );
    assert_eq!(settings["domains_sha256"], sha256(press::PUBLISHERS_CSV.as_bytes()));
    assert_eq!((&settings["shards"], &manifest["exit_code"]), (&4.into(), &3.into()));
    assert_eq!(manifest["publisher_list"]["rules"], 6);
    assert_eq!(manifest["tool"]["version"], env!("CARGO_PKG_VERSION"));
    for (language, words) in [
        ("en", ["Of 4 shards, 3 were read completely", "does not say that anybody used it"]),
        ("fr", ["Sur 4 fichiers, 3", "ne dit pas"]),
    ] {
        let text = manifest["statement_of_scope"][language].as_str().expect("a text");
        assert!(words.iter().all(|word| text.contains(word)), "{language}: {text}");
    }
}

#[test]
fn the_address_depth_says_what_it_leaves_unchecked() {
    let work = mixed(&[]);
    let evidence = work.evidence("out");
    let manifest = evidence.manifest();
    for (language, word) in [("en", "not checked"), ("fr", "pas été vérifiés")] {
        assert!(
            manifest["statement_of_scope"][language].as_str().expect("a text").contains(word),
            "{language}"
        );
    }
    for row in evidence.rows("shards.csv").iter().filter(|row| row["status"] == "whole") {
        let said = row["not_checked"].contains("checksums");
        assert_eq!(said, row["framing"] == "member_per_record", "{row:?}");
        assert_eq!(row["depth"], "address");
    }
}

#[test]
fn dataset_and_release_can_be_named() {
    let work = work();
    work.put("a.json", line("www.lemonde.fr", 1));
    scan(&work, &["a.json", "--dataset", "mine", "--release", "2024, spring"], "out").expect(0);
    let evidence = work.evidence("out");
    for table in ["matches.csv", "shards.csv", "presence.csv", "publishers.csv"] {
        assert_eq!(evidence.column(table, "dataset"), vec!["mine"; evidence.rows(table).len()], "{table}");
        assert_eq!(evidence.column(table, "release")[0], "2024, spring", "{table}");
    }
    scan(&work, &["a.json"], "plain").expect(0);
    assert_eq!(work.evidence("plain").column("shards.csv", "dataset"), ["c4"]);
    let id = |evidence: &Evidence| evidence.column("matches.csv", "match_id")[0].clone();
    assert_ne!(id(&evidence), id(&work.evidence("plain")), "the id is over dataset and release");
}

#[test]
fn a_corpus_of_ones_own_is_read_by_its_fields() {
    let work = work();
    work.put(
        "own.jsonl",
        "{\"page\": {\"link\": \"https://www.lemonde.fr/a\"}, \"body\": \"Bonjour\", \"seen\": \"2023-05-06\", \"n\": 1}\n\
         {\"page\": {\"link\": \"https://example.org/b\"}, \"body\": \"Hello\", \"seen\": \"2023-05-07\", \"n\": 2}\n\
         {\"page\": {}, \"body\": \"No address\", \"seen\": \"2023-05-08\", \"n\": 3}\n",
    );
    scan(&work, &["own.jsonl"], "without").expect(1);
    scan(&work, &["own.jsonl", "--fields", "url=page.link,text=body,date=seen", "--census"], "out").expect(3);
    let evidence = work.evidence("out");
    let row = &evidence.rows("matches.csv")[0];
    assert_eq!(plain(&row["archive_url"]), "https://www.lemonde.fr/a");
    assert!(row["archive_date"].starts_with("2023-05-06"), "{row:?}");
    assert_eq!(row["line"], "1");
    let shard = &evidence.rows("shards.csv")[0];
    assert_eq!((shard["clear"].as_str(), shard["found"].as_str(), shard["unread"].as_str()), ("1", "1", "1"));
    assert!(shard["unread_reasons"].contains("no_address=1"), "{shard:?}");
    assert_eq!(number(shard, "text_bytes"), "BonjourHelloNo address".len() as u64);
}

#[test]
fn the_hash_of_a_shard_is_that_of_its_file() {
    for format in [Format::Warc, Format::Arc, Format::C4, Format::Oscar2019, Format::Oscar2301] {
        for framing in Framing::ALL {
            let (work, built) = (work(), build(format, framing, &press::docs()));
            work.put_built(&built);
            let what = format!("{format:?} {framing:?}");
            let (run, other) = (
                scan(&work, &[built.name()], "out"),
                scan(&work, &[built.name(), "--shard-hash", "none"], "none"),
            );
            assert_eq!(run.exit, other.exit, "{what}");
            let row = &work.evidence("out").rows("shards.csv")[0];
            assert_eq!(row["sha256"], sha256(built.bytes()), "{what}");
            assert_eq!(
                (row["no_sha256"].as_str(), number(row, "bytes_read")),
                ("", built.bytes().len() as u64),
                "{what}"
            );
            let row = &work.evidence("none").rows("shards.csv")[0];
            assert_eq!(row["sha256"], "", "{what}");
            assert!(!row["no_sha256"].is_empty(), "{what}: the receipt must say why there is no hash");
        }
    }
}

/// The columns of `presence.csv` and `publishers.csv` that count addresses, and those that count articles.
const BY_ADDRESS: [&str; 4] = ["captures", "mirror_captures", "distinct_urls", "distinct_payloads"];
const BY_ARTICLE: [&str; 2] = ["articles", "words"];

/// Whether all rows of these titles, or of the others, have these counts. What a table does not have is passed over.
#[track_caller]
fn filled(evidence: &Evidence, of_owners: bool, columns: &[&str]) -> bool {
    let mut answers = BTreeSet::new();
    for table in ["presence.csv", "publishers.csv"] {
        let rows = evidence.rows(table);
        let rows: Vec<&Row> = rows.iter().filter(|row| row["title"].is_empty() == of_owners).collect();
        assert!(!rows.is_empty(), "{table}");
        for row in
            rows.into_iter().filter(|row| row.get("shard_status").is_none_or(|status| status != "failed"))
        {
            answers.extend(columns.iter().filter_map(|column| row.get(*column)).map(|cell| !cell.is_empty()));
        }
    }
    assert_eq!(answers.len(), 1, "all or none: {columns:?}");
    answers.contains(&true)
}

#[test]
fn a_count_of_what_nobody_looked_for_is_empty_and_no_zero() {
    let work = Work::new();
    work.put("list.csv", press::PUBLISHERS_CSV);
    let all = articles::articles(1, 2, 300);
    articles::fingerprint(&work, "a", &all);
    let docs = [
        all[0].captured("https://www.lemonde.fr/copy"),
        Doc::new("other", "https://www.bbc.co.uk/news/1", "News"),
    ];
    work.put("shard.json", articles::shard(&docs));
    let run = |out: &str, what: &[&str]| {
        work.run([&["scan", "shard.json", "--zero-rows", "-q", "-o", out], what].concat()).expect(0);
        work.run(["verify", out, "--source", ".", "-q", "--out", &format!("{out}.csv")]).expect(0);
        work.evidence(out)
    };
    let only_articles = run("articles", &["-f", "a.fpr"]);
    assert!(!filled(&only_articles, true, &BY_ADDRESS), "no address was looked for");
    assert!(filled(&only_articles, true, &BY_ARTICLE));

    let only_addresses = run("addresses", &["-d", "list.csv"]);
    assert!(filled(&only_addresses, false, &BY_ADDRESS));
    assert!(!filled(&only_addresses, false, &BY_ARTICLE), "no article was looked for");

    let both = run("both", &["-d", "list.csv", "-f", "a.fpr"]);
    assert!(filled(&both, false, &BY_ADDRESS) && filled(&both, true, &BY_ARTICLE));
    assert!(!filled(&both, true, &BY_ADDRESS), "an owner of articles has no addresses in the list");
    assert!(!filled(&both, false, &BY_ARTICLE), "articles belong to a publisher, not to a title");
    // A zero of what was looked for stays a zero.
    let of = |title: &str, column: &str| {
        let rows = both.rows("publishers.csv");
        rows.iter().find(|row| row["title"] == title).map(|row| row[column].clone())
    };
    assert_eq!(of("Le Monde", "captures").as_deref(), Some("1"));
    assert_eq!(of("Le Parisien", "captures").as_deref(), Some("0"));
    assert_eq!(of("", "shards_with_match").as_deref(), Some("1"));
}
