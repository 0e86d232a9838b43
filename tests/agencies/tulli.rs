// SPDX-License-Identifier: Apache-2.0
//! Finnish Customs: the cases in `data/tulli`, and the schemas that the component publishes.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use silta::{
    Agency, Blob, BuildInput, Deployment, Error,
    exchange::{Answer, Response, Sending},
};

use super::{
    case::{self, Case, Exercise},
    cases::{Cases, hold},
    events::Kinds,
    golden,
    people::people,
};
use crate::support::{
    host::{Borrowed, host},
    keys,
    recording::Taped,
    surroundings::Surroundings,
};

#[test]
fn every_case_comes_out_as_it_should() {
    let customs = Customs::new();
    let kinds = Kinds::of(&customs.deploy(&Map::new()).unwrap().description().unwrap());
    hold(&cases(), 250, |case, body| {
        case::run(&customs, &kinds, case, body)
    });
    kinds.check_all_seen();
}

#[test]
fn a_folder_that_is_no_case_is_noticed() {
    #[rustfmt::skip]
    let rows = [
        (json!({"exercise": "guess"}), "unknown variant"),
        (json!({"exercise": "parse", "operation": "upload", "statsu": 200}), "unknown field"),
        (json!({"exercise": "build", "operation": "upload", "expected": {"url": "", "timeoutSeconds": 1, "class": "done"}}), "unknown field"),
        (json!({"exercise": "validate", "expected": {"status": 200, "state": 1}}), "unknown field"),
    ];
    for (case, part) in rows {
        let fields = case.as_object().unwrap().clone();
        let read = Case::<Extra>::read(fields, <Customs as case::Agency>::EXTRA);
        let error = read.unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[test]
fn the_schemas_are_schemas_and_agree_with_the_component() {
    let description = host()
        .runtime
        .describe(Deployment::from_bytes(artifacts::TULLI.bytes))
        .unwrap();
    let schema = |text: &str| {
        let schema: Value = serde_json::from_str(text).unwrap();
        assert_eq!(
            schema["$schema"],
            "https://json-schema.org/draft/2020-12/schema"
        );
        jsonschema::meta::validate(&schema).unwrap();
        jsonschema::validator_for(&schema).unwrap()
    };
    let parameters_schema = |name: &str| schema(&description.operation(name).unwrap().parameters);
    let settings_schema = schema(&description.settings_schema);
    let (mut taken, mut refused) = (0, 0);
    for (name, (case, _)) in cases() {
        let (is_valid, problem) = match &case.exercise {
            Exercise::Build {
                operation,
                parameters: Some(parameters),
                problem,
                ..
            } if description.operation(operation).is_some() => {
                (parameters_schema(operation).is_valid(parameters), problem)
            }
            Exercise::Deploy { settings, problem } => (
                settings_schema.is_valid(&Value::from(with_least(settings))),
                problem,
            ),
            _ => continue,
        };
        match problem.as_ref().map(|problem| problem.code.as_str()) {
            None => {
                assert!(
                    is_valid,
                    "{name}: the schema refuses what the component takes"
                );
                taken += 1;
            }
            Some("parameter.missing" | "parameter.unknown" | "setting.unknown") => {
                assert!(
                    !is_valid,
                    "{name}: the schema takes what the component refuses"
                );
                refused += 1;
            }
            // Check digits and the like are beyond a schema.
            Some(_) => {}
        }
    }
    assert!(
        taken > 8 && refused >= 5,
        "{taken} were taken and {refused} refused"
    );
}

#[test]
fn the_list_is_a_poll_as_often_as_customs_allows() {
    let customs = Customs::new();
    let list = |settings: Value| {
        let agency = customs.deploy(settings.as_object().unwrap()).unwrap();
        let description = agency.description().unwrap();
        let mut polls = description.operations.iter();
        let poll = polls.find(|operation| operation.poll.is_some()).unwrap();
        assert_eq!(poll.name, "download-list");
        assert!(polls.all(|operation| operation.poll.is_none()));
        let window = poll.limits.rate_limit.unwrap().window_seconds;
        (poll.poll.unwrap().interval_seconds, window)
    };
    assert_eq!(list(json!({})), (300, 300));
    // What is described depends on no settings; the limit beside it does.
    let notified = json!({"notification": {"enabled": true}});
    assert_eq!(list(notified), (300, 3600));
}

#[test]
fn a_body_beyond_the_limit_is_refused_before_it_is_looked_at() {
    let customs = Customs::new();
    let agency = customs.deploy(&Map::new()).unwrap();
    let parse = |size| {
        let answer = Answer {
            status: 200,
            headers: Vec::new(),
            body: Blob::from(vec![b' '; size]),
        };
        agency.parse("upload", Response::Answered(answer), Sending::default())
    };
    assert_eq!(parse(256 << 10).unwrap().code, "http-200");
    let error = parse((256 << 10) + 1).unwrap_err();
    assert_eq!(error.code(), "input.too-large");
    // Nothing of it was read, so that nobody knows what it was an answer to.
    let advice = "whether the agency has taken the request is not known: send the very same bytes again, later";
    assert!(error.to_string().ends_with(advice), "{error}");
}

#[test]
fn a_request_is_signed_once_and_the_signature_is_on_record() {
    let customs = Customs::new();
    let agency = customs.deploy(&Map::new()).unwrap();
    customs.0.recorder.reset();
    let request = agency.build(BuildInput {
        operation: "upload".into(),
        parameters: json!({"declarant": "1234567-1", "application": "X", "reference": "R"})
            .to_string(),
        payload: Some(Blob::from(b"<a/>".as_slice())),
        ..BuildInput::default()
    });
    assert!(request.is_ok());
    let [signature] = &customs.0.recorder.signatures()[..] else {
        panic!("not one signature")
    };
    assert_eq!(
        (signature.role.as_str(), signature.call.operation.as_str()),
        ("builder", "upload")
    );
    assert_eq!(customs.0.recorder.refusals(), []);
}

/// A runtime that Customs' component is deployed into, with a builder's key.
struct Customs(Borrowed);

impl Customs {
    fn new() -> Self {
        Self(host())
    }

    /// At the beginning of 2026-07-01, whatever was deployed before.
    fn deploy(&self, settings: &Map<String, Value>) -> Result<Agency, Error> {
        self.deploy_trusting(settings, &[])
    }

    fn deploy_trusting(
        &self,
        settings: &Map<String, Value>,
        sets: &[&str],
    ) -> Result<Agency, Error> {
        let surroundings = Surroundings {
            keys: [("builder".into(), keys::rsa().into())].into(),
            anchors: people().anchors(sets),
            settings: with_least(settings),
            ..Surroundings::default()
        };
        self.0.deploy(artifacts::TULLI, surroundings)
    }
}

/// What cases of Customs have of their own.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Extra {
    /// Whose certificates are configured; the issuer of Customs' when it does not matter.
    #[serde(default = "yes")]
    trusts_customs: bool,
    /// Of a call.
    soap_action: Option<String>,
}

fn yes() -> bool {
    true
}

impl case::Agency for Customs {
    type Extra = Extra;
    const EXTRA: &'static [&'static str] = &["trustsCustoms", "soapAction"];
    const MEMO: &'static str = "MEMO";
    const TARGET: &'static str = "/tulli/notify";
    const CONTENT_TYPE: &'static str = "application/soap+xml; charset=utf-8";
    const CALLER: &'static str = "customs";

    fn deploy(&self, settings: &Map<String, Value>, extra: &Extra) -> Result<Agency, Error> {
        let sets: &[&str] = if extra.trusts_customs {
            &["customs"]
        } else {
            &[]
        };
        self.deploy_trusting(settings, sets)
    }

    fn headers(extra: &Extra) -> Vec<(String, String)> {
        let action = extra.soap_action.iter();
        let header = action.map(|value| ("soapaction".into(), value.clone()));
        header.collect()
    }
}

/// Runs a case, for its recording.
pub(super) fn perform(name: &str) -> Vec<Taped> {
    let customs = Customs::new();
    golden::tape(&customs.0, || case::perform(&customs, &cases()[name]))
}

/// All of them.
fn cases() -> Cases<Case<Extra>> {
    case::load::<Customs>("tulli", "answer.xml", "call.xml")
}

/// The settings over the least that the component takes.
fn with_least(settings: &Map<String, Value>) -> Map<String, Value> {
    let least = json!({"url": "https://customs.example/dme", "intermediary": "1234567-1"});
    let mut all = least.as_object().unwrap().clone();
    all.extend(settings.clone());
    all
}
