// SPDX-License-Identifier: Apache-2.0
//! One trial: calls that are handed over, the thread that has them done again, and what is seen.

use std::{
    collections::BTreeMap,
    fmt, io,
    sync::{
        Arc, Mutex, MutexGuard, Once, PoisonError,
        mpsc::{self, Receiver, SyncSender, TrySendError},
    },
    thread::{self, JoinHandle},
};

use silta::{
    Agency, Repeated,
    observe::{CallId, Observer, PerformedCall, Records, Withheld},
};
use silta_store::{Timestamp, record::Trial};

use super::{
    comparing::{Called, NOT_REPEATABLE, compared, not_its_own},
    lacking::Lacking,
    settings::TrialSettings,
};
use crate::{metrics::TrialCounts, recording::sampling::Sampling};

/// A trial of a candidate beside what serves: it draws calls, has the candidate do them again ([`Agency::repeat`]) and keeps what differs. It is the tap of [`silta::Ready::shadow`].
pub struct TrialWatch {
    number: u64,
    agency: Agency,
    most_bytes: u64,
    /// What is to hold before it may serve, as the configuration says now.
    thresholds: Mutex<TrialSettings>,
    sampling: Sampling,
    seen: Arc<Seen>,
    /// None once it has stopped.
    waiting: Mutex<Option<(SyncSender<PerformedCall>, JoinHandle<()>)>>,
}

/// What has been seen, and where it is counted.
struct Seen {
    id: String,
    trial: Mutex<Trial>,
    counts: TrialCounts,
    /// Whether it was told that its thread is gone.
    failed: Once,
}

impl TrialWatch {
    /// Begins, or goes on with a trial of which something has been seen before. Nothing comes until it is the tap of a candidate of this number.
    ///
    /// # Errors
    /// The system refuses a thread.
    pub fn start(
        (id, agency): (&str, &Agency),
        (number, trial): (u64, Trial),
        settings: TrialSettings,
        counts: TrialCounts,
    ) -> io::Result<Arc<Self>> {
        let (sender, receiver) = mpsc::sync_channel(settings.most_waiting);
        let seen = Arc::new(Seen {
            id: id.to_owned(),
            trial: Mutex::new(trial),
            counts,
            failed: Once::new(),
        });
        let thread = thread::Builder::new().name("silta-trial".to_owned());
        let (with, shown) = (agency.clone(), Arc::clone(&seen));
        let thread = thread.spawn(move || repeat_all(&receiver, &with, &shown))?;
        Ok(Arc::new(Self {
            number,
            agency: agency.clone(),
            most_bytes: settings.most_bytes,
            thresholds: Mutex::new(settings),
            sampling: Sampling::default(),
            seen,
            waiting: Mutex::new(Some((sender, thread))),
        }))
    }

    /// Number of the generation that is on trial.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The trial, with what has been seen so far.
    pub fn trial(&self) -> Trial {
        self.seen.trial().clone()
    }

    /// What the candidate lacks before it may serve, at this moment of the store's time; nothing where it may.
    pub fn lacking(&self, now: Timestamp) -> Vec<Lacking> {
        Lacking::of(&self.seen.trial(), &self.thresholds(), now)
    }

    /// Whether it is to serve as soon as it may.
    pub fn is_automatic(&self) -> bool {
        self.thresholds().is_automatic
    }

    /// From now on it is decided by these when it may serve, and whether by itself. Which calls are done again stays as it was begun.
    pub fn decide_by(&self, settings: &TrialSettings) {
        *self.thresholds() = settings.clone();
    }

    fn thresholds(&self) -> MutexGuard<'_, TrialSettings> {
        self.thresholds
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the trial where calls are made, cuts off what is being done again, and waits for the thread. What waited is dropped.
    pub fn stop(&self) {
        self.agency.end_trial(self.number);
        self.end_repeating();
    }

    /// Ends calls being done again, and waits for the thread, while the candidate goes on otherwise: it has to do no call again any more.
    pub fn end_repeating(&self) {
        let waiting = self.waiting().take();
        if let Some((sender, thread)) = waiting {
            drop(sender);
            let _ = thread.join();
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Option<(SyncSender<PerformedCall>, JoinHandle<()>)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for TrialWatch {
    fn records(&self, call: &CallId, _: &'static str) -> Records {
        let of_thousand = self.seen.trial().of_thousand;
        match !call.is_self_test && self.sampling.draws(of_thousand) {
            true => Records::WithoutSecrets {
                most_bytes: self.most_bytes,
            },
            false => Records::Nothing,
        }
    }

    fn performed(&self, call: PerformedCall) {
        let waiting = self.waiting();
        let Some((sender, _)) = &*waiting else {
            return;
        };
        match sender.try_send(call) {
            Ok(()) => {}
            Err(TrySendError::Disconnected(_)) => self.seen.has_failed(),
            Err(TrySendError::Full(_)) => self.seen.left_out("most-waiting"),
        }
    }

    fn withheld(&self, _: &CallId, why: Withheld) {
        self.seen.left_out(match why {
            Withheld::Secret => "withheld",
            Withheld::TooLarge => "most-bytes",
        });
    }
}

impl Seen {
    /// The thread is gone, which is a defect: nothing is done again any more.
    fn has_failed(&self) {
        self.left_out("failed");
        self.failed.call_once(|| {
            tracing::error!(target: "silta::trials", agency = self.id, "calls are not done again any more: the trial's thread has ended by a defect; the trial goes on after a restart");
        });
    }

    fn trial(&self) -> MutexGuard<'_, Trial> {
        self.trial.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn left_out(&self, why: &'static str) {
        self.counts.call(&self.id, why);
        let mut trial = self.trial();
        let left_out: &mut BTreeMap<_, _> = &mut trial.evidence.left_out;
        let count = left_out.entry(why.to_owned()).or_default();
        *count = count.saturating_add(1);
    }

    /// Has one call done again; nothing is to be seen of it where the trial has ended.
    fn repeat(&self, agency: &Agency, call: PerformedCall) {
        let called = Called {
            function: call.function,
            operation: call.call.operation.clone(),
            result: call.result.clone(),
        };
        let replayed = match agency.repeat(call) {
            None => return,
            Some(Err(error)) => {
                return self.left_out(not_its_own(&error.code()).unwrap_or(NOT_REPEATABLE));
            }
            Some(Ok(Repeated::OfOtherSettings)) => return self.left_out("other-settings"),
            Some(Ok(Repeated::Done(replayed))) => replayed,
        };
        let found = match compared(&called, &replayed) {
            Ok(found) => found,
            Err(why) => return self.left_out(why),
        };
        let mut trial = self.trial();
        let evidence = &mut trial.evidence;
        if found.is_empty() {
            evidence.same = evidence.same.saturating_add(1);
            self.counts.call(&self.id, "same");
            return;
        }
        evidence.different = evidence.different.saturating_add(1);
        self.counts.call(&self.id, "different");
        for difference in found {
            self.counts.difference(&self.id, &difference.kind);
            evidence.differs(difference);
        }
    }
}

/// Until nobody hands over any more.
fn repeat_all(waiting: &Receiver<PerformedCall>, agency: &Agency, seen: &Seen) {
    while let Ok(call) = waiting.recv() {
        seen.repeat(agency, call);
    }
}

impl fmt::Debug for TrialWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrialWatch")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}
