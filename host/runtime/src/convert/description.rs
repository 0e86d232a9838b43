// SPDX-License-Identifier: Apache-2.0
use crate::{
    bindings::{exports::silta::agency::descriptor, silta::agency::types},
    describe::{
        Description, Direction, EventKind, Exercise, Expectation, Idempotency, ImplementedDocument,
        Operation, OperationLimits, Poll, RateLimit, Requirement, Resending, Rotation,
        SecretAlphabet, SecretForm, SecretRole, SecretSource, SelfTest, Transport,
    },
};

pub(crate) fn description(description: descriptor::Description) -> Description {
    Description {
        agency: description.agency,
        titles: description
            .titles
            .into_iter()
            .map(|title| (title.language, title.text))
            .collect(),
        version: description.version,
        documents: description
            .documents
            .into_iter()
            .map(|document| ImplementedDocument {
                title: document.title,
                version: document.version,
                coverage: document.coverage,
            })
            .collect(),
        operations: description.operations.into_iter().map(operation).collect(),
        events: description
            .events
            .into_iter()
            .map(|event| EventKind {
                kind: event.kind,
                summary: event.summary,
                data: event.data,
            })
            .collect(),
        key_roles: description
            .key_roles
            .into_iter()
            .map(|role| requirement(role.name, role.purpose, role.required))
            .collect(),
        anchor_sets: description
            .anchor_sets
            .into_iter()
            .map(|set| requirement(set.name, set.purpose, set.required))
            .collect(),
        secret_roles: description
            .secret_roles
            .into_iter()
            .map(|role| SecretRole {
                requirement: requirement(role.name, role.purpose, role.required),
                form: role.form.map(secret_form),
                source: secret_source(role.source),
            })
            .collect(),
        settings_schema: description.settings_schema,
        self_tests: description.self_tests.into_iter().map(self_test).collect(),
    }
}

mirror!(direction: descriptor::Direction => Direction { Outbound, Inbound });
mirror!(transport: descriptor::Transport => Transport { Https, Smtp });
mirror!(idempotency: descriptor::Idempotency => Idempotency { ReadOnly, ByReference, Never });
mirror!(secret_alphabet: descriptor::SecretAlphabet => SecretAlphabet { Any, Base64, Plain, Password });

fn operation(operation: descriptor::Operation) -> Operation {
    Operation {
        name: operation.name,
        summary: operation.summary,
        direction: direction(operation.direction),
        parameters: operation.parameters,
        transport: transport(operation.transport),
        idempotency: idempotency(operation.idempotency),
        empty_payload: operation.empty_payload,
        poll: operation.poll.map(|poll| Poll {
            interval_seconds: poll.interval_seconds,
        }),
        credentials: operation.credentials,
        limits: limits(operation.limits),
    }
}

/// The limits of those operations that the settings change.
pub(crate) fn adjusted_limits(
    adjusted: Vec<descriptor::AdjustedLimits>,
) -> Vec<(String, OperationLimits)> {
    let adjusted = adjusted.into_iter();
    adjusted
        .map(|adjusted| (adjusted.operation, limits(adjusted.limits)))
        .collect()
}

fn limits(found: descriptor::Limits) -> OperationLimits {
    OperationLimits {
        timeout_milliseconds: found.timeout_milliseconds,
        rate_limit: found.rate_limit.map(|limit| RateLimit {
            calls: limit.calls,
            window_seconds: limit.window_seconds,
        }),
        concurrency: found.concurrency,
        reference_concurrency: found.reference_concurrency,
        payload_limit: found.payload_limit,
        attachment_limit: found.attachment_limit,
        response_limit: found.response_limit,
        response_advice: found.response_advice,
        resending: found.resending.map(|resending| Resending {
            sendings: resending.sendings,
            seconds: resending.seconds,
        }),
        steps: found.steps,
    }
}

fn requirement(name: String, purpose: String, required: bool) -> Requirement {
    Requirement {
        name,
        purpose,
        required,
    }
}

fn secret_source(source: descriptor::SecretSource) -> SecretSource {
    match source {
        descriptor::SecretSource::Configured => SecretSource::Configured,
        descriptor::SecretSource::Obtained(operation) => SecretSource::Obtained { operation },
        descriptor::SecretSource::Rotated(rotation) => SecretSource::Rotated(Rotation {
            operation: rotation.operation,
            check: rotation.check,
            overlap_seconds: rotation.overlap_seconds,
        }),
    }
}

fn secret_form(form: descriptor::SecretForm) -> SecretForm {
    SecretForm {
        minimum_characters: form.minimum_characters,
        maximum_characters: form.maximum_characters,
        alphabet: secret_alphabet(form.alphabet),
    }
}

fn self_test(test: descriptor::SelfTest) -> SelfTest {
    let headers = |headers: Vec<types::Header>| {
        let headers = headers.into_iter();
        headers.map(|header| (header.name, header.value)).collect()
    };
    let exercise = match test.exercise {
        descriptor::Exercise::Build(build) => Exercise::Build {
            operation: build.operation,
            parameters: build.parameters,
            payload: build.payload,
        },
        descriptor::Exercise::Parse(parse) => Exercise::Parse {
            operation: parse.operation,
            status: parse.status,
            headers: headers(parse.headers),
            body: parse.body,
        },
        descriptor::Exercise::Validate(validate) => Exercise::Validate {
            method: validate.method,
            target: validate.target,
            headers: headers(validate.headers),
            body: validate.body,
        },
    };
    let expectation = match test.expectation {
        descriptor::Expectation::Request(digest) => Expectation::Request(digest),
        descriptor::Expectation::Outcome(code) => Expectation::Outcome(code),
        descriptor::Expectation::Problem(code) => Expectation::Problem(code),
        descriptor::Expectation::Accepted(operation) => Expectation::Accepted(operation),
    };
    SelfTest {
        name: test.name,
        settings: test.settings,
        exercise,
        expectation,
    }
}
