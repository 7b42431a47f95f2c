//! From the arguments to the list of shards, before anything is read.
//!
//! What the user named must be there: a missing file, a folder without shards or a pattern without a file is a wrong
//! request. What a *listing* names may be missing, as one shard of a hundred thousand; it then has a receipt that
//! says so. A file that is left aside in a folder is named in the manifest: nothing is skipped in silence.

#[cfg(test)]
mod tests;

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::escape::{printable, shown};

use super::address::{Address, fit_to_be_written};
use super::draw::{self, Draw};
use super::listing;
use super::location::Location;
use super::remote::Network;

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

/// Endings of files that lie beside shards and are none. Only a file in a folder is judged by its name; one that is
/// named itself is read.
const NO_SHARDS: &[&str] = &[
    "md", "csv", "html", "htm", "pdf", "png", "jpg", "svg", "py", "sh", "rs", "toml", "yaml", "yml", "idx",
    "cdx", "cdxj", "loc", "sha256", "md5", "sig", "asc", "log", "lock",
];

/// True for a pipe, a socket or a device, which reading could wait for without end. What is not there is no such thing: it
/// was to be read, and is a gap.
fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|state| !state.is_file() && !state.is_dir())
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

fn unreadable(listing: &str, error: &std::io::Error) -> Error {
    Error::request(format!("cannot read the listing `{listing}`: {error}"))
        .hint("fetch the listing again; no shard was read")
}

struct Found<'n> {
    network: &'n Network,
    /// By the path or address that stays the same however a file is spelt.
    shards: HashMap<PathBuf, Shard>,
    set_aside: BTreeSet<String>,
    twice: u64,
    draws: Vec<Draw>,
    /// The folder that results are written into, resolved, if there is one already.
    own: Option<PathBuf>,
    /// Folders as they were named, resolved; `None` for one that is not there.
    folders: HashMap<PathBuf, Option<PathBuf>>,
}

impl Found<'_> {
    fn new<'n>(network: &'n Network, out: Option<&Path>) -> Found<'n> {
        Found {
            network,
            own: out.and_then(|out| fs::canonicalize(out).ok()),
            shards: HashMap::new(),
            set_aside: BTreeSet::new(),
            twice: 0,
            draws: Vec::new(),
            folders: HashMap::new(),
        }
    }

    fn argument(&mut self, argument: &str) -> Result<()> {
        match located(argument)? {
            Some(Location::Remote(address)) if address.is_listing() => self.remote_listing(&address),
            Some(Location::Remote(address)) => {
                self.add_address(address);
                Ok(())
            }
            Some(Location::File(path)) => self.path(argument, &path),
            None => self.path(argument, Path::new(argument)),
        }
    }

    fn path(&mut self, argument: &str, path: &Path) -> Result<()> {
        match fs::metadata(path) {
            Ok(state) if state.is_dir() => self.folder(path),
            Ok(_) if listing::is_listing(path) => self.listing(path),
            Ok(_) => {
                self.add(path.to_owned());
                Ok(())
            }
            Err(_) if argument.contains(['*', '?', '[']) => self.pattern(argument),
            Err(error) => {
                let hint = match error.kind() {
                    std::io::ErrorKind::NotFound => "check the path; nothing was read",
                    _ => "check the permissions; nothing was read",
                };
                Err(Error::request(format!("cannot find the shard `{}`: {error}", printable(argument)))
                    .hint(hint))
            }
        }
    }

    fn pattern(&mut self, argument: &str) -> Result<()> {
        let pattern = printable(argument);
        let paths = glob::glob(argument).map_err(|error| {
            Error::request(format!("`{pattern}` is no pattern: {error}")).hint("quote `[` as `[[]`")
        })?;
        let before = self.shards.len() as u64 + self.twice;
        for path in paths {
            let path =
                path.map_err(|error| Error::request(format!("cannot look into `{pattern}`: {error}")))?;
            match path.is_dir() {
                true => self
                    .set_aside
                    .insert(format!("{}: a folder that the pattern `{pattern}` found", shown(&path))),
                false if listing::is_listing(&path) => {
                    self.listing(&path)?;
                    continue;
                }
                false => {
                    self.add(path);
                    continue;
                }
            };
        }
        match self.shards.len() as u64 + self.twice == before {
            true => Err(Error::request(format!("no file fits the pattern `{pattern}`"))
                .hint("check the pattern and the folder it starts from; nothing was read")),
            false => Ok(()),
        }
    }

    fn listing(&mut self, path: &Path) -> Result<()> {
        let text = listing::read(path).map_err(|error| unreadable(&shown(path), &error))?;
        let lines = listing::lines(&text);
        self.draws.extend(Draw::of_list(&text)?);
        if lines.is_empty() {
            return Err(Error::request(format!("the listing `{}` is empty", shown(path)))
                .hint("a listing holds one path a line"));
        }
        lines.iter().try_for_each(|line| self.listed(line, || Location::File(listing::locate(path, line))))
    }

    /// A listing on a server: it names paths from the root of its host, bucket or dataset.
    fn remote_listing(&mut self, address: &Address) -> Result<()> {
        let shown = printable(&address.shown());
        let text = listing::text(&listing::fetch(address, self.network)?);
        let text = text.map_err(|error| unreadable(&shown, &error))?;
        let lines = listing::lines(&text);
        self.draws.extend(Draw::of_list(&text)?);
        if lines.is_empty() {
            return Err(Error::request(format!("the listing `{shown}` is empty"))
                .hint("a listing holds one path a line"));
        }
        for line in &lines {
            // Real listings hold some folders, and nobody can look into one of a server.
            match line.ends_with('/') && !line.contains("://") {
                true => drop(
                    self.set_aside.insert(format!("{}: a folder in the listing `{shown}`", printable(line))),
                ),
                false => self.listed(line, || Location::Remote(address.from_root(line)))?,
            }
        }
        Ok(())
    }

    /// A path out of a list, found by `locate`: taken as it is, since a missing shard of a list is a gap and no wrong
    /// request. A folder (real listings hold some) stands for the shards in it.
    fn listed(&mut self, line: &str, locate: impl FnOnce() -> Location) -> Result<()> {
        match located(line)? {
            Some(Location::Remote(address)) => self.add_address(address),
            Some(Location::File(path)) => self.listed_path(line, path),
            None => match locate() {
                Location::File(path) => self.listed_path(line, path),
                Location::Remote(address) => self.add_address(address),
            },
        }
        Ok(())
    }

    fn listed_path(&mut self, line: &str, path: PathBuf) {
        match path.is_dir() {
            true if self.walk(&path).is_ok_and(|shards| shards > 0) => {}
            _ => self.add_named(line.to_owned(), path),
        }
    }

    fn folder(&mut self, path: &Path) -> Result<()> {
        let count = self.walk(path).map_err(|error| Error::io("look into the folder", path, &error))?;
        match count {
            0 => Err(Error::request(format!("no shards in the folder `{}`", shown(path)))
                .hint("hidden files, listings and files that are no shards by their names are left aside")),
            _ => Ok(()),
        }
    }

    /// Adds the files of a folder and of the folders in it. Returns how many.
    fn walk(&mut self, folder: &Path) -> std::io::Result<u64> {
        if let Some(own) = &self.own
            && fs::canonicalize(folder).is_ok_and(|folder| folder == *own)
        {
            self.set_aside.insert(format!("{}: the folder for the evidence", shown(folder)));
            return Ok(0);
        }
        let mut count = 0;
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            // A link is followed to a file and never into a folder, which could lead back up.
            let is_link = entry.file_type()?.is_symlink();
            if name.starts_with('.') {
                self.set_aside.insert(format!("{}: hidden", shown(&path)));
            } else if path.is_dir() {
                match is_link {
                    true => drop(self.set_aside.insert(format!("{}: a link to a folder", shown(&path)))),
                    false => count += self.walk(&path)?,
                }
            } else if is_special(&path) {
                self.set_aside.insert(format!("{}: no file", shown(&path)));
            } else if listing::is_listing(&path) {
                self.set_aside
                    .insert(format!("{}: a listing; give it as an argument to follow it", shown(&path)));
            } else if path
                .extension()
                .is_some_and(|ending| NO_SHARDS.contains(&&*ending.to_string_lossy().to_lowercase()))
            {
                self.set_aside.insert(format!("{}: no shard by its name", shown(&path)));
            } else {
                self.add(path);
                count += 1;
            }
        }
        Ok(count)
    }

    fn add(&mut self, path: PathBuf) {
        // Between folders stands `/` in every shard's name, on any system.
        let name = path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
        self.add_named(name, path);
    }

    /// The path of a file that stays the same however it is spelt. Folders are resolved once each: a list has a hundred
    /// thousand shards in a hundred of them.
    fn key(&mut self, path: &Path) -> PathBuf {
        let is_link = fs::symlink_metadata(path).is_ok_and(|state| state.is_symlink());
        let (Some(folder), Some(name)) = (path.parent().filter(|_| !is_link), path.file_name()) else {
            return fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        };
        if !self.folders.contains_key(folder) {
            let from = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            self.folders.insert(folder.to_owned(), fs::canonicalize(from).ok());
        }
        match self.folders.get(folder) {
            Some(Some(resolved)) => resolved.join(name),
            _ => path.to_owned(),
        }
    }

    /// Of several spellings of one file the first in order stays, whichever was given first.
    fn add_named(&mut self, name: String, path: PathBuf) {
        let key = self.key(&path);
        self.add_shard(key, Shard { name, location: Location::File(path) });
    }

    fn add_address(&mut self, address: Address) {
        self.add_shard(
            address.key().into(),
            Shard { name: address.name(), location: Location::Remote(address) },
        );
    }

    fn add_shard(&mut self, key: PathBuf, shard: Shard) {
        match self.shards.entry(key) {
            Entry::Vacant(place) => drop(place.insert(shard)),
            Entry::Occupied(mut place) => {
                self.twice += 1;
                if shard < *place.get() {
                    place.insert(shard);
                }
            }
        }
    }
}

/// The place that an argument names if it is an address.
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
