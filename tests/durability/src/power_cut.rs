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

/// The calls of a process within which the power fails after another one has died: enough to open the store and to answer for the first times.
const MOST_CALLS_OF_THE_NEXT: u64 = 250;

/// More, and reading all of it after each takes most of the time.
const ROUNDS_OF_A_DISK: usize = 25;

/// Few calls as well as many, so that the opening is met as often as the work.
fn calls(random: &mut Random) -> u64 {
    let most = match random.below(4) {
        0 => 60,
        1 => 500,
        _ => 4_000,
    };
    1 + random.below(most)
}

/// Processes under load, one after the other on the same disk; the power fails at a random call of each. After some rounds another disk, which is empty.
pub(crate) fn prove(plan: &Plan) -> Result<String> {
    let mut random = plan.random();
    let mut kept: BTreeMap<String, u64> = BTreeMap::new();
    let (mut tally, mut open) = (Tally::default(), 0);
    for first in (0..plan.rounds).step_by(ROUNDS_OF_A_DISK) {
        let place = Place::new(plan.seed ^ first)?;
        let rounds = first..plan.rounds.min(first + ROUNDS_OF_A_DISK as u64);
        let mut of_disk = Tally::default();
        for round in rounds {
            let (keep, found) = cut_once(&place, round, &mut random)
                .with_context(|| format!("seed {}, round {round}", plan.seed))?;
            *kept.entry(keep.to_string()).or_default() += 1;
            of_disk = found;
        }
        place.run(&["work", LAST]).context("the last process")?;
        let last = place.check()?;
        let (unanswered, asked) = (last.unanswered, last.asked);
        ensure!(unanswered == 0, "{unanswered} were never answered");
        ensure!(asked > of_disk.unanswered, "nothing was asked");
        open += of_disk.unanswered;
        tally += last;
    }
    Ok(format!(
        "{tally}; {open} were open after the last cut of a disk; kept was {kept:?}"
    ))
}

fn cut_once(place: &Place, round: u64, random: &mut Random) -> Result<(Keep, Tally)> {
    let calls = calls(random);
    let mounted = place.mount()?;
    place.drive.disk().cut_after(calls);
    let process = work(place, &round.to_string())?;
    let linger = Duration::from_millis(random.below(15));
    let cut = place.run_until_off(process, linger)?;
    mounted.unmount().context("the drive is still used")?;
    ensure!(cut, "the process ended by itself");
    let keep = place.restart();
    let tally = place
        .check()
        .with_context(|| format!("the power failed within call {calls}, {keep} was kept"))?;
    Ok((keep, tally))
}

fn work(place: &Place, round: &str) -> Result<Child> {
    let mut command = child(&["work", round], [&place.store(), &place.logs()])?;
    // That the store fails is what is wanted; what it says of it is not.
    command.stderr(Stdio::null());
    Ok(command.spawn()?)
}

/// A process dies within a call of the scenario, each in turn; the next one is told that what the first one asked for is known, and then the power fails.
/// What the first one wrote and did not sync is there for the second one to read: it has to be on the disk before anything is said of it.
pub(crate) fn prove_after_death(plan: &Plan) -> Result<String> {
    let (calls, _) = count_calls(plan.seed)?;
    let sample = plan.sample(calls);
    let mut random = plan.random();
    let mut answered = 0;
    for case in &sample {
        let (call, next) = (case + 1, 1 + random.below(MOST_CALLS_OF_THE_NEXT));
        let place = Place::new(plan.seed ^ call)?;
        let mut keep = Keep::Nothing;
        let mut run = || -> Result<()> {
            place.drive.disk().cut_after(call);
            place.run(&["scenario"])?;
            place.drive.disk().revive();
            place.drive.disk().cut_after(next);
            place.run(&["scenario"])?;
            place.drive.disk().turn_off();
            keep = place.restart();
            answered += place.check()?.answered;
            place.run(&["scenario"])?;
            let last = place.check()?;
            last.all_answered()?;
            Ok(())
        };
        run().with_context(|| {
            let seed = plan.seed;
            format!("seed {seed}, case {case}: a process died within call {call} of {calls}, the power failed within call {next} of the next one, {keep} was kept")
        })?;
    }
    ensure!(answered > 0, "nothing was answered before any of the cuts");
    let cuts = sample.len();
    Ok(format!(
        "{cuts} processes died within {calls} calls, and the power failed under the next one; {answered} answers before that, 0 missing, 0 twice"
    ))
}

/// The power fails within each call of the scenario in turn, from the first that is made for a store that is not there yet.
pub(crate) fn prove_everywhere(plan: &Plan) -> Result<String> {
    let (calls, _) = count_calls(plan.seed)?;
    let sample = plan.sample(calls);
    let mut answered = 0;
    for case in &sample {
        let call = case + 1;
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
            format!("seed {seed}, case {case}: the power failed within call {call} of {calls}, {keep} was kept")
        })?;
        last.all_answered()
            .with_context(|| format!("call {call}"))?;
    }
    ensure!(answered > 0, "nothing was answered before any of the cuts");
    let cuts = sample.len();
    Ok(format!(
        "{cuts} cuts within {calls} calls; {answered} answers before them, 0 missing, 0 twice"
    ))
}
