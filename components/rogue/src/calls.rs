// SPDX-License-Identifier: Apache-2.0
//! What is done with a call: the last segment of its path says what.

use agency_guest::{
    Problem, ToEvent, counterparty_problem,
    exports::notification::{Acceptance, Call, HttpCall, MailCall, Rejection, Reply},
    hexadecimal,
    imports::{facts, ids, log, trust, types},
    internal, read_settings,
};
use serde::Deserialize;
use serde_json::json;

use crate::{
    describe,
    events::Called,
    host::{blob_of, read_text},
    parameters::{Parameters, Settings},
    version::version,
    violations,
};

/// A reply that a test words itself.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedReply {
    status: u16,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    body: String,
    /// What the call brings, an event for each line.
    #[serde(default)]
    events: String,
}

/// Accepts HTTP calls whose body is text, and mails whose body is.
pub(crate) fn judge(call: &Call<'_>) -> Result<Acceptance, Rejection> {
    match call {
        Call::Http(call) => judge_http(call),
        Call::Mail(call) => judge_mail(call),
    }
}

/// The local part of the sender says what is done with a mail, as the path does with a call.
fn judge_mail(call: &MailCall<'_>) -> Result<Acceptance, Rejection> {
    let name = call.sender.split('@').next().unwrap_or_default();
    let judged = match name {
        "echo" => echo_mail(call),
        "refuse" => Err(rejection(550, "call.refused", "the sender asks for it")),
        "refuse-for-now" => Err(rejection(450, "call.refused", "the sender asks for it")),
        "blame-us" => Err(refused(550, internal("the sender asks for it"))),
        name => judge_body(call, name),
    };
    // A duplicate is replied to as mails are, too.
    judged.map(|acceptance| Acceptance {
        reply_to_duplicate: reply(250),
        ..acceptance
    })
}

fn judge_body(call: &MailCall<'_>, name: &str) -> Result<Acceptance, Rejection> {
    let mail = read_text(call.content).map_err(|reason| refused(554, reason))?;
    let (_, body) = mail.split_once("\r\n\r\n").unwrap_or(("", &mail));
    let taken = || Acceptance {
        reply: reply(250),
        ..acceptance(body)
    };
    match name {
        "notify" => Ok(taken()),
        "linger" => {
            log::write(log::Level::Info, "lingering");
            Ok(taken())
        }
        "by-version" => by_version(body)
            .map(|acceptance| Acceptance {
                reply: reply(250),
                ..acceptance
            })
            .map_err(|rejection| refused(550, rejection.reason)),
        "reply" => worded(body),
        name => match violations::named(name) {
            Some(violation) => violation(&Parameters::default(), Some(call.content))
                .map(|_| taken())
                .map_err(|reason| refused(554, reason)),
            None => Err(rejection(550, "call.unknown", "no sender has this name")),
        },
    }
}

fn judge_http(call: &HttpCall<'_>) -> Result<Acceptance, Rejection> {
    let text = read_text(call.body).map_err(|reason| refused(400, reason))?;
    let path = call.target.split('?').next().unwrap_or_default();
    match path.rsplit('/').next().unwrap_or_default() {
        "" | "notify" => Ok(acceptance(&text)),
        "deliver" => deliver(&text),
        "echo" => echo(call, &text),
        "linger" => {
            log::write(log::Level::Info, "lingering");
            Ok(acceptance(&text))
        }
        "refuse" => Err(rejection(403, "call.refused", "the path asks for it")),
        "by-version" => by_version(&text),
        "reply" => worded(&text),
        name => match violations::named(name) {
            Some(violation) => violation(&Parameters::default(), Some(call.body))
                .map(|_| acceptance(&text))
                .map_err(|reason| refused(500, reason)),
            None => Err(rejection(404, "call.unknown", "nothing is at this path")),
        },
    }
}

/// The last number of the version says what is done: 6 crashes, 7 never returns, 8 refuses, 9 makes an event more, 5 asks for an identifier, 4 declares that it takes next to nothing; all others accept.
fn by_version(text: &str) -> Result<Acceptance, Rejection> {
    let violate = |name: &str| {
        let violation = violations::named(name).map(|act| act(&Parameters::default(), None));
        drop(violation);
        Ok(acceptance(text))
    };
    match version().rsplit('.').next() {
        Some("5") => {
            ids::uuid();
            Ok(acceptance(text))
        }
        Some("6") => violate("crash"),
        Some("7") => violate("loop-forever"),
        Some("8") => Err(rejection(403, "call.refused", "the version asks for it")),
        Some("9") => Ok(acceptance(&format!("{text}\nand one more"))),
        _ => Ok(acceptance(text)),
    }
}

/// An event for each line; none for an empty body, as for a health check.
fn acceptance(text: &str) -> Acceptance {
    // A line can always be written.
    let event = |text: &str| Called { text }.event(text).ok();
    Acceptance {
        operation: describe::CALLED.into(),
        events: text.lines().filter_map(event).collect(),
        documents: Vec::new(),
        follow_ups: Vec::new(),
        reply: reply(202),
        reply_to_duplicate: reply(200),
    }
}

/// The body as a document too, and a follow-up for each line.
fn deliver(text: &str) -> Result<Acceptance, Rejection> {
    let content = blob_of(text.as_bytes()).map_err(|reason| refused(500, reason))?;
    let follow_up = |line: &str| facts::FollowUp {
        operation: "behave".into(),
        parameters: json!({ "text": line }).to_string(),
        deduplication_key: format!("behave/{line}"),
    };
    Ok(Acceptance {
        documents: vec![facts::ReceivedDocument {
            name: "call.txt".into(),
            media_type: "text/plain".into(),
            content,
        }],
        follow_ups: text.lines().map(follow_up).collect(),
        ..acceptance(text)
    })
}

/// Replies with all that is known of the call, and with the version of the settings.
fn echo(call: &HttpCall<'_>, text: &str) -> Result<Acceptance, Rejection> {
    let settings: Settings = read_settings().map_err(|reason| refused(500, reason))?;
    let headers: Vec<_> = call
        .headers
        .iter()
        .map(|header| [&header.name, &header.value])
        .collect();
    let seen = json!({
        "version": settings.version,
        "method": call.method,
        "target": call.target,
        "headers": headers,
        "body": text,
        "peer": call.peer.map(identified),
        "address": call.peer_address,
    });
    reply_with(WantedReply {
        status: 200,
        headers: Vec::new(),
        body: seen.to_string(),
        events: String::new(),
    })
}

/// Replies with all that is known of a mail and of the connection that it came by.
fn echo_mail(call: &MailCall<'_>) -> Result<Acceptance, Rejection> {
    let connection = &call.connection;
    let seen = json!({
        "sender": call.sender,
        "recipients": call.recipients,
        "size": call.content.size(),
        "address": connection.peer_address,
        "tls": connection.tls,
        "peer": connection.peer.map(identified),
        "allowed": connection.allowed,
    });
    reply_with(WantedReply {
        status: 250,
        headers: Vec::new(),
        body: seen.to_string(),
        events: String::new(),
    })
}

/// Whom the peer is, by the anchor set `customs`; or why nobody.
fn identified(peer: &trust::Peer) -> serde_json::Value {
    match peer.identify("customs", trust::Purpose::TlsClient) {
        Ok(identity) => json!({"fingerprint": hexadecimal(&identity.fingerprint)}),
        Err(error) => json!({"refused": format!("{error:?}")}),
    }
}

/// Replies as the body words it.
fn worded(text: &str) -> Result<Acceptance, Rejection> {
    let wanted: WantedReply = serde_json::from_str(text)
        .map_err(|_| rejection(400, "call.invalid", "the body words no reply"))?;
    reply_with(wanted)
}

fn reply_with(wanted: WantedReply) -> Result<Acceptance, Rejection> {
    let body = blob_of(wanted.body.as_bytes()).map_err(|reason| refused(500, reason))?;
    let headers = wanted.headers.into_iter();
    Ok(Acceptance {
        reply: Reply {
            headers: headers
                .map(|(name, value)| types::Header { name, value })
                .collect(),
            body: Some(body),
            ..reply(wanted.status)
        },
        ..acceptance(&wanted.events)
    })
}

fn reply(status: u16) -> Reply {
    Reply {
        status,
        headers: Vec::new(),
        body: None,
    }
}

fn rejection(status: u16, code: &str, message: &str) -> Rejection {
    refused(status, counterparty_problem(code, "", message))
}

fn refused(status: u16, reason: Problem) -> Rejection {
    Rejection {
        reply: reply(status),
        reason,
    }
}
