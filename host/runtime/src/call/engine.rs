// SPDX-License-Identifier: Apache-2.0
//! The WebAssembly engine: how it is set up, and the tick by which runaway calls are stopped.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::call::limits::{Limit, LimitExceeded, Limits};

/// The sandbox could not be set up: what the system refused, and how much was asked of it.
#[derive(Debug)]
pub struct EngineError {
    /// Calls at once that it was to be set up for; see [`RuntimeBuilder::concurrent_calls`](crate::RuntimeBuilder::concurrent_calls).
    pub concurrent_calls: u32,
    /// What the system or the engine says, with its causes.
    pub reason: String,
}

impl EngineError {
    pub(crate) fn new(concurrent_calls: u32, error: &wasmtime::Error) -> Self {
        Self {
            concurrent_calls,
            reason: format!("{error:#}"),
        }
    }

    /// Bytes of address space that so many calls need, little of which is ever used.
    pub fn address_space(&self) -> u64 {
        u64::from(self.concurrent_calls).saturating_mul(CALL_RESERVATION)
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            concurrent_calls,
            reason,
        } = self;
        let gibibytes = |bytes: u64| bytes.div_ceil(1 << 30);
        write!(
            f,
            "the WebAssembly engine cannot be set up for {concurrent_calls} calls at once: {reason}. They need {} GiB of address space, {} GiB each (little of it is ever used); allow fewer calls at once, or give the process more address space (`ulimit -v`)",
            gibibytes(self.address_space()),
            gibibytes(CALL_RESERVATION),
        )
    }
}

impl std::error::Error for EngineError {}

/// Entries a component's function table may have: indirect call targets of a large component number a few thousand.
pub(crate) const TABLE_ELEMENTS: usize = 20_000;

/// How often running calls are asked whether their time is up.
const TICK: Duration = Duration::from_millis(5);

/// Linear memory that stays mapped in a slot between calls: twice what components begin with, and most calls use no more than that, so that a fresh instance causes no page faults. What a call has used
/// beyond what the next one begins with stays for as long as the slot is warm, out of everybody's reach: one call that takes all it may get leaves this much.
const KEPT_MEMORY: usize = 512 << 10;

/// Slots that are kept warm at least: two generations of each of a handful of agencies, on two processors.
const FEWEST_WARM_SLOTS: u32 = 32;

/// And for each processor beyond those: one call that runs, for each of a handful of agencies.
const WARM_SLOTS_PER_PROCESSOR: u32 = 8;

/// Core modules of a component: its own, and that of its memory (`silta-kit`) or two small ones by which its imports are tied in (wit-component).
const CORE_INSTANCES: u32 = 4;

/// Memories of a component: its own, and one to spare.
const MEMORIES: u32 = 2;

/// Address space of a memory, so that every address of 32 bits lies in it and needs no check.
const MEMORY_RESERVATION: u64 = 4 << 30;

/// Address space behind a memory, so that an offset beyond 32 bits needs no check either.
const MEMORY_GUARD: u64 = 32 << 20;

/// Address space of a call.
const CALL_RESERVATION: u64 = MEMORIES as u64 * (MEMORY_RESERVATION + MEMORY_GUARD);

/// An engine for so many calls at once, with its tick.
pub(crate) fn set_up(concurrent_calls: u32, memory_limit: u64) -> Result<Engine, EngineError> {
    let failed = |error: wasmtime::Error| EngineError::new(concurrent_calls, &error);
    let engine = engine(concurrent_calls, memory_limit).map_err(failed)?;
    start_ticking(&engine).map_err(|error| failed(error.into()))?;
    Ok(engine)
}

fn engine(concurrent_calls: u32, memory_limit: u64) -> wasmtime::Result<Engine> {
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(concurrent_calls)
        .total_core_instances(concurrent_calls.saturating_mul(CORE_INSTANCES))
        .total_memories(concurrent_calls.saturating_mul(MEMORIES))
        .total_tables(concurrent_calls.saturating_mul(CORE_INSTANCES))
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_component(MEMORIES)
        .max_tables_per_component(CORE_INSTANCES)
        .table_elements(TABLE_ELEMENTS)
        .max_memory_size(usize::try_from(memory_limit).unwrap_or(usize::MAX))
        .linear_memory_keep_resident(KEPT_MEMORY)
        .table_keep_resident(64 << 10)
        .max_unused_warm_slots(warm_slots(concurrent_calls))
        // Asking the kernel which pages were written takes longer than clearing all of them.
        .pagemap_scan(Enabled::No);
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .memory_reservation(MEMORY_RESERVATION)
        .memory_guard_size(MEMORY_GUARD)
        .concurrency_support(false)
        .epoch_interruption(true)
        .max_wasm_stack(512 << 10)
        .wasm_simd(true)
        .wasm_relaxed_simd(false)
        .wasm_memory64(false)
        // Addresses in a component say nothing to an operator, and gathering them costs each trap.
        .wasm_backtrace_max_frames(None)
        // Nor are they kept: with what debuggers unwind by, they were a sixth of the machine code that is loaded.
        .generate_address_map(false)
        // Windows demands it.
        .native_unwind_info(cfg!(windows));
    // The same call gives the same bytes on every processor. It is the compiler that sees to it.
    #[cfg(feature = "compile")]
    config.cranelift_nan_canonicalization(true);
    Engine::new(&config)
}

/// Slots that keep their memory while no call has them. A component is given a slot that it had before: without this bound, each component that has served would come to keep as many slots as there
/// may be calls at once. More calls than there are processors never run at a time.
fn warm_slots(concurrent_calls: u32) -> u32 {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let of_processors = u32::try_from(processors).unwrap_or(u32::MAX);
    let kept = of_processors.saturating_mul(WARM_SLOTS_PER_PROCESSOR);
    kept.max(FEWEST_WARM_SLOTS).min(concurrent_calls)
}

/// Ticks until the engine is gone.
fn start_ticking(engine: &Engine) -> std::io::Result<()> {
    let engine = engine.weak();
    let tick = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(TICK);
        }
    };
    thread::Builder::new()
        .name("silta-tick".into())
        .spawn(tick)
        .map(drop)
}

/// The limit that the engine reports in words only (`tests/sandbox/quantities.rs` notices when it changes them).
pub(crate) fn limit_in_text(text: &str, limits: &Limits) -> Option<LimitExceeded> {
    if text.contains("fuel allocated for hostcalls") {
        Some(Limit::HostcallBytes.exceeded(limits.hostcall_bytes))
    } else if text.contains("handles") && text.contains("limit") {
        Some(Limit::Handles.exceeded(limits.handles))
    } else {
        None
    }
}

/// Admits as many calls as the pool has instances for.
#[derive(Clone)]
pub(crate) struct Admission {
    under_way: Arc<AtomicU32>,
    allowed: u32,
}

impl Admission {
    pub(crate) fn new(allowed: u32) -> Self {
        Self {
            under_way: Arc::default(),
            allowed,
        }
    }

    pub(crate) fn enter(&self) -> Result<Admitted<'_>, LimitExceeded> {
        let asked = self
            .under_way
            .fetch_add(1, Ordering::AcqRel)
            .saturating_add(1);
        let admitted = Admitted(&self.under_way);
        Limit::ConcurrentCalls.check(asked.into(), self.allowed.into())?;
        Ok(admitted)
    }
}

pub(crate) struct Admitted<'a>(&'a AtomicU32);

impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn admits_as_many_as_allowed_and_again_when_one_leaves() {
        let admission = Admission::new(2);
        let first = admission.enter().unwrap();
        let _second = admission.enter().unwrap();
        let refused = admission.enter().err().unwrap();
        assert_eq!(
            (refused.limit, refused.allowed),
            (Limit::ConcurrentCalls, 2)
        );
        drop(first);
        assert!(admission.enter().is_ok());
    }
}
