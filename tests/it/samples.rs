//! Every file under `../shared/samples`, with what its README says of it.
//!
//! The numbers of records are those of the README (counted with warcio, FastWARC and a script), not of this program.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::kit::work::{Outcome, Work};
use crate::scanning::{adds_up, number, picture, scan, work};

/// How the receipt must end.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Whole,
    /// Read, with a gap that the reason names.
    Partial,
    /// No shard, or not a record in it that could be examined.
    Failed,
    /// Never `whole`: text that no rule can be applied to, or nothing at all.
    NotWhole,
}
use End::*;

/// A listing whose shards are not here. The long ones are given under another name: as one file, not as a list.
const LISTINGS: &[(&str, usize)] = &[
    ("paths/cc-index-table.paths-2024-22-300parts.gz", 300),
    ("paths/cc-main-2016-07-wat.paths.gz", 34_900),
    ("paths/cc-main-2020-45-cc-index.paths.gz", 302),
    ("paths/cc-main-2020-45-robotstxt.paths.gz", 72_000),
    ("paths/cc-main-2020-45-segment.paths.gz", 100),
    ("paths/cc-main-2026-30-wet.paths.gz", 100_000),
    ("paths/cc-main-index-table-all-subsets.paths.gz", 901),
    ("paths/cc-main-non200responses.paths.gz", 90_000),
    ("paths/cc-news-2025-01.paths", 305),
];

/// The file, the records of the README, the end, a word of the reason.
const FILES: &[(&str, u64, End, &str)] = &[
    ("README.md", 0, NotWhole, ""),
    ("adjacent/cc100-sr-not-really-xz.txt.xz", 1, Partial, "no addresses"),
    ("adjacent/cc_news-newyorker.json", 0, Failed, "JSON"),
    ("adjacent/dolma-cc_en_head-0091.jsonl.gz", 10, Whole, ""),
    ("adjacent/hplt2-sample100-CC.zst", 100, Partial, "UTF-8"),
    ("arc-other/IAH-20080430204825-00000-blackbook.arc.gz", 300, Whole, ""),
    ("arc-other/alexa_charset_in_header.arc.gz", 2, Whole, ""),
    ("arc-other/negative_content_length.arc.gz", 4, Whole, ""),
    ("arc-other/small_BNF.arc", 6, Whole, ""),
    ("arc-other/unesco-fr_15digit-date.arc.gz", 2, Whole, ""),
    ("c4/c4-sample.00000-of-00001.json.gz", 1000, Whole, ""),
    ("c4/c4-train.00000-of-01024.json.gz", 3, Whole, ""),
    ("c4/multilingual/c4-af.tfrecord-00000-of-00064.json.gz", 3, Whole, ""),
    ("c4/olmo-c4-sample.01.json.gz", 10, Whole, ""),
    ("c4/realnewslike/c4-train.00000-of-00512.json.gz", 3, Whole, ""),
    ("cc-arc/crawl-002_2009_bad-host.arc.gz", 2, Whole, ""),
    ("cc-arc/crawl-002_2010_bracket-host.arc.gz", 2, Whole, ""),
    ("cc-arc/crawl-2012_whitespace-url.arc.gz", 2, Whole, ""),
    ("cc-robotstxt/cc-robotstxt-2025-33.warc.gz", 1, Whole, ""),
    // The line ends that close the record are not there, as in a file that was cut.
    ("cc-warc/cc-bbc-truncated.warc", 1, NotWhole, "line ends"),
    ("cc-warc/cc-commoncrawl-2025-33-response.warc.gz", 1, Whole, ""),
    ("cc-warc/cc-example-2025-33-response.warc.gz", 1, Whole, ""),
    ("cc-warc/cc-jwarc-single-response.warc.gz", 1, Whole, ""),
    ("cc-warc/cc-main-2020-34-50rec.warc.gz", 50, Whole, ""),
    ("cc-warc/cc-main-2022-05-mini.warc.gz", 3, Whole, ""),
    ("cc-warc/whirlwind.warc.gz", 4, Whole, ""),
    ("cc-wat/whirlwind.warc.wat.gz", 2, Whole, ""),
    ("cc-wet/cc-main-2016-50-singlemember.wet.gz", 26, Whole, ""),
    ("cc-wet/fragment_incomplete_last.wet.gz", 2, Partial, "belong to no record"),
    ("cc-wet/whirlwind.warc.wet.gz", 2, Whole, ""),
    ("cdxj/cc-api-example-2025-33.jsonl", 0, Failed, "--fields"),
    ("cdxj/cc-api-many-crawls.jsonl", 0, Failed, "--fields"),
    ("cdxj/cc-collinfo.jsonl", 0, Failed, "--fields"),
    ("cdxj/cc-main-2025-18-brookings.cdxj", 0, Failed, "index"),
    ("cdxj/iana.cdxj", 0, Failed, "index"),
    ("cdxj/zipnum-sample.cdx.gz", 0, Failed, "index"),
    ("cdxj/zipnum-sample.idx", 0, Failed, "index"),
    ("cdxj/zipnum-sample.loc", 0, NotWhole, ""),
    ("lists/realnews_domain_to_allowed_subdomains.json", 0, Failed, "JSON"),
    ("oscar-2019/en_part_1.txt.gz", 2, Partial, "no addresses: domain rules cannot apply"),
    ("oscar-2019/fr_part_1.txt.gz", 2, Partial, "no addresses: domain rules cannot apply"),
    ("oscar-2019/fr_sha256.txt", 0, NotWhole, ""),
    ("oscar-22.01/oscar-io-data.jsonl", 63, Whole, ""),
    ("robots/cnet.robots.txt", 0, NotWhole, ""),
    ("robots/content-signals.robots.txt", 0, NotWhole, ""),
    ("robots/ipwatchdog.robots.txt", 0, NotWhole, ""),
    ("robots/reddit.robots.txt", 0, NotWhole, ""),
    ("warc-malformed/bad-non-chunked.warc.gz", 6, Whole, ""),
    ("warc-malformed/clipped.warc.gz", 1, NotWhole, "ends inside"),
    ("warc-malformed/crlf_at_1k_boundary.warc.gz", 1, Whole, ""),
    ("warc-malformed/empty-gzips.warc.gz", 9, Whole, ""),
    ("warc-malformed/example-trunc.warc", 4, Partial, "at decoded byte"),
    ("warc-malformed/gzip_extra_sl.warc.gz", 1, Whole, ""),
    ("warc-malformed/unparsable-date.warc.gz", 3, Whole, ""),
    ("warc-other/bl-gov-uk-revisits.warc.gz", 190, Whole, ""),
    ("warc-other/cc-main-2020-34-50rec.warc.lz4", 0, Failed, "LZ4"),
    ("warc-other/clueweb-quirk.warc.gz", 30, Whole, ""),
    ("warc-other/fiscalitefrg-wget.warc.gz", 56, Whole, ""),
    ("warc-other/storm-archiveweb.warc.gz", 42, Whole, ""),
    ("warc-other/wget-bracketed-uri.warc.gz", 6, Whole, ""),
];

/// The samples, if they are there.
fn samples() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
    if !path.is_dir() {
        println!("skipped: ../shared is not there");
        return None;
    }
    Some(path.canonicalize().expect("a path"))
}

fn scanned(folder: &Path, name: &str, depth: &str) -> (Work, Outcome) {
    let work = work();
    let path = folder.join(name);
    let run = scan(&work, &[path.to_str().expect("a plain path"), "--depth", depth, "--census"], "out");
    (work, run)
}

#[test]
fn every_sample_has_a_row_here() {
    let Some(folder) = samples() else { return };
    let there: BTreeSet<String> = picture(&folder).into_keys().filter(|name| !name.ends_with('/')).collect();
    let listed = FILES.iter().map(|file| file.0).chain(LISTINGS.iter().map(|file| file.0));
    let listed: BTreeSet<String> = listed.map(str::to_owned).collect();
    assert_eq!(there, listed);
}

#[test]
fn each_sample_ends_as_its_readme_says_at_depth_address() {
    check("address");
}

#[test]
fn each_sample_ends_as_its_readme_says_at_depth_content() {
    check("content");
}

fn check(depth: &str) {
    let Some(folder) = samples() else { return };
    let mut wrong = Vec::new();
    for &(name, records, end, word) in FILES {
        let (work, run) = scanned(&folder, name, depth);
        let exit = match end {
            Whole => vec![0],
            Partial => vec![3],
            Failed => vec![1],
            NotWhole => vec![1, 3],
        };
        assert!(!run.stderr.contains("panicked"), "{name}: {}", run.stderr);
        if !exit.contains(&run.exit) {
            wrong.push(format!("{name}: exit {}: {}", run.exit, run.stderr));
            continue;
        }
        let evidence = work.evidence("out");
        let rows = evidence.rows("shards.csv");
        assert_eq!(rows.len(), 1, "{name}");
        let row = &rows[0];
        adds_up(name, row);
        assert_eq!(evidence.manifest()["results"]["counts_add_up"], true, "{name}");
        let status = row["status"].as_str();
        let ended = match end {
            Whole => status == "whole",
            Partial => status == "partial",
            Failed => status == "failed",
            NotWhole => status != "whole",
        };
        // Text beside the shards has no records that anybody counted.
        let counted = records == 0 && end == NotWhole || number(row, "records") == records;
        if !ended
            || !counted
            || !row["reason"].contains(word)
            || (status == "whole") != row["reason"].is_empty()
        {
            wrong.push(format!(
                "{name}: {status}, {} records, not {records}: `{}`",
                row["records"], row["reason"]
            ));
        }
    }
    assert!(wrong.is_empty(), "{depth}:\n{}", wrong.join("\n"));
}

#[test]
fn a_listing_whose_shards_are_not_here_has_a_receipt_for_each() {
    let Some(folder) = samples() else { return };
    for (name, lines) in LISTINGS.iter().filter(|(name, lines)| *lines < 500 && !name.contains("300parts")) {
        let (work, run) = scanned(&folder, name, "address");
        assert_eq!(run.exit, 1, "{name}: {}", run.stderr);
        let rows = work.evidence("out").rows("shards.csv");
        assert_eq!(rows.len(), *lines, "{name}");
        assert!(
            rows.iter().all(|row| row["status"] == "failed" && row["reason"].contains("opened")),
            "{name}"
        );
    }
}

#[test]
fn a_listing_under_another_name_is_no_shard() {
    let Some(folder) = samples() else { return };
    for (name, _) in LISTINGS {
        let work = work();
        work.put("listing.txt.gz", std::fs::read(folder.join(name)).expect("a sample"));
        let run = scan(&work, &["listing.txt.gz"], "out");
        assert!(run.exit == 1 || run.exit == 3, "{name}: {}", run.stderr);
        let row = &work.evidence("out").rows("shards.csv")[0];
        assert_ne!(row["status"], "whole", "{name}");
        let says = row["reason"].contains("listing") || row["reason"].contains("no addresses");
        assert!(says, "{name}: `{}`", row["reason"]);
    }
}

#[test]
fn the_press_in_the_samples_is_found() {
    let Some(folder) = samples() else { return };
    let list = "publisher,title,domain\nA,ABC,mobile.abc.net.au/news\nA,Accuweather,accuweather.com\nW,Wikipedia,an.wikipedia.org\n\
                K,Kent Live,kentlive.news\nN,Netwerk24,netwerk24.com\n";
    for (name, rule) in [
        ("cc-wet/cc-main-2016-50-singlemember.wet.gz", "mobile.abc.net.au/news"),
        ("cc-warc/whirlwind.warc.gz", "an.wikipedia.org"),
        ("cc-wet/whirlwind.warc.wet.gz", "an.wikipedia.org"),
        ("c4/olmo-c4-sample.01.json.gz", "kentlive.news"),
        ("c4/multilingual/c4-af.tfrecord-00000-of-00064.json.gz", "netwerk24.com"),
    ] {
        for depth in ["address", "content"] {
            let work = Work::new();
            work.put("list.csv", list);
            let path = folder.join(name);
            scan(&work, &[path.to_str().expect("a plain path"), "--depth", depth], "out").expect(0);
            let rules = work.evidence("out").column("matches.csv", "rule");
            assert!(rules.iter().any(|found| found == rule), "{name} {depth}: {rules:?}");
        }
    }
}

#[test]
fn one_run_over_all_shards_gives_the_sum() {
    let Some(folder) = samples() else { return };
    let work = work();
    let names: Vec<String> = FILES
        .iter()
        .filter(|(_, _, end, _)| *end == Whole)
        .map(|(name, ..)| folder.join(name).to_str().expect("a plain path").to_owned())
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    scan(&work, &names, "out").expect(0);
    let rows = work.evidence("out").rows("shards.csv");
    let records: u64 = rows.iter().map(|row| number(row, "records")).sum();
    let expected: u64 =
        FILES.iter().filter(|(_, _, end, _)| *end == Whole).map(|(_, records, ..)| records).sum();
    assert_eq!(
        records, expected,
        "the two files of C4 with equal bytes belong to two corpora and both count"
    );
    assert!(rows.iter().all(|row| row["status"] == "whole"));
}
