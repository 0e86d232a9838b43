// SPDX-License-Identifier: Apache-2.0
//! One request: the checks in their order, and the answer.

use std::net::IpAddr;

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{ALLOW, HeaderMap};
use hyper::http::request::Parts;
use serde_json::{Value, json};

use super::access;
use super::answer::Answer;
use super::attachments::Attachment;
use super::continuation::Ending;
use super::fresh::is_uuid;
use super::mailboxes::MailboxState;
use super::misbehaviour::Misbehaviour;
use super::multipart;
use super::operation::{self, Operation};
use super::query;
use super::reading;
use super::received::{Received, Verdict};
use super::refusal::Refusal;
use super::sending;
use super::service::Service;
use super::shape::{self, Shape};
use super::spoiling::{self, Instead};
use super::wire;

/// A request, and what a script wants of it.
struct Call<'a> {
    operation: Operation,
    /// From the path, still percent-encoded.
    id: &'a str,
    head: &'a Parts,
    body: Result<Vec<u8>, Refusal>,
    misbehaviour: Option<Misbehaviour>,
}

/// The answer; none where the connection is to be closed instead.
pub(super) fn answer(
    service: &Service,
    caller: Option<IpAddr>,
    head: &Parts,
    body: Result<Vec<u8>, Refusal>,
    received: &mut Received,
) -> Option<Answer> {
    let (operation, id) = match route(service, caller, head, received) {
        Ok(found) => found,
        Err(answer) => {
            received.reason.clone_from(&answer.reason);
            return Some(*answer);
        }
    };
    let misbehaviour = service.state().script.take(operation);
    received.misbehaviour.clone_from(&misbehaviour);
    if let Some(instead) = spoiling::instead(operation, misbehaviour.as_ref()) {
        received.verdict = Verdict::Unjudged;
        if misbehaviour == Some(Misbehaviour::TokenExpired) {
            end_token(service, &head.headers);
        }
        return match instead {
            Instead::Answer(answer) => {
                received.reason.clone_from(&answer.reason);
                Some(answer)
            }
            Instead::Silence => None,
        };
    }
    let call = Call {
        operation,
        id,
        head,
        body,
        misbehaviour,
    };
    let misbehaviour = call.misbehaviour.clone();
    let handled = handle(service, call, received);
    received.verdict = match &handled {
        Ok(_) => Verdict::Accepted,
        Err(refusal) if refusal.status == StatusCode::CONFLICT => Verdict::Duplicate,
        Err(_) => Verdict::Refused,
    };
    let answer = handled.unwrap_or_else(|refusal| Answer::refusal(Some(operation), refusal));
    received.reason.clone_from(&answer.reason);
    spoiling::spoil(misbehaviour.as_ref(), answer, received)
}

/// What a path leads to, by the method that it takes.
fn route<'a>(
    service: &Service,
    caller: Option<IpAddr>,
    head: &'a Parts,
    received: &mut Received,
) -> Result<(Operation, &'a str), Box<Answer>> {
    if !access::is_allowed(&service.allowed_addresses, caller) {
        return Err(Answer::forbidden().into());
    }
    received.checks.push("allow-list");
    let Some((operation, id)) = operation::find(head.uri.path()) else {
        let refusal = Refusal::new(StatusCode::NOT_FOUND, "nothing is served at this path");
        return Err(Answer::refusal(None, refusal).into());
    };
    received.checks.push("http-path");
    received.operation = Some(operation);
    let method = operation.method();
    if head.method != method {
        let error = format!("only {method} is served at this path");
        let refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, error);
        let mut answer = Answer::refusal(None, refusal);
        let allow = (ALLOW.as_str(), method.to_string());
        answer.headers.push(allow);
        return Err(answer.into());
    }
    received.checks.push("http-method");
    Ok((operation, id))
}

fn end_token(service: &Service, headers: &HeaderMap) {
    if let Ok(token) = access::token(headers) {
        service.state().credentials.end(token);
    }
}

fn handle(
    service: &Service,
    mut call: Call<'_>,
    received: &mut Received,
) -> Result<Answer, Refusal> {
    if call.operation.wants_token() {
        let token = access::token(&call.head.headers)?;
        if !service
            .state()
            .credentials
            .accepts(token, service.clock.now())
        {
            let error = "the access token is not valid, or has ended";
            return Err(access::unauthorized(error));
        }
        received.checks.push("access-token");
    }
    let parameter = query::parameter(call.operation, call.head.uri.query())?;
    received.checks.push("query");
    let body = std::mem::replace(&mut call.body, Ok(Vec::new()))?;
    received.checks.push("body-size");
    match call.operation {
        Operation::MessageId => message_id(service, &parameter.unwrap_or_default(), received),
        Operation::Events => events(service, parameter.as_deref(), &call),
        Operation::ReadMessage => read_message(service, call.id, received),
        Operation::DownloadAttachment => download(service, call.id, received),
        Operation::UploadAttachment => upload(service, &call.head.headers, &body, received),
        Operation::Token => token(
            service,
            &judged(service, &wire::TOKEN, &call, &body, received)?,
        ),
        Operation::ChangePassword => {
            let body = judged(service, &wire::CHANGE_PASSWORD, &call, &body, received)?;
            change_password(service, &body)
        }
        Operation::ActiveMailboxes => {
            let body = judged(service, &wire::ACTIVE_MAILBOXES, &call, &body, received)?;
            Ok(active_mailboxes(service, &body))
        }
        Operation::SendMultichannel => send(service, &wire::MULTICHANNEL, &call, &body, received),
        Operation::SendElectronic => send(service, &wire::ELECTRONIC, &call, &body, received),
        Operation::SendPaper => send(service, &wire::PAPER, &call, &body, received),
    }
}

/// The body as JSON of that shape.
fn judged(
    service: &Service,
    shape: &Shape,
    call: &Call<'_>,
    body: &[u8],
    received: &mut Received,
) -> Result<Value, Refusal> {
    reading::check_json_type(&call.head.headers)?;
    received.checks.push("content-type");
    let value = reading::json(body)?;
    received.checks.push("json");
    let errors = shape::errors(shape, &value, service.visibility);
    if !errors.is_empty() {
        return Err(Refusal::invalid(errors));
    }
    received.checks.push("properties");
    Ok(value)
}

fn send(
    service: &Service,
    shape: &Shape,
    call: &Call<'_>,
    body: &[u8],
    received: &mut Received,
) -> Result<Answer, Refusal> {
    let body = judged(service, shape, call, body, received)?;
    match call.misbehaviour {
        Some(Misbehaviour::IdBeyond32Bits) => service.state().raise_ids(BEYOND_32_BITS),
        Some(Misbehaviour::IdBeyond53Bits) => service.state().raise_ids(BEYOND_53_BITS),
        _ => {}
    }
    sending::send(service, call.operation, body, received)
}

/// Neither a signed nor an unsigned number of 32 bits holds it.
const BEYOND_32_BITS: i64 = (1 << 32) + 1;

/// A double rounds it to another one.
const BEYOND_53_BITS: i64 = (1 << 53) + 1;

/// A text of a body whose shape has been judged.
fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn token(service: &Service, body: &Value) -> Result<Answer, Refusal> {
    let (rules, now) = (&service.credential_rules, service.clock.now());
    let credentials = (text(body, "username"), text(body, "password"));
    let token = service.state().credentials.issue(rules, credentials, now)?;
    Ok(Answer::ok(json!({
        "access_token": token,
        "expires_in": rules.token_lifetime.as_secs(),
        "token_type": "Bearer",
    })))
}

/// The token stands in the body; what stands in the header does not count.
fn change_password(service: &Service, body: &Value) -> Result<Answer, Refusal> {
    let change = (
        text(body, "accessToken"),
        text(body, "currentPassword"),
        text(body, "newPassword"),
    );
    let (rules, now) = (&service.credential_rules, service.clock.now());
    service.state().credentials.change(rules, change, now)?;
    Ok(Answer::ok(json!({})))
}

fn active_mailboxes(service: &Service, body: &Value) -> Answer {
    let state = service.state();
    let asked = body.get("endUsers").and_then(Value::as_array);
    let is_active = |user: &&Value| state.mailbox(text(user, "id")) == MailboxState::Active;
    let active: Vec<Value> = asked
        .into_iter()
        .flatten()
        .filter(is_active)
        .cloned()
        .collect();
    Answer {
        listed: Some(active.len()),
        ..Answer::ok(json!({"endUsersWithActiveMailbox": active}))
    }
}

fn message_id(
    service: &Service,
    external_id: &str,
    received: &mut Received,
) -> Result<Answer, Refusal> {
    let length = external_id.chars().count();
    if !(1..=wire::LONGEST_EXTERNAL_ID).contains(&length) {
        let error = format!(
            "externalId has {length} characters, not 1 to {}",
            wire::LONGEST_EXTERNAL_ID
        );
        return Err(Refusal::bad_request(error));
    }
    received.checks.push("id");
    let found = service.state().sent.id(external_id);
    found.map(Answer::sent).ok_or_else(|| {
        Refusal::new(
            StatusCode::NOT_FOUND,
            "no message has been sent with this externalId",
        )
    })
}

fn events(service: &Service, token: Option<&str>, call: &Call<'_>) -> Result<Answer, Refusal> {
    let unknown = || Refusal::bad_request("the continuationToken is not valid");
    let from = match token {
        Some(token) => service.seal.place(token).ok_or_else(unknown)?,
        None => 0,
    };
    let ending = match call.misbehaviour {
        Some(Misbehaviour::AwkwardCursor) => Ending::Awkward,
        _ => Ending::Usual,
    };
    let (now, retention) = (service.clock.now(), service.retention);
    let page = service
        .state()
        .log
        .page(from, now, retention, service.page_size)
        .ok_or_else(unknown)?;
    let (events, next) = match call.misbehaviour {
        Some(Misbehaviour::EmptyPage) => (Vec::new(), from),
        _ => (page.events, page.next),
    };
    Ok(Answer {
        listed: Some(events.len()),
        ..Answer::ok(json!({
            "continuationToken": service.seal.token(next, ending),
            "events": events,
        }))
    })
}

/// Those that citizens wrote, as long as they are kept and the mailbox is there.
fn read_message(service: &Service, id: &str, received: &mut Received) -> Result<Answer, Refusal> {
    let id = query::id(id).filter(|id| id.bytes().all(|byte| byte.is_ascii_digit()));
    let id: i64 = id
        .and_then(|id| id.parse().ok())
        .ok_or_else(|| Refusal::bad_request("the id in the path is no number of 64 bits"))?;
    received.checks.push("id");
    let state = service.state();
    let found = state
        .citizens
        .find(id, service.clock.now(), service.retention)
        .filter(|kept| state.mailbox(&kept.message.sender.id) != MailboxState::Deleted);
    let found = found.ok_or_else(|| {
        Refusal::new(
            StatusCode::NOT_FOUND,
            "there is no such message of an end user, or no longer",
        )
    })?;
    Ok(Answer {
        message_id: Some(id),
        ..Answer::ok(found.json(id))
    })
}

/// The type is told by the message only; the service does not declare one here.
fn download(service: &Service, id: &str, received: &mut Received) -> Result<Answer, Refusal> {
    let id = query::id(id)
        .filter(|id| is_uuid(id))
        .ok_or_else(|| Refusal::bad_request("the id in the path is no UUID"))?;
    received.checks.push("id");
    let state = service.state();
    let (now, retention) = (service.clock.now(), service.retention);
    let found = state
        .citizens
        .attachment(&id, now, retention)
        .filter(|(sender, _)| state.mailbox(&sender.id) != MailboxState::Deleted);
    let (_, attachment) = found.ok_or_else(|| {
        Refusal::new(
            StatusCode::NOT_FOUND,
            "there is no such attachment of an end user's message, or no longer",
        )
    })?;
    Ok(Answer::bytes(
        "application/octet-stream",
        Bytes::clone(&attachment.bytes),
    ))
}

fn upload(
    service: &Service,
    headers: &HeaderMap,
    body: &[u8],
    received: &mut Received,
) -> Result<Answer, Refusal> {
    let unsupported = |what: &str| Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, what);
    let (media_type, content_type) = reading::media_type(headers);
    if media_type != "multipart/form-data" {
        return Err(unsupported("the Content-Type is not multipart/form-data"));
    }
    received.checks.push("content-type");
    let file = multipart::read(content_type, body)?;
    received.checks.push("multipart");
    if !service.media_types.contains(&file.media_type) {
        return Err(unsupported("files of this media type cannot be uploaded"));
    }
    received.checks.push("media-type");
    let content = Bytes::copy_from_slice(file.content);
    let attachment = Attachment::new(file.filename, file.media_type, content);
    let (rules, now) = (&service.upload_rules, service.clock.now());
    let id = service.state().uploads.add(rules, attachment, now)?;
    Ok(Answer::json(
        StatusCode::CREATED,
        json!({"attachmentId": id}),
    ))
}
