// SPDX-License-Identifier: Apache-2.0
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use silta::exchange::{Reply, Verdict};

use crate::{
    output::{facts, section},
    received,
};

/// What the caller is answered.
pub(in crate::commands) fn reply(verdict: &Verdict) -> &Reply {
    match verdict {
        Verdict::Accepted(acceptance) => &acceptance.reply,
        Verdict::Rejected(rejected) => &rejected.reply,
    }
}

/// The same members for either verdict; what does not apply is null or empty. The body is `body`, or `bodyBase64` where it is not UTF-8.
pub(in crate::commands) fn as_json(verdict: &Verdict) -> Value {
    let reply = reply(verdict);
    let (body_name, body) = match String::from_utf8(reply.body.to_vec()) {
        Ok(text) => ("body", text),
        Err(error) => ("bodyBase64", STANDARD.encode(error.as_bytes())),
    };
    let (accepted, reason) = match verdict {
        Verdict::Accepted(acceptance) => (Some(acceptance), None),
        Verdict::Rejected(rejected) => (None, Some(&rejected.reason)),
    };
    let documents = accepted.iter().flat_map(|accepted| &accepted.documents);
    let header = |(name, value): &(String, String)| json!({"name": name, "value": value});
    json!({
        "verdict": name(verdict),
        "operation": accepted.map(|accepted| &accepted.operation),
        "status": reply.status,
        "headers": reply.headers.iter().map(header).collect::<Vec<_>>(),
        body_name: body,
        "events": received::events_json(accepted.map_or(&[], |accepted| &accepted.events)),
        "documents": documents.map(received::document_json).collect::<Vec<_>>(),
        "followUps": received::follow_ups_json(accepted.map_or(&[], |accepted| &accepted.follow_ups)),
        "reason": reason,
    })
}

/// Everything but the reply's body.
pub(in crate::commands) fn as_text(verdict: &Verdict) -> String {
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
                ("verdict", name(verdict).to_owned()),
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
            let mut shown = vec![("verdict", name(verdict).to_owned())];
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

#[cfg(test)]
mod tests {
    use silta::{
        Blob,
        exchange::{Fault, Problem, Rejected},
    };

    use super::*;

    #[test]
    fn a_body_that_is_not_text_is_shown_in_base64() {
        let rejected = |body: &[u8]| {
            as_json(&Verdict::Rejected(Rejected {
                reply: Reply {
                    status: 400,
                    headers: Vec::new(),
                    body: Blob::from(body),
                },
                reason: Problem {
                    fault: Fault::Counterparty,
                    code: "call.wrong".into(),
                    path: String::new(),
                    message: String::new(),
                },
            }))
        };
        let text = rejected("ä".as_bytes());
        assert_eq!(
            (text.get("body"), text.get("bodyBase64")),
            (Some(&json!("ä")), None)
        );
        let bytes = rejected(b"\xff\0");
        assert_eq!(
            (bytes.get("body"), bytes.get("bodyBase64")),
            (None, Some(&json!("/wA=")))
        );
    }
}
