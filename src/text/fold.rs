//! What the normal form makes of each character, as a table: most characters do not depend on their neighbours.

use std::sync::LazyLock;

use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, is_nfc_quick};

use super::exact;

/// What the normal form makes of one character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folded {
    /// It separates words.
    Separator,
    /// It vanishes.
    Nothing,
    /// These UTF-8 bytes of a word.
    Part(Bytes),
    /// A word of its own, with these UTF-8 bytes.
    Single(Bytes),
    /// It depends on its neighbours, or has more bytes than fit: only the definition can tell.
    Exact,
}

/// Up to three bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes {
    bytes: [u8; 3],
    length: u8,
}

impl Bytes {
    fn new(text: &str) -> Option<Bytes> {
        let mut bytes = [0; 3];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(Bytes { bytes, length: text.len() as u8 })
    }

    /// The bytes as a number, the first in the lowest place.
    pub fn bits(&self) -> u64 {
        let [one, two, three] = self.bytes;
        u64::from(u32::from_le_bytes([one, two, three, 0]))
    }

    /// How many they are; at least one.
    #[allow(clippy::len_without_is_empty, reason = "never empty")]
    pub fn len(&self) -> u32 {
        u32::from(self.length)
    }

    /// The bytes.
    pub fn get(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

/// The characters of the basic multilingual plane.
pub(super) const PLANE: usize = 0x1_0000;

/// The table, made at its first use.
pub struct Table(Box<[Folded]>);

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let fold = |code| char::from_u32(code as u32).map_or(Folded::Separator, of_plane);
    Table((0..PLANE).map(fold).collect())
});

impl Table {
    /// The one table.
    pub fn get() -> &'static Table {
        &TABLE
    }

    /// What becomes of a character of the basic plane.
    pub fn fold_in_plane(&self, code: u32) -> Folded {
        self.0.get(code as usize).copied().unwrap_or(Folded::Exact)
    }

    /// What becomes of a character.
    pub fn fold(&self, character: char) -> Folded {
        match self.0.get(character as usize) {
            Some(folded) => *folded,
            None => fold(character),
        }
    }
}

/// The large blocks of characters that stay as they are need no thought.
fn of_plane(character: char) -> Folded {
    let mut buffer = [0; 4];
    let itself = Bytes::new(character.encode_utf8(&mut buffer));
    match (character, itself) {
        ('\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}', Some(bytes)) => Folded::Single(bytes),
        // Syllables of Hangul; one without a final consonant may be joined by one that follows.
        ('\u{ac00}'..='\u{d7a3}', Some(bytes)) => Folded::Part(bytes),
        ('\u{e000}'..='\u{f8ff}', _) => Folded::Separator,
        _ => fold(character),
    }
}

fn fold(character: char) -> Folded {
    let mut buffer = [0; 4];
    let text = exact::normalised(character.encode_utf8(&mut buffer));
    if text.is_empty() {
        return Folded::Nothing;
    }
    if !text.chars().any(exact::is_word) {
        return Folded::Separator;
    }
    // A mark may be moved behind another one before it folds to a letter, as U+0345 does.
    if canonical_combining_class(character) != 0 {
        return Folded::Exact;
    }
    let is_free = |character: char| {
        canonical_combining_class(character) == 0
            && is_nfc_quick(std::iter::once(character)) == IsNormalized::Yes
            && exact::is_word(character)
    };
    let singles = text.chars().filter(|&character| exact::is_unspaced(character)).count();
    match Bytes::new(&text).filter(|_| text.chars().all(is_free)) {
        Some(bytes) if singles == 0 => Folded::Part(bytes),
        Some(bytes) if singles == 1 && text.chars().count() == 1 => Folded::Single(bytes),
        _ => Folded::Exact,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_fold_as_the_definition_says() {
        let table = Table::get();
        let part = |text: &str| Folded::Part(Bytes::new(text).unwrap());
        let cases = [
            ('é', part("e")),
            ('İ', part("i")),
            ('ı', part("i")),
            ('Œ', part("oe")),
            ('ﬁ', part("fi")),
            ('ẞ', part("ss")),
            ('Ж', part("ж")),
            ('々', Folded::Single(Bytes::new("々").unwrap())),
            ('’', Folded::Separator),
            ('\u{ad}', Folded::Nothing),
            ('\u{301}', Folded::Nothing),
            ('\u{3099}', Folded::Exact),
            ('\u{345}', Folded::Exact),
            ('½', Folded::Exact),
            ('🙂', Folded::Separator),
        ];
        for (character, folded) in cases {
            assert_eq!(table.fold(character), folded, "{character:?}");
        }
    }

    #[test]
    fn large_blocks_stay_as_they_are() {
        for block in [
            '\u{3400}'..='\u{4dbf}',
            '\u{4e00}'..='\u{9fff}',
            '\u{ac00}'..='\u{d7a3}',
            '\u{e000}'..='\u{f8ff}',
        ] {
            for character in block {
                assert_eq!(Table::get().fold(character), fold(character), "{character:?}");
            }
        }
    }
}
