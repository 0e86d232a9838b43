// SPDX-License-Identifier: Apache-2.0
//! Mistakes that clients of the interface are known to have made: a test for each, which would catch it here.

use serde_json::{Value, json};

use super::{
    service::FIRST_ID,
    world::{Task, World, data},
};
use crate::operations::{
    agency::Answer,
    journey::{Kept, Told, names},
    server::{Kill, Turn},
};

/// A token, an attachment, the message.
const MESSAGE: usize = 3;

fn event(kind: &str, id: i64, external_id: Option<&str>) -> Value {
    let mut metadata = json!({"messageId": id, "serviceId": "svc-1"});
    if let Some(external_id) = external_id {
        metadata["externalId"] = external_id.into();
    }
    json!({"type": kind, "eventTime": format!("2026-11-20T08:00:{:02}Z", id % 60), "metadata": metadata})
}

/// The answer that told of a message was lost, and the service says that it has it: that is success, with the id that it has had from the start.
#[test]
fn a_409_is_taken_for_a_failure() {
    for has_id in [true, false] {
        let world = World::new();
        world.server.state().agency.conflicts_have_id = has_id;
        world
            .server
            .plan(MESSAGE, Turn::Kill(Kill::AfterProcessing));
        let told = world.journey(
            &Task::message("send-electronic", json!({}), 1),
            &mut Kept::in_memory(),
        );
        assert_eq!(names(&told), ["unknown", "done"]);
        let Some(Told::Done(outcome)) = told.last() else {
            panic!()
        };
        assert_eq!(outcome.class.name(), "already-accepted");
        let [(kind, sent)] = &data(outcome)[..] else {
            panic!("{outcome:?}")
        };
        assert_eq!(
            (kind.as_str(), &sent["knownAlready"]),
            ("message-sent", &json!(true))
        );
        assert_eq!(sent["messageId"], FIRST_ID.to_string());
        // Where the answer had no id, it was asked for.
        let asked = world
            .paths()
            .iter()
            .filter(|path| *path == "/v1/messages/id")
            .count();
        assert_eq!(asked, usize::from(!has_id));
    }
}

/// Wherever a connection ends, however often: one message, under one id.
#[test]
fn a_new_external_id_is_made_for_each_attempt() {
    for exchange in 1..=MESSAGE {
        for kill in Kill::ALL {
            let world = World::new();
            world.server.plan(exchange, Turn::Kill(kill));
            let told = world.journey(
                &Task::message("send-electronic", json!({}), 1),
                &mut Kept::in_memory(),
            );
            let expected = match kill.is_before_request() {
                true => "not sent",
                false => "unknown",
            };
            // Nothing that may be repeated is unknown where a token is asked for.
            assert_eq!(names(&told), [expected, "done"], "{exchange} {kill:?}");
            let journal = world.server.journal();
            let mut ids: Vec<_> = journal
                .iter()
                .map(|it| it.call.text("externalId"))
                .collect();
            ids.retain(|id| !id.is_empty());
            ids.dedup();
            assert_eq!(ids.len(), 1, "{exchange} {kill:?}: {ids:?}");
            assert_eq!(world.server.state().agency.messages.len(), 1);
            let Some(Told::Done(outcome)) = told.last() else {
                panic!()
            };
            assert_eq!(outcome.reference, ids[0]);
        }
    }
}

/// The list is read until a page is empty, and not until one is short.
#[test]
fn one_page_is_read_for_each_run() {
    let world = World::new();
    {
        let state = &mut world.server.state().agency;
        state.page = 4;
        state.events = (0..10)
            .map(|number| event("Electronic message read", number, Some("e")))
            .collect();
    }
    let (mut cursor, mut counts, mut more) = (None, Vec::new(), true);
    while more {
        let outcome = world.done(&Task::new("poll-events", json!({})).with_cursor(cursor));
        counts.push(outcome.events.len());
        more = outcome.more_waits;
        cursor = outcome.cursor.clone();
    }
    assert_eq!(counts, [4, 4, 2, 0]);
    // What comes later is found from there.
    let later = event("Receipt confirmed", 11, Some("e"));
    world.server.state().agency.events.push(later);
    let outcome = world.done(&Task::new("poll-events", json!({})).with_cursor(cursor));
    assert_eq!(outcome.events.len(), 1);
}

#[test]
fn ids_are_kept_in_32_bits() {
    let world = World::new();
    let outcome = world.done(&Task::message("send-electronic", json!({}), 0));
    assert_eq!(data(&outcome)[0].1["messageId"], FIRST_ID.to_string());
    world.server.state().agency.events =
        vec![event("Electronic message created", i64::MAX, Some("e"))];
    let outcome = world.done(&Task::new("poll-events", json!({})));
    assert_eq!(data(&outcome)[0].1["messageId"], i64::MAX.to_string());
    let reply = json!({"inReplyToMessageId": i64::MAX - 1});
    world.done(&Task::message("reply", reply, 0));
    let journal = world.server.journal();
    let body = journal.last().unwrap().call.json();
    assert_eq!(body["electronic"]["inReplyToMessageId"], i64::MAX - 1);
}

/// A type that is new takes no other event with it, and is kept.
#[test]
fn types_of_events_are_a_closed_list() {
    let world = World::new();
    world.server.state().agency.events = vec![
        event("Electronic message created", 1, Some("e-1")),
        event("Posti: eaten by a dog", 2, Some("e-2")),
        json!({"type": 7, "metadata": {}}),
        event("Electronic message read", 3, Some("e-3")),
    ];
    let outcome = world.done(&Task::new("poll-events", json!({})));
    let kinds: Vec<_> = data(&outcome).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(
        kinds,
        [
            "delivery-status",
            "status-unrecognized",
            "list-entry-unreadable",
            "delivery-status"
        ]
    );
    let (_, unknown) = &data(&outcome)[1];
    assert_eq!(unknown["transport"]["metadata"]["externalId"], "e-2");
}

/// The service's places in the list have `+`, `/`, `=` and `&` in them, and are refused in any other form.
#[test]
fn a_continuation_token_is_put_into_the_url_as_it_is() {
    let world = World::with(json!({"events": {"on-invalid-cursor": "stop"}}));
    world.server.state().agency.events = (0..3)
        .map(|id| event("Electronic message read", id, None))
        .collect();
    let first = world.done(&Task::new("poll-events", json!({})));
    assert_eq!(first.cursor.as_deref(), Some("a+b/c=&3"));
    let second = world.done(&Task::new("poll-events", json!({})).with_cursor(first.cursor));
    assert_eq!(
        (second.events.len(), second.cursor.as_deref()),
        (0, Some("a+b/c=&3"))
    );
    let target = world.server.journal().last().unwrap().call.target.clone();
    assert_eq!(target, "/v2/events?continuationToken=a%2Bb%2Fc%3D%263");
}

/// What stands before the service answers in plain text.
#[test]
fn a_413_in_plain_text_cannot_be_read() {
    let world = World::new();
    let answer = Answer {
        headers: vec![("Content-Type", "text/plain; charset=utf-8".into())],
        ..Answer::new(413, "HTTP content length exceeded 10485760 bytes.".into())
    };
    world.server.plan(2, Turn::Answer(answer));
    let task = Task::message("send-electronic", json!({"externalId": "e-413"}), 1);
    let told = world.run(&world.process(), &task, &mut Kept::in_memory());
    // It is told as what it is, and is no reason to send the same again.
    assert!(
        matches!(&told, Told::Refused(code) if code == "http-413"),
        "{told:?}"
    );
    assert_eq!(world.paths(), ["/v1/token", "/v2/attachments"]);
}

/// A token that was had before is good for messages, and not for the change: the service takes the newest one there.
#[test]
fn a_stale_token_goes_into_change_password() {
    let world = World::new();
    let sender = world.process();
    let mut kept = Kept::in_memory();
    world.run(
        &sender,
        &Task::message("send-electronic", json!({}), 0),
        &mut kept,
    );
    // Somebody else has had a newer one meanwhile: the one that is in hand is stale.
    let other = world.process();
    world.run(
        &other,
        &Task::message("send-electronic", json!({}), 0),
        &mut Kept::in_memory(),
    );
    assert_eq!(world.server.state().agency.issued, 2);
    let told = world.run(
        &sender,
        &Task::new("change-password", json!({})),
        &mut Kept::in_memory(),
    );
    assert_eq!(told.name(), "done", "{told:?}");
    let state = world.server.state();
    let changes = state
        .journal
        .iter()
        .filter(|it| it.call.target == "/v1/change-password");
    assert_eq!(changes.map(|it| it.status).collect::<Vec<_>>(), [Some(200)]);
}

/// What a citizen writes has no id of ours, and neither need others.
#[test]
fn an_event_without_external_id_ends_the_page() {
    let world = World::new();
    world.server.state().agency.events = vec![
        event("Electronic message from end user", 7_000_000_000, None),
        event("Electronic message read", 5, None),
        event("Electronic message read", 6, Some("e-6")),
    ];
    let outcome = world.done(&Task::new("poll-events", json!({})));
    let about: Vec<_> = outcome
        .events
        .iter()
        .map(|event| event.about.as_deref())
        .collect();
    assert_eq!(about, [None, Some("e-6")]);
    let [follow_up] = &outcome.follow_ups[..] else {
        panic!("{:?}", outcome.follow_ups)
    };
    assert_eq!(follow_up.operation, "fetch-message");
    assert_eq!(follow_up.deduplication_key, "fetch-message/7000000000");
}
