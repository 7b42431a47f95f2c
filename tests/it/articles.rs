//! What a row about an article says: which overlaps are called copies, and which are not.

use unicode_normalization::UnicodeNormalization;

use crate::kit::articles::{
    self, Found, Invented, SITE, article, fingerprint, page_with, passage, search, shard,
};
use crate::kit::doc::Doc;
use crate::kit::work::{Work, plain};
use crate::probe::number;

/// Searches these documents exactly, and again without the side file. Both must say the same classes.
#[track_caller]
fn classes(what: &str, all: &[Invented], docs: &[Doc]) -> Vec<(String, String, String)> {
    let work = Work::new();
    fingerprint(&work, "a", all);
    let hits = search(&work, docs).hits();
    let sampled = articles::scan(&work, &["shard.json", "-f", "a.fpr"], "sampled").hits();
    assert_eq!(hits, sampled, "{what}: exact and sampled");
    hits
}

/// The documents of which a row says this class, by their place.
#[track_caller]
fn of_class(hits: &[(String, String, String)], class: &str, docs: &[Doc]) -> Vec<usize> {
    let place = |url: &str| docs.iter().position(|doc| doc.url == url).expect("one of the documents");
    hits.iter().filter(|hit| hit.2 == class).map(|hit| place(&hit.0)).collect()
}

fn is_copy(class: &str) -> bool {
    matches!(class, "full" | "partial" | "teaser")
}

#[test]
fn copies_are_told_by_what_they_hold() {
    let all = articles::articles(1, 6, 400);
    let mut shuffled = all[4].clone();
    shuffled.paragraphs.reverse();
    let docs = [
        all[0].captured("https://copie.example/whole"),
        page_with(10_001, "copie.example", &[&all[1].part(150, 300)]),
        page_with(10_002, "copie.example", &[&all[2].part(0, 70)]),
        page_with(10_003, "copie.example", &[&all[3].part(0, 390)]),
        shuffled.captured("https://copie.example/shuffled"),
        page_with(10_004, "copie.example", &[]),
        article(7, 400).captured("https://copie.example/another"),
    ];
    let hits = classes("kinds", &all, &docs);
    let ids: Vec<&str> = hits.iter().map(|hit| hit.1.as_str()).collect();
    let expected: Vec<&str> = all[..5].iter().map(|article| article.id.as_str()).collect();
    assert_eq!(ids, expected, "{hits:?}");
    let classes: Vec<&str> = hits.iter().map(|hit| hit.2.as_str()).collect();
    assert_eq!(classes, ["full", "partial", "teaser", "full", "full"]);
}

#[test]
fn a_few_words_are_no_copy() {
    let all = articles::articles(1, 3, 400);
    let docs: Vec<Doc> = [8, 11, 12, 14, 16, 20, 24, 30, 40]
        .into_iter()
        .map(|count| page_with(10_000 + count as u64, "page.example", &[&all[0].part(100, 100 + count)]))
        .collect();
    let hits = classes("few", &all, &docs);
    assert!(hits.iter().all(|hit| !is_copy(&hit.2)), "{hits:?}");
    // Below sixteen words there is no row at all.
    assert!(
        hits.iter().all(|hit| !["10008", "10011", "10012", "10014"].iter().any(|end| hit.0.ends_with(end)))
    );
}

#[test]
fn several_short_pieces_are_no_copy() {
    let one = article(1, 600);
    let pieces: Vec<String> = (0..6).map(|k| one.part(k * 90, k * 90 + 10)).collect();
    let between: Vec<String> = pieces
        .iter()
        .enumerate()
        .map(|(k, piece)| format!("{} {piece}", passage(20_000 + k as u64, 30)))
        .collect();
    let passages: Vec<&str> = between.iter().map(String::as_str).collect();
    let hits = classes("pieces", &[one], &[page_with(10_001, "page.example", &passages)]);
    assert!(hits.iter().all(|hit| !is_copy(&hit.2)), "{hits:?}");
}

#[test]
fn repeated_words_are_no_copy() {
    let zeros = |count: usize| "0 ".repeat(count);
    let two = |count: usize| "0 1 ".repeat(count);
    let all = [article(1, 200).and(&zeros(60)), article(2, 200).and(&two(30))];
    let docs = [
        Doc::new("zeros", "https://tableau.example/1", &format!("Tableau\n{}", zeros(300))),
        Doc::new("two", "https://tableau.example/2", &format!("Tableau\n{}", two(150))),
        all[0].captured("https://copie.example/3"),
    ];
    let work = Work::new();
    fingerprint(&work, "a", &all);
    let exact = search(&work, &docs).hits();
    let sampled = articles::scan(&work, &["shard.json", "-f", "a.fpr"], "sampled").hits();
    // No kept shingle proves the zeros, so that the sampled copy has fewer words.
    for (hits, class) in [(exact, "full"), (sampled, "partial")] {
        let copies: Vec<_> = hits.into_iter().filter(|hit| is_copy(&hit.2)).collect();
        assert_eq!(copies, [(docs[2].url.clone(), all[0].id.clone(), class.to_owned())]);
    }
}

#[test]
fn a_short_article_is_a_note_at_most() {
    let all = [article(1, 40), article(2, 30), article(3, 200)];
    let docs: Vec<Doc> =
        all.iter().enumerate().map(|(i, one)| one.captured(&format!("https://copie.example/{i}"))).collect();
    let hits = classes("short", &all, &docs);
    let copies: Vec<&str> = hits.iter().filter(|hit| is_copy(&hit.2)).map(|hit| hit.1.as_str()).collect();
    assert_eq!(copies, [all[2].id.as_str()], "{hits:?}");
}

#[test]
fn quoted_speech_is_no_copy() {
    let marks = [("“", "”"), ("« ", " »"), ("„", "“"), ("\"", "\"")];
    let cases = [40, 100].into_iter().flat_map(|count| marks.map(|(open, close)| (count, open, close)));
    let (mut all, mut docs, mut expected) = (Vec::new(), Vec::new(), Vec::new());
    for (n, (count, open, close)) in cases.enumerate() {
        let seed = n as u64;
        let quoted = format!("{open}{}{close}", passage(900 + seed, count));
        let one = article(1 + seed, 300).and(&quoted);
        let reported = format!("Il dit : {quoted} Puis il part.");
        // With much of the article around it, it is one.
        let around = format!("{} {quoted}", one.part(200, 300));
        for (k, (passage, class)) in
            [(&quoted, "quote"), (&reported, "quote"), (&around, "partial")].into_iter().enumerate()
        {
            docs.push(page_with(10_000 + seed * 10 + k as u64, "page.example", &[passage]));
            expected.push((
                docs.last().map(|doc| doc.url.clone()).unwrap_or_default(),
                one.id.clone(),
                class.to_owned(),
            ));
        }
        all.push(one);
    }
    let hits = classes("speech", &all, &docs);
    assert_eq!(hits, expected);
}

#[test]
fn text_under_an_agencys_mark_is_a_copy_nowhere() {
    let text = article(1, 300);
    let marked = [
        Invented { credit: "AFP".into(), ..text.clone() },
        Invented { credit: "Avec AFP".into(), ..article(2, 300) },
        article(3, 300).and("(Reuters)"),
    ];
    let mut dateline = article(4, 300);
    dateline.paragraphs[0] = format!("PARIS (AFP) – {}", dateline.paragraphs[0]);
    let all = [&marked[..], &[dateline, article(5, 300)]].concat();
    let docs: Vec<Doc> = all
        .iter()
        .enumerate()
        .flat_map(|(i, one)| [one.captured(&format!("https://tiers.example/{i}")), one.captured(&one.url)])
        .collect();
    let work = Work::new();
    fingerprint(&work, "a", &all);
    let found = search(&work, &docs);
    assert_eq!(found.rows.len(), 10, "{:?}", found.hits());
    for (i, row) in found.rows.iter().enumerate() {
        let is_own = i % 2 == 1;
        assert_eq!(row["own_site"], if is_own { "yes" } else { "no" }, "{row:?}");
        let expected = if i / 2 == 4 { "full" } else { "agency" };
        assert_eq!(row["class"], expected, "{i}: {row:?}");
        assert_eq!(row["agency"], ["AFP", "AFP", "Reuters", "AFP", ""][i / 2], "{row:?}");
    }
}

#[test]
fn a_record_older_than_the_article_says_so() {
    let work = Work::new();
    fingerprint(&work, "a", &articles::articles(1, 1, 200));
    let copy =
        |n: usize, date: &str| article(1, 200).captured(&format!("https://copie.example/{n}")).date(date);
    let dates =
        ["2024-04-30T23:59:59Z", "2024-05-01T10:00:00Z", "2024-05-02T00:00:00Z", "2024-05-18T00:10:00Z"];
    let docs: Vec<Doc> = dates.iter().enumerate().map(|(n, date)| copy(n, date)).collect();
    let found = search(&work, &docs);
    let older: Vec<&str> = found.rows.iter().map(|row| row["record_older"].as_str()).collect();
    assert_eq!(older, ["yes", "yes", "no", "no"]);
    assert_eq!(found.classes(), ["full"; 4], "what it means is for the reader to judge");
    let sum = &found.evidence.rows("articles.csv")[0];
    assert_eq!((&*sum["first_date"], &*sum["last_date"]), (dates[0], dates[3]));
}

#[test]
fn text_of_several_publishers_is_shared_and_they_are_named() {
    let common = passage(900, 150);
    let all = [
        article(1, 200).of("Le Matin", "matin.example").and(&common),
        article(2, 200).of("Le Soir; du nord", "soir.example").and(&common),
        article(3, 200).of("Midi", "midi.example").and(&common),
        article(4, 200).of("Minuit", "minuit.example"),
    ];
    let work = Work::new();
    fingerprint(&work, "a", &all);
    let docs = [page_with(10_001, "tiers.example", &[&common]), all[0].captured("https://copie.example/1")];
    let found = search(&work, &docs);
    let of = |doc: &Doc| {
        let url = doc.url.clone();
        found.rows.iter().filter(move |row| plain(&row["archive_url"]) == url)
    };
    assert_eq!(of(&docs[0]).count(), 3, "{:?}", found.hits());
    for row in of(&docs[0]) {
        assert_eq!(row["class"], "shared", "{row:?}");
        let names = ["Le Matin", "Le Soir, du nord", "Midi"];
        let own = plain(&row["publisher"]).replace(';', ",");
        let others: Vec<&str> = names.into_iter().filter(|name| *name != own).collect();
        assert_eq!(plain(&row["other_publishers"]), others.join(";"));
    }
    let copies: Vec<_> = of(&docs[1]).filter(|row| is_copy(&row["class"])).collect();
    assert_eq!(copies.len(), 1, "{:?}", found.hits());
    assert_eq!((&*copies[0]["publisher"], &*copies[0]["class"]), ("Le Matin", "full"));
}

#[test]
fn the_same_article_of_two_publishers_is_shared_on_another_site() {
    let all =
        [article(1, 300).of("Le Matin", "matin.example"), article(1, 300).of("Le Soir", "soir.example")];
    let docs = [all[0].captured("https://tiers.example/1")];
    let hits = classes("both", &all, &docs);
    assert_eq!(hits.len(), 2, "{hits:?}");
    assert!(hits.iter().all(|hit| hit.2 == "shared"), "{hits:?}");
}

#[test]
fn what_recurs_in_a_publishers_articles_is_boilerplate() {
    let notice = passage(900, 60);
    let all: Vec<Invented> = articles::articles(1, 6, 250).into_iter().map(|one| one.and(&notice)).collect();
    let docs = [
        page_with(10_001, "page.example", &[&notice]),
        all[2].captured("https://copie.example/2"),
        article(50, 200).and(&notice).captured("https://copie.example/3"),
    ];
    let hits = classes("notice", &all, &docs);
    assert_eq!(of_class(&hits, "full", &docs), [1], "{hits:?}");
    assert!(hits.iter().filter(|hit| hit.2 != "full").all(|hit| hit.2 == "boilerplate"), "{hits:?}");
    assert!(!of_class(&hits, "boilerplate", &docs).is_empty(), "{hits:?}");
}

/// Pages on `hosts` hosts that hold the same passage of an article.
fn passages_on(hosts: usize, host: impl Fn(usize) -> String, one: &Invented) -> Vec<Doc> {
    (0..hosts).map(|n| page_with(10_000 + n as u64, &host(n), &[&one.part(200, 260)])).collect()
}

#[test]
fn a_passage_on_many_hosts_is_nobodys_own() {
    let all = articles::articles(1, 2, 400);
    let apart = |n: usize| format!("hote-{n}.example");
    for (count, expected) in [(4, "partial"), (5, "shared"), (6, "shared")] {
        let hits = classes("hosts", &all, &passages_on(count, apart, &all[0]));
        assert_eq!(hits.len(), count, "{hits:?}");
        assert!(hits.iter().all(|hit| hit.2 == expected), "{count}: {hits:?}");
    }
    let one_site = |n: usize| format!("s{n}.hote.example");
    let hits = classes("one site", &all, &passages_on(6, one_site, &all[0]));
    assert!(hits.iter().all(|hit| hit.2 == "partial"), "hosts of one domain are one: {hits:?}");
    let own = |n: usize| format!("s{n}.gazette-essai.example");
    let hits = classes("own", &all, &passages_on(6, own, &all[0]));
    assert!(hits.iter().all(|hit| hit.2 == "partial"), "the publisher's own: {hits:?}");
}

#[test]
fn full_copies_on_many_hosts_stay_copies() {
    let all = articles::articles(1, 2, 400);
    let copies =
        |count: usize| (0..count).map(|n| article(1, 400).captured(&format!("https://hote-{n}.example/")));
    let docs: Vec<Doc> = copies(7).collect();
    let hits = classes("copies", &all, &docs);
    assert_eq!(of_class(&hits, "full", &docs).len(), 7, "{hits:?}");
    // Quoted on many sites besides, a passage is common, and the copies are copies.
    let quoting = passages_on(6, |n| format!("page-{n}.example"), &all[0]);
    let docs: Vec<Doc> = copies(2).chain(quoting).collect();
    let hits = classes("both", &all, &docs);
    assert_eq!(of_class(&hits, "shared", &docs), [2, 3, 4, 5, 6, 7], "{hits:?}");
    assert!(hits[..2].iter().all(|hit| is_copy(&hit.2)), "{hits:?}");
}

#[test]
fn what_the_commons_list_holds_is_nobodys_own() {
    let work = Work::new();
    let all = articles::articles(1, 2, 400);
    fingerprint(&work, "a", &all);
    work.put("sample.json", shard(&passages_on(6, |n| format!("hote-{n}.example"), &all[0])));
    work.run(["commons", "sample.json", "-o", "c.fpc", "-q"]).expect(0);
    let docs = [
        page_with(20_001, "page.example", &[&all[0].part(200, 260)]),
        all[0].captured("https://copie.example/1"),
    ];
    assert_eq!(search(&work, &docs).classes(), ["partial", "full"]);
    let arguments = ["shard.json", "-f", "a.fpr", "--private", "a.fpx", "--commons", "c.fpc"];
    let found = articles::scan(&work, &arguments, "with");
    assert_eq!(found.classes(), ["shared", "partial"], "the rest of the article is its own");
    assert!(!found.evidence.manifest()["settings"]["articles"]["commons_sha256"].is_null());
}

#[test]
fn how_far_an_article_is_spread_is_asked_over_all_shards() {
    let work = Work::new();
    let all = articles::articles(1, 1, 400);
    fingerprint(&work, "a", &all);
    for (n, doc) in passages_on(6, |n| format!("hote-{n}.example"), &all[0]).into_iter().enumerate() {
        work.put(&format!("s/{n}.json"), shard(&[doc]));
    }
    let found = articles::scan(&work, &["s", "-f", "a.fpr"], "all");
    assert_eq!(found.classes(), ["shared"; 6]);
    assert!(found.rows.iter().all(|row| row["other_hosts"] == "5"), "{:?}", found.rows);
    let found = articles::scan(&work, &["s/0.json", "s/1.json", "-f", "a.fpr"], "two");
    assert_eq!(found.classes(), ["partial"; 2]);
}

#[test]
fn of_two_versions_the_better_one_has_the_row() {
    let first = article(1, 300).id("first");
    let mut second = first.clone().id("second");
    second.paragraphs[2] = passage(900, 60);
    second.paragraphs.push(passage(901, 40));
    let docs = [first.captured("https://copie.example/1"), second.captured("https://copie.example/2")];
    let hits = classes("versions", &[first, second], &docs);
    let rows: Vec<(&str, &str)> = hits.iter().map(|hit| (hit.1.as_str(), hit.2.as_str())).collect();
    assert_eq!(rows, [("first", "full"), ("second", "full")]);
}

/// An article with apostrophes and quotation marks between its words.
fn typeset() -> Invented {
    let mut one = article(1, 300);
    for paragraph in &mut one.paragraphs {
        let words = paragraph.split(' ').enumerate().map(|(n, word)| match n % 9 {
            3 => format!("l'{word}"),
            6 => format!("\"{word}\""),
            _ => word.to_owned(),
        });
        *paragraph = words.collect::<Vec<_>>().join(" ");
    }
    one
}

#[test]
fn typography_does_not_hide_a_copy() {
    let one = typeset();
    let text = one.text();
    let every = |n: usize, with: &str| {
        let words = text.split(' ').enumerate();
        words.fold(String::new(), |out, (i, word)| out + if i % n == 0 { with } else { " " } + word)
    };
    let inside = |with: char| -> String {
        let middle = text.char_indices().map(|(at, c)| match at % 4 == 1 && c.is_alphabetic() {
            true => format!("{c}{with}"),
            false => c.to_string(),
        });
        middle.collect()
    };
    let accents = |form: fn(char) -> Option<&'static str>| -> String {
        text.chars().map(|c| form(c).map_or(c.to_string(), str::to_owned)).collect()
    };
    let entity = |c: char| match c {
        'é' => Some("&eacute;"),
        'è' => Some("&egrave;"),
        'ô' => Some("&#244;"),
        _ => None,
    };
    let misread = |c: char| match c {
        'é' => Some("Ã©"),
        'è' => Some("Ã¨"),
        'ô' => Some("Ã´"),
        _ => None,
    };
    let wide = |c: char| match c {
        'a'..='z' => char::from_u32(u32::from(c) - 0x61 + 0xff41).unwrap_or(c),
        _ => c,
    };
    let cases: Vec<(&str, String)> = vec![
        ("as it is", text.clone()),
        ("curly marks", text.replace('\'', "’").replace(" \"", " “").replace('"', "”")),
        ("guillemets", text.replace(" \"", " «\u{a0}").replace('"', "\u{202f}»")),
        ("no-break spaces", every(3, "\u{a0}")),
        ("thin spaces", every(2, "\u{2009}")),
        ("line ends", every(6, "\n")),
        ("tabs and blanks", every(4, " \t  ")),
        ("dashes", every(5, " — ")),
        ("soft hyphens", inside('\u{ad}')),
        ("zero-width spaces", inside('\u{200b}')),
        ("byte order marks", every(7, " \u{feff}")),
        ("decomposed", text.nfd().collect()),
        ("composed", text.nfc().collect()),
        ("without accents", text.nfd().filter(|c| !matches!(c, '\u{300}'..='\u{36f}')).collect()),
        ("ligatures", text.replace("fi", "ﬁ").replace("fl", "ﬂ")),
        ("upper case", text.to_uppercase()),
        ("wide letters", text.chars().map(wide).collect()),
        ("references", accents(entity)),
        ("references twice", accents(entity).replace('&', "&amp;")),
        ("misread UTF-8", accents(misread)),
        ("no full stops", text.replace('.', "")),
        ("footnotes", every(25, " [1] ")),
    ];
    let docs: Vec<Doc> = cases
        .iter()
        .enumerate()
        .map(|(n, (what, text))| {
            Doc::new(what, &format!("https://copie.example/{n}"), &format!("Titre\n{text}"))
        })
        .collect();
    let work = Work::new();
    fingerprint(&work, "a", &[one, article(2, 300)]);
    let found = search(&work, &docs);
    let missing = |n: &usize| {
        let url = format!("https://copie.example/{n}");
        // Numbers between the words are other words: what is found then is less.
        let wanted = if cases[*n].0 == "footnotes" { "partial" } else { "full" };
        !found.hits().iter().any(|hit| hit.0 == url && (hit.2 == "full" || hit.2 == wanted))
    };
    let missing: Vec<&str> = (0..cases.len()).filter(missing).map(|n| cases[n].0).collect();
    assert!(missing.is_empty(), "{missing:?}: {:?}", found.hits());
}

/// Text of a script without blanks: `count` characters chosen from a range, in sentences.
fn unspaced(seed: u32, count: usize, first: u32, size: u32, stop: &str) -> String {
    let mut state = seed;
    let mut text = String::new();
    for n in 0..count {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        text.push(char::from_u32(first + (state >> 8) % size).expect("a range of characters"));
        if n % 23 == 22 {
            text.push_str(stop);
        }
        if n % 115 == 114 {
            text.push('\n');
        }
    }
    text
}

#[test]
fn chinese_and_thai_copies_are_found() {
    for (what, first, size, stop) in [("Chinese", 0x4e00, 3000, "，"), ("Thai", 0xe01, 46, " ")] {
        let text = |seed: u32| unspaced(seed, 600, first, size, stop);
        let with = |seed: u32| {
            let paragraphs = text(seed).lines().map(str::to_owned).collect();
            Invented { paragraphs, ..article(u64::from(seed), 10) }
        };
        let all = [with(1), with(2), with(3)];
        let part: String = text(2).chars().skip(200).take(220).collect();
        let around = text(9);
        let docs = [
            all[0].captured("https://copie.example/1"),
            Doc::new("part", "https://copie.example/2", &format!("标题\n{}{part}{}", &around, text(8))),
            Doc::new("other", "https://copie.example/3", &text(7)),
            Doc::new("joined", "https://copie.example/4", &all[2].text().replace(['\n', ' '], "")),
        ];
        let hits = classes(what, &all, &docs);
        let found: Vec<(&str, &str)> = hits.iter().map(|hit| (hit.1.as_str(), hit.2.as_str())).collect();
        let id = |n: usize| all[n].id.as_str();
        assert_eq!(found, [(id(0), "full"), (id(1), "partial"), (id(2), "full")], "{what}");
    }
}

#[test]
fn the_manifest_states_what_decided() {
    let work = Work::new();
    let all = articles::articles(1, 3, 200);
    fingerprint(&work, "a", &all);
    let found = search(&work, &[all[0].captured("https://copie.example/1"), Doc::filler(1)]);
    let manifest = found.evidence.manifest();
    let info = work.run(["fingerprint", "--info", "a.fpr"]).expect(0).stdout;
    let info: serde_json::Value = serde_json::from_str(&info).expect("JSON");
    let settings = &manifest["settings"]["articles"];
    assert_eq!(settings["fingerprints_sha256"], info["content_sha256"]);
    assert_eq!(settings["private_sha256"].as_array().map(Vec::len), Some(1));
    assert_eq!(settings["normal_form"], 1);
    assert_eq!(settings["key"], "public");
    let articles = &manifest["articles"];
    assert_eq!(articles["articles"], 3);
    assert_eq!(articles["file"], "a.fpr");
    let rule = &articles["rule"];
    assert_eq!(rule["version"], settings["rule"]);
    assert!(rule.as_object().expect("an object").len() > 1, "the rule is told, not only its version: {rule}");
    assert_eq!(manifest["results"]["article_copies"], 1);
    assert_eq!(manifest["results"]["counts_add_up"], true);
    // A scan of addresses says nothing of articles.
    work.put("list.csv", crate::scanning::LIST);
    work.run(["scan", "shard.json", "-d", "list.csv", "-o", "addresses", "-q"]).expect(0);
    let evidence = work.evidence("addresses");
    assert!(evidence.manifest()["articles"].is_null());
    assert!(!evidence.path("articles.csv").exists());
}

#[test]
fn the_file_is_named_by_name_and_not_by_the_way_to_it() {
    let work = Work::new();
    let all = articles::articles(1, 1, 200);
    fingerprint(&work, "a", &all);
    work.put("deep/b.fpr", std::fs::read(work.path("a.fpr")).expect("ours"));
    work.put("shard.json", shard(&[all[0].captured("https://copie.example/1")]));
    let one = articles::scan(&work, &["shard.json", "-f", "a.fpr"], "one");
    let other = articles::scan(&work, &["shard.json", "-f", "deep/b.fpr"], "other");
    crate::scanning::same("another place", &one.evidence.tree(), &other.evidence.tree());
    assert_eq!(other.evidence.manifest()["articles"]["file"], "b.fpr");
}

#[test]
fn excerpts_are_there_when_asked_for_and_short() {
    let work = Work::new();
    let mut all = articles::articles(1, 2, 300);
    all.push(Invented {
        paragraphs: vec![unspaced(3, 600, 0x4e00, 3000, "，").replace('\n', "")],
        ..article(3, 10)
    });
    fingerprint(&work, "a", &all);
    let docs = [
        all[0].captured("https://copie.example/1"),
        page_with(10_001, "copie.example", &[&all[1].part(50, 130)]),
        all[2].captured("https://copie.example/3"),
    ];
    let without = search(&work, &docs);
    assert!(without.rows.iter().all(|row| row["excerpt"].is_empty()));
    let arguments = ["shard.json", "-f", "a.fpr", "--private", "a.fpx", "--excerpts"];
    let Found { rows, .. } = articles::scan(&work, &arguments, "with");
    assert_eq!(rows.len(), 3);
    for (row, doc) in rows.iter().zip(&docs) {
        let excerpt = plain(&row["excerpt"]);
        let count = excerpt.chars().count();
        assert!((20..=200).contains(&count), "{count}: {excerpt}");
        assert!(doc.text.contains(&excerpt), "as it stands in the record: {excerpt}");
    }
    let expected: String = all[1].part(50, 130).chars().take(200).collect();
    assert_eq!(plain(&rows[1]["excerpt"]), expected);
    assert_eq!(number(&rows[1], "longest_own_run_words"), 80);
}

#[test]
fn a_page_of_many_articles_has_a_row_for_each() {
    let all = articles::articles(1, 5, 200);
    let parts: Vec<String> = all.iter().map(|one| one.part(20, 110)).collect();
    let passages: Vec<&str> = parts.iter().map(String::as_str).collect();
    let hits = classes("many", &all, &[page_with(10_001, SITE, &passages)]);
    let ids: Vec<&str> = hits.iter().map(|hit| hit.1.as_str()).collect();
    assert_eq!(ids, all.iter().map(|one| one.id.as_str()).collect::<Vec<_>>());
    assert!(hits.iter().all(|hit| hit.2 == "partial"), "{hits:?}");
}

#[test]
fn a_fragment_of_a_refrain_is_not_own() {
    let refrain = article(700, 16).part(0, 16);
    let words: Vec<&str> = refrain.split(' ').collect();
    let own = |number: u64| article(800 + number, 30).part(0, 30);
    let paragraphs: Vec<String> = (0..14).flat_map(|number| [own(number), refrain.clone()]).collect();
    let whole = Invented { paragraphs, ..article(1, 20) };
    let fragments = (0..=words.len() - 5).flat_map(|from| (from + 5..=words.len()).map(move |to| (from, to)));
    let docs: Vec<Doc> = fragments
        .map(|(from, to)| {
            let fragment = words[from..to].join(" ");
            let number = (from * 100 + to) as u64;
            let between = passage(20_000 + number, 80);
            page_with(10_000 + number, &format!("site{number}.example"), &[&own(3), &between, &fragment])
        })
        .collect();
    let work = Work::new();
    fingerprint(&work, "a", std::slice::from_ref(&whole));
    let found = search(&work, &docs);
    assert_eq!(found.rows.len(), docs.len());
    for row in &found.rows {
        assert!(!is_copy(&row["class"]), "{row:?}");
        assert!(number(row, "own_words") <= 30, "{row:?}");
    }
}

#[test]
fn two_runs_are_no_three_because_hashes_are_many() {
    let whole = article(1, 600);
    let docs: Vec<Doc> = (0..20)
        .map(|number| {
            let (one, two) = (whole.part(100, 120), whole.part(155, 175));
            let between = passage(20_000 + number, 35);
            page_with(10_000 + number, &format!("site{number}.example"), &[&one, &between, &two])
        })
        .collect();
    let work = Work::new();
    fingerprint(&work, "a", std::slice::from_ref(&whole));
    let exact = search(&work, &docs);
    let sampled = articles::scan(&work, &["shard.json", "-f", "a.fpr"], "sampled");
    for (exact, sampled) in exact.rows.iter().zip(&sampled.rows) {
        assert_eq!(sampled["class"], exact["class"]);
        assert_eq!(number(sampled, "aligned_words"), 0, "{sampled:?}");
        assert!(number(sampled, "shared_words") <= number(exact, "shared_words"), "{sampled:?}");
    }
}

#[test]
fn a_text_that_many_articles_hold_is_found_however_many_they_are() {
    let common = passage(900, 300);
    for count in [64, 65, 200] {
        for what in ["same", "versions", "publishers"] {
            let work = Work::new();
            let all: Vec<articles::Invented> = (0..count)
                .map(|number| {
                    let paragraphs = vec![common.clone()];
                    let held =
                        articles::Invented { paragraphs, ..article(number, 20).id(&format!("a{number}")) };
                    match what {
                        "same" => held,
                        "versions" => held.and(&passage(1000 + number, 20)),
                        _ => held.of(&format!("Titre {number}"), &format!("titre{number}.example")),
                    }
                })
                .collect();
            articles::fingerprint(&work, "a", &all);
            work.put("shard.json", shard(&[page_with(10_001, "tiers.example", &[&common])]));
            let expected = if what == "publishers" { "shared" } else { "full" };
            for side in [&[][..], &["--private", "a.fpx"]] {
                let arguments = [&["shard.json", "-f", "a.fpr"], side].concat();
                let found = articles::scan(&work, &arguments, &format!("out{}", side.len()));
                assert!(!found.rows.is_empty(), "{count} {what} {side:?}");
                assert!(
                    found.classes().iter().all(|class| *class == expected),
                    "{count} {what}: {:?}",
                    found.classes()
                );
                assert!(what == "publishers" || found.rows.len() == 1, "{count} {what}: one family, one row");
            }
            let report = std::fs::read_to_string(work.path("a.fpr.report.csv")).expect("the report");
            let named =
                report.lines().filter(|line| line.starts_with("version") || line.starts_with("same_text"));
            let expected = count as usize - 1;
            assert!(what == "publishers" || named.count() == expected, "{count} {what}: {report}");
        }
    }
}
