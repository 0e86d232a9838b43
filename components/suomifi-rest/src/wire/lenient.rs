// SPDX-License-Identifier: Apache-2.0
//! JSON of a service that may add, leave out and change: what is not as expected is as if it were not there, unless nothing works without it.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

/// Deepest nesting of what is kept as it came: the stack of a component is small.
const DEEPEST: usize = 32;

/// The service's number of a message: 64 bits, also where it comes as decimal text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[schemars(with = "IdInput")]
pub struct MessageId(pub i64);

/// A number, or the same in decimal text.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum IdInput {
    Number(i64),
    Text(String),
}

impl<'de> Deserialize<'de> for MessageId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        whole_number(deserializer).map(Self)
    }
}

/// A whole number of 64 bits, also where it comes as decimal text.
pub(super) fn whole_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let number = match IdInput::deserialize(deserializer)? {
        IdInput::Number(number) => Some(number),
        IdInput::Text(text) => text.parse().ok(),
    };
    number.ok_or_else(|| serde::de::Error::custom("expected a whole number of 64 bits"))
}

impl std::fmt::Display for MessageId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A member that may be missing, null, or something else than it should be.
pub(super) fn optional<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(raw.get()).ok())
}

/// A body as text, without the mark that some senders put before it (RFC 8259 §8.1).
pub(super) fn text(body: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(body).ok()?;
    Some(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Whether sound JSON is nested no deeper than what is kept of it may be.
pub(super) fn is_shallow(json: &str) -> bool {
    let (mut depth, mut is_text, mut is_escaped) = (0_usize, false, false);
    for byte in json.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            b'{' | b'[' if !is_text => depth += 1,
            b'}' | b']' if !is_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_64_bits_and_may_be_text() {
        let read = |json: &str| serde_json::from_str::<MessageId>(json).ok();
        for (json, id) in [
            ("9223372036854775807", Some(i64::MAX)),
            ("\"9223372036854775807\"", Some(i64::MAX)),
            ("4294967296", Some(4_294_967_296)),
            ("9223372036854775808", None),
            ("\"a\"", None),
            ("1.5", None),
            ("null", None),
        ] {
            assert_eq!(read(json), id.map(MessageId), "{json}");
        }
    }

    #[test]
    fn depth_is_counted_outside_of_texts() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(is_shallow(&nested(DEEPEST)));
        assert!(!is_shallow(&nested(DEEPEST + 1)));
        assert!(is_shallow(&format!("\"\\\"{}\"", "[".repeat(100))));
    }
}
