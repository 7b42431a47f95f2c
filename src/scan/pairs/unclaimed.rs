//! Texts that no metadata line claims: before the first document, between two, or behind the last one.
//!
//! A lost metadata line leaves them, or one that claims too little. They have no address, so no domain rule can be applied
//! to them, and each is a problem of the shard. Articles are looked for in them all the same.

use std::io;

use sha2::{Digest, Sha256};

use super::{Examined, Extent, Finding, LONGEST_LINE, Outcome, Pair, Place, Unread, texts};
use crate::evidence::finding::Facts;

/// Lines without a blank one between them.
struct Text {
    /// Decoded bytes before it.
    start: u64,
    /// Decoded bytes up to its end, without the last line end.
    end: u64,
    first_line: u64,
    lines: u64,
    /// The bytes, if articles are looked for and there are not too many.
    bytes: Option<Vec<u8>>,
}

impl Pair<'_, '_> {
    /// Reads up to the line before which `line` others stand, or to the end of the file.
    pub(super) fn unclaimed_up_to(&mut self, line: u64) -> io::Result<()> {
        let mut open: Option<Text> = None;
        while self.text.line < line && !self.text.over && !self.text.lost && !self.place.is_interrupted() {
            let (at, number) = (self.text.at, self.text.line + 1);
            let (mut holds, mut length) = (false, 0);
            let text = open.get_or_insert_with(|| Text {
                start: at,
                end: at,
                first_line: number,
                lines: 0,
                bytes: self.task.articles.map(|_| Vec::new()),
            });
            if text.lines > 0 {
                text.push(b"\n");
            }
            self.text.take(1, |piece| {
                holds |= !piece.trim_ascii().is_empty();
                length += piece.len() as u64;
                text.push(piece);
            });
            if holds {
                (text.lines, text.end) = (text.lines + 1, at + length);
            } else if let Some(text) = open.take() {
                self.unclaimed(text)?;
            }
        }
        open.map_or(Ok(()), |text| self.unclaimed(text))
    }

    fn unclaimed(&mut self, text: Text) -> io::Result<()> {
        let what = match text.lines {
            0 => return Ok(()),
            1 => "a line of text that no metadata line describes".to_owned(),
            lines => format!("{lines} lines of text that no metadata line describes"),
        };
        // What damage hit is no whole text.
        if self.text.lost {
            self.batch.damaged(text.start, true, what);
            return Ok(());
        }
        self.batch.problem(text.start, true, what);
        let length = text.end - text.start;
        let bytes = text.bytes.map(|mut bytes| {
            bytes.truncate(usize::try_from(length).unwrap_or(usize::MAX));
            bytes
        });
        let examined: Examined = match (self.task.articles, &bytes) {
            (None, _) => Ok(Vec::new()),
            (Some(_), None) => Err(Unread::TooLarge),
            (Some(reader), Some(bytes)) => {
                Ok(self.examiner.plain(&String::from_utf8_lossy(bytes), None, reader))
            }
        };
        let mut judgement = self.task.judge.judge(None, None);
        judgement.outcome = texts::outcome(judgement.outcome, &examined);
        judgement.enter(&mut self.batch, length);
        if let (Outcome::Found, Some(bytes)) = (judgement.outcome, bytes) {
            self.batch.findings.push(Finding {
                place: Place::Line(Extent { offset: text.start, length }, text.first_line),
                sha256: Some(Sha256::digest(&bytes).into()),
                facts: Facts::of_document(),
                reasons: Vec::new(),
                articles: examined.unwrap_or_default(),
                bytes: self.task.keep.then_some(bytes),
            });
        }
        self.write_if_many()
    }
}

impl Text {
    fn push(&mut self, piece: &[u8]) {
        match &mut self.bytes {
            Some(bytes) if bytes.len() + piece.len() > LONGEST_LINE => self.bytes = None,
            Some(bytes) => bytes.extend_from_slice(piece),
            None => {}
        }
    }
}
