// SPDX-License-Identifier: Apache-2.0
//! Where components may be fetched from.

use silta_config::Config;

use super::findings::Findings;

/// Looks at the tables `[registries.NAME]`. No registry is asked.
pub(super) fn check(config: &Config, findings: &mut Findings) {
    for name in config.registry_names() {
        if let Some(registry) = findings.told(config.registry(name)) {
            let message = format!(
                "components may be fetched from {}, by digest",
                registry.host()
            );
            findings.ok(config.wrong(&format!("registries.{name}"), message));
        }
    }
    findings.add_exposed(config.exposed_registry_files());
}
