// SPDX-License-Identifier: Apache-2.0
//! What a case is, and running it. What differs between agencies is theirs: [`Agency`].

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::{Map, Value};
use silta::{
    Blob, BuildInput, Error,
    exchange::{Answer, Call, HttpCall, Response, Sending, Verdict},
};

use super::{
    cases::{self, Cases},
    events::Kinds,
    expectation::{
        ExpectedOutcome, ExpectedProblem, ExpectedRequest, ExpectedVerdict, compare_outcome,
        compare_request, compare_verdict, judge,
    },
    mail,
    people::people,
};

/// What cases of one agency have of their own.
pub(super) trait Agency {
    /// Its fields of a case, of any exercise.
    type Extra: DeserializeOwned;
    /// Names of these fields.
    const EXTRA: &'static [&'static str];
    /// What `parse` is told that `build` left, when it does not matter.
    const MEMO: &'static str;
    /// Where calls go that do not say.
    const TARGET: &'static str;
    /// The media type of calls that do not say.
    const CONTENT_TYPE: &'static str;
    /// Who calls, if nobody is named.
    const CALLER: &'static str;

    /// The component in service, at the beginning of 2026-07-01.
    fn deploy(
        &self,
        settings: &Map<String, Value>,
        extra: &Self::Extra,
    ) -> Result<silta::Agency, Error>;

    /// Header fields of a call beside its media type.
    fn headers(extra: &Self::Extra) -> Vec<(String, String)>;
}

/// A case of `data/<agency>`.
#[derive(Debug)]
pub(super) struct Case<X> {
    pub(super) exercise: Exercise,
    pub(super) extra: X,
}

/// A field that is not known here or to the agency would test nothing, so it is an error.
#[derive(Debug, Deserialize)]
#[serde(tag = "exercise", rename_all = "camelCase", deny_unknown_fields)]
pub(super) enum Exercise {
    /// An answer, its body in a file.
    #[serde(rename_all = "camelCase")]
    Parse {
        operation: String,
        /// None: no answer came.
        status: Option<u16>,
        /// None: the answer does not say.
        content_type: Option<String>,
        /// Further header fields of the answer.
        #[serde(default)]
        headers: Vec<(String, String)>,
        #[serde(default)]
        earlier_sendings: u32,
        /// What `build` left.
        memo: Option<String>,
        #[serde(default)]
        settings: Map<String, Value>,
        expected: Option<ExpectedOutcome>,
        problem: Option<ExpectedProblem>,
        flaw: Option<String>,
    },
    Build {
        operation: String,
        parameters: Option<Value>,
        /// In place of parameters: what is not the JSON of any.
        text: Option<String>,
        payload: Option<String>,
        cursor: Option<String>,
        #[serde(default)]
        settings: Map<String, Value>,
        expected: Option<ExpectedRequest>,
        problem: Option<ExpectedProblem>,
        flaw: Option<String>,
    },
    /// A call, 2026-07-01T00:00:00Z, in order but for what is named, its body in a file.
    #[serde(rename_all = "camelCase")]
    Validate {
        #[serde(default = "post")]
        method: String,
        target: Option<String>,
        content_type: Option<String>,
        /// Who calls, by name; null: somebody without a certificate.
        #[serde(default, deserialize_with = "named")]
        caller: Option<Option<String>>,
        #[serde(default = "loopback")]
        address: String,
        #[serde(default)]
        settings: Map<String, Value>,
        expected: ExpectedVerdict,
    },
    Deploy {
        settings: Map<String, Value>,
        problem: Option<ExpectedProblem>,
    },
    /// A mail that comes in, in the file `mail.eml`.
    Mail(mail::Arrival),
    /// What a relay answers to a mail.
    Relay(mail::Answered),
    /// A mail that is built.
    Compose(mail::Composition),
}

fn post() -> String {
    "POST".into()
}

fn loopback() -> String {
    "127.0.0.1".into()
}

/// A field that is there, perhaps null.
fn named<'de, D: Deserializer<'de>>(field: D) -> Result<Option<Option<String>>, D::Error> {
    Deserialize::deserialize(field).map(Some)
}

impl<X: DeserializeOwned> Case<X> {
    /// Reads a case; fields of these names are the agency's.
    pub(super) fn read(mut fields: Map<String, Value>, own: &[&str]) -> serde_json::Result<Self> {
        let extra: Map<String, Value> = own
            .iter()
            .filter_map(|name| fields.remove_entry(*name))
            .collect();
        Ok(Self {
            exercise: serde_json::from_value(fields.into())?,
            extra: serde_json::from_value(extra.into())?,
        })
    }

    /// What is wrong with what comes out today, where something is.
    fn flaw(&self) -> Option<&str> {
        match &self.exercise {
            Exercise::Parse { flaw, .. } | Exercise::Build { flaw, .. } => flaw.as_deref(),
            _ => None,
        }
    }
}

/// All cases of an agency, with the bodies of answers and calls from files of these names.
pub(super) fn load<A: Agency>(
    folder: &str,
    answer: &'static str,
    call: &'static str,
) -> Cases<Case<A::Extra>> {
    let read = |text: &str| Case::read(serde_json::from_str(text)?, A::EXTRA);
    cases::load(folder, read, |case| match case.exercise {
        Exercise::Parse { .. } => Some(answer),
        Exercise::Validate { .. } => Some(call),
        Exercise::Mail(_) => Some(mail::FILE),
        _ => None,
    })
}

/// Says what came out otherwise than it should, or is published.
pub(super) fn run<A: Agency>(
    agency: &A,
    kinds: &Kinds,
    case: &Case<A::Extra>,
    body: Option<&[u8]>,
) -> Result<(), String> {
    exercise(agency, kinds, case, body).map_err(|failure| match case.flaw() {
        Some(flaw) => format!("{failure} (flaw: {flaw}; take it out when it is gone)"),
        None => failure,
    })
}

/// Runs a case that has to come out as it should, of an agency whose kinds of events nobody needs.
pub(super) fn perform<A: Agency>(agency: &A, (case, body): &(Case<A::Extra>, Option<Vec<u8>>)) {
    let deployed = agency.deploy(&Map::new(), &case.extra).unwrap();
    let kinds = Kinds::of(&deployed.description().unwrap());
    run(agency, &kinds, case, body.as_deref()).unwrap();
}

fn exercise<A: Agency>(
    agency: &A,
    kinds: &Kinds,
    case: &Case<A::Extra>,
    body: Option<&[u8]>,
) -> Result<(), String> {
    let Case { exercise, extra } = case;
    let deploy = |settings| {
        let deployed = agency.deploy(settings, extra);
        deployed.map_err(|error| error.to_string())
    };
    match exercise {
        Exercise::Parse {
            operation,
            status,
            content_type,
            headers,
            earlier_sendings,
            memo,
            settings,
            expected,
            problem,
            ..
        } => {
            let content_type = content_type.iter();
            let content_type = content_type.map(|value| ("Content-Type".to_owned(), value.clone()));
            let headers = content_type.chain(headers.iter().cloned());
            let response = match (status, body) {
                (Some(status), body) => Response::Answered(Answer {
                    status: *status,
                    headers: headers.collect(),
                    body: Blob::from(body.unwrap_or_default()),
                }),
                (None, None) => Response::Unanswered,
                (None, Some(_)) => return Err("a body without a status".into()),
            };
            let sending = Sending {
                memo: memo.as_deref().unwrap_or(A::MEMO).into(),
                earlier_sendings: *earlier_sendings,
                step: None,
            };
            let parsed = deploy(settings)?.parse(operation, response, sending);
            judge(
                parsed,
                expected.as_ref(),
                problem.as_ref(),
                |outcome, expected| {
                    kinds.check(&outcome.events)?;
                    compare_outcome(outcome, expected)
                },
            )
        }
        Exercise::Build {
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
            let built = deploy(settings)?.build(BuildInput {
                operation: operation.clone(),
                parameters,
                payload: payload.as_ref().map(|text| Blob::from(text.as_bytes())),
                cursor: cursor.clone(),
                ..BuildInput::default()
            });
            judge(built, expected.as_ref(), problem.as_ref(), compare_request)
        }
        Exercise::Validate { expected, .. } => {
            let verdict = validate(agency, case, body)?;
            if let Verdict::Accepted(acceptance) = &verdict {
                kinds.check(&acceptance.events)?;
            }
            compare_verdict(&verdict, expected)
        }
        Exercise::Deploy { settings, problem } => {
            let deployed = agency.deploy(settings, extra);
            let accepted = problem.is_none().then_some(&());
            judge(deployed, accepted, problem.as_ref(), |_, ()| Ok(()))
        }
        Exercise::Mail(arrival) => mail::arrive(&deploy(&arrival.settings)?, kinds, arrival, body),
        Exercise::Relay(answered) => {
            mail::parse(&deploy(&answered.settings)?, kinds, answered, A::MEMO)
        }
        Exercise::Compose(composition) => {
            mail::compose(&deploy(&composition.settings)?, composition)
        }
    }
}

/// What comes of the call of a case.
pub(super) fn validate<A: Agency>(
    agency: &A,
    Case { exercise, extra }: &Case<A::Extra>,
    body: Option<&[u8]>,
) -> Result<Verdict, String> {
    let Exercise::Validate {
        method,
        target,
        content_type,
        caller,
        address,
        settings,
        ..
    } = exercise
    else {
        return Err("no call".into());
    };
    let deployed = agency.deploy(settings, extra);
    let deployed = deployed.map_err(|error| error.to_string())?;
    let content_type = content_type.as_deref().unwrap_or(A::CONTENT_TYPE);
    let mut headers = vec![("content-type".to_owned(), content_type.to_owned())];
    headers.extend(A::headers(extra));
    let caller = match caller {
        Some(named) => named.as_deref(),
        None => Some(A::CALLER),
    };
    let verdict = deployed.validate(Call::Http(HttpCall {
        method: method.clone(),
        target: target.as_deref().unwrap_or(A::TARGET).to_owned(),
        headers,
        body: Blob::from(body.unwrap_or_default()),
        peer_certificates: caller.map(|name| people().chain(name)),
        peer_address: address.clone(),
    }));
    verdict.map_err(|error| error.to_string())
}
