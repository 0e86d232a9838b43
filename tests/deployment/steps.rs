// SPDX-License-Identifier: Apache-2.0
//! Descriptions of steps, polls, credentials, events and rotations that the host cannot act on.

use silta::describe::{Rotation, SecretAlphabet, SecretForm, SecretSource};

use super::*;

const FORM: SecretForm = SecretForm {
    minimum_characters: 8,
    maximum_characters: 64,
    alphabet: SecretAlphabet::Any,
};

/// What is said of a description that is refused; `None` when it is accepted.
fn refusal(component: &Handwritten) -> Option<String> {
    let deployment = Deployment::from_bytes(component.encode());
    match host().runtime.deploy("rogue", deployment) {
        Ok(_) => None,
        Err(Error::Rejected {
            step: DeployStep::Described,
            reason: Rejection::Description(what),
            ..
        }) => Some(what),
        Err(other) => panic!("{other}"),
    }
}

#[track_caller]
fn is_refused(component: &Handwritten, says: &str) {
    let refusal = refusal(component).expect("accepted");
    assert!(refusal.contains(says), "{refusal}");
}

fn with(change: impl FnOnce(&mut Handwritten)) -> Handwritten {
    let mut component = Handwritten {
        agency: "rogue",
        operations: vec![("obtain", "{}"), ("use", "{}")],
        ..Handwritten::default()
    };
    change(&mut component);
    component
}

fn obtained(by: &str) -> SecretSource {
    let operation = by.to_owned();
    SecretSource::Obtained { operation }
}

fn rotated(operation: &str, check: Option<&str>) -> SecretSource {
    SecretSource::Rotated(Rotation {
        operation: operation.into(),
        check: check.map(str::to_owned),
        overlap_seconds: 60,
    })
}

#[test]
fn an_operation_takes_a_step_and_a_poll_has_an_interval() {
    assert_eq!(refusal(&with(|it| it.steps = 1)), None);
    is_refused(&with(|it| it.steps = 0), "takes no step");
    assert_eq!(refusal(&with(|it| it.poll = Some(1))), None);
    is_refused(&with(|it| it.poll = Some(0)), "without an interval");
}

#[test]
fn an_inbound_operation_is_one_step_and_nothing_that_is_run() {
    let inbound = |change: fn(&mut Handwritten)| {
        with(|it| {
            it.inbound = true;
            change(it);
        })
    };
    assert_eq!(refusal(&inbound(|_| {})), None);
    let says = "is inbound, and has";
    is_refused(&inbound(|it| it.steps = 2), says);
    is_refused(&inbound(|it| it.poll = Some(1)), says);
    is_refused(&inbound(|it| it.credentials = vec!["token"]), says);
    // Nobody is asked by one, so that it obtains and replaces nothing.
    for source in [obtained("obtain"), rotated("use", None)] {
        let secret = with(|it| {
            it.inbound = true;
            it.secret_roles = vec![("token", Some(FORM))];
            it.source = source;
        });
        is_refused(&secret, "which is no outbound operation");
    }
}

#[test]
fn credentials_are_obtained_by_operations_that_need_none() {
    let secret = |it: &mut Handwritten| {
        it.secret_roles = vec![("token", None)];
        it.source = obtained("obtain");
    };
    assert_eq!(refusal(&with(secret)), None);
    let both_need = with(|it| {
        secret(it);
        it.credentials = vec!["token"];
    });
    is_refused(&both_need, "needs credentials itself");
    is_refused(
        &with(|it| it.credentials = vec!["token"]),
        "which no operation obtains",
    );
    let nobody = with(|it| {
        secret(it);
        it.source = obtained("other");
    });
    is_refused(&nobody, "`other`, which is no outbound operation");
}

#[test]
fn a_rotated_secret_has_a_form_and_operations() {
    let secret = |form, source| {
        with(|it| {
            it.secret_roles = vec![("password", form)];
            it.source = source;
        })
    };
    let with_check = rotated("use", Some("obtain"));
    assert_eq!(refusal(&secret(Some(FORM), with_check.clone())), None);
    assert_eq!(refusal(&secret(Some(FORM), rotated("use", None))), None);
    is_refused(&secret(None, with_check), "has no form");
    for source in [rotated("other", None), rotated("use", Some("other"))] {
        is_refused(&secret(Some(FORM), source), "rotated by `other`");
    }
}

#[test]
fn an_operation_changes_one_secret_and_a_secret_is_listed_once() {
    let roles = |names: [&'static str; 2], source| {
        with(|it| {
            it.secret_roles = names.map(|name| (name, Some(FORM))).into();
            it.source = source;
        })
    };
    let configured = || SecretSource::Configured;
    assert_eq!(refusal(&roles(["one", "other"], configured())), None);
    is_refused(&roles(["one", "one"], configured()), "listed twice");
    for source in [obtained("obtain"), rotated("use", None)] {
        is_refused(&roles(["one", "other"], source), "more than one secret");
    }
}

#[test]
fn a_form_asks_for_no_more_than_can_be_kept() {
    let form = |minimum_characters| {
        let form = SecretForm {
            minimum_characters,
            maximum_characters: u32::MAX,
            ..FORM
        };
        with(|it| it.secret_roles = vec![("password", Some(form))])
    };
    assert_eq!(refusal(&form(64 << 10)), None);
    is_refused(&form((64 << 10) + 1), "more than 65536 characters");
}

#[test]
fn kinds_of_events_have_a_name_and_a_schema_and_are_told_once() {
    let events = |events: Vec<_>| with(|it| it.events = events);
    assert_eq!(refusal(&events(vec![("a", "{}"), ("b", "true")])), None);
    is_refused(&events(vec![("a", "{}"), ("a", "{}")]), "listed twice");
    is_refused(&events(vec![("A", "{}")]), "event number 1");
    is_refused(&events(vec![("a", "{}"), ("b", "{")]), "event number 2");
}

#[test]
fn a_secret_that_is_obtained_is_not_configured() {
    let secrets = Secrets::new().with("token", vec![b"of the operator".to_vec()]);
    let (step, reason) = rejected(&host(), rogue().with_secrets(secrets));
    assert_eq!(step, DeployStep::Configured);
    let text = reason.to_string();
    assert!(text.contains("take it out of the configuration"), "{text}");
}
