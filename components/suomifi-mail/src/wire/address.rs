// SPDX-License-Identifier: Apache-2.0
//! Addresses of mail (RFC 5321 §4.1.2), plain ones: an authority's own address has neither quotes nor letters beyond ASCII.

use std::{borrow::Cow, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Longest local part and longest address, in bytes (RFC 5321 §4.5.3.1).
const LONGEST_LOCAL: usize = 64;
const LONGEST: usize = 254;

/// Which addresses are under a domain.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DomainMatch {
    /// Those of the domain and of each domain below it.
    #[default]
    SameOrSubdomain,
    /// Those of the domain itself.
    Same,
}

/// An address as it came, in its two parts. `Debug` shows neither: the local part may be somebody's personal identity code.
#[derive(Clone, PartialEq, Eq)]
pub struct Address<'a> {
    /// What stands before the last `@`.
    pub local: &'a str,
    /// What stands after it.
    pub domain: &'a str,
}

impl fmt::Debug for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address").finish_non_exhaustive()
    }
}

impl<'a> Address<'a> {
    /// The parts of an address, whatever is in them; `None` where one is missing.
    pub fn split(text: &'a str) -> Option<Self> {
        let (local, domain) = text.trim().rsplit_once('@')?;
        let parts = Self { local, domain };
        (!local.is_empty() && !domain.is_empty()).then_some(parts)
    }

    /// A plain address: dot-atom, `@`, DNS name.
    ///
    /// # Errors
    /// A clause that says what is wrong with it, without a part of it.
    pub fn parse(text: &'a str) -> Result<Self, &'static str> {
        let (local, domain) = text.rsplit_once('@').ok_or("it has no @")?;
        if text.len() > LONGEST || local.len() > LONGEST_LOCAL {
            return Err("it is longer than 254 bytes, or what stands before the @ than 64");
        }
        if !local.split('.').all(is_atom) {
            return Err(
                "what stands before the @ is not made of letters, digits and !#$%&'*+-/=?^_`{|}~ with single dots between them",
            );
        }
        match is_domain(domain) {
            true => Ok(Self { local, domain }),
            false => Err("what stands after the @ is no DNS name"),
        }
    }

    /// Whether it is under a domain.
    pub fn is_under(&self, domain: &str, matching: DomainMatch) -> bool {
        let own = self.domain.trim_end_matches('.');
        if own.eq_ignore_ascii_case(domain) {
            return true;
        }
        let above = own.len().checked_sub(domain.len() + 1);
        let above = above.and_then(|length| own.split_at_checked(length));
        let is_below = above.is_some_and(|(_, end)| {
            end.strip_prefix('.')
                .is_some_and(|end| end.eq_ignore_ascii_case(domain))
        });
        matching == DomainMatch::SameOrSubdomain && is_below
    }
}

/// A block of fields whose senders have no quotes that mean nothing: `"a.b"@c.fi` is `a.b@c.fi` (RFC 5322 §3.4.1), and mail-parser takes it for a name.
pub(super) fn without_quotes(block: &[u8]) -> Cow<'_, [u8]> {
    let text = match str::from_utf8(block) {
        Ok(text) if text.contains("\"@") => text,
        _ => return block.into(),
    };
    let mut is_sender = false;
    let lines = text.split_inclusive('\n').map(|line| {
        if !line.starts_with([' ', '\t']) {
            let name = line.split(':').next().unwrap_or_default().trim();
            is_sender = ["from", "sender"]
                .iter()
                .any(|own| name.eq_ignore_ascii_case(own));
        }
        match is_sender {
            true => unquoted(line),
            false => line.to_owned(),
        }
    });
    lines.collect::<String>().into_bytes().into()
}

fn unquoted(line: &str) -> String {
    let mut made = String::new();
    let mut pieces = line.split("\"@").peekable();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            made.push_str(piece);
            break;
        }
        let local = piece
            .rsplit_once('"')
            .filter(|(before, local)| !before.ends_with('\\') && local.split('.').all(is_atom));
        match local {
            Some((before, local)) => made.extend([before, local, "@"]),
            None => made.extend([piece, "\"@"]),
        }
    }
    made
}

/// Whether a text is a DNS name of two labels or more.
pub fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(is_allowed)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(is_label)
}

fn is_atom(text: &str) -> bool {
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_has_those_below_it_unless_it_is_to_be_the_same() {
        let under = |text: &str, matching| {
            let address = Address::split(text).unwrap();
            address.is_under("virasto.fi", matching)
        };
        for (text, same, below) in [
            ("a@virasto.fi", true, true),
            ("a@VIRASTO.fi.", true, true),
            ("a@b.virasto.fi", false, true),
            ("a@xvirasto.fi", false, false),
            ("a@virasto.fi.example", false, false),
            ("a@fi", false, false),
            ("a@ä.fi", false, false),
            ("a@äirasto.fi", false, false),
        ] {
            assert_eq!(under(text, DomainMatch::Same), same, "{text}");
            assert_eq!(under(text, DomainMatch::SameOrSubdomain), below, "{text}");
        }
    }

    #[test]
    fn senders_lose_quotes_that_mean_nothing_and_nothing_else_does() {
        for (field, plain) in [
            ("From: \"a.b\"@c.fi\r\n", "From: a.b@c.fi\r\n"),
            (
                "from: \"M, x\" <\"a\"@c.fi>,\r\n \"b\"@c.fi\r\n",
                "from: \"M, x\" <a@c.fi>,\r\n b@c.fi\r\n",
            ),
            ("From: \"a b\"@c.fi\r\n", "From: \"a b\"@c.fi\r\n"),
            ("From: \"a\\\"b\"@c.fi\r\n", "From: \"a\\\"b\"@c.fi\r\n"),
            (
                "Message-ID: <\"a\"@c.fi>\r\n",
                "Message-ID: <\"a\"@c.fi>\r\n",
            ),
            ("From: \"@c.fi\r\n", "From: \"@c.fi\r\n"),
        ] {
            assert_eq!(
                without_quotes(field.as_bytes()),
                plain.as_bytes(),
                "{field}"
            );
        }
    }

    #[test]
    fn a_plain_address_is_told_from_others() {
        for text in ["kirjaamo@virasto.fi", "a.b+c@x.example", "010190-900P@a.fi"] {
            assert!(Address::parse(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "a",
            "@a.fi",
            "a@",
            "a@b",
            "a..b@c.fi",
            "a b@c.fi",
            "ä@c.fi",
            "a@b..fi",
            "a@-b.fi",
            "a@b.fi\r\n",
            "<a@b.fi>",
            "\"a\"@b.fi",
            "a,b@c.fi",
        ] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
        let long = format!("{}@b.fi", "a".repeat(65));
        assert!(Address::parse(&long).is_err() && Address::parse(&long[1..]).is_ok());
    }
}
