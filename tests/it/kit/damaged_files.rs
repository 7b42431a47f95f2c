//! The files of `fixtures/damaged`: one a defect, each with what is true of it.

use super::damage::{self, Damaged};
use super::defects::{self, Length, Nest};
use super::doc::Doc;
use super::frame::Framing;
use super::press;
use super::shards::{Built, Format, build};

/// A file in `fixtures/damaged`.
pub struct Defect {
    /// Its name there.
    pub file: &'static str,
    /// What a reader must get right about it.
    pub shows: &'static str,
    pub damaged: Damaged,
    /// The documents that its records are counted by.
    pub docs: Vec<Doc>,
}

/// The document that is damaged. It is one to be found.
const HIT: usize = 2;

/// All of them, made of the same four documents: two to be found, two not.
pub fn all() -> Vec<Defect> {
    let docs: Vec<Doc> = [0, 2, 6, 14].map(|i| press::docs()[i].clone()).into();
    let shard = |format, framing| build(format, framing, &docs);
    let mut all = members(&shard(Format::Warc, Framing::GzipPerRecord));
    all.extend(heads(&shard(Format::Warc, Framing::GzipPerRecord)));
    all.extend(whole_streams(&shard(Format::Warc, Framing::Plain), &shard(Format::Warc, Framing::GzipWhole)));
    all.extend(lines(&shard(Format::Mc4, Framing::GzipPerRecord)));
    let mc4 = shard(Format::Mc4, Framing::GzipWhole);
    let stream_cut = damage::cut(&mc4, mc4.bytes().len() as u64 / 2);
    all.push(("stream_cut.json.gz", "one gzip stream that stops; its checksum covers no line", stream_cut));
    let zstd = shard(Format::Oscar2301, Framing::ZstdOneFrame);
    let frame_cut = damage::cut(&zstd, zstd.bytes().len() as u64 * 2 / 3);
    all.push(("frame_cut.jsonl.zst", "a zstd frame without its end", frame_cut));

    let defect = |(file, shows, damaged)| Defect { file, shows, damaged, docs: docs.clone() };
    all.into_iter().map(defect).chain(archives(&docs)).collect()
}

type Made = (&'static str, &'static str, Damaged);

/// Damage to the gzip members of a file that has one a record.
fn members(warc: &Built) -> Vec<Made> {
    let hit = damage::member(warc, HIT).compressed.clone();
    let middle = hit.start + (hit.end - hit.start) / 2;
    vec![
        ("member_cut.warc.gz", "an interrupted download", damage::cut(warc, middle)),
        (
            "cut_between_members.warc.gz",
            "nothing but a promised length shows it",
            damage::cut(warc, hit.start),
        ),
        (
            "bytes_flipped.warc.gz",
            "a member that does not inflate; those behind it do",
            damage::flip(warc, middle - 32, 64),
        ),
        (
            "bytes_missing.warc.gz",
            "two members run into one another",
            damage::remove(warc, middle..hit.end + 20),
        ),
        (
            "garbage_between_members.warc.gz",
            "no member begins where one ended",
            damage::garbage_before(warc, HIT, 500),
        ),
        (
            "empty_members.warc.gz",
            "members without content: valid",
            damage::empty_members_before(warc, HIT, 3),
        ),
        ("odd_gzip_heads.warc.gz", "EXTRA and NAME fields: valid", defects::odd_gzip_heads(warc)),
        ("wrong_crc.warc.gz", "all bytes inflate, the checksum does not hold", damage::wrong_crc(warc, HIT)),
        (
            "wrong_isize.warc.gz",
            "all bytes inflate, the length does not hold",
            damage::wrong_isize(warc, HIT),
        ),
    ]
}

/// Record heads that say what is not so.
fn heads(warc: &Built) -> Vec<Made> {
    let length = |wrong| defects::content_length(warc, HIT, wrong);
    vec![
        (
            "length_too_long.warc.gz",
            "a record claims more than its member holds",
            length(Length::TooLong(5000)),
        ),
        ("length_too_short.warc.gz", "a record ends before its member", length(Length::TooShort(50))),
        ("length_negative.warc.gz", "a length below zero", length(Length::Negative)),
        ("length_absent.warc.gz", "no length at all", length(Length::Absent)),
        ("head_without_end.warc.gz", "4 MiB of head in 4 kB", defects::head_without_end(warc, HIT, 4)),
    ]
}

/// Files whose records fill no members of their own.
fn whole_streams(plain: &Built, one_member: &Built) -> Vec<Made> {
    let inside = damage::begin(plain, HIT) + 900;
    let unchanged = damage::splice(one_member, 0, 0..0, &[]).harmless();
    let too_long = defects::content_length(plain, HIT, Length::TooLong(300));
    vec![
        ("record_cut.warc", "a plain file that stops in a record", damage::cut(plain, inside)),
        ("length_too_long.warc", "a record claims bytes of the next; no member helps", too_long),
        (
            "one_member.warc.gz",
            "no compressed places: valid",
            unchanged.called("packed as one member".into()),
        ),
    ]
}

/// Lines that cannot be read.
fn lines(mc4: &Built) -> Vec<Made> {
    vec![
        ("line_cut.json.gz", "a line that is not JSON", defects::line_cut(mc4, HIT)),
        ("line_not_utf8.json.gz", "a line that is not UTF-8", defects::line_not_utf8(mc4, HIT)),
        ("line_too_long.json.gz", "17 MiB in 17 kB", defects::endless_line(mc4, HIT, 17)),
    ]
}

/// Archives inside payloads.
fn archives(docs: &[Doc]) -> [Defect; 2] {
    let inner = &press::docs()[..3];
    let defect = |file, shows, nest| {
        let (damaged, docs) = defects::warc_inside(docs, inner, nest);
        Defect { file, shows, damaged, docs }
    };
    [
        defect("archive_inside.warc.gz", "heads of members that are no records: valid", Nest::Several),
        defect("archive_inside_twice.warc.gz", "an archive in an archive: valid", Nest::Twice),
    ]
}
