// SPDX-License-Identifier: Apache-2.0
//! What the component of an agency fails at or rejects, kept in the inbox for somebody to look at.

use std::time::SystemTime;

use serde_json::{Value, json};
use silta::{
    Error, GenerationInfo, Limit,
    exchange::{Call, HttpCall, MailCall, Rejected},
};
use silta_store::{
    Content,
    record::{Arrival, Document, Event},
};

use crate::{inbox, trace_context};

/// Kind of the one event of such an entry, and its operation: no component has named one.
pub const UNREADABLE: &str = "silta.unreadable";

/// Whether the component fails at it whenever it comes: it crashes, breaks the contract, or needs more than it may have. For the time that it takes,
/// and for what others use meanwhile, the next attempt may be another matter.
pub(super) fn fails_each_time(error: &Error) -> bool {
    match error {
        Error::Crash { .. } | Error::Contract { .. } => true,
        Error::Limit { exceeded, .. } => !matches!(
            exceeded.limit,
            Limit::Deadline | Limit::Drain | Limit::ConcurrentCalls
        ),
        _ => false,
    }
}

/// What came, whole, with what is known of it without a component. The same again is the same event. Of header fields only the media type is kept:
/// there may be secrets in others.
pub(super) fn arrival(
    agency: &str,
    generation: &GenerationInfo,
    at: SystemTime,
    call: &Call,
    error: &Error,
) -> Arrival {
    kept(
        agency,
        (generation, at),
        call,
        json!({ "code": error.code() }),
    )
}

/// A call that the component rejected, whole, with what it was answered. The same again is the same event.
pub(super) fn rejected(
    agency: &str,
    judged: (&GenerationInfo, SystemTime),
    call: &Call,
    rejected: &Rejected,
) -> Arrival {
    let why = json!({
        "code": rejected.reason.code,
        "rejected": true,
        "answered": rejected.reply.status,
    });
    kept(agency, judged, call, why)
}

fn kept(
    agency: &str,
    (generation, at): (&GenerationInfo, SystemTime),
    call: &Call,
    why: Value,
) -> Arrival {
    let (mut about, document) = match call {
        Call::Mail(mail) => of_mail(mail),
        Call::Http(http) => of_call(http),
    };
    let head = about.to_string().into_bytes().into();
    let content = document.content.segments().iter().cloned();
    let digest = Content::from_segments(std::iter::once(head).chain(content)).digest();
    if let (Some(about), Value::Object(why)) = (about.as_object_mut(), why) {
        about.extend(why);
    }
    Arrival {
        agency: agency.to_owned(),
        operation: UNREADABLE.to_owned(),
        provenance: inbox::provenance(generation),
        at: at.into(),
        events: vec![Event {
            kind: UNREADABLE.to_owned(),
            data: about.to_string(),
            deduplication_key: format!("{UNREADABLE}/{digest}"),
            about: None,
        }],
        documents: vec![document],
        follow_ups: Vec::new(),
        trace: trace_context::begun(),
    }
}

fn of_mail(mail: &MailCall) -> (Value, Document) {
    let about = json!({
        "transport": "mail",
        "sender": mail.sender,
        "recipients": mail.recipients,
        "relay": mail.connection.peer_address,
    });
    let document = Document {
        name: "mail.eml".to_owned(),
        media_type: "message/rfc822".to_owned(),
        content: inbox::content(&mail.content),
    };
    (about, document)
}

fn of_call(call: &HttpCall) -> (Value, Document) {
    let mut fields = call.headers.iter();
    let media_type = fields.find(|(name, _)| name == "content-type");
    let about = json!({
        "transport": "http",
        "method": call.method,
        "target": call.target,
        "caller": call.peer_address,
    });
    let document = Document {
        name: "body".to_owned(),
        media_type: media_type
            .map_or("application/octet-stream", |(_, value)| value)
            .to_owned(),
        content: inbox::content(&call.body),
    };
    (about, document)
}
