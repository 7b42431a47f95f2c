//! A shard of any bytes: it ends in a receipt whose counts add up, and both depths find the same rows, each with the
//! digest of the bytes at its place.

use std::io::Write;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use shardproof::cell::hex;
use shardproof::container::Container;
use shardproof::evidence::part::Sealed;
use shardproof::evidence::partition::Partition;
use shardproof::evidence::receipt::{Depth, Receipt, Status};
use shardproof::evidence::row::column;
use shardproof::matching::articles::matcher::{Held, Scratch, TextReader};
use shardproof::matching::{DomainRules, publishers};
use shardproof::scan::progress::Progress;
use shardproof::scan::{Options, Scan, Wanted};
use shardproof::source::location::Location;
use shardproof::source::plan::Shard;
use shardproof::source::remote::{Limits, Network};

const LIST: &[u8] = include_bytes!("../../../fixtures/publishers.csv");

/// What a scan left.
#[derive(Clone, Debug)]
pub struct Left {
    /// The receipt.
    pub receipt: Receipt,
    /// The rows.
    pub rows: Vec<Vec<String>>,
}

/// The first byte says how the rest is packed (see [`packed`]).
pub fn holds(bytes: &[u8]) {
    let Some((&packing, content)) = bytes.split_first() else { return };
    let stored = packed(packing, content);
    let address = scanned(&stored, Depth::Address, None);
    let content = scanned(&stored, Depth::Content, None);
    let texts = scanned(&stored, Depth::Content, Some(&Reader));
    for left in [&address, &content, &texts] {
        assert_eq!(complaint(left, &stored), None, "{:?}", left.receipt);
    }
    let differs = difference(&address, &content);
    assert_eq!(differs, None, "{:?}\n{:?}", address.receipt, content.receipt);
}

/// What is wrong with what a scan of these bytes left.
pub fn complaint(left: &Left, stored: &[u8]) -> Option<String> {
    let Left { receipt, rows } = left;
    let tally = &receipt.tally;
    if tally.content != tally.clear + tally.found + tally.unread_total() + tally.damaged {
        return Some("the counts do not add up".to_owned());
    }
    let unexamined = tally.unread_total() + tally.damaged;
    match receipt.status {
        Status::Excluded => return Some("a shard that was read is not excluded".to_owned()),
        Status::Whole if unexamined > 0 || receipt.problems_total > 0 => {
            return Some("whole, with something that was not examined".to_owned());
        }
        Status::Partial | Status::Failed if receipt.reason.is_empty() => return Some("no reason".to_owned()),
        Status::Failed if !rows.is_empty() => return Some("failed, with rows".to_owned()),
        _ => {}
    }
    if receipt.sha256.is_some_and(|stated| stated != sha256(stored)) {
        return Some("the digest of another shard".to_owned());
    }
    if (rows.len() as u64) < tally.found {
        return Some(format!("{} rows for {} found records", rows.len(), tally.found));
    }
    rows.iter().find_map(|row| wrong_place(row, receipt, stored))
}

/// A row must have the digest of the bytes at its place, where it is one of the stored bytes.
fn wrong_place(row: &[String], receipt: &Receipt, stored: &[u8]) -> Option<String> {
    let cell = |name: usize| row[name].as_str();
    let is_decoded = cell(column("flags")).split(';').any(|flag| flag == "decoded_place");
    if is_decoded || !cell(column("line")).is_empty() || receipt.container == Some(Container::Zstd) {
        return None;
    }
    let number = |cell: &str| cell.parse::<usize>().ok();
    let (offset, length) = (number(cell(column("offset")))?, number(cell(column("length")))?);
    let place: Range<usize> = offset..offset.saturating_add(length);
    let Some(bytes) = stored.get(place.clone()) else {
        return Some(format!("{place:?} is outside the shard"));
    };
    let stated = cell(column("record_sha256"));
    (stated != hex(&sha256(bytes)))
        .then(|| format!("the bytes at {place:?} have another digest than {stated}"))
}

/// How the rows of the two depths differ.
pub fn difference(address: &Left, content: &Left) -> Option<String> {
    let only = |these: &Left, those: &Left| -> Vec<Vec<String>> {
        these.rows.iter().filter(|row| !those.rows.contains(row)).cloned().collect()
    };
    let (one, other) = (only(address, content), only(content, address));
    let found = (address.receipt.tally.found, content.receipt.tally.found);
    (address.rows != content.rows || found.0 != found.1)
        .then(|| format!("found {found:?}; at depth address alone {one:?}; at depth content alone {other:?}"))
}

/// The shard: as it is, in one gzip member or zstd frame, or with a member for each record, deflated or stored; of those
/// one byte may be changed, which the last three bytes name.
pub fn packed(packing: u8, content: &[u8]) -> Vec<u8> {
    let members = |level: Compression, content: &[u8]| {
        records(content).map(|record| gzip(record, level)).collect::<Vec<_>>().concat()
    };
    match packing % 7 {
        0 => content.to_vec(),
        1 => gzip(content, Compression::fast()),
        2 => members(Compression::fast(), content),
        3 => members(Compression::none(), content),
        4 => zstd::encode_all(content, 1).expect("packing into memory"),
        way => {
            let Some((content, [at, at_high, by])) = content.split_last_chunk() else {
                return content.to_vec();
            };
            let level = if way == 5 { Compression::fast() } else { Compression::none() };
            let mut stored = members(level, content);
            let at = usize::from(u16::from_le_bytes([*at, *at_high])) % stored.len().max(1);
            stored.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= by);
            stored
        }
    }
}

/// The content, cut before each line that begins a WARC record.
fn records(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    let opens = |at: &usize| content[*at..].starts_with(b"WARC/") && (*at == 0 || content[at - 1] == b'\n');
    let mut starts: Vec<usize> = (0..content.len()).filter(opens).filter(|at| *at > 0).collect();
    starts.push(content.len());
    starts.into_iter().scan(0, |from, to| Some(&content[std::mem::replace(from, to)..to]))
}

fn gzip(content: &[u8], level: Compression) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(content).and_then(|()| encoder.finish()).expect("packing into memory")
}

/// Scans one shard of these bytes, with one worker.
pub fn scanned(stored: &[u8], depth: Depth, texts: Option<&dyn TextReader>) -> Left {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("shard");
    std::fs::write(&path, stored).expect("writing the shard");
    let rules = DomainRules::new(publishers::parse(LIST).expect("a right list"));
    let interrupt = Arc::new(AtomicBool::new(false));
    let scan = Scan {
        wanted: Wanted { rules: Some(&rules), texts },
        options: &options(folder.path(), depth),
        partition: Partition::WHOLE,
        parts: folder.path(),
        network: &Network::new(Limits::default(), Arc::clone(&interrupt)),
        progress: &Progress::default(),
        interrupt: &interrupt,
    };
    let shard = Shard { name: "shard".to_owned(), location: Location::File(path) };
    assert!(scan.all(&[shard], &[false], NonZeroUsize::MIN).expect("written"), "nobody interrupts it");
    let open = || Sealed::open(&scan.part(0)).expect("readable").expect("there is a receipt");
    assert!(open().is_intact().expect("readable"), "sealed as it is");
    let (receipt, mut rows) = (open().footer.receipt, Vec::new());
    let pushed = open().rows("", |row, _| {
        rows.push(row);
        Ok(())
    });
    pushed.expect("readable");
    Left { receipt, rows }
}

fn options(out: &Path, depth: Depth) -> Options {
    Options {
        out: out.to_owned(),
        depth,
        shard_hash: true,
        keep: true,
        census: true,
        dataset: None,
        release: None,
        fields: None,
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Reads the words of each text, and finds nothing in it.
struct Reader;

impl TextReader for Reader {
    fn read(&self, text: &str, _: Option<&str>, scratch: &mut Scratch) -> Vec<Held> {
        scratch.words.read_hashes(text);
        Vec::new()
    }
}
