//! What a publisher's own page says of its article, and the text of that article.
//!
//! The facts come from the page's JSON-LD, else from its `meta` elements, else from its title. The text is found by a
//! simple rule, for pages whose article the publisher vouches for; nothing is judged by it alone.
//!
//! 1. The visible candidate is the text of `[itemprop=articleBody]`; else of the longest outermost `article` element
//!    (a page has others for teasers and comments); else, also when these have less than half as much text, the long
//!    paragraphs of the page.
//! 2. The JSON-LD `articleBody` is taken instead when it has most of the candidate's words: it has no captions, links
//!    or advertisements between them. A shorter one is an abstract.

use serde_json::{Map, Value};

use super::article_parts::ArticleParts;
use super::json_ld::{self, plain, texts};

/// A JSON-LD body with so large a share of the visible candidate's words is the whole article, in percent.
const WHOLE_BODY: usize = 80;

/// What one page says of its article. A fact that it does not state is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageFacts {
    /// The headline, else the title of the page.
    pub title: String,
    /// The address that the page gives as its own, as it stands there.
    pub url: String,
    /// Date of publication, as it stands there: mostly ISO 8601.
    pub date: String,
    /// Language, mostly a BCP 47 tag.
    pub language: String,
    /// Credit line, else the names of the authors, with commas between them.
    pub credit: String,
    /// Name of the publisher.
    pub publisher: String,
    /// The text of the article, paragraphs separated by an empty line; empty when nothing looks like one.
    pub main_text: String,
}

/// The facts of a page that was decoded to characters.
pub fn facts(html: &str) -> PageFacts {
    let parts = ArticleParts::of(html);
    let article = parts.json_ld.iter().flat_map(json_ld::objects).find(|object| is_article(object));
    let stated = article.map(of_json_ld).unwrap_or_default();
    let fact = |stated: String, names: &[&str]| if stated.is_empty() { parts.meta(names) } else { stated };
    let title = fact(stated.title, &["og:title"]);
    PageFacts {
        title: if title.is_empty() { parts.title.clone() } else { title },
        url: fact(stated.url, &["canonical", "og:url"]),
        date: fact(stated.date, &["article:published_time", "datepublished", "date"]),
        language: fact(stated.language, &["html lang", "og:locale"]).replace('_', "-"),
        credit: fact(stated.credit, &["author"]),
        publisher: fact(stated.publisher, &["og:site_name"]),
        main_text: main_text(stated.main_text, parts.visible()),
    }
}

fn main_text(body: String, visible: &str) -> String {
    let words = |text: &str| text.split_whitespace().count();
    if words(&body) * 100 >= words(visible) * WHOLE_BODY { body } else { visible.to_owned() }
}

fn is_article(object: &Map<String, Value>) -> bool {
    // `NewsArticle`, `ReportageNewsArticle`, `BlogPosting`, `http://schema.org/Article` and so on.
    let is_kind = |kind: &str| kind.ends_with("Article") || kind.ends_with("BlogPosting");
    object.contains_key("articleBody") || object.get("@type").is_some_and(|kind| texts(kind).any(is_kind))
}

fn of_json_ld(article: &Map<String, Value>) -> PageFacts {
    let fact = |key: &str| article.get(key).map(named).unwrap_or_default();
    let either = |first: String, second: &str| if first.is_empty() { fact(second) } else { first };
    let body: Vec<String> =
        article.get("articleBody").iter().flat_map(|body| texts(body)).map(plain).collect();
    PageFacts {
        title: either(fact("headline"), "name"),
        url: either(fact("url"), "mainEntityOfPage"),
        date: fact("datePublished"),
        language: fact("inLanguage"),
        credit: either(fact("creditText"), "author"),
        publisher: fact("publisher"),
        main_text: body.join("\n").replace('\n', "\n\n"),
    }
}

/// A text, or the name or address of an object, or those of an array with commas between them.
fn named(value: &Value) -> String {
    let one = |value: &Value| {
        let text = match value {
            Value::Object(object) => ["name", "@id", "url"].iter().find_map(|key| object.get(*key)?.as_str()),
            value => value.as_str(),
        };
        text.map(plain).unwrap_or_default()
    };
    match value {
        Value::Array(values) => {
            let names: Vec<String> = values.iter().map(one).filter(|name| !name.is_empty()).collect();
            names.join(", ")
        }
        value => one(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: &str =
        "A sentence of the article that is long enough to be taken for one, and so goes on a little.";

    #[test]
    fn json_ld_states_all_facts() {
        let html = format!(
            r#"<html lang=de><title>No</title><meta property=og:title content=No><script type="application/ld+json">
            {{"@graph": [{{"@type": "WebSite", "name": "No"}}, {{"@type": ["NewsArticle"], "headline": "A &amp; B",
            "mainEntityOfPage": {{"@id": "https://a.example/1"}}, "datePublished": "2024-05-31T08:00:00Z",
            "inLanguage": "en-GB", "author": [{{"name": "Ada"}}, "Bob"], "publisher": {{"name": "The Paper"}},
            "articleBody": "{LONG}\n\n<p>Two.</p>"}}]}}</script>"#
        );
        let expected = PageFacts {
            title: "A & B".to_owned(),
            url: "https://a.example/1".to_owned(),
            date: "2024-05-31T08:00:00Z".to_owned(),
            language: "en-GB".to_owned(),
            credit: "Ada, Bob".to_owned(),
            publisher: "The Paper".to_owned(),
            main_text: format!("{LONG}\n\nTwo."),
        };
        assert_eq!(facts(&html), expected);
    }

    #[test]
    fn meta_elements_state_what_json_ld_does_not() {
        let facts = facts(
            "<html lang=fr><head><title> Le titre </title><link rel=canonical href=https://a.example/2>
            <meta property='article:published_time' content='2024-01-02'><meta name=Author content='Ada'>
            <meta property='og:site_name' content='Le Journal'><meta property=og:title content=''>",
        );
        let stated =
            [&facts.title, &facts.url, &facts.date, &facts.language, &facts.credit, &facts.publisher];
        assert_eq!(stated, ["Le titre", "https://a.example/2", "2024-01-02", "fr", "Ada", "Le Journal"]);
        assert_eq!(facts.main_text, "");
        assert_eq!(super::facts(""), PageFacts::default());
    }

    #[test]
    fn the_text_of_the_article_element_leaves_out_what_is_not_the_article() {
        let html = format!(
            "<nav>menu</nav><article><p>teaser</p></article><article><header>no</header><h1>Head</h1><p>{LONG}
            <div><aside>no<aside>no</aside>no</aside></div><form>no</form><figure><figcaption>no</figcaption></figure>
            <p>Two<br>lines<button>no</button></article><footer>no</footer><p>{LONG}"
        );
        assert_eq!(facts(&html).main_text, format!("Head\n\n{LONG}\n\nTwo\nlines"));
        let body = "<article><p>no</p><div itemprop='articleBody x'><div>a</div><p>b</div>no</article>";
        assert_eq!(facts(body).main_text, "a\n\nb");
        let meta = "<meta itemprop=articleBody content=no><article>a<nav>no</article>no<article>ab</article>";
        assert_eq!(facts(meta).main_text, "ab");
    }

    #[test]
    fn long_paragraphs_are_the_text_of_a_page_without_an_article_element() {
        let html =
            format!("<form><p>short<p>{LONG}<aside><p>no {LONG}</aside><div>no {LONG}</div><p><b>{LONG}</b>");
        assert_eq!(facts(&html).main_text, format!("{LONG}\n\n{LONG}"));
        assert_eq!(facts("<p>short<p>short").main_text, "");
        let teaser = format!("<article>A teaser</article><p>{LONG}");
        assert_eq!(facts(&teaser).main_text, LONG);
    }

    #[test]
    fn an_abstract_in_json_ld_is_not_taken_for_the_article() {
        let page = |body: &str| {
            let script = format!("<script type=application/ld+json>{{\"articleBody\":\"{body}\"}}</script>");
            facts(&format!("{script}<article>one two three four five six seven eight nine ten")).main_text
        };
        assert_eq!(
            page("one two three four five six seven eight"),
            "one two three four five six seven eight"
        );
        assert_eq!(page("one two three"), "one two three four five six seven eight nine ten");
    }

    proptest::proptest! {
        #[test]
        fn no_page_panics(html in "(<|>|</|article|p|nav|div|meta| itemprop=articleBody|é| |\\PC)*") {
            facts(&html);
        }
    }
}
