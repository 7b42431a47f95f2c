//! Shards on servers: the evidence is that of the same shards on a disk, and every fault of a server ends in the receipt as
//! what it was.

use crate::kit::press;
use crate::kit::server::{Answer, Server};
use crate::kit::shards::{Built, Format, published};
use crate::kit::work::Work;
use crate::probe::{self, OUT, Scanned};
use crate::scanning::same;

/// What makes a test of retries quick.
const QUICK: [&str; 4] = ["--retries", "2", "--first-wait", "5"];

/// The press shard in the form that most tests use.
fn shard() -> Built {
    published(Format::Warc, &press::docs())
}

/// Scans one address with quick retries.
fn fetch(work: &Work, what: &str, url: &str) -> Scanned {
    probe::scan(work, what, &[&[url], QUICK.as_slice()].concat())
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
