// SPDX-License-Identifier: Apache-2.0
//! Tells the program what it is built from: the commit, where there is a repository, and the version of the contract.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let manifest = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let root = manifest.ancestors().nth(2).ok_or("no workspace")?;
    println!("cargo::rerun-if-changed=build.rs");
    let commit = commit(root).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo::rustc-env=SILTA_COMMIT={commit}");
    println!("cargo::rustc-env=SILTA_CONTRACT={}", contract(root)?);
    Ok(())
}

/// The commit that is checked out, if the workspace is the root of a repository and there is a git to ask.
fn commit(root: &Path) -> Option<String> {
    // What is above it may be anybody's repository.
    let top = PathBuf::from(git(root, &["rev-parse", "--show-toplevel"])?);
    if fs::canonicalize(top).ok()? != fs::canonicalize(root).ok()? {
        return None;
    }
    let head = git(root, &["symbolic-ref", "--quiet", "HEAD"]);
    for name in ["HEAD", "packed-refs"].into_iter().chain(head.as_deref()) {
        let file = root.join(git(root, &["rev-parse", "--git-path", name])?);
        // A file that is not there would have this run each time.
        if file.exists() {
            println!("cargo::rerun-if-changed={}", file.display());
        }
    }
    git(root, &["rev-parse", "HEAD"])
}

fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    let output = command.arg("-C").arg(root).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim_end().to_owned())
}

/// The package of the contract with its version, as its own text says.
fn contract(root: &Path) -> Result<String, Box<dyn std::error::Error>> {
    let file = root.join("wit/world.wit");
    println!("cargo::rerun-if-changed={}", file.display());
    let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut lines = text.lines();
    let package = lines.find_map(|line| line.strip_prefix("package ")?.strip_suffix(';'));
    Ok(package.ok_or("wit/world.wit names no package")?.to_owned())
}
