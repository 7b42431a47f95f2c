//! Why an entry is no article.

use std::fmt;

use super::LARGEST_TEXT;

/// Why an entry of the input is no article. Each is told in one sentence: what is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// A line that is not one whole JSON object; says where it stops making sense.
    NotJson(String),
    /// No field that holds a text; or a file without any entry.
    NoText,
    /// The text is there and holds nothing but blanks.
    EmptyText,
    /// The bytes are not in the encoding of the rest.
    WrongEncoding,
    /// The text, or the entry around it, is larger than is read: its length in bytes.
    TooLarge(u64),
    /// Neither the article, nor the request, nor the article's address names a publisher.
    NoPublisher,
    /// The stored bytes are damaged; says how.
    Damaged(String),
    /// A page in which no article text is found.
    NoPage,
    /// A file in a folder that is of no kind that is read; says what it is.
    OtherKind(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::NotJson(what) => {
                write!(f, "not a JSON object ({what}): write one whole object on each line")
            }
            Trouble::NoText => f.write_str(
                "there is no text: name the field or column that holds it, or give a file that is not empty",
            ),
            Trouble::EmptyText => f.write_str("the text is empty: export the article with its text"),
            Trouble::WrongEncoding => f.write_str("the bytes are not UTF-8: export the file as UTF-8"),
            Trouble::TooLarge(bytes) => write!(
                f,
                "{bytes} bytes are too large for one article of at most {} MiB: split it, or look for a \
                 quotation mark or line end that is missing",
                LARGEST_TEXT / (1024 * 1024)
            ),
            Trouble::NoPublisher => f.write_str(
                "no publisher is named and there is no web address to tell it: name the publisher",
            ),
            Trouble::Damaged(what) => write!(f, "damaged ({what}): export or copy it again"),
            Trouble::NoPage => f.write_str("no article text is found in the page: give the text itself"),
            Trouble::OtherKind(what) => {
                write!(f, "not read ({what}): take it out of the folder, or convert it")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_trouble_is_one_line_with_a_way_out() {
        for trouble in [
            Trouble::NotJson("a key was expected at byte 1 of the line".into()),
            Trouble::NoText,
            Trouble::EmptyText,
            Trouble::WrongEncoding,
            Trouble::TooLarge(1),
            Trouble::NoPublisher,
            Trouble::Damaged("cut".into()),
            Trouble::NoPage,
            Trouble::OtherKind("a PNG picture".into()),
        ] {
            let text = trouble.to_string();
            assert!(text.contains(": ") && !text.contains('\n') && !text.ends_with('.'), "{text}");
        }
    }
}
