//! The words of the vectors: by the definition, by the fast way, and by a second program.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use shardproof::text::exact::is_unspaced;
use shardproof::text::normal::{Words, words};
use shardproof::text::word_hash::hash_of;

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/vectors/normal-form.json")
}

/// Name, text and words of each vector.
fn vectors() -> Vec<(String, String, Vec<String>)> {
    let bytes = std::fs::read(file()).expect("the vectors are part of the repository");
    let parsed: Value = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!(parsed["normal_form"], shardproof::text::normal::NORMAL_FORM);
    let string = |value: &Value| value.as_str().expect("a string").to_owned();
    let vector = |vector: &Value| {
        let words = vector["words"].as_array().expect("a list").iter().map(string).collect();
        (string(&vector["name"]), string(&vector["text"]), words)
    };
    parsed["vectors"].as_array().expect("a list").iter().map(vector).collect()
}

/// A word of one character of a script without spaces is marked as such in its hash.
fn hash(word: &str) -> u64 {
    let mut characters = word.chars();
    let is_single = characters.next().is_some_and(is_unspaced) && characters.next().is_none();
    hash_of(word.as_bytes(), is_single)
}

#[test]
fn every_vector_has_its_words() {
    let vectors = vectors();
    assert!(vectors.len() > 100, "{}", vectors.len());
    let wrong = |(name, text, expected): &(String, String, Vec<String>)| {
        let found = words(text);
        (found != *expected).then(|| format!("{name}: stated {expected:?}, found {found:?}"))
    };
    let wrong: Vec<String> = vectors.iter().filter_map(wrong).collect();
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_fast_way_has_the_hashes_of_these_words() {
    // Buffers are used again from text to text, as in a scan.
    let (mut placed, mut bare) = (Words::default(), Words::default());
    let mut wrong = Vec::new();
    for (name, text, expected) in vectors() {
        let expected: Vec<u64> = expected.iter().map(|word| hash(word)).collect();
        placed.read(&text);
        bare.read_hashes(&text);
        if placed.hashes != expected {
            wrong.push(format!("{name}: with places"));
        }
        if bare.hashes != expected {
            wrong.push(format!("{name}: without places"));
        }
        assert_eq!(placed.places.len(), placed.hashes.len(), "{name}");
        assert!(placed.places.iter().all(|(from, to)| from < to), "{name}: {:?}", placed.places);
        assert!(placed.places.is_sorted(), "{name}: {:?}", placed.places);
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_stands_around_a_text_does_not_change_its_words() {
    let mut whole = Words::default();
    for (name, text, expected) in vectors() {
        // A text that is garbled is repaired as a whole, and a reference may end in what follows.
        let begins_apart = text.starts_with(|first: char| first.is_ascii_alphanumeric() || first == ' ');
        if !begins_apart || shardproof::text::repair::repair(&text).is_some() {
            continue;
        }
        for before in ["Avant. ", "1234567 ", "avant ", "\u{e9}t\u{e9}, "] {
            whole.read_hashes(&format!("{before}{text}\n\napres"));
            let mut around: Vec<u64> = words(before).iter().map(|word| hash(word)).collect();
            around.extend(expected.iter().map(|word| hash(word)));
            around.push(hash("apres"));
            assert_eq!(whole.hashes, around, "{name} behind `{before}`");
        }
    }
}

#[test]
fn another_program_finds_the_same_words() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let run = Command::new("python3").arg(root.join("tests/normal_form.py")).arg(file()).output();
    let Ok(run) = run else {
        assert!(std::env::var_os("CI").is_none(), "python3 is needed here");
        println!("skipped: there is no python3");
        return;
    };
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{said}{}", String::from_utf8_lossy(&run.stderr));
    assert!(said.contains("vectors agree"), "{said}");
}

#[test]
fn the_other_program_says_no_to_a_wrong_vector() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let wrong = folder.path().join("wrong.json");
    let vector = r#"{"name": "a", "why": "", "text": "Un mot", "words": ["un", "mots"]}"#;
    let content = format!("{{\"normal_form\": 1, \"vectors\": [{vector}]}}");
    std::fs::write(&wrong, content).expect("a temporary file");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let run = Command::new("python3").arg(root.join("tests/normal_form.py")).arg(&wrong).output();
    let Ok(run) = run else { return };
    assert_eq!(run.status.code(), Some(1), "{}", String::from_utf8_lossy(&run.stdout));
}
