//! The borders of zstd frames, from their heads and those of their blocks (RFC 8878), without decoding them.
//!
//! What a frame holds may itself be zstd: a page can be an archive, and where it does not compress, its bytes stand in the
//! frame as they are. So the magic number of a frame is no proof that one of the shard begins there. The heads tell where a
//! damaged frame ends, as long as they are whole; where they are not, only a chain of frames that no block of another frame
//! can hold is taken for frames of the shard.

use memchr::memmem;

use crate::container::ZSTD_FRAME;

/// Bytes of a block, stored or decoded, at most (RFC 8878, 3.1.1.2.4).
pub const LARGEST_BLOCK: usize = 128 * 1024;
/// Stored bytes over which heads have to follow each other. What stands inside a block is broken by the head of the next
/// block after 128 KiB at the latest; eight of these are not passed by chance.
pub const PROOF: usize = 8 * LARGEST_BLOCK;
/// Heads that are read for one proof. More of them are a trap, not a shard.
const HEADS: u32 = 16 * 1024;

/// Bytes that are followed between two looks at that number.
const STEP: usize = 4096;

/// Stored bytes of a frame as they pass by: where the next head stands, and where the frame ends.
#[derive(Clone, Debug, Default)]
pub struct Walk {
    /// What came of the head that is being read.
    head: Vec<u8>,
    /// Bytes to the next head, or to the end of the frame.
    skip: u64,
    at: At,
    checksum: bool,
    heads: u32,
    /// How the block holds its bytes.
    holds: Holds,
}

/// How a block holds what it decodes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Holds {
    /// As other bytes, so no frame can be read out of it.
    #[default]
    Coded,
    /// As the next byte says: the kind of its literals.
    Unknown,
    /// As they are.
    Verbatim,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum At {
    #[default]
    Frame,
    Block,
    End,
    /// What stands there is no head.
    Nowhere,
}

impl Walk {
    /// True when the frame has ended.
    pub fn is_over(&self) -> bool {
        self.at == At::End && self.skip == 0
    }

    /// True when the heads make no sense: nobody can tell from them where the frame ends.
    pub fn is_lost(&self) -> bool {
        self.at == At::Nowhere
    }

    /// True when nothing of the frame has passed.
    fn is_at_start(&self) -> bool {
        self.at == At::Frame && self.head.is_empty()
    }

    /// True when the bytes that came last stand in a block that holds others as they are, a frame among them perhaps.
    pub fn is_in_verbatim(&self) -> bool {
        self.skip > 0 && self.holds != Holds::Coded
    }

    /// Takes the next stored bytes, as far as the frame goes. Returns how many.
    pub fn pass(&mut self, bytes: &[u8]) -> usize {
        let mut rest = bytes;
        while !self.is_over() && !self.is_lost() {
            let inside = rest.len().min(usize::try_from(self.skip).unwrap_or(usize::MAX));
            if let (Holds::Unknown, [first, ..]) = (self.holds, rest) {
                self.holds = if first & 3 == 0 { Holds::Verbatim } else { Holds::Coded };
            }
            rest = rest.get(inside..).unwrap_or_default();
            self.skip -= inside as u64;
            if self.skip > 0 || self.at == At::End {
                break;
            }
            let Some((byte, behind)) = rest.split_first() else { break };
            self.head.push(*byte);
            rest = behind;
            self.read_head();
        }
        bytes.len() - rest.len()
    }

    fn read_head(&mut self) {
        let next = match (self.at, self.head.as_slice()) {
            (At::Block, [one, two, three]) => self.block(u32::from_le_bytes([*one, *two, *three, 0])),
            (At::Frame, [_, 0x2a, 0x4d, 0x18, a, b, c, d]) if self.is_skippable() => {
                self.skip = u64::from(u32::from_le_bytes([*a, *b, *c, *d]));
                self.holds = Holds::Verbatim;
                At::End
            }
            (At::Frame, head) if head.len() >= 5 && !self.is_skippable() => self.frame(),
            _ => return,
        };
        if next != At::Frame {
            (self.at, self.heads) = (next, self.heads.saturating_add(1));
            self.head.clear();
        }
    }

    fn is_skippable(&self) -> bool {
        matches!(self.head.as_slice(), [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
    }

    /// `Frame` as long as its head is not whole.
    fn frame(&mut self) -> At {
        let descriptor = self.head.get(4).copied().unwrap_or_default();
        let is_single = descriptor & 0x20 != 0;
        let content = match descriptor >> 6 {
            0 => usize::from(is_single),
            more => 1 << more,
        };
        let dictionary = [0, 1, 2, 4][usize::from(descriptor & 3)];
        let length = 5 + usize::from(!is_single) + dictionary + content;
        self.checksum = descriptor & 4 != 0;
        match self.head.starts_with(&ZSTD_FRAME) && descriptor & 8 == 0 {
            false => At::Nowhere,
            true if self.head.len() < length => At::Frame,
            true => At::Block,
        }
    }

    fn block(&mut self, head: u32) -> At {
        let (is_last, size) = (head & 1 != 0, head >> 3);
        if size as usize > LARGEST_BLOCK {
            return At::Nowhere;
        }
        (self.skip, self.holds) = match (head >> 1) & 3 {
            0 => (u64::from(size), Holds::Verbatim),
            1 => (1, Holds::Coded),
            2 => (u64::from(size), Holds::Unknown),
            _ => return At::Nowhere,
        };
        if is_last {
            self.skip += if self.checksum { 4 } else { 0 };
            return At::End;
        }
        At::Block
    }
}

/// True where a frame, or one that readers pass over, may begin.
pub fn is_magic(bytes: &[u8]) -> bool {
    bytes.starts_with(&ZSTD_FRAME) || matches!(bytes, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// The first place in front of `end` where a frame begins, with others behind it over [`PROOF`] bytes or, if `to_end`,
/// exactly up to the end of `bytes`.
pub fn find(bytes: &[u8], end: usize, to_end: bool) -> Option<usize> {
    let mut places = memmem::find_iter(bytes, &ZSTD_FRAME).take_while(|at| *at < end);
    places.find(|at| bytes.get(*at..).is_some_and(|bytes| is_chain(bytes, to_end)))
}

fn is_chain(bytes: &[u8], to_end: bool) -> bool {
    let (mut rest, is_enough) = match bytes.get(..PROOF) {
        Some(proof) => (proof, true),
        None => (bytes, false),
    };
    let mut heads = 0;
    let mut walk = Walk::default();
    while !rest.is_empty() {
        // In small steps, so that no frame of countless empty blocks is followed far.
        let taken = walk.pass(rest.get(..STEP).unwrap_or(rest));
        rest = rest.get(taken..).unwrap_or_default();
        if walk.is_lost() || walk.heads > HEADS - heads.min(HEADS) {
            return false;
        }
        if walk.is_over() {
            heads += walk.heads;
            walk = Walk::default();
        }
    }
    // The bytes may come to their end inside a frame only where more stand behind them.
    is_enough || (to_end && walk.is_at_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(length: usize) -> Vec<u8> {
        let mut state = 7u64;
        let next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        };
        std::iter::repeat_with(next).take(length).collect()
    }

    fn frame(content: &[u8], checksum: bool) -> Vec<u8> {
        let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
        encoder.include_checksum(checksum).unwrap();
        std::io::Write::write_all(&mut encoder, content).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_walk_ends_where_the_frame_ends() {
        let skippable = [&[0x53, 0x2a, 0x4d, 0x18, 5, 0, 0, 0][..], b"12345"].concat();
        let contents = [Vec::new(), b"short".to_vec(), noise(400_000), vec![b'a'; 900_000]];
        let frames = contents.iter().flat_map(|content| {
            let pledged = zstd::bulk::compress(content, 1).unwrap();
            [frame(content, true), frame(content, false), pledged]
        });
        for frame in frames.chain([skippable]) {
            for piece in [1, 3, 1000, frame.len() + 7] {
                let mut walk = Walk::default();
                let bytes = [&frame[..], &ZSTD_FRAME, b"more"].concat();
                let taken: usize = bytes.chunks(piece).map(|piece| walk.pass(piece)).sum();
                assert!(walk.is_over() && taken == frame.len(), "{taken} of {} by {piece}", frame.len());
            }
        }
    }

    #[test]
    fn a_chain_reaches_the_end_or_far() {
        let small = frame(b"small", true);
        let three = small.repeat(3);
        assert_eq!(find(&three, three.len(), true), Some(0));
        assert_eq!(find(&three, three.len(), false), None);
        assert_eq!(find(&[&three[..], b"x"].concat(), three.len(), true), None, "not up to the end");
        assert_eq!(find(&[b"x", &three[..]].concat(), three.len(), true), Some(1));
        let many = small.repeat(PROOF / small.len() + 1);
        assert_eq!(find(&many, 1, false), None, "more heads than are read");
        let long = frame(&noise(2 * PROOF), true);
        assert_eq!(find(&long, 1, false), Some(0));
        // The same frames, as a block holds them.
        let held = frame(&frame(&noise(300_000), true).repeat(6), true);
        assert_eq!(find(&held[4..], held.len(), true), None);
    }
}
