// SPDX-License-Identifier: Apache-2.0
//! White space, and the forms of the built-in types that are derived from `string` and `decimal` (Part 2, §3.3).

use canonical_xml::is_ncname;

/// What happens to white space before anything else (§4.3.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum WhiteSpace {
    Preserve,
    Replace,
    Collapse,
}

/// White space of XML.
pub(crate) fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

impl WhiteSpace {
    pub(crate) fn normalise(self, text: &str) -> String {
        match self {
            Self::Preserve => text.to_owned(),
            Self::Replace => text.replace(is_space, " "),
            Self::Collapse => {
                let words = text.split(is_space).filter(|word| !word.is_empty());
                words.collect::<Vec<_>>().join(" ")
            }
        }
    }
}

/// A form that a built-in type asks for beyond that of its primitive type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lexical {
    Language,
    NmToken,
    Name,
    NcName,
    Id,
    IdRef,
    /// No document here declares entities, so that there is no such value (§3.3.11).
    Entity,
    Integer,
}

impl Lexical {
    pub(crate) fn fits(self, text: &str) -> bool {
        match self {
            Self::Language => is_language(text),
            Self::NmToken => !text.is_empty() && text.chars().all(is_name_character),
            Self::Name => {
                let first = text.chars().next();
                let begins = |first| first == ':' || is_name_start(first);
                first.is_some_and(begins) && text.chars().all(is_name_character)
            }
            Self::NcName | Self::Id | Self::IdRef => is_ncname(text),
            Self::Entity => false,
            Self::Integer => {
                let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
                is_digits(digits)
            }
        }
    }

    /// The form, in words.
    pub(crate) fn form(self) -> &'static str {
        match self {
            Self::Language => "a language, such as `fi` or `en-GB`",
            Self::NmToken => "a name token: letters, digits and `.-_:` without blanks",
            Self::Name => "a name",
            Self::NcName => "a name without a colon",
            Self::Id => "an identifier: a name without a colon",
            Self::IdRef => "the identifier of an element: a name without a colon",
            Self::Entity => "an unparsed entity, which no document here can declare",
            Self::Integer => "a whole number",
        }
    }
}

/// §3.3.3, with the pattern of its schema.
fn is_language(text: &str) -> bool {
    text.split('-').enumerate().all(|(index, part)| {
        let is_fit = |byte: u8| byte.is_ascii_alphabetic() || (index > 0 && byte.is_ascii_digit());
        (1..=8).contains(&part.len()) && part.bytes().all(is_fit)
    })
}

fn is_name_start(character: char) -> bool {
    is_ncname(character.encode_utf8(&mut [0; 4]))
}

fn is_name_character(character: char) -> bool {
    let is_ascii = character.is_ascii_alphanumeric() || matches!(character, ':' | '.' | '-' | '_');
    is_ascii || (!character.is_ascii() && is_ncname(&format!("_{character}")))
}

pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A number of the form that `float` and `double` have (§3.2.4.1).
pub(super) struct Float<'a>(&'a str);

pub(super) fn float(text: &str) -> Option<Float<'_>> {
    if matches!(text, "INF" | "-INF" | "NaN") {
        return Some(Float(text));
    }
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let is_number = is_decimal(mantissa) && exponent.is_none_or(|text| Lexical::Integer.fits(text));
    is_number.then_some(Float(text))
}

impl Float<'_> {
    pub(super) fn parse_f32(&self) -> f32 {
        // What is checked above is a form that the standard library reads.
        self.0.replace("INF", "inf").parse().unwrap_or(f32::NAN)
    }

    pub(super) fn parse_f64(&self) -> f64 {
        self.0.replace("INF", "inf").parse().unwrap_or(f64::NAN)
    }
}

/// §3.2.3.1.
pub(super) fn is_decimal(text: &str) -> bool {
    let number = text.strip_prefix(['+', '-']).unwrap_or(text);
    match number.split_once('.') {
        None => is_digits(number),
        Some(("", fraction)) => is_digits(fraction),
        Some((whole, "")) => is_digits(whole),
        Some((whole, fraction)) => is_digits(whole) && is_digits(fraction),
    }
}
