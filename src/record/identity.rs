//! Which corpus, release and shard a file is, in the corpus's own words.
//!
//! People rename and move shards, so the archive's own statement (its `warcinfo` record) goes before the path. Both
//! come from outside: a name is taken only when it is made of the characters that shard names have, since it ends
//! in rows and in file names.

use serde::{Deserialize, Serialize};

use super::warc;

/// The release whose response records have one line too many, see `docs/formats.md`.
pub const RELEASE_WITH_EXTRA_LINE: &str = "CC-MAIN-2018-34";

/// The corpus name of files that say nothing about where they belong.
pub const UNKNOWN: &str = "unknown";

/// The name of a shard.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identity {
    /// `commoncrawl`, `c4`, `oscar`, or another corpus's name.
    pub dataset: String,
    /// `CC-MAIN-2024-22`, `en`, `OSCAR-2301`; empty when unknown.
    pub release: String,
    /// `warc`, `wet`, `wat`, `robotstxt`, `crawldiagnostics`, `news`; empty when unknown or without meaning.
    pub subset: String,
    /// The shard's path in the release where that is known, else its own file name.
    pub shard: String,
    /// The language that the file's name states, for corpora split by language.
    pub language: String,
}

/// What a `warcinfo` record or an ARC file's first record states.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// `WARC-Filename`, or the name in an ARC file's `filedesc:` line.
    pub filename: Option<String>,
    /// `isPartOf`: the crawl.
    pub part_of: Option<String>,
    /// `description`.
    pub description: Option<String>,
    /// Year of an ARC file's first line, and whether it names Common Crawl.
    pub arc_year: Option<u16>,
}

impl Statement {
    /// From the head and the block (or its first part) of a `warcinfo` record.
    pub fn of_warcinfo(head: &warc::Head<'_>, block: &[u8]) -> Statement {
        let field = |name: &str| {
            block.split(|&byte| byte == b'\n').find_map(|line| {
                let colon = memchr::memchr(b':', line)?;
                let named = line[..colon].trim_ascii().eq_ignore_ascii_case(name.as_bytes());
                named.then(|| warc::text(line[colon + 1..].trim_ascii()).into_owned())
            })
        };
        Statement {
            filename: head.filename.map(|name| warc::text(name).into_owned()),
            part_of: field("isPartOf"),
            description: field("description"),
            arc_year: None,
        }
    }

    /// From the head and the block of an ARC file's first record.
    pub fn of_arc(head: &warc::Head<'_>, block: &[u8]) -> Statement {
        let name = head.target.map(|target| warc::text(target).into_owned());
        let common_crawl = memchr::memmem::find(&block[..block.len().min(200)], b"CommonCrawl").is_some();
        let year = head.date.and_then(|date| std::str::from_utf8(date.get(..4)?).ok()?.parse().ok());
        Statement {
            filename: name.and_then(|name| name.strip_prefix("filedesc://").map(str::to_owned)),
            arc_year: year.filter(|_| common_crawl),
            ..Statement::default()
        }
    }
}

/// Names a WARC or ARC shard from its path and its own statement.
pub fn of_archive(path: &str, statement: &Statement) -> Identity {
    let in_bucket = path_in_bucket(path);
    let stated = statement.filename.as_deref().filter(|name| is_plain_name(name));
    let shard = in_bucket.or(stated).unwrap_or(file_name(path));
    let name = file_name(stated.unwrap_or(shard));
    let crawl = statement.part_of.as_deref().filter(|crawl| is_crawl(crawl));
    let crawl = crawl.or_else(|| components(path).find(|part| is_crawl(part)));
    let (release, subset) = if name.starts_with("CC-NEWS-") || components(path).any(|part| part == "CC-NEWS")
    {
        (news_release(name), "news")
    } else if let Some(crawl) = crawl {
        (crawl.to_owned(), "")
    } else {
        (arc_release(path, statement).to_owned(), "arc")
    };
    let is_known = !release.is_empty() || name.starts_with("CC-MAIN-");
    let subset = match subset {
        "arc" if release.is_empty() => subset_of(path, name),
        "" => subset_of(path, name),
        subset => subset,
    };
    // In a segment the files of these two subsets have the very names of its WARC files.
    let shard = match subset {
        "robotstxt" | "crawldiagnostics" if in_bucket.is_none() => format!("{subset}/{shard}"),
        _ => shard.to_owned(),
    };
    Identity {
        dataset: if is_known { "commoncrawl" } else { UNKNOWN }.to_owned(),
        release,
        subset: subset.to_owned(),
        shard,
        language: String::new(),
    }
}

/// Names a file of lines from its path and what its fields say: the corpus and, if they tell it, the release.
pub fn of_lines(path: &str, dataset: &str, release: Option<&str>) -> Identity {
    let name = file_name(path);
    let parent = components(path).rev().nth(1).unwrap_or_default();
    let language = language_of(name);
    let (release, shard) = match dataset {
        "c4" => c4_release(parent, name),
        _ => (release.unwrap_or_default(), name.to_owned()),
    };
    Identity {
        dataset: dataset.to_owned(),
        release: release.to_owned(),
        subset: String::new(),
        shard,
        language: language.unwrap_or_default().to_owned(),
    }
}

/// The last component of a path.
pub fn file_name(path: &str) -> &str {
    components(path).next_back().unwrap_or(path)
}

fn components(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}

/// The path from the bucket's root, when the shard lies in a copy of the bucket's tree.
fn path_in_bucket(path: &str) -> Option<&str> {
    ["crawl-data/", "parse-output/", "crawl-001/", "crawl-002/"].iter().find_map(|root| {
        let at = path.find(root)?;
        let at_border = at == 0 || path[..at].ends_with('/');
        (at_border && is_plain_path(&path[at..])).then(|| &path[at..])
    })
}

fn is_plain_name(name: &str) -> bool {
    is_plain_path(name) && !name.contains('/')
}

fn is_plain_path(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-=/+~".contains(&byte);
    let starts = path.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    starts && path.len() <= 512 && path.bytes().all(plain) && !path.split('/').any(|part| part == "..")
}

fn is_crawl(name: &str) -> bool {
    name.starts_with("CC-MAIN-2") && !name.contains('.') && name.len() <= 20 && is_plain_name(name)
}

/// `CC-NEWS-20250103112233-00042.warc.gz` is part of the month `CC-NEWS-2025-01`.
fn news_release(name: &str) -> String {
    let digits = name.strip_prefix("CC-NEWS-").and_then(|rest| rest.get(..6));
    match digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit())) {
        Some(digits) => format!("CC-NEWS-{}-{}", &digits[..4], &digits[4..]),
        None => "CC-NEWS".to_owned(),
    }
}

/// The three ARC crawls, under the names they have in the index of crawls.
fn arc_release(path: &str, statement: &Statement) -> &'static str {
    let in_path = |folder: &str| components(path).any(|part| part == folder);
    match statement.arc_year {
        _ if in_path("crawl-001") => "CC-MAIN-2008-2009",
        _ if in_path("crawl-002") => "CC-MAIN-2009-2010",
        _ if in_path("parse-output") => "CC-MAIN-2012",
        Some(2008) => "CC-MAIN-2008-2009",
        Some(2009..=2011) => "CC-MAIN-2009-2010",
        Some(2012..) => "CC-MAIN-2012",
        _ => "",
    }
}

fn subset_of(path: &str, name: &str) -> &'static str {
    const FOLDERS: &[&str] = &["warc", "wet", "wat", "robotstxt", "crawldiagnostics"];
    let folder = components(path).rev().nth(1).unwrap_or_default();
    match FOLDERS.iter().find(|known| **known == folder) {
        Some(known) => known,
        None if name.contains(".warc.wet") => "wet",
        None if name.contains(".warc.wat") => "wat",
        None => "",
    }
}

/// `en`, `realnewslike`, ...: from the folder, else from the number of files where that is unique.
fn c4_release<'n>(parent: &'n str, name: &str) -> (&'n str, String) {
    const VARIANTS: &[&str] =
        &["en", "en.noblocklist", "en.noclean", "realnewslike", "webtextlike", "multilingual"];
    let multilingual = name.starts_with("c4-") && name.contains(".tfrecord-");
    if VARIANTS.contains(&parent) {
        return (parent, format!("{parent}/{name}"));
    }
    let release = match name {
        _ if multilingual => "multilingual",
        _ if name.contains("-of-00512.") => "realnewslike",
        _ if name.contains("-of-07168.") => "en.noclean",
        // 1024 files: `en` or `en.noblocklist`.
        _ => "",
    };
    (release, name.to_owned())
}

/// The language code in `fr_part_1.txt.gz`, `fr_meta_part_1.jsonl.zst`, `br_dedup.txt.gz`, `c4-fr.tfrecord-...`.
fn language_of(name: &str) -> Option<&str> {
    let stem = match name.strip_prefix("c4-") {
        Some(rest) if rest.contains("tfrecord") => rest,
        Some(_) => return None,
        None => name,
    };
    let end = stem.find(['_', '.', '-'])?;
    let code = &stem[..end];
    let follows = &stem[end..];
    let known = ["_part_", "_meta", "_dedup", ".txt", ".tfrecord", "-validation.tfrecord"];
    let is_code = (2..=3).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_lowercase());
    (is_code && known.iter().any(|form| follows.starts_with(form))).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(path: &str, filename: &str, part_of: &str) -> Identity {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        of_archive(
            path,
            &Statement { filename: some(filename), part_of: some(part_of), ..Statement::default() },
        )
    }

    #[test]
    fn a_renamed_shard_keeps_the_name_it_states() {
        let found = archive(
            "/data/12.txt.gz",
            "CC-MAIN-20240517233122-20240518023122-00000.warc.wet.gz",
            "CC-MAIN-2024-22",
        );
        assert_eq!(found.dataset, "commoncrawl");
        assert_eq!(found.release, "CC-MAIN-2024-22");
        assert_eq!(found.subset, "wet");
        assert_eq!(found.shard, "CC-MAIN-20240517233122-20240518023122-00000.warc.wet.gz");
    }

    #[test]
    fn a_copy_of_the_bucket_gives_the_whole_path() {
        let path =
            "mirror/crawl-data/CC-MAIN-2020-45/segments/1603107863364.0/robotstxt/CC-MAIN-x-00000.warc.gz";
        let found = archive(path, "", "");
        assert_eq!(found.shard, &path["mirror/".len()..]);
        assert_eq!((found.release.as_str(), found.subset.as_str()), ("CC-MAIN-2020-45", "robotstxt"));
    }

    #[test]
    fn subsets_that_share_names_are_told_apart() {
        let shard =
            |folder: &str| archive(&format!("{folder}/x.warc.gz"), "CC-MAIN-x-00000.warc.gz", "").shard;
        assert_eq!(shard("warc"), "CC-MAIN-x-00000.warc.gz");
        assert_eq!(shard("robotstxt"), "robotstxt/CC-MAIN-x-00000.warc.gz");
        assert_eq!(shard("crawldiagnostics"), "crawldiagnostics/CC-MAIN-x-00000.warc.gz");
    }

    #[test]
    fn news_and_arc_files_have_their_release() {
        let news = archive("x.warc.gz", "CC-NEWS-20250103112233-00042.warc.gz", "");
        assert_eq!((news.release.as_str(), news.subset.as_str()), ("CC-NEWS-2025-01", "news"));
        let statement = Statement { arc_year: Some(2009), ..Statement::default() };
        let arc = of_archive("1253241189984_12.arc.gz", &statement);
        assert_eq!((arc.dataset.as_str(), arc.release.as_str()), ("commoncrawl", "CC-MAIN-2009-2010"));
        assert_eq!(archive("other.warc.gz", "", "").dataset, UNKNOWN);
    }

    #[test]
    fn a_hostile_name_is_not_taken() {
        for name in ["../../etc/passwd", "=cmd()", "a\u{1b}[2Jb.warc.gz", "/absolute", "a/../b"] {
            assert_eq!(archive("local.warc.gz", name, "").shard, "local.warc.gz", "{name}");
            assert_eq!(archive("local.warc.gz", "", name).release, "", "{name}");
        }
    }

    #[test]
    fn line_files_tell_variant_and_language() {
        let c4 = |path: &str| {
            let found = of_lines(path, "c4", None);
            (found.release, found.shard, found.language)
        };
        let expect =
            |release: &str, shard: &str, language: &str| (release.into(), shard.into(), language.into());
        assert_eq!(
            c4("c4/en/c4-train.00000-of-01024.json.gz"),
            expect("en", "en/c4-train.00000-of-01024.json.gz", "")
        );
        assert_eq!(
            c4("c4-train.00000-of-00512.json.gz"),
            expect("realnewslike", "c4-train.00000-of-00512.json.gz", "")
        );
        assert_eq!(c4("c4-train.00000-of-01024.json.gz"), expect("", "c4-train.00000-of-01024.json.gz", ""));
        assert_eq!(c4("c4-iw-validation.tfrecord-00000-of-00001.json.gz").2, "iw");
        let oscar = of_lines("fr_meta/fr_meta_part_1.jsonl.zst", "oscar", Some("OSCAR-2301"));
        assert_eq!((oscar.release.as_str(), oscar.language.as_str()), ("OSCAR-2301", "fr"));
        assert_eq!(of_lines("br_dedup.txt.gz", "oscar", None).language, "br");
    }
}
