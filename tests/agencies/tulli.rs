//! Finnish Customs: the cases in `data/tulli`, and the schemas that the component publishes.

mod case;

use serde_json::{Map, Value, json};
use silta::{
    Agency, Blob, BuildInput, Deployment, Error, Keyring, TrustStore,
    exchange::{Answer, Call, HttpCall, Response, Sending},
};

use self::case::{Case, MEMO, cases};
use super::{
    cases::hold,
    expectation::{compare_outcome, compare_request, compare_verdict, judge},
    people::people,
};
use crate::support::{
    host::{Borrowed, host},
    keys,
    recording::TestClock,
};

#[test]
fn every_case_comes_out_as_it_should() {
    let customs = Customs::new();
    hold(&cases(), 250, |case, body| {
        let flaw = case
            .flaw()
            .map(|flaw| format!(" (flaw: {flaw}; take it out when it is gone)"));
        let flaw = flaw.unwrap_or_default();
        customs
            .run(case, body)
            .map_err(|failure| format!("{failure}{flaw}"))
    });
}

#[test]
fn a_folder_that_is_no_case_is_noticed() {
    for (case, part) in [
        (json!({"exercise": "guess"}), "unknown variant"),
        (
            json!({"exercise": "parse", "operation": "upload", "statsu": 200}),
            "unknown field",
        ),
        (
            json!({"exercise": "build", "operation": "upload", "expected": {"url": "", "timeoutSeconds": 1, "class": "done"}}),
            "unknown field",
        ),
        (
            json!({"exercise": "validate", "expected": {"status": 200, "state": 1}}),
            "unknown field",
        ),
    ] {
        let error = serde_json::from_value::<Case>(case).unwrap_err();
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
        let (is_valid, problem) = match &case {
            Case::Build {
                operation,
                parameters: Some(parameters),
                problem,
                ..
            } if description.operation(operation).is_some() => {
                (parameters_schema(operation).is_valid(parameters), problem)
            }
            Case::Deploy { settings, problem } => (
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
        self.deploy_trusting(settings, TrustStore::new())
    }

    fn deploy_trusting(
        &self,
        settings: &Map<String, Value>,
        trust: TrustStore,
    ) -> Result<Agency, Error> {
        let deployment = Deployment::from_bytes(artifacts::TULLI.bytes)
            .with_settings(Value::from(with_least(settings)).to_string())
            .with_trust(trust)
            .with_keyring(Keyring::new().with("builder", keys::rsa().role_key()));
        let deployed = self.0.runtime.deploy("tulli", deployment);
        self.0.clock.set(TestClock::START);
        deployed
    }

    /// Says what came out otherwise than it should.
    fn run(&self, case: &Case, answer: Option<&[u8]>) -> Result<(), String> {
        match case {
            Case::Parse {
                operation,
                status,
                content_type,
                headers,
                earlier_sendings,
                memo,
                trusts_customs,
                settings,
                expected,
                problem,
                ..
            } => {
                let response = match (status, answer) {
                    (Some(status), Some(body)) => Response::Answered(Answer {
                        status: *status,
                        headers: content_type
                            .iter()
                            .map(|value| ("Content-Type".to_owned(), value.clone()))
                            .chain(headers.iter().cloned())
                            .collect(),
                        body: Blob::from(body),
                    }),
                    (None, None) => Response::Unanswered,
                    _ => return Err("status and answer.xml go together".into()),
                };
                let sending = Sending {
                    memo: memo.as_deref().unwrap_or(MEMO).into(),
                    earlier_sendings: *earlier_sendings,
                };
                let agency = self.deploy_trusting(settings, trust(*trusts_customs));
                let agency = agency.map_err(|error| error.to_string())?;
                let parsed = agency.parse(operation, response, sending);
                judge(parsed, expected.as_ref(), problem.as_ref(), compare_outcome)
            }
            Case::Build {
                operation,
                parameters,
                text,
                payload,
                cursor,
                settings,
                expected,
                problem,
                ..
            } => {
                let parameters = match (parameters, text) {
                    (Some(parameters), None) => parameters.to_string(),
                    (None, Some(text)) => text.clone(),
                    _ => return Err("either parameters or text".into()),
                };
                let agency = self.deploy(settings).map_err(|error| error.to_string())?;
                let built = agency.build(BuildInput {
                    operation: operation.clone(),
                    parameters,
                    payload: payload.as_ref().map(|text| Blob::from(text.as_bytes())),
                    cursor: cursor.clone(),
                    ..BuildInput::default()
                });
                judge(built, expected.as_ref(), problem.as_ref(), compare_request)
            }
            Case::Validate {
                method,
                target,
                content_type,
                soap_action,
                caller,
                address,
                trusts_customs,
                settings,
                expected,
            } => {
                let agency = self.deploy_trusting(settings, trust(*trusts_customs));
                let agency = agency.map_err(|error| error.to_string())?;
                let mut headers = vec![("content-type".into(), content_type.clone())];
                headers.extend(
                    soap_action
                        .iter()
                        .map(|value| ("soapaction".into(), value.clone())),
                );
                let call = Call::Http(HttpCall {
                    method: method.clone(),
                    target: target.clone(),
                    headers,
                    body: Blob::from(answer.unwrap_or_default()),
                    peer_certificates: caller.as_ref().map(|name| people().chain(name)),
                    peer_address: address.clone(),
                });
                let verdict = agency.validate(call);
                compare_verdict(&verdict.map_err(|error| error.to_string())?, expected)
            }
            Case::Deploy { settings, problem } => {
                let deployed = self.deploy(settings);
                let accepted = problem.is_none().then_some(&());
                judge(deployed, accepted, problem.as_ref(), |_, ()| Ok(()))
            }
        }
    }
}

fn trust(customs: bool) -> TrustStore {
    if customs {
        people().trust(&["customs"])
    } else {
        TrustStore::new()
    }
}

/// The settings over the least that the component takes.
fn with_least(settings: &Map<String, Value>) -> Map<String, Value> {
    let least = json!({"url": "https://customs.example/dme", "intermediary": "1234567-1"});
    let mut all = least.as_object().unwrap().clone();
    all.extend(settings.clone());
    all
}
