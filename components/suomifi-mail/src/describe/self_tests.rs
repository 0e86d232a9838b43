// SPDX-License-Identifier: Apache-2.0
//! What has to come out before the component serves. Mails cannot be part of it: the contract's exercises are of HTTP.

use agency_guest::{
    describe::{SelfTests, any_request, build, problem, validate},
    exports::descriptor::SelfTest,
};

const SETTINGS: &str = r#"{"from": "viestit@virasto.example", "domain": "virasto.example"}"#;

/// A message with something in the place of a field.
fn message(more: &str) -> String {
    format!(r#"{{"recipient": "010190-900p", "title": "Päätös", "body": "Hei"{more}}}"#)
}

pub(super) fn all() -> Vec<SelfTest> {
    let send = |parameters: &str| build("send-message", parameters, b"");
    let reply = |parameters: &str| build("reply", parameters, b"");
    SelfTests::new(SETTINGS)
        .test("a message is built", send(&message("")), any_request())
        .test(
            "a message with a reference and an address for answers is built",
            send(&message(r#", "reference": "A-1", "replyTo": "kirjaamo@sub.virasto.example""#)),
            any_request(),
        )
        .test(
            "an answer is built",
            reply(r#"{"recipient": "010190-900P", "messageId": "a@b.example", "references": ["c@b.example"], "subject": "Vs: Kysymys", "body": "Hei", "quoted": "Hei\n\nViestin tiedot\nx"}"#),
            any_request(),
        )
        .test(
            "who is nobody gets no message",
            send(r#"{"recipient": "010190-900X", "title": "a", "body": "b"}"#),
            problem("recipient.not-a-personal-identity-code"),
        )
        .test(
            "a title has no second line",
            send(r#"{"recipient": "010190-900P", "title": "a\r\nBcc: b@c.example", "body": "b"}"#),
            problem("title.control-character"),
        )
        .test(
            "a text has something in it",
            send(r#"{"recipient": "010190-900P", "title": "a", "body": " "}"#),
            problem("body.empty"),
        )
        .test(
            "answers go to the agreed domain",
            send(&message(r#", "replyTo": "a@muu.example""#)),
            problem("reply-to.other-domain"),
        )
        .test(
            "a reference has nothing personal",
            send(&message(r#", "reference": "010190-900P""#)),
            problem("reference.personal"),
        )
        .test(
            "an answer answers a message",
            reply(r#"{"recipient": "010190-900P", "messageId": "a b", "subject": "a", "body": "b"}"#),
            problem("message-id.invalid"),
        )
        .test(
            "HTTP is not taken",
            validate("POST", "/", "text/plain", "x"),
            problem("call.http"),
        )
        .into_tests()
}
