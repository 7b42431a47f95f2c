//! Listings of paths, as Common Crawl publishes them: `wet.paths.gz`, one path a line from the root of the bucket.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

/// Bytes of the longest listing, decoded. Those of a release with 100,000 shards have some 14 million.
pub const LONGEST: u64 = 1 << 30;

/// True for the names of listings: `*.paths` and `*.paths.gz`. Here the name decides, since a listing is plain text
/// like some corpora, and nobody names a shard like this.
pub fn is_listing(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    name.ends_with(".paths") || name.ends_with(".paths.gz")
}

/// The lines of a listing, compressed or not. Blank lines are passed over.
///
/// # Errors
/// When it cannot be read, is damaged, or is not text.
pub fn read(path: &Path) -> io::Result<Vec<String>> {
    decode(&fs::read(path)?)
}

/// The lines of a listing out of its stored bytes.
///
/// # Errors
/// When they are damaged, or no text.
pub fn decode(stored: &[u8]) -> io::Result<Vec<String>> {
    let mut text = String::new();
    match stored.starts_with(&[0x1f, 0x8b]) {
        true => MultiGzDecoder::new(stored).take(LONGEST).read_to_string(&mut text)?,
        false => stored.take(LONGEST).read_to_string(&mut text)?,
    };
    match text.len() as u64 == LONGEST {
        true => Err(io::Error::other(format!("longer than {LONGEST} bytes"))),
        false => Ok(lines(&text)),
    }
}

/// The lines of a text that hold something.
pub fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
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
        fs::write(&path, "a/b.gz\r\n\n c \n").unwrap();
        assert_eq!(read(&path).unwrap(), ["a/b.gz", "c"]);
    }
}
