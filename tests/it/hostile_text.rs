//! Text made to run in a spreadsheet, to move a cursor, to turn the direction of a line or to leave the folder: it
//! stays text, and none of it is lost.

use std::path::Path;

use serde_json::json;

use crate::kit::gzip;
use crate::kit::warc::Head;
use crate::kit::work::{Evidence, Outcome, plain};
use crate::scanning::{line, picture, scan, work};

/// What a field can hold, by the name of the trick. An `\0` and line breaks reach the program escaped in JSON.
const TEXTS: &[(&str, &str)] = &[
    ("formula", "=cmd|' /C calc'!A0"),
    ("plus", "+1"),
    ("minus", "-2"),
    ("at", "@SUM(A1)"),
    ("tab first", "\t=1+1"),
    ("return first", "\r=1+1"),
    ("quotes and commas", "\"a\",\"=1\",'b'"),
    ("line breaks", "a\r\n=1,2\nerror: b"),
    ("zero byte", "a\0b"),
    ("escape sequence", "\u{1b}[2J\u{1b}]0;title\u{7}"),
    ("second control block", "a\u{9b}2J\u{85}\u{7f}"),
    ("right to left", "\u{202e}gpj.exe\u{2066}"),
    ("zero width", "le\u{200b}mon\u{200d}de\u{feff}\u{2060}"),
    ("line separators", "a\u{2028}b\u{2029}"),
    ("backslashes", "\\u003d\\\""),
    ("arabic letter mark", "a\u{61c}b"),
];

/// Names that a file can have on Unix, to which no slash belongs.
const NAMES: &[&str] = &[
    "quote\"and'comma,.json",
    "\u{1b}[2Jclear.json",
    "\u{202e}nosj.json",
    "gone\nerror: all is well.json",
    "gone\r\nhint: send money.json",
    "=cmd|' C calc'!A0.json",
    "-2.json",
    "zero\u{200b}width.json",
];

/// Nothing that moves, hides or turns text.
#[track_caller]
fn harmless(what: &str, text: &str) {
    let is_bad = |c: &char| {
        let mark = matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{feff}');
        mark || ('\u{2060}'..='\u{206f}').contains(c) || c.is_control() && *c != '\n'
    };
    let bad = text.chars().find(is_bad);
    assert!(bad.is_none(), "{what}: {bad:?} stands in {text:?}");
}

/// Every table of the evidence: rows of equal length, and cells that neither run nor hide. Answers how many.
#[track_caller]
fn tables_are_harmless(what: &str, evidence: &Evidence) -> usize {
    let files = picture(&evidence.path(""));
    let tables = files.iter().filter(|(name, _)| name.ends_with(".csv"));
    tables
        .inspect(|(name, bytes)| {
            let what = format!("{what}: {name}");
            harmless(&what, std::str::from_utf8(bytes).expect("UTF-8"));
            let mut reader =
                csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(&bytes[..]);
            let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
            for row in &rows {
                assert_eq!(row.len(), rows[0].len(), "{what}: cells of {row:?}");
                for cell in row {
                    let runs = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
                    assert!(!runs && !cell.contains('\n'), "{what}: {cell:?}");
                }
            }
        })
        .count()
}

/// A packed record with these fields.
fn record(fields: &[(&str, &str)], block: &str) -> Vec<u8> {
    let head = fields.iter().fold(Head::new(), |head, (name, value)| head.field(name, value));
    gzip::member(&head.field("Content-Length", &block.len().to_string()).block(block.as_bytes()))
}

/// A message stays on its own lines, whatever names are in it.
#[track_caller]
fn stays_a_message(what: &str, run: &Outcome) {
    harmless(what, &run.stderr);
    let begins = |word: &str| run.stderr.lines().filter(|line| line.trim_start().starts_with(word)).count();
    assert!(begins("error:") <= 1 && begins("hint:") <= 1, "{what}:\n{}", run.stderr);
    assert!(!run.stderr.contains("panicked"), "{what}:\n{}", run.stderr);
    assert_eq!(run.stdout, "", "{what}");
}

#[test]
fn fields_of_json_lines_stay_text_and_come_back() {
    for (what, text) in TEXTS {
        let work = work();
        let url = format!("http://www.lemonde.fr/{text}");
        let page = json!({ "url": &url, "text": text, "timestamp": text });
        work.put("shard.json", format!("{page}\n{}", line("www.lemonde.fr", 1)));
        scan(&work, &["shard.json", "--census", "--zero-rows"], "out").expect(0);
        let evidence = work.evidence("out");
        assert!(tables_are_harmless(what, &evidence) >= 5, "{what}: too few tables");
        let rows = evidence.rows("matches.csv");
        assert_eq!(rows.len(), 2, "{what}: {rows:?}");
        assert!(rows[0]["archive_url"].starts_with('"'), "{what}: {}", rows[0]["archive_url"]);
        assert_eq!(plain(&rows[0]["archive_url"]), url, "{what}");
        assert_eq!(plain(&rows[0]["archive_date"]), *text, "{what}");
    }
}

#[test]
fn fields_of_a_warc_record_stay_text_and_come_back() {
    for (what, text) in TEXTS.iter().filter(|(_, text)| !text.contains(['\r', '\n'])) {
        let work = work();
        let url = format!("http://www.lemonde.fr/{text}");
        let http = format!("HTTP/1.1 200 OK\r\nContent-Type: {text}\r\n\r\n<p>{text}");
        let fields =
            ["WARC-Date", "WARC-Record-ID", "WARC-Refers-To", "WARC-Truncated", "WARC-Payload-Digest"];
        let mut fields = fields.map(|name| (name, *text)).to_vec();
        fields.extend([("WARC-Type", "response"), ("WARC-Target-URI", &url)]);
        fields.push(("Content-Type", "application/http; msgtype=response"));
        work.put("shard.warc.gz", record(&fields, &http));
        let run = scan(&work, &["shard.warc.gz", "--census"], "out");
        assert!(matches!(run.exit, 0 | 3), "{what}: {}", run.stderr);
        stays_a_message(what, &run);
        let evidence = work.evidence("out");
        assert!(tables_are_harmless(what, &evidence) >= 5, "{what}: too few tables");
        let rows = evidence.rows("matches.csv");
        assert_eq!(rows.len(), 1, "{what}: {}", run.stderr);
        assert_eq!(plain(&rows[0]["archive_url"]), url, "{what}");
        // White space around a value of a head is no part of it.
        for column in ["record_id", "refers_to", "date", "mime", "truncated", "digest"] {
            let column = &*format!("archive_{column}");
            assert_eq!(plain(&rows[0][column]), text.trim_ascii(), "{what}: {column}");
        }
    }
}

#[test]
fn cells_of_the_publisher_list_stay_text_and_come_back() {
    // A cell over several lines is refused.
    for (what, text) in TEXTS.iter().filter(|(_, text)| !text.contains(['\r', '\n'])) {
        let work = work();
        let quoted = text.replace('"', "\"\"");
        work.put(
            "list.csv",
            format!("publisher,title,domain\n\"P{quoted}\",\"T{quoted}\",bbc.co.uk\n\"{quoted}\",\"{quoted}\",lemonde.fr\n"),
        );
        work.put("shard.json", line("www.lemonde.fr", 1));
        let run = scan(&work, &["shard.json", "--zero-rows"], "out").expect(0);
        stays_a_message(what, &run);
        let evidence = work.evidence("out");
        tables_are_harmless(what, &evidence);
        for table in ["matches.csv", "presence.csv", "publishers.csv"] {
            let rows = evidence.rows(table);
            // White space around a cell of a list may go.
            let is_it = |cell: &String| plain(cell).trim() == text.trim();
            let found = rows.iter().any(|row| is_it(&row["publisher"]) && is_it(&row["title"]));
            assert!(found, "{what}: not in {table}: {rows:?}");
        }
    }
}

#[test]
fn a_name_that_a_shard_states_leads_nowhere() {
    let names =
        ["../../escape.warc.gz", "/etc/x", "=evil", "a\u{1b}[2J.warc.gz", "\u{202e}x", "..", "a/../../b"];
    for name in names {
        let work = work();
        let date = ("WARC-Date", "2024-05-17T23:31:22Z");
        let info = [("WARC-Type", "warcinfo"), date, ("WARC-Filename", name)];
        let info = record(&info, &format!("isPartOf: {name}\r\ndescription: {name}\r\n"));
        let page = [("WARC-Type", "conversion"), date, ("WARC-Target-URI", "https://www.lemonde.fr/1")];
        work.put("local.warc.wet.gz", [info, record(&page, "Some words.")].concat());
        work.put("a/b/other", "so that a step up from the folder stays in sight");
        let before = picture(&work.path(""));
        scan(&work, &["local.warc.wet.gz", "--keep-records"], "a/b/out").expect(0);

        let mut after = picture(&work.path(""));
        let new: Vec<String> = after.keys().filter(|path| !before.contains_key(*path)).cloned().collect();
        assert!(new.iter().all(|path| path.starts_with("a/b/out/")), "{name:?}: {new:?}");
        after.retain(|path, _| before.contains_key(path));
        assert!(after == before, "{name:?}: a file was changed or is gone");
        assert!(!Path::new("/etc/x").exists(), "{name:?}");
        let evidence = work.evidence("a/b/out");
        tables_are_harmless(name, &evidence);
        assert_eq!(evidence.column("matches.csv", "shard"), ["local.warc.wet.gz"], "{name:?}");
        assert_eq!(evidence.column("matches.csv", "release"), [""], "{name:?}");
        let kept: Vec<String> = picture(&evidence.path("records")).into_keys().collect();
        assert_eq!(kept.len(), 1, "{name:?}: {kept:?}");
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        assert!(kept[0].chars().all(is_plain), "{name:?}: {kept:?}");
    }
}

#[cfg(unix)]
#[test]
fn names_of_files_stay_text_in_messages_and_tables() {
    let work = work();
    NAMES.iter().for_each(|name| drop(work.put(&format!("in/{name}"), line("www.lemonde.fr", 1))));
    // Of each name also one that cannot be read, for the message of a gap, and one that is no shard by its name.
    for name in NAMES {
        work.put(&format!("in/broken/{name}"), "no shard at all");
        work.put(&format!("in/{}", name.replace(".json", ".md")), "read me");
    }
    let run = scan(&work, &["in", "--keep-records"], "out").expect(3);
    stays_a_message("a folder of such names", &run);
    assert!(run.stderr.lines().any(|line| line.starts_with("gap: ")), "{}", run.stderr);
    let evidence = work.evidence("out");
    tables_are_harmless("a folder of such names", &evidence);
    let mut expected = NAMES.to_vec();
    expected.sort_unstable();
    let mut cells = Vec::new();
    for table in ["matches.csv", "presence.csv", "shards.csv"] {
        let rows = evidence.rows(table);
        let is_read = |row: &_| table != "shards.csv" || std::ops::Index::index(row, "status") == "whole";
        let mut found: Vec<String> =
            rows.into_iter().filter(is_read).map(|mut row| row.remove("shard").unwrap()).collect();
        found.sort();
        let mut names: Vec<String> = found.iter().map(|cell| plain(cell)).collect();
        names.sort();
        assert_eq!(names, expected, "{table}");
        cells.push(found);
    }
    assert!(cells.windows(2).all(|pair| pair[0] == pair[1]), "one shard has two cells: {cells:?}");
}

#[test]
fn names_in_a_wrong_request_stay_in_their_message() {
    let work = work();
    work.put("shard.json", line("www.lemonde.fr", 1));
    let mut escaped = Vec::new();
    for name in NAMES {
        // A `-` in front would make it an option.
        let (path, field) = (format!("gone/{name}"), format!("url=u,{name}=x"));
        let below = format!("shard.json/{name}");
        let requests: [&[&str]; 8] = [
            &[&path, "-d", "list.csv", "-o", "out"],
            &["shard.json", "-d", &path, "-o", "out"],
            &["shard.json", "-d", "list.csv", "-o", &below],
            &["shard.json", "-d", "list.csv", "-o", "out", "--fields", &path],
            &["shard.json", "-d", "list.csv", "-o", "out", "--fields", &field],
            &["shard.json", "-d", "list.csv", "-o", "out", "--depth", &path],
            &["shard.json", "-d", "list.csv", "-o", "out", "--threads", &path],
            &["shard.json", "-d", "list.csv", "-o", "out", name, "--no", &path],
        ];
        for request in requests {
            let run = work.run([&["scan"], request].concat());
            assert_eq!(run.exit, 2, "{request:?}: {}", run.stderr);
            let check = || stays_a_message(&format!("{request:?}"), &run);
            escaped.extend(std::panic::catch_unwind(check).is_err().then(|| format!("{request:?}")));
        }
    }
    assert!(escaped.is_empty(), "{}", escaped.join("\n"));
}

#[test]
fn an_address_found_within_another_is_a_literal() {
    let cases = [
        ("https://www-lemonde-fr.cdn.ampproject.org/c/s/www.lemonde.fr/=cmd|' /C calc'!A0", "=cmd|"),
        ("https://www-lemonde-fr.cdn.ampproject.org/c/s/www.lemonde.fr/\",\"=1\",\"", "\",\"=1\",\""),
        ("https://translate.googleusercontent.com/t?u=http%3A%2F%2Fwww.lemonde.fr%2F%1B%5B2J", ""),
        ("https://translate.googleusercontent.com/t?u=http%3A%2F%2Fwww.lemonde.fr%2F%E2%80%AEx%0A%3D1", ""),
        (
            "https://web.archive.org/web/20200102030405/http://www.lemonde.fr/@SUM(A1)\u{202e}",
            "@SUM(A1)\u{202e}",
        ),
    ];
    for (url, holds) in cases {
        let work = work();
        work.put("shard.json", format!("{}\n", json!({ "url": url, "text": "x", "timestamp": "2019" })));
        scan(&work, &["shard.json"], "out").expect(0);
        tables_are_harmless(url, &work.evidence("out"));
        let rows = work.evidence("out").rows("matches.csv");
        assert_eq!(rows.len(), 1, "{url:?}");
        let (cell, kind) = (&rows[0]["original_url"], &rows[0]["match_kind"]);
        assert!(kind == "mirror" && cell.starts_with("\"http"), "{url:?}: {kind} {cell}");
        assert!(plain(cell).contains(holds), "{url:?}: {cell}");
    }
}
