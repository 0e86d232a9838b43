// SPDX-License-Identifier: Apache-2.0
//! Whether what is queued is sent, and how agencies are polled.

use silta::describe::Description;
use silta_config::Config;

use super::findings::{Findings, Level};

/// Looks at the table `[sending]`.
pub(super) fn check(config: &Config, findings: &mut Findings) {
    let Some(sending) = findings.told(config.sending()) else {
        return;
    };
    let message = match sending {
        Some(_) => "what is queued is sent by `silta serve`",
        None => "not configured: `silta serve` sends nothing that is queued, and polls nobody",
    };
    findings.ok(config.wrong("sending", message.to_owned()));
}

/// Looks at the tables `[agencies.ID.polls.NAME]` of an agency.
pub(super) fn check_polls(
    config: &Config,
    id: &str,
    description: &Description,
    findings: &mut Findings,
) {
    let Some(polls) = findings.told(config.polls(id)) else {
        return;
    };
    for (name, settings) in polls {
        let field = format!("agencies.{id}.polls.{name}");
        let known = description.operation(&name).and_then(|it| it.poll);
        let Some(poll) = known else {
            let polls = description.operations.iter().filter(|it| it.poll.is_some());
            let polls: Vec<_> = polls.map(|it| it.name.as_str()).collect();
            let reason = format!(
                "the component has no poll of this name; it has: {}. Correct the name, or take the table out",
                silta::observe::listed(&polls)
            );
            findings.add(Level::Error, "polls.unknown", config.wrong(&field, reason));
            continue;
        };
        let declared = u64::from(poll.interval_seconds);
        let interval = settings.interval.map_or(declared, |it| it.as_secs());
        let message = match settings.enabled {
            true => format!("polled every {interval} s"),
            false => "not polled".to_owned(),
        };
        findings.ok(config.wrong(&field, message));
    }
}
