// SPDX-License-Identifier: Apache-2.0
//! A candidate that serves a share of the conversations: how its calls end beside those of what serves, and that it serves none any more once it is worse.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use silta::{Agency, CallEnd, CanaryTap, ServedCall};
use silta_store::{
    Timestamp,
    record::{Trial, TrialEvidence, WrongEnd},
};

use super::{comparing::kept, keys::Keys, lacking::Lacking, settings::TrialSettings, worse};
use crate::metrics::TrialCounts;

/// For calls of so many keys the candidate alone has to meet its deadline before that decides.
const LEAST_TOO_LONG: usize = 3;

/// A trial of a candidate that serves a share of the conversations. It is the tap of [`silta::Ready::canary`]: it counts how calls end, and ends the trial where calls are made as soon as the
/// candidate is worse than what serves.
pub struct CanaryWatch {
    id: String,
    number: u64,
    agency: Agency,
    counts: TrialCounts,
    /// What is to hold before it may serve, and what ends it, as the configuration says now.
    thresholds: Mutex<TrialSettings>,
    seen: Mutex<Seen>,
    /// Called where it was decided that the candidate serves nothing any more.
    rolled_back: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

struct Seen {
    trial: Trial,
    /// Whether somebody is just deciding on it: nothing else ends it then.
    is_being_decided: bool,
    keys: Keys,
}

impl CanaryWatch {
    /// Begins, or goes on with a trial of which something has been seen before. Nothing comes until it is the tap of a candidate of this number.
    pub fn new(
        (id, agency): (&str, &Agency),
        (number, trial): (u64, Trial),
        settings: TrialSettings,
        counts: TrialCounts,
    ) -> Arc<Self> {
        Arc::new(Self {
            id: id.to_owned(),
            number,
            agency: agency.clone(),
            counts,
            thresholds: Mutex::new(settings),
            seen: Mutex::new(Seen {
                trial,
                is_being_decided: false,
                keys: Keys::default(),
            }),
            rolled_back: OnceLock::new(),
        })
    }

    /// Has somebody woken who keeps that the candidate serves nothing any more, on the thread of the call that decided it. Only the first of these counts.
    pub fn on_rollback(&self, wake: impl Fn() + Send + Sync + 'static) {
        let _ = self.rolled_back.set(Box::new(wake));
    }

    /// Number of the generation that is on trial.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The trial, with what has been seen so far. Once the candidate serves nothing any more, its evidence says why.
    pub fn trial(&self) -> Trial {
        self.seen().trial.clone()
    }

    /// Whether the candidate serves nothing any more because it was worse than what serves.
    pub fn is_rolled_back(&self) -> bool {
        self.seen().trial.evidence.rollback.is_some()
    }

    /// From now on nothing ends it but who decides on it, such as by promoting it; whether it serves still. What comes to nothing is [given up](Self::give_up_deciding).
    pub fn begin_deciding(&self) -> bool {
        let mut seen = self.seen();
        seen.is_being_decided = seen.trial.evidence.rollback.is_none();
        seen.is_being_decided
    }

    /// It goes on as before.
    pub fn give_up_deciding(&self) {
        self.seen().is_being_decided = false;
    }

    /// Ends the trial where calls are made. Calls that the candidate serves go on.
    pub fn stop(&self) {
        self.agency.end_trial(self.number);
    }

    pub(super) fn lacking(&self, now: Timestamp) -> Vec<Lacking> {
        Lacking::of(&self.seen().trial, &self.thresholds(), now)
    }

    pub(super) fn thresholds(&self) -> MutexGuard<'_, TrialSettings> {
        self.thresholds
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call; why the candidate is to serve nothing any more, if that is decided now.
    fn count(&self, call: &ServedCall<'_>) -> Option<String> {
        let mut seen = self.seen();
        let Seen {
            trial,
            is_being_decided,
            keys,
        } = &mut *seen;
        let evidence = &mut trial.evidence;
        let served = match call.is_candidate {
            true => &mut evidence.candidate,
            false => &mut evidence.serving,
        };
        let wrong = wrong(call);
        if let Some(key) = call.key {
            let (is_new, is_newly_wrong) = keys.of(call.is_candidate, key, wrong.is_some());
            served.keys = served.keys.saturating_add(is_new.into());
            served.wrong_keys = served.wrong_keys.saturating_add(is_newly_wrong.into());
        }
        match wrong {
            None => served.well(),
            Some(wrong) => served.wrong(wrong),
        }
        let too_long = match is_too_long(call) {
            true => keys.took_too_long(call.key.unwrap_or_default()),
            false => 0,
        };
        if *is_being_decided || evidence.rollback.is_some() {
            return None;
        }
        let why = why(call, too_long, evidence, &self.thresholds())?;
        evidence.rollback = Some(why.clone());
        Some(why)
    }
}

impl CanaryTap for CanaryWatch {
    fn ended(&self, call: &ServedCall<'_>) {
        let result = match &call.end {
            CallEnd::Done => "done",
            CallEnd::Problem(_) => WrongEnd::PROBLEM,
            CallEnd::Stopped(_) => WrongEnd::STOPPED,
        };
        let by = match call.is_candidate {
            true => "candidate",
            false => "serving",
        };
        self.counts.served(&self.id, by, result);
        let Some(why) = self.count(call) else {
            return;
        };
        self.agency.end_trial(self.number);
        tracing::error!(target: "silta::trials", agency = self.id, generation = self.number, why, "rolled back: the candidate is given no conversation any more, and what serves has all that begin");
        if let Some(wake) = self.rolled_back.get() {
            wake();
        }
    }
}

/// What was wrong with a call; nothing where it came to something.
fn wrong(call: &ServedCall<'_>) -> Option<WrongEnd> {
    let (kind, code) = match &call.end {
        CallEnd::Done => return None,
        CallEnd::Problem(code) => (WrongEnd::PROBLEM, code),
        CallEnd::Stopped(code) => (WrongEnd::STOPPED, code),
    };
    Some(WrongEnd {
        kind: kind.to_owned(),
        function: call.function.to_owned(),
        operation: kept(call.operation),
        code: kept(code),
        count: 1,
    })
}

/// Whether the candidate alone met its deadline. A crash proves something; a time may be that of a busy machine.
fn is_too_long(call: &ServedCall<'_>) -> bool {
    let is_deadline = matches!(&call.end, CallEnd::Stopped(code) if code == "limit.deadline");
    is_deadline && call.is_candidate && call.is_alone
}

/// Why a candidate is to serve nothing any more; nothing where it may go on. So many keys it took too long for, where it has done so once more.
fn why(
    call: &ServedCall<'_>,
    too_long: usize,
    evidence: &TrialEvidence,
    settings: &TrialSettings,
) -> Option<String> {
    let is_enough = !is_too_long(call) || too_long >= LEAST_TOO_LONG;
    if let (CallEnd::Stopped(code), true) = (&call.end, call.is_candidate && call.is_alone)
        && is_enough
    {
        let (function, operation, code) = (call.function, kept(call.operation), kept(code));
        return Some(format!(
            "it was stopped in {function} {operation} ({code}), and what serves, which did the same call then, was not"
        ));
    }
    let (candidate, serving) = (&evidence.candidate, &evidence.serving);
    worse::is_worse(candidate, serving, settings).then(|| {
        format!(
            "{} of its {} conversations and calls had a problem, each counted once, and {} of the {} of what serves (`trial.rollback-worse`)",
            candidate.wrong_keys, candidate.keys, serving.wrong_keys, serving.keys
        )
    })
}

impl fmt::Debug for CanaryWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CanaryWatch")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}
