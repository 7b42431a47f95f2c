//! The kit's own promises: what it says about a shard is true of the bytes.

use std::io::Read;

use super::damage::{self, State};
use super::defects::{self, Length, Nest};
use super::doc::Doc;
use super::frame::{Framing, Kind};
use super::press;
use super::shards::{Built, Format, build, cut};

fn shards() -> impl Iterator<Item = Built> {
    let both = Format::ALL.into_iter().flat_map(|format| Framing::ALL.map(|framing| (format, framing)));
    both.map(|(format, framing)| build(format, framing, &press::docs()))
}

fn unpacked(framing: Framing, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    match framing {
        Framing::Plain => out = bytes.to_vec(),
        Framing::GzipPerRecord | Framing::GzipWhole => {
            flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut out).map(drop).expect("valid gzip");
        }
        Framing::Zstd | Framing::ZstdOneFrame => out = zstd::decode_all(bytes).expect("valid zstd"),
    }
    out
}

#[test]
fn places_are_true_in_every_format_and_framing() {
    for built in shards() {
        let what = format!("{:?} {:?}", built.format, built.framing);
        for (file, (_, bytes)) in built.files.iter().enumerate() {
            let decoded = built.decoded(file);
            assert!(unpacked(built.framing, bytes) == decoded, "{what}: the stream differs");
            for record in built.records.iter().filter(|record| record.file == file) {
                let place = &decoded[cut(&record.decoded)];
                if let Some(member) = &record.compressed {
                    assert!(unpacked(built.framing, &bytes[cut(member)]) == place, "{what}: {record:?}");
                }
                if let Some(line) = record.line {
                    let before = &decoded[..record.decoded.start as usize];
                    assert_eq!(
                        before.iter().filter(|&&byte| byte == b'\n').count() as u64 + 1,
                        line,
                        "{what}: {record:?}"
                    );
                }
            }
        }
        let own_members = built.records.iter().filter(|record| record.compressed.is_some()).count();
        let per_record = matches!(built.framing, Framing::GzipPerRecord | Framing::Zstd)
            && built.format.kind() == Kind::Records;
        assert_eq!(own_members, if per_record { built.records.len() } else { 0 }, "{what}");
        assert_eq!(built.content().count(), press::docs().len(), "{what}");
    }
}

#[test]
fn the_same_documents_give_the_same_bytes() {
    for (once, again) in shards().zip(shards()) {
        assert!(once.files == again.files, "{:?} {:?}", once.format, once.framing);
    }
}

#[test]
fn a_line_frame_is_cut_inside_a_line() {
    let built = build(Format::Oscar2201, Framing::Zstd, &press::docs());
    let decoded = built.decoded(0);
    assert!(built.members.len() > 2);
    assert!(built.members[1..].iter().all(|member| decoded[member.decoded.start as usize - 1] != b'\n'));
}

#[test]
fn a_cut_leaves_the_records_before_it() {
    let docs = &press::docs()[..3];
    for framing in Framing::ALL {
        let built = build(Format::Warc, framing, docs);
        let per_record = matches!(framing, Framing::GzipPerRecord | Framing::Zstd | Framing::Plain);
        for at in (1..built.bytes().len() as u64).step_by(97) {
            let damaged = damage::cut(&built, at);
            let end =
                |place: &super::frame::Placed| place.compressed.clone().unwrap_or(place.decoded.clone()).end;
            let before = built.records.iter().filter(|record| end(record) <= at).count();
            let intact = damaged.placed(State::Intact).count();
            assert_eq!(intact, if per_record { before } else { 0 }, "{framing:?} cut at {at}");
        }
    }
}

#[test]
fn what_is_said_to_be_intact_reads_as_before() {
    let docs = press::docs();
    let warc = build(Format::Warc, Framing::GzipPerRecord, &docs);
    let (inside, more) = defects::warc_inside(&docs, &docs, Nest::Twice);
    let with_more = build(Format::Warc, Framing::GzipPerRecord, &more);
    let cases = [
        (&warc, damage::flip(&warc, 9000, 64)),
        (&warc, damage::remove(&warc, 5000..7000)),
        (&warc, damage::garbage_before(&warc, 3, 333)),
        (&warc, damage::empty_members_before(&warc, 3, 2)),
        (&warc, damage::wrong_crc(&warc, 4)),
        (&warc, defects::odd_gzip_heads(&warc)),
        (&warc, defects::content_length(&warc, 5, Length::TooLong(9))),
        (&warc, defects::head_without_end(&warc, 5, 1)),
        (&warc, defects::bomb(&warc, 5, &docs[5], 2)),
        (&with_more, inside),
    ];
    for (before, damaged) in cases {
        let stream = before.decoded(0);
        for (record, old) in damaged
            .records
            .iter()
            .zip(&before.records)
            .filter(|((_, state), _)| *state == State::Intact)
            .map(|((r, _), old)| (r, old))
        {
            let member = &damaged.bytes[cut(record.compressed.as_ref().expect("a member for each record"))];
            assert!(
                unpacked(Framing::GzipPerRecord, member) == stream[cut(&old.decoded)],
                "{}: {record:?}",
                damaged.what
            );
        }
    }
}

#[test]
fn a_bomb_is_small_and_inflates_to_what_it_says() {
    let docs = Doc::fillers(3);
    let built = build(Format::Warc, Framing::GzipPerRecord, &docs);
    let bomb = defects::bomb(&built, 1, &docs[1], 3);
    assert_eq!(bomb.docs(State::Touched), [1]);
    let grown = unpacked(Framing::GzipPerRecord, &bomb.bytes).len();
    assert!(
        grown > 3 << 20 && bomb.bytes.len() < built.bytes().len() + (8 << 10),
        "{grown} from {}",
        bomb.bytes.len()
    );
}

#[test]
fn the_dates_are_those_of_the_calendar() {
    use super::dates;
    assert_eq!(dates::http("2024-05-18T01:58:10Z"), "Sat, 18 May 2024 01:58:10 GMT");
    assert_eq!(dates::http("2009-07-04T18:38:31Z"), "Sat, 04 Jul 2009 18:38:31 GMT");
    assert_eq!(dates::seconds("1970-01-01T00:00:00Z"), 0);
    assert_eq!(dates::digits14("2024-05-18T01:58:10Z"), "20240518015810");
}
