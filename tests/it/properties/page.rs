//! The text of any body, and the words of any text.

use shardproof::fingerprint::quotes;
use shardproof::text::article_page::facts;
use shardproof::text::body::{self, Found};
use shardproof::text::charset;
use shardproof::text::html::Page;
use shardproof::text::normal::Words;
use shardproof::text::word_hash::hash_of;
use shardproof::text::{exact, repair};

/// What a record may say of its body.
const SAID: [(Option<&str>, Option<&str>); 8] = [
    (Some("text/html; charset=utf-8"), None),
    (Some("text/html"), None),
    (Some("text/html; charset=windows-1252"), None),
    (Some("text/html; charset=shift_jis"), Some("gzip")),
    (Some("text/plain"), None),
    (Some("application/json"), None),
    (Some("application/xhtml+xml; charset=utf-16"), None),
    (None, None),
];

/// The first byte says what is said of the body, the rest is the body.
pub fn holds(bytes: &[u8]) {
    let Some((&said, body)) = bytes.split_first() else { return };
    let (content_type, coding) = SAID[usize::from(said) % SAID.len()];
    let mut page = Page::default();
    let found = body::read(body, content_type, coding, &mut page);
    // A page that was used for another body before.
    let mut used = Page { text: "left behind".to_owned(), article_bodies: vec!["left behind".to_owned()] };
    assert_eq!(body::read(body, content_type, coding, &mut used), found);
    if found == Found::Text {
        assert_eq!((&used.text, &used.article_bodies), (&page.text, &page.article_bodies));
    }
    let text = charset::decode(body, content_type.and_then(charset::of_content_type));
    let _ = facts(&text);
    for text in [&*text, &page.text].into_iter().chain(page.article_bodies.iter().map(String::as_str)) {
        words(text);
    }
}

/// The fast ways reach the words of the definition, and know where they stand.
fn words(text: &str) {
    let (mut fast, mut placed, mut exact) = (Words::default(), Words::default(), Vec::new());
    fast.read_hashes(text);
    placed.read(text);
    let repaired = repair::repair(text);
    exact::words(repaired.as_deref().unwrap_or(text), |word, single| {
        exact.push(hash_of(word.as_bytes(), single))
    });
    assert_eq!(fast.hashes, exact, "{text:?}");
    assert_eq!(placed.hashes, exact, "{text:?}");
    assert_eq!(fast.has_singles, placed.has_singles, "{text:?}");

    let text = placed.repaired.as_deref().unwrap_or(text);
    assert_eq!(placed.places.len(), exact.len());
    for &(from, to) in &placed.places {
        assert!(
            text.get(from as usize..to as usize).is_some_and(|word| !word.is_empty()),
            "{from}..{to} of {text:?}"
        );
    }
    let quotes = quotes::ranges(text);
    assert!(quotes.iter().all(|&(from, to)| text.get(from..to).is_some()), "{quotes:?} of {text:?}");
    assert!(quotes.is_sorted_by(|one, other| one.1 <= other.0), "{quotes:?} of {text:?}");
    assert_eq!(quotes::of_words(&quotes, &placed.places).len(), placed.places.len());
}
