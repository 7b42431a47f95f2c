//! Manifests of a bag: a digest, two blanks, a path, on each line (RFC 8493, 2.1.3).

use std::collections::BTreeMap;

use super::files::Hashed;

/// The text of a manifest: sorted by path, so that the same files give the same bytes. `algorithm` counts the digests of
/// [`Hashed`].
pub fn render<'h>(files: impl IntoIterator<Item = &'h Hashed>, algorithm: usize) -> String {
    let digest = |file: &'h Hashed| file.digests.get(algorithm).map_or("", String::as_str);
    let lines: BTreeMap<&str, &str> =
        files.into_iter().map(|file| (file.path.as_str(), digest(file))).collect();
    lines.iter().map(|(path, digest)| format!("{digest}  {path}\n")).collect()
}

/// Digests by path. `None` when it is not of the form that [`render`] writes, byte for byte.
pub fn parse(text: &[u8]) -> Option<BTreeMap<String, String>> {
    let text = std::str::from_utf8(text).ok()?;
    let mut entries = BTreeMap::new();
    for line in text.lines() {
        let (digest, path) = line.split_once("  ")?;
        entries.insert(path.to_owned(), digest.to_owned());
    }
    let again: String = entries.iter().map(|(path, digest)| format!("{digest}  {path}\n")).collect();
    (again == text).then_some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_back_and_nothing_but_its_own_form_is_read() {
        let file = |path: &str| Hashed { path: path.into(), bytes: 1, digests: ["aa".into(), "bb".into()] };
        let text = render(&[file("data/b"), file("data/a x")], 1);
        assert_eq!(text, "bb  data/a x\nbb  data/b\n");
        assert_eq!(parse(text.as_bytes()).unwrap()["data/a x"], "bb");
        for other in ["aa data/a\n", "aa  data/a", "aa  b\naa  a\n", "aa  a\naa  a\n", "aa  a\r\n", "\n"] {
            assert!(parse(other.as_bytes()).is_none(), "{other:?}");
        }
        assert!(parse(b"aa  \xff\n").is_none());
    }
}
