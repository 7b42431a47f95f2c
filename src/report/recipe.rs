//! The lines that check a row without this tool: `curl`, `gunzip` or `zstd`, `tail`, `head`, `sed` and `sha256sum`.

use std::path::Path;

use super::quoting;
use crate::container::Container;
use crate::place::Place;

/// Where the shard is.
#[derive(Clone, Copy, Debug)]
pub enum Origin<'o> {
    /// At this address.
    Web(&'o str),
    /// On this machine.
    File(&'o Path),
}

/// What a line does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Prints the SHA-256 of the record's bytes.
    Record,
    /// Prints it as well, from the number of the line.
    Line,
    /// Shows the record.
    Read,
    /// Prints the SHA-256 of the whole file.
    Shard,
}

/// Makes the lines for a record at this place. None when the name of the file cannot be written in a line.
///
/// `several` says that the place of a line may hold several: the documents of a text file.
pub fn lines(
    place: &Place,
    container: Container,
    several: bool,
    origin: Origin<'_>,
) -> Option<Vec<(What, String)>> {
    let extent = place.extent();
    let (offset, length) = (extent.offset, extent.length);
    let cut = format!("tail -c +{} | head -c {length}", offset.saturating_add(1));
    // The whole file, its decoded bytes, and the stored bytes of the record.
    let (hash, decoded, stored) = match origin {
        Origin::Web(url) => {
            // curl takes brackets and braces for a set of addresses, unless it is told not to.
            let curl = if url.contains(['[', ']', '{', '}']) { "curl -gfsSL" } else { "curl -fsSL" };
            let url = quoting::word(url.as_bytes())?;
            let decode = match container {
                Container::Gzip => " | gunzip",
                Container::Zstd => " | zstd -dc",
                Container::Plain => "",
            };
            let last = extent.end().saturating_sub(1);
            (
                format!("{curl} {url} | sha256sum"),
                format!("{curl} {url}{decode}"),
                format!("{curl} -r {offset}-{last} {url}"),
            )
        }
        Origin::File(path) => {
            let path = quoting::path(path)?;
            let decode = match container {
                Container::Gzip => "gunzip",
                Container::Zstd => "zstd -dc",
                Container::Plain => "cat",
            };
            (
                format!("sha256sum < {path}"),
                format!("{decode} < {path}"),
                format!("tail -c +{} < {path} | head -c {length}", offset.saturating_add(1)),
            )
        }
    };
    let is_stored = matches!(place, Place::Member(_)) || container == Container::Plain;
    let record = if is_stored { stored } else { format!("{decoded} | {cut}") };
    let mut lines = vec![(What::Record, format!("{record} | sha256sum"))];
    if let Some(line) = place.line() {
        let pick = if several { format!("{line},$p") } else { format!("{line}{{p;q;}}") };
        lines.push((What::Line, format!("{decoded} | sed -n '{pick}' | head -c {length} | sha256sum")));
    }
    let unpack = if matches!(place, Place::Member(_)) { " | gunzip" } else { "" };
    lines.push((What::Read, format!("{record}{unpack} | less")));
    lines.push((What::Shard, hash));
    Some(lines)
}

/// The same for the kept copy of a record, a gzip member at `offset` of a file.
pub fn kept(place: &Place, path: &Path, offset: u64, length: u64) -> Option<Vec<(What, String)>> {
    let path = quoting::path(path)?;
    let member = format!("tail -c +{} < {path} | head -c {length}", offset.saturating_add(1));
    let record = match place {
        Place::Member(_) => member.clone(),
        // The line feed that ends a line is in the copy, and not in the place.
        _ => format!("{member} | gunzip | head -c {}", place.extent().length),
    };
    Some(vec![
        (What::Record, format!("{record} | sha256sum")),
        (What::Read, format!("{member} | gunzip | less")),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::Extent;

    const EXTENT: Extent = Extent { offset: 10, length: 5 };

    fn all(place: Place, container: Container) -> Vec<String> {
        let lines = lines(&place, container, false, Origin::Web("https://h/x")).unwrap();
        lines.into_iter().map(|(_, line)| line).collect()
    }

    #[test]
    fn a_member_is_fetched_alone() {
        assert_eq!(
            all(Place::Member(EXTENT), Container::Gzip),
            [
                "curl -fsSL -r 10-14 https://h/x | sha256sum",
                "curl -fsSL -r 10-14 https://h/x | gunzip | less",
                "curl -fsSL https://h/x | sha256sum",
            ]
        );
    }

    #[test]
    fn a_line_is_found_by_its_bytes_and_by_its_number() {
        let lines = all(Place::Line(EXTENT, 3), Container::Zstd);
        assert_eq!(lines[0], "curl -fsSL https://h/x | zstd -dc | tail -c +11 | head -c 5 | sha256sum");
        assert_eq!(lines[1], "curl -fsSL https://h/x | zstd -dc | sed -n '3{p;q;}' | head -c 5 | sha256sum");
        let plain = all(Place::Line(EXTENT, 3), Container::Plain);
        assert_eq!(plain[0], "curl -fsSL -r 10-14 https://h/x | sha256sum");
    }

    #[test]
    fn an_address_with_brackets_is_one_address() {
        let lines = |url| lines(&Place::Member(EXTENT), Container::Gzip, false, Origin::Web(url)).unwrap();
        for url in ["https://h/[x]/y", "https://h/y?a={1}"] {
            assert!(lines(url).iter().all(|(_, line)| line.starts_with("curl -gfsSL ")), "{url}");
        }
    }

    #[test]
    fn a_local_file_needs_no_curl() {
        let path = Path::new("a b.gz");
        let lines = lines(&Place::Decoded(EXTENT), Container::Gzip, false, Origin::File(path)).unwrap();
        assert_eq!(lines[0].1, "gunzip < 'a b.gz' | tail -c +11 | head -c 5 | sha256sum");
        let kept = kept(&Place::Member(EXTENT), path, 0, 5).unwrap();
        assert_eq!(kept[0].1, "tail -c +1 < 'a b.gz' | head -c 5 | sha256sum");
    }
}
