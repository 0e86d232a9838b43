// SPDX-License-Identifier: Apache-2.0
//! RegisterPush.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::answer::Answer;
use super::notification::Notification;
use super::push::{Attempt, Delivery};
use super::secret::CallbackSecret;
use super::service::{Registered, Service};
use super::target::Target;

/// Registers a callback that answers a health check as it has to; an empty URL ends the push. A call that fails
/// leaves the registration as it was, which is a guess.
pub(super) async fn answer(
    service: &Service,
    properties: &Map<String, Value>,
    is_kept: bool,
) -> Answer {
    let requested = match read(service, properties) {
        Ok(requested) => requested,
        Err(reason) => return Answer::refused(service.statuses.wrong_request, reason),
    };
    let Some(_registering) = service.start_registering() else {
        let reason = "another RegisterPush is under way";
        return Answer::refused(service.statuses.busy, reason);
    };
    if let Some(registered) = &requested {
        let attempt = health_check(service, &registered.target).await;
        if let Some(problem) = attempt.problem {
            let reason = format!("the health check failed: {problem}");
            return Answer::refused(service.statuses.health_check_failed, reason);
        }
    }
    if is_kept {
        service.register(requested);
    }
    Answer::done(service.statuses.done)
}

/// Once: whether a health check is repeated is not known.
async fn health_check(service: &Service, target: &Target) -> Attempt {
    let notification = Notification::health_check(service.environment);
    let attempt = service.caller.attempt(target, &notification, None).await;
    service.deliveries.record(Delivery {
        attempts: vec![attempt.clone()],
        ..Delivery::none(notification, None)
    });
    attempt
}

/// The callback asked for, or none to end the push.
fn read(service: &Service, properties: &Map<String, Value>) -> Result<Option<Registered>, String> {
    let wire = &service.wire;
    let text = |name: &str| {
        let text = properties.get(name).and_then(Value::as_str);
        text.ok_or_else(|| format!("{name} is not there as a string"))
    };
    let callback_url = text(&wire.callback_url)?;
    if callback_url.is_empty() {
        return Ok(None);
    }
    let secret = CallbackSecret::new(text(&wire.secret)?);
    let secret = secret.map_err(|error| format!("{}: {error}", wire.secret))?;
    let target = Target::new(callback_url, secret)
        .filter(Target::is_callback)
        .ok_or_else(|| {
            let name = &wire.callback_url;
            format!("{name} is not an https URL whose path ends with /Notify/v1")
        })?;
    Ok(Some(Registered {
        callback_url: callback_url.to_owned(),
        target: Arc::new(target),
        failures: 0,
    }))
}
