// SPDX-License-Identifier: Apache-2.0
//! First recorded, then served.

use std::{thread, time::Duration};

use silta::{Agency, Ready, observe::masked};
use silta_store::{
    Content, Store, StoreError, Why,
    record::{
        Generation, GenerationListing, GenerationOutcome, GenerationRejection, NewGeneration,
        PackageTexts, ServeOrder,
    },
};

/// Characters that are kept of a name and of a reason.
const LONGEST_BY: usize = 100;
const LONGEST_WHY: usize = 500;

/// How often the store is asked for one thing, and for how long in between: as long as a disk hesitates.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(200);

/// Who wants something, and why, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Who: the name of a token or of an operator, or what has changed.
    pub by: String,
    /// Why, in their words.
    pub why: String,
}

impl Wanted {
    /// Without control characters and personal identity codes, and cut to 100 and 500 characters.
    pub fn new(by: &str, why: &str) -> Self {
        let kept = |text: &str, most| {
            let plain = text.chars().filter(|c| !c.is_control());
            let plain: String = plain.collect();
            masked(&plain).chars().take(most).collect()
        };
        Self {
            by: kept(by, LONGEST_BY),
            why: kept(why, LONGEST_WHY),
        }
    }
}

/// A component that has passed every step, and is to serve.
pub struct Candidate {
    /// Name that the agency is deployed under.
    pub agency: String,
    /// It, prepared.
    pub ready: Ready,
    /// Its bytes.
    pub component: Content,
    /// The other files of its package, where it came in one.
    pub package: Option<PackageTexts>,
    /// SHA-256 of the component that the configuration names, in hexadecimal.
    pub configured: String,
    /// Whether it may follow a later version because somebody said so.
    pub is_downgrade: bool,
}

impl std::fmt::Debug for Candidate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Candidate").field(&self.ready).finish()
    }
}

/// Why there was no rollback.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotRolledBack {
    /// There is nothing to return to.
    #[error("there is no earlier generation to return to")]
    NoEarlier,
    /// The store did not do it.
    #[error("{0}")]
    Store(#[from] StoreError),
}

/// Records candidates, and puts them into service: all of them, or none. Whoever calls it sees to it that nobody else does so for the same agencies. Where the same component served
/// already, nothing is ready to return to until something [stands by](Ready::stand_by) anew.
///
/// # Errors
/// The store's. What served goes on; after [`StoreError::Unknown`] the store may say that the candidates serve, which they do from the next start on.
pub fn serve(
    store: &dyn Store,
    candidates: Vec<Candidate>,
    wanted: &Wanted,
) -> Result<Vec<Generation>, StoreError> {
    let (mut recorded, mut numbered, mut orders) = (Vec::new(), Vec::new(), Vec::new());
    for candidate in candidates {
        let (agency, configured) = (candidate.agency.clone(), candidate.configured.clone());
        // Asked twice it may be recorded twice; the one that nobody serves is retired by the other.
        let (generation, ready) = record(store, candidate, wanted)?;
        orders.push(order(agency, generation.number, configured, wanted));
        numbered.push(ready);
        recorded.push(generation);
    }
    put(store, &orders)?;
    for ready in numbered {
        ready.serve_or_renew();
    }
    Ok(recorded)
}

/// Records a candidate; its record, and it with its number.
pub(super) fn record(
    store: &dyn Store,
    candidate: Candidate,
    wanted: &Wanted,
) -> Result<(Generation, Ready), StoreError> {
    let info = candidate.ready.generation_info();
    let generation = NewGeneration {
        agency: candidate.agency,
        component: candidate.component,
        package: candidate.package,
        version: info.version,
        settings: info.revision,
        by: wanted.by.clone(),
        why: wanted.why.clone(),
        is_downgrade: candidate.is_downgrade,
        rejection: None,
    };
    let generation = patiently(|| store.record_generation(&generation))?;
    let ready = candidate.ready.numbered(generation.number);
    Ok((generation, ready))
}

/// Puts the generation that served before back into service. Whoever calls it sees to it that nobody else changes what serves.
///
/// # Errors
/// See [`NotRolledBack`].
pub fn roll_back(
    store: &dyn Store,
    (id, agency): (&str, &Agency),
    configured: &str,
    wanted: &Wanted,
) -> Result<u64, NotRolledBack> {
    let earlier = agency.earlier_generation_info();
    let number = earlier.ok_or(NotRolledBack::NoEarlier)?.number;
    let order = order(id.to_owned(), number, configured.to_owned(), wanted);
    put(store, &[order])?;
    agency.roll_back().map_err(|_| NotRolledBack::NoEarlier)?;
    Ok(number)
}

/// Keeps that the configuration names a component now, whatever serves.
///
/// # Errors
/// The store's.
pub fn renew_configured(
    store: &dyn Store,
    agency: &str,
    serving: u64,
    configured: &str,
) -> Result<(), StoreError> {
    serve_again(store, (agency, serving), configured, &Wanted::new("", ""))
}

/// Keeps that a generation serves which does where calls are made: the store may say that another one does, whose promotion came to nothing.
///
/// # Errors
/// The store's.
pub fn serve_again(
    store: &dyn Store,
    (agency, serving): (&str, u64),
    configured: &str,
    wanted: &Wanted,
) -> Result<(), StoreError> {
    let order = order(agency.to_owned(), serving, configured.to_owned(), wanted);
    put(store, &[order])
}

/// Records that a component was refused, for whoever asks later; once, where the same is tried again and nothing else was since.
///
/// # Errors
/// The store's: nothing else depends on it.
pub fn reject(
    store: &dyn Store,
    agency: &str,
    component: Content,
    wanted: &Wanted,
    rejection: GenerationRejection,
) -> Result<Generation, StoreError> {
    let masking = |text: &str| masked(text).chars().take(LONGEST_WHY).collect();
    let rejection = GenerationRejection {
        reason: masking(&rejection.reason),
        reference: rejection.reference.as_deref().map(masking),
        ..rejection
    };
    let last = GenerationListing {
        agency: agency.to_owned(),
        before: 0,
        limit: 1,
    };
    // What is tried again and again is refused once.
    if let Some(last) = store.generations(&last)?.pop()
        && last.component == component.digest()
        && last.by == wanted.by
        && let GenerationOutcome::Rejected(before) = &last.outcome
        && is_again(before, &rejection)
    {
        return Ok(last);
    }
    store.record_generation(&NewGeneration {
        agency: agency.to_owned(),
        component,
        version: String::new(),
        settings: String::new(),
        by: wanted.by.clone(),
        why: wanted.why.clone(),
        is_downgrade: false,
        package: None,
        rejection: Some(rejection),
    })
}

/// Whether a refusal is the one before, tried again. What a registry that is down says is in other words each time.
fn is_again(before: &GenerationRejection, now: &GenerationRejection) -> bool {
    let is_fetched = now.step == GenerationRejection::FETCHED;
    let told =
        |one: &GenerationRejection| (one.step.clone(), one.code.clone(), one.reference.clone());
    before == now || is_fetched && told(before) == told(now)
}

pub(super) fn order(
    agency: String,
    number: u64,
    configured: String,
    wanted: &Wanted,
) -> ServeOrder {
    ServeOrder {
        agency,
        number,
        configured,
        by: wanted.by.clone(),
        why: wanted.why.clone(),
        promoted: None,
    }
}

/// Asked again, what has been done changes nothing more.
pub(super) fn put(store: &dyn Store, orders: &[ServeOrder]) -> Result<(), StoreError> {
    put_if(store, orders, || Ok(()))
}

/// The same, if it still may be: what is desired may not have changed since that was asked.
pub(super) fn put_if(
    store: &dyn Store,
    orders: &[ServeOrder],
    may: impl Fn() -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    patiently(|| {
        let revision = store.desired()?.revision;
        may()?;
        store.serve_generations(revision, orders).map(|_| ())
    })
    .or_else(|error| match is_put(store, orders) {
        // It was kept, and only its answer was not.
        true => Ok(()),
        false => Err(error),
    })
}

/// Whether the store says that all of them serve.
fn is_put(store: &dyn Store, orders: &[ServeOrder]) -> bool {
    let Ok(desired) = store.desired() else {
        return false;
    };
    orders.iter().all(|order| {
        let desired = desired.value.agencies.get(&order.agency);
        desired.is_some_and(|desired| {
            (desired.generation, &desired.configured) == (Some(order.number), &order.configured)
        })
    })
}

/// Until somebody else is done, and a disk that hesitates answers.
pub(super) fn patiently<T>(ask: impl Fn() -> Result<T, StoreError>) -> Result<T, StoreError> {
    let mut attempt = 1;
    loop {
        match ask() {
            Err(StoreError::Refused(Why::Revised(_))) if attempt < ATTEMPTS => {}
            Err(StoreError::Unknown(_) | StoreError::Unavailable { .. }) if attempt < ATTEMPTS => {
                thread::sleep(PAUSE * attempt);
            }
            answer => return answer,
        }
        attempt += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_fetched_is_the_same_whatever_its_registry_says_of_it() {
        let rejection = |step: &str, reason: &str, reference: &str| GenerationRejection {
            step: step.into(),
            code: "registry.unreachable".into(),
            reason: reason.into(),
            reference: Some(reference.into()),
        };
        let fetched = |reason, reference| rejection("fetched", reason, reference);
        let before = fetched("it refuses", "r/a");
        assert!(is_again(&before, &fetched("it is slow", "r/a")));
        assert!(!is_again(&before, &fetched("it refuses", "r/b")));
        let judged = rejection("linked", "one", "");
        assert!(is_again(&judged, &judged));
        assert!(!is_again(&judged, &rejection("linked", "other", "")));
    }

    #[test]
    fn who_and_why_are_kept_short_and_of_nobody() {
        let long = "x".repeat(1_000);
        let wanted = Wanted::new(&long, &format!("for 010190-900P\n{long}"));
        assert_eq!(wanted.by.chars().count(), LONGEST_BY);
        assert_eq!(wanted.why.chars().count(), LONGEST_WHY);
        assert!(!wanted.why.contains("900P") && !wanted.why.contains('\n'));
    }
}
