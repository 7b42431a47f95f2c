//! The display of a run under way: what a person, or a script, sees of it.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, HumanDuration, ProgressBar, ProgressStyle};
use serde_json::json;

use crate::scan::progress::{Moment, Progress};
use crate::source::location::Location;
use crate::source::plan::Shard;

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A bar on a terminal.
    Bar,
    /// One JSON object a second on standard error.
    Json,
    /// Nothing.
    Nothing,
}

impl Style {
    /// The style that the options and the terminal ask for.
    pub fn choose(quiet: bool, json: bool) -> Style {
        match (json, quiet || !io::stderr().is_terminal()) {
            (true, _) => Style::Json,
            (false, true) => Style::Nothing,
            (false, false) => Style::Bar,
        }
    }
}

/// What there is to do in all.
#[derive(Clone, Copy, Debug)]
pub struct Total {
    /// Shards to be read.
    pub shards: u64,
    /// Their stored bytes; `None` when some stand on servers that were not asked yet.
    pub bytes: Option<u64>,
}

impl Total {
    /// Of these shards.
    pub fn of<'s>(shards: impl Iterator<Item = &'s Shard>) -> Total {
        shards.fold(Total { shards: 0, bytes: Some(0) }, |total, shard| Total {
            shards: total.shards + 1,
            bytes: match shard.location {
                Location::File(_) => {
                    let stamp = shard.location.stamp();
                    total.bytes.map(|bytes| bytes + stamp.map_or(0, |stamp| stamp.0))
                }
                Location::Remote(_) => None,
            },
        })
    }

    /// How much of it is done, of how much: bytes, or shards where the bytes are not known.
    fn part(self, now: Moment) -> (u64, u64) {
        match self.bytes {
            Some(bytes) => (now.bytes, bytes),
            None => (now.shards, self.shards),
        }
    }
}

/// Shows `progress` until `over` is set.
pub fn watch(style: Style, progress: &Progress, total: Total, over: &AtomicBool) {
    let start = Instant::now();
    let bar = bar(style, total);
    let mut last = Instant::now();
    while !over.load(Ordering::Relaxed) {
        std::thread::park_timeout(Duration::from_millis(100));
        let now = progress.now();
        bar.set_position(total.part(now).0);
        bar.set_message(message(now, total, start.elapsed()));
        if style == Style::Json && last.elapsed() >= Duration::from_secs(1) {
            last = Instant::now();
            print_json(now, total, start.elapsed());
        }
    }
    bar.finish_and_clear();
    if style == Style::Json {
        print_json(progress.now(), total, start.elapsed());
    }
}

fn bar(style: Style, total: Total) -> ProgressBar {
    if style != Style::Bar {
        return ProgressBar::hidden();
    }
    let template = match total.bytes {
        Some(_) => "{bar:30} {percent:>3}% {bytes}/{total_bytes} {binary_bytes_per_sec} {msg}, {eta} left",
        None => "{bar:30} {percent:>3}% {msg}, {eta} left",
    };
    let bar = ProgressBar::new(total.part(Moment::default()).1);
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn message(now: Moment, total: Total, elapsed: Duration) -> String {
    let rate = |count: u64| HumanCount((count as f64 / elapsed.as_secs_f64().max(0.1)) as u64);
    let gaps = if now.gaps > 0 { format!(", {} with gaps", now.gaps) } else { String::new() };
    format!(
        "{}/{} shards{gaps}, {} records/s, {} rows ({}/s)",
        HumanCount(now.shards),
        HumanCount(total.shards),
        rate(now.records),
        HumanCount(now.rows),
        rate(now.rows)
    )
}

fn print_json(now: Moment, total: Total, elapsed: Duration) {
    let seconds = elapsed.as_secs_f64();
    let left = match total.part(now) {
        (0, _) => None,
        (done, all) => Some(seconds * all.saturating_sub(done) as f64 / done as f64),
    };
    let line = json!({
        "shards": now.shards, "shards_total": total.shards, "gaps": now.gaps,
        "bytes": now.bytes, "bytes_total": total.bytes,
        "records": now.records, "rows": now.rows,
        "seconds": (seconds * 10.0).round() / 10.0, "seconds_left": left.map(f64::round),
    });
    // A script that went away is no reason to stop.
    let _ = writeln!(io::stderr(), "{line}");
}

/// Bytes and time in words.
pub fn amount(bytes: u64, elapsed: Duration) -> String {
    format!("{} in {}", HumanBytes(bytes), HumanDuration(elapsed))
}

/// A number with its thousands apart.
pub fn count(number: u64) -> String {
    HumanCount(number).to_string()
}

/// So many of something whose plural ends in an s.
pub fn counted(number: u64, of: &str) -> String {
    format!("{} {of}{}", count(number), if number == 1 { "" } else { "s" })
}
