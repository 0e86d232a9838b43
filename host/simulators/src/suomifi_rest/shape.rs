// SPDX-License-Identifier: Apache-2.0
//! What JSON has to be, and what is wrong with it.

use serde_json::Value;

use super::fresh::is_uuid;
use super::postal;
use super::setup::Visibility;

/// What a value has to be.
pub(super) enum Shape {
    /// Text of so many characters, as JSON Schema counts them.
    Text {
        shortest: usize,
        longest: usize,
    },
    /// One of these texts, in this spelling.
    OneOf(&'static [&'static str]),
    /// A cost pool: 1 to 15 capital letters and digits.
    CostPool,
    /// The code of a country.
    Country,
    /// The name that an upload was given.
    AttachmentId,
    Flag,
    /// A whole number of 64 bits.
    Integer,
    /// An object with these properties and no others.
    Object(&'static [Property]),
    /// A list with so many entries.
    List {
        fewest: usize,
        most: usize,
        of: &'static Self,
    },
}

/// A property of an object.
pub(super) struct Property {
    pub(super) name: &'static str,
    pub(super) need: Need,
    pub(super) shape: Shape,
}

/// Whether a property has to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Required,
    Optional,
    /// As the setup says of `visibility`: it was required once, and then taken away.
    Visibility,
}

/// Everything that is wrong with a value, by JSON pointers. Values are not repeated.
pub(super) fn errors(shape: &Shape, value: &Value, visibility: Visibility) -> Vec<String> {
    let mut judge = Judge {
        visibility,
        errors: Vec::new(),
    };
    judge.value(shape, value, "");
    judge.errors
}

struct Judge {
    visibility: Visibility,
    errors: Vec<String>,
}

impl Judge {
    fn wrong(&mut self, pointer: &str, what: &str) {
        let place = match pointer {
            "" => "the body",
            pointer => pointer,
        };
        self.errors.push(format!("{place} {what}"));
    }

    fn value(&mut self, shape: &Shape, value: &Value, pointer: &str) {
        match (shape, value) {
            (Shape::Text { shortest, longest }, Value::String(text)) => {
                let length = text.chars().count();
                if !(*shortest..=*longest).contains(&length) {
                    let what = format!("has {length} characters, not {shortest} to {longest}");
                    self.wrong(pointer, &what);
                }
            }
            (Shape::OneOf(names), Value::String(text)) => {
                if !names.contains(&text.as_str()) {
                    self.wrong(pointer, &format!("is not one of: {}", names.join(", ")));
                }
            }
            (Shape::CostPool, Value::String(text)) => {
                let is_right = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
                if !(1..=15).contains(&text.len()) || !text.bytes().all(is_right) {
                    self.wrong(pointer, "is not 1 to 15 characters of A to Z and 0 to 9");
                }
            }
            (Shape::Country, Value::String(text)) => {
                if !postal::is_country(text) {
                    self.wrong(pointer, "is no two-letter code of a country");
                }
            }
            (Shape::AttachmentId, Value::String(text)) => {
                if !is_uuid(text) {
                    self.wrong(pointer, "is no UUID");
                }
            }
            (Shape::Flag, Value::Bool(_)) => {}
            (Shape::Integer, Value::Number(number)) if number.is_i64() => {}
            (Shape::Object(properties), Value::Object(_)) => {
                self.object(properties, value, pointer);
            }
            (Shape::List { fewest, most, of }, Value::Array(entries)) => {
                let length = entries.len();
                if !(*fewest..=*most).contains(&length) {
                    let what = format!("has {length} entries, not {fewest} to {most}");
                    self.wrong(pointer, &what);
                }
                // One entry too many is told, and not each of a million.
                for (place, entry) in entries.iter().take(*most).enumerate() {
                    self.value(of, entry, &format!("{pointer}/{place}"));
                }
            }
            _ => self.wrong(pointer, shape.kind()),
        }
    }

    fn object(&mut self, properties: &[Property], value: &Value, pointer: &str) {
        for property in properties {
            let pointer = format!("{pointer}/{}", property.name);
            match (value.get(property.name), self.need(property)) {
                (Some(_), None) => self.wrong(&pointer, "is not known"),
                (Some(value), Some(_)) => self.value(&property.shape, value, &pointer),
                (None, Some(Need::Required)) => self.wrong(&pointer, "is missing"),
                (None, _) => {}
            }
        }
        let names = value
            .as_object()
            .into_iter()
            .flat_map(|object| object.keys());
        for name in names {
            if properties.iter().all(|property| property.name != name) {
                self.wrong(&format!("{pointer}/{}", shown(name)), "is not known");
            }
        }
    }

    /// `None` for a property that there is not.
    fn need(&self, property: &Property) -> Option<Need> {
        match (property.need, self.visibility) {
            (Need::Visibility, Visibility::Refused) => None,
            (Need::Visibility, Visibility::Required) => Some(Need::Required),
            (Need::Visibility, Visibility::Accepted) => Some(Need::Optional),
            (need, _) => Some(need),
        }
    }
}

impl Shape {
    /// Said of a value that is of another kind.
    fn kind(&self) -> &'static str {
        match self {
            Self::Flag => "is not true or false",
            Self::Integer => "is not a whole number of 64 bits",
            Self::Object(_) => "is not an object",
            Self::List { .. } => "is not a list",
            _ => "is not text",
        }
    }
}

/// Longest name of an unknown property that is told.
const LONGEST_NAME: usize = 40;

/// The name of an unknown property, unless it looks like something that a sender put there by mistake.
fn shown(name: &str) -> &str {
    let is_name = name.len() <= LONGEST_NAME && name.bytes().all(|byte| byte.is_ascii_alphabetic());
    if is_name { name } else { "…" }
}
