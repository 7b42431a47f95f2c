//! The census of hosts: every registrable domain with its records and bytes of text, as newspapers ranked C4.
//!
//! Counted for each shard and written beside its part, then summed. All domains of a run are held in memory at the
//! end, about 100 bytes each; a crawl of 40 million domains needs some 4 GB, a hundred shards of it a few MB.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::output::{Hashed, Table};
use crate::cell::cell;
use crate::escape::shown;
use crate::record::identity::Identity;

/// What is counted for a domain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// Content records.
    pub records: u64,
    /// Bytes of their text in UTF-8, where the corpus has text.
    pub text_bytes: u64,
}

/// Counts by registrable domain.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Census {
    domains: HashMap<String, Presence>,
}

impl Census {
    /// Counts a record of `domain` with so many bytes of text.
    pub fn count(&mut self, domain: &str, text_bytes: u64) {
        let presence = match self.domains.get_mut(domain) {
            Some(presence) => presence,
            None => self.domains.entry(domain.to_owned()).or_default(),
        };
        presence.records += 1;
        presence.text_bytes += text_bytes;
    }

    /// Adds the counts of another stretch.
    pub fn add(&mut self, other: Census) {
        for (domain, presence) in other.domains {
            let sum = self.domains.entry(domain).or_default();
            sum.records += presence.records;
            sum.text_bytes += presence.text_bytes;
        }
    }

    /// Writes the counts of a shard beside its part. Returns their SHA-256, lower-case hexadecimal, for the part to seal.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(&self, part: &Path) -> io::Result<String> {
        let path = beside(part);
        let aside = path.with_extension("hosts.tmp");
        let mut rows = csv::Writer::from_writer(Hashed::create(&aside)?);
        let sorted: BTreeMap<&String, &Presence> = self.domains.iter().collect();
        for (domain, presence) in sorted {
            let cells = [domain.as_str(), &presence.records.to_string(), &presence.text_bytes.to_string()];
            rows.write_record(cells).map_err(io::Error::other)?;
        }
        let mut file = rows.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
        file.flush()?;
        fs::rename(aside, path)?;
        Ok(file.sha256())
    }
}

/// Where the counts of a part stand.
pub fn beside(part: &Path) -> PathBuf {
    part.with_extension("hosts")
}

/// The columns of `hosts.csv`.
pub const COLUMNS: &[&str] =
    &["dataset", "release", "subset", "rank", "registrable_domain", "records", "text_bytes", "record_share"];

/// Sums the censuses of all shards.
#[derive(Default)]
pub struct Totals {
    by_corpus: BTreeMap<(String, String, String), HashMap<String, Presence>>,
}

impl Totals {
    /// Adds the census of one shard; a shard that could not be read has none.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn add(&mut self, part: &Path, shard: &Identity) -> io::Result<()> {
        let file = match File::open(beside(part)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        let corpus = (shard.dataset.clone(), shard.release.clone(), shard.subset.clone());
        let domains = self.by_corpus.entry(corpus).or_default();
        for row in csv::ReaderBuilder::new().has_headers(false).from_reader(file).into_records() {
            let row = row.map_err(io::Error::other)?;
            let number = |index: usize| row.get(index).and_then(|cell| cell.parse::<u64>().ok());
            let (Some(domain), Some(records), Some(text)) = (row.get(0), number(1), number(2)) else {
                return Err(io::Error::other(format!(
                    "`{}` is not a census of this tool",
                    shown(&beside(part))
                )));
            };
            let sum = domains.entry(domain.to_owned()).or_default();
            sum.records += records;
            sum.text_bytes += text;
        }
        Ok(())
    }

    /// Writes the ranking of each corpus: most records first, then by name.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(self, table: &mut Table) -> io::Result<()> {
        for ((dataset, release, subset), domains) in self.by_corpus {
            let total: u64 = domains.values().map(|presence| presence.records).sum();
            let mut ranked: Vec<(String, Presence)> = domains.into_iter().collect();
            ranked.sort_unstable_by(|(one, a), (other, b)| (b.records, one).cmp(&(a.records, other)));
            for (index, (domain, presence)) in ranked.iter().enumerate() {
                let share = presence.records as f64 / total as f64;
                table.row([
                    cell(&dataset).into_owned(),
                    cell(&release).into_owned(),
                    cell(&subset).into_owned(),
                    (index + 1).to_string(),
                    cell(domain).into_owned(),
                    presence.records.to_string(),
                    presence.text_bytes.to_string(),
                    format!("{share:.8}"),
                ])?;
            }
        }
        Ok(())
    }
}
