//! The normal form as it is defined, step by step over whole strings. It is slow and easy to check; [`super::normal`]
//! reaches the same words faster, and a test holds the two together.

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use super::references;

/// Hands each word of `text` to `word`: its normalised characters, and whether it is a character of a script without
/// spaces. The repair of garbled text (see [`super::repair`]) was done before.
pub fn words(text: &str, mut word: impl FnMut(&str, bool)) {
    let mut current = String::new();
    for character in normalised(&references::decode(text)).chars() {
        if !is_word(character) {
            flush(&mut current, &mut word);
        } else if is_unspaced(character) {
            flush(&mut current, &mut word);
            current.push(character);
            word(&current, true);
            current.clear();
        } else {
            current.push(character);
        }
    }
    flush(&mut current, &mut word);
}

fn flush(current: &mut String, word: &mut impl FnMut(&str, bool)) {
    if !current.is_empty() {
        word(current, false);
        current.clear();
    }
}

/// Steps 2 to 4: invisible characters dropped, compatibility forms and case folded, accents and letters folded.
pub fn normalised(text: &str) -> String {
    let folded: String =
        text.chars().filter(|&character| !is_dropped(character)).nfkc().default_case_fold().collect();
    let folded: String = folded
        .chars()
        .map(|character| if character == 'ı' { 'i' } else { character })
        .nfd()
        .filter(|&character| !is_accent(character))
        .nfc()
        .collect();
    let mut result = String::with_capacity(folded.len());
    for character in folded.chars() {
        match letters(character) {
            Some(letters) => result.push_str(letters),
            None => result.push(character),
        }
    }
    result
}

/// Characters that nobody sees: soft hyphen, zero-width and direction marks, variation selectors, the byte order mark,
/// control characters that are no white space.
pub fn is_dropped(character: char) -> bool {
    match character {
        '\t' | '\n' | '\x0b' | '\x0c' | '\r' | '\u{85}' => false,
        '\u{ad}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{e0100}'..='\u{e01ef}' => true,
        _ => character.is_control(),
    }
}

/// Accents that are folded away. Marks of other scripts change the word and stay.
pub fn is_accent(character: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&character)
}

/// Letters that are written with others where a keyboard lacks them.
fn letters(character: char) -> Option<&'static str> {
    Some(match character {
        'œ' => "oe",
        'æ' => "ae",
        'ß' => "ss",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ł' => "l",
        'þ' => "th",
        _ => return None,
    })
}

/// Letters, marks and digits make words.
pub fn is_word(character: char) -> bool {
    matches!(
        character.general_category_group(),
        GeneralCategoryGroup::Letter | GeneralCategoryGroup::Mark | GeneralCategoryGroup::Number
    )
}

/// Scripts that put no blank between words: Han, kana, Thai, Lao, Myanmar, Khmer. Each character is a word, so that no
/// segmenter and none of its versions becomes part of the normal form.
pub fn is_unspaced(character: char) -> bool {
    matches!(character,
        '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3040}'..='\u{30ff}'
        | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}' | '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{a9e0}'..='\u{a9ff}'
        | '\u{aa60}'..='\u{aa7f}' | '\u{1780}'..='\u{17ff}')
}
