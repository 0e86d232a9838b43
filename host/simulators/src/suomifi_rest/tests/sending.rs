// SPDX-License-Identifier: Apache-2.0
//! What is sent, to whom, and once.

use serde_json::{Value, json};

use super::super::{Channel, MailboxState, Verdict};
use super::client::{Client, electronic, encoded, multichannel, paper};
use super::{RECIPIENT, start, suomifi};

fn lookup(client: &Client, external_id: &str) -> super::client::Reply {
    client.get(&format!(
        "/v1/messages/id?externalId={}",
        encoded(external_id)
    ))
}

/// The code of the only validation error.
#[track_caller]
fn code(client: &Client, message: &Value) -> String {
    let errors = client
        .post("/v2/messages/electronic", message)
        .validation_errors();
    assert_eq!(errors.len(), 1);
    errors[0]["errorCode"].as_str().unwrap().to_owned()
}

#[test]
fn the_same_external_id_again_is_the_same_message_whatever_it_holds() {
    let client = suomifi();
    let id = client
        .post("/v2/messages/electronic", &electronic("a-1"))
        .message_id();
    let mut changed = electronic("a-1");
    changed["electronic"]["title"] = "Another".into();
    changed["recipient"]["id"] = "131052-9085".into();
    let multichannel = multichannel("a-1", &client.pdf());
    for (path, message) in [
        ("/v2/messages/electronic", &electronic("a-1")),
        ("/v2/messages/electronic", &changed),
        ("/v2/messages", &multichannel),
    ] {
        let reply = client.post(path, message);
        assert_eq!(reply.status, 409);
        let answer = reply.json();
        assert_eq!(answer["messageId"], id);
        assert!(answer["reason"].as_str().unwrap().contains("externalId"));
        let last = client.last();
        assert_eq!(
            (last.verdict, last.message_id),
            (Verdict::Duplicate, Some(id))
        );
        assert!(last.passed("properties") && !last.passed("new-external-id"));
    }
    assert_eq!(client.sent().len(), 1);
    // The upload of the refused one is still there.
    let mut message = multichannel;
    message["externalId"] = "a-2".into();
    assert_eq!(client.post("/v2/messages", &message).message_id(), id + 1);
}

#[test]
fn paper_promises_no_message_id_with_a_conflict() {
    let client = suomifi();
    let message = paper("a-1", &client.pdf());
    let id = client
        .post("/v2/paper-mail-without-id", &message)
        .message_id();
    client
        .post("/v2/paper-mail-without-id", &message)
        .refused(409);
    assert_eq!(lookup(&client, "a-1").message_id(), id);
}

#[test]
fn an_external_id_is_looked_up() {
    let client = suomifi();
    let name = "å/1 & 2+3=5%";
    let id = client
        .post("/v2/messages/electronic", &electronic(name))
        .message_id();
    assert_eq!(lookup(&client, name).message_id(), id);
    assert!(client.last().passed("id"));
    lookup(&client, "a-2").refused(404);
    for wrong in ["", &"a".repeat(257)] {
        let errors = lookup(&client, wrong).validation_errors();
        assert!(errors[0]["error"].as_str().unwrap().contains("256"));
        assert!(!client.last().passed("id"));
    }
    lookup(&client, &"a".repeat(256)).refused(404);
}

#[test]
fn a_mailbox_that_is_not_in_use_is_refused_or_written_to_on_paper() {
    let ids = ["010190-901R", "010190-902S"];
    let client = start(|setup| {
        setup.mailboxes = vec![
            (ids[0].to_owned(), MailboxState::NotInUse),
            (ids[1].to_owned(), MailboxState::Deleted),
        ];
    });
    for id in ids {
        let mut message = electronic(id);
        message["recipient"]["id"] = id.to_lowercase().into();
        assert_eq!(code(&client, &message), "MAILBOX_NOT_IN_USE");
        let last = client.last();
        assert!(last.passed("reply-target") && !last.passed("mailbox"));
        // The same externalId, for a refused request uses up nothing.
        let mut message = multichannel(id, &client.pdf());
        message["recipient"]["id"] = id.into();
        client.post("/v2/messages", &message).message_id();
        assert_eq!(client.sent().pop().unwrap().channel, Channel::Paper);
        client.set_mailbox(id, MailboxState::Active);
        message["externalId"] = format!("{id} again").into();
        let attachment = json!([{"attachmentId": client.pdf()}]);
        message["paperMail"]["attachments"] = attachment.clone();
        message["electronic"]["attachments"] = attachment;
        client.post("/v2/messages", &message).message_id();
        assert_eq!(client.sent().pop().unwrap().channel, Channel::Electronic);
    }
}

#[test]
fn active_mailboxes_are_told_and_no_others() {
    let client = start(|setup| {
        setup.other_mailboxes = MailboxState::NotInUse;
        setup.mailboxes = vec![
            (RECIPIENT.to_owned(), MailboxState::Active),
            ("0245442-8".to_owned(), MailboxState::Active),
            ("010190-902S".to_owned(), MailboxState::Deleted),
        ];
    });
    let ask = |ids: &[&str]| {
        let users: Vec<Value> = ids.iter().map(|id| json!({"id": id})).collect();
        client.post("/v1/mailboxes/active", &json!({"endUsers": users}))
    };
    let answer = ask(&["010190-902S", "0245442-8", "010190-903T", RECIPIENT]).ok();
    let active = json!({"endUsersWithActiveMailbox": [{"id": "0245442-8"}, {"id": RECIPIENT}]});
    assert_eq!(answer, active);
    assert_eq!(client.last().listed, Some(2));
    assert!(ask(&[]).refused(400).contains("1 to 10000"));
    assert!(ask(&["12345678"]).refused(400).contains("/endUsers/0/id"));
    assert_eq!(ask(&vec![RECIPIENT; 10_000]).status, 200);
    assert!(
        ask(&vec![RECIPIENT; 10_001])
            .refused(400)
            .contains("10001 entries")
    );
}

#[test]
fn services_and_systems_may_be_inactive() {
    let client = start(|setup| setup.inactive_services = vec!["svc-2".to_owned()]);
    let mut message = electronic("a-1");
    message["sender"]["serviceId"] = "svc-2".into();
    assert_eq!(code(&client, &message), "SERVICE_NOT_ACTIVE");
    assert!(!client.last().passed("sender-active"));
    let mut message = multichannel("a-1", &client.pdf());
    message["sender"]["serviceId"] = "svc-2".into();
    // Only the electronic call tells a code.
    assert!(
        client
            .post("/v2/messages", &message)
            .refused(400)
            .contains("service")
    );
    client
        .post("/v2/messages/electronic", &electronic("a-1"))
        .message_id();
    let client = start(|setup| setup.system_is_active = false);
    assert_eq!(code(&client, &electronic("a-1")), "SYSTEM_NOT_ACTIVE");
}

#[test]
fn ids_count_from_where_the_setup_says() {
    let first = 9_007_199_254_740_993;
    let client = start(|setup| setup.first_message_id = first);
    for number in 0..2 {
        let message = electronic(&format!("a-{number}"));
        let id = client
            .post("/v2/messages/electronic", &message)
            .message_id();
        assert_eq!(id, first + number);
    }
}
