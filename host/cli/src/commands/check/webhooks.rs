// SPDX-License-Identifier: Apache-2.0
//! Where entries of the inbox are to be pushed.

use silta_config::Config;

use super::findings::Findings;

/// Looks at the tables `[webhooks.NAME]`.
pub(super) fn check(config: &Config, findings: &mut Findings) {
    for name in config.webhook_names() {
        let Some(webhook) = findings.told(config.webhook(name)) else {
            continue;
        };
        let some = |names: &[String], all: &str| match names {
            [] => all.to_owned(),
            names => names.join(", "),
        };
        let message = format!(
            "entries of {} with {} are pushed, signed by {} secret(s)",
            some(&webhook.filter.agencies, "all agencies"),
            some(&webhook.filter.kinds, "whatever events"),
            webhook.secrets.len(),
        );
        findings.ok(config.wrong(&format!("webhooks.{name}"), message));
    }
    findings.add_exposed(config.exposed_webhook_files());
}
