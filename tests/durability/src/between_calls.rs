// SPDX-License-Identifier: Apache-2.0
//! Kills a process between every two of its system calls, over a fixed scenario.

use std::{path::Path, process::Stdio};

use anyhow::{Context, Result, ensure};

use crate::{
    ground::Ground,
    history::History,
    plan::{Plan, child},
    scenario::{Scenario, give_up},
    tracer::{Traced, trace},
};

fn trace_on(ground: &Ground, kill_at: Option<u64>) -> Result<Traced> {
    let mut command = child(&["scenario"], [&ground.store(), &ground.logs()])?;
    let mut process = command.stderr(Stdio::null()).spawn()?;
    trace(&mut process, kill_at)
}

pub(crate) fn prove(plan: &Plan) -> Result<String> {
    let ground = Ground::new()?;
    let stops = trace_on(&ground, None)?.stops;
    let all = History::read(&ground.logs())?.check(&ground.store())?;
    ensure!(all.unanswered == 0 && stops > 200, "{stops} stops, {all}");
    let sample = plan.sample(stops);
    let (mut answered, mut killed) = (0, 0);
    for case in &sample {
        let ground = Ground::new()?;
        let mut run = || -> Result<()> {
            let traced = trace_on(&ground, Some(case + 1))?;
            killed += u64::from(traced.is_killed);
            answered += History::read(&ground.logs())?
                .check(&ground.store())?
                .answered;
            // Whoever was not answered asks again.
            run(&ground.store(), &ground.logs())?;
            let last = History::read(&ground.logs())?.check(&ground.store())?;
            last.all_answered()?;
            Ok(())
        };
        run().with_context(|| format!("case {case}: killed at a stop of {stops}"))?;
    }
    // Threads do not meet in the same way each time, so that a late one may not come.
    ensure!(killed + 2 >= sample.len() as u64, "{killed} were killed");
    Ok(format!(
        "{killed} killed before or after one of the {} system calls that change something; {answered} answers before that, 0 missing, 0 twice",
        stops / 2
    ))
}

/// The process that is killed; and, without being killed, whoever asks again.
pub(crate) fn run(store: &Path, logs: &Path) -> Result<()> {
    Scenario::new(store, logs, &mut give_up)?.run_twice()
}
