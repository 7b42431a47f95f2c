//! Shards on servers: the evidence is that of the same shards on a disk, and every fault of a server ends in the receipt as
//! what it was.

use crate::kit::press;
use crate::kit::server::{Answer, Server};
use crate::kit::shards::{Built, Format, published};
use crate::kit::work::Work;
use crate::probe::{self, Scanned};
use crate::scanning::same;

/// What makes a test of retries quick.
const QUICK: [&str; 4] = ["--retries", "2", "--first-wait", "5"];
/// The same for a few tries more.
const MORE: [&str; 4] = ["--retries", "4", "--first-wait", "5"];

/// The press shard in the form that most tests use.
fn shard() -> Built {
    published(Format::Warc, &press::docs())
}

/// All formats in a folder and on a server.
fn everywhere(work: &Work, server: &Server) -> Vec<String> {
    let mut urls = Vec::new();
    for (n, format) in Format::ALL.into_iter().enumerate() {
        for (name, bytes) in published(format, &press::docs()).files {
            let path = format!("s/{n}/{name}");
            work.put(&path, &bytes);
            server.put(&format!("/{path}"), bytes);
            urls.push(server.url(&format!("/{path}")));
        }
    }
    urls
}

#[test]
fn the_way_of_the_bytes_does_not_show() {
    let (work, server) = (Work::new(), Server::new());
    let urls = everywhere(&work, &server);
    for depth in probe::DEPTHS {
        let options = ["--depth", depth, "--census", "--keep-records"];
        let disk = format!("disk {depth}");
        let web = format!("web {depth}");
        let on_disk = probe::scan_into(&work, &disk, &disk, &[&["s"], options.as_slice()].concat());
        let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
        let on_web = probe::scan_into(&work, &web, &web, &[&urls, options.as_slice()].concat());
        assert_eq!(on_disk.run.exit, on_web.run.exit, "{}", on_web.run.stderr);
        assert!(on_disk.matches.len() > 50);
        same(depth, &on_disk.evidence.tree(), &on_web.evidence.tree());
        let exchanges = on_web.evidence.rows("acquisition.csv");
        assert!(exchanges.len() >= urls.len() && !on_disk.evidence.path("acquisition.csv").exists());
        assert!(on_web.shards.iter().all(|row| row["length_promised"] == "length not promised"));
    }
    // Each shard is asked for once at each depth, but for the files of OSCAR 21.09, which are read together too.
    for url in &urls {
        let path = &url[server.url("").len()..];
        let most = if path.contains("_part_") || path.contains("/10/") { 4 } else { 2 };
        let count = server.requests_for(path).len();
        assert!((2..=most).contains(&count), "{path}: {count} requests");
    }
}

/// A shard of which everything was examined, found on a disk.
fn on_disk(work: &Work, built: &Built) -> Scanned {
    work.put(&format!("disk/{}", built.name()), built.bytes());
    probe::scan_into(work, "disk", "disk-evidence", &["disk"])
}

/// One shard on a server.
fn served(built: &Built) -> (Server, String, String) {
    let server = Server::new();
    let path = format!("/disk/{}", built.name());
    server.put(&path, built.bytes());
    let url = server.url(&path);
    (server, path, url)
}

#[test]
fn faults_that_pass_do_not_show() {
    let built = shard();
    let half = built.bytes().len() / 2;
    let work = Work::new();
    let expected = on_disk(&work, &built).evidence.tree();
    type Queue = Vec<Answer>;
    let good = Answer::good;
    let cases: Vec<(&str, Queue, usize)> = vec![
        ("dropped once", vec![good().cut(half)], 2),
        ("dropped at once", vec![good().cut(0)], 2),
        ("dropped thrice, each time further on", vec![good().cut(300), good().cut(300), good().cut(300)], 4),
        ("503 twice", vec![Answer::status(503), Answer::status(503)], 3),
        ("429 with seconds", vec![Answer::status(429).header("Retry-After", "1")], 2),
        (
            "503 with a date",
            vec![Answer::status(503).header("Retry-After", "Mon, 06 Jan 2025 12:00:00 GMT")],
            2,
        ),
        ("500, then dropped", vec![Answer::status(500), good().cut(half)], 3),
        ("a server that knows no ranges", vec![good().cut(half), good().without_ranges()], 3 - 1),
        ("no ETag, the same date", vec![good().etag("").cut(half), good().etag("")], 2),
        ("a weak ETag", vec![good().etag("W/\"one\"").cut(half), good().etag("W/\"one\"")], 2),
        ("in chunks", vec![good().chunked()], 1),
        ("in chunks, dropped", vec![good().chunked().cut(half)], 2),
        ("stalled", vec![good().stall(half)], 2),
    ];
    for (what, queue, requests) in cases {
        let (server, path, url) = served(&built);
        queue.into_iter().for_each(|answer| server.next(&path, answer));
        let out = format!("of {what}");
        let scanned = probe::scan_into(
            &work,
            what,
            &out,
            &[&[url.as_str(), "--timeout", "1"], MORE.as_slice()].concat(),
        );
        assert_eq!(scanned.run.exit, 0, "{what}: {:?}", scanned.shards);
        same(what, &expected, &scanned.evidence.tree());
        assert_eq!(server.requests_for(&path).len(), requests, "{what}");
        let exchanges = scanned.evidence.rows("acquisition.csv");
        assert_eq!(exchanges.len(), requests, "{what}");
        let (last, before) = exchanges.split_last().expect("one at least");
        assert!(
            last["error"].is_empty() && before.iter().all(|row| !row["error"].is_empty()),
            "{exchanges:?}"
        );
    }
}

#[test]
fn faults_that_stay_are_told_and_what_was_read_is_kept() {
    let built = shard();
    let half = built.bytes().len() / 2;
    let work = Work::new();
    let whole = on_disk(&work, &built);
    let good = Answer::good;
    let failed = "failed";
    let partial = "partial";
    let twice = |answer: Answer| vec![answer.clone(), answer];
    let after = |answer: Answer| vec![good().cut(half), answer];
    let cases: Vec<(&str, Vec<Answer>, Option<Answer>, &str, &str)> = vec![
        ("403", vec![Answer::status(403)], None, failed, "403 Forbidden; access denied"),
        ("404", vec![Answer::status(404)], None, failed, "404 Not Found; there is no such file"),
        ("410", vec![Answer::status(410)], None, failed, "410 Gone"),
        ("416", vec![Answer::status(416)], None, failed, "416 Range Not Satisfiable"),
        ("always 503", vec![], Some(Answer::status(503)), failed, "503 Service Unavailable (after 3 tries)"),
        (
            "429 for hours",
            vec![Answer::status(429).header("Retry-After", "7200")],
            None,
            failed,
            "wait for 7200 s",
        ),
        ("stalled for ever", vec![], Some(good().stall(0)), failed, "no bytes came for 1 s (after 3 tries)"),
        ("a circle", vec![], Some(Answer::redirect("?again")), failed, "redirects in a circle"),
        ("to another protocol", vec![Answer::redirect("file:///etc/passwd")], None, failed, "not followed"),
        (
            "a page",
            vec![Answer::page("<!doctype html><title>Log in</title>")],
            None,
            failed,
            "an HTML page was served",
        ),
        (
            "a page that is text",
            vec![Answer::page("Please log in first")],
            None,
            failed,
            "an HTML page was served",
        ),
        (
            "never more than half",
            vec![],
            Some(good().cut(half).without_ranges()),
            partial,
            "the connection was lost",
        ),
        ("changed", after(good().etag("\"two\"")), None, partial, "the file changed on the server"),
        (
            "changed date",
            vec![good().etag("").cut(half), good().etag("").modified("Tue, 07 Jan 2025 10:00:00 GMT")],
            None,
            partial,
            "changed on the server",
        ),
        (
            "changed, no ranges",
            after(good().etag("\"two\"").without_ranges()),
            None,
            partial,
            "changed on the server",
        ),
        ("ETag gone", after(good().etag("")), None, partial, "changed on the server"),
        (
            "no state named",
            vec![good().etag("").modified("").cut(half)],
            None,
            partial,
            "names no state of the file",
        ),
        ("another range", after(good().content_range("bytes 0-99/100")), None, partial, "sent another range"),
        ("gone in between", after(Answer::status(404)), None, partial, "404 Not Found"),
        ("too short in between", after(Answer::status(416)), None, partial, "416 Range Not Satisfiable"),
        (
            "a page in between",
            after(Answer::page("<html>")),
            None,
            partial,
            "an HTML page was served in place of the rest",
        ),
        (
            "less than promised",
            twice(good().claim(half * 9)),
            Some(good().claim(half * 9)),
            partial,
            "were promised",
        ),
        ("no end marked", vec![good().without_length()], None, partial, "a cut would not show"),
        ("a part unasked", vec![Answer::status(206)], None, failed, "a part although the whole"),
    ];
    for (what, queue, always, status, reason) in cases {
        let (server, path, url) = served(&built);
        queue.into_iter().for_each(|answer| server.next(&path, answer));
        always.into_iter().for_each(|answer| server.always(&path, answer));
        let out = format!("of {what}");
        let scanned = probe::scan_into(
            &work,
            what,
            &out,
            &[&[url.as_str(), "--timeout", "1"], QUICK.as_slice()].concat(),
        );
        let row = scanned.receipt();
        assert_eq!(row["status"], status, "{what}: {row:?}");
        assert!(row["reason"].contains(reason), "{what}: {}", row["reason"]);
        assert_eq!(scanned.run.exit, if status == failed { 1 } else { 3 }, "{what}");
        let exchanges = scanned.evidence.rows("acquisition.csv");
        assert_eq!(exchanges.len(), server.requests_for(&path).len(), "{what}");
        if status == partial {
            assert!(!scanned.matches.is_empty(), "{what}: what was read is kept");
            let offsets = |rows: &[probe::Row]| -> Vec<String> {
                rows.iter().map(|row| row["offset"].clone()).collect()
            };
            let (found, all) = (offsets(&scanned.matches), offsets(&whole.matches));
            assert_eq!(found, all[..found.len()], "{what}");
            assert_eq!(row["sha256"].is_empty(), what != "no end marked", "{what}: {row:?}");
        }
    }
}
