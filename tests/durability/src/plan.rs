// SPDX-License-Identifier: Apache-2.0
//! What a proof is told, and what it needs.

use std::{
    env,
    io::{self, Read, Write},
    path::Path,
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result, ensure};

use crate::random::Random;

/// How often, and from which seed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) rounds: u64,
    pub(crate) seed: u64,
    /// Only this one of the cases that a proof goes through.
    pub(crate) case: Option<u64>,
}

impl Plan {
    pub(crate) fn random(&self) -> Random {
        Random::new(self.seed)
    }

    /// Of so many cases, as many as there are rounds, spread evenly; which ones, the seed says.
    pub(crate) fn sample(&self, cases: u64) -> Vec<u64> {
        if let Some(case) = self.case {
            return vec![case; self.rounds as usize];
        }
        let rounds = self.rounds.clamp(1, cases.max(1));
        let mut random = self.random();
        let start = |round: u64| round * cases / rounds;
        (0..rounds)
            .map(|round| start(round) + random.below(start(round + 1) - start(round)))
            .collect()
    }
}

/// This program once more, as one that is taken something away. It begins when it is given a line.
pub(crate) fn child(words: &[&str], folders: [&Path; 2]) -> Result<Command> {
    let program = env::current_exe().context("this program does not know where it is")?;
    let mut command = Command::new(program);
    command
        .arg("child")
        .args(words)
        .args(folders)
        .stdin(Stdio::piped());
    Ok(command)
}

/// Lets it begin.
pub(crate) fn begin(process: &mut Child) -> Result<()> {
    let input = process.stdin.as_mut().context("nothing to begin with")?;
    Ok(input.write_all(b"\n")?)
}

/// Runs it to its end; what it printed.
pub(crate) fn finish(mut command: Command) -> Result<String> {
    let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = piped.spawn()?;
    begin(&mut process)?;
    let ended = process.wait_with_output()?;
    let said = String::from_utf8_lossy(&ended.stderr);
    ensure!(ended.status.success(), "{}: {}", ended.status, said.trim());
    Ok(String::from_utf8_lossy(&ended.stdout).into_owned())
}

/// The child's side of that.
pub(crate) fn wait_to_begin() -> Result<()> {
    let mut first = [0];
    io::stdin()
        .read_exact(&mut first)
        .context("nobody says when to begin")
}

/// Until nobody writes to the standard input any more.
pub(crate) fn wait_for_end() {
    let _ = io::copy(&mut io::stdin(), &mut io::sink());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_spread_and_all_is_all() {
        let plan = |rounds, seed| Plan {
            rounds,
            seed,
            case: None,
        };
        assert_eq!(plan(99, 3).sample(5), [0, 1, 2, 3, 4]);
        let some = plan(5, 7).sample(100);
        assert_eq!(some.len(), 5);
        let parts: Vec<u64> = some.iter().map(|case| case / 20).collect();
        assert_eq!(parts, [0, 1, 2, 3, 4], "{some:?}");
    }
}
