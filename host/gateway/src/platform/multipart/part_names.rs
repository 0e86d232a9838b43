// SPDX-License-Identifier: Apache-2.0
//! Parameters of the header fields of a form's parts, and the names of their files.

use base64::{Engine, prelude::BASE64_STANDARD};

use super::MultipartError;
use crate::percent;

/// The name of a file, as clients write it.
///
/// `filename*` has no place in a form (RFC 7578 §4.2), and `MultipartFormDataContent` of .NET, and older ones of Python, write it all the same. Beside it .NET has `filename` in the form of mail headers, so
/// that the other one counts, as it does elsewhere (RFC 6266 §4.3).
pub(super) fn file_name(parameters: &str) -> Result<Option<String>, MultipartError> {
    if let Some(extended) = parameter(parameters, "filename*") {
        let name = extended_value(&extended).ok_or(MultipartError::ExtendedName)?;
        return Ok(Some(name));
    }
    let name = parameter(parameters, "filename");
    Ok(name.map(|name| encoded_word(&name).unwrap_or_else(|| unescaped(name))))
}

/// Charset, language, and what is percent-encoded (RFC 8187 §3.2.1); UTF-8 only, as all write it.
fn extended_value(text: &str) -> Option<String> {
    let (charset, rest) = text.split_once('\'')?;
    let (_, encoded) = rest.split_once('\'')?;
    let is_utf8 = ["utf-8", "utf8"]
        .iter()
        .any(|name| charset.eq_ignore_ascii_case(name));
    let name = String::from_utf8(percent::decoded(encoded)?).ok()?;
    is_utf8.then_some(name)
}

/// What .NET makes of a `filename` with letters beyond ASCII: one word in base64, of any length (RFC 2047 §2).
fn encoded_word(text: &str) -> Option<String> {
    let start = text.get(..ENCODED.len())?;
    let word = text.get(ENCODED.len()..)?.strip_suffix("?=")?;
    let bytes = BASE64_STANDARD.decode(word).ok()?;
    let name = String::from_utf8(bytes).ok()?;
    start.eq_ignore_ascii_case(ENCODED).then_some(name)
}

/// How such a word begins.
const ENCODED: &str = "=?utf-8?B?";

/// What forms of browsers write for characters that cannot stand in quotes there.
pub(super) fn unescaped(text: String) -> String {
    ["%22", "%0D", "%0A"]
        .iter()
        .zip(["\"", "\r", "\n"])
        .fold(text, |text, (escaped, plain)| text.replace(escaped, plain))
}

/// The value of a parameter: a token or a quoted string (RFC 9110 §5.6.6).
pub(super) fn parameter(mut parameters: &str, wanted: &str) -> Option<String> {
    loop {
        parameters = parameters.trim_start_matches([' ', '\t', ';']);
        let (name, rest) = parameters.split_once('=')?;
        let (value, rest) = value(rest)?;
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        parameters = rest;
    }
}

fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return Some((value.trim().to_owned(), rest));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, quoted.get(at + 1..)?)),
            // Only what needs it is escaped: older clients send the paths of Windows as they are.
            '\\' => match quoted.get(at + 1..)?.chars().next()? {
                escaped @ ('"' | '\\') => {
                    characters.next();
                    value.push(escaped);
                }
                _ => value.push('\\'),
            },
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_read_as_clients_write_them() {
        for (written, name) in [
            // `MultipartFormDataContent.Add(content, name, fileName)` of .NET, and the same with letters beyond ASCII.
            ("filename=x.xml; filename*=utf-8''x.xml", "x.xml"),
            (
                "filename=\"=?utf-8?B?cMOkw6R0w7ZzLnBkZg==?=\"; filename*=utf-8''p%C3%A4%C3%A4t%C3%B6s.pdf",
                "päätös.pdf",
            ),
            // .NET, where the application sets `FileName` alone.
            (
                "filename=\"=?utf-8?B?cMOkw6R0w7ZzLnBkZg==?=\"",
                "päätös.pdf",
            ),
            // Python's urllib3 before version 2.
            ("filename*=UTF-8'fi'p%c3%a4.xml", "pä.xml"),
            ("filename=\"päätös.pdf\"", "päätös.pdf"),
            ("filename=\"a%22b.pdf\"", "a\"b.pdf"),
            // Names that only look like that.
            ("filename=\"=?utf-8?B?%%?=\"", "=?utf-8?B?%%?="),
            ("filename=\"=?utf-8?B?\"", "=?utf-8?B?"),
            ("filename=\"=?utf-8?B?w6Q=\"", "=?utf-8?B?w6Q="),
            ("filename=\"=?utf-8?B?ä?=\"", "=?utf-8?B?ä?="),
        ] {
            let found = file_name(&format!(" name=a; {written}"));
            assert_eq!(found, Ok(Some(name.to_owned())), "{written}");
        }
        assert_eq!(file_name(" name=a"), Ok(None));
    }

    #[test]
    fn what_is_no_extended_value_is_told() {
        for value in [
            "a",
            "utf-8'a",
            "utf-8''%C3",
            "utf-8''%4",
            "utf-8''%zz",
            "utf-8''%",
            "iso-8859-1''a",
        ] {
            let found = file_name(&format!(" name=a; filename=b; filename*={value}"));
            assert_eq!(found, Err(MultipartError::ExtendedName), "{value}");
        }
    }
}
