// SPDX-License-Identifier: Apache-2.0
//! Commands (RFC 5321 §4.1.1, RFC 1870, RFC 6152).

/// A command line, read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    Ehlo,
    Helo,
    StartTls,
    /// Reverse path without its brackets, and parameters.
    Mail(String, Vec<(String, Option<String>)>),
    /// Forward path likewise.
    Recipient(String, Vec<(String, Option<String>)>),
    Data,
    Reset,
    Noop,
    Verify,
    Quit,
    /// Known, and wrong.
    Wrong(&'static str),
    Unknown,
}

/// Reads a line without its CRLF.
pub(super) fn parse(line: &[u8]) -> Parsed {
    let Some(line) = std::str::from_utf8(line)
        .ok()
        .filter(|line| line.chars().all(|c| c == ' ' || c.is_ascii_graphic()))
    else {
        return Parsed::Wrong("A command is of letters in ASCII");
    };
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let alone = |command: Parsed| match line.trim_end().len() == verb.len() {
        true => command,
        false => Parsed::Wrong("The command takes nothing"),
    };
    match verb.to_ascii_uppercase().as_str() {
        "EHLO" if is_name(rest) => Parsed::Ehlo,
        "HELO" if is_name(rest) => Parsed::Helo,
        "EHLO" | "HELO" => Parsed::Wrong("Say a domain, or an address in brackets"),
        "MAIL" => path(rest, "FROM:").map_or(
            Parsed::Wrong("The form is MAIL FROM:<address>"),
            |(path, parameters)| Parsed::Mail(path, parameters),
        ),
        "RCPT" => path(rest, "TO:").map_or(
            Parsed::Wrong("The form is RCPT TO:<address>"),
            |(path, parameters)| Parsed::Recipient(path, parameters),
        ),
        "STARTTLS" => alone(Parsed::StartTls),
        "DATA" => alone(Parsed::Data),
        "RSET" => alone(Parsed::Reset),
        "QUIT" => alone(Parsed::Quit),
        "NOOP" => Parsed::Noop,
        "VRFY" => Parsed::Verify,
        _ => Parsed::Unknown,
    }
}

fn is_name(text: &str) -> bool {
    let text = text.trim_end();
    let inner = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let is_name = |text: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-._".contains(c))
    };
    match inner {
        Some(literal) => literal
            .strip_prefix("IPv6:")
            .unwrap_or(literal)
            .parse::<std::net::IpAddr>()
            .is_ok(),
        None => is_name(text),
    }
}

type Parameters = Vec<(String, Option<String>)>;

/// `FROM:<path> NAME=VALUE …`, without a blank after the colon.
fn path(rest: &str, keyword: &str) -> Option<(String, Parameters)> {
    let head = rest
        .get(..keyword.len())
        .filter(|head| head.eq_ignore_ascii_case(keyword))?;
    let rest = rest.get(head.len()..)?.strip_prefix('<')?;
    let mut is_quoted = false;
    let end = rest.find(|c| {
        is_quoted ^= c == '"';
        c == '>' && !is_quoted
    })?;
    let (path, after) = rest.split_at(end);
    let after = after.get(1..)?;
    if !after.is_empty() && !after.starts_with(' ') {
        return None;
    }
    let parameters = after
        .split_whitespace()
        .map(|word| match word.split_once('=') {
            Some((name, value)) => (name.to_ascii_uppercase(), Some(value.to_owned())),
            None => (word.to_ascii_uppercase(), None),
        });
    Some((path.to_owned(), parameters.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_in_whatever_case() {
        assert_eq!(parse(b"ehlo [127.0.0.1]"), Parsed::Ehlo);
        assert_eq!(parse(b"EHLO [IPv6:::1]"), Parsed::Ehlo);
        assert_eq!(parse(b"HELO kunta.fi "), Parsed::Helo);
        let parameters = vec![
            ("SIZE".to_owned(), Some("10".to_owned())),
            ("SMTPUTF8".to_owned(), None),
        ];
        assert_eq!(
            parse(b"mail from:<a@b> size=10 SMTPUTF8"),
            Parsed::Mail("a@b".to_owned(), parameters)
        );
        assert_eq!(
            parse(b"RCPT TO:<\"a>b\"@c>"),
            Parsed::Recipient("\"a>b\"@c".to_owned(), Vec::new())
        );
        assert_eq!(
            parse(b"MAIL FROM:<>"),
            Parsed::Mail(String::new(), Vec::new())
        );
        assert_eq!(parse(b"QUIT "), Parsed::Quit);
        for wrong in [
            "EHLO",
            "EHLO a b",
            "EHLO [x]",
            "MAIL",
            "MAIL FROM: <a@b>",
            "MAIL FROM:a@b",
            "MAIL FROM:<a@b",
            "RCPT TO:<a>b",
            "DATA x",
            "QUIT \u{e4}",
        ] {
            assert!(
                matches!(parse(wrong.as_bytes()), Parsed::Wrong(_)),
                "{wrong}"
            );
        }
        assert_eq!(parse(b"AUTH PLAIN"), Parsed::Unknown);
        assert_eq!(parse(b""), Parsed::Unknown);
    }
}
