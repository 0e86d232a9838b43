// SPDX-License-Identifier: Apache-2.0
//! Which agency a recipient belongs to.

use std::{collections::HashMap, fmt, str::FromStr};

use crate::{
    agency::ServedAgency,
    inbound::{
        error::ListenerError,
        mail::wire::{Address, is_domain},
    },
};

/// Whom mails are taken for: one address, `viestit@virasto.example`, or all of a domain, `@virasto.example`. Letter case does not count.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MailRecipient(String);

impl MailRecipient {
    /// Whether an address is the one named, or of the domain.
    pub fn takes(&self, address: &Address) -> bool {
        match self.0.strip_prefix('@') {
            Some(domain) => address.domain().eq_ignore_ascii_case(domain),
            None => {
                let address = address.to_string();
                let unquoted = unquoted(&address);
                unquoted
                    .as_ref()
                    .unwrap_or(&address)
                    .eq_ignore_ascii_case(&self.0)
            }
        }
    }

    /// Whether it is a whole domain. An address counts before its domain.
    pub fn is_domain(&self) -> bool {
        self.0.starts_with('@')
    }
}

/// An address without quotes that mean nothing: `"a.b"@c.example` is `a.b@c.example` (RFC 5322 §3.4.1). `None` where there are no such quotes.
fn unquoted(address: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    let local = local.strip_prefix('"')?.strip_suffix('"')?;
    let plain = format!("{local}@{domain}");
    (!local.contains(['"', '\\']) && Address::parse(&plain).is_some()).then_some(plain)
}

/// A text that is neither an address nor a domain with an `@` before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this has to be an address such as viestit@virasto.example, or @virasto.example for all addresses of a domain"
)]
pub struct WrongRecipient;

impl FromStr for MailRecipient {
    type Err = WrongRecipient;

    fn from_str(text: &str) -> Result<Self, WrongRecipient> {
        let is_one = match text.strip_prefix('@') {
            Some(domain) => is_domain(domain),
            // Whoever writes `*@` means a domain, and not the mailbox of that name.
            None => !text.starts_with('*') && Address::parse(text).is_some(),
        };
        match is_one {
            true => Ok(Self(text.to_ascii_lowercase())),
            false => Err(WrongRecipient),
        }
    }
}

impl fmt::Display for MailRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Agencies by their recipients.
pub(super) struct Routes {
    agencies: Vec<ServedAgency>,
    by_recipient: HashMap<MailRecipient, usize>,
}

impl Routes {
    /// # Errors
    /// Nobody receives, or one recipient belongs to two agencies.
    pub(super) fn new(
        agencies: Vec<(ServedAgency, Vec<MailRecipient>)>,
    ) -> Result<Self, ListenerError> {
        let mut routes = Self {
            agencies: Vec::new(),
            by_recipient: HashMap::new(),
        };
        for (number, (agency, recipients)) in agencies.into_iter().enumerate() {
            for recipient in recipients {
                let earlier = routes.by_recipient.insert(recipient.clone(), number);
                let earlier = earlier.and_then(|earlier| routes.agencies.get(earlier));
                if let Some(earlier) = earlier {
                    return Err(ListenerError::RecipientTwice {
                        recipient: recipient.to_string(),
                        agencies: [earlier.id().to_owned(), agency.id().to_owned()],
                    });
                }
            }
            routes.agencies.push(agency);
        }
        match routes.by_recipient.is_empty() {
            true => Err(ListenerError::NoRecipients),
            false => Ok(routes),
        }
    }

    /// Number of the agency that a recipient belongs to; its address counts before its domain.
    pub(super) fn find(&self, recipient: &Address) -> Option<usize> {
        let address = recipient.to_string().to_ascii_lowercase();
        let domain = format!("@{}", recipient.domain()).to_ascii_lowercase();
        let mut known = [address, domain]
            .into_iter()
            .filter_map(|text| self.by_recipient.get(&MailRecipient(text)));
        known.next().copied()
    }

    /// The agency of a number that was found.
    pub(super) fn agency(&self, number: usize) -> Option<&ServedAgency> {
        self.agencies.get(number)
    }

    pub(super) fn agencies(&self) -> &[ServedAgency] {
        &self.agencies
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipients_are_addresses_or_domains() {
        for text in ["a@b.example", "@b.example", "A@B.Example"] {
            let read: MailRecipient = text.parse().unwrap();
            assert_eq!(read.to_string(), text.to_ascii_lowercase());
            assert_eq!(read.is_domain(), text.starts_with('@'));
            let takes = |text| read.takes(&Address::parse(text).unwrap());
            assert!(takes("A@b.EXAMPLE") && !takes("a@c.b.example"));
            assert!(takes("\"a\"@b.example") && !takes("\"a\"@c.b.example"));
            assert_eq!(takes("\"a b\"@b.example"), read.is_domain());
            assert_eq!(takes("c@b.example"), read.is_domain());
        }
        for text in [
            "",
            "@",
            "b.example",
            "a@",
            "<a@b.example>",
            "a b@c.example",
            "@a@b",
            "*@b.example",
        ] {
            assert_eq!(text.parse::<MailRecipient>(), Err(WrongRecipient), "{text}");
        }
    }
}
