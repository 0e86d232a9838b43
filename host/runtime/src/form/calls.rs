// SPDX-License-Identifier: Apache-2.0
//! Arguments and results of exported functions.

use serde_json::{Value, json};

use super::{blob, case, description::limits, headers, moment, pieces};
use crate::{
    convert::Parsed,
    describe::OperationLimits,
    exchange::{
        BuildInput, Call, CertificateChain, Document, Event, FollowUp, MailReply, Problem, Reply,
        Request, Response, Sending, Target, Verdict,
    },
};

pub(crate) fn arguments_of_build(input: &BuildInput) -> Vec<Value> {
    let attachments = input.attachments.iter();
    let attachments = attachments.map(|file| {
        json!({"name": file.name, "mediaType": file.media_type, "content": blob(&file.content)})
    });
    vec![
        json!(input.operation),
        json!(input.parameters),
        json!(input.payload.as_ref().map(blob)),
        attachments.collect(),
        json!(input.cursor),
        json!(input.step),
    ]
}

pub(crate) fn arguments_of_parse(
    operation: &str,
    response: &Response,
    sending: &Sending,
) -> Vec<Value> {
    let response = match response {
        Response::Answered(answer) => {
            let (headers, body) = (headers(&answer.headers), blob(&answer.body));
            let answer = json!({"status": answer.status, "headers": headers, "body": body});
            case("answered", Some(answer))
        }
        Response::MailAnswered(answer) => {
            let recipients = answer.recipients.iter();
            let recipients: Value = recipients
                .map(|it| json!({"recipient": it.recipient, "reply": mail_reply(&it.reply)}))
                .collect();
            let answer = json!({"reply": mail_reply(&answer.reply), "recipients": recipients});
            case("mail-answered", Some(answer))
        }
        Response::Unanswered => case("unanswered", None),
    };
    vec![
        json!(operation),
        response,
        json!({
            "memo": sending.memo,
            "earlierSendings": sending.earlier_sendings,
            "step": sending.step,
        }),
    ]
}

fn mail_reply(reply: &MailReply) -> Value {
    json!({"code": reply.code, "enhanced": reply.enhanced, "text": reply.text})
}

pub(crate) fn arguments_of_validate(call: &Call) -> Vec<Value> {
    vec![match call {
        Call::Http(call) => {
            let call = json!({
                "method": call.method,
                "target": call.target,
                "headers": headers(&call.headers),
                "body": blob(&call.body),
                "peer": call.peer_certificates.as_ref().map(peer),
                "peerAddress": call.peer_address,
            });
            case("http", Some(call))
        }
        Call::Mail(call) => {
            let connection = &call.connection;
            let connection = json!({
                "peerAddress": connection.peer_address,
                "tls": connection.tls,
                "peer": connection.peer_certificates.as_ref().map(peer),
                "allowed": connection.allowed,
            });
            let call = json!({
                "sender": call.sender,
                "recipients": call.recipients,
                "content": blob(&call.content),
                "connection": connection,
            });
            case("mail", Some(call))
        }
    }]
}

/// Of a peer a component sees no certificate; a host that repeats the call knows it by them.
pub(crate) fn peer(chain: &CertificateChain) -> Value {
    json!({ "certificates": pieces(chain.certificates()) })
}

pub(crate) fn problem(problem: &Problem) -> Value {
    json!({
        "fault": problem.fault.name(),
        "code": problem.code,
        "path": problem.path,
        "message": problem.message,
    })
}

pub(crate) fn request(request: &Request) -> Value {
    let target = match &request.target {
        Target::Http(target) => {
            let target = json!({"method": target.method, "url": target.url});
            case("http", Some(target))
        }
        Target::Smtp(target) => {
            let target = json!({"sender": target.sender, "recipients": target.recipients});
            case("smtp", Some(target))
        }
    };
    let secret_headers = request.secret_headers.iter();
    let secret_headers: Value = secret_headers
        .map(|it| json!({"name": it.name, "prefix": it.prefix, "role": it.role}))
        .collect();
    json!({
        "target": target,
        "headers": headers(&request.headers),
        "secretHeaders": secret_headers,
        "body": blob(&request.body),
        "timeoutMilliseconds": u64::try_from(request.timeout.as_millis()).unwrap_or(u64::MAX),
        "reference": request.reference,
        "tlsRole": request.tls_role,
        "keepBytes": request.keep_bytes,
        "memo": request.memo,
    })
}

pub(crate) fn outcome((outcome, obtained): &Parsed) -> Value {
    let obtained = obtained.as_ref();
    let obtained = obtained.map(|(value, lifetime_seconds)| {
        json!({"value": blob(value), "lifetimeSeconds": lifetime_seconds})
    });
    json!({
        "class": outcome.class.name(),
        "code": outcome.code,
        "text": outcome.text,
        "reference": outcome.reference,
        "events": events(&outcome.events),
        "documents": documents(&outcome.documents),
        "followUps": follow_ups(&outcome.follow_ups),
        "cursor": outcome.cursor,
        "moreWaits": outcome.more_waits,
        "nextStep": outcome.next_step,
        "notBefore": outcome.not_before.map(moment),
        "obtained": obtained,
        "refusedSecret": outcome.refused_secret,
    })
}

pub(crate) fn verdict(verdict: &Verdict) -> Value {
    match verdict {
        Verdict::Accepted(acceptance) => {
            let acceptance = json!({
                "operation": acceptance.operation,
                "events": events(&acceptance.events),
                "documents": documents(&acceptance.documents),
                "followUps": follow_ups(&acceptance.follow_ups),
                "reply": reply(&acceptance.reply),
                "replyToDuplicate": reply(&acceptance.reply_to_duplicate),
            });
            case("accepted", Some(acceptance))
        }
        Verdict::Rejected(rejected) => {
            let reply = reply(&rejected.reply);
            let rejection = json!({"reply": reply, "reason": problem(&rejected.reason)});
            case("rejected", Some(rejection))
        }
    }
}

fn events(events: &[Event]) -> Value {
    let events = events.iter();
    events
        .map(|event| {
            json!({
                "kind": event.kind,
                "data": event.data,
                "deduplicationKey": event.deduplication_key,
                "about": event.about,
            })
        })
        .collect()
}

fn documents(documents: &[Document]) -> Value {
    let documents = documents.iter();
    documents
        .map(
            |it| json!({"name": it.name, "mediaType": it.media_type, "content": blob(&it.content)}),
        )
        .collect()
}

fn follow_ups(follow_ups: &[FollowUp]) -> Value {
    let follow_ups = follow_ups.iter();
    follow_ups
        .map(|it| {
            json!({
                "operation": it.operation,
                "parameters": it.parameters,
                "deduplicationKey": it.deduplication_key,
            })
        })
        .collect()
}

/// No body is an empty one; as JSON it is none.
fn reply(reply: &Reply) -> Value {
    let body = Some(&reply.body).filter(|body| !body.is_empty());
    json!({
        "status": reply.status,
        "headers": headers(&reply.headers),
        "body": body.map(blob),
    })
}

pub(crate) fn adjusted(adjusted: &[(String, OperationLimits)]) -> Value {
    let adjusted = adjusted.iter();
    adjusted
        .map(|(operation, adjusted)| json!({"operation": operation, "limits": limits(adjusted)}))
        .collect()
}
