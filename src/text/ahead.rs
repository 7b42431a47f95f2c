//! Letters with accents become ASCII ahead, so that their words are cut out as fast as others.

use std::sync::LazyLock;

use wide::u8x16;

use super::fold::{Folded, PLANE, Table};
use super::slow::{continuation, is_garbled};

/// Writes `text` into `folded` with what the normal form makes of each character where that is ASCII: letters without
/// their accents, blanks for marks. The words stay the same and are cut out faster. Returns the bytes written and the number
/// of sequences that look garbled; `None` for a text that needs no such help, or that holds references, which a folded letter
/// could complete. What stands in `folded` behind these bytes has no meaning: it is kept for the next text.
pub(super) fn fold_ahead(text: &str, folded: &mut Vec<u8>) -> Option<(usize, usize)> {
    if text.is_ascii() || memchr::memchr(b'&', text.as_bytes()).is_some() {
        return None;
    }
    // No character becomes longer, and what is copied at once may be too much.
    if folded.len() < text.len() + PIECE {
        folded.resize(text.len() + PIECE, 0);
    }
    let (bytes, plane) = (text.as_bytes(), &*AHEAD);
    let (mut at, mut to, mut garbled) = (0, 0, 0);
    loop {
        let ascii = copy_ascii(&bytes[at..], &mut folded[to..]);
        (at, to) = (at + ascii, to + ascii);
        // Letters with accents seldom stand alone in a text, and other scripts never.
        let Some(&first) = bytes.get(at) else { return Some((to, garbled)) };
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
        let [ascii @ .., count] = plane.get(code as usize).copied().unwrap_or(AS_IT_IS);
        let count = usize::from(count);
        if count <= ascii.len() {
            folded[to..to + ascii.len()].copy_from_slice(&ascii);
            to += count;
        } else {
            folded[to..to + length].copy_from_slice(&bytes[at..behind]);
            to += length;
        }
        at = behind;
    }
}

/// Stands for a character that is not made ASCII.
const AS_IT_IS: [u8; 4] = [0, 0, 0, u8::MAX];

/// What becomes of each character of the basic plane: up to three bytes, and how many they are.
static AHEAD: LazyLock<Box<[[u8; 4]]>> = LazyLock::new(|| (0..PLANE as u32).map(ahead).collect());

fn ahead(code: u32) -> [u8; 4] {
    let length = char::from_u32(code).map_or(0, char::len_utf8);
    match Table::get().fold_in_plane(code) {
        Folded::Part(part) if part.get().is_ascii() && part.get().len() <= length => {
            let [one, two, three, _] = (part.bits() as u32).to_le_bytes();
            [one, two, three, part.len() as u8]
        }
        Folded::Separator => [b' ', 0, 0, 1],
        Folded::Nothing => [0; 4],
        _ => AS_IT_IS,
    }
}

/// Bytes that are copied at once.
const PIECE: usize = 16;

/// Copies the ASCII characters that `bytes` begins with, and perhaps some bytes more, and returns how many they are.
fn copy_ascii(bytes: &[u8], copy: &mut [u8]) -> usize {
    let mut at = 0;
    // A copy of fixed length is an instruction or two.
    while let (Some(piece), Some(to)) = (bytes[at..].first_chunk::<PIECE>(), copy[at..].first_chunk_mut()) {
        *to = *piece;
        // The highest bit of each.
        let others = u8x16::new(*piece).to_bitmask();
        if others != 0 {
            return at + others.trailing_zeros() as usize;
        }
        at += PIECE;
    }
    let rest = &bytes[at..];
    let ascii = rest.iter().position(|byte| !byte.is_ascii()).unwrap_or(rest.len());
    copy[at..at + ascii].copy_from_slice(&rest[..ascii]);
    at + ascii
}
