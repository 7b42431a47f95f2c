use proptest::prelude::*;

use super::super::publishers;
use super::*;

fn rules(rows: &str) -> DomainRules {
    let list = format!("publisher,title,domain,exclude,valid_from,valid_to\n{rows}\n");
    DomainRules::new(publishers::parse(list.as_bytes()).unwrap_or_else(|error| panic!("{error}")))
}

/// The outcome in a few words: `title:rule` of each hit, or `clear`, `excluded title:rule`, `undecided`.
fn outcome(rules: &DomainRules, url: &str, day: Option<u32>) -> String {
    let address = address::parse(url).unwrap_or_else(|why| panic!("{url}: {why}"));
    let name = |rule: Rule<'_>| format!("{}:{}", rule.title(), rule.text());
    match rules.examine(&address, url, day.map(Day)) {
        Examined::Clear => "clear".into(),
        Examined::Undecided => "undecided".into(),
        Examined::Excluded(rule) => format!("excluded {}", name(rule)),
        Examined::Found(hits) => hits.into_iter().map(|hit| name(hit.rule)).collect::<Vec<_>>().join(" "),
    }
}

#[track_caller]
fn assert_outcomes(rows: &str, cases: &[(&str, Option<u32>, &str)]) {
    let rules = rules(rows);
    for &(url, day, expected) in cases {
        assert_eq!(outcome(&rules, url, day), expected, "{url} on {day:?}");
    }
}

#[test]
fn no_other_site_is_accused() {
    let rules = rules(
        "LM,LM,lemonde.fr\nWP,WP,washingtonpost.com\nW,W,www.wired.com\nX,X,wwwhatsnew.com\nY,Y,www.fr",
    );
    for (url, expected) in [
        ("https://lemonde.fr/", "LM:lemonde.fr"),
        ("https://www.lemonde.fr/a", "LM:lemonde.fr"),
        ("https://a.b.lemonde.fr:8080/a", "LM:lemonde.fr"),
        ("https://u:p@WWW.LeMonde.FR./a", "LM:lemonde.fr"),
        ("https://www.washingtonpost.com/", "WP:washingtonpost.com"),
        ("https://wired.com/", "W:wired.com"),
        ("https://wwwhatsnew.com/", "X:wwwhatsnew.com"),
        ("https://www.fr/", "Y:www.fr"),
        ("https://a.www.fr/", "Y:www.fr"),
        ("https://notlemonde.fr/", "clear"),
        ("https://lemonde.fr.example.com/", "clear"),
        ("https://lemonde.france/", "clear"),
        ("https://lemonde.frr/", "clear"),
        ("https://monde.fr/", "clear"),
        ("https://ashingtonpost.com/", "clear"),
        ("https://ired.com/", "clear"),
        ("https://hatsnew.com/", "clear"),
        ("https://example.com/?u=lemonde.fr", "clear"),
        ("https://example.com/lemonde.fr", "clear"),
        ("https://example.com/https://lemonde.fr/", "clear"),
        ("https://lemonde.fr@example.com/", "clear"),
        ("https://example.com\\@lemonde.fr/", "clear"),
        ("https://fr/", "clear"),
    ] {
        assert_eq!(outcome(&rules, url, None), expected, "{url}");
    }
}

#[test]
fn the_longest_rule_wins() {
    assert_outcomes(
        "BBC,BBC,bbc.co.uk\nBBC,News,bbc.co.uk/news\nOF,OF,ouest-france.fr\nOF,Maine,ouest-france.fr/le-maine-libre\n\
         OF,Blogs,blogs.ouest-france.fr",
        &[
            ("https://www.bbc.co.uk/sport", None, "BBC:bbc.co.uk"),
            ("https://www.bbc.co.uk/newsround", None, "BBC:bbc.co.uk"),
            ("https://www.bbc.co.uk/news", None, "News:bbc.co.uk/news"),
            ("https://www.bbc.co.uk/news?x", None, "News:bbc.co.uk/news"),
            ("https://www.bbc.co.uk//n%65ws/x#y", None, "News:bbc.co.uk/news"),
            ("https://ouest-france.fr/le-maine-libre/a", None, "Maine:ouest-france.fr/le-maine-libre"),
            ("https://ouest-france.fr/Le-Maine-Libre/a", None, "OF:ouest-france.fr"),
            ("https://blogs.ouest-france.fr/le-maine-libre/a", None, "Blogs:blogs.ouest-france.fr"),
        ],
    );
}

#[test]
fn two_titles_on_one_domain_give_two_hits() {
    assert_outcomes("A,Une,a.fr\nB,Deux,a.fr\nA,Une,a.fr", &[("http://a.fr/", None, "Une:a.fr Deux:a.fr")]);
}

#[test]
fn names_beyond_ascii_match_both_ways() {
    for rule in ["journal-é.fr", "xn--journal--i1a.fr"] {
        let rules = rules(&format!("J,J,{rule}"));
        for url in ["http://journal-é.fr/", "http://www.XN--journal--i1a.fr/", "http://JOURNAL-É.fr/"] {
            assert_eq!(outcome(&rules, url, None), "J:xn--journal--i1a.fr", "{rule} {url}");
        }
    }
}

#[test]
fn a_rule_does_not_cover_its_exclusions() {
    assert_outcomes(
        "LM,LM,lemonde.fr,blogs.lemonde.fr;/shop|lemonde.fr/jeux boutique.lemonde.fr/x\nLM,Big,big.blogs.lemonde.fr\n\
         LM,Deals,lemonde.fr/shop/deals\nZ,Z,lemonde.fr",
        &[
            ("http://lemonde.fr/", None, "LM:lemonde.fr Z:lemonde.fr"),
            ("http://blogs.lemonde.fr/", None, "Z:lemonde.fr"),
            ("http://a.blogs.lemonde.fr/", None, "Z:lemonde.fr"),
            ("http://notblogs.lemonde.fr/", None, "LM:lemonde.fr Z:lemonde.fr"),
            ("http://lemonde.fr/shop/a", None, "Z:lemonde.fr"),
            ("http://lemonde.fr/shopping", None, "LM:lemonde.fr Z:lemonde.fr"),
            ("http://www.lemonde.fr/jeux", None, "Z:lemonde.fr"),
            ("http://boutique.lemonde.fr/x", None, "Z:lemonde.fr"),
            ("http://boutique.lemonde.fr/y", None, "LM:lemonde.fr Z:lemonde.fr"),
            // A longer rule within an excluded part still counts.
            ("http://big.blogs.lemonde.fr/", None, "Big:big.blogs.lemonde.fr"),
            ("http://lemonde.fr/shop/deals/1", None, "Deals:lemonde.fr/shop/deals"),
        ],
    );
    assert_outcomes(
        "LM,LM,lemonde.fr,/shop\nLM,LM,blogs.lemonde.fr,/perso",
        &[
            ("http://lemonde.fr/shop", None, "excluded LM:lemonde.fr"),
            // The exclusion is longer than either rule of the title.
            ("http://blogs.lemonde.fr/perso", None, "excluded LM:blogs.lemonde.fr"),
            ("http://blogs.lemonde.fr/shop", None, "LM:blogs.lemonde.fr"),
        ],
    );
}

#[test]
fn an_exclusion_row_counts_for_all_titles_of_its_publisher() {
    assert_outcomes(
        "LM,LM,lemonde.fr\nLM,Mag,lemonde.fr\nLM,,blogs.lemonde.fr,yes\nZ,Z,fr.com\nLM,,jeux.fr.com,x\nLM,Big,big.blogs.lemonde.fr",
        &[
            ("http://blogs.lemonde.fr/", None, "excluded LM:lemonde.fr"),
            ("http://big.blogs.lemonde.fr/", None, "Big:big.blogs.lemonde.fr"),
            ("http://lemonde.fr/", None, "LM:lemonde.fr Mag:lemonde.fr"),
            ("http://jeux.fr.com/", None, "Z:fr.com"),
        ],
    );
}

#[test]
fn dates_bound_a_rule_and_the_next_shorter_one_steps_in() {
    let rows = "A,Old,rue89.com,,,2011-12-20\nB,New,rue89.com,,2011-12-21,\nA,Site,a.fr\nA,Part,x.a.fr,,2010-01-01,2010-12-31";
    assert_outcomes(
        rows,
        &[
            ("http://rue89.com/", Some(20111220), "Old:rue89.com"),
            ("http://rue89.com/", Some(20111221), "New:rue89.com"),
            ("http://rue89.com/", None, "undecided"),
            ("http://x.a.fr/", Some(20100101), "Part:x.a.fr"),
            ("http://x.a.fr/", Some(20101231), "Part:x.a.fr"),
            ("http://x.a.fr/", Some(20091231), "Site:a.fr"),
            ("http://x.a.fr/", Some(20110101), "Site:a.fr"),
            ("http://x.a.fr/", None, "undecided"),
            ("http://y.a.fr/", None, "Site:a.fr"),
            ("http://b.fr/", None, "clear"),
        ],
    );
}

#[test]
fn a_date_that_changes_nothing_is_not_missed() {
    assert_outcomes(
        "A,Deep,y.x.a.fr\nA,Mid,x.a.fr,,2010-01-01,\nB,B,b.fr,x.b.fr,2010-01-01,",
        &[
            ("http://y.x.a.fr/", None, "Deep:y.x.a.fr"),
            ("http://x.a.fr/", None, "undecided"),
            ("http://x.a.fr/", Some(20091231), "clear"),
            // Excluded from 2010 on, not in the list before: which of them, the date would tell.
            ("http://x.b.fr/", None, "undecided"),
            ("http://x.b.fr/", Some(20100101), "excluded B:b.fr"),
            ("http://x.b.fr/", Some(20091231), "clear"),
        ],
    );
}

#[test]
fn a_mirror_is_never_reported_as_the_site() {
    let rules = rules("LM,LM,lemonde.fr,/shop\nA,A,archive.org\nB,B,b.fr,,2010-01-01,");
    for (url, expected) in [
        ("https://www-lemonde-fr.cdn.ampproject.org/c/s/www.lemonde.fr/a", Some("https://www.lemonde.fr/a")),
        (
            "https://r.jina.ai/https://www-lemonde-fr.translate.goog/a?_x_tr_sl=fr",
            Some("https://www.lemonde.fr/a"),
        ),
        ("https://lemonde-fr.example.com/c/s/www.lemonde.fr/a", None),
        ("https://r.jina.ai/https://example.com/lemonde.fr", None),
        (
            "https://r.jina.ai/https://r.jina.ai/https://r.jina.ai/https://lemonde.fr/",
            Some("https://lemonde.fr/"),
        ),
        ("https://r.jina.ai/https://r.jina.ai/https://r.jina.ai/https://r.jina.ai/https://lemonde.fr/", None),
    ] {
        let address = address::parse(url).expect(url);
        match rules.examine(&address, url, None) {
            Examined::Found(hits) => {
                let hits: Vec<_> =
                    hits.iter().map(|hit| (hit.rule.text(), hit.kind, hit.original_url.as_deref())).collect();
                assert_eq!(hits, [("lemonde.fr", MatchKind::Mirror, expected)], "{url}");
            }
            other => assert!(expected.is_none() && matches!(other, Examined::Clear), "{url}: {other:?}"),
        }
    }
    // The mirror's own host stands in the list.
    let url = "https://web.archive.org/web/2015/https://lemonde.fr/";
    let address = address::parse(url).expect(url);
    let Examined::Found(hits) = rules.examine(&address, url, None) else { panic!("{url} was not found") };
    let own = (hits[0].rule.text(), hits[0].kind, hits[0].original_url.as_deref());
    assert_eq!((own, hits.len()), (("archive.org", MatchKind::Domain, None), 1));
    // Exclusions and dates hold for the original too.
    assert_eq!(
        outcome(&rules, "https://r.jina.ai/https://lemonde.fr/shop/a", None),
        "excluded LM:lemonde.fr"
    );
    assert_eq!(outcome(&rules, "https://r.jina.ai/https://b.fr/", None), "undecided");
    assert_eq!(outcome(&rules, "https://r.jina.ai/https://b.fr/", Some(20100101)), "B:b.fr");
}

proptest! {
    #[test]
    fn it_agrees_with_comparing_labels(
        listed in prop::collection::vec("[ab]{1,2}(\\.[ab]{1,2}){0,2}\\.fr", 1..8),
        host in "(www\\.)?[ab]{1,2}(\\.[ab]{1,2}){0,3}\\.(fr|com)",
    ) {
        let rows: Vec<String> = listed.iter().enumerate().map(|(at, host)| format!("P,T{at},{host}")).collect();
        let rules = rules(&rows.join("\n"));
        let labels = |host: &str| host.split('.').rev().map(String::from).collect::<Vec<_>>();
        let covers = |rule: &&String| labels(&host).starts_with(&labels(rule));
        let longest = listed.iter().filter(covers).map(|rule| labels(rule).len()).max();
        let expected: Vec<String> = listed.iter().enumerate()
            .filter(|(_, rule)| covers(rule) && Some(labels(rule).len()) == longest)
            .map(|(at, rule)| format!("T{at}:{rule}")).collect();
        let expected = if expected.is_empty() { "clear".to_owned() } else { expected.join(" ") };
        prop_assert_eq!(outcome(&rules, &format!("http://{host}/"), None), expected);
    }

    #[test]
    fn no_address_makes_it_panic(url in "(https?://)?(web.archive.org/web/2015|r.jina.ai|a-b.translate.goog|x.cdn.ampproject.org/c|www.google.fr/amp|lemonde.fr)/\\PC{0,30}") {
        let rules = rules("LM,LM,lemonde.fr/a");
        if let Ok(address) = address::parse(&url) {
            let _ = rules.examine(&address, &url, None);
        }
    }
}
