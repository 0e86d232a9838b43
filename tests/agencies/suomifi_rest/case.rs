// SPDX-License-Identifier: Apache-2.0
//! What a case is, and running it: a request that is built, an answer that is parsed, or settings that are judged.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use silta::{
    Agency, Blob, BuildInput, Error,
    describe::Description,
    exchange::{Answer, Attachment, Outcome, Request, Response, Sending, Target},
    time::Moment,
};

use super::{super::events::Kinds, pattern::differences};
use crate::support::{
    host::{Borrowed, Host, host},
    recording::TestClock,
    surroundings::Surroundings,
};

/// The password of the system, that at Posti, and a token.
pub(super) const PASSWORD: &str = "Test-password-of-the-system-1234567890";
pub(super) const POSTI: &str = "p0St";
pub(super) const TOKEN: &str = "token.of.cases";

/// A case of `data/suomifi-rest`. A field that is not known would test nothing, so it is an error.
#[derive(Debug, Deserialize)]
#[serde(tag = "exercise", rename_all = "camelCase", deny_unknown_fields)]
pub(super) enum Case {
    Build {
        operation: String,
        parameters: Value,
        #[serde(default)]
        attachments: Vec<File>,
        cursor: Option<String>,
        /// What the step before has left; JSON, or a text.
        step: Option<Value>,
        #[serde(default)]
        settings: Map<String, Value>,
        #[serde(default = "yes", rename = "hasPostiPassword")]
        has_posti_password: bool,
        /// A pattern of the request.
        expected: Option<Value>,
        problem: Option<Value>,
    },
    /// An answer, its body in `body.json`.
    Parse {
        operation: String,
        /// None: no answer came.
        status: Option<u16>,
        #[serde(default)]
        headers: Vec<(String, String)>,
        #[serde(default, rename = "earlierSendings")]
        earlier_sendings: u32,
        /// What `build` has left; JSON, or a text.
        memo: Option<Value>,
        step: Option<Value>,
        #[serde(default)]
        settings: Map<String, Value>,
        /// A pattern of the outcome.
        expected: Value,
    },
    Deploy {
        settings: Map<String, Value>,
        problem: Option<Value>,
    },
}

/// A file that goes along.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct File {
    name: String,
    media_type: String,
    /// Content; with `repeat`, so many times.
    content: String,
    #[serde(default = "once")]
    repeat: usize,
}

fn yes() -> bool {
    true
}

fn once() -> usize {
    1
}

impl Case {
    pub(super) fn body_file(&self) -> Option<&'static str> {
        matches!(self, Self::Parse { .. }).then_some("body.json")
    }

    /// Says what came out otherwise than it should.
    pub(super) fn run(
        &self,
        suomifi: &Suomifi,
        kinds: &Kinds,
        body: Option<&[u8]>,
    ) -> Result<(), String> {
        match self {
            Self::Build {
                settings,
                has_posti_password,
                expected,
                problem,
                ..
            } => {
                let agency = suomifi.deploy(settings, *has_posti_password);
                let built = agency
                    .map_err(|error| error.to_string())?
                    .build(self.input());
                judge(
                    built.map(|request| of_request(&request)),
                    expected.as_ref(),
                    problem.as_ref(),
                )
            }
            Self::Parse {
                operation,
                status,
                headers,
                earlier_sendings,
                memo,
                step,
                settings,
                expected,
            } => {
                let response = match status {
                    Some(status) => Response::Answered(Answer {
                        status: *status,
                        headers: headers.clone(),
                        body: Blob::from(body.unwrap_or_default()),
                    }),
                    None => Response::Unanswered,
                };
                let sending = Sending {
                    memo: memo.as_ref().map(text).unwrap_or_default(),
                    earlier_sendings: *earlier_sendings,
                    step: step.as_ref().map(text),
                };
                let agency = suomifi
                    .deploy(settings, true)
                    .map_err(|error| error.to_string())?;
                let outcome = agency.parse(operation, response, sending);
                let outcome = outcome.map_err(|error| format!("{}: {error}", error.code()))?;
                kinds.check(&outcome.events)?;
                differences(&of_outcome(&outcome), expected)?;
                nobody_in_names(&outcome)
            }
            Self::Deploy { settings, problem } => {
                let deployed = suomifi.deploy(settings, true).map(|_| Value::Null);
                let accepted = problem.is_none().then_some(&Value::Null);
                judge(deployed, accepted, problem.as_ref())
            }
        }
    }

    fn input(&self) -> BuildInput {
        let Self::Build {
            operation,
            parameters,
            attachments,
            cursor,
            step,
            ..
        } = self
        else {
            return BuildInput::default();
        };
        let attachment = |file: &File| Attachment {
            name: file.name.clone(),
            media_type: file.media_type.clone(),
            content: file.content.repeat(file.repeat).into_bytes().into(),
        };
        BuildInput {
            operation: operation.clone(),
            parameters: text(parameters),
            attachments: attachments.iter().map(attachment).collect(),
            cursor: cursor.clone(),
            step: step.as_ref().map(text),
            ..BuildInput::default()
        }
    }
}

fn judge(
    found: Result<Value, Error>,
    expected: Option<&Value>,
    problem: Option<&Value>,
) -> Result<(), String> {
    match (found, expected, problem) {
        (Ok(found), Some(expected), None) => differences(&found, expected),
        (Err(error), None, Some(problem)) => {
            let path = match &error {
                Error::Problem(problem) => problem.path.clone(),
                _ => String::new(),
            };
            let found = json!({"fault": error.fault().name(), "code": error.code(), "path": path, "message": error.to_string()});
            differences(&found, problem)
        }
        (Ok(found), None, Some(_)) => Err(format!("no problem: {found}")),
        (Err(error), Some(_), None) => Err(format!("{}: {error}", error.code())),
        _ => Err("either expected or problem".into()),
    }
}

/// A text as it is, or JSON as text.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

fn of_request(request: &Request) -> Value {
    let Target::Http(target) = &request.target else {
        panic!("no HTTP request")
    };
    let headers: Map<String, Value> = (request.headers.iter())
        .map(|(name, value)| (name.clone(), value.clone().into()))
        .collect();
    let secret_headers: Vec<Value> = (request.secret_headers.iter())
        .map(|it| json!([it.name, it.prefix, it.role]))
        .collect();
    let body = String::from_utf8(request.body.to_vec()).unwrap();
    json!({
        "method": target.method, "url": target.url, "headers": headers, "secretHeaders": secret_headers,
        "timeoutSeconds": request.timeout.as_secs(), "reference": request.reference, "keepBytes": request.keep_bytes,
        "tlsRole": request.tls_role, "memo": read(&request.memo), "body": read(&body), "text": body,
    })
}

fn of_outcome(outcome: &Outcome) -> Value {
    let events: Vec<Value> = (outcome.events.iter())
        .map(|event| {
            json!({
                "kind": event.kind, "key": event.deduplication_key, "about": event.about,
                "data": serde_json::from_str::<Value>(&event.data).unwrap(),
            })
        })
        .collect();
    let documents: Vec<Value> = (outcome.documents.iter())
        .map(|it| json!({"name": it.name, "mediaType": it.media_type, "text": String::from_utf8(it.content.to_vec()).unwrap()}))
        .collect();
    let follow_ups: Vec<Value> = (outcome.follow_ups.iter())
        .map(|it| json!({"operation": it.operation, "key": it.deduplication_key, "parameters": read(&it.parameters)}))
        .collect();
    let not_before = outcome.not_before.and_then(Moment::from_system_time);
    json!({
        "class": outcome.class.name(), "code": outcome.code, "text": outcome.text, "reference": outcome.reference,
        "events": events, "documents": documents, "followUps": follow_ups, "cursor": outcome.cursor, "moreWaits": outcome.more_waits,
        "nextStep": outcome.next_step.as_deref().map(read), "notBefore": not_before.map(|moment| moment.to_string()),
        "refusedSecret": outcome.refused_secret,
        "obtained": outcome.obtained.as_ref().map(|it| json!({"role": it.role, "lifetimeSeconds": it.lifetime_seconds})),
    })
}

/// JSON, or the text where it is none.
fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

/// What may be logged names nobody.
fn nobody_in_names(outcome: &Outcome) -> Result<(), String> {
    let keys = outcome.events.iter().map(|event| &event.deduplication_key);
    let keys = keys.chain(outcome.follow_ups.iter().map(|it| &it.deduplication_key));
    let mut all = keys.chain([&outcome.text, &outcome.code, &outcome.reference]);
    match all.find(|text| text.contains("900P") || text.contains("131052")) {
        Some(text) => Err(format!("an identity code is in {text}")),
        None => Ok(()),
    }
}

/// A runtime that the component is deployed into.
pub(super) struct Suomifi(Borrowed);

impl Suomifi {
    pub(super) fn new() -> Self {
        Self(host())
    }

    pub(super) fn host(&self) -> &Host {
        &self.0
    }

    pub(super) fn description(&self) -> Arc<Description> {
        let agency = self.deploy(&Map::new(), true).unwrap();
        agency.description().unwrap()
    }

    /// At the beginning of 2026-07-01, with a token in hand.
    pub(super) fn deploy(
        &self,
        settings: &Map<String, Value>,
        has_posti_password: bool,
    ) -> Result<Agency, Error> {
        let least = json!({"url": "https://messages.example", "username": "system-1", "service-id": "svc-1"});
        let mut all = least.as_object().unwrap().clone();
        all.extend(settings.clone());
        all.retain(|_, value| !value.is_null());
        let mut surroundings = Surroundings {
            settings: all,
            secrets: [("password".into(), vec![PASSWORD.into()])].into(),
            ..Surroundings::default()
        };
        if has_posti_password {
            let role = "posti-password".to_owned();
            surroundings.secrets.insert(role, vec![POSTI.into()]);
        }
        let agency = self.0.deploy(artifacts::SUOMIFI_REST, surroundings)?;
        let body = json!({"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"});
        let answer = Answer {
            status: 200,
            headers: Vec::new(),
            body: body.to_string().into_bytes().into(),
        };
        let sending = Sending {
            memo: String::new(),
            earlier_sendings: 0,
            step: None,
        };
        agency.parse("token", Response::Answered(answer), sending)?;
        self.0.clock.set(TestClock::START);
        Ok(agency)
    }
}
