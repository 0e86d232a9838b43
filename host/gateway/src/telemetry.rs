// SPDX-License-Identifier: Apache-2.0
//! Spans: which steps a trace had, how long each took and its outcome (OpenTelemetry's model of traces). Whoever is to be told of them is a [`SpanSink`]; with the feature `otlp` there is
//! one that sends them to a collector.
//!
//! A span says of which agency and operation it is, how often that was tried, and what came of it. No parameter, body, header field or document is in one, and text that looks like a personal
//! identity code is masked.

#[cfg(feature = "otlp")]
mod otlp;
mod span;
mod step;

#[cfg(feature = "otlp")]
pub(crate) use otlp::Exporting;
#[cfg(feature = "otlp")]
pub use otlp::OtlpSetup;
pub use span::{Span, SpanKind, SpanSink, SpanValue};
pub(crate) use step::{Place, Spans, Step};
