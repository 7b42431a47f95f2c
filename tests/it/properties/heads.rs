//! The readers of record heads: no bytes make them panic or spin, and it makes no difference in what pieces they come.

use std::io::{BufRead, BufReader};

use shardproof::record::archive::{Archive, Format, Trouble};
use shardproof::record::digest::Stated;
use shardproof::record::http::{BlockCheck, Message};
use shardproof::record::identity::Statement;
use shardproof::record::warc::{self, Head, Length};
use shardproof::record::{arc, date, wat};

/// One thing that the reader of an archive said.
#[derive(Debug, PartialEq)]
pub enum Said {
    /// A record: its offset, its head, the bytes of its block, whether all were there, where it ended.
    Record(u64, Vec<u8>, Vec<u8>, bool, u64),
    /// It went back into the block before.
    Back(u64),
    /// Trouble, in words.
    Trouble(String),
}

/// The first byte says in what pieces the rest comes.
pub fn holds(bytes: &[u8]) {
    let Some((&piece, bytes)) = bytes.split_first() else { return };
    head(bytes);
    for format in [Format::Warc, Format::Arc] {
        // It may go back into a block, and reads no byte a third time.
        let most = bytes.len() * 2 + 2;
        let whole = read(bytes, format, most);
        let pieces = read(BufReader::with_capacity(usize::from(piece) + 1, bytes), format, most);
        assert_eq!(whole, pieces, "{format:?} in pieces of {}", usize::from(piece) + 1);
    }
}

/// All that reads a head, on one that is none.
fn head(bytes: &[u8]) {
    let end = warc::end(bytes);
    if let Some(end) = end {
        let before = &bytes[..end];
        assert!(before.ends_with(b"\n\n") || before.ends_with(b"\n\r\n"), "ends behind an empty line");
        assert_eq!(warc::end(before), Some(end), "what follows plays no part");
    }
    let (head, block) = bytes.split_at(end.unwrap_or(bytes.len()));
    let heads = [
        Some(Head::parse(head)),
        arc::parse(head),
        arc::parse(head.split(|byte| *byte == b'\n').next().unwrap_or_default()),
    ];
    for head in heads.into_iter().flatten() {
        fields(&head, bytes);
        let mut check = BlockCheck::new(&head, "CC-MAIN-2018-34");
        block.chunks(7).for_each(|piece| check.update(piece));
        let in_pieces = check.finish();
        let mut check = BlockCheck::new(&head, "CC-MAIN-2018-34");
        check.update(block);
        assert_eq!(check.finish(), in_pieces, "a block in pieces");
        let _ = (Statement::of_warcinfo(&head, block), Statement::of_arc(&head, block));
    }
    let message = Message::split(block);
    let _ = (message.field("content-type"), wat::envelope(block));
}

fn fields(head: &Head<'_>, bytes: &[u8]) {
    let Head {
        target,
        date,
        id,
        refers_to,
        content_type,
        truncated,
        payload_digest,
        block_digest,
        language,
        filename,
        ..
    } = *head;
    let fields = [
        target,
        date,
        id,
        refers_to,
        content_type,
        truncated,
        payload_digest,
        block_digest,
        language,
        filename,
    ];
    for field in fields.into_iter().flatten() {
        assert!(bytes.as_ptr_range().contains(&field.as_ptr()) || field.is_empty(), "a field of the head");
        let text = warc::text(field);
        if let Some(date) = date::read(&text) {
            let again = date::read(date.as_iso()).map(|again| again.day());
            assert_eq!(again, Some(date.day()), "{text} is {}", date.as_iso());
        }
        if let Some(stated) = Stated::parse(field) {
            let _ = stated.agrees(&stated.start());
        }
    }
}

/// All that the reader says of these bytes, asked as the scan asks it: at most so many things.
pub fn read(bytes: impl BufRead, format: Format, most: usize) -> Vec<Said> {
    let mut archive = Archive::new(bytes, format, 0);
    let (mut said, mut head) = (Vec::new(), Vec::new());
    loop {
        assert!(said.len() <= most, "it does not come to an end");
        let trouble = match archive.next(&mut head) {
            Ok(None) => return said,
            Ok(Some(at)) => {
                let length = match format.parse(&head).map(|head| head.length) {
                    Some(Length::Known(length)) => length,
                    _ => 0,
                };
                let mut block = Vec::new();
                let whole = archive.block(length, true, |bytes| block.extend_from_slice(bytes));
                let closed = archive.close(false, |_| ());
                let (Ok(whole), Ok(closed)) = (whole, closed) else { return said };
                said.push(Said::Record(at, head.clone(), block, whole, closed.end));
                if !closed.complete && archive.rewind() {
                    said.push(Said::Back(archive.position()));
                    if archive.resync(&mut head).is_err() {
                        return said;
                    }
                }
                continue;
            }
            Err(trouble) => trouble,
        };
        said.push(Said::Trouble(format!("{trouble:?}")));
        match trouble {
            Trouble::Stray { at_end: false, .. } => {}
            Trouble::HeadTooLong { .. } if archive.resync(&mut head).is_ok() => {}
            _ => return said,
        }
    }
}
