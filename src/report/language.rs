//! The language of a text for people.

/// A language that reports are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// French.
    French,
}

impl Language {
    /// The language that the environment asks for, in the order of POSIX; `variable` looks a variable up. English when
    /// it names neither.
    pub fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Language {
        let asked = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(variable);
        match asked.into_iter().find(|value| !value.is_empty()) {
            Some(value) if value.to_ascii_lowercase().starts_with("fr") => Language::French,
            _ => Language::English,
        }
    }

    /// The text in this language.
    pub fn pick<T>(self, english: T, french: T) -> T {
        match self {
            Language::English => english,
            Language::French => french,
        }
    }

    /// A share such as `0.7342` in per cent. What is no number stays as it is.
    pub fn percent(self, share: &str) -> String {
        match share.parse::<f64>() {
            Err(_) => share.to_owned(),
            Ok(share) => {
                let percent = format!("{:.1}", share * 100.0);
                self.pick(format!("{percent}%"), format!("{} %", percent.replace('.', ",")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_says_something_decides() {
        let of = |variables: &[(&str, &str)]| {
            let look = |name: &str| {
                variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
            };
            Language::of_environment(look)
        };
        assert_eq!(of(&[]), Language::English);
        assert_eq!(of(&[("LANG", "fr_FR.UTF-8")]), Language::French);
        assert_eq!(of(&[("LANG", "fr_FR.UTF-8"), ("LC_ALL", "C")]), Language::English);
        assert_eq!(of(&[("LANG", "de_DE"), ("LC_ALL", ""), ("LC_MESSAGES", "FR")]), Language::French);
    }

    #[test]
    fn shares_are_written_as_readers_expect() {
        assert_eq!(Language::English.percent("0.7342"), "73.4%");
        assert_eq!(Language::French.percent("0.7342"), "73,4 %");
        assert_eq!(Language::French.percent("1.0000"), "100,0 %");
        assert_eq!(Language::English.percent("?"), "?");
    }
}
