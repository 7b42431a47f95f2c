//! Copies of articles in every format that carries text: found, at their true place, with counts that add up.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::kit::articles::{self, Found, Invented, article, page_with, passage, shard};
use crate::kit::doc::Doc;
use crate::kit::frame::Framing;
use crate::kit::shards::{Built, Format, build, published};
use crate::kit::work::{Work, plain};
use crate::probe::{self, Row, number, sha256};
use crate::scanning::program;

/// The articles that are looked for; two of them are copied.
fn archive() -> Vec<Invented> {
    articles::articles(1, 4, 180)
}

/// The documents of the copied articles, by their place in `docs`.
const COPIED: [(usize, usize); 2] = [(1, 0), (4, 2)];

/// The other documents differ for each `seed`, so that no two shards have the same bytes.
fn docs(seed: usize) -> Vec<Doc> {
    let archive = archive();
    let mut docs: Vec<Doc> = (seed * 5..seed * 5 + 5).map(Doc::filler).collect();
    for (at, article) in COPIED {
        docs.insert(at, archive[article].captured(&format!("https://copie-{at}.example/page")));
    }
    docs
}

fn decimal(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("`{column}` is no number in {row:?}"))
}

/// The rows of the shard with these bytes.
fn rows_of<'f>(found: &'f Found, bytes: &[u8]) -> Vec<&'f Row> {
    let sum = sha256(bytes);
    found.rows.iter().filter(|row| row["shard_sha256"] == sum).collect()
}

fn receipt_of<'f>(found: &'f Found, bytes: &[u8]) -> &'f Row {
    let sum = sha256(bytes);
    found.shards.iter().find(|row| row["sha256"] == sum).expect("a receipt for each shard")
}

#[test]
fn each_format_in_each_framing_shows_its_copies_at_their_places() {
    let work = Work::new();
    articles::fingerprint(&work, "a", &archive());
    let with_text = Format::ALL.into_iter().filter(|format| format.has_text());
    let shards: Vec<Built> = with_text
        .flat_map(|format| Framing::ALL.map(|framing| build(format, framing, &docs(format as usize))))
        .collect();
    for built in &shards {
        for (name, bytes) in &built.files {
            work.put(&format!("all/{:?}-{:?}/{name}", built.format, built.framing), bytes);
        }
    }
    let exact = articles::scan(&work, &["all", "-f", "a.fpr", "--private", "a.fpx", "--zero-rows"], "exact");
    let bound = articles::scan(&work, &["all", "-f", "a.fpr"], "bound");
    assert_eq!(exact.run.exit, 0, "{:?}", exact.evidence.column("shards.csv", "reason"));
    assert_eq!(bound.run.exit, 0);
    for built in &shards {
        let what = format!("{:?} {:?}", built.format, built.framing);
        let docs = docs(built.format as usize);
        let rows = rows_of(&exact, built.bytes());
        places_are_true(&what, built, &docs, &rows);
        copies_are_whole(&what, &rows);
        let bounds = rows_of(&bound, built.bytes());
        assert_eq!(rows.len(), bounds.len(), "{what}: without the side file");
        for (row, bound) in rows.iter().zip(bounds) {
            assert_eq!(bound["measure"], "lower_bound", "{what}");
            assert!(
                decimal(bound, "article_coverage") <= decimal(row, "article_coverage"),
                "{what}: {bound:?}"
            );
            assert!(decimal(bound, "own_coverage") <= decimal(row, "own_coverage"), "{what}: {bound:?}");
            assert!(number(bound, "shared_words") <= number(row, "shared_words"), "{what}: {bound:?}");
            assert!(matches!(&*bound["class"], "full" | "partial"), "{what}: {bound:?}");
            for column in ["offset", "length", "line", "record_sha256", "article_id", "archive_url"] {
                assert_eq!(bound[column], row[column], "{what}: {column}");
            }
        }
        let receipt = receipt_of(&exact, built.bytes());
        assert_eq!(receipt["status"], "whole", "{what}: {receipt:?}");
        let counts =
            ["content_records", "found", "clear", "unread", "damaged"].map(|name| number(receipt, name));
        let all = docs.len() as u64;
        assert_eq!(counts, [all, 2, all - 2, 0, 0], "{what}: {receipt:?}");
        assert_eq!(receipt["depth"], "content", "{what}");
    }
    let sums = exact.evidence.rows("articles.csv");
    let copies: Vec<u64> = sums.iter().map(|row| number(row, "copies")).collect();
    let each = shards.len() as u64;
    assert_eq!(copies, [each, 0, each, 0], "every article of the file has a row");
    assert!(sums.iter().all(|row| row["notes"] == "0"));
}

fn places_are_true(what: &str, built: &Built, docs: &[Doc], rows: &[&Row]) {
    let decoded = built.decoded(0);
    assert_eq!(rows.len(), COPIED.len(), "{what}: {rows:?}");
    for (row, (doc, article)) in rows.iter().zip(COPIED) {
        let record = built.of(doc).expect("a page of every corpus");
        let (place, from) = probe::place(built, record, built.bytes(), &decoded);
        assert_eq!(
            (number(row, "offset"), number(row, "length")),
            (place.start, place.end - place.start),
            "{what}"
        );
        let bytes = &from[place.start as usize..place.end as usize];
        assert_eq!(row["record_sha256"], sha256(bytes), "{what}: {row:?}");
        let line = record.line.map(|line| line.to_string()).unwrap_or_default();
        assert_eq!(row["line"], line, "{what}");
        assert_eq!(plain(&row["article_id"]), archive()[article].id, "{what}");
        let url = if built.format.has_address() { docs[doc].url.as_str() } else { "" };
        assert_eq!(plain(&row["archive_url"]), url, "{what}");
    }
}

fn copies_are_whole(what: &str, rows: &[&Row]) {
    for row in rows {
        assert_eq!(row["match_kind"], "article", "{what}");
        assert_eq!(
            (&*row["class"], &*row["measure"], &*row["found_in"]),
            ("full", "exact", "text"),
            "{what}: {row:?}"
        );
        assert!(
            decimal(row, "article_coverage") > 0.95 && decimal(row, "own_coverage") > 0.95,
            "{what}: {row:?}"
        );
        assert_eq!((&*row["article_words"], &*row["article_own_words"]), ("180", "180"), "{what}");
        assert_eq!(row["own_site"], "no", "{what}");
        assert_eq!(row["publisher"], "gazette-essai.example", "{what}");
        assert_eq!(row["excerpt"], "", "{what}");
    }
}

fn latin1(text: &str) -> Vec<u8> {
    text.chars()
        .map(|character| u8::try_from(u32::from(character)).expect("a character of Latin-1"))
        .collect()
}

#[test]
fn a_body_is_read_by_what_it_is() {
    let (work, archive) = (Work::new(), archive());
    articles::fingerprint(&work, "a", &archive);
    let one = &archive[0];
    let paragraphs: String = one.paragraphs.iter().map(|text| format!("<p>{text}</p>")).collect();
    let latin = format!("<html><head><meta charset=\"iso-8859-1\"></head><body>{paragraphs}</body></html>");
    let body = serde_json::json!({ "@type": "NewsArticle", "articleBody": one.text() });
    let hidden = format!(
        "<html><head><script type=\"application/ld+json\">{body}</script></head><body><p>Abonnez-vous.</p></body></html>"
    );
    let both = hidden.replace("<p>Abonnez-vous.</p>", &paragraphs);
    let api = serde_json::json!({ "items": [{ "n": 1, "content": one.text() }] }).to_string();
    let comments = format!(
        "<html><body><!-- {paragraphs} --><script>var a = \"{}\";</script></body></html>",
        one.text()
    );
    // The kit says `charset=UTF-8` of all that begins with `text/`.
    let cases: &[(&str, &str, Vec<u8>, &str)] = &[
        ("Latin-1 in meta alone", "Text/html", latin1(&latin), "text"),
        ("plain text", "text/plain", one.text().into_bytes(), "text"),
        ("Latin-1 in plain text that says UTF-8", "text/plain", latin1(&one.text()), "text"),
        ("XHTML", "application/xhtml+xml", latin.replace("iso-8859-1", "utf-8").into_bytes(), "text"),
        ("JSON-LD alone", "text/html", hidden.into_bytes(), "json-ld"),
        ("JSON-LD and text", "text/html", both.into_bytes(), "text"),
        ("JSON", "application/json", api.into_bytes(), "text"),
        ("no type", "", one.page().into_bytes(), "text"),
        ("what nobody sees", "text/html", comments.into_bytes(), ""),
    ];
    let docs: Vec<Doc> = cases
        .iter()
        .enumerate()
        .map(|(i, (_, mime, body, _))| {
            Doc::new("case", &format!("https://copie.example/{i}"), "").body(mime, body.clone())
        })
        .collect();
    let built = published(Format::Warc, &docs);
    work.put_built(&built);
    let found = articles::scan(&work, &[built.name(), "-f", "a.fpr", "--private", "a.fpx"], "out");
    assert_eq!(found.run.exit, 0, "{:?}", found.shards);
    for (i, (what, _, _, expected)) in cases.iter().enumerate() {
        let url = format!("https://copie.example/{i}");
        let rows: Vec<&Row> = found.rows.iter().filter(|row| plain(&row["archive_url"]) == url).collect();
        assert_eq!(rows.len(), usize::from(!expected.is_empty()), "{what}: {rows:?}");
        for row in rows {
            assert_eq!((&*row["class"], &*row["found_in"]), ("full", *expected), "{what}: {row:?}");
            assert!(decimal(row, "article_coverage") > 0.95, "{what}: {row:?}");
        }
    }
}

#[test]
fn markup_does_not_hide_a_copy() {
    let (work, archive) = (Work::new(), archive());
    articles::fingerprint(&work, "a", &archive);
    let one = &archive[0];
    // What stands around the words, and inside each of them behind its third letter.
    let words = |before: &str, inside: &str, behind: &str| -> String {
        let paragraphs = one.paragraphs.iter().map(|paragraph| {
            let words = paragraph.split(' ').enumerate().map(|(n, word)| {
                let at = word.char_indices().nth(3).map_or(word.len(), |(at, _)| at);
                let inner = format!("{}{inside}{}", &word[..at], &word[at..]);
                if n % 4 == 2 { format!("{before}{inner}{behind}") } else { inner }
            });
            format!("<p>{}</p>", words.collect::<Vec<_>>().join(" "))
        });
        paragraphs.collect()
    };
    let plain_words = words("", "", "");
    let references = |form: fn(char) -> String| -> String {
        let text = plain_words.chars();
        text.map(|c| if c.is_ascii() { c.to_string() } else { form(c) }).collect()
    };
    let cases: Vec<(&str, String)> = vec![
        ("paragraphs", plain_words.clone()),
        ("emphasis", words("<b>", "", "</b>")),
        ("links", words("<a href=\"/x?a=1&b=2\">", "", "</a>")),
        ("spans inside words", words("<span class=\"q\">", "<span></span>", "</span>")),
        ("emphasis inside words", words("", "<i></i>", "")),
        ("comments inside words", words("<!-- x > y -->", "<!-- n -->", "")),
        ("places to break", words("", "<wbr>", "")),
        ("soft hyphens", words("", "&shy;", "")),
        ("zero-width spaces", words("", "&#8203;", "")),
        ("no-break spaces", plain_words.replace(' ', "&nbsp;")),
        ("line breaks", plain_words.replace(". ", ".<br/>")),
        ("divs", plain_words.replace("<p>", "<div>").replace("</p>", "</div>")),
        ("no closing tags", plain_words.replace("</p>", "")),
        ("upper-case tags", plain_words.replace("<p>", "<P CLASS=x>").replace("</p>", "</P>")),
        ("line ends inside", plain_words.replace(' ', "\r\n\t")),
        ("cells", plain_words.replace("<p>", "<table><tr><td>").replace("</p>", "</td></tr></table>")),
        ("decimal references", references(|c| format!("&#{};", u32::from(c)))),
        ("hexadecimal references", references(|c| format!("&#x{:X};", u32::from(c)))),
        ("references twice", references(|c| format!("&amp;#{};", u32::from(c)))),
        ("a script between", plain_words.replace("</p>", "</p><script>if (a < b) { c(\"</p>\") }</script>")),
        ("a style between", plain_words.replace("</p>", "</p><style>p > a { color: red }</style>")),
    ];
    let page = |body: &str| {
        format!("<!DOCTYPE html><html><head><meta charset=utf-8></head><body>{body}</body></html>")
    };
    let docs: Vec<Doc> = cases
        .iter()
        .enumerate()
        .map(|(i, (what, body))| {
            Doc::new(what, &format!("https://copie.example/{i}"), "")
                .body("text/html", page(body).into_bytes())
        })
        .collect();
    let built = published(Format::Warc, &docs);
    work.put_built(&built);
    let found = articles::scan(&work, &[built.name(), "-f", "a.fpr", "--private", "a.fpx"], "out");
    let is_missing = |n: &usize| {
        let url = format!("https://copie.example/{n}");
        !found.hits().iter().any(|hit| hit.0 == url && hit.2 == "full")
    };
    let missing: Vec<&str> = (0..cases.len()).filter(is_missing).map(|n| cases[n].0).collect();
    assert!(missing.is_empty(), "{missing:?}: {:?}", found.hits());
}

#[test]
fn a_body_that_is_not_read_is_never_called_clear() {
    let (work, archive) = (Work::new(), archive());
    articles::fingerprint(&work, "a", &archive);
    let copy = archive[0].captured("https://copie.example/1");
    let pdf = Doc::new("pdf", "https://copie.example/2", "")
        .body("application/pdf", b"%PDF-1.7\n\x00\x01".to_vec());
    let zip = Doc::new("zip", "https://copie.example/3", "")
        .body("application/zip", b"PK\x03\x04\x00\x00".to_vec());
    let png =
        Doc::new("png", "https://copie.example/4", "").body("image/png", b"\x89PNG\r\n\x1a\n\x00".to_vec());
    let called_html = Doc::new("pdf", "https://copie.example/5", "")
        .body("text/html", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec());
    // Brotli has no magic number; its bytes are like these.
    let noise: Vec<u8> = (0..500_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let coded = Doc::new("br", "https://copie.example/6", "").body("text/html", noise);
    let built = published(Format::Warc, &[copy.clone(), pdf, zip, png, called_html, coded]);
    work.put_built(&built);
    let found = articles::scan(&work, &[built.name(), "-f", "a.fpr"], "bodies");
    let receipt = &found.shards[0];
    assert_eq!(found.run.exit, 3, "{receipt:?}");
    assert_eq!(receipt["unread_reasons"], "unreadable_body=4", "{receipt:?}");
    let counts = ["content_records", "found", "clear", "unread"].map(|name| number(receipt, name));
    assert_eq!(counts, [6, 1, 1, 4], "{receipt:?}");
    assert_ne!(receipt["status"], "whole");

    // Revisits and 404 in turn.
    let diagnostics = published(Format::CrawlDiagnostics, &docs(0));
    work.put(&format!("d/{}", diagnostics.name()), diagnostics.bytes());
    let found = articles::scan(&work, &["d", "-f", "a.fpr"], "diagnostics");
    assert_eq!(found.run.exit, 3);
    assert_eq!(found.shards[0]["unread_reasons"], "no_text=3", "{:?}", found.shards[0]);
    assert_eq!(number(&found.shards[0], "clear"), 4);

    let wat = published(Format::Wat, &docs(0));
    work.put(&format!("w/{}", wat.name()), wat.bytes());
    let found = articles::scan(&work, &["w", "-f", "a.fpr"], "wat");
    assert_eq!(found.run.exit, 3);
    assert_eq!(found.shards[0]["unread_reasons"], "no_text=7", "{:?}", found.shards[0]);
    assert!(found.rows.is_empty());
}

#[test]
fn a_record_over_16_mib_is_too_large_and_its_neighbours_are_examined() {
    let (work, archive) = (Work::new(), archive());
    articles::fingerprint(&work, "a", &archive);
    let large = Doc { text: "un deux trois ".repeat(1_250_000), ..Doc::filler(1) };
    let copies = [0, 1].map(|i| archive[i].captured(&format!("https://copie.example/{i}")));
    let docs = [copies[0].clone(), large, copies[1].clone()];
    for (format, framing) in [
        (Format::Warc, Framing::GzipPerRecord),
        (Format::Wet, Framing::GzipWhole),
        (Format::C4, Framing::Plain),
    ] {
        let built = build(format, framing, &docs);
        work.put(&format!("large/{format:?}/{}", built.name()), built.bytes());
    }
    let found = articles::scan(&work, &["large", "-f", "a.fpr"], "out");
    assert_eq!(found.run.exit, 3);
    for receipt in &found.shards {
        assert_eq!(receipt["unread_reasons"], "too_large=1", "{receipt:?}");
        assert_eq!((number(receipt, "found"), number(receipt, "clear")), (2, 0), "{receipt:?}");
    }
    assert_eq!(found.rows.len(), 6);
}

#[test]
fn lines_of_a_shuffled_corpus_are_each_examined_alone() {
    let (work, archive) = (Work::new(), archive());
    articles::fingerprint(&work, "a", &archive);
    let filler: String = (0..40).map(|seed| passage(20_000 + seed, 20) + "\n").collect();
    let bulk = filler.repeat(12 * 1024 * 1024 / filler.len());
    let half = bulk.len() / 2 - bulk.len() / 2 % filler.len();
    // Pieces of one article behind each other are lines of different pages here.
    let lines = [archive[0].part(0, 80), archive[1].part(20, 110), archive[0].part(80, 100)];
    let text = [&bulk[..half], &lines.join("\n"), "\n", &bulk[half..]].concat();
    work.put("fr_part_1.txt", &text);
    let found = articles::scan(&work, &["fr_part_1.txt", "-f", "a.fpr", "--private", "a.fpx"], "out");
    let expected: Vec<(String, String)> = [(0, &lines[0]), (1, &lines[1])]
        .map(|(i, line)| (archive[i].id.clone(), sha256(line.as_bytes())))
        .into();
    let rows: Vec<&Row> =
        found.rows.iter().filter(|row| row["class"] == "partial" || row["class"] == "teaser").collect();
    let seen: Vec<(String, String)> =
        rows.iter().map(|row| (plain(&row["article_id"]), row["record_sha256"].clone())).collect();
    assert_eq!(seen, expected, "{:?}", found.rows);
    let first = text[..half].matches('\n').count() as u64 + 1;
    for (k, row) in rows.iter().enumerate() {
        let from = number(row, "offset") as usize;
        assert_eq!(&text[from..from + number(row, "length") as usize], lines[k]);
        assert_eq!(number(row, "line"), first + k as u64);
    }
    let receipt = &found.shards[0];
    assert_eq!(number(receipt, "lines"), text.matches('\n').count() as u64, "{receipt:?}");
}

#[test]
fn whether_lines_are_examined_alone_does_not_depend_on_the_threads() {
    let (work, archive) = (Work::new(), archive());
    articles::fingerprint(&work, "a", &archive);
    let filler: String = (0..40).map(|seed| passage(20_000 + seed, 20) + "\n").collect();
    let bulk = filler.repeat(7 * 1024 * 1024 / filler.len());
    let text = [&archive[0].part(0, 80), "\n", &bulk, &archive[0].part(80, 160), "\n"].concat();
    // So many shards that a window is smaller than one of them; only one is long.
    work.put("s/fr_part_0.txt", &text);
    for n in 1..8 {
        work.put(&format!("s/fr_part_{n}.txt"), "Une ligne.\n");
    }
    let one = articles::scan(&work, &["s", "-f", "a.fpr", "--threads", "1"], "one");
    let many = articles::scan(&work, &["s", "-f", "a.fpr", "--threads", "8"], "many");
    crate::scanning::same("1 and 8 threads", &one.evidence.tree(), &many.evidence.tree());
}

const LIST: &str =
    "publisher,title,domain\nGazette,La Gazette,gazette-essai.example\nRelais,Le Relais,relais.example\n";

#[test]
fn addresses_and_articles_are_looked_for_together() {
    let (work, archive) = (Work::new(), archive());
    work.put("list.csv", LIST);
    let all: Vec<Invented> =
        archive.iter().map(|one| Invented { publisher: "Gazette".into(), ..one.clone() }).collect();
    articles::fingerprint(&work, "a", &all);
    let docs = [
        all[0].captured(&all[0].url),
        all[1].captured("https://copie.example/1"),
        Doc::new("relay", "https://www.relais.example/2", "Un relais\nsans article."),
        Doc::filler(3),
    ];
    work.put("shard.json", shard(&docs));
    let found =
        articles::scan(&work, &["shard.json", "-d", "list.csv", "-f", "a.fpr", "--private", "a.fpx"], "out");
    let kinds: Vec<(&str, &str, &str)> =
        found.rows.iter().map(|row| (&*row["line"], &*row["match_kind"], &*row["own_site"])).collect();
    assert_eq!(
        kinds,
        [("1", "domain", ""), ("1", "article", "yes"), ("2", "article", "no"), ("3", "domain", "")]
    );
    let receipt = &found.shards[0];
    assert_eq!((number(receipt, "found"), number(receipt, "clear")), (3, 1), "{receipt:?}");
    for table in ["presence.csv", "publishers.csv"] {
        let rows = found.evidence.rows(table);
        let publishers: Vec<&str> = rows.iter().map(|row| row["publisher"].as_str()).collect();
        assert!(publishers.contains(&"Gazette") && publishers.contains(&"Relais"), "{table}: {rows:?}");
    }
    let sums = found.evidence.rows("articles.csv");
    assert_eq!(sums.len(), 2, "{sums:?}");
    assert_eq!((&*sums[0]["copies_own_site"], &*sums[1]["copies_elsewhere"]), ("1", "1"), "{sums:?}");
    // Each kind alone finds the rows that it finds beside the other.
    let alone = articles::scan(&work, &["shard.json", "-f", "a.fpr", "--private", "a.fpx"], "articles");
    let of = |found: &Found, kind: &str| -> Vec<Row> {
        let rows = found.rows.iter().filter(|row| row["match_kind"] == kind).cloned();
        rows.map(|mut row| drop_id(&mut row)).collect()
    };
    assert_eq!(of(&alone, "article"), of(&found, "article"));
    let addresses = work.run(["scan", "shard.json", "-d", "list.csv", "-o", "addresses", "-q"]).expect(0);
    assert_eq!(addresses.stdout, "");
    let rows = work.evidence("addresses").rows("matches.csv");
    let domain: Vec<Row> = rows.into_iter().map(|mut row| drop_id(&mut row)).collect();
    assert_eq!(domain, of(&found, "domain"));
}

/// The id of a row counts the rows before it, of whatever kind.
fn drop_id(row: &mut Row) -> Row {
    row.remove("match_id");
    std::mem::take(row)
}

#[test]
fn pieces_of_an_article_in_several_records_are_united() {
    let (work, one) = (Work::new(), article(1, 400));
    articles::fingerprint(&work, "a", &[one.clone(), article(2, 400)]);
    let docs = [
        page_with(10_001, "un.example", &[&one.part(0, 150)]),
        page_with(10_002, "deux.example", &[&one.part(100, 250)]),
        page_with(10_003, "deux.example", &[&one.part(320, 380)]),
        page_with(10_004, "trois.example", &[]),
    ];
    let found = articles::search(&work, &docs);
    assert_eq!(found.rows.len(), 3, "{:?}", found.rows);
    let lengths: Vec<u64> = found.rows.iter().map(|row| number(row, "own_words")).collect();
    assert_eq!(lengths, [150, 150, 60]);
    let sums = found.evidence.rows("articles.csv");
    assert_eq!(sums.len(), 1, "what was not found has a row with --zero-rows alone");
    let sum = &sums[0];
    assert_eq!((number(sum, "own_words_found"), number(sum, "copies"), number(sum, "hosts")), (310, 3, 2));
    assert!((decimal(sum, "own_words_coverage") - 0.775).abs() < 1e-6, "{sum:?}");
    assert!((decimal(sum, "best_own_coverage") - 0.375).abs() < 1e-6, "{sum:?}");
    let ids: Vec<&str> = found.rows.iter().map(|row| row["match_id"].as_str()).collect();
    assert_eq!(sum["match_ids"], ids.join(";"));
    let arguments = ["shard.json", "-f", "a.fpr", "--private", "a.fpx", "--zero-rows"];
    let sums = articles::scan(&work, &arguments, "zeros").evidence.rows("articles.csv");
    assert_eq!(sums.len(), 2);
    assert_eq!((&*sums[1]["found"], &*sums[1]["own_words_found"]), ("no", ""));
}

/// Forty shards with one copy each, of one of four articles.
fn forty(work: &Work) {
    let archive = archive();
    articles::fingerprint(work, "a", &archive);
    for n in 0..40 {
        let copy = archive[n % 4].captured(&format!("https://copie-{n}.example/"));
        let docs = [copy, page_with(10_000 + n as u64, "page.example", &[&archive[(n + 1) % 4].part(0, 60)])];
        work.put(&format!("s/{n:02}.json"), shard(&docs));
    }
}

const FORTY: [&str; 5] = ["s", "-f", "a.fpr", "--private", "a.fpx"];

#[test]
fn threads_do_not_show() {
    let work = Work::new();
    forty(&work);
    let mut expected: Option<BTreeMap<String, Vec<u8>>> = None;
    for threads in ["1", "2", "8"] {
        let found = articles::scan(&work, &[&FORTY[..], &["--threads", threads]].concat(), threads);
        assert_eq!(found.rows.len(), 80);
        let tree = found.evidence.tree();
        assert!(tree.contains_key("articles.csv"), "{:?}", tree.keys());
        crate::scanning::same(threads, expected.get_or_insert_with(|| tree.clone()), &tree);
    }
}

#[cfg(unix)]
#[test]
fn a_search_that_is_killed_or_interrupted_goes_on() {
    let work = Work::new();
    forty(&work);
    let whole = articles::scan(&work, &FORTY, "whole").evidence.tree();
    let mut stopped = 0;
    for (count, signal) in [(1, "-KILL"), (6, "-INT"), (15, "-KILL"), (25, "-INT")] {
        let arguments = [&["scan"], &FORTY[..], &["-o", "out", "--threads", "1"]].concat();
        let mut child = program(&work, &arguments).spawn().expect("the program was built with its tests");
        let begin = Instant::now();
        let parts = || {
            let entries = std::fs::read_dir(work.path("out/.shardproof")).into_iter().flatten().flatten();
            entries.filter(|entry| entry.path().extension().is_some_and(|ending| ending == "part")).count()
        };
        while parts() < count && child.try_wait().expect("our own child").is_none() {
            assert!(begin.elapsed() < Duration::from_secs(60), "no {count} parts");
            std::thread::sleep(Duration::from_millis(1));
        }
        std::process::Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill");
        let code = child.wait().expect("our own child").code();
        stopped += usize::from(code != Some(0));
        let found = articles::scan(&work, &FORTY, "out");
        assert_eq!(found.run.exit, 0, "after {count} parts");
        crate::scanning::same(&format!("after {count} parts"), &whole, &found.evidence.tree());
        std::fs::remove_dir_all(work.path("out")).expect("ours");
    }
    assert!(stopped >= 2, "the runs ended before they could be stopped");
}

#[test]
fn other_articles_are_another_run() {
    let work = Work::new();
    work.put("list.csv", LIST);
    let archive = archive();
    articles::fingerprint(&work, "a", &archive);
    articles::fingerprint(&work, "b", &archive[..2]);
    work.put("shard.json", shard(&[archive[0].captured("https://copie.example/1")]));
    articles::scan(&work, &["shard.json", "-f", "a.fpr"], "out");
    let before = crate::scanning::picture(&work.path("out"));
    for arguments in [
        &["-f", "b.fpr"][..],
        &["-f", "a.fpr", "--private", "a.fpx"],
        &["-f", "a.fpr", "--excerpts"],
        &["-f", "a.fpr", "-d", "list.csv"],
        &["-d", "list.csv"],
    ] {
        let run = work.run([&["scan", "shard.json", "-o", "out"], arguments].concat()).expect(2);
        assert!(run.stderr.starts_with("error: "), "{arguments:?}: {}", run.stderr);
        crate::scanning::same(
            &format!("{arguments:?}"),
            &before,
            &crate::scanning::picture(&work.path("out")),
        );
    }
    work.run(["scan", "shard.json", "-f", "a.fpr", "-o", "out"]).expect(0);
}
