// SPDX-License-Identifier: Apache-2.0
//! What whoever operates the gateway is told, and who may decide there.

use silta_config::Config;

use super::findings::Findings;

/// Looks at the table `[operator]`.
pub(super) fn check(config: &Config, findings: &mut Findings) {
    let Some(page) = findings.told(config.operator_page()) else {
        return;
    };
    let message = match (config.operator_address(), page) {
        (None, _) => "not configured: nobody is told how it is",
        (Some(_), None) => "programs are told how it is; there are no pages for people",
        (Some(_), Some(page)) if page.actions => {
            "pages for people, on which operations may be resumed, cancelled and replayed"
        }
        (Some(_), Some(_)) => "pages for people, on which nothing may be decided",
    };
    findings.ok(config.wrong("operator", message.to_owned()));
}
