//! Text from outside, made harmless for a file or a terminal without losing any of it.

use std::path::Path;

/// A JSON string literal.
pub fn literal(text: &str) -> String {
    // Beside what JSON asks for, the characters that move a cursor or turn the direction of text are escaped.
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if needs_escape(character) => {
                let mut units = [0; 2];
                for unit in character.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}

/// True for controls of either block, and for the invisible marks that reorder or hide text.
pub fn needs_escape(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{61c}' | '\u{180e}' | '\u{e0000}'..='\u{e007f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// Text of any origin made fit for one line of a terminal.
pub fn printable(text: &str) -> String {
    let escaped = literal(text);
    escaped[1..escaped.len() - 1].to_owned()
}

/// A path made fit for a message.
pub fn shown(path: &Path) -> String {
    printable(&path.to_string_lossy())
}

/// [`printable`] for a line that is mostly our own words: quotes and backslashes stay as they are.
pub fn printable_line(line: &str) -> String {
    match line.chars().any(needs_escape) {
        true => printable(line),
        false => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_moves_a_cursor_or_begins_a_line() {
        let shown = printable_line("gone\nerror: all is \u{202e}well\u{1b}[2J");
        assert_eq!(shown, "gone\\nerror: all is \\u202ewell\\u001b[2J");
        assert_eq!(printable_line("a `quoted\" name` stays"), "a `quoted\" name` stays");
    }
}
