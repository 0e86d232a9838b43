// SPDX-License-Identifier: Apache-2.0
//! A notification that is pushed (requirements, "Request").

use agency_http::{AnswerError, Endpoint, Head, JSON, Path, RequestMismatch, is_of_media_type};
use rfc3339::Moment;

use super::{
    ExtraProperties, Settings,
    json::{self, Members, place},
};

/// What the path of a receiver ends with (requirements).
const PATH_END: &str = "/Notify/v1";

/// Type of the notification that only asks whether somebody is there (requirements).
const HEALTH_CHECK: &str = "HEALTHCHECK";

/// Longest type, in characters. A guess: the types are listed behind a login only.
const LONGEST_TYPE: usize = 128;

/// The properties of a notification, and no others (requirements).
const PROPERTIES: [&str; 5] = [
    "Environment",
    "NotificationKey",
    "NotificationType",
    "SubscriptionId",
    "Timestamp",
];

/// A notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Its key.
    pub key: i64,
    /// Its type, whatever it is.
    pub kind: String,
    /// The subscription it belongs to.
    pub subscription: i64,
    /// When it was made, as it stands.
    pub timestamp: String,
    /// Number of properties beyond the documented ones.
    pub extra: usize,
}

impl Notification {
    /// Whether it only asks whether somebody is there. Nothing is to be done about it.
    pub fn is_health_check(&self) -> bool {
        self.kind == HEALTH_CHECK
    }
}

/// Judges what can be judged without certificate, secret and body.
///
/// # Errors
/// What of the call does not match.
pub fn check_head(settings: &Settings, head: &Head<'_>) -> Result<(), RequestMismatch> {
    let endpoint = Endpoint {
        path: Path::EndsWith(PATH_END),
        method: "POST",
        addresses: &settings.notification.source_addresses,
    };
    endpoint.check(head, |content_type| {
        match is_of_media_type(content_type, JSON) {
            true => Ok(()),
            false => Err(RequestMismatch::media_type(
                "call.not-json",
                "the call is not JSON by its Content-Type",
            )),
        }
    })
}

/// Reads a body.
///
/// # Errors
/// [`AnswerError`]; no value of the body is repeated in it.
pub fn read_notification(settings: &Settings, body: &[u8]) -> Result<Notification, AnswerError> {
    let not_json = |path| AnswerError {
        code: "body.not-json",
        path,
        message: "the body is not one JSON object in UTF-8 (RFC 8259)".into(),
    };
    let text = json::text(body).map_err(not_json)?;
    let members = Members::read(&PROPERTIES, text).map_err(|error| not_json(place(&error)))?;
    if let Some(name) = members.repeated() {
        return Err(AnswerError {
            code: "property.repeated",
            path: match name {
                "" => String::new(),
                name => format!("/{name}"),
            },
            message: "a property is there more than once, so that it says nothing".into(),
        });
    }
    let extra = members.others;
    if extra > 0 && settings.notification.extra_properties == ExtraProperties::Refused {
        return Err(AnswerError {
            code: "property.unknown",
            path: String::new(),
            message: format!(
                "the body has {extra} properties beyond the documented ones, which the setting notification.extra-properties refuses"
            ),
        });
    }
    let environment = string(&members, "Environment")?;
    if environment != settings.environment.name() {
        return Err(AnswerError {
            code: "environment.other",
            path: "/Environment".into(),
            message: "the notification is of another environment than the setting environment"
                .into(),
        });
    }
    let named = |name| move |expected: String| wrong(name, &expected);
    Ok(Notification {
        kind: kind(&string(&members, "NotificationType")?).map_err(named("NotificationType"))?,
        timestamp: timestamp(&string(&members, "Timestamp")?).map_err(named("Timestamp"))?,
        key: integer(&members, "NotificationKey")?,
        subscription: integer(&members, "SubscriptionId")?,
        extra,
    })
}

/// A type, as pushed and as listed.
///
/// # Errors
/// What it has to be.
pub(super) fn kind(text: &str) -> Result<String, String> {
    let is_kind = (1..=LONGEST_TYPE).contains(&text.chars().count());
    match is_kind && !text.contains(char::is_control) {
        true => Ok(text.to_owned()),
        false => Err(format!("a text of 1 to {LONGEST_TYPE} characters")),
    }
}

/// A time, as pushed and as listed; it is handed on as it stands.
///
/// # Errors
/// What it has to be.
pub(super) fn timestamp(text: &str) -> Result<String, String> {
    match text.parse::<Moment>() {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err("a time with an offset (RFC 3339)".into()),
    }
}

fn string(members: &Members<'_, '_>, name: &str) -> Result<String, AnswerError> {
    let text = serde_json::from_str(present(members, name)?);
    text.map_err(|_| wrong(name, "a string"))
}

fn integer(members: &Members<'_, '_>, name: &str) -> Result<i64, AnswerError> {
    let number = serde_json::from_str(present(members, name)?);
    number.map_err(|_| wrong(name, "an integer of 64 bits"))
}

fn present<'j>(members: &Members<'_, 'j>, name: &str) -> Result<&'j str, AnswerError> {
    members.get(name).ok_or_else(|| AnswerError {
        code: "property.missing",
        path: format!("/{name}"),
        message: "this property is missing".into(),
    })
}

fn wrong(name: &str, expected: &str) -> AnswerError {
    AnswerError {
        code: "property.invalid",
        path: format!("/{name}"),
        message: format!("this property has to be {expected}"),
    }
}
