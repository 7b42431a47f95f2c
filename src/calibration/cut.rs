//! Pieces of an article: characters of its own, cut between words.

use super::chance::Chance;
use super::subject::Subject;

/// Ends a sentence when a blank follows.
const ENDS: &[char] = &['.', '!', '?', '…'];
/// Ends a sentence whatever follows.
const ENDS_ALWAYS: &[char] = &['。', '！', '？', '\n'];

impl Subject {
    /// The words `from..to` with the marks that touch them.
    pub fn piece(&self, from: usize, to: usize) -> &str {
        let blank = |gap: &str| gap.find(char::is_whitespace);
        let end_of = |word: usize| self.words.get(word).map_or(0, |place| place.1 as usize);
        let start_of = |word: usize| self.words.get(word).map_or(self.text.len(), |place| place.0 as usize);
        let before = self.gap(from);
        let start = match before.char_indices().rfind(|(_, character)| character.is_whitespace()) {
            Some((at, blank)) => start_of(from) - before.len() + at + blank.len_utf8(),
            None => start_of(from),
        };
        let last = to.saturating_sub(1);
        let behind = self.gap(to);
        let end = end_of(last) + blank(behind).unwrap_or(behind.len());
        self.text.get(start..end).unwrap_or_default()
    }

    /// What stands between a word and the one before it.
    fn gap(&self, word: usize) -> &str {
        let from = word.checked_sub(1).and_then(|before| self.words.get(before)).map_or(0, |place| place.1);
        let to = self.words.get(word).map_or(self.text.len(), |place| place.0 as usize);
        self.text.get(from as usize..to).unwrap_or_default()
    }

    /// The words with which a sentence or a paragraph begins; the first word is one.
    pub fn sentences(&self) -> Vec<usize> {
        (0..self.words.len()).filter(|&word| word == 0 || is_border(self.gap(word))).collect()
    }

    /// The words with which a paragraph begins.
    pub fn paragraphs(&self) -> Vec<usize> {
        (0..self.words.len()).filter(|&word| word == 0 || self.gap(word).contains('\n')).collect()
    }

    /// Consecutive sentences of about `wanted` words, from a random one on: the words `from..to`.
    pub fn stretch(&self, wanted: usize, chance: &mut Chance) -> (usize, usize) {
        let starts = self.sentences();
        let last = self.words.len().saturating_sub(wanted);
        let possible = starts.partition_point(|&start| start <= last);
        let from = starts.get(chance.below(possible)).copied().unwrap_or(0);
        (from, nearest(&starts, from, from + wanted, self.words.len()))
    }

    /// The article in pieces that are its paragraphs, or a quarter each when it has fewer than three.
    pub fn pieces(&self) -> Vec<&str> {
        let mut starts = self.paragraphs();
        if starts.len() < 3 {
            let sentences = self.sentences();
            let count = self.words.len();
            starts = (0..4).map(|part| nearest(&sentences, 0, count * part / 4, count)).collect();
            starts.insert(0, 0);
            starts.sort_unstable();
            starts.dedup();
        }
        let ends = starts.iter().skip(1).copied().chain([self.words.len()]);
        starts
            .iter()
            .zip(ends)
            .filter(|(from, to)| **from < *to)
            .map(|(&from, to)| self.piece(from, to))
            .collect()
    }
}

/// The sentence border behind `from` that is nearest to `wanted`, if it is within a quarter of the way; else `wanted`.
fn nearest(starts: &[usize], from: usize, wanted: usize, count: usize) -> usize {
    let tolerance = wanted.saturating_sub(from) / 4;
    starts
        .iter()
        .copied()
        .chain([count])
        .filter(|&start| start > from && start.abs_diff(wanted) <= tolerance)
        .min_by_key(|start| start.abs_diff(wanted))
        .unwrap_or(wanted.min(count))
}

fn is_border(gap: &str) -> bool {
    gap.contains(ENDS_ALWAYS)
        || gap
            .find(ENDS)
            .is_some_and(|at| gap.get(at..).is_some_and(|rest| rest.contains(char::is_whitespace)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(text: &str) -> Subject {
        Subject::new(1, None, String::new(), text.to_owned())
    }

    #[test]
    fn pieces_keep_their_marks_and_begin_at_sentences() {
        let subject = subject("One two. (Three four) five 3.5 six!\n“Seven eight.” Nine");
        assert_eq!(subject.sentences(), [0, 2, 8, 10]);
        assert_eq!(subject.paragraphs(), [0, 8]);
        assert_eq!(subject.piece(0, 2), "One two.");
        assert_eq!(subject.piece(2, 4), "(Three four)");
        assert_eq!(subject.piece(8, 11), "“Seven eight.” Nine");
        assert_eq!(subject.piece(0, 11), subject.text);
    }

    #[test]
    fn all_pieces_hold_all_words() {
        let sentence = "Every word of this sentence is counted once. ";
        for text in [sentence.repeat(20), format!("{0}\n\n{0}\n\n{0}\n{0}", sentence.repeat(3))] {
            let subject = subject(&text);
            let words: usize = subject.pieces().iter().map(|piece| piece.split_whitespace().count()).sum();
            assert_eq!(words, subject.words.len());
            assert_eq!(subject.pieces().len(), 4);
        }
    }

    #[test]
    fn a_stretch_is_about_as_long_as_wanted() {
        let subject = subject(&"Here are five more words. And here are some seven words too. ".repeat(40));
        let mut chance = Chance::of(1, 1, "test");
        for _ in 0..200 {
            let (from, to) = subject.stretch(100, &mut chance);
            assert!(subject.sentences().contains(&from) && to <= subject.words.len());
            assert!((75..=125).contains(&(to - from)), "{from}..{to}");
        }
        let unbroken = super::tests::subject(&"word ".repeat(90));
        assert_eq!(unbroken.stretch(45, &mut chance), (0, 45), "without sentences it is cut between words");
    }
}
