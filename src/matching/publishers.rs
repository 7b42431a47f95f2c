//! The list of publishers: which title claims which domain.
//!
//! In comes a CSV file with the columns `publisher,title,domain` and perhaps `exclude,valid_from,valid_to`.
//! Out go patterns, numbered titles and the lints a user should read. A list with one row that cannot be used
//! is refused as a whole: scanning with the rest would report the missing title as absent.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::columns::Columns;
use super::coverage::Coverage;
use super::index::Index;
use super::lints::Lint;
use super::names::Names;
use super::overlaps;
use super::patterns::{Effect, Patterns};
use super::refusals::{ListError, Refusal};
use super::rows::Rows;
use crate::sheet;

/// A list of a million rules has some 40 MB. The limit also keeps every position in a list within 32 bits.
const LARGEST: u64 = 1 << 30;

/// A list that was read, checked and made ready for looking things up.
#[derive(Debug)]
pub struct PublisherList {
    pub(super) patterns: Patterns,
    pub(super) coverage: Coverage,
    /// Titles; the owner of a title is its publisher.
    pub(super) titles: Names,
    publishers: Names,
    lints: Vec<Lint>,
    rows: u64,
    sha256: String,
}

/// One rule of a list: this place is content of this title.
#[derive(Clone, Copy)]
pub struct Rule<'r> {
    list: &'r PublisherList,
    id: u32,
    title: u32,
}

/// A title with its publisher; the pair is what evidence is counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Title<'r> {
    /// Numbers follow the order of first appearance in the list, without gaps.
    pub id: u32,
    /// As the list has it.
    pub publisher: &'r str,
    /// As the list has it.
    pub title: &'r str,
}

/// Reads the list in a file.
pub fn load(path: &Path) -> Result<PublisherList, ListError> {
    let bytes = read(path).map_err(|why| ListError::from(Refusal::Unreadable { why }).at(path))?;
    parse(&bytes).map_err(|error| error.at(path))
}

/// Reads a list from its bytes.
pub fn parse(bytes: &[u8]) -> Result<PublisherList, ListError> {
    let text = checked_text(bytes)?;
    let Rows { mut patterns, publishers, titles, mut lints, mut problems, count, .. } = read_rows(text)?;
    let titles = titles.finish();
    let index = Index::new(&patterns);
    let index = overlaps::drop_duplicates(&mut patterns, index, &mut lints);
    overlaps::check_equals(&patterns, &titles, &index, &mut lints, &mut problems);
    problems.refuse()?;
    let coverage = Coverage::new(&patterns, index);
    overlaps::check_nesting(&patterns, &titles, &coverage, &mut lints);
    Ok(PublisherList {
        patterns: patterns.finish(),
        coverage,
        titles,
        publishers: publishers.finish(),
        lints: lints.finish(),
        rows: count,
        sha256: data_encoding::HEXLOWER.encode(&Sha256::digest(bytes)),
    })
}

impl PublisherList {
    /// The rules, in the order of the list. Exclusions are not among them.
    pub fn rules(&self) -> impl Iterator<Item = Rule<'_>> {
        self.patterns.ids().filter_map(|id| self.rule(id))
    }

    /// The distinct pairs of publisher and title that have a rule, in order of first appearance.
    pub fn titles(&self) -> impl ExactSizeIterator<Item = Title<'_>> {
        (0..self.titles.len() as u32).map(|id| self.title(id))
    }

    /// What a user should look at.
    pub fn lints(&self) -> &[Lint] {
        &self.lints
    }

    /// The number of rows below the header, blank ones left out.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The SHA-256 of the file, byte for byte, in lower-case hexadecimal digits.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The pattern as a rule, if it is one.
    pub(super) fn rule(&self, id: u32) -> Option<Rule<'_>> {
        match self.patterns.get(id).effect {
            Effect::Claims { title } => Some(Rule { list: self, id, title }),
            Effect::ExcludesTitle { .. } | Effect::ExcludesPublisher { .. } => None,
        }
    }

    fn title(&self, id: u32) -> Title<'_> {
        Title { id, publisher: self.publishers.name(self.titles.owner(id)), title: self.titles.name(id) }
    }
}

impl<'r> Rule<'r> {
    /// The publisher as the list has it.
    pub fn publisher(&self) -> &'r str {
        self.list.title(self.title).publisher
    }

    /// The title as the list has it.
    pub fn title(&self) -> &'r str {
        self.list.title(self.title).title
    }

    /// The number of the pair of publisher and title, as in [`Title::id`].
    pub fn title_id(&self) -> u32 {
        self.title
    }

    /// The rule in its one spelling: `lemonde.fr`, `bbc.co.uk/news`.
    pub fn text(&self) -> &'r str {
        self.list.patterns.text(self.id)
    }

    /// The line of the list on which the row begins.
    pub fn line(&self) -> u32 {
        self.list.patterns.get(self.id).line
    }
}

impl fmt::Debug for Rule<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ({}, line {})", self.text(), self.title(), self.line())
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // One byte more than allowed shows that the file is too large.
    File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of a list, without a byte order mark.
fn checked_text(bytes: &[u8]) -> Result<&str, Refusal> {
    if bytes.len() as u64 > LARGEST {
        return Err(Refusal::TooLarge { limit: LARGEST });
    }
    let text = str::from_utf8(bytes).map_err(|error| {
        let byte = error.valid_up_to();
        let line = 1 + memchr::memchr_iter(b'\n', &bytes[..byte]).count() as u64;
        Refusal::NotUtf8 {
            line,
            byte,
            utf16: bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF"),
        }
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() { Err(Refusal::Empty) } else { Ok(text) }
}

fn read_rows(text: &str) -> Result<Rows, Refusal> {
    let unreadable = |error: csv::Error| Refusal::Unreadable { why: error.into() };
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let stated = sheet::stated_delimiter(first);
    let delimiter = stated.unwrap_or_else(|| sheet::delimiter(first));
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    if stated.is_some() {
        reader.read_record(&mut record).map_err(unreadable)?;
    }
    reader.read_record(&mut record).map_err(unreadable)?;
    let columns = Columns::read(&record, delimiter)?;
    let mut rows = Rows::default();
    while reader.read_record(&mut record).map_err(unreadable)? {
        rows.read(line(text, &record), &record, &columns);
    }
    if rows.count == 0 {
        return Err(Refusal::NoRows);
    }
    rows.end(&columns);
    Ok(rows)
}

/// The line on which a row begins. The reader counts from the end of the row before, so blank lines between
/// are added.
fn line(text: &str, record: &csv::StringRecord) -> u32 {
    let Some(position) = record.position() else { return 0 };
    let ahead = text.as_bytes().get(position.byte() as usize..).unwrap_or_default();
    let blank =
        ahead.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|&&byte| byte == b'\n').count();
    // The size limit of a list keeps the number of its lines within 32 bits.
    position.line() as u32 + blank as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> PublisherList {
        parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}"))
    }

    fn texts(list: &PublisherList) -> Vec<&str> {
        list.rules().map(|rule| rule.text()).collect()
    }

    #[test]
    fn rules_titles_and_lines() {
        let list = list(
            "publisher,title,domain\n\
             Groupe Le Monde, Le Monde ,www.LeMonde.fr\n\
             \n\
             \"Dupont, Fils\",\"Le \"\"Petit\"\" Journal\",journal-é.fr/Une/\n\
             Groupe Le Monde,Le Monde,lemonde.com\n\
             Dupont,Le Monde,dupont.fr\n",
        );
        let rules: Vec<_> =
            list.rules().map(|r| (r.publisher(), r.title(), r.text(), r.title_id(), r.line())).collect();
        assert_eq!(
            rules,
            [
                ("Groupe Le Monde", "Le Monde", "lemonde.fr", 0, 2),
                ("Dupont, Fils", "Le \"Petit\" Journal", "xn--journal--i1a.fr/Une", 1, 4),
                ("Groupe Le Monde", "Le Monde", "lemonde.com", 0, 5),
                ("Dupont", "Le Monde", "dupont.fr", 2, 6),
            ]
        );
        let titles: Vec<_> = list.titles().map(|title| (title.id, title.publisher, title.title)).collect();
        assert_eq!(
            titles,
            [
                (0, "Groupe Le Monde", "Le Monde"),
                (1, "Dupont, Fils", "Le \"Petit\" Journal"),
                (2, "Dupont", "Le Monde")
            ]
        );
        assert_eq!((list.rows(), list.lints()), (4, &[][..]));
    }

    #[test]
    fn the_digest_is_that_of_the_bytes() {
        let text = "\u{feff}publisher,title,domain\r\na,b,a.fr\r\n";
        let list = list(text);
        assert_eq!(list.sha256(), data_encoding::HEXLOWER.encode(&Sha256::digest(text)));
        assert_eq!(texts(&list), ["a.fr"]);
    }

    #[test]
    fn files_as_programs_write_them() {
        for text in [
            "Domain ,TITLE,publisher\na.fr,b,c\n",
            "publisher;title;domain\r\nc;b, d;a.fr\r\n",
            "\u{feff}\"publisher\";\"title\";\"domain\"\nc;b;a.fr",
            "\n\npublisher,title,domain,\nc,b,a.fr,\n,,,\n",
            "publisher,title,domain,exclude\nc,b,a.fr\n",
            "publisher\ttitle\tdomain\nc\tb, d\ta.fr\n",
            "\u{feff}sep=;\r\npublisher;title;domain\r\nc;b, d;a.fr\r\n",
            "sep=\t\npublisher\ttitle\tdomain\nc\tb\ta.fr\n",
        ] {
            assert_eq!(texts(&list(text)), ["a.fr"], "{text}");
            let rows_behind = text.lines().position(|line| line.contains("a.fr")).map(|line| line as u32 + 1);
            assert_eq!(list(text).rules().next().map(|rule| rule.line()), rows_behind, "{text}");
        }
    }

    #[test]
    fn a_missing_file_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("list.csv");
        let message = load(&path).expect_err("no such file").to_string();
        let start = format!("publisher list `{}`: cannot be read: ", path.display());
        assert!(message.starts_with(&start) && message.contains("\nhint: "), "{message}");
        std::fs::write(&path, "publisher,title,domain\na,b,fr\n").expect("a file");
        let message = load(&path).expect_err("a public suffix").to_string();
        assert!(
            message
                .starts_with(&format!("publisher list `{}`: 1 row cannot be used\nline 2: ", path.display()))
        );
        std::fs::write(&path, "publisher,title,domain\na,b,a.fr\n").expect("a file");
        assert_eq!(load(&path).map(|list| list.rows()).ok(), Some(1));
    }

    #[test]
    fn what_looks_odd_is_told() {
        for (rows, expected) in [
            ("a,b,a.fr\na,b,www.a.fr", "line 3: `a.fr` is the rule of line 2 again; it counts once"),
            (
                "a,b,a.fr\na,c,a.fr",
                "line 3: `a.fr` belongs to another title on line 2; a record gives a row for each",
            ),
            ("a,b,x.a.fr\na,b,a.fr", "line 2: `x.a.fr` lies within `a.fr` of the same title on line 3"),
            ("a,b,a.fr/x\na,b,a.fr", "line 2: `a.fr/x` lies within `a.fr` of the same title on line 3"),
            (
                "a,b,y.a.fr/x/y\na,b,a.fr/x",
                "line 2: `y.a.fr/x/y` lies within `a.fr/x` of the same title on line 3",
            ),
            (
                "a,b,blogspot.com",
                "line 2: `blogspot.com` is a platform where anybody can have a site; all of them would be found",
            ),
            ("a,b,lemonde.frr", "line 2: `lemonde.frr` ends in no known public suffix; is it spelt right?"),
            ("a,b,https://www.a.fr/", "line 2: `https://www.a.fr/` is read as `a.fr`"),
            ("a,b,*.a.fr", "line 2: `*.a.fr` is read as `a.fr`"),
            (
                "a,b,a.fr/x.html",
                "line 2: `a.fr/x.html` covers this page only; write the domain to cover the site",
            ),
            (
                "a,b,a.fr,b.fr",
                "line 2: the exclusion of `b.fr` has no effect; no rule it belongs to covers that",
            ),
            (
                "a,b,a.fr\nc,,x.a.fr,yes",
                "line 3: the exclusion of `x.a.fr` has no effect; no rule it belongs to covers that",
            ),
            (
                "a,b,a.fr,,2008-01-01\na,b,b.fr",
                "rows without dates: 1, the first on line 3; others have dates, these hold on any day",
            ),
        ] {
            let list = list(&format!("publisher,title,domain,exclude,valid_from\n{rows}\n"));
            let lints: Vec<String> = list.lints().iter().map(ToString::to_string).collect();
            assert_eq!(lints, [expected], "{rows}");
        }
        let list = list("publisher,ISSN,title,domain,note\na,1,b,a.fr,\n");
        assert_eq!(list.lints()[0].to_string(), "columns that play no part: `issn`, `note`");
    }

    #[test]
    fn what_looks_right_is_not_told() {
        for rows in [
            // Two periods of one rule, a rule within an excluded part, a title between two rules of another.
            "a,b,a.fr,,2008-01-01,2009-01-01\na,b,a.fr,,2010-01-01,",
            "a,b,a.fr,x.a.fr,,\na,b,y.x.a.fr,,,",
            "a,b,a.fr,,,\na,c,x.a.fr,,,\na,b,y.x.a.fr,,,",
            "a,b,a.fr,,,\na,,x.a.fr,yes,,",
            "a,b,ab.fr,,,\na,b,b.fr,,,",
        ] {
            let list = list(&format!("publisher,title,domain,exclude,valid_from,valid_to\n{rows}\n"));
            assert_eq!(list.lints(), [], "{rows}");
        }
    }

    #[test]
    fn a_duplicate_leaves_one_rule_and_the_others_alone() {
        let list = list("publisher,title,domain,exclude\na,b,a.fr,x.a.fr\na,b,www.a.fr,x.a.fr\na,b,b.fr,\n");
        assert_eq!((texts(&list), list.rows(), list.lints().len()), (vec!["a.fr", "b.fr"], 3, 1));
    }
}
