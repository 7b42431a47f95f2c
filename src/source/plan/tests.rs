use std::fs;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::*;
use crate::source::remote::Limits;

fn folder(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
    }
    folder
}

fn resolved(
    folder: &tempfile::TempDir,
    arguments: &[&str],
    input: &str,
) -> Result<(Vec<String>, Vec<String>)> {
    let root = folder.path().to_str().unwrap();
    let arguments: Vec<String> = arguments.iter().map(|argument| argument.replace('@', root)).collect();
    let input = input.replace('@', root);
    let network = Network::new(Limits::default(), Arc::new(AtomicBool::new(false)));
    let plan = resolve(&arguments, input.as_bytes(), &network, None)?;
    let short = |text: String| text.replace(&format!("{root}/"), "");
    Ok((
        plan.shards.iter().map(|shard| short(shard.name.clone())).collect(),
        plan.set_aside.into_iter().map(short).collect(),
    ))
}

#[test]
fn any_mix_of_arguments_becomes_a_sorted_list() {
    let folder =
        folder(&["b/2.warc.gz", "a/1.json.gz", "a/README.md", "a/.hidden", "a/deep/3.zst", "wet.paths.gz"]);
    fs::write(folder.path().join("x.paths"), "b/2.warc.gz\nmissing.gz\n").unwrap();
    let (shards, set_aside) =
        resolved(&folder, &["@/a", "@/b/*.gz", "@/x.paths", "-"], "@/a/1.json.gz\n\n").unwrap();
    assert_eq!(shards, ["a/1.json.gz", "a/deep/3.zst", "b/2.warc.gz", "missing.gz"]);
    assert_eq!(set_aside.len(), 3, "{set_aside:?}");
}

#[test]
fn addresses_are_planned_without_asking_anybody() {
    let folder = folder(&["dir/x.gz"]);
    let list = "s3://b/c.gz\nhttps://nobody.invalid/dir/x.gz?sig=1\nfile://@/dir/x.gz\n@/dir/x.gz\n";
    let (shards, set_aside) = resolved(&folder, &["hf://datasets/o/n/en/a.json.gz", "-"], list).unwrap();
    assert_eq!(shards.iter().filter(|name| *name == "dir/x.gz").count(), 2, "{shards:?}");
    assert_eq!(shards.len(), 4, "{shards:?}");
    assert_eq!(set_aside, ["1 paths were given more than once and are read once"]);
}

#[test]
#[cfg(unix)]
fn a_file_is_read_once_however_it_is_spelt() {
    use std::os::unix::fs::symlink;
    let folder = folder(&["a/1.gz", "a/2.gz"]);
    let root = folder.path();
    symlink(root.join("a/1.gz"), root.join("link.gz")).unwrap();
    symlink(root.join("a"), root.join("b")).unwrap();
    let list =
        "@/a/1.gz\n@/a/../a/1.gz\n@/link.gz\n@/b/1.gz\n@/b/2.gz\n@/a/gone.gz\n@/b/gone.gz\n@/no/gone.gz\n";
    let (shards, set_aside) = resolved(&folder, &["-"], list).unwrap();
    assert_eq!(shards, ["a/../a/1.gz", "a/gone.gz", "b/2.gz", "no/gone.gz"]);
    assert_eq!(set_aside, ["4 paths were given more than once and are read once"]);
}

#[test]
fn the_addresses_of_a_release_are_planned() {
    let root = "https://data.example/crawl-data/CC-MAIN-2024-22/segments/1715971057216.39/wet/CC-MAIN-2024";
    let list: String = (0..100_000).map(|n| format!("{root}-{n:05}.warc.wet.gz\n")).collect();
    let network = Network::new(Limits::default(), Arc::new(AtomicBool::new(false)));
    let plan = resolve(&["-".to_owned()], list.as_bytes(), &network, None).unwrap();
    assert_eq!(plan.shards.len(), 100_000);
}

#[test]
fn what_was_named_must_be_there() {
    let folder = folder(&["a/README.md", "empty.paths"]);
    fs::write(folder.path().join("empty.paths"), "\n").unwrap();
    for (argument, words) in [
        ("@/nothing.gz", "cannot find the shard"),
        ("@/a", "no shards in the folder"),
        ("@/*.warc", "no file fits"),
        ("@/empty.paths", "is empty"),
        ("ftp://x.example/y.gz", "no scheme"),
        ("s3://bucket", "s3://BUCKET/KEY"),
        ("-", "is empty"),
    ] {
        let error = resolved(&folder, &[argument], "").unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(error.exit(), crate::exit::Exit::WrongRequest);
    }
}
