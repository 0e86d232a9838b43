// SPDX-License-Identifier: Apache-2.0
//! What descriptions are made of.

use agency_events::EventData;
use agency_http::ResendingSettings;

use crate::{
    bindings::{
        exports::silta::agency::descriptor::{
            AdjustedLimits, AnchorSet, BuildExercise, Direction, EventKind, Exercise, Expectation,
            Idempotency, KeyRole, Limits, Operation, ParseExercise, Poll, Resending, SelfTest,
            Title, Transport, ValidateExercise,
        },
        silta::agency::types::Header,
    },
    json,
};

/// A name in a language.
pub fn title(language: &str, text: &str) -> Title {
    Title {
        language: language.into(),
        text: text.into(),
    }
}

/// A key that some operations work without.
pub fn key_role(name: &str, purpose: &str) -> KeyRole {
    KeyRole {
        name: name.into(),
        purpose: purpose.into(),
        required: false,
    }
}

/// A set of trust anchors that some operations work without.
pub fn anchor_set(name: &str, purpose: impl Into<String>) -> AnchorSet {
    AnchorSet {
        name: name.into(),
        purpose: purpose.into(),
        required: false,
    }
}

/// A kind of event by the type of its data.
pub fn published<T: EventData>() -> EventKind {
    EventKind {
        kind: T::KIND.into(),
        summary: T::SUMMARY.into(),
        data: json::schema_of_written::<T>(),
    }
}

/// An operation that we call and that changes nothing at the agency.
pub fn reading_operation(
    name: &str,
    summary: &str,
    parameters: String,
    limits: Limits,
) -> Operation {
    Operation {
        name: name.into(),
        summary: summary.into(),
        direction: Direction::Outbound,
        parameters,
        transport: Transport::Https,
        idempotency: Idempotency::ReadOnly,
        empty_payload: false,
        poll: None,
        credentials: Vec::new(),
        limits,
    }
}

/// An operation that changes nothing at the agency and is run again and again.
pub fn polling_operation(interval_seconds: u32, operation: Operation) -> Operation {
    Operation {
        poll: Some(Poll { interval_seconds }),
        ..operation
    }
}

/// An operation by which the agency calls us.
pub fn inbound_operation(name: &str, summary: &str, limits: Limits) -> Operation {
    Operation {
        direction: Direction::Inbound,
        ..reading_operation(name, summary, String::new(), limits)
    }
}

/// Limits of time and of the size of an answer or a call, and no others: neither payload nor attachments.
pub fn limits(timeout_milliseconds: u32, response_limit: u64) -> Limits {
    Limits {
        timeout_milliseconds,
        rate_limit: None,
        concurrency: None,
        reference_concurrency: None,
        payload_limit: None,
        attachment_limit: 0,
        response_limit,
        response_advice: String::new(),
        resending: None,
        steps: 1,
    }
}

/// Limits that follow from the settings.
pub fn adjusted_limits<const N: usize>(limits: [(&str, Limits); N]) -> Vec<AdjustedLimits> {
    let adjusted = limits.map(|(operation, limits)| AdjustedLimits {
        operation: operation.into(),
        limits,
    });
    adjusted.into()
}

impl<A> From<&ResendingSettings<A>> for Resending {
    fn from(settings: &ResendingSettings<A>) -> Self {
        Self {
            sendings: settings.most_sendings,
            seconds: settings.longest_minutes.saturating_mul(60),
        }
    }
}

/// Self-tests with the same settings.
pub struct SelfTests {
    settings: &'static str,
    tests: Vec<SelfTest>,
}

impl SelfTests {
    /// None yet.
    pub fn new(settings: &'static str) -> Self {
        Self {
            settings,
            tests: Vec::new(),
        }
    }

    /// One more.
    pub fn test(mut self, name: &str, exercise: Exercise, expectation: Expectation) -> Self {
        self.tests.push(SelfTest {
            name: name.into(),
            settings: self.settings.into(),
            exercise,
            expectation,
        });
        self
    }

    /// All of them.
    pub fn into_tests(self) -> Vec<SelfTest> {
        self.tests
    }
}

/// A request is built.
pub fn build(operation: &str, parameters: &str, payload: &[u8]) -> Exercise {
    Exercise::Build(BuildExercise {
        operation: operation.into(),
        parameters: parameters.into(),
        payload: payload.into(),
    })
}

/// An answer with status 200 is parsed.
pub fn parse(operation: &str, body: impl Into<Vec<u8>>) -> Exercise {
    Exercise::Parse(ParseExercise {
        operation: operation.into(),
        status: 200,
        headers: Vec::new(),
        body: body.into(),
    })
}

/// A call is judged; without a Content-Type where it is empty.
pub fn validate(
    method: &str,
    target: &str,
    content_type: &str,
    body: impl Into<Vec<u8>>,
) -> Exercise {
    let content_type = Some(content_type).filter(|value| !value.is_empty());
    let headers = content_type.map(|value| Header {
        name: "Content-Type".into(),
        value: value.into(),
    });
    Exercise::Validate(ValidateExercise {
        method: method.into(),
        target: target.into(),
        headers: headers.into_iter().collect(),
        body: body.into(),
    })
}

/// Some request.
pub fn any_request() -> Expectation {
    Expectation::Request(Vec::new())
}

/// An outcome with a code.
pub fn outcome(code: &str) -> Expectation {
    Expectation::Outcome(code.into())
}

/// A problem, or a rejection, with a code.
pub fn problem(code: &str) -> Expectation {
    Expectation::Problem(code.into())
}

/// An acceptance as an operation.
pub fn accepted(operation: &str) -> Expectation {
    Expectation::Accepted(operation.into())
}
