//! The files in `fixtures/` are what the kit builds. With `UPDATE_FIXTURES=1` they are written anew.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::kit::damage::State;
use crate::kit::{damaged_files, fixtures};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

#[test]
fn the_folder_holds_what_the_kit_builds() {
    let update = std::env::var_os("UPDATE_FIXTURES").is_some_and(|value| value == "1");
    let mut differ = Vec::new();
    for (name, bytes) in fixtures::all() {
        let path = folder().join(&name);
        if fs::read(&path).is_ok_and(|stored| stored == bytes) {
            continue;
        }
        if update {
            fs::create_dir_all(path.parent().expect("inside fixtures/")).expect("making a folder");
            fs::write(&path, bytes).expect("writing a fixture");
        } else {
            differ.push(name);
        }
    }
    assert!(
        differ.is_empty(),
        "not as built: {differ:?}; run with UPDATE_FIXTURES=1 and look at the difference"
    );
}

#[test]
fn nothing_else_lies_beside_them() {
    let built: BTreeSet<PathBuf> = fixtures::all().into_iter().map(|(name, _)| folder().join(name)).collect();
    let stored = [files_below(&folder().join("shards")), files_below(&folder().join("damaged"))].concat();
    let strays: Vec<PathBuf> = stored.into_iter().filter(|path| !built.contains(path)).collect();
    assert!(strays.is_empty(), "not made by the kit: {strays:?}");
}

#[test]
fn the_folder_stays_small() {
    let total: usize = fixtures::all().iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(total < 400_000, "{total} bytes");
}

#[test]
fn each_defect_loses_something_or_is_declared_valid() {
    // Put beside the documents, which are all still there; and a loss that the bytes do not show.
    let beside = ["garbage_between_members.warc.gz", "line_too_long.json.gz"];
    let unseen = ["cut_between_members.warc.gz"];
    for defect in damaged_files::all() {
        let lost = defect.damaged.records.iter().any(|(_, state)| *state != State::Intact);
        let expected = (lost || beside.contains(&defect.file)) && !unseen.contains(&defect.file);
        assert_eq!(defect.damaged.faulty, expected, "{}", defect.file);
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    // The folder may be missing on the first writing.
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files
}
