//! The loaders of fingerprint files, side files and commons lists, with files that their checksum does not refuse.

use shardproof::fingerprint::commons::Commons;
use shardproof::fingerprint::file::Fingerprints;
use shardproof::fingerprint::key::Key;
use shardproof::fingerprint::shingle::HASH_BITS;
use shardproof::fingerprint::side::Side;
use shardproof::matching::articles::matcher::{Held, Matcher, Scratch};
use tempfile::NamedTempFile;
use xxhash_rust::xxh3::xxh3_64;

/// The text that articles are looked for in.
pub const TEXT: &str = include_str!("../../../fixtures/fuzz/text.txt");

/// The bytes are a file without its last checksum.
pub fn holds(bytes: &[u8]) {
    looked_at(bytes);
}

/// Opens a file as what it may be, looks everything up in it, and gives back what the text holds of its articles.
/// `None` when it is refused as a fingerprint file.
pub fn looked_at(content: &[u8]) -> Option<Vec<Held>> {
    let mut file = NamedTempFile::new().expect("a temporary file");
    let whole = [content, &xxh3_64(content).to_le_bytes()].concat();
    std::io::Write::write_all(&mut file, &whole).expect("writing it");
    let key = Key::public();
    if let Ok(side) = Side::open(file.path(), &key) {
        let (mut words, mut quoted) = (Vec::new(), Vec::new());
        if side.read("gazette-essai.example", "a-0001", &mut words, &mut quoted) {
            assert_eq!(words.len(), quoted.len());
        }
        let _ = side.sha256();
    }
    if let Ok(commons) = Commons::open(file.path(), &key) {
        assert!(
            (0..=HASH_BITS).filter(|bit| commons.holds((1 << bit) - 1)).count() as u64
                <= commons.header.shingles
        );
    }
    let file = Fingerprints::open(file.path(), None).ok()?;
    let _ = (file.sha256(), file.is_intact(), file.is_empty());
    for article in (0..file.len().min(1000)).chain([u32::MAX]) {
        let _ = (file.counts(article), file.texts(article), file.publisher(article), file.agency(article));
    }
    let entries: Vec<_> = file.entries().take(10_000).collect();
    assert!(entries.len() as u64 <= file.header.shingles);
    for hash in (0..=HASH_BITS).map(|bit| (1 << bit) - 1) {
        let found = file.find(hash);
        assert!(found.start <= found.end && u64::from(found.end) <= file.header.shingles, "{found:?}");
        let _ = found.map(|index| file.entry(index, hash)).max();
    }
    let matcher = Matcher::new(file, Vec::new(), None, true);
    Some(matcher.examine(TEXT, &mut Scratch::default()))
}
