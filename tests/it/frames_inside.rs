//! A page that is a .warc.zst itself stands in a frame of the shard as it is. Whatever is damaged around it, none of its
//! records becomes a row of the shard.

use std::io::Write;
use std::ops::Range;

use crate::kit::nested::{listed_url, noise, page, plain_url};
use crate::kit::press;
use crate::kit::work::{Work, plain};

/// A shard of zstd frames, a record each, and where the one with the archive in it stands.
struct Shard {
    bytes: Vec<u8>,
    /// The frame of the page that is an archive.
    outer: Range<usize>,
    /// The archive in it.
    inner: Range<usize>,
    /// Borders of the frames of that archive.
    borders: Vec<usize>,
    truth: Vec<String>,
}

fn frame(content: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).expect("a level");
    encoder.include_checksum(true).expect("before the first byte");
    encoder.write_all(content).expect("to memory");
    encoder.finish().expect("to memory")
}

/// Letters without an order. What a frame makes of them does not compress again.
fn letters(seed: usize) -> Vec<u8> {
    noise(seed, 6_000).into_iter().map(|byte| b'a' + byte % 23).collect()
}

/// Listed pages, and between them one of another site that holds the pages of an archive behind a text.
fn shard(inner_pages: usize) -> Shard {
    let truth: Vec<String> = (0..6).map(|n| listed_url("true", n)).collect();
    let listed = |n: usize| frame(&page(n, &truth[n], b"<p>Some words of a page of the shard.</p>"));
    let (mut archive, mut borders) = (Vec::new(), vec![0]);
    for n in 0..inner_pages {
        archive.extend(frame(&page(50 + n, &listed_url("inner", n), &letters(n))));
        borders.push(archive.len());
    }
    let text: Vec<u8> = (0..20_000).flat_map(|n| format!("word{} ", n * n % 977).into_bytes()).collect();
    // No byte of it compresses, so it is stored as it is.
    let payload = [&text[..], &noise(91, 60_000), &archive, &noise(92, 60_000)].concat();
    let outer = frame(&page(90, &plain_url(90), &payload));
    let front: Vec<u8> = (0..2).flat_map(listed).collect();
    let behind: Vec<u8> = (2..6).flat_map(listed).collect();
    let first = frame(&page(50, &listed_url("inner", 0), &letters(0)));
    let at = outer.windows(first.len()).position(|bytes| bytes == first).expect("stored as it is");
    let inner = front.len() + at;
    let borders: Vec<usize> = borders.iter().map(|border| inner + border).collect();
    Shard {
        outer: front.len()..front.len() + outer.len(),
        inner: inner..inner + archive.len(),
        borders,
        bytes: [front, outer, behind].concat(),
        truth,
    }
}

/// The addresses of the rows, and the status of the shard.
fn scanned(work: &Work, bytes: &[u8], depth: &str) -> (Vec<String>, String) {
    work.put("x.warc.zst", bytes);
    let _ = std::fs::remove_dir_all(work.path("out"));
    let run = work.run(["scan", "x.warc.zst", "-d", "list.csv", "--depth", depth, "--quiet", "-o", "out"]);
    assert!(matches!(run.exit, 0 | 1 | 3), "{}: {}", run.exit, run.stderr);
    let evidence = work.evidence("out");
    let urls = evidence.column("matches.csv", "archive_url").iter().map(|url| plain(url)).collect();
    (urls, evidence.column("shards.csv", "status")[0].clone())
}

fn listed() -> Work {
    let work = Work::new();
    work.put("list.csv", press::PUBLISHERS_CSV);
    work
}

#[test]
fn damage_inside_of_a_frame_costs_the_frame_and_nothing_in_it_is_taken_for_the_next() {
    let (work, shard) = (listed(), shard(12));
    assert_eq!(scanned(&work, &shard.bytes, "address"), (shard.truth.clone(), "whole".to_owned()));
    let Shard { outer, inner, .. } = &shard;
    let places = [
        ("a byte of the first block", outer.start + 2_000),
        ("a byte in front of the archive", inner.start - 30_000),
        ("a byte of the archive", inner.start + 1_000),
        ("a byte behind it", inner.end + 2_000),
        ("the checksum", outer.end - 1),
    ];
    for (what, at) in places {
        for depth in ["address", "content"] {
            let mut bytes = shard.bytes.clone();
            bytes[at] ^= 0x10;
            assert_eq!(scanned(&work, &bytes, depth), (shard.truth.clone(), "partial".to_owned()), "{what}");
        }
    }
}

#[test]
fn a_broken_head_of_a_frame_or_block_gives_no_row_of_what_the_frame_holds() {
    let (work, shard) = (listed(), shard(12));
    // The magic number, the descriptor, the window, and the head of the first block.
    for at in shard.outer.start..shard.outer.start + 9 {
        for bit in 0..8 {
            let mut bytes = shard.bytes.clone();
            bytes[at] ^= 1 << bit;
            let (found, status) = scanned(&work, &bytes, "address");
            assert_eq!(found, shard.truth, "bit {bit} of byte {at}, {status}");
        }
    }
}

#[test]
fn a_shard_that_is_cut_inside_of_an_archive_in_it_ends_there() {
    let (work, shard) = (listed(), shard(12));
    let cuts = shard.borders.iter().flat_map(|border| [border - 1, *border, border + 1]);
    for cut in cuts.filter(|cut| *cut > shard.inner.start) {
        let (found, status) = scanned(&work, &shard.bytes[..cut], "address");
        assert_eq!((found, status.as_str()), (shard.truth[..2].to_vec(), "partial"), "cut at {cut}");
    }
}

#[test]
fn an_archive_of_more_than_a_block_in_a_frame_whose_head_is_broken_is_not_taken_for_the_shard() {
    let (work, shard) = (listed(), shard(900));
    let head = shard.outer.start + 4;
    let mut bytes = shard.bytes.clone();
    bytes[head] ^= 8;
    let (found, status) = scanned(&work, &bytes, "address");
    assert_eq!((found, status.as_str()), (shard.truth.clone(), "partial"));
}
