//! Where a shard lies now, and its bytes, or why there are none.
//!
//! A shard is looked for by its whole name (`crawl-data/.../x.warc.gz`) first, then by the name of the file that was read.
//! Of several files the one with the length that the receipt states is taken, and of several of these the one with its
//! SHA-256: two subsets of a crawl have files of the same names. On a server a shard is asked for by its whole name, behind
//! the address that was given.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::Outcome;
use super::receipts::Receipt;
use crate::error::{Error, Result};
use crate::escape::printable;
use crate::evidence::output::digest_of;
use crate::place::Extent;
use crate::record::identity::file_name;
use crate::source::address::Address;
use crate::source::location::Location;
use crate::source::remote::fault::Kind;
use crate::source::remote::{Network, said};

/// Why bytes cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// `Gone`, `Denied` or `Unreachable`.
    pub outcome: Outcome,
    /// In words.
    pub reason: String,
    /// The code with which a server answered.
    pub http_status: Option<u16>,
}

/// Bytes that are on their way.
pub struct Answer {
    /// The bytes that were asked for, or fewer where the shard ends before them.
    pub body: Box<dyn Read + Send>,
    /// The code with which a server answered.
    pub http_status: Option<u16>,
}

/// A shard in the place where it was found.
#[derive(Clone)]
pub struct Stored<'n> {
    /// The place.
    pub location: Location,
    network: &'n Network,
}

impl Stored<'_> {
    /// Asks for stored bytes: those of `extent`, or all.
    ///
    /// # Errors
    /// Why there are none.
    pub fn read(&self, extent: Option<Extent>) -> std::result::Result<Answer, Refusal> {
        match &self.location {
            Location::File(path) => read_file(path, extent).map_err(|error| refusal(&error)),
            Location::Remote(address) => self.fetch(address, extent),
        }
    }

    fn fetch(&self, address: &Address, extent: Option<Extent>) -> std::result::Result<Answer, Refusal> {
        let (known, asked) = self.network.ask(address, extent);
        let served = said(&known);
        let refused = |outcome, reason: String| Refusal { outcome, reason, http_status: served.status };
        let ends = extent.zip(served.total).is_some_and(|(extent, total)| total <= extent.offset);
        match asked {
            Ok(_) if served.is_page() => {
                Err(refused(Outcome::Unreachable, "an HTML page was served in place of the shard".to_owned()))
            }
            Ok(_) if ends => Err(refused(Outcome::Gone, ENDS.to_owned())),
            Ok(reading) => Ok(Answer { body: Box::new(reading), http_status: served.status }),
            Err(_) if ends || served.status == Some(416) => Err(refused(Outcome::Gone, ENDS.to_owned())),
            Err(fault) => Err(refused(
                match fault.kind {
                    Kind::Absent => Outcome::Gone,
                    Kind::Denied => Outcome::Denied,
                    Kind::Passing(_) | Kind::Final => Outcome::Unreachable,
                },
                fault.what,
            )),
        }
    }
}

/// Said of a row whose shard is there, and shorter than it was.
pub const ENDS: &str = "the file ends before the bytes of the row";

fn read_file(path: &Path, extent: Option<Extent>) -> io::Result<Answer> {
    let mut file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::Error::new(io::ErrorKind::NotFound, "a folder stands there, not a file"));
    }
    let body: Box<dyn Read + Send> = match extent {
        None => Box::new(file),
        Some(extent) => {
            file.seek(SeekFrom::Start(extent.offset))?;
            Box::new(BufReader::with_capacity(128 * 1024, file).take(extent.length))
        }
    };
    Ok(Answer { body, http_status: None })
}

/// An error of a file, in the words of the outcome.
pub fn refusal(error: &io::Error) -> Refusal {
    let outcome = match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Outcome::Gone,
        io::ErrorKind::PermissionDenied => Outcome::Denied,
        _ => Outcome::Unreachable,
    };
    Refusal { outcome, reason: error.to_string(), http_status: None }
}

/// Where shards are looked for.
pub struct Sources<'n> {
    network: &'n Network,
    /// For messages: the folders, or `the paths in the manifest`.
    name: String,
    /// Files by their names, each list in order.
    files: HashMap<String, Vec<Location>>,
    /// The address of a file named `x` where the names of shards begin on a server.
    root: Option<Address>,
}

impl<'n> Sources<'n> {
    fn new(network: &'n Network, name: String) -> Sources<'n> {
        Sources { network, name, files: HashMap::new(), root: None }
    }

    /// The files under some folders, files by themselves, and servers by the address of their root.
    ///
    /// # Errors
    /// A wrong request: a path that is not there, a folder that cannot be looked into, an address that is none.
    pub fn of(given: &[String], network: &'n Network) -> Result<Sources<'n>> {
        let names: Vec<String> = given.iter().map(|source| format!("`{}`", printable(source))).collect();
        let mut sources = Sources::new(network, names.join(", "));
        for source in given {
            let hint = "name a folder in which the shards lie, or the address in front of their names, with `--source`";
            let wrong = |what: String| {
                let source = printable(source);
                Error::request(format!("cannot look for shards in `{source}`: {what}")).hint(hint)
            };
            if source.contains("://") && !source.starts_with("file://") {
                let root = Address::parse(&format!("{}/x", source.trim_end_matches('/'))).map_err(wrong)?;
                match sources.root.replace(root) {
                    None => continue,
                    // Where one says no and the other was not asked, nobody could say what that means.
                    Some(_) => return Err(wrong("one address is enough, and this is another".to_owned())),
                }
            }
            let path = match Location::of(source) {
                Some(location) => location.map_err(wrong)?.path().map(Path::to_owned).unwrap_or_default(),
                None => PathBuf::from(source),
            };
            match fs::metadata(&path).map_err(|error| wrong(error.to_string()))?.is_dir() {
                true => sources.walk(&path).map_err(|error| wrong(error.to_string()))?,
                false => sources.add(Location::File(path)),
            }
        }
        sources.sort();
        Ok(sources)
    }

    /// The paths and addresses that a manifest records. What stood there may be gone by now: that is a finding. `None` when
    /// there is not one of the files on this machine and no address.
    pub fn recorded<'p>(paths: impl Iterator<Item = &'p str>, network: &'n Network) -> Option<Sources<'n>> {
        let mut sources = Sources::new(network, "the paths in the manifest".to_owned());
        let mut is_there = false;
        for path in paths {
            let location = match Location::of(path) {
                Some(Ok(location)) => location,
                Some(Err(_)) => continue,
                None => Location::File(PathBuf::from(path)),
            };
            is_there |= location.path().is_none_or(Path::exists);
            sources.add(location);
        }
        sources.sort();
        is_there.then_some(sources)
    }

    /// Where a shard lies.
    ///
    /// # Errors
    /// It is in none of the places.
    pub fn locate(&self, receipt: &Receipt) -> std::result::Result<Stored<'n>, Refusal> {
        match self.find(receipt) {
            Some(location) => Ok(self.stored(location)),
            None => Err(Refusal {
                outcome: Outcome::Gone,
                reason: format!("no file of this name in {}", self.name),
                http_status: None,
            }),
        }
    }

    fn find(&self, receipt: &Receipt) -> Option<Location> {
        let named = |name: &str| self.files.get(name).map(Vec::as_slice).unwrap_or_default();
        let by_shard = named(file_name(&receipt.shard));
        let whole = |location: &&Location| Path::new(&location.written()).ends_with(&receipt.shard);
        // A file that was cut or renamed still states the name of its shard: both names are looked for.
        let mut found: Vec<&Location> = by_shard.iter().filter(whole).collect();
        for location in named(&receipt.file) {
            if !found.iter().any(|other| std::ptr::eq(*other, location)) {
                found.push(location);
            }
        }
        if found.is_empty() {
            found = by_shard.iter().collect();
        }
        let is_long = |location: &Location| length(location) == Some(receipt.bytes);
        if found.len() > 1 && found.iter().any(|location| is_long(location)) {
            found.retain(|location| is_long(location));
        }
        if found.len() > 1 && !receipt.sha256.is_empty() {
            let is_it = |location: &&Location| {
                let digest = location.path().map(digest_of);
                digest.is_some_and(|digest| digest.is_ok_and(|(_, sha256)| sha256 == receipt.sha256))
            };
            let by_digest = found.iter().copied().find(is_it);
            found = by_digest.map_or(found, |location| vec![location]);
        }
        let on_server = || self.root.as_ref().map(|root| Location::Remote(root.beside(&receipt.shard)));
        found.first().map(|location| (*location).clone()).or_else(on_server)
    }

    fn stored(&self, location: Location) -> Stored<'n> {
        Stored { location, network: self.network }
    }

    /// The files that may be the other one of a pair, by their names: in the folder of the shard first.
    pub fn beside(&self, stored: &Stored<'_>, names: &[String]) -> Vec<Stored<'n>> {
        let beside = names.iter().map(|name| stored.location.beside(name));
        let known = names.iter().filter_map(|name| self.files.get(name)?.first().cloned());
        let there = |location: &Location| location.path().is_none_or(Path::is_file);
        beside.chain(known).filter(there).map(|location| self.stored(location)).collect()
    }

    fn walk(&mut self, folder: &Path) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            // A link to a folder could lead back up.
            match path.is_dir() {
                true if path.is_symlink() => {}
                true => self.walk(&path)?,
                false => self.add(Location::File(path)),
            }
        }
        Ok(())
    }

    fn add(&mut self, location: Location) {
        self.files.entry(location.file_name()).or_default().push(location);
    }

    fn sort(&mut self) {
        for locations in self.files.values_mut() {
            locations.sort();
            locations.dedup();
        }
    }
}

/// The length of a file of this machine, in bytes.
fn length(location: &Location) -> Option<u64> {
    Some(fs::metadata(location.path()?).ok()?.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_a_file_has_its_word() {
        for (kind, outcome) in [
            (io::ErrorKind::NotFound, Outcome::Gone),
            (io::ErrorKind::PermissionDenied, Outcome::Denied),
            (io::ErrorKind::TimedOut, Outcome::Unreachable),
            (io::ErrorKind::Other, Outcome::Unreachable),
        ] {
            assert_eq!(refusal(&kind.into()).outcome, outcome, "{kind:?}");
        }
    }

    #[test]
    fn of_files_of_one_name_the_one_of_the_receipt_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in
            [("warc/x.gz", "one"), ("robotstxt/x.gz", "four"), ("other/x.gz", "two"), ("y.gz", "")]
        {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let network = Network::new(Default::default(), Default::default());
        let root = folder.path().to_str().unwrap().to_owned();
        let sources = Sources::of(&[root], &network).unwrap();
        let found = |shard: &str, file: &str, bytes: u64, sha256: &str| {
            let receipt = Receipt {
                shard: shard.into(),
                file: file.into(),
                bytes,
                sha256: sha256.into(),
                ..Receipt::default()
            };
            let stored = sources.locate(&receipt).ok()?;
            let path = stored.location.path()?.strip_prefix(folder.path()).ok()?.to_owned();
            Some(path.to_string_lossy().into_owned())
        };
        let two = "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3";
        assert_eq!(found("robotstxt/x.gz", "x.gz", 9, ""), Some("robotstxt/x.gz".to_owned()));
        assert_eq!(found("x.gz", "x.gz", 4, ""), Some("robotstxt/x.gz".to_owned()));
        assert_eq!(found("x.gz", "x.gz", 3, two), Some("other/x.gz".to_owned()));
        assert_eq!(found("a/stated.gz", "y.gz", 0, ""), Some("y.gz".to_owned()));
        assert_eq!(found("z.gz", "z.gz", 0, ""), None);
    }
}
