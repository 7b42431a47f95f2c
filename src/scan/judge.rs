//! The judgement on one record's address: no rule covers it, one does, or it cannot be told.

use crate::evidence::finding::Reason;
use crate::evidence::tally::{Outcome, Unread};
use crate::matching::address::{self, Unaddressed, registrable_domain};
use crate::matching::{DomainRules, Examined, Hit};
use crate::record::date::{self, CaptureDate};

use super::batch::Batch;

/// A record's address and date, judged.
pub struct Judgement {
    /// What becomes of the record if its bytes are whole.
    pub outcome: Outcome,
    /// The host, for rows; empty unless a rule covers it.
    pub host: String,
    /// The registrable domain, when hosts are counted.
    pub domain: Option<String>,
    /// The rules that cover it.
    pub reasons: Vec<Reason>,
    /// The date, where it can be read.
    pub date: Option<CaptureDate>,
}

/// Judges addresses by the publisher list.
#[derive(Clone, Copy)]
pub struct Judge<'r> {
    rules: Option<&'r DomainRules>,
    census: bool,
}

impl<'r> Judge<'r> {
    /// By these rules; without any, no address is asked for. `census` asks for the registrable domain of each host.
    pub fn new(rules: Option<&'r DomainRules>, census: bool) -> Judge<'r> {
        Judge { rules, census }
    }

    /// A record of a corpus that has no addresses.
    pub fn without_address(&self) -> Judgement {
        match self.rules {
            Some(_) => Judgement::unread(Unread::NoAddresses),
            None => Judgement::of(Outcome::Clear, None),
        }
    }

    /// Judges the address and the date as they stand in the archive.
    pub fn judge(&self, url: Option<&str>, date: Option<&str>) -> Judgement {
        let date = date.and_then(date::read);
        let Some(rules) = self.rules else {
            let domain = url.filter(|_| self.census).and_then(|url| address::parse(url).ok());
            let domain = domain.map(|address| registrable_domain(&address.host).to_owned());
            return Judgement { domain, ..Judgement::of(Outcome::Clear, date) };
        };
        let unread = |reason| Judgement { date, ..Judgement::unread(reason) };
        let Some(url) = url else { return unread(Unread::NoAddress) };
        let address = match address::parse(url) {
            Ok(address) => address,
            Err(Unaddressed::Empty) => return unread(Unread::NoAddress),
            // A name server's answer or an archive's own note is no page of anybody.
            Err(Unaddressed::NotWeb) => return Judgement::of(Outcome::Clear, date),
            Err(Unaddressed::NoHost) => return unread(Unread::UnreadableAddress),
        };
        let mut judgement = match rules.examine(&address, url, date.map(|date| date.day())) {
            Examined::Clear => Judgement::of(Outcome::Clear, date),
            Examined::Excluded(_) => Judgement::of(Outcome::Excluded, date),
            Examined::Undecided => unread(Unread::UnreadableDate),
            Examined::Found(hits) => Judgement {
                host: address.host.clone().into_owned(),
                reasons: hits.into_iter().map(reason).collect(),
                ..Judgement::of(Outcome::Found, date)
            },
        };
        judgement.domain = self.census.then(|| registrable_domain(&address.host).to_owned());
        judgement
    }
}

impl Judgement {
    /// The record was read and cannot be examined.
    pub fn unread(reason: Unread) -> Judgement {
        Judgement::of(Outcome::Unread(reason), None)
    }

    fn of(outcome: Outcome, date: Option<CaptureDate>) -> Judgement {
        Judgement { outcome, host: String::new(), domain: None, reasons: Vec::new(), date }
    }

    /// Enters the record into a batch, now that its bytes have turned out whole.
    pub fn enter(&self, batch: &mut Batch, text_bytes: u64) {
        batch.tally.content(self.outcome);
        batch.tally.text_bytes += text_bytes;
        if let Some(date) = self.date {
            batch.date(date);
        }
        if let (Some(census), Some(domain)) = (&mut batch.census, &self.domain) {
            census.count(domain, text_bytes);
        }
    }
}

/// The host of an address, in ASCII and lower case; empty when it has none that can be read.
pub fn host(url: &str) -> String {
    address::parse(url).map(|address| address.host.into_owned()).unwrap_or_default()
}

fn reason(hit: Hit<'_>) -> Reason {
    Reason {
        kind: hit.kind,
        publisher: hit.rule.publisher().to_owned(),
        title: hit.rule.title().to_owned(),
        rule: hit.rule.text().to_owned(),
        original_url: hit.original_url,
    }
}
