//! What the tests of the command line share: a list, a line, a picture of a folder.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::kit::work::{Outcome, Work};

/// A small list; most tests need no more.
pub const LIST: &str =
    "publisher,title,domain\nGroupe Le Monde,Le Monde,lemonde.fr\nBBC,BBC News,bbc.co.uk/news\n";

/// A line of C4 about page `n` of `host`.
pub fn line(host: &str, n: usize) -> String {
    format!(
        "{{\"url\": \"https://{host}/page/{n}\", \"text\": \"Number {n}.\\nAnd more words.\", \
         \"timestamp\": \"2019-04-25T12:{:02}:{:02}Z\"}}\n",
        n / 60 % 60,
        n % 60
    )
}

/// A folder with `list.csv`.
pub fn work() -> Work {
    let work = Work::new();
    work.put("list.csv", LIST);
    work
}

/// `scan ARGS -d list.csv -o OUT`
pub fn scan(work: &Work, args: &[&str], out: &str) -> Outcome {
    work.run(words(args, out))
}

/// The arguments of `scan`.
pub fn words<'a>(args: &[&'a str], out: &'a str) -> Vec<&'a str> {
    [&["scan"], args, &["-d", "list.csv", "-o", out]].concat()
}

/// The program with these arguments, to be started and watched by the test.
pub fn program(work: &Work, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shardproof"));
    command.args(args).current_dir(work.path("")).env("NO_COLOR", "1");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// Every file below `folder` with its bytes; a folder ends with `/`.
pub fn picture(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut seen = BTreeMap::new();
    look(folder, "", &mut seen);
    seen
}

fn look(folder: &Path, above: &str, seen: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).expect("a readable folder") {
        let entry = entry.expect("a readable entry");
        let name = format!("{above}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            seen.insert(format!("{name}/"), Vec::new());
            look(&entry.path(), &format!("{name}/"), seen);
        } else {
            seen.insert(name, std::fs::read(entry.path()).expect("a readable file"));
        }
    }
}

/// Fails with the names that differ, not with the bytes.
#[track_caller]
pub fn same(what: &str, one: &BTreeMap<String, Vec<u8>>, other: &BTreeMap<String, Vec<u8>>) {
    let names: std::collections::BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let differ: Vec<&&String> = names.iter().filter(|name| one.get(**name) != other.get(**name)).collect();
    assert!(differ.is_empty(), "{what}: these differ: {differ:?}");
}

/// A number in a row.
#[track_caller]
pub fn number(row: &BTreeMap<String, String>, column: &str) -> u64 {
    let cell = row.get(column).unwrap_or_else(|| panic!("no column `{column}`"));
    cell.parse().unwrap_or_else(|_| panic!("`{column}` is `{cell}`"))
}

/// The accounting identities of a row of `shards.csv`.
#[track_caller]
pub fn adds_up(what: &str, row: &BTreeMap<String, String>) {
    let of = |column| number(row, column);
    let others: u64 = row["other_records"]
        .split(';')
        .filter_map(|word| word.split_once('='))
        .map(|(_, count)| count.parse::<u64>().expect("a count"))
        .sum();
    let content = of("content_records");
    assert_eq!(content, of("clear") + of("found") + of("unread") + of("damaged"), "{what}: {row:?}");
    assert_eq!(of("records"), content + others, "{what}: {row:?}");
}
