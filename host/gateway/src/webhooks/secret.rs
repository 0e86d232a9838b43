// SPDX-License-Identifier: Apache-2.0
//! Secrets that messages are signed with, and their signatures (Standard Webhooks, "Signature scheme").

use std::fmt;

use aws_lc_rs::hmac;
use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
    prelude::BASE64_STANDARD,
};

/// The fewest bytes of a secret: 192 bits (Standard Webhooks, "Signature scheme").
pub const SHORTEST_SECRET: usize = 24;

/// The most bytes of a secret: 512 bits, the block of SHA-256 (as above).
pub const LONGEST_SECRET: usize = 64;

/// What a secret is written with in front of its base64, or without.
const PREFIX: &str = "whsec_";

/// Padding may be there or not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A secret that messages are signed with. `Debug` hides it.
#[derive(Clone)]
pub struct SigningSecret(hmac::Key);

/// Why a text is no secret. Nothing of it is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrongSecret {
    /// It is not base64.
    #[error(
        "the secret is not base64; it is written as `whsec_` and base64, or as base64 alone, such as `openssl rand -base64 32` prints"
    )]
    NoBase64,
    /// It has too few or too many bytes.
    #[error(
        "the secret has {bytes} bytes once its base64 is decoded, and has to have {SHORTEST_SECRET} to {LONGEST_SECRET}; make one with `openssl rand -base64 32`"
    )]
    Length {
        /// So many.
        bytes: usize,
    },
}

impl SigningSecret {
    /// Reads `whsec_` and base64, or base64 alone; also in the alphabet of URLs (RFC 4648 §5), which says the same.
    ///
    /// # Errors
    /// See [`WrongSecret`].
    pub fn parse(text: &[u8]) -> Result<Self, WrongSecret> {
        let text = text.strip_prefix(PREFIX.as_bytes()).unwrap_or(text);
        let standard = |byte: &u8| match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => *other,
        };
        let text: Vec<u8> = text.iter().map(standard).collect();
        let secret = BASE64.decode(text).map_err(|_| WrongSecret::NoBase64)?;
        match secret.len() {
            SHORTEST_SECRET..=LONGEST_SECRET => {
                Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &secret)))
            }
            bytes => Err(WrongSecret::Length { bytes }),
        }
    }

    /// `v1,` and the base64 of the HMAC-SHA256 of id, time and body.
    fn sign(&self, id: &str, seconds: u64, body: &[u8]) -> String {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(format!("{id}.{seconds}.").as_bytes());
        context.update(body);
        format!("v1,{}", BASE64_STANDARD.encode(context.sign()))
    }
}

/// The field `webhook-signature`: one signature by each secret, so that a receiver that knows the old or the new one is content.
pub(super) fn signatures(secrets: &[SigningSecret], id: &str, seconds: u64, body: &[u8]) -> String {
    let signed = secrets.iter().map(|secret| secret.sign(id, seconds, body));
    signed.collect::<Vec<_>>().join(" ")
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference libraries, which each of them has among its tests.
    #[test]
    fn a_signature_is_that_of_the_reference_libraries() {
        let secret = SigningSecret::parse(b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = signatures(
            std::slice::from_ref(&secret),
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let two = signatures(&[secret.clone(), secret], "a", 1, b"");
        let (first, second) = two.split_once(' ').unwrap();
        assert_eq!(first, second);
    }

    #[test]
    fn prefix_and_padding_may_be_missing() {
        let whole = format!("whsec_{}", BASE64_STANDARD.encode([7; 32]));
        let short = whole.trim_start_matches(PREFIX).trim_end_matches('=');
        let signed = |text: &str| {
            let secret = SigningSecret::parse(text.as_bytes()).unwrap();
            signatures(&[secret], "a", 1, b"b")
        };
        assert_eq!(signed(&whole), signed(short));
    }

    #[test]
    fn the_alphabet_of_urls_says_the_same() {
        let whole = BASE64_STANDARD.encode([0xfb; 32]);
        let of_urls = whole.replace('+', "-").replace('/', "_");
        assert_ne!(whole, of_urls);
        let signed = |text: &str| {
            let secret = SigningSecret::parse(text.as_bytes()).unwrap();
            signatures(&[secret], "a", 1, b"b")
        };
        assert_eq!(signed(&whole), signed(&of_urls));
        assert_eq!(signed(&whole), signed(&format!("whsec_{of_urls}")));
    }

    #[test]
    fn lengths_are_bounded() {
        for (bytes, is_right) in [(0, false), (23, false), (24, true), (64, true), (65, false)] {
            let text = BASE64_STANDARD.encode(vec![1; bytes]);
            let parsed = SigningSecret::parse(text.as_bytes());
            assert_eq!(parsed.is_ok(), is_right, "{bytes}");
            if let Err(error) = parsed {
                assert_eq!(error, WrongSecret::Length { bytes });
            }
        }
        let no_base64 = SigningSecret::parse(b"whsec_not base64 at all").unwrap_err();
        assert_eq!(no_base64, WrongSecret::NoBase64);
        assert!(!no_base64.to_string().contains("at all"));
    }
}
