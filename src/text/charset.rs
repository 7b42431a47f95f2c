//! Bytes to characters.
//!
//! Valid UTF-8 is believed before anything that is declared; the order of the rest is that of the HTML standard
//! ("determining the character encoding").

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_2022_JP, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE};

/// How far a page is searched for what it declares, in bytes. The standard's prescan ends at 1,024 bytes, but a
/// browser that meets the element later starts again with it.
const PRESCAN: usize = 16 * 1024;

/// So many whole multi-byte sequences for each malformed one make bytes UTF-8 with damage. Text in another
/// encoding has whole ones by chance only.
const WHOLE_FOR_EACH_MALFORMED: u64 = 3;

/// The characters of `bytes`. A byte order mark decides, else whether they are UTF-8, else what `declared` names (the
/// `charset` of a content type), else what the page itself declares near its beginning, else a guess.
///
/// Valid UTF-8 is borrowed. Malformed sequences become U+FFFD.
pub fn decode<'b>(bytes: &'b [u8], declared: Option<&str>) -> Cow<'b, str> {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        let rest = bytes.get(length..).unwrap_or_default();
        return match simdutf8::basic::from_utf8(rest) {
            Ok(text) if encoding == UTF_8 => Cow::Borrowed(text),
            _ => encoding.decode_without_bom_handling(rest).0,
        };
    }
    // Multi-byte sequences that are all valid are practically never anything but UTF-8, so they win over a
    // declaration: servers that send a default for every page are common.
    if let Ok(text) = simdutf8::basic::from_utf8(bytes) {
        return match hidden_in_ascii(bytes, declared) {
            Some(encoding) => encoding.decode_without_bom_handling(bytes).0,
            None => Cow::Borrowed(text),
        };
    }
    if is_damaged_utf8(bytes) {
        return String::from_utf8_lossy(bytes);
    }
    let encoding =
        declared.and_then(other_than_utf8).or_else(|| in_page(bytes)).unwrap_or_else(|| guess(bytes));
    encoding.decode_without_bom_handling(bytes).0
}

/// The `charset` of a content type (`text/html; charset="utf-8"`), also of one in a page's `meta` element.
pub fn of_content_type(value: &str) -> Option<&str> {
    const NAME: &str = "charset";
    let mut from = 0;
    loop {
        let at = from + value.get(from..)?.as_bytes().windows(NAME.len()).position(is_charset)?;
        from = at + NAME.len();
        // The bytes found are ASCII, so `from` is between two characters.
        let Some(label) = value.get(from..)?.trim_start().strip_prefix('=') else { continue };
        let label = label.trim_start();
        let label = match label.chars().next() {
            Some(quote @ ('"' | '\'')) => label.get(1..)?.split(quote).next(),
            _ => label.split([';', ',', ' ', '\t', '\r', '\n']).next(),
        };
        return label.map(str::trim).filter(|label| !label.is_empty());
    }
}

fn is_charset(window: &[u8]) -> bool {
    window.eq_ignore_ascii_case(b"charset")
}

/// An encoding whose text is made of ASCII bytes, so that it is valid UTF-8 as well: seen by what it declares and
/// by a byte that web pages in UTF-8 do not have.
fn hidden_in_ascii(bytes: &[u8], declared: Option<&str>) -> Option<&'static Encoding> {
    memchr::memchr2(0x1b, 0, bytes)?;
    let encoding = declared.and_then(other_than_utf8).or_else(|| in_page(bytes))?;
    let marker = match encoding {
        encoding if encoding == ISO_2022_JP => 0x1b,
        encoding if encoding == UTF_16LE || encoding == UTF_16BE => 0,
        _ => return None,
    };
    memchr::memchr(marker, bytes).map(|_| encoding)
}

/// Whether bytes that are not all valid UTF-8 are so for the most part.
fn is_damaged_utf8(bytes: &[u8]) -> bool {
    let (mut whole, mut malformed) = (0_u64, 0_u64);
    for chunk in bytes.utf8_chunks() {
        // Bytes from 0xc0 begin a sequence of several.
        whole += chunk.valid().bytes().filter(|&byte| byte >= 0xc0).count() as u64;
        malformed += u64::from(!chunk.invalid().is_empty());
    }
    whole > malformed.saturating_mul(WHOLE_FOR_EACH_MALFORMED)
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    detector.guess(None, Utf8Detection::Deny)
}

/// The encoding of a label, unless it is UTF-8 (these bytes are not) or one that decodes to nothing.
fn other_than_utf8(label: &str) -> Option<&'static Encoding> {
    Encoding::for_label(label.as_bytes()).filter(|&encoding| encoding != UTF_8 && encoding != REPLACEMENT)
}

/// What the page itself declares: the encoding of an XML declaration or of a `meta` element.
fn in_page(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..bytes.len().min(PRESCAN))?;
    let declared = in_xml_declaration(head).or_else(|| in_meta(head))?;
    // A declaration that can be read byte by byte is not in UTF-16.
    Some(declared).filter(|&encoding| encoding != UTF_16LE && encoding != UTF_16BE)
}

fn in_xml_declaration(head: &[u8]) -> Option<&'static Encoding> {
    let declaration = head.strip_prefix(b"<?xml")?;
    let declaration = declaration.get(..memchr::memchr(b'>', declaration)?)?;
    let value = declaration.get(memchr::memmem::find(declaration, b"encoding")? + 8..)?;
    let value = value.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let (quote, value) = value.split_first()?;
    let label = value.get(..memchr::memchr(*quote, value)?)?;
    other_than_utf8(&String::from_utf8_lossy(label))
}

fn in_meta(head: &[u8]) -> Option<&'static Encoding> {
    let mut rest = head;
    loop {
        rest = rest.get(memchr::memchr(b'<', rest)?..)?;
        if rest.starts_with(b"<!--") {
            // `<!-->` is a whole comment.
            rest = rest.get(2..)?;
            rest = rest.get(memchr::memmem::find(rest, b"-->")? + 3..)?;
        } else if rest.get(..5).is_some_and(|name| name.eq_ignore_ascii_case(b"<meta"))
            && rest.get(5).is_some_and(|&byte| byte.is_ascii_whitespace() || byte == b'/')
        {
            rest = rest.get(5..)?;
            if let Some(encoding) = of_meta(&mut rest) {
                return Some(encoding);
            }
        } else {
            rest = rest.get(1..)?;
        }
    }
}

/// The encoding that the attributes of one `meta` element name. `rest` moves behind them.
fn of_meta(rest: &mut &[u8]) -> Option<&'static Encoding> {
    let (mut charset, mut content, mut is_content_type) = (None, None, false);
    while let Some((name, value)) = attribute(rest) {
        match name.to_ascii_lowercase().as_slice() {
            b"charset" => charset = charset.or(Some(value)),
            b"content" => content = content.or(Some(value)),
            b"http-equiv" => is_content_type |= value.trim_ascii().eq_ignore_ascii_case(b"content-type"),
            _ => {}
        }
    }
    let of_content = || {
        let content = String::from_utf8_lossy(content.filter(|_| is_content_type)?);
        of_content_type(&content).and_then(other_than_utf8)
    };
    charset.and_then(|label| other_than_utf8(&String::from_utf8_lossy(label))).or_else(of_content)
}

/// The next attribute of a tag, name and value; `None` at the end of the tag. `rest` moves behind it.
fn attribute<'b>(rest: &mut &'b [u8]) -> Option<(&'b [u8], &'b [u8])> {
    let is_between = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'/';
    let start = rest.iter().position(|byte| !is_between(byte))?;
    let from = rest.get(start..)?;
    let length = from.iter().position(|byte| is_between(byte) || matches!(byte, b'=' | b'>'))?;
    let (name, after) = from.split_at(length);
    *rest = after;
    if name.is_empty() && after.starts_with(b">") {
        return None;
    }
    let Some(value) = after.trim_ascii_start().strip_prefix(b"=") else { return Some((name, b"")) };
    let value = value.trim_ascii_start();
    let (value, after) = match value.first()? {
        quote @ (b'"' | b'\'') => {
            let value = value.get(1..)?;
            let end = memchr::memchr(*quote, value)?;
            (value.get(..end)?, value.get(end + 1..)?)
        }
        _ => value.split_at(value.iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'>')?),
    };
    *rest = after;
    Some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::{SHIFT_JIS, WINDOWS_1251, WINDOWS_1252};

    fn is_borrowed(text: Cow<'_, str>) -> bool {
        matches!(text, Cow::Borrowed(_))
    }

    #[test]
    fn a_byte_order_mark_decides() {
        let text = decode(b"\xef\xbb\xbfd\xc3\xa9j\xc3\xa0", Some("windows-1252"));
        assert_eq!(text, "déjà");
        assert!(is_borrowed(text));
        assert_eq!(decode(b"\xff\xfed\x00\xe9\x00", Some("utf-8")), "dé");
        assert_eq!(decode(b"\xfe\xff\x00d\x00\xe9", None), "dé");
        assert_eq!(decode(b"\xef\xbb\xbfa\xffb", None), "a\u{fffd}b");
    }

    #[test]
    fn valid_utf8_is_borrowed_whatever_is_declared() {
        for declared in [None, Some("utf-8"), Some("iso-8859-1"), Some("shift_jis"), Some("no such")] {
            for text in ["plain", "déjà vu", "日本語", "<meta charset=windows-1252>é", ""] {
                let decoded = decode(text.as_bytes(), declared);
                assert_eq!(decoded, text);
                assert!(is_borrowed(decoded));
            }
        }
    }

    #[test]
    fn the_declared_encoding_comes_before_that_of_the_page() {
        let page = WINDOWS_1251.encode("<meta charset=koi8-r><p>Привет").0;
        assert!(decode(&page, Some("Windows-1251")).ends_with("Привет"));
        assert!(!decode(&page, None).ends_with("Привет"));
        assert_eq!(decode(b"\x93so\x94 \x96 l\x92a", Some("iso-8859-1")), "“so” – l’a");
    }

    #[test]
    fn the_page_declares_its_encoding_in_many_ways() {
        for head in [
            "<meta charset=iso-8859-1>",
            "<META CHARSET = 'ISO-8859-1' />",
            "<!-- <meta charset=shift_jis> --><meta name=a charset=latin1>",
            "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=windows-1252\">",
            "<meta content='text/html;charset=latin1' http-equiv='content-type'>",
            "<?xml version='1.0' encoding='ISO-8859-1'?>",
            "<!--><meta charset=latin1>",
            "<p title='>'><meta charset=utf-8><meta charset=latin1>",
        ] {
            let page = [head.as_bytes(), b"caf\xe9 \xe0 la"].concat();
            assert_eq!(in_page(&page), Some(WINDOWS_1252), "{head}");
            assert!(decode(&page, None).ends_with("café à la"), "{head}");
        }
        let page = SHIFT_JIS.encode("<html><head><meta charset=\"Shift_JIS\"><title>日本語の新聞記事").0;
        assert!(decode(&page, None).ends_with("日本語の新聞記事"));
    }

    #[test]
    fn what_declares_nothing_is_not_taken_for_a_declaration() {
        for head in [
            "<meta name=description content='text/html; charset=latin1'>",
            "<!-- <meta charset=latin1>",
            "<metadata charset=latin1>",
            "<meta charset=utf-16le>",
            "<meta charset=hz-gb-2312>",
            "<meta charset=",
            "<meta ",
            "<meta charset='latin1",
            "<?xml encoding=",
        ] {
            assert_eq!(in_page(head.as_bytes()), None, "{head}");
        }
    }

    #[test]
    fn undeclared_bytes_are_guessed() {
        let text = "Съешь ещё этих мягких французских булок, да выпей чаю. Вчера в городе шёл сильный снег.";
        assert_eq!(decode(&WINDOWS_1251.encode(text).0, None), text);
        let text = "昨日、東京で新しい法律についての会議が開かれました。多くの記者が集まりました。";
        assert_eq!(decode(&SHIFT_JIS.encode(text).0, None), text);
        // Declared as UTF-8, which it is not.
        let text = "Le café est déjà fermé à cette heure, a déclaré l’élève.";
        assert_eq!(decode(&WINDOWS_1252.encode(text).0, Some("utf-8")), text);
    }

    #[test]
    fn damaged_utf8_stays_utf8() {
        let page = "Une idée déjà évoquée à l’été, répétée".as_bytes();
        let cut = &page[..page.len() - 2];
        assert_eq!(decode(cut, None), "Une idée déjà évoquée à l’été, répét\u{fffd}");
        assert_eq!(decode(cut, Some("iso-8859-1")), "Une idée déjà évoquée à l’été, répét\u{fffd}");
    }

    #[test]
    fn encodings_made_of_ascii_bytes_need_their_declaration() {
        let page = b"\x1b$BF|K\\\x1b(B";
        assert_eq!(decode(page, Some("iso-2022-jp")), "日本");
        assert_eq!(decode(page, None).as_bytes(), page);
        assert_eq!(decode(b"a\0b\0", Some("utf-16le")), "ab");
        assert_eq!(decode(b"ab", Some("utf-16le")), "ab");
    }

    #[test]
    fn the_charset_of_a_content_type() {
        for (value, label) in [
            ("text/html; charset=utf-8", Some("utf-8")),
            ("text/html;CHARSET = \"ISO-8859-1\" ; a=b", Some("ISO-8859-1")),
            ("text/html; charset='x'", Some("x")),
            ("text/html; charset; charset=b", Some("b")),
            ("text/html; charset=a;b", Some("a")),
            ("text/html; charset=", None),
            ("text/html; charset=\"", None),
            ("é charset", None),
            ("text/html", None),
        ] {
            assert_eq!(of_content_type(value), label, "{value}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>, label in proptest::option::of("(utf-8|latin1|big5|utf-16le|.*)")) {
            decode(&bytes, label.as_deref());
            let page = [b"<meta charset=".as_slice(), &bytes].concat();
            decode(&page, None);
            of_content_type(&String::from_utf8_lossy(&page));
        }
    }
}
