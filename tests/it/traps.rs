//! The traps that other programs fell into (`peers.md`, section 14): each run end to end.

use crate::kit::damage;
use crate::kit::doc::Doc;
use crate::kit::frame::Framing;
use crate::kit::shards::{Format, build};
use crate::kit::work::{Outcome, Work, plain};

const LIST: &str = "publisher,title,domain
Nash,Washington Post,washingtonpost.com
Dow,WSJ,wsj.com
Nast,Wired,wired.com
Springer,Welt,welt.de
BBC,BBC News,news.bbc.co.uk
BBC,BBC Sport,bbc.co.uk/sport
Le Monde,Le Monde,lemonde.fr
";

/// Why it matters, the address, the rule that must find it.
const CASES: &[(&str, &str, &str)] = &[
    ("lstrip takes the w of the name", "https://www.washingtonpost.com/a", "washingtonpost.com"),
    ("the name itself begins with w", "https://washingtonpost.com/b", "washingtonpost.com"),
    ("what lstrip leaves is another site", "https://ashingtonpost.com/c", ""),
    ("w of wsj", "https://www.wsj.com/articles/d", "wsj.com"),
    ("sj.com is another site", "https://sj.com/e", ""),
    ("www.sj.com too", "https://www.sj.com/f", ""),
    ("wired", "https://www.wired.com/g", "wired.com"),
    ("ired collides with wired", "https://www.ired.com/h", ""),
    ("ired bare", "https://ired.com/i", ""),
    ("welt", "https://www.welt.de/j", "welt.de"),
    ("elt.de", "https://elt.de/k", ""),
    ("listed name in a query", "https://example.org/?u=https://www.welt.de/l", ""),
    ("listed name in a path", "https://example.org/www.wsj.com/m", ""),
    ("listed name in a fragment", "https://example.org/#wired.com", ""),
    ("longer name that ends in a listed one", "https://notlemonde.fr/n", ""),
    ("hyphenated name that ends in one", "https://my-wired.com/o", ""),
    ("listed name as a label in front", "https://lemonde.fr.example.com/p", ""),
    ("listed name as user", "https://wired.com@example.com/q", ""),
    ("user and password before a listed host", "https://me:secret@www.wired.com/r", "wired.com"),
    ("middle-level host", "http://news.bbc.co.uk/2/hi/s.stm", "news.bbc.co.uk"),
    ("deeper than the middle level", "http://www.news.bbc.co.uk/2/hi/t.stm", "news.bbc.co.uk"),
    ("still deeper", "http://a.b.news.bbc.co.uk/u", "news.bbc.co.uk"),
    ("sibling of the middle level", "http://radio.bbc.co.uk/v", ""),
    ("parent of the middle level", "http://www.bbc.co.uk/news/w", ""),
    ("path rule", "https://www.bbc.co.uk/sport/x", "bbc.co.uk/sport"),
    ("path inside a segment", "https://www.bbc.co.uk/sports/y", ""),
    ("upper case", "HTTPS://WWW.WELT.DE/Z", "welt.de"),
    ("port", "http://www.welt.de:8080/aa", "welt.de"),
    ("trailing dot", "http://www.welt.de./bb", "welt.de"),
    ("all at once", "http://u:p@WWW.Welt.DE.:80/cc", "welt.de"),
    ("www twice", "http://www.www.welt.de/dd", "welt.de"),
    ("www2 is a subdomain", "http://www2.welt.de/ee", "welt.de"),
    ("no dot after www", "http://wwwwelt.de/ff", ""),
];

fn docs() -> Vec<Doc> {
    let texts =
        CASES.iter().enumerate().map(|(n, (what, ..))| (n, format!("{what}\nPage number {n} of them.")));
    texts.map(|(n, text)| Doc { text, url: CASES[n].1.into(), ..Doc::filler(n) }).collect()
}

fn run(shard: &[u8], name: &str, depth: &str) -> (Work, Outcome) {
    let work = Work::new();
    work.put("list.csv", LIST);
    work.put(name, shard);
    let run = work.run(["scan", name, "-d", "list.csv", "-o", "out", "--depth", depth]);
    (work, run)
}

#[test]
fn names_are_compared_whole_and_by_label() {
    let expected: Vec<(String, String)> = CASES
        .iter()
        .filter(|(.., rule)| !rule.is_empty())
        .map(|(_, url, rule)| ((*url).to_owned(), (*rule).to_owned()))
        .collect();
    for format in [Format::Warc, Format::Wet, Format::C4, Format::Oscar2301] {
        for depth in ["address", "content"] {
            let built = build(format, format.published(), &docs());
            let (work, run) = run(built.bytes(), built.name(), depth);
            run.expect(0);
            let rows = work.evidence("out").rows("matches.csv");
            let found: Vec<(String, String)> =
                rows.iter().map(|row| (plain(&row["archive_url"]), plain(&row["rule"]))).collect();
            for (what, url, rule) in CASES {
                let of: Vec<&String> =
                    found.iter().filter(|(found, _)| found == url).map(|(_, rule)| rule).collect();
                let wanted: &[&str] = if rule.is_empty() { &[] } else { &[rule] };
                assert_eq!(of, wanted, "{format:?} {depth}: {what}: {url}");
            }
            assert_eq!(found, expected, "{format:?} {depth}");
            assert!(rows.iter().all(|row| row["match_kind"] == "domain"), "{format:?} {depth}");
        }
    }
}

#[test]
fn a_page_counts_once_though_three_records_name_it() {
    let docs = [Doc { url: "https://www.welt.de/a".into(), ..Doc::filler(1) }, Doc::filler(2)];
    let built = build(Format::Warc, Framing::GzipPerRecord, &docs);
    for depth in ["address", "content"] {
        let (work, run) = run(built.bytes(), built.name(), depth);
        run.expect(0);
        let evidence = work.evidence("out");
        assert_eq!(evidence.column("matches.csv", "record_type"), ["response"], "{depth}");
        let shard = &evidence.rows("shards.csv")[0];
        assert_eq!((shard["records"].as_str(), shard["content_records"].as_str()), ("7", "2"), "{depth}");
        assert_eq!(shard["other_records"].split(';').count(), 3, "{depth}: {}", shard["other_records"]);
    }
}

#[test]
fn a_cut_shard_is_a_gap_and_what_is_before_the_cut_is_found() {
    for (format, framing) in [
        (Format::Warc, Framing::GzipPerRecord),
        (Format::Wet, Framing::GzipPerRecord),
        (Format::C4, Framing::GzipWhole),
        (Format::Oscar2301, Framing::Zstd),
    ] {
        let built = build(format, framing, &docs());
        let cut = damage::cut(&built, built.bytes().len() as u64 * 3 / 5 + 1);
        for depth in ["address", "content"] {
            let (work, run) = run(&cut.bytes, &cut.name, depth);
            assert_eq!(run.exit, 3, "{format:?} {depth}: {}", run.stderr);
            let shard = &work.evidence("out").rows("shards.csv")[0];
            assert_eq!(shard["status"], "partial", "{format:?} {depth}");
            let found: u64 = shard["found"].parse().expect("a count");
            if framing == Framing::GzipPerRecord {
                assert!(found > 2, "{format:?} {depth}: {shard:?}");
            }
        }
    }
}

#[test]
fn what_stands_behind_damage_is_found() {
    let built = build(Format::Warc, Framing::GzipPerRecord, &docs());
    let middle = built.bytes().len() as u64 / 3;
    let damaged = damage::flip(&built, middle, 64);
    let intact = damaged.docs(damage::State::Intact);
    let expected: Vec<&str> =
        intact.iter().map(|&doc| CASES[doc]).filter(|case| !case.2.is_empty()).map(|case| case.1).collect();
    for depth in ["address", "content"] {
        let (work, run) = run(&damaged.bytes, &damaged.name, depth);
        run.expect(3);
        let urls: Vec<String> = work
            .evidence("out")
            .column("matches.csv", "archive_url")
            .iter()
            .map(|cell| plain(cell))
            .collect();
        for url in &expected {
            assert!(urls.iter().any(|found| found == url), "{depth}: {url} is intact and not reported");
        }
    }
}
