//! One call of a component: a fresh instance, its state, its limits, and what became of it.

use std::{
    cell::Cell,
    sync::Arc,
    time::{Instant, SystemTime},
};

use wasmtime::{
    ResourceLimiter, Store, Trap, UpdateDeadline,
    component::{Instance, ResourceTable},
};

use crate::{
    agency::generation::Generation,
    call::limits::{Limit, LimitExceeded, Limits},
    error::Error,
    observe::{CallId, CallRecord, Refusal},
    secrets::Secrets,
};

/// Whether a call serves, or tries out a component before it may.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Mode<'a> {
    /// Real keys, time and settings.
    Serve,
    /// The surroundings that the contract promises to self-tests, with these settings.
    SelfTest(&'a str),
}

/// What the host knows of a call while it runs: the state behind every import.
pub(crate) struct CallState {
    pub(crate) generation: Arc<Generation>,
    pub(crate) table: ResourceTable,
    pub(crate) id: CallId,
    pub(crate) self_test_settings: Option<String>,
    pub(crate) now: SystemTime,
    /// The role of each signature made.
    pub(crate) signatures: Vec<String>,
    /// What the audit trail knows the call by, once it does.
    audit_id: Option<String>,
    pub(crate) log_bytes: u64,
    refusals: Cell<u32>,
    blob_bytes: u64,
    memory: MemoryGauge,
}

/// Refusals of one call that are told: a component that goes on without what it was refused meets a few of them.
const MOST_REFUSALS: u32 = 16;

impl CallState {
    pub(crate) fn limits(&self) -> &Limits {
        &self.generation.limits
    }

    /// What the audit trail knows the call by.
    pub(crate) fn audit_id(&mut self) -> String {
        let ids = &self.generation.services.ids;
        self.audit_id.get_or_insert_with(|| ids.uuid()).clone()
    }

    /// Charges bytes that the host will hold for the component.
    pub(crate) fn charge(&mut self, bytes: u64) -> wasmtime::Result<()> {
        let asked = self.blob_bytes.saturating_add(bytes);
        let allowed = self.limits().blob_bytes;
        if asked > allowed {
            return Err(LimitExceeded {
                limit: Limit::BlobBytes,
                allowed,
                asked: Some(asked),
            }
            .into());
        }
        self.blob_bytes = asked;
        Ok(())
    }

    /// Whether this is a self-test, which gets no real key, time or identifier.
    pub(crate) fn is_self_test(&self) -> bool {
        self.self_test_settings.is_some()
    }

    /// The secrets of the agency; a self-test gets none.
    pub(crate) fn secrets(&self) -> Option<&Secrets> {
        (!self.is_self_test()).then_some(&self.generation.secrets)
    }

    /// Tells of a refusal, unless the call has had so many that it may go on for ever.
    pub(crate) fn refused(&self, function: &'static str, reason: &'static str) {
        let told = self.refusals.get();
        if told > MOST_REFUSALS {
            return;
        }
        self.refusals.set(told + 1);
        let reason = if told < MOST_REFUSALS {
            reason
        } else {
            "further-refusals-not-told"
        };
        self.generation.services.observer.refused(&Refusal {
            call: self.id.clone(),
            function,
            reason,
        });
    }
}

/// Runs `work` in a fresh instance and reports what became of it.
pub(crate) fn run<T>(
    generation: &Arc<Generation>,
    mode: Mode<'_>,
    operation: &str,
    work: impl FnOnce(&Instance, &mut Store<CallState>) -> wasmtime::Result<Result<T, Error>>,
) -> Result<T, Error> {
    let started = Instant::now();
    let id = CallId {
        agency: generation.agency.clone(),
        generation: generation.number,
        operation: operation.to_owned(),
        is_self_test: matches!(mode, Mode::SelfTest(_)),
    };
    let _admission = generation
        .services
        .admission
        .enter()
        .map_err(|exceeded| limit_error(&id, exceeded))?;
    let mut store = store(generation, mode, id.clone(), started);
    let result = match generation
        .exports
        .pre
        .instantiate(&mut store)
        .and_then(|instance| work(&instance, &mut store))
    {
        Ok(result) => result,
        Err(trap) => Err(explain(&id, store.data(), started, &trap)),
    };
    generation.services.observer.called(&CallRecord {
        call: id,
        duration: started.elapsed(),
        peak_memory: store.data().memory.peak,
        blob_bytes: store.data().blob_bytes,
        error: result.as_ref().err().map(Error::code),
    });
    result
}

/// Compares the types of a component's exports with the contract, which the engine does in an instance only.
///
/// An instance that cannot be had says nothing of types: what keeps it is reported by the first call.
pub(crate) fn check_exports(generation: &Arc<Generation>) -> wasmtime::Result<()> {
    let id = CallId {
        agency: generation.agency.clone(),
        generation: generation.number,
        operation: "describe".into(),
        is_self_test: true,
    };
    // A place in the pool that nobody was let in for would be missing to a call that was.
    let Ok(_admission) = generation.services.admission.enter() else {
        return Ok(());
    };
    let mut store = store(generation, Mode::SelfTest("{}"), id, Instant::now());
    match generation.exports.pre.instantiate(&mut store) {
        Ok(instance) => generation.exports.check(&mut store, &instance),
        Err(_) => Ok(()),
    }
}

fn store(
    generation: &Arc<Generation>,
    mode: Mode<'_>,
    id: CallId,
    started: Instant,
) -> Store<CallState> {
    let limits = &generation.limits;
    let mut table = ResourceTable::new();
    table.set_max_capacity(usize::try_from(limits.handles).unwrap_or(usize::MAX));
    let (now, self_test_settings) = match mode {
        Mode::Serve => (generation.services.clock.now(), None),
        Mode::SelfTest(settings) => (crate::call::rehearsal::time(), Some(settings.to_owned())),
    };
    let state = CallState {
        table,
        id,
        self_test_settings,
        now,
        signatures: Vec::new(),
        audit_id: None,
        log_bytes: 0,
        refusals: Cell::new(0),
        blob_bytes: 0,
        memory: MemoryGauge {
            allowed: limits.memory.min(generation.services.memory_ceiling),
            used: 0,
            peak: 0,
        },
        generation: Arc::clone(generation),
    };
    let mut store = Store::new(&generation.services.engine, state);
    store.limiter(|state| &mut state.memory);
    store.set_hostcall_fuel(usize::try_from(limits.hostcall_bytes).unwrap_or(usize::MAX));
    store.set_max_component_handles(usize::try_from(limits.handles).unwrap_or(usize::MAX));
    // Each tick asks this call alone whether its time is up: a call that runs over never touches its neighbours.
    let (deadline, allowed) = (started + limits.deadline, limits.deadline.as_millis());
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(move |_| {
        if Instant::now() < deadline {
            return Ok(UpdateDeadline::Continue(1));
        }
        Err(LimitExceeded {
            limit: Limit::Deadline,
            allowed: u64::try_from(allowed).unwrap_or(u64::MAX),
            asked: None,
        }
        .into())
    });
    store
}

/// Turns what the sandbox reports into an error that tells a broken limit from a crash.
fn explain(id: &CallId, state: &CallState, started: Instant, trap: &wasmtime::Error) -> Error {
    if let Some(exceeded) = trap.downcast_ref::<LimitExceeded>() {
        return limit_error(id, exceeded.clone());
    }
    let limits = state.limits();
    let exceeded = |limit, allowed| {
        limit_error(
            id,
            LimitExceeded {
                limit,
                allowed,
                asked: None,
            },
        )
    };
    if trap
        .downcast_ref::<wasmtime::component::ResourceTableError>()
        .is_some()
    {
        return exceeded(Limit::Handles, limits.handles);
    }
    // The engine reports these two as text only.
    let text = trap.root_cause().to_string();
    if text.contains("fuel allocated for hostcalls") {
        return exceeded(Limit::HostcallBytes, limits.hostcall_bytes);
    }
    if text.contains("handles") && text.contains("limit") {
        return exceeded(Limit::Handles, limits.handles);
    }
    if trap.downcast_ref::<Trap>() == Some(&Trap::Interrupt) && started.elapsed() >= limits.deadline
    {
        return exceeded(
            Limit::Deadline,
            u64::try_from(limits.deadline.as_millis()).unwrap_or(u64::MAX),
        );
    }
    Error::Crash {
        agency: id.agency.clone(),
        operation: id.operation.clone(),
        reason: text,
    }
}

fn limit_error(id: &CallId, exceeded: LimitExceeded) -> Error {
    Error::Limit {
        agency: id.agency.clone(),
        operation: id.operation.clone(),
        exceeded,
    }
}

/// Counts the linear memory of a call over all its memories.
struct MemoryGauge {
    allowed: u64,
    used: u64,
    peak: u64,
}

impl ResourceLimiter for MemoryGauge {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let asked = self
            .used
            .saturating_add(desired.saturating_sub(current) as u64);
        if asked > self.allowed {
            // An error rather than a refusal: allocators abort on a refusal, and the reason would be lost.
            return Err(LimitExceeded {
                limit: Limit::Memory,
                allowed: self.allowed,
                asked: Some(asked),
            }
            .into());
        }
        self.used = asked;
        self.peak = self.peak.max(asked);
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= crate::call::engine::TABLE_ELEMENTS)
    }
}
