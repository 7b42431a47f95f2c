//! Summaries that say another thing than the receipts and the rows are told, also where only a zero is at stake.

use std::fs;

use crate::kit::work::Work;
use crate::scanning::{line, scan, work};

/// Evidence of a shard with a capture, one without, and one that failed, in `e`.
fn prepared() -> Work {
    let work = work();
    work.put("s/a.json", line("www.lemonde.fr", 1));
    work.put("s/b.json", line("www.example.org", 1));
    work.put("s/c.json.gz", [0x1f, 0x8b, 8, 0]);
    scan(&work, &["s", "--zero-rows"], "e").expect(3);
    work
}

/// The table with the first row that holds all of `words` changed by `change`.
fn changed(table: &str, words: &[&str], change: impl Fn(&str) -> String) -> String {
    let mut is_done = false;
    let lines = table.lines().map(|row| {
        let is_it = !is_done && words.iter().all(|word| row.contains(word));
        is_done |= is_it;
        if is_it { change(row) } else { format!("{row}\n") }
    });
    let changed = lines.collect();
    assert!(is_done, "no row with {words:?} in {table}");
    changed
}

#[test]
fn what_a_zero_rests_on_cannot_be_changed_unseen() {
    let work = prepared();
    let verify = |code| {
        let _ = fs::remove_file(work.path("v.csv"));
        work.run(["verify", "e", "--source", "s", "--out", "v.csv"]).expect(code)
    };
    verify(0);
    let replaced = |old: &'static str, new: &'static str| {
        Box::new(move |row: &str| {
            assert!(row.contains(old), "no `{old}` in {row}");
            row.replace(old, new) + "\n"
        }) as Box<dyn Fn(&str) -> String>
    };
    let removed = || Box::new(|_: &str| String::new()) as Box<dyn Fn(&str) -> String>;
    let none = ["b.json", "Le Monde"].as_slice();
    let failed = ["c.json.gz", "Le Monde"].as_slice();
    for (what, name, words, change, told) in [
        ("nobody looked", "presence.csv", failed, replaced(",,,,,", ",0,0,0,,"), "a count is empty where"),
        ("somebody looked", "presence.csv", none, replaced(",0,0,0,,", ",,,,,"), "a count is empty where"),
        ("failed", "presence.csv", failed, replaced(",failed,", ",whole,"), "shard_status is whole, and"),
        ("records", "presence.csv", none, replaced(",whole,1,", ",whole,9,"), "content_records is 9, and"),
        ("another shard", "presence.csv", none, replaced("b.json", "z.json"), "has no such shard"),
        ("a title less", "publishers.csv", &["BBC News", "c4"], removed(), "`BBC News` has no row for `c4`"),
    ] {
        let path = work.path("e").join(name);
        let table = fs::read_to_string(&path).unwrap();
        fs::write(&path, changed(&table, words, change)).unwrap();
        let run = verify(4);
        assert!(run.stdout.contains(told), "{what}: no `{told}` in\n{}", run.stdout);
        fs::write(&path, table).unwrap();
    }
    verify(0);
}
