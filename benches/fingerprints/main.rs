//! What scanning with fingerprints costs beside unpacking alone.
//!
//! ```text
//! cargo bench --bench fingerprints
//! cargo bench --bench fingerprints -- a.warc.wet.gz b.json.gz
//! ```
//!
//! Makes WET and C4 shards of invented text in a temporary folder (gzip level 6 of flate2 with zlib-rs; WET a member a record,
//! C4 one stream) and fingerprints of a thousand articles, of which some records hold copies. Measured is the CPU time, user
//! and system, of two child processes: the program's scan with one thread and without the hash of the shard, and a
//! process that unpacks the same file with flate2 (zlib-rs) through a buffer of 64 KiB and does nothing else. Files that
//! are named are measured as well, repeated up to the same size. Exit code 1 when a ratio is over the target.

#[path = "../common/mod.rs"]
mod common;
mod corpus;
mod shards;

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use common::{Measured, PROGRAM, Result, other, run, side_by_side, succeed};
use corpus::{Letters, Vocabulary};
use flate2::read::MultiGzDecoder;
use shards::Articles;

/// Decoded bytes of each shard.
const DECODED: u64 = 200_000_000;
/// Articles of the fingerprint file.
const ARTICLES: usize = 1_000;
/// Rounds; the medians count. Both processes run in each, so that a busy machine slows both.
const ROUNDS: usize = 5;
/// A scan may take so many times the CPU time of unpacking.
const TARGET: f64 = 2.0;
/// The same where words have to be found in pages first, beside a program that unpacks members as a whole.
const TARGET_OF_PAGES: f64 = 4.0;
/// Makes this program the process that unpacks.
const INFLATE: &str = "--inflate";

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [mode, path] = arguments.as_slice()
        && mode == INFLATE
    {
        inflate(Path::new(path))?;
        return Ok(ExitCode::SUCCESS);
    }
    let folder = tempfile::tempdir()?;
    let mut out = std::io::stdout();
    writeln!(out, "| shard | decoded MB | file MB | unpacking s | scan s | ratio |")?;
    writeln!(out, "|---|--:|--:|--:|--:|--:|")?;
    let mut is_met = true;
    for (letters, name) in [(Letters::Plain, "ASCII"), (Letters::Accented, "accented")] {
        let vocabulary = Vocabulary::new(letters);
        let articles = Articles { vocabulary: &vocabulary, number: ARTICLES };
        let fingerprints = fingerprints(&articles, folder.path())?;
        let shard = folder.path().join("invented.warc.wet.gz");
        articles.write_wet(&shard, DECODED)?;
        is_met &= measure(&format!("WET, {name}"), &shard, &fingerprints, true, &mut out)?;
        let shard = folder.path().join("invented.json.gz");
        articles.write_c4(&shard, DECODED)?;
        is_met &= measure(&format!("C4, {name}"), &shard, &fingerprints, true, &mut out)?;
        if letters == Letters::Plain {
            for file in &arguments {
                let shard = repeated(Path::new(file), folder.path())?;
                is_met &= measure(file, &shard, &fingerprints, false, &mut out)?;
            }
        }
    }
    let said = if is_met { "no ratio is over its target" } else { "a ratio is over its target" };
    writeln!(out, "\n{said}: {TARGET:.1}, of pages {TARGET_OF_PAGES:.1}")?;
    Ok(if is_met { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn fingerprints(articles: &Articles, folder: &Path) -> Result<PathBuf> {
    let (lines, file) = (folder.join("articles.jsonl"), folder.join("articles.fpr"));
    articles.write(&lines)?;
    succeed(Command::new(PROGRAM).args(["fingerprint", "-q"]).arg(&lines).arg("-o").arg(&file))?;
    Ok(file)
}

/// A file of gzip members again and again, which is a longer file of gzip members.
fn repeated(file: &Path, folder: &Path) -> Result<PathBuf> {
    let bytes = fs::read(file)?;
    let decoded = inflate(file)?.max(1);
    let shard = folder.join(file.file_name().ok_or("a file is wanted")?);
    let mut out = File::create(&shard)?;
    for _ in 0..DECODED.div_ceil(decoded) {
        out.write_all(&bytes)?;
    }
    Ok(shard)
}

/// Measures a shard and writes its line; false when the target is missed.
fn measure(
    name: &str,
    shard: &Path,
    fingerprints: &Path,
    holds_copies: bool,
    out: &mut impl Write,
) -> Result<bool> {
    let evidence = fingerprints.with_file_name("evidence");
    let this = std::env::current_exe()?;
    let this = this.to_string_lossy();
    let scan = || {
        let mut scan = Command::new(PROGRAM);
        scan.args(["scan", "-q", "--shard-hash", "none", "--threads", "1", "-f"]).arg(fingerprints);
        let taken = run(scan.arg(shard).arg("-o").arg(&evidence))?;
        let rows = fs::read_to_string(evidence.join("matches.csv"))?.lines().count() - 1;
        fs::remove_dir_all(&evidence)?;
        match holds_copies && rows == 0 {
            true => Err("the scan found none of the copies: what was timed is not matching".into()),
            false => Ok(taken),
        }
    };
    let has_pages = name.ends_with(".warc.gz");
    let (unpacking, target): (Measured<'_>, f64) = match has_pages {
        true => (other("libdeflate-gzip", &["-dc"], shard), TARGET_OF_PAGES),
        false => (other(&this, &[INFLATE], shard), TARGET),
    };
    let mut commands: [Measured<'_>; 2] = [unpacking, Box::new(scan)];
    let taken = side_by_side(ROUNDS, &mut commands)?;
    let (unpacking, scanning) = (taken[0].cpu, taken[1].cpu);
    let ratio = scanning / unpacking;
    let (decoded, stored) = (inflate(shard)? as f64 / 1e6, fs::metadata(shard)?.len() as f64 / 1e6);
    writeln!(out, "| {name} | {decoded:.0} | {stored:.0} | {unpacking:.2} | {scanning:.2} | {ratio:.2} |")?;
    Ok(ratio <= target)
}

/// Unpacks a file and returns the number of its decoded bytes.
fn inflate(path: &Path) -> Result<u64> {
    let mut reader = MultiGzDecoder::new(File::open(path)?);
    let mut buffer = vec![0; 64 << 10];
    let mut decoded = 0;
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(decoded),
            read => decoded += read as u64,
        }
    }
}
