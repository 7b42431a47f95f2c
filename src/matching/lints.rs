//! What looks odd in a list but does not stop it: each lint is a line that a user should read once.

use std::fmt;

/// Lints shown of one kind; a list of a million addresses must not become a million messages.
const SHOWN: u64 = 20;

/// Something odd in a list. `Display` says where, what, and what was made of it, in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lint(Oddity);

/// What can be odd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Oddity {
    /// The same rule of the same title stands in the list twice; it counts once.
    Duplicate { line: u32, first: u32, rule: String },
    /// The same rule belongs to two titles; a record gives a row for each.
    SharedRule { line: u32, first: u32, rule: String },
    /// A rule lies within another one of the same title and adds nothing.
    Nested { line: u32, rule: String, outer_line: u32, outer: String },
    /// A rule names a platform on which anybody can have a site.
    Platform { line: u32, rule: String },
    /// No known public suffix ends this host.
    UnknownSuffix { line: u32, rule: String },
    /// A cell held more than a domain: a scheme, a port or `*.`.
    Rewritten { line: u32, cell: String, rule: String },
    /// The path of a rule looks like one page.
    SinglePage { line: u32, rule: String },
    /// An exclusion lies outside of what it could take out.
    NothingToExclude { line: u32, exclude: String },
    /// Columns that play no part.
    UnusedColumns { names: Vec<String> },
    /// Rows without dates in a list that has dates.
    Undated { rows: u64, first: u32 },
    /// More lints of one kind than are shown.
    More { count: u64, like: &'static str },
}

impl Oddity {
    fn name(&self) -> &'static str {
        match self {
            Self::Duplicate { .. } => "duplicate rows",
            Self::SharedRule { .. } => "rules of two titles",
            Self::Nested { .. } => "rules within rules",
            Self::Platform { .. } => "rules on platforms",
            Self::UnknownSuffix { .. } => "unknown suffixes",
            Self::Rewritten { .. } => "rewritten cells",
            Self::SinglePage { .. } => "rules on single pages",
            Self::NothingToExclude { .. } => "exclusions without effect",
            Self::UnusedColumns { .. } => "unused columns",
            Self::Undated { .. } => "rows without dates",
            Self::More { like, .. } => like,
        }
    }
}

impl From<Oddity> for Lint {
    fn from(oddity: Oddity) -> Lint {
        Lint(oddity)
    }
}

impl fmt::Display for Lint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl fmt::Display for Oddity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate { line, first, rule } => {
                write!(out, "line {line}: `{rule}` is the rule of line {first} again; it counts once")
            }
            Self::SharedRule { line, first, rule } => {
                write!(
                    out,
                    "line {line}: `{rule}` belongs to another title on line {first}; a record gives a row for each"
                )
            }
            Self::Nested { line, rule, outer_line, outer } => {
                write!(
                    out,
                    "line {line}: `{rule}` lies within `{outer}` of the same title on line {outer_line}"
                )
            }
            Self::Platform { line, rule } => {
                write!(
                    out,
                    "line {line}: `{rule}` is a platform where anybody can have a site; all of them would be found"
                )
            }
            Self::UnknownSuffix { line, rule } => {
                write!(out, "line {line}: `{rule}` ends in no known public suffix; is it spelt right?")
            }
            Self::Rewritten { line, cell, rule } => write!(out, "line {line}: `{cell}` is read as `{rule}`"),
            Self::SinglePage { line, rule } => {
                write!(out, "line {line}: `{rule}` covers this page only; write the domain to cover the site")
            }
            Self::NothingToExclude { line, exclude } => {
                write!(
                    out,
                    "line {line}: the exclusion of `{exclude}` has no effect; no rule it belongs to covers that"
                )
            }
            Self::UnusedColumns { names } => {
                write!(
                    out,
                    "columns that play no part: {}",
                    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
                )
            }
            Self::Undated { rows, first } => {
                write!(
                    out,
                    "rows without dates: {rows}, the first on line {first}; others have dates, these hold on any day"
                )
            }
            Self::More { count, like } => write!(out, "{count} more {like}"),
        }
    }
}

/// Lints while they are being collected.
#[derive(Debug, Default)]
pub(super) struct Lints {
    shown: Vec<Lint>,
    counts: Vec<(&'static str, u64)>,
}

impl Lints {
    pub fn push(&mut self, oddity: Oddity) {
        if self.counted(oddity.name()) <= SHOWN {
            self.shown.push(Lint(oddity));
        }
    }

    pub fn finish(mut self) -> Vec<Lint> {
        let more = self.counts.iter().filter(|(_, count)| *count > SHOWN);
        self.shown.extend(more.map(|&(like, count)| Lint(Oddity::More { count: count - SHOWN, like })));
        self.shown
    }

    fn counted(&mut self, like: &'static str) -> u64 {
        match self.counts.iter_mut().find(|(name, _)| *name == like) {
            Some((_, count)) => {
                *count += 1;
                *count
            }
            None => {
                self.counts.push((like, 1));
                1
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_of_a_kind_are_counted() {
        let mut lints = Lints::default();
        for line in 1..=25 {
            lints.push(Oddity::Platform { line, rule: "blogspot.com".into() });
        }
        lints.push(Oddity::UnusedColumns { names: vec!["issn".into(), "note".into()] });
        let lints = lints.finish();
        assert_eq!(lints.len(), 22);
        assert_eq!(lints[20].to_string(), "columns that play no part: `issn`, `note`");
        assert_eq!(lints[21].to_string(), "5 more rules on platforms");
    }
}
