// SPDX-License-Identifier: Apache-2.0
//! What two components say of themselves, place by place.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use silta::describe::Description;
use silta_testing::{Difference, Rendering};

/// What is otherwise in the newer description, or why it cannot be told.
pub(super) enum Described {
    /// Both have described themselves.
    Compared {
        settings: Vec<Difference>,
        limits: Vec<Difference>,
        /// All else but the version.
        rest: Vec<Difference>,
    },
    /// At least one cannot be asked.
    Impossible(String),
}

/// Members of an operation that are limits.
const LIMITS: [&str; 10] = [
    "timeoutMilliseconds",
    "rateLimit",
    "concurrency",
    "referenceConcurrency",
    "payloadLimit",
    "attachmentLimit",
    "responseLimit",
    "responseAdvice",
    "resending",
    "steps",
];

impl Described {
    /// Nothing is otherwise.
    pub(super) fn same() -> Self {
        Self::Compared {
            settings: Vec::new(),
            limits: Vec::new(),
            rest: Vec::new(),
        }
    }

    pub(super) fn of(old: &Result<Description, String>, new: &Result<Description, String>) -> Self {
        let (old, new) = match (old, new) {
            (Ok(old), Ok(new)) => (old, new),
            (Err(why), _) => return Self::Impossible(format!("the older one: {why}")),
            (_, Err(why)) => return Self::Impossible(format!("the newer one: {why}")),
        };
        let differences = readable(new).differences_from(&readable(old));
        let (mut settings, mut limits, mut rest) = (Vec::new(), Vec::new(), Vec::new());
        for difference in differences {
            let place = difference.place.as_str();
            if place.starts_with("/settingsSchema") {
                settings.push(difference);
            } else if is_limit(place) {
                limits.push(difference);
            } else if place != "/version" {
                rest.push(difference);
            }
        }
        Self::Compared {
            settings,
            limits,
            rest,
        }
    }

    pub(super) fn is_same(&self) -> bool {
        match self {
            Self::Compared {
                settings,
                limits,
                rest,
            } => settings.is_empty() && limits.is_empty() && rest.is_empty(),
            Self::Impossible(_) => false,
        }
    }
}

/// `/operations/NAME/LIMIT…`.
fn is_limit(place: &str) -> bool {
    let mut tokens = place.split('/').skip(1);
    tokens.next() == Some("operations") && tokens.nth(1).is_some_and(|name| LIMITS.contains(&name))
}

/// A description with its schemas as the JSON that they are, and its lists by name, so that places say what they are about.
fn readable(description: &Description) -> Rendering {
    let mut value = serde_json::to_value(description).unwrap_or_default();
    schemas_as_json(&mut value);
    by_name(&mut value);
    Rendering {
        value,
        files: BTreeMap::new(),
    }
}

fn schemas_as_json(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                let is_schema = ["settingsSchema", "parameters", "data"].contains(&name.as_str());
                let schema = member.as_str().filter(|_| is_schema);
                match schema.and_then(|text| serde_json::from_str(text).ok()) {
                    Some(schema) => *member = schema,
                    None => schemas_as_json(member),
                }
            }
        }
        Value::Array(entries) => entries.iter_mut().for_each(schemas_as_json),
        _ => {}
    }
}

fn by_name(description: &mut Value) {
    let Some(members) = description.as_object_mut() else {
        return;
    };
    for member in members.values_mut() {
        let Some(entries) = member.as_array() else {
            continue;
        };
        let named = entries.iter().map(|entry| {
            let name = ["name", "kind", "title"]
                .iter()
                .find_map(|name| entry.get(name)?.as_str());
            Some((name?.to_owned(), entry.clone()))
        });
        if let Some(named) = named.collect::<Option<Map<String, Value>>>() {
            *member = named.into();
        }
    }
}

#[cfg(test)]
mod tests {
    use silta::describe::EventKind;

    use super::*;

    fn described(settings: &str, data: &str) -> Result<Description, String> {
        Ok(Description {
            agency: "a".into(),
            version: settings.len().to_string(),
            settings_schema: settings.into(),
            events: vec![EventKind {
                kind: "taken".into(),
                summary: "s".into(),
                data: data.into(),
            }],
            ..Description::default()
        })
    }

    #[test]
    fn a_property_of_settings_and_one_of_an_event_are_told_by_their_places() {
        let old = described(r#"{"properties": {"url": {}}}"#, r#"{"required": ["a"]}"#);
        let new = described(r#"{"properties": {"uri": {}}}"#, r#"{"required": ["b"]}"#);
        let Described::Compared {
            settings,
            limits,
            rest,
        } = Described::of(&old, &new)
        else {
            panic!("both are described")
        };
        let places = |found: Vec<Difference>| -> Vec<String> {
            found.into_iter().map(|one| one.place).collect()
        };
        assert_eq!(
            places(settings),
            [
                "/settingsSchema/properties/uri",
                "/settingsSchema/properties/url"
            ]
        );
        assert_eq!(places(rest), ["/events/taken/data/required/0"]);
        assert!(limits.is_empty());
    }

    #[test]
    fn limits_are_those_of_operations() {
        assert!(is_limit("/operations/upload/rateLimit/calls"));
        assert!(!is_limit("/operations/upload/summary"));
        assert!(!is_limit("/events/upload/steps"));
    }

    #[test]
    fn one_that_cannot_be_asked_is_another() {
        let unknown = Err("of another contract".to_owned());
        let found = Described::of(&unknown, &described("{}", "{}"));
        assert!(!found.is_same());
        assert!(Described::of(&described("{}", "{}"), &described("{}", "{}")).is_same());
    }
}
