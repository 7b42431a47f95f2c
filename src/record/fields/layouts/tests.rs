use super::*;
use crate::record::fields::tests::detected;

/// A line of each form, and what is to be read from it: name, release, address, date, id, language, text.
type Case = (&'static str, (&'static str, &'static str), [&'static str; 5]);
const CASES: &[Case] = &[
    (r#"{"url":"U","text":"T","timestamp":"D"}"#, ("c4", ""), ["U", "D", "", "", "T"]),
    (r#"{"text":"T","url":"U","date":"D"}"#, ("c4", ""), ["U", "D", "", "", "T"]),
    (
        r#"{"timestamp":"D","content-type":"text/html","content-length":"9","text":"T","url":"U"}"#,
        ("c4", ""),
        ["U", "D", "", "", "T"],
    ),
    (
        r#"{"metadata":{"annotation":null,"identification":{"prob":0.9,"label":"fr"},"sentence_identifications":[null,{"label":"en"}]},"content":"T","warc_headers":{"warc-date":"D","warc-record-id":"I","warc-target-uri":"U"}}"#,
        ("oscar", "OSCAR-2201"),
        ["U", "D", "I", "fr", "T"],
    ),
    (
        r#"{"content":"T","warc_headers":{"warc-target-uri":"U"},"metadata":{"identification":{"label":"fr"},"quality_warnings":["tiny"],"tlsh":null}}"#,
        ("oscar", "OSCAR-2301"),
        ["U", "", "", "fr", "T"],
    ),
    (
        r#"{"content":"T","warc_headers":{"warc-target-uri":"U"},"metadata":{"identification":{"label":"fr"}}}"#,
        ("oscar", ""),
        ["U", "", "", "fr", "T"],
    ),
    (
        r#"{"id":7,"text":"T","meta":{"warc_headers":{"warc-target-uri":"U","warc-date":"D"},"identification":{"label":"br"},"annotations":[]}}"#,
        ("oscar", "OSCAR-2201"),
        ["U", "D", "7", "br", "T"],
    ),
    (
        r#"{"id":7,"text":"T","meta":{"warc_headers":{"warc-target-uri":"U"},"quality_warnings":null}}"#,
        ("oscar", "OSCAR-2301"),
        ["U", "", "7", "", "T"],
    ),
    (
        r#"{"id":7,"text":"T","meta":{"warc_headers":{"warc-target-uri":"U"}}}"#,
        ("oscar", ""),
        ["U", "", "7", "", "T"],
    ),
    (
        r#"{"headers":{"warc-target-uri":"U","warc-identified-content-language":"fra"},"offset":0,"nb_sentences":2}"#,
        ("oscar", "OSCAR-2109"),
        ["U", "", "", "fra", ""],
    ),
    (
        r#"{"f":"F","o":1,"s":2,"u":"U","ts":"D","collection":"cc22","lang":["fra_Latn","eng_Latn"],"text":"T","id":"I"}"#,
        ("hplt", "2"),
        ["U", "D", "I", "fra_Latn", "T"],
    ),
    (
        r#"{"u":"U","ts":"D","crawl_id":"cc22","xml":"<p/>","text":"T"}"#,
        ("hplt", "3"),
        ["U", "D", "", "", "T"],
    ),
    (
        r#"{"lang":"slk_Latn","f":"F","o":1,"s":2,"u":"U","ts":"D","t":"T"}"#,
        ("hplt", ""),
        ["U", "D", "", "slk_Latn", "T"],
    ),
    (
        r#"{"added":"A","created":"D","id":"I","metadata":{"url":"U","language":"en"},"source":"x","text":"T"}"#,
        ("dolma", ""),
        ["U", "D", "I", "en", "T"],
    ),
    (
        r#"{"added":"A","created":"D","id":"HTTPS://U","metadata":{},"source":"x","text":"T"}"#,
        ("dolma", ""),
        ["HTTPS://U", "D", "HTTPS://U", "", "T"],
    ),
    (r#"{"added":"A","id":"s2/123","source":"s2","text":"T"}"#, ("dolma", ""), ["", "", "s2/123", "", "T"]),
    (
        r#"{"text":"T","metadata":{"WARC-Target-URI":"U","WARC-Date":"D","WARC-Record-ID":"I"}}"#,
        ("dclm", ""),
        ["U", "D", "I", "", "T"],
    ),
    (r#"{"text":"T","url":"U","warcinfo":"robots: classic"}"#, ("dclm", ""), ["U", "", "", "", "T"]),
    (
        r#"{"url":"U","raw_content":"T","date_download":"D","digest":"sha1:X","language":"fr","cc_segment":"S"}"#,
        ("redpajama-v2", ""),
        ["U", "D", "", "fr", "T"],
    ),
    (
        r#"{"text":"T","id":"I","dump":"CC","url":"U","date":"D","file_path":"F","language":"en"}"#,
        ("fineweb", ""),
        ["U", "D", "I", "en", "T"],
    ),
    (
        r#"{"text":"T","id":"I","dump":"CC","url":"U","date":"D","file_path":"F","language":"fra","language_script":"Latn"}"#,
        ("fineweb-2", ""),
        ["U", "D", "I", "fra", "T"],
    ),
    (
        r#"{"content":"T","url":"U","timestamp":"D","dump":"CC","segment":"S","image_urls":[]}"#,
        ("refinedweb", ""),
        ["U", "D", "", "", "T"],
    ),
    (r#"{"text":"T","timestamp":"D","url":"U","source":"mC4"}"#, ("culturax", ""), ["U", "D", "", "", "T"]),
    (
        r#"{"url":"U","maintext":"T","date_publish":"P","date_download":"D","language":"en"}"#,
        ("cc_news", ""),
        ["U", "D", "", "en", "T"],
    ),
    (
        r#"{"content":"T","warc-target-uri":"U","warc-date":"D","warc-record-id":"I"}"#,
        ("glotcc", ""),
        ["U", "D", "I", "", "T"],
    ),
    (r#"{"text":"T","meta":{"pile_set_name":"Pile-CC"}}"#, ("the_pile", ""), ["", "", "", "", "T"]),
    (r#"{"text":"T"}"#, ("text_only", ""), ["", "", "", "", "T"]),
];

#[test]
fn each_corpus_is_told_and_read() {
    for (line, (name, release), fields) in CASES {
        let map = detected(line);
        assert_eq!((map.name(), map.release().unwrap_or("")), (*name, *release), "{line}");
        let record = map.read(line.as_bytes()).unwrap();
        let text = record.text.map(|text| text.decode());
        let read = [
            record.url.given(),
            record.date.as_deref(),
            record.id.as_deref(),
            record.language.as_deref(),
            text.as_deref(),
        ];
        assert_eq!(read.map(Option::unwrap_or_default), *fields, "{line}");
    }
}

#[test]
fn each_form_in_the_table_has_a_case() {
    for map in known() {
        let of_map = |(line, _, _): &&Case| std::ptr::eq(detected(line), map);
        assert!(CASES.iter().any(|case| of_map(&case)), "{} {:?}", map.name(), map.release());
    }
}
