//! `shardproof merge`: the partitions of a run in, the evidence of one run over all shards out.
//!
//! The tables are made from the sealed parts of all partitions by what makes those of any run, so they are the same bytes.
//! Everything is checked before the first table is written: the partitions are of one run, each stands once, none is
//! missing, and what they kept is what is there.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::ValueHint;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::folder::{Folder, State};
use super::{outside, scan};
use crate::cell::hex;
use crate::error::{Error, Result};
use crate::escape::{printable, printable_line, shown};
use crate::evidence::articles::Sums;
use crate::evidence::custody::Custody;
use crate::evidence::estimates::Sampled;
use crate::evidence::kept::{self, Common, Kept};
use crate::evidence::manifest::{self, Merged, Run, Settings};
use crate::evidence::part::{self, Part};
use crate::evidence::partition::Partition;
use crate::evidence::receipt::Receipt;
use crate::evidence::tables::{self, Missing, Plan as Tables};
use crate::exit::Exit;
use crate::record::identity;
use crate::source::draw::Draw;
use crate::source::plan::Shard;

const EXAMPLES: &str = "\
Examples:
  Two machines, each with a share of the shards; then one result:
      shardproof scan wet.paths.gz -d publishers.csv -o part1/ --partition 1/2
      shardproof scan wet.paths.gz -d publishers.csv -o part2/ --partition 2/2
      shardproof merge part1/ part2/ -o evidence/

Each partition is complete evidence about its own shards. All tables and kept records of the merged folder are the same
bytes as those of one run over all shards; manifest.json names the partitions.

Exit codes: 0 all examined, 1 nothing usable, 2 wrong request, nothing was written, 3 done with gaps.";

/// Options of `merge`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The evidence folders of the partitions, written by `scan --partition`
    #[arg(required = true, value_name = "FOLDERS", value_hint = ValueHint::DirPath)]
    partitions: Vec<PathBuf>,

    /// Folder for the evidence: new, empty, or of the same merge
    #[arg(short, long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    out: PathBuf,

    /// Merge although partitions are missing: their shards are failed in shards.csv, and the exit code is 3
    #[arg(long)]
    allow_missing: bool,

    /// Show errors only
    #[arg(short, long)]
    quiet: bool,
}

/// Runs the command. `given` are the arguments as they were given, for the manifest.
///
/// # Errors
/// A wrong request, or results that cannot be written.
pub fn run(args: &Args, given: &[String]) -> Result<Exit> {
    let (begun, started) = (Instant::now(), scan::seconds_now());
    let given_folders =
        args.partitions.iter().map(|folder| Given::open(folder)).collect::<Result<Vec<_>>>()?;
    let together = Together::of(given_folders, args.allow_missing)?;
    let common = together.check()?;
    let settings = &together.settings;
    args.partitions.iter().try_for_each(|part| outside::check(&args.out, part))?;
    let folder = match Folder::open(&args.out, settings)? {
        State::Open(folder) => folder,
        State::Complete(code) => {
            args.say(&format!("`{}` is complete; nothing was merged again", shown(&args.out)));
            return Ok(if code == Exit::AllExamined.code() { Exit::AllExamined } else { Exit::Gaps });
        }
    };
    let parts = together.parts(&common, folder.parts())?;
    let titles: Vec<(&str, &str)> =
        common.titles.iter().map(|(publisher, title)| (publisher.as_str(), title.as_str())).collect();
    let journals: Vec<PathBuf> = together.all().map(|given| kept::journal(given.folder)).collect();
    let shard_paths = together.shard_paths();
    let draw = together.draw()?;
    let add_missing = |sums: &mut Sums| kept::add_missing(together.first.folder, sums);
    let tables = Tables {
        out: &args.out,
        parts: &parts,
        titles: &titles,
        listed: common.listed,
        zero_rows: settings.zero_rows,
        census: settings.census,
        articles: settings.articles.as_ref().map(|_| &add_missing as Missing<'_>),
        journals: &journals,
        sampled: draw.as_ref().map(|draw| Sampled { draw, listed: common.listed }),
    };
    let summary = tables::write(&tables).map_err(|error| Error::io("write into", &args.out, &error))?;
    let exit = scan::exit(&summary);
    let of_first = |name: &str| together.first.manifest.get(name).cloned().filter(|value| !value.is_null());
    let run = Run {
        settings,
        command: given,
        list: of_first("publisher_list"),
        articles: of_first("articles"),
        shard_paths: &shard_paths,
        draw: draw.as_ref(),
        parts: None,
        merged: Some(&together.merged()),
        set_aside: &together.set_aside(),
        commit: env!("SHARDPROOF_COMMIT"),
        threads: 1,
        times: (started, scan::seconds_now()),
        exit: exit.code(),
        // What the user said of the run, and its lists, stand in the manifests of the partitions.
        custody: &Custody::default(),
    };
    manifest::write(&args.out, &run, &summary).map_err(|error| Error::io("write into", &args.out, &error))?;
    if summary.gap_total() == 0 {
        folder.clean()?;
    }
    args.say(&scan::totals(&summary, settings.articles.is_some(), begun.elapsed()));
    scan::gaps(&summary, &args.out).iter().for_each(|line| args.say(line));
    Ok(exit)
}

impl Args {
    /// Says a line on standard error. Nobody listening is no reason to stop.
    fn say(&self, line: &str) {
        if !self.quiet {
            let _ = writeln!(io::stderr(), "{}", printable_line(line));
        }
    }
}

/// The evidence folder of a partition.
struct Given<'g> {
    folder: &'g Path,
    partition: Partition,
    /// The settings of the whole run, which all partitions share.
    settings: Settings,
    kept: Kept,
    manifest: Value,
    /// SHA-256 of the manifest, lower-case hexadecimal.
    sha256: String,
}

impl<'g> Given<'g> {
    fn open(folder: &'g Path) -> Result<Given<'g>> {
        let refuse = |what: String| Error::request(format!("cannot merge `{}`: {what}", shown(folder)));
        let bytes = fs::read(folder.join(manifest::FILE)).map_err(|error| {
            refuse(format!("{}: {error}", manifest::FILE))
                .hint("give the evidence folder of a partition whose scan has ended; nothing was written")
        })?;
        refuse_altered(folder, &bytes).map_err(|what| {
            refuse(what)
                .hint("copy the folder again, or scan the partition into a new folder; nothing was written")
        })?;
        let manifest: Value = serde_json::from_slice(&bytes)
            .map_err(|error| refuse(format!("{} is damaged: {error}", manifest::FILE)))?;
        let field = |name: &str| manifest.get(name).cloned().unwrap_or_default();
        let settings: Settings = serde_json::from_value(field("settings"))
            .map_err(|error| refuse(format!("it is not of this version of the tool: {error}")))?;
        let (Some(partition), Ok(kept)) = (settings.partition, serde_json::from_value(field("parts"))) else {
            return Err(refuse("it is the evidence of a whole run, not of a partition".to_owned())
                .hint("scan with `--partition K/N` on each machine; nothing was written"));
        };
        let settings = Settings { partition: None, ..settings };
        Ok(Given { folder, partition, settings, kept, manifest, sha256: hex(&Sha256::digest(&bytes)) })
    }
}

/// Partitions of one run.
struct Together<'g> {
    first: Given<'g>,
    others: Vec<Given<'g>>,
    missing: Vec<Partition>,
    settings: Settings,
}

impl<'g> Together<'g> {
    /// Puts them together, in the order of their numbers.
    fn of(mut given: Vec<Given<'g>>, allow_missing: bool) -> Result<Together<'g>> {
        given.sort_by_key(|given| given.partition);
        let mut others = given.into_iter();
        let Some(first) = others.next() else { return Err(Error::request("no partitions were given")) };
        let others: Vec<Given<'g>> = others.collect();
        for other in &others {
            refuse_mixed(&first, other)?;
        }
        let mut by_number: BTreeMap<usize, &Given<'_>> = BTreeMap::new();
        for given in std::iter::once(&first).chain(&others) {
            if let Some(earlier) = by_number.insert(given.partition.number(), given) {
                return Err(Error::request(format!(
                    "partition {} was given twice: `{}` and `{}`",
                    given.partition,
                    shown(earlier.folder),
                    shown(given.folder)
                ))
                .hint("each shard must stand in the evidence once; nothing was written"));
            }
        }
        let numbers = 1..=first.partition.of();
        let missing: Vec<Partition> = numbers
            .filter(|number| !by_number.contains_key(number))
            .filter_map(|number| first.partition.sibling(number))
            .collect();
        if let (Some(one), false) = (missing.first(), allow_missing) {
            let more = match missing.len() - 1 {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            return Err(Error::request(format!("partition {one}{more} is missing")).hint(
                "give the folders of all partitions, or `--allow-missing` to name their shards as failed; \
                 nothing was written",
            ));
        }
        let settings = first.settings.clone();
        Ok(Together { first, others, missing, settings })
    }

    fn all(&self) -> impl Iterator<Item = &Given<'g>> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// Checks that what was kept is what is there, and returns what all partitions share.
    fn check(&self) -> Result<Common> {
        let version = env!("CARGO_PKG_VERSION");
        if self.settings.tool_version != version {
            return Err(Error::request(format!(
                "the partitions were scanned with version {}, this is version {version}",
                printable(&self.settings.tool_version)
            ))
            .hint("merge with the version that scanned; nothing was written"));
        }
        let refuse = |given: &Given<'_>, what: String| {
            Error::request(format!("cannot merge `{}`: {what}", shown(given.folder)))
                .hint("copy the folder again, or scan the partition into a new folder; nothing was written")
        };
        for given in self.all() {
            kept::check(given.folder, &given.kept).map_err(|error| refuse(given, error.to_string()))?;
        }
        let common =
            kept::common(self.first.folder).map_err(|error| refuse(&self.first, error.to_string()))?;
        let names = hex(&Sha256::digest(common.shards.join("\n")));
        match names == self.settings.shards_sha256 && common.shards.len() as u64 == self.settings.shards {
            true => Ok(common),
            false => Err(refuse(&self.first, "the plan in it is of other shards".to_owned())),
        }
    }

    /// The parts of all shards. For those of missing partitions they are made in `work`.
    fn parts(&self, common: &Common, work: &Path) -> Result<Vec<PathBuf>> {
        let mut parts = Vec::with_capacity(common.shards.len());
        for given in self.all() {
            let own = given.partition.places(common.shards.len());
            let found = kept::parts(given.folder, own).map_err(|error| {
                Error::request(format!("cannot merge `{}`: {error}", shown(given.folder)))
            })?;
            parts.extend(found);
        }
        for partition in &self.missing {
            let reason = format!("not read: the results of partition {partition} were not there");
            for place in partition.places(common.shards.len()) {
                let Some(asked) = common.shards.get(place) else { continue };
                let name = Shard::of(asked)?.name;
                let path = part::path(work, place);
                let mut receipt = Receipt::new(identity::file_name(&name), self.settings.depth);
                receipt.identity.shard = name;
                let sealed =
                    Part::create(&path).and_then(|part| part.seal((0, 0), receipt.fail(&reason), None));
                sealed.map_err(|error| Error::io("write", &path, &error))?;
                parts.push(path);
            }
        }
        // In the order of the plan.
        parts.sort_by(|one, other| one.file_name().cmp(&other.file_name()));
        Ok(parts)
    }

    /// Where the shards of the whole plan were looked for.
    fn shard_paths(&self) -> Vec<String> {
        let paths = self.first.manifest.get("shard_paths").and_then(Value::as_array);
        paths.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// The draw of which the shards are, if they are a sample.
    fn draw(&self) -> Result<Option<Draw>> {
        let draw = self.first.manifest.get("plan").cloned().unwrap_or_default();
        serde_json::from_value(draw).map_err(|error| {
            Error::request(format!(
                "cannot merge `{}`: its draw is damaged: {error}",
                shown(self.first.folder)
            ))
        })
    }

    fn merged(&self) -> Merged {
        let tell = |given: &Given<'_>| {
            let field = |name: &str| given.manifest.get(name).cloned().unwrap_or_default();
            json!({
                "partition": given.partition,
                "manifest_sha256": given.sha256,
                "tool": field("tool"),
                "command": field("command"),
                "environment": field("environment"),
                "started": field("started"),
                "ended": field("ended"),
                "exit_code": field("exit_code"),
                "inputs": field("inputs"),
                "purpose": field("purpose"),
                "operator": field("operator"),
                "on_behalf_of": field("on_behalf_of"),
                "plan_followed": field("plan_followed"),
                "parts": given.kept,
            })
        };
        Merged { partitions: self.all().map(tell).collect(), missing: self.missing.clone() }
    }

    /// What any partition left aside while it looked for shards, once.
    fn set_aside(&self) -> Vec<String> {
        let lists = self.all().filter_map(|given| given.manifest.get("set_aside")?.as_array());
        let words = lists.flatten().filter_map(Value::as_str).map(str::to_owned);
        words.collect::<std::collections::BTreeSet<String>>().into_iter().collect()
    }
}

/// What is said of a partition is taken from its manifest: that has to be the one its scan wrote, whose digest stands
/// beside it.
fn refuse_altered(folder: &Path, bytes: &[u8]) -> std::result::Result<(), String> {
    match fs::read(folder.join(manifest::DIGEST_FILE)) {
        Ok(digest) if digest == manifest::digest_line(bytes).as_bytes() => Ok(()),
        Ok(_) => Err(format!(
            "{} is not the file whose SHA-256 {} states: one of the two was changed after the scan",
            manifest::FILE,
            manifest::DIGEST_FILE
        )),
        Err(error) => Err(format!(
            "{}, which covers {}, cannot be read: {error}",
            manifest::DIGEST_FILE,
            manifest::FILE
        )),
    }
}

/// Partitions of two runs would give evidence of neither.
fn refuse_mixed(one: &Given<'_>, other: &Given<'_>) -> Result<()> {
    let mut differences: Vec<String> = one
        .settings
        .differing(&other.settings)
        .into_iter()
        .map(|(name, one, other)| format!("{name}: {one} and {other}"))
        .collect();
    if one.partition.of() != other.partition.of() {
        differences.push(format!("partitions: {} and {}", one.partition.of(), other.partition.of()));
    }
    match differences.is_empty() {
        true => Ok(()),
        false => Err(Error::request(format!(
            "`{}` and `{}` are of different runs ({})",
            shown(one.folder),
            shown(other.folder),
            differences.join("; ")
        ))
        .hint(
            "merge partitions of one run: the same version, shards, lists and options; nothing was written",
        )),
    }
}
