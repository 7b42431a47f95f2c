//! The files that a search for articles is made with, opened and checked before anything is read.

use std::path::{Path, PathBuf};

use clap::ValueHint;

use crate::error::{Error, Result};
use crate::escape::{printable_line, shown};
use crate::fingerprint::commons::Commons;
use crate::fingerprint::file::Fingerprints;
use crate::fingerprint::key::Key;
use crate::fingerprint::side::{Side, ids};
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
    let sides = files.private.iter().map(|path| side(path, &file)).collect::<Result<Vec<Side>>>()?;
    refuse_other_words(&file, &sides)?;
    let commons = files.commons.map(|commons| Commons::open(commons, &file.key)).transpose()?;
    Ok(Matcher::new(file, sides, commons, excerpts))
}

/// A side file of other articles would leave every measure a lower bound, and nobody would know why.
fn side(path: &Path, file: &Fingerprints) -> Result<Side> {
    let side = Side::open(path, &file.key)?;
    let has = |article: u32| {
        let publisher = file.publisher(article).map(|publisher| publisher.name.as_str());
        let mut ids = ids(file.texts(article).id);
        publisher.is_some_and(|publisher| ids.any(|id| side.count(publisher, id).is_some()))
    };
    match (0..file.len()).any(has) {
        true => Ok(side),
        false => Err(Error::request(format!(
            "the private side file `{}` holds none of the articles of the fingerprint file",
            shown(path)
        ))
        .hint("give the side file that was made together with it")),
    }
}

/// A side file of another export may have an article's id for a text of another length. Texts of equal length are told
/// when an article is met.
fn refuse_other_words(file: &Fingerprints, sides: &[Side]) -> Result<()> {
    let has_others = |article: u32| {
        let Some(publisher) = file.publisher(article) else { return false };
        let count = file.counts(article).words as usize;
        let counts: Vec<usize> = ids(file.texts(article).id)
            .flat_map(|id| sides.iter().filter_map(move |side| side.count(&publisher.name, id)))
            .collect();
        !counts.is_empty() && !counts.contains(&count)
    };
    let others: Vec<u32> = (0..file.len()).filter(|&article| has_others(article)).collect();
    let Some(&first) = others.first() else { return Ok(()) };
    Err(Error::request(format!(
        "the private side files hold other words than the fingerprint file for {} of its articles, for example `{}`",
        others.len(),
        printable_line(file.texts(first).id)
    ))
    .hint("give the side files that were made together with it"))
}

/// What is to be said after a scan with these side files.
pub fn other_words(matcher: &Matcher) -> Option<&'static str> {
    matcher.sides.iter().any(Side::has_other_words).then_some(
        "a private side file has other words than the fingerprint file for an article that was found: \
         its rows say `lower_bound`; give the side file that was made together with the fingerprint file",
    )
}
