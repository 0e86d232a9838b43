//! What a simulator has seen and done, one line each.

use std::time::SystemTime;

use serde_json::{Value, json};
use silta::time::Moment;
use silta_simulators::{
    customs::{Finding, Notification, Received, RefusedHandshake, Verdict},
    vero,
};

use crate::{
    failure::Failure,
    output::{json_line, print, print_bytes, printable_line},
};

/// Writes lines for people, or for programs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lines {
    pub(super) json: bool,
}

impl Lines {
    /// The first line.
    pub(super) fn started(self, url: &str) -> Result<(), Failure> {
        match self.json {
            true => print_bytes(json_line(&json!({"url": url})).as_bytes()),
            false => print(&format!("{url}\n")),
        }
    }

    /// A request that came in.
    pub(super) fn received(self, received: &Received) -> Result<(), Failure> {
        let misbehaviour = received.misbehaviour.as_ref();
        self.line(
            &Line {
                at: received.at,
                operation: received.operation.as_deref(),
                verdict: verdict(received.verdict),
                code: received.code.as_deref(),
                reason: received.reason.as_deref(),
            },
            json!({
                "finding": finding(received.verdict),
                "httpStatus": received.http_status,
                "reference": received.reference,
                "storageId": received.storage_id,
                "listed": received.listed,
                "misbehaviour": misbehaviour.map(|misbehaviour| misbehaviour.name()),
            }),
        )
    }

    /// A connection that never came to a request.
    pub(super) fn refused_handshake(self, refused: &RefusedHandshake) -> Result<(), Failure> {
        let line = Line {
            at: refused.at,
            operation: None,
            verdict: "no-tls",
            code: None,
            reason: Some(&refused.reason),
        };
        self.line(&line, json!({}))
    }

    /// A call of the notification service.
    pub(super) fn notified(self, notification: &Notification) -> Result<(), Failure> {
        let verdict = match notification.problem {
            None => "answered",
            Some(_) => "failed",
        };
        self.line(
            &Line {
                at: notification.at,
                operation: Some("NotifyRequest"),
                verdict,
                code: notification.code.as_deref(),
                reason: notification.problem.as_deref(),
            },
            json!({
                "httpStatus": notification.http_status,
                "storageId": notification.storage_id,
            }),
        )
    }

    /// A request that came in at Vero API.
    pub(super) fn vero_received(self, received: &vero::Received) -> Result<(), Failure> {
        let verdict = match received.reason {
            None => "accepted",
            Some(_) => "refused",
        };
        let line = Line {
            at: received.at,
            operation: received.operation.map(|operation| operation.name()),
            verdict,
            code: Some(&received.http_status.to_string()),
            reason: received.reason.as_deref(),
        };
        let more = json!({"httpStatus": received.http_status, "listed": received.listed});
        self.line(&line, more)
    }

    /// A push, with a line for each attempt.
    pub(super) fn pushed(self, delivery: &vero::Delivery) -> Result<(), Failure> {
        let notification = &delivery.notification;
        let misbehaviour = delivery.misbehaviour.as_ref();
        for (number, attempt) in (1_u32..).zip(&delivery.attempts) {
            let verdict = match attempt.is_acknowledged() {
                true => "answered",
                false => "failed",
            };
            let status = attempt.http_status.map(|status| status.to_string());
            let line = Line {
                at: attempt.at,
                operation: Some("Notify"),
                verdict,
                code: status.as_deref(),
                reason: attempt.problem.as_deref(),
            };
            let more = json!({
                "httpStatus": attempt.http_status,
                "empty": attempt.is_empty,
                "type": notification.kind,
                "key": notification.key,
                "attempt": number,
                "milliseconds": u64::try_from(attempt.took.as_millis()).ok(),
                "misbehaviour": misbehaviour.map(|misbehaviour| misbehaviour.name()),
            });
            self.line(&line, more)?;
        }
        Ok(())
    }

    fn line(self, line: &Line<'_>, more: Value) -> Result<(), Failure> {
        let text = match self.json {
            true => json_line(&line.json(more)),
            false => line.text(&more),
        };
        print_bytes(text.as_bytes())
    }
}

/// What every line has.
struct Line<'a> {
    at: SystemTime,
    operation: Option<&'a str>,
    verdict: &'static str,
    code: Option<&'a str>,
    reason: Option<&'a str>,
}

impl Line<'_> {
    fn json(&self, more: Value) -> Value {
        let mut members = json!({
            "time": time(self.at),
            "operation": self.operation,
            "verdict": self.verdict,
            "code": self.code,
            "reason": self.reason,
        });
        if let (Value::Object(members), Value::Object(more)) = (&mut members, more) {
            members.extend(more);
        }
        members
    }

    /// In columns; the misbehaviour, which people did ask for, comes before the reason.
    fn text(&self, more: &Value) -> String {
        let misbehaviour = more.get("misbehaviour").and_then(Value::as_str);
        let misbehaviour = misbehaviour.map(|name| format!("[{name}] "));
        let line = format!(
            "{}  {:24}  {:8}  {:3}  {}{}",
            time(self.at),
            self.operation.unwrap_or("–"),
            self.verdict,
            self.code.unwrap_or("–"),
            misbehaviour.unwrap_or_default(),
            self.reason.unwrap_or_default(),
        );
        format!("{}\n", printable_line(line.trim_end()))
    }
}

/// With milliseconds, in UTC.
fn time(at: SystemTime) -> String {
    Moment::from_system_time(at).map_or_else(|| "–".to_owned(), |time| format!("{time:.3}"))
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted => "accepted",
        Verdict::Refused(_) => "refused",
        Verdict::Fault => "fault",
        Verdict::Http => "http",
        Verdict::Unjudged => "unjudged",
        _ => "other",
    }
}

/// What a refusal complains about.
fn finding(verdict: Verdict) -> Option<&'static str> {
    let Verdict::Refused(finding) = verdict else {
        return None;
    };
    Some(match finding {
        Finding::Connection => "connection",
        Finding::RequestHeader => "request-header",
        Finding::Encoding => "encoding",
        Finding::ApplicationRequest => "application-request",
        Finding::Signature => "signature",
        Finding::Signer => "signer",
        Finding::Payload => "payload",
        Finding::Duplicate => "duplicate",
        Finding::Criteria => "criteria",
        Finding::UnknownMessage => "unknown-message",
        Finding::TooFrequent => "too-frequent",
        _ => "other",
    })
}
