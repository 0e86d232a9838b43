// SPDX-License-Identifier: Apache-2.0
//! The protocol: bytes in, values out. Its tests run natively, with `cargo test`.

use agency_http::{AnswerError, RetryClass, SettingError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The operator's settings.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// URL of the service, https, without a slash at its end.
    pub url: String,
    /// How long to wait for an answer, in seconds. Default 30.
    #[serde(default = "usual_timeout")]
    pub timeout_seconds: u32,
    /// Path at which notifications are taken. Default `/AGENCY_ID/notifications`.
    #[serde(default = "usual_path")]
    pub notification_path: String,
}

fn usual_timeout() -> u32 {
    30
}

fn usual_path() -> String {
    "/AGENCY_ID/notifications".into()
}

impl Settings {
    /// Settings with every default, and nothing in the place of what has none.
    pub fn usual() -> Self {
        Self {
            url: String::new(),
            timeout_seconds: usual_timeout(),
            notification_path: usual_path(),
        }
    }

    /// Judges what types cannot.
    ///
    /// # Errors
    /// The first setting that cannot work.
    pub fn check(&self) -> Result<(), SettingError> {
        if !self.url.starts_with("https://") || self.url.ends_with('/') {
            let reason = "this has to be a URL that begins with https:// and has no / at its end";
            return Err(SettingError::new("/url", reason));
        }
        if self.timeout_seconds == 0 {
            let reason = "this has to be at least 1";
            return Err(SettingError::new("/timeout-seconds", reason));
        }
        if !self.notification_path.starts_with('/') {
            let reason = "a path begins with /";
            return Err(SettingError::new("/notification-path", reason));
        }
        Ok(())
    }
}

/// What goes before the content of an announcement, which the host puts in as base64. Behind it stands `"}`.
///
/// # Errors
/// What serde says of values that JSON cannot have.
pub fn announcement_head(reference: &str, recipient: &str) -> serde_json::Result<String> {
    #[derive(Serialize)]
    struct Head<'a> {
        reference: &'a str,
        recipient: &'a str,
        content: &'static str,
    }
    let head = Head {
        reference,
        recipient,
        content: "",
    };
    let mut text = serde_json::to_string(&head)?;
    // The content is last and empty: it is opened for what the host puts in.
    text.truncate(text.len().saturating_sub(2));
    Ok(text)
}

/// What to do after a status, or after silence. `again` says that nobody knows what came of an earlier sending of the same bytes.
pub fn class(status: Option<u16>, again: bool) -> RetryClass {
    match status {
        Some(200..=299) => RetryClass::Done,
        // The very same announcement is there already.
        Some(409) => RetryClass::AlreadyAccepted,
        // It says nothing of an earlier sending.
        Some(401 | 403) if !again => RetryClass::Denied,
        Some(429) => RetryClass::RetryLaterSameReference,
        Some(400..=499) if !again => RetryClass::FixFirst,
        _ => RetryClass::UnknownOutcome,
    }
}

/// Reads the answer to an announcement: the agency's number of it.
///
/// # Errors
/// [`AnswerError`] for anything else.
pub fn read_taken(body: &[u8]) -> Result<String, AnswerError> {
    #[derive(Deserialize)]
    struct Taken {
        id: String,
    }
    let Taken { id } = read("answer.unexpected", body)?;
    match is_token(&id) {
        true => Ok(id),
        false => Err(AnswerError {
            path: "/id".into(),
            ..AnswerError::whole(
                "answer.invalid",
                "the number has other than letters, digits, - and _",
            )
        }),
    }
}

/// What has become of a parcel.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct Notification {
    /// The agency's number of the notification.
    pub number: String,
    /// Our reference of the announcement.
    pub reference: String,
    /// What has become of it. States that are not known here come as they are.
    pub state: String,
}

/// Reads a notification.
///
/// # Errors
/// [`AnswerError`] for anything else.
pub fn read_notification(body: &[u8]) -> Result<Notification, AnswerError> {
    let notification: Notification = read("notification.unexpected", body)?;
    for (path, text) in [
        ("/number", &notification.number),
        ("/reference", &notification.reference),
    ] {
        if !is_token(text) {
            let message = "it has other than letters, digits, - and _, or more than 100 of them";
            return Err(AnswerError {
                path: path.into(),
                ..AnswerError::whole("notification.invalid", message)
            });
        }
    }
    Ok(notification)
}

/// Unknown members are ignored: agencies add them without notice. No value is repeated in an error, for it may be about a person.
fn read<T: DeserializeOwned>(code: &'static str, body: &[u8]) -> Result<T, AnswerError> {
    serde_json::from_slice(body).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        AnswerError::whole(
            code,
            format!("it is not the JSON that is expected, at {place}"),
        )
    })
}

/// Whether a text can stand in a URL, in a key and in a log line.
fn is_token(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (1..=100).contains(&text.len()) && text.bytes().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announcement_is_json_once_its_content_is_in_it() {
        let head = announcement_head("R-1", "somebody \"else\"").unwrap();
        let whole: serde_json::Value = serde_json::from_str(&format!("{head}AAAA\"}}")).unwrap();
        assert_eq!(whole["recipient"], "somebody \"else\"");
        assert_eq!(whole["content"], "AAAA");
    }

    #[test]
    fn silence_and_servers_that_fail_leave_the_outcome_unknown() {
        for status in [None, Some(500), Some(503), Some(302)] {
            assert_eq!(
                class(status, false),
                RetryClass::UnknownOutcome,
                "{status:?}"
            );
        }
        assert_eq!(class(Some(403), false), RetryClass::Denied);
        assert_eq!(class(Some(403), true), RetryClass::UnknownOutcome);
        assert_eq!(class(Some(409), true), RetryClass::AlreadyAccepted);
    }

    #[test]
    fn what_is_no_notification_is_told_with_its_place() {
        for (body, code, path) in [
            ("<html>", "notification.unexpected", ""),
            (r#"{"number": "1"}"#, "notification.unexpected", ""),
            (
                r#"{"number": "1", "reference": "a b", "state": "lost"}"#,
                "notification.invalid",
                "/reference",
            ),
        ] {
            let error = read_notification(body.as_bytes()).unwrap_err();
            assert_eq!((error.code, error.path.as_str()), (code, path), "{body}");
        }
    }

    #[test]
    fn settings_that_cannot_work_are_named() {
        for (json, pointer) in [
            (r#"{"url": "http://AGENCY_ID.example"}"#, "/url"),
            (r#"{"url": "https://AGENCY_ID.example/"}"#, "/url"),
            (
                r#"{"url": "https://AGENCY_ID.example", "timeout-seconds": 0}"#,
                "/timeout-seconds",
            ),
        ] {
            let settings: Settings = serde_json::from_str(json).unwrap();
            assert_eq!(settings.check().unwrap_err().pointer, pointer, "{json}");
        }
    }
}
