// SPDX-License-Identifier: Apache-2.0
//! Spans for a collector, by OTLP over HTTP in JSON (OpenTelemetry protocol 1.x).
//!
//! Encoded and sent here, by the gateway's own HTTP client: of the protocol it takes one message, which is `message` whole. The libraries for it come in a set of four that moves together
//! every few months, bring an HTTP client of their own, and wait without a bound when they are told to stop.

mod exporter;
mod message;

pub(crate) use exporter::Exporting;

use crate::outbound::HttpClient;

/// A collector. `Debug` does not show its URL: people put tokens into URLs.
#[derive(Clone)]
pub struct OtlpSetup {
    /// Where it takes traces, such as `https://collector.example/v1/traces`.
    pub url: String,
    /// What sends them.
    pub http: HttpClient,
    /// Spans that wait to be sent. Those over it are dropped, and counted.
    pub most_waiting: usize,
}

impl std::fmt::Debug for OtlpSetup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OtlpSetup")
            .field("most_waiting", &self.most_waiting)
            .finish_non_exhaustive()
    }
}
