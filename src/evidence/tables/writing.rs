//! Part by part into the tables, and what is written at the end.

use std::collections::BTreeMap;
use std::fs;
use std::io;

use super::count::{Count, InShard};
use super::order::{Placed, sealed};
use super::summary::Summary;
use super::titles::{sorted, title_of, unguarded};
use super::{PRESENCE, PUBLISHERS, Plan};
use crate::cell::cell;
use crate::evidence::acquisition;
use crate::evidence::articles::{self, Sums};
use crate::evidence::census::{self, Totals};
use crate::evidence::copies::{self, Spread};
use crate::evidence::distinct::Distinct;
use crate::evidence::estimates::{self, Counts, Estimates};
use crate::evidence::output::{Table, aside};
use crate::evidence::part::Sealed;
use crate::evidence::receipt::{self, Receipt, Status};
use crate::evidence::records::Collection;
use crate::evidence::row::{self, column};

/// Shards of one release, by how they ended.
#[derive(Clone, Copy, Debug, Default)]
struct Shards {
    number: u32,
    whole: u64,
    gaps: u64,
}

type Corpus = (String, String);

/// The tables under way.
pub(super) struct Writing<'p> {
    plan: &'p Plan<'p>,
    matches: Table,
    shards: Table,
    presence: Table,
    totals: BTreeMap<(usize, Corpus), Count>,
    corpora: BTreeMap<Corpus, Shards>,
    /// Indices of the titles in the order of their names. A map would take a hundred bytes for each of a million titles.
    sorted: Vec<u32>,
    urls: Distinct,
    payloads: Distinct,
    hosts: Totals,
    records: Collection,
    spread: Spread,
    articles: Sums,
    estimates: Option<Estimates<'p>>,
    summary: Summary,
}

impl<'p> Writing<'p> {
    pub(super) fn new(plan: &'p Plan<'p>) -> io::Result<Writing<'p>> {
        Ok(Writing {
            plan,
            matches: Table::create(plan.out, "matches", row::COLUMNS)?,
            shards: Table::create(plan.out, "shards", receipt::COLUMNS)?,
            presence: Table::create(plan.out, "presence", PRESENCE)?,
            totals: BTreeMap::new(),
            corpora: BTreeMap::new(),
            sorted: sorted(plan.titles),
            urls: Distinct::new(plan.out),
            payloads: Distinct::new(plan.out),
            hosts: Totals::default(),
            records: Collection::new(plan.out),
            spread: Spread::default(),
            articles: Sums::default(),
            estimates: plan.sampled.map(Estimates::new),
            summary: Summary::default(),
        })
    }

    /// Looks at the evidence about articles in all parts: how far a passage is spread decides what it is called.
    pub(super) fn spread(&mut self, parts: &[Placed]) -> io::Result<()> {
        for part in parts.iter().filter(|part| part.duplicate_of.is_none()) {
            sealed(&part.path)?.rows("", |_, evidence| {
                evidence.iter().for_each(|evidence| self.spread.add(evidence));
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Takes one part in, in the order of parts.
    pub(super) fn part(&mut self, placed: Placed) -> io::Result<()> {
        let part = sealed(&placed.path)?;
        let mut receipt = part.footer.receipt.clone();
        if let Some(first) = &placed.duplicate_of {
            receipt.status = Status::Excluded;
            receipt.reason = format!("the same shard, byte for byte, as `{first}`, which is counted once");
            self.summary.duplicates += 1;
        }
        self.shards.row(receipt.row())?;
        self.summary.note(&receipt);
        if receipt.status == Status::Excluded {
            return Ok(());
        }
        let corpus = (receipt.identity.dataset.clone(), receipt.identity.release.clone());
        let next = self.corpora.len() as u32;
        let shards =
            self.corpora.entry(corpus.clone()).or_insert(Shards { number: next, ..Shards::default() });
        shards.whole += u64::from(receipt.is_whole());
        shards.gaps += u64::from(receipt.is_gap());
        let number = shards.number;
        let kept_file = self.records.add(&placed.path, &receipt)?;
        let counts = self.rows(part, number, &kept_file)?;
        self.present(&receipt, &counts)?;
        if let Some(estimates) = &mut self.estimates {
            let titles = counts.iter().map(|(title, InShard { count, .. })| {
                (*title, Counts { captures: count.captures, copies: count.copies, words: count.words })
            });
            estimates.shard(placed.index, &receipt, titles);
        }
        for (title, found) in counts {
            self.totals.entry((title, corpus.clone())).or_default().add(&found.count);
        }
        if self.plan.census {
            self.hosts.add(&placed.path, &receipt.identity)?;
        }
        Ok(())
    }

    /// Copies the rows of a part and counts them by title.
    fn rows(&mut self, part: Sealed, corpus: u32, kept_file: &str) -> io::Result<BTreeMap<usize, InShard>> {
        let mut counts: BTreeMap<usize, InShard> = BTreeMap::new();
        let Writing { plan, matches, sorted, urls, payloads, spread, articles, summary, .. } = self;
        let list = plan.titles.len() as u32;
        part.rows(kept_file, |mut row, evidence| {
            let judged = evidence.as_ref().map(|evidence| {
                let judged = evidence.judge(Some(spread));
                copies::complete(&mut row, &judged, evidence);
                articles.add(&row, evidence, &judged);
                judged
            });
            matches.row(&row)?;
            summary.matches += 1;
            match &judged {
                Some(judged) if judged.class.is_copy() => summary.copies += 1,
                Some(_) => {
                    summary.notes += 1;
                    return Ok(());
                }
                None => {}
            }
            let cell = |index: usize| row.get(index).map(String::as_str).unwrap_or_default();
            let key =
                (unguarded(cell(const { column("publisher") })), unguarded(cell(const { column("title") })));
            let Some(title) = title_of(plan.titles, sorted, (&key.0, &key.1)) else { return Ok(()) };
            let InShard { count, urls: seen, articles } = counts.entry(title).or_default();
            if let Some(judged) = judged {
                count.copies += 1;
                count.words += u64::from(judged.measure.own);
                count.date(cell(const { column("archive_date") }));
                articles.insert(cell(const { column("article_id") }).to_owned());
                return Ok(());
            }
            let mirror = cell(const { column("match_kind") }) == "mirror";
            count.capture(mirror, cell(const { column("archive_date") }));
            let url = cell(const { column("archive_url") });
            if !seen.contains(url) {
                seen.insert(url.to_owned());
                urls.add(corpus * list + title as u32, url.as_bytes())?;
            }
            let digest = cell(const { column("archive_digest") });
            if !digest.is_empty() {
                payloads.add(corpus * list + title as u32, digest.as_bytes())?;
            }
            Ok(())
        })?;
        Ok(counts)
    }

    /// The rows of `presence.csv` about a shard. A cell is empty where nobody looked: addresses are looked for by the titles
    /// of the list, articles by their owners, and a zero would say that somebody had looked.
    fn present(&mut self, receipt: &Receipt, counts: &BTreeMap<usize, InShard>) -> io::Result<()> {
        let shard = &receipt.identity;
        for (index, (publisher, title)) in self.plan.titles.iter().enumerate() {
            let found = counts.get(&index);
            if found.is_none() && !self.plan.zero_rows {
                continue;
            }
            // A zero may stand only where something was examined.
            let examined = receipt.status != Status::Failed;
            let number = |value: u64| if examined { value.to_string() } else { String::new() };
            let none = InShard::default();
            let InShard { count, urls, articles } = found.unwrap_or(&none);
            let is_listed = index < self.plan.listed;
            let by_address = |value: u64| if is_listed { number(value) } else { String::new() };
            let by_article = |value: u64| if is_listed { String::new() } else { number(value) };
            self.presence.row([
                cell(&shard.dataset).into_owned(),
                cell(&shard.release).into_owned(),
                cell(&shard.shard).into_owned(),
                receipt.status.name().to_owned(),
                number(receipt.tally.content),
                cell(publisher).into_owned(),
                cell(title).into_owned(),
                by_address(count.captures),
                by_address(count.mirrors),
                by_address(urls.len() as u64),
                by_article(articles.len() as u64),
                by_article(count.words),
            ])?;
        }
        Ok(())
    }

    /// Writes what can be written at the end only, and puts all tables in their places.
    pub(super) fn finish(mut self) -> io::Result<Summary> {
        let mut publishers = Table::create(self.plan.out, "publishers", PUBLISHERS)?;
        let (urls, payloads) = (self.urls.counts()?, self.payloads.counts()?);
        let list = self.plan.titles.len() as u32;
        for (index, (publisher, title)) in self.plan.titles.iter().enumerate() {
            for (corpus, shards) in &self.corpora {
                let count = self.totals.remove(&(index, corpus.clone())).unwrap_or_default();
                let group = shards.number * list + index as u32;
                let distinct = |counts: &BTreeMap<u32, u64>| counts.get(&group).copied().unwrap_or_default();
                let is_listed = index < self.plan.listed;
                let by_address = |value: u64| if is_listed { value.to_string() } else { String::new() };
                let by_article = |value: u64| if is_listed { String::new() } else { value.to_string() };
                publishers.row([
                    cell(publisher).into_owned(),
                    cell(title).into_owned(),
                    cell(&corpus.0).into_owned(),
                    cell(&corpus.1).into_owned(),
                    shards.whole.to_string(),
                    shards.gaps.to_string(),
                    count.shards.to_string(),
                    by_address(count.captures),
                    by_address(count.mirrors),
                    by_address(distinct(&urls)),
                    by_address(distinct(&payloads)),
                    by_article(count.words),
                    count.first,
                    count.last,
                ])?;
            }
        }
        let mut tables = vec![self.matches, self.shards, self.presence, publishers];
        if self.plan.census {
            let mut hosts = Table::create(self.plan.out, "hosts", census::COLUMNS)?;
            self.hosts.write(&mut hosts)?;
            tables.push(hosts);
        }
        if let Some(add_missing) = self.plan.articles {
            if self.plan.zero_rows {
                add_missing(&mut self.articles)?;
            }
            let mut articles = Table::create(self.plan.out, "articles", articles::COLUMNS)?;
            self.articles.write(&mut articles)?;
            tables.push(articles);
        }
        tables.extend(acquisition::table(self.plan.out, self.plan.journals, self.plan.parts)?);
        if let Some(found) = &self.estimates {
            let mut table = Table::create(self.plan.out, "estimates", estimates::COLUMNS)?;
            found.write(self.plan.titles, &mut table)?;
            tables.push(table);
        }
        for table in tables {
            self.summary.files.extend(table.finish()?);
        }
        for file in &self.summary.files {
            fs::rename(aside(self.plan.out, &file.path), self.plan.out.join(&file.path))?;
        }
        self.summary.files.extend(self.records.finish()?);
        Ok(self.summary)
    }
}
