// SPDX-License-Identifier: Apache-2.0
use std::path::PathBuf;

use serde::Deserialize;
use toml::Spanned;

/// `[telemetry]`: the steps of traces are told to a collector.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct TelemetryTable {
    /// Where it takes traces by OTLP over HTTP: `https://…/v1/traces`, or `http://…` on this machine.
    pub(crate) otlp: String,
    /// File of the certificates that the collector's has to lead to. Default those of the operating system.
    pub(crate) anchors: Option<Spanned<PathBuf>>,
    /// Spans that wait to be sent; those over it are dropped, and counted. Default 4,096, 1 to 1,000,000.
    #[serde(default = "most_waiting")]
    pub(crate) most_waiting: u32,
    /// Time for opening a connection, TLS included. Default 10 s, 1 to 600.
    #[serde(default = "connect_seconds")]
    pub(crate) connect_seconds: u32,
}

fn most_waiting() -> u32 {
    4_096
}

fn connect_seconds() -> u32 {
    10
}
