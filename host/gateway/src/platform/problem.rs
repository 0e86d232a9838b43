// SPDX-License-Identifier: Apache-2.0
//! What is answered when something is wrong: `application/problem+json` (RFC 9457).

use std::time::Duration;

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use silta::{exchange::Fault, observe::masked};
use silta_store::{StoreError, Why};
use utoipa::ToSchema;

/// Media type of a problem.
pub(crate) const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// Kinds of problems. `type` is the path of the API at which a kind is explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) title: &'static str,
    /// What whoever gets it can do.
    pub(crate) remedy: &'static str,
}

macro_rules! kinds {
    ($($constant:ident = $name:literal, $status:ident, $title:literal, $remedy:literal;)*) => {
        $(pub(crate) const $constant: Kind = Kind {
            name: $name,
            status: StatusCode::$status,
            title: $title,
            remedy: $remedy,
        };)*

        /// All of them.
        pub(crate) const KINDS: &[Kind] = &[$($constant),*];
    };
}

kinds! {
    MALFORMED = "malformed-request", BAD_REQUEST, "The request cannot be read",
        "Correct the request as `detail` says.";
    UNAUTHENTICATED = "unauthenticated", UNAUTHORIZED, "There is no token, or none that is known",
        "Send `Authorization: Bearer` with a token of this gateway; `silta token new` makes one.";
    FORBIDDEN = "forbidden", FORBIDDEN, "The token is not for this",
        "Use another token, or have its `may` or `agencies` extended in the configuration.";
    NOT_FOUND = "not-found", NOT_FOUND, "There is no such thing, or the token may not know of it",
        "Check the address. What was acknowledged or has ended is removed after a while.";
    METHOD_NOT_ALLOWED = "method-not-allowed", METHOD_NOT_ALLOWED, "There is no such method here",
        "Use a method that the field `Allow` names.";
    BODY_TOO_SLOW = "body-too-slow", REQUEST_TIMEOUT, "The body did not come in time",
        "Send it again, faster, or have the limit that `detail` names raised.";
    LEASE_LOST = "lease-lost", CONFLICT, "Another has the entry by now, or it was handed back",
        "Drop what came of the entry unless handling it twice does no harm, and take entries out again.";
    UNDER_WAY = "operation-under-way", CONFLICT, "The operation is carried out at this moment",
        "Ask again when its `state` is another.";
    NOT_REPLAYED = "operation-not-replayed", CONFLICT, "There is nothing to do once more",
        "Look at the `state` of the operation: what is held, was refused or was given up can be replayed.";
    OVER = "operation-over", GONE, "The operation is over",
        "Nothing can be decided on it any more; submit another one.";
    NO_EARLIER = "no-earlier-generation", CONFLICT, "There is no generation to return to that is ready",
        "Deploy the component that is to serve again.";
    OTHER_GENERATION = "other-generation", CONFLICT, "Another generation serves by now",
        "Look at what serves (`GET /v1/agencies`), and decide again.";
    TRIAL = "trial-conflict", CONFLICT, "How trials stand does not allow it",
        "Look at what is on trial (`GET /v1/agencies`), and decide again.";
    TOO_LARGE = "too-large", PAYLOAD_TOO_LARGE, "There is more than is taken",
        "Send less, or have the limit that `detail` names raised.";
    MEDIA_TYPE = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "The body has another media type than is taken here",
        "Send the media type that `detail` names.";
    RANGE = "range-not-satisfiable", RANGE_NOT_SATISFIABLE, "The document has no such bytes",
        "Ask for bytes within the size that the field `Content-Range` names.";
    REFUSED = "submission-refused", UNPROCESSABLE_ENTITY, "The agency's component finds the submission wrong",
        "Correct what `detail`, `pointer` and `path` say, and submit it again.";
    NOT_DEPLOYED = "deployment-refused", UNPROCESSABLE_ENTITY, "The component may not serve",
        "Look at `code`, which names the step that it did not pass, and at `detail`. What served goes on.";
    KEY_REUSED = "idempotency-key-reused", UNPROCESSABLE_ENTITY, "Another request came under this idempotency key",
        "Give each request a key of its own, and send a key again only with the same request.";
    TOO_MANY = "too-many-requests", TOO_MANY_REQUESTS, "More is under way than may be",
        "Wait as long as `Retry-After` says, or have the limit that `detail` names raised.";
    INTERNAL = "internal", INTERNAL_SERVER_ERROR, "A fault of the gateway",
        "The log of the gateway says more; whoever operates it has to look.";
    UNAVAILABLE = "unavailable", SERVICE_UNAVAILABLE, "It cannot be done at the moment",
        "Send the same request again after the time that `Retry-After` says, under the same idempotency key.";
}

/// A problem as it is answered (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProblemBody {
    /// Kind of the problem: a path of this API at which it is explained. It never changes.
    #[serde(rename = "type")]
    #[schema(example = "/v1/problems/submission-refused")]
    pub(crate) kind: String,
    /// The kind in a few words.
    pub(crate) title: &'static str,
    /// HTTP status of the answer.
    #[schema(minimum = 400, maximum = 599, example = 422)]
    pub(crate) status: u16,
    /// What is wrong this time, for people. It repeats no value of the request.
    pub(crate) detail: String,
    /// Stable code in lower case with dots, finer than `type`: of the gateway, or of the agency's component.
    #[schema(example = "parameter.missing")]
    pub(crate) code: String,
    /// Who has to act: `caller` (whoever sent the request), `counterparty` (the agency), `configuration` (whoever operates the gateway), `internal` (the
    /// makers of the component or of Silta).
    #[schema(example = "caller")]
    pub(crate) fault: &'static str,
    /// What to do.
    pub(crate) remedy: &'static str,
    /// JSON pointer (RFC 6901) to what is wrong in the request; in multipart, its first step is the name of the part.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/parameters/recipient")]
    pub(crate) pointer: Option<String>,
    /// Where in the payload or an attachment it is wrong: a path of element names, or line and column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
}

/// A problem, on its way to an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem(Box<Told>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    kind: Kind,
    code: String,
    fault: Fault,
    detail: String,
    pointer: Option<String>,
    path: Option<String>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// A problem that whoever sent the request has to mend.
    pub(crate) fn new(kind: Kind, code: impl Into<String>, detail: impl Into<String>) -> Self {
        let fault = match kind.status.is_server_error() {
            true => Fault::Internal,
            false => Fault::Caller,
        };
        Self(Box::new(Told {
            kind,
            code: code.into(),
            fault,
            detail: detail.into(),
            pointer: None,
            path: None,
            headers: Vec::new(),
        }))
    }

    /// Something that is not there, or that the token may not know of.
    pub(crate) fn not_found(what: &str) -> Self {
        let detail = format!("there is no such {what}");
        Self::new(NOT_FOUND, format!("{what}.unknown"), detail)
    }

    /// A fault of the gateway. What it is stands in the log.
    pub(crate) fn internal(code: &str) -> Self {
        Self::new(
            INTERNAL,
            code,
            "the request could not be answered; the log of the gateway says why",
        )
    }

    /// For the moment.
    pub(crate) fn unavailable(code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(UNAVAILABLE, code, detail).retry_after(Duration::from_secs(5))
    }

    /// A limit is reached that others may leave soon.
    pub(crate) fn too_many(limit: &str, allowed: u64, what: &str) -> Self {
        let detail = format!("at most {allowed} {what} at once (`{limit}`)");
        Self::new(TOO_MANY, "limit.reached", detail).retry_after(Duration::from_secs(1))
    }

    pub(crate) fn with_fault(mut self, fault: Fault) -> Self {
        self.0.fault = fault;
        self
    }

    pub(crate) fn at(mut self, pointer: impl Into<String>) -> Self {
        self.0.pointer = Some(pointer.into());
        self
    }

    pub(crate) fn in_content(mut self, path: impl Into<String>) -> Self {
        self.0.path = Some(path.into()).filter(|path: &String| !path.is_empty());
        self
    }

    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    pub(crate) fn retry_after(self, after: Duration) -> Self {
        let seconds = after.as_secs().max(1);
        self.with(header::RETRY_AFTER, seconds.into())
    }

    pub(crate) fn code(&self) -> &str {
        &self.0.code
    }

    /// Whether it is nothing that whoever sent the request can mend.
    pub(crate) fn is_ours(&self) -> bool {
        self.0.fault != Fault::Caller
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.0.kind.status
    }

    fn body(&self) -> ProblemBody {
        let told = &self.0;
        ProblemBody {
            kind: format!("/v1/problems/{}", told.kind.name),
            title: told.kind.title,
            status: told.kind.status.as_u16(),
            // What a component says is not to have any, and should it all the same, it does not leave.
            detail: masked(&told.detail).into_owned(),
            code: told.code.clone(),
            fault: told.fault.name(),
            remedy: told.kind.remedy,
            pointer: told
                .pointer
                .as_deref()
                .map(|text| masked(text).into_owned()),
            path: told.path.as_deref().map(|text| masked(text).into_owned()),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        // Texts and a number: there is nothing in it that JSON has not.
        let body = serde_json::to_vec(&self.body()).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, PROBLEM_JSON);
        headers.extend(self.0.headers);
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(Why::KeyInUse) => Self::new(
                KEY_REUSED,
                "idempotency-key.other-request",
                "the key was sent before with another request",
            ),
            StoreError::Refused(Why::Newer { .. }) => {
                tracing::error!(target: "silta::platform", %error, "a record cannot be read");
                Self::new(
                    INTERNAL,
                    "store.newer-record",
                    "a newer version of Silta has written what was asked for, and this one does not know it",
                )
                .with_fault(Fault::Configuration)
            }
            StoreError::Refused(_) => {
                tracing::error!(target: "silta::platform", %error, "the store refused what it should not have been asked");
                Self::internal("store.refused")
            }
            StoreError::Unknown(_) => {
                tracing::error!(target: "silta::platform", %error, "an outcome is unknown");
                Self::unavailable(
                    "store.outcome-unknown",
                    "whether it was kept is not known; the same request, sent again, settles it",
                )
            }
            StoreError::Unavailable { retry_after, .. } => {
                tracing::error!(target: "silta::platform", %error, "the store cannot be used");
                Self::new(UNAVAILABLE, "store.unavailable", "the store is not open")
                    .retry_after(retry_after)
            }
            _ => {
                tracing::error!(target: "silta::platform", %error, "the store failed");
                Self::internal("store.failed")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn kinds_have_names_of_their_own_and_are_told_without_identity_codes() {
        let names: BTreeSet<&str> = KINDS.iter().map(|kind| kind.name).collect();
        assert_eq!(names.len(), KINDS.len());
        let problem = Problem::new(REFUSED, "a.b", "of 010190-900P").at("/parameters/010190-900P");
        let told = serde_json::to_string(&problem.body()).unwrap();
        assert!(!told.contains("900P"), "{told}");
        assert!(
            told.contains(r#""type":"/v1/problems/submission-refused""#),
            "{told}"
        );
    }
}
