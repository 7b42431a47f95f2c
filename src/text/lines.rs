//! Text in lines, as a reader sees it: white space is one blank, and there are no empty lines.

/// What is due before the next word, the greatest last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    None,
    Blank,
    Line,
    Paragraph,
}

/// Gathers the visible bytes of a page.
#[derive(Debug, Default)]
pub(super) struct Lines {
    bytes: Vec<u8>,
    gap: Gap,
}

impl Lines {
    /// Writes into the buffer of `text`, which is emptied.
    pub fn reusing(text: String) -> Lines {
        let mut bytes = text.into_bytes();
        bytes.clear();
        Lines { bytes, gap: Gap::None }
    }

    /// Adds bytes, possibly a piece of a word or of a character.
    #[inline]
    pub fn text(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some(&first) = rest.first() {
            if is_blank(first) {
                self.gap = self.gap.max(Gap::Blank);
                let end = rest.iter().position(|&byte| !is_blank(byte)).unwrap_or(rest.len());
                rest = rest.get(end..).unwrap_or_default();
            } else if let Some(behind) = rest.strip_prefix(NO_BREAK_SPACE) {
                self.gap = self.gap.max(Gap::Blank);
                rest = behind;
            } else {
                // The lead byte of the blank is also that of other characters.
                let is_stop = |&byte: &u8| is_blank(byte) || byte == 0xc2;
                let length = 1 + rest.iter().skip(1).position(is_stop).unwrap_or(rest.len() - 1);
                let (word, behind) = rest.split_at(length.min(rest.len()));
                self.push(word);
                rest = behind;
            }
        }
    }

    /// Ends the line.
    #[inline]
    pub fn end_line(&mut self) {
        self.gap = self.gap.max(Gap::Line);
    }

    /// Ends the paragraph: an empty line follows.
    pub fn end_paragraph(&mut self) {
        self.gap = Gap::Paragraph;
    }

    /// The text, without blank or line end at its end.
    pub fn finish(self) -> String {
        // Pieces of valid text in their order are valid; a piece that is lost would not be.
        String::from_utf8(self.bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }

    fn push(&mut self, word: &[u8]) {
        match self.gap {
            Gap::None => {}
            _ if self.bytes.is_empty() => {}
            Gap::Blank => self.bytes.push(b' '),
            Gap::Line => self.bytes.push(b'\n'),
            Gap::Paragraph => self.bytes.extend_from_slice(b"\n\n"),
        }
        self.gap = Gap::None;
        self.bytes.extend_from_slice(word);
    }
}

/// U+00A0 in UTF-8: a blank to the reader.
const NO_BREAK_SPACE: &[u8] = "\u{a0}".as_bytes();

/// White space and control characters, which no browser shows. The last is U+007F.
fn is_blank(byte: u8) -> bool {
    byte <= b' ' || byte == 0x7f
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(pieces: &[&str]) -> String {
        let mut lines = Lines::default();
        for piece in pieces {
            match *piece {
                "|" => lines.end_line(),
                "||" => lines.end_paragraph(),
                text => lines.text(text.as_bytes()),
            }
        }
        lines.finish()
    }

    #[test]
    fn white_space_is_one_blank() {
        assert_eq!(joined(&["  a \t\r\n b\u{a0}\u{a0} c", " ", " d  "]), "a b c d");
        assert_eq!(joined(&["W", "ort ", "und"]), "Wort und");
        assert_eq!(joined(&["£5\u{a0}©\u{a0}"]), "£5 ©");
        assert_eq!(joined(&["\u{a0} \n"]), "");
    }

    #[test]
    fn the_greatest_gap_counts_and_none_stands_at_an_end() {
        assert_eq!(joined(&["|", "a", " ", "|", " ", "|", "b", "||", "|", "c", "||"]), "a\nb\n\nc");
    }

    #[test]
    fn a_character_in_pieces_stays_whole() {
        let mut lines = Lines::default();
        "né £".bytes().for_each(|byte| lines.text(&[byte]));
        assert_eq!(lines.finish(), "né £");
    }
}
