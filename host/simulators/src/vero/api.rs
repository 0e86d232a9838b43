// SPDX-License-Identifier: Apache-2.0
//! One call of the API: checks, and the answer.

use std::time::SystemTime;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use serde_json::{Map, Value};

use super::answer::Answer;
use super::received::{Operation, Received};
use super::register;
use super::service::Service;
use super::wire::WireNames;

/// The answer to a request, once it is recorded.
pub(super) async fn answer(service: &Service, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let at = SystemTime::now();
    let operation = operation(&service.wire, request.uri().path());
    let answer = handle(service, operation, request).await;
    service.received.record(Received {
        at,
        operation,
        http_status: answer.status.as_u16(),
        reason: answer.reason,
        listed: answer.listed,
    });
    let json = answer.json.map(|json| json.to_string());
    let is_json = json.is_some();
    let mut response = Response::new(Full::from(json.unwrap_or_default()));
    *response.status_mut() = answer.status;
    let headers = response.headers_mut();
    if is_json {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    }
    if let Some(Ok(method)) = answer.allow.map(|method| method.as_str().parse()) {
        headers.insert(ALLOW, method);
    }
    response
}

const JSON: &str = "application/json";

fn operation(wire: &WireNames, path: &str) -> Option<Operation> {
    let paths = [
        (&wire.register_push_path, Operation::RegisterPush),
        (
            &wire.verify_register_push_path,
            Operation::VerifyRegisterPush,
        ),
        (&wire.list_notifications_path, Operation::ListNotifications),
        (&wire.list_subscriptions_path, Operation::ListSubscriptions),
    ];
    paths
        .into_iter()
        .find(|(own, _)| *own == path)
        .map(|(_, operation)| operation)
}

async fn handle(
    service: &Service,
    operation: Option<Operation>,
    request: Request<Incoming>,
) -> Answer {
    let Some(operation) = operation else {
        return Answer::refused(StatusCode::NOT_FOUND, "nothing is served at this path");
    };
    let method = match operation {
        Operation::RegisterPush | Operation::VerifyRegisterPush => Method::POST,
        Operation::ListNotifications | Operation::ListSubscriptions => Method::GET,
    };
    let (head, body) = request.into_parts();
    if head.method != method {
        let reason = format!("only {method} is served at this path");
        return Answer {
            allow: Some(method),
            ..Answer::refused(StatusCode::METHOD_NOT_ALLOWED, reason)
        };
    }
    match operation {
        Operation::ListNotifications => list_notifications(service),
        Operation::ListSubscriptions => list_subscriptions(service),
        Operation::RegisterPush | Operation::VerifyRegisterPush => {
            let is_kept = operation == Operation::RegisterPush && service.keeps_registrations;
            match read(service, &head.headers, body).await {
                Ok(properties) => register::answer(service, &properties, is_kept).await,
                Err(refusal) => refusal,
            }
        }
    }
}

/// Far more than a registration needs.
const LARGEST_BODY: usize = 64 * 1024;

/// The properties of the one object that the body has to be.
async fn read(
    service: &Service,
    headers: &HeaderMap,
    body: Incoming,
) -> Result<Map<String, Value>, Answer> {
    let wrong = |reason| Answer::refused(service.statuses.wrong_request, reason);
    let media_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next());
    if !media_type.is_some_and(|found| found.trim().eq_ignore_ascii_case(JSON)) {
        return Err(Answer::refused(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the Content-Type is not application/json",
        ));
    }
    let body = Limited::new(body, LARGEST_BODY).collect().await;
    let body = body.map_err(|_| wrong("the body is too large, or broke off"))?;
    match serde_json::from_slice(&body.to_bytes()) {
        Ok(Value::Object(properties)) => Ok(properties),
        Ok(_) => Err(wrong("the body is JSON, but no object")),
        Err(_) => Err(wrong("the body is not JSON")),
    }
}

/// All there are, whether or not they have been pushed: the receiver keeps track, not the service.
fn list_notifications(service: &Service) -> Answer {
    let entries = service.notifications();
    let entries = entries.iter().map(|entry| entry.properties().into());
    Answer::list(
        service.statuses.done,
        &service.wire.notifications,
        entries.collect(),
    )
}

/// A subscription without a registration has no status.
fn list_subscriptions(service: &Service) -> Answer {
    let wire = &service.wire;
    let status = service.registration_status();
    let entry = |id: &i64| {
        let mut entry = Map::new();
        entry.insert(wire.subscription_id.clone(), (*id).into());
        if let Some(status) = status {
            entry.insert(wire.registration_status.clone(), status.code().into());
        }
        entry.into()
    };
    let entries = service.subscriptions.iter().map(entry).collect();
    Answer::list(service.statuses.done, &wire.subscriptions, entries)
}
