use super::*;

#[test]
fn cells_that_say_clearly_what_they_mean() {
    for (cell, host, path, rewritten) in [
        ("lemonde.fr", "lemonde.fr", "", false),
        (" LeMonde.FR. ", "lemonde.fr", "", false),
        ("www.lemonde.fr", "lemonde.fr", "", false),
        ("www.fr", "www.fr", "", false),
        ("www.co.uk", "www.co.uk", "", false),
        ("wwwhatsnew.com", "wwwhatsnew.com", "", false),
        ("www2.lemonde.fr", "www2.lemonde.fr", "", false),
        ("www.www.lemonde.fr", "www.lemonde.fr", "", false),
        ("washingtonpost.com", "washingtonpost.com", "", false),
        ("welt.de", "welt.de", "", false),
        ("https://www.lemonde.fr/", "lemonde.fr", "", true),
        ("HTTP://lemonde.fr", "lemonde.fr", "", true),
        ("//lemonde.fr/", "lemonde.fr", "", true),
        ("*.lemonde.fr", "lemonde.fr", "", true),
        (".lemonde.fr", "lemonde.fr", "", true),
        ("lemonde.fr:8080/a", "lemonde.fr", "/a", true),
        ("bbc.co.uk/news", "bbc.co.uk", "/news", false),
        ("bbc.co.uk//n%65ws/", "bbc.co.uk", "/news", false),
        ("bbc.co.uk/", "bbc.co.uk", "", false),
        ("lemonde.fr/article/0,1-0.html", "lemonde.fr", "/article/0,1-0.html", false),
        ("lemonde.fr/news;id=1", "lemonde.fr", "/news;id=1", false),
        ("dw.de/0,,12,00.html/x.y", "dw.de", "/0,,12,00.html/x.y", false),
        ("Journal-É.fr", "xn--journal--i1a.fr", "", false),
        ("xn--journal--i1a.fr", "xn--journal--i1a.fr", "", false),
        ("my_blog.lemonde.fr", "my_blog.lemonde.fr", "", false),
        ("someone.blogspot.com", "someone.blogspot.com", "", false),
        ("blogspot.com", "blogspot.com", "", false),
        ("192.0.2.1", "192.0.2.1", "", false),
        ("[2001:DB8::1]:80", "[2001:db8::1]", "", true),
    ] {
        let read = place(cell).unwrap_or_else(|fault| panic!("{cell} {fault}"));
        assert_eq!((&*read.host, &*read.path, read.rewritten), (host, path, rewritten), "{cell}");
    }
}

#[test]
fn suffixes() {
    for (cell, suffix) in [
        ("lemonde.fr", Suffix::Known),
        ("someone.blogspot.com", Suffix::Known),
        ("xn--journal--i1a.xn--p1ai", Suffix::Known),
        ("192.0.2.1", Suffix::Known),
        ("blogspot.com", Suffix::Platform),
        ("lemonde.frr", Suffix::Unknown),
    ] {
        assert_eq!(place(cell).map(|place| place.suffix), Ok(suffix), "{cell}");
    }
    assert!(place("lemonde.fr/a.html").is_ok_and(|place| place.is_page()));
    assert!(place("lemonde.fr/html").is_ok_and(|place| !place.is_page()));
}

#[test]
fn cells_that_are_refused() {
    let long_label = format!("{}.fr", "a".repeat(64));
    let long_host = format!("{}fr", "abcdefg.".repeat(32));
    let long_path = format!("a.fr/{}", "a".repeat(LONGEST_PATH));
    for (cell, fault) in [
        ("", Fault::NoHost),
        ("http://", Fault::NoHost),
        ("http:///x", Fault::NoHost),
        ("mailto://lemonde.fr", Fault::NoHost),
        ("lemonde..fr", Fault::NoHost),
        ("le%20monde.fr", Fault::NoHost),
        ("lemonde.fr\\a", Fault::NoHost),
        ("lemonde.fr:http", Fault::NoHost),
        ("lemonde.fr:", Fault::NoHost),
        ("2001:db8::1", Fault::NoHost),
        ("300.1.1.1", Fault::NoHost),
        ("2008", Fault::NoHost),
        ("1.5", Fault::NoHost),
        ("0xC0000201", Fault::NoHost),
        ("192.0.2.01", Fault::NoHost),
        ("monde.3x", Fault::NoHost),
        ("l'équipe.fr", Fault::NoHost),
        ("/news", Fault::NoHost),
        ("le monde.fr", Fault::Blank),
        ("lemonde.fr lefigaro.fr", Fault::Blank),
        ("lemonde.fr;lefigaro.fr", Fault::Several),
        ("lemonde.fr|lefigaro.fr", Fault::Several),
        ("lemonde.fr?x=1", Fault::Query),
        ("lemonde.fr/#top", Fault::Query),
        ("redaction@lemonde.fr", Fault::Mail),
        ("lemonde.*", Fault::Wildcard),
        ("*lemonde.fr", Fault::Wildcard),
        ("bbc.co.uk/news/*", Fault::WildcardPath),
        ("bbc.co.uk/*", Fault::WildcardPath),
        ("lemonde.fr/;lefigaro.fr/", Fault::SeveralPaths),
        ("lemonde.fr/a|lefigaro.fr", Fault::SeveralPaths),
        ("lemonde.fr/a,/b", Fault::SeveralPaths),
        ("https://lemonde.fr/;https://lefigaro.fr/", Fault::SeveralPaths),
        ("lemonde", Fault::NoDot),
        ("fr", Fault::PublicSuffix),
        ("*.fr", Fault::PublicSuffix),
        ("co.uk", Fault::PublicSuffix),
        ("gouv.fr/actualites", Fault::PublicSuffix),
        (&long_label, Fault::TooLong),
        (&long_host, Fault::TooLong),
        (&long_path, Fault::TooLong),
    ] {
        assert_eq!(place(cell), Err(fault), "{cell}");
    }
}

#[test]
fn places_within_places() {
    for (exclusion, rule, covers, takes_from) in [
        ("lemonde.fr", "lemonde.fr", true, true),
        ("fr.com", "lemonde.fr", false, false),
        ("blogs.lemonde.fr", "lemonde.fr", false, true),
        ("lemonde.fr/shop", "lemonde.fr", false, true),
        ("lemonde.fr", "blogs.lemonde.fr", true, false),
        ("lemonde.fr/shop", "blogs.lemonde.fr", false, false),
        ("notlemonde.fr", "lemonde.fr", false, false),
        ("bbc.co.uk/newsround", "bbc.co.uk/news", false, false),
        ("bbc.co.uk/news/uk", "bbc.co.uk/news", false, true),
        ("blogs.bbc.co.uk", "bbc.co.uk/news", false, true),
        ("blogs.bbc.co.uk/sport", "bbc.co.uk/news", false, false),
    ] {
        let (exclusion, rule) = (place(exclusion).expect(exclusion), place(rule).expect(rule));
        assert_eq!(
            (exclusion.covers(&rule), exclusion.takes_from(&rule)),
            (covers, takes_from),
            "{exclusion:?} {rule:?}"
        );
    }
}

#[test]
fn exclude_cells() {
    for cell in ["", " ", "no", "NON", "0", "false", "-"] {
        assert_eq!(exclude(cell), Exclude::Nothing, "{cell}");
    }
    for cell in ["yes", " Oui ", "TRUE", "1", "x"] {
        assert_eq!(exclude(cell), Exclude::Row, "{cell}");
    }
    let parts = Exclude::Parts(vec!["blogs.lemonde.fr", "/shop", "a.fr/b"]);
    assert_eq!(exclude("blogs.lemonde.fr;/shop|a.fr/b"), parts);
    assert_eq!(exclude(" blogs.lemonde.fr ; /shop  a.fr/b\n"), parts);
}

#[test]
fn date_cells() {
    assert_eq!(day(" 2008-05-31 ", Day(0)), Ok(Day(20080531)));
    assert_eq!(day("", Day(7)), Ok(Day(7)));
    for cell in ["31/05/2008", "2008-02-30", "2008", "2008-5-31", "2008-05-31T00:00:00Z"] {
        assert_eq!(day(cell, Day(0)), Err(Fault::NotADate), "{cell}");
    }
}
