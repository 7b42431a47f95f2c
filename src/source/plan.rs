//! From the arguments to the list of shards, before anything is read.
//!
//! What the user named must be there: a missing file, a folder without shards or a pattern without a file is a wrong
//! request. What a *listing* names may be missing, as one shard of a hundred thousand; it then has a receipt that
//! says so. A file that is left aside in a folder is named in the manifest: nothing is skipped in silence.

mod found;
#[cfg(test)]
mod tests;

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::escape::printable;

use super::address::fit_to_be_written;
use super::draw::{self, Draw};
use super::listing;
use super::location::Location;
use super::remote::Network;
use found::Found;

/// One shard to be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shard {
    /// How it was named: the line of a listing, or the path, with `/` between folders. Of an address the path alone, as a
    /// copy of the same tree on a disk is called.
    pub name: String,
    /// Where it stands.
    pub location: Location,
}

impl Shard {
    /// The shard that a path or an address names.
    ///
    /// # Errors
    /// A wrong request, with what is wrong with the address.
    pub fn of(text: &str) -> Result<Shard> {
        Ok(match located(text)? {
            Some(Location::Remote(address)) => {
                Shard { name: address.name(), location: Location::Remote(address) }
            }
            Some(location) => Shard { name: text.to_owned(), location },
            None => Shard { name: text.to_owned(), location: Location::File(PathBuf::from(text)) },
        })
    }

    /// What was asked for, to tell two runs apart: the name, and of an address also the server, without secrets.
    pub fn asked(&self) -> String {
        match &self.location {
            Location::File(_) => self.name.clone(),
            Location::Remote(address) => address.shown(),
        }
    }
}

/// The shards of a run.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Sorted by name, each file once.
    pub shards: Vec<Shard>,
    /// What was left aside, in words.
    pub set_aside: Vec<String>,
    /// How the shards were drawn, if they are a sample.
    pub draw: Option<Draw>,
}

impl Plan {
    /// Draws `n` of the shards; the others are not part of the run.
    ///
    /// # Errors
    /// A wrong request when there are not so many, or when the shards are a sample already.
    pub fn sample(self, n: usize, seed: &str) -> Result<Plan> {
        if self.draw.is_some() {
            return Err(Error::request("`--sample`: the list is a sample already")
                .hint("leave `--sample` out, or draw from the whole list"));
        }
        let (shards, draw) = draw::draw(self.shards, n, seed)?;
        Ok(Plan { shards, draw: Some(draw), ..self })
    }
}

/// Resolves the arguments. `standard_input` is read for the argument `-`: a list, one argument a line. No shard is asked
/// for; a listing on a server is. What stands in the folder `out`, into which results are written, is no shard of a folder around
/// it.
///
/// # Errors
/// A wrong request, with the argument that makes it one; a failure when the server of a listing does not give it.
pub fn resolve(
    arguments: &[String],
    mut standard_input: impl Read,
    network: &Network,
    out: Option<&Path>,
) -> Result<Plan> {
    let mut found = Found::new(network, out);
    for argument in arguments {
        if argument == "-" {
            let mut list = String::new();
            standard_input.read_to_string(&mut list).map_err(|error| {
                Error::request(format!("cannot read the list on standard input: {error}"))
            })?;
            let lines = listing::lines(&list);
            found.draws.extend(Draw::of_list(&list)?);
            if lines.is_empty() {
                return Err(
                    Error::request("`-`: the list on standard input is empty").hint("give one path a line")
                );
            }
            for line in &lines {
                found.listed(line, || Location::File(PathBuf::from(line)))?;
            }
        } else {
            found.argument(argument)?;
        }
    }
    if found.shards.is_empty() {
        return Err(Error::request("no shards were given").hint("name files, folders, patterns or listings"));
    }
    let Found { shards, set_aside, twice, mut draws, .. } = found;
    let mut shards: Vec<Shard> = shards.into_values().collect();
    shards.sort();
    let mut set_aside: Vec<String> = set_aside.into_iter().collect();
    if twice > 0 {
        set_aside.push(format!("{twice} paths were given more than once and are read once"));
    }
    let draw = draws.pop();
    if let Some(draw) = &draw {
        if arguments.len() > 1 {
            return Err(Error::request("a list that tells of a draw was given among other shards")
                .hint("scan it by itself, or nothing could be estimated from it"));
        }
        draw.check(&shards)?;
    }
    Ok(Plan { shards, set_aside, draw })
}

/// The place that an address names; `None` for a path.
///
/// # Errors
/// A wrong request, with what is wrong with the address.
pub fn located(argument: &str) -> Result<Option<Location>> {
    let wrong = |what: String| {
        let shown = printable(&fit_to_be_written(argument));
        Error::request(format!("`{shown}`: {what}"))
            .hint("addresses begin with https://, http://, s3://, hf:// or file://; nothing was read")
    };
    Location::of(argument).transpose().map_err(wrong)
}
