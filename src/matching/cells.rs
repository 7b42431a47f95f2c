//! The cells of a list, read the way people fill them in.
//!
//! A cell that says clearly what it means is understood (`https://www.lemonde.fr/`, `*.lemonde.fr`,
//! `Journal-é.fr`); one that may mean something else is refused, because a rule that covers the wrong site
//! accuses somebody falsely.

#[cfg(test)]
mod tests;

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
