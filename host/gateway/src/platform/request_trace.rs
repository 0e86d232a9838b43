// SPDX-License-Identifier: Apache-2.0
//! The trace that a request belongs to.

use axum::http::HeaderMap;

use crate::{
    telemetry::{SpanKind, Spans, Step},
    trace_context::{self, TRACEPARENT},
};

/// A trace that was given, or begun.
pub(super) struct RequestTrace {
    /// As `traceparent`. `None` where the system has no random numbers.
    pub(super) parent: Option<String>,
    is_begun: bool,
}

impl RequestTrace {
    /// The trace of a request, or the beginning of one where it has none that can be read.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let field = headers.get(TRACEPARENT);
        let given = field.and_then(|field| trace_context::accepted(field.to_str().ok()?));
        Self {
            is_begun: given.is_none(),
            parent: given.or_else(trace_context::begun),
        }
    }

    /// A submission as a step of it.
    pub(super) fn step(&self, spans: &Spans) -> Step {
        let what = ("submit", SpanKind::Server);
        match self.is_begun {
            true => spans.first(what, self.parent.as_deref()),
            false => spans.step(what, self.parent.as_deref()),
        }
    }
}
