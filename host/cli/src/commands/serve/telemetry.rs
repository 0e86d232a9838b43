// SPDX-License-Identifier: Apache-2.0
//! Whoever is told of the steps of traces.

use silta_config::Config;
use silta_gateway::Gateway;

use crate::failure::Failure;

/// Tells the collector of the table `[telemetry]`, if there is one.
///
/// # Errors
/// The table, or what it names, cannot be used.
#[cfg(feature = "otlp")]
pub(super) fn start(config: &Config, gateway: &Gateway) -> Result<(), Failure> {
    use silta_gateway::{OtlpSetup, outbound::HttpClient};

    let Some(telemetry) = config.telemetry()? else {
        return Ok(());
    };
    let http = HttpClient::new(telemetry.connect).map_err(|error| {
        let message = format!("telemetry: {error}");
        Failure::configuration("configuration.outbound", &message)
    })?;
    gateway.export_spans(OtlpSetup {
        url: telemetry.url,
        http,
        most_waiting: telemetry.most_waiting,
    });
    Ok(())
}

/// There is no way to tell anybody.
///
/// # Errors
/// The table is there.
#[cfg(not(feature = "otlp"))]
pub(super) fn start(config: &Config, _: &Gateway) -> Result<(), Failure> {
    match config.telemetry()? {
        None => Ok(()),
        Some(_) => Err(config
            .wrong("telemetry", crate::host::WITHOUT_OTLP.to_owned())
            .into()),
    }
}
