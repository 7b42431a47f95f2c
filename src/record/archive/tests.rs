use super::*;
use crate::record::warc::Length;

fn record(target: &str, block: &str) -> String {
    format!(
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {target}\r\nContent-Length: {}\r\n\r\n{block}\r\n\r\n",
        block.len()
    )
}

/// What a reader with a small buffer finds: the targets and blocks, and the trouble.
fn read(bytes: &[u8], format: Format) -> (Vec<(String, String)>, Vec<String>) {
    let mut archive = Archive::new(io::BufReader::with_capacity(7, bytes), format, 0);
    let (mut records, mut troubles, mut head) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        match archive.next(&mut head) {
            Ok(None) => return (records, troubles),
            Ok(Some(_)) => {
                let parsed = format.parse(&head).unwrap();
                let Length::Known(length) = parsed.length else { panic!("{parsed:?}") };
                let mut block = Vec::new();
                let whole = archive.block(length, false, |bytes| block.extend_from_slice(bytes)).unwrap();
                let closed = archive.close(false, |_| ()).unwrap();
                if !whole || !closed.complete {
                    troubles.push(format!("whole {whole}, complete {}", closed.complete));
                }
                let target = String::from_utf8(parsed.target.unwrap().to_vec()).unwrap();
                records.push((target, String::from_utf8(block).unwrap()));
            }
            Err(Trouble::Stray { extent, .. }) => troubles.push(format!("{extent:?}")),
            Err(trouble) => {
                troubles.push(format!("{trouble:?}"));
                return (records, troubles);
            }
        }
    }
}

#[test]
fn a_record_that_other_bytes_stand_in_front_of_is_found() {
    let (one, two) = (record("http://a/", "one"), record("http://b/", "two"));
    for (stray, length) in [("xyz", 3), ("a WARC/1.0 and more", 19), ("x\ny\n", 4)] {
        let bytes = format!("{one}{stray}{two}");
        let (records, troubles) = read(bytes.as_bytes(), Format::Warc);
        let urls: Vec<&str> = records.iter().map(|(url, _)| url.as_str()).collect();
        assert_eq!(urls, ["http://a/", "http://b/"], "{stray:?}");
        assert_eq!(troubles, [format!("{:?}", Extent { offset: one.len() as u64, length })], "{stray:?}");
    }
}

#[test]
fn records_follow_their_lengths_and_not_their_text() {
    let tricky = "a line\r\n\r\nWARC/1.0\r\nWARC-Type: response\r\n\r\n";
    let bytes = record("http://a/", tricky) + &record("http://b/", "two");
    let (records, troubles) = read(bytes.as_bytes(), Format::Warc);
    assert_eq!(records, [("http://a/".into(), tricky.into()), ("http://b/".into(), "two".into())]);
    assert_eq!(troubles, Vec::<String>::new());
}

#[test]
fn rubbish_between_records_is_passed_over_and_told() {
    let bytes = record("http://a/", "one") + "rubbish\nmore rubbish\n" + &record("http://b/", "two");
    let (records, troubles) = read(bytes.as_bytes(), Format::Warc);
    assert_eq!(records.len(), 2);
    assert_eq!(troubles, [format!("Extent {{ offset: {}, length: 21 }}", record("http://a/", "one").len())]);
}

#[test]
fn every_cut_is_seen() {
    let bytes = record("http://a/", "some text");
    for end in 1..bytes.len() {
        let (_, troubles) = read(&bytes.as_bytes()[..end], Format::Warc);
        assert_eq!(troubles.len(), 1, "cut at {end}: {troubles:?}");
    }
}

#[test]
fn arc_records_are_read() {
    let bytes = "filedesc://x.arc 0.0.0.0 20090917120000 text/plain 9\n1 0 Name\n\n\
        http://a.example/ 1.2.3.4 20090917120000 text/html 4\nbody\n";
    let (records, troubles) = read(bytes.as_bytes(), Format::Arc);
    assert_eq!(records[1], ("http://a.example/".into(), "body".into()));
    assert_eq!(troubles, Vec::<String>::new());
}
