//! Where the words that an article and a record share stand in both.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::head;
use crate::matching::articles::exact::Comparison;
use crate::record::fields::{self, Detected, FieldMap};
use crate::scan::texts::page_of;
use crate::text::body::Found;
use crate::text::html::Page;
use crate::text::normal::Words;
use crate::text::word_hash::is_single;

/// Runs that are shown; the longest ones.
const MOST: usize = 12;

/// A run of words that both texts have, as it stands in each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// First and last word in the article, counted from 1.
    pub article: (usize, usize),
    /// First and last word in the record's text, counted from 1.
    pub record: (usize, usize),
    /// As it stands in the article and in the record.
    pub texts: [String; 2],
}

/// What two texts share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shared {
    /// The longest runs, in the order of the article.
    pub passages: Vec<Passage>,
    /// Runs that are not among them.
    pub shorter: usize,
    /// Words of the article that belong to runs; those of all runs together.
    pub words: usize,
}

/// The texts of a record, from its decoded bytes: what a reader sees, then the article texts that a page holds for
/// machines. Empty when it has none that is read. `custom` is the field map that the scan was given.
pub fn texts(record: &[u8], custom: Option<&FieldMap>) -> Vec<String> {
    if let Some((head, block)) = head::split(record) {
        let mut page = Page::default();
        let found = page_of(&head, block, &mut page);
        return match found {
            Some(Found::Text) => std::iter::once(page.text).chain(page.article_bodies).collect(),
            _ => Vec::new(),
        };
    }
    match (custom, fields::detect(record)) {
        (Some(map), Ok(_)) | (None, Ok(Detected::Known(map))) => {
            let line = map.read(record).ok();
            line.and_then(|line| line.text).map(|text| text.decode().into_owned()).into_iter().collect()
        }
        (_, Ok(_)) => Vec::new(),
        (_, Err(_)) => vec![String::from_utf8_lossy(record).into_owned()],
    }
}

/// What an article and the text of a record share; of several texts, the one that shares most.
pub fn shared(article: &str, texts: &[String]) -> Shared {
    let compared = texts.iter().map(|text| compare(article, text));
    compared.max_by_key(|shared| shared.words).unwrap_or_default()
}

fn compare(article: &str, text: &str) -> Shared {
    let mut numbers: HashMap<u64, u32, FixedState> = HashMap::default();
    let [article, text] = [article, text].map(|text| Read::new(text, &mut numbers));
    let factor = if article.unspaced { 2 } else { 1 };
    let mut runs = Comparison::default().compare(&article.numbers, &text.numbers, factor).runs;
    let words = runs.iter().map(|run| run.length as usize).sum();
    runs.sort_unstable_by_key(|run| (std::cmp::Reverse(run.length), run.article, run.text));
    let shorter = runs.len().saturating_sub(MOST);
    runs.truncate(MOST);
    runs.sort_unstable();
    let passage = |run: &crate::matching::articles::overlap::Run| {
        let (from, to) = (run.article as usize, run.article_end() as usize);
        let (from_text, to_text) = (run.text as usize, run.text_end() as usize);
        Passage {
            article: (from + 1, to),
            record: (from_text + 1, to_text),
            texts: [article.cut(from, to), text.cut(from_text, to_text)],
        }
    };
    Shared { passages: runs.iter().map(passage).collect(), shorter, words }
}

/// A text and its words; equal words have equal numbers.
struct Read {
    text: String,
    places: Vec<(u32, u32)>,
    numbers: Vec<u32>,
    unspaced: bool,
}

impl Read {
    fn new(text: &str, numbers: &mut HashMap<u64, u32, FixedState>) -> Read {
        let mut words = Words::default();
        words.read(text);
        let mut number = |hash: &u64| {
            let next = numbers.len() as u32;
            *numbers.entry(*hash).or_insert(next)
        };
        let singles = words.hashes.iter().filter(|hash| is_single(**hash)).count();
        Read {
            numbers: words.hashes.iter().map(&mut number).collect(),
            unspaced: singles * 2 > words.hashes.len(),
            // Places are those of the repaired text, where the text itself is garbled.
            text: words.repaired.unwrap_or_else(|| text.to_owned()),
            places: words.places,
        }
    }

    /// The words `from..to` as they are written, with the marks that touch them.
    fn cut(&self, from: usize, to: usize) -> String {
        let start = self.places.get(from).map_or(0, |place| place.0 as usize);
        let end = self.places.get(to.saturating_sub(1)).map_or(start, |place| place.1 as usize);
        let before = self.text.get(..start).unwrap_or_default();
        let behind = self.text.get(end..).unwrap_or_default();
        let is_mark = |character: &char| !character.is_whitespace() && !character.is_alphanumeric();
        let opening: usize = before.chars().rev().take_while(is_mark).map(char::len_utf8).sum();
        let closing: usize = behind.chars().take_while(is_mark).map(char::len_utf8).sum();
        self.text.get(start - opening..end + closing).unwrap_or_default().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passage_stands_as_each_text_writes_it() {
        let article = "Before it. “Nine ducks, crossed the Quai de l'École under police escort on Monday morning,” they say.";
        let text =
            "x y z nine DUCKS crossed the quai de l’Ecole under police escort on monday morning, then left";
        let shared = shared(article, &["nothing".to_owned(), text.to_owned()]);
        assert_eq!((shared.words, shared.shorter, shared.passages.len()), (14, 0, 1));
        let passage = &shared.passages[0];
        assert_eq!((passage.article, passage.record), ((3, 16), (4, 17)));
        assert_eq!(
            passage.texts[0],
            "“Nine ducks, crossed the Quai de l'École under police escort on Monday morning,”"
        );
        assert_eq!(
            passage.texts[1],
            "nine DUCKS crossed the quai de l’Ecole under police escort on monday morning,"
        );
    }

    #[test]
    fn the_text_of_each_kind_of_record_is_found() {
        let warc = b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 50\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>a b\r\n\r\n";
        assert_eq!(texts(warc, None)[0].trim(), "a b");
        let arc = b"http://a.example/ 1.2.3.4 20090917120000 text/html 30\nHTTP/1.1 200 OK\nContent-Type: text/plain\n\na b";
        assert_eq!(texts(arc, None).len(), 1);
        let line = br#"{"url":"http://a.example/","timestamp":"2019-04-25T12:57:54Z","text":"a\nb"}"#;
        assert_eq!(texts(line, None), ["a\nb"]);
        assert_eq!(texts(b"one\ntwo", None), ["one\ntwo"]);
        assert_eq!(texts(br#"{"n":1}"#, None), [""; 0]);
        let custom = fields::custom("url=u,text=t").unwrap();
        assert_eq!(texts(br#"{"u":"http://a.example/","t":"x"}"#, Some(&custom)), ["x"]);
    }
}
