//! The cells of a list, read the way people fill them in.
//!
//! A cell that says clearly what it means is understood (`https://www.lemonde.fr/`, `*.lemonde.fr`,
//! `Journal-é.fr`); one that may mean something else is refused, because a rule that covers the wrong site
//! accuses somebody falsely.

use std::borrow::Cow;
use std::fmt;
use std::net::Ipv4Addr;

use super::{address, paths, unusual};
use crate::record::date::Day;

/// No publisher writes a longer path into a list, and it bounds the work for one address.
pub(super) const LONGEST_PATH: usize = 2000;

/// The longest name that DNS knows.
const LONGEST_HOST: usize = 253;
const LONGEST_LABEL: usize = 63;

/// The place that a `domain` cell names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub host: String,
    /// In its normal form; empty for the whole host.
    pub path: String,
    /// Something was taken off that a domain does not have: a scheme, a port, `*.`.
    pub rewritten: bool,
    pub suffix: Suffix,
}

/// What a host has to do with the Public Suffix List.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Suffix {
    /// It lies below a suffix of the list, or is an IP address.
    Known,
    /// It lies below none.
    Unknown,
    /// It is itself one, of a company that gives names to anybody.
    Platform,
}

impl Place {
    /// Tells whether all of `other` lies in this place.
    pub fn covers(&self, other: &Place) -> bool {
        host_lies_in(&other.host, &self.host) && path_lies_in(&other.path, &self.path)
    }

    /// Tells whether the path looks like that of one page.
    pub fn is_page(&self) -> bool {
        [".html", ".htm", ".php", ".asp", ".aspx"].iter().any(|end| self.path.ends_with(end))
    }

    /// Tells whether this place, as an exclusion, takes something out of `rule`. An exclusion on a shorter
    /// host than the rule does not, for the longest pattern wins and hosts are compared first.
    pub fn takes_from(&self, rule: &Place) -> bool {
        let below = self.host != rule.host && path_lies_in(&rule.path, &self.path);
        host_lies_in(&self.host, &rule.host) && (path_lies_in(&self.path, &rule.path) || below)
    }
}

fn host_lies_in(host: &str, outer: &str) -> bool {
    host.strip_suffix(outer).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn path_lies_in(path: &str, outer: &str) -> bool {
    outer.is_empty() || paths::prefixes(path, outer.len()).any(|prefix| prefix == outer)
}

/// What an `exclude` cell asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Exclude<'c> {
    Nothing,
    /// The row takes its domain out of its publisher's rules.
    Row,
    /// The row's rule does not cover these.
    Parts(Vec<&'c str>),
}

/// Why a cell is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    NoHost,
    Blank,
    Several,
    Query,
    Mail,
    Wildcard,
    WildcardPath,
    SeveralPaths,
    NoDot,
    PublicSuffix,
    TooLong,
    NotADate,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::NoHost => "is no domain; write it as in `lemonde.fr`",
            Self::Blank => "is no domain, it holds a blank; write it as in `lemonde.fr`",
            Self::Several => "holds several domains; give each a row of its own",
            Self::Query => "holds `?` or `#`, which rules do not look at; end it before them",
            Self::Mail => "is a mail address; write only the domain of the site",
            Self::Wildcard => "holds `*`; a domain covers all below it, so leave the star out",
            Self::WildcardPath => "holds `*`; a path covers all below it, so leave the star out",
            Self::SeveralPaths => {
                "holds several places; give each a row of its own, or part them by `;` in `exclude`"
            }
            Self::NoDot => "is no domain, it has no dot; write it as in `lemonde.fr`",
            Self::PublicSuffix => {
                "is a public suffix, under which anybody registers names; write the domain of the site"
            }
            Self::TooLong => "is longer than a domain or path can be",
            Self::NotADate => "is no date; write it as in `2008-05-31`",
        })
    }
}

/// Reads a `domain` cell: a host, perhaps with a path.
pub(super) fn place(cell: &str) -> Result<Place, Fault> {
    let (text, mut rewritten) = without_decoration(cell.trim())?;
    if text.contains(char::is_whitespace) {
        return Err(Fault::Blank);
    }
    if text.contains(['?', '#']) {
        return Err(Fault::Query);
    }
    let (host, path) = text.split_at(text.find('/').unwrap_or(text.len()));
    let (host, port) = without_port(host)?;
    rewritten |= port;
    let (host, suffix) = checked_host(host)?;
    check_path(path)?;
    let path = paths::normal(path);
    if path.len() > LONGEST_PATH {
        return Err(Fault::TooLong);
    }
    Ok(Place { host, path: path.into_owned(), rewritten, suffix })
}

/// Reads an `exclude` cell.
pub(super) fn exclude(cell: &str) -> Exclude<'_> {
    let parts: Vec<&str> = cell
        .split(|c: char| matches!(c, ';' | '|') || c.is_whitespace())
        .filter(|part| !part.is_empty())
        .collect();
    let is =
        |words: &[&str]| parts.len() == 1 && words.iter().any(|word| word.eq_ignore_ascii_case(parts[0]));
    if parts.is_empty() || is(&["no", "n", "non", "false", "faux", "0", "-"]) {
        Exclude::Nothing
    } else if is(&["yes", "y", "oui", "o", "true", "vrai", "1", "x"]) {
        Exclude::Row
    } else {
        Exclude::Parts(parts)
    }
}

/// Reads one of the two date cells; an empty one gives `open`.
pub(super) fn day(cell: &str, open: Day) -> Result<Day, Fault> {
    match cell.trim() {
        "" => Ok(open),
        date => Day::parse(date).ok_or(Fault::NotADate),
    }
}

/// Takes off a scheme, `*.` and a leading dot, and says whether there was one.
fn without_decoration(cell: &str) -> Result<(&str, bool), Fault> {
    let text = match cell.split_once("//") {
        Some((scheme, rest))
            if ["", "http:", "https:", "ftp:"].iter().any(|web| web.eq_ignore_ascii_case(scheme)) =>
        {
            rest
        }
        Some((scheme, _)) if scheme.ends_with(':') => return Err(Fault::NoHost),
        _ => cell,
    };
    let text = text.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(text);
    let text = text.strip_prefix('.').unwrap_or(text);
    Ok((text, text.len() != cell.len()))
}

fn without_port(host: &str) -> Result<(&str, bool), Fault> {
    let name_end = host.rfind(']').unwrap_or(0);
    match host[name_end..].find(':') {
        None => Ok((host, false)),
        Some(colon) => {
            let (name, port) = host.split_at(name_end + colon);
            let is_port = port.len() > 1 && port[1..].bytes().all(|digit| digit.is_ascii_digit());
            if is_port { Ok((name, true)) } else { Err(Fault::NoHost) }
        }
    }
}

/// Refuses a path that is more than one, or a pattern. It would cover no address at all, and a rule that finds
/// nothing looks like a site that is absent.
fn check_path(path: &str) -> Result<(), Fault> {
    if path.contains('*') {
        return Err(Fault::WildcardPath);
    }
    // `/article/0,1-0.html` and `/news;id=1` are paths.
    let is_place = |part: &str| {
        let host = part.split('/').next().unwrap_or_default();
        part.starts_with('/') || part.contains("//") || psl::domain(host.as_bytes()).is_some_and(is_known)
    };
    if path.contains('|') || path.split([';', ',']).skip(1).any(is_place) {
        return Err(Fault::SeveralPaths);
    }
    Ok(())
}

fn is_known(domain: psl::Domain<'_>) -> bool {
    domain.suffix().is_known()
}

/// The host in the form in which addresses have it, without `www.`.
fn checked_host(text: &str) -> Result<(String, Suffix), Fault> {
    match text {
        _ if text.contains('@') => return Err(Fault::Mail),
        _ if text.contains('*') => return Err(Fault::Wildcard),
        _ if text.contains([';', ',', '|']) => return Err(Fault::Several),
        _ if text.contains(['%', '\\']) => return Err(Fault::NoHost),
        _ => {}
    }
    let host = match address::is_plain(text) {
        true => Cow::Borrowed(text.trim_end_matches('.')),
        false => Cow::Owned(unusual::host(text).ok_or(Fault::NoHost)?),
    };
    if address::is_ip(&host) {
        // A browser reads `2008` as 0.0.7.216; in a list it is a cell in the wrong column.
        let written_out =
            host.starts_with('[') || (host == text.trim_end_matches('.') && host.parse::<Ipv4Addr>().is_ok());
        return if written_out { Ok((host.into_owned(), Suffix::Known)) } else { Err(Fault::NoHost) };
    }
    let is_label = |label: &str| {
        (1..=LONGEST_LABEL).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    };
    if host.len() > LONGEST_HOST || host.split('.').any(|label| label.len() > LONGEST_LABEL) {
        return Err(Fault::TooLong);
    }
    if !host.split('.').all(is_label) {
        return Err(Fault::NoHost);
    }
    let host = without_www(&host);
    let suffix = psl::suffix(host.as_bytes());
    let suffix = match suffix.and_then(|suffix| Some((suffix == host.as_bytes(), suffix.typ()?))) {
        Some((true, psl::Type::Icann)) => return Err(Fault::PublicSuffix),
        _ if !host.contains('.') => return Err(Fault::NoDot),
        Some((true, psl::Type::Private)) => Suffix::Platform,
        Some((false, _)) => Suffix::Known,
        None => Suffix::Unknown,
    };
    Ok((host.to_owned(), suffix))
}

/// Takes off the label `www`, unless nothing that somebody registers would be left: `www.fr` is a site of its
/// own.
fn without_www(host: &str) -> &str {
    host.strip_prefix("www.").filter(|rest| psl::domain(rest.as_bytes()).is_some()).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_that_say_clearly_what_they_mean() {
        for (cell, host, path, rewritten) in [
            ("lemonde.fr", "lemonde.fr", "", false),
            (" LeMonde.FR. ", "lemonde.fr", "", false),
            ("www.lemonde.fr", "lemonde.fr", "", false),
            ("www.fr", "www.fr", "", false),
            ("www.co.uk", "www.co.uk", "", false),
            ("wwwhatsnew.com", "wwwhatsnew.com", "", false),
            ("www2.lemonde.fr", "www2.lemonde.fr", "", false),
            ("www.www.lemonde.fr", "www.lemonde.fr", "", false),
            ("washingtonpost.com", "washingtonpost.com", "", false),
            ("welt.de", "welt.de", "", false),
            ("https://www.lemonde.fr/", "lemonde.fr", "", true),
            ("HTTP://lemonde.fr", "lemonde.fr", "", true),
            ("//lemonde.fr/", "lemonde.fr", "", true),
            ("*.lemonde.fr", "lemonde.fr", "", true),
            (".lemonde.fr", "lemonde.fr", "", true),
            ("lemonde.fr:8080/a", "lemonde.fr", "/a", true),
            ("bbc.co.uk/news", "bbc.co.uk", "/news", false),
            ("bbc.co.uk//n%65ws/", "bbc.co.uk", "/news", false),
            ("bbc.co.uk/", "bbc.co.uk", "", false),
            ("lemonde.fr/article/0,1-0.html", "lemonde.fr", "/article/0,1-0.html", false),
            ("lemonde.fr/news;id=1", "lemonde.fr", "/news;id=1", false),
            ("dw.de/0,,12,00.html/x.y", "dw.de", "/0,,12,00.html/x.y", false),
            ("Journal-É.fr", "xn--journal--i1a.fr", "", false),
            ("xn--journal--i1a.fr", "xn--journal--i1a.fr", "", false),
            ("my_blog.lemonde.fr", "my_blog.lemonde.fr", "", false),
            ("someone.blogspot.com", "someone.blogspot.com", "", false),
            ("blogspot.com", "blogspot.com", "", false),
            ("192.0.2.1", "192.0.2.1", "", false),
            ("[2001:DB8::1]:80", "[2001:db8::1]", "", true),
        ] {
            let read = place(cell).unwrap_or_else(|fault| panic!("{cell} {fault}"));
            assert_eq!((&*read.host, &*read.path, read.rewritten), (host, path, rewritten), "{cell}");
        }
    }

    #[test]
    fn suffixes() {
        for (cell, suffix) in [
            ("lemonde.fr", Suffix::Known),
            ("someone.blogspot.com", Suffix::Known),
            ("xn--journal--i1a.xn--p1ai", Suffix::Known),
            ("192.0.2.1", Suffix::Known),
            ("blogspot.com", Suffix::Platform),
            ("lemonde.frr", Suffix::Unknown),
        ] {
            assert_eq!(place(cell).map(|place| place.suffix), Ok(suffix), "{cell}");
        }
        assert!(place("lemonde.fr/a.html").is_ok_and(|place| place.is_page()));
        assert!(place("lemonde.fr/html").is_ok_and(|place| !place.is_page()));
    }

    #[test]
    fn cells_that_are_refused() {
        let long_label = format!("{}.fr", "a".repeat(64));
        let long_host = format!("{}fr", "abcdefg.".repeat(32));
        let long_path = format!("a.fr/{}", "a".repeat(LONGEST_PATH));
        for (cell, fault) in [
            ("", Fault::NoHost),
            ("http://", Fault::NoHost),
            ("http:///x", Fault::NoHost),
            ("mailto://lemonde.fr", Fault::NoHost),
            ("lemonde..fr", Fault::NoHost),
            ("le%20monde.fr", Fault::NoHost),
            ("lemonde.fr\\a", Fault::NoHost),
            ("lemonde.fr:http", Fault::NoHost),
            ("lemonde.fr:", Fault::NoHost),
            ("2001:db8::1", Fault::NoHost),
            ("300.1.1.1", Fault::NoHost),
            ("2008", Fault::NoHost),
            ("1.5", Fault::NoHost),
            ("0xC0000201", Fault::NoHost),
            ("192.0.2.01", Fault::NoHost),
            ("monde.3x", Fault::NoHost),
            ("l'équipe.fr", Fault::NoHost),
            ("/news", Fault::NoHost),
            ("le monde.fr", Fault::Blank),
            ("lemonde.fr lefigaro.fr", Fault::Blank),
            ("lemonde.fr;lefigaro.fr", Fault::Several),
            ("lemonde.fr|lefigaro.fr", Fault::Several),
            ("lemonde.fr?x=1", Fault::Query),
            ("lemonde.fr/#top", Fault::Query),
            ("redaction@lemonde.fr", Fault::Mail),
            ("lemonde.*", Fault::Wildcard),
            ("*lemonde.fr", Fault::Wildcard),
            ("bbc.co.uk/news/*", Fault::WildcardPath),
            ("bbc.co.uk/*", Fault::WildcardPath),
            ("lemonde.fr/;lefigaro.fr/", Fault::SeveralPaths),
            ("lemonde.fr/a|lefigaro.fr", Fault::SeveralPaths),
            ("lemonde.fr/a,/b", Fault::SeveralPaths),
            ("https://lemonde.fr/;https://lefigaro.fr/", Fault::SeveralPaths),
            ("lemonde", Fault::NoDot),
            ("fr", Fault::PublicSuffix),
            ("*.fr", Fault::PublicSuffix),
            ("co.uk", Fault::PublicSuffix),
            ("gouv.fr/actualites", Fault::PublicSuffix),
            (&long_label, Fault::TooLong),
            (&long_host, Fault::TooLong),
            (&long_path, Fault::TooLong),
        ] {
            assert_eq!(place(cell), Err(fault), "{cell}");
        }
    }

    #[test]
    fn places_within_places() {
        for (exclusion, rule, covers, takes_from) in [
            ("lemonde.fr", "lemonde.fr", true, true),
            ("fr.com", "lemonde.fr", false, false),
            ("blogs.lemonde.fr", "lemonde.fr", false, true),
            ("lemonde.fr/shop", "lemonde.fr", false, true),
            ("lemonde.fr", "blogs.lemonde.fr", true, false),
            ("lemonde.fr/shop", "blogs.lemonde.fr", false, false),
            ("notlemonde.fr", "lemonde.fr", false, false),
            ("bbc.co.uk/newsround", "bbc.co.uk/news", false, false),
            ("bbc.co.uk/news/uk", "bbc.co.uk/news", false, true),
            ("blogs.bbc.co.uk", "bbc.co.uk/news", false, true),
            ("blogs.bbc.co.uk/sport", "bbc.co.uk/news", false, false),
        ] {
            let (exclusion, rule) = (place(exclusion).expect(exclusion), place(rule).expect(rule));
            assert_eq!(
                (exclusion.covers(&rule), exclusion.takes_from(&rule)),
                (covers, takes_from),
                "{exclusion:?} {rule:?}"
            );
        }
    }

    #[test]
    fn exclude_cells() {
        for cell in ["", " ", "no", "NON", "0", "false", "-"] {
            assert_eq!(exclude(cell), Exclude::Nothing, "{cell}");
        }
        for cell in ["yes", " Oui ", "TRUE", "1", "x"] {
            assert_eq!(exclude(cell), Exclude::Row, "{cell}");
        }
        let parts = Exclude::Parts(vec!["blogs.lemonde.fr", "/shop", "a.fr/b"]);
        assert_eq!(exclude("blogs.lemonde.fr;/shop|a.fr/b"), parts);
        assert_eq!(exclude(" blogs.lemonde.fr ; /shop  a.fr/b\n"), parts);
    }

    #[test]
    fn date_cells() {
        assert_eq!(day(" 2008-05-31 ", Day(0)), Ok(Day(20080531)));
        assert_eq!(day("", Day(7)), Ok(Day(7)));
        for cell in ["31/05/2008", "2008-02-30", "2008", "2008-5-31", "2008-05-31T00:00:00Z"] {
            assert_eq!(day(cell, Day(0)), Err(Fault::NotADate), "{cell}");
        }
    }
}
