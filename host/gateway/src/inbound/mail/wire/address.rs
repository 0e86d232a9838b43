// SPDX-License-Identifier: Apache-2.0
//! Addresses and paths of an envelope (RFC 5321 §4.1.2 and §4.1.3).

use std::fmt;

/// The longest local part and the longest address, in bytes (RFC 5321 §4.5.3.1).
const LONGEST_LOCAL_PART: usize = 64;
const LONGEST_ADDRESS: usize = 254;
const LONGEST_LABEL: usize = 63;

/// The one name that is an address without a domain (RFC 5321 §4.5.1).
const POSTMASTER: &str = "postmaster";

/// An address, as it was written. `Debug` does not show it: it may have a personal identity code in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    local_part: String,
    domain: String,
}

/// Why a path is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressFlaw {
    /// It does not stand between angle brackets.
    Form,
    /// What stands there is no address.
    Address,
}

impl Address {
    /// Reads an address: a local part, quoted or not, and a domain or an address literal. `None` if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (local_part, domain) = text.rsplit_once('@')?;
        let is_one = text.len() <= LONGEST_ADDRESS
            && local_part.len() <= LONGEST_LOCAL_PART
            && (is_dot_string(local_part) || is_quoted(local_part))
            && (is_domain(domain) || is_literal(domain));
        is_one.then(|| Self {
            local_part: local_part.to_owned(),
            domain: domain.to_owned(),
        })
    }

    /// What stands after the last `@`; empty for `postmaster` alone.
    pub fn domain(&self) -> &str {
        &self.domain
    }
}

/// As it was written.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.local_part)?;
        match self.domain.as_str() {
            "" => Ok(()),
            domain => write!(f, "@{domain}"),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address").finish_non_exhaustive()
    }
}

/// Takes a path off the start of a text: the address in it, none for `<>`, and what follows. A source route is passed over, as RFC 5321 §4.1.1.3
/// has it.
///
/// # Errors
/// There is no path.
pub fn take_path(text: &str) -> Result<(Option<Address>, &str), AddressFlaw> {
    let inner = text.strip_prefix('<').ok_or(AddressFlaw::Form)?;
    let end = end_of_path(inner).ok_or(AddressFlaw::Form)?;
    let (path, rest) = inner.split_at_checked(end).ok_or(AddressFlaw::Form)?;
    let rest = rest.strip_prefix('>').ok_or(AddressFlaw::Form)?;
    if !rest.is_empty() && !rest.starts_with(' ') {
        return Err(AddressFlaw::Form);
    }
    if path.is_empty() {
        return Ok((None, rest));
    }
    let address =
        without_route(path).and_then(|path| match path.eq_ignore_ascii_case(POSTMASTER) {
            true => Some(Address {
                local_part: path.to_owned(),
                domain: String::new(),
            }),
            false => Address::parse(path),
        });
    match address {
        Some(address) => Ok((Some(address), rest)),
        None => Err(AddressFlaw::Address),
    }
}

/// Where the bracket stands that ends a path: one in a quoted local part does not.
fn end_of_path(path: &str) -> Option<usize> {
    let mut is_quoted = false;
    let mut is_escaped = false;
    path.bytes().position(|byte| {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            b'>' => return !is_quoted,
            _ => {}
        }
        false
    })
}

/// `a@b` of `@relay,@other:a@b`.
fn without_route(path: &str) -> Option<&str> {
    if !path.starts_with('@') {
        return Some(path);
    }
    let (route, path) = path.split_once(':')?;
    let mut hops = route.split(',').map(|hop| hop.strip_prefix('@'));
    hops.all(|hop| hop.is_some_and(is_domain)).then_some(path)
}

fn is_dot_string(text: &str) -> bool {
    let is_atext =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    text.split('.')
        .all(|atom| !atom.is_empty() && atom.bytes().all(is_atext))
}

fn is_quoted(text: &str) -> bool {
    let inner = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    let Some(inner) = inner else { return false };
    let mut bytes = inner.bytes();
    while let Some(byte) = bytes.next() {
        let is_text = match byte {
            b'\\' => bytes.next().is_some_and(|byte| matches!(byte, b' '..=b'~')),
            b'"' => false,
            byte => matches!(byte, b' '..=b'~'),
        };
        if !is_text {
            return false;
        }
    }
    true
}

/// Whether a text is a domain: labels of letters, digits and hyphens. The underscore is no part of host names and of some mail domains all the same.
pub fn is_domain(text: &str) -> bool {
    let is_of_label = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    text.split('.').all(|label| {
        !label.is_empty()
            && label.len() <= LONGEST_LABEL
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(is_of_label)
    })
}

fn is_literal(text: &str) -> bool {
    let inner = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    let is_of_literal = |byte: u8| matches!(byte, b'!'..=b'Z' | b'^'..=b'~');
    inner.is_some_and(|inner| !inner.is_empty() && inner.bytes().all(is_of_literal))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(text: &str) -> Result<(Option<String>, &str), AddressFlaw> {
        take_path(text).map(|(address, rest)| (address.map(|address| address.to_string()), rest))
    }

    #[test]
    fn paths_are_taken_as_they_stand() {
        for (text, address, rest) in [
            ("<a@example.fi>", "a@example.fi", ""),
            (
                "<010190-900P@asiointitili.fi> SIZE=1",
                "010190-900P@asiointitili.fi",
                " SIZE=1",
            ),
            ("<\"a> b@c\"@example.fi>", "\"a> b@c\"@example.fi", ""),
            ("<\"a\\\"b\"@example.fi>", "\"a\\\"b\"@example.fi", ""),
            ("<a@[192.0.2.1]>", "a@[192.0.2.1]", ""),
            ("<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]", ""),
            (
                "<@relay.example,@b.example:a@example.fi>",
                "a@example.fi",
                "",
            ),
            ("<PostMaster>", "PostMaster", ""),
        ] {
            assert_eq!(taken(text), Ok((Some(address.to_owned()), rest)), "{text}");
        }
        assert_eq!(taken("<> BODY=8BITMIME"), Ok((None, " BODY=8BITMIME")));
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in [
            "",
            "a@example.fi",
            "<a@example.fi",
            "<a@example.fi>x",
            "<\"a>@example.fi",
        ] {
            assert_eq!(taken(text), Err(AddressFlaw::Form), "{text}");
        }
        let long = format!("<{}@example.fi>", "a".repeat(65));
        for text in [
            "<a>",
            "<@example.fi>",
            "<a@>",
            "<a..b@example.fi>",
            "<.a@example.fi>",
            "<a b@example.fi>",
            "<a@b@example.fi>",
            "<a@-example.fi>",
            "<a@example..fi>",
            "<a@exa mple>",
            "<\"a\"b@example.fi>",
            "<a\"b\"@example.fi>",
            "<@relay a@b>",
            "<<a@example.fi>",
            "<a@[]>",
            "<\"a\\\"@example.fi>",
            &long,
        ] {
            assert!(taken(text).is_err(), "{text}");
        }
    }

    #[test]
    fn debug_shows_no_address() {
        let address = Address::parse("010190-900P@asiointitili.fi").unwrap();
        assert!(!format!("{address:?}").contains("0190"));
    }
}
