// SPDX-License-Identifier: Apache-2.0
//! Sizes and forms, held together.

use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::{
    exchange::{
        Acceptance, Answer, Attachment, Fault, HttpCall, HttpTarget, MailAnswer, MailCall,
        MailConnection, Outcome, RecipientReply, Rejected, RetryClass, SecretHeader, SmtpTarget,
    },
    form,
};

/// Bytes of the texts of a form.
fn of_form(value: &Value) -> u64 {
    match value {
        Value::String(text) => text.len() as u64,
        Value::Array(items) => items.iter().map(of_form).sum(),
        Value::Object(members) => members.values().map(of_form).sum(),
        _ => 0,
    }
}

fn cut(bytes: &[u8], at: usize) -> Blob {
    let (one, other) = bytes.split_at(at.min(bytes.len()));
    let segments = [one, other].map(Bytes::copy_from_slice);
    Blob::from_segments(segments.to_vec())
}

/// Longer than all names of cases in a value together.
const LONG: usize = 1000;

fn long() -> String {
    "x".repeat(LONG)
}

fn content() -> Blob {
    Blob::from(vec![b'x'; LONG])
}

fn fields() -> Vec<Header> {
    vec![(long(), long())]
}

fn peers() -> Option<CertificateChain> {
    CertificateChain::new([vec![0xff; LONG].into()])
}

/// Each text is longer than all that may be left out: one that is forgotten, or counted twice, is seen.
#[track_caller]
fn is_measured(size: u64, form: impl Into<Value>) {
    let form = of_form(&form.into());
    let most = LONG as u64;
    assert!(size <= form && form < size + most, "{size} of {form}");
}

#[test]
fn every_text_of_what_a_call_is_given_is_measured() {
    let mail_reply = || MailReply {
        code: 250,
        enhanced: long(),
        text: long(),
    };
    let sending = Sending {
        memo: long(),
        earlier_sendings: 1,
        step: Some(long()),
    };
    let answers = [
        Response::Answered(Answer {
            status: 200,
            headers: fields(),
            body: content(),
        }),
        Response::MailAnswered(MailAnswer {
            reply: mail_reply(),
            recipients: vec![RecipientReply {
                recipient: long(),
                reply: mail_reply(),
            }],
        }),
        Response::Unanswered,
    ];
    for answer in answers {
        let operation = long();
        let size = arguments_of_parse(&operation, &answer, &sending);
        is_measured(
            size,
            form::arguments_of_parse(&operation, &answer, &sending),
        );
    }
    let calls = [
        Call::Http(HttpCall {
            method: long(),
            target: long(),
            headers: fields(),
            body: content(),
            peer_certificates: peers(),
            peer_address: long(),
        }),
        Call::Mail(MailCall {
            sender: long(),
            recipients: vec![long(), long()],
            content: content(),
            connection: MailConnection {
                peer_address: long(),
                tls: Some(long()),
                peer_certificates: peers(),
                allowed: true,
            },
        }),
    ];
    for call in calls {
        let size = arguments_of_validate(&call);
        is_measured(size, form::arguments_of_validate(&call));
    }
}

#[test]
fn every_text_of_what_a_call_gives_is_measured() {
    let targets = [
        Target::Http(HttpTarget {
            method: long(),
            url: long(),
        }),
        Target::Smtp(SmtpTarget {
            sender: long(),
            recipients: vec![long(), long()],
        }),
    ];
    for target in targets {
        let value = Request {
            target,
            headers: fields(),
            secret_headers: vec![SecretHeader {
                name: long(),
                prefix: long(),
                role: long(),
            }],
            body: content(),
            timeout: Duration::from_secs(1),
            reference: long(),
            tls_role: Some(long()),
            keep_bytes: true,
            memo: long(),
        };
        is_measured(request(&value), form::request(&value));
    }
    let events = || {
        vec![Event {
            kind: long(),
            data: long(),
            deduplication_key: long(),
            about: Some(long()),
        }]
    };
    let documents = || {
        vec![Document {
            name: long(),
            media_type: long(),
            content: content(),
        }]
    };
    let follow_ups = || {
        vec![FollowUp {
            operation: long(),
            parameters: long(),
            deduplication_key: long(),
        }]
    };
    let parsed = (
        Outcome {
            class: RetryClass::Done,
            code: long(),
            text: long(),
            reference: long(),
            events: events(),
            documents: documents(),
            follow_ups: follow_ups(),
            cursor: Some(long()),
            more_waits: true,
            next_step: Some(long()),
            not_before: None,
            obtained: None,
            refused_secret: Some(long()),
        },
        Some((content(), 1)),
    );
    is_measured(outcome(&parsed), form::outcome(&parsed));
    let reply = || Reply {
        status: 200,
        headers: fields(),
        body: content(),
    };
    let reason = Problem {
        fault: Fault::Caller,
        code: long(),
        path: long(),
        message: long(),
    };
    is_measured(problem(&reason), form::problem(&reason));
    let verdicts = [
        Verdict::Accepted(Acceptance {
            operation: long(),
            events: events(),
            documents: documents(),
            follow_ups: follow_ups(),
            reply: reply(),
            reply_to_duplicate: reply(),
        }),
        Verdict::Rejected(Rejected {
            reply: reply(),
            reason,
        }),
    ];
    for value in verdicts {
        is_measured(verdict(&value), form::verdict(&value));
    }
}

proptest! {
    #[test]
    fn the_size_of_a_blob_is_that_of_its_form_wherever_it_is_cut(
        text in "[aä€😀]{0,6}",
        other: Vec<u8>,
        at in 0usize..24,
    ) {
        let mixed = [text.as_bytes(), &other].concat();
        for content in [text.as_bytes(), &other, &mixed] {
            let cut = cut(content, at);
            prop_assert_eq!(blob(&cut), of_form(&form::blob(&cut)));
            prop_assert_eq!(bytes(content), of_form(&form::bytes(content)));
        }
    }

    #[test]
    fn the_size_of_arguments_is_that_of_their_form(
        parameters in "[a-z]{0,9}",
        payload: Option<Vec<u8>>,
        content: Vec<u8>,
        step: Option<String>,
    ) {
        let input = BuildInput {
            operation: "upload".into(),
            parameters,
            payload: payload.map(Blob::from),
            attachments: vec![Attachment {
                name: "a".into(),
                media_type: "b/c".into(),
                content: Blob::from(content),
            }],
            cursor: None,
            step,
            next_secret_of: None,
        };
        let form = Value::from(form::arguments_of_build(&input));
        prop_assert_eq!(arguments_of_build(&input), of_form(&form));
    }
}
