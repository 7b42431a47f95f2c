//! One row in words, for people who must rely on it or attack it.
//!
//! ```text
//! language   English or French
//! layout     headings, wrapped lines, two texts side by side; everything from outside escaped
//! words      what was found, where, when, how much, and what that does not show
//! flags      the weaknesses of the row
//! files      files of a name, below folders
//! at_hand    the bytes of a record, out of a shard or of a kept copy
//! shards     the shards of an evidence folder: what is known of them, where they are on this machine
//! head       what the record says about itself
//! passages   where the shared words stand, beside the article; contents writes both with words
//! address    where the shard is published
//! quoting    names and addresses made fit for a shell
//! recipe     the lines that check the row with public tools; steps writes them with words
//! ```

pub mod address;
pub mod at_hand;
pub mod contents;
pub mod files;
pub mod flags;
pub mod head;
pub mod language;
pub mod layout;
pub mod passages;
pub mod quoting;
pub mod recipe;
pub mod shards;
pub mod steps;
pub mod words;
