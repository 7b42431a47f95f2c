//! Letters with accents become ASCII ahead, so that their words are cut out as fast as others.

use super::fold::{Folded, Table};
use super::slow::{continuation, is_garbled};
use super::word_hash::load;

/// Writes `text` into `folded` with what the normal form makes of each character where that is ASCII: letters without
/// their accents, blanks for marks. The words stay the same and are cut out faster. Returns the number of sequences that
/// look garbled; `None` for a text that needs no such help, or that holds references, which a folded letter could complete.
pub(super) fn fold_ahead(text: &str, folded: &mut Vec<u8>) -> Option<usize> {
    if text.is_ascii() || memchr::memchr(b'&', text.as_bytes()).is_some() {
        return None;
    }
    let (bytes, table) = (text.as_bytes(), Table::get());
    folded.clear();
    folded.reserve(text.len() + PIECE);
    let (mut at, mut garbled) = (0, 0);
    loop {
        at += copy_ascii(&bytes[at..], folded);
        // Letters with accents seldom stand alone in a text, and other scripts never.
        let Some(&first) = bytes.get(at) else { return Some(garbled) };
        let (code, length) = match first {
            0xc2..0xe0 => (u32::from(first & 0x1f) << 6 | continuation(bytes, at + 1), 2),
            0xe0..0xf0 => {
                let high = u32::from(first & 0x0f) << 12 | continuation(bytes, at + 1) << 6;
                (high | continuation(bytes, at + 2), 3)
            }
            // Beyond the table: the slow way knows.
            _ => (u32::MAX, 4),
        };
        let behind = at + length;
        if matches!(code, 0xc2..=0xf4) && bytes.get(behind).is_some_and(|next| *next >= 0x80) {
            garbled += usize::from(is_garbled(&text[at..]));
        }
        match table.fold_in_plane(code) {
            Folded::Part(part) if part.get().is_ascii() => folded.extend_from_slice(part.get()),
            Folded::Separator => folded.push(b' '),
            Folded::Nothing => {}
            _ => folded.extend_from_slice(&bytes[at..behind]),
        }
        at = behind;
    }
}

/// Bytes that are copied at once.
const PIECE: usize = 16;

/// Appends the ASCII characters that `bytes` begins with to `copied`, and returns how many they are.
fn copy_ascii(bytes: &[u8], copied: &mut Vec<u8>) -> usize {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let mut at = 0;
    while let Some(piece) = bytes[at..].first_chunk::<PIECE>() {
        // A copy of fixed length is an instruction or two; what is too much of it goes again.
        copied.extend_from_slice(piece);
        let halves = [load(piece, 0) & HIGH, load(piece, 8) & HIGH];
        let ascii = match halves {
            [0, 0] => {
                at += PIECE;
                continue;
            }
            [0, high] => 8 + high.trailing_zeros() as usize / 8,
            [low, _] => low.trailing_zeros() as usize / 8,
        };
        copied.truncate(copied.len() - PIECE + ascii);
        return at + ascii;
    }
    let rest = &bytes[at..];
    let ascii = rest.iter().position(|byte| !byte.is_ascii()).unwrap_or(rest.len());
    copied.extend_from_slice(&rest[..ascii]);
    at + ascii
}
