// SPDX-License-Identifier: Apache-2.0
//! Other people's programs.

use std::env;
use std::path::Path;
use std::process::{Command, Output};

/// Whether programs are there; if not, the test says that it is skipped. With `SILTA_REQUIRE_INTEROP=1` it fails instead.
pub fn are_installed(programs: &[&str]) -> bool {
    let is_missing = |program: &&&str| Command::new(program).arg("--version").output().is_err();
    match programs.iter().find(is_missing) {
        Some(missing) => skip(&format!("{missing} is not installed")),
        None => true,
    }
}

/// Says that a test is skipped for this reason, and gives `false`. With `SILTA_REQUIRE_INTEROP=1` the test fails instead.
pub fn skip(reason: &str) -> bool {
    let required = env::var("SILTA_REQUIRE_INTEROP").is_ok_and(|value| value == "1");
    assert!(!required, "{reason}, and SILTA_REQUIRE_INTEROP is set");
    println!("skipped: {reason}");
    false
}

/// Runs a program in a folder; arguments are split at blanks.
pub fn run(folder: &Path, command: &str) -> Output {
    let mut words = command.split_whitespace();
    let mut program = Command::new(words.next().unwrap());
    program.args(words).current_dir(folder).output().unwrap()
}

/// What a program wrote that had to succeed.
#[track_caller]
pub fn succeeds(output: Output) -> Vec<u8> {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    output.stdout
}

/// Runs a program that has to succeed, and gives what it wrote.
#[track_caller]
pub fn output(folder: &Path, command: &str) -> Vec<u8> {
    succeeds(run(folder, command))
}
