//! Damage to the bytes of a file, with its true extent.
//!
//! Everything here is `splice`: a range of the file is replaced by other bytes, and what is then true of each
//! record is found out from the bytes, not assumed. What is wrong *inside* a well-packed record is in
//! `defects`.

use std::io::Read;
use std::ops::Range;

use super::frame::{Framing, Kind, Member, Placed};
use super::shards::{Built, Format, cut as index};

/// What is left of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Its bytes are as they were, and so is every member they lie in.
    Intact,
    /// Its bytes can still be decoded, but the member they lie in has lost its end or its checksum does not
    /// hold. A reader may get at it or not; it must not pass it off as whole.
    Unverified,
    /// Not there as it was.
    Touched,
}

/// A damaged file and what is true of it.
#[derive(Clone, Debug)]
pub struct Damaged {
    /// What was done, for messages.
    pub what: String,
    pub name: String,
    pub bytes: Vec<u8>,
    /// Whether the bytes alone show that something is wrong. False for files that only look odd, and for a
    /// file cut exactly between two members or records, which nothing but a promised length betrays.
    pub faulty: bool,
    /// The records of the file as it was. `compressed` (and `decoded` in a plain file) hold in the new bytes
    /// unless the record is touched; `decoded` of a packed file is the place in the stream before the damage.
    pub records: Vec<(Placed, State)>,
}

impl Damaged {
    /// The documents whose content record is in `state`.
    pub fn docs(&self, state: State) -> Vec<usize> {
        self.placed(state).filter_map(|record| record.doc).collect()
    }

    /// The records in `state`.
    pub fn placed(&self, state: State) -> impl Iterator<Item = &Placed> {
        self.records.iter().filter(move |(_, found)| *found == state).map(|(record, _)| record)
    }

    /// The same, under another description.
    pub fn called(self, what: String) -> Damaged {
        Damaged { what, ..self }
    }

    /// The same, declared to be no fault: the file only looks odd.
    pub fn harmless(self) -> Damaged {
        Damaged { faulty: false, ..self }
    }
}

/// The file ends at byte `at`.
pub fn cut(built: &Built, at: u64) -> Damaged {
    let damaged = splice(built, 0, at..built.bytes().len() as u64, &[]).called(format!("cut at byte {at}"));
    Damaged { faulty: !is_an_end(built, at), ..damaged }
}

/// Whether the first file could as well end at byte `at`.
fn is_an_end(built: &Built, at: u64) -> bool {
    let lines = built.format.kind() == Kind::Lines;
    if built.framing != Framing::Plain {
        let decoded = built.decoded(0);
        let closes = |member: &Member| !lines || decoded[..member.decoded.end as usize].ends_with(b"\n");
        return built.members.iter().any(|m| m.file == 0 && m.compressed.end == at && closes(m));
    }
    match built.format {
        // Text can end anywhere; that of 21.09 is checked against its heads.
        Format::Oscar2019 => at > 0,
        Format::Oscar2109 => at + 1 >= built.bytes().len() as u64,
        _ => built
            .records
            .iter()
            .any(|record| at == record.decoded.end || lines && at == record.decoded.end + 1),
    }
}

/// `n` bytes from `at` on have their bits turned.
pub fn flip(built: &Built, at: u64, n: u64) -> Damaged {
    let range = at..at + n;
    let flipped: Vec<u8> = built.bytes()[index(&range)].iter().map(|byte| !byte).collect();
    splice(built, 0, range, &flipped).called(format!("{n} bytes flipped at {at}"))
}

/// The bytes of `range` are gone.
pub fn remove(built: &Built, range: Range<u64>) -> Damaged {
    splice(built, 0, range.clone(), &[]).called(format!("bytes {range:?} removed"))
}

/// `n` bytes of garbage stand before the content record of `doc` (in front of its member where it is packed).
pub fn garbage_before(built: &Built, doc: usize, n: usize) -> Damaged {
    let at = begin(built, doc);
    splice(built, 0, at..at, &garbage(n)).called(format!("{n} bytes of garbage at {at}"))
}

/// `n` gzip members of nothing stand before the content record of `doc`. Valid gzip.
pub fn empty_members_before(built: &Built, doc: usize, n: usize) -> Damaged {
    let at = begin(built, doc);
    let empty = super::gzip::member(b"").repeat(n);
    splice(built, 0, at..at, &empty).called(format!("{n} empty members at {at}")).harmless()
}

/// The CRC in the trailer of the member of `doc` is wrong.
pub fn wrong_crc(built: &Built, doc: usize) -> Damaged {
    flip(built, gzip_end(built, doc) - 8, 4).called("wrong CRC".into())
}

/// The length in the trailer of the member of `doc` is wrong.
pub fn wrong_isize(built: &Built, doc: usize) -> Damaged {
    flip(built, gzip_end(built, doc) - 4, 4).called("wrong ISIZE".into())
}

fn gzip_end(built: &Built, doc: usize) -> u64 {
    assert!(matches!(built.framing, Framing::GzipPerRecord | Framing::GzipWhole), "a gzip trailer");
    member(built, doc).compressed.end
}

/// Replaces `range` of file number `file` by `new`.
pub fn splice(built: &Built, file: usize, range: Range<u64>, new: &[u8]) -> Damaged {
    let (name, old) = &built.files[file];
    let range_index = index(&range);
    let bytes = [&old[..range_index.start], new, &old[range_index.end..]].concat();
    let grown = new.len() as i64 - (range.end - range.start) as i64;
    let mut damage = Splice { built, old, bytes: &bytes, file, range, grown, members: Vec::new() };
    damage.members = built
        .members
        .iter()
        .filter(|member| member.file == file)
        .map(|member| damage.looked_at(member))
        .collect();
    let here = built.records.iter().filter(|record| record.file == file);
    let records = here.map(|record| damage.judged(record)).collect();
    Damaged { what: format!("{name} spliced"), name: name.clone(), faulty: true, records, bytes }
}

/// Bytes that look like nothing: no gzip or zstd magic, no line end.
pub fn garbage(n: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        b"abcdefghijklmnopqrstuvwxyz\xc0\xe9\xff\x00"[(state >> 16) as usize % 30]
    };
    (0..n).map(|_| next()).collect()
}

/// The member that holds the begin of the content record of `doc`.
pub fn member(built: &Built, doc: usize) -> &Member {
    let place = &built.of(doc).unwrap_or_else(|| panic!("document {doc} has no record")).decoded;
    let holds = |member: &&Member| member.file == 0 && member.decoded.contains(&place.start);
    built.members.iter().find(holds).expect("a packed file")
}

/// Where the content record of `doc` begins in the first file, or the member that it begins in.
pub fn begin(built: &Built, doc: usize) -> u64 {
    match built.framing {
        Framing::Plain => built.of(doc).expect("a document of this format").decoded.start,
        _ => member(built, doc).compressed.start,
    }
}

/// One replacement, and the means to judge records by it.
struct Splice<'a> {
    built: &'a Built,
    old: &'a [u8],
    bytes: &'a [u8],
    file: usize,
    range: Range<u64>,
    grown: i64,
    /// The members of the file, each with how far into the stream it can still be decoded, and whether it is
    /// untouched.
    members: Vec<(Range<u64>, u64, bool)>,
}

impl Splice<'_> {
    fn judged(&self, record: &Placed) -> (Placed, State) {
        let mut record = record.clone();
        if self.built.framing == Framing::Plain {
            let place = self.moved(&record.decoded);
            let state = match &place {
                Some(place) if self.stands_at(place, &record.decoded) => State::Intact,
                _ => State::Touched,
            };
            record.decoded = place.unwrap_or(record.decoded);
            return (record, state);
        }
        let place = &record.decoded;
        let mut own =
            self.members.iter().filter(|(range, ..)| range.start < place.end && place.start < range.end);
        if own.clone().all(|(.., untouched)| *untouched) {
            record.compressed = record.compressed.and_then(|place| self.moved(&place));
            return (record, State::Intact);
        }
        let readable = own.all(|(range, until, _)| place.end.min(range.end) <= *until);
        (record, if readable { State::Unverified } else { State::Touched })
    }

    fn looked_at(&self, member: &Member) -> (Range<u64>, u64, bool) {
        let untouched = self.moved(&member.compressed).is_some();
        let until = if untouched { member.decoded.end } else { member.decoded.start + self.readable(member) };
        (member.decoded.clone(), until, untouched)
    }

    /// Where an untouched range lies now.
    fn moved(&self, place: &Range<u64>) -> Option<Range<u64>> {
        if place.end <= self.range.start {
            Some(place.clone())
        } else if place.start >= self.range.end {
            Some(place.start.wrapping_add_signed(self.grown)..place.end.wrapping_add_signed(self.grown))
        } else {
            None
        }
    }

    /// Whether the record of a plain file is still bounded as it was: a line by line ends.
    fn stands_at(&self, place: &Range<u64>, before: &Range<u64>) -> bool {
        let place = index(place);
        let same = self.bytes[place.clone()] == self.old[index(before)];
        let begins = place.start == 0 || self.bytes[place.start - 1] == b'\n';
        let ends = self.bytes.get(place.end).is_none_or(|&byte| byte == b'\n');
        same && (self.built.format.kind() == Kind::Records || (begins && ends))
    }

    /// How many bytes of a touched member can still be decoded to what they were.
    fn readable(&self, member: &Member) -> u64 {
        if self.range.start <= member.compressed.start {
            return 0;
        }
        let rest = &self.bytes[member.compressed.start as usize..];
        let mut decoder: Box<dyn Read> = match self.built.framing {
            Framing::Zstd | Framing::ZstdOneFrame => match zstd::Decoder::new(rest) {
                Ok(decoder) => Box::new(decoder.single_frame()),
                Err(_) => return 0,
            },
            _ => Box::new(flate2::read::GzDecoder::new(rest)),
        };
        let before = self.built.decoded(self.file);
        let expected = &before[index(&member.decoded)];
        let (mut count, mut chunk) = (0, [0; 256]);
        while let Ok(n @ 1..) = decoder.read(&mut chunk) {
            let same =
                chunk[..n].iter().zip(&expected[count..]).take_while(|(now, then)| now == then).count();
            count += same;
            if same < n {
                break;
            }
        }
        count as u64
    }
}
