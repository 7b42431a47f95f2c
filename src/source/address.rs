//! Addresses of shards on servers, in every spelling that people use for them.
//!
//! An address may carry secrets: a signature in its query, a password before its host. What is shown and written is
//! therefore always [`Address::shown`], and the name of a shard is its path alone.

use percent_encoding::percent_decode_str;
use url::Url;

use super::listing;

/// Where a shard stands on a server.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Address {
    /// `https://HOST/PATH` or `http://HOST/PATH`.
    Web(Url),
    /// `s3://BUCKET/KEY`.
    Bucket {
        /// The bucket.
        bucket: String,
        /// The key, without a slash in front.
        key: String,
    },
    /// `hf://datasets/OWNER/NAME@REVISION/PATH`, as Hugging Face's own tools spell it.
    Hub {
        /// `OWNER/NAME`.
        dataset: String,
        /// Branch, tag or commit; `main` when none was given.
        revision: String,
        /// The path in the dataset.
        path: String,
    },
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// One sentence that says what is wrong with it.
    pub fn parse(text: &str) -> Result<Address, String> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
        match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" => web(text),
            "s3" | "s3a" => bucket(rest),
            "hf" => hub(rest),
            other => Err(format!("`{other}://` is no scheme of an address that is read")),
        }
    }

    /// The path from the root of the host, bucket or dataset, without a slash in front: what a copy of the same tree
    /// on a disk calls the shard.
    pub fn name(&self) -> String {
        match self {
            Address::Web(url) => {
                percent_decode_str(url.path().trim_start_matches('/')).decode_utf8_lossy().into_owned()
            }
            Address::Bucket { key, .. } => key.clone(),
            Address::Hub { path, .. } => path.clone(),
        }
    }

    /// The address without user, password, query and fragment, any of which may hold a secret.
    pub fn shown(&self) -> String {
        match self {
            Address::Web(url) => without_secrets(url),
            Address::Bucket { bucket, key } => format!("s3://{bucket}/{key}"),
            Address::Hub { dataset, revision, path } => format!("hf://datasets/{dataset}@{revision}/{path}"),
        }
    }

    /// The address in full, to tell two shards apart. Never shown.
    pub fn key(&self) -> String {
        match self {
            Address::Web(url) => url.as_str().to_owned(),
            _ => self.shown(),
        }
    }

    /// Whom the connections count for: a host with its port, a bucket, or the hub.
    pub fn host(&self) -> String {
        match self {
            Address::Web(url) => {
                let port = url.port_or_known_default().unwrap_or_default();
                format!("{}:{port}", url.host_str().unwrap_or_default())
            }
            Address::Bucket { bucket, .. } => format!("s3://{bucket}"),
            Address::Hub { .. } => "hf://".to_owned(),
        }
    }

    /// True for the names of listings, see [`listing::is_listing`].
    pub fn is_listing(&self) -> bool {
        listing::is_listing(self.name().as_ref())
    }

    /// The file of this path from the root of the same host, bucket or dataset.
    pub fn from_root(&self, path: &str) -> Address {
        let path = path.trim_start_matches('/');
        match self {
            Address::Web(url) => {
                let mut url = url.clone();
                url.set_query(None);
                url.set_fragment(None);
                url.set_path(path);
                Address::Web(url)
            }
            Address::Bucket { bucket, .. } => {
                Address::Bucket { bucket: bucket.clone(), key: path.to_owned() }
            }
            Address::Hub { dataset, revision, .. } => {
                Address::Hub { dataset: dataset.clone(), revision: revision.clone(), path: path.to_owned() }
            }
        }
    }

    /// The file of this name in the same folder.
    pub fn beside(&self, name: &str) -> Address {
        let path = self.name();
        match path.rfind('/') {
            Some(at) => self.from_root(&format!("{}/{name}", &path[..at])),
            None => self.from_root(name),
        }
    }
}

/// A URL without what may be a secret in it.
pub fn without_secrets(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // Refused only for addresses that cannot have them.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

/// An argument of the command line as it may be written down: an address loses what may be a secret.
pub fn fit_to_be_written(argument: &str) -> String {
    let text = argument.trim();
    let Some((scheme, rest)) = text.split_once(':').filter(|(_, rest)| rest.starts_with(['/', '\\'])) else {
        return argument.to_owned();
    };
    let is_web = ["http", "https"].iter().any(|web| scheme.eq_ignore_ascii_case(web));
    match Url::parse(text) {
        Ok(url) if is_web => without_secrets(&url),
        // What cannot be read could hold anything.
        Err(_) if is_web => "an address that could not be read".to_owned(),
        _ => without_user(scheme, rest).unwrap_or_else(|| argument.to_owned()),
    }
}

/// An address of another scheme without the user and password before its first part, if it has them.
fn without_user(scheme: &str, rest: &str) -> Option<String> {
    let authority = rest.strip_prefix("//")?;
    let end = authority.find('/').unwrap_or(authority.len());
    let user = authority[..end].rfind('@')?;
    Some(format!("{scheme}://{}", &authority[user + 1..]))
}

fn web(text: &str) -> Result<Address, String> {
    let mut url = Url::parse(text).map_err(|error| error.to_string())?;
    url.set_fragment(None);
    match url.path().ends_with('/') {
        true => Err("an address of a folder; name its files, or give a listing of them".to_owned()),
        false => Ok(Address::Web(url)),
    }
}

fn bucket(rest: &str) -> Result<Address, String> {
    let form = "the form is s3://BUCKET/KEY";
    let (bucket, key) = rest.split_once('/').ok_or(form)?;
    // No bucket has a name with these; they stand around a password.
    match bucket.is_empty() || bucket.contains(['@', ':']) || key.is_empty() || key.ends_with('/') {
        true => Err(form.to_owned()),
        false => Ok(Address::Bucket { bucket: bucket.to_owned(), key: key.to_owned() }),
    }
}

fn hub(rest: &str) -> Result<Address, String> {
    let form = "the form is hf://datasets/OWNER/NAME@REVISION/PATH";
    let mut parts = rest.splitn(4, '/');
    let (kind, owner, name, path) = (parts.next(), parts.next(), parts.next(), parts.next());
    let (Some("datasets"), Some(owner), Some(name), Some(path)) = (kind, owner, name, path) else {
        return Err(form.to_owned());
    };
    let (name, revision) = name.split_once('@').unwrap_or((name, "main"));
    if [owner, name, revision, path].iter().any(|part| part.is_empty()) || path.ends_with('/') {
        return Err(form.to_owned());
    }
    // The hub's tools write the slash in `refs/convert/parquet` as `%2F`.
    let revision = percent_decode_str(revision).decode_utf8_lossy().into_owned();
    Ok(Address::Hub { dataset: format!("{owner}/{name}"), revision, path: path.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Address {
        Address::parse(text).unwrap()
    }

    #[test]
    fn each_scheme_has_its_name_and_its_shown_form() {
        for (text, name, shown) in [
            (
                "https://me:secret@x.example/a%20b/c.warc.gz?X-Amz-Signature=5#f",
                "a b/c.warc.gz",
                "https://x.example/a%20b/c.warc.gz",
            ),
            ("s3://commoncrawl/crawl-data/x.gz", "crawl-data/x.gz", "s3://commoncrawl/crawl-data/x.gz"),
            (
                "hf://datasets/allenai/c4/en/c4-train.00000-of-01024.json.gz",
                "en/c4-train.00000-of-01024.json.gz",
                "hf://datasets/allenai/c4@main/en/c4-train.00000-of-01024.json.gz",
            ),
            ("hf://datasets/a/b@v1.0/x.gz", "x.gz", "hf://datasets/a/b@v1.0/x.gz"),
        ] {
            assert_eq!((parsed(text).name().as_str(), parsed(text).shown().as_str()), (name, shown));
        }
    }

    #[test]
    fn what_is_no_address_of_a_file_is_refused() {
        for text in [
            "ftp://x.example/y.gz",
            "https://",
            "https://x.example/folder/",
            "s3://bucket",
            "s3://bucket/",
            "hf://allenai/c4/x.gz",
            "hf://datasets/allenai/c4",
            "hf://datasets/allenai/c4@/x.gz",
        ] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn neighbours_and_the_root_are_found() {
        let shown = |address: Address| address.shown();
        let web = parsed("http://h.example:8080/fr/fr_part_1.txt.gz?token=1");
        assert_eq!(
            shown(web.beside("fr_meta_part_1.jsonl.gz")),
            "http://h.example:8080/fr/fr_meta_part_1.jsonl.gz"
        );
        assert!(web.beside("x").key().ends_with("/fr/x"), "the query is not handed on");
        assert_eq!(
            shown(web.from_root("crawl-data/crawl=1/a?b.gz")),
            "http://h.example:8080/crawl-data/crawl=1/a%3Fb.gz"
        );
        assert_eq!(
            shown(parsed("s3://b/x/wet.paths.gz").from_root("crawl-data/y.gz")),
            "s3://b/crawl-data/y.gz"
        );
        assert!(parsed("s3://b/x/wet.paths.gz").is_listing() && !parsed("s3://b/x/wet.gz").is_listing());
    }

    #[test]
    fn no_secret_is_written() {
        assert_eq!(fit_to_be_written("https://a:b@x.example/y?sig=1"), "https://x.example/y");
        assert!(!fit_to_be_written("https://a:b@[bad/y?sig=1").contains("a:b"));
        for plain in ["what?.gz", "http:a@b.gz", "hf://datasets/a/b@main/c", "s3://b/x@y"] {
            assert_eq!(fit_to_be_written(plain), plain);
        }
        for secret in [
            "HTTPS://a:secret@x.example/y?sig=secret",
            " https://a:secret@x.example/y",
            "https:\\\\a:secret@x.example\\y",
            "s3://a:secret@bucket/x",
            "hf://a:secret@datasets/a/b/c",
        ] {
            let written = fit_to_be_written(secret);
            assert!(!written.contains("secret"), "{written}");
        }
        assert!(Address::parse("s3://a:secret@bucket/x").is_err());
    }
}
