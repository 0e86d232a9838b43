// SPDX-License-Identifier: Apache-2.0
//! Submitting operations.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    body::Body,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::Value;
use silta::{BuildInput, Error, exchange::Fault};
use silta_store::{
    Content,
    record::{Document, IdempotencyKey, OperationListing, Submission, Submitted as Receipt},
};
use utoipa::ToSchema;

use super::{
    idempotency::idempotency_key,
    problem::{self, Problem, ProblemBody},
    request_trace::RequestTrace,
    state::Platform,
    submission_body::{SubmissionReader, Submitted, discard},
    token::{Client, Permission},
};
use crate::{agency::ServedAgency, call_queue::NotDone, inbound::Reservation, trace_context};

/// How long a submission waits until the component has time for it.
const SANDBOX_TIMEOUT: Duration = Duration::from_secs(30);

/// A submission as JSON.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what `submission_body` reads")]
#[schema(rename_all = "camelCase")]
pub(crate) struct SubmissionBody {
    /// Parameters of the operation: one JSON object by the schema that `silta describe AGENCY` shows. At most `parameter-bytes`.
    #[schema(value_type = Object, example = json!({"message": "m-1", "recipient": "r-1"}))]
    parameters: Value,
    /// Operations of an agency with the same conversation go one after the other, in the order in which they were submitted; one that waits, or is held,
    /// holds up those behind it. 1 to 200 bytes.
    #[schema(min_length = 1, max_length = 200)]
    conversation: Option<String>,
    /// It is not carried out before this moment (RFC 3339). It is no part of what makes two requests the same.
    #[schema(format = DateTime, example = "2027-01-31T09:00:00+02:00")]
    not_before: Option<String>,
}

/// A submission as a form.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what `submission_body` reads")]
#[schema(rename_all = "camelCase")]
pub(crate) struct SubmissionForm {
    /// As in JSON: the text of one JSON object.
    #[schema(value_type = String, content_media_type = "application/json")]
    parameters: String,
    /// As in JSON.
    #[schema(min_length = 1, max_length = 200)]
    conversation: Option<String>,
    /// As in JSON.
    #[schema(format = DateTime)]
    not_before: Option<String>,
    /// What the operation delivers, where it delivers something.
    #[schema(value_type = Option<String>, content_media_type = "application/octet-stream")]
    payload: Option<Vec<u8>>,
    /// Files that go along, each with a `filename` and a `Content-Type`; without one it is text/plain (RFC 7578 §4.4).
    #[schema(value_type = Option<Vec<String>>, content_media_type = "application/octet-stream")]
    attachment: Option<Vec<Vec<u8>>>,
}

/// A submission that was queued, durably.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Queued {
    /// Number of the operation.
    #[schema(example = 17)]
    id: u64,
    /// Agency that it is for.
    #[schema(example = "courier")]
    agency: String,
    /// The operation.
    #[schema(example = "deliver")]
    operation: String,
    /// Where its state is: what `Location` says.
    #[schema(example = "/v1/operations/17")]
    href: String,
}

/// Submit an operation.
///
/// The component of the agency builds the request once, unsigned, and it is thrown away: what it finds wrong is told before anything is queued. Then the operation is kept, and only then this is
/// answered; it is carried out later, and `GET /v1/operations/{id}` tells how far it has come. With an idempotency key, the same request may be sent as often as one likes: it is queued once,
/// and answered alike. Keys are those of one token's id, and are forgotten some time after the operation has ended (`store.retention.ended-days`). An operation whose credential has still to
/// be obtained, and one that replaces a secret, is queued unbuilt.
#[utoipa::path(
    post,
    path = "/v1/agencies/{agency}/operations/{operation}",
    operation_id = "submitOperation",
    tag = "operations",
    params(
        ("agency" = String, Path, description = "Agency, by the name of its table in the configuration.", example = "courier"),
        ("operation" = String, Path, description = "Operation, as `silta describe` names it.", example = "deliver"),
        ("traceparent" = Option<String>, Header, description = "Trace that the operation belongs to (W3C Trace Context). Without one, or with one that cannot be read, a trace is begun. It is shown with the operation and with what that brings.", example = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 printable ASCII characters, as a string in quotes (draft-ietf-httpapi-idempotency-key-header) or without them.", example = "\"8e03978e-40d5-43dd-bc93-6894a57f9324\""),
    ),
    request_body(
        description = "What is to be done. Files are sent as a form.",
        content((SubmissionBody = "application/json"), (SubmissionForm = "multipart/form-data")),
    ),
    responses(
        (status = 202, description = "It is queued, or was before under the same key.", body = Queued,
            headers(("Location" = String, description = "Where the operation's state is."))),
        (status = 400, description = "The request cannot be read.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such agency is configured, or it has no such operation.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 408, description = "The body did not come in time.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "There is more than a limit allows; `detail` names it.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "The body is neither JSON nor a form.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The component finds the submission wrong, or the key was sent with another request.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn submit(
    State(platform): State<Arc<Platform>>,
    client: Client,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
    mut body: Body,
) -> Result<Response, Problem> {
    client.allow(&[Permission::Submit])?;
    let Path((agency, operation)) = path.map_err(|_| Problem::not_found("agency"))?;
    client.allow_agency(&agency)?;
    let trace = RequestTrace::of(&headers);
    let step = trace.step(&platform.metrics.spans);
    let mut step = step.of(&agency, &operation);
    let receipt = queue(
        &platform,
        &client,
        (agency, operation),
        (headers, &mut body, trace.parent),
    );
    let receipt = receipt.await;
    match &receipt {
        Ok((queued, is_known)) => {
            step.say("silta.operation.id", queued.id);
            step.came_to(if *is_known { "known" } else { "queued" }, false);
        }
        Err(problem) => step.came_to(problem.code(), problem.is_ours()),
    }
    let (queued, _) = receipt?;
    answer(queued)
}

/// Keeps a submission, once it is found right; and whether it was known by its key.
async fn queue(
    platform: &Arc<Platform>,
    client: &Client,
    (agency, operation): (String, String),
    (headers, body, trace): (HeaderMap, &mut Body, Option<String>),
) -> Result<(Queued, bool), Problem> {
    let served = platform.agencies.get(&agency);
    let served = served.ok_or_else(|| Problem::not_found("agency"))?;
    let idempotency = idempotency_key(&headers, &client.token().id)?;
    // The reservation is held until the store has the contents.
    let (submitted, reservation) = read(platform, client, (&headers, body)).await?;
    if !is_known(platform, idempotency.as_ref()).await? {
        check(served, &operation, &submitted).await?;
    }
    let wish = Submission {
        trace,
        by: Some(client.actor()),
        ..wish(&agency, &operation, &submitted, idempotency)
    };
    let trace = trace_context::id(wish.trace.as_deref()).to_owned();
    let not_before = submitted.not_before;
    let receipt = platform
        .ask(move |store| {
            let _reservation = reservation;
            let delay = match not_before {
                Some(until) => until
                    .duration_since(store.now()?.to_system_time())
                    .unwrap_or_default(),
                None => Duration::ZERO,
            };
            store.submit(&Submission { delay, ..wish })
        })
        .await?;
    let (Receipt::New(id) | Receipt::Known(id)) = receipt;
    let is_known = matches!(receipt, Receipt::Known(_));
    tracing::info!(target: "silta::platform", token = client.token().id, agency, operation, id = id.0, is_known, trace, "operation queued");
    let href = format!("/v1/operations/{id}");
    let queued = Queued {
        id: id.0,
        agency,
        operation,
        href,
    };
    Ok((queued, is_known))
}

/// Reads what is submitted, within the limits.
async fn read(
    platform: &Platform,
    client: &Client,
    (headers, body): (&HeaderMap, &mut Body),
) -> Result<(Submitted, Reservation), Problem> {
    let reader = SubmissionReader {
        limits: &platform.limits,
        limit: body_limit(platform, client),
        reservation: platform.bytes.reserve(true),
    };
    let time = platform.limits.body_time;
    let read = tokio::time::timeout(time, reader.read(headers, body)).await;
    let read = read.map_err(|_| {
        let detail = format!(
            "the body did not come within {} ms (`platform.limits.body-milliseconds`)",
            time.as_millis()
        );
        Problem::new(problem::BODY_TOO_SLOW, "request.too-slow", detail)
    })?;
    if read.is_err() {
        discard(body).await;
    }
    read
}

fn answer(queued: Queued) -> Result<Response, Problem> {
    let location = HeaderValue::try_from(&queued.href);
    let location = location.map_err(|_| Problem::internal("location.unusable"))?;
    let mut response = (StatusCode::ACCEPTED, Json(queued)).into_response();
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

fn body_limit(platform: &Platform, client: &Client) -> (u64, &'static str) {
    let (all, own) = (platform.limits.body_bytes, client.token().limits.body_bytes);
    match own {
        Some(own) if own < all => (own, "platform.tokens.limits.body-bytes"),
        _ => (all, "platform.limits.body-bytes"),
    }
}

/// Contents are shared with the blobs, not copied.
fn wish(
    agency: &str,
    operation: &str,
    submitted: &Submitted,
    idempotency: Option<IdempotencyKey>,
) -> Submission {
    let content = |blob: &silta::Blob| Content::from_segments(blob.to_segments());
    let attachments = submitted.attachments.iter().map(|attachment| Document {
        name: attachment.name.clone(),
        media_type: attachment.media_type.clone(),
        content: content(&attachment.content),
    });
    Submission {
        agency: agency.to_owned(),
        operation: operation.to_owned(),
        parameters: submitted.parameters.clone(),
        payload: submitted.payload.as_ref().map(content),
        attachments: attachments.collect(),
        lane: submitted.conversation.clone(),
        poll: None,
        delay: Duration::ZERO,
        idempotency,
        replay_of: None,
        trace: None,
        by: None,
    }
}

/// Whether something was submitted under a key before. Then nothing is built: what was right then may be wrong by now, and the answer is the one that was given.
async fn is_known(platform: &Platform, key: Option<&IdempotencyKey>) -> Result<bool, Problem> {
    let Some(key) = key.cloned() else {
        return Ok(false);
    };
    let listing = OperationListing {
        submitted_under: Some(key),
        limit: 1,
        ..OperationListing::default()
    };
    let page = platform
        .ask(move |store| store.operations(&listing))
        .await?;
    Ok(!page.operations.is_empty())
}

/// Has the component build the request once, unsigned.
async fn check(
    served: &ServedAgency,
    operation: &str,
    submitted: &Submitted,
) -> Result<(), Problem> {
    let busy = || {
        Problem::unavailable(
            "agency.busy",
            "the component of the agency has no time at the moment (`listener.limits.calls-per-agency`)",
        )
    };
    let (agency, id) = (served.agency().clone(), served.id().to_owned());
    let input = BuildInput {
        operation: operation.to_owned(),
        parameters: submitted.parameters.clone(),
        payload: submitted.payload.clone(),
        attachments: submitted.attachments.clone(),
        cursor: None,
        step: None,
        next_secret_of: None,
    };
    // As those of strangers: what agencies call goes before.
    let built = served.run(false, SANDBOX_TIMEOUT, move || {
        let operation = input.operation.clone();
        let description = agency.description()?;
        description.outbound(&operation, &id)?;
        // Its next value is drawn when it is carried out.
        if description.rotated_by(&operation).is_some() {
            return Ok(());
        }
        match agency.check(input) {
            Ok(()) => Ok(()),
            // What cannot be built yet for want of a credential is built when that has been obtained.
            Err(error)
                if is_ours(&error) && !agency.missing_credentials(&operation)?.is_empty() =>
            {
                Ok(())
            }
            Err(error) => Err(error),
        }
    });
    let built = built.await.map_err(|not_done| match not_done {
        NotDone::NoPlaceInTime => busy(),
        NotDone::Panicked => Problem::internal("gateway.crash"),
    })?;
    built.map_err(|error| refused(served.id(), error, &submitted.parameters))
}

fn is_ours(error: &Error) -> bool {
    matches!(error.fault(), Fault::Configuration | Fault::Internal)
}

/// Why a submission is not taken.
fn refused(agency: &str, error: Error, parameters: &str) -> Problem {
    match error {
        Error::UnknownAgency { .. } => Problem::unavailable(
            "agency.not-served",
            "nothing serves the agency at the moment; the log of the gateway says why",
        )
        .with_fault(Fault::Configuration),
        Error::UnknownOperation { .. } => {
            Problem::new(problem::NOT_FOUND, "operation.unknown", error.to_string())
        }
        Error::Problem(told) if told.fault == Fault::Caller => {
            let refused = Problem::new(problem::REFUSED, told.code, told.message);
            match is_of_parameters(&told.path, parameters) {
                true => refused.at(format!("/parameters{}", told.path)),
                false => refused.in_content(told.path),
            }
        }
        error if error.fault() == Fault::Caller => {
            Problem::new(problem::REFUSED, error.code(), error.to_string())
        }
        error => {
            let code = error.code();
            tracing::error!(target: "silta::platform", agency, code, %error, "a submission could not be judged");
            let detail = "the component could not build the request, for a reason that is not the caller's; the log of the gateway says which";
            Problem::unavailable(code, detail).with_fault(error.fault())
        }
    }
}

/// Whether a path leads into parameters, and not into a payload: the value that it names is there, or the one that it should stand in.
fn is_of_parameters(path: &str, parameters: &str) -> bool {
    let Some((container, _)) = path.rsplit_once('/') else {
        return false;
    };
    let parameters: Option<Value> = serde_json::from_str(parameters).ok();
    parameters.is_some_and(|parameters| parameters.pointer(container).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_pointer_where_it_leads_into_parameters() {
        let parameters = r#"{"a": {"b": 1}, "list": [{}]}"#;
        for pointer in ["/a", "/a/b", "/a/missing", "/missing", "/list/0/x"] {
            assert!(is_of_parameters(pointer, parameters), "{pointer}");
        }
        for other in ["", "3:7", "/Declaration/Goods", "/a/b/c/d"] {
            assert!(!is_of_parameters(other, parameters), "{other}");
        }
    }
}
