// SPDX-License-Identifier: Apache-2.0
//! What stands within a start tag.

use std::borrow::Cow;

use crate::checks::{self, ReferenceFault, is_space};
use crate::error::{Fault, ReadErrorKind};
use crate::limits::{Limit, Limits};

use super::scan;

/// An attribute as written, a namespace declaration or not.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RawAttribute<'a> {
    pub(super) offset: usize,
    pub(super) prefix: &'a str,
    pub(super) local: &'a str,
    /// Unescaped and normalised; borrowed when the raw value is just that.
    pub(super) value: Cow<'a, str>,
    /// Where the raw value stands, and its length.
    pub(super) value_offset: usize,
    pub(super) raw_length: usize,
}

impl RawAttribute<'_> {
    /// The prefix that this attribute declares (Namespaces in XML 1.0 §3), empty for the default namespace;
    /// `None` if it is no declaration.
    pub(super) fn declared_prefix(&self) -> Option<&str> {
        match (self.prefix, self.local) {
            ("xmlns", prefix) => Some(prefix),
            ("", "xmlns") => Some(""),
            _ => None,
        }
    }
}

/// Splits a name as written, at `offset`, and checks its length and form.
pub(super) fn qname<'a>(
    name: &'a str,
    offset: usize,
    limits: &Limits,
) -> Result<(&'a str, &'a str), Fault> {
    check_name_length(name, offset, limits)?;
    checks::split_qname(name).ok_or_else(|| Fault::new(offset, ReadErrorKind::MalformedName))
}

pub(super) fn check_name_length(name: &str, offset: usize, limits: &Limits) -> Result<(), Fault> {
    if name.len() > limits.name_length {
        let kind = ReadErrorKind::limit(Limit::NameLength, limits.name_length);
        return Err(Fault::new(offset, kind));
    }
    Ok(())
}

/// Takes apart everything after the name of a start tag (XML 1.0 §3.1, productions 40, 41 and 44), into room that is used again.
/// `offset` is where `text` stands in the document.
pub(super) fn attributes<'a>(
    text: &'a str,
    offset: usize,
    limits: &Limits,
    attributes: &mut Vec<RawAttribute<'a>>,
) -> Result<(), Fault> {
    attributes.clear();
    let mut rest = text;
    loop {
        let trimmed = rest.trim_start_matches(is_space);
        let at = offset + (text.len() - trimmed.len());
        if trimmed.is_empty() {
            return Ok(());
        }
        if trimmed.len() == rest.len() {
            return Err(Fault::new(at, ReadErrorKind::MissingWhiteSpace));
        }
        if attributes.len() == limits.attributes {
            let kind = ReadErrorKind::limit(Limit::Attributes, limits.attributes);
            return Err(Fault::new(at, kind));
        }
        let (name, value, after) = split(trimmed).map_err(|kind| Fault::new(at, kind))?;
        let (prefix, local) = qname(name, at, limits)?;
        if attributes
            .iter()
            .any(|other| (other.prefix, other.local) == (prefix, local))
        {
            return Err(Fault::new(at, ReadErrorKind::DuplicateAttribute));
        }
        attributes.push(RawAttribute {
            offset: at,
            prefix,
            local,
            value: normalise(value, limits).map_err(|kind| Fault::new(at, kind))?,
            // The value and its closing quote end where the rest begins.
            value_offset: offset + (text.len() - after.len()) - value.len() - 1,
            raw_length: value.len(),
        });
        rest = after;
    }
}

/// Name, raw value and the rest behind the closing quote.
fn split(text: &str) -> Result<(&str, &str, &str), ReadErrorKind> {
    let parts = || {
        // Names are short.
        let equals = text.bytes().position(|byte| byte == b'=')?;
        let name = text.get(..equals)?.trim_end_matches(is_space);
        let rest = text.get(equals + 1..)?.trim_start_matches(is_space);
        let (quote, rest) = match rest.as_bytes().first()? {
            quote @ (b'"' | b'\'') => (*quote, rest.get(1..)?),
            _ => return None,
        };
        let end = memchr::memchr(quote, rest.as_bytes())?;
        Some((name, rest.get(..end)?, rest.get(end + 1..)?))
    };
    parts().ok_or(ReadErrorKind::MalformedAttribute)
}

/// Normalises a value of type CDATA, which all are without a document type (XML 1.0 §3.3.3): references are replaced,
/// and white space written as itself becomes a space, a CRLF one, since line ends come first (§2.11).
fn normalise<'a>(raw: &'a str, limits: &Limits) -> Result<Cow<'a, str>, ReadErrorKind> {
    let value = if has_special(raw) {
        Cow::Owned(rewrite(raw)?)
    } else {
        Cow::Borrowed(raw)
    };
    if value.len() > limits.value_length {
        return Err(ReadErrorKind::limit(
            Limit::ValueLength,
            limits.value_length,
        ));
    }
    Ok(value)
}

/// The value that a raw one, found to be well-formed before, stands for.
pub(crate) fn normalised(raw: &str) -> Cow<'_, str> {
    if has_special(raw) {
        Cow::Owned(rewrite(raw).unwrap_or_default())
    } else {
        Cow::Borrowed(raw)
    }
}

fn rewrite(raw: &str) -> Result<String, ReadErrorKind> {
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((plain, special, tail)) = split_at_special(rest) {
        value.push_str(plain);
        rest = tail;
        match special {
            '<' => return Err(ReadErrorKind::LessThanInAttribute),
            '&' => {
                let (name, tail) = rest.split_once(';').ok_or(ReadErrorKind::BareAmpersand)?;
                value.push(reference(name)?);
                rest = tail;
            }
            '\r' => {
                value.push(' ');
                rest = rest.strip_prefix('\n').unwrap_or(rest);
            }
            _ => value.push(' '),
        }
    }
    value.push_str(rest);
    Ok(value)
}

/// What a reference stands for, as a reader's error kind.
pub(crate) fn reference(name: &str) -> Result<char, ReadErrorKind> {
    checks::resolve_reference(name).map_err(|fault| match fault {
        ReferenceFault::Unknown => ReadErrorKind::UnknownEntity,
        ReferenceFault::Illegal => ReadErrorKind::IllegalReference,
    })
}

const fn is_special(byte: u8) -> bool {
    (byte == b'<') | (byte == b'&') | (byte == b'\t') | (byte == b'\n') | (byte == b'\r')
}

/// Whether one of them is in a value. Most have none.
fn has_special(raw: &str) -> bool {
    scan::any(raw.as_bytes(), |word| {
        let markup = word.equal(b'<').or(word.equal(b'&'));
        // `\t` and `\r` differ in one bit.
        markup
            .or(word.equal(b'\n'))
            .or(word.with(0x04).equal(b'\r'))
    })
}

fn split_at_special(text: &str) -> Option<(&str, char, &str)> {
    let (plain, rest) = text.split_at_checked(text.bytes().position(is_special)?)?;
    let mut rest = rest.chars();
    Some((plain, rest.next()?, rest.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(raw: &str) -> Result<String, ReadErrorKind> {
        normalise(raw, &Limits::default()).map(Cow::into_owned)
    }

    fn parse(text: &str, offset: usize) -> Result<Vec<RawAttribute<'_>>, Fault> {
        let mut found = Vec::new();
        attributes(text, offset, &Limits::default(), &mut found).map(|()| found)
    }

    #[test]
    fn literal_white_space_becomes_spaces_and_referenced_stays() {
        assert_eq!(value("a\tb\nc\r\nd\re").unwrap(), "a b c d e");
        assert_eq!(value("&#9;&#xA;&#13;&#10;").unwrap(), "\t\n\r\n");
        assert_eq!(value("\r&#10;").unwrap(), " \n");
        assert_eq!(value("&lt;&amp;&quot;&apos;&gt;>").unwrap(), "<&\"'>>");
    }

    #[test]
    fn values_refused() {
        assert_eq!(value("a<b"), Err(ReadErrorKind::LessThanInAttribute));
        assert_eq!(value("a&b"), Err(ReadErrorKind::BareAmpersand));
        assert_eq!(value("&nbsp;"), Err(ReadErrorKind::UnknownEntity));
        assert_eq!(value("&#0;"), Err(ReadErrorKind::IllegalReference));
    }

    #[test]
    fn attributes_with_their_offsets() {
        let found = parse(" a = 'x>'\n p:b=\"'\" ", 10).unwrap();
        let summary: Vec<_> = found
            .iter()
            .map(|a| (a.offset, a.prefix, a.local, &*a.value, a.value_offset))
            .collect();
        assert_eq!(summary, [(11, "", "a", "x>", 16), (21, "p", "b", "'", 26)]);
    }

    #[test]
    fn malformed_attributes() {
        use ReadErrorKind::{
            DuplicateAttribute, MalformedAttribute, MalformedName, MissingWhiteSpace,
        };
        for (text, offset, kind) in [
            (" a", 1, MalformedAttribute),
            (" a=b", 1, MalformedAttribute),
            (" a='b", 1, MalformedAttribute),
            (" /", 1, MalformedAttribute),
            (" a='b'c='d'", 6, MissingWhiteSpace),
            (" a='b'/", 6, MissingWhiteSpace),
            (" ='b'", 1, MalformedName),
            (" a:b:c='d'", 1, MalformedName),
            (" a b='c'", 1, MalformedName),
            (" a='' a=''", 6, DuplicateAttribute),
            (" xmlns:p='urn:a' xmlns:p='urn:b'", 17, DuplicateAttribute),
        ] {
            assert_eq!(parse(text, 0), Err(Fault::new(offset, kind)), "{text}");
        }
    }
}
