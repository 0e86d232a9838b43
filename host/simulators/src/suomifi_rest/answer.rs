// SPDX-License-Identifier: Apache-2.0
//! The answers of the API, in the shapes that it declares.

use bytes::Bytes;
use hyper::StatusCode;
use serde_json::{Value, json};

use super::limits::LARGEST_BODY;
use super::operation::Operation;
use super::refusal::Refusal;

/// An answer, and what the record says of it.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) content_type: String,
    pub(super) content: Content,
    /// Headers beside Content-Type, Content-Length and traceId.
    pub(super) headers: Vec<(&'static str, String)>,
    /// Made by the service, and not by what stands before it: has a traceId.
    pub(super) is_traced: bool,
    pub(super) reason: Option<String>,
    pub(super) message_id: Option<i64>,
    pub(super) listed: Option<usize>,
}

/// What an answer holds.
#[derive(Debug)]
pub(super) enum Content {
    Json(Value),
    Bytes(Bytes),
}

impl Answer {
    pub(super) fn json(status: StatusCode, value: Value) -> Self {
        Self {
            status,
            content_type: "application/json".to_owned(),
            content: Content::Json(value),
            headers: Vec::new(),
            is_traced: true,
            reason: None,
            message_id: None,
            listed: None,
        }
    }

    pub(super) fn ok(value: Value) -> Self {
        Self::json(StatusCode::OK, value)
    }

    /// A message was accepted.
    pub(super) fn sent(message_id: i64) -> Self {
        Self {
            message_id: Some(message_id),
            ..Self::ok(json!({"messageId": message_id}))
        }
    }

    /// Bytes of a type.
    pub(super) fn bytes(content_type: &str, bytes: Bytes) -> Self {
        Self {
            content_type: content_type.to_owned(),
            content: Content::Bytes(bytes),
            ..Self::ok(Value::Null)
        }
    }

    /// From what stands before the service, not from the service.
    pub(super) fn gateway(status: StatusCode, content_type: &str, text: &str) -> Self {
        Self {
            status,
            is_traced: false,
            reason: Some(text.to_owned()),
            ..Self::bytes(content_type, Bytes::from(text.to_owned()))
        }
    }

    /// A refusal, as this operation answers it.
    pub(super) fn refusal(operation: Option<Operation>, refusal: Refusal) -> Self {
        let reason = refusal.reason();
        if refusal.status == StatusCode::PAYLOAD_TOO_LARGE {
            return Self::too_large();
        }
        let lists = operation.is_some_and(Operation::lists_validation_errors);
        let value = match (refusal.status, refusal.message_id) {
            // The description promises no messageId for paper without an id.
            (StatusCode::CONFLICT, Some(id)) if operation != Some(Operation::SendPaper) => {
                json!({"messageId": id, "reason": reason})
            }
            (StatusCode::BAD_REQUEST, _) if lists => {
                let errors = refusal.problems.iter().map(|problem| match problem.code {
                    Some(code) => json!({"error": problem.error, "errorCode": code.name()}),
                    None => json!({"error": problem.error}),
                });
                let errors: Vec<Value> = errors.collect();
                json!({"reason": "the request is not valid", "validationErrors": errors})
            }
            _ => json!({"reason": reason}),
        };
        Self {
            reason: Some(reason),
            message_id: refusal.message_id,
            ..Self::json(refusal.status, value)
        }
    }

    /// 413, the only refusal in plain text.
    pub(super) fn too_large() -> Self {
        let text = format!("The body of the request is larger than {LARGEST_BODY} bytes");
        Self::gateway(StatusCode::PAYLOAD_TOO_LARGE, "text/plain", &text)
    }

    /// 403 for an address that is not on the list.
    pub(super) fn forbidden() -> Self {
        let text = json!({"message": "Forbidden"}).to_string();
        Self {
            reason: Some("the caller's address is not on the allow list".to_owned()),
            ..Self::gateway(StatusCode::FORBIDDEN, "application/json", &text)
        }
    }
}
