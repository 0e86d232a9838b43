// SPDX-License-Identifier: Apache-2.0
//! Runs one call in a fresh instance, within its limits, and reports the result.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use wasmtime::{
    Store, Trap, UpdateDeadline,
    component::{Instance, ResourceTableError},
};

use crate::{
    call::{
        engine::{self, Admission},
        environment::Environment,
        exports::Exports,
        limits::{Limit, LimitExceeded},
        running::Running,
        script::Script,
        state::CallState,
        tape::Tape,
    },
    error::Error,
    observe::{CallId, CallRecord, Observer},
};

/// A component that can be called, and what its calls see.
#[derive(Clone)]
pub(crate) struct Sandbox {
    pub(crate) exports: Exports,
    pub(crate) environment: Arc<Environment>,
    admission: Admission,
    /// Those of this generation.
    pub(crate) running: Running,
    /// Who is told of calls beside the observer, once they have ended.
    pub(super) tap: Option<Arc<dyn Observer>>,
    /// When calls end at the latest, where that is before their own deadline.
    until: Option<Instant>,
}

impl Sandbox {
    pub(crate) fn new(exports: Exports, environment: Environment, admission: Admission) -> Self {
        Self {
            exports,
            environment: Arc::new(environment),
            admission,
            running: Running::default(),
            tap: None,
            until: None,
        }
    }

    /// The same, whose calls end at a moment, unless their own deadline is earlier.
    pub(crate) fn until(self, until: Instant) -> Self {
        let until = Some(until);
        Self { until, ..self }
    }

    /// The same, whose calls are told to one more.
    pub(crate) fn tapped(&self, tap: Arc<dyn Observer>) -> Self {
        Self {
            tap: Some(tap),
            ..self.clone()
        }
    }

    /// The same, whose calls are among others that are under way.
    pub(crate) fn running_as(&self, running: &Running) -> Self {
        Self {
            running: running.clone(),
            ..self.clone()
        }
    }

    /// The same component for self-tests with these settings.
    pub(crate) fn self_test(&self, settings: &str) -> Self {
        Self {
            environment: Arc::new(self.environment.self_test(settings)),
            running: Running::default(),
            tap: None,
            ..self.clone()
        }
    }

    /// The same component in the environment of a recorded call. Its calls are among those that are under way here.
    pub(crate) fn replay(&self, script: Arc<Script>, observer: Arc<dyn Observer>) -> Self {
        Self {
            environment: Arc::new(self.environment.replay(script, observer)),
            tap: None,
            ..self.clone()
        }
    }

    /// Runs `work` in a fresh instance and reports the result; what it is answered goes to the tape, where there is one.
    pub(super) fn run<T>(
        &self,
        id: CallId,
        tape: Option<&Tape>,
        work: impl FnOnce(&Instance, &mut Store<CallState>) -> wasmtime::Result<Result<T, Error>>,
    ) -> Result<T, Error> {
        let started = Instant::now();
        let _admission = self
            .admission
            .enter()
            .map_err(|exceeded| limit_error(&id, exceeded))?;
        let under_way = self.running.enter(started);
        let mut store = self.store(id, started, under_way.flag());
        if let Some(tape) = tape {
            let trace = &mut store.data_mut().trace;
            tape.began(trace.now);
            trace.tape = Some(tape.clone());
        }
        let instance = self.exports.pre.instantiate(&mut store);
        let result = match instance.and_then(|instance| work(&instance, &mut store)) {
            Ok(result) => result,
            Err(trap) => Err(explain(store.data(), started, &trap)),
        };
        let duration = started.elapsed();
        let state = store.into_data();
        self.environment.observer.called(&CallRecord {
            call: state.trace.id,
            duration,
            peak_memory: state.memory.used(),
            blob_bytes: state.blob_bytes.used(),
            error: result.as_ref().err().map(Error::code),
        });
        result
    }

    /// Compares the types of the component's exports with the contract, which the engine does in an instance only.
    ///
    /// That there is no instance says nothing of types: the first call reports why.
    pub(crate) fn check_exports(&self) -> wasmtime::Result<()> {
        // Without admission this instance would take a pool slot from an admitted call.
        let Ok(_admission) = self.admission.enter() else {
            return Ok(());
        };
        let id = self.environment.call_id("describe");
        let mut store = self.store(id, Instant::now(), Arc::default());
        match self.exports.pre.instantiate(&mut store) {
            Ok(instance) => self.exports.check(&mut store, &instance),
            Err(_) => Ok(()),
        }
    }

    fn store(&self, id: CallId, started: Instant, cut: Arc<AtomicBool>) -> Store<CallState> {
        let limits = &self.environment.limits;
        let state = CallState::new(&self.environment, id);
        let mut store = Store::new(self.exports.pre.engine(), state);
        store.limiter(|state| &mut state.memory);
        store.set_hostcall_fuel(usize::try_from(limits.hostcall_bytes).unwrap_or(usize::MAX));
        store.set_max_component_handles(usize::try_from(limits.handles).unwrap_or(usize::MAX));
        // Each tick asks this call alone whether its time is up: a call that runs over never touches its neighbours.
        let own = started + limits.deadline;
        let deadline = self.until.map_or(own, |until| until.min(own));
        let allowed = deadline.saturating_duration_since(started);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(move |_| {
            if cut.load(Ordering::Relaxed) {
                return Err(Limit::Drain
                    .exceeded(milliseconds(started.elapsed()))
                    .into());
            }
            if Instant::now() < deadline {
                return Ok(UpdateDeadline::Continue(1));
            }
            Err(Limit::Deadline.exceeded(milliseconds(allowed)).into())
        });
        store
    }
}

/// Turns what the engine reports into an error that tells an exceeded limit from a crash.
fn explain(state: &CallState, started: Instant, trap: &wasmtime::Error) -> Error {
    let id = &state.trace.id;
    if let Some(exceeded) = trap.downcast_ref::<LimitExceeded>() {
        return limit_error(id, exceeded.clone());
    }
    let limits = &state.environment.limits;
    let text = trap.root_cause().to_string();
    let is_interrupted = trap.downcast_ref::<Trap>() == Some(&Trap::Interrupt);
    let exceeded = if trap.downcast_ref::<ResourceTableError>().is_some() {
        Some(Limit::Handles.exceeded(limits.handles))
    } else if is_interrupted && started.elapsed() >= limits.deadline {
        Some(Limit::Deadline.exceeded(milliseconds(limits.deadline)))
    } else {
        engine::limit_in_text(&text, limits)
    };
    match exceeded {
        Some(exceeded) => limit_error(id, exceeded),
        None => Error::Crash {
            agency: id.agency.clone(),
            operation: id.operation.clone(),
            reason: text,
        },
    }
}

fn limit_error(id: &CallId, exceeded: LimitExceeded) -> Error {
    Error::Limit {
        agency: id.agency.clone(),
        operation: id.operation.clone(),
        exceeded,
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
