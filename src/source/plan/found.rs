//! What each argument names: files of a folder, of a pattern, of a listing, addresses; and what is set aside.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use super::{Shard, located};
use crate::error::{Error, Result};
use crate::escape::{printable, shown};
use crate::source::address::Address;
use crate::source::draw::Draw;
use crate::source::listing;
use crate::source::location::Location;
use crate::source::remote::Network;

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

/// What the arguments name, as far as they were resolved.
pub(super) struct Found<'n> {
    network: &'n Network,
    /// By the path or address that stays the same however a file is spelt.
    pub shards: HashMap<PathBuf, Shard>,
    pub set_aside: BTreeSet<String>,
    pub twice: u64,
    pub draws: Vec<Draw>,
    /// The folder that results are written into, resolved, if there is one already.
    own: Option<PathBuf>,
    /// Folders as they were named, resolved; `None` for one that is not there.
    folders: HashMap<PathBuf, Option<PathBuf>>,
}

impl Found<'_> {
    pub fn new<'n>(network: &'n Network, out: Option<&Path>) -> Found<'n> {
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

    pub fn argument(&mut self, argument: &str) -> Result<()> {
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
    pub fn listed(&mut self, line: &str, locate: impl FnOnce() -> Location) -> Result<()> {
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

fn unreadable(listing: &str, error: &std::io::Error) -> Error {
    Error::request(format!("cannot read the listing `{listing}`: {error}"))
        .hint("fetch the listing again; no shard was read")
}
