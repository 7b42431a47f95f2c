//! The weaknesses of a row, in words.

use super::language::Language;

/// What a word of the column `flags` means. A word of another version stays as it is.
pub fn meaning(flag: &str, language: Language) -> String {
    let (english, french) = match flag {
        "decoded_place" => (
            "The place counts bytes of the decompressed file: the file must be decompressed from its start to reach the record.",
            "L'emplacement compte les octets du fichier décompressé : il faut décompresser le fichier depuis son début pour \
             atteindre l'enregistrement.",
        ),
        "truncated" => (
            "The archive says that it cut the record, so the page may have been longer. Some archives say so of pages that \
             look complete.",
            "L'archive dit avoir coupé l'enregistrement : la page a pu être plus longue. Certaines archives le disent de pages \
             qui paraissent complètes.",
        ),
        "unreadable_date" => (
            "The date of the record cannot be read as a date.",
            "La date de l'enregistrement ne peut pas être lue comme une date.",
        ),
        "revisit" => (
            "The record is a revisit: it says that the page had not changed, and its content stands in an earlier capture.",
            "L'enregistrement est une revisite : il dit que la page n'avait pas changé, et son contenu se trouve dans une \
             capture antérieure.",
        ),
        "surplus_bytes" => (
            "More bytes follow the record in its member than its stated length covers.",
            "D'autres octets suivent l'enregistrement dans son membre, au-delà de la longueur annoncée.",
        ),
        "doubtful" => (
            "The record stands inside another one whose stated length proved wrong: it may be a record of its own, or part of \
             what that page held.",
            "L'enregistrement se trouve dans un autre, dont la longueur annoncée est fausse : il peut être un enregistrement \
             à part entière, ou un morceau de ce que contenait cette page.",
        ),
        "unverified_stream" => (
            "The record stands in a compressed stream that is damaged or cut further on, so no checksum vouches for it.",
            "L'enregistrement se trouve dans un flux comprimé endommagé ou coupé plus loin : aucune somme de contrôle ne le \
             garantit.",
        ),
        "text_not_at_hand" => (
            "The record describes a text that stands in another file, which was not looked at.",
            "L'enregistrement décrit un texte qui se trouve dans un autre fichier, lequel n'a pas été examiné.",
        ),
        _ => return flag.to_owned(),
    };
    language.pick(english, french).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::finding::Flag;

    #[test]
    fn every_flag_has_words_in_both_languages() {
        for flag in [
            Flag::DecodedPlace,
            Flag::Truncated,
            Flag::UnreadableDate,
            Flag::Revisit,
            Flag::SurplusBytes,
            Flag::Doubtful,
            Flag::UnverifiedStream,
            Flag::TextNotAtHand,
        ] {
            let words = [Language::English, Language::French].map(|language| meaning(flag.name(), language));
            assert!(words.iter().all(|words| words.ends_with('.')) && words[0] != words[1], "{words:?}");
        }
        assert_eq!(meaning("redacted", Language::French), "redacted");
    }
}
