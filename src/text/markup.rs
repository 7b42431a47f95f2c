//! A page as a run of tags and visible text, without a tree.
//!
//! The tokenizer is that of the HTML standard. What a tree builder would add is approximated: where text is raw, and
//! which elements are not shown.

use std::convert::Infallible;

use html5gum::{Emitter, Error, State, Tokenizer};

use super::elements::{ends_svg, raw_state};

/// Longest name of a tag that means something, and far longer than any, in bytes.
const LONGEST_NAME: usize = 32;

/// Attributes of one tag that are kept: the rest would only take memory.
const MOST_ATTRIBUTES: usize = 256;

/// Takes the parts of a page in their order. Names are in lower case.
pub(super) trait Parts {
    /// Whether [`open`](Parts::open) needs the attributes of this tag; to gather them takes time.
    fn needs_attributes(&self, tag: &[u8]) -> bool;
    /// A start tag. Of a `template` or `svg` element this is all that is given.
    fn open(&mut self, tag: &[u8], attributes: &Attributes);
    /// An end tag. A page may lack it, or have one without a start tag.
    fn close(&mut self, tag: &[u8]);
    /// Visible bytes with entities decoded; possibly a piece of a word, or of a character.
    fn text(&mut self, bytes: &[u8]);
    /// The text of a JSON-LD script.
    fn json_ld(&mut self, script: &[u8]);
}

/// The attributes of one tag.
#[derive(Default)]
pub(super) struct Attributes(Vec<(Vec<u8>, Vec<u8>)>);

impl Attributes {
    /// The value of the first attribute with this name.
    pub fn value(&self, name: &[u8]) -> Option<&[u8]> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_slice())
    }
}

/// Gives the parts of `html` to `parts`.
pub(super) fn walk(html: &str, parts: &mut impl Parts) {
    let walk = Walk {
        parts,
        tag: Vec::new(),
        is_end: false,
        is_self_closing: false,
        attributes: Attributes::default(),
        needs_attributes: false,
        raw: Vec::new(),
        json_ld: None,
        hidden: Hidden::No,
    };
    // Neither the reader nor the emitter can fail.
    let Ok(()) = Tokenizer::new_with_emitter(html, walk).finish();
}

/// Elements that hold markup which is not shown.
enum Hidden {
    No,
    /// In so many `template` elements.
    Template(u32),
    /// In an `svg` element, with so many `svg` and `foreignObject` elements open in all.
    Svg {
        depth: u32,
        foreign: u32,
    },
}

struct Walk<'p, P> {
    parts: &'p mut P,
    tag: Vec<u8>,
    is_end: bool,
    is_self_closing: bool,
    attributes: Attributes,
    needs_attributes: bool,
    /// The element whose text is raw here; empty when none is.
    raw: Vec<u8>,
    /// The text of the JSON-LD script here.
    json_ld: Option<Vec<u8>>,
    hidden: Hidden,
}

impl<P: Parts> Walk<'_, P> {
    fn start(&mut self) -> Option<State> {
        match &mut self.hidden {
            Hidden::Template(depth) => {
                *depth += u32::from(self.tag == b"template");
                return self.start_raw();
            }
            Hidden::Svg { depth, foreign } => match self.tag.as_slice() {
                b"svg" if !self.is_self_closing => *depth += 1,
                // The tokenizer has made all names lower case.
                b"foreignobject" if !self.is_self_closing => *foreign += 1,
                tag if *foreign == 0 && ends_svg(tag) => self.hidden = Hidden::No,
                _ => {}
            },
            Hidden::No => {}
        }
        if let Hidden::Svg { .. } = self.hidden {
            return None;
        }
        match self.tag.as_slice() {
            b"template" => self.hidden = Hidden::Template(1),
            b"svg" if !self.is_self_closing => self.hidden = Hidden::Svg { depth: 1, foreign: 0 },
            b"script" => {
                let kind = self.attributes.value(b"type").unwrap_or_default().trim_ascii();
                let kind = kind.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii_end();
                let is_json_ld = kind.eq_ignore_ascii_case(b"application/ld+json");
                self.json_ld = is_json_ld.then(Vec::new);
            }
            _ => {}
        }
        self.parts.open(&self.tag, &self.attributes);
        self.start_raw()
    }

    fn start_raw(&mut self) -> Option<State> {
        let state = raw_state(&self.tag)?;
        self.raw.clone_from(&self.tag);
        Some(state)
    }

    fn end(&mut self) {
        self.end_raw();
        match &mut self.hidden {
            Hidden::No => {}
            Hidden::Template(depth) => {
                *depth -= u32::from(self.tag == b"template");
                if *depth == 0 {
                    self.hidden = Hidden::No;
                }
                return;
            }
            Hidden::Svg { depth, foreign } => match self.tag.as_slice() {
                b"svg" => {
                    *depth -= 1;
                    if *depth == 0 {
                        self.hidden = Hidden::No;
                    }
                    return;
                }
                b"foreignobject" => *foreign = foreign.saturating_sub(1),
                tag if *foreign == 0 && ends_svg(tag) => self.hidden = Hidden::No,
                _ => {}
            },
        }
        if let Hidden::No = self.hidden {
            self.parts.close(&self.tag);
        }
    }

    fn end_raw(&mut self) {
        self.raw.clear();
        if let Some(script) = self.json_ld.take() {
            self.parts.json_ld(&script);
        }
    }

    fn is_shown(&self) -> bool {
        matches!(self.hidden, Hidden::No)
            && matches!(self.raw.as_slice(), b"" | b"title" | b"xmp" | b"plaintext")
    }
}

impl<P: Parts> Emitter for Walk<'_, P> {
    type Token = Infallible;

    #[inline]
    fn should_emit_errors(&mut self) -> bool {
        false
    }

    #[inline]
    fn emit_string(&mut self, bytes: &[u8]) {
        // A tree builder drops this byte, so that a word with one in it stays whole. It always comes alone.
        if bytes == b"\0" {
            return;
        }
        if self.is_shown() {
            self.parts.text(bytes);
        } else if let Some(script) = &mut self.json_ld {
            script.extend_from_slice(bytes);
        }
    }

    #[inline]
    fn init_start_tag(&mut self) {
        self.tag.clear();
        self.is_end = false;
        self.is_self_closing = false;
        self.attributes.0.clear();
        self.needs_attributes = false;
    }

    #[inline]
    fn init_end_tag(&mut self) {
        self.init_start_tag();
        self.is_end = true;
    }

    #[inline]
    fn push_tag_name(&mut self, name: &[u8]) {
        let room = (LONGEST_NAME + 1).saturating_sub(self.tag.len());
        self.tag.extend(name.iter().take(room));
    }

    #[inline]
    fn init_attribute(&mut self) {
        if self.attributes.0.is_empty() {
            self.needs_attributes =
                !self.is_end && (self.tag == b"script" || self.parts.needs_attributes(&self.tag));
        }
        self.needs_attributes &= self.attributes.0.len() < MOST_ATTRIBUTES;
        if self.needs_attributes {
            self.attributes.0.push(Default::default());
        }
    }

    #[inline]
    fn push_attribute_name(&mut self, name: &[u8]) {
        if let Some((own, _)) = self.attributes.0.last_mut().filter(|_| self.needs_attributes) {
            own.extend_from_slice(name);
        }
    }

    #[inline]
    fn push_attribute_value(&mut self, value: &[u8]) {
        if let Some((_, own)) = self.attributes.0.last_mut().filter(|_| self.needs_attributes) {
            own.extend_from_slice(value);
        }
    }

    fn emit_current_tag(&mut self) -> Option<State> {
        if self.is_end {
            self.end();
            None
        } else {
            self.start()
        }
    }

    #[inline]
    fn set_self_closing(&mut self) {
        self.is_self_closing = true;
    }

    fn current_is_appropriate_end_tag_token(&mut self) -> bool {
        self.is_end && !self.raw.is_empty() && self.raw == self.tag
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&mut self) -> bool {
        matches!(self.hidden, Hidden::Svg { .. })
    }

    fn emit_eof(&mut self) {
        // A script without its end is read for what it holds, like one that a capture cut off.
        self.end_raw();
    }

    fn pop_token(&mut self) -> Option<Infallible> {
        None
    }

    fn set_last_start_tag(&mut self, _: Option<&[u8]>) {}
    fn emit_error(&mut self, _: Error) {}
    fn init_comment(&mut self) {}
    fn emit_current_comment(&mut self) {}
    fn emit_current_doctype(&mut self) {}
    fn set_force_quirks(&mut self) {}
    fn push_comment(&mut self, _: &[u8]) {}
    fn push_doctype_name(&mut self, _: &[u8]) {}
    fn init_doctype(&mut self) {}
    fn set_doctype_public_identifier(&mut self, _: &[u8]) {}
    fn set_doctype_system_identifier(&mut self, _: &[u8]) {}
    fn push_doctype_public_identifier(&mut self, _: &[u8]) {}
    fn push_doctype_system_identifier(&mut self, _: &[u8]) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes down what it is given.
    #[derive(Default)]
    struct Seen(String);

    impl Parts for Seen {
        fn needs_attributes(&self, tag: &[u8]) -> bool {
            tag == b"a"
        }

        fn open(&mut self, tag: &[u8], attributes: &Attributes) {
            let value = attributes.value(b"x").map(String::from_utf8_lossy);
            self.0 += &format!("<{}{}>", String::from_utf8_lossy(tag), value.unwrap_or_default());
        }

        fn close(&mut self, tag: &[u8]) {
            self.0 += &format!("</{}>", String::from_utf8_lossy(tag));
        }

        fn text(&mut self, bytes: &[u8]) {
            self.0 += &String::from_utf8_lossy(bytes);
        }

        fn json_ld(&mut self, script: &[u8]) {
            self.0 += &format!("[{}]", String::from_utf8_lossy(script));
        }
    }

    fn seen(html: &str) -> String {
        let mut seen = Seen::default();
        walk(html, &mut seen);
        seen.0
    }

    #[test]
    fn tags_and_text_come_in_their_order() {
        assert_eq!(seen("<P x=1>a<A X='1>' x=2>b</a ><br/>"), "<p>a<a1>>b</a><br>");
        assert_eq!(
            seen("<title>a<b></title><script type=application/ld+json>{}"),
            "<title>a<b></title><script>[{}]"
        );
    }

    #[test]
    fn a_hidden_element_is_its_start_tag_only() {
        assert_eq!(seen("<template><p><template></template>a</template>b"), "<template>b");
        assert_eq!(seen("<svg><g/><svg></svg><title>a</title></svg>b<svg/>c"), "<svg>b<svg>c");
    }

    #[test]
    fn attributes_beyond_the_kept_ones_are_dropped_whole() {
        let many = "b=1 ".repeat(MOST_ATTRIBUTES - 1);
        assert_eq!(seen(&format!("<a {many}x=2>")), "<a2>");
        assert_eq!(seen(&format!("<a {many}c=1 x=2>")), "<a>");
        assert_eq!(seen(&format!("<a x=1 {many}c=1 d=2>")), "<a1>");
    }
}
