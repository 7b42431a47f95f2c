//! Common Crawl: crawls and the monthly news sets. Each has a listing of its shards, one path a line from the root of the
//! bucket.

use super::listed::Listed;
use super::{Content, Release, Via, is_plain};
use crate::error::{Error, Result};
use crate::escape::printable;

const PUBLISHED: &[(Via, &str)] =
    &[(Via::Https, "https://data.commoncrawl.org/"), (Via::S3, "s3://commoncrawl/")];

/// The parts of a crawl: how it is asked for, the name of the listing, the folder in a segment, the ending. The listing
/// `non200responses` names files in the folder `crawldiagnostics`.
const SUBSETS: &[(&str, &str, &str, &str)] = &[
    ("warc", "warc", "/warc/", ".warc.gz"),
    ("wat", "wat", "/wat/", ".warc.wat.gz"),
    ("wet", "wet", "/wet/", ".warc.wet.gz"),
    ("robotstxt", "robotstxt", "/robotstxt/", ".warc.gz"),
    ("non200", "non200responses", "/crawldiagnostics/", ".warc.gz"),
];

/// A crawl, for example `CC-MAIN-2024-22`, and one of its parts.
pub fn crawl(release: &str, subset: Option<&str>) -> Result<Release> {
    let names: Vec<String> = SUBSETS.iter().map(|(name, ..)| format!("`{name}`")).collect();
    let names = names.join(", ");
    let is_crawl = release.starts_with("CC-MAIN-2") && !release.contains('.') && is_plain(release);
    if !is_crawl {
        return Err(Error::request(format!("`{}` is no crawl of Common Crawl", printable(release))).hint(
            "crawls are named by year and week: `CC-MAIN-2024-22`; for news see `shards cc-news 2024-05`",
        ));
    }
    let Some(subset) = subset else {
        return Err(Error::request(format!("which files of {release}?")).hint(format!("name one of {names}")));
    };
    let Some((_, listing, folder, ending)) = SUBSETS.iter().find(|(name, ..)| *name == subset) else {
        return Err(Error::request(format!("a crawl has no files `{}`", printable(subset)))
            .hint(format!("name one of {names}")));
    };
    Ok(listed(
        format!("crawl-data/{release}"),
        listing,
        folder,
        std::slice::from_ref(ending),
        format!("{release} {subset}"),
    ))
}

/// A month of CC-NEWS, for example `2024-05`.
pub fn news(release: &str, subset: Option<&str>) -> Result<Release> {
    if let Some(subset) = subset.filter(|subset| *subset != "warc") {
        return Err(Error::request(format!("CC-NEWS has no files `{}`", printable(subset)))
            .hint("it is published as WARC files alone"));
    }
    let number = |text: &str, digits: usize| {
        text.parse::<u32>()
            .ok()
            .filter(|_| text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let month = release.strip_prefix("CC-NEWS-").unwrap_or(release);
    let parts = month.split_once('-').and_then(|(year, month)| Some((number(year, 4)?, number(month, 2)?)));
    let Some((year, month)) = parts.filter(|(_, month)| (1..=12).contains(month)) else {
        return Err(Error::request(format!("`{}` is no month of CC-NEWS", printable(release)))
            .hint("name a year and a month: `2024-05`"));
    };
    // The first file is CC-NEWS-20160826124520-00000.
    if (year, month) < (2016, 8) {
        return Err(Error::request(format!("CC-NEWS begins in August 2016; there is no {year}-{month:02}")));
    }
    let folder = format!("crawl-data/CC-NEWS/{year}/{month:02}");
    Ok(listed(folder, "warc", "/CC-NEWS-", &[".warc.gz"], format!("CC-NEWS {year}-{month:02}")))
}

fn listed(
    folder: String,
    listing: &str,
    within: &'static str,
    ends: &'static [&'static str],
    what: String,
) -> Release {
    let listed = Listed {
        listing: format!("{folder}/{listing}.paths.gz"),
        begins: format!("{folder}/"),
        folder: String::new(),
        within,
        ends,
        companion: |_| false,
        what,
    };
    Release { published: PUBLISHED, content: Content::Listed(listed) }
}
