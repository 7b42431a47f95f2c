//! The table of known corpora: their names, the keys that tell them, and where their fields stand.
//!
//! The table errs towards not knowing. A map of common keys (`text`, `url`, `timestamp`) fits only a line that has
//! these and no others, because evidence that calls somebody's own dataset "c4" is worse than a question to the user.
//!
//! Sections in the comments below are those of the format notes that the project keeps in `docs/formats.md`.

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use super::Field::{
    self, Date, Digest, Id, Language, Mime, Offset, Origin, RefersTo, Sentences, Text, Url, UrlOrName,
};
use super::FieldMap;
use crate::record::json::{JsonError, Selection};

/// The maps of all known corpora, one for each form in which a corpus is known.
pub fn known() -> &'static [FieldMap] {
    static KNOWN: LazyLock<Vec<FieldMap>> = LazyLock::new(|| {
        let made = |(layout, shape): (&Layout, &Shape)| {
            let mut map = FieldMap::new(layout.name, shape.release);
            layout.fields.iter().for_each(|(field, path)| map.add(*field, path.split('.')));
            map
        };
        shapes().map(made).collect()
    });
    &KNOWN
}

/// The map of the corpus with this name, in the release that its keys tell.
pub fn named(name: &str, release: Option<&str>) -> Option<&'static FieldMap> {
    known().iter().find(|map| map.name() == name && map.release() == release)
}

/// All forms of all corpora, the more particular of two before the other.
pub(super) fn shapes() -> impl Iterator<Item = (&'static Layout, &'static Shape)> {
    TABLE.iter().flat_map(|layout| layout.shapes.iter().map(move |shape| (layout, shape)))
}

/// The keys by which a corpus is known, as dotted paths, and the release that they give away.
pub(super) struct Shape {
    keys: &'static [&'static str],
    alone: bool,
    release: Option<&'static str>,
}

/// All of these keys, and others if it likes.
const fn has(keys: &'static [&'static str]) -> Shape {
    Shape { keys, alone: false, release: None }
}

/// All of these keys, and nothing beside them.
const fn exactly(keys: &'static [&'static str]) -> Shape {
    Shape { keys, alone: true, release: None }
}

impl Shape {
    const fn release(self, release: &'static str) -> Shape {
        Shape { release: Some(release), ..self }
    }

    /// Whether the line, which has so many keys, is of this form.
    pub(super) fn fits(&self, line: &str, keys: usize) -> Result<bool, JsonError> {
        let mut selection = Selection::default();
        for path in self.keys {
            selection.add(path.split('.'));
        }
        let all = selection.scan(line)?.iter().all(Option::is_some);
        Ok(all && (!self.alone || keys == self.keys.len()))
    }
}

/// A row of the table: one corpus as it is written down. Paths to the same field stand in order of preference.
pub(super) struct Layout {
    name: &'static str,
    shapes: &'static [Shape],
    fields: &'static [(Field, &'static str)],
}

/// The known corpora. The first that fits a line is taken, so the more particular of two stands above.
static TABLE: &[Layout] = &[
    OSCAR,
    OSCAR_HF,
    OSCAR_21_09,
    HPLT,
    DOLMA,
    DCLM,
    REDPAJAMA_2,
    FINEWEB_2,
    FINEWEB,
    REFINEDWEB,
    GLOTCC,
    CC_NEWS,
    THE_PILE,
    CULTURAX,
    C4,
    TEXT_ONLY,
];

/// C4 and mC4 (6.1, 6.2): three strings, in an order that differs between the variants, so nothing but the file name
/// tells which variant a line is from. The sample that AllenAI's tests use calls the date `date`, and the form of
/// TFDS adds type and length, both of the page before cleaning.
const C4: Layout = Layout {
    name: "c4",
    shapes: &[
        exactly(&["url", "text", "timestamp"]),
        exactly(&["url", "text", "date"]),
        exactly(&["url", "text", "timestamp", "content-type", "content-length"]),
    ],
    fields: &[(Url, "url"), (Text, "text"), (Date, "timestamp"), (Date, "date"), (Mime, "content-type")],
};

/// OSCAR 22.01 (7.3): the order of the keys is new in every record, and `annotation` may be `null`. 23.01 (7.4):
/// `annotation` became `quality_warnings`; Colossal and Community OSCAR seem to share that schema (7.5), so the path of
/// a shard may know the release better. Without either key no release is claimed. Digest, length and media type are
/// those of the WET record, not of `content`, so they are never checked against it.
const OSCAR: Layout = Layout {
    name: "oscar",
    shapes: &[
        has(&["content", "warc_headers.warc-target-uri", "metadata.quality_warnings"]).release("OSCAR-2301"),
        has(&["content", "warc_headers.warc-target-uri", "metadata.annotation"]).release("OSCAR-2201"),
        has(&["content", "warc_headers.warc-target-uri"]),
    ],
    fields: &[
        (Url, "warc_headers.warc-target-uri"),
        (Text, "content"),
        (Date, "warc_headers.warc-date"),
        (Id, "warc_headers.warc-record-id"),
        (RefersTo, "warc_headers.warc-refers-to"),
        (Digest, "warc_headers.warc-block-digest"),
        (Language, "metadata.identification.label"),
        (Mime, "warc_headers.content-type"),
    ],
};

/// OSCAR as the HF loader exports it (7.4): everything renamed and moved under `meta`, and records numbered anew.
const OSCAR_HF: Layout = Layout {
    name: "oscar",
    shapes: &[
        has(&["text", "meta.warc_headers.warc-target-uri", "meta.quality_warnings"]).release("OSCAR-2301"),
        has(&["text", "meta.warc_headers.warc-target-uri", "meta.annotations"]).release("OSCAR-2201"),
        has(&["text", "meta.warc_headers.warc-target-uri"]),
    ],
    fields: &[
        (Url, "meta.warc_headers.warc-target-uri"),
        (Text, "text"),
        (Date, "meta.warc_headers.warc-date"),
        (Id, "meta.warc_headers.warc-record-id"),
        (Id, "id"),
        (RefersTo, "meta.warc_headers.warc-refers-to"),
        (Digest, "meta.warc_headers.warc-block-digest"),
        (Language, "meta.identification.label"),
        (Mime, "meta.warc_headers.content-type"),
    ],
};

/// OSCAR 21.09 (7.2): the metadata half of a pair. The document is the `nb_sentences` lines after line `offset` of the
/// text file of the same number; `offset` counts lines, not bytes.
const OSCAR_21_09: Layout = Layout {
    name: "oscar",
    shapes: &[has(&["headers.warc-target-uri", "offset", "nb_sentences"]).release("OSCAR-2109")],
    fields: &[
        (Url, "headers.warc-target-uri"),
        (Date, "headers.warc-date"),
        (Id, "headers.warc-record-id"),
        (RefersTo, "headers.warc-refers-to"),
        (Digest, "headers.warc-block-digest"),
        (Language, "headers.warc-identified-content-language"),
        (Mime, "headers.content-type"),
        (Offset, "offset"),
        (Sentences, "nb_sentences"),
    ],
};

/// HPLT (8): names of one letter. v3 has a `crawl_id`. In v2 `lang` is a list whose first element is the most likely.
/// Before v2 the text is `t`, `lang` is one string, either may be `null`, and a line may not be UTF-8.
const HPLT: Layout = Layout {
    name: "hplt",
    shapes: &[
        has(&["u", "ts", "text", "crawl_id"]).release("3"),
        has(&["u", "ts", "text", "f", "o", "s"]).release("2"),
        has(&["u", "ts", "t", "f", "o", "s"]),
    ],
    fields: &[
        (Url, "u"),
        (Text, "text"),
        (Text, "t"),
        (Date, "ts"),
        (Id, "id"),
        (Language, "lang.0"),
        (Language, "lang"),
        (Mime, "c"),
        (Origin, "f"),
    ],
};

/// Dolma (8): in v1 the `id` of a Common Crawl document is its address, in other sources it is a number or a name.
const DOLMA: Layout = Layout {
    name: "dolma",
    shapes: &[has(&["id", "text", "source", "added"])],
    fields: &[
        (Url, "metadata.url"),
        (UrlOrName, "id"),
        (Text, "text"),
        (Date, "metadata.date_download"),
        (Date, "created"),
        (Id, "id"),
        (Digest, "metadata.digest"),
        (Language, "metadata.language"),
        (Origin, "metadata.cc_segment"),
    ],
};

/// DCLM-baseline (8): the head of the WARC record is kept under its own names; a copy without it keeps `url` and the
/// `warcinfo` text.
const DCLM: Layout = Layout {
    name: "dclm",
    shapes: &[has(&["text", "metadata.WARC-Target-URI"]), has(&["text", "url", "warcinfo"])],
    fields: &[
        (Url, "url"),
        (Url, "metadata.WARC-Target-URI"),
        (Text, "text"),
        (Date, "metadata.WARC-Date"),
        (Id, "metadata.WARC-Record-ID"),
        (Digest, "metadata.WARC-Payload-Digest"),
        (Mime, "metadata.WARC-Identified-Payload-Type"),
    ],
};

/// RedPajama-v2 (8): the title is split off the text; the digest is that of the WET record.
const REDPAJAMA_2: Layout = Layout {
    name: "redpajama-v2",
    shapes: &[has(&["raw_content", "url", "date_download"])],
    fields: &[
        (Url, "url"),
        (Text, "raw_content"),
        (Date, "date_download"),
        (Digest, "digest"),
        (Language, "language"),
        (Origin, "cc_segment"),
    ],
};

/// FineWeb (8): `file_path` names the shard of Common Crawl that a page was read from.
const FINEWEB: Layout = Layout {
    name: "fineweb",
    shapes: &[has(&["text", "url", "dump", "file_path"])],
    fields: &[
        (Url, "url"),
        (Text, "text"),
        (Date, "date"),
        (Id, "id"),
        (Language, "language"),
        (Origin, "file_path"),
    ],
};

/// FineWeb-2 (8): FineWeb's fields, and the script. E-mail and IP addresses in the text are masked.
const FINEWEB_2: Layout = Layout {
    name: "fineweb-2",
    shapes: &[has(&["text", "url", "dump", "file_path", "language_script"])],
    fields: FINEWEB.fields,
};

/// RefinedWeb (8): the text is `content`.
const REFINEDWEB: Layout = Layout {
    name: "refinedweb",
    shapes: &[has(&["content", "url", "timestamp", "dump", "segment"])],
    fields: &[(Url, "url"), (Text, "content"), (Date, "timestamp"), (Origin, "segment")],
};

/// CulturaX (8): mC4 and OSCAR mixed; `source` says which. Lines from OSCAR 2019 may have an empty address and date.
const CULTURAX: Layout = Layout {
    name: "culturax",
    shapes: &[exactly(&["text", "timestamp", "url", "source"])],
    fields: &[(Url, "url"), (Text, "text"), (Date, "timestamp"), (Origin, "source")],
};

/// HF cc_news as news-please writes it (8): one object a file, over many lines. Only the date of the download is a date
/// of capture; `date_publish` is the publisher's own.
const CC_NEWS: Layout = Layout {
    name: "cc_news",
    shapes: &[has(&["url", "maintext"])],
    fields: &[(Url, "url"), (Text, "maintext"), (Date, "date_download"), (Language, "language")],
};

/// GlotCC (7.5): OSCAR's names without OSCAR's nesting.
const GLOTCC: Layout = Layout {
    name: "glotcc",
    shapes: &[has(&["content", "warc-target-uri", "warc-record-id"])],
    fields: &[(Url, "warc-target-uri"), (Text, "content"), (Date, "warc-date"), (Id, "warc-record-id")],
};

/// The Pile (8): no addresses in the schema, not even for its part from Common Crawl.
const THE_PILE: Layout =
    Layout { name: "the_pile", shapes: &[has(&["text", "meta.pile_set_name"])], fields: &[(Text, "text")] };

/// Bare texts, as derived samples keep them (6.2): the address is gone.
const TEXT_ONLY: Layout =
    Layout { name: "text_only", shapes: &[exactly(&["text"])], fields: &[(Text, "text")] };
