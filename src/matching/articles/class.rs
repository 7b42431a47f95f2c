//! What a row calls an overlap.
//!
//! [`classify`] is the one place that decides whether a row states a copy. [`rule`] says the same in words, for the
//! manifest; whoever changes one changes the other, and [`VERSION`].

use super::measure::Measure;
use crate::fingerprint::article::{Counts, Flags};

/// The version of the rule.
pub const VERSION: u32 = 1;

/// The rule in words and numbers, for the manifest.
pub fn rule() -> serde_json::Value {
    serde_json::json!({ "version": VERSION })
}

/// Fewest own words of a copy.
pub const LEAST_OWN: u32 = 48;
/// Fewest own words of a copy outside quotation marks.
pub const LEAST_UNQUOTED: u32 = 24;
/// A run of own words that makes a copy by itself.
pub const LONG_RUN: u32 = 25;
/// A run of own words that makes a copy of an article of which much is there.
pub const SHORT_RUN: u32 = 12;
/// How much.
pub const MUCH: f64 = 0.40;
/// From this share of the own words on, a copy is full.
pub const FULL: f64 = 0.90;
/// A teaser has less than this share of the own words, all of it from the first quarter of the article.
pub const TEASER: f64 = 0.30;
/// Fewest words of an overlap that becomes a row at all.
pub const LEAST_ROW: u32 = 16;

/// What a row calls an overlap. The first three state a copy, the others are notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A copy with nine tenths of the article's own words or more.
    Full,
    /// A copy of a part.
    Partial,
    /// A copy of its beginning.
    Teaser,
    /// Text that others hold as well.
    Shared,
    /// Text of a news agency.
    Agency,
    /// Quoted speech, or too little for a copy.
    Quote,
    /// Text that recurs in articles of the publisher.
    Boilerplate,
}

impl Class {
    /// The word in the column.
    pub fn name(self) -> &'static str {
        match self {
            Class::Full => "full",
            Class::Partial => "partial",
            Class::Teaser => "teaser",
            Class::Shared => "shared",
            Class::Agency => "agency",
            Class::Quote => "quote",
            Class::Boilerplate => "boilerplate",
        }
    }

    /// True when a row of this class states a copy.
    pub fn is_copy(self) -> bool {
        matches!(self, Class::Full | Class::Partial | Class::Teaser)
    }
}

/// The class of an overlap that measures so.
pub fn classify(measure: &Measure, article: Counts) -> Class {
    let factor = article.factor();
    let coverage = measure.own_coverage(article);
    let is_run =
        measure.own_run >= LONG_RUN * factor || (measure.own_run >= SHORT_RUN * factor && coverage >= MUCH);
    let is_verbatim =
        measure.own >= LEAST_OWN * factor && measure.unquoted >= LEAST_UNQUOTED * factor && is_run;
    let is_edited = false;
    if (is_verbatim || is_edited) && !article.flags.has(Flags::SHORT) {
        return match () {
            () if coverage >= FULL => Class::Full,
            () if coverage < TEASER && measure.own_end <= article.words / 4 => Class::Teaser,
            () => Class::Partial,
        };
    }
    match () {
        () if measure.own >= LEAST_OWN * factor || measure.shared < LEAST_OWN * factor => Class::Quote,
        () if measure.held >= measure.recurring && article.agency != 0 => Class::Agency,
        () if measure.held >= measure.recurring => Class::Shared,
        () => Class::Boilerplate,
    }
}
