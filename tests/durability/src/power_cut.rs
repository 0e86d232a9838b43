// SPDX-License-Identifier: Apache-2.0
//! The power fails: of what was not synced, nothing is left, or some of it.

use std::{
    collections::BTreeMap,
    process::{Child, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, ensure};

use crate::{
    disk::Keep,
    history::Tally,
    place::{Place, count_calls},
    plan::{Plan, child},
    random::Random,
    worker::LAST,
};

/// Few calls as well as many, so that the opening is met as often as the work.
fn calls(random: &mut Random) -> u64 {
    let most = match random.below(4) {
        0 => 60,
        1 => 500,
        _ => 4_000,
    };
    1 + random.below(most)
}

/// Processes under load, one after the other on the same disk; the power fails at a random call of each.
pub(crate) fn prove(plan: &Plan) -> Result<String> {
    let place = Place::new(plan.seed)?;
    let mut random = plan.random();
    let mut kept: BTreeMap<String, u64> = BTreeMap::new();
    let mut tally = Tally::default();
    for round in 0..plan.rounds {
        let calls = calls(&mut random);
        let mounted = place.mount()?;
        place.drive.disk().cut_after(calls);
        let process = work(&place, &round.to_string())?;
        let linger = Duration::from_millis(random.below(15));
        let cut = place.run_until_off(process, linger)?;
        ensure!(cut, "round {round}: the process ended by itself");
        mounted.unmount().context("the drive is still used")?;
        let keep = place.restart();
        tally = place.check().with_context(|| {
            let seed = plan.seed;
            format!(
                "seed {seed}, round {round}: the power failed within call {calls}, {keep} was kept"
            )
        })?;
        *kept.entry(keep.to_string()).or_default() += 1;
    }
    let before_last = tally;
    place.run(&["work", LAST]).context("the last process")?;
    let tally = place.check()?;
    ensure!(
        tally.unanswered == 0,
        "{} were never answered",
        tally.unanswered
    );
    ensure!(tally.asked > before_last.unanswered, "nothing was asked");
    let open = before_last.unanswered;
    Ok(format!(
        "{tally}; {open} were open after the last cut; kept was {kept:?}"
    ))
}

fn work(place: &Place, round: &str) -> Result<Child> {
    let mut command = child(&["work", round], [&place.store(), &place.logs()])?;
    // That the store fails is what is wanted; what it says of it is not.
    command.stderr(Stdio::null());
    Ok(command.spawn()?)
}

/// The power fails within each call of the scenario in turn, from the first that is made for a store that is not there yet.
pub(crate) fn prove_everywhere(plan: &Plan) -> Result<String> {
    let (calls, _) = count_calls(plan.seed)?;
    let sample = plan.sample(calls);
    let mut answered = 0;
    for call in &sample {
        let call = call + 1;
        let place = Place::new(plan.seed ^ call)?;
        let mut keep = Keep::Nothing;
        let mut run = || -> Result<Tally> {
            place.drive.disk().cut_after(call);
            place.run(&["scenario"])?;
            keep = place.restart();
            answered += place.check()?.answered;
            // Whoever was not answered asks again.
            place.run(&["scenario"])?;
            place.drive.disk().turn_off();
            place.restart();
            place.check()
        };
        let last = run().with_context(|| {
            let seed = plan.seed;
            format!("seed {seed}: the power failed within call {call} of {calls}, {keep} was kept")
        })?;
        ensure!(
            last.unanswered == 0,
            "call {call}: {} were not answered",
            last.unanswered
        );
    }
    ensure!(answered > 0, "nothing was answered before any of the cuts");
    let cuts = sample.len();
    Ok(format!(
        "{cuts} cuts within {calls} calls; {answered} answers before them, 0 missing, 0 twice"
    ))
}
