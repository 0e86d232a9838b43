// SPDX-License-Identifier: Apache-2.0
//! Answers to what was sent: a token, the id of an upload, the id of a message. Unknown members are ignored: the service may add some at any time.

use agency_http::AnswerError;
use serde::{Deserialize, de::DeserializeOwned};

use super::{MessageId, Settings, lenient};

/// Longest id of an upload, in characters; it is a UUID.
const LONGEST_UPLOAD_ID: usize = 64;

/// Longest token, in characters; those of today have some 1,000.
const LONGEST_TOKEN: usize = 16 << 10;

/// An access token.
pub struct Token {
    /// The token itself.
    pub token: String,
    /// Seconds for which it is used.
    pub lifetime_seconds: u32,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token")
            .field("lifetime_seconds", &self.lifetime_seconds)
            .finish_non_exhaustive()
    }
}

/// Reads the answer to a request for a token. It is used until some time before its end, and for a second at least.
///
/// # Errors
/// [`AnswerError`] for anything else, and for a token that could stand neither in a header field nor in a text of JSON as it is.
pub fn read_token(settings: &Settings, body: &[u8]) -> Result<Token, AnswerError> {
    #[derive(Deserialize)]
    struct Wire {
        access_token: String,
        /// Some servers of OAuth write it as text.
        #[serde(deserialize_with = "lenient::whole_number")]
        expires_in: i64,
    }
    let Wire {
        access_token,
        expires_in,
    } = read(body)?;
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\"\\".contains(&byte);
    let is_usable = (1..=LONGEST_TOKEN).contains(&access_token.len());
    if !is_usable || !access_token.bytes().all(is_plain) || expires_in < 1 {
        return Err(AnswerError::whole(
            "answer.no-token",
            "the token is empty, far too long or has other than visible characters of ASCII, or it has no lifetime",
        ));
    }
    let limits = &settings.token;
    let lifetime = u32::try_from(expires_in).unwrap_or(u32::MAX);
    let lifetime = lifetime.min(limits.longest_lifetime_seconds);
    let lifetime = lifetime.saturating_sub(limits.token_refresh_margin_seconds);
    Ok(Token {
        token: access_token,
        lifetime_seconds: lifetime.max(1),
    })
}

/// Reads the answer to an upload: its id.
///
/// # Errors
/// [`AnswerError`] for anything else.
pub fn read_attachment_id(body: &[u8]) -> Result<String, AnswerError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Wire {
        attachment_id: String,
    }
    let Wire { attachment_id } = read(body)?;
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let is_id = (1..=LONGEST_UPLOAD_ID).contains(&attachment_id.len());
    match is_id && attachment_id.bytes().all(is_allowed) {
        true => Ok(attachment_id),
        false => Err(AnswerError {
            code: "answer.unexpected",
            path: "/attachmentId".into(),
            message: "this has to be letters, digits and hyphens, at most 64 of them".into(),
        }),
    }
}

/// Reads the answer to a message, or to the question for its id.
///
/// # Errors
/// [`AnswerError`] for anything else.
pub fn read_message_id(body: &[u8]) -> Result<MessageId, AnswerError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Wire {
        message_id: MessageId,
    }
    read::<Wire>(body).map(|wire| wire.message_id)
}

/// Whether a text may stand in a log and an event as the id of an answer: letters, digits and hyphens, at most 64.
pub fn is_trace_id(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_=:;.".contains(&byte);
    let is_masked = finnish_ids::mask_personal_codes(text) != text;
    (1..=64).contains(&text.len()) && text.bytes().all(is_allowed) && !is_masked
}

/// Reads an object of JSON. The library's own words could repeat a part of the answer.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, AnswerError> {
    let unexpected = |path: String| AnswerError {
        code: "answer.unexpected",
        path,
        message: "the answer is not the JSON object that belongs here".into(),
    };
    let text = lenient::text(body).ok_or_else(|| unexpected("1:1".into()))?;
    // An array would do for a struct as well.
    if !text.trim_start().starts_with('{') {
        return Err(unexpected("1:1".into()));
    }
    serde_json::from_str(text)
        .map_err(|error| unexpected(format!("{}:{}", error.line(), error.column())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_used_until_some_time_before_its_end() {
        let lifetime = |expires: &str| {
            let body = format!(
                r#"{{"access_token": "t.t", "expires_in": {expires}, "token_type": "Bearer"}}"#
            );
            let token = read_token(&Settings::usual(), body.as_bytes());
            token.ok().map(|token| token.lifetime_seconds)
        };
        for (expires, expected) in [
            ("3600", Some(3540)),
            ("7200", Some(3540)),
            ("9999999999", Some(3540)),
            ("61", Some(1)),
            ("5", Some(1)),
            ("0", None),
            ("-1", None),
            ("\"3600\"", Some(3540)),
            ("\"soon\"", None),
            ("60.5", None),
        ] {
            assert_eq!(lifetime(expires), expected, "{expires}");
        }
    }

    #[test]
    fn what_is_not_expected_is_not_used() {
        let settings = Settings::usual();
        for token in ["", "a b", "a\\\"b", "ä"] {
            let body = format!(r#"{{"access_token": "{token}", "expires_in": 1}}"#);
            assert!(read_token(&settings, body.as_bytes()).is_err(), "{token}");
        }
        let body = br#"{"access_token": "hush", "expires_in": 1}"#;
        assert!(!format!("{:?}", read_token(&settings, body).unwrap()).contains("hush"));
        assert_eq!(
            read_message_id(br#"{"messageId": 4294967296, "new": {}}"#),
            Ok(MessageId(1 << 32))
        );
        assert_eq!(
            read_attachment_id(br#"{"attachmentId": "0a-1"}"#).unwrap(),
            "0a-1"
        );
        for (body, path) in [
            (&b"<html>"[..], "1:1"),
            (b"[7]", "1:1"),
            (b"\xff", "1:1"),
            (br#"{"attachmentId": "a/b"}"#, "/attachmentId"),
            (br#"{"attachmentId": ""}"#, "/attachmentId"),
        ] {
            assert_eq!(read_attachment_id(body).unwrap_err().path, path);
        }
    }
}
