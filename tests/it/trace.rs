//! `trace`: rows of derived corpora find their captures, and nothing is called absent that nobody looked at.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::kit::doc::Doc;
use crate::kit::frame::Framing;
use crate::kit::shards::{Built, Format, build, published};
use crate::kit::work::{Outcome, Work, plain};
use crate::kit::{digest, gzip, press, warc};
use crate::scanning::scan;

type Row = BTreeMap<String, String>;

const DERIVED: [(Format, &str); 10] = [
    (Format::C4, "url_and_time"),
    (Format::Mc4, "url_and_time"),
    (Format::Oscar2109, "refers_to"),
    (Format::Oscar2201, "refers_to"),
    (Format::Oscar2301, "refers_to"),
    (Format::Hplt, "url_and_time"),
    (Format::RedPajama, "url_and_time"),
    (Format::Dclm, "record_id"),
    (Format::FineWeb, "record_id"),
    (Format::Wet, "refers_to"),
];

/// A folder with a list; scans of shards go into folders of it.
fn work() -> Work {
    let work = Work::new();
    work.put("list.csv", press::PUBLISHERS_CSV);
    work
}

fn scanned(work: &Work, built: &Built, out: &str, more: &[&str]) -> Vec<Row> {
    let folder = format!("shards-{out}");
    built.files.iter().for_each(|(name, bytes)| drop(work.put(&format!("{folder}/{name}"), bytes)));
    scan(work, &[&[folder.as_str()], more].concat(), out).expect(0);
    work.evidence(out).rows("matches.csv")
}

fn trace(work: &Work, captures: &[&str], more: &[&str], out: &str) -> Outcome {
    work.run([&["trace", "derived", "-o", out, "--captures"], captures, more].concat())
}

fn origins(work: &Work, out: &str) -> Vec<Row> {
    work.evidence(out).rows("origins.csv")
}

fn report(work: &Work, out: &str) -> Value {
    serde_json::from_slice(&work.evidence(out).bytes("trace.json")).expect("JSON")
}

#[test]
fn each_derived_corpus_finds_its_captures() {
    let docs = press::docs();
    for (format, join) in DERIVED {
        let work = work();
        let derived = scanned(&work, &published(format, &docs), "derived", &[]);
        let captures = published(Format::Warc, &docs);
        scanned(&work, &captures, "captures", &[]);
        trace(&work, &["captures"], &[], "origins").expect(0);
        let rows = origins(&work, "origins");
        assert_eq!(rows.len(), derived.len(), "{format:?}");
        for (row, derived) in rows.iter().zip(&derived) {
            let doc =
                docs.iter().position(|doc| doc.url == plain(&derived["archive_url"])).expect("a document");
            let member = captures.of(doc).and_then(|record| record.compressed.clone()).expect("a member");
            let of = |name: &str| row[name].as_str();
            assert_eq!((of("match_id"), of("origin")), (derived["match_id"].as_str(), "found"), "{format:?}");
            assert_eq!((of("joined_by"), of("capture_type")), (join, "response"), "{format:?}");
            assert_eq!(of("capture_offset"), member.start.to_string(), "{format:?}");
            assert_eq!(of("capture_length"), (member.end - member.start).to_string(), "{format:?}");
            assert_eq!((of("capture_status"), of("rights_state")), ("200", "absent"), "{format:?}");
        }
        let report = report(&work, "origins");
        assert_eq!(report["counts"]["found"], derived.len(), "{format:?}");
        assert_eq!(report["outputs"][0]["rows"], derived.len(), "{format:?}");
    }
}

#[test]
fn what_is_not_there_is_not_found_in_what_was_searched() {
    let work = work();
    let docs = press::docs();
    let derived = scanned(&work, &published(Format::C4, &docs), "derived", &[]);
    // The first page was captured a second later, the second one is missing, the third one is spelt otherwise.
    let mut others: Vec<Doc> =
        docs.iter().filter(|doc| doc.url != plain(&derived[1]["archive_url"])).cloned().collect();
    for doc in &mut others {
        if doc.url == plain(&derived[0]["archive_url"]) {
            doc.date = doc.date.replace(":00Z", ":01Z");
        }
        if doc.url == plain(&derived[2]["archive_url"]) {
            doc.url = doc.url.replace("https://www.", "http://WWW.");
        }
    }
    scanned(&work, &published(Format::Warc, &others), "captures", &[]);
    let run = trace(&work, &["captures"], &[], "origins").expect(3);
    assert!(run.stderr.contains("2 not found in what was searched"), "{}", run.stderr);
    let rows = origins(&work, "origins");
    for row in &rows[..2] {
        assert_eq!(
            (row["origin"].as_str(), row["rights_state"].as_str()),
            ("not found in what was searched", "")
        );
    }
    let spelt = plain(&derived[2]["archive_url"]).contains("https://www.");
    assert_eq!(rows[2]["joined_by"], if spelt { "normal_url_and_time" } else { "url_and_time" });
}

#[test]
fn captures_in_one_second_are_all_named() {
    let work = work();
    let doc = Doc::new("one", "https://www.lemonde.fr/a", "Titre\nTexte.");
    scanned(&work, &published(Format::C4, std::slice::from_ref(&doc)), "derived", &[]);
    scanned(&work, &published(Format::Warc, &[doc.clone(), doc]), "captures", &[]);
    trace(&work, &["captures"], &[], "origins").expect(0);
    let rows = origins(&work, "origins");
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["match_id"], rows[1]["match_id"]);
    assert_ne!(rows[0]["capture_offset"], rows[1]["capture_offset"]);
}

#[test]
fn the_text_of_a_capture_stands_in_where_the_capture_is_not_there() {
    let work = work();
    let docs = press::docs();
    scanned(&work, &published(Format::Oscar2301, &docs), "derived", &[]);
    scanned(&work, &published(Format::Wet, &docs), "wet", &[]);
    scanned(&work, &published(Format::Warc, &docs), "warc", &[]);
    trace(&work, &["wet"], &[], "from-wet").expect(0);
    for row in origins(&work, "from-wet") {
        assert_eq!((row["joined_by"].as_str(), row["capture_type"].as_str()), ("record_id", "conversion"));
        assert_eq!(row["rights_state"], "unobservable", "a text has no headers");
    }
    trace(&work, &["wet", "warc"], &[], "from-both").expect(0);
    assert!(origins(&work, "from-both").iter().all(|row| row["capture_type"] == "response"));
}

/// A response with these fields, as a gzip member.
fn response(number: usize, url: &str, fields: &str) -> Vec<u8> {
    let block = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{fields}\r\n<p>x\r\n");
    let record = warc::Head::new()
        .field("WARC-Type", "response")
        .field("WARC-Date", "2019-04-25T12:57:54Z")
        .field("WARC-Record-ID", &digest::record_id("response", number))
        .field("Content-Length", &block.len().to_string())
        .field("Content-Type", "application/http; msgtype=response")
        .field("WARC-Target-URI", url)
        .block(block.as_bytes());
    gzip::member(&record)
}

/// Derived rows of three pages, and a WARC file with their captures. Returns the offsets and lengths of its members.
fn three(work: &Work) -> Vec<(usize, usize)> {
    let urls: Vec<String> = (0..3).map(|number| format!("https://www.lemonde.fr/{number}")).collect();
    let line = |url: &String| {
        format!("{{\"url\":\"{url}\",\"text\":\"a b\",\"timestamp\":\"2019-04-25T12:57:54Z\"}}\n")
    };
    work.put("shards-derived/c4-train.00000-of-00512.json", urls.iter().map(line).collect::<String>());
    scan(work, &["shards-derived"], "derived").expect(0);
    let members = [
        response(0, &urls[0], "TDM-Reservation: 1\r\nX-Robots-Tag: noai\r\nx-robots-tag: =noimageai\r\n"),
        response(1, &urls[1], "Server: x\r\n"),
        response(2, &urls[2], "Link: <https://a.example/l.xml>; rel=\"license\"\r\n"),
    ];
    work.put("shards-warc/crawl-data/x.warc.gz", members.concat());
    let mut at = 0;
    let places = members.iter().map(|member| {
        at += member.len();
        (at - member.len(), member.len())
    });
    places.collect()
}

fn rights(work: &Work, out: &str) -> Vec<[String; 4]> {
    let cell = |row: &Row, name: &str| plain(&row[name]);
    let columns = ["rights_state", "tdm_reservation", "x_robots_tag", "link_license"];
    origins(work, out).iter().map(|row| columns.map(|name| cell(row, name))).collect()
}

fn expected() -> Vec<[String; 4]> {
    [
        ["present", "1", "noai\n=noimageai", ""],
        ["absent", "", "", ""],
        ["present", "", "", "<https://a.example/l.xml>; rel=\"license\""],
    ]
    .map(|row| row.map(str::to_owned))
    .to_vec()
}

#[test]
fn headers_are_read_where_the_capture_is_at_hand_and_nowhere_else() {
    let work = work();
    three(&work);
    scan(&work, &["shards-warc", "--keep-records"], "kept").expect(0);
    scan(&work, &["shards-warc"], "bare").expect(0);
    trace(&work, &["bare"], &[], "from-run").expect(0);
    assert_eq!(rights(&work, "from-run"), expected());
    std::fs::rename(work.path("shards-warc"), work.path("moved")).unwrap();
    trace(&work, &["kept"], &[], "from-kept").expect(0);
    assert_eq!(rights(&work, "from-kept"), expected());
    trace(&work, &["bare"], &["--source", "moved"], "from-source").expect(0);
    assert_eq!(rights(&work, "from-source"), expected());
    trace(&work, &["bare"], &[], "from-nowhere").expect(0);
    assert!(rights(&work, "from-nowhere").iter().all(|row| row[0] == "not looked at" && row[1].is_empty()));
    // Another file of that name is not the capture.
    let mut bytes = std::fs::read(work.path("moved/crawl-data/x.warc.gz")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    work.put("moved/crawl-data/x.warc.gz", bytes);
    trace(&work, &["bare"], &["--source", "moved"], "from-changed").expect(0);
    let rows = origins(&work, "from-changed");
    assert_eq!(rows[1]["rights_note"], "the bytes at hand are not those of the capture's row");
    assert_eq!(rights(&work, "from-changed")[0], expected()[0]);
}

#[test]
fn index_lines_name_captures_too() {
    let work = work();
    let places = three(&work);
    let line = |number: usize, (offset, length): (usize, usize)| {
        format!(
            "fr,lemonde)/{number} 20190425125754 {{\"url\": \"https://www.lemonde.fr/{number}\", \"mime\": \"text/html\", \
             \"status\": \"200\", \"digest\": \"ABC\", \"length\": \"{length}\", \"offset\": \"{offset}\", \
             \"filename\": \"crawl-data/x.warc.gz\"}}\n"
        )
    };
    let lines: Vec<String> = places.iter().enumerate().map(|(number, place)| line(number, *place)).collect();
    work.put(
        "indexes/cdx-00000.gz",
        [gzip::member(lines[0].as_bytes()), gzip::member(lines[1].as_bytes())].concat(),
    );
    work.put("indexes/cdx-00001", &lines[2]);
    work.put("indexes/cluster.idx", "no lines of an index\n");
    trace(&work, &["indexes"], &["--source", "shards-warc"], "all").expect(0);
    assert_eq!(rights(&work, "all"), expected());
    let rows = origins(&work, "all");
    assert!(rows.iter().all(|row| row["capture_type"] == "index line" && row["joined_by"] == "url_and_time"));
    assert_eq!(
        (rows[1]["capture_offset"].clone(), rows[2]["capture_input"].as_str()),
        (places[1].0.to_string(), "2")
    );
    assert_eq!(plain(&rows[0]["capture_shard"]), "crawl-data/x.warc.gz");
    // A row of evidence about the same capture says more than the line.
    scan(&work, &["shards-warc"], "warc").expect(0);
    trace(&work, &["indexes", "warc"], &[], "both").expect(0);
    let both = origins(&work, "both");
    assert!(both.len() == 3 && both.iter().all(|row| row["capture_type"] == "response"), "{both:?}");
    // An index line that points at another record proves nothing about headers.
    work.put("wrong.cdxj", line(1, places[0]) + &line(0, places[0]));
    trace(&work, &["wrong.cdxj"], &["--source", "shards-warc"], "wrong").expect(3);
    let rows = origins(&work, "wrong");
    assert_eq!(
        (rows[0]["rights_state"].as_str(), rows[1]["rights_state"].as_str()),
        ("present", "not looked at")
    );
    assert_eq!(rows[1]["rights_note"], "the bytes at hand are not that capture");
    assert_eq!(rows[2]["origin"], "not found in what was searched");
}

#[test]
fn a_damaged_index_leaves_a_gap() {
    let work = work();
    let places = three(&work);
    let line = |number: usize| {
        let (offset, length) = places[number];
        format!(
            "k 20190425125754 {{\"url\": \"https://www.lemonde.fr/{number}\", \"length\": \"{length}\", \"offset\": \"{offset}\"}}\n"
        )
    };
    let whole: String = (0..3).map(line).collect();
    work.put("whole.cdxj", &whole);
    trace(&work, &["whole.cdxj"], &[], "whole").expect(0);
    work.put("rubbish.cdxj", whole.clone() + "k 2019 {\n");
    let run = trace(&work, &["rubbish.cdxj"], &[], "rubbish").expect(3);
    assert!(run.stderr.contains("1 lines were not understood"), "{}", run.stderr);
    assert_eq!(report(&work, "rubbish")["captures"][0]["not_understood"], 1);
    let mut cut = gzip::member(whole.as_bytes());
    cut.truncate(cut.len() - 12);
    work.put("cut.cdxj.gz", cut);
    trace(&work, &["cut.cdxj.gz"], &[], "cut").expect(3);
    assert_eq!(report(&work, "cut")["captures"][0]["gaps"].as_array().map(Vec::len), Some(1));
}

#[test]
fn wrong_requests_are_refused_before_anything_is_written() {
    let work = work();
    three(&work);
    scan(&work, &["shards-warc"], "warc").expect(0);
    work.put("full/x", "x");
    work.put("no-index.cdxj", "nothing\n");
    let cases: [(&[&str], &str); 6] = [
        (&["trace", "derived", "--captures", "nowhere", "-o", "o1"], "no such file or folder"),
        (&["trace", "derived", "--captures", "full", "-o", "o2"], "has no index files"),
        (
            &["trace", "derived", "--captures", "no-index.cdxj", "-o", "o3"],
            "holds no line of a capture index",
        ),
        (&["trace", "warc", "--captures", "warc", "-o", "o4"], "has no row of a derived corpus"),
        (&["trace", "derived", "--captures", "warc", "-o", "full"], "is not empty"),
        (
            &["trace", "derived", "--captures", "warc", "--source", "nowhere", "-o", "o5"],
            "no such file or folder",
        ),
    ];
    for (arguments, words) in cases {
        let run = work.run(arguments).expect(2);
        assert!(run.stderr.contains(words), "{arguments:?}: {}", run.stderr);
    }
    assert_eq!(std::fs::read(work.path("full/x")).unwrap(), b"x");
}

#[test]
fn a_row_that_names_no_capture_says_so() {
    use crate::kit::articles::{article, fingerprint, scan};
    let work = work();
    let one = article(1, 300);
    fingerprint(&work, "a", std::slice::from_ref(&one));
    let built = build(Format::Oscar2019, Framing::GzipWhole, &[one.captured("https://copie.example/1")]);
    let name = work.put_built(&built).remove(0);
    let found = scan(&work, &[&name, "-f", "a.fpr"], "derived");
    assert!(!found.rows.is_empty());
    three_captures(&work);
    trace(&work, &["captures"], &[], "origins").expect(3);
    assert!(origins(&work, "origins").iter().all(|row| row["origin"] == "names no capture"));
}

fn three_captures(work: &Work) {
    work.put("shards-captures/x.warc.gz", response(0, "https://www.lemonde.fr/0", ""));
    scan(work, &["shards-captures"], "captures").expect(0);
}
