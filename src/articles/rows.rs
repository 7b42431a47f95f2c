//! Rows of CSV (RFC 4180), cut out of a stream.
//!
//! They are cut here and not by the reader of cells, because what goes wrong with quotation marks has to be
//! seen: one that is never closed makes a single cell of all that follows, and the articles in it would be
//! lost without a word.

use std::io::BufRead;

use super::{LONGEST_ENTRY, Trouble};

/// How a row ended.
pub(super) enum Ended {
    /// It is in the buffer whole.
    Whole,
    /// It was passed over.
    Faulty(Trouble),
    /// Stored bytes could not be decoded; what had begun is lost.
    Broken(std::io::Error),
    /// No row follows.
    File,
}

/// Where in a row a byte stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the start of a cell.
    Start,
    /// In a cell without quotation marks, where one is a character as any other.
    Bare,
    /// Inside quotation marks.
    Quoted,
    /// Behind a quotation mark that closes a cell, or is the first half of a doubled one.
    Closed,
}

/// A reader of rows.
pub(super) struct Rows<R> {
    input: R,
    delimiter: u8,
    row: Vec<u8>,
    /// Line on which the row begins, and the one at hand, counted from 1.
    start: u64,
    line: u64,
    /// The last byte was a CR, which an LF may follow that is no line end of its own.
    after_cr: bool,
}

impl<R: BufRead> Rows<R> {
    /// Reads rows whose cells `delimiter` parts.
    pub fn new(input: R, delimiter: u8) -> Rows<R> {
        Rows { input, delimiter, row: Vec::new(), start: 1, line: 1, after_cr: false }
    }

    /// The bytes of the last row.
    pub fn row(&self) -> &[u8] {
        &self.row
    }

    /// The line on which it began, counted from 1.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// Reads the next row, or the empty line, that follows.
    pub fn next(&mut self) -> Ended {
        self.row.clear();
        let mut state = State::Start;
        let (mut length, mut odd) = (0, false);
        loop {
            let bytes = match self.input.fill_buf() {
                Ok(bytes) => bytes,
                Err(error) => {
                    self.start = self.line;
                    return Ended::Broken(error);
                }
            };
            if bytes.is_empty() {
                return match (length, state) {
                    (0, _) => Ended::File,
                    (_, State::Quoted) => self.unclosed(length),
                    _ => self.ended(length, odd),
                };
            }
            let mut count = 0;
            let mut ends = false;
            for &byte in bytes {
                count += 1;
                let follows_cr = std::mem::replace(&mut self.after_cr, byte == b'\r');
                if byte == b'\r' || (byte == b'\n' && !follows_cr) {
                    self.line += 1;
                }
                if length == 0 && count == 1 {
                    self.start = self.line - u64::from(byte == b'\r' || (byte == b'\n' && !follows_cr));
                }
                let is_end = matches!(byte, b'\n' | b'\r');
                state = match state {
                    State::Quoted if byte == b'"' => State::Closed,
                    State::Quoted => State::Quoted,
                    State::Closed if byte == b'"' => State::Quoted,
                    _ if is_end => {
                        ends = true;
                        break;
                    }
                    _ if byte == self.delimiter => State::Start,
                    State::Start if byte == b'"' => State::Quoted,
                    State::Closed => {
                        odd = true;
                        State::Bare
                    }
                    _ => State::Bare,
                };
            }
            length += count as u64;
            if length <= LONGEST_ENTRY as u64 {
                self.row.extend_from_slice(bytes.get(..count).unwrap_or_default());
            }
            self.input.consume(count);
            if ends {
                return self.ended(length, odd);
            }
        }
    }

    fn ended(&self, length: u64, odd: bool) -> Ended {
        match (length > LONGEST_ENTRY as u64, odd) {
            (true, _) => Ended::Faulty(Trouble::TooLarge(length)),
            (false, true) => {
                let what = "a quotation mark inside a cell is not doubled";
                Ended::Faulty(Trouble::Damaged(what.to_owned()))
            }
            (false, false) => Ended::Whole,
        }
    }

    fn unclosed(&self, length: u64) -> Ended {
        let lines = self.line.saturating_sub(self.start);
        Ended::Faulty(match length > LONGEST_ENTRY as u64 {
            true => Trouble::TooLarge(length),
            false => {
                Trouble::Damaged(format!("a quotation mark is never closed, {lines} line ends follow it"))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    /// Rows with the line they begin on, faults as text; whatever the size of the pieces.
    fn read(bytes: &[u8]) -> Vec<(u64, String)> {
        let with = |size: usize| {
            let mut rows = Rows::new(BufReader::with_capacity(size, bytes), b',');
            let mut out = Vec::new();
            loop {
                let text = match rows.next() {
                    Ended::File => return out,
                    Ended::Whole if rows.row().trim_ascii().is_empty() => continue,
                    Ended::Whole => String::from_utf8(rows.row().trim_ascii_end().to_vec()).unwrap(),
                    Ended::Faulty(trouble) => trouble.to_string(),
                    Ended::Broken(error) => panic!("{error}"),
                };
                out.push((rows.start(), text));
            }
        };
        let whole = with(1000);
        for size in [1, 2, 3, 7] {
            assert_eq!(with(size), whole, "{size}");
        }
        whole
    }

    #[test]
    fn rows_end_at_line_ends_outside_quotation_marks() {
        for end in ["\n", "\r\n", "\r"] {
            let text = "a,b\n1,\"x\n\"\"y\"\"\n\"\n\n2,5\" pipe\n3,\"\"".replace('\n', end);
            let rows = read(text.as_bytes());
            assert_eq!(rows.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 2, 6, 7], "{end:?}");
            assert_eq!(rows[2].1, "2,5\" pipe");
            assert_eq!(rows[3].1, "3,\"\"");
        }
    }

    #[test]
    fn quotation_marks_that_swallow_rows_are_told() {
        let rows = read(b"a,b\n1,\"open\n2,x\n3,y\n");
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[1].0, 2);
        assert!(rows[1].1.contains("never closed, 3 line ends follow"), "{}", rows[1].1);
        let rows = read(b"1,\"open\n2,\"x\"\n3,y\n");
        assert!(rows[0].1.contains("not doubled"), "{}", rows[0].1);
        assert_eq!(rows[1], (3, "3,y".to_owned()));
    }

    #[test]
    fn a_row_of_any_length_is_passed_over() {
        let long = vec![b'x'; LONGEST_ENTRY];
        let bytes = [b"a\n".to_vec(), long, b",1\nlast\n".to_vec()].concat();
        let mut rows = Rows::new(bytes.as_slice(), b',');
        assert!(matches!(rows.next(), Ended::Whole));
        assert!(matches!(rows.next(), Ended::Faulty(Trouble::TooLarge(_))));
        assert!(rows.row().len() <= LONGEST_ENTRY);
        assert!(matches!(rows.next(), Ended::Whole) && rows.row() == b"last\n");
    }
}
