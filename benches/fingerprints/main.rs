//! What scanning with fingerprints costs beside unpacking alone.
//!
//! ```text
//! cargo bench --bench fingerprints
//! cargo bench --bench fingerprints -- a.warc.wet.gz b.json.gz
//! ```
//!
//! Makes WET and C4 shards of invented text in a temporary folder (gzip level 6 of flate2 with zlib-rs; WET a member a record,
//! C4 one stream) and fingerprints of one and of ten thousand articles, of which some records hold copies. Measured is the CPU
//! time, user and system, of child processes: the program's scan with one thread and without the hash of the shard; a
//! process that unpacks the same file with flate2 (zlib-rs) through a buffer of 64 KiB and does nothing else; and for files
//! of members `libdeflate-gzip`, which unpacks a member as a whole. Files that are named are measured as well, repeated up
//! to the same size: as pages if they end in `.warc.gz`, as C4 if they end in `.json.gz`, else as WET. Exit code 1 when a
//! ratio is over its target.

#[path = "../common/mod.rs"]
mod common;
mod corpus;
mod shards;

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use common::{Measured, PROGRAM, Result, Taken, other, run, side_by_side, succeed};
use corpus::{Letters, Vocabulary};
use flate2::read::MultiGzDecoder;
use shards::Articles;

/// Decoded bytes of each shard.
const DECODED: u64 = 500_000_000;
/// Articles of the smaller and of the larger fingerprint file.
const ARTICLES: [usize; 2] = [1_000, 10_000];
/// Rounds; the medians count. Both processes run in each, so that a busy machine slows both.
const ROUNDS: usize = 5;
/// The programs that a scan is measured beside.
const FLATE2: &str = "flate2 (zlib-rs)";
const LIBDEFLATE: &str = "libdeflate-gzip -dc";
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
    writeln!(
        out,
        "| shard | decoded MB | file MB | reference | reference s | articles | scan s | ratio | wanted |"
    )?;
    writeln!(out, "|---|--:|--:|---|--:|--:|--:|--:|--:|")?;
    let mut is_met = true;
    for (letters, name) in [(Letters::Plain, "ASCII"), (Letters::Accented, "accented")] {
        let vocabulary = Vocabulary::new(letters);
        let of = |number| Articles { vocabulary: &vocabulary, number };
        let [few, many] = ARTICLES;
        let lists =
            [(few, fingerprints(&of(few), folder.path())?), (many, fingerprints(&of(many), folder.path())?)];
        let shard = folder.path().join("invented.warc.wet.gz");
        of(few).write_wet(&shard, DECODED)?;
        is_met &= measure(&format!("WET, {name}"), &shard, &lists, true, &mut out)?;
        let shard = folder.path().join("invented.json.gz");
        of(few).write_c4(&shard, DECODED)?;
        is_met &= measure(&format!("C4, {name}"), &shard, &lists, true, &mut out)?;
        if letters == Letters::Plain {
            for file in &arguments {
                let shard = repeated(Path::new(file), folder.path())?;
                is_met &= measure(file, &shard, &lists, false, &mut out)?;
            }
        }
    }
    let said = if is_met { "every target is met" } else { "a target is missed" };
    writeln!(out, "\n{said}")?;
    Ok(if is_met { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn fingerprints(articles: &Articles, folder: &Path) -> Result<PathBuf> {
    let (lines, file) = (folder.join("articles.jsonl"), folder.join(format!("{}.fpr", articles.number)));
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

/// What a scan is measured beside, whether with the larger list, and how many times the CPU time of it a scan may take.
fn targets(shard: &Path) -> &'static [(&'static str, bool, f64)] {
    match shard.to_string_lossy() {
        // Words have to be found in pages first.
        name if name.ends_with(".warc.gz") => &[(LIBDEFLATE, true, 4.0)],
        name if name.ends_with(".json.gz") => &[(FLATE2, false, 2.0), (FLATE2, true, 1.8)],
        _ => &[(FLATE2, false, 2.0), (LIBDEFLATE, true, 2.0)],
    }
}

/// Measures a shard and writes its lines; false when a target is missed.
fn measure(
    name: &str,
    shard: &Path,
    lists: &[(usize, PathBuf); 2],
    holds_copies: bool,
    out: &mut impl Write,
) -> Result<bool> {
    let this = std::env::current_exe()?;
    let this = this.to_string_lossy();
    let [few, many] = lists.each_ref().map(|(_, fingerprints)| fingerprints);
    let mut commands: [Measured<'_>; 4] = [
        other(&this, &[INFLATE], shard),
        other("libdeflate-gzip", &["-dc"], shard),
        Box::new(|| scan(shard, few, holds_copies)),
        Box::new(|| scan(shard, many, holds_copies)),
    ];
    let taken = side_by_side(ROUNDS, &mut commands)?;
    let (decoded, stored) = (inflate(shard)? as f64 / 1e6, fs::metadata(shard)?.len() as f64 / 1e6);
    let mut is_met = true;
    for (reference, has_many, wanted) in targets(shard) {
        let beside = taken[usize::from(*reference == LIBDEFLATE)].cpu;
        let (articles, scanning) = (lists[usize::from(*has_many)].0, taken[2 + usize::from(*has_many)].cpu);
        let ratio = scanning / beside;
        is_met &= ratio <= *wanted;
        writeln!(
            out,
            "| {name} | {decoded:.0} | {stored:.0} | {reference} | {beside:.2} | {articles} | {scanning:.2} | {ratio:.2} | {wanted:.1} |"
        )?;
    }
    Ok(is_met)
}

/// Scans a shard into a fresh folder.
fn scan(shard: &Path, fingerprints: &Path, holds_copies: bool) -> Result<Taken> {
    let evidence = fingerprints.with_file_name("evidence");
    let mut scan = Command::new(PROGRAM);
    scan.args(["scan", "-q", "--shard-hash", "none", "--threads", "1", "-f"]).arg(fingerprints);
    let taken = run(scan.arg(shard).arg("-o").arg(&evidence))?;
    let rows = fs::read_to_string(evidence.join("matches.csv"))?.lines().count() - 1;
    fs::remove_dir_all(&evidence)?;
    match holds_copies && rows == 0 {
        true => Err("the scan found none of the copies: what was timed is not matching".into()),
        false => Ok(taken),
    }
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
