// SPDX-License-Identifier: Apache-2.0
//! What ties a receipt or an answer to a message of ours: the reference, as a token in the subject and in the Message-ID.

use finnish_ids::mask_personal_codes;

use super::Flaw;

/// Longest reference, in characters: with the identifier beside it, a Message-ID stays well below the longest line.
pub const LONGEST_REFERENCE: usize = 64;

/// Characters of the identifier that makes a Message-ID ours (a UUID, RFC 9562).
const IDENTIFIER_LENGTH: usize = 36;

/// Where the token stands in the form of the setting `subject-token`.
const PLACE: &str = "{token}";

/// Whether a text can be a reference: letters, digits, `-` and `_`, 64 at most.
pub fn is_reference(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (1..=LONGEST_REFERENCE).contains(&text.len()) && text.bytes().all(is_allowed)
}

/// Judges a reference that a caller gives. It stands in a subject, which is shown, copied and logged.
///
/// # Errors
/// What is wrong with it.
pub fn check_reference(text: &str) -> Result<(), Flaw> {
    if !is_reference(text) {
        let message = format!(
            "a reference is made of letters, digits, - and _, 1 to {LONGEST_REFERENCE} of them"
        );
        return Err(Flaw::new("reference.invalid", "/reference", message));
    }
    match mask_personal_codes(text) == text {
        true => Ok(()),
        false => Err(Flaw::new(
            "reference.personal",
            "/reference",
            "the reference has what looks like a personal identity code, and it stands in the subject; give another",
        )),
    }
}

/// The form of a token in a subject: what stands before it, and after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenForm<'a> {
    before: &'a str,
    after: &'a str,
}

impl<'a> TokenForm<'a> {
    /// A form such as `[silta:{token}]`.
    ///
    /// # Errors
    /// A clause that says what is wrong with it.
    pub fn parse(form: &'a str) -> Result<Self, &'static str> {
        let (before, after) = form
            .split_once(PLACE)
            .ok_or("it has no {token}, where the token stands")?;
        let ends = |text: Option<char>| {
            text.is_some_and(|c| c.is_ascii_punctuation() && c != '-' && c != '_')
        };
        if !ends(before.chars().next_back()) || !ends(after.chars().next()) {
            return Err(
                "the token has to stand between two signs other than - and _, such as brackets, so that its ends are known",
            );
        }
        let is_plain = |c: char| c == ' ' || c.is_ascii_graphic();
        if !form.chars().all(is_plain) || form.len() > 40 || after.contains(PLACE) {
            return Err(
                "it has to be of visible characters of ASCII, at most 40, with {token} once",
            );
        }
        Ok(Self { before, after })
    }

    /// The token of a reference.
    pub fn write(&self, reference: &str) -> String {
        format!("{}{reference}{}", self.before, self.after)
    }

    /// The reference of the last token in a text.
    pub fn find<'t>(&self, text: &'t str) -> Option<&'t str> {
        self.tokens(text).last().map(|(_, reference)| reference)
    }

    /// A text without its tokens and the white space that stood before each.
    pub fn remove(&self, text: &str) -> String {
        let mut kept = text.to_owned();
        let found: Vec<_> = self.tokens(text).map(|(token, _)| token).collect();
        for token in found {
            if let Some((before, after)) = kept.split_once(token) {
                kept = format!("{}{after}", before.trim_end());
            }
        }
        kept.trim().to_owned()
    }

    /// Tokens and their references, in order.
    fn tokens<'t>(&self, text: &'t str) -> impl Iterator<Item = (&'t str, &'t str)> {
        let Self { before, after } = *self;
        text.match_indices(before).filter_map(move |(start, _)| {
            let rest = text.get(start + before.len()..)?;
            // `after` begins with what no reference has: nothing is looked for beyond that.
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'))?;
            let (reference, behind) = rest.split_at(end);
            let whole = text.get(start..start + before.len() + end + after.len())?;
            (behind.starts_with(after) && is_reference(reference)).then_some((whole, reference))
        })
    }
}

/// The Message-ID of a message of ours, without its brackets: the reference, and an identifier that no other message has.
pub fn message_id(reference: &str, identifier: &str, domain: &str) -> String {
    format!("{reference}.{identifier}@{domain}")
}

/// The reference of a Message-ID of ours; `None` for the Message-IDs of others.
pub fn reference_of<'t>(message_id: &'t str, domain: &str) -> Option<&'t str> {
    let (local, of) = message_id.trim().rsplit_once('@')?;
    let (reference, identifier) = local.rsplit_once('.')?;
    let is_identifier = identifier.len() == IDENTIFIER_LENGTH
        && identifier
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let is_ours = of.eq_ignore_ascii_case(domain) && is_identifier && is_reference(reference);
    is_ours.then_some(reference)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "00000000-0000-0000-0000-000000000000";

    #[test]
    fn a_token_is_found_wherever_it_stands() {
        let form = TokenForm::parse("[silta:{token}]").unwrap();
        let subject = format!("Päätös {}", form.write("A-1"));
        assert_eq!(subject, "Päätös [silta:A-1]");
        for (text, found) in [
            (subject.as_str(), Some("A-1")),
            ("Kuittaus: Päätös [silta:A-1] välitetty", Some("A-1")),
            ("[silta:A] [silta:B]", Some("B")),
            ("[silta:a b]", None),
            ("[silta:]", None),
            ("[silta:A", None),
            ("[silta:[silta:C]", Some("C")),
            ("", None),
        ] {
            assert_eq!(form.find(text), found, "{text}");
        }
        assert_eq!(form.remove("Vs: Päätös [silta:A] [silta:B]"), "Vs: Päätös");
        assert_eq!(form.remove("[silta:A]"), "");
    }

    #[test]
    fn a_form_has_to_tell_where_a_token_ends() {
        for form in [
            "",
            "silta",
            "{token}",
            "[{token}",
            "a{token}b",
            "[{token}-]",
            "[{token}{token}]",
            "[ä{token}]",
        ] {
            assert!(TokenForm::parse(form).is_err(), "{form}");
        }
        assert!(TokenForm::parse("(Dnro {token})").is_err());
        assert!(TokenForm::parse("(Dnro:{token})").is_ok());
    }

    #[test]
    fn a_message_id_of_ours_has_its_reference() {
        let id = message_id("A_b-1", UUID, "virasto.fi");
        assert_eq!(reference_of(&id, "Virasto.fi"), Some("A_b-1"));
        assert_eq!(reference_of(&id, "muu.fi"), None);
        assert_eq!(
            reference_of(&format!("{UUID}@virasto.fi"), "virasto.fi"),
            None
        );
        assert_eq!(reference_of("A.1@virasto.fi", "virasto.fi"), None);
        assert_eq!(reference_of("", "virasto.fi"), None);
    }

    #[test]
    fn a_reference_has_nothing_personal() {
        assert_eq!(check_reference("VIRASTO-2026_7"), Ok(()));
        let code = |text: &str| check_reference(text).unwrap_err().code;
        assert_eq!(code("010190-900P"), "reference.personal");
        assert_eq!(code("a b"), "reference.invalid");
        assert_eq!(code(""), "reference.invalid");
        assert_eq!(code(&"a".repeat(65)), "reference.invalid");
        assert_eq!(check_reference(&"a".repeat(64)), Ok(()));
    }
}
