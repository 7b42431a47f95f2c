//! The lines that check a row, in the words of a person.

use std::path::Path;

use super::address;
use super::language::Language;
use super::layout::Page;
use super::recipe::{self, Origin, What};
use super::shards::Shards;
use crate::container::Container;
use crate::evidence::reading::Row;
use crate::evidence::row::column;

/// Writes the lines for a row.
pub struct Steps<'s> {
    /// The row.
    pub row: &'s Row,
    /// Its evidence's shards.
    pub shards: &'s Shards,
    /// The shard on this machine.
    pub local: Option<&'s Path>,
    /// The address of a folder with the shards, or of the shard, where the user gave one.
    pub base: Option<&'s str>,
    /// The language.
    pub language: Language,
}

impl Steps<'_> {
    fn say(&self, english: &str, french: &str) -> String {
        self.language.pick(english, french).to_owned()
    }

    /// Writes them all.
    pub fn write(&self, page: &mut Page) {
        page.heading(self.language.pick(
            "How to check it with public tools alone",
            "Comment le vérifier avec des outils publics seulement",
        ));
        let Some(place) = self.row.place() else { return };
        let text = |index: usize| self.row.text(index);
        let (name, file) = (text(const { column("shard") }), self.shards.file(self.row));
        let (container, several) =
            (self.shards.container(self.row), self.shards.has_documents_of_lines(self.row));
        let url = match self.base {
            Some(base) => Some(address::below(base, &name, &file)),
            // Both publish gzip: a file that is not has been unpacked by somebody, and stands at no such address.
            None if container != Container::Gzip || !name.ends_with(".gz") => None,
            None => address::published(
                &text(const { column("dataset") }),
                &text(const { column("release") }),
                &name,
            ),
        };
        let lines = |origin: Origin<'_>| recipe::lines(&place, container, several, origin);
        if let Some(url) = &url {
            page.prose(&self.say("From the web:", "Depuis le web :"));
            self.lines(lines(Origin::Web(url)), page);
        }
        match (self.local, &url) {
            (Some(path), _) => {
                page.prose(
                    &self.say("From the file on this machine:", "Depuis le fichier sur cette machine :"),
                );
                self.lines(lines(Origin::File(path)), page);
            }
            (None, None) => {
                page.prose(&self.say(
                    "In the folder where the file is (no public address is known; --source can name one):",
                    "Dans le dossier où se trouve le fichier (aucune adresse publique n'est connue ; --source peut en donner une) :",
                ));
                self.lines(lines(Origin::File(Path::new(&file))), page);
            }
            (None, Some(_)) => {}
        }
        // A redacted copy has no kept records, and its lines would open nothing.
        if let Some((path, extent)) = self.shards.copy_place(self.row).filter(|(path, _)| path.is_file()) {
            page.prose(&self.say("From the kept copy:", "Depuis la copie conservée :"));
            self.lines(recipe::kept(&place, &path, extent.offset, extent.length), page);
        }
        if self.shards.left_gap(self.row) {
            page.prose(&self.say(
                "The file left a gap in the scan (shards.csv says which). If it is damaged, gunzip or zstd may stop before the record.",
                "Le fichier a laissé une lacune dans l'examen (shards.csv dit laquelle). S'il est endommagé, gunzip ou zstd peuvent s'arrêter avant l'enregistrement.",
            ));
        }
    }

    fn lines(&self, lines: Option<Vec<(What, String)>>, page: &mut Page) {
        let Some(lines) = lines else {
            return page.prose(&self.say(
                "The name of the file ends in a line feed and cannot be written here.",
                "Le nom du fichier finit par un saut de ligne et ne peut pas être écrit ici.",
            ));
        };
        let record = self.row.text(const { column("record_sha256") });
        let shard = self.row.text(const { column("shard_sha256") });
        for (what, line) in lines {
            let (english, french) = match what {
                What::Record => (format!("must print {record}"), format!("doit afficher {record}")),
                What::Line => (
                    "the same, by the number of the line".to_owned(),
                    "de même, par le numéro de ligne".to_owned(),
                ),
                What::Read => ("shows the record".to_owned(), "montre l'enregistrement".to_owned()),
                What::Shard if shard.is_empty() => continue,
                What::Shard => (
                    format!("the whole file: must print {shard}"),
                    format!("le fichier entier : doit afficher {shard}"),
                ),
            };
            page.point(&self.language.pick(english, french));
            page.command(&line);
        }
    }
}
