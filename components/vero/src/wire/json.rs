// SPDX-License-Identifier: Apache-2.0
//! JSON as far as it is asked for: what is ignored is passed over and not interpreted, and a property that is there twice is noticed.

use std::{collections::BTreeSet, fmt};

use serde::{
    Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// What an object has of the properties that are asked for. They are interpreted when they are fetched, each for itself.
#[derive(Debug)]
pub(super) struct Members<'n, 'j> {
    names: &'n [&'n str],
    values: Vec<Option<&'j RawValue>>,
    /// Number of properties that are not asked for.
    pub(super) others: usize,
    repeated: Option<&'n str>,
}

impl<'n, 'j> Members<'n, 'j> {
    /// Reads a text that is one object.
    pub(super) fn read(names: &'n [&'n str], json: &'j str) -> Result<Self, serde_json::Error> {
        let mut reader = serde_json::Deserializer::from_str(json);
        let members = reader.deserialize_map(Object(names))?;
        reader.end()?;
        Ok(members)
    }

    /// The text of the property of that name.
    pub(super) fn get(&self, name: &str) -> Option<&'j str> {
        let mut all = self.names.iter().zip(&self.values);
        let (_, value) = all.find(|(known, _)| **known == name)?;
        value.map(RawValue::get)
    }

    /// The first property that is there more than once: its name if it is asked for, since a stranger's may be anything, and an empty one otherwise.
    pub(super) fn repeated(&self) -> Option<&'n str> {
        self.repeated
    }
}

/// The text of a document: UTF-8, and without the mark that some senders put before it (RFC 8259 §8.1).
///
/// # Errors
/// Line and column of the first octet that is not UTF-8.
pub(super) fn text(body: &[u8]) -> Result<&str, String> {
    match str::from_utf8(body) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => {
            let before = body.get(..error.valid_up_to()).unwrap_or_default();
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            let column = before
                .iter()
                .rev()
                .take_while(|byte| **byte != b'\n')
                .count()
                + 1;
            Err(format!("{line}:{column}"))
        }
    }
}

/// Line and column.
pub(super) fn place(error: &serde_json::Error) -> String {
    format!("{}:{}", error.line(), error.column())
}

struct Object<'n>(&'n [&'n str]);

impl<'n, 'j> Visitor<'j> for Object<'n> {
    type Value = Members<'n, 'j>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'j>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Members {
            names: self.0,
            values: vec![None; self.0.len()],
            others: 0,
            repeated: None,
        };
        let mut seen = BTreeSet::new();
        while let Some(name) = map.next_key_seed(Name(self.0))? {
            let (repeated, is_new) = match name {
                Named::Wanted(index, name) => {
                    let value: &RawValue = map.next_value()?;
                    let place = members.values.get_mut(index);
                    let before = place.and_then(|place| place.replace(value));
                    (name, before.is_none())
                }
                Named::Other(name) => {
                    let IgnoredAny = map.next_value()?;
                    members.others += 1;
                    ("", seen.insert(name))
                }
            };
            if !is_new {
                members.repeated.get_or_insert(repeated);
            }
        }
        Ok(members)
    }
}

/// A property's name, as octets: one that is ignored may be what no text can be, such as half of a surrogate pair.
struct Name<'n>(&'n [&'n str]);

enum Named<'n> {
    Wanted(usize, &'n str),
    Other(Vec<u8>),
}

impl<'n, 'j> DeserializeSeed<'j> for Name<'n> {
    type Value = Named<'n>;

    fn deserialize<D: Deserializer<'j>>(self, deserializer: D) -> Result<Named<'n>, D::Error> {
        deserializer.deserialize_bytes(self)
    }
}

impl<'n> Visitor<'_> for Name<'n> {
    type Value = Named<'n>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_bytes<E>(self, name: &[u8]) -> Result<Named<'n>, E> {
        let mut wanted = self.0.iter().enumerate();
        let found = wanted.find(|(_, known)| known.as_bytes() == name);
        Ok(match found {
            Some((index, name)) => Named::Wanted(index, name),
            None => Named::Other(name.to_vec()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 2] = ["a", "b"];

    fn read(json: &str) -> Members<'static, '_> {
        Members::read(&NAMES, json).unwrap()
    }

    #[test]
    fn what_is_asked_for_is_there_as_it_stands() {
        let members = read(r#"{"c": [1], "b": 1e400 , "\u0061": "\ud800"}"#);
        assert_eq!(members.get("a"), Some(r#""\ud800""#));
        assert_eq!(members.get("b"), Some("1e400"));
        assert_eq!((members.get("c"), members.others), (None, 1));
        assert_eq!(members.repeated(), None);
    }

    #[test]
    fn what_is_ignored_is_passed_over() {
        let deep = format!(r#"{{"c": {}1{}}}"#, "[".repeat(5000), "]".repeat(5000));
        for json in [
            r#"{"c": 1e400}"#,
            r#"{"c": -1E-99999999999999999999}"#,
            r#"{"c": 123456789012345678901234567890}"#,
            r#"{"c": "\ud800", "d": "\udfff\ud800"}"#,
            r#"{"\ud800": 1, "\udc00": 2}"#,
            &deep,
        ] {
            assert!(read(json).others >= 1, "{json}");
        }
    }

    #[test]
    fn what_is_no_json_is_none_even_where_it_is_ignored() {
        for json in [
            "",
            "[]",
            "null",
            r#"{"c": 01}"#,
            r#"{"c": 1.}"#,
            r#"{"c": [1,]}"#,
            r#"{"c": "\x"}"#,
            r#"{"c": "\ud80"}"#,
            "{\"c\": \"\n\"}",
            r#"{"c": tru}"#,
            r#"{"c": 1} x"#,
            r#"{"c": 1"#,
            r#"{"a": [}"#,
        ] {
            assert!(Members::read(&NAMES, json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_property_that_is_there_twice_is_noticed() {
        for (json, repeated) in [
            (r#"{"a": 1, "a": 1}"#, Some("a")),
            (r#"{"a": 1, "\u0061": 1}"#, Some("a")),
            (r#"{"c": 1, "c": 1}"#, Some("")),
            (r#"{"c": 1, "\u0063": 1, "b": 1, "b": 2}"#, Some("")),
            (r#"{"c": {"a": 1, "a": 2}, "a": 1, "C": 1}"#, None),
        ] {
            assert_eq!(read(json).repeated(), repeated, "{json}");
        }
    }

    #[test]
    fn texts_are_utf_8_and_lose_their_mark() {
        assert_eq!(text(b"\xef\xbb\xbf{}"), Ok("{}"));
        assert_eq!(text(b"{}"), Ok("{}"));
        assert_eq!(text(b"{\n\"a\xff"), Err("2:3".into()));
        // One mark is a mark; another is a character where none can stand.
        let two = text("\u{feff}\u{feff}{}".as_bytes()).unwrap();
        assert!(Members::read(&NAMES, two).is_err());
    }
}
