//! What several rows of a list have to do with each other: doubles, contradictions, rules within rules.

use std::collections::HashSet;

use super::coverage::Coverage;
use super::index::Index;
use super::labels;
use super::lints::{Lints, Oddity};
use super::names::Names;
use super::patterns::{Effect, Patterns};
use super::refusals::{ProblemKind, Problems};

/// Takes out rules that stand in the list twice, with a lint for each.
pub(super) fn drop_duplicates(patterns: &mut Patterns, index: Index, lints: &mut Lints) -> Index {
    // The later pattern, and the one it repeats. The index keeps patterns that could be equal side by side.
    let mut doubles: Vec<(u32, u32)> = Vec::new();
    for group in index.groups() {
        let mut first = None;
        for id in group {
            match first {
                Some(first) if same(patterns, first, id) => doubles.push((id, first)),
                _ => first = Some(id),
            }
        }
    }
    if doubles.is_empty() {
        return index;
    }
    doubles.sort_unstable();
    for &(id, first) in &doubles {
        // The doubles of an exclusion are no news: they came with the double of a rule, or do no harm.
        if matches!(patterns.get(id).effect, Effect::Claims { .. }) {
            let (line, first) = (patterns.get(id).line, patterns.get(first).line);
            lints.push(Oddity::Duplicate { line, first, rule: patterns.text(id).to_owned() });
        }
    }
    let gone: Vec<u32> = doubles.into_iter().map(|(id, _)| id).collect();
    patterns.remove(&gone);
    Index::new(patterns)
}

/// Finds rules that belong to two titles (allowed) and rules that their own publisher takes out (refused).
pub(super) fn check_equals(
    patterns: &Patterns,
    titles: &Names,
    index: &Index,
    lints: &mut Lints,
    problems: &mut Problems,
) {
    let mut shared = Vec::new();
    let mut contradictions = Vec::new();
    for group in index.groups() {
        // By effect, claims come before exclusions and the titles of claims rise.
        let claims = group.clone().filter_map(|id| claim(patterns, id).map(|title| (id, title)));
        let mut others = claims.clone();
        if let Some((first, first_title)) = others.next() {
            let equal = others
                .filter(|&(id, title)| title != first_title && patterns.text(id) == patterns.text(first));
            shared.extend(equal.map(|(id, _)| (id, first)));
        }
        for id in group {
            let Effect::ExcludesPublisher { publisher } = patterns.get(id).effect else { continue };
            let claimed = claims.clone().find(|&(claim, title)| {
                titles.owner(title) == publisher
                    && patterns.text(claim) == patterns.text(id)
                    && patterns.get(claim).period.meets(patterns.get(id).period)
            });
            contradictions.extend(claimed.map(|(claim, _)| (id, claim)));
        }
    }
    shared.sort_unstable();
    for (id, first) in shared {
        let (line, first) = (patterns.get(id).line, patterns.get(first).line);
        lints.push(Oddity::SharedRule { line, first, rule: patterns.text(id).to_owned() });
    }
    contradictions.sort_unstable();
    for (id, claim) in contradictions {
        let (rule, claimed_on) = (patterns.text(id).to_owned(), patterns.get(claim).line);
        problems.push(patterns.get(id).line, ProblemKind::Contradiction { rule, claimed_on });
    }
}

/// Finds rules that add nothing to a shorter one, and exclusions for a publisher without rules.
pub(super) fn check_nesting(patterns: &Patterns, titles: &Names, coverage: &Coverage, lints: &mut Lints) {
    let with_rules: HashSet<u32> = (0..titles.len() as u32).map(|title| titles.owner(title)).collect();
    for id in patterns.ids() {
        let line = patterns.get(id).line;
        match patterns.get(id).effect {
            Effect::Claims { title } => {
                if let Some(outer) = outer(patterns, titles, coverage, id, title) {
                    let (rule, outer_line) = (patterns.text(id).to_owned(), patterns.get(outer).line);
                    lints.push(Oddity::Nested {
                        line,
                        rule,
                        outer_line,
                        outer: patterns.text(outer).to_owned(),
                    });
                }
            }
            Effect::ExcludesPublisher { publisher } if !with_rules.contains(&publisher) => {
                lints.push(Oddity::NothingToExclude { line, exclude: patterns.text(id).to_owned() });
            }
            Effect::ExcludesPublisher { .. } | Effect::ExcludesTitle { .. } => {}
        }
    }
}

/// The rule of the same title that would cover all of rule `id` if that one were not there. Only the next
/// shorter text can hold it: whatever else stands there comes between the two.
fn outer(patterns: &Patterns, titles: &Names, coverage: &Coverage, id: u32, title: u32) -> Option<u32> {
    let (host, path) = patterns.parts(id);
    let covering = match path {
        // Nearly all rules end here: no shorter host can hold a rule.
        "" => coverage.of(patterns, labels::shorter(host)?, path),
        _ => coverage.of(patterns, host, path),
    };
    let mut shorter =
        covering.into_iter().skip_while(|&other| patterns.text(other) == patterns.text(id)).peekable();
    let next = patterns.text(*shorter.peek()?);
    let level: Vec<u32> = shorter.take_while(|&other| patterns.text(other) == next).collect();
    let excluded = level.iter().any(|&other| match patterns.get(other).effect {
        Effect::Claims { .. } => false,
        Effect::ExcludesTitle { title: other } => other == title,
        Effect::ExcludesPublisher { publisher } => publisher == titles.owner(title),
    });
    let contains = |&other: &u32| {
        claim(patterns, other) == Some(title) && patterns.get(other).period.contains(patterns.get(id).period)
    };
    level.into_iter().find(contains).filter(|_| !excluded)
}

fn claim(patterns: &Patterns, id: u32) -> Option<u32> {
    match patterns.get(id).effect {
        Effect::Claims { title } => Some(title),
        Effect::ExcludesTitle { .. } | Effect::ExcludesPublisher { .. } => None,
    }
}

fn same(patterns: &Patterns, a: u32, b: u32) -> bool {
    let of = |id| (patterns.get(id).effect, patterns.get(id).period, patterns.text(id));
    of(a) == of(b)
}

// What is found in whole lists is tested with `publishers` (lints) and `refusals` (contradictions).
#[cfg(test)]
mod tests {
    use super::super::patterns::Period;
    use super::*;
    use crate::record::date::Day;

    #[test]
    fn only_what_is_equal_in_all_is_dropped() {
        let later = Period { from: Day(20100101), ..Period::ALWAYS };
        let (one, two) = (Effect::Claims { title: 0 }, Effect::Claims { title: 1 });
        let mut patterns = Patterns::default();
        for (text, effect, period, line) in [
            ("a.fr", one, Period::ALWAYS, 2),
            ("a.fr", two, Period::ALWAYS, 3),
            ("a.fr", one, later, 4),
            ("b.fr", one, Period::ALWAYS, 5),
            ("a.fr", Effect::ExcludesTitle { title: 0 }, Period::ALWAYS, 6),
            ("a.fr", one, Period::ALWAYS, 7),
            ("a.fr", one, Period::ALWAYS, 8),
        ] {
            patterns.push(text, "", effect, period, line);
        }
        let mut lints = Lints::default();
        let index = Index::new(&patterns);
        drop_duplicates(&mut patterns, index, &mut lints);
        assert_eq!(patterns.ids().map(|id| patterns.get(id).line).collect::<Vec<_>>(), [2, 3, 4, 5, 6]);
        let double = |line| Oddity::Duplicate { line, first: 2, rule: "a.fr".into() }.into();
        assert_eq!(lints.finish(), [double(7), double(8)]);
    }
}
