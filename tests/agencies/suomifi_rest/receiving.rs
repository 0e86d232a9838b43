// SPDX-License-Identifier: Apache-2.0
//! What citizens write, and a list of events that is begun anew.

use serde_json::{Value, json};

use super::world::{Task, World, data};
use crate::operations::{
    journey::{Kept, names},
    server::{Kill, Turn},
};

fn citizen(id: i64, attachments: Value) -> Value {
    json!({
        "messageId": id, "createdAt": "2026-11-20T08:00:00Z",
        "sender": {"mailboxOwner": {"id": "010190-900P", "name": "Åke Öberg"}},
        "electronic": {
            "messageId": id, "createdAt": "2026-11-20T08:00:00Z", "title": "Kysymys", "body": "Hyvää päivää",
            "attachments": attachments, "thread": {"rootMessageId": 9, "threadExternalId": "e-9"},
        },
    })
}

fn fetch(id: i64) -> Task {
    Task::new(
        "fetch-message",
        json!({"messageId": id.to_string(), "serviceId": "svc-1", "eventTime": "2026-11-20T08:00:01Z"}),
    )
}

fn three_attachments() -> Value {
    json!([
        {"attachmentId": "a-1", "filename": "yksi.txt", "mediaType": "text/plain", "sizeBytes": 3},
        {"filename": "ei tunnistetta.txt"},
        {"attachmentId": "gone", "filename": "poissa.txt"},
        {"attachmentId": "a-2", "filename": "../kaksi.txt"},
    ])
}

/// The event names the documents that came along, whichever did not, and wherever a connection ended.
#[test]
fn a_message_comes_with_its_attachments_whatever_ends_between() {
    for (exchange, kill) in [
        (0, Kill::BeforeTls),
        (2, Kill::InAnswer),
        (3, Kill::AfterProcessing),
        (5, Kill::AfterHead),
    ] {
        let world = World::new();
        {
            let state = &mut world.server.state().agency;
            state
                .citizens
                .insert(5_000_000_000, citizen(5_000_000_000, three_attachments()));
            state.attachments.insert("a-1".into(), "abc".into());
            state.attachments.insert("a-2".into(), "defg".into());
        }
        if exchange > 0 {
            world.server.plan(exchange, Turn::Kill(kill));
        }
        let told = world.journey(&fetch(5_000_000_000), &mut Kept::in_memory());
        assert_eq!(*names(&told).last().unwrap(), "done");
        let Some(crate::operations::journey::Told::Done(outcome)) = told.last() else {
            panic!()
        };
        let documents: Vec<_> = (outcome.documents.iter())
            .map(|it| (it.name.as_str(), it.content.to_vec()))
            .collect();
        assert_eq!(
            documents,
            [
                ("yksi.txt", b"abc".to_vec()),
                ("kaksi.txt", b"defg".to_vec())
            ]
        );
        let [(kind, message)] = &data(outcome)[..] else {
            panic!("{outcome:?}")
        };
        assert_eq!(kind, "citizen-message");
        let places: Vec<_> = (message["attachments"].as_array().unwrap().iter())
            .map(|it| it["document"].clone())
            .collect();
        assert_eq!(places, [json!(0), Value::Null, Value::Null, json!(1)]);
        let missing = message["transport"]["missingAttachments"]
            .as_array()
            .unwrap();
        let missing: Vec<_> = missing.iter().map(|it| it["attachment"].clone()).collect();
        assert_eq!(missing, [1, 2]);
        assert_eq!(message["sender"]["id"]["id"], "010190-900P");
        assert_eq!(
            outcome.events[0].deduplication_key,
            "citizen-message/5000000000"
        );
        assert_eq!(outcome.events[0].about.as_deref(), Some("e-9"));
    }
}

/// A text that is too long to be carried is fetched once more when the attachments are there.
#[test]
fn a_long_message_comes_whole() {
    let world = World::new();
    let body = "Ä".repeat(40_000);
    {
        let state = &mut world.server.state().agency;
        let mut message = citizen(7, json!([{"attachmentId": "a-1", "filename": "a.txt"}]));
        message["electronic"]["body"] = body.clone().into();
        state.citizens.insert(7, message);
        state.attachments.insert("a-1".into(), "abc".into());
    }
    let outcome = world.done(&fetch(7));
    assert_eq!(data(&outcome)[0].1["body"], body);
    assert_eq!(data(&outcome)[0].1["attachments"][0]["document"], 0);
    assert_eq!(
        world.paths(),
        [
            "/v1/token",
            "/v2/messages/7",
            "/v1/attachments/a-1",
            "/v2/messages/7"
        ]
    );
}

#[test]
fn a_message_that_is_gone_is_told_of_once_and_for_all() {
    let world = World::new();
    let outcome = world.done(&fetch(8));
    assert_eq!(data(&outcome)[0].0, "citizen-message-unavailable");
    assert_eq!(
        outcome.events[0].deduplication_key,
        "citizen-message-unavailable/8"
    );
}

/// What comes again is known by its name.
#[test]
fn a_list_whose_place_is_refused_is_begun_anew() {
    let world = World::new();
    let event = json!({"type": "Electronic message read", "eventTime": "2026-11-20T08:00:00Z", "metadata": {"messageId": 1}});
    world.server.state().agency.events = vec![event];
    let before = world.done(&Task::new("poll-events", json!({})));
    let outcome =
        world.done(&Task::new("poll-events", json!({})).with_cursor(Some("too old".into())));
    let keys: Vec<_> = outcome.events.iter().map(|it| it.kind.as_str()).collect();
    assert_eq!(keys, ["events-restarted", "delivery-status"]);
    assert_eq!(
        outcome.events[1].deduplication_key,
        before.events[0].deduplication_key
    );
    assert_eq!(outcome.cursor.as_deref(), Some("a+b/c=&1"));
}

/// Several pages in a run, where the settings have it so.
#[test]
fn a_run_reads_as_many_pages_as_the_settings_say() {
    let world = World::with(json!({"events": {"pages-per-run": 3}}));
    {
        let state = &mut world.server.state().agency;
        state.page = 1;
        state.events = (0..5)
            .map(|id| json!({"type": "Electronic message read", "eventTime": "2026-11-20T08:00:00Z", "metadata": {"messageId": id}}))
            .collect();
    }
    let first = world.done(&Task::new("poll-events", json!({})));
    assert_eq!((first.events.len(), first.more_waits), (3, true));
    let second = world.done(&Task::new("poll-events", json!({})).with_cursor(first.cursor));
    assert_eq!((second.events.len(), second.more_waits), (2, false));
}
