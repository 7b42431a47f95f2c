//! Garbled text: UTF-8 that somebody read as windows-1252 (`Ã©` for `é`).
//!
//! Three such sequences in one text are no chance; fewer may be somebody's own writing about the matter.

/// Fewest sequences of a garbled text.
pub const GARBLED: usize = 3;

/// So many sequences for each lone letter make a text garbled whose letters were not Latin.
const FAR_MORE: usize = 4;

/// Undoes the garbling of a text that is garbled; `None` for any other.
///
/// Characters of good text can look like a sequence (`é` before a no-break space and `»` in French, `ÍŽ` in Czech). So a
/// text is garbled only when [`GARBLED`] sequences begin with `Ã`, `Â` or `â`, which garbled Latin text is full of, or
/// when it has as many that are not all letters, and more than four for each lone letter from U+00C0 to U+00FF.
pub fn repair(text: &str) -> Option<String> {
    let characters: Vec<char> = text.chars().collect();
    let (mut count, mut typical, mut lone) = (0, 0, 0);
    let mut at = 0;
    while let Some(&first) = characters.get(at) {
        match sequence(&characters[at..]) {
            Some((_, length)) => {
                count += usize::from(
                    !characters[at..at + length].iter().all(|character| character.is_alphabetic()),
                );
                typical += usize::from(matches!(first, 'Ã' | 'Â' | 'â'));
                at += length;
            }
            None => {
                lone += usize::from(matches!(first, '\u{c0}'..='\u{ff}') && !matches!(first, '×' | '÷'));
                at += 1;
            }
        }
    }
    if typical < GARBLED && (count < GARBLED || count <= FAR_MORE * lone) {
        return None;
    }
    let mut repaired = String::with_capacity(text.len());
    let mut rest = characters.as_slice();
    while let Some((&first, behind)) = rest.split_first() {
        if let Some((character, length)) = sequence(rest) {
            repaired.push(character);
            rest = &rest[length..];
            continue;
        }
        rest = match rest {
            // The no-break space of `Ã\u{a0}` became a blank when white space was collapsed.
            ['Ã', ' ', ..] => {
                repaired.push('à');
                behind
            }
            // A right quote, whose last byte windows-1252 leaves undefined.
            ['â', '€', ..] => {
                repaired.push('”');
                &rest[2..]
            }
            _ => {
                repaired.push(first);
                behind
            }
        };
    }
    Some(repaired)
}

/// The character whose UTF-8 bytes the next characters stand for, and how many these are.
pub fn sequence(characters: &[char]) -> Option<(char, usize)> {
    let (&first, rest) = characters.split_first()?;
    let length = match first {
        '\u{c2}'..='\u{df}' => 2,
        '\u{e0}'..='\u{ef}' => 3,
        '\u{f0}'..='\u{f4}' => 4,
        _ => return None,
    };
    let mut bytes = [first as u8, 0, 0, 0];
    for (byte, &character) in bytes[1..length].iter_mut().zip(rest.get(..length - 1)?) {
        *byte = continuation(character)?;
    }
    let character = std::str::from_utf8(&bytes[..length]).ok()?.chars().next()?;
    Some((character, length))
}

/// The byte 80 to BF that a character stands for when bytes are read as windows-1252.
fn continuation(character: char) -> Option<u8> {
    /// What windows-1252 puts on 80 to 9F; where it puts nothing, the character of the same number.
    const UPPER: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
        '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    match character {
        '\u{80}'..='\u{bf}' => Some(character as u8),
        'ˆ' | '˜' | 'Œ' | 'œ' | 'Š' | 'š' | 'Ÿ' | 'Ž' | 'ž' | 'ƒ' | '\u{2000}'..='\u{2122}' => {
            let index = UPPER.iter().position(|&upper| upper == character)?;
            Some(0x80 + index as u8)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_sequences_make_a_garbled_text() {
        assert_eq!(repair("dÃ©butÃ©"), None);
        assert_eq!(repair("dÃ©jÃ\u{a0}lÃ©").as_deref(), Some("déjàlé"));
        assert_eq!(repair("été à l’école «é» Ÿœ"), None);
        assert_eq!(repair("«\u{a0}l'été\u{a0}» «\u{a0}le café\u{a0}» «\u{a0}la clé\u{a0}»"), None);
        assert_eq!(repair("PŘÍŽ NÍŽE BLÍŽE"), None);
        assert_eq!(repair("«\u{a0}l'été\u{a0}» «\u{a0}le café\u{a0}» «\u{a0}la clé\u{a0}»"), None);
        assert_eq!(repair("PŘÍŽ NÍŽE BLÍŽE"), None);
        let eaten = "Ã©Ã©Ã© Ã la â€œfinâ€ VerstoÃŸ lâ€™armÃ©e ðŸ™‚";
        assert_eq!(repair(eaten).as_deref(), Some("ééé à la “fin” Verstoß l’armée 🙂"));
    }
}
