// SPDX-License-Identifier: Apache-2.0
//! What became of messages, page by page.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::{EventPlan, MailboxState, PostiOutcome, StatusChange};
use super::client::{Client, electronic, encoded, multichannel, paper};
use super::{SERVICE, start, suomifi};

fn send(client: &Client, external_id: &str) -> i64 {
    client
        .post("/v2/messages/electronic", &electronic(external_id))
        .message_id()
}

const HOUR: Duration = Duration::from_secs(3_600);

#[test]
fn an_electronic_message_is_created_read_and_confirmed() {
    let client = suomifi();
    let mut message = electronic("a-1");
    message["electronic"]["messageServiceType"] = "Verifiable".into();
    let id = client
        .post("/v2/messages/electronic", &message)
        .message_id();
    let (events, _) = client.events(None);
    let types: Vec<&Value> = events.iter().map(|event| &event["type"]).collect();
    assert_eq!(
        types,
        [
            "Electronic message created",
            "Electronic message read",
            "Receipt confirmed"
        ]
    );
    let metadata = json!({"messageId": id, "serviceId": SERVICE, "externalId": "a-1"});
    assert_eq!(events[0]["metadata"], metadata);
    assert_eq!(events[1]["metadata"], metadata);
    assert_eq!(
        events[2]["metadata"]["receiptConfirmedBy"],
        "Aino Esimerkki"
    );
    let time: jiff::Timestamp = events[0]["eventTime"].as_str().unwrap().parse().unwrap();
    assert!(time.duration_until(jiff::Timestamp::now()).as_secs().abs() < 60);
    // What is not verifiable is not confirmed.
    send(&client, "a-2");
    assert_eq!(client.event_types().len(), 5);
}

#[test]
fn paper_is_created_printed_and_followed_by_posti() {
    for (outcome, last, signature) in [
        (PostiOutcome::Confirmed, "Posti: receipt confirmed", true),
        (PostiOutcome::Returned, "Posti: returned to sender", false),
        (PostiOutcome::Unresolved, "Posti: unresolved", false),
    ] {
        let client = start(|setup| {
            setup.events.posti_outcome = outcome;
            setup.other_mailboxes = MailboxState::NotInUse;
        });
        let mut message = multichannel("a-1", &client.pdf());
        message["paperMail"]["messageServiceType"] = "Verifiable".into();
        client.post("/v2/messages", &message).message_id();
        let message = paper("a-2", &client.pdf());
        client
            .post("/v2/paper-mail-without-id", &message)
            .message_id();
        let (events, _) = client.events(None);
        let types: Vec<&Value> = events.iter().map(|event| &event["type"]).collect();
        let (created, sent) = ("Paper mail created", "Sent for printing and enveloping");
        assert_eq!(types, [created, sent, last, created, sent]);
        let metadata = &events[2]["metadata"];
        assert!(metadata["postiTrackingCode"].is_string());
        assert_eq!(metadata["recipientSignature"].is_string(), signature);
        assert_eq!(metadata["externalId"], "a-1");
    }
}

#[test]
fn events_happen_at_their_time_or_never() {
    let client = start(|setup| {
        setup.token_lifetime = 100 * HOUR;
        setup.events = EventPlan {
            created: HOUR,
            read: Some(3 * HOUR),
            receipt: None,
            ..EventPlan::default()
        };
    });
    let mut message = electronic("a-1");
    message["electronic"]["messageServiceType"] = "Verifiable".into();
    let first = client
        .post("/v2/messages/electronic", &message)
        .message_id();
    assert!(client.event_types().is_empty());
    client.advance_clock(HOUR);
    let (events, token) = client.events(None);
    assert_eq!(events.len(), 1);
    client.advance_clock(HOUR);
    let second = send(&client, "a-2");
    assert!(client.happen(second, StatusChange::Posti(PostiOutcome::Returned)));
    assert!(!client.happen(9_999, StatusChange::Read));
    client.advance_clock(20 * HOUR);
    // A place in the list stays what it is, whatever was planned before and after.
    let (events, _) = client.events(Some(&token));
    let seen: Vec<_> = events
        .iter()
        .map(|event| {
            (
                event["metadata"]["messageId"].as_i64().unwrap(),
                event["type"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = [
        (second, "Posti: returned to sender"),
        (second, "Electronic message created"),
        (first, "Electronic message read"),
        (second, "Electronic message read"),
    ];
    assert_eq!(seen, expected);
    let times: Vec<_> = events
        .iter()
        .map(|event| event["eventTime"].as_str().unwrap())
        .collect();
    assert!(times.is_sorted(), "{times:?}");
}

#[test]
fn pages_have_so_many_events_and_always_a_token() {
    let client = start(|setup| setup.page_size = 4);
    for number in 0..5 {
        send(&client, &format!("a-{number}"));
    }
    let mut token = None;
    let mut lengths = Vec::new();
    while lengths.last() != Some(&0) {
        let page = client.page(token.as_deref()).ok();
        assert_eq!(page.as_object().unwrap().len(), 2);
        lengths.push(page["events"].as_array().unwrap().len());
        assert_eq!(client.last().listed, lengths.last().copied());
        token = Some(page["continuationToken"].as_str().unwrap().to_owned());
    }
    assert_eq!(lengths, [4, 4, 2, 0]);
    // The token of an empty page goes on from there, and without one all comes again.
    send(&client, "b-1");
    assert_eq!(client.events(token.as_deref()).0.len(), 2);
    assert_eq!(client.events(None).0.len(), 12);
}

#[test]
fn a_page_has_a_thousand_at_most() {
    for page_size in [1_000, 5_000] {
        let client = start(|setup| setup.page_size = page_size);
        let id = send(&client, "a-1");
        for _ in 0..999 {
            client.happen(id, StatusChange::Read);
        }
        let page = client.page(None).ok();
        assert_eq!(page["events"].as_array().unwrap().len(), 1_000);
        assert_eq!(client.events(None).0.len(), 1_001);
    }
    let client = start(|setup| setup.page_size = 0);
    send(&client, "a-1");
    assert_eq!(
        client.page(None).ok()["events"].as_array().unwrap().len(),
        1
    );
}

#[test]
fn tokens_have_to_be_percent_encoded() {
    let client = suomifi();
    send(&client, "a-1");
    let (_, token) = client.events(None);
    assert!(
        "+/=&".chars().all(|letter| token.contains(letter)),
        "{token}"
    );
    let ask = |query: &str| client.get(&format!("/v2/events?continuationToken={query}"));
    ask(&encoded(&token)).ok();
    // As it is, half encoded, and one that nobody gave.
    ask(&token).refused(400);
    ask(&token.replace('&', "%26")).refused(400);
    assert!(
        ask(&encoded(&format!("{token}x")))
            .refused(400)
            .contains("continuationToken")
    );
    ask("").refused(400);
    let other = suomifi();
    let (_, foreign) = other.events(None);
    client.page(Some(&foreign)).refused(400);
}

#[test]
fn events_are_kept_for_sixty_days() {
    let client = start(|setup| setup.token_lifetime = 10_000 * HOUR);
    send(&client, "a-1");
    let (_, token) = client.events(None);
    client.advance_clock(30 * 24 * HOUR);
    send(&client, "a-2");
    assert_eq!(client.event_types().len(), 4);
    client.advance_clock(30 * 24 * HOUR);
    let (events, _) = client.events(None);
    assert!(
        events
            .iter()
            .all(|event| event["metadata"]["externalId"] == "a-2"),
        "{events:?}"
    );
    assert_eq!(client.events(Some(&token)).0.len(), 2);
    client.advance_clock(30 * 24 * HOUR);
    assert!(client.event_types().is_empty());
    assert!(client.events(Some(&token)).0.is_empty());
}
