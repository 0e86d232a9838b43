// SPDX-License-Identifier: Apache-2.0
//! What the platform's API counts.

use std::sync::atomic::AtomicI64;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

/// Requests by route, and how many of them wait.
#[derive(Clone, Default)]
pub(crate) struct PlatformMetrics {
    requests: Family<Answered, Counter>,
    waiting: Gauge<i64, AtomicI64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    route: String,
    method: &'static str,
    status: u16,
}

/// A request that waits, as long as this is there.
pub(crate) struct Waiter(Gauge<i64, AtomicI64>);

impl PlatformMetrics {
    pub(super) fn register(&self, registry: &mut Registry) {
        let help = "Requests of the platform's API, by route, method and status";
        registry.register("platform_requests", help, self.requests.clone());
        let help = "Requests that wait for entries of the inbox";
        registry.register("platform_waiting", help, self.waiting.clone());
    }

    /// A request, answered.
    pub(crate) fn answered(&self, route: &str, method: &'static str, status: u16) {
        let answered = Answered {
            route: route.to_owned(),
            method,
            status,
        };
        self.requests.get_or_create(&answered).inc();
    }

    /// One more request waits.
    pub(crate) fn wait(&self) -> Waiter {
        self.waiting.inc();
        Waiter(self.waiting.clone())
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.0.dec();
    }
}
