//! The list of commands. Messages for people are printed here and in [`crate::command`], nowhere else.

use std::borrow::Cow;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use crate::command;
use crate::error::{Error, Result};
use crate::escape::{printable, printable_line};
use crate::exit::Exit;

/// Version, commit.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (commit ", env!("SHARDPROOF_COMMIT"), ")");

const EXAMPLES: &str = "\
Examples:
  Which titles of a list stand in these shards?
      shardproof scan shards/ --domains publishers.csv --out evidence/

  The same for shards that a listing names, with copies of the matching records:
      shardproof scan wet.paths.gz -d publishers.csv -o evidence/ --keep-records

  Fifty shards of a release, drawn at random, with estimates for all of it:
      shardproof shards c4 en --sample 50 --seed 2026-03-01 > drawn.paths
      shardproof scan drawn.paths -d publishers.csv -o evidence/

  What does one row say, and how can it be checked without this tool?
      shardproof show evidence/ m_8a305aa2e4d733f91f76b58e

Exit codes:
  0    all that was asked for was examined, whether anything was found or not
  1    nothing usable was produced
  2    the request is wrong; nothing was read
  3    done, with gaps that shards.csv names
  4    a check said no
  130  interrupted; finished shards are kept, the same command goes on";

/// Shows which protected content stands in which shard of a public training corpus, as CSV evidence.
#[derive(Debug, Parser)]
#[command(name = "shardproof", version = VERSION, about, long_about = None, after_help = EXAMPLES)]
#[command(propagate_version = true, arg_required_else_help = true, max_term_width = 110)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Scan shards for the domains of a publisher list or for copies of articles, and write the evidence
    Scan(Box<command::scan::Args>),
    /// Print the address of each shard of a release, or of a random draw
    Shards(command::shards::Args),
    /// Merge the parts of a run over many machines into the evidence of one run
    Merge(command::merge::Args),
    /// Make a fingerprint file of a publisher's articles, to find copies of them
    Fingerprint(Box<command::fingerprint::Args>),
    /// Measure how often a scan for copies of articles would miss one or state a false one
    Calibrate(Box<command::calibrate::Args>),
    /// Make a list of text that many sites have, which is no article's own
    Commons(Box<command::commons::Args>),
    /// Fetch the rows of a folder of evidence again, and check its files and counts
    Verify(Box<command::verify::Args>),
    /// Show one row of the evidence in words, with the lines that check it with public tools
    Show(Box<command::show::Args>),
    /// Trace rows of C4, OSCAR and other derived corpora to the captures that their text was made from
    Trace(Box<command::trace::Args>),
    /// Seal an evidence folder: digests, signature, time-stamp query
    Seal(command::seal::Args),
    /// Check a sealed folder: is every byte as it was sealed?
    Unseal(command::unseal::Args),
    /// Copy an evidence folder without query strings, excerpts, records and server addresses, for sharing
    Redact(command::redact::Args),
    /// Print a completion script for a shell
    #[command(
        after_help = "Example:\n  shardproof completions bash > ~/.local/share/bash-completion/completions/shardproof\n\nExit codes: 0 printed, 2 wrong request."
    )]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page in roff, for `man -l`
    #[command(
        after_help = "Example:\n  shardproof man scan > shardproof-scan.1\n\nExit codes: 0 printed, 2 wrong request."
    )]
    Man {
        /// The page of one command, for example `scan`
        command: Option<String>,
    },
}

/// Runs the command of the process's arguments.
pub fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => {
            show_usage(&error, &arguments);
            return if error.use_stderr() { Exit::WrongRequest.into() } else { Exit::AllExamined.into() };
        }
    };
    let given: Vec<String> = arguments.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    match run(cli, &given) {
        Ok(exit) => exit.into(),
        Err(error) => {
            complain(&error);
            error.exit().into()
        }
    }
}

fn run(cli: Cli, given: &[String]) -> Result<Exit> {
    match cli.command {
        Command::Scan(args) => command::scan::run(&args, given),
        Command::Shards(args) => command::shards::run(&args),
        Command::Merge(args) => command::merge::run(&args, given),
        Command::Fingerprint(args) => command::fingerprint::run(&args),
        Command::Calibrate(args) => command::calibrate::run(&args),
        Command::Commons(args) => command::commons::run(&args),
        Command::Verify(args) => command::verify::run(&args),
        Command::Show(args) => command::show::run(&args),
        Command::Trace(args) => command::trace::run(&args),
        Command::Seal(args) => command::seal::run(&args),
        Command::Unseal(args) => command::unseal::run(&args),
        Command::Redact(args) => command::redact::run(&args),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "shardproof", &mut script);
            print(&script)
        }
        Command::Man { command } => print(&manual(command.as_deref())?),
    }
}

fn manual(command: Option<&str>) -> Result<Vec<u8>> {
    let mut root = Cli::command();
    root.build();
    let page = match command {
        None => root,
        Some(name) => match root.find_subcommand(name) {
            Some(found) => found.clone().name(format!("shardproof-{name}")),
            None => return Err(Error::request(format!("there is no command `{name}`"))),
        },
    };
    let mut roff = Vec::new();
    clap_mangen::Man::new(page)
        .render(&mut roff)
        .map_err(|error| Error::failure(format!("cannot make the manual page: {error}")))?;
    Ok(roff)
}

fn print(bytes: &[u8]) -> Result<Exit> {
    match io::stdout().write_all(bytes) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::failure(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(Exit::AllExamined),
    }
}

/// Prints help, or what is wrong with the arguments. Those may hold anything: a message that repeats such a one goes
/// without colours, and with the argument made harmless.
fn show_usage(error: &clap::Error, arguments: &[OsString]) {
    let words = arguments.iter().map(|word| word.to_string_lossy());
    let hostile: Vec<String> =
        words.filter(|word| printable_line(word) != *word).map(Cow::into_owned).collect();
    // Help that goes into a closed pipe is no reason to fail.
    let _ = match hostile.is_empty() {
        true => error.print(),
        false => {
            let repeated = |text: String, word: &String| {
                // `--option=value` is repeated by its value alone.
                let value = word.split_once('=').map_or(word.as_str(), |(_, value)| value);
                text.replace(word, &printable(word)).replace(value, &printable(value))
            };
            let text = hostile.iter().fold(error.to_string(), repeated);
            text.lines().try_for_each(|line| writeln!(io::stderr(), "{}", printable_line(line)))
        }
    };
}

/// Prints an error to standard error, line by line, with whatever came from outside made fit for a terminal.
fn complain(error: &Error) {
    for (index, line) in error.to_string().lines().enumerate() {
        let start = if index == 0 { "error: " } else { "" };
        let _ = writeln!(io::stderr(), "{start}{}", printable_line(line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_are_well_formed() {
        Cli::command().debug_assert();
        assert!(String::from_utf8(manual(Some("scan")).unwrap()).unwrap().contains("domains"));
        assert!(manual(Some("nothing")).is_err());
    }
}
