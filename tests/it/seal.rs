//! Sealing: what it makes, what it refuses, and that a sealed folder shows every change.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use minisign::KeyPair;
use shardproof::bag::check::{self, Kind, Signed, Stamped};
use shardproof::evidence::manifest::digest_line;

use crate::kit::authority::Authority;
use crate::kit::work::Work;
use crate::scanning::{line, picture, program, same, scan, work};

const ROOT: &str = "tagmanifest-sha256.txt";

/// A folder with the evidence of a small run in `e`, and a key without password.
fn prepared() -> Work {
    let work = work();
    let lines: String =
        (0..20).map(|n| line(if n % 3 == 0 { "www.lemonde.fr" } else { "example.org" }, n)).collect();
    work.put("s/a.json", lines);
    work.put("s/b.json", line("www.bbc.co.uk", 1));
    scan(&work, &["s", "--keep-records"], "e").expect(0);
    let pair = KeyPair::generate_unencrypted_keypair().unwrap();
    work.put("m.key", pair.sk.to_box(None).unwrap().to_string());
    work.put("m.pub", pair.pk.to_box().unwrap().to_string());
    work
}

/// The same with a signature and a time stamp.
fn sealed() -> Work {
    let work = prepared();
    work.run(["seal", "e", "--key", "m.key", "--comment", "Case 7", "--organization", "Press"]).expect(0);
    let query = fs::read(work.path("e/tagmanifest-sha256.txt.tsq")).unwrap();
    work.put("answer.tsr", Authority::new().answer(&query));
    work.run(["seal", "e", "--attach", "answer.tsr"]).expect(0);
    work.run(["unseal", "e"]).expect(0);
    work
}

fn copy(from: &Path, to: &Path) {
    for (name, bytes) in picture(from) {
        match name.ends_with('/') {
            true => fs::create_dir_all(to.join(name)).unwrap(),
            false => {
                fs::create_dir_all(to.join(&name).parent().unwrap()).unwrap();
                fs::write(to.join(name), bytes).unwrap();
            }
        }
    }
}

/// The files of a picture, with `prefix` before their names.
fn files(picture: BTreeMap<String, Vec<u8>>, prefix: &str) -> BTreeMap<String, Vec<u8>> {
    picture
        .into_iter()
        .filter(|(name, _)| !name.ends_with('/'))
        .map(|(name, bytes)| (format!("{prefix}{name}"), bytes))
        .collect()
}

#[test]
fn the_folder_becomes_a_bag_and_its_files_stay_what_they_are() {
    let work = prepared();
    let before = files(picture(&work.path("e")), "data/");
    let run = work.run(["seal", "e", "--key", "m.key", "--organization", "Press"]).expect(0);
    assert!(run.stdout.is_empty() && run.stderr.contains("public key: RW"), "{}", run.stderr);
    let after = picture(&work.path("e"));
    let payload = after.iter().filter(|(name, _)| name.starts_with("data/") && !name.ends_with('/'));
    same("payload", &before, &payload.map(|(name, bytes)| (name.clone(), bytes.clone())).collect());
    let text = |name: &str| String::from_utf8(after[name].clone()).unwrap();
    assert_eq!(text("bagit.txt"), "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n");
    let info = text("bag-info.txt");
    let bytes: usize = before.values().map(Vec::len).sum();
    for line in [
        "Source-Organization: Press\n".to_owned(),
        format!("Payload-Oxum: {bytes}.{}\n", before.len()),
        "External-Description: Of 2 shards, 2 were read completely".to_owned(),
        "External-Description: Sur 2 fichiers, 2 ont été lus".to_owned(),
        "Bag-Software-Agent: shardproof ".to_owned(),
        "Bagging-Date: 20".to_owned(),
    ] {
        assert!(info.contains(&line), "no {line} in\n{info}");
    }
    for name in ["manifest-sha256.txt", "manifest-sha512.txt"] {
        assert_eq!(text(name).lines().count(), before.len(), "{name}");
        assert!(
            text(name).contains("  data/matches.csv\n") && text(name).contains("  data/records/"),
            "{name}"
        );
    }
    for name in [ROOT, "tagmanifest-sha512.txt"] {
        let named: Vec<String> =
            text(name).lines().map(|line| line.split("  ").nth(1).unwrap().to_owned()).collect();
        assert_eq!(
            named,
            ["bag-info.txt", "bagit.txt", "manifest-sha256.txt", "manifest-sha512.txt"],
            "{name}"
        );
    }
    let signature = text("tagmanifest-sha256.txt.minisig");
    assert!(signature.contains("trusted comment: 20") && signature.contains(" shardproof "), "{signature}");
}

#[test]
fn what_is_no_finished_evidence_is_refused_and_left_alone() {
    let work = prepared();
    work.put("empty/x.csv", "a\n");
    work.put("begun/.shardproof/run.json", "{}");
    work.put("named/manifest.json", "{}");
    work.put("named/bagit.txt", "x");
    copy(&work.path("e"), &work.path("changed"));
    fs::write(work.path("changed/shards.csv"), "x\n").unwrap();
    copy(&work.path("e"), &work.path("less"));
    fs::remove_file(work.path("less/shards.csv")).unwrap();
    copy(&work.path("e"), &work.path("linked"));
    std::os::unix::fs::symlink("/etc/hostname", work.path("linked/host")).unwrap();
    copy(&work.path("e"), &work.path("percent"));
    work.put("percent/100%.txt", "x");
    work.run(["seal", "e"]).expect(0);
    for (folder, word) in [
        ("gone", "is no folder"),
        ("empty", "no finished evidence"),
        ("begun", "not finished"),
        ("named", "a name that a bag needs"),
        ("changed", "is not the file that"),
        ("less", "is missing that"),
        ("linked", "neither a file nor a folder"),
        ("percent", "a name that not every tool"),
        ("e", "sealed already"),
    ] {
        let before = (folder != "gone").then(|| picture(&work.path(folder)));
        let run = work.run(["seal", folder]).expect(2);
        assert!(run.stderr.contains(word), "{folder}: {}", run.stderr);
        before.inspect(|before| same(folder, before, &picture(&work.path(folder))));
    }
    // A run with gaps that goes on just now.
    copy(&work.path("less"), &work.path("busy"));
    work.put("busy/.shardproof/run.json", "{}");
    let lock = fs::File::create(work.path("busy/.shardproof/lock")).unwrap();
    lock.try_lock().unwrap();
    let busy = work.run(["seal", "busy"]).expect(2);
    assert!(busy.stderr.contains("another process is at work in `busy`"), "{}", busy.stderr);
    let refused = work.run(["unseal", "less"]).expect(2);
    assert!(refused.stderr.contains("not sealed"), "{}", refused.stderr);
}

#[test]
fn what_the_manifest_does_not_vouch_for_is_not_sealed() {
    let work = prepared();
    scan(&work, &["s", "--plan-only"], "plan").expect(0);
    scan(&work, &["s", "--plan", "plan/plan.json"], "planned").expect(0);
    scan(&work, &["s", "--partition", "1/2"], "part").expect(0);
    let cases: &[(&str, &str, Option<&str>, &str)] = &[
        ("e", "manifest.json", Some("{}"), "`manifest.sha256` is not the file that"),
        ("e", "manifest.sha256", Some("x"), "`manifest.sha256` is not the file that"),
        ("e", "manifest.sha256", None, "`manifest.sha256` is missing that"),
        ("planned", "plan.json", Some("{}"), "`plan.json` is not the file that"),
        ("planned", "plan.json", None, "`plan.json` is missing that"),
        ("part", "parts/00000000.part", Some("x"), "`parts/00000000.part` is not the file that"),
        ("part", "parts/00000000.part", None, "`parts/00000000.part` is missing that"),
        ("part", "parts/sha256sums.txt", Some(""), "`parts/sha256sums.txt` is not the file that"),
    ];
    for (number, (evidence, name, text, words)) in cases.iter().enumerate() {
        let folder = format!("case{number}");
        copy(&work.path(evidence), &work.path(&folder));
        match text {
            Some(text) => fs::write(work.path(&folder).join(name), text).unwrap(),
            None => fs::remove_file(work.path(&folder).join(name)).unwrap(),
        }
        let before = picture(&work.path(&folder));
        let run = work.run(["seal", &folder]).expect(2);
        assert!(run.stderr.contains(words), "{name}: {}", run.stderr);
        same(name, &before, &picture(&work.path(&folder)));
    }
    for folder in ["e", "plan", "planned", "part"] {
        work.run(["seal", folder]).expect(0);
        work.run(["unseal", folder]).expect(0);
    }
}

#[test]
fn a_key_that_cannot_be_used_is_refused_before_anything_moves() {
    let work = prepared();
    let pair = KeyPair::generate_encrypted_keypair(Some("secret".into())).unwrap();
    work.put("locked.key", pair.sk.to_box(None).unwrap().to_string());
    work.put("wrong", "not it\n");
    work.put("right", "secret\n");
    let before = picture(&work.path("e"));
    for args in [
        vec!["--key", "gone.key"],
        vec!["--key", "list.csv"],
        vec!["--key", "m.pub"],
        vec!["--key", "locked.key", "--password-file", "wrong"],
        vec!["--password-file", "right"],
        vec!["--attach", "list.csv", "--key", "m.key"],
    ] {
        work.run([&["seal", "e"][..], &args].concat()).expect(2);
        same("refused", &before, &picture(&work.path("e")));
    }
    work.run(["seal", "e", "--key", "locked.key", "--password-file", "right"]).expect(0);
    let key = pair.pk.to_base64();
    let run = work.run(["unseal", "e", "--public-key", &key]).expect(0);
    assert!(run.stderr.contains("which is the one given"), "{}", run.stderr);
    let other = work.run(["unseal", "e", "--public-key", "m.pub"]).expect(4);
    assert!(other.stdout.starts_with("altered: tagmanifest-sha256.txt.minisig: "), "{}", other.stdout);
    work.run(["unseal", "e", "--public-key", "nonsense"]).expect(2);
}

#[test]
fn a_process_that_is_killed_is_finished_by_the_same_command() {
    let work = prepared();
    for n in 0..200 {
        work.put(&format!("e/more/{n}.txt"), format!("{n}"));
    }
    let before = files(picture(&work.path("e")), "data/");
    for step in 0..25 {
        let name = format!("k{step}");
        copy(&work.path("e"), &work.path(&name));
        let mut child =
            program(&work, &["seal", &name, "--key", "m.key"]).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(step * 2));
        let _ = child.kill();
        child.wait().unwrap();
        let again = work.run(["seal", &name, "--key", "m.key"]);
        assert!(again.exit == 0 || again.stderr.contains("sealed already"), "{step}: {}", again.stderr);
        work.run(["unseal", &name, "--public-key", "m.pub"]).expect(0);
        let after = picture(&work.path(&name));
        let payload = after.into_iter().filter(|(path, _)| path.starts_with("data/") && !path.ends_with('/'));
        same("killed", &before, &payload.collect());
    }
}

#[test]
fn states_in_the_middle_are_finished_and_are_not_taken_for_sealed() {
    let work = prepared();
    let before = files(picture(&work.path("e")), "data/");
    copy(&work.path("e"), &work.path("half"));
    fs::create_dir_all(work.path("half/data")).unwrap();
    fs::rename(work.path("half/manifest.json"), work.path("half/data/manifest.json")).unwrap();
    work.put("half/.sealing/bagit.txt", "torn");
    copy(&work.path("e"), &work.path("late"));
    work.run(["seal", "late", "--key", "m.key"]).expect(0);
    work.put("late/.sealing/lock", "");
    assert!(
        work.run(["unseal", "late"])
            .expect(4)
            .stdout
            .contains("added: .sealing/lock: the sealing was not finished")
    );
    for name in ["half", "late"] {
        work.run(["seal", name]).expect(0);
        let checked = check::check(&work.path(name), None).unwrap();
        assert_eq!(
            (checked.troubles, checked.signed, checked.files),
            (vec![], Signed::No, before.len()),
            "{name}"
        );
    }
}

/// The trouble that a change of one byte makes; exactly one file may be named, unless the change is to a digest that two
/// files share.
fn named(folder: &Path) -> Vec<(String, Kind)> {
    let checked = check::check(folder, None).unwrap();
    checked.troubles.into_iter().map(|trouble| (trouble.path, trouble.kind)).collect()
}

#[test]
fn one_bit_anywhere_is_found_and_named() {
    let work = sealed();
    let folder = work.path("e");
    let all = files(picture(&folder), "");
    // 700 places over all bytes, and 40 in each of the bag's own files: those are few, and each is a case of its own.
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut draw = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % below as u64) as usize
    };
    let names: Vec<&String> = all.keys().collect();
    let total: usize = all.values().map(Vec::len).sum();
    let mut places = Vec::new();
    for _ in 0..700 {
        let mut place = draw(total);
        for name in &names {
            match place.checked_sub(all[*name].len()) {
                Some(rest) => place = rest,
                None => {
                    places.push(((*name).clone(), place));
                    break;
                }
            }
        }
    }
    for name in names.iter().filter(|name| !name.starts_with("data/")) {
        (0..40).for_each(|_| places.push(((*name).clone(), draw(all[*name].len()))));
    }
    for (name, place) in places {
        let mut bytes = all[&name].clone();
        bytes[place] ^= 1 << draw(8);
        fs::write(folder.join(&name), &bytes).unwrap();
        assert_eq!(named(&folder), [(name.clone(), Kind::Altered)], "byte {place} of {name}");
        fs::write(folder.join(&name), &all[&name]).unwrap();
    }
    assert_eq!(named(&folder), []);
}

#[test]
fn files_that_are_gone_added_cut_or_swapped_are_named() {
    let work = sealed();
    let all = files(picture(&work.path("e")), "");
    for name in all.keys() {
        for (what, kind) in [("gone", Kind::Missing), ("empty", Kind::Altered), ("longer", Kind::Altered)] {
            let path = work.path("e").join(name);
            match what {
                "gone" => fs::remove_file(&path).unwrap(),
                "empty" => fs::write(&path, "").unwrap(),
                _ => fs::write(&path, [all[name].as_slice(), b"\n"].concat()).unwrap(),
            }
            let found = named(&work.path("e"));
            // Both files of the stamp are one thing: without the first the second has nothing to speak of.
            let alone = !name.ends_with(".tsr") || what != "gone";
            assert!(found.contains(&(name.clone(), kind)), "{name} {what}: {found:?}");
            assert!(found.len() == 1 || !alone, "{name} {what}: {found:?}");
            fs::write(&path, &all[name]).unwrap();
        }
    }
    let (one, other) = (work.path("e/data/shards.csv"), work.path("e/data/matches.csv"));
    fs::write(&one, &all["data/matches.csv"]).unwrap();
    fs::write(&other, &all["data/shards.csv"]).unwrap();
    let altered = |name: &str| (name.to_owned(), Kind::Altered);
    assert_eq!(named(&work.path("e")), [altered("data/matches.csv"), altered("data/shards.csv")]);
    fs::write(&one, &all["data/shards.csv"]).unwrap();
    fs::write(&other, &all["data/matches.csv"]).unwrap();
    work.put("e/data/records/more.jsonl.gz", "x");
    work.put("e/note.txt", "x");
    let run = work.run(["unseal", "e"]).expect(4);
    assert_eq!(
        run.stdout,
        "added: data/records/more.jsonl.gz: no manifest lists it\nadded: note.txt: the bag does not list it\n"
    );
    fs::remove_file(work.path("e/note.txt")).unwrap();
    fs::remove_file(work.path("e/data/records/more.jsonl.gz")).unwrap();
    // A link to the very file is not the file.
    fs::rename(work.path("e/data/matches.csv"), work.path("kept.csv")).unwrap();
    std::os::unix::fs::symlink(work.path("kept.csv"), work.path("e/data/matches.csv")).unwrap();
    assert_eq!(named(&work.path("e")), [("data/matches.csv".to_owned(), Kind::Added)]);
}

#[test]
fn an_empty_folder_is_not_sealed_and_is_named_in_a_bag() {
    let work = prepared();
    for name in ["more", "other/inner"] {
        fs::create_dir_all(work.path("e").join(name)).unwrap();
        let before = picture(&work.path("e"));
        let run = work.run(["seal", "e"]).expect(2);
        for words in [name, "is an empty folder", "nothing was changed", "remove it"] {
            assert!(run.stderr.contains(words), "{name}: no `{words}` in {}", run.stderr);
        }
        same(name, &before, &picture(&work.path("e")));
        fs::remove_dir(work.path("e").join(name)).unwrap();
    }
    fs::remove_dir(work.path("e/other")).unwrap();
    work.run(["seal", "e"]).expect(0);
    work.run(["unseal", "e"]).expect(0);
    let work = sealed();
    for name in ["more", "data/more", "data/more/inner"] {
        fs::create_dir_all(work.path("e").join(name)).unwrap();
        let run = work.run(["unseal", "e"]).expect(4);
        assert!(
            run.stdout.contains(&format!("added: {name}: it is an empty folder")),
            "{name}: {}",
            run.stdout
        );
    }
    fs::remove_dir_all(work.path("e/data/more")).unwrap();
    fs::remove_dir(work.path("e/more")).unwrap();
    work.run(["unseal", "e"]).expect(0);
}

#[test]
fn a_bag_whose_lists_were_all_made_again_does_not_fit_its_seals() {
    let work = sealed();
    let seals = [
        "tagmanifest-sha256.txt.minisig",
        "tagmanifest-sha256.txt.tsq",
        "tagmanifest-sha256.txt.tsr",
        "bag-info.txt",
    ];
    let kept: Vec<Vec<u8>> = seals.iter().map(|name| fs::read(work.path("e").join(name)).unwrap()).collect();
    // Somebody takes a row out and makes all lists again, without the key.
    let forged = work.path("f");
    copy(&work.path("e/data"), &forged);
    let matches = fs::read_to_string(forged.join("matches.csv")).unwrap();
    let rows: Vec<&str> = matches.lines().collect();
    let fewer = rows[..rows.len() - 1].join("\n") + "\n";
    fs::write(forged.join("matches.csv"), fewer).unwrap();
    let manifest = fs::read_to_string(forged.join("manifest.json"))
        .unwrap()
        .replace("\"matches.csv\"", "\"presence.csv\"");
    fs::write(forged.join("manifest.json"), manifest).unwrap();
    let refused = work.run(["seal", "f"]).expect(2);
    assert!(refused.stderr.contains("is not the file"), "{}", refused.stderr);
    fs::write(forged.join("manifest.json"), "{\"outputs\": []}").unwrap();
    fs::write(forged.join("manifest.sha256"), digest_line(b"{\"outputs\": []}")).unwrap();
    work.run(["seal", "f"]).expect(0);
    for (name, bytes) in seals.iter().zip(&kept).take(3) {
        fs::write(forged.join(name), bytes).unwrap();
    }
    let checked = check::check(&forged, None).unwrap();
    assert_eq!(checked.signed, Signed::Broken);
    assert_eq!(checked.stamped, Stamped::Broken);
    let paths: Vec<&str> = checked.troubles.iter().map(|trouble| trouble.path.as_str()).collect();
    for name in &seals[..3] {
        assert!(paths.contains(name), "{paths:?}");
    }
}

#[test]
fn only_the_answer_to_this_query_is_attached() {
    let work = prepared();
    work.run(["seal", "e"]).expect(0);
    let query = fs::read(work.path("e/tagmanifest-sha256.txt.tsq")).unwrap();
    let authority = Authority::new();
    let good = authority.answer(&query);
    let mut other_file = query.clone();
    other_file[30] ^= 1;
    let mut other_nonce = query.clone();
    other_nonce[60] ^= 1;
    let mut forged = good.clone();
    let last = forged.len() - 3;
    forged[last] ^= 1;
    let mut retimed = good.clone();
    let time = retimed.windows(15).position(|window| window == b"20260131120000Z").unwrap();
    retimed[time + 3] = b'5';
    let before = picture(&work.path("e"));
    for (answer, word) in [
        (b"no answer".to_vec(), "cannot be read"),
        (Vec::new(), "cannot be read"),
        (good[..good.len() - 1].to_vec(), "cannot be read"),
        (Authority::refusal(), "refused the query (status 2)"),
        (authority.answer(&other_file), "stamps another file"),
        (authority.answer(&other_nonce), "answers another query"),
        (authority.stamp(&query[5..56], &[]), "answers another query"),
        (forged, "signature does not hold"),
        (retimed, "signature does not hold"),
        (vec![0x30; (1 << 20) + 1], "too large"),
    ] {
        work.put("answer.tsr", answer);
        let run = work.run(["seal", "e", "--attach", "answer.tsr"]).expect(2);
        assert!(run.stderr.contains(word), "{word}: {}", run.stderr);
        same(word, &before, &picture(&work.path("e")));
    }
    work.put("answer.tsr", &good);
    let run = work.run(["seal", "e", "--attach", "answer.tsr"]).expect(0);
    assert!(run.stderr.contains("stamped at 20260131120000Z; its signature holds"), "{}", run.stderr);
    let run = work.run(["unseal", "e"]).expect(0);
    assert!(run.stderr.contains("stamped at 20260131120000Z"), "{}", run.stderr);
    let again = work.run(["seal", "e", "--attach", "answer.tsr"]).expect(2);
    assert!(again.stderr.contains("has a time stamp already"), "{}", again.stderr);
    // Half an attachment is named, and the same command completes it.
    fs::remove_file(work.path("e/tagmanifest-sha256.txt.tsr.cksum")).unwrap();
    work.run(["unseal", "e"]).expect(4);
    work.run(["seal", "e", "--attach", "answer.tsr"]).expect(0);
    work.run(["unseal", "e"]).expect(0);
    fs::write(work.path("e/data/matches.csv"), "x").unwrap();
    let run = work.run(["seal", "e", "--attach", "answer.tsr"]).expect(2);
    assert!(run.stderr.contains("`data/matches.csv` is altered"), "{}", run.stderr);
}

#[test]
fn no_altered_answer_states_another_time_under_a_signature() {
    let root = b"root";
    let query = shardproof::bag::query::render(root, 0x0102_0304_0506_0708);
    let answer = Authority::new().answer(&query);
    let judge = |bytes: &[u8]| shardproof::bag::answer::check(bytes, root, 0x0102_0304_0506_0708);
    let good = judge(&answer).unwrap();
    assert_eq!(good.unchecked, None);
    let mut refused = 0;
    for place in 0..answer.len() {
        for bit in 0..8 {
            let mut bytes = answer.clone();
            bytes[place] ^= 1 << bit;
            match judge(&bytes) {
                // Not all of a certificate is signed by the token, nor is the status.
                Ok(stamp) => {
                    assert!(stamp.unchecked.is_some() || stamp == good, "byte {place}, bit {bit}: {stamp:?}")
                }
                Err(_) => refused += 1,
            }
        }
        assert!(judge(&answer[..place]).is_err(), "cut at {place}");
    }
    assert!(refused > answer.len() * 4, "{refused} of {}", answer.len() * 8);
}
