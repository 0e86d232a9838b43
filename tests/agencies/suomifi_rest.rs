// SPDX-License-Identifier: Apache-2.0
//! Suomi.fi Messages by REST: the cases in `data/suomifi-rest`, what no case can show, and the component against a service over TLS that hangs up at every point.

mod case;
mod mistakes;
mod pattern;
mod receiving;
mod rotation;
mod sending;
mod service;
mod world;

use silta::describe::{Idempotency, SecretAlphabet};

use super::{
    cases::{self, hold},
    events::Kinds,
    golden,
};
use crate::support::recording::Taped;
use case::{Case, Suomifi};

#[test]
fn every_case_comes_out_as_it_should() {
    let suomifi = Suomifi::new();
    let read = |text: &str| serde_json::from_str::<Case>(text);
    let cases = cases::load("suomifi-rest", read, Case::body_file);
    let kinds = Kinds::of(&suomifi.description());
    hold(&cases, 60, |case, body| case.run(&suomifi, &kinds, body));
    kinds.check_all_seen();
}

/// Runs a case, for its recording.
pub(super) fn perform(name: &str) -> Vec<Taped> {
    let suomifi = Suomifi::new();
    let kinds = Kinds::of(&suomifi.description());
    let read = |text: &str| serde_json::from_str::<Case>(text);
    let cases = cases::load("suomifi-rest", read, Case::body_file);
    let (case, body) = &cases[name];
    golden::tape(suomifi.host(), || {
        case.run(&suomifi, &kinds, body.as_deref()).unwrap();
    })
}

#[test]
fn the_description_says_what_the_host_may_do() {
    let description = Suomifi::new().description();
    let names: Vec<_> = description
        .operations
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "send-electronic",
            "send-multichannel",
            "send-paper",
            "reply",
            "poll-events",
            "fetch-message",
            "active-mailboxes",
            "token",
            "change-password",
            "prove-password",
        ]
    );
    for operation in &description.operations {
        let name = operation.name.as_str();
        let interval = operation.poll.map(|poll| poll.interval_seconds);
        assert_eq!(interval, (name == "poll-events").then_some(60), "{name}");
        let is_sending = matches!(
            name,
            "send-electronic" | "send-multichannel" | "send-paper" | "reply"
        );
        let expected = match is_sending || name == "change-password" {
            true => Idempotency::ByReference,
            false => Idempotency::ReadOnly,
        };
        assert_eq!(operation.idempotency, expected, "{name}");
        let credentials: &[&str] = if name == "token" { &[] } else { &["token"] };
        assert_eq!(operation.credentials, credentials, "{name}");
        let limits = &operation.limits;
        assert_eq!(
            limits.reference_concurrency,
            is_sending.then_some(1),
            "{name}"
        );
        assert_eq!(
            limits.resending.is_some(),
            expected == Idempotency::ByReference
        );
        // Each attachment twice, and what follows after refusals.
        assert!(
            !is_sending || limits.steps > 2 * limits.attachment_limit,
            "{name}"
        );
    }
    let (role, rotation) = description.rotated_by("change-password").unwrap();
    let form = role.form.unwrap();
    assert_eq!(
        (form.minimum_characters, form.alphabet),
        (32, SecretAlphabet::Password)
    );
    assert_eq!(rotation.check.as_deref(), Some("prove-password"));
    assert_eq!(description.obtaining("token"), Some("token"));
    assert!(description.self_tests.len() >= 10);
}
