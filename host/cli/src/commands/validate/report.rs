use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use silta::exchange::{Reply, Verdict};

use crate::{
    output::{facts, section},
    received,
};

/// What the caller is answered.
pub(super) fn reply(verdict: &Verdict) -> &Reply {
    match verdict {
        Verdict::Accepted(acceptance) => &acceptance.reply,
        Verdict::Rejected(rejected) => &rejected.reply,
    }
}

/// The same members for either verdict; what does not apply is null, empty, or for the body left out.
pub(super) fn as_json(verdict: &Verdict) -> Value {
    let reply = reply(verdict);
    let header = |(name, value): &(String, String)| json!({"name": name, "value": value});
    let mut shown = json!({
        "verdict": name(verdict),
        "operation": null,
        "status": reply.status,
        "headers": reply.headers.iter().map(header).collect::<Vec<_>>(),
        "events": [],
        "documents": [],
        "followUps": [],
        "reason": null,
    });
    let body = reply.body.to_vec();
    match String::from_utf8(body) {
        Ok(text) => shown["body"] = text.into(),
        Err(error) => shown["bodyBase64"] = STANDARD.encode(error.as_bytes()).into(),
    }
    match verdict {
        Verdict::Accepted(acceptance) => {
            let documents = acceptance.documents.iter();
            shown["operation"] = acceptance.operation.as_str().into();
            shown["events"] = received::events_json(&acceptance.events);
            shown["documents"] = documents.map(received::document_json).collect();
            shown["followUps"] = received::follow_ups_json(&acceptance.follow_ups);
        }
        Verdict::Rejected(rejected) => shown["reason"] = json!(rejected.reason),
    }
    shown
}

/// Everything but the reply's body.
pub(super) fn as_text(verdict: &Verdict) -> String {
    let reply = reply(verdict);
    let headers = reply.headers.iter();
    let headers: Vec<_> = headers
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    let about_reply = [
        ("status", reply.status.to_string()),
        ("headers", headers.join("\n")),
        ("body", format!("{} bytes", reply.body.size())),
    ];
    match verdict {
        Verdict::Accepted(acceptance) => {
            let mut shown = vec![
                ("verdict", format!("{}: let in", name(verdict))),
                ("operation", acceptance.operation.clone()),
            ];
            shown.extend(about_reply);
            let documents = acceptance.documents.iter().map(|document| {
                vec![
                    document.name.clone(),
                    document.media_type.clone(),
                    document.content.size().to_string(),
                ]
            });
            let header = ["name", "media type", "bytes"];
            facts(&shown)
                + &received::events_text(&acceptance.events)
                + &section("Documents", &header, documents.collect())
                + &received::follow_ups_text(&acceptance.follow_ups)
        }
        Verdict::Rejected(rejected) => {
            let reason = &rejected.reason;
            let mut shown = vec![("verdict", format!("{}: not let in", name(verdict)))];
            shown.extend(about_reply);
            shown.extend([
                ("fault", reason.fault.name().to_owned()),
                ("code", reason.code.clone()),
                ("path", reason.path.clone()),
                ("message", reason.message.clone()),
            ]);
            facts(&shown)
        }
    }
}

fn name(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted(_) => "accepted",
        Verdict::Rejected(_) => "rejected",
    }
}
