// SPDX-License-Identifier: Apache-2.0
//! Content-Type: which version of SOAP a message is in, and in which encoding.

use crate::version::Version;

/// The media type of MIME packages with a root part (RFC 2387), among them MTOM and SOAP with Attachments.
pub const MULTIPART_RELATED: &str = "multipart/related";

/// The value of a field Content-Type (RFC 9110 §8.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaType {
    essence: String,
    parameters: Vec<(String, String)>,
}

/// A value that is no media type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MediaTypeError {
    /// Not of the form `type/subtype; name=value`.
    #[error("the Content-Type is no media type; write it as in `text/xml; charset=utf-8`")]
    Malformed,
    /// One parameter twice, with different values: which would count?
    #[error("the Content-Type has one parameter twice, with different values; send it once")]
    Repeated,
}

impl MediaType {
    /// Reads a value. A value in quotes may hold anything; one without quotes, anything but white space, quotes and semicolons, since many
    /// senders leave the quotes out around an action.
    ///
    /// # Errors
    ///
    /// See [`MediaTypeError`].
    pub fn parse(value: &str) -> Result<Self, MediaTypeError> {
        let (essence, mut rest) = match value.split_once(';') {
            Some((essence, rest)) => (essence, rest),
            None => (value, ""),
        };
        let essence = essence.trim_matches(is_blank).to_ascii_lowercase();
        let is_type = essence
            .split_once('/')
            .is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype));
        if !is_type {
            return Err(MediaTypeError::Malformed);
        }
        let mut parameters: Vec<(String, String)> = Vec::new();
        loop {
            rest = rest.trim_start_matches(|c| is_blank(c) || c == ';');
            if rest.is_empty() {
                break;
            }
            let (name, value, after) = parameter(rest).ok_or(MediaTypeError::Malformed)?;
            let same = parameters.iter().find(|(other, _)| *other == name);
            match same {
                Some((_, other)) if !is_same(&name, other, &value) => {
                    return Err(MediaTypeError::Repeated);
                }
                Some(_) => {}
                None => parameters.push((name, value)),
            }
            rest = after;
        }
        Ok(Self {
            essence,
            parameters,
        })
    }

    /// Type and subtype in lower case, without parameters.
    pub fn essence(&self) -> &str {
        &self.essence
    }

    /// The value of a parameter, whose name is in lower case.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let mut parameters = self.parameters.iter();
        let (_, value) = parameters.find(|(other, _)| other == name)?;
        Some(value)
    }

    /// The label of the encoding (RFC 7303 §3). Some senders leave it empty, which says nothing, or write it in single quotes, which no label has.
    pub fn charset(&self) -> Option<&str> {
        let label = self.parameter("charset")?.trim_matches('\'');
        Some(label).filter(|label| !label.is_empty())
    }

    /// The action of a SOAP 1.2 message (RFC 3902 §3), if it names one.
    pub fn action(&self) -> Option<&str> {
        self.parameter("action").filter(|action| !action.is_empty())
    }

    /// The version of SOAP that messages of this type are in.
    pub fn version(&self) -> Option<Version> {
        let mut versions = [Version::V11, Version::V12].into_iter();
        versions.find(|version| version.media_type() == self.essence)
    }
}

/// Whether two values of a parameter are one. Letter case does not count in labels of encodings (RFC 2978 §2.3).
fn is_same(name: &str, one: &str, other: &str) -> bool {
    match name {
        "charset" => one.eq_ignore_ascii_case(other),
        _ => one == other,
    }
}

/// One `name=value`, and what follows it.
fn parameter(text: &str) -> Option<(String, String, &str)> {
    let (name, rest) = text.split_once('=')?;
    let name = name.trim_matches(is_blank);
    if !is_token(name) {
        return None;
    }
    let rest = rest.trim_start_matches(is_blank);
    let (value, rest) = match rest.strip_prefix('"') {
        Some(quoted) => unquoted(quoted)?,
        None => {
            let end = rest.find([';', ' ', '\t']).unwrap_or(rest.len());
            let (value, rest) = rest.split_at_checked(end)?;
            (value.to_owned(), rest)
        }
    };
    let is_plain = |text: &str| !text.contains(|c: char| c.is_control() && c != '\t');
    let rest = rest.trim_start_matches(is_blank);
    let ends = rest.is_empty() || rest.starts_with(';');
    (ends && is_plain(&value)).then(|| (name.to_ascii_lowercase(), value, rest))
}

/// The content of a quoted string (RFC 9110 §5.6.4) whose opening quote is taken, and what follows it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.chars();
    loop {
        match characters.next()? {
            '"' => return Some((value, characters.as_str())),
            '\\' => value.push(characters.next()?),
            other => value.push(other),
        }
    }
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t')
}

/// RFC 9110 §5.6.2.
fn is_token(text: &str) -> bool {
    let is_tchar = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_tchar)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> MediaType {
        MediaType::parse(value).unwrap()
    }

    #[test]
    fn values_as_they_come() {
        for (value, charset, action, version) in [
            ("text/xml", None, None, Some(Version::V11)),
            (
                "text/xml; charset=utf-8",
                Some("utf-8"),
                None,
                Some(Version::V11),
            ),
            (
                "TEXT/XML;Charset=\"ISO-8859-1\"",
                Some("ISO-8859-1"),
                None,
                Some(Version::V11),
            ),
            (
                "application/soap+xml; charset=utf-8; action=\"urn:a;b\"",
                Some("utf-8"),
                Some("urn:a;b"),
                Some(Version::V12),
            ),
            (
                "application/soap+xml;action=http://a/b;charset=utf-8;",
                Some("utf-8"),
                Some("http://a/b"),
                Some(Version::V12),
            ),
            (
                "application/soap+xml ; action=\"\"",
                None,
                None,
                Some(Version::V12),
            ),
            (
                "text/xml; charset = \"a\\\"b\" ",
                Some("a\"b"),
                None,
                Some(Version::V11),
            ),
            (
                "text/xml; charset=utf-8; charset=utf-8",
                Some("utf-8"),
                None,
                Some(Version::V11),
            ),
            (
                "text/xml;charset=UTF-8;charset=utf-8",
                Some("UTF-8"),
                None,
                Some(Version::V11),
            ),
            ("text/xml; charset=", None, None, Some(Version::V11)),
            (
                "text/xml; charset='utf-8'",
                Some("utf-8"),
                None,
                Some(Version::V11),
            ),
            ("application/json", None, None, None),
        ] {
            let read = read(value);
            assert_eq!(read.charset(), charset, "{value}");
            assert_eq!(read.action(), action, "{value}");
            assert_eq!(read.version(), version, "{value}");
        }
    }

    #[test]
    fn what_is_none() {
        use MediaTypeError::{Malformed, Repeated};
        for (value, error) in [
            ("", Malformed),
            ("text", Malformed),
            ("text/", Malformed),
            ("text/xml/xml", Malformed),
            ("te xt/xml", Malformed),
            ("text/xml; charset", Malformed),
            ("text/xml; =utf-8", Malformed),
            ("text/xml; charset=\"utf-8", Malformed),
            ("text/xml; charset=\"utf-8\"x", Malformed),
            ("text/xml; charset=utf-8 x", Malformed),
            ("text/xml; charset=\"a\nb\"", Malformed),
            ("text/xml; charset=utf-8; charset=utf-16", Repeated),
            ("application/soap+xml; action=a; ACTION=A", Repeated),
        ] {
            assert_eq!(MediaType::parse(value), Err(error), "{value}");
        }
    }
}
