// SPDX-License-Identifier: Apache-2.0
//! From calls to verdicts.

use agency_guest::{
    Blob, Problem, ToEvent, accept, check_caller, counterparty_problem,
    exports::notification::{Call, HttpCall, Verdict},
    head,
    imports::{facts::Event, log, secrets},
    judge_http, read_settings, reject, reject_mismatch, reject_with,
};
use agency_http::{Fields, Reply};

use super::building::missing_secret;
use crate::{
    describe::{CALLBACK, NOTIFY, callers},
    events::Notified,
    wire::{self, Notification, Settings},
};

/// Header field with the secret that was given with the registration (requirements).
const SECRET_HEADER: &str = "vero-callback-secret";

/// Judges a call. Whatever the answer, its body is empty (requirements, "Response").
pub(super) fn validate(call: &Call<'_>) -> Verdict {
    judge_http("the Tax Administration", call, judge)
}

fn judge(call: &HttpCall<'_>) -> Result<Verdict, Problem> {
    let settings: Settings = read_settings()?;
    let head = head(call);
    if let Err(mismatch) = wire::check_head(&settings, &head) {
        return reject_mismatch(mismatch);
    }
    let set = callers(settings.environment);
    // The caller's certificate is issued by the Tax Administration, for this environment and no other (requirements, "TLS").
    if let Err(reason) = check_caller(set, call.peer, "", |_| Ok(())) {
        return Ok(reject(403, reason));
    }
    if let Err(reason) = check_secret(&head.fields)? {
        return unauthenticated(reason);
    }
    // The host has kept to the limit that the settings give this operation.
    let body = Blob::read_all(call.body, settings.notification.largest_body_bytes)?;
    let notification = match wire::read_notification(&settings, &body) {
        Ok(notification) => notification,
        Err(error) => return Ok(reject(400, error.into())),
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
        false => vec![event_of(&settings, &notification)?],
    };
    accept(NOTIFY, events, Vec::new(), &Reply::empty(200))
}

/// A notification, pushed or listed, is one event.
pub(super) fn event_of(settings: &Settings, notification: &Notification) -> Result<Event, Problem> {
    let data = Notified {
        environment: settings.environment,
        key: notification.key,
        kind: &notification.kind,
        subscription: notification.subscription,
        timestamp: &notification.timestamp,
    };
    let name = format!(
        "{}/{}/{}/{}",
        settings.environment.name(),
        data.subscription,
        data.key,
        data.kind
    );
    data.event(&name)
}

/// Compared by the host, which takes the same time whatever is wrong with it. The inner error is the caller's, the outer one ours.
fn check_secret(fields: &Fields<'_>) -> Result<Result<(), Problem>, Problem> {
    let mut sent = fields.all(SECRET_HEADER);
    let (Some(candidate), None) = (sent.next(), sent.next()) else {
        let message = format!("the call has not exactly one header field {SECRET_HEADER}");
        return Ok(Err(counterparty_problem("secret.missing", "", message)));
    };
    match secrets::matches(CALLBACK, candidate.as_bytes()) {
        Ok(true) => Ok(Ok(())),
        Ok(false) => {
            let message =
                format!("the header field {SECRET_HEADER} holds none of the configured secrets");
            Ok(Err(counterparty_problem("secret.wrong", "", message)))
        }
        Err(_) => Err(missing_secret()),
    }
}

/// 401 names a way to authenticate (RFC 9110 §15.5.2). The secret has a header field of its own rather than a scheme of HTTP, so that is what is named.
fn unauthenticated(reason: Problem) -> Result<Verdict, Problem> {
    let way = format!("{SECRET_HEADER} realm=\"notifications\"");
    reject_with(
        &Reply::empty(401).with_header("WWW-Authenticate", way),
        reason,
    )
}
