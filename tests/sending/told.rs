// SPDX-License-Identifier: Apache-2.0
//! What the inbox hears of operations that do not go well.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use silta_gateway::{OPERATION_HELD, UNREADABLE, outbound::ConnectSettings};
use silta_store::{
    SetClock, SqliteSettings, Timestamp,
    record::{Actor, Decision, Event, Submission, Submitted},
};

use super::{
    office::{Office, quick, submission},
    polls::{INTERVAL, polling},
};
use crate::operations::{
    agency::Answer,
    journey::Task,
    server::{Kill, Turn, settings as trusting},
};

/// Media type by which a test words the outcome of the rogue component.
const WORDED: &str = "application/vnd.rogue.outcome+json";

const START: Timestamp = Timestamp(1_800_000_000_000);

fn of_kind(office: &Office, kind: &str) -> Vec<Event> {
    let events = office.events().into_iter();
    events.filter(|event| event.kind == kind).collect()
}

fn data(event: &Event) -> Value {
    serde_json::from_str(&event.data).unwrap()
}

#[test]
fn each_hold_is_told_once_with_what_to_do() {
    let office = Office::new();
    let denied = || {
        Turn::Answer(Answer::new(
            403,
            json!({ "code": "denied", "message": "no" }),
        ))
    };
    office.world.server.plan(2, denied());
    let id = office.submit(&Task::delivery(0));
    let process = office.courier(quick());
    office.until_held(id);
    let told = of_kind(&office, OPERATION_HELD);
    assert_eq!(told.len(), 1);
    let told = data(&told[0]);
    assert_eq!(
        (&told["operation"], &told["name"]),
        (&json!(id.0), &json!("deliver"))
    );
    assert_eq!(told["class"], "denied");
    assert!(
        told["remedy"]
            .as_str()
            .unwrap()
            .contains("silta operations resume"),
        "{told}"
    );
    drop(process);
    // A restart tells nothing more: it is held already.
    let _process = office.courier(quick());
    // A second hold is another one, for the same reason as well.
    office.world.server.plan(2, denied());
    office
        .store
        .decide(id, None, Decision::Resume, &Actor::default())
        .unwrap();
    office.until("it is held again", |it| {
        of_kind(it, OPERATION_HELD).len() == 2
    });
    office.until_held(id);
    assert_eq!(of_kind(&office, OPERATION_HELD).len(), 2);
}

#[test]
fn a_poll_that_is_refused_is_told_once_for_each_reason_until_it_is_done() {
    let clock = SetClock::at(START);
    let office = Office::with(SqliteSettings {
        clock: Arc::new(clock.clone()),
        ..SqliteSettings::default()
    });
    let refused = |code: &str| {
        let answer = json!({ "code": code, "message": "no" });
        Turn::Answer(Answer::new(400, answer))
    };
    let mut runs = 0;
    // A token is obtained by the first.
    for (turn, told) in [
        (Some("a"), 1),
        (Some("a"), 1),
        (Some("b"), 2),
        (Some("a"), 3),
        (None, 3),
        (Some("a"), 4),
    ] {
        if let Some(code) = turn {
            office.world.server.plan(2, refused(code));
        }
        // A process for each: nothing is remembered but in the store, and each obtains a token.
        let gateway = polling(&office);
        runs += 1;
        let ended = |it: &Office| {
            let status = it.store.status().unwrap();
            let pages = it.world.server.journal();
            let lists = pages.iter().filter(|it| it.call.method == "GET").count();
            status.queued == 0 && lists == runs
        };
        office.until("the poll has been run", ended);
        drop(gateway);
        let events = of_kind(&office, "silta.operation-refused");
        assert_eq!(events.len(), told, "{turn:?}: {events:?}");
        clock.set(START.after(INTERVAL * u32::try_from(runs).unwrap()));
    }
}

#[test]
fn answers_that_mean_nothing_are_kept_as_often_as_is_allowed() {
    let office = Office::new();
    let nonsense = |number: u32| {
        let answer = Answer {
            headers: vec![("Content-Type", "application/json".into())],
            ..Answer::new(200, json!({ "nonsense": number }))
        };
        Turn::Answer(answer)
    };
    // The same twice, which is one of the three, then others.
    for (exchange, number) in [(2, 1), (3, 1), (4, 2), (5, 3), (6, 4)] {
        office.world.server.plan(exchange, nonsense(number));
    }
    office.submit(&Task::delivery(0));
    let three = silta_gateway::SendingSettings {
        unreadable_answers_per_hour: 3,
        unreadable_answer_bytes: 1_024,
        breaker_calls: 1_000,
        ..quick()
    };
    let _process = office.courier(three);
    office.until("answers have come", |it| {
        it.world.server.state().exchanges >= 6
    });
    office.until("three are kept", |it| of_kind(it, UNREADABLE).len() == 3);
    std::thread::sleep(Duration::from_millis(50));
    let kept = of_kind(&office, UNREADABLE);
    assert_eq!(kept.len(), 3, "the fourth has no room: {kept:?}");
    let first = data(&kept[0]);
    assert_eq!(
        (&first["transport"], &first["status"]),
        (&json!("answer"), &json!(200))
    );
    assert_eq!(first["operation"], "deliver");
    let entry = office
        .entries()
        .into_iter()
        .find(|entry| {
            entry
                .received
                .events
                .first()
                .is_some_and(|it| it.kind == UNREADABLE)
        })
        .unwrap();
    let document = &entry.received.documents[0];
    assert_eq!(document.name, "answer");
    let body = office.store.body(document.body).unwrap().unwrap().to_vec();
    assert_eq!(body, br#"{"nonsense":1}"#);
}

/// A component that makes an outcome of everything would otherwise hide that its agency's answers cannot be read.
#[test]
fn an_answer_of_success_without_a_code_is_kept() {
    let worded = |status, class: &str| {
        let outcome = Answer::new(status, json!({ "class": class }));
        let media_type = ("Content-Type", WORDED.to_owned());
        Turn::Answer(Answer {
            headers: vec![media_type],
            ..outcome
        })
    };
    let office = Office::new();
    // Of another status, that status is what the answer says.
    office.world.server.plan(1, worded(503, "retry-later"));
    office.world.server.plan(2, worded(200, "retry-later"));
    // "Not yet" is what this one says.
    office.world.server.plan(3, worded(202, "retry-later"));
    office.world.server.plan(4, worded(200, "done"));
    let id = office.submit(&Task {
        agency: "rogue",
        ..Task::plain("behave")
    });
    let _process = office.rogue(quick());
    office.until_ended(id);
    let kept = of_kind(&office, UNREADABLE);
    let told: Vec<_> = kept.iter().map(data).collect();
    let told: Vec<_> = told.iter().map(|it| (&it["status"], &it["code"])).collect();
    assert_eq!(told, [(&json!(200), &json!("http-200"))]);
}

#[test]
fn an_agency_is_told_the_trace_only_where_that_is_set() {
    const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    for send_trace in [false, true] {
        let office = Office::new();
        // The same bytes each time that it is sent.
        office
            .world
            .server
            .plan(2, Turn::Kill(Kill::AfterProcessing));
        let wish = Submission {
            trace: Some(TRACE.into()),
            ..submission(&Task::delivery(0))
        };
        let (Submitted::New(id) | Submitted::Known(id)) = office.store.submit(&wish).unwrap();
        let connect = ConnectSettings {
            send_trace,
            ..trusting()
        };
        let _process = office.process(("courier", office.world.courier()), connect, quick());
        office.until_ended(id);
        let journal = office.world.server.journal();
        let messages = journal.iter().filter(|it| it.call.target == "/messages");
        let told: Vec<_> = messages
            .map(|it| it.call.fields.get("traceparent").map(String::as_str))
            .collect();
        assert_eq!(told, [send_trace.then_some(TRACE); 2]);
        let traces = office.entries().into_iter().map(|it| it.received.trace);
        assert!(traces.eq([Some(TRACE.to_owned())]));
    }
}
