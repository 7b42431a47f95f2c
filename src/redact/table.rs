//! A table of the evidence, cell by cell.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use super::address::{shorten, shorten_all};

/// What happens to the cells of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// An address: all of it counts, with blanks in it too.
    Address,
    /// Emptied.
    Empty,
    /// A text, in which addresses may stand.
    Text,
}

fn rule(column: &str) -> Rule {
    match column {
        "excerpt" => Rule::Empty,
        _ if column == "remote_ip" || column.starts_with("remote_") => Rule::Empty,
        _ if column == "url" || column.ends_with("_url") || column.ends_with("_urls") => Rule::Address,
        _ => Rule::Text,
    }
}

/// Copies a table, and returns its rows and the number of changed cells by column.
///
/// # Errors
/// When it is no CSV with rows of one length, or cannot be written.
pub fn copy(table: impl Read, out: impl Write) -> io::Result<(u64, BTreeMap<String, u64>)> {
    let mut reader = csv::Reader::from_reader(table);
    let mut writer = csv::Writer::from_writer(out);
    let header = reader.headers().map_err(io::Error::other)?.clone();
    let rules: Vec<(Rule, &str)> = header.iter().map(|column| (rule(column), column)).collect();
    writer.write_record(&header).map_err(io::Error::other)?;
    let (mut rows, mut changed) = (0, BTreeMap::new());
    let mut row = csv::StringRecord::new();
    while reader.read_record(&mut row).map_err(io::Error::other)? {
        rows += 1;
        let cells = row.iter().zip(&rules).map(|(cell, (rule, column))| {
            let redacted = by_rule(cell, *rule);
            if redacted != cell {
                *changed.entry((*column).to_owned()).or_insert(0) += 1;
            }
            redacted
        });
        let cells: Vec<Cow<'_, str>> = cells.collect();
        writer.write_record(cells.iter().map(|cell| cell.as_bytes())).map_err(io::Error::other)?;
    }
    writer.flush()?;
    Ok((rows, changed))
}

/// What a copy has in place of this cell.
pub fn redacted<'c>(column: &str, cell: &'c str) -> Cow<'c, str> {
    by_rule(cell, rule(column))
}

fn by_rule(cell: &str, rule: Rule) -> Cow<'_, str> {
    match rule {
        Rule::Empty => Cow::Borrowed(""),
        Rule::Text => shorten_all(cell),
        Rule::Address => {
            let short = shorten(cell);
            // A literal ends with the quote that it began with; it is cut outside its escapes, which hold no mark.
            match short.len() < cell.len() && cell.starts_with('"') {
                true => Cow::Owned(format!("{short}\"")),
                false => Cow::Borrowed(short),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_keeps_its_place_and_loses_what_must_go() {
        let table = "match_id,archive_url,excerpt,remote_ip,problems\n\
            m_1,\"\"\"https://a.fr/b?c=\\\"\\u001b d\"\"\",\"\"\"words\"\"\",1.2.3.4,at http://x.fr/?y;1\n\
            m_2,\"\"\"https://a.fr/b\"\"\",,,\n";
        let mut out = Vec::new();
        let (rows, changed) = copy(table.as_bytes(), &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "match_id,archive_url,excerpt,remote_ip,problems\n\
             m_1,\"\"\"https://a.fr/b\"\"\",,,at http://x.fr/\n\
             m_2,\"\"\"https://a.fr/b\"\"\",,,\n"
        );
        let counts: Vec<u64> = changed.values().copied().collect();
        assert_eq!((rows, counts), (2, vec![1, 1, 1, 1]));
        assert!(copy("a,b\n1\n".as_bytes(), Vec::new()).is_err());
    }
}
