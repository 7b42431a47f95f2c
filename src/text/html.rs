//! The text of a page.
//!
//! It is what the extraction of Common Crawl's WET files makes: the title, then the body in lines. Hidden
//! elements, comments and attributes are not text. An element that is hidden by a style sheet only is text.

use super::elements;
use super::json_ld::{self, Bodies};
use super::lines::Lines;
use super::markup::{self, Attributes, Parts};

/// What a reader of a page sees, and what it holds for machines. Kept and used again from page to page.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The visible text: block elements end a line, scripts and styles are left out.
    pub text: String,
    /// Each `articleBody` of the page's JSON-LD, as text without markup.
    pub article_bodies: Vec<String>,
}

impl Page {
    /// Reads a page that was decoded to characters.
    pub fn read(&mut self, html: &str) {
        self.article_bodies.clear();
        let mut reading = Reading {
            lines: Lines::reusing(std::mem::take(&mut self.text)),
            bodies: Bodies::new(&mut self.article_bodies),
        };
        markup::walk(html, &mut reading);
        self.text = reading.lines.finish();
    }
}

/// The visible text of a piece of a page, in which line ends between tags are kept: in a text that is not a page
/// they are those of its paragraphs.
pub(super) fn text_of(html: &str) -> String {
    let mut piece = Piece(Lines::default());
    markup::walk(html, &mut piece);
    piece.0.finish()
}

struct Reading<'p> {
    lines: Lines,
    bodies: Bodies<'p>,
}

impl Parts for Reading<'_> {
    #[inline]
    fn needs_attributes(&self, _: &[u8]) -> bool {
        false
    }

    #[inline]
    fn open(&mut self, tag: &[u8], _: &Attributes) {
        if elements::is_block(tag) {
            self.lines.end_line();
        }
    }

    #[inline]
    fn close(&mut self, tag: &[u8]) {
        if elements::is_block(tag) {
            self.lines.end_line();
        }
    }

    #[inline]
    fn text(&mut self, bytes: &[u8]) {
        self.lines.text(bytes);
    }

    fn json_ld(&mut self, script: &[u8]) {
        let script = String::from_utf8_lossy(script);
        json_ld::article_bodies(&script, &mut self.bodies);
    }
}

struct Piece(Lines);

impl Parts for Piece {
    fn needs_attributes(&self, _: &[u8]) -> bool {
        false
    }

    fn open(&mut self, tag: &[u8], _: &Attributes) {
        if elements::is_block(tag) {
            self.0.end_line();
        }
    }

    fn close(&mut self, tag: &[u8]) {
        if elements::is_block(tag) {
            self.0.end_line();
        }
    }

    fn text(&mut self, bytes: &[u8]) {
        let mut lines = bytes.split(|&byte| byte == b'\n');
        self.0.text(lines.next().unwrap_or_default());
        for line in lines {
            self.0.end_line();
            self.0.text(line);
        }
    }

    fn json_ld(&mut self, _: &[u8]) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(html: &str) -> Page {
        let mut page = Page::default();
        page.read(html);
        page
    }

    fn text(html: &str) -> String {
        page(html).text
    }

    #[test]
    fn a_whole_page_becomes_its_lines() {
        let html = "<!DOCTYPE html><html><head><meta charset=utf-8><title> A &amp; B </title>
            <style>p { color: red }</style><meta name=description content=no><script>var no = '<p>';</script>
            </head><body class=\"a > b\"><!-- no --><h1 title='no > no'>Head</h1><p>One <b>W</b>ort
            and <a href='x?a=1&b=2'>link</a>.<br>Two<ul><li>first<li>second</ul><img alt=no></body></html>";
        assert_eq!(text(html), "A & B\nHead\nOne Wort and link.\nTwo\nfirst\nsecond");
    }

    #[test]
    fn what_is_not_shown_is_left_out() {
        for hidden in [
            "<script>x</script>",
            "<SCRIPT TYPE=a>x < y</SCRIPT >",
            "<script>document.write('<script>x<\\/script>')</script>",
            "<style><!-- x --></style>",
            "<noscript><p>x</p></noscript>",
            "<textarea>x</textarea>",
            "<iframe>x</iframe>",
            "<template><p>x<template>x</template>x</p></template>",
            "<svg><title>x</title><style>x{}</style><text>x</text><g/></svg>",
            "<svg><foreignObject><div>x</div></foreignObject>x</svg>",
            "<svg><title/><script/><![CDATA[x<p>]]></svg>",
            "<!-- x --><!-- > x -- > x -->",
            "<![CDATA[x]]>",
            "<?php x ?>",
            "</x >",
        ] {
            assert_eq!(text(&format!("<p>a{hidden}<p>b")), "a\nb", "{hidden}");
        }
    }

    #[test]
    fn boxes_part_words_and_inline_elements_do_not() {
        assert_eq!(text("<table><tr><td>a<td>b</tr><tr><th>c</table>d"), "a\nb\nc\nd");
        assert_eq!(text("<select><option>a<option>b</select><button>c</button>d"), "a\nb\nc\nd");
        assert_eq!(text("<BR>a<br/>b<BR/>c</br>d<hr>e"), "a\nb\nc\nd\ne");
        assert_eq!(text("<em>W</em>o<span>r</span><wbr>t<a>e</a><!-- - -->n<script>;</script>."), "Worten.");
    }

    #[test]
    fn entities_are_decoded_once() {
        assert_eq!(
            text("d&eacute;j&agrave; &amp;eacute; &#8217;&#x27; a&nbsp;&nbsp;b"),
            "déjà &eacute; ’' a b"
        );
        assert_eq!(text("<p>1 &lt; 2 &lt;b&gt; R&D &unknown; &amp"), "1 < 2 <b> R&D &unknown; &");
    }

    #[test]
    fn broken_markup_loses_nothing_that_a_browser_shows() {
        assert_eq!(text("<p>a <b>b <i>c</p><p>d"), "a b c\nd");
        assert_eq!(text("a < b <1 << <é"), "a < b <1 << <é");
        assert_eq!(text("a<p"), "a");
        assert_eq!(text("a<p>b<div class=\"x"), "a\nb");
        assert_eq!(text("a</p></div></template></svg></script>b"), "a\nb");
        assert_eq!(text("<div><svg><path d=x></div>a<svg>x<p>b<svg/>c"), "a\nb\nc");
        assert_eq!(text("a<script>never closed <p>b"), "a");
        assert_eq!(text("a\u{fffd}\u{1}b\0c"), "a\u{fffd} bc");
        assert_eq!(text("<title>a<p>b</title>c"), "a<p>b\nc");
    }

    #[test]
    fn a_long_or_deep_page_is_read_in_little_stack() {
        let deep = "<div><b><template><svg>".repeat(100_000) + "x";
        assert_eq!(text(&deep), "");
        assert_eq!(text(&("<div><b>".repeat(300_000) + "x")), "x");
        assert_eq!(text(&("<".repeat(300_000) + "p>")).len(), 299_999);
        assert_eq!(text(&format!("<{}>a", "p".repeat(1_000_000))), "a");
        assert_eq!(text(&format!("<p {}>a", "b=c ".repeat(300_000))), "a");
    }

    #[test]
    fn a_page_forgets_the_one_before() {
        let mut page = Page::default();
        page.read(
            "<p>long text</p><script type=application/ld+json>{\"articleBody\":\"a\"}</script><template>",
        );
        assert_eq!((page.text.as_str(), page.article_bodies.len()), ("long text", 1));
        let room = page.text.capacity();
        page.read("<p>b");
        assert_eq!((page.text.as_str(), page.article_bodies.len()), ("b", 0));
        assert_eq!(page.text.capacity(), room);
    }

    #[test]
    fn only_scripts_of_json_ld_are_read_for_bodies() {
        let body = |tag: &str| page(&format!("<{tag}>{{\"articleBody\":\"a b\"}}</script>")).article_bodies;
        for tag in [
            "script type=application/ld+json",
            "SCRIPT async TYPE=' Application/LD+JSON; charset=utf-8 '",
            "svg><path/></svg><script type=\"application/ld+json\"",
        ] {
            assert_eq!(body(tag), ["a b"], "{tag}");
        }
        for tag in ["script", "script type=application/json", "template><script type=application/ld+json"] {
            assert!(body(tag).is_empty(), "{tag}");
        }
        let cut = page("<script type=application/ld+json>{\"articleBody\":\"a\\u00e9 <br>b\"");
        assert_eq!(cut.article_bodies, ["aé\nb"]);
    }

    proptest::proptest! {
        #[test]
        fn no_page_panics(html in "(<|>|</|<!--|-->|script|svg|template|title|p|b| |=|'|\"|&|é|\\PC|\u{0})*") {
            let text = text(&html);
            proptest::prop_assert!(text.len() <= 3 * html.len());
            proptest::prop_assert!(!text.contains("\n\n") && !text.contains("  "));
        }

        #[test]
        fn text_between_tags_survives(words in proptest::collection::vec(("[a-zé日]{1,9}", 0..9_usize), 0..40)) {
            const BETWEEN: [&str; 9] = [
                "<p>", "</div>", "<br/>", " <b>", "</a> ", "<p a='>'>", "<!-- x -->\n", "<td>", "<div><i> ",
            ];
            let html: String = words.iter().map(|(word, tag)| format!("{word}{}", BETWEEN[*tag])).collect();
            let text = text(&html);
            let expected: Vec<&str> = words.iter().map(|(word, _)| word.as_str()).collect();
            proptest::prop_assert_eq!(text.split_whitespace().collect::<Vec<_>>(), expected);
        }
    }
}
