// SPDX-License-Identifier: Apache-2.0
//! Kills a process that uses a store, at random moments, and looks whether the store has what the process was told.
//!
//! ```sh
//! cargo test -p silta-store-conformance --test killed                             # 10 rounds
//! cargo test -p silta-store-conformance --test killed -- rounds 1000 seed 7
//! ```
//!
//! The process is this program once more. Each of its threads writes down what it asks before it asks, and what it is answered after. The next process, on
//! the same store, asks again for what the last one was not answered. After each round the history is compared with the store.

#[path = "killed/child.rs"]
mod child;
#[path = "killed/history.rs"]
mod history;

use std::{
    env,
    path::Path,
    process::{Command, ExitCode, Stdio},
    thread,
    time::{Duration, SystemTime},
};

use anyhow::{Context, Result, bail, ensure};
use history::{History, Tally};

/// The name that a filter may name.
const NAME: &str = "killed_processes_lose_nothing";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["child", folder, round] => child::run(Path::new(folder), round),
        _ if words.contains(&"--list") => {
            println!("{NAME}: test");
            Ok(())
        }
        _ => match plan(&words) {
            Some((rounds, seed)) => prove(rounds, seed),
            None => Ok(()),
        },
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:?}");
            ExitCode::FAILURE
        }
    }
}

/// How many rounds, and from which seed; nothing, if only others are asked for.
fn plan(words: &[&str]) -> Option<(u32, u64)> {
    let value = |name: &str| {
        let at = words.iter().position(|word| *word == name)?;
        words.get(at + 1)?.parse::<u64>().ok()
    };
    let ours = words.contains(&"rounds") || words.contains(&"seed");
    let mut filters = words.iter().filter(|word| !word.starts_with('-'));
    if !ours && filters.clone().count() > 0 && !filters.any(|filter| NAME.contains(filter)) {
        return None;
    }
    let rounds = value("rounds").and_then(|rounds| u32::try_from(rounds).ok());
    let now = || {
        SystemTime::UNIX_EPOCH
            .elapsed()
            .map_or(1, |since| since.as_nanos() as u64)
    };
    Some((rounds.unwrap_or(10), value("seed").unwrap_or_else(now)))
}

fn prove(rounds: u32, seed: u64) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut random = Random(seed | 1);
    let mut tally = Tally::default();
    for round in 0..rounds {
        let until = Duration::from_micros(random.below(400_000));
        let mut process = Command::new(env::current_exe()?)
            .args([
                "child",
                &folder.path().to_string_lossy(),
                &round.to_string(),
            ])
            .stdin(Stdio::null())
            .spawn()
            .context("this program does not start once more")?;
        thread::sleep(until);
        let ended = process.try_wait()?;
        ensure!(
            ended.is_none(),
            "round {round}: the process ended by itself: {ended:?}"
        );
        process.kill()?;
        process.wait()?;
        let found = History::read(folder.path())?.check(folder.path());
        tally =
            found.with_context(|| format!("seed {seed}, round {round}, killed after {until:?}"))?;
    }
    // What is open still is asked for once more, and by a process that may end.
    let settled = Command::new(env::current_exe()?)
        .args(["child", &folder.path().to_string_lossy(), "last"])
        .status()?;
    ensure!(settled.success(), "the last process failed");
    let last = History::read(folder.path())?.check(folder.path())?;
    if last.unanswered > 0 {
        bail!("{} were never answered", last.unanswered);
    }
    ensure!(last.asked > tally.unanswered, "nothing was asked");
    println!(
        "seed {seed}, {rounds} rounds: {last}; {} were open after the last kill",
        tally.unanswered
    );
    Ok(())
}

/// xorshift64: the same moments for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}
