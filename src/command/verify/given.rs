//! What a request is about, opened before anything is checked: the folder, the shards, the fingerprints of the run.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Args;
use crate::command::{outside, search};
use crate::error::{Error, Result};
use crate::escape::{printable, shown};
use crate::evidence::manifest::Settings;
use crate::fingerprint::commons::Commons;
use crate::fingerprint::side::Side;
use crate::matching::PublisherList;
use crate::matching::articles::class;
use crate::matching::articles::matcher::Matcher;
use crate::source::remote::Network;
use crate::text::normal::NORMAL_FORM;
use crate::verify::source::Sources;

/// The folder of the tables: the one that was named, or `data` in it when it is sealed (a BagIt bag, RFC 8493).
pub(super) fn tables_of(evidence: &Path) -> Result<PathBuf> {
    let inner = evidence.join("data");
    let tables = match evidence.join("bagit.txt").is_file() {
        true => inner,
        false => evidence.to_owned(),
    };
    match ["manifest.json", "matches.csv"].iter().any(|name| tables.join(name).is_file()) {
        true => Ok(tables),
        false => Err(Error::request(format!(
            "`{}` is no folder of evidence: it has neither `manifest.json` nor `matches.csv`",
            shown(evidence)
        ))
        .hint(
            "name the folder that was given to `scan --out`; a run that was interrupted has no tables yet",
        )),
    }
}

/// The report stands outside of the folder, whose files its manifest lists, and takes no earlier one's place.
pub(super) fn refuse_out(args: &Args) -> Result<()> {
    if args.out.exists() {
        return Err(Error::request(format!("`{}` exists", shown(&args.out)))
            .hint("name another file with `--out`; nothing was changed"));
    }
    let folder = match args.out.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        return Err(Error::request(format!("cannot write into `{}`: it is no folder", shown(folder)))
            .hint("make it first, or name another place with `--out`"));
    }
    outside::check(&args.out, &args.evidence)
}

pub(super) fn sources<'n>(args: &Args, manifest: &Value, network: &'n Network) -> Result<Sources<'n>> {
    if !args.source.is_empty() {
        return Sources::of(&args.source, network);
    }
    let paths = || manifest.get("shard_paths").and_then(Value::as_array).into_iter().flatten();
    Sources::recorded(paths().filter_map(Value::as_str), network).ok_or_else(|| {
        let what = match paths().find_map(Value::as_str) {
            Some(path) => format!("the shards are not where the run found them (`{}`)", printable(path)),
            None => "the manifest does not say where the shards are".to_owned(),
        };
        Error::request(what).hint("name the folder in which they lie, or the address, with `--source`")
    })
}

pub(super) fn matcher(args: &Args) -> Result<Option<Matcher>> {
    let files = args.fingerprints.as_deref().map(|fingerprints| args.beside.files(fingerprints));
    files.map(|files| search::open(&files, false)).transpose()
}

/// Another fingerprint file, or one file less, finds other words: that would say nothing about the rows.
pub(super) fn of_the_run(mut matcher: Matcher, settings: Option<&Settings>) -> Result<Matcher> {
    let wrong = |what: &str| {
        Error::request(what)
            .hint("give the files of the run, whose SHA-256 stand in manifest.json; or leave `-f` out")
    };
    let Some(articles) = settings.and_then(|settings| settings.articles.as_ref()) else {
        return Err(wrong("the run looked for no articles"));
    };
    if matcher.file.sha256() != articles.fingerprints_sha256 {
        return Err(wrong("the fingerprint file is not that of the run"));
    }
    let sorted = |mut digests: Vec<String>| {
        digests.sort();
        digests
    };
    let sides = matcher.sides.iter().map(Side::sha256).collect();
    if sorted(sides) != sorted(articles.private_sha256.clone()) {
        return Err(wrong("the private side files are not those of the run"));
    }
    if matcher.commons.as_ref().map(Commons::sha256) != articles.commons_sha256 {
        return Err(wrong("the list of common text is not that of the run"));
    }
    if (articles.normal_form, articles.rule) != (NORMAL_FORM, class::VERSION) {
        return Err(wrong("this version has another normal form or another rule than the run"));
    }
    matcher.excerpts = articles.excerpts;
    Ok(matcher)
}

/// Says where what was given is not what the run had.
pub(super) fn remark_on(args: &Args, list: Option<&PublisherList>, settings: Option<&Settings>) {
    let Some(settings) = settings else { return };
    let given = list.map(|list| list.sha256().to_owned());
    if given.is_some() && given != settings.domains_sha256 {
        args.say("the publisher list is not that of the run: rows are compared with the one that was given");
    }
    if settings.tool_version != env!("CARGO_PKG_VERSION") {
        args.say(&format!(
            "the evidence is of version {}, this is {}",
            settings.tool_version,
            env!("CARGO_PKG_VERSION")
        ));
    }
}
