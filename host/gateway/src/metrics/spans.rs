// SPDX-License-Identifier: Apache-2.0
//! What becomes of spans.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

/// Spans, by outcome.
#[derive(Clone, Default)]
pub(crate) struct SpanMetrics {
    exported: Counter,
    dropped: Family<Why, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Why {
    why: &'static str,
}

impl SpanMetrics {
    pub(crate) fn register(&self, registry: &mut Registry) {
        let help = "Spans that the collector has taken";
        registry.register("spans_exported", help, self.exported.clone());
        let help = "Spans that nobody gets, by why";
        registry.register("spans_dropped", help, self.dropped.clone());
    }

    pub(crate) fn exported(&self, spans: u64) {
        self.exported.inc_by(spans);
    }

    pub(crate) fn dropped(&self, why: &'static str, spans: u64) {
        if spans > 0 {
            self.dropped.get_or_create(&Why { why }).inc_by(spans);
        }
    }
}
