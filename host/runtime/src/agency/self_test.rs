// SPDX-License-Identifier: Apache-2.0
//! The tests that a component brings along, run before it may serve (`wit/descriptor.wit`, record `self-test`).

use crate::{
    blob::Blob,
    call::sandbox::Sandbox,
    describe::{Exercise, Expectation, SelfTest},
    error::{Error, Rejection},
    exchange::{Answer, BuildInput, Call, HttpCall, Response, Sending, Verdict},
    observe::hexadecimal,
};

/// Runs the self-tests of a component.
pub(crate) fn run(sandbox: &Sandbox, tests: &[SelfTest]) -> Result<(), Rejection> {
    tests.iter().try_for_each(|test| {
        let found = exercise(&sandbox.self_test(&test.settings), test)?;
        if is_expected(&found, &test.expectation) {
            return Ok(());
        }
        Err(failure(test, &found))
    })
}

/// The result of a self-test.
enum Found {
    Request([u8; 32]),
    Outcome(String),
    /// Its code and its sentence.
    Problem(String, String),
    Accepted(String),
}

fn exercise(sandbox: &Sandbox, test: &SelfTest) -> Result<Found, Rejection> {
    let found = match &test.exercise {
        Exercise::Build {
            operation,
            parameters,
            payload,
        } => {
            let input = BuildInput {
                operation: operation.clone(),
                parameters: parameters.clone(),
                payload: Some(Blob::from(payload.as_slice())),
                ..BuildInput::default()
            };
            let built = sandbox.build(input, None);
            built.map(|request| Found::Request(request.body.sha256()))
        }
        Exercise::Parse {
            operation,
            status,
            headers,
            body,
        } => {
            let answer = Answer {
                status: *status,
                headers: headers.clone(),
                body: Blob::from(body.as_slice()),
            };
            let response = Response::Answered(answer);
            let parsed = sandbox.parse(operation, response, Sending::default());
            parsed.map(|(outcome, _)| Found::Outcome(outcome.code))
        }
        Exercise::Validate {
            method,
            target,
            headers,
            body,
        } => {
            let call = Call::Http(HttpCall {
                method: method.clone(),
                target: target.clone(),
                headers: headers.clone(),
                body: Blob::from(body.as_slice()),
                peer_certificates: None,
                peer_address: "127.0.0.1".into(),
            });
            sandbox.validate(call).map(|verdict| match verdict {
                Verdict::Accepted(acceptance) => Found::Accepted(acceptance.operation),
                Verdict::Rejected(rejected) => {
                    Found::Problem(rejected.reason.code, rejected.reason.message)
                }
            })
        }
    };
    match found {
        Ok(found) => Ok(found),
        Err(Error::Problem(problem)) => Ok(Found::Problem(problem.code, problem.message)),
        Err(error) => Err(Rejection::Call(Box::new(error))),
    }
}

fn is_expected(found: &Found, expected: &Expectation) -> bool {
    match (found, expected) {
        (Found::Request(digest), Expectation::Request(expected)) => {
            expected.is_empty() || digest.as_slice() == expected
        }
        (Found::Outcome(code), Expectation::Outcome(expected))
        | (Found::Problem(code, _), Expectation::Problem(expected))
        | (Found::Accepted(code), Expectation::Accepted(expected)) => code == expected,
        _ => false,
    }
}

fn failure(test: &SelfTest, found: &Found) -> Rejection {
    let expected = match &test.expectation {
        Expectation::Request(digest) if digest.is_empty() => "a request".into(),
        Expectation::Request(digest) => format!("a request with SHA-256 {}", hexadecimal(digest)),
        Expectation::Outcome(code) => format!("outcome `{code}`"),
        Expectation::Problem(code) => format!("problem `{code}`"),
        Expectation::Accepted(operation) => format!("an accepted `{operation}`"),
    };
    let found = match found {
        Found::Request(digest) => format!("a request with SHA-256 {}", hexadecimal(digest)),
        Found::Outcome(code) => format!("outcome `{code}`"),
        Found::Problem(code, sentence) if sentence.is_empty() => format!("problem `{code}`"),
        Found::Problem(code, sentence) => format!("problem `{code}` ({sentence})"),
        Found::Accepted(operation) => format!("an accepted `{operation}`"),
    };
    Rejection::SelfTest {
        name: test.name.clone(),
        expected,
        found,
    }
}
