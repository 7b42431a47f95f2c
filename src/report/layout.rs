//! A page of text for a terminal or a printer. Whatever comes from outside is made harmless here, at the last step.

use super::language::Language;
use crate::escape::printable_line;

/// Columns of a line of prose.
const WIDTH: usize = 100;
/// Columns of each of two texts side by side.
const HALF: usize = 48;
/// Lines of a passage that are shown from its beginning and from its end.
const SHOWN: (usize, usize) = (10, 4);
/// Longest line that is repeated from a record, in characters.
const LONGEST: usize = 400;

/// A page that is being written.
#[derive(Clone, Debug)]
pub struct Page {
    language: Language,
    text: String,
}

impl Page {
    /// An empty page in this language.
    pub fn new(language: Language) -> Page {
        Page { language, text: String::new() }
    }

    /// The finished text.
    pub fn finish(self) -> String {
        self.text
    }

    /// Begins a section.
    pub fn heading(&mut self, title: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.push("", title);
    }

    /// Prose, wrapped.
    pub fn prose(&mut self, text: &str) {
        for line in wrapped(&printable_line(text), WIDTH - 2) {
            self.push("  ", &line);
        }
    }

    /// One of several points.
    pub fn point(&mut self, text: &str) {
        for (index, line) in wrapped(&printable_line(text), WIDTH - 4).iter().enumerate() {
            self.push(if index == 0 { "  - " } else { "    " }, line);
        }
    }

    /// A name and its value. Nothing when there is no value; long ones are not broken, so that they can be copied.
    pub fn item(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            let colon = self.language.pick(":", " :");
            self.push("  ", &format!("{name}{colon} {}", printable_line(value)));
        }
    }

    /// A line as it is, but for what a terminal must not see and for what is beyond four hundred characters. `more` says
    /// in words that there are so many more.
    pub fn raw(&mut self, line: &str, more: impl Fn(usize) -> String) {
        let shown: String = line.chars().take(LONGEST).collect();
        let left = line.chars().count().saturating_sub(LONGEST);
        let rest = if left > 0 { format!(" [{}]", more(left)) } else { String::new() };
        self.push("    ", &(printable_line(&shown) + &rest));
    }

    /// An empty line.
    pub fn space(&mut self) {
        self.push("", "");
    }

    /// A line for a shell, never broken. It was made of quoted words.
    pub fn command(&mut self, line: &str) {
        self.push("    ", line);
    }

    /// Two texts side by side, under their names.
    pub fn side_by_side(&mut self, names: [&str; 2], texts: [&str; 2]) {
        let columns = texts.map(|text| shortened(wrapped(&printable_line(&in_one_line(text)), HALF)));
        let [left, right] = names;
        self.push("    ", &beside(left, right));
        let rows = columns.iter().map(Vec::len).max().unwrap_or(0);
        for row in 0..rows {
            let cell = |column: &[String]| column.get(row).cloned().unwrap_or_default();
            let [left, right] = columns.each_ref().map(|column| cell(column));
            self.push("    ", &beside(&left, &right));
        }
    }

    fn push(&mut self, start: &str, line: &str) {
        let line = format!("{start}{line}");
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
}

fn beside(left: &str, right: &str) -> String {
    let blanks = HALF.saturating_sub(left.chars().count());
    format!("{left}{} | {right}", " ".repeat(blanks))
}

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first and the last lines of a passage.
fn shortened(lines: Vec<String>) -> Vec<String> {
    let (first, last) = SHOWN;
    match lines.len().checked_sub(first + last) {
        None | Some(0) => lines,
        Some(left) => {
            let mut shown = lines;
            let end = shown.split_off(first + left);
            shown.truncate(first);
            shown.push("[...]".to_owned());
            shown.extend(end);
            shown
        }
    }
}

/// Lines of at most `width` characters, broken at blanks; a longer word has a line, or several, of its own.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut line, mut length) = (String::new(), 0);
    for word in text.split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        if length > 0 && length + 1 + word.len() > width {
            lines.push(std::mem::take(&mut line));
            length = 0;
        }
        while word.len() > width {
            let rest = word.split_off(width);
            lines.push(word.into_iter().collect());
            word = rest;
        }
        if length > 0 {
            line.push(' ');
            length += 1;
        }
        length += word.len();
        line.extend(word);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_at_blanks_and_long_words_anywhere() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("a abcdefgh b", 3), ["a", "abc", "def", "gh", "b"]);
        assert_eq!(wrapped("", 3), [""]);
    }

    #[test]
    fn nothing_from_outside_moves_the_cursor() {
        let mut page = Page::new(Language::English);
        let evil = "\u{1b}[2Jx\u{202e}y\rz";
        page.heading("Heading");
        page.prose(evil);
        page.point(evil);
        page.item("name", evil);
        page.raw(evil, |left| left.to_string());
        page.side_by_side(["a", "b"], [evil, evil]);
        let text = page.finish();
        assert!(text.chars().all(|c| c == '\n' || !crate::escape::needs_escape(c)), "{text}");
    }

    #[test]
    fn a_long_passage_shows_its_two_ends() {
        let text: String = (0..400).map(|n| format!("word{n} ")).collect();
        let mut page = Page::new(Language::English);
        page.side_by_side(["article", "record"], [&text, "short"]);
        let text = page.finish();
        assert!(text.contains("word0 ") && text.contains("word399") && text.contains("[...]"));
        assert!(!text.contains("word200") && text.lines().count() < 20);
        assert!(text.lines().nth(1).is_some_and(|line| line.ends_with("| short")), "{text}");
        page = Page::new(Language::English);
        page.raw(&"x".repeat(500), |left| format!("{left} more"));
        assert!(page.finish().ends_with("xx [100 more]\n"));
    }
}
