//! The arguments, made into files in a fixed order.

use std::fs;
use std::path::{Path, PathBuf};

use super::Origin;
use crate::error::{Error, Result};
use crate::escape::shown;
use crate::record::identity::file_name;

/// A file to be read.
pub(super) struct Found {
    pub path: PathBuf,
    /// For messages and origins: the argument, with the way inside a folder.
    pub shown: String,
    /// For ids: the way inside the folder, or the file's name. The same wherever the argument's folder
    /// stands.
    pub label: String,
    /// It was not named by itself.
    pub in_folder: bool,
}

impl Found {
    /// The whole file.
    pub fn origin(&self) -> Origin {
        Origin { file: self.shown.clone(), line: None, offset: None }
    }

    /// A line of it, counted from 1.
    pub fn line(&self, line: u64) -> Origin {
        Origin { line: Some(line), ..self.origin() }
    }

    /// The entry at an offset in its decoded bytes.
    pub fn offset(&self, offset: u64) -> Origin {
        Origin { offset: Some(offset), ..self.origin() }
    }

    /// The file's name without folders.
    pub fn name(&self) -> &str {
        file_name(&self.label)
    }
}

/// Makes sure that all inputs are there, before the first is read.
///
/// # Errors
/// For the first that is not.
pub(super) fn check(inputs: &[PathBuf]) -> Result<()> {
    if inputs.is_empty() {
        return Err(Error::request("no articles are given").hint("name a file or a folder that holds them"));
    }
    match inputs.iter().find_map(|path| fs::metadata(path).err().map(|error| (path, error))) {
        Some((path, error)) => Err(unopened(path, &error)),
        None => Ok(()),
    }
}

/// The files of one argument: itself, or all in the folder, sorted by their way in it. Hidden ones are left
/// out.
///
/// # Errors
/// A folder that cannot be listed, or holds no file.
pub(super) fn files(input: &Path) -> Result<Vec<Found>> {
    if !input.is_dir() {
        let shown = input.to_string_lossy().into_owned();
        let label = file_name(&shown).to_owned();
        return Ok(vec![Found { path: input.to_owned(), shown, label, in_folder: false }]);
    }
    let mut open = vec![input.to_owned()];
    let mut paths = Vec::new();
    while let Some(folder) = open.pop() {
        let failed = |error: std::io::Error| unopened(&folder, &error);
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            // A link to a folder is kept as a file, so that it is told: following it may go round for ever.
            match entry.file_type().map_err(failed)?.is_dir() {
                true => open.push(entry.path()),
                false => paths.push(entry.path()),
            }
        }
    }
    if paths.is_empty() {
        let message = format!("the folder `{}` holds no files", shown(input));
        return Err(Error::request(message).hint("hidden files are not read"));
    }
    paths.sort();
    let found = |path: PathBuf| {
        let inside = path.strip_prefix(input).unwrap_or(&path);
        let label = inside.components().map(|part| part.as_os_str().to_string_lossy());
        let label = label.collect::<Vec<_>>().join("/");
        Found { shown: path.to_string_lossy().into_owned(), label, path, in_folder: true }
    };
    Ok(paths.into_iter().map(found).collect())
}

/// The error for an input that cannot be opened.
pub(super) fn unopened(path: &Path, error: &std::io::Error) -> Error {
    let message = format!("`{}` cannot be opened: {error}", shown(path));
    Error::request(message).hint("check the path and the right to read it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_walked_in_order_without_what_is_hidden() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b/2.txt", "b/1.txt", "a.txt", "c.html", ".hidden.txt", ".git/x.txt", "b/.y.txt"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        let found = files(folder.path()).unwrap();
        let labels: Vec<&str> = found.iter().map(|found| found.label.as_str()).collect();
        assert_eq!(labels, ["a.txt", "b/1.txt", "b/2.txt", "c.html"]);
        assert_eq!(found[1].name(), "1.txt");
        assert!(found.iter().all(|found| found.in_folder));
    }

    #[test]
    fn what_is_not_there_or_empty_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let gone = folder.path().join("gone.txt");
        assert!(check(&[folder.path().to_owned(), gone]).unwrap_err().to_string().contains("gone.txt"));
        assert!(check(&[]).is_err());
        assert!(files(folder.path()).is_err());
    }
}
