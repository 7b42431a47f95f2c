//! What is found does not depend on how a file was cut into windows and stretches: on the number of threads, that is, and on
//! what else is read at the time. The shards here are damaged where such a cut may lie (256 KiB, 1 MiB, 2 MiB).

use crate::kit::gzip;
use crate::kit::nested::{Pile, listed_url, misstated, noise, page, plain_url};
use crate::kit::work::plain;
use crate::probe::{Row, number};
use crate::scanning;

const STRETCH: usize = 256 * 1024;
const WINDOW: usize = 1024 * 1024;

/// Scans the shards at both depths with one, two and eight threads, each by itself and all together, and wants the same
/// tables for one depth. Returns rows and receipts of each depth: `content`, then `address`.
#[track_caller]
fn same(shards: &[(&str, Vec<u8>)]) -> [(Vec<Row>, Vec<Row>); 2] {
    let work = scanning::work();
    shards.iter().for_each(|(name, bytes)| drop(work.put(name, bytes)));
    let names: Vec<&str> = shards.iter().map(|(name, _)| *name).collect();
    ["content", "address"].map(|depth| {
        let told = |threads: &str| {
            let out = format!("{depth}-{threads}");
            let args =
                [&names[..], &["--quiet", "--census", "--depth", depth, "--threads", threads]].concat();
            let run = scanning::scan(&work, &args, &out);
            assert!(matches!(run.exit, 0 | 1 | 3), "{}", run.stderr);
            (run.exit, work.evidence(&out))
        };
        let (exit, one) = told("1");
        for threads in ["2", "8"] {
            let (other_exit, other) = told(threads);
            assert_eq!(exit, other_exit, "{names:?} at depth {depth} with {threads} threads");
            for table in ["matches.csv", "shards.csv", "hosts.csv"] {
                let [one, other] =
                    [&one, &other].map(|told| String::from_utf8_lossy(&told.bytes(table)).into_owned());
                assert_eq!(one, other, "{table} of {names:?} at depth {depth} with {threads} threads");
            }
        }
        let receipts = one.rows("shards.csv");
        receipts.iter().for_each(|row| scanning::adds_up(&row["file"], row));
        (one.rows("matches.csv"), receipts)
    })
}

/// The addresses of rows, each with whether it is doubtful.
fn found(rows: &[Row]) -> Vec<(String, bool)> {
    rows.iter()
        .map(|row| (plain(&row["archive_url"]), row["flags"].split(';').any(|flag| flag == "doubtful")))
        .collect()
}

fn wrong_crc(mut member: Vec<u8>) -> Vec<u8> {
    let at = member.len() - 8;
    member[at] ^= 1;
    member
}

fn listed(what: &str, n: usize) -> Vec<u8> {
    gzip::member(&page(n, &listed_url(what, n), b"<p>A true page of the press.</p>"))
}

/// A page that holds an archive of `count` listed records, each with some bytes that do not compress.
fn with_archive(count: usize, each: usize, behind: usize) -> Vec<u8> {
    let inner: Vec<u8> =
        (0..count).flat_map(|n| gzip::stored(&page(n, &listed_url("inner", n), &noise(n, each)))).collect();
    page(9, &plain_url(9), &[&noise(1, 2000)[..], &inner, &noise(2, behind)].concat())
}

/// A listed record, plain ones up to `at`, `member`, a listed record, and some more.
fn around(at: usize, member: &[u8]) -> Vec<u8> {
    let mut pile = Pile::default();
    pile.put(&listed("first", 1));
    pile.fill_to(at);
    pile.put(member);
    pile.put(&listed("behind", 2));
    let end = pile.bytes.len();
    pile.fill_to(end + 400_000);
    pile.put(&listed("last", 3));
    pile.bytes
}

fn true_rows() -> Vec<(String, bool)> {
    [("first", 1), ("behind", 2), ("last", 3)].map(|(what, n)| (listed_url(what, n), false)).to_vec()
}

#[test]
fn an_archive_inside_a_page_with_a_wrong_checksum_is_no_records_wherever_it_lies() {
    let small = wrong_crc(gzip::stored(&with_archive(40, 3000, 1000)));
    let large = wrong_crc(gzip::stored(&with_archive(60, 50_000, 1000)));
    for (what, at, member) in [
        ("stretch", STRETCH - 60_000, &small),
        ("window", WINDOW - 60_000, &small),
        ("larger than a window", 100_000, &large),
        ("at its start", STRETCH, &small),
    ] {
        for (rows, receipts) in same(&[("a.warc.gz", around(at, member))]) {
            // At depth `address` nobody looks at the page, whose length and border agree, unless the archive hides them.
            assert_eq!(found(&rows), true_rows(), "{what}");
            assert!(number(&receipts[0], "damaged") <= 1, "{what}");
        }
    }
    // Its end is that of a stretch.
    let length = small.len();
    let shard = around(STRETCH + 10_000 - length, &small);
    same(&[("a.warc.gz", shard)]).iter().for_each(|(rows, _)| assert_eq!(found(rows), true_rows()));
}

#[test]
fn what_stands_in_a_member_that_could_be_decoded_in_part_is_doubtful_wherever_it_lies() {
    // The member's stored blocks are broken behind the archive.
    let mut small = gzip::stored(&with_archive(40, 3000, 200_000));
    let at = small.len() - 100_000;
    small.drain(at..at + 70_000);
    for at in [100_000, STRETCH - 60_000, WINDOW - 60_000] {
        let [(content, receipts), (address, _)] = same(&[("a.warc.gz", around(at, &small))]);
        for rows in [content, address] {
            let inner = found(&rows).into_iter().filter(|(url, _)| url.contains("/inner/"));
            let doubtful: Vec<bool> = inner.map(|(_, doubtful)| doubtful).collect();
            // Two of the 40 are broken themselves: a border of the outer stored blocks lies in each.
            assert_eq!(doubtful, [true; 38], "{at}");
        }
        assert_eq!(receipts[0]["status"], "partial");
    }
}

#[test]
fn doubt_goes_on_behind_the_end_of_a_window() {
    // A member whose first block holds the first 1000 bytes of a listed one and the line ends of its own record. What follows
    // is no block, but the rest of the listed member, which goes on far behind the window.
    let with = |payload: &[u8]| gzip::stored(&page(1, &listed_url("inner", 1), payload));
    let mut payload = vec![0xff; 300_000];
    let begin = with(&payload).windows(8).position(|eight| eight == [0xff; 8]).expect("the payload");
    payload[1000 - begin..1004 - begin].copy_from_slice(b"\r\n\r\n");
    let inner = with(&payload);
    let mut outer = gzip::stored(&page(9, &plain_url(9), &[&noise(1, 2000)[..], &inner[..1000]].concat()));
    outer[10] = 0; // Not the last block.
    outer.truncate(outer.len() - 12);
    let broken = [&outer[..], &inner[1000..]].concat();
    for at in [STRETCH - 100_000, WINDOW - 100_000] {
        for (rows, _) in same(&[("a.warc.gz", around(at, &broken))]) {
            let [first, behind, last] = true_rows().try_into().expect("three");
            assert_eq!(found(&rows), [first, (listed_url("inner", 1), true), behind, last], "{at}");
        }
    }
}

#[test]
fn doubt_is_not_taken_back_by_the_next_damage() {
    let bad = wrong_crc(gzip::stored(&page(5, &plain_url(5), b"bad")));
    let inner = [listed("inner", 1), bad, listed("inner", 2)].concat();
    let mut outer = gzip::stored(&page(9, &plain_url(9), &[&inner[..], &noise(1, 3000)].concat()));
    outer.truncate(outer.len() - 2000);
    for (rows, _) in same(&[("a.warc.gz", [listed("first", 1), outer].concat())]) {
        let doubtful: Vec<bool> = found(&rows).into_iter().map(|(_, doubtful)| doubtful).collect();
        assert_eq!(doubtful, [false, true, true]);
    }
}

#[test]
fn short_records_are_checked_wherever_they_stand() {
    let mut pile = Pile::default();
    pile.fill_to(STRETCH + 5000);
    for n in 0..8 {
        let url = plain_url(n);
        let short = format!(
            "WARC/1.0\r\nWARC-Type: resource\r\nWARC-Target-URI: {url}\r\nContent-Length: 5\r\n\r\nshort\r\n\r\n"
        );
        pile.put(&wrong_crc(gzip::member(short.as_bytes())));
    }
    let end = pile.bytes.len();
    pile.fill_to(end + 300_000);
    let other = [pile.bytes.clone(), listed("more", 1)].concat();
    for (_, receipts) in same(&[("a.warc.gz", pile.bytes), ("b.warc.gz", other)]) {
        receipts.iter().for_each(|receipt| assert_eq!(number(receipt, "damaged"), 8));
    }
}

#[test]
fn intact_records_behind_a_large_broken_member_are_found() {
    let mut pile = Pile::default();
    let mut large = gzip::stored(&page(1, &plain_url(1), &noise(1, 1_300_000)));
    large.truncate(large.len() - 40_000);
    pile.put(&listed("first", 1));
    pile.put(&large);
    (0..300).for_each(|n| pile.put(&listed("behind", n)));
    for (rows, receipts) in same(&[("a.warc.gz", pile.bytes)]) {
        assert_eq!((rows.len(), receipts[0]["status"].as_str()), (301, "partial"));
    }
}

#[test]
fn a_member_is_skimmed_or_not_whatever_the_window() {
    // Larger than a window of one thread, smaller than one of eight: its checksum is not looked at for either.
    let member = wrong_crc(gzip::stored(&page(1, &plain_url(1), &noise(1, 1_500_000))));
    let huge = wrong_crc(gzip::stored(&page(2, &plain_url(2), &noise(2, 3_000_000))));
    let [(_, content), (_, address)] = same(&[("a.warc.gz", around(300_000, &[member, huge].concat()))]);
    assert_eq!((number(&content[0], "damaged"), number(&address[0], "damaged")), (2, 1));
}

#[test]
fn a_length_that_no_member_can_have_is_damage_at_both_depths() {
    for by in [1_i64 << 32, (1 << 62) - (1 << 32)] {
        let member = gzip::member(&misstated(&page(1, &plain_url(1), &noise(1, 2000)), by));
        for (_, receipts) in same(&[("a.warc.gz", around(100_000, &member))]) {
            assert_eq!(receipts[0]["status"], "partial");
            assert_eq!(number(&receipts[0], "damaged"), 1);
            assert!(number(&receipts[0], "text_bytes") < 1 << 30);
        }
    }
}

#[test]
fn a_shared_member_contradicts_the_members_before_it_only() {
    let two = gzip::member(
        &[page(1, &listed_url("true", 1), b"one"), page(2, &listed_url("true", 2), b"two")].concat(),
    );
    let mut pile = Pile::default();
    pile.put(&two);
    (0..27).for_each(|n| pile.put(&listed("more", n)));
    pile.fill_to(600_000);
    let [_, (rows, receipts)] = same(&[("a.warc.gz", pile.bytes)]);
    assert_eq!((rows.len(), receipts[0]["depth"].as_str()), (29, "address"));
}

#[test]
fn names_without_end_cost_no_time() {
    // Each look-alike of a member has a name that goes on for 64 KiB.
    let payload = [0x1f, 0x8b, 8, 8].repeat(250_000);
    let begun = std::time::Instant::now();
    let shard = [listed("first", 1), gzip::stored(&page(1, &plain_url(1), &payload))].concat();
    let work = scanning::work();
    work.put("a.warc.gz", &shard[..shard.len() - 100]);
    let run = scanning::scan(&work, &["a.warc.gz", "--quiet", "--threads", "1"], "out");
    assert_eq!(run.exit, 3, "{}", run.stderr);
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
}
