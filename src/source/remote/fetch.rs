//! One file, or a part of it, over as many exchanges as it takes.
//!
//! Advice to whoever changes this file. Bytes of two states of a file must never come together: reading goes on behind a
//! lost connection only where the server says that the file is the same ([`Served::is_same`]). Whatever way an exchange
//! ends, it is written down.

use std::sync::{Arc, PoisonError};

use bytes::Bytes;
use chrono::Utc;
use reqwest::header::{
    ACCEPT_ENCODING, AUTHORIZATION, HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE,
    LOCATION, RANGE, RETRY_AFTER,
};
use reqwest::{Response, StatusCode};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::{sleep, timeout};
use url::Url;

use super::entry::{Entry, READER_GONE, note};
use super::fault::{Fault, Kind};
use super::reading::{Known, Message};
use super::resolve::{Target, may_sign};
use super::served::{self, Served, content_range};
use super::wait;
use super::{Shared, Want};
use crate::source::address::{Address, without_secrets};
use crate::source::exchanges::Exchange;

/// Redirects that are followed for one exchange.
const REDIRECTS: usize = 10;
/// Bytes that a connection must have brought for the tries before it to be forgotten: a server that hands out a few bytes at
/// a time would keep us for ever.
const PROGRESS: u64 = 64 * 1024;

/// A file under way.
pub struct Fetch {
    pub(super) shared: Arc<Shared>,
    pub(super) address: Address,
    /// Number of the shard in the run.
    pub(super) shard: usize,
    pub(super) out: UnboundedSender<Message>,
    pub(super) room: Arc<Semaphore>,
    pub(super) known: Known,
    pub(super) want: Want,
    pub(super) attempt: u64,
    /// Why the server has refused the address without a signature, if it has.
    pub(super) denied: Option<String>,
}

impl Fetch {
    /// Fetches to the end, or to a fault that does not pass.
    pub async fn run(mut self) {
        let (mut failures, mut progress) = (0, self.want.at);
        loop {
            let fault = match self.attempt().await {
                Ok(()) => return drop(self.say(Message::End)),
                Err(fault) => fault,
            };
            if may_sign(&self.address, &fault) && self.denied.is_none() {
                self.denied = Some(fault.what);
                continue;
            }
            if self.want.at - progress >= PROGRESS {
                failures = 0;
            }
            progress = self.want.at;
            failures += 1;
            let limits = &self.shared.limits;
            let last = match fault.kind {
                Kind::Passing(_) if self.want.at > 0 && !self.known().can_be_compared() => {
                    Fault::last(format!(
                        "{}; the server names no state of the file (ETag, Last-Modified) by which reading could go on",
                        fault.what
                    ))
                }
                Kind::Passing(_) if failures > limits.retries => {
                    Fault::last(format!("{} (after {failures} tries)", fault.what))
                }
                Kind::Passing(Some(asked)) if asked > wait::LONGEST => Fault::last(format!(
                    "{}; the server asks to wait for {} s, which is longer than a run waits",
                    fault.what,
                    asked.as_secs()
                )),
                Kind::Passing(asked) => {
                    sleep(asked.unwrap_or_else(|| wait::backoff(limits.first_wait, failures))).await;
                    continue;
                }
                _ => fault,
            };
            // Nobody listens when the reader has gone, and then nobody wants to know.
            let _ = self.out.send(Message::Failed(last));
            return;
        }
    }

    fn known(&self) -> Served {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// True when the request asks for a part.
    fn is_part(&self) -> bool {
        self.want.at > 0 || self.want.end.is_some()
    }

    /// One try: a request, with its redirects, and the bytes of its answer.
    async fn attempt(&mut self) -> Result<(), Fault> {
        if self
            .known()
            .total
            .filter(|_| self.want.begun)
            .is_some_and(|total| self.want.at > 0 && self.want.at == total)
        {
            return Ok(());
        }
        self.attempt += 1;
        let target = self.shared.resolver.target(&self.address, self.denied.is_some()).await;
        let Target { mut url, token } = target.map_err(|Fault { what, kind }| match &self.denied {
            Some(refusal) => Fault { what: format!("{refusal}; {what}"), kind },
            None => Fault { what, kind },
        })?;
        let home = url.origin();
        let mut seen = vec![url.clone()];
        loop {
            let token = token.as_ref().filter(|_| url.origin() == home);
            let mut entry = Entry::new(&self.shared, self.exchange(&url));
            let result = self.ask(&url, token, &mut entry.exchange).await;
            entry.exchange.error = result.as_ref().err().map(|fault| fault.what.clone()).unwrap_or_default();
            drop(entry);
            let Some(next) = result? else { return Ok(()) };
            if seen.contains(&next) {
                return Err(Fault::last("the server redirects in a circle"));
            }
            if seen.len() > REDIRECTS {
                return Err(Fault::last(format!("the server redirects more than {REDIRECTS} times")));
            }
            seen.push(next.clone());
            url = next;
        }
    }

    fn exchange(&self, url: &Url) -> Exchange {
        Exchange {
            shard: self.shard,
            attempt: self.attempt,
            url: without_secrets(url),
            range: if self.is_part() { self.range() } else { String::new() },
            started: Some(Utc::now()),
            // Unless it ends otherwise: whoever reads may stop at any moment, and the task ends with it.
            error: READER_GONE.to_owned(),
            ..Exchange::default()
        }
    }

    fn range(&self) -> String {
        match self.want.end {
            Some(end) => format!("bytes={}-{}", self.want.at, end.saturating_sub(1)),
            None => format!("bytes={}-", self.want.at),
        }
    }

    /// One exchange. Returns where it is redirected to, or nothing when the bytes have come.
    async fn ask(
        &mut self,
        url: &Url,
        token: Option<&String>,
        exchange: &mut Exchange,
    ) -> Result<Option<Url>, Fault> {
        let mut request = self.shared.client()?.get(url.clone());
        // The bytes are to come as they are stored.
        request = request.header(ACCEPT_ENCODING, "identity");
        if let Some(token) = token {
            let mut value = HeaderValue::try_from(format!("Bearer {token}"))
                .map_err(|_| Fault::last("HF_TOKEN holds characters that no token has"))?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        if self.is_part() {
            request = request.header(RANGE, self.range());
            if let Some(validator) = self.known().validator() {
                request = request.header(IF_RANGE, validator);
            }
        }
        if let Some(kept) = self.want.kept.as_ref().filter(|_| !self.is_part()) {
            request = match kept.etag.is_empty() {
                true => request.header(IF_MODIFIED_SINCE, &kept.last_modified),
                false => request.header(IF_NONE_MATCH, &kept.etag),
            };
        }
        let patience = self.shared.limits.timeout;
        let response = match timeout(patience, request.send()).await {
            Ok(response) => response.map_err(Fault::of)?,
            Err(_) => return Err(Fault::passing(format!("no answer for {} s", patience.as_secs_f64()))),
        };
        note(&response, exchange);
        if let Some(next) = redirect(url, &response)? {
            return Ok(Some(next));
        }
        self.receive(response, exchange).await.map(|()| None)
    }

    /// Takes the bytes of an answer, if they are those that were asked for.
    async fn receive(&mut self, mut response: Response, exchange: &mut Exchange) -> Result<(), Fault> {
        let headers = response.headers();
        let (answer, mut pass_over) = match response.status() {
            StatusCode::OK => (Served::of(headers, None), self.want.at),
            StatusCode::PARTIAL_CONTENT if self.is_part() => {
                let range = content_range(headers).filter(|range| range.from == self.want.at);
                let range = range.ok_or_else(|| {
                    Fault::last(format!(
                        "the server was asked for {} and sent another range ({})",
                        self.range(),
                        served::text(headers, reqwest::header::CONTENT_RANGE)
                    ))
                })?;
                (Served::of(headers, Some(range)), 0)
            }
            StatusCode::PARTIAL_CONTENT => {
                return Err(Fault::last("the server sent a part although the whole file was asked for"));
            }
            StatusCode::NOT_MODIFIED if self.want.kept.is_some() && !self.is_part() => {
                return self.say(Message::Unchanged);
            }
            status => return Err(self.refused(status, headers)),
        };
        if self.want.begun && self.is_part() {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if answer.is_page() && !known.is_page() {
                return Err(Fault::last("an HTML page was served in place of the rest of the file"));
            }
            if !known.is_same(&answer) {
                return Err(Fault::last(format!(
                    "the file changed on the server ({} before, {} now), or is not said to be the same",
                    state(&known),
                    state(&answer)
                )));
            }
            known.end_shows &= answer.end_shows;
        } else {
            *self.known.lock().unwrap_or_else(PoisonError::into_inner) = answer;
            self.want.begun = true;
            self.say(Message::Begun)?;
        }
        let patience = self.shared.limits.timeout;
        while self.want.end != Some(self.want.at) {
            let mut piece = match timeout(patience, response.chunk()).await {
                Ok(Ok(Some(piece))) => piece,
                Ok(Ok(None)) => break,
                Ok(Err(error)) => return Err(self.lost(error)),
                Err(_) => {
                    return Err(Fault::passing(format!("no bytes came for {} s", patience.as_secs_f64())));
                }
            };
            exchange.bytes += piece.len() as u64;
            let passed = pass_over.min(piece.len() as u64);
            pass_over -= passed;
            drop(piece.split_to(passed as usize));
            if let Some(end) = self.want.end {
                piece.truncate(usize::try_from(end - self.want.at).unwrap_or(usize::MAX));
            }
            self.hand_on(piece).await?;
        }
        // A part that was asked for without knowing the file may begin in it and end behind it.
        let promised = match (self.want.end, self.known().total) {
            (Some(end), Some(total)) => Some(end.min(total)),
            (end, total) => end.or(total),
        };
        match promised {
            Some(promised) if self.want.at < promised => {
                Err(Fault::passing(format!("the answer ended at byte {} of {promised}", self.want.at)))
            }
            Some(promised) if self.want.at > promised => {
                Err(Fault::last(format!("{promised} bytes were promised and more came")))
            }
            _ => Ok(()),
        }
    }

    /// Hands bytes on, as soon as there is room for them.
    async fn hand_on(&mut self, piece: Bytes) -> Result<(), Fault> {
        if piece.is_empty() {
            return Ok(());
        }
        let length = piece.len() as u64;
        let permits = piece.len().min(super::AHEAD) as u32;
        match self.room.acquire_many(permits).await {
            Ok(room) => room.forget(),
            Err(_) => return Err(Fault::last(READER_GONE)),
        }
        self.say(Message::Bytes(piece))?;
        self.want.at += length;
        Ok(())
    }

    fn say(&self, message: Message) -> Result<(), Fault> {
        self.out.send(message).map_err(|_| Fault::last(READER_GONE))
    }

    /// A connection that broke inside an answer.
    fn lost(&self, error: reqwest::Error) -> Fault {
        let Fault { what, kind } = Fault::of(error);
        let of = self.known().total.map(|total| format!(" of {total}")).unwrap_or_default();
        Fault { what: format!("the connection was lost at byte {}{of} ({what})", self.want.at), kind }
    }

    /// An answer that holds no bytes of the file.
    fn refused(&self, status: StatusCode, headers: &HeaderMap) -> Fault {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).status = Some(status.as_u16());
        let told = format!("the server answered {status}");
        let code = served::text(headers, "x-error-code");
        let kind = match status.as_u16() {
            401 | 403 | 407 => Kind::Denied,
            404 | 410 => Kind::Absent,
            408 | 425 | 429 | 500 | 502 | 503 | 504 => {
                Kind::Passing(wait::retry_after(&served::text(headers, RETRY_AFTER), Utc::now()))
            }
            _ => Kind::Final,
        };
        let region = served::text(headers, "x-amz-bucket-region");
        let hint = match (&self.address, kind, status.as_u16()) {
            (Address::Hub { .. }, Kind::Denied, _) if code == "RepoNotFound" => {
                "there is no such dataset, or access must be granted on the dataset's page, then set HF_TOKEN"
            }
            (Address::Hub { .. }, Kind::Denied, _) => {
                "access must be granted on the dataset's page, then set HF_TOKEN"
            }
            (Address::Bucket { bucket, .. }, Kind::Denied, _) if bucket == "commoncrawl" => {
                "this bucket gives nothing without credentials; https://data.commoncrawl.org/ serves the same files \
                 without any"
            }
            (Address::Bucket { .. }, Kind::Denied, _) => {
                "the bucket is not public, or the credentials may not read it"
            }
            (Address::Bucket { .. }, _, 301) if !region.is_empty() => {
                "the bucket is in another region: set AWS_REGION"
            }
            (_, Kind::Denied, _) => "access denied",
            (_, Kind::Absent, _) => "there is no such file",
            (_, _, 416) => "the file is not as long as it was said to be",
            _ => "",
        };
        let what = [told.as_str(), hint, &code].into_iter().filter(|part| !part.is_empty());
        Fault { what: what.collect::<Vec<_>>().join("; "), kind }
    }
}

/// Where an answer sends us.
fn redirect(from: &Url, response: &Response) -> Result<Option<Url>, Fault> {
    let status = response.status();
    let Some(location) =
        response.headers().get(LOCATION).filter(|_| matches!(status.as_u16(), 301..=303 | 307 | 308))
    else {
        return Ok(None);
    };
    let location = String::from_utf8_lossy(location.as_bytes());
    let next = from.join(&location).map_err(|_| Fault::last("the server redirects to no address"))?;
    match (from.scheme(), next.scheme()) {
        (_, "https") | ("http", "http") => Ok(Some(next)),
        (_, scheme) => Err(Fault::last(format!(
            "the server redirects to an address of `{scheme}:`, which is not followed"
        ))),
    }
}

fn state(served: &Served) -> String {
    let length = served.total.map_or("no length".to_owned(), |total| format!("{total} bytes"));
    match (served.etag.as_str(), served.last_modified.as_str()) {
        ("", "") => length,
        ("", date) => format!("{date}, {length}"),
        (etag, _) => format!("{etag}, {length}"),
    }
}
