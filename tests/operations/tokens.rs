// SPDX-License-Identifier: Apache-2.0
//! Tokens that run out or are taken back, between steps and in the middle, and many who need one at once.

use std::{sync::Arc, thread};

use super::{
    agency::Service,
    deliveries::assert_delivered_once,
    journey::{Task, Told, World, arrivals, names, paths},
    server::{Kill, Turn},
};

#[test]
fn a_token_that_runs_out_between_steps_is_obtained_again() {
    let world = World::new();
    let clock = world.clock();
    world
        .server
        .plan(2, Turn::Then(Arc::new(move |_| clock.advance(301))));
    let told = world.journey(&Task::delivery(2), &mut world.in_memory());
    let [Told::Done(outcome)] = &told[..] else {
        panic!("{told:?}")
    };
    assert_delivered_once(&world, outcome, 0);
    assert_eq!(
        paths(&world),
        [
            "/token",
            "/attachments",
            "/token",
            "/attachments",
            "/messages"
        ]
    );
}

#[test]
fn a_token_that_is_taken_back_is_obtained_again_and_the_same_bytes_go_once_more() {
    for exchange in 2..=4 {
        let world = World::new();
        world.server.plan(exchange, Turn::Revoke);
        let told = world.journey(&Task::delivery(2), &mut world.in_memory());
        let [Told::Done(outcome)] = &told[..] else {
            panic!("{told:?}")
        };
        // Refused as a whole, and then taken: no answer was missing.
        assert_eq!(outcome.class.name(), "done");
        assert_delivered_once(&world, outcome, 1);
        let journal = world.server.journal();
        let refused = &journal[exchange - 1];
        let again = &journal[exchange + 1];
        assert_eq!(refused.status, Some(401));
        assert_eq!(refused.call.body, again.call.body);
        assert_ne!(refused.call.authorization, again.call.authorization);
        assert_eq!(world.server.state().agency.issued, 2);
    }
}

#[test]
fn it_is_obtained_again_once_for_an_exchange() {
    let world = World::new();
    world.server.plan(3, Turn::Revoke);
    world.server.plan(5, Turn::Revoke);
    let (task, mut kept) = (Task::delivery(2), world.in_memory());
    let told = world.run(&world.process(), &task, &mut kept);
    assert!(matches!(&told, Told::Refused(code) if code == "token-invalid"));
    assert_eq!(
        paths(&world),
        [
            "/token",
            "/attachments",
            "/attachments",
            "/token",
            "/attachments"
        ]
    );
    // What was refused is over; the delivery goes on with its step.
    let told = world.journey(&task, &mut kept);
    let [Told::Done(outcome)] = &told[..] else {
        panic!("{told:?}")
    };
    assert_delivered_once(&world, outcome, 2);
}

/// A refusal of the token says nothing of what was sent before.
#[test]
fn a_token_that_is_taken_back_after_an_unknown_outcome_leaves_it_unknown() {
    for kill in [Kill::BeforeProcessing, Kill::AfterProcessing] {
        let world = World::new();
        world.server.plan(3, Turn::Kill(kill));
        let (task, mut kept) = (Task::delivery(2), world.in_memory());
        let sender = world.process();
        assert_eq!(world.run(&sender, &task, &mut kept).name(), "unknown");
        // Once more, and refused both times: the bytes stay.
        world.server.plan(1, Turn::Revoke);
        world.server.plan(3, Turn::Revoke);
        let told = world.run(&sender, &task, &mut kept);
        assert!(matches!(&told, Told::Refused(code) if code == "token-invalid"));
        let attempt = kept.load().unwrap();
        assert_eq!(attempt.attempt().unwrap().unresolved, 1);
        world.server.plan(1, Turn::Revoke);
        let told = world.journey(&task, &mut kept);
        let [Told::Done(outcome)] = &told[..] else {
            panic!("{told:?}")
        };
        assert_delivered_once(&world, outcome, 4);
    }
}

/// What was refused for its token may be sent again whatever the operation is, also where no other token can be had at the moment.
#[test]
fn a_refused_sending_is_not_an_unresolved_one() {
    let world = World::new();
    let (task, mut kept) = (Task::delivery(2), world.in_memory());
    world.server.plan(3, Turn::Revoke);
    world.server.plan(4, Turn::Kill(Kill::BeforeTls));
    let sender = world.process();
    assert_eq!(world.run(&sender, &task, &mut kept).name(), "not sent");
    let progress = kept.load().unwrap();
    let attempt = progress.attempt().unwrap();
    assert_eq!((attempt.sendings, attempt.unresolved), (1, 0));
    assert_eq!(names(&world.journey(&task, &mut kept)), ["done"]);
}

#[test]
fn a_wrong_password_is_told_and_nothing_is_sent() {
    let world = World::new();
    world.server.state().agency.password = "another".into();
    let told = world.journey(&Task::delivery(2), &mut world.in_memory());
    assert!(matches!(&told[..], [Told::Refused(code)] if code == "password-wrong"));
    assert_eq!(paths(&world), ["/token"]);
}

/// Many deliveries at once with clones of one sender.
fn at_once(world: &World, sender: &silta_gateway::operation::Sender) {
    thread::scope(|scope| {
        for _ in 0..10 {
            let sender = sender.clone();
            scope.spawn(move || {
                let told = world.run(&sender, &Task::delivery(0), &mut world.in_memory());
                assert_eq!(told.name(), "done", "{told:?}");
            });
        }
    });
}

#[test]
fn all_who_need_a_token_at_once_get_the_one() {
    let world = World::new();
    let sender = world.process();
    at_once(&world, &sender);
    assert_eq!(arrivals(&world.server.journal(), "/token"), 1);
    // None is accepted any more, and all are told so at about the same time.
    world.server.state().agency.revoke();
    at_once(&world, &sender);
    let state = world.server.state();
    assert_eq!(arrivals(&state.journal, "/token"), 2);
    assert_eq!(state.agency.messages.len(), 20);
}

#[test]
fn a_token_is_in_nothing_that_is_kept() {
    let world = World::new();
    world.server.plan(3, Turn::Kill(Kill::AfterProcessing));
    let (task, mut kept) = (Task::delivery(2), world.in_memory());
    world.run(&world.process(), &task, &mut kept);
    let bytes = kept.load().unwrap().to_blob().to_vec();
    assert!(!String::from_utf8_lossy(&bytes).contains("token-1"));
}
