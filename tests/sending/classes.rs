// SPDX-License-Identifier: Apache-2.0
//! What becomes of an operation after each end of a run.

use serde_json::{Value, json};
use silta_store::record::{Actor, Decided, Decision, End, OperationId, Source};

use super::office::{Office, quick};
use crate::operations::{
    agency::Answer,
    journey::{Task, arrivals},
    server::{Kill, Turn},
};

/// Which class the last run came to, and how many runs were counted.
fn last(office: &Office, id: OperationId) -> (String, u32) {
    let state = office.state(id);
    (
        state.last.map(|it| it.class).unwrap_or_default(),
        state.runs,
    )
}

#[test]
fn what_is_done_is_handed_out_once() {
    let office = Office::new();
    let id = office.submit(&Task::delivery(2));
    let _process = office.courier(quick());
    let ended = office.until_ended(id).ended.unwrap();
    assert_eq!(ended.end, End::Done);
    let entry = office.entries().remove(0);
    assert_eq!(
        (Some(entry.position), office.entries().len()),
        (ended.entry, 1)
    );
    let received = entry.received;
    assert_eq!(received.source, Source::Operation(id));
    let kinds: Vec<_> = received.events.iter().map(|it| it.kind.as_str()).collect();
    let uploaded = "attachment-uploaded";
    assert_eq!(kinds, [uploaded, uploaded, "message-delivered"]);
    assert_eq!(received.documents.len(), 1);
    assert_eq!(received.provenance.component.len(), 64);
    assert_eq!(office.state(id).progress, None);
}

#[test]
fn what_the_agency_refuses_for_now_goes_again() {
    for (class, told) in [
        ("retry-later", "retry-later-same-reference"),
        ("retry-anew", "retry-later-new-reference"),
    ] {
        let office = Office::new();
        for exchange in 1..=2 {
            let plan = Turn::worded(json!({ "class": class }));
            office.world.server.plan(exchange, plan);
        }
        office.world.server.plan(3, Turn::worded(json!({})));
        let id = office.submit(&Task::rogue());
        let process = office.rogue(quick());
        let state = office.until_ended(id);
        assert_eq!(state.ended.unwrap().end, End::Done);
        assert_eq!(last(&office, id), (told.to_owned(), 2));
        let runs = office.store.runs(id).unwrap();
        let classes: Vec<_> = runs.kept.iter().map(|run| run.class.as_str()).collect();
        assert_eq!((classes, runs.cut), (vec![told, told, "done"], 0));
        drop(process);
        assert_eq!(office.world.server.journal().len(), 3);
    }
}

#[test]
fn an_unknown_outcome_is_settled_by_the_same_bytes() {
    let office = Office::new();
    let server = &office.world.server;
    server.plan(2, Turn::Kill(Kill::AfterProcessing));
    server.plan(3, Turn::Kill(Kill::InAnswer));
    let id = office.submit(&Task::delivery(0));
    let _process = office.courier(quick());
    office.until_ended(id);
    assert_eq!(last(&office, id), ("unanswered".to_owned(), 2));
    let journal = server.journal();
    assert_eq!(arrivals(&journal, "/messages"), 3);
    let bodies = journal.iter().filter(|it| it.call.target == "/messages");
    let mut bodies: Vec<_> = bodies.map(|it| it.call.body.clone()).collect();
    bodies.dedup();
    assert_eq!(bodies.len(), 1);
    assert_eq!(server.state().agency.messages.len(), 1);
}

/// Whoever reads only the inbox hears of it.
#[test]
fn what_is_refused_is_told_in_the_inbox() {
    let office = Office::new();
    let refused = office.submit(&Task {
        parameters: r#"{"subject": "s"}"#,
        ..Task::delivery(0)
    });
    let process = office.courier(quick());
    let ended = office.until_ended(refused).ended.unwrap();
    assert_eq!(
        (ended.end, &*ended.code),
        (End::Refused, "parameter.missing")
    );
    let event = office.events().remove(0);
    assert_eq!(event.kind, "silta.operation-refused");
    let data: Value = serde_json::from_str(&event.data).unwrap();
    assert_eq!(data["operation"], refused.0);
    assert_eq!(
        (&data["name"], &data["code"]),
        (&json!("deliver"), &json!("parameter.missing"))
    );
    drop(process);
    // The agency says no: what it handed out comes along.
    let office = Office::new();
    let plan = json!({ "class": "fix-first", "event": "{}" });
    office.world.server.plan(1, Turn::worded(plan));
    let id = office.submit(&Task::rogue());
    let _process = office.rogue(quick());
    let ended = office.until_ended(id).ended.unwrap();
    assert_eq!((ended.end, &*ended.code), (End::Refused, "http-200"));
    let kinds: Vec<_> = office.events().into_iter().map(|it| it.kind).collect();
    assert_eq!(kinds.len(), 2);
    assert_eq!(kinds[1], "silta.operation-refused");
}

#[test]
fn what_is_denied_waits_for_a_human() {
    let office = Office::new();
    office
        .world
        .server
        .plan(1, Turn::worded(json!({ "class": "denied" })));
    office.world.server.plan(2, Turn::worded(json!({})));
    let id = office.submit(&Task::rogue());
    let _process = office.rogue(quick());
    let held = office.until_held(id);
    assert!(held.held.unwrap().contains("certificate"));
    assert_eq!(last(&office, id), ("denied".to_owned(), 1));
    assert_eq!(office.world.server.journal().len(), 1);
    let decided = office
        .store
        .decide(id, None, Decision::Resume, &Actor::default());
    assert_eq!(decided, Ok(Decided::Done));
    assert_eq!(office.until_ended(id).ended.unwrap().end, End::Done);
}

/// A repetition may take effect twice: it is made when a human says so, and once for each time that he does.
#[test]
fn what_may_take_effect_twice_waits_for_a_human() {
    let office = Office::new();
    let server = &office.world.server;
    server.plan(1, Turn::Kill(Kill::BeforeProcessing));
    server.plan(2, Turn::Kill(Kill::BeforeProcessing));
    server.plan(3, Turn::worded(json!({})));
    let id = office.submit(&Task::rogue());
    let _process = office.rogue(quick());
    for sent in 1..=2 {
        let held = office.until_held(id);
        assert_eq!(held.last.unwrap().class, "may-repeat");
        assert_eq!(server.state().exchanges, sent);
        office
            .store
            .decide(id, None, Decision::Resume, &Actor::default())
            .unwrap();
    }
    assert_eq!(office.until_ended(id).ended.unwrap().end, End::Done);
    assert_eq!(server.state().exchanges, 3);
}

#[test]
fn bytes_are_sent_as_often_as_is_declared() {
    let office = Office::new();
    for exchange in 2..=6 {
        let kill = Turn::Kill(Kill::BeforeProcessing);
        office.world.server.plan(exchange, kill);
    }
    let id = office.submit(&Task::delivery(0));
    let _process = office.courier(super::breaker::patient());
    assert_eq!(office.until_held(id).last.unwrap().class, "exhausted");
    assert_eq!(arrivals(&office.world.server.journal(), "/messages"), 5);
}

/// A component that crashes is tried some times, over restarts; then somebody has to look, and nothing is lost.
#[test]
fn what_fails_by_a_defect_of_ours_waits_for_a_human() {
    let office = Office::new();
    let id = office.submit(&Task {
        operation: "crash",
        ..Task::rogue()
    });
    let seldom = silta_gateway::SendingSettings {
        internal_faults: 4,
        ..quick()
    };
    let process = office.rogue(seldom.clone());
    office.until("it is tried", |it| it.state(id).runs >= 1);
    drop(process);
    let _process = office.rogue(seldom);
    let last = office.until_held(id).last.unwrap();
    assert_eq!((&*last.class, last.times), ("internal", 4));
    assert_eq!(last.code, "component.crash");
    assert_eq!(office.world.server.state().exchanges, 0);
    office
        .store
        .decide(id, None, Decision::Cancel, &Actor::default())
        .unwrap();
    let kinds: Vec<_> = office.events().into_iter().map(|it| it.kind).collect();
    assert_eq!(kinds, ["silta.operation-held", "silta.operation-given-up"]);
}

/// An outcome that is not the end may tell something all the same.
#[test]
fn what_an_answer_brings_is_handed_out_though_the_operation_goes_on() {
    let office = Office::new();
    let plan = json!({ "class": "retry-later", "event": "{\"a\": 1}" });
    office.world.server.plan(1, Turn::worded(plan.clone()));
    office.world.server.plan(2, Turn::worded(plan));
    office.world.server.plan(3, Turn::worded(json!({})));
    let id = office.submit(&Task::rogue());
    let _process = office.rogue(quick());
    office.until_ended(id);
    // Both have the same key.
    let data: Vec<_> = office.events().into_iter().map(|it| it.data).collect();
    assert_eq!(data, [r#"{"a": 1}"#]);
}

#[test]
fn the_agency_s_time_is_waited_for() {
    let office = Office::new();
    let refusal = Answer {
        headers: vec![("Retry-After", "3600".into())],
        ..Answer::new(429, json!({ "code": "busy" }))
    };
    office.world.server.plan(2, Turn::Answer(refusal));
    let id = office.submit(&Task::delivery(0));
    let process = office.courier(quick());
    office.until("it is put off", |it| it.state(id).runs == 1);
    drop(process);
    let left = office.state(id).until.0 - office.store.now().unwrap().0;
    assert!((3_400_000..=3_600_000).contains(&left), "{left}");
    let _process = office.courier(quick());
    // A human does not want to wait.
    office
        .store
        .decide(id, None, Decision::Resume, &Actor::default())
        .unwrap();
    assert_eq!(office.until_ended(id).ended.unwrap().end, End::Done);
}

#[test]
fn a_password_is_replaced_as_anything_else_is_sent() {
    let office = Office::new();
    let id = office.submit(&Task::plain("change-password"));
    let process = office.courier(quick());
    assert_eq!(office.until_ended(id).ended.unwrap().end, End::Done);
    assert_eq!(office.world.server.state().agency.replaced.len(), 1);
    drop(process);
    let id = office.submit(&Task::delivery(0));
    let _process = office.courier(quick());
    assert_eq!(office.until_ended(id).ended.unwrap().end, End::Done);
}

/// One that has to be corrected first stops none but its own conversation.
#[test]
fn a_conversation_goes_one_after_the_other() {
    let office = Office::new();
    let of = |task: &Task| silta_store::record::Submission {
        lane: Some("x".into()),
        ..super::office::submission(task)
    };
    office
        .world
        .server
        .plan(1, Turn::worded(json!({ "class": "denied" })));
    for exchange in 2..=3 {
        office.world.server.plan(exchange, Turn::worded(json!({})));
    }
    office.store.submit(&of(&Task::rogue())).unwrap();
    let process = office.rogue(quick());
    office.until("it is held", |it| it.store.status().unwrap().held == 1);
    office.store.submit(&of(&Task::rogue())).unwrap();
    let free = office.submit(&Task::rogue());
    office.until_ended(free);
    drop(process);
    assert_eq!(office.store.status().unwrap().queued, 2);
}
