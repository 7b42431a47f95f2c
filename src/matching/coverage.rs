//! Which patterns cover a host and a path.
//!
//! A pattern covers its host and all below it, cut at label borders, so the candidates are the suffixes of
//! the host: `lemonde.fr` and `blogs.lemonde.fr` of `blogs.lemonde.fr`. The filter holds *every* such suffix
//! of every pattern's host. If it denies the last two labels, no pattern can end with them and the answer is
//! "none" after one look. That is the way of nearly all hosts, so what a longer list costs is the wait for
//! that one word of memory.

use super::address::is_ip;
use super::filter::Filter;
use super::index::{self, Index};
use super::labels::{self, suffixes};
use super::paths;
use super::patterns::Patterns;

/// Mixed into the hash of a host to say "this host has patterns with a path".
const WITH_PATHS: u64 = 0x9E37_79B9_7F4A_7C15;

#[derive(Debug)]
pub(super) struct Coverage {
    filter: Filter,
    index: Index,
    longest_path: usize,
}

impl Coverage {
    pub fn new(patterns: &Patterns, index: Index) -> Coverage {
        let mut keys = Vec::new();
        let mut longest_path = 0;
        for id in patterns.ids() {
            let (host, path) = patterns.parts(id);
            keys.extend(suffixes(host).map(index::hash));
            if !path.is_empty() {
                keys.push(index::hash(host) ^ WITH_PATHS);
                longest_path = longest_path.max(path.len());
            }
        }
        Coverage { filter: Filter::new(keys), index, longest_path }
    }

    /// The patterns that cover the place, the longest first: longer hosts before shorter, then longer paths
    /// before shorter. `path` may be in any spelling.
    pub fn of(&self, patterns: &Patterns, host: &str, path: &str) -> Vec<u32> {
        let mut covering = Vec::new();
        let Some(deepest) = self.deepest(host) else {
            return covering;
        };
        for suffix in suffixes(deepest) {
            let hash = index::hash(suffix);
            if self.filter.may_hold(hash ^ WITH_PATHS) {
                let place = format!("{suffix}{}", paths::normal(path));
                for prefix in paths::prefixes(&place[suffix.len()..], self.longest_path) {
                    let text = &place[..suffix.len() + prefix.len()];
                    self.add(patterns, text, index::hash(text), &mut covering);
                }
            }
            self.add(patterns, suffix, hash, &mut covering);
        }
        // `1.192.0.2.1` is not below `192.0.2.1`.
        covering.retain(|&id| !is_ip(host) || patterns.host(id) == host);
        covering
    }

    /// The longest suffix of `host` that the filter lets through.
    fn deepest<'h>(&self, host: &'h str) -> Option<&'h str> {
        let mut deepest = None;
        let mut next = Some(labels::last_two(host));
        while let Some(suffix) = next.filter(|suffix| self.filter.may_hold(index::hash(suffix))) {
            deepest = Some(suffix);
            next = labels::longer(host, suffix);
        }
        deepest
    }

    fn add(&self, patterns: &Patterns, text: &str, hash: u64, covering: &mut Vec<u32>) {
        covering.extend(self.index.with_hash(hash).filter(|&id| patterns.text(id) == text));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::patterns::{Effect, Period};
    use super::*;

    fn covering(rules: &[(&str, &str)], host: &str, path: &str) -> Vec<String> {
        let mut patterns = Patterns::default();
        for (host, path) in rules {
            patterns.push(host, path, Effect::Claims { title: 0 }, Period::ALWAYS, 0);
        }
        let coverage = Coverage::new(&patterns, Index::new(&patterns));
        coverage.of(&patterns, host, path).into_iter().map(|id| patterns.text(id).to_owned()).collect()
    }

    #[test]
    fn hosts_are_cut_at_label_borders() {
        let rules = [("lemonde.fr", ""), ("blogs.lemonde.fr", ""), ("192.0.2.1", ""), ("[2001:db8::1]", "")];
        for (host, expected) in [
            ("lemonde.fr", vec!["lemonde.fr"]),
            ("www.lemonde.fr", vec!["lemonde.fr"]),
            ("a.b.lemonde.fr", vec!["lemonde.fr"]),
            ("my blog.lemonde.fr", vec!["lemonde.fr"]),
            (".lemonde.fr", vec!["lemonde.fr"]),
            ("a.blogs.lemonde.fr", vec!["blogs.lemonde.fr", "lemonde.fr"]),
            ("192.0.2.1", vec!["192.0.2.1"]),
            ("[2001:db8::1]", vec!["[2001:db8::1]"]),
            ("notlemonde.fr", vec![]),
            ("lemonde.fr.example.com", vec![]),
            ("lemonde.fra", vec![]),
            ("fr", vec![]),
            ("", vec![]),
            ("1.192.0.2.1", vec![]),
            ("92.0.2.1", vec![]),
        ] {
            assert_eq!(covering(&rules, host, "/"), expected, "{host}");
        }
    }

    #[test]
    fn paths_are_cut_at_segment_borders() {
        let rules = [("bbc.co.uk", "/news"), ("bbc.co.uk", "/news/uk"), ("co.uk.com", "/news")];
        for (path, expected) in [
            ("/news", vec!["bbc.co.uk/news"]),
            ("/news/", vec!["bbc.co.uk/news"]),
            ("//n%65ws/./x", vec!["bbc.co.uk/news"]),
            ("/news;id=1", vec!["bbc.co.uk/news"]),
            ("/news/uk/a", vec!["bbc.co.uk/news/uk", "bbc.co.uk/news"]),
            ("/newsround", vec![]),
            ("/News", vec![]),
            ("/a/news", vec![]),
            ("/news/../sport", vec![]),
            ("/", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(covering(&rules, "www.bbc.co.uk", path), expected, "{path}");
        }
    }

    #[test]
    fn a_longer_host_comes_before_a_longer_path() {
        let rules = [("a.fr", "/x/y/z"), ("b.a.fr", ""), ("a.fr", "")];
        assert_eq!(covering(&rules, "b.a.fr", "/x/y/z"), ["b.a.fr", "a.fr/x/y/z", "a.fr"]);
    }

    proptest! {
        #[test]
        fn it_agrees_with_comparing_labels(
            rules in prop::collection::vec("[ab]{1,2}(\\.[ab]{1,2}){1,3}", 0..8),
            host in "[ab]{1,2}(\\.[ab]{1,2}){0,4}",
        ) {
            let labels = |host: &str| host.split('.').rev().map(String::from).collect::<Vec<_>>();
            let mut expected: Vec<String> = rules.iter().filter(|rule| labels(&host).starts_with(&labels(rule))).cloned().collect();
            expected.sort_by_key(|rule| std::cmp::Reverse(rule.len()));
            let rules: Vec<(&str, &str)> = rules.iter().map(|rule| (rule.as_str(), "")).collect();
            prop_assert_eq!(covering(&rules, &host, "/"), expected);
        }
    }
}
