// SPDX-License-Identifier: Apache-2.0
//! Outcomes that a test words itself, in the answer to a request.

use agency_guest::{
    Fault, Problem,
    exports::message::{Answer, MailAnswer, ObtainedSecret, Outcome, RetryClass, Sending},
    imports::{facts::Event, types::Instant},
    outcome, problem,
};
use serde::Deserialize;

use crate::{
    events,
    host::{blob_of, read_text},
};

/// Media type of an answer that words the outcome.
const WORDED: &str = "application/vnd.rogue.outcome+json";

/// An outcome as a test words it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Worded {
    #[serde(default)]
    class: String,
    #[serde(default)]
    next_step: Option<String>,
    /// Makes the next step so long.
    #[serde(default)]
    step_bytes: Option<usize>,
    #[serde(default)]
    more_waits: bool,
    /// Seconds since 1970.
    #[serde(default)]
    not_before: Option<i64>,
    #[serde(default)]
    obtained: Option<String>,
    /// Makes the secret that is obtained so large.
    #[serde(default)]
    obtained_bytes: Option<usize>,
    #[serde(default = "minute")]
    lifetime_seconds: u32,
    #[serde(default)]
    refused_secret: Option<String>,
    /// Hands out an event with these data.
    #[serde(default)]
    event: Option<String>,
    /// Reference of the request that the event is about.
    #[serde(default)]
    about: Option<String>,
}

fn minute() -> u32 {
    60
}

/// Whether an answer words the outcome.
pub(crate) fn is_worded(answer: &Answer<'_>) -> bool {
    answer.headers.iter().any(|header| header.value == WORDED)
}

/// The outcome that an answer words. Its text is the step that was answered.
pub(crate) fn worded(answer: &Answer<'_>, sending: &Sending) -> Result<Outcome, Problem> {
    let text = read_text(answer.body)?;
    let worded: Worded = serde_json::from_str(&text).map_err(|_| {
        let message = "the answer words no outcome";
        problem(Fault::Counterparty, "answer.invalid", "", message)
    })?;
    let class = match worded.class.as_str() {
        "" | "done" => RetryClass::Done,
        "already-accepted" => RetryClass::AlreadyAccepted,
        "denied" => RetryClass::Denied,
        "fix-first" => RetryClass::FixFirst,
        "retry-later" => RetryClass::RetryLaterSameReference,
        "retry-anew" => RetryClass::RetryLaterNewReference,
        _ => RetryClass::UnknownOutcome,
    };
    let secret = match worded.obtained_bytes {
        Some(bytes) => Some("s".repeat(bytes)),
        None => worded.obtained,
    };
    let obtained = match secret {
        Some(secret) => Some(ObtainedSecret {
            value: blob_of(secret.as_bytes())?,
            lifetime_seconds: worded.lifetime_seconds,
        }),
        None => None,
    };
    let not_before = worded.not_before.map(|seconds| Instant {
        seconds,
        nanoseconds: 0,
    });
    let event = worded.event.map(|data| Event {
        kind: events::WORDED.into(),
        data,
        deduplication_key: events::WORDED.into(),
        about: worded.about,
    });
    let step = sending.step.clone().unwrap_or_default();
    Ok(Outcome {
        next_step: match worded.step_bytes {
            Some(bytes) => Some("s".repeat(bytes)),
            None => worded.next_step,
        },
        more_waits: worded.more_waits,
        not_before,
        obtained,
        refused_secret: worded.refused_secret,
        events: event.into_iter().collect(),
        ..outcome(class, format!("http-{}", answer.status), step)
    })
}

/// What a relay answered, all of it in the text.
pub(crate) fn of_mail(answer: &MailAnswer) -> Outcome {
    let is_taken = |code: u16| (200..300).contains(&code);
    let class = match is_taken(answer.reply.code) {
        true => RetryClass::Done,
        false => RetryClass::FixFirst,
    };
    let recipients = answer.recipients.iter().map(|recipient| {
        let reply = &recipient.reply;
        format!("{} {} {}", recipient.recipient, reply.code, reply.enhanced)
    });
    let lines: Vec<_> = recipients.collect();
    let code = format!("smtp-{} {}", answer.reply.code, answer.reply.enhanced);
    outcome(class, code, lines.join("\n"))
}
