// SPDX-License-Identifier: Apache-2.0
//! What is looked up when somebody asks.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU64},
    },
    time::{Duration, Instant},
};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};
use silta::Agency;
use silta_store::{Store, StoreError, Timestamp};

use crate::generations::configured_otherwise;

/// For so long the store is not asked again: each time it counts all that it has.
const FRESH: Duration = Duration::from_secs(1);

/// State of store and agencies, as gauges.
#[derive(Debug, Default)]
pub(super) struct Measured {
    ready: Gauge<i64, AtomicI64>,
    serving: Family<Of, Gauge<i64, AtomicI64>>,
    generation: Family<Of, Gauge<i64, AtomicI64>>,
    draining: Family<Of, Gauge<i64, AtomicI64>>,
    oldest_draining: Family<Of, Gauge<f64, AtomicU64>>,
    configured_otherwise: Family<Of, Gauge<i64, AtomicI64>>,
    entries: Gauge<i64, AtomicI64>,
    waiting: Gauge<i64, AtomicI64>,
    oldest_waiting: Gauge<f64, AtomicU64>,
    queued: Gauge<i64, AtomicI64>,
    held: Gauge<i64, AtomicI64>,
    operations: Family<InState, Gauge<i64, AtomicI64>>,
    oldest_operations: Family<InState, Gauge<f64, AtomicU64>>,
    keys: Gauge<i64, AtomicI64>,
    disk_bytes: Gauge<i64, AtomicI64>,
    /// When the store was last asked.
    looked: Mutex<Option<Instant>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Of {
    agency: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InState {
    agency: String,
    state: &'static str,
}

impl Measured {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("ready", "1 when arrivals can be kept", self.ready.clone());
        let help = "1 when the agency's calls are judged, 0 when they are answered with 503";
        registry.register("agency_serving", help, self.serving.clone());
        registry.register("inbox_entries", "Entries kept", self.entries.clone());
        let help = "Number of the generation that serves the agency; 0 when none does";
        registry.register("agency_generation", help, self.generation.clone());
        let help = "Calls under way of generations that no longer serve the agency";
        registry.register("agency_draining_calls", help, self.draining.clone());
        let help = "For how long the oldest of these has been, in seconds";
        let oldest = self.oldest_draining.clone();
        registry.register("agency_oldest_draining_seconds", help, oldest);
        let help = "1 when another component serves the agency than the configuration names: it was deployed, or rolled back to";
        let otherwise = self.configured_otherwise.clone();
        registry.register("agency_configured_otherwise", help, otherwise);
        let help = "Entries that nobody has acknowledged";
        registry.register("inbox_waiting", help, self.waiting.clone());
        let help = "Age of the oldest of these, in seconds";
        registry.register(
            "inbox_oldest_waiting_seconds",
            help,
            self.oldest_waiting.clone(),
        );
        let help = "Operations that have not ended";
        registry.register("operations_queued", help, self.queued.clone());
        let help = "Operations on which a human has to decide";
        registry.register("operations_held", help, self.held.clone());
        let help = "Operations that have not ended, by agency and whether they are held";
        registry.register("agency_operations", help, self.operations.clone());
        let help = "Age of the oldest of these since it was queued, in seconds";
        let oldest = self.oldest_operations.clone();
        registry.register("agency_oldest_operation_seconds", help, oldest);
        registry.register(
            "deduplication_keys",
            "Deduplication keys known",
            self.keys.clone(),
        );
        let help = "Bytes of the store on the disk";
        registry.register("store_disk_bytes", help, self.disk_bytes.clone());
    }

    /// Looks. May block.
    pub(super) fn look(
        &self,
        store: &dyn Store,
        agencies: &[(String, Agency)],
    ) -> Result<(), StoreError> {
        for (id, agency) in agencies {
            let of = Of { agency: id.clone() };
            let info = agency.generation_info().ok();
            self.serving.get_or_create(&of).set(info.is_some().into());
            let generation = info.map_or(0, |info| number(info.number));
            self.generation.get_or_create(&of).set(generation);
            let draining = agency.draining();
            let calls: usize = draining.iter().map(|draining| draining.calls).sum();
            self.draining.get_or_create(&of).set(number(calls as u64));
            let oldest = draining.iter().map(|draining| draining.oldest).max();
            let oldest = oldest.unwrap_or_default().as_secs_f64();
            self.oldest_draining.get_or_create(&of).set(oldest);
        }
        self.ready.set(store.ready().is_ok().into());
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        if looked.is_some_and(|at| at.elapsed() < FRESH) {
            return Ok(());
        }
        let status = store.status()?;
        *looked = Some(Instant::now());
        let desired = store.desired()?.value;
        for (id, _) in agencies {
            let otherwise = desired.agencies.get(id).and_then(configured_otherwise);
            let of = Of { agency: id.clone() };
            let is_otherwise = otherwise.is_some().into();
            self.configured_otherwise
                .get_or_create(&of)
                .set(is_otherwise);
        }
        let age = |oldest: Timestamp| status.now.0.saturating_sub(oldest.0) as f64 / 1000.0;
        self.entries.set(number(status.entries));
        self.waiting.set(number(status.waiting));
        self.oldest_waiting
            .set(status.oldest_waiting.map_or(0.0, age));
        self.queued.set(number(status.queued));
        self.held.set(number(status.held));
        // An agency of which nothing is queued any more is in no queue.
        self.operations.clear();
        self.oldest_operations.clear();
        for queue in &status.queues {
            for (state, count, oldest) in [
                ("queued", queue.queued, queue.oldest_queued),
                ("held", queue.held, queue.oldest_held),
            ] {
                let agency = queue.agency.clone();
                let of = InState { agency, state };
                self.operations.get_or_create(&of).set(number(count));
                let oldest = oldest.map_or(0.0, age);
                self.oldest_operations.get_or_create(&of).set(oldest);
            }
        }
        self.keys.set(number(status.keys));
        if let Some(bytes) = status.disk_bytes {
            self.disk_bytes.set(number(bytes));
        }
        Ok(())
    }
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
