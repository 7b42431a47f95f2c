//! Where articles hold what is not their own, whether a text has all of it or only some words.
//!
//! Entries stand in the order of hashes, so that those of an article can only be gathered: eight bytes for each entry that
//! others hold as well.

use super::article::{Entry, Marks};
use super::commons::Commons;
use super::file::Fingerprints;

/// The shingles of a file that are common.
#[derive(Default)]
pub struct CommonPlaces {
    /// Article, and position with the marks above it, in order.
    places: Vec<(u32, u32)>,
}

/// Bits of a position in `places`.
const POSITION_BITS: u32 = 21;

impl CommonPlaces {
    /// Those that recur, that other publishers hold, or that a commons list holds.
    pub fn of(file: &Fingerprints, commons: Option<&Commons>) -> CommonPlaces {
        let place = |entry: Entry, marks: Marks| (entry.article, entry.position() | marks.0 << POSITION_BITS);
        let marked = file.entries().filter(|entry| entry.marks().is_common());
        let mut places: Vec<(u32, u32)> = marked.map(|entry| place(entry, entry.marks())).collect();
        for hash in commons.iter().flat_map(|commons| commons.hashes()) {
            let entries = file.find(hash).map(|at| file.entry(at, hash));
            places.extend(entries.map(|entry| place(entry, Marks(entry.marks().0 | Marks::COMMONS.0))));
        }
        places.sort_unstable();
        CommonPlaces { places }
    }

    /// The positions of an article's common shingles with their marks, in order.
    pub fn article(&self, article: u32) -> impl Iterator<Item = (u32, Marks)> {
        let start = self.places.partition_point(|place| place.0 < article);
        let own =
            self.places.get(start..).unwrap_or_default().iter().take_while(move |place| place.0 == article);
        own.map(|&(_, place)| (place & ((1 << POSITION_BITS) - 1), Marks(place >> POSITION_BITS)))
    }
}
