// SPDX-License-Identifier: Apache-2.0
//! What a secret has to look like, and what is said of one that does not: the rule, never the value.

use std::{fmt, str};

use aws_lc_rs::rand;
use serde::Serialize;

/// Characters of a new value, of six random bits each.
const USUAL_CHARACTERS: u32 = 44;

/// What every value of a secret has to look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretForm {
    /// Fewest characters (Unicode scalar values).
    pub minimum_characters: u32,
    /// Most characters.
    pub maximum_characters: u32,
    /// What they may be.
    pub alphabet: SecretAlphabet,
}

/// What a secret is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretAlphabet {
    /// Any text in UTF-8.
    Any,
    /// Base64 (RFC 4648 §4): padded, unused bits zero, no white space.
    Base64,
}

/// The rule that a value of a secret breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretFlaw {
    /// It is not UTF-8.
    #[error("is not text in UTF-8")]
    NotText,
    /// It has fewer characters than this.
    #[error("is shorter than {0} characters")]
    ShorterThan(u32),
    /// It has more characters than this.
    #[error("is longer than {0} characters")]
    LongerThan(u32),
    /// It cannot be decoded.
    #[error("is not base64 (RFC 4648 §4: padded, no white space)")]
    NotBase64,
}

/// A secret that does not have the form its component requires. Tells the rule that is broken, and nothing else of the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MalformedSecret {
    /// The secret's role.
    pub role: String,
    /// Which of the role's values, counted from 1.
    pub number: usize,
    /// How many values the role has.
    pub values: usize,
    /// Where the values come from, such as the field `agencies.vero.secrets.callback.files` of a configuration; `None` where that was not said.
    pub origin: Option<String>,
    /// The rule that is broken.
    pub flaw: SecretFlaw,
    /// The form required.
    pub form: SecretForm,
}

impl SecretForm {
    /// Whether any value at all can have this form.
    pub(crate) fn is_possible(&self) -> bool {
        let longest = match self.alphabet {
            SecretAlphabet::Any => self.maximum_characters,
            // Padded text consists of whole groups.
            SecretAlphabet::Base64 => self.maximum_characters / 4 * 4,
        };
        longest > 0 && longest >= self.minimum_characters
    }

    /// A new value of this form that nobody can guess: random characters, 44 of them (264 bits) where the form has room. `None` where no value has the
    /// form or the system has no randomness.
    pub fn generate(&self) -> Option<Vec<u8>> {
        if !self.is_possible() {
            return None;
        }
        let (longest, shortest) = (self.maximum_characters, self.minimum_characters);
        let length = match self.alphabet {
            SecretAlphabet::Any => USUAL_CHARACTERS.clamp(shortest, longest),
            // Padded text consists of whole groups of four characters for three bytes.
            SecretAlphabet::Base64 => USUAL_CHARACTERS
                .max(shortest.div_ceil(4) * 4)
                .min(longest / 4 * 4),
        };
        let length = usize::try_from(length).ok()?;
        let mut bytes = vec![0; length.div_ceil(4) * 3];
        rand::fill(&mut bytes).ok()?;
        Some(match self.alphabet {
            SecretAlphabet::Base64 => base64_simd::STANDARD.encode_to_string(&bytes).into_bytes(),
            SecretAlphabet::Any => {
                let mut text = base64_simd::URL_SAFE_NO_PAD
                    .encode_to_string(&bytes)
                    .into_bytes();
                text.truncate(length);
                text
            }
        })
    }

    /// Whether a value has this form.
    pub(crate) fn check(&self, value: &[u8]) -> Result<(), SecretFlaw> {
        let text = str::from_utf8(value).map_err(|_| SecretFlaw::NotText)?;
        let characters = text.chars().count() as u64;
        if characters < u64::from(self.minimum_characters) {
            return Err(SecretFlaw::ShorterThan(self.minimum_characters));
        }
        if characters > u64::from(self.maximum_characters) {
            return Err(SecretFlaw::LongerThan(self.maximum_characters));
        }
        match self.alphabet {
            SecretAlphabet::Any => Ok(()),
            SecretAlphabet::Base64 => base64_simd::STANDARD
                .check(value)
                .map_err(|_| SecretFlaw::NotBase64),
        }
    }
}

impl fmt::Display for SecretForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.minimum_characters, self.maximum_characters) {
            (minimum, maximum) if minimum == maximum => write!(f, "{maximum} characters")?,
            (minimum, maximum) => write!(f, "{minimum} to {maximum} characters")?,
        }
        f.write_str(match self.alphabet {
            SecretAlphabet::Any => "",
            SecretAlphabet::Base64 => " of base64",
        })
    }
}

impl fmt::Display for MalformedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            role, flaw, form, ..
        } = self;
        write!(f, "the secret `{role}`")?;
        if self.values > 1 {
            write!(f, ", value {} of {}", self.number, self.values)?;
        }
        if let Some(origin) = &self.origin {
            write!(f, " ({origin})")?;
        }
        write!(
            f,
            " {flaw}; it has to have {form}. Put one in its place that has, here and at the agency"
        )
    }
}

impl std::error::Error for MalformedSecret {}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(minimum: u32, maximum: u32, alphabet: SecretAlphabet) -> SecretForm {
        SecretForm {
            minimum_characters: minimum,
            maximum_characters: maximum,
            alphabet,
        }
    }

    #[test]
    fn characters_are_counted_and_not_bytes() {
        let form = form(4, 8, SecretAlphabet::Any);
        for (value, expected) in [
            ("abc", Err(SecretFlaw::ShorterThan(4))),
            ("äöå", Err(SecretFlaw::ShorterThan(4))),
            ("abcd", Ok(())),
            ("abcdefgh", Ok(())),
            ("äöåÄÖÅéè", Ok(())),
            ("abcdefghi", Err(SecretFlaw::LongerThan(8))),
        ] {
            assert_eq!(form.check(value.as_bytes()), expected, "{value}");
        }
        assert_eq!(form.check(b"abcd\xff"), Err(SecretFlaw::NotText));
    }

    #[test]
    fn base64_is_padded_and_has_nothing_to_spare() {
        let form = form(4, 64, SecretAlphabet::Base64);
        for value in ["QUJD", "QUI=", "QQ==", "+/+/", "QUJDQQ=="] {
            assert_eq!(form.check(value.as_bytes()), Ok(()), "{value}");
        }
        for value in [
            "QUJDR",
            "QUJDRA",
            "QUJDRA=",
            "QUJDRA===",
            "QR==",
            "QUJ=",
            "-_-_",
            "QUJD QUJ",
            "QUJD\n",
            "=QUJ",
            "====",
            "QQ==QQ==",
            "QUJä",
        ] {
            let checked = form.check(value.as_bytes());
            assert_eq!(checked, Err(SecretFlaw::NotBase64), "{value}");
        }
    }

    #[test]
    fn a_form_that_nothing_has_is_known() {
        use SecretAlphabet::{Any, Base64};
        for (minimum, maximum, alphabet, expected) in [
            (1, 1, Any, true),
            (0, 0, Any, false),
            (2, 1, Any, false),
            (33, 35, Any, true),
            (33, 35, Base64, false),
            (33, 36, Base64, true),
            (0, 3, Base64, false),
            (0, 4, Base64, true),
        ] {
            let form = form(minimum, maximum, alphabet);
            assert_eq!(form.is_possible(), expected, "{form}");
        }
    }

    #[test]
    fn new_values_have_the_form_and_differ() {
        use SecretAlphabet::{Any, Base64};
        for (minimum, maximum, alphabet, length) in [
            (32, 64, Base64, 44),
            (32, 43, Base64, 40),
            (61, 64, Base64, 64),
            (4, 4, Any, 4),
            (6, 7, Any, 7),
            (32, 256, Any, 44),
            (50, 51, Any, 50),
        ] {
            let form = form(minimum, maximum, alphabet);
            let value = form.generate().unwrap();
            assert_eq!(
                (form.check(&value), value.len()),
                (Ok(()), length),
                "{form}"
            );
            assert_ne!(form.generate().unwrap(), value);
        }
        assert_eq!(form(33, 35, Base64).generate(), None);
    }

    #[test]
    fn forms_are_said_in_words() {
        let said = |form: SecretForm| form.to_string();
        assert_eq!(
            said(form(32, 64, SecretAlphabet::Base64)),
            "32 to 64 characters of base64"
        );
        assert_eq!(said(form(6, 6, SecretAlphabet::Any)), "6 characters");
    }
}
