// SPDX-License-Identifier: Apache-2.0
//! A delivery of several steps, with the connection ended at every point of every exchange.

use std::collections::BTreeMap;

use silta::exchange::Outcome;

use super::{
    journey::{Kept, Task, Told, World, arrivals, external_ids, names},
    server::{Kill, Turn},
};

/// A token, two attachments, the message.
const EXCHANGES: usize = 4;

/// What has to hold at the end, whatever came between: one message under one external id with its attachments, the same bytes each time, and everything handed
/// out once. `unknown` is how often it was told that nobody knows.
#[track_caller]
pub(crate) fn assert_delivered_once(world: &World, outcome: &Outcome, unknown: usize) {
    let journal = world.server.journal();
    let ids = external_ids(&journal);
    assert_eq!(ids.len(), 1, "external ids: {ids:?}");
    let mut bodies = BTreeMap::new();
    for entry in &journal {
        let call = &entry.call;
        if call.text("externalId") == ids[0] {
            let key = (call.target.clone(), call.json()["position"].as_u64());
            let (body, times) = bodies.entry(key).or_insert_with(|| (call.body.clone(), 0));
            assert_eq!(
                *body, call.body,
                "other bytes at exchange {}",
                entry.exchange
            );
            *times += 1;
        }
    }
    assert_eq!(bodies.len(), EXCHANGES - 1);
    for (key, (_, times)) in bodies {
        assert!(times <= 1 + unknown, "{key:?} came {times} times");
    }
    let state = world.server.state();
    assert_eq!(state.agency.messages.len(), 1);
    let message = &state.agency.messages[&ids[0]];
    let uploaded: Vec<_> = state.agency.attachments.values().map(|it| &it.id).collect();
    assert_eq!(message.attachments.iter().collect::<Vec<_>>(), uploaded);
    assert_eq!(uploaded.len(), 2);
    drop(state);
    assert_handed_out_once(outcome, &ids[0]);
}

#[track_caller]
fn assert_handed_out_once(outcome: &Outcome, external_id: &str) {
    let keys: Vec<_> = outcome
        .events
        .iter()
        .map(|event| event.deduplication_key.clone())
        .collect();
    let expected = [
        format!("attachment-uploaded/{external_id}/1"),
        format!("attachment-uploaded/{external_id}/2"),
        format!("message-delivered/{external_id}"),
    ];
    assert_eq!(keys, expected);
    let about = |about: &Option<String>| about.as_deref() == Some(external_id);
    assert!(outcome.events.iter().all(|event| about(&event.about)));
    assert_eq!(outcome.documents.len(), 1);
    assert_eq!(outcome.reference, external_id);
}

pub(crate) fn last(told: &[Told]) -> &Outcome {
    match told.last() {
        Some(Told::Done(outcome)) => outcome,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_delivery_takes_an_exchange_for_each_step() {
    let world = World::new();
    let told = world.journey(&Task::delivery(2), &mut world.in_memory());
    assert_eq!(names(&told), ["done"]);
    assert_delivered_once(&world, last(&told), 0);
    assert_eq!(world.server.state().exchanges, EXCHANGES);
}

fn every_point(kept: impl Fn(&World) -> Kept) {
    for exchange in 1..=EXCHANGES {
        for kill in Kill::ALL {
            let world = World::new();
            world.server.plan(exchange, Turn::Kill(kill));
            let told = world.journey(&Task::delivery(2), &mut kept(&world));
            let (expected, unknown) = match kill.is_before_request() {
                true => ("not sent", 0),
                false => ("unknown", 1),
            };
            assert_eq!(names(&told), [expected, "done"], "{exchange} {kill:?}");
            assert_delivered_once(&world, last(&told), unknown);
        }
    }
}

#[test]
fn it_is_delivered_once_wherever_a_connection_ends() {
    every_point(World::in_memory);
}

#[test]
fn it_is_delivered_once_with_its_state_in_a_file() {
    every_point(World::in_file);
}

#[test]
fn it_is_delivered_once_however_often_connections_end() {
    // A small generator, so that a failure comes again.
    for seed in 1_u64..=12 {
        let world = World::new();
        let mut random = seed;
        for exchange in 1..=40 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(seed);
            let choice = (random >> 33) as usize % (3 * Kill::ALL.len());
            if let Some(kill) = Kill::ALL.get(choice / 2) {
                world.server.plan(exchange, Turn::Kill(*kill));
            }
        }
        let told = world.journey(&Task::delivery(2), &mut world.in_memory());
        let unknown = told.iter().filter(|told| told.name() == "unknown").count();
        assert_delivered_once(&world, last(&told), unknown);
    }
}

/// A second process that goes on without knowing of an answer finds it out from the agency.
#[test]
fn an_answer_that_was_lost_is_asked_for_again() {
    let world = World::new();
    world.server.plan(4, Turn::Kill(Kill::AfterProcessing));
    let told = world.journey(&Task::delivery(2), &mut world.in_memory());
    assert_eq!(last(&told).class.name(), "already-accepted");
    assert_eq!(arrivals(&world.server.journal(), "/messages"), 2);
}

#[test]
fn what_is_done_is_handed_over_until_somebody_says_that_it_was() {
    let world = World::new();
    let (task, sender) = (Task::delivery(2), world.process());
    let (mut progress, mut kept) = (task.progress(), world.in_memory());
    for _ in 0..3 {
        let run = sender.run(&mut progress, &task.content, &mut kept);
        let Ok(silta_gateway::operation::Stopped::Outcome(outcome, _)) = world.threads.run(run)
        else {
            panic!()
        };
        assert_delivered_once(&world, &outcome, 0);
        // The next process knows it from what was kept.
        progress = kept.load().unwrap();
    }
    assert_eq!(world.server.state().exchanges, EXCHANGES);
}

#[test]
fn a_list_goes_page_by_page_and_on_from_its_cursor() {
    let world = World::new();
    let state = |number: usize| {
        [
            format!("m-{number}"),
            format!("e-{number}"),
            "read".to_owned(),
        ]
    };
    world.server.state().agency.states = (0..11).map(state).collect();
    let task = Task::plain("list");
    let mut sender = world.process();
    let mut cursor = None;
    let mut seen = Vec::new();
    for (events, more) in [(8, true), (3, false), (0, false)] {
        let mut progress = task.progress().with_cursor(cursor.clone());
        let mut kept = world.in_memory();
        let run = sender.run(&mut progress, &task.content, &mut kept);
        let Ok(silta_gateway::operation::Stopped::Outcome(outcome, _)) = world.threads.run(run)
        else {
            panic!()
        };
        assert_eq!((outcome.events.len(), outcome.more_waits), (events, more));
        seen.extend(outcome.events.into_iter().map(|event| event.about.unwrap()));
        cursor = outcome.cursor;
        sender = world.process();
    }
    let all: Vec<_> = (0..11).map(|number| format!("e-{number}")).collect();
    assert_eq!(seen, all);
}
