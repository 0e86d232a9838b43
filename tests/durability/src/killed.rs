// SPDX-License-Identifier: Apache-2.0
//! Kills a process that uses a store, at random moments. The system lives on, and with it what was written and not synced.

use std::{fs, process::Child, thread, time::Duration};

use anyhow::{Context, Result, bail, ensure};

use crate::{
    history::{History, Tally},
    plan::{Plan, begin, child},
    worker::LAST,
};

pub(crate) fn prove(plan: &Plan) -> Result<String> {
    let folder = tempfile::tempdir()?;
    let (store, logs) = (folder.path().join("store"), folder.path().join("logs"));
    fs::create_dir(&logs)?;
    let work = |round: &str| -> Result<Child> {
        let mut process = child(&["work", round], [&store, &logs])?.spawn()?;
        begin(&mut process)?;
        Ok(process)
    };
    let mut random = plan.random();
    let mut tally = Tally::default();
    for round in 0..plan.rounds {
        let until = Duration::from_micros(random.below(400_000));
        let mut process = work(&round.to_string())?;
        thread::sleep(until);
        let ended = process.try_wait()?;
        ensure!(
            ended.is_none(),
            "round {round}: the process ended by itself: {ended:?}"
        );
        process.kill()?;
        process.wait()?;
        let found = History::read(&logs)?.check(&store);
        let seed = plan.seed;
        tally =
            found.with_context(|| format!("seed {seed}, round {round}, killed after {until:?}"))?;
    }
    // What is open still is asked for once more, and by a process that may end.
    let settled = work(LAST)?.wait()?;
    ensure!(settled.success(), "the last process failed");
    let last = History::read(&logs)?.check(&store)?;
    if last.unanswered > 0 {
        bail!("{} were never answered", last.unanswered);
    }
    ensure!(last.asked > tally.unanswered, "nothing was asked");
    Ok(format!(
        "{last}; {} were open after the last kill",
        tally.unanswered
    ))
}
