//! Files of each kind, read from outside.

use std::io::Write;
use std::path::Path;

use super::*;

const LINES: &str = r#"{"id":"a","publisher":"p","text":"One"}

{"url":"https://www.example.de/b","text":"Two"}
"#;

struct Run {
    items: Vec<(Origin, Item)>,
    error: Option<String>,
}

impl Run {
    fn articles(&self) -> Vec<&Article> {
        let items = self.items.iter();
        items
            .filter_map(|(_, item)| match item {
                Item::Article(article) => Some(article),
                Item::Skipped(_) => None,
            })
            .collect()
    }

    fn ids(&self) -> Vec<&str> {
        self.articles().into_iter().map(|article| article.id.as_str()).collect()
    }

    fn troubles(&self) -> Vec<(&Origin, &Trouble)> {
        self.items
            .iter()
            .filter_map(|(origin, item)| match item {
                Item::Skipped(trouble) => Some((origin, trouble)),
                Item::Article(_) => None,
            })
            .collect()
    }
}

fn run_with(paths: &[&Path], columns: &str, publisher: Option<&str>) -> Run {
    let inputs: Vec<PathBuf> = paths.iter().map(|path| (*path).to_owned()).collect();
    let columns = Columns::parse(columns).unwrap();
    let defaults = Defaults { publisher: publisher.map(str::to_owned), language: None };
    let mut items = Vec::new();
    let result = read(&inputs, &columns, &defaults, &mut |origin, item| {
        items.push((origin, item));
        Ok(())
    });
    Run { items, error: result.err().map(|error| error.to_string()) }
}

fn run(path: &Path) -> Run {
    run_with(&[path], "", Some("default"))
}

/// A folder with files that are removed at the end of a test.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Files {
        Files(tempfile::tempdir().unwrap())
    }

    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

fn utf16(text: &str) -> Vec<u8> {
    "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

fn page(title: &str) -> String {
    let words = format!("{title} has a paragraph that is long enough to be taken for a part of an article. ")
        .repeat(4);
    format!(
        "<!DOCTYPE html><html lang=de><title>{title}</title><body>\
         <nav><a>Home</a></nav><article><p>{words}</p><p>{words}</p></article></html>"
    )
}

fn record(url: &str, status: &str, content_type: &str, body: &[u8]) -> Vec<u8> {
    let http = format!("HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\n\r\n");
    let length = http.len() + body.len();
    let head = format!(
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nContent-Length: {length}\r\n\r\n{http}"
    );
    [head.as_bytes(), body, b"\r\n\r\n"].concat()
}

#[test]
fn json_lines_are_read_in_each_wrapping_and_encoding() {
    let files = Files::new();
    let with_mark = format!("\u{feff}{LINES}");
    for (name, bytes) in [
        ("a.jsonl", LINES.as_bytes().to_vec()),
        ("a.json", with_mark.into_bytes()),
        ("a.ndjson.gz", gzip(LINES.as_bytes())),
        ("a.jsonl.zst", zstd(LINES.as_bytes())),
        ("no_extension", LINES.as_bytes().to_vec()),
        ("utf16.jsonl", utf16(LINES)),
        ("utf16.jsonl.gz", gzip(&utf16(LINES))),
        ("wrong_name.txt", LINES.as_bytes().to_vec()),
    ] {
        let run = run(&files.put(name, bytes));
        assert_eq!(run.ids(), ["a", "https://www.example.de/b"], "{name} {:?}", run.error);
        assert_eq!(run.items[1].0.line, Some(3), "{name}");
        assert_eq!(run.articles()[0].publisher, "p");
        assert_eq!(run.articles()[1].publisher, "default");
    }
}

#[test]
fn lines_that_are_no_articles_are_handed_on_with_their_place() {
    let files = Files::new();
    let lines = b"{\"text\":\"One\"}\nnot json\n{\"title\":\"x\"}\n{\"text\":\" \"}\n\
        {\"text\":\"\xe9\"}\n{\"text\":\"Six\"}";
    let path = files.put("a.jsonl", lines);
    let run = run(&path);
    assert_eq!(run.ids(), ["a.jsonl#1", "a.jsonl#6"], "ids come from the line");
    let troubles = run.troubles();
    assert_eq!(troubles.iter().map(|(origin, _)| origin.line.unwrap()).collect::<Vec<_>>(), [2, 3, 4, 5]);
    assert!(matches!(troubles[0].1, Trouble::NotJson(_)));
    assert_eq!(
        [troubles[1].1, troubles[2].1, troubles[3].1],
        [&Trouble::NoText, &Trouble::EmptyText, &Trouble::WrongEncoding]
    );
    assert_eq!(troubles[0].0.to_string(), format!("`{}`, line 2", path.display()));
    let without = run_with(&[&files.put("b.jsonl", "{\"text\":\"One\"}")], "", None);
    assert_eq!(without.troubles()[0].1, &Trouble::NoPublisher);
}

#[test]
fn damage_to_the_stored_bytes_is_told_and_the_rest_is_read() {
    let files = Files::new();
    let mut broken = gzip(b"{\"text\":\"lost, lost, lost\"}\n");
    let middle = broken.len() - 6;
    broken[middle] ^= 0xff;
    let bytes = [gzip(b"{\"text\":\"One\"}\n"), broken, gzip(b"{\"text\":\"Three\"}\n")].concat();
    let run = run(&files.put("a.jsonl.gz", &bytes));
    let texts: Vec<&str> = run.articles().iter().map(|article| article.text.as_str()).collect();
    assert!(texts.contains(&"One") && texts.contains(&"Three"), "{texts:?}");
    assert!(run.troubles().iter().any(|(_, trouble)| matches!(trouble, Trouble::Damaged(_))));
    let cut = gzip(LINES.as_bytes());
    let run = self::run(&files.put("cut.jsonl.gz", &cut[..cut.len() - 4]));
    assert!(run.troubles().iter().any(|(_, trouble)| matches!(trouble, Trouble::Damaged(_))));
}

#[test]
fn tables_are_read_in_each_wrapping_and_encoding() {
    let files = Files::new();
    let table =
        "Id,Headline,Body\r\n1,\"Ein \"\"Titel\"\"\",\"Zeile eins, Größe\r\n\r\nZeile €\"\r\n2,x,Text\r\n";
    for (name, bytes) in [
        ("a.csv", table.as_bytes().to_vec()),
        ("mark.csv", format!("\u{feff}{table}").into_bytes()),
        ("a.csv.gz", gzip(table.as_bytes())),
        ("a.csv.zst", zstd(table.as_bytes())),
        ("utf16.csv", utf16(table)),
        ("no_extension", table.as_bytes().to_vec()),
        ("windows.csv", encoding_rs::WINDOWS_1252.encode(table).0.into_owned()),
        ("tab.tsv", table.replace("eins, ", "eins ").replace(',', "\t").into_bytes()),
    ] {
        let run = run(&files.put(name, bytes));
        assert_eq!(run.ids(), ["1", "2"], "{name} {:?} {:?}", run.error, run.items);
        let first = run.articles()[0];
        assert_eq!(first.title, "Ein \"Titel\"", "{name}");
        assert_eq!(first.text.replace("eins ", "eins, "), "Zeile eins, Größe\n\nZeile €", "{name}");
        let lines: Vec<_> = run.items.iter().map(|(origin, _)| origin.line).collect();
        assert_eq!(lines, [Some(2), Some(5)], "{name}");
    }
}

#[test]
fn a_table_of_windows_excel_is_read() {
    let files = Files::new();
    let table = encoding_rs::WINDOWS_1252.encode("Nr;Überschrift;Text\n1;Öl;\"Preis; 3 €\"\n").0.into_owned();
    let path = files.put("a.csv", table);
    let run = run_with(&[&path], "title=Überschrift,id=Nr", Some("p"));
    let article = run.articles()[0].clone();
    assert_eq!(
        (article.id.as_str(), article.title.as_str(), article.text.as_str()),
        ("1", "Öl", "Preis; 3 €")
    );
}

#[test]
fn a_table_without_a_text_column_is_refused_with_its_columns() {
    let files = Files::new();
    let path = files.put("a.csv", "nr,inhalt\n1,Worte\n");
    let error = run(&path).error.unwrap();
    assert!(error.contains("a.csv") && error.contains("`nr`, `inhalt`"), "{error}");
    assert_eq!(run_with(&[&path], "text=inhalt", Some("p")).ids(), ["a.csv#2"]);
}

#[test]
fn rows_that_are_no_articles_are_handed_on() {
    let files = Files::new();
    let run = run(&files.put("a.csv", "id,text\n1,\n2,a,b\n3,é\n4,\"open\n5,x\n"));
    assert_eq!(run.ids(), ["3"]);
    let troubles = run.troubles();
    assert_eq!(troubles.iter().map(|(origin, _)| origin.line.unwrap()).collect::<Vec<_>>(), [2, 3, 5]);
    assert_eq!(troubles[0].1, &Trouble::EmptyText);
    assert!(matches!((troubles[1].1, troubles[2].1), (Trouble::Damaged(_), Trouble::Damaged(_))));
}

#[test]
fn a_folder_is_read_in_order_and_ids_are_the_ways_in_it() {
    let build = || {
        let files = Files::new();
        files.put("b/two.txt", "Title\n\nText of two");
        files.put("a.txt", "Text of one");
        files.put("c.html", page("Drei"));
        files.put("d.txt.gz", gzip(b"Text of four"));
        files.put("e.jsonl", "{\"text\":\"Text of five\"}");
        files.put("f.css", "body { color: red }");
        files.put("g.txt", "\x00\x01\x02");
        files.put("h.txt", "");
        files.put("i.txt", b"caf\xe9, and some more words, all of them plain".as_slice());
        files.put(".hidden.txt", "hidden");
        files
    };
    let (one, two) = (build(), build());
    let run = run(one.0.path());
    assert_eq!(
        run.ids(),
        ["a.txt", "b/two.txt", "c.html", "d.txt.gz", "e.jsonl#1", "i.txt"],
        "{:?}",
        run.items
    );
    assert_eq!(self::run(two.0.path()).ids(), run.ids(), "ids do not change with the place of the folder");
    let titles: Vec<&str> = run.articles().iter().map(|article| article.title.as_str()).collect();
    assert_eq!(titles[..3], ["a.txt", "Title", "Drei"]);
    assert_eq!(run.articles()[5].text.get(..5), Some("café"));
    assert_eq!(run.articles()[2].language, "de");
    let troubles: Vec<&Trouble> = run.troubles().into_iter().map(|(_, trouble)| trouble).collect();
    assert!(
        matches!(troubles[..], [Trouble::OtherKind(_), Trouble::OtherKind(_), Trouble::NoText]),
        "{troubles:?}"
    );
}

#[test]
fn a_file_that_is_no_kind_of_articles_is_refused_by_name() {
    let files = Files::new();
    for (name, bytes, what) in [
        ("a.png", b"\x89PNG\r\n\x1a\n".as_slice(), "PNG"),
        ("a.parquet", b"PAR1....", "Parquet"),
        ("a.bin", b"\0\0\0\0", "binary"),
        ("notes", b"some words", "nothing that looks like articles"),
        ("a.json", b"[{\"text\":\"One\"}]", "one JSON list"),
        ("b.json", b"{\n  \"text\":\"One\"\n}", "several lines"),
        ("feed.xml", b"<?xml version='1.0'?><rss></rss>", "nothing that looks like articles"),
    ] {
        let error = run(&files.put(name, bytes)).error.unwrap_or_default();
        assert!(error.contains(name) && error.contains(what) && error.contains("hint:"), "{name}: {error}");
    }
    let gone = files.0.path().join("gone.jsonl");
    assert!(run(&gone).error.unwrap().contains("gone.jsonl"));
}

#[test]
fn a_file_without_entries_is_handed_on() {
    let files = Files::new();
    for (name, bytes) in [
        ("a.jsonl", b"".to_vec()),
        ("b.jsonl", b"\n \n".to_vec()),
        ("c.csv", b"id,text\n".to_vec()),
        ("d.txt", b"".to_vec()),
        ("e.html.gz", gzip(b"")),
    ] {
        let run = run(&files.put(name, bytes));
        assert_eq!(run.items.len(), 1, "{name} {:?}", run.error);
        assert_eq!(run.troubles()[0].1, &Trouble::NoText, "{name}");
    }
}

#[test]
fn texts_that_are_too_large_are_passed_over() {
    let files = Files::new();
    let huge = "x".repeat(LARGEST_TEXT + 1);
    let too_large = Trouble::TooLarge(huge.len() as u64);
    let lines =
        files.put("a.jsonl.zst", zstd(format!("{{\"text\":\"{huge}\"}}\n{{\"text\":\"Two\"}}\n").as_bytes()));
    let run = run(&lines);
    assert_eq!((run.troubles()[0].1, run.ids()), (&too_large, vec!["a.jsonl.zst#2"]));
    for name in ["a.txt.zst", "b.csv.zst"] {
        let head = if name.contains("csv") { "text\n" } else { "" };
        let run = self::run(&files.put(name, zstd(format!("{head}{huge}").as_bytes())));
        assert_eq!(run.troubles()[0].1, &too_large, "{name}");
    }
}

#[test]
fn pages_of_an_archive_are_articles() {
    let files = Files::new();
    let html = "text/html; charset=utf-8";
    let records = [
        record("https://www.example.de/one", "200 OK", html, page("Eins").as_bytes()),
        record("https://www.example.de/gone", "404 Not Found", html, page("Weg").as_bytes()),
        record("https://www.example.de/x.png", "200 OK", "image/png", b"\x89PNG"),
        record("https://www.example.de/menu", "200 OK", html, b"<html><nav>Home</nav></html>"),
        record("https://www.example.de/two", "200 OK", html, page("Zwei").as_bytes()),
    ];
    let plain = records.concat();
    let members = records.iter().flat_map(|record| gzip(record)).collect::<Vec<u8>>();
    for (name, bytes) in
        [("a.warc", plain.clone()), ("a.warc.gz", members), ("b", gzip(&plain)), ("c", zstd(&plain))]
    {
        let run = run_with(&[&files.put(name, bytes)], "", None);
        assert_eq!(
            run.ids(),
            ["https://www.example.de/one", "https://www.example.de/two"],
            "{name} {:?}",
            run.items
        );
        let article = run.articles()[0];
        assert_eq!((article.title.as_str(), article.publisher.as_str()), ("Eins", "example.de"));
        let [(origin, Trouble::NoPage)] = run.troubles()[..] else { panic!("{:?}", run.troubles()) };
        assert_eq!(origin.offset, Some(records[..3].concat().len() as u64), "{name}");
    }
}

#[test]
fn damaged_members_of_an_archive_are_told_and_the_rest_is_read() {
    let files = Files::new();
    let record = |url: &str, title: &str| record(url, "200 OK", "text/html", page(title).as_bytes());
    let (one, two) = (record("https://e.de/1", "Eins"), record("https://e.de/2", "Zwei"));
    let mut broken = gzip(&record("https://e.de/x", "Weg"));
    let middle = broken.len() / 2;
    broken[middle..middle + 8].iter_mut().for_each(|byte| *byte ^= 0xff);
    let run = run(&files.put("a.warc.gz", [gzip(&one), broken, gzip(&two)].concat()));
    assert_eq!(run.ids(), ["https://e.de/1", "https://e.de/2"]);
    assert!(!run.troubles().is_empty());
    assert!(run.troubles().iter().all(|(_, trouble)| matches!(trouble, Trouble::Damaged(_))));
    for bytes in
        [one[..one.len() - 40].to_vec(), one[..40].to_vec(), [b"WARC/1.0\r\n\r\n".as_slice(), &one].concat()]
    {
        let run = self::run(&files.put("b.warc", bytes));
        assert!(matches!(run.troubles()[..], [(_, Trouble::Damaged(_)), ..]), "{:?}", run.items);
    }
    let without = self::run(
        &files.put("c.warc", "WARC/1.0\r\nWARC-Type: warcinfo\r\nContent-Length: 1\r\n\r\nx\r\n\r\n"),
    );
    assert_eq!(without.troubles()[0].1, &Trouble::NoPage);
}

#[test]
fn what_the_receiver_returns_ends_the_reading() {
    let files = Files::new();
    let path = files.put("a.jsonl", LINES);
    let mut count = 0;
    let result = read(&[path], &Columns::default(), &Defaults::default(), &mut |_, _| {
        count += 1;
        Err(Error::failure("the disk is full"))
    });
    assert_eq!((result.unwrap_err().to_string().as_str(), count), ("the disk is full", 1));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]

    /// Damage anywhere is told or harmless: reading ends, and no entry comes out of nothing.
    #[test]
    fn any_damage_is_survived(kind in 0usize..6, at in 0.0f64..1.0, length in 1usize..40, byte: u8) {
        let pages = [record("https://e.de/1", "200 OK", "text/html", page("Eins").as_bytes()),
            record("https://e.de/2", "200 OK", "text/html", page("Zwei").as_bytes())];
        let (name, mut bytes) = match kind {
            0 => ("a.jsonl", LINES.as_bytes().to_vec()),
            1 => ("a.jsonl.gz", gzip(LINES.as_bytes())),
            2 => ("a.csv", b"id,text,title\n1,\"a\nb\",c\n2,d,e\n".to_vec()),
            3 => ("a.warc.gz", pages.iter().flat_map(|page| gzip(page)).collect()),
            4 => ("a.warc", pages.concat()),
            _ => ("a.html.zst", zstd(page("Eins").as_bytes())),
        };
        let from = (at * bytes.len() as f64) as usize;
        let to = (from + length).min(bytes.len());
        bytes[from..to].fill(byte);
        let files = Files::new();
        let run = run(&files.put(name, &bytes));
        proptest::prop_assert!(run.error.is_some() || !run.items.is_empty());
        // A cell that is closed or opened by the damage may part a row in two; no kind has more entries than
        // that.
        proptest::prop_assert!(run.articles().len() <= 4, "{:?}", run.items);
    }
}
