//! Listings of paths, as Common Crawl publishes them: `wet.paths.gz`, one path a line from the root of the bucket.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::address::Address;
use super::remote::Network;
use crate::error::{Error, Result};
use crate::escape::printable;

/// True for the names of listings: `*.paths` and `*.paths.gz`. Here the name decides, since a listing is plain text
/// like some corpora, and nobody names a shard like this.
pub fn is_listing(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    name.ends_with(".paths") || name.ends_with(".paths.gz")
}

/// Bytes of a listing's text. The longest known, of 100,000 paths, has 14 million.
pub const LONGEST: u64 = 512 * 1024 * 1024;

/// The text of a listing, compressed or not.
///
/// # Errors
/// When it cannot be read.
pub fn read(path: &Path) -> io::Result<String> {
    text(&fs::read(path)?)
}

/// The stored bytes of a listing on a server.
///
/// # Errors
/// A failure when the server does not give it.
pub fn fetch(address: &Address, network: &Network) -> Result<Vec<u8>> {
    let failed = |what: String| {
        Error::failure(format!("cannot read the listing `{}`: {what}", printable(&address.shown())))
            .hint("check the address and the connection; no shard was asked for")
    };
    let answered = network.open(address, 0, false).map_err(|fault| failed(fault.what))?;
    let mut stored = Vec::new();
    match answered.bytes.take(LONGEST + 1).read_to_end(&mut stored) {
        Ok(_) => Ok(stored),
        Err(error) => Err(failed(error.to_string())),
    }
}

/// The text of a listing, from its bytes as they are stored.
///
/// # Errors
/// When it is damaged, is not text, is a page, or is too long to be a listing.
pub fn text(stored: &[u8]) -> io::Result<String> {
    let mut text = String::new();
    match stored.starts_with(&[0x1f, 0x8b]) {
        true => MultiGzDecoder::new(stored).take(LONGEST + 1).read_to_string(&mut text)?,
        false => stored.take(LONGEST + 1).read_to_string(&mut text)?,
    };
    if text.len() as u64 > LONGEST {
        return Err(io::Error::other(format!("more than {LONGEST} bytes of text")));
    }
    if text.trim_start_matches('\u{feff}').trim_start().starts_with('<') {
        return Err(io::Error::other("it is a page (HTML or XML) and no list of paths"));
    }
    Ok(text)
}

/// The lines of a list that name something: blank lines and comments, which begin with `#`, are passed over, and
/// a byte order mark in front.
pub fn lines(text: &str) -> Vec<String> {
    let lines = text.strip_prefix('\u{feff}').unwrap_or(text).lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}

/// The local copy of a path out of a listing: beside the listing, else from the current folder.
pub fn locate(listing: &Path, line: &str) -> PathBuf {
    let beside = listing.parent().unwrap_or(Path::new("")).join(line);
    let here = PathBuf::from(line);
    if beside.exists() || !here.exists() { beside } else { here }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listings_are_known_by_name_and_read_either_way() {
        assert!(is_listing(Path::new("a/wet.paths.gz")) && is_listing(Path::new("WARC.PATHS")));
        assert!(!is_listing(Path::new("a.paths/x.warc.gz")));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.paths");
        fs::write(&path, "# a comment\na/b.gz\r\n\n c \n").unwrap();
        assert_eq!(lines(&read(&path).unwrap()), ["a/b.gz", "c"]);
        fs::write(&path, "\u{feff}a.gz\r\nb.gz\r\n").unwrap();
        assert_eq!(lines(&read(&path).unwrap()), ["a.gz", "b.gz"]);
        for page in ["<!doctype html><p>gone</p>", "\u{feff}\n <?xml version=\"1.0\"?>"] {
            assert!(text(page.as_bytes()).unwrap_err().to_string().contains("is a page"));
        }
    }
}
