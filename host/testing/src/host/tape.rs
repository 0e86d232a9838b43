// SPDX-License-Identifier: Apache-2.0
//! Keeps the content of calls while a golden call is recorded.

use std::sync::{Mutex, MutexGuard, PoisonError};

use silta::observe::{
    CallId, CallRecord, LogLevel, Observer, PerformedCall, Records, Refusal, TracingObserver,
};

/// What was recorded; everything else is told as ever.
#[derive(Default)]
pub(super) struct Tape(Mutex<Recorded>);

#[derive(Default)]
enum Recorded {
    /// Nobody records.
    #[default]
    Off,
    /// The last call since the beginning.
    On(Option<Box<PerformedCall>>),
}

impl Tape {
    pub(super) fn begin(&self) {
        *self.recorded() = Recorded::On(None);
    }

    pub(super) fn end(&self) -> Option<PerformedCall> {
        match std::mem::take(&mut *self.recorded()) {
            Recorded::On(call) => call.map(|call| *call),
            Recorded::Off => None,
        }
    }

    fn recorded(&self) -> MutexGuard<'_, Recorded> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Tape {
    fn called(&self, record: &CallRecord) {
        TracingObserver.called(record);
    }

    fn refused(&self, refusal: &Refusal) {
        TracingObserver.refused(refusal);
    }

    fn logged(&self, call: &CallId, level: LogLevel, line: &str) {
        TracingObserver.logged(call, level, line);
    }

    fn records(&self, call: &CallId, _: &'static str) -> Records {
        match &*self.recorded() {
            Recorded::On(_) if !call.is_self_test => Records::Everything,
            _ => Records::Nothing,
        }
    }

    fn performed(&self, call: PerformedCall) {
        if let Recorded::On(last) = &mut *self.recorded() {
            *last = Some(Box::new(call));
        }
    }
}
