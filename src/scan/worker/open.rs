//! A record under way: what is kept of its bytes as they pass, and what it becomes at its end.

use sha2::{Digest, Sha256};

use super::Task;
use crate::evidence::finding::{Facts, Finding, Flag};
use crate::evidence::tally::{Outcome, Unread};
use crate::place::{Extent, Place};
use crate::record::http::BlockCheck;
use crate::record::warc::{Head, text};
use crate::record::{LARGEST_BLOCK, RecordType};
use crate::scan::batch::Batch;
use crate::scan::judge::{self, Judgement};
use crate::scan::texts::{self, Examined, Examiner};

/// Largest record of a stream that is copied when records are kept, in bytes.
const LARGEST_COPY: usize = 64 * 1024 * 1024;

/// A record whose head was read and whose block is being looked at.
pub(super) struct Open<'h> {
    head: Head<'h>,
    /// `None` for a record that carries no content.
    judgement: Option<Judgement>,
    /// Bytes of the block seen so far.
    pub seen: u64,
    check: Option<BlockCheck>,
    hash: Option<Sha256>,
    copy: Option<Vec<u8>>,
    /// All of the record, where its text is examined, and where in it the block begins. Emptied when it grows too large.
    raw: Option<(Vec<u8>, usize)>,
    block_start: usize,
    release: &'h str,
    keep: bool,
    /// Found inside the block of a record whose length proved wrong.
    pub doubtful: bool,
}

impl<'h> Open<'h> {
    /// Opens the record with this head, which stands as `bytes` in the archive.
    /// `captured` is the date of the capture, where another one than the head's.
    pub fn new(
        head: Head<'h>,
        bytes: &[u8],
        is_content: bool,
        captured: Option<String>,
        task: &Task<'h>,
    ) -> Open<'h> {
        let judgement = is_content.then(|| {
            let (url, date) = (head.target.map(text), head.date.map(text));
            task.judge.judge(url.as_deref(), captured.as_deref().or(date.as_deref()))
        });
        let found = judgement.as_ref().is_some_and(|judgement| judgement.outcome == Outcome::Found);
        let mut open = Open {
            judgement,
            seen: 0,
            check: found.then(|| BlockCheck::new(&head, task.release)),
            hash: found.then(Sha256::new),
            copy: (found && task.keep).then(Vec::new),
            raw: None,
            block_start: bytes.len(),
            release: task.release,
            keep: task.keep,
            doubtful: false,
            head,
        };
        open.close(bytes);
        open
    }

    /// What it is about cannot be read.
    pub fn leave_unread(&mut self, reason: Unread) {
        self.judgement = Some(Judgement::unread(reason));
        self.check = None;
    }

    /// Gathers the bytes of a record whose text will be examined, in a buffer that is used again.
    pub fn gather(mut self, buffer: &mut Vec<u8>, head: &[u8], task: &Task<'_>) -> Open<'h> {
        if task.articles.is_some() && self.judgement.is_some() && self.seen == 0 {
            let mut raw = std::mem::take(buffer);
            raw.clear();
            raw.extend_from_slice(head);
            self.raw = Some((raw, head.len()));
        }
        self
    }

    /// Examines the text. Gives the gathered bytes back.
    pub fn examine(&mut self, examiner: &mut Examiner, task: &Task<'_>) -> (Examined, Option<Vec<u8>>) {
        let Some(matcher) = task.articles else { return (Ok(Vec::new()), None) };
        let Some((raw, block)) = self.raw.take() else { return (Err(Unread::NoText), None) };
        let end = block + self.seen as usize;
        match raw.get(block..end) {
            Some(block) => (examiner.block(&self.head, block, matcher), Some(raw)),
            None => (Err(Unread::TooLarge), Some(raw)),
        }
    }

    /// Takes bytes of the block.
    pub fn update(&mut self, piece: &[u8]) {
        self.seen += piece.len() as u64;
        if let Some(check) = &mut self.check {
            check.update(piece);
        }
        self.close(piece);
    }

    /// Takes bytes of the record outside its block.
    pub fn close(&mut self, piece: &[u8]) {
        if let Some(hash) = &mut self.hash {
            hash.update(piece);
        }
        match &mut self.raw {
            // What is missing shows: the block is then longer than what was gathered.
            Some((raw, block)) if raw.len() + piece.len() > *block + LARGEST_BLOCK => raw.truncate(*block),
            Some((raw, _)) => raw.extend_from_slice(piece),
            None => {}
        }
        match &mut self.copy {
            Some(copy) if copy.len() + piece.len() > LARGEST_COPY => self.copy = None,
            Some(copy) => copy.extend_from_slice(piece),
            None => {}
        }
    }

    /// The record is not whole.
    pub fn broken(self, batch: &mut Batch, at: u64, what: String) {
        match self.judgement {
            Some(_) => batch.damaged(at, true, what),
            None => {
                batch.problem(at, true, what);
                batch.tally.other(self.head.kind);
            }
        }
    }

    /// The record is whole: it enters the batch. `raw` are its bytes, where they were gathered.
    pub fn enter(
        self,
        batch: &mut Batch,
        extent: Extent,
        surplus: bool,
        examined: Examined,
        raw: Option<&[u8]>,
    ) {
        let Some(mut judgement) = self.judgement else { return batch.tally.other(self.head.kind) };
        let text_bytes = if self.head.kind == RecordType::Conversion { self.seen } else { 0 };
        judgement.outcome = texts::outcome(judgement.outcome, &examined);
        judgement.enter(batch, text_bytes);
        if judgement.outcome != Outcome::Found {
            return;
        }
        let articles = examined.unwrap_or_default();
        // A record that was found by its text alone was not hashed on its way.
        let (check, hash, copy) = match (self.check, raw) {
            (Some(check), _) => (check, self.hash, self.copy),
            (None, Some(raw)) => {
                let mut check = BlockCheck::new(&self.head, self.release);
                let block =
                    raw.len().min(self.block_start)..raw.len().min(self.block_start + self.seen as usize);
                check.update(&raw[block]);
                (check, Some(Sha256::new().chain_update(raw)), self.keep.then(|| raw.to_vec()))
            }
            (None, None) => return,
        };
        let checked = check.finish();
        let head = &self.head;
        let mut flags = vec![Flag::DecodedPlace];
        let signs = [
            (Flag::Truncated, head.truncated.is_some()),
            (Flag::UnreadableDate, head.date.is_some() && judgement.date.is_none()),
            (Flag::Revisit, head.kind == RecordType::Revisit),
            (Flag::SurplusBytes, surplus),
            (Flag::Doubtful, self.doubtful),
        ];
        flags.extend(signs.into_iter().filter_map(|(flag, is_set)| is_set.then_some(flag)));
        batch.tally.digest(checked.digest);
        let host = match judgement.host.is_empty() {
            true => head.target.map_or_else(String::new, |target| judge::host(&text(target))),
            false => judgement.host,
        };
        batch.findings.push(Finding {
            place: Place::Decoded(extent),
            sha256: hash.map(|hash| hash.finalize().into()),
            facts: Facts::of_record(head, checked, host, flags),
            reasons: judgement.reasons,
            articles,
            bytes: copy,
        });
    }
}
