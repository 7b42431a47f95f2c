//! The first look at a shard: how it is wrapped, what it holds, what it says about itself.

use std::io::{BufRead, Read};

use memchr::memmem;

use crate::container::feed::Feed;
use crate::container::gzip::{self, Inflater, Member};
use crate::container::stream::Stream;
use crate::container::{self, Container, Sniffed, ZSTD_FRAME};
use crate::record::RecordType;
use crate::record::archive::{Archive, Format};
use crate::record::fields::FieldMap;
use crate::record::identity::{self, Identity, Statement};
use crate::record::sniff::{self, Shape};
use crate::record::warc::Length;

/// Stored bytes in which the first whole member is looked for, where a file does not begin with one.
const FARTHEST: usize = 1024 * 1024;

/// The first record of an ARC file: a copy of other records is valid only behind it.
#[derive(Default)]
pub struct FirstRecord {
    /// Its stored bytes, where it fills a gzip member.
    pub member: Option<Vec<u8>>,
    /// Its decoded bytes.
    pub decoded: Vec<u8>,
}

impl FirstRecord {
    /// Adds its stored bytes if it fills the first member of a file that begins with `stored`.
    pub fn find_member(&mut self, stored: &[u8]) {
        let mut inflater = Inflater::default();
        let mut decoded = Vec::new();
        let most = self.decoded.len() as u64 + 1;
        let Ok(mut member) = Member::open(stored, &mut inflater) else { return };
        let read = (&mut member).take(most).read_to_end(&mut decoded);
        let length = usize::try_from(member.compressed()).unwrap_or(usize::MAX);
        if read.is_ok() && decoded == self.decoded {
            self.member = stored.get(..length).map(<[u8]>::to_vec);
        }
    }
}

/// What the first bytes of a shard say.
pub struct Opened {
    /// What its records are.
    pub shape: Shape,
    /// How it is compressed.
    pub container: Container,
    /// What its first record says about the file.
    pub statement: Statement,
    /// The first record of an ARC file.
    pub first_record: FirstRecord,
}

impl Opened {
    /// Looks at a file through its feed, and gives the feed back as if nobody had looked. `custom` reads JSON lines of any
    /// form.
    ///
    /// A file whose beginning is missing or damaged may hold whole members behind it, and is read from the first of them on.
    ///
    /// # Errors
    /// One sentence that says why this is no shard, or none that can be read.
    pub fn read(mut feed: Feed, custom: Option<&FieldMap>) -> Result<(Opened, Feed), String> {
        feed.hold();
        feed.ensure(64).map_err(|error| format!("cannot be read: {error}"))?;
        if feed.visible().is_empty() {
            return Err("the file is empty".to_owned());
        }
        let container = match container::sniff(feed.visible()) {
            Sniffed::Known(container) => container,
            Sniffed::Unsupported(name) => return Err(format!("{name}: not a form that this version reads")),
        };
        let mut first = First::of(feed, container)?;
        let mut shape = first.shape(custom);
        if container == Container::Plain
            && shape.is_err()
            && let Some(container) = container_behind(&mut first.feed)
        {
            first = First::of(first.feed, container)?;
            // A text has nothing by which it could be told.
            let told = first.shape(custom).ok().filter(|shape| !matches!(shape, Shape::Text));
            shape = told.map_or(shape, Ok);
        }
        let shape = shape?;
        let (statement, decoded) = match &shape {
            Shape::Archive(format) => first_record(&first.bytes, *format),
            _ => Default::default(),
        };
        let First { mut feed, container, .. } = first;
        feed.release();
        let first_record = FirstRecord { member: None, decoded };
        Ok((Opened { shape, container, statement, first_record }, feed))
    }
}

/// What wraps the first member or frame that stands behind the beginning of a file. The feed stands at the beginning again.
fn container_behind(feed: &mut Feed) -> Option<Container> {
    feed.release();
    feed.hold();
    feed.ensure(FARTHEST).ok()?;
    let member = gzip::find_member(feed.visible(), 0, &mut Inflater::default(), |_| true);
    let frame = memmem::find(feed.visible(), &ZSTD_FRAME);
    match (member, frame) {
        (Some(member), Some(frame)) if frame < member => Some(Container::Zstd),
        (Some(_), _) => Some(Container::Gzip),
        (None, frame) => frame.map(|_| Container::Zstd),
    }
}

/// The first decoded bytes of a file.
struct First {
    bytes: Vec<u8>,
    /// How many of them are looked at.
    most: usize,
    /// True when there are no more.
    whole: bool,
    trouble: Option<String>,
    container: Container,
    feed: Feed,
}

impl First {
    fn of(feed: Feed, container: Container) -> Result<First, String> {
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
                // The beginning may be damaged and the rest intact: what can be read decides, and begins a line behind a gap.
                Err(error) => {
                    trouble = Some(error.to_string());
                    first.push(b'\n');
                }
            }
            // Each look has the same length, whatever the pieces in which the bytes come.
            while first.len() >= most && most < sniff::FARTHEST && sniff::wants_more(&first[..most]) {
                most *= 2;
            }
            if first.len() >= most {
                break false;
            }
        };
        Ok(First { bytes: first, most, whole, trouble, container, feed: stream.into_feed() })
    }

    fn shape(&self, custom: Option<&FieldMap>) -> Result<Shape, String> {
        let look = &self.bytes[..self.bytes.len().min(self.most)];
        sniff::sniff(look, self.whole, custom).map_err(|reason| {
            match (&self.trouble, self.bytes.trim_ascii().is_empty()) {
                (Some(trouble), true) => trouble.clone(),
                (Some(trouble), false) => format!("{reason} ({trouble})"),
                (None, _) => format!("not a shard: {reason}"),
            }
        })
    }
}

/// What the first record says about the file, if it says something, and for an ARC file the record itself.
fn first_record(first: &[u8], format: Format) -> (Statement, Vec<u8>) {
    let mut archive = Archive::new(first, format, 0);
    let mut bytes = Vec::new();
    let Ok(Some(at)) = archive.next(&mut bytes) else { return Default::default() };
    let Some(head) = format.parse(&bytes) else { return Default::default() };
    let Length::Known(length) = head.length else { return Default::default() };
    let mut block = Vec::new();
    // A block that is longer than the look is read as far as it goes.
    let _ = archive.block(length, false, |piece| block.extend_from_slice(piece));
    let _ = archive.close(false, |_| ());
    match (format, head.kind) {
        (Format::Warc, RecordType::Warcinfo) => (Statement::of_warcinfo(&head, &block), Vec::new()),
        (Format::Arc, _) => {
            let record = &first[at as usize..archive.position() as usize];
            (Statement::of_arc(&head, &block), record.to_vec())
        }
        _ => Default::default(),
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
