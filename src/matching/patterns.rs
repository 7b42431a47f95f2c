//! The patterns of a list: a host, perhaps with a path, and what it does with the addresses it covers.
//!
//! All texts lie in one string, so a pattern is 32 bytes or fewer and a million of them fit where a scan can
//! afford it.

use crate::record::date::Day;

/// What a pattern does with the addresses it covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effect {
    /// They are content of this title.
    Claims { title: u32 },
    /// Shorter patterns do not claim them for this title.
    ExcludesTitle { title: u32 },
    /// Shorter patterns do not claim them for any title of this publisher.
    ExcludesPublisher { publisher: u32 },
}

/// The capture days on which a row of the list holds, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Period {
    pub from: Day,
    pub to: Day,
}

impl Period {
    pub const ALWAYS: Period = Period { from: Day(0), to: Day(u32::MAX) };

    pub fn is_always(self) -> bool {
        self == Self::ALWAYS
    }

    pub fn holds_on(self, day: Day) -> bool {
        self.from <= day && day <= self.to
    }

    pub fn contains(self, other: Period) -> bool {
        self.from <= other.from && other.to <= self.to
    }

    pub fn meets(self, other: Period) -> bool {
        self.from <= other.to && other.from <= self.to
    }
}

/// One pattern; its text is in [`Patterns`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Pattern {
    start: u32,
    len: u16,
    host_len: u16,
    pub effect: Effect,
    pub period: Period,
    pub line: u32,
}

/// All patterns of a list, numbered in its order.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    text: String,
    all: Vec<Pattern>,
}

impl Patterns {
    /// Takes a pattern in. A host has at most 253 bytes and a path at most `cells::LONGEST_PATH`, which keeps
    /// the lengths within their fields; the size limit of a list does it for the start.
    pub fn push(&mut self, host: &str, path: &str, effect: Effect, period: Period, line: u32) {
        let start = self.text.len() as u32;
        self.text.push_str(host);
        self.text.push_str(path);
        let len = (host.len() + path.len()) as u16;
        self.all.push(Pattern { start, len, host_len: host.len() as u16, effect, period, line });
    }

    /// Takes patterns out; `gone` is in rising order. Those behind them get new numbers.
    pub fn remove(&mut self, gone: &[u32]) {
        let mut gone = gone.iter().copied().peekable();
        let mut id = 0;
        self.all.retain(|_| {
            let keep = gone.next_if_eq(&id).is_none();
            id += 1;
            keep
        });
    }

    pub fn get(&self, id: u32) -> &Pattern {
        &self.all[id as usize]
    }

    /// Host and path in one: `bbc.co.uk/news`.
    pub fn text(&self, id: u32) -> &str {
        let Pattern { start, len, .. } = *self.get(id);
        &self.text[start as usize..start as usize + usize::from(len)]
    }

    pub fn host(&self, id: u32) -> &str {
        self.parts(id).0
    }

    /// Host, and path or nothing.
    pub fn parts(&self, id: u32) -> (&str, &str) {
        self.text(id).split_at(usize::from(self.get(id).host_len))
    }

    /// The numbers of all patterns.
    pub fn ids(&self) -> std::ops::Range<u32> {
        0..self.all.len() as u32
    }

    pub fn finish(mut self) -> Patterns {
        self.text.shrink_to_fit();
        self.all.shrink_to_fit();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLAIM: Effect = Effect::Claims { title: 0 };

    #[test]
    fn texts_come_back_and_numbers_close_up() {
        let mut patterns = Patterns::default();
        for (line, (host, path)) in
            [("lemonde.fr", ""), ("bbc.co.uk", "/news"), ("a.fr", ""), ("b.fr", "")].iter().enumerate()
        {
            patterns.push(host, path, CLAIM, Period::ALWAYS, line as u32);
        }
        assert_eq!(
            (patterns.text(1), patterns.host(1), patterns.parts(1).1),
            ("bbc.co.uk/news", "bbc.co.uk", "/news")
        );
        patterns.remove(&[0, 2]);
        let left: Vec<_> = patterns.ids().map(|id| (patterns.text(id), patterns.get(id).line)).collect();
        assert_eq!(left, [("bbc.co.uk/news", 1), ("b.fr", 3)]);
    }

    #[test]
    fn a_pattern_stays_small() {
        assert!(size_of::<Pattern>() <= 32);
    }

    #[test]
    fn both_ends_of_a_period_count() {
        let year = Period { from: Day(20200101), to: Day(20201231) };
        assert!(year.holds_on(Day(20200101)) && year.holds_on(Day(20201231)));
        assert!(!year.holds_on(Day(20191231)) && !year.holds_on(Day(20210101)));
        let later = Period { from: Day(20201231), to: Day(u32::MAX) };
        assert!(year.meets(later) && later.meets(year) && !year.contains(later));
        assert!(Period::ALWAYS.contains(year) && !year.is_always());
        assert!(!year.meets(Period { from: Day(20210101), to: Day(20210102) }));
    }
}
