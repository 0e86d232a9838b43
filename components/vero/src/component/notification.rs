//! From calls to verdicts.

use agency_guest::{
    Blob, Fault, Problem, caller_problem,
    exports::notification::{Acceptance, Call, HttpCall, Rejection, Reply, Verdict},
    imports::{clock, facts::Event, log, secrets, trust, types::Header},
    json, problem,
};
use serde_json::json;

use super::read_settings;
use crate::{
    convert::{CALLBACK, anchor_set},
    describe::NOTIFY,
    wire::{self, Head, Misdirected, Notification, Settings},
};

/// Header field with the secret that was given with the registration (requirements).
const SECRET_HEADER: &str = "vero-callback-secret";

/// Judges a call. Whatever the answer, its body is empty (requirements, "Response").
pub(super) fn validate(call: &Call<'_>) -> Verdict {
    let Call::Http(call) = call else {
        let message = "the Tax Administration sends no mail, and this component takes none";
        return rejected(550, refusal("call.mail", "", message));
    };
    let judged = read_settings().and_then(|settings| judge(&settings, call));
    // For a reason of our own: the caller is invited to try again.
    judged.unwrap_or_else(|reason| rejected(503, reason))
}

fn judge(settings: &Settings, call: &HttpCall<'_>) -> Result<Verdict, Problem> {
    let head = Head {
        method: &call.method,
        target: &call.target,
        content_type: fields(call, "Content-Type").next(),
        address: &call.peer_address,
    };
    if let Err(misdirected) = wire::check_head(settings, head) {
        return Ok(turned_away(misdirected));
    }
    if let Err(reason) = check_caller(settings, &call.peer_certificates) {
        return Ok(rejected(403, reason));
    }
    if let Err(reason) = check_secret(call)? {
        return Ok(unauthenticated(reason));
    }
    // The host has kept to the limit that the settings give this operation.
    let body = Blob::read_all(call.body, settings.notification.largest_body_bytes)?;
    let notification = match wire::read_notification(settings, &body) {
        Ok(notification) => notification,
        Err(wrong) => {
            return Ok(rejected(
                400,
                refusal(wrong.code, &wrong.path, wrong.message),
            ));
        }
    };
    if notification.extra > 0 {
        let line = format!(
            "{} properties beyond the documented ones were left out",
            notification.extra
        );
        log::write(log::Level::Info, &line);
    }
    let events = match notification.is_health_check() {
        true => Vec::new(),
        false => vec![event_of(settings, &notification)?],
    };
    Ok(Verdict::Accepted(Acceptance {
        operation: NOTIFY.into(),
        events,
        documents: Vec::new(),
        follow_ups: Vec::new(),
        reply: empty(200),
        reply_to_duplicate: empty(200),
    }))
}

/// A notification, pushed or listed, is one event.
pub(super) fn event_of(settings: &Settings, notification: &Notification) -> Result<Event, Problem> {
    let environment = settings.environment.name();
    let Notification {
        key,
        kind,
        subscription,
        timestamp,
        ..
    } = notification;
    let data = json!({
        "environment": environment,
        "key": key,
        "type": kind,
        "subscription": subscription,
        "timestamp": timestamp,
    });
    Ok(Event {
        kind: "notification".into(),
        data: json::write(&data)?,
        deduplication_key: format!("notification/{environment}/{subscription}/{key}/{kind}"),
    })
}

/// The caller's certificate is issued by the Tax Administration, for this environment and no other (requirements, "TLS").
fn check_caller(settings: &Settings, chain: &[Vec<u8>]) -> Result<(), Problem> {
    if chain.is_empty() {
        let message = "the caller has shown no client certificate";
        return Err(refusal("caller.no-certificate", "", message));
    }
    let set = anchor_set(settings.environment);
    match trust::identify(set, chain, trust::Purpose::TlsClient, clock::now()) {
        Ok(_) => Ok(()),
        Err(error) => Err(caller_problem(set, &error)),
    }
}

/// Compared by the host, which takes the same time whatever is wrong with it. The inner error is the caller's, the outer one ours.
fn check_secret(call: &HttpCall<'_>) -> Result<Result<(), Problem>, Problem> {
    let mut sent = fields(call, SECRET_HEADER);
    let (Some(candidate), None) = (sent.next(), sent.next()) else {
        let message = format!("the call has not exactly one header field {SECRET_HEADER}");
        return Ok(Err(refusal("secret.missing", "", message)));
    };
    match secrets::matches(CALLBACK, candidate.as_bytes()) {
        Ok(true) => Ok(Ok(())),
        Ok(false) => {
            let message =
                format!("the header field {SECRET_HEADER} holds none of the configured secrets");
            Ok(Err(refusal("secret.wrong", "", message)))
        }
        Err(_) => {
            let message =
                "no secret is configured for the role `callback`; add it to the agency's secrets";
            Err(problem(
                Fault::Configuration,
                "secret.missing",
                format!("/secrets/{CALLBACK}"),
                message,
            ))
        }
    }
}

fn fields<'a>(call: &'a HttpCall<'_>, name: &'a str) -> impl Iterator<Item = &'a str> {
    let fields = call.headers.iter();
    let named = fields.filter(move |field| field.name.eq_ignore_ascii_case(name));
    named.map(|field| field.value.as_str())
}

fn turned_away(misdirected: Misdirected) -> Verdict {
    let (status, code, message) = match misdirected {
        Misdirected::Path => (
            404,
            "call.other-path",
            "the path does not end with /Notify/v1",
        ),
        Misdirected::Method => (
            405,
            "call.other-method",
            "notifications come by POST, and the call does not",
        ),
        Misdirected::MediaType => (
            415,
            "call.not-json",
            "the call is not JSON by its Content-Type",
        ),
        Misdirected::Address => (
            403,
            "caller.other-address",
            "the call comes from an address that is none of the setting notification.source-addresses",
        ),
    };
    let mut reply = empty(status);
    if status == 405 {
        reply.headers.push(Header {
            name: "Allow".into(),
            value: "POST".into(),
        });
    }
    let reason = refusal(code, "", message);
    Verdict::Rejected(Rejection { reply, reason })
}

fn refusal(code: &str, path: &str, message: impl Into<String>) -> Problem {
    problem(Fault::Counterparty, code, path, message)
}

fn rejected(status: u16, reason: Problem) -> Verdict {
    let reply = empty(status);
    Verdict::Rejected(Rejection { reply, reason })
}

/// 401 names a way to authenticate (RFC 9110 §15.5.2). The secret has a header field of its own rather than a scheme of HTTP, so that is what is named.
fn unauthenticated(reason: Problem) -> Verdict {
    let mut reply = empty(401);
    reply.headers.push(Header {
        name: "WWW-Authenticate".into(),
        value: format!("{SECRET_HEADER} realm=\"notifications\""),
    });
    Verdict::Rejected(Rejection { reply, reason })
}

fn empty(status: u16) -> Reply {
    Reply {
        status,
        headers: Vec::new(),
        body: None,
    }
}
