//! Where a shard stands, whichever way it is read: on a disk or on a server.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use url::Url;

use super::address::Address;
use super::file::{self, Stamp};
use super::remote::fault::{Fault, Kind};
use super::remote::served::Served;
use super::remote::{Known, Network, said};
use crate::escape::printable;
use crate::place::Extent;

/// The place of a shard.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Location {
    /// A file of this machine.
    File(PathBuf),
    /// A file on a server.
    Remote(Address),
}

/// A file that was opened.
pub struct Source {
    /// Its bytes from the start.
    pub bytes: Box<dyn Read + Send>,
    /// Identifies the stored file between two runs, see [`Location::stamp`].
    pub stamp: Stamp,
    /// How to read a part of it again.
    pub again: Again,
}

/// A file that was opened, to be read again in part.
#[derive(Clone, Debug)]
pub struct Again {
    location: Location,
    /// Number of the shard in the run.
    shard: usize,
    known: Option<Known>,
}

/// Why a file was not opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The reason in words.
    pub reason: String,
    /// There is no such file.
    pub is_absent: bool,
}

impl Location {
    /// Reads an argument that may be an address; `None` for one that names a file.
    ///
    /// # Errors
    /// What is wrong with the address.
    pub fn of(text: &str) -> Option<Result<Location, String>> {
        let (scheme, _) = text.split_once("://")?;
        Some(match scheme.eq_ignore_ascii_case("file") {
            true => Url::parse(text)
                .map_err(|error| error.to_string())
                .and_then(|url| url.to_file_path().map_err(|()| "no path of this machine".to_owned()))
                .map(Location::File),
            false => Address::parse(text).map(Location::Remote),
        })
    }

    /// What identifies the stored file between two runs, if it can be said without asking anybody. A shard on a server has
    /// an empty one: a part of it that was finished stays.
    pub fn stamp(&self) -> Option<Stamp> {
        match self {
            Location::File(path) => file::stamp_of(path),
            Location::Remote(_) => Some((0, 0)),
        }
    }

    /// Opens it, as shard number `shard` of the run.
    ///
    /// # Errors
    /// Why it cannot be opened.
    pub fn open(&self, network: &Network, shard: usize) -> Result<Source, Refusal> {
        self.open_as(network, shard, false)
    }

    /// Opens a file that is read together with a shard which is open.
    ///
    /// # Errors
    /// Why it cannot be opened.
    pub fn open_within(&self, network: &Network, shard: usize) -> Result<Source, Refusal> {
        self.open_as(network, shard, true)
    }

    fn open_as(&self, network: &Network, shard: usize, within: bool) -> Result<Source, Refusal> {
        let again = |known| Again { location: self.clone(), shard, known };
        match self {
            Location::File(path) => {
                let (file, stamp) = file::open(path).map_err(|error| Refusal {
                    reason: format!("cannot be opened: {error}"),
                    is_absent: error.kind() == io::ErrorKind::NotFound,
                })?;
                Ok(Source { bytes: Box::new(file), stamp, again: again(None) })
            }
            Location::Remote(address) => {
                let answered = network.open(address, shard, within).map_err(|Fault { what, kind }| {
                    Refusal { reason: format!("cannot be fetched: {what}"), is_absent: kind == Kind::Absent }
                })?;
                let again = again(Some(answered.known));
                Ok(Source { bytes: answered.bytes, stamp: (0, 0), again })
            }
        }
    }

    /// Opens it at the byte `at`, to go on where another process stopped.
    ///
    /// # Errors
    /// Why it cannot be opened; among it, that it is not the same file any more.
    pub fn open_rest(
        &self,
        network: &Network,
        shard: usize,
        state: (Stamp, Option<Served>),
        at: u64,
    ) -> Result<Source, String> {
        let again = |known| Again { location: self.clone(), shard, known };
        match (self, state) {
            (Location::File(path), (before, _)) => {
                let (mut file, stamp) = file::open(path).map_err(|error| error.to_string())?;
                if stamp != before {
                    return Err("the file has changed".to_owned());
                }
                file.seek(SeekFrom::Start(at)).map_err(|error| error.to_string())?;
                Ok(Source { bytes: Box::new(file), stamp, again: again(None) })
            }
            (Location::Remote(address), (stamp, Some(served))) => {
                let answered = network.rest(address, shard, served, at).map_err(|fault| fault.what)?;
                Ok(Source { bytes: answered.bytes, stamp, again: again(Some(answered.known)) })
            }
            (Location::Remote(_), (_, None)) => Err("the server named no state of the file".to_owned()),
        }
    }

    /// The file of this name in the same folder.
    pub fn beside(&self, name: &str) -> Location {
        match self {
            Location::File(path) => Location::File(path.with_file_name(name)),
            Location::Remote(address) => Location::Remote(address.beside(name)),
        }
    }

    /// Its own name, without the folder.
    pub fn file_name(&self) -> String {
        match self {
            Location::File(path) => {
                path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
            }
            Location::Remote(address) => {
                let name = address.name();
                name.rsplit('/').next().unwrap_or_default().to_owned()
            }
        }
    }

    /// The path or the address as it may be written down: without secrets, and otherwise as it is.
    pub fn written(&self) -> String {
        match self {
            Location::File(path) => path.to_string_lossy().into_owned(),
            Location::Remote(address) => address.shown(),
        }
    }

    /// The path of a file of this machine.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Location::File(path) => Some(path),
            Location::Remote(_) => None,
        }
    }
}

impl fmt::Display for Location {
    /// Without secrets, fit for one line of a terminal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::File(path) => f.write_str(&printable(&path.to_string_lossy())),
            Location::Remote(address) => f.write_str(&printable(&address.shown())),
        }
    }
}

impl Again {
    /// Reads a part again, in pieces.
    ///
    /// # Errors
    /// When it cannot be read, ends early or is not of the same file any more; or what `sink` returns.
    pub fn read(
        &self,
        network: &Network,
        extent: Extent,
        sink: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        match (&self.location, &self.known) {
            (Location::File(path), _) => file::read_again(path, extent, sink),
            (Location::Remote(address), Some(known)) => {
                let part = network.part(address, self.shard, known, extent);
                let part = part.map_err(|fault| io::Error::other(fault.what))?;
                file::hand_on(part, extent.length, sink)
            }
            (Location::Remote(_), None) => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// What the server says about the file; `None` for one of this machine.
    pub fn served(&self) -> Option<Served> {
        self.known.as_ref().map(said)
    }

    /// The bytes that the server promised, once it has answered; a disk promises nothing.
    pub fn promised(&self) -> Option<u64> {
        said(self.known.as_ref()?).total
    }

    /// True when its bytes come from a server.
    pub fn is_of_server(&self) -> bool {
        self.known.is_some()
    }

    /// The server called the file a page.
    pub fn is_page(&self) -> bool {
        self.known.as_ref().is_some_and(|known| said(known).is_page())
    }

    /// The encoding that the server named for the bytes; empty when it named none.
    pub fn encoding(&self) -> String {
        self.known.as_ref().map(|known| said(known).encoding).unwrap_or_default()
    }

    /// True when a cut of the file on its way would show.
    pub fn end_shows(&self) -> bool {
        self.known.as_ref().is_none_or(|known| said(known).end_shows)
    }
}
