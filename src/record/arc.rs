//! The head line of an ARC record (version 1, Common Crawl 2008 to 2012 and older archives).
//!
//! One line of five fields separated by blanks: address, IP address, date, content type, length. The address may
//! hold blanks and so may the content type (`text/html; charset=...`), so the line is taken apart from its last field
//! and from the date, which follows an IP address or a word in its place (`None` occurs).

use super::RecordType;
use super::warc::{Head, Length};

/// Longest head line read, in bytes. Addresses of several kilobytes occur.
pub const LONGEST_LINE: usize = 64 * 1024;

/// Reads a head line, with or without its line end. `None` when it is not one.
pub fn parse(line: &[u8]) -> Option<Head<'_>> {
    let line = line.trim_ascii_end();
    let fields: Vec<(usize, &[u8])> = fields(line);
    let (&(_, length), rest) = fields.split_last()?;
    // What stands before the IP address and the date is the address.
    let date = (2..rest.len()).rev().find(|&at| is_date(rest[at].1) && is_ip(rest[at - 1].1))?;
    let (ip_start, _) = rest[date - 1];
    memchr::memchr(b':', &line[..ip_start])?;
    let mut head = Head::empty(match line.starts_with(b"filedesc:") {
        true => RecordType::ArcHeader,
        false => RecordType::Response,
    });
    head.target = Some(line[..ip_start].trim_ascii());
    head.date = Some(rest[date].1);
    if let (Some((from, _)), Some((last, content))) = (rest.get(date + 1), rest.last())
        && rest.len() > date + 1
    {
        head.content_type = Some(&line[*from..last + content.len()]);
    }
    head.length = super::warc::parse_length(length);
    let negative = length.first() == Some(&b'-') && length.len() > 1;
    match head.length {
        Length::Unusable if !negative => None,
        _ => Some(head),
    }
}

/// True when the bytes start with the head line of a record.
pub fn opens(bytes: &[u8]) -> bool {
    if bytes.starts_with(b"filedesc:") {
        return true;
    }
    match memchr::memchr(b'\n', &bytes[..bytes.len().min(LONGEST_LINE)]) {
        Some(end) => parse(&bytes[..end]).is_some(),
        None => false,
    }
}

/// True when the address of a head line is of a scheme that archives hold. The rest of a head line may look like one:
/// `ttp://a.example/ 1.2.3.4 20090917120000 text/html 247`.
pub fn is_of_known_scheme(line: &[u8]) -> bool {
    const KNOWN: [&str; 6] = ["http", "https", "ftp", "dns", "gopher", "filedesc"];
    let scheme = line.split(|&byte| byte == b':').next().unwrap_or_default();
    KNOWN.iter().any(|known| scheme.eq_ignore_ascii_case(known.as_bytes()))
}

fn fields(line: &[u8]) -> Vec<(usize, &[u8])> {
    let mut fields = Vec::new();
    let mut start = 0;
    for piece in line.split(|&byte| byte == b' ') {
        if !piece.is_empty() {
            fields.push((start, piece));
        }
        start += piece.len() + 1;
    }
    fields
}

fn is_date(field: &[u8]) -> bool {
    (8..=18).contains(&field.len())
        && field.iter().all(u8::is_ascii_digit)
        && matches!(field, [b'1', b'9', ..] | [b'2', b'0', ..])
}

fn is_ip(field: &[u8]) -> bool {
    let is_missing = |word: &&str| field.eq_ignore_ascii_case(word.as_bytes());
    ["None", "unknown", "-"].iter().any(is_missing)
        || std::str::from_utf8(field).is_ok_and(|text| text.parse::<std::net::IpAddr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_oddities_are_read() {
        let cases: &[(&str, &str, &str, Length)] = &[
            (
                "http://a.example/ 1.2.3.4 20090917120000 text/html 247\n",
                "http://a.example/",
                "20090917120000",
                Length::Known(247),
            ),
            (
                "http://a.example/two words 1.2.3.4 20120704122345 text/html 9\r\n",
                "http://a.example/two words",
                "20120704122345",
                Length::Known(9),
            ),
            (
                "http://a.example/ 1.2.3.4 20000824015105 text/html; Charset=iso-8859-1 5",
                "http://a.example/",
                "20000824015105",
                Length::Known(5),
            ),
            (
                "http://a.example/x.swf 1.2.3.4 20120420130223 application/x-shockwave-flash -2046788874",
                "http://a.example/x.swf",
                "20120420130223",
                Length::Unusable,
            ),
            (
                "http://a.example/y None 201512000000000 text/xml 17327214",
                "http://a.example/y",
                "201512000000000",
                Length::Known(17327214),
            ),
            (
                "filedesc://x.arc.gz 0.0.0.0 20090917120000 text/plain 73",
                "filedesc://x.arc.gz",
                "20090917120000",
                Length::Known(73),
            ),
        ];
        for (line, target, date, length) in cases {
            let head = parse(line.as_bytes()).unwrap();
            assert_eq!(head.target, Some(target.as_bytes()), "{line}");
            assert_eq!(head.date, Some(date.as_bytes()), "{line}");
            assert_eq!(head.length, *length, "{line}");
            assert!(opens(format!("{line}\n").as_bytes()));
        }
        let typed = parse(cases[2].0.as_bytes()).unwrap();
        assert_eq!(typed.content_type, Some(b"text/html; Charset=iso-8859-1".as_slice()));
        assert_eq!(parse(cases[5].0.as_bytes()).unwrap().kind, RecordType::ArcHeader);
    }

    #[test]
    fn other_lines_are_refused() {
        for line in [
            "",
            "1 0 CommonCrawl",
            "URL IP-address Archive-date Content-type Archive-length",
            "a b c d e",
            "http://a.example/ 1.2.3.4 20090917120000 text/html many",
            "some words 12 and more words 5",
        ] {
            assert!(parse(line.as_bytes()).is_none(), "{line}");
        }
    }
}
