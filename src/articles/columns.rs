//! The names under which exports keep what an article is made of.

/// What is looked for in an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Id,
    Text,
    Title,
    Url,
    Date,
    Publisher,
    Language,
    Credit,
}

/// The key of each field in a request, and the names that are tried in order when the request names none.
const FIELDS: [(Field, &str, &[&str]); 8] = [
    (Field::Id, "id", &["id", "guid", "article_id", "uuid"]),
    (Field::Text, "text", &["text", "body", "content", "article", "articleBody", "plain_text", "maintext"]),
    (Field::Title, "title", &["title", "headline", "name"]),
    (Field::Url, "url", &["url", "link", "canonical", "address", "permalink"]),
    (
        Field::Date,
        "date",
        &["date", "published", "datePublished", "published_at", "publication_date", "timestamp", "pubDate"],
    ),
    (Field::Publisher, "publisher", &["publisher", "source", "outlet", "domain", "site"]),
    (Field::Language, "lang", &["lang", "language", "inLanguage"]),
    (Field::Credit, "credit", &["credit", "byline", "author", "agency", "creditText"]),
];

impl Field {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Field> {
        FIELDS.iter().map(|(field, ..)| *field)
    }

    /// The names that are tried in order, in any case.
    pub fn names(self) -> &'static [&'static str] {
        FIELDS.iter().find(|(field, ..)| *field == self).map_or(&[], |(_, _, names)| names)
    }
}

/// Names of the columns (CSV) or fields (JSON) that a request gives. What it does not name is looked for
/// under the names that exports use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    named: Vec<(Field, String)>,
}

impl Columns {
    /// Reads `id=guid,text=body,title=headline,url=link,date=pub,publisher=source,lang=lang,credit=byline`,
    /// or some of it. A dot in a name goes into a JSON object.
    ///
    /// # Errors
    /// One sentence about the first part that is wrong.
    pub fn parse(text: &str) -> Result<Columns, String> {
        let mut columns = Columns::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (key, name) =
                part.split_once('=').map(|(key, name)| (key.trim(), name.trim())).ok_or_else(|| {
                    format!("`{part}` is not of the form `key=name`, with a key out of {}", known())
                })?;
            let found = FIELDS.iter().find(|(_, known, _)| *known == key);
            let Some((field, ..)) = found else {
                return Err(format!("`{key}` is not known; the keys are {}", known()));
            };
            if name.is_empty() {
                return Err(format!("`{key}=` names nothing; the keys are {}", known()));
            }
            if columns.named(*field).is_some() {
                return Err(format!("`{key}` is given twice"));
            }
            columns.named.push((*field, name.to_owned()));
        }
        Ok(columns)
    }

    /// The name that the request gives for a field.
    pub(super) fn named(&self, field: Field) -> Option<&str> {
        self.named.iter().find(|(named, _)| *named == field).map(|(_, name)| name.as_str())
    }

    /// Where among `keys` the field stands: indexes in the order in which they are to be tried.
    pub(super) fn places(&self, field: Field, keys: &[String]) -> Vec<usize> {
        let place = |name: &str| {
            let exact = keys.iter().position(|key| key == name);
            exact.or_else(|| keys.iter().position(|key| key.eq_ignore_ascii_case(name)))
        };
        match self.named(field) {
            Some(name) => place(name).into_iter().collect(),
            None => field.names().iter().filter_map(|name| place(name)).collect(),
        }
    }
}

fn known() -> String {
    FIELDS.map(|(_, key, _)| format!("`{key}`")).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn names_are_given_or_found_in_order_and_in_any_case() {
        let header = keys(&["Body", "TEXT", "guid", "Link"]);
        let columns = Columns::parse("").unwrap();
        assert_eq!(columns.places(Field::Text, &header), [1, 0]);
        assert_eq!(columns.places(Field::Id, &header), [2]);
        assert_eq!(columns.places(Field::Url, &header), [3]);
        assert_eq!(columns.places(Field::Date, &header), [0; 0]);
        let columns = Columns::parse(" text = Body , id=nr,").unwrap();
        assert_eq!(columns.places(Field::Text, &header), [0]);
        assert_eq!(columns.places(Field::Id, &header), [0; 0], "a name that is given is the only one");
    }

    #[test]
    fn a_wrong_request_names_the_known_keys() {
        for text in ["body=text", "text=", "text", "=text"] {
            let error = Columns::parse(text).unwrap_err();
            assert!(error.contains("`publisher`, `lang`, `credit`"), "{error}");
        }
        assert_eq!(Columns::parse("id=a,id=b").unwrap_err(), "`id` is given twice");
    }
}
