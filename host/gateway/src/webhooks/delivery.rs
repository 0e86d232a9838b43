// SPDX-License-Identifier: Apache-2.0
//! One attempt to deliver an entry.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use silta::Blob;
use silta_store::record::{Lease, LeasedEntry, Position, Settled};

use super::{
    message::Message,
    receiver::Receiver,
    retry::{self, Again, Verdict},
    secret::signatures,
};
use crate::{
    outbound::{HttpOutcome, HttpRequest},
    sending::delay,
    telemetry::SpanKind,
    trace_context::{self, TRACEPARENT},
};

/// Bytes of an answer's body that are read, and thrown away. What the receiver says is its status: with more, the answer is the same.
const ANSWER_LIMIT: u64 = 1 << 20;

/// Delivers an entry, and settles it: acknowledged when it was taken, given back otherwise.
pub(super) async fn deliver(receiver: &Receiver, leased: LeasedEntry) {
    let LeasedEntry { entry, lease } = leased;
    let (agency, position) = (entry.agency.clone(), entry.position.0);
    let given = entry.received.trace.clone();
    let trace = trace_context::id(given.as_deref()).to_owned();
    let operation = entry.received.operation.clone();
    let webhook = receiver.webhook.name.as_str();
    let attempt = retry::attempts(lease.epoch);
    let message = match Message::of(webhook, entry) {
        Ok(message) => message,
        Err(error) => {
            tracing::error!(target: "silta::webhooks", webhook, agency, position, %error, "an entry cannot be written as JSON");
            return hand_back(receiver, lease, receiver.webhook.settings.longest_delay).await;
        }
    };
    receiver.metrics.attempt(webhook);
    let what = ("deliver", SpanKind::Client);
    let step = receiver
        .spans
        .sent_on(what, given.as_deref(), message.trace.as_deref());
    let mut step = step.of(&agency, &operation);
    step.say("silta.webhook", webhook);
    step.say("silta.entry", position);
    step.say("silta.attempts", attempt);
    let outcome = tokio::select! {
        outcome = send(receiver, message) => outcome,
        () = receiver.cut.cancelled() => {
            receiver.metrics.result(webhook, "cut-off");
            step.came_to("cut-off", true);
            return hand_back(receiver, lease, Duration::ZERO).await;
        }
    };
    if let HttpOutcome::Answered(answer) = &outcome {
        step.say("http.response.status_code", answer.status);
    }
    let verdict = Verdict::of(&outcome, SystemTime::now());
    match &verdict {
        Verdict::Taken => step.came_to("taken", false),
        Verdict::Gone => step.came_to("gone", true),
        Verdict::Again(again) => step.came_to(again.result, true),
    }
    drop(step);
    match verdict {
        Verdict::Taken => {
            receiver.heard(true);
            acknowledge(receiver, lease, (&agency, &trace), attempt).await;
        }
        Verdict::Gone => {
            receiver.heard(true);
            receiver.metrics.result(webhook, "gone");
            receiver.stop("the receiver says that it is gone for good (status 410)");
            hand_back(receiver, lease, Duration::ZERO).await;
        }
        Verdict::Again(again) => {
            receiver.heard(again.is_answer);
            receiver.metrics.result(webhook, again.result);
            let pause = tell(receiver, &again, (&agency, position, &trace), attempt);
            hand_back(receiver, lease, pause).await;
        }
    }
}

async fn send(receiver: &Receiver, message: Message) -> HttpOutcome {
    let current = receiver.current();
    // The receiver compares it with its clock: a retry has a time and a signature of its own.
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = since.map_or(0, |since| since.as_secs());
    let signed = signatures(&current.secrets, &message.id, seconds, &message.body);
    let field = |name: &str, value: String| (name.to_owned(), value);
    let mut headers = vec![
        field("content-type", "application/json".to_owned()),
        field("webhook-id", message.id),
        field("webhook-timestamp", seconds.to_string()),
        field("webhook-signature", signed),
    ];
    headers.extend(message.trace.map(|trace| field(TRACEPARENT, trace)));
    let request = HttpRequest {
        headers,
        body: Blob::from(message.body),
        timeout: receiver.webhook.settings.answer_time,
        answer_limit: ANSWER_LIMIT,
        status_suffices: true,
        ..HttpRequest::new("POST", receiver.webhook.url.as_str())
    };
    current.http.send(request).await
}

async fn acknowledge(
    receiver: &Receiver,
    lease: Lease<Position>,
    (agency, trace): (&str, &str),
    attempt: u32,
) {
    let webhook = receiver.webhook.name.as_str();
    let (id, epoch) = (lease.id, lease.epoch);
    let settled = receiver.ask(move |store| store.acknowledge(id, Some(epoch)));
    let position = id.0;
    match settled.await {
        Ok(Settled::Done) => {
            receiver.metrics.result(webhook, "acknowledged");
            tracing::info!(target: "silta::webhooks", webhook, agency, position, trace, attempt, "entry delivered");
        }
        Ok(Settled::Stale) => {
            receiver.metrics.result(webhook, "lease-lost");
            tracing::warn!(target: "silta::webhooks", webhook, agency, position, trace, attempt, "entry delivered, and somebody else had it by then: it may be handled twice");
        }
        // It is delivered again when the lease ends, and the receiver knows it by its id.
        Err(error) => {
            receiver.metrics.result(webhook, "not-kept");
            tracing::error!(target: "silta::webhooks", webhook, agency, position, trace, attempt, %error, "entry delivered, and the store could not keep that: it is delivered again");
        }
    }
}

/// Tells why an entry was not delivered, and after what pause it is tried again. Stops the webhook where there is no attempt left.
fn tell(
    receiver: &Receiver,
    again: &Again,
    (agency, position, trace): (&str, u64, &str),
    attempt: u32,
) -> Duration {
    let settings = &receiver.webhook.settings;
    let webhook = receiver.webhook.name.as_str();
    let pause = retry::pause(settings, attempt, again.not_before, delay::random());
    let (result, why, seconds) = (again.result, again.why.as_str(), pause.as_secs());
    match again.is_ours {
        true => {
            tracing::error!(target: "silta::webhooks", webhook, agency, position, trace, attempt, result, why, seconds, "entry not delivered");
        }
        false => {
            tracing::warn!(target: "silta::webhooks", webhook, agency, position, trace, attempt, result, why, seconds, "entry not delivered");
        }
    }
    if attempt >= settings.most_attempts {
        let why = format!(
            "the entry at position {position} was not taken in {attempt} attempts (setting `most-attempts`)"
        );
        receiver.stop(&why);
    }
    pause
}

async fn hand_back(receiver: &Receiver, lease: Lease<Position>, pause: Duration) {
    // What cannot be given back is delivered again when its lease ends.
    let _ = receiver
        .ask(move |store| store.hand_back(&lease, pause))
        .await;
}
