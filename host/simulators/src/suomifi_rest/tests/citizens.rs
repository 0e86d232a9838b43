// SPDX-License-Identifier: Apache-2.0
//! What citizens write, and answers to it.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::{
    Attachment, CitizenMessage, DepositError, Deposited, MailboxState, Misbehaviour, Party,
};
use super::client::{Client, electronic};
use super::{RECIPIENT, SERVICE, start, suomifi};

fn message() -> CitizenMessage {
    let sender = Party::new(RECIPIENT, "Åke Exempel");
    CitizenMessage::new(SERVICE, sender, "Fråga", "När öppnar ni?")
}

fn read(client: &Client, deposited: &Deposited) -> Value {
    client
        .get(&format!("/v2/messages/{}", deposited.message_id))
        .ok()
}

const DAY: Duration = Duration::from_secs(24 * 3_600);

#[test]
fn a_message_is_found_by_its_event_and_read() {
    let client = suomifi();
    let mut message = message();
    message.on_behalf = Some(Party::new("010190-905V", "Aino Esimerkki"));
    message.attachments = vec![
        Attachment::new("Kuva.png", "image/png", "png!"),
        Attachment::new("tyhjä", "text/plain", ""),
    ];
    let deposited = client.deposit(message).unwrap();
    let (events, _) = client.events(None);
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["type"], "Electronic message from end user");
    let id = deposited.message_id;
    assert_eq!(
        events[0]["metadata"],
        json!({"messageId": id, "serviceId": SERVICE})
    );

    let mut answer = read(&client, &deposited);
    assert_eq!(client.last().message_id, Some(id));
    let created = answer["createdAt"].take();
    assert!(created.as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
    assert_eq!(answer["electronic"]["createdAt"].take(), created);
    let attachments = json!([
        {"attachmentId": deposited.attachment_ids[0], "filename": "Kuva.png", "mediaType": "image/png", "sizeBytes": 4},
        {"attachmentId": deposited.attachment_ids[1], "filename": "tyhjä", "mediaType": "text/plain", "sizeBytes": 0},
    ]);
    let expected = json!({
        "messageId": id,
        "createdAt": null,
        "sender": {
            "mailboxOwner": {"id": RECIPIENT, "name": "Åke Exempel"},
            "personSendingMessageOnBehalfOfMailboxOwner": {"id": "010190-905V", "name": "Aino Esimerkki"},
        },
        "electronic": {
            "messageId": id,
            "createdAt": null,
            "title": "Fråga",
            "body": "När öppnar ni?",
            "attachments": attachments,
            "thread": {"rootMessageId": id},
        },
    });
    assert_eq!(answer, expected);
    for (attachment, content) in deposited.attachment_ids.iter().zip(["png!", ""]) {
        let reply = client.get(&format!("/v1/attachments/{attachment}"));
        assert_eq!((reply.status, reply.body.as_str()), (200, content));
        assert!(client.last().passed("id"));
    }
}

#[test]
fn what_is_not_there_or_no_id_is_told_apart() {
    let client = suomifi();
    let own = client
        .post("/v2/messages/electronic", &electronic("a-1"))
        .message_id();
    for id in [own, 9_999, i64::MAX] {
        client.get(&format!("/v2/messages/{id}")).refused(404);
        assert!(client.last().passed("id"));
    }
    for wrong in [
        "x",
        "1.0",
        "-1",
        "+1",
        "9223372036854775808",
        "%31%20",
        "%zz",
    ] {
        client.get(&format!("/v2/messages/{wrong}")).refused(400);
        assert!(!client.last().passed("id"));
    }
    let upload = client.pdf();
    for id in [upload.as_str(), "4d2e0ae2-8ac1-4d41-8c3e-d4a2e6a0f111"] {
        client.get(&format!("/v1/attachments/{id}")).refused(404);
    }
    for wrong in [
        "7",
        "4d2e0ae2-8ac1-4d41-8c3e",
        "4d2e0ae2-8ac1-4d41-8c3e-d4a2e6a0f11g",
    ] {
        client.get(&format!("/v1/attachments/{wrong}")).refused(400);
    }
}

#[test]
fn messages_are_kept_for_sixty_days_unless_deleted() {
    let client = start(|setup| setup.token_lifetime = 1_000 * DAY);
    let mut with_file = message();
    with_file.attachments = vec![Attachment::new("a.txt", "text/plain", "x")];
    let all = [(); 3].map(|()| client.deposit(with_file.clone()).unwrap());
    let status = |deposited: &Deposited| {
        let message = client
            .get(&format!("/v2/messages/{}", deposited.message_id))
            .status;
        let attachment = client.get(&format!("/v1/attachments/{}", deposited.attachment_ids[0]));
        assert_eq!(message, attachment.status);
        message
    };
    assert!(client.delete(all[0].message_id) && !client.delete(9_999));
    assert_eq!((status(&all[0]), status(&all[1])), (404, 200));
    client.set_mailbox(RECIPIENT, MailboxState::Deleted);
    assert_eq!(status(&all[1]), 404);
    client.set_mailbox(RECIPIENT, MailboxState::NotInUse);
    client.advance_clock(60 * DAY - Duration::from_secs(60));
    assert_eq!(status(&all[1]), 200);
    client.advance_clock(Duration::from_secs(60));
    assert_eq!(status(&all[1]), 404);
}

/// An answer of the organisation.
fn answer(external_id: &str, id: i64) -> Value {
    let mut message = electronic(external_id);
    message["electronic"]["inReplyToMessageId"] = id.into();
    message
}

#[test]
fn a_thread_goes_back_and_forth() {
    let client = suomifi();
    let root = client
        .post("/v2/messages/electronic", &electronic("a-1"))
        .message_id();
    let mut reply = message();
    reply.reply_to = Some("a-1".to_owned());
    let first = client.deposit(reply.clone()).unwrap();
    let thread = json!({"rootMessageId": root, "threadExternalId": "a-1"});
    assert_eq!(read(&client, &first)["electronic"]["thread"], thread);
    let ours = answer("a-2", first.message_id);
    client.post("/v2/messages/electronic", &ours).message_id();
    assert!(client.last().passed("reply-target"));
    reply.reply_to = Some("a-2".to_owned());
    let second = client.deposit(reply).unwrap();
    assert_eq!(read(&client, &second)["electronic"]["thread"], thread);

    // A thread that a citizen began has no externalId, whoever goes on.
    let begun = client.deposit(message()).unwrap();
    client
        .post("/v2/messages/electronic", &answer("a-3", begun.message_id))
        .message_id();
    let mut reply = message();
    reply.reply_to = Some("a-3".to_owned());
    let third = client.deposit(reply).unwrap();
    let thread = json!({"rootMessageId": begun.message_id});
    assert_eq!(read(&client, &third)["electronic"]["thread"], thread);
}

#[test]
fn a_citizen_replies_to_what_allows_it() {
    let client = suomifi();
    let mut message = electronic("a-1");
    message["electronic"]["replyAllowedBy"] = "No one".into();
    client
        .post("/v2/messages/electronic", &message)
        .message_id();
    let mut reply = super::citizens::message();
    for (reply_to, error) in [
        ("a-1", DepositError::NoReplyAllowed),
        ("a-2", DepositError::NothingRepliedTo),
    ] {
        reply.reply_to = Some(reply_to.to_owned());
        assert_eq!(client.deposit(reply.clone()), Err(error));
    }
    assert!(
        !client
            .event_types()
            .iter()
            .any(|kind| kind.contains("end user"))
    );
}

#[test]
fn an_answer_goes_to_the_owner_of_the_mailbox_while_the_message_is_there() {
    let client = start(|setup| setup.token_lifetime = 1_000 * DAY);
    let deposited = client.deposit(message()).unwrap();
    let id = deposited.message_id;
    let send = |message: &Value| client.post("/v2/messages/electronic", message);
    let mut to_another = answer("a-1", id);
    to_another["recipient"]["id"] = "010190-905V".into();
    let error = send(&to_another).validation_errors().remove(0);
    assert!(error["error"].as_str().unwrap().contains("/recipient/id"));
    assert!(!client.last().passed("reply-target"));
    let own = send(&electronic("a-2")).message_id();
    client.set_mailbox(RECIPIENT, MailboxState::Deleted);
    let not_found = json!("MESSAGE_BEING_REPLIED_TO_NOT_FOUND");
    assert_eq!(
        send(&answer("a-3", id)).validation_errors()[0]["errorCode"],
        not_found
    );
    client.set_mailbox(RECIPIENT, MailboxState::Active);
    for missing in [9_999, own] {
        let errors = send(&answer("a-3", missing)).validation_errors();
        assert_eq!(errors[0]["errorCode"], not_found);
    }
    send(&answer("a-4", id)).message_id();
    client.advance_clock(60 * DAY);
    assert_eq!(
        send(&answer("a-5", id)).validation_errors()[0]["errorCode"],
        not_found
    );
}

#[test]
fn nothing_of_a_message_is_shown() {
    let message = message();
    let shown = format!("{message:?} {:?}", message.sender);
    for secret in ["010190", "Åke", "Fråga", "öppnar"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn messages_may_lack_what_is_optional() {
    let client = suomifi();
    let mut message = message();
    message.attachments = vec![Attachment::new("a.txt", "text/plain", "x")];
    let deposited = client.deposit(message).unwrap();
    for (misbehaviour, pointer) in [
        (Misbehaviour::NoSender, "/sender"),
        (Misbehaviour::NoThread, "/electronic/thread"),
        (
            Misbehaviour::NoAttachmentIds,
            "/electronic/attachments/0/attachmentId",
        ),
    ] {
        assert!(read(&client, &deposited).pointer(pointer).is_some());
        client.misbehave(misbehaviour.clone());
        // No occasion.
        client.page(None).ok();
        let answer = read(&client, &deposited);
        assert!(answer.pointer(pointer).is_none(), "{answer}");
        assert!(
            answer
                .pointer("/electronic/attachments/0/filename")
                .is_some()
        );
        assert_eq!(client.last().misbehaviour, Some(misbehaviour));
    }
}

#[test]
fn citizens_of_the_setup_write_at_once_or_reply_when_they_can() {
    let client = start(|setup| {
        let reply = |to: &str| CitizenMessage {
            reply_to: Some(to.to_owned()),
            ..message()
        };
        setup.citizens = vec![reply("a-2"), message(), reply("a-1")];
    });
    let written = || {
        let events = client.events(None).0;
        let written = events
            .iter()
            .filter(|event| event["type"] == "Electronic message from end user");
        let ids = written.map(|event| event["metadata"]["messageId"].as_i64().unwrap());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(written().len(), 1);
    let mut no_reply = electronic("a-2");
    no_reply["electronic"]["replyAllowedBy"] = "No one".into();
    client
        .post("/v2/messages/electronic", &no_reply)
        .message_id();
    assert_eq!(written().len(), 1);
    client
        .post("/v2/messages/electronic", &electronic("a-1"))
        .message_id();
    let replies = written();
    assert_eq!(replies.len(), 2);
    let read = client.get(&format!("/v2/messages/{}", replies[1])).ok();
    assert_eq!(read["electronic"]["thread"]["threadExternalId"], "a-1");
}
