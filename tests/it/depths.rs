//! Depth `address` gives the same rows as depth `content`, to the byte, whatever stands inside a page.
//!
//! `damage` has honest archives inside pages, `traps` and `formats` the usual shards at both depths. Here are shards
//! that were made to mislead: the heads of inner members stand in the file as they are, and the pages around them are
//! forged, misstated, damaged, or lie across the borders of stretches (256 KiB) and windows (1 to 8 MiB).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::kit::gzip;
use crate::kit::nested::{
    Chance, Heads, Pile, archive, forged, listed_url, misstated, noise, page, plain_url,
};
use crate::kit::server::{Answer, Server};
use crate::kit::work::{Work, plain};
use crate::probe::{Row, number};
use crate::scanning;

/// Where `stretches` looks for the first border of a file.
const STRETCH: usize = 256 * 1024;

/// Columns of a receipt that name the depth, and may differ.
const OF_DEPTH: [&str; 2] = ["depth", "not_checked"];

/// What one run found.
#[derive(Clone)]
struct Told {
    rows: Vec<Row>,
    bytes: Vec<u8>,
    receipts: Vec<Row>,
}

/// Scans all files of `work` that are named, in one run.
fn told(work: &Work, names: &[String], depth: &str, threads: &str) -> Told {
    let out = format!("{depth}-{threads}");
    let names = names.iter().map(String::as_str);
    let args: Vec<&str> = names.chain(["--quiet", "--depth", depth, "--threads", threads]).collect();
    let run = scanning::scan(work, &args, &out);
    assert!(matches!(run.exit, 0 | 1 | 3), "{}", run.stderr);
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    let evidence = work.evidence(&out);
    let receipts = evidence.rows("shards.csv");
    receipts.iter().for_each(|row| scanning::adds_up(&row["file"], row));
    Told { rows: evidence.rows("matches.csv"), bytes: evidence.bytes("matches.csv"), receipts }
}

/// What differs between two runs over the same files. `may_differ` names the receipts' columns that are not compared.
fn differences(one: &Told, other: &Told, may_differ: &[&str]) -> Vec<String> {
    let mut differ = Vec::new();
    if one.bytes != other.bytes {
        let only = |these: &Told, those: &Told| -> Vec<String> {
            let of = |row: &&Row| !those.rows.contains(row);
            these
                .rows
                .iter()
                .filter(of)
                .map(|row| format!("{}+{} {}", row["offset"], row["length"], row["archive_url"]))
                .collect()
        };
        differ.push(format!("rows: {:?} against {:?}", only(one, other), only(other, one)));
    }
    if one.receipts.len() != other.receipts.len() {
        differ.push("the number of receipts".to_owned());
    }
    for (a, b) in one.receipts.iter().zip(&other.receipts) {
        let skipped = |column: &str| OF_DEPTH.contains(&column) || may_differ.contains(&column);
        for (column, cell) in a.iter().filter(|(column, cell)| !skipped(column) && b[*column] != **cell) {
            differ.push(format!("{}: {column}: `{cell}` against `{}`", a["file"], b[column]));
        }
    }
    differ
}

/// The places of all rows with a member of their own, by file.
fn places(told: &Told) -> BTreeMap<String, Vec<(String, u64, u64)>> {
    let mut places: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for row in &told.rows {
        let place = (plain(&row["archive_url"]), number(row, "offset"), number(row, "length"));
        places.entry(row["shard"].clone()).or_default().push(place);
    }
    places
}

/// A shard, and what may be said of it.
struct Case {
    name: String,
    pile: Pile,
    /// Columns of its receipt in which the depths may differ, as `docs/evidence.md` says of forged pages.
    may_differ: &'static [&'static str],
}

fn case(name: &str, pile: Pile) -> Case {
    Case { name: format!("{name}.warc.gz"), pile, may_differ: &[] }
}

/// What a forged page may add to at depth `address`: clear records, and bytes between them that are none.
const FORGED: &[&str] = &[
    "status",
    "reason",
    "members",
    "records",
    "content_records",
    "clear",
    "lost_bytes",
    "problem_count",
    "problems",
    "first_date",
    "last_date",
    "text_bytes",
    "notes",
    "framing",
];

fn forged_case(name: &str, pile: Pile) -> Case {
    Case { may_differ: FORGED, ..case(name, pile) }
}

/// All that is wrong with the answers about these shards, scanned together at both depths, with one thread and with
/// eight: rows and receipts that differ, and rows that are not the builder's.
fn complaints(cases: &[Case]) -> Vec<String> {
    let work = scanning::work();
    let names: Vec<String> = cases.iter().map(|case| case.name.clone()).collect();
    cases.iter().for_each(|case| drop(work.put(&case.name, &case.pile.bytes)));
    let one = told(&work, &names, "content", "1");
    let mut wrong = Vec::new();
    for (depth, threads) in [("content", "8"), ("address", "1"), ("address", "8")] {
        let other = told(&work, &names, depth, threads);
        let bytes_differ = other.bytes != one.bytes;
        let mut told_so = false;
        for case in cases {
            let of = |told: &Told| Told {
                rows: told.rows.iter().filter(|row| row["shard"] == case.name).cloned().collect(),
                bytes: Vec::new(),
                receipts: told.receipts.iter().filter(|row| row["file"] == case.name).cloned().collect(),
            };
            let (mut a, mut b) = (of(&other), of(&one));
            (a.bytes, b.bytes) = (format!("{:?}", a.rows).into_bytes(), format!("{:?}", b.rows).into_bytes());
            let may_differ = if depth == "content" { &[] } else { case.may_differ };
            for what in differences(&a, &b, may_differ) {
                told_so = true;
                wrong.push(format!("{} at depth {depth}, {threads} threads: {what}", case.name));
            }
        }
        if bytes_differ && !told_so {
            wrong.push(format!("matches.csv differs at depth {depth}, {threads} threads"));
        }
    }
    let places = places(&one);
    for case in cases {
        let found = places.get(&case.name).cloned().unwrap_or_default();
        if found != case.pile.truth {
            wrong.push(format!("{}: rows {found:?}, truly {:?}", case.name, case.pile.truth));
        }
    }
    wrong
}

#[track_caller]
fn check(cases: &[Case]) {
    let wrong = complaints(cases);
    assert!(wrong.is_empty(), "{}", wrong.join("\n").chars().take(6000).collect::<String>());
}

/// A shard that begins with a listed and a plain record.
fn begun() -> Pile {
    let mut pile = Pile::default();
    add_plain(&mut pile, 300);
    add_listed(&mut pile);
    pile
}

fn add_plain(pile: &mut Pile, length: usize) {
    let n = pile.bytes.len();
    pile.put(&gzip::member(&page(n, &plain_url(n), &noise(n, length))));
}

fn add_listed(pile: &mut Pile) {
    let n = pile.bytes.len();
    let url = listed_url("true", n);
    pile.put_listed(&url, &gzip::member(&page(n, &url, b"<p>A true page of the press.</p>")));
}

/// Addresses that no row may show: they stand in an archive inside a page.
fn inner(n: usize) -> Vec<String> {
    (0..n).map(|n| if n % 3 == 2 { plain_url(n) } else { listed_url("inner", n) }).collect()
}

/// A plain stored member, and a listed one.
fn stored_plain(n: usize, payload: &[u8]) -> Vec<u8> {
    gzip::stored(&page(n, &plain_url(n), payload))
}

fn stored_inner(n: usize, payload: &[u8]) -> Vec<u8> {
    gzip::stored(&page(n, &listed_url("inner", n), payload))
}

/// A forged page with a plain member inside that ends at byte `border` of the file; then follows `rest`.
fn forged_up_to(border: usize, rest: &[u8], by: i64) -> Pile {
    let mut pile = begun();
    let outer_at = border - 45_000;
    pile.fill_to(outer_at);
    let outer = |first: usize| {
        let inside = [stored_plain(1, &noise(1, first)), rest.to_vec()].concat();
        let end = stored_plain(1, &noise(1, first)).len();
        let record = forged(2, &plain_url(2), &inside, by);
        let rest_at = find(&gzip::stored(&record), &inside).expect("as it is") + end;
        (gzip::stored(&record), rest_at)
    };
    let (_, at) = outer(40_000);
    let (member, at) = outer(40_000 + 45_000 - at);
    assert_eq!(outer_at + at, border);
    pile.put(&member);
    (0..8).for_each(|_| add_plain(&mut pile, 30_000));
    pile
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(haystack, needle)
}

#[test]
fn a_difference_is_told() {
    let work = scanning::work();
    let mut pile = begun();
    add_listed(&mut pile);
    work.put("a.warc.gz", &pile.bytes);
    let one = told(&work, &["a.warc.gz".to_owned()], "address", "1");
    assert_eq!(one.rows.len(), 2);
    assert!(differences(&one, &one, &[]).is_empty());

    let mut fewer = one.clone();
    fewer.rows.pop();
    let end = fewer.bytes[..fewer.bytes.len() - 1].iter().rposition(|byte| *byte == b'\n').expect("a line");
    fewer.bytes.truncate(end + 1);
    assert!(differences(&one, &fewer, &[])[0].starts_with("rows: "));
    let mut counts = one.clone();
    *counts.receipts[0].get_mut("clear").expect("a column") = "7".to_owned();
    assert_eq!(differences(&one, &counts, &[]), ["a.warc.gz: clear: `1` against `7`"]);
    assert!(differences(&one, &counts, &["clear"]).is_empty());

    // The builder's places: one that is moved, one that is missing, one too many.
    let with = |edit: fn(&mut Pile)| {
        let mut other = pile.clone();
        edit(&mut other);
        complaints(&[case("b", other)])
    };
    assert!(with(|_| ()).is_empty());
    assert!(with(|pile| pile.truth[1].1 += 1)[0].contains("truly"));
    assert!(with(|pile| drop(pile.truth.pop()))[0].contains("truly"));
    assert!(with(|pile| pile.truth.push(("https://lemonde.fr/".into(), 9, 9)))[0].contains("truly"));
}

#[test]
fn an_archive_inside_a_page_is_no_records() {
    let several = archive(&inner(9));
    let twice =
        archive(&inner(2)).into_iter().chain(stored_plain(3, &archive(&inner(4)))).collect::<Vec<u8>>();
    let mut cases = Vec::new();
    for (name, inside) in [("one", archive(&inner(1))), ("several", several), ("twice", twice)] {
        for (packing, packed) in [
            ("stored", gzip::stored as fn(&[u8]) -> Vec<u8>),
            ("not compressible", gzip::member as fn(&[u8]) -> Vec<u8>),
        ] {
            let mut pile = begun();
            let payload = [noise(1, 20_000), inside.clone(), noise(2, 20_000)].concat();
            pile.put(&packed(&page(1, &plain_url(1), &payload)));
            add_listed(&mut pile);
            // A page of the press that holds an archive is one row.
            let url = listed_url("true", 7);
            pile.put_listed(&url, &packed(&page(7, &url, &payload)));
            add_plain(&mut pile, 90_000);
            // As the last record.
            pile.put(&packed(&page(8, &plain_url(8), &inside)));
            cases.push(case(&format!("{name}-{packing}"), pile));
        }
    }
    check(&cases);
}

#[test]
fn an_archive_inside_a_page_lies_across_stretches_and_windows() {
    let mut pile = begun();
    // Several hundred inner members, where the borders of stretches are looked for, and beyond a window of 1 MiB.
    for n in 0..60 {
        pile.put(&stored_plain(n, &archive(&inner(60))));
        if n % 7 == 0 {
            add_listed(&mut pile);
        }
    }
    let mut giant = begun();
    giant.put(&stored_plain(1, &[archive(&inner(60)), noise(1, 22 << 20), archive(&inner(60))].concat()));
    add_listed(&mut giant);
    let url = listed_url("true", 9);
    giant.put_listed(&url, &gzip::stored(&page(9, &url, &[noise(2, 9 << 20), archive(&inner(60))].concat())));
    add_plain(&mut giant, 500);
    add_listed(&mut giant);
    check(&[case("many", pile), case("giant", giant)]);
}

#[test]
fn a_forged_page_makes_no_row_before_or_behind_it() {
    let mut cases = Vec::new();
    for (name, urls) in [
        ("listed", vec![listed_url("inner", 1)]),
        ("plain-then-listed", vec![plain_url(1), plain_url(2), listed_url("inner", 3)]),
        ("plain", vec![plain_url(1), plain_url(2)]),
    ] {
        for (behind, far) in [("near", 0), ("far", 90_000)] {
            let mut pile = begun();
            pile.put(&gzip::stored(&forged(1, &plain_url(1), &archive(&urls), 0)));
            if far > 0 {
                add_plain(&mut pile, far);
            }
            add_listed(&mut pile);
            add_plain(&mut pile, 300);
            cases.push(forged_case(&format!("{name}-{behind}"), pile));
        }
    }
    check(&cases);
}

#[test]
fn a_forged_page_is_found_out_near_a_finding_and_far_from_one() {
    // The shard is then read in full. What stands behind the archive inside the page is no member, and tells.
    let inside = archive(&[plain_url(1), plain_url(2)]);
    for (is_forged, far, depth, clear) in
        [(true, 0, "content", 2), (true, 90_000, "content", 3), (false, 90_000, "address", 3)]
    {
        let mut pile = begun();
        let page =
            if is_forged { forged(1, &plain_url(1), &inside, 0) } else { page(1, &plain_url(1), &inside) };
        pile.put(&gzip::stored(&page));
        if far > 0 {
            add_plain(&mut pile, far);
        }
        add_listed(&mut pile);
        let work = scanning::work();
        work.put("a.warc.gz", &pile.bytes);
        let receipt = &told(&work, &["a.warc.gz".to_owned()], "address", "1").receipts[0];
        assert_eq!((receipt["depth"].as_str(), number(receipt, "clear")), (depth, clear), "{receipt:?}");
    }
}

#[test]
fn only_the_last_reading_of_a_shard_makes_rows() {
    // A first window with findings, then a forged page that is found out: the shard is asked for once more, and has become
    // another file meanwhile, or cannot be had.
    let mut first = begun();
    (0..5).for_each(|_| add_listed(&mut first));
    first.fill_to(5 << 20);
    first.put(&gzip::stored(&forged(1, &plain_url(1), &archive(&[plain_url(2), plain_url(3)]), 0)));
    add_listed(&mut first);
    let mut second = Pile::default();
    (0..9).for_each(|_| add_listed(&mut second));
    for (then, found) in [
        (Answer::good().etag("\"two\"").body(&second.bytes), second.truth.clone()),
        (Answer::good().etag("\"two\"").body(&gzip::member(&page(1, &plain_url(1), b"none"))), Vec::new()),
        (Answer::status(403), Vec::new()),
    ] {
        let (work, server) = (scanning::work(), Server::new());
        server.next("/a.warc.gz", Answer::good().body(&first.bytes));
        server.always("/a.warc.gz", then);
        server.put("/b.warc.gz", second.bytes.clone());
        let names = [server.url("/a.warc.gz"), server.url("/b.warc.gz")];
        let run = told(&work, &names, "address", "1");
        let places: Vec<_> = places(&run).remove("a.warc.gz").unwrap_or_default();
        assert_eq!(places, found);
        assert_eq!(run.rows.len(), found.len() + second.truth.len());
        assert!(server.requests_for("/a.warc.gz").len() > 1);
    }
}

#[test]
fn a_forged_page_makes_no_row_in_the_next_stretch() {
    let listed = archive(&inner(2));
    let chain = [archive(&[plain_url(1), plain_url(2)]), listed.clone()].concat();
    check(&[
        forged_case("next-stretch", forged_up_to(STRETCH, &listed, 0)),
        forged_case("next-stretch-chain", forged_up_to(STRETCH, &chain, 0)),
        // Where few shards are open a window has 8 MiB. Its last look-alike is its end: here that of an inner member.
        forged_case("next-window", forged_up_to(8 << 20, &listed, 0)),
    ]);
}

#[test]
fn a_forged_page_makes_no_row_of_a_member_that_a_stretch_cuts() {
    // The inner page begins before the border; the border is taken where a member of its own archive stands.
    let mut pile = begun();
    let cutting = stored_inner(5, &[noise(5, 3000), archive(&inner(2))].concat());
    let from = STRETCH - 1500;
    pile.bytes.extend(forged_up_to(from, &cutting, 0).bytes.split_off(pile.bytes.len()));
    check(&[forged_case("cut-by-a-stretch", pile)]);
}

#[test]
fn a_forged_page_makes_no_row_of_a_member_with_two_records() {
    let two =
        gzip::stored(&[page(1, &plain_url(1), b"one"), page(2, &listed_url("inner", 2), b"two")].concat());
    check(&[forged_case("two-in-the-next-stretch", forged_up_to(STRETCH, &two, 0))]);
}

#[test]
fn a_forged_page_with_a_long_gzip_head_makes_no_row() {
    let name = "n".repeat(20_000);
    let heads = Heads { name: Some(&name), ..Heads::default() };
    let mut pile = begun();
    pile.put(&heads.on(&gzip::stored(&forged(1, &plain_url(1), &archive(&inner(1)), 0))));
    add_plain(&mut pile, 300);
    check(&[forged_case("long-gzip-head", pile)]);
}

// The reach trusts the stated length, so what stands behind the archive must tell.
#[test]
fn a_forged_page_whose_length_is_misstated_makes_no_row() {
    let inside = [stored_plain(1, &noise(1, 30_000)), stored_inner(2, b"two")].concat();
    let mut pile = begun();
    pile.put(&gzip::stored(&forged(1, &plain_url(1), &inside, 100 - inside.len() as i64)));
    add_plain(&mut pile, 300);
    check(&[forged_case("misstated", pile)]);
}

#[test]
fn a_place_in_the_decoded_bytes_stays_true_behind_a_forged_page() {
    let mut pile = begun();
    pile.put(&gzip::stored(&forged(1, &plain_url(1), &archive(&[plain_url(2), plain_url(3)]), 0)));
    add_plain(&mut pile, 90_000);
    let at = decoded(&pile.bytes).len() as u64;
    let (one, two) = (page(4, &plain_url(4), b"one"), page(5, &listed_url("true", 5), b"two"));
    pile.put(&gzip::member(&[&one[..], &two].concat()));
    pile.truth.push((listed_url("true", 5), at + one.len() as u64, two.len() as u64));
    check(&[forged_case("decoded-place", pile)]);
}

fn decoded(members: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(members), &mut out).expect("members");
    out
}

#[test]
fn a_member_that_does_not_open_like_a_record_is_not_passed_over() {
    // The length that the first record states is that of the second member, which begins with stray bytes.
    let listed = page(2, &listed_url("true", 2), &noise(2, 9000));
    let second = [&b"stray bytes, and more of them\r\n"[..], &listed].concat();
    let first = page(1, &plain_url(1), &noise(1, 5000));
    let first = misstated(&first, second.len() as i64 - first.len() as i64);
    let mut pile = begun();
    pile.put(&gzip::member(&first));
    pile.put_listed(&listed_url("true", 2), &gzip::member(&second));
    add_plain(&mut pile, 300);
    check(&[case("stray-first", pile)]);
}

#[test]
fn an_archive_inside_a_member_with_a_wrong_trailer_is_no_records() {
    let mut wrong = stored_plain(1, &archive(&inner(4)));
    let end = wrong.len();
    wrong[end - 4] ^= 1;
    let mut pile = begun();
    pile.put(&wrong);
    add_listed(&mut pile);
    check(&[case("wrong-length", pile)]);
}

#[test]
fn records_inside_a_member_that_is_cut_are_doubtful() {
    let whole = stored_plain(1, &archive(&inner(4)));
    let mut pile = begun();
    let sound = pile.bytes.len() as u64;
    pile.put(&whole[..whole.len() - 20]);
    let work = scanning::work();
    let path = work.put("cut.warc.gz", &pile.bytes).display().to_string();
    let rows = told(&work, &[path], "content", "1").rows;
    let (before, inside): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|row| number(row, "offset") < sound);
    assert!(!before.is_empty() && before.iter().all(|row| row["flags"].is_empty()), "{before:?}");
    assert!(!inside.is_empty() && inside.iter().all(|row| row["flags"] == "doubtful"), "{inside:?}");
}

#[test]
fn odd_members_are_read_alike() {
    let extra = Heads { extra: Some(b"sp\x08\0\x10\0\0\0\x20\0\0\0"), ..Heads::default() };
    let all = Heads { name: Some("a.warc"), comment: Some("\u{e9}"), checked: true, ..extra };
    // A magic in each field of a head.
    let magic = Heads { extra: Some(b"\x1f\x8b\x08\0\0\0\0\0\0\x03"), name: Some("\u{1f}\u{8}"), ..all };
    let mut pile = begun();
    for (n, heads) in [extra, all, magic, Heads { checked: true, ..Heads::default() }].into_iter().enumerate()
    {
        pile.put(&heads.on(&gzip::member(&page(n, &plain_url(n), &noise(n, 5000)))));
        let url = listed_url("true", n);
        pile.put_listed(&url, &heads.on(&gzip::stored(&page(n, &url, &archive(&inner(2))))));
        pile.put(&gzip::member(b""));
        pile.put(&heads.on(&gzip::stored(b"")));
    }
    let mut magics = begun();
    let scattered: Vec<u8> =
        (0..2000).flat_map(|n| [&noise(n, 20)[..], b"\x1f\x8b\x08\0\0\0\0\0\0\x03"].concat()).collect();
    magics.put(&stored_plain(3, &scattered));
    add_listed(&mut magics);
    magics.put(&stored_plain(3, &gzip::member(b"").repeat(3000)));
    add_listed(&mut magics);
    let mut only = begun();
    only.put(&gzip::member(b"").repeat(30_000));
    add_listed(&mut only);
    check(&[case("heads", pile), case("magics", magics), case("empty", only)]);
}

#[test]
fn damage_between_members_and_at_the_end_is_told_alike() {
    let mut cases = Vec::new();
    for (name, garbage) in
        [("text", b"garbage ".repeat(40)), ("zeros", vec![0; 900]), ("noise", noise(5, 70_000))]
    {
        let mut pile = begun();
        pile.put(&garbage);
        add_listed(&mut pile);
        add_plain(&mut pile, 3000);
        pile.put(&garbage);
        add_listed(&mut pile);
        cases.push(case(&format!("garbage-{name}"), pile));
    }
    for cut in [1, 4, 9, 400] {
        let mut pile = begun();
        let last = gzip::member(&page(1, &plain_url(1), &noise(1, 2000)));
        pile.put(&last[..last.len() - cut]);
        cases.push(case(&format!("cut-{cut}"), pile.clone()));
        let mut pile = begun();
        let last = gzip::member(&page(1, &listed_url("cut", 1), &noise(1, 2000)));
        pile.put(&last[..last.len() - cut]);
        cases.push(case(&format!("cut-listed-{cut}"), pile));
    }
    for by in [-1, 1, -5, 5] {
        let mut pile = begun();
        pile.put(&gzip::member(&misstated(&page(1, &plain_url(1), &noise(1, 3000)), by)));
        add_listed(&mut pile);
        pile.put(&gzip::member(&misstated(&page(1, &plain_url(1), &archive(&inner(3))), by)));
        add_listed(&mut pile);
        cases.push(case(&format!("length-{by}"), pile));
    }
    check(&cases);
}

/// Every sample that is a shard, in the order of names.
fn samples() -> Option<Vec<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
    if !folder.is_dir() {
        println!("skipped: ../shared is not there");
        return None;
    }
    let mut folders = vec![folder.canonicalize().expect("a path")];
    let mut files: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a readable folder") {
            let path = entry.expect("a readable entry").path();
            // Listings name shards that are not here.
            match path.is_dir() {
                true if path.ends_with("paths") => {}
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    files.sort();
    Some(files.iter().map(|path| path.to_str().expect("a plain path").to_owned()).collect())
}

#[test]
fn the_samples_give_the_same_rows_at_both_depths() {
    let Some(names) = samples() else { return };
    let work = scanning::work();
    let all: Vec<&str> = names.iter().map(String::as_str).chain(["--census", "--quiet"]).collect();
    scanning::scan(&work, &all, "census");
    // Every other domain that the samples hold becomes a rule.
    let mut domains = work.evidence("census").column("hosts.csv", "registrable_domain");
    domains.sort();
    domains.dedup();
    let rules = domains.iter().step_by(2).enumerate().map(|(n, domain)| format!("P{n},T{n},{domain}\n"));
    let list: String = std::iter::once("publisher,title,domain\n".to_owned()).chain(rules).collect();
    work.put("list.csv", list);
    let one = told(&work, &names, "content", "1");
    let archives = |row: &&Row| row["line"].is_empty();
    assert!(one.rows.iter().filter(archives).count() > 100, "{} rows", one.rows.len());
    for threads in ["1", "8"] {
        let differ = differences(&told(&work, &names, "address", threads), &one, &[]);
        assert!(differ.is_empty(), "{threads} threads:\n{}", differ.join("\n"));
    }
}

/// A shard of members drawn by chance. Damage and archives inside pages are not put into one member, and a forged page
/// not into one shard with members of several records.
fn drawn(seed: usize) -> Case {
    let mut chance = Chance::new(seed as u64);
    let mut pile = begun();
    let is_forged = seed.is_multiple_of(3);
    let size = [40_000, 300_000, 600_000, 1_200_000][chance.below(4)];
    while pile.bytes.len() < size {
        let n = pile.bytes.len();
        let plain = plain_url(n);
        let longest = [500, 9000, 60_000][chance.below(3)];
        let payload = noise(n, chance.below(longest) + 1);
        let listed = listed_url("true", n);
        let inside = [&payload[..payload.len().min(20_000)], &archive(&inner(chance.below(20) + 1))].concat();
        let packed = if chance.below(2) == 0 { gzip::member } else { gzip::stored };
        match chance.below(13) {
            0 | 1 => pile.put(&packed(&page(n, &plain, &payload))),
            2 => pile.put_listed(&listed, &packed(&page(n, &listed, &payload))),
            3 => pile.put(&packed(&page(n, &plain, &inside))),
            4 => pile.put_listed(&listed, &packed(&page(n, &listed, &inside))),
            5 if !is_forged => pile.put(&packed(&page(n, &plain, &stored_inner(1, &inside)))),
            6 => {
                let heads = Heads { name: Some("a.warc"), checked: chance.below(2) == 0, ..Heads::default() };
                pile.put_listed(&listed, &heads.on(&packed(&page(n, &listed, &payload))));
                pile.put(&heads.on(&packed(&page(n, &plain, &inside))));
            }
            7 => pile.put(&packed(b"").repeat(chance.below(3) + 1)),
            8 if is_forged => {
                let urls: Vec<String> = (0..chance.below(30)).map(plain_url).chain(inner(3)).collect();
                pile.put(&gzip::stored(&forged(n, &plain, &archive(&urls), 0)));
            }
            9 => pile.put(&payload[..payload.len().min(900)]),
            10 => {
                let by = chance.below(5) as i64 - 2;
                pile.put(&packed(&misstated(&page(n, &plain, &payload), by)));
            }
            11 => {
                let mut wrong = packed(&page(n, &plain, &payload));
                let end = wrong.len();
                wrong[end - 1 - chance.below(4)] ^= 1 << chance.below(8);
                pile.put(&wrong);
            }
            12 => pile.put(&packed(&page(n, &plain, &b"\x1f\x8b\x08\0\0\0\0\0\0\x03words".repeat(90)))),
            _ => {}
        }
    }
    if chance.below(3) == 0 {
        let last = gzip::member(&page(1, &listed_url("cut", 1), &noise(seed, 2000)));
        pile.put(&last[..last.len() - 1 - chance.below(900)]);
    }
    Case { may_differ: if is_forged { FORGED } else { &[] }, ..case(&format!("seed-{seed}"), pile) }
}

#[test]
fn shards_of_chance_give_the_same_rows_at_both_depths() {
    check(&(0..150).map(drawn).collect::<Vec<Case>>());
}
