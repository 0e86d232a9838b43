// SPDX-License-Identifier: Apache-2.0
//! What Courier answers: JSON objects, of which unknown members are ignored.

use agency_http::AnswerError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Longest id or place that Courier hands out, in characters.
const LONGEST_ID: usize = 200;

/// An access token.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    /// The token itself.
    pub token: String,
    /// Seconds for which it may be used.
    pub expires_in: u32,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token")
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}

/// A page of a list.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub struct Page {
    /// What is on it.
    pub messages: Vec<Listed>,
    /// Where the list goes on.
    pub next: String,
    /// Whether there is anything there already.
    pub more: bool,
}

/// A message in a list.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    /// Courier's id of it.
    pub message_id: String,
    /// Our id of it.
    pub external_id: String,
    /// Its state.
    pub state: MessageState,
}

/// The state of a message. A state that is not known here comes as its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct MessageState(pub String);

/// Why something was refused.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Refusal {
    /// Courier's code.
    pub code: String,
    /// Courier's words.
    #[serde(default)]
    pub message: String,
}

/// Reads the answer to a request for a token.
///
/// # Errors
/// [`AnswerError`] for anything else, and for a token that no header field could have.
pub fn read_token(body: &[u8]) -> Result<Token, AnswerError> {
    let token: Token = read(body)?;
    let is_usable = token.token.bytes().all(|byte| byte.is_ascii_graphic());
    match is_usable && !token.token.is_empty() && token.expires_in > 0 {
        true => Ok(token),
        false => Err(AnswerError::whole(
            "answer.no-token",
            "the token is empty, has other than visible characters of ASCII, or has no lifetime",
        )),
    }
}

/// Reads the answer to an upload or to a message: its id.
///
/// # Errors
/// [`AnswerError`] for anything else.
pub fn read_id(body: &[u8]) -> Result<String, AnswerError> {
    #[derive(Deserialize)]
    struct Taken {
        id: String,
    }
    let Taken { id } = read(body)?;
    checked("/id", &id)?;
    Ok(id)
}

/// Reads a page of a list.
///
/// # Errors
/// [`AnswerError`] for anything else.
pub fn read_page(body: &[u8]) -> Result<Page, AnswerError> {
    let page: Page = read(body)?;
    checked("/next", &page.next)?;
    Ok(page)
}

/// Reads why something was refused; `None` for what is said by somebody else, such as a proxy.
pub fn read_refusal(body: &[u8]) -> Option<Refusal> {
    read::<Refusal>(body).ok().filter(|it| is_token(&it.code))
}

/// Whether a text can stand in a URL, in a key and in a log line: letters, digits, `-` and `_`.
pub fn is_token(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (1..=LONGEST_ID).contains(&text.len()) && text.bytes().all(is_allowed)
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, AnswerError> {
    // The library's own words could repeat a part of the answer.
    serde_json::from_slice(body).map_err(|error| AnswerError {
        code: "answer.unexpected",
        path: format!("{}:{}", error.line(), error.column()),
        message: "the answer is not the JSON object that belongs here".into(),
    })
}

fn checked(pointer: &str, text: &str) -> Result<(), AnswerError> {
    match is_token(text) {
        true => Ok(()),
        false => Err(AnswerError {
            code: "answer.unexpected",
            path: pointer.into(),
            message: format!(
                "this has to be letters, digits, - and _, at most {LONGEST_ID} of them"
            ),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_documented_is_not_used() {
        assert_eq!(read_id(br#"{"id": "a-1", "new": {}}"#).unwrap(), "a-1");
        for (body, path) in [
            (&b"<html>"[..], "1:1"),
            (br#"{"id": 7}"#, "1:8"),
            (br#"{"id": ""}"#, "/id"),
            (br#"{"id": "a/b"}"#, "/id"),
        ] {
            assert_eq!(read_id(body).unwrap_err().path, path);
        }
        assert!(read_token(br#"{"token": "a b", "expiresIn": 1}"#).is_err());
        assert!(read_token(br#"{"token": "ab", "expiresIn": 0}"#).is_err());
        let token = read_token(br#"{"token": "hush", "expiresIn": 1}"#).unwrap();
        assert!(!format!("{token:?}").contains("hush"));
    }

    #[test]
    fn a_refusal_of_somebody_else_is_none_of_courier_s() {
        let refusal = read_refusal(br#"{"code": "no-recipient"}"#).unwrap();
        assert_eq!(refusal.code, "no-recipient");
        assert_eq!(read_refusal(b"<html>"), None);
        assert_eq!(read_refusal(br#"{"code": "two words"}"#), None);
    }
}
