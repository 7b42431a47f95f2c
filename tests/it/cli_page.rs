//! `docs/cli.md` names the commands, arguments and options that the program has, no fewer and no more, and its examples run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use crate::kit::work::Work;

/// Commands to their arguments and options: `-o`, `--out FOLDER`, `SHARDS`.
type Commands = BTreeMap<String, BTreeSet<String>>;

/// Sections of the page that are not about a command.
const OTHERS: [&str; 2] = ["How a command ends", "Shards on servers"];

fn page() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli.md"))
        .expect("there is a page")
}

fn help(command: &[&str]) -> String {
    Work::new().run([command, &["--help"]].concat()).expect(0).stdout
}

/// What the program says it has.
fn of_program() -> Commands {
    let root = help(&[]);
    let lines =
        root.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // A longer description goes on in the next line, farther in.
    let names =
        lines.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(|name| (name.to_owned(), items(&help(&[name])))).collect()
}

/// The arguments and options in the help of a command, less those that every command has.
fn items(help: &str) -> BTreeSet<String> {
    let mut items = BTreeSet::new();
    for line in help.lines().filter(|line| line.starts_with("  ")) {
        // The description stands behind two blanks, or in the next line.
        let item = line.trim_start().split("  ").next().unwrap_or_default();
        let indent = line.len() - line.trim_start().len();
        if item.starts_with('-') && indent <= 6 && item.contains("--") {
            items.extend(item.split(", ").map(plain));
        } else if item.starts_with(['<', '[']) && indent == 2 {
            items.insert(plain(item));
        }
    }
    items.into_iter().filter(|item| !["-h", "--help", "-V", "--version"].contains(&item.as_str())).collect()
}

/// `<SHARDS>...` is `SHARDS` on the page.
fn plain(item: &str) -> String {
    item.trim_end_matches("...").replace(['<', '>', '[', ']'], "")
}

/// What the page says.
fn of_page(page: &str) -> Commands {
    let sections = page.split("\n## ").skip(1).filter_map(|section| section.split_once('\n'));
    let sections = sections.filter(|(name, _)| !OTHERS.contains(name));
    let named = |(name, text): (&str, &str)| {
        let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
        let items = rows.flat_map(|cell| cell.split("`, `")).map(|item| item.trim_matches('`').to_owned());
        (name.to_owned(), items.collect())
    };
    sections.map(named).collect()
}

/// What one of them has and the other has not.
fn differences(page: &Commands, program: &Commands) -> Vec<String> {
    let mut differ = Vec::new();
    for command in page.keys().chain(program.keys()).collect::<BTreeSet<_>>() {
        match (page.get(command), program.get(command)) {
            (Some(page), Some(program)) => {
                differ.extend(
                    page.difference(program).map(|item| format!("{command}: only the page has `{item}`")),
                );
                differ.extend(
                    program.difference(page).map(|item| format!("{command}: the page lacks `{item}`")),
                );
            }
            (Some(_), None) => differ.push(format!("{command}: only the page has it")),
            (None, _) => differ.push(format!("{command}: the page lacks it")),
        }
    }
    differ
}

#[test]
fn the_page_names_what_the_program_has() {
    let program = of_program();
    assert!(
        program.len() > 10 && program["scan"].contains("--domains CSV") && program["scan"].contains("-d")
    );
    assert!(program["show"].contains("EVIDENCE") && program["shards"].contains("SUBSET"), "{program:?}");
    assert_eq!(differences(&of_page(&page()), &program), Vec::<String>::new());
}

#[test]
fn what_the_page_lacks_or_has_too_much_is_told() {
    let (page, program) = (page(), of_program());
    let told = |from: &str, to: &str| {
        assert!(page.contains(from), "{from}");
        differences(&of_page(&page.replacen(from, to, 1)), &program)
    };
    assert_eq!(
        told("| `--census` |", "| `--censuses` |"),
        ["scan: only the page has `--censuses`", "scan: the page lacks `--census`"]
    );
    assert_eq!(told("| `--key FILE` |", "| the key |"), ["scan: the page lacks `--key FILE`"]);
    assert_eq!(told("--base URL-OR-FOLDER", "--base URL").len(), 2);
    assert_eq!(told("| `-d`, `--domains CSV` |", "| `--domains CSV` |"), ["scan: the page lacks `-d`"]);
    assert_eq!(told("| `FOLDERS` |", "| folders |"), ["merge: the page lacks `FOLDERS`"]);
    assert_eq!(told("\n## unseal\n", "\n## open\n").len(), 2);
    assert!(told("\n## man\n", "\n").contains(&"man: the page lacks it".to_owned()));
}

/// Every option that the text of a section names is one of its command, and the server options say what the program says.
#[test]
fn the_text_names_no_other_options() {
    let (page, program) = (page(), of_program());
    let all: BTreeSet<&str> = program
        .values()
        .flatten()
        .filter_map(|item| item.split(' ').next())
        .chain(["--help", "--version"])
        .collect();
    let code = |text: &str| text.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    for span in page.split("\n```").step_by(2).flat_map(code) {
        for option in span.split([' ', ',']).filter(|word| word.starts_with("--")) {
            assert!(all.contains(option), "`{span}`: no command has {option}");
        }
    }
    let servers = page.split("\n## Shards on servers").nth(1).expect("a section");
    for (option, default) in [("--retries N", "5"), ("--timeout SECONDS", "60"), ("--connections N", "4")] {
        let row = servers.lines().find(|line| line.contains(&format!("`{option}`"))).expect("a row");
        assert!(row.ends_with(&format!("; {default} if not given |")), "{row}");
        let help = help(&["merge"]) + &help(&["verify"]);
        let said = help.split_once(option.split(' ').next().expect("a word")).expect("in the help").1;
        assert_eq!(
            said.split_once("[default: ").map(|(_, rest)| rest.starts_with(default)),
            Some(true),
            "{option}"
        );
    }
}

#[test]
fn the_examples_run() {
    let (page, work) = (page(), Work::new());
    std::os::unix::fs::symlink(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"), work.path("fixtures"))
        .expect("a link");
    let program = Path::new(env!("CARGO_BIN_EXE_shardproof"));
    let folder = program.parent().expect("a folder").to_string_lossy().into_owned();
    let path = format!("{folder}:{}", std::env::var("PATH").unwrap_or_default());
    let sections: Vec<(&str, &str)> =
        page.split("\n## ").skip(1).filter_map(|section| section.split_once('\n')).collect();
    for (name, text) in sections.into_iter().filter(|(name, _)| !OTHERS.contains(name)) {
        let script = text.split("\n```sh\n").nth(1).and_then(|rest| rest.split("\n```").next());
        let script = script.unwrap_or_else(|| panic!("{name} has no example"));
        assert!(
            script.lines().last().is_some_and(
                |line| line.starts_with(&format!("shardproof {name} ")) || line.contains("scan ")
            )
        );
        let (_, code) =
            script.rsplit_once("   # ends with ").unwrap_or_else(|| panic!("{name}: how does it end?"));
        let output =
            Command::new("sh").args(["-c", script]).env("PATH", &path).current_dir(work.path(".")).output();
        let output = output.expect("a shell");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            output.status.code().map(|code| code.to_string()).as_deref(),
            Some(code),
            "{name}: {said}"
        );
        assert!(!said.contains("error: "), "{name}: {said}");
    }
    assert_eq!(work.evidence("copies").rows("matches.csv").len(), 1, "the article of the example is found");
    assert!(work.path("shared/bagit.txt").is_file() && work.path("verification.csv").is_file());
}
