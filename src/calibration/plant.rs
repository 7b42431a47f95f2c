//! Texts with something of an article in them, or with nothing that may be called a copy.

use unicode_normalization::UnicodeNormalization;

use super::chance::Chance;
use super::hosts::Hosts;
use super::subject::Subject;
use crate::fingerprint::article::SHORT;

/// What is planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The whole article in the middle of a text.
    Whole,
    /// Consecutive sentences: half of the article.
    Half,
    /// Consecutive sentences: a quarter of it.
    Quarter,
    /// Its first 60 to 110 words, cut in a sentence.
    Teaser,
    /// One word in twenty replaced by another.
    EditedLittle,
    /// One word in five replaced by another.
    EditedMuch,
    /// Its paragraphs with lines of another text between them.
    Scattered,
    /// Other quotes, dashes and blanks, accents as characters of their own, the title in capitals.
    Typography,
    /// One or two sentences between quotation marks, 12 to 45 words.
    Quote,
    /// A run of 6 to 11 words.
    Phrase,
    /// All its words in random order.
    Shuffled,
    /// A text of the shards by itself.
    Host,
    /// An article that the fingerprint file does not hold.
    Other,
}

impl Kind {
    /// Kinds that plant something of a chosen article.
    pub const OF_ARTICLES: [Kind; 11] = [
        Kind::Whole,
        Kind::Half,
        Kind::Quarter,
        Kind::Teaser,
        Kind::EditedLittle,
        Kind::EditedMuch,
        Kind::Scattered,
        Kind::Typography,
        Kind::Quote,
        Kind::Phrase,
        Kind::Shuffled,
    ];

    /// The name in the report.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Whole => "whole",
            Kind::Half => "half",
            Kind::Quarter => "quarter",
            Kind::Teaser => "teaser",
            Kind::EditedLittle => "edited_5_percent",
            Kind::EditedMuch => "edited_20_percent",
            Kind::Scattered => "scattered",
            Kind::Typography => "typography",
            Kind::Quote => "quote",
            Kind::Phrase => "phrase",
            Kind::Shuffled => "shuffled",
            Kind::Host => "host",
            Kind::Other => "other",
        }
    }

    /// True when a row should state a copy; the others are decoys.
    pub fn is_copy(self) -> bool {
        !matches!(self, Kind::Quote | Kind::Phrase | Kind::Shuffled | Kind::Host | Kind::Other)
    }
}

/// A text to be examined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planted {
    /// The text.
    pub text: String,
    /// Words of the article that stand in it as they stand in the article.
    pub words: usize,
}

/// Plants something of this kind of an article. `None` when the article is too short for it: a piece of fewer than 50
/// words (100 characters of a script without spaces) is no copy by anybody's rule.
pub fn plant(kind: Kind, subject: &Subject, hosts: &Hosts, chance: &mut Chance) -> Option<Planted> {
    let (count, factor) = (subject.words.len(), subject.factor);
    let host = hosts.draw(chance);
    let least = SHORT as usize * factor;
    let stretch = |wanted: usize, least: usize, chance: &mut Chance| {
        let (from, to) = subject.stretch(wanted, chance);
        (to - from >= least).then(|| (subject.piece(from, to), to - from))
    };
    let (block, words) = match kind {
        Kind::Whole | Kind::Other => (subject.text.clone(), count),
        Kind::Half => own(stretch(count / 2, least, chance)?),
        Kind::Quarter => own(stretch(count / 4, least, chance)?),
        Kind::Teaser => {
            let wanted = (60 + chance.below(51)) * factor;
            (count > wanted).then(|| (subject.piece(0, wanted).to_owned(), wanted))?
        }
        Kind::EditedLittle => edited(subject, count / 20, hosts, chance),
        Kind::EditedMuch => edited(subject, count / 5, hosts, chance),
        Kind::Scattered => return Some(Planted { text: scattered(subject, host), words: count }),
        Kind::Typography => (typography(subject, chance), count),
        Kind::Quote => {
            // A sentence border within a quarter of it: 12 to 45 words.
            let wanted = (16 + chance.below(21)) * factor;
            let (piece, words) = stretch(wanted, 1, chance)?;
            (format!("“{piece}”"), words)
        }
        Kind::Phrase => {
            let wanted = ((6 + chance.below(6)) * factor).min(count);
            let from = chance.below(count + 1 - wanted);
            (subject.piece(from, from + wanted).to_owned(), wanted)
        }
        Kind::Shuffled => (shuffled(subject, chance), 0),
        Kind::Host => return None,
    };
    Some(Planted { text: within(host, &block), words })
}

fn own((piece, words): (&str, usize)) -> (String, usize) {
    (piece.to_owned(), words)
}

/// A block on lines of its own, at the line border nearest to the middle.
fn within(host: &str, block: &str) -> String {
    let borders =
        std::iter::once(0).chain(host.match_indices('\n').map(|(at, _)| at + 1)).chain([host.len()]);
    let border = borders.min_by_key(|border| border.abs_diff(host.len() / 2)).unwrap_or_default();
    let (before, behind) = host.split_at(border);
    let line_end = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    format!("{before}{line_end}{block}\n{behind}")
}

/// The article with `edits` random words replaced, each by a word of the host texts.
fn edited(subject: &Subject, edits: usize, hosts: &Hosts, chance: &mut Chance) -> (String, usize) {
    let mut order: Vec<usize> = (0..subject.words.len()).collect();
    chance.shuffle(&mut order, edits);
    order.truncate(edits);
    order.sort_unstable();
    let mut text = String::with_capacity(subject.text.len());
    let mut end = 0;
    let mut replaced = 0;
    for word in order {
        let Some(&(from, to)) = subject.words.get(word) else { continue };
        let is_single = subject.singles.get(word).is_some_and(|is_single| *is_single);
        let Some(other) = hosts.draw_word(is_single, chance) else { continue };
        text.push_str(subject.text.get(end..from as usize).unwrap_or_default());
        text.push_str(other);
        end = to as usize;
        replaced += 1;
    }
    text.push_str(subject.text.get(end..).unwrap_or_default());
    (text, subject.words.len() - replaced)
}

/// Most characters of a line between two paragraphs: a text in a single line would be repeated whole.
const LONGEST_LINE: usize = 200;

fn scattered(subject: &Subject, host: &str) -> String {
    let lines = host.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut lines = lines
        .map(|line| line.chars().take(LONGEST_LINE).collect::<String>())
        .collect::<Vec<_>>()
        .into_iter()
        .cycle();
    let mut text = lines.next().unwrap_or_default();
    for piece in subject.pieces() {
        text.push('\n');
        text.push_str(piece);
        text.push('\n');
        text.extend(lines.next());
    }
    text
}

/// The same words as another system would write them.
fn typography(subject: &Subject, chance: &mut Chance) -> String {
    let mut text = format!("{}\n", subject.title.to_uppercase());
    let mut opens = true;
    for character in subject.text.nfd() {
        match character {
            '"' => {
                text.push(if opens { '“' } else { '”' });
                opens = !opens;
            }
            '“' | '”' | '„' | '«' | '»' => text.push('"'),
            '\'' => text.push('’'),
            '’' | '‘' => text.push('\''),
            '–' | '—' => text.push('-'),
            '-' => text.push('\u{2010}'),
            '…' => text.push_str("..."),
            ' ' if chance.below(4) == 0 => text.push('\u{a0}'),
            _ => text.push(character),
        }
    }
    text
}

fn shuffled(subject: &Subject, chance: &mut Chance) -> String {
    let word = |&(from, to): &(u32, u32)| subject.text.get(from as usize..to as usize).unwrap_or_default();
    let mut words: Vec<&str> = subject.words.iter().map(word).collect();
    let count = words.len();
    chance.shuffle(&mut words, count);
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::normal;

    fn subject() -> Subject {
        let text: Vec<String> = (0..30)
            .map(|line| {
                let words: Vec<String> = (0..10).map(|word| format!("wörd{line}x{word}")).collect();
                format!("Here – \"{}\" it's.", words.join(" "))
            })
            .collect();
        Subject::new(9, Some((0, 0)), "Tïtle".into(), text.join("\n\n"))
    }

    fn hosts() -> Hosts {
        Hosts::of(&["host alpha\nhost beta\nhost gamma\nhost delta"])
    }

    fn planted(kind: Kind) -> Planted {
        plant(kind, &subject(), &hosts(), &mut Chance::of(1, 9, kind.name())).unwrap()
    }

    /// Words of the planted text that are the article's and not the host's.
    fn kept(kind: Kind) -> usize {
        let host = normal::words("host alpha beta gamma delta title");
        normal::words(&planted(kind).text).iter().filter(|word| !host.contains(word)).count()
    }

    #[test]
    fn each_kind_holds_the_words_that_it_says() {
        assert_eq!(subject().words.len(), 390);
        for kind in Kind::OF_ARTICLES.into_iter().filter(|kind| *kind != Kind::Shuffled) {
            assert_eq!(kept(kind), planted(kind).words, "{kind:?}");
        }
        assert_eq!((kept(Kind::Shuffled), planted(Kind::Shuffled).words), (390, 0));
        for (kind, words) in [
            (Kind::Whole, 390..=390),
            (Kind::Half, 150..=240),
            (Kind::Quarter, 70..=120),
            (Kind::Teaser, 60..=110),
            (Kind::EditedLittle, 371..=371),
            (Kind::EditedMuch, 312..=312),
            (Kind::Scattered, 390..=390),
            (Kind::Typography, 390..=390),
            (Kind::Quote, 12..=45),
            (Kind::Phrase, 6..=11),
        ] {
            assert!(words.contains(&planted(kind).words), "{kind:?}: {}", planted(kind).words);
        }
    }

    #[test]
    fn a_block_stands_on_lines_of_its_own() {
        let text = planted(Kind::Whole).text;
        assert!(text.starts_with("host alpha\nhost beta\nHere"), "{text}");
        assert!(text.ends_with("it's.\nhost gamma\nhost delta"), "{text}");
        assert_eq!(within("one line", "block"), "block\none line");
        let quote = planted(Kind::Quote).text;
        assert!(quote.lines().any(|line| line.starts_with('“')) && quote.contains("”\n"), "{quote}");
        let scattered = planted(Kind::Scattered).text;
        assert!(scattered.starts_with("host alpha\nHere"), "{scattered}");
        assert_eq!(scattered.lines().filter(|line| line.starts_with("host")).count(), 31);
    }

    #[test]
    fn typography_changes_characters_and_no_word() {
        let (before, after) = (subject().text, planted(Kind::Typography).text);
        assert!(after.contains("TI\u{308}TLE") || after.contains("TÏTLE"));
        for (gone, come) in [('\'', '’'), ('–', '-'), ('ö', '\u{308}')] {
            assert!(before.contains(gone) && after.contains(come), "{gone} {come}");
        }
        let words = normal::words(&after);
        let from = words.iter().position(|word| word == "here").unwrap();
        assert_eq!(words[from..from + 390], normal::words(&before));
    }

    #[test]
    fn what_is_too_short_for_a_copy_is_left_out() {
        let short = Subject::new(1, None, String::new(), "Some words of it. ".repeat(20));
        let plant = |kind| plant(kind, &short, &hosts(), &mut Chance::of(1, 1, "test"));
        assert_eq!((short.words.len(), plant(Kind::Half), plant(Kind::Quarter)), (80, None, None));
        assert!(plant(Kind::Whole).is_some() && plant(Kind::Phrase).is_some());
    }
}
