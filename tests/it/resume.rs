//! A run that is interrupted or killed goes on where it stopped, and ends in the same bytes.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::process::{Child, Command};
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

use crate::kit::work::Work;
use crate::scanning::{line, number, picture, program, same, scan, words, work};

const SHARDS: usize = 60;

/// Sixty shards, each with a page of its own in front of the same bulk.
fn prepared() -> Work {
    static BULK: OnceLock<String> = OnceLock::new();
    let bulk = BULK.get_or_init(|| {
        let host = |n: usize| if n.is_multiple_of(50) { "www.lemonde.fr" } else { "filler.example.org" };
        (0..500).map(|n| line(host(n), n)).collect()
    });
    let work = work();
    for n in 0..SHARDS {
        work.put(&format!("s/{n:03}.json"), line("www.lemonde.fr", 1000 + n) + bulk);
    }
    work
}

/// What an uninterrupted run over `prepared` writes.
fn reference() -> &'static BTreeMap<String, Vec<u8>> {
    static TREE: OnceLock<BTreeMap<String, Vec<u8>>> = OnceLock::new();
    TREE.get_or_init(|| {
        let work = prepared();
        scan(&work, &["s", "--census"], "whole").expect(0);
        work.evidence("whole").tree()
    })
}

fn start(work: &Work, args: &[&str], out: &str) -> Child {
    program(work, &words(args, out)).spawn().expect("the program was built with its tests")
}

/// Sealed parts in the folder of a run under way.
fn parts(work: &Work, out: &str) -> usize {
    let Ok(entries) = std::fs::read_dir(work.path(out).join(".shardproof")) else { return 0 };
    entries.flatten().filter(|entry| entry.path().extension().is_some_and(|ending| ending == "part")).count()
}

/// Waits until so many parts are sealed, or the run has ended.
fn wait_for_parts(work: &Work, child: &mut Child, out: &str, count: usize) {
    let begin = Instant::now();
    while parts(work, out) < count && child.try_wait().expect("our own child").is_none() {
        assert!(begin.elapsed() < Duration::from_secs(100), "no {count} parts after {:?}", begin.elapsed());
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Exit code (-1 after a signal) and standard error.
fn end(mut child: Child) -> (i32, String) {
    let mut stderr = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut stderr).expect("the program writes UTF-8");
    (child.wait().expect("our own child").code().unwrap_or(-1), stderr)
}

fn interrupt(child: &Child) {
    let kill = format!("kill -INT {}", child.id());
    Command::new("sh").args(["-c", &kill]).status().expect("a shell");
}

/// Nothing of the way to the result is left.
#[track_caller]
fn tidy(what: &str, work: &Work, out: &str) {
    let strays: Vec<String> = picture(&work.path(out))
        .into_keys()
        .filter(|name| name.ends_with(".tmp") || name.starts_with(".shardproof") || name.ends_with(".part"))
        .collect();
    assert!(strays.is_empty(), "{what}: left behind: {strays:?}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_finished_shards_and_the_same_command_goes_on() {
    let args = ["s", "--census", "--threads", "2"];
    let mut interrupted = 0;
    for count in [1, 8, 25, 45] {
        let work = prepared();
        let mut child = start(&work, &args, "out");
        wait_for_parts(&work, &mut child, "out", count);
        interrupt(&child);
        let (exit, stderr) = end(child);
        if exit == 0 {
            continue; // It was done before the signal came.
        }
        interrupted += 1;
        assert_eq!(exit, 130, "after {count} parts: {stderr}");
        let kept = parts(&work, "out");
        assert!(kept >= count, "after {count} parts: {kept} are kept");
        let message = format!("interrupted: {kept} of {SHARDS} shards are finished and kept");
        assert!(stderr.contains(&message), "after {count} parts: no `{message}` in {stderr}");
        assert!(
            !work.path("out/manifest.json").exists() && !work.path("out/matches.csv").exists(),
            "no half tables"
        );

        // The first shard is finished. It now holds something else under the same stamp: only a run that reads it
        // again can notice.
        let first = work.path("s/000.json");
        let changed = std::fs::metadata(&first).and_then(|state| state.modified()).expect("a time of change");
        std::fs::write(&first, vec![b'#'; std::fs::read(&first).expect("ours").len()]).expect("ours");
        File::options().write(true).open(&first).and_then(|file| file.set_modified(changed)).expect("ours");
        let is_sealed = work.path("out/.shardproof/00000000.part").exists();
        let run = scan(&work, &args, "out");
        assert!(run.stderr.contains(&format!("going on: {kept} of {SHARDS}")), "{}", run.stderr);
        if is_sealed {
            assert_eq!(run.exit, 0, "after {count} parts: {}", run.stderr);
            same(&format!("after {count} parts"), reference(), &work.evidence("out").tree());
            tidy("interrupted", &work, "out");
        }
    }
    assert!(interrupted >= 2, "the runs ended before they could be interrupted");
}

#[cfg(unix)]
#[test]
fn a_run_that_is_killed_at_any_moment_goes_on() {
    let work = prepared();
    let args = ["s", "--census", "--keep-records", "--threads", "2"];
    let begun = Instant::now();
    scan(&work, &args, "whole").expect(0);
    let duration = begun.elapsed();
    let whole = picture(&work.path("whole"));
    let without_clock = |mut tree: BTreeMap<String, Vec<u8>>| {
        tree.remove("manifest.json");
        tree.remove("manifest.sha256");
        tree
    };
    let whole = without_clock(whole);
    let mut killed = 0;
    for round in 0..20u64 {
        let mut child = start(&work, &args, "out");
        // From the start over the work to the writing of the tables, by the speed of this machine.
        std::thread::sleep(duration.mul_f64([0.02, 0.1, 0.2, 0.4, 0.25][round as usize % 5]));
        child.kill().expect("our own child");
        let (exit, stderr) = end(child);
        assert!(exit == -1 || exit == 0, "round {round}: {exit}: {stderr}");
        killed += usize::from(exit == -1);
        if exit == 0 {
            same(&format!("round {round}"), &whole, &without_clock(picture(&work.path("out"))));
            std::fs::remove_dir_all(work.path("out")).expect("ours");
        }
    }
    assert!(killed >= 10, "only {killed} of 20 runs were killed at work");
    scan(&work, &args, "out").expect(0);
    tidy("killed", &work, "out");
    same("at the end", &whole, &without_clock(picture(&work.path("out"))));
}

#[test]
fn leftovers_of_a_killed_run_do_no_harm() {
    let work = prepared();
    let listing: String = (0..SHARDS).map(|n| format!("s/{n:03}.json\n")).collect();
    work.put("all.paths", listing + "s/late.json\n");
    scan(&work, &["all.paths", "--keep-records"], "out").expect(3);
    // As if it had died while sealing a part, a table, a copy.
    work.put("out/.shardproof/00000003.part.tmp", "half a row,");
    work.put("out/.shardproof/run.json.tmp", "{");
    work.put("out/matches.csv.tmp", "half");
    work.put("out/manifest.json.tmp", "{");
    work.put("out/records/late-00000000.jsonl.gz.tmp", "half");
    std::fs::remove_file(work.path("out/.shardproof/00000005.part")).expect("ours");
    work.put("out/.shardproof/00000006.part", "no seal");
    work.put("s/late.json", line("www.lemonde.fr", 7777));
    let run = scan(&work, &["all.paths", "--keep-records"], "out").expect(0);
    assert!(run.stderr.contains(&format!("going on: {} of {}", SHARDS - 2, SHARDS + 1)), "{}", run.stderr);
    scan(&work, &["all.paths", "--keep-records"], "new").expect(0);
    same("leftovers", &work.evidence("new").tree(), &work.evidence("out").tree());
    tidy("leftovers", &work, "out");
}

#[test]
fn other_settings_are_refused_and_nothing_is_changed() {
    let work = work();
    work.put("a.json", line("www.lemonde.fr", 1));
    work.put("b.json", line("www.lemonde.fr", 2));
    work.put("other.csv", "publisher,title,domain\nX,Y,example.org\n");
    work.put("x.paths", "a.json\nb.json\ngone.json\n");
    work.put("y.paths", "a.json\nb.json\n");
    // One folder of a run that can go on, one of a complete run.
    for (shards, out, exit) in [("x.paths", "open", 3), ("y.paths", "complete", 0)] {
        scan(&work, &[shards], out).expect(exit);
        let before = picture(&work.path(out));
        let cases: &[(&str, &[&str], &str)] = &[
            ("depth", &[shards, "--depth", "content"], "depth"),
            ("census", &[shards, "--census"], "census"),
            ("copies", &[shards, "--keep-records"], "keep_records"),
            ("zero rows", &[shards, "--zero-rows"], "zero_rows"),
            ("hash", &[shards, "--shard-hash", "none"], "shard_hash"),
            ("dataset", &[shards, "--dataset", "mine"], "dataset"),
            ("release", &[shards, "--release", "r1"], "release"),
            ("fields", &[shards, "--fields", "url=u,text=t"], "fields"),
            ("fewer shards", &["a.json"], "shards"),
            ("other shards", &["a.json", "b.json", "list.csv"], "shards"),
        ];
        for (what, args, word) in cases {
            let run = scan(&work, args, out).expect(2);
            assert!(
                run.stderr.starts_with("error: ") && run.stderr.contains(word),
                "{out}: {what}: {}",
                run.stderr
            );
            same(&format!("{out}: {what}"), &before, &picture(&work.path(out)));
        }
        let run = work.run(["scan", shards, "-d", "other.csv", "-o", out]).expect(2);
        assert!(run.stderr.contains("domains"), "{out}: {}", run.stderr);
        same(out, &before, &picture(&work.path(out)));
        // What decides nothing about the evidence may differ.
        scan(&work, &[shards, "--threads", "1", "--quiet"], out).expect(exit);
    }
}

#[test]
fn a_second_process_in_the_folder_is_refused() {
    let work = prepared();
    let args = ["s", "--census", "--threads", "1"];
    let mut first = start(&work, &args, "out");
    wait_for_parts(&work, &mut first, "out", 1);
    let second = scan(&work, &args, "out");
    let (exit, stderr) = end(first);
    assert_eq!(second.exit, 2, "{}", second.stderr);
    assert!(
        second.stderr.starts_with("error: ") && second.stderr.contains("another run"),
        "{}",
        second.stderr
    );
    assert_eq!(exit, 0, "the first run is not disturbed: {stderr}");
    same("first run", reference(), &work.evidence("out").tree());
}

#[test]
fn a_complete_run_says_so_and_changes_nothing() {
    let work = work();
    work.put("a.json", line("www.lemonde.fr", 1));
    work.put("bad.json", "[]");
    for (args, exit, out) in
        [(vec!["a.json"], 0, "good"), (vec!["a.json", "bad.json"], 3, "gaps"), (vec!["bad.json"], 1, "none")]
    {
        scan(&work, &args, out).expect(exit);
        let before = work.evidence(out).tree();
        let run = scan(&work, &args, out).expect(exit);
        same(out, &before, &work.evidence(out).tree());
        if exit == 0 {
            assert!(
                run.stderr.contains("complete") && run.stderr.contains("nothing was read again"),
                "{}",
                run.stderr
            );
        }
    }
}

#[test]
fn a_complete_run_is_not_taken_for_one_over_files_that_were_changed_since() {
    for (hash, is_hashed) in [("sha256", true), ("none", false)] {
        let work = work();
        let (first, other) = (line("www.lemonde.fr", 1), line("www.lemonde.fr", 2));
        let args = ["x.paths", "--shard-hash", hash];
        work.put("x.paths", "a.json\nb.json\n");
        work.put("a.json", &first);
        work.put("b.json", &first);
        scan(&work, &args, "out").expect(0);
        let before = work.evidence("out").tree();
        let again = |exit| {
            let run = scan(&work, &args, "out").expect(exit);
            same(hash, &before, &work.evidence("out").tree());
            run.stderr
        };
        let put = |text: &str, hours: i64| {
            work.put("b.json", text);
            let away = Duration::from_secs(hours.unsigned_abs() * 3600);
            let time = if hours < 0 { SystemTime::now() - away } else { SystemTime::now() + away };
            File::options().write(true).open(work.path("b.json")).unwrap().set_modified(time).unwrap();
        };
        put(&format!("{first}{other}"), -1);
        let told = again(2);
        let lengths = format!("`b.json` has {} bytes, and had {}", first.len() * 2, first.len());
        assert!(told.contains(&lengths) && !told.contains("a.json"), "{told}");
        fs::remove_file(work.path("b.json")).unwrap();
        assert!(again(0).contains("is complete"));
        put(&first, -1);
        assert!(again(0).contains("is complete"));
        // As long as it was: the time of writing tells, or the SHA-256.
        if is_hashed {
            put(&first, 1);
            assert!(again(0).contains("is complete"));
        }
        put(&other, 1);
        let told = again(2);
        let reason = match is_hashed {
            true => "`b.json` has another SHA-256",
            false => "`b.json` was written after the run, which kept no SHA-256",
        };
        assert!(told.contains(reason) && told.contains("name another folder"), "{told}");
    }
}

#[test]
fn a_missing_shard_that_comes_later_is_read() {
    let work = work();
    work.put("a.json", line("www.lemonde.fr", 1));
    work.put("x.paths", "a.json\nb.json\n");
    scan(&work, &["x.paths"], "out").expect(3);
    work.put("b.json", line("www.lemonde.fr", 2));
    let run = scan(&work, &["x.paths"], "out").expect(0);
    assert!(run.stderr.contains("going on: 1 of 2"), "{}", run.stderr);
    let evidence = work.evidence("out");
    assert_eq!(evidence.column("shards.csv", "status"), ["whole", "whole"]);
    assert_eq!(evidence.rows("matches.csv").len(), 2);
    assert_eq!(evidence.manifest()["exit_code"], 0);
    tidy("later", &work, "out");
}

#[test]
fn a_shard_that_changed_is_read_again_and_its_old_copies_are_gone() {
    let work = work();
    work.put("a.json", [line("www.lemonde.fr", 1), line("www.lemonde.fr", 2)].concat());
    work.put("c.json", line("www.lemonde.fr", 8));
    work.put("x.paths", "a.json\nb.json\nc.json\n");
    scan(&work, &["x.paths", "--keep-records"], "out").expect(3);
    work.put("a.json", [line("www.lemonde.fr", 3), line("example.org", 4), line("example.org", 5)].concat());
    work.put("b.json", line("example.org", 6));
    // Nothing in it is to be found any more.
    work.put("c.json", line("example.org", 9));
    scan(&work, &["x.paths", "--keep-records"], "out").expect(0);
    let evidence = work.evidence("out");
    let rows = evidence.rows("shards.csv");
    assert_eq!((number(&rows[0], "records"), number(&rows[0], "found")), (3, 1), "{:?}", rows[0]);
    let kept: Vec<String> = evidence.column("matches.csv", "kept_file");
    assert_eq!(kept.len(), 1);
    let copies: Vec<String> = picture(&work.path("out"))
        .into_keys()
        .filter(|name| name.starts_with("records/") && !name.ends_with('/'))
        .collect();
    assert_eq!(copies, kept, "a copy that no row points at belongs to a shard that is not there any more");
}
