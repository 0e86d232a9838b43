// SPDX-License-Identifier: Apache-2.0
//! The operations, a file each; and here what they do alike.

pub(crate) mod deliver;
pub(crate) mod list;
pub(crate) mod password;
pub(crate) mod token;

use agency_guest::{
    Blob, Fault, Problem,
    exports::{
        envelope::{HttpTarget, Request, SecretHeader, Target},
        message::{Answer, Outcome, Response, Sending},
    },
    fields,
    imports::{blobs, types::Header},
    internal, not_before, outcome as plain_outcome, problem,
};
use agency_http::{JSON, RetryClass, check_coding};

use crate::{
    operation::{ACCESS_TOKEN, LARGEST_ANSWER, Operation},
    wire::{self, Kind, Settings},
};

/// A request with a body of JSON, or none. It carries the access token unless it asks for one.
struct Draft<'a> {
    method: &'a str,
    /// Path and query, behind the URL of the settings.
    path: &'a str,
    body: blobs::Blob,
    reference: String,
    memo: String,
}

fn request(settings: &Settings, operation: Operation, draft: Draft<'_>) -> Request {
    let header = |name: &str, value: &str| Header {
        name: name.into(),
        value: value.into(),
    };
    let mut headers = vec![header("Accept", JSON)];
    if draft.body.size() > 0 {
        headers.push(header("Content-Type", JSON));
    }
    let needs_token = operation != Operation::Token;
    let authorization = needs_token.then(|| SecretHeader {
        name: "Authorization".into(),
        prefix: "Bearer ".into(),
        role: ACCESS_TOKEN.into(),
    });
    Request {
        target: Target::Http(HttpTarget {
            method: draft.method.into(),
            url: format!("{}{}", settings.url, draft.path),
        }),
        headers,
        secret_headers: authorization.into_iter().collect(),
        body: draft.body,
        timeout_milliseconds: settings.timeout_seconds.saturating_mul(1000),
        reference: draft.reference,
        tls_role: None,
        keep_bytes: operation.kind() == Kind::Change,
        memo: draft.memo,
    }
}

/// A whole answer to what was asked, as Courier gives one. What it says is told by each operation in its outcome.
pub(crate) struct Answered {
    /// What the operation adds to.
    pub(crate) outcome: Outcome,
    /// The body, which is JSON of the kind that the operation expects; or it is not, and reading it says so.
    pub(crate) body: Vec<u8>,
}

impl Answered {
    /// What came of a request; an outcome, where it was not taken or nobody knows.
    ///
    /// # Errors
    /// A problem of fault `counterparty` for a good status with a body that cannot be read.
    pub(crate) fn read(
        operation: Operation,
        response: &Response<'_>,
        sending: &Sending,
    ) -> Result<Result<Self, Outcome>, Problem> {
        let Response::Answered(answer) = response else {
            let class = wire::class(None, operation.kind(), sending.earlier_sendings);
            let text = "no answer came".to_owned();
            return Ok(Err(plain_outcome(class, "none".into(), text)));
        };
        let class = wire::class(
            Some(answer.status),
            operation.kind(),
            sending.earlier_sendings,
        );
        let body = match check_coding(&fields(&answer.headers), answer.body.size()) {
            Ok(()) => Blob::read_all(answer.body, LARGEST_ANSWER)?,
            // Of a refusal the status says enough.
            Err(_) if !is_taken(class) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        if is_taken(class) {
            let code = format!("http-{}", answer.status);
            let outcome = plain_outcome(class, code, String::new());
            return Ok(Ok(Self { outcome, body }));
        }
        Ok(Err(refused(operation, answer, class, &body)))
    }
}

fn is_taken(class: RetryClass) -> bool {
    matches!(class, RetryClass::Done | RetryClass::AlreadyAccepted)
}

fn refused(operation: Operation, answer: &Answer<'_>, class: RetryClass, body: &[u8]) -> Outcome {
    let refusal = wire::read_refusal(body);
    let refusal = refusal.unwrap_or_else(|| wire::Refusal {
        code: format!("http-{}", answer.status),
        message: "the answer is no message of Courier's".into(),
    });
    let text = refusal.message.chars().take(1000).collect();
    // Only the service for tokens answers 401 for another reason.
    let is_token_refused = answer.status == 401 && operation != Operation::Token;
    let outcome = plain_outcome(class, refusal.code, text);
    Outcome {
        not_before: not_before(answer, outcome.class),
        refused_secret: is_token_refused.then(|| ACCESS_TOKEN.to_owned()),
        ..outcome
    }
}

fn nothing() -> Result<blobs::Blob, Problem> {
    Blob::of(b"")?.into_handle()
}

fn unwritten(error: blobs::BlobError) -> Problem {
    match error {
        blobs::BlobError::UnknownRole(role) => problem(
            Fault::Configuration,
            "secret.missing",
            format!("/secrets/{role}"),
            format!("there is no value for the secret `{role}`; add it to the agency's secrets"),
        ),
        _ => internal("a body could not be written"),
    }
}
