//! OSCAR by language. No table of its parts is published; beside the parts of a language lies a file of check sums, and
//! that names them all.
//!
//! 2019 and 22.01, 23.01: the folders and the names `<lang>_sha256.txt` and `checksum.sha256` are those that the loading
//! scripts at Hugging Face read. For 21.09 no source tells the name of the listing, so it must be given.

use super::listed::Listed;
use super::{Content, Release, Via};
use crate::error::{Error, Result};
use crate::escape::printable;

/// The release of 2019 that keeps documents together, which is the one that can be had without asking for access.
const UNSHUFFLED: &[(Via, &str)] =
    &[(Via::Https, "https://s3.amazonaws.com/datasets.huggingface.co/oscar/1.0/unshuffled/deduplicated/")];
const OSCAR_2109: &[(Via, &str)] = &[
    (Via::Https, "https://huggingface.co/datasets/oscar-corpus/OSCAR-2109/resolve/main/"),
    (Via::Hf, "hf://datasets/oscar-corpus/OSCAR-2109@main/"),
];
const OSCAR_2201: &[(Via, &str)] = &[
    (Via::Https, "https://huggingface.co/datasets/oscar-corpus/OSCAR-2201/resolve/main/"),
    (Via::Hf, "hf://datasets/oscar-corpus/OSCAR-2201@main/"),
];
const OSCAR_2301: &[(Via, &str)] = &[
    (Via::Https, "https://huggingface.co/datasets/oscar-corpus/OSCAR-2301/resolve/main/"),
    (Via::Hf, "hf://datasets/oscar-corpus/OSCAR-2301@main/"),
];

/// A release, for example `2301`, in one language.
pub fn release(release: &str, language: Option<&str>) -> Result<Release> {
    let number = release.strip_prefix("OSCAR-").unwrap_or(release).replace('.', "");
    if !["2019", "2109", "2201", "2301"].contains(&number.as_str()) {
        return Err(Error::request(format!(
            "the catalogue has no release `{}` of OSCAR",
            printable(release)
        ))
        .hint(
            "it has `2019`, `2109`, `2201` and `2301`; Colossal and Community OSCAR need a list of your own",
        ));
    }
    let Some(lang) = language else {
        return Err(Error::request(format!("which language of OSCAR {number}?"))
            .hint("name one by its code: `shards oscar 2301 fr`"));
    };
    let is_code = |byte: u8| byte.is_ascii_lowercase() || byte == b'_' || byte == b'-';
    if !(2..=12).contains(&lang.len()) || !lang.bytes().all(is_code) {
        return Err(Error::request(format!("`{}` is no language code", printable(lang)))
            .hint("OSCAR writes codes in lower case: `fr`, `als`, `multi`"));
    }
    let (published, folder, listing, ends): (_, _, _, &[&str]) = match number.as_str() {
        "2019" => (UNSHUFFLED, format!("{lang}/"), format!("{lang}_sha256.txt"), &[".txt.gz"]),
        "2109" => (OSCAR_2109, format!("packaged/{lang}/"), "*".to_owned(), &[".txt.gz", ".jsonl.gz"]),
        "2201" => {
            (OSCAR_2201, format!("compressed/{lang}_meta/"), "checksum.sha256".to_owned(), &[".jsonl.gz"])
        }
        _ => (OSCAR_2301, format!("{lang}_meta/"), "checksum.sha256".to_owned(), &[".jsonl.zst"]),
    };
    let listed = Listed {
        listing: format!("{folder}{listing}"),
        begins: format!("{folder}{lang}"),
        folder,
        within: "",
        ends,
        // The metadata of 21.09 lie beside the texts, and a draw must not part them.
        companion: |path| path.ends_with(".jsonl.gz") && path.starts_with("packaged/"),
        what: format!("OSCAR {number} {lang}"),
    };
    Ok(Release { published, content: Content::Listed(listed) })
}
