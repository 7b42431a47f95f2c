//! A standard set of documents: pages that a list of press hosts must find, and pages that it must not.
//!
//! The hosts are real or reserved for examples; the pages are invented.

use super::doc::Doc;
use super::texts;

/// The list that the expectations below belong to. The last title is written in its own script; its host is
/// `xn--journal--i1a.example`.
pub const PUBLISHERS_CSV: &str = "publisher,title,domain
Groupe Le Monde,Le Monde,lemonde.fr
Groupe Les Échos - Le Parisien,Le Parisien,leparisien.fr
SIPA Ouest-France,Ouest-France,ouest-france.fr
SIPA Ouest-France,Ouest-France Rennes,ouest-france.fr/bretagne/rennes-35000
BBC,BBC News,bbc.co.uk/news
Presse d’essai,Journal É,journal-é.example
";

/// What a scan for addresses must say about a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// `rule` in the canonical form of a rule (ASCII, lower case); `kind` is `domain` or `mirror`.
    Found {
        rule: &'static str,
        kind: &'static str,
    },
    Clear,
}

/// The documents.
pub fn docs() -> Vec<Doc> {
    CASES
        .iter()
        .enumerate()
        .map(|(i, case)| {
            let date = format!("2024-05-18T00:{:02}:{:02}Z", 10 + i * 3, i * 7 % 60);
            Doc::new(case.id, case.url, case.text).lang(case.lang).date(&date)
        })
        .collect()
}

/// What must be said about each of `docs()`, in their order.
pub fn expected() -> Vec<Expected> {
    CASES.iter().map(|case| case.expected).collect()
}

/// The documents in this language (`fra`, `eng`), for corpora of one language.
pub fn docs_in(lang: &str) -> Vec<Doc> {
    docs().into_iter().filter(|doc| doc.lang == lang).collect()
}

/// What must be said about `doc`, which is one of `docs()`.
pub fn expected_of(doc: &Doc) -> Expected {
    CASES.iter().find(|case| case.id == doc.id).map_or(Expected::Clear, |case| case.expected)
}

/// How many of `docs` must be found.
pub fn found(docs: &[Doc]) -> usize {
    docs.iter().filter(|doc| expected_of(doc) != Expected::Clear).count()
}

struct Case {
    id: &'static str,
    url: &'static str,
    lang: &'static str,
    text: &'static str,
    expected: Expected,
}

const fn domain(rule: &'static str) -> Expected {
    Expected::Found { rule, kind: "domain" }
}

const fn mirror(rule: &'static str) -> Expected {
    Expected::Found { rule, kind: "mirror" }
}

const CASES: [Case; 16] = [
    Case {
        id: "article",
        url: "https://www.lemonde.fr/politique/article/2024/05/17/l-horloge-a-marees-de-port-clement_6234567_823448.html",
        lang: "fra",
        text: texts::TIDE_CLOCK,
        expected: domain("lemonde.fr"),
    },
    Case {
        id: "amp-cache",
        url: "https://www-leparisien-fr.cdn.ampproject.org/c/s/www.leparisien.fr/paris-75/la-passerelle-aux-lanternes-17-05-2024.php",
        lang: "fra",
        text: texts::LANTERN_BRIDGE,
        expected: mirror("leparisien.fr"),
    },
    Case {
        id: "recipe",
        url: "https://recettes-du-port.example/tarte-aux-algues",
        lang: "fra",
        text: texts::SEAWEED_TART,
        expected: Expected::Clear,
    },
    Case {
        id: "longer-name",
        url: "https://www.notlemonde.fr/abris/printemps",
        lang: "fra",
        text: texts::GARDEN_SHED,
        expected: Expected::Clear,
    },
    Case {
        id: "translated",
        url: "https://www-ouest--france-fr.translate.goog/bretagne/rennes-35000/le-marche-flottant-8123?_x_tr_sl=fr&_x_tr_tl=en&_x_tr_hl=en",
        lang: "fra",
        text: texts::FLOATING_MARKET,
        expected: mirror("ouest-france.fr/bretagne/rennes-35000"),
    },
    Case {
        id: "name-as-prefix",
        url: "https://lemonde.fr.example.com/boots",
        lang: "eng",
        text: texts::SHOE_SHOP,
        expected: Expected::Clear,
    },
    Case {
        id: "odd-host",
        url: "https://WWW.LeParisien.FR.:443/sports/handball/les-goelands-arrachent-le-nul.php",
        lang: "fra",
        text: texts::HANDBALL,
        expected: domain("leparisien.fr"),
    },
    Case {
        id: "name-in-query",
        url: "https://example.org/share?u=https://www.lemonde.fr/economie/&t=1",
        lang: "eng",
        text: texts::SHARE_PAGE,
        expected: Expected::Clear,
    },
    Case {
        id: "idn",
        url: "https://www.xn--journal--i1a.example/une/train-de-nuit",
        lang: "fra",
        text: texts::NIGHT_TRAIN,
        expected: domain("xn--journal--i1a.example"),
    },
    Case {
        id: "no-dot-after-www",
        url: "http://wwwlemonde.fr/",
        lang: "fra",
        text: texts::PARKED_DOMAIN,
        expected: Expected::Clear,
    },
    Case {
        id: "path-title",
        url: "https://www.ouest-france.fr/bretagne/rennes-35000/la-bibliotheque-flottante-5512",
        lang: "fra",
        text: texts::LIBRARY_BOAT,
        expected: domain("ouest-france.fr/bretagne/rennes-35000"),
    },
    Case {
        id: "name-as-user",
        url: "http://lemonde.fr@example.com/login",
        lang: "eng",
        text: texts::LOGIN_PAGE,
        expected: Expected::Clear,
    },
    Case {
        id: "path-rule",
        url: "https://www.bbc.co.uk/news/uk-england-cambridgeshire-69012345",
        lang: "eng",
        text: texts::OWL_CENSUS,
        expected: domain("bbc.co.uk/news"),
    },
    Case {
        id: "path-inside-segment",
        url: "https://www.bbc.co.uk/newsround/69054321",
        lang: "eng",
        text: texts::SCHOOL_CLUB,
        expected: Expected::Clear,
    },
    Case {
        id: "how-to",
        url: "https://stone-paths.example/how-to?step=1#top",
        lang: "eng",
        text: texts::STONE_PATHS,
        expected: Expected::Clear,
    },
    Case {
        id: "other-path",
        url: "https://www.ouest-france.fr/normandie/caen-14000/la-foire-au-cidre-change-de-champ-7781",
        lang: "fra",
        text: texts::CIDER_FAIR,
        expected: domain("ouest-france.fr"),
    },
];
