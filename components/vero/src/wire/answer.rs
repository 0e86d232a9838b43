//! What the interface answers to lists (its own description is behind a login).

use serde_json::Value;

use super::{Notification, Profile};

/// An answer that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerError {
    /// Stable code.
    pub code: &'static str,
    /// JSON pointer, or line and column.
    pub path: String,
    /// What it should be.
    pub message: String,
}

/// The state of a subscription's registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The subscription.
    pub subscription: i64,
    /// `active` (notifications are delivered), `fail` (delivery was cut) or `pending` (the health check runs); or something new.
    pub status: String,
}

/// Reads a list of notifications. Who they concern is left where it is: in the answer.
///
/// # Errors
/// [`AnswerError`] for the first that has no key, type, subscription or time.
pub fn read_notifications(
    profile: &Profile,
    body: &[u8],
) -> Result<Vec<Notification>, AnswerError> {
    let list = list(body, &profile.notifications)?;
    let read = |(pointer, value): (String, Value)| {
        Ok(Notification {
            key: integer(&value, &pointer, &profile.notification_key)?,
            kind: text(&value, &pointer, &profile.notification_type)?,
            subscription: integer(&value, &pointer, &profile.subscription_id)?,
            timestamp: text(&value, &pointer, &profile.timestamp)?,
            extra: 0,
        })
    };
    list.into_iter().map(read).collect()
}

/// Reads a list of subscriptions.
///
/// # Errors
/// [`AnswerError`] for the first that has no number or status.
pub fn read_subscriptions(
    profile: &Profile,
    body: &[u8],
) -> Result<Vec<Registration>, AnswerError> {
    let list = list(body, &profile.subscriptions)?;
    let read = |(pointer, value): (String, Value)| {
        Ok(Registration {
            subscription: integer(&value, &pointer, &profile.subscription_id)?,
            status: text(&value, &pointer, &profile.registration_status)?,
        })
    };
    list.into_iter().map(read).collect()
}

/// The list under a name, or the whole answer when that is a list; each with its JSON pointer.
fn list(body: &[u8], name: &str) -> Result<Vec<(String, Value)>, AnswerError> {
    let value: Value = serde_json::from_slice(body).map_err(|error| AnswerError {
        code: "answer.not-json",
        path: format!("{}:{}", error.line(), error.column()),
        message: "the answer is not JSON (RFC 8259)".into(),
    })?;
    let (pointer, list) = match value {
        Value::Array(list) => (String::new(), Some(list)),
        Value::Object(mut members) => match members.remove(name) {
            Some(Value::Array(list)) => (format!("/{name}"), Some(list)),
            _ => (format!("/{name}"), None),
        },
        _ => (String::new(), None),
    };
    let list = list.ok_or_else(|| AnswerError {
        code: "answer.incomplete",
        path: pointer.clone(),
        message: "there is no list where one belongs; if the names have changed, set them in wire"
            .into(),
    })?;
    let place = |(index, value)| (format!("{pointer}/{index}"), value);
    Ok(list.into_iter().enumerate().map(place).collect())
}

fn integer(value: &Value, pointer: &str, name: &str) -> Result<i64, AnswerError> {
    let found = value.get(name).and_then(Value::as_i64);
    found.ok_or_else(|| incomplete(pointer, name, "an integer of 64 bits"))
}

fn text(value: &Value, pointer: &str, name: &str) -> Result<String, AnswerError> {
    let found = value.get(name).and_then(Value::as_str);
    let found = found.filter(|text| !text.is_empty());
    let found = found.ok_or_else(|| incomplete(pointer, name, "a string that is not empty"))?;
    Ok(found.to_owned())
}

fn incomplete(pointer: &str, name: &str, expected: &str) -> AnswerError {
    AnswerError {
        code: "answer.incomplete",
        path: format!("{pointer}/{name}"),
        message: format!("this has to be {expected}; if the names have changed, set them in wire"),
    }
}
