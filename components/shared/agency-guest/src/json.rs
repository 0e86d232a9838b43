//! JSON in and out: parameters and settings by their types, errors with their place, schemas from the same types.

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::error::Category;
use serde_path_to_error::{Path, Segment};

use crate::{Fault, Problem, internal, problem};

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

/// JSON Schema (2020-12) of a type as it is read.
pub fn schema<T: JsonSchema>() -> String {
    let generator = SchemaGenerator::new(SchemaSettings::draft2020_12());
    generator.into_root_schema_for::<T>().to_value().to_string()
}

/// Writes a value.
///
/// # Errors
/// A problem of fault `internal`: the types written here have string keys and no failing parts.
pub fn write<T: Serialize>(value: &T) -> Result<String, Problem> {
    serde_json::to_string(value).map_err(|_| internal("a value could not be written as JSON"))
}

fn read<T: DeserializeOwned>(json: &str, fault: Fault, what: &str) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = pointer(error.path());
        describe(error.inner(), path, fault, what)
    })?;
    reader
        .end()
        .map_err(|error| describe(&error, String::new(), fault, what))?;
    Ok(value)
}

fn describe(error: &serde_json::Error, path: String, fault: Fault, what: &str) -> Problem {
    let text = error.to_string();
    // The place in the text says nothing to a reader who wrote the value elsewhere, unless the text itself is broken.
    let reason = text
        .rsplit_once(" at line ")
        .map_or(text.as_str(), |(reason, _)| reason);
    if error.classify() != Category::Data {
        let place = format!("{}:{}", error.line(), error.column());
        return problem(
            fault,
            &format!("{what}s.not-json"),
            place,
            format!("the {what}s are not one JSON object: {reason}"),
        );
    }
    let kind = if reason.starts_with("missing field") {
        "missing"
    } else if reason.starts_with("unknown field") {
        "unknown"
    } else {
        "invalid"
    };
    problem(fault, &format!("{what}.{kind}"), path, reason.to_owned())
}

/// RFC 6901 pointer to a place.
fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        let token = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => key.replace('~', "~0").replace('/', "~1"),
            Segment::Enum { .. } | Segment::Unknown => continue,
        };
        pointer.push('/');
        pointer.push_str(&token);
    }
    pointer
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        inner: Inner,
        #[serde(default)]
        list: Vec<u8>,
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        name: String,
    }

    fn refused(json: &str) -> (String, String) {
        let problem = parameters::<Outer>(json).unwrap_err();
        (problem.code, problem.path)
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        let expected = |code: &str, path: &str| (code.to_owned(), path.to_owned());
        assert_eq!(
            refused(r#"{"inner": {}}"#),
            expected("parameter.missing", "/inner")
        );
        assert_eq!(
            refused(r#"{"inner": {"name": 1}}"#),
            expected("parameter.invalid", "/inner/name")
        );
        assert_eq!(
            refused(r#"{"inner": {"name": "a"}, "list": [1, 300]}"#),
            expected("parameter.invalid", "/list/1")
        );
        assert_eq!(
            refused(r#"{"inner": {"name": "a", "nam": 1}}"#),
            expected("parameter.unknown", "/inner/nam")
        );
        assert_eq!(
            refused("{\"inner\":\n  oops}"),
            expected("parameters.not-json", "2:3")
        );
        assert_eq!(
            refused(r#"{"inner": {"name": "a"}} x"#).0,
            "parameters.not-json"
        );
    }

    #[test]
    fn reads_what_is_right() {
        let outer: Outer = parameters(r#"{"inner": {"name": "a"}, "list": [1]}"#).unwrap();
        assert_eq!(
            (outer.inner.name.as_str(), outer.list.as_slice()),
            ("a", [1].as_slice())
        );
    }

    #[test]
    fn the_schema_forbids_what_reading_refuses() {
        let schema: serde_json::Value = serde_json::from_str(&schema::<Outer>()).unwrap();
        assert_eq!(schema["additionalProperties"], false);
        assert_eq!(schema["required"], serde_json::json!(["inner"]));
    }
}
