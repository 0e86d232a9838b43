// SPDX-License-Identifier: Apache-2.0
//! Messages on their way: uploads, channels, and remedies for refusals.

use serde_json::json;

use super::world::{Task, World, data, paper};
use crate::operations::{
    agency::Answer,
    journey::{Kept, Told, names},
    server::{Kill, Turn},
};

#[test]
fn attachments_go_up_one_by_one_and_are_named_by_the_message() {
    let world = World::new();
    let outcome = world.done(&Task::message(
        "send-electronic",
        json!({"externalId": "case 1/å"}),
        3,
    ));
    assert_eq!(outcome.reference, "case 1/å");
    let state = world.server.state();
    let uploads: Vec<_> = state.agency.uploads.iter().collect();
    assert_eq!(uploads.len(), 3);
    let (_, second) = uploads[1];
    assert_eq!(
        (second.name.as_str(), second.media_type.as_str()),
        ("liite 2.pdf", "application/pdf")
    );
    assert_eq!(second.content, b"%PDF-1.7 number 2");
    let taken = &state.agency.messages["case 1/å"];
    let named = taken.body["electronic"]["attachments"].as_array().unwrap();
    let named: Vec<_> = named
        .iter()
        .map(|it| it["attachmentId"].as_str().unwrap())
        .collect();
    assert_eq!(
        named,
        uploads
            .iter()
            .map(|(id, _)| id.as_str())
            .collect::<Vec<_>>()
    );
}

#[test]
fn a_letter_and_a_message_have_the_same_upload_and_the_password_of_posti() {
    let world = World::new();
    let task = Task::message(
        "send-multichannel",
        json!({"externalId": "e", "paper": paper()}),
        2,
    );
    world.done(&task);
    let state = world.server.state();
    let body = &state.agency.messages["e"].body;
    let paper = &body["paperMail"];
    assert_eq!(
        paper["attachments"][0],
        body["electronic"]["attachments"][0]
    );
    assert_eq!(
        paper["recipient"]["address"]["streetAddress"],
        "Testikatu 1 A 2"
    );
    let posti = &paper["printingAndEnvelopingService"]["postiMessaging"];
    assert_eq!(posti["password"], super::case::POSTI);
    drop(state);
    let world = World::new();
    world.done(&Task::new_letter());
    let state = world.server.state();
    let taken = state.agency.messages.values().next().unwrap();
    assert_eq!(taken.path, "/v2/paper-mail-without-id");
    assert_eq!(taken.body.get("recipient"), None);
}

#[test]
fn a_closed_mailbox_fails_or_is_passed_by_on_paper_with_the_same_id() {
    let parameters = json!({"externalId": "e", "paper": paper()});
    for (wanted, expected) in [("fail", "refused"), ("multichannel", "done")] {
        let world = World::with(json!({"on-mailbox-not-in-use": wanted}));
        world
            .server
            .state()
            .agency
            .closed
            .insert("010190-900P".into());
        let task = Task::message("send-electronic", parameters.clone(), 1);
        let told = world.run(&world.process(), &task, &mut Kept::in_memory());
        assert_eq!(told.name(), expected, "{told:?}");
        let state = world.server.state();
        let taken = state
            .agency
            .messages
            .get("e")
            .map(|taken| taken.path.as_str());
        assert_eq!(taken, (wanted == "multichannel").then_some("/v2/messages"));
        assert_eq!(state.agency.uploads.len(), 1);
    }
    // Without a letter there is nothing that could go.
    let world = World::with(json!({"on-mailbox-not-in-use": "multichannel"}));
    world
        .server
        .state()
        .agency
        .closed
        .insert("010190-900P".into());
    let task = Task::message("send-electronic", json!({}), 0);
    let told = world.run(&world.process(), &task, &mut Kept::in_memory());
    assert!(
        matches!(&told, Told::Refused(code) if code == "MAILBOX_NOT_IN_USE"),
        "{told:?}"
    );
}

#[test]
fn visibility_is_added_once_where_the_service_asks_for_it() {
    let world = World::new();
    world.server.state().agency.wants_visibility = true;
    let outcome = world.done(&Task::message(
        "send-electronic",
        json!({"externalId": "e"}),
        1,
    ));
    assert_eq!(data(&outcome)[0].0, "message-sent");
    let state = world.server.state();
    assert_eq!(
        state.agency.messages["e"].body["electronic"]["visibility"],
        "Normal"
    );
    drop(state);
    // Where it is set and refused, that is that.
    let world = World::with(json!({"visibility": "normal"}));
    let task = Task::message("send-electronic", json!({}), 0);
    let told = world.run(&world.process(), &task, &mut Kept::in_memory());
    assert!(
        matches!(&told, Told::Refused(code) if code == "http-400"),
        "{told:?}"
    );
}

#[test]
fn an_answer_to_what_is_gone_fails_or_goes_as_a_new_message() {
    for (wanted, expected) in [("fail", "refused"), ("send-new", "done")] {
        let world = World::with(json!({"on-reply-target-missing": wanted}));
        world.server.state().agency.gone.insert(77);
        let task = Task::message(
            "reply",
            json!({"externalId": "e", "inReplyToMessageId": 77}),
            0,
        );
        let told = world.run(&world.process(), &task, &mut Kept::in_memory());
        assert_eq!(told.name(), expected, "{told:?}");
        let state = world.server.state();
        let electronic = state
            .agency
            .messages
            .get("e")
            .map(|taken| taken.body["electronic"].clone());
        assert_eq!(electronic.is_some(), wanted == "send-new");
        assert!(electronic.is_none_or(|it| it.get("inReplyToMessageId").is_none()));
    }
}

/// A refusal after a sending of which nobody knows is looked into.
#[test]
fn a_refusal_of_what_may_have_arrived_is_doubted() {
    for kill in [Kill::BeforeProcessing, Kill::AfterProcessing] {
        let world = World::new();
        world.server.plan(2, Turn::Kill(kill));
        let task = Task::message("send-electronic", json!({"externalId": "e"}), 0);
        let mut kept = Kept::in_memory();
        assert_eq!(
            world.run(&world.process(), &task, &mut kept).name(),
            "unknown"
        );
        let refused = Answer::new(400, json!({"reason": "Attachment not found"}));
        world.server.plan(2, Turn::Answer(refused));
        let told = world.run(&world.process(), &task, &mut kept);
        match kill {
            Kill::AfterProcessing => assert_eq!(told.name(), "done", "{told:?}"),
            _ => assert!(
                matches!(&told, Told::Refused(code) if code == "http-400"),
                "{told:?}"
            ),
        }
        assert_eq!(world.paths().last().unwrap(), "/v1/messages/id");
    }
}

/// What the service refuses for now goes later with the same bytes, whatever it was.
#[test]
fn what_is_refused_for_now_goes_later_as_it_was() {
    for (status, body) in [
        (429, json!({"message": "Too Many Requests"})),
        (503, "Service Unavailable".into()),
        (
            400,
            json!({"reason": "no", "validationErrors": [{"error": "no", "errorCode": "SERVICE_NOT_ACTIVE"}]}),
        ),
    ] {
        let world = World::new();
        world
            .server
            .plan(2, Turn::Answer(Answer::new(status, body)));
        let (task, mut kept) = (
            Task::message("send-electronic", json!({}), 0),
            Kept::in_memory(),
        );
        let told = world.run(&world.process(), &task, &mut kept);
        assert_eq!(told.name(), "refused", "{status}: {told:?}");
        let told = world.journey(&task, &mut kept);
        assert_eq!(names(&told), ["done"], "{status}");
        let journal = world.server.journal();
        let bodies: Vec<_> = (journal.iter())
            .filter(|it| it.call.target == "/v2/messages/electronic")
            .map(|it| it.call.body.clone())
            .collect();
        assert_eq!(bodies.len(), 2);
        assert_eq!(bodies[0], bodies[1]);
    }
}

/// An expired token is obtained again, and the same bytes go once more.
#[test]
fn a_token_that_has_run_out_is_obtained_again() {
    for exchange in [2, 3] {
        let world = World::new();
        world.server.plan(exchange, Turn::Revoke);
        let outcome = world.done(&Task::message("send-electronic", json!({}), 1));
        assert_eq!(outcome.class.name(), "done");
        assert_eq!(world.server.state().agency.issued, 2);
    }
}

impl Task {
    /// A letter to an address alone.
    fn new_letter() -> Self {
        let letter = Self::message("send-paper", json!({}), 1);
        letter.with_parameters(json!({"paper": paper()}))
    }
}
