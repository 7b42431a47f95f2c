//! The files that a search for articles is made with, opened and checked before anything is read.

use std::path::{Path, PathBuf};

use clap::ValueHint;

use crate::error::{Error, Result};
use crate::escape::shown;
use crate::fingerprint::commons::Commons;
use crate::fingerprint::file::Fingerprints;
use crate::fingerprint::key::Key;
use crate::fingerprint::side::Side;
use crate::matching::articles::matcher::Matcher;

/// The files that belong to a fingerprint file, as options of a command that has `--fingerprints`.
#[derive(Debug, clap::Args)]
pub struct Beside {
    /// Private side file of the fingerprints, for exact measures; can be given for each publisher
    #[arg(long, value_name = "FPX", value_hint = ValueHint::FilePath, requires = "fingerprints")]
    pub private: Vec<PathBuf>,

    /// Key of the fingerprints, if they were made with one
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "fingerprints")]
    key: Option<PathBuf>,

    /// Text that many sites have, made by `shardproof commons`: it is no article's own
    #[arg(long, value_name = "FPC", value_hint = ValueHint::FilePath, requires = "fingerprints")]
    pub commons: Option<PathBuf>,
}

impl Beside {
    /// They and the fingerprint file.
    pub fn files<'f>(&'f self, fingerprints: &'f Path) -> Files<'f> {
        Files {
            fingerprints,
            private: &self.private,
            key: self.key.as_deref(),
            commons: self.commons.as_deref(),
        }
    }
}

/// What the user named.
pub struct Files<'f> {
    /// The fingerprint file.
    pub fingerprints: &'f Path,
    /// Side files.
    pub private: &'f [PathBuf],
    /// The key, if they were made with one.
    pub key: Option<&'f Path>,
    /// The commons list.
    pub commons: Option<&'f Path>,
}

/// Opens them.
///
/// # Errors
/// A file that cannot be used, or that belongs to other articles.
pub fn open(files: &Files<'_>, excerpts: bool) -> Result<Matcher> {
    let key = files.key.map(Key::load).transpose()?;
    let file = Fingerprints::open(files.fingerprints, key.as_ref())?;
    if file.is_empty() {
        let what = format!("the fingerprint file `{}` holds no article", shown(files.fingerprints));
        return Err(Error::request(what));
    }
    let sides = files.private.iter().map(|path| side(path, &file)).collect::<Result<_>>()?;
    let commons = files.commons.map(|commons| Commons::open(commons, &file.key)).transpose()?;
    Ok(Matcher { file, sides, commons, excerpts })
}

/// A side file of other articles would leave every measure a lower bound, and nobody would know why.
fn side(path: &Path, file: &Fingerprints) -> Result<Side> {
    let side = Side::open(path, &file.key)?;
    let (mut words, mut quoted) = (Vec::new(), Vec::new());
    let mut has = |article: u32| {
        let publisher = file.publisher(article);
        publisher.is_some_and(|publisher| {
            side.read(&publisher.name, file.texts(article).id, &mut words, &mut quoted)
        })
    };
    match (0..file.len()).any(&mut has) {
        true => Ok(side),
        false => Err(Error::request(format!(
            "the private side file `{}` holds none of the articles of the fingerprint file",
            shown(path)
        ))
        .hint("give the side file that was made together with it")),
    }
}
