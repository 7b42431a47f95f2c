//! Records for benchmark shards: real pages, varied so that no two are equal.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::common::Result;

/// Where records are taken from: the fixtures, and the samples beside the repository where they are.
const FOLDERS: &[&str] =
    &["fixtures/shards", "../shared/matching-benchmark/data/warc", "../shared/samples/cc-warc"];

/// A source of records without end.
pub struct Pages {
    /// Bodies of pages, in HTML.
    pages: Vec<Vec<u8>>,
    /// Words that stand in them.
    words: Vec<Vec<u8>>,
    state: u64,
    served: usize,
}

impl Pages {
    /// Collects the pages.
    pub fn collect() -> Result<Pages> {
        let mut pages = Vec::new();
        for folder in FOLDERS {
            let Ok(entries) = fs::read_dir(folder) else { continue };
            let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
            files.sort();
            for file in files.iter().filter(|file| file.to_string_lossy().contains(".warc.gz")) {
                pages.extend(bodies(file)?);
            }
        }
        pages.retain(|page| page.len() > 2000);
        if pages.is_empty() {
            return Err("no pages to make shards of".into());
        }
        let mut words: Vec<Vec<u8>> = Vec::new();
        for page in pages.iter().take(200) {
            each_word(page, |word| words.push(word.to_vec()));
        }
        words.sort_unstable();
        words.dedup();
        Ok(Pages { pages, words, state: 0x9e37_79b9_7f4a_7c15, served: 0 })
    }

    /// The next page: one in three of its words is another one.
    pub fn next_page(&mut self) -> Vec<u8> {
        let page = self.pages[self.served % self.pages.len()].clone();
        self.served += 1;
        let (mut varied, mut from) = (Vec::with_capacity(page.len()), 0);
        let mut places = Vec::new();
        let start = page.as_ptr() as usize;
        each_word(&page, |word| places.push((word.as_ptr() as usize - start, word.len())));
        for (at, length) in places {
            if self.random().is_multiple_of(3) {
                varied.extend_from_slice(&page[from..at]);
                let word = self.random() as usize % self.words.len();
                varied.extend_from_slice(&self.words[word]);
                from = at + length;
            }
        }
        varied.extend_from_slice(&page[from..]);
        varied
    }

    /// The text of the next page, about: what stands between its tags, in lines.
    pub fn next_text(&mut self) -> String {
        let page = self.next_page();
        let mut text = Vec::new();
        let mut is_tag = false;
        for byte in &page {
            match byte {
                b'<' => (is_tag, _) = (true, text.push(b'\n')),
                b'>' => is_tag = false,
                _ if is_tag => {}
                byte => text.push(*byte),
            }
        }
        let text = String::from_utf8_lossy(&text).into_owned();
        let lines = text.lines().map(str::trim).filter(|line| line.len() > 30 && !line.contains('{'));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// A number that changes.
    pub fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        self.state >> 33
    }
}

/// Calls `sink` for each ASCII word of five letters or more that does not stand in a tag.
fn each_word<'p>(page: &'p [u8], mut sink: impl FnMut(&'p [u8])) {
    let (mut start, mut is_tag) = (0, false);
    for (at, byte) in page.iter().enumerate() {
        match byte {
            b'<' => is_tag = true,
            b'>' => is_tag = false,
            byte if byte.is_ascii_alphabetic() => continue,
            _ => {}
        }
        if at >= start + 5 && (!is_tag || *byte == b'<') {
            sink(&page[start..at]);
        }
        start = at + 1;
    }
}

/// The bodies of the responses of an archive.
fn bodies(file: &Path) -> Result<Vec<Vec<u8>>> {
    let mut bytes = Vec::new();
    MultiGzDecoder::new(File::open(file)?).read_to_end(&mut bytes)?;
    let (mut bodies, mut rest) = (Vec::new(), bytes.as_slice());
    let end_of_head = |bytes: &[u8]| bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4);
    while let Some(end) = end_of_head(rest) {
        let head = String::from_utf8_lossy(&rest[..end]).to_lowercase();
        let field = |name: &str| {
            let line = head.lines().find(|line| line.starts_with(name));
            line.map(|line| line[name.len()..].trim().to_owned())
        };
        let length: usize =
            field("content-length:").and_then(|length| length.parse().ok()).unwrap_or_default();
        let block = rest.get(end..end + length).unwrap_or_default();
        if field("warc-type:").as_deref() == Some("response")
            && let Some(body) = end_of_head(block)
        {
            bodies.push(block[body..].to_vec());
        }
        rest = rest.get(end + length + 4..).unwrap_or_default();
    }
    Ok(bodies)
}
