//! Marks of news agencies: text under such a mark may stand elsewhere by right.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

/// Characters at the beginning of a text in which a mark is looked for.
const HEAD: usize = 600;
/// Characters at its end.
const TAIL: usize = 300;
/// Bytes between a bracket and the mark inside it.
const IN_BRACKETS: usize = 40;
/// Bytes from the beginning in which a mark before a dash is a dateline.
const DATELINE: usize = 160;

/// Characters behind a mark at the end of a text.
const AT_END: usize = 40;

/// An agency: the name that is reported, how it signs, and its own domain.
struct Agency {
    name: &'static str,
    marks: &'static [&'static str],
    domain: &'static str,
}

const fn agency(name: &'static str, marks: &'static [&'static str], domain: &'static str) -> Agency {
    Agency { name, marks, domain }
}

const AGENCIES: &[Agency] = &[
    agency("AFP", &["AFP", "Agence France-Presse", "Agence France Presse"], "afp.com"),
    agency("AP", &["AP", "Associated Press", "Ap"], "apnews.com"),
    agency("Reuters", &["Reuters", "REUTERS"], "reuters.com"),
    agency("dpa", &["dpa", "DPA", "dpa-AFX", "dpa-infocom", "Deutsche Presse-Agentur"], "dpa.com"),
    agency("AFX", &["AFX", "awp"], "awp.ch"),
    agency("APA", &["APA"], "apa.at"),
    agency("Keystone-SDA", &["SDA", "sda", "ATS", "ats", "Keystone-SDA", "Keystone-ATS"], "keystone-sda.ch"),
    agency("Belga", &["Belga", "BELGA"], "belganewsagency.eu"),
    agency("ANSA", &["ANSA", "Ansa"], "ansa.it"),
    agency("Adnkronos", &["Adnkronos", "AdnKronos"], "adnkronos.com"),
    agency("EFE", &["EFE", "Efe"], "efe.com"),
    agency("Europa Press", &["Europa Press", "EUROPA PRESS"], "europapress.es"),
    agency("Lusa", &["Lusa", "LUSA"], "lusa.pt"),
    agency("Agência Brasil", &["Agência Brasil"], "agenciabrasil.ebc.com.br"),
    agency("Estadão Conteúdo", &["Estadão Conteúdo"], "estadao.com.br"),
    agency("PAP", &["PAP"], "pap.pl"),
    agency("ČTK", &["ČTK", "CTK", "čtk"], "ctk.cz"),
    agency("TASR", &["TASR"], "tasr.sk"),
    agency("MTI", &["MTI"], "mti.hu"),
    agency("Interfax", &["Interfax", "Интерфакс"], "interfax.ru"),
    agency("TASS", &["TASS", "ТАСС", "ИТАР-ТАСС"], "tass.ru"),
    agency("RIA Novosti", &["РИА Новости", "RIA Novosti"], "ria.ru"),
    agency("Anadolu", &["Anadolu Agency", "Anadolu Ajansı"], "aa.com.tr"),
    agency("DHA", &["DHA", "Demirören Haber Ajansı"], "dha.com.tr"),
    agency("IHA", &["İHA", "IHA"], "iha.com.tr"),
    agency("Xinhua", &["Xinhua", "新华社", "新華社"], "xinhuanet.com"),
    agency("China News Service", &["中新社", "中新网"], "chinanews.com.cn"),
    agency("Kyodo", &["Kyodo", "共同通信", "共同"], "kyodonews.jp"),
    agency("Jiji", &["Jiji", "時事通信", "時事"], "jiji.com"),
    agency("Yonhap", &["Yonhap", "연합뉴스"], "yna.co.kr"),
    agency("PTI", &["PTI"], "ptinews.com"),
    agency("IANS", &["IANS"], "ians.in"),
    agency("ANI", &["ANI"], "aninews.in"),
    agency("AAP", &["AAP"], "aap.com.au"),
    agency("PA Media", &["PA Media", "Press Association"], "pa.media"),
    agency(
        "Canadian Press",
        &["The Canadian Press", "La Presse canadienne", "La Presse Canadienne"],
        "thecanadianpress.com",
    ),
    agency("UPI", &["UPI"], "upi.com"),
    agency("ANP", &["ANP"], "anp.nl"),
    agency("NTB", &["NTB"], "ntb.no"),
    agency("TT", &["TT"], "tt.se"),
    agency("Ritzau", &["Ritzau", "/ritzau/"], "ritzau.dk"),
    agency("STT", &["STT"], "stt.fi"),
    agency("KNA", &["KNA"], "kna.de"),
    agency("epd", &["epd"], "epd.de"),
    agency("SID", &["SID"], "sid.de"),
    agency("Relaxnews", &["Relaxnews", "ETX Daily Up", "ETX Studio"], "etxstudio.com"),
];

/// Words that give credit to what follows them.
const CREDITS: &[&str] = &[
    "avec",
    "par",
    "source",
    "sources",
    "agence",
    "agences",
    "crédit",
    "with",
    "by",
    "mit",
    "von",
    "quelle",
    "quellen",
    "nach",
    "material",
    "con",
    "fonte",
    "fuente",
    "agencia",
    "agenzia",
    "agência",
    "com",
    "zdroj",
    "źródło",
    "bron",
    "källa",
    "kaynak",
    "copyright",
    "via",
];

/// Articles between such a word and a name.
const ARTICLES: [&str; 8] = ["l'", "l’", "the", "la", "der", "die", "a", "o"];

static MARKS: LazyLock<Option<(AhoCorasick, Vec<&'static Agency>)>> = LazyLock::new(|| {
    let marks = AGENCIES.iter().flat_map(|agency| agency.marks.iter().map(move |mark| (*mark, agency)));
    let (patterns, agencies): (Vec<&str>, Vec<&Agency>) = marks.unzip();
    let automaton =
        AhoCorasick::builder().match_kind(aho_corasick::MatchKind::LeftmostLongest).build(patterns);
    Some((automaton.ok()?, agencies))
});

/// The agency under whose mark a text stands, if it is not the publisher (a name or a registrable domain) itself.
///
/// A mark is an agency's name in the credit field, or one in the first 600 or last 300 characters that stands in
/// brackets, before the dash of a dateline, or behind a word that gives credit. A text that reports what an agency said
/// bears no mark, and neither does one that shows an agency's picture.
pub fn mark(text: &str, credit: &str, publisher: &str) -> Option<&'static str> {
    let head_end = text.char_indices().nth(HEAD).map_or(text.len(), |(at, _)| at);
    let tail_start = text.char_indices().rev().nth(TAIL - 1).map_or(0, |(at, _)| at);
    let (head, tail) = (&text[..head_end], &text[tail_start..]);
    let in_text = |part, at_start| move |found: &Found<'_>| found.is_mark(part, at_start);
    let found = find(credit, Found::is_credit)
        .or_else(|| find(head, in_text(head, true)))
        .or_else(|| find(tail, in_text(tail, false)))?;
    let is_own = publisher.eq_ignore_ascii_case(found.name) || publisher.eq_ignore_ascii_case(found.domain);
    (!is_own).then_some(found.name)
}

struct Found<'t> {
    mark: &'t str,
    before: &'t str,
    behind: &'t str,
}

fn find<'t>(part: &'t str, accept: impl Fn(&Found<'t>) -> bool) -> Option<&'static Agency> {
    let (automaton, agencies) = MARKS.as_ref()?;
    automaton.find_iter(part).find_map(|found| {
        let (before, behind) = (&part[..found.start()], &part[found.end()..]);
        let touches = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
        let is_word = !touches(before.chars().next_back()) && !touches(behind.chars().next());
        let ideographic = part[found.range()].chars().all(|character| character >= '\u{3000}');
        let found_here = Found { mark: &part[found.range()], before, behind };
        ((is_word || ideographic) && accept(&found_here)).then(|| agencies[found.pattern().as_usize()])
    })
}

/// Marks that are names of people as well, or their initials.
const ALSO_NAMES: [&str; 9] = ["AP", "Ap", "TT", "EFE", "Efe", "LUSA", "Lusa", "Jiji", "ANI"];

impl Found<'_> {
    /// True in a credit field, but not as a part of somebody's name: `Efe Yılmaz`, `Marie TT`. In `EFE Madrid` the capitals
    /// tell the agency.
    fn is_credit(&self) -> bool {
        if !ALSO_NAMES.contains(&self.mark) {
            return true;
        }
        let is_name = |word: &str| {
            let bare = word.to_lowercase();
            word.starts_with(char::is_uppercase)
                && !CREDITS.contains(&bare.as_str())
                && !ARTICLES.contains(&bare.as_str())
        };
        let is_capitals = |word: &str| !word.chars().any(char::is_lowercase);
        let last = self.before.trim_end_matches(' ').rsplit([' ', '\n']).next().unwrap_or_default();
        let next = self.behind.trim_start_matches(' ').split([' ', '\n']).next().unwrap_or_default();
        let is_closed = last.ends_with([',', ';', '/', '|', '&', '(', '-', '–', ':', '.']);
        if !is_closed && is_name(last) {
            return false;
        }
        !is_name(next) || (is_capitals(self.mark) && !is_capitals(next))
    }

    fn is_mark(&self, part: &str, at_start: bool) -> bool {
        self.is_in_brackets() || self.is_dateline(part, at_start) || self.is_credited(at_start)
    }

    /// `(AFP)`, `(dpa/lnw)`, `[Reporting by …, Reuters]`, `（共同）`.
    fn is_in_brackets(&self) -> bool {
        let opened = self.before.rfind(['(', '[', '（', '【', '<']);
        let closed = self.behind.find([')', ']', '）', '】', '>']);
        let is_near = |from: usize, to: usize| to - from <= IN_BRACKETS;
        if opened.is_some_and(|at| shows_picture(&self.before[at..]))
            || closed.is_some_and(|at| shows_picture(&self.behind[..at]))
        {
            return false;
        }
        opened.is_some_and(|at| {
            is_near(at, self.before.len()) && !self.before[at..].contains([')', ']', '）', '】', '\n'])
        }) && closed.is_some_and(|at| is_near(0, at) && !self.behind[..at].contains('\n'))
    }

    /// `PARIS, AFP –` and `Berlin. dpa -`.
    fn is_dateline(&self, part: &str, at_start: bool) -> bool {
        let behind = self.behind.trim_start_matches([' ', ')', '\u{a0}']);
        let dash = behind.starts_with(['–', '—']) || behind.starts_with("- ") || behind.starts_with("-- ");
        at_start && dash && part.len() - self.behind.len() <= DATELINE
    }

    /// `avec AFP`, `Quelle: dpa`, `© Reuters`, `mit Material der dpa`.
    fn is_credited(&self, at_start: bool) -> bool {
        let before = self.before.trim_end_matches([' ', ':', '\u{a0}', '\u{202f}']);
        if before.ends_with(['©', 'Ⓒ']) {
            // Anywhere but at the end this is the credit of a picture.
            return !at_start && self.behind.trim().chars().count() <= AT_END;
        }
        if shows_picture(before.rsplit('\n').next().unwrap_or_default()) {
            return false;
        }
        let mut words = before.rsplit([' ', '\n', '\u{a0}', '(', '/']).map(str::to_lowercase);
        let Some(last) = words.next() else { return false };
        let is_credit = |word: &str| CREDITS.contains(&word);
        let credit = match ARTICLES.contains(&last.as_str()) {
            true => words.next().unwrap_or_default(),
            false => last.trim_start_matches(['(', '-', '–']).to_owned(),
        };
        // `von AFP` in a sentence reports; a credit closes its line or sentence.
        let behind = self.behind.trim_start_matches([')', '.', ']', ' ']);
        is_credit(&credit) && (behind.is_empty() || behind.starts_with(['\n', '/', ',', '|', '-', '–']))
    }
}

/// True for what gives credit for a picture: it names one, or a photographer before or behind a slash.
fn shows_picture(credit: &str) -> bool {
    const WORDS: [&str; 10] =
        ["photo", "foto", "image", "imagen", "immagine", "bild", "picture", "file pic", "video", "getty"];
    let lower = credit.to_lowercase();
    let names_person = credit
        .trim_start_matches(['(', '[', '/', ' '])
        .split(' ')
        .filter(|word| word.starts_with(char::is_uppercase))
        .count()
        > 1
        && credit.contains('/');
    names_person || WORDS.iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_told_from_mentions() {
        let marked = [
            ("WASHINGTON (Reuters) - Scientists on Monday", "Reuters"),
            ("PARIS, 3 mai, AFP – Le ministre", "AFP"),
            ("Le ministre a dit.\n\n(avec AFP)", "AFP"),
            ("Le ministre a dit.\nLe Figaro avec AFP", "AFP"),
            ("Er sagte dies.\nQuelle: dpa-AFX", "dpa"),
            ("Berlin (dpa/bb) - Der Minister", "dpa"),
            ("He said.\n© Reuters", "Reuters"),
            ("会談した。（共同）", "Kyodo"),
            ("（東京 共同）会談した。", "Kyodo"),
        ];
        for (text, name) in marked {
            assert_eq!(mark(text, "", "example.org"), Some(name), "{text}");
        }
        for text in [
            "According to Reuters, the office is investigating.",
            "A source told Reuters that the talks had failed.",
            "Le journaliste de l'AFP a été blessé à Gaza hier.",
            "Die MAPA-Gruppe und der APAche.",
            "He sat in the TT stands.",
            "The cabaret in Paris Benoit Tessier/Reuters\n\nText.",
            "Le Moulin Rouge (Photo AFP)\n\nTexte.",
            "Der Turm (Foto: dpa)\n\nText.",
            "The tower (REUTERS/Benoit Tessier)\n\nText.",
            "© AFP\n\nLe président a rencontré hier à Paris les dirigeants des syndicats du pays.",
        ] {
            assert_eq!(mark(text, "", "example.org"), None, "{text}");
        }
    }

    #[test]
    fn the_credit_field_is_enough_and_an_agency_owns_its_text() {
        assert_eq!(mark("Text.", "AFP", "lemonde.fr"), Some("AFP"));
        assert_eq!(mark("Text.", "Jeanne Martin", "lemonde.fr"), None);
        for credit in ["Efe Yılmaz", "EFE YILMAZ", "Lusa Silva", "Marie TT", "Sarah AP", "Ana Efe, Madrid"] {
            assert_eq!(mark("Text.", credit, "lemonde.fr"), None, "{credit}");
        }
        for credit in [
            "EFE",
            "Efe",
            "Agencia EFE",
            "EFE Madrid",
            "Ana Ruiz, EFE",
            "Lusa/EFE",
            "Quelle: AP",
            "The AP",
            "par AP",
        ] {
            assert!(mark("Text.", credit, "lemonde.fr").is_some(), "{credit}");
        }
        assert_eq!(mark("PARIS (AFP) - Text.", "", "afp.com"), None);
        assert_eq!(mark("PARIS (AFP) - Text.", "", "AFP"), None);
    }

    #[test]
    fn the_middle_of_a_text_is_not_looked_at() {
        let text = format!("{} (AFP) {}", "mot ".repeat(300), "mot ".repeat(300));
        assert_eq!(mark(&text, "", "x"), None);
    }
}
