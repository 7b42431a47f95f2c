//! From an address to the URL that is asked for.
//!
//! `object_store` finds the credentials of a bucket (environment, web identity, container, instance) and signs the URL;
//! the request itself is made by our own client, so that all servers' faults are treated alike.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use object_store::RetryConfig;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::signer::Signer;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use tokio::time::timeout;
use url::Url;

use super::fault::{Fault, Kind};
use crate::source::address::Address;

/// How long a signature holds: it is made for each request, and only the beginning of an answer is bound by it.
const SIGNED_FOR: Duration = Duration::from_secs(15 * 60);
/// How long the service that knows an instance's credentials may take. Outside a cloud nobody answers.
const INSTANCE: Duration = Duration::from_secs(3);
/// What stays as it is in a segment of a path (RFC 3986, unreserved).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The same over a whole path.
const PATH: &AsciiSet = &SEGMENT.remove(b'/');

/// Variables by which the environment names credentials. Where none is set, a bucket is asked without a signature first.
const CREDENTIALS: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

/// A request in the making.
#[derive(Debug)]
pub struct Target {
    /// What is asked for.
    pub url: Url,
    /// The token that goes to this host alone.
    pub token: Option<String>,
}

/// Makes URLs.
#[derive(Default)]
pub struct Resolver {
    /// By bucket.
    stores: Mutex<HashMap<String, AmazonS3>>,
    /// No credentials could be had: they are not asked for again at each of a hundred thousand shards.
    without: AtomicBool,
}

impl Resolver {
    /// The URL of an address. `denied` says that it was refused without a signature.
    ///
    /// # Errors
    /// When the address cannot be one, or the credentials cannot be had.
    pub async fn target(&self, address: &Address, denied: bool) -> Result<Target, Fault> {
        match address {
            Address::Web(url) => Ok(Target { url: url.clone(), token: None }),
            Address::Bucket { bucket, key } => {
                let url = match is_signed() || denied {
                    true => self.signed(bucket, key).await?,
                    false => plain(bucket, key)?,
                };
                Ok(Target { url, token: None })
            }
            Address::Hub { dataset, revision, path } => {
                let base = setting("HF_ENDPOINT").unwrap_or_else(|| "https://huggingface.co".to_owned());
                let revision = utf8_percent_encode(revision, SEGMENT);
                let path = utf8_percent_encode(path, PATH);
                let url =
                    format!("{}/datasets/{dataset}/resolve/{revision}/{path}", base.trim_end_matches('/'));
                Ok(Target { url: parsed(&url)?, token: setting("HF_TOKEN") })
            }
        }
    }

    async fn signed(&self, bucket: &str, key: &str) -> Result<Url, Fault> {
        let path = Path::parse(key).map_err(|error| Fault::last(format!("no key of a bucket: {error}")))?;
        let store = self.store(bucket)?;
        if !self.without.load(Ordering::Relaxed) {
            // What the service said is not repeated: it may be anything.
            if let Ok(Ok(url)) = timeout(INSTANCE, store.signed_url(Method::GET, &path, SIGNED_FOR)).await {
                return Ok(url);
            }
            self.without.store(true, Ordering::Relaxed);
        }
        Err(Fault::last(
            "no credentials for it: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where an instance role \
             gives them",
        ))
    }

    fn store(&self, bucket: &str) -> Result<AmazonS3, Fault> {
        let mut stores = self.stores.lock().map_err(|_| Fault::last("a worker has failed"))?;
        if let Some(store) = stores.get(bucket) {
            return Ok(store.clone());
        }
        let retry = RetryConfig { max_retries: 1, retry_timeout: INSTANCE, ..RetryConfig::default() };
        let built = AmazonS3Builder::from_env().with_bucket_name(bucket).with_retry(retry).build();
        let store = built.map_err(|_| {
            Fault::last(
                "the environment's settings for S3 (AWS_...) are not complete or contradict each other",
            )
        })?;
        stores.insert(bucket.to_owned(), store.clone());
        Ok(store)
    }
}

/// True when another try with a signature may bring what was refused without one.
pub fn may_sign(address: &Address, fault: &Fault) -> bool {
    matches!(address, Address::Bucket { .. }) && fault.kind == Kind::Denied && !is_signed() && !is_anonymous()
}

fn is_signed() -> bool {
    !is_anonymous() && CREDENTIALS.iter().any(|name| setting(name).is_some())
}

fn is_anonymous() -> bool {
    setting("AWS_SKIP_SIGNATURE")
        .is_some_and(|value| ["true", "1", "yes", "on"].contains(&&*value.to_lowercase()))
}

/// The URL without a signature, with the path that a signed one has.
fn plain(bucket: &str, key: &str) -> Result<Url, Fault> {
    let endpoint =
        ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"].iter().find_map(|name| setting(name));
    let endpoint = endpoint.unwrap_or_else(|| {
        let region = setting("AWS_REGION").or_else(|| setting("AWS_DEFAULT_REGION"));
        format!("https://s3.{}.amazonaws.com", region.unwrap_or_else(|| "us-east-1".to_owned()))
    });
    let key = utf8_percent_encode(key, PATH);
    parsed(&format!("{}/{bucket}/{key}", endpoint.trim_end_matches('/')))
}

fn parsed(url: &str) -> Result<Url, Fault> {
    Url::parse(url).map_err(|error| Fault::last(format!("no address can be made of it: {error}")))
}

/// A variable of the environment that holds something.
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_written_into_the_path_whole() {
        let url = plain("bucket", "a b/c=1/d+e?.gz").unwrap();
        assert!(url.as_str().ends_with("/bucket/a%20b/c%3D1/d%2Be%3F.gz"), "{url}");
    }
}
