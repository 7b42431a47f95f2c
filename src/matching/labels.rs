//! The suffixes of a host, cut at label borders.
//!
//! Every address passes here several times. Labels are short, so plain loops over bytes are quicker than a
//! vectorised search.

/// The shortest suffix that a pattern can have: the last two labels. A host with a single label (or an IPv6
/// address) is its own.
pub(super) fn last_two(host: &str) -> &str {
    match dot_before(host, host.len()).and_then(|dot| dot_before(host, dot)) {
        Some(dot) => &host[dot + 1..],
        None => host,
    }
}

/// The suffix of `host` that has one label more than its suffix `suffix`.
pub(super) fn longer<'h>(host: &'h str, suffix: &str) -> Option<&'h str> {
    let dot = host.len().checked_sub(suffix.len() + 1)?;
    Some(&host[dot_before(host, dot).map_or(0, |dot| dot + 1)..])
}

/// The suffix with one label less, as long as two are left.
pub(super) fn shorter(host: &str) -> Option<&str> {
    let (_, rest) = host.split_once('.')?;
    rest.contains('.').then_some(rest)
}

/// All suffixes that a pattern can have, the longest first.
pub(super) fn suffixes(host: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(host), |host| shorter(host))
}

/// The last label.
pub(super) fn last(host: &str) -> &str {
    &host[dot_before(host, host.len()).map_or(0, |dot| dot + 1)..]
}

fn dot_before(host: &str, end: usize) -> Option<usize> {
    host.as_bytes()[..end].iter().rposition(|&byte| byte == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suffix_of_two_labels_and_more() {
        for (host, expected) in [
            ("a.b.lemonde.fr", vec!["a.b.lemonde.fr", "b.lemonde.fr", "lemonde.fr"]),
            ("lemonde.fr", vec!["lemonde.fr"]),
            (".lemonde.fr", vec![".lemonde.fr", "lemonde.fr"]),
            ("a..fr", vec!["a..fr", ".fr"]),
            ("localhost", vec!["localhost"]),
            ("[2001:db8::1]", vec!["[2001:db8::1]"]),
            ("", vec![""]),
        ] {
            assert_eq!(suffixes(host).collect::<Vec<_>>(), expected, "{host}");
            let mut rising = vec![last_two(host)];
            while let Some(next) = longer(host, rising[rising.len() - 1]) {
                rising.push(next);
            }
            rising.reverse();
            assert_eq!(rising, expected, "{host}");
        }
        assert_eq!([last("www.lemonde.fr"), last("fr"), last("")], ["fr", "fr", ""]);
    }
}
