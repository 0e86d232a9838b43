// SPDX-License-Identifier: Apache-2.0
//! Node and npm, which are run as they are found.

use std::{
    env, io,
    path::Path,
    process::{Command, ExitStatus, Stdio},
};

use super::MAKER;
use crate::error::KitError;

/// The oldest Node that what is run here is for.
const OLDEST: u32 = 20;

/// A program, and the variable that names another in its place.
type Named = (&'static str, &'static str);

const NODE: Named = ("node", "NODE");
const NPM: Named = ("npm", "NPM");

/// Refuses a Node that is not there or too old.
pub(super) fn check_version() -> Result<(), KitError> {
    let mut node = command(NODE);
    let asked = node.arg("--version").stdin(Stdio::null()).output();
    let told = asked.map_err(|source| no_program(NODE, source))?.stdout;
    let told = String::from_utf8_lossy(&told).trim().to_owned();
    match major(&told) {
        Some(version) if version >= OLDEST => Ok(()),
        _ => Err(KitError::OldNode {
            found: told,
            oldest: OLDEST,
        }),
    }
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
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ]);
    match run(NPM, &mut npm)? {
        status if status.success() && super::is_installed(folder) => Ok(()),
        _ => Err(KitError::NotInstalled {
            folder: folder.to_owned(),
            package: MAKER,
        }),
    }
}

/// Runs a script of ours in the folder.
pub(super) fn make(folder: &Path, script: &Path, temporary: &Path) -> Result<(), KitError> {
    let mut node = command(NODE);
    node.current_dir(folder)
        .arg(script)
        .env("TMPDIR", temporary)
        .env_remove("NODE_OPTIONS");
    match run(NODE, &mut node)? {
        status if status.success() => Ok(()),
        _ => Err(KitError::Scripts(folder.to_owned())),
    }
}

fn command((program, variable): Named) -> Command {
    let named = env::var_os(variable).filter(|value| !value.is_empty());
    Command::new(named.unwrap_or_else(|| program.into()))
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
