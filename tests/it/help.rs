//! What the program says about itself, and how much it says while it works.

use std::process::{Command, Stdio};

use crate::scanning::{line, program, scan, words, work};

/// The program with these arguments and without the settings of the kit: its exit code and both outputs.
fn run_in(variables: &[(&str, &str)], args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shardproof"));
    command.args(args).env_remove("NO_COLOR").stdin(Stdio::null());
    let output =
        command.envs(variables.iter().copied()).output().expect("the program was built with its tests");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program writes UTF-8");
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

fn run(args: &[&str]) -> (i32, String, String) {
    run_in(&[("NO_COLOR", "1")], args)
}

#[test]
fn help_shows_examples_and_exit_codes() {
    for (args, expected) in [
        (
            vec!["--help"],
            vec!["Examples:", "shardproof scan", "Exit codes:", "130", "scan", "completions", "man"],
        ),
        (
            vec!["scan", "--help"],
            vec!["Examples:", "--domains", "--out", "--keep-records", "--census", "Exit codes:", "130"],
        ),
        (vec!["completions", "--help"], vec!["bash", "zsh", "fish", "shardproof completions"]),
        (vec!["man", "--help"], vec!["man -l", "shardproof man"]),
    ] {
        let (exit, stdout, stderr) = run(&args);
        assert_eq!((exit, stderr.as_str()), (0, ""), "{args:?}");
        for word in expected {
            assert!(stdout.contains(word), "{args:?}: no {word} in\n{stdout}");
        }
        assert!(stdout.lines().all(|line| line.chars().count() <= 110), "{args:?}: a line is too long");
    }
}

#[test]
fn each_command_has_an_example() {
    let commands = [
        "scan",
        "shards",
        "merge",
        "verify",
        "show",
        "trace",
        "seal",
        "unseal",
        "redact",
        "completions",
        "man",
    ];
    for command in commands {
        let (_, stdout, _) = run(&[command, "--help"]);
        assert!(stdout.contains("Example"), "`{command} --help` has no example:\n{stdout}");
        assert!(stdout.contains("Exit codes"), "`{command} --help` names no exit codes:\n{stdout}");
    }
}

#[test]
fn the_version_names_the_commit() {
    for args in [["--version"], ["-V"]] {
        let (exit, stdout, _) = run(&args);
        assert_eq!(exit, 0);
        let commit = stdout.trim_end().split_once("(commit ").and_then(|(_, rest)| rest.strip_suffix(')'));
        let commit = commit.unwrap_or_else(|| panic!("no commit in {stdout}"));
        // A tree with changes says that it is not quite that commit.
        let commit = commit.strip_suffix(", changed since").unwrap_or(commit);
        let hex = commit.len() == 12 && commit.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        assert!(hex || commit == "unknown", "{stdout}");
        assert!(stdout.starts_with(&format!("shardproof {}", env!("CARGO_PKG_VERSION"))), "{stdout}");
    }
}

#[test]
fn completions_know_the_options_of_scan() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let (exit, stdout, stderr) = run(&["completions", shell]);
        assert_eq!((exit, stderr.as_str()), (0, ""), "{shell}");
        for option in ["keep-records", "census", "shard-hash", "json-progress", "domains"] {
            assert!(stdout.contains(option), "{shell}: no {option}");
        }
    }
    assert_eq!(run(&["completions", "tcsh"]).0, 2);
}

#[test]
fn the_manual_pages_are_roff() {
    for (args, word) in [(vec!["man"], "shardproof"), (vec!["man", "scan"], "keep\\-records")] {
        let (exit, stdout, _) = run(&args);
        assert_eq!(exit, 0, "{args:?}");
        assert!(stdout.starts_with(".ie") || stdout.starts_with(".TH"), "{args:?}: {}", &stdout[..60]);
        assert!(stdout.contains(".TH") && stdout.contains(word), "{args:?}");
    }
    let (exit, _, stderr) = run(&["man", "nothing"]);
    assert!(exit == 2 && stderr.starts_with("error: ") && stderr.contains("`nothing`"), "{stderr}");
}

#[test]
fn no_color_means_no_escape_sequences() {
    for args in [vec!["--help"], vec!["scan", "--help"], vec!["scan", "--nonsense"], vec!["--version"]] {
        let (_, stdout, stderr) = run_in(&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], &args);
        assert!(!stdout.contains('\x1b') && !stderr.contains('\x1b'), "{args:?}");
        let (_, stdout, stderr) = run_in(&[], &args);
        assert!(!stdout.contains('\x1b') && !stderr.contains('\x1b'), "{args:?}: no terminal, no colour");
    }
    // The check itself can fail: with colour asked for, there is some.
    let (_, stdout, _) = run_in(&[("CLICOLOR_FORCE", "1")], &["--help"]);
    assert!(stdout.contains('\x1b'), "no colour even when forced");
}

#[test]
fn wrong_options_exit_with_two() {
    for args in
        [vec!["--nonsense"], vec!["scan", "--nonsense"], vec!["nonsense"], vec!["man", "a", "b"], vec![]]
    {
        let (exit, stdout, stderr) = run(&args);
        assert_eq!((exit, stdout.as_str()), (2, ""), "{args:?}: {stderr}");
        assert!(!stderr.is_empty(), "{args:?}");
    }
    let (exit, _, stderr) = run(&["scan", "x", "-d", "l", "-o", "o", "--quiet", "--json-progress"]);
    assert!(exit == 2 && stderr.contains("--json-progress"), "{stderr}");
}

#[test]
fn without_a_terminal_a_run_says_one_line_and_its_gaps() {
    let work = work();
    work.put("a.json", [line("www.lemonde.fr", 1), line("example.org", 2)].concat());
    work.put("bad.json", "[]");
    let run = scan(&work, &["a.json"], "good").expect(0);
    let lines: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(lines.len(), 1, "{}", run.stderr);
    for word in ["1 shard:", "1 whole", "2 content records", "1 found", "1 clear", "1 row;"] {
        assert!(lines[0].contains(word), "no {word} in {}", lines[0]);
    }
    let run = scan(&work, &["a.json", "bad.json"], "gap").expect(3);
    let lines: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{}", run.stderr);
    assert!(lines[0].contains("1 failed") && lines[1].starts_with("gap: `bad.json`: "), "{}", run.stderr);
    assert_eq!(run.stdout, "");
}

#[test]
fn quiet_says_nothing_but_errors() {
    let work = work();
    work.put("a.json", line("www.lemonde.fr", 1));
    work.put("bad.json", "[]");
    work.put("list.csv", "publisher,title,domain\nA,B,lemonde.fr\nA,B,www.lemonde.fr\n");
    for (args, exit) in [(vec!["a.json", "--quiet"], 0), (vec!["a.json", "bad.json", "-q"], 3)] {
        let run = scan(&work, &args, &format!("out{exit}")).expect(exit);
        assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""), "{args:?}");
    }
    assert!(scan(&work, &["gone.json", "--quiet"], "out").expect(2).stderr.starts_with("error: "));
}

#[test]
fn with_json_progress_every_line_is_json() {
    let work = work();
    work.put("a.json", [line("www.lemonde.fr", 1), line("example.org", 2)].concat());
    work.put("bad.json", "[]");
    // A list with a duplicate, which is worth a note.
    work.put("list.csv", "publisher,title,domain\nA,B,lemonde.fr\nA,B,www.lemonde.fr\n");
    for (args, exit, out) in
        [(vec!["a.json"], 0, "good"), (vec!["a.json", "bad.json"], 3, "gap"), (vec!["a.json"], 0, "good")]
    {
        let args = [args.as_slice(), &["--json-progress"]].concat();
        let run = scan(&work, &args, out).expect(exit);
        assert_eq!(run.stdout, "");
        for line in run.stderr.lines() {
            let value: Result<serde_json::Value, _> = serde_json::from_str(line);
            assert!(value.is_ok_and(|value| value.is_object()), "`{out}`: not a JSON object: {line}");
        }
    }
    let run = scan(&work, &["a.json", "--json-progress"], "again").expect(0);
    let last = run
        .stderr
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .next_back();
    let last = last.expect("at least the last state");
    assert_eq!(
        (&last["shards"], &last["records"], &last["rows"]),
        (&1.into(), &2.into(), &1.into()),
        "{last}"
    );
}

#[test]
fn a_closed_pipe_is_no_reason_to_fail() {
    let work = work();
    for args in [vec!["--help"], vec!["completions", "bash"], vec!["man"]] {
        let mut command = program(&work, &args);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program was built with its tests");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("our own child");
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    work.put("a.json", line("www.lemonde.fr", 1));
    let mut child = program(&work, &words(&["a.json", "--json-progress"], "out")).spawn().expect("as above");
    drop(child.stderr.take());
    let status = child.wait().expect("our own child");
    assert_eq!(status.code(), Some(0), "nobody listens to the totals, and the run is still whole");
}
