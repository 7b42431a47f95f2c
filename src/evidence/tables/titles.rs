//! The titles of a run, by their names.

/// Indices of the titles, by publisher and title.
pub(super) fn sorted(titles: &[(&str, &str)]) -> Vec<u32> {
    let mut sorted: Vec<u32> = (0..titles.len() as u32).collect();
    sorted.sort_unstable_by_key(|index| titles[*index as usize]);
    sorted
}

/// The index of the title with these names.
pub(super) fn title_of(titles: &[(&str, &str)], sorted: &[u32], names: (&str, &str)) -> Option<usize> {
    let found = sorted.binary_search_by_key(&names, |index| titles[*index as usize]).ok()?;
    sorted.get(found).map(|index| *index as usize)
}

/// The value of a cell that the guard may have made a literal.
pub(super) fn unguarded(cell: &str) -> String {
    match cell.starts_with('"') {
        true => serde_json::from_str(cell).unwrap_or_else(|_| cell.to_owned()),
        false => cell.to_owned(),
    }
}
