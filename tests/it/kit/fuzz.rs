//! The seeds of the fuzz targets: small inputs, one for each way that a reader can take.

use std::collections::BTreeMap;

use super::doc::Doc;
use super::frame::Framing;
use super::shards::{Format, build};
use super::work::Work;
use super::{articles, gzip};

/// The seeds by target and name. `tests/it/properties` says how each target reads its bytes.
pub fn seeds() -> BTreeMap<(&'static str, String), Vec<u8>> {
    let all = [
        ("deflate", deflate()),
        ("fingerprints", fingerprints()),
        ("heads", heads()),
        ("lines", lines()),
        ("page", page()),
        ("shard", shard()),
    ];
    let named = |(target, seeds): (&'static str, Vec<(String, Vec<u8>)>)| {
        seeds.into_iter().map(move |(name, bytes)| ((target, name), bytes))
    };
    all.into_iter().flat_map(named).collect()
}

/// Two pages that a rule covers, and one that none does.
fn docs() -> Vec<Doc> {
    [
        ("https://www.lemonde.fr/a?b=1", "Une page\nL’été à l’École : « œuvre »."),
        ("https://example.org/", "Nothing to be found"),
        ("https://www.bbc.co.uk/news/1", "News\nof the day & night"),
    ]
    .into_iter()
    .enumerate()
    .map(|(index, (url, text))| Doc::new(&format!("seed-{index}"), url, text))
    .collect()
}

fn seed(name: &str, front: &[u8], bytes: &[u8]) -> (String, Vec<u8>) {
    (name.to_owned(), [front, bytes].concat())
}

fn plain(format: Format) -> Vec<u8> {
    // A WAT file holds four records for each page, and says all of it twice.
    let docs = if format == Format::Wat { &docs()[..1] } else { &docs()[..] };
    build(format, Framing::Plain, docs).decoded(0)
}

/// What a member holds between its head of ten bytes and its trailer of eight.
fn stream(member: Vec<u8>) -> Vec<u8> {
    member[10..member.len() - 8].to_vec()
}

fn deflate() -> Vec<(String, Vec<u8>)> {
    let text: String = (0..40).map(|n| format!("line {} of {n}\n", n % 7)).collect();
    let mixed = [text.as_bytes(), &[0; 300], &(0..=255).collect::<Vec<u8>>()].concat();
    vec![
        seed("fixed", &[0, 3], &stream(gzip::member(b"abcabcabc"))),
        seed("dynamic", &[6, 9], &stream(gzip::member(&mixed))),
        seed("stored", &[2, 16], &stream(gzip::stored(text.as_bytes()))),
        seed("cut", &[255, 12], &stream(gzip::member(&mixed))[..90]),
        seed("far", &[30, 14], &stream(gzip::member(&mixed.repeat(40)))),
    ]
}

fn fingerprints() -> Vec<(String, Vec<u8>)> {
    let work = Work::new();
    articles::fingerprint(&work, "a", &[articles::article(1, 60)]);
    let content = |name: &str| {
        let file = std::fs::read(work.path(name)).expect("written");
        file[..file.len() - 8].to_vec()
    };
    let [file, side] = ["a.fpr", "a.fpx"].map(content);
    vec![seed("articles", b"", &file), seed("cut", b"", &file[..file.len() - 40]), seed("side", b"", &side)]
}

fn heads() -> Vec<(String, Vec<u8>)> {
    let warc = plain(Format::Warc);
    let text = String::from_utf8(warc.clone()).expect("ASCII and UTF-8");
    let longer = text.replacen("Content-Length: ", "Content-Length: 1", 3);
    let folded = text.replace("WARC-Date: ", "WARC-Date:\r\n ").replace("\r\n", "\n");
    vec![
        seed("warc", &[6], &warc),
        seed("arc", &[0], &plain(Format::Arc)),
        seed("length_too_long", &[20], longer.as_bytes()),
        seed("folded", &[99], folded.as_bytes()),
    ]
}

fn lines() -> Vec<(String, Vec<u8>)> {
    let first =
        |format: Format| plain(format).split(|byte| *byte == b'\n').next().unwrap_or_default().to_vec();
    let odd = r#"{"url":"U\u00e9\ud83d\ude00","a":{"0":{"id":1e5},"timestamp":"D"},"text":"T\"\\\/\b\n","a":[{"id":"I"}],"n":[-0.5E+3,null,true]}"#;
    vec![
        seed("c4", b"", &first(Format::C4)),
        seed("oscar_2201", b"", &first(Format::Oscar2201)),
        seed("dolma", b"", &first(Format::Dolma)),
        seed("odd", b"", odd.as_bytes()),
        seed("half_a_pair", b"\xef\xbb\xbf", br#" {"url":"\ud83d","text":NaN} "#),
    ]
}

fn page() -> Vec<(String, Vec<u8>)> {
    let html = "<!DOCTYPE html><html><head><meta charset=utf-8><title>A &amp; B</title><script type=\"application/ld+json\">\
        {\"@type\":\"NewsArticle\",\"articleBody\":\"Le <b>corps<\\/b> de l’article\",\"datePublished\":\"2024-05-02\"}</script>\
        <style>p{}</style></head><body class='a > b'><!-- no --><p>Un &eacute;t&eacute; <b>d</b>’or &#233;&#x1F600;<br>\
        <ul><li>« Un »<li>“deux”</ul><svg><title>x</title></svg><textarea>no</textarea></body></html>";
    let garbled = "dÃ©butÃ© siÃ¨cle Ã la fÃªte trÃ¨s Ã©levÃ©e ".repeat(3);
    let scripts = "東京タワーは333m ｶﾞ か\u{3099}き ภาษาไทย 한국어 각 Ⅳ½ ﬃ ΐ Σίσυφος aujour\u{ad}d’hui";
    vec![
        seed("html", &[0], html.as_bytes()),
        seed("html_latin", &[2], b"<p>Un \xe9t\xe9 \x93\x94 &copy"),
        seed("html_in_gzip", &[3], &gzip::member(b"<meta charset=shift_jis><p>\x83\x65\x83\x58\x83\x67")),
        seed("garbled", &[4], garbled.as_bytes()),
        seed("scripts", &[4], scripts.as_bytes()),
        seed("json", &[5], br#"{"a":["Un \u00e9t\u00e9",1],"b":{"c":"fin"}}"#),
        seed("utf_16", &[6], &html.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()),
        seed("unnamed", &[7], b"<?xml version='1.0'?><a>words</a>"),
    ]
}

fn shard() -> Vec<(String, Vec<u8>)> {
    let (warc, wat, wet) = (plain(Format::Warc), plain(Format::Wat), plain(Format::Wet));
    let inside = [&wet[..], &gzip::stored(&warc)].concat();
    let damage: &[u8] = &[40, 4, 1];
    vec![
        seed("warc_plain", &[0], &warc),
        seed("warc_members", &[2], &warc),
        seed("warc_one_member", &[1], &warc),
        seed("wat_members", &[2], &wat),
        seed("wet_stored", &[3], &wet),
        seed("wet_zstd", &[4], &wet),
        seed("warc_damaged", &[5], &[&warc[..], damage].concat()),
        seed("wet_damaged", &[6], &[&wet[..], damage].concat()),
        seed("archive_behind", &[3], &inside),
        seed("members_as_they_are", &[0], build(Format::Wet, Framing::GzipPerRecord, &docs()).bytes()),
        seed("arc", &[1], &plain(Format::Arc)),
        seed("c4", &[1], &plain(Format::C4)),
        seed("oscar_2301", &[4], &plain(Format::Oscar2301)),
        seed("hplt", &[0], &plain(Format::Hplt)),
        seed("text", &[1], &plain(Format::Oscar2019)),
    ]
}
