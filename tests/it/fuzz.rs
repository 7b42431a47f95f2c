//! The properties of the fuzz targets hold for the files in `fixtures/fuzz` and for bytes near to them.
//!
//! The kit makes these files, as it makes those of `fixtures/shards`; `UPDATE_FIXTURES=1` writes them anew. A file that
//! begins with `found_` is one for which a property did not hold: it is kept as it was found.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::kit::articles;
use crate::kit::fuzz::seeds;
use crate::kit::work::Work;
use crate::properties::{ALL, deflate, fingerprints, lines, shard};

/// Bytes near to a file, for each file.
const NEAR: u64 = 24;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/fuzz")
}

/// The files of a target by their names.
fn corpus(target: &str) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(folder().join(target)).expect("a folder for each target");
    let paths = files.map(|file| file.expect("a readable folder").path());
    let named = |path: PathBuf| {
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        (name, std::fs::read(path).expect("a readable file"))
    };
    paths.map(named).collect()
}

#[track_caller]
fn holds_near_its_corpus(target: &str) {
    let (_, holds) = ALL.into_iter().find(|(name, _)| *name == target).expect("a property");
    let corpus = corpus(target);
    assert!(!corpus.is_empty());
    for (name, bytes) in &corpus {
        // The one that fails is named by the output of a test that fails.
        println!("{target}/{name}");
        holds(bytes);
        (0..NEAR).for_each(|seed| holds(&near(bytes, seed)));
    }
    [&b""[..], b"\0", b"\n", b"\xff\xff\xff\xff"].into_iter().for_each(holds);
}

/// The bytes with a few changes: bytes flipped, taken out, put in, repeated, cut off.
fn near(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = move |below: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize % below.max(1)
    };
    let mut bytes = bytes.to_vec();
    for _ in 0..=next(4) {
        let at = next(bytes.len());
        let end = (at + next(20)).min(bytes.len());
        match next(5) {
            0 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << next(8)),
            1 => drop(bytes.drain(at..end)),
            2 => bytes.insert(at.min(bytes.len()), next(256) as u8),
            3 => bytes.extend_from_within(at..end),
            _ => bytes.truncate(at),
        }
    }
    bytes
}

#[test]
fn the_deflate_decoder_agrees_with_another() {
    holds_near_its_corpus("deflate");
}

#[test]
fn a_fingerprint_file_is_refused_or_looked_up_in() {
    holds_near_its_corpus("fingerprints");
}

#[test]
fn heads_are_read_in_any_pieces() {
    holds_near_its_corpus("heads");
}

#[test]
fn lines_are_read_as_serde_json_reads_them() {
    holds_near_its_corpus("lines");
}

#[test]
fn pages_have_the_words_of_the_definition() {
    holds_near_its_corpus("page");
}

#[test]
fn a_shard_of_any_bytes_ends_in_a_true_receipt() {
    holds_near_its_corpus("shard");
}

#[test]
fn the_folder_holds_what_the_kit_builds() {
    let update = std::env::var_os("UPDATE_FIXTURES").is_some_and(|value| value == "1");
    let made = seeds();
    assert_eq!(
        fingerprints::TEXT.trim_end(),
        articles::article(1, 60).text(),
        "the text that is looked through"
    );
    if update {
        for ((target, name), bytes) in &made {
            let path = folder().join(target).join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("making it");
            std::fs::write(path, bytes).expect("writing a seed");
        }
    }
    let mut stored = BTreeMap::new();
    for (target, _) in ALL {
        let files = corpus(target).into_iter().filter(|(name, _)| !name.starts_with("found_"));
        stored.extend(files.map(|(name, bytes)| ((target, name), bytes)));
    }
    let names: BTreeSet<_> = made.keys().chain(stored.keys()).cloned().collect();
    let differ: Vec<_> = names.iter().filter(|name| made.get(*name) != stored.get(*name)).collect();
    assert!(differ.is_empty(), "not as built: {differ:?}; run with UPDATE_FIXTURES=1");
}

#[test]
fn every_target_has_its_property_and_every_property_its_target() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = std::fs::read_to_string(package.join("Cargo.toml")).expect("a package of targets");
    let bins = manifest
        .lines()
        .filter_map(|line| line.strip_prefix("path = \"fuzz_targets/")?.strip_suffix(".rs\""));
    let bins: BTreeSet<&str> = bins.collect();
    let names: BTreeSet<&str> = ALL.iter().map(|(name, _)| *name).collect();
    assert_eq!(bins, names);
    for name in names {
        let target =
            std::fs::read_to_string(package.join(format!("fuzz_targets/{name}.rs"))).expect("a target");
        assert!(target.contains(&format!("properties::{name}::holds(")), "{target}");
    }
}

#[test]
fn decoders_that_differ_are_told() {
    use deflate::Made::{Corrupt, Cut, Whole};
    let whole = || Whole(b"ab".to_vec(), 4);
    assert!(deflate::agree(&whole(), &whole(), false));
    assert!(deflate::agree(&Cut(b"a".to_vec()), &Cut(b"ab".to_vec()), false));
    assert!(deflate::agree(&Cut(b"a".to_vec()), &Corrupt, true));
    for (other, ends_early) in [
        (Whole(b"ac".to_vec(), 4), true),
        (Whole(b"ab".to_vec(), 5), true),
        (Cut(b"ab".to_vec()), true),
        (Corrupt, true),
    ] {
        assert!(!deflate::agree(&whole(), &other, ends_early), "{other:?}");
    }
    assert!(!deflate::agree(&Cut(Vec::new()), &Corrupt, false));
    assert!(!deflate::agree(&Cut(b"ab".to_vec()), &Cut(b"ac".to_vec()), true));
}

#[test]
fn what_is_wrong_with_a_scan_is_told() {
    use shardproof::evidence::receipt::{Depth, Status};
    use shardproof::evidence::row::column;

    let corpus = corpus("shard");
    let seed = corpus.iter().find(|(name, _)| name.starts_with("warc_members")).expect("a seed").1;
    let stored = shard::packed(seed[0], &seed[1..]);
    let good = shard::scanned(&stored, Depth::Content, None);
    assert_eq!(shard::complaint(&good, &stored), None);
    assert!(good.rows.len() > 1 && good.receipt.status == Status::Whole, "{:?}", good.receipt);

    let told = |edit: fn(&mut shard::Left)| {
        let mut other = good.clone();
        edit(&mut other);
        (shard::complaint(&other, &stored).is_some(), shard::difference(&other, &good).is_some())
    };
    assert_eq!(told(|_| ()), (false, false));
    assert_eq!(told(|left| left.receipt.tally.clear += 1), (true, false));
    assert_eq!(told(|left| left.receipt.status = Status::Excluded), (true, false));
    assert_eq!(told(|left| left.receipt.status = Status::Failed), (true, false));
    assert_eq!(told(|left| left.receipt.problems_total = 1), (true, false));
    assert_eq!(told(|left| left.receipt.sha256 = Some([0; 32])), (true, false));
    assert_eq!(told(|left| drop(left.rows.pop())), (true, true));
    assert_eq!(told(|left| left.rows[0][const { column("offset") }] = "1".into()), (true, true));
    assert_eq!(told(|left| left.rows[0][const { column("host") }] = "other".into()), (false, true));
}

#[test]
fn a_line_that_is_read_otherwise_is_told() {
    let map = |fields: &str| shardproof::record::fields::custom(fields).expect("right");
    let line = br#"{"url":"U","text":"T","a":{"timestamp":"D"},"other":"O"}"#;
    assert_eq!(lines::compare(line, &map("url=url,text=text,date=a.timestamp")), None);
    for fields in
        ["url=other,text=text,date=a.timestamp", "url=url,text=other,date=a.timestamp", "url=url,text=text"]
    {
        assert!(lines::compare(line, &map(fields)).is_some(), "{fields}");
    }
}

#[test]
fn the_seed_of_a_fingerprint_file_is_one_whose_article_is_found() {
    let work = Work::new();
    articles::fingerprint(&work, "a", &[articles::article(1, 60)]);
    let file = std::fs::read(work.path("a.fpr")).expect("written");
    let content = &file[..file.len() - 8];
    let held = fingerprints::looked_at(content).expect("it is one");
    assert_eq!(held.iter().map(|held| held.names.id.as_str()).collect::<Vec<_>>(), ["a-0001"]);
    assert!(fingerprints::looked_at(&content[..content.len() - 1]).is_none());
}
