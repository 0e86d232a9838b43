//! The WebAssembly engine: how it is set up, and the tick by which runaway calls are stopped.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::limits::{Limit, LimitExceeded};

/// Entries a component's function table may have: indirect call targets of a large component number a few thousand.
pub(crate) const TABLE_ELEMENTS: usize = 20_000;

/// How often running calls are asked whether their time is up.
const TICK: Duration = Duration::from_millis(5);

/// Linear memory that stays mapped in a slot between calls. Components use less than this, so a fresh instance causes no page faults.
const KEPT_MEMORY: usize = 2 << 20;

/// Core modules of a component: its own, and the two small ones by which its imports are tied in.
const CORE_INSTANCES: u32 = 4;

pub(crate) fn engine(concurrent_calls: u32, memory_limit: u64) -> wasmtime::Result<Engine> {
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(concurrent_calls)
        .total_core_instances(concurrent_calls.saturating_mul(CORE_INSTANCES))
        .total_memories(concurrent_calls.saturating_mul(2))
        .total_tables(concurrent_calls.saturating_mul(CORE_INSTANCES))
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_component(2)
        .max_tables_per_component(CORE_INSTANCES)
        .table_elements(TABLE_ELEMENTS)
        .max_memory_size(usize::try_from(memory_limit).unwrap_or(usize::MAX))
        .linear_memory_keep_resident(KEPT_MEMORY)
        .table_keep_resident(64 << 10)
        .max_unused_warm_slots(concurrent_calls)
        .pagemap_scan(Enabled::No);
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .concurrency_support(false)
        .epoch_interruption(true)
        .max_wasm_stack(512 << 10)
        .wasm_simd(true)
        .wasm_relaxed_simd(false)
        .wasm_memory64(false)
        // The same call gives the same bytes on every processor.
        .cranelift_nan_canonicalization(true)
        // Addresses in a component say nothing to an operator, and gathering them costs each trap.
        .wasm_backtrace_max_frames(None);
    Engine::new(&config)
}

/// Ticks until the engine is gone.
pub(crate) fn start_ticking(engine: &Engine) -> std::io::Result<()> {
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

/// Lets in as many calls as the pool has places for.
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
        if asked > self.allowed {
            let exceeded = LimitExceeded {
                limit: Limit::ConcurrentCalls,
                allowed: self.allowed.into(),
                asked: Some(asked.into()),
            };
            return Err(exceeded);
        }
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
