// SPDX-License-Identifier: Apache-2.0
//! What misbehaviours make of answers.

use std::time::Duration;

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::RETRY_AFTER;
use serde_json::{Value, json};

use super::access;
use super::answer::{Answer, Content};
use super::misbehaviour::Misbehaviour;
use super::operation::Operation;
use super::received::Received;
use super::refusal::Refusal;

/// What comes without the request being looked at.
pub(super) enum Instead {
    Answer(Answer),
    Silence,
}

/// `None` where the request is handled first.
pub(super) fn instead(
    operation: Operation,
    misbehaviour: Option<&Misbehaviour>,
) -> Option<Instead> {
    let refusal = |refusal| Some(Instead::Answer(Answer::refusal(Some(operation), refusal)));
    let simulated = "a simulated refusal";
    match misbehaviour? {
        Misbehaviour::Drop => Some(Instead::Silence),
        Misbehaviour::Forbidden => Some(Instead::Answer(Answer::forbidden())),
        Misbehaviour::TooLarge => Some(Instead::Answer(Answer::too_large())),
        Misbehaviour::TooManyRequests(wait) => Some(Instead::Answer(too_many_requests(*wait))),
        Misbehaviour::GatewayPage => Some(Instead::Answer(gateway_page())),
        Misbehaviour::TokenRefused | Misbehaviour::CursorRefused => {
            refusal(Refusal::bad_request(simulated))
        }
        // The shape without a code, whatever the operation.
        Misbehaviour::BadRequest => Some(Instead::Answer(Answer::refusal(
            None,
            Refusal::bad_request(simulated),
        ))),
        Misbehaviour::Validation(code) => refusal(Refusal::coded(*code)),
        Misbehaviour::TokenExpired => refusal(access::unauthorized("the access token has ended")),
        Misbehaviour::NotFound => refusal(Refusal::new(StatusCode::NOT_FOUND, simulated)),
        Misbehaviour::UnsupportedType => {
            refusal(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, simulated))
        }
        Misbehaviour::BadGateway => refusal(bad_gateway()),
        _ => None,
    }
}

fn bad_gateway() -> Refusal {
    Refusal::new(StatusCode::BAD_GATEWAY, "a service behind this one failed")
}

/// The header is in whole seconds (RFC 9110, §10.2.3), rounded up.
fn too_many_requests(wait: Duration) -> Answer {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let text = json!({"message": "Too Many Requests"}).to_string();
    let status = StatusCode::TOO_MANY_REQUESTS;
    let mut answer = Answer::gateway(status, "application/json", &text);
    let header = (RETRY_AFTER.as_str(), seconds.to_string());
    answer.headers.push(header);
    answer
}

fn gateway_page() -> Answer {
    let text = "<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>";
    Answer::gateway(StatusCode::SERVICE_UNAVAILABLE, "text/html", text)
}

/// An answer after the request was handled; `None` where the connection is to be closed instead.
pub(super) fn spoil(
    misbehaviour: Option<&Misbehaviour>,
    mut answer: Answer,
    received: &mut Received,
) -> Option<Answer> {
    received.message_id = answer.message_id;
    received.listed = answer.listed;
    let Some(misbehaviour) = misbehaviour else {
        return Some(answer);
    };
    let is_success = answer.status.is_success();
    match misbehaviour {
        Misbehaviour::DropKept => return None,
        Misbehaviour::BadGatewayKept => return Some(Answer::refusal(None, bad_gateway())),
        Misbehaviour::ConflictWithoutId => {
            if is_success || answer.status == StatusCode::CONFLICT {
                let reason =
                    json!({"reason": "a message with this externalId has been sent already"});
                return Some(Answer::json(StatusCode::CONFLICT, reason));
            }
        }
        Misbehaviour::CharsetParameter => {
            if answer.content_type == "application/json" {
                answer.content_type += "; charset=utf-8";
            }
        }
        Misbehaviour::UnreadableJson => answer.content = broken_off(answer.content),
        Misbehaviour::ExtraProperties => {
            if let Content::Json(value) = &mut answer.content {
                add_everywhere(value);
            }
        }
        misbehaviour => {
            if let (true, Content::Json(value)) = (is_success, &mut answer.content) {
                spoil_value(misbehaviour, value);
            }
        }
    }
    Some(answer)
}

fn broken_off(content: Content) -> Content {
    match content {
        Content::Json(value) => {
            let text = value.to_string().into_bytes();
            let half = text.len().div_ceil(2).min(text.len().saturating_sub(1));
            let text: Vec<u8> = text.into_iter().take(half).collect();
            Content::Bytes(Bytes::from(text))
        }
        bytes => bytes,
    }
}

fn add_everywhere(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.values_mut().for_each(add_everywhere);
            let extra = json!({"since": "tomorrow", "values": [1, null]});
            object.insert("extraProperty".to_owned(), extra);
        }
        Value::Array(entries) => entries.iter_mut().for_each(add_everywhere),
        _ => {}
    }
}

/// Lists of events, and citizens' messages.
fn spoil_value(misbehaviour: &Misbehaviour, value: &mut Value) {
    match misbehaviour {
        Misbehaviour::NoSender => remove(Some(value), "sender"),
        Misbehaviour::NoThread => remove(value.get_mut("electronic"), "thread"),
        Misbehaviour::NoAttachmentIds => {
            let list = value.pointer_mut("/electronic/attachments");
            let list = list.and_then(Value::as_array_mut).into_iter().flatten();
            list.for_each(|attachment| remove(Some(attachment), "attachmentId"));
        }
        _ => {
            if let Some(Value::Array(events)) = value.get_mut("events") {
                spoil_events(misbehaviour, events);
            }
        }
    }
}

fn spoil_events(misbehaviour: &Misbehaviour, events: &mut Vec<Value>) {
    match misbehaviour {
        Misbehaviour::RepeatedEvents => {
            *events = events
                .drain(..)
                .flat_map(|event| [event.clone(), event])
                .collect();
        }
        Misbehaviour::EventsOutOfOrder => events.reverse(),
        Misbehaviour::UnknownEventType => events.insert(0, unknown_event()),
        Misbehaviour::NoExternalIds => events
            .iter_mut()
            .for_each(|event| remove(event.get_mut("metadata"), "externalId")),
        _ => {}
    }
}

/// A number in words where others have an id: whoever goes on by the type does not get so far.
fn unknown_event() -> Value {
    json!({
        "type": "Electronic message forwarded by owl",
        "eventTime": "2026-01-31T12:00:00.000Z",
        "metadata": {"messageId": 0, "serviceId": "nobody", "owl": {"name": "Pöllö"}},
    })
}

fn remove(object: Option<&mut Value>, name: &str) {
    if let Some(Value::Object(object)) = object {
        object.remove(name);
    }
}
