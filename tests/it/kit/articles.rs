//! Invented articles: their words are made of syllables, so that no two share a passage by chance.

use std::collections::BTreeMap;

use super::doc::Doc;
use super::json::{Object, Style};
use super::work::{Evidence, Outcome, Work};

/// The address of every article without one of its own is on this site.
pub const SITE: &str = "www.gazette-essai.example";

/// An article and what its publisher says of it. Empty is left out of every form.
#[derive(Clone, Debug, Default)]
pub struct Invented {
    pub id: String,
    pub url: String,
    pub title: String,
    pub date: String,
    pub publisher: String,
    pub credit: String,
    pub paragraphs: Vec<String>,
}

/// An article of so many words, in sentences and paragraphs. The same for the same seed.
pub fn article(seed: u64, words: usize) -> Invented {
    Invented {
        id: format!("a-{seed:04}"),
        url: format!("https://{SITE}/{seed}.html"),
        title: sentence(&mut Source(seed ^ 0x5555_0000), 7),
        date: "2024-05-02".into(),
        publisher: String::new(),
        credit: String::new(),
        paragraphs: paragraphs(seed, words),
    }
}

/// Articles of these words, with the seeds from `first` on.
pub fn articles(first: u64, count: u64, words: usize) -> Vec<Invented> {
    (first..first + count).map(|seed| article(seed, words)).collect()
}

/// So many words that stand in no article of another seed, in one paragraph.
pub fn passage(seed: u64, words: usize) -> String {
    paragraphs(seed, words).join(" ")
}

impl Invented {
    /// The paragraphs, with an empty line between two.
    pub fn text(&self) -> String {
        self.paragraphs.join("\n\n")
    }

    /// Its words as they are written, `from..to`, with a blank between two.
    pub fn part(&self, from: usize, to: usize) -> String {
        self.text().split_whitespace().skip(from).take(to - from).collect::<Vec<_>>().join(" ")
    }

    /// How many words it has.
    pub fn words(&self) -> usize {
        self.text().split_whitespace().count()
    }

    pub fn of(self, publisher: &str, site: &str) -> Invented {
        let url = self.url.replace(SITE, site);
        Invented { publisher: publisher.into(), url, ..self }
    }

    pub fn id(self, id: &str) -> Invented {
        Invented { id: id.into(), ..self }
    }

    /// With one more paragraph at the end.
    pub fn and(mut self, paragraph: &str) -> Invented {
        self.paragraphs.push(paragraph.into());
        self
    }

    /// A line of an export.
    pub fn json(&self) -> String {
        let fields = [
            ("id", &self.id),
            ("title", &self.title),
            ("url", &self.url),
            ("date", &self.date),
            ("publisher", &self.publisher),
            ("credit", &self.credit),
        ];
        let given = fields.into_iter().filter(|(_, value)| !value.is_empty());
        given
            .fold(Object::new(Style::Compact), |object, (name, value)| object.text(name, value))
            .text("text", &self.text())
            .end()
    }

    /// The publisher's own page of it.
    pub fn page(&self) -> String {
        let paragraphs: String = self.paragraphs.iter().map(|text| format!("<p>{text}</p>\n")).collect();
        format!(
            "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n<title>{}</title>\n<link rel=\"canonical\" href=\"{}\">\n\
             <meta property=\"article:published_time\" content=\"{}\">\n</head>\n<body>\n<article>\n{paragraphs}</article>\n\
             </body>\n</html>\n",
            self.title, self.url, self.date
        )
    }

    /// A capture of it on any site: the title, then the paragraphs.
    pub fn captured(&self, url: &str) -> Doc {
        Doc::new(&self.id, url, &format!("{}\n{}", self.title, self.paragraphs.join("\n")))
    }
}

/// An export in JSON lines.
pub fn json_lines(articles: &[Invented]) -> String {
    articles.iter().map(|article| article.json() + "\n").collect()
}

/// A page on `host` about nothing in particular, with these passages in the middle of it.
pub fn page_with(seed: u64, host: &str, passages: &[&str]) -> Doc {
    let around = passage(seed ^ 0x7777_0000, 60);
    let text = format!("{}\n{around}\n{}\n{around}", passage(seed, 5), passages.join("\n"));
    Doc::new(&format!("page-{seed}"), &format!("https://{host}/page/{seed}"), &text)
}

/// The documents as a shard of mC4, plain.
pub fn shard(docs: &[Doc]) -> Vec<u8> {
    super::shards::build(super::shards::Format::Mc4, super::frame::Framing::Plain, docs).bytes().to_vec()
}

/// Writes `NAME.jsonl` and makes `NAME.fpr` and `NAME.fpx` of it, where nothing may be skipped.
#[track_caller]
pub fn fingerprint(work: &Work, name: &str, articles: &[Invented]) -> Outcome {
    let [lines, out, side] = ["jsonl", "fpr", "fpx"].map(|ending| format!("{name}.{ending}"));
    work.put(&lines, json_lines(articles));
    work.run(["fingerprint", &lines, "-o", &out, "--private", &side]).expect(0)
}

/// A scan for articles and its tables.
pub struct Found {
    pub run: Outcome,
    pub evidence: Evidence,
    pub rows: Vec<BTreeMap<String, String>>,
    pub shards: Vec<BTreeMap<String, String>>,
}

/// Runs `scan ARGUMENTS -o OUT`. Every receipt must add up, and `articles.csv` must agree with the rows.
#[track_caller]
pub fn scan(work: &Work, arguments: &[&str], out: &str) -> Found {
    let run = work.run([&["scan", "-o", out, "--quiet"], arguments].concat());
    assert!(matches!(run.exit, 0 | 1 | 3), "{arguments:?}: exit {}: {}", run.exit, run.stderr);
    assert!(!run.stderr.contains("panicked"), "{arguments:?}: {}", run.stderr);
    let evidence = work.evidence(out);
    let (rows, shards) = (evidence.rows("matches.csv"), evidence.rows("shards.csv"));
    shards.iter().for_each(|row| crate::probe::adds_up(out, row));
    let found = Found { run, evidence, rows, shards };
    found.ids_are_unique();
    found.sums_agree();
    found
}

/// Scans these documents, as one shard, for the articles of `a.fpr` with its side file.
#[track_caller]
pub fn search(work: &Work, docs: &[Doc]) -> Found {
    work.put("shard.json", shard(docs));
    let number = (0..).find(|number| !work.path(&format!("out-{number}")).exists()).unwrap_or_default();
    scan(work, &["shard.json", "-f", "a.fpr", "--private", "a.fpx"], &format!("out-{number}"))
}

impl Found {
    /// Address, id and class of each row about an article.
    pub fn hits(&self) -> Vec<(String, String, String)> {
        let cell = |row: &BTreeMap<String, String>, name: &str| super::work::plain(&row[name]);
        let about = self.rows.iter().filter(|row| row["match_kind"] == "article");
        about.map(|row| (cell(row, "archive_url"), cell(row, "article_id"), cell(row, "class"))).collect()
    }

    /// The class of each row, in order.
    pub fn classes(&self) -> Vec<&str> {
        self.rows.iter().map(|row| row["class"].as_str()).collect()
    }

    /// Two shards of one name can hold a record at the same place.
    #[track_caller]
    fn ids_are_unique(&self) {
        let ids = self.rows.iter().map(|row| (&row["match_id"], &row["shard_sha256"]));
        let ids: std::collections::BTreeSet<_> = ids.collect();
        assert_eq!(ids.len(), self.rows.len(), "a match_id stands twice: {:?}", self.rows);
    }

    /// The rows of each article, counted again.
    #[track_caller]
    fn sums_agree(&self) {
        if !self.evidence.path("articles.csv").exists() {
            return;
        }
        for sum in self.evidence.rows("articles.csv") {
            let of_it = |row: &&BTreeMap<String, String>| {
                row["match_kind"] == "article"
                    && row["article_id"] == sum["article_id"]
                    && row["publisher"] == sum["publisher"]
            };
            let is_copy =
                |row: &&BTreeMap<String, String>| matches!(&*row["class"], "full" | "partial" | "teaser");
            let rows: Vec<_> = self.rows.iter().filter(of_it).collect();
            let copies = rows.iter().copied().filter(is_copy).count();
            let here = rows.iter().copied().filter(is_copy).filter(|row| row["own_site"] == "yes").count();
            let expected = [copies, here, copies - here, rows.len() - copies].map(|count| count.to_string());
            let stated = ["copies", "copies_own_site", "copies_elsewhere", "notes"].map(|name| &sum[name]);
            assert_eq!(stated, expected.each_ref(), "{sum:?}");
            assert_eq!(sum["found"], if copies > 0 { "yes" } else { "no" }, "{sum:?}");
        }
    }
}

fn paragraphs(seed: u64, words: usize) -> Vec<String> {
    let mut source = Source(seed);
    let mut paragraphs = Vec::new();
    let mut left = words;
    while left > 0 {
        let mut sentences = Vec::new();
        for _ in 0..4 {
            let count = (9 + source.below(9)).min(left);
            if count > 0 {
                sentences.push(sentence(&mut source, count) + ".");
                left -= count;
            }
        }
        paragraphs.push(sentences.join(" "));
    }
    paragraphs
}

fn sentence(source: &mut Source, words: usize) -> String {
    let mut text: Vec<String> = (0..words).map(|_| source.word()).collect();
    if let Some(first) = text.first_mut() {
        first[..1].make_ascii_uppercase();
    }
    text.join(" ")
}

/// Numbers, and words made of them.
struct Source(u64);

impl Source {
    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// Three or four syllables: no agency's name, no word of a page.
    fn word(&mut self) -> String {
        const FIRST: [&str; 14] = ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z"];
        const SECOND: [&str; 10] = ["a", "e", "i", "o", "u", "é", "è", "ô", "ai", "ou"];
        let count = 3 + self.below(2);
        (0..count).map(|_| [FIRST[self.below(14)], SECOND[self.below(10)]].concat()).collect()
    }
}
