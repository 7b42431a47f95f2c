//! Speech in quotation marks: words that the article's author reports, and that others may report as well.

/// What closes each mark that can only open. A German `“` closes, an English one opens, so `„` is listed with both.
const OPENING: &[(char, &[char])] = &[
    ('«', &['»']),
    ('„', &['“', '”', '"']),
    ('“', &['”', '"']),
    ('「', &['」']),
    ('『', &['』']),
    ('‹', &['›']),
    ('‚', &['‘', '’']),
    ('‘', &['’']),
    ('»', &['«']),
    ('”', &['”']),
    ('"', &['"', '”']),
    ('\'', &['\'']),
];

/// Longest single-quoted speech in bytes: an apostrophe that was taken for a mark must not reach far.
const LONGEST_SINGLE: usize = 1200;

/// The byte ranges of `text` that stand between quotation marks, in order, not overlapping, marks not included.
///
/// A mark pairs within its paragraph. Speech that goes on over paragraphs opens each of them and is closed in the last
/// one: an opening mark without its partner counts up to the end of the paragraph when the next paragraph opens with a
/// mark as well.
pub fn ranges(text: &str) -> Vec<(usize, usize)> {
    let mut ranges = Vec::new();
    let mut paragraphs = paragraphs(text).peekable();
    while let Some((from, paragraph)) = paragraphs.next() {
        let goes_on = paragraphs.peek().is_some_and(|(_, next)| next.trim_start().starts_with(opens));
        of_paragraph(paragraph, from, goes_on, &mut ranges);
    }
    ranges
}

fn opens(character: char) -> bool {
    character != '\'' && OPENING.iter().any(|(mark, _)| *mark == character)
}

/// Each line with its offset.
fn paragraphs(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split('\n').scan(0, |offset, line| {
        let from = *offset;
        *offset += line.len() + 1;
        Some((from, line))
    })
}

fn of_paragraph(paragraph: &str, offset: usize, goes_on: bool, ranges: &mut Vec<(usize, usize)>) {
    let mut at = 0;
    while let Some((found, mark)) = paragraph[at..].char_indices().find(|(_, character)| is_mark(*character))
    {
        let opening = at + found;
        let inside = opening + mark.len_utf8();
        at = inside;
        if !may_open(mark, &paragraph[..opening], &paragraph[inside..]) {
            continue;
        }
        let Some((_, closing)) = OPENING.iter().find(|(opening, _)| *opening == mark) else { continue };
        let end = paragraph[inside..].char_indices().find(|&(at, character)| {
            closing.contains(&character)
                && (!is_single(mark) || may_close(&paragraph[inside + at + character.len_utf8()..]))
        });
        match end {
            Some((length, _)) if is_single(mark) && length > LONGEST_SINGLE => {}
            Some((length, closing)) => {
                ranges.push((offset + inside, offset + inside + length));
                at = inside + length + closing.len_utf8();
            }
            None if goes_on && !is_single(mark) => {
                ranges.push((offset + inside, offset + paragraph.len()));
                return;
            }
            None => {}
        }
    }
}

fn is_mark(character: char) -> bool {
    OPENING.iter().any(|(mark, _)| *mark == character)
}

/// Marks that are apostrophes as well.
fn is_single(mark: char) -> bool {
    matches!(mark, '\'' | '‘')
}

/// A single mark, or one that mostly closes, opens only between a blank and a word.
fn may_open(mark: char, before: &str, behind: &str) -> bool {
    let after_word = before.chars().next_back().is_some_and(char::is_alphanumeric);
    let before_word = behind.chars().next().is_some_and(|character| !character.is_whitespace());
    match mark {
        '\'' | '‘' | '”' | '»' => !after_word && before_word,
        '"' => !after_word,
        _ => true,
    }
}

fn may_close(behind: &str) -> bool {
    !behind.chars().next().is_some_and(char::is_alphanumeric)
}

/// For each word, whether it stands in one of the ranges. Both are in order.
pub fn of_words(ranges: &[(usize, usize)], words: &[(u32, u32)]) -> Vec<bool> {
    let mut ranges = ranges.iter().peekable();
    words
        .iter()
        .map(|&(from, _)| {
            let from = from as usize;
            while ranges.next_if(|(_, end)| *end <= from).is_some() {}
            ranges.peek().is_some_and(|(start, _)| *start <= from)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(text: &str) -> Vec<&str> {
        ranges(text).into_iter().map(|(from, to)| text[from..to].trim()).collect()
    }

    #[test]
    fn marks_of_many_languages_pair() {
        let cases: &[(&str, &[&str])] = &[
            ("Il dit : « C'est fini », puis part.", &["C'est fini"]),
            ("Er sagt: „Das ist aus“, und geht. „So!“", &["Das ist aus", "So!"]),
            ("He said “it is over” and \"left\".", &["it is over", "left"]),
            ("»Aus«, sagt er.", &["Aus"]),
            ("彼は「終わり」と言った。", &["終わり"]),
            ("She said: ‘It’s Tom’s’ and left.", &["It’s Tom’s"]),
            ("It's Tom's and the '90s weren't.", &[]),
            ("A 6\" pipe and nothing else.", &[]),
            ("No marks.", &[]),
            ("He said “it never ends.", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(quoted(text), *expected, "{text}");
        }
    }

    #[test]
    fn speech_goes_on_over_paragraphs() {
        let text = "He said: “One.\n“Two.\n“Three,” and left.\nNot this.";
        assert_eq!(quoted(text), ["One.", "Two.", "Three,"]);
    }
}
