//! What the headers of a capture say about rights, as they stand there.
//!
//! No judgement is made: whether a field is a reservation is for people to say. Fields: `X-Robots-Tag` (search engines'
//! documentation), `tdm-reservation` and `tdm-policy` (TDM Reservation Protocol, W3C community group), `Content-Usage`
//! (IETF draft on AI preferences), `Content-Signal` (Cloudflare), and a `Link` with `rel=license` (RFC 8288, RSL 1.0).

use crate::record::http::Message;
use crate::record::warc::{self, Head};

/// The columns, in the order of [`Signals::values`].
pub const COLUMNS: [&str; 6] =
    ["x_robots_tag", "tdm_reservation", "tdm_policy", "content_usage", "content_signal", "link_license"];

/// The fields found in a head.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signals {
    /// For each column the values, one a line where the field stands several times; empty when it does not.
    pub values: [String; 6],
}

/// What can be said of a capture's headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rights {
    /// Nobody looked: why.
    NotLookedAt(&'static str),
    /// The record that was found has no HTTP head: it is a text made from the capture.
    Unobservable,
    /// Looked at; none of the fields is there.
    Absent,
    /// Looked at; some are.
    Present(Signals),
}

impl Rights {
    /// The word in the column `rights_state`.
    pub fn state(&self) -> &'static str {
        match self {
            Rights::NotLookedAt(_) => "not looked at",
            Rights::Unobservable => "unobservable",
            Rights::Absent => "absent",
            Rights::Present(_) => "present",
        }
    }

    /// Reads the HTTP head of a record that is given by its head and its block.
    pub fn read(head: &Head<'_>, block: &[u8]) -> Rights {
        if !Message::is_http(head) || !block.starts_with(b"HTTP") {
            return Rights::Unobservable;
        }
        let end = warc::end(block).unwrap_or(block.len());
        let text = String::from_utf8_lossy(block.get(..end).unwrap_or_default()).into_owned();
        let mut signals = Signals::default();
        for (name, value) in fields(&text) {
            let column = match name.to_ascii_lowercase().as_str() {
                "x-robots-tag" => 0,
                "tdm-reservation" => 1,
                "tdm-policy" => 2,
                "content-usage" => 3,
                "content-signal" => 4,
                "link" => {
                    links(&value).filter(|link| is_license(link)).for_each(|link| signals.add(5, link));
                    continue;
                }
                _ => continue,
            };
            signals.add(column, &value);
        }
        match signals == Signals::default() {
            true => Rights::Absent,
            false => Rights::Present(signals),
        }
    }
}

impl Signals {
    fn add(&mut self, column: usize, value: &str) {
        if let Some(cell) = self.values.get_mut(column) {
            if !cell.is_empty() {
                cell.push('\n');
            }
            // A field without a value is there all the same.
            cell.push_str(if value.is_empty() { "(empty)" } else { value });
        }
    }
}

/// The fields of a head in order, with folded lines joined.
fn fields(head: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in head.lines().skip(1) {
        match (line.starts_with([' ', '\t']), fields.last_mut(), line.split_once(':')) {
            (true, Some((_, value)), _) => {
                value.push(' ');
                value.push_str(line.trim());
            }
            (false, _, Some((name, value))) => fields.push((name.trim().to_owned(), value.trim().to_owned())),
            _ => {}
        }
    }
    fields
}

/// The links of a field: parted by commas that stand neither in `<...>` nor between quotation marks.
fn links(value: &str) -> impl Iterator<Item = &str> {
    let (mut in_address, mut in_quotes) = (false, false);
    let parts = value.split(move |character| {
        match character {
            '<' if !in_quotes => in_address = true,
            '>' if !in_quotes => in_address = false,
            '"' if !in_address => in_quotes = !in_quotes,
            _ => {}
        }
        character == ',' && !in_address && !in_quotes
    });
    parts.map(str::trim)
}

/// True for a link whose relation types include `license`.
fn is_license(link: &str) -> bool {
    let parameters = link.rsplit('>').next().unwrap_or_default();
    parameters.split(';').any(|parameter| {
        let Some((name, value)) = parameter.split_once('=') else { return false };
        let types = value.trim().trim_matches('"');
        name.trim().eq_ignore_ascii_case("rel")
            && types.split_ascii_whitespace().any(|relation| relation.eq_ignore_ascii_case("license"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::RecordType;

    fn read(head: &str) -> Rights {
        Rights::read(&Head::empty(RecordType::Response), head.as_bytes())
    }

    #[test]
    fn fields_are_repeated_as_they_stand() {
        let rights = read(
            "HTTP/1.1 200 OK\r\nTDM-Reservation: 1\r\nx-robots-tag: noai,\r\n noimageai\r\nX-Robots-Tag: bot: noindex\r\n\
             Content-Usage:\r\nLink: <https://a.example/x,y>; rel=\"preload\", <https://a.example/l.xml>; rel=\"next license\"\r\n\r\n\
             tdm-policy: https://body.example/\r\n",
        );
        let Rights::Present(signals) = rights else { panic!("{rights:?}") };
        assert_eq!(
            signals.values,
            [
                "noai, noimageai\nbot: noindex",
                "1",
                "",
                "(empty)",
                "",
                "<https://a.example/l.xml>; rel=\"next license\""
            ]
        );
    }

    #[test]
    fn absent_is_not_unobservable() {
        assert_eq!(read("HTTP/1.1 200 OK\r\nA: b\r\nLink: <x>; rel=preload\r\n\r\n"), Rights::Absent);
        assert_eq!(Rights::read(&Head::empty(RecordType::Conversion), b"text"), Rights::Unobservable);
        assert_eq!(read("text without a head"), Rights::Unobservable);
    }
}
