//! C4 and mC4 as published by allenai/c4: files are numbered, and how many there are is part of each name.
//!
//! Sources of the counts: the loading scripts `datasets/c4/c4.py` and `datasets/mc4/mc4.py` of huggingface/datasets (the
//! latter at 54f94714555a). They are those of the main branch; the branch mC4_3.1.0 has others.

use super::{Content, Release, Via};
use crate::error::{Error, Result};
use crate::escape::printable;

const PUBLISHED: &[(Via, &str)] = &[
    (Via::Https, "https://huggingface.co/datasets/allenai/c4/resolve/main/"),
    (Via::Hf, "hf://datasets/allenai/c4@main/"),
];

/// A name, the files for training, the files for validation.
type Counts = (&'static str, u32, u32);

/// Variants of the English corpus.
const VARIANTS: &[Counts] =
    &[("en", 1024, 8), ("en.noblocklist", 1024, 8), ("en.noclean", 7168, 64), ("realnewslike", 512, 1)];

/// Languages of the multilingual corpus. Hebrew has its old code `iw`.
#[rustfmt::skip]
const LANGUAGES: &[Counts] = &[
    ("af", 64, 1), ("am", 16, 1), ("ar", 1024, 4), ("az", 256, 1), ("be", 128, 1), ("bg", 1024, 1),
    ("bg-Latn", 4, 1), ("bn", 512, 1), ("ca", 512, 1), ("ceb", 8, 1), ("co", 8, 1), ("cs", 1024, 2),
    ("cy", 256, 1), ("da", 1024, 1), ("de", 2048, 16), ("el", 1024, 2), ("el-Latn", 16, 1),
    ("en", 11264, 128), ("eo", 32, 1), ("es", 2048, 16), ("et", 256, 1), ("eu", 64, 1), ("fa", 1024, 2),
    ("fi", 1024, 1), ("fil", 64, 1), ("fr", 2048, 16), ("fy", 16, 1), ("ga", 16, 1), ("gd", 16, 1),
    ("gl", 128, 1), ("gu", 64, 1), ("ha", 8, 1), ("haw", 2, 1), ("hi", 1024, 2), ("hi-Latn", 16, 1),
    ("hmn", 8, 1), ("ht", 8, 1), ("hu", 1024, 2), ("hy", 128, 1), ("id", 1024, 4), ("ig", 4, 1),
    ("is", 128, 1), ("it", 1024, 8), ("iw", 1024, 1), ("ja", 1024, 8), ("ja-Latn", 8, 1), ("jv", 8, 1),
    ("ka", 256, 1), ("kk", 256, 1), ("km", 64, 1), ("kn", 64, 1), ("ko", 1024, 1), ("ku", 16, 1),
    ("ky", 64, 1), ("la", 64, 1), ("lb", 32, 1), ("lo", 8, 1), ("lt", 512, 1), ("lv", 256, 1), ("mg", 8, 1),
    ("mi", 4, 1), ("mk", 128, 1), ("ml", 128, 1), ("mn", 128, 1), ("mr", 1024, 1), ("ms", 512, 1),
    ("mt", 128, 1), ("my", 64, 1), ("ne", 256, 1), ("nl", 1024, 4), ("no", 1024, 1), ("ny", 4, 1),
    ("pa", 32, 1), ("pl", 1024, 4), ("ps", 16, 1), ("pt", 1024, 4), ("ro", 1024, 2), ("ru", 4096, 32),
    ("ru-Latn", 32, 1), ("sd", 64, 1), ("si", 64, 1), ("sk", 512, 1), ("sl", 256, 1), ("sm", 4, 1),
    ("sn", 8, 1), ("so", 64, 1), ("sq", 128, 1), ("sr", 256, 1), ("st", 2, 1), ("su", 4, 1), ("sv", 1024, 2),
    ("sw", 32, 1), ("ta", 256, 1), ("te", 128, 1), ("tg", 64, 1), ("th", 1024, 1), ("tr", 1024, 4),
    ("uk", 1024, 2), ("und", 3072, 32), ("ur", 128, 1), ("uz", 32, 1), ("vi", 1024, 4), ("xh", 2, 1),
    ("yi", 16, 1), ("yo", 2, 1), ("zh", 1024, 2), ("zh-Latn", 8, 1), ("zu", 8, 1),
];

/// A variant (`en`, `realnewslike`) or a language of the multilingual corpus (`fr`), all of it or one split. English of the
/// multilingual corpus is `multilingual en`, since `en` alone is the variant.
pub fn release(release: &str, subset: Option<&str>) -> Result<Release> {
    let find = |table: &'static [Counts], name: &str| table.iter().find(|row| row.0 == name);
    if release == "multilingual" {
        let Some(language) = subset else {
            return Err(Error::request("which language of the multilingual corpus?")
                .hint("name one by its code: `shards c4 multilingual fr`"));
        };
        let row = find(LANGUAGES, language).ok_or_else(|| unknown(language))?;
        return files(row, None, multilingual);
    }
    match (find(VARIANTS, release), find(LANGUAGES, release)) {
        (Some(row), _) => files(row, subset, variant),
        (None, Some(row)) => files(row, subset, multilingual),
        (None, None) => Err(unknown(release)),
    }
}

fn files(row: &Counts, split: Option<&str>, name: fn(&str, &str, u32, u32) -> String) -> Result<Release> {
    let (of, train, validation) = *row;
    let splits = match split {
        None => vec![("train", train), ("validation", validation)],
        Some("train") => vec![("train", train)],
        Some("validation") => vec![("validation", validation)],
        Some(other) => {
            return Err(Error::request(format!("C4 has no split `{}`", printable(other)))
                .hint("it has `train` and `validation`; without one of them both are listed"));
        }
    };
    let named = |(split, count)| (0..count).map(move |number| name(of, split, number, count));
    Ok(Release {
        published: PUBLISHED,
        content: Content::Known(splits.into_iter().flat_map(named).collect()),
    })
}

fn variant(of: &str, split: &str, number: u32, count: u32) -> String {
    format!("{of}/c4-{split}.{number:05}-of-{count:05}.json.gz")
}

/// The names keep the word `tfrecord` of an earlier form; they are JSON lines.
fn multilingual(of: &str, split: &str, number: u32, count: u32) -> String {
    let split = if split == "train" { "" } else { "-validation" };
    format!("multilingual/c4-{of}{split}.tfrecord-{number:05}-of-{count:05}.json.gz")
}

fn unknown(name: &str) -> Error {
    Error::request(format!("C4 has no variant and no language `{}`", printable(name))).hint(
        "variants are `en`, `en.noblocklist`, `en.noclean` and `realnewslike`; languages have codes: `fr`, `de`, `iw`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(name: &str, subset: Option<&str>) -> Vec<String> {
        match release(name, subset).unwrap().content {
            Content::Known(paths) => paths,
            Content::Listed(_) => panic!("C4 has no listing"),
        }
    }

    #[test]
    fn names_and_counts_are_those_of_the_corpus() {
        for (name, subset, count, first, last) in [
            (
                "en",
                None,
                1032,
                "en/c4-train.00000-of-01024.json.gz",
                "en/c4-validation.00007-of-00008.json.gz",
            ),
            (
                "en.noclean",
                Some("train"),
                7168,
                "en.noclean/c4-train.00000-of-07168.json.gz",
                "en.noclean/c4-train.07167-of-07168.json.gz",
            ),
            (
                "fr",
                None,
                2064,
                "multilingual/c4-fr.tfrecord-00000-of-02048.json.gz",
                "multilingual/c4-fr-validation.tfrecord-00015-of-00016.json.gz",
            ),
            (
                "multilingual",
                Some("en"),
                11392,
                "multilingual/c4-en.tfrecord-00000-of-11264.json.gz",
                "multilingual/c4-en-validation.tfrecord-00127-of-00128.json.gz",
            ),
        ] {
            let paths = paths(name, subset);
            assert_eq!((paths.len(), paths[0].as_str(), paths[count - 1].as_str()), (count, first, last));
        }
        assert_eq!(LANGUAGES.len(), 108);
        assert!(LANGUAGES.is_sorted_by_key(|row| row.0));
    }
}
