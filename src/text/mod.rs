//! From the bytes of a record to words that can be compared.
//!
//! ```text
//! body         the text of a body, by what the body is
//! coding       bodies that are still encoded
//! charset      bytes to characters: byte order mark, declared, in the page, guessed
//! html         a page to the text that a reader sees, block elements ending lines, and its JSON-LD article texts
//! article_page a publisher's own page: its facts and the text of its article (article_parts gathers them)
//! markup, elements, lines, json_ld   what html and article_page are made of
//! normal       text to words in one versioned normal form: blocks of ASCII; ahead, slow: what is not; word_hash
//! exact        the same by definition; references: `&eacute;`, repair: `Ã©`, fold: a table of characters
//! ```

mod ahead;
pub mod article_page;
mod article_parts;
pub mod body;
pub mod charset;
mod coding;
mod elements;
pub mod exact;
pub mod fold;
pub mod html;
mod json_ld;
mod lines;
mod markup;
pub mod normal;
pub mod references;
pub mod repair;
mod slow;
pub mod word_hash;
