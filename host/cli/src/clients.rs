// SPDX-License-Identifier: Apache-2.0
//! What sends to an agency, as the configuration says.

use silta_config::Config;
use silta_gateway::outbound::{HttpClient, MailClient};

use crate::failure::Failure;

/// The client for HTTPS, and the one for mail where a relay is configured.
pub(crate) fn of(
    config: &Config,
    agency: &str,
) -> Result<(HttpClient, Option<MailClient>), Failure> {
    let unusable = |error: &dyn std::fmt::Display| {
        let message = format!("agencies.{agency}: {error}");
        Failure::configuration("configuration.outbound", &message)
    };
    let settings = config.connect_settings(agency)?;
    let http = HttpClient::new(settings).map_err(|error| unusable(&error))?;
    let relay = config.relay(agency)?;
    let mail = relay.map(MailClient::new).transpose();
    Ok((http, mail.map_err(|error| unusable(&error))?))
}
