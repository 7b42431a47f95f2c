//! One row in words, for people who must rely on it or attack it.
//!
//! ```text
//! language   English or French
//! layout     headings, wrapped lines, two texts side by side; everything from outside escaped
//! words      what was found, where, when, how much, and what that does not show
//! flags      the weaknesses of the row
//! at_hand    the record's bytes, where a shard or a kept copy is on this machine
//! head       what the record says about itself
//! passages   where the shared words stand, beside the article
//! address    where the shard is published
//! quoting    names and addresses made fit for a shell
//! recipe     the lines that check the row with public tools
//! ```

pub mod address;
pub mod at_hand;
pub mod flags;
pub mod head;
pub mod language;
pub mod layout;
pub mod passages;
pub mod quoting;
pub mod recipe;
pub mod words;
