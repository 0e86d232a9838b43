// SPDX-License-Identifier: Apache-2.0
//! Values with parameters: Content-Type and Content-Disposition (RFC 2045 §5.1, 2183, 2231).

use std::collections::BTreeMap;

use super::encoded_words;
use super::text::charset;

/// A value in lower case with its parameters by name in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parameterised {
    pub(super) value: String,
    parameters: BTreeMap<String, String>,
}

impl Parameterised {
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut pieces = pieces(text)?.into_iter();
        let value = pieces.next()?.trim().to_ascii_lowercase();
        let mut parameters = BTreeMap::new();
        for piece in pieces {
            let (name, given) = piece.split_once('=')?;
            let (name, given) = (name.trim().to_ascii_lowercase(), unquoted(given.trim())?);
            if !is_token(&name) || parameters.insert(name, given).is_some() {
                return None;
            }
        }
        let is_value = !value.is_empty() && value.split('/').all(is_token);
        is_value.then_some(Self { value, parameters })
    }

    /// A parameter as it is written.
    pub(super) fn plain(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// A parameter as text: in pieces or with a character set (RFC 2231), or in encoded words, which is not allowed and usual.
    /// An error is one that cannot be decoded.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, ()> {
        if let Some(plain) = self.parameters.get(name) {
            return encoded_words::decoded(plain).map(Some).map_err(|_| ());
        }
        if let Some(extended) = self.parameters.get(&format!("{name}*")) {
            return extended_text(&[(extended, true)]).map(Some).ok_or(());
        }
        let mut pieces = Vec::new();
        for number in 0_usize.. {
            let plain = self.parameters.get(&format!("{name}*{number}"));
            let encoded = self.parameters.get(&format!("{name}*{number}*"));
            match (plain, encoded) {
                (Some(piece), None) => pieces.push((piece, false)),
                (None, Some(piece)) => pieces.push((piece, true)),
                (None, None) => break,
                (Some(_), Some(_)) => return Err(()),
            }
        }
        match pieces.first() {
            None => Ok(None),
            Some((_, true)) => extended_text(&pieces).map(Some).ok_or(()),
            Some((_, false)) if pieces.iter().any(|(_, is_encoded)| *is_encoded) => Err(()),
            Some((_, false)) => Ok(Some(
                pieces
                    .into_iter()
                    .map(|(piece, _)| piece.as_str())
                    .collect(),
            )),
        }
    }
}

/// `charset'language'text`, of which the first piece has the beginning.
fn extended_text(pieces: &[(&String, bool)]) -> Option<String> {
    let mut octets = Vec::new();
    let mut set = None;
    for (piece, is_encoded) in pieces {
        let mut text = piece.as_str();
        if set.is_none() {
            let mut parts = text.splitn(3, '\'');
            set = Some(charset(parts.next()?)?);
            text = parts.nth(1)?;
        }
        match is_encoded {
            true => octets.extend(percent_decoded(text)?),
            false => octets.extend(text.bytes()),
        }
    }
    set?.text(&octets)
}

fn percent_decoded(text: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'%' {
            octets.push(*first);
            continue;
        }
        let digits = std::str::from_utf8(after.get(..2)?).ok()?;
        let is_hexadecimal = digits.chars().all(|c| c.is_ascii_hexdigit());
        octets.push(
            u8::from_str_radix(digits, 16)
                .ok()
                .filter(|_| is_hexadecimal)?,
        );
        rest = after.get(2..)?;
    }
    Some(octets)
}

/// Parted at semicolons outside of quotes.
fn pieces(text: &str) -> Option<Vec<String>> {
    let mut pieces = vec![String::new()];
    let (mut is_open, mut is_escaped) = (false, false);
    for c in text.chars() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_open => is_escaped = true,
            '"' => is_open = !is_open,
            ';' if !is_open => {
                pieces.push(String::new());
                continue;
            }
            _ => {}
        }
        pieces.last_mut()?.push(c);
    }
    (!is_open).then_some(pieces)
}

/// A token, or what a quoted string stands for.
fn unquoted(text: &str) -> Option<String> {
    let Some(inner) = text.strip_prefix('"') else {
        return is_token(text).then(|| text.to_owned());
    };
    let inner = inner.strip_suffix('"')?;
    let mut plain = String::new();
    let mut characters = inner.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => plain.push(characters.next()?),
            '"' => return None,
            _ => plain.push(c),
        }
    }
    Some(plain)
}

fn is_token(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_graphic() && !"()<>@,;:\\\"/[]?=".contains(c);
    !text.is_empty() && text.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Option<String> {
        Parameterised::read(text).unwrap().text("name").unwrap()
    }

    #[test]
    fn parameters_are_read_in_every_form() {
        let read = Parameterised::read(" Text/PLAIN; Charset=utf-8; x=\"a; \\\"b\"").unwrap();
        assert_eq!(read.value, "text/plain");
        assert_eq!(read.text("charset"), Ok(Some("utf-8".to_owned())));
        assert_eq!(read.text("x"), Ok(Some("a; \"b".to_owned())));
        assert_eq!(read.text("y"), Ok(None));
        for text in [
            "a/b; name*=utf-8''p%C3%A4.pdf",
            "a/b; name*=ISO-8859-1'fi'p%E4.pdf",
            "a/b; name*0*=utf-8''p%C3; name*1*=%A4; name*2=.pdf",
            "a/b; name=\"=?utf-8?Q?p=C3=A4.pdf?=\"",
        ] {
            assert_eq!(name(text), Some("pä.pdf".to_owned()), "{text}");
        }
        assert_eq!(name("a/b; name*0=p; name*1=.pdf"), Some("p.pdf".to_owned()));
    }

    #[test]
    fn parameters_keep_their_rules() {
        for wrong in [
            "",
            "a b",
            "a/b;",
            "a/b; c",
            "a/b; c=d; C=e",
            "a/b; c=d e",
            "a/b; c=\"d",
            "a/b; c=\"d\"e",
            "a/b; c=",
            "/b",
        ] {
            assert_eq!(Parameterised::read(wrong), None, "{wrong}");
        }
        for wrong in [
            "a/b; name*=utf-8'p",
            "a/b; name*=utf-8''%C3",
            "a/b; name*=utf-8''%zz",
            "a/b; name*=x''a",
            "a/b; name*0=a; name*1*=b",
        ] {
            assert_eq!(
                Parameterised::read(wrong).unwrap().text("name"),
                Err(()),
                "{wrong}"
            );
        }
    }
}
