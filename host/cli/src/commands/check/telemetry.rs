// SPDX-License-Identifier: Apache-2.0
//! Where the steps of traces are to be told.

use silta_config::Config;

use super::findings::Findings;

/// Looks at the table `[telemetry]`, if there is one.
pub(super) fn check(config: &Config, findings: &mut Findings) {
    let Some(Some(telemetry)) = findings.told(config.telemetry()) else {
        return;
    };
    #[cfg(not(feature = "otlp"))]
    {
        let _ = telemetry;
        let error = config.wrong("telemetry", crate::host::WITHOUT_OTLP.to_owned());
        findings.add(super::findings::Level::Error, "telemetry.not-built", error);
    }
    #[cfg(feature = "otlp")]
    {
        let message = format!(
            "the steps of traces are told to a collector; {} spans wait for it at most",
            telemetry.most_waiting
        );
        findings.ok(config.wrong("telemetry", message));
    }
}
