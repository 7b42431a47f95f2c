//! The README's example is true: its command, its last lines, its row, and the check of that row by public tools.

use std::path::Path;
use std::process::Command;

use crate::kit::work::{Work, plain};

fn readme() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

/// A folder in which the README's relative paths work.
fn work() -> Work {
    let work = Work::new();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    std::os::unix::fs::symlink(fixtures, work.path("fixtures")).unwrap();
    work
}

/// The code block that begins with this line.
fn block(readme: &str, begins: &str) -> String {
    let from = readme.find(begins).unwrap_or_else(|| panic!("no block begins with `{begins}`"));
    readme[from..].split("```").next().unwrap().to_owned()
}

/// The value in the table of the row, by the name of its column.
fn cell(readme: &str, column: &str) -> String {
    let line = readme.lines().find(|line| line.starts_with(&format!("| `{column}`"))).unwrap();
    line.split('|').nth(2).unwrap().trim().trim_matches('`').to_owned()
}

#[test]
fn the_example_is_true() {
    let (readme, work) = (readme(), work());
    let command = block(&readme, "cargo run --release -- ");
    let arguments: Vec<&str> = command.split_whitespace().skip(4).collect();
    let run = work.run(&arguments).expect(3);
    let lines = block(&readme, "15 shards: ");
    let (totals, gap) = lines.trim().split_once('\n').unwrap();
    assert!(run.stderr.contains(totals.trim_end_matches("...")), "{}", run.stderr);
    assert!(run.stderr.contains(gap), "{}", run.stderr);

    let rows = work.evidence("evidence").rows("matches.csv");
    let row =
        rows.iter().find(|row| row["match_id"] == cell(&readme, "match_id")).expect("the row of the README");
    for column in ["release", "shard", "record_sha256", "digest_check", "archive_url"] {
        assert_eq!(plain(&row[column]), plain(&cell(&readme, column)), "{column}");
    }
    assert!(readme.contains(&format!("| `{}`, `{}` |", row["offset"], row["length"])));
    assert!(readme.contains(&format!("| `{}`, `{}` |", row["title"], row["rule"])));
    let end = row["offset"].parse::<u64>().unwrap() + row["length"].parse::<u64>().unwrap() - 1;
    assert!(readme.contains(&format!("curl -s -r {}-{end} URL", row["offset"])));
}

#[test]
fn the_row_is_checked_by_public_tools() {
    let (readme, work) = (readme(), work());
    let script = block(&readme, "shard=fixtures/");
    let output = Command::new("sh").arg("-c").arg(&script).current_dir(work.path(".")).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.starts_with(&cell(&readme, "record_sha256")), "{printed}");
    let url: String = serde_json::from_str(&cell(&readme, "archive_url")).unwrap();
    assert!(printed.contains(&format!("WARC-Target-URI: {url}")), "{printed}");
}
