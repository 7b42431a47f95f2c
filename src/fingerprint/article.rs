//! One article as a fingerprint file holds it.

use std::ops::BitOr;

use serde::{Deserialize, Serialize};

/// Fewer words than this (twice as many characters in scripts without spaces) are never reported as a copy.
pub const SHORT: u32 = 50;

/// What is worth knowing of an article.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flags(pub u16);

impl Flags {
    /// Shorter than [`SHORT`].
    pub const SHORT: Flags = Flags(1);
    /// Mostly in a script without spaces: its words are characters, and thresholds double.
    pub const UNSPACED: Flags = Flags(2);
    /// Another publisher of the file holds some of it.
    pub const HELD: Flags = Flags(4);

    /// True when all of `other` is set.
    pub fn has(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }

    /// The same with none of `other` set.
    pub fn without(self, other: Flags) -> Flags {
        Flags(self.0 & !other.0)
    }
}

impl BitOr for Flags {
    type Output = Flags;
    fn bitor(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }
}

/// Counts and flags of an article.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Its words in the normal form; characters where [`Flags::UNSPACED`].
    pub words: u32,
    /// Words that stand in no shingle which other articles or publishers hold.
    pub own_words: u32,
    /// Kept shingles.
    pub shingles: u32,
    /// Index of its publisher.
    pub publisher: u32,
    /// Index of the first article of its family: versions of one text.
    pub family: u32,
    /// Flags.
    pub flags: Flags,
    /// Number of the agency under whose mark it stands, from 1 in the header's list; 0 for none.
    pub agency: u16,
}

impl Counts {
    /// Bytes of an article in the file: where its texts begin, then the fields above.
    pub const SIZE: usize = 32;

    /// As it stands in the file.
    pub fn to_bytes(self, texts: u64) -> [u8; Counts::SIZE] {
        let mut bytes = [0; Counts::SIZE];
        let fields = [self.words, self.own_words, self.shingles, self.publisher, self.family];
        bytes[..8].copy_from_slice(&texts.to_le_bytes());
        for (field, slot) in fields.iter().zip(bytes[8..28].chunks_exact_mut(4)) {
            slot.copy_from_slice(&field.to_le_bytes());
        }
        bytes[28..30].copy_from_slice(&self.flags.0.to_le_bytes());
        bytes[30..].copy_from_slice(&self.agency.to_le_bytes());
        bytes
    }

    /// Read from the file, with the place of its texts.
    pub fn from_bytes(bytes: &[u8; Counts::SIZE]) -> (Counts, u64) {
        let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let half = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        let counts = Counts {
            words: word(8),
            own_words: word(12),
            shingles: word(16),
            publisher: word(20),
            family: word(24),
            flags: Flags(half(28)),
            agency: half(30),
        };
        (counts, u64::from(word(0)) | u64::from(word(4)) << 32)
    }

    /// 2 where words are characters, else 1: the factor of all thresholds.
    pub fn factor(self) -> u32 {
        if self.flags.has(Flags::UNSPACED) { 2 } else { 1 }
    }
}

/// What a shingle of an article is marked with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Marks(pub u32);

impl Marks {
    /// All its words stand between quotation marks.
    pub const QUOTED: Marks = Marks(1);
    /// Two or more families of its publisher hold it, or its article holds it three times.
    pub const RECURRING: Marks = Marks(2);
    /// Two or more publishers hold it.
    pub const SHARED: Marks = Marks(4);
    /// The commons list of a scan holds it. Not in a file.
    pub const COMMONS: Marks = Marks(8);

    /// True when all of `other` is set.
    pub fn has(self, other: Marks) -> bool {
        self.0 & other.0 == other.0
    }

    /// True when others hold it as well.
    pub fn is_common(self) -> bool {
        self.0 & (Marks::RECURRING.0 | Marks::SHARED.0) != 0
    }
}

/// A kept shingle of an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Its keyed hash, 56 bits.
    pub hash: u64,
    /// Index of the article.
    pub article: u32,
    /// Position in words, with the marks above it.
    place: u32,
}

/// Bits of a position.
const POSITION_BITS: u32 = 21;

/// Most words of an article: positions have 21 bits.
pub const MOST_WORDS: usize = (1 << POSITION_BITS) - 1;

impl Entry {
    /// An entry.
    pub fn new(hash: u64, article: u32, position: u32, marks: Marks) -> Entry {
        Entry { hash, article, place: position | marks.0 << POSITION_BITS }
    }

    /// As it stands in the file, where the place has three bytes.
    pub fn from_file(hash: u64, article: u32, place: [u8; 3]) -> Entry {
        Entry { hash, article, place: u32::from_le_bytes([place[0], place[1], place[2], 0]) }
    }

    /// The place as it stands in the file.
    pub fn place(self) -> [u8; 3] {
        let [one, two, three, _] = self.place.to_le_bytes();
        [one, two, three]
    }

    /// Index of the shingle's first word in the article.
    pub fn position(self) -> u32 {
        self.place & MOST_WORDS as u32
    }

    /// Its marks.
    pub fn marks(self) -> Marks {
        Marks(self.place >> POSITION_BITS)
    }

    /// Adds marks.
    pub fn mark(&mut self, marks: Marks) {
        self.place |= marks.0 << POSITION_BITS;
    }

    /// The same shingle as that of another article index, without what depends on the other articles of a file.
    pub fn alone(self, article: u32) -> Entry {
        Entry {
            article,
            place: self.place & !((Marks::RECURRING.0 | Marks::SHARED.0) << POSITION_BITS),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_places() {
        let counts = Counts {
            words: 1,
            own_words: 2,
            shingles: 3,
            publisher: 4,
            family: 5,
            flags: Flags::SHORT | Flags::UNSPACED,
            agency: 7,
        };
        assert_eq!(Counts::from_bytes(&counts.to_bytes(1 << 40)), (counts, 1 << 40));
        let mut entry = Entry::new(9, 8, MOST_WORDS as u32, Marks::QUOTED);
        entry.mark(Marks::SHARED);
        let read = Entry::from_file(9, 8, entry.place());
        assert_eq!(read, entry);
        assert_eq!(read.position(), MOST_WORDS as u32);
        assert!(read.marks().has(Marks::QUOTED) && read.marks().is_common());
        assert_eq!(entry.alone(3).marks(), Marks::QUOTED);
        assert_eq!(entry.alone(3).article, 3);
    }
}
