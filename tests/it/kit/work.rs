//! A fresh folder to run the program in, and what it wrote there.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::shards::Built;

/// A run that takes longer is ended and fails its test.
const TIME_LIMIT: Duration = Duration::from_secs(120);

/// The tables that must be the same bytes for the same input.
const EVIDENTIAL: [&str; 6] =
    ["presence.csv", "shards.csv", "publishers.csv", "hosts.csv", "articles.csv", "estimates.csv"];

/// A temporary folder, gone with the value.
pub struct Work {
    folder: TempDir,
}

/// One captured run.
#[derive(Debug)]
pub struct Outcome {
    /// Exit code; -1 if a signal ended it.
    pub exit: i32,
    pub stdout: String,
    pub stderr: String,
}

/// A folder of evidence.
#[derive(Debug)]
pub struct Evidence {
    folder: PathBuf,
}

impl Work {
    pub fn new() -> Work {
        Work { folder: TempDir::with_prefix("shardproof-").expect("a temporary folder") }
    }

    /// The path of `name` in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, with the folders above it.
    pub fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("inside the folder")).expect("making a folder");
        std::fs::write(&path, bytes).unwrap_or_else(|error| panic!("writing `{}`: {error}", path.display()));
        path
    }

    /// Writes the files of a shard and returns their names.
    pub fn put_built(&self, built: &Built) -> Vec<String> {
        built.files.iter().for_each(|(name, bytes)| drop(self.put(name, bytes)));
        built.files.iter().map(|(name, _)| name.clone()).collect()
    }

    /// Runs the program with the folder as its working directory.
    pub fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Outcome {
        self.run_with(args, b"")
    }

    /// The same with `input` on standard input.
    pub fn run_with<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>, input: &[u8]) -> Outcome {
        self.run_in(args, input, &[])
    }

    /// The same in an environment with these variables.
    pub fn run_in<A: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = A>,
        input: &[u8],
        environment: &[(&str, &str)],
    ) -> Outcome {
        // Standard input is a file: a program that does not read it cannot block us.
        let mut stdin = tempfile::tempfile().expect("a temporary file");
        stdin.write_all(input).and_then(|()| stdin.rewind()).expect("writing to a temporary file");
        let mut child = Command::new(env!("CARGO_BIN_EXE_shardproof"))
            .args(args)
            .current_dir(self.folder.path())
            .env("NO_COLOR", "1")
            .env("NO_PROXY", "127.0.0.1")
            .envs(environment.iter().copied())
            .env_remove("RUST_BACKTRACE")
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program was built with its tests");
        let stdout = drained(child.stdout.take().expect("piped"));
        let stderr = drained(child.stderr.take().expect("piped"));

        let begin = Instant::now();
        let status = loop {
            match child.try_wait().expect("waiting for our own child") {
                Some(status) => break status,
                None if begin.elapsed() > TIME_LIMIT => {
                    child.kill().expect("ending our own child");
                    child.wait().expect("waiting for our own child");
                    panic!(
                        "no end after {TIME_LIMIT:?}; standard error: {}",
                        stderr.join().expect("a reading thread")
                    );
                }
                None => std::thread::sleep(Duration::from_millis(2)),
            }
        };
        Outcome {
            exit: status.code().unwrap_or(-1),
            stdout: stdout.join().expect("a reading thread"),
            stderr: stderr.join().expect("a reading thread"),
        }
    }

    /// The evidence in the folder `name`.
    pub fn evidence(&self, name: &str) -> Evidence {
        Evidence::at(self.path(name))
    }
}

impl Outcome {
    /// Fails with everything the run said unless it ended with `exit`.
    #[track_caller]
    pub fn expect(self, exit: i32) -> Outcome {
        assert_eq!(self.exit, exit, "standard output:\n{}\nstandard error:\n{}", self.stdout, self.stderr);
        self
    }
}

impl Evidence {
    pub fn at(folder: impl Into<PathBuf>) -> Evidence {
        Evidence { folder: folder.into() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    #[track_caller]
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        let path = self.path(name);
        std::fs::read(&path).unwrap_or_else(|error| panic!("reading `{}`: {error}", path.display()))
    }

    /// The rows of a table, by column. Cells are as they stand; see `plain`.
    #[track_caller]
    pub fn rows(&self, name: &str) -> Vec<BTreeMap<String, String>> {
        let bytes = self.bytes(name);
        let mut reader = csv::Reader::from_reader(&bytes[..]);
        reader.deserialize().map(|row| row.unwrap_or_else(|error| panic!("`{name}`: {error}"))).collect()
    }

    /// One column of a table.
    #[track_caller]
    pub fn column(&self, name: &str, column: &str) -> Vec<String> {
        let cell = |mut row: BTreeMap<String, String>| {
            row.remove(column).unwrap_or_else(|| panic!("`{name}` has no `{column}`"))
        };
        self.rows(name).into_iter().map(cell).collect()
    }

    #[track_caller]
    pub fn manifest(&self) -> Value {
        serde_json::from_slice(&self.bytes("manifest.json")).expect("manifest.json is JSON")
    }

    /// The evidential tables by name: equal for two runs that must give the same evidence.
    pub fn tree(&self) -> BTreeMap<String, Vec<u8>> {
        let matches = |name: &str| name.starts_with("matches") && name.ends_with(".csv");
        let names = names_in(&self.folder)
            .into_iter()
            .filter(|name| matches(name) || EVIDENTIAL.contains(&name.as_str()));
        names.map(|name| (name.clone(), self.bytes(&name))).collect()
    }
}

/// A cell as text: a JSON string literal (it begins with `"`) is decoded, anything else is returned as it is.
pub fn plain(cell: &str) -> String {
    if !cell.starts_with('"') {
        return cell.to_string();
    }
    serde_json::from_str(cell).unwrap_or_else(|error| panic!("{cell} begins like a JSON string: {error}"))
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries =
        std::fs::read_dir(folder).unwrap_or_else(|error| panic!("reading `{}`: {error}", folder.display()));
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("a readable entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn drained(mut pipe: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).expect("reading from our own child");
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
