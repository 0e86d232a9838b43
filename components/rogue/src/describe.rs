//! What the component says of itself.

use agency_guest::{
    exports::descriptor::{
        AdjustedLimits, AnchorSet, BuildExercise, Description, Direction, Exercise, Expectation,
        Idempotency, KeyRole, Limits, Operation, ParseExercise, SecretAlphabet, SecretForm,
        SecretRole, SelfTest, Title, Transport, ValidateExercise,
    },
    json,
};

use crate::{
    component::LARGEST_BODY,
    misdeeds,
    parameters::{Parameters, Settings},
};

/// The inbound operation.
pub(crate) const CALLED: &str = "called";

/// Largest payload: tests of the limits on blobs need room.
const LARGEST_PAYLOAD: u64 = 16 << 20;

pub(crate) fn description() -> Description {
    let role = |name: &str| KeyRole {
        name: name.into(),
        purpose: "signs whatever a test asks for".into(),
        required: false,
    };
    Description {
        agency: "rogue".into(),
        titles: vec![Title {
            language: "en".into(),
            text: "Breaks every rule on request".into(),
        }],
        version: env!("CARGO_PKG_VERSION").into(),
        documents: Vec::new(),
        operations: operations(),
        key_roles: vec![role("signer")],
        anchor_sets: vec![AnchorSet {
            name: "customs".into(),
            purpose: "is there to be configured".into(),
            required: false,
        }],
        secret_roles: vec![SecretRole {
            name: "password".into(),
            purpose: "is guessed at and peeked into".into(),
            required: false,
            form: Some(SecretForm {
                minimum_characters: 3,
                maximum_characters: 32,
                alphabet: SecretAlphabet::Any,
            }),
        }],
        settings_schema: json::schema::<Settings>(),
        self_tests: self_tests(),
    }
}

fn operations() -> Vec<Operation> {
    let parameters = json::schema::<Parameters>();
    let outbound = misdeeds::ALL.iter().map(|(name, summary, _)| {
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
        empty_payload: !misdeeds::NEED_A_PAYLOAD.contains(&name),
        limits: LIMITS,
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
};

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
    let test = |name: &str, exercise, expectation| SelfTest {
        name: name.into(),
        settings: r#"{"version": 7}"#.into(),
        exercise,
        expectation,
    };
    let build = |operation: &str, parameters: &str| {
        Exercise::Build(BuildExercise {
            operation: operation.into(),
            parameters: parameters.into(),
            payload: Vec::new(),
        })
    };
    let parse = Exercise::Parse(ParseExercise {
        operation: "behave".into(),
        status: 200,
        headers: Vec::new(),
        body: b"fine".to_vec(),
    });
    let call = |body: &[u8]| {
        Exercise::Validate(ValidateExercise {
            method: "POST".into(),
            target: "/".into(),
            headers: Vec::new(),
            body: body.to_vec(),
        })
    };
    vec![
        test(
            "good behaviour makes a request",
            build("behave", "{}"),
            Expectation::Request(Vec::new()),
        ),
        test(
            "an unknown parameter is refused",
            build("behave", r#"{"cuont": 1}"#),
            Expectation::Problem("parameter.unknown".into()),
        ),
        test(
            "an answer is understood",
            parse,
            Expectation::Outcome("http-200".into()),
        ),
        test(
            "a call with text is let in",
            call(b"text"),
            Expectation::Accepted(CALLED.into()),
        ),
        test(
            "a call with something else is not",
            call(b"\xff"),
            Expectation::Problem("body.not-text".into()),
        ),
    ]
}
