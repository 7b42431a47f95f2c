use std::io::Write;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Decompress, FlushDecompress, Status};
use proptest::prelude::*;

use super::*;

/// What a decoder made of a stream: its bytes, and where it ended if it did.
#[derive(Debug, PartialEq)]
enum Made {
    Whole(Vec<u8>, usize),
    Cut(Vec<u8>),
    /// What stood before the damage.
    Corrupt(Vec<u8>),
}

/// Decodes with input and output in pieces of these sizes.
fn ours(stream: &[u8], piece: usize, step: usize) -> Made {
    decoded(stream, piece, step, |deflate| deflate)
}

fn decoded(stream: &[u8], piece: usize, step: usize, between: impl Fn(Deflate) -> Deflate) -> Made {
    let mut deflate = Deflate::default();
    let mut out = vec![0; HISTORY + step + LONGEST_MATCH];
    let (mut made, mut at, mut filled) = (Vec::new(), 0, 0);
    loop {
        if filled > HISTORY {
            out.copy_within(filled - HISTORY..filled, 0);
            filled = HISTORY;
        }
        let input = &stream[at..stream.len().min(at + piece)];
        let Ok((taken, now, stop)) = deflate.decode(input, &mut out, filled, filled + step) else {
            return Made::Corrupt(made);
        };
        made.extend_from_slice(&out[filled..now]);
        at += taken;
        filled = now;
        match stop {
            Stop::Ended => return Made::Whole(made, at - deflate.leftover().count()),
            Stop::Input if at == stream.len() => return Made::Cut(made),
            Stop::Input => assert_eq!(taken, input.len(), "all input is taken before more is asked for"),
            Stop::Enough => {}
        }
        deflate = between(deflate);
    }
}

/// Decodes with another implementation.
fn theirs(stream: &[u8]) -> Made {
    let mut raw = Decompress::new(false);
    let mut made = Vec::new();
    loop {
        made.reserve(64 * 1024);
        let (taken, before) = (raw.total_in() as usize, made.len());
        match raw.decompress_vec(&stream[taken..], &mut made, FlushDecompress::None) {
            Err(_) => return Made::Corrupt(Vec::new()),
            Ok(Status::StreamEnd) => return Made::Whole(made, raw.total_in() as usize),
            Ok(_) if raw.total_in() as usize == taken && made.len() == before => return Made::Cut(made),
            Ok(_) => {}
        }
    }
}

/// True when both say the same. How much they make of a damaged stream may differ.
fn agree(ours: &Made, theirs: &Made) -> bool {
    matches!((ours, theirs), (Made::Corrupt(_), Made::Corrupt(_))) || ours == theirs
}

fn compressed(content: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(level));
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// Text with repetitions near and far, runs, and bytes that do not compress.
fn content(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed | 1;
    let mut next = move || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize
    };
    let mut bytes: Vec<u8> = Vec::new();
    while bytes.len() < length {
        let count = next() % 300 + 1;
        match next() % 5 {
            0 => bytes.extend(std::iter::repeat_with(|| next() as u8).take(count)),
            1 => bytes.extend(std::iter::repeat_n(next() as u8, count)),
            2 | 3 if !bytes.is_empty() => {
                let from = bytes.len() - 1 - next() % bytes.len().min(40_000);
                (from..from + count).for_each(|at| bytes.push(bytes[at]));
            }
            _ => bytes.extend(std::iter::repeat_with(|| b"etaoin shrdlu\n"[next() % 14]).take(count)),
        }
    }
    bytes.truncate(length);
    bytes
}

#[test]
fn every_level_and_every_cut_of_input_and_output_gives_the_same_bytes() {
    for (seed, length) in [(1, 0), (2, 1), (3, 700), (4, 70_000), (5, 300_000)] {
        let content = content(seed, length);
        for level in [0, 1, 4, 6, 9] {
            let stream = compressed(&content, level);
            let whole = Made::Whole(content.clone(), stream.len());
            for (piece, step) in [(1, 1000), (7, 1), (13, 258), (4096, 65_536), (usize::MAX / 2, 100_000)] {
                if length > 1000 && step < 100 {
                    continue;
                }
                assert!(ours(&stream, piece, step) == whole, "level {level}, {length} bytes, {piece}/{step}");
            }
        }
    }
}

#[test]
fn what_follows_the_end_is_not_taken() {
    let mut stream = compressed(b"a short member", 6);
    let end = stream.len();
    stream.extend_from_slice(&[0xff; 100]);
    for piece in [1, 3, 8, 64, 1000] {
        assert_eq!(ours(&stream, piece, 100), Made::Whole(b"a short member".to_vec(), end), "{piece}");
    }
}

#[test]
fn a_cut_stream_is_no_whole_one_wherever_it_is_cut() {
    let stream = compressed(&content(9, 3_000), 6);
    for end in 0..stream.len() {
        let (ours, theirs) = (ours(&stream[..end], 64, 500), theirs(&stream[..end]));
        let (Made::Cut(ours), Made::Cut(theirs)) = (&ours, &theirs) else {
            panic!("cut at {end}: {ours:?} {theirs:?}")
        };
        assert!(theirs.starts_with(ours), "cut at {end}");
    }
}

#[test]
fn another_process_goes_on_wherever_the_first_one_stopped() {
    let again = |deflate: Deflate| {
        let state = serde_json::to_string(&deflate.state()).unwrap();
        Deflate::resume(&serde_json::from_str(&state).unwrap()).unwrap()
    };
    for (level, length) in [(0, 1_000), (1, 3_000), (6, 3_000), (9, 40_000)] {
        let content = content(u64::from(level) + 50, length);
        let stream = compressed(&content, level);
        let whole = Made::Whole(content, stream.len());
        for (piece, step) in [(1, 40), (3, 300), (5, 5), (100, 7)] {
            assert!(decoded(&stream, piece, step, again) == whole, "level {level}, {piece}/{step}");
        }
    }
    // A block that has the codes that need no description.
    let mut encoder = flate2::Compress::new(Compression::fast(), false);
    let mut stream = Vec::with_capacity(100);
    encoder.compress_vec(b"aaaabaaaab", &mut stream, flate2::FlushCompress::Finish).unwrap();
    assert_eq!(stream[0] >> 1 & 3, 1);
    assert_eq!(decoded(&stream, 1, 2, again), Made::Whole(b"aaaabaaaab".to_vec(), stream.len()));
}

#[test]
fn a_state_that_is_none_is_refused() {
    let stream = compressed(&content(77, 3_000), 6);
    let mut deflate = Deflate::default();
    let mut out = vec![0; HISTORY];
    deflate.decode(&stream, &mut out, 0, 1_500).unwrap();
    let state = serde_json::to_value(deflate.state()).unwrap();
    let changed = |path: &str, value: serde_json::Value| {
        let mut state = state.clone();
        *state.pointer_mut(path).unwrap() = value;
        serde_json::from_value(state).ok().and_then(|state| Deflate::resume(&state)).is_some()
    };
    assert!(changed("/made", 1_500.into()));
    for (path, value) in [
        ("/count", 64.into()),
        ("/made", (HISTORY + 1).into()),
        ("/next", serde_json::json!({ "Match": [3, 3_000] })),
        ("/header/numbers", serde_json::json!([300, 1, 4])),
        ("/header/all", serde_json::json!(vec![1; 400])),
        ("/header/all", serde_json::json!(vec![1; 200])),
        ("/header/first", serde_json::json!(vec![7; 18])),
    ] {
        assert!(!changed(path, value.clone()), "{path} {value}");
    }
}

#[test]
fn all_that_stands_before_damage_is_handed_out_however_it_comes() {
    let content = content(33, 60_000);
    let mut encoder = flate2::Compress::new(Compression::default(), false);
    let mut stream = Vec::with_capacity(60_000);
    encoder.compress_vec(&content, &mut stream, flate2::FlushCompress::Sync).unwrap();
    // A block of a kind that there is not.
    stream.extend_from_slice(&[6; 100]);
    for (piece, step) in [(1, 1000), (100, 33), (4096, 4096), (5_000, 32_768), (100_000, 100_000)] {
        assert!(ours(&stream, piece, step) == Made::Corrupt(content.clone()), "{piece}/{step}");
    }
}

#[test]
fn a_decoder_that_met_damage_decodes_the_next_stream() {
    // The last block, with codes of its own: 257 and 1 of them, 19 lengths. The first two, of 16 and 17, have one bit; and the
    // first symbol is 16, which repeats the length before it, where none is.
    let bits = [(1, 1), (2, 2), (0, 5), (0, 5), (15, 4), (1, 3), (1, 3), (0, 3 * 17), (0, 60)];
    let (mut stream, mut count) = (0_u128, 0);
    for (value, length) in bits {
        stream |= value << count;
        count += length;
    }
    let damaged = stream.to_le_bytes();
    let sound = compressed(&content(7, 3_000), 6);
    for first in [damaged.as_slice(), &damaged[..12]] {
        let (mut deflate, mut out) = (Deflate::default(), vec![0; 64 * 1024]);
        assert_eq!(deflate.decode(first, &mut out, 0, 1000), Err(Corrupt));
        deflate.reset();
        let (mut at, mut filled) = (0, 0);
        while at < sound.len() {
            let made = deflate.decode(&sound[at..at + 1], &mut out, filled, 64 * 1024);
            let Ok((taken, now, _)) = made else { panic!("at {at}: {made:?}") };
            (at, filled) = (at + taken, now);
        }
        assert!(out[..filled] == content(7, 3_000));
    }
}

#[test]
fn sets_of_codes_that_are_none_are_refused() {
    let build = |lengths: &[u8], may_be_single| {
        let mut code = Code::new(DISTANCES, 8);
        code.symbols.set(lengths);
        code.build(may_be_single, 8)
    };
    assert_eq!(build(&[1, 1], true), Ok(()));
    assert_eq!(build(&[1, 0], true), Ok(()));
    assert_eq!(build(&[0, 0], true), Ok(()));
    assert_eq!(build(&[1, 0], false), Err(Corrupt));
    assert_eq!(build(&[2, 0], true), Err(Corrupt));
    assert_eq!(build(&[1, 2, 0], true), Err(Corrupt));
    assert_eq!(build(&[1, 1, 1], true), Err(Corrupt));
    // Longer than the index of the table.
    assert_eq!(build(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 9], true), Ok(()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn damage_is_told_as_another_decoder_tells_it(
        seed: u64, length in 1..5_000usize, level in 0..10u32, at: prop::sample::Index, bit in 0..8u32, piece in 1..100usize,
    ) {
        let mut stream = compressed(&content(seed, length), level);
        let at = at.index(stream.len());
        stream[at] ^= 1 << bit;
        // What is missing at the end decides nothing here.
        stream.extend_from_slice(&[0; 16]);
        let (ours, theirs) = (ours(&stream, piece, 1000), theirs(&stream));
        prop_assert!(
            agree(&ours, &theirs)
                || matches!((&ours, &theirs), (Made::Cut(ours), Made::Cut(theirs)) if theirs.starts_with(ours)),
            "{ours:?} {theirs:?}"
        );
    }

    #[test]
    fn no_bytes_make_it_panic(stream: Vec<u8>, piece in 1..100usize) {
        let (ours, theirs) = (ours(&stream, piece, 300), theirs(&stream));
        // An end that comes within the last six bytes may hide damage that the other one has seen.
        prop_assert!(matches!((&ours, &theirs), (Made::Cut(_), _) | (_, Made::Cut(_))) || agree(&ours, &theirs));
    }
}
