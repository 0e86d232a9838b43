// SPDX-License-Identifier: Apache-2.0
//! Addresses (RFC 5322 §3.4).

/// A mail address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::suomifi_mail) struct Address {
    pub(in crate::suomifi_mail) local: String,
    pub(in crate::suomifi_mail) domain: String,
}

impl Address {
    /// Whether its domain is this one, or below it where that is allowed.
    pub(in crate::suomifi_mail) fn is_under(&self, domain: &str, with_subdomains: bool) -> bool {
        let (own, domain) = (
            self.domain.to_ascii_lowercase(),
            domain.to_ascii_lowercase(),
        );
        let parent = own.strip_suffix(&domain);
        parent.is_some_and(|parent| parent.is_empty() || with_subdomains && parent.ends_with('.'))
    }
}

/// As it is written.
impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

/// `local@domain`, without blanks or comments. Domains are DNS names.
pub(in crate::suomifi_mail) fn addr_spec(text: &str) -> Option<Address> {
    let (local, domain) = text.rsplit_once('@')?;
    let is_local = is_dot_atom(local) || is_quoted(local);
    (is_local && is_domain(domain)).then(|| Address {
        local: local.to_owned(),
        domain: domain.to_owned(),
    })
}

/// A list of mailboxes, with names and comments as they like; groups are an error.
pub(in crate::suomifi_mail) fn mailboxes(value: &str) -> Result<Vec<Address>, &'static str> {
    split(&without_comments(value)?)?
        .iter()
        .map(|item| mailbox(item.trim()))
        .collect()
}

pub(super) fn is_dot_atom(text: &str) -> bool {
    text.split('.').all(is_atom)
}

fn is_atom(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    !text.is_empty() && text.chars().all(is_plain)
}

fn is_quoted(text: &str) -> bool {
    let inner = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let Some(inner) = inner.filter(|_| text.len() > 1) else {
        return false;
    };
    let mut is_escaped = false;
    for c in inner.chars() {
        match (c, is_escaped) {
            ('"', false) => return false,
            ('\\', false) => is_escaped = true,
            (' ' | '\t' | '!'..='~', _) => is_escaped = false,
            _ => return false,
        }
    }
    !is_escaped
}

fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        !label.is_empty()
            && label.chars().all(is_plain)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.split('.').all(is_label)
}

/// Whether each character is within quotes, by the state before it.
struct Quotes {
    is_open: bool,
    is_escaped: bool,
}

impl Quotes {
    fn new() -> Self {
        Self {
            is_open: false,
            is_escaped: false,
        }
    }

    /// Whether this next character is within quotes, or is one of them.
    fn cover(&mut self, c: char) -> bool {
        let was_open = self.is_open;
        match c {
            _ if self.is_escaped => self.is_escaped = false,
            '\\' if was_open => self.is_escaped = true,
            '"' => self.is_open = !was_open,
            _ => {}
        }
        was_open || c == '"'
    }
}

fn without_comments(value: &str) -> Result<String, &'static str> {
    let mut plain = String::new();
    let (mut quotes, mut depth, mut is_escaped) = (Quotes::new(), 0_usize, false);
    for c in value.chars() {
        if depth > 0 {
            match c {
                _ if is_escaped => is_escaped = false,
                '\\' => is_escaped = true,
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            continue;
        }
        match (quotes.cover(c), c) {
            (false, '(') => {
                depth = 1;
                plain.push(' ');
            }
            (false, ')') => return Err("a parenthesis is closed that was not opened"),
            _ => plain.push(c),
        }
    }
    match depth == 0 && !quotes.is_open {
        true => Ok(plain),
        false => Err("a comment or a quotation does not end"),
    }
}

/// At commas outside of quotes.
fn split(value: &str) -> Result<Vec<String>, &'static str> {
    let mut items = vec![String::new()];
    let mut quotes = Quotes::new();
    for c in value.chars() {
        match (quotes.cover(c), c) {
            (false, ',') => items.push(String::new()),
            (false, ':' | ';') => {
                return Err("there is a group of addresses, or a colon outside of quotes");
            }
            _ => {
                if let Some(item) = items.last_mut() {
                    item.push(c);
                }
            }
        }
    }
    Ok(items)
}

fn mailbox(item: &str) -> Result<Address, &'static str> {
    let no_address = "there is no address of the form local@domain";
    let Some(inner) = item.strip_suffix('>') else {
        return addr_spec(item).ok_or(no_address);
    };
    let mut quotes = Quotes::new();
    let open = inner
        .char_indices()
        .find(|(_, c)| !quotes.cover(*c) && *c == '<');
    let (phrase, address) = match open {
        Some((place, _)) => inner.split_at(place),
        None => return Err("a bracket is closed that was not opened"),
    };
    if !is_phrase(phrase.trim()) {
        return Err("the name before the address has a character that belongs into quotes");
    }
    addr_spec(address.trim_start_matches('<').trim()).ok_or(no_address)
}

/// Atoms and quoted strings, or nothing.
fn is_phrase(text: &str) -> bool {
    let mut words = vec![String::new()];
    let mut quotes = Quotes::new();
    for c in text.chars() {
        match quotes.cover(c) {
            false if c == ' ' || c == '\t' => words.push(String::new()),
            _ => {
                if let Some(word) = words.last_mut() {
                    word.push(c);
                }
            }
        }
    }
    words
        .iter()
        .all(|word| word.is_empty() || is_atom(word) || is_quoted(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Result<Vec<String>, &'static str> {
        Ok(mailboxes(value)?.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn addresses_are_read_from_every_form() {
        for value in [
            "a@b.fi",
            " <a@b.fi> ",
            "A B <a@b.fi>",
            "\"B, A. (x) <c@d>\" <a@b.fi>",
            "=?utf-8?Q?=C3=A4?= <a@b.fi>",
            "(a \\) comment (nested)) a@b.fi (x)",
        ] {
            assert_eq!(read(value), Ok(vec!["a@b.fi".to_owned()]), "{value}");
        }
        assert_eq!(read("a@b, \"c d\"@e").unwrap(), ["a@b", "\"c d\"@e"]);
        for value in [
            "",
            "a",
            "a@",
            "@b",
            "a@b c@d",
            "A. B <a@b>",
            "A <a@b",
            "a@b>",
            "g: a@b;",
            "a@b,",
            "a@-b",
            "a@b..c",
            "a..b@c",
            "(a@b",
            "a@b)",
            "\"a@b",
            "A <a@b> x",
            "a@b_c",
            "ä@b",
            "<<a@b>>x",
        ] {
            assert!(read(value).is_err(), "{value}");
        }
    }

    #[test]
    fn subdomains_are_below_and_not_beside() {
        let under = |address: &str, below| addr_spec(address).unwrap().is_under("kunta.fi", below);
        assert!(under("a@kunta.fi", false) && under("a@KUNTA.fi", true));
        assert!(under("a@mail.kunta.fi", true) && !under("a@mail.kunta.fi", false));
        assert!(!under("a@muukunta.fi", true) && !under("a@kunta.fi.example", true));
    }
}
