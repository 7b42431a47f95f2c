//! Puts the commit into `--version`, so that a row can be traced to the code that wrote it; and into the manifest, for which
//! machine it was built and which edition of the Public Suffix List is in it.

use std::process::Command;

fn main() {
    let git = |arguments: &[&str]| {
        let output =
            Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
        String::from_utf8(output.stdout)
            .ok()
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
    };
    let commit = git(&["rev-parse", "--short=12", "HEAD"]).map(|commit| {
        let changed = git(&["status", "--porcelain", "--untracked-files=no"]).is_some();
        if changed { format!("{commit}, changed since") } else { commit }
    });
    // A source archive has no history; the version alone must do then.
    println!("cargo:rustc-env=SHARDPROOF_COMMIT={}", commit.as_deref().unwrap_or("unknown"));
    println!("cargo:rustc-env=SHARDPROOF_TARGET={}", std::env::var("TARGET").as_deref().unwrap_or("unknown"));
    println!("cargo:rustc-env=SHARDPROOF_PSL={}", locked("psl").as_deref().unwrap_or("unknown"));
    println!("cargo:rerun-if-changed=Cargo.lock");
    for file in ["HEAD", "index"] {
        if let Some(path) = git(&["rev-parse", "--git-path", file]) {
            println!("cargo:rerun-if-changed={path}");
        }
    }
    println!("cargo:rerun-if-changed=src");
}

/// The version of a crate in the lock file.
fn locked(name: &str) -> Option<String> {
    let lock = std::fs::read_to_string("Cargo.lock").ok()?;
    let after = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?.1;
    after.split_once('"').map(|(version, _)| version.to_owned())
}
