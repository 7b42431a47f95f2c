//! Where a shard is published.

use super::quoting::in_address;
use crate::record::identity::file_name;

/// The address of a shard that its corpus publishes for everybody; `None` where it does not, or where the shard's name
/// does not tell its place.
///
/// Common Crawl: the paths of its bucket, at <https://data.commoncrawl.org/>. C4: the repository `allenai/c4`. OSCAR is
/// handed out to known users only.
pub fn published(dataset: &str, release: &str, shard: &str) -> Option<String> {
    match dataset {
        "commoncrawl" => {
            let path = in_bucket(shard)?;
            Some(format!("https://data.commoncrawl.org/{}", in_address(&path)))
        }
        "c4" => {
            let path = match shard.contains('/') {
                true => shard.to_owned(),
                false if release.is_empty() => return None,
                false => format!("{release}/{shard}"),
            };
            Some(format!("https://huggingface.co/datasets/allenai/c4/resolve/main/{}", in_address(&path)))
        }
        _ => None,
    }
}

/// The path from the root of the bucket. A file of the news crawl names its month; the segment of any other file is not
/// in its name.
fn in_bucket(shard: &str) -> Option<String> {
    const ROOTS: [&str; 4] = ["crawl-data/", "crawl-001/", "crawl-002/", "parse-output/"];
    if ROOTS.iter().any(|root| shard.starts_with(root)) {
        return Some(shard.to_owned());
    }
    let digits = shard.strip_prefix("CC-NEWS-")?.get(..6)?;
    let (year, month) = digits.split_at_checked(4)?;
    digits
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| format!("crawl-data/CC-NEWS/{year}/{month}/{shard}"))
}

/// The address of a shard below `base`, which is that of a folder with the shards, or of the shard itself. `file` is the
/// name of the file that was read, where that is another.
pub fn below(base: &str, shard: &str, file: &str) -> String {
    let base = base.trim_end_matches('/');
    let last = decoded(base.rsplit('/').next().unwrap_or_default());
    match last == file_name(shard).as_bytes() || last == file.as_bytes() {
        true => base.to_owned(),
        false => format!("{base}/{}", in_address(shard)),
    }
}

/// The bytes that a percent-encoded text stands for.
fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        let coded = behind.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(coded.unwrap_or(b'%'));
        rest = if coded.is_some() { behind.get(2..).unwrap_or_default() } else { behind };
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_published_has_an_address() {
        let path = "crawl-data/CC-MAIN-2024-22/segments/1/warc/x.warc.gz";
        assert_eq!(
            published("commoncrawl", "CC-MAIN-2024-22", path).unwrap(),
            format!("https://data.commoncrawl.org/{path}")
        );
        assert_eq!(
            published("commoncrawl", "CC-NEWS-2025-01", "CC-NEWS-20250103112233-00042.warc.gz").unwrap(),
            "https://data.commoncrawl.org/crawl-data/CC-NEWS/2025/01/CC-NEWS-20250103112233-00042.warc.gz"
        );
        for (release, shard) in [("en", "en/x.json.gz"), ("en", "x.json.gz")] {
            assert_eq!(
                published("c4", release, shard).unwrap(),
                "https://huggingface.co/datasets/allenai/c4/resolve/main/en/x.json.gz"
            );
        }
        assert_eq!(published("c4", "", "c4-train.00000-of-01024.json.gz"), None);
        assert_eq!(published("commoncrawl", "CC-MAIN-2024-22", "robotstxt/x.warc.gz"), None);
        assert_eq!(published("commoncrawl", "", "CC-NEWS-éééééé"), None);
        assert_eq!(published("oscar", "OSCAR-2301", "fr_meta_part_1.jsonl.zst"), None);
    }

    #[test]
    fn a_base_is_a_folder_or_the_shard() {
        assert_eq!(below("http://h/x/", "a/b c.gz", "b c.gz"), "http://h/x/a/b%20c.gz");
        assert_eq!(below("http://h/b%20c.gz", "a/b c.gz", "b c.gz"), "http://h/b%20c.gz");
        assert_eq!(below("http://h/it's%2", "a/b.gz", "it's%2"), "http://h/it's%2");
        assert_eq!(decoded("%C3%A9%zz%2"), "é%zz%2".as_bytes());
    }
}
