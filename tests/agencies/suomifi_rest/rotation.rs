// SPDX-License-Identifier: Apache-2.0
//! The password of the system is replaced, with the connection ended at every point: the one in force is never lost, and there is never a second one to come.

use std::time::Duration;

use serde_json::json;
use silta_gateway::operation::RunError;

use super::{
    case::PASSWORD,
    world::{Task, World},
};
use crate::operations::{
    agency::Answer,
    journey::{Kept, Told, names},
    server::{Kill, Turn},
};

/// A token, events with it, the change, a token for the new password, events with that.
const EXCHANGES: usize = 5;

fn task() -> Task {
    Task::new("change-password", json!({}))
}

/// At any moment: the one in force is among those that are kept.
#[track_caller]
fn assert_not_lost(world: &World) {
    let in_force = world.server.state().agency.password.clone();
    let passwords = world.passwords();
    let known = [Some(passwords.current.clone()), passwords.next.clone()];
    let is_known = known.iter().flatten().any(|it| *it == in_force.as_bytes());
    assert!(is_known, "the password in force is lost");
}

/// At the end: one change, with one value, which is the current one and works.
#[track_caller]
fn assert_changed_once(world: &World) {
    assert_not_lost(world);
    let journal = world.server.journal();
    let mut offered: Vec<_> = journal
        .iter()
        .map(|it| it.call.text("newPassword"))
        .collect();
    offered.retain(|it| !it.is_empty());
    offered.sort();
    offered.dedup();
    assert_eq!(offered.len(), 1, "more than one next password");
    let passwords = world.passwords();
    let state = world.server.state();
    assert_eq!(passwords.current, state.agency.password.as_bytes());
    assert_eq!(
        (passwords.next.clone(), state.agency.replaced.len()),
        (None, 1)
    );
    assert_eq!(state.agency.replaced, [PASSWORD]);
    drop(state);
    world.done(&Task::message("send-electronic", json!({}), 0));
}

#[test]
fn it_is_replaced_once_a_token_and_events_have_proved_it() {
    let world = World::new();
    let outcome = world.done(&task());
    assert_eq!(outcome.events[0].kind, "password-changed");
    let expected = [
        "/v1/token",
        "/v2/events",
        "/v1/change-password",
        "/v1/token",
        "/v2/events",
    ];
    assert_eq!(world.paths(), expected);
    // The token stands in the body alone.
    let journal = world.server.journal();
    assert_eq!(journal[2].call.authorization, None);
    assert_changed_once(&world);
}

#[test]
fn it_is_replaced_once_wherever_a_connection_ends() {
    for exchange in 1..=EXCHANGES {
        for kill in Kill::ALL {
            let world = World::new();
            world.server.plan(exchange, Turn::Kill(kill));
            let mut kept = Kept::in_memory();
            let told = world.run(&world.process(), &task(), &mut kept);
            let expected = match kill.is_before_request() {
                true => "not sent",
                false => "unknown",
            };
            assert_eq!(told.name(), expected, "{exchange} {kill:?}");
            assert_not_lost(&world);
            let told = world.journey(&task(), &mut kept);
            assert_eq!(
                told.last().unwrap().name(),
                "done",
                "{exchange} {kill:?}: {told:?}"
            );
            assert_changed_once(&world);
        }
    }
}

/// The next run has nothing of what was kept, but the passwords.
#[test]
fn it_is_replaced_once_though_the_state_is_lost() {
    for exchange in 1..=EXCHANGES {
        for kill in [Kill::BeforeProcessing, Kill::AfterProcessing] {
            let world = World::new();
            world.server.plan(exchange, Turn::Kill(kill));
            world.run(&world.process(), &task(), &mut Kept::in_memory());
            let told = world.journey(&task(), &mut Kept::in_memory());
            assert_eq!(names(&told), ["done"], "{exchange} {kill:?}");
            assert_changed_once(&world);
        }
    }
}

/// Whatever is run next finds out which password holds.
#[test]
fn a_message_finds_out_that_the_password_was_replaced() {
    let world = World::new();
    world.server.plan(3, Turn::Kill(Kill::AfterProcessing));
    world.run(&world.process(), &task(), &mut Kept::in_memory());
    world.done(&Task::message("send-electronic", json!({}), 0));
    assert_eq!(world.passwords().next, None);
    assert_not_lost(&world);
}

/// A refusal has no second one at once: the account may be locked by too many.
#[test]
fn a_change_that_is_refused_waits_for_an_hour() {
    let world = World::new();
    let refused = Answer::new(
        400,
        json!({"reason": "Attempt limit exceeded, please try after some time."}),
    );
    world.server.plan(3, Turn::Answer(refused));
    let (sender, mut kept) = (world.process(), Kept::in_memory());
    let told = world.run(&sender, &task(), &mut kept);
    assert!(
        matches!(&told, Told::Refused(code) if code == "http-400"),
        "{told:?}"
    );
    let progress = kept.load().unwrap();
    let until = progress.not_before().unwrap();
    let now = std::time::SystemTime::now();
    assert!(until > now + Duration::from_secs(3500) && until < now + Duration::from_secs(3700));
    assert!(matches!(
        sender.may_run(&progress, now),
        Err(RunError::TooEarly { .. })
    ));
    // Then the same value goes, and no other.
    let told = world.journey(&task(), &mut kept);
    assert_eq!(told.last().unwrap().name(), "done", "{told:?}");
    assert_changed_once(&world);
}

/// A new token may not be taken for the change at once.
#[test]
fn a_pause_lies_between_the_token_and_the_change() {
    let world = World::with(json!({"token": {"token-warmup-seconds": 1}}));
    world.done(&task());
    let state = world.server.state();
    // The token of the check is newer than the change, so that what is measured is from the first one.
    let changed = state.agency.changed_at.unwrap();
    let first = state.agency.first_token_at.unwrap();
    assert!(changed.duration_since(first) >= Duration::from_millis(900));
}

/// The host makes values that the service takes: of all kinds of characters, and without those that JSON would not take as they are.
#[test]
fn what_replaces_it_is_strong_and_stands_in_json() {
    for _ in 0..3 {
        let world = World::new();
        world.done(&task());
        let next = String::from_utf8(world.passwords().current.clone()).unwrap();
        assert_eq!(serde_json::to_string(&next).unwrap(), format!("\"{next}\""));
        assert!(
            next.len() >= 32 && next.contains(['$', '#', '~', '!']),
            "{}",
            next.len()
        );
    }
}
