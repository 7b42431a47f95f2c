//! Any documents, in any format and packing, damaged anywhere: no panic, true counts, nothing invented.

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngSeed};

use crate::kit::damage::{self, Damaged, State};
use crate::kit::doc::Doc;
use crate::kit::frame::Framing;
use crate::kit::press;
use crate::kit::shards::{Built, Format, build};
use crate::kit::work::{Work, plain};
use crate::probe::{self, DEPTHS, Row, number};
use crate::verdict::decoded;

#[derive(Clone, Debug)]
enum Harm {
    Cut,
    Flip(u64),
    Remove(u64),
    Garbage(usize),
}

fn harm() -> impl Strategy<Value = Harm> {
    prop_oneof![
        Just(Harm::Cut),
        (1..80u64).prop_map(Harm::Flip),
        (1..900u64).prop_map(Harm::Remove),
        (1..2000usize).prop_map(Harm::Garbage),
    ]
}

/// Some of the standard documents, each once, and fillers between them.
fn documents() -> impl Strategy<Value = Vec<Doc>> {
    let press = proptest::sample::subsequence(press::docs(), 1..=16).prop_shuffle();
    (press, 0..6usize).prop_map(|(mut docs, fillers)| {
        Doc::fillers(fillers).into_iter().for_each(|doc| docs.insert(docs.len() / 2, doc));
        docs
    })
}

fn packings() -> impl Strategy<Value = (Format, Framing)> {
    (proptest::sample::select(&Format::ALL[..]), proptest::sample::select(&Framing::ALL[..]))
}

fn harmed(built: &Built, harm: &Harm, at: &Index) -> Damaged {
    let length = built.bytes().len() as u64;
    let at = at.index(built.bytes().len()) as u64;
    match *harm {
        Harm::Cut => damage::cut(built, at.max(1)),
        Harm::Flip(n) => damage::flip(built, at, n.min(length - at)),
        Harm::Remove(n) => damage::remove(built, at..(at + n).min(length)),
        Harm::Garbage(n) => damage::splice(built, 0, at..at, &damage::garbage(n)),
    }
}

/// The rows without their ids, which count in the place.
fn rows_at(work: &Work, built: &Built, depth: &str) -> (Vec<Row>, Row) {
    let what = format!("{:?} {:?} at depth {depth}", built.format, built.framing);
    let names: Vec<&str> = built.files.iter().map(|(name, _)| name.as_str()).collect();
    let arguments = [&["--depth", depth], &names[..]].concat();
    let scanned = probe::scan_into(work, &what, depth, &arguments);
    let receipt = scanned.of(built.name()).clone();
    (scanned.matches, receipt)
}

proptest! {
    #![proptest_config(Config { cases: 24, rng_seed: RngSeed::Fixed(20240518), failure_persistence: None, ..Config::default() })]

    #[test]
    fn both_depths_find_the_truth_in_an_undamaged_shard(docs in documents(), (format, framing) in packings()) {
        let built = build(format, framing, &docs);
        let work = Work::new();
        work.put_built(&built);
        let [(address, _), (content, _)] = DEPTHS.map(|depth| rows_at(&work, &built, depth));
        prop_assert_eq!(probe::hits(&address), probe::truth(&built, &docs));
        prop_assert_eq!(address, content);
    }

    #[test]
    fn no_damage_invents_a_row_or_passes_for_the_whole(
        docs in documents(), (format, framing) in packings(), harm in harm(), at in any::<Index>(),
    ) {
        let built = build(format, framing, &docs);
        let damaged = harmed(&built, &harm, &at);
        let work = Work::new();
        work.put_built(&built);
        work.put(built.name(), &damaged.bytes);
        let urls = |state: State| -> Vec<&str> {
            let listed = damaged.docs(state).into_iter().map(|doc| &docs[doc]);
            listed.filter(|doc| press::expected_of(doc) != press::Expected::Clear).map(|doc| doc.url.as_str()).collect()
        };
        for depth in DEPTHS {
            let (rows, receipt) = rows_at(&work, &built, depth);
            let what = format!("{format:?} {framing:?}, {}, depth {depth}: {receipt:?}", damaged.what);
            let found: Vec<String> = rows.iter().map(|row| plain(&row["archive_url"])).collect();
            // Damage to the body of a plain record leaves its address, and changes its digest.
            let body_may_differ = framing == Framing::Plain;
            let all: Vec<&str> = docs.iter().map(|doc| doc.url.as_str()).collect();
            let possible = [urls(State::Intact), urls(State::Unverified)].concat();
            let stream = match framing {
                Framing::Plain => damaged.bytes.clone(),
                _ => decoded(&damaged.bytes),
            };
            let stream = String::from_utf8_lossy(&stream);
            for (url, row) in found.iter().zip(&rows) {
                // A stream whose checksum fails may decode to other bytes until then: its rows say so.
                let may_differ = body_may_differ || row["flags"].contains("unverified_stream");
                // Damage to an address makes another one, which is what the shard says now: as it stands, or as JSON.
                let in_json = serde_json::Value::from(url.as_str()).to_string();
                let is_said =
                    may_differ && (stream.contains(url) || stream.contains(in_json.trim_matches('"')));
                let is_true =
                    possible.contains(&url.as_str()) || may_differ && all.contains(&url.as_str()) || is_said;
                prop_assert!(is_true, "{url} was not there: {what}");
            }
            // The texts of 21.09 are told apart by counting lines, and a damaged count misleads.
            if format.has_address() && format != Format::Oscar2109 {
                for url in urls(State::Intact) {
                    prop_assert!(found.iter().any(|found| found == url), "{url} is lost: {what}");
                }
            }
            if damaged.faulty && depth == "content" && framing != Framing::Plain {
                prop_assert!(receipt["status"] != "whole", "{what}");
                prop_assert!(number(&receipt, "problem_count") > 0 || receipt["status"] == "failed", "{what}");
            }
        }
    }
}
