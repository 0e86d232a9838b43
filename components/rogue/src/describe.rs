// SPDX-License-Identifier: Apache-2.0
//! What the component says of itself.

use agency_guest::{
    describe::{
        SelfTests, accepted, anchor_set, any_request, build, key_role, outcome, parse, problem,
        title, validate,
    },
    exports::descriptor::{
        AdjustedLimits, Description, Direction, Idempotency, Limits, Operation, Rotation,
        SecretAlphabet, SecretForm, SecretRole, SecretSource, SelfTest, Transport,
    },
    json,
};

use crate::{
    events,
    host::LARGEST_BODY,
    parameters::{Parameters, Settings},
    version::version,
    violations,
};

/// The inbound operation.
pub(crate) const CALLED: &str = "called";

/// Largest payload: tests of the limits on blobs need room.
const LARGEST_PAYLOAD: u64 = 16 << 20;

pub(crate) fn description() -> Description {
    Description {
        agency: "rogue".into(),
        titles: vec![title("en", "Breaks every rule on request")],
        version: version().into(),
        documents: Vec::new(),
        operations: operations(),
        events: events::kinds(),
        key_roles: vec![key_role("signer", "signs whatever a test asks for")],
        anchor_sets: vec![anchor_set("customs", "is there to be configured")],
        secret_roles: secret_roles(),
        settings_schema: json::schema::<Settings>(),
        self_tests: self_tests(),
    }
}

fn secret_roles() -> Vec<SecretRole> {
    let role = |name: &str, purpose: &str, source| SecretRole {
        name: name.into(),
        purpose: purpose.into(),
        required: false,
        form: Some(SecretForm {
            minimum_characters: 3,
            maximum_characters: 32,
            alphabet: SecretAlphabet::Any,
        }),
        source,
    };
    let rotation = Rotation {
        operation: "rotate".into(),
        check: Some("behave".into()),
        overlap_seconds: 60,
    };
    vec![
        role(
            "password",
            "is guessed at and peeked into",
            SecretSource::Configured,
        ),
        role(
            "token",
            "is obtained and used in header fields",
            SecretSource::Obtained("obtain".into()),
        ),
        role("rotating", "is replaced", SecretSource::Rotated(rotation)),
    ]
}

fn operations() -> Vec<Operation> {
    let parameters = json::schema::<Parameters>();
    let has_more = version().ends_with(".3");
    let had = violations::ALL.iter();
    let had = had.filter(|(name, ..)| has_more || *name != "more");
    let outbound = had.map(|(name, summary, _)| {
        operation(name, summary, Direction::Outbound, parameters.clone())
    });
    let inbound = operation(
        CALLED,
        "Takes any text; the last segment of the path says what is done with it.",
        Direction::Inbound,
        String::new(),
    );
    outbound.chain([inbound]).collect()
}

fn operation(name: &str, summary: &str, direction: Direction, parameters: String) -> Operation {
    Operation {
        name: name.into(),
        summary: summary.into(),
        direction,
        parameters,
        transport: Transport::Https,
        idempotency: Idempotency::Never,
        empty_payload: !violations::NEED_A_PAYLOAD.contains(&name),
        poll: None,
        credentials: match name {
            "use-token" => vec!["token".into()],
            _ => Vec::new(),
        },
        limits: Limits {
            steps: match direction {
                Direction::Outbound => LIMITS.steps,
                Direction::Inbound => 1,
            },
            response_limit: largest_response(),
            ..LIMITS
        },
    }
}

const LIMITS: Limits = Limits {
    timeout_milliseconds: 1000,
    rate_limit: None,
    concurrency: None,
    reference_concurrency: None,
    payload_limit: Some(LARGEST_PAYLOAD),
    attachment_limit: 2,
    response_limit: LARGEST_BODY as u64,
    response_advice: String::new(),
    resending: None,
    steps: 3,
};

/// A version that ends with 4 takes next to nothing.
fn largest_response() -> u64 {
    match version().rsplit('.').next() {
        Some("4") => 8,
        _ => LIMITS.response_limit,
    }
}

/// The limits of an operation that may run once at a time.
pub(crate) fn alone(operation: String) -> AdjustedLimits {
    AdjustedLimits {
        operation,
        limits: Limits {
            concurrency: Some(1),
            ..LIMITS
        },
    }
}

fn self_tests() -> Vec<SelfTest> {
    let call = |body: &[u8]| validate("POST", "/", "", body);
    SelfTests::new(r#"{"version": 7}"#)
        .test(
            "good behaviour makes a request",
            build("behave", "{}", b""),
            any_request(),
        )
        .test(
            "an unknown parameter is refused",
            build("behave", r#"{"cuont": 1}"#, b""),
            problem("parameter.unknown"),
        )
        .test(
            "an answer is understood",
            parse("behave", "fine"),
            outcome("http-200"),
        )
        .test(
            "a call with text is accepted",
            call(b"text"),
            accepted(CALLED),
        )
        .test(
            "a call with something else is not",
            call(b"\xff"),
            problem("body.not-text"),
        )
        .into_tests()
}
