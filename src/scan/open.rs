//! The first look at a shard: how it is wrapped, what it holds, what it says about itself.

use std::io::{self, BufRead, Read};
use std::path::Path;

use crate::container::feed::Feed;
use crate::container::gzip::{Inflater, Member};
use crate::container::stream::Stream;
use crate::container::{self, Container, Sniffed};
use crate::record::archive::{Archive, Format};
use crate::record::fields::FieldMap;
use crate::record::identity::{self, Identity, Statement};
use crate::record::sniff::{self, Shape};
use crate::record::warc::Length;
use crate::record::{LONGEST_LINE, RecordType};

/// What the first bytes of a shard say.
pub struct Opened {
    /// What its records are.
    pub shape: Shape,
    /// How it is compressed.
    pub container: Container,
    /// What its first record says about the file.
    pub statement: Statement,
}

impl Opened {
    /// Looks at a file. `custom` reads JSON lines of any form.
    ///
    /// # Errors
    /// One sentence that says why this is no shard, or none that can be read.
    pub fn read(file: std::fs::File, custom: Option<&FieldMap>) -> Result<Opened, String> {
        let mut feed = Feed::new(Box::new(file), false);
        feed.ensure(64).map_err(|error| format!("cannot be read: {error}"))?;
        if feed.visible().is_empty() {
            return Err("the file is empty".to_owned());
        }
        let container = match container::sniff(feed.visible()) {
            Sniffed::Known(container) => container,
            Sniffed::Unsupported(name) => return Err(format!("{name}: not a form that this version reads")),
        };
        let mut stream = Stream::new(feed, container).map_err(|error| error.to_string())?;
        let mut first = Vec::new();
        let mut trouble = None;
        let mut most = sniff::LOOK;
        let whole = loop {
            match stream.fill_buf() {
                Ok([]) => break true,
                Ok(bytes) => {
                    let count = bytes.len();
                    first.extend_from_slice(bytes);
                    stream.consume(count);
                }
                // The beginning may be damaged and the rest intact: what can be read decides.
                Err(error) => trouble = Some(error.to_string()),
            }
            if first.len() >= most {
                match sniff::wants_more(&first) && most <= LONGEST_LINE {
                    true => most = first.len() + sniff::LOOK,
                    false => break false,
                }
            }
        };
        let shape =
            sniff::sniff(&first, whole, custom).map_err(|reason| match (&trouble, first.is_empty()) {
                (Some(trouble), true) => trouble.clone(),
                (Some(trouble), false) => format!("{reason} ({trouble})"),
                (None, _) => format!("not a shard: {reason}"),
            })?;
        let statement = match &shape {
            Shape::Archive(format) => statement(&first, *format),
            _ => Statement::default(),
        };
        Ok(Opened { shape, container, statement })
    }
}

/// What the first record says about the file, if it says something.
fn statement(first: &[u8], format: Format) -> Statement {
    let mut archive = Archive::new(first, format, 0);
    let mut head = Vec::new();
    let Ok(Some(_)) = archive.next(&mut head) else { return Statement::default() };
    let Some(head) = format.parse(&head) else { return Statement::default() };
    let Length::Known(length) = head.length else { return Statement::default() };
    let mut block = Vec::new();
    // A block that is longer than the look is read as far as it goes.
    let _ = archive.block(length, |bytes| block.extend_from_slice(bytes));
    match (format, head.kind) {
        (Format::Warc, RecordType::Warcinfo) => Statement::of_warcinfo(&head, &block),
        (Format::Arc, _) => Statement::of_arc(&head, &block),
        _ => Statement::default(),
    }
}

/// A shard's name in its corpus.
pub fn name_of(path: &str, opened: &Opened) -> Identity {
    match &opened.shape {
        Shape::Archive(_) => identity::of_archive(path, &opened.statement),
        Shape::Lines(map) => identity::of_lines(path, map.name(), map.release()),
        Shape::Text => {
            let named = identity::of_lines(path, identity::UNKNOWN, None);
            match named.language.is_empty() {
                true => named,
                false => identity::of_lines(path, "oscar", Some("OSCAR-2019")),
            }
        }
    }
}

/// The ending of a file of kept records.
pub fn ending(shape: &Shape) -> &'static str {
    match shape {
        Shape::Archive(Format::Warc) => "warc.gz",
        Shape::Archive(Format::Arc) => "arc.gz",
        Shape::Lines(_) => "jsonl.gz",
        Shape::Text => "txt.gz",
    }
}

/// The stored bytes of the first member: an ARC file is one only with its first record.
///
/// # Errors
/// When it cannot be read.
pub fn first_member(path: &Path) -> io::Result<Vec<u8>> {
    let mut inflater = Inflater::default();
    let mut reader = io::BufReader::new(std::fs::File::open(path)?);
    let mut member = Member::open(&mut reader, &mut inflater)?;
    io::copy(&mut member, &mut io::sink())?;
    let length = member.compressed();
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}
