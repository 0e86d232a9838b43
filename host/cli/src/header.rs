// SPDX-License-Identifier: Apache-2.0
//! Header fields on the command line, whose values may be secrets: no message repeats one.

use std::{convert::Infallible, fmt, path::Path};

use silta::{Blob, exchange::Header};

use crate::{
    failure::Failure,
    files::{self, Unread},
};

/// A header field as it was given: `Name: value`; `@FILE`, a file of such lines; or `Name=@FILE`, whose value is in a file.
///
/// `Debug` does not show it.
#[derive(Clone)]
pub(crate) struct Field(String);

/// Takes an argument as it is. What is wrong with it is said by [`read`], since whoever else does repeats it.
pub(crate) fn given(argument: &str) -> Result<Field, Infallible> {
    Ok(Field(argument.to_owned()))
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Field(…)")
    }
}

/// The header fields, in their order, those in files read.
///
/// # Errors
/// The command line's, or a file's; they tell which argument it is, and no part of it.
pub(crate) fn read(fields: &[Field]) -> Result<Vec<Header>, Failure> {
    let mut headers = Vec::new();
    for (number, Field(field)) in (1..).zip(fields) {
        let label = format!("--header number {number}");
        if let Some(file) = field.strip_prefix('@') {
            headers.extend(lines(&text(file, &label)?, &label)?);
        } else if let Some((name, file)) = named_file(field) {
            let value = text(file, &label)?;
            let value = value.trim_end_matches(['\r', '\n']);
            let header = format!("{name}: {value}");
            headers.push(parse(&header).map_err(|reason| in_file(&label, &reason))?);
        } else {
            let wrong = |reason| Failure::command_line(&format!("{label}: {reason}"));
            headers.push(parse(field).map_err(wrong)?);
        }
    }
    Ok(headers)
}

/// Heads of calls have a few kilobytes.
const LARGEST: u64 = 1 << 20;

/// `Name=@FILE`; an equals sign cannot be in a name.
fn named_file(field: &str) -> Option<(&str, &str)> {
    let (name, file) = field.split_once("=@")?;
    is_name(name).then_some((name, file))
}

fn text(file: &str, label: &str) -> Result<String, Failure> {
    let read = files::read_unlabelled(Path::new(file), LARGEST);
    let bytes = read.map_err(|unread| match unread {
        Unread::Unreadable(error) => {
            let message = format!(
                "{label}: its file cannot be read ({error}); check the path after the `@` and its permissions"
            );
            Failure::file("file.unreadable", Path::new("--header"), &message)
        }
        Unread::TooLarge(limit) => in_file(
            label,
            &format!("it has more than the {limit} bytes that are read here"),
        ),
    })?;
    String::from_utf8(Blob::to_vec(&bytes))
        .map(|text| text.trim_start_matches('\u{feff}').to_owned())
        .map_err(|_| in_file(label, "it is not text in UTF-8"))
}

/// One field a line; empty lines do not count.
fn lines(text: &str, label: &str) -> Result<Vec<Header>, Failure> {
    let lines = (1_usize..).zip(text.lines());
    lines
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(number, line)| {
            parse(line).map_err(|reason| in_file(label, &format!("line {number}: {reason}")))
        })
        .collect()
}

fn in_file(label: &str, reason: &str) -> Failure {
    let message = format!("{label}, in its file: {reason}");
    Failure::caller("header.not-a-field", "--header", &message)
}

/// Reads a header field as it stands in HTTP (RFC 9110 §5): a token, a colon, a value with white space around it that does not count.
fn parse(field: &str) -> Result<Header, String> {
    let Some((name, value)) = field.split_once(':') else {
        return Err(
            "a header field is `Name: value`; `@FILE` takes fields from a file, `Name=@FILE` a value"
                .to_owned(),
        );
    };
    if !is_name(name) {
        return Err("the name before the colon has to be letters, digits and hyphens".to_owned());
    }
    if value.chars().any(|c| c.is_control() && c != '\t') {
        return Err("the value has to be one line".to_owned());
    }
    Ok((name.to_owned(), value.trim().to_owned()))
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(is_token)
}

/// Whether a byte is a `tchar` of RFC 9110 §5.6.2.
pub(crate) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn read_one(field: &str) -> Result<Vec<Header>, Failure> {
        read(&[given(field).unwrap()])
    }

    #[test]
    fn fields_are_split_at_the_first_colon_and_trimmed() {
        let header = |name: &str, value: &str| Ok((name.to_owned(), value.to_owned()));
        assert_eq!(
            parse("Content-Type: text/xml; charset=utf-8"),
            header("Content-Type", "text/xml; charset=utf-8")
        );
        assert_eq!(
            parse("Location:https://a:1/"),
            header("Location", "https://a:1/")
        );
        assert_eq!(parse("X:  "), header("X", ""));
    }

    #[test]
    fn what_is_no_field_is_refused() {
        for wrong in ["", "no colon", ": value", "a b: c", "ä: b", "A: b\r\nC: d"] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn fields_and_values_come_from_files() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, content: &str| {
            let path = folder.path().join(name);
            fs::write(&path, content).unwrap();
            path.display().to_string()
        };
        let fields = file("fields", "\u{feff}A: 1\r\n\r\nB:2\n");
        let value = file("value", "Bearer x=@y\n");
        let given: Vec<Field> = [
            format!("@{fields}"),
            format!("Authorization=@{value}"),
            "C: =@d".into(),
        ]
        .map(Field)
        .into();
        let headers = read(&given).unwrap();
        let expected = [
            ("A", "1"),
            ("B", "2"),
            ("Authorization", "Bearer x=@y"),
            ("C", "=@d"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(headers, expected);
    }

    #[test]
    fn no_message_repeats_a_value() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("fields");
        fs::write(&file, "A: 1\nhunter2 hunter2\n").unwrap();
        let in_file = format!("@{}", file.display());
        let two_lines = format!("A=@{}", file.display());
        for wrong in [
            "hunter2",
            "Authorization hunter2",
            "Proxy Authorization: hunter2",
            "A: hunter2\nB: c",
            "@hunter2",
            "A=@hunter2",
            &in_file,
            &two_lines,
        ] {
            let failure = format!("{:?}", read_one(wrong).unwrap_err());
            assert!(failure.contains("--header number 1"), "{failure}");
            assert!(!failure.contains("hunter2"), "{failure}");
        }
        assert!(!format!("{:?}", given("A: hunter2")).contains("hunter2"));
    }
}
