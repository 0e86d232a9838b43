// SPDX-License-Identifier: Apache-2.0
//! The secret that a receiver knows its caller by.

use std::fmt;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hyper::header::HeaderValue;

/// What stands in the header `vero-callback-secret`: base64 of at least 32 characters, chosen by the receiver and
/// told at RegisterPush. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct CallbackSecret(String);

/// The text is no callback secret. What it is, is not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a callback secret is base64 of at least {SHORTEST} characters")]
pub struct SecretError;

/// Characters, as the requirements count them.
const SHORTEST: usize = 32;

/// Whether padding is wanted, the requirements do not say.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl CallbackSecret {
    /// Takes a secret as it is to stand in the header.
    ///
    /// # Errors
    ///
    /// [`SecretError`] when it is not base64 of 32 characters or more.
    pub fn new(text: impl Into<String>) -> Result<Self, SecretError> {
        let text = text.into();
        let is_secret = text.len() >= SHORTEST && BASE64.decode(&text).is_ok();
        is_secret.then_some(Self(text)).ok_or(SecretError)
    }

    /// Another secret, different in its last character only, so that whoever compares but a part takes it for the
    /// right one.
    pub(super) fn off_by_one_character(&self) -> Self {
        let mut text = self.0.clone();
        let last = text.pop();
        text.push(if last == Some('A') { 'B' } else { 'A' });
        Self(text)
    }

    /// `None` for what no header can hold, which base64 never is.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(&self.0).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Debug for CallbackSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallbackSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_base64_of_32_characters_or_more() {
        let long = "aGVsbG8+aGVsbG8/".repeat(4);
        for right in [&"A".repeat(32), &long, &format!("{}=", "A".repeat(35))] {
            assert!(CallbackSecret::new(right).is_ok(), "{right}");
        }
        for wrong in [
            String::new(),
            "A".repeat(31),
            "A".repeat(33),
            format!("{} ", "A".repeat(32)),
            format!("{}\r\n", "A".repeat(34)),
            "ä".repeat(32),
        ] {
            assert_eq!(
                CallbackSecret::new(&wrong),
                Err(SecretError),
                "{}",
                wrong.len()
            );
        }
    }

    #[test]
    fn off_by_one_character_is_as_long_and_another() {
        for text in ["A".repeat(32), "q".repeat(32)] {
            let secret = CallbackSecret::new(text).unwrap();
            let other = secret.off_by_one_character();
            assert_ne!(other, secret);
            assert_eq!(other.0[..31], secret.0[..31]);
            assert_eq!(other.0.len(), 32);
        }
    }

    #[test]
    fn nothing_of_it_is_shown() {
        let secret = CallbackSecret::new("c2VjcmV0".repeat(4)).unwrap();
        assert!(!format!("{secret:?} {:?}", secret.header()).contains("c2Vj"));
    }
}
