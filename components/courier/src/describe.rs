// SPDX-License-Identifier: Apache-2.0
//! What the component says of itself.

use agency_guest::{
    describe::{
        SelfTests, adjusted_limits, any_request, build, limits as usual, outcome, parse, problem,
        published, reading_operation, title,
    },
    exports::descriptor::{
        self, AdjustedLimits, Description, Document, EventKind, Idempotency, Limits, Poll,
        RateLimit, Rotation, SecretAlphabet, SecretForm, SecretRole, SecretSource, SelfTest,
    },
    json::{self, NoParameters},
};

use crate::{
    operation::{ACCESS_TOKEN, LARGEST_ANSWER, Operation, PASSWORD},
    operations::{deliver, password},
    wire::{Kind, Listed, MOST_PAGES, Settings},
};

/// Attachments that a message has at most.
const MOST_ATTACHMENTS: u32 = 5;

/// Largest text of a message, in bytes.
const LARGEST_TEXT: u64 = 1 << 20;

/// Seconds for which a password that was replaced may still be used by requests that are under way.
const OVERLAP_SECONDS: u32 = 60;

pub(crate) fn description() -> Description {
    Description {
        agency: "courier".into(),
        titles: vec![title("en", "Courier, an agency that does not exist")],
        version: env!("CARGO_PKG_VERSION").into(),
        documents: vec![Document {
            title: "README of the component".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            coverage: "All of it.".into(),
        }],
        operations: operations(),
        events: events(),
        key_roles: Vec::new(),
        anchor_sets: Vec::new(),
        secret_roles: secret_roles(),
        settings_schema: json::schema::<Settings>(),
        self_tests: self_tests(),
    }
}

fn events() -> Vec<EventKind> {
    vec![
        published::<deliver::Uploaded>(),
        published::<deliver::Delivered>(),
        published::<Listed>(),
        published::<password::Changed>(),
    ]
}

fn secret_roles() -> Vec<SecretRole> {
    let rotation = Rotation {
        operation: Operation::ChangePassword.name().into(),
        check: Some(Operation::Prove.name().into()),
        overlap_seconds: OVERLAP_SECONDS,
    };
    vec![
        SecretRole {
            name: PASSWORD.into(),
            purpose: "the password of the user; base64, 24 to 32 characters".into(),
            required: true,
            // Base64 stands in JSON as it is.
            form: Some(SecretForm {
                minimum_characters: 24,
                maximum_characters: 32,
                alphabet: SecretAlphabet::Base64,
            }),
            source: SecretSource::Rotated(rotation),
        },
        SecretRole {
            name: ACCESS_TOKEN.into(),
            purpose: "goes with every request but the one for it".into(),
            required: false,
            form: None,
            source: SecretSource::Obtained(Operation::Token.name().into()),
        },
    ]
}

/// The limits of all operations under these settings.
pub(crate) fn adjusted(settings: &Settings) -> Vec<AdjustedLimits> {
    adjusted_limits(Operation::ALL.map(|operation| (operation.name(), limits(operation, settings))))
}

fn operations() -> Vec<descriptor::Operation> {
    let operation = |operation: Operation| {
        let parameters = match operation {
            Operation::Deliver => json::schema::<deliver::Parameters>(),
            _ => json::schema::<NoParameters>(),
        };
        let limits = limits(operation, &Settings::usual());
        let idempotency = match operation.kind() {
            Kind::Change => Idempotency::ByReference,
            Kind::Query => Idempotency::ReadOnly,
        };
        descriptor::Operation {
            idempotency,
            poll: (operation == Operation::List).then_some(Poll {
                interval_seconds: 300,
            }),
            credentials: match operation {
                Operation::Token => Vec::new(),
                _ => vec![ACCESS_TOKEN.into()],
            },
            ..reading_operation(operation.name(), operation.summary(), parameters, limits)
        }
    };
    Operation::ALL.map(operation).into()
}

fn limits(operation: Operation, settings: &Settings) -> Limits {
    let timeout = settings.timeout_seconds.saturating_mul(1000);
    let usual = usual(timeout, LARGEST_ANSWER.into());
    let resending = Some((&settings.resending).into());
    match operation {
        Operation::Deliver => Limits {
            payload_limit: Some(LARGEST_TEXT),
            attachment_limit: MOST_ATTACHMENTS,
            resending,
            // Each attachment, and the message.
            steps: MOST_ATTACHMENTS + 1,
            rate_limit: settings.deliveries_per_minute.map(|calls| RateLimit {
                calls,
                window_seconds: 60,
            }),
            concurrency: settings.deliveries_at_once,
            ..usual
        },
        Operation::ChangePassword => Limits {
            resending,
            concurrency: Some(1),
            ..usual
        },
        Operation::List => Limits {
            steps: MOST_PAGES,
            ..usual
        },
        Operation::Token | Operation::Prove => usual,
    }
}

const SETTINGS: &str = r#"{"url": "https://courier.example/v1", "user": "tester"}"#;

fn self_tests() -> Vec<SelfTest> {
    SelfTests::new(SETTINGS)
        .test(
            "a message is built",
            build("deliver", r#"{"recipient": "r", "subject": "s"}"#, b"text"),
            any_request(),
        )
        .test(
            "a message without a recipient is refused",
            build("deliver", r#"{"subject": "s"}"#, b"text"),
            problem("parameter.missing"),
        )
        .test("a list is built", build("list", "{}", b""), any_request())
        .test(
            "a page is understood",
            parse("list", r#"{"messages": [], "next": "0", "more": false}"#),
            outcome("http-200"),
        )
        .test(
            "garbage is no page",
            parse("list", "<html>"),
            problem("answer.unexpected"),
        )
        .test(
            "a token is obtained",
            parse("token", r#"{"token": "t", "expiresIn": 60}"#),
            outcome("http-200"),
        )
        .into_tests()
}
