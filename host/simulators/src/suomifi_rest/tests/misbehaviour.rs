// SPDX-License-Identifier: Apache-2.0
//! Each misbehaviour, as its client meets it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::super::{ErrorCode, Misbehaviour, Operation, Script, SuomifiRestSetup, Verdict};
use super::client::{Client, Reply, electronic, encoded, multichannel, paper};
use super::suomifi;
use crate::misbehaviour::Misbehaving;

fn send(client: &Client, external_id: &str) -> Reply {
    client.post("/v2/messages/electronic", &electronic(external_id))
}

/// A sending that gets no answer.
fn send_in_vain(client: &Client, external_id: &str) {
    let headers = "Content-Type: application/json\r\n";
    let body = electronic(external_id).to_string();
    let answer = client.call("POST", "/v2/messages/electronic", headers, &body);
    assert!(answer.is_err(), "{answer:?}");
}

/// Whether a message was accepted although the client cannot know.
fn is_kept(client: &Client) -> bool {
    let last = client.last();
    let is_kept = !client.sent().is_empty();
    let verdict = if is_kept {
        Verdict::Accepted
    } else {
        Verdict::Unjudged
    };
    assert_eq!(last.verdict, verdict);
    is_kept
}

#[test]
fn refusals_come_without_a_look_at_the_request() {
    for (name, status) in [
        ("token-expired", 401),
        ("bad-request", 400),
        ("unsupported-type", 415),
        ("bad-gateway", 502),
    ] {
        let client = suomifi();
        client.misbehave(name.parse::<Misbehaviour>().unwrap());
        send(&client, "a-1").refused(status);
        assert!(!is_kept(&client), "{name}");
        assert_eq!(client.last().misbehaviour.unwrap().name(), name);
        assert_eq!(send(&client, "a-1").status == 200, name != "token-expired");
    }
}

#[test]
fn an_expired_token_stays_expired() {
    let mut client = suomifi();
    client.misbehave(Misbehaviour::TokenExpired);
    // The token call is no occasion.
    client.renew();
    client.page(None).refused(401);
    client.page(None).refused(401);
    client.renew();
    client.page(None).ok();
}

#[test]
fn a_right_password_is_refused() {
    let client = suomifi();
    client.misbehave(Misbehaviour::TokenRefused);
    client.page(None).ok();
    let ask = || client.ask_for_token(SuomifiRestSetup::USERNAME, SuomifiRestSetup::PASSWORD);
    ask().refused(400);
    ask().ok();
}

#[test]
fn each_code_of_a_validation_error() {
    for name in [
        "MAILBOX_NOT_IN_USE",
        "MESSAGE_BEING_REPLIED_TO_NOT_FOUND",
        "SERVICE_NOT_ACTIVE",
        "SYSTEM_NOT_ACTIVE",
    ] {
        let client = suomifi();
        let misbehaviour: Misbehaviour = format!("validation={name}").parse().unwrap();
        client.misbehave(misbehaviour);
        // Only the electronic call has codes.
        client
            .post("/v2/messages", &multichannel("b-1", &client.pdf()))
            .message_id();
        assert_eq!(
            send(&client, "a-1").validation_errors()[0]["errorCode"],
            name
        );
        assert_eq!(client.sent().len(), 1);
    }
    assert!("validation=OTHER".parse::<Misbehaviour>().is_err());
    assert_eq!(
        "validation".parse(),
        Ok(Misbehaviour::Validation(ErrorCode::MailboxNotInUse))
    );
}

#[test]
fn answers_of_gateways_are_in_other_shapes() {
    let client = suomifi();
    client.misbehave(Misbehaviour::TooLarge);
    let reply = send(&client, "a-1");
    assert_eq!(reply.status, 413);
    assert!(reply.head.contains("text/plain") && reply.body.contains("10485760"));
    client.misbehave(Misbehaviour::TooManyRequests(Duration::from_millis(1_500)));
    let reply = send(&client, "a-1");
    assert_eq!(reply.status, 429);
    assert!(reply.head.contains("retry-after: 2\r\n"), "{}", reply.head);
    client.misbehave(Misbehaviour::GatewayPage);
    let reply = send(&client, "a-1");
    assert_eq!(reply.status, 503);
    assert!(reply.head.contains("text/html") && reply.body.starts_with("<html>"));
    client.misbehave(Misbehaviour::Forbidden);
    let reply = send(&client, "a-1");
    assert_eq!(reply.status, 403);
    assert!(reply.json()["message"].is_string());
    assert!(!reply.head.contains("traceid"));
    assert!(!is_kept(&client));
}

#[test]
fn what_is_there_is_not_found() {
    let client = suomifi();
    let id = send(&client, "a-1").message_id();
    client.misbehave(Misbehaviour::NotFound);
    client.page(None).ok();
    let lookup = || client.get("/v1/messages/id?externalId=a-1");
    lookup().refused(404);
    assert_eq!(lookup().message_id(), id);
}

#[test]
fn the_answer_gets_lost_before_or_after_the_message_is_kept() {
    for (misbehaviour, kept) in [(Misbehaviour::Drop, false), (Misbehaviour::DropKept, true)] {
        let client = suomifi();
        client.misbehave(misbehaviour);
        send_in_vain(&client, "a-1");
        assert_eq!(client.last().http_status, 0);
        assert_eq!(is_kept(&client), kept);
        let again = send(&client, "a-1");
        assert_eq!(again.status, if kept { 409 } else { 200 });
        assert!(again.json()["messageId"].is_i64());
        assert_eq!(client.sent().len(), 1);
    }
}

#[test]
fn a_gateway_fails_after_the_message_is_kept() {
    let client = suomifi();
    client.misbehave(Misbehaviour::BadGatewayKept);
    send(&client, "a-1").refused(502);
    assert!(is_kept(&client));
    assert_eq!(send(&client, "a-1").status, 409);
}

#[test]
fn a_conflict_has_no_id_but_the_lookup_has() {
    let client = suomifi();
    client.misbehave(Script::new().always(Misbehaviour::ConflictWithoutId));
    for _ in 0..2 {
        send(&client, "a-1").refused(409);
    }
    let id = client.sent()[0].message_id;
    assert_eq!(
        client.get("/v1/messages/id?externalId=a-1").message_id(),
        id
    );
    // A refusal stays one.
    assert_eq!(client.post("/v2/messages", &json!({})).status, 400);
    client.behave();
    assert_eq!(send(&client, "a-1").json()["messageId"], id);
}

#[test]
fn an_answer_is_held_back() {
    let client = suomifi();
    client.misbehave(Misbehaviour::Slow(Duration::from_millis(300)));
    let started = Instant::now();
    send(&client, "a-1").message_id();
    assert!(started.elapsed() >= Duration::from_millis(300));
}

#[test]
fn json_breaks_off() {
    let client = suomifi();
    client.misbehave(Misbehaviour::UnreadableJson);
    let reply = send(&client, "a-1");
    assert_eq!(reply.status, 200);
    assert!(
        serde_json::from_str::<Value>(&reply.body).is_err(),
        "{reply:?}"
    );
    assert!(is_kept(&client));
}

#[test]
fn properties_that_nobody_knows_are_everywhere() {
    let client = suomifi();
    send(&client, "a-1");
    client.misbehave(Script::new().always(Misbehaviour::ExtraProperties));
    let page = client.page(None).ok();
    for pointer in ["", "/events/0", "/events/1/metadata"] {
        assert!(
            page.pointer(&format!("{pointer}/extraProperty")).is_some(),
            "{page}"
        );
    }
    assert!(send(&client, "a-2").ok()["extraProperty"].is_object());
    assert!(send(&client, "a-2").json()["extraProperty"].is_object());
}

#[test]
fn the_content_type_has_a_charset() {
    let client = suomifi();
    client.misbehave(Misbehaviour::CharsetParameter);
    let reply = client.page(None);
    assert!(
        reply
            .head
            .contains("content-type: application/json; charset=utf-8\r\n")
    );
    assert!(
        client
            .page(None)
            .head
            .contains("content-type: application/json\r\n")
    );
}

#[test]
fn ids_grow_beyond_what_clients_keep_them_in() {
    for (misbehaviour, beyond) in [
        (Misbehaviour::IdBeyond32Bits, 1_i64 << 32),
        (Misbehaviour::IdBeyond53Bits, 1_i64 << 53),
    ] {
        let client = suomifi();
        client.misbehave(misbehaviour);
        let id = send(&client, "a-1").message_id();
        assert!(id > beyond);
        assert_eq!(client.events(None).0[0]["metadata"]["messageId"], id);
        assert_eq!(send(&client, "a-2").message_id(), id + 1);
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "that it gets lost is the point"
    )]
    let rounded = ((1_i64 << 53) + 1) as f64 as i64;
    assert_ne!(rounded, (1_i64 << 53) + 1);
}

/// What a page of two messages is turned into.
fn page(misbehaviour: Misbehaviour) -> (Client, Vec<Value>) {
    let client = suomifi();
    for external_id in ["a-1", "a-2"] {
        send(&client, external_id);
    }
    client.misbehave(misbehaviour);
    let page = client.page(None).ok();
    assert!(page["continuationToken"].is_string());
    (client, page["events"].as_array().unwrap().clone())
}

#[test]
fn pages_are_empty_repeated_out_of_order_or_strange() {
    let (client, events) = page(Misbehaviour::EmptyPage);
    assert!(events.is_empty());
    let right = client.events(None).0;
    assert_eq!(right.len(), 4);
    let types = |events: &[Value]| -> Vec<_> {
        let key = |event: &Value| (event["type"].to_string(), event["metadata"].to_string());
        events.iter().map(key).collect()
    };
    let (_, events) = page(Misbehaviour::RepeatedEvents);
    let twice: Vec<_> = types(&right)
        .into_iter()
        .flat_map(|own| [own.clone(), own])
        .collect();
    assert_eq!(types(&events), twice);
    let (_, events) = page(Misbehaviour::EventsOutOfOrder);
    let mut backwards = types(&right);
    backwards.reverse();
    assert_eq!(types(&events), backwards);
    let (_, events) = page(Misbehaviour::UnknownEventType);
    assert_eq!(types(&events)[1..], types(&right));
    assert!(!right.iter().any(|event| event["type"] == events[0]["type"]));
    let (_, events) = page(Misbehaviour::NoExternalIds);
    assert_eq!(events.len(), 4);
    assert!(
        events
            .iter()
            .all(|event| event["metadata"].get("externalId").is_none())
    );
    assert!(
        events
            .iter()
            .all(|event| event["metadata"]["messageId"].is_i64())
    );
}

#[test]
fn the_token_of_an_empty_page_loses_nothing() {
    let client = suomifi();
    send(&client, "a-1");
    let (_, token) = client.events(None);
    send(&client, "a-2");
    client.misbehave(Misbehaviour::EmptyPage);
    let page = client.page(Some(&token)).ok();
    assert_eq!(page["events"], json!([]));
    assert_eq!(client.events(page["continuationToken"].as_str()).0.len(), 2);
}

#[test]
fn cursors_are_refused_or_awkward() {
    let client = suomifi();
    let (_, token) = client.events(None);
    client.misbehave(Misbehaviour::CursorRefused);
    client.page(Some(&token)).refused(400);
    client.misbehave(Misbehaviour::AwkwardCursor);
    let page = client.page(Some(&token)).ok();
    let awkward = page["continuationToken"].as_str().unwrap();
    assert!(
        "%#?;\" +/=&ä"
            .chars()
            .all(|letter| awkward.contains(letter)),
        "{awkward}"
    );
    client.page(Some(awkward)).ok();
    // What does not encode all of it fails.
    for letter in ['%', '&', '+'] {
        let own = encoded(&letter.to_string());
        let half = encoded(awkward).replace(&own, &letter.to_string());
        let path = format!("/v2/events?continuationToken={half}");
        assert_eq!(client.get(&path).status, 400, "{letter}");
    }
}

#[test]
fn acts_wait_for_their_operation_and_their_turn() {
    let client = suomifi();
    client.misbehave(
        Script::new()
            .once_at(Operation::SendPaper, Misbehaviour::BadGateway)
            .once(Misbehaviour::BadRequest)
            .always_at(Operation::Events, Misbehaviour::GatewayPage),
    );
    send(&client, "a-1").refused(400);
    send(&client, "a-1").message_id();
    for _ in 0..2 {
        assert_eq!(client.page(None).status, 503);
    }
    let message = paper("a-2", &client.pdf());
    client
        .post("/v2/paper-mail-without-id", &message)
        .refused(502);
    client
        .post("/v2/paper-mail-without-id", &message)
        .message_id();
    // What HTTP refuses is no occasion.
    client.misbehave(Misbehaviour::Drop);
    client.get("/v2/nothing").refused(404);
    client.behave();
    client.page(None).ok();
}
