// SPDX-License-Identifier: Apache-2.0
//! What goes in and comes out of a component, checked against the contract at the border.

mod facts;

use std::time::{Duration, UNIX_EPOCH};

use serde_json::json;
use silta::{
    Agency, Blob, BuildInput, Error,
    exchange::{
        Answer, Attachment, Call, Fault, HttpCall, MailAnswer, MailCall, MailConnection, MailReply,
        Outcome, RecipientReply, Response, RetryClass, Sending, Target, Verdict,
    },
};

use crate::support::{
    self, build, build_with,
    host::{host, rogue},
    json, problem,
};

#[test]
fn a_request_that_breaks_the_contract_goes_nowhere() {
    let host = host();
    let agency = host.rogue(rogue());
    for way in [
        "plain-http",
        "other-scheme",
        "url-line-break",
        "method-line-break",
        "header-name-line-break",
        "header-value-line-break",
        "reference-line-break",
        "no-recipient",
        "sender-line-break",
        "recipient-line-break",
    ] {
        let result = build(&agency, "break-request", json!({ "way": way }));
        match result {
            Err(error @ Error::Contract { .. }) => {
                assert_eq!(error.code(), "component.contract");
                assert_eq!(error.fault(), Fault::Internal);
            }
            Err(error) => panic!("{way}: {error}"),
            Ok(request) => panic!("{way} was let through: {:?}", request.target),
        }
    }
    build(&agency, "behave", json!({})).unwrap();
}

#[test]
fn a_mail_request_with_recipients_is_fine() {
    let host = host();
    let agency = host.rogue(rogue());
    let request = build(&agency, "break-request", json!({"way": "mail"})).unwrap();
    assert!(matches!(request.target, Target::Smtp(_)));
}

#[test]
fn a_memo_has_at_most_four_kibibytes() {
    let host = host();
    let agency = host.rogue(rogue());
    let request = build(&agency, "memo", json!({"bytes": 4096})).unwrap();
    assert_eq!(request.memo.len(), 4096);
    let error = build(&agency, "memo", json!({"bytes": 4097})).unwrap_err();
    assert_eq!(error.code(), "component.contract");
}

#[test]
fn a_payload_is_held_against_the_operations_limit() {
    let host = host();
    let agency = host.rogue(rogue());
    let limit = 16 << 20;
    build_with(&agency, "behave", json!({}), vec![0; limit]).unwrap();
    match build_with(&agency, "behave", json!({}), vec![0; limit + 1]) {
        Err(Error::TooLarge { allowed, asked, .. }) => {
            assert_eq!((allowed, asked), (limit as u64, limit as u64 + 1));
        }
        other => panic!("not too large: {:?}", other.err()),
    }
}

#[test]
fn attachments_are_counted() {
    let host = host();
    let agency = host.rogue(rogue());
    let attachment = Attachment {
        name: "a.txt".into(),
        media_type: "text/plain".into(),
        content: Blob::from(b"content".as_slice()),
    };
    let with = |number| {
        agency.build(BuildInput {
            operation: "behave".into(),
            parameters: "{}".into(),
            attachments: vec![attachment.clone(); number],
            ..BuildInput::default()
        })
    };
    with(2).unwrap();
    assert_eq!(with(3).unwrap_err().code(), "input.too-large");
}

#[test]
fn an_unknown_operation_is_told_with_those_there_are() {
    let host = host();
    let agency = host.rogue(rogue());
    for name in ["upload", "called", ""] {
        let error = build(&agency, name, json!({})).unwrap_err();
        assert_eq!(error.code(), "operation.unknown");
        assert_eq!(error.fault(), Fault::Caller);
        assert!(error.to_string().contains("behave"), "{error}");
    }
}

#[test]
fn a_problem_of_the_component_passes_as_it_is() {
    let host = host();
    let agency = host.rogue(rogue());
    let result = build(&agency, "behave", json!({"cuont": 1}));
    assert_eq!(
        problem(result),
        ("parameter.unknown".into(), "/cuont".into())
    );
    let result = build(&agency, "behave", json!({"count": "many"}));
    assert_eq!(
        problem(result),
        ("parameter.invalid".into(), "/count".into())
    );
}

#[test]
fn an_answer_is_parsed_with_its_memo_and_its_document() {
    let host = host();
    let agency = host.rogue(rogue());
    let sending = Sending {
        memo: "remember".into(),
        earlier_sendings: 0,
        step: None,
    };
    let answered = |status, body: &[u8]| {
        let answer = Answer {
            status,
            headers: Vec::new(),
            body: Blob::from(body),
        };
        agency.parse("behave", Response::Answered(answer), sending.clone())
    };
    let outcome = answered(200, b"fine").unwrap();
    assert_eq!(outcome.class, RetryClass::Done);
    assert_eq!(
        (outcome.code.as_str(), outcome.text.as_str()),
        ("http-200", "fine")
    );
    assert_eq!(outcome.reference, "remember");
    assert_eq!(outcome.documents[0].content.to_vec(), b"fine");
    assert_eq!(answered(404, b"").unwrap().class, RetryClass::FixFirst);
    assert_eq!(problem(answered(200, b"\xff")).0, "body.not-text");
    let unanswered = agency.parse("behave", Response::Unanswered, sending.clone());
    assert_eq!(unanswered.unwrap().class, RetryClass::UnknownOutcome);
}

#[test]
fn an_answer_is_held_against_the_operations_limit() {
    let host = host();
    let agency = host.rogue(rogue());
    let parse = |size| {
        let answer = Answer {
            status: 200,
            headers: Vec::new(),
            body: Blob::from(vec![b'x'; size]),
        };
        agency.parse("behave", Response::Answered(answer), Sending::default())
    };
    parse(64 << 10).unwrap();
    assert_eq!(parse((64 << 10) + 1).unwrap_err().code(), "input.too-large");
}

#[test]
fn a_call_is_let_in_or_not_and_answered_either_way() {
    let host = host();
    let agency = host.rogue(rogue());
    let http = |body: &[u8]| {
        Call::Http(HttpCall {
            method: "POST".into(),
            target: "/".into(),
            headers: Vec::new(),
            body: Blob::from(body),
            peer_certificates: None,
            peer_address: "127.0.0.1".into(),
        })
    };
    let Verdict::Accepted(accepted) = agency.validate(http(b"hello")).unwrap() else {
        panic!("rejected")
    };
    assert_eq!(accepted.operation, "called");
    assert_eq!(accepted.events[0].deduplication_key, "called/hello");
    assert_eq!(
        (accepted.reply.status, accepted.reply_to_duplicate.status),
        (202, 200)
    );
    assert!(accepted.reply.body.is_empty());
    let Verdict::Rejected(rejected) = agency.validate(http(b"\xff")).unwrap() else {
        panic!("accepted")
    };
    assert_eq!(rejected.reply.status, 400);
    assert_eq!(rejected.reason.code, "body.not-text");
    let mail = Call::Mail(MailCall {
        sender: String::new(),
        recipients: vec!["a@rogue.example".into()],
        content: Blob::from(b"Subject: x\r\n\r\n".as_slice()),
        connection: MailConnection {
            peer_address: "192.0.2.1".into(),
            tls: None,
            peer_certificates: None,
            allowed: true,
        },
    });
    assert!(matches!(
        agency.validate(mail).unwrap(),
        Verdict::Rejected(_)
    ));
}

#[test]
fn handed_in_blobs_come_back_unchanged_when_they_are_large() {
    let host = host();
    let agency = host.rogue(rogue());
    let payload: Vec<u8> = (0..3_000_000_u32)
        .map(|number| (number % 251) as u8)
        .collect();
    let request = build_with(&agency, "unpack", json!({"count": 1}), payload.clone()).unwrap();
    assert!(request.body.to_vec() == payload);
    // The component never saw more of it than a handle.
    assert!(host.recorder.calls()[0].peak_memory < 2 << 20);
    assert!(json(&build(&agency, "behave", json!({})).unwrap())["version"].is_u64());
}

#[test]
fn parameters_are_one_object_with_no_name_twice() {
    let host = host();
    let agency = host.rogue(rogue());
    let behave = |parameters: &str| {
        agency.build(BuildInput {
            operation: "behave".into(),
            parameters: parameters.into(),
            ..BuildInput::default()
        })
    };
    behave(r#"{"text": "a"}"#).unwrap();
    // Nothing of this reaches the component: it is not called.
    host.recorder.calls();
    #[rustfmt::skip]
    let rows = [
        (r#"[1, 2, "a", "b", "c"]"#, "parameter.invalid", ""),
        ("[]", "parameter.invalid", ""),
        ("null", "parameter.invalid", ""),
        (r#"{"text": "a", "text": "a"}"#, "parameter.invalid", "/text"),
        ("", "parameters.not-json", "1:0"),
        ("{} {}", "parameters.not-json", "1:4"),
    ];
    for (parameters, code, path) in rows {
        let error = behave(parameters).unwrap_err();
        assert_eq!(error.fault(), Fault::Caller, "{parameters}");
        let expected = (code.to_owned(), path.to_owned());
        assert_eq!(problem::<()>(Err(error)), expected, "{parameters}");
    }
    assert!(host.recorder.calls().is_empty());
}

#[test]
fn an_empty_payload_is_none_unless_the_operation_takes_it() {
    let host = host();
    let agency = host.rogue(rogue());
    let description = agency.description().unwrap();
    let takes_empty = |name: &str| description.operation(name).unwrap().empty_payload;
    assert!(takes_empty("behave") && !takes_empty("scatter"));
    build_with(&agency, "behave", json!({}), Vec::new()).unwrap();
    build_with(&agency, "scatter", json!({"count": 1}), vec![b'x']).unwrap();
    let result = build_with(&agency, "scatter", json!({"count": 1}), Vec::new());
    assert_eq!(result.as_ref().unwrap_err().fault(), Fault::Caller);
    assert_eq!(problem(result), ("payload.empty".into(), String::new()));
    // No payload is for the component to judge.
    let without = BuildInput {
        operation: "scatter".into(),
        parameters: "{}".into(),
        ..BuildInput::default()
    };
    let told = problem(agency.build(without));
    assert_eq!(told.0, "told.nothing");
}

/// An answer in which a test words the outcome.
fn worded(
    agency: &Agency,
    outcome: serde_json::Value,
    step: Option<&str>,
) -> Result<Outcome, Error> {
    let answer = support::worded(&outcome);
    let sending = Sending {
        step: step.map(str::to_owned),
        ..Sending::default()
    };
    agency.parse("behave", Response::Answered(answer), sending)
}

#[test]
fn a_step_goes_on_and_is_told_which_it_was() {
    let host = host();
    let agency = host.rogue(rogue());
    let first = worded(
        &agency,
        json!({"next-step": "two", "more-waits": true}),
        None,
    )
    .unwrap();
    assert_eq!(first.next_step.as_deref(), Some("two"));
    assert!(first.more_waits);
    assert_eq!(first.text, "");
    let second = worded(&agency, json!({"not-before": 1_800_000_000}), Some("two")).unwrap();
    assert_eq!((second.next_step, second.text.as_str()), (None, "two"));
    let not_before = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    assert_eq!(second.not_before, Some(not_before));
    let refused = worded(
        &agency,
        json!({"class": "denied", "refused-secret": "token"}),
        None,
    );
    assert_eq!(refused.unwrap().refused_secret.as_deref(), Some("token"));
}

#[test]
fn a_step_is_limited_and_comes_after_one_that_is_done() {
    let host = host();
    let agency = host.rogue(rogue());
    let longest = 64 << 10;
    let step = |bytes| worded(&agency, json!({ "step-bytes": bytes }), None);
    assert_eq!(step(longest).unwrap().next_step.unwrap().len(), longest);
    assert!(
        matches!(step(longest + 1), Err(Error::Contract { what, .. }) if what.contains("64 KiB"))
    );
    let refused = worded(
        &agency,
        json!({"class": "done", "refused-secret": "token"}),
        None,
    );
    assert!(matches!(refused, Err(Error::Contract { .. })));
    for class in ["denied", "fix-first", "retry-later", "unknown"] {
        let broken = worded(&agency, json!({"class": class, "next-step": "two"}), None);
        assert!(matches!(broken, Err(Error::Contract { .. })), "{class}");
    }
}

#[test]
fn a_relay_answers_for_each_recipient() {
    let host = host();
    let agency = host.rogue(rogue());
    let reply = |code, enhanced: &str| MailReply {
        code,
        enhanced: enhanced.into(),
        text: "As it says.".into(),
    };
    let recipient = |name: &str, reply| RecipientReply {
        recipient: name.into(),
        reply,
    };
    let answer = MailAnswer {
        reply: reply(250, "2.0.0"),
        recipients: vec![
            recipient("a@rogue.example", reply(250, "2.1.5")),
            recipient("b@rogue.example", reply(550, "5.1.1")),
        ],
    };
    let response = Response::MailAnswered(answer);
    let outcome = agency
        .parse("behave", response, Sending::default())
        .unwrap();
    assert_eq!(outcome.code, "smtp-250 2.0.0");
    assert_eq!(
        outcome.text,
        "a@rogue.example 250 2.1.5\nb@rogue.example 550 5.1.1"
    );
}
