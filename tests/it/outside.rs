//! Evidence stays as it was: no command writes into a folder that it reads, and a scan does not read what it writes.

use std::fs;
use std::os::unix::net::UnixListener;

use crate::kit::work::Work;
use crate::scanning::{line, picture, same, scan, work};

fn with_a_shard() -> Work {
    let work = work();
    work.put("s/a.json", line("www.lemonde.fr", 1));
    work
}

#[test]
fn no_command_writes_into_evidence() {
    let work = with_a_shard();
    scan(&work, &["s"], "e").expect(0);
    scan(&work, &["s", "--partition", "1/1"], "p").expect(0);
    let before = picture(&work.path(""));
    for args in [
        &["verify", "e", "-o", "e/v.csv"][..],
        &["redact", "e", "-o", "e/r"],
        &["redact", "e", "-o", "e/../e/new/r"],
        &["trace", "e", "--captures", "e", "-o", "e/t"],
        &["trace", "p", "--captures", "e", "-o", "e/t"],
        &["merge", "p", "-o", "p/m"],
    ] {
        let run = work.run(args).expect(2);
        assert!(run.stderr.contains("would stand in the evidence"), "{args:?}: {}", run.stderr);
        same(&args.join(" "), &before, &picture(&work.path("")));
    }
    work.run(["redact", "e", "-o", "e-shared"]).expect(0);
    work.run(["merge", "p", "-o", "m"]).expect(0);
}

#[test]
fn a_scan_of_the_folder_around_its_own_output_goes_on() {
    let work = with_a_shard();
    work.put("s/cut.json.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\x03cut");
    let args = [".", "--keep-records"];
    let run = scan(&work, &args, "e").expect(3);
    let before = work.evidence("e").bytes("matches.csv");
    let again = scan(&work, &args, "e").expect(3);
    assert!(again.stderr.contains("the folder for the evidence"), "{}{}", run.stderr, again.stderr);
    assert_eq!(work.evidence("e").bytes("matches.csv"), before);
    // Mended, it is finished.
    work.put("s/cut.json.gz", line("www.lemonde.fr", 2));
    let run = scan(&work, &args, "e").expect(0);
    assert!(run.stderr.contains("1 of 2 shards are finished"), "{}", run.stderr);
}

#[test]
fn what_is_no_file_is_set_aside_in_a_folder() {
    let work = with_a_shard();
    let _socket = UnixListener::bind(work.path("s/socket.gz")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(work.path("s/pipe.gz")).status().unwrap().success());
    fs::create_dir(work.path("s/deep")).unwrap();
    let run = scan(&work, &["s"], "e").expect(0);
    for name in ["s/pipe.gz: no file", "s/socket.gz: no file"] {
        assert!(run.stderr.contains(name), "no {name} in {}", run.stderr);
    }
}
