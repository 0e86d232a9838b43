// SPDX-License-Identifier: Apache-2.0
//! An observer, an audit trail and a clock that tests can look into and steer.

use std::{
    io, mem,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use silta::{
    observe::{
        AuditLog, CallId, CallRecord, HostAnswer, LogLevel, Observer, PerformedCall, Records,
        Refusal, RequestRecord, SignatureRecord,
    },
    time::Clock,
};

use super::surroundings::Surroundings;

/// Called with each log line, on the thread of the call.
type LineHook = Arc<dyn Fn(&str) + Send + Sync>;

/// Records what the host tells.
#[derive(Default)]
pub(crate) struct Recorder {
    calls: Mutex<Vec<CallRecord>>,
    refusals: Mutex<Vec<Refusal>>,
    lines: Mutex<Vec<(LogLevel, String)>>,
    signatures: Mutex<Vec<SignatureRecord>>,
    requests: Mutex<Vec<RequestRecord>>,
    audit_fails: AtomicBool,
    audit_of_requests_fails: AtomicBool,
    on_line: Mutex<Option<LineHook>>,
    tape: Mutex<Option<Tape>>,
}

/// Content of calls, where it is recorded.
#[derive(Default)]
struct Tape {
    surroundings: Surroundings,
    /// Answers of the call that runs.
    answers: Vec<HostAnswer>,
    calls: Vec<Taped>,
}

/// A call with all of its content.
#[derive(Clone)]
pub(crate) struct Taped {
    pub(crate) surroundings: Surroundings,
    pub(crate) answers: Vec<HostAnswer>,
    pub(crate) call: PerformedCall,
}

impl Recorder {
    /// The calls that ended, and forgets them.
    pub(crate) fn calls(&self) -> Vec<CallRecord> {
        mem::take(&mut self.calls.lock().unwrap())
    }

    /// Function and reason of each refusal, and forgets them.
    pub(crate) fn refusals(&self) -> Vec<(&'static str, &'static str)> {
        let refusals = mem::take(&mut *self.refusals.lock().unwrap());
        let named = |refusal: Refusal| (refusal.function, refusal.reason);
        refusals.into_iter().map(named).collect()
    }

    /// The log lines, and forgets them.
    pub(crate) fn lines(&self) -> Vec<(LogLevel, String)> {
        mem::take(&mut self.lines.lock().unwrap())
    }

    /// The audit trail, and forgets it.
    pub(crate) fn signatures(&self) -> Vec<SignatureRecord> {
        mem::take(&mut self.signatures.lock().unwrap())
    }

    /// The requests in the audit trail, and forgets them.
    pub(crate) fn requests(&self) -> Vec<RequestRecord> {
        mem::take(&mut self.requests.lock().unwrap())
    }

    /// Whether the audit trail is to fail for requests from now on, once their signatures are in it.
    pub(crate) fn let_audit_of_requests_fail(&self, fail: bool) {
        self.audit_of_requests_fails.store(fail, Ordering::SeqCst);
    }

    /// Whether the audit trail is to fail from now on.
    pub(crate) fn let_audit_fail(&self, fail: bool) {
        self.audit_fails.store(fail, Ordering::SeqCst);
    }

    /// Calls `hook` with each log line from now on; the component waits until it returns.
    pub(crate) fn on_line(&self, hook: impl Fn(&str) + Send + Sync + 'static) {
        *self.on_line.lock().unwrap() = Some(Arc::new(hook));
    }

    /// Records the content of calls from now on, and forgets what was recorded of it.
    pub(crate) fn tape(&self) {
        *self.tape.lock().unwrap() = Some(Tape::default());
    }

    /// The calls with their content since [`tape`](Self::tape); records no more of it.
    pub(crate) fn taped(&self) -> Vec<Taped> {
        let tape = self.tape.lock().unwrap().take();
        tape.unwrap_or_default().calls
    }

    /// How many answers the call that runs has got.
    pub(crate) fn answers(&self) -> usize {
        let tape = self.tape.lock().unwrap();
        tape.as_ref().map_or(0, |tape| tape.answers.len())
    }

    /// Notes what the next calls are deployed with.
    pub(crate) fn surrounded_by(&self, surroundings: Surroundings) {
        if let Some(tape) = &mut *self.tape.lock().unwrap() {
            tape.surroundings = surroundings;
        }
    }

    /// Forgets everything.
    pub(crate) fn reset(&self) {
        self.calls.lock().unwrap().clear();
        self.refusals.lock().unwrap().clear();
        self.lines.lock().unwrap().clear();
        self.signatures.lock().unwrap().clear();
        self.requests.lock().unwrap().clear();
        self.let_audit_fail(false);
        self.let_audit_of_requests_fail(false);
        *self.on_line.lock().unwrap() = None;
        *self.tape.lock().unwrap() = None;
    }
}

impl Observer for Recorder {
    fn called(&self, record: &CallRecord) {
        self.calls.lock().unwrap().push(record.clone());
    }

    fn refused(&self, refusal: &Refusal) {
        self.refusals.lock().unwrap().push(refusal.clone());
    }

    fn logged(&self, _call: &CallId, level: LogLevel, line: &str) {
        self.lines.lock().unwrap().push((level, line.to_owned()));
        let hook = self.on_line.lock().unwrap().clone();
        if let Some(hook) = hook {
            hook(line);
        }
    }

    fn records(&self, _: &CallId, _: &'static str) -> Records {
        match &*self.tape.lock().unwrap() {
            Some(_) => Records::Everything,
            None => Records::Nothing,
        }
    }

    fn answered(&self, answer: HostAnswer) {
        if let Some(tape) = &mut *self.tape.lock().unwrap() {
            tape.answers.push(answer);
        }
    }

    fn performed(&self, call: PerformedCall) {
        if let Some(tape) = &mut *self.tape.lock().unwrap() {
            tape.calls.push(Taped {
                surroundings: tape.surroundings.clone(),
                answers: mem::take(&mut tape.answers),
                call,
            });
        }
    }
}

impl AuditLog for Recorder {
    fn record(&self, record: &SignatureRecord) -> io::Result<()> {
        if self.audit_fails.load(Ordering::SeqCst) {
            return Err(io::Error::other("the audit trail is full"));
        }
        self.signatures.lock().unwrap().push(record.clone());
        Ok(())
    }

    fn request(&self, record: &RequestRecord) -> io::Result<()> {
        if self.audit_of_requests_fails.load(Ordering::SeqCst) {
            return Err(io::Error::other("the audit trail is full"));
        }
        self.requests.lock().unwrap().push(record.clone());
        Ok(())
    }
}

/// A clock that goes on by a second each time it is looked at.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<Mutex<SystemTime>>);

impl TestClock {
    /// 2026-07-01T00:00:00Z, in seconds since 1970.
    pub(crate) const START: u64 = 1_782_864_000;

    /// Sets the clock, in seconds since 1970.
    pub(crate) fn set(&self, seconds: u64) {
        *self.0.lock().unwrap() = UNIX_EPOCH + Duration::from_secs(seconds);
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(
            UNIX_EPOCH + Duration::from_secs(Self::START),
        )))
    }
}

impl Clock for TestClock {
    fn now(&self) -> SystemTime {
        let mut now = self.0.lock().unwrap();
        let shown = *now;
        *now += Duration::from_secs(1);
        shown
    }
}
