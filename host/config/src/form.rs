// SPDX-License-Identifier: Apache-2.0
//! The form of a configuration file, and what is wrong with it: without its values, some of which are secrets in the wrong place.

use serde_path_to_error::{Path, Segment};

use crate::tables::Content;

/// Why a text is no configuration.
pub(super) struct Malformed {
    /// Where, as an offset into the text.
    pub(super) offset: Option<usize>,
    pub(super) reason: String,
}

/// Takes the text of a configuration file apart.
pub(super) fn parse(text: &str) -> Result<Content, Malformed> {
    let toml = toml::Deserializer::parse(text).map_err(|error| Malformed::of(&error, false))?;
    serde_path_to_error::deserialize(toml)
        .map_err(|error| Malformed::of(error.inner(), is_private(error.path())))
}

impl Malformed {
    /// `is_private` says whether names are left out as well.
    pub(super) fn of(error: &toml::de::Error, is_private: bool) -> Self {
        Self {
            offset: error.span().map(|span| span.start),
            reason: without_values(error.message(), is_private).replace('\n', " "),
        }
    }
}

/// Whether a place is in a table of keys or of secrets, where a secret is most likely to have been put in a name's place.
pub(super) fn is_private(path: &Path) -> bool {
    let names = path.iter().filter_map(|segment| match segment {
        Segment::Map { key } => Some(key.as_str()),
        _ => None,
    });
    let names: Vec<_> = names.take(3).collect();
    matches!(names[..], ["agencies", _, "keys" | "secrets"])
}

/// A message of serde's without the values and names that it repeats. Names that look like names of ours stay, since they are
/// most often misspelt ones, except in private places.
fn without_values(message: &str, is_private: bool) -> String {
    for form in ["invalid type: ", "invalid value: ", "invalid length: "] {
        if let Some(rest) = message.strip_prefix(form) {
            let (found, expected) = rest.rsplit_once(", expected ").unwrap_or((rest, ""));
            let kind = found
                .split(['`', '"'])
                .next()
                .unwrap_or_default()
                .trim_end();
            return format!("{form}{kind}, expected {expected}");
        }
    }
    for form in ["unknown field ", "unknown variant "] {
        let Some(rest) = message
            .strip_prefix(form)
            .and_then(|rest| rest.strip_prefix('`'))
        else {
            continue;
        };
        // A name may hold the like itself; what serde adds stands last.
        let end = rest.rfind("`, expected").max(rest.rfind("`, there"));
        let (name, rest) = end
            .and_then(|end| rest.split_at_checked(end))
            .unwrap_or_else(|| (rest.trim_end_matches('`'), ""));
        let rest = rest.trim_start_matches('`');
        return if is_private || !is_name(name) {
            format!("{}{rest}", form.trim_end())
        } else {
            format!("{form}`{name}`{rest}")
        };
    }
    message.to_owned()
}

/// The longest name that a message repeats.
const LONGEST_NAME: usize = 40;

/// Whether a text has the form that names have here: lower-case letters, digits and hyphens.
pub(super) fn is_name(text: &str) -> bool {
    let is_of_name = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_')
    };
    !text.is_empty() && text.len() <= LONGEST_NAME && text.bytes().all(is_of_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_not_repeated() {
        for (message, shown) in [
            (
                "invalid type: string \"hush, expected `x`\", expected a table",
                "invalid type: string, expected a table",
            ),
            (
                "invalid type: integer `1234`, expected path string",
                "invalid type: integer, expected path string",
            ),
            (
                "invalid value: integer `-1`, expected u64",
                "invalid value: integer, expected u64",
            ),
            (
                "invalid type: map, expected a string",
                "invalid type: map, expected a string",
            ),
            ("missing field `component`", "missing field `component`"),
        ] {
            assert_eq!(without_values(message, false), shown);
        }
    }

    #[test]
    fn names_are_repeated_where_they_are_no_secrets() {
        for (message, open, private) in [
            (
                "unknown field `conections`, expected one of `a`, `b`",
                "unknown field `conections`, expected one of `a`, `b`",
                "unknown field, expected one of `a`, `b`",
            ),
            (
                "unknown variant `md5`, expected `a`",
                "unknown variant `md5`, expected `a`",
                "unknown variant, expected `a`",
            ),
            (
                "unknown field `Hu`, expected `sh`, there are no fields",
                "unknown field, there are no fields",
                "unknown field, there are no fields",
            ),
            ("unknown field `Hush!`", "unknown field", "unknown field"),
        ] {
            assert_eq!(without_values(message, false), open);
            assert_eq!(without_values(message, true), private);
        }
    }
}
