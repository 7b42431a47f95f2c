//! Lines of a capture index in the form CDXJ: `urlkey timestamp {json}`.
//!
//! Common Crawl publishes its index so, about 3,000 lines a gzip member; the index server answers with the same JSON and
//! the two other fields inside it. A line that is neither is counted, since what it says was not looked at.

use std::fs::File;
use std::io::{self, BufRead};
use std::path::Path;

use serde::Deserialize;

use super::derived::second;
use crate::cell::hex;
use crate::container::feed::Feed;
use crate::container::stream::Stream;
use crate::container::{self, Sniffed};
use crate::record::date;

/// Longest line that is read, in bytes; addresses of some ten thousand bytes occur.
const LONGEST: usize = 1024 * 1024;

/// What an index line says about a capture. All values are texts in the source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct IndexLine {
    /// The address.
    pub url: String,
    /// Fourteen digits; in a line of three fields the second one.
    pub timestamp: String,
    /// Status of the answer.
    pub status: String,
    /// The server's content type.
    pub mime: String,
    /// SHA-1 of the payload in Base32, without its name.
    pub digest: String,
    /// The WARC file, from the root of the bucket.
    pub filename: String,
    /// First byte of the member.
    pub offset: String,
    /// Its bytes.
    pub length: String,
}

/// What was read of an index file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// Lines that are index lines.
    pub lines: u64,
    /// Lines that are not, blank ones left out.
    pub not_understood: u64,
    /// What could not be decoded, where.
    pub gaps: Vec<String>,
    /// SHA-256 of the file.
    pub sha256: String,
}

/// Reads the lines of a file, compressed or not, and hands on those of a wanted second: `2019-04-25T12:57:54`.
///
/// # Errors
/// When the file cannot be read.
pub fn read(
    path: &Path,
    wanted: impl Fn(&str) -> bool,
    mut each: impl FnMut(IndexLine, &str),
) -> io::Result<Read> {
    let mut feed = Feed::new(Box::new(File::open(path)?), true);
    feed.ensure(64)?;
    let container = match container::sniff(feed.visible()) {
        Sniffed::Known(container) => container,
        Sniffed::Unsupported(name) => return Err(io::Error::new(io::ErrorKind::InvalidData, name)),
    };
    let mut stream = Stream::new(feed, container)?;
    let (mut read, mut line, mut broken) = (Read::default(), Vec::new(), false);
    loop {
        let (taken, ended) = match stream.fill_buf() {
            Ok([]) => break,
            Ok(bytes) => {
                let end = memchr::memchr(b'\n', bytes);
                let piece = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
                broken |= line.len() + piece.len() > LONGEST;
                if !broken {
                    line.extend_from_slice(piece);
                }
                (piece.len() + usize::from(end.is_some()), end.is_some())
            }
            Err(_) => match stream.take_gap() {
                // What stands before the gap and behind it are pieces of lines.
                Some(gap) => {
                    read.gaps.push(format!("bytes {} to {}: {}", gap.from, gap.to, gap.what));
                    broken = true;
                    continue;
                }
                None => break,
            },
        };
        stream.consume(taken);
        if ended {
            read.line(&line, broken, &wanted, &mut each);
            line.clear();
            broken = false;
        }
    }
    read.line(&line, broken, &wanted, &mut each);
    read.sha256 = stream.into_feed().finish().1?.map(|digest| hex(&digest)).unwrap_or_default();
    Ok(read)
}

impl Read {
    fn line(
        &mut self,
        line: &[u8],
        broken: bool,
        wanted: &impl Fn(&str) -> bool,
        each: &mut impl FnMut(IndexLine, &str),
    ) {
        let line = line.trim_ascii();
        if broken {
            self.not_understood += 1;
            return;
        }
        if line.is_empty() {
            return;
        }
        let Some((time, json)) = parts(line) else {
            self.not_understood += 1;
            return;
        };
        // Most lines are of no wanted second, and need not be parsed.
        if let Some(time) = time {
            match date_of(time) {
                Some(date) if !second(&date).is_some_and(wanted) => {
                    self.lines += 1;
                    return;
                }
                _ => {}
            }
        }
        let Ok(mut entry) = serde_json::from_slice::<IndexLine>(json) else {
            self.not_understood += 1;
            return;
        };
        if let Some(time) = time {
            entry.timestamp = time.to_owned();
        }
        match date_of(&entry.timestamp).filter(|_| !entry.url.is_empty()) {
            None => self.not_understood += 1,
            Some(date) => {
                self.lines += 1;
                if second(&date).is_some_and(wanted) {
                    each(entry, &date);
                }
            }
        }
    }
}

/// The time and the JSON of a line; of one that is all JSON, no time.
fn parts(line: &[u8]) -> Option<(Option<&str>, &[u8])> {
    if line.starts_with(b"{") {
        return Some((None, line));
    }
    let mut fields = line.splitn(3, |byte| *byte == b' ');
    let (_, time, json) = (fields.next()?, fields.next()?, fields.next()?.trim_ascii_start());
    let is_time = time.len() == 14 && time.iter().all(u8::is_ascii_digit);
    (is_time && json.starts_with(b"{")).then_some((std::str::from_utf8(time).ok(), json))
}

fn date_of(time: &str) -> Option<String> {
    date::read(time).map(|date| date.as_iso().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const LINE: &str = r#"fr,lemonde)/a 20190425125754 {"url": "http://www.lemonde.fr/a", "mime": "text/html", "status": "200", "digest": "ABC", "length": "10", "offset": "20", "filename": "crawl-data/x.warc.gz", "languages": "fra"}"#;

    fn lines(bytes: &[u8], wanted: &str) -> (Read, Vec<(String, String)>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cdx");
        std::fs::write(&path, bytes).unwrap();
        let mut found = Vec::new();
        let read =
            read(&path, |second| second == wanted, |line, date| found.push((line.url, date.to_owned())));
        (read.unwrap(), found)
    }

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn lines_of_all_members_are_read_and_others_counted() {
        let json =
            r#"{"urlkey": "fr,lemonde)/b", "timestamp": "20190425125754", "url": "http://www.lemonde.fr/b"}"#;
        let other = LINE.replace("54 {", "55 {");
        let bytes =
            [gzip(&format!("{LINE}\n{other}\n")), gzip(&format!("{json}\nrubbish\n\n!meta {{}}"))].concat();
        let (read, found) = lines(&bytes, "2019-04-25T12:57:54");
        assert_eq!((read.lines, read.not_understood, read.gaps.len(), read.sha256.len()), (3, 2, 0, 64));
        let date = "2019-04-25T12:57:54Z";
        assert_eq!(found, ["a", "b"].map(|page| (format!("http://www.lemonde.fr/{page}"), date.to_owned())));
    }

    #[test]
    fn damage_is_said_and_what_stands_behind_it_is_read() {
        let mut first = gzip(&format!("{LINE}\n").repeat(50));
        let middle = first.len() / 2;
        first[middle] ^= 0xff;
        let bytes = [first, gzip(&format!("{}\n", LINE.replace("/a\"", "/last\"")))].concat();
        let (read, found) = lines(&bytes, "2019-04-25T12:57:54");
        assert_eq!(read.gaps.len(), 1, "{read:?}");
        assert!(found.len() <= 51, "{found:?}");
    }
}
