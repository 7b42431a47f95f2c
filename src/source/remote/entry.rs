//! The row of an exchange: begun with it, filled by the answer, written down whichever way it ends.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use chrono::Utc;
use reqwest::Response;
use reqwest::header::{CONTENT_LENGTH, DATE};

use super::Shared;
use super::served;
use crate::source::exchanges::Exchange;

/// What stands in the row of an exchange whose reader had enough, whether the task was ended or saw first that nobody takes
/// its bytes.
pub const READER_GONE: &str = "reading was given up";

/// An exchange under way, written down whichever way it ends.
pub struct Entry {
    shared: Arc<Shared>,
    /// What is known of it.
    pub exchange: Exchange,
}

impl Entry {
    /// Begins one.
    pub fn new(shared: &Arc<Shared>, exchange: Exchange) -> Entry {
        shared.open.fetch_add(1, Ordering::AcqRel);
        Entry { shared: Arc::clone(shared), exchange }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.exchange.ended = Some(Utc::now());
        self.shared.enter(&self.exchange);
        self.shared.open.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Writes down what the server says about itself and the file.
pub fn note(response: &Response, exchange: &mut Exchange) {
    let header = |name: &str| served::text(response.headers(), name);
    exchange.status = Some(response.status().as_u16());
    exchange.etag = header("etag");
    exchange.last_modified = header("last-modified");
    exchange.content_length = served::text(response.headers(), CONTENT_LENGTH).parse().ok();
    exchange.content_type = header("content-type");
    exchange.content_encoding = header("content-encoding");
    exchange.version_id = header("x-amz-version-id");
    exchange.server_date = served::text(response.headers(), DATE);
    exchange.remote_ip = response.remote_addr().map(|address| address.ip().to_string()).unwrap_or_default();
}
