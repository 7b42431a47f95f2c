//! Shards on servers: the evidence is that of the same shards on a disk, and every fault of a server ends in the receipt as
//! what it was.

use std::time::Duration;

use crate::kit::frame::Framing;
use crate::kit::server::{Answer, Server};
use crate::kit::shards::{Built, Format, build, cut, published};
use crate::kit::work::{Outcome, Work};
use crate::kit::{gzip, press};
use crate::probe::{self, Scanned};
use crate::scanning::{picture, program, same};

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
    type Case<'c> = (&'c str, Vec<Answer>, Option<Answer>, &'c str, &'c str);
    let cases: Vec<Case<'_>> = vec![
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
            "encoded once more",
            vec![good().header("Content-Encoding", "gzip").body(&gzip::member(built.bytes()))],
            None,
            failed,
            "the server named the encoding gzip for the bytes",
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

/// `scan` with the standard list into `evidence`, in this environment.
fn scan_in(work: &Work, environment: &[(&str, &str)], arguments: &[&str]) -> Outcome {
    work.put("publishers.csv", press::PUBLISHERS_CSV);
    let begin = ["scan", "-d", "publishers.csv", "-o", "evidence"];
    work.run_in([&begin, arguments, QUICK.as_slice()].concat(), b"", environment)
}

/// Nothing in the folder or on the terminal holds one of the words.
#[track_caller]
fn nowhere(work: &Work, run: &Outcome, words: &[&str]) {
    for word in words {
        assert!(!run.stderr.contains(word) && !run.stdout.contains(word), "{word}: {}", run.stderr);
        for (name, bytes) in picture(&work.path("")) {
            assert!(memchr::memmem::find(&bytes, word.as_bytes()).is_none(), "{word} stands in {name}");
        }
    }
}

#[test]
fn a_token_stays_with_its_host_and_no_secret_is_written() {
    let built = shard();
    let (hub, store, work) = (Server::new(), Server::new(), Work::new());
    let path = format!("/datasets/o/n/resolve/refs%2Fx/en/{}", built.name());
    hub.always(&path, Answer::redirect(&store.url("/blob?X-Amz-Signature=geheim")));
    store.put("/blob", built.bytes());
    let url = format!("hf://datasets/o/n@refs%2Fx/en/{}", built.name());
    let environment = [("HF_ENDPOINT", hub.url("")), ("HF_TOKEN", "hf_token".to_owned())];
    let environment = environment.each_ref().map(|(name, value)| (*name, value.as_str()));
    let with_secrets = store.url("/blob?X-Amz-Signature=geheim").replace("http://", "http://me:pass@");
    let run = scan_in(&work, &environment, &[&url, &with_secrets]).expect(0);
    assert_eq!(hub.requests()[0].headers["authorization"], "Bearer hf_token");
    let asked = store.requests();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|request| request.query == "X-Amz-Signature=geheim"));
    let tokens = asked.iter().filter_map(|request| request.headers.get("authorization"));
    assert!(tokens.clone().all(|value| value.starts_with("Basic ")) && tokens.count() == 1, "{asked:?}");
    let exchanges = work.evidence("evidence").rows("acquisition.csv");
    let status: Vec<&str> = exchanges.iter().map(|row| row["http_status"].as_str()).collect();
    assert_eq!(status.iter().filter(|status| **status == "302").count(), 1, "{exchanges:?}");
    assert!(exchanges.iter().all(|row| row["remote_ip"] == "127.0.0.1" && !row["started_at"].is_empty()));
    nowhere(&work, &run, &["geheim", "Signature", "hf_token", "me:pass"]);
}

#[test]
fn a_gated_dataset_says_what_is_needed() {
    let (hub, work) = (Server::new(), Work::new());
    hub.always("/datasets/o/n/resolve/main/x.gz", Answer::status(403).header("X-Error-Code", "GatedRepo"));
    scan_in(&work, &[("HF_ENDPOINT", &hub.url(""))], &["hf://datasets/o/n/x.gz"]).expect(1);
    let row = &work.evidence("evidence").rows("shards.csv")[0];
    assert!(
        row["reason"].contains("access must be granted") && row["reason"].contains("HF_TOKEN"),
        "{row:?}"
    );
    assert_eq!(hub.requests().len(), 1, "it is not asked again");
}

#[test]
fn buckets_are_asked_plainly_or_with_a_signature() {
    let built = shard();
    let server = Server::new();
    let key = format!("a b/c=1/{}", built.name());
    let path = format!("/bucket/a%20b/c%3D1/{}", built.name());
    server.put(&path, built.bytes());
    let endpoint = server.url("");
    let plain = [("AWS_ENDPOINT_URL", endpoint.as_str()), ("AWS_ALLOW_HTTP", "true")];
    let signed = [&plain[..], &[("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "geheim")]].concat();
    let skipped = [&signed[..], &[("AWS_SKIP_SIGNATURE", "true")]].concat();
    for (environment, is_signed) in [(&plain[..], false), (&signed, true), (&skipped, false)] {
        let work = Work::new();
        let begin = std::time::Instant::now();
        let run = scan_in(&work, environment, &[&format!("s3://bucket/{key}")]).expect(0);
        assert!(begin.elapsed().as_secs() < 3, "nobody waited for an instance's credentials");
        let last = server.requests().pop().expect("one at least");
        assert_eq!(last.query.contains("X-Amz-Signature="), is_signed, "{last:?}");
        nowhere(&work, &run, &["geheim", "AKID", "Signature"]);
        let expected = on_disk(&work, &built).evidence.tree();
        same("bucket", &expected, &work.evidence("evidence").tree());
    }
}

#[test]
fn an_instance_gives_its_credentials_to_a_bucket_that_is_not_public() {
    let built = shard();
    let (server, service) = (Server::new(), Server::new());
    let role = "/latest/meta-data/iam/security-credentials/";
    service.put("/latest/api/token", "token");
    service.put(role, "role");
    service.put(
        &format!("{role}role"),
        r#"{"AccessKeyId":"AKID","SecretAccessKey":"geheim","Token":"t","Expiration":"2099-01-01T00:00:00Z"}"#,
    );
    server.put("/bucket/x.warc.gz", built.bytes());
    let (endpoint, metadata) = (server.url(""), service.url(""));
    let environment = [
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_METADATA_ENDPOINT", metadata.as_str()),
    ];
    server.next("/bucket/x.warc.gz", Answer::status(403));
    let work = Work::new();
    let run = scan_in(&work, &environment, &["s3://bucket/x.warc.gz"]).expect(0);
    let asked = server.requests();
    assert!(asked[0].query.is_empty() && asked[1].query.contains("X-Amz-Signature="), "{asked:?}");
    nowhere(&work, &run, &["geheim", "AKID", "Signature"]);

    // Nobody gives any, and the bucket stays shut: both are told, and the service is asked for one shard only.
    service.put("/latest/api/token", "");
    service.always(&format!("{role}role"), Answer::status(404));
    server.always("/bucket/x.warc.gz", Answer::status(403));
    server.always("/bucket/y.warc.gz", Answer::status(403));
    let work = Work::new();
    let before = service.requests_for(&format!("{role}role")).len();
    scan_in(&work, &environment, &["s3://bucket/x.warc.gz", "s3://bucket/y.warc.gz", "--threads", "1"])
        .expect(1);
    for row in work.evidence("evidence").rows("shards.csv") {
        let told = row["reason"].contains("403") && row["reason"].contains("AWS_ACCESS_KEY_ID");
        assert!(told, "{row:?}");
    }
    assert_eq!(service.requests_for(&format!("{role}role")).len(), before + 1);
}

#[test]
fn a_listing_names_paths_from_the_root_of_its_server() {
    let (server, work) = (Server::new(), Work::new());
    let mut paths = vec!["crawl-data/CC-MAIN-2024-22/segments/".to_owned()];
    for n in 0..3 {
        let built = published(Format::Wet, &press::docs()[n..]);
        let path = format!("crawl-data/CC-MAIN-2024-22/segments/1/wet/{n}-{}", built.name());
        server.put(&format!("/{path}"), built.bytes());
        work.put(&path, built.bytes());
        paths.push(path);
    }
    paths.push("crawl-data/CC-MAIN-2024-22/segments/1/wet/missing.warc.wet.gz".to_owned());
    let listing = gzip::member(paths.join("\n").as_bytes());
    server.put("/crawl-data/CC-MAIN-2024-22/wet.paths.gz", listing);
    paths.remove(0);
    work.put("wet.paths", paths.join("\n"));
    let url = server.url("/crawl-data/CC-MAIN-2024-22/wet.paths.gz");
    let on_web = probe::scan_into(&work, "web", "web", &[&url]);
    assert_eq!((on_web.run.exit, on_web.shards.len()), (3, 4));
    let missing = on_web.of("missing.warc.wet.gz");
    assert!(missing["status"] == "failed" && missing["reason"].contains("no such file"), "{missing:?}");
    let set_aside = on_web.evidence.manifest()["set_aside"].to_string();
    assert!(set_aside.contains("a folder in the listing"), "{set_aside}");
    let on_disk = probe::scan_into(&work, "disk", "disk", &["wet.paths"]);
    let (web, disk) = (on_web.evidence.tree(), on_disk.evidence.tree());
    for name in ["matches.csv", "presence.csv", "publishers.csv"] {
        assert!(web[name] == disk[name], "{name}");
    }

    let run = scan_in(&work, &[], &[&server.url("/none.paths.gz")]).expect(1);
    assert!(run.stderr.contains("cannot read the listing") && run.stderr.contains("404"), "{}", run.stderr);
    assert!(!work.path("evidence").exists());
}

#[test]
fn an_exchange_that_was_given_up_is_told() {
    let (server, work) = (Server::new(), Work::new());
    // Far more than is read ahead.
    server.put("/noise.gz", vec![0x80; 40_000_000]);
    let url = server.url("/noise.gz");
    let scanned = probe::scan(&work, "noise", &[&url]);
    assert_eq!(scanned.receipt()["status"], "failed");
    let rows = scanned.evidence.rows("acquisition.csv");
    let bytes = probe::number(&rows[0], "bytes");
    assert!(rows.len() == 1 && rows[0]["error"] == "reading was given up" && bytes > 0, "{rows:?}");
    assert!(bytes < 10_000_000, "{bytes} bytes were read for a look");
}

#[test]
fn a_host_is_asked_for_a_few_shards_at_a_time() {
    let (server, work) = (Server::new(), Work::new());
    let built = shard();
    let mut urls = Vec::new();
    for n in 0..20 {
        let path = format!("/{n}/{}", built.name());
        // Different shards, or they would count once.
        server.put(&path, [built.bytes(), &gzip::member(format!("{n}").as_bytes())].concat());
        server.always(&path, Answer::good().think(Duration::from_millis(50)));
        urls.push(server.url(&path));
    }
    let options = ["--threads", "8", "--connections", "2"];
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    probe::scan(&work, "polite", &[&urls, options.as_slice()].concat());
    assert_eq!(server.most_at_a_time(), 2);
    let asked = server.requests();
    assert_eq!(asked.len(), 20);
    for request in asked {
        assert_eq!(request.headers["user-agent"], concat!("shardproof/", env!("CARGO_PKG_VERSION")));
        assert_eq!(request.headers["accept-encoding"], "identity");
    }
}

#[test]
fn a_finished_shard_is_not_asked_for_again_and_a_failed_one_is() {
    let (server, work) = (Server::new(), Work::new());
    let urls = everywhere(&work, &server);
    let paths: Vec<&str> = urls.iter().map(|url| &url[server.url("").len()..]).collect();
    let expected = probe::scan_into(&work, "disk", "disk", &["s"]).evidence.tree();
    server.next(paths[0], Answer::status(404));
    let half = Answer::good().cut(400).etag("\"gone\"");
    server.next(paths[1], half);
    let arguments: Vec<&str> = urls.iter().map(String::as_str).chain(QUICK).collect();
    let first = probe::scan(&work, "first", &arguments);
    assert_eq!(first.run.exit, 3, "{}", first.run.stderr);
    let before: Vec<usize> = paths.iter().map(|path| server.requests_for(path).len()).collect();
    let exchanges = first.evidence.rows("acquisition.csv").len();
    let second = probe::scan(&work, "second", &arguments);
    same("after the second run", &expected, &second.evidence.tree());
    let more: Vec<usize> =
        paths.iter().zip(before).map(|(path, before)| server.requests_for(path).len() - before).collect();
    assert_eq!(more[..2], [1, 1]);
    assert_eq!(more.iter().sum::<usize>(), 2 + more[2..].iter().sum::<usize>());
    let rows = second.evidence.rows("acquisition.csv");
    assert!(rows.len() > exchanges, "the exchanges of the first run are told as well");
    assert!(rows.iter().any(|row| row["http_status"] == "404"));
}

#[test]
fn a_killed_run_over_servers_goes_on() {
    let (server, work) = (Server::new(), Work::new());
    let urls = everywhere(&work, &server);
    let expected = probe::scan_into(&work, "disk", "disk", &["s"]).evidence.tree();
    let last = urls.last().expect("many");
    server.next(&last[server.url("").len()..], Answer::good().stall(100));
    let arguments: Vec<&str> = urls.iter().map(String::as_str).collect();
    let begin = ["scan", "-d", "publishers.csv", "-o", "evidence", "--quiet", "--threads", "1"];
    let mut child = program(&work, &[&begin, arguments.as_slice()].concat()).spawn().expect("the program");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while server.requests_for(&last[server.url("").len()..]).is_empty() {
        assert!(std::time::Instant::now() < deadline);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child.kill().and_then(|()| child.wait()).expect("our own child");
    // A row that the process left unfinished.
    let journal = work.path("evidence/.shardproof/exchanges");
    let mut bytes = std::fs::read(&journal).expect("exchanges were written down");
    bytes.extend_from_slice(b"0,1,http");
    std::fs::write(&journal, bytes).expect("ours");
    let resumed = probe::scan(&work, "resumed", &arguments);
    same("after a kill", &expected, &resumed.evidence.tree());
    let rows = resumed.evidence.rows("acquisition.csv");
    assert!(
        rows.len() >= urls.len() && rows.iter().all(|row| !row["started_at"].is_empty()),
        "{}",
        rows.len()
    );
}

#[test]
fn a_shard_cut_anywhere_is_never_whole() {
    let built = shard();
    let work = Work::new();
    let whole = on_disk(&work, &built);
    let (server, path, url) = served(&built);
    for n in 1..24 {
        let cut = built.bytes().len() * n / 24;
        // Also exactly between two members, where a file on a disk would be a shorter one.
        let cut = built
            .members
            .iter()
            .map(|member| member.compressed.end as usize)
            .find(|end| *end >= cut)
            .filter(|_| n % 2 == 0)
            .unwrap_or(cut);
        if cut == built.bytes().len() {
            continue;
        }
        server.always(&path, Answer::good().cut(cut).without_ranges());
        let out = format!("cut {n}");
        let scanned = probe::scan_into(&work, &out, &out, &[&url, "--retries", "0"]);
        assert_ne!(scanned.receipt()["status"], "whole", "cut at {cut}");
        let rows = scanned.matches.len();
        let offsets = |rows: &[probe::Row]| rows.iter().map(|row| row["offset"].clone()).collect::<Vec<_>>();
        assert_eq!(offsets(&scanned.matches), offsets(&whole.matches)[..rows]);
        let inside = whole
            .matches
            .iter()
            .filter(|row| probe::number(row, "offset") + probe::number(row, "length") <= cut as u64);
        assert_eq!(rows, inside.count(), "cut at {cut}");
    }
}

#[test]
fn a_record_that_no_window_holds_is_read_again_by_its_range() {
    let work = Work::new();
    let mut docs = press::docs();
    docs[0].text = "A long page. ".repeat(1_000_000);
    let built = build(Format::Warc, Framing::Plain, &docs);
    let members = built.records.iter().flat_map(|record| gzip::stored(&built.bytes()[cut(&record.decoded)]));
    let bytes: Vec<u8> = members.collect();
    let server = Server::new();
    server.put("/big/x.warc.gz", bytes.clone());
    work.put("big/x.warc.gz", &bytes);
    let expected = probe::scan_into(&work, "disk", "disk", &["big", "--keep-records"]).evidence.tree();
    let url = server.url("/big/x.warc.gz");
    let on_web = probe::scan_into(&work, "web", "web", &[&url, "--keep-records"]);
    same("big", &expected, &on_web.evidence.tree());
    let ranges: Vec<String> =
        server.requests().iter().filter_map(|request| request.headers.get("range").cloned()).collect();
    let is_long = |range: &String| range.len() > "bytes=1730-9999999".len() && !range.ends_with('-');
    assert!(ranges.iter().any(is_long), "{ranges:?}");
    // The file changes before the range is asked for.
    server.next("/big/x.warc.gz", Answer::good());
    server.next("/big/x.warc.gz", Answer::good().etag("\"two\""));
    let changed = probe::scan_into(&work, "changed", "changed", &[&url, "--keep-records"]);
    assert_eq!(changed.receipt()["status"], "partial");
    assert!(changed.receipt()["reason"].contains("changed on the server"), "{:?}", changed.receipt());
}

#[test]
fn a_cached_shard_is_used_while_the_server_says_that_it_is_the_same() {
    let built = shard();
    let work = Work::new();
    let expected = on_disk(&work, &built).evidence.tree();
    let (server, path, url) = served(&built);
    let scan = |out: &str| probe::scan_into(&work, out, out, &[&url, "--cache", "kept", "--retries", "0"]);
    let states = |scanned: &Scanned| scanned.evidence.column("acquisition.csv", "http_status");
    // A download that broke off is not kept.
    server.next(&path, Answer::good().cut(500));
    assert_eq!(scan("broken").run.exit, 3);
    for (out, status) in [("first", "200"), ("second", "304"), ("third", "304")] {
        let scanned = scan(out);
        assert_eq!(states(&scanned), [status], "{out}");
        same(out, &expected, &scanned.evidence.tree());
    }
    server.put(&path, published(Format::Wet, &press::docs()).bytes());
    server.always(&path, Answer::good().etag("\"two\""));
    let changed = scan("changed");
    assert_eq!(states(&changed), ["200"]);
    assert_ne!(changed.receipt()["sha256"], expected_sha256(&expected));
    assert_eq!(states(&scan("changed again")), ["304"]);
    // A file that was cut on the disk is none, nor is one of which a byte is another.
    for damage in ["cut", "flipped"] {
        for (name, mut bytes) in picture(&work.path("kept")) {
            match damage {
                _ if name.ends_with(".json") => continue,
                "cut" => bytes.truncate(5),
                _ => bytes[200] ^= 1,
            }
            std::fs::write(work.path("kept").join(name), bytes).expect("ours");
        }
        let scanned = scan(damage);
        assert_eq!(states(&scanned), ["200"], "{damage}");
        same(damage, &changed.evidence.tree(), &scanned.evidence.tree());
    }
    assert_eq!(states(&scan("whole again")), ["304"]);
}

fn expected_sha256(tree: &std::collections::BTreeMap<String, Vec<u8>>) -> String {
    let mut rows = csv::Reader::from_reader(&tree["shards.csv"][..]);
    let headers = rows.headers().expect("a header").clone();
    let column = headers.iter().position(|name| name == "sha256").expect("a column");
    rows.records().next().expect("a row").expect("a row")[column].to_owned()
}
