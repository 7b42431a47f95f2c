//! A captured page, told without regard to any format.
//!
//! A case is written once as a list of `Doc` and then rendered by every format and framing (`shards::build`).

/// One captured page.
#[derive(Clone, Debug)]
pub struct Doc {
    /// The address exactly as the corpus gives it.
    pub url: String,
    /// Capture time, `2024-05-18T00:10:00Z`.
    pub date: String,
    /// Visible text: paragraphs, one a line. The first line is the title.
    pub text: String,
    /// The HTTP body, where it is not the page made from `text`.
    pub body: Option<Vec<u8>>,
    pub status: u16,
    pub mime: String,
    /// ISO 639-3, as in `WARC-Identified-Content-Language`.
    pub lang: String,
    /// A name for messages of tests; it stands in no file.
    pub id: String,
}

impl Doc {
    /// A French HTML page, fetched with success.
    pub fn new(id: &str, url: &str, text: &str) -> Doc {
        Doc {
            url: url.into(),
            date: "2024-05-18T00:10:00Z".into(),
            text: text.into(),
            body: None,
            status: 200,
            mime: "text/html".into(),
            lang: "fra".into(),
            id: id.into(),
        }
    }

    pub fn lang(self, lang: &str) -> Doc {
        Doc { lang: lang.into(), ..self }
    }

    pub fn date(self, date: &str) -> Doc {
        Doc { date: date.into(), ..self }
    }

    pub fn status(self, status: u16) -> Doc {
        Doc { status, ..self }
    }

    pub fn body(self, mime: &str, body: Vec<u8>) -> Doc {
        Doc { mime: mime.into(), body: Some(body), ..self }
    }

    /// A page about nothing in particular, different for each `n`, on a host that no list names.
    pub fn filler(n: usize) -> Doc {
        const WORDS: [&str; 12] = [
            "harbour", "lantern", "orchard", "meadow", "copper", "window", "ladder", "river", "basket",
            "winter", "engine", "letter",
        ];
        let sentence = |i: usize| {
            let word = |step: usize| WORDS[(n * 7 + i * step + step) % WORDS.len()];
            format!("The {} beside the {} has number {} and a {}.", word(1), word(5), n * 31 + i, word(7))
        };
        let lines: Vec<String> = (0..6).map(sentence).collect();
        Doc::new(
            &format!("filler-{n}"),
            &format!("https://filler-{}.example/page/{n}", n % 5),
            &lines.join("\n"),
        )
        .lang("eng")
        .date(&format!("2024-05-18T01:{:02}:{:02}Z", n / 60 % 60, n % 60))
    }

    /// `n` fillers.
    pub fn fillers(n: usize) -> Vec<Doc> {
        (0..n).map(Doc::filler).collect()
    }

    /// The lines of the text that are not blank.
    pub fn lines(&self) -> Vec<&str> {
        self.text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
    }

    /// Whether a text corpus takes it: an HTML page fetched with success.
    pub fn is_page(&self) -> bool {
        self.status == 200 && self.mime == "text/html"
    }

    /// ISO 639-1, as in OSCAR and RedPajama.
    pub fn lang2(&self) -> &str {
        match self.lang.as_str() {
            "fra" => "fr",
            "eng" => "en",
            other => other,
        }
    }

    /// The HTTP body. Its visible words are those of `text`, no more: a case gives the same counts in WARC
    /// and WET.
    pub fn payload(&self) -> Vec<u8> {
        if let Some(body) = &self.body {
            return body.clone();
        }
        if self.mime != "text/html" {
            return format!("{}\n", self.text).into_bytes();
        }
        let lines = self.lines();
        let title = lines.first().copied().unwrap_or_default();
        let mut page = format!(
            "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"UTF-8\">\n<title>{}</title>\n\
             <link rel=\"canonical\" href=\"{}\">\n</head>\n<body>\n<a href=\"/\"><img src=\"/logo.svg\" alt=\"\"></a>\n\
             <h1>{}</h1>\n",
            self.lang2(),
            escaped(title),
            escaped(&self.url),
            escaped(title)
        );
        for line in lines.iter().skip(1) {
            page.push_str(&format!("<p>{}</p>\n", escaped(line)));
        }
        page.push_str("</body>\n</html>\n");
        page.into_bytes()
    }

    /// Host and port as a browser would send them: no scheme, no user.
    pub fn authority(&self) -> &str {
        let rest = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
        authority.rsplit_once('@').map_or(authority, |(_, host)| host)
    }

    /// The host in lower case without its port, as in `source_domain` fields.
    pub fn host(&self) -> String {
        self.authority().split(':').next().unwrap_or_default().trim_end_matches('.').to_lowercase()
    }

    /// What stands behind the host in the request line.
    pub fn path(&self) -> &str {
        let rest = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        rest.find('/').map_or("/", |at| &rest[at..])
    }
}

/// Text as it stands in HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
