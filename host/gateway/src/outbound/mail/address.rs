// SPDX-License-Identifier: Apache-2.0
//! Which texts are addresses of mail (RFC 5321 §4.1.2, RFC 6531 §3.3).

/// Longest local part, and longest address, in bytes (RFC 5321 §4.5.3.1, with the brackets of a path left out).
const LONGEST_LOCAL: usize = 64;
const LONGEST: usize = 254;

/// What keeps a text from being an address; `None` if it is one.
pub(super) fn flaw(address: &str) -> Option<&'static str> {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return Some("it has no @");
    };
    if address.len() > LONGEST || local.len() > LONGEST_LOCAL {
        return Some("it is longer than 254 bytes, or what stands before the @ than 64");
    }
    if !is_dotted(local, is_atom) && !is_quoted(local) {
        return Some("what stands before the @ is neither plain nor in quotes");
    }
    match is_dotted(domain, is_label) || is_literal(domain) {
        true => None,
        false => Some("what stands after the @ is neither a DNS name nor an address in brackets"),
    }
}

/// A name for EHLO: a domain or an address in brackets.
pub(super) fn is_hello_name(name: &str) -> bool {
    name.is_ascii() && name.len() <= LONGEST && (is_dotted(name, is_label) || is_literal(name))
}

fn is_dotted(text: &str, is_part: fn(&str) -> bool) -> bool {
    text.split('.').all(is_part)
}

/// Letters beyond ASCII are fine; whether the relay takes them is asked later.
fn is_beyond(c: char) -> bool {
    !c.is_ascii() && !c.is_control() && !c.is_whitespace()
}

fn is_atom(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    !text.is_empty() && text.chars().all(|c| is_plain(c) || is_beyond(c))
}

fn is_label(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    !text.is_empty()
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.chars().all(|c| is_plain(c) || is_beyond(c))
}

fn is_quoted(text: &str) -> bool {
    let inner = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let Some(inner) = inner.filter(|_| text.len() > 1) else {
        return false;
    };
    let mut characters = inner.chars();
    while let Some(c) = characters.next() {
        let c = if c == '\\' {
            characters.next()
        } else {
            Some(c).filter(|c| *c != '"')
        };
        if !c.is_some_and(|c| c == ' ' || c.is_ascii_graphic() || is_beyond(c)) {
            return false;
        }
    }
    true
}

fn is_literal(text: &str) -> bool {
    let inner = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    inner.is_some_and(|address| match address.strip_prefix("IPv6:") {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => address.parse::<std::net::Ipv4Addr>().is_ok(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_what_is_none() {
        for address in [
            "a@b",
            "first.last+tag@mail.example.fi",
            "o'neil@example.fi",
            "åäö@example.fi",
            "\"a b\\\"@<>\"@example.fi",
            "a@[127.0.0.1]",
            "a@[IPv6:::1]",
        ] {
            assert_eq!(flaw(address), None, "{address}");
        }
        for address in [
            "",
            "a",
            "@b",
            "a@",
            "a@b@c",
            "a b@c",
            "a@b c",
            "<a@b>",
            "a@b>",
            ".a@b",
            "a.@b",
            "a..b@c",
            "a@-b",
            "a@b..c",
            "a@b\r\nRCPT TO:<c@d>",
            "a\u{a0}@b",
            "\"a@b",
            "\"a\n\"@b",
            "\"\"\"@b",
            "\"\\\"@b",
            "a@[1.2.3]",
            "a@[IPv6:1]",
        ] {
            assert!(flaw(address).is_some(), "{address}");
        }
        assert_eq!(flaw(&format!("{}@b", "a".repeat(64))), None);
        assert!(flaw(&format!("{}@b", "a".repeat(65))).is_some());
        assert_eq!(flaw(&format!("a@{}", "b".repeat(252))), None);
        assert!(flaw(&format!("a@{}", "b".repeat(253))).is_some());
    }
}
