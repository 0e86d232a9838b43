// SPDX-License-Identifier: Apache-2.0
//! A call of the disk fails, each of a scenario in turn: once, or until somebody makes room.

use std::{
    collections::BTreeMap,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use silta_store::{SqliteStore, Store, StoreError};

use crate::{
    disk::{Call, Errno, Fault},
    history::History,
    place::{Place, count_calls},
    plan::Plan,
    scenario::{Scenario, Trouble},
};

/// How long a store may take to be open again.
const PATIENCE: Duration = Duration::from_secs(10);

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
    let calls = count_calls(plan.seed)?;
    let sample = plan.sample(calls * FAULTS.len() as u64);
    let mut seen = Seen::default();
    for case in &sample {
        let call = case / FAULTS.len() as u64 + 1;
        let (errno, stays) = FAULTS
            .get((case % FAULTS.len() as u64) as usize)
            .copied()
            .context("there is no such fault")?;
        let fault = Fault {
            first: call,
            stays,
            errno: Errno(errno),
        };
        fail(plan.seed ^ case, fault, &mut seen).with_context(|| {
            let (seed, error) = (plan.seed, std::io::Error::from_raw_os_error(errno));
            let lasts = if stays { " and those after it" } else { "" };
            format!("seed {seed}: call {call} of {calls}{lasts} failed: {error}")
        })?;
    }
    ensure!(seen.met.contains_key(&Call::Sync) || plan.rounds < 20, "no sync was met");
    let Seen { met, troubles, unready } = seen;
    let met: Vec<String> = met.iter().map(|(call, times)| format!("{call:?} {times}")).collect();
    let (cases, met) = (sample.len(), met.join(", "));
    ensure!(troubles > 0 && unready > 0, "nobody noticed anything");
    Ok(format!(
        "{cases} faults at {calls} calls ({met}); {troubles} times no answer, of these {unready} times not ready; each store went on by itself and kept what it had said, after a power cut as well"
    ))
}

fn fail(seed: u64, fault: Fault, seen: &mut Seen) -> Result<()> {
    let place = Place::new(seed)?;
    let mounted = place.mount()?;
    place.drive.disk().set_fault(Some(fault));
    let mut on_trouble = |trouble: Trouble<'_>| -> Result<()> {
        seen.troubles += 1;
        if let Trouble::Answer(store, error) = &trouble {
            ensure!(
                !matches!(error, StoreError::Refused(_)),
                "a failure of the disk is called a mistake of the caller: {error}"
            );
            seen.unready += u64::from(says_why(store)?);
        }
        note(&place, seen);
        // Somebody has made room.
        place.drive.disk().set_fault(None);
        match trouble {
            Trouble::Opening(_) => Ok(()),
            Trouble::Answer(store, _) => wait_until_ready(store),
        }
    };
    let done = Scenario::new(&place.store(), &place.logs(), &mut on_trouble)?.run_twice();
    note(&place, seen);
    place.drive.disk().set_fault(None);
    done?;
    let history = History::read(&place.logs())?;
    ensure!(history.open().is_empty(), "something was not answered");
    // What a failed sync was for is not on the disk, whatever later syncs say.
    place.drive.disk().turn_off();
    mounted.unmount().context("the drive is still used")?;
    let keep = place.restart();
    let check = place.check();
    check.with_context(|| format!("after a power cut, {keep} was kept"))?;
    Ok(())
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
