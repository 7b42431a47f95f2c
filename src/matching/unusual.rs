//! Addresses that are more than plain ASCII: the slow and careful way of [`super::address::parse`].
//!
//! The `url` crate reads them by the WHATWG standard, so tricks such as `http://lemonde.fr@evil.com/` or
//! `http://evil.com\@lemonde.fr/` end at the host that a browser would contact. Archives also hold hosts that
//! browsers refuse (`%3F`, `]`, blanks); a crawler did fetch them, mostly from below a wildcard name. There
//! the authority is cut by hand, so that a listed name at the end of such a host still counts. Where what is
//! wrong stands in the last label (`lemonde.fr%3Fx=1`), no such name exists, and whoever fetched the page had
//! read the host up to there: Common Crawl's files of 2009 hold such pages.

use std::borrow::Cow;

use super::address::{Address, Unaddressed, is_ip, up_to_query};

/// Schemes that lead to a host of the web.
const WEB: [&str; 3] = ["http", "https", "ftp"];

/// Characters that end an authority; browsers read `\` as `/`.
const AUTHORITY_ENDS: [char; 4] = ['/', '\\', '?', '#'];

/// Reads any text. Blanks around it must have been taken off.
pub(super) fn parse(url: &str) -> Result<Address<'static>, Unaddressed> {
    // Browsers drop these wherever they stand.
    let url: String = url.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).collect();
    if url.is_empty() {
        return Err(Unaddressed::Empty);
    }
    match scheme(&url) {
        Some(scheme) if WEB.iter().any(|web| web.eq_ignore_ascii_case(scheme)) => with_scheme(&url),
        // `lemonde.fr:80/a` looks as if `lemonde.fr` were a scheme.
        Some(scheme) => bare(&url).filter(|_| scheme.contains('.')).ok_or(Unaddressed::NotWeb),
        None if url.starts_with("//") || url.starts_with("\\\\") => with_scheme(&format!("http:{url}")),
        None => bare(&url).ok_or(Unaddressed::NoHost),
    }
}

/// The host in the form of [`Address::host`], or `None` if no browser would take it for one.
pub(super) fn host(text: &str) -> Option<String> {
    let host = url::Host::parse(text).ok()?.to_string();
    let host = host.trim_end_matches('.');
    (!host.is_empty()).then(|| host.to_owned())
}

fn scheme(url: &str) -> Option<&str> {
    let (scheme, _) = url.split_once(':')?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    is_scheme.then_some(scheme)
}

fn with_scheme(url: &str) -> Result<Address<'static>, Unaddressed> {
    let address = match url::Url::parse(url) {
        Ok(url) => url.host_str().map(|host| owned(host, url.path())),
        Err(_) => cut_by_hand(url),
    };
    address.filter(|address| !address.host.is_empty()).ok_or(Unaddressed::NoHost)
}

/// An address without a scheme (`lemonde.fr/a`), as some line files hold it. Only a name below a known public
/// suffix that browsers take is believed to be one, since a file name looks much the same, and a sentence may hold one.
fn bare(url: &str) -> Option<Address<'static>> {
    let authority = url.split(AUTHORITY_ENDS).next()?;
    if authority.is_empty() || authority.contains('@') {
        return None;
    }
    let url = url::Url::parse(&format!("http://{url}")).ok()?;
    let address = owned(url.host_str()?, url.path());
    let known = psl::domain(address.host.as_bytes()).is_some_and(|domain| domain.suffix().is_known());
    (known && !is_ip(&address.host)).then_some(address)
}

/// The authority, without asking whether its host is allowed.
fn cut_by_hand(url: &str) -> Option<Address<'static>> {
    let (_, rest) = url.split_once(':')?;
    let rest = rest.trim_start_matches(['/', '\\']);
    let (authority, rest) = rest.split_at(rest.find(AUTHORITY_ENDS).unwrap_or(rest.len()));
    let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host_and_port.rsplit_once(':') {
        Some((host, _)) if !host.is_empty() => host,
        _ => host_and_port,
    };
    let labels: Vec<String> = unescaped(host).split('.').map(label).collect();
    let host = labels.join(".");
    let Some(at) = end_of_name(&host) else { return Some(owned(&host, up_to_query(rest))) };
    let (name, behind) = host.split_at(at);
    let begins_query = ["?", "#", "%3f", "%23"].iter().any(|mark| behind.starts_with(mark));
    Some(owned(name, if begins_query { "" } else { up_to_query(rest) }))
}

/// Where a host that ends in no top-level name stops to be one: those consist of letters, digits and hyphens.
fn end_of_name(host: &str) -> Option<usize> {
    let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    let last = host.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    match last.bytes().all(|byte| is_of_name(&byte)) {
        true => None,
        false => host.bytes().position(|byte| !is_of_name(&byte)),
    }
}

/// Resolves `%6C` and the like where they stand for a character of a name. Other escapes stay: no name server
/// was ever asked for what they stand for.
fn unescaped(host: &str) -> String {
    let mut parts = host.split('%');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code {
            Some(byte) if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_') => {
                plain.push(char::from(byte));
                plain.push_str(&part[2..]);
            }
            _ => {
                plain.push('%');
                plain.push_str(part);
            }
        }
    }
    plain
}

/// One label in lower-case ASCII. What IDNA refuses is escaped, so that it equals no name.
fn label(label: &str) -> String {
    if label.is_ascii() {
        return label.to_ascii_lowercase();
    }
    host(label).unwrap_or_else(|| label.bytes().map(escaped).collect())
}

fn escaped(byte: u8) -> String {
    if byte.is_ascii() { char::from(byte.to_ascii_lowercase()).to_string() } else { format!("%{byte:02x}") }
}

fn owned(host: &str, path: &str) -> Address<'static> {
    let path = path.replacen('\\', "/", usize::from(path.starts_with('\\')));
    Address { host: Cow::Owned(host.trim_end_matches('.').to_owned()), path: Cow::Owned(path) }
}

#[cfg(test)]
mod tests {
    use super::super::address::parse;
    use super::*;

    #[test]
    fn tricks_end_at_the_host_a_browser_contacts() {
        for (url, host) in [
            ("http://lemonde.fr@evil.com/", "evil.com"),
            ("http://lemonde.fr:80@evil.com/", "evil.com"),
            ("http://user:word@lemonde.fr/", "lemonde.fr"),
            ("http://a@b@lemonde.fr/", "lemonde.fr"),
            ("http://evil.com/?u=lemonde.fr", "evil.com"),
            ("http://evil.com/lemonde.fr", "evil.com"),
            ("http://evil.com?@lemonde.fr/", "evil.com"),
            ("http://evil.com#@lemonde.fr/", "evil.com"),
            ("http://evil.com\\@lemonde.fr/", "evil.com"),
            ("http://evil.com\\.lemonde.fr/", "evil.com"),
            ("http://lemonde.fr.evil.com/", "lemonde.fr.evil.com"),
            ("http:///lemonde.fr/a", "lemonde.fr"),
            ("http:////lemonde.fr", "lemonde.fr"),
            ("http:lemonde.fr", "lemonde.fr"),
            ("http:/lemonde.fr", "lemonde.fr"),
            ("http:\\\\lemonde.fr\\a", "lemonde.fr"),
            ("ht\ntp://le\tmonde.fr\r/", "lemonde.fr"),
            ("//lemonde.fr/a", "lemonde.fr"),
            ("ftp://lemonde.fr/a", "lemonde.fr"),
            ("http://l%65monde.fr/", "lemonde.fr"),
            ("http://lemonde%2Efr/", "lemonde.fr"),
            ("http://lemonde。fr/", "lemonde.fr"),
            ("http://ｌｅｍｏｎｄｅ.fr/", "lemonde.fr"),
            ("http://lemonde.fr%2F.evil.com/", "lemonde.fr%2f.evil.com"),
        ] {
            let address = parse(url).unwrap_or_else(|why| panic!("{url}: {why}"));
            assert_eq!(address.host, host, "{url}");
        }
    }

    #[test]
    fn names_and_numbers_take_their_ascii_form() {
        for (url, host) in [
            ("http://journal-é.fr/", "xn--journal--i1a.fr"),
            ("http://JOURNAL-É.fr/", "xn--journal--i1a.fr"),
            ("http://xn--journal--i1a.fr/", "xn--journal--i1a.fr"),
            ("http://XN--journal--i1a.FR/", "xn--journal--i1a.fr"),
            ("http://192.0.2.1/", "192.0.2.1"),
            ("http://0xC0000201/", "192.0.2.1"),
            ("http://3221225985/", "192.0.2.1"),
            ("http://[2001:DB8::1]:80/", "[2001:db8::1]"),
        ] {
            let address = parse(url).unwrap_or_else(|why| panic!("{url}: {why}"));
            assert_eq!(address.host, host, "{url}");
        }
    }

    #[test]
    fn hosts_that_browsers_refuse_keep_their_end() {
        for (url, host, path) in [
            ("http://a%3Fb.lemonde.fr/x", "a%3fb.lemonde.fr", "/x"),
            ("http://my blog.lemonde.fr/x?y", "my blog.lemonde.fr", "/x"),
            ("http://a]b.lemonde.fr", "a]b.lemonde.fr", ""),
            ("http://a|b.LeMonde.fr:80/", "a|b.lemonde.fr", "/"),
            ("http://user@a b.l%65monde.fr./x", "a b.lemonde.fr", "/x"),
            ("http://a b.journal-é.fr\\x", "a b.xn--journal--i1a.fr", "/x"),
            ("http://5.192.0.2.1/", "5.192.0.2.1", "/"),
            ("http://a%é.fr", "a%%c3%a9.fr", ""),
        ] {
            let address = parse(url).unwrap_or_else(|why| panic!("{url}: {why}"));
            assert_eq!((&*address.host, &*address.path), (host, path), "{url}");
        }
    }

    #[test]
    fn a_host_that_ends_in_no_name_was_read_up_to_there() {
        for (url, host, path) in [
            ("http://www.lemonde.fr /a", "www.lemonde.fr", "/a"),
            ("http://www.lemonde.fr%20/a", "www.lemonde.fr", "/a"),
            ("http://www.lemonde.fr%3Fx=1/a", "www.lemonde.fr", ""),
            ("http://www.lemonde.fr%3Fnats=stiff:partner:X", "www.lemonde.fr", ""),
            ("https://lemonde.fr%3A80/a?b", "lemonde.fr", "/a"),
            ("http://lemonde.fr.]/", "lemonde.fr", "/"),
            ("http://a.fr%20b.fr%20/", "a.fr", "/"),
            // The name is that of whoever owns its end.
            ("http://lemonde.fr%20.evil.com/", "lemonde.fr%20.evil.com", "/"),
            ("http://evil.com%3F.lemonde.fr/", "evil.com%3f.lemonde.fr", "/"),
            ("http://lemonde.fr%3F@evil.com/", "evil.com", "/"),
        ] {
            let address = parse(url).unwrap_or_else(|why| panic!("{url}: {why}"));
            assert_eq!((&*address.host, &*address.path), (host, path), "{url}");
        }
    }

    #[test]
    fn addresses_without_a_scheme_need_a_known_suffix() {
        for (url, host) in [
            ("lemonde.fr", "lemonde.fr"),
            ("www.lemonde.fr/a", "www.lemonde.fr"),
            ("lemonde.fr:80/a", "lemonde.fr"),
            ("journal-é.fr?x", "xn--journal--i1a.fr"),
        ] {
            assert_eq!(parse(url).map(|address| address.host), Ok(Cow::Borrowed(host)), "{url}");
        }
    }

    #[test]
    fn what_names_no_host() {
        use Unaddressed::{Empty, NoHost, NotWeb};
        for (url, why) in [
            ("", Empty),
            (" \t\n", Empty),
            ("<>", Empty),
            ("dns:lemonde.fr", NotWeb),
            ("filedesc://a.arc.gz", NotWeb),
            ("urn:uuid:0", NotWeb),
            ("metadata://lemonde.fr/", NotWeb),
            ("whois://lemonde.fr", NotWeb),
            ("mailto:redaction@lemonde.fr", NotWeb),
            ("about:blank", NotWeb),
            ("data:text/html,lemonde.fr", NotWeb),
            ("file:///lemonde.fr/a", NotWeb),
            ("javascript:lemonde.fr", NotWeb),
            ("localhost:80/", NotWeb),
            ("http://", NoHost),
            ("http:///", NoHost),
            ("http://./", NoHost),
            ("http://?x", NoHost),
            ("http://@/", NoHost),
            ("//", NoHost),
            ("/lemonde.fr", NoHost),
            ("page.html", NoHost),
            ("fr", NoHost),
            ("redaction@lemonde.fr", NoHost),
            ("192.0.2.1/x", NoHost),
            ("un titre", NoHost),
            ("voir www.lemonde.fr", NoHost),
            ("lemonde.fr, page 2", NoHost),
            ("http://%20/", NoHost),
            ("http://]lemonde.fr]/", NoHost),
        ] {
            assert_eq!(parse(url), Err(why), "{url:?}");
        }
    }
}
