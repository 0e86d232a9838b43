// SPDX-License-Identifier: Apache-2.0
//! A candidate that serves a share of the conversations: how its calls end beside those of what serves, and that it serves none any more once it is worse.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use silta::{Agency, CallEnd, CanaryTap, ServedCall};
use silta_store::{
    Timestamp,
    record::{Trial, TrialEvidence, WrongEnd},
};

use super::{comparing::kept, lacking::Lacking, settings::TrialSettings, worse};
use crate::metrics::TrialCounts;

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
}

struct Seen {
    trial: Trial,
    /// Whether it is being put into service: nothing ends it then.
    is_promoted: bool,
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
                is_promoted: false,
            }),
        })
    }

    /// Number of the generation that is on trial.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The trial, with what has been seen so far. Once the candidate serves nothing any more, its evidence says why.
    pub fn trial(&self) -> Trial {
        self.seen().trial.clone()
    }

    /// From now on nothing ends it but who promotes it; whether it serves still. Promoting that comes to nothing is [given up](Self::give_up_promoting).
    pub fn begin_promoting(&self) -> bool {
        let mut seen = self.seen();
        seen.is_promoted = seen.trial.evidence.rollback.is_none();
        seen.is_promoted
    }

    /// It was not promoted.
    pub fn give_up_promoting(&self) {
        self.seen().is_promoted = false;
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
        let is_promoted = seen.is_promoted;
        let evidence = &mut seen.trial.evidence;
        let served = match call.is_candidate {
            true => &mut evidence.candidate,
            false => &mut evidence.serving,
        };
        match wrong(call) {
            None => served.well(),
            Some(wrong) => served.wrong(wrong),
        }
        if is_promoted || evidence.rollback.is_some() {
            return None;
        }
        let why = why(call, evidence, &self.thresholds())?;
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
        tracing::error!(target: "silta::trials", agency = self.id, generation = self.number, why, "rolled back: the candidate serves no conversation any more, and what serves has all of them");
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

/// Why a candidate is to serve nothing any more; nothing where it may go on.
fn why(
    call: &ServedCall<'_>,
    evidence: &TrialEvidence,
    settings: &TrialSettings,
) -> Option<String> {
    if let (CallEnd::Stopped(code), true) = (&call.end, call.is_candidate && call.is_alone) {
        let (function, operation, code) = (call.function, kept(call.operation), kept(code));
        return Some(format!(
            "it was stopped in {function} {operation} ({code}), and what serves, which did the same call then, was not"
        ));
    }
    let (candidate, serving) = (&evidence.candidate, &evidence.serving);
    worse::is_worse(candidate, serving, settings).then(|| {
        format!(
            "{} of its {} calls came to a problem, and {} of the {} of what serves (`trial.rollback-worse`)",
            candidate.wrong_calls(),
            candidate.calls,
            serving.wrong_calls(),
            serving.calls
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
