// SPDX-License-Identifier: Apache-2.0
//! Where entries of the inbox are to be pushed.

use std::collections::BTreeMap;

use silta_config::Config;
use silta_gateway::{OWN_ENTRIES, own_kinds};

use super::findings::{Findings, Level};

/// Kinds of events that components publish, by the names of their agencies; `None` where a component could not be asked.
type Published<'a> = BTreeMap<&'a str, Option<Vec<String>>>;

/// Code of a kind that no entry has which the webhook gets.
const NEVER: &str = "webhook.kind-never";

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

/// Looks for kinds of events that a webhook waits for in vain: nothing that it gets entries of publishes them.
pub(super) fn check_kinds(config: &Config, published: &Published<'_>, findings: &mut Findings) {
    for name in config.webhook_names() {
        // What is wrong with the table has been told.
        let Ok(webhook) = config.webhook(name) else {
            continue;
        };
        let filter = &webhook.filter;
        let all = published.keys().copied().chain([OWN_ENTRIES]);
        let gets = |agency: &&str| {
            filter.agencies.is_empty() || filter.agencies.iter().any(|of| of == agency)
        };
        let agencies: Vec<_> = all.filter(gets).collect();
        let Some(kinds) = kinds(&agencies, published) else {
            continue;
        };
        for (number, kind) in (1..).zip(&filter.kinds) {
            if kinds.iter().any(|known| known == kind) {
                continue;
            }
            let reason = format!(
                "no agency of this webhook ({}) has events of this kind, so it is never called for them; known kinds: {}. Correct it, or leave it out",
                agencies.join(", "),
                kinds.join(", "),
            );
            let field = format!("webhooks.{name}.kinds[{number}]");
            findings.add(Level::Warning, NEVER, config.wrong(&field, reason));
        }
    }
}

/// All kinds that entries of some agencies may have, each once; `None` where that is not known of one.
fn kinds(agencies: &[&str], published: &Published<'_>) -> Option<Vec<String>> {
    let mut all = Vec::new();
    for agency in agencies {
        if let Some(kinds) = published.get(agency) {
            all.extend(kinds.clone()?);
        }
        all.extend(own_kinds(agency).into_iter().map(str::to_owned));
    }
    all.sort_unstable();
    all.dedup();
    Some(all)
}
