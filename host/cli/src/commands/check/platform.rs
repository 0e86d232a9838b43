// SPDX-License-Identifier: Apache-2.0
//! Where an integration platform is to call, and by which tokens.

use std::time::SystemTime;

use silta_config::Config;

use super::{
    findings::{self, Findings, Level},
    listener::{check_address, check_identity},
};
use crate::commands::serve::platform::field_at_fault;

/// Looks at the table `[platform]`, if there is one. What is bound for it is let go at once.
pub(super) fn check(config: &Config, now: SystemTime, findings: &mut Findings) {
    let Some(address) = config.platform_address() else {
        return;
    };
    if let Some(address) = findings.told(address) {
        check_address(config, "platform", address, findings);
    }
    if let Some(part) = config.platform_identity() {
        check_identity(config, part, now, findings);
    }
    findings.add_exposed(config.exposed_platform_files());
    let tokens = config.platform_tokens();
    let number = tokens.len();
    let read = tokens.into_iter().filter_map(|token| findings.told(token));
    if read.count() == number {
        let message = format!("tokens: {number}");
        findings.ok(config.wrong("platform.tokens", message));
    }
    // What cannot be read has been told.
    let Ok(Some(platform)) = config.platform() else {
        return;
    };
    match platform.check() {
        Ok(()) => {
            let message = "the limits are in their ranges".to_owned();
            findings.ok(config.wrong("platform.limits", message));
        }
        Err(wrong) => {
            let field = field_at_fault(&wrong).unwrap_or_else(|| "platform".to_owned());
            let error = config.wrong(&field, wrong.to_string());
            findings.add(Level::Error, findings::FILE, error);
        }
    }
}
