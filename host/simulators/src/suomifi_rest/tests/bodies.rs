// SPDX-License-Identifier: Apache-2.0
//! Bodies of requests, each property and each limit.

use serde_json::{Value, json};

use super::super::Visibility;
use super::client::{Client, electronic, multichannel, paper};
use super::{start, suomifi};

/// Everything that a message with paper can have.
fn full(client: &Client) -> Value {
    let mut message = multichannel("a-1", &client.pdf());
    message["electronic"]["notifications"]["customisedNewMessageNotification"] = json!({
        "title": {"fi": "Uusi viesti", "sv": "Nytt meddelande", "en": "New message"},
        "content": {"fi": "", "sv": "", "en": ""},
    });
    message["paperMail"]["recipient"]["address"]["additionalName"] = "c/o Esimerkki".into();
    message
}

/// Pointers to all properties below a value.
fn pointers(value: &Value, pointer: &str) -> Vec<String> {
    let entries: Vec<(String, &Value)> = match value {
        Value::Object(object) => object
            .iter()
            .map(|(name, value)| (name.clone(), value))
            .collect(),
        Value::Array(list) => (0..)
            .zip(list)
            .map(|(place, value): (usize, _)| (place.to_string(), value))
            .collect(),
        _ => Vec::new(),
    };
    let below = entries.into_iter().flat_map(|(name, value)| {
        let own = format!("{pointer}/{name}");
        let mut all = pointers(value, &own);
        all.push(own);
        all
    });
    below.collect()
}

fn split(pointer: &str) -> (&str, &str) {
    pointer.rsplit_once('/').unwrap()
}

const OPTIONAL: [&str; 3] = [
    "/electronic/notifications/customisedNewMessageNotification",
    "/paperMail/recipient/address/additionalName",
    "/paperMail/printingAndEnvelopingService/costPool",
];

#[test]
fn every_required_property_is_missed() {
    let client = suomifi();
    let message = full(&client);
    let all = pointers(&message, "");
    assert!(all.len() > 50, "{all:?}");
    for pointer in all {
        let (parent, name) = split(&pointer);
        let mut message = message.clone();
        let Some(object) = message.pointer_mut(parent).unwrap().as_object_mut() else {
            continue;
        };
        object.remove(name);
        if OPTIONAL.contains(&pointer.as_str()) {
            continue;
        }
        let reason = client.post("/v2/messages", &message).refused(400);
        assert_eq!(reason, format!("{pointer} is missing"));
        assert!(client.last().passed("json") && !client.last().passed("properties"));
    }
    assert!(client.sent().is_empty());
    let mut least = message.clone();
    for pointer in OPTIONAL {
        let (parent, name) = split(pointer);
        least
            .pointer_mut(parent)
            .unwrap()
            .as_object_mut()
            .unwrap()
            .remove(name);
    }
    client.post("/v2/messages", &least).message_id();
    // As refused requests use up nothing, all of it goes through under another name.
    let mut message = full(&client);
    message["externalId"] = "a-2".into();
    client.post("/v2/messages", &message).message_id();
}

#[test]
fn every_unknown_property_is_noticed() {
    let client = suomifi();
    let message = full(&client);
    let mut objects = pointers(&message, "");
    objects.push(String::new());
    for pointer in objects {
        let mut message = message.clone();
        let Some(object) = message.pointer_mut(&pointer).unwrap().as_object_mut() else {
            continue;
        };
        object.insert("another".to_owned(), Value::Null);
        let reason = client.post("/v2/messages", &message).refused(400);
        assert_eq!(reason, format!("{pointer}/another is not known"));
    }
    // A name that may be somebody's is not told.
    let mut message = message;
    message["010190-900P"] = Value::Null;
    let reason = client.post("/v2/messages", &message).refused(400);
    assert!(
        reason.contains("not known") && !reason.contains("900P"),
        "{reason}"
    );
}

#[test]
fn every_value_is_of_its_kind() {
    let client = suomifi();
    let message = full(&client);
    for pointer in pointers(&message, "") {
        for wrong in [json!(1.5), Value::Null] {
            let mut message = message.clone();
            *message.pointer_mut(&pointer).unwrap() = wrong;
            let reason = client.post("/v2/messages", &message).refused(400);
            assert!(
                reason.starts_with(&format!("{pointer} is not ")),
                "{reason}"
            );
        }
    }
}

/// Refuses one value and takes another.
fn limit(client: &Client, pointer: &str, right: Value, wrong: Value) {
    let mut message = full(client);
    message["externalId"] = format!("a{pointer}").into();
    *message.pointer_mut(pointer).unwrap() = wrong;
    let reason = client.post("/v2/messages", &message).refused(400);
    assert!(reason.starts_with(pointer), "{pointer}: {reason}");
    *message.pointer_mut(pointer).unwrap() = right;
    client.post("/v2/messages", &message).message_id();
}

#[test]
fn texts_are_neither_too_short_nor_too_long() {
    let client = suomifi();
    let address = "/paperMail/sender/address";
    let posti = "/paperMail/printingAndEnvelopingService/postiMessaging";
    let notification = "/electronic/notifications/customisedNewMessageNotification";
    for (pointer, shortest, longest) in [
        ("/externalId", 1, 256),
        ("/recipient/id", 9, 11),
        ("/sender/serviceId", 1, 64),
        ("/electronic/title", 1, 256),
        ("/electronic/body", 1, 40_000),
        (&format!("{notification}/title/fi"), 1, 256),
        (&format!("{notification}/content/sv"), 0, 1_500),
        (&format!("{address}/name"), 1, 256),
        (&format!("{address}/streetAddress"), 1, 256),
        (&format!("{address}/city"), 1, 256),
        (&format!("{address}/zipCode"), 1, 64),
        ("/paperMail/recipient/address/additionalName", 1, 256),
        (&format!("{posti}/username"), 6, 6),
        (&format!("{posti}/password"), 4, 4),
        (&format!("{posti}/contactDetails/email"), 5, 256),
    ] {
        let text = |length: usize| Value::from("ä".repeat(length));
        if shortest > 0 && pointer != "/externalId" {
            limit(&client, pointer, text(shortest), text(shortest - 1));
        }
        if pointer == "/externalId" {
            let mut message = full(&client);
            message["externalId"] = text(longest + 1);
            client.post("/v2/messages", &message).refused(400);
            message["externalId"] = text(0);
            client.post("/v2/messages", &message).refused(400);
            message["externalId"] = text(longest);
            client.post("/v2/messages", &message).message_id();
            continue;
        }
        let mut message = full(&client);
        message["externalId"] = format!("b{pointer}").into();
        *message.pointer_mut(pointer).unwrap() = text(longest + 1);
        let reason = client.post("/v2/messages", &message).refused(400);
        assert!(
            reason.contains(&format!("{} characters", longest + 1)),
            "{reason}"
        );
        *message.pointer_mut(pointer).unwrap() = text(longest);
        client.post("/v2/messages", &message).message_id();
    }
}

#[test]
fn names_codes_and_lists_are_those_declared() {
    let client = suomifi();
    let part = |name: &str| format!("/electronic/{name}");
    limit(
        &client,
        &part("bodyFormat"),
        "Markdown".into(),
        "markdown".into(),
    );
    limit(
        &client,
        &part("messageServiceType"),
        "Verifiable".into(),
        "verifiable".into(),
    );
    limit(
        &client,
        &part("replyAllowedBy"),
        "No one".into(),
        "No One".into(),
    );
    let notifications = |name: &str| part(&format!("notifications/{name}"));
    limit(
        &client,
        &notifications("senderDetailsInNotifications"),
        "None".into(),
        "none".into(),
    );
    let reminder = "unreadMessageNotification/reminder";
    limit(
        &client,
        &notifications(reminder),
        "No reminders".into(),
        "".into(),
    );
    let paper = |name: &str| format!("/paperMail/{name}");
    limit(
        &client,
        &paper("messageServiceType"),
        "Verifiable".into(),
        "None".into(),
    );
    let cost_pool = paper("printingAndEnvelopingService/costPool");
    limit(
        &client,
        &cost_pool,
        "A23456789012345".into(),
        "A234567890123456".into(),
    );
    for (right, wrong) in [("Z", ""), ("0", "a"), ("KP", "Ä")] {
        let mut message = full(&client);
        message["externalId"] = right.into();
        *message.pointer_mut(&cost_pool).unwrap() = wrong.into();
        client.post("/v2/messages", &message).refused(400);
        *message.pointer_mut(&cost_pool).unwrap() = right.into();
        client.post("/v2/messages", &message).message_id();
    }
    limit(
        &client,
        &paper("recipient/address/countryCode"),
        "XK".into(),
        "FIN".into(),
    );
    limit(
        &client,
        &paper("colorPrinting"),
        false.into(),
        "true".into(),
    );
    let uploaded = |number: usize| {
        let ids = (0..number).map(|_| json!({"attachmentId": client.pdf()}));
        Value::from(ids.collect::<Vec<_>>())
    };
    limit(&client, &part("attachments"), uploaded(50), uploaded(51));
    for number in [0, 2] {
        let mut message = full(&client);
        message["paperMail"]["attachments"] = uploaded(number);
        let reason = client.post("/v2/messages", &message).refused(400);
        assert!(reason.contains("not 1 to 1"), "{reason}");
    }
    let mut message = full(&client);
    message["electronic"]["attachments"] = json!([{"attachmentId": "1"}]);
    assert!(
        client
            .post("/v2/messages", &message)
            .refused(400)
            .contains("UUID")
    );
}

#[test]
fn visibility_is_as_the_setup_has_it() {
    for (mode, without, with) in [
        (Visibility::Refused, 200, 400),
        (Visibility::Accepted, 200, 200),
        (Visibility::Required, 400, 200),
    ] {
        let client = start(|setup| setup.visibility = mode);
        let send = |message: &Value| client.post("/v2/messages/electronic", message);
        assert_eq!(send(&electronic("a-1")).status, without, "{mode:?}");
        let mut message = electronic("a-2");
        message["electronic"]["visibility"] = "Recipient only".into();
        assert_eq!(send(&message).status, with, "{mode:?}");
        message["electronic"]["visibility"] = "Nobody".into();
        message["externalId"] = "a-3".into();
        let error = send(&message).validation_errors().remove(0);
        assert!(
            error["error"]
                .as_str()
                .unwrap()
                .contains("/electronic/visibility")
        );
    }
}

#[test]
fn json_is_read_strictly() {
    let client = suomifi();
    let right = electronic("a-1").to_string();
    for (body, says) in [
        (&right[..right.len() - 1], "line 1"),
        ("", "not JSON"),
        ("[]", "not an object"),
        (
            &right.replacen('{', "{\"externalId\": \"a-2\", ", 1),
            "twice",
        ),
        (&format!("{right}x"), "not JSON"),
    ] {
        let errors = client
            .post_text("/v2/messages/electronic", body)
            .validation_errors();
        assert!(
            errors[0]["error"].as_str().unwrap().contains(says),
            "{errors:?}"
        );
    }
    for content_type in [
        "text/plain",
        "application/json; charset=iso-8859-1",
        "application/jsonx",
    ] {
        let headers = format!("Content-Type: {content_type}\r\n");
        let reply = client.call("POST", "/v2/messages/electronic", &headers, &right);
        reply.unwrap().refused(415);
        assert!(!client.last().passed("content-type"));
    }
    let headers = "Content-Type: Application/JSON; charset=\"UTF-8\"\r\n";
    let reply = client.call("POST", "/v2/messages/electronic", headers, &right);
    reply.unwrap().message_id();
}

#[test]
fn all_errors_are_listed_up_to_a_limit() {
    let client = suomifi();
    let errors = client
        .post("/v2/messages/electronic", &json!({}))
        .validation_errors();
    assert_eq!(errors.len(), 4, "{errors:?}");
    let many = vec![json!({}); 30];
    let mut message = electronic("a-1");
    message["electronic"]["attachments"] = many.into();
    let errors = client
        .post("/v2/messages/electronic", &message)
        .validation_errors();
    assert_eq!(errors.len(), 21);
    assert_eq!(errors[20]["error"], "10 more errors are not listed");
}

#[test]
fn parts_that_do_not_belong_are_unknown() {
    let client = suomifi();
    let message = multichannel("a-1", &client.pdf());
    let error = client
        .post("/v2/messages/electronic", &message)
        .validation_errors()
        .remove(0);
    assert_eq!(error["error"], "/paperMail is not known");
    let reason = client
        .post("/v2/paper-mail-without-id", &message)
        .refused(400);
    assert_eq!(reason, "/electronic is not known; /recipient is not known");
    let flat = paper("a-1", &client.pdf())["paperMail"].clone();
    assert!(
        client
            .post("/v2/paper-mail-without-id", &flat)
            .refused(400)
            .contains("/paperMail is missing")
    );
    let mut message = electronic("a-1");
    message["electronic"]["inReplyToMessageId"] = "7".into();
    let error = client
        .post("/v2/messages/electronic", &message)
        .validation_errors()
        .remove(0);
    assert!(error["error"].as_str().unwrap().contains("64 bits"));
}
