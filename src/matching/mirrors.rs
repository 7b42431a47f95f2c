//! Addresses of copies: what is the address of the page that was copied?
//!
//! AMP caches, Google's translations, web archives and reading services serve other people's pages from hosts
//! of their own and write the original address into theirs. Nearly all addresses are of no such host, so the
//! host is asked first and by a few comparisons only.

use std::borrow::Cow;

use url::form_urlencoded;

use super::address::{self, Address};
use super::{labels, translated};

/// First segments of a path in an AMP cache that stand before the original: document, viewer, image,
/// resource, package.
const AMP_KINDS: [&str; 6] = ["c", "v", "i", "ii", "r", "wp"];

/// First segments of a replay path in a web archive.
const REPLAYS: [&str; 2] = ["web", "wayback"];

/// The address of the page of which `url` is a copy, if `url` is that of a known mirror and tells it.
///
/// `address` is what [`address::parse`] made of `url`.
pub fn original(address: &Address<'_>, url: &str) -> Option<String> {
    let host = &*address.host;
    let path = &*address.path;
    match labels::last_two(host) {
        "ampproject.org" => amp_cache(host.strip_suffix("cdn.ampproject.org")?, path, query(url)),
        "bing-amp.com" => amp_cache(host.strip_suffix("bing-amp.com")?, path, query(url)),
        "translate.goog" => translated::original(host.strip_suffix(".translate.goog")?, path, query(url)),
        "archive.org" => replayed(path, query(url)),
        "jina.ai" if host == "r.jina.ai" => completed(&with_query(path.strip_prefix('/')?, query(url))),
        "googleusercontent.com" => match host {
            "webcache.googleusercontent.com" => cached(&parameter(query(url)?, "q")?),
            "translate.googleusercontent.com" => completed(&parameter(query(url)?, "u")?),
            _ => None,
        },
        _ => google(host, path, url),
    }
}

/// `https://www-example-com.cdn.ampproject.org/c/s/www.example.com/path`. The path holds the original as it
/// is; the label does so only in a coded form, or not at all where it would be too long, so the path is asked
/// first.
fn amp_cache(label: &str, path: &str, query: Option<&str>) -> Option<String> {
    let label = if label.is_empty() { label } else { label.strip_suffix('.')? };
    let (kind, rest) = path.strip_prefix('/')?.split_once('/').unwrap_or((path.strip_prefix('/')?, ""));
    if AMP_KINDS.contains(&kind) {
        // Resized images have their width first: `/ii/w680/s/`.
        let rest = rest
            .split_once('/')
            .filter(|(width, _)| kind == "ii" && width.starts_with('w'))
            .map_or(rest, |(_, rest)| rest);
        if let Some(original) = amp_path(rest, query) {
            return Some(original);
        }
    }
    let host = amp_label(label)?;
    Some(with_query(&format!("https://{host}{path}"), query))
}

/// `s/www.example.com/path`, without the `s` for an original that is not encrypted.
fn amp_path(rest: &str, query: Option<&str>) -> Option<String> {
    let (scheme, rest) = rest.strip_prefix("s/").map_or(("http", rest), |rest| ("https", rest));
    let host = rest.split('/').next()?;
    let original = with_query(&format!("{scheme}://{rest}"), query);
    (host.contains('.') && address::parse(&original).is_ok()).then_some(original)
}

/// `www-le--pays-fr` stands for `www.le-pays.fr`: a dot is written `-`, and `-` is written `--`. A label
/// whose third and fourth character would both be `-` is put between `0-` and `-0`.
fn amp_label(label: &str) -> Option<String> {
    let label = label.strip_prefix("0-").and_then(|rest| rest.strip_suffix("-0")).unwrap_or(label);
    let host: Vec<String> = label.split("--").map(|part| part.replace('-', ".")).collect();
    let host = host.join("-");
    // Long names are a hash and hold no dot; names with letters beyond ASCII are coded in a way not undone
    // here.
    (host.contains('.') && !label.starts_with("xn--")).then_some(host)
}

/// `/web/20150102030405id_/http://example.com/`, as web archives play captures back.
fn replayed(path: &str, query: Option<&str>) -> Option<String> {
    let (replay, rest) = path.strip_prefix('/')?.split_once('/')?;
    let (stamp, rest) = rest.split_once('/')?;
    let digits = stamp.bytes().take_while(u8::is_ascii_digit).count();
    let is_stamp = (4..=14).contains(&digits) && is_modifier(&stamp[digits..]);
    if REPLAYS.contains(&replay) && is_stamp { completed(&with_query(rest, query)) } else { None }
}

/// `id_`, `im_` and so on, which say how a capture is played back.
fn is_modifier(text: &str) -> bool {
    matches!(text.as_bytes(), [] | [b'a'..=b'z', b'a'..=b'z', b'_'])
}

/// `cache:AbCdEf123456:www.example.com/path words searched`, from Google's cache.
fn cached(search: &str) -> Option<String> {
    let rest = search.strip_prefix("cache:")?;
    let url = match rest.split_once(':') {
        Some((id, url)) if !id.contains(['.', '/']) && !["http", "https"].contains(&id) => url,
        _ => rest,
    };
    completed(url.split_whitespace().next()?)
}

/// `www.google.fr/amp/s/www.example.com/path` and `translate.google.fr/translate?u=...`.
fn google(host: &str, path: &str, url: &str) -> Option<String> {
    let (is_translator, country) = match host.strip_prefix("translate.google.") {
        Some(country) => (true, country),
        None => (false, host.strip_prefix("www.").unwrap_or(host).strip_prefix("google.")?),
    };
    // `www.google.com.evil.com` is not Google's, and neither is `google.blogspot.com`, a name anybody could take.
    let suffix = psl::suffix(country.as_bytes())?;
    if suffix != country.as_bytes() || suffix.typ() != Some(psl::Type::Icann) {
        return None;
    }
    match path.strip_prefix("/amp/") {
        Some(rest) if !is_translator => amp_path(rest, query(url)),
        _ if ["/translate", "/translate_c", "/translate_p", "/website"].contains(&path) => {
            completed(&parameter(query(url)?, "u")?)
        }
        _ => None,
    }
}

/// The text as a whole address: escapes around it undone, a scheme put before it if it has none.
fn completed(text: &str) -> Option<String> {
    let is_escaped = ["http%3a", "https%3a"].iter().any(|start| starts_with(text, start));
    let text = if is_escaped { Cow::Owned(unescaped(text)) } else { Cow::Borrowed(text) };
    let has_scheme = ["http:", "https:", "ftp:"].iter().any(|start| starts_with(&text, start));
    // Without a scheme only a name below a known suffix is taken for an address.
    address::parse(&text).ok()?;
    Some(if has_scheme { text.into_owned() } else { format!("http://{}", text.trim_start_matches('/')) })
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

fn unescaped(text: &str) -> String {
    // Read as the value of a form field, in which `+` and `&` would mean something else.
    let field = format!("={}", text.replace('+', "%2B").replace('&', "%26"));
    form_urlencoded::parse(field.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// The query of `url` as it stands there, without the `?`.
fn query(url: &str) -> Option<&str> {
    let url = address::unwrapped(url);
    url.split('#').next()?.split_once('?').map(|(_, query)| query)
}

fn parameter(query: &str, name: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

pub(super) fn with_query(start: &str, query: Option<&str>) -> String {
    match query {
        Some(query) => format!("{start}?{query}"),
        None => start.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_originals(cases: &[(&str, Option<&str>)]) {
        for &(url, expected) in cases {
            let address = address::parse(url).unwrap_or_else(|why| panic!("{url}: {why}"));
            assert_eq!(original(&address, url).as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn amp_caches() {
        assert_originals(&[
            ("https://www-a-fr.cdn.ampproject.org/c/s/www.a.fr/x?y=1#z", Some("https://www.a.fr/x?y=1")),
            ("https://www-a-fr.cdn.ampproject.org/v/s/www.a.fr/x", Some("https://www.a.fr/x")),
            ("https://www-a-fr.cdn.ampproject.org/c/www.a.fr/x", Some("http://www.a.fr/x")),
            ("https://a-fr.cdn.ampproject.org/i/s/img.a.fr/1.jpg", Some("https://img.a.fr/1.jpg")),
            ("https://a-fr.cdn.ampproject.org/ii/w680/s/img.a.fr/1.jpg", Some("https://img.a.fr/1.jpg")),
            ("https://a-fr.cdn.ampproject.org/r/s/a.fr/font", Some("https://a.fr/font")),
            ("https://abcdefghij.cdn.ampproject.org/c/s/a.fr/x", Some("https://a.fr/x")),
            ("https://cdn.ampproject.org/c/s/a.fr/x", Some("https://a.fr/x")),
            ("https://www-bbc-com.bing-amp.com/c/s/www.bbc.com/news", Some("https://www.bbc.com/news")),
            // The path does not hold it, the label does.
            ("https://www-le--pays-fr.cdn.ampproject.org/x", Some("https://www.le-pays.fr/x")),
            ("https://0-en--us-a-fr-0.cdn.ampproject.org/", Some("https://en-us.a.fr/")),
            ("https://abcdefghij.cdn.ampproject.org/x", None),
            ("https://cdn.ampproject.org/v0.js", None),
            ("https://cdn.ampproject.org/v0/amp-ad.js", None),
            ("https://xn--a-b-fr.cdn.ampproject.org/x", None),
            ("https://www.ampproject.org/c/s/a.fr/x", None),
            ("https://cdn.ampproject.org.evil.com/c/s/a.fr/x", None),
            ("https://notcdn.ampproject.org/c/s/a.fr", None),
        ]);
    }

    #[test]
    fn google() {
        assert_originals(&[
            ("https://www.google.com/amp/s/www.a.fr/x?y", Some("https://www.a.fr/x?y")),
            ("https://www.google.co.uk/amp/a.fr/x", Some("http://a.fr/x")),
            ("https://google.fr/amp/s/a.fr", Some("https://a.fr")),
            (
                "https://translate.google.fr/translate?hl=en&u=http%3A%2F%2Fa.fr%2Fx%3Fy%26z&sl=fr",
                Some("http://a.fr/x?y&z"),
            ),
            ("https://translate.google.com/translate?u=www.a.fr/x", Some("http://www.a.fr/x")),
            ("https://translate.google.com/website?u=https://a.fr/", Some("https://a.fr/")),
            ("https://www.google.com/translate_c?u=http://a.fr/", Some("http://a.fr/")),
            ("http://translate.googleusercontent.com/translate_c?u=http://a.fr/", Some("http://a.fr/")),
            (
                "http://webcache.googleusercontent.com/search?q=cache:AbCd-_1:https://a.fr/x+le+monde&hl=fr",
                Some("https://a.fr/x"),
            ),
            (
                "http://webcache.googleusercontent.com/search?q=cache%3Ahttp%3A%2F%2Fa.fr%2F",
                Some("http://a.fr/"),
            ),
            ("http://webcache.googleusercontent.com/search?q=cache:AbCd:a.fr/x", Some("http://a.fr/x")),
            ("http://webcache.googleusercontent.com/search?q=cache:a.fr:80/x", Some("http://a.fr:80/x")),
            ("http://webcache.googleusercontent.com/search?q=a.fr", None),
            ("https://lh3.googleusercontent.com/a.fr?u=http://a.fr", None),
            ("https://www.google.com/url?q=http://a.fr/", None),
            ("https://www.google.com/search?q=a.fr", None),
            ("https://www.google.com/amp/", None),
            ("https://www.google.com/amp/s/x", None),
            ("https://www.google.com.evil.com/amp/s/a.fr/", None),
            ("https://www.google.evil/amp/s/a.fr/", None),
            ("https://google.blogspot.com/amp/s/a.fr/", None),
            ("https://google.github.io/amp/s/a.fr/", None),
            ("https://translate.google.uk.com/translate?u=http://a.fr/", None),
            ("https://notgoogle.com/amp/s/a.fr/", None),
            ("https://translate.google.com/translate?sl=fr", None),
        ]);
    }

    #[test]
    fn web_archives_and_readers() {
        assert_originals(&[
            (
                "https://web.archive.org/web/20150102030405/http://www.a.fr/x?y=1",
                Some("http://www.a.fr/x?y=1"),
            ),
            ("https://web.archive.org/web/20150102030405id_/https://a.fr/", Some("https://a.fr/")),
            ("https://web.archive.org/web/2015/a.fr/x", Some("http://a.fr/x")),
            ("https://web.archive.org/web/2015/http:/a.fr/x", Some("http:/a.fr/x")),
            ("https://web.archive.org/web/2015im_/http%3A%2F%2Fa.fr%2Fx%2By", Some("http://a.fr/x+y")),
            ("http://archive.org/wayback/20150102/http://a.fr/", Some("http://a.fr/")),
            ("http://wayback.archive.org/web/20150102/http://a.fr/", Some("http://a.fr/")),
            ("https://web.archive.org/web/201/http://a.fr/", None),
            ("https://web.archive.org/web/201501020304050/http://a.fr/", None),
            ("https://web.archive.org/web/2015xyz/http://a.fr/", None),
            ("https://web.archive.org/web/2015*/http://a.fr/", None),
            ("https://web.archive.org/web/2015/", None),
            ("https://web.archive.org/save/http://a.fr/", None),
            ("https://archive.org/details/2015/a.fr", None),
            ("https://archive.org/download/2015/a.fr", None),
            ("https://web.archive.org/web/2015/page.html", None),
            ("https://r.jina.ai/https://a.fr/x?y", Some("https://a.fr/x?y")),
            ("https://r.jina.ai/https%3A%2F%2Fa.fr%2Fx", Some("https://a.fr/x")),
            ("https://r.jina.ai/a.fr/x", Some("http://a.fr/x")),
            ("https://r.jina.ai/", None),
            ("https://jina.ai/https://a.fr/", None),
            ("https://r.jina.ai.evil.com/https://a.fr/", None),
        ]);
    }
}
