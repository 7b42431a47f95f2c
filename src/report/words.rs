//! What a row says, in words, and what it does not say. Wording never goes further than the bytes: a file contains a
//! record; nobody is said to have used it.

use super::flags;
use super::language::Language;
use super::layout::Page;
use crate::evidence::reading::Row;
use crate::evidence::row::column;
use crate::place::Place;

/// Writes the account of a row.
pub fn account(row: &Row, language: Language, page: &mut Page) {
    let account = Account { row, language };
    account.found(page);
    account.place(page);
    account.captured(page);
    if account.is_about_article() {
        account.shared(page);
    }
    account.limits(page);
}

/// True when a row states a copy of an article, false when it is a note. `None` for other rows.
fn states_copy(class: &str) -> Option<bool> {
    match class {
        "full" | "partial" | "teaser" => Some(true),
        "shared" | "agency" | "quote" | "boilerplate" => Some(false),
        _ => None,
    }
}

struct Account<'r> {
    row: &'r Row,
    language: Language,
}

/// The text of a cell of `matches.csv`.
macro_rules! cell {
    ($account:expr, $name:literal) => {
        $account.row.text(const { column($name) })
    };
}

impl Account<'_> {
    fn say(&self, english: &str, french: &str) -> String {
        self.language.pick(english, french).to_owned()
    }

    fn is_about_article(&self) -> bool {
        cell!(self, "match_kind") == "article"
    }

    fn found(&self, page: &mut Page) {
        page.heading(self.language.pick("What was found", "Ce qui a été trouvé"));
        let (publisher, title, rule) = (cell!(self, "publisher"), cell!(self, "title"), cell!(self, "rule"));
        let original = cell!(self, "original_url");
        page.prose(&match &*cell!(self, "match_kind") {
            "article" => self.article(),
            "mirror" => self.say(
                &format!(
                    "The file contains a record with the address of a service that hands on pages of others. The page that it \
                     hands on has an address of {title} ({publisher}), by the rule {rule} of the publisher list."
                ),
                &format!(
                    "Le fichier contient un enregistrement portant l'adresse d'un service qui relaie des pages d'autrui. La page \
                     relayée a une adresse de {title} ({publisher}), d'après la règle {rule} de la liste d'éditeurs."
                ),
            ),
            _ => self.say(
                &format!(
                    "The file contains a record with an address of {title} ({publisher}), by the rule {rule} of the publisher \
                     list."
                ),
                &format!(
                    "Le fichier contient un enregistrement portant une adresse de {title} ({publisher}), d'après la règle {rule} \
                     de la liste d'éditeurs."
                ),
            ),
        });
        page.item(&self.say("Address", "Adresse"), &cell!(self, "archive_url"));
        page.item(&self.say("Address of the original page", "Adresse de la page d'origine"), &original);
        page.item(&self.say("Article", "Article"), &cell!(self, "article_title"));
        page.item(&self.say("Address of the article", "Adresse de l'article"), &cell!(self, "article_url"));
        page.item(&self.say("Date of the article", "Date de l'article"), &cell!(self, "article_date"));
        page.item(&self.say("Excerpt of the record", "Extrait de l'enregistrement"), &cell!(self, "excerpt"));
    }

    fn article(&self) -> String {
        let (publisher, id) = (cell!(self, "publisher"), cell!(self, "article_id"));
        let class = cell!(self, "class");
        let (english, french) = match &*class {
            "full" => (
                "a copy of nearly all of it (class full: at least nine tenths of its own words)",
                "la copie de la quasi-totalité de celui-ci (classe « full » : au moins neuf dixièmes de ses mots propres)",
            ),
            "partial" => (
                "a copy of a part of it (class partial)",
                "la copie d'une partie de celui-ci (classe « partial »)",
            ),
            "teaser" => {
                ("a copy of its beginning (class teaser)", "la copie de son début (classe « teaser »)")
            }
            "shared" => (
                "words that other publishers or many sites hold as well (class shared)",
                "des mots que d'autres éditeurs ou de nombreux sites détiennent aussi (classe « shared »)",
            ),
            "agency" => {
                ("text of a news agency (class agency)", "un texte d'agence de presse (classe « agency »)")
            }
            "quote" => (
                "quoted speech, or too few words for a copy (class quote)",
                "des propos cités, ou trop peu de mots pour une copie (classe « quote »)",
            ),
            "boilerplate" => (
                "words that recur in articles of this publisher (class boilerplate)",
                "des mots qui reviennent dans les articles de cet éditeur (classe « boilerplate »)",
            ),
            other => (other, other),
        };
        let note = match states_copy(&class) {
            Some(false) => self.say(
                " This row is a note: it states no copy and accuses nobody.",
                " Cette ligne est une simple note : elle n'affirme aucune copie et n'accuse personne.",
            ),
            _ => String::new(),
        };
        let english = format!(
            "The text of a record in the file was compared with the article {id} of {publisher}. It contains {english}."
        );
        let french = format!(
            "Le texte d'un enregistrement du fichier a été comparé à l'article {id} de {publisher}. Il contient {french}."
        );
        self.language.pick(english, french) + &note
    }

    fn place(&self, page: &mut Page) {
        page.heading(self.language.pick("Where it stands", "Où cela se trouve"));
        page.item(&self.say("Corpus", "Corpus"), &cell!(self, "dataset"));
        page.item(&self.say("Release", "Version"), &cell!(self, "release"));
        page.item(&self.say("File", "Fichier"), &cell!(self, "shard"));
        if let Some(place) = self.row.place() {
            let (first, length) = (place.extent().offset, place.extent().length);
            let last = place.extent().end().saturating_sub(1);
            let (english, french) = match place {
                Place::Member(_) => (
                    format!(
                        "bytes {first} to {last} of the file ({length} bytes), a gzip member that holds this record alone"
                    ),
                    format!(
                        "octets {first} à {last} du fichier ({length} octets), un membre gzip qui ne contient que cet \
                         enregistrement"
                    ),
                ),
                Place::Decoded(_) => (
                    format!("bytes {first} to {last} of the decompressed file ({length} bytes)"),
                    format!("octets {first} à {last} du fichier décompressé ({length} octets)"),
                ),
                Place::Line(_, line) => (
                    format!("line {line}, bytes {first} to {last} of the decompressed file ({length} bytes)"),
                    format!("ligne {line}, octets {first} à {last} du fichier décompressé ({length} octets)"),
                ),
            };
            page.item(&self.say("Place", "Emplacement"), &self.language.pick(english, french));
        }
        page.item(&self.say("Type of the record", "Type d'enregistrement"), &cell!(self, "record_type"));
        page.item(
            &self.say("Id of the record", "Identifiant de l'enregistrement"),
            &cell!(self, "archive_record_id"),
        );
        page.item(
            &self.say("Made from the record", "Tiré de l'enregistrement"),
            &cell!(self, "archive_refers_to"),
        );
        page.item(
            &self.say("SHA-256 of these bytes", "SHA-256 de ces octets"),
            &cell!(self, "record_sha256"),
        );
        match &*cell!(self, "shard_sha256") {
            "" => page.prose(&self.say(
                "The SHA-256 of the whole file is not known: it was not asked for, or the file was not read whole.",
                "Le SHA-256 du fichier entier n'est pas connu : il n'a pas été demandé, ou le fichier n'a pas été lu en entier.",
            )),
            digest => page.item(&self.say("SHA-256 of the file", "SHA-256 du fichier"), digest),
        }
    }

    fn captured(&self, page: &mut Page) {
        page.heading(
            self.language.pick("When it was captured, according to the archive", "Quand, d'après l'archive"),
        );
        let date = cell!(self, "archive_date");
        page.prose(&match &*date {
            "" => self
                .say("The archive states no date of capture.", "L'archive n'indique aucune date de capture."),
            date => self.say(
                &format!("The archive states that the page was captured on {date} (UTC)."),
                &format!("L'archive indique que la page a été capturée le {date} (UTC)."),
            ),
        });
        let status = cell!(self, "archive_status");
        page.item(&self.say("Status of the server's answer", "Statut de la réponse du serveur"), &status);
        page.item(&self.say("Content type", "Type de contenu"), &cell!(self, "archive_mime"));
        page.item(&self.say("Language", "Langue"), &cell!(self, "archive_language"));
        page.item(&self.say("Cut by the archive", "Coupé par l'archive"), &cell!(self, "archive_truncated"));
        page.item(
            &self.say("Digest in the archive", "Empreinte dans l'archive"),
            &cell!(self, "archive_digest"),
        );
        page.prose(&match &*cell!(self, "digest_check") {
            "match" => self.say(
                "The archive's own digest is that of the bytes.",
                "L'empreinte donnée par l'archive est bien celle des octets.",
            ),
            "mismatch" => self.say(
                "The archive's own digest is NOT that of the bytes: damage, a rewritten file or a writer's error. This weakens \
                 the row.",
                "L'empreinte donnée par l'archive N'EST PAS celle des octets : dommage, fichier réécrit ou erreur d'écriture. \
                 Cela affaiblit la ligne.",
            ),
            "known_defect" => self.say(
                "The archive's digest is not that of the bytes by a known defect of this release; another digest vouches for \
                 the bytes.",
                "L'empreinte de l'archive n'est pas celle des octets, par un défaut connu de cette version ; une autre \
                 empreinte garantit les octets.",
            ),
            _ => self.say(
                "The archive states no digest that can be checked against these bytes.",
                "L'archive ne donne aucune empreinte qui puisse être vérifiée sur ces octets.",
            ),
        });
    }

    fn shared(&self, page: &mut Page) {
        page.heading(self.language.pick("How much is shared", "Ce qui est commun"));
        let percent = |share: &str| self.language.percent(share);
        let (shared, words) = (cell!(self, "shared_words"), cell!(self, "article_words"));
        let (own, all_own) = (cell!(self, "own_words"), cell!(self, "article_own_words"));
        let (coverage, own_coverage) =
            (percent(&cell!(self, "article_coverage")), percent(&cell!(self, "own_coverage")));
        page.point(&self.say(
            &format!("{shared} of the article's {words} words stand in the record word for word ({coverage})."),
            &format!("{shared} des {words} mots de l'article figurent mot pour mot dans l'enregistrement ({coverage})."),
        ));
        page.point(&self.say(
            &format!(
                "{own} of its {all_own} own words are among them ({own_coverage}). Own words are those that no other article, \
                 publisher, agency or site accounts for."
            ),
            &format!(
                "Parmi eux, {own} de ses {all_own} mots propres ({own_coverage}). Les mots propres sont ceux qui ne \
                 s'expliquent par aucun autre article, éditeur, site ou agence."
            ),
        ));
        let (run, own_run) = (cell!(self, "longest_run_words"), cell!(self, "longest_own_run_words"));
        page.point(&self.say(
            &format!("The longest run in common has {run} words; the longest run of own words has {own_run}."),
            &format!("La plus longue suite commune compte {run} mots ; la plus longue suite de mots propres en compte {own_run}."),
        ));
        let (words, coverage) = (cell!(self, "record_words"), percent(&cell!(self, "record_coverage")));
        page.point(&self.say(
            &format!("The record's text has {words} words; {coverage} of them belong to runs of this article."),
            &format!("Le texte de l'enregistrement compte {words} mots ; {coverage} d'entre eux appartiennent à des suites de cet article."),
        ));
        page.point(&match &*cell!(self, "measure") {
            "exact" => self.say("The words were compared one by one.", "Les mots ont été comparés un à un."),
            _ => self.say(
                "These are lower bounds, proved by hashes of words: the true runs may be longer.",
                "Ce sont des minimums, établis par des empreintes de mots : les suites réelles peuvent être plus longues.",
            ),
        });
        for (is_so, english, french) in [
            (
                cell!(self, "found_in") == "json-ld",
                "The text stands only in the part of the page that is meant for machines (JSON-LD), not in what a reader sees.",
                "Le texte ne figure que dans la partie de la page destinée aux machines (JSON-LD), pas dans ce que voit un lecteur.",
            ),
            (
                cell!(self, "own_site") == "yes",
                "The record stands on a site of the publisher.",
                "L'enregistrement provient d'un site de l'éditeur.",
            ),
            (
                cell!(self, "record_older") == "yes",
                "The record was captured before the date of the article, so who copied whom is open.",
                "L'enregistrement a été capturé avant la date de l'article : on ignore qui a copié l'autre.",
            ),
        ] {
            if is_so {
                page.point(&self.say(english, french));
            }
        }
        page.item(
            &self.say("Agency named by the article", "Agence nommée par l'article"),
            &cell!(self, "agency"),
        );
        page.item(
            &self.say(
                "Other publishers with some of the text",
                "Autres éditeurs détenant une partie du texte",
            ),
            &cell!(self, "other_publishers"),
        );
        page.item(
            &self.say(
                "Other sites of this scan with the article",
                "Autres sites de cet examen où figure l'article",
            ),
            &cell!(self, "other_hosts"),
        );
    }

    fn limits(&self, page: &mut Page) {
        page.heading(self.language.pick("What this does not show", "Ce que cela ne montre pas"));
        page.point(&self.say(
            "It shows that the file contains these bytes, and what they say about themselves. It does not show that a server \
             really sent them, nor that anybody used them.",
            "Cela montre que le fichier contient ces octets, et ce qu'ils disent d'eux-mêmes. Cela ne montre ni qu'un serveur \
             les a réellement envoyés, ni que quiconque les a utilisés.",
        ));
        page.point(&match (self.is_about_article(), states_copy(&cell!(self, "class"))) {
            (true, Some(true)) => self.say(
                "It compares words. It does not show who may publish the text, nor whether there was a licence.",
                "Il s'agit d'une comparaison de mots. Elle ne montre ni qui a le droit de publier le texte, ni s'il y avait une \
                 licence.",
            ),
            (true, _) => self.say(
                "The shared words are explained by others, quoted or too few: no copy is stated.",
                "Les mots communs s'expliquent par des tiers, sont cités ou trop peu nombreux : aucune copie n'est affirmée.",
            ),
            (false, _) => self.say(
                "It shows whose address the record has. It does not show what the page says, who wrote it, nor whether it is \
                 an article.",
                "Cela montre à qui est l'adresse de l'enregistrement. Cela ne montre ni ce que dit la page, ni qui l'a écrite, \
                 ni s'il s'agit d'un article.",
            ),
        });
        let status = cell!(self, "archive_status");
        if !status.is_empty() && !status.starts_with('2') {
            page.point(&self.say(
                &format!("The server answered with the status {status}: the record may hold no page at all."),
                &format!("Le serveur a répondu avec le statut {status} : l'enregistrement peut ne contenir aucune page."),
            ));
        }
        for flag in cell!(self, "flags").split(';').filter(|flag| !flag.is_empty()) {
            page.point(&flags::meaning(flag, self.language));
        }
    }
}
