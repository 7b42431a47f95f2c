//! A run that was killed in the middle of a large shard goes on there, and ends in the same bytes.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

use flate2::{Compress, Compression, Crc, FlushCompress};

use crate::kit::articles::{self, article};
use crate::kit::doc::Doc;
use crate::kit::frame::Framing;
use crate::kit::server::{Answer, Request, Server};
use crate::kit::shards::{Format, build, cut};
use crate::kit::work::Work;
use crate::kit::{gzip, press};
use crate::scanning::{program, same};

/// Stored bytes in front of which no checkpoint is written.
const EVERY: u64 = 32 * 1024 * 1024;

/// Words of no language that compress by half.
fn noise(seed: usize, words: usize) -> String {
    let mut state = seed as u64 + 1;
    let mut word = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("{:016x} ", state ^ (state >> 29))
    };
    (0..words).map(|_| word()).collect()
}

/// The press pages, and between them pages of half a megabyte that no rule covers.
fn docs() -> Vec<Doc> {
    let mut docs = Vec::new();
    for (n, doc) in press::docs().into_iter().enumerate() {
        docs.push(doc);
        for filler in n * 5..n * 5 + 5 {
            docs.push(Doc {
                text: noise(filler, 12_000).repeat(5).replace("f ", "f\n"),
                ..Doc::filler(filler)
            });
        }
    }
    docs
}

fn plain(format: Format, docs: &[Doc]) -> Vec<u8> {
    build(format, Framing::Plain, docs).bytes().to_vec()
}

/// One gzip member: stored up to near the first checkpoint, compressed from there on.
fn one_member(content: &[u8]) -> Vec<u8> {
    let (first, second) = content.split_at((EVERY as usize) - 100_000);
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    for (part, level, flush) in [(first, 0, FlushCompress::Sync), (second, 1, FlushCompress::Finish)] {
        let mut stored = Vec::with_capacity(part.len() + part.len() / 1000 + 1000);
        Compress::new(Compression::new(level), false).compress_vec(part, &mut stored, flush).expect("room");
        bytes.extend_from_slice(&stored);
    }
    let mut crc = Crc::new();
    crc.update(content);
    bytes.extend_from_slice(&crc.sum().to_le_bytes());
    bytes.extend_from_slice(&crc.amount().to_le_bytes());
    bytes
}

/// A text of documents between blank lines, of which some hold an article.
fn text() -> String {
    let one = |n: usize| match n % 9 {
        0 => article(n as u64 / 9, 300).text() + "\n\n",
        _ => noise(n, 12_000).repeat(5).replace("f ", "f\n") + "\n\n",
    };
    (0..90).map(one).collect()
}

/// A shard on a server, and how it is scanned.
struct Case {
    name: &'static str,
    bytes: Vec<u8>,
    options: Vec<&'static str>,
}

impl Case {
    fn new(name: &'static str, bytes: Vec<u8>) -> Case {
        assert!(bytes.len() as u64 > EVERY + 2_000_000, "{name}: {} bytes", bytes.len());
        let options = vec!["-d", "publishers.csv", "--keep-records", "--census", "--threads", "2"];
        Case { name, bytes, options }
    }

    fn for_articles(self) -> Case {
        Case { options: vec!["-f", "a.fpr", "--keep-records"], ..self }
    }

    /// What a scan of the file on the disk writes.
    fn expected(&self, work: &Work) -> BTreeMap<String, Vec<u8>> {
        work.put(self.name, &self.bytes);
        work.put("publishers.csv", press::PUBLISHERS_CSV);
        articles::fingerprint(work, "a", &articles::articles(0, 12, 300)).expect(0);
        self.scan(work, "disk", self.name)
    }

    fn scan(&self, work: &Work, out: &str, address: &str) -> BTreeMap<String, Vec<u8>> {
        let command = [&["scan", address, "-o", out, "--quiet"], self.options.as_slice()].concat();
        work.run(&command).expect(0);
        work.evidence(out).tree()
    }

    /// Scans it from a server whose first answer never ends, and kills the run when there is a checkpoint.
    fn killed(&self, server: &Server, work: &Work, out: &str, first: Answer) {
        let path = format!("/{}", self.name);
        server.next(&path, first.clone().stall(self.bytes.len() - 1000));
        server.always(&path, first);
        let url = server.url(&path);
        let command = [&["scan", &url, "-o", out, "--quiet"], self.options.as_slice()].concat();
        let mut child = program(work, &command).spawn().expect("the program");
        let checkpoint = work.path(out).join(".shardproof/00000000.checkpoint");
        let begin = Instant::now();
        while !checkpoint.exists() {
            assert!(begin.elapsed() < Duration::from_secs(100), "{}: no checkpoint", self.name);
            std::thread::sleep(Duration::from_millis(5));
        }
        child.kill().and_then(|()| child.wait()).expect("our own child");
        server.always(&path, Answer::good());
    }

    /// Where the requests for the shard began that had no end, in bytes.
    fn asked(&self, server: &Server) -> Vec<u64> {
        let requests = server.requests_for(&format!("/{}", self.name));
        let range =
            |request: &Request| request.headers.get("range").cloned().unwrap_or("bytes=0-".to_owned());
        let ranges = requests.iter().map(range);
        ranges.filter_map(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()).collect()
    }

    /// A run that was killed goes on behind the checkpoint, with the same evidence.
    fn goes_on(&self) {
        let (server, work) = (Server::new(), Work::new());
        server.put(&format!("/{}", self.name), self.bytes.clone());
        let expected = self.expected(&work);
        assert!(expected["matches.csv"].len() > 1000, "{}", self.name);
        self.killed(&server, &work, "out", Answer::good());
        let found = self.scan(&work, "out", &server.url(&format!("/{}", self.name)));
        same(self.name, &expected, &found);
        let asked = self.asked(&server);
        assert!(matches!(asked[..], [0, from] if from > EVERY - 2_000_000), "{}: {asked:?}", self.name);
    }
}

fn members() -> Case {
    let built = build(Format::Warc, Framing::Plain, &docs());
    let stored = |decoded: &[u8]| gzip::stored(decoded);
    let bytes = built.records.iter().flat_map(|record| stored(&built.bytes()[cut(&record.decoded)]));
    Case::new("x.warc.gz", bytes.collect())
}

#[test]
fn an_archive_of_members() {
    members().goes_on();
}

#[test]
fn an_archive_of_plain_records() {
    Case::new("x.warc", plain(Format::Warc, &docs())).goes_on();
}

#[test]
fn lines_in_one_gzip_member() {
    Case::new("c4-train.00000-of-01024.json.gz", one_member(&plain(Format::C4, &docs()))).goes_on();
}

#[test]
fn plain_lines() {
    Case::new("c4-train.00000-of-01024.json", plain(Format::C4, &docs())).goes_on();
}

#[test]
fn lines_in_zstd_frames() {
    let lines = plain(Format::C4, &docs());
    let frame = |lines: &[u8]| zstd::encode_all(lines, 1).expect("room");
    Case::new("x.jsonl.zst", lines.chunks(100_000).flat_map(frame).collect()).goes_on();
}

#[test]
fn a_text_that_is_looked_through() {
    Case::new("fr_part_1.txt.gz", one_member(text().as_bytes())).for_articles().goes_on();
}

#[test]
fn another_shard_or_other_rows_begin_again() {
    let case = members();
    let (server, work) = (Server::new(), Work::new());
    server.put("/x.warc.gz", case.bytes.clone());
    let expected = case.expected(&work);
    let damage = |work: &Work, name: &str, from: &str, to: &str| {
        let path = work.path("out/.shardproof").join(name);
        let text = fs::read_to_string(&path).expect("text");
        assert!(text.contains(from), "{name}");
        fs::write(path, text.replacen(from, to, 1)).expect("ours");
    };
    let copies = "00000000.records.tmp";
    for what in ["another file", "rows", "the checkpoint", "copies", "no copies"] {
        let before = case.asked(&server).len();
        let answer = Answer::good();
        let answer = if what == "another file" { answer.etag("\"before\"") } else { answer };
        case.killed(&server, &work, "out", answer);
        match what {
            "copies" => {
                let path = work.path("out/.shardproof").join(copies);
                let mut bytes = fs::read(&path).expect("copies");
                bytes[100] ^= 1;
                fs::write(path, bytes).expect("ours");
            }
            "no copies" => fs::remove_file(work.path("out/.shardproof").join(copies)).expect("copies"),
            "rows" => damage(&work, "00000000.part.tmp", "lemonde", "lemande"),
            "the checkpoint" => damage(&work, "00000000.checkpoint", "decoded\":", "decoded\":1"),
            _ => {}
        }
        let found = case.scan(&work, "out", &server.url("/x.warc.gz"));
        same(what, &expected, &found);
        let asked = case.asked(&server)[before..].to_vec();
        assert_eq!((asked[0], asked.last()), (0, Some(&0)), "{what}: {asked:?}");
        fs::remove_dir_all(work.path("out")).expect("ours");
    }
}
