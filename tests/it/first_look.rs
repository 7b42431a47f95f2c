//! What a shard is told to be by its first bytes, whatever is wrong with them and however they are packed.

use crate::kit::gzip;
use crate::kit::work::Work;
use crate::probe;

/// What one file comes to, under this name.
fn scanned(name: &str, bytes: &[u8], more: &[&str]) -> probe::Scanned {
    let work = Work::new();
    work.put(&format!("in/{name}"), bytes);
    probe::scan(&work, name, &[&["in"], more].concat())
}

#[test]
fn json_lines_are_told_behind_a_torn_or_a_long_first_line() {
    let line = |host: &str, text: &str| {
        format!(
            "{{\"url\":\"https://{host}/\",\"text\":\"{text}\",\"timestamp\":\"2019-04-25T12:57:54Z\"}}\n"
        )
    };
    let listed = line("www.lemonde.fr", "mot");
    let long = line("autre.example", &"mot ".repeat(5 * 1024 * 1024));
    let torn = "e texte\",\"timestamp\":\"2019-04-25T12:57:54Z\"}\n";
    let torn_and_long = format!("{torn}{}", line("autre.example", &"mot ".repeat(50_000)));
    let blank = format!("{{\"url\n{}", "\n".repeat(150));
    for (what, first, gap) in [
        ("torn", torn, "damaged"),
        ("a long one behind it", &torn_and_long, "damaged"),
        ("long", &long, "unread"),
        ("blank ones", &blank, "damaged"),
    ] {
        for fields in [&[][..], &["--fields", "url=url,text=text,date=timestamp"]] {
            for gzipped in [false, true] {
                let plain = format!("{first}{listed}");
                let (name, bytes) = match gzipped {
                    true => ("shard.json.gz", gzip::member(plain.as_bytes())),
                    false => ("shard.json", plain.into_bytes()),
                };
                let scanned = scanned(name, &bytes, fields);
                let receipt = scanned.receipt();
                let format = if fields.is_empty() { "c4" } else { "custom" };
                let told = [&*receipt["format"], &receipt["status"], &receipt["found"], &receipt[gap]];
                assert_eq!(told, [format, "partial", "1", "1"], "{what}, {name}: {receipt:?}");
            }
        }
    }
}

#[test]
fn fields_are_not_passed_over_silently() {
    let scanned = scanned("shard.txt", b"un texte\n\nun autre\n", &["--fields", "url=url"]);
    assert!(scanned.receipt()["notes"].contains("--fields was not used"), "{:?}", scanned.receipt());
}

#[test]
fn a_text_is_told_by_the_same_bytes_in_any_framing() {
    let text = [b"abc\n\n".repeat(20_000), b"caf\xe9 ".repeat(20_000)].concat();
    let told = |name: &str, bytes: &[u8]| {
        let scanned = scanned(name, bytes, &[]);
        ["status", "records", "lines", "unread"].map(|column| scanned.receipt()[column].clone())
    };
    let plain = told("shard.txt", &text);
    assert_eq!(plain[0], "partial");
    assert_eq!(told("shard.txt.gz", &gzip::member(&text)), plain);
    assert_eq!(told("shard.txt.zst", &zstd::encode_all(&text[..], 1).expect("in memory")), plain);
}
