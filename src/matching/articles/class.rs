//! What a row calls an overlap.
//!
//! [`classify`] is the one place that decides whether a row states a copy. [`rule`] says the same in words, for the
//! manifest; whoever changes one changes the other, and [`VERSION`].

use super::measure::Measure;
use crate::fingerprint::article::{Counts, Flags, SHORT};

/// The version of the rule.
pub const VERSION: u32 = 1;

/// Fewest own words of a copy. Longer than nearly all quotations of one or two sentences.
pub const LEAST_OWN: u32 = 48;
/// Fewest own words of a copy outside quotation marks: what somebody said may be reported by everybody.
pub const LEAST_UNQUOTED: u32 = 24;
/// As many are enough where the words were compared one by one and a long run crosses the quotation mark.
pub const LEAST_UNQUOTED_IN_RUN: u32 = 12;
/// A run of own words that makes a copy by itself. Chance and common phrases stay below.
pub const LONG_RUN: u32 = 25;
/// A run of own words that makes a copy together with much text.
pub const SHORT_RUN: u32 = 12;
/// Much: this share of the article's own words, or of the record's words,
pub const MUCH: f64 = 0.40;
/// or so many own words outside quotation marks.
pub const MANY: u32 = 96;
/// An edited copy follows the article over so many own words outside quotation marks, in three runs or more with at
/// most forty words of the article between two of them. Texts that only share a subject do not.
pub const FOLLOWED: u32 = 72;
/// From this share of the own words on, a copy is full.
pub const FULL: f64 = 0.90;
/// A teaser has less than this share of the own words, all of it from the first quarter of the article.
pub const TEASER: f64 = 0.30;
/// Registrable domains, the publisher's own not counted, from which on a run of words is nobody's own, if their records
/// hold less than [`MUCH`] of the article.
pub const HOSTS: usize = 5;
/// Fewest words of an overlap that becomes a row at all.
pub const LEAST_ROW: u32 = 24;

/// The rule in words and numbers, for the manifest.
pub fn rule() -> serde_json::Value {
    let copy = format!(
        "A row states a copy (class full, partial or teaser) when the article has {SHORT} words or more, {LEAST_OWN} of its \
         own words stand in the record word for word, {LEAST_UNQUOTED} of them outside quotation marks ({LEAST_UNQUOTED_IN_RUN} \
         where the words were compared exactly and one run of own words has {LONG_RUN} or more), and one of these holds: a run \
         of {LONG_RUN} own words; a run of {SHORT_RUN} own words and {MUCH} of the article's own words or of the record's words; a run \
         of {SHORT_RUN} own words and {MANY} own words outside quotation marks; or three runs or more that follow the article over {FOLLOWED} own \
         words outside quotation marks. In scripts without spaces words are characters, and all numbers of words double."
    );
    let own = format!(
        "Words are not own where they stand in a run of words that the article holds three times, that other articles of the \
         publisher hold, that other publishers of the fingerprint file hold, that the commons list holds, or that stands on \
         {HOSTS} registrable domains of this scan or more, other than the publisher's, whose records hold less than {MUCH} of the \
         article. Of an article under an agency's mark nothing is own if no other publisher of the file holds any of it; else \
         nothing is own between the first and the last passage that one of them holds."
    );
    let classes = format!(
        "full: {FULL} of the own words or more; teaser: less than {TEASER}, all from the first quarter of the article; partial: \
         other copies; shared, agency, boilerplate: {LEAST_OWN} words or more in common that are not own; quote: less than a copy. \
         Overlaps of fewer than {LEAST_ROW} words are not reported."
    );
    serde_json::json!({ "version": VERSION, "copy": copy, "own_words": own, "classes": classes })
}

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
    let coverage = measure.own_coverage(article);
    if is_copy(measure, article) {
        return match () {
            () if coverage >= FULL => Class::Full,
            () if coverage < TEASER && measure.own_end <= article.words / 4 => Class::Teaser,
            () => Class::Partial,
        };
    }
    let least = LEAST_OWN * article.factor();
    match () {
        () if measure.own >= least || measure.shared.max(measure.aligned) < least => Class::Quote,
        () if measure.held >= measure.recurring && article.agency != 0 => Class::Agency,
        () if measure.held >= measure.recurring => Class::Shared,
        () => Class::Boilerplate,
    }
}

/// True when the overlap is a copy of the article. An accusation is made here and nowhere else.
fn is_copy(measure: &Measure, article: Counts) -> bool {
    let factor = article.factor();
    if article.flags.has(Flags::SHORT) || measure.own < LEAST_OWN * factor {
        return false;
    }
    let is_long = measure.own_run >= LONG_RUN * factor;
    let crosses = measure.exact && is_long && measure.unquoted >= LEAST_UNQUOTED_IN_RUN * factor;
    if measure.unquoted < LEAST_UNQUOTED * factor && !crosses {
        return false;
    }
    let is_much = measure.own_coverage(article) >= MUCH
        || measure.record_coverage >= MUCH
        || measure.unquoted >= MANY * factor;
    let is_followed = measure.unquoted_aligned >= FOLLOWED * factor;
    is_long || (is_much && measure.own_run >= SHORT_RUN * factor) || is_followed
}
