// SPDX-License-Identifier: Apache-2.0
//! Fields of a schema, by the way to each.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Most fields of a message.
pub(super) const MOST: usize = 2000;

/// Schemas within schemas, and references to references.
pub(super) const DEEPEST: usize = 16;

/// By way: `recipient/id`, `attachments[]`, `attachments[]/attachmentId`.
pub(super) type Fields = BTreeMap<String, Field>;

/// A field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Field {
    /// `type` of the schema.
    pub(super) kind: String,
    pub(super) is_required: bool,
    /// `enum`.
    words: BTreeSet<String>,
    /// Limits, as they are written.
    limits: BTreeMap<&'static str, String>,
}

/// Keywords that say how much, or what form.
const LIMITS: [&str; 7] = [
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minimum",
    "maximum",
    "pattern",
];

impl Field {
    /// Whether whoever reads by this one has to expect more of the other: words that it does not know, or nothing at all.
    pub(super) fn is_exceeded_by(&self, other: &Self) -> bool {
        let has_more = other.words.is_empty() || !other.words.is_subset(&self.words);
        self.is_required && !other.is_required || !self.words.is_empty() && has_more
    }

    pub(super) fn told(&self) -> String {
        let mut told = self.kind.clone();
        if self.is_required {
            told += ", required";
        }
        if !self.words.is_empty() {
            let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
            told += &format!(", one of {}", words.join(" | "));
        }
        for (name, limit) in &self.limits {
            told += &format!(", {name} {limit}");
        }
        told
    }
}

/// Follows `$ref` within the file.
pub(super) fn resolved<'a>(api: &'a Value, value: &'a Value) -> &'a Value {
    let mut value = value;
    for _ in 0..DEEPEST {
        let reference = value.get("$ref").and_then(Value::as_str);
        let Some(pointer) = reference.and_then(|reference| reference.strip_prefix('#')) else {
            return value;
        };
        value = api.pointer(pointer).unwrap_or(&Value::Null);
    }
    value
}

/// All fields of a schema; `None` for more than are looked at.
pub(super) fn of(api: &Value, schema: &Value) -> Option<Fields> {
    let mut walk = Walk {
        api,
        fields: Fields::new(),
        required: BTreeSet::new(),
        around: Vec::new(),
        left: MOST,
    };
    walk.schema(schema, "", (true, 0))?;
    // One part of a whole may demand what another declares.
    for path in &walk.required {
        if let Some(field) = walk.fields.get_mut(path) {
            field.is_required = true;
        }
    }
    Some(walk.fields)
}

struct Walk<'a> {
    api: &'a Value,
    fields: Fields,
    /// Ways to what is demanded.
    required: BTreeSet<String>,
    /// Schemas that are being walked: one within itself is not entered again.
    around: Vec<&'a Value>,
    left: usize,
}

impl<'a> Walk<'a> {
    /// What is in alternatives is not required, unless it is in a whole (`allOf`).
    fn schema(
        &mut self,
        schema: &'a Value,
        path: &str,
        (is_whole, depth): (bool, usize),
    ) -> Option<()> {
        self.left = self.left.checked_sub(1)?;
        let schema = resolved(self.api, schema);
        if self.around.iter().any(|one| std::ptr::eq(*one, schema)) {
            return Some(());
        }
        if depth > DEEPEST {
            return None;
        }
        self.around.push(schema);
        self.parts(schema, path, (is_whole, depth))?;
        self.around.pop();
        Some(())
    }

    fn parts(
        &mut self,
        schema: &'a Value,
        path: &str,
        (is_whole, depth): (bool, usize),
    ) -> Option<()> {
        for (keyword, keeps) in [("allOf", true), ("oneOf", false), ("anyOf", false)] {
            let parts = schema.get(keyword).and_then(Value::as_array);
            for part in parts.into_iter().flatten() {
                self.schema(part, path, (is_whole && keeps, depth + 1))?;
            }
        }
        if let Some(items) = schema.get("items") {
            let path = format!("{path}[]");
            self.put(&path, items);
            self.schema(items, &path, (is_whole, depth + 1))?;
        }
        let way = |name: &str| match path {
            "" => name.to_owned(),
            around => format!("{around}/{name}"),
        };
        if is_whole {
            let required = array(schema, "required").filter_map(Value::as_str);
            self.required.extend(required.map(way));
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, property) in properties.into_iter().flatten() {
            let path = way(name);
            self.put(&path, property);
            self.schema(property, &path, (is_whole, depth + 1))?;
        }
        Some(())
    }

    fn put(&mut self, path: &str, schema: &'a Value) {
        let field = self.field(schema);
        let known = self
            .fields
            .entry(path.to_owned())
            .or_insert_with(|| field.clone());
        known.words.extend(field.words);
    }

    fn field(&self, property: &'a Value) -> Field {
        let own = resolved(self.api, property);
        // What is said of one schema in a whole is said of the field.
        let whole = array(own, "allOf")
            .next()
            .map(|part| resolved(self.api, part));
        let said = |keyword: &str| own.get(keyword).or_else(|| whole?.get(keyword));
        let kind = match said("type") {
            Some(Value::String(kind)) => kind.clone(),
            // OpenAPI 3.1 has a list, in which null is one.
            Some(Value::Array(kinds)) => {
                let mut kinds = kinds.iter().filter_map(Value::as_str);
                kinds
                    .find(|kind| *kind != "null")
                    .unwrap_or_default()
                    .to_owned()
            }
            _ if own.get("properties").is_some() => "object".to_owned(),
            _ => "anything".to_owned(),
        };
        let words = said("enum").and_then(Value::as_array).into_iter().flatten();
        let words = words.filter_map(Value::as_str).map(str::to_owned);
        let limits = LIMITS.iter().filter_map(|name| {
            let limit = said(name)?;
            let limit = limit
                .as_str()
                .map_or_else(|| limit.to_string(), str::to_owned);
            Some((*name, limit))
        });
        Field {
            kind,
            is_required: false,
            words: words.collect(),
            limits: limits.collect(),
        }
    }
}

fn array<'a>(schema: &'a Value, keyword: &str) -> impl Iterator<Item = &'a Value> {
    let listed = schema.get(keyword).and_then(Value::as_array);
    listed.into_iter().flatten()
}
