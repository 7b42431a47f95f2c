//! Articles out of files that hold one each: web pages and text files.

use std::io::BufRead;

use super::draft::{Desk, Draft};
use super::folder::Found;
use super::input::Bytes;
use super::{LONGEST_ENTRY, Trouble};
use crate::error::Result;
use crate::text::article_page;
use crate::text::charset;

/// Reads a web page.
///
/// # Errors
/// When the file cannot be read on, and what the receiver of entries returns.
pub(super) fn read_html(bytes: Bytes, found: &Found, desk: &mut Desk<'_>) -> Result<()> {
    let Some(bytes) = whole(bytes, found, desk)? else { return Ok(()) };
    match draft(&charset::decode(&bytes, None)) {
        Some(mut page) => {
            if page.title.trim().is_empty() {
                page.title = found.name().to_owned();
            }
            desk.finish(found.origin(), page, || found.label.clone())
        }
        None => desk.skip(found.origin(), Trouble::NoPage),
    }
}

/// Reads a text. Its first line is the title when an empty line follows, otherwise the file's name is.
///
/// # Errors
/// When the file cannot be read on, and what the receiver of entries returns.
pub(super) fn read_text(bytes: Bytes, found: &Found, desk: &mut Desk<'_>) -> Result<()> {
    let Some(bytes) = whole(bytes, found, desk)? else { return Ok(()) };
    let text = charset::decode(&bytes, None);
    let (title, text) = title_and_text(&text);
    let draft =
        Draft { title: title.unwrap_or(found.name()).to_owned(), text: text.to_owned(), ..Draft::default() };
    desk.finish(found.origin(), draft, || found.label.clone())
}

/// What a page says of the article in it; `None` when none is found.
pub(super) fn draft(html: &str) -> Option<Draft> {
    let facts = article_page::facts(html);
    if facts.main_text.trim().is_empty() {
        return None;
    }
    // A relative address, or one of another kind, names no page by itself.
    let is_web = |url: &String| ["http://", "https://"].iter().any(|scheme| url.trim().starts_with(scheme));
    Some(Draft {
        id: String::new(),
        publisher: facts.publisher,
        title: facts.title,
        url: Some(facts.url).filter(is_web).unwrap_or_default(),
        date: facts.date,
        language: facts.language,
        credit: facts.credit,
        text: facts.main_text,
    })
}

fn title_and_text(text: &str) -> (Option<&str>, &str) {
    let text = text.trim();
    match text.split_once('\n') {
        Some((title, rest)) if rest.lines().next().is_some_and(|line| line.trim().is_empty()) => {
            (Some(title.trim()), rest)
        }
        _ => (None, text),
    }
}

/// All bytes of a file. `None` when they were handed on as trouble: a part of an article is not the article.
fn whole(mut bytes: Bytes, found: &Found, desk: &mut Desk<'_>) -> Result<Option<Vec<u8>>> {
    let mut held = Vec::new();
    let mut length = 0;
    loop {
        let piece = match bytes.fill_buf() {
            Ok([]) => break,
            Ok(piece) => piece,
            Err(error) => return desk.lost(found.origin(), found, &error).map(|()| None),
        };
        let count = piece.len();
        length += count as u64;
        if length <= LONGEST_ENTRY as u64 {
            held.extend_from_slice(piece);
        }
        bytes.consume(count);
    }
    match length <= LONGEST_ENTRY as u64 {
        true => Ok(Some(held)),
        false => desk.skip(found.origin(), Trouble::TooLarge(length)).map(|()| None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_is_the_title_when_an_empty_line_follows() {
        assert_eq!(title_and_text("Title\r\n \r\nText\nmore"), (Some("Title"), " \r\nText\nmore"));
        assert_eq!(title_and_text("\nText\nmore\n"), (None, "Text\nmore"));
        assert_eq!(title_and_text("Title\n\n"), (None, "Title"));
        assert_eq!(title_and_text(""), (None, ""));
    }

    #[test]
    fn a_page_without_an_article_gives_none() {
        assert!(draft("<html><body><nav>Home</nav></body></html>").is_none());
        assert!(draft("").is_none());
    }
}
