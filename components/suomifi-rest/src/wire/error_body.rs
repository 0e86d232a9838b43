// SPDX-License-Identifier: Apache-2.0
//! Refusals of the service, and of what stands before it: JSON of several shapes, plain text, pages.

use finnish_ids::mask_personal_codes;
use serde::Deserialize;

use super::{
    MessageId,
    lenient::{self, optional},
};

/// Longest text of an outcome, in characters (contract).
pub const LONGEST_TEXT: usize = 1000;

/// Longest code, in characters.
const LONGEST_CODE: usize = 64;

/// Codes that the description has.
const KNOWN: [&str; 4] = [
    "MAILBOX_NOT_IN_USE",
    "MESSAGE_BEING_REPLIED_TO_NOT_FOUND",
    "SERVICE_NOT_ACTIVE",
    "SYSTEM_NOT_ACTIVE",
];

/// Most errors of a refusal that are told.
const MOST_ERRORS: usize = 20;

/// What a refusal says, as far as it says anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErrorBody {
    /// Codes, in their order; what is no code by its form is left out.
    pub codes: Vec<String>,
    /// All words, masked and shortened.
    pub text: String,
    /// Id of a message that is there already.
    pub message_id: Option<MessageId>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Wire {
    #[serde(deserialize_with = "optional")]
    reason: Option<String>,
    /// What a gateway writes in the place of a reason; Amazon's has a capital where its own policy refuses, by the caller's address say.
    #[serde(deserialize_with = "optional")]
    message: Option<String>,
    #[serde(rename = "Message", deserialize_with = "optional")]
    policy_message: Option<String>,
    /// What RFC 9457 §3.1 has in its place.
    #[serde(deserialize_with = "optional")]
    title: Option<String>,
    #[serde(deserialize_with = "optional")]
    detail: Option<String>,
    #[serde(deserialize_with = "optional")]
    message_id: Option<MessageId>,
    #[serde(deserialize_with = "optional")]
    validation_errors: Option<Vec<One>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct One {
    #[serde(deserialize_with = "optional")]
    error: Option<String>,
    #[serde(deserialize_with = "optional")]
    error_code: Option<String>,
}

impl ErrorBody {
    /// The code that it is known by: the first that the table of what to do knows, or the first.
    pub fn code(&self) -> Option<&str> {
        let known = self
            .codes
            .iter()
            .find(|code| KNOWN.contains(&code.as_str()));
        known.or_else(|| self.codes.first()).map(String::as_str)
    }

    /// Whether it has that code.
    pub fn has(&self, code: &str) -> bool {
        self.codes.iter().any(|it| it == code)
    }
}

/// Reads a refusal. What is no JSON is its own text: nothing is refused here.
pub fn read_error(body: &[u8]) -> ErrorBody {
    let text = match lenient::text(body) {
        Some(text) => text.to_owned(),
        None => String::from_utf8_lossy(body).into_owned(),
    };
    // An array would do for a struct as well.
    let is_object = text.trim_start().starts_with('{');
    let wire = serde_json::from_str::<Wire>(&text)
        .ok()
        .filter(|_| is_object);
    let Some(wire) = wire else {
        return ErrorBody {
            text: shown(&text),
            ..ErrorBody::default()
        };
    };
    let errors = wire.validation_errors.unwrap_or_default();
    let codes = errors.iter().filter_map(|one| one.error_code.clone());
    let words = errors
        .iter()
        .take(MOST_ERRORS)
        .filter_map(|one| one.error.as_ref());
    let whole = [
        &wire.reason,
        &wire.message,
        &wire.policy_message,
        &wire.title,
        &wire.detail,
    ];
    let words = whole.into_iter().flatten().chain(words);
    let words: Vec<&str> = words
        .map(|text| text.trim())
        .filter(|text| !text.is_empty())
        .collect();
    ErrorBody {
        codes: codes
            .filter(|code| is_code(code))
            .take(MOST_ERRORS)
            .collect(),
        text: shown(&words.join("; ")),
        message_id: wire.message_id,
    }
}

/// A text that somebody else wrote, as it may stand in an outcome.
fn shown(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line.chars().filter(|c| !c.is_control()).collect();
    mask_personal_codes(&line)
        .chars()
        .take(LONGEST_TEXT)
        .collect()
}

fn is_code(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    let is_short = (1..=LONGEST_CODE).contains(&text.len());
    is_short && text.bytes().all(is_allowed) && mask_personal_codes(text) == text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_says_what_it_has() {
        let whole = br#"{"reason": "Bad", "validationErrors": [{"error": "no box", "errorCode": "MAILBOX_NOT_IN_USE"}, {"error": "more"}, {"errorCode": 7}], "new": 1e400}"#;
        let error = read_error(whole);
        assert_eq!(error.text, "Bad; no box; more");
        assert!(error.has("MAILBOX_NOT_IN_USE") && error.codes.len() == 1);
        let duplicate = read_error(br#"{"messageId": "9223372036854775807", "reason": "exists"}"#);
        assert_eq!(duplicate.message_id, Some(MessageId(i64::MAX)));
        assert_eq!(read_error(br#"{"message": "Forbidden"}"#).text, "Forbidden");
        let policy =
            br#"{"Message": "User: anonymous is not authorized to perform: execute-api:Invoke"}"#;
        assert!(read_error(policy).text.starts_with("User: anonymous"));
        let problem = br#"{"type": "about:blank", "title": "Bad Request", "status": 400, "detail": "no title"}"#;
        assert_eq!(read_error(problem).text, "Bad Request; no title");
        for (body, text) in [
            (
                &b"Request size limit is 10485760"[..],
                "Request size limit is 10485760",
            ),
            (b"", ""),
            (b"[]", "[]"),
            (b"{\"reason\": 5}", ""),
            (b"<html>\r\n  502</html>", "<html> 502</html>"),
        ] {
            assert_eq!(read_error(body).text, text);
        }
        assert!(!read_error(b"\xff\xfe").text.is_empty());
    }

    /// A word in a text is no code.
    #[test]
    fn a_code_is_read_and_not_searched_for() {
        assert!(!read_error(br#"{"reason": "MAILBOX_NOT_IN_USE"}"#).has("MAILBOX_NOT_IN_USE"));
        let unknown =
            read_error(br#"{"reason": "", "validationErrors": [{"errorCode": "SOMETHING_NEW"}]}"#);
        assert_eq!(unknown.codes, ["SOMETHING_NEW"]);
    }

    #[test]
    fn nobody_s_identity_code_is_repeated() {
        let error = read_error(br#"{"reason": "no mailbox of 010190-900P", "validationErrors": [{"errorCode": "X-010190-900P"}]}"#);
        assert_eq!(error.text, "no mailbox of ******-****");
        assert_eq!(error.codes, [""; 0]);
        assert_eq!(
            read_error("ä".repeat(2000).as_bytes()).text.chars().count(),
            1000
        );
    }
}
