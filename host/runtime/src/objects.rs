// SPDX-License-Identifier: Apache-2.0
//! JSON that is one object: what callers and operators hand over, and what components hand out. Judged without knowing what it is about.
//!
//! An object in which a name is there twice means something else to each reader, so that none may act on it. One pass, in time and memory
//! proportional to the text: names are compared by a hash that nobody outside can foresee, once they are more than a few.

use std::{borrow::Cow, collections::HashSet, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor},
};

use crate::exchange::{Fault, Problem};

/// Why a text is not one JSON object in which every name is there once.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// It is not JSON (RFC 8259), or nested more than 128 deep: line, column and reason.
    Syntax(usize, usize, String),
    /// It is something else: its kind.
    OtherKind(&'static str),
    /// JSON pointer of a property that is there more than once.
    Repeated(String),
}

/// Judges a text.
pub(crate) fn check(text: &str) -> Result<(), Flaw> {
    let mut walk = Walk::default();
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = Any {
        walk: &mut walk,
        is_whole: true,
    }
    .deserialize(&mut reader)
    .and_then(|()| reader.end());
    match (read, walk.flaw.take()) {
        (Ok(()), _) => Ok(()),
        (Err(_), Some(Flaw::Repeated(_))) => Err(Flaw::Repeated(walk.pointer())),
        (Err(_), Some(flaw)) => Err(flaw),
        (Err(error), None) => {
            let text = error.to_string();
            let reason = text
                .rsplit_once(" at line ")
                .map_or(text.as_str(), |(reason, _)| reason);
            Err(Flaw::Syntax(
                error.line(),
                error.column(),
                reason.to_owned(),
            ))
        }
    }
}

impl Flaw {
    /// What is told to who handed it over. Codes and words are those of the components' own judgement.
    pub(crate) fn into_problem(self, fault: Fault, what: &str) -> Problem {
        let (code, path, message) = match self {
            Self::Syntax(line, column, reason) => (
                format!("{what}s.not-json"),
                format!("{line}:{column}"),
                format!("the {what}s are not one JSON object: {reason}"),
            ),
            Self::OtherKind(kind) => (
                format!("{what}.invalid"),
                String::new(),
                format!("invalid type: {kind}, expected an object"),
            ),
            Self::Repeated(path) => (
                format!("{what}.invalid"),
                path,
                "this property is there more than once; leave one".to_owned(),
            ),
        };
        Problem {
            fault,
            code,
            path,
            message,
        }
    }
}

/// What was found on the way.
#[derive(Default)]
struct Walk {
    flaw: Option<Flaw>,
    /// Steps to where it was found, the last one first.
    steps: Vec<String>,
}

impl Walk {
    fn pointer(&self) -> String {
        let mut pointer = String::new();
        for step in self.steps.iter().rev() {
            pointer.push('/');
            pointer.push_str(&step.replace('~', "~0").replace('/', "~1"));
        }
        pointer
    }
}

/// Any value.
struct Any<'w> {
    walk: &'w mut Walk,
    is_whole: bool,
}

impl Any<'_> {
    fn plain<E: serde::de::Error>(self, kind: &'static str) -> Result<(), E> {
        if !self.is_whole {
            return Ok(());
        }
        self.walk.flaw = Some(Flaw::OtherKind(kind));
        Err(E::custom(kind))
    }
}

impl<'de> DeserializeSeed<'de> for Any<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

/// A name; borrowed unless it is written with escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// How many names are compared one by one.
const FEW: usize = 8;

/// Names of one object: a few in a list, which takes a fraction of the time, more by their hashes.
#[derive(Default)]
struct Names<'a> {
    few: Vec<Cow<'a, str>>,
    more: HashSet<Cow<'a, str>>,
}

impl<'a> Names<'a> {
    fn has(&self, name: &str) -> bool {
        self.few.iter().any(|known| known == name)
            || (!self.more.is_empty() && self.more.contains(name))
    }

    fn add(&mut self, name: Cow<'a, str>) {
        if self.few.len() < FEW {
            self.few.push(name);
        } else {
            self.more.insert(name);
        }
    }
}

impl<'de> Visitor<'de> for Any<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<(), E> {
        self.plain("boolean")
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<(), E> {
        self.plain("integer")
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<(), E> {
        self.plain("integer")
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
        self.plain("floating point")
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<(), E> {
        self.plain("string")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.plain("null")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        if self.is_whole {
            return self.plain("sequence");
        }
        let mut index = 0_u64;
        loop {
            let element = Any {
                walk: self.walk,
                is_whole: false,
            };
            match list.next_element_seed(element) {
                Ok(Some(())) => index += 1,
                Ok(None) => return Ok(()),
                Err(error) => {
                    self.walk.steps.push(index.to_string());
                    return Err(error);
                }
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let mut names = Names::default();
        while let Some(Name(name)) = object.next_key()? {
            if names.has(&name) {
                self.walk.flaw = Some(Flaw::Repeated(String::new()));
                self.walk.steps.push(name.into_owned());
                return Err(A::Error::custom("repeated"));
            }
            let value = Any {
                walk: self.walk,
                is_whole: false,
            };
            if let Err(error) = object.next_value_seed(value) {
                self.walk.steps.push(name.into_owned());
                return Err(error);
            }
            names.add(name);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn objects_pass() {
        for text in [
            "{}",
            " {\n} ",
            r#"{"a": 1, "b": -1.5e3, "c": null, "d": true, "e": "x", "f": [[], {}, [{"a": {}}]]}"#,
            r#"{"a": {"a": {"a": 1}}, "A": 1}"#,
            r#"{"a": [{"b": 1}, {"b": 1}]}"#,
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_is_no_object_is_named_and_not_repeated() {
        for (text, kind) in [
            (r#"["a", "b"]"#, "sequence"),
            ("[]", "sequence"),
            (r#""131052-900W""#, "string"),
            ("1", "integer"),
            ("-1", "integer"),
            ("1.5", "floating point"),
            ("true", "boolean"),
            ("null", "null"),
        ] {
            assert_eq!(check(text), Err(Flaw::OtherKind(kind)), "{text}");
        }
    }

    #[test]
    fn a_name_that_is_there_twice_is_found_wherever_it_is() {
        for (text, pointer) in [
            (r#"{"a": 1, "a": 1}"#, "/a"),
            (r#"{"a": 1, "\u0061": 2}"#, "/a"),
            (r#"{"b": {"a": 1, "a": 1}}"#, "/b/a"),
            (r#"{"b": [{}, {"x/y~": 1, "x/y~": 1}]}"#, "/b/1/x~1y~0"),
            (r#"{"b": [[{"a": {"c": [], "c": []}}]]}"#, "/b/0/0/a/c"),
            (r#"{"": 1, "": 1}"#, "/"),
            // More than are compared one by one: the first one again, and the last one.
            (
                r#"{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"a":1}"#,
                "/a",
            ),
            (
                r#"{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"i":1}"#,
                "/i",
            ),
        ] {
            assert_eq!(check(text), Err(Flaw::Repeated(pointer.into())), "{text}");
        }
    }

    #[test]
    fn what_is_not_json_has_a_place() {
        for (text, line, column) in [
            ("", 1, 0),
            ("{", 1, 1),
            ("{} {}", 1, 4),
            ("{\"a\":\n  oops}", 2, 3),
            ("{'a': 1}", 1, 2),
            ("{\"a\": 1,}", 1, 9),
        ] {
            match check(text) {
                Err(Flaw::Syntax(found_line, found_column, _)) => {
                    assert_eq!((found_line, found_column), (line, column), "{text:?}");
                }
                other => panic!("{text:?}: {other:?}"),
            }
        }
        let nested = |depth| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(check(&nested(126)), Ok(()));
        assert!(matches!(check(&nested(128)), Err(Flaw::Syntax(..))));
    }

    #[test]
    fn many_names_are_judged_as_quickly_as_few() {
        // A comparison of each with each would be noticed by whoever waits for this test.
        let mut text = String::from("{");
        for number in 0..200_000 {
            write!(text, "\"name-{number}\":0,").unwrap();
        }
        text.push_str("\"name-0\":0}");
        assert_eq!(check(&text), Err(Flaw::Repeated("/name-0".into())));
    }
}
