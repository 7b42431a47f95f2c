//! The header of a list: which column holds what.

use super::cells;
use super::refusals::Refusal;

/// Columns that must be there, in the order in which the documentation names them.
pub(super) const REQUIRED: [&str; 3] = ["publisher", "title", "domain"];
const OPTIONAL: [&str; 3] = ["exclude", "valid_from", "valid_to"];

/// What people call a required column instead, beside slips of the pen.
const OTHER_NAMES: [(&str, &[&str]); 3] = [
    ("publisher", &["éditeur", "editeur", "groupe", "group", "owner", "company"]),
    ("title", &["titre", "name", "nom", "newspaper", "journal", "brand"]),
    ("domain", &["domaine", "url", "site", "website", "site web", "host", "address", "domains"]),
];

/// The place of each column that rules are made of.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Columns {
    pub publisher: usize,
    pub title: usize,
    pub domain: usize,
    pub exclude: Option<usize>,
    pub valid_from: Option<usize>,
    pub valid_to: Option<usize>,
    /// Columns that play no part, as the file names them.
    pub unused: Vec<String>,
    /// The number of columns.
    pub count: usize,
    delimiter: char,
}

impl Columns {
    /// Reads the header row of a file that parts its cells by `delimiter`.
    pub fn read(header: &csv::StringRecord, delimiter: u8) -> Result<Columns, Refusal> {
        let names: Vec<String> = header.iter().map(|cell| cell.trim().to_lowercase()).collect();
        let find = |name: &str| names.iter().position(|other| other == name);
        let missing: Vec<&'static str> = REQUIRED.into_iter().filter(|name| find(name).is_none()).collect();
        let row = || header.iter().collect::<Vec<_>>().join(",");
        if missing.len() == REQUIRED.len() && header.iter().any(|cell| cells::place(cell).is_ok()) {
            return Err(Refusal::NoHeader { row: row() });
        }
        let used = |name: &str| REQUIRED.contains(&name) || OPTIONAL.contains(&name);
        let twice = names.iter().enumerate().find(|(at, name)| used(name) && names[..*at].contains(name));
        if let Some((_, name)) = twice {
            return Err(Refusal::RepeatedColumn { name: name.clone() });
        }
        let (Some(publisher), Some(title), Some(domain)) = (find("publisher"), find("title"), find("domain"))
        else {
            let meant =
                missing.iter().filter_map(|name| Some((*name, nearest(name, &names)?.to_owned()))).collect();
            return Err(Refusal::MissingColumns { missing, found: names, meant });
        };
        let unused = names
            .iter()
            .filter(|name| !used(name))
            .map(|name| if name.is_empty() { "(no name)" } else { name });
        Ok(Columns {
            publisher,
            title,
            domain,
            exclude: find("exclude"),
            valid_from: find("valid_from"),
            valid_to: find("valid_to"),
            unused: unused.map(str::to_owned).collect(),
            count: names.len(),
            delimiter: char::from(delimiter),
        })
    }

    /// Tells whether a cell holds whole rows: a quotation mark was opened and never closed. CSV allows such a
    /// cell, and the rules in it would be lost without a word. Rows may be shorter than the header, so a line
    /// with a domain at its place is one too.
    pub fn has_swallowed_rows(&self, cell: &str) -> bool {
        let Some((_, rest)) = cell.split_once(['\n', '\r']) else { return false };
        rest.split(['\n', '\r']).any(|line| {
            let is_rule = |cell: &str| cells::place(cell.trim().trim_matches('"')).is_ok();
            line.matches(self.delimiter).count() + 1 >= self.count
                || line.split(self.delimiter).nth(self.domain).is_some_and(is_rule)
        })
    }
}

/// The column that is probably meant by a required name.
fn nearest<'n>(missing: &str, names: &'n [String]) -> Option<&'n str> {
    let others = OTHER_NAMES.iter().find(|(name, _)| *name == missing).map_or(&[][..], |(_, others)| others);
    let free = || names.iter().map(String::as_str).filter(|name| !REQUIRED.contains(name));
    let is_other = |name: &&str| OTHER_NAMES.iter().any(|(_, others)| others.contains(name));
    let slip = || {
        free()
            .filter(|name| !is_other(name) && distance(missing, name) <= 2)
            .min_by_key(|name| distance(missing, name))
    };
    free().find(|name| others.contains(name)).or_else(slip)
}

/// The number of letters to change, put in or take out (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.chars().enumerate() {
            let changed = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.chars().count()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str) -> Result<Columns, Refusal> {
        Columns::read(&header.split(',').collect(), b',')
    }

    #[test]
    fn order_case_and_blanks_play_no_part() {
        let columns = read("ISSN, Domain ,valid_to,TITLE,,publisher").expect("all columns are there");
        assert_eq!((columns.publisher, columns.title, columns.domain), (5, 3, 1));
        assert_eq!((columns.exclude, columns.valid_from, columns.valid_to), (None, None, Some(2)));
        assert_eq!((columns.unused, columns.count), (vec!["issn".to_owned(), "(no name)".to_owned()], 6));
    }

    #[test]
    fn what_was_probably_meant() {
        for (header, meant) in [
            ("publisher,title,domian", vec![("domain", "domian")]),
            ("publisher,title,url", vec![("domain", "url")]),
            (
                "éditeur,titre,domaine",
                vec![("publisher", "éditeur"), ("title", "titre"), ("domain", "domaine")],
            ),
            ("publisher,title,colour", vec![]),
        ] {
            let Err(Refusal::MissingColumns { meant: found, .. }) = read(header) else {
                panic!("{header} was read")
            };
            assert_eq!(
                found.iter().map(|(name, meant)| (*name, meant.as_str())).collect::<Vec<_>>(),
                meant,
                "{header}"
            );
        }
    }

    #[test]
    fn headers_that_are_refused() {
        assert!(matches!(read("Groupe Le Monde,Le Monde,lemonde.fr"), Err(Refusal::NoHeader { .. })));
        assert!(matches!(read("publisher,title,domain,domain"), Err(Refusal::RepeatedColumn { .. })));
        assert!(read("publisher,title,domain,note,note").is_ok());
    }

    #[test]
    fn a_cell_with_rows_in_it() {
        let columns = read("publisher,title,domain,note").expect("all columns are there");
        assert!(columns.has_swallowed_rows("seen 2020\nGroupe Le Monde,Le Monde,lemonde.fr,"));
        // Rows may have fewer cells than the header, and lines may end as on old Macs.
        assert!(columns.has_swallowed_rows("seen 2020\nGroupe Le Monde,Le Monde,lemonde.fr"));
        assert!(columns.has_swallowed_rows("seen 2020\rGroupe Le Monde,\"Le Monde\",\"lemonde.fr\",\r"));
        assert!(!columns.has_swallowed_rows("see lemonde.fr\nlemonde.fr, too\n\"a\", b, and c"));
        assert!(!columns.has_swallowed_rows("two lines,\nor, perhaps, more"));
        assert!(!columns.has_swallowed_rows("a,b,c,d,e"));
    }

    #[test]
    fn distances() {
        assert_eq!(
            [("domain", "domian"), ("domain", "domains"), ("a", ""), ("", "")].map(|(a, b)| distance(a, b)),
            [2, 1, 1, 0]
        );
    }
}
