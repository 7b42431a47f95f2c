//! A URL, taken apart into the two things rules look at: host and path.
//!
//! In comes the address of a record as the archive wrote it. Out goes the host that a browser would contact,
//! in its ASCII lower-case form, and the path. Refused is what names no host on the web (`dns:`, `urn:`, an
//! empty field).
//!
//! Each record of a crawl passes here, so an address made of plain ASCII is cut by one look at each byte of
//! its authority and borrows from the URL. Everything else (user-info, escapes, IDN, numbers, backslashes)
//! goes to `unusual`, which is slow and careful. Both must give the same answer; the tests compare them.

use std::borrow::Cow;
use std::fmt;

use super::{labels, unusual};

/// Where a URL points, as far as rules are concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address<'u> {
    /// ASCII (punycode), lower case; without user-info, port and trailing dots. An IPv6 address keeps its
    /// brackets.
    pub host: Cow<'u, str>,
    /// As the URL has it, without query and fragment: empty, or beginning with `/`. [`super::paths::normal`]
    /// makes it comparable.
    pub path: Cow<'u, str>,
}

/// Why a URL gives no [`Address`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unaddressed {
    /// Nothing but blanks.
    Empty,
    /// A scheme that is no address on the web, such as `dns:` or `urn:`.
    NotWeb,
    /// A web address, or a text without a scheme, in which no host can be found.
    NoHost,
}

impl fmt::Display for Unaddressed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Empty => "the address is empty",
            Self::NotWeb => "the address is not one of the web",
            Self::NoHost => "the address names no host",
        })
    }
}

/// Finds the host that a browser would contact for `url`, and the path it would ask for.
pub fn parse(url: &str) -> Result<Address<'_>, Unaddressed> {
    let url = unwrapped(url);
    match plain(url) {
        Some(address) => Ok(address),
        None => unusual::parse(url),
    }
}

/// The part of `host` that somebody registers: `lemonde.fr` of `www.lemonde.fr`. An IP address, a single
/// label and a public suffix have no such part and come back whole.
pub fn registrable_domain(host: &str) -> &str {
    if is_ip(host) {
        return host;
    }
    psl::domain_str(host).unwrap_or(host)
}

/// Tells an IP address from a name, for a host in the form of [`Address::host`].
///
/// A name whose last label begins with a digit does not exist; browsers read it as an IPv4 address or refuse
/// it.
pub(super) fn is_ip(host: &str) -> bool {
    host.starts_with('[') || labels::last(host).starts_with(|first: char| first.is_ascii_digit())
}

/// Tells whether `host` has the form of [`Address::host`] already. Coded names are left to the careful way.
pub(super) fn is_plain(host: &str) -> bool {
    host.bytes().all(|byte| BYTES[usize::from(byte)] == Byte::Host) && !host.contains("xn--") && !is_ip(host)
}

/// Takes off blanks and control characters around `url`, and the `<...>` that old versions of wget wrote.
pub(super) fn unwrapped(url: &str) -> &str {
    let blank = |c: char| c <= ' ' || c.is_whitespace();
    let url = url.trim_matches(blank);
    match url.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
        Some(inner) => inner.trim_matches(blank),
        None => url,
    }
}

/// What a byte of an authority means for the quick way.
#[derive(Clone, Copy, PartialEq)]
enum Byte {
    Host,
    Upper,
    End,
    Unusual,
}

/// One look-up a byte keeps the quick way quick.
const BYTES: [Byte; 256] = {
    let mut bytes = [Byte::Unusual; 256];
    let mut byte = 0;
    while byte < bytes.len() {
        bytes[byte] = match byte as u8 {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' => Byte::Host,
            b'A'..=b'Z' => Byte::Upper,
            b'/' | b'?' | b'#' | b':' => Byte::End,
            _ => Byte::Unusual,
        };
        byte += 1;
    }
    bytes
};

/// The quick way: `http(s)://host[:port][/...]` in plain ASCII. `None` says that `unusual` has to look.
fn plain(url: &str) -> Option<Address<'_>> {
    let rest = url.strip_prefix("http").and_then(|rest| {
        let rest = rest.strip_prefix('s').unwrap_or(rest);
        rest.strip_prefix("://")
    })?;
    let mut upper = false;
    let mut end = rest.len();
    for (at, byte) in rest.bytes().enumerate() {
        match BYTES[usize::from(byte)] {
            Byte::Host => {}
            Byte::Upper => upper = true,
            Byte::End => {
                end = at;
                break;
            }
            Byte::Unusual => return None,
        }
    }
    let (host, rest) = rest.split_at(end);
    let host = host.trim_end_matches('.');
    if host.is_empty() || is_ip(host) {
        return None;
    }
    let path = up_to_query(past_port(rest)?);
    let host = if upper { Cow::Owned(host.to_ascii_lowercase()) } else { Cow::Borrowed(host) };
    Some(Address { host, path: Cow::Borrowed(path) })
}

/// What follows the port, if there is one. `None` where the colon opens something else:
/// `http://name:word@host/`.
fn past_port(rest: &str) -> Option<&str> {
    let Some(port) = rest.strip_prefix(':') else {
        return Some(rest);
    };
    let rest = port.trim_start_matches(|c: char| c.is_ascii_digit());
    (rest.is_empty() || rest.starts_with(['/', '?', '#'])).then_some(rest)
}

/// Cuts a text that begins behind the authority where the query or the fragment begins.
pub(super) fn up_to_query(rest: &str) -> &str {
    match memchr::memchr2(b'?', b'#', rest.as_bytes()) {
        Some(end) => &rest[..end],
        None => rest,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn assert_cut(url: &str, host: &str, path: &str) {
        let address = parse(url).unwrap_or_else(|why| panic!("{url}: {why}"));
        assert_eq!((&*address.host, &*address.path), (host, path), "{url}");
    }

    #[test]
    fn plain_addresses_are_cut_without_copying() {
        for (url, host, path) in [
            ("http://lemonde.fr", "lemonde.fr", ""),
            ("https://www.lemonde.fr/", "www.lemonde.fr", "/"),
            ("https://www.lemonde.fr/a/b.html?u=1#x", "www.lemonde.fr", "/a/b.html"),
            ("https://lemonde.fr?u=http://x.com/", "lemonde.fr", ""),
            ("https://lemonde.fr#/x", "lemonde.fr", ""),
            ("http://lemonde.fr:8080/a", "lemonde.fr", "/a"),
            ("http://lemonde.fr:/a", "lemonde.fr", "/a"),
            ("http://lemonde.fr.:80", "lemonde.fr", ""),
            ("http://lemonde.fr../a", "lemonde.fr", "/a"),
            ("http://my_blog.lemonde.fr/", "my_blog.lemonde.fr", "/"),
            ("http://lemonde.fr/é", "lemonde.fr", "/é"),
        ] {
            assert_cut(url, host, path);
            let address = plain(url).expect(url);
            assert!(matches!(address, Address { host: Cow::Borrowed(_), path: Cow::Borrowed(_) }), "{url}");
        }
    }

    #[test]
    fn case_and_wrapping_play_no_part() {
        for url in [
            "http://LeMonde.FR/a",
            "HTTP://lemonde.fr/a",
            "hTTpS://LEMONDE.FR:443/a",
            " \t http://lemonde.fr/a \r\n",
            "\u{a0}http://lemonde.fr/a\u{a0}",
            "<http://lemonde.fr/a>",
            " < http://lemonde.fr/a > ",
        ] {
            assert_cut(url, "lemonde.fr", "/a");
        }
    }

    #[test]
    fn what_browsers_refuse_in_a_port_still_names_a_host() {
        assert_cut("http://lemonde.fr:99999/a", "lemonde.fr", "/a");
        assert_cut("http://lemonde.fr:80x/a", "lemonde.fr", "/a");
    }

    #[test]
    fn the_registrable_part() {
        for (host, domain) in [
            ("www.lemonde.fr", "lemonde.fr"),
            ("news.bbc.co.uk", "bbc.co.uk"),
            ("someone.blogspot.com", "someone.blogspot.com"),
            ("xn--journal--i1a.xn--p1ai", "xn--journal--i1a.xn--p1ai"),
            ("a.xn--55qx5d.cn", "a.xn--55qx5d.cn"),
            ("co.uk", "co.uk"),
            ("localhost", "localhost"),
            ("192.0.2.1", "192.0.2.1"),
            ("[2001:db8::1]", "[2001:db8::1]"),
            ("", ""),
        ] {
            assert_eq!(registrable_domain(host), domain, "{host}");
        }
    }

    /// Texts with the characters that matter in an authority, more often than chance would bring them.
    fn url_like() -> impl Strategy<Value = String> {
        let start = prop::sample::select(vec![
            "http://",
            "https://",
            "http:/",
            "http:///",
            "ftp://",
            "//",
            "HTTP:\\\\",
            "",
        ]);
        let rest =
            prop::string::string_regex("[a-eF.:/@?#%2_\\[\\]\\\\ \t<>0-9éßxn-]{0,24}").expect("a regex");
        (start, rest).prop_map(|(start, rest)| format!("{start}{rest}"))
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(url in "\\PC*") {
            let _ = parse(&url);
        }

        #[test]
        fn a_host_is_lower_case_ascii_whatever_the_url(url in url_like()) {
            if let Ok(Address { host, path }) = parse(&url) {
                prop_assert!(!host.is_empty() && host.is_ascii() && !host.ends_with('.'), "{url}: {host}");
                prop_assert!(!host.contains(|c: char| c.is_ascii_uppercase() || "/?#\\".contains(c)), "{url}: {host}");
                prop_assert!(path.is_empty() || path.starts_with('/'), "{url}: {path}");
            }
        }

        #[test]
        fn it_contacts_the_host_that_a_browser_contacts(url in url_like()) {
            // The `url` crate follows the WHATWG standard, as browsers do.
            let Ok(browser) = url::Url::parse(unwrapped(&url)) else { return Ok(()) };
            let Some(host) = browser.host_str().filter(|_| browser.is_special() && browser.scheme() != "file") else { return Ok(()) };
            let host = host.trim_end_matches('.');
            match parse(&url) {
                Ok(address) => {
                    prop_assert_eq!(&*address.host, host, "{}", &url);
                    let (ours, theirs) = (super::super::paths::normal(&address.path), super::super::paths::normal(browser.path()));
                    prop_assert_eq!(ours, theirs, "{}", &url);
                }
                Err(why) => prop_assert!(host.is_empty(), "{}: {}", &url, why),
            }
        }
    }
}
