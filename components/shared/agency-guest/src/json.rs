// SPDX-License-Identifier: Apache-2.0
//! JSON in and out: parameters and settings by their types, errors with their place, schemas from the same types. A struct is an object and never
//! an array, on every level.

use canonical_xml::Pieces;
use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};
use serde::{
    Deserialize, Serialize,
    de::{DeserializeOwned, Error as _, IgnoredAny},
};
use serde_json::{Value, de::StrRead, error::Category};

use crate::{Fault, Problem, internal, problem};

#[cfg(test)]
mod comparison;
mod events;
mod key;
mod reader;
mod types;

use events::events;
use reader::Reader;

/// No parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoParameters {}

/// Reads an operation's parameters.
///
/// # Errors
/// A problem of fault `caller` with a JSON pointer to the place.
pub fn parameters<T: DeserializeOwned>(json: &str) -> Result<T, Problem> {
    read(json, Fault::Caller, "parameter")
}

/// Reads the agency's settings.
///
/// # Errors
/// A problem of fault `configuration` with a JSON pointer to the place.
pub fn settings<T: DeserializeOwned>(json: &str) -> Result<T, Problem> {
    read(json, Fault::Configuration, "setting")
}

/// Whether schemas come from a file ([`schemas`](crate::schemas)): nothing may name the code then that makes them, or it is in the component.
const PACKED: bool = cfg!(all(target_family = "wasm", feature = "packed-schemas"));

/// JSON Schema (2020-12) of a type as it is read. For the description only: with the feature `packed-schemas` it is empty in the sandbox, and what was packed stands in
/// its place when `describe` returns.
pub fn schema<T: JsonSchema>() -> String {
    if PACKED {
        return String::new();
    }
    let settings = SchemaSettings::draft2020_12();
    root_schema(settings, T::json_schema, &T::schema_name()).to_string()
}

/// JSON Schema (2020-12) of a type as it is written: what is always there is required.
pub(crate) fn schema_of_written<T: JsonSchema>() -> String {
    if PACKED {
        return String::new();
    }
    let settings = SchemaSettings::draft2020_12().for_serialize();
    root_schema(settings, T::json_schema, &T::schema_name()).to_string()
}

/// What `SchemaGenerator::into_root_schema_for` makes, once for all types: its code is large.
#[inline(never)]
fn root_schema(
    settings: SchemaSettings,
    schema: fn(&mut SchemaGenerator) -> Schema,
    name: &str,
) -> Value {
    let mut generator = SchemaGenerator::new(settings);
    let mut schema = schema(&mut generator);
    let object = schema.ensure_object();
    if !object.contains_key("title") {
        object.insert("title".into(), name.into());
    }
    if let Some(dialect) = &generator.settings().meta_schema {
        object.insert("$schema".into(), dialect.as_ref().into());
    }
    let definitions = generator.take_definitions(false);
    if !definitions.is_empty() {
        object.insert("$defs".into(), definitions.into());
    }
    schema.to_value()
}

/// Room for most of what is written, in bytes.
const WRITTEN: usize = 1024;

/// Writes a value.
///
/// # Errors
/// A problem of fault `internal`: the types written here have string keys and no failing parts.
pub fn write<T: Serialize>(value: &T) -> Result<String, Problem> {
    let mut text = Pieces::with_room(WRITTEN);
    let written = serde_json::to_writer(&mut text, value).ok();
    let text = written.and_then(|()| String::from_utf8(text.into_vec()).ok());
    // Of a list there may be thousands.
    let text = text.map(|mut text| {
        text.shrink_to_fit();
        text
    });
    text.ok_or_else(|| internal("a value could not be written as JSON"))
}

fn read<T: DeserializeOwned>(json: &str, fault: Fault, what: &str) -> Result<T, Problem> {
    let mut text = Text::of(json);
    match T::deserialize(&mut text.reader) {
        Ok(value) => text.ends(fault, what).map(|()| value),
        Err(error) => Err(text.problem(error, fault, what)),
    }
}

/// A text that a type is read from. Nothing here depends on the type, so that it is in a component once.
struct Text<'de> {
    json: &'de str,
    /// Behind the value.
    rest: serde_json::Deserializer<StrRead<'de>>,
    reader: Reader<'de>,
}

impl<'de> Text<'de> {
    #[inline(never)]
    fn of(json: &'de str) -> Self {
        // Some editors put a mark before what they save as UTF-8 (RFC 8259 §8.1).
        let json = json.strip_prefix('\u{feff}').unwrap_or(json);
        let mut rest = serde_json::Deserializer::from_str(json);
        let reader = Reader::new(events(&mut rest));
        Self { json, rest, reader }
    }

    /// Nothing may follow.
    #[inline(never)]
    fn ends(&mut self, fault: Fault, what: &str) -> Result<(), Problem> {
        let end = self.rest.end();
        end.map_err(|error| describe(&error, String::new(), fault, what))
    }

    #[cold]
    #[inline(never)]
    fn problem(&self, error: serde_json::Error, fault: Fault, what: &str) -> Problem {
        let path = self.reader.place();
        let is_sound = |words| match serde_json::from_str::<IgnoredAny>(self.json) {
            Ok(_) => unexpected_kind(words, path.clone(), fault, what),
            Err(broken) => describe(&broken, path.clone(), fault, what),
        };
        match self.reader.words {
            Some(words) => is_sound(words),
            // What is sound and cannot be read all the same: a number that is too large, half a character.
            None if error.classify() != Category::Data => is_sound(&[]),
            None => describe(&error, path, fault, what),
        }
    }
}

/// The problem of a value that is of another kind than the words that it could be, in sound JSON.
fn unexpected_kind(
    words: &'static [&'static str],
    path: String,
    fault: Fault,
    what: &str,
) -> Problem {
    let expected = match words {
        [] => "a value of another kind; if it is a word, put it in quotes".into(),
        words => {
            let text = serde_json::Error::unknown_variant("", words).to_string();
            let words = text.split_once(", expected ").map(|(_, words)| words);
            let words = words.unwrap_or_default().replace('`', "\"");
            format!("a string, {words}; put it in quotes")
        }
    };
    problem(
        fault,
        &format!("{what}.invalid"),
        path,
        format!("invalid type, expected {expected}"),
    )
}

fn describe(error: &serde_json::Error, path: String, fault: Fault, what: &str) -> Problem {
    let text = error.to_string();
    if error.classify() != Category::Data {
        let reason = without_place(&text);
        let place = format!("{}:{}", error.line(), error.column());
        return problem(
            fault,
            &format!("{what}s.not-json"),
            place,
            format!("the {what}s are not one JSON object: {reason}"),
        );
    }
    let reason = &*text;
    let kind = if reason.starts_with("missing field") {
        "missing"
    } else if reason.starts_with("unknown field") {
        "unknown"
    } else {
        "invalid"
    };
    problem(
        fault,
        &format!("{what}.{kind}"),
        path,
        without_values(reason),
    )
}

/// What is wrong with the text, without the place, which is told by itself.
fn without_place(error: &str) -> &str {
    error
        .rsplit_once(" at line ")
        .map_or(error, |(reason, _)| reason)
}

/// The reason without the value that caused it, which may be anybody's personal data, and in words that need no Rust.
fn without_values(reason: &str) -> String {
    for (begin, end) in [
        ("invalid type: ", ", expected "),
        ("invalid value: ", ", expected "),
        ("unknown variant ", ", expected "),
    ] {
        // The value may contain what looks like the end; what is expected never does.
        if let Some((value, expected)) = reason
            .strip_prefix(begin)
            .and_then(|rest| rest.rsplit_once(end))
        {
            let kind = value.split(['"', '`']).next().unwrap_or_default().trim();
            let expected = expected_in_words(expected);
            return match kind {
                "" => format!("{}, expected {expected}", begin.trim()),
                kind => format!("{begin}{kind}, expected {expected}"),
            };
        }
    }
    match reason.starts_with("missing field") {
        true => format!("{reason}; add it"),
        false => reason.to_owned(),
    }
}

fn expected_in_words(expected: &str) -> &str {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number that is not negative",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        _ if expected.starts_with("struct ") => "an object",
        _ => expected,
    }
}

#[cfg(test)]
mod tests;
