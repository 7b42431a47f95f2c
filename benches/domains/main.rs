//! What scanning costs beside unpacking alone, form by form.
//!
//! ```text
//! cargo bench --bench domains
//! PYTHON=venv/bin/python cargo bench --bench domains      beside FastWARC and DuckDB, if it can import them
//! ```
//!
//! Makes shards of 500 MB out of real pages in a temporary folder, and scans each with ten rules. The references are
//! programs that anybody has: `libdeflate-gzip` (whole-member inflate), `zstd`, and flate2 with zlib-rs in this one.
//! Exit code 1 when a ratio is over its target.

#[path = "../common/mod.rs"]
mod common;
mod pages;
mod shards;

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use common::{Measured, PROGRAM, Result, Taken, other, run, side_by_side};
use flate2::read::MultiGzDecoder;
use pages::Pages;
use shards::Form;

/// Decoded bytes of each shard.
const DECODED: u64 = 500_000_000;
/// Rounds; the medians count.
const ROUNDS: usize = 5;
/// Makes this program the process that unpacks.
const INFLATE: &str = "--inflate";
/// Reads the address of each record with FastWARC.
const FASTWARC: &str = "import sys\nfrom fastwarc.warc import ArchiveIterator\n\
    n = sum(1 for r in ArchiveIterator(open(sys.argv[1], 'rb'), parse_http=False) if r.headers.get('WARC-Target-URI'))\n";
/// Compares the host of each line with DuckDB, in one thread.
const DUCKDB: &str = "import sys, duckdb\nduckdb.execute('set threads to 1')\n\
    print(duckdb.execute(\"select count(*) from read_json(?, format='newline_delimited', \
    columns={'url': 'VARCHAR', 'text': 'VARCHAR', 'timestamp': 'VARCHAR'}) \
    where regexp_extract(url, '://(?:www\\\\.)?([^/:]+)', 1) = 'lemonde.fr'\", [sys.argv[1]]).fetchall())\n";

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [mode, path] = arguments.as_slice()
        && mode == INFLATE
    {
        inflate(Path::new(path))?;
        return Ok(ExitCode::SUCCESS);
    }
    let folder = tempfile::tempdir()?;
    let mut table = Table { is_met: true };
    table.line(&["what", "reference", "reference s", "scan s", "ratio", "wanted"])?;
    table.line(&["---", "---", "--:", "--:", "--:", "--:"])?;
    let (ten, million) = (rules(10, folder.path())?, rules(1_000_000, folder.path())?);
    let mut pages = Pages::collect()?;
    let mut bench = Bench { folder: folder.path(), ten: &ten, table: &mut table };
    for (form, name) in [(Form::Warc, "a.warc.gz"), (Form::Wet, "a.warc.wet.gz")] {
        let shard = folder.path().join(name);
        shards::write(form, &mut pages, DECODED, &shard)?;
        bench.members(name, &shard)?;
        if form == Form::Wet {
            bench.rules(&shard, &million)?;
            bench.threads(&shard)?;
        }
        fs::remove_file(&shard)?;
    }
    let shard = folder.path().join("c4-train.00000-of-01024.json.gz");
    shards::write(Form::C4, &mut pages, DECODED, &shard)?;
    bench.c4(&shard)?;
    fs::remove_file(&shard)?;
    let shard = folder.path().join("fr_part_1.jsonl.zst");
    shards::write(Form::Oscar, &mut pages, DECODED, &shard)?;
    bench.oscar(&shard)?;
    let said = if table.is_met { "every target is met" } else { "a target is missed" };
    writeln!(std::io::stdout(), "\n{said}")?;
    Ok(if table.is_met { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Bench<'b> {
    folder: &'b Path,
    ten: &'b str,
    table: &'b mut Table,
}

impl Bench<'_> {
    /// A shard with a member a record.
    fn members(&mut self, name: &str, shard: &Path) -> Result<()> {
        let (one, python, arguments) = ([shard], std::env::var("PYTHON").ok(), ["-c", FASTWARC]);
        let mut commands: Vec<Measured<'_>> = vec![
            other("libdeflate-gzip", &["-dc"], shard),
            scan(&["--threads", "1", "-d", self.ten], &one, self.folder),
            scan(&["--threads", "1", "--shard-hash", "none", "-d", self.ten], &one, self.folder),
        ];
        if let Some(python) = &python {
            commands.push(other(python, &arguments, shard));
        }
        let taken = side_by_side(ROUNDS, &mut commands)?;
        self.table.ratio(
            &format!("{name}, with shard hash"),
            "libdeflate-gzip -dc",
            taken[0],
            taken[1],
            0.35,
        )?;
        self.table.ratio(&format!("{name}, without"), "libdeflate-gzip -dc", taken[0], taken[2], 0.15)?;
        if let Some(fastwarc) = taken.get(3) {
            self.table.ratio(
                &format!("{name}, with shard hash"),
                "FastWARC",
                *fastwarc,
                taken[1],
                1.0 / 5.0,
            )?;
            self.table.ratio(&format!("{name}, without"), "FastWARC", *fastwarc, taken[2], 1.0 / 9.0)?;
        }
        Ok(())
    }

    fn rules(&mut self, shard: &Path, million: &str) -> Result<()> {
        // One shard takes less time than loading varies by.
        let links = self.links(shard)?;
        let shards: Vec<&Path> = links.iter().map(PathBuf::as_path).collect();
        let empty = self.folder.join("empty.json");
        fs::write(
            &empty,
            "{\"text\":\"a\",\"timestamp\":\"2019-04-25T12:57:54Z\",\"url\":\"https://a.example/\"}\n",
        )?;
        let nothing = [&empty];
        // Loading a list of a million rules is done once a run, and a run has many shards.
        let mut commands: Vec<Measured<'_>> = vec![
            scan(&["--threads", "1", "-d", self.ten], &shards, self.folder),
            scan(&["--threads", "1", "-d", million], &shards, self.folder),
            scan(&["--threads", "1", "-d", self.ten], &nothing, self.folder),
            scan(&["--threads", "1", "-d", million], &nothing, self.folder),
        ];
        let taken = side_by_side(ROUNDS, &mut commands)?;
        let without_load = |all: Taken, load: Taken| Taken { cpu: all.cpu - load.cpu, ..all };
        let (ten, million) = (without_load(taken[0], taken[2]), without_load(taken[1], taken[3]));
        links.iter().try_for_each(fs::remove_file)?;
        self.table.ratio("a million rules, without loading the list", "ten rules", ten, million, 1.05)
    }

    /// Eight names of a shard, which share their place in the system's cache.
    fn links(&self, shard: &Path) -> Result<Vec<PathBuf>> {
        let links: Vec<PathBuf> =
            (0..8).map(|number| self.folder.join(format!("{number}.warc.wet.gz"))).collect();
        links.iter().try_for_each(|link| fs::hard_link(shard, link))?;
        Ok(links)
    }

    fn threads(&mut self, shard: &Path) -> Result<()> {
        let one = [shard];
        let many = self.links(shard)?;
        for (name, shards, wanted) in [("one shard", one.as_slice(), 1.7), ("eight shards", &[], 1.9)] {
            let paths: Vec<&Path> =
                if shards.is_empty() { many.iter().map(PathBuf::as_path).collect() } else { shards.to_vec() };
            for depth in ["address", "content"] {
                let mut commands: Vec<Measured<'_>> = vec![
                    scan(&["--threads", "1", "--depth", depth, "-d", self.ten], &paths, self.folder),
                    scan(&["--threads", "2", "--depth", depth, "-d", self.ten], &paths, self.folder),
                ];
                let taken = side_by_side(ROUNDS, &mut commands)?;
                let wall = |taken: Taken| Taken { cpu: taken.wall, ..taken };
                let what = format!("two threads, {name}, {depth}, wall clock");
                self.table.ratio(&what, "one thread", wall(taken[0]), wall(taken[1]), 1.0 / wanted)?;
            }
        }
        many.iter().try_for_each(fs::remove_file)?;
        Ok(())
    }

    fn c4(&mut self, shard: &Path) -> Result<()> {
        let this = std::env::current_exe()?.to_string_lossy().into_owned();
        let (one, python, arguments) = ([shard], std::env::var("PYTHON").ok(), ["-c", DUCKDB]);
        let mut commands: Vec<Measured<'_>> = vec![
            other(&this, &[INFLATE], shard),
            scan(&["--threads", "1", "-d", self.ten], &one, self.folder),
        ];
        if let Some(python) = &python {
            commands.push(other(python, &arguments, shard));
        }
        let taken = side_by_side(ROUNDS, &mut commands)?;
        self.table.ratio("C4, with shard hash", "flate2 (zlib-rs)", taken[0], taken[1], 1.15)?;
        if let Some(duckdb) = taken.get(2) {
            self.table.ratio("C4, with shard hash", "DuckDB read_json", *duckdb, taken[1], 0.25)?;
        }
        Ok(())
    }

    fn oscar(&mut self, shard: &Path) -> Result<()> {
        let one = [shard];
        let mut commands: Vec<Measured<'_>> = vec![
            other("zstd", &["-dcq"], shard),
            scan(&["--threads", "1", "-d", self.ten], &one, self.folder),
            scan(&["--threads", "1", "--shard-hash", "none", "-d", self.ten], &one, self.folder),
        ];
        let taken = side_by_side(ROUNDS, &mut commands)?;
        self.table.ratio("OSCAR, with shard hash", "zstd -dc", taken[0], taken[1], 1.5)?;
        self.table.ratio("OSCAR, without", "zstd -dc", taken[0], taken[2], 1.25)
    }
}

/// A scan into a fresh folder, with the arguments behind `scan -q`.
fn scan<'m>(arguments: &[&str], shards: &'m [impl AsRef<Path>], folder: &'m Path) -> Measured<'m> {
    let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    Box::new(move || {
        let evidence = folder.join("evidence");
        let mut command = Command::new(PROGRAM);
        command.args(["scan", "-q"]).args(&arguments).args(shards.iter().map(AsRef::as_ref));
        let taken = run(command.arg("-o").arg(&evidence))?;
        std::fs::remove_dir_all(&evidence)?;
        Ok(taken)
    })
}

/// The table that is printed.
struct Table {
    is_met: bool,
}

impl Table {
    fn ratio(&mut self, what: &str, than: &str, reference: Taken, taken: Taken, most: f64) -> Result<()> {
        let ratio = taken.cpu / reference.cpu;
        self.is_met &= ratio <= most;
        let number = |number: f64| format!("{number:.3}");
        self.line(&[what, than, &number(reference.cpu), &number(taken.cpu), &number(ratio), &number(most)])
    }

    fn line(&mut self, cells: &[&str]) -> Result<()> {
        Ok(writeln!(std::io::stdout(), "| {} |", cells.join(" | "))?)
    }
}

/// A list of so many rules, none of which covers a record.
fn rules(number: u64, folder: &Path) -> Result<String> {
    let path = folder.join(format!("{number}.csv"));
    let mut list = std::io::BufWriter::new(File::create(&path)?);
    writeln!(list, "publisher,title,domain")?;
    for rule in 0..number {
        writeln!(list, "Publisher {},Title {rule},title-{rule}.example.org", rule / 100)?;
    }
    list.flush()?;
    Ok(path.to_string_lossy().into_owned())
}

/// Unpacks a file.
fn inflate(path: &Path) -> Result<()> {
    let mut reader = MultiGzDecoder::new(File::open(path)?);
    let mut buffer = vec![0; 64 << 10];
    while reader.read(&mut buffer)? > 0 {}
    Ok(())
}
