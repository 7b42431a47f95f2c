//! What the options come to: the lists opened, and what a run is known by.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::args::{Args, DepthArg, HashArg};
use crate::cell::hex;
use crate::command::search;
use crate::error::{Error, Result};
use crate::escape::shown;
use crate::evidence::manifest::{ArticleSettings, DrawSettings, Settings};
use crate::evidence::receipt::Depth;
use crate::fingerprint::commons::Commons;
use crate::fingerprint::side::Side;
use crate::matching::PublisherList;
use crate::matching::articles::class;
use crate::matching::articles::matcher::Matcher;
use crate::record::fields;
use crate::scan::Options;
use crate::source::plan::{Plan, Shard};
use crate::text::normal::NORMAL_FORM;

const FIELDS_HINT: &str =
    "for example `--fields url=link,text=body,date=seen`; a dot goes into an object: `url=meta.url`";

/// How the run scans.
pub(super) fn options(args: &Args) -> Result<Options> {
    let fields = args.fields.as_deref().map(fields::custom).transpose();
    let fields = fields.map_err(|error| Error::request(error.to_string()).hint(FIELDS_HINT))?;
    Ok(Options {
        out: args.out.clone(),
        depth: depth(args)?,
        shard_hash: args.shard_hash == HashArg::Sha256,
        keep: args.keep_records,
        census: args.census,
        dataset: args.dataset.clone(),
        release: args.release.clone(),
        fields,
    })
}

/// Articles can only be found where texts are read.
fn depth(args: &Args) -> Result<Depth> {
    match (args.depth, &args.fingerprints) {
        (Some(DepthArg::Address), Some(_)) => {
            Err(Error::request("`--depth address` reads no texts, and `--fingerprints` asks for them")
                .hint("leave `--depth` out"))
        }
        (Some(DepthArg::Content), _) | (None, Some(_)) => Ok(Depth::Content),
        (Some(DepthArg::Address) | None, None) => Ok(Depth::Address),
    }
}

pub(super) fn matcher(args: &Args) -> Result<Option<Matcher>> {
    let files = args.fingerprints.as_deref().map(|fingerprints| args.beside.files(fingerprints));
    files.map(|files| search::open(&files, args.excerpts)).transpose()
}

/// A report of `calibrate`, as it stands.
pub(super) fn calibration(path: &Path) -> Result<serde_json::Value> {
    let bytes = std::fs::read(path)
        .map_err(|error| Error::request(format!("cannot read `{}`: {error}", shown(path))))?;
    serde_json::from_slice(&bytes).map_err(|error| {
        Error::request(format!("`{}` is no report of `shardproof calibrate`: {error}", shown(path)))
    })
}

pub(super) fn settings(
    args: &Args,
    options: &Options,
    plan: &Plan,
    list: Option<&PublisherList>,
    matcher: Option<&Matcher>,
) -> Settings {
    let names: Vec<String> = plan.shards.iter().map(Shard::asked).collect();
    Settings {
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        domains_sha256: list.map(|list| list.sha256().to_owned()),
        articles: matcher.map(|matcher| ArticleSettings {
            fingerprints_sha256: matcher.file.sha256(),
            private_sha256: matcher.sides.iter().map(Side::sha256).collect(),
            commons_sha256: matcher.commons.as_ref().map(Commons::sha256),
            key: matcher.file.key.name(),
            normal_form: NORMAL_FORM,
            rule: class::VERSION,
            excerpts: args.excerpts,
        }),
        shards_sha256: hex(&Sha256::digest(names.join("\n"))),
        shards: names.len() as u64,
        partition: args.partition,
        depth: options.depth,
        shard_hash: if options.shard_hash { "sha256" } else { "none" }.to_owned(),
        keep_records: options.keep,
        census: options.census,
        zero_rows: args.zero_rows,
        dataset: args.dataset.clone(),
        release: args.release.clone(),
        fields: args.fields.clone(),
        draw: plan.draw.as_ref().map(DrawSettings::of),
    }
}
