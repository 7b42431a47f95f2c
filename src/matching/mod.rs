//! Does this record belong to a publisher?
//!
//! In come a list of publishers (once) and the address and capture day of each record. Out goes what the list
//! says about that address: nothing, one rule for each title, an exclusion, or that the day would decide and
//! is not known.
//!
//! - [`address`] finds the host that a browser would contact; [`paths`] brings paths into one spelling.
//! - [`publishers`] reads the list, refuses what cannot be meant ([`ListError`]) and notes what is odd
//!   ([`lints`]).
//! - [`domains`] decides: the longest rule that holds on the day wins, cut at label and segment borders only.
//! - [`mirrors`] finds the original behind caches, translations and web archives.
//!
//! A wrong answer accuses or acquits somebody falsely. Hence no part of a name is ever searched for within a
//! text: a host is compared label by label in one canonical form, and a list that could be misread is refused
//! as a whole.

pub mod address;
pub mod articles;
mod cells;
mod columns;
mod coverage;
pub mod domains;
mod filter;
mod index;
mod labels;
pub mod lints;
pub mod mirrors;
mod names;
mod overlaps;
pub mod paths;
mod patterns;
pub mod publishers;
mod refusals;
mod rows;
mod translated;
mod unusual;

pub use address::{Address, Unaddressed};
pub use domains::{DomainRules, Examined, Hit, MatchKind};
pub use lints::Lint;
pub use publishers::{PublisherList, Rule, Title};
pub use refusals::ListError;
