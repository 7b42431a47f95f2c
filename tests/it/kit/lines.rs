//! Corpora of JSON lines: C4, mC4, HPLT, Dolma, RedPajama, DCLM, FineWeb, each with its own names, order and
//! spacing.

use super::digest;
use super::doc::Doc;
use super::frame::{Framing, Kind, Piece, Placed, Sheet};
use super::json::{Object, Style};
use super::warc::{self, CRAWL, SEGMENT, STEM};
use super::wet;

/// What a document's line is, beside its address and text: the id and the digest it repeats.
struct Line {
    json: String,
    id: Option<String>,
    digest: Option<String>,
}

pub fn c4(docs: &[(usize, &Doc)]) -> Sheet {
    sheet("c4-train.00000-of-01024.json", docs, |_, doc| {
        let json = Object::new(Style::Spaced)
            .text("url", &doc.url)
            .text("text", &text(doc))
            .text("timestamp", &doc.date);
        Line { json: json.end(), id: None, digest: None }
    })
}

/// The name says tfrecord, the content is JSON lines.
pub fn mc4(docs: &[(usize, &Doc)]) -> Sheet {
    sheet("c4-fr.tfrecord-00000-of-02048.json", docs, |_, doc| {
        let json = Object::new(Style::Spaced)
            .text("timestamp", &doc.date)
            .text("text", &text(doc))
            .text("url", &doc.url);
        Line { json: json.end(), id: None, digest: None }
    })
}

/// HPLT v2, cleaned: `f`, `o` and `s` point to the member of the WARC that `Format::Warc` builds.
pub fn hplt(docs: &[(usize, &Doc)], all: &[Doc]) -> Sheet {
    let source = warc::main(all).frame(Framing::GzipPerRecord, 0);
    sheet("1.jsonl", docs, |i, doc| {
        let capture =
            source.records.iter().find(|record| record.doc == Some(i)).expect("a response for each document");
        let member = capture.compressed.clone().expect("a member for each record");
        let id = digest::hex(&doc.url, 16);
        let lang = if doc.lang == "fra" { "[\"fra_Latn\"]" } else { "[\"eng_Latn\"]" };
        let json = Object::new(Style::Ascii)
            .text("f", &format!("./{STEM}.warc.gz"))
            .raw("o", &member.start.to_string())
            .raw("s", &(member.end - member.start).to_string())
            .raw("rs", &(capture.decoded.end - capture.decoded.start).to_string())
            .text("u", &doc.url)
            .text("c", &doc.mime)
            .text("ts", &doc.date)
            .text("collection", "cc40")
            .raw("lang", lang)
            .raw("prob", "[0.9998]")
            .text("text", &text(doc))
            .raw(
                "seg_langs",
                &format!("[{}]", vec![lang.trim_matches(['[', ']']); doc.lines().len()].join(",")),
            )
            .text("robotstxt", "allowed")
            .text("id", &id)
            .text("filter", "keep")
            .raw("pii", "[]")
            .raw("doc_scores", "[9.1,10.0,9.7,10.0,10.0,10.0,9.2,10.0,10.0]");
        Line { json: json.end(), id: Some(id), digest: None }
    })
}

/// Dolma v1, Common Crawl part: the id is the address.
pub fn dolma(docs: &[(usize, &Doc)]) -> Sheet {
    sheet("cc_fr_head-0000.json", docs, |i, doc| {
        let sum = digest::warc(&wet::block(doc));
        let metadata = Object::new(Style::Compact)
            .text("bucket", "head")
            .text("cc_segment", &wet_path())
            .text("date_download", &doc.date)
            .text("digest", &sum)
            .text("language", doc.lang2())
            .raw("language_score", "0.95")
            .raw("length", &doc.text.chars().count().to_string())
            .raw("nlines", &doc.lines().len().to_string())
            .raw("perplexity", "304.6")
            .text("provenance", &format!("cc_fr_head-0000.json.gz:{}", i + 1))
            .text("source_domain", &doc.host())
            .text("title", doc.lines().first().unwrap_or(&""))
            .text("url", &doc.url)
            .end();
        let json = Object::new(Style::Compact)
            .text("added", "2024-07-07T15:24:38.743534+00:00")
            .text("created", &doc.date)
            .text("id", &doc.url)
            .raw("metadata", &metadata)
            .text("source", "common-crawl")
            .text("text", &text(doc));
        Line { json: json.end(), id: Some(doc.url.clone()), digest: Some(sum) }
    })
}

/// RedPajama v2: the title is split off the text.
pub fn redpajama(docs: &[(usize, &Doc)]) -> Sheet {
    sheet("fr_head.json", docs, |_, doc| {
        let sum = digest::warc(&wet::block(doc));
        let lines = doc.lines();
        let (title, body) =
            lines.split_first().map_or(("", String::new()), |(title, rest)| (*title, rest.join("\n")));
        let json = Object::new(Style::Spaced)
            .text("url", &doc.url)
            .text("date_download", &doc.date)
            .text("digest", &sum)
            .raw("length", &body.chars().count().to_string())
            .raw("nlines", &lines.len().saturating_sub(1).to_string())
            .text("source_domain", &doc.host())
            .text("title", title)
            .text("raw_content", &body)
            .text("cc_segment", &wet_path())
            .raw("original_nlines", &lines.len().to_string())
            .raw("original_length", &text(doc).chars().count().to_string())
            .raw("line_ids", &format!("{:?}", (1..lines.len().max(1)).collect::<Vec<_>>()))
            .text("language", doc.lang2())
            .raw("language_score", "0.92")
            .raw("perplexity", "217.2")
            .text("bucket", "head");
        Line { json: json.end(), id: None, digest: Some(sum) }
    })
}

/// DCLM-baseline: the heads of the response record, and its warcinfo as one string.
pub fn dclm(docs: &[(usize, &Doc)]) -> Sheet {
    sheet("shard_00000000_processed.jsonl", docs, |i, doc| {
        let payload = doc.payload();
        let head = warc::http_head(doc, payload.len());
        let id = digest::record_id("response", i);
        let sum = digest::warc(&payload);
        let metadata = Object::new(Style::Compact)
            .text("Content-Length", &(head.len() + payload.len()).to_string())
            .text("Content-Type", "application/http; msgtype=response")
            .text("WARC-Block-Digest", &digest::warc(&[head.as_bytes(), &payload].concat()))
            .text("WARC-Concurrent-To", &digest::record_id("request", i))
            .text("WARC-Date", &doc.date)
            .text("WARC-IP-Address", &warc::ip(i))
            .text("WARC-Identified-Payload-Type", &doc.mime)
            .text("WARC-Payload-Digest", &sum)
            .text("WARC-Record-ID", &id)
            .text("WARC-Target-URI", &doc.url)
            .text("WARC-Type", "response")
            .text("WARC-Warcinfo-ID", &digest::record_id("warcinfo", 0))
            .raw("WARC-Truncated", "null")
            .end();
        let json = Object::new(Style::Compact)
            .raw("bff_contained_ngram_count_before_dedupe", "3")
            .raw("language_id_whole_page_fasttext", "{\"en\":0.91}")
            .raw("metadata", &metadata)
            .raw("previous_word_count", &doc.text.split_whitespace().count().to_string())
            .text("text", &text(doc))
            .text("url", &doc.url)
            .text("warcinfo", &format!("isPartOf: {CRAWL}\r\npublisher: Common Crawl\r\n"))
            .raw("fasttext_openhermes_reddit_eli5_vs_rw_v2_bigram_200k_train_prob", "0.042");
        Line { json: json.end(), id: Some(id), digest: Some(sum) }
    })
}

/// FineWeb as JSON lines, the form of its processing pipeline; the published files are parquet.
pub fn fineweb(docs: &[(usize, &Doc)]) -> Sheet {
    sheet("000_00000.jsonl", docs, |i, doc| {
        let id = digest::record_id("response", i);
        let json = Object::new(Style::Compact)
            .text("text", &text(doc))
            .text("id", &id)
            .text("dump", CRAWL)
            .text("url", &doc.url)
            .text("date", &doc.date)
            .text(
                "file_path",
                &format!("s3://commoncrawl/crawl-data/{CRAWL}/segments/{SEGMENT}/warc/{STEM}.warc.gz"),
            )
            .text("language", doc.lang2())
            .raw("language_score", "0.9437")
            .raw("token_count", &(doc.text.len() / 4).to_string());
        Line { json: json.end(), id: Some(id), digest: None }
    })
}

fn sheet(name: &str, docs: &[(usize, &Doc)], line: impl Fn(usize, &Doc) -> Line) -> Sheet {
    let piece = |&(i, doc): &(usize, &Doc)| {
        let Line { json, id, digest } = line(i, doc);
        let record = Placed { record_id: id, payload_digest: digest, ..Placed::new("line").content(i, true) };
        Piece { bytes: format!("{json}\n").into_bytes(), record: Some(record) }
    };
    Sheet { name: name.into(), kind: Kind::Lines, pieces: docs.iter().map(piece).collect() }
}

fn text(doc: &Doc) -> String {
    doc.lines().join("\n")
}

fn wet_path() -> String {
    format!("crawl-data/{CRAWL}/segments/{SEGMENT}/wet/{STEM}.warc.wet.gz")
}
