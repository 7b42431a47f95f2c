//! Releases that publish a listing of their shards.

use std::path::{Path, PathBuf};

use super::is_plain;
use crate::error::{Error, Result};
use crate::escape::{printable, shown};
use crate::source::location::Location;
use crate::source::remote::Network;
use crate::source::{listing, plan};

/// A listing and what its lines must be.
pub struct Listed {
    /// Path of the listing from the base.
    pub listing: String,
    /// What stands before each name of the listing: empty where it holds whole paths.
    pub folder: String,
    /// How the path of a shard begins.
    pub begins: String,
    /// The folder that a shard lies in, with a slash on either side; empty when it does not matter.
    pub within: &'static str,
    /// How the path of a shard ends.
    pub ends: &'static [&'static str],
    /// Files beside the shards, which end as they do and which `scan` finds by itself.
    pub companion: fn(&str) -> bool,
    /// The release in words, for messages.
    pub what: String,
}

/// Paths of shards, and what was left aside in the listing.
type Paths = (Vec<String>, Vec<String>);

/// The bytes of a listing, as they are stored.
///
/// # Errors
/// When it cannot be read.
fn fetch_listing(address: &str, network: &Network) -> Result<Vec<u8>> {
    let path = match plan::located(address)? {
        Some(Location::Remote(address)) => return listing::fetch(&address, network),
        Some(Location::File(path)) => path,
        None => PathBuf::from(address),
    };
    std::fs::read(&path).map_err(|error| {
        Error::request(format!("cannot read the listing `{}`: {error}", shown(&path)))
            .hint("name another copy of the listing with `--paths`")
    })
}

impl Listed {
    /// The paths of the shards, out of the listing as it is published.
    ///
    /// # Errors
    /// When it cannot be fetched, or is no listing of this release.
    pub fn fetch(&self, base: &str, network: &Network) -> Result<Paths> {
        let address = format!("{base}{}", self.listing);
        self.paths(&fetch_listing(&address, network)?, &printable(&address))
    }

    /// The paths of the shards, out of a local copy of the listing.
    ///
    /// # Errors
    /// When it cannot be read, or is no listing of this release.
    pub fn of_file(&self, file: &Path) -> Result<Paths> {
        let bytes = std::fs::read(file)
            .map_err(|error| Error::request(format!("cannot read the listing `{}`: {error}", shown(file))))?;
        self.paths(&bytes, &shown(file))
    }

    fn paths(&self, stored: &[u8], name: &str) -> Result<Paths> {
        let text = listing::text(stored)
            .map_err(|error| Error::request(format!("cannot read the listing `{name}`: {error}")))?;
        let lines = listing::lines(&text);
        let (mut folders, mut companions) = (0_u64, 0_u64);
        let mut paths = Vec::with_capacity(lines.len());
        for (number, line) in lines.iter().enumerate() {
            let path = format!("{}{}", self.folder, named(line));
            if path.ends_with('/') && path.starts_with(&self.begins) {
                folders += 1;
            } else if !self.is_shard(&path) {
                return Err(Error::request(format!(
                    "the listing `{name}` is not one of {}: its entry {} is `{}`",
                    self.what,
                    number + 1,
                    printable(line)
                ))
                .hint(format!("expected is the content of `{}`", self.listing)));
            } else if (self.companion)(&path) {
                companions += 1;
            } else {
                paths.push(path);
            }
        }
        if paths.is_empty() {
            return Err(Error::request(format!("the listing `{name}` names no shard of {}", self.what)));
        }
        let count = paths.len();
        paths.sort_unstable();
        paths.dedup();
        let aside = [
            (folders, "folders in the listing are left aside"),
            (companions, "files beside the shards are not listed: `scan` finds them"),
            ((count - paths.len()) as u64, "entries of the listing name a shard again"),
        ];
        let remarks = aside.into_iter().filter(|(count, _)| *count > 0);
        Ok((paths, remarks.map(|(count, words)| format!("{count} {words}")).collect()))
    }

    fn is_shard(&self, path: &str) -> bool {
        path.starts_with(&self.begins)
            && path.contains(self.within)
            && self.ends.iter().any(|end| path.ends_with(end))
            && path.split('/').all(is_plain)
    }
}

/// The name in a line: the line, or the part of a line of check sums that is none (`sha256sum` writes the sum first,
/// OSCAR 2019 the name first).
fn named(line: &str) -> &str {
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_sum = |word: &&&str| word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    match words.as_slice() {
        [one, two] if is_sum(&one) => two.trim_start_matches('*'),
        [one, two] if is_sum(&two) => one,
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed() -> Listed {
        Listed {
            listing: "l.paths.gz".into(),
            folder: String::new(),
            begins: "crawl-data/X/".into(),
            within: "/wet/",
            ends: &[".gz"],
            companion: |_| false,
            what: "X wet".into(),
        }
    }

    #[test]
    fn a_listing_of_something_else_is_refused() {
        let good = "crawl-data/X/segments/1.2/wet/b.gz\ncrawl-data/X/segments/1.2/wet/a.gz\n";
        assert_eq!(listed().paths(good.as_bytes(), "l").unwrap().0.len(), 2);
        for bad in [
            "crawl-data/Y/segments/1.2/wet/b.gz",
            "crawl-data/X/segments/1.2/warc/b.gz",
            "crawl-data/X/segments/../wet/b.gz",
            "https://x.example/crawl-data/X/s/wet/b.gz",
            "crawl-data/X/s/wet/b.txt",
            "crawl-data/X/s/wet/b\u{1b}[2J.gz",
            "",
        ] {
            let error = listed().paths(format!("{bad}\n").as_bytes(), "l").unwrap_err().to_string();
            assert!(error.contains("X wet") && !error.contains('\u{1b}'), "{bad}: {error}");
        }
    }

    #[test]
    fn what_is_left_aside_is_said() {
        let text = "crawl-data/X/s/wet/\ncrawl-data/X/s/wet/a.gz\ncrawl-data/X/s/wet/a.gz\n";
        let (paths, remarks) = listed().paths(text.as_bytes(), "l").unwrap();
        assert_eq!((paths.len(), remarks.len()), (1, 2), "{remarks:?}");
    }

    #[test]
    fn a_line_of_check_sums_gives_its_name() {
        let sum = "0123456789abcdef".repeat(4);
        assert_eq!(named(&format!("{sum}  fr_meta_part_1.jsonl.zst")), "fr_meta_part_1.jsonl.zst");
        assert_eq!(named(&format!("{sum} *x.gz")), "x.gz");
        assert_eq!(named(&format!("fr_part_1.txt.gz\t {sum}")), "fr_part_1.txt.gz");
        assert_eq!(named("a b"), "a b");
    }
}
