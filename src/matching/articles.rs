//! Which articles a text holds, and how much of each.
//!
//! ```text
//! hits      the text's shingles that a fingerprint file holds, and the articles with two or more
//! chains    hits that follow each other in the article as they do in the text
//! exact     the same, word for word, where the private side file is at hand
//! overlap   what article and text have in common; measure: in numbers, without what is not the article's own
//! class     the rule for a statement of a copy
//! ```

pub mod chains;
pub mod class;
pub mod exact;
pub mod hits;
pub mod matcher;
pub mod measure;
pub mod overlap;
