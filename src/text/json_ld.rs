//! The JSON-LD of a page: what it says of itself to machines.

use serde_json::Value;

use super::html;

/// Most bodies kept of one page, and the most bytes in them together. A page has one article, or a list of some.
const MOST_BODIES: usize = 64;
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// Longest script that is made into values, in bytes: many small ones take far more memory than their text.
const LONGEST_PARSED: usize = 8 * 1024 * 1024;

/// The article texts of one page.
pub(super) struct Bodies<'p> {
    bodies: &'p mut Vec<String>,
    bytes_left: usize,
}

impl<'p> Bodies<'p> {
    /// Adds to `bodies`.
    pub fn new(bodies: &'p mut Vec<String>) -> Bodies<'p> {
        Bodies { bodies, bytes_left: MOST_BYTES }
    }

    /// Adds a body, with its markup taken out.
    fn push(&mut self, body: &str) {
        if self.bodies.len() >= MOST_BODIES {
            return;
        }
        let body = plain(body);
        if !body.is_empty() && body.len() <= self.bytes_left {
            self.bytes_left -= body.len();
            self.bodies.push(body);
        }
    }
}

/// Adds each `articleBody` in the text of a JSON-LD script.
pub(super) fn article_bodies(script: &str, bodies: &mut Bodies<'_>) {
    // Most scripts are of something else; this is also how a name with an escape in it is missed.
    if memchr::memmem::find(script.as_bytes(), BODY.as_bytes()).is_none() {
        return;
    }
    match parse(script) {
        Some(value) => objects(&value)
            .filter_map(|object| object.get(BODY))
            .for_each(|body| texts(body).for_each(|text| bodies.push(text))),
        None => broken_bodies(script).iter().for_each(|body| bodies.push(body)),
    }
}

const BODY: &str = "articleBody";

/// The value of a script; `None` when it is no JSON even after the usual mistakes are mended,
/// or too long.
pub(super) fn parse(script: &str) -> Option<Value> {
    if script.len() > LONGEST_PARSED {
        return None;
    }
    serde_json::from_str(script).or_else(|_| serde_json::from_str(&mended(script))).ok()
}

/// All objects in a value, in their order, however deep.
pub(super) fn objects(value: &Value) -> impl Iterator<Item = &serde_json::Map<String, Value>> {
    let mut open = vec![value];
    std::iter::from_fn(move || {
        loop {
            match open.pop()? {
                Value::Array(values) => open.extend(values.iter().rev()),
                Value::Object(object) => {
                    open.extend(object.values().rev());
                    return Some(object);
                }
                _ => {}
            }
        }
    })
}

/// A text, or the texts of an array.
pub(super) fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let values = match value {
        Value::Array(values) => values.as_slice(),
        value => std::slice::from_ref(value),
    };
    values.iter().filter_map(Value::as_str)
}

/// A text of JSON-LD without markup. Some pages escape markup, which shows only after entities are decoded.
pub(super) fn plain(text: &str) -> String {
    let once = html::text_of(text);
    if once.contains("</") || once.contains("<br") { html::text_of(&once) } else { once }
}

/// Takes off what pages wrap a script in, and the raw control characters that JSON does not allow in strings.
fn mended(script: &str) -> String {
    const WRAPPERS: [&str; 10] =
        ["<!--", "-->", "<![CDATA[", "]]>", "//", "/*", "*/", "\u{feff}", ";", "<!]]>"];
    let mut inner = script.trim();
    while let Some(shorter) = WRAPPERS
        .iter()
        .find_map(|wrapper| inner.strip_prefix(wrapper).or_else(|| inner.strip_suffix(wrapper)))
    {
        inner = shorter.trim();
    }
    inner.chars().map(|character| if character.is_ascii_control() { ' ' } else { character }).collect()
}

/// The bodies in a script that is no JSON.
fn broken_bodies(script: &str) -> Vec<String> {
    const KEY: &str = "\"articleBody\"";
    let mut bodies = Vec::new();
    let mut rest = script;
    while let Some(at) = rest.find(KEY) {
        rest = rest.get(at + KEY.len()..).unwrap_or_default().trim_start();
        let Some(value) = rest.strip_prefix(':').and_then(|value| value.trim_start().strip_prefix('"'))
        else {
            continue;
        };
        let length = string_length(value);
        bodies.push(unescaped(value.get(..length).unwrap_or_default()));
        rest = value.get(length..).unwrap_or_default();
        if bodies.len() == MOST_BODIES {
            break;
        }
    }
    bodies
}

/// Bytes up to the quote that ends a string. A quote is the end only where JSON goes on behind it: unescaped quotes
/// in the text are the most common mistake.
fn string_length(value: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in value.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => {
                let behind = value.get(at + 1..).unwrap_or_default().trim_start();
                let next = behind.strip_prefix(',').map(str::trim_start);
                if behind.is_empty() || behind.starts_with(['}', ']']) || next.is_some_and(starts_member) {
                    return at;
                }
            }
            _ => {}
        }
    }
    value.len()
}

/// Whether the text goes on with a member of an object: a short name in quotes and a colon.
fn starts_member(text: &str) -> bool {
    let Some(name) = text.strip_prefix('"') else { return text.starts_with('}') };
    let Some((name, behind)) = name.split_once('"') else { return false };
    name.len() < 64 && behind.trim_start().starts_with(':')
}

/// The characters of a string between its quotes, whatever is wrong with it.
pub(super) fn unescaped(string: &str) -> String {
    let mut text = String::with_capacity(string.len());
    let mut rest = string;
    while let Some((before, behind)) = rest.split_once('\\') {
        text.push_str(before);
        let mut characters = behind.chars();
        match characters.next() {
            Some('n' | 'r') => text.push('\n'),
            Some('t' | 'b' | 'f') => text.push(' '),
            Some('u') => {
                let (character, used) = unicode_escape(behind);
                text.push(character);
                rest = behind.get(used..).unwrap_or_default();
                continue;
            }
            Some(character) => text.push(character),
            None => {}
        }
        rest = characters.as_str();
    }
    text.push_str(rest);
    text
}

/// The character that `u0041` or the pair `ud83d\ude00` stands for, and how many bytes that is.
fn unicode_escape(text: &str) -> (char, usize) {
    let unit = |from: usize| {
        let digits =
            text.get(from..from + 4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
        u16::from_str_radix(digits, 16).ok()
    };
    let Some(first) = unit(1) else { return (char::REPLACEMENT_CHARACTER, 1) };
    let second = text.get(5..7).filter(|&between| between == "\\u").and_then(|_| unit(7));
    let decode = |units: &[u16]| char::decode_utf16(units.iter().copied()).next()?.ok();
    if let Some(character) = decode(&[first]) {
        return (character, 5);
    }
    match second.and_then(|second| decode(&[first, second])) {
        Some(character) => (character, 11),
        None => (char::REPLACEMENT_CHARACTER, 5),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bodies(script: &str) -> Vec<String> {
        let mut found = Vec::new();
        article_bodies(script, &mut Bodies::new(&mut found));
        found
    }

    #[test]
    fn bodies_are_found_wherever_they_stand() {
        for script in [
            r#"{"articleBody": "a b"}"#,
            r#"[{"x": 1}, {"@type": "NewsArticle", "articleBody": "a b"}]"#,
            r#"{"@graph": [{"mainEntity": {"articleBody": ["a b"]}}]}"#,
            r#"{"articleBody": {"text": "no"}, "part": {"articleBody": "a b"}}"#,
        ] {
            assert_eq!(bodies(script), ["a b"], "{script}");
        }
        assert_eq!(
            bodies(r#"[{"articleBody":"1"},{"articleBody":"2","a":{"articleBody":"3"}}]"#),
            ["1", "2", "3"]
        );
        for script in [r#"{"description": "a"}"#, r#"{"articleBody": 5}"#, r#"{"articleBody": " "}"#, "", "}"]
        {
            assert!(bodies(script).is_empty(), "{script}");
        }
    }

    #[test]
    fn markup_in_a_body_is_taken_out() {
        assert_eq!(bodies(r#"{"articleBody":"<p>a<b>b</b></p><p>c &amp; d<\/p>"}"#), ["ab\nc & d"]);
        assert_eq!(bodies(r#"{"articleBody":"&lt;p&gt;a&lt;/p&gt;b &amp;eacute;"}"#), ["a\nb é"]);
        assert_eq!(
            bodies("{\"articleBody\":\"a<i\\nid=x>\\n\\n</i\\n>b 1 < 2 &eacute;\"}"),
            ["a\nb 1 < 2 é"]
        );
    }

    #[test]
    fn the_usual_mistakes_are_mended() {
        for script in [
            "<!-- {\"articleBody\": \"a b\"} -->",
            "//<![CDATA[\n{\"articleBody\": \"a b\"}\n//]]>",
            "/*<![CDATA[*/ {\"articleBody\": \"a b\"}; /*]]>*/",
            "{\"articleBody\": \"a\n\t b\"}",
            "{\"articleBody\": \"a b\", }",
            "{\"name\": \"say \"no\"\", \"articleBody\": \"a b\"}",
            "{\"articleBody\" : \"a b",
        ] {
            assert_eq!(bodies(script), ["a b"], "{script}");
        }
    }

    #[test]
    fn a_body_in_broken_json_is_read_by_hand() {
        let broken =
            r#"{"articleBody": "He said "no", twice.\n\u00e9\ud83d\ude00 \"x\" \/ \ud83d \uZ","b":}"#;
        assert_eq!(bodies(broken), ["He said \"no\", twice.\né😀 \"x\" / \u{fffd} \u{fffd}Z"]);
        assert_eq!(bodies(r#"{"articleBody": "a"} {"articleBody": "b"}"#), ["a", "b"]);
        assert!(bodies(r#"{"articleBody": 1,, "x": "articleBody"#).is_empty());
    }

    #[test]
    fn a_page_gives_so_many_bodies_and_no_more() {
        let many = format!("[{}{{}}]", r#"{"articleBody":"a"},"#.repeat(MOST_BODIES + 5));
        assert_eq!(bodies(&many).len(), MOST_BODIES);
        let long = "a".repeat(MOST_BYTES / 2 + 1);
        let long = format!(
            "[{{\"articleBody\":\"{long}\"}},{{\"articleBody\":\"{long}\"}},{{\"articleBody\":\"b\"}}]"
        );
        assert_eq!(bodies(&long).len(), 2);
        let deep = "{\"a\":".repeat(10_000) + "{\"articleBody\":\"x\"}" + &"}".repeat(10_000);
        assert_eq!(bodies(&deep), ["x"]);
    }

    proptest::proptest! {
        #[test]
        fn no_script_panics(tail in "(\"|\\\\|u|[0-9a-f]{4}|\\\\u|,|:|\\}|\\]|é|😀|<|.|\"articleBody\":\")*") {
            bodies(&format!("{{\"articleBody\":\"{tail}"));
        }

        #[test]
        fn a_written_text_is_read_by_hand_as_well(text in "[a-z\"\\\\/é😀,: ]{0,60}") {
            let written = serde_json::to_string(&text).unwrap();
            proptest::prop_assert_eq!(broken_bodies(&format!("{{\"articleBody\":{written}}}")), [text]);
        }
    }
}
