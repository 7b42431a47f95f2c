//! The rows that are traced, by all that a capture can be known by.

use std::collections::{HashMap, HashSet};

use crate::evidence::reading::Row;
use crate::evidence::row::column;
use crate::matching::address;
use crate::matching::paths;

/// How a row and a capture were joined; the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Join {
    /// The row names the capture's record as the one that it was made from.
    RefersTo,
    /// Both have the same record id.
    RecordId,
    /// Both have the same address and the same digest.
    UrlAndDigest,
    /// Both have the same address, and were captured in the same second.
    UrlAndTime,
    /// The same with addresses in the form that rules are compared in: two spellings of one address.
    NormalUrlAndTime,
}

impl Join {
    /// The word in the column.
    pub fn name(self) -> &'static str {
        match self {
            Join::RefersTo => "refers_to",
            Join::RecordId => "record_id",
            Join::UrlAndDigest => "url_and_digest",
            Join::UrlAndTime => "url_and_time",
            Join::NormalUrlAndTime => "normal_url_and_time",
        }
    }

    /// How sure it is; joins of one rank are equally so.
    pub fn rank(self) -> u8 {
        match self {
            Join::RefersTo | Join::RecordId => 0,
            Join::UrlAndDigest => 1,
            Join::UrlAndTime => 2,
            Join::NormalUrlAndTime => 3,
        }
    }
}

/// What a capture can be known by.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'k> {
    /// Its record id; empty when unknown.
    pub id: &'k str,
    /// Its address.
    pub url: &'k str,
    /// Its date in ISO 8601 UTC; empty when unknown.
    pub date: &'k str,
    /// Its digest; empty when unknown.
    pub digest: &'k str,
}

/// The rows that are traced.
#[derive(Default)]
pub struct Derived {
    /// The rows, in the order of the evidence.
    pub rows: Vec<Row>,
    ids: HashMap<String, Vec<(usize, Join)>>,
    digests: HashMap<(String, String), Vec<usize>>,
    times: HashMap<(String, String), Vec<(usize, Join)>>,
    seconds: HashSet<String>,
}

impl Derived {
    /// True for a row of a corpus whose records were made from captures: documents, and the texts of WET files.
    pub fn is_derived(row: &Row) -> bool {
        matches!(row.cell(const { column("record_type") }), "document" | "conversion")
    }

    /// True when a row names a capture by anything: an id, or an address with a digest or with a time to the second.
    pub fn names_capture(row: &Row) -> bool {
        let has = |name: usize| !row.text(name).is_empty();
        let by_id = has(const { column("archive_refers_to") }) || has(const { column("archive_record_id") });
        let dated = second(row.cell(const { column("archive_date") })).is_some();
        by_id || has(const { column("archive_url") }) && (dated || has(const { column("archive_digest") }))
    }

    /// Adds a row.
    pub fn add(&mut self, row: Row) {
        let index = self.rows.len();
        let text = |name: usize| row.text(name).into_owned();
        let url = text(const { column("archive_url") });
        for (name, join) in [
            (const { column("archive_refers_to") }, Join::RefersTo),
            (const { column("archive_record_id") }, Join::RecordId),
        ] {
            let id = text(name);
            if !id.is_empty() {
                self.ids.entry(bare(&id).to_owned()).or_default().push((index, join));
            }
        }
        let digest = text(const { column("archive_digest") });
        if !digest.is_empty() && !url.is_empty() {
            self.digests.entry((url.clone(), digest)).or_default().push(index);
        }
        if let Some(second) = second(row.cell(const { column("archive_date") }))
            && !url.is_empty()
        {
            self.seconds.insert(second.to_owned());
            let normal = (normal(&url), second.to_owned());
            self.times.entry((url, second.to_owned())).or_default().push((index, Join::UrlAndTime));
            self.times.entry(normal).or_default().push((index, Join::NormalUrlAndTime));
        }
        self.rows.push(row);
    }

    /// True when some row was captured in this second, `2019-04-25T12:57:54`.
    pub fn has_second(&self, second: &str) -> bool {
        self.seconds.contains(second)
    }

    /// The rows that a capture belongs to, each with the surest join.
    pub fn of(&self, capture: &Known<'_>) -> Vec<(usize, Join)> {
        let mut found: Vec<(usize, Join)> = Vec::new();
        if !capture.id.is_empty() {
            found.extend(self.ids.get(bare(capture.id)).into_iter().flatten());
        }
        if !capture.digest.is_empty() {
            let rows = self.digests.get(&(capture.url.to_owned(), capture.digest.to_owned()));
            found.extend(rows.into_iter().flatten().map(|row| (*row, Join::UrlAndDigest)));
        }
        if let Some(second) = second(capture.date).filter(|second| self.has_second(second)) {
            let exact = self.times.get(&(capture.url.to_owned(), second.to_owned()));
            let exact = exact.into_iter().flatten().filter(|(_, join)| *join == Join::UrlAndTime);
            found.extend(exact);
            let normal = self.times.get(&(normal(capture.url), second.to_owned()));
            found.extend(normal.into_iter().flatten().filter(|(_, join)| *join == Join::NormalUrlAndTime));
        }
        found.sort_unstable();
        found.dedup_by_key(|(row, _)| *row);
        found
    }
}

/// A record id without the brackets that some corpora leave out.
fn bare(id: &str) -> &str {
    id.trim_start_matches('<').trim_end_matches('>')
}

/// A date up to its second, `2019-04-25T12:57:54`; `None` when it is less precise.
pub fn second(date: &str) -> Option<&str> {
    date.get(..19).filter(|second| second.as_bytes().get(16) == Some(&b':'))
}

/// An address as rules compare it: host in lower-case ASCII, path in its normal form; and the query as it stands, since it
/// may name another page.
fn normal(url: &str) -> String {
    match address::parse(url) {
        Ok(address) => {
            let query = url.split('#').next().and_then(|url| url.split_once('?')).map(|(_, query)| query);
            format!("{}{}?{}", address.host, paths::normal(&address.path), query.unwrap_or_default())
        }
        Err(_) => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_address_are_equal_and_queries_differ() {
        assert_eq!(normal("http://WWW.A.example:80/x//y/#top"), normal("https://www.a.example/x/y"));
        assert_ne!(normal("http://a.example/?a=1"), normal("http://a.example/?a=2"));
    }

    #[test]
    fn a_date_without_seconds_joins_nothing() {
        assert_eq!(second("2019-04-25T12:57:54Z"), Some("2019-04-25T12:57:54"));
        assert_eq!(second("2019-04-25T12:57:54.123Z"), Some("2019-04-25T12:57:54"));
        for date in ["2019-04-25", "2019-04-25T12:57Z", "", "\"not a date, but long enough\""] {
            assert_eq!(second(date), None, "{date}");
        }
    }
}
