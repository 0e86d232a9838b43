// SPDX-License-Identifier: Apache-2.0
//! The two files of a component's schemas, made natively and held to its types.

use std::{collections::BTreeMap, env, fmt, fs, io, path::Path};

use miniz_oxide::deflate::compress_to_vec;
use serde_json::Value;

use super::{places, unpacked};
use crate::Component;

/// To be read.
const READABLE: &str = "schemas.json";

/// What the component has in it.
const PACKED: &str = "schemas.packed";

/// The variable that has the files written.
const RENEW: &str = "SILTA_RENEW";

/// The best that there is; it takes milliseconds.
const LEVEL: u8 = 10;

/// Why the files of a component's schemas cannot stay as they are.
#[derive(Debug)]
#[non_exhaustive]
pub enum NotCurrent {
    /// The types have other schemas than this file.
    Differs {
        /// The file.
        file: &'static str,
    },
    /// The file cannot be read or written.
    File {
        /// The file.
        file: &'static str,
        /// Why.
        error: io::Error,
    },
    /// A type has a schema that is no JSON.
    Json {
        /// Which schema: `settings`, `operations/NAME` or `events/KIND`.
        name: String,
        /// Why.
        error: serde_json::Error,
    },
}

impl fmt::Display for NotCurrent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Differs { file } => write!(
                f,
                "{file} has other schemas than the types; renew it by running this test with {RENEW}=1, and look at what has changed in {READABLE}"
            ),
            Self::File { file, error } => write!(f, "{file}: {error}"),
            Self::Json { name, error } => write!(f, "the schema {name} is no JSON: {error}"),
        }
    }
}

impl std::error::Error for NotCurrent {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Differs { .. } => None,
            Self::File { error, .. } => Some(error),
            Self::Json { error, .. } => Some(error),
        }
    }
}

/// Whether `schemas.json` and `schemas.packed` in this folder have the schemas of the component's types. With `SILTA_RENEW=1` they are written instead.
///
/// # Errors
/// [`NotCurrent`].
pub fn are_current<T: Component>(folder: impl AsRef<Path>) -> Result<(), NotCurrent> {
    let files = Files::of::<T>()?;
    match env::var_os(RENEW).is_some_and(|renew| renew == "1") {
        true => files.write(folder.as_ref()),
        false => files.compare(folder.as_ref()),
    }
}

/// What the files have to have in them.
struct Files {
    /// The text of `schemas.json`.
    readable: String,
    /// What is packed.
    lines: String,
}

impl Files {
    fn of<T: Component>() -> Result<Self, NotCurrent> {
        let schemas = schemas_of::<T>()?;
        Ok(Self {
            lines: lines(&schemas),
            readable: format!("{:#}\n", Value::Object(schemas.into_iter().collect())),
        })
    }

    fn write(&self, folder: &Path) -> Result<(), NotCurrent> {
        write(folder, READABLE, self.readable.as_bytes())?;
        write(folder, PACKED, &packed(&self.lines))
    }

    fn compare(&self, folder: &Path) -> Result<(), NotCurrent> {
        let is_readable = read(folder, READABLE)? == self.readable.as_bytes();
        // Another version of the packer may make other bytes of the same text.
        let is_packed = unpacked(&read(folder, PACKED)?).as_ref() == Some(&self.lines);
        for (file, is_current) in [(READABLE, is_readable), (PACKED, is_packed)] {
            if !is_current {
                return Err(NotCurrent::Differs { file });
            }
        }
        Ok(())
    }
}

/// The schemas by their names. Inbound operations have none.
fn schemas_of<T: Component>() -> Result<BTreeMap<String, Value>, NotCurrent> {
    let mut description = T::describe();
    let places = places(&mut description).filter(|(_, schema)| !schema.is_empty());
    places
        .map(|(name, schema)| match serde_json::from_str(schema) {
            Ok(schema) => Ok((name, in_order(schema))),
            Err(error) => Err(NotCurrent::Json { name, error }),
        })
        .collect()
}

/// A value with the members of its objects in the order of their names, as the sandbox has them: natively, another crate may have asked serde_json to keep the order.
fn in_order(value: Value) -> Value {
    match value {
        Value::Array(values) => values.into_iter().map(in_order).collect(),
        Value::Object(members) => {
            let mut members: Vec<(String, Value)> = members.into_iter().collect();
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            let members = members.into_iter();
            members
                .map(|(name, value)| (name, in_order(value)))
                .collect()
        }
        _ => value,
    }
}

fn lines(schemas: &BTreeMap<String, Value>) -> String {
    let lines = schemas
        .iter()
        .map(|(name, schema)| format!("{name} {schema}\n"));
    lines.collect()
}

/// The number of bytes in four, the lowest first, and the text, deflated (RFC 1951).
fn packed(text: &str) -> Vec<u8> {
    let size = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let mut packed = size.to_le_bytes().to_vec();
    packed.extend(compress_to_vec(text.as_bytes(), LEVEL));
    packed
}

fn read(folder: &Path, file: &'static str) -> Result<Vec<u8>, NotCurrent> {
    fs::read(folder.join(file)).map_err(|error| NotCurrent::File { file, error })
}

fn write(folder: &Path, file: &'static str, bytes: &[u8]) -> Result<(), NotCurrent> {
    fs::write(folder.join(file), bytes).map_err(|error| NotCurrent::File { file, error })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        EventData, Problem,
        describe::{inbound_operation, limits, published, reading_operation},
        exports::descriptor::{AdjustedLimits, Description},
        json,
        schemas::fill_in,
    };

    /// Settings and parameters.
    #[derive(serde::Deserialize, schemars::JsonSchema)]
    struct Input {
        #[expect(dead_code, reason = "its schema is what counts")]
        zulu: u8,
        #[expect(dead_code, reason = "its schema is what counts")]
        alpha: String,
    }

    /// An event.
    #[derive(serde::Serialize, schemars::JsonSchema)]
    struct Happened {
        number: u8,
    }

    impl EventData for Happened {
        const KIND: &'static str = "happened";
        const SUMMARY: &'static str = "It has happened.";
    }

    struct Agency;

    impl Component for Agency {
        fn describe() -> Description {
            let limits = || limits(1, 1);
            let parameters = json::schema::<Input>();
            Description {
                agency: "agency".into(),
                titles: Vec::new(),
                version: "1".into(),
                documents: Vec::new(),
                operations: vec![
                    reading_operation("ask", "", parameters.clone(), limits()),
                    reading_operation("ask-again", "", parameters.clone(), limits()),
                    inbound_operation("told", "", limits()),
                ],
                events: vec![published::<Happened>()],
                key_roles: Vec::new(),
                anchor_sets: Vec::new(),
                secret_roles: Vec::new(),
                settings_schema: parameters,
                self_tests: Vec::new(),
            }
        }

        fn check_settings() -> Result<Vec<AdjustedLimits>, Problem> {
            Ok(Vec::new())
        }
    }

    fn texts(description: &mut Description) -> Vec<(String, String)> {
        let places = places(description);
        places
            .map(|(name, schema)| (name, schema.clone()))
            .collect()
    }

    fn packed_schemas() -> Vec<u8> {
        packed(&lines(&schemas_of::<Agency>().unwrap()))
    }

    #[test]
    fn what_was_packed_comes_back_to_its_places() {
        let mut description = Agency::describe();
        let expected: Vec<(String, String)> = texts(&mut description)
            .into_iter()
            .map(|(name, schema)| match serde_json::from_str(&schema) {
                Ok(value) => (name, in_order(value).to_string()),
                Err(_) => (name, schema),
            })
            .collect();
        for (_, schema) in places(&mut description) {
            schema.clear();
        }
        fill_in(&mut description, &packed_schemas());
        assert_eq!(texts(&mut description), expected);
        let names: Vec<&str> = expected.iter().map(|(name, _)| name.as_str()).collect();
        let told = "operations/told";
        let asked = ["settings", "operations/ask", "operations/ask-again"];
        assert_eq!(names, [&asked[..], &[told, "events/happened"]].concat());
        for (name, schema) in &expected {
            assert_eq!(schema.is_empty(), name == told, "{name}");
        }
        assert!(expected[0].1.find("alpha") < expected[0].1.find("zulu"));
    }

    #[test]
    fn what_was_never_packed_leaves_schemas_empty() {
        let whole = packed_schemas();
        let cut = &whole[..whole.len() - 1];
        let mut wrong_size = whole.clone();
        wrong_size[0] ^= 1;
        for packed in [&[][..], &[1, 0, 0], cut, b"\x08\x00\x00\x00 schemas"] {
            let mut description = Agency::describe();
            fill_in(&mut description, packed);
            let texts = texts(&mut description);
            assert!(texts.iter().all(|(_, schema)| schema.is_empty()));
        }
        assert_ne!(unpacked(&wrong_size), unpacked(&whole));
        // Longer than anything that can have been packed so.
        assert_eq!(unpacked(&[0xFF; 4]), None);
        assert_eq!(unpacked(&[0xFF; 400]), None);
    }

    #[test]
    fn files_of_other_schemas_are_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let files = Files::of::<Agency>().unwrap();
        let missing = files.compare(folder).unwrap_err();
        assert!(matches!(missing, NotCurrent::File { file: READABLE, .. }));
        files.write(folder).unwrap();
        files.compare(folder).unwrap();
        let other = packed(&files.lines.replace("alpha", "beta"));
        write(folder, PACKED, &other).unwrap();
        let stale = files.compare(folder).unwrap_err();
        assert!(matches!(stale, NotCurrent::Differs { file: PACKED }));
        assert!(stale.to_string().contains("SILTA_RENEW=1"));
        files.write(folder).unwrap();
        let other = files.readable.replace("zulu", "yankee");
        write(folder, READABLE, other.as_bytes()).unwrap();
        let stale = files.compare(folder).unwrap_err();
        assert!(matches!(stale, NotCurrent::Differs { file: READABLE }));
    }
}
