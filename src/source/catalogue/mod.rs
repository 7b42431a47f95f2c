//! The catalogue of releases: from the name of a release to the address of each of its shards.
//!
//! Common Crawl and OSCAR publish a listing with a release, which is read; C4 numbers its files, and how many there are
//! is known. What is printed is what the release *should* hold: nobody looks whether a shard is there before it is
//! scanned, and a shard that is missing then has a receipt that says so.

mod c4;
mod common_crawl;
mod listed;
mod oscar;

use std::path::Path;

use crate::error::{Error, Result};
use crate::escape::{printable, shown};
use crate::source::remote::Network;

use listed::Listed;

/// How shards are reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Via {
    /// Addresses that any program can fetch
    #[default]
    Https,
    /// Addresses of the bucket at Amazon
    S3,
    /// Addresses at Hugging Face, which know about tokens and revisions
    Hf,
}

impl Via {
    fn name(self) -> &'static str {
        match self {
            Via::Https => "https",
            Via::S3 => "s3",
            Via::Hf => "hf",
        }
    }
}

/// The release that is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// `commoncrawl`, `cc-news`, `c4` or `oscar`.
    pub dataset: &'r str,
    /// The release, as its corpus names it.
    pub release: &'r str,
    /// The part of the release.
    pub subset: Option<&'r str>,
    /// How shards are reached.
    pub via: Via,
    /// The address or folder of a mirror, in place of where the corpus is published.
    pub base: Option<&'r str>,
    /// A local copy of the listing.
    pub paths: Option<&'r Path>,
}

/// The shards of a release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shards {
    /// The address or path of each shard, sorted, each once.
    pub addresses: Vec<String>,
    /// What was left aside in the listing, in words.
    pub remarks: Vec<String>,
}

/// A release before any listing is read.
struct Release {
    /// Where it is published: what stands before a path, by the way in which it is reached.
    published: &'static [(Via, &'static str)],
    content: Content,
}

enum Content {
    /// Paths that are known without asking.
    Known(Vec<String>),
    /// Paths that a listing tells.
    Listed(Listed),
}

/// The shards of a release.
///
/// # Errors
/// A wrong request: the release is not known, or its listing cannot be read or is that of another release.
pub fn shards(request: &Request<'_>, network: &Network) -> Result<Shards> {
    let release = match request.dataset {
        "commoncrawl" => common_crawl::crawl(request.release, request.subset)?,
        "cc-news" => common_crawl::news(request.release, request.subset)?,
        "c4" => c4::release(request.release, request.subset)?,
        "oscar" => oscar::release(request.release, request.subset)?,
        other => {
            return Err(Error::request(format!("the catalogue has no dataset `{}`", printable(other)))
                .hint("it has `commoncrawl`, `cc-news`, `c4` and `oscar`"));
        }
    };
    let base = base(request, &release)?;
    let (mut paths, remarks) = match (&release.content, request.paths) {
        (Content::Known(_), Some(_)) => {
            return Err(Error::request(
                "`--paths`: the files of this release are numbered, and no listing is read",
            )
            .hint("leave `--paths` out; a list of your own goes straight to `scan`"));
        }
        (Content::Known(paths), None) => (paths.clone(), Vec::new()),
        (Content::Listed(listed), Some(file)) => listed.of_file(file)?,
        (Content::Listed(listed), None) => listed.fetch(&base, network)?,
    };
    paths.sort_unstable();
    Ok(Shards { addresses: paths.iter().map(|path| format!("{base}{path}")).collect(), remarks })
}

/// What stands before the paths of a release, with the slash.
fn base(request: &Request<'_>, release: &Release) -> Result<String> {
    let Some(base) = request.base else {
        let ways = release.published;
        return match ways.iter().find(|(via, _)| *via == request.via) {
            Some((_, base)) => Ok((*base).to_owned()),
            None => {
                let names: Vec<String> = ways.iter().map(|(via, _)| format!("`{}`", via.name())).collect();
                Err(Error::request(format!(
                    "`--via {}`: this release is not published that way",
                    request.via.name()
                ))
                .hint(format!("it is published by {}; a mirror is named with `--base`", names.join(" and "))))
            }
        };
    };
    if !base.contains("://") && !Path::new(base).is_dir() {
        return Err(Error::request(format!("`--base {}`: no such folder", shown(Path::new(base))))
            .hint("name the folder or the address under which the paths of the release begin"));
    }
    Ok(format!("{}/", base.trim_end_matches('/')))
}

/// True for a name that can be a component of a path: it is made of letters, digits, dots, dashes and underscores.
fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    name.bytes().all(plain) && name.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::source::remote::Limits;

    fn network() -> Network {
        Network::new(Limits::default(), Arc::default())
    }

    fn request<'r>(dataset: &'r str, release: &'r str, subset: Option<&'r str>) -> Request<'r> {
        Request { dataset, release, subset, via: Via::Https, base: None, paths: None }
    }

    #[test]
    fn ways_and_mirrors_stand_before_the_same_paths() {
        let first = |via, base| {
            let request = Request { via, base, ..request("c4", "realnewslike", Some("train")) };
            shards(&request, &network())
                .map(|shards| shards.addresses[0].clone())
                .map_err(|error| error.to_string())
        };
        let path = "realnewslike/c4-train.00000-of-00512.json.gz";
        let at = |base: &str| Ok(format!("{base}{path}"));
        assert_eq!(first(Via::Https, None), at("https://huggingface.co/datasets/allenai/c4/resolve/main/"));
        assert_eq!(first(Via::Hf, None), at("hf://datasets/allenai/c4@main/"));
        assert_eq!(first(Via::Hf, Some("http://mirror.example/c4/")), at("http://mirror.example/c4/"));
        assert!(first(Via::S3, None).unwrap_err().contains("published by `https` and `hf`"));
        assert!(first(Via::Https, Some("no/such/folder")).unwrap_err().contains("no such folder"));
    }

    #[test]
    fn what_the_catalogue_has_not_is_refused() {
        for (dataset, release, subset, words) in [
            ("pile", "1", None, "has no dataset `pile`"),
            ("commoncrawl", "CC-MAIN-2024-22", None, "which files"),
            ("commoncrawl", "CC-MAIN-2024-22", Some("wets"), "`wets`"),
            ("commoncrawl", "2024-22", Some("wet"), "`2024-22`"),
            ("commoncrawl", "CC-MAIN-../x", Some("wet"), "CC-MAIN-../x"),
            ("cc-news", "2024-13", None, "`2024-13`"),
            ("cc-news", "2016-07", None, "begins in August 2016"),
            ("c4", "xx", None, "`xx`"),
            ("c4", "en", Some("test"), "`test`"),
            ("oscar", "2024", Some("fr"), "`2024`"),
            ("oscar", "2301", None, "language"),
        ] {
            let error = shards(&request(dataset, release, subset), &network()).unwrap_err().to_string();
            assert!(error.contains(words), "{dataset} {release}: {error}");
        }
    }
}
