//! Invented shards of the two forms of text: WET and C4, with copies of articles among other text.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::corpus::{Rng, Vocabulary};

/// One record in so many holds a whole article.
const COPY_EACH: usize = 200;
/// Seeds of pages, apart from those of articles.
const WET_PAGES: u64 = 2 << 40;
const C4_PAGES: u64 = 3 << 40;
/// The level of gzip and of Common Crawl.
const LEVEL: Compression = Compression::new(6);
/// Bytes that are written at a time: of a file that was written in small pieces the system keeps small ones, which take
/// longer to read.
const PIECE: usize = 1024 * 1024;

/// The articles that records may hold copies of, and their words.
pub struct Articles<'a> {
    pub vocabulary: &'a Vocabulary,
    pub number: usize,
}

impl Articles<'_> {
    /// Writes all articles as JSON lines.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let mut out = BufWriter::new(File::create(path)?);
        let mut text = String::new();
        for number in 0..self.number {
            text.clear();
            self.vocabulary.article(number, &mut text);
            let line = serde_json::json!({
                "id": format!("a{number}"),
                "publisher": "example.fr",
                "title": format!("Article {number}"),
                "url": format!("https://www.example.fr/{number}"),
                "date": "2019-03-01",
                "text": text,
            });
            writeln!(out, "{line}")?;
        }
        out.flush()
    }

    /// The text of a page: furniture in short lines when `furniture`, and paragraphs or an article.
    fn page(&self, record: usize, furniture: bool, rng: &mut Rng, out: &mut String) {
        let short_lines = |rng: &mut Rng, out: &mut String, lines: usize| {
            for _ in 0..lines {
                self.vocabulary.phrase(rng.within(1, 6), rng, out);
                out.push('\n');
            }
        };
        if furniture {
            self.vocabulary.phrase(8, rng, out);
            out.push('\n');
            let lines = rng.within(5, 60);
            short_lines(rng, out, lines);
        }
        if record.is_multiple_of(COPY_EACH) {
            self.vocabulary.article(record / COPY_EACH % self.number, out);
        } else {
            for _ in 0..rng.within(1, if furniture { 40 } else { 14 }) {
                let words = rng.within(12, 110);
                self.vocabulary.paragraph(words, rng, out);
                out.push('\n');
            }
        }
        if furniture {
            let lines = rng.within(5, 40);
            short_lines(rng, out, lines);
        }
    }

    /// Writes a WET file of at least `bytes` decoded bytes, a gzip member a record, and returns their exact number.
    pub fn write_wet(&self, path: &Path, bytes: u64) -> io::Result<u64> {
        let mut out = BufWriter::with_capacity(PIECE, File::create(path)?);
        let (mut decoded, mut record) = (0, 0);
        let mut text = String::new();
        while decoded < bytes {
            text.clear();
            let mut rng = Rng::new(WET_PAGES | record as u64);
            self.page(record, true, &mut rng, &mut text);
            let head = format!(
                "WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: https://www.site{}.com/{record}\r\n\
                 WARC-Date: 2024-05-18T01:58:10Z\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-{record:012x}>\r\n\
                 Content-Type: text/plain\r\nContent-Length: {}\r\n\r\n",
                rng.within(0, 400_000),
                text.len()
            );
            let mut member = GzEncoder::new(&mut out, LEVEL);
            for part in [head.as_bytes(), text.as_bytes(), b"\r\n\r\n"] {
                member.write_all(part)?;
                decoded += part.len() as u64;
            }
            member.finish()?;
            record += 1;
        }
        out.flush()?;
        Ok(decoded)
    }

    /// Writes a C4 file of at least `bytes` decoded bytes, one gzip stream, and returns their exact number.
    pub fn write_c4(&self, path: &Path, bytes: u64) -> io::Result<u64> {
        let mut out = GzEncoder::new(BufWriter::with_capacity(PIECE, File::create(path)?), LEVEL);
        let (mut decoded, mut record) = (0, 0);
        let mut text = String::new();
        while decoded < bytes {
            text.clear();
            let mut rng = Rng::new(C4_PAGES | record as u64);
            self.page(record, false, &mut rng, &mut text);
            let url = format!("https://www.site{}.com/{record}", rng.within(0, 400_000));
            let text = text.trim_end();
            let line = serde_json::json!({ "text": text, "timestamp": "2019-04-25T12:57:54Z", "url": url });
            let line = format!("{line}\n");
            out.write_all(line.as_bytes())?;
            decoded += line.len() as u64;
            record += 1;
        }
        out.finish()?.flush()?;
        Ok(decoded)
    }
}
