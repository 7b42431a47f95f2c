//! A plan before the first byte is read, the run that keeps to it, and what the manifest tells of both.

use std::fs;

use sha2::{Digest, Sha256};

use crate::kit::work::Work;
use crate::scanning::{line, picture, same, scan, work};

/// Two shards; `plan/plan.json` over both.
fn planned() -> Work {
    let work = work();
    work.put("s/a.json", line("www.lemonde.fr", 1));
    work.put("s/b.json", line("www.bbc.co.uk", 1));
    let run = scan(&work, &["s", "--plan-only", "--purpose", "Case 7"], "plan").expect(0);
    assert!(run.stderr.contains("nothing was read"), "{}", run.stderr);
    work
}

#[test]
fn a_plan_names_shards_settings_and_lists_and_reads_nothing() {
    let work = planned();
    let names: Vec<String> = picture(&work.path("plan")).into_keys().collect();
    assert_eq!(names, ["plan.json"]);
    let plan: serde_json::Value =
        serde_json::from_slice(&fs::read(work.path("plan/plan.json")).unwrap()).unwrap();
    assert_eq!(plan["shards"], serde_json::json!(["s/a.json", "s/b.json"]));
    assert_eq!((&plan["settings"]["shards"], &plan["purpose"]), (&2.into(), &"Case 7".into()));
    let list = format!("{:x}", HexOf(&Sha256::digest(fs::read(work.path("list.csv")).unwrap())));
    assert_eq!(
        plan["inputs"]["files"][0],
        serde_json::json!({"kind": "publisher_list", "file": "list.csv", "sha256": list})
    );
    assert_eq!(plan["settings"]["domains_sha256"], list.as_str());
    // A shard that cannot be read is no reason against a plan.
    fs::remove_file(work.path("s/a.json")).unwrap();
    fs::write(work.path("s/a.json"), b"\xff\xfe\x00").unwrap();
    scan(&work, &["s", "--plan-only"], "other").expect(0);
    let again = scan(&work, &["s", "--plan-only"], "plan").expect(2);
    assert!(again.stderr.contains("holds files already"), "{}", again.stderr);
}

#[test]
fn a_plan_repeats_no_secret_of_an_address() {
    let work = work();
    // Nothing is asked for a plan, so nobody listens there.
    let parts = ["/x.json?key=hunter2", "/x.json?hunter2", "/x.json#hunter2", "/x.json?a=1;token=hunter2"];
    let addresses = parts.map(|rest| format!("https://127.0.0.1:9{rest}"));
    let users = ["https://me:hunter2@127.0.0.1:9/x.json", "https:///me:hunter2@127.0.0.1:9/x.json"];
    for (number, address) in addresses.iter().map(String::as_str).chain(users).enumerate() {
        let folder = format!("plan{number}");
        scan(&work, &[address, "--plan-only"], &folder).expect(0);
        let plan = fs::read_to_string(work.path(&format!("{folder}/plan.json"))).unwrap();
        assert!(plan.contains("https://127.0.0.1:9/x.json"), "{address}: {plan}");
        assert!(!plan.contains("hunter2"), "{address}: {plan}");
    }
}

struct HexOf<'b>(&'b [u8]);

impl std::fmt::LowerHex for HexOf<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[test]
fn a_run_keeps_to_its_plan_and_says_which() {
    let work = planned();
    let digest = format!("{:x}", HexOf(&Sha256::digest(fs::read(work.path("plan/plan.json")).unwrap())));
    scan(&work, &["s", "--plan", "plan/plan.json"], "e").expect(0);
    scan(&work, &["s"], "plain").expect(0);
    // The folder of the plan can take the run as well; what is found does not hang on the plan.
    scan(&work, &["s"], "plan").expect(0);
    for name in ["e", "plan"] {
        let evidence = work.evidence(name);
        assert_eq!(evidence.manifest()["plan_followed"]["sha256"], digest.as_str(), "{name}");
        assert_eq!(evidence.bytes("plan.json"), work.evidence("plan").bytes("plan.json"), "{name}");
        same(name, &evidence.tree(), &work.evidence("plain").tree());
    }
    assert!(work.evidence("plain").manifest()["plan_followed"].is_null());
    // A run that is done cannot be given a plan afterwards.
    let late = scan(&work, &["s", "--plan", "plan/plan.json"], "plain").expect(2);
    assert!(late.stderr.contains("begun without a plan"), "{}", late.stderr);
}

#[test]
fn a_run_that_deviates_is_refused_with_what_differs() {
    let work = planned();
    work.put("c.json", line("www.lemonde.fr", 2));
    work.put("more.csv", "publisher,title,domain\nA,B,a.example\n");
    let before = picture(&work.path("plan"));
    let plan = ["--plan", "plan/plan.json"];
    for (args, words) in [
        (vec!["s/a.json"], vec!["the shard `s/b.json` is planned and not given"]),
        (vec!["s", "c.json"], vec!["the shard `c.json` is given and not planned"]),
        (vec!["s", "--depth", "content"], vec!["depth: \"address\" here, \"content\" now"]),
        (
            vec!["s", "--census", "--keep-records"],
            vec!["census: false here, true now", "keep_records: false here, true now"],
        ),
        (vec!["s", "-d", "more.csv"], vec!["domains_sha256"]),
    ] {
        let list: &[&str] = if args.contains(&"-d") { &[] } else { &["-d", "list.csv"] };
        for (out, with) in [("new", &plan[..]), ("plan", &[][..])] {
            let run = work.run([&["scan"][..], &args, with, list, &["-o", out]].concat()).expect(2);
            assert!(run.stderr.contains("deviates from the plan"), "{}", run.stderr);
            for word in &words {
                assert!(run.stderr.contains(word), "no {word} in {}", run.stderr);
            }
            assert!(!work.path("new").exists());
            same("plan", &before, &picture(&work.path("plan")));
        }
    }
    work.put("broken.json", "{\"settings\": 3}");
    work.put("other/plan.json", "{}");
    for (args, word) in [
        (["--plan", "gone.json"], "cannot read the plan"),
        (["--plan", "broken.json"], "no plan of this version"),
    ] {
        let run = scan(&work, &[&["s"][..], &args].concat(), "new").expect(2);
        assert!(run.stderr.contains(word), "{}", run.stderr);
    }
    let run = scan(&work, &["s", "--plan", "plan/plan.json"], "other").expect(2);
    assert!(run.stderr.contains("is another plan"), "{}", run.stderr);
    work.run(["scan", "s", "-d", "list.csv", "-o", "x", "--plan-only", "--plan", "plan/plan.json"]).expect(2);
}

#[test]
fn a_plan_is_sealed_before_the_run() {
    let work = planned();
    work.run(["seal", "plan"]).expect(0);
    let info = fs::read_to_string(work.path("plan/bag-info.txt")).unwrap();
    assert!(
        info.contains(
            "External-Description: Plan of a scan of 2 shards, written before any of them was read."
        ),
        "{info}"
    );
    assert!(info.contains("External-Description: Plan d'une analyse de 2 fichiers"), "{info}");
    work.run(["unseal", "plan"]).expect(0);
    scan(&work, &["s", "--plan", "plan/data/plan.json"], "e").expect(0);
    assert_eq!(work.evidence("e").bytes("plan.json"), fs::read(work.path("plan/data/plan.json")).unwrap());
    let into = scan(&work, &["s"], "plan").expect(2);
    assert!(into.stderr.contains("holds files"), "{}", into.stderr);
}

#[test]
fn the_manifest_says_who_what_and_where_without_secrets() {
    let work = planned();
    let args = ["s", "--purpose", "Case 7", "--operator", "A. Person", "--on-behalf-of", "Example Press"];
    scan(&work, &args, "e").expect(0);
    let manifest = work.evidence("e").manifest();
    assert_eq!(manifest["purpose"], "Case 7");
    assert_eq!(manifest["operator"], "A. Person");
    assert_eq!(manifest["on_behalf_of"], "Example Press");
    for key in ["version", "commit", "build_target", "build_profile", "executable_sha256", "features"] {
        assert!(manifest["tool"].get(key).is_some(), "tool.{key}");
    }
    for key in [
        "os",
        "architecture",
        "threads",
        "kernel",
        "cpu",
        "cpus",
        "memory_bytes",
        "locale",
        "timezone",
        "utc_offset",
    ] {
        assert!(manifest["environment"].get(key).is_some(), "environment.{key}");
    }
    assert_eq!(manifest["inputs"]["suffix_list"]["crate"], "psl");
    assert_eq!(manifest["inputs"]["files"][0]["file"], "list.csv");
    assert!(manifest["outputs"][0]["sha256"].as_str().unwrap().len() == 64);
}
