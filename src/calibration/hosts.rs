//! Texts of the user's own shards into which copies are planted.

use std::sync::{Mutex, PoisonError};

use super::chance::{self, Chance};
use super::smallest::Smallest;
use crate::matching::articles::matcher::{Held, Matcher, Scratch, TextReader};
use crate::text::normal::Words;
use crate::text::word_hash::is_single;

/// Fewest words of a text that takes a copy.
const FEWEST_WORDS: usize = 100;
/// Most words.
const MOST_WORDS: usize = 5_000;
/// Most bytes: a few words among megabytes of signs would fill the memory.
const MOST_BYTES: usize = 128 * 1024;

/// Words that are kept to be drawn, for each kind of script.
const MOST_DRAWN: usize = 500_000;

/// Samples texts while shards are read: those of smallest rank among the fitting ones in which the matcher finds nothing.
pub struct HostReader<'m> {
    matcher: &'m Matcher,
    seed: u64,
    kept: Mutex<Smallest<String>>,
}

impl<'m> HostReader<'m> {
    /// Keeps at most `most` texts.
    pub fn new(matcher: &'m Matcher, most: usize, seed: u64) -> HostReader<'m> {
        HostReader { matcher, seed, kept: Mutex::new(Smallest::new(most)) }
    }

    /// The sample.
    pub fn finish(self) -> Hosts {
        let kept = self.kept.into_inner().unwrap_or_else(PoisonError::into_inner);
        Hosts::new(kept.into_items().map(|(_, text)| text).collect())
    }

    /// What `act` says of the sample. Nothing can leave it half changed, so a worker that died takes nothing from it.
    fn with<R>(&self, act: impl FnOnce(&mut Smallest<String>) -> R) -> R {
        act(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl TextReader for HostReader<'_> {
    fn read(&self, text: &str, url: Option<&str>, scratch: &mut Scratch) -> Vec<Held> {
        if text.len() > MOST_BYTES {
            return Vec::new();
        }
        let rank = chance::rank(self.seed, &[url.unwrap_or_default().as_bytes(), text.as_bytes()]);
        if self.with(|kept| kept.wants(rank)) {
            let held = self.matcher.examine(text, scratch);
            if held.is_empty() && (FEWEST_WORDS..=MOST_WORDS).contains(&scratch.words.hashes.len()) {
                self.with(|kept| kept.offer(rank, text.to_owned(), |_| {}));
            }
        }
        Vec::new()
    }
}

/// The sampled texts, and their words to draw from.
#[derive(Default)]
pub struct Hosts {
    texts: Vec<String>,
    /// Words: index of the text, bytes `from..to`.
    words: Vec<(usize, u32, u32)>,
    /// Characters of scripts without spaces, as above.
    characters: Vec<(usize, u32, u32)>,
}

impl Hosts {
    fn new(texts: Vec<String>) -> Hosts {
        let mut hosts = Hosts { texts, ..Hosts::default() };
        let mut words = Words::default();
        for (index, text) in hosts.texts.iter().enumerate() {
            words.read(text);
            if words.repaired.is_some() {
                continue;
            }
            for (&hash, &(from, to)) in words.hashes.iter().zip(&words.places) {
                let pool = if is_single(hash) { &mut hosts.characters } else { &mut hosts.words };
                if pool.len() < MOST_DRAWN {
                    pool.push((index, from, to));
                }
            }
        }
        hosts
    }

    /// Number of texts.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// True without any text.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// A text by its number.
    pub fn text(&self, index: usize) -> &str {
        self.texts.get(index).map_or("", String::as_str)
    }

    /// Any text.
    pub fn draw(&self, chance: &mut Chance) -> &str {
        self.text(chance.below(self.texts.len()))
    }

    /// Any word, or any character of a script without spaces. `None` when the texts have none.
    pub fn draw_word(&self, is_single: bool, chance: &mut Chance) -> Option<&str> {
        let pool = if is_single { &self.characters } else { &self.words };
        let &(index, from, to) = pool.get(chance.below(pool.len()))?;
        self.text(index).get(from as usize..to as usize)
    }
}

#[cfg(test)]
impl Hosts {
    /// These texts.
    pub(super) fn of(texts: &[&str]) -> Hosts {
        Hosts::new(texts.iter().map(|text| (*text).to_owned()).collect())
    }
}
