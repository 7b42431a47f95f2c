//! What a run came to, for whoever waits for it.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use serde_json::json;

use super::args::Args;
use crate::command::display;
use crate::escape::shown;
use crate::evidence::receipt::Status;
use crate::evidence::tables::Summary;
use crate::exit::Exit;

pub(in crate::command) fn exit(summary: &Summary) -> Exit {
    let readable = summary.count(Status::Whole) + summary.count(Status::Partial);
    match (summary.gap_total(), readable) {
        (0, _) => Exit::AllExamined,
        (_, 0) => Exit::NothingUsable,
        _ => Exit::Gaps,
    }
}

/// What a run came to, in one line.
pub(in crate::command) fn totals(summary: &Summary, articles: bool, elapsed: Duration) -> String {
    let tally = &summary.tally;
    let shards: u64 = summary.shards.values().sum();
    let unexamined = tally.unread_total() + tally.damaged;
    let copies = format!(
        " ({} state a copy of an article, {} note another overlap)",
        display::count(summary.copies),
        display::count(summary.notes)
    );
    format!(
        "{}: {} whole, {} partial, {} failed; {}: {} found, {} clear, {} not examined; {}{}; {}",
        display::counted(shards, "shard"),
        display::count(summary.count(Status::Whole)),
        display::count(summary.count(Status::Partial)),
        display::count(summary.count(Status::Failed)),
        display::counted(tally.content, "content record"),
        display::count(tally.found),
        display::count(tally.clear),
        display::count(unexamined),
        display::counted(summary.matches, "row"),
        if articles { copies } else { String::new() },
        display::amount(summary.bytes, elapsed),
    )
}

/// The first gaps, a line each, and how many more there are.
pub(in crate::command) fn gaps(summary: &Summary, out: &Path) -> Vec<String> {
    let mut lines: Vec<String> =
        summary.gaps.iter().map(|(file, reason)| format!("gap: `{file}`: {reason}")).collect();
    let more = summary.gap_total().saturating_sub(summary.gaps.len() as u64);
    if more > 0 {
        let more = display::counted(more, "more gap");
        lines.push(format!("and {more}, all in `{}`", shown(&out.join("shards.csv"))));
    }
    lines
}

/// The first gaps and the totals; for a script the totals are the last line, on a terminal the first.
pub(super) fn report(args: &Args, summary: &Summary, elapsed: Duration) {
    let tally = &summary.tally;
    let shards: u64 = summary.shards.values().sum();
    let totals = totals(summary, args.fingerprints.is_some(), elapsed);
    if !args.json_progress {
        args.say(&totals);
    }
    gaps(summary, &args.out).iter().for_each(|line| args.say(line));
    if args.json_progress {
        let last = json!({
            "done": true, "shards": shards, "gaps": summary.gap_total(), "bytes": summary.bytes,
            "records": tally.records, "rows": summary.matches, "message": totals,
        });
        let _ = writeln!(io::stderr(), "{last}");
    } else if io::stderr().is_terminal() {
        args.say(&format!("evidence: `{}`", shown(&args.out)));
    }
}
