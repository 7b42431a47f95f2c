//! The check of a bag: every file in it, and everything that vouches for them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

use super::files::{self, Hashed};
use super::info::{self, Info};
use super::{
    ANSWER, ANSWER_DIGESTS, DECLARATION, DECLARATION_TEXT, INFO, MANIFESTS, PAYLOAD, QUERY, RESERVED, ROOT,
    SEALING, SIGNATURE, TAG_FILES, TAG_MANIFESTS, answer, list, query, signature,
};
use crate::error::{Error, Result};
use crate::escape::shown;

/// What is wrong with a file or an empty folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It is not as it was sealed.
    Altered,
    /// It was sealed and is gone.
    Missing,
    /// It was not sealed.
    Added,
}

impl Kind {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Altered => "altered",
            Kind::Missing => "missing",
            Kind::Added => "added",
        }
    }
}

/// One thing that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trouble {
    /// The file, from the bag's folder.
    pub path: String,
    /// What became of it.
    pub kind: Kind,
    /// How that shows.
    pub reason: String,
}

/// What the signature shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signed {
    /// There is none, and none was promised.
    No,
    /// It holds.
    By {
        /// The key's name.
        key: String,
        /// The comment that was signed with the root.
        comment: String,
        /// The key is the one that the user gave, not only the one in the bag.
        expected: bool,
    },
    /// It does not hold, or is another's.
    Broken,
}

/// What the time stamp shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stamped {
    /// There is a query, and no answer.
    No,
    /// There is an answer.
    At(answer::Stamp),
    /// There is something that is no answer to the query.
    Broken,
}

/// The outcome of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What does not hold, sorted by path. Empty: all holds.
    pub troubles: Vec<Trouble>,
    /// Payload files and bytes.
    pub files: usize,
    /// See `files`.
    pub bytes: u64,
    /// SHA-256 of the root.
    pub root: String,
    /// The signature.
    pub signed: Signed,
    /// The time stamp.
    pub stamped: Stamped,
}

/// True for a folder that is a bag, whatever state it is in.
pub fn is_bag(folder: &Path) -> bool {
    folder.join(PAYLOAD).is_dir() && RESERVED.iter().filter(|name| folder.join(name).is_file()).count() >= 2
}

/// Checks all of a bag, changing nothing. With `expected`, the signature must be of this key.
///
/// # Errors
/// A wrong request when the folder is no bag; a failure when a file cannot be read.
pub fn check(folder: &Path, expected: Option<&minisign::PublicKey>) -> Result<Checked> {
    if !is_bag(folder) {
        return Err(Error::request(format!("`{}` is not sealed", shown(folder)))
            .hint("name a folder that `shardproof seal` has sealed"));
    }
    let found = files::look(folder)?;
    let on_disk: BTreeMap<String, Hashed> =
        files::hash_all(folder, &found.files)?.into_iter().map(|file| (file.path.clone(), file)).collect();
    let mut report = Report { folder, on_disk: &on_disk, troubles: BTreeMap::new() };
    for (path, reason) in &found.unfit {
        report.trouble(path, Kind::Added, &format!("it {reason}"));
    }
    let payload = |path: &str| path.starts_with("data/");
    report.lists(&MANIFESTS, payload)?;
    report.lists(&TAG_MANIFESTS, |path| TAG_FILES.contains(&path))?;
    let info = report.tags()?;
    let root = report.read(ROOT)?;
    // What hangs on the root and on the info can only be judged while these two are as they were.
    let sound = !report.is_in_trouble(ROOT) && !report.is_in_trouble(INFO);
    let signed = report.signature(&root, info.as_ref(), expected, sound)?;
    let stamped = report.stamp(&root, info.as_ref(), sound)?;
    for path in on_disk.keys().filter(|path| !payload(path) && !RESERVED.contains(&path.as_str())) {
        let reason = if path.starts_with(SEALING) {
            "the sealing was not finished"
        } else {
            "the bag does not list it"
        };
        report.trouble(path, Kind::Added, reason);
    }
    for path in &found.empty {
        // A folder whose files are missing is told by their names.
        let of_missing = report.troubles.keys().any(|file| Path::new(file).starts_with(path));
        if !of_missing {
            report.trouble(path, Kind::Added, "it is an empty folder, and a bag lists files");
        }
    }
    let troubles = report.troubles.into_values().collect();
    let inside = || on_disk.values().filter(|file| payload(&file.path));
    let root = on_disk.get(ROOT).and_then(|file| file.digests.first().cloned()).unwrap_or_default();
    Ok(Checked {
        troubles,
        files: inside().count(),
        bytes: inside().map(|file| file.bytes).sum(),
        root,
        signed,
        stamped,
    })
}

struct Report<'r> {
    folder: &'r Path,
    on_disk: &'r BTreeMap<String, Hashed>,
    /// One for each file: the first thing that was seen.
    troubles: BTreeMap<String, Trouble>,
}

impl Report<'_> {
    fn trouble(&mut self, path: &str, kind: Kind, reason: &str) {
        let trouble = Trouble { path: path.to_owned(), kind, reason: reason.to_owned() };
        self.troubles.entry(path.to_owned()).or_insert(trouble);
    }

    fn is_in_trouble(&self, path: &str) -> bool {
        self.troubles.contains_key(path)
    }

    /// A file of the bag's own; empty when it is not there.
    fn read(&self, name: &str) -> Result<Vec<u8>> {
        let path = self.folder.join(name);
        match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            bytes => bytes.map_err(|error| Error::io("read", &path, &error)),
        }
    }

    /// Holds a pair of manifests against the files that belong to them. The two of a pair say the same in two algorithms:
    /// where they disagree about a file, one of them was altered, and not the file.
    fn lists(&mut self, names: &[&str; 2], belongs: impl Fn(&str) -> bool) -> Result<()> {
        let mut lists = [None, None];
        for (name, list) in names.iter().zip(&mut lists) {
            let there = self.on_disk.contains_key(*name);
            *list = list::parse(&self.read(name)?).filter(|_| there);
            match (there, &list) {
                (false, _) => self.trouble(name, Kind::Missing, "a bag of this program has it"),
                (true, None) => {
                    self.trouble(name, Kind::Altered, "it is no sorted list of digests and paths")
                }
                _ => {}
            }
        }
        let readable = lists.iter().flatten().count();
        let listed = lists.iter().flatten().flat_map(BTreeMap::keys).map(String::as_str);
        let present = self.on_disk.keys().map(String::as_str).filter(|path| belongs(path));
        let paths: BTreeSet<&str> = listed.chain(present).collect();
        for path in paths {
            let file = self.on_disk.get(path).filter(|_| belongs(path));
            // The manifests that know the path, and those of them that know the file as it is.
            let knows = |algorithm: usize| lists.get(algorithm).and_then(|list| list.as_ref()?.get(path));
            let fits = |algorithm: usize| {
                knows(algorithm).is_some()
                    && knows(algorithm) == file.and_then(|file| file.digests.get(algorithm))
            };
            let (knowing, fitting) = ([knows(0).is_some(), knows(1).is_some()], [fits(0), fits(1)]);
            let count = |which: [bool; 2]| which.iter().filter(|is_so| **is_so).count();
            match (file.is_some(), count(knowing), count(fitting)) {
                (true, _, fit) if fit == readable => {}
                (true, 0, _) => self.trouble(path, Kind::Added, "no manifest lists it"),
                (true, _, 0) => {
                    self.trouble(path, Kind::Altered, "its digests are not those in the manifests")
                }
                (false, known, _) if known == readable => {
                    self.trouble(path, Kind::Missing, "the manifests list it")
                }
                // They disagree. The one that knows the file as it is, or knows nothing of a file that is not, is right.
                (is_there, _, _) => {
                    let wrong = if is_there { fitting.map(|fits| !fits) } else { knowing };
                    for (name, _) in names.iter().zip(wrong).filter(|(_, is_wrong)| *is_wrong) {
                        self.trouble(
                            name,
                            Kind::Altered,
                            &format!("it disagrees with the other list about `{path}`"),
                        );
                    }
                }
            }
        }
        Ok(())
    }

    /// Declaration and info must be in the one form that this program writes.
    fn tags(&mut self) -> Result<Option<Info>> {
        if self.on_disk.contains_key(DECLARATION)
            && self.read(DECLARATION)? != DECLARATION_TEXT.as_bytes()
            && !self.is_in_trouble(DECLARATION)
        {
            self.trouble(DECLARATION, Kind::Altered, "it is not the declaration of BagIt 1.0");
        }
        let info = Info::parse(&self.read(INFO)?);
        let payload: Vec<Hashed> =
            self.on_disk.values().filter(|file| file.path.starts_with("data/")).cloned().collect();
        let holds = info.as_ref().is_some_and(|info| info.oxum == info::oxum(&payload));
        if self.on_disk.contains_key(INFO) && !holds && self.troubles.is_empty() {
            self.trouble(INFO, Kind::Altered, "it does not say what the bag holds");
        }
        Ok(info)
    }

    fn signature(
        &mut self,
        root: &[u8],
        info: Option<&Info>,
        expected: Option<&minisign::PublicKey>,
        sound: bool,
    ) -> Result<Signed> {
        let there = self.on_disk.contains_key(SIGNATURE);
        let stated = info.and_then(|info| info.key.as_deref()).and_then(signature::public_key);
        let Some(key) = expected.or(stated.as_ref()) else {
            // Without the info nobody can say whether there should be one; the info itself is in trouble then.
            if there && sound && info.is_some_and(|info| info.key.is_none()) {
                self.trouble(SIGNATURE, Kind::Added, "bag-info.txt names no key");
            }
            return Ok(if there { Signed::Broken } else { Signed::No });
        };
        if !there {
            self.trouble(SIGNATURE, Kind::Missing, "a signature was asked for or promised");
            return Ok(Signed::Broken);
        }
        match signature::check(key, &self.read(SIGNATURE)?, root) {
            Ok(comment) => {
                Ok(Signed::By { key: signature::key_id(key), comment, expected: expected.is_some() })
            }
            Err(reason) => {
                // The signature of a root that was altered cannot hold; that is no fault of the signature.
                if sound {
                    self.trouble(SIGNATURE, Kind::Altered, &format!("it does not sign this bag: {reason}"));
                }
                Ok(Signed::Broken)
            }
        }
    }

    fn stamp(&mut self, root: &[u8], info: Option<&Info>, sound: bool) -> Result<Stamped> {
        let nonce = info.map(|info| info.nonce);
        let query = self.read(QUERY)?;
        match (self.on_disk.contains_key(QUERY), nonce) {
            (false, _) => self.trouble(QUERY, Kind::Missing, "a bag of this program has it"),
            (true, Some(nonce)) if sound && query != query::render(root, nonce) => {
                self.trouble(QUERY, Kind::Altered, &format!("it is not the query over `{ROOT}`"));
            }
            _ => {}
        }
        let (there, digests_there) = (self.on_disk.get(ANSWER), self.on_disk.contains_key(ANSWER_DIGESTS));
        let Some(file) = there else {
            if digests_there {
                self.trouble(ANSWER, Kind::Missing, &format!("`{ANSWER_DIGESTS}` has its digests"));
                return Ok(Stamped::Broken);
            }
            return Ok(Stamped::No);
        };
        let stated = self.read(ANSWER_DIGESTS)?;
        let wanted = answer_digests(file);
        if !digests_there {
            self.trouble(ANSWER_DIGESTS, Kind::Missing, &format!("`{ANSWER}` was attached with it"));
        } else if stated != wanted.as_bytes() {
            // Of an altered answer neither digest is right; of an altered list of digests one still is.
            let text = String::from_utf8_lossy(&stated);
            let still_right = wanted.lines().any(|line| text.lines().any(|stated| stated == line));
            match still_right || text.lines().count() != 2 {
                true => self.trouble(ANSWER_DIGESTS, Kind::Altered, &format!("it does not fit `{ANSWER}`")),
                false => self.trouble(
                    ANSWER,
                    Kind::Altered,
                    &format!("its digests are not those in `{ANSWER_DIGESTS}`"),
                ),
            }
        }
        let Some(nonce) = nonce else { return Ok(Stamped::Broken) };
        match answer::check(&self.read(ANSWER)?, root, nonce) {
            Ok(stamp) => Ok(Stamped::At(stamp)),
            Err(reason) => {
                if sound && !self.is_in_trouble(ANSWER) {
                    self.trouble(ANSWER, Kind::Altered, &reason);
                }
                Ok(Stamped::Broken)
            }
        }
    }
}

/// The text of the file with the answer's digests, as `cksum --check` reads it.
pub fn answer_digests(answer: &Hashed) -> String {
    let [sha256, sha512] = &answer.digests;
    format!("SHA256 ({ANSWER}) = {sha256}\nSHA512 ({ANSWER}) = {sha512}\n")
}
