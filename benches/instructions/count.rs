// SPDX-License-Identifier: Apache-2.0
//! Has valgrind count what a run of this program executes.

use std::{
    env,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};

/// Instructions of one piece of work: a run that does it once more than `times` less one that does it once, divided by `times`.
pub(crate) fn difference(name: &str, times: u32) -> Result<u64> {
    let once = executed(name, 1)?;
    let more = executed(name, times.saturating_add(1))?;
    let difference = more
        .checked_sub(once)
        .context("more work took fewer instructions")?;
    Ok(difference / u64::from(times.max(1)))
}

/// All instructions of a run.
fn executed(name: &str, times: u32) -> Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=cachegrind", "--cache-sim=no"])
        .arg("--cachegrind-out-file=/dev/null")
        .arg(env::current_exe().context("this program does not know where it lies")?)
        .args(["--work", name, &times.to_string()])
        .stdin(Stdio::null())
        .output()
        .context("valgrind cannot be run; install it (Debian: apt-get install valgrind)")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{name} fails: {said}");
    counted(&said).with_context(|| format!("valgrind does not say what it counted: {said}"))
}

/// The number in a line such as `==17== I   refs:      1,234,567`.
fn counted(said: &str) -> Option<u64> {
    let line = said.lines().find(|line| line.contains("refs:"))?;
    let (_, number) = line.rsplit_once("refs:")?;
    number.trim().replace(',', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_valgrind_says() {
        let said = "==1== Cachegrind\n==1== \n==1== I   refs:      1,234,567\n";
        assert_eq!(counted(said), Some(1_234_567));
        assert_eq!(counted("==1== I refs: 17"), Some(17));
        for other in ["", "refs:", "==1== D refs: many"] {
            assert_eq!(counted(other), None);
        }
    }
}
