// SPDX-License-Identifier: Apache-2.0
//! Candidates that are tried beside what serves: first recorded, then tried, as what serves is.

use silta::{Agency, Ready};
use silta_store::{
    Store, StoreError,
    record::{
        Generation, Promoted, ServeOrder, Trial, TrialEnd, TrialEvidence, TrialMode, TrialOutcome,
    },
};

use super::serving::{Candidate, Wanted, order, patiently, put, record};

/// Records a candidate, and that it is on trial; its record, and it with its number. Nothing is tried until it is [put beside](Ready::shadow) what serves. Whoever calls it sees to it that nothing of
/// the agency is on trial, and that nobody else changes what serves.
///
/// # Errors
/// The store's. What serves goes on; after [`StoreError::Unknown`] the candidate may be on trial from the next start on.
pub fn record_trial(
    store: &dyn Store,
    candidate: Candidate,
    (mode, of_thousand): (TrialMode, u32),
    wanted: &Wanted,
) -> Result<(Generation, Ready), StoreError> {
    let agency = candidate.agency.clone();
    let (mut generation, ready) = record(store, candidate, wanted)?;
    let trial = Trial {
        mode,
        of_thousand,
        since: patiently(|| store.now())?,
        by: wanted.by.clone(),
        why: wanted.why.clone(),
        evidence: TrialEvidence::default(),
        end: None,
    };
    note_trial(store, &agency, generation.number, &trial)?;
    generation.trial = Some(trial);
    Ok((generation, ready))
}

/// Keeps what has been seen of a trial.
///
/// # Errors
/// The store's.
pub fn note_trial(
    store: &dyn Store,
    agency: &str,
    number: u64,
    trial: &Trial,
) -> Result<(), StoreError> {
    patiently(|| store.keep_trial(agency, number, trial))
}

/// Keeps that a trial ended without the candidate serving, with what has been seen of it.
///
/// # Errors
/// The store's. It goes on from the next start on.
pub fn end_trial(
    store: &dyn Store,
    (agency, number): (&str, u64),
    trial: Trial,
    (outcome, wanted): (TrialOutcome, &Wanted),
) -> Result<(), StoreError> {
    let trial = Trial {
        end: Some(TrialEnd {
            at: patiently(|| store.now())?,
            outcome,
            by: wanted.by.clone(),
            why: wanted.why.clone(),
            lacked: String::new(),
        }),
        ..trial
    };
    note_trial(store, agency, number, &trial)
}

/// Puts what is on trial into service: it is kept that it serves, by what, and what it `lacked`, and a pointer is swapped. Whether it was: where calls are made it may be on trial no more, and then it serves from the next start on.
/// Whoever calls it sees to it that nobody else changes what serves.
///
/// # Errors
/// The store's. What serves goes on.
pub fn promote(
    store: &dyn Store,
    (id, agency): (&str, &Agency),
    (number, configured): (u64, &str),
    (wanted, lacked): (&Wanted, &str),
) -> Result<bool, StoreError> {
    let on_trial = agency.trial_info().filter(|info| info.number == number);
    let Some(on_trial) = on_trial else {
        return Ok(false);
    };
    let order = ServeOrder {
        promoted: Some(Promoted {
            settings: on_trial.revision,
            lacked: lacked.to_owned(),
        }),
        ..order(id.to_owned(), number, configured.to_owned(), wanted)
    };
    put(store, &[order])?;
    Ok(agency.serve_trial(number))
}
