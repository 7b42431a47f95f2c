//! The DEFLATE decoder and another one make the same of any bytes, in pieces of any size.

use flate2::{Decompress, FlushDecompress, Status};
use shardproof::container::deflate::{Deflate, HISTORY, Stop};

/// Longest match of the format, which a call may write beyond what it was asked for.
const LONGEST_MATCH: usize = 258;

/// Zeros behind the stream, so that what is missing at its end decides as little as possible.
const BEHIND: usize = 1024;

/// More than this is not unpacked: the first bytes of an endless stream are as good as all of them.
const MOST: usize = 4 << 20;

/// What a decoder made of a stream.
#[derive(Debug, PartialEq)]
pub enum Made {
    /// Its bytes, and how many of the stream they were made of.
    Whole(Vec<u8>, usize),
    /// The stream went on: its bytes so far.
    Cut(Vec<u8>),
    /// The stream is damaged.
    Corrupt,
    /// Too many bytes.
    Endless,
}

/// The first two bytes say how input and output are cut, the rest is the stream.
pub fn holds(bytes: &[u8]) {
    let Some((&[piece, step], stream)) = bytes.split_first_chunk() else { return };
    let piece = usize::from(piece) + 1;
    // From single bytes to more than the history.
    let step = 1 << (step % 17);
    let at_once = ours(stream, usize::MAX / 2, 1 << 16);
    assert_eq!(ours(stream, piece, step), at_once, "in pieces of {piece} into {step}");
    let theirs_at_once = theirs(stream);
    assert!(agree(&at_once, &theirs_at_once, true), "{at_once:?}\n{theirs_at_once:?}");

    let behind = [stream, &[0; BEHIND]].concat();
    let (ours, theirs) = (ours(&behind, usize::MAX / 2, 1 << 16), theirs(&behind));
    assert!(agree(&ours, &theirs, false), "zeros behind: {ours:?}\n{theirs:?}");
}

/// True when two decoders say the same. Where the stream ends early, one of them may have seen already that its last
/// bits cannot be, and the other not.
pub fn agree(ours: &Made, theirs: &Made, ends_early: bool) -> bool {
    match (ours, theirs) {
        (Made::Cut(ours), Made::Cut(theirs)) => theirs.starts_with(ours) || ours.starts_with(theirs),
        (Made::Cut(_), Made::Corrupt) | (Made::Corrupt, Made::Cut(_)) => ends_early,
        (ours, theirs) => ours == theirs,
    }
}

/// Decodes with input and output in pieces of these sizes, in bytes.
pub fn ours(stream: &[u8], piece: usize, step: usize) -> Made {
    let mut deflate = Deflate::default();
    let mut out = vec![0; HISTORY + step + LONGEST_MATCH];
    let (mut made, mut at, mut filled) = (Vec::new(), 0_usize, 0);
    loop {
        if filled > HISTORY {
            out.copy_within(filled - HISTORY..filled, 0);
            filled = HISTORY;
        }
        let input = &stream[at..stream.len().min(at.saturating_add(piece))];
        let Ok((taken, now, stop)) = deflate.decode(input, &mut out, filled, filled + step) else {
            return Made::Corrupt;
        };
        made.extend_from_slice(&out[filled..now]);
        at += taken;
        filled = now;
        match stop {
            Stop::Ended => return Made::Whole(made, at - deflate.leftover().count()),
            Stop::Input if at == stream.len() => return Made::Cut(made),
            Stop::Input => assert_eq!(taken, input.len(), "all input is taken before more is asked for"),
            Stop::Enough if made.len() > MOST => return Made::Endless,
            Stop::Enough => {}
        }
    }
}

/// Decodes with `flate2`.
pub fn theirs(stream: &[u8]) -> Made {
    let mut raw = Decompress::new(false);
    let mut made = Vec::new();
    loop {
        made.reserve(64 * 1024);
        let (taken, before) = (raw.total_in() as usize, made.len());
        match raw.decompress_vec(&stream[taken..], &mut made, FlushDecompress::None) {
            Err(_) => return Made::Corrupt,
            Ok(Status::StreamEnd) => return Made::Whole(made, raw.total_in() as usize),
            Ok(_) if raw.total_in() as usize == taken && made.len() == before => return Made::Cut(made),
            Ok(_) if made.len() > MOST => return Made::Endless,
            Ok(_) => {}
        }
    }
}
