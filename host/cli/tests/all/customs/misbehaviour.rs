// SPDX-License-Identifier: Apache-2.0
//! What becomes of an operation when Customs, or the net on the way to it, does what it should not.

use serde_json::json;
use silta::{
    BuildInput, Error,
    exchange::{Answer, FollowUp, Outcome, Request, Response, Sending},
};
use silta_simulators::{
    Simulator,
    customs::{CustomsSetup, CustomsSimulator, Misbehaviour, Reply, Script, SigningIdentity},
};
use std::time::Duration;

use super::{Client, connection::exchange};
use crate::{identities::COMPANY, project::Project};

/// A simulator that signs, answers lists as often as it is asked, and hangs for longer than anybody waits.
fn start(project: &Project) -> CustomsSimulator {
    let pem = |name: &str| project.text(&format!("pki/{name}.pem"));
    let mut setup = CustomsSetup::new(pem("customs"), pem("customs.key"), pem("ca"), pem("ca"));
    setup.reply_signing = Some(SigningIdentity {
        certificates_pem: pem("customs-signing"),
        key_pem: pem("customs-signing.key"),
    });
    setup.list_interval = Duration::ZERO;
    let customs = CustomsSimulator::start(setup).unwrap();
    project.set("settings.url", customs.url());
    customs
}

impl Client {
    fn build_other(&self, operation: &str, parameters: &serde_json::Value) -> Request {
        let input = BuildInput {
            operation: operation.into(),
            parameters: parameters.to_string(),
            ..BuildInput::default()
        };
        self.agency.build(input).unwrap()
    }

    /// Sends, and gives what comes back; `None` is no answer.
    fn send(&self, request: &Request) -> Option<Answer> {
        exchange(&self.config, request).ok()
    }

    /// The same, waiting no longer than a test has time for where nothing comes for a long time.
    fn send_to(&self, misbehaviour: &str, request: &Request) -> Option<Answer> {
        let is_slow = misbehaviour.starts_with("hang") || misbehaviour.starts_with("slow");
        let hasty = Request {
            timeout: Duration::from_secs(6),
            ..request.clone()
        };
        self.send(if is_slow { &hasty } else { request })
    }

    fn understand(
        &self,
        operation: &str,
        (request, answer): (&Request, Option<Answer>),
        earlier_sendings: u32,
    ) -> Result<Outcome, Error> {
        let sending = Sending {
            memo: request.memo.clone(),
            earlier_sendings,
            step: None,
        };
        let response = answer.map_or(Response::Unanswered, Response::Answered);
        self.agency.parse(operation, response, sending)
    }
}

/// Class and code of an outcome, or the code of a problem.
fn told(understood: &Result<Outcome, Error>) -> String {
    match understood {
        Ok(outcome) => format!("{} {}", outcome.class.name(), outcome.code),
        Err(error) => error.code(),
    }
}

#[test]
fn an_upload_comes_to_what_the_guide_asks_for_and_is_never_doubled() {
    let project = Project::new();
    let customs = start(&project);
    let client = Client::new(&project);
    // What goes wrong, what that is, and what the very same bytes come to when Customs behaves again.
    #[rustfmt::skip]
    let rows = [
        ("silence", "unknown-outcome none", "done 000"),
        ("silence-kept", "unknown-outcome none", "already-accepted 500"),
        ("hang=120", "unknown-outcome none", "already-accepted 500"),
        ("slow=120", "unknown-outcome none", "already-accepted 500"),
        ("reset", "unknown-outcome none", "already-accepted 500"),
        ("refuse=999", "unknown-outcome 999", "done 000"),
        ("refuse-kept=999", "unknown-outcome 999", "already-accepted 500"),
        ("fault=999", "unknown-outcome 999", "done 000"),
        ("fault-kept=999", "unknown-outcome 999", "already-accepted 500"),
        ("bare-fault", "unknown-outcome Server", "done 000"),
        ("bare-fault-kept", "unknown-outcome Server", "already-accepted 500"),
        ("bad-gateway", "unknown-outcome http-502", "already-accepted 500"),
        ("refuse=474", "retry-later-new-reference 474", "done 000"),
        ("refuse=490", "retry-later-new-reference 490", "done 000"),
        ("refuse=491", "retry-later-new-reference 491", "done 000"),
        ("refuse=499", "retry-later-new-reference 499", "done 000"),
        ("refuse=455", "fix-first 455", "done 000"),
        ("refuse=450", "denied 450", "done 000"),
        // Allowed, however unusual.
        ("other-prefixes", "done 000", "already-accepted 500"),
        ("no-prefixes", "done 000", "already-accepted 500"),
        ("content-type", "done 000", "already-accepted 500"),
        // Nobody can tell what these mean.
        ("garbage", "unknown-outcome http-200", "already-accepted 500"),
        ("empty", "unknown-outcome http-200", "already-accepted 500"),
        ("doctype", "unknown-outcome http-200", "already-accepted 500"),
        ("oversized=300000", "input.too-large", "already-accepted 500"),
        ("wrong-server-certificate", "unknown-outcome none", "done 000"),
    ];
    for (misbehaviour, first, again) in rows {
        let request = client.build(&project, b"<a/>");
        customs.misbehave(Script::default().once(misbehaviour.parse::<Misbehaviour>().unwrap()));
        let answer = client.send_to(misbehaviour, &request);
        let understood = client.understand("upload", (&request, answer), 0);
        assert_eq!(told(&understood), first, "{misbehaviour}");
        customs.behave();
        let answer = client.send(&request);
        let understood = client.understand("upload", (&request, answer), 1);
        assert_eq!(told(&understood), again, "{misbehaviour}, again");
    }
}

#[test]
fn a_wrong_namespace_is_a_wrong_one_where_one_is_configured() {
    let project = Project::new();
    let customs = start(&project);
    project.set(
        "settings.wire.service-namespace",
        "http://tulli.fi/schema/corporateservice/v1",
    );
    let client = Client::new(&project);
    customs.misbehave(Script::default().once(Misbehaviour::WrongNamespace));
    let request = client.build(&project, b"<a/>");
    let answer = client.send(&request);
    let understood = client.understand("upload", (&request, answer), 0);
    assert_eq!(told(&understood), "unknown-outcome http-200");
}

#[test]
fn a_reply_that_was_tampered_with_is_not_handed_out() {
    let project = Project::new();
    let customs = start(&project);
    let client = Client::new(&project);
    let storage_id = customs.deposit(Reply::new(COMPANY, "<r/>")).unwrap();
    let request = client.build_other("download", &json!({ "storageId": storage_id }));
    for (misbehaviour, expected) in [
        ("tampered-reply", "signature.digest-mismatch"),
        ("wrong-signer", "signature.untrusted"),
        ("truncated-base64", "answer.not-base64"),
        ("silence", "retry-later-new-reference none"),
        ("refuse=999", "retry-later-new-reference 999"),
    ] {
        customs.misbehave(Script::default().once(misbehaviour.parse::<Misbehaviour>().unwrap()));
        let answer = client.send(&request);
        let understood = client.understand("download", (&request, answer), 0);
        assert_eq!(told(&understood), expected, "{misbehaviour}");
        let is_empty = understood.is_ok_and(|outcome| outcome.documents.is_empty());
        assert!(is_empty || expected.contains('.'), "{misbehaviour}");
        customs.behave();
    }
    let answer = client.send(&request);
    let outcome = client
        .understand("download", (&request, answer), 0)
        .unwrap();
    assert_eq!(outcome.documents.len(), 1);
    assert_eq!(outcome.documents[0].content.to_vec(), b"<r/>");
}

#[test]
fn a_message_that_is_listed_twice_is_fetched_once() {
    let project = Project::new();
    let customs = start(&project);
    let client = Client::new(&project);
    let storage_id = customs.deposit(Reply::new(COMPANY, "<r/>")).unwrap();
    let list = || {
        let request = client.build_other("download-list", &json!({}));
        let answer = client.send(&request);
        client.understand("download-list", (&request, answer), 0)
    };
    // A window ends with the last whole second, and the message is younger.
    let mut lists = std::iter::repeat_with(|| list().unwrap());
    let once = lists
        .find(|outcome| !outcome.follow_ups.is_empty())
        .unwrap();
    customs.misbehave(Script::default().once(Misbehaviour::ListTwice));
    let twice = list().unwrap();
    let follow_ups = |outcome: &Outcome| outcome.follow_ups.clone();
    let follow_up = FollowUp {
        operation: "download".into(),
        parameters: json!({ "storageId": storage_id }).to_string(),
        deduplication_key: format!("download/{storage_id}"),
    };
    assert_eq!(follow_ups(&once), [follow_up]);
    assert_eq!(follow_ups(&twice), follow_ups(&once));
    assert_eq!(twice.events, once.events);
    assert!(once.cursor.is_some());
}
