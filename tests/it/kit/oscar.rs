//! OSCAR in its four shapes: text alone (2019), text and a file of heads (21.09), JSON lines (22.01, 23.01).

use super::digest;
use super::doc::Doc;
use super::frame::{Kind, Piece, Placed, Sheet};
use super::json::{Object, Style};
use super::wet;

/// 2019: the text, a blank line between documents. No address, no date.
pub fn oscar2019(docs: &[(usize, &Doc)]) -> Sheet {
    text_file(docs, false)
}

/// 21.09: the same text, and a file with a line of heads for each document.
pub fn oscar2109(docs: &[(usize, &Doc)]) -> [Sheet; 2] {
    let mut offset = 0;
    let mut pieces = Vec::new();
    for &(i, doc) in docs {
        let sentences = doc.lines().len();
        let line = Object::new(Style::Compact)
            .raw("headers", &headers(doc, i, 0))
            .raw("offset", &offset.to_string())
            .raw("nb_sentences", &sentences.to_string())
            .end();
        offset += sentences + 1;
        let record = Placed::new("headers").about(i).id(&wet::id(i)).digest(&digest::warc(&wet::block(doc)));
        pieces.push(Piece { bytes: format!("{line}\n").into_bytes(), record: Some(record) });
    }
    [text_file(docs, true), Sheet { name: "fr_meta_part_1.jsonl".into(), kind: Kind::Lines, pieces }]
}

/// 22.01: the order of keys differs from line to line.
pub fn oscar2201(docs: &[(usize, &Doc)]) -> Sheet {
    let lines = docs.iter().map(|&(i, doc)| {
        let mut members = vec![
            ("content", Style::Compact.quoted(&doc.lines().join("\n"))),
            ("warc_headers", headers(doc, i, i)),
            ("metadata", metadata(doc, &[("annotation", annotation(i))])),
        ];
        members.rotate_left(i % 3);
        (i, doc, object(&members))
    });
    json_lines("fr_meta_part_1.jsonl", lines)
}

/// 23.01: a fixed order, `quality_warnings` for `annotation`, and three fields more.
pub fn oscar2301(docs: &[(usize, &Doc)]) -> Sheet {
    let lines = docs.iter().map(|&(i, doc)| {
        let tlsh = format!("tlsh:{}", digest::hex(&doc.text, 20).to_uppercase());
        let more = [
            ("harmful_pp", format!("{}.5", 300 + i)),
            ("tlsh", Style::Compact.quoted(&tlsh)),
            ("quality_warnings", annotation(i)),
            ("categories", if i.is_multiple_of(2) { "[\"press\"]".into() } else { "null".into() }),
        ];
        let members = [
            ("content", Style::Compact.quoted(&doc.lines().join("\n"))),
            ("warc_headers", headers(doc, i, 0)),
            ("metadata", metadata(doc, &more)),
        ];
        (i, doc, object(&members))
    });
    json_lines("fr_meta_part_1.jsonl", lines)
}

fn json_lines<'a>(name: &str, lines: impl Iterator<Item = (usize, &'a Doc, String)>) -> Sheet {
    let piece = |(i, doc, line): (usize, &Doc, String)| {
        let sum = digest::warc(&wet::block(doc));
        let record = Placed::new("line").content(i, true).id(&wet::id(i)).digest(&sum);
        Piece { bytes: format!("{line}\n").into_bytes(), record: Some(record) }
    };
    Sheet { name: name.into(), kind: Kind::Lines, pieces: lines.map(piece).collect() }
}

/// One piece a document, its lines as they are; a blank line between two.
fn text_file(docs: &[(usize, &Doc)], with_heads: bool) -> Sheet {
    let mut pieces = Vec::new();
    for (n, &(i, doc)) in docs.iter().enumerate() {
        if n > 0 {
            pieces.push(Piece { bytes: b"\n".to_vec(), record: None });
        }
        let record = Placed::new("text").content(i, true);
        let record = if with_heads { record.id(&wet::id(i)) } else { record };
        pieces.push(Piece { bytes: wet::block(doc), record: Some(record) });
    }
    Sheet { name: "fr_part_1.txt".into(), kind: Kind::Lines, pieces }
}

/// The heads of the WET record, in lower case; their order turned by `turn`.
fn headers(doc: &Doc, i: usize, turn: usize) -> String {
    let block = wet::block(doc);
    let quoted = |value: &str| Style::Compact.quoted(value);
    let mut members = vec![
        ("warc-refers-to", quoted(&digest::record_id("response", i))),
        ("warc-date", quoted(&doc.date)),
        ("warc-block-digest", quoted(&digest::warc(&block))),
        ("warc-type", quoted("conversion")),
        ("warc-identified-content-language", quoted(&doc.lang)),
        ("content-length", quoted(&block.len().to_string())),
        ("warc-target-uri", quoted(&doc.url)),
        ("warc-record-id", quoted(&wet::id(i))),
        ("content-type", quoted("text/plain")),
    ];
    members.rotate_left(turn % 9);
    object(&members)
}

fn metadata(doc: &Doc, more: &[(&str, String)]) -> String {
    let label = format!("{{\"label\":\"{}\",\"prob\":0.97}}", doc.lang2());
    // As in real lines, the guess is missing for some sentences.
    let sentences: Vec<&str> =
        (0..doc.lines().len()).map(|n| if n % 3 == 2 { "null" } else { label.as_str() }).collect();
    let mut members = vec![("identification", label.clone())];
    members.extend(more.iter().cloned());
    members.push(("sentence_identifications", format!("[{}]", sentences.join(","))));
    object(&members)
}

fn annotation(i: usize) -> String {
    if i.is_multiple_of(2) { "null".into() } else { "[\"short_sentences\",\"footer\"]".into() }
}

fn object(members: &[(&str, String)]) -> String {
    members.iter().fold(Object::new(Style::Compact), |object, (key, value)| object.raw(key, value)).end()
}
