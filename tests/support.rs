// SPDX-License-Identifier: Apache-2.0
//! What the tests share: keys, a runtime that records what it is told, and components.

pub(crate) mod contract_text;
pub(crate) mod handwritten;
pub(crate) mod host;
pub(crate) mod keys;
pub(crate) mod live_allocations;
pub(crate) mod patience;
pub(crate) mod recording;
pub(crate) mod surroundings;

use std::path::{Path, PathBuf};

use serde_json::Value;
use silta::{
    Agency, Blob, BuildInput, Error, Limit, LimitExceeded,
    exchange::{Answer, Request},
};

/// Root of the workspace.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Builds the request of an operation without a payload.
pub(crate) fn build(agency: &Agency, operation: &str, parameters: Value) -> Result<Request, Error> {
    build_with(agency, operation, parameters, Vec::new())
}

/// Builds the request of an operation with a payload.
pub(crate) fn build_with(
    agency: &Agency,
    operation: &str,
    parameters: Value,
    payload: Vec<u8>,
) -> Result<Request, Error> {
    agency.build(BuildInput {
        operation: operation.into(),
        parameters: parameters.to_string(),
        payload: Some(Blob::from(payload)),
        ..BuildInput::default()
    })
}

/// An answer in which a test words the outcome of the rogue component.
pub(crate) fn worded(outcome: &Value) -> Answer {
    Answer {
        status: 200,
        headers: vec![(
            "Content-Type".into(),
            "application/vnd.rogue.outcome+json".into(),
        )],
        body: outcome.to_string().into_bytes().into(),
    }
}

/// The body of a request as JSON.
pub(crate) fn json(request: &Request) -> Value {
    serde_json::from_slice(&request.body.to_vec()).unwrap()
}

/// Code and path of the problem that a call has to have come to.
#[track_caller]
pub(crate) fn problem<T>(result: Result<T, Error>) -> (String, String) {
    match result {
        Err(Error::Problem(problem)) => (problem.code, problem.path),
        Err(other) => panic!("not a problem of the component: {other}"),
        Ok(_) => panic!("no problem"),
    }
}

/// What a component was told by the host, handed on as a problem: the reason and the detail.
#[track_caller]
pub(crate) fn told<T>(result: Result<T, Error>) -> (String, String) {
    match result {
        Err(Error::Problem(problem)) => {
            let reason = problem.code.strip_prefix("told.");
            let reason = reason.unwrap_or_else(|| panic!("not told but `{}`", problem.code));
            (reason.to_owned(), problem.message)
        }
        Err(other) => panic!("not told but stopped: {other}"),
        Ok(_) => panic!("told nothing"),
    }
}

/// The broken limit that a call has to have come to.
#[track_caller]
pub(crate) fn exceeded<T>(result: Result<T, Error>, limit: Limit) -> LimitExceeded {
    match result {
        Err(error @ Error::Limit { .. }) => {
            assert_eq!(error.code(), format!("limit.{}", limit.name()));
            let Error::Limit { exceeded, .. } = error else {
                unreachable!()
            };
            assert_eq!(exceeded.limit, limit);
            exceeded
        }
        Err(other) => panic!("not a limit: {other}"),
        Ok(_) => panic!("no limit was met"),
    }
}
