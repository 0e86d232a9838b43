//! Other people's programs.

use std::{
    env,
    path::Path,
    process::{Command, Output},
};

/// Whether programs are there; if not, the test says that it is skipped. With `SILTA_REQUIRE_INTEROP=1` it fails instead.
pub(crate) fn are_installed(programs: &[&str]) -> bool {
    let missing = programs
        .iter()
        .find(|program| Command::new(program).arg("--version").output().is_err());
    let Some(missing) = missing else {
        return true;
    };
    let required = env::var("SILTA_REQUIRE_INTEROP").is_ok_and(|value| value == "1");
    assert!(
        !required,
        "{missing} is not installed, and SILTA_REQUIRE_INTEROP is set"
    );
    println!("skipped: {missing} is not installed");
    false
}

/// Runs a program in a folder; arguments are split at blanks.
pub(crate) fn run(folder: &Path, command: &str) -> Output {
    let mut words = command.split_whitespace();
    let mut program = Command::new(words.next().unwrap());
    program.args(words).current_dir(folder).output().unwrap()
}

/// Runs a program that has to succeed, and gives what it wrote.
pub(crate) fn output(folder: &Path, command: &str) -> Vec<u8> {
    let output = run(folder, command);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command}: {error}");
    output.stdout
}
