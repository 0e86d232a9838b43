// SPDX-License-Identifier: Apache-2.0
//! Node and npm, which are run as they are found.

use std::{
    env,
    ffi::OsString,
    io,
    path::{self, Path},
    process::{Command, ExitStatus, Output, Stdio},
};

use super::{MAKER, installed::Installed};
use crate::error::KitError;

/// The oldest Node that what is run here is for.
const OLDEST: u32 = 20;

/// How our script ends when the sources are at fault, as it says itself.
const FAULTY: i32 = 3;

/// A program, and the variable that names another in its place.
type Named = (&'static str, &'static str);

const NODE: Named = ("node", "NODE");
const NPM: Named = ("npm", "NPM");

/// Refuses a Node that is not there, does not run or is too old.
pub(super) fn check_version() -> Result<(), KitError> {
    let mut node = node();
    let asked = node.arg("--version").stdin(Stdio::null()).output();
    let asked = asked.map_err(|source| no_program(NODE, source))?;
    let told = String::from_utf8_lossy(&asked.stdout).trim().to_owned();
    match major(&told) {
        _ if !asked.status.success() => Err(KitError::FailedNode(reason(&asked))),
        Some(version) if version >= OLDEST => Ok(()),
        _ => Err(KitError::OldNode {
            found: told,
            oldest: OLDEST,
        }),
    }
}

/// What a program that has failed says last; how it ended, if it says nothing.
fn reason(asked: &Output) -> String {
    let said = String::from_utf8_lossy(&asked.stderr);
    let last = said.lines().rfind(|line| !line.trim().is_empty());
    last.map_or_else(|| asked.status.to_string(), |line| line.trim().to_owned())
}

/// Has npm fetch what the folder's package names: as its lock file has it, if it has one. No script of a package is run.
pub(super) fn install(folder: &Path) -> Result<(), KitError> {
    let how = match folder.join("package-lock.json").is_file() {
        true => "ci",
        false => "install",
    };
    let mut npm = command(NPM);
    npm.current_dir(folder).arg(how).args([
        "--ignore-scripts",
        // What is in npm's cache is what the lock file asks for, by its digest.
        "--prefer-offline",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ]);
    match run(NPM, &mut npm)? {
        status if status.success() && Installed::of(folder).is_usable() => Ok(()),
        _ => Err(KitError::NotInstalled {
            folder: folder.to_owned(),
            package: MAKER,
        }),
    }
}

/// Runs a script of ours, in a folder of ours, for the sources in a folder.
pub(super) fn make(
    sources: &Path,
    script: &Path,
    stage: &Path,
    temporary: &Path,
) -> Result<(), KitError> {
    let mut node = node();
    node.current_dir(stage)
        .arg(script)
        .arg(sources)
        .env("TMPDIR", temporary);
    match run(NODE, &mut node)? {
        status if status.success() => Ok(()),
        status if status.code() == Some(FAULTY) => Err(KitError::Scripts(sources.to_owned())),
        status => Err(KitError::Maker {
            folder: sources.to_owned(),
            package: MAKER,
            status: status.to_string(),
        }),
    }
}

/// Node, without options that are meant for other programs.
fn node() -> Command {
    let mut node = command(NODE);
    node.env_remove("NODE_OPTIONS");
    node
}

/// A program, by an absolute path where a relative one is given: each runs in a folder of its own.
fn command((program, variable): Named) -> Command {
    let named = env::var_os(variable).filter(|value| !value.is_empty());
    Command::new(named.map_or_else(|| program.into(), absolute))
}

fn absolute(named: OsString) -> OsString {
    match Path::new(&named).components().count() {
        // A name alone is looked up among the programs.
        0 | 1 => named,
        _ => path::absolute(&named).map_or(named, Into::into),
    }
}

/// What it says goes to standard error: standard output is the program's own.
fn run(named: Named, command: &mut Command) -> Result<ExitStatus, KitError> {
    command.stdin(Stdio::null()).stdout(io::stderr());
    command.status().map_err(|source| no_program(named, source))
}

fn no_program((program, variable): Named, source: io::Error) -> KitError {
    KitError::NoNode {
        program,
        variable,
        source,
    }
}

/// `20` of `v20.20.2`.
fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_program_is_found_from_every_folder() {
        for (named, is_absolute) in [("node", false), ("./node", true), ("bin/node", true)] {
            let found = absolute(named.into());
            assert_eq!(Path::new(&found).is_absolute(), is_absolute, "{named}");
        }
    }

    #[test]
    fn our_script_ends_as_is_expected_of_it() {
        let script = include_str!("../../javascript/build/make.mjs");
        let line = format!("const FAULTY = {FAULTY};");
        assert!(script.contains(&line));
    }

    #[test]
    fn versions_of_node_are_read() {
        for (told, version) in [
            ("v20.20.2", Some(20)),
            ("v8.0.0", Some(8)),
            ("20.1.0", None),
            ("", None),
            ("vx.1", None),
        ] {
            assert_eq!(major(told), version, "{told}");
        }
    }
}
