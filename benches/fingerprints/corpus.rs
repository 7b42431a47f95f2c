//! Invented text: words made of syllables, used as often as Zipf's law says, in sentences, paragraphs and articles.
//!
//! All of it follows from seeds, so that two runs measure the same bytes.

use std::collections::HashSet;
use std::fmt::Write;

/// Words of a vocabulary.
const WORDS: usize = 50_000;
/// Places of the table that words are drawn from. Frequencies are rounded to multiples of one in so many.
const DRAWS: usize = 1 << 20;
/// Sentences that all texts know, as real texts share sayings and lists of names.
const STOCK: usize = 1_000_000;
/// One sentence in so many is one of them, cut where the paragraph ends.
const STOCK_EACH: usize = 40;
/// Words of an article.
pub const ARTICLE_WORDS: usize = 500;

/// Random numbers (SplitMix64, by Steele, Lea and Flood).
pub struct Rng {
    state: u64,
    /// The seed, which also decides what a text is about.
    seed: u64,
}

impl Rng {
    /// The sequence of a seed.
    pub fn new(seed: u64) -> Rng {
        Rng { state: seed, seed }
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number in `from..to`.
    pub fn within(&mut self, from: usize, to: usize) -> usize {
        from + (self.next() % (to - from) as u64) as usize
    }

    /// True once in `times`.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.within(0, times) == 0
    }
}

/// The letters that words are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Letters {
    /// ASCII alone, as most of an English page.
    Plain,
    /// Accented vowels and typographic marks, about one character in twenty, as in French.
    Accented,
}

/// Words and how often each is used.
pub struct Vocabulary {
    words: Vec<String>,
    draws: Vec<u16>,
    letters: Letters,
}

impl Vocabulary {
    /// The vocabulary of an alphabet.
    pub fn new(letters: Letters) -> Vocabulary {
        let mut rng = Rng::new(1);
        let mut seen = HashSet::new();
        let mut words = Vec::with_capacity(WORDS);
        let mut tries = 0;
        while words.len() < WORDS {
            // Frequent words are short.
            let syllables = match words.len() {
                0..200 => 1,
                200..2_000 => 1 + rng.within(0, 2),
                _ => 2 + rng.within(0, 3),
            };
            let word = word(syllables + tries / 50, letters, &mut rng);
            tries += 1;
            if seen.insert(word.clone()) {
                words.push(word);
                tries = 0;
            }
        }
        Vocabulary { words, draws: draws(), letters }
    }

    fn word(&self, rng: &mut Rng) -> &str {
        &self.words[usize::from(self.draws[rng.within(0, DRAWS)])]
    }

    /// A word that stands after another: two of three are of the few that often do in this text. Without such pairs it
    /// would shrink less than real text does, which makes unpacking look slow.
    fn word_after(&self, before: &str, rng: &mut Rng) -> &str {
        if rng.once_in(3) {
            return self.word(rng);
        }
        let about = rng.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(rng.next() % 2);
        let seed = before.bytes().fold(about, |seed, byte| seed.wrapping_mul(31) ^ u64::from(byte));
        self.word(&mut Rng::new(seed))
    }

    /// Adds `words` words without any mark: a title, an entry of a menu.
    pub fn phrase(&self, words: usize, rng: &mut Rng, out: &mut String) {
        for number in 0..words {
            if number == 0 {
                capitalised(self.word(rng), out);
            } else {
                out.push(' ');
                out.push_str(self.word(rng));
            }
        }
    }

    /// Adds sentences of `words` words together.
    pub fn paragraph(&self, words: usize, rng: &mut Rng, out: &mut String) {
        let mut left = words;
        while left > 0 {
            let sentence = rng.within(6, 26).min(left);
            if rng.once_in(STOCK_EACH) {
                // Frequent ones are much more frequent.
                let stock = rng.within(1, STOCK) * rng.within(1, STOCK) / STOCK;
                self.sentence(sentence, &mut Rng::new(stock as u64), out);
            } else {
                self.sentence(sentence, rng, out);
            }
            left -= sentence;
            if left > 0 {
                out.push(' ');
            }
        }
    }

    fn sentence(&self, words: usize, rng: &mut Rng, out: &mut String) {
        let quoted = rng.once_in(15);
        if quoted {
            out.push_str(if self.letters == Letters::Accented { "«\u{a0}" } else { "\"" });
        }
        let mut word = self.word(rng);
        capitalised(word, out);
        for _ in 1..words {
            out.push_str(if rng.once_in(14) { ", " } else { " " });
            word = self.word_after(word, rng);
            match rng.within(0, 60) {
                0 => write!(out, "{}", rng.within(1, 2030)).unwrap_or_default(),
                1 | 2 => capitalised(word, out),
                3 if self.letters == Letters::Accented => {
                    out.push_str("l’");
                    out.push_str(word);
                }
                _ => out.push_str(word),
            }
        }
        out.push('.');
        if quoted {
            out.push_str(if self.letters == Letters::Accented { "\u{a0}»" } else { "\"" });
        }
    }

    /// Adds an article, a paragraph a line.
    pub fn article(&self, number: usize, out: &mut String) {
        let mut rng = Rng::new(0x5eed_0000_0000_0000 | number as u64);
        let mut left = ARTICLE_WORDS;
        while left > 0 {
            let words = rng.within(30, 90).min(left);
            self.paragraph(words, &mut rng, out);
            left -= words;
            out.push('\n');
        }
    }
}

/// The number of a word for each draw: the weight of rank r is 1 / (r + 2.7), and each word has a draw at least.
fn draws() -> Vec<u16> {
    let weight = |rank: usize| 1.0 / (rank as f64 + 3.7);
    let total: f64 = (0..WORDS).map(weight).sum();
    let mut draws = Vec::with_capacity(DRAWS);
    for rank in (0..WORDS).rev() {
        let places = (weight(rank) / total * DRAWS as f64).round().max(1.0) as usize;
        draws.extend(std::iter::repeat_n(rank as u16, places));
    }
    draws.resize(DRAWS, 0);
    draws
}

fn word(syllables: usize, letters: Letters, rng: &mut Rng) -> String {
    const BEGIN: [&str; 24] = [
        "", "b", "c", "d", "f", "g", "h", "j", "l", "m", "n", "p", "r", "s", "t", "v", "w", "br", "ch", "cl",
        "pr", "st", "tr", "th",
    ];
    const MIDDLE: [&str; 8] = ["a", "e", "i", "o", "u", "e", "a", "ou"];
    const ACCENTED: [&str; 8] = ["é", "è", "ê", "é", "à", "ç\u{61}", "ô", "é"];
    const END: [&str; 10] = ["", "", "", "", "n", "r", "s", "t", "l", "nd"];
    let pick = |from: &[&'static str], rng: &mut Rng| from[rng.within(0, from.len())];
    let mut word = String::new();
    for _ in 0..syllables {
        word.push_str(pick(&BEGIN, rng));
        let accented = letters == Letters::Accented && rng.once_in(7);
        word.push_str(pick(if accented { &ACCENTED } else { &MIDDLE }, rng));
        word.push_str(pick(&END, rng));
    }
    word
}

fn capitalised(word: &str, out: &mut String) {
    let mut letters = word.chars();
    out.extend(letters.next().into_iter().flat_map(char::to_uppercase));
    out.push_str(letters.as_str());
}
