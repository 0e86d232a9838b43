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
    /// Printable ASCII but for the space and `"`, `\`, `&`, `<`, `>`, `'`.
    Plain,
    /// The same, with at least one lower-case letter, one upper-case letter, one digit and one symbol.
    Password,
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
    /// It has a character that is not printable ASCII, or is one of those that JSON or XML would not take as they are.
    #[error(
        "has a character that is not allowed: printable ASCII is, but for the space and the characters \" \\ & < > '"
    )]
    NotPlain,
    /// A kind of character is missing.
    #[error(
        "has no lower-case letter, no upper-case letter, no digit or no symbol; it has to have one of each"
    )]
    FewKinds,
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
            SecretAlphabet::Plain => self.maximum_characters,
            SecretAlphabet::Password if self.maximum_characters < KINDS => 0,
            SecretAlphabet::Password => self.maximum_characters,
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
            SecretAlphabet::Any | SecretAlphabet::Plain | SecretAlphabet::Password => {
                USUAL_CHARACTERS.clamp(shortest, longest)
            }
            // Padded text consists of whole groups of four characters for three bytes.
            SecretAlphabet::Base64 => USUAL_CHARACTERS
                .max(shortest.div_ceil(4) * 4)
                .min(longest / 4 * 4),
        };
        let length = usize::try_from(length).ok()?;
        if self.alphabet == SecretAlphabet::Password {
            return password(length);
        }
        let mut bytes = vec![0; length.div_ceil(4) * 3];
        rand::fill(&mut bytes).ok()?;
        Some(match self.alphabet {
            SecretAlphabet::Base64 => base64_simd::STANDARD.encode_to_string(&bytes).into_bytes(),
            SecretAlphabet::Any | SecretAlphabet::Plain | SecretAlphabet::Password => {
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
            SecretAlphabet::Plain => check_plain(value),
            SecretAlphabet::Password => {
                check_plain(value)?;
                match has_all_kinds(value) {
                    true => Ok(()),
                    false => Err(SecretFlaw::FewKinds),
                }
            }
        }
    }
}

/// Kinds of characters that a password has one of each at least.
const KINDS: u32 = 4;

/// Characters of passwords that are made: letters, digits and symbols that nothing on the way takes for markup.
const PASSWORD_CHARACTERS: &[u8; 66] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789$#~!";

/// How often a password is made until it has all kinds: of four characters one in some 150 has, of 44 nearly all.
const MOST_ATTEMPTS: u32 = 100_000;

/// A password of so many characters. Each of those that have all kinds is as likely as any other: one that has not is thrown away as a whole.
fn password(length: usize) -> Option<Vec<u8>> {
    (0..MOST_ATTEMPTS).find_map(|_| {
        let text: Option<Vec<u8>> = (0..length).map(|_| password_character()).collect();
        text.filter(|text| has_all_kinds(text))
    })
}

/// A character, each as likely as any other: bytes beyond the last whole multiple of their number are thrown away.
fn password_character() -> Option<u8> {
    let count = PASSWORD_CHARACTERS.len();
    let usable = (1 << 8) / count * count;
    loop {
        let mut byte = [0];
        rand::fill(&mut byte).ok()?;
        let [byte] = byte.map(usize::from);
        if byte < usable {
            return PASSWORD_CHARACTERS.get(byte % count).copied();
        }
    }
}

fn check_plain(value: &[u8]) -> Result<(), SecretFlaw> {
    let is_plain = |byte: &u8| byte.is_ascii_graphic() && !b"\"\\&<>'".contains(byte);
    match value.iter().all(is_plain) {
        true => Ok(()),
        false => Err(SecretFlaw::NotPlain),
    }
}

fn has_all_kinds(value: &[u8]) -> bool {
    let has = |kind: fn(&u8) -> bool| value.iter().any(kind);
    has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_punctuation)
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
            SecretAlphabet::Plain => " of printable ASCII without space and \" \\ & < > '",
            SecretAlphabet::Password => {
                " of printable ASCII without space and \" \\ & < > ', with a lower-case letter, an upper-case letter, a digit and a symbol"
            }
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
    fn a_password_has_a_character_of_each_kind_and_none_that_markup_has() {
        let plain = form(4, 64, SecretAlphabet::Plain);
        let password = form(4, 64, SecretAlphabet::Password);
        for (value, expected, of_password) in [
            ("aA1!", Ok(()), Ok(())),
            ("aA1~rest-of_it/=", Ok(()), Ok(())),
            ("A1!!", Ok(()), Err(SecretFlaw::FewKinds)),
            ("a1!!", Ok(()), Err(SecretFlaw::FewKinds)),
            ("aA!!", Ok(()), Err(SecretFlaw::FewKinds)),
            ("aA11", Ok(()), Err(SecretFlaw::FewKinds)),
            (
                "aA1! ",
                Err(SecretFlaw::NotPlain),
                Err(SecretFlaw::NotPlain),
            ),
            (
                "aA1!\"",
                Err(SecretFlaw::NotPlain),
                Err(SecretFlaw::NotPlain),
            ),
            (
                "aA1!\\",
                Err(SecretFlaw::NotPlain),
                Err(SecretFlaw::NotPlain),
            ),
            (
                "aA1!&",
                Err(SecretFlaw::NotPlain),
                Err(SecretFlaw::NotPlain),
            ),
            (
                "aA1!<",
                Err(SecretFlaw::NotPlain),
                Err(SecretFlaw::NotPlain),
            ),
            (
                "aA1!>",
                Err(SecretFlaw::NotPlain),
                Err(SecretFlaw::NotPlain),
            ),
            (
                "aA1!'",
                Err(SecretFlaw::NotPlain),
                Err(SecretFlaw::NotPlain),
            ),
            (
                "aA1!\u{7f}",
                Err(SecretFlaw::NotPlain),
                Err(SecretFlaw::NotPlain),
            ),
            (
                "aA1!ä",
                Err(SecretFlaw::NotPlain),
                Err(SecretFlaw::NotPlain),
            ),
        ] {
            assert_eq!(plain.check(value.as_bytes()), expected, "{value}");
            assert_eq!(password.check(value.as_bytes()), of_password, "{value}");
        }
    }

    /// Every character comes as often as any other at every place, within what chance allows.
    #[test]
    fn passwords_are_made_without_bias() {
        let form = form(32, 32, SecretAlphabet::Password);
        let mut counts = [0_u32; 128];
        for _ in 0..2000 {
            let value = form.generate().unwrap();
            assert_eq!((form.check(&value), value.len()), (Ok(()), 32));
            value
                .iter()
                .for_each(|byte| counts[usize::from(*byte)] += 1);
        }
        for (byte, count) in (0..).zip(counts) {
            let is_used = PASSWORD_CHARACTERS.contains(&byte);
            assert_eq!(count > 0, is_used, "{byte}");
            // 64,000 characters of 66 kinds: 970 of each, with a deviation of 31. Symbols and digits come a little more often, since a value has one at least.
            assert!(!is_used || (700..1400).contains(&count), "{byte}: {count}");
        }
    }

    #[test]
    fn a_form_that_nothing_has_is_known() {
        use SecretAlphabet::{Any, Base64, Password, Plain};
        for (minimum, maximum, alphabet, expected) in [
            (1, 1, Any, true),
            (0, 0, Any, false),
            (2, 1, Any, false),
            (33, 35, Any, true),
            (33, 35, Base64, false),
            (33, 36, Base64, true),
            (0, 3, Base64, false),
            (0, 4, Base64, true),
            (4, 4, Plain, true),
            (0, 0, Plain, false),
            (0, 3, Password, false),
            (3, 4, Password, true),
        ] {
            let form = form(minimum, maximum, alphabet);
            assert_eq!(form.is_possible(), expected, "{form}");
        }
    }

    #[test]
    fn new_values_have_the_form_and_differ() {
        use SecretAlphabet::{Any, Base64, Password, Plain};
        for (minimum, maximum, alphabet, length) in [
            (32, 64, Base64, 44),
            (32, 43, Base64, 40),
            (61, 64, Base64, 64),
            (4, 4, Any, 4),
            (6, 7, Any, 7),
            (32, 256, Any, 44),
            (50, 51, Any, 50),
            (4, 6, Plain, 6),
            (32, 256, Plain, 44),
            (8, 8, Password, 8),
            (32, 256, Password, 44),
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
        assert_eq!(
            said(form(4, 4, SecretAlphabet::Plain)),
            "4 characters of printable ASCII without space and \" \\ & < > '"
        );
        let password = said(form(32, 256, SecretAlphabet::Password));
        assert!(password.ends_with(", a digit and a symbol"), "{password}");
    }
}
