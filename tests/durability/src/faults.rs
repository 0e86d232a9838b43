// SPDX-License-Identifier: Apache-2.0
//! A call of the disk fails, each of a scenario in turn: once, or until somebody makes room.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    path::Path,
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use silta_store::{SqliteStore, Store, StoreError};

use crate::{
    disk::{Call, Errno, Fault, Keep},
    history::History,
    place::{Place, count_calls},
    plan::{Plan, begin, child, wait_to_begin},
    scenario::{Scenario, Trouble},
};

/// How long a store may take to be open again.
const PATIENCE: Duration = Duration::from_secs(60);

/// How many calls after a sync that failed the power fails: each number up to this one.
const CUTS_AFTER: u64 = 60;

/// What the process says of a store that says why it is not ready.
const UNREADY: &str = "unready";

/// What happens: the error, and whether it stays.
const FAULTS: [(i32, bool); 4] = [
    (libc::EIO, false),
    (libc::ENOSPC, false),
    (libc::EIO, true),
    (libc::ENOSPC, true),
];

/// What has been seen.
#[derive(Default)]
struct Seen {
    /// Calls that a fault met, by what they were.
    met: BTreeMap<Call, u64>,
    /// Answers that were not given, and stores that did not open.
    troubles: u64,
    /// Of these, how often `ready` said why.
    unready: u64,
}

pub(crate) fn prove(plan: &Plan) -> Result<String> {
    let (calls, syncs) = count_calls(plan.seed)?;
    let sample = cases(plan, calls, &syncs);
    let mut seen = Seen::default();
    for case in &sample {
        let call = case / FAULTS.len() as u64 + 1;
        let (errno, stays) = FAULTS
            .get((case % FAULTS.len() as u64) as usize)
            .copied()
            .context("there is no such fault")?;
        let fault = Fault {
            first: call,
            at_sync: syncs.contains(&call),
            stays,
            errno: Errno(errno),
        };
        fail(plan.seed ^ case, fault, &mut seen).with_context(|| {
            let (seed, error) = (plan.seed, std::io::Error::from_raw_os_error(errno));
            let lasts = if stays { " and those after it" } else { "" };
            format!("seed {seed}, case {case}: call {call} of {calls}{lasts} failed: {error}")
        })?;
    }
    ensure!(
        seen.met.contains_key(&Call::Sync) || plan.rounds < 20,
        "no sync was met"
    );
    let Seen {
        met,
        troubles,
        unready,
    } = seen;
    let met: Vec<String> = met
        .iter()
        .map(|(call, times)| format!("{call:?} {times}"))
        .collect();
    let (cases, met) = (sample.len(), met.join(", "));
    ensure!(troubles > 0 && unready > 0, "nobody noticed anything");
    Ok(format!(
        "{cases} faults at {calls} calls ({met}); {troubles} times no answer, of these {unready} times not ready; each store went on by itself and kept what it had said, after a power cut as well"
    ))
}

/// A call and a fault each. Unless there are rounds for all of them, every second is of a sync: most calls are writes.
fn cases(plan: &Plan, calls: u64, syncs: &[u64]) -> Vec<u64> {
    let faults = FAULTS.len() as u64;
    let mut cases = plan.sample(calls * faults);
    if plan.case.is_none() && plan.rounds < calls * faults {
        let mut random = plan.random();
        for case in cases.iter_mut().skip(1).step_by(2) {
            if let Some(call) = syncs.get(random.below(syncs.len() as u64) as usize) {
                *case = (call - 1) * faults + *case % faults;
            }
        }
    }
    cases
}

fn fail(seed: u64, fault: Fault, seen: &mut Seen) -> Result<()> {
    let place = Place::new(seed)?;
    let mounted = place.mount()?;
    place.drive.disk().set_fault(Some(fault));
    let done = watch(&place, seen);
    note(&place, seen);
    place.drive.disk().set_fault(None);
    // What a failed sync was for is not on the disk, whatever later syncs say.
    place.drive.disk().turn_off();
    mounted.unmount().context("the drive is still used")?;
    done?;
    let history = History::read(&place.logs())?;
    ensure!(history.open().is_empty(), "something was not answered");
    let keep = place.restart();
    let check = place.check();
    check.with_context(|| format!("after a power cut, {keep} was kept"))?;
    Ok(())
}

/// The process that meets it tells of each trouble, and waits until somebody has made room.
fn watch(place: &Place, seen: &mut Seen) -> Result<()> {
    let mut command = child(&["endure"], [&place.store(), &place.logs()])?;
    let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = piped.spawn()?;
    begin(&mut process)?;
    let output = process.stdout.take().context("no output")?;
    for line in BufReader::new(output).lines() {
        seen.troubles += 1;
        seen.unready += u64::from(line? == UNREADY);
        note(place, seen);
        place.drive.disk().set_fault(None);
        begin(&mut process)?;
    }
    let ended = process.wait_with_output()?;
    let said = String::from_utf8_lossy(&ended.stderr);
    ensure!(ended.status.success(), "{}: {}", ended.status, said.trim());
    Ok(())
}

/// That process. It goes on with the store that it has.
pub(crate) fn endure(store: &Path, logs: &Path) -> Result<()> {
    let mut on_trouble = |trouble: Trouble<'_>| -> Result<()> {
        let word = match &trouble {
            Trouble::Opening(_) => "opening",
            Trouble::Answer(_, error @ StoreError::Refused(_)) => {
                bail!("a failure of the disk is called a mistake of the caller: {error}")
            }
            Trouble::Answer(store, _) if says_why(store)? => UNREADY,
            Trouble::Answer(..) => "ready",
        };
        println!("{word}");
        wait_to_begin()?;
        match trouble {
            Trouble::Opening(_) => Ok(()),
            Trouble::Answer(store, _) => wait_until_ready(store),
        }
    };
    Scenario::new(store, logs, &mut on_trouble)?.run_twice()
}

/// A sync fails, and before the store has got over it the power fails as well. What that sync was for is read as if it were on the disk, and is not there.
pub(crate) fn prove_then_cut(plan: &Plan) -> Result<String> {
    let (_, syncs) = count_calls(plan.seed)?;
    let sample = plan.sample(syncs.len() as u64 * CUTS_AFTER);
    let (mut cuts, mut answered) = (0, 0);
    for case in &sample {
        let first = syncs.get((case / CUTS_AFTER) as usize).copied();
        let first = first.context("there is no such sync")?;
        let after = 1 + case % CUTS_AFTER;
        let place = Place::new(plan.seed ^ case)?;
        let mut keep = Keep::Nothing;
        let mut run = || -> Result<()> {
            cuts += u64::from(fail_then_cut(&place, first, after)?);
            place.drive.disk().turn_off();
            keep = place.restart();
            answered += place.check()?.answered;
            // Whoever was not answered asks again.
            place.run(&["scenario"])?;
            let last = place.check()?;
            last.all_answered()?;
            Ok(())
        };
        run().with_context(|| {
            let seed = plan.seed;
            format!("seed {seed}, case {case}: sync at call {first} failed, the power {after} calls later, {keep} was kept")
        })?;
    }
    ensure!(answered > 0 && cuts > 0, "{answered} answers, {cuts} cuts");
    let (cases, syncs) = (sample.len(), syncs.len());
    Ok(format!(
        "{cases} times one of {syncs} syncs failed, and {cuts} times the power after it; {answered} answers before that, 0 missing, 0 twice"
    ))
}

/// Whether the power failed before the process had ended.
fn fail_then_cut(place: &Place, first: u64, after: u64) -> Result<bool> {
    let mounted = place.mount()?;
    {
        let mut disk = place.drive.disk();
        disk.set_fault(Some(Fault {
            first,
            at_sync: true,
            stays: false,
            errno: Errno(libc::EIO),
        }));
        disk.cut_after(first + after);
    }
    let mut command = child(&["persevere"], [&place.store(), &place.logs()])?;
    let process = command.stderr(Stdio::null()).spawn()?;
    let cut = place.run_until_off(process, Duration::ZERO)?;
    mounted.unmount().context("the drive is still used")?;
    Ok(cut)
}

/// That process: it tells nobody.
pub(crate) fn persevere(store: &Path, logs: &Path) -> Result<()> {
    let mut on_trouble = |trouble: Trouble<'_>| match trouble {
        Trouble::Opening(_) => Ok(()),
        Trouble::Answer(store, _) => wait_until_ready(store),
    };
    Scenario::new(store, logs, &mut on_trouble)?.run_twice()
}

fn note(place: &Place, seen: &mut Seen) {
    if let Some(call) = place.drive.disk().met() {
        *seen.met.entry(call).or_default() += 1;
    }
}

/// Whether the store says that it is not ready; then with a reason.
fn says_why(store: &SqliteStore) -> Result<bool> {
    match store.ready() {
        Ok(()) => Ok(false),
        Err(StoreError::Unavailable { reason, .. }) => {
            ensure!(!reason.to_string().is_empty(), "it says no reason");
            Ok(true)
        }
        Err(other) => bail!("not ready is to be `Unavailable`: {other}"),
    }
}

/// It is opened again by itself.
pub(crate) fn wait_until_ready(store: &SqliteStore) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    loop {
        match store.ready() {
            Ok(()) => return Ok(()),
            Err(error) if Instant::now() > end => {
                bail!("the store is not open again after {PATIENCE:?}: {error}")
            }
            Err(_) => thread::sleep(Duration::from_millis(2)),
        }
    }
}
