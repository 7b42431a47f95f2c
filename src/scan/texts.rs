//! The text of a record against the article fingerprints.

use crate::evidence::finding::Whence;
use crate::evidence::tally::{Outcome, Unread};
use crate::matching::articles::matcher::{Held, Scratch, TextReader};
use crate::record::RecordType;
use crate::record::http::Message;
use crate::record::json::RawString;
use crate::record::warc::{Head, text};
use crate::text::body::{self, Found};
use crate::text::html::Page;

/// What a text came to: the articles of which it holds something, or why it could not be examined.
pub type Examined = Result<Vec<(Whence, Held)>, Unread>;

/// Buffers of a worker, used again from text to text.
#[derive(Default)]
pub struct Examiner {
    page: Page,
    scratch: Scratch,
}

impl Examiner {
    /// Examines the block of an archive record.
    pub fn block(&mut self, head: &Head<'_>, block: &[u8], reader: &dyn TextReader) -> Examined {
        let Some(found) = page_of(head, block, &mut self.page) else { return Err(Unread::NoText) };
        match found {
            Found::Text => Ok(self.page(head.target.map(text).as_deref(), reader)),
            Found::Textless => Ok(Vec::new()),
            Found::Unreadable => Err(Unread::UnreadableBody),
        }
    }

    /// Examines a text that is no page.
    pub fn plain(&mut self, text: &str, url: Option<&str>, reader: &dyn TextReader) -> Vec<(Whence, Held)> {
        let held = reader.read(text, url, &mut self.scratch);
        held.into_iter().map(|held| (Whence::Text, held)).collect()
    }

    /// Examines the text of a JSON line.
    pub fn json(
        &mut self,
        text: &RawString<'_>,
        url: Option<&str>,
        reader: &dyn TextReader,
    ) -> Vec<(Whence, Held)> {
        text.decode_to(&mut self.page.text);
        let held = reader.read(&self.page.text, url, &mut self.scratch);
        held.into_iter().map(|held| (Whence::Text, held)).collect()
    }

    /// Examines what a reader of the page sees, and the article texts that it holds for machines.
    fn page(&mut self, url: Option<&str>, reader: &dyn TextReader) -> Vec<(Whence, Held)> {
        let held = reader.read(&self.page.text, url, &mut self.scratch);
        let mut all: Vec<(Whence, Held)> = held.into_iter().map(|held| (Whence::Text, held)).collect();
        for body in &self.page.article_bodies {
            for held in reader.read(body, url, &mut self.scratch) {
                let known = all.iter_mut().find(|(_, known)| known.article == held.article);
                match known {
                    Some(known) if known.1.overlap.weight() >= held.overlap.weight() => {}
                    Some(known) => *known = (Whence::JsonLd, held),
                    None => all.push((Whence::JsonLd, held)),
                }
            }
        }
        all
    }
}

/// Reads the text of an archive record's block into `page`. `None` when its text stands elsewhere.
pub fn page_of(head: &Head<'_>, block: &[u8], page: &mut Page) -> Option<Found> {
    match head.kind {
        RecordType::Response if Message::is_http(head) => {
            let message = Message::split(block);
            let (mime, coding) = (message.field("content-type"), message.field("content-encoding"));
            Some(body::read(message.body, mime.as_deref(), coding.as_deref(), page))
        }
        RecordType::Response | RecordType::Resource | RecordType::Conversion => {
            Some(body::read(block, head.content_type.map(text).as_deref(), None, page))
        }
        _ => None,
    }
}

/// What becomes of a record whose address was judged so and whose text came to this.
pub fn outcome(address: Outcome, text: &Examined) -> Outcome {
    match (address, text) {
        (Outcome::Found, _) => Outcome::Found,
        (_, Ok(held)) if !held.is_empty() => Outcome::Found,
        (Outcome::Unread(_), _) => address,
        (_, Err(reason)) => Outcome::Unread(*reason),
        _ => address,
    }
}
