//! The decision about one address: which titles does it belong to?
//!
//! The longest pattern that holds on the capture day decides. If it is an exclusion, it silences the shorter
//! rules of its title (or of its whole publisher) and of nobody else. Only when the address itself says
//! nothing is it looked at as a mirror, so a page in somebody's cache is never reported as a page of the
//! publisher's own site.
//!
//! An outcome that would depend on the capture day is not guessed for a record that has none.

#[cfg(test)]
mod tests;

use super::address::{self, Address};
use super::mirrors;
use super::patterns::Effect;
use super::publishers::{PublisherList, Rule};
use crate::record::date::Day;

/// Mirrors of mirrors exist (a web archive of an AMP cache); more than three deep is a game with addresses.
const MOST_WRAPPINGS: usize = 3;

/// The rules of a list, ready to decide about addresses. Shared by all workers.
#[derive(Debug)]
pub struct DomainRules {
    list: PublisherList,
}

/// What the rules say about one address.
#[derive(Debug)]
pub enum Examined<'r> {
    /// No rule covers it.
    Clear,
    /// This rule would cover it, but for an exclusion.
    Excluded(Rule<'r>),
    /// These rules cover it, one for each title, in the order of the titles.
    Found(Vec<Hit<'r>>),
    /// Whether a rule covers it depends on the capture day, which is unknown.
    Undecided,
}

/// One rule that covers an address.
#[derive(Clone, Debug)]
pub struct Hit<'r> {
    /// The rule, with its publisher and title.
    pub rule: Rule<'r>,
    /// Whether the rule covers the address itself or the one that it mirrors.
    pub kind: MatchKind,
    /// The address that is mirrored, for [`MatchKind::Mirror`] only.
    pub original_url: Option<String>,
}

/// How an address belongs to a title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchKind {
    /// It is an address of the title.
    Domain,
    /// It is the address of a copy of such a page: a cache, a translation, a web archive.
    Mirror,
}

/// An outcome in numbers of patterns, which can be compared.
#[derive(Debug, PartialEq, Eq)]
enum Decision {
    Clear,
    Excluded(u32),
    Claimed(Vec<u32>),
    Undecided,
}

impl DomainRules {
    /// Takes a list into use.
    pub fn new(list: PublisherList) -> DomainRules {
        DomainRules { list }
    }

    /// The list that the rules came from.
    pub fn list(&self) -> &PublisherList {
        &self.list
    }

    /// Decides about one record. `address` is what [`address::parse`] made of `url`, and `day` the day of the
    /// capture.
    pub fn examine(&self, address: &Address<'_>, url: &str, day: Option<Day>) -> Examined<'_> {
        let own = self.decide(address, day);
        if matches!(own, Decision::Claimed(_) | Decision::Undecided) {
            return self.examined(own, None);
        }
        let mut mirrored = mirrors::original(address, url);
        for _ in 0..MOST_WRAPPINGS {
            let Some(original) = mirrored else { break };
            let Ok(address) = address::parse(&original) else { break };
            match self.decide(&address, day) {
                Decision::Clear => mirrored = mirrors::original(&address, &original),
                decision => return self.examined(decision, Some(original)),
            }
        }
        self.examined(own, None)
    }

    fn examined(&self, decision: Decision, original_url: Option<String>) -> Examined<'_> {
        let kind = if original_url.is_some() { MatchKind::Mirror } else { MatchKind::Domain };
        match decision {
            Decision::Clear => Examined::Clear,
            Decision::Undecided => Examined::Undecided,
            Decision::Excluded(id) => self.list.rule(id).map_or(Examined::Clear, Examined::Excluded),
            Decision::Claimed(ids) => {
                let rules = ids.into_iter().filter_map(|id| self.list.rule(id));
                Examined::Found(
                    rules.map(|rule| Hit { rule, kind, original_url: original_url.clone() }).collect(),
                )
            }
        }
    }

    fn decide(&self, address: &Address<'_>, day: Option<Day>) -> Decision {
        let covering = self.list.coverage.of(&self.list.patterns, &address.host, &address.path);
        if covering.is_empty() {
            return Decision::Clear;
        }
        match day {
            Some(day) => self.decide_on(day, &covering),
            None => self.decide_on_any_day(&covering),
        }
    }

    /// Goes from the longest pattern to the shortest until one claims the address on that day.
    fn decide_on(&self, day: Day, covering: &[u32]) -> Decision {
        let patterns = &self.list.patterns;
        let mut exclusions: Vec<Effect> = Vec::new();
        let mut excluded = None;
        for level in covering.chunk_by(|&a, &b| patterns.text(a) == patterns.text(b)) {
            let mut claims: Vec<u32> = Vec::new();
            let mut level_exclusions: Vec<Effect> = Vec::new();
            for &id in level.iter().filter(|&&id| patterns.get(id).period.holds_on(day)) {
                let effect = patterns.get(id).effect;
                match effect {
                    Effect::Claims { title } if self.is_excluded(title, &exclusions) => {
                        excluded = excluded.or(Some(id))
                    }
                    // Two periods of one row's title stand side by side and give one hit.
                    Effect::Claims { .. }
                        if claims.last().is_some_and(|&last| patterns.get(last).effect == effect) => {}
                    Effect::Claims { .. } => claims.push(id),
                    Effect::ExcludesTitle { .. } | Effect::ExcludesPublisher { .. } => {
                        level_exclusions.push(effect)
                    }
                }
            }
            if !claims.is_empty() {
                return Decision::Claimed(claims);
            }
            exclusions.append(&mut level_exclusions);
        }
        excluded.map_or(Decision::Clear, Decision::Excluded)
    }

    /// Decides for a day between each two on which something may change, and believes it if all agree.
    fn decide_on_any_day(&self, covering: &[u32]) -> Decision {
        let periods =
            covering.iter().map(|&id| self.list.patterns.get(id).period).filter(|period| !period.is_always());
        // The number behind a period's last day need not be a day of the calendar; it only has to lie behind
        // it.
        let turns = periods.flat_map(|period| [period.from, Day(period.to.0.saturating_add(1))]);
        let decision = self.decide_on(Day(0), covering);
        for day in turns {
            if self.decide_on(day, covering) != decision {
                return Decision::Undecided;
            }
        }
        decision
    }

    fn is_excluded(&self, title: u32, exclusions: &[Effect]) -> bool {
        exclusions.iter().any(|exclusion| match *exclusion {
            Effect::Claims { .. } => false,
            Effect::ExcludesTitle { title: excluded } => excluded == title,
            Effect::ExcludesPublisher { publisher } => publisher == self.list.titles.owner(title),
        })
    }
}
