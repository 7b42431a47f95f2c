//! Pages that Google translated: `https://www-example-com.translate.goog/path?_x_tr_sl=fr&_x_tr_tl=en`.
//!
//! The rules are those that Google publishes for decoding such a host, in its order.

use super::mirrors::with_query;

/// What Google's own parameters begin with.
const OURS: &str = "_x_tr_";

/// The original of a translated page; `label` is the host without `.translate.goog`.
///
/// A translation without parameters was not made by Google's service, but the label tells the original all
/// the same.
pub(super) fn original(label: &str, path: &str, query: Option<&str>) -> Option<String> {
    let query = query.unwrap_or_default();
    let host = host(label, parameter(query, "hp"), parameter(query, "enc"))?;
    let scheme = if parameter(query, "sch") == "http" { "http" } else { "https" };
    let theirs: Vec<&str> =
        query.split('&').filter(|field| !field.is_empty() && !field.starts_with(OURS)).collect();
    let query = theirs.join("&");
    Some(with_query(&format!("{scheme}://{host}{path}"), (!query.is_empty()).then_some(&query)))
}

/// `hp` holds what does not fit into a label, and `enc` says which marks were put before it.
fn host(label: &str, hp: &str, enc: &str) -> Option<String> {
    let coded = format!("{hp}{label}");
    let has = |mark: &str| enc.replace("%2C", ",").split(',').any(|other| other == mark);
    let coded = coded.strip_prefix("1-").filter(|_| has("1")).unwrap_or(&coded);
    let (coded, is_idn) = match coded.strip_prefix("0-").filter(|_| has("0")) {
        Some(rest) => (rest, true),
        None => (coded, false),
    };
    let name = dotted(coded).replace("--", "-");
    let host = if is_idn { format!("xn--{name}") } else { name };
    host.contains('.').then_some(host)
}

/// Makes each `-` between two letters, digits or `_` a dot.
fn dotted(coded: &str) -> String {
    let is_word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let bytes = coded.as_bytes();
    let between = |at: usize| at > 0 && is_word(bytes.get(at - 1)) && is_word(bytes.get(at + 1));
    coded.char_indices().map(|(at, c)| if c == '-' && between(at) { '.' } else { c }).collect()
}

/// The value of one of Google's parameters. They hold letters, digits, `-` and `,` only.
fn parameter<'q>(query: &'q str, name: &str) -> &'q str {
    let value = |field: &'q str| field.strip_prefix(OURS)?.strip_prefix(name)?.strip_prefix('=');
    query.split('&').find_map(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_come_back_with_their_own_query() {
        for (label, path, query, expected) in [
            ("www-a-fr", "/x", "_x_tr_sl=fr&_x_tr_tl=en", Some("https://www.a.fr/x")),
            ("www-a-fr", "/x", "y=1&_x_tr_sl=fr&z&_x_tr_hist=true", Some("https://www.a.fr/x?y=1&z")),
            ("a-fr", "/", "_x_tr_sch=http&_x_tr_sl=fr", Some("http://a.fr/")),
            ("www-a-fr", "", "", Some("https://www.a.fr")),
            ("le--pays-fr", "/", "_x_tr_sl=fr", Some("https://le-pays.fr/")),
            ("0-9ca-fr", "/", "_x_tr_enc=0", Some("https://xn--9ca.fr/")),
            ("1-www-a-fr", "/", "_x_tr_enc=1", Some("https://www.a.fr/")),
            ("1-0-9ca-fr", "/", "_x_tr_enc=0,1", Some("https://xn--9ca.fr/")),
            ("1-0-9ca-fr", "/", "_x_tr_enc=0%2C1", Some("https://xn--9ca.fr/")),
            ("1-a-fr", "/", "_x_tr_sl=fr", Some("https://1.a.fr/")),
            ("name-fr", "/", "_x_tr_hp=a-very-long-", Some("https://a.very.long.name.fr/")),
            ("localhost", "/", "_x_tr_sl=fr", None),
        ] {
            assert_eq!(original(label, path, Some(query)).as_deref(), expected, "{label} {query}");
        }
        assert_eq!(original("a-fr", "/", None).as_deref(), Some("https://a.fr/"));
    }
}
