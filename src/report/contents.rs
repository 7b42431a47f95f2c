//! What stands in the record: its head, and where the words that it shares with an article stand.

use super::at_hand::Record;
use super::head::{self, Field, Head};
use super::language::Language;
use super::layout::Page;
use super::passages;
use super::shards::AtHand;
use crate::evidence::reading::Row;
use crate::evidence::row::column;
use crate::record::fields::FieldMap;

/// Writes about the record of a row.
pub struct Contents<'c> {
    /// The row.
    pub row: &'c Row,
    /// Its record.
    pub record: &'c AtHand,
    /// The place that the user named, if it does not hold the shard.
    pub missing: Option<&'c str>,
    /// The language.
    pub language: Language,
}

impl Contents<'_> {
    fn say(&self, english: &str, french: &str) -> String {
        self.language.pick(english, french).to_owned()
    }

    /// Writes what the record says about itself.
    pub fn about_itself(&self, page: &mut Page) {
        page.heading(
            self.language
                .pick("What the record says about itself", "Ce que l'enregistrement dit de lui-même"),
        );
        if let Some(place) = self.missing {
            page.prose(&self.say(
                &format!("The file is not in the place that was named ({place})."),
                &format!("Le fichier ne se trouve pas à l'endroit indiqué ({place})."),
            ));
        }
        match self.record {
            AtHand::Right(record) => {
                page.item(&self.say("Read from", "Lu dans"), &record.path.to_string_lossy());
                self.head(record, page);
            }
            AtHand::Other(path, what) => {
                page.item(&self.say("Looked for in", "Cherché dans"), &path.to_string_lossy());
                page.item(&self.say("What stands at that place", "Ce qui se trouve à cet endroit"), what);
                page.prose(&self.say(
                    "THESE ARE NOT THE BYTES OF THE ROW: the file is another one, or it was changed. Nothing of it is shown.",
                    "CE NE SONT PAS LES OCTETS DE LA LIGNE : le fichier est un autre, ou il a été modifié. Rien n'en est montré.",
                ));
            }
            AtHand::Missing => page.prose(&self.say(
                "The record is not at hand. Name the folder of the shards with --source to see its head.",
                "L'enregistrement n'est pas disponible ici. Indiquez le dossier des fichiers avec --source pour voir son en-tête.",
            )),
        }
    }

    fn head(&self, record: &Record, page: &mut Page) {
        let more =
            |left: usize| self.say(&format!("{left} characters more"), &format!("encore {left} caractères"));
        match head::of(&record.bytes) {
            Head::Lines(lines, rest) => {
                lines.iter().for_each(|line| page.raw(line, more));
                if rest > 0 {
                    page.space();
                    page.prose(&self.say(&format!("{rest} lines more"), &format!("encore {rest} lignes")));
                }
            }
            Head::Fields(fields) => {
                for (name, field) in fields {
                    match field {
                        Field::Value(value) => page.raw(&format!("{name}: {value}"), more),
                        Field::Long(count) => {
                            let text = self.say(
                                &format!("(a text of {count} characters)"),
                                &format!("(un texte de {count} caractères)"),
                            );
                            page.raw(&format!("{name}: {text}"), more);
                        }
                    }
                }
            }
            Head::Text(lines) => page.prose(&self.say(
                &format!("It is a text of {lines} lines without a head. What is said above of its address and date stands in the file of metadata, if there is one."),
                &format!("C'est un texte de {lines} lignes sans en-tête. Ce qui est dit plus haut de son adresse et de sa date figure dans le fichier de métadonnées, s'il y en a un."),
            )),
        }
    }

    /// Writes where the words that the record shares with an article stand, if the row is about it. `custom` is the field
    /// map that the scan was given.
    pub fn shared_words(&self, article: &str, custom: Option<&FieldMap>, page: &mut Page) {
        page.heading(self.language.pick("Where the shared words stand", "Où se trouvent les mots communs"));
        if self.row.cell(const { column("match_kind") }) != "article" {
            return page.prose(&self.say(
                "This row is about an address, not about an article.",
                "Cette ligne porte sur une adresse, pas sur un article.",
            ));
        }
        let Some(record) = self.record.right() else {
            return page.prose(
                &self.say("The record is not at hand.", "L'enregistrement n'est pas disponible ici."),
            );
        };
        let texts = passages::texts(&record.bytes, custom);
        let shared = passages::shared(article, &texts);
        if shared.passages.is_empty() {
            page.prose(&self.say(
                "No run of words stands in both: the article given is not as it was fingerprinted, or the record's text is not read here.",
                "Aucune suite de mots ne figure dans les deux : l'article fourni n'est plus tel que lors de la prise d'empreintes, ou le texte de l'enregistrement n'est pas lu ici.",
            ));
        }
        for passage in &shared.passages {
            let name = |(from, to): (usize, usize), english: &str, french: &str| {
                self.say(
                    &format!("{english}, words {from} to {to}"),
                    &format!("{french}, mots {from} à {to}"),
                )
            };
            let names = [
                name(passage.article, "Article", "Article"),
                name(passage.record, "Record", "Enregistrement"),
            ];
            page.space();
            page.side_by_side([&names[0], &names[1]], [&passage.texts[0], &passage.texts[1]]);
        }
        if shared.shorter > 0 {
            page.space();
            page.prose(&self.say(
                &format!("{} shorter runs are not shown.", shared.shorter),
                &format!("{} suites plus courtes ne sont pas montrées.", shared.shorter),
            ));
        }
    }
}
