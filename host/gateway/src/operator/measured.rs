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

/// For so long the store is not asked again: each time it counts all that it has.
const FRESH: Duration = Duration::from_secs(1);

/// State of store and agencies, as gauges.
#[derive(Debug, Default)]
pub(super) struct Measured {
    ready: Gauge<i64, AtomicI64>,
    serving: Family<Of, Gauge<i64, AtomicI64>>,
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
            let is_serving = agency.generation_info().is_ok();
            self.serving.get_or_create(&of).set(is_serving.into());
        }
        self.ready.set(store.ready().is_ok().into());
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        if looked.is_some_and(|at| at.elapsed() < FRESH) {
            return Ok(());
        }
        let status = store.status()?;
        *looked = Some(Instant::now());
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
