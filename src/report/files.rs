//! Files of a name, below folders.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

/// The files below some folders, by their names.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// A file that the user named: it is meant whatever its name is.
    named: Option<PathBuf>,
    by_name: HashMap<OsString, Vec<PathBuf>>,
}

impl Files {
    /// The files in and below `place`, or the file `place`.
    pub fn at(place: &Path) -> Files {
        let mut files = Files::default();
        match place.is_dir() {
            true => files.walk(place),
            false => files.named = Some(place.to_owned()),
        }
        files
    }

    /// The files at these paths. What is not there is passed over.
    pub fn of_paths(paths: &[String]) -> Files {
        let mut files = Files::default();
        paths.iter().for_each(|path| files.add(PathBuf::from(path)));
        files
    }

    /// Files that may be the shard of this name, which was read as a file named `file`: the likeliest first.
    pub fn of_shard(&self, shard: &str, file: &str) -> Vec<PathBuf> {
        let found = self.by_name.get(OsStr::new(file)).into_iter().flatten();
        let mut found: Vec<PathBuf> = self.named.iter().chain(found).cloned().collect();
        found.sort_by_key(|path| (!path.ends_with(shard), path.clone()));
        found
    }

    fn walk(&mut self, folder: &Path) {
        let Ok(entries) = fs::read_dir(folder) else { return };
        for entry in entries.flatten() {
            let (path, is_link) = (entry.path(), entry.file_type().is_ok_and(|kind| kind.is_symlink()));
            match path.is_dir() {
                // A link could lead back up.
                true if is_link => {}
                true => self.walk(&path),
                false => self.add(path),
            }
        }
    }

    fn add(&mut self, path: PathBuf) {
        if let Some(name) = path.file_name().filter(|_| path.is_file()) {
            self.by_name.entry(name.to_owned()).or_default().push(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shard_is_found_by_its_path_first() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a/x.gz", "b/c/x.gz", "b/y.gz"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        let expected = [folder.path().join("b/c/x.gz"), folder.path().join("a/x.gz")];
        assert_eq!(Files::at(folder.path()).of_shard("c/x.gz", "x.gz"), expected);
        let paths =
            ["b/c/x.gz", "a/x.gz", "missing/x.gz"].map(|name| folder.path().join(name).display().to_string());
        assert_eq!(Files::of_paths(&paths).of_shard("c/x.gz", "x.gz"), expected);
        let one = folder.path().join("b/y.gz");
        assert_eq!(Files::at(&one).of_shard("c/x.gz", "x.gz"), [one]);
    }
}
