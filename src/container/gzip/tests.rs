use super::*;
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use std::io::Write;

fn member(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn decode(bytes: &[u8]) -> io::Result<(Vec<u8>, u64)> {
    let mut inflater = Inflater::default();
    let mut member = Member::open(bytes, &mut inflater)?;
    let mut out = Vec::new();
    member.read_to_end(&mut out)?;
    Ok((out, member.compressed()))
}

#[test]
fn a_member_ends_at_its_own_end() {
    let first = member(b"one");
    let both = [first.clone(), member(b"two")].concat();
    assert_eq!(decode(&both).unwrap(), (b"one".to_vec(), first.len() as u64));
}

#[test]
fn header_fields_are_skipped() {
    let mut encoder = GzBuilder::new()
        .extra(b"sl\x08\0abcdefgh".as_slice())
        .filename("a name")
        .comment("a comment")
        .write(Vec::new(), Compression::fast());
    encoder.write_all(b"text").unwrap();
    let bytes = encoder.finish().unwrap();
    assert_eq!(decode(&bytes).unwrap(), (b"text".to_vec(), bytes.len() as u64));
}

#[test]
fn every_cut_is_told_and_every_wrong_trailer() {
    let whole = member(b"some text that is long enough to be compressed, compressed, compressed");
    for end in 0..whole.len() {
        assert!(is_cut(&decode(&whole[..end]).unwrap_err()), "cut at {end}");
    }
    for place in whole.len() - TRAILER..whole.len() {
        let mut wrong = whole.clone();
        wrong[place] ^= 1;
        assert_eq!(decode(&wrong).unwrap_err().kind(), io::ErrorKind::InvalidData, "byte {place}");
    }
}

#[test]
fn members_are_found_behind_rubbish_and_not_inside_it() {
    let good = member(b"WARC/1.0\r\nrecord");
    let other = member(b"something else");
    let bytes = [b"\x1f\x8b\x08rubbish".to_vec(), other, good.clone(), good.clone()].concat();
    let opens = |first: &[u8]| first.starts_with(b"WARC/");
    let mut inflater = Inflater::default();
    let first = find_member(&bytes, 0, &mut inflater, opens).unwrap();
    assert_eq!(bytes.len() - first, 2 * good.len());
    let last = find_last_member(&bytes, &mut inflater, opens).unwrap();
    assert_eq!(bytes.len() - last, good.len());
    assert_eq!(find_member(&bytes, last + 1, &mut inflater, opens), None);
    assert_eq!(find_member(&bytes, bytes.len() + 5, &mut inflater, opens), None);
}
