//! What an entry says of itself, made into an article.

use serde_json::Value;

use super::columns::{Columns, Field};
use super::folder::Found;
use super::{Article, Defaults, Item, LARGEST_TEXT, Origin, Trouble, dates};
use crate::container::feed;
use crate::error::{Error, Result};
use crate::matching::address::{self, registrable_domain};
use crate::text::html::Page;

/// Starts of tags that only HTML has. One of them, or a closing tag, makes a text HTML.
const HTML_STARTS: [&str; 4] = ["<br", "<p>", "<p ", "<img "];

/// Keys under which a nested value keeps its words: paragraphs of exports, `rendered` of WordPress, names of
/// authors.
const INNER: [&str; 4] = ["text", "rendered", "name", "value"];

/// What an entry says, field by field, as it stands there. Empty is unknown.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    pub id: String,
    pub publisher: String,
    pub title: String,
    pub url: String,
    pub date: String,
    pub language: String,
    pub credit: String,
    pub text: String,
}

impl Draft {
    /// Sets a field.
    pub fn set(&mut self, field: Field, value: String) {
        *match field {
            Field::Id => &mut self.id,
            Field::Publisher => &mut self.publisher,
            Field::Title => &mut self.title,
            Field::Url => &mut self.url,
            Field::Date => &mut self.date,
            Field::Language => &mut self.language,
            Field::Credit => &mut self.credit,
            Field::Text => &mut self.text,
        } = value;
    }
}

/// What reading needs from file to file: the request, where entries go, and buffers.
pub(super) struct Desk<'r> {
    pub columns: &'r Columns,
    defaults: &'r Defaults,
    each: &'r mut dyn FnMut(Origin, Item) -> Result<()>,
    given: u64,
    page: Page,
}

impl<'r> Desk<'r> {
    pub fn new(
        columns: &'r Columns,
        defaults: &'r Defaults,
        each: &'r mut dyn FnMut(Origin, Item) -> Result<()>,
    ) -> Desk<'r> {
        Desk { columns, defaults, each, given: 0, page: Page::default() }
    }

    /// Entries handed on so far.
    pub fn given(&self) -> u64 {
        self.given
    }

    /// Hands on an entry that is no article.
    pub fn skip(&mut self, origin: Origin, trouble: Trouble) -> Result<()> {
        self.give(origin, Item::Skipped(trouble))
    }

    /// An error of the stored bytes costs an entry, one of the disk ends the command.
    pub fn lost(&mut self, origin: Origin, found: &Found, error: &std::io::Error) -> Result<()> {
        match feed::is_of_source(error) {
            true => Err(Error::io("read", &found.path, error)),
            false => self.skip(origin, Trouble::Damaged(error.to_string())),
        }
    }

    /// Hands on what a draft amounts to. `nameless` is the id of an article that has neither an id nor an
    /// address; it has to be the same whenever the same input is read.
    pub fn finish(&mut self, origin: Origin, draft: Draft, nameless: impl FnOnce() -> String) -> Result<()> {
        let item = match self.article(draft, nameless) {
            Ok(article) => Item::Article(article),
            Err(trouble) => Item::Skipped(trouble),
        };
        self.give(origin, item)
    }

    fn give(&mut self, origin: Origin, item: Item) -> Result<()> {
        self.given += 1;
        (self.each)(origin, item)
    }

    fn article(
        &mut self,
        draft: Draft,
        nameless: impl FnOnce() -> String,
    ) -> std::result::Result<Article, Trouble> {
        if draft.text.len() > LARGEST_TEXT {
            return Err(Trouble::TooLarge(draft.text.len() as u64));
        }
        let text = self.plain(draft.text);
        if text.is_empty() {
            return Err(Trouble::EmptyText);
        }
        let url = draft.url.trim().to_owned();
        let given = |value: &Option<String>| value.clone().unwrap_or_default();
        let named = first([domain_of_address(draft.publisher), given(&self.defaults.publisher)]);
        let publisher = match named.is_empty() {
            true => domain(&url).ok_or(Trouble::NoPublisher)?,
            false => named,
        };
        let id = match first([draft.id, url.clone()]) {
            id if id.is_empty() => nameless(),
            id => id,
        };
        Ok(Article {
            id,
            publisher,
            title: one_line(&draft.title),
            url,
            date: dates::normal(&draft.date),
            language: first([draft.language, given(&self.defaults.language)]),
            credit: one_line(&draft.credit),
            text,
        })
    }

    /// The text without what is not text: a list of paragraphs in JSON is joined, HTML is read.
    fn plain(&mut self, text: String) -> String {
        let text = match paragraphs_in(&text) {
            Some(joined) => joined,
            None => text,
        };
        if !is_html(&text) {
            let text = text.trim();
            return if text.contains('\r') { text.replace("\r\n", "\n") } else { text.to_owned() };
        }
        self.page.read(&text);
        let lines = self.page.text.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.collect::<Vec<_>>().join("\n\n")
    }
}

/// The words of a JSON value: of a list those of its elements joined by `between`, of an object those of the
/// first member that is known to hold words. Empty for numbers in lists and everything else that is not made
/// of words.
pub(super) fn words(value: &Value, between: &str) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        // Lists in lists are as deep as the JSON reader allows (128).
        Value::Array(list) => {
            let parts = list.iter().map(|element| words(element, between));
            parts.filter(|part| !part.trim().is_empty()).collect::<Vec<_>>().join(between)
        }
        Value::Object(members) => {
            let inner = INNER.iter().find_map(|key| members.get(*key));
            inner.map(|value| words(value, between)).unwrap_or_default()
        }
        Value::Null | Value::Bool(_) => String::new(),
    }
}

/// A list of paragraphs that stands as JSON inside a text, as cells of tables have it.
fn paragraphs_in(text: &str) -> Option<String> {
    if !text.trim_start().starts_with('[') {
        return None;
    }
    let list: Vec<Value> = serde_json::from_str(text).ok()?;
    let are_paragraphs = list.iter().all(|value| match value {
        Value::String(_) => true,
        Value::Object(members) => members.contains_key("text"),
        _ => false,
    });
    are_paragraphs.then(|| words(&Value::Array(list), "\n\n"))
}

/// True for a text with a closing tag, or with a tag that stands in texts without being closed.
fn is_html(text: &str) -> bool {
    memchr::memchr_iter(b'<', text.as_bytes()).any(|at| {
        let rest = text.get(at..).unwrap_or_default();
        match rest.strip_prefix("</") {
            Some(name) => {
                let letters = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
                let behind = name.get(letters..).unwrap_or_default();
                letters > 0 && behind.trim_start().starts_with('>')
            }
            None => HTML_STARTS
                .iter()
                .any(|start| rest.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start))),
        }
    })
}

/// The first that is not blank, without the blanks around it; empty when all are.
fn first<const N: usize>(values: [String; N]) -> String {
    let given = values.iter().map(|value| value.trim()).find(|value| !value.is_empty());
    given.unwrap_or_default().to_owned()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A publisher that is given as a web address becomes its domain; a name stays.
fn domain_of_address(publisher: String) -> String {
    match publisher.contains("://") {
        true => domain(&publisher).unwrap_or(publisher),
        false => one_line(&publisher),
    }
}

/// The registrable domain of a web address.
fn domain(url: &str) -> Option<String> {
    let address = address::parse(url).ok()?;
    Some(registrable_domain(&address.host).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn article(draft: Draft, defaults: &Defaults) -> Item {
        let mut items = Vec::new();
        let columns = Columns::default();
        let mut each = |_: Origin, item: Item| {
            items.push(item);
            Ok(())
        };
        let mut desk = Desk::new(&columns, defaults, &mut each);
        desk.finish(Origin::default(), draft, || "file#1".to_owned()).unwrap();
        items.remove(0)
    }

    fn draft(text: &str) -> Draft {
        Draft { text: text.into(), publisher: "p".into(), ..Draft::default() }
    }

    fn text(text: &str) -> String {
        match article(draft(text), &Defaults::default()) {
            Item::Article(article) => article.text,
            Item::Skipped(trouble) => panic!("{trouble}"),
        }
    }

    #[test]
    fn an_article_without_id_and_publisher_gets_them_from_its_address() {
        let with_url = Draft { url: "https://www.example.co.uk/a".into(), ..draft("x") };
        let none = Draft { publisher: String::new(), ..with_url };
        let Item::Article(made) = article(none.clone(), &Defaults::default()) else { panic!() };
        assert_eq!(
            (made.id.as_str(), made.publisher.as_str()),
            ("https://www.example.co.uk/a", "example.co.uk")
        );
        let defaults = Defaults { publisher: Some("The Example".into()), language: Some("en".into()) };
        let Item::Article(made) = article(none, &defaults) else { panic!() };
        assert_eq!((made.publisher.as_str(), made.language.as_str()), ("The Example", "en"));
        let bare = Draft { publisher: " ".into(), ..draft("x") };
        assert_eq!(article(bare, &Defaults::default()), Item::Skipped(Trouble::NoPublisher));
        let Item::Article(made) = article(draft("x"), &Defaults::default()) else { panic!() };
        assert_eq!(made.id, "file#1");
    }

    #[test]
    fn a_publisher_that_is_an_address_becomes_its_domain() {
        let at = |publisher: &str| {
            let draft = Draft { publisher: publisher.into(), ..draft("x") };
            let Item::Article(made) = article(draft, &Defaults::default()) else { panic!() };
            made.publisher
        };
        assert_eq!(at("https://www.example.de/"), "example.de");
        assert_eq!(at(" Der  Spiegel "), "Der Spiegel");
    }

    #[test]
    fn blank_and_huge_texts_are_no_articles() {
        for blank in ["", " \n\t ", "[]", "[\"\"]"] {
            assert_eq!(
                article(draft(blank), &Defaults::default()),
                Item::Skipped(Trouble::EmptyText),
                "{blank}"
            );
        }
        let size = LARGEST_TEXT + 1;
        let huge = article(draft(&"x".repeat(size)), &Defaults::default());
        assert_eq!(huge, Item::Skipped(Trouble::TooLarge(size as u64)));
    }

    #[test]
    fn lists_of_paragraphs_are_joined_and_other_brackets_stay() {
        assert_eq!(text(r#"["one", {"text": "two"}]"#), "one\n\ntwo");
        assert_eq!(text("[Anzeige] Ein Text"), "[Anzeige] Ein Text");
        assert_eq!(text("[1, 2]"), "[1, 2]");
    }

    #[test]
    fn html_is_told_by_its_tags() {
        for html in ["<p>a", "a<br>b", "a<BR/>b", "<b>a</b>", "<i>x</i >"] {
            assert!(is_html(html), "{html}");
        }
        for plain in ["a < b", "1</2", "</", "<", "a </ b>", "x <b", "<é>"] {
            assert!(!is_html(plain), "{plain}");
        }
    }

    #[test]
    fn the_text_of_html_has_its_paragraphs_apart() {
        assert_eq!(text("<p>One <b>t</b>wo</p><p>Three</p>"), "One two\n\nThree");
        assert_eq!(text("one\r\n\r\ntwo"), "one\n\ntwo");
    }
}
