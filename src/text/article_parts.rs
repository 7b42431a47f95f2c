//! The parts of a page from which the text of its article is chosen, gathered in one pass.

use std::mem::take;

use serde_json::Value;

use super::elements;
use super::json_ld;
use super::lines::Lines;
use super::markup::{self, Attributes, Parts};

/// A paragraph outside of any article element is text of an article from this length on, in bytes. Shorter ones are
/// menus and notices.
const LONG_PARAGRAPH: usize = 80;

/// An element that is open: its name, and how many of that name are open since. Without a tree this is enough to
/// find its end, as long as the page closes what it opens.
#[derive(Default)]
struct Region(Option<(Vec<u8>, u32)>);

impl Region {
    fn is_open(&self) -> bool {
        self.0.is_some()
    }

    /// Opens at a tag that begins such an element, if none is open.
    fn open(&mut self, tag: &[u8], begins: bool) {
        match &mut self.0 {
            Some((own, depth)) if own == tag => *depth += 1,
            None if begins => self.0 = Some((tag.to_vec(), 1)),
            _ => {}
        }
    }

    /// Whether this end tag closes it.
    fn close(&mut self, tag: &[u8]) -> bool {
        let Some((own, depth)) = &mut self.0 else { return false };
        if own != tag {
            return false;
        }
        *depth -= 1;
        let is_end = *depth == 0;
        if is_end {
            self.0 = None;
        }
        is_end
    }
}

/// The parts of one page, each as text.
#[derive(Default)]
pub(super) struct ArticleParts {
    /// The value of each JSON-LD script.
    pub json_ld: Vec<Value>,
    /// The first title of the page.
    pub title: String,
    /// Name and value of what the head states; names in lower case.
    meta: Vec<(String, String)>,
    in_title: bool,
    title_lines: Lines,
    body_region: Region,
    body: Lines,
    item_body: String,
    article_region: Region,
    article: Lines,
    longest: String,
    /// What belongs to the page, not to the article.
    apart: Region,
    in_paragraph: bool,
    paragraph: Lines,
    paragraphs: String,
}

impl ArticleParts {
    /// Reads a page.
    pub fn of(html: &str) -> ArticleParts {
        let mut parts = ArticleParts::default();
        markup::walk(html, &mut parts);
        parts.end_paragraph();
        parts.end_article();
        parts.end_title();
        parts.item_body = take(&mut parts.body).finish();
        parts
    }

    /// The first value that the head states under one of these names, tried in their order; empty when there is none.
    pub fn meta(&self, names: &[&str]) -> String {
        let value =
            |name: &&str| self.meta.iter().find(|(own, _)| own == name).map(|(_, value)| value.trim());
        names.iter().find_map(value).unwrap_or_default().to_owned()
    }

    /// The visible candidate for the text of the article; empty when nothing qualifies.
    pub fn visible(&self) -> &str {
        let least = self.paragraphs.len() / 2;
        let candidates = [&self.item_body, &self.longest].into_iter().find(|text| text.len() > least);
        candidates.unwrap_or(&self.paragraphs)
    }

    fn end_title(&mut self) {
        let title = take(&mut self.title_lines).finish();
        if self.title.is_empty() {
            self.title = title;
        }
        self.in_title = false;
    }

    fn end_paragraph(&mut self) {
        let paragraph = take(&mut self.paragraph).finish();
        self.in_paragraph = false;
        if paragraph.len() >= LONG_PARAGRAPH {
            if !self.paragraphs.is_empty() {
                self.paragraphs.push_str("\n\n");
            }
            self.paragraphs.push_str(&paragraph);
        }
    }

    fn end_article(&mut self) {
        let article = take(&mut self.article).finish();
        if article.len() > self.longest.len() {
            self.longest = article;
        }
    }

    fn end_block(&mut self, tag: &[u8]) {
        if !elements::is_block(tag) {
            return;
        }
        let end = if tag == b"br" { Lines::end_line } else { Lines::end_paragraph };
        for lines in [&mut self.body, &mut self.article] {
            end(lines);
        }
        if tag == b"br" {
            self.paragraph.end_line();
        } else {
            self.end_paragraph();
        }
    }

    fn note_meta(&mut self, name: &[u8], value: &[u8]) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if !value.trim_ascii().is_empty() {
            self.meta.push((text(name).to_ascii_lowercase(), text(value)));
        }
    }
}

impl Parts for ArticleParts {
    fn needs_attributes(&self, _: &[u8]) -> bool {
        true
    }

    fn open(&mut self, tag: &[u8], attributes: &Attributes) {
        self.end_block(tag);
        let value = |name: &[u8]| attributes.value(name).unwrap_or_default();
        let is_body = value(b"itemprop").split(u8::is_ascii_whitespace).any(|own| own == b"articleBody");
        match tag {
            b"meta" => {
                let name = attributes.value(b"property").or(attributes.value(b"name"));
                self.note_meta(name.unwrap_or(value(b"itemprop")), value(b"content"));
                return;
            }
            b"link" if value(b"rel").eq_ignore_ascii_case(b"canonical") => {
                self.note_meta(b"canonical", value(b"href"))
            }
            b"html" => self.note_meta(b"html lang", value(b"lang")),
            b"title" => self.in_title = true,
            b"p" => self.in_paragraph = true,
            _ => {}
        }
        self.body_region.open(tag, is_body);
        self.article_region.open(tag, tag == b"article");
        // A form can hold a whole page: some servers make pages so. Only one in an article is apart from it.
        let in_article = self.body_region.is_open() || self.article_region.is_open();
        let is_apart = matches!(tag, b"nav" | b"aside" | b"footer" | b"header" | b"button" | b"figcaption")
            || (tag == b"form" && in_article);
        self.apart.open(tag, is_apart);
    }

    fn close(&mut self, tag: &[u8]) {
        self.end_block(tag);
        self.apart.close(tag);
        if tag == b"title" {
            self.end_title();
        }
        if self.body_region.close(tag) {
            self.apart = Region::default();
        }
        if self.article_region.close(tag) {
            self.end_article();
            // One that was not closed ends with the article at the latest.
            self.apart = Region::default();
        }
    }

    fn text(&mut self, bytes: &[u8]) {
        if self.in_title {
            return self.title_lines.text(bytes);
        }
        if self.apart.is_open() {
            return;
        }
        if self.body_region.is_open() {
            self.body.text(bytes);
        }
        if self.article_region.is_open() {
            self.article.text(bytes);
        }
        if self.in_paragraph {
            self.paragraph.text(bytes);
        }
    }

    fn json_ld(&mut self, script: &[u8]) {
        self.json_ld.extend(json_ld::parse(&String::from_utf8_lossy(script)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_an_element_is_found_by_counting() {
        let mut region = Region::default();
        region.open(b"div", false);
        assert!(!region.is_open() && !region.close(b"div"));
        region.open(b"div", true);
        region.open(b"p", true);
        region.open(b"div", false);
        assert!(!region.close(b"div") && !region.close(b"p") && region.is_open());
        assert!(region.close(b"div") && !region.is_open());
    }

    #[test]
    fn the_first_title_is_that_of_the_page() {
        assert_eq!(ArticleParts::of("<title>a &amp; b</title><title>c</title>").title, "a & b");
        assert_eq!(ArticleParts::of("<title>never closed").title, "never closed");
    }

    #[test]
    fn the_head_states_values_by_name() {
        let parts =
            ArticleParts::of("<meta property=A content=1><meta name=a content=2><meta itemprop=b content=3>");
        assert_eq!([parts.meta(&["a"]), parts.meta(&["x", "b"]), parts.meta(&["x"])], ["1", "3", ""]);
    }
}
