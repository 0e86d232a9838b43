// SPDX-License-Identifier: Apache-2.0
//! The Tax Administration's push notifications: the cases in `data/vero`, and what no case can show.

mod rotation;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use silta::{
    Agency, Blob, BuildInput, Error,
    exchange::{Answer, Call, HttpCall, Response, Sending, Verdict},
};

use super::{case, cases::hold, events::Kinds, golden, people::people};
use crate::support::{
    host::{Borrowed, host},
    recording::Taped,
    surroundings::Surroundings,
};

/// The secret that calls repeat, and the one before it.
const CURRENT: &str = "c2lsdGEtdGVzdC1zZWNyZXQtY3VycmVudA==";
const PREVIOUS: &str = "c2lsdGEtdGVzdC1zZWNyZXQtcHJldmlvdXM=";

#[test]
fn every_case_comes_out_as_it_should() {
    let vero = Vero::new();
    let cases = case::load::<Vero>("vero", "body.json", "body.json");
    let kinds = Kinds::of(&vero.deploy(&Map::new()).unwrap().description().unwrap());
    hold(&cases, 60, |case, body| {
        case::run(&vero, &kinds, case, body)
    });
    kinds.check_all_seen();
}

#[test]
fn a_notification_has_to_have_each_property_in_its_type() {
    let vero = Vero::new();
    let agency = vero.deploy(&Map::new()).unwrap();
    let whole = json!({
        "Environment": "FIS",
        "NotificationKey": 1,
        "NotificationType": "X",
        "SubscriptionId": 2,
        "Timestamp": "2021-04-22T12:01:33.478+02:00",
    });
    let code = |body: &Value| match agency.validate(call(body.to_string().as_bytes())) {
        Ok(Verdict::Accepted(_)) => "accepted".to_owned(),
        Ok(Verdict::Rejected(rejected)) => {
            assert_eq!(rejected.reply.status, 400);
            rejected.reason.code
        }
        Err(error) => error.code(),
    };
    assert_eq!(code(&whole), "accepted");
    for name in whole.as_object().unwrap().keys() {
        let mut without = whole.clone();
        without.as_object_mut().unwrap().remove(name);
        assert_eq!(code(&without), "property.missing", "{name}");
        for wrong in [json!(null), json!(true), json!([]), json!({}), json!(1.5)] {
            let mut changed = whole.clone();
            changed[name] = wrong.clone();
            assert_eq!(code(&changed), "property.invalid", "{name}: {wrong}");
        }
        let mut swapped = whole.clone();
        let is_text = whole[name].is_string();
        swapped[name] = if is_text { json!(1) } else { json!("1") };
        assert_eq!(code(&swapped), "property.invalid", "{name}");
    }
}

/// What the last list told goes through the memo of the request to the answer.
#[test]
fn a_thousand_subscriptions_are_told_once() {
    let vero = Vero::new();
    let agency = vero.deploy(&Map::new()).unwrap();
    let list = |failed: i64, cursor: Option<String>| {
        let entry = |number: i64| {
            let status = if number == failed { "fail" } else { "active" };
            json!({"SubscriptionId": 7_000_000 + number * 37, "RegistrationStatus": status})
        };
        let entries: Vec<Value> = (0..1000).map(entry).collect();
        let request = agency.build(BuildInput {
            operation: "list-subscriptions".into(),
            parameters: "{}".into(),
            cursor,
            ..BuildInput::default()
        });
        let answer = Response::Answered(Answer {
            status: 200,
            headers: Vec::new(),
            body: Blob::from(json!({ "Subscriptions": entries }).to_string().into_bytes()),
        });
        let sending = Sending {
            memo: request.unwrap().memo,
            earlier_sendings: 0,
            step: None,
        };
        let outcome = agency.parse("list-subscriptions", answer, sending);
        outcome.unwrap()
    };
    let first = list(-1, None);
    assert_eq!(first.events.len(), 1000);
    let second = list(-1, first.cursor);
    assert_eq!(second.events.len(), 0);
    let third = list(999, second.cursor);
    assert_eq!(third.events.len(), 1);
    assert!(third.events[0].data.contains("7036963"));
}

#[test]
fn the_secret_is_in_what_is_sent_and_nowhere_else() {
    let vero = Vero::new();
    let agency = vero.deploy(&Map::new()).unwrap();
    let request = agency
        .build(BuildInput {
            operation: "register-push".into(),
            parameters: json!({"callbackUrl": "https://silta.example/vero/Notify/v1"}).to_string(),
            ..BuildInput::default()
        })
        .unwrap();
    let body: Value = serde_json::from_slice(&request.body.to_vec()).unwrap();
    assert_eq!(body["callbackSecret"], CURRENT);
    assert!(!format!("{request:?}").contains(CURRENT));
    let mut wrong = call(b"{}");
    if let Call::Http(call) = &mut wrong {
        call.headers
            .push(("vero-callback-secret".into(), PREVIOUS.into()));
    }
    let verdict = format!("{:?}", agency.validate(wrong).unwrap());
    let lines = format!("{:?}", vero.0.recorder.lines());
    for secret in [CURRENT, PREVIOUS] {
        assert!(!verdict.contains(secret) && !lines.contains(secret));
    }
}

#[test]
fn lists_are_polls_and_the_secret_is_replaced_by_an_operation() {
    let vero = Vero::new();
    let description = vero.deploy(&Map::new()).unwrap().description().unwrap();
    for operation in &description.operations {
        let interval = operation.poll.map(|poll| poll.interval_seconds);
        let expected = operation.name.starts_with("list-").then_some(3600);
        assert_eq!(interval, expected, "{}", operation.name);
    }
    let (role, rotation) = description.rotated_by("replace-callback-secret").unwrap();
    assert_eq!(role.requirement.name, "callback");
    assert_eq!((&rotation.check, rotation.overlap_seconds), (&None, 3600));
}

/// A call that is in order but for its body.
fn call(body: &[u8]) -> Call {
    Call::Http(HttpCall {
        method: "POST".into(),
        target: "/vero/Notify/v1".into(),
        headers: vec![
            ("content-type".into(), "application/json".into()),
            ("vero-callback-secret".into(), CURRENT.into()),
        ],
        body: Blob::from(body),
        peer_certificates: Some(people().chain("vero-test")),
        peer_address: "127.0.0.1".into(),
    })
}

/// A runtime that the Tax Administration's component is deployed into.
struct Vero(Borrowed);

impl Vero {
    fn new() -> Self {
        Self(host())
    }

    /// At the beginning of 2026-07-01, whatever was deployed before.
    fn deploy(&self, settings: &Map<String, Value>) -> Result<Agency, Error> {
        let least = json!({"environment": "FIS", "url": "https://vero.example/FIS"});
        let secrets = [CURRENT, PREVIOUS].map(str::to_owned);
        let surroundings = Surroundings {
            secrets: [("callback".into(), secrets.into())].into(),
            anchors: people().anchors(&["vero-test", "vero-production"]),
            ..Surroundings::with_settings(&least, settings)
        };
        self.0.deploy(artifacts::VERO, surroundings)
    }
}

/// What cases of the Tax Administration have of their own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Extra {
    /// Header fields with the secret: `current`, `previous`, or what stands there.
    #[serde(default = "current_secret")]
    secrets: Vec<String>,
}

fn current_secret() -> Vec<String> {
    vec!["current".into()]
}

/// Runs a case, for its recording.
pub(super) fn perform(name: &str) -> Vec<Taped> {
    let vero = Vero::new();
    let cases = case::load::<Vero>("vero", "body.json", "body.json");
    golden::tape(&vero.0, || case::perform(&vero, &cases[name]))
}

impl case::Agency for Vero {
    type Extra = Extra;
    const EXTRA: &'static [&'static str] = &["secrets"];
    const MEMO: &'static str = "";
    const TARGET: &'static str = "/vero/Notify/v1";
    const CONTENT_TYPE: &'static str = "application/json";
    const CALLER: &'static str = "vero-test";

    fn deploy(&self, settings: &Map<String, Value>, _: &Extra) -> Result<Agency, Error> {
        Self::deploy(self, settings)
    }

    fn headers(extra: &Extra) -> Vec<(String, String)> {
        let secret = |name: &String| match name.as_str() {
            "current" => CURRENT.to_owned(),
            "previous" => PREVIOUS.to_owned(),
            other => other.to_owned(),
        };
        let secrets = extra.secrets.iter().map(secret);
        let headers = secrets.map(|secret| ("vero-callback-secret".to_owned(), secret));
        headers.collect()
    }
}
