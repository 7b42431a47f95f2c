//! `show`: one row in words, in two languages, and the lines that check it. `tests/recipes.py` runs those lines.

use std::collections::BTreeMap;

use crate::kit::articles::{self, article, fingerprint, page_with};
use crate::kit::doc::Doc;
use crate::kit::frame::Framing;
use crate::kit::press;
use crate::kit::shards::{Built, Format, build, published};
use crate::kit::work::{Outcome, Work, plain};
use crate::scanning::scan;

type Row = BTreeMap<String, String>;

/// A scan of this shard for the press hosts.
fn scanned(built: &Built, more: &[&str]) -> (Work, Vec<Row>) {
    let work = Work::new();
    work.put("list.csv", press::PUBLISHERS_CSV);
    let names = work.put_built(built);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    scan(&work, &[&names[..], more].concat(), "out").expect(0);
    let rows = work.evidence("out").rows("matches.csv");
    (work, rows)
}

fn show(work: &Work, arguments: &[&str]) -> Outcome {
    work.run([&["show", "out"], arguments].concat())
}

#[track_caller]
fn has(text: &str, parts: &[&str]) {
    // Prose is wrapped; where a line ends is no part of it.
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in parts {
        assert!(flat.contains(part), "no `{part}` in\n{text}");
    }
}

#[test]
fn each_format_shows_the_true_place_of_each_row() {
    for format in Format::ALL.into_iter().filter(|format| format.has_address()) {
        for framing in [format.published(), Framing::Plain, Framing::GzipWhole, Framing::Zstd] {
            let docs = press::docs();
            let built = build(format, framing, &docs);
            let (work, rows) = scanned(&built, &[]);
            let row = &rows[rows.len() / 2];
            let what = format!("{format:?} {framing:?}");
            let is_of_row = |doc: usize| docs[doc].url == plain(&row["archive_url"]);
            let record = built.content().find(|record| record.doc.is_some_and(is_of_row)).expect("a record");
            let run =
                show(&work, &[&row["match_id"], "--lang", "en", "--source", "https://h.example/x"]).expect(0);
            let url = format!("https://h.example/x/{}", row["shard"]);
            let (from, length) = (record.decoded.start, record.decoded.end - record.decoded.start);
            let decode = match framing {
                Framing::Plain => "",
                Framing::GzipPerRecord | Framing::GzipWhole => " | gunzip",
                _ => " | zstd -dc",
            };
            let expected = match (&record.compressed, framing) {
                (Some(member), Framing::GzipPerRecord) => {
                    format!("curl -fsSL -r {}-{} {url} | sha256sum", member.start, member.end - 1)
                }
                (_, Framing::Plain) => {
                    format!("curl -fsSL -r {from}-{} {url} | sha256sum", from + length - 1)
                }
                _ => {
                    format!("curl -fsSL {url}{decode} | tail -c +{} | head -c {length} | sha256sum", from + 1)
                }
            };
            has(
                &run.stdout,
                &[&expected, &row["record_sha256"], &row["shard_sha256"], &plain(&row["archive_url"])],
            );
            if let Some(line) = record.line {
                let pick = if format == Format::Oscar2109 {
                    format!("{line},$p")
                } else {
                    format!("{line}{{p;q;}}")
                };
                has(
                    &run.stdout,
                    &[&format!("curl -fsSL {url}{decode} | sed -n '{pick}' | head -c {length} | sha256sum")],
                );
            }
            assert_eq!(run.stderr, "", "{what}");
            // With the shard at hand the head is shown, and never the text.
            let run = show(&work, &[&row["match_id"], "--lang", "en"]).expect(0);
            let title =
                docs.iter().find(|doc| doc.url == plain(&row["archive_url"])).expect("a document").lines()[1];
            assert!(!run.stdout.contains(title), "{what}: the text is shown:\n{}", run.stdout);
            match record.record_type {
                "line" => has(&run.stdout, &["a text of "]),
                "text" => has(&run.stdout, &["lines without a head"]),
                _ => has(&run.stdout, &[&plain(&row["archive_url"])]),
            }
            assert!(run.stdout.contains(&format!("Read from: {}", built.name())), "{what}:\n{}", run.stdout);
        }
    }
}

#[test]
fn a_row_about_an_address_is_told_in_two_languages() {
    let (work, rows) = scanned(&published(Format::Warc, &press::docs()), &[]);
    let of = |kind: &str| {
        rows.iter().find(|row| row["match_kind"] == kind).expect("such a row")["match_id"].clone()
    };
    let english = show(&work, &[&of("domain"), "--lang", "en"]).expect(0).stdout;
    has(
        &english,
        &[
            "The file contains a record with an address of Le Monde (Groupe Le Monde), by the rule lemonde.fr",
            "The archive states that the page was captured on 2024-05-18T00:10:00Z (UTC).",
            "The archive's own digest is that of the bytes.",
            "It does not show that a server really sent them, nor that anybody used them.",
            "It does not show what the page says, who wrote it, nor whether it is an article.",
            "a gzip member that holds this record alone",
            "WARC-Type: response",
            "HTTP/1.1 200 OK",
        ],
    );
    let french = show(&work, &[&of("domain"), "--lang", "fr"]).expect(0).stdout;
    has(
        &french,
        &[
            "Le fichier contient un enregistrement portant une adresse de Le Monde (Groupe Le Monde), d'après la règle lemonde.fr",
            "L'archive indique que la page a été capturée le 2024-05-18T00:10:00Z (UTC).",
            "L'empreinte donnée par l'archive est bien celle des octets.",
            "Cela ne montre ni qu'un serveur les a réellement envoyés, ni que quiconque les a utilisés.",
            "un membre gzip qui ne contient que cet enregistrement",
            "Comment le vérifier avec des outils publics seulement",
            "doit afficher",
        ],
    );
    has(
        &show(&work, &[&of("mirror"), "--lang", "en"]).expect(0).stdout,
        &[
            "a service that hands on pages of others",
            "Address of the original page: https://www.leparisien.fr/",
        ],
    );
    // The words of one language are not in the other.
    assert!(!french.contains("The ") && !english.contains("enregistrement"));
}

#[test]
fn weaknesses_are_said() {
    let (work, rows) = scanned(&published(Format::CrawlDiagnostics, &press::docs()), &[]);
    let of = |words: &str| {
        let row = rows.iter().find(|row| row["flags"].contains(words) || row["archive_status"] == words);
        show(&work, &[&row.expect("such a row")["match_id"], "--lang", "en"]).expect(0).stdout
    };
    has(&of("404"), &["The server answered with the status 404: the record may hold no page at all."]);
    has(&of("revisit"), &["its content stands in an earlier capture"]);
}

/// A scan of a page with most of an article, and the id of its row.
fn copied(article_text_end: &str) -> (Work, String) {
    let one = article(1, 300).and(article_text_end);
    let work = Work::new();
    fingerprint(&work, "a", std::slice::from_ref(&one));
    let paragraphs: Vec<&str> = one.paragraphs.iter().map(String::as_str).collect();
    work.put("shard.json", articles::shard(&[page_with(10_001, "copie.example", &paragraphs)]));
    let found = articles::scan(&work, &["shard.json", "-f", "a.fpr", "--private", "a.fpx"], "out");
    assert_eq!(found.classes(), ["full"]);
    (work, found.rows[0]["match_id"].clone())
}

#[test]
fn the_shared_words_stand_beside_the_article() {
    let (work, id) = copied("Un dernier mot\u{1b}[2J pour la fin.");
    let english = show(&work, &[&id, "--lang", "en", "--articles", "a.jsonl"]).expect(0).stdout;
    has(
        &english,
        &[
            "a copy of nearly all of it (class full: at least nine tenths of its own words)",
            "The words were compared one by one.",
            "It does not show who may publish the text, nor whether there was a licence.",
            "Where the shared words stand",
        ],
    );
    let names = english.lines().find(|line| line.contains("Article, words 1 to")).expect("the passage");
    assert!(names.contains("| Record, words "), "{names}");
    assert!(!english.contains('\u{1b}'), "an escape reaches the terminal");
    assert!(
        english.lines().filter(|line| line.contains(" | ") && !line.contains("sha256sum")).count() < 20,
        "{english}"
    );
    let french = show(&work, &[&id, "--lang", "fr", "--articles", "a.jsonl"]).expect(0).stdout;
    has(
        &french,
        &[
            "la copie de la quasi-totalité de celui-ci",
            "Les mots ont été comparés un à un.",
            "Elle ne montre ni qui a le droit de publier le texte, ni s'il y avait une licence.",
            "Enregistrement, mots ",
        ],
    );
    work.put("b.jsonl", article(9, 300).json());
    let run = show(&work, &[&id, "--articles", "b.jsonl"]).expect(2);
    has(&run.stderr, &["the articles given do not hold `a-0001`", "hint:"]);
}

#[test]
fn a_note_is_said_to_accuse_nobody() {
    let one = article(1, 300);
    let work = Work::new();
    fingerprint(&work, "a", std::slice::from_ref(&one));
    let docs = [page_with(10_001, "copie.example", &[&one.part(100, 140)])];
    let found = articles::search(&work, &docs);
    assert_eq!(found.classes(), ["quote"]);
    let id = &found.rows[0]["match_id"];
    let run = work.run(["show", "out-0", id, "--lang", "en"]).expect(0);
    has(&run.stdout, &["This row is a note: it states no copy and accuses nobody.", "no copy is stated"]);
    let run = work.run(["show", "out-0", id, "--lang", "fr"]).expect(0);
    has(
        &run.stdout,
        &["Cette ligne est une simple note : elle n'affirme aucune copie et n'accuse personne."],
    );
}

#[test]
fn a_changed_shard_is_not_taken_for_the_row() {
    for format in [Format::Warc, Format::C4, Format::Oscar2301] {
        let built = published(format, &press::docs());
        let (work, rows) = scanned(&built, &["--keep-records"]);
        let row = &rows[0];
        let name = built.name();
        work.put(&format!("right/{name}"), built.bytes());
        let other = build(format, built.framing, &[&press::docs()[5..6], &press::docs()[..]].concat());
        work.put(&format!("wrong/{name}"), other.bytes());
        let from = |source: &str| show(&work, &[&row["match_id"], "--lang", "en", "--source", source]);
        has(&from("right").expect(0).stdout, &["Read from: right/"]);
        has(&from(&format!("right/{name}")).expect(0).stdout, &["Read from: right/"]);
        let run = from("wrong").expect(4);
        has(&run.stdout, &["THESE ARE NOT THE BYTES OF THE ROW"]);
        has(&run.stderr, &["the bytes at hand are not those of the row"]);
        // A file that ends before the record is not the right one either, and a folder without it is told from both.
        work.put(&format!("cut/{name}"), &built.bytes()[..40]);
        has(&from("cut").expect(4).stdout, &["Looked for in: cut/", "THESE ARE NOT THE BYTES OF THE ROW"]);
        std::fs::create_dir(work.path("empty")).unwrap();
        has(
            &from("empty").expect(0).stdout,
            &["The file is not in the place that was named (empty).", "Read from: out/records/"],
        );
        // Where nobody named a source, a file of that name is simply another one, and the kept copy is right.
        work.put(name, other.bytes());
        has(&show(&work, &[&row["match_id"], "--lang", "en"]).expect(0).stdout, &["Read from: out/records/"]);
        // A kept copy that was changed is noticed as well.
        let copy = plain(&row["kept_file"]);
        let mut bytes = work.evidence("out").bytes(&copy);
        let middle =
            row["kept_offset"].parse::<usize>().unwrap() + row["kept_length"].parse::<usize>().unwrap() / 2;
        bytes[middle] ^= 0xff;
        work.put(&format!("out/{copy}"), bytes);
        show(&work, &[&row["match_id"], "--lang", "en"]).expect(4);
    }
}

#[test]
fn subsets_whose_files_have_one_name_are_told_apart() {
    let work = Work::new();
    work.put("list.csv", press::PUBLISHERS_CSV);
    for (folder, format) in [("a/crawldiagnostics", Format::CrawlDiagnostics), ("a/warc", Format::Warc)] {
        let built = published(format, &press::docs());
        let name = built.name().rsplit('/').next().expect("a name");
        work.put(&format!("{folder}/{name}"), built.bytes());
    }
    scan(&work, &["a"], "out").expect(0);
    for row in work.evidence("out").rows("matches.csv") {
        let folder =
            if row["shard"].starts_with("crawldiagnostics") { "a/crawldiagnostics" } else { "a/warc" };
        let run = show(&work, &[&row["match_id"], "--lang", "en"]).expect(0);
        has(&run.stdout, &[&format!("Read from: {folder}/")]);
    }
}

#[test]
fn a_row_is_found_by_a_unique_beginning_of_its_id() {
    let (work, rows) = scanned(&published(Format::C4, &press::docs()), &[]);
    let id = &rows[0]["match_id"];
    for short in [&id[..12], &id[2..12]] {
        has(&show(&work, &[short]).expect(0).stdout, &[id]);
    }
    has(
        &show(&work, &["m_"]).expect(2).stderr,
        &["rows have a match id that begins with `m_`", "hint: give more of it"],
    );
    let run = show(&work, &["m_\u{1b}[2J"]).expect(2);
    has(&run.stderr, &["has the match id `m_\\u001b[2J`", "rows were looked at"]);
    has(&work.run(["show", ".", "m_1"]).expect(2).stderr, &["is no folder of evidence"]);
    for source in ["nowhere", "s3://bucket/x"] {
        has(&show(&work, &[id, "--source", source]).expect(2).stderr, &["`--source", "hint:"]);
    }
    std::fs::rename(work.path("out/shards.csv"), work.path("out/other")).unwrap();
    has(&show(&work, &[id]).expect(2).stderr, &["shards.csv` is missing"]);
}

#[test]
fn a_sealed_folder_is_shown_as_it_was_before() {
    let (work, rows) = scanned(&published(Format::Wet, &press::docs()), &["--keep-records"]);
    let id = &rows[0]["match_id"];
    let before = show(&work, &[id, "--lang", "en"]).expect(0).stdout;
    std::fs::create_dir(work.path("bag")).unwrap();
    std::fs::rename(work.path("out"), work.path("bag/data")).unwrap();
    work.put("bag/bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n");
    let after = work.run(["show", "bag", id, "--lang", "en"]).expect(0).stdout;
    assert_eq!(after.replace("bag/data/", "out/"), before);
}

#[test]
fn the_language_is_that_of_the_environment() {
    let (work, rows) =
        scanned(&published(Format::C4, &[Doc::new("a", "https://www.lemonde.fr/a", "Titre\nTexte.")]), &[]);
    for (variables, words) in [
        (&[("LANG", "fr_FR.UTF-8")][..], "Ce qui a été trouvé"),
        (&[("LANG", "fr_FR.UTF-8"), ("LC_ALL", "C")][..], "What was found"),
        (&[][..], "What was found"),
    ] {
        let mut command = crate::scanning::program(&work, &["show", "out", &rows[0]["match_id"]]);
        for name in ["LC_ALL", "LC_MESSAGES", "LANG"] {
            command.env_remove(name);
        }
        let output =
            command.envs(variables.iter().copied()).stdout(std::process::Stdio::piped()).output().unwrap();
        has(&String::from_utf8(output.stdout).unwrap(), &[words]);
    }
}

#[test]
fn an_address_is_printed_only_where_the_shard_is_published() {
    let docs = [Doc::new("a", "https://www.lemonde.fr/a", "Titre\nTexte.")];
    let work = Work::new();
    work.put("list.csv", press::PUBLISHERS_CSV);
    let path = "crawl-data/CC-MAIN-2024-22/segments/1/warc/x.warc";
    work.put(&format!("{path}.gz"), published(Format::Warc, &docs).bytes());
    work.put(path, build(Format::Warc, Framing::Plain, &docs).bytes());
    work.put("c4/en/c4-train.00000-of-01024.json.gz", published(Format::C4, &docs).bytes());
    let oscar = published(Format::Oscar2201, &docs);
    work.put(oscar.name(), oscar.bytes());
    scan(&work, &["crawl-data", "c4", oscar.name()], "out").expect(0);
    for row in work.evidence("out").rows("matches.csv") {
        let text = show(&work, &[&row["match_id"], "--lang", "en"]).expect(0).stdout;
        let address = match row["shard"].as_str() {
            shard if shard.ends_with(".warc.gz") => Some(format!("https://data.commoncrawl.org/{shard}")),
            shard if shard.starts_with("en/") => {
                Some(format!("https://huggingface.co/datasets/allenai/c4/resolve/main/{shard}"))
            }
            _ => None,
        };
        match address {
            Some(address) => assert!(text.contains(&format!(" {address} |")), "{text}"),
            None => assert!(!text.contains("curl"), "{text}"),
        }
    }
}
